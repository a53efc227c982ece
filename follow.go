package contacts

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/contactsdb/contacts/internal/feed"
)

// Follow yields the commits after a position: first those that the store keeps, then each new one as it is made,
// without gaps or repeats (EVT-2). To see everything that happens after a snapshot, follow from [Snapshot.Position].
//
// The store keeps the newest Options.FeedSize changes, as far as Options.FeedBytes allows, and the newest commit whole;
// [Store.TrimFeed] drops more. A reader that starts before them, or falls behind, gets POSITION_EXPIRED with a
// [PositionError]: take a new snapshot and follow from its position. A store with a log reads older commits from there:
// all that follow the older of the two snapshots in the log, also after the store was opened again (DUR-3). That
// takes the time and memory of opening a second store. Slow readers never slow writers. The sequence ends with an error
// as its last value, for example when ctx is done or the store is closed. Each commit is the caller's own.
//
// Errors: INVALID_ARGUMENT for a nil context or a position that the store has not reached, POSITION_EXPIRED,
// STORE_CLOSED, STORE_READ_ONLY for a replica that cannot continue, those of the log, and the error of ctx.
func (s *Store) Follow(ctx context.Context, since Position) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		if err := checkContext(ctx); err != nil {
			yield(Commit{}, err)
			return
		}
		if newest := s.Snapshot().position; since > newest {
			yield(Commit{}, unreached("since", newest))
			return
		}
		s.followers.Add(1)
		defer s.followers.Add(-1)
		f := follower{store: s, since: since, yield: yield}
		if err := f.run(ctx); err != nil && !f.stopped {
			yield(Commit{}, err)
		}
	}
}

// follower is a reader of commits.
type follower struct {
	store   *Store
	since   Position // of the last commit that it has read
	yield   func(Commit, error) bool
	stopped bool // yield has returned false
}

// run reads commits until the caller stops or an error occurs.
func (f *follower) run(ctx context.Context) error {
	for {
		err := f.readFeed(ctx)
		if err == feed.ErrExpired && f.store.writer != nil {
			if err = f.readLog(ctx); err == nil && !f.stopped {
				continue
			}
		}
		return f.store.followError(ctx, err)
	}
}

func (f *follower) deliver(c *Commit) {
	f.since = c.Position
	commit := *c
	commit.Changes = slices.Clone(c.Changes)
	f.stopped = !f.yield(commit, nil)
}

// readFeed reads commits from the feed until an error of the feed.
func (f *follower) readFeed(ctx context.Context) error {
	reader, err := f.store.feed.NewReader(uint64(f.since))
	for err == nil && !f.stopped {
		var c *Commit
		if c, err = reader.Next(ctx, f.store.ended()); err == nil {
			f.deliver(c)
		}
	}
	return err
}

// readLog reads the commits up to the present state from the log.
func (f *follower) readLog(ctx context.Context) error {
	oldest, err := f.replay(ctx)
	if errors.Is(err, ErrLogCompacted) && oldest <= f.since {
		oldest, err = f.replay(ctx) // the log was compacted after the snapshot was read
	}
	if errors.Is(err, ErrLogCompacted) {
		return &Error{Code: ErrPositionExpired, Err: &PositionError{Oldest: oldest}}
	}
	return err
}

// replay makes each commit again from the one before, beginning with a snapshot. It returns the position of that
// snapshot, or of the oldest one if all are later.
func (f *follower) replay(ctx context.Context) (Position, error) {
	newest := f.store.Snapshot().position
	past, found, err := restore(ctx, f.store.writer.log, f.store.opts, f.since)
	if err != nil {
		return found.Snapshot, err
	}
	return found.Snapshot, past.replay(ctx, func(c *Commit, _ *Job) bool {
		if c.Position > f.since && c.Position <= newest && !f.stopped {
			f.deliver(c)
		}
		return !f.stopped && c.Position < newest
	})
}

// WaitFor returns nil once the store has the commits up to a position, so that later reads see them (DUR-10). To read
// in one store what was written in another one on the same log, take the position of the store that wrote, and wait for
// it in the other, which may be a replica. A store that writes follows the log from the first call that finds it
// behind, as with Options.SharedLog. Without a log, or if no one else writes to it, only its own writes reach a
// position.
//
// Its memory does not depend on the distance, and it polls nothing. While the log is unavailable it waits, too: bound
// it with ctx, and see [LogStats] for the reason. A position that was reached stays reached, also once the store can
// only be read. It is safe for concurrent use.
//
// Errors: INVALID_ARGUMENT for a nil context; STORE_READ_ONLY with the error of the log, such as LOG_DIVERGED, if the
// store is behind and its log has failed for good; STORE_CLOSED, and the error of ctx.
func (s *Store) WaitFor(ctx context.Context, position Position) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	for {
		newest := s.Snapshot().position
		if newest >= position {
			return nil
		}
		if s.writer != nil {
			s.writer.follow()
		}
		reader, err := s.feed.NewReader(uint64(newest))
		for err == nil && s.Snapshot().position < position {
			_, err = reader.Next(ctx, s.noMore())
		}
		if err != nil && err != feed.ErrExpired { // what expired was reached
			return s.followError(ctx, err)
		}
	}
}

// TrimFeed drops all commits up to a position from the feed, even the newest, so that earlier versions of contacts and
// deleted contacts leave memory at once, and not only when newer changes displace them (EVT-7). It also forgets the
// phone numbers that the store has parsed, and the words that the last people search has collected; later calls collect
// theirs again. To forget all that is deleted, trim up to the present position:
//
//	err := s.TrimFeed(ctx, s.Snapshot().Position())
//
// Readers of Follow that have not read these commits get POSITION_EXPIRED, unless the store has a log: then the commits
// are read from there, see [Store.Erase]. What snapshots, views, forks and commits that the caller keeps refer to stays
// in memory. TrimFeed makes no commit.
//
// Errors: INVALID_ARGUMENT for a position that the store has not reached.
func (s *Store) TrimFeed(ctx context.Context, upTo Position) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	s.publishing.Lock()
	defer s.publishing.Unlock()
	if newest := s.Snapshot().position; upTo > newest {
		return unreached("upTo", newest)
	}
	s.feed.Trim(uint64(upTo))
	s.phones.forget()
	s.lastPeople.Clear()
	return nil
}

// unreached returns the error of a position that is after the newest (EVT-3, EVT-7).
func unreached(field string, newest Position) error {
	return invalid([]Violation{{Field: field, Rule: RuleMax, Threshold: int(newest)}})
}

// ended returns a channel that is closed at the end of Follow: that of a store that writes lasts until Close.
func (s *Store) ended() <-chan struct{} {
	if s.writer != nil && !s.writer.replica {
		return s.done
	}
	return s.noMore()
}

// noMore returns a channel that is closed once no more commits come.
func (s *Store) noMore() <-chan struct{} {
	if s.writer != nil {
		return s.writer.stopped
	}
	return s.done
}

// endError returns the reason why no more commits come: the store is closed, or its log has failed.
func (s *Store) endError() error {
	if s.writer != nil && s.writer.closing.Err() == nil {
		_, err := s.writer.tip()
		return err
	}
	return &Error{Code: ErrClosed}
}

// followError converts the error that stopped a reader into one of the store.
func (s *Store) followError(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case err == feed.ErrExpired:
		return &Error{Code: ErrPositionExpired, Err: &PositionError{Oldest: Position(s.feed.Oldest())}}
	case err == feed.ErrClosed:
		return s.endError()
	case ctx.Err() != nil:
		return cancelled(ctx)
	default:
		return err
	}
}
