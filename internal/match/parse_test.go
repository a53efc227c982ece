package match_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/match"
)

func TestParse(t *testing.T) {
	ab := compares("a", "$eq", "b")
	for _, tc := range []struct {
		name, text string
		want       *match.Condition
	}{
		{"the empty object", ` { } `, nil},
		{"a text", `{"a":"b"}`, ab},
		{"a number in its own spelling", `{"a":-1.50E+2}`, compares("a", "$eq", number("-1.50E+2"))},
		{"a number that no float64 can hold", `{"a":1e999}`, compares("a", "$eq", number("1e999"))},
		{"a boolean", `{"a":true}`, compares("a", "$eq", true)},
		{"null", `{"a":null}`, compares("a", "$eq", nil)},
		{"a list", `{"a":[1,"b",[],{"$eq":null}]}`,
			compares("a", "$eq", []any{number("1"), "b", []any{}, map[string]any{"$eq": nil}})},
		{"the operator of equality", `{"a":{"$eq":"b"}}`, ab},
		{"equality with an object", `{"a":{"$eq":{"b":false}}}`, compares("a", "$eq", map[string]any{"b": false})},
		{"an operator", `{"a.b":{"$startsWith":"c"}}`, compares("a.b", "$startsWith", "c")},
		{"an unknown operator of a field", `{"a":{"$":1}}`, compares("a", "$", number("1"))},
		{"a join as the operator of a field", `{"a":{"$not":{"$and":[]}}}`,
			compares("a", "$not", map[string]any{"$and": []any{}})},
		{"several operators", `{"a":{"$gt":1,"$lt":2}}`,
			all(compares("a", "$gt", number("1")), compares("a", "$lt", number("2")))},
		{"several fields", `{"a":"b","c":{"$ne":"d"}}`, all(ab, compares("c", "$ne", "d"))},
		{"several fields with several operators", `{"a":{"$gt":1,"$lt":2},"b":3}`, all(
			all(compares("a", "$gt", number("1")), compares("a", "$lt", number("2"))),
			compares("b", "$eq", number("3")))},
		{"the empty name", `{"":"b"}`, compares("", "$eq", "b")},
		{"names with escapes", `{"\u0061":{"\u0024eq":"b"},"\u0024or":[]}`, all(ab, some())},
		{"names that differ in case", `{"a":"b","A":"b"}`, all(ab, compares("A", "$eq", "b"))},
		{"a dollar sign within a name", `{"a$b":1}`, compares("a$b", "$eq", number("1"))},
		{"and", `{"$and":[{"a":"b"},{"a":"b"}]}`, all(ab, ab)},
		{"or", `{"$or":[{"a":"b"},{"a":"b"}]}`, some(ab, ab)},
		{"and of one", `{"$and":[{"a":"b"}]}`, all(ab)},
		{"and of nothing", `{"$and":[]}`, match.Everything},
		{"or of nothing", `{"$or":[]}`, some()},
		{"empty objects in junctions", `{"$or":[{},{}]}`, some(all(), all())},
		{"not", `{"$not":{"a":"b"}}`, not(ab)},
		{"not of several fields", `{"$not":{"a":"b","c":"d"}}`, not(all(ab, compares("c", "$eq", "d")))},
		{"not of the empty object", `{"$not":{}}`, not(all())},
		{"not of not", `{"$not":{"$not":{"a":"b"}}}`, not(not(ab))},
		{"all joins", `{"$and":[{"$not":{"a":"b"}}],"$or":[],"$not":{},"a":"b"}`,
			all(all(not(ab)), some(), not(all()), ab)},
		{"a junction in a junction", `{"$or":[{"$and":[{"a":"b"},{"$or":[]}]}]}`, some(all(ab, some()))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := []byte(tc.text)
			got, err := match.Parse(text)
			require.NoError(t, err)
			clear(text) // which is the caller's
			require.Equal(t, tc.want, got)
		})
	}
}

func TestParseErrors(t *testing.T) {
	malformed := func(field, operator string) match.Error {
		return match.Error{Kind: match.Malformed, Field: field, Operator: operator}
	}
	unsupported := func(operator string) match.Error {
		return match.Error{Kind: match.Unsupported, Operator: operator}
	}
	for _, tc := range []struct {
		name, text string
		want       match.Error
	}{
		{"no text", ``, malformed("", "")},
		{"two values", `{} {}`, malformed("", "")},
		{"an object without its end", `{"a":1`, malformed("", "")},
		{"bytes that are not UTF-8", "{\"a\":\"\xff\"}", malformed("", "")},
		{"half of a surrogate pair", `{"a":"\ud83d"}`, malformed("", "")},
		{"null", `null`, malformed("", "")},
		{"a text", `"a"`, malformed("", "")},
		{"a list", `[{"a":1}]`, malformed("", "")},
		{"a number", `1`, malformed("", "")},

		{"a field twice", `{"a":1,"b":2,"a":1}`, malformed("a", "")},
		{"a field twice, once with an escape", `{"a":1,"\u0061":1}`, malformed("a", "")},
		{"a join twice", `{"$or":[],"$or":[]}`, malformed("$or", "")},
		{"a field twice within a junction", `{"$or":[{"a":1,"a":1}]}`, malformed("a", "")},
		{"a field twice within a negation", `{"$not":{"a":1,"a":1}}`, malformed("a", "")},
		{"an operator twice", `{"a":{"$gt":1,"$lt":2,"$gt":1}}`, malformed("a", "$gt")},

		{"and without a list", `{"$and":{"a":1}}`, malformed("", "$and")},
		{"or without a list", `{"$or":null}`, malformed("", "$or")},
		{"and of a text", `{"$and":[{},"a"]}`, malformed("", "$and")},
		{"or of null", `{"$or":[null]}`, malformed("", "$or")},
		{"or of a list", `{"$or":[[]]}`, malformed("", "$or")},
		{"not of a list", `{"$not":[]}`, malformed("", "$not")},
		{"not of null", `{"$not":null}`, malformed("", "$not")},
		{"not of a text within a junction", `{"$and":[{"$not":"a"}]}`, malformed("", "$not")},

		{"a field with the empty object", `{"a":{}}`, malformed("a", "")},
		{"a field with an object without operators", `{"a":{"b":1}}`, malformed("a", "b")},
		{"an operator next to a name", `{"a":{"$eq":1,"b":1}}`, malformed("a", "b")},
		{"an operator next to the empty name", `{"a":{"$eq":1,"":1}}`, malformed("a", "")},

		{"an unknown join", `{"$nor":[]}`, unsupported("$nor")},
		{"an operator without a field", `{"a":1,"$eq":1}`, unsupported("$eq")},
		{"a join in capitals", `{"$AND":[]}`, unsupported("$AND")},
		{"a dollar sign", `{"$":[]}`, unsupported("$")},
		{"an unknown join within a negation", `{"$not":{"$nor":[]}}`, unsupported("$nor")},
		{"an unknown join before another error", `{"$and":[{"$nor":[]}],"a":{}}`, unsupported("$nor")},
		{"another error before an unknown join", `{"a":{},"$nor":[]}`, malformed("a", "")},
		{"a repeated unknown join", `{"$nor":[],"$nor":[]}`, malformed("$nor", "")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := []byte(tc.text)
			c, err := match.Parse(text)
			clear(text) // which is the caller's
			require.Equal(t, tc.want, refusalOf(t, err))
			require.Nil(t, c)
		})
	}
}

// errorTexts are all texts of errors of Parse. None holds a part of a condition.
var errorTexts = []string{
	"condition refused",
	"condition refused: not one JSON value",
	"condition refused: text is not Unicode",
	"condition refused: too many levels of JSON values",
	"condition refused: at most 100 levels, 1000 conditions and 10000 values",
}

// FuzzParse requires that a text is refused without a word about its values, or that its condition is written as a text
// with an equal condition.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		``, `{}`, `null`, `{} {}`, "{\"a\":\"\xff\"}", `{"a":"\ud83d"}`, `{"a":"\ud83d\ude00"}`, `{"a":1,"\u0061":2}`,
		`{"a":-1.50E+2,"b":{"$gt":1,"$lt":2}}`, `{"a":{"$eq":{"b":[],"b":{}}}}`, `{"a":[[[]],{"$in":["<&>"]}]}`,
		`{"$and":[{},{"$or":[{"a":"b"}]},{"$not":{}}]}`, `{"$not":{"$not":{"$not":{"":""}}}}`, `{"$or":[[]]}`,
		`{"$nor":[]}`, `{"a":{}}`, `{"a":{"b":1}}`, `{"a":{"$eq":1,"$eq":1}}`,
		`{"a":{"$not":"b"},"c":{"$exists":true}}`,
		strings.Repeat(`{"$not":`, 100) + `{}` + strings.Repeat(`}`, 100),
		strings.Repeat(`{"$not":`, 99) + `{}` + strings.Repeat(`}`, 99),
		`{"a":` + strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100) + `}`,
		strings.Repeat(`[`, 10001), `{"a":` + strings.Repeat(`[`, 9998) + strings.Repeat(`]`, 9998) + `,"b":1}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		given := slices.Clone(text)
		c, err := match.Parse(text)
		require.Equal(t, given, text)
		if err != nil {
			require.Nil(t, c)
			require.Contains(t, errorTexts, err.Error())
			require.Contains(t, []match.Kind{match.Malformed, match.Unsupported}, refusalOf(t, err).Kind)
			return
		}
		require.True(t, json.Valid(text))
		if c == nil {
			require.Equal(t, "{}", strings.Join(strings.Fields(string(text)), ""))
			return
		}
		clear(text) // which is the caller's
		require.NoError(t, c.Bounded())
		written, err := json.Marshal(c)
		require.NoError(t, err)
		again, err := match.Parse(written)
		require.NoError(t, err, "%s", written)
		require.Equal(t, c, again, "%s", written)
	})
}
