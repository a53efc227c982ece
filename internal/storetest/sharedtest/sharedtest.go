// Package sharedtest tests logs that several stores can share. The tests of natslog and pglog use it.
package sharedtest

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
)

// Log is a log with snapshots.
type Log interface {
	contacts.Log
	contacts.Snapshotter
}

// OpenStore opens a store and closes it when the test ends. Nil options have random IDs, as several stores on one log
// need them.
func OpenStore(t testing.TB, log contacts.Log, opts *contacts.Options) *contacts.Store {
	t.Helper()
	s, err := contacts.Open(t.Context(), log, opts)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// OpenReplica opens a store that follows a log, and closes it when the test ends.
func OpenReplica(t testing.TB, log contacts.Log) *contacts.Store {
	t.Helper()
	s, err := contacts.OpenReplica(t.Context(), log, nil)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// Create creates a contact with a first name.
func Create(t testing.TB, s *contacts.Store, name string) *contacts.Contact {
	t.Helper()
	c, err := s.Create(t.Context(), storetest.Person(name), nil)
	require.NoError(t, err)
	return c
}

// Export checks a store and returns its export.
func Export(t testing.TB, s *contacts.Store) string {
	t.Helper()
	sn := s.Snapshot()
	require.NoError(t, sn.Check())
	return storetest.Export(t, sn)
}

// Names returns how many contacts have each first name.
func Names(s *contacts.Store) map[string]int {
	found := map[string]int{}
	for c := range s.Snapshot().All() {
		found[c.Name().First]++
	}
	return found
}

// AwaitEqual waits until a store is at the position of another one, and requires that they are equal.
func AwaitEqual(t testing.TB, want, got *contacts.Store) {
	t.Helper()
	require.Eventually(t, func() bool {
		return got.Snapshot().Position() == want.Snapshot().Position()
	}, time.Minute, time.Millisecond)
	require.Equal(t, Export(t, want), Export(t, got))
}

// Data returns the data of all entries.
func Data(t testing.TB, l contacts.Log) (all []string) {
	t.Helper()
	for e, err := range l.Read(t.Context(), 0) {
		require.NoError(t, err)
		all = append(all, string(e.Data))
	}
	return all
}

// Hello writes the contents of a snapshot, the text hello.
func Hello(w io.Writer) error {
	_, err := io.WriteString(w, "hello")
	return err
}

// Snapshots returns the contents of the snapshots, newest first. One that cannot be read ends with the code of the
// error.
func Snapshots(t testing.TB, l Log) (all []string) {
	t.Helper()
	for s, err := range l.Load(t.Context()) {
		require.NoError(t, err)
		r, err := s.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		if err != nil {
			text = append(text, contacts.CodeOf(err)...)
		}
		require.NoError(t, r.Close())
		all = append(all, string(text))
	}
	return all
}

// ReplaceWhileRead saves snapshots through another log, so that one that is about to be read is dropped, and requires
// that reading it fails with LOG_UNAVAILABLE.
func ReplaceWhileRead(t *testing.T, l, other Log, at contacts.Seq) {
	t.Helper()
	for s, err := range l.Load(t.Context()) {
		require.NoError(t, err)
		for range 2 {
			require.NoError(t, other.Save(t.Context(), at, Hello))
		}
		r, err := s.Open()
		require.NoError(t, err)
		_, err = io.ReadAll(r)
		require.ErrorIs(t, err, contacts.ErrLogUnavailable)
		return
	}
	require.Fail(t, "there is no snapshot")
}

// SeveralStores writes to n stores on one log at once. It requires that each write takes place once, and that all
// stores, stores that open later and a replica are equal. open opens the log for another store.
func SeveralStores(t *testing.T, n int, open func() contacts.Log) {
	const writers, each = 3, 15
	replica := OpenReplica(t, open())
	var stores []*contacts.Store
	var running sync.WaitGroup
	for i := range n {
		s := OpenStore(t, open(), nil)
		stores = append(stores, s)
		for w := range writers {
			running.Go(func() {
				for k := range each {
					c, err := s.Create(t.Context(), storetest.Person(fmt.Sprint(i, ".", w, ".", k)), nil)
					if err == nil {
						patch := contacts.Patch{JobTitle: contacts.Set("Engineer")}
						_, err = s.Update(t.Context(), c.ID, c.Revision, patch, nil)
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	running.Wait()
	found := Names(OpenStore(t, open(), nil))
	require.Len(t, found, n*writers*each)
	for name, count := range found {
		require.Equal(t, 1, count, name)
	}
	for i, s := range stores { // each learns of the others' writes when it writes
		Create(t, s, fmt.Sprint("last of ", i))
	}
	AwaitEqual(t, stores[n-1], replica)
	for _, s := range stores {
		Create(t, s, "again")
		AwaitEqual(t, s, OpenStore(t, open(), nil))
	}
	AwaitEqual(t, stores[n-1], replica)
}

// VoidEntries appends copies of the entries of a store, which were sealed for other places. It requires that they
// change nothing, on every store alike. open opens the log for another store.
func VoidEntries(t *testing.T, open func() contacts.Log) {
	a, raw := OpenStore(t, open(), nil), open()
	for i := range 3 {
		Create(t, a, fmt.Sprint("before", i))
	}
	last, err := raw.Last(t.Context())
	require.NoError(t, err)
	for _, data := range Data(t, raw) {
		last, err = raw.Append(t.Context(), last, []byte(data))
		require.NoError(t, err)
	}
	b := OpenStore(t, open(), nil)
	require.Equal(t, Export(t, a), Export(t, b))
	Create(t, a, "after") // reads the void entries first
	Create(t, b, "after")
	AwaitEqual(t, b, OpenStore(t, open(), nil))
	require.Equal(t, map[string]int{"before0": 1, "before1": 1, "before2": 1, "after": 2}, Names(b))
}

// RequireStopped requires that a store that has lost entries writes nothing, and still has the contents of before.
func RequireStopped(t *testing.T, s *contacts.Store, before string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // a store that does not notice tries forever
	defer cancel()
	_, err := s.Create(ctx, storetest.Person("new"), nil)
	require.Contains(t, []contacts.Code{contacts.ErrOutcomeUnknown, contacts.ErrReadOnly}, contacts.CodeOf(err))
	require.ErrorIs(t, err, contacts.ErrLogCorrupt)
	require.ErrorIs(t, err, contacts.Code("LOG_DIVERGED"))
	_, err = s.Create(t.Context(), storetest.Person("next"), nil)
	require.ErrorIs(t, err, contacts.ErrReadOnly)
	require.Equal(t, before, Export(t, s), "nothing was applied")
}
