// Package daemon is the program contactsd, which cmd/contactsd describes. It is a package of its own so that modules
// that need more dependencies can build the program with them.
//
// Flags are in options.go, reproducible runs in seed.go, the life of the program in serve.go, the handler of a store
// in handler.go, its file in file.go, its directory or shared log in data.go and nats.go, the commands in commands.go,
// authorization in token.go, the stores of -control in control.go, their API in controlapi.go and its errors in
// envelope.go; events and webhooks in webhook.go, the pages of -inspector in inspector.go. What those who run it need
// is in ops.go, health.go, metrics.go, cors.go, tls.go, access.go, rate.go and version.go.
package daemon

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

// Main runs the program with the arguments and the environment of the process, and ends the process. With openNATS,
// which opens a log that several programs may share, the program has -nats; nil if the build has no client for it. The
// program closes the log.
func Main(openNATS func(context.Context, NATS) (SharedLog, error)) {
	// The reader of the log may exit, as in "contactsd 2>&1 | head". The contacts must not be lost with it.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(context.Background(), os.Args[1:], &world{
		lookupEnv: os.LookupEnv, stdout: os.Stdout, stderr: os.Stderr,
		notify: signal.Notify, reset: signal.Reset, replace: atomicfile.Replace, limits: usualLimits,
		openLog: openLog, openNATS: openNATS,
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
	openNATS       func(ctx context.Context, o NATS) (SharedLog, error) // nil: no client
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
