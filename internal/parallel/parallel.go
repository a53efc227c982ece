// Package parallel distributes work over all cores in chunks.
package parallel

import (
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
)

// For calls f with 0 to n-1 on all cores, in no particular order, and waits for all calls to return.
func For(n int, f func(int)) {
	const chunk = 16 // large enough for little contention, small enough that all cores finish at about the same time
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+chunk-1)/chunk) {
		wg.Go(func() {
			for end := 0; end < n; {
				end = int(next.Add(chunk))
				for i := end - chunk; i < min(end, n); i++ {
					f(i)
				}
			}
		})
	}
	wg.Wait()
}

// Split divides 0 to n-1 into consecutive ranges of about the same length, one for each worker, calls f with all of
// them concurrently, and waits for all calls to return. A range may be empty.
func Split(n, workers int, f func(worker, from, to int)) {
	size := (n + workers - 1) / workers
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() { f(worker, min(worker*size, n), min((worker+1)*size, n)) })
	}
	wg.Wait()
}

// Chunks yields the values of a sequence in slices of n, the last of which may be shorter. The slice is only valid
// until the next one.
func Chunks[T any](seq iter.Seq[T], n int) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		chunk := make([]T, 0, n)
		for v := range seq {
			if chunk = append(chunk, v); len(chunk) == n {
				if !yield(chunk) {
					return
				}
				chunk = chunk[:0]
			}
		}
		if len(chunk) > 0 {
			yield(chunk)
		}
	}
}
