package match_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/fold/foldtest"
	"github.com/contactsdb/contacts/internal/match"
)

// sorted returns the names of rows in the order of a column, both ways.
func sorted(t *testing.T, column *match.Column[row], rows []row) (ascending, descending []string) {
	t.Helper()
	find := match.Columns[row](func(string) *match.Column[row] { return column })
	key, err := find.Key("any")
	require.NoError(t, err)
	order := func(descending bool) []string {
		list := slices.Clone(rows)
		slices.SortStableFunc(list, func(a, b row) int {
			x, hasX := key(a)
			y, hasY := key(b)
			return match.CompareKeys(x, hasX, y, hasY, descending)
		})
		var names []string
		for _, r := range list {
			names = append(names, r.name)
		}
		return names
	}
	return order(false), order(true)
}

func TestSort(t *testing.T) {
	born := func(r row) time.Time { return r.born }
	byTime := match.Unusable[row]().ByTime(born)
	byNumber := match.Unusable[row]().ByNumber(row.number)
	byText := match.SortedText(match.OpEq, func(r row) string { return r.code })
	at := func(name, text string) row { return row{name: name, born: moment(text)} }
	sized := func(name string, size float64) row { return row{name: name, size: size, sized: true} }
	coded := func(name, code string) row { return row{name: name, code: code} }
	for _, tc := range []struct {
		name             string
		column           *match.Column[row]
		rows             []row
		first, thenFirst []string // ascending, descending
	}{
		{"texts without regard to case", byText,
			[]row{coded("1", "b"), coded("2", "C"), coded("3", "a"), coded("4", "B"), coded("5", "É"), coded("6", "é")},
			[]string{"3", "1", "4", "2", "5", "6"}, []string{"5", "6", "2", "1", "4", "3"}},
		{"a text before those that it begins", byText,
			[]row{coded("1", "anna"), coded("2", "Ann"), coded("3", "an n")},
			[]string{"3", "2", "1"}, []string{"1", "2", "3"}},
		{"empty texts last", byText,
			[]row{coded("none", ""), coded("1", "b"), coded("also none", ""), coded("2", "a")},
			[]string{"2", "1", "none", "also none"}, []string{"1", "2", "none", "also none"}},
		{"times before 1970", byTime,
			[]row{
				at("1970", "1970-01-01T00:00:00Z"), at("2026", "2026-01-02T03:04:05Z"),
				at("1969", "1969-12-31T23:59:59.999Z"),
				at("9999", "9999-12-31T23:59:59Z"), at("1900", "1900-01-01T00:00:00Z"), at("0", "0000-01-01T00:00:00Z"),
			},
			[]string{"0", "1900", "1969", "1970", "2026", "9999"},
			[]string{"9999", "2026", "1970", "1969", "1900", "0"}},
		{"times within a millisecond are equal", byTime,
			[]row{
				at("1", "1969-12-31T23:59:59.998999999Z"), at("2", "1969-12-31T23:59:59.998Z"),
				at("3", "1969-12-31T23:59:59.997999999Z"), at("4", "1969-12-31T23:59:59.999Z"),
			},
			[]string{"3", "1", "2", "4"}, []string{"4", "1", "2", "3"}},
		{"times in other zones", byTime,
			[]row{at("1", "2026-01-02T03:00:00Z"), at("2", "2026-01-02T03:30:00+01:00"),
				at("3", "2026-01-02T02:00:00-05:00")},
			[]string{"2", "1", "3"}, []string{"3", "1", "2"}},
		{"zero times last", byTime,
			[]row{{name: "none"}, at("2", "0001-01-01T00:00:00.001Z"), at("1", "0000-12-31T23:59:59Z")},
			[]string{"1", "2", "none"}, []string{"2", "1", "none"}},
		{"numbers", byNumber,
			[]row{
				sized("1", 1), sized("inf", math.Inf(1)), sized("-1.5", -1.5), sized("0", 0),
				sized("-inf", math.Inf(-1)),
				sized("max", math.MaxFloat64), sized("-min", -math.SmallestNonzeroFloat64), sized("-1", -1),
				sized("min", math.SmallestNonzeroFloat64), sized("-max", -math.MaxFloat64), sized("2", 2),
			},
			[]string{"-inf", "-max", "-1.5", "-1", "-min", "0", "min", "1", "2", "max", "inf"},
			[]string{"inf", "max", "2", "1", "min", "0", "-min", "-1", "-1.5", "-max", "-inf"}},
		{"rows without a number last", byNumber,
			[]row{{name: "none", size: -7}, sized("0", 0), sized("-1", -1), {name: "also none", size: 7},
				sized("1", 1)},
			[]string{"-1", "0", "1", "none", "also none"}, []string{"1", "0", "-1", "none", "also none"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ascending, descending := sorted(t, tc.column, tc.rows)
			require.Equal(t, tc.first, ascending)
			require.Equal(t, tc.thenFirst, descending)
		})
	}

	t.Run("random numbers", func(t *testing.T) {
		find := match.Columns[row](func(string) *match.Column[row] { return byNumber })
		key, err := find.Key("any")
		require.NoError(t, err)
		rnd := rand.New(rand.NewPCG(1, 2))
		number := func() float64 {
			for {
				if f := math.Float64frombits(rnd.Uint64()); !math.IsNaN(f) {
					return f
				}
			}
		}
		for range 10000 {
			a, b := number(), number()
			x, _ := key(sized("", a))
			y, _ := key(sized("", b))
			require.Equal(t, a < b, match.CompareKeys(x, true, y, true, false) < 0, "%v and %v", a, b)
		}
	})
}

func TestKeyErrors(t *testing.T) {
	for _, path := range []string{"name", "secret", "absent"} {
		t.Run(path, func(t *testing.T) {
			key, err := find.Key(path)
			require.Nil(t, key)
			require.Equal(t, match.Error{Kind: match.BadSort, Field: path}, refusalOf(t, err))
			require.EqualError(t, err, "condition refused")
		})
	}
}

func TestCompareKeys(t *testing.T) {
	a, b := match.SortKey{Text: "a"}, match.SortKey{Text: "b"}
	for _, tc := range []struct {
		name       string
		a          match.SortKey
		hasA       bool
		b          match.SortKey
		hasB       bool
		ascending  int
		descending int
	}{
		{"less", a, true, b, true, -1, 1},
		{"greater", b, true, a, true, 1, -1},
		{"equal", a, true, a, true, 0, 0},
		{"equal except for case", a, true, match.SortKey{Text: "A"}, true, 0, 0},
		{"the first has no value", a, false, b, true, 1, 1},
		{"the second has no value", b, true, a, false, -1, -1},
		{"neither has a value", a, false, b, false, 0, 0},
		{"numbers", match.SortKey{Number: 1}, true, match.SortKey{Number: math.MaxUint64}, true, -1, 1},
		{"a number after equal texts", match.SortKey{Text: "A", Number: 2}, true, match.SortKey{Text: "a", Number: 1},
			true, 1, -1},
		{"a text before a number", match.SortKey{Text: "a", Number: 2}, true, match.SortKey{Text: "b", Number: 1}, true,
			-1, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.ascending, match.CompareKeys(tc.a, tc.hasA, tc.b, tc.hasB, false))
			require.Equal(t, tc.descending, match.CompareKeys(tc.a, tc.hasA, tc.b, tc.hasB, true))
		})
	}
}

// comparesFolded requires that two texts compare as they do without their case.
func comparesFolded(t *testing.T, a, b string) {
	t.Helper()
	want := strings.Compare(foldtest.WithoutCase(a), foldtest.WithoutCase(b))
	require.Equal(t, want == 0, strings.EqualFold(a, b), "%q and %q", a, b)
	require.Equal(t, want, match.CompareFolded(a, b), "%q and %q", a, b)
	require.Equal(t, -want, match.CompareFolded(b, a), "%q and %q", b, a)
}

// foldedTexts are pieces of texts: letters that get longer, shorter or ASCII when they are folded, and others.
var foldedTexts = []string{
	"", "a", "A", "z", "Z", "@", "[", "`", "{", "_", "\x00", "\x7f", " ", "é", "É", "\u0301", "K", "\u212a", "İ", "ı",
	"i", "I",
	"ẞ", "ß", "ss", "Ⱥ", "ⱥ", "Σ", "σ", "ς", "ſ", "s", "日", "😀", "\U0010ffff", "\ufffd", "\xff", "\xc3", "Ǆ", "ǅ", "ǆ",
}

func TestCompareFolded(t *testing.T) {
	t.Run("pairs of pieces", func(t *testing.T) {
		for _, a := range foldedTexts {
			for _, b := range foldedTexts {
				for _, before := range []string{"", "Ab", "aB", "é"} {
					for _, after := range []string{"", "a", "Z", "É"} {
						comparesFolded(t, "ab"+a+after, before+b)
						comparesFolded(t, before+a+after, before+b)
						comparesFolded(t, before+a, before+b+after)
					}
				}
			}
		}
	})
	t.Run("random texts", func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(1, 2))
		text := func() string {
			var b strings.Builder
			for range rnd.IntN(6) {
				b.WriteString(foldedTexts[rnd.IntN(len(foldedTexts))])
			}
			return b.String()
		}
		for range 20000 {
			a, b := text(), text()
			comparesFolded(t, a, b)
			if rnd.IntN(2) == 0 {
				comparesFolded(t, a, strings.ToUpper(a))
				comparesFolded(t, a+b, strings.ToLower(a))
			}
		}
	})
	t.Run("texts cost no memory", func(t *testing.T) {
		a, b := strings.Repeat("aBcΣ", 100), strings.Repeat("AbCς", 100)
		require.Zero(t, testing.AllocsPerRun(10, func() { match.CompareFolded(a, b) }))
	})
}

// TestPrefixes compares $startsWith with prefixes of texts without their case.
func TestPrefixes(t *testing.T) {
	for _, prefix := range foldedTexts {
		for _, end := range foldedTexts {
			c := match.Compare("$startsWith", "tags", prefix+end)
			test, err := find.Compile(c)
			if referenceError(c).Kind != 0 {
				require.Error(t, err)
				continue
			}
			require.NoError(t, err)
			for _, text := range foldedTexts {
				whole := prefix + end
				for _, s := range []string{text, text + end, text + prefix, prefix + text, whole, whole + text} {
					want := strings.HasPrefix(foldtest.WithoutCase(s), foldtest.WithoutCase(prefix+end))
					if test(row{tags: []string{s}}) != want { // require would take most of the time
						require.Fail(t, "prefix", "%q and %q: want %v", s, whole, want)
					}
				}
			}
		}
	}
}

// FuzzCompareFolded compares texts as they compare without their case.
func FuzzCompareFolded(f *testing.F) {
	for i, text := range foldedTexts {
		f.Add("ab"+text+"c", "aB"+foldedTexts[(i+1)%len(foldedTexts)])
		f.Add(text, strings.ToUpper(text))
		f.Add(fmt.Sprint(text, i), text)
	}
	f.Fuzz(comparesFolded)
}
