package boltlog_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
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

// killed is the environment variable that makes the test binary write to a directory until it is killed.
const killed = "BOLTLOG_TEST_WRITE_UNTIL_KILLED"

// TestMain writes contacts, if asked to, and prints the ID of each once it is acknowledged.
func TestMain(m *testing.M) {
	dir := os.Getenv(killed)
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
	for w := range 4 {
		writers.Go(func() {
			for i := 0; ; i++ {
				c, err := s.Create(ctx, contacts.Info{Name: contacts.Name{First: "w" + strconv.Itoa(w)}}, nil)
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println(c.ID) // one write to the pipe: whole lines
			}
		})
	}
	writers.Wait()
}

// TestKill kills a process that writes, again and again. Nothing that it has acknowledged is lost.
func TestKill(t *testing.T) {
	kills := 3
	switch {
	case *long:
		kills = 1000
	case *gate:
		kills = 20
	}
	dir := newDir(t)
	self, err := os.Executable()
	require.NoError(t, err)
	acknowledged := map[string]bool{}
	for n := range kills {
		var out, errs bytes.Buffer
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), killed+"="+dir)
		cmd.Stdout, cmd.Stderr = &out, &errs
		require.NoError(t, cmd.Start())
		time.Sleep(time.Duration(50+n*37%300) * time.Millisecond)
		require.NoError(t, cmd.Process.Kill())
		cmd.Wait()
		require.Empty(t, errs.String())
		lines := strings.Split(out.String(), "\n")
		for _, id := range lines[:len(lines)-1] {
			acknowledged[id] = true
		}
	}
	require.NotEmpty(t, acknowledged)
	s, err := boltlog.OpenStore(t.Context(), dir, nil, nil)
	require.NoError(t, err)
	require.NoError(t, s.Snapshot().Check())
	for id := range acknowledged {
		_, ok := s.Snapshot().View(uuid.MustParse(id))
		require.True(t, ok, "acknowledged and lost after %d kills", kills)
	}
	unacknowledged := s.Snapshot().Len() - len(acknowledged)
	require.GreaterOrEqual(t, 4*kills, unacknowledged, "at most one commit of each writer has no answer")
	t.Logf("%d kills: %d contacts acknowledged, 0 lost; %d more were durable without an answer", kills,
		len(acknowledged), unacknowledged)
	require.NoError(t, s.Close())
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
