package contacts

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/contactsdb/contacts/internal/match"
)

// Filter says which contacts are meant, in the query language of the V4 API (FLT-1). The zero Filter means all. Filters are
// made by the functions of this file or by [ParseFilter], combined with [And], [Or] and [Not], and never change. Whether
// fields, operators and values fit is checked where a filter is used, since each store defines its own extended fields.
//
// Fields are called as on the wire: info.name.first, info.emails.email, info.extendedFields.custom.age; FLT-4 lists them
// with their operators. Values are strings, numbers and booleans, and those of types made of them such as
// [SubscriptionStatus], and what writes itself as text (encoding.TextMarshaler) such as time.Time and uuid.UUID.
type Filter struct{ root *match.Condition }

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
	return Filter{match.Compare(operator, field, value)}
}

// And takes contacts that all filters take; without filters, all.
func And(filters ...Filter) Filter { return Filter{junction(match.And, filters)} }

// Or takes contacts that one of the filters takes at least; without filters, none.
func Or(filters ...Filter) Filter { return Filter{junction(match.Or, filters)} }

// Not takes contacts that f does not take.
func Not(f Filter) Filter { return Filter{junction(match.Not, []Filter{f})} }

func junction(join string, filters []Filter) *match.Condition {
	c := &match.Condition{Join: join}
	for _, f := range filters {
		c.Parts = append(c.Parts, cmp.Or(f.root, match.Everything))
	}
	return c
}

// IsZero reports whether the filter is the zero Filter, or was parsed from {}.
func (f Filter) IsZero() bool { return f.root == nil }

// compares reports whether the filter has a condition on a field. It does so for one that is too large, which is refused
// where it is used.
func (f Filter) compares() bool {
	return f.root != nil && (f.root.Bounded() != nil || f.root.Compares())
}

// MarshalJSON writes the filter as [ParseFilter] reads it.
func (f Filter) MarshalJSON() ([]byte, error) {
	if f.root == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(f.root)
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
	root, err := match.Parse(text)
	if err != nil {
		return Filter{}, filterCodes{}.translate(err)
	}
	return Filter{root}, nil
}

// filterCodes are the codes for the errors of filters and sorts that depend on the kind of rows.
type filterCodes struct {
	unknownField, badValueType, badSort Code
}

// translate returns an error of package match as one of this package, nil for nil.
func (codes filterCodes) translate(err error) error {
	refused, ok := err.(*match.Error)
	if !ok {
		return err
	}
	at := &QueryError{Field: refused.Field, Operator: refused.Operator}
	if refused.Err != nil {
		return &Error{Code: codes.of(refused.Kind), Err: fmt.Errorf("%w: %w", at, refused.Err)}
	}
	return &Error{Code: codes.of(refused.Kind), Err: at}
}

func (codes filterCodes) of(kind match.Kind) Code {
	switch kind {
	case match.Malformed:
		return ErrMalformedFilter
	case match.Unsupported:
		return ErrUnsupportedFilter
	case match.UnknownField:
		return codes.unknownField
	case match.BadOperator:
		return ErrFilterOperator
	case match.BadValue:
		return ErrFilterValue
	case match.BadValueType:
		return codes.badValueType
	default:
		return codes.badSort
	}
}

// Sort is a field to sort by, called as in filters.
type Sort struct {
	Field string    // at most 100 characters
	Order SortOrder // "" means SortAsc
}
