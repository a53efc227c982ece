package main

import (
	"container/list"
	"context"
	"errors"
	"sync"

	"github.com/contactsdb/contacts"
)

// stores keeps a limited number of stores open, and closes the one that was used least recently. A program that serves
// many sites needs something like it.
type stores struct {
	most int
	open func(ctx context.Context, site int) (*contacts.Store, error)

	mu     sync.Mutex
	bySite map[int]*entry
	order  *list.List // of *entry, the one used last in front
}

// entry is a store that is open, or about to be.
type entry struct {
	site  int
	at    *list.Element // in the order
	users int
	ready chan struct{} // closed when store and err are set
	store *contacts.Store
	err   error
}

func newStores(most int, open func(context.Context, int) (*contacts.Store, error)) *stores {
	return &stores{most: most, open: open, bySite: make(map[int]*entry), order: list.New()}
}

// use calls a function with the store of a site, which it opens if it is not open.
func (s *stores) use(ctx context.Context, site int, do func(*contacts.Store) error) error {
	e, first := s.acquire(site)
	if first {
		e.store, e.err = s.open(ctx, site)
		close(e.ready)
	}
	<-e.ready
	err := e.err
	if err == nil {
		err = do(e.store)
	}
	return errors.Join(err, s.release(e))
}

// acquire returns the entry of a site, and whether the caller has to open its store.
func (s *stores) acquire(site int) (e *entry, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.bySite[site]
	if !ok {
		e = &entry{site: site, ready: make(chan struct{})}
		e.at = s.order.PushFront(e)
		s.bySite[site] = e
	}
	s.order.MoveToFront(e.at)
	e.users++
	return e, !ok
}

// release gives an entry back. It forgets one that failed to open, and closes stores that are too many.
func (s *stores) release(e *entry) error {
	s.mu.Lock()
	e.users--
	if e.err != nil && e.users == 0 {
		s.remove(e)
	}
	evicted := s.evict()
	s.mu.Unlock()
	return closeAll(evicted)
}

// evict removes stores that no one uses, while there are too many. The lock must be held.
func (s *stores) evict() (evicted []*entry) {
	for at := s.order.Back(); at != nil && s.order.Len() > s.most; {
		e := at.Value.(*entry)
		at = at.Prev()
		if e.users == 0 {
			s.remove(e)
			evicted = append(evicted, e)
		}
	}
	return evicted
}

func (s *stores) remove(e *entry) {
	s.order.Remove(e.at)
	delete(s.bySite, e.site)
}

func closeAll(ended []*entry) error {
	var errs []error
	for _, old := range ended {
		if old.store != nil {
			errs = append(errs, old.store.Close())
		}
	}
	return errors.Join(errs...)
}

func (s *stores) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.order.Len()
}

// close closes all stores. None may be in use.
func (s *stores) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ended []*entry
	for at := s.order.Front(); at != nil; at = at.Next() {
		ended = append(ended, at.Value.(*entry))
	}
	s.order.Init()
	clear(s.bySite)
	return closeAll(ended)
}
