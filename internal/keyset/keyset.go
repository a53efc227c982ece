// Package keyset keeps sorted sets of byte strings, the keys, in a table of go-memdb. A row of the table is not a key
// but a block of some dozens of neighboring keys in one buffer: go-memdb needs about 470 bytes for a row, and two
// channels that the garbage collector has to visit.
//
// The key of a row is an upper bound of its block, the exclusive one, so the block for a key is that of the first row
// whose bound is above it. Only a split adds a row, and only a block that loses all keys drops one; no row ever gets
// another bound. Keys below the bound of a dropped row belong to the next block. The last block of a set may be
// missing; it is then empty.
//
// A write transaction collects its changes in [Changes], which a [Reader] sees, and applies them all at the end:
// reading what a transaction has written to a table costs go-memdb its cache of nodes.
package keyset

import (
	"bytes"

	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/lookup"
)

// Set is one of the sets in a table, at most 254. Sets do not see each other's keys.
type Set byte

// indexID is the only index of a table.
const indexID = "id"

// Table returns the schema of a table of sets.
func Table(name string) *memdb.TableSchema {
	return &memdb.TableSchema{Name: name, Indexes: map[string]*memdb.IndexSchema{
		indexID: {Name: indexID, Unique: true, Indexer: byBound{}},
	}}
}

// byBound makes rows known by their bounds.
type byBound struct{ lookup.ByKey }

// FromObject implements memdb.SingleIndexer.
func (byBound) FromObject(row any) (bool, []byte, error) { return true, row.(*block).bound, nil }

// lastBound returns the bound of the last block of a set.
func (set Set) lastBound() []byte { return []byte{byte(set) + 1} }

// Reader reads the sets in a table. It is safe for concurrent use if the transaction is.
type Reader struct {
	Txn     *memdb.Txn
	Table   string
	Changes *Changes // of the transaction; nil for none
	Guesses *Guesses // nil for none
}

// seekBound returns the rows from a bound, or backwards.
func (r Reader) seekBound(backwards bool, set Set, text []byte) memdb.ResultIterator {
	at := lookup.NewKey()
	defer at.Free()
	at.Bytes = append(append(at.Bytes, byte(set)), text...)
	return r.rows(backwards, at)
}

// seekKey returns the rows from the block for a key.
func (r Reader) seekKey(set Set, key []byte) memdb.ResultIterator {
	const above = "\x00" // appended to the key, for bounds above it
	at := lookup.NewKey()
	defer at.Free()
	at.Bytes = append(append(append(at.Bytes, byte(set)), key...), above...)
	return r.rows(false, at)
}

func (r Reader) rows(backwards bool, at *lookup.Key) memdb.ResultIterator {
	find := r.Txn.LowerBound
	if backwards {
		find = r.Txn.ReverseLowerBound
	}
	rows, err := find(r.Table, indexID, at.Args()...)
	if err != nil {
		panic("keyset: " + err.Error()) // the table is not one of this package
	}
	return rows
}

// next returns the next row if it is one of the set, otherwise nil.
func next(rows memdb.ResultIterator, set Set) *block {
	if b, ok := rows.Next().(*block); ok && b.set == set {
		return b
	}
	return nil
}

// Range returns an iterator over the keys of a set from one, included, to another, excluded, in their order or
// backwards. Nil means no bound. The iterator keeps from and to. The transaction must not be changed while it is
// used.
func (r Reader) Range(set Set, from, to []byte, backwards bool) *Iterator {
	it := &Iterator{}
	r.Start(it, set, from, to, backwards)
	return it
}

// Start is Range for an iterator that was used before.
func (r Reader) Start(it *Iterator, set Set, from, to []byte, backwards bool) {
	*it = Iterator{reader: r, set: set, from: from, to: to, backwards: backwards, key: it.key[:0]}
	it.edits = r.Changes.within(set, from, to)
	it.first()
}

// Reset makes the iterator forget everything except its memory for keys.
func (it *Iterator) Reset() { *it = Iterator{key: it.key[:0]} }

// Iterator iterates over keys. It is not safe for concurrent use.
type Iterator struct {
	reader    Reader
	set       Set
	from, to  []byte
	backwards bool

	rows     memdb.ResultIterator // the rows behind block; nil until they are needed
	block    *block
	low, end int  // the keys of block that are left
	last     bool // no keys of the range are behind block

	edits []edit // that are left
	key   []byte
}

// Key returns the current key, which must not be modified. It is valid until the next call of Next.
func (it *Iterator) Key() []byte { return it.key }

// Next moves to the next key, at first to the first one. It reports whether there is one.
func (it *Iterator) Next() bool {
	for {
		has := it.hasKey()
		switch {
		case len(it.edits) == 0 && !has:
			return false
		case len(it.edits) == 0:
			it.take()
			return true
		}
		order := 1
		if has {
			order = it.compareEdit()
		}
		if order < 0 {
			it.take()
			return true
		}
		if order == 0 {
			it.take()
		}
		if e := it.takeEdit(); !e.removed {
			it.key = append(it.key[:0], e.key...)
			return true
		}
	}
}

// Skip moves past at most n keys, and returns how many it passed. It reads one block after the other, not each key. Key
// is not valid after it.
func (it *Iterator) Skip(n int) int {
	passed := 0
	for passed < n {
		if len(it.edits) > 0 {
			if !it.Next() {
				break
			}
			passed++
			continue
		}
		if !it.hasKey() {
			break
		}
		step := min(n-passed, it.end-it.low)
		if it.backwards {
			it.end -= step
		} else {
			it.low += step
		}
		passed += step
	}
	return passed
}

// hasKey reports whether a key of the blocks is left. It moves to the next block if it needs to.
func (it *Iterator) hasKey() bool {
	for it.low == it.end {
		if it.last {
			return false
		}
		it.advance()
	}
	return true
}

// take makes the next key of the block the current one.
func (it *Iterator) take() {
	i := it.low
	if it.backwards {
		it.end--
		i = it.end
	} else {
		it.low++
	}
	it.key = it.block.appendKey(it.key[:0], i)
}

// compareEdit compares the next key of the block with that of the next edit, in the direction of the walk.
func (it *Iterator) compareEdit() int {
	i, e := it.low, 0
	if it.backwards {
		i, e = it.end-1, len(it.edits)-1
	}
	it.key = it.block.appendKey(it.key[:0], i)
	if it.backwards {
		return bytes.Compare(it.edits[e].key, it.key)
	}
	return bytes.Compare(it.key, it.edits[e].key)
}

func (it *Iterator) takeEdit() edit {
	if it.backwards {
		e := it.edits[len(it.edits)-1]
		it.edits = it.edits[:len(it.edits)-1]
		return e
	}
	e := it.edits[0]
	it.edits = it.edits[1:]
	return e
}

// first moves to the first block.
func (it *Iterator) first() {
	switch {
	case !it.backwards:
		if it.block = it.reader.guess(it.set, it.from); it.block == nil {
			it.rows = it.reader.seekKey(it.set, it.from)
			it.advance()
			return
		}
	case it.to == nil:
		it.block = next(it.reader.seekBound(false, it.set+1, nil), it.set)
	default:
		it.block = next(it.reader.seekBound(false, it.set, it.to), it.set)
	}
	it.enter()
}

// advance moves to the next block.
func (it *Iterator) advance() {
	if it.rows == nil {
		bound := it.set.lastBound()
		if it.block != nil {
			bound = it.block.bound
		}
		it.rows = it.reader.seekBound(it.backwards, Set(bound[0]), bound[1:])
		if it.block != nil {
			it.rows.Next() // block itself
		}
	}
	if it.block = next(it.rows, it.set); it.block == nil {
		it.low, it.end, it.last = 0, 0, true
		return
	}
	it.enter()
}

// enter finds the keys of the block that are in the range.
func (it *Iterator) enter() {
	if it.low, it.end = 0, 0; it.block == nil {
		return
	}
	it.end = it.block.len()
	if it.from != nil {
		it.low = it.block.search(it.from)
	}
	limit := it.block.limit()
	if it.to != nil && (limit == nil || bytes.Compare(limit, it.to) >= 0) {
		it.end = it.block.search(it.to)
		it.last = !it.backwards
	}
	if it.backwards {
		it.last = it.low > 0
	}
	it.end = max(it.low, it.end)
}
