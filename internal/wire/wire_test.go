package wire_test

import (
	"bytes"
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
		var members strings.Builder
		for i := range many {
			fmt.Fprintf(&members, `"a%d":{},`, i)
		}
		got := problems(`{`+members.String()+`"b":{"c":1}}`, "o", func(v wire.Value) {
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
		require.Equal(t, p{"o.a0.d", ""}, got[many])
	})
}

// repeatedTexts are objects with the path of the first member that repeats.
var repeatedTexts = []struct{ name, text, path string }{
	{"with two values", `{"a":1,"a":2}`, "o.a"},
	{"with the same value", `{"a":1,"b":2,"a":1}`, "o.a"},
	{"with null", `{"a":null,"a":null}`, "o.a"},
	{"three times", `{"a":1,"a":2,"a":3}`, "o.a"},
	{"spelled differently", `{"a":1,"\u0061":2}`, "o.a"},
	{"the first of two", `{"b":1,"a":1,"b":1,"a":1}`, "o.b"},
	{"in a member", `{"x":{"a":1,"a":2}}`, "o.x.a"},
	{"in the first of two members of one name", `{"x":{"a":1,"a":2},"x":{}}`, "o.x.a"},
	{"in a list", `{"x":[0,{},{"a":[],"a":{}}]}`, "o.x[2].a"},
	{"in lists of lists", `{"x":[[],[[{"y":{"a":1,"a":2}}]]]}`, "o.x[1][0][0].y.a"},
	{"in an object that no one reads", `{"unknown":{"a":1,"a":2}}`, "o.unknown.a"},
	{"of a key", `{"custom.shoe-size":1,"custom.shoe-size":1}`, "o.custom.shoe-size"},
	{"whose name is data", `{"x":{"ada@x.example":1,"ada@x.example":1}}`, "o.x"},
	{"in an object whose name is data", `{"ada@x.example":{"a":1,"a":2}}`, "o.a"},
	{"with an empty name", `{"":1,"":1}`, "o"},
	{"with a long name", `{"` + strings.Repeat("a", 81) + `":1,"` + strings.Repeat("a", 81) + `":1}`, "o"},
	{"of many", `{` + numbered(100, "a") + `,"a7":0}`, "o.a7"},
	{"next to each other, of many", `{"x":{` + numbered(5000, "a") + `,"b":0,"b":0}}`, "o.x.b"},
}

// FuzzRepeatedMembers compares with a search through the tokens of encoding/json.
func FuzzRepeatedMembers(f *testing.F) {
	for _, tc := range repeatedTexts {
		f.Add([]byte(tc.text))
	}
	f.Add([]byte(`[{"a":{"b":[]},"b":{"a":1}},{"a":{},"c":[{},{}]}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := wire.Read(string(text), "", func(wire.Value) int { return 1 })
		var wrong *wire.Error
		if errors.As(err, &wrong) && wrong.Problems[0].Format != wire.Once {
			return
		}
		require.Equal(t, repeats(json.NewDecoder(bytes.NewReader(text))), err != nil)
	})
}

// repeats reports whether an object in the next value has a member twice.
func repeats(d *json.Decoder) bool {
	token, err := d.Token()
	if delimiter, ok := token.(json.Delim); err != nil || !ok || delimiter != '{' && delimiter != '[' {
		return false
	}
	found, names := false, make(map[string]bool)
	for d.More() {
		if token == json.Delim('{') {
			name, _ := d.Token()
			found = found || names[name.(string)]
			names[name.(string)] = true
		}
		found = repeats(d) || found
	}
	d.Token() // the end
	return found
}

// numbered returns n members whose names have a prefix and a number.
func numbered(n int, prefix string) string {
	members := make([]string, n)
	for i := range members {
		members[i] = fmt.Sprintf(`"%s%d":%d`, prefix, i, i)
	}
	return strings.Join(members, ",")
}

func TestRepeatedMembers(t *testing.T) {
	for _, tc := range repeatedTexts {
		t.Run("JSON-16 "+tc.name, func(t *testing.T) {
			_, problems := read(tc.text, func(wire.Object) int { return 1 })
			require.Equal(t, []wire.Problem{{Path: tc.path, Format: wire.Once}}, problems)
		})
	}
	for name, text := range map[string]string{
		"in other objects":                        `{"a":{"a":{"a":[{"a":1},{"a":1}]}}}`,
		"in another case":                         `{"a":1,"A":1}`,
		"with equal beginnings, ends and lengths": `{"ab":1,"bb":1,"aab":1,"abb":1,"":1," ":1}`,
		"of many":                `{` + numbered(5000, "a") + `}`,
		"as texts and in lists":  `{"a":"a","b":["a","a"]}`,
		"composed or decomposed": `{"é":1,"e\u0301":1}`,
	} {
		t.Run("JSON-16 not a repeated member: "+name, func(t *testing.T) {
			_, problems := read(text, func(wire.Object) int { return 1 })
			require.Empty(t, problems)
		})
	}
	t.Run("JSON-16 after wrong types", func(t *testing.T) {
		_, problems := read(`{"a":1,"b":2,"b":3}`, func(o wire.Object) string { return o.Text("a") })
		require.Equal(t, []wire.Problem{{Path: "o.a", Format: "STRING"}, {Path: "o.b", Format: wire.Once}}, problems)
	})
	t.Run("JSON-16 source is left to its reader", func(t *testing.T) {
		source := func(o wire.Object) string { return o.Get("x").Source() }
		got, problems := read(`{"x":{"a":1,"a":2}}`, source)
		require.Empty(t, problems)
		require.Equal(t, `{"a":1,"a":2}`, got)
		_, problems = read(`{"x":{},"x":{"a":1,"a":2}}`, source)
		require.Equal(t, []wire.Problem{{Path: "o.x", Format: wire.Once}}, problems)
		_, problems = read(`{"x":{},"y":{"a":1,"a":2}}`, source)
		require.Equal(t, []wire.Problem{{Path: "o.y.a", Format: wire.Once}}, problems)
	})
	t.Run("JSON-16 ERR-3 no values", func(t *testing.T) {
		_, err := wire.Read(`{"ada@x.example":{"geheim ä":1,"geheim ä":1}}`, "o", func(wire.Value) int { return 1 })
		require.EqualError(t, err, "wire: o must not be repeated")
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
			var wrong *wire.Error
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, values-1, wrong.Most)
			require.Equal(t, []wire.Problem{{Format: wire.Values}}, wrong.Problems)
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
