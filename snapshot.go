package contacts

import (
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/words"
)

// Position is the number of commits that a store has made.
type Position uint64

// Snapshot is the state of a store at one moment. It never changes, takes constant time to make, and is safe for
// concurrent use. Its iterators of contacts yield [View]s in the order of creation, the oldest contact first: by
// createdDate, ties in the order in which they were created (ORD-1). All iterators can be ranged over repeatedly.
type Snapshot struct {
	tables
	position Position
	time     time.Time
	serial   uint64
	changes  uint64 // of all commits
	counts

	sizes       rowSizes
	newestFirst bool   // Options.NewestFirst
	origin      string // the checksum of the export that the store was loaded from, see queryText

	recordsOnce sync.Once
	allRecords  []*record // see records

	peopleOnce sync.Once
	people     []*words.Piece[*record] // see findPeople
	lastPeople *words.Last[*record]    // of the store
}

// tables are the tables of a store at one moment.
type tables struct {
	db  *memdb.MemDB // never written to; forks and the next commit start from a copy of it
	txn *memdb.Txn   // a read transaction, which all readers share: reads do not change it

	trees *contactTrees // of tableContacts
}

// clone returns a snapshot of the same contents that has not been searched.
func (sn *Snapshot) clone() *Snapshot {
	return &Snapshot{
		tables: sn.tables, position: sn.position, time: sn.time, serial: sn.serial, changes: sn.changes,
		counts: sn.counts, sizes: sn.sizes, newestFirst: sn.newestFirst, origin: sn.origin, lastPeople: sn.lastPeople,
	}
}

// counts are the numbers of rows. memdb can only count by walking.
type counts struct {
	contacts  int
	labels    int // without system labels
	fields    int // without system fields
	redirects int // of IDs that were merged away
}

// Get returns a copy of a contact. As in [Store.Get], an ID that was merged away leads to the merged contact.
//
// Errors: CONTACT_NOT_FOUND.
func (sn *Snapshot) Get(id uuid.UUID) (*Contact, error) {
	r := sn.reads().resolve(id)
	if r == nil {
		return nil, &Error{Code: ErrContactNotFound, ID: id}
	}
	return r.clone(), nil
}

// View returns a contact without copying it, and whether it exists. It does not resolve IDs that were merged away.
func (sn *Snapshot) View(id uuid.UUID) (View, bool) {
	r := sn.reads().contact(id)
	return View{r}, r != nil
}

// ByEmail yields the contacts with this address among their emails, primary or not. It ignores case and surrounding
// space.
func (sn *Snapshot) ByEmail(address string) iter.Seq[View] {
	return func(yield func(View) bool) { sn.reads().viewText(indexEmail, fold.Email(address), yield) }
}

// ByPhone yields the contacts with this number among their phones, primary or not. The number must be in E.164 form.
func (sn *Snapshot) ByPhone(e164 string) iter.Seq[View] {
	return func(yield func(View) bool) { sn.reads().viewText(indexPhone, e164, yield) }
}

// ByLabel yields the contacts that have the label with this key.
func (sn *Snapshot) ByLabel(key string) iter.Seq[View] {
	return func(yield func(View) bool) { sn.reads().viewText(indexLabel, key, yield) }
}

// All yields all contacts.
func (sn *Snapshot) All() iter.Seq[View] { return views(sn.reads().all()) }

// Len returns the number of contacts.
func (sn *Snapshot) Len() int { return sn.contacts }

// Position returns the number of commits up to this snapshot.
func (sn *Snapshot) Position() Position { return sn.position }

// records returns all contacts in the order of creation. The first call collects them by walking the tree, which reads
// no contact. Even for one full scan, collecting the records first is faster than reading each during the tree walk: it
// avoids cache misses.
func (sn *Snapshot) records() []*record {
	sn.recordsOnce.Do(func() {
		sn.allRecords = slices.AppendSeq(make([]*record, 0, sn.contacts), sn.reads().all())
	})
	return sn.allRecords
}

func (sn *Snapshot) reads() reader {
	return reader{txn: sn.txn, trees: sn.trees, merged: sn.redirects > 0}
}
