package match_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/match"
)

const (
	guid1 = "00000000-0000-0000-0000-000000000001"
	guid2 = "00000000-0000-0000-0000-000000000002"
	guid3 = "00000000-0000-0000-0000-000000000003"
	guidA = "abcdef00-0000-0000-0000-00000000000a"
)

// guids returns IDs.
func guids(texts ...string) []uuid.UUID {
	var list []uuid.UUID
	for _, text := range texts {
		list = append(list, uuid.MustParse(text))
	}
	return list
}

// moment returns the time of a text in ISO 8601.
func moment(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

// people are rows with no values, with one of each, and with several.
var people = []struct {
	name string
	row  row
}{
	{"none", row{}},
	{"ann", row{
		name: "Ann", email: " ANN@x.test ", mood: "CALM", code: "07", tags: []string{"vip"}, notes: []string{"Late"},
		born: moment("1969-12-31T23:59:59.5Z"), size: -1.5, sized: true, ids: guids(guid1),
	}},
	{"bob", row{
		name: "bob", email: "bob@x.test", mood: "GLAD", code: "12", tags: []string{"vip", "New"},
		notes: []string{"late", "Tall", "LATE"},
		born:  moment("2000-01-01T00:00:00Z"), size: 0, sized: true, ids: guids(guid1, guid2),
	}},
	{"eve", row{
		name: "Ève", email: "EVE@y.test", mood: "TORN", code: "99", tags: []string{"new", "vip", "vip"},
		notes: []string{""},
		born:  moment("2000-01-01T01:00:00+01:00"), size: 40, sized: true, ids: guids(guid2, guid3, guidA),
	}},
}

// matching returns the names of the people for whom a condition holds.
func matching(t *testing.T, text string) string {
	t.Helper()
	c, err := match.Parse([]byte(text))
	require.NoError(t, err)
	test, err := find.Compile(c)
	require.NoError(t, err)
	var names []string
	for _, p := range people {
		if test(p.row) {
			names = append(names, p.name)
		}
	}
	return strings.Join(names, " ")
}

func TestCompile(t *testing.T) {
	const everyone, nobody = "none ann bob eve", ""
	for group, cases := range map[string][]struct{ condition, want string }{
		"a text": {
			{`{"name":"Ann"}`, "ann"}, {`{"name":"ann"}`, nobody}, {`{"name":"Ann "}`, nobody}, {`{"name":""}`, nobody},
			{`{"name":{"$eq":"bob"}}`, "bob"},
			{`{"name":{"$ne":"Ann"}}`, "none bob eve"}, {`{"name":{"$ne":"ann"}}`, everyone},
			{`{"name":{"$gt":"Ann"}}`, "bob eve"}, {`{"name":{"$gt":""}}`, "ann bob eve"},
			{`{"name":{"$gte":"Ann"}}`, "ann bob eve"}, {`{"name":{"$gte":"Ann "}}`, "bob eve"},
			{`{"name":{"$lt":"bob"}}`, "ann"}, {`{"name":{"$lt":"Ann"}}`, nobody},
			{`{"name":{"$lte":"bob"}}`, "ann bob"}, {`{"name":{"$lte":"boa"}}`, "ann"},
			{`{"name":{"$in":["Ann","Ève","x"]}}`, "ann eve"}, {`{"name":{"$in":[]}}`, nobody},
			{`{"name":{"$in":[""]}}`, nobody},
			{`{"name":{"$nin":["Ann","Ève","x"]}}`, "none bob"}, {`{"name":{"$nin":[]}}`, everyone},
			{`{"name":{"$exists":true}}`, "ann bob eve"}, {`{"name":{"$exists":false}}`, "none"},
			{`{"name":{"$startsWith":"A"}}`, "ann"}, {`{"name":{"$startsWith":"aNN"}}`, "ann"},
			{`{"name":{"$startsWith":"annn"}}`, nobody}, {`{"name":{"$startsWith":" a"}}`, nobody},
			{`{"name":{"$startsWith":"è"}}`, "eve"}, {`{"name":{"$startsWith":""}}`, "ann bob eve"},
		},
		"aliases": {
			{`{"name":{"$begins":"BO"}}`, "bob"}, {`{"name":{"$hasSome":["Ann","bob"]}}`, "ann bob"},
			{`{"name":{"$hasSome":[]}}`, nobody}, {`{"mood":{"$hasSome":["GLAD"]}}`, "bob"},
			{`{"born":{"$hasSome":["1969-12-31T23:59:59.5Z"]}}`, "ann"}, {`{"size":{"$hasSome":[0,40]}}`, "bob eve"},
			{`{"few":{"$hasSome":["Ann","bob"]}}`, "ann bob"},
		},
		"lists of a text": {
			{`{"few":{"$hasAll":["Ann","Ann"]}}`, "ann"}, {`{"few":{"$hasAll":["Ann","bob"]}}`, nobody},
			{`{"few":{"$hasAll":[]}}`, everyone},
		},
		"a text in a normal form": {
			{`{"email":"ann@X.test"}`, "ann"}, {`{"email":"\tEVE@y.test\n"}`, "eve"}, {`{"email":"ann@x.tes"}`, nobody},
			{`{"email":{"$ne":"ANN@X.TEST"}}`, "none bob eve"},
			{`{"email":{"$in":["BOB@X.test "," Eve@y.test"]}}`, "bob eve"},
			{`{"email":{"$nin":["BOB@X.test "]}}`, "none ann eve"}, {`{"email":{"$exists":true}}`, "ann bob eve"},
			{`{"email":{"$startsWith":"ANN@"}}`, "ann"}, {`{"email":{"$startsWith":" ann"}}`, nobody},
			{`{"email":{"$gte":"BOB@x.test"}}`, "bob eve"}, {`{"email":{"$lt":"BOB@x.test"}}`, "ann"},
		},
		"texts": {
			{`{"tags":"vip"}`, "ann bob eve"}, {`{"tags":"New"}`, "bob"}, {`{"tags":{"$ne":"new"}}`, "none ann bob"},
			{`{"tags":{"$in":["new","New"]}}`, "bob eve"}, {`{"tags":{"$nin":["new","New"]}}`, "none ann"},
			{`{"tags":{"$hasSome":["new","x"]}}`, "eve"}, {`{"tags":{"$hasSome":[]}}`, nobody},
			{`{"tags":{"$hasAll":["vip","New"]}}`, "bob"}, {`{"tags":{"$hasAll":["New","vip","New"]}}`, "bob"},
			{`{"tags":{"$hasAll":["vip","x"]}}`, nobody}, {`{"tags":{"$hasAll":["x","vip"]}}`, nobody},
			{`{"tags":{"$hasAll":[]}}`, everyone}, {`{"tags":{"$exists":false}}`, "none"},
			{`{"tags":{"$startsWith":"NEW"}}`, "bob eve"}, {`{"tags":{"$gt":"new"}}`, "ann bob eve"},
			{`{"tags":{"$lt":"new"}}`, "bob"}, {`{"tags":{"$lte":"new"}}`, "bob eve"},
			{`{"tags":{"$gte":"viq"}}`, nobody},
		},
		"texts in a normal form": {
			{`{"notes":"LATE"}`, "ann bob"}, {`{"notes":{"$ne":"tall"}}`, "none ann eve"}, {`{"notes":""}`, "eve"},
			{`{"notes":{"$hasAll":["LATE","late","TALL"]}}`, "bob"}, {`{"notes":{"$in":["TALL",""]}}`, "bob eve"},
			{`{"notes":{"$exists":true}}`, "ann bob eve"}, {`{"notes":{"$startsWith":"lA"}}`, "ann bob"},
		},
		"a word of an enum": {
			{`{"mood":"CALM"}`, "ann"}, {`{"mood":{"$ne":"CALM"}}`, "none bob eve"},
			{`{"mood":{"$in":["CALM","GLAD"]}}`, "ann bob"}, {`{"mood":{"$nin":["CALM","GLAD"]}}`, "none eve"},
			{`{"mood":{"$exists":true}}`, "ann bob eve"}, {`{"mood":{"$startsWith":"t"}}`, "eve"},
			{`{"mood":{"$gt":"CALM"}}`, "bob eve"}, {`{"mood":{"$lte":"CALM"}}`, "ann"},
		},
		"a word": {
			{`{"code":"07"}`, "ann"}, {`{"code":{"$ne":"00"}}`, everyone}, {`{"code":{"$in":["12","99"]}}`, "bob eve"},
			{`{"code":{"$gt":"07"}}`, "bob eve"}, {`{"code":{"$gte":"12"}}`, "bob eve"},
			{`{"code":{"$lt":"12"}}`, "ann"},
			{`{"code":{"$lte":"12"}}`, "ann bob"}, {`{"code":{"$exists":false}}`, "none"},
			{`{"code":{"$startsWith":"1"}}`, "bob"},
		},
		"a time": {
			{`{"born":"2000-01-01T00:00:00Z"}`, "bob eve"}, {`{"born":"1999-12-31T19:00:00-05:00"}`, "bob eve"},
			{`{"born":"2000-01-01T00:00:00.000000001Z"}`, nobody}, {`{"born":"1969-12-31T23:59:59.500Z"}`, "ann"},
			{`{"born":"0001-01-01T00:00:00Z"}`, nobody}, {`{"born":{"$ne":"2000-01-01T00:00:00Z"}}`, "none ann"},
			{`{"born":{"$gt":"1969-12-31T23:59:59.5Z"}}`, "bob eve"},
			{`{"born":{"$gt":"1969-12-31T23:59:59.499999999Z"}}`, "ann bob eve"},
			{`{"born":{"$gte":"1969-12-31T23:59:59.500000001Z"}}`, "bob eve"},
			{`{"born":{"$gte":"1969-12-31T23:59:59.5Z"}}`, "ann bob eve"},
			{`{"born":{"$lt":"1969-12-31T23:59:59.5Z"}}`, nobody}, {`{"born":{"$lt":"1970-01-01T00:00:00Z"}}`, "ann"},
			{`{"born":{"$lte":"2000-01-01T00:00:00Z"}}`, "ann bob eve"},
			{`{"born":{"$lte":"0000-01-01T00:00:00Z"}}`, nobody},
			{`{"born":{"$in":["2000-01-01T02:00:00+02:00","2000-01-01T00:00:00Z"]}}`, "bob eve"},
			{`{"born":{"$nin":["1969-12-31T23:59:59.5Z"]}}`, "none bob eve"},
			{`{"born":{"$exists":true}}`, "ann bob eve"},
		},
		"a number": {
			{`{"size":0}`, "bob"}, {`{"size":-0}`, "bob"}, {`{"size":4.0e1}`, "eve"},
			{`{"size":{"$ne":-1.5}}`, "none bob eve"},
			{`{"size":{"$gt":-1.5}}`, "bob eve"}, {`{"size":{"$gte":-1.5}}`, "ann bob eve"},
			{`{"size":{"$gt":9}}`, "eve"},
			{`{"size":{"$lt":0}}`, "ann"}, {`{"size":{"$lte":0}}`, "ann bob"}, {`{"size":{"$lt":-1.5}}`, nobody},
			{`{"size":{"$in":[0,-1.5,7]}}`, "ann bob"}, {`{"size":{"$nin":[0]}}`, "none ann eve"},
			{`{"size":{"$exists":true}}`, "ann bob eve"}, {`{"size":{"$exists":false}}`, "none"},
		},
		"IDs": {
			{`{"ids":"` + guid1 + `"}`, "ann bob"}, {`{"ids":"` + strings.ToUpper(guidA) + `"}`, "eve"},
			{`{"ids":{"$ne":"` + guid1 + `"}}`, "none eve"},
			{`{"ids":{"$in":["` + guid1 + `","` + guid3 + `"]}}`, "ann bob eve"},
			{`{"ids":{"$nin":["` + guid1 + `","` + guid3 + `"]}}`, "none"},
			{`{"ids":{"$hasSome":["` + guid3 + `"]}}`, "eve"},
			{`{"ids":{"$hasAll":["` + guid1 + `","` + guid2 + `"]}}`, "bob"}, {`{"ids":{"$hasAll":[]}}`, everyone},
			{`{"ids":{"$exists":true}}`, "ann bob eve"}, {`{"ids":"` + uuid.Nil.String() + `"}`, nobody},
		},
		"junctions": {
			{`{"$and":[]}`, everyone}, {`{"$or":[]}`, nobody}, {`{"$not":{}}`, nobody},
			{`{"$not":{"$or":[]}}`, everyone},
			{`{"$and":[{"tags":"vip"},{"size":{"$gt":-1}},{"size":{"$lt":1}}]}`, "bob"},
			{`{"$or":[{"name":"Ann"},{"size":40},{"name":"Ann"}]}`, "ann eve"},
			{`{"$not":{"name":"Ann"}}`, "none bob eve"},
			{`{"$not":{"$not":{"name":"Ann"}}}`, "ann"}, {`{"size":{"$gt":-1,"$lt":1},"tags":"vip"}`, "bob"},
			{`{"$or":[{"$and":[{"tags":"New"},{"name":"bob"}]},{"$not":{"tags":"vip"}}]}`, "none bob"},
			{`{"$and":[{"name":"Ann"},{"name":"bob"}]}`, nobody},
		},
	} {
		for _, tc := range cases {
			t.Run(group+" "+tc.condition, func(t *testing.T) {
				require.Equal(t, tc.want, matching(t, tc.condition))
			})
		}
	}

	t.Run("no condition", func(t *testing.T) {
		test, err := find.Compile(nil)
		require.NoError(t, err)
		require.Nil(t, test)
	})
	t.Run("everything", func(t *testing.T) {
		test, err := find.Compile(match.Everything)
		require.NoError(t, err)
		require.True(t, test(row{}))
	})
}

func TestCompileErrors(t *testing.T) {
	for _, tc := range []struct {
		name, condition string
		kind            match.Kind
		field, operator string
	}{
		{"an unknown field", `{"absent":"a"}`, match.UnknownField, "absent", "$eq"},
		{"a field in capitals", `{"NAME":"a"}`, match.UnknownField, "NAME", "$eq"},
		{"an unknown field with an unknown operator", `{"absent":{"$near":1}}`, match.UnknownField, "absent", "$near"},

		{"an unknown operator", `{"name":{"$near":"a"}}`, match.BadOperator, "name", "$near"},
		{"an operator in capitals", `{"name":{"$EQ":"a"}}`, match.BadOperator, "name", "$EQ"},
		{"an operator that no field supports", `{"name":{"$isEmpty":true}}`, match.BadOperator, "name", "$isEmpty"},
		{"a join as an operator", `{"name":{"$not":"a"}}`, match.BadOperator, "name", "$not"},
		{"an operator that the field does not support", `{"alone":{"$ne":"a"}}`, match.BadOperator, "alone", "$ne"},
		{"a bad operator with a bad value", `{"alone":{"$ne":1}}`, match.BadOperator, "alone", "$ne"},
		{"an alias that the field does not support", `{"alone":{"$begins":"a"}}`, match.BadOperator, "alone",
			"$begins"},
		{"the other alias", `{"alone":{"$hasSome":["a"]}}`, match.BadOperator, "alone", "$hasSome"},
		{"an order of IDs", `{"ids":{"$gt":"` + guid1 + `"}}`, match.BadOperator, "ids", "$gt"},
		{"a prefix of times", `{"born":{"$startsWith":"2000"}}`, match.BadOperator, "born", "$startsWith"},
		{"all of a text", `{"name":{"$hasAll":["a"]}}`, match.BadOperator, "name", "$hasAll"},
		{"equality with an unusable field", `{"secret":"a"}`, match.BadOperator, "secret", "$eq"},
		{"the existence of an unusable field", `{"secret":{"$exists":true}}`, match.BadOperator, "secret", "$exists"},

		{"a number for a text", `{"name":1}`, match.BadValueType, "name", "$eq"},
		{"null for a text", `{"name":null}`, match.BadValueType, "name", "$eq"},
		{"a list for a text", `{"name":["a"]}`, match.BadValueType, "name", "$eq"},
		{"an object for a text", `{"name":{"$eq":{}}}`, match.BadValueType, "name", "$eq"},
		{"a number for texts", `{"tags":{"$gt":1}}`, match.BadValueType, "tags", "$gt"},
		{"a number for a normal text", `{"email":{"$lte":1}}`, match.BadValueType, "email", "$lte"},
		{"a boolean for a word of an enum", `{"mood":{"$ne":true}}`, match.BadValueType, "mood", "$ne"},
		{"a number for a word", `{"code":12}`, match.BadValueType, "code", "$eq"},
		{"a number for a time", `{"born":{"$gte":1767323045}}`, match.BadValueType, "born", "$gte"},
		{"a text for a number", `{"size":"1"}`, match.BadValueType, "size", "$eq"},
		{"null for a number", `{"size":null}`, match.BadValueType, "size", "$eq"},
		{"a number for IDs", `{"ids":1}`, match.BadValueType, "ids", "$eq"},
		{"a number for a prefix", `{"name":{"$startsWith":1}}`, match.BadValueType, "name", "$startsWith"},
		{"null for a prefix", `{"name":{"$begins":null}}`, match.BadValueType, "name", "$begins"},
		{"a text for existence", `{"name":{"$exists":"true"}}`, match.BadValueType, "name", "$exists"},
		{"null for existence", `{"name":{"$exists":null}}`, match.BadValueType, "name", "$exists"},
		{"a text for a list", `{"name":{"$in":"a"}}`, match.BadValueType, "name", "$in"},
		{"null for a list", `{"name":{"$nin":null}}`, match.BadValueType, "name", "$nin"},
		{"an object for a list", `{"tags":{"$hasAll":{}}}`, match.BadValueType, "tags", "$hasAll"},
		{"a text for a list of an alias", `{"name":{"$hasSome":"a"}}`, match.BadValueType, "name", "$hasSome"},
		{"a number in a list", `{"name":{"$in":["a",1,"\u0000"]}}`, match.BadValueType, "name", "$in"},
		{"a list in a list", `{"name":{"$in":[["a"]]}}`, match.BadValueType, "name", "$in"},

		{"a text with NUL", `{"name":"a\u0000"}`, match.BadValue, "name", "$eq"},
		{"texts with NUL", `{"tags":{"$hasSome":["\u0000"]}}`, match.BadValue, "tags", "$hasSome"},
		{"a normal text with NUL", `{"email":{"$ne":"\u0000"}}`, match.BadValue, "email", "$ne"},
		{"a prefix with NUL", `{"name":{"$startsWith":"\u0000"}}`, match.BadValue, "name", "$startsWith"},
		{"a prefix of a word with NUL", `{"mood":{"$startsWith":"\u0000"}}`, match.BadValue, "mood", "$startsWith"},
		{"a word of no enum", `{"mood":"TORN"}`, match.BadValue, "mood", "$eq"},
		{"a word of an enum in small letters", `{"mood":{"$in":["CALM","calm"]}}`, match.BadValue, "mood", "$in"},
		{"an empty word of an enum", `{"mood":""}`, match.BadValue, "mood", "$eq"},
		{"a word that is not valid", `{"code":{"$gt":"123"}}`, match.BadValue, "code", "$gt"},
		{"a date for a time", `{"born":"2026-01-02"}`, match.BadValue, "born", "$eq"},
		{"a day that does not exist", `{"born":"2026-02-30T00:00:00Z"}`, match.BadValue, "born", "$eq"},
		{"a time without a zone", `{"born":{"$lt":"2026-01-02T03:04:05"}}`, match.BadValue, "born", "$lt"},
		{"a number that no float64 can hold", `{"size":1e999}`, match.BadValue, "size", "$eq"},
		{"such a number in a list", `{"size":{"$in":[1,-1e999,"a"]}}`, match.BadValue, "size", "$in"},
		{"an ID without hyphens", `{"ids":"00000000000000000000000000000001"}`, match.BadValue, "ids", "$eq"},
		{"an ID in braces", `{"ids":"{` + guid1 + `}"}`, match.BadValue, "ids", "$eq"},
		{"an empty ID", `{"ids":{"$hasAll":["` + guid1 + `",""]}}`, match.BadValue, "ids", "$hasAll"},

		{"the first error of a junction", `{"$or":[{"name":"a"},{"absent":1},{"name":1}]}`, match.UnknownField,
			"absent", "$eq"},
		{"an error in a negation", `{"$not":{"size":"a"}}`, match.BadValueType, "size", "$eq"},
		{"an error that is deep", `{"$and":[{"$or":[{"$not":{"$or":[{"mood":"x"}]}}]},{"absent":1}]}`, match.BadValue,
			"mood", "$eq"},
		{"an error after a part that holds for everything", `{"$or":[{"$and":[]},{"name":1}]}`, match.BadValueType, "name",
			"$eq"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := match.Parse([]byte(tc.condition))
			require.NoError(t, err)
			test, err := find.Compile(c)
			require.Nil(t, test)
			require.Equal(t, match.Error{Kind: tc.kind, Field: tc.field, Operator: tc.operator}, refusalOf(t, err))
			require.EqualError(t, err, "condition refused")
		})
	}
	t.Run("a text that is not UTF-8", func(t *testing.T) {
		_, err := find.Compile(match.Compare("$eq", "name", "a\xff"))
		require.Equal(t, match.Error{Kind: match.BadValue, Field: "name", Operator: "$eq"}, refusalOf(t, err))
	})
}

func TestOp(t *testing.T) {
	want := map[string]match.Operators{
		"$eq": match.OpEq, "$ne": match.OpNe, "$gt": match.OpGt, "$gte": match.OpGte, "$lt": match.OpLt,
		"$lte": match.OpLte, "$in": match.OpIn, "$nin": match.OpNin, "$exists": match.OpExists,
		"$startsWith": match.OpStartsWith, "$begins": match.OpStartsWith, "$hasSome": match.OpHasSome,
		"$hasAll": match.OpHasAll,
	}
	seen := match.Operators(0)
	for _, operator := range operators {
		require.Equal(t, want[operator], compares("a", operator, nil).Op(), operator)
		seen |= want[operator]
	}
	require.Equal(t, match.Operators(1<<12-1), seen, "an operator that is not tested")
	require.Zero(t, match.Everything.Op())
}

// TestLists goes through lists that are searched item by item, and through longer ones that are not.
func TestLists(t *testing.T) {
	for n := range 20 {
		t.Run(fmt.Sprint(n, " values"), func(t *testing.T) {
			values := make([]any, n)
			for i := range values {
				values[i] = fmt.Sprint("text ", i)
			}
			for _, repeats := range []int{1, 2} {
				given := slices.Repeat(values, repeats)
				in, err := find.Compile(compares("name", "$in", given))
				require.NoError(t, err)
				nin, err := find.Compile(compares("name", "$nin", given))
				require.NoError(t, err)
				for i := -1; i <= n; i++ {
					r := row{name: fmt.Sprint("text ", i)}
					require.Equal(t, 0 <= i && i < n, in(r), r.name)
					require.Equal(t, !in(r), nin(r), r.name)
				}
				require.False(t, in(row{}))
				require.True(t, nin(row{}))
			}
		})
	}
}

func TestRepeatedValues(t *testing.T) {
	reads := 0
	texts := match.TextList(listed, match.Folded, func(r row, is func(string) bool) bool {
		reads++
		return slices.ContainsFunc(r.tags, is)
	})
	find := match.Columns[row](func(string) *match.Column[row] { return texts })
	test, err := find.Compile(compares("tags", "$hasAll", []any{"a", "b", "A", "b", "a", "B"}))
	require.NoError(t, err)
	require.True(t, test(row{tags: []string{"b", "a"}}))
	require.Equal(t, 2, reads, "a value that is repeated must not cost another read of a row")
}

func TestValuesStay(t *testing.T) {
	given := []any{"b", "a", "b", "a"}
	_, err := find.Compile(compares("name", "$in", given))
	require.NoError(t, err)
	require.Equal(t, []any{"b", "a", "b", "a"}, given, "the condition was written to")
}

func TestBoth(t *testing.T) {
	even := func(n int) bool { return n%2 == 0 }
	large := func(n int) bool { return n > 5 }
	for _, tc := range []struct {
		name string
		test func(int) bool
		want []int
	}{
		{"two tests", match.Both(even, large), []int{6, 8}},
		{"the first test is nil", match.Both(nil, large), []int{6, 7, 8, 9}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []int
			for n := range 10 {
				if tc.test(n) {
					got = append(got, n)
				}
			}
			require.Equal(t, tc.want, got)
		})
	}
	t.Run("two nil tests", func(t *testing.T) {
		require.Nil(t, match.Both[int](nil, nil))
	})
}
