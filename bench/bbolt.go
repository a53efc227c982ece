package main

import (
	"bytes"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// boltDatabase is bbolt in a file.
type boltDatabase struct{ db *bbolt.DB }

var boltBucket = []byte("contacts")

// openBolt opens a database that leaves writing to the operating system, so that the file is as good as memory.
func openBolt(dir string, now func() time.Time) (engine, error) { return openBoltFile(dir, now, true) }

// openBoltSynced opens a database that waits for the disk at each commit.
func openBoltSynced(dir string, now func() time.Time) (engine, error) {
	return openBoltFile(dir, now, false)
}

func openBoltFile(dir string, now func() time.Time, noSync bool) (engine, error) {
	db, err := bbolt.Open(filepath.Join(dir, "bbolt"), 0o600, &bbolt.Options{
		NoSync: noSync, NoGrowSync: noSync, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType,
		NoStatistics: true,
	})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(boltBucket)
		return err
	})
	return &kvEngine{now: now, db: boltDatabase{db}}, err
}

func (b boltDatabase) Read(f func(kvReader) error) error {
	return b.db.View(func(tx *bbolt.Tx) error { return f(boltTx{tx.Bucket(boltBucket)}) })
}

func (b boltDatabase) Write(f func(kvWriter) error) error {
	return b.db.Update(func(tx *bbolt.Tx) error { return f(boltTx{tx.Bucket(boltBucket)}) })
}

// Outside is the size of the file, which is mapped into memory.
func (b boltDatabase) Outside() (size int64, err error) {
	err = b.db.View(func(tx *bbolt.Tx) error {
		size = tx.Size()
		return nil
	})
	return size, err
}

func (b boltDatabase) Close() error { return b.db.Close() }

type boltTx struct{ bucket *bbolt.Bucket }

func (t boltTx) Get(k []byte, use func([]byte) error) error {
	value := t.bucket.Get(k)
	if value == nil {
		return errNotFound
	}
	return use(value)
}

func (t boltTx) Last(prefix []byte, use func([]byte) bool) error {
	cursor := t.bucket.Cursor()
	after := append(bytes.Clone(prefix), 0xff)
	k, _ := cursor.Seek(after)
	if k == nil {
		k, _ = cursor.Last()
	} else {
		k, _ = cursor.Prev()
	}
	for ; bytes.HasPrefix(k, prefix) && use(k); k, _ = cursor.Prev() {
	}
	return nil
}

func (t boltTx) Put(k, value []byte) error { return t.bucket.Put(k, value) }

func (t boltTx) Delete(k []byte) error { return t.bucket.Delete(k) }
