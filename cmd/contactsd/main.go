// Command contactsd serves a contacts store over HTTP, with the requests and replies of the Wix Contacts V4 API.
//
//	contactsd [-data DIR] [-addr HOST:PORT] [-token SECRET] [...]
//	contactsd check DIR
//	contactsd compact DIR
//	contactsd dump [-commits] DIR
//
// With -data the store is kept in a directory, as package boltlog does it: a change that is confirmed is on the disk,
// even if the program is killed or the power fails. SIGHUP compacts the directory, so that deleted data leaves it. The
// commands verify, compact and write out a directory while no contactsd uses it. docs/durability.md says more.
//
// Without -data the store is in memory. -load fills it from a file at the start; -save writes it to a file at the end,
// and at each SIGHUP. The file always contains the store of one moment, even after a crash. -h describes all flags.
//
// For tests, -control opens a second address, for this machine alone. There a test resets and forks the store, restores
// states, moves the clock, sets members and statuses, and plans faults: see docs/http.md. Equal requests to two forks
// get equal replies, byte for byte. -strict refuses unknown members of requests by name.
//
// -inspector serves pages that show the store to a person, at /_inspector/; see package inspector.
//
// When it is ready, the program prints one line to its standard output, "listening on http://127.0.0.1:8080", with
// -control a second one, "control on http://127.0.0.1:8081", and nothing else. Its log goes to the standard error and
// contains no data of contacts. SIGINT or SIGTERM ends the program: requests in progress get ten seconds to finish,
// then the store is saved or closed. A second signal cuts them off and saves at once; a third ends the program
// immediately, without saving.
//
// The exit status is then 0; it is 1 if the program could not start, serve, save or write to its directory, and 2 for
// invalid flags. What keeps the program from starting is one line, "contactsd: ...", on the standard error.
//
// Flags are in options.go, reproducible runs in seed.go, the life of the program in serve.go, the handler of a store in
// handler.go, its file in file.go, its directory in data.go, the commands in commands.go, authorization in token.go, the
// stores of -control in control.go, their API in controlapi.go and its errors in envelope.go; events and webhooks in
// webhook.go, the pages of -inspector in inspector.go. What those who run it need is in ops.go, health.go, metrics.go,
// cors.go, tls.go, access.go, rate.go and version.go.
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

	"github.com/contactsdb/contacts/boltlog"
	"github.com/contactsdb/contacts/internal/atomicfile"
)

func main() {
	// The reader of the log may exit, as in "contactsd 2>&1 | head". The contacts must not be lost with it.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(context.Background(), os.Args[1:], &world{
		lookupEnv: os.LookupEnv, stdout: os.Stdout, stderr: os.Stderr,
		notify: signal.Notify, reset: signal.Reset, replace: atomicfile.Replace, limits: usualLimits,
		openLog: openLog,
	}))
}

// world is the environment of the program, which tests replace.
type world struct {
	lookupEnv      func(string) (string, bool)
	stdout, stderr io.Writer
	notify         func(chan<- os.Signal, ...os.Signal)
	reset          func(...os.Signal)
	replace        func(name string, write func(io.Writer) error) error
	openLog        func(ctx context.Context, dir string, opts *boltlog.Options) (storeLog, error)
	limits         limits
}

// run is the program. It returns the exit status. The end of ctx acts like a first signal.
func run(ctx context.Context, args []string, w *world) int {
	if len(args) > 0 {
		if c, ok := findCommand(args[0]); ok {
			return runCommand(ctx, c, args[1:], w)
		}
	}
	o, err := parseOptions(args, w.lookupEnv)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(w.stderr, usage())
		return 0
	} else if err != nil {
		fmt.Fprintf(w.stderr, "contactsd: %v\ncontactsd -h describes all flags\n", err)
		return 2
	}
	switch {
	case o.version:
		fmt.Fprintln(w.stdout, versionText())
		return 0
	case o.health != "":
		if err := checkHealth(ctx, o.health); err != nil {
			fmt.Fprintf(w.stderr, "contactsd: not healthy: %s\n", oneLine(err))
			return 1
		}
		return 0
	}
	log := slog.New(o.logHandler(w.stderr))
	d := &daemon{options: o, world: w, log: log}
	switch err := d.run(ctx); {
	case err == nil:
		return 0
	case d.ready:
		d.log.Error("failed", "error", err)
	default:
		fmt.Fprintf(w.stderr, "contactsd: %s\n", oneLine(err))
	}
	return 1
}
