package contacts_test

import (
	"encoding/binary"
	"iter"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// epoch is where the clocks of the tests start.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// fixed returns options with a clock that moves by one second at each look and IDs that count up from 1, so that equal
// calls make equal stores. Each write checks the store (CHK-2).
func fixed() *contacts.Options {
	var ticks, ids atomic.Uint64
	return &contacts.Options{
		SelfCheck: true,
		Now:       func() time.Time { return epoch.Add(time.Duration(ticks.Add(1)) * time.Second) },
		NewID:     func() uuid.UUID { return testID(ids.Add(1)) },
	}
}

// unchecked returns options like those of fixed, for stores with so many contacts that checks take too long.
func unchecked() *contacts.Options {
	opts := fixed()
	opts.SelfCheck = false
	return opts
}

// checkedSeeds is how many runs of a test with many seeds check their stores; it would take most of the time of the others.
const checkedSeeds = 4

// uncheck is unchecked for labs.
func uncheck(opts *contacts.Options) { opts.SelfCheck = false }

// testID returns the n-th ID of fixed.
func testID(n uint64) uuid.UUID {
	id := uuid.UUID{6: 0x40, 8: 0x80}
	binary.BigEndian.PutUint64(id[8:], n|1<<63)
	return id
}

// newStore opens a store with fixed clock and IDs, closed when the test ends.
func newStore(t testing.TB) *contacts.Store {
	t.Helper()
	return openStore(t, fixed())
}

func openStore(t testing.TB, opts *contacts.Options) *contacts.Store {
	t.Helper()
	s, err := contacts.New(opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// create makes a contact that must be fine.
func create(t testing.TB, s *contacts.Store, info contacts.Info) *contacts.Contact {
	t.Helper()
	c, err := s.Create(t.Context(), info, &contacts.CreateOptions{AllowDuplicates: true})
	require.NoError(t, err)
	return c
}

// person is an info with a name and the addresses given.
func person(first string, emails ...string) contacts.Info {
	info := contacts.Info{Name: contacts.Name{First: first}}
	for _, e := range emails {
		info.Emails = append(info.Emails, contacts.Email{Address: e})
	}
	return info
}

// rowsOf yields contacts to be imported.
func rowsOf(list ...*contacts.Contact) iter.Seq2[*contacts.Contact, error] {
	return func(yield func(*contacts.Contact, error) bool) {
		for _, c := range list {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// violations returns the violations that err carries, nil if none.
func violations(t testing.TB, err error) []contacts.Violation {
	t.Helper()
	var e *contacts.Error
	require.ErrorAs(t, err, &e)
	return e.Violations
}

// ids lists the IDs of views.
func ids(views func(func(contacts.View) bool)) []uuid.UUID {
	var out []uuid.UUID
	for v := range views {
		out = append(out, v.ID())
	}
	return out
}
