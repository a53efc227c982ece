package contacts_test

import (
	"encoding/binary"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
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

func shuffle[T any](rnd *rand.Rand, list []T) {
	rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

func pick[T any](rnd *rand.Rand, list ...T) T { return list[rnd.IntN(len(list))] }

// lab is a store with a clock that the test sets.
type lab struct {
	*contacts.Store
	now *time.Time
}

func newLab(t testing.TB, edits ...func(*contacts.Options)) *lab {
	t.Helper()
	opts, now := fixed(), epoch
	opts.Now = func() time.Time { return now }
	for _, edit := range edits {
		edit(opts)
	}
	return &lab{openStore(t, opts), &now}
}

// fork returns a copy on the same clock.
func (l *lab) fork() *lab { return &lab{l.Fork(), l.now} }

// tick moves the clock on and returns its time.
func (l *lab) tick() time.Time {
	*l.now = l.now.Add(time.Hour)
	return *l.now
}

// refused makes a call that must fail with this code and leave the store as it is. It returns the error.
func (l *lab) refused(t testing.TB, want contacts.Code, call func() error) error {
	t.Helper()
	before := stateOf(l.Snapshot())
	l.tick()
	err := call()
	require.Equal(t, want, contacts.CodeOf(err))
	require.Equal(t, before, stateOf(l.Snapshot()))
	return err
}

// write makes a write to the contact that must be fine, and requires that it is one commit that gives the contact its
// next revision, the time of the write and what change does, and touches nothing else. It returns the contact.
func (l *lab) write(
	t testing.TB, id uuid.UUID, call func() (*contacts.Contact, error), change func(*contacts.Contact),
) *contacts.Contact {
	t.Helper()
	want := stateOf(l.Snapshot())
	now := l.tick()
	got, err := call()
	require.NoError(t, err)
	want.Position++
	for _, c := range want.Contacts {
		if c.ID == id {
			c.Revision++
			c.UpdatedDate = now
			if change != nil {
				change(c)
			}
			requireContact(t, c, got)
		}
	}
	requireState(t, want, stateOf(l.Snapshot()))
	return got
}

// contactIn returns one of the contacts of a state, to be read or edited.
func contactIn(st state, id uuid.UUID) *contacts.Contact {
	i := slices.IndexFunc(st.Contacts, func(c *contacts.Contact) bool { return c.ID == id })
	return st.Contacts[i]
}

// requireState compares as Contact.Equal does: empty lists equal missing ones.
func requireState(t testing.TB, want, got state) {
	t.Helper()
	require.Equal(t, want.Position, got.Position)
	require.Equal(t, want.Len, got.Len)
	require.Len(t, got.Contacts, len(want.Contacts))
	for i, c := range want.Contacts {
		requireContact(t, c, got.Contacts[i])
	}
	require.Equal(t, want.Billing, got.Billing)
	require.Equal(t, want.Labels, got.Labels)
	require.Equal(t, want.Fields, got.Fields)
}

func requireContact(t testing.TB, want, got *contacts.Contact) {
	t.Helper()
	require.Truef(t, want.Equal(got), "want: %+v\ngot:  %+v", want, got)
}

// newLabel makes a label that must be new and returns its key.
func newLabel(t testing.TB, s *contacts.Store, displayName string) string {
	t.Helper()
	l, made, err := s.FindOrCreateLabel(t.Context(), displayName)
	require.NoError(t, err)
	require.True(t, made)
	return l.Key
}

// newField makes a field that must be new and returns its key.
func newField(t testing.TB, s *contacts.Store, displayName string, of contacts.DataType) string {
	t.Helper()
	f, made, err := s.FindOrCreateField(t.Context(), displayName, of)
	require.NoError(t, err)
	require.True(t, made)
	return f.Key
}

// refusedKeys returns the keys that an error lists.
func refusedKeys(t testing.TB, err error) []string {
	t.Helper()
	var e *contacts.KeysError
	require.ErrorAs(t, err, &e)
	return e.Keys
}

func labelsOf(keys ...string) func(*contacts.Contact) {
	return func(c *contacts.Contact) { c.Info.LabelKeys = keys }
}

// nameCase is a display name and the rule it breaks, none if it is fine.
type nameCase struct {
	name, displayName string
	want              func(field string) contacts.Violation
}

// nameCases are the display names of labels and of fields, which differ in their limit.
func nameCases(rule string, limit int) []nameCase {
	return []nameCase{
		{rule + " one character", "x", nil},
		{rule + " spaces only", "   ", nil},
		{rule + " the limit counts characters", strings.Repeat("ä", limit), nil},
		{rule + " empty", "", tooShort},
		{rule + " too long", strings.Repeat("x", limit+1), func(f string) contacts.Violation { return tooLong(f, limit) }},
		{rule + " too long in characters of three bytes", strings.Repeat("漢", limit+1),
			func(f string) contacts.Violation { return tooLong(f, limit) }},
		{rule + " NUL", "a\x00b", func(f string) contacts.Violation { return badFormat(f, contacts.FormatText) }},
		{rule + " invalid UTF-8", "a\xff", func(f string) contacts.Violation { return badFormat(f, contacts.FormatText) }},
	}
}
