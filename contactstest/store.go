package contactstest

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Store is a *contacts.Store for a test. It has all methods of a contacts.Store. Those of [API] pass the rules of
// [Double.Fail] and are recorded. The methods that API lacks, such as SetMember, Batch, Follow and Snapshot, are not,
// and neither are calls of the contacts.Store itself, which is in the promoted field Store: s.Store.Update(…). It is
// safe for concurrent use.
type Store struct {
	*Double // the methods of API
	plain   // all other methods

	Clock *Clock // of this store alone
	IDs   *IDs   // of this store alone

	lag   *lag
	start contacts.Position
}

// plain gives a Store the methods of a contacts.Store that its Double lacks: it is one level deeper, so the methods
// that both have are those of the Double.
type plain struct{ *contacts.Store }

// New returns an empty store for a test, or a fork of a fixture: in microseconds, whatever the size of the fixture. The
// store is the test's own, with a clock that only the test moves, and with IDs that are the same in every run, however
// many tests run at the same time (STO-11).
//
// An empty store has the labels and extended fields of a typical site, see [LabelVIP] and [FieldNotes], and a clock
// that has stopped at [Epoch]. Of several fixtures the first is forked, and the others are built on the fork in order;
// build a fixture on another once for all tests with [Fixture.Then].
//
// When the test ends, the store is closed. If the test has failed by then, the log of the test shows the last calls,
// the last commits, and the rules that have not hit any call. A store with at most 1,000 contacts that the test has
// written to is also checked (contacts.Snapshot.Check).
func New(t TB, fixtures ...*Fixture) *Store {
	t.Helper()
	first := emptySite
	if len(fixtures) > 0 {
		first = fixtures[0]
	}
	base, err := first.open()
	if err != nil {
		t.Fatalf("contactstest: the fixture: %v", err)
	}
	s, err := base.fork(t)
	if err != nil {
		t.Fatalf("contactstest: fork the fixture: %v", err)
	}
	t.Cleanup(s.finish)
	for _, f := range fixtures[min(1, len(fixtures)):] {
		if err := f.layer(s); err != nil {
			t.Fatalf("contactstest: a fixture on another: %v", err)
		}
	}
	s.start = s.Snapshot().Position()
	return s
}

// fork returns a fork for a test, with clones of the clock and the IDs.
func (s *Store) fork(t TB) (*Store, error) {
	return newStore(t, s.Clock.Clone(), s.IDs.Clone(), s.Store.ForkWith)
}

// newStore returns a store with a clock and IDs. open gets the options that follow from them.
func newStore(
	t TB, clock *Clock, ids *IDs, open func(*contacts.Options) (*contacts.Store, error),
) (*Store, error) {
	s := &Store{Clock: clock, IDs: ids, lag: &lag{clock: clock}}
	opts := Options(clock, ids)
	opts.Now = s.lag.now
	opened, err := open(opts)
	if err != nil {
		return nil, err
	}
	s.plain.Store = opened
	s.lag.store = opened
	s.Double = &Double{
		Faults: NewFaults(&FaultsOptions{Clock: clock, Seed: ids.seed, API: opened}), api: opened, t: t,
		queries: s.lag.queries, at: func() contacts.Position { return opened.Snapshot().Position() },
	}
	return s, nil
}

// Outcome is the method of contacts.Store. It also knows the commits in the OutcomeError of a lost reply: it returns
// the position of the store after the write, or COMMIT_NOT_FOUND if the write changed nothing.
func (s *Store) Outcome(ctx context.Context, commit uuid.UUID) (contacts.Position, error) {
	at, err := s.Store.Outcome(ctx, commit)
	if found := s.lostAt(commit); found != 0 && errors.Is(err, contacts.ErrCommitNotFound) {
		return found, nil
	}
	return at, err
}

// checkedContacts is the number of contacts up to which a store is checked when its test ends: the check examines all
// of them.
const checkedContacts = 1000

// finish ends the test of the store.
func (s *Store) finish() {
	s.t.Helper()
	if sn := s.Snapshot(); sn.Position() != s.start && sn.Len() <= checkedContacts {
		if err := sn.Check(); err != nil {
			s.t.Errorf("contactstest: the store is damaged: %v", err)
		}
	}
	_ = s.Store.Close() // the error is always nil without a log
	if s.t.Failed() {
		s.t.Logf("%s", s.report())
	}
}
