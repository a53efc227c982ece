package contacts_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkDeleteLabel deletes a label that some or all contacts carry. What counts is the time for a carrier: it must
// not grow with the contacts that do not carry the label.
//
// On a virtual machine with 2 cores, Go 1.26:
//
// RESULTS
func BenchmarkDeleteLabel(b *testing.B) {
	ctx := context.Background()
	benchEach(b, func(b *testing.B, d *benchData) {
		for _, carriers := range []int{100, len(d.ids)} {
			b.Run(fmt.Sprintf("carriers=%d", carriers), func(b *testing.B) {
				b.ReportAllocs()
				s := d.store.Fork()
				label, _, err := s.FindOrCreateLabel(ctx, "VIP")
				require.NoError(b, err)
				for _, id := range d.ids[:carriers] {
					_, err := s.Label(ctx, id, label.Key)
					require.NoError(b, err)
				}
				for b.Loop() {
					if err := s.Fork().DeleteLabel(ctx, label.Key); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(carriers), "ns/carrier")
			})
		}
	})
}
