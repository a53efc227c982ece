package contacts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/entry"
)

// history is a position in a log together with the state that the entries up to there lead to. It is not safe for
// concurrent use.
type history struct {
	log       Log
	selfCheck bool

	store    uuid.UUID  // ID of the store; nil until the first batch
	state    *Snapshot  // after the batches so far
	chain    entry.Hash // of the history of state
	complete Seq        // the last entry of the batch that led to state
	at       Seq        // the last entry that was read or appended
	joiner   entry.Joiner
	jobs     []Job // bulk jobs, oldest first
}

// catchUp reads the entries that follow, applies their commits, and passes each to applied, which returns false to stop
// before the next batch. While the log is unavailable it tries again.
//
// Errors: those of Log.Read, LOG_CORRUPT, LOG_FORMAT, that of ctx.
func (h *history) catchUp(ctx context.Context, applied func(decided) bool) error {
	for wait := newBackoff(); ; {
		err := h.read(ctx, applied)
		if !errors.Is(err, ErrLogUnavailable) || !wait.pause(ctx) {
			return err
		}
	}
}

// read is catchUp without trying again.
func (h *history) read(ctx context.Context, applied func(decided) bool) error {
	return readBatches(ctx, h.log, &h.at, &h.joiner, func(b *entry.Batch) (bool, error) { return h.apply(b, applied) })
}

// readBatches passes the batches of a log behind an entry to visit, until that returns false. at is the entry, and then
// each that has been read; an error of visit is damage there, unless it is LOG_COMPACTED.
func readBatches(
	ctx context.Context, log Log, at *Seq, joiner *entry.Joiner, visit func(*entry.Batch) (more bool, err error),
) error {
	for e, err := range log.Read(ctx, *at) {
		if err != nil {
			return err
		}
		batch, err := joiner.Add(uint64(e.Seq), e.Data)
		if err != nil {
			return damaged(e.Seq, err)
		}
		*at = e.Seq
		if batch == nil {
			continue // a part, or an entry without effect
		}
		if more, err := visit(batch); err != nil {
			return damaged(e.Seq, err)
		} else if !more {
			return nil
		}
	}
	return nil
}

// The reasons why a batch cannot follow, in addition to those of its commits.
var (
	errOtherStore = errors.New("an entry of another store")
	errChain      = errors.New("an entry of another history")
)

// apply applies a batch.
func (h *history) apply(batch *entry.Batch, applied func(decided) bool) (more bool, err error) {
	switch {
	case h.state.position == 0 && batch.First > 1: // the log began with a snapshot that is gone, see Restore
		return false, ErrLogCompacted
	case h.state.position == 0: // several stores may have begun to write to an empty log
		h.store = batch.Store
	case h.store != batch.Store:
		return false, errOtherStore
	}
	if batch.First != uint64(h.state.position)+1 || batch.Before != h.chain {
		return false, errChain
	}
	commits, err := entry.Commits(batch.Body, batch.Count)
	if err != nil {
		return false, err
	}
	more = true
	for _, data := range commits {
		d, err := decodeCommit(data)
		if err != nil {
			return false, err
		}
		next, commit, err := d.apply(h.state, h.selfCheck)
		if err != nil {
			return false, err
		}
		h.state, h.chain = next, entry.Next(h.chain, data)
		more = applied(decided{next: next, commit: commit, job: d.job}) && more
	}
	h.complete = h.at
	return more, nil
}

// appended notes a batch that the store has appended itself: its last entry, and the state and chain that it leads to.
func (h *history) appended(at Seq, state *Snapshot, chain entry.Hash) {
	h.at, h.complete, h.state, h.chain = at, at, state, chain
	h.joiner.Reset(uint64(at))
}

// durable returns the state and its place.
func (h *history) durable() *durableState {
	return &durableState{snapshot: h.state, at: h.complete, chain: h.chain, store: h.store}
}

// durableState is a state of a store, and where the log has it.
type durableState struct {
	snapshot *Snapshot
	at       Seq        // the last entry of the batch that led to it
	chain    entry.Hash // of its history
	store    uuid.UUID  // ID of the store
	appended int64      // bytes that the store has appended since it was opened
}

// backoff waits longer each time.
type backoff struct{ next time.Duration }

func newBackoff() *backoff { return &backoff{time.Millisecond} }

// pause waits. It reports whether ctx is not done.
func (b *backoff) pause(ctx context.Context) bool {
	const most = time.Second
	timeout, cancel := context.WithTimeout(ctx, b.next)
	defer cancel()
	b.next = min(2*b.next, most)
	<-timeout.Done()
	return ctx.Err() == nil
}

// damaged returns the error of an entry that cannot be read or applied. Its message has no data.
func damaged(at Seq, err error) error {
	switch {
	case errors.Is(err, ErrLogCompacted):
		return fmt.Errorf("contacts: %w", err)
	case errors.Is(err, entry.ErrVersion), errors.Is(err, errCommitVersion):
		return fmt.Errorf("contacts: %w: entry %d", ErrLogFormat, at)
	}
	return fmt.Errorf("contacts: %w", &CorruptError{Offset: -1, Seq: at, Reason: err.Error()})
}

// Recovery is what [Open] found in a log.
type Recovery struct {
	Snapshot Position // of the snapshot from which it began, 0 without one
	Commits  int      // that followed
	Damaged  []error  // snapshots that were not usable, newest first; an older one and more commits replaced them
}
