//go:build rivals

package main

import (
	"errors"
	"time"

	"github.com/dgraph-io/badger/v4"
)

func init() { heavy = append(heavy, rival{Name: nameBadger, Open: openBadger}) }

// badgerDatabase is badger in memory.
type badgerDatabase struct{ db *badger.DB }

func openBadger(_ string, now func() time.Time) (engine, error) {
	opts := badger.DefaultOptions("").WithInMemory(true).WithLogger(nil).WithMetricsEnabled(false)
	db, err := badger.Open(opts)
	return &kvEngine{now: now, db: badgerDatabase{db}}, err
}

func (b badgerDatabase) Read(f func(kvReader) error) error {
	return b.db.View(func(txn *badger.Txn) error { return f(badgerTxn{txn}) })
}

func (b badgerDatabase) Write(f func(kvWriter) error) error {
	for {
		err := b.db.Update(func(txn *badger.Txn) error { return f(badgerTxn{txn}) })
		if !errors.Is(err, badger.ErrConflict) {
			return err
		}
	}
}

func (b badgerDatabase) Outside() (int64, error) { return 0, nil }

func (b badgerDatabase) Close() error { return b.db.Close() }

type badgerTxn struct{ txn *badger.Txn }

func (t badgerTxn) Get(k []byte, use func([]byte) error) error {
	item, err := t.txn.Get(k)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	return item.Value(use)
}

func (t badgerTxn) Last(prefix []byte, use func([]byte) bool) error {
	it := t.txn.NewIterator(badger.IteratorOptions{Prefix: prefix, Reverse: true})
	defer it.Close()
	seek := append(append(make([]byte, 0, len(prefix)+1), prefix...), 0xff)
	for it.Seek(seek); it.ValidForPrefix(prefix) && use(it.Item().Key()); it.Next() {
	}
	return nil
}

func (t badgerTxn) Put(k, value []byte) error { return t.txn.Set(k, value) }

func (t badgerTxn) Delete(k []byte) error { return t.txn.Delete(k) }
