package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// target is a package in a module of the checkout, or some of its tests.
type target struct {
	module, pkg string
	run         string // as for go test -run; "" for all tests
	short       bool   // as for go test -short
}

var (
	library = target{module: ".", pkg: "."}
	proof   = target{module: "proof", pkg: "."}
)

// String returns the directory of the package.
func (t target) String() string { return path.Join(t.module, t.pkg) }

// suites lists the packages of black-box tests below the directory test.
func suites(root string) []target {
	var found []target
	fs.WalkDir(os.DirFS(root), "test", func(name string, _ fs.DirEntry, err error) error { // no such directory, no suites
		suite := target{module: ".", pkg: "./" + path.Dir(name)}
		if err == nil && strings.HasSuffix(name, "_test.go") && !slices.Contains(found, suite) {
			found = append(found, suite)
		}
		return nil
	})
	return found
}

// targets lists the packages whose tests try to catch the fault, the nearest first.
func (f fault) targets(suites []target) []target {
	targets := []target{{module: ".", pkg: "./" + f.pkg}}
	if strings.HasPrefix(f.pkg, "internal/") {
		targets = append(targets, library)
	}
	return slices.Concat(targets, suites, []target{proof})
}

var testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`)

// tests returns the names of the tests of a package.
func (t target) tests(root string) (map[string]bool, error) {
	names, _ := filepath.Glob(filepath.Join(root, t.String(), "*_test.go")) // the only error is that of a bad pattern
	tests := make(map[string]bool)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for _, m := range testFunc.FindAllSubmatch(text, -1) {
			tests[string(m[1])] = true
		}
	}
	return tests, nil
}

// result reports what caught a fault, or an error of the attempt. The zero result is that of a fault that survived.
type result struct {
	by  string
	err error
}

// String describes the result in the table.
func (r result) String() string {
	switch {
	case r.err != nil:
		return "**error**"
	case r.by == "":
		return "**nothing**"
	default:
		return r.by
	}
}

// failure returns an error unless the fault was caught.
func (r result) failure() error {
	if r.err == nil && r.by == "" {
		return errors.New("survived")
	}
	return r.err
}

// tester tests faults in copies of the checkout.
type tester struct {
	clean  string // the copy that never has a fault
	suites []target
	first  map[string]target // the test to try first, by the name of the fault
	log    io.Writer

	mu     sync.Mutex
	limits map[target]func() (time.Duration, error)
}

// testAll tests the faults, several at a time, and returns the results by name. If ctx ends, it returns those so far.
func testAll(ctx context.Context, root string, selected []placed, rec record, workers int, log io.Writer) (map[string]result, error) {
	scratch, err := os.MkdirTemp("", "faults-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	dirs := make([]string, 1+workers)
	for i := range dirs {
		dirs[i] = filepath.Join(scratch, fmt.Sprint(i))
		if err := copyTree(ctx, root, dirs[i]); err != nil {
			return nil, err
		}
	}
	t := &tester{clean: dirs[0], suites: suites(dirs[0]), log: log, limits: make(map[target]func() (time.Duration, error))}
	if err := t.chooseFirst(selected, rec); err != nil {
		return nil, err
	}
	results := make(map[string]result)
	next := make(chan placed)
	var wg sync.WaitGroup
	for _, dir := range dirs[1:] {
		wg.Go(func() {
			for f := range next {
				start := time.Now()
				r := t.plant(ctx, dir, f)
				if ctx.Err() != nil {
					return
				}
				t.mu.Lock()
				results[f.name] = r
				fmt.Fprintf(log, "%d/%d %s: %s: %s (%.0f s)\n",
					len(results), len(selected), f.file, f.name, r, time.Since(start).Seconds())
				t.mu.Unlock()
			}
		})
	}
	for _, f := range selected {
		select {
		case next <- f:
		case <-ctx.Done():
		}
	}
	close(next)
	wg.Wait()
	return results, nil
}

// chooseFirst finds the tests that caught the faults the last time.
func (t *tester) chooseFirst(selected []placed, rec record) error {
	tests := make(map[target]map[string]bool)
	t.first = make(map[string]target)
	for _, f := range selected {
		by := rec[f.name].by
		name := firstTest.FindString(by)
		for _, pkg := range f.targets(t.suites) {
			if tests[pkg] == nil {
				var err error
				if tests[pkg], err = pkg.tests(t.clean); err != nil {
					return err
				}
			}
			if tests[pkg][name] {
				pkg.run = "^" + name + "$"
				t.first[f.name] = pkg
				break
			}
		}
	}
	return nil
}

// firstTest finds the function in the last column of the table.
var firstTest = regexp.MustCompile(`\b(?:Test|Fuzz|Example)\w*`)

// plant puts one fault into a copy, runs the tests, and removes it again.
func (t *tester) plant(ctx context.Context, dir string, f placed) (r result) {
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
	for _, pkg := range t.attempts(f.fault) {
		limit, err := t.limit(ctx, pkg)
		if err != nil {
			return result{err: err}
		}
		v, err := pkg.test(ctx, dir, limit)
		if err != nil || v.caught {
			return result{by: v.by(pkg), err: err}
		}
	}
	return result{}
}

// attempts lists the tests that try to catch a fault, the quicker ones first.
func (t *tester) attempts(f fault) []target {
	var attempts []target
	if first, ok := t.first[f.name]; ok {
		attempts = append(attempts, first)
	}
	targets := f.targets(t.suites)
	for _, pkg := range targets {
		if pkg != proof {
			pkg.short = true
			attempts = append(attempts, pkg)
		}
	}
	return append(attempts, targets...)
}

// limit returns the time after which tests hang. The tests first run without a fault, once; those that are tried first
// run together with the others of their package. A fault may make tests slower, but not by much.
func (t *tester) limit(ctx context.Context, pkg target) (time.Duration, error) {
	if pkg.run != "" {
		pkg.run = t.pattern(pkg)
	}
	t.mu.Lock()
	limit, ok := t.limits[pkg]
	if !ok {
		limit = sync.OnceValues(func() (time.Duration, error) {
			start := time.Now()
			v, err := pkg.test(ctx, t.clean, 30*time.Minute)
			if err == nil && v.caught {
				err = fmt.Errorf("without a fault, %s fails:\n%s", v.by(pkg), v.output)
			}
			took := time.Since(start)
			t.mu.Lock()
			defer t.mu.Unlock()
			fmt.Fprintf(t.log, "without a fault, %s takes %.0f s\n", pkg, took.Seconds())
			return 3*took + time.Minute, err
		})
		t.limits[pkg] = limit
	}
	t.mu.Unlock()
	return limit()
}

// pattern matches all tests of the package that are tried first.
func (t *tester) pattern(pkg target) string {
	var tests []string
	for _, first := range t.first {
		if first.String() == pkg.String() {
			tests = append(tests, first.run)
		}
	}
	slices.Sort(tests)
	return strings.Join(slices.Compact(tests), "|")
}

// copyTree copies all files that git tracks or could track, as they are now.
func copyTree(ctx context.Context, from, to string) error {
	out, err := command(ctx, from, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return fmt.Errorf("list the files of the checkout: %w", explained(err))
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		src, dst := filepath.Join(from, filepath.FromSlash(name)), filepath.Join(to, filepath.FromSlash(name))
		info, err := os.Stat(src)
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, but not yet in git's index
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
