// Package keyset keeps sorted sets of byte strings, the keys. A set is a B+tree whose leaves are blocks of some dozens
// of neighboring keys, each in one buffer. A tree is never changed: a write makes new nodes from the root to the leaves
// that it changes. Its root is a row of go-memdb.
//
// A row for each key would take about 470 bytes, with two channels that the garbage collector has to visit. A row for
// each block would take as little memory as the tree, but go-memdb's own tree has more nodes on the path to it: it
// branches by bytes, and adds a channel to each node, and to each node that it writes an entry of a cache.
//
// Only a block that loses all keys is dropped; small ones are not merged.
//
// A write collects its changes in [Changes], which a [Reader] sees, and applies them all at the end, so it makes each
// node once.
package keyset

import "bytes"

// Set names a set of keys. Sets do not see each other's keys.
type Set byte

// Tree is a set of keys. It never changes, and is safe for concurrent use.
type Tree struct {
	Set  Set
	root *node // nil if the set is empty
}

// Trees are the sets that have had keys, sorted by their names.
type Trees []*Tree

// of returns the root of the tree of a set, nil if the set is empty.
func (ts Trees) of(set Set) *node {
	for _, t := range ts {
		if t.Set == set {
			return t.root
		}
	}
	return nil
}

// Reader reads sets. It is safe for concurrent use unless it has changes.
type Reader struct {
	Trees   Trees
	Changes *Changes // of a write; nil for none
}

// Range returns an iterator over the keys of a set from one, included, to another, excluded, in their order or
// backwards. Nil means no bound. The iterator keeps from and to. No changes must be added or applied while it is used.
func (r Reader) Range(set Set, from, to []byte, backwards bool) *Iterator {
	it := &Iterator{}
	r.Start(it, set, from, to, backwards)
	return it
}

// Start is Range for an iterator that was used before.
func (r Reader) Start(it *Iterator, set Set, from, to []byte, backwards bool) {
	it.Reset()
	it.from, it.to, it.backwards = from, to, backwards
	it.edits = r.Changes.within(set, from, to)
	if root := r.Trees.of(set); root != nil {
		it.first(root)
	} else {
		it.last = true
	}
}

// Reset makes the iterator forget everything except its memory.
func (it *Iterator) Reset() {
	clear(it.path[:cap(it.path)])
	*it = Iterator{key: it.key[:0], path: it.path[:0]}
}

// Iterator iterates over keys. It is not safe for concurrent use.
type Iterator struct {
	from, to  []byte
	backwards bool

	path     []step // from the root to the parent of leaf
	leaf     *node
	low, end int  // the keys of leaf that are left
	last     bool // no keys of the range are behind leaf

	edits []edit // that are left
	key   []byte
}

// step is a kid of a branch, by its index.
type step struct {
	branch *node
	kid    int
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
	it.key = it.leaf.appendKey(it.key[:0], i)
}

// compareEdit compares the next key of the block with that of the next edit, in the direction of the walk.
func (it *Iterator) compareEdit() int {
	i, e := it.low, 0
	if it.backwards {
		i, e = it.end-1, len(it.edits)-1
	}
	it.key = it.leaf.appendKey(it.key[:0], i)
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
func (it *Iterator) first(root *node) {
	it.descend(root, func(n *node) int {
		switch {
		case !it.backwards:
			return n.above(it.from)
		case it.to == nil:
			return n.len()
		default:
			return n.search(it.to)
		}
	})
	if it.from != nil && !it.backwards {
		it.low = it.leaf.search(it.from)
	}
	if it.to != nil && it.backwards {
		it.end = it.leaf.search(it.to)
	}
	it.cut()
}

// advance moves to the next block.
func (it *Iterator) advance() {
	for n := len(it.path); n > 0; n-- {
		at := &it.path[n-1]
		if it.backwards {
			at.kid--
		} else {
			at.kid++
		}
		if 0 <= at.kid && at.kid < len(at.branch.kids) {
			it.path = it.path[:n]
			it.descend(at.branch.kids[at.kid], func(n *node) int {
				if it.backwards {
					return n.len()
				}
				return 0
			})
			it.cut()
			return
		}
	}
	it.low, it.end, it.last = 0, 0, true
}

// descend moves to a block below a node. choose returns the index of the kid of a branch.
func (it *Iterator) descend(n *node, choose func(branch *node) int) {
	for len(n.kids) > 0 {
		i := choose(n)
		it.path = append(it.path, step{n, i})
		n = n.kids[i]
	}
	it.leaf, it.low, it.end = n, 0, n.len()
}

// cut leaves out the keys of the block that are behind the range.
func (it *Iterator) cut() {
	switch {
	case it.backwards && it.from != nil:
		it.low = it.leaf.search(it.from)
		it.last = it.low > 0
	case !it.backwards && it.to != nil:
		it.end = it.leaf.search(it.to)
		it.last = it.end < it.leaf.len()
	}
	it.end = max(it.low, it.end)
}
