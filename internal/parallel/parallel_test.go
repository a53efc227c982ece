package parallel

import (
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

var lengths = []int{0, 1, 2, 15, 16, 17, 31, 32, 33, 1000}

func TestFor(t *testing.T) {
	for _, n := range lengths {
		calls := make([]atomic.Int64, n)
		For(n, func(i int) { calls[i].Add(1) })
		for i := range calls {
			require.EqualValues(t, 1, calls[i].Load(), "call %d of %d", i, n)
		}
	}
}

func TestForUsesAllCores(t *testing.T) {
	cores := runtime.GOMAXPROCS(0)
	if cores < 2 {
		cores = 2
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	}
	// Each worker takes a chunk and then waits for the others, so with one worker too few the calls never end.
	var waiting atomic.Int64
	all := make(chan struct{})
	For(16*cores, func(i int) {
		if i%16 == 0 {
			if waiting.Add(1) == int64(cores) {
				close(all)
			}
			<-all
		}
	})
}

func TestSplit(t *testing.T) {
	for _, n := range lengths {
		for _, workers := range []int{1, 2, 3, 8} {
			ranges := make([][2]int, workers)
			Split(n, workers, func(worker, from, to int) { ranges[worker] = [2]int{from, to} })
			end := 0
			for _, r := range ranges {
				require.Equal(t, end, r[0])
				require.LessOrEqual(t, r[1]-r[0], (n+workers-1)/workers)
				end = r[1]
			}
			require.Equal(t, n, end)
		}
	}
}

func TestChunks(t *testing.T) {
	for _, n := range lengths {
		values := make([]int, n)
		for i := range values {
			values[i] = i
		}
		var got []int
		for chunk := range Chunks(slices.Values(values), 16) {
			require.NotEmpty(t, chunk)
			require.True(t, len(chunk) == 16 || len(got)+len(chunk) == n, "only the last may be shorter")
			got = append(got, chunk...)
		}
		require.Equal(t, values, append([]int{}, got...))
	}
	t.Run("the loop may end early", func(t *testing.T) {
		for range Chunks(slices.Values(make([]int, 100)), 16) {
			break
		}
	})
}
