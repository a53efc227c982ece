package boltlog_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
)

func person(name string) contacts.Info {
	return contacts.Info{Name: contacts.Name{First: name}, Emails: []contacts.Email{{Address: name + "@x.test"}}}
}

func export(t testing.TB, s *contacts.Store) string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, s.Snapshot().Export(&text))
	return text.String()
}

func TestOpenStore(t *testing.T) {
	dir := newDir(t)
	s, err := boltlog.OpenStore(t.Context(), dir, nil, nil)
	require.NoError(t, err)
	for i := range 20 {
		_, err := s.Create(t.Context(), person(fmt.Sprint("p", i)), nil)
		require.NoError(t, err)
	}
	require.NoError(t, s.Compact(t.Context()))
	_, err = s.Create(t.Context(), person("last"), nil)
	require.NoError(t, err)
	want := export(t, s)
	t.Run("DUR-1 one process at a time", func(t *testing.T) {
		_, err := boltlog.OpenStore(t.Context(), dir, &boltlog.Options{LockTimeout: -1}, nil)
		require.ErrorIs(t, err, contacts.ErrLogLocked)
	})
	require.NoError(t, s.Close())
	t.Run("DUR-6 read-only", func(t *testing.T) {
		replica, err := boltlog.OpenStore(t.Context(), dir, &boltlog.Options{ReadOnly: true}, nil)
		require.NoError(t, err)
		require.Equal(t, want, export(t, replica))
		_, err = replica.Create(t.Context(), person("new"), nil)
		require.ErrorIs(t, err, contacts.ErrReadOnly)
		require.NoError(t, replica.Close())
	})
	t.Run("DUR-1 again", func(t *testing.T) {
		s, err := boltlog.OpenStore(t.Context(), dir, nil, nil)
		require.NoError(t, err)
		require.Equal(t, want, export(t, s))
		require.Equal(t, contacts.Recovery{Snapshot: 20, Commits: 1}, s.Recovery())
		require.NoError(t, s.Close())
	})
	t.Run("DUR-5 erased data leaves the disk", func(t *testing.T) {
		s, err := boltlog.OpenStore(t.Context(), dir, nil, nil)
		require.NoError(t, err)
		c, err := s.Create(t.Context(), person("marmaduke"), nil)
		require.NoError(t, err)
		require.Contains(t, contentsOf(t, dir), "marmaduke")
		require.NoError(t, s.Delete(t.Context(), c.ID))
		_, err = s.Erase(t.Context())
		require.NoError(t, err)
		require.NotContains(t, contentsOf(t, dir), "marmaduke")
		require.NoError(t, s.Close())
		require.NotContains(t, contentsOf(t, dir), "marmaduke")
	})
}

// contentsOf returns the contents of all files of a directory.
func contentsOf(t testing.TB, dir string) string {
	t.Helper()
	var all strings.Builder
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		all.Write(text)
	}
	return all.String()
}

// Environment variables that make the test binary write to a directory until it is killed, and that number the kill.
const (
	killedDir = "BOLTLOG_TEST_WRITE_UNTIL_KILLED"
	killedNo  = "BOLTLOG_TEST_KILL"
)

const killedWriters = 4

// TestMain writes contacts, if asked to, and prints the name of each once it is acknowledged: the numbers of the kill,
// the writer and the contact.
func TestMain(m *testing.M) {
	dir := os.Getenv(killedDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	ctx := context.Background()
	s, err := boltlog.OpenStore(ctx, dir, nil, &contacts.Options{CompactBytes: 20_000})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var writers sync.WaitGroup
	for w := range killedWriters {
		writers.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%s.%d.%d", os.Getenv(killedNo), w, i)
				if _, err := s.Create(ctx, contacts.Info{Name: contacts.Name{First: name}}, nil); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println(name) // one write to the pipe: whole lines
			}
		})
	}
	writers.Wait()
}

// TestKill kills a process that writes, again and again. Nothing that it has acknowledged is lost, and of what it has
// not, at most the commit of each writer that was on its way is there.
func TestKill(t *testing.T) {
	t.Parallel()
	kills, each := 4, 2
	switch {
	case *long:
		kills, each = 1000, 25
	case *gate:
		kills, each = 20, 10
	}
	var sum totals
	var more atomic.Int64
	t.Run("runs", func(t *testing.T) {
		for from := 0; from < kills; from += each {
			t.Run(fmt.Sprint(from), func(t *testing.T) {
				t.Parallel()
				k := killing{dir: newDir(t), acknowledged: map[string]int{}}
				for n := from; n < from+each; n++ {
					k.kill(t, n)
				}
				more.Add(int64(k.check(t)))
				sum.add(k.found)
			})
		}
	})
	t.Logf("kill -9: %v; %d more were durable without an answer", sum.get(), more.Load())
	require.Equal(t, tally{crashes: kills, acknowledged: sum.get().acknowledged}, sum.get())
}

// killing are kills of processes that use one directory in turn.
type killing struct {
	dir          string
	acknowledged map[string]int // contacts of each writer, by their beginning of a name, "kill.writer."
	found        tally
}

// kill starts a process and kills it after some time: of its life, or of its work.
func (k *killing) kill(t *testing.T, n int) {
	p := startWriter(t, k.dir, n)
	if n%2 == 0 {
		p.wait()
	}
	time.Sleep(time.Duration(n*37%200) * time.Millisecond)
	k.found.crashes++
	for _, name := range p.kill(t) {
		k.acknowledged[name[:strings.LastIndex(name, ".")+1]]++
		k.found.acknowledged++
	}
	if p.errs.Len() > 0 {
		k.found.refused++
		t.Errorf("kill %d: %s", n, &p.errs)
	}
}

// writerProcess is a process that writes contacts to a directory.
type writerProcess struct {
	cmd  *exec.Cmd
	out  firstWrite
	errs bytes.Buffer
}

func startWriter(t *testing.T, dir string, n int) *writerProcess {
	self, err := os.Executable()
	require.NoError(t, err)
	p := &writerProcess{cmd: exec.Command(self), out: firstWrite{done: make(chan struct{})}}
	p.cmd.Env = append(os.Environ(), killedDir+"="+dir, killedNo+"="+fmt.Sprint(n))
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	require.NoError(t, p.cmd.Start())
	return p
}

// wait waits for the first contact.
func (p *writerProcess) wait() {
	select {
	case <-p.out.done:
	case <-time.After(time.Minute):
	}
}

// kill kills the process and returns the names of the contacts that it has acknowledged.
func (p *writerProcess) kill(t *testing.T) []string {
	require.NoError(t, p.cmd.Process.Kill())
	p.cmd.Wait()
	lines := strings.Split(p.out.text.String(), "\n")
	return lines[:len(lines)-1] // the last one is empty, or cut off
}

// TestReadFromAnotherProcess: a directory can be read while no process writes to it, and not before.
func TestReadFromAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	writer := startWriter(t, dir, 0)
	writer.wait()
	for name, opts := range map[string]*boltlog.Options{
		"to write":              {LockTimeout: 20 * time.Millisecond},
		"to read":               {LockTimeout: 20 * time.Millisecond, ReadOnly: true},
		"to read, without wait": {LockTimeout: -1, ReadOnly: true},
	} {
		t.Run("DUR-1 "+name, func(t *testing.T) {
			_, err := boltlog.OpenStore(t.Context(), dir, opts, nil)
			require.ErrorIs(t, err, contacts.ErrLogLocked)
		})
	}
	acknowledged := writer.kill(t)
	require.Empty(t, writer.errs.String())
	before := files(t, dir)
	for range 2 {
		s, err := boltlog.OpenStore(t.Context(), dir, &boltlog.Options{ReadOnly: true}, nil)
		require.NoError(t, err)
		defer s.Close()
		found := map[string]bool{}
		for c := range s.Snapshot().All() {
			found[c.Name().First] = true
		}
		for _, name := range acknowledged {
			require.True(t, found[name], name)
		}
	}
	require.Equal(t, before, files(t, dir))
	_, err := boltlog.OpenStore(t.Context(), dir, &boltlog.Options{LockTimeout: 20 * time.Millisecond}, nil)
	require.ErrorIs(t, err, contacts.ErrLogLocked, "while it is read")
}

// check compares the store with what was acknowledged, and returns the number of contacts that were not.
func (k *killing) check(t *testing.T) (more int) {
	s, err := boltlog.OpenStore(t.Context(), k.dir, nil, nil)
	require.NoError(t, err)
	require.NoError(t, s.Snapshot().Check())
	there := map[string]int{}
	for c := range s.Snapshot().All() { // in the order of creation
		name := c.Name().First
		writer := name[:strings.LastIndex(name, ".")+1]
		if name != writer+fmt.Sprint(there[writer]) {
			k.found.wrong++
			t.Errorf("contact %q after %d of this writer", name, there[writer])
		}
		there[writer]++
	}
	for writer, n := range k.acknowledged {
		if lost := n - there[writer]; lost > 0 {
			k.found.lost += lost
			t.Errorf("%d contacts of writer %s were acknowledged, %d are there", n, writer, there[writer])
		}
	}
	for writer, n := range there {
		if n > k.acknowledged[writer]+1 {
			k.found.wrong++
			t.Errorf("%d contacts of writer %s are there, %d were acknowledged", n, writer, k.acknowledged[writer])
		}
		more += n - k.acknowledged[writer]
	}
	require.NoError(t, s.Close())
	return more
}

// firstWrite collects what is written, and reports the beginning.
type firstWrite struct {
	text bytes.Buffer
	done chan struct{}
}

func (w *firstWrite) Write(p []byte) (int, error) {
	if w.text.Len() == 0 {
		close(w.done)
	}
	return w.text.Write(p)
}

func ExampleOpenStore() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "contacts")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	s, err := boltlog.OpenStore(ctx, dir, nil, nil)
	if err != nil {
		panic(err)
	}
	if _, err := s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil); err != nil {
		panic(err) // unless it returns an error, the contact is on the disk
	}
	s.Close()

	s, err = boltlog.OpenStore(ctx, dir, nil, nil)
	if err != nil {
		panic(err)
	}
	defer s.Close()
	for c := range s.Snapshot().All() {
		fmt.Println(c.Name().First)
	}
	fmt.Println(s.Recovery().Commits, "commit read again")
	// Output:
	// Ada
	// 1 commit read again
}
