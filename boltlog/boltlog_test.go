package boltlog_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
	"github.com/contactsdb/contacts/logtest"
)

func TestContract(t *testing.T) {
	for name, policy := range map[string]boltlog.SyncPolicy{
		"always": boltlog.Always, "never": boltlog.Never, "every hour": boltlog.Every(time.Hour),
		"every millisecond": boltlog.Every(time.Millisecond),
	} {
		t.Run(name, func(t *testing.T) {
			logtest.Run(t, func(t *testing.T) func() (contacts.Log, error) {
				dir := filepath.Join(t.TempDir(), "log")
				return func() (contacts.Log, error) {
					return boltlog.Open(t.Context(), dir, &boltlog.Options{Sync: policy})
				}
			})
		})
	}
}
