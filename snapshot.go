package contacts

import (
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"
)

// Position counts the commits of a store: it grows by one with each.
type Position uint64

// Snapshot is the store at one moment. It never changes, takes constant time to make, and is safe for concurrent use.
// Iterators yield [View]s, oldest contact first: by createdDate, ties in the order of their creation (ORD-1). They may
// be ranged over again.
type Snapshot struct {
	db       *memdb.MemDB // never written to; forks and the next commit start from it
	txn      *memdb.Txn   // a read transaction: its reads change nothing, so readers share it
	position Position
	time     time.Time
	serial   uint64
	changes  uint64 // all that the store has seen
	counts

	newestFirst bool   // Options.NewestFirst
	origin      string // the checksum of what the store was loaded from, which has given its contacts their places

	recordsOnce sync.Once
	allRecords  []*record // see list
}

// counts are kept, because memdb cannot count without walking.
type counts struct {
	contacts int
	labels   int // besides those of the system
	fields   int // besides those of the system
}

// Get returns a contact, as [Store.Get] does, merged IDs included.
//
// Errors: CONTACT_NOT_FOUND.
func (sn *Snapshot) Get(id uuid.UUID) (*Contact, error) {
	r := sn.reads().resolve(id)
	if r == nil {
		return nil, &Error{Code: ErrContactNotFound, ID: id}
	}
	return r.contact.Clone(), nil
}

// View returns a contact without copying it, and whether there is one. It takes no ID that was merged away.
func (sn *Snapshot) View(id uuid.UUID) (View, bool) {
	r := sn.reads().contact(id)
	return View{r}, r != nil
}

// ByEmail yields the contacts that have the address among their emails, primary or not. Case and surrounding space do
// not count.
func (sn *Snapshot) ByEmail(address string) iter.Seq[View] {
	return views(sn.reads().byEmail(emailKey(address)))
}

// ByPhone yields the contacts that have the number, in E.164 form, among their phones, primary or not.
func (sn *Snapshot) ByPhone(e164 string) iter.Seq[View] { return views(sn.reads().byPhone(e164)) }

// ByLabel yields the contacts that carry the label.
func (sn *Snapshot) ByLabel(key string) iter.Seq[View] { return views(sn.reads().byLabel(key)) }

// All yields all contacts.
func (sn *Snapshot) All() iter.Seq[View] { return views(sn.reads().all()) }

// Len returns the number of contacts.
func (sn *Snapshot) Len() int { return sn.contacts }

// Position returns how many commits the snapshot holds.
func (sn *Snapshot) Position() Position { return sn.position }

// list returns all contacts in the order of their creation. The first call of a snapshot walks the tree for it, which looks
// at no contact; all calls can then look at one after the other without waiting for the way to it. Memory is slow, so that
// even once is faster so than to look at each contact on the walk, if all are looked at.
func (sn *Snapshot) records() []*record {
	sn.recordsOnce.Do(func() {
		sn.allRecords = slices.AppendSeq(make([]*record, 0, sn.contacts), sn.reads().all())
	})
	return sn.allRecords
}

func (sn *Snapshot) reads() reader { return reader{sn.txn} }
