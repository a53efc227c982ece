package keyset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
)

// block is a row: a part of a set. It is never changed. It holds no pointers but two slices, so the garbage collector
// has little to do with it, and the beginning that all of its keys have in common is stored once.
type block struct {
	set   Set
	bound []byte // key of the row: the set, then a text above all keys of the block; that of the last one is set+1

	// buf has the end of each suffix, counted from the beginning of the suffixes, then the common prefix, then the
	// suffixes, which are the keys without the prefix.
	buf    []byte
	n      uint16
	common uint16 // length of the prefix
}

const (
	endSize  = 2
	bytesMax = 1 << 15 // of the keys of a block, unless it has a single one
	keyMax   = 1<<16 - 1
)

// newBlock returns a block with sorted keys. The block keeps bound.
func newBlock(set Set, bound []byte, keys [][]byte) *block {
	b := &block{set: set, bound: bound, n: uint16(len(keys))}
	if len(keys) == 0 {
		return b
	}
	prefix := keys[0][:commonLen(keys[0], keys[len(keys)-1])]
	size := len(keys)*endSize + len(prefix)
	for _, key := range keys {
		size += len(key) - len(prefix)
	}
	b.common = uint16(len(prefix))
	b.buf = make([]byte, len(keys)*endSize, size)
	b.buf = append(b.buf, prefix...)
	start := len(b.buf)
	for i, key := range keys {
		b.buf = append(b.buf, key[len(prefix):]...)
		binary.LittleEndian.PutUint16(b.buf[i*endSize:], uint16(len(b.buf)-start))
	}
	return b
}

// commonLen returns the length of the longest common prefix.
func commonLen(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// len returns the number of keys.
func (b *block) len() int { return int(b.n) }

// limit returns the text above all keys, nil if the block is the last one of the set.
func (b *block) limit() []byte {
	if b.bound[0] == byte(b.set) {
		return b.bound[1:]
	}
	return nil
}

// prefix returns the common prefix of the keys.
func (b *block) prefix() []byte {
	start := b.len() * endSize
	return b.buf[start : start+int(b.common)]
}

// suffix returns the key at i without the common prefix.
func (b *block) suffix(i int) []byte {
	start, from := b.len()*endSize+int(b.common), 0
	if i > 0 {
		from = b.end(i - 1)
	}
	return b.buf[start+from : start+b.end(i)]
}

func (b *block) end(i int) int { return int(binary.LittleEndian.Uint16(b.buf[i*endSize:])) }

// appendKey appends the key at i.
func (b *block) appendKey(dst []byte, i int) []byte {
	return append(append(dst, b.prefix()...), b.suffix(i)...)
}

// search returns the index of the first key that is not below key.
func (b *block) search(key []byte) int {
	if b.n == 0 {
		return 0
	}
	prefix := b.prefix()
	rest, ok := bytes.CutPrefix(key, prefix)
	switch {
	case ok:
	case bytes.Compare(key, prefix) < 0:
		return 0
	default:
		return b.len()
	}
	low, high := 0, b.len()
	for low < high {
		if middle := (low + high) / 2; bytes.Compare(b.suffix(middle), rest) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// edited returns the block with one edit, b itself if that changes nothing. It returns nil if copying bytes is not
// enough: for the first key of a block, the last one that is left, a split, or another prefix.
func (b *block) edited(e edit, size int) *block {
	at := b.search(e.key)
	suffix, ok := bytes.CutPrefix(e.key, b.prefix())
	has := ok && at < b.len() && bytes.Equal(b.suffix(at), suffix)
	switch {
	case has != e.removed:
		return b
	case e.removed && b.len() > 1:
		return b.splice(at, 1, nil)
	case !e.removed && ok && 0 < b.len() && b.len() < size &&
		len(b.buf)+b.len()*int(b.common)+len(e.key) <= bytesMax:
		return b.splice(at, 0, suffix)
	default:
		return nil
	}
}

// splice returns the block without the key at an index if n is 1, or with one more, of the suffix, if n is 0.
func (b *block) splice(at, n int, suffix []byte) *block {
	added := 1 - n
	from, start := 0, b.len()*endSize
	if at > 0 {
		from = b.end(at - 1)
	}
	to, shift := from, len(suffix)
	if n == 1 {
		to, shift = b.end(at), from-b.end(at)
	}
	keys := b.len() + added - n
	next := &block{set: b.set, bound: b.bound, n: uint16(keys), common: b.common}
	next.buf = make([]byte, keys*endSize, keys*endSize+len(b.buf)-start+shift)
	copy(next.buf, b.buf[:at*endSize])
	if added == 1 {
		binary.LittleEndian.PutUint16(next.buf[at*endSize:], uint16(from+len(suffix)))
	}
	for i := at + n; i < b.len(); i++ {
		binary.LittleEndian.PutUint16(next.buf[(i+added-n)*endSize:], uint16(b.end(i)+shift))
	}
	text := b.buf[start:]
	head, tail := int(b.common)+from, int(b.common)+to
	next.buf = append(append(append(next.buf, text[:head]...), suffix...), text[tail:]...)
	return next
}

// merger merges edits into blocks. Its memory is used again for the next block.
type merger struct {
	text      []byte
	old, keys [][]byte
}

var mergers = sync.Pool{New: func() any { return &merger{} }}

// release gives a merger back for later use.
func (m *merger) release() {
	clear(m.keys[:cap(m.keys)]) // keys are of the transaction
	mergers.Put(m)
}

// merge returns the blocks that take the place of b with the edits, each with at most size keys. It returns none if
// no key is left, and b itself if the edits change nothing. The edits must be sorted, and below the bound of b.
func (m *merger) merge(b *block, edits []edit, size int) []*block {
	if len(edits) == 1 {
		if next := b.edited(edits[0], size); next != nil {
			return []*block{next}
		}
	}
	m.keys = m.keys[:0]
	changed, grows := false, false // grows: the last key is new
	from := 0
	old := m.expand(b)
	for _, e := range edits {
		at, _ := slices.BinarySearchFunc(old[from:], e.key, bytes.Compare)
		at += from
		m.keys = append(m.keys, old[from:at]...)
		from = at
		has := at < len(old) && bytes.Equal(old[at], e.key)
		changed = changed || has == e.removed
		if has {
			from++
		}
		if !e.removed {
			m.keys = append(m.keys, e.key)
			grows = !has && at == len(old)
		}
	}
	if !changed {
		return []*block{b}
	}
	m.keys = append(m.keys, old[from:]...)
	return split(b, m.keys, size, grows)
}

// expand returns the keys of a block.
func (m *merger) expand(b *block) [][]byte {
	m.text = slices.Grow(m.text[:0], len(b.buf)+b.len()*int(b.common)) // keys must not point into an older array
	m.old = m.old[:0]
	for i := range b.len() {
		start := len(m.text)
		m.text = b.appendKey(m.text, i)
		m.old = append(m.old, m.text[start:])
	}
	return m.old
}

// split divides keys into the blocks that take the place of b. The blocks are about half full, so that keys can be
// added anywhere, but almost full if the keys grow at the end, as they do in the order of creation.
func split(b *block, keys [][]byte, size int, grows bool) []*block {
	var blocks []*block
	for len(keys) > 0 {
		n := len(keys)
		switch {
		case n <= size:
		case grows:
			n = max(1, size*7/8)
		default:
			n = (n + n/size) / (n/size + 1) // in equal parts
		}
		n = fitting(keys[:n])
		bound := b.bound
		if n < len(keys) {
			bound = boundBetween(b.set, keys[n-1], keys[n])
		}
		blocks = append(blocks, newBlock(b.set, bound, keys[:n]))
		keys = keys[n:]
	}
	return blocks
}

// fitting returns how many of the keys a block has room for, one at least.
func fitting(keys [][]byte) int {
	size := 0
	for i, key := range keys {
		if len(key) > keyMax {
			panic(fmt.Sprintf("keyset: a key of %d bytes", len(key)))
		}
		if size += len(key); size > bytesMax && i > 0 {
			return i
		}
	}
	return len(keys)
}

// boundBetween returns the shortest bound above the key left and not above right.
func boundBetween(set Set, left, right []byte) []byte {
	n := commonLen(left, right) + 1
	return append(append(make([]byte, 0, 1+n), byte(set)), right[:n]...)
}
