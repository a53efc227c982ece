// Command faults plants faults in the sources of the library, one at a time, and shows that the tests catch each.
//
//	go -C proof run ./faults                  all of them: an hour or so, on one core
//	go -C proof run ./faults -workers 2       two at a time
//	go -C proof run ./faults -run 'merge|ID'  those whose name or file matches
//	go -C proof run ./faults -list            what there is
//
// It needs Go and git. It works on a copy of the checkout in a temporary directory: all files that git tracks or could
// track, as they are now. The tests first run there without a fault and must pass. Then each fault is put in, built and
// tested: by the tests of its package, those of the library if that is an internal one, the suites in test, and the tests of proof,
// until one fails. Tests that hang have caught the fault too. Progress goes to the standard error, a table in Markdown to the standard output. The
// exit status is 1 if a fault survives, or if the table of faults no longer fits the sources.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
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
	workers := flags.Int("workers", 1, "faults that are tested at a time")
	only := flags.String("run", "", "test only faults whose name or file matches this regular `expression`")
	list := flags.Bool("list", false, "list the faults and do no more")
	build := flags.Bool("build", false, "build with each fault and run no tests: a quick check of the table")
	flags.Parse(args) // exits at an error
	match, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	root, err := checkout(ctx)
	if err != nil {
		return err
	}
	places, err := check(root, faults)
	if err != nil {
		return err
	}
	var selected []fault
	var files []string
	for i, f := range faults {
		if file := places[i].file; match.MatchString(f.name) || match.MatchString(file) {
			selected = append(selected, f)
			files = append(files, file)
		}
	}
	if *list {
		for i, f := range selected {
			fmt.Fprintf(stdout, "%s: %s\n", files[i], f.name)
		}
		return nil
	}
	if len(selected) == 0 || *workers < 1 {
		return errors.New("nothing to do")
	}
	scratch, err := os.MkdirTemp("", "faults-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)

	b := &bench{log: stderr, buildOnly: *build, limits: make(map[string]time.Duration)}
	for i := range *workers {
		dir := filepath.Join(scratch, fmt.Sprint(i))
		if err := copyTree(ctx, root, dir); err != nil {
			return err
		}
		b.dirs = append(b.dirs, dir)
	}
	if err := b.unchanged(ctx, selected); err != nil {
		return err
	}
	results := b.all(ctx, selected, files)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if *build {
		var errs []error
		for i, r := range results {
			if r.err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", selected[i].name, r.err))
			}
		}
		return errors.Join(errs...)
	}
	return report(stdout, selected, files, results)
}

// checkout returns the directory of the library that this program belongs to.
func checkout(ctx context.Context) (string, error) {
	out, err := command(ctx, ".", "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("run this in the directory proof of a checkout of %s: %w", module, explained(err))
	}
	return strings.TrimSpace(string(out)), nil
}

// command makes a command that flags and workspaces of the machine do not change.
func command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// explained adds what a command wrote to its standard error.
func explained(err error) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	return err
}

// copyTree copies what git tracks, or would track, as it is now.
func copyTree(ctx context.Context, from, to string) error {
	out, err := command(ctx, from, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return fmt.Errorf("list the files of the checkout: %w", explained(err))
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		src, dst := filepath.Join(from, filepath.FromSlash(name)), filepath.Join(to, filepath.FromSlash(name))
		info, err := os.Stat(src)
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and git was not told
		}
		if err != nil {
			return err
		}
		text, err := os.ReadFile(src)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(dst, text, info.Mode().Perm()); err != nil {
			return err
		}
	}
	return nil
}

// check reports all faults that do not fit the sources, as the table is kept with the code. It returns their places.
func check(root string, faults []fault) ([]place, error) {
	var errs []error
	names := make(map[string]bool)
	places := make([]place, len(faults))
	for i, f := range faults {
		if names[f.name] {
			errs = append(errs, fmt.Errorf("%s: there are two faults of this name", f.name))
		}
		names[f.name] = true
		at, err := f.find(root)
		if err != nil {
			errs = append(errs, err)
		}
		places[i] = at
	}
	return places, errors.Join(errs...)
}

// tests is the package whose tests are to catch the fault.
func (f fault) tests() target {
	return target{module: ".", pkg: "./" + f.pkg}
}

// target is a package in a module of the checkout, or some of its tests.
type target struct{ module, pkg, run string }

var (
	library = target{module: ".", pkg: "."}
	proof   = target{module: "proof", pkg: "."}
)

// String names the package.
func (t target) String() string { return path.Join(t.module, t.pkg) }

// bench tests faults in copies of the checkout.
type bench struct {
	dirs      []string
	log       io.Writer
	buildOnly bool
	limits    map[string]time.Duration // of the time of a run, by target; only read once unchanged is done
}

// targets lists the tests that try to catch a fault, in order.
func (b *bench) targets(f fault) []target {
	targets := []target{f.tests()}
	if strings.HasPrefix(f.pkg, "internal/") {
		targets = append(targets, library)
	}
	return slices.Concat(targets, suites(b.dirs[0]), []target{proof})
}

// suites lists the packages of black-box tests below the directory test.
func suites(root string) []target {
	seen := make(map[string]bool)
	var found []target
	fs.WalkDir(os.DirFS(root), "test", func(name string, _ fs.DirEntry, err error) error { // no such directory, no suites
		pkg := "./" + path.Dir(name)
		if err == nil && strings.HasSuffix(name, "_test.go") && !seen[pkg] {
			seen[pkg] = true
			found = append(found, target{module: ".", pkg: pkg})
		}
		return nil
	})
	return found
}

// unchanged runs the tests that will be asked without any fault. Faults may make them slower, but not by much.
func (b *bench) unchanged(ctx context.Context, selected []fault) error {
	if b.buildOnly {
		return nil
	}
	var targets []target
	for _, f := range selected {
		targets = append(targets, b.targets(f)...)
	}
	for _, t := range targets {
		if _, ok := b.limits[t.String()]; ok {
			continue
		}
		start := time.Now()
		b.limits[t.String()] = 30 * time.Minute
		v, err := b.test(ctx, b.dirs[0], t)
		if err != nil {
			return err
		}
		if v.caught {
			return fmt.Errorf("without a fault, %s fails:\n%s", v.by(t), v.output)
		}
		took := time.Since(start)
		b.limits[t.String()] = 3*took + time.Minute
		fmt.Fprintf(b.log, "unchanged: %s passes in %.0f s\n", t, took.Seconds())
	}
	return nil
}

// result is what became of a fault: caught by a test, an error of the table, or neither: it survived.
type result struct {
	by  string
	err error
}

// all tests the faults, each worker one at a time.
func (b *bench) all(ctx context.Context, selected []fault, files []string) []result {
	results := make([]result, len(selected))
	next := make(chan int)
	var done int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, dir := range b.dirs {
		wg.Go(func() {
			for i := range next {
				start := time.Now()
				r := b.plant(ctx, dir, selected[i])
				results[i] = r
				mu.Lock()
				done++
				fmt.Fprintf(b.log, "%d/%d %s: %s: %s (%.0f s)\n",
					done, len(selected), files[i], selected[i].name, r.words(b.buildOnly), time.Since(start).Seconds())
				mu.Unlock()
			}
		})
	}
	for i := range selected {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	wg.Wait()
	return results
}

func (r result) words(buildOnly bool) string {
	switch {
	case r.err != nil:
		return "ERROR: " + r.err.Error()
	case r.by != "":
		return "caught by " + r.by
	case buildOnly:
		return "builds"
	default:
		return "SURVIVED"
	}
}

// plant puts one fault into a copy, asks the tests, and takes it out again.
func (b *bench) plant(ctx context.Context, dir string, f fault) (r result) {
	name, wrong, err := f.plant(dir)
	if err != nil {
		return result{err: err}
	}
	file := filepath.Join(dir, filepath.FromSlash(name))
	right, err := os.ReadFile(file)
	if err != nil {
		return result{err: err}
	}
	if err := os.WriteFile(file, wrong, 0o644); err != nil {
		return result{err: err}
	}
	defer func() {
		if err := os.WriteFile(file, right, 0o644); err != nil {
			r.err = errors.Join(r.err, err)
		}
	}()
	if b.buildOnly { // else the tests tell, which need not build the package itself
		out, err := command(ctx, dir, "go", "build", "-o", os.DevNull, f.tests().pkg).CombinedOutput()
		if err != nil {
			err = fmt.Errorf("does not build: %w\n%s", err, out)
		}
		return result{err: err}
	}
	for _, t := range b.targets(f) {
		v, err := b.test(ctx, dir, t)
		if err != nil || v.caught {
			return result{by: v.by(t), err: err}
		}
	}
	return result{}
}

// report writes the table, and returns what is wrong.
func report(w io.Writer, selected []fault, files []string, results []result) error {
	fmt.Fprintf(w, "| fault | file | caught by |\n| --- | --- | --- |\n")
	var errs []error
	for i, f := range selected {
		by := results[i].by
		switch {
		case results[i].err != nil:
			by = "**error**"
			errs = append(errs, fmt.Errorf("%s: %w", f.name, results[i].err))
		case by == "":
			by = "**nothing**"
			errs = append(errs, fmt.Errorf("%s: survived", f.name))
		}
		fmt.Fprintf(w, "| %s | `%s` | %s |\n", f.name, files[i], by)
	}
	return errors.Join(errs...)
}
