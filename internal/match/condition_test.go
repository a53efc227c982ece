package match_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/match"
)

// Types that write themselves as text, and types derived from basic ones.
type (
	level   int     // writes itself as text
	deck    int     // writes itself as text behind a pointer only
	refusal string  // fails to write itself
	truth   bool    // derived from bool
	phrase  string  // derived from string
	count   int8    // derived from int8
	ratio   float32 // derived from float32
	phrases []phrase
)

func (l level) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "level %d", int(l)), nil }

func (d *deck) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "deck %d", int(*d)), nil }

func (refusal) MarshalText() ([]byte, error) { return []byte("ignored"), errors.New("no text") }

// number returns a JSON number.
func number(text string) json.Number { return json.Number(text) }

func TestValue(t *testing.T) {
	id := uuid.MustParse("11111111-2222-3333-4444-5555abcdef00")
	first, lower := level(1), deck(2)
	text := "a"
	for _, tc := range []struct {
		name  string
		given any
		want  any
	}{
		{"nil", nil, nil},
		{"true", true, true},
		{"a type derived from bool", truth(false), false},
		{"a string", "Ann", "Ann"},
		{"an empty string", "", ""},
		{"a type derived from string", phrase("Ann"), "Ann"},
		{"an int", -12, number("-12")},
		{"an int8", int8(math.MinInt8), number("-128")},
		{"an int16", int16(math.MinInt16), number("-32768")},
		{"an int32", int32(math.MinInt32), number("-2147483648")},
		{"an int64 that a float64 cannot hold", int64(math.MinInt64 + 1), number("-9223372036854775807")},
		{"a uint", uint(12), number("12")},
		{"a uint8", uint8(math.MaxUint8), number("255")},
		{"a uint16", uint16(math.MaxUint16), number("65535")},
		{"a uint32", uint32(math.MaxUint32), number("4294967295")},
		{"a uint64 that a float64 cannot hold", uint64(math.MaxUint64), number("18446744073709551615")},
		{"a type derived from int8", count(-1), number("-1")},
		{"a duration", 2 * time.Second, number("2000000000")},
		{"a float32", float32(0.5), number("0.5")},
		{"a float64", 0.1, number("0.1")},
		{"a large float64", 1e300, number("1e+300")},
		{"the smallest float64", math.SmallestNonzeroFloat64, number("5e-324")},
		{"a negative zero", math.Copysign(0, -1), number("-0")},
		{"a type derived from float32", ratio(1.5), number("1.5")},
		{"a JSON number in its own spelling", number("-1.50E+2"), number("-1.50E+2")},
		{"a time", time.Date(2026, 1, 2, 3, 4, 5, 600, time.FixedZone("", 3600)), "2026-01-02T03:04:05.0000006+01:00"},
		{"a UUID", id, "11111111-2222-3333-4444-5555abcdef00"},
		{"an int that writes itself as text", level(3), "level 3"},
		{"a pointer to a value that writes itself as text", &first, "level 1"},
		{"a pointer that writes itself as text", &lower, "deck 2"},
		{"an int whose pointer writes itself as text", deck(4), number("4")},
		{"a nil pointer to a value that writes itself as text", (*level)(nil), nil},
		{"a nil pointer that writes itself as text", (*deck)(nil), nil},
		{"a nil time", (*time.Time)(nil), nil},
		{"a list of strings", []string{"a", ""}, []any{"a", ""}},
		{"an empty list", []int{}, []any{}},
		{"a nil list", []string(nil), []any{}},
		{"a type derived from a list", phrases{"a", "b"}, []any{"a", "b"}},
		{"bytes", []byte("ab"), []any{number("97"), number("98")}},
		{"a list of UUIDs", []uuid.UUID{id}, []any{id.String()}},
		{"a list of pointers", []*level{&first, nil}, []any{"level 1", nil}},
		{"a mixed list", []any{nil, true, "a", 1, 2.5, level(1)},
			[]any{nil, true, "a", number("1"), number("2.5"), "level 1"}},
		{"lists in lists", [][]any{{}, {[]int{1}, "a"}}, []any{[]any{}, []any{[]any{number("1")}, "a"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, match.Value(tc.given))
			require.Equal(t, &match.Condition{Operator: "$gt", Field: "a", Value: tc.want},
				match.Compare("$gt", "a", tc.given))
		})
	}

	for _, tc := range []struct {
		name  string
		given any
	}{
		{"NaN", math.NaN()}, {"infinity", math.Inf(1)}, {"minus infinity", math.Inf(-1)},
		{"a float32 that is not a number", float32(math.NaN())},
		{"a uintptr", uintptr(1)}, {"a complex number", complex(1, 0)},
		{"an empty JSON number", number("")}, {"a JSON number of other text", number("Ann")},
		{"a JSON number in hexadecimal", number("0x1p2")}, {"a JSON number that is not a number", number("NaN")},
		{"a JSON number with a plus sign", number("+1")}, {"a JSON number with a space", number("1 ")},
		{"a JSON number that is a text", number(`"Ann"`)}, {"a JSON number that is null", number("null")},
		{"a JSON number that is a list", number("[1]")},
		{"a pointer to a string", &text}, {"a nil pointer to a string", (*string)(nil)},
		{"a map", map[string]any{"a": 1}}, {"a struct", struct{ A int }{1}}, {"an array", [1]string{"a"}},
		{"a function", func() {}}, {"a nil function", (func())(nil)}, {"a channel", make(chan int)},
		{"a type that fails to write itself", refusal("a")},
		{"a time whose year has five digits", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		t.Run("no field accepts "+tc.name, func(t *testing.T) {
			for path := range columns {
				for _, operator := range operators {
					_, err := find.Compile(match.Compare(operator, path, tc.given))
					require.Contains(t, []match.Kind{match.BadOperator, match.BadValueType}, refusalOf(t, err).Kind)
					_, err = find.Compile(match.Compare(operator, path, []any{tc.given}))
					require.Contains(t, []match.Kind{match.BadOperator, match.BadValueType}, refusalOf(t, err).Kind)
				}
			}
			for _, given := range []any{tc.given, []any{"a", tc.given}, [][]any{{tc.given}}} {
				_, err := json.Marshal(match.Compare("$eq", "name", given))
				require.ErrorContains(t, err, "a value of the filter has no form in JSON")
			}
		})
	}
}

// TestValueTooLarge builds conditions from lists that cannot be converted in full: they are refused as too large.
func TestValueTooLarge(t *testing.T) {
	itself := []any{nil}
	itself[0] = itself
	repeated := slices.Repeat([]any{nil}, 5000)
	for i := range repeated {
		repeated[i] = repeated
	}
	for _, tc := range []struct {
		name  string
		given any
	}{
		{"too many levels", lists(101)},
		{"too many levels beside another item", []any{"a", lists(100)}},
		{"a list that contains itself", itself},
		{"a list that contains itself often", repeated},
		{"a list in a list with too many values", [][]string{slices.Repeat([]string{"a"}, 10001)}},
		{"lists in a list with too many values", slices.Repeat([][]int{make([]int, 101)}, 100)},
	} {
		t.Run("FLT-8 "+tc.name, func(t *testing.T) {
			c := match.Compare("$in", "name", tc.given)
			require.Equal(t, match.Error{Kind: match.Unsupported}, refusalOf(t, c.Bounded()))
			_, err := find.Compile(c)
			require.Equal(t, match.Error{Kind: match.Unsupported}, refusalOf(t, err))
			_, err = json.Marshal(c)
			require.ErrorContains(t, err, "a value of the filter has no form in JSON")
		})
	}
	t.Run("FLT-8 within the bounds", func(t *testing.T) {
		for _, given := range []any{lists(100), slices.Repeat([][]int{make([]int, 100)}, 100)} {
			require.NoError(t, match.Compare("$in", "name", given).Bounded())
		}
	})
}

func TestTexts(t *testing.T) {
	for _, tc := range []struct {
		name  string
		given any
		want  []string
	}{
		{"a text", "a", []string{"a"}},
		{"an empty text", "", []string{""}},
		{"a list of texts", []any{"a", "", "a"}, []string{"a", "", "a"}},
		{"the texts of a mixed list", []any{nil, "a", true, number("1"), []any{"c"}, map[string]any{"d": "d"}, "b"},
			[]string{"a", "b"}},
		{"an empty list", []any{}, []string{}},
		{"a list without texts", []any{number("1")}, []string{}},
		{"nil", nil, nil}, {"true", true, nil}, {"a number", number("1"), nil},
		{"an object", map[string]any{"a": "b"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, match.Texts(tc.given))
		})
	}
}

// not returns the negation of a condition.
func not(c *match.Condition) *match.Condition {
	return &match.Condition{Join: match.Not, Parts: []*match.Condition{c}}
}

// all and some return junctions.
func all(parts ...*match.Condition) *match.Condition {
	return &match.Condition{Join: match.And, Parts: parts}
}

func some(parts ...*match.Condition) *match.Condition {
	return &match.Condition{Join: match.Or, Parts: parts}
}

// compares returns a comparison with a value in JSON form.
func compares(field, operator string, value any) *match.Condition {
	return &match.Condition{Field: field, Operator: operator, Value: value}
}

func TestCompares(t *testing.T) {
	comparison := compares("a", "$eq", "b")
	for _, tc := range []struct {
		name  string
		given *match.Condition
		want  bool
	}{
		{"a comparison", comparison, true},
		{"everything", match.Everything, false},
		{"a junction without parts", some(), false},
		{"empty junctions only", all(some(), not(all()), all(match.Everything)), false},
		{"a comparison far below", some(all(), some(all(), not(not(comparison)))), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, tc.given.Compares())
		})
	}
}

func TestMarshalJSON(t *testing.T) {
	for _, tc := range []struct {
		name  string
		given *match.Condition
		want  string
	}{
		{"equality", compares("a", "$eq", "b"), `{"a":"b"}`},
		{"equality with null", compares("a", "$eq", nil), `{"a":null}`},
		{"equality with a list", compares("a", "$eq", []any{}), `{"a":[]}`},
		{"equality with an object", compares("a", "$eq", map[string]any{"b": number("1")}), `{"a":{"$eq":{"b":1}}}`},
		{"equality with an empty object", compares("a", "$eq", map[string]any{}), `{"a":{"$eq":{}}}`},
		{"another operator", compares("a.b", "$gt", number("1.50")), `{"a.b":{"$gt":1.50}}`},
		{"an unknown operator", compares("a", "$near", true), `{"a":{"$near":true}}`},
		{"a list of values", compares("a", "$in", []any{"b", number("-1E2"), nil, []any{}}),
			`{"a":{"$in":["b",-1E2,null,[]]}}`},
		{"an empty field", compares("", "$ne", "b"), `{"":{"$ne":"b"}}`},
		{"a junction", all(compares("a", "$eq", "b"), compares("a", "$lt", "c")),
			`{"$and":[{"a":"b"},{"a":{"$lt":"c"}}]}`},
		{"a junction of one part", some(compares("a", "$eq", "b")), `{"$or":[{"a":"b"}]}`},
		{"everything", match.Everything, `{"$and":[]}`},
		{"an empty junction", some(), `{"$or":[]}`},
		{"a junction whose parts are not nil", &match.Condition{Join: match.Or, Parts: []*match.Condition{}},
			`{"$or":[]}`},
		{"a negation", not(compares("a", "$eq", "b")), `{"$not":{"a":"b"}}`},
		{"a negation of everything", not(match.Everything), `{"$not":{"$and":[]}}`},
		{"junctions in junctions", all(some(not(all()), some())),
			`{"$and":[{"$or":[{"$not":{"$and":[]}},{"$or":[]}]}]}`},
		{"texts that need escapes", compares("<é>", "$eq", "\"\\\n\u2028&"), `{"\u003cé\u003e":"\"\\\n\u2028\u0026"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text, err := json.Marshal(tc.given)
			require.NoError(t, err)
			require.Equal(t, tc.want, string(text))
			again, err := match.Parse(text)
			require.NoError(t, err)
			rewritten, err := json.Marshal(again)
			require.NoError(t, err)
			require.Equal(t, tc.want, string(rewritten))
		})
	}
}

// nested returns a condition of so many levels.
func nested(levels int) *match.Condition { return within(levels-1, compares("name", "$eq", "a")) }

// within returns a condition within so many negations.
func within(levels int, c *match.Condition) *match.Condition {
	for range levels {
		c = not(c)
	}
	return c
}

// lists returns a list of so many levels.
func lists(levels int) any {
	list := []any{}
	for range levels - 1 {
		list = []any{list}
	}
	return list
}

// objects returns an object of so many levels.
func objects(levels int) any {
	object := map[string]any{}
	for range levels - 1 {
		object = map[string]any{"a": object}
	}
	return object
}

// wide returns a junction that is so many conditions with its parts.
func wide(conditions int) *match.Condition {
	return some(slices.Repeat([]*match.Condition{compares("name", "$in", []any{})}, conditions-1)...)
}

// list returns a list of so many texts.
func list(n int) []any { return slices.Repeat([]any{"a"}, n) }

func TestBounded(t *testing.T) {
	object := func(n int) map[string]any {
		members := map[string]any{}
		for i := range n {
			members[fmt.Sprint(i)] = number("1")
		}
		return members
	}
	for _, tc := range []struct {
		name string
		fits *match.Condition
		over *match.Condition
	}{
		{"levels", nested(100), nested(101)},
		{"levels of the second part", all(nested(1), nested(99)), all(nested(1), nested(100))},
		{"levels of empty junctions", all(nested(1), all(nested(98))), all(nested(1), all(nested(99)))},
		{"levels of lists in a value", compares("name", "$eq", lists(100)), compares("name", "$eq", lists(101))},
		{"levels of objects in a value", compares("name", "$eq", objects(100)), compares("name", "$eq", objects(101))},
		{"levels of the last item", compares("name", "$in", []any{"a", lists(99)}),
			compares("name", "$in", []any{"a", lists(100)})},
		{"levels of a value in a deep condition", all(nested(1), within(98, compares("name", "$eq", lists(100)))),
			all(nested(1), within(98, compares("name", "$eq", lists(101))))},
		{"conditions", wide(1000), wide(1001)},
		{"conditions with their junctions", all(wide(500), wide(499)), all(wide(500), wide(500))},
		{"conditions with their negations", not(wide(999)), not(wide(1000))},
		{"values of a list", compares("name", "$in", list(10000)), compares("name", "$in", list(10001))},
		{"values of several lists", all(compares("name", "$in", list(5000)), compares("name", "$in", list(5000))),
			all(compares("name", "$in", list(5000)), compares("name", "$in", list(5001)))},
		{"values that are no lists", all(compares("name", "$in", list(9998)), nested(1), nested(1)),
			all(compares("name", "$in", list(9999)), nested(1), nested(1))},
		{"values of lists in lists", compares("name", "$in", []any{list(5000), list(5000)}),
			compares("name", "$in", []any{list(5000), []any{list(5000)}, "a"})},
		{"members of objects", compares("name", "$eq", object(10000)), compares("name", "$eq", object(10001))},
		{"members of objects in a list", compares("name", "$eq", []any{object(9000), object(1000)}),
			compares("name", "$eq", []any{object(9000), object(1001)})},
		{"empty lists and objects in a list", compares("name", "$in", append(list(9998), []any{}, map[string]any{})),
			compares("name", "$in", append(list(9999), []any{}, map[string]any{}))},
		{"empty lists in an object", compares("name", "$in", []any{list(9999), map[string]any{"a": []any{}}}),
			compares("name", "$in", []any{list(9999), map[string]any{"a": []any{}, "b": []any{}}})},
		{"the empty list of an operator", all(compares("name", "$in", []any{}), compares("name", "$in", list(10000))),
			all(compares("name", "$in", []any{""}), compares("name", "$in", list(10000)))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.NoError(t, tc.fits.Bounded())
			text, err := json.Marshal(tc.fits)
			require.NoError(t, err)
			_, err = match.Parse(text)
			require.NoError(t, err)

			err = tc.over.Bounded()
			require.Equal(t, match.Error{Kind: match.Unsupported}, refusalOf(t, err))
			require.EqualError(t, err, "condition refused: at most 100 levels, 1000 conditions and 10000 values")
			text, err = json.Marshal(tc.over)
			require.NoError(t, err)
			_, err = match.Parse(text)
			require.Equal(t, match.Error{Kind: match.Unsupported}, refusalOf(t, err))
			_, err = find.Compile(tc.over)
			require.Equal(t, match.Error{Kind: match.Unsupported}, refusalOf(t, err))
		})
	}
}

// refusalOf returns the kind, field and operator of an error.
func refusalOf(t testing.TB, err error) match.Error {
	t.Helper()
	refused, ok := err.(*match.Error)
	require.True(t, ok, "%T", err)
	return match.Error{Kind: refused.Kind, Field: refused.Field, Operator: refused.Operator}
}

func TestErrorText(t *testing.T) {
	require.EqualError(t, &match.Error{Kind: match.BadValue, Field: "name", Operator: "$eq"}, "condition refused")
	_, err := match.Parse([]byte(`{"name":"` + strings.Repeat("Ann", 3)))
	require.EqualError(t, err, "condition refused: not one JSON value")
	_, err = match.Parse([]byte("{\"name\":\"Ann\xff\"}"))
	require.EqualError(t, err, "condition refused: text is not Unicode")
}
