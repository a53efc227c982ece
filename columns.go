package contacts

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/wire"
)

// This file says by what contacts can be filtered and sorted, and evaluates conditions. It serves labels and extended
// fields, too, hence the type parameter T, the type of a row.

// operators is a set of operators.
type operators uint16

const (
	opEq operators = 1 << iota
	opNe
	opGt
	opGte
	opLt
	opLte
	opIn
	opNin
	opExists
	opStartsWith
	opHasSome
	opHasAll
)

// operatorOf lists the operators of the query language. $isEmpty is one, too, but no field takes it.
var operatorOf = map[string]operators{
	"$eq": opEq, "$ne": opNe, "$gt": opGt, "$gte": opGte, "$lt": opLt, "$lte": opLte, "$in": opIn, "$nin": opNin,
	"$exists": opExists, "$startsWith": opStartsWith, "$begins": opStartsWith, "$hasSome": opHasSome, "$hasAll": opHasAll,
}

// The sets of operators that fields take (FLT-4).
const (
	takesEquality = opEq | opNe | opIn | opExists
	takesText     = takesEquality | opStartsWith
	takesCustom   = opEq | opNe | opIn | opStartsWith
	takesOrder    = opEq | opNe | opGt | opGte | opLt | opLte
	takesStatus   = opEq | opNe | opIn | opNin
	takesList     = opHasSome | opHasAll
)

// column is a field by which rows can be filtered or sorted.
type column[T any] struct {
	operators operators
	test      func(op operators, value any) (func(T) bool, Code) // the code says what is wrong with the value
	key       func(T) (sortKey, bool)                            // false: the row has no value; nil: not to be sorted by
}

// columns are the fields of a kind of rows, with the codes for what they refuse.
type columns[T any] struct {
	find      func(path string) *column[T] // nil: there is no such field
	unknown   Code
	valueType Code
	sort      Code
}

// match checks a filter and returns it as a function, nil if it takes all (FLT-5 to FLT-8).
func (cs columns[T]) match(f Filter) (func(T) bool, error) {
	if f.root == nil {
		return nil, nil
	}
	if err := f.root.bounded(); err != nil {
		return nil, err
	}
	return cs.compile(f.root)
}

// compile checks a condition and returns it as a function (FLT-5 to FLT-7).
func (cs columns[T]) compile(c *condition) (func(T) bool, error) {
	if c.join != "" {
		return cs.join(c)
	}
	refuse := func(code Code) error {
		return &Error{Code: code, Err: &QueryError{Field: c.field, Operator: c.operator}}
	}
	col := cs.find(c.field)
	if col == nil {
		return nil, refuse(cs.unknown)
	}
	op := operatorOf[c.operator]
	if op == opHasSome && col.operators&(opHasSome|opIn) == opIn {
		op = opIn // an alias for fields of one value
	}
	if op == 0 || col.operators&op == 0 {
		return nil, refuse(ErrFilterOperator)
	}
	test, code := col.test(op, c.value)
	switch code {
	case "":
		return test, nil
	case ErrFilterValueType:
		return nil, refuse(cs.valueType)
	default:
		return nil, refuse(code)
	}
}

func (cs columns[T]) join(c *condition) (func(T) bool, error) {
	parts := make([]func(T) bool, len(c.parts))
	for i, part := range c.parts {
		var err error
		if parts[i], err = cs.compile(part); err != nil {
			return nil, err
		}
	}
	switch c.join {
	case not:
		part := parts[0]
		return func(row T) bool { return !part(row) }, nil
	case or:
		return func(row T) bool {
			for _, part := range parts {
				if part(row) {
					return true
				}
			}
			return false
		}, nil
	default:
		return func(row T) bool {
			for _, part := range parts {
				if !part(row) {
					return false
				}
			}
			return true
		}, nil
	}
}

// valuesOf is how a column gets at values of type V.
type valuesOf[T any, V comparable] struct {
	any     func(row T, is func(V) bool) bool // whether is holds for a value of the row
	parse   func(v any) (V, Code)             // the value given in a filter
	compare func(a, b V) int                  // nil: not ordered
	prefix  func(v V, folded string) bool     // nil: not a text
}

// test returns the test of one operator: of the values that a row has, any must meet it, or with $ne and $nin none may
// (FLT-5).
func (vs valuesOf[T, V]) test(op operators, given any) (func(T) bool, Code) {
	some := func(is func(V) bool) (func(T) bool, Code) {
		return func(row T) bool { return vs.any(row, is) }, ""
	}
	none := func(is func(V) bool) (func(T) bool, Code) {
		return func(row T) bool { return !vs.any(row, is) }, ""
	}
	switch op {
	case opExists:
		want, ok := given.(bool)
		if !ok {
			return nil, ErrFilterValueType
		}
		return func(row T) bool { return vs.any(row, func(V) bool { return true }) == want }, ""
	case opStartsWith:
		prefix, code := parseText(given)
		if code != "" {
			return nil, code
		}
		prefix = strings.ToLower(prefix)
		return some(func(v V) bool { return vs.prefix(v, prefix) })
	case opIn, opNin, opHasSome, opHasAll:
		list, code := vs.parseList(given)
		if code != "" {
			return nil, code
		}
		if op == opHasAll {
			return func(row T) bool {
				for _, want := range list {
					if !vs.any(row, func(v V) bool { return v == want }) {
						return false
					}
				}
				return true
			}, ""
		}
		among := amongst(list)
		if op == opNin {
			return none(among)
		}
		return some(among)
	}
	want, code := vs.parse(given)
	if code != "" {
		return nil, code
	}
	switch op {
	case opNe:
		return none(func(v V) bool { return v == want })
	case opGt:
		return some(func(v V) bool { return vs.compare(v, want) > 0 })
	case opGte:
		return some(func(v V) bool { return vs.compare(v, want) >= 0 })
	case opLt:
		return some(func(v V) bool { return vs.compare(v, want) < 0 })
	case opLte:
		return some(func(v V) bool { return vs.compare(v, want) <= 0 })
	default:
		return some(func(v V) bool { return v == want })
	}
}

func (vs valuesOf[T, V]) parseList(given any) ([]V, Code) {
	items, ok := given.([]any)
	if !ok {
		return nil, ErrFilterValueType
	}
	list := make([]V, len(items))
	for i, item := range items {
		var code Code
		if list[i], code = vs.parse(item); code != "" {
			return nil, code
		}
	}
	if len(list) > 1 {
		list = distinct(list)
	}
	return list, ""
}

// amongst returns a test for being in a list.
func amongst[V comparable](list []V) func(V) bool {
	const few = 8 // as many as are compared faster than looked up
	if len(list) <= few {
		return func(v V) bool { return slices.Contains(list, v) }
	}
	set := make(map[V]bool, len(list))
	for _, v := range list {
		set[v] = true
	}
	return func(v V) bool { return set[v] }
}

// sortKey is a value by which rows are sorted: texts by text, times and numbers by number.
type sortKey struct {
	text   string // compared without regard to case
	number uint64
}

func (k sortKey) compare(o sortKey) int {
	return cmp.Or(compareFolded(k.text, o.text), cmp.Compare(k.number, o.number))
}

// compareKeys compares the keys of two rows, of which one that has none comes last in either direction.
func compareKeys(a sortKey, hasA bool, b sortKey, hasB bool, descending bool) int {
	switch {
	case hasA && hasB && descending:
		return b.compare(a)
	case hasA && hasB:
		return a.compare(b)
	case hasA:
		return -1
	case hasB:
		return 1
	default:
		return 0
	}
}

// compareFolded compares as strings.Compare does the texts in lower case.
func compareFolded(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		x, y := a[i], b[i]
		if x >= utf8.RuneSelf || y >= utf8.RuneSelf {
			return strings.Compare(strings.ToLower(a[i:]), strings.ToLower(b[i:]))
		}
		if x != y {
			if x, y = lower(x), lower(y); x != y {
				return cmp.Compare(x, y)
			}
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// hasFoldedPrefix reports whether s in lower case begins with prefix, which is in lower case.
func hasFoldedPrefix(s, prefix string) bool {
	for prefix != "" {
		want, n := utf8.DecodeRuneInString(prefix)
		got, m := utf8.DecodeRuneInString(s)
		if m == 0 || unicode.ToLower(got) != want {
			return false
		}
		s, prefix = s[m:], prefix[n:]
	}
	return true
}

// Kinds of columns.

// texts is a column of any number of texts, which normal puts in the form in which they are compared.
func texts[T any](takes operators, normal func(string) string, anyOf func(row T, is func(string) bool) bool) *column[T] {
	return checkedTexts(takes, normal, anyOf, func(string) bool { return true })
}

// checkedTexts is a column of texts of which valid tells whether a row can have them at all.
func checkedTexts[T any](
	takes operators, normal func(string) string, anyOf func(row T, is func(string) bool) bool, valid func(string) bool,
) *column[T] {
	vs := valuesOf[T, string]{
		any: anyOf,
		parse: func(v any) (string, Code) {
			text, code := parseText(v)
			if code == "" && !valid(text) {
				code = ErrFilterValue
			}
			return normal(text), code
		},
		compare: strings.Compare,
		prefix:  hasFoldedPrefix,
	}
	return &column[T]{operators: takes, test: vs.test}
}

// text is a column of one text, "" if there is none.
func text[T any](takes operators, get func(T) string) *column[T] {
	return normalText(takes, exact, get)
}

func normalText[T any](takes operators, normal func(string) string, get func(T) string) *column[T] {
	return texts(takes, normal, func(row T, is func(string) bool) bool {
		v := get(row)
		return v != "" && is(normal(v))
	})
}

func exact(s string) string { return s }

// word is a column of one word of an enum.
func word[T any, E interface {
	~string
	Valid() bool
}](takes operators, get func(T) E) *column[T] {
	return words(takes, get, E.Valid)
}

// words is a column of one word of those that valid knows.
func words[T any, E ~string](takes operators, get func(T) E, valid func(E) bool) *column[T] {
	return checkedTexts(takes, exact, func(row T, is func(string) bool) bool {
		v := get(row)
		return v != "" && is(string(v))
	}, func(s string) bool { return valid(E(s)) })
}

// date is a column of one date, YYYY-MM-DD.
func date[T any](takes operators, get func(T) string) *column[T] {
	return checkedTexts(takes, exact, func(row T, is func(string) bool) bool {
		v := get(row)
		return v != "" && is(v)
	}, validDate)
}

// instant is a point in time that can be compared with ==.
type instant struct {
	second     int64
	nanosecond int
}

func instantOf(t time.Time) instant { return instant{t.Unix(), t.Nanosecond()} }

func (i instant) compare(o instant) int {
	return cmp.Or(cmp.Compare(i.second, o.second), cmp.Compare(i.nanosecond, o.nanosecond))
}

// moment is a column of one time, the zero time if there is none.
func moment[T any](takes operators, get func(T) time.Time) *column[T] {
	vs := valuesOf[T, instant]{
		any: func(row T, is func(instant) bool) bool {
			t := get(row)
			return !t.IsZero() && is(instantOf(t))
		},
		parse:   func(v any) (instant, Code) { return parseAs(v, parseInstant) },
		compare: instant.compare,
	}
	return &column[T]{operators: takes, test: vs.test}
}

func parseInstant(text string) (instant, bool) {
	t, ok := wire.ParseTime(text)
	return instantOf(t), ok
}

// number is a column of one number.
func number[T any](takes operators, get func(T) (float64, bool)) *column[T] {
	vs := valuesOf[T, float64]{
		any: func(row T, is func(float64) bool) bool {
			v, ok := get(row)
			return ok && is(v)
		},
		parse: func(v any) (float64, Code) {
			n, ok := v.(json.Number)
			if !ok {
				return 0, ErrFilterValueType
			}
			f, err := n.Float64()
			if err != nil {
				return 0, ErrFilterValue
			}
			return f, ""
		},
		compare: cmp.Compare[float64],
	}
	return &column[T]{operators: takes, test: vs.test}
}

// guids is a column of any number of IDs.
func guids[T any](takes operators, anyOf func(row T, is func(uuid.UUID) bool) bool) *column[T] {
	vs := valuesOf[T, uuid.UUID]{any: anyOf, parse: parseGUID}
	return &column[T]{operators: takes, test: vs.test}
}

func parseGUID(v any) (uuid.UUID, Code) {
	return parseAs(v, wire.ParseGUID)
}

func parseText(v any) (string, Code) {
	return parseAs(v, func(text string) (string, bool) { return text, validText(text) })
}

// parseAs reads a value that must be a string.
func parseAs[V any](v any, parse func(string) (V, bool)) (V, Code) {
	var none V
	text, ok := v.(string)
	if !ok {
		return none, ErrFilterValueType
	}
	value, ok := parse(text)
	if !ok {
		return none, ErrFilterValue
	}
	return value, ""
}

// Sorting.

// byText makes a column one to be sorted by.
func (c *column[T]) byText(get func(T) string) *column[T] {
	c.key = func(row T) (sortKey, bool) {
		v := get(row)
		return sortKey{text: v}, v != ""
	}
	return c
}

func (c *column[T]) byTime(get func(T) time.Time) *column[T] {
	c.key = func(row T) (sortKey, bool) {
		t := get(row)
		return sortKey{number: uint64(t.UnixMilli()) ^ 1<<63}, !t.IsZero()
	}
	return c
}

func (c *column[T]) byNumber(get func(T) (float64, bool)) *column[T] {
	c.key = func(row T) (sortKey, bool) {
		f, ok := get(row)
		return sortKey{number: orderedBits(f)}, ok
	}
	return c
}

// sortedText is a column of one text that can be sorted by.
func sortedText[T any](takes operators, get func(T) string) *column[T] {
	return text(takes, get).byText(get)
}

// byNothing is a column that can neither be filtered nor sorted by.
func byNothing[T any]() *column[T] { return &column[T]{} }

// orderedBits are bits that sort as numbers do.
func orderedBits(f float64) uint64 {
	bits := math.Float64bits(f)
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

// contactFields are the fields by which contacts can be filtered and sorted, but for extended fields (FLT-4).
var contactFields = map[string]*column[*record]{
	"id": guids(takesEquality, func(r *record, is func(uuid.UUID) bool) bool { return is(r.contact.ID) }),

	"createdDate": moment(takesOrder, createdDate).byTime(createdDate),
	"updatedDate": moment(takesOrder, func(r *record) time.Time { return r.contact.UpdatedDate }),

	"lastActivity.activityDate": moment(takesOrder, activityDate).byTime(activityDate),

	"primaryInfo.email":                 normalText(takesText, emailKey, primaryEmail).byText(primaryEmailKey),
	"primaryInfo.phone":                 text(takesText, func(r *record) string { return r.contact.PrimaryInfo.Phone }),
	"primaryEmail.email":                normalText(takesText, emailKey, primaryEmail).byText(primaryEmailKey),
	"primaryEmail.subscriptionStatus":   word(takesStatus, emailSubscription),
	"primaryEmail.deliverabilityStatus": word(takesStatus, emailDeliverability),
	"primaryPhone.phone":                text(takesText, func(r *record) string { return r.contact.PrimaryPhone.Phone }),
	"primaryPhone.e164Phone":            text(takesText, func(r *record) string { return r.contact.PrimaryPhone.E164 }),
	"primaryPhone.formattedPhone":       sortedText(takesText, func(r *record) string { return r.contact.PrimaryPhone.Formatted }),
	"primaryPhone.countryCode":          sortedText(takesText, func(r *record) string { return r.contact.PrimaryPhone.CountryCode }),
	"primaryPhone.subscriptionStatus": word(takesStatus, func(r *record) SubscriptionStatus {
		return r.contact.PrimaryPhone.SubscriptionStatus
	}),

	"info.name.first": sortedText(takesText, func(r *record) string { return r.contact.Info.Name.First }),
	"info.name.last":  sortedText(takesText, func(r *record) string { return r.contact.Info.Name.Last }),
	"info.emails.email": texts(takesText, emailKey, func(r *record, is func(string) bool) bool {
		for i := range r.contact.Info.Emails {
			if is(emailKey(r.contact.Info.Emails[i].Address)) {
				return true
			}
		}
		return false
	}),
	"info.phones.phone": texts(takesText, exact, func(r *record, is func(string) bool) bool {
		for i := range r.contact.Info.Phones {
			if is(r.contact.Info.Phones[i].Number) {
				return true
			}
		}
		return false
	}),
	"info.phones.e164Phone": texts(takesText, exact, func(r *record, is func(string) bool) bool {
		for i := range r.contact.Info.Phones {
			if e164 := r.contact.Info.Phones[i].E164; e164 != "" && is(e164) {
				return true
			}
		}
		return false
	}),
	"info.addresses.street":      addressTexts(takesText, streets),
	"info.addresses.city":        addressText(takesText, func(a *Address) string { return a.City }),
	"info.addresses.subdivision": addressText(takesEquality, func(a *Address) string { return a.Subdivision }),
	"info.addresses.country":     addressText(takesEquality, func(a *Address) string { return a.Country }),
	"info.company":               sortedText(takesText, func(r *record) string { return r.contact.Info.Company }),
	"info.jobTitle":              sortedText(takesText, func(r *record) string { return r.contact.Info.JobTitle }),
	"info.birthdate":             date(takesOrder, birthdate).byText(birthdate),
	"info.locale":                normalText(takesEquality, strings.ToLower, func(r *record) string { return r.contact.Info.Locale }),
	"info.labelKeys": texts(takesList, exact, func(r *record, is func(string) bool) bool {
		return slices.ContainsFunc(r.contact.Info.LabelKeys, is)
	}),
	"info.locations": guids(takesList, func(r *record, is func(uuid.UUID) bool) bool {
		return slices.ContainsFunc(r.contact.Info.Locations, is)
	}),
}

const extendedFieldsPath = "info.extendedFields."

// systemColumns are the extended fields that are not queried as their data types are.
var systemColumns = map[string]*column[*record]{
	fieldMembershipStatus: word(takesStatus, func(r *record) MembershipStatus { return membership(r.contact.Member) }),
	fieldSubscription: words(takesStatus, emailSubscription, func(s SubscriptionStatus) bool {
		return s.Valid() && s != SubscriptionNoStatus // the field has no such word
	}),
	fieldDeliverability: word(takesStatus, emailDeliverability),
	fieldEffectiveEmail: normalText(opExists, emailKey, primaryEmail).byText(primaryEmailKey),
	fieldVATID:          byNothing[*record](),
}

// contactColumns are the fields of contacts where the extended fields of a store are defined.
func contactColumns(reads reader) columns[*record] {
	return columns[*record]{
		find: func(path string) *column[*record] {
			if key, ok := strings.CutPrefix(path, extendedFieldsPath); ok {
				return extendedColumn(reads, key)
			}
			return contactFields[path]
		},
		unknown: ErrFilterField, valueType: ErrFilterValueType, sort: ErrSortField,
	}
}

// extendedColumn returns the column of an extended field, nil if it is not defined.
func extendedColumn(reads reader, key string) *column[*record] {
	if c := systemColumns[key]; c != nil {
		return c
	}
	definition := reads.field(key)
	if definition == nil {
		return nil
	}
	textOf := func(r *record) string {
		s, _ := r.contact.Info.ExtendedFields[key].(string)
		return s
	}
	numberOf := func(r *record) (float64, bool) {
		f, ok := r.contact.Info.ExtendedFields[key].(float64)
		return f, ok
	}
	switch definition.field.DataType {
	case DataNumber:
		return number(takesOrder, numberOf).byNumber(numberOf)
	case DataDate:
		return date(takesOrder, textOf).byText(textOf)
	default:
		return sortedText(takesCustom, textOf)
	}
}

func createdDate(r *record) time.Time { return r.contact.CreatedDate }

func activityDate(r *record) time.Time { return r.contact.LastActivity.ActivityDate }

func primaryEmail(r *record) string { return r.contact.PrimaryEmail.Email }

func primaryEmailKey(r *record) string { return emailKey(r.contact.PrimaryEmail.Email) }

func emailSubscription(r *record) SubscriptionStatus {
	return r.contact.PrimaryEmail.SubscriptionStatus
}

func emailDeliverability(r *record) EmailDeliverability {
	return r.contact.PrimaryEmail.DeliverabilityStatus
}

func birthdate(r *record) string { return r.contact.Info.Birthdate }

// addressTexts is a column of the texts that each address has there.
func addressTexts(takes operators, anyOf func(a *Address, is func(string) bool) bool) *column[*record] {
	return texts(takes, exact, func(r *record, is func(string) bool) bool {
		for i := range r.contact.Info.Addresses {
			if anyOf(&r.contact.Info.Addresses[i], is) {
				return true
			}
		}
		return false
	})
}

// addressText is a column of one text of each address.
func addressText(takes operators, get func(*Address) string) *column[*record] {
	return addressTexts(takes, func(a *Address, is func(string) bool) bool {
		v := get(a)
		return v != "" && is(v)
	})
}

// streets looks at the ways in which the street of an address may be written (FLT-6).
func streets(a *Address, is func(string) bool) bool {
	if a.AddressLine != "" && is(a.AddressLine) {
		return true
	}
	s := a.StreetAddress
	if s == nil || s.Number == "" && s.Name == "" {
		return false
	}
	return is(joinNonEmpty(" ", s.Number, s.Name)) || is(joinNonEmpty(" ", s.Name, s.Number))
}
