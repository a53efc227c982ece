// Package rowmap keeps rows by their 16-byte IDs and by their serial numbers in a table of go-memdb. The table has one
// row of its own, with the roots of two trees that are never changed. One leads from an ID to a number, the other from a
// number to one of the caller's rows, so a new version of a row changes only the second. Their leaves have some dozens
// of entries: go-memdb needs about 470 bytes for a row, and copies more nodes to write one.
package rowmap

import (
	"fmt"
	"slices"

	"github.com/hashicorp/go-memdb"
)

// indexID is the only index of a table.
const indexID = "id"

// Table returns the schema of a table.
func Table(name string) *memdb.TableSchema {
	return &memdb.TableSchema{Name: name, Indexes: map[string]*memdb.IndexSchema{
		indexID: {Name: indexID, Unique: true, Indexer: theOnly{}},
	}}
}

// rowKey is the key of the only row of a table. It is empty, so the row is in the root of go-memdb's tree. It is not
// nil, for which go-memdb would iterate.
var rowKey = []byte{}

// rowArgs are the arguments of the look-up of the only row, which do not matter: go-memdb wants one.
var rowArgs = []any{nil}

// theOnly makes the only row of a table known by its key.
type theOnly struct{}

// FromArgs implements memdb.Indexer.
func (theOnly) FromArgs(...any) ([]byte, error) { return rowKey, nil }

// FromObject implements memdb.SingleIndexer.
func (theOnly) FromObject(any) (bool, []byte, error) { return true, rowKey, nil }

// trees is the row of a table. A table without the caller's rows has none.
type trees[T any] struct {
	ids     *idNode // nil if it is empty
	numbers numberTree[T]
}

// none reports whether the trees are empty.
func (t *trees[T]) none() bool { return t.ids == nil && t.numbers.root == nil }

// Rows are the rows of a table as they were when they were read; the zero Rows are empty. They are small, never change,
// and are safe for concurrent use.
type Rows[T any] struct{ trees trees[T] }

// Read returns the rows of a table. Whoever looks up several should keep them: go-memdb allocates memory for each
// look-up.
func Read[T any](txn *memdb.Txn, table string) Rows[T] {
	row, err := txn.First(table, indexID, rowArgs...)
	if err != nil {
		panic("rowmap: " + err.Error()) // the table is not one of this package
	}
	if t, ok := row.(*trees[T]); ok {
		return Rows[T]{*t}
	}
	return Rows[T]{}
}

// Same reports whether two tables are the same, not only alike.
func (r Rows[T]) Same(o Rows[T]) bool { return r.trees == o.trees }

// ByID returns the row with an ID, or nil.
func (r Rows[T]) ByID(id ID) *T {
	if number, ok := r.trees.ids.get(keyOf(id)); ok {
		return r.trees.numbers.get(number)
	}
	return nil
}

// Changes are rows to write. Of several changes of an ID or a number the last one counts.
type Changes[T any] struct {
	ids     []idChange
	numbers []numberChange[T]
}

// Grow makes room for n more rows.
func (c *Changes[T]) Grow(n int) { c.numbers = slices.Grow(c.numbers, n) }

// Add adds a row.
func (c *Changes[T]) Add(id ID, number uint64, row *T) {
	c.ids = append(c.ids, idChange{numberedID: numberedID{keyOf(id), number}})
	c.Replace(number, row)
}

// Replace puts a row in the place of the one with the same number and the same ID.
func (c *Changes[T]) Replace(number uint64, row *T) {
	c.numbers = append(c.numbers, numberChange[T]{number, row})
}

// Delete deletes a row.
func (c *Changes[T]) Delete(id ID, number uint64) {
	c.ids = append(c.ids, idChange{numberedID: numberedID{keyOf(id), number}, deleted: true})
	c.Replace(number, nil)
}

// lastOfEach sorts changes, and returns the last one of each that are equal.
func lastOfEach[C any](changes []C, compare func(a, b C) int) []C {
	if len(changes) < 2 {
		return changes
	}
	slices.SortStableFunc(changes, compare)
	kept := changes[:0]
	for i, c := range changes {
		if i+1 == len(changes) || compare(c, changes[i+1]) != 0 {
			kept = append(kept, c)
		}
	}
	return kept
}

// Apply writes changes to the table that r was read from, in leaves of at most size IDs. It returns the rows after
// them, and sorts the changes.
func (r Rows[T]) Apply(txn *memdb.Txn, table string, size int, c *Changes[T]) (Rows[T], error) {
	next := r.trees
	if len(c.ids) > 0 {
		next.ids = planIDs(next.ids, size, c.ids)
	}
	if len(c.numbers) > 0 {
		next.numbers = planNumbers(next.numbers, c.numbers)
	}
	var err error
	switch {
	case !next.none():
		err = txn.Insert(table, &next)
	case !r.trees.none():
		err = txn.Delete(table, &trees[T]{})
	}
	if err != nil {
		return r, fmt.Errorf("write %s: %w", table, err)
	}
	return Rows[T]{next}, nil
}
