package feed

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/require"
)

// items is a size without bytes.
func items(n int) Size { return Size{Items: n} }

// full returns a feed that keeps n values of size 1, full of the values 1 to n at the positions 1 to n.
func full(n int) *Feed[int] {
	f := New[int](0, items(n))
	for i := 1; i <= n; i++ {
		f.Append(uint64(i), items(1), &i)
	}
	return f
}

// rest reads all values that a reader finds in a feed that is closed, and returns the error at the end.
func rest(t *testing.T, r *Reader[int]) ([]int, error) {
	t.Helper()
	closed := make(chan struct{})
	close(closed)
	var values []int
	for {
		v, err := r.Next(t.Context(), closed)
		if err != nil {
			return values, err
		}
		values = append(values, *v)
	}
}

func TestReader(t *testing.T) {
	for _, tc := range []struct {
		name    string
		sizes   []int // of the values at 1, 2, 3, ...
		limit   int
		since   uint64
		want    []int
		oldest  uint64
		expired bool
	}{
		{name: "an empty feed", limit: 3},
		{name: "from the start", sizes: []int{1, 1, 1}, limit: 3, want: []int{1, 2, 3}},
		{name: "from the middle", sizes: []int{1, 1, 1}, limit: 3, since: 2, want: []int{3}},
		{name: "from the newest", sizes: []int{1, 1, 1}, limit: 3, since: 3},
		{name: "from a position that is not yet appended", sizes: []int{1, 1, 1}, limit: 3, since: 4},
		{name: "after the dropped ones", sizes: []int{1, 1, 1, 1}, limit: 3, since: 1, want: []int{2, 3, 4}, oldest: 1},
		{name: "before a dropped one", sizes: []int{1, 1, 1, 1}, limit: 3, oldest: 1, expired: true},
		{name: "a value over the limit", sizes: []int{1, 5}, limit: 3, since: 1, want: []int{2}, oldest: 1},
		{name: "two values over the limit", sizes: []int{5, 5}, limit: 3, oldest: 1, expired: true},
		{name: "after a value over the limit", sizes: []int{5, 1}, limit: 3, since: 1, want: []int{2}, oldest: 1},
		{name: "sizes that add up to the limit", sizes: []int{1, 2}, limit: 3, want: []int{1, 2}},
		{name: "values without a size", sizes: []int{0, 0, 0}, limit: 0, want: []int{1, 2, 3}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := New[int](0, items(tc.limit))
			for i, size := range tc.sizes {
				f.Append(uint64(i+1), items(size), new(i+1))
			}
			require.Equal(t, tc.oldest, f.Oldest())
			r, err := f.NewReader(tc.since)
			if tc.expired {
				require.ErrorIs(t, err, ErrExpired)
				return
			}
			require.NoError(t, err)
			values, err := rest(t, r)
			require.Equal(t, tc.want, values)
			require.ErrorIs(t, err, ErrClosed)
		})
	}
}

// TestBytes appends values of one item each to a feed of five items and ten bytes.
func TestBytes(t *testing.T) {
	for _, tc := range []struct {
		name   string
		bytes  []int // of the values at 1, 2, 3, ...
		oldest uint64
	}{
		{"as many as the limit", []int{5, 5}, 0},
		{"one more than the limit", []int{5, 6}, 1},
		{"one value drops several", []int{2, 2, 2, 9}, 3},
		{"a value over the limit", []int{1, 11}, 1},
		{"after a value over the limit", []int{11, 1}, 1},
		{"the limit of items comes first", []int{1, 1, 1, 1, 1, 1}, 1},
		{"values without bytes", []int{0, 0, 0, 0, 0}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := New[int](0, Size{Items: 5, Bytes: 10})
			for i, n := range tc.bytes {
				f.Append(uint64(i+1), Size{Items: 1, Bytes: n}, new(i+1))
			}
			require.Equal(t, tc.oldest, f.Oldest())
		})
	}
}

// TestTrim trims a feed of three values, at the positions 2 to 4, whose readers have different places in it.
func TestTrim(t *testing.T) {
	for _, tc := range []struct {
		name   string
		at     uint64
		oldest uint64 // afterwards
	}{
		{"nothing", 0, 1},
		{"values that have been dropped", 1, 1},
		{"the oldest value", 2, 2},
		{"all but the newest", 3, 3},
		{"all", 4, 4},
		{"more than there is", 9, 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := full(3)
			f.Append(4, items(1), new(4))
			var readers []*Reader[int]
			for since := uint64(1); since <= 4; since++ {
				r, err := f.NewReader(since)
				require.NoError(t, err)
				readers = append(readers, r)
			}
			f.Trim(tc.at)
			require.Equal(t, tc.oldest, f.Oldest())
			f.Append(5, items(1), new(5)) // there is room for it if the oldest value has gone
			oldest := max(tc.oldest, 2)
			require.Equal(t, oldest, f.Oldest())
			for i, r := range readers {
				since := uint64(i + 1)
				values, err := rest(t, r)
				if since < oldest {
					require.ErrorIs(t, err, ErrExpired)
					require.Empty(t, values)
					continue
				}
				require.ErrorIs(t, err, ErrClosed)
				require.Len(t, values, int(5-since))
			}
			for i := 6; i <= 7; i++ {
				f.Append(uint64(i), items(1), &i)
			}
			require.Equal(t, max(tc.oldest, 4), f.Oldest(), "what was trimmed still counts")
		})
	}
}

// A reader may start at a position that the writer is about to append, so it stands at an earlier node.
func TestReaderAheadOfWriter(t *testing.T) {
	for _, tc := range []struct {
		name string
		last int // position of the newest value when the reader continues; the feed keeps one value
		want []int
		err  error
	}{
		{"its own position", 2, nil, ErrClosed},
		{"one more, which drops its own", 3, []int{3}, ErrClosed},
		{"more than the feed keeps", 4, nil, ErrExpired},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := full(1)
			r, err := f.NewReader(2)
			require.NoError(t, err)
			for i := 2; i <= tc.last; i++ {
				f.Append(uint64(i), items(1), &i)
			}
			values, err := rest(t, r)
			require.Equal(t, tc.want, values)
			require.ErrorIs(t, err, tc.err)
		})
	}
}

func TestReaderWaits(t *testing.T) {
	t.Run("until its context is done", func(t *testing.T) {
		r, err := full(1).NewReader(1)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = r.Next(ctx, nil)
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("for every value, with other readers", func(t *testing.T) {
		const values = 1000
		f := New[int](0, items(values))
		done := make(chan struct{})
		var readers sync.WaitGroup
		for range 8 {
			readers.Go(func() {
				r, err := f.NewReader(0)
				if err != nil {
					t.Error(err)
					return
				}
				want := 1
				for ; ; want++ {
					v, err := r.Next(t.Context(), done)
					if err == ErrClosed {
						break
					}
					if err != nil || *v != want {
						t.Error(v, err, want)
						return
					}
				}
				if want != values+1 {
					t.Error("ended before", want)
				}
			})
		}
		for i := 1; i <= values; i++ {
			f.Append(uint64(i), items(1), &i)
		}
		close(done)
		readers.Wait()
	})
}

// A value can arrive after a reader has found none and before it sleeps. The writer then finds no channel to close, so
// the reader must look again once it has made one.
func TestReaderLooksAgainBeforeItSleeps(t *testing.T) {
	for _, tc := range []struct {
		name string
		last int // position of the newest value when the reader is about to sleep; the feed keeps three
		want []int
		err  error
	}{
		{"one value", 4, []int{4}, ErrClosed},
		{"as many values as are kept", 6, []int{4, 5, 6}, ErrClosed},
		{"more values than are kept", 7, nil, ErrExpired},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := full(3)
				r, err := f.NewReader(3)
				require.NoError(t, err)
				for i := 4; i <= tc.last; i++ {
					f.Append(uint64(i), items(1), &i)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				started := time.Now()
				require.NoError(t, r.wait(ctx, nil))
				require.Zero(t, time.Since(started), "the reader slept")
				values, err := rest(t, r)
				require.Equal(t, tc.want, values)
				require.ErrorIs(t, err, tc.err)
			})
		})
	}
}

// A reader that stops must not keep alive the values that come after it.
func TestDroppedNodesAreFreed(t *testing.T) {
	const size = 8
	f := full(size)
	stopped := []*node[int]{f.head.Load(), f.tail}
	var nodes []weak.Pointer[node[int]]
	for i := size + 1; i <= size+100; i++ {
		f.Append(uint64(i), items(1), &i)
		nodes = append(nodes, weak.Make(f.tail))
	}
	runtime.GC()
	alive := slices.DeleteFunc(nodes, func(p weak.Pointer[node[int]]) bool { return p.Value() == nil })
	require.Len(t, alive, 1+size, "those with a value, and the one before them")
	runtime.KeepAlive(stopped)
	runtime.KeepAlive(f)
}

// FuzzFeed compares a feed with a slice: bytes append a value of a size, trim the feed, or start a reader.
func FuzzFeed(f *testing.F) {
	f.Add([]byte{0x43, 1, 1, 2, 0x80, 1, 5, 0x82, 1})
	f.Add([]byte{0xff, 1, 1, 0x40, 0x80, 1, 0x41, 0x82, 0x42, 0x82, 1, 0x83})
	f.Fuzz(func(t *testing.T, ops []byte) {
		if len(ops) == 0 {
			return
		}
		limit := Size{Items: int(ops[0] % 16), Bytes: int(ops[0] / 16)}
		feed := New[int](0, limit)
		var sizes []Size
		oldest := 0 // the position before the oldest value that is kept
		for _, op := range ops[1:] {
			at := int(op % 32)
			switch {
			case op < 0x40:
				size := Size{Items: int(op % 8), Bytes: int(op / 8)}
				sizes = append(sizes, size)
				feed.Append(uint64(len(sizes)), size, new(len(sizes)))
				var total Size
				kept := len(sizes)
				for kept > oldest {
					total.Items += sizes[kept-1].Items
					total.Bytes += sizes[kept-1].Bytes
					if kept < len(sizes) && (total.Items > limit.Items || total.Bytes > limit.Bytes) {
						break
					}
					kept--
				}
				oldest = kept
			case op < 0x80:
				feed.Trim(uint64(at))
				oldest = max(oldest, min(at, len(sizes)))
			default:
				r, err := feed.NewReader(uint64(at))
				if at < oldest {
					require.ErrorIs(t, err, ErrExpired)
					continue
				}
				require.NoError(t, err)
				var want []int
				for v := at + 1; v <= len(sizes); v++ {
					want = append(want, v)
				}
				values, err := rest(t, r)
				require.ErrorIs(t, err, ErrClosed)
				require.Equal(t, want, values)
			}
			require.Equal(t, uint64(oldest), feed.Oldest())
		}
	})
}

// BenchmarkAppend is the cost of a feed that no reader waits for.
func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1000, 4096} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			f, newest := full(n), uint64(n)
			for b.Loop() {
				newest++
				f.Append(newest, items(1), new(1))
			}
		})
	}
}

// BenchmarkNewReader starts at the newest position, as a reader does after a snapshot.
func BenchmarkNewReader(b *testing.B) {
	for _, n := range []int{1000, 4096} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			f := full(n)
			for b.Loop() {
				if _, err := f.NewReader(uint64(n)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestJump(t *testing.T) {
	for _, tc := range []struct {
		name    string
		since   uint64
		early   bool // whether the reader exists before
		expired bool
	}{
		{name: "a reader of a value that was dropped", since: 1, early: true, expired: true},
		{name: "a reader that waits", since: 3, early: true, expired: true},
		{name: "a reader of a value that was never there", since: 5, early: true, expired: true},
		{name: "a reader of the next value", since: 7, early: true},
		{name: "from before", since: 3, expired: true},
		{name: "from a position that was left out", since: 6, expired: true},
		{name: "from the new position", since: 7},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := full(3)
			var r *Reader[int]
			var err error
			if tc.early {
				r, err = f.NewReader(tc.since)
				require.NoError(t, err)
			}
			f.Jump(7)
			require.EqualValues(t, 7, f.Oldest())
			if !tc.early {
				r, err = f.NewReader(tc.since)
			}
			for i := 8; i <= 9; i++ {
				f.Append(uint64(i), items(1), &i)
			}
			if tc.expired {
				if err == nil {
					_, err = rest(t, r)
				}
				require.Equal(t, ErrExpired, err)
				return
			}
			values, err := rest(t, r)
			require.Equal(t, ErrClosed, err)
			require.Equal(t, []int{8, 9}, values)
		})
	}
	t.Run("wakes readers", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := full(3)
			r, err := f.NewReader(3)
			require.NoError(t, err)
			go func() {
				time.Sleep(time.Second)
				f.Jump(7)
			}()
			_, err = r.Next(t.Context(), nil)
			require.Equal(t, ErrExpired, err)
		})
	})
	t.Run("in an empty feed, and again", func(t *testing.T) {
		f := New[int](0, items(2))
		f.Jump(3)
		f.Jump(5)
		for i := 6; i <= 9; i++ {
			f.Append(uint64(i), items(1), &i)
		}
		r, err := f.NewReader(7)
		require.NoError(t, err)
		values, _ := rest(t, r)
		require.Equal(t, []int{8, 9}, values)
		require.Equal(t, Size{Items: 2}, f.size)
	})
}
