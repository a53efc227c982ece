package keyset

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"sync"

	"github.com/contactsdb/contacts/internal/cowtree"
)

// node is a part of a tree. It is never changed: a write makes new nodes from the root to each leaf that it changes,
// and shares all others. A leaf has keys. A branch has kids, all of them equally far from the leaves, and between two
// kids a bound, which is above all keys on its left and not above those on its right.
type node struct {
	block // the keys or the bounds
	kids  []*node
}

type piece = cowtree.Piece[[]byte, node]

// merger merges edits into nodes. Its memory is used again for the next leaf.
type merger struct {
	size      int // of blocks
	text      []byte
	old, keys [][]byte
}

var mergers = sync.Pool{New: func() any { return &merger{} }}

// release gives a merger back for later use.
func (m *merger) release() {
	clear(m.keys[:cap(m.keys)]) // keys are of the transaction
	mergers.Put(m)
}

// apply returns the root of a tree with changes: root itself if they change nothing, nil if no key is left. root can be
// nil.
func (m *merger) apply(root *node, edits []edit, size int) *node {
	m.size = size
	empty := root == nil
	if empty {
		root = &node{}
	}
	next, pieces := m.merge(root, edits)
	if empty && next == root {
		return nil
	}
	join := func(pieces []piece) (*node, []piece) { return m.join(pieces, true) }
	return cowtree.Root(next, pieces, join, func(n *node) []*node { return n.kids })
}

// merge returns the node that takes the place of n with the edits, n itself if they change nothing. If that is not one
// node, it returns nil and the nodes, none if no key is left. The edits must be sorted.
func (m *merger) merge(n *node, edits []edit) (*node, []piece) {
	switch {
	case len(n.kids) > 0:
		return m.mergeBranch(n, edits)
	case len(edits) == 1:
		if next := n.edited(edits[0], m.size); next != nil {
			return next, nil
		}
	}
	return m.mergeLeaf(n, edits)
}

func (m *merger) mergeBranch(n *node, edits []edit) (*node, []piece) {
	var kids []*node           // of the branch, once one of them has changed
	var pieces map[int][]piece // by kid, of those in whose place there is not one node
	for len(edits) > 0 {
		i := n.above(edits[0].key)
		of := n.editsOf(i, edits)
		edits = edits[len(of):]
		kid, several := m.merge(n.kids[i], of)
		if kid == n.kids[i] {
			continue
		}
		if kids == nil {
			kids = slices.Clone(n.kids)
		}
		if kids[i] = kid; kid == nil {
			if pieces == nil {
				pieces = make(map[int][]piece, 1)
			}
			pieces[i] = several
		}
	}
	switch {
	case kids == nil:
		return n, nil
	case pieces == nil:
		return &node{n.block, kids}, nil
	}
	bounds := n.keys()
	all := cowtree.Spread(kids, pieces, func(kid int) []byte { return bounds[kid-1] })
	return m.join(all, kids[len(kids)-1] == nil)
}

// editsOf returns the edits at the beginning of a list that are for the kid at i.
func (n *node) editsOf(i int, edits []edit) []edit {
	if i == n.len() || len(edits) == 1 {
		return edits
	}
	return edits[:sort.Search(len(edits), func(e int) bool { return n.compare(i, edits[e].key) <= 0 })]
}

// join returns the branches that have the pieces as their kids, as merge does.
func (m *merger) join(pieces []piece, grows bool) (*node, []piece) {
	var joined []piece
	for len(pieces) > 0 {
		bounds := make([][]byte, 0, len(pieces))
		for _, p := range pieces[1:] {
			bounds = append(bounds, p.Bound)
		}
		n := cowtree.Share(len(pieces), max(m.size, cowtree.KidsMin), grows)
		bounds = bounds[:fitting(bounds[:n-1])]
		branch := &node{newBlock(bounds), make([]*node, 0, len(bounds)+1)}
		for _, p := range pieces[:len(bounds)+1] {
			branch.kids = append(branch.kids, p.Node)
		}
		joined = append(joined, piece{Bound: pieces[0].Bound, Node: branch})
		pieces = pieces[len(branch.kids):]
	}
	return cowtree.Single(joined)
}

// edited returns the leaf with one edit, n itself if that changes nothing. It returns nil if copying bytes is not
// enough: for the first key of a block, the last one that is left, a split, or another prefix.
func (n *node) edited(e edit, size int) *node {
	at := n.search(e.key)
	suffix, ok := bytes.CutPrefix(e.key, n.prefix())
	switch {
	case n.has(at, e.key) != e.removed:
		return n
	case e.removed && n.len() > 1:
		return &node{block: n.splice(at, 1, nil)}
	case !e.removed && ok && 0 < n.len() && n.len() < size &&
		len(n.buf)+n.len()*int(n.common)+len(e.key) <= bytesMax:
		return &node{block: n.splice(at, 0, suffix)}
	default:
		return nil
	}
}

func (m *merger) mergeLeaf(n *node, edits []edit) (*node, []piece) {
	m.keys = m.keys[:0]
	changed, grows := false, false // grows: the last key is new
	from := 0
	old := m.expand(n)
	for _, e := range edits {
		at, has := slices.BinarySearchFunc(old[from:], e.key, bytes.Compare)
		at += from
		m.keys = append(m.keys, old[from:at]...)
		from = at
		changed = changed || has == e.removed
		if has {
			from++
		}
		if !e.removed {
			m.keys = append(m.keys, e.key)
			grows = !has && at == len(old)
		}
	}
	if !changed {
		return n, nil
	}
	m.keys = append(m.keys, old[from:]...)
	return cowtree.Single(split(m.keys, m.size, grows))
}

// expand returns the keys of a block, in memory that is used again.
func (m *merger) expand(n *node) [][]byte {
	m.old, m.text = n.appendKeys(m.old[:0], m.text[:0])
	return m.old
}

// split returns the leaves that have the keys.
func split(keys [][]byte, size int, grows bool) []piece {
	var leaves []piece
	var bound []byte
	for len(keys) > 0 {
		n := fitting(keys[:cowtree.Share(len(keys), size, grows)])
		leaves = append(leaves, piece{Bound: bound, Node: &node{block: newBlock(keys[:n])}})
		if n < len(keys) {
			bound = boundBetween(keys[n-1], keys[n])
		}
		keys = keys[n:]
	}
	return leaves
}

// fitting returns how many of the keys a block has room for, one at least if there is one.
func fitting(keys [][]byte) int {
	size := 0
	for i, key := range keys {
		if len(key) > keyMax {
			panic(fmt.Sprintf("keyset: a key of %d bytes", len(key)))
		}
		if size += len(key); size > bytesMax && i > 0 {
			return i
		}
	}
	return len(keys)
}

// boundBetween returns the shortest bound above the key left and not above right.
func boundBetween(left, right []byte) []byte {
	return slices.Clone(right[:commonLen(left, right)+1])
}

// Check reports what is wrong with trees, by set: blocks without keys or with more than size, keys out of order or on
// the wrong side of a bound, branches whose kids do not match their bounds or have other heights, and sets that are not
// among those given, out of order or there twice.
func (ts Trees) Check(size int, sets []Set, fault func(set Set, text string)) {
	for i, t := range ts {
		if !slices.Contains(sets, t.Set) || i > 0 && ts[i-1].Set >= t.Set {
			fault(t.Set, "no such set")
		}
		if t.root != nil {
			t.root.check(size, nil, nil, func(text string) { fault(t.Set, text) })
		}
	}
}

// check reports what is wrong with a node whose keys must not be below least, and below limit unless that is nil. It
// returns the height of the node, 0 for a leaf.
func (n *node) check(size int, least, limit []byte, fault func(text string)) (height int) {
	if text := n.fault(size, least, limit); text != "" {
		fault(text)
		return 0
	}
	for i, kid := range n.kids {
		left, right := least, limit
		if i > 0 {
			left = n.appendKey(nil, i-1)
		}
		if i < n.len() {
			right = n.appendKey(nil, i)
		}
		h := 1 + kid.check(size, left, right, fault)
		if i > 0 && h != height {
			fault("the kids of a branch have different heights")
		}
		height = h
	}
	return height
}

// fault returns what is wrong with a node, apart from its kids, "" if nothing is.
func (n *node) fault(size int, least, limit []byte) string {
	switch {
	case len(n.kids) == 0 && (n.len() == 0 || n.len() > size):
		return "a block has too few or too many keys"
	case len(n.kids) > 0 && (len(n.kids) != n.len()+1 || len(n.kids) > max(size, cowtree.KidsMin)):
		return "a branch has too few or too many kids"
	}
	var key, last []byte
	for i := range n.len() {
		key = n.appendKey(key[:0], i)
		if i > 0 && bytes.Compare(last, key) >= 0 {
			return "keys are out of order"
		}
		if bytes.Compare(key, least) < 0 || limit != nil && bytes.Compare(key, limit) >= 0 {
			return "a key is on the wrong side of a bound"
		}
		last = append(last[:0], key...)
	}
	return ""
}
