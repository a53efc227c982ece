package contactstest

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/contactsdb/contacts"
)

// LagCommits lets queries (List, Facets, ListLabels, ListFields) see the store as it was a number of commits ago, like
// a service that answers queries from an index. Everything else is up to date: Get, GetLabel, GetField, writes and
// their duplicate checks, and Submit. A query never sees the store as it was before the call of LagCommits. Cursors
// stay valid.
//
// It replaces any earlier lag. If several goroutines write at the same time, queries can be behind by a few more
// commits. An n below 1 ends the test.
func (s *Store) LagCommits(n int) {
	s.t.Helper()
	if n < 1 {
		s.t.Fatalf("contactstest: LagCommits(%d): the lag must be at least 1", n)
	}
	s.lag.begin(n, 0)
}

// LagTime is LagCommits by time: queries see the store as it was some time ago by the test's clock. Once the test has
// moved the clock that far, queries see all earlier commits. A duration of 0 or less ends the test.
func (s *Store) LagTime(by time.Duration) {
	s.t.Helper()
	if by <= 0 {
		s.t.Fatalf("contactstest: LagTime(%v): the lag must be above 0", by)
	}
	s.lag.begin(0, by)
}

// CatchUp ends the lag: queries see the present store.
func (s *Store) CatchUp() { s.lag.end() }

// lag keeps earlier states of a store, as forks, for queries that are behind. It sees each state in time because a
// store reads its clock before each commit.
type lag struct {
	clock *Clock
	store *contacts.Store

	on atomic.Bool

	mu      sync.Mutex
	commits int           // how far queries are behind; 0: by time
	by      time.Duration // how far queries are behind
	states  []pastState   // oldest first, at least one while on
	read    time.Time     // the clock as the store last read it: the time of its next commit, if one follows
}

// pastState is a state of the store.
type pastState struct {
	store    *contacts.Store // a fork that no one writes to
	position contacts.Position
	since    time.Time // of the commit that led to it; zero for the first state
}

func (l *lag) begin(commits int, by time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.commits, l.by = commits, by
	l.states, l.read = []pastState{l.state(time.Time{})}, l.clock.Now()
	l.on.Store(true)
}

func (l *lag) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.on.Store(false)
	l.states = nil
}

// state returns the present state of the store.
func (l *lag) state(since time.Time) pastState {
	fork := l.store.Fork()
	return pastState{fork, fork.Snapshot().Position(), since}
}

// now is the clock of the store. The store calls it before each write, so the state that the write will replace is
// still there.
func (l *lag) now() time.Time {
	now := l.clock.Now()
	if l.on.Load() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.keep()
		l.read = now
	}
	return now
}

// keep adds the present state, unless it is the last one, and drops states that queries no longer see. The lock is
// held.
func (l *lag) keep() {
	if len(l.states) == 0 {
		return // ended
	}
	if l.store.Snapshot().Position() > l.states[len(l.states)-1].position {
		l.states = append(l.states, l.state(l.read))
	}
	l.states = slices.Delete(l.states, 0, l.visible())
}

// visible returns the index of the state that queries see.
func (l *lag) visible() int {
	newest := l.states[len(l.states)-1].position
	due := l.clock.Now().Add(-l.by)
	for i := len(l.states) - 1; i > 0; i-- {
		if s := &l.states[i]; l.commits > 0 && s.position+contacts.Position(l.commits) <= newest ||
			l.commits == 0 && !s.since.After(due) {
			return i
		}
	}
	return 0
}

// queries returns the store for a query.
func (l *lag) queries(ctx context.Context) (API, error) {
	if !l.on.Load() {
		return l.store, nil
	}
	if _, err := l.store.Jobs(ctx); err != nil { // earlier states do not know that the store was closed
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keep()
	if len(l.states) == 0 {
		return l.store, nil
	}
	return l.states[0].store, nil
}
