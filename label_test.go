package contacts_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestSystemLabels(t *testing.T) {
	for _, want := range []contacts.Label{
		{
			Namespace: "contacts", NamespaceDisplayName: "Labels", Key: "contacts.customers", DisplayName: "Customers",
			LabelType: "SYSTEM", LegacyID: "contacts-customers",
		},
		{
			Namespace: "contacts", NamespaceDisplayName: "Labels", Key: "contacts.contacted-me", DisplayName: "Contacted Me",
			LabelType: "SYSTEM", LegacyID: "contacts-contacted_me",
		},
	} {
		t.Run("LBL-1 "+want.Key, func(t *testing.T) {
			got, err := newStore(t).Snapshot().Label(want.Key)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	t.Run("LBL-1 no other", func(t *testing.T) {
		require.Len(t, slices.Collect(newStore(t).Snapshot().Labels()), 2)
	})
}

func TestLabelKeys(t *testing.T) {
	const customers, contacted = "contacts.customers", "contacts.contacted-me"
	for _, tc := range []struct {
		name    string
		given   []string
		stored  []string
		unknown []string
	}{
		{name: "LBL-1 customers", given: []string{customers}, stored: []string{customers}},
		{name: "LBL-1 contacted me", given: []string{contacted}, stored: []string{contacted}},
		{name: "LBL-2 one unknown key", given: []string{"custom.vip"}, unknown: []string{"custom.vip"}},
		{
			name:    "LBL-2 all unknown keys, in the order given",
			given:   []string{"custom.z", customers, "custom.a", contacted, "custom.m"},
			unknown: []string{"custom.z", "custom.a", "custom.m"},
		},
		{
			name:    "LBL-2 unknown keys, each once",
			given:   []string{"custom.z", "custom.a", "custom.z", customers, "custom.a"},
			unknown: []string{"custom.z", "custom.a"},
		},
		{
			name:    "LBL-2 a key that is not quite defined",
			given:   []string{"contacts.Customers", "customers", "Customers", "contacts.customer", "contacts.customers ", ""},
			unknown: []string{"contacts.Customers", "customers", "Customers", "contacts.customer", "contacts.customers ", ""},
		},
		{
			name:   "LBL-3 each key once, in the order of the first",
			given:  []string{contacted, customers, contacted, contacted, customers},
			stored: []string{contacted, customers},
		},
		{name: "LBL-3 order kept", given: []string{customers, contacted}, stored: []string{customers, contacted}},
		{name: "LBL-3 none", given: []string{}},
		{
			name:  "LBL-3 as many as a contact may have",
			given: append(repeated(1999, contacted), customers), stored: []string{contacted, customers},
		},
	} {
		check := func(t *testing.T, s *contacts.Store, c *contacts.Contact, err error) {
			t.Helper()
			if tc.unknown != nil {
				require.Equal(t, contacts.ErrLabelNotFound, contacts.CodeOf(err))
				var keys *contacts.KeysError
				require.ErrorAs(t, err, &keys)
				require.Equal(t, tc.unknown, keys.Keys)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.stored, c.Info.LabelKeys)
			for _, key := range tc.stored {
				require.Len(t, ids(s.Snapshot().ByLabel(key)), 1)
			}
		}
		t.Run(tc.name+", create", func(t *testing.T) {
			s := newStore(t)
			info := person("Ann")
			info.LabelKeys = tc.given
			c, err := s.Create(t.Context(), info, nil)
			check(t, s, c, err)
		})
		t.Run(tc.name+", update", func(t *testing.T) {
			s := newStore(t)
			info := person("Ann")
			info.LabelKeys = []string{customers}
			c := create(t, s, info)
			c, err := s.Update(t.Context(), c.ID, 1, contacts.Patch{LabelKeys: contacts.Set(tc.given)}, nil)
			check(t, s, c, err)
		})
	}
}
