package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

const twoPeople = "First Name,Email\nAnna,anna@example.com\nBob,bob@example.com\n"

func TestSaveAndLoad(t *testing.T) {
	t.Run("EXP-2 the sample, loaded and saved again", func(t *testing.T) {
		first, second := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
		out := runOn(t, "-save", first)
		require.Contains(t, out, "\nsaved: 276 contacts, position 11, 294 lines: "+first+"\n")
		require.NotContains(t, out, "loaded:")
		out = runOn(t, "-load", first, "-save", second)
		require.True(t, strings.HasPrefix(out, "loaded: 276 contacts, position 11: "+first+"\n\nLabels"), out)
		require.NotContains(t, out, "sample.csv")
		require.NotContains(t, out, "rows read")
		require.Contains(t, out, "\nsaved: 276 contacts, position 11, 294 lines: "+second+"\n")
		require.Equal(t, read(t, first), read(t, second), "a second run changes nothing")
	})
	t.Run("only the owner can read the file, and nothing is left next to it", func(t *testing.T) {
		saved := write(t, "saved", "old")
		require.NoError(t, os.Chmod(saved, 0o644))
		runOn(t, "-save", saved, write(t, "a.csv", twoPeople))
		info, err := os.Stat(saved)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())
		alone(t, saved)
	})
	t.Run("changes in the fork are not saved", func(t *testing.T) {
		saved := filepath.Join(t.TempDir(), "saved")
		out := runOn(t, "-save", saved, write(t, "a.csv", "First Name,Email,Email 2\n"+
			"Anna,a@example.com,x@example.com\nBob,b@example.com,x@example.com\n"))
		require.Contains(t, out, "Moved Ltd")
		require.Contains(t, out, "Delete of the first")
		require.NotContains(t, read(t, saved), "Moved Ltd")
		s := loaded(t, saved)
		require.Equal(t, 2, s.Snapshot().Len())
		for v := range s.Snapshot().All() {
			require.Equal(t, 1, v.Revision())
		}
	})
	t.Run("a file adds to a loaded store", func(t *testing.T) {
		saved := filepath.Join(t.TempDir(), "saved")
		runOn(t, "-save", saved, write(t, "a.csv", twoPeople))
		out := runOn(t, "-load", saved, "-save", saved, "-field", "Pet",
			write(t, "b.csv", "Email,Pet\ncarol@example.com,Cat\nANNA@example.com,Dog\n"))
		require.Contains(t, out, "loaded: 2 contacts, position 3: ")
		require.Contains(t, out,
			"     2 rows read\n     1 contacts created\n     1 rows added to contacts\n", "IMP-10")
		require.Contains(t, out, "     3 contacts have the label Imported\n")
		require.Contains(t, out, "     2 contacts have a value of Pet\n")
		s := loaded(t, saved)
		require.Equal(t, 3, s.Snapshot().Len())
		require.Equal(t, "Anna", oldest(s.Snapshot()).Name().First)
		require.Contains(t, out, "\nsaved: "+sizeOf(s.Snapshot())+", ")
	})
	t.Run("nothing new", func(t *testing.T) {
		saved := filepath.Join(t.TempDir(), "saved")
		runOn(t, "-save", saved, write(t, "a.csv", twoPeople))
		before := read(t, saved)
		out := runOn(t, "-load", saved, "-save", saved, write(t, "empty.csv", ""))
		require.Contains(t, out, "     0 rows read\n")
		require.Equal(t, before, read(t, saved))
	})
	t.Run("an empty store", func(t *testing.T) {
		saved := filepath.Join(t.TempDir(), "saved")
		out := runOn(t, "-save", saved, write(t, "a.csv", ""))
		require.Contains(t, out, "\nsaved: 0 contacts, position 1, 3 lines: ")
		require.Equal(t, "loaded: 0 contacts, position 1: "+saved+"\n", runOn(t, "-load", saved))
	})
}

func TestLoadRefuses(t *testing.T) {
	saved := filepath.Join(t.TempDir(), "saved")
	runOn(t, "-save", saved, write(t, "a.csv", twoPeople))
	text := read(t, saved)
	lines := strings.SplitAfter(text, "\n")
	for _, test := range []struct{ name, text, want string }{
		{"damaged", strings.Replace(text, "anna@example.com", "anne@example.com", 1),
			"INVALID_EXPORT: line 6: the checksum"},
		{"no longer valid", strings.Replace(text, "anna@example.com", "anna.example.com", 2),
			"INVALID_EXPORT: line 4: contacts: INVALID_ARGUMENT: info.emails"},
		{"cut off", strings.Join(lines[:3], ""), "INVALID_EXPORT: line 4: the export ends before its last line"},
		{"a line is missing", strings.Join(append(lines[:2:2], lines[3:]...), ""),
			"INVALID_EXPORT: line 5: lines are missing"},
		{"empty", "", "INVALID_EXPORT: line 1: "},
		{"CSV", twoPeople, "INVALID_EXPORT: line 1: not an export"},
	} {
		t.Run("EXP-3 "+test.name, func(t *testing.T) {
			name, target := write(t, "saved", test.text), write(t, "target", "old")
			stdout, stderr := fails(t, "-load", name, "-save", target)
			require.Empty(t, stdout)
			require.Contains(t, stderr, "crm: "+name+": contacts: "+test.want)
			require.NotContains(t, stderr, "example.com", "ERR-3")
			require.Equal(t, "old", read(t, target))
			alone(t, target)
		})
	}
	t.Run("a missing file", func(t *testing.T) {
		stdout, stderr := fails(t, "-load", saved+".missing")
		require.Empty(t, stdout)
		require.Contains(t, stderr, "crm: open "+saved+".missing")
	})
	t.Run("a saved file is not imported", func(t *testing.T) {
		for _, name := range []string{"saved", "saved.jsonl"} {
			err := run(t.Context(), []string{write(t, name, text)}, io.Discard, io.Discard)
			require.ErrorIs(t, err, errSaved)
		}
	})
	t.Run("empty names", func(t *testing.T) {
		for _, args := range [][]string{{"-load", ""}, {"-save", ""}, {""}, {"-save", "", saved}} {
			require.ErrorContains(t, run(t.Context(), args, io.Discard, io.Discard), "a file name is empty")
		}
	})
}

func TestSaveRefuses(t *testing.T) {
	source := write(t, "a.csv", twoPeople)
	t.Run("a directory that cannot be written to", func(t *testing.T) {
		target := write(t, "target", "old")
		dir := filepath.Dir(target)
		require.NoError(t, os.Chmod(dir, 0o500))
		t.Cleanup(func() { require.NoError(t, os.Chmod(dir, 0o700)) })
		err := run(t.Context(), []string{"-save", target, source}, io.Discard, io.Discard)
		if os.Geteuid() == 0 { // root may write everywhere
			require.NoError(t, err)
			require.Equal(t, 2, loaded(t, target).Snapshot().Len())
		} else {
			require.ErrorIs(t, err, os.ErrPermission)
			require.Equal(t, "old", read(t, target))
		}
		alone(t, target)
	})
	t.Run("a missing directory", func(t *testing.T) {
		target := filepath.Join(t.TempDir(), "none", "target")
		stdout, stderr := fails(t, "-save", target, source)
		require.Contains(t, stdout, "     2 contacts created\n")
		require.NotContains(t, stdout, "saved:")
		require.Contains(t, stderr, "crm: save "+target+": ")
	})
	t.Run("a directory", func(t *testing.T) {
		old := write(t, "target", "old")
		err := run(t.Context(), []string{"-save", filepath.Dir(old), source}, io.Discard, io.Discard)
		require.ErrorContains(t, err, "not a regular file")
		require.Equal(t, "old", read(t, old))
		alone(t, old)
	})
	t.Run("a link", func(t *testing.T) {
		old := write(t, "target", "old")
		link := filepath.Join(t.TempDir(), "link")
		require.NoError(t, os.Symlink(old, link))
		err := run(t.Context(), []string{"-save", link, source}, io.Discard, io.Discard)
		require.ErrorContains(t, err, "not a regular file")
		require.Equal(t, "old", read(t, old))
	})
	t.Run("the file that is imported", func(t *testing.T) {
		before := read(t, source)
		err := run(t.Context(), []string{"-save", filepath.Dir(source) + "/./a.csv", source}, io.Discard, io.Discard)
		require.ErrorContains(t, err, "overwrite")
		require.Equal(t, before, read(t, source))
	})
	t.Run("STO-1 nothing is saved after a canceled import", func(t *testing.T) {
		target := write(t, "target", "old")
		ctx := &tiring{Context: t.Context()}
		ctx.calls.Store(1200)
		var stdout bytes.Buffer
		err := run(ctx, []string{"-save", target, write(t, "a.csv", manyRows(1500))}, &stdout, io.Discard)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, stdout.String())
		require.Equal(t, "old", read(t, target))
		alone(t, target)
	})
}

// tiring is a context that is canceled after a number of calls of Err.
type tiring struct {
	context.Context
	calls atomic.Int64
}

func (c *tiring) Err() error {
	if c.calls.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

func loaded(t *testing.T, name string) *contacts.Store {
	t.Helper()
	s, err := load(t.Context(), io.Discard, name, nil)
	require.NoError(t, err)
	return s
}

// alone requires that a file is alone in its directory.
func alone(t *testing.T, name string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(name))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}
