// Package cowtree has what the copy-on-write B+trees of the packages keyset and rowmap share: how nodes are split, how
// the parts of a node that was split take its place, and which of several changes counts. The trees differ in their
// keys and leaves.
package cowtree

// KidsMin is how many kids a branch has room for at least, whatever the size of leaves.
const KidsMin = 4

// Share returns how many of n items a node of at most size items gets. Nodes are about half full after a split, so that
// items can be added anywhere, but almost full if the items grow at the end, as they do in the order of creation.
func Share(n, size int, grows bool) int {
	switch {
	case n <= size:
		return n
	case grows:
		return max(1, size*7/8)
	default:
		return (n + n/size) / (n/size + 1) // in equal parts
	}
}

// LastOfEach returns the last of the items that are equal, for each of them. The items must be sorted. It uses their
// memory, and clears what is left of it.
func LastOfEach[E any](sorted []E, compare func(a, b E) int) []E {
	kept := sorted[:0]
	for i, e := range sorted {
		if i+1 == len(sorted) || compare(e, sorted[i+1]) != 0 {
			kept = append(kept, e)
		}
	}
	clear(sorted[len(kept):])
	return kept
}

// Piece is a node, and the bound on its left; that of the first piece does not count.
type Piece[B, N any] struct {
	Bound B
	Node  *N
}

// Single returns the node of a single piece, or else the pieces.
func Single[B, N any](pieces []Piece[B, N]) (*N, []Piece[B, N]) {
	if len(pieces) == 1 {
		return pieces[0].Node, nil
	}
	return nil, pieces
}

// Spread returns the kids of a branch as pieces. In place of a kid that is nil there are its pieces, none if it has
// none. bound returns the bound between the kid at an index, which is not 0, and the one before.
func Spread[B, N any](kids []*N, pieces map[int][]Piece[B, N], bound func(kid int) B) []Piece[B, N] {
	all := make([]Piece[B, N], 0, len(kids)+len(pieces))
	for i, kid := range kids {
		var left B
		if i > 0 {
			left = bound(i)
		}
		if kid != nil {
			all = append(all, Piece[B, N]{left, kid})
		} else if several := pieces[i]; len(several) > 0 {
			several[0].Bound = left
			all = append(all, several...)
		}
	}
	return all
}

// Root returns the root of a tree whose root became node or, if that is nil, pieces. join returns the branches that
// have pieces as their kids, kids the kids of a node. The result is nil if there are no pieces.
func Root[B, N any](
	node *N, pieces []Piece[B, N], join func([]Piece[B, N]) (*N, []Piece[B, N]), kids func(*N) []*N,
) *N {
	for len(pieces) > 0 {
		node, pieces = join(pieces)
	}
	for node != nil && len(kids(node)) == 1 {
		node = kids(node)[0]
	}
	return node
}
