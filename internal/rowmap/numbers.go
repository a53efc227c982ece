package rowmap

import (
	"cmp"
	"iter"
)

const (
	// leafSize is the number of rows that a leaf by number has at most, and of kids that a branch has at most.
	leafSize = 1 << leafBits
	leafBits = 6
)

// numberTree has rows by number. It branches by the digits of numbers in base leafSize, and is never changed. Its root
// has all numbers below leafSize to the power of height+2.
type numberTree[T any] struct {
	root   *numberBranch[T] // nil if the tree is empty
	height int
}

// numberLeaf has the rows whose numbers differ only in their last digit, by that digit.
type numberLeaf[T any] [leafSize]*T

// numberBranch has its kids by the digit with the value of its height, up to the last one that there is. They are
// leaves at height 0, and else branches. No kid is empty.
type numberBranch[T any] struct {
	leaves []*numberLeaf[T]
	kids   []*numberBranch[T]
}

// digit returns the digit of a number that has so many behind it.
func digit(number uint64, behind int) int { return int(number >> (leafBits * behind) % leafSize) }

// kidAt returns the kid at i, which may be behind the last one, or nil.
func kidAt[E any](kids []*E, i int) *E {
	if i < len(kids) {
		return kids[i]
	}
	return nil
}

// get returns the row of a number, or nil. l can be nil.
func (l *numberLeaf[T]) get(number uint64) *T {
	if l == nil {
		return nil
	}
	return l[digit(number, 0)]
}

// covers reports whether the root has a place for a number.
func (t numberTree[T]) covers(number uint64) bool { return number>>(leafBits*(t.height+2)) == 0 }

// leaf returns the leaf for a number, or nil.
func (t numberTree[T]) leaf(number uint64) *numberLeaf[T] {
	if !t.covers(number) {
		return nil
	}
	n := t.root
	for h := t.height; h > 0 && n != nil; h-- {
		n = kidAt(n.kids, digit(number, h+1))
	}
	if n == nil {
		return nil
	}
	return kidAt(n.leaves, digit(number, 1))
}

// get returns the row of a number, or nil.
func (t numberTree[T]) get(number uint64) *T { return t.leaf(number).get(number) }

// Numbers looks up rows by number. It remembers where it read last, so numbers that follow each other are fast. It is
// not safe for concurrent use.
type Numbers[T any] struct {
	Rows Rows[T]

	last uint64 // 1 + the number of a row in leaf, divided by leafSize
	leaf *numberLeaf[T]
}

// Get returns the row of a number, or nil.
func (n *Numbers[T]) Get(number uint64) *T {
	if at := number>>leafBits + 1; at != n.last {
		n.last, n.leaf = at, n.Rows.numbers.leaf(number)
	}
	return n.leaf.get(number)
}

// numberChange is the new row of a number, nil to delete it.
type numberChange[T any] struct {
	number uint64
	row    *T
}

// planNumbers returns the tree with the changes, which it sorts.
func planNumbers[T any](t numberTree[T], changes []numberChange[T]) numberTree[T] {
	changes = settle(changes, func(a, b numberChange[T]) int { return cmp.Compare(a.number, b.number) })
	for !t.covers(changes[len(changes)-1].number) {
		if t.height++; t.root != nil {
			t.root = &numberBranch[T]{kids: []*numberBranch[T]{t.root}}
		}
	}
	if t.root = t.root.merge(changes, t.height); t.root == nil {
		return numberTree[T]{}
	}
	return t
}

// merge returns the branch that takes the place of n, which can be nil, with the changes, nil if no row is left. The
// changes must be sorted.
func (n *numberBranch[T]) merge(changes []numberChange[T], height int) *numberBranch[T] {
	if n == nil {
		n = &numberBranch[T]{}
	}
	next := &numberBranch[T]{}
	if height == 0 {
		next.leaves = mergeKids(n.leaves, changes, height, (*numberLeaf[T]).merge)
	} else {
		next.kids = mergeKids(n.kids, changes, height, (*numberBranch[T]).merge)
	}
	if len(next.leaves)+len(next.kids) == 0 {
		return nil
	}
	return next
}

// mergeKids returns the kids of a branch of some height with the changes, none if no row is left. merge is that of a
// kid.
func mergeKids[E, T any](
	kids []*E, changes []numberChange[T], height int, merge func(*E, []numberChange[T], int) *E,
) []*E {
	last := digit(changes[len(changes)-1].number, height+1)
	next := make([]*E, max(len(kids), last+1))
	copy(next, kids)
	for len(changes) > 0 {
		i, end := digit(changes[0].number, height+1), 1
		for end < len(changes) && digit(changes[end].number, height+1) == i {
			end++
		}
		next[i] = merge(next[i], changes[:end], height-1)
		changes = changes[end:]
	}
	for len(next) > 0 && next[len(next)-1] == nil {
		next = next[:len(next)-1]
	}
	return next
}

// merge is numberBranch.merge for a leaf.
func (l *numberLeaf[T]) merge(changes []numberChange[T], _ int) *numberLeaf[T] {
	next := &numberLeaf[T]{}
	if l != nil {
		*next = *l
	}
	for _, c := range changes {
		next[digit(c.number, 0)] = c.row
	}
	if *next == (numberLeaf[T]{}) {
		return nil
	}
	return next
}

// AllByNumber yields the rows, and their numbers, in the order of the numbers.
func (r Rows[T]) AllByNumber() iter.Seq2[uint64, *T] {
	return func(yield func(uint64, *T) bool) {
		if root := r.numbers.root; root != nil {
			root.all(0, yield)
		}
	}
}

// all yields the rows, and reports whether yield wants more. The numbers begin with the digits of above.
func (n *numberBranch[T]) all(above uint64, yield func(uint64, *T) bool) bool {
	above <<= leafBits
	for i, kid := range n.kids {
		if kid != nil && !kid.all(above+uint64(i), yield) {
			return false
		}
	}
	for i, leaf := range n.leaves {
		if leaf == nil {
			continue
		}
		for j, row := range leaf {
			if row != nil && !yield((above+uint64(i))<<leafBits+uint64(j), row) {
				return false
			}
		}
	}
	return true
}

// CheckNumbers reports what is wrong with the tree by number: branches without kids, or with others than those of their
// height, and leaves without rows.
func (r Rows[T]) CheckNumbers(fault func(text string)) {
	if t := r.numbers; t.root != nil {
		t.root.check(t.height, fault)
	}
}

func (n *numberBranch[T]) check(height int, fault func(text string)) {
	used, other := len(n.leaves), len(n.kids)
	if height > 0 {
		used, other = other, used
	}
	if used == 0 || used > leafSize || other > 0 {
		fault("a branch by number has too few or too many kids")
		return
	}
	if kidAt(n.leaves, used-1) == nil && kidAt(n.kids, used-1) == nil {
		fault("a branch by number ends without a kid")
	}
	for _, leaf := range n.leaves {
		if leaf != nil && *leaf == (numberLeaf[T]{}) {
			fault("a leaf by number has no rows")
		}
	}
	for _, kid := range n.kids {
		if kid != nil {
			kid.check(height-1, fault)
		}
	}
}
