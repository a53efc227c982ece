package pglog_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/pglog"
)

// recorder is a log that keeps a copy of what was appended.
type recorder struct {
	*pglog.Log
	entries [][]byte
}

func (r *recorder) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	r.entries = append(r.entries, append([]byte(nil), data...))
	return r.Log.Append(ctx, after, data)
}

// BenchmarkAgainstInsert compares a store with PostgreSQL alone. The entries that the store has appended are inserted
// again into a table of their own, one after another. The two take turns, so that both see the same noise. With several
// writers an entry has the commits of all that waited.
//
//	go test -run '^$' -bench AgainstInsert -benchtime 20x -sync
func BenchmarkAgainstInsert(b *testing.B) {
	pool := connect(b)
	execute(b, pool, "CREATE TABLE IF NOT EXISTS raw (seq bigint PRIMARY KEY, data bytea)")
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			execute(b, pool, "TRUNCATE raw")
			recorded := &recorder{Log: open(b, pool, pglog.Options{Schema: newSchema()})}
			s, err := contacts.Open(b.Context(), recorded, &contacts.Options{CompactBytes: math.MaxInt})
			require.NoError(b, err)
			defer s.Close()
			c := comparison{store: s, pool: pool, writers: writers}
			c.storeRound(b)
			c.rawRound(b, recorded.entries)
			c.commits, c.entries, c.inStore, c.inRaw = 0, 0, 0, 0
			for b.Loop() {
				recorded.entries = recorded.entries[:0]
				c.storeRound(b)
				c.rawRound(b, recorded.entries)
			}
			b.ReportMetric(float64(c.commits)/c.inStore.Seconds(), "store-commits/s")
			b.ReportMetric(float64(c.commits)/c.inRaw.Seconds(), "raw-commits/s")
			b.ReportMetric(float64(c.entries)/c.inRaw.Seconds(), "raw-entries/s")
			b.ReportMetric(c.inRaw.Seconds()/c.inStore.Seconds(), "of-raw")
		})
	}
}

// comparison adds up what the rounds took.
type comparison struct {
	store   *contacts.Store
	pool    *pgxpool.Pool
	writers int

	last             int64
	commits, entries int
	inStore, inRaw   time.Duration
}

func (c *comparison) storeRound(b *testing.B) {
	var running sync.WaitGroup
	each := max(40, 200/c.writers)
	runtime.GC()
	start := time.Now()
	for range c.writers {
		running.Go(func() {
			for range each {
				if _, err := c.store.Create(b.Context(), person("Ada"), nil); err != nil {
					b.Error(err)
				}
			}
		})
	}
	running.Wait()
	c.inStore += time.Since(start)
	c.commits += each * c.writers
}

func (c *comparison) rawRound(b *testing.B, entries [][]byte) {
	runtime.GC()
	start := time.Now()
	for _, data := range entries {
		c.last++
		_, err := c.pool.Exec(b.Context(), "INSERT INTO raw (seq, data) VALUES ($1, $2)", c.last, data)
		require.NoError(b, err)
	}
	c.inRaw += time.Since(start)
	c.entries += len(entries)
}

// BenchmarkAppend appends entries to one log, and to several logs at once.
//
//	go test -run '^$' -bench Append -sync
func BenchmarkAppend(b *testing.B) {
	pool := connect(b)
	for _, logs := range []int{1, 4} {
		b.Run(fmt.Sprintf("logs=%d", logs), func(b *testing.B) {
			schema, each := newSchema(), max(1, b.N/logs)
			var running sync.WaitGroup
			var all []*pglog.Log
			for i := range logs {
				all = append(all, open(b, pool, pglog.Options{Schema: schema, Log: fmt.Sprint("log", i)}))
			}
			b.ResetTimer()
			for _, l := range all {
				data := make([]byte, 1000)
				running.Go(func() {
					var at contacts.Seq
					for range each {
						var err error
						if at, err = l.Append(b.Context(), at, data); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			running.Wait()
			b.ReportMetric(float64(each*logs)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

// BenchmarkOpen opens a store with 10,000 commits, each an entry of its own, and no snapshot.
func BenchmarkOpen(b *testing.B) {
	pool, opts := connect(b), pglog.Options{Schema: newSchema()}
	s := openStore(b, open(b, pool, opts))
	for range 10_000 {
		create(b, s, "Ada")
	}
	for b.Loop() {
		again := openStore(b, open(b, pool, opts))
		require.Equal(b, 10_000, again.Recovery().Commits)
	}
}
