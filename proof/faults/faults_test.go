package main

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// TestFaults keeps the table with the code: each fault must have its place in the sources. It builds nothing; run the
// program with -build for that.
func TestFaults(t *testing.T) {
	require.GreaterOrEqual(t, len(faults), 45)
	require.NoError(t, check(root, faults))
	for _, f := range faults {
		require.NotEqual(t, f.old, f.new, f.name)
		require.NotContains(t, f.name, "|", "it stands in a table")
		require.LessOrEqual(t, len(f.name), 70, f.name)
		text, err := f.in(root)
		require.NoError(t, err)
		_, err = parser.ParseFile(token.NewFileSet(), f.file, text, parser.SkipObjectResolution)
		require.NoError(t, err, f.name)
	}
}

func TestCheckTellsOfAllThatDoesNotFit(t *testing.T) {
	err := check(root, []fault{
		{name: "a", file: "store.go", old: "no such text"},
		{name: "b", file: "store.go", old: "return"},
		{name: "b", file: "no_such_file.go", old: "x"},
	})
	require.ErrorContains(t, err, "a: store.go holds the text to replace 0 times")
	require.ErrorContains(t, err, "b: store.go holds the text to replace ")
	require.ErrorContains(t, err, "b: there are two faults of this name")
	require.ErrorContains(t, err, "no_such_file.go")
}

func TestTestsBeside(t *testing.T) {
	beside, ok := fault{file: "merge.go"}.testsBeside(root)
	require.True(t, ok)
	require.Equal(t, ".", beside.String())
	require.Contains(t, beside.run, "TestMergeEffects|")
	beside, ok = fault{file: "plan.go"}.testsBeside(root)
	require.True(t, ok)
	require.Contains(t, beside.run, "TestQueryTable|")
	beside, ok = fault{file: "snapshot.go"}.testsBeside(root)
	require.True(t, ok)
	require.Contains(t, beside.run, "TestLookups|")
	require.Contains(t, beside.run, "TestQueryTable|")
	_, ok = fault{file: "doc.go"}.testsBeside(root)
	require.False(t, ok)
	beside, ok = fault{file: "csvio/reader.go"}.testsBeside(root)
	require.True(t, ok)
	require.Equal(t, "csvio", beside.String())
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
		{name: "the parent is told of first", by: "TestA/UPD-4", out: lines(
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
			`{"Action":"run","Test":"TestA"}`, `{"Action":"output","Output":"signal: terminated\n"}`, `{"Action":"fail"}`)},
		{name: "tests that do not build", broken: true, out: lines(
			`{"Action":"build-output","Output":"./a_test.go:1:1: no\n"}`, `{"Action":"build-fail"}`, `{"Action":"fail"}`)},
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
