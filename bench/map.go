package main

import (
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// mapEngine is the least that a program can do: maps and a lock. Documents never change; an update replaces them, so
// that readers can keep what they found. There is one document for each email and phone, as in the data: lists would
// take more memory.
type mapEngine struct {
	now func() time.Time

	mu      sync.RWMutex
	byID    map[uuid.UUID]*slot
	byEmail map[string]*slot
	byPhone map[string]*slot
	byLabel map[string][]*slot // in the order of creation
}

// slot is the place of a document, to which the maps point, so that an update need not touch all of them.
type slot struct{ doc *document }

func openMap(_ string, now func() time.Time) (engine, error) {
	return &mapEngine{
		now: now, byID: make(map[uuid.UUID]*slot), byEmail: make(map[string]*slot), byPhone: make(map[string]*slot),
		byLabel: make(map[string][]*slot),
	}, nil
}

func (e *mapEngine) Import(docs []*document) func() error {
	return func() error {
		e.mu.Lock()
		defer e.mu.Unlock()
		for _, d := range docs {
			e.add(d)
		}
		return nil
	}
}

func (e *mapEngine) add(d *document) {
	s := &slot{doc: d}
	e.byID[d.ID] = s
	for _, m := range d.Emails {
		e.byEmail[emailKey(m.Address)] = s
	}
	for _, p := range d.Phones {
		e.byPhone[p.E164] = s
	}
	for _, label := range d.Labels {
		e.byLabel[label] = append(e.byLabel[label], s)
	}
}

func (e *mapEngine) find(id key) (*document, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if s, ok := e.byID[id.UUID]; ok {
		return s.doc, nil
	}
	return nil, errNotFound
}

func (e *mapEngine) View(id key) (hit, error) {
	d, err := e.find(id)
	if err != nil {
		return hit{}, err
	}
	return d.hit(), nil
}

func (e *mapEngine) Get(id key) (hit, error) {
	d, err := e.Document(id)
	if err != nil {
		return hit{}, err
	}
	return d.hit(), nil
}

func (e *mapEngine) Document(id key) (*document, error) {
	d, err := e.find(id)
	if err != nil {
		return nil, err
	}
	return d.clone(), nil
}

func (e *mapEngine) ByEmail(to []hit, address string) ([]hit, error) {
	return e.lookup(to, e.byEmail, emailKey(address)), nil
}

func (e *mapEngine) ByPhone(to []hit, e164 string) ([]hit, error) {
	return e.lookup(to, e.byPhone, e164), nil
}

func (e *mapEngine) lookup(to []hit, index map[string]*slot, value string) []hit {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if s, ok := index[value]; ok {
		to = append(to, s.doc.hit())
	}
	return to
}

func (e *mapEngine) Newest(to []hit, label string) ([]hit, error) {
	return e.newest(to, label, (*document).hit), nil
}

func (e *mapEngine) List(to []hit, label string) ([]hit, error) {
	return e.newest(to, label, func(d *document) hit { return d.clone().hit() }), nil
}

func (e *mapEngine) newest(to []hit, label string, read func(*document) hit) []hit {
	e.mu.RLock()
	defer e.mu.RUnlock()
	list := e.byLabel[label]
	for _, s := range slices.Backward(list[max(0, len(list)-pageSize):]) {
		to = append(to, read(s.doc))
	}
	return to
}

func (e *mapEngine) Create(d *document) (key, error) {
	id := d.key()
	e.mu.Lock()
	defer e.mu.Unlock()
	d.Created = e.now()
	d.Updated = d.Created
	e.add(d)
	return id, nil
}

func (e *mapEngine) SetTitle(id key, revision int, title string) error {
	return e.update(id, revision, func(_ *slot, next *document) { next.JobTitle = title })
}

func (e *mapEngine) SetPhones(id key, revision int, phones []phone) error {
	return e.update(id, revision, func(s *slot, next *document) {
		for _, p := range next.Phones {
			delete(e.byPhone, p.E164)
		}
		next.Phones = slices.Clone(phones)
		for _, p := range next.Phones {
			e.byPhone[p.E164] = s
		}
	})
}

func (e *mapEngine) update(id key, revision int, change func(s *slot, next *document)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	s, ok := e.byID[id.UUID]
	switch {
	case !ok:
		return errNotFound
	case s.doc.Revision != revision:
		return errChanged
	}
	next := *s.doc
	next.Revision++
	next.Updated = e.now()
	change(s, &next)
	s.doc = &next
	return nil
}

func (e *mapEngine) Delete(id key) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	s, ok := e.byID[id.UUID]
	if !ok {
		return errNotFound
	}
	delete(e.byID, id.UUID)
	for _, m := range s.doc.Emails {
		delete(e.byEmail, emailKey(m.Address))
	}
	for _, p := range s.doc.Phones {
		delete(e.byPhone, p.E164)
	}
	for _, label := range s.doc.Labels {
		list := e.byLabel[label]
		at, _ := slices.BinarySearchFunc(list, s.doc.Created, func(s *slot, created time.Time) int {
			return s.doc.Created.Compare(created)
		})
		at += slices.Index(list[at:], s) // documents can have the same time
		e.byLabel[label] = slices.Delete(list, at, at+1)
	}
	return nil
}

func (e *mapEngine) Outside() (int64, error) { return 0, nil }

func (e *mapEngine) Close() error { return nil }
