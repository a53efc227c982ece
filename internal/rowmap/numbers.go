package rowmap

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"

	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/lookup"
)

// slotsSize is the number of serial numbers that share a row.
const (
	slotsSize = 1 << slotBits
	slotBits  = 6
)

// slots has the rows with the numbers from a multiple of slotsSize to the next. It is never changed.
type slots[T any] struct {
	key   []byte // of the row: slotsKeys and the number of the slots in nibbles
	taken uint64 // a bit for each number that has a row
	rows  []*T   // by number
}

func (s *slots[T]) rowKey() []byte { return s.key }

// index returns the index of a number in rows, and whether the number has a row.
func (s *slots[T]) index(number uint64) (int, bool) {
	bit := uint64(1) << (number % slotsSize)
	return bits.OnesCount64(s.taken & (bit - 1)), s.taken&bit != 0
}

// get returns the row of a number, or nil. s can be nil.
func (s *slots[T]) get(number uint64) *T {
	if s == nil {
		return nil
	}
	if i, ok := s.index(number); ok {
		return s.rows[i]
	}
	return nil
}

func appendSlotsKey(dst []byte, number uint64) []byte {
	const digits = (64 - slotBits + 3) / 4
	number >>= slotBits
	dst = append(dst, slotsKeys)
	for i := digits - 1; i >= 0; i-- {
		dst = append(dst, byte(number>>(4*i))&15)
	}
	return dst
}

// Numbers reads a table of rows by number. It remembers where it read last, so numbers in a row are fast. It is not
// safe for concurrent use.
type Numbers[T any] struct {
	Txn   *memdb.Txn
	Table string

	last  uint64 // 1 + the number of slots, divided by slotsSize
	slots *slots[T]
}

// Get returns the row of a number, or nil.
func (n *Numbers[T]) Get(number uint64) *T {
	if at := number>>slotBits + 1; at != n.last {
		n.last, n.slots = at, slotsOf[T](n.Txn, n.Table, number)
	}
	return n.slots.get(number)
}

// slotsOf returns the slots of a number, or nil.
func slotsOf[T any](txn *memdb.Txn, table string, number uint64) *slots[T] {
	at := lookup.NewKey()
	defer at.Free()
	at.Bytes = appendSlotsKey(at.Bytes, number)
	row, err := txn.First(table, indexID, at.Args()...)
	if err != nil {
		panic("rowmap: " + err.Error()) // the table is not one of this package
	}
	s, _ := row.(*slots[T])
	return s
}

// NumberChange is the new row of a number, nil to delete it.
type NumberChange[T any] struct {
	Number uint64
	Row    *T
}

func planNumbers[T any](w *writer, txn *memdb.Txn, table string, changes []NumberChange[T]) {
	slices.SortStableFunc(changes, func(a, b NumberChange[T]) int { return cmp.Compare(a.Number, b.Number) })
	for len(changes) > 0 {
		n := 1
		for n < len(changes) && changes[n].Number>>slotBits == changes[0].Number>>slotBits {
			n++
		}
		planSlots(w, slotsOf[T](txn, table, changes[0].Number), changes[:n])
		changes = changes[n:]
	}
}

// planSlots changes slots, or makes new ones if s is nil.
func planSlots[T any](w *writer, s *slots[T], changes []NumberChange[T]) {
	if s != nil && len(changes) == 1 && changes[0].Row != nil {
		if i, ok := s.index(changes[0].Number); ok {
			next := &slots[T]{s.key, s.taken, slices.Clone(s.rows)}
			next.rows[i] = changes[0].Row
			w.rows = append(w.rows, next)
			return
		}
	}
	next := &slots[T]{}
	var rows [slotsSize]*T
	if s == nil {
		next.key = appendSlotsKey(nil, changes[0].Number)
	} else {
		next.key = s.key // the tree keeps the array of a key that it had once
		for i, left := 0, s.taken; left != 0; i, left = i+1, left&(left-1) {
			rows[bits.TrailingZeros64(left)] = s.rows[i]
		}
	}
	for _, c := range changes {
		rows[c.Number%slotsSize] = c.Row
	}
	n := 0
	for i, row := range rows {
		if row != nil {
			n++
			next.taken |= 1 << i
		}
	}
	switch {
	case n > 0:
		next.rows = make([]*T, 0, n)
		for _, row := range rows {
			if row != nil {
				next.rows = append(next.rows, row)
			}
		}
		w.rows = append(w.rows, next)
	case s != nil:
		w.deleted = append(w.deleted, s)
	}
}

// AllByNumber yields the rows of a table by number, and their numbers, in the order of the numbers.
func AllByNumber[T any](txn *memdb.Txn, table string) iter.Seq2[uint64, *T] {
	return func(yield func(uint64, *T) bool) {
		for s := range rowsOf[slots[T]](txn, table) {
			first := uint64(0)
			for _, n := range s.key[1:] {
				first = first<<4 | uint64(n)
			}
			first <<= slotBits
			for i, left := 0, s.taken; left != 0; i, left = i+1, left&(left-1) {
				if !yield(first+uint64(bits.TrailingZeros64(left)), s.rows[i]) {
					return
				}
			}
		}
	}
}

// CheckNumbers reports what is wrong with a table by number: rows without any, and rows that are not found.
func CheckNumbers[T any](txn *memdb.Txn, table string, fault func(text string)) {
	for s := range rowsOf[slots[T]](txn, table) {
		if len(s.rows) == 0 || len(s.rows) != bits.OnesCount64(s.taken) {
			fault("slots have too few or too many rows")
			return
		}
	}
	numbers := Numbers[T]{Txn: txn, Table: table}
	for number, row := range AllByNumber[T](txn, table) {
		if row == nil || numbers.Get(number) != row {
			fault("a row is not found by its number")
		}
	}
}
