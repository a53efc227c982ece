package rowmap

import (
	"bytes"
	"iter"
	"slices"

	"github.com/contactsdb/contacts/internal/cowtree"
)

// ID identifies a row.
type ID = [16]byte

func compareIDs(a, b ID) int { return bytes.Compare(a[:], b[:]) }

// idNode is a part of a B+tree. It is never changed: a write makes new nodes from the root to each leaf that it
// changes, and shares all others. A leaf has rows. A branch has kids, all of them equally far from the leaves, and
// between two kids a bound: IDs on its left are below it, those on its right are not.
type idNode[T any] struct {
	ids  []ID // of the rows, or the bounds; sorted
	rows []*T
	kids []*idNode[T]
}

// find returns the index of the first ID that is not below id.
func (n *idNode[T]) find(id *ID) int {
	low, high := 0, len(n.ids)
	for low < high {
		if middle := (low + high) / 2; bytes.Compare(n.ids[middle][:], id[:]) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// kidOf returns the index of the kid for an ID.
func (n *idNode[T]) kidOf(id *ID) int {
	i := n.find(id)
	if i < len(n.ids) && n.ids[i] == *id {
		i++
	}
	return i
}

// get returns the row with an ID, or nil. n can be nil.
func (n *idNode[T]) get(id *ID) *T {
	if n == nil {
		return nil
	}
	for len(n.kids) > 0 {
		n = n.kids[n.kidOf(id)]
	}
	if i := n.find(id); i < len(n.ids) && n.ids[i] == *id {
		return n.rows[i]
	}
	return nil
}

// ByID returns the row with an ID, or nil.
func (r Rows[T]) ByID(id ID) *T { return r.trees.ids.get(&id) }

// IDChange is the new row of an ID, nil to delete it.
type IDChange[T any] struct {
	ID  ID
	Row *T
}

// planIDs returns the root with the changes, in leaves of at most size rows, nil if no row is left.
func planIDs[T any](root *idNode[T], size int, changes []IDChange[T]) *idNode[T] {
	if len(changes) > 1 {
		slices.SortStableFunc(changes, func(a, b IDChange[T]) int { return compareIDs(a.ID, b.ID) })
		kept := changes[:0]
		for i, c := range changes {
			if i+1 == len(changes) || changes[i+1].ID != c.ID {
				kept = append(kept, c)
			}
		}
		changes = kept
	}
	if root == nil {
		root = &idNode[T]{}
	}
	root, pieces := root.merge(changes, size)
	join := func(pieces []cowtree.Piece[ID, idNode[T]]) (*idNode[T], []cowtree.Piece[ID, idNode[T]]) {
		return joinIDs(pieces, size, true)
	}
	return cowtree.Root(root, pieces, join, func(n *idNode[T]) []*idNode[T] { return n.kids })
}

// merge returns the node that takes the place of n with the changes. If that is not one node, it returns nil and the
// nodes, none if no row is left. The changes must be sorted.
func (n *idNode[T]) merge(changes []IDChange[T], size int) (*idNode[T], []cowtree.Piece[ID, idNode[T]]) {
	if len(n.kids) > 0 {
		return n.mergeBranch(changes, size)
	}
	if next := n.replace(changes); next != nil {
		return next, nil
	}
	return n.mergeLeaf(changes, size)
}

// replace returns the leaf with other rows for some of its IDs, nil if the changes are others. It shares the IDs with
// n.
func (n *idNode[T]) replace(changes []IDChange[T]) *idNode[T] {
	var rows []*T
	for _, c := range changes {
		i := n.find(&c.ID)
		if c.Row == nil || i == len(n.ids) || n.ids[i] != c.ID {
			return nil
		}
		if rows == nil {
			rows = slices.Clone(n.rows)
		}
		rows[i] = c.Row
	}
	return &idNode[T]{ids: n.ids, rows: rows}
}

func (n *idNode[T]) mergeLeaf(changes []IDChange[T], size int) (*idNode[T], []cowtree.Piece[ID, idNode[T]]) {
	ids, rows := make([]ID, 0, len(n.ids)+len(changes)), make([]*T, 0, len(n.ids)+len(changes))
	from, grows := 0, false // grows: the last ID is new
	for _, c := range changes {
		at := n.find(&c.ID)
		ids, rows = append(ids, n.ids[from:at]...), append(rows, n.rows[from:at]...)
		if from = at; at < len(n.ids) && n.ids[at] == c.ID {
			from++
		}
		if c.Row != nil {
			ids, rows = append(ids, c.ID), append(rows, c.Row)
			grows = at == len(n.ids)
		}
	}
	ids, rows = append(ids, n.ids[from:]...), append(rows, n.rows[from:]...)
	if 0 < len(ids) && len(ids) <= size {
		return &idNode[T]{ids: ids, rows: rows}, nil
	}
	var leaves []cowtree.Piece[ID, idNode[T]]
	for len(ids) > 0 {
		n := cowtree.Share(len(ids), size, grows)
		leaf := &idNode[T]{ids: slices.Clone(ids[:n]), rows: slices.Clone(rows[:n])}
		leaves = append(leaves, cowtree.Piece[ID, idNode[T]]{Bound: ids[0], Node: leaf})
		ids, rows = ids[n:], rows[n:]
	}
	return nil, leaves
}

func (n *idNode[T]) mergeBranch(changes []IDChange[T], size int) (*idNode[T], []cowtree.Piece[ID, idNode[T]]) {
	kids := slices.Clone(n.kids)
	var pieces map[int][]cowtree.Piece[ID, idNode[T]] // by kid, of those in whose place there is not one node
	for len(changes) > 0 {
		i, end := n.kidOf(&changes[0].ID), 1
		for end < len(changes) && (i == len(n.ids) || compareIDs(changes[end].ID, n.ids[i]) < 0) {
			end++
		}
		kid, several := n.kids[i].merge(changes[:end], size)
		if kids[i] = kid; kid == nil {
			if pieces == nil {
				pieces = make(map[int][]cowtree.Piece[ID, idNode[T]], 1)
			}
			pieces[i] = several
		}
		changes = changes[end:]
	}
	if pieces == nil {
		return &idNode[T]{ids: n.ids, kids: kids}, nil
	}
	all := cowtree.Spread(kids, pieces, func(kid int) ID { return n.ids[kid-1] })
	return joinIDs(all, size, kids[len(kids)-1] == nil)
}

// joinIDs returns the branches that have the pieces as their kids, as merge does.
func joinIDs[T any](
	pieces []cowtree.Piece[ID, idNode[T]], size int, grows bool,
) (*idNode[T], []cowtree.Piece[ID, idNode[T]]) {
	var joined []cowtree.Piece[ID, idNode[T]]
	for len(pieces) > 0 {
		n := cowtree.Share(len(pieces), max(size, cowtree.KidsMin), grows)
		branch := &idNode[T]{ids: make([]ID, 0, n-1), kids: make([]*idNode[T], 0, n)}
		for i, p := range pieces[:n] {
			if i > 0 {
				branch.ids = append(branch.ids, p.Bound)
			}
			branch.kids = append(branch.kids, p.Node)
		}
		joined = append(joined, cowtree.Piece[ID, idNode[T]]{Bound: pieces[0].Bound, Node: branch})
		pieces = pieces[n:]
	}
	return cowtree.Single(joined)
}

// AllByID yields the rows, and their IDs, in the order of the IDs.
func (r Rows[T]) AllByID() iter.Seq2[ID, *T] {
	return func(yield func(ID, *T) bool) {
		if root := r.trees.ids; root != nil {
			root.all(yield)
		}
	}
}

// all yields the rows, and reports whether yield wants more.
func (n *idNode[T]) all(yield func(ID, *T) bool) bool {
	for i, row := range n.rows {
		if !yield(n.ids[i], row) {
			return false
		}
	}
	for _, kid := range n.kids {
		if !kid.all(yield) {
			return false
		}
	}
	return true
}

// CheckIDs reports what is wrong with the rows by ID: leaves without rows or with more than size, IDs out of order or
// on the wrong side of a bound, and branches whose kids do not match their bounds or have other heights.
func (r Rows[T]) CheckIDs(size int, fault func(text string)) {
	if root := r.trees.ids; root != nil {
		root.check(size, nil, nil, fault)
	}
}

// check reports what is wrong with a node whose IDs must not be below least, and must be below limit. Nil is no bound.
// It returns the height of the node, 0 for a leaf.
func (n *idNode[T]) check(size int, least, limit *ID, fault func(text string)) (height int) {
	if text := n.fault(size, least, limit); text != "" {
		fault(text)
		return 0
	}
	for i, kid := range n.kids {
		left, right := least, limit
		if i > 0 {
			left = &n.ids[i-1]
		}
		if i < len(n.ids) {
			right = &n.ids[i]
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
func (n *idNode[T]) fault(size int, least, limit *ID) string {
	switch {
	case len(n.kids) == 0 && (len(n.ids) == 0 || len(n.ids) > size || len(n.ids) != len(n.rows)):
		return "a leaf has too few or too many rows"
	case len(n.kids) > 0 && (len(n.kids) != len(n.ids)+1 || len(n.kids) > max(size, cowtree.KidsMin) || len(n.rows) > 0):
		return "a branch has too few or too many kids"
	case slices.Contains(n.rows, nil):
		return "an ID has no row"
	}
	for i, id := range n.ids {
		if i > 0 && compareIDs(n.ids[i-1], id) >= 0 {
			return "IDs are out of order"
		}
		if least != nil && compareIDs(id, *least) < 0 || limit != nil && compareIDs(id, *limit) >= 0 {
			return "an ID is on the wrong side of a bound"
		}
	}
	return ""
}
