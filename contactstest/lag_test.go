package contactstest_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

// listed returns the first names that List finds.
func listed(t testing.TB, api contactstest.API) []string {
	t.Helper()
	page, err := api.List(t.Context(), contacts.Query{}, nil)
	require.NoError(t, err)
	var names []string
	for _, c := range page.Items {
		names = append(names, c.Info.Name.First)
	}
	return names
}

func TestLag(t *testing.T) {
	t.Run("TST-11 by commits", func(t *testing.T) {
		s := contactstest.New(t, people)
		s.LagCommits(2)
		for i, first := range []string{"Cyd", "Dan", "Eve", "Fay"} {
			create(t, s, first)
			require.Equal(t, []string{"Ada", "Bob", "Cyd", "Dan", "Eve", "Fay"}[:2+max(0, i-1)], listed(t, s))
		}
		s.LagCommits(1) // never older than now
		require.Equal(t, []string{"Ada", "Bob", "Cyd", "Dan", "Eve", "Fay"}, listed(t, s))
		create(t, s, "Guy")
		require.Len(t, listed(t, s), 6)
		s.CatchUp()
		require.Len(t, listed(t, s), 7)
	})
	t.Run("TST-11 by the clock", func(t *testing.T) {
		s := contactstest.New(t, people)
		s.LagTime(time.Minute)
		create(t, s, "Cyd")
		s.Clock.Advance(40 * time.Second)
		create(t, s, "Dan")
		_, err := s.Create(t.Context(), contacts.Info{}, nil) // writes nothing
		require.Error(t, err)
		require.Equal(t, []string{"Ada", "Bob"}, listed(t, s))
		s.Clock.Advance(20 * time.Second)
		_, err = s.Create(t.Context(), contacts.Info{}, nil)
		require.Error(t, err)
		require.Equal(t, []string{"Ada", "Bob", "Cyd"}, listed(t, s))
		s.Clock.Advance(40 * time.Second)
		require.Equal(t, []string{"Ada", "Bob", "Cyd", "Dan"}, listed(t, s))
		s.Clock.Advance(-time.Hour) // what was visible stays so
		require.Len(t, listed(t, s), 4)
	})
	t.Run("TST-11 what lags and what does not", func(t *testing.T) {
		s := contactstest.New(t, people)
		s.LagCommits(1)
		cyd := create(t, s, "Cyd")
		found, err := s.Get(t.Context(), cyd.ID, nil)
		require.NoError(t, err)
		require.Equal(t, cyd, found)
		_, err = s.Create(t.Context(), info("Cyd"), nil)
		require.ErrorIs(t, err, contacts.ErrDuplicate)
		facets, err := s.Facets(t.Context(), contacts.Filter{}, nil)
		require.NoError(t, err)
		require.Equal(t, 2, facets.Items[0].Count)
		submission, err := s.Submit(t.Context(), info("Cyd"), nil)
		require.NoError(t, err)
		require.Equal(t, cyd.ID, submission.ContactID)

		label, _, err := s.FindOrCreateLabel(t.Context(), "New")
		require.NoError(t, err)
		labels, err := s.ListLabels(t.Context(), contacts.LabelQuery{StartsWith: "New"}, nil)
		require.NoError(t, err)
		require.Len(t, labels.Items, 1, "Newsletter alone")
		_, err = s.GetLabel(t.Context(), label.Key)
		require.NoError(t, err)
		field, _, err := s.FindOrCreateField(t.Context(), "Size", contacts.DataText)
		require.NoError(t, err)
		fields, err := s.ListFields(t.Context(), contacts.FieldQuery{StartsWith: "Size"}, nil)
		require.NoError(t, err)
		require.Empty(t, fields.Items)
		_, err = s.GetField(t.Context(), field.Key)
		require.NoError(t, err)
	})
	t.Run("TST-11 writes that pass the double by count, too", func(t *testing.T) {
		s := contactstest.New(t, people)
		s.LagCommits(1)
		ada := slices.Collect(s.Snapshot().All())[0]
		create(t, s.Store, "Cyd")
		_, err := s.RecordActivity(t.Context(), ada.ID(), contacts.ActivityGeneral, time.Time{})
		require.NoError(t, err)
		require.Equal(t, []string{"Ada", "Bob", "Cyd"}, listed(t, s))
		_, err = s.BulkDelete(t.Context(), contacts.Selection{Search: "Ada"}, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"Ada", "Bob", "Cyd"}, listed(t, s))
		require.Equal(t, []string{"Bob", "Cyd"}, listed(t, s.Store))
	})
	t.Run("TST-11 cursors stay valid", func(t *testing.T) {
		s := contactstest.New(t, people)
		one := &contacts.ListOptions{Limit: 1}
		first, err := s.List(t.Context(), contacts.Query{}, one)
		require.NoError(t, err)
		s.LagCommits(1)
		create(t, s, "Cyd")
		one.Cursor = first.Next
		second, err := s.List(t.Context(), contacts.Query{}, one)
		require.NoError(t, err)
		require.Equal(t, "Bob", second.Items[0].Info.Name.First)
		require.False(t, second.HasNext)
		create(t, s, "Dan")
		second, err = s.List(t.Context(), contacts.Query{}, one)
		require.NoError(t, err)
		require.True(t, second.HasNext)
		s.CatchUp()
		one.Cursor = second.Next
		third, err := s.List(t.Context(), contacts.Query{}, one)
		require.NoError(t, err)
		require.Equal(t, "Cyd", third.Items[0].Info.Name.First)
	})
	t.Run("TST-11 a closed store stays closed", func(t *testing.T) {
		s := contactstest.New(t, people)
		s.LagCommits(1)
		require.NoError(t, s.Close())
		_, err := s.List(t.Context(), contacts.Query{}, nil)
		require.ErrorIs(t, err, contacts.ErrClosed)
	})
	t.Run("TST-11 writers and readers at once", func(t *testing.T) {
		s := contactstest.New(t)
		s.LagCommits(3)
		var group sync.WaitGroup
		for i := range 4 {
			group.Go(func() {
				for j := range 20 {
					_, err := s.Create(t.Context(), contacts.Info{Name: contacts.Name{First: "A"}}, nil)
					require.NoError(t, err)
					seen := len(listed(t, s))
					require.LessOrEqual(t, seen, s.Snapshot().Len())
					if i == 0 && j == 10 {
						s.LagTime(time.Second)
					}
				}
			})
		}
		group.Wait()
		s.CatchUp()
		require.Len(t, listed(t, s), 50)
	})
}
