package contacts_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// The benchmarks of whole stores. What to reach, for stores of 100,000 contacts: an Import of at most 20 µs a contact
// besides the parsing of phones, an Export of 100,000 contacts a second, a Load of 40,000, a Fork in 1 µs, and a fork with
// one write for no more than the write.

// perContact reports what one contact costs and how many there are in a second.
func perContact(b *testing.B, n int) {
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(n)
	b.ReportMetric(ns, "ns/contact")
	b.ReportMetric(1e9/ns, "contacts/s")
}

// BenchmarkImport imports all contacts of a store into an empty one. With phones=none they have none.
func BenchmarkImport(b *testing.B) {
	ctx := context.Background()
	benchEach(b, func(b *testing.B, d *benchData) {
		of := func(phones bool) func(*testing.B) {
			return func(b *testing.B) {
				b.ReportAllocs()
				var rows []*contacts.Contact
				for v := range d.store.Snapshot().All() {
					c := v.Clone()
					if !phones {
						c.Info.Phones = nil
					}
					rows = append(rows, c)
				}
				for b.Loop() {
					s, err := contacts.New(nil)
					require.NoError(b, err)
					report, err := s.Import(ctx, rowsOf(rows...), nil)
					require.NoError(b, err)
					require.Equal(b, len(rows), report.Imported)
				}
				perContact(b, len(rows))
			}
		}
		b.Run("phones=new", of(true))
		b.Run("phones=none", of(false))
	})
}

func BenchmarkExport(b *testing.B) {
	benchEach(b, func(b *testing.B, d *benchData) {
		for b.Loop() {
			require.NoError(b, d.store.Snapshot().Export(io.Discard))
		}
		perContact(b, len(d.ids))
	})
}

func BenchmarkLoad(b *testing.B) {
	ctx := context.Background()
	benchEach(b, func(b *testing.B, d *benchData) {
		var file bytes.Buffer
		require.NoError(b, d.store.Snapshot().Export(&file))
		b.SetBytes(int64(file.Len()))
		for b.Loop() {
			s, err := contacts.Load(ctx, bytes.NewReader(file.Bytes()), nil)
			require.NoError(b, err)
			require.Equal(b, len(d.ids), s.Snapshot().Len())
		}
		perContact(b, len(d.ids))
	})
}
