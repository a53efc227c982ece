package match

import (
	"cmp"
	"math"
	"time"
	"unicode/utf8"

	"github.com/contactsdb/contacts/internal/fold"
)

// SortKey is a value by which rows are sorted. Texts are in Text and compared without regard to case; times and numbers
// are in Number.
type SortKey struct {
	Text   string
	Number uint64
}

func (k SortKey) compare(o SortKey) int {
	return cmp.Or(CompareFolded(k.Text, o.Text), cmp.Compare(k.Number, o.Number))
}

// CompareKeys compares the keys of two rows. A row without a value comes last in either direction.
func CompareKeys(a SortKey, hasA bool, b SortKey, hasB bool, descending bool) int {
	switch {
	case hasA && hasB && descending:
		return b.compare(a)
	case hasA && hasB:
		return a.compare(b)
	case hasA:
		return -1
	case hasB:
		return 1
	default:
		return 0
	}
}

// Key returns the function that computes the sort keys of a field.
//
// Errors: an [*Error] of kind BadSort if rows cannot be sorted by the field.
func (cs Columns[T]) Key(path string) (func(T) (SortKey, bool), error) {
	if column := cs(path); column != nil && column.key != nil {
		return column.key, nil
	}
	return nil, &Error{Kind: BadSort, Field: path}
}

// ByText sorts rows by a text. A row with "" has no value.
func (c *Column[T]) ByText(get func(T) string) *Column[T] {
	c.key = func(row T) (SortKey, bool) {
		v := get(row)
		return SortKey{Text: v}, v != ""
	}
	return c
}

// ByTime sorts rows by a time, in whole milliseconds. A row with the zero time has no value.
func (c *Column[T]) ByTime(get func(T) time.Time) *Column[T] {
	c.key = func(row T) (SortKey, bool) {
		t := get(row)
		return SortKey{Number: uint64(t.UnixMilli()) ^ 1<<63}, !t.IsZero()
	}
	return c
}

// ByNumber sorts rows by a number.
func (c *Column[T]) ByNumber(get func(T) (float64, bool)) *Column[T] {
	c.key = func(row T) (SortKey, bool) {
		f, ok := get(row)
		return SortKey{Number: orderedBits(f)}, ok
	}
	return c
}

// orderedBits returns the bits of a number, changed so that they sort as the numbers do.
func orderedBits(f float64) uint64 {
	bits := math.Float64bits(f)
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

// CompareFolded compares two texts as strings.Compare compares their forms of fold.Case, without allocating these.
func CompareFolded(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		x, y := a[i], b[i]
		if x >= utf8.RuneSelf || y >= utf8.RuneSelf {
			return compareRunes(a[i:], b[i:])
		}
		if x != y {
			if x, y = lower(x), lower(y); x != y {
				return cmp.Compare(x, y)
			}
		}
	}
	return cmp.Compare(len(a), len(b))
}

// compareRunes is CompareFolded, by characters.
func compareRunes(a, b string) int {
	for a != "" && b != "" {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y {
			if x, y = fold.Rune(x), fold.Rune(y); x != y {
				return cmp.Compare(x, y)
			}
		}
		a, b = a[n:], b[m:]
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// hasFoldedPrefix reports whether s begins with prefix if their characters are folded, which may change how many bytes
// they have. Those of prefix must be folded already.
func hasFoldedPrefix(s, prefix string, folded func(rune) rune) bool {
	for prefix != "" {
		want, n := utf8.DecodeRuneInString(prefix)
		got, m := utf8.DecodeRuneInString(s)
		if m == 0 || got != want && folded(got) != want {
			return false
		}
		s, prefix = s[m:], prefix[n:]
	}
	return true
}
