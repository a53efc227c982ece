package legacy_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/legacy"
)

// BenchmarkReconcile reconciles new people and known people in a store of 10,000 contacts.
func BenchmarkReconcile(b *testing.B) {
	s, api := open(b, &contacts.Options{})
	for i := range 10_000 {
		create(b, s, contacts.Info{Emails: []contacts.Email{{Address: fmt.Sprintf("%d@example.com", i)}}})
	}
	i := 0 // shared by all runs, so that every new person is new
	run := func(b *testing.B, next func(int) legacy.ContactInfo) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := api.ReconcileContact(b.Context(), next(i))
			require.NoError(b, err)
			i++
		}
	}
	b.Run("person=new", func(b *testing.B) {
		run(b, func(i int) legacy.ContactInfo { return email(fmt.Sprintf("new%d@example.com", i)) })
	})
	b.Run("person=known", func(b *testing.B) {
		run(b, func(i int) legacy.ContactInfo { return email(fmt.Sprintf("%d@example.com", i%10_000)) })
	})
	b.Run("person=phone", func(b *testing.B) {
		run(b, func(i int) legacy.ContactInfo {
			number := fmt.Sprintf("%07d", i)
			return phone(number, number)
		})
	})
}

// BenchmarkCursor reads a page in the middle of 10,000 contacts.
func BenchmarkCursor(b *testing.B) {
	s, api := open(b, &contacts.Options{})
	for i := range 10_000 {
		create(b, s, contacts.Info{Emails: []contacts.Email{{Address: fmt.Sprintf("%d@example.com", i)}}})
	}
	c := cursorOf(b, api, nil)
	b.ReportAllocs()
	for b.Loop() {
		data, err := c.Next(b.Context())
		require.NoError(b, err)
		if len(data) == 0 {
			c = cursorOf(b, api, nil)
		}
	}
}
