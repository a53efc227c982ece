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
	"weak"

	"github.com/stretchr/testify/require"
)

// askedContext calls asked whenever it is asked for Done. Follow does so when it is about to wait.
type askedContext struct {
	context.Context
	asked func()
}

func (c askedContext) Done() <-chan struct{} {
	c.asked()
	return c.Context.Done()
}

// TestFollowFromCommitUnderWay follows from a snapshot whose commit comes into the feed only after Follow has looked there:
// a write publishes its snapshot first.
func TestFollowFromCommitUnderWay(t *testing.T) {
	for _, tc := range []struct {
		name   string
		newest Position // when the reader, who follows from 1 in a feed of one change, goes on
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
				s := &Store{done: make(chan struct{})}
				s.feed.begin(0, 1)
				s.current.Store(&Snapshot{position: 1})
				inner, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				ctx := askedContext{inner, sync.OnceFunc(func() {
					for p := Position(1); p <= tc.newest; p++ {
						s.current.Store(&Snapshot{position: p})
						s.feed.append(&Commit{Position: p, Changes: make([]Change, 1)})
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

// TestSnapshotBeforeFeed lets the feed fail where it wakes readers, to see what a write has done until then.
func TestSnapshotBeforeFeed(t *testing.T) {
	t.Run("EVT-2 a write publishes its snapshot before it wakes readers", func(t *testing.T) {
		s, err := New(nil)
		require.NoError(t, err)
		closed := make(chan struct{})
		close(closed)
		s.feed.tail.wake.Store(&closed)
		require.Panics(t, func() { _, _, _ = s.FindOrCreateLabel(t.Context(), "Vip") })
		require.Equal(t, Position(1), s.Snapshot().Position())
	})
}

// TestFeedNodes looks whether a reader that stands still keeps alive what comes after it.
func TestFeedNodes(t *testing.T) {
	t.Run("EVT-3 dropped nodes are freed, readers stand at some", func(t *testing.T) {
		const size = 8
		f, newest := fullFeed(size)
		stands := []*feedNode{f.head.Load(), f.tail}
		var nodes []weak.Pointer[feedNode]
		for range 100 {
			newest++
			f.append(&Commit{Position: newest, Changes: make([]Change, 1)})
			nodes = append(nodes, weak.Make(f.tail))
		}
		runtime.GC()
		alive := 0
		for _, node := range nodes {
			if node.Value() != nil {
				alive++
			}
		}
		require.Equal(t, 1+size, alive, "the nodes that are kept, and the one before them")
		runtime.KeepAlive(stands)
		runtime.KeepAlive(f)
	})
}

// fullFeed returns a feed that keeps n changes, full of commits of one change each, and its newest position.
func fullFeed(n int) (*feed, Position) {
	f := &feed{}
	f.begin(0, n)
	newest := Position(0)
	for range n {
		newest++
		f.append(&Commit{Position: newest, Changes: []Change{{Kind: ContactCreated}}})
	}
	return f, newest
}

// BenchmarkFeedAppend is what a write pays for a feed that nobody waits on. What it is to reach: one hundredth of a write.
func BenchmarkFeedAppend(b *testing.B) {
	for _, n := range []int{1000, 4096} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			f, newest := fullFeed(n)
			changes := []Change{{Kind: ContactCreated}}
			for b.Loop() {
				newest++
				f.append(&Commit{Position: newest, Changes: changes})
			}
		})
	}
}

// BenchmarkFeedWake is what a write pays for those who wait for it. ns/append is the time of the writer alone.
func BenchmarkFeedWake(b *testing.B) {
	for _, followers := range []int{0, 1, 100} {
		b.Run(fmt.Sprintf("followers=%d", followers), func(b *testing.B) {
			s := &Store{done: make(chan struct{})}
			s.feed.begin(0, 4096)
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
				for range 4 * followers { // they come to their wait
					runtime.Gosched()
				}
				started := time.Now()
				s.feed.append(&Commit{Position: Position(n), Changes: changes})
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

// BenchmarkFeedFind is what it takes to begin with the newest position, as one does after a snapshot.
func BenchmarkFeedFind(b *testing.B) {
	for _, n := range []int{1000, 4096} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			f, newest := fullFeed(n)
			for b.Loop() {
				if _, err := f.find(newest); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
