// Command contactsd serves a contacts store over HTTP, with the requests and replies of the Wix Contacts V4 API.
//
//	go run ./cmd/contactsd [-addr HOST:PORT] [-load FILE] [-save FILE] [-token SECRET] [...]
//
// The store is in memory. -load fills it from a file at the start; -save writes it to a file at the end, and at each
// SIGHUP. The file always contains the store of one moment, even after a crash. -h describes all flags.
//
// When it is ready, the program prints one line to its standard output, "listening on http://127.0.0.1:8080", and
// nothing else. Its log goes to the standard error and contains no data of contacts. SIGINT or SIGTERM ends the
// program: requests in progress get ten seconds to finish, then the store is saved. A second signal cuts them off and
// saves at once; a third ends the program immediately, without saving.
//
// The exit status is then 0; it is 1 if the program could not start, serve or save, and 2 for invalid flags.
//
// Flags are in options.go, reproducible runs in seed.go, the life of the program in serve.go, the file of the store in
// file.go, and authorization in token.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/contactsdb/contacts/internal/atomicfile"
)

func main() {
	// The reader of the log may exit, as in "contactsd 2>&1 | head". The contacts must not be lost with it.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(context.Background(), os.Args[1:], &world{
		lookupEnv: os.LookupEnv, stdout: os.Stdout, stderr: os.Stderr,
		notify: signal.Notify, reset: signal.Reset, replace: atomicfile.Replace, limits: usualLimits,
	}))
}

// world is the environment of the program, which tests replace.
type world struct {
	lookupEnv      func(string) (string, bool)
	stdout, stderr io.Writer
	notify         func(chan<- os.Signal, ...os.Signal)
	reset          func(...os.Signal)
	replace        func(name string, write func(io.Writer) error) error
	limits         limits
}

// run is the program. It returns the exit status. The end of ctx acts like a first signal.
func run(ctx context.Context, args []string, w *world) int {
	o, err := parseOptions(args, w.lookupEnv)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(w.stderr, usage())
		return 0
	} else if err != nil {
		fmt.Fprintf(w.stderr, "contactsd: %v\ncontactsd -h describes all flags\n", err)
		return 2
	}
	log := slog.New(slog.NewTextHandler(w.stderr, &slog.HandlerOptions{Level: o.level}))
	d := &daemon{options: o, world: w, log: log}
	if err := d.run(ctx); err != nil {
		d.log.Error("failed", "error", err)
		return 1
	}
	return 0
}
