package pglog_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest/sharedtest"
	"github.com/contactsdb/contacts/pglog"
)

// BenchmarkAgainstInsert compares a store with PostgreSQL alone. The entries that the store has appended are inserted
// again into a table of their own.
//
//	go test -run '^$' -bench AgainstInsert -benchtime 20x -sync
func BenchmarkAgainstInsert(b *testing.B) {
	pool := connect(b)
	execute(b, pool, "CREATE TABLE IF NOT EXISTS raw (seq bigint PRIMARY KEY, data bytea)")
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			execute(b, pool, "TRUNCATE raw")
			log, last := open(b, pool, pglog.Options{Schema: newSchema()}), 0
			sharedtest.BenchmarkAgainst(b, log, writers, func(entries [][]byte) {
				for _, data := range entries {
					last++
					_, err := pool.Exec(b.Context(), "INSERT INTO raw (seq, data) VALUES ($1, $2)", last, data)
					require.NoError(b, err)
				}
			})
		})
	}
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

func BenchmarkOpen(b *testing.B) {
	pool, opts := connect(b), pglog.Options{Schema: newSchema()}
	sharedtest.BenchmarkOpen(b, func() contacts.Log { return open(b, pool, opts) })
}
