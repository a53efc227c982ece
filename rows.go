package contacts

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/wire"
)

// record is the row of a contact. Rows are never changed: a write replaces the old record with a new one.
type record struct {
	contact  document
	order    place
	statuses statuses
	billing  bool     // has a billing subscription
	read     *Contact // of an event in JSON: the contact as it was written; nil in a store
	sum      uint64   // with Options.SelfCheck: the checksum when the record was written; otherwise 0
}

// place is the position of a row in the order of creation: by createdDate, then by serial number (ORD-1).
type place struct {
	created time.Time
	serial  uint64 // unique among the rows of a store
}

const placeSize = 2 * numberSize

// appendTo appends bytes that sort as the places do, including those before 1970.
func (p place) appendTo(b []byte) []byte {
	return appendNumber(appendNumber(b, uint64(p.created.UnixMilli())^(1<<63)), p.serial)
}

// placeFrom decodes the result of appendTo.
func placeFrom(b []byte) place {
	return place{created: time.UnixMilli(int64(numberFrom(b) ^ 1<<63)).UTC(), serial: numberFrom(b[numberSize:])}
}

const numberSize = 8

func appendNumber(b []byte, n uint64) []byte { return binary.BigEndian.AppendUint64(b, n) }

func numberFrom(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

// compare orders places.
func (p place) compare(q place) int {
	return cmp.Or(p.created.Compare(q.created), cmp.Compare(p.serial, q.serial))
}

// before reports whether p comes before q.
func (p place) before(q place) bool { return p.compare(q) < 0 }

// comesBefore reports whether p comes before q in the order of creation, or in the reverse order.
func (p place) comesBefore(q place, backwards bool) bool {
	if backwards {
		p, q = q, p
	}
	return p.before(q)
}

// definitionRecord is the row of a label or of an extended field, never changed.
type definitionRecord[D defined] struct {
	value D
	order place
}

// compare orders definitions by their creation.
func (d *definitionRecord[D]) compare(o *definitionRecord[D]) int { return d.order.compare(o.order) }

type (
	labelRecord = definitionRecord[Label]
	fieldRecord = definitionRecord[Field]
)

// redirect is the row of an ID that took part in a merge, as source or target. It has two links: into, the contact it
// was merged into, records the history of merges; parent leads to the live contact in few steps, however long that
// history is.
//
// The parents form a forest with one tree for each live contact and all IDs merged into it. A merge attaches the
// smaller tree to the root of the larger, so no ID is more than log2(n) steps from its root, and a merge writes at most
// three rows per source, whatever the history. A cycle cannot form: roots are linked only to roots of other trees, and
// an ID that was merged away never becomes a contact again. Rows are never changed, only replaced.
type redirect struct {
	id     uuid.UUID
	into   uuid.UUID // the target it was merged into; nil UUID while the contact lives, or after it was deleted
	parent uuid.UUID // the next ID on the path to the root; at a root: its own ID
	live   uuid.UUID // at a root: the contact that all IDs of the tree lead to
	size   int       // at a root: the number of IDs in the tree
}

// older returns the contact that comes first in the order of creation. Either may be nil.
func older(a, b *record) *record {
	if a == nil || b != nil && b.order.before(a.order) {
		return b
	}
	return a
}

// full returns the contact with all that follows from it. It shares the memory of the record, except for the map of
// extended fields.
func (r *record) full() *Contact {
	if r.read != nil {
		c := *r.read
		c.Info.ExtendedFields = cloneValues(c.Info.ExtendedFields)
		return &c
	}
	c := new(Contact)
	r.contact.fill(c)
	derive(c, r.statuses)
	return c
}

// clone returns a copy of the contact.
func (r *record) clone() *Contact {
	if r.read != nil {
		return r.read.Clone()
	}
	c := new(Contact)
	r.contact.fill(c)
	c.Info.ExtendedFields = nil // of a store: strings and numbers, which derive copies
	c.detach()
	c.Info.ExtendedFields = r.contact.Info.ExtendedFields
	derive(c, r.statuses)
	return c
}

// show returns a copy of the contact with only the parts in p; the others have their zero values.
func (r *record) show(p parts) *Contact {
	if p == allParts {
		return r.clone()
	}
	return p.clone(r.full())
}

// field returns the value of an extended field, and whether the contact has one.
func (r *record) field(key string) (any, bool) {
	value, ok := r.contact.Info.ExtendedFields[key]
	if r.read != nil || !derivedField(key) {
		return value, ok
	}
	r.eachDerived(func(derived, text string) {
		if derived == key {
			value, ok = text, true
		}
	})
	return value, ok
}

// eachDerived passes the derived extended fields that have a value to set.
func (r *record) eachDerived(set func(key, text string)) {
	email := r.primaryEmail()
	eachDerived(r.contact.Info.Name, &email, r.contact.Member, set)
}

// primaryEmail returns the primary email with its statuses.
func (r *record) primaryEmail() PrimaryEmail {
	if r.read != nil {
		return r.read.PrimaryEmail
	}
	return r.statuses.primaryEmail(&r.contact.Info)
}

// primaryPhone returns the primary phone with its statuses.
func (r *record) primaryPhone() PrimaryPhone {
	if r.read != nil {
		return r.read.PrimaryPhone
	}
	return r.statuses.primaryPhone(&r.contact.Info)
}

// tooLarge lists the bounds on a whole contact that a write exceeds (VAL-21, FLD-31). before is the contact before the
// write; its revision is 0 if there was none. A contact that exceeded the bounds already may stay as it is and shrink.
// Its next revision does not count.
func tooLarge(before, after *record, sizeMax int) []Violation {
	var violations []Violation
	n := after.countFields()
	if n > fieldValuesMax && n > before.countFields() {
		violations = append(violations, Violation{
			Field: "info.extendedFields.items", Rule: RuleMaxSize, Threshold: fieldValuesMax,
		})
	}
	if after.sizeExceeds(sizeMax) && grownTooLarge(*before, *after, sizeMax) {
		violations = append(violations, Violation{Field: contactPath, Rule: RuleMaxSize, Threshold: sizeMax})
	}
	return violations
}

// grownTooLarge reports whether a contact exceeds a size that it did not exceed before, or exceeds it by more. It takes
// copies, so that callers that nearly never get here need not allocate the contacts.
func grownTooLarge(before, after record, sizeMax int) bool {
	if before.contact.Revision > 0 {
		after.contact.Revision, after.contact.UpdatedDate = before.contact.Revision, before.contact.UpdatedDate
	}
	return after.sizeExceeds(sizeMax) && (!before.sizeExceeds(sizeMax) || after.size() > before.size())
}

// countFields returns the number of extended fields. It need not be exact if the number is far from the limit.
func (r *record) countFields() int {
	n := len(r.contact.Info.ExtendedFields)
	if n+len(form.DerivedFields) <= fieldValuesMax {
		return n
	}
	return len(r.full().Info.ExtendedFields)
}

// sizeExceeds reports whether the contact has more than most bytes in JSON. Nearly always its weight tells; otherwise
// it is encoded, to jsonBytesMax*most bytes at most.
func (r *record) sizeExceeds(most int) bool {
	w := weigh(&r.contact)
	switch {
	case jsonBytesMax*(w.texts+derivedTexts(&r.contact.Info))+w.frame+derivedFrame <= most:
		return false
	case w.texts > most:
		return true
	default:
		return r.size() > most
	}
}

// size returns the number of bytes of the contact in JSON.
func (r *record) size() int {
	text := &wire.Writer{}
	writeContact(text, r.full())
	return len(text.Bytes)
}

// checksum returns a hash of everything in the record except sum. It is never 0.
func (r *record) checksum() uint64 {
	h := fnv.New64a()
	text, err := json.Marshal(r.full())
	fmt.Fprintf(h, "%s%v%v%v%v", text, err, r.statuses, r.billing, r.order) // fmt sorts maps by key
	return h.Sum64() | 1
}
