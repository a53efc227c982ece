package contactstest_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func draw(ids *contactstest.IDs, n int) []uuid.UUID {
	out := make([]uuid.UUID, n)
	for i := range out {
		out[i] = ids.New()
	}
	return out
}

func TestIDs(t *testing.T) {
	first := draw(contactstest.NewIDs(7), 1000)
	require.Equal(t, first, draw(contactstest.NewIDs(7), 1000))
	require.Equal(t, first, draw(contactstest.NewIDsAt(7, 0), 1000))
	seen := map[uuid.UUID]bool{}
	for _, ids := range []*contactstest.IDs{
		contactstest.NewIDs(7), contactstest.NewIDs(8), contactstest.NewIDsAt(7, 1), contactstest.NewIDsAt(8, 1),
	} {
		for _, id := range draw(ids, 1000) {
			require.False(t, seen[id])
			require.Equal(t, uuid.Version(4), id.Version())
			require.Equal(t, uuid.RFC4122, id.Variant())
			seen[id] = true
		}
	}

	ids := contactstest.NewIDs(7)
	draw(ids, 10)
	clone := ids.Clone()
	require.Equal(t, first[10:20], draw(ids, 10))
	require.Equal(t, first[10:30], draw(clone, 20))
	require.Equal(t, first[20:], draw(ids, 980))
}

func TestClock(t *testing.T) {
	clock := contactstest.NewClock(noon)
	require.Equal(t, noon, clock.Now())
	require.Equal(t, noon.Add(time.Hour), clock.Advance(time.Hour))
	clone := clock.Clone()
	clock.Set(noon)
	require.Equal(t, noon, clock.Now())
	require.Equal(t, noon.Add(time.Hour), clone.Now())
}

func TestOptions(t *testing.T) {
	open := func() *contacts.Store {
		s, err := contacts.New(contactstest.Options(contactstest.NewClock(noon), contactstest.NewIDs(7)))
		require.NoError(t, err)
		return s
	}
	make := func(s *contacts.Store) (*contacts.Contact, string) {
		for range 2 {
			_, err := s.Create(t.Context(), contacts.Info{Name: contacts.Name{First: "Ada"}}, nil)
			require.NoError(t, err)
		}
		page, err := s.List(t.Context(), contacts.Query{}, &contacts.ListOptions{Limit: 1})
		require.NoError(t, err)
		return page.Items[0], page.Next
	}
	fixture := open()
	want, cursor := make(open())
	require.Equal(t, noon, want.CreatedDate)
	for range 3 { // STO-11
		f := fixture.Fork()
		got, at := make(f.Fork())
		require.Equal(t, want, got)
		require.Equal(t, cursor, at)
		got, at = make(f)
		require.Equal(t, want, got)
		require.Equal(t, cursor, at)
	}
}
