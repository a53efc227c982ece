package contacts

import (
	"iter"
	"strings"
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

func (sn *Snapshot) reads() reader { return reader{sn.txn} }

func views(records iter.Seq[*record]) iter.Seq[View] {
	return func(yield func(View) bool) {
		for r := range records {
			if !yield(View{r}) {
				return
			}
		}
	}
}

// reader looks records up in a transaction.
type reader struct{ txn *memdb.Txn }

func (r reader) contact(id uuid.UUID) *record {
	return first[*record](r, tableContacts, indexID, idKey(id))
}

func (r reader) byEmail(key string) iter.Seq[*record] { return r.byText(indexEmail, key) }

func (r reader) byPhone(e164 string) iter.Seq[*record] { return r.byText(indexPhone, e164) }

func (r reader) byPrimaryPhone(number string) iter.Seq[*record] {
	return r.byText(indexPrimaryPhone, number)
}

func (r reader) byLabel(key string) iter.Seq[*record] { return r.byText(indexLabel, key) }

func (r reader) all() iter.Seq[*record] { return scan[*record](r, tableContacts, indexOrder, nil) }

// byText yields the contacts with this text in an index of texts.
func (r reader) byText(index, text string) iter.Seq[*record] {
	if strings.IndexByte(text, 0) >= 0 {
		// No stored text holds a NUL, but the bytes of another contact's key might match.
		return func(func(*record) bool) {}
	}
	return scan[*record](r, tableContacts, index, textKey(text))
}

// first returns the row with this key, or the zero T.
func first[T any](r reader, table, index string, key []byte) T {
	row, err := r.txn.First(table, index, key)
	if err != nil {
		panic("contacts: read " + table + ": " + err.Error())
	}
	t, _ := row.(T)
	return t
}

// scan yields the rows whose keys begin with prefix, in the order of their keys.
func scan[T any](r reader, table, index string, prefix []byte) iter.Seq[T] {
	return func(yield func(T) bool) {
		rows, err := r.txn.Get(table, index+byPrefix, prefix)
		if err != nil {
			panic("contacts: scan " + table + ": " + err.Error())
		}
		for row := rows.Next(); row != nil; row = rows.Next() {
			if !yield(row.(T)) {
				return
			}
		}
	}
}
