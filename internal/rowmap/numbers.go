package rowmap

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
)

const (
	// slotsSize is the number of rows or kids that a node by number has at most.
	slotsSize = 1 << slotBits
	slotBits  = 5
)

// numberTree has rows by number. Its root has all numbers below slotsSize to the power of height+1.
type numberTree[T any] struct {
	root   *numberNode[T] // nil if the tree is empty
	height int
}

// numberNode is a part of a tree that branches by the digits of numbers in base slotsSize. It is never changed. Nodes
// of height 0 have rows, others have kids, by the digit with the value of their height. No node is empty.
type numberNode[T any] struct {
	rows slots[T]
	kids slots[numberNode[T]]
}

// slots has items by digits. It is never changed.
type slots[E any] struct {
	taken uint64 // a bit for each digit that has an item
	items []*E   // by digit
}

// digit returns a digit of a number.
func digit(number uint64, height int) uint64 { return number >> (slotBits * height) % slotsSize }

// index returns the index of a digit in items, and whether the digit has an item.
func (s *slots[E]) index(digit uint64) (int, bool) {
	bit := uint64(1) << digit
	return bits.OnesCount64(s.taken & (bit - 1)), s.taken&bit != 0
}

// get returns the item of a digit, or nil.
func (s *slots[E]) get(digit uint64) *E {
	if i, ok := s.index(digit); ok {
		return s.items[i]
	}
	return nil
}

// replace returns the slots with another item for a digit that has one.
func (s *slots[E]) replace(i int, item *E) slots[E] {
	items := slices.Clone(s.items)
	items[i] = item
	return slots[E]{s.taken, items}
}

// expand returns the items by digit.
func (s *slots[E]) expand() (all [slotsSize]*E) {
	for i, left := 0, s.taken; left != 0; i, left = i+1, left&(left-1) {
		all[bits.TrailingZeros64(left)] = s.items[i]
	}
	return all
}

// newSlots returns slots with the items that are not nil.
func newSlots[E any](all *[slotsSize]*E) (s slots[E]) {
	for i, item := range all {
		if item != nil {
			s.taken |= 1 << i
		}
	}
	s.items = make([]*E, 0, bits.OnesCount64(s.taken))
	for _, item := range all {
		if item != nil {
			s.items = append(s.items, item)
		}
	}
	return s
}

// leaf returns the node of height 0 for a number, or nil.
func (t numberTree[T]) leaf(number uint64) *numberNode[T] {
	if number>>(slotBits*(t.height+1)) > 0 {
		return nil
	}
	n := t.root
	for h := t.height; h > 0 && n != nil; h-- {
		n = n.kids.get(digit(number, h))
	}
	return n
}

// Numbers looks up rows by number. It remembers where it read last, so numbers that follow each other are fast. It is
// not safe for concurrent use.
type Numbers[T any] struct {
	Rows Rows[T]

	last uint64 // 1 + the number of slots, divided by slotsSize
	leaf *numberNode[T]
}

// Get returns the row of a number, or nil.
func (n *Numbers[T]) Get(number uint64) *T {
	if at := number>>slotBits + 1; at != n.last {
		n.last, n.leaf = at, n.Rows.trees.numbers.leaf(number)
	}
	if n.leaf == nil {
		return nil
	}
	return n.leaf.rows.get(digit(number, 0))
}

// NumberChange is the new row of a number, nil to delete it.
type NumberChange[T any] struct {
	Number uint64
	Row    *T
}

// planNumbers returns the tree with the changes.
func planNumbers[T any](t numberTree[T], changes []NumberChange[T]) numberTree[T] {
	slices.SortStableFunc(changes, func(a, b NumberChange[T]) int { return cmp.Compare(a.Number, b.Number) })
	for changes[len(changes)-1].Number>>(slotBits*(t.height+1)) > 0 {
		if t.height++; t.root != nil {
			t.root = &numberNode[T]{kids: slots[numberNode[T]]{1, []*numberNode[T]{t.root}}}
		}
	}
	if t.root = t.root.merge(changes, t.height); t.root == nil {
		return numberTree[T]{}
	}
	return t
}

// merge returns the node that takes the place of n, which can be nil, with the changes, nil if no row is left. The
// changes must be sorted.
func (n *numberNode[T]) merge(changes []NumberChange[T], height int) *numberNode[T] {
	if n == nil {
		n = &numberNode[T]{}
	}
	if height == 0 {
		return n.mergeLeaf(changes)
	}
	if first := digit(changes[0].Number, height); first == digit(changes[len(changes)-1].Number, height) {
		if i, ok := n.kids.index(first); ok {
			if kid := n.kids.items[i].merge(changes, height-1); kid != nil {
				return &numberNode[T]{kids: n.kids.replace(i, kid)}
			}
		}
	}
	kids := n.kids.expand()
	for len(changes) > 0 {
		at, end := digit(changes[0].Number, height), 1
		for end < len(changes) && digit(changes[end].Number, height) == at {
			end++
		}
		kids[at] = kids[at].merge(changes[:end], height-1)
		changes = changes[end:]
	}
	if next := newSlots(&kids); next.taken != 0 {
		return &numberNode[T]{kids: next}
	}
	return nil
}

func (n *numberNode[T]) mergeLeaf(changes []NumberChange[T]) *numberNode[T] {
	if c := changes[0]; len(changes) == 1 && c.Row != nil {
		if i, ok := n.rows.index(digit(c.Number, 0)); ok {
			return &numberNode[T]{rows: n.rows.replace(i, c.Row)}
		}
	}
	rows := n.rows.expand()
	for _, c := range changes {
		rows[digit(c.Number, 0)] = c.Row
	}
	if next := newSlots(&rows); next.taken != 0 {
		return &numberNode[T]{rows: next}
	}
	return nil
}

// AllByNumber yields the rows, and their numbers, in the order of the numbers.
func (r Rows[T]) AllByNumber() iter.Seq2[uint64, *T] {
	return func(yield func(uint64, *T) bool) {
		if root := r.trees.numbers.root; root != nil {
			root.all(0, yield)
		}
	}
}

// all yields the rows, and reports whether yield wants more. The numbers begin with the digits of above.
func (n *numberNode[T]) all(above uint64, yield func(uint64, *T) bool) bool {
	above <<= slotBits
	for i, left := 0, n.rows.taken; left != 0; i, left = i+1, left&(left-1) {
		if !yield(above+uint64(bits.TrailingZeros64(left)), n.rows.items[i]) {
			return false
		}
	}
	for i, left := 0, n.kids.taken; left != 0; i, left = i+1, left&(left-1) {
		if !n.kids.items[i].all(above+uint64(bits.TrailingZeros64(left)), yield) {
			return false
		}
	}
	return true
}

// CheckNumbers reports what is wrong with the rows by number: nodes without any rows or kids, with both, or with others
// than their bits say, and nodes of other heights than the tree.
func (r Rows[T]) CheckNumbers(fault func(text string)) {
	if t := r.trees.numbers; t.root != nil {
		t.root.check(t.height, fault)
	}
}

func (n *numberNode[T]) check(height int, fault func(text string)) {
	used, other := len(n.rows.items), len(n.kids.items)
	if height > 0 {
		used, other = other, used
	}
	switch {
	case used == 0 || other > 0 || used != bits.OnesCount64(n.rows.taken|n.kids.taken):
		fault("slots have too few or too many rows")
	case slices.Contains(n.rows.items, nil) || slices.Contains(n.kids.items, nil):
		fault("a number has no row")
	}
	for _, kid := range n.kids.items {
		if kid != nil && height > 0 {
			kid.check(height-1, fault)
		}
	}
}
