package wire

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Scalar converts a member, and reports format if convert fails. An absent member is the zero value. The first name is
// that of the wire, the others are those of the SDK.
//
// The methods below do not call it: inlined into other packages, it would move the names of each call to the heap.
func Scalar[T any](o Object, format string, convert func(*Node) (T, bool), names ...string) T {
	n := o.member(names...)
	if n == nil {
		var none T
		return none
	}
	t, ok := convert(n)
	o.mustBe(ok, format, names)
	return t
}

func (o Object) mustBe(ok bool, format string, names []string) {
	if !ok {
		o.at.report(names[0], format)
	}
}

// Text reads a string.
func (o Object) Text(names ...string) string {
	n := o.member(names...)
	if n == nil {
		return ""
	}
	o.mustBe(n.Kind == KindString, FormatString, names)
	if n.Kind != KindString && n.Kind != KindNumber { // a number is kept, so that no later check reports a missing text
		return ""
	}
	return strings.Clone(n.Text)
}

// Bool reads true or false.
func (o Object) Bool(names ...string) bool {
	n := o.member(names...)
	if n == nil {
		return false
	}
	o.mustBe(n.Kind == KindTrue || n.Kind == KindFalse, FormatBoolean, names)
	return n.Kind == KindTrue
}

// Integer reads a 32-bit integer. It may also be a string of decimal digits, as in protobuf (JSON-9).
func (o Object) Integer(names ...string) int {
	n := o.member(names...)
	if n == nil {
		return 0
	}
	i, ok := 0, false
	if n.Kind == KindNumber || n.Kind == KindString {
		i, ok = ParseInteger(n.Text)
	}
	o.mustBe(ok, FormatInteger, names)
	return i
}

// Float reads a number, which may also be one of the words NaN, Infinity and -Infinity as a string (JSON-9).
func (o Object) Float(names ...string) float64 {
	n := o.member(names...)
	if n == nil {
		return 0
	}
	f, ok := asFloat(n)
	o.mustBe(ok, FormatNumber, names)
	return f
}

// GUID reads an ID; "" is the zero ID (JSON-5).
func (o Object) GUID(names ...string) uuid.UUID {
	n := o.member(names...)
	if n == nil {
		return uuid.Nil
	}
	id, ok := asGUID(n)
	o.mustBe(ok, FormatGUID, names)
	return id
}

// Time reads a time and converts it to UTC, truncated to milliseconds (JSON-3).
func (o Object) Time(names ...string) time.Time {
	n := o.member(names...)
	if n == nil {
		return time.Time{}
	}
	t, ok := asTime(n)
	o.mustBe(ok, FormatTimestamp, names)
	return t
}

// Enum reads a word without checking it (JSON-4).
func Enum[E ~string](o Object, name string) E { return E(o.Text(name)) }

// ParseInteger parses a 32-bit integer in decimal digits.
func ParseInteger(digits string) (int, bool) {
	n, err := strconv.ParseInt(digits, 10, 32)
	return int(n), err == nil && digits[0] != '+'
}

func asFloat(n *Node) (float64, bool) {
	switch n.Kind {
	case KindNumber:
		f, err := strconv.ParseFloat(n.Text, 64)
		return f, err == nil
	case KindString:
		switch n.Text {
		case "NaN":
			return math.NaN(), true
		case "Infinity":
			return math.Inf(1), true
		case "-Infinity":
			return math.Inf(-1), true
		}
	}
	return 0, false
}

// asGUID returns an ID; the empty string is the zero ID.
func asGUID(n *Node) (uuid.UUID, bool) {
	if n.Kind != KindString || n.Text == "" {
		return uuid.Nil, n.Kind == KindString
	}
	return ParseGUID(n.Text)
}

// ParseGUID parses an ID in its form of 36 characters; uuid.Parse also accepts URNs, braces and bare digits.
func ParseGUID(text string) (uuid.UUID, bool) {
	id, err := uuid.Parse(text)
	return id, err == nil && len(text) == 36
}

func asTime(n *Node) (time.Time, bool) {
	if n.Kind != KindString {
		return time.Time{}, false
	}
	t, ok := ParseTime(n.Text)
	return t.UTC().Truncate(time.Millisecond), ok
}

// ParseTime parses an ISO 8601 date and time with a zone, in a year that is Printable. It is stricter than time.Parse,
// which accepts one-digit hours and offsets of more than a day (go.dev/issue/54580).
func ParseTime(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || !Printable(t) || text[len("2006-01-02T15")] != ':' {
		return time.Time{}, false
	}
	zone := text[len(text)-len("07:00"):]
	return t, strings.HasSuffix(text, "Z") || zone < "24" && zone[len("07:"):] < "60"
}

// Time is a time that encodes as in the service: UTC, always with milliseconds (JSON-3).
type Time time.Time

// Printable reports whether ISO 8601 can represent a time: its years are 0 to 9999.
func Printable(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 0 && year <= 9999
}

// IsZero is called by encoding/json for omitzero.
func (t Time) IsZero() bool { return time.Time(t).IsZero() }

// MarshalJSON writes all three digits of the milliseconds; time.Time would drop trailing zeros.
func (t Time) MarshalJSON() ([]byte, error) { return appendTime(nil, time.Time(t)), nil }

func appendTime(text []byte, t time.Time) []byte {
	t = t.UTC()
	if !Printable(t) {
		return t.AppendFormat(text, `"2006-01-02T15:04:05.000Z"`)
	}
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	text = append(text, '"')
	text = appendDigits(text, year, 1000, '-')
	text = appendDigits(text, int(month), 10, '-')
	text = appendDigits(text, day, 10, 'T')
	text = appendDigits(text, hour, 10, ':')
	text = appendDigits(text, minute, 10, ':')
	text = appendDigits(text, second, 10, '.')
	text = appendDigits(text, t.Nanosecond()/1e6, 100, 'Z')
	return append(text, '"')
}

// appendDigits appends a number with leading zeros, and the byte after it. first is the power of ten of its first
// digit.
func appendDigits(text []byte, n, first int, after byte) []byte {
	for power := first; power > 0; power /= 10 {
		text = append(text, byte('0'+n/power%10))
	}
	return append(text, after)
}

// ValidText reports whether a text can be stored: valid UTF-8 without NUL, which ends parts of index keys (VAL-4).
func ValidText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
