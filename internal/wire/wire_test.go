package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/wire"
)

var id = uuid.MustParse("11111111-2222-3333-4444-5555abcdef00")

// read reads an object whose path is "o".
func read[T any](text string, read func(wire.Object) T) (T, []wire.Problem) {
	got, err := wire.Read(text, "o", func(v wire.Value) T { return read(v.Object()) })
	var wrong *wire.Error
	errors.As(err, &wrong)
	if wrong == nil {
		return got, nil
	}
	return got, wrong.Problems
}

func TestLists(t *testing.T) {
	texts := func(o wire.Object) any { return wire.List(o, "a", wire.Value.Text) }
	ids := func(o wire.Object) any { return wire.Items(o, "a", wire.Value.GUID) }
	flags := func(o wire.Object) any {
		return wire.Items(o, "a", func(v wire.Value) bool { return v.Object().Bool("b") })
	}
	values := func(o wire.Object) any {
		return wire.Map(o, "a", func(v wire.Value) string { return v.Object().Text("b") })
	}
	pointer := func(o wire.Object) any {
		return wire.Pointer(o, func(v wire.Value) string { return v.Object().Text("b") }, "a", "c")
	}
	const guid = `"11111111-2222-3333-4444-5555abcdef00"`
	yes := "yes"
	for _, tc := range []struct {
		name string
		read func(wire.Object) any
		text string
		want any
	}{
		{"texts", texts, `{"a":["x","y",""]}`, []string{"x", "y", ""}},
		{"JSON-6 no list", texts, `{"a":null}`, []string(nil)}, {"an empty list", texts, `{"a":[]}`, []string(nil)},
		{"IDs", ids, `{"a":{"items":[` + guid + `]}}`, []uuid.UUID{id}},
		{"JSON-6 no wrapper", ids, `{"a":null}`, []uuid.UUID(nil)},
		{"JSON-6 an empty wrapper", ids, `{"a":{}}`, []uuid.UUID(nil)},
		{"JSON-6 a wrapper of null", ids, `{"a":{"items":null}}`, []uuid.UUID(nil)},
		{"JSON-6 a wrapper with more", ids, `{"a":{"items":[],"b":1}}`, []uuid.UUID(nil)},
		{"objects", flags, `{"a":{"items":[{"b":true},{},null]}}`, []bool{true, false, false}},
		{"a map", values, `{"a":{"x":{"b":"y"},"\u00e9":null}}`, map[string]string{"x": "y", "é": ""}},
		{"an empty map", values, `{"a":{}}`, map[string]string(nil)},
		{"JSON-6 no map", values, `{}`, map[string]string(nil)},
		{"a pointer", pointer, `{"a":{"b":"yes"}}`, &yes},
		{"JSON-1 a pointer by another name", pointer, `{"c":{"b":"yes"}}`, &yes},
		{"JSON-6 no pointer", pointer, `{"a":null,"c":{}}`, (*string)(nil)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, problems := read(tc.text, tc.read)
			require.Empty(t, problems)
			require.Equal(t, tc.want, got)
		})
	}
	type p = wire.Problem
	for _, tc := range []struct {
		name string
		read func(wire.Object) any
		text string
		want []wire.Problem
	}{
		{"not an array", texts, `{"a":{"items":[]}}`, []p{{"o.a", "ARRAY"}}},
		{"items", texts, `{"a":["x",1,null,{}]}`, []p{
			{"o.a[1]", "STRING"}, {"o.a[2]", "STRING"}, {"o.a[3]", "STRING"},
		}},
		{"not a wrapper", ids, `{"a":[` + guid + `]}`, []p{{"o.a", "OBJECT"}}},
		{"a wrapper of something else", ids, `{"a":{"item":[]}}`, []p{{"o.a.items", ""}}},
		{"not an array in a wrapper", ids, `{"a":{"items":{}}}`, []p{{"o.a.items", "ARRAY"}}},
		{"JSON-5 invalid IDs", ids, `{"a":{"items":["",null,` + guid + `,"{` + guid[1:37] + `}",1]}}`, []p{
			{"o.a.items[0]", "GUID"}, {"o.a.items[1]", "GUID"}, {"o.a.items[3]", "GUID"}, {"o.a.items[4]", "GUID"},
		}},
		{"members of items", flags, `{"a":{"items":[{"b":true},{"b":0},[]]}}`, []p{
			{"o.a.items[1].b", "BOOLEAN"}, {"o.a.items[2]", "OBJECT"},
		}},
		{"ERR-3 the names of a map are not reported", values, `{"a":{"secret":1,"more secret":{"b":2}}}`, []p{
			{"o.a", "OBJECT"}, {"o.a.b", "STRING"},
		}},
		{"not a map", values, `{"a":[]}`, []p{{"o.a", "OBJECT"}}},
		{"JSON-1 a pointer by another name", pointer, `{"c":{"b":1}}`, []p{{"o.a.b", "STRING"}}},
	} {
		t.Run("JSON-6 "+tc.name, func(t *testing.T) {
			_, problems := read(tc.text, tc.read)
			require.Equal(t, tc.want, problems)
		})
	}
}

func TestValues(t *testing.T) {
	const text = ` {"a": {"b" : [1, {"c\n":"d"}], "e":null}, "s" : "x\"\u00e9<" , "n":-1.50, "t":true,"z":null} `
	_, err := wire.Read(text, "", func(v wire.Value) any {
		require.Equal(t, wire.KindObject, v.Kind())
		o := v.Object()
		require.Equal(t, 5, o.Len())
		require.True(t, o.Has("z"))
		require.False(t, o.Has("y"))
		require.False(t, o.Has("A"))

		a := o.Get("a")
		require.True(t, a.Present())
		require.Equal(t, "a", a.Path())
		require.Equal(t, `{"b" : [1, {"c\n":"d"}], "e":null}`, a.Source())
		require.Equal(t, a.Source(), a.Node().Text)
		require.Equal(t, `[1, {"c\n":"d"}]`, a.Object().Get("b").Source())
		require.Equal(t, "d", a.Node().Member("b").Children[1].Member("c\n").Text)
		require.Equal(t, `-1.50`, o.Get("n").Source())
		require.Equal(t, `true`, o.Get("t").Source())
		require.Equal(t, "a.b", a.Object().At("b"))
		require.Equal(t, "x.y.b", a.As("x.y").Object().At("b"))
		require.Equal(t, "x.y", a.As("x.y").Path())
		require.Equal(t, "a", a.Object().Path())

		// A string is encoded again, possibly with other escapes.
		var again string
		require.NoError(t, json.Unmarshal([]byte(o.Get("s").Source()), &again))
		require.Equal(t, `x"é<`, again)
		require.Equal(t, again, o.Get("s").Text())

		for _, absent := range []wire.Value{o.Get("z"), o.Get("y"), a.Object().Get("e"), o.Object("y").Get("y")} {
			require.False(t, absent.Present())
			require.Equal(t, wire.KindNull, absent.Kind())
			require.Nil(t, absent.Node())
			require.Equal(t, "null", absent.Source())
			require.Zero(t, absent.Object().Len())
			require.False(t, absent.Object().Has("a"))
		}
		require.Equal(t, "y.y.x", o.Object("y").Object("y").At("x"))

		var members []string
		for name, member := range o.Members() {
			members = append(members, fmt.Sprint(name, member.Path(), member.Kind()))
		}
		require.Equal(t, []string{"aa6", "ss4", "nn3", "tt2", "zz0"}, members)
		for name := range o.Members() {
			require.Equal(t, "a", name)
			break
		}
		return nil
	})
	require.NoError(t, err)
}

func TestProblems(t *testing.T) {
	type p = wire.Problem
	problems := func(text, path string, read func(wire.Value)) []wire.Problem {
		got, err := wire.Read(text, path, func(v wire.Value) int { read(v); return 1 })
		require.Zero(t, got)
		var wrong *wire.Error
		require.ErrorAs(t, err, &wrong)
		require.NoError(t, wrong.Err)
		return wrong.Problems
	}
	t.Run("JSON-6 not an object", func(t *testing.T) {
		require.Equal(t, []p{{"", "OBJECT"}}, problems(`[]`, "", func(v wire.Value) {
			require.Zero(t, v.Object().Len())
		}))
		require.Equal(t, []p{{"info", "OBJECT"}}, problems(`1`, "info", func(v wire.Value) {
			require.Empty(t, v.Object().Text("a"))
		}))
	})
	t.Run("required members", func(t *testing.T) {
		want := []p{{"b", ""}, {"c", ""}, {"d.e", ""}, {"x.y", ""}}
		require.Equal(t, want, problems(`{"a":0,"b":null,"d":{}}`, "", func(v wire.Value) {
			for _, name := range []string{"a", "b", "c"} {
				v.Object().Require(name)
			}
			v.Object().Object("d").Require("e")
			v.Object().Object("x").Require("y")
		}))
	})
	t.Run("refused values", func(t *testing.T) {
		want := []p{{"o.a", "WORD"}, {"o", "WORD"}, {"p", "WORD"}}
		require.Equal(t, want, problems(`{"a":1}`, "o", func(v wire.Value) {
			v.Object().Get("a").Refuse("WORD")
			v.Refuse("WORD")
			v.As("p").Refuse("WORD")
		}))
	})
	t.Run("JSON-6 required texts and IDs", func(t *testing.T) {
		want := []p{{"a", "STRING"}, {"b", "STRING"}, {"a", "GUID"}, {"c", "GUID"}}
		require.Equal(t, want, problems(`{"a":1,"c":""}`, "", func(v wire.Value) {
			o := v.Object()
			require.Empty(t, o.Get("a").Text())
			require.Empty(t, o.Get("b").Text())
			require.Zero(t, o.Get("a").GUID())
			require.Zero(t, o.Get("c").GUID())
		}))
	})
	t.Run("JSON-6 at most 1000", func(t *testing.T) {
		got := problems(`{"a":[`+strings.Repeat("1,", 5000)+`1]}`, "", func(v wire.Value) {
			wire.List(v.Object(), "a", wire.Value.Text)
		})
		require.Len(t, got, 1000)
		require.Equal(t, p{"a[999]", "STRING"}, got[999])
	})
	t.Run("JSON-7 not JSON", func(t *testing.T) {
		for _, text := range []string{``, `{`, `{} {}`, `nul`, "\"\xff\"", `"\ud83d"`} {
			got, err := wire.Read(text, "info", func(wire.Value) int { panic("there is nothing to read") })
			require.Zero(t, got)
			var wrong *wire.Error
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, []p{{"info", "JSON"}}, wrong.Problems)
			require.Error(t, wrong.Err)
			require.ErrorIs(t, err, wrong.Err)
		}
	})
	t.Run("paths of many values", func(t *testing.T) {
		const many = 200 // more locations than are allocated at a time
		got := problems(`{`+strings.Repeat(`"a":{},`, many)+`"b":{"c":1}}`, "o", func(v wire.Value) {
			var all []wire.Value
			for _, member := range v.Object().Members() {
				all = append(all, member)
			}
			for _, member := range slices.Backward(all) {
				member.Object().Require("d")
			}
		})
		require.Len(t, got, many+1)
		require.Equal(t, p{"o.b.d", ""}, got[0])
		require.Equal(t, p{"o.a.d", ""}, got[many])
	})
}

func TestReadAtMost(t *testing.T) {
	count := func(v wire.Value) int { return v.Object().Len() }
	for text, values := range map[string]int{
		`{}`: 0, `{"a":1}`: 1, `{"a":[1,{"b":[]}],"c":null}`: 5,
	} {
		want, err := wire.Read(text, "", count)
		require.NoError(t, err)
		got, err := wire.ReadAtMost(values, text, "", count)
		require.NoError(t, err)
		require.Equal(t, want, got)
		if values > 0 {
			got, err = wire.ReadAtMost(values-1, text, "", count)
			require.ErrorIs(t, err, wire.ErrTooManyValues)
			require.Zero(t, got)
		}
	}
}

func TestError(t *testing.T) {
	cause := errors.New("cause")
	for _, tc := range []struct {
		err  wire.Error
		want string
	}{
		{wire.Error{Problems: []wire.Problem{{"a.b", "OBJECT"}, {"c", ""}}},
			"wire: a.b must be a valid OBJECT, c is required"},
		{wire.Error{Problems: []wire.Problem{{"a", "JSON"}}, Err: cause}, "wire: a must be a valid JSON: cause"},
		{wire.Error{Problems: make([]wire.Problem, 1000)}, "wire: " + strings.Repeat(" is required, ", 20) + "…"},
	} {
		require.Equal(t, tc.want, tc.err.Error())
	}
	t.Run("ERR-3 no values", func(t *testing.T) {
		for _, text := range []string{`{"a":"secret","b":"secret"}`, `{"a":"secret"`, `secret`, "\"secret\xff"} {
			_, err := wire.Read(text, "o", func(v wire.Value) int { return v.Object().Integer("a") })
			require.Error(t, err)
			require.NotContains(t, err.Error(), "secret")
		}
	})
}
