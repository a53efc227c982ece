package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
)

// runs runs a command and returns its exit status and its output.
func runs(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	w := testWorld()
	w.stdout, w.stderr = &out, &errs
	w.notify, w.reset = func(chan<- os.Signal, ...os.Signal) {}, func(...os.Signal) {}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	status = run(ctx, args, w)
	return status, out.String(), errs.String()
}

// dumped returns the export of the store in a directory.
func dumped(t *testing.T, dir string) string {
	t.Helper()
	status, stdout, stderr := runs(t, "dump", dir)
	require.Zero(t, status, stderr)
	require.Empty(t, stderr)
	return stdout
}

// dumpedTo writes the export of the store in a directory to a file.
func dumpedTo(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "saved")
	require.NoError(t, os.WriteFile(file, []byte(dumped(t, dir)), 0o600))
	return file
}

// compacted returns a directory with two snapshots.
func compacted(t *testing.T, people ...string) string {
	t.Helper()
	dir := kept(t, people...)
	status, _, stderr := runs(t, "compact", dir)
	require.Zero(t, status, stderr)
	return dir
}

// aged returns a directory with commits before, between and after its two snapshots.
func aged(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "people")
	s, err := boltlog.OpenStore(t.Context(), dir, nil, nil)
	require.NoError(t, err)
	for i, first := range []string{"Ada", "Bob", "Carol"} {
		email := contacts.Email{Address: strings.ToLower(first) + "@example.com"}
		info := contacts.Info{Name: contacts.Name{First: first}, Emails: []contacts.Email{email}}
		_, err := s.Create(t.Context(), info, nil)
		require.NoError(t, err)
		if i < 2 {
			require.NoError(t, s.Compact(t.Context()))
		}
	}
	require.NoError(t, s.Close())
	return dir
}

// firstID returns the first ID in a reply.
func firstID(text string) string {
	return regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(text)[1]
}

func TestDump(t *testing.T) {
	dir := kept(t, "Ada", "Bob")
	before := filesOf(t, dir)
	require.Equal(t, []string{"Ada", "Bob"}, names(t, dumpedTo(t, dir)))
	t.Run("the commits", func(t *testing.T) {
		status, stdout, stderr := runs(t, "dump", "-commits", dir)
		require.Zero(t, status, stderr)
		lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
		require.Len(t, lines, 4)
		for i, want := range []string{`{"commit":{`, "Ada", `{"commit":{`, "Bob"} {
			require.True(t, json.Valid([]byte(lines[i])))
			require.Contains(t, lines[i], want)
		}
		require.Contains(t, lines[2], `"number":2`)
	})
	require.Equal(t, before, filesOf(t, dir), "nothing is changed")
	t.Run("the commits after the older snapshot", func(t *testing.T) {
		small := compacted(t, "Ada")
		p := start(t, "-data", small)
		create(t, p.url, "Bob")
		require.Zero(t, p.stop(t))
		_, stdout, _ := runs(t, "dump", "-commits", small)
		require.Equal(t, 1, strings.Count(stdout, `{"commit":{`))
		require.NotContains(t, stdout, "Ada")
	})
	t.Run("a damaged snapshot is reported", func(t *testing.T) {
		small := compacted(t, "Ada")
		edit(t, small, "00000003.snap", flipped)
		status, stdout, stderr := runs(t, "dump", small)
		require.Zero(t, status)
		require.Equal(t, 1, strings.Count(stderr, "\n"))
		require.Contains(t, stderr, "contactsd: dump "+small+": warning: a snapshot is damaged")
		require.Contains(t, stdout, "ada@example.com")
	})
	t.Run("an output that ends", func(t *testing.T) {
		for _, args := range [][]string{{"dump", dir}, {"dump", "-commits", dir}} {
			w := testWorld()
			var stderr bytes.Buffer
			w.stdout, w.stderr = brokenPipe{}, &stderr
			w.notify = func(chan<- os.Signal, ...os.Signal) {}
			require.Equal(t, 1, run(t.Context(), args, w))
			require.Equal(t, "contactsd: dump "+dir+": broken pipe\n", stderr.String())
		}
	})
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestCompactCommand(t *testing.T) {
	dir := kept(t, "Ada")
	p := start(t, "-data", dir)
	for range 20 {
		remove(t, p.url, create(t, p.url, "Marmaduke"))
	}
	require.Zero(t, p.stop(t))
	want := dumped(t, dir)
	status, stdout, stderr := runs(t, "compact", dir)
	require.Zero(t, status, stderr)
	require.Regexp(t, `^contacts: 1, position: 41, bytes: [0-9]+, before: [0-9]+\n$`, stdout)
	require.Equal(t, want, dumped(t, dir))
	require.NotContains(t, strings.Join(sorted(filesOf(t, dir)), ""), "armaduke", "DUR-5")
	t.Run("an empty store", func(t *testing.T) {
		status, stdout, stderr := runs(t, "compact", kept(t))
		require.Zero(t, status, stderr)
		require.Contains(t, stdout, "contacts: 0, position: 0, ")
	})
	t.Run("a damaged snapshot is replaced", func(t *testing.T) {
		for _, change := range []func(string) string{flipped, func(text string) string { return "x" + text[1:] }} {
			dir := compacted(t, "Ada")
			edit(t, dir, "00000003.snap", change)
			status, _, stderr := runs(t, "compact", dir)
			require.Zero(t, status, stderr)
			status, stdout, _ := runs(t, "check", dir)
			require.Zero(t, status, stdout)
		}
	})
}

func TestCheck(t *testing.T) {
	once := kept(t, "Ada", "Bob")
	twice := aged(t)
	filled := filepath.Join(t.TempDir(), "people")
	p := start(t, "-data", filled, "-load", saved(t, "Ada", "Bob"))
	create(t, p.url, "Carol")
	require.Zero(t, p.stop(t))
	for name, test := range map[string]struct {
		dir  string
		want string
	}{
		"commits": {once, "commits without a snapshot: 2\ncontacts: 2, position: 2\nno damage\n"},
		"two snapshots": {twice, "snapshot at position 2, commits after it: 1\ncontacts: 3, position: 3\n" +
			"snapshot at position 1, commits after it: 2\nno damage\n"},
		"filled": {filled, "snapshot at position 2, commits after it: 1\ncontacts: 3, position: 3\nno damage\n"},
		"empty":  {kept(t), "commits without a snapshot: 0\ncontacts: 0, position: 0\nno damage\n"},
	} {
		t.Run("no damage: "+name, func(t *testing.T) {
			before := filesOf(t, test.dir)
			status, stdout, stderr := runs(t, "check", test.dir)
			require.Zero(t, status, stderr)
			require.Equal(t, test.want, stdout)
			require.Empty(t, stderr)
			require.Equal(t, before, filesOf(t, test.dir))
		})
	}
	inEntry := func(text string) string { return strings.ReplaceAll(text, "ada@", "adb@") }
	renamed := func(text string) string { return strings.ReplaceAll(text, "Carol", "Karol") }
	for name, test := range map[string]struct {
		dir, file string
		change    func(string) string
	}{
		"an entry":                   {once, "00000001.log", inEntry},
		"a log file cut off":         {once, "00000001.log", func(text string) string { return text[:len(text)/2] }},
		"an empty log file":          {once, "00000001.log", func(string) string { return "" }},
		"the newest log file":        {twice, "00000003.log", renamed},
		"the newer snapshot":         {twice, "00000003.snap", flipped},
		"the older snapshot":         {twice, "00000002.snap", inEntry},
		"the header of a snapshot":   {twice, "00000002.snap", func(text string) string { return "x" + text[1:] }},
		"a snapshot cut off":         {twice, "00000003.snap", func(text string) string { return text[:len(text)-1] }},
		"the snapshot of a -load":    {filled, "00000001.snap", inEntry},
		"the commit after a -load":   {filled, "00000001.log", renamed},
		"a missing log file":         {twice, "00000002.log", nil},
		"the missing first of -load": {filled, "00000001.snap", nil},
	} {
		t.Run("damage: "+name, func(t *testing.T) {
			dir := copyOf(t, test.dir)
			if test.change == nil {
				require.NoError(t, os.Remove(filepath.Join(dir, test.file)))
			} else {
				edit(t, dir, test.file, test.change)
			}
			status, stdout, stderr := runs(t, "check", dir)
			require.Equal(t, 1, status, stdout)
			require.True(t, strings.HasPrefix(stderr, "contactsd: check "+dir+": damaged: "), stderr)
			require.Contains(t, stderr, "LOG_CORRUPT")
			require.Equal(t, 1, strings.Count(stderr, "\n"))
			if test.change != nil {
				require.Contains(t, stderr, "file "+test.file)
			}
			require.NotContains(t, stdout, "no damage")
			for _, value := range []string{"example.com", "Carol", "Karol"} {
				require.NotContains(t, stdout+stderr, value, "ERR-3")
			}
		})
	}
}

// TestCommandsRefuse has every command fail in the same way, without a change.
func TestCommandsRefuse(t *testing.T) {
	used := kept(t, "Ada")
	start(t, "-data", used)
	later, laterSnapshot := kept(t, "Ada"), compacted(t, "Ada")
	edit(t, later, "00000001.log", fromLater)
	edit(t, laterSnapshot, "00000003.snap", fromLater)
	empty, file, none := t.TempDir(), saved(t, "Ada"), filepath.Join(t.TempDir(), "none")
	closed := kept(t, "Ada")
	if os.Geteuid() != 0 { // root may read everything
		require.NoError(t, os.Chmod(closed, 0))
		t.Cleanup(func() { os.Chmod(closed, 0o700) })
	}
	for name, test := range map[string]struct{ dir, want string }{
		"used by contactsd":  {used, "another process is using it: boltlog: LOG_LOCKED"},
		"missing":            {none, "no such file or directory"},
		"below a file":       {filepath.Join(file, "people"), "not a directory"},
		"a file":             {file, "not a directory"},
		"without a store":    {empty, "there is no store in the directory"},
		"of a later version": {later, "a later version of this program has written to it"},
		"a later snapshot":   {laterSnapshot, "a later version of this program has written to it"},
		"not readable":       {closed, "permission denied"},
	} {
		if test.dir == closed && os.Geteuid() == 0 {
			continue
		}
		for _, command := range commands {
			t.Run(command.name+" "+name, func(t *testing.T) {
				before := filesOf(t, test.dir)
				status, stdout, stderr := runs(t, command.name, test.dir)
				require.Equal(t, 1, status)
				require.Empty(t, stdout)
				require.True(t, strings.HasPrefix(stderr, "contactsd: "+command.name+" "+test.dir+": "), stderr)
				require.Contains(t, stderr, test.want)
				require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
				require.Equal(t, before, filesOf(t, test.dir))
				_, err := os.Stat(none)
				require.ErrorIs(t, err, fs.ErrNotExist)
			})
		}
	}
	t.Run("a signal", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, command := range commands {
			w := testWorld()
			var stdout, stderr bytes.Buffer
			w.stdout, w.stderr = &stdout, &stderr
			w.notify = func(chan<- os.Signal, ...os.Signal) {}
			require.Equal(t, 1, run(ctx, []string{command.name, kept(t, "Ada")}, w))
			require.Contains(t, stderr.String(), "context canceled")
		}
	})
}

func TestBadArguments(t *testing.T) {
	for _, command := range commands {
		for name, args := range map[string][]string{
			"no directory": nil, "two": {"a", "b"}, "an empty name": {""}, "a flag at the end": {"a", "-commits"},
			"an unknown flag": {"-fast", "a"}, "a flag of contactsd": {"-addr", ":0", "a"},
		} {
			t.Run(command.name+" "+name, func(t *testing.T) {
				status, stdout, stderr := runs(t, append([]string{command.name}, args...)...)
				require.Equal(t, 2, status)
				require.Empty(t, stdout)
				require.True(t, strings.HasPrefix(stderr, "contactsd: "+command.name+": "), stderr)
				require.Contains(t, stderr, "contactsd "+command.name+" -h")
				require.Equal(t, 2, strings.Count(stderr, "\n"))
			})
		}
		t.Run(command.name+" help", func(t *testing.T) {
			status, stdout, stderr := runs(t, command.name, "-h")
			require.Zero(t, status)
			require.Empty(t, stdout)
			require.Contains(t, stderr, "usage: contactsd "+command.name)
			require.Equal(t, command.name == "dump", strings.Contains(stderr, "-commits"))
			_, _, all := runs(t, "-h")
			require.Contains(t, all, "  "+command.name)
			require.Contains(t, all, command.short)
		})
	}
}
