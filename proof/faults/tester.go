package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
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
	mode        mode
}

// mode decides how much the tests do.
type mode int

const (
	plain mode = iota // as go test does it
	short             // with -short
	long              // with -long, a flag of the packages with the largest tests
)

var (
	library = target{module: ".", pkg: "."}
	proof   = target{module: "proof", pkg: "."}
)

// nested has the tests of packages that are modules of their own. No other tests use these packages.
var nested = map[string]target{
	"natslog":           {module: "natslog/test", pkg: "."},
	"natslog/contactsd": {module: "natslog/test", pkg: "."},
	"pglog":             {module: "pglog", pkg: "."}, // needs the server of PostgreSQL: without it, no fault is caught
}

// String returns the directory of the package.
func (t target) String() string { return path.Join(t.module, t.pkg) }

// suites lists the packages of black-box tests below the directory test.
func suites(root string) []target {
	var found []target
	fs.WalkDir(os.DirFS(root), "test", func(name string, _ fs.DirEntry, err error) error {
		suite := target{module: ".", pkg: "./" + path.Dir(name)}
		isTest := err == nil && strings.HasSuffix(name, "_test.go")
		if isTest && !slices.Contains(found, suite) {
			found = append(found, suite)
		}
		return nil
	})
	return found
}

// targets lists the packages whose tests try to catch the fault, the nearest first.
func (f fault) targets(suites []target) []target {
	if tests, ok := nested[f.pkg]; ok {
		return []target{tests}
	}
	targets := []target{{module: ".", pkg: "./" + f.pkg}}
	if strings.HasPrefix(f.pkg, "internal/") {
		targets = append(targets, library)
	}
	return slices.Concat(targets, suites, []target{proof})
}

// content describes the test files of a package.
type content struct {
	tests       map[string]bool
	short, long bool // whether the tests depend on these flags
}

var (
	testFunc  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`)
	shortUsed = regexp.MustCompile(`\btesting\.Short\(\)`)
	longFlag  = regexp.MustCompile(`\bflag\.Bool\("long"`)
	gateFlag  = regexp.MustCompile(`\bflag\.Bool\("gate"`) // then -long takes hours
)

// content reads the test files of a package.
func (t target) content(root string) (content, error) {
	names, _ := filepath.Glob(filepath.Join(root, t.String(), "*_test.go")) // fails only for a bad pattern
	c, gate := content{tests: make(map[string]bool)}, false
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return content{}, err
		}
		c.short = c.short || shortUsed.Match(text)
		c.long, gate = c.long || longFlag.Match(text), gate || gateFlag.Match(text)
		for _, m := range testFunc.FindAllSubmatch(text, -1) {
			c.tests[string(m[1])] = true
		}
	}
	c.long = c.long && !gate
	return c, nil
}

// result names the test that caught a fault, or holds the error of the attempt. It is zero for a fault that survived.
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
	found  map[target]content
	first  map[string]target // the test to try first, by the name of the fault
	only   []target          // the only tests to try; nil for all
	log    *log.Logger

	mu     sync.Mutex
	limits map[target]func() (time.Duration, error)
}

// testAll tests the faults, several at a time, and returns the results by name. If ctx ends, it returns those so far.
// Unless only is nil, it tries only these tests.
func testAll(
	ctx context.Context, root string, selected []placed, rec record, workers int, only []target, log *log.Logger,
) (map[string]result, error) {
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
	t := &tester{
		clean: dirs[0], suites: suites(dirs[0]), only: only, log: log,
		limits: make(map[target]func() (time.Duration, error)),
	}
	if err := t.readTests(selected); err != nil {
		return nil, err
	}
	if t.only == nil {
		t.chooseFirst(selected, rec)
	}
	return inTurn(ctx, selected, workers, log, func(worker int, f placed) result {
		return t.plant(ctx, dirs[1+worker], f)
	}), nil
}

// inTurn tests the faults, several at a time, and returns the results by name. If ctx ends, it returns those so far.
func inTurn(
	ctx context.Context, selected []placed, workers int, log *log.Logger, test func(worker int, f placed) result,
) map[string]result {
	results := make(map[string]result)
	next := make(chan placed)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for f := range next {
				start := time.Now()
				r := test(worker, f)
				if ctx.Err() != nil {
					return
				}
				mu.Lock()
				results[f.name] = r
				log.Printf("%d/%d %s: %s: %s (%.0f s)",
					len(results), len(selected), f.file, f.name, r, time.Since(start).Seconds())
				mu.Unlock()
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
	return results
}

// readTests reads the test files of all packages that the faults need.
func (t *tester) readTests(selected []placed) error {
	t.found = make(map[target]content)
	for _, f := range selected {
		for _, pkg := range f.targets(t.suites) {
			if _, ok := t.found[pkg]; ok {
				continue
			}
			c, err := pkg.content(t.clean)
			if err != nil {
				return err
			}
			t.found[pkg] = c
		}
	}
	return nil
}

// chooseFirst finds the tests that caught the faults the last time.
func (t *tester) chooseFirst(selected []placed, rec record) {
	t.first = make(map[string]target)
	for _, f := range selected {
		name := firstTest.FindString(rec[f.name].by)
		for _, pkg := range f.targets(t.suites) {
			if t.found[pkg].tests[name] {
				pkg.run = "^" + name + "$"
				t.first[f.name] = pkg
				break
			}
		}
	}
}

// firstTest finds the function in the name of a test, as in the third column of the table.
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
	if t.only != nil {
		return t.only
	}
	var attempts, slow, last []target
	add := func(pkg, all target) {
		c := t.found[all]
		if attempts = append(attempts, pkg); c.short {
			attempts[len(attempts)-1].mode = short
			slow = append(slow, pkg)
		}
		if c.long {
			pkg.mode = long
			slow = append(slow, pkg)
		}
	}
	if first, ok := t.first[f.name]; ok {
		all := first
		all.run = ""
		add(first, all)
	}
	for _, pkg := range f.targets(t.suites) {
		if pkg == proof {
			last = []target{proof}
		} else {
			add(pkg, pkg)
		}
	}
	return slices.Concat(attempts, slow, last)
}

// limit returns the time after which tests count as hanging. They run without a fault once to measure it; quick tests
// that are tried first run together with the others of their package.
func (t *tester) limit(ctx context.Context, pkg target) (time.Duration, error) {
	if pkg.run != "" && pkg.mode != long && t.only == nil {
		pkg.run = t.pattern(pkg)
	}
	t.mu.Lock()
	limit, ok := t.limits[pkg]
	if !ok {
		limit = sync.OnceValues(func() (time.Duration, error) {
			return pkg.allow(t.log, func(limit time.Duration) (verdict, error) { return pkg.test(ctx, t.clean, limit) })
		})
		t.limits[pkg] = limit
	}
	t.mu.Unlock()
	return limit()
}

// allow runs tests without a fault, and returns the time after which they count as hanging with one. A fault may make
// tests slower, but not by much.
func (t target) allow(log *log.Logger, test func(limit time.Duration) (verdict, error)) (time.Duration, error) {
	start := time.Now()
	v, err := test(30 * time.Minute)
	if err == nil && v.caught {
		err = fmt.Errorf("without a fault, %s fails:\n%s", v.by(t), v.output)
	}
	took := time.Since(start)
	log.Printf("without a fault, %s takes %.0f s", t, took.Seconds())
	return 3*took + time.Minute, err
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
