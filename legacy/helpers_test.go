package legacy_test

import (
	"encoding/binary"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/legacy"
)

// epoch is the time at which the clocks of the tests start.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// fixed returns options with a clock that advances by one second per call and IDs that count up from 1. Each write
// checks the store.
func fixed() *contacts.Options {
	var ticks, ids atomic.Uint64
	return &contacts.Options{
		SelfCheck: !testing.Short(),
		Now:       func() time.Time { return epoch.Add(time.Duration(ticks.Add(1)) * time.Second) },
		NewID:     func() uuid.UUID { return testID(ids.Add(1)) },
	}
}

// testID returns the n-th ID of fixed.
func testID(n uint64) uuid.UUID {
	id := uuid.UUID{6: 0x40, 8: 0x80}
	binary.BigEndian.PutUint64(id[8:], n|1<<63)
	return id
}

// open returns a new store and its API. A nil opts means fixed().
func open(t testing.TB, opts *contacts.Options) (*contacts.Store, *legacy.API) {
	t.Helper()
	if opts == nil {
		opts = fixed()
	}
	s, err := contacts.New(opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	api, err := legacy.New(s, nil)
	require.NoError(t, err)
	return s, api
}

// create creates a contact, which must be valid.
func create(t testing.TB, s *contacts.Store, info contacts.Info) *contacts.Contact {
	t.Helper()
	c, err := s.Create(t.Context(), info, &contacts.CreateOptions{AllowDuplicates: true})
	require.NoError(t, err)
	return c
}

// reconcile reconciles a contactInfo, which must be valid.
func reconcile(t testing.TB, api *legacy.API, in legacy.ContactInfo) *legacy.Reconciliation {
	t.Helper()
	r, err := api.ReconcileContact(t.Context(), in)
	require.NoError(t, err)
	return r
}

// email returns a contactInfo with emails.
func email(addresses ...string) legacy.ContactInfo {
	var in legacy.ContactInfo
	for _, address := range addresses {
		in.Emails = append(in.Emails, legacy.Email{Tag: "untagged", Email: address})
	}
	return in
}

// phone returns a contactInfo with a phone.
func phone(number, normalized string) legacy.ContactInfo {
	return legacy.ContactInfo{Phones: []legacy.Phone{{Tag: "untagged", Phone: number, NormalizedPhone: normalized}}}
}

// violations returns the violations of an error of the package.
func violations(t testing.TB, err error) []contacts.Violation {
	t.Helper()
	var e *legacy.Error
	require.ErrorAs(t, err, &e)
	return e.Violations
}

// names lists the first names of contacts.
func names(list []legacy.Contact) []string {
	out := []string{}
	for _, c := range list {
		out = append(out, c.Name.First)
	}
	return out
}
