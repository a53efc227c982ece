package keyset

import (
	"bytes"
	"cmp"
	"slices"
	"sort"
	"sync"

	"github.com/contactsdb/contacts/internal/cowtree"
)

// Changes are the keys that a write adds and removes. The zero value has none. They are not safe for concurrent use.
type Changes struct {
	m *memory // nil until the first change
}

// memory is the memory of changes. Most writes change a few keys, so the next write uses it again.
type memory struct {
	sets []*setChanges // sorted; those of earlier writes are empty
	text []byte        // for keys
	n    int
}

var memories = sync.Pool{New: func() any { return &memory{} }}

// release gives memory back for later use, without the changes.
func (m *memory) release() {
	const most = 1 << 14 // changes, so that a load leaves no large lists behind
	if m.n > most {
		return
	}
	for _, s := range m.sets {
		clear(s.list) // its keys can be in other memory than text
		s.list, s.sorted = s.list[:0], 0
	}
	m.text, m.n = m.text[:0], 0
	memories.Put(m)
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
func (c *Changes) Add(set Set, key []byte) { c.note(set, key, false) }

// Remove removes a key. It does nothing if the set lacks it.
func (c *Changes) Remove(set Set, key []byte) { c.note(set, key, true) }

// Len returns the number of calls of Add and Remove.
func (c *Changes) Len() int {
	if c.m == nil {
		return 0
	}
	return c.m.n
}

func (c *Changes) note(set Set, key []byte, removed bool) {
	if c.m == nil {
		c.m = memories.Get().(*memory)
	}
	m := c.m
	i := sort.Search(len(m.sets), func(i int) bool { return m.sets[i].set >= set })
	if i == len(m.sets) || m.sets[i].set != set {
		m.sets = slices.Insert(m.sets, i, &setChanges{set: set, list: make([]edit, 0, 4)})
	}
	m.sets[i].list = append(m.sets[i].list, edit{m.copy(key), removed, uint32(m.n)})
	m.n++
}

// copy returns a copy of a key in memory that keys share.
func (m *memory) copy(key []byte) []byte {
	if cap(m.text)-len(m.text) < len(key) {
		const most = 1 << 16
		m.text = make([]byte, 0, max(len(key), min(most, max(256, 2*cap(m.text)))))
	}
	start := len(m.text)
	m.text = append(m.text, key...)
	return m.text[start:len(m.text):len(m.text)]
}

// settle sorts the list.
func (s *setChanges) settle() {
	tail := s.list[s.sorted:]
	switch {
	case len(tail) == 0:
		return
	case len(tail)*8 < s.sorted: // a few at a time, read in between
		tail = slices.Clone(tail)
		clear(s.list[s.sorted:])
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
	if c == nil || c.m == nil {
		return nil
	}
	for _, s := range c.m.sets {
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
// forgets the changes, and gives their memory back.
func (c *Changes) Apply(trees Trees, size int) (all, changed Trees) {
	if c.m == nil {
		return trees, nil
	}
	made := c.m
	*c = Changes{}
	defer made.release()
	m := mergers.Get().(*merger)
	defer m.release()
	all = trees
	for _, s := range made.sets {
		if len(s.list) == 0 {
			continue
		}
		s.settle()
		before := trees.of(s.set)
		after := m.apply(before, s.list, size)
		if after == before {
			continue
		}
		if changed == nil {
			all, changed = slices.Clone(trees), make(Trees, 0, len(made.sets))
		}
		t := &Tree{s.set, after}
		all, changed = all.with(t), append(changed, t)
	}
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
