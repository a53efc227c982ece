package contacts

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/contactsdb/contacts/internal/match"
)

// Filter selects contacts, in the query language of the V4 API (FLT-1). The zero Filter matches every contact.
// Functions such as [Eq] and [ParseFilter] make filters; [And], [Or] and [Not] combine them. A Filter is immutable
// and safe for concurrent use. Fields, operators and values are checked where a filter is used, because each store
// defines its own extended fields.
//
// Values are strings, numbers, booleans, values of named types of these such as [SubscriptionStatus], and values that
// implement encoding.TextMarshaler such as time.Time and uuid.UUID.
//
// # Fields of contacts
//
// Contacts can be filtered by these fields, with these operators (FLT-4), and sorted by those marked "sort" (QRY-2):
//
//	id                                                           $eq $ne $in $exists
//	createdDate                                                  $eq $ne $gt $gte $lt $lte        sort
//	updatedDate                                                  $eq $ne $gt $gte $lt $lte
//	lastActivity.activityDate                                    $eq $ne $gt $gte $lt $lte        sort
//	primaryInfo.email                                            $eq $ne $in $exists $startsWith  sort
//	primaryInfo.phone                                            $eq $ne $in $exists $startsWith
//	primaryEmail.email                                           $eq $ne $in $exists $startsWith  sort
//	primaryEmail.subscriptionStatus                              $eq $ne $in $nin
//	primaryEmail.deliverabilityStatus                            $eq $ne $in $nin
//	primaryPhone.phone                                           $eq $ne $in $exists $startsWith
//	primaryPhone.e164Phone                                       $eq $ne $in $exists $startsWith
//	primaryPhone.formattedPhone                                  $eq $ne $in $exists $startsWith  sort
//	primaryPhone.countryCode                                     $eq $ne $in $exists $startsWith  sort
//	primaryPhone.subscriptionStatus                              $eq $ne $in $nin
//	info.name.first                                              $eq $ne $in $exists $startsWith  sort
//	info.name.last                                               $eq $ne $in $exists $startsWith  sort
//	info.emails.email                                            $eq $ne $in $exists $startsWith
//	info.phones.phone                                            $eq $ne $in $exists $startsWith
//	info.phones.e164Phone                                        $eq $ne $in $exists $startsWith
//	info.addresses.street                                        $eq $ne $in $exists $startsWith
//	info.addresses.city                                          $eq $ne $in $exists $startsWith
//	info.addresses.subdivision                                   $eq $ne $in $exists
//	info.addresses.country                                       $eq $ne $in $exists
//	info.company                                                 $eq $ne $in $exists $startsWith  sort
//	info.jobTitle                                                $eq $ne $in $exists $startsWith  sort
//	info.birthdate                                               $eq $ne $gt $gte $lt $lte        sort
//	info.locale                                                  $eq $ne $in $exists
//	info.labelKeys                                               $hasSome $hasAll
//	info.locations                                               $hasSome $hasAll
//	info.extendedFields.KEY (TEXT)                               $eq $ne $in $startsWith          sort
//	info.extendedFields.KEY (URL)                                $eq $ne $in $startsWith          sort
//	info.extendedFields.KEY (NUMBER)                             $eq $ne $gt $gte $lt $lte        sort
//	info.extendedFields.KEY (DATE)                               $eq $ne $gt $gte $lt $lte        sort
//	info.extendedFields.members.membershipStatus                 $eq $ne $in $nin
//	info.extendedFields.emailSubscriptions.subscriptionStatus    $eq $ne $in $nin
//	info.extendedFields.emailSubscriptions.deliverabilityStatus  $eq $ne $in $nin
//	info.extendedFields.emailSubscriptions.effectiveEmail        $exists                          sort
//	info.extendedFields.invoices.vatId                           none
//
// KEY is the key of an extended field. Extended fields of the system have the operators of their type unless listed
// here. The operator $begins is $startsWith, and $hasSome is $in in fields that support $in.
type Filter struct{ root *match.Condition }

// LogValue returns the fields and operators of the first comparisons, without values (ERR-5).
func (f Filter) LogValue() slog.Value {
	terms := []string{}
	todo := []*match.Condition{f.root}
	for visited := 0; len(todo) > 0 && visited < loggedMax; visited++ {
		c := todo[0]
		todo = todo[1:]
		switch {
		case c == nil:
		case c.Join != "":
			todo = append(todo, c.Parts...)
		default:
			terms = append(terms, (&QueryError{Field: c.Field, Operator: c.Operator}).Error())
		}
	}
	return slog.AnyValue(terms)
}

// loggedMax is the number of conditions of a filter that a log considers, because it can have millions.
const loggedMax = 20

// Eq matches contacts with any value of the field equal to value. Email addresses and locales are compared without
// regard to case, other texts exactly.
func Eq(field string, value any) Filter { return comparison("$eq", field, value) }

// Ne matches contacts with no value of the field equal to value, including contacts without a value.
func Ne(field string, value any) Filter { return comparison("$ne", field, value) }

// Gt matches contacts whose value is greater or later than value.
func Gt(field string, value any) Filter { return comparison("$gt", field, value) }

// Gte matches contacts whose value is greater than, later than or equal to value.
func Gte(field string, value any) Filter { return comparison("$gte", field, value) }

// Lt matches contacts whose value is less or earlier than value.
func Lt(field string, value any) Filter { return comparison("$lt", field, value) }

// Lte matches contacts whose value is less than, earlier than or equal to value.
func Lte(field string, value any) Filter { return comparison("$lte", field, value) }

// In matches contacts with any value of the field among values.
func In[T any](field string, values ...T) Filter { return comparison("$in", field, values) }

// Nin matches contacts with no value of the field among values.
func Nin[T any](field string, values ...T) Filter { return comparison("$nin", field, values) }

// HasSome matches contacts whose list contains at least one of values.
func HasSome[T any](field string, values ...T) Filter { return comparison("$hasSome", field, values) }

// HasAll matches contacts whose list contains all of values.
func HasAll[T any](field string, values ...T) Filter { return comparison("$hasAll", field, values) }

// Exists matches contacts that have a value in the field or, if exists is false, those that have none.
func Exists(field string, exists bool) Filter { return comparison("$exists", field, exists) }

// StartsWith matches contacts with any value of the field beginning with prefix, without regard to case.
func StartsWith(field, prefix string) Filter { return comparison("$startsWith", field, prefix) }

func comparison(operator, field string, value any) Filter {
	return Filter{match.Compare(operator, field, value)}
}

// And matches contacts that all filters match; without filters, every contact.
func And(filters ...Filter) Filter { return Filter{junction(match.And, filters)} }

// Or matches contacts that at least one of the filters matches; without filters, none.
func Or(filters ...Filter) Filter { return Filter{junction(match.Or, filters)} }

// Not matches contacts that f does not match.
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

// compares reports whether the filter has a condition on a field. It also reports true for a filter that is too large,
// which is refused where it is used.
func (f Filter) compares() bool {
	return f.root != nil && (f.root.Bounded() != nil || f.root.Compares())
}

// MarshalJSON writes the filter in the form that [ParseFilter] reads.
func (f Filter) MarshalJSON() ([]byte, error) {
	if f.root == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(f.root)
}

// UnmarshalJSON reads a filter like [ParseFilter], except that null leaves the filter unchanged, as is the convention
// of encoding/json.
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
// Errors, each with a [QueryError]: MALFORMED_FILTER, UNSUPPORTED_FILTER. Fields, operators for fields and values are
// checked where the filter is used.
func ParseFilter(text []byte) (Filter, error) {
	root, err := match.Parse(text)
	if err != nil {
		return Filter{}, filterCodes{}.translate(err)
	}
	return Filter{root}, nil
}

// filterCodes are the error codes of filters and sorts that differ between contacts and definitions.
type filterCodes struct {
	unknownField, badValueType, badSort Code
}

// translate converts an error of package match to one of this package, nil to nil.
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

// Sort orders a list by a field. [Filter] lists the fields by which contacts can be sorted.
type Sort struct {
	Field string    // path as in filters, at most 100 characters
	Order SortOrder // "" means SortAsc
}
