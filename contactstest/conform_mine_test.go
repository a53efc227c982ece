package contactstest_test

import (
	"testing"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

// audited is a caller's implementation: a store in a type of its own.
type audited struct{ contactstest.API }

// TestAudited is the test of docs/testing.md.
func TestAudited(t *testing.T) {
	contactstest.Conformance(t, func(t *testing.T, needs contactstest.Needs) contactstest.API {
		var opts contacts.Options
		if needs.Options != nil {
			needs.Options(&opts)
		}
		s, err := contacts.New(&opts)
		if err != nil {
			t.Fatal(err)
		}
		return audited{s}
	})
}
