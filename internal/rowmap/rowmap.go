// Package rowmap keeps rows by their 16-byte IDs and by their serial numbers, in two trees that are never changed. One
// leads from an ID to a number, the other from a number to a row, so a new version of a row changes only the second.
// Their leaves have some dozens of entries, and their roots are a row of go-memdb: that needs about 470 bytes for each
// of its rows, and copies more nodes to write one.
package rowmap

import (
	"slices"

	"github.com/contactsdb/contacts/internal/cowtree"
)

// Rows are the rows at one moment; the zero Rows are empty. They are small, never change, and are safe for concurrent
// use.
type Rows[T any] struct {
	ids     *idNode // nil if it is empty
	numbers numberTree[T]
}

// Same reports whether two Rows are the same, not only alike.
func (r Rows[T]) Same(o Rows[T]) bool { return r == o }

// ByID returns the row with an ID, or nil.
func (r Rows[T]) ByID(id ID) *T {
	if number, ok := r.ids.get(keyOf(id)); ok {
		return r.numbers.get(number)
	}
	return nil
}

// Changes are rows to write. Of several changes of an ID or a number the last one counts.
type Changes[T any] struct {
	ids     []idChange
	numbers []numberChange[T]
}

// Grow makes room for n more changes of rows.
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

// settle sorts changes, and returns the last one of those that are equal.
func settle[C any](changes []C, compare func(a, b C) int) []C {
	slices.SortStableFunc(changes, compare)
	return cowtree.LastOfEach(changes, compare)
}

// Apply returns the rows with the changes, in leaves of at most size IDs. It sorts the changes.
func (r Rows[T]) Apply(size int, c *Changes[T]) Rows[T] {
	if len(c.ids) > 0 {
		r.ids = planIDs(r.ids, size, c.ids)
	}
	if len(c.numbers) > 0 {
		r.numbers = planNumbers(r.numbers, c.numbers)
	}
	return r
}
