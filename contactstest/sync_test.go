package contactstest_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

func TestSyncJob(t *testing.T) {
	start := func(t *testing.T) (*contactstest.Store, *syncJob) {
		s := contactstest.New(t)
		j := &syncJob{s, map[string]*entry{"Ada": {email: "ada@x.test"}, "Bob": {email: "bob@x.test"}}}
		require.NoError(t, j.run(t.Context()))
		return s, j
	}
	t.Run("conflict", func(t *testing.T) {
		t.Parallel()
		s, j := start(t)
		j.ledger["Ada"].title, j.ledger["Ada"].changed = "Poet", true
		s.Fail(contactstest.On("Update").Nth(1).Stale()) // between its Get and its Update
		require.NoError(t, j.run(t.Context()))
		s.AssertFired()
		require.Equal(t, 2, j.ledger["Ada"].revision)
		require.Empty(t, j.ledger["Ada"].title) // the contact wins
	})
	t.Run("lost reply", func(t *testing.T) {
		t.Parallel()
		s, j := start(t)
		j.ledger["Cyd"] = &entry{email: "cyd@x.test"}
		j.ledger["Ada"].title, j.ledger["Ada"].changed = "Poet", true
		s.Fail(contactstest.On("Create").Nth(1).After(), contactstest.On("Update").Nth(1).After())
		require.NoError(t, j.run(t.Context()))
		s.AssertFired()
		s.AssertCalls("Update", 1)
		require.Equal(t, 3, s.Snapshot().Len()) // no second Cyd
		require.Equal(t, "Poet", j.ledger["Ada"].title)
		require.Equal(t, 2, j.ledger["Ada"].revision)
	})
	t.Run("merge", func(t *testing.T) {
		t.Parallel()
		s, j := start(t)
		ada, bob := j.ledger["Ada"], j.ledger["Bob"]
		_, err := s.Merge(t.Context(), ada.contact, 1, []uuid.UUID{bob.contact}, nil)
		require.NoError(t, err)
		_, err = s.Update(t.Context(), ada.contact, 2, contacts.Patch{JobTitle: contacts.Set("Chair")}, nil)
		require.NoError(t, err)
		require.NoError(t, j.run(t.Context()))
		require.Equal(t, ada.contact, bob.contact)
		require.Equal(t, []string{"Chair", "Chair"}, []string{ada.title, bob.title})
	})
}
