// Package match implements the query language: it parses, bounds, writes and evaluates conditions on the fields of
// rows. It is independent of the kinds of rows; users define the fields of each kind as [Columns].
package match

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
)

// Condition joins other conditions, or compares a field with a value. It must not be changed once it is built.
type Condition struct {
	Join  string // And, Or or Not; "" for a comparison
	Parts []*Condition

	Field    string
	Operator string // such as $eq
	Value    any    // nil, bool, string, json.Number, []any or map[string]any: see Value
}

// Values of Condition.Join.
const (
	And = "$and"
	Or  = "$or"
	Not = "$not"
)

// Everything holds for every row.
var Everything = &Condition{Join: And}

// Compare returns a comparison of a field with the JSON form of a Go value.
func Compare(operator, field string, value any) *Condition {
	return &Condition{Operator: operator, Field: field, Value: Value(value)}
}

// Compares reports whether the condition contains a comparison. The condition must be bounded.
func (c *Condition) Compares() bool {
	return c.Join == "" || slices.ContainsFunc(c.Parts, (*Condition).Compares)
}

// Value returns the JSON form of a Go value: nil, bool, string, json.Number or []any. It replaces a value without a
// JSON form by one that no field accepts, and a list beyond the bounds of a condition by one that [Condition.Bounded]
// refuses.
func Value(v any) any {
	return new(converter).value(v, 0)
}

// converter computes the JSON form of a value. It stops at the bounds, because a slice can contain itself.
type converter struct {
	values int // in the lists so far, as countValues counts
}

func (c *converter) value(v any, level int) any {
	switch v := v.(type) {
	case nil:
		return nil
	case json.Number:
		if _, err := json.Marshal(v); err != nil || v == "" { // encoding/json writes "" as 0
			return unfit{}
		}
		return v
	case encoding.TextMarshaler:
		if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
			return nil
		}
		text, err := v.MarshalText()
		if err != nil {
			return unfit{}
		}
		return string(text)
	}
	return c.valueOfKind(reflect.ValueOf(v), level)
}

func (c *converter) valueOfKind(r reflect.Value, level int) any {
	switch {
	case r.Kind() == reflect.String:
		return r.String()
	case r.Kind() == reflect.Bool:
		return r.Bool()
	case r.CanInt():
		return json.Number(strconv.FormatInt(r.Int(), 10))
	case r.CanUint() && r.Kind() != reflect.Uintptr:
		return json.Number(strconv.FormatUint(r.Uint(), 10))
	case r.CanFloat():
		if f := r.Float(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
		}
	case r.Kind() == reflect.Slice:
		return c.list(r, level+1)
	}
	return unfit{}
}

func (c *converter) list(r reflect.Value, level int) any {
	if level == 1 {
		c.values = r.Len()
	} else if c.values += max(0, r.Len()-1); level > DepthMax || c.values > ValuesMax {
		return oversized{}
	}
	list := make([]any, r.Len())
	for i := range list {
		list[i] = c.value(r.Index(i).Interface(), level)
	}
	return list
}

// unfit replaces a Go value without a JSON form.
type unfit struct{}

// MarshalJSON fails.
func (unfit) MarshalJSON() ([]byte, error) { return nil, errUnfit }

// oversized replaces a list that is too large to convert.
type oversized struct{ unfit }

var errUnfit = errors.New("a value of the filter has no form in JSON")

// Texts returns the value if it is a string, or the strings in a list.
func Texts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		texts := make([]string, 0, len(v))
		for _, item := range v {
			if text, ok := item.(string); ok {
				texts = append(texts, text)
			}
		}
		return texts
	default:
		return nil
	}
}

// MarshalJSON returns the condition as an object with one member, which Parse accepts.
func (c *Condition) MarshalJSON() ([]byte, error) {
	switch {
	case c.Join == Not:
		return json.Marshal(map[string]any{Not: c.Parts[0]})
	case c.Join != "":
		return json.Marshal(map[string]any{c.Join: append([]*Condition{}, c.Parts...)})
	case c.Operator == "$eq" && !isObject(c.Value):
		return json.Marshal(map[string]any{c.Field: c.Value})
	default:
		return json.Marshal(map[string]any{c.Field: map[string]any{c.Operator: c.Value}})
	}
}

func isObject(value any) bool {
	_, ok := value.(map[string]any)
	return ok
}

// Bounds of a condition.
const (
	DepthMax      = 100 // levels of conditions, and levels of lists and objects in a value
	ConditionsMax = 1000
	ValuesMax     = 10000
)

// Bounded returns an error of kind [Unsupported] if the condition is too large.
func (c *Condition) Bounded() error {
	conditions, values, levels := 0, 0, 0
	var fits func(c *Condition, depth int) bool
	fits = func(c *Condition, depth int) bool {
		if conditions++; c.Join == "" {
			values += countValues(c.Value)
			levels = max(levels, countLevels(c.Value))
		}
		return depth <= DepthMax && levels <= DepthMax && conditions <= ConditionsMax && values <= ValuesMax &&
			!slices.ContainsFunc(c.Parts, func(part *Condition) bool { return !fits(part, depth+1) })
	}
	if !fits(c, 1) {
		return &Error{Kind: Unsupported, Err: fmt.Errorf(
			"at most %d levels, %d conditions and %d values", DepthMax, ConditionsMax, ValuesMax)}
	}
	return nil
}

// countValues counts the scalars in a value. A list or object within a list counts as at least one.
func countValues(v any) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			n += max(1, countValues(item))
		}
	case map[string]any:
		for _, item := range v {
			n += max(1, countValues(item))
		}
	case oversized:
		n = ValuesMax + 1
	default:
		n = 1
	}
	return n
}

// countLevels counts the levels of lists and objects in a value, 0 for a scalar.
func countLevels(v any) int {
	deepest := 0
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			deepest = max(deepest, countLevels(item))
		}
	case map[string]any:
		for _, item := range v {
			deepest = max(deepest, countLevels(item))
		}
	default:
		return 0
	}
	return deepest + 1
}

// Kind is the kind of an error.
type Kind int

// The kinds of errors.
const (
	Malformed    Kind = iota + 1 // the text is not a condition
	Unsupported                  // there is no such operator, or the condition is too large
	UnknownField                 // there is no such field
	BadOperator                  // the field does not support the operator
	BadValue                     // no row can have the value
	BadValueType                 // the field has values of another type
	BadSort                      // rows cannot be sorted by the field
)

// Error reports the part of a condition, or of a sort, that was refused.
type Error struct {
	Kind     Kind
	Field    string // "" if the error is not about a field
	Operator string // "" if the error is not about an operator
	Err      error  // the reason, may be nil
}

// Error returns the reason. It contains no values.
func (e *Error) Error() string {
	text := "condition refused"
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}
