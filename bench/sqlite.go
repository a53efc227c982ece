//go:build rivals

package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// sqlEngine keeps contacts in columns of SQLite, lists as JSON, and a table for each way to find them. The database is
// in memory, so there is one connection, without a journal on disk; all statements are prepared.
type sqlEngine struct {
	now  func() time.Time
	db   *sql.DB
	conn *sql.Conn

	mu         sync.Mutex // one connection runs one transaction
	statements sqlStatements
}

type sqlStatements struct {
	begin, commit, rollback                                *sql.Stmt
	insert, setTitle, setPhones, remove                    *sql.Stmt
	addEmail, addPhone, addLabel                           *sql.Stmt
	removeEmail, removePhone, removeLabel                  *sql.Stmt
	byID, byEmail, byPhone, byLabel, phonesOf, size, pages *sql.Stmt
}

const (
	sqlPragmas = `
		PRAGMA journal_mode = MEMORY;
		PRAGMA synchronous = OFF;
		PRAGMA locking_mode = EXCLUSIVE;
		PRAGMA temp_store = MEMORY;`
	sqlSchema = `
		CREATE TABLE contacts (
			serial INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, revision INTEGER NOT NULL, created INTEGER NOT NULL,
			updated INTEGER NOT NULL, first TEXT, last TEXT, company TEXT, job_title TEXT, locale TEXT,
			emails TEXT, phones TEXT, addresses TEXT, labels TEXT, fields TEXT);
		CREATE TABLE emails (email TEXT, serial INTEGER, PRIMARY KEY (email, serial)) WITHOUT ROWID;
		CREATE TABLE phones (e164 TEXT, serial INTEGER, PRIMARY KEY (e164, serial)) WITHOUT ROWID;
		CREATE TABLE labels (label TEXT, created INTEGER, serial INTEGER, PRIMARY KEY (label, created, serial))
			WITHOUT ROWID;`
	sqlColumns = `serial, id, revision, created, updated, first, last, company, job_title, locale, emails, phones,
		addresses, labels, fields`
)

// openSQL opens a database in memory with a driver of SQLite.
func openSQL(driverName string, now func() time.Time) (engine, error) {
	db, conn, err := connectSQL(driverName, sqlSchema)
	if err != nil {
		return nil, err
	}
	e := &sqlEngine{now: now, db: db, conn: conn}
	if err := e.prepare(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// connectSQL opens a database in memory, with its only connection.
func connectSQL(driverName, schema string) (*sql.DB, *sql.Conn, error) {
	db, err := sql.Open(driverName, ":memory:")
	if err != nil {
		return nil, nil, err
	}
	conn, err := db.Conn(context.Background())
	if err == nil {
		_, err = conn.ExecContext(context.Background(), sqlPragmas+schema)
	}
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, conn, nil
}

// prepare prepares all statements. None has a join: SQLite then plans it again in each call, which takes as long as the
// call.
func (e *sqlEngine) prepare() error {
	s := &e.statements
	return prepareAll(e.conn, []toPrepare{
		{&s.begin, `BEGIN IMMEDIATE`},
		{&s.commit, `COMMIT`},
		{&s.rollback, `ROLLBACK`},
		{&s.insert, `INSERT INTO contacts (id, revision, created, updated, first, last, company, job_title, locale,
			emails, phones, addresses, labels, fields) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&s.setTitle, `UPDATE contacts SET job_title = ?, revision = revision + 1, updated = ?
			WHERE id = ? AND revision = ?`},
		{&s.setPhones, `UPDATE contacts SET phones = ?, revision = revision + 1, updated = ? WHERE serial = ?`},
		{&s.phonesOf, `SELECT serial, revision, phones FROM contacts WHERE id = ?`},
		{&s.remove, `DELETE FROM contacts WHERE serial = ?`},
		{&s.addEmail, `INSERT INTO emails (email, serial) VALUES (?, ?)`},
		{&s.addPhone, `INSERT INTO phones (e164, serial) VALUES (?, ?)`},
		{&s.addLabel, `INSERT INTO labels (label, created, serial) VALUES (?, ?, ?)`},
		{&s.removeEmail, `DELETE FROM emails WHERE email = ? AND serial = ?`},
		{&s.removePhone, `DELETE FROM phones WHERE e164 = ? AND serial = ?`},
		{&s.removeLabel, `DELETE FROM labels WHERE label = ? AND created = ? AND serial = ?`},
		{&s.byID, `SELECT ` + sqlColumns + ` FROM contacts WHERE id = ?`},
		{&s.byEmail, `SELECT ` + sqlColumns + ` FROM contacts WHERE serial IN
			(SELECT serial FROM emails WHERE email = ?) ORDER BY serial`},
		{&s.byPhone, `SELECT ` + sqlColumns + ` FROM contacts WHERE serial IN
			(SELECT serial FROM phones WHERE e164 = ?) ORDER BY serial`},
		{&s.byLabel, `SELECT ` + sqlColumns + ` FROM contacts WHERE serial IN (SELECT serial FROM labels WHERE label = ?
			ORDER BY created DESC, serial DESC LIMIT ` + strconv.Itoa(pageSize) + `) ORDER BY created DESC, serial DESC`},
		{&s.size, `PRAGMA page_size`},
		{&s.pages, `PRAGMA page_count`},
	})
}

// toPrepare is a statement, and the variable for it.
type toPrepare struct {
	to   **sql.Stmt
	text string
}

func prepareAll(conn *sql.Conn, list []toPrepare) error {
	for _, p := range list {
		statement, err := conn.PrepareContext(context.Background(), p.text)
		if err != nil {
			return fmt.Errorf("prepare %q: %w", p.text, err)
		}
		*p.to = statement
	}
	return nil
}

// jsonColumn is a list as a column of JSON, NULL if it is empty.
type jsonColumn[T any] struct {
	value *T
	empty bool
}

func (c jsonColumn[T]) Value() (driver.Value, error) {
	if c.empty {
		return nil, nil
	}
	data, err := json.Marshal(c.value)
	return string(data), err
}

func (c jsonColumn[T]) Scan(value any) error {
	switch data := value.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(data), c.value)
	case []byte:
		return json.Unmarshal(data, c.value)
	}
	return fmt.Errorf("sql: a list is a %T", value)
}

func listColumn[T any](list *[]T) jsonColumn[[]T] {
	return jsonColumn[[]T]{value: list, empty: len(*list) == 0}
}

// write runs f in a transaction.
func (e *sqlEngine) write(f func() error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return inTransaction(e.statements.begin, e.statements.commit, e.statements.rollback, f)
}

func inTransaction(begin, commit, rollback *sql.Stmt, f func() error) error {
	if _, err := begin.Exec(); err != nil {
		return err
	}
	err := f()
	if err == nil {
		_, err = commit.Exec()
	}
	if err != nil {
		_, undone := rollback.Exec()
		return errors.Join(err, undone)
	}
	return nil
}

func (e *sqlEngine) Import(docs []*document) func() error {
	return func() error {
		return e.write(func() error {
			for _, d := range docs {
				if err := e.add(d); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func (e *sqlEngine) add(d *document) error {
	s := &e.statements
	result, err := s.insert.Exec(d.ID[:], d.Revision, d.Created.UnixMilli(), d.Updated.UnixMilli(), d.First, d.Last,
		d.Company, d.JobTitle, d.Locale, listColumn(&d.Emails), listColumn(&d.Phones), listColumn(&d.Addresses),
		listColumn(&d.Labels), jsonColumn[map[string]string]{value: &d.Fields, empty: len(d.Fields) == 0})
	if err != nil {
		return err
	}
	serial, err := result.LastInsertId()
	if err != nil {
		return err
	}
	for _, m := range d.Emails {
		if _, err := s.addEmail.Exec(emailKey(m.Address), serial); err != nil {
			return err
		}
	}
	for _, p := range d.Phones {
		if _, err := s.addPhone.Exec(p.E164, serial); err != nil {
			return err
		}
	}
	for _, label := range d.Labels {
		if _, err := s.addLabel.Exec(label, d.Created.UnixMilli(), serial); err != nil {
			return err
		}
	}
	return nil
}

// scan reads a row of sqlColumns.
func scan(row interface{ Scan(...any) error }) (d *document, serial int64, err error) {
	d = new(document)
	var created, updated int64
	err = row.Scan(&serial, &d.ID, &d.Revision, &created, &updated, &d.First, &d.Last, &d.Company, &d.JobTitle,
		&d.Locale, listColumn(&d.Emails), listColumn(&d.Phones), listColumn(&d.Addresses), listColumn(&d.Labels),
		jsonColumn[map[string]string]{value: &d.Fields})
	if errors.Is(err, sql.ErrNoRows) {
		err = errNotFound
	}
	d.Created, d.Updated = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	return d, serial, err
}

// View reads the whole row, as the caller of a database does that wants a contact.
func (e *sqlEngine) View(id key) (hit, error) { return e.Get(id) }

func (e *sqlEngine) Get(id key) (hit, error) {
	d, err := e.Document(id)
	return d.hit(), err
}

func (e *sqlEngine) Document(id key) (*document, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d, _, err := scan(e.statements.byID.QueryRow(id.UUID[:]))
	return d, err
}

func (e *sqlEngine) ByEmail(to []hit, address string) ([]hit, error) {
	return e.hits(to, e.statements.byEmail, emailKey(address))
}

func (e *sqlEngine) ByPhone(to []hit, e164 string) ([]hit, error) {
	return e.hits(to, e.statements.byPhone, e164)
}

func (e *sqlEngine) Newest(to []hit, label string) ([]hit, error) {
	return e.List(to, label)
}

func (e *sqlEngine) List(to []hit, label string) ([]hit, error) {
	return e.hits(to, e.statements.byLabel, label)
}

func (e *sqlEngine) hits(to []hit, statement *sql.Stmt, args ...any) ([]hit, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	rows, err := statement.Query(args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		d, _, err := scan(rows)
		if err != nil {
			return nil, err
		}
		to = append(to, d.hit())
	}
	return to, rows.Err()
}

func (e *sqlEngine) Create(d *document) (key, error) {
	return d.key(), e.write(func() error {
		d.Created = e.now()
		d.Updated = d.Created
		return e.add(d)
	})
}

func (e *sqlEngine) SetTitle(id key, revision int, title string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	result, err := e.statements.setTitle.Exec(title, e.now().UnixMilli(), id.UUID[:], revision)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); n == 1 || err != nil {
		return err
	}
	if _, _, err := scan(e.statements.byID.QueryRow(id.UUID[:])); err != nil {
		return err
	}
	return errChanged
}

func (e *sqlEngine) SetPhones(id key, revision int, phones []phone) error {
	s := &e.statements
	return e.write(func() error {
		var serial, present int64
		var old []phone
		err := s.phonesOf.QueryRow(id.UUID[:]).Scan(&serial, &present, listColumn(&old))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return errNotFound
		case err != nil:
			return err
		case present != int64(revision):
			return errChanged
		}
		for _, p := range old {
			if _, err := s.removePhone.Exec(p.E164, serial); err != nil {
				return err
			}
		}
		for _, p := range phones {
			if _, err := s.addPhone.Exec(p.E164, serial); err != nil {
				return err
			}
		}
		_, err = s.setPhones.Exec(listColumn(&phones), e.now().UnixMilli(), serial)
		return err
	})
}

func (e *sqlEngine) Delete(id key) error {
	s := &e.statements
	return e.write(func() error {
		d, serial, err := scan(s.byID.QueryRow(id.UUID[:]))
		if err != nil {
			return err
		}
		for _, m := range d.Emails {
			if _, err := s.removeEmail.Exec(emailKey(m.Address), serial); err != nil {
				return err
			}
		}
		for _, p := range d.Phones {
			if _, err := s.removePhone.Exec(p.E164, serial); err != nil {
				return err
			}
		}
		for _, label := range d.Labels {
			if _, err := s.removeLabel.Exec(label, d.Created.UnixMilli(), serial); err != nil {
				return err
			}
		}
		_, err = s.remove.Exec(serial)
		return err
	})
}

// Outside is the size of the database, which neither driver keeps in the Go heap.
func (e *sqlEngine) Outside() (int64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return sqlSize(e.statements.size, e.statements.pages)
}

func sqlSize(ofPage, pages *sql.Stmt) (int64, error) {
	var size, n int64
	err := errors.Join(ofPage.QueryRow().Scan(&size), pages.QueryRow().Scan(&n))
	return size * n, err
}

func (e *sqlEngine) Close() error { return errors.Join(e.conn.Close(), e.db.Close()) }
