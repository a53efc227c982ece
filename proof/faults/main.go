// Command faults plants faults in the sources of the library, one at a time, and shows that the tests catch each.
//
//	go -C proof run ./faults -workers 2 -write  test all of them and record the result in proof/FAULTS.md
//	go -C proof run ./faults -run 'merge|ID'    test those whose name or file matches
//	go -C proof run ./faults -list              list them
//	go -C proof run ./faults -types             only type-check each of them: about a minute
//	go -C proof run ./faults -conformance .     test whether contactstest.Conformance alone catches them
//
// It needs Go and git. It works on copies of the checkout in a temporary directory: all files that git tracks or could
// track, as they are now. Each fault is put in, and tests run until one fails: first the test that FAULTS.md names for
// the fault, then the tests of its package, those of the library if that package is an internal one, and the suites in
// test. Large tests, with -long or without -short, come after that, and the tests of proof last. A test that hangs has
// caught the fault, too. All of these tests must pass without a fault.
//
// With -conformance only the cases of contactstest.Conformance run, with the implementations whose names match its
// expression, but without the checks of Options.SelfCheck: an implementation of another make has none. Nearly all
// faults are then in one program, which an environment variable switches, so that each takes a second or a few. Faults
// that no implementation can show are listed in unseen.go, each with the reason.
//
// Progress goes to the standard error, a table in Markdown to the standard output. The exit status is 1 if a fault
// survives, or if the table of faults no longer fits the sources.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

const module = "github.com/contactsdb/contacts"

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("faults", flag.ExitOnError)
	workers := flags.Int("workers", 1, "test `n` faults at a time")
	only := flags.String("run", "", "test only faults whose name or file matches this regular `expression`")
	list := flags.Bool("list", false, "list the faults and run no tests")
	types := flags.Bool("types", false, "type-check the sources with each fault and run no tests")
	conform := flags.String("conformance", "",
		"run only contactstest.Conformance, with the implementations whose names match this regular `expression`")
	write := flags.Bool("write", false, "record the results in proof/FAULTS.md; with -list, only the files")
	flags.Parse(args) // exits at an error
	match, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	if *write && *conform != "" && *conform != "." {
		return errors.New("-write needs all implementations: -conformance \".\"")
	}
	if *workers < 1 {
		return errors.New("-workers must be at least 1")
	}
	root, err := checkout(ctx)
	if err != nil {
		return err
	}
	selected, err := selectFaults(root, match)
	if err != nil {
		return err
	}
	if *types {
		return checkTypes(ctx, root, selected)
	}
	rec, err := readRecord(root)
	if err != nil {
		return err
	}
	var failures error
	switch {
	case *list:
	case *conform != "":
		results, err := testConformance(ctx, root, seen(selected), *conform, *workers, log.New(stderr, "", 0))
		if err != nil {
			return err
		}
		failures = rec.addConformance(selected, results)
	default:
		results, err := testAll(ctx, root, selected, rec, *workers, nil, log.New(stderr, "", 0))
		if err != nil {
			return err
		}
		failures = rec.add(selected, results)
	}
	if *write { // after an interrupt too: the faults tested so far need not be tested again
		failures = errors.Join(failures, rec.write(root))
	}
	rec.writeTable(stdout, selected)
	return errors.Join(failures, ctx.Err())
}

// selectFaults returns the faults whose name or file matches, with their places.
func selectFaults(root string, match *regexp.Regexp) ([]placed, error) {
	var selected []placed
	var errs []error
	for _, f := range faults {
		at, err := f.find(root)
		if match.MatchString(f.name) || err == nil && match.MatchString(at.file) {
			selected = append(selected, placed{f, at})
			errs = append(errs, err)
		}
	}
	if selected == nil {
		errs = append(errs, errors.New("no fault matches"))
	}
	return selected, errors.Join(errs...)
}

// checkout returns the directory of the library that this program belongs to.
func checkout(ctx context.Context) (string, error) {
	out, err := command(ctx, ".", "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("run this in the directory proof of a checkout of %s: %w", module, explained(err))
	}
	return strings.TrimSpace(string(out)), nil
}

// command returns a command that the flags and workspaces of the machine do not affect.
func command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// explained adds the standard error of a command.
func explained(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	return err
}
