package wire_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/wire"
)

// marshaled returns the text that encoding/json writes.
func marshaled(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

func value(t testing.TB, v any) string {
	t.Helper()
	var w wire.Writer
	w.Value(v)
	require.NoError(t, w.Err)
	return string(w.Bytes)
}

func TestWriter(t *testing.T) {
	t.Run("JSON-2 strings as encoding/json writes them", func(t *testing.T) {
		for _, s := range []string{
			"", "a", "Zoë", "日本", "a\"b", `\`, "<b>&", "\x00\x1f\x7f", "\t\n\r\b\f", "\u2028\u2029\u2027", "“quoted”",
			"\xff", "a\xc3", "\xed\xa0\x80", "😀", "�",
		} {
			require.Equal(t, marshaled(t, s), value(t, s), "%q", s)
		}
	})
	t.Run("JSON-10 numbers as encoding/json writes them", func(t *testing.T) {
		for _, f := range []float64{
			0, math.Copysign(0, -1), 1, -1.5, 0.1, 1e-6, 1e-7, 1e20, 1e21, 1e300, 5e-324, 1<<53 - 1,
		} {
			require.Equal(t, marshaled(t, f), value(t, f))
		}
	})
	t.Run("JSON-10 integers over 2^53 exactly", func(t *testing.T) {
		require.Equal(t, "9007199254740992", value(t, float64(1<<53)))
		require.Equal(t, "-45678901234567888", value(t, float64(-45678901234567888)))
		require.Equal(t, "999999999999999868928", value(t, math.Nextafter(1e21, 0)))
	})
	t.Run("JSON-10 values that a store never holds", func(t *testing.T) {
		for _, v := range []any{
			nil, true, json.Number("12345678901234567890"), []any{"a", 1.5}, map[string]any{"b": "<", "a": nil},
		} {
			require.Equal(t, marshaled(t, v), value(t, v))
		}
	})
	t.Run("JSON-9 latitudes", func(t *testing.T) {
		for f, want := range map[float64]string{
			math.Inf(1): `"Infinity"`, math.Inf(-1): `"-Infinity"`, math.NaN(): `"NaN"`, 1.25: `1.25`,
		} {
			var w wire.Writer
			w.Float(f)
			require.Equal(t, want, string(w.Bytes))
		}
	})
	t.Run("JSON-5 IDs", func(t *testing.T) {
		for range 100 {
			id := uuid.New()
			var w wire.Writer
			w.UUID(id)
			require.Equal(t, marshaled(t, id), string(w.Bytes))
		}
	})
	t.Run("a value that JSON cannot represent is an error", func(t *testing.T) {
		var w wire.Writer
		w.Begin('[')
		w.Value(math.NaN())
		w.Value(make(chan int))
		w.Value("a")
		w.End(']')
		var first *json.UnsupportedValueError
		require.ErrorAs(t, w.Err, &first)
		require.Equal(t, `[null,null,"a"]`, string(w.Bytes))
	})
	t.Run("commas", func(t *testing.T) {
		var w wire.Writer
		for range 2 {
			w.Begin('{')
			w.MemberString("a", "")
			w.MemberString("a", "x")
			w.MemberInt("b", 0)
			w.MemberInt("b", -1)
			w.MemberUUID("c", uuid.Nil)
			w.MemberTime("d", time.Time{})
			wire.Member(&w, "e", new(int), func(w *wire.Writer, _ *int) {
				w.Begin('{')
				w.End('}')
			})
			wire.MemberPointer(&w, "f", new(int), func(w *wire.Writer, _ *int) {
				w.Begin('{')
				w.End('}')
			})
			wire.MemberPointer(&w, "g", nil, func(w *wire.Writer, _ *int) { panic("the pointer is nil") })
			wire.MemberItems(&w, "h", []bool{true, false}, func(w *wire.Writer, b *bool) { w.Bool(*b) })
			wire.MemberItems(&w, "i", nil, func(w *wire.Writer, b *bool) { panic("the list is empty") })
			w.Name("j")
			wire.WriteMap(&w, map[string]int{"b": 1, "a<": 2, "": 3}, (*wire.Writer).Int)
			w.End('}')
			w.EndLine()
		}
		line := `{"a":"x","b":-1,"f":{},"h":{"items":[true,false]},"j":{"":3,"a\u003c":2,"b":1}}` + "\n"
		require.Equal(t, line+line, string(w.Bytes))
	})
}

func TestWriterTimes(t *testing.T) {
	zone := time.FixedZone("", -3*60*60-30*60)
	for text, at := range map[string]time.Time{
		"2026-01-02T03:04:05.000Z": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		"0000-01-01T00:00:00.001Z": time.Date(0, 1, 1, 0, 0, 0, 1e6, time.UTC),
		"9999-12-31T23:59:59.999Z": time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		"2026-01-01T01:30:00.120Z": time.Date(2025, 12, 31, 22, 0, 0, 12e7, zone),
		"1969-12-31T23:59:59.999Z": time.UnixMilli(-1),
	} {
		t.Run("JSON-3 "+text, func(t *testing.T) {
			var w wire.Writer
			w.Time(at)
			require.Equal(t, `"`+text+`"`, string(w.Bytes))
			require.Equal(t, `"`+text+`"`, marshaled(t, wire.Time(at)))
		})
	}
	t.Run("JSON-3 years that ISO 8601 cannot represent", func(t *testing.T) {
		for _, year := range []int{-1, 10000, 12345} {
			at := time.Date(year, 2, 3, 4, 5, 6, 0, time.UTC)
			require.Equal(t, at.Format(`"2006-01-02T15:04:05.000Z"`), marshaled(t, wire.Time(at)))
		}
	})
}

// FuzzWriter compares strings and times with encoding/json and package time.
func FuzzWriter(f *testing.F) {
	f.Add("Zoë <a@b>", int64(1767323045123))
	f.Add("\u2028\xff", int64(-62167219200000))
	f.Fuzz(func(t *testing.T, s string, milli int64) {
		require.Equal(t, marshaled(t, s), value(t, s))
		if at := time.UnixMilli(milli).UTC(); wire.Printable(at) {
			require.Equal(t, at.Format(`"2006-01-02T15:04:05.000Z"`), marshaled(t, wire.Time(at)))
		}
	})
}
