package contacts

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/feed"
)

// askedContext calls asked at each call of Done. Follow calls Done when it is about to wait.
type askedContext struct {
	context.Context
	asked func()
}

func (c askedContext) Done() <-chan struct{} {
	c.asked()
	return c.Context.Done()
}

// TestFollowFromCommitUnderWay follows from a snapshot whose commit reaches the feed only after Follow has read it: a
// write publishes its snapshot first.
func TestFollowFromCommitUnderWay(t *testing.T) {
	for _, tc := range []struct {
		name   string
		newest Position // when the reader, which follows from 1 in a feed of one change, continues
		want   []Position
		code   Code
		oldest Position
	}{
		{name: "EVT-2 nothing more", newest: 1, code: ErrClosed},
		{name: "EVT-2 one more, which drops the snapshot's", newest: 2, want: []Position{2}, code: ErrClosed},
		{name: "EVT-3 more than is kept", newest: 3, code: ErrPositionExpired, oldest: 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &Store{done: make(chan struct{}), feed: feed.New[Commit](0, feed.Size{Items: 1})}
				s.current.Store(&Snapshot{position: 1})
				inner, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				ctx := askedContext{inner, sync.OnceFunc(func() {
					for p := Position(1); p <= tc.newest; p++ {
						s.current.Store(&Snapshot{position: p})
						s.feed.Append(uint64(p), feed.Size{Items: 1}, &Commit{Position: p, Changes: make([]Change, 1)})
					}
					close(s.done)
				})}
				var got []Position
				var end error
				for c, err := range s.Follow(ctx, 1) {
					if end = err; err == nil {
						got = append(got, c.Position)
					}
				}
				require.Equal(t, tc.want, got)
				require.Equal(t, tc.code, CodeOf(end))
				if expired, ok := errors.AsType[*PositionError](end); ok {
					require.Equal(t, tc.oldest, expired.Oldest)
				}
			})
		})
	}
}

// TestSnapshotBeforeFeed makes the feed fail, to show that a write publishes its snapshot earlier.
func TestSnapshotBeforeFeed(t *testing.T) {
	t.Run("EVT-2 a write publishes its snapshot before the feed has the commit", func(t *testing.T) {
		s, err := New(nil)
		require.NoError(t, err)
		s.feed = nil // makes appending panic
		require.Panics(t, func() { _, _, _ = s.FindOrCreateLabel(t.Context(), "Vip") })
		require.Equal(t, Position(1), s.Snapshot().Position())
	})
}

// BenchmarkFeedWake measures the cost of waking followers. ns/append is the time of the writer alone.
func BenchmarkFeedWake(b *testing.B) {
	for _, followers := range []int{0, 1, 100} {
		b.Run(fmt.Sprintf("followers=%d", followers), func(b *testing.B) {
			s := &Store{done: make(chan struct{}), feed: feed.New[Commit](0, feed.Size{Items: 4096})}
			s.current.Store(&Snapshot{})
			var wg sync.WaitGroup
			var seen atomic.Int64
			for range followers {
				wg.Go(func() {
					for _, err := range s.Follow(b.Context(), 0) {
						if err == nil {
							seen.Add(1)
						}
					}
				})
			}
			changes := []Change{{Kind: ContactCreated}}
			var spent time.Duration
			for n := int64(1); b.Loop(); n++ {
				for range 4 * followers { // lets followers start to wait
					runtime.Gosched()
				}
				started := time.Now()
				s.feed.Append(uint64(n), feed.Size{Items: 1}, &Commit{Position: Position(n), Changes: changes})
				spent += time.Since(started)
				for seen.Load() < n*int64(followers) {
					runtime.Gosched()
				}
			}
			close(s.done)
			wg.Wait()
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "ns/append")
		})
	}
}
