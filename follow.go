package contacts

import (
	"context"
	"iter"
	"slices"
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
		if ctx.Err() != nil {
			yield(Commit{}, cancelled(ctx))
			return
		}
		if newest := s.Snapshot().position; since > newest {
			v := Violation{Field: "since", Rule: RuleMax, Threshold: int(newest)}
			yield(Commit{}, invalid([]Violation{v}))
			return
		}
		at, err := s.feed.find(since)
		for err == nil {
			var c *Commit
			if at, c, err = s.next(ctx, at, since); err != nil {
				break
			}
			if c.Position <= since {
				continue
			}
			mine := *c
			mine.Changes = slices.Clone(c.Changes)
			if !yield(mine, nil) {
				return
			}
		}
		yield(Commit{}, err)
	}
}

// next returns the node behind at and its commit. It waits for it. A reader that began at a node before since, because the
// commit at since was in the snapshot but not yet in the feed, needs nothing of what may be dropped up to there.
func (s *Store) next(ctx context.Context, at *feedNode, since Position) (*feedNode, *Commit, error) {
	for {
		if ctx.Err() != nil {
			return nil, nil, cancelled(ctx)
		}
		if next := at.next.Load(); next != nil {
			if c := next.commit.Load(); c != nil {
				return next, c, nil
			}
			if at.position >= since {
				return nil, nil, s.feed.expired()
			}
			var err error
			if at, err = s.feed.find(since); err != nil {
				return nil, nil, err
			}
			continue
		}
		changed := at.changed()
		if at.next.Load() != nil {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-s.done:
			// A commit may have come in before the store was closed.
			if at.next.Load() == nil {
				return nil, nil, &Error{Code: ErrClosed}
			}
		}
	}
}
