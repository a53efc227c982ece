package keyset

import (
	"bytes"
	"slices"
	"sort"

	"github.com/hashicorp/go-memdb"
)

// Changes are the keys that a write transaction adds and removes. The zero value has none. They are not safe for
// concurrent use.
type Changes struct {
	sets []*setChanges // sorted
	text []byte        // memory for keys
	n    int
}

// edit adds or removes a key.
type edit struct {
	key     []byte
	removed bool
}

// setChanges are the changes of a set. Of several edits of a key the last one counts.
type setChanges struct {
	set    Set
	list   []edit
	sorted int // so many at the beginning of list are sorted and have no key twice
}

// Add adds a key, which it copies. It does nothing if the set has the key.
func (c *Changes) Add(set Set, key []byte) { c.note(set, edit{key: c.copy(key)}) }

// Remove removes a key. It does nothing if the set lacks it.
func (c *Changes) Remove(set Set, key []byte) { c.note(set, edit{c.copy(key), true}) }

// Len returns the number of calls of Add and Remove.
func (c *Changes) Len() int { return c.n }

func (c *Changes) note(set Set, e edit) {
	i := sort.Search(len(c.sets), func(i int) bool { return c.sets[i].set >= set })
	if i == len(c.sets) || c.sets[i].set != set {
		c.sets = slices.Insert(c.sets, i, &setChanges{set: set, list: make([]edit, 0, 4)})
	}
	c.sets[i].list = append(c.sets[i].list, e)
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
		slices.SortStableFunc(s.list, edit.compare)
		kept := s.list[:0]
		for i, e := range s.list {
			if i+1 == len(s.list) || e.compare(s.list[i+1]) != 0 {
				kept = append(kept, e)
			}
		}
		clear(s.list[len(kept):])
		s.list = kept
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

// write is a row to write or to delete.
type write struct {
	row     *block
	deleted bool
}

// Apply writes the changes to a table, in blocks of at most size keys, and forgets them. It reads all rows before it
// writes the first one, and writes each row once, in the order of the table.
func (c *Changes) Apply(txn *memdb.Txn, table string, size int) error {
	var writes []write
	m := mergers.Get().(*merger)
	defer m.release()
	for _, s := range c.sets {
		s.settle()
		writes = s.plan(writes, Reader{Txn: txn, Table: table}, m, size)
	}
	*c = Changes{}
	for _, w := range writes {
		put := txn.Insert
		if w.deleted {
			put = txn.Delete
		}
		if err := put(table, w.row); err != nil {
			return err
		}
	}
	return nil
}

// plan appends the rows to write.
func (s *setChanges) plan(writes []write, r Reader, m *merger, size int) []write {
	var rows memdb.ResultIterator
	for edits := s.list; len(edits) > 0; {
		var b *block
		if rows != nil { // often the next one is the right one
			b = next(rows, s.set)
		}
		if rows == nil || b != nil && !b.below(edits[0].key) {
			rows = r.seekKey(s.set, edits[0].key)
			b = next(rows, s.set)
		}
		exists := b != nil
		if !exists {
			b = &block{set: s.set, bound: s.set.lastBound()}
		}
		n := len(edits)
		if limit := b.limit(); limit != nil {
			n, _ = slices.BinarySearchFunc(edits, edit{key: limit}, edit.compare)
		}
		blocks := m.merge(b, edits[:n], size)
		for _, piece := range blocks {
			if piece != b {
				writes = append(writes, write{row: piece})
			}
		}
		if exists && len(blocks) == 0 {
			writes = append(writes, write{b, true})
		}
		edits = edits[n:]
	}
	return writes
}

// below reports whether the bound of the block is above key.
func (b *block) below(key []byte) bool {
	limit := b.limit()
	return limit == nil || bytes.Compare(key, limit) < 0
}

// Check reports what is wrong with the rows of a table, by set: blocks without keys or with more than size, keys out
// of order or beyond the bounds of their block, and sets that are not among those given.
func Check(txn *memdb.Txn, table string, size int, sets []Set, fault func(set Set, text string)) {
	rows, err := txn.Get(table, indexID)
	if err != nil {
		panic("keyset: " + err.Error())
	}
	var before *block
	for row := rows.Next(); row != nil; row = rows.Next() {
		b := row.(*block)
		var least []byte
		if before != nil && before.set == b.set {
			least = before.limit()
		}
		if text := b.fault(least, size); text != "" {
			fault(b.set, text)
		}
		if !slices.Contains(sets, b.set) {
			fault(b.set, "no such set")
		}
		before = b
	}
}

// fault returns what is wrong with a block whose keys must not be below least, "" if nothing is.
func (b *block) fault(least []byte, size int) string {
	switch {
	case b.bound[0] != byte(b.set) && !bytes.Equal(b.bound, b.set.lastBound()):
		return "the bound of a block is that of another set"
	case b.len() == 0 || b.len() > size:
		return "a block has too few or too many keys"
	}
	var key, last []byte
	for i := range b.len() {
		key = b.appendKey(key[:0], i)
		if i > 0 && bytes.Compare(last, key) >= 0 {
			return "keys are out of order"
		}
		if bytes.Compare(key, least) < 0 || !b.below(key) {
			return "a key is in the wrong block"
		}
		last = append(last[:0], key...)
	}
	return ""
}
