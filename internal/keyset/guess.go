package keyset

import (
	"bytes"
	"sync/atomic"

	"github.com/contactsdb/contacts/internal/lookup"
)

// Guesses remembers the bounds of the blocks of a table as they were at some time. From them a reader guesses the bound
// of the block for a key, and gets that row: go-memdb allocates once for a row that it knows the key of, and six times
// to find the first row from a key. A wrong guess is noticed and costs time only, so states of a table that differ can
// share Guesses. The zero value is ready for use. It is safe for concurrent use.
type Guesses struct {
	sets [256]atomic.Pointer[knownBounds]
}

// knownBounds are the bounds of the blocks of a set at some time, sorted, without that of the last one.
type knownBounds struct {
	bounds [][]byte
	wrong  atomic.Int64 // guesses
}

// guess returns the block for a key, or nil if it does not know.
func (r Reader) guess(set Set, key []byte) *block {
	if r.Guesses == nil || key == nil {
		return nil
	}
	known := r.Guesses.sets[set].Load()
	if known != nil {
		// A block with a key that is not above this one, and a bound that is, is the right one: blocks do not overlap.
		if b := r.withBound(known.bound(set, key)); b != nil && b.set == set && b.search(key) > 0 {
			return b
		}
		const slack = 16
		if known.wrong.Add(1) <= int64(len(known.bounds)+slack) { // to find all bounds takes as long as so many searches
			return nil
		}
	}
	r.learn(set)
	return nil
}

// bound returns the first bound above a key.
func (k *knownBounds) bound(set Set, key []byte) []byte {
	low, high := 0, len(k.bounds)
	for low < high {
		if middle := (low + high) / 2; bytes.Compare(k.bounds[middle][1:], key) <= 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(k.bounds) {
		return k.bounds[low]
	}
	return set.lastBound()
}

// withBound returns the block with a bound, or nil.
func (r Reader) withBound(bound []byte) *block {
	at := lookup.NewKey()
	defer at.Free()
	at.Bytes = append(at.Bytes, bound...)
	row, err := r.Txn.First(r.Table, indexID, at.Args()...)
	if err != nil {
		panic("keyset: " + err.Error()) // the table is not one of this package
	}
	b, _ := row.(*block)
	return b
}

// learn finds the bounds of a set.
func (r Reader) learn(set Set) {
	known := &knownBounds{}
	rows := r.seekKey(set, nil)
	for b := next(rows, set); b != nil && b.limit() != nil; b = next(rows, set) {
		known.bounds = append(known.bounds, b.bound)
	}
	r.Guesses.sets[set].Store(known)
}
