package rowmap

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type row struct{ version int }

// numberedRow is a row of a model.
type numberedRow struct {
	number uint64
	row    *row
}

// model has rows, and what they should be.
type model struct {
	got  Rows[row]
	rows map[ID]numberedRow
}

func (m model) clone() model { return model{m.got, maps.Clone(m.rows)} }

// check compares the rows with those that they should be.
func (m model) check(t *testing.T, size int, newID func() ID, newNumber func() uint64) {
	t.Helper()
	rows := m.got
	fault := func(text string) { require.Fail(t, text) }
	rows.CheckIDs(size, fault)
	rows.CheckNumbers(fault)
	ids, numbers := map[ID]uint64{}, map[uint64]*row{}
	memory := Numbers[row]{Rows: rows}
	for id, r := range m.rows {
		ids[id], numbers[r.number] = r.number, r.row
		require.Same(t, r.row, rows.ByID(id))
		require.Same(t, r.row, memory.Get(r.number))
	}
	require.Equal(t, ids, maps.Collect(rows.AllIDs()))
	require.Equal(t, numbers, maps.Collect(rows.AllByNumber()))
	var order []uint64
	for number := range rows.AllByNumber() {
		order = append(order, number)
	}
	require.True(t, slices.IsSorted(order))
	for range 20 {
		id := newID()
		require.Equal(t, m.rows[id].row, rows.ByID(id))
		number := newNumber()
		require.Equal(t, numbers[number], memory.Get(number))
	}
}

// TestModel writes random changes, drops some of them, and compares the rows with maps, also in
// earlier states and in forks.
func TestModel(t *testing.T) {
	for _, size := range []int{1, 2, 5, 16, 40, 128} {
		for seed := range uint64(30) {
			t.Run(fmt.Sprintf("size %d, seed %d", size, seed), func(t *testing.T) {
				testModel(t, size, rand.New(rand.NewPCG(seed, uint64(size))))
			})
		}
	}
}

func testModel(t *testing.T, size int, rnd *rand.Rand) {
	newID, newNumber := idMaker(rnd), numberMaker(rnd)
	now := model{rows: map[ID]numberedRow{}}
	states := []model{now.clone()}
	for i := range 15 {
		next := now.clone()
		changes := &Changes[row]{}
		growth := rnd.IntN(4)
		for range rnd.IntN(10 * size) {
			next.change(rnd, changes, growth, newID(), newNumber(), &row{i})
		}
		next.got = next.got.Apply(size, changes)
		if rnd.IntN(4) > 0 {
			now = next
			states = append(states, now.clone())
		}
		if rnd.IntN(6) == 0 {
			now = states[rnd.IntN(len(states))].clone()
		}
	}
	for _, state := range states {
		state.check(t, size, newID, newNumber)
	}
}

// change adds a row or changes one that is there.
func (m model) change(rnd *rand.Rand, c *Changes[row], growth int, id ID, number uint64, r *row) {
	if rnd.IntN(2) == 0 {
		for known := range m.rows {
			id = known
			break
		}
	}
	old, known := m.rows[id]
	switch grows := rnd.IntN(4) < growth; {
	case known && !grows:
		c.Delete(id, old.number)
		delete(m.rows, id)
	case known:
		c.Replace(old.number, r)
		m.rows[id] = numberedRow{old.number, r}
	case grows && !m.taken(number):
		c.Add(id, number, r)
		m.rows[id] = numberedRow{number, r}
	}
}

func (m model) taken(number uint64) bool {
	for _, r := range m.rows {
		if r.number == number {
			return true
		}
	}
	return false
}

// idMaker returns a function that makes IDs: random ones, ones that ascend, or ones that are very alike.
func idMaker(rnd *rand.Rand) func() ID {
	kind, last := rnd.IntN(5), uint64(0)
	return func() (id ID) {
		switch kind {
		case 0:
			binary.BigEndian.PutUint64(id[:], rnd.Uint64())
		case 1:
			last += uint64(rnd.IntN(3))
			binary.BigEndian.PutUint64(id[:], last)
			id[15] = byte(rnd.IntN(2))
		case 2:
			id[rnd.IntN(16)] = byte(rnd.IntN(3)) << (4 * rnd.IntN(2))
		case 3:
			binary.BigEndian.PutUint64(id[8:], rnd.Uint64()) // the first half is the same
			id[rnd.IntN(2)] = 0xff
		default:
			id[3], id[8], id[15] = byte(rnd.IntN(4)), byte(rnd.IntN(8)), byte(rnd.IntN(256))
		}
		return id
	}
}

// numberMaker returns a generator of numbers: about half count up from 1, the rest are random.
func numberMaker(rnd *rand.Rand) func() uint64 {
	span, last := []uint64{10, 300, 5000, math.MaxUint64}[rnd.IntN(4)], uint64(0)
	return func() uint64 {
		if rnd.IntN(2) == 0 {
			last++
			return last
		}
		return rnd.Uint64N(span)
	}
}

// TestNewVersionsKeepIDs: a new version of a row does not copy the tree by ID.
func TestNewVersionsKeepIDs(t *testing.T) {
	changes := &Changes[row]{}
	for i := range 1000 {
		changes.Add(ID{byte(i >> 8), byte(i)}, uint64(i), &row{})
	}
	before := Rows[row]{}.Apply(64, changes)
	changes = &Changes[row]{}
	changes.Replace(17, &row{version: 1})
	after := before.Apply(64, changes)
	require.Same(t, before.ids, after.ids)
	require.Equal(t, &row{version: 1}, after.ByID(ID{0, 17}))
	require.False(t, before.Same(after))
}

// TestCheckIDs plants faults in a tree by ID.
func TestCheckIDs(t *testing.T) {
	leaf := func(highs ...uint64) *idNode {
		n := &idNode{}
		for _, high := range highs {
			n.ids = append(n.ids, numberedID{idKey: idKey{high: high}})
		}
		return n
	}
	branch := func(bounds *idNode, kids ...*idNode) *idNode { return &idNode{bounds.ids, kids} }
	for _, tc := range []struct {
		name string
		root *idNode
		want string
	}{
		{"fine", branch(leaf(3), leaf(1, 2), leaf(3, 4)), ""},
		{"empty", leaf(), "too few or too many IDs"},
		{"full", leaf(1, 2, 3, 4, 5), "too few or too many IDs"},
		{"unsorted", leaf(2, 1), "out of order"},
		{"twice", leaf(1, 1), "out of order"},
		{"at the bound", branch(leaf(2), leaf(1, 2), leaf(3)), "wrong side"},
		{"below the bound", branch(leaf(3), leaf(1), leaf(2, 4)), "wrong side"},
		{"far below a bound", branch(leaf(3), leaf(1), branch(leaf(5), leaf(2, 4), leaf(6))), "wrong side"},
		{"bounds out of order", branch(leaf(4, 3), leaf(1), leaf(4), leaf(5)), "out of order"},
		{"a kid too few", branch(leaf(3, 4), leaf(1), leaf(4)), "too few or too many kids"},
		{"too many kids", branch(leaf(2, 3, 4, 5), leaf(1), leaf(2), leaf(3), leaf(4), leaf(5)), "many kids"},
		{"heights", branch(leaf(3), leaf(1), branch(leaf(5), leaf(4), leaf(6))), "different heights"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			requireFault(t, tc.want, func(fault func(string)) { Rows[row]{ids: tc.root}.CheckIDs(4, fault) })
		})
	}
}

// TestCheckNumbers plants faults in a tree by number.
func TestCheckNumbers(t *testing.T) {
	type branch = numberBranch[row]
	leaf := &numberLeaf[row]{7: {}}
	leaves := func(list ...*numberLeaf[row]) *branch { return &branch{leaves: list} }
	for _, tc := range []struct {
		name   string
		root   *branch
		height int
		want   string
	}{
		{"fine", &branch{kids: []*branch{nil, leaves(leaf, nil, leaf)}}, 1, ""},
		{"no leaves", leaves(), 0, "too few or too many kids"},
		{"too many leaves", leaves(slices.Repeat([]*numberLeaf[row]{leaf}, leafSize+1)...), 0, "too few or too many kids"},
		{"leaves too high", leaves(leaf), 1, "too few or too many kids"},
		{
			"leaves and kids", &branch{leaves: leaves(leaf).leaves, kids: []*branch{leaves(leaf)}}, 1,
			"too few or too many kids",
		},
		{"an end without a leaf", leaves(leaf, nil), 0, "ends without a kid"},
		{"an end without a kid", &branch{kids: []*branch{leaves(leaf), nil}}, 1, "ends without a kid"},
		{"a leaf without rows", leaves(&numberLeaf[row]{}), 0, "has no rows"},
		{"a kid without leaves", &branch{kids: []*branch{leaves()}}, 1, "too few or too many kids"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			requireFault(t, tc.want, func(fault func(string)) {
				Rows[row]{numbers: numberTree[row]{tc.root, tc.height}}.CheckNumbers(fault)
			})
		})
	}
}

// requireFault requires that a check reports a fault whose text contains want, or none if that is empty.
func requireFault(t *testing.T, want string, check func(fault func(string))) {
	t.Helper()
	var found []string
	check(func(text string) { found = append(found, text) })
	if want == "" {
		require.Empty(t, found)
	} else {
		require.Contains(t, strings.Join(found, "; "), want)
	}
}
