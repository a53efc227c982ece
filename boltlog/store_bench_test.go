package boltlog_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
	"github.com/contactsdb/contacts/internal/entry"
)

// benchPeople returns contacts as in the benchmarks of the store, from a seed: names, one email, one phone of so many,
// and every second one an address.
func benchPeople(n, phones int) []contacts.Info {
	rnd := rand.New(rand.NewPCG(17, uint64(n)))
	firsts, lasts := []string{"Ada", "Bruno", "Chidi", "Dana", "Emre"}, []string{"Adler", "Brook", "Castell", "Dorn"}
	areas := []int{201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228}
	people := make([]contacts.Info, n)
	for i := range people {
		number := i % phones
		first, last := firsts[rnd.IntN(len(firsts))], lasts[rnd.IntN(len(lasts))]
		people[i] = contacts.Info{
			Name: contacts.Name{First: first, Last: last}, JobTitle: "Engineer",
			Emails: []contacts.Email{{
				Tag: contacts.EmailHome, Address: fmt.Sprintf("%s.%s.%d@example.com", first, last, i),
			}},
			Phones: []contacts.Phone{{
				Tag: contacts.PhoneMobile, CountryCode: "US",
				Number: fmt.Sprintf("(%d) %d-%04d", areas[number%20], 200+number/200_000, number/20%10_000),
			}},
			LabelKeys: []string{"contacts.customers"}[:rnd.IntN(2)],
		}
		if rnd.IntN(2) == 0 {
			people[i].Addresses = []contacts.Address{{
				Tag: contacts.AddressHome, AddressLine: fmt.Sprintf("%d Harbor Street", 1+rnd.IntN(200)),
				City: "Springfield", Subdivision: "US-IL", PostalCode: "62701", Country: "US",
			}}
		}
	}
	return people
}

// recorder is a log that keeps a copy of what was appended.
type recorder struct {
	*boltlog.Log
	entries [][]byte
}

func (r *recorder) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	r.entries = append(r.entries, append([]byte(nil), data...))
	return r.Log.Append(ctx, after, data)
}

// BenchmarkAgainstBbolt compares a store, Create with Always, with bbolt alone on the same disk. Both get the same
// bytes in the same transactions: the entries that the store has appended are put again, one in each transaction, under
// 8-byte keys that grow, with the options that suit bbolt best for that. The two take turns, so that both see the same
// noise. With several writers an entry has the commits of all that waited, and bbolt alone gets them as one value; the
// third figure is that of as many goroutines that put one commit each with bbolt.DB.Batch. The store has parsed the
// phones before.
//
//	go test -run '^$' -bench AgainstBbolt -benchtime 10x ./boltlog
func BenchmarkAgainstBbolt(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			log, err := boltlog.Open(b.Context(), filepath.Join(b.TempDir(), "log"), nil)
			require.NoError(b, err)
			recorded := &recorder{Log: log}
			s, err := contacts.Open(b.Context(), recorded, &contacts.Options{CompactBytes: math.MaxInt})
			require.NoError(b, err)
			c := comparison{store: s, raw: rawBolt(b), batched: rawBolt(b), writers: writers}
			c.people = benchPeople(100_000, 1000)
			for c.commits < 1000 { // parses the phones
				c.storeRound(b)
			}
			c = comparison{store: s, raw: c.raw, batched: c.batched, writers: writers, people: c.people}
			for b.Loop() {
				recorded.entries = recorded.entries[:0]
				c.storeRound(b)
				c.rawRound(b, recorded.entries)
				c.batchRound(b, recorded.entries)
			}
			c.report(b)
			require.NoError(b, s.Close())
		})
	}
}

func rawBolt(b *testing.B) *bbolt.DB {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bolt"), 0o600, &bbolt.Options{
		NoFreelistSync: true, FreelistType: bbolt.FreelistMapType, NoStatistics: true,
	})
	require.NoError(b, err)
	b.Cleanup(func() { db.Close() })
	require.NoError(b, db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("log"))
		return err
	}))
	return db
}

// comparison adds up what the rounds took.
type comparison struct {
	store        *contacts.Store
	raw, batched *bbolt.DB
	writers      int
	people       []contacts.Info

	commits, entries, bytes int
	keys                    uint64
	allocs, allocated       uint64 // of the store
	inStore, inRaw, inBatch time.Duration
}

// round is the number of commits of each writer in a round.
func (c *comparison) round() int { return max(20, 200/c.writers) }

// each calls fn for each commit of a round, in the goroutine of its writer, and returns the time of all.
func (c *comparison) each(b *testing.B, fn func(i int) error) time.Duration {
	var running sync.WaitGroup
	start := time.Now()
	for w := range c.writers {
		running.Go(func() {
			for i := range c.round() {
				if err := fn(i*c.writers + w); err != nil {
					b.Error(err)
				}
			}
		})
	}
	running.Wait()
	return time.Since(start)
}

func (c *comparison) storeRound(b *testing.B) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c.inStore += c.each(b, func(i int) error {
		_, err := c.store.Create(context.Background(), c.people[(c.commits+i)%len(c.people)],
			&contacts.CreateOptions{AllowDuplicates: true})
		return err
	})
	runtime.ReadMemStats(&after)
	c.commits += c.writers * c.round()
	c.allocs += after.Mallocs - before.Mallocs
	c.allocated += after.TotalAlloc - before.TotalAlloc
}

// rawRound puts the entries of the round, one in each transaction.
func (c *comparison) rawRound(b *testing.B, entries [][]byte) {
	start := time.Now()
	for _, data := range entries {
		c.keys++
		if err := c.raw.Update(func(tx *bbolt.Tx) error { return putLast(tx, c.keys, data) }); err != nil {
			b.Fatal(err)
		}
	}
	c.inRaw += time.Since(start)
	c.entries += len(entries)
	for _, data := range entries {
		c.bytes += len(data)
	}
}

func putLast(tx *bbolt.Tx, key uint64, data []byte) error {
	bucket := tx.Bucket([]byte("log"))
	bucket.FillPercent = 1
	return bucket.Put(binary.BigEndian.AppendUint64(nil, key), data)
}

// batchRound puts the commits of the round, each from the goroutine of its writer.
func (c *comparison) batchRound(b *testing.B, entries [][]byte) {
	var commits [][]byte
	for _, data := range entries {
		h, body, err := entry.Open(data)
		require.NoError(b, err)
		of, err := entry.Commits(body, h.Count)
		require.NoError(b, err)
		commits = append(commits, of...)
	}
	require.Len(b, commits, c.writers*c.round())
	first := uint64(c.commits)
	c.inBatch += c.each(b, func(i int) error {
		return c.batched.Batch(func(tx *bbolt.Tx) error { return putLast(tx, first+uint64(i), commits[i]) })
	})
}

func (c *comparison) report(b *testing.B) {
	commits := float64(c.commits)
	store, raw := commits/c.inStore.Seconds(), commits/c.inRaw.Seconds()
	b.ReportMetric(0, "ns/op") // of a round
	b.ReportMetric(store, "store-commits/s")
	b.ReportMetric(raw, "bbolt-commits/s")
	b.ReportMetric(store/raw, "store/bbolt")
	b.ReportMetric(commits/c.inBatch.Seconds(), "bbolt.Batch-commits/s")
	b.ReportMetric(commits/float64(c.entries), "commits/transaction")
	b.ReportMetric(float64(c.bytes)/commits, "bytes/commit")
	b.ReportMetric(float64(c.allocs)/commits, "allocs/commit")
	b.ReportMetric(float64(c.allocated)/commits, "B/commit")
}

// BenchmarkReopen opens a store from a snapshot of n contacts and the commits after it, a tenth as many: half are
// updates, the others create, label and delete contacts. The files are in memory already.
//
//	go test -run '^$' -bench Reopen -benchtime 5x ./boltlog
func BenchmarkReopen(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "log")
			writeStore(b, dir, n)
			runtime.GC()
			b.ReportAllocs()
			for b.Loop() {
				s, err := boltlog.OpenStore(b.Context(), dir, nil, nil)
				if err != nil {
					b.Fatal(err)
				}
				if found := s.Recovery(); found.Commits != n/10 || found.Snapshot == 0 {
					b.Fatal(found)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// writeStore writes n contacts, a snapshot, and a tenth as many commits to a directory.
func writeStore(b *testing.B, dir string, n int) {
	ctx := b.Context()
	s, err := boltlog.OpenStore(ctx, dir, &boltlog.Options{Sync: boltlog.Never}, nil)
	require.NoError(b, err)
	people := benchPeople(n+n/10, math.MaxInt)
	imported := make([]*contacts.Contact, n)
	for i := range imported {
		imported[i] = &contacts.Contact{Info: people[i]}
	}
	report, err := s.Import(ctx, contacts.Rows(slices.Values(imported)), nil)
	require.NoError(b, err)
	require.Equal(b, n, report.Imported)
	require.NoError(b, s.Compact(ctx))
	var ids []uuid.UUID
	for c := range s.Snapshot().All() {
		ids = append(ids, c.ID())
	}
	ids, deleted := ids[:n-n/100], ids[n-n/100:]
	for i, info := range people[n:] {
		id := ids[i*7919%len(ids)]
		switch i % 10 {
		case 0:
			err = s.Delete(ctx, deleted[i/10])
		case 1:
			_, err = s.Label(ctx, id, "contacts.contacted-me")
		case 2, 3, 4:
			_, err = s.Create(ctx, info, nil)
		default:
			_, err = s.Update(ctx, id, 1, contacts.Patch{JobTitle: contacts.Set(fmt.Sprint("job ", i))}, nil)
		}
		require.NoError(b, err)
	}
	require.NoError(b, s.Close())
}
