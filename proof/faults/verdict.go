package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// verdict is the outcome of a run of tests.
type verdict struct {
	caught bool
	test   string // the first that failed; "" if only the program failed
	hangs  bool
	output string
}

// unoptimized lets a package and those that import it compile in a fifth of the time, which is most of the time that a
// single test takes.
const unoptimized = "-gcflags=" + module + "/...=-N -l"

// test runs tests, up to the first that fails or until the time limit.
func (t target) test(ctx context.Context, dir string, limit time.Duration) (verdict, error) {
	args := []string{"-C", t.module, "test", "-json", "-vet=off", "-failfast", "-count=1", "-timeout", limit.String()}
	if t.run != "" {
		args = append(args, unoptimized, "-ldflags=-w", "-run", t.run)
	}
	switch args = append(args, t.pkg); t.mode {
	case short:
		args = append(args, "-short")
	case long:
		args = append(args, "-long")
	}
	return t.judge(ctx, command(ctx, dir, "go", args...))
}

// judge runs a command that runs the tests and prints their events.
func (t target) judge(ctx context.Context, cmd *exec.Cmd) (verdict, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return verdict{}, ctx.Err()
	}
	if err == nil {
		return verdict{}, nil
	}
	if _, ok := err.(*exec.ExitError); !ok {
		return verdict{}, err
	}
	v, ok := read(out)
	if !ok {
		return verdict{}, fmt.Errorf("the tests of %s did not run:\n%s%s", t, v.output, stderr.Bytes())
	}
	return v, nil
}

// event is a line of go test -json.
type event struct{ Action, Test, Output string }

// killed matches the report of go test about a program that was killed, for example by the system for lack of memory.
var killed = regexp.MustCompile(`(?m)^signal: (terminated|killed|interrupt)`)

// read reads the output of failed tests. It reports false if that is not a verdict: no test began, perhaps because they
// do not build, or none failed and the program was killed.
func read(out []byte) (verdict, bool) {
	v := verdict{caught: true}
	var text strings.Builder
	var failed, running []string
	began := false
	for line := range bytes.Lines(out) {
		var e event
		if json.Unmarshal(line, &e) != nil {
			text.Write(line)
			continue
		}
		switch e.Action {
		case "run":
			began = true
			running = append(running, e.Test)
		case "pass", "skip", "fail":
			running = dropped(running, e.Test)
			if e.Action == "fail" && e.Test != "" {
				failed = append(failed, e.Test)
			}
		case "output", "build-output":
			text.WriteString(e.Output)
			v.hangs = v.hangs || strings.HasPrefix(e.Output, "panic: test timed out after ")
		}
	}
	v.output = text.String()
	if len(failed) == 0 && !v.hangs && killed.MatchString(v.output) {
		return v, false
	}
	// A panic of another goroutine ends the program without naming a test: name one that was running.
	for _, tests := range [][]string{failed, running} {
		if v.test == "" {
			v.test = firstLeaf(tests)
		}
	}
	return v, began
}

func dropped(names []string, name string) []string {
	var rest []string
	for _, n := range names {
		if n != name {
			rest = append(rest, n)
		}
	}
	return rest
}

// firstLeaf returns the first test without a subtest in the list.
func firstLeaf(tests []string) string {
	for _, test := range tests {
		leaf := true
		for _, other := range tests {
			leaf = leaf && !strings.HasPrefix(other, test+"/")
		}
		if leaf {
			return test
		}
	}
	return ""
}

var rule = regexp.MustCompile(`/[A-Z]{3,4}-[0-9]+`)

// by names the test that caught a fault, up to the ID of its rule, so that go test -run accepts the name.
func (v verdict) by(t target) string {
	if !v.caught {
		return ""
	}
	name := v.test
	if at := rule.FindStringIndex(name); at != nil {
		name = name[:at[1]]
	} else {
		name, _, _ = strings.Cut(name, "/")
	}
	switch {
	case name == "":
		name = "a crash"
	case v.hangs:
		name += ", hangs"
	}
	if where := t.String(); where != "." {
		name = where + ": " + name
	}
	return name
}
