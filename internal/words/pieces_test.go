package words_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/words"
)

func numbers(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

func rowsOf(pieces []*words.Piece[int]) (rows []int) {
	for _, p := range pieces {
		rows = append(rows, p.Rows...)
	}
	return rows
}

// fresh returns the number of rows in pieces that are not among earlier ones.
func fresh(pieces, earlier []*words.Piece[int]) (n int) {
	for _, p := range pieces {
		if !slices.Contains(earlier, p) {
			n += len(p.Rows)
		}
	}
	return n
}

// TestDivide changes a table at random and requires that pieces have its rows, are not too small, and mostly shared.
func TestDivide(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 255, 256, 257, 5000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			var last words.Last[int]
			rows, next := numbers(size), size
			pieces := last.Divide(rows, 0)
			require.Equal(t, size, len(rowsOf(pieces)))
			require.Len(t, pieces, (size+words.PieceMax-1)/words.PieceMax)
			for version := range 300 {
				edits := rnd.IntN(4)
				for range edits {
					at := rnd.IntN(len(rows) + 1)
					switch {
					case at == len(rows) || rnd.IntN(3) == 0:
						rows = slices.Insert(slices.Clone(rows), at, next)
					case rnd.IntN(2) == 0:
						rows = slices.Delete(slices.Clone(rows), at, at+1)
					default:
						rows = slices.Clone(rows)
						rows[at] = next
					}
					next++
				}
				divided := last.Divide(rows, uint64(version))
				require.True(t, slices.Equal(rows, rowsOf(divided)))
				for _, p := range divided {
					require.LessOrEqual(t, len(p.Rows), words.PieceMax)
				}
				// Each change renews a piece, and pieces that are small by chance are renewed, too.
				require.LessOrEqual(t, fresh(divided, pieces), edits*words.PieceMax+len(rows)/4+words.PieceMax/4)
				require.LessOrEqual(t, len(divided), 1+len(rows)/(words.PieceMax/4)*2)
				pieces = divided
			}
		})
	}
}

func TestDivideSharesPieces(t *testing.T) {
	rows := numbers(1000)
	var last words.Last[int]
	first := last.Divide(rows, 10)
	require.Zero(t, fresh(last.Divide(rows, 10), first))
	require.Equal(t, 257, fresh(last.Divide(slices.Insert(slices.Clone(rows), 300, -1), 11), first))
	shorter := last.Divide(rows[:700], 12)
	require.Equal(t, 700-256, fresh(shorter, first))
	require.Equal(t, 699-512-1, fresh(last.Divide(rows[:698], 13), shorter))

	t.Run("words are collected once", func(t *testing.T) {
		calls := 0
		collect := func(got []int) *words.Rows {
			calls++
			require.Equal(t, rows[:256], got)
			return &words.Rows{}
		}
		require.Same(t, first[0].Words(collect), first[0].Words(collect))
		require.Equal(t, 1, calls)
	})
	t.Run("words are collected once, by searches at the same time", func(t *testing.T) {
		piece := new(words.Last[int]).Divide(rows[:10], 1)[0]
		var calls atomic.Int64
		var searches sync.WaitGroup
		for range 8 {
			searches.Go(func() {
				piece.Words(func([]int) *words.Rows {
					calls.Add(1)
					time.Sleep(10 * time.Millisecond) // for others to begin
					return &words.Rows{}
				})
			})
		}
		searches.Wait()
		require.EqualValues(t, 1, calls.Load())
	})
	t.Run("a copy shares the pieces", func(t *testing.T) {
		var l, fork words.Last[int]
		first := l.Divide(rows, 10)
		fork.Copy(&l)
		l.Forget(1000, 1)
		require.Zero(t, fresh(fork.Divide(rows, 11), first))
		own := fork.Divide(rows[1:], 12)
		fork.Copy(&words.Last[int]{})
		require.Zero(t, fresh(fork.Divide(rows[1:], 12), own))
	})
	t.Run("pieces are dropped after too many changes", func(t *testing.T) {
		var l words.Last[int]
		l.Forget(1, 0)
		first := l.Divide(rows, 10)
		l.Forget(15, 5)
		require.Zero(t, fresh(l.Divide(rows, 10), first))
		l.Forget(16, 5)
		require.Equal(t, 1000, fresh(l.Divide(rows, 16), first))
	})
}
