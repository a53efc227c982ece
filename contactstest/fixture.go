package contactstest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/contactsdb/contacts"
)

// Fixture is a store that many tests begin with. It is built once, when the first test needs it, and each test gets a
// fork. It is safe for parallel tests, which share its memory. Packages usually keep their fixtures in variables.
type Fixture struct {
	opts   FixtureOptions
	parent *Fixture // nil: an empty store, or that of load
	load   string   // the name of a file
	build  func(*Store) error
	taken  bool // from a store

	once  sync.Once
	store *Store
	err   error
}

// FixtureOptions are the options of [NewFixture] and [LoadFixture]. The zero value of a field is its default.
type FixtureOptions struct {
	// Store are the options of the store, such as Region. Now, NewID, OnFork and CursorKey must not be set: they follow
	// from Start and Seed.
	Store contacts.Options

	Start time.Time // of the clock, by default Epoch; of a file at least the time of its last commit
	Seed  uint64    // of the IDs, by default 1

	// Bare leaves out the labels and extended fields of a typical site, such as LabelVIP. Only the system's are there.
	Bare bool
}

// NewFixture returns a fixture that build fills. A nil opts means defaults. If build returns an error or panics, each
// test that uses the fixture fails with it. build must not use the t of a test: it runs only in the test that needs the
// fixture first.
func NewFixture(opts *FixtureOptions, build func(*Store) error) *Fixture {
	f := &Fixture{build: build}
	if opts != nil {
		f.opts = *opts
	}
	return f
}

// LoadFixture returns a fixture from a file that contacts.Snapshot.Export has written, such as testdata/site.jsonl. A
// nil opts means defaults.
func LoadFixture(name string, opts *FixtureOptions) *Fixture {
	f := NewFixture(opts, nil)
	f.load = name
	return f
}

// Then returns a fixture that begins with a fork of this one, which build changes further. It is built once, too.
func (f *Fixture) Then(build func(*Store) error) *Fixture { return &Fixture{parent: f, build: build} }

// Fixture returns a fixture with the present state of the store, its clock and its IDs: New makes copies of it, for
// example to try how code continues from one point. It takes constant time.
func (s *Store) Fixture() *Fixture {
	f := &Fixture{taken: true}
	f.once.Do(func() { f.store, f.err = s.fork(builder{}) })
	return f
}

// open builds the fixture, unless that has been done.
func (f *Fixture) open() (*Store, error) {
	f.once.Do(func() {
		f.err = errors.New("build has ended its goroutine: it must not use the t of a test")
		var done sync.WaitGroup
		done.Go(func() { f.store, f.err = f.make() }) // if build ends its goroutine, the test can still report it
		done.Wait()
	})
	return f.store, f.err
}

func (f *Fixture) make() (s *Store, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("build has panicked: %v", p)
		}
	}()
	switch {
	case f.parent != nil:
		var parent *Store
		if parent, err = f.parent.open(); err == nil {
			s, err = parent.fork(builder{})
		}
	case f.load != "":
		s, err = f.loaded()
	default:
		s, err = f.empty()
	}
	if err == nil && f.build != nil {
		err = f.build(s)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// layer builds the fixture on a store.
func (f *Fixture) layer(s *Store) error {
	if f.load != "" || f.taken {
		return errors.New("a file or the state of a store cannot be a fixture on another")
	}
	if f.parent != nil {
		if err := f.parent.layer(s); err != nil {
			return err
		}
	}
	if f.build == nil {
		return nil
	}
	return f.build(s)
}

// newStore returns a store with the options of the fixture.
func (f *Fixture) newStore(
	clock *Clock, ids *IDs, open func(*contacts.Options) (*contacts.Store, error),
) (*Store, error) {
	o := f.opts.Store
	if o.Now != nil || o.NewID != nil || o.OnFork != nil || o.CursorKey != [32]byte{} {
		return nil, errors.New("Now, NewID, OnFork and CursorKey must not be set in FixtureOptions.Store: " +
			"they follow from Start and Seed")
	}
	return newStore(builder{}, clock, ids, func(set *contacts.Options) (*contacts.Store, error) {
		o.Now, o.NewID, o.OnFork, o.CursorKey = set.Now, set.NewID, set.OnFork, set.CursorKey
		return open(&o)
	})
}

func (f *Fixture) seed() uint64 { return cmp.Or(f.opts.Seed, 1) }

func (f *Fixture) clock() *Clock {
	if f.opts.Start.IsZero() {
		return NewClock(Epoch)
	}
	return NewClock(f.opts.Start)
}

func (f *Fixture) empty() (*Store, error) {
	s, err := f.newStore(f.clock(), NewIDs(f.seed()), contacts.New)
	if err != nil || f.opts.Bare {
		return s, err
	}
	return s, defineSite(s)
}

// loaded loads the file. The clock is not before the last commit: the store would not date writes before it (STO-3).
func (f *Fixture) loaded() (*Store, error) {
	text, err := os.ReadFile(f.load)
	if err != nil {
		return nil, err
	}
	clock := f.clock()
	var head struct {
		ContactsStore struct {
			Position contacts.Position `json:"position"`
			Time     time.Time         `json:"time"`
		} `json:"contactsStore"`
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if json.Unmarshal(line, &head) == nil && head.ContactsStore.Time.After(clock.Now()) { // else Load reports it
		clock.Set(head.ContactsStore.Time)
	}
	ids := NewIDsAt(f.seed(), head.ContactsStore.Position)
	return f.newStore(clock, ids, func(o *contacts.Options) (*contacts.Store, error) {
		return contacts.Load(context.Background(), bytes.NewReader(text), o)
	})
}

// builder is the TB of a store that a fixture builds outside any test. It panics where a test would fail, and make
// turns the panic into the error of the fixture.
type builder struct{}

func (builder) Helper()                           {}
func (builder) Name() string                      { return "fixture" }
func (builder) Context() context.Context          { return context.Background() }
func (builder) Logf(string, ...any)               {}
func (builder) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (builder) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (builder) FailNow()                          { panic("FailNow") }
func (builder) Failed() bool                      { return false }
func (builder) Skipf(format string, args ...any)  { panic(fmt.Sprintf(format, args...)) }
func (builder) Cleanup(func())                    { panic("a fixture has no cleanup") }
