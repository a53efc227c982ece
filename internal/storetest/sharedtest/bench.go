package sharedtest

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
)

// recorder is a log that keeps a copy of what was appended.
type recorder struct {
	Log
	entries [][]byte
}

func (r *recorder) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	r.entries = append(r.entries, slices.Clone(data))
	return r.Log.Append(ctx, after, data)
}

// BenchmarkAgainst compares a store on a log with raw, which stores entries in the same engine without the log, one
// after another. The two take turns, so that both see the same noise. With several writers an entry has the commits of
// all that waited.
func BenchmarkAgainst(b *testing.B, log Log, writers int, raw func(entries [][]byte)) {
	recorded := &recorder{Log: log}
	s, err := contacts.Open(b.Context(), recorded, &contacts.Options{CompactBytes: math.MaxInt})
	require.NoError(b, err)
	defer s.Close()
	each := max(40, 200/writers)
	store := func() {
		var running sync.WaitGroup
		for range writers {
			running.Go(func() {
				for range each {
					if _, err := s.Create(b.Context(), storetest.Person("Ada"), nil); err != nil {
						b.Error(err)
					}
				}
			})
		}
		running.Wait()
	}
	store()
	raw(recorded.entries)
	var commits, entries int
	var inStore, inRaw time.Duration
	for b.Loop() {
		recorded.entries = recorded.entries[:0]
		inStore += timed(store)
		inRaw += timed(func() { raw(recorded.entries) })
		commits += each * writers
		entries += len(recorded.entries)
	}
	b.ReportMetric(float64(commits)/inStore.Seconds(), "store-commits/s")
	b.ReportMetric(float64(commits)/inRaw.Seconds(), "raw-commits/s")
	b.ReportMetric(float64(entries)/inRaw.Seconds(), "raw-entries/s")
	b.ReportMetric(inRaw.Seconds()/inStore.Seconds(), "of-raw")
}

// timed returns how long f takes, after a garbage collection.
func timed(f func()) time.Duration {
	runtime.GC()
	start := time.Now()
	f()
	return time.Since(start)
}

// BenchmarkOpen opens a store with 10,000 commits, each an entry of its own, and no snapshot. open opens the log for
// another store.
func BenchmarkOpen(b *testing.B, open func() contacts.Log) {
	s := OpenStore(b, open(), nil)
	for range 10_000 {
		Create(b, s, "Ada")
	}
	for b.Loop() {
		require.Equal(b, 10_000, OpenStore(b, open(), nil).Recovery().Commits)
	}
}
