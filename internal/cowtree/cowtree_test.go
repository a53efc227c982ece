package cowtree

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShare(t *testing.T) {
	for _, tc := range []struct {
		n, size int
		grows   bool
		want    int
	}{
		{0, 8, false, 0}, {8, 8, false, 8}, {8, 8, true, 8}, // they fit
		{9, 8, false, 5}, {17, 8, false, 6}, {16, 8, false, 6}, // in equal parts
		{9, 8, true, 7}, {100, 64, true, 56}, {2, 1, true, 1}, // almost full
	} {
		require.Equal(t, tc.want, Share(tc.n, tc.size, tc.grows), "%+v", tc)
	}
	for size := 1; size < 20; size++ { // every part fits, and no part is empty
		for n := 1; n < 200; n++ {
			for _, grows := range []bool{false, true} {
				for left := n; left > 0; {
					part := Share(left, size, grows)
					require.True(t, 0 < part && part <= size, "%d of %d", part, size)
					left -= part
				}
			}
		}
	}
}

func TestLastOfEach(t *testing.T) {
	type change struct{ key, number int }
	for _, tc := range []struct{ sorted, want []change }{
		{nil, nil},
		{[]change{{1, 1}}, []change{{1, 1}}},
		{[]change{{1, 1}, {1, 3}, {2, 2}, {3, 4}, {3, 5}}, []change{{1, 3}, {2, 2}, {3, 5}}},
	} {
		kept := LastOfEach(tc.sorted, func(a, b change) int { return cmp.Compare(a.key, b.key) })
		require.Equal(t, tc.want, kept)
		for _, left := range tc.sorted[len(kept):] {
			require.Zero(t, left)
		}
	}
}

// branch is a node whose name is its own or that of all of its kids.
type branch struct {
	name string
	kids []*branch
}

func leafs(names ...string) (list []*branch) {
	for _, name := range names {
		if name == "" {
			list = append(list, nil)
		} else {
			list = append(list, &branch{name: name})
		}
	}
	return list
}

func TestSpread(t *testing.T) {
	kids := leafs("a", "", "d", "")
	split := leafs("b", "c")
	pieces := map[int][]Piece[int, branch]{1: {{Bound: -1, Node: split[0]}, {Bound: 15, Node: split[1]}}, 3: nil}
	got := Spread(kids, pieces, func(kid int) int { return 10 * kid })
	require.Equal(t, []Piece[int, branch]{{0, kids[0]}, {10, split[0]}, {15, split[1]}, {20, kids[2]}}, got)
}

func TestRoot(t *testing.T) {
	join := func(pieces []Piece[int, branch]) (*branch, []Piece[int, branch]) {
		var joined []Piece[int, branch]
		for len(pieces) > 0 {
			n := Share(len(pieces), 2, false)
			b := &branch{}
			for _, p := range pieces[:n] {
				b.kids, b.name = append(b.kids, p.Node), b.name+p.Node.name
			}
			joined, pieces = append(joined, Piece[int, branch]{pieces[0].Bound, b}), pieces[n:]
		}
		return Single(joined)
	}
	root := func(node *branch, names ...string) *branch {
		var pieces []Piece[int, branch]
		for i, leaf := range leafs(names...) {
			pieces = append(pieces, Piece[int, branch]{i, leaf})
		}
		return Root(node, pieces, join, func(b *branch) []*branch { return b.kids })
	}
	require.Nil(t, root(nil))
	only := leafs("a")
	require.Same(t, only[0], root(only[0]))
	require.Same(t, only[0], root(&branch{kids: []*branch{{kids: only}}}), "branches with one kid are dropped")
	grown := root(nil, "a", "b", "c", "d", "e")
	require.Equal(t, "abcde", grown.name)
	require.Len(t, grown.kids, 2)
}
