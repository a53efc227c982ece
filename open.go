package contacts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/entry"
)

// Open opens the store that a log holds, or a new store if the log is empty (DUR-1). Each write returns once its commit
// is as durable as the log promises, and only then do readers see it. A write that fails has changed nothing, with one
// exception: OUTCOME_UNKNOWN, see [Store.Outcome].
//
// The store owns the log: [Store.Close] closes it, and so does Open if it fails. While the log is unavailable, Open
// waits until ctx is done. opts apply to later writes: what the log holds is read without rules, a clock or new IDs, so
// the store is the same as before, whatever the options.
//
// If the log fails for good, for example because the disk is full, the store stays readable, and writes fail with
// STORE_READ_ONLY until the store is opened again. All commits that were acknowledged are there then (DUR-4).
//
// Errors: INVALID_ARGUMENT for opts, a nil log or a nil context; those of the log, such as LOG_CORRUPT and LOG_FORMAT;
// the error of ctx.
func Open(ctx context.Context, log Log, opts *Options) (*Store, error) {
	return owned(log, func() (*Store, error) { return openToWrite(ctx, log, opts) })
}

func openToWrite(ctx context.Context, log Log, opts *Options) (*Store, error) {
	s, err := open(ctx, log, opts)
	if err != nil {
		return nil, err
	}
	s.writer.running.Go(s.writer.run)
	s.writer.running.Go(s.compactWhenDue)
	if s.opts.SharedLog {
		s.writer.follow()
	}
	return s, nil
}

// Restore opens a new store on an empty log, with the contents of a snapshot: of a store that [Load] has read from a
// backup, or of one that was only in memory so far (DUR-8). It saves them as the beginning of the log, which must be a
// [Snapshotter], and reads them back. The store equals the snapshot in contents, order and position, and its feed
// begins there. It has no bulk jobs. Everything else is as in [Open].
//
// Errors: LOG_CONFLICT if the log has an entry or a snapshot, which stay as they are; INVALID_ARGUMENT for a nil
// snapshot or a log that keeps none; those of [Open].
func Restore(ctx context.Context, log Log, from *Snapshot, opts *Options) (*Store, error) {
	return owned(log, func() (*Store, error) {
		o, err := opts.checked()
		if err != nil {
			return nil, err
		}
		if err := checkContext(ctx); err != nil {
			return nil, err
		}
		err = whileUnavailable(ctx, func() error { return beginLog(ctx, log, from, o.newLogID()) })
		if err != nil {
			return nil, err
		}
		return openToWrite(ctx, log, opts)
	})
}

// beginLog saves a snapshot as the beginning of an empty log.
func beginLog(ctx context.Context, log Log, from *Snapshot, store uuid.UUID) error {
	saver, ok := log.(Snapshotter)
	switch {
	case !ok:
		return invalid([]Violation{{Field: "log", Rule: RuleRequired}})
	case from == nil:
		return invalid([]Violation{{Field: "from", Rule: RuleRequired}})
	}
	last, err := log.Last(ctx)
	if err != nil {
		return err
	}
	used := last > 0
	for _, err := range saver.Load(ctx) {
		if err != nil && !errors.Is(err, ErrLogCorrupt) && !errors.Is(err, ErrLogFormat) {
			return err
		}
		used = true
	}
	if used {
		return fmt.Errorf("contacts: %w: the log is not empty", ErrLogConflict)
	}
	return saver.Save(ctx, 0, func(w io.Writer) error {
		return writeSaved(&untilDone{ctx, w}, savedStore{Store: store}, entry.Hash{}, from)
	})
}

// OpenReplica opens a copy of the store that a log holds, and keeps it equal to what other stores append to the log:
// the same contents, positions and feed, each commit whole (DUR-6). The copy lags behind by as long as Log.Wait takes.
// Its writes fail with STORE_READ_ONLY. Everything else is as in [Open].
//
// If the log drops commits that the copy has not read yet, it continues with a newer snapshot, and readers of Follow
// that need those commits get POSITION_EXPIRED. If the log fails for good, or is damaged, the copy stays as it is, and
// every Follow ends with STORE_READ_ONLY and the error of the log (DUR-9).
func OpenReplica(ctx context.Context, log Log, opts *Options) (*Store, error) {
	return owned(log, func() (*Store, error) {
		s, err := open(ctx, log, opts)
		if err != nil {
			return nil, err
		}
		s.writer.replica = true
		s.writer.running.Go(s.writer.run)
		s.writer.follow()
		return s, nil
	})
}

// owned closes the log unless open succeeds.
func owned(log Log, open func() (*Store, error)) (*Store, error) {
	s, err := open()
	if err != nil && log != nil {
		err = errors.Join(err, log.Close())
	}
	return s, err
}

// open opens a store without starting its goroutines.
func open(ctx context.Context, log Log, opts *Options) (*Store, error) {
	o, err := opts.checked()
	switch {
	case err != nil:
		return nil, err
	case log == nil:
		return nil, invalid([]Violation{{Field: "log", Rule: RuleRequired}})
	}
	if err := checkContext(ctx); err != nil {
		return nil, err
	}
	var s *Store
	var past history
	err = behindCompaction(func() (_ Seq, err error) {
		s, past, err = openFrom(ctx, log, o)
		return past.at, err
	})
	if errors.Is(err, ErrLogCompacted) { // a file was removed
		missing := &CorruptError{Offset: -1, Reason: "entries are missing, and no snapshot replaces them"}
		err = fmt.Errorf("contacts: %w", missing)
	}
	if err != nil {
		return nil, err
	}
	if past.store == uuid.Nil {
		past.store = o.newLogID()
	}
	s.writer = newLogWriter(past, o.newLogID, wallNow, s.Snapshot, s.publish)
	s.writer.skip = s.skipDropped
	return s, nil
}

// openFrom returns the store that a log holds, without a writer, and its history as far as it could be read.
func openFrom(ctx context.Context, log Log, o *Options) (*Store, history, error) {
	past, found, err := restore(ctx, log, o, countMax)
	if err != nil {
		return nil, past, err
	}
	s := newStore(o, newPhoneParser(o.Region), past.state)
	for _, job := range past.jobs {
		s.jobs.add(job)
	}
	err = past.replay(ctx, func(c *Commit, job *Job) bool {
		s.restoreJob(job, c.Time)
		s.feed.Append(uint64(c.Position), c.size(), c)
		found.Commits++
		return true
	})
	s.show(past.state)
	if len(found.Damaged) > 0 && (errors.Is(err, ErrLogCompacted) || err == nil && past.at == 0) {
		err = found.Damaged[0] // it had commits that the log lacks
	}
	s.jobs.interrupt(past.state.time)
	s.recovery = found
	return s, past, err
}

// skipDropped returns the newest history that the log has saved, if it is newer than the past one, and makes its state
// that of the store. The log has dropped the commits in between (DUR-9).
func (s *Store) skipDropped(ctx context.Context, past history) (history, error) {
	newer, _, err := restore(ctx, past.log, s.opts, countMax)
	switch {
	case err != nil || newer.at <= past.at:
		return past, err
	case past.state.position > 0 && newer.store != past.store:
		return past, damaged(newer.at, past.contradiction(errOtherStore))
	case !newer.follows(past):
		return past, damaged(newer.at, past.contradiction(errChain))
	}
	for _, job := range newer.jobs {
		if kept, ok := s.jobs.get(job.ID); !ok || kept.Status == JobStatusRunning {
			s.jobs.restore(job, newer.state.time)
		}
	}
	if newer.state.position > past.state.position {
		s.jump(newer.state)
	}
	newer.live = true
	return newer, nil
}

// Recovery returns what [Open] found in the log. It is zero for a store without a log. The result is the caller's own.
func (s *Store) Recovery() Recovery {
	found := s.recovery
	found.Damaged = slices.Clone(found.Damaged)
	return found
}
