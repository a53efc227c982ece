package contacts_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// benchFeed is how many changes the feed of a store keeps by default.
const benchFeed = 4096

// benchFollow reads all that the feed keeps, again and again. look is called with the contact of each change.
func benchFollow(b *testing.B, look func(contacts.View) bool) {
	ctx := context.Background()
	benchEach(b, func(b *testing.B, d *benchData) {
		newest := d.store.Snapshot().Position()
		since := newest - min(newest, benchFeed)
		for b.Loop() {
			for c, err := range d.store.Follow(ctx, since) {
				if err != nil {
					b.Fatal(err)
				}
				for _, change := range c.Changes {
					if !look(change.After) {
						b.Fatal("not a contact")
					}
				}
				if c.Position == newest {
					break
				}
			}
		}
		changes := float64(b.N) * float64(newest-since)
		b.ReportMetric(changes/b.Elapsed().Seconds(), "changes/s")
	})
}

// BenchmarkFollowViews delivers changes from memory. What it is to reach: 3000000 changes/s.
func BenchmarkFollowViews(b *testing.B) {
	benchFollow(b, func(v contacts.View) bool { return v.Revision() > 0 })
}

// BenchmarkFollowClones copies each contact. What it is to reach: 150000 changes/s.
func BenchmarkFollowClones(b *testing.B) {
	benchFollow(b, func(v contacts.View) bool { return v.Clone().Revision > 0 })
}

// BenchmarkCreateFollowed makes contacts while others wait for commits. ns/create is the time of the writer alone: the
// next write begins when all have seen the last one. What it is to reach: with 100 who wait at most 15000 ns more.
func BenchmarkCreateFollowed(b *testing.B) {
	benchEach(b, func(b *testing.B, d *benchData) {
		for _, followers := range []int{0, 1, 100} {
			b.Run(fmt.Sprintf("followers=%d", followers), func(b *testing.B) { benchCreateFollowed(b, d, followers) })
		}
	})
}

func benchCreateFollowed(b *testing.B, d *benchData, followers int) {
	ctx := context.Background()
	known, memo := d.fresh[:benchKnown], d.store.Fork()
	for _, info := range known { // the memo of phone numbers fills
		create(b, memo, info)
	}
	var wg sync.WaitGroup
	var seen atomic.Int64
	begin := func() *contacts.Store {
		s := d.store.Fork()
		since := s.Snapshot().Position()
		for range followers {
			wg.Go(func() {
				for _, err := range s.Follow(ctx, since) {
					if err == nil {
						seen.Add(1)
					}
				}
			})
		}
		return s
	}
	end := func(s *contacts.Store) {
		require.NoError(b, s.Close())
		wg.Wait()
		seen.Store(0)
	}
	s, writes := begin(), 0
	var spent time.Duration
	for i := 0; b.Loop(); i++ {
		if writes == len(d.ids)/64 { // so that the store keeps its size
			end(s)
			s, writes = begin(), 0
		}
		for range 4 * followers { // they come to their wait
			runtime.Gosched()
		}
		started := time.Now()
		if _, err := s.Create(ctx, known[i%len(known)], nil); err != nil {
			b.Fatal(err)
		}
		spent += time.Since(started)
		for writes++; seen.Load() < int64(writes*followers); {
			runtime.Gosched()
		}
	}
	end(s)
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "ns/create")
}
