// Package rowmap keeps rows by their 16-byte IDs and by their serial numbers in a table of go-memdb. The table has two
// rows of its own, one by ID and one by number, each the root of a tree that is never changed, with some dozens of the
// caller's rows in a leaf: go-memdb needs about 470 bytes for a row, and copies more nodes to write one.
package rowmap

import (
	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/lookup"
)

// indexID is the only index of a table.
const indexID = "id"

// Table returns the schema of a table.
func Table(name string) *memdb.TableSchema {
	return &memdb.TableSchema{Name: name, Indexes: map[string]*memdb.IndexSchema{
		indexID: {Name: indexID, Unique: true, Indexer: byKey{}},
	}}
}

// byKey makes the two rows of a table known by their keys.
type byKey struct{ lookup.ByKey }

// tree is a row of a table.
type tree interface{ rowKey() []byte }

// FromObject implements memdb.SingleIndexer.
func (byKey) FromObject(row any) (bool, []byte, error) { return true, row.(tree).rowKey(), nil }

// rowOf returns the row of a table with a key, nil if the tree is empty.
func rowOf(txn *memdb.Txn, table string, key []byte) any {
	at := lookup.NewKey()
	defer at.Free()
	at.Bytes = append(at.Bytes, key...)
	row, err := txn.First(table, indexID, at.Args()...)
	if err != nil {
		panic("rowmap: " + err.Error()) // the table is not one of this package
	}
	return row
}

// Changes are the new rows of IDs and numbers, nil to delete one. Of several changes of one the last one counts.
type Changes[T any] struct {
	IDs     []IDChange[T]
	Numbers []NumberChange[T]
}

// Apply writes changes to a table, in leaves of at most size rows by ID. It reads all rows before it writes the first
// one. It sorts the changes.
func (c *Changes[T]) Apply(txn *memdb.Txn, table string, size int) error {
	ids, numbers := idRoot[T](txn, table), numberTreeOf[T](txn, table)
	if len(c.IDs) > 0 {
		next := planIDs(ids, size, c.IDs)
		if err := replace(txn, table, ids != nil, next != nil, &idTree[T]{}, next); err != nil {
			return err
		}
	}
	if len(c.Numbers) > 0 {
		next := planNumbers(numbers, c.Numbers)
		if err := replace(txn, table, numbers != nil, next != nil, &numberTree[T]{}, next); err != nil {
			return err
		}
	}
	return nil
}

// replace writes a row, or deletes the one of its kind.
func replace(txn *memdb.Txn, table string, exists, remains bool, kind, row tree) error {
	switch {
	case remains:
		return txn.Insert(table, row)
	case exists:
		return txn.Delete(table, kind)
	default:
		return nil
	}
}
