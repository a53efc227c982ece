package pglog_test

import (
	"fmt"
	"testing"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/logtest"
	"github.com/contactsdb/contacts/pglog"
)

func TestContract(t *testing.T) {
	pool, schema, n := connect(t), newSchema(), 0
	logtest.Run(t, func(t *testing.T) func() (contacts.Log, error) {
		n++
		opts := &pglog.Options{Schema: schema, Log: fmt.Sprint("log", n), Create: true}
		return func() (contacts.Log, error) { return pglog.Open(t.Context(), pool, opts) }
	})
}
