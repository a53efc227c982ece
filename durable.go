package contacts

import (
	"context"
	"errors"
	"io"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/entry"
)

// Sync returns once all writes that were acknowledged before the call are durable, whatever the log promises by itself.
// Without a log, or with one that makes each write durable, it returns at once.
//
// Errors: those of the log, STORE_CLOSED, and the error of ctx.
func (s *Store) Sync(ctx context.Context) error {
	if err := s.ready(ctx); err != nil || s.writer == nil {
		return err
	}
	if log, ok := s.writer.log.(Syncer); ok {
		return log.Sync(ctx)
	}
	return nil
}

// Backup writes the present state in the format that [Load] reads, while reads and writes go on. It is
// [Snapshot.Export] that stops when ctx is done.
//
// Errors: those of w, STORE_CLOSED, and the error of ctx.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.Snapshot().Export(&untilDone{ctx, w})
}

// Erase makes the store forget what was deleted or replaced: once it returns, neither the log nor the feed has any
// version of a contact, label or field that is not current at the returned position (DUR-5). [Store.Follow] starts at
// that position or later. What Erase cannot reach: snapshots, forks and copies that callers keep, backups, and disk
// blocks that the file system has freed but not overwritten.
//
// Errors: those of [Store.Compact]; then it may have forgotten a part.
func (s *Store) Erase(ctx context.Context) (Position, error) {
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	position := s.Snapshot().position
	if s.writer != nil {
		if err := s.writer.settled(ctx); err != nil {
			return 0, err
		}
		position = s.writer.durable.Load().snapshot.position
		for i := range 2 { // a log keeps two snapshots: both must be new
			err := s.Compact(ctx)
			damaged := i == 0 && errors.Is(err, ErrLogCorrupt) // an older snapshot, which goes next
			if err != nil && !damaged {
				return 0, err
			}
		}
	}
	return position, s.TrimFeed(ctx, position)
}

// Outcome tells whether a write that failed with OUTCOME_UNKNOWN took place: it returns the position of its commit. If
// the commit is still on its way to the log, it waits for the end of that. If the store had to be opened again, ask the
// new one. It reads the commits that the log has not dropped, which takes time in proportion to them.
//
// Errors: COMMIT_NOT_FOUND if the write did not take place, or so long ago that its commit has been dropped;
// STORE_READ_ONLY if the log has failed for good, those of the log, STORE_CLOSED, and the error of ctx.
func (s *Store) Outcome(ctx context.Context, commit uuid.UUID) (Position, error) {
	if err := s.ready(ctx); err != nil {
		return 0, err
	}
	if s.writer == nil {
		return 0, &Error{Code: ErrCommitNotFound}
	}
	if err := s.writer.settled(ctx); err != nil {
		return 0, err
	}
	var position Position
	err := behindCompaction(func() (Seq, error) {
		from, err := oldestSaved(ctx, s.writer.log)
		if err == nil {
			position, err = s.positionOf(ctx, commit, from)
		}
		return from, err
	})
	return position, err
}

// positionOf returns the position of a commit that follows an entry of the log.
func (s *Store) positionOf(ctx context.Context, commit uuid.UUID, from Seq) (Position, error) {
	var joiner entry.Joiner
	joiner.Reset(uint64(from))
	var found Position
	err := readBatches(ctx, s.writer.log, &from, &joiner, func(b *entry.Batch) (bool, error) {
		commits, err := entry.Commits(b.Body, b.Count)
		for i := 0; i < len(commits) && err == nil && found == 0; i++ {
			var id uuid.UUID
			if id, err = commitID(commits[i]); err == nil && id == commit {
				found = Position(b.First) + Position(i)
			}
		}
		return found == 0, err
	})
	if err == nil && found == 0 {
		err = &Error{Code: ErrCommitNotFound}
	}
	return found, err
}
