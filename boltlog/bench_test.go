package boltlog_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
)

// The time of an append is that of two syncs, so what counts is the difference between a log and bbolt with the same
// bytes on the same disk. Run both in turn:
//
//	go test -run '^$' -bench 'Append|Raw' -count 5 ./boltlog
func BenchmarkAppend(b *testing.B) {
	for _, size := range benchmarkSizes {
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			l, err := boltlog.Open(b.Context(), filepath.Join(b.TempDir(), "log"), nil)
			require.NoError(b, err)
			data, last := make([]byte, size), contacts.Seq(0)
			b.ReportAllocs()
			for b.Loop() {
				if last, err = l.Append(b.Context(), last, data); err != nil {
					b.Fatal(err)
				}
			}
			require.NoError(b, l.Close())
		})
	}
}

func BenchmarkRawBolt(b *testing.B) {
	for _, size := range benchmarkSizes {
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			db, err := bbolt.Open(filepath.Join(b.TempDir(), "bolt"), 0o600, &bbolt.Options{
				NoFreelistSync: true, FreelistType: bbolt.FreelistMapType, NoStatistics: true,
			})
			require.NoError(b, err)
			require.NoError(b, db.Update(func(tx *bbolt.Tx) error {
				_, err := tx.CreateBucket([]byte("log"))
				return err
			}))
			data, last := make([]byte, size), uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				last++
				if err := db.Update(func(tx *bbolt.Tx) error {
					return tx.Bucket([]byte("log")).Put(binary.BigEndian.AppendUint64(nil, last), data)
				}); err != nil {
					b.Fatal(err)
				}
			}
			require.NoError(b, db.Close())
		})
	}
}

var benchmarkSizes = []int{1000, 100_000}
