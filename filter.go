package contacts

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/contactsdb/contacts/internal/wire"
)

// Filter says which contacts are meant, in the query language of the V4 API (FLT-1). The zero Filter means all. Filters are
// made by the functions of this file or by [ParseFilter], combined with [And], [Or] and [Not], and never change. Whether
// fields, operators and values fit is checked where a filter is used, since each store defines its own extended fields.
//
// Fields are called as on the wire: info.name.first, info.emails.email, info.extendedFields.custom.age; FLT-4 lists them
// with their operators. Values are strings, numbers and booleans, and those of types made of them such as
// [SubscriptionStatus], and what writes itself as text (encoding.TextMarshaler) such as time.Time and uuid.UUID.
type Filter struct{ root *condition }

// condition is a filter: others that are joined, or a comparison of a field.
type condition struct {
	join  string // $and, $or, $not; "" for a comparison
	parts []*condition

	field    string
	operator string // as on the wire
	value    any    // as JSON has it: see plainJSON
}

const (
	and = "$and"
	or  = "$or"
	not = "$not"
)

// Bounds of a filter (FLT-8).
const (
	filterDepthMax      = 100
	filterConditionsMax = 1000
	filterValuesMax     = 10000
)

// everything is the condition that holds for all.
var everything = &condition{join: and}

// Eq takes contacts of which a value of the field equals value. Email addresses and locales are compared without regard to
// case, other texts exactly.
func Eq(field string, value any) Filter { return comparison("$eq", field, value) }

// Ne takes contacts of which no value of the field equals value, those without a value included.
func Ne(field string, value any) Filter { return comparison("$ne", field, value) }

// Gt takes contacts whose value is greater, or later.
func Gt(field string, value any) Filter { return comparison("$gt", field, value) }

// Gte takes contacts whose value is greater, later or equal.
func Gte(field string, value any) Filter { return comparison("$gte", field, value) }

// Lt takes contacts whose value is less, or earlier.
func Lt(field string, value any) Filter { return comparison("$lt", field, value) }

// Lte takes contacts whose value is less, earlier or equal.
func Lte(field string, value any) Filter { return comparison("$lte", field, value) }

// In takes contacts of which a value of the field is among values.
func In[T any](field string, values ...T) Filter { return comparison("$in", field, values) }

// Nin takes contacts of which no value of the field is among values.
func Nin[T any](field string, values ...T) Filter { return comparison("$nin", field, values) }

// HasSome takes contacts whose list has one of values at least.
func HasSome[T any](field string, values ...T) Filter { return comparison("$hasSome", field, values) }

// HasAll takes contacts whose list has all of values.
func HasAll[T any](field string, values ...T) Filter { return comparison("$hasAll", field, values) }

// Exists takes contacts that have a value in the field, or, with exists false, those that have none.
func Exists(field string, exists bool) Filter { return comparison("$exists", field, exists) }

// StartsWith takes contacts of which a value of the field begins with prefix. Case does not count.
func StartsWith(field, prefix string) Filter { return comparison("$startsWith", field, prefix) }

func comparison(operator, field string, value any) Filter {
	return Filter{&condition{operator: operator, field: field, value: plainJSON(value)}}
}

// And takes contacts that all filters take; without filters, all.
func And(filters ...Filter) Filter { return Filter{junction(and, filters)} }

// Or takes contacts that one of the filters takes at least; without filters, none.
func Or(filters ...Filter) Filter { return Filter{junction(or, filters)} }

// Not takes contacts that f does not take.
func Not(f Filter) Filter { return Filter{junction(not, []Filter{f})} }

func junction(join string, filters []Filter) *condition {
	c := &condition{join: join}
	for _, f := range filters {
		part := f.root
		if part == nil {
			part = everything
		}
		c.parts = append(c.parts, part)
	}
	return c
}

// IsZero reports whether the filter is the zero Filter, or was parsed from {}.
func (f Filter) IsZero() bool { return f.root == nil }

// compares reports whether the filter has a condition on a field.
func (f Filter) compares() bool {
	var compares func(c *condition) bool
	compares = func(c *condition) bool { return c.join == "" || slices.ContainsFunc(c.parts, compares) }
	return f.root != nil && (f.root.bounded() != nil || compares(f.root)) // one that is too large is refused elsewhere
}

// plainJSON returns v as JSON has it: nil, bool, string, json.Number, []any. What is none of these becomes an unfit, which no
// field takes.
func plainJSON(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case json.Number:
		if !json.Valid([]byte(v)) {
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
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String:
		return r.String()
	case reflect.Bool:
		return r.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return json.Number(strconv.FormatInt(r.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return json.Number(strconv.FormatUint(r.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		if f := r.Float(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
		}
	case reflect.Slice:
		list := make([]any, r.Len())
		for i := range list {
			list[i] = plainJSON(r.Index(i).Interface())
		}
		return list
	}
	return unfit{}
}

// unfit stands for a Go value that is no value of a filter.
type unfit struct{}

// MarshalJSON fails: there is nothing to write.
func (unfit) MarshalJSON() ([]byte, error) { return nil, errUnfit }

var errUnfit = errors.New("contacts: a value of the filter has no form in JSON")

// MarshalJSON writes the filter as [ParseFilter] reads it.
func (f Filter) MarshalJSON() ([]byte, error) {
	if f.root == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(f.root)
}

// MarshalJSON writes a condition as an object of one member.
func (c *condition) MarshalJSON() ([]byte, error) {
	switch {
	case c.join == not:
		return json.Marshal(map[string]any{not: c.parts[0]})
	case c.join != "":
		return json.Marshal(map[string]any{c.join: append([]*condition{}, c.parts...)})
	case c.operator == "$eq" && !isObject(c.value):
		return json.Marshal(map[string]any{c.field: c.value})
	default:
		return json.Marshal(map[string]any{c.field: map[string]any{c.operator: c.value}})
	}
}

func isObject(value any) bool {
	_, ok := value.(map[string]any)
	return ok
}

// UnmarshalJSON is [ParseFilter], but that null leaves the filter as it is, by the convention of encoding/json.
func (f *Filter) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	parsed, err := ParseFilter(text)
	if err == nil {
		*f = parsed
	}
	return err
}

// ParseFilter reads a filter in the API query language (FLT-1 to FLT-3):
//
//	{"info.name.last": "Doe", "createdDate": {"$gte": "2026-01-01T00:00:00Z"}}
//	{"$or": [{"info.labelKeys": {"$hasSome": ["custom.vip"]}}, {"$not": {"info.emails.email": {"$exists": true}}}]}
//
// Errors, each with a [QueryError]: MALFORMED_FILTER, UNSUPPORTED_FILTER. Fields, operators and values are checked where
// the filter is used.
func ParseFilter(text []byte) (Filter, error) {
	type result struct {
		filter Filter
		err    error
	}
	r, err := wire.Read(string(text), "", func(v wire.Value) result {
		f, err := readFilter(v)
		return result{f, err}
	})
	if err != nil {
		return Filter{}, &Error{Code: ErrMalformedFilter, Err: fmt.Errorf("%w: %w", &QueryError{}, errors.Unwrap(err))}
	}
	return r.filter, r.err
}

func readFilter(v wire.Value) (Filter, error) {
	switch {
	case v.Kind() != wire.KindObject:
		return Filter{}, malformed("", "")
	case len(v.Node().Children) == 0:
		return Filter{}, nil
	}
	root, err := parseConditions(v.Node(), "")
	if err == nil {
		err = root.bounded()
	}
	if err != nil {
		return Filter{}, err
	}
	return Filter{root}, nil
}

func malformed(field, operator string) error {
	return &Error{Code: ErrMalformedFilter, Err: &QueryError{Field: field, Operator: operator}}
}

// parseConditions reads an object of conditions, all of which must hold. It stands behind an operator, "" at the top.
func parseConditions(v *wire.Node, behind string) (*condition, error) {
	if v.Kind != wire.KindObject {
		return nil, malformed("", behind)
	}
	all := &condition{join: and}
	times := timesOf(v)
	for i := range v.Children {
		child := &v.Children[i]
		var part *condition
		var err error
		switch name := strings.Clone(child.Name); {
		case times[name] > 1:
			err = malformed(name, "")
		case name == and || name == or:
			part, err = parseJunction(child, name)
		case name == not:
			part, err = parseConditions(child, name)
			part = &condition{join: not, parts: []*condition{part}}
		case strings.HasPrefix(name, "$"):
			err = &Error{Code: ErrUnsupportedFilter, Err: &QueryError{Operator: name}}
		default:
			part, err = parseComparisons(child, name)
		}
		if err != nil {
			return nil, err
		}
		all.parts = append(all.parts, part)
	}
	return all.simple(), nil
}

// simple returns the only part of a junction that has no other.
func (c *condition) simple() *condition {
	if len(c.parts) == 1 {
		return c.parts[0]
	}
	return c
}

func parseJunction(v *wire.Node, join string) (*condition, error) {
	if v.Kind != wire.KindArray {
		return nil, malformed("", join)
	}
	c := &condition{join: join}
	for i := range v.Children {
		part, err := parseConditions(&v.Children[i], join)
		if err != nil {
			return nil, err
		}
		c.parts = append(c.parts, part)
	}
	return c, nil
}

// parseComparisons reads what is said of a field: a value that it equals, or an object of operators that all must hold.
func parseComparisons(v *wire.Node, field string) (*condition, error) {
	if v.Kind != wire.KindObject {
		return &condition{operator: "$eq", field: field, value: jsonOf(v)}, nil
	}
	if len(v.Children) == 0 {
		return nil, malformed(field, "")
	}
	all := &condition{join: and}
	times := timesOf(v)
	for i := range v.Children {
		child := &v.Children[i]
		operator := strings.Clone(child.Name)
		if !strings.HasPrefix(operator, "$") || times[operator] > 1 {
			return nil, malformed(field, operator)
		}
		all.parts = append(all.parts, &condition{operator: operator, field: field, value: jsonOf(child)})
	}
	return all.simple(), nil
}

// timesOf tells how often each name comes in an object.
func timesOf(n *wire.Node) map[string]int {
	times := make(map[string]int, len(n.Children))
	for i := range n.Children {
		times[n.Children[i].Name]++
	}
	return times
}

// jsonOf returns a value that outlives its parser.
func jsonOf(v *wire.Node) any {
	switch v.Kind {
	case wire.KindTrue, wire.KindFalse:
		return v.Kind == wire.KindTrue
	case wire.KindNumber:
		return json.Number(strings.Clone(v.Text))
	case wire.KindString:
		return strings.Clone(v.Text)
	case wire.KindArray:
		list := make([]any, len(v.Children))
		for i := range list {
			list[i] = jsonOf(&v.Children[i])
		}
		return list
	case wire.KindObject:
		members := make(map[string]any, len(v.Children))
		for i := range v.Children {
			members[strings.Clone(v.Children[i].Name)] = jsonOf(&v.Children[i])
		}
		return members
	default:
		return nil
	}
}

// bounded reports a filter that is too large (FLT-8).
func (c *condition) bounded() error {
	conditions, values := 0, 0
	var fits func(c *condition, depth int) bool
	fits = func(c *condition, depth int) bool {
		if conditions++; c.join == "" {
			values += countValues(c.value)
		}
		return depth <= filterDepthMax && conditions <= filterConditionsMax && values <= filterValuesMax &&
			!slices.ContainsFunc(c.parts, func(part *condition) bool { return !fits(part, depth+1) })
	}
	if !fits(c, 1) {
		return &Error{Code: ErrUnsupportedFilter, Err: fmt.Errorf("%w: at most %d levels, %d conditions and %d values",
			&QueryError{}, filterDepthMax, filterConditionsMax, filterValuesMax)}
	}
	return nil
}

// countValues counts the scalars in a value; a list or object within a list counts as one at least.
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
	default:
		n = 1
	}
	return n
}

// Sort is a field to sort by, called as in filters.
type Sort struct {
	Field string    // at most 100 characters
	Order SortOrder // "" means SortAsc
}
