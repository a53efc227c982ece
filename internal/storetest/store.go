// Package storetest opens stores for tests and compares their contents. The tests of package contacts and the suites in
// directory test share it.
package storetest

import (
	"encoding/binary"
	"iter"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// Epoch is the time at which the clocks of the tests start.
var Epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Fixed returns options whose clock advances by one second at each reading and whose IDs count up from 1, so that equal
// calls make equal stores. Each write checks the whole store (CHK-2), except with -short.
func Fixed() *contacts.Options {
	var ticks, ids atomic.Uint64
	return &contacts.Options{
		SelfCheck: !testing.Short(),
		Now:       func() time.Time { return Epoch.Add(time.Duration(ticks.Add(1)) * time.Second) },
		NewID:     func() uuid.UUID { return ID(ids.Add(1)) },
	}
}

// Unchecked returns the options of Fixed without the check, for stores with so many contacts that it takes too long.
func Unchecked() *contacts.Options {
	opts := Fixed()
	opts.SelfCheck = false
	return opts
}

// ID returns the n-th ID that Fixed gives.
func ID(n uint64) uuid.UUID {
	id := uuid.UUID{6: 0x40, 8: 0x80}
	binary.BigEndian.PutUint64(id[8:], n|1<<63)
	return id
}

// MissingID is an ID that no contact has.
var MissingID = ID(1 << 40)

// New opens a store with the options of Fixed and closes it when the test ends.
func New(t testing.TB) *contacts.Store {
	t.Helper()
	return Open(t, Fixed())
}

// Open opens a store and closes it when the test ends.
func Open(t testing.TB, opts *contacts.Options) *contacts.Store {
	t.Helper()
	s, err := contacts.New(opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// Create creates a contact, even a duplicate, and fails the test at an error.
func Create(t testing.TB, s *contacts.Store, info contacts.Info) *contacts.Contact {
	t.Helper()
	c, err := s.Create(t.Context(), info, &contacts.CreateOptions{AllowDuplicates: true})
	require.NoError(t, err)
	return c
}

// Person returns an info with a name and email addresses.
func Person(first string, emails ...string) contacts.Info {
	info := contacts.Info{Name: contacts.Name{First: first}}
	for _, e := range emails {
		info.Emails = append(info.Emails, contacts.Email{Address: e})
	}
	return info
}

// Rows yields contacts as Import expects them.
func Rows(list ...*contacts.Contact) iter.Seq2[contacts.Row, error] {
	return contacts.Rows(slices.Values(list))
}

// RowsOf yields contacts and errors as Import expects them.
func RowsOf(seq iter.Seq2[*contacts.Contact, error]) iter.Seq2[contacts.Row, error] {
	return func(yield func(contacts.Row, error) bool) {
		for c, err := range seq {
			if !yield(contacts.Row{Contact: c}, err) {
				return
			}
		}
	}
}

// Violations returns the violations that err carries, nil if it has none.
func Violations(t testing.TB, err error) []contacts.Violation {
	t.Helper()
	var e *contacts.Error
	require.ErrorAs(t, err, &e)
	return e.Violations
}

// IDs lists the IDs of views.
func IDs(views func(func(contacts.View) bool)) []uuid.UUID {
	var out []uuid.UUID
	for v := range views {
		out = append(out, v.ID())
	}
	return out
}

// Shuffle orders list at random.
func Shuffle[T any](rnd *rand.Rand, list []T) {
	rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// Pick returns one of list at random.
func Pick[T any](rnd *rand.Rand, list ...T) T { return list[rnd.IntN(len(list))] }

// NewLabel creates a label, which must not exist yet, and returns its key.
func NewLabel(t testing.TB, s *contacts.Store, displayName string) string {
	t.Helper()
	l, made, err := s.FindOrCreateLabel(t.Context(), displayName)
	require.NoError(t, err)
	require.True(t, made)
	return l.Key
}

// NewField creates a field, which must not exist yet, and returns its key.
func NewField(t testing.TB, s *contacts.Store, displayName string, of contacts.DataType) string {
	t.Helper()
	f, made, err := s.FindOrCreateField(t.Context(), displayName, of)
	require.NoError(t, err)
	require.True(t, made)
	return f.Key
}

// Update applies a patch, even if it makes a duplicate, and fails the test at an error.
func Update(t testing.TB, s *contacts.Store, c *contacts.Contact, patch contacts.Patch) *contacts.Contact {
	t.Helper()
	c, err := s.Update(t.Context(), c.ID, c.Revision, patch, &contacts.UpdateOptions{AllowDuplicates: true})
	require.NoError(t, err)
	return c
}
