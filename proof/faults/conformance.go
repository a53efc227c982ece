package main

import (
	"context"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// conformance has no checks of the store by itself, as a store has with Options.SelfCheck.
var conformance = target{module: ".", pkg: "./contactstest", run: "^TestConformance$", mode: short}

// testConformance tests which faults contactstest.Conformance catches, with the implementations whose names match an
// expression, and returns the results by name. Most faults are in one program, which is built once; the others are
// planted alone.
func testConformance(
	ctx context.Context, root string, selected []placed, implementations string, workers int, log *log.Logger,
) (map[string]result, error) {
	scratch, err := os.MkdirTemp("", "faults-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	dir := filepath.Join(scratch, "together")
	if err := copyTree(ctx, root, dir); err != nil {
		return nil, err
	}
	numbers, err := together(dir, selected)
	if err != nil {
		return nil, err
	}
	cases := conformance
	cases.run += "/" + implementations
	p, err := cases.build(ctx, dir, filepath.Join(scratch, "program"))
	if err != nil {
		return nil, err
	}
	limit, err := cases.allow(log, func(limit time.Duration) (verdict, error) { return p.test(ctx, 0, limit) })
	if err != nil {
		return nil, err
	}
	var joint, alone []placed
	for _, f := range selected {
		if numbers[f.name] > 0 {
			joint = append(joint, f)
		} else {
			alone = append(alone, f)
		}
	}
	results := inTurn(ctx, joint, workers, log, func(_ int, f placed) result {
		v, err := p.test(ctx, numbers[f.name], limit)
		return result{by: v.by(cases), err: err}
	})
	if len(alone) == 0 || ctx.Err() != nil {
		return results, nil
	}
	others, err := testAll(ctx, root, alone, nil, 1, []target{cases}, log)
	maps.Copy(results, others)
	return results, err
}

// program is a test program with many faults.
type program struct {
	target
	dir, file string
	converter string // of its output into events
}

// build builds the tests of a copy of the checkout.
func (t target) build(ctx context.Context, dir, file string) (*program, error) {
	dir = filepath.Join(dir, t.module)
	out, err := command(ctx, dir, "go", "test", "-c", "-vet=off", "-ldflags=-w", "-o", file, t.pkg).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("build the tests with all faults: %w\n%s", err, out)
	}
	out, err = command(ctx, dir, "go", "tool", "-n", "test2json").Output()
	if err != nil {
		return nil, fmt.Errorf("find test2json: %w", explained(err))
	}
	return &program{t, filepath.Join(dir, t.pkg), file, strings.TrimSpace(string(out))}, nil
}

// test runs the tests with one of the faults, 0 for none, up to the first that fails or until the time limit.
func (p *program) test(ctx context.Context, fault int, limit time.Duration) (verdict, error) {
	cmd := command(ctx, p.dir, p.converter, p.file, "-test.v=test2json", "-test.failfast", "-test.short",
		"-test.timeout", limit.String(), "-test.run", p.run)
	cmd.Env = append(cmd.Env, fmt.Sprint(switchVar, "=", fault))
	return p.judge(ctx, cmd)
}
