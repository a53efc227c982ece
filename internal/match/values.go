package match

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/wire"
)

// values defines how a column with values of type V reads and compares them.
type values[T any, V comparable] struct {
	any     func(row T, is func(V) bool) bool // reports whether is holds for any value of the row
	parse   func(v any) (V, Kind)             // converts the value of a condition
	compare func(a, b V) int                  // nil if values have no order
	prefix  func(prefix string) func(V) bool  // reports whether values begin with prefix; nil if they are not texts
}

// test returns the test of one operator. It holds for rows with any matching value; $ne and $nin hold for rows without
// any value equal to those given.
func (vs values[T, V]) test(op Operators, given any) (func(T) bool, Kind) {
	switch op {
	case OpExists:
		return vs.exists(given)
	case OpStartsWith:
		return vs.startsWith(given)
	case OpIn, OpNin, OpHasSome, OpHasAll:
		return vs.testList(op, given)
	}
	want, kind := vs.parse(given)
	if kind != 0 {
		return nil, kind
	}
	switch op {
	case OpNe:
		return vs.none(func(v V) bool { return v == want }), 0
	case OpGt:
		return vs.some(func(v V) bool { return vs.compare(v, want) > 0 }), 0
	case OpGte:
		return vs.some(func(v V) bool { return vs.compare(v, want) >= 0 }), 0
	case OpLt:
		return vs.some(func(v V) bool { return vs.compare(v, want) < 0 }), 0
	case OpLte:
		return vs.some(func(v V) bool { return vs.compare(v, want) <= 0 }), 0
	default:
		return vs.some(func(v V) bool { return v == want }), 0
	}
}

func (vs values[T, V]) some(is func(V) bool) func(T) bool {
	return func(row T) bool { return vs.any(row, is) }
}

func (vs values[T, V]) none(is func(V) bool) func(T) bool {
	return func(row T) bool { return !vs.any(row, is) }
}

func (vs values[T, V]) exists(given any) (func(T) bool, Kind) {
	want, ok := given.(bool)
	if !ok {
		return nil, BadValueType
	}
	return func(row T) bool { return vs.any(row, func(V) bool { return true }) == want }, 0
}

func (vs values[T, V]) startsWith(given any) (func(T) bool, Kind) {
	prefix, kind := parseText(given)
	if kind != 0 {
		return nil, kind
	}
	return vs.some(vs.prefix(prefix)), 0
}

func (vs values[T, V]) testList(op Operators, given any) (func(T) bool, Kind) {
	list, kind := vs.parseList(given)
	switch {
	case kind != 0:
		return nil, kind
	case op == OpNin:
		return vs.none(oneOf(list)), 0
	case op != OpHasAll:
		return vs.some(oneOf(list)), 0
	}
	return func(row T) bool {
		for _, want := range list {
			if !vs.any(row, func(v V) bool { return v == want }) {
				return false
			}
		}
		return true
	}, 0
}

// parseList converts a list of values. It drops repeated values, because each would be compared with every row.
func (vs values[T, V]) parseList(given any) ([]V, Kind) {
	items, ok := given.([]any)
	if !ok {
		return nil, BadValueType
	}
	list := make([]V, len(items))
	for i, item := range items {
		var kind Kind
		if list[i], kind = vs.parse(item); kind != 0 {
			return nil, kind
		}
	}
	if len(list) < 2 {
		return list, 0
	}
	seen := make(map[V]bool, len(list))
	return slices.DeleteFunc(list, func(v V) bool {
		repeated := seen[v]
		seen[v] = true
		return repeated
	}), 0
}

// oneOf returns a test that holds for the values in a list.
func oneOf[V comparable](list []V) func(V) bool {
	const few = 8 // up to this length a scan is faster than a map
	if len(list) <= few {
		return func(v V) bool { return slices.Contains(list, v) }
	}
	set := make(map[V]bool, len(list))
	for _, v := range list {
		set[v] = true
	}
	return func(v V) bool { return set[v] }
}

// Any reports whether is holds for any value of a row.
type Any[T, V any] = func(row T, is func(V) bool) bool

// Form is the form in which the texts of a column are compared.
type Form struct {
	Text func(string) string // texts are equal if they have the same form
	Rune func(rune) rune     // folds each character of a text and of the value of $startsWith
}

// Forms of texts. $startsWith ignores case in both.
var (
	Exact  = Form{func(s string) string { return s }, fold.Rune} // case counts
	Folded = Form{fold.Case, fold.Rune}                          // case is ignored
)

// Prefix returns the beginning of the forms of all texts that begin with prefix, if forms are made character by
// character as in Folded.
func (f Form) Prefix(prefix string) string { return strings.Map(f.Rune, prefix) }

// TextList returns a column with any number of texts per row: anyOf must pass them to its test in their form.
func TextList[T any](supported Operators, form Form, anyOf Any[T, string]) *Column[T] {
	return checkedTexts(supported, form, anyOf, func(string) bool { return true })
}

// checkedTexts returns a column with any number of texts per row. Conditions must compare with valid texts.
func checkedTexts[T any](
	supported Operators, form Form, anyOf Any[T, string], valid func(string) bool,
) *Column[T] {
	vs := values[T, string]{
		any: anyOf,
		parse: func(v any) (string, Kind) {
			text, kind := parseText(v)
			if kind == 0 && !valid(text) {
				kind = BadValue
			}
			return form.Text(text), kind
		},
		compare: strings.Compare,
		prefix: func(prefix string) func(string) bool {
			prefix = form.Prefix(prefix)
			return func(s string) bool { return hasFoldedPrefix(s, prefix, form.Rune) }
		},
	}
	return &Column[T]{operators: supported, test: vs.test}
}

// one returns the Any of a column with one text per row, "" if the row has no value.
func one[T any, S ~string](get func(T) S, form Form) Any[T, string] {
	return func(row T, is func(string) bool) bool {
		v := get(row)
		return v != "" && is(form.Text(string(v)))
	}
}

// Text returns a column with one text per row, "" if the row has no value.
func Text[T any](supported Operators, get func(T) string) *Column[T] {
	return FormText(supported, Exact, get)
}

// FormText returns a column with one text per row, which is compared in a form.
func FormText[T any](supported Operators, form Form, get func(T) string) *Column[T] {
	return TextList(supported, form, one(get, form))
}

// SortedText returns a column with one text per row, by which rows can be sorted.
func SortedText[T any](supported Operators, get func(T) string) *Column[T] {
	return Text(supported, get).ByText(get)
}

// Enum returns a column with one word of an enum per row.
func Enum[T any, E interface {
	~string
	Valid() bool
}](supported Operators, get func(T) E) *Column[T] {
	return Word(supported, get, E.Valid)
}

// Word returns a column with one word per row. Conditions must compare with valid words.
func Word[T any, E ~string](supported Operators, get func(T) E, valid func(E) bool) *Column[T] {
	return checkedTexts(supported, Exact, one(get, Exact), func(s string) bool { return valid(E(s)) })
}

// Time returns a column with one time per row, the zero time if the row has no value. Times are equal if they are the
// same instant.
func Time[T any](supported Operators, get func(T) time.Time) *Column[T] {
	vs := values[T, instant]{
		any: func(row T, is func(instant) bool) bool {
			t := get(row)
			return !t.IsZero() && is(instantOf(t))
		},
		parse:   func(v any) (instant, Kind) { return parseAs(v, parseInstant) },
		compare: instant.compare,
	}
	return &Column[T]{operators: supported, test: vs.test}
}

// instant is a time that can be compared with ==.
type instant struct {
	second     int64
	nanosecond int
}

func instantOf(t time.Time) instant { return instant{t.Unix(), t.Nanosecond()} }

func (i instant) compare(o instant) int {
	return cmp.Or(cmp.Compare(i.second, o.second), cmp.Compare(i.nanosecond, o.nanosecond))
}

func parseInstant(text string) (instant, bool) {
	t, ok := wire.ParseTime(text)
	return instantOf(t), ok
}

// Number returns a column with one number per row. get also reports whether the row has a value.
func Number[T any](supported Operators, get func(T) (float64, bool)) *Column[T] {
	vs := values[T, float64]{
		any: func(row T, is func(float64) bool) bool {
			v, ok := get(row)
			return ok && is(v)
		},
		parse:   parseNumber,
		compare: cmp.Compare[float64],
	}
	return &Column[T]{operators: supported, test: vs.test}
}

// GUIDs returns a column with any number of IDs per row.
func GUIDs[T any](supported Operators, anyOf Any[T, uuid.UUID]) *Column[T] {
	vs := values[T, uuid.UUID]{
		any:   anyOf,
		parse: func(v any) (uuid.UUID, Kind) { return parseAs(v, wire.ParseGUID) },
	}
	return &Column[T]{operators: supported, test: vs.test}
}

// Unusable returns a column by which rows can be neither filtered nor sorted.
func Unusable[T any]() *Column[T] { return &Column[T]{} }

func parseNumber(v any) (float64, Kind) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, BadValueType
	}
	f, err := n.Float64()
	if err != nil {
		return 0, BadValue
	}
	return f, 0
}

func parseText(v any) (string, Kind) {
	return parseAs(v, func(text string) (string, bool) { return text, wire.ValidText(text) })
}

// parseAs parses a value that must be a string.
func parseAs[V any](v any, parse func(string) (V, bool)) (V, Kind) {
	var none V
	text, ok := v.(string)
	if !ok {
		return none, BadValueType
	}
	value, ok := parse(text)
	if !ok {
		return none, BadValue
	}
	return value, 0
}
