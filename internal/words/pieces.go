package words

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Piece is a run of rows that follow each other, with their words. It is safe for concurrent use.
type Piece[R comparable] struct {
	Rows  []R // at most PieceMax; never changed
	once  sync.Once
	words *Rows
}

// PieceMax is the largest number of rows in a piece.
const PieceMax = 256

// pieceMin is the least number of rows with which a piece is shared. Smaller ones are divided again, or pieces would
// get ever smaller.
const pieceMin = PieceMax / 4

// Words returns the words of the rows. The first call collects them, and others wait for it: two searches of a large
// store share the work.
func (p *Piece[R]) Words(collect func([]R) *Rows) *Rows {
	p.once.Do(func() { p.words = collect(p.Rows) })
	return p.words
}

// Last has the pieces of the last version of a table that was divided. Later versions share them, so that after a few
// changes few words have to be collected. It is safe for concurrent use.
type Last[R comparable] struct{ version atomic.Pointer[version[R]] }

type version[R comparable] struct {
	pieces  []*Piece[R]
	changes uint64
}

// Divide returns the pieces of a version of the table after a number of changes: those of the last version whose rows
// are still the same, and new ones.
func (l *Last[R]) Divide(rows []R, changes uint64) []*Piece[R] {
	known := make(map[R]*Piece[R]) // by the first row
	if last := l.version.Load(); last != nil {
		for _, p := range last.pieces {
			if len(p.Rows) >= pieceMin {
				known[p.Rows[0]] = p
			}
		}
	}
	next := &version[R]{changes: changes}
	for len(rows) > 0 {
		p := known[rows[0]]
		if p == nil || len(p.Rows) > len(rows) || !slices.Equal(p.Rows, rows[:len(p.Rows)]) {
			n := 1
			for n < min(len(rows), PieceMax) && known[rows[n]] == nil {
				n++
			}
			p = &Piece[R]{Rows: slices.Clone(rows[:n])}
		}
		next.pieces = append(next.pieces, p)
		rows = rows[len(p.Rows):]
	}
	l.version.Store(next)
	return next.pieces
}

// Copy makes l the same as o if it has no pieces.
func (l *Last[R]) Copy(o *Last[R]) { l.version.CompareAndSwap(nil, o.version.Load()) }

// Forget drops the pieces if the table has changed more than limit times since they were divided. They keep rows in
// memory that the table no longer has.
func (l *Last[R]) Forget(changes, limit uint64) {
	if last := l.version.Load(); last != nil && changes > last.changes+limit {
		l.version.CompareAndSwap(last, nil)
	}
}

// Clear drops the pieces.
func (l *Last[R]) Clear() { l.version.Store(nil) }
