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

// parsed returns the result of our parser in the form of encoding/json, with numbers as json.Number.
func parsed(text string) (any, error) {
	p := parse(text, len(text))
	defer p.close()
	if p.err != nil {
		return nil, p.err
	}
	return p.root.Any(func(n json.Number) any { return n }), nil
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
		{"JSON-6 zero", `0`, json.Number("0")}, {"JSON-6 a negative number", `-12`, json.Number("-12")},
		{"JSON-6 a fraction", `0.5`, json.Number("0.5")}, {"JSON-6 an exponent", `1E+2`, json.Number("1E+2")},
		{"JSON-6 a negative exponent", `25e-1`, json.Number("25e-1")},
		{"JSON-6 exponents with zeros", `1e007`, json.Number("1e007")},
		{"JSON-6 white space", " \t\r\n[ \t1\r,\n2 ] \n", []any{one, two}},
		{"JSON-6 an empty array", `[]`, []any{}}, {"JSON-6 an empty object", ` { } `, object()},
		{"JSON-6 a tree", `{"a":[{"b":null},[[]]],"":{"c":"d"}}`,
			object("a", []any{object("b", nil), []any{[]any{}}}, "", object("c", "d"))},
		{"JSON-6 the last of equal members", `{"a":1,"b":2,"a":{"c":3},"a":{"d":4}}`,
			object("a", object("d", json.Number("4")), "b", two)},
		{"JSON-6 names that are equal once decoded", `{"a":1,"\u0061":2}`, object("a", two)},
		{"JSON-7 escapes", `"\"\\\/\b\f\n\r\t\u00e9\u20AC"`, "\"\\/\b\f\n\r\té€"},
		{"JSON-7 NUL in an escape", `"\u0000"`, "\x00"}, {"JSON-7 an escape at either end", `"\nx\n"`, "\nx\n"},
		{"JSON-7 surrogate pairs", `"\ud83d\ude00\uD834\uDD1E"`, "😀𝄞"},
		{"JSON-7 no escape after an escaped backslash", `"\\ud83d"`, `\ud83d`},
		{"JSON-7 U+FFFD itself", `"` + "\ufffd" + `\ufffd"`, "\ufffd\ufffd"},
		{"JSON-7 separators and DEL unescaped", "\"\u2028\u2029\x7f\"", "\u2028\u2029\x7f"},
		{"JSON-7 an escape in a name", `{"\u0000\n":1}`, object("\x00\n", one)},
		{"JSON-10 minus zero", `-0`, json.Number("-0")},
		{"JSON-10 too many digits", `9007199254740993`, json.Number("9007199254740993")},
		{"JSON-10 too large", `[1e999,-1e999]`, []any{json.Number("1e999"), json.Number("-1e999")}},
		{"JSON-6 arrays in arrays, to the limit", strings.Repeat("[", deep) + strings.Repeat("]", deep),
			func() (v any) {
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
	t.Run("JSON-6 the last member of a name", func(t *testing.T) {
		p := parse(`{"a":1,"b":2,"a":"3"}`, 3)
		defer p.close()
		require.NoError(t, p.err)
		require.Equal(t, "3", p.root.Member("a").Text)
		require.Equal(t, "2", p.root.Member("b").Text)
		require.Nil(t, p.root.Member("c"))
	})
	t.Run("the text of a part is its source", func(t *testing.T) {
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
		{"JSON-6 two values", `1 2`, errBrokenJSON}, {"JSON-6 a bracket after the value", `{}]`, errBrokenJSON},
		{"JSON-6 other white space", "\v1", errBrokenJSON}, {"JSON-6 a Unicode space", "\u00a01", errBrokenJSON},
		{"JSON-6 a byte order mark", "\ufeff1", errBrokenJSON}, {"JSON-6 NUL before a value", "\x001", errBrokenJSON},
		{"JSON-6 NUL after a value", "1\x00", errBrokenJSON}, {"JSON-6 NUL in an array", "[1\x00]", errBrokenJSON},
		{"JSON-6 NUL alone", "\x00", errBrokenJSON},
		{"JSON-6 a leading zero", `01`, errBrokenJSON}, {"JSON-6 a plus sign", `+1`, errBrokenJSON},
		{"JSON-6 a minus alone", `-`, errBrokenJSON},
		{"JSON-6 a minus and a space", `- 1`, errBrokenJSON}, {"JSON-6 no digit before the point", `.5`, errBrokenJSON},
		{"JSON-6 no digit after the point", `1.`, errBrokenJSON},
		{"JSON-6 no digit in the exponent", `1e`, errBrokenJSON},
		{"JSON-6 a sign alone in the exponent", `1e+`, errBrokenJSON}, {"JSON-6 hexadecimal", `0x1`, errBrokenJSON},
		{"JSON-6 NaN", `NaN`, errBrokenJSON}, {"JSON-6 an underscore", `1_0`, errBrokenJSON},
		{"JSON-6 Infinity", `-Infinity`, errBrokenJSON},
		{"JSON-6 part of a word", `nul`, errBrokenJSON}, {"JSON-6 more than a word", `nulll`, errBrokenJSON},
		{"JSON-6 a word in capitals", `True`, errBrokenJSON},
		{"JSON-6 a trailing comma in an array", `[1,]`, errBrokenJSON},
		{"JSON-6 a leading comma in an array", `[,1]`, errBrokenJSON},
		{"JSON-6 a comma alone", `[,]`, errBrokenJSON}, {"JSON-6 no comma", `[1 2]`, errBrokenJSON},
		{"JSON-6 an open array", `[1`, errBrokenJSON},
		{"JSON-6 an array closed as an object", `[1}`, errBrokenJSON},
		{"JSON-6 an object closed as an array", `{"a":1]`, errBrokenJSON},
		{"JSON-6 an open array in an object", `{"a":[}`, errBrokenJSON},
		{"JSON-6 a trailing comma in an object", `{"a":1,}`, errBrokenJSON},
		{"JSON-6 no colon", `{"a" 1}`, errBrokenJSON},
		{"JSON-6 no name", `{:1}`, errBrokenJSON}, {"JSON-6 a number as a name", `{1:1}`, errBrokenJSON},
		{"JSON-6 no value", `{"a":}`, errBrokenJSON}, {"JSON-6 no colon and no value", `{"a"}`, errBrokenJSON},
		{"JSON-6 an open object", `{"a":1`, errBrokenJSON},
		{"JSON-6 an open name", `{"a`, errBrokenJSON},
		{"JSON-6 an open string", `"a`, errBrokenJSON},
		{"JSON-6 an open string after an escape", `"\n`, errBrokenJSON},
		{"JSON-6 an open escape", `"\`, errBrokenJSON},
		{"JSON-6 an escaped closing quote", `"\"`, errBrokenJSON},
		{"JSON-6 an unknown escape", `"\x"`, errBrokenJSON}, {"JSON-6 an escape in capitals", `"\N"`, errBrokenJSON},
		{"JSON-6 an escape that is too short", `"\u12"`, errBrokenJSON},
		{"JSON-6 an escape with a sign", `"\u+123"`, errBrokenJSON},
		{"JSON-6 an escape with an underscore", `"\u1_23"`, errBrokenJSON},
		{"JSON-6 an escape that ends the text", `"\u123`, errBrokenJSON},
		{"JSON-6 a control character after an escape", "\"\\n\x01n\"", errBrokenJSON},
		{"JSON-6 a line break in a string", "\"\n\"", errBrokenJSON},
		{"JSON-6 a line break after an escape", "\"\\n\n\"", errBrokenJSON},
		{"JSON-6 NUL in a string", "\"\x00\"", errBrokenJSON}, {"JSON-6 single quotes", `'a'`, errBrokenJSON},
		{"JSON-6 a comment", `1 // one`, errBrokenJSON},
		{"JSON-15 too deep", strings.Repeat("[", deep+1) + strings.Repeat("]", deep+1), ErrTooDeep},
		{"JSON-15 too deep, arrays and objects", strings.Repeat(`[{"a":`, deep/2) + `[]` + strings.Repeat(`}]`, deep/2),
			ErrTooDeep},
		{"JSON-15 very deep and open", strings.Repeat("[", 1<<20), ErrTooDeep},
		{"JSON-7 a high surrogate", `"\ud83d"`, errBrokenText}, {"JSON-7 a low surrogate", `"\ude00"`, errBrokenText},
		{"JSON-7 surrogates in the wrong order", `"\ude00\ud83d"`, errBrokenText},
		{"JSON-7 two high surrogates", `"\ud83d\ud83d"`, errBrokenText},
		{"JSON-7 a high surrogate and another escape", `"\ud83d\n"`, errBrokenText},
		{"JSON-7 a high surrogate and a letter", `"\ud83dx"`, errBrokenText},
		{"JSON-7 a high surrogate in a name", `{"\ud83d":1}`, errBrokenText},
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
	t.Run("JSON-6 a text cut or changed at any byte", func(t *testing.T) {
		const text = ` { "a" : [ 1 , -2.5e+3 , true , null ] , "b\n" : { "c" : "\ud83d\ude00" , "d" : [ ] } } `
		for n := range text {
			require.NoError(t, parsesAsEncodingJSON([]byte(text[:n])), "%q", text[:n])
			require.NoError(t, parsesAsEncodingJSON([]byte(text[n:])), "%q", text[n:])
			for c := range 256 {
				changed := []byte(text)
				changed[n] = byte(c)
				require.NoError(t, parsesAsEncodingJSON(changed), "%q at %d", c, n)
			}
		}
	})
}

// parsesAsEncodingJSON returns an error if our parser differs from encoding/json, except that it must refuse the broken
// text that encoding/json repairs (JSON-7).
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
		return fmt.Errorf("after the value: %v", err)
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Errorf("%v, want %v", got, want)
	}
	return nil
}

// loneSurrogate reports whether a JSON text has an escape for half a surrogate pair.
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
		i++ // the escaped character may be a backslash
	}
	return false
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		``, `null`, `{"a":[1,-0.5e+10,true,{}],"a":"\ud83d\ude00\n"}`, `"\ud83d"`, "\"\xff\"", "\x00", `[[[[`,
		`{"a":{"b":{"c":[]}}}`, `9007199254740993`, `45678901234567890`, `1e400`, `123456789012345678901234567890`,
		`-0`, " \t\r\n1", `{"\u0000":"\u2028"}`, `[1,]`, `{"a"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := parsesAsEncodingJSON(text); err != nil {
			t.Fatal(err)
		}
		kept := bytes.Clone(text)
		if got, err := parsed(string(text)); err == nil { // the tree is a copy
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
		"a value": text, "text after a value": text + "x", "an open value": text[:len(text)-3],
		"a name without a value": `{"secret":{"secret"`, "a broken item": `{"secret":["secret","secret",x]}`,
		"a long list":      `["secret"` + strings.Repeat(`,"secret"`, 1000) + `]`,
		"a very long list": `["secret"` + strings.Repeat(`,"secret"`, 1<<13) + `]`, "broken text": text + "\xff",
	} {
		t.Run("ERR-3 a closed parser holds nothing: "+name, func(t *testing.T) {
			p := parse(text, len(text))
			p.locate(nil, "secret", 0).report("secret", "secret")
			open, locations := p.open, p.locations
			p.close()
			require.Zero(t, p.s)
			require.True(t, blank([]Node{p.root}))
			require.True(t, blank(p.open))
			require.True(t, blank(p.kept))
			require.True(t, blank(open))
			isZero := func(at location) bool { return at == location{} }
			require.Empty(t, slices.DeleteFunc(locations[:cap(locations)], isZero))
			require.Empty(t, p.locations)
			require.Nil(t, p.problems)
			require.NoError(t, p.err)
			require.Zero(t, p.depth)
			require.LessOrEqual(t, cap(p.open)+cap(p.kept), 1<<12)
		})
	}
	t.Run("JSON-6 a value does not change while its parser grows", func(t *testing.T) {
		var b strings.Builder
		b.WriteString("[")
		for i := range 5000 {
			fmt.Fprintf(&b, `{"n":%d,"l":[%d,"%d"]},`, i, i, i)
		}
		b.WriteString("0]")
		require.NoError(t, parsesAsEncodingJSON([]byte(b.String())))
	})
	t.Run("JSON-6 no text of another value, with many parsers at a time", func(t *testing.T) {
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
						end = "" // every fifth one fails
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

// marked reports whether all strings and names in a value equal the mark, except the name "m".
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
