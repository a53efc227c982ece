package main

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// TestFaults keeps the table with the code: each fault must have its place in the sources. The program with -types also
// shows that each compiles.
func TestFaults(t *testing.T) {
	require.GreaterOrEqual(t, len(faults), 45)
	_, err := selectFaults(root, regexp.MustCompile(""))
	require.NoError(t, err)
	names := make(map[string]bool)
	for _, f := range faults {
		require.False(t, names[f.name], "two faults are named %s", f.name)
		names[f.name] = true
		require.NotEqual(t, f.old, f.new, f.name)
		require.NotContains(t, f.name, "|", "the name goes into a table")
		require.LessOrEqual(t, len(f.name), 70, f.name)
		file, text, err := f.plant(root)
		require.NoError(t, err)
		_, err = parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
		require.NoError(t, err, f.name)
	}
}

// TestRecord keeps FAULTS.md with the table: one row for each fault, in the same order.
func TestRecord(t *testing.T) {
	text, err := os.ReadFile(recordFile(root))
	require.NoError(t, err)
	head, _, _ := strings.Cut(string(text), "| fault ")
	require.Equal(t, recordHead, head, "write it again with -list -write")
	rec, err := readRecord(root)
	require.NoError(t, err)
	var rows strings.Builder
	var all []placed
	for _, f := range faults {
		require.Regexp(t, firstTest, rec[f.name].by, "%s: not caught yet: test it with -write", f.name)
		require.NoError(t, rec.checkConformance(f))
		all = append(all, placed{f, place{file: rec[f.name].file}})
	}
	rec.writeTable(&rows, all)
	require.Equal(t, head+rows.String(), string(text), "write it again with -list -write")
}

func TestRecordAdd(t *testing.T) {
	fault := func(name string) placed { return placed{fault{name: name}, place{file: "new.go"}} }
	old := row{file: "old.go", by: "TestA", caseOf: "store/UPD-1"}
	rec := record{"kept": old, "caught": old, "broken": old}
	err := rec.add([]placed{fault("kept"), fault("caught"), fault("broken"), fault("survivor")}, map[string]result{
		"caught": {by: "TestB"}, "broken": {err: errors.New("no test ran")}, "survivor": {},
	})
	require.EqualError(t, err, "broken: no test ran\nsurvivor: survived")
	require.Equal(t, record{
		"kept": old, "caught": {"new.go", "TestB", "store/UPD-1"}, "broken": old,
		"survivor": {file: "new.go", by: "**nothing**"},
	}, rec)
}

func TestAttempts(t *testing.T) {
	selected := []placed{
		{fault: fault{name: "own", pkg: "csvio"}}, {fault: fault{name: "new", pkg: "internal/feed"}},
		{fault: fault{name: "gone"}}, {fault: fault{name: "proof"}},
	}
	tester := &tester{clean: root, suites: []target{{module: ".", pkg: "./test"}}}
	require.NoError(t, tester.readTests(selected))
	tester.chooseFirst(selected, record{
		"own":   {by: "csvio: TestBirthdates/CSV-1"},
		"gone":  {by: "TestNoSuch"},
		"proof": {by: "proof: TestHistories, hangs"},
	})
	require.Equal(t, map[string]target{
		"own":   {module: ".", pkg: "./csvio", run: "^TestBirthdates$"},
		"proof": {module: "proof", pkg: ".", run: "^TestHistories$"},
	}, tester.first)

	tester.found = map[target]content{library: {short: true}, {module: ".", pkg: "./test"}: {long: true}}
	require.Equal(t, []target{
		{module: ".", pkg: "./csvio", run: "^TestBirthdates$"}, {module: ".", pkg: "./csvio"},
		{module: ".", pkg: "./test"}, {module: ".", pkg: "./test", mode: long}, proof,
	}, tester.attempts(selected[0].fault))
	require.Equal(t, []target{
		{module: ".", pkg: "./internal/feed"}, {module: ".", pkg: ".", mode: short}, {module: ".", pkg: "./test"},
		library, {module: ".", pkg: "./test", mode: long}, proof,
	}, tester.attempts(selected[1].fault))
}

func TestConformanceAlone(t *testing.T) {
	tester := &tester{clean: root, only: []target{conformance}}
	require.Equal(t, []target{conformance}, tester.attempts(fault{pkg: "internal/feed"}))
	c, err := conformance.content(root)
	require.NoError(t, err)
	require.True(t, c.tests["TestConformance"])
}

func TestAllow(t *testing.T) {
	none := log.New(io.Discard, "", 0)
	limit, err := library.allow(none, func(time.Duration) (verdict, error) { return verdict{}, nil })
	require.NoError(t, err)
	require.GreaterOrEqual(t, limit, time.Minute)
	_, err = library.allow(none, func(time.Duration) (verdict, error) {
		return verdict{caught: true, test: "TestA", output: "no"}, nil
	})
	require.EqualError(t, err, "without a fault, TestA fails:\nno")
	broken := errors.New("no test ran")
	_, err = library.allow(none, func(time.Duration) (verdict, error) { return verdict{}, broken })
	require.Equal(t, broken, err)
}

func TestUnseen(t *testing.T) {
	names, pkgs := make(map[string]bool), make(map[string]bool)
	for _, f := range faults {
		names[f.name], pkgs[f.pkg] = unseenPackages[f.pkg] == "", true
	}
	listed := 0
	for _, r := range reasons {
		for _, name := range r.names {
			require.True(t, names[name], "%s is no fault of a package that Conformance tests", name)
			listed++
		}
	}
	require.Len(t, unseen(), listed, "a fault has two reasons")
	for pkg := range unseenPackages {
		require.True(t, pkgs[pkg], "no fault is in package %s", pkg)
	}
}

func TestRecordAddConformance(t *testing.T) {
	reason := reasons[0].names[0]
	found := func(name, pkg string) placed { return placed{fault: fault{name: name, pkg: pkg}} }
	selected := []placed{
		found("caught", ""), found("survivor", ""), found(reason, ""), found("wire", "httpapi"), found("kept", ""),
	}
	by := func(name string) result { return result{by: "contactstest: TestConformance/" + name} }
	rec := record{"caught": {file: "a.go", by: "TestA"}, "kept": {caseOf: "store/UPD-1"}}
	err := rec.addConformance(selected, map[string]result{
		"caught": by("store/UPD-4"), "survivor": {}, reason: {}, "wire": {},
	})
	require.EqualError(t, err, "survivor: survives Conformance, and unseen.go has no reason")
	require.Equal(t, row{"a.go", "TestA", "store/UPD-4"}, rec["caught"])
	require.Equal(t, "store/UPD-1", rec["kept"].caseOf)
	var table strings.Builder
	rec.writeTable(&table, selected)
	require.Contains(t, table.String(), "| caught | `` | TestA | store/UPD-4 |\n")
	require.Contains(t, table.String(), "| wire | `` |  | not visible: "+onTheWire+" |\n")
	err = rec.addConformance(selected, map[string]result{
		reason: by("store/STO-1"), "kept": {err: errors.New("no test ran")},
	})
	require.ErrorContains(t, err, "delete the reason in unseen.go")
	require.ErrorContains(t, err, "kept: no test ran")
	require.Equal(t, selected[3:], seen(append([]placed{found("file", "csvio")}, selected[3:]...)))
}

const togetherSource = `package main

import (
	"fmt"
	"strings"
)

const fixed = 1

var value = 2

type list[T any] struct{ items []T }

func (l *list[T]) add(items ...T) int {
	l.items = append(l.items, items...)
	return len(l.items)
}

func pair[K comparable, V any](_ K, v V) (out V, err error) { return v, nil }

func quiet() (text string) {
	defer caught(&text)
	panic("p")
}

func caught(text *string) { *text = fmt.Sprint(recover()) }

func show(parts ...string) { fmt.Print(strings.Join(parts, " ")) }

func main() {
	n := (&list[int]{}).add(1, 2)
	v, _ := pair("k", 3)
	show(fmt.Sprint(fixed), fmt.Sprint(value), fmt.Sprint(n), fmt.Sprint(v), quiet())
}
`

func TestTogether(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module x\n\ngo 1.26\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(togetherSource), 0o644))
	var selected []placed
	for _, f := range []fault{
		{name: "value", old: "= 2", new: "= 5"}, {name: "value again", old: "= 2", new: "= 6"},
		{name: "method", old: "items...)\n\treturn len(l.items)", new: "items[1:]...)\n\treturn len(l.items)"},
		{name: "generic", old: "{ return v, nil }", new: "{ return out, nil }"},
		{name: "no result", old: "parts, \" \"", new: "parts, \"-\""},
		{name: "constant", old: "fixed = 1", new: "fixed = 2"}, {name: "signature", old: "_ K, v V", new: "k K, v V"},
		{name: "recovers", old: "fmt.Sprint(recover())", new: "fmt.Sprint(recover(), 1)"},
	} {
		at, err := f.find(dir)
		require.NoError(t, err)
		selected = append(selected, placed{f, at})
	}
	numbers, err := together(dir, selected)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"value": 1, "value again": 2, "method": 3, "generic": 4, "no result": 5}, numbers)
	program := filepath.Join(dir, "program")
	out, err := command(t.Context(), dir, "go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	for n, want := range []string{"1 2 2 3 p", "1 5 2 3 p", "1 6 2 3 p", "1 2 1 3 p", "1 2 2 0 p", "1-2-2-3-p"} {
		cmd := command(t.Context(), dir, program)
		cmd.Env = append(cmd.Env, fmt.Sprint(switchVar, "=", n))
		out, err := cmd.Output()
		require.NoError(t, err)
		require.Equal(t, want, string(out), "fault %d", n)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	write("a.go", "package p\n\nconst (\n\ta = 1\n\tb, c = 2, 1\n)\n\nfunc f() int { return 1 }\n")
	write("b.go", "package p\n\ntype T[V any] struct{ v V }\n\nfunc (t *T[V]) f() int { return 1 }\n\nvar only = 3\n")
	write("a_test.go", "package p\n\nvar only2 = 3\n")
	for _, tt := range []struct {
		f    fault
		file string
		text string // of the file with the fault
		err  string
	}{
		{f: fault{old: "= 3", new: "= 4"}, file: "b.go", text: "var only = 4\n"},
		{f: fault{decl: "f", old: "1", new: "5"}, file: "a.go", text: "func f() int { return 5 }\n"},
		{f: fault{decl: "T.f", old: "1", new: "5"}, file: "b.go", text: "func (t *T[V]) f() int { return 5 }\n"},
		{f: fault{decl: "a", old: "1", new: "5"}, file: "a.go", text: "\ta = 5\n"},
		{f: fault{decl: "c", old: "2", new: "5"}, file: "a.go", text: "\tb, c = 5, 1\n"},
		{f: fault{decl: "T", old: "v V", new: "w V"}, file: "b.go", text: "type T[V any] struct{ w V }\n"},
		{f: fault{old: "return 1"}, err: "package . has the text to replace 2 times"},
		{f: fault{decl: "f", old: "2"}, err: "f in package . has the text to replace 0 times"},
		{f: fault{decl: "g", old: "2"}, err: "there is no g in package ."},
		{f: fault{pkg: "no/such", old: "2"}, err: "there is no package no/such"},
	} {
		file, text, err := tt.f.plant(dir)
		if tt.err != "" {
			require.ErrorContains(t, err, tt.err)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, tt.file, file)
		require.Contains(t, string(text), tt.text)
	}
	require.Equal(t, []int{0, 1}, slices.Collect(occurrences("aaa", "aa")))
}

func TestRead(t *testing.T) {
	lines := func(s ...string) []byte { return []byte(strings.Join(s, "\n") + "\n") }
	for _, tt := range []struct {
		name   string
		out    []byte
		by     string
		broken bool
	}{
		{name: "a subtest of a rule fails", by: "TestA/UPD-4", out: lines(
			`{"Action":"run","Test":"TestA"}`, `{"Action":"run","Test":"TestA/UPD-4_lists"}`,
			`{"Action":"fail","Test":"TestA/UPD-4_lists"}`, `{"Action":"fail","Test":"TestA"}`, `{"Action":"fail"}`)},
		{name: "the parent is reported first", by: "TestA/UPD-4", out: lines(
			`{"Action":"run","Test":"TestA"}`, `{"Action":"run","Test":"TestA/UPD-4_lists"}`,
			`{"Action":"fail","Test":"TestA"}`, `{"Action":"fail","Test":"TestA/UPD-4_lists"}`)},
		{name: "a subtest without a rule", by: "TestB", out: lines(
			`{"Action":"run","Test":"TestA"}`, `{"Action":"pass","Test":"TestA"}`,
			`{"Action":"run","Test":"TestB"}`, `{"Action":"fail","Test":"TestB/some_case"}`)},
		{name: "a timeout", by: "TestB, hangs", out: lines(
			`{"Action":"run","Test":"TestA"}`, `{"Action":"pass","Test":"TestA"}`, `{"Action":"run","Test":"TestB"}`,
			`{"Action":"output","Test":"TestB","Output":"panic: test timed out after 1s\n"}`, `{"Action":"fail"}`)},
		{name: "a crash between tests", by: "a crash", out: lines(
			`{"Action":"run","Test":"TestA"}`, `{"Action":"pass","Test":"TestA"}`, `{"Action":"fail"}`)},
		{name: "killed from outside", broken: true, out: lines(
			`{"Action":"run","Test":"TestA"}`, `{"Action":"output","Output":"signal: terminated\n"}`,
			`{"Action":"fail"}`)},
		{name: "tests that do not build", broken: true, out: lines(
			`{"Action":"build-output","Output":"./a_test.go:1:1: no\n"}`, `{"Action":"build-fail"}`,
			`{"Action":"fail"}`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, ok := read(tt.out)
			require.Equal(t, tt.broken, !ok)
			if ok {
				require.Equal(t, tt.by, v.by(target{module: ".", pkg: "."}))
				require.Equal(t, "csvio: "+tt.by, v.by(target{module: ".", pkg: "./csvio"}))
			}
		})
	}
}
