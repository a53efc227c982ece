package contacts

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"
)

// tx is one write. Reads see the writes before them.
type txn struct {
	base      *Snapshot
	mem       *memdb.Txn
	selfCheck bool // Options.SelfCheck
	now       time.Time
	serial    uint64 // last one given
	counts
	written bool
	waiting waiting // of an import or a bulk update
	origin  string  // of the changes from here on, see Commit
	changes []Change
}

// reads returns what to read from. Reading a modified index in a write transaction costs memdb its cache of writable
// nodes, so as long as nothing is written the last snapshot serves.
func (tx *txn) reads() reader {
	if tx.written {
		return reader{tx.mem}
	}
	return reader{tx.base.txn}
}

// place returns the next place in the order of creation.
func (tx *txn) place(created time.Time) place {
	tx.serial++
	return place{created: created, serial: tx.serial}
}

// contact returns the record of a live contact, or CONTACT_NOT_FOUND.
func (tx *txn) contact(id uuid.UUID) (*record, error) {
	if r := tx.reads().contact(id); r != nil {
		return r, nil
	}
	return nil, &Error{Code: ErrContactNotFound, ID: id}
}

// put writes what was decided of a contact: after in place of before. There is no before for a new contact, and no after
// for a deleted one. If the two are the same nothing happens.
func (tx *txn) put(before, after *record) {
	switch {
	case after == before:
	case after == nil:
		tx.contacts--
		tx.delete(tableContacts, before)
		tx.note(Change{Kind: ContactDeleted, Before: View{before}})
	case before == nil:
		tx.contacts++
		tx.insert(tableContacts, after)
		tx.note(Change{Kind: ContactCreated, After: View{after}})
	default:
		tx.insert(tableContacts, after)
		tx.note(Change{Kind: ContactUpdated, Before: View{before}, After: View{after}})
	}
}

// note adds a change to the commit.
func (tx *txn) note(c Change) {
	c.sequence, c.origin = tx.base.changes+uint64(len(tx.changes))+1, tx.origin
	tx.changes = append(tx.changes, c)
	tx.written = true
}

// insert and delete panic where memdb reports an error: only a fault in the schema can cause one, and commit then drops
// the transaction.
func (tx *txn) insert(table string, row any) {
	tx.written = true
	if r, ok := row.(*record); ok && tx.selfCheck {
		r.sum = r.checksum()
	}
	if err := tx.mem.Insert(table, row); err != nil {
		panic("contacts: insert into " + table + ": " + err.Error())
	}
}

func (tx *txn) delete(table string, row any) {
	tx.written = true
	if err := tx.mem.Delete(table, row); err != nil {
		panic("contacts: delete from " + table + ": " + err.Error())
	}
}

func (tx *txn) snapshot(db *memdb.MemDB) *Snapshot {
	return &Snapshot{
		db: db, txn: db.Txn(false), position: tx.base.position + 1, time: tx.now, serial: tx.serial, counts: tx.counts,
		changes: tx.base.changes + uint64(len(tx.changes)), newestFirst: tx.base.newestFirst, origin: tx.base.origin,
	}
}

// later returns the time of a commit: now, but never before the last one (STO-3).
func later(last, now time.Time) time.Time {
	if now = wholeMillis(now); now.Before(last) && !last.IsZero() { // zero: there is none
		return last
	}
	return now
}

// waiting are contacts of a write that are not in the tables yet, as far as other contacts of it must know.
type waiting struct {
	records       []*record
	ids           map[uuid.UUID]bool
	emails, e164s map[string]*record   // the oldest with this primary email, or this number as primary phone
	phones        map[string][]*record // by primary phone as typed: the oldest of each number that the text stands for
}

func (w *waiting) has(id uuid.UUID) bool { return w.ids[id] }

func (w *waiting) add(r *record) {
	if w.ids == nil {
		w.ids = make(map[uuid.UUID]bool)
		w.emails, w.e164s = make(map[string]*record), make(map[string]*record)
		w.phones = make(map[string][]*record)
	}
	w.records = append(w.records, r)
	w.ids[r.contact.ID] = true
	if primary := r.contact.PrimaryInfo.Email; primary != "" {
		key := emailKey(primary)
		w.emails[key] = older(w.emails[key], r)
	}
	if primary := r.contact.PrimaryPhone; primary.Phone != "" {
		same := w.phones[primary.Phone]
		if i := slices.IndexFunc(same, func(o *record) bool { return o.contact.PrimaryPhone.E164 == primary.E164 }); i >= 0 {
			same[i] = older(same[i], r)
		} else {
			w.phones[primary.Phone] = append(same, r)
		}
		if primary.E164 != "" {
			w.e164s[primary.E164] = older(w.e164s[primary.E164], r)
		}
	}
}

// nextVersion returns a copy of a contact with the next revision and the time of this write. It shares memory with
// before: replace what changes, do not write into it.
func (tx *txn) nextVersion(before *record) *record {
	after := *before
	after.contact.Revision++
	after.contact.UpdatedDate = tx.now
	return &after
}
