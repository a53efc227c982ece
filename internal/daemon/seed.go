package daemon

import (
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

// sources are the origins of times and IDs. Those that are nil are the clock of the machine and random IDs.
type sources struct {
	seed  uint64
	clock *contactstest.Clock

	ids, requests *contactstest.IDs
}

// newSources returns the sources that the flags demand.
func (o *options) newSources() *sources {
	src := &sources{}
	switch {
	case o.now != nil:
		src.clock = contactstest.NewClock(*o.now)
	case o.control != "":
		src.clock = contactstest.NewClock(contactstest.Epoch)
	}
	if o.seed != nil {
		src.seed = *o.seed
		src.from(0)
	}
	return src
}

// requestID returns the function that makes IDs of requests, nil for random ones.
func (src *sources) requestID() func() string {
	if src.requests == nil {
		return nil
	}
	return func() string { return src.requests.New().String() }
}

// from restarts the IDs for a store at a position. The first IDs of the seed are those of its contacts, and must not
// repeat.
func (src *sources) from(at contacts.Position) {
	src.ids = contactstest.NewIDsAt(src.seed, at)
	src.requests = contactstest.NewIDsAt(^src.seed, at) // of another seed: equal IDs would be confused in a log
}

// now returns the present time.
func (src *sources) now() time.Time {
	if src.clock != nil {
		return src.clock.Now()
	}
	return time.Now()
}

// storeOptions returns the options of a store that draws times and IDs from the sources. The IDs may be restarted until
// the store has written something.
func (o *options) storeOptions(src *sources) *contacts.Options {
	opts := &contacts.Options{Region: o.region, NewestFirst: o.newestFirst}
	if src.clock != nil {
		opts.Now = src.clock.Now
	}
	if src.ids != nil {
		opts.CursorKey = contactstest.Options(contactstest.NewClock(time.Time{}), src.ids).CursorKey // of the seed alone
		opts.NewID = func() uuid.UUID { return src.ids.New() }
	}
	return opts
}
