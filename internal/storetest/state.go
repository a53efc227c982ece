package storetest

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold/foldtest"
)

// State is everything that a caller can read from a store.
type State struct {
	Position contacts.Position
	Len      int
	Contacts []*contacts.Contact
	Billing  []bool // of each contact
	Labels   []contacts.Label
	Fields   []contacts.Field
}

// StateOf returns the state of a snapshot.
func StateOf(sn *contacts.Snapshot) State {
	st := State{
		Position: sn.Position(), Len: sn.Len(),
		Labels: slices.Collect(sn.Labels()), Fields: slices.Collect(sn.Fields()),
	}
	for v := range sn.All() {
		st.Contacts = append(st.Contacts, v.Clone())
		st.Billing = append(st.Billing, v.BillingSubscription())
	}
	return st
}

// RequireState compares contacts as Contact.Equal does: empty lists equal missing ones.
func RequireState(t testing.TB, want, got State) {
	t.Helper()
	require.Equal(t, want.Position, got.Position)
	require.Equal(t, want.Len, got.Len)
	require.Len(t, got.Contacts, len(want.Contacts))
	for i, c := range want.Contacts {
		RequireContact(t, c, got.Contacts[i])
	}
	require.Equal(t, want.Billing, got.Billing)
	require.Equal(t, want.Labels, got.Labels)
	require.Equal(t, want.Fields, got.Fields)
}

// RequireContact compares as Contact.Equal does.
func RequireContact(t testing.TB, want, got *contacts.Contact) {
	t.Helper()
	require.Truef(t, want.Equal(got), "want: %+v\ngot:  %+v", want, got)
}

// Lookups are the iterators of a snapshot that find contacts by a text.
var Lookups = []struct {
	Name string
	Find func(*contacts.Snapshot, string) iter.Seq[contacts.View]
	// Texts lists the values by which the lookup must find a contact.
	Texts func(*contacts.Contact) []string
}{
	{"ByEmail", (*contacts.Snapshot).ByEmail, func(c *contacts.Contact) (texts []string) {
		for _, e := range c.Info.Emails {
			texts = append(texts, foldtest.EmailKey(e.Address))
		}
		return texts
	}},
	{"ByPhone", (*contacts.Snapshot).ByPhone, func(c *contacts.Contact) (texts []string) {
		for _, p := range c.Info.Phones {
			if p.E164 != "" {
				texts = append(texts, p.E164)
			}
		}
		return texts
	}},
	{"ByLabel", (*contacts.Snapshot).ByLabel, func(c *contacts.Contact) []string { return c.Info.LabelKeys }},
}

// Fault returns an error unless every lookup finds exactly the contacts that have the value, oldest first and each
// once. It looks up all values that contacts have, and others, which they may have had.
func Fault(sn *contacts.Snapshot, others ...string) error {
	var all []*contacts.Contact
	for v := range sn.All() {
		c := v.Clone()
		if got, err := sn.Get(c.ID); err != nil || !got.Equal(c) {
			return fmt.Errorf("contact %s: Get does not return it as All does: %w", c.ID, err)
		}
		if n := len(all); n > 0 && c.CreatedDate.Before(all[n-1].CreatedDate) {
			return fmt.Errorf("contact %s: All yields it after a newer one", c.ID)
		}
		all = append(all, c)
	}
	if len(all) != sn.Len() {
		return fmt.Errorf("%d contacts by All, %d by Len", len(all), sn.Len())
	}
	for _, lookup := range Lookups {
		want := make(map[string][]uuid.UUID)
		for _, text := range others {
			want[text] = nil
		}
		for _, c := range all {
			for _, text := range lookup.Texts(c) {
				if !slices.Contains(want[text], c.ID) {
					want[text] = append(want[text], c.ID)
				}
			}
		}
		for text, holders := range want {
			if found := IDs(lookup.Find(sn, text)); !slices.Equal(found, holders) {
				return fmt.Errorf("%s(%q) finds %v, want %v", lookup.Name, text, found, holders)
			}
		}
	}
	return nil
}

// DeepCopy copies x through its encoding, because it cannot trust the Clone methods under test.
func DeepCopy[T any](t testing.TB, x T) T {
	t.Helper()
	var b bytes.Buffer
	var out T
	require.NoError(t, gob.NewEncoder(&b).Encode(x))
	require.NoError(t, gob.NewDecoder(&b).Decode(&out))
	return out
}
