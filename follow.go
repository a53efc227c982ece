package contacts

import (
	"context"
	"iter"
	"slices"

	"github.com/contactsdb/contacts/internal/feed"
)

// Follow yields the commits after a position: first those that the store keeps, then each new one as it is made,
// without gaps or repeats (EVT-2). To see everything that happens after a snapshot, follow from [Snapshot.Position].
//
// The store keeps the newest Options.FeedSize changes, as far as Options.FeedBytes allows, and the newest commit whole;
// [Store.TrimFeed] drops more. A reader that starts before them, or falls behind, gets POSITION_EXPIRED with a [PositionError]: take a new snapshot and follow from its position. Slow
// readers never slow writers. The sequence ends with an error as its last value, for example when ctx is done or the
// store is closed. Each commit is the caller's own.
//
// Errors: INVALID_ARGUMENT for a nil context or a position that the store has not reached, POSITION_EXPIRED,
// STORE_CLOSED, and the error of ctx.
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
		reader, err := s.feed.NewReader(uint64(since))
		for err == nil {
			var c *Commit
			if c, err = reader.Next(ctx, s.done); err != nil {
				break
			}
			commit := *c
			commit.Changes = slices.Clone(c.Changes)
			if !yield(commit, nil) {
				return
			}
		}
		yield(Commit{}, s.followError(ctx, err))
	}
}

// TrimFeed drops all commits up to a position from the feed, even the newest, so that earlier versions of contacts and
// deleted contacts leave memory at once, and not only when newer changes displace them (EVT-7). It also forgets the
// phone numbers that the store has parsed, and the words that the last people search has collected; later calls collect
// theirs again. To forget all that is
// deleted, trim up to the present position:
//
//	err := s.TrimFeed(ctx, s.Snapshot().Position())
//
// Readers of Follow that have not read these commits get POSITION_EXPIRED. What snapshots, views, forks and commits
// that the caller keeps refer to stays in memory. TrimFeed waits for a write in progress, and makes no commit.
//
// Errors: INVALID_ARGUMENT for a position that the store has not reached.
func (s *Store) TrimFeed(ctx context.Context, upTo Position) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.locked(ctx, func() error {
		if newest := s.Snapshot().position; upTo > newest {
			return unreached("upTo", newest)
		}
		s.feed.Trim(uint64(upTo))
		s.phones.forget()
		s.lastPeople.Clear()
		return nil
	})
}

// unreached returns the error of a position that is after the newest (EVT-3, EVT-7).
func unreached(field string, newest Position) error {
	return invalid([]Violation{{Field: field, Rule: RuleMax, Threshold: int(newest)}})
}

// followError converts the error that stopped a reader of the feed into one of the store.
func (s *Store) followError(ctx context.Context, err error) error {
	switch err {
	case feed.ErrExpired:
		return &Error{Code: ErrPositionExpired, Err: &PositionError{Oldest: Position(s.feed.Oldest())}}
	case feed.ErrClosed:
		return &Error{Code: ErrClosed}
	default:
		return cancelled(ctx)
	}
}
