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

type word string

func (w word) Valid() bool { return w == "KNOWN" }

func TestScalars(t *testing.T) {
	text := func(o wire.Object) any { return o.Text("a", "b") }
	flag := func(o wire.Object) any { return o.Bool("a", "b") }
	integer := func(o wire.Object) any { return o.Integer("a", "b") }
	float := func(o wire.Object) any { return o.Float("a", "b") }
	guid := func(o wire.Object) any { return o.GUID("a", "b") }
	moment := func(o wire.Object) any { return o.Time("a", "b") }
	enum := func(o wire.Object) any { return wire.Enum[word](o, "a") }
	length := func(o wire.Object) any {
		convert := func(n *wire.Node) (int, bool) { return len(n.Text), len(n.Text) < 5 }
		return wire.Scalar(o, "LENGTH", convert, "a", "b")
	}
	day := func(ms int) time.Time { return time.Date(2026, 1, 2, 3, 4, 5, ms*1e6, time.UTC) }
	for _, tc := range []struct {
		name string
		read func(wire.Object) any
		text string // of a
		want any
	}{
		{"a text", text, `"x\n\u00e9"`, "x\né"}, {"an empty text", text, `""`, ""},
		{"JSON-6 no text", text, `null`, ""},
		{"true", flag, `true`, true}, {"false", flag, `false`, false}, {"JSON-6 no flag", flag, `null`, false},
		{"an integer", integer, `-12`, -12}, {"JSON-9 digits", integer, `"12"`, 12},
		{"JSON-9 a sign", integer, `"-12"`, -12},
		{"JSON-9 32 bits", integer, `2147483647`, math.MaxInt32}, {"JSON-6 no integer", integer, `null`, 0},
		{"a number", float, `-1.5e1`, -15.0}, {"JSON-9 Infinity", float, `"Infinity"`, math.Inf(1)},
		{"JSON-9 minus Infinity", float, `"-Infinity"`, math.Inf(-1)}, {"JSON-6 no number", float, `null`, 0.0},
		{"an ID", guid, `"11111111-2222-3333-4444-5555abcdef00"`, id},
		{"JSON-5 capitals", guid, `"11111111-2222-3333-4444-5555ABCDEF00"`, id},
		{"JSON-5 an empty ID", guid, `""`, uuid.Nil}, {"JSON-6 no ID", guid, `null`, uuid.Nil},
		{"JSON-3 a time", moment, `"2026-01-02T03:04:05Z"`, day(0)},
		{"JSON-3 a zone", moment, `"2026-01-02T04:34:05.6789+01:30"`, day(678)},
		{"JSON-3 a far zone", moment, `"2026-01-01T03:05:05-23:59"`, day(0)},
		{"JSON-3 the first year", moment, `"0000-01-01T00:00:00Z"`, time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"JSON-3 no time", moment, `null`, time.Time{}},
		{"JSON-4 a word", enum, `"KNOWN"`, word("KNOWN")},
		{"JSON-4 an unknown word", enum, `"unknown"`, word("unknown")},
		{"JSON-4 no word", enum, `null`, word("")},
		{"a scalar of another kind", length, `[1]`, 3}, {"no scalar of another kind", length, `null`, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, problems := read(`{"a":`+tc.text+`}`, tc.read)
			require.Empty(t, problems)
			require.Equal(t, tc.want, got)
		})
	}
	t.Run("JSON-9 NaN", func(t *testing.T) {
		got, problems := read(`{"a":"NaN"}`, float)
		require.Empty(t, problems)
		require.True(t, math.IsNaN(got.(float64)))
	})
	t.Run("JSON-1 the name of the wire wins, even if it is null", func(t *testing.T) {
		for want, in := range map[string]string{
			"a": `{"b":"b","a":"a"}`, "b": `{"b":"b","A":"x"}`, "": `{"b":"b","a":null}`,
		} {
			got, problems := read(in, text)
			require.Empty(t, problems)
			require.Equal(t, want, got)
		}
	})
	for format, tc := range map[string]struct {
		read  func(wire.Object) any
		texts []string
	}{
		wire.FormatString:  {text, []string{`1`, `true`, `[]`, `{}`}},
		wire.FormatBoolean: {flag, []string{`"true"`, `0`, `[]`, `{}`}},
		wire.FormatInteger: {integer, []string{
			`1.0`, `1e1`, `2147483648`, `""`, `"+1"`, `"1.0"`, `" 1"`, `true`, `[1]`, `{}`, `"１"`,
		}},
		wire.FormatNumber: {float, []string{`"1"`, `""`, `"nan"`, `1e999`, `true`, `[]`, `{}`}},
		wire.FormatGUID: {guid, []string{
			`"{11111111-2222-3333-4444-5555abcdef00}"`, `"urn:uuid:11111111-2222-3333-4444-5555abcdef00"`,
			`"111111112222333344445555abcdef00"`, `"11111111-2222-3333-4444-5555abcdef0g"`, `" "`, `1`, `{}`,
		}},
		wire.FormatTimestamp: {moment, []string{
			`""`, `"2026-01-02"`, `"2026-01-02T03:04:05"`, `"2026-01-02T3:04:05Z"`, `"2026-01-02T03:04:05+24:00"`,
			`"2026-01-02T03:04:05+23:60"`, `"0000-01-01T00:00:00+00:01"`, `"9999-12-31T23:59:59-00:01"`,
			`"2026-02-30T03:04:05Z"`, `1767323045`, `{}`,
		}},
		"LENGTH": {length, []string{`"12345"`, `[1,2]`}},
	} {
		for _, in := range tc.texts {
			for _, name := range []string{"a", "b"} {
				t.Run("JSON-6 "+format+" "+name+" "+in, func(t *testing.T) {
					got, problems := read(`{"`+name+`":`+in+`}`, tc.read)
					require.Equal(t, []wire.Problem{{Path: "o.a", Format: format}}, problems)
					require.Nil(t, got) // the zero value
				})
			}
		}
	}
}

func TestTime(t *testing.T) {
	type shape struct {
		At wire.Time `json:"at,omitzero"`
	}
	for _, tc := range []struct {
		name string
		at   time.Time
		want string
	}{
		{"JSON-3 trailing zeros are written", time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC),
			`{"at":"2026-01-02T03:04:05.600Z"}`},
		{"JSON-3 whole seconds", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), `{"at":"2026-01-02T03:04:05.000Z"}`},
		{"JSON-3 UTC, truncated to milliseconds", time.Date(2026, 1, 2, 3, 4, 5, 999_999_999, time.FixedZone("", 3600)),
			`{"at":"2026-01-02T02:04:05.999Z"}`},
		{"JSON-2 no time", time.Time{}, `{}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := json.Marshal(shape{wire.Time(tc.at)})
			require.NoError(t, err)
			require.Equal(t, tc.want, string(got))
		})
	}
}
