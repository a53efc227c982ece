package contacts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/dial"
)

// txn is a write transaction. Reads see the writes before them.
type txn struct {
	base      *Snapshot
	db        *memdb.MemDB // a copy of the one of base, which mem writes to
	mem       *memdb.Txn
	trees     *contactTrees // of tableContacts in mem
	selfCheck bool          // Options.SelfCheck
	sizeMax   int           // Options.ContactSizeMax
	now       time.Time
	serial    uint64 // the last one given to a row
	counts
	written bool
	pending pendingRows
	waiting waiting   // of an import or a bulk update
	origin  string    // of the changes that follow, see Commit.OriginatedFrom
	temps   tempNames // of a batch
	changes []Change

	rows *writtenRows // for [txn.data]; nil without a log
	job  *Job         // see [commitData]
}

// writtenRows are the rows that a transaction wrote, in order.
type writtenRows struct{ list []writtenRow }

// add adds a row. A transaction without a log records nothing.
func (w *writtenRows) add(row any, deleted bool, changes int) {
	if w != nil {
		w.list = append(w.list, writtenRow{row, deleted, changes})
	}
}

// writtenRow is a row that a transaction wrote or deleted.
type writtenRow struct {
	row     any // *record, *labelRecord, *fieldRecord, *redirect
	deleted bool
	changes int // the number of changes before the write, whose own change is the next one
}

// begin returns a transaction at the time now, which must not be before that of the snapshot. Abort tx.mem when done:
// after commit this does nothing.
func (sn *Snapshot) begin(now time.Time) *txn {
	db := sn.db.Snapshot()
	return &txn{
		base: sn, db: db, mem: db.Txn(true), trees: sn.trees, now: now,
		serial: sn.serial, counts: sn.counts,
	}
}

// readOnly returns a transaction that must not write.
func (sn *Snapshot) readOnly() *txn {
	return &txn{base: sn, mem: sn.txn, trees: sn.trees, counts: sn.counts}
}

// commit ends the transaction. It returns the snapshot after it, which no one else knows yet, and the commit.
func (tx *txn) commit() (*Snapshot, *Commit) { return tx.next(tx.end()) }

// write writes what is pending to the tables.
func (tx *txn) write() { tx.trees = tx.pending.write(tx.mem, tx.trees, tx.base.sizes) }

// end ends the transaction, and returns the tables after it.
func (tx *txn) end() tables {
	tx.write()
	tx.mem.Commit()
	return tables{tx.db, tx.db.Txn(false), tx.trees}
}

// next returns the snapshot after the transaction, given its tables, and the commit.
func (tx *txn) next(t tables) (*Snapshot, *Commit) {
	next := &Snapshot{
		tables: t, position: tx.base.position + 1, time: tx.now, serial: tx.serial,
		counts: tx.counts, changes: tx.base.changes + uint64(len(tx.changes)), newestFirst: tx.base.newestFirst,
		sizes: tx.base.sizes, origin: tx.base.origin,
	}
	return next, &Commit{Position: next.position, Time: tx.now, OriginatedFrom: tx.origin, Changes: tx.changes}
}

// decided is a commit that has not been published.
type decided struct {
	next   *Snapshot // the state after it; nil if it wrote nothing, and then there is no commit
	commit *Commit
	data   []byte // see [commitData]; nil unless asked for
	job    *Job   // of a commit from a log: the bulk job that it is a part of, see [commitData]
}

// reads returns a reader of the transaction. It must not be kept across a write, which can replace the trees.
func (tx *txn) reads() reader { return reader{tx.mem, &tx.pending, tx.trees, tx.redirects > 0} }

// place returns the next place in the order of creation.
func (tx *txn) place(created time.Time) place {
	tx.serial++
	return place{created: created, serial: tx.serial}
}

// contact returns the record of a live contact. The ID can be a temporary one.
//
// Errors: CONTACT_NOT_FOUND.
func (tx *txn) contact(id uuid.UUID) (*record, error) {
	id = tx.temps.id(id)
	if r := tx.reads().contact(id); r != nil {
		return r, nil
	}
	return nil, &Error{Code: ErrContactNotFound, ID: id}
}

// isRevision reports whether an operation on a contact names its present revision. The caller cannot know that of a
// contact with a temporary ID, so there 0 names it, too (BAT-6).
func (tx *txn) isRevision(given int, id uuid.UUID, r *record) bool {
	return given == r.contact.Revision || given == 0 && tx.temps.hasID(id)
}

// put replaces the record before by after, and notes the change. A nil before creates the contact, a nil after
// deletes it. It does nothing if the two are the same.
func (tx *txn) put(before, after *record) {
	switch {
	case after == before:
	case after == nil:
		tx.contacts--
		tx.replace(before, nil)
		tx.note(Change{Kind: ContactDeleted, Before: View{before}})
	case before == nil:
		tx.contacts++
		tx.replace(nil, after)
		tx.note(Change{Kind: ContactCreated, After: View{after}})
	default:
		tx.replace(before, after)
		tx.note(Change{Kind: ContactUpdated, Before: View{before}, After: View{after}})
	}
}

// replace is put without a change.
func (tx *txn) replace(before, after *record) {
	tx.written = true
	if after == nil {
		tx.rows.add(before, true, len(tx.changes))
	} else {
		tx.rows.add(after, false, len(tx.changes))
		if tx.selfCheck {
			after.sum = after.checksum()
		}
	}
	if tx.pending.replace(before, after); tx.pending.keys.Len() > tx.base.sizes.pending {
		tx.write()
	}
}

// checkSize refuses a contact that a write makes too large.
func (tx *txn) checkSize(before, after *record) error {
	return invalid(tooLarge(before, after, tx.sizeMax))
}

// checkRevision refuses to change a contact that has had its last revision (REV-3). It may be deleted and merged away.
func checkRevision(before, after *record) error {
	if before == nil || after == nil || after == before || before.contact.Revision < lastRevision {
		return nil
	}
	return invalid([]Violation{noRevisionLeft})
}

// note adds a change to the commit.
func (tx *txn) note(c Change) {
	c.sequence, c.origin = tx.base.changes+uint64(len(tx.changes))+1, tx.origin
	tx.changes = append(tx.changes, c)
	tx.written = true
}

func (tx *txn) insert(table string, row any) {
	tx.rows.add(row, false, len(tx.changes))
	tx.written = true
	insertRow(tx.mem, table, row)
}

// delete panics as insertRow does.
func (tx *txn) delete(table string, row any) {
	tx.written = true
	tx.rows.add(row, true, len(tx.changes))
	if err := tx.mem.Delete(table, row); err != nil {
		panic("contacts: delete from " + table + ": " + err.Error())
	}
}

// later returns the time of a commit: now in whole milliseconds, or last if that is later (STO-3).
func later(last, now time.Time) time.Time {
	if now = wholeMillis(now); now.Before(last) && !last.IsZero() { // the zero time: no commit yet
		return last
	}
	return now
}

// latest returns the later of two times.
func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// redirect makes the ID of source, a contact that is being merged away, and every ID that leads to it lead to target.
func (tx *txn) redirect(source, target uuid.UUID) {
	from, to := tx.rootOrNew(source), tx.rootOrNew(target)
	if from.size > to.size {
		from, to = to, from
	}
	child, root := *from, *to
	child.parent = root.id
	root.live, root.size = target, root.size+child.size
	tx.written = true
	tx.pending.redirect(&child)
	tx.pending.redirect(&root)

	row := *tx.reads().redirect(source)
	row.into = target
	tx.redirects++
	tx.pending.redirect(&row)
	tx.rows.add(&row, false, len(tx.changes)) // the links between roots follow from it
}

func (tx *txn) rootOrNew(id uuid.UUID) *redirect {
	if root := tx.reads().root(id); root != nil {
		return root
	}
	return &redirect{id: id, parent: id, live: id, size: 1}
}

// waiting has the contacts of a write that are not in the tables yet, with indexes of the keys by which later
// contacts of the same write can collide with them.
type waiting struct {
	records []*record
	ids     map[uuid.UUID]bool
	emails  map[string]*record   // the oldest contact with this primary email
	phones  map[string]*record   // the oldest contact with this primary number and extension
	numbers map[string][]*record // by primary phone as typed: the oldest contact for each number and extension
}

// emptied returns w without its contacts. It uses the memory of w.
func (w waiting) emptied() waiting {
	clear(w.records)
	w.records = w.records[:0]
	clear(w.ids)
	clear(w.emails)
	clear(w.phones)
	clear(w.numbers)
	return w
}

func (w *waiting) has(id uuid.UUID) bool { return w.ids[id] }

func (w *waiting) add(r *record) {
	if w.ids == nil {
		w.ids = make(map[uuid.UUID]bool)
		w.emails, w.phones = make(map[string]*record), make(map[string]*record)
		w.numbers = make(map[string][]*record)
	}
	w.records = append(w.records, r)
	w.ids[r.contact.ID] = true
	if key := primaryEmailKey(r); key != "" {
		w.emails[key] = older(w.emails[key], r)
	}
	if phone := r.contact.Info.primaryPhone().dialed(); phone.Identifies() {
		w.addPhone(phone, r)
	}
}

func (w *waiting) addPhone(phone dial.Phone, r *record) {
	key := phone.Key()
	if key != "" {
		w.phones[key] = older(w.phones[key], r)
	}
	same := w.numbers[phone.Number]
	i := slices.IndexFunc(same, func(o *record) bool { return o.contact.Info.primaryPhone().dialed().Key() == key })
	if i >= 0 {
		same[i] = older(same[i], r)
	} else {
		w.numbers[phone.Number] = append(same, r)
	}
}

// oldestWithPhone returns the oldest contact with the primary phone of r, or nil.
func (w *waiting) oldestWithPhone(r *record) *record {
	if len(w.records) == 0 {
		return nil
	}
	phone := r.contact.Info.primaryPhone().dialed()
	oldest := w.phones[phone.Key()]
	for _, other := range w.numbers[phone.Number] {
		if phone.Same(other.contact.Info.primaryPhone().dialed()) {
			oldest = older(oldest, other)
		}
	}
	return oldest
}

// nextVersion returns a copy of a record with the next revision, updated now. The copy shares memory with before:
// callers must replace its slices, maps and pointers, never write into them.
func (tx *txn) nextVersion(before *record) *record {
	after := *before
	after.contact.Revision++
	// An import can bring a date to come (STO-3).
	after.contact.UpdatedDate = max(momentOf(tx.now), before.contact.CreatedDate)
	return &after
}

// cancelled wraps the error of a context that is done.
func cancelled(ctx context.Context) error { return fmt.Errorf("contacts: %w", ctx.Err()) }

// tempName is a temporary ID of a contact or a temporary key of a label or field, which its table tells apart.
type tempName struct {
	contact    uuid.UUID
	table, key string
}

// tempNames are the temporary names of a batch so far, with the IDs and keys behind them (BAT-5). They are empty in any
// other write.
type tempNames map[tempName]tempName

// id returns the ID behind a temporary one, and any other ID unchanged.
func (n tempNames) id(id uuid.UUID) uuid.UUID {
	if behind, ok := n[tempName{contact: id}]; ok {
		return behind.contact
	}
	return id
}

// idsOf is id for a list. The result is ids itself if there are no temporary names.
func (n tempNames) idsOf(ids []uuid.UUID) []uuid.UUID {
	if len(n) == 0 {
		return ids
	}
	behind := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		behind[i] = n.id(id)
	}
	return behind
}

func (n tempNames) hasID(id uuid.UUID) bool {
	_, ok := n[tempName{contact: id}]
	return ok
}

// key returns the key behind a temporary one, and any other key unchanged.
func (n tempNames) key(table, key string) string {
	if behind, ok := n[tempName{table: table, key: key}]; ok {
		return behind.key
	}
	return key
}

// labelKeys is key for a list. The result has no repetitions, unless it is keys itself because there are no temporary
// names.
func (n tempNames) labelKeys(keys []string) []string {
	if len(n) == 0 {
		return keys
	}
	behind := make([]string, len(keys))
	for i, key := range keys {
		behind[i] = n.key(tableLabels, key)
	}
	return distinct(behind)
}
