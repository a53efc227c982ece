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

// record is a contact as the tables hold it. Records are never changed: a write puts a new one in place of the old.
type record struct {
	contact  Contact
	order    place
	statuses statuses
	billing  bool   // has a billing subscription
	sum      uint64 // with Options.SelfCheck: see sealed
}

// place is where a record stands in the order of creation: by createdDate, ties in the order of their making (ORD-1).
type place struct {
	created time.Time
	serial  uint64 // no two records of a store have the same
}

const placeSize = 2 * numberSize

// appendTo appends the bytes that sort as places do, also before 1970.
func (p place) appendTo(b []byte) []byte {
	return appendNumber(appendNumber(b, uint64(p.created.UnixMilli())^(1<<63)), p.serial)
}

// placeFrom reads what appendTo wrote.
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

// comesBefore reports whether p comes before q in the order of creation, or backwards.
func (p place) comesBefore(q place, backwards bool) bool {
	if backwards {
		p, q = q, p
	}
	return p.before(q)
}

// definitionRecord is a label or an extended field as the tables hold it, never changed.
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

// redirect is what the tables know of an ID that was merged away, or that others were merged into. Two things lead
// from it: into is the contact it was merged into, for the history of merges; parent leads to the live contact
// quickly, however long that history is.
//
// The parents make a forest, one tree for each live contact and all IDs merged into it. A merge hangs the smaller tree
// under the root of the larger, so no ID is more than log2(n) steps from its root, and a merge writes at most three
// rows a source, whatever the history. A cycle cannot form: roots are linked to roots of other trees only, and an ID
// that was merged away never becomes a contact again. Rows are never changed, only replaced.
type redirect struct {
	id     uuid.UUID
	into   uuid.UUID // the target it was merged into; nil UUID while the contact lives, or after it was deleted
	parent uuid.UUID // the next ID on the way to the root; its own ID at the root
	live   uuid.UUID // at a root: the contact that all IDs of the tree lead to
	size   int       // at a root: IDs in the tree
}

// older returns the one of two contacts that comes first in the order of creation, or the one that there is.
func older(a, b *record) *record {
	if a == nil || b != nil && b.order.before(a.order) {
		return b
	}
	return a
}

// sealed returns a hash of all that a record holds, never 0.
func (r *record) checksum() uint64 {
	h := fnv.New64a()
	text, err := json.Marshal(r.contact)
	fmt.Fprintf(h, "%s%v%v%v%v", text, err, r.statuses, r.billing, r.order) // maps in the order of their keys
	return h.Sum64() | 1
}
