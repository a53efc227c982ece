package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// kvEngine keeps documents as JSON in a key-value database, with entries to find them by:
//
//	c ID                      the document
//	e EMAIL, p NUMBER         the IDs of the documents that have it
//	l LABEL NUL CREATED ID    nothing
//
// The program that uses such a database writes all of this itself. Only the calls of the database are not here.
type kvEngine struct {
	now func() time.Time
	db  kvDatabase
}

// kvDatabase is a key-value database.
type kvDatabase interface {
	Read(func(kvReader) error) error
	// Write runs a transaction, again if another one was faster. It may be called for each few thousand writes.
	Write(func(kvWriter) error) error
	Outside() (int64, error)
	Close() error
}

type kvReader interface {
	// Get calls use with a value, valid during the call, or returns errNotFound.
	Get(key []byte, use func(value []byte) error) error
	// Last calls use with the keys that have a prefix, the last one first, until it returns false.
	Last(prefix []byte, use func(key []byte) bool) error
}

type kvWriter interface {
	kvReader
	Put(key, value []byte) error
	Delete(key []byte) error
}

func documentKey(id uuid.UUID) []byte { return append([]byte("c"), id[:]...) }

func textKey(kind byte, text string) []byte { return append([]byte{kind}, text...) }

func labelPrefix(label string, more int) []byte {
	return append(append(make([]byte, 0, len(label)+2+more), 'l'), label+"\x00"...)
}

// labelEntry ends in the ID. Every time of a document is after 1970.
func labelEntry(label string, d *document) []byte {
	k := binary.BigEndian.AppendUint64(labelPrefix(label, 8+len(d.ID)), uint64(d.Created.UnixMilli()))
	return append(k, d.ID[:]...)
}

func decode(data []byte) (*document, error) {
	d := new(document)
	return d, json.Unmarshal(data, d)
}

func (e *kvEngine) Import(docs []*document) func() error {
	return func() error {
		for batch := range slices.Chunk(docs, 1000) {
			err := e.db.Write(func(w kvWriter) error {
				for _, d := range batch {
					if err := kvAdd(w, d); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
}

func kvAdd(w kvWriter, d *document) error {
	if err := kvPut(w, d); err != nil {
		return err
	}
	for _, m := range d.Emails {
		if err := kvAddID(w, textKey('e', emailKey(m.Address)), d.ID); err != nil {
			return err
		}
	}
	for _, p := range d.Phones {
		if err := kvAddID(w, textKey('p', p.E164), d.ID); err != nil {
			return err
		}
	}
	for _, label := range d.Labels {
		if err := w.Put(labelEntry(label, d), nil); err != nil {
			return err
		}
	}
	return nil
}

func kvPut(w kvWriter, d *document) error {
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return w.Put(documentKey(d.ID), data)
}

// kvIDs returns the IDs under a key, 16 bytes each, none if there is no such key.
func kvIDs(r kvReader, k []byte) (ids []byte, err error) {
	err = r.Get(k, func(value []byte) error {
		ids = slices.Clone(value)
		return nil
	})
	if errors.Is(err, errNotFound) {
		err = nil
	}
	return ids, err
}

func kvAddID(w kvWriter, k []byte, id uuid.UUID) error {
	ids, err := kvIDs(w, k)
	if err != nil {
		return err
	}
	return w.Put(k, append(ids, id[:]...))
}

func kvRemoveID(w kvWriter, k []byte, id uuid.UUID) error {
	ids, err := kvIDs(w, k)
	if err != nil {
		return err
	}
	var kept []byte
	for other := range slices.Chunk(ids, len(id)) {
		if uuid.UUID(other) != id {
			kept = append(kept, other...)
		}
	}
	if len(kept) == 0 {
		return w.Delete(k)
	}
	return w.Put(k, kept)
}

func kvFind(r kvReader, id uuid.UUID) (d *document, err error) {
	err = r.Get(documentKey(id), func(value []byte) (err error) {
		d, err = decode(value)
		return err
	})
	return d, err
}

// View decodes the document: there is no other way to read a value of it.
func (e *kvEngine) View(id key) (hit, error) { return e.Get(id) }

func (e *kvEngine) Get(id key) (hit, error) {
	d, err := e.Document(id)
	if err != nil {
		return hit{}, err
	}
	return d.hit(), nil
}

func (e *kvEngine) Document(id key) (d *document, err error) {
	err = e.db.Read(func(r kvReader) (err error) {
		d, err = kvFind(r, id.UUID)
		return err
	})
	return d, err
}

func (e *kvEngine) ByEmail(to []hit, address string) ([]hit, error) {
	return e.lookup(to, textKey('e', emailKey(address)))
}

func (e *kvEngine) ByPhone(to []hit, e164 string) ([]hit, error) {
	return e.lookup(to, textKey('p', e164))
}

func (e *kvEngine) lookup(to []hit, k []byte) ([]hit, error) {
	err := e.db.Read(func(r kvReader) error {
		ids, err := kvIDs(r, k)
		if err != nil {
			return err
		}
		for id := range slices.Chunk(ids, len(uuid.UUID{})) {
			d, err := kvFind(r, uuid.UUID(id))
			if err != nil {
				return err
			}
			to = append(to, d.hit())
		}
		return nil
	})
	return to, err
}

func (e *kvEngine) Newest(to []hit, label string) ([]hit, error) {
	return e.List(to, label)
}

func (e *kvEngine) List(to []hit, label string) ([]hit, error) {
	err := e.db.Read(func(r kvReader) error {
		ids := make([]uuid.UUID, 0, pageSize)
		err := r.Last(labelPrefix(label, 0), func(k []byte) bool {
			ids = append(ids, uuid.UUID(k[len(k)-len(uuid.UUID{}):]))
			return len(ids) < pageSize
		})
		if err != nil {
			return err
		}
		for _, id := range ids {
			d, err := kvFind(r, id)
			if err != nil {
				return err
			}
			to = append(to, d.hit())
		}
		return nil
	})
	return to, err
}

func (e *kvEngine) Create(d *document) (key, error) {
	d.Created = e.now()
	d.Updated = d.Created
	return d.key(), e.db.Write(func(w kvWriter) error { return kvAdd(w, d) })
}

func (e *kvEngine) SetTitle(id key, revision int, title string) error {
	return e.update(id, revision, func(_ kvWriter, next *document) error {
		next.JobTitle = title
		return nil
	})
}

func (e *kvEngine) SetPhones(id key, revision int, phones []phone) error {
	return e.update(id, revision, func(w kvWriter, next *document) error {
		for _, p := range next.Phones {
			if err := kvRemoveID(w, textKey('p', p.E164), next.ID); err != nil {
				return err
			}
		}
		next.Phones = phones
		for _, p := range next.Phones {
			if err := kvAddID(w, textKey('p', p.E164), next.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *kvEngine) update(id key, revision int, change func(kvWriter, *document) error) error {
	return e.db.Write(func(w kvWriter) error {
		d, err := kvFind(w, id.UUID)
		switch {
		case err != nil:
			return err
		case d.Revision != revision:
			return errChanged
		}
		d.Revision++
		d.Updated = e.now()
		if err := change(w, d); err != nil {
			return err
		}
		return kvPut(w, d)
	})
}

func (e *kvEngine) Delete(id key) error {
	return e.db.Write(func(w kvWriter) error {
		d, err := kvFind(w, id.UUID)
		if err != nil {
			return err
		}
		for _, m := range d.Emails {
			if err := kvRemoveID(w, textKey('e', emailKey(m.Address)), d.ID); err != nil {
				return err
			}
		}
		for _, p := range d.Phones {
			if err := kvRemoveID(w, textKey('p', p.E164), d.ID); err != nil {
				return err
			}
		}
		for _, label := range d.Labels {
			if err := w.Delete(labelEntry(label, d)); err != nil {
				return err
			}
		}
		return w.Delete(documentKey(d.ID))
	})
}

func (e *kvEngine) Outside() (int64, error) { return e.db.Outside() }

func (e *kvEngine) Close() error { return e.db.Close() }
