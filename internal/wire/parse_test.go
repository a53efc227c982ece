package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// parsed returns what our parser makes of a text.
func parsed(text string) (any, error) {
	p := parse(text, len(text))
	defer p.close()
	if p.err != nil {
		return nil, p.err
	}
	return tree(&p.root), nil
}

// tree returns a clone of a value as encoding/json has it, with numbers as they are written.
func tree(n *Node) any {
	switch n.Kind {
	case KindFalse, KindTrue:
		return n.Kind == KindTrue
	case KindNumber:
		return json.Number(strings.Clone(n.Text))
	case KindString:
		return strings.Clone(n.Text)
	case KindArray:
		list := make([]any, len(n.Children))
		for i := range list {
			list[i] = tree(&n.Children[i])
		}
		return list
	case KindObject:
		object := make(map[string]any, len(n.Children))
		for i := range n.Children {
			object[strings.Clone(n.Children[i].Name)] = tree(&n.Children[i])
		}
		return object
	default:
		return nil
	}
}

func TestParse(t *testing.T) {
	object := func(pairs ...any) map[string]any {
		m := make(map[string]any)
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1]
		}
		return m
	}
	const deep = 10000
	const one, two = json.Number("1"), json.Number("2")
	for _, tc := range []struct {
		name, text string
		want       any
	}{
		{"JSON-6 null", `null`, nil}, {"JSON-6 false", `false`, false}, {"JSON-6 true", ` true`, true},
		{"JSON-6 zero", `0`, json.Number("0")}, {"JSON-6 a negative number", `-12`, json.Number("-12")}, {"JSON-6 a fraction", `0.5`, json.Number("0.5")},
		{"JSON-6 an exponent", `1E+2`, json.Number("1E+2")}, {"JSON-6 a negative exponent", `25e-1`, json.Number("25e-1")},
		{"JSON-6 exponents with zeros", `1e007`, json.Number("1e007")},
		{"JSON-6 white space", " \t\r\n[ \t1\r,\n2 ] \n", []any{one, two}},
		{"JSON-6 an empty array", `[]`, []any{}}, {"JSON-6 an empty object", ` { } `, object()},
		{"JSON-6 a tree", `{"a":[{"b":null},[[]]],"":{"c":"d"}}`,
			object("a", []any{object("b", nil), []any{[]any{}}}, "", object("c", "d"))},
		{"JSON-6 the last of equal members", `{"a":1,"b":2,"a":{"c":3},"a":{"d":4}}`, object("a", object("d", json.Number("4")), "b", two)},
		{"JSON-6 names that are equal once they are read", `{"a":1,"\u0061":2}`, object("a", two)},
		{"JSON-7 escapes", `"\"\\\/\b\f\n\r\t\u00e9\u20AC"`, "\"\\/\b\f\n\r\té€"},
		{"JSON-7 NUL in an escape", `"\u0000"`, "\x00"}, {"JSON-7 an escape at either end", `"\nx\n"`, "\nx\n"},
		{"JSON-7 pairs", `"\ud83d\ude00\uD834\uDD1E"`, "😀𝄞"}, {"JSON-7 no escape behind a backslash", `"\\ud83d"`, `\ud83d`},
		{"JSON-7 U+FFFD itself", `"` + "\ufffd" + `\ufffd"`, "\ufffd\ufffd"},
		{"JSON-7 separators and DEL as they are", "\"\u2028\u2029\x7f\"", "\u2028\u2029\x7f"},
		{"JSON-7 an escape in a name", `{"\u0000\n":1}`, object("\x00\n", one)},
		{"JSON-10 minus zero", `-0`, json.Number("-0")},
		{"JSON-10 too many digits", `9007199254740993`, json.Number("9007199254740993")},
		{"JSON-10 too large", `[1e999,-1e999]`, []any{json.Number("1e999"), json.Number("-1e999")}},
		{"JSON-6 arrays in arrays, to the limit", strings.Repeat("[", deep) + strings.Repeat("]", deep), func() (v any) {
			v = []any{}
			for range deep - 1 {
				v = []any{v}
			}
			return v
		}()},
		{"JSON-6 a long list", "[1" + strings.Repeat(",1", 9999) + "]", func() any {
			list := make([]any, 10000)
			for i := range list {
				list[i] = one
			}
			return list
		}()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := parsed(tc.text)
			require.NoError(t, err)
			require.True(t, reflect.DeepEqual(tc.want, got))
			require.NoError(t, parsesAsEncodingJSON([]byte(tc.text)))
		})
	}
	t.Run("JSON-6 a member is the last one of its name", func(t *testing.T) {
		p := parse(`{"a":1,"b":2,"a":"3"}`, 3)
		defer p.close()
		require.NoError(t, p.err)
		require.Equal(t, "3", p.root.Member("a").Text)
		require.Equal(t, "2", p.root.Member("b").Text)
		require.Nil(t, p.root.Member("c"))
	})
	t.Run("a part is a text as it stands there", func(t *testing.T) {
		p := parse(" {\"a\" : [ 1,{ \"b\":\"c\\n\"} ] , \"d\":-1.50e+1,\"e\": null ,\"f\":true }\n", 8)
		defer p.close()
		require.NoError(t, p.err)
		require.Equal(t, `{"a" : [ 1,{ "b":"c\n"} ] , "d":-1.50e+1,"e": null ,"f":true }`, p.root.Text)
		require.Equal(t, `[ 1,{ "b":"c\n"} ]`, p.root.Member("a").Text)
		require.Equal(t, `{ "b":"c\n"}`, p.root.Member("a").Children[1].Text)
		require.Equal(t, "c\n", p.root.Member("a").Children[1].Member("b").Text)
		require.Equal(t, "-1.50e+1", p.root.Member("d").Text)
		require.Equal(t, "null", p.root.Member("e").Text)
		require.Equal(t, "true", p.root.Member("f").Text)
	})

	for _, tc := range []struct {
		name, text string
		want       error
	}{
		{"JSON-6 nothing", ``, errBrokenJSON}, {"JSON-6 white space alone", " \n", errBrokenJSON},
		{"JSON-6 two values", `1 2`, errBrokenJSON}, {"JSON-6 a bracket behind", `{}]`, errBrokenJSON},
		{"JSON-6 other white space", "\v1", errBrokenJSON}, {"JSON-6 a space of Unicode", "\u00a01", errBrokenJSON},
		{"JSON-6 a byte order mark", "\ufeff1", errBrokenJSON}, {"JSON-6 NUL in front", "\x001", errBrokenJSON},
		{"JSON-6 NUL behind", "1\x00", errBrokenJSON}, {"JSON-6 NUL between", "[1\x00]", errBrokenJSON},
		{"JSON-6 NUL alone", "\x00", errBrokenJSON},
		{"JSON-6 a leading zero", `01`, errBrokenJSON}, {"JSON-6 a plus sign", `+1`, errBrokenJSON},
		{"JSON-6 a minus alone", `-`, errBrokenJSON},
		{"JSON-6 a minus and a space", `- 1`, errBrokenJSON}, {"JSON-6 no digit before the point", `.5`, errBrokenJSON},
		{"JSON-6 no digit behind the point", `1.`, errBrokenJSON}, {"JSON-6 no digit in the exponent", `1e`, errBrokenJSON},
		{"JSON-6 a sign alone in the exponent", `1e+`, errBrokenJSON}, {"JSON-6 hexadecimal", `0x1`, errBrokenJSON},
		{"JSON-6 NaN", `NaN`, errBrokenJSON}, {"JSON-6 an underscore", `1_0`, errBrokenJSON},
		{"JSON-6 Infinity", `-Infinity`, errBrokenJSON},
		{"JSON-6 a word in part", `nul`, errBrokenJSON}, {"JSON-6 a word and more", `nulll`, errBrokenJSON},
		{"JSON-6 a word in capitals", `True`, errBrokenJSON},
		{"JSON-6 a comma too many in an array", `[1,]`, errBrokenJSON}, {"JSON-6 a comma in front", `[,1]`, errBrokenJSON},
		{"JSON-6 a comma alone", `[,]`, errBrokenJSON}, {"JSON-6 no comma", `[1 2]`, errBrokenJSON},
		{"JSON-6 an open array", `[1`, errBrokenJSON},
		{"JSON-6 an array closed as an object", `[1}`, errBrokenJSON},
		{"JSON-6 an object closed as an array", `{"a":1]`, errBrokenJSON},
		{"JSON-6 an open array in an object", `{"a":[}`, errBrokenJSON},
		{"JSON-6 a comma too many in an object", `{"a":1,}`, errBrokenJSON}, {"JSON-6 no colon", `{"a" 1}`, errBrokenJSON},
		{"JSON-6 no name", `{:1}`, errBrokenJSON}, {"JSON-6 a number as a name", `{1:1}`, errBrokenJSON},
		{"JSON-6 no value", `{"a":}`, errBrokenJSON},
		{"JSON-6 no value at all", `{"a"}`, errBrokenJSON}, {"JSON-6 an open object", `{"a":1`, errBrokenJSON},
		{"JSON-6 an open name", `{"a`, errBrokenJSON},
		{"JSON-6 an open string", `"a`, errBrokenJSON}, {"JSON-6 an open string behind an escape", `"\n`, errBrokenJSON},
		{"JSON-6 an open escape", `"\`, errBrokenJSON},
		{"JSON-6 an escape of the quote that is missing", `"\"`, errBrokenJSON},
		{"JSON-6 an unknown escape", `"\x"`, errBrokenJSON}, {"JSON-6 an escape in capitals", `"\N"`, errBrokenJSON},
		{"JSON-6 an escape that is too short", `"\u12"`, errBrokenJSON},
		{"JSON-6 an escape with a sign", `"\u+123"`, errBrokenJSON},
		{"JSON-6 an escape with an underscore", `"\u1_23"`, errBrokenJSON},
		{"JSON-6 an escape that ends the text", `"\u123`, errBrokenJSON},
		{"JSON-6 a control character behind an escape", "\"\\n\x01n\"", errBrokenJSON},
		{"JSON-6 a line end in a string", "\"\n\"", errBrokenJSON},
		{"JSON-6 a line end behind an escape", "\"\\n\n\"", errBrokenJSON},
		{"JSON-6 NUL in a string", "\"\x00\"", errBrokenJSON}, {"JSON-6 single quotes", `'a'`, errBrokenJSON},
		{"JSON-6 a comment", `1 // one`, errBrokenJSON},
		{"JSON-6 too deep", strings.Repeat("[", deep+1) + strings.Repeat("]", deep+1), errBrokenJSON},
		{"JSON-6 too deep in turns", strings.Repeat(`[{"a":`, deep/2) + `[]` + strings.Repeat(`}]`, deep/2), errBrokenJSON},
		{"JSON-6 very deep and open", strings.Repeat("[", 1<<20), errBrokenJSON},
		{"JSON-7 half a character", `"\ud83d"`, errBrokenText}, {"JSON-7 the other half", `"\ude00"`, errBrokenText},
		{"JSON-7 halves in the wrong order", `"\ude00\ud83d"`, errBrokenText},
		{"JSON-7 two first halves", `"\ud83d\ud83d"`, errBrokenText},
		{"JSON-7 half a character and another escape", `"\ud83d\n"`, errBrokenText},
		{"JSON-7 half a character and a letter", `"\ud83dx"`, errBrokenText},
		{"JSON-7 half a character in a name", `{"\ud83d":1}`, errBrokenText},
		{"JSON-7 invalid UTF-8", "\"\xff\"", errBrokenText},
		{"JSON-7 invalid UTF-8 outside of strings", "1\xff", errBrokenText},
		{"JSON-7 a surrogate in UTF-8", "\"\xed\xa0\x80\"", errBrokenText},
		{"JSON-7 an overlong form", "\"\xc0\x80\"", errBrokenText},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := parsed(tc.text)
			require.Equal(t, tc.want, err)
			require.Nil(t, got)
			require.NoError(t, parsesAsEncodingJSON([]byte(tc.text)))
			require.NoError(t, parsesAsEncodingJSON([]byte("["+tc.text+"]")))
		})
	}
	t.Run("JSON-6 each text cut off", func(t *testing.T) {
		const text = ` { "a" : [ 1 , -2.5e+3 , true , null ] , "b\n" : { "c" : "\ud83d\ude00" , "d" : [ ] } } `
		for n := range text {
			require.NoError(t, parsesAsEncodingJSON([]byte(text[:n])), "%q", text[:n])
			require.NoError(t, parsesAsEncodingJSON([]byte(text[n:])), "%q", text[n:])
			for c := range 256 {
				require.NoError(t, parsesAsEncodingJSON([]byte(text[:n]+string([]byte{byte(c)})+text[n+1:])), "%q at %d", c, n)
			}
		}
	})
}

// parsesAsEncodingJSON returns in what our parser differs from encoding/json. It refuses broken text, which encoding/json
// mends (JSON-7).
func parsesAsEncodingJSON(text []byte) error {
	got, err := parsed(string(text))
	accepted := json.Valid(text)
	if want := accepted && utf8.Valid(text) && !loneSurrogate(text); want != (err == nil) {
		return fmt.Errorf("accepted: %v, want %v", err == nil, want)
	}
	if err != nil {
		if accepted && err != errBrokenText {
			return fmt.Errorf("%w, for a text that is JSON", err)
		}
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var want any
	if err := d.Decode(&want); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("behind the value: %v", err)
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Errorf("%v, want %v", got, want)
	}
	return nil
}

// loneSurrogate reports whether a JSON text has an escape that is half a character.
func loneSurrogate(text []byte) bool {
	escape := func(i int) rune {
		if i+6 > len(text) || text[i] != '\\' || text[i+1] != 'u' {
			return -1
		}
		n, err := strconv.ParseUint(string(text[i+2:i+6]), 16, 32)
		if err != nil {
			return -1
		}
		return rune(n)
	}
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if r := escape(i); utf16.IsSurrogate(r) {
			if utf16.DecodeRune(r, escape(i+6)) == utf8.RuneError {
				return true
			}
			i += 6
		}
		i++ // what is escaped may be a backslash
	}
	return false
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		``, `null`, `{"a":[1,-0.5e+10,true,{}],"a":"\ud83d\ude00\n"}`, `"\ud83d"`, "\"\xff\"", "\x00", `[[[[`, `{"a":{"b":{"c":[]}}}`,
		`9007199254740993`, `45678901234567890`, `1e400`, `123456789012345678901234567890`, `-0`, " \t\r\n1", `{"\u0000":"\u2028"}`, `[1,]`, `{"a"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := parsesAsEncodingJSON(text); err != nil {
			t.Fatal(err)
		}
		kept := bytes.Clone(text)
		if got, err := parsed(string(text)); err == nil { // the tree is a clone
			clear(text)
			require.NoError(t, parsesAsEncodingJSON(kept))
			again, err := parsed(string(kept))
			require.NoError(t, err)
			require.True(t, reflect.DeepEqual(got, again))
		}
	})
}

func TestParserMemory(t *testing.T) {
	const text = `{"secret":["secret",{"secret":"\u0073ecret"}],"b":[[["secret"]]]}`
	blank := func(nodes []Node) bool {
		for _, n := range nodes[:cap(nodes)] {
			if n.Kind != KindNull || n.Name != "" || n.Text != "" || n.Children != nil {
				return false
			}
		}
		return true
	}
	for name, text := range map[string]string{
		"a value": text, "text behind it": text + "x", "an open value": text[:len(text)-3], "a name without value": `{"secret":{"secret"`,
		"a wrong item": `{"secret":["secret","secret",x]}`, "a long list": `["secret"` + strings.Repeat(`,"secret"`, 1000) + `]`,
		"a very long list": `["secret"` + strings.Repeat(`,"secret"`, 1<<13) + `]`, "broken text": text + "\xff",
	} {
		t.Run("ERR-3 a parser that is closed holds nothing: "+name, func(t *testing.T) {
			p := parse(text, len(text))
			p.place(nil, "secret", 0).report("secret", "secret")
			open, places := p.open, p.places
			p.close()
			require.Zero(t, p.s)
			require.True(t, blank([]Node{p.root}))
			require.True(t, blank(p.open))
			require.True(t, blank(p.kept))
			require.True(t, blank(open))
			require.Empty(t, slices.DeleteFunc(places[:cap(places)], func(at place) bool { return at == place{} }))
			require.Empty(t, p.places)
			require.Nil(t, p.problems)
			require.NoError(t, p.err)
			require.Zero(t, p.depth)
			require.LessOrEqual(t, cap(p.open)+cap(p.kept), 1<<12)
		})
	}
	t.Run("JSON-6 a value stays as it is while its parser grows", func(t *testing.T) {
		var b strings.Builder
		b.WriteString("[")
		for i := range 5000 {
			fmt.Fprintf(&b, `{"n":%d,"l":[%d,"%d"]},`, i, i, i)
		}
		b.WriteString("0]")
		require.NoError(t, parsesAsEncodingJSON([]byte(b.String())))
	})
	t.Run("JSON-6 no text of another value, with many at a time", func(t *testing.T) {
		failed := make(chan string, 16)
		var wg sync.WaitGroup
		for g := range 16 {
			wg.Go(func() {
				for i := range 300 {
					mark := fmt.Sprintf("mark-%d-%d", g, i)
					var b strings.Builder
					fmt.Fprintf(&b, `{%q:[`, mark)
					for range (g*31+i*17)%200 + 1 {
						fmt.Fprintf(&b, `%q,{%q:%q,"\u006d":[%q]},`, mark, mark, mark, mark)
					}
					fmt.Fprintf(&b, `%q]`, mark)
					end := "}"
					if i%5 == 0 {
						end = "" // and one that fails in between
					}
					p := parse(b.String()+end, b.Len())
					if (p.err == nil) != (end != "") || p.err == nil && !marked(&p.root, mark) {
						failed <- mark
					}
					p.close()
				}
			})
		}
		wg.Wait()
		require.Empty(t, failed)
	})
}

// marked reports whether all texts below a value are the mark, but for the name "m".
func marked(n *Node, mark string) bool {
	if n.Kind == KindString && n.Text != mark || n.Name != "" && n.Name != mark && n.Name != "m" {
		return false
	}
	for i := range n.Children {
		if !marked(&n.Children[i], mark) {
			return false
		}
	}
	return true
}
