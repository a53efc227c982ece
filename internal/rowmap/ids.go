// Package rowmap keeps rows by their 16-byte IDs and by their serial numbers in a table of go-memdb. A row of the
// table is not one row of the caller but some dozens of them: go-memdb needs about 470 bytes for each of its own.
//
// Rows by ID are in buckets, each for the IDs with a common prefix, and those by number in slots, each for 64 numbers.
package rowmap

import (
	"bytes"
	"iter"
	"slices"

	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/lookup"
)

const (
	indexID  = "id"      // the only index of a table
	byPrefix = "_prefix" // appended to the name of an index

	// The first bytes of keys. One table is faster to write than two.
	bucketKeys = 'i'
	slotsKeys  = 'n'
)

// Table returns the schema of a table.
func Table(name string) *memdb.TableSchema {
	return &memdb.TableSchema{Name: name, Indexes: map[string]*memdb.IndexSchema{
		indexID: {Name: indexID, Unique: true, Indexer: byKey{}},
	}}
}

// byKey makes the rows of a table known by their keys, which are written in nibbles, four bits a byte: a node of
// go-memdb then has at most 16 branches that a write must copy.
type byKey struct{ lookup.ByKey }

// FromObject implements memdb.SingleIndexer.
func (byKey) FromObject(row any) (bool, []byte, error) {
	return true, row.(interface{ rowKey() []byte }).rowKey(), nil
}

// ID identifies a row.
type ID = [16]byte

// nibble returns four bits of an ID.
func nibble(id *ID, i int) byte {
	if i%2 == 0 {
		return id[i/2] >> 4
	}
	return id[i/2] & 15
}

// nibblesOf is the number of nibbles of an ID.
const nibblesOf = 2 * len(ID{})

// appendBucketKey appends the key of the bucket for the first n nibbles of an ID.
func appendBucketKey(dst []byte, id *ID, n int) []byte {
	dst = append(dst, bucketKeys)
	for i := range n {
		dst = append(dst, nibble(id, i))
	}
	return dst
}

// bucket has the rows whose IDs begin with its prefix, except those that have a bucket with a longer prefix. It is
// never changed. Without a bucket of the empty prefix, that one is empty.
type bucket[T any] struct {
	key  []byte // of the row: bucketKeys and the prefix in nibbles
	ids  []ID   // sorted
	rows []*T
}

func (b *bucket[T]) rowKey() []byte { return b.key }

func compareIDs(a, b ID) int { return bytes.Compare(a[:], b[:]) }

// find returns the index of the first ID that is not below id.
func (b *bucket[T]) find(id *ID) int {
	low, high := 0, len(b.ids)
	for low < high {
		if middle := (low + high) / 2; bytes.Compare(b.ids[middle][:], id[:]) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// bucketOf returns the bucket for an ID, or nil.
func bucketOf[T any](txn *memdb.Txn, table string, id *ID) *bucket[T] {
	at := lookup.NewKey()
	defer at.Free()
	at.Bytes = appendBucketKey(at.Bytes, id, nibblesOf)
	row, err := txn.LongestPrefix(table, indexID+byPrefix, at.Args()...)
	if err != nil {
		panic("rowmap: " + err.Error()) // the table is not one of this package
	}
	b, _ := row.(*bucket[T])
	return b
}

// ByID returns the row with an ID, or nil.
func ByID[T any](txn *memdb.Txn, table string, id ID) *T {
	b := bucketOf[T](txn, table, &id)
	if b == nil {
		return nil
	}
	if i := b.find(&id); i < len(b.ids) && b.ids[i] == id {
		return b.rows[i]
	}
	return nil
}

// Changes are the new rows of IDs and numbers, nil to delete one. Of several changes of one the last one counts.
type Changes[T any] struct {
	IDs     []IDChange[T]
	Numbers []NumberChange[T]
}

// Apply writes changes to a table, in buckets of at most size rows. It reads all rows before it writes the first one.
// It sorts the changes.
func (c *Changes[T]) Apply(txn *memdb.Txn, table string, size int) error {
	var w writer
	planIDs(&w, txn, table, size, c.IDs)
	planNumbers(&w, txn, table, c.Numbers)
	return w.write(txn, table)
}

// IDChange is the new row of an ID, nil to delete it.
type IDChange[T any] struct {
	ID  ID
	Row *T
}

// writer collects the rows to write.
type writer struct{ rows, deleted []any }

func (w *writer) write(txn *memdb.Txn, table string) error {
	for _, row := range w.deleted {
		if err := txn.Delete(table, row); err != nil {
			return err
		}
	}
	for _, row := range w.rows {
		if err := txn.Insert(table, row); err != nil {
			return err
		}
	}
	return nil
}

func planIDs[T any](w *writer, txn *memdb.Txn, table string, size int, changes []IDChange[T]) {
	if len(changes) == 1 {
		planBucket(w, bucketOf[T](txn, table, &changes[0].ID), changes, size)
		return
	}
	slices.SortStableFunc(changes, func(a, b IDChange[T]) int { return compareIDs(a.ID, b.ID) })
	var order []*bucket[T]
	ofBucket := make(map[*bucket[T]][]IDChange[T], 1)
	for i, c := range changes {
		if i+1 < len(changes) && changes[i+1].ID == c.ID {
			continue
		}
		b := bucketOf[T](txn, table, &c.ID)
		if _, ok := ofBucket[b]; !ok {
			order = append(order, b)
		}
		ofBucket[b] = append(ofBucket[b], c)
	}
	for _, b := range order {
		planBucket(w, b, ofBucket[b], size)
	}
}

// planBucket changes a bucket, or makes the first one if b is nil.
func planBucket[T any](w *writer, b *bucket[T], changes []IDChange[T], size int) {
	exists := b != nil
	if !exists {
		b = &bucket[T]{key: []byte{bucketKeys}}
	} else if next := b.replace(changes); next != nil {
		w.rows = append(w.rows, next)
		return
	}
	next := &bucket[T]{
		key: b.key,
		ids: make([]ID, 0, len(b.ids)+len(changes)), rows: make([]*T, 0, len(b.ids)+len(changes)),
	}
	from := 0
	for _, c := range changes {
		at := b.find(&c.ID)
		next.append(b.ids[from:at], b.rows[from:at])
		if from = at; at < len(b.ids) && b.ids[at] == c.ID {
			from++
		}
		if c.Row != nil {
			next.ids, next.rows = append(next.ids, c.ID), append(next.rows, c.Row)
		}
	}
	next.append(b.ids[from:], b.rows[from:])
	next.split(w, size)
	if exists && (len(w.rows) == 0 || !bytes.Equal(w.rows[len(w.rows)-1].(*bucket[T]).key, b.key)) {
		w.deleted = append(w.deleted, b)
	}
}

// replace returns the bucket with other rows for some of its IDs, nil if the changes are others. It shares the IDs
// with b.
func (b *bucket[T]) replace(changes []IDChange[T]) *bucket[T] {
	next := &bucket[T]{b.key, b.ids, slices.Clone(b.rows)}
	for _, c := range changes {
		i := b.find(&c.ID)
		if c.Row == nil || i == len(b.ids) || b.ids[i] != c.ID {
			return nil
		}
		next.rows[i] = c.Row
	}
	return next
}

func (b *bucket[T]) append(ids []ID, rows []*T) {
	b.ids, b.rows = append(b.ids, ids...), append(b.rows, rows...)
}

// split adds the bucket to the rows to write, unless it is empty, after buckets with longer prefixes if it has more
// than size rows. Those are for the rows that have the next nibble in which not all agree in common, if there are
// enough.
func (b *bucket[T]) split(w *writer, size int) {
	if len(b.ids) > size {
		b = b.cut(w, size)
	}
	if len(b.ids) > 0 {
		w.rows = append(w.rows, b)
	}
}

// cut adds buckets with longer prefixes to the rows to write, and returns the bucket of the rows that are left.
func (b *bucket[T]) cut(w *writer, size int) *bucket[T] {
	at := len(b.key) - 1
	for first, last := &b.ids[0], &b.ids[len(b.ids)-1]; nibble(first, at) == nibble(last, at); {
		at++
	}
	rest := &bucket[T]{key: b.key}
	for from := 0; from < len(b.ids); {
		n := 1
		for from+n < len(b.ids) && nibble(&b.ids[from+n], at) == nibble(&b.ids[from], at) {
			n++
		}
		ids, rows := b.ids[from:from+n], b.rows[from:from+n]
		if n >= max(1, size/16) {
			key := appendBucketKey(make([]byte, 0, at+2), &ids[0], at+1)
			child := &bucket[T]{key: key, ids: slices.Clone(ids), rows: slices.Clone(rows)}
			child.split(w, size)
		} else {
			rest.append(ids, rows)
		}
		from += n
	}
	return rest
}

// AllByID yields the rows of a table by ID, and their IDs, in any order.
func AllByID[T any](txn *memdb.Txn, table string) iter.Seq2[ID, *T] {
	return func(yield func(ID, *T) bool) {
		for b := range rowsOf[bucket[T]](txn, table) {
			for i, id := range b.ids {
				if !yield(id, b.rows[i]) {
					return
				}
			}
		}
	}
}

// rowsOf yields the buckets or slots of a table, in the order of their keys.
func rowsOf[R any](txn *memdb.Txn, table string) iter.Seq[*R] {
	return func(yield func(*R) bool) {
		rows, err := txn.Get(table, indexID)
		if err != nil {
			panic("rowmap: " + err.Error())
		}
		for row := rows.Next(); row != nil; row = rows.Next() {
			if r, ok := row.(*R); ok && !yield(r) {
				return
			}
		}
	}
}

// CheckIDs reports what is wrong with a table by ID: buckets without rows or with more than size, and rows that are
// not found by their IDs.
func CheckIDs[T any](txn *memdb.Txn, table string, size int, fault func(text string)) {
	for b := range rowsOf[bucket[T]](txn, table) {
		if n := len(b.ids); n == 0 || n > size || n != len(b.rows) {
			fault("a bucket has too few or too many rows")
		}
		for i, id := range b.ids {
			if b.rows[i] == nil || ByID[T](txn, table, id) != b.rows[i] {
				fault("a row is not found by its ID")
			}
		}
	}
}
