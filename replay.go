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
	live      bool // a running store has the state: what contradicts it is another history, not damage

	store    uuid.UUID  // ID of the store; nil until the first batch
	state    *Snapshot  // after the batches so far, without those that replaying has
	chain    entry.Hash // of the history of state
	complete Seq        // the last entry of the batch that led to state
	at       Seq        // the last entry that was read or appended
	joiner   entry.Joiner
	jobs     []Job // bulk jobs, oldest first

	replaying *applier // has commits after state; nil if there are none
	fast      bool     // see replay
}

// replayMax is the number of rows that commits have written before replay ends a transaction.
const replayMax = 1 << 14

// replay is catchUp for a caller that needs no state in between: commits are passed without them. After an error the
// history cannot be used.
func (h *history) replay(ctx context.Context, applied func(*Commit, *Job) (more bool)) error {
	h.fast = true
	err := h.catchUp(ctx, func(made decided) bool { return applied(made.commit, made.job) })
	h.fast = false
	if h.replaying != nil && err == nil {
		h.endReplay()
	}
	return err
}

func (h *history) endReplay() { h.state, h.replaying = h.replaying.commit(), nil }

// last returns the state after the batches so far. Its rows may be those of an earlier one.
func (h *history) last() *Snapshot {
	if h.replaying != nil {
		return h.replaying.tx.base
	}
	return h.state
}

// catchUp reads the entries that follow, applies their commits, and passes each to applied, which returns false to stop
// before the next batch. While the log is unavailable it tries again.
//
// Errors: those of Log.Read, LOG_CORRUPT, LOG_FORMAT, that of ctx.
func (h *history) catchUp(ctx context.Context, applied func(decided) bool) error {
	apply := func(b *entry.Batch) (bool, error) { return h.apply(b, applied) }
	return whileUnavailable(ctx, func() error { return readBatches(ctx, h.log, &h.at, &h.joiner, apply) })
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
	position := h.last().position
	switch {
	case position == 0 && batch.First > 1: // the log began with a snapshot that is gone, see Restore
		return false, ErrLogCompacted
	case position == 0: // several stores may have begun to write to an empty log
		h.store = batch.Store
	case h.store != batch.Store:
		return false, h.contradiction(errOtherStore)
	}
	if batch.First != uint64(position)+1 || batch.Before != h.chain {
		return false, h.contradiction(errChain)
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
		made, err := h.add(d)
		if err != nil {
			return false, err
		}
		h.chain = entry.Next(h.chain, data)
		more = applied(made) && more
	}
	h.complete = h.at
	return more, nil
}

// follows reports whether the history can be a later one of the same store.
func (h *history) follows(past history) bool {
	return h.state.position > past.state.position ||
		h.state.position == past.state.position && h.chain == past.chain
}

// contradiction returns the error of an entry or a snapshot that does not belong to the history (DUR-11).
func (h *history) contradiction(reason error) error {
	if h.live {
		return fmt.Errorf("%w: %w", ErrDiverged, reason)
	}
	return reason
}

// add applies a commit.
func (h *history) add(d *commitData) (decided, error) {
	if !h.fast {
		next, commit, err := d.apply(h.state, h.selfCheck)
		if err == nil {
			h.state = next
		}
		return decided{next: next, commit: commit, job: d.job}, err
	}
	if h.replaying == nil {
		h.replaying = h.state.replay(h.selfCheck)
	}
	commit, err := h.replaying.add(d)
	if err == nil && h.replaying.lines >= replayMax {
		h.endReplay()
	}
	return decided{commit: commit, job: d.job}, err
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

// whileUnavailable calls try, again and again as long as it fails because the log is unavailable and ctx is not done.
func whileUnavailable(ctx context.Context, try func() error) error {
	for wait := newBackoff(); ; {
		err := try()
		if !errors.Is(err, ErrLogUnavailable) || !wait.pause(ctx) {
			return err
		}
	}
}

// behindCompaction calls read, and again if the log was compacted meanwhile, until it begins at the same entry as the
// time before. read returns where it began, or how far it came.
func behindCompaction(read func() (Seq, error)) error {
	at, err := read()
	for errors.Is(err, ErrLogCompacted) {
		before := at
		if at, err = read(); at == before {
			break
		}
	}
	return err
}

// damaged returns the error of an entry that cannot be read or applied. Its message has no data.
func damaged(at Seq, err error) error {
	switch {
	case errors.Is(err, ErrLogCompacted):
		return fmt.Errorf("contacts: %w", err)
	case errors.Is(err, ErrDiverged):
		return fmt.Errorf("contacts: entry %d: %w", at, err)
	case errors.Is(err, entry.ErrVersion), errors.Is(err, errCommitVersion):
		return fmt.Errorf("contacts: %w: entry %d", ErrLogFormat, at)
	}
	return fmt.Errorf("contacts: %w", &CorruptError{Offset: -1, Seq: at, Reason: err.Error()})
}

// Recovery describes a log as [Open] found it.
type Recovery struct {
	Snapshot Position // of the snapshot from which it began, 0 without one
	Commits  int      // that followed
	Damaged  []error  // snapshots that were not usable, newest first; an older one and more commits replaced them
}
