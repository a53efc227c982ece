package contacts

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/feed"
	"github.com/contactsdb/contacts/internal/redact"
	"github.com/contactsdb/contacts/internal/seal"
	"github.com/contactsdb/contacts/internal/wire"
	"github.com/contactsdb/contacts/internal/words"
)

// Options configure a store. The zero value of a field selects its default.
type Options struct {
	// Now is the clock, default time.Now. The store truncates times to whole milliseconds in UTC, and the times of
	// its commits never go back (STO-3). If Now returns the zero time, a time outside the years 0 to 9999, or one too
	// far ahead (MaxClockJump), the write fails with INTERNAL. Now must be safe for concurrent use.
	Now func() time.Time

	// MaxClockJump limits how much later than the last commit a write may be, default 100 years: because the times of
	// commits never go back, a single wrong reading of a clock would otherwise date all later writes (STO-10). It does
	// not apply to the first commit of an empty store. [math.MaxInt64] disables it.
	MaxClockJump time.Duration

	// NewID generates the IDs of contacts and their items, default random version 4 UUIDs. It must never return the
	// same ID twice, nor the nil UUID: the write then fails with INTERNAL, or with CONTACT_ID_ALREADY_EXISTS if a
	// contact has the ID (CRT-5, UPD-5). It must be safe for concurrent use.
	NewID func() uuid.UUID

	// Region is the country of phone numbers without a country code (PHN-2). By default, as in V4, such numbers have no
	// E.164 form. With "ZZ", numbers in international form have one; with a country such as "US", numbers are parsed as
	// numbers of that country.
	Region string

	// LabelQuota and FieldQuota limit the numbers of labels and extended fields, in addition to those of the system.
	// The defaults are 2000 and 100 (LBL-11, FLD-11).
	LabelQuota, FieldQuota int

	// FeedSize limits the number of changes that are kept for Follow, default 4096. The newest commit is always kept
	// whole (EVT-3).
	FeedSize int

	// FeedBytes limits the memory in bytes, about, that those changes keep in addition to the contents of the store:
	// earlier versions of contacts and deleted ones. The default is 64 MiB. The newest commit is always kept whole
	// (EVT-3). See also [Store.TrimFeed].
	FeedBytes int

	// ContactSizeMax is the number of bytes that a contact may have in JSON, default 1 MiB (VAL-21).
	ContactSizeMax int

	// LineLimits bound the lines that [Load] accepts. By default a line has room for a contact of ContactSizeMax.
	LineLimits LineLimits

	// OnFork, if set, is called by [Store.Fork] and [Store.ForkWith] with a copy of the store's options, in which it
	// may replace Now, NewID and OnFork for the fork; other changes have no effect (STO-11). With a NewID that counts
	// or draws from a seed, OnFork should give the fork a copy: equal calls on two forks then draw equal IDs, whatever
	// runs at the same time. It must be safe for concurrent use.
	OnFork func(*Options)

	// SelfCheck makes every write verify the whole store before publishing the result. If an invariant does not hold,
	// for example because a caller modified memory that the store owns, the write fails with INTERNAL and a
	// [CheckError] (CHK-2). A write then takes time in proportion to the size of the store, so this is meant for
	// tests.
	SelfCheck bool

	// NewestFirst makes List and Find return the newest contact first if the query has no Sort (QRY-2).
	NewestFirst bool

	// CursorKey is the secret key that seals the cursors of List. The default is a random key, so only the store and
	// its forks accept its cursors. With the same key, cursors are the same in every run, and valid in every store
	// that was loaded from the same export, or in every store that was not loaded (QRY-6).
	CursorKey [32]byte

	// DefaultSource is the source of contacts that are created without one, default SourceOther (SRC-1).
	DefaultSource Source

	// CompactBytes is the number of bytes of commits after which a store with a log compacts it, default 64 MiB; see
	// [Store.Compact]. A store that is opened again reads at most about twice as much.
	CompactBytes int

	// SharedLog makes a store with a log read the commits that other stores append to it as they come, also while it
	// writes nothing itself, as a replica does (DUR-10). Set it if several programs write to the log. Without it, or
	// [Store.WaitFor], the store learns of them at its next write.
	SharedLog bool

	newLogID func() uuid.UUID // of what only a log shows; default random
	rowSizes rowSizes
	cursors  *seal.Sealer
}

// wallNow is the clock of what is measured: Options.Now may stand still.
func wallNow() time.Time { return time.Now() }

// LogValue returns the names of the options that are set: CursorKey is secret.
func (opts Options) LogValue() slog.Value { return redact.Value(opts) }

// Store is an in-memory contacts store. Its methods are safe for concurrent use; reads never wait for writes. No
// goroutine that it starts outlives the call that started it, except that a store with a log has two until Close, and
// a third one if it follows what other stores write there.
type Store struct {
	opts   *Options // never changed, forks share it
	phones *phoneParser
	done   chan struct{} // closed with the store, by end
	closed atomic.Bool   // set before done is closed: a fork in a bubble of package synctest must not ask the channel

	lock    chan struct{} // the write lock: a channel, so that a waiting caller can give up
	current atomic.Pointer[Snapshot]

	lastPeople *words.Last[*record] // the words of the last snapshot that was searched for people

	feed      *feed.Feed[Commit]
	followers atomic.Int64 // that run
	jobs      jobs         // of bulk calls

	publishing sync.Mutex    // of changes to current and feed
	writer     *logWriter    // nil without a log, see Open
	recovery   Recovery      // see there
	compacting chan struct{} // has an element while the log is compacted
}

// maxClockJump is the default of Options.MaxClockJump: more than any store waits for its next write, and less than the
// wrong readings that are known, such as those of 32 bits of seconds that wrap around (136 years).
const maxClockJump = 100 * 365 * 24 * time.Hour

// New returns an empty store. A nil opts selects the defaults. New keeps a copy of opts.
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

// checked returns a copy of the options with the defaults filled in. opts may be nil.
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
	if o.newLogID == nil {
		o.newLogID = uuid.New
	}
	o.rowSizes = cmp.Or(o.rowSizes, defaultSizes)
	v := &validator{}
	if !validRegion(o.Region) {
		v.format("Region", FormatCountry)
	}
	o.LabelQuota = v.quota("LabelQuota", o.LabelQuota, 2000)
	o.FieldQuota = v.quota("FieldQuota", o.FieldQuota, 100)
	o.FeedSize = v.quota("FeedSize", o.FeedSize, 4096)
	o.FeedBytes = v.quota("FeedBytes", o.FeedBytes, 64<<20)
	o.CompactBytes = v.quota("CompactBytes", o.CompactBytes, 64<<20)
	o.ContactSizeMax = v.quota("ContactSizeMax", o.ContactSizeMax, contactSizeMax)
	if o.LineLimits.Bytes == 0 { // EXP-5
		o.LineLimits.Bytes = max(lineBytesMax, min(o.ContactSizeMax, math.MaxInt-statusesMax)+statusesMax)
	}
	o.LineLimits = o.LineLimits.checked(v, "LineLimits.")
	if o.MaxClockJump < 0 {
		v.add(Violation{Field: "MaxClockJump", Rule: RuleMin, Threshold: 0})
	}
	o.MaxClockJump = cmp.Or(o.MaxClockJump, maxClockJump)
	o.DefaultSource = v.source("DefaultSource", o.DefaultSource, Source{SourceType: SourceOther})
	if o.CursorKey == [32]byte{} {
		rand.Read(o.CursorKey[:]) // never fails
	}
	o.cursors = seal.New(o.CursorKey)
	return o, invalid(v.violations)
}

// snapshotOf returns a snapshot at position 0, with the labels and fields of the system and the rows that fill writes.
func snapshotOf(opts *Options, fill func(*txn) error) (*Snapshot, error) {
	db, err := memdb.NewMemDB(schema())
	if err != nil {
		return nil, &Error{Code: ErrInternal, Err: err}
	}
	system := &txn{mem: db.Txn(true)}
	system.defineSystem()
	trees := newTrees(system.mem)
	system.mem.Commit()
	t := &txn{
		base:  &Snapshot{tables: tables{db, db.Txn(false), trees}, sizes: opts.rowSizes},
		trees: trees, serial: system.serial,
	}
	t.db = db.Snapshot() // a snapshot has no watch channels to maintain
	t.mem = t.db.Txn(true)
	if err := fill(t); err != nil {
		return nil, err
	}
	return &Snapshot{
		tables: t.end(), serial: t.serial, counts: t.counts,
		sizes: opts.rowSizes, newestFirst: opts.NewestFirst,
		lastPeople: &words.Last[*record]{},
	}, nil
}

func newStore(o *Options, phones *phoneParser, start *Snapshot) *Store {
	s := &Store{
		opts: o, phones: phones, done: make(chan struct{}), lock: make(chan struct{}, 1),
		lastPeople: start.lastPeople,
		feed:       feed.New[Commit](uint64(start.position), feed.Size{Items: o.FeedSize, Bytes: o.FeedBytes}),
		compacting: make(chan struct{}, 1),
	}
	s.current.Store(start)
	return s
}

// Close makes later calls of the store's methods fail with STORE_CLOSED, and ends every Follow after the commits that
// are already there. It waits for a write in progress. Snapshots stay readable. Closing again does nothing. The error
// is always nil.
func (s *Store) Close() error {
	s.lock <- struct{}{}
	defer func() { <-s.lock }()
	if s.isClosed() {
		return nil
	}
	defer s.end() // after the last commit has been published
	if s.writer == nil {
		return nil
	}
	return s.writer.end()
}

// end makes the store a closed one.
func (s *Store) end() {
	s.closed.Store(true)
	close(s.done)
}

func (s *Store) isClosed() bool { return s.closed.Load() }

// Snapshot returns the current state of the store, in constant time. The snapshot never changes, and stays valid after
// Close.
func (s *Store) Snapshot() *Snapshot { return s.current.Load() }

// ParsePhone returns the forms that the store derives from a phone number of a country: the E.164 form, and the
// international form for display. The country is an ISO 3166-1 alpha-2 code; "" selects Options.Region (PHN-2). Both
// results are empty if the number is not valid in that country (PHN-1).
func (s *Store) ParsePhone(number, country string) (e164, formatted string) {
	forms := s.phones.parse(number, country)
	return forms.E164, forms.Formatted
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

// checkContext refuses a context that is nil or done. Writes of many contacts ask before each of them, also under the
// lock: nothing is published yet, so the write can be dropped (STO-1). Asking takes nanoseconds, deciding and putting a
// contact takes microseconds.
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

// newIDs generates n IDs.
func (s *Store) newIDs(n int) ([]uuid.UUID, error) {
	ids := make([]uuid.UUID, n)
	for i := range ids {
		if ids[i] = s.opts.NewID(); ids[i] == uuid.Nil {
			return nil, &Error{Code: ErrInternal, Err: errNilID}
		}
	}
	return ids, nil
}

// Errors of functions of Options that break their contract.
var (
	errNilID  = errors.New("Options.NewID returned the nil UUID")
	errNoTime = errors.New("Options.Now returned no time of the years 0 to 9999")

	errClockJump  = errors.New("Options.Now returned a time after the last commit by more than Options.MaxClockJump")
	errRepeatedID = errors.New("Options.NewID returned the ID of another item in the same list")
)

// errFull refuses a commit whose numbers [Load] would not accept (EXP-5).
var errFull = errors.New("the store has made as many changes as it can count")

// checkNow refuses a time of Options.Now for a write after one at last, which is zero if there was none.
func (opts *Options) checkNow(last, now time.Time) error {
	switch next := later(last, now); {
	case now.IsZero() || !wire.Printable(now) || next.IsZero():
		return &Error{Code: ErrInternal, Err: errNoTime}
	case !last.IsZero() && next.Sub(last) > opts.MaxClockJump:
		return &Error{Code: ErrInternal, Err: errClockJump}
	default:
		return nil
	}
}

// locked runs fn with the write lock, for which it waits as long as ctx allows.
func (s *Store) locked(ctx context.Context, fn func() error) error {
	select {
	case s.lock <- struct{}{}:
		defer func() { <-s.lock }()
	case <-ctx.Done():
		return cancelled(ctx)
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	return fn()
}

// commit makes every write. It waits for the write lock, runs fn, and publishes the writes of fn as one commit. It
// publishes nothing if fn writes nothing or fails: memdb leaves half a record behind when an insert fails, so the whole
// transaction is dropped. fn runs under the lock and must not call functions of the user; callers get the time and IDs
// beforehand.
func (s *Store) commit(ctx context.Context, now time.Time, fn func(*txn) error) error {
	if s.writer != nil {
		return s.commitToLog(ctx, now, fn)
	}
	return s.locked(ctx, func() error {
		made, err := s.decide(s.current.Load(), now, uuid.Nil, false, fn)
		if err == nil && made.next != nil {
			s.publish(made) // nothing can fail after this point
		}
		return err
	})
}

// commitToLog is commit for a store with a log. Once fn has run, the next write can run fn on its result while this one
// waits for the log. What fn decided on a commit that is not durable yet is not returned before that one is: readers
// must see what a result follows from. If the commit is dropped because another store wrote first, fn runs again.
func (s *Store) commitToLog(ctx context.Context, now time.Time, fn func(*txn) error) error {
	id := s.opts.newLogID() // not by NewID: the store draws the same IDs as one without a log
	for {
		made, before, err := s.decideOnTip(ctx, now, id, fn)
		last := cmp.Or(made, before)
		if last == nil {
			return err
		}
		select {
		case <-last.done:
		case <-ctx.Done():
			if made != nil {
				return unknownOutcome(id, cancelled(ctx))
			}
			return cancelled(ctx)
		}
		switch {
		case last.err == nil:
			return err
		case last.err == errSuperseded || made == nil: // decide again, unless nothing can be written anymore
		case errors.Is(last.err, errUnknown):
			return unknownOutcome(id, last.err)
		default:
			return last.err
		}
	}
}

// decideOnTip runs fn on the result of all earlier writes. If fn writes, it queues the commit and returns it. Otherwise
// it returns the commit that fn has seen last, nil if that is durable, and the error.
func (s *Store) decideOnTip(
	ctx context.Context, now time.Time, id uuid.UUID, fn func(*txn) error,
) (made, before *queuedCommit, err error) {
	if err := s.writer.reserve(ctx); err != nil {
		return nil, nil, err
	}
	queued := false
	defer func() {
		if !queued {
			s.writer.release()
		}
	}()
	err = s.locked(ctx, func() error {
		on, err := s.writer.tip()
		if err != nil {
			return err
		}
		next, err := s.decide(on.state, now, id, true, fn)
		if err != nil || next.next == nil {
			before = on.queued
			return err
		}
		queued = true
		made = s.writer.push(next, on)
		return nil
	})
	return made, before, err
}

// decide runs fn on the snapshot base and returns what it wrote as one commit, with its data if asked for. It changes
// nothing that others can see. The ID is that of the caller's write, or the nil UUID, and is only in the data.
func (s *Store) decide(
	base *Snapshot, now time.Time, id uuid.UUID, withData bool, fn func(*txn) error,
) (decided, error) {
	if err := s.opts.checkNow(base.time, now); err != nil {
		return decided{}, err
	}
	tx := base.begin(later(base.time, now))
	defer tx.mem.Abort() // does nothing after commit
	tx.selfCheck, tx.sizeMax = s.opts.SelfCheck, s.opts.ContactSizeMax
	if withData || s.opts.SelfCheck {
		tx.rows = &writtenRows{}
	}
	if err := fn(tx); err != nil || !tx.written {
		return decided{}, err
	}
	if uint64(len(tx.changes)) > countMax-base.changes {
		return decided{}, &Error{Code: ErrInternal, Err: errFull}
	}
	next, commit := tx.commit()
	if s.opts.SelfCheck {
		if err := cmp.Or(next.checkStep(base, commit), next.Check()); err != nil {
			return decided{}, err
		}
	}
	made := decided{next: next, commit: commit}
	if tx.rows == nil {
		return made, nil
	}
	var err error
	if made.data, err = tx.data(commit, id); err == nil && s.opts.SelfCheck {
		err = next.checkReplay(base, commit, made.data)
	}
	if err != nil {
		return decided{}, err
	}
	return made, nil
}

// publish makes a decided commit visible: to new readers, then to the readers of the feed.
func (s *Store) publish(made decided) {
	s.restoreJob(made.job, made.commit.Time)
	s.publishing.Lock()
	defer s.publishing.Unlock()
	s.show(made.next)
	s.feed.Append(uint64(made.commit.Position), made.commit.size(), made.commit)
}

// restoreJob makes the bulk job visible that a commit at this time is a part of, as far as it has come. It ignores
// a nil job.
func (s *Store) restoreJob(job *Job, at time.Time) {
	if job != nil {
		s.jobs.restore(*job, at)
	}
}

// show makes a state visible. Only one goroutine at a time may call it.
func (s *Store) show(next *Snapshot) {
	s.lastPeople.Copy(s.current.Load().lastPeople) // of the store that this one is a fork of
	s.lastPeople.Forget(next.changes, uint64(next.contacts/8))
	next.lastPeople = s.lastPeople
	s.current.Store(next)
}

// jump replaces the state by a later one, without the commits in between.
func (s *Store) jump(next *Snapshot) {
	s.publishing.Lock()
	defer s.publishing.Unlock()
	s.lastPeople.Clear()
	next.lastPeople = s.lastPeople
	s.current.Store(next)
	s.feed.Jump(uint64(next.position))
}

// Operation is one write. Methods of [Store] and [Store.Batch] run the same operations: that of Create is [CreateOp],
// and so on.
type Operation interface {
	// prepare does everything that does not depend on the contents of the store: it checks and copies the input, and
	// generates IDs. It returns the write, and the ID of the contact for errors.
	prepare(*Store) (write, uuid.UUID, error)
}

// write is a prepared operation. It puts its changes, which depend on the contents of the store. It completes all
// checks before the first put, so that a commit of many writes can continue after one of them fails (STO-4).
//
// A write that may take long examines the context. If it fails with the error of the context it may have put something;
// then nothing of the commit is written.
type write func(context.Context, *txn) (outcome, error)

// outcome is the result of a write. It belongs to the store.
type outcome struct {
	contact  *record // after the write; nil for a write without one
	label    *Label
	field    *Field
	created  bool // whether the write created the contact, label or field
	action   UpsertAction
	identity IdentityType // of a submission
}

// decision returns the new state of a contact: its next version, before itself to change nothing, or nil to delete
// it. It does not write.
type decision func(tx *txn, before *record) (*record, error)

// of returns the write that applies the decision to one contact.
func (decide decision) of(id uuid.UUID) write {
	return func(_ context.Context, tx *txn) (outcome, error) {
		before, err := tx.contact(id)
		if err != nil {
			return outcome{}, err
		}
		after, err := decide(tx, before)
		if err == nil {
			err = checkRevision(before, after)
		}
		if err != nil {
			return outcome{}, err
		}
		tx.put(before, after)
		return outcome{contact: after}, nil
	}
}

// do runs an operation as a commit of its own, and returns a copy of the resulting contact. An Operation would need
// memory for op; a type parameter does not.
func do[O Operation](ctx context.Context, s *Store, op O) (*Contact, error) {
	done, err := run(ctx, s, op)
	return done.clone(), err
}

// clone returns a copy of the contact, or nil.
func (o outcome) clone() *Contact {
	if o.contact == nil {
		return nil
	}
	return o.contact.clone()
}

// run runs an operation as a commit of its own. With an error it returns no outcome.
func run[O Operation](ctx context.Context, s *Store, op O) (outcome, error) {
	if err := s.ready(ctx); err != nil {
		return outcome{}, err
	}
	put, id, err := op.prepare(s)
	if err != nil {
		return outcome{}, about(id, err)
	}
	var done outcome
	err = s.commit(ctx, s.opts.Now(), func(tx *txn) (err error) {
		done, err = put(ctx, tx)
		return err
	})
	if err != nil {
		return outcome{}, about(id, err)
	}
	return done, nil
}

// defineSystem writes the labels and fields of the system.
func (tx *txn) defineSystem() {
	for _, l := range systemLabels {
		tx.insert(tableLabels, &labelRecord{value: l, order: tx.place(time.Time{})})
	}
	for _, f := range systemFields {
		tx.insert(tableFields, &fieldRecord{value: f, order: tx.place(time.Time{})})
	}
}
