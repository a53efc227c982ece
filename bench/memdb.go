package main

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/go-memdb"
)

// memdbEngine is go-memdb, used as its documentation shows: one table with an index for each way to find a document.
type memdbEngine struct {
	now func() time.Time
	db  *memdb.MemDB
}

// memdbRow is a document with its ID as text, which go-memdb's own index of UUIDs needs. Rows never change.
type memdbRow struct {
	ID string
	document
}

const memdbTable = "contact"

func openMemDB(_ string, now func() time.Time) (engine, error) {
	list := func(name string, values func(*memdbRow) []string) *memdb.IndexSchema {
		return &memdb.IndexSchema{Name: name, AllowMissing: true, Indexer: memdbList(values)}
	}
	db, err := memdb.NewMemDB(&memdb.DBSchema{Tables: map[string]*memdb.TableSchema{
		memdbTable: {Name: memdbTable, Indexes: map[string]*memdb.IndexSchema{
			"id": {Name: "id", Unique: true, Indexer: &memdb.UUIDFieldIndex{Field: "ID"}},
			"email": list("email", func(r *memdbRow) (keys []string) {
				for _, m := range r.Emails {
					keys = append(keys, emailKey(m.Address))
				}
				return keys
			}),
			"phone": list("phone", func(r *memdbRow) (keys []string) {
				for _, p := range r.Phones {
					keys = append(keys, p.E164)
				}
				return keys
			}),
			"label": {Name: "label", AllowMissing: true, Indexer: memdbLabels{}},
		}},
	}})
	return &memdbEngine{now: now, db: db}, err
}

// memdbList is an index of the texts of a row, ended by a NUL as in go-memdb's own indexes.
type memdbList func(*memdbRow) []string

func (l memdbList) FromObject(row any) (bool, [][]byte, error) {
	var keys [][]byte
	for _, text := range l(row.(*memdbRow)) {
		keys = append(keys, []byte(text+"\x00"))
	}
	return len(keys) > 0, keys, nil
}

func (l memdbList) FromArgs(args ...any) ([]byte, error) {
	if text, ok := args[0].(string); ok && len(args) == 1 {
		return []byte(text + "\x00"), nil
	}
	return nil, fmt.Errorf("memdb: %d arguments, want a text", len(args))
}

// memdbLabels is an index by label, and for each label by the time of creation.
type memdbLabels struct{}

func (memdbLabels) FromObject(row any) (bool, [][]byte, error) {
	r := row.(*memdbRow)
	var keys [][]byte
	for _, label := range r.Labels {
		k := append(make([]byte, 0, len(label)+9), label+"\x00"...)
		keys = append(keys, binary.BigEndian.AppendUint64(k, uint64(r.Created.UnixMilli())))
	}
	return len(keys) > 0, keys, nil
}

func (memdbLabels) FromArgs(args ...any) ([]byte, error) { return memdbList(nil).FromArgs(args...) }

func (memdbLabels) PrefixFromArgs(args ...any) ([]byte, error) {
	return memdbList(nil).FromArgs(args...)
}

func (e *memdbEngine) Import(docs []*document) func() error {
	return func() error {
		// A transaction that changes more than 8192 nodes compares whole trees to find what to notify.
		for batch := range slices.Chunk(docs, 1000) {
			txn := e.db.Txn(true)
			for _, d := range batch {
				if err := txn.Insert(memdbTable, newMemdbRow(d)); err != nil {
					txn.Abort()
					return err
				}
			}
			txn.Commit()
		}
		return nil
	}
}

func newMemdbRow(d *document) *memdbRow { return &memdbRow{ID: d.ID.String(), document: *d} }

func memdbFind(txn *memdb.Txn, id key) (*memdbRow, error) {
	found, err := txn.First(memdbTable, "id", id.Text)
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, errNotFound
	}
	return found.(*memdbRow), nil
}

func (e *memdbEngine) View(id key) (hit, error) {
	row, err := memdbFind(e.db.Txn(false), id)
	if err != nil {
		return hit{}, err
	}
	return row.hit(), nil
}

func (e *memdbEngine) Get(id key) (hit, error) {
	d, err := e.Document(id)
	if err != nil {
		return hit{}, err
	}
	return d.hit(), nil
}

func (e *memdbEngine) Document(id key) (*document, error) {
	row, err := memdbFind(e.db.Txn(false), id)
	if err != nil {
		return nil, err
	}
	return row.clone(), nil
}

func (e *memdbEngine) ByEmail(to []hit, address string) ([]hit, error) {
	return e.lookup(to, "email", emailKey(address))
}

func (e *memdbEngine) ByPhone(to []hit, e164 string) ([]hit, error) {
	return e.lookup(to, "phone", e164)
}

func (e *memdbEngine) lookup(to []hit, index, value string) ([]hit, error) {
	rows, err := e.db.Txn(false).Get(memdbTable, index, value)
	if err != nil {
		return nil, err
	}
	for row := rows.Next(); row != nil; row = rows.Next() {
		to = append(to, row.(*memdbRow).hit())
	}
	return to, nil
}

func (e *memdbEngine) Newest(to []hit, label string) ([]hit, error) {
	return e.newest(to, label, (*document).hit)
}

func (e *memdbEngine) List(to []hit, label string) ([]hit, error) {
	return e.newest(to, label, func(d *document) hit { return d.clone().hit() })
}

func (e *memdbEngine) newest(to []hit, label string, read func(*document) hit) ([]hit, error) {
	rows, err := e.db.Txn(false).GetReverse(memdbTable, "label_prefix", label)
	if err != nil {
		return nil, err
	}
	for range pageSize {
		row := rows.Next()
		if row == nil {
			break
		}
		to = append(to, read(&row.(*memdbRow).document))
	}
	return to, nil
}

func (e *memdbEngine) Create(d *document) (key, error) {
	txn := e.db.Txn(true)
	defer txn.Abort()
	row := newMemdbRow(d)
	row.Created = e.now()
	row.Updated = row.Created
	if err := txn.Insert(memdbTable, row); err != nil {
		return key{}, err
	}
	txn.Commit()
	return key{UUID: d.ID, Text: row.ID}, nil
}

func (e *memdbEngine) SetTitle(id key, revision int, title string) error {
	return e.update(id, revision, func(next *document) { next.JobTitle = title })
}

func (e *memdbEngine) SetPhones(id key, revision int, phones []phone) error {
	return e.update(id, revision, func(next *document) { next.Phones = slices.Clone(phones) })
}

func (e *memdbEngine) update(id key, revision int, change func(next *document)) error {
	txn := e.db.Txn(true)
	defer txn.Abort() // has no effect after Commit
	row, err := memdbFind(txn, id)
	switch {
	case err != nil:
		return err
	case row.Revision != revision:
		return errChanged
	}
	next := *row
	next.Revision++
	next.Updated = e.now()
	change(&next.document)
	if err := txn.Insert(memdbTable, &next); err != nil {
		return err
	}
	txn.Commit()
	return nil
}

func (e *memdbEngine) Delete(id key) error {
	txn := e.db.Txn(true)
	defer txn.Abort()
	row, err := memdbFind(txn, id)
	if err != nil {
		return err
	}
	if err := txn.Delete(memdbTable, row); err != nil {
		return err
	}
	txn.Commit()
	return nil
}

func (e *memdbEngine) Outside() (int64, error) { return 0, nil }

func (e *memdbEngine) Close() error { return nil }
