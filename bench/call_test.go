package main

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkCall makes the calls of the comparison on the store with 100,000 documents, for profiles. It reports what
// the timed calls take; a profile has their preparation, too.
func BenchmarkCall(b *testing.B) {
	const n = 100_000
	e, err := openStore("", newClock())
	require.NoError(b, err)
	s := &session{job: job{Rival: nameStore, N: n}, engine: e, source: newSource(n)}
	_, err = s.fill(e, n, func(*document) {})
	require.NoError(b, err)
	m := &meter{engine: e, source: s.source}
	for _, c := range slices.Concat(readCalls, writeCalls, mixedCalls) {
		b.Run(string(c), func(b *testing.B) {
			b.ReportAllocs()
			var total cost
			for total.calls < b.N {
				more, err := m.run(m.source.chunk(c, m.size(c)))
				require.NoError(b, err)
				total.add(more)
			}
			each := total.sample()
			b.ReportMetric(each.Wall, "ns/op")
			b.ReportMetric(each.Bytes, "B/op")
			b.ReportMetric(each.Allocs, "allocs/op")
		})
	}
	require.NoError(b, e.Close())
}
