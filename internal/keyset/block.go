package keyset

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// block is a sorted list of keys in one buffer, which is never changed. The beginning that all keys have in common is
// stored once, and the garbage collector has nothing to do with the keys.
type block struct {
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

// newBlock returns a block of sorted keys.
func newBlock(keys [][]byte) block {
	b := block{n: uint16(len(keys))}
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

// keys returns the keys.
func (b *block) keys() [][]byte {
	keys, _ := b.appendKeys(make([][]byte, 0, b.len()), nil)
	return keys
}

// appendKeys appends the keys. Their text is appended to text, which it returns, too.
func (b *block) appendKeys(keys [][]byte, text []byte) ([][]byte, []byte) {
	text = slices.Grow(text, len(b.buf)+b.len()*int(b.common)) // keys must not point into an older array
	for i := range b.len() {
		start := len(text)
		text = b.appendKey(text, i)
		keys = append(keys, text[start:len(text):len(text)])
	}
	return keys, text
}

// compare compares the key at i with another one.
func (b *block) compare(i int, key []byte) int {
	prefix := b.prefix()
	if rest, ok := bytes.CutPrefix(key, prefix); ok {
		return bytes.Compare(b.suffix(i), rest)
	}
	return bytes.Compare(prefix, key)
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

// above returns the index of the first key that is above key.
func (b *block) above(key []byte) int {
	at := b.search(key)
	if b.has(at, key) {
		at++
	}
	return at
}

// has reports whether key is the key at i, which may be behind the last one.
func (b *block) has(i int, key []byte) bool {
	suffix, ok := bytes.CutPrefix(key, b.prefix())
	return ok && i < b.len() && bytes.Equal(b.suffix(i), suffix)
}

// splice returns the block without the key at an index if n is 1, or with one more, of the suffix, if n is 0.
func (b *block) splice(at, n int, suffix []byte) block {
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
	next := block{n: uint16(keys), common: b.common}
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
