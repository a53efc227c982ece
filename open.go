package contacts

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
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
	return owned(log, func() (*Store, error) {
		s, err := open(ctx, log, opts)
		if err != nil {
			return nil, err
		}
		s.writer.running.Go(s.writer.run)
		s.writer.running.Go(s.compactWhenDue)
		return s, nil
	})
}

// OpenReplica opens a copy of the store that a log holds, and keeps it equal to what other stores append to the log:
// the same contents, positions and feed, each commit whole (DUR-6). The copy lags behind by as long as Log.Wait takes.
// Its writes fail with STORE_READ_ONLY. Everything else is as in [Open].
func OpenReplica(ctx context.Context, log Log, opts *Options) (*Store, error) {
	return owned(log, func() (*Store, error) {
		s, err := open(ctx, log, opts)
		if err != nil {
			return nil, err
		}
		s.writer.fail(errReplica)
		s.writer.running.Go(s.writer.runReplica)
		return s, nil
	})
}

var errReplica = errors.New("the store is a replica")

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
	s, past, err := openFrom(ctx, log, o)
	for errors.Is(err, ErrLogCompacted) {
		// Another store may have compacted the log after the snapshot was read: begin with a newer one.
		before := past.at
		if s, past, err = openFrom(ctx, log, o); past.at == before {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if past.store == uuid.Nil {
		past.store = o.newLogID()
	}
	s.writer = newLogWriter(past, o.newLogID, s.publish)
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
	err = past.catchUp(ctx, func(made decided) bool {
		s.publish(made)
		found.Commits++
		return true
	})
	if errors.Is(err, ErrLogCompacted) && len(found.Damaged) > 0 {
		err = found.Damaged[0] // it had what was dropped
	}
	s.jobs.interrupt(past.state.time)
	s.recovery = found
	return s, past, err
}

// Recovery returns what [Open] found in the log. It is zero for a store without a log. The result is the caller's own.
func (s *Store) Recovery() Recovery {
	found := s.recovery
	found.Damaged = slices.Clone(found.Damaged)
	return found
}
