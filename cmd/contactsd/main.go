// Command contactsd serves a contacts store over HTTP, with the requests and replies of the Wix Contacts V4 API.
//
//	go run ./cmd/contactsd [-addr HOST:PORT] [-load FILE] [-save FILE] [-token SECRET] [...]
//
// The store is in memory. -load fills it at the start with what an earlier run saved; -save writes it to a file at the
// end, and at each SIGHUP. Whatever happens on the way, the file holds all of one moment. -h tells all flags.
//
// When it serves, the program prints one line to its standard output, "listening on http://127.0.0.1:8080", and never
// anything else; its log goes to the standard error and names no contacts. SIGINT or SIGTERM ends it: requests that are
// under way have ten seconds to finish, then the store is saved. A second signal cuts them off, and the store is saved
// at once; a third one ends the program whatever it is doing.
//
// The exit status is 0 after that, 1 if the program could not start, serve or save, and 2 for flags that it does not
// take.
//
// Options are in options.go, and how they make runs the same in seed.go; the life of the program is in serve.go, the
// file of the store in file.go, who may ask in token.go.
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
	// Who reads the log may go away, as in "contactsd 2>&1 | head". The contacts must not go with him.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(context.Background(), os.Args[1:], &world{
		lookupEnv: os.LookupEnv, stdout: os.Stdout, stderr: os.Stderr,
		notify: signal.Notify, reset: signal.Reset, replace: atomicfile.Replace, limits: usualLimits,
	}))
}

// world is what the program meets outside of itself.
type world struct {
	lookupEnv      func(string) (string, bool)
	stdout, stderr io.Writer
	notify         func(chan<- os.Signal, ...os.Signal)
	reset          func(...os.Signal)
	replace        func(name string, write func(io.Writer) error) error
	limits         limits
}

// run is the program. It returns the exit status. The end of ctx is like a first signal.
func run(ctx context.Context, args []string, w *world) int {
	o, err := parseOptions(args, w.lookupEnv)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(w.stderr, usage())
		return 0
	} else if err != nil {
		fmt.Fprintf(w.stderr, "contactsd: %v\ncontactsd -h tells all flags\n", err)
		return 2
	}
	d := &daemon{options: o, world: w, log: slog.New(slog.NewTextHandler(w.stderr, &slog.HandlerOptions{Level: o.level}))}
	if err := d.run(ctx); err != nil {
		d.log.Error("failed", "error", err)
		return 1
	}
	return 0
}
