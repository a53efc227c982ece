package boltlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"maps"
	"slices"

	"github.com/contactsdb/contacts"
)

// A boltFile reads a bbolt file that no one is writing, without bbolt, and believes nothing in it. bbolt is no reader
// of damaged files: its pages have no checksum, so it returns wrong bytes; a page that is its own child is an endless
// loop; a failed assertion in the goroutine that bbolt starts while it opens a file ends the process, and nothing can
// recover from that. It also silently reverts to the commit before the last one if the last meta page is damaged. So
// every file is read by this type, and the one to write to is read completely before bbolt opens it.
//
// The format is that of version 2, in the byte order of the machine:
//
//	page      id uint64, flags uint16, count uint16, overflow uint32 (number of further pages that belong to it)
//	meta      magic uint32, version uint32, page size uint32, flags uint32, root of buckets (see bucket),
//	          freelist uint64, end uint64 (of all pages), transaction uint64, FNV-1a of all this uint64
//	branch    elements: key offset uint32 (from the element), key length uint32, page uint64
//	leaf      elements: flags uint32, key offset uint32 (from the element), key length uint32, value length uint32
//	bucket    root page uint64, sequence uint64; if root is 0, its only page follows, inline
type boltFile struct {
	name string
	r    io.ReaderAt
	meta
	bucket
	listPages map[uint64]bool // of the list of buckets
}

type meta struct {
	pageSize int64
	root     uint64
	end      uint64
	txn      uint64
}

type bucket struct {
	root     uint64
	sequence uint64
	inline   []byte
	offset   int64 // of inline
}

const (
	metaMagic   = 0xED0CDAED
	metaVersion = 2

	branchFlag = 1
	leafFlag   = 2
	bucketFlag = 1 // of an element

	pageHeader  = 16
	elementSize = 16
	metaSize    = 64
	bucketSize  = 16

	minPageSize, maxPageSize = 512, 1 << 16
)

// bucketName is the name of the only bucket of a log file. Its keys are the places of entries, big-endian, so that they
// sort; the key 0 has the header. Its sequence is the place of the last entry: bbolt alone would not notice an entry
// that is missing at the end.
var bucketName = []byte("log")

func keyOf(at contacts.Seq) []byte { return binary.BigEndian.AppendUint64(nil, uint64(at)) }

// newBoltFile reads the meta pages of a file of size bytes and finds the bucket.
func newBoltFile(name string, r io.ReaderAt, size int64) (*boltFile, error) {
	b := &boltFile{name: name, r: r}
	first, err := b.readMeta(0)
	if err != nil {
		return nil, err
	}
	second, err := b.readMeta(first.pageSize)
	if err != nil {
		return nil, err
	}
	older, newer := first, second
	if older.txn > newer.txn {
		older, newer = newer, older
	}
	// A commit writes the meta page that the one before it did not write. A sector is written whole or not at all, and
	// a meta page uses no more than its first sector, so both are valid at every moment.
	if older.pageSize != newer.pageSize || older.txn+1 != newer.txn {
		return nil, b.corrupt(0, 0, "the meta pages do not belong together")
	}
	b.meta = newer
	if b.end > uint64(size/b.pageSize) { // a commit makes the file longer, and syncs it, before it writes
		return nil, b.corrupt(size, 0, "the file is cut off")
	}
	return b, b.findBucket()
}

func (b *boltFile) corrupt(offset int64, seq contacts.Seq, reason string) error {
	return &contacts.CorruptError{File: b.name, Offset: offset, Seq: seq, Reason: reason}
}

// readAt fills p from an offset. The end of the file before the end of p is damage.
func (b *boltFile) readAt(p []byte, offset int64) error {
	_, err := b.r.ReadAt(p, offset)
	if errors.Is(err, io.EOF) {
		return b.corrupt(offset, 0, "the file is cut off")
	}
	if err != nil {
		return fmt.Errorf("boltlog: %w", err)
	}
	return nil
}

func (b *boltFile) readMeta(offset int64) (meta, error) {
	var page [pageHeader + metaSize]byte
	if err := b.readAt(page[:], offset); err != nil {
		return meta{}, err
	}
	order, m := binary.NativeEndian, page[pageHeader:]
	sum := fnv.New64a()
	sum.Write(m[:metaSize-8])
	if sum.Sum64() != order.Uint64(m[metaSize-8:]) || order.Uint32(m) != metaMagic {
		return meta{}, b.corrupt(offset, 0, "the meta page is damaged")
	}
	if order.Uint32(m[4:]) != metaVersion {
		return meta{}, fmt.Errorf("boltlog: file %s: %w", b.name, contacts.ErrLogFormat)
	}
	read := meta{
		pageSize: int64(order.Uint32(m[8:])),
		root:     order.Uint64(m[16:]),
		end:      order.Uint64(m[40:]),
		txn:      order.Uint64(m[48:]),
	}
	if read.pageSize < minPageSize || read.pageSize > maxPageSize {
		return meta{}, b.corrupt(offset, 0, "no page has this size")
	}
	return read, nil
}

// findBucket reads the page that lists the buckets.
func (b *boltFile) findBucket() error {
	w := walker{file: b, used: map[uint64]bool{}}
	root, err := w.page(b.meta.root)
	if err != nil {
		return err
	}
	if root.flags != leafFlag || root.count != 1 {
		return b.corrupt(root.offset, 0, "the list of buckets is damaged")
	}
	flags, key, value, err := root.leaf(0)
	if err != nil || flags != bucketFlag || !bytes.Equal(key, bucketName) || len(value) < bucketSize {
		return b.corrupt(root.offset, 0, "the bucket is missing or damaged")
	}
	b.bucket = bucket{
		root:     binary.NativeEndian.Uint64(value),
		sequence: binary.NativeEndian.Uint64(value[8:]),
		inline:   bytes.Clone(value[bucketSize:]),
		offset:   root.offset,
	}
	b.listPages = w.used
	return nil
}

// A pair is a key with its value.
type pair struct {
	key    contacts.Seq
	value  []byte // valid until the loop continues
	offset int64  // of the page
}

// pairs yields the pairs whose key is at least from, in order. An error is the last thing that it yields.
func (b *boltFile) pairs(from contacts.Seq) iter.Seq2[pair, error] {
	return func(yield func(pair, error) bool) {
		w := walker{file: b, from: from, used: maps.Clone(b.listPages), yield: yield}
		err := w.start()
		if err != nil && !errors.Is(err, errStop) {
			yield(pair{}, err)
		}
	}
}

// errStop ends a walk at the wish of its caller.
var errStop = errors.New("stop")

// A walker walks over the tree of pages.
type walker struct {
	file  *boltFile
	from  contacts.Seq
	used  map[uint64]bool // pages that were read: none belongs to two others
	free  [][]byte        // buffers
	yield func(pair, error) bool
}

func (w *walker) start() error {
	b := w.file
	if b.bucket.root != 0 {
		return w.walk(b.bucket.root, nil)
	}
	n, err := w.parse(b.bucket.inline, b.bucket.offset)
	if err != nil {
		return err
	}
	if n.flags != leafFlag {
		return n.corrupt("an inline page is not a leaf")
	}
	return w.leaves(n)
}

// walk visits a page and those below. Its first key must be first, unless that is nil.
func (w *walker) walk(id uint64, first []byte) error {
	n, err := w.page(id)
	if err != nil {
		return err
	}
	defer func() { w.free = append(w.free, n.data) }()
	if n.count == 0 {
		return n.corrupt("the page is empty")
	}
	if first != nil {
		if key, err := n.key(0); err != nil || !bytes.Equal(key, first) {
			return n.corrupt("the page begins with another key than the page above says")
		}
	}
	if n.flags == leafFlag {
		return w.leaves(n)
	}
	for i := range n.count {
		key, child, err := n.branch(i)
		if err != nil {
			return err
		}
		if i+1 < n.count {
			next, _, err := n.branch(i + 1)
			if err != nil {
				return err
			}
			if len(next) == 8 && contacts.Seq(binary.BigEndian.Uint64(next)) <= w.from {
				continue
			}
		}
		if err := w.walk(child, key); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) leaves(n node) error {
	for i := range n.count {
		flags, key, value, err := n.leaf(i)
		if err != nil {
			return err
		}
		if flags != 0 || len(key) != 8 {
			return n.corrupt("an element is damaged")
		}
		at := contacts.Seq(binary.BigEndian.Uint64(key))
		if at >= w.from && !w.yield(pair{at, value, n.offset}, nil) {
			return errStop
		}
	}
	return nil
}

// A node is a page with its further pages.
type node struct {
	file   *boltFile
	offset int64
	flags  uint16
	count  uint16
	data   []byte // with the header of the page
}

func (n node) corrupt(reason string) error { return n.file.corrupt(n.offset, 0, reason) }

func (w *walker) page(id uint64) (node, error) {
	b := w.file
	if id < 2 || id >= b.end {
		return node{}, b.corrupt(0, 0, "a page number is out of range")
	}
	offset := int64(id) * b.pageSize
	data := w.buffer(b.pageSize)
	if err := b.readAt(data, offset); err != nil {
		return node{}, err
	}
	overflow := uint64(binary.NativeEndian.Uint32(data[12:]))
	if id+overflow >= b.end {
		return node{}, b.corrupt(offset, 0, "a page is longer than the file")
	}
	for p := id; p <= id+overflow; p++ {
		if w.used[p] {
			return node{}, b.corrupt(offset, 0, "a page belongs to two others")
		}
		w.used[p] = true
	}
	if more := int(overflow) * int(b.pageSize); more > 0 {
		data = slices.Grow(data, more)[:len(data)+more]
		if err := b.readAt(data[b.pageSize:], offset+b.pageSize); err != nil {
			return node{}, err
		}
	}
	n, err := w.parse(data, offset)
	if err == nil && binary.NativeEndian.Uint64(data) != id {
		err = n.corrupt("a page has another number")
	}
	return n, err
}

// buffer returns a buffer of n bytes.
func (w *walker) buffer(n int64) []byte {
	if last := len(w.free) - 1; last >= 0 {
		b := w.free[last]
		w.free = w.free[:last]
		if int64(cap(b)) >= n {
			return b[:n]
		}
	}
	return make([]byte, n)
}

func (w *walker) parse(data []byte, offset int64) (node, error) {
	n := node{file: w.file, offset: offset, data: data}
	if len(data) < pageHeader {
		return n, n.corrupt("a page is cut off")
	}
	n.flags, n.count = binary.NativeEndian.Uint16(data[8:]), binary.NativeEndian.Uint16(data[10:])
	if n.flags != branchFlag && n.flags != leafFlag {
		return n, n.corrupt("a page is neither a branch nor a leaf")
	}
	if pageHeader+int(n.count)*elementSize > len(data) {
		return n, n.corrupt("a page has more elements than bytes")
	}
	return n, nil
}

// element returns an element and what follows it on the page.
func (n node) element(i uint16) []byte { return n.data[pageHeader+int(i)*elementSize:] }

// part returns bytes of the page, counted from an element.
func (n node) part(i uint16, offset, size uint64) ([]byte, error) {
	e := n.element(i)
	if offset < elementSize || offset+size > uint64(len(e)) {
		return nil, n.corrupt("a key or value is outside of its page")
	}
	return e[offset : offset+size : offset+size], nil
}

func (n node) key(i uint16) ([]byte, error) {
	if n.flags == branchFlag {
		key, _, err := n.branch(i)
		return key, err
	}
	_, key, _, err := n.leaf(i)
	return key, err
}

func (n node) branch(i uint16) (key []byte, page uint64, err error) {
	e, order := n.element(i), binary.NativeEndian
	key, err = n.part(i, uint64(order.Uint32(e)), uint64(order.Uint32(e[4:])))
	return key, order.Uint64(e[8:]), err
}

func (n node) leaf(i uint16) (flags uint32, key, value []byte, err error) {
	e, order := n.element(i), binary.NativeEndian
	at, keySize, valueSize := uint64(order.Uint32(e[4:])), uint64(order.Uint32(e[8:])), uint64(order.Uint32(e[12:]))
	if key, err = n.part(i, at, keySize); err == nil {
		value, err = n.part(i, at+keySize, valueSize)
	}
	return order.Uint32(e), key, value, err
}
