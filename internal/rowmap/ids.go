package rowmap

import (
	"cmp"
	"encoding/binary"
	"iter"
	"math"
	"slices"

	"github.com/contactsdb/contacts/internal/cowtree"
)

// ID identifies a row.
type ID = [16]byte

// idKey is an ID as numbers, which compare faster than bytes.
type idKey struct{ high, low uint64 }

func keyOf(id ID) idKey {
	return idKey{binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])}
}

// id returns the ID of a key.
func (k idKey) id() (id ID) {
	binary.BigEndian.PutUint64(id[:8], k.high)
	binary.BigEndian.PutUint64(id[8:], k.low)
	return id
}

func (k idKey) less(o idKey) bool { return k.high < o.high || k.high == o.high && k.low < o.low }

func (k idKey) compare(o idKey) int {
	return cmp.Or(cmp.Compare(k.high, o.high), cmp.Compare(k.low, o.low))
}

// idNode is a part of a B+tree. It is never changed: a write makes new nodes from the root to each leaf that it
// changes, and shares all others. A leaf has IDs with their numbers. A branch has kids, all of them equally far from
// the leaves, and between two kids a bound: IDs on its left are below it, those on its right are not.
type idNode struct {
	ids  []numberedID // sorted; the bounds of a branch have no numbers
	kids []*idNode
}

type numberedID struct {
	idKey
	number uint64
}

// bounds are those of the IDs in a node, by the first half of an ID.
type bounds struct{ low, high uint64 }

// find returns the index of the first ID that is not below id, for a node with these bounds. It begins where the ID
// would be if the IDs were evenly distributed, as random ones are: a search from the middle would read more memory that
// is in no cache.
func (n *idNode) find(id idKey, in bounds) int {
	low, high := 0, len(n.ids)
	at := int(float64(id.high-in.low) / float64(in.high-in.low) * float64(high))
	for step := 1; low < high; step *= 2 {
		at = max(low, min(at, high-1))
		if n.ids[at].less(id) {
			low = at + 1
			at += step
		} else {
			high = at
			at -= step
		}
		if 0 < low && high < len(n.ids) {
			break
		}
	}
	for low < high {
		if middle := (low + high) / 2; n.ids[middle].less(id) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// has reports whether the ID at i, which may be behind the last one, is id.
func (n *idNode) has(i int, id idKey) bool { return i < len(n.ids) && n.ids[i].idKey == id }

// kidOf returns the index of the kid for an ID, and the bounds of the kid.
func (n *idNode) kidOf(id idKey, in bounds) (int, bounds) {
	i := n.find(id, in)
	if n.has(i, id) {
		i++
	}
	if i > 0 {
		in.low = n.ids[i-1].high
	}
	if i < len(n.ids) {
		in.high = n.ids[i].high
	}
	return i, in
}

// get returns the number of an ID, and whether there is one. n can be nil.
func (n *idNode) get(id idKey) (uint64, bool) {
	if n == nil {
		return 0, false
	}
	in := bounds{0, math.MaxUint64}
	for len(n.kids) > 0 {
		var i int
		i, in = n.kidOf(id, in)
		n = n.kids[i]
	}
	if i := n.find(id, in); n.has(i, id) {
		return n.ids[i].number, true
	}
	return 0, false
}

// idChange is the number of an ID from now on, or that it has none.
type idChange struct {
	numberedID
	deleted bool
}

// planIDs returns the root with the changes, in leaves of at most size IDs, nil if no ID is left. It sorts the changes.
func planIDs(root *idNode, size int, changes []idChange) *idNode {
	changes = settle(changes, func(a, b idChange) int { return a.compare(b.idKey) })
	if root == nil {
		root = &idNode{}
	}
	root, pieces := root.merge(changes, size, bounds{0, math.MaxUint64})
	join := func(pieces []piece) (*idNode, []piece) { return joinIDs(pieces, size, true) }
	return cowtree.Root(root, pieces, join, func(n *idNode) []*idNode { return n.kids })
}

type piece = cowtree.Piece[idKey, idNode]

// merge returns the node that takes the place of n with the changes. If that is not one node, it returns nil and the
// nodes, none if no ID is left. The changes must be sorted.
func (n *idNode) merge(changes []idChange, size int, in bounds) (*idNode, []piece) {
	if len(n.kids) > 0 {
		return n.mergeBranch(changes, size, in)
	}
	return n.mergeLeaf(changes, size, in)
}

func (n *idNode) mergeLeaf(changes []idChange, size int, in bounds) (*idNode, []piece) {
	ids := make([]numberedID, 0, len(n.ids)+len(changes))
	from, grows := 0, false // grows: the last ID is new
	for _, c := range changes {
		at := n.find(c.idKey, in)
		ids = append(ids, n.ids[from:at]...)
		if from = at; n.has(at, c.idKey) {
			from++
		}
		if !c.deleted {
			ids = append(ids, c.numberedID)
			grows = at == len(n.ids)
		}
	}
	ids = append(ids, n.ids[from:]...)
	if 0 < len(ids) && len(ids) <= size {
		return &idNode{ids: ids}, nil
	}
	var leaves []piece
	for len(ids) > 0 {
		n := cowtree.Share(len(ids), size, grows)
		leaves = append(leaves, piece{Bound: ids[0].idKey, Node: &idNode{ids: slices.Clone(ids[:n])}})
		ids = ids[n:]
	}
	return nil, leaves
}

func (n *idNode) mergeBranch(changes []idChange, size int, in bounds) (*idNode, []piece) {
	kids := slices.Clone(n.kids)
	var pieces map[int][]piece // by kid, of those in whose place there is not one node
	for len(changes) > 0 {
		i, within := n.kidOf(changes[0].idKey, in)
		end := 1
		for end < len(changes) && (i == len(n.ids) || changes[end].less(n.ids[i].idKey)) {
			end++
		}
		kid, several := n.kids[i].merge(changes[:end], size, within)
		if kids[i] = kid; kid == nil {
			if pieces == nil {
				pieces = make(map[int][]piece, 1)
			}
			pieces[i] = several
		}
		changes = changes[end:]
	}
	if pieces == nil {
		return &idNode{ids: n.ids, kids: kids}, nil
	}
	all := cowtree.Spread(kids, pieces, func(kid int) idKey { return n.ids[kid-1].idKey })
	return joinIDs(all, size, kids[len(kids)-1] == nil)
}

// joinIDs returns the branches that have the pieces as their kids, as merge does.
func joinIDs(pieces []piece, size int, grows bool) (*idNode, []piece) {
	var joined []piece
	for len(pieces) > 0 {
		n := cowtree.Share(len(pieces), max(size, cowtree.KidsMin), grows)
		branch := &idNode{ids: make([]numberedID, 0, n-1), kids: make([]*idNode, 0, n)}
		for i, p := range pieces[:n] {
			if i > 0 {
				branch.ids = append(branch.ids, numberedID{idKey: p.Bound})
			}
			branch.kids = append(branch.kids, p.Node)
		}
		joined = append(joined, piece{Bound: pieces[0].Bound, Node: branch})
		pieces = pieces[n:]
	}
	return cowtree.Single(joined)
}

// AllIDs yields the IDs and their numbers, in the order of the IDs.
func (r Rows[T]) AllIDs() iter.Seq2[ID, uint64] {
	return func(yield func(ID, uint64) bool) {
		if root := r.ids; root != nil {
			root.all(yield)
		}
	}
}

// all yields the IDs, and reports whether yield wants more.
func (n *idNode) all(yield func(ID, uint64) bool) bool {
	if len(n.kids) == 0 {
		for _, entry := range n.ids {
			if !yield(entry.id(), entry.number) {
				return false
			}
		}
	}
	for _, kid := range n.kids {
		if !kid.all(yield) {
			return false
		}
	}
	return true
}

// CheckIDs reports what is wrong with the IDs: leaves without IDs or with more than size, IDs out of order or on the
// wrong side of a bound, and branches whose kids do not match their bounds or have other heights.
func (r Rows[T]) CheckIDs(size int, fault func(text string)) {
	if root := r.ids; root != nil {
		root.check(size, nil, nil, fault)
	}
}

// check reports what is wrong with a node whose IDs must not be below least, and must be below limit. Nil is no bound.
// It returns the height of the node, 0 for a leaf.
func (n *idNode) check(size int, least, limit *idKey, fault func(text string)) (height int) {
	if text := n.fault(size, least, limit); text != "" {
		fault(text)
		return 0
	}
	for i, kid := range n.kids {
		left, right := least, limit
		if i > 0 {
			left = &n.ids[i-1].idKey
		}
		if i < len(n.ids) {
			right = &n.ids[i].idKey
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
func (n *idNode) fault(size int, least, limit *idKey) string {
	switch {
	case len(n.kids) == 0 && (len(n.ids) == 0 || len(n.ids) > size):
		return "a leaf has too few or too many IDs"
	case len(n.kids) > 0 && (len(n.kids) != len(n.ids)+1 || len(n.kids) > max(size, cowtree.KidsMin)):
		return "a branch has too few or too many kids"
	}
	for i, entry := range n.ids {
		if i > 0 && !n.ids[i-1].less(entry.idKey) {
			return "IDs are out of order"
		}
		if least != nil && entry.less(*least) || limit != nil && !entry.less(*limit) {
			return "an ID is on the wrong side of a bound"
		}
	}
	return ""
}
