package wire_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/wire"
)

// anyOf returns the value of a text as Node.Any does, after the text is gone.
func anyOf(text string, number func(json.Number) any) (any, error) {
	memory := []byte(" " + text)
	value, err := wire.Read(unsafe.String(&memory[0], len(memory)), "", func(v wire.Value) any {
		if v.Node() == nil {
			return nil // null
		}
		return v.Node().Any(number)
	})
	for i := range memory {
		memory[i] = '#'
	}
	return value, err
}

// asWritten keeps numbers unconverted.
func asWritten(n json.Number) any { return n }

// decoded returns the value of a text as encoding/json decodes it.
func decoded(text string) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	return value, err
}

var anyTexts = []struct{ name, text string }{
	{"null", `null`}, {"true", `true`}, {"false", ` false `},
	{"an integer", `12`}, {"a negative zero", `-0`}, {"a number with redundant zeros", `-1.50E+02`},
	{"a number that no float64 can hold", `1e999`}, {"an integer of many digits", `123456789012345678901234567890`},
	{"a text", `"Ann"`}, {"an empty text", `""`}, {"a text with escapes", `"\u00e9\n\"\\\/"`},
	{"a surrogate pair", `"\ud83d\ude00"`},
	{"a text with NUL", `"\u0000"`}, {"a text with only digits", `"1"`},
	{"an empty list", `[]`}, {"an empty object", `{}`}, {"a list", `[null,true,false,1,"a",[],{}]`},
	{"lists in lists", `[[[[]],[1]],[]]`}, {"an object", `{"a":null,"b":true,"c":1.0,"d":"e","f":[{}],"g":{"h":{}}}`},
	{"the empty name", `{"":{"":1}}`}, {"names with escapes", `{"\u0061":1,"\u00e9\ud83d\ude00":2}`},
	{"a list of objects", `[{"a":"b"},{"a":"c"},{}]`},
	{"a deep list", strings.Repeat("[", 500) + strings.Repeat("]", 500)},
	{"a deep object", strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500)},
}

func TestAny(t *testing.T) {
	for _, tc := range anyTexts {
		t.Run(tc.name, func(t *testing.T) {
			want, err := decoded(tc.text)
			require.NoError(t, err)
			got, err := anyOf(tc.text, asWritten)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	t.Run("numbers are converted", func(t *testing.T) {
		text := `[1,{"a":-2.5e3,"b":[0]},"4"]`
		var want any
		require.NoError(t, json.Unmarshal([]byte(text), &want))
		got, err := anyOf(text, func(n json.Number) any {
			f, err := n.Float64()
			require.NoError(t, err)
			return f
		})
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
	t.Run("numbers are converted in the order of the text", func(t *testing.T) {
		var order []json.Number
		_, err := anyOf(`[3,{"b":1,"a":[2]},4]`, func(n json.Number) any {
			order = append(order, n)
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, []json.Number{"3", "1", "2", "4"}, order)
	})
}

func TestAnyMembers(t *testing.T) {
	memory := []byte(`{"b":{"c":null},"a":[true]}`)
	members, err := wire.Read(unsafe.String(&memory[0], len(memory)), "", func(v wire.Value) map[string]any {
		return v.Node().AnyMembers(asWritten)
	})
	clear(memory)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"a": []any{true}, "b": map[string]any{"c": nil}}, members)

	members, err = wire.Read(`{}`, "", func(v wire.Value) map[string]any { return v.Node().AnyMembers(asWritten) })
	require.NoError(t, err)
	require.Equal(t, map[string]any{}, members)
}

// FuzzAny requires that a text is refused or has the same value as in encoding/json.
func FuzzAny(f *testing.F) {
	for _, tc := range anyTexts {
		f.Add([]byte(tc.text))
	}
	f.Add([]byte(`{"a":"\ud83d"}`))
	f.Add([]byte("\"\xff\""))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := anyOf(string(text), asWritten)
		if err != nil {
			return
		}
		require.True(t, json.Valid(bytes.TrimSpace(text)))
		want, err := decoded(string(text))
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}
