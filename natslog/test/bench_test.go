package test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/natslog"
)

// recorder is a log that keeps a copy of what was appended.
type recorder struct {
	*natslog.Log
	entries [][]byte
}

func (r *recorder) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	r.entries = append(r.entries, append([]byte(nil), data...))
	return r.Log.Append(ctx, after, data)
}

// BenchmarkAgainstJetStream compares a store with JetStream alone, on three servers that sync always. The entries that
// the store has appended are published again to a subject of their own, one after another, with the same condition. The
// two take turns, so that both see the same noise. With several writers an entry has the commits of all that waited.
//
//	go test -run '^$' -bench AgainstJetStream -benchtime 20x
func BenchmarkAgainstJetStream(b *testing.B) {
	js := connect(b, cluster(b, func(o *server.Options) { o.SyncAlways = true })...)
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			recorded := &recorder{Log: open(b, js, natslog.Options{Log: fmt.Sprint("store", writers), Replicas: 3})}
			s, err := contacts.Open(b.Context(), recorded, &contacts.Options{CompactBytes: math.MaxInt})
			require.NoError(b, err)
			defer s.Close()
			c := comparison{store: s, js: js, subject: fmt.Sprint("contacts.log.raw", writers), writers: writers}
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
	js      jetstream.JetStream
	subject string
	writers int

	last             uint64 // of subject
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
		ack, err := c.js.Publish(b.Context(), c.subject, data, jetstream.WithExpectLastSequencePerSubject(c.last))
		require.NoError(b, err)
		c.last = ack.Sequence
	}
	c.inRaw += time.Since(start)
	c.entries += len(entries)
}

// BenchmarkReads compares look-ups in a store on a log with those in a store in memory.
func BenchmarkReads(b *testing.B) {
	memory, err := contacts.New(nil)
	require.NoError(b, err)
	logged := openStore(b, open(b, connect(b, single(b)), natslog.Options{}))
	for name, s := range map[string]*contacts.Store{"memory": memory, "natslog": logged} {
		c := create(b, s, "Ada")
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := s.Get(b.Context(), c.ID, nil)
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkOpen opens a store with 10,000 commits, each an entry of its own, and no snapshot.
func BenchmarkOpen(b *testing.B) {
	js := connect(b, single(b))
	s := openStore(b, open(b, js, natslog.Options{}))
	for range 10_000 {
		create(b, s, "Ada")
	}
	for b.Loop() {
		again := openStore(b, open(b, js, natslog.Options{}))
		require.Equal(b, 10_000, again.Recovery().Commits)
	}
}
