package contacts

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/feed"
	"github.com/contactsdb/contacts/internal/seal"
	"github.com/contactsdb/contacts/internal/wire"
)

// Options are the options of a store. The zero value of a field is its default.
type Options struct {
	// Now is the clock, default time.Now. The store keeps times in UTC and whole milliseconds and never lets them go
	// back. The zero time, and times outside the years 0 to 9999, fail a write with INTERNAL. Now must be safe for
	// concurrent use.
	Now func() time.Time

	// NewID makes every ID that the store gives, default random version 4 UUIDs. It must not repeat itself and must be
	// safe for concurrent use.
	NewID func() uuid.UUID

	// Region is the country of phone numbers that name none (PHN-2). The default, as in V4, is that such numbers have no
	// E.164 form. "ZZ" recognises those in international form; a country such as "US" assumes that country.
	Region string

	// LabelQuota and FieldQuota bound how many labels and extended fields can be defined besides those of the system.
	// Defaults 2000 and 100 (LBL-11, FLD-11).
	LabelQuota, FieldQuota int

	// FeedSize bounds the changes that are kept for Follow, default 4096; the newest commit is kept whole (EVT-3).
	FeedSize int

	// SelfCheck makes every write verify the whole store before others see it, and fail with INTERNAL and a [CheckError]
	// where something does not hold, such as memory of the store that someone has written to (CHK-2). A write then takes
	// time in proportion to the size of the store: it is for tests.
	SelfCheck bool

	// NewestFirst makes the newest contact the first of List and Find where a query names no order (QRY-2).
	NewestFirst bool

	// CursorKey is the secret that the cursors of List are sealed with. The default is a random one, with which only the
	// store and its forks take a cursor. With a key of its own a store makes the same cursors in each run, and they are good
	// in every store that has the key and was loaded from the same export or, like the other, from none (QRY-6).
	CursorKey [32]byte

	// DefaultSource is the source of contacts created without one, default SourceOther (SRC-1).
	DefaultSource Source

	cursors *seal.Sealer
}

// Store is a contacts store in memory. Its methods are safe for concurrent use; reads never wait for writes. It starts
// no goroutines that outlive a call.
type Store struct {
	opts   *Options // never changed, so forks share it
	phones *phoneParser
	done   chan struct{} // closed with the store

	lock    chan struct{} // the write lock: a channel, so that waiting for it can be given up
	current atomic.Pointer[Snapshot]
	feed    *feed.Feed[Commit]
	jobs    jobs // of bulk calls
}

// New opens an empty store. A nil opts means defaults.
//
// Errors: INVALID_ARGUMENT (VAL-1).
func New(opts *Options) (*Store, error) {
	o, err := opts.checked()
	if err != nil {
		return nil, err
	}
	empty, err := snapshotOf(o, func(*txn) error { return nil })
	if err != nil {
		return nil, err
	}
	return newStore(o, newPhoneParser(o.Region), empty), nil
}

// checked returns a copy of the options, nil for defaults, with the defaults in place.
func (opts *Options) checked() (*Options, error) {
	o := &Options{}
	if opts != nil {
		*o = *opts
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = uuid.New
	}
	v := &validator{}
	if !validRegion(o.Region) {
		v.format("Region", FormatCountry)
	}
	o.LabelQuota = v.quota("LabelQuota", o.LabelQuota, 2000)
	o.FieldQuota = v.quota("FieldQuota", o.FieldQuota, 100)
	o.FeedSize = v.quota("FeedSize", o.FeedSize, 4096)
	o.DefaultSource = v.source("DefaultSource", o.DefaultSource, Source{SourceType: SourceOther})
	if o.CursorKey == [32]byte{} {
		rand.Read(o.CursorKey[:]) // never fails
	}
	o.cursors = seal.New(o.CursorKey)
	return o, invalid(v.violations)
}

// snapshotOf returns a snapshot at position 0 of what every store has and what fill writes.
func snapshotOf(opts *Options, fill func(*txn) error) (*Snapshot, error) {
	db, err := memdb.NewMemDB(schema())
	if err != nil {
		return nil, &Error{Code: ErrInternal, Err: err}
	}
	system := &txn{mem: db.Txn(true)}
	system.defineSystem()
	system.mem.Commit()
	t := &txn{base: &Snapshot{db: db, txn: db.Txn(false)}, serial: system.serial}
	db = db.Snapshot() // that database has no watch channels to serve
	t.mem = db.Txn(true)
	if err := fill(t); err != nil {
		return nil, err
	}
	t.mem.Commit()
	return &Snapshot{
		db: db, txn: db.Txn(false), serial: t.serial, counts: t.counts, newestFirst: opts.NewestFirst,
	}, nil
}

func newStore(o *Options, phones *phoneParser, start *Snapshot) *Store {
	s := &Store{
		opts: o, phones: phones, done: make(chan struct{}), lock: make(chan struct{}, 1),
		feed: feed.New[Commit](uint64(start.position), o.FeedSize),
	}
	s.current.Store(start)
	return s
}

// Close makes every later call of the store's methods fail with STORE_CLOSED, and ends every Follow, once it has read what
// is there. It waits for a write that is under way. Snapshots taken before stay readable. Closing again does nothing.
func (s *Store) Close() error {
	s.lock <- struct{}{}
	defer func() { <-s.lock }()
	if !s.isClosed() {
		close(s.done)
	}
	return nil
}

func (s *Store) isClosed() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// Fork returns a writable copy of the store as it is now, in constant time and memory whatever the size. The two never
// see each other's writes. They share Options.Now and Options.NewID. The fork's feed begins at the present position. A
// fork of a closed store is closed.
func (s *Store) Fork() *Store {
	f := newStore(s.opts, s.phones, s.Snapshot())
	if s.isClosed() {
		close(f.done)
	}
	return f
}

// Snapshot returns the contacts as they are now. It takes constant time; the snapshot never changes and stays valid
// after Close.
func (s *Store) Snapshot() *Snapshot { return s.current.Load() }

// ParsePhone returns the forms that the store derives from a phone number that is read as one of a country, an ISO 3166-1
// alpha-2 code: its E.164 form and the international one for readers. Without a country Options.Region counts (PHN-2).
// Both are empty if the number is not valid there (PHN-1).
func (s *Store) ParsePhone(number, country string) (e164, formatted string) {
	forms := s.phones.parse(number, country)
	return forms.e164, forms.formatted
}

// ready reports why a call cannot start: it has no context, the context is done, or the store is closed (STO-1, STO-2,
// STO-9).
func (s *Store) ready(ctx context.Context) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	if s.isClosed() {
		return &Error{Code: ErrClosed}
	}
	return nil
}

// checkContext refuses a context that is nil or done.
func checkContext(ctx context.Context) error {
	switch {
	case ctx == nil:
		return invalid([]Violation{{Field: "ctx", Rule: RuleRequired}})
	case ctx.Err() != nil:
		return cancelled(ctx)
	default:
		return nil
	}
}

// cancelled wraps the error of a context that is done.
func cancelled(ctx context.Context) error { return fmt.Errorf("contacts: %w", ctx.Err()) }

// newIDs draws n IDs.
func (s *Store) newIDs(n int) ([]uuid.UUID, error) {
	ids := make([]uuid.UUID, n)
	for i := range ids {
		if ids[i] = s.opts.NewID(); ids[i] == uuid.Nil {
			return nil, &Error{Code: ErrInternal, Err: errNilID}
		}
	}
	return ids, nil
}

// Promises that functions of Options broke.
var (
	errNilID  = errors.New("Options.NewID returned the nil UUID")
	errNoTime = errors.New("Options.Now returned no time of the years 0 to 9999")
)

// commit is the one way to write. It waits for the write lock, runs fn, and publishes what fn wrote: nothing if it wrote
// nothing, and nothing if it fails. memdb leaves half a record behind when an insert fails, so then the whole transaction
// is dropped. fn runs under the lock and must not call functions of the user; time and IDs are drawn before.
func (s *Store) commit(ctx context.Context, now time.Time, fn func(*txn) error) error {
	select {
	case s.lock <- struct{}{}:
		defer func() { <-s.lock }()
	case <-ctx.Done():
		return cancelled(ctx)
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	base := s.current.Load()
	if now.IsZero() || !wire.Printable(now) || later(base.time, now).IsZero() {
		return &Error{Code: ErrInternal, Err: errNoTime}
	}
	db := base.db.Snapshot()
	t := &txn{
		base: base, mem: db.Txn(true), selfCheck: s.opts.SelfCheck,
		now: later(base.time, now), serial: base.serial, counts: base.counts,
	}
	defer t.mem.Abort() // does nothing after Commit
	if err := fn(t); err != nil || !t.written {
		return err
	}
	t.mem.Commit() // into db, which nobody sees yet
	next := t.snapshot(db)
	commit := &Commit{Position: next.position, Time: t.now, OriginatedFrom: t.origin, Changes: t.changes}
	if s.opts.SelfCheck {
		if err := cmp.Or(next.checkStep(base, commit), next.Check()); err != nil {
			return err
		}
	}
	// From here on nothing can fail.
	s.current.Store(next)
	s.feed.Append(uint64(commit.Position), len(commit.Changes), commit)
	return nil
}

// Operation is one write. Methods of [Store] and [Store.Batch] run the same operations: [CreateOp], [UpdateOp],
// [DeleteOp], [LabelOp], [UnlabelOp], [MergeOp], and others that only methods use.
type Operation interface {
	// prepare checks and copies the input and draws IDs: everything that does not depend on the contents of the store. It
	// returns the write, and the contact that errors are about.
	prepare(*Store) (write, uuid.UUID, error)
}

// write is an operation that has been prepared. It decides by the contents of the store, puts what it decided, and returns
// the contact that results, nil if there is none. It puts nothing before everything is checked, so that a commit of many
// writes can go on after one that fails (STO-4).
type write func(*txn) (*record, error)

// decision returns what becomes of a contact: its next version, the record itself if nothing changes, nil if it is deleted.
// It puts nothing.
type decision func(tx *txn, before *record) (*record, error)

// of returns the write that puts the decision on one contact.
func (decide decision) of(id uuid.UUID) write {
	return func(tx *txn) (*record, error) {
		before, err := tx.contact(id)
		if err != nil {
			return nil, err
		}
		after, err := decide(tx, before)
		if err != nil {
			return nil, err
		}
		tx.put(before, after)
		return after, nil
	}
}

// do runs one operation in a commit of its own, and returns the contact that results.
func (s *Store) do(ctx context.Context, op Operation) (*Contact, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	run, id, err := op.prepare(s)
	if err != nil {
		return nil, about(id, err)
	}
	var after *record
	err = s.commit(ctx, s.opts.Now(), func(tx *txn) (err error) {
		after, err = run(tx)
		return err
	})
	if err != nil || after == nil {
		return nil, about(id, err)
	}
	return after.contact.Clone(), nil
}

// contactOp is an operation on one contact that Batch does not have.
type contactOp struct {
	id         uuid.UUID
	violations []Violation
	decide     decision
}

func (op contactOp) prepare(*Store) (write, uuid.UUID, error) {
	return op.decide.of(op.id), op.id, invalid(op.violations)
}

// defineSystem writes the labels and fields that every store has.
func (tx *txn) defineSystem() {
	for _, l := range systemLabels {
		tx.insert(tableLabels, &labelRecord{value: l, order: tx.place(time.Time{})})
	}
	for _, f := range systemFields {
		tx.insert(tableFields, &fieldRecord{value: f, order: tx.place(time.Time{})})
	}
}
