package keyset

import (
	"bytes"
	"cmp"
	"slices"
	"sort"

	"github.com/contactsdb/contacts/internal/cowtree"
)

// Changes are the keys that a write adds and removes. The zero value has none. They are not safe for concurrent use.
type Changes struct {
	sets []*setChanges // sorted
	text []byte        // memory for keys
	n    int
}

// edit adds or removes a key.
type edit struct {
	key     []byte
	removed bool
	number  uint32 // in the order of the calls
}

// setChanges are the changes of a set. Of several edits of a key the last one counts.
type setChanges struct {
	set    Set
	list   []edit
	sorted int // so many at the beginning of list are sorted and have no key twice
}

// Add adds a key, which it copies. It does nothing if the set has the key.
func (c *Changes) Add(set Set, key []byte) { c.note(set, c.copy(key), false) }

// Remove removes a key. It does nothing if the set lacks it.
func (c *Changes) Remove(set Set, key []byte) { c.note(set, c.copy(key), true) }

// Len returns the number of calls of Add and Remove.
func (c *Changes) Len() int { return c.n }

func (c *Changes) note(set Set, key []byte, removed bool) {
	i := sort.Search(len(c.sets), func(i int) bool { return c.sets[i].set >= set })
	if i == len(c.sets) || c.sets[i].set != set {
		c.sets = slices.Insert(c.sets, i, &setChanges{set: set, list: make([]edit, 0, 4)})
	}
	c.sets[i].list = append(c.sets[i].list, edit{key, removed, uint32(c.n)})
	c.n++
}

// copy returns a copy of a key in memory that keys share.
func (c *Changes) copy(key []byte) []byte {
	if cap(c.text)-len(c.text) < len(key) {
		const most = 1 << 16
		c.text = make([]byte, 0, max(len(key), min(most, max(256, 2*cap(c.text)))))
	}
	start := len(c.text)
	c.text = append(c.text, key...)
	return c.text[start:len(c.text):len(c.text)]
}

// settle sorts the list.
func (s *setChanges) settle() {
	tail := s.list[s.sorted:]
	switch {
	case len(tail) == 0:
		return
	case len(tail)*8 < s.sorted: // a few at a time, read in between
		tail = slices.Clone(tail)
		s.list = s.list[:s.sorted]
		for _, e := range tail {
			if i, ok := slices.BinarySearchFunc(s.list, e, edit.compare); ok {
				s.list[i] = e
			} else {
				s.list = slices.Insert(s.list, i, e)
			}
		}
	default:
		slices.SortFunc(s.list, func(a, b edit) int { return cmp.Or(a.compare(b), cmp.Compare(a.number, b.number)) })
		s.list = cowtree.LastOfEach(s.list, edit.compare)
	}
	s.sorted = len(s.list)
}

func (e edit) compare(o edit) int { return bytes.Compare(e.key, o.key) }

// within returns the edits of a set in a range, sorted.
func (c *Changes) within(set Set, from, to []byte) []edit {
	if c == nil {
		return nil
	}
	for _, s := range c.sets {
		if s.set == set {
			s.settle()
			end := len(s.list)
			if to != nil {
				end, _ = slices.BinarySearchFunc(s.list, edit{key: to}, edit.compare)
			}
			low, _ := slices.BinarySearchFunc(s.list[:end], edit{key: from}, edit.compare)
			return s.list[low:end]
		}
	}
	return nil
}

// Apply returns the trees with the changes, in blocks of at most size keys, and those trees among them that are new. It
// forgets the changes.
func (c *Changes) Apply(trees Trees, size int) (all, changed Trees) {
	m := mergers.Get().(*merger)
	defer m.release()
	all = trees
	for _, s := range c.sets {
		s.settle()
		before := trees.of(s.set)
		after := m.apply(before, s.list, size)
		if after == before {
			continue
		}
		if changed == nil {
			all, changed = slices.Clone(trees), make(Trees, 0, len(c.sets))
		}
		t := &Tree{s.set, after}
		all, changed = all.with(t), append(changed, t)
	}
	*c = Changes{}
	return all, changed
}

// with puts a tree in the place of that of the same set, or adds it.
func (ts Trees) with(t *Tree) Trees {
	i, ok := slices.BinarySearchFunc(ts, t.Set, func(t *Tree, set Set) int { return cmp.Compare(t.Set, set) })
	if !ok {
		return slices.Insert(ts, i, t)
	}
	ts[i] = t
	return ts
}
