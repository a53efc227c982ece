package sharedtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

// Conformance runs that of package contactstest for stores on logs. newLog returns a function that opens the log of
// one case, as often as it is called.
func Conformance(t *testing.T, newLog func(t *testing.T) (open func() contacts.Log)) {
	contactstest.Conformance(t, func(t *testing.T, needs contactstest.Needs) contactstest.API {
		clock := contactstest.NewClock(time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC))
		opts := contactstest.Options(clock, contactstest.NewIDs(7))
		opts.OnFork = nil
		if needs.Options != nil {
			needs.Options(opts)
		}
		return reopened{t: t, open: newLog(t), clock: clock, opts: opts}.Reopen()
	})
}

// reopened is a store on a log that is opened again now and then.
type reopened struct {
	*contacts.Store
	calls int
	t     *testing.T
	open  func() contacts.Log
	clock *contactstest.Clock
	opts  *contacts.Options
}

func (reopened) KeepsCommits() {}

func (r reopened) Advance(by time.Duration) time.Time { return r.clock.Advance(by) }

func (r reopened) Reopen() contactstest.API {
	r.t.Helper()
	const every = 8 // before each call takes too long
	if r.calls++; r.calls%every != 1 {
		return r
	}
	if r.Store != nil {
		require.NoError(r.t, r.Close())
	}
	r.Store = OpenStore(r.t, r.open(), r.opts)
	return r
}
