package contacts

import (
	"iter"
	"slices"
	"strings"
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

	listing  sync.Once
	everyone []*record // see list
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
func (sn *Snapshot) list() []*record {
	sn.listing.Do(func() {
		sn.everyone = slices.AppendSeq(make([]*record, 0, sn.contacts), sn.reads().all())
	})
	return sn.everyone
}

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

func (r reader) byNumber(number string) iter.Seq[*record] { return r.byText(indexNumber, number) }

func (r reader) byLabel(key string) iter.Seq[*record] { return r.byText(indexLabel, key) }

func (r reader) byMember(id uuid.UUID) iter.Seq[*record] { return r.byText(indexMember, id.String()) }

func (r reader) all() iter.Seq[*record] { return scan[*record](r, tableContacts, indexOrder, nil) }

// walk yields the contacts of a span, in the order of its keys or backwards, without the first skip ones. With a place, it
// yields only those behind it; the span must be placed.
func (r reader) walk(s span, backwards bool, behind *place, skip int) iter.Seq[*record] {
	if start := s.behind(backwards); start != nil && (behind == nil || behind.comesBefore(*start, backwards)) {
		behind = start
	}
	return func(yield func(*record) bool) {
		if behind == nil {
			rows := r.ends(s, backwards)
			row := rows.Next()
			for i := 0; i < skip && row != nil; i++ {
				row = rows.Next()
			}
			for ; row != nil; row = rows.Next() {
				if c := row.(*record); s.over(c, backwards) || !yield(c) {
					return
				}
			}
			return
		}
		// A seek runs on to the end of the index, and a row does not tell by which key it was found. So look first at what
		// the span ends with.
		last, _ := r.ends(s, !backwards).Next().(*record)
		if last == nil || !behind.comesBefore(last.order, backwards) {
			return
		}
		rows, left := r.seek(s, backwards, *behind), skip
		for row := rows.Next(); row != nil; row = rows.Next() {
			c := row.(*record)
			if c.order.compare(*behind) == 0 {
				continue
			}
			if left--; s.over(c, backwards) || left < 0 && !yield(c) || c == last {
				return
			}
		}
	}
}

// seek returns the rows of an index from a place in a span on.
func (r reader) seek(s span, backwards bool, at place) memdb.ResultIterator {
	bound := r.txn.LowerBound
	if backwards {
		bound = r.txn.ReverseLowerBound
	}
	rows, err := bound(tableContacts, s.index, s.from(at))
	if err != nil {
		panic("contacts: seek in " + s.index + ": " + err.Error())
	}
	return rows
}

// ends returns the rows of a span from its beginning, or from its end backwards.
func (r reader) ends(s span, backwards bool) memdb.ResultIterator {
	get := r.txn.Get
	if backwards {
		get = r.txn.GetReverse
	}
	rows, err := get(tableContacts, s.index+byPrefix, s.prefix)
	if err != nil {
		panic("contacts: scan " + s.index + ": " + err.Error())
	}
	return rows
}

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
