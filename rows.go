package contacts

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/google/uuid"
)

// record is the row of a contact. Rows are never changed: a write replaces the old record with a new one.
type record struct {
	contact  Contact
	order    place
	statuses statuses
	billing  bool   // has a billing subscription
	sum      uint64 // with Options.SelfCheck: the checksum when the record was written; otherwise 0
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

// checksum returns a hash of everything in the record except sum. It is never 0.
func (r *record) checksum() uint64 {
	h := fnv.New64a()
	text, err := json.Marshal(r.contact)
	fmt.Fprintf(h, "%s%v%v%v%v", text, err, r.statuses, r.billing, r.order) // fmt sorts maps by key
	return h.Sum64() | 1
}
