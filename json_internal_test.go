package contacts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/wire"
)

// valueIn parses the value of an extended field.
func valueIn(text string) (any, error) {
	return wire.Read(text, "", func(v wire.Value) any {
		if !v.Present() {
			return nil
		}
		return v.Node().Any(storedNumber)
	})
}

func TestValueOf(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       any
	}{
		{"JSON-10 the largest whole number", `9007199254740992`, float64(1 << 53)},
		{"JSON-10 too many digits", `9007199254740993`, json.Number("9007199254740993")},
		{"JSON-10 too many digits, shortened by encoding/json", `45678901234567890`,
			json.Number("45678901234567890")},
		{"JSON-10 many digits that fit", `1000000000000000000000`, 1e21},
		{"JSON-10 too large", `[1e999,-1e999]`, []any{json.Number("1e999"), json.Number("-1e999")}},
		{"JSON-10 too small", `1e-999`, 0.0}, {"JSON-10 a fraction of many digits", `0.1000000000000000000000001`, 0.1},
		{"JSON-10 an exponent", `1E+2`, 100.0}, {"JSON-10 exponents with zeros", `25e-001`, 2.5},
		{"JSON-10 a tree", `{"a":[{"b":null},[[],true]],"":{"c":"d\n"},"a\t":-1}`, map[string]any{
			"a": []any{map[string]any{"b": nil}, []any{[]any{}, true}}, "": map[string]any{"c": "d\n"}, "a\t": -1.0,
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := valueIn(tc.text)
			require.NoError(t, err)
			require.True(t, reflect.DeepEqual(tc.want, got))
			require.NoError(t, valueAsEncodingJSON([]byte(tc.text)))
		})
	}
	t.Run("JSON-10 minus zero", func(t *testing.T) {
		got, err := valueIn(`-0`)
		require.NoError(t, err)
		require.True(t, math.Signbit(got.(float64)))
	})
}

// valueAsEncodingJSON returns the difference between our value and that of encoding/json.
func valueAsEncodingJSON(text []byte) error {
	got, err := valueIn(string(text))
	if err != nil {
		return nil // internal/wire has tests of its own
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var want any
	if err := d.Decode(&want); err != nil {
		return err
	}
	return equalTrees("", want, got)
}

// equalTrees compares a tree of encoding/json, with numbers as written, with one of ours.
func equalTrees(at string, want, got any) error {
	switch want := want.(type) {
	case json.Number:
		return equalNumbers(at, want, got)
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return fmt.Errorf("%s: %T", at, got)
		}
		for i := range want {
			if err := equalTrees(at+"/"+strconv.Itoa(i), want[i], list[i]); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok || len(object) != len(want) {
			return fmt.Errorf("%s: %T", at, got)
		}
		for key, v := range want {
			other, ok := object[key]
			if !ok {
				return fmt.Errorf("%s/%s is missing", at, key)
			}
			if err := equalTrees(at+"/"+key, v, other); err != nil {
				return err
			}
		}
		return nil
	default:
		if want != got {
			return fmt.Errorf("%s: %v, want %v", at, got, want)
		}
		return nil
	}
}

// equalNumbers requires a float64 that is the number, or the number itself if no float64 is (JSON-10).
func equalNumbers(at string, want json.Number, got any) error {
	float, err := strconv.ParseFloat(string(want), 64)
	held := err == nil
	if held && !strings.ContainsAny(string(want), ".eE") {
		digits, _ := new(big.Int).SetString(string(want), 10)
		whole, _ := big.NewFloat(float).Int(nil)
		held = whole.Cmp(digits) == 0
	}
	if number, ok := got.(json.Number); ok && !held && number == want {
		return nil
	}
	if number, ok := got.(float64); ok && held && math.Float64bits(number) == math.Float64bits(float) {
		return nil
	}
	return fmt.Errorf("%s: %v, want %s, which a float64 holds: %v", at, got, want, held)
}

func FuzzValueOf(f *testing.F) {
	for _, text := range []string{
		`null`, `{"a":[1,-0.5e+10,true,{}],"a":"\ud83d\ude00\n"}`, `{"a":{"b":{"c":[]}}}`, `9007199254740993`,
		`45678901234567890`, `1e400`, `123456789012345678901234567890`, `-0`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { require.NoError(t, valueAsEncodingJSON(text)) })
}
