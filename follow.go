package contacts

import (
	"context"
	"iter"
	"slices"

	"github.com/contactsdb/contacts/internal/feed"
)

// Follow yields the commits after a position, first those that are kept, then each new one as it is made, without gap or
// repeat (EVT-2). To see all that happens after a snapshot, follow from [Snapshot.Position].
//
// The store keeps the newest Options.FeedSize changes, and the newest commit whole. A reader that asks for more, or falls
// behind, gets POSITION_EXPIRED with a [PositionError]: take a new snapshot and follow from there. Slow readers never
// slow writers. The loop ends, after an error as its last value, when ctx is done or the store is closed.
//
// Errors: POSITION_EXPIRED, STORE_CLOSED, INVALID_ARGUMENT for a position that the store has not reached, and that of ctx.
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
			mine := *c
			mine.Changes = slices.Clone(c.Changes)
			if !yield(mine, nil) {
				return
			}
		}
		yield(Commit{}, s.followError(ctx, err))
	}
}

// followError returns the error that a reader of the feed stopped with as one of the store.
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
