package contacts

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/entry"
	"github.com/contactsdb/contacts/internal/wire"
)

// A saved snapshot is a line with its place in the history, and an export:
//
//	{"savedStore":{"version":1,"store":…,"position":…,"chain":…,"jobs":[…]}}
type savedStore struct {
	Version  int       `json:"version"`
	Store    uuid.UUID `json:"store"`
	Position Position  `json:"position"`
	Chain    string    `json:"chain"` // the hash of the history up to the position
	Jobs     []Job     `json:"jobs,omitempty"`
}

const (
	savedVersion = 1
	savedLineMax = 1 << 20 // bytes; the jobs are few and small
)

var errSavedStore = errors.New("not a snapshot of a store")

// laterSnapshot is the error of a saved snapshot of a later position than the one wanted.
type laterSnapshot Position

func (laterSnapshot) Error() string { return "a later snapshot" }

// restore returns the newest state that the log has saved up to a position, or an empty one if it has not saved any.
// The Recovery has the position of that state, or of the oldest later one. While the log is unavailable it tries again.
func restore(ctx context.Context, log Log, o *Options, upTo Position) (past history, found Recovery, err error) {
	err = whileUnavailable(ctx, func() (err error) {
		past, found, err = readNewest(ctx, log, o, upTo)
		return err
	})
	return past, found, err
}

// readNewest is restore without trying again.
func readNewest(ctx context.Context, log Log, o *Options, upTo Position) (history, Recovery, error) {
	var found Recovery
	if saver, ok := log.(Snapshotter); ok {
		for saved, err := range saver.Load(ctx) {
			var past history
			if err == nil {
				past, err = readSaved(ctx, log, saved, o, upTo)
			}
			later, isLater := err.(laterSnapshot)
			switch {
			case err == nil:
				found.Snapshot = past.state.position
				return past, found, nil
			case isLater:
				found.Snapshot = Position(later)
				if saved.At == 0 { // the log begins with it, see Restore
					return history{}, found, fmt.Errorf("contacts: %w", ErrLogCompacted)
				}
			case errors.Is(err, ErrLogCorrupt):
				found.Damaged = append(found.Damaged, err)
			default:
				return history{}, found, err
			}
		}
	}
	empty, err := snapshotOf(o, func(*txn) error { return nil })
	if err != nil {
		return history{}, found, err
	}
	return historyFrom(log, savedStore{}, empty, 0, o.SelfCheck), found, nil
}

// readSaved reads a saved snapshot.
func readSaved(ctx context.Context, log Log, saved SavedSnapshot, o *Options, upTo Position) (history, error) {
	r, err := saved.Open()
	if err != nil {
		return history{}, err
	}
	defer r.Close()
	buffered := bufio.NewReaderSize(r, 1<<16)
	head, err := readSavedLine(buffered)
	switch {
	case err != nil:
		return history{}, damagedSnapshot(saved.At, err)
	case head.Position > upTo:
		return history{}, laterSnapshot(head.Position)
	}
	unlimited := *o // the log has checked the snapshot, and opts may have had other limits when it was written
	unlimited.LineLimits = LineLimits{Bytes: math.MaxInt, Values: math.MaxInt}
	state, err := loadSnapshot(ctx, buffered, &unlimited)
	switch {
	case CodeOf(err) == ErrInvalidExport:
		return history{}, damagedSnapshot(saved.At, err)
	case err != nil:
		return history{}, err
	case state.position != head.Position:
		return history{}, damagedSnapshot(saved.At, errSavedStore)
	}
	return historyFrom(log, head, state, saved.At, o.SelfCheck), nil
}

// damagedSnapshot returns the error of a saved snapshot that cannot be read.
func damagedSnapshot(at Seq, err error) error {
	if errors.Is(err, errVersion) {
		return fmt.Errorf("contacts: %w: snapshot after entry %d", ErrLogFormat, at)
	}
	if errors.Is(err, ErrLogCorrupt) {
		return err
	}
	return fmt.Errorf("contacts: %w", &CorruptError{Offset: -1, Seq: at, Reason: "snapshot: " + err.Error()})
}

// readSavedLine reads the first line of a saved snapshot.
func readSavedLine(r *bufio.Reader) (savedStore, error) {
	lines := lineReader{r: r, max: savedLineMax}
	text, err := lines.next()
	if err != nil {
		return savedStore{}, err
	}
	var later bool
	head, err := wire.Read(string(text), "", func(v wire.Value) savedStore {
		o := v.Object().Object("savedStore")
		later = o.Integer("version") > savedVersion
		return savedStore{
			Version: o.Integer("version"), Store: o.GUID("store"), Position: Position(readCount(o, "position")),
			Chain: o.Text("chain"), Jobs: wire.List(o, "jobs", readJob),
		}
	})
	switch chain, wrong := hex.DecodeString(head.Chain); {
	case later:
		return savedStore{}, errVersion
	case err != nil || head.Version != savedVersion || wrong != nil || len(chain) != len(entry.Hash{}):
		return savedStore{}, errSavedStore
	default:
		return head, nil
	}
}

// historyFrom returns the history that a saved snapshot has.
func historyFrom(log Log, head savedStore, state *Snapshot, at Seq, selfCheck bool) history {
	h := history{
		log: log, selfCheck: selfCheck, store: head.Store, state: state, at: at, complete: at, jobs: head.Jobs,
	}
	hex.Decode(h.chain[:], []byte(head.Chain))
	h.joiner.Reset(uint64(at))
	return h
}

// saveTo writes a saved snapshot of a state.
func (s *Store) saveTo(w io.Writer, d *durableState) error {
	return writeSaved(w, savedStore{Store: d.store, Jobs: s.jobs.oldest()}, d.chain, d.snapshot)
}

// writeSaved writes a saved snapshot. head needs only store and jobs; chain is the hash of the history.
func writeSaved(w io.Writer, head savedStore, chain entry.Hash, state *Snapshot) error {
	head.Version, head.Position, head.Chain = savedVersion, state.position, hex.EncodeToString(chain[:])
	line, err := json.Marshal(map[string]savedStore{"savedStore": head})
	if err != nil {
		return &Error{Code: ErrInternal, Err: err}
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return err
	}
	return state.Export(w)
}

// oldestSaved returns the place of the oldest snapshot that a log keeps: it still has the entries after it.
func oldestSaved(ctx context.Context, log Log) (at Seq, err error) {
	saver, ok := log.(Snapshotter)
	if !ok {
		return 0, nil
	}
	for saved, err := range saver.Load(ctx) {
		switch {
		case err == nil:
			at = saved.At
		case !errors.Is(err, ErrLogCorrupt):
			return 0, err
		}
	}
	return at, nil
}

// Compact saves a snapshot of the present state in the log, and lets the log drop the commits that the older of its two
// snapshots covers. [Store.Follow] cannot start before that snapshot afterwards. Reads and writes go on. The store
// compacts by itself after every Options.CompactBytes of commits; if that fails it tries again after as many more, and
// [Store.Compact] shows the error.
//
// Without a log, or with one that has no snapshots, it does nothing.
//
// Errors: those of the log, STORE_READ_ONLY for a replica, STORE_CLOSED, and the error of ctx.
func (s *Store) Compact(ctx context.Context) error {
	if err := s.ready(ctx); err != nil || s.writer == nil {
		return err
	}
	if _, err := s.writer.tip(); err != nil {
		return err
	}
	select {
	case s.compacting <- struct{}{}:
		defer func() { <-s.compacting }()
	case <-ctx.Done():
		return cancelled(ctx)
	}
	log, ok := s.writer.log.(Snapshotter)
	d := s.writer.durable.Load()
	if !ok || d.at == 0 {
		return nil
	}
	err := log.Save(ctx, d.at, func(w io.Writer) error { return s.saveTo(&untilDone{ctx, w}, d) })
	if err != nil {
		return err
	}
	return log.Compact(ctx, d.at)
}

// compactWhenDue compacts after every Options.CompactBytes of entries, until the store is closed.
func (s *Store) compactWhenDue() {
	w, compacted := s.writer, int64(0)
	for {
		select {
		case <-w.grown:
			if n := w.durable.Load().appended; n-compacted >= int64(s.opts.CompactBytes) {
				compacted = n
				s.Compact(w.closing) // the next call by hand shows the error
			}
		case <-w.closing.Done():
			return
		}
	}
}

// untilDone is a writer that fails once a context is done.
type untilDone struct {
	ctx context.Context
	io.Writer
}

func (w *untilDone) Write(p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, cancelled(w.ctx)
	}
	return w.Writer.Write(p)
}
