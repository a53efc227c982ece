package main

import (
	"errors"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

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
		all = append(all, placed{f, place{file: rec[f.name].file}})
	}
	rec.writeTable(&rows, all)
	require.Equal(t, head+rows.String(), string(text), "write it again with -list -write")
}

func TestRecordAdd(t *testing.T) {
	fault := func(name string) placed { return placed{fault{name: name}, place{file: "new.go"}} }
	rec := record{"kept": {"old.go", "TestA"}, "caught": {"old.go", "TestA"}, "broken": {"old.go", "TestA"}}
	err := rec.add([]placed{fault("kept"), fault("caught"), fault("broken"), fault("survivor")}, map[string]result{
		"caught": {by: "TestB"}, "broken": {err: errors.New("no test ran")}, "survivor": {},
	})
	require.EqualError(t, err, "broken: no test ran\nsurvivor: survived")
	require.Equal(t, record{
		"kept": {"old.go", "TestA"}, "caught": {"new.go", "TestB"}, "broken": {"old.go", "TestA"},
		"survivor": {"new.go", "**nothing**"},
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

	rec := record{"a": {"a.go", "TestA/UPD-4"}, "b": {"b.go", "TestB"}}
	var table strings.Builder
	err = rec.writeConformance(&table, []placed{
		{fault{name: "a"}, place{file: "a.go"}}, {fault{name: "b"}, place{file: "b.go"}}, {fault{name: "c"}, place{}},
		{fault{name: "not tested"}, place{}},
	}, map[string]result{
		"a": {by: "contactstest: TestConformance/store/UPD-4"}, "b": {}, "c": {err: errors.New("no test ran")},
	})
	require.EqualError(t, err, "c: no test ran")
	require.Contains(t, table.String(), "| a | `a.go` | TestConformance/store/UPD-4 | TestA/UPD-4 |\n")
	require.Contains(t, table.String(), "| b | `b.go` | **nothing** | TestB |\n")
	require.Contains(t, table.String(), "Conformance catches 1 of 3.")
	require.NotContains(t, table.String(), "not tested")
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
