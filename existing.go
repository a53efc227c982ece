package contacts

import (
	"fmt"
	"iter"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/fold"
)

// finder finds the contacts that the rows of an import are about (IMP-10).
type finder struct {
	uidField string // ImportOptions.UIDField

	// The oldest contact by its value of uidField, at a position of the store. It has the commits of the import itself
	// only as far as they are at the position.
	byUID map[string]uuid.UUID
	at    Position
}

// begin prepares the finder for a transaction. It reads all contacts if another writer has written since the last
// batch.
func (f *finder) begin(tx *txn) {
	if f.uidField == "" || f.byUID != nil && f.at == tx.base.position {
		return
	}
	f.byUID, f.at = make(map[string]uuid.UUID), tx.base.position
	for r := range tx.reads().all() {
		f.note(r)
	}
}

// note makes a contact known to later rows.
func (f *finder) note(r *record) {
	uid := f.uid(r.contact.Info.ExtendedFields)
	if _, known := f.byUID[uid]; uid != "" && !known {
		f.byUID[uid] = r.contact.ID
	}
}

// committed makes the finder valid for the state after the transaction, if all that it wrote was noted.
func (f *finder) committed(tx *txn) {
	if tx.written {
		f.at++
	}
}

// uid returns the value that identifies a contact in another system, "" if there is none.
func (f *finder) uid(values map[string]any) string {
	v := values[f.uidField]
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// find returns the contact that a row is about, nil if there is none: the one with its ID, else with its UID, else the
// oldest with one of its emails, else the oldest with one of its phones.
func (f *finder) find(rd reader, row *document, values map[string]any) *record {
	if r := rd.resolve(row.ID); r != nil {
		return r
	}
	if r := f.withUID(rd, values); r != nil {
		return r
	}
	name := newNameForm(row.Info.Name)
	return row.Info.oldest(
		func(e Email) *record { return fitting(rd.byEmail(fold.Email(e.Address)), name, nameForm.sameGiven) },
		func(p Phone) *record { return fitting(rd.withPhone(p.dialed()), name, nil) },
	)
}

// withUID returns the oldest contact with the UID of a row, or nil.
func (f *finder) withUID(rd reader, values map[string]any) *record {
	uid := f.uid(values)
	if uid == "" {
		return nil
	}
	r := rd.contact(f.byUID[uid])
	if r == nil || f.uid(r.contact.Info.ExtendedFields) != uid { // an earlier row has changed it
		return nil
	}
	return r
}

// fitting returns the contact, of all that have an email or a phone, whose name fits best, and of those the oldest. The
// name of an only holder may be missing, or conflict if excused says so. Families share an address, and colleagues a
// switchboard: of several holders one with such a name is not meant, and what many have identifies no one.
func fitting(holders iter.Seq[*record], name nameForm, excused func(name, other nameForm) bool) *record {
	var best *record
	match, n := NamesConflicting, 0
	for r := range holders {
		if n++; n > defaultMaxHolders {
			return nil
		}
		switch names := name.compare(newNameForm(r.contact.Info.Name)); {
		case best == nil || names != match && names.worse(match) == match:
			best, match = r, names
		case names == match:
			best = older(best, r)
		}
	}
	only := n == 1
	switch match {
	case NamesMissing:
		if !only {
			return nil
		}
	case NamesConflicting:
		if !only || excused == nil || !excused(name, newNameForm(best.contact.Info.Name)) {
			return nil
		}
	}
	return best
}
