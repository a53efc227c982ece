package main

import (
	"errors"
	"strings"
	"time"

	"github.com/tidwall/buntdb"
)

// buntDatabase is buntdb in memory. Its own indexes give a document one place each, so emails, phones and labels are
// keys of their own.
type buntDatabase struct{ db *buntdb.DB }

func openBunt(_ string, now func() time.Time) (engine, error) {
	db, err := buntdb.Open(":memory:")
	return &kvEngine{now: now, db: buntDatabase{db}}, err
}

func (b buntDatabase) Read(f func(kvReader) error) error {
	return b.db.View(func(tx *buntdb.Tx) error { return f(buntTx{tx}) })
}

func (b buntDatabase) Write(f func(kvWriter) error) error {
	return b.db.Update(func(tx *buntdb.Tx) error { return f(buntTx{tx}) })
}

func (b buntDatabase) Outside() (int64, error) { return 0, nil }

func (b buntDatabase) Close() error { return b.db.Close() }

type buntTx struct{ tx *buntdb.Tx }

func (t buntTx) Get(k []byte, use func([]byte) error) error {
	value, err := t.tx.Get(string(k))
	if err != nil {
		return buntError(err)
	}
	return use([]byte(value))
}

func (t buntTx) Last(prefix []byte, use func([]byte) bool) error {
	first := string(prefix)
	return t.tx.DescendLessOrEqual("", first+"\xff", func(k, _ string) bool {
		return strings.HasPrefix(k, first) && use([]byte(k))
	})
}

func (t buntTx) Put(k, value []byte) error {
	_, _, err := t.tx.Set(string(k), string(value), nil)
	return err
}

func (t buntTx) Delete(k []byte) error {
	_, err := t.tx.Delete(string(k))
	return buntError(err)
}

func buntError(err error) error {
	if errors.Is(err, buntdb.ErrNotFound) {
		return errNotFound
	}
	return err
}
