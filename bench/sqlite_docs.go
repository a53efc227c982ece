//go:build rivals

package main

import (
	"bytes"
	"cmp"
	"database/sql"
	"errors"
	"sync"
	"time"
)

// sqlDatabase is SQLite as a key-value database: the layout of a program that keeps whole documents. Each call reads
// and writes a document as JSON, which the columns of sqlEngine avoid. Get, Last, Put and Delete are called inside Read
// and Write, which hold the lock.
type sqlDatabase struct {
	db   *sql.DB
	conn *sql.Conn

	mu                                              sync.Mutex // one connection runs one transaction
	begin, commit, rollback, get, put, remove, last *sql.Stmt
	size, pages                                     *sql.Stmt
}

// openSQLDocuments opens a database in memory with a driver of SQLite.
func openSQLDocuments(driverName string, now func() time.Time) (engine, error) {
	db, conn, err := connectSQL(driverName, `CREATE TABLE entries (k BLOB PRIMARY KEY, v BLOB) WITHOUT ROWID;`)
	if err != nil {
		return nil, err
	}
	d := &sqlDatabase{db: db, conn: conn}
	err = prepareAll(conn, []toPrepare{
		{&d.begin, `BEGIN IMMEDIATE`},
		{&d.commit, `COMMIT`},
		{&d.rollback, `ROLLBACK`},
		{&d.get, `SELECT v FROM entries WHERE k = ?`},
		{&d.put, `INSERT INTO entries (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v`},
		{&d.remove, `DELETE FROM entries WHERE k = ?`},
		{&d.last, `SELECT k FROM entries WHERE k >= ? AND k < ? ORDER BY k DESC`},
		{&d.size, `PRAGMA page_size`},
		{&d.pages, `PRAGMA page_count`},
	})
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &kvEngine{now: now, db: d}, nil
}

func (d *sqlDatabase) Read(f func(kvReader) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return f(d)
}

func (d *sqlDatabase) Write(f func(kvWriter) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return inTransaction(d.begin, d.commit, d.rollback, func() error { return f(d) })
}

func (d *sqlDatabase) Outside() (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return sqlSize(d.size, d.pages)
}

func (d *sqlDatabase) Close() error { return errors.Join(d.conn.Close(), d.db.Close()) }

func (d *sqlDatabase) Get(k []byte, use func([]byte) error) error {
	rows, err := d.get.Query(k)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return cmp.Or(rows.Err(), errNotFound)
	}
	var value sql.RawBytes
	if err := rows.Scan(&value); err != nil {
		return err
	}
	return use(value)
}

func (d *sqlDatabase) Last(prefix []byte, use func([]byte) bool) error {
	end := append(bytes.Clone(prefix), 0xff) // no key has this byte after a prefix
	rows, err := d.last.Query(prefix, end)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k []byte // use may keep it
		if err := rows.Scan(&k); err != nil {
			return err
		}
		if !use(k) {
			break
		}
	}
	return rows.Err()
}

func (d *sqlDatabase) Put(k, value []byte) error {
	_, err := d.put.Exec(k, value)
	return err
}

func (d *sqlDatabase) Delete(k []byte) error {
	_, err := d.remove.Exec(k)
	return err
}
