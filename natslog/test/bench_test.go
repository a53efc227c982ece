package test

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest/sharedtest"
	"github.com/contactsdb/contacts/natslog"
)

// BenchmarkAgainstJetStream compares a store with JetStream alone, on three servers that sync always. The entries that
// the store has appended are published again to a subject of their own, with the same condition.
//
//	go test -run '^$' -bench AgainstJetStream -benchtime 20x
func BenchmarkAgainstJetStream(b *testing.B) {
	js := connect(b, cluster(b, func(o *server.Options) { o.SyncAlways = true })...)
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			name := rand.Text() // new for each -count
			log := open(b, js, natslog.Options{Log: name, Replicas: 3})
			subject, last := "contacts.log.raw-"+name, uint64(0)
			sharedtest.BenchmarkAgainst(b, log, writers, func(entries [][]byte) {
				for _, data := range entries {
					ack, err := js.Publish(b.Context(), subject, data, jetstream.WithExpectLastSequencePerSubject(last))
					require.NoError(b, err)
					last = ack.Sequence
				}
			})
		})
	}
}

// BenchmarkReads compares look-ups in a store on a log with those in a store in memory.
func BenchmarkReads(b *testing.B) {
	memory, err := contacts.New(nil)
	require.NoError(b, err)
	logged := openStore(b, connect(b, single(b)))
	for name, s := range map[string]*contacts.Store{"memory": memory, "natslog": logged} {
		c := sharedtest.Create(b, s, "Ada")
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := s.Get(b.Context(), c.ID, nil)
				require.NoError(b, err)
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	sharedtest.BenchmarkOpen(b, opener(b, connect(b, single(b)), natslog.Options{}))
}
