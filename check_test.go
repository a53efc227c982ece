package contacts_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestDigest(t *testing.T) {
	rows := func(n int) (list []*contacts.Contact) {
		for i := range n {
			list = append(list, &contacts.Contact{
				ID: testID(uint64(9000 + i)), CreatedDate: epoch, Info: person("Ann", fmt.Sprintf("ann%d@example.com", i)),
			})
			list[i].Info.Emails[0].ID = testID(uint64(9900 + i))
		}
		return list
	}
	fill := func(t *testing.T, list []*contacts.Contact, batch int) *contacts.Snapshot {
		t.Helper()
		s := newStore(t)
		report, err := s.Import(t.Context(), rowsOf(list...), &contacts.ImportOptions{BatchSize: batch})
		require.NoError(t, err)
		require.Equal(t, len(list), report.Imported)
		return s.Snapshot()
	}
	t.Run("CHK-3 however many commits it took", func(t *testing.T) {
		one, many := fill(t, rows(10), 10), fill(t, rows(10), 1)
		require.NotEqual(t, one.Position(), many.Position())
		require.Equal(t, one.Digest(), many.Digest())
	})
	t.Run("CHK-3 a fork, and what it undoes", func(t *testing.T) {
		s := newStore(t)
		create(t, s, richInfo("ann"))
		before := s.Snapshot().Digest()
		f := s.Fork()
		require.Equal(t, before, f.Snapshot().Digest())
		bob := create(t, f, person("Bob"))
		require.NotEqual(t, before, f.Snapshot().Digest())
		require.NoError(t, f.Delete(t.Context(), bob.ID))
		require.Equal(t, before, f.Snapshot().Digest())
		require.Equal(t, before, s.Snapshot().Digest())
	})
	t.Run("CHK-3 the order counts", func(t *testing.T) {
		list := rows(2)
		require.NotEqual(t, fill(t, rows(2), 1).Digest(), fill(t, []*contacts.Contact{list[1], list[0]}, 1).Digest())
	})
	for name, call := range calls {
		t.Run("CHK-3 "+name+" makes a difference, or writes nothing", func(t *testing.T) {
			s, c := callable(t)
			before := s.Snapshot()
			require.NoError(t, call(t.Context(), s, c))
			if s.Snapshot().Position() == before.Position() {
				require.Equal(t, before.Digest(), s.Snapshot().Digest())
			} else {
				require.NotEqual(t, before.Digest(), s.Snapshot().Digest())
			}
			require.NoError(t, s.Snapshot().Check())
		})
	}
}
