package contacts_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkDeleteLabel deletes a label that some or all contacts carry. The cost must follow the carriers, not the
// contacts of the store: with a thousand times as many carriers in the same store, a delete takes some thousand times as
// long. A carrier costs more in a larger store, as any write does, see BenchmarkUpdate. On a virtual machine with
// 2 cores, Go 1.26, one run, other programs at work; the last line is a single delete:
//
//	n=1000    carriers=100        1.1 ms     11 µs/carrier
//	n=1000    carriers=1000      12.5 ms     13 µs/carrier
//	n=100000  carriers=100        4.3 ms     43 µs/carrier
//	n=100000  carriers=100000    3170 ms     32 µs/carrier
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
