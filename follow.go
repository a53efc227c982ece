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
// The store keeps the newest Options.FeedSize changes, and the newest commit whole. A reader that starts before them,
// or falls behind, gets POSITION_EXPIRED with a [PositionError]: take a new snapshot and follow from its position. Slow
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
			v := Violation{Field: "since", Rule: RuleMax, Threshold: int(newest)}
			yield(Commit{}, invalid([]Violation{v}))
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
