package keyset

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// model has trees and, for each set, the keys that it should have.
type model struct {
	trees Trees
	keys  map[Set]map[string]bool
}

func (m model) clone() model {
	c := model{m.trees, map[Set]map[string]bool{}}
	for set, keys := range m.keys {
		c.keys[set] = maps.Clone(keys)
	}
	return c
}

// apply applies changes, and requires that those trees are new which are said to be.
func (m *model) apply(t *testing.T, c *Changes, size int) {
	t.Helper()
	before := m.trees
	all, changed := c.Apply(before, size)
	for _, tree := range all {
		require.Equal(t, !slices.Contains(before, tree), slices.Contains(changed, tree))
	}
	m.trees = all
}

// check compares ranges of a reader with the keys.
func (m model) check(t *testing.T, r Reader, rnd *rand.Rand, randomKey func() []byte, n int) {
	t.Helper()
	for set, keys := range m.keys {
		sorted := slices.Sorted(maps.Keys(keys))
		for i := range n {
			var from, to []byte
			if i > 0 && rnd.IntN(4) > 0 {
				from = randomKey()
			}
			if i > 0 && rnd.IntN(4) > 0 {
				to = randomKey()
			}
			want := slices.DeleteFunc(slices.Clone(sorted), func(key string) bool {
				return key < string(from) || to != nil && key >= string(to)
			})
			got := []string{}
			for it := r.Range(set, from, to, false); it.Next(); {
				got = append(got, string(it.Key()))
			}
			require.True(t, slices.Equal(want, got), "%d from %q to %q: %q, %q", set, from, to, want, got)
			got = got[:0]
			for it := r.Range(set, from, to, true); it.Next(); {
				got = append(got, string(it.Key()))
			}
			slices.Reverse(got)
			require.True(t, slices.Equal(want, got), "%d backwards from %q to %q: %q, %q", set, from, to, want, got)
			for _, backwards := range []bool{false, true} {
				it, rest := r.Range(set, from, to, backwards), slices.Clone(want)
				if backwards {
					slices.Reverse(rest)
				}
				for len(rest) > 0 && rnd.IntN(3) > 0 {
					if rnd.IntN(2) == 0 {
						require.True(t, it.Next())
						require.Equal(t, rest[0], string(it.Key()))
						rest = rest[1:]
						continue
					}
					n := min(rnd.IntN(len(rest)+2), len(rest))
					require.Equal(t, n, it.Skip(n))
					rest = rest[n:]
				}
				require.Equal(t, len(rest), it.Skip(len(rest)+rnd.IntN(3)), "%d skip from %q to %q", set, from, to)
				require.False(t, it.Next())
			}
		}
	}
}

func (m model) checkBlocks(t *testing.T, size int) {
	t.Helper()
	m.trees.Check(size, slices.Collect(maps.Keys(m.keys)), func(set Set, text string) {
		require.Fail(t, text, "set %d", set)
	})
}

// TestModel writes random changes, many or few at a time, drops some of them, and compares what a
// reader finds with maps: within the write, after it, and in earlier states, which must stay as they were.
func TestModel(t *testing.T) {
	for _, size := range []int{1, 2, 3, 7, 64} {
		for seed := range uint64(40) {
			t.Run(fmt.Sprintf("size %d, seed %d", size, seed), func(t *testing.T) {
				testModel(t, size, rand.New(rand.NewPCG(seed, uint64(size))))
			})
		}
	}
}

func testModel(t *testing.T, size int, rnd *rand.Rand) {
	sets := []Set{'e', 'f', 254}[:1+rnd.IntN(3)]
	now := model{keys: map[Set]map[string]bool{}}
	for _, set := range sets {
		now.keys[set] = map[string]bool{}
	}
	randomKey := keyMaker(rnd, size)
	states := []model{now.clone()}
	for range 12 {
		next := now.clone()
		changes := &Changes{}
		growth := rnd.IntN(3) // shrinks, changes, grows
		for range rnd.IntN(1 + rnd.IntN(6*size)) {
			set := sets[rnd.IntN(len(sets))]
			key := randomKey()
			if rnd.IntN(4) <= growth {
				changes.Add(set, key)
				next.keys[set][string(key)] = true
			} else {
				for k := range next.keys[set] {
					if rnd.IntN(3) > 0 {
						key = []byte(k)
					}
					break
				}
				changes.Remove(set, key)
				delete(next.keys[set], string(key))
			}
			clear(key) // it was copied
			if rnd.IntN(10) == 0 {
				next.check(t, Reader{next.trees, changes}, rnd, randomKey, 2)
			}
			if rnd.IntN(40) == 0 {
				next.apply(t, changes, size)
			}
		}
		next.check(t, Reader{next.trees, changes}, rnd, randomKey, 4)
		if rnd.IntN(4) > 0 {
			next.apply(t, changes, size)
			require.Zero(t, changes.Len())
			now = next
			states = append(states, now.clone())
		}
		if rnd.IntN(6) == 0 {
			now = states[rnd.IntN(len(states))].clone() // a fork
		}
	}
	for _, state := range states {
		state.check(t, Reader{Trees: state.trees}, rnd, randomKey, 6)
		state.checkBlocks(t, size)
	}
}

// keyMaker returns a function that makes keys that are alike: some ascend, some share long beginnings, some are
// beginnings of others.
func keyMaker(rnd *rand.Rand, size int) func() []byte {
	kind, last := rnd.IntN(4), 0
	return func() []byte {
		switch kind {
		case 0:
			last++
			return fmt.Appendf(nil, "%06d", last-rnd.IntN(2)*rnd.IntN(last))
		case 1:
			return fmt.Appendf(nil, "same beginning %d", rnd.IntN(8*size))
		case 2:
			return bytes.Repeat([]byte{"\x00a\xff"[rnd.IntN(3)]}, rnd.IntN(8))
		default:
			key := make([]byte, rnd.IntN(6))
			for i := range key {
				key[i] = "\x00ab\xfe\xff"[rnd.IntN(5)]
			}
			return key
		}
	}
}

func TestRangeReadsLittle(t *testing.T) {
	changes := &Changes{}
	for i := range 10_000 {
		changes.Add(1, fmt.Appendf(nil, "%06d", i))
	}
	trees, _ := changes.Apply(nil, 64)
	r := Reader{Trees: trees}
	for _, backwards := range []bool{false, true} {
		it := r.Range(1, []byte("004000"), nil, backwards)
		allocs := testing.AllocsPerRun(100, func() { require.True(t, it.Next()) })
		require.Less(t, allocs, 2.0)
	}
}

func TestAscendingKeysFillBlocks(t *testing.T) {
	var trees Trees
	for i := range 1000 { // a write each
		changes := &Changes{}
		changes.Add(1, fmt.Appendf(nil, "%06d", i))
		trees, _ = changes.Apply(trees, 64)
	}
	require.LessOrEqual(t, leavesOf(trees.of(1)), 1000/56+1)
}

func leavesOf(root *node) int {
	var count func(n *node) int
	count = func(n *node) int {
		leaves := 1
		for i, kid := range n.kids {
			if i == 0 {
				leaves = 0
			}
			leaves += count(kid)
		}
		return leaves
	}
	return count(root)
}

func TestLongKeys(t *testing.T) {
	m := model{keys: map[Set]map[string]bool{1: {}}}
	changes := &Changes{}
	for i := range 100 { // 64 of them would be too many bytes for the ends in a block
		key := strings.Repeat(fmt.Sprintf("%03d", i), 700)
		m.keys[1][key] = true
		changes.Add(1, []byte(key))
	}
	m.apply(t, changes, 64)
	rnd := rand.New(rand.NewPCG(1, 1))
	randomKey := func() []byte { return fmt.Appendf(nil, "%03d", rnd.IntN(100)) }
	m.check(t, Reader{Trees: m.trees}, rnd, randomKey, 20)
	m.checkBlocks(t, 64)
	changes.Add(1, make([]byte, keyMax+1))
	require.Panics(t, func() { changes.Apply(m.trees, 64) })
}

func TestUnchangedTreesStay(t *testing.T) {
	changes := &Changes{}
	changes.Add(1, []byte("a"))
	before, _ := changes.Apply(nil, 64)
	changes.Add(1, []byte("a"))
	changes.Remove(1, []byte("b"))
	changes.Add(1, []byte("c"))
	changes.Remove(1, []byte("c"))
	changes.Remove(2, []byte("a"))
	after, changed := changes.Apply(before, 64)
	require.Equal(t, before, after)
	require.Same(t, before[0], after[0])
	require.Empty(t, changed)
}

func TestCheck(t *testing.T) {
	leaf := func(text string) *node { return &node{block: newBlock(bytes.Fields([]byte(text)))} }
	branch := func(bounds string, kids ...*node) *node { return &node{newBlock(bytes.Fields([]byte(bounds))), kids} }
	for _, tc := range []struct {
		name string
		root *node
		want string
	}{
		{"fine", branch("c", leaf("a b"), leaf("c d")), ""},
		{"empty", leaf(""), "too few or too many keys"},
		{"full", leaf("a b c d e"), "too few or too many keys"},
		{"unsorted", leaf("b a"), "out of order"},
		{"twice", leaf("a a"), "out of order"},
		{"at the bound", branch("b", leaf("a b"), leaf("c")), "wrong side"},
		{"below the bound", branch("c", leaf("a"), leaf("b d")), "wrong side"},
		{"far below a bound", branch("c", leaf("a"), branch("e", leaf("b d"), leaf("f"))), "wrong side"},
		{"a bound beyond a bound", branch("c", leaf("a"), branch("b", leaf("d"), leaf("e"))), "wrong side"},
		{"bounds out of order", branch("d c", leaf("a"), leaf("d"), leaf("e")), "out of order"},
		{"a kid too few", branch("c d", leaf("a"), leaf("d")), "too few or too many kids"},
		{"too many kids", branch("b c d e", leaf("a"), leaf("b"), leaf("c"), leaf("d"), leaf("e")), "many kids"},
		{"heights", branch("c", leaf("a"), branch("e", leaf("d"), leaf("f"))), "different heights"},
	} {
		t.Run(tc.name, func(t *testing.T) { checkTrees(t, Trees{{1, tc.root}}, tc.want) })
	}
	checkTrees(t, Trees{{3, leaf("a")}}, "no such set")
	checkTrees(t, Trees{{1, leaf("a")}, {1, leaf("b")}}, "no such set")
	checkTrees(t, Trees{{1, nil}}, "")
}

func checkTrees(t *testing.T, trees Trees, want string) {
	t.Helper()
	var found []string
	trees.Check(4, []Set{1}, func(_ Set, text string) { found = append(found, text) })
	if want == "" {
		require.Empty(t, found)
	} else {
		require.Contains(t, strings.Join(found, "; "), want)
	}
}

// FuzzBlock compares a block with the slice that it was made from.
func FuzzBlock(f *testing.F) {
	f.Add([]byte("a b ab abc \x00 \xff"), []byte("ab"))
	f.Fuzz(func(t *testing.T, text, key []byte) {
		keys := bytes.Split(text[:min(len(text), bytesMax)], []byte(" "))
		slices.SortFunc(keys, bytes.Compare)
		keys = slices.CompactFunc(keys, bytes.Equal)
		b := newBlock(keys)
		require.Equal(t, len(keys), b.len())
		for i := range keys {
			require.Equal(t, string(keys[i]), string(b.appendKey(nil, i)))
			require.Equal(t, i, b.search(keys[i]))
		}
		at, has := slices.BinarySearchFunc(keys, key, bytes.Compare)
		require.Equal(t, at, b.search(key))
		require.Equal(t, has, b.has(at, key))
		for i := range keys {
			require.Equal(t, bytes.Compare(keys[i], key), b.compare(i, key))
		}
		if has {
			at++
		}
		require.Equal(t, at, b.above(key))
		if i := len(keys) / 2; i > 0 {
			bound := boundBetween(keys[i-1], keys[i])
			require.Negative(t, bytes.Compare(keys[i-1], bound))
			require.LessOrEqual(t, bytes.Compare(bound, keys[i]), 0)
		}
	})
}
