package test

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// A queryKind is the kind of the values of a field.
type queryKind int

const (
	ofID queryKind = iota
	ofTime
	ofDate
	ofNumber
	ofText
	ofEmail
	ofLocale
	ofWord
	ofKeys // labels
	ofIDs
)

// queryRow is a row of the table of fields.
type queryRow struct {
	field     string
	kind      queryKind
	operators string
	sorted    bool
	words     []string // of ofWord
}

const (
	sortable, unsortable = true, false

	equality   = "$eq $ne $in $exists"
	textual    = "$eq $ne $in $exists $startsWith"
	ordered    = "$eq $ne $gt $lt $gte $lte"
	choice     = "$eq $ne $in $nin"
	membership = "$hasSome $hasAll"
	customText = "$eq $ne $in $startsWith"
	nothing    = ""

	extended = "info.extendedFields."
)

// queryTable is the table of the service: the fields that filters accept, their operators, and whether they can be
// sorted by. customRow has the custom fields.
var queryTable = []queryRow{
	{field: "id", kind: ofID, operators: equality, sorted: unsortable},
	{field: "createdDate", kind: ofTime, operators: ordered, sorted: sortable},
	{field: "updatedDate", kind: ofTime, operators: ordered, sorted: unsortable},
	{field: "lastActivity.activityDate", kind: ofTime, operators: ordered, sorted: sortable},
	{field: "primaryInfo.email", kind: ofEmail, operators: textual, sorted: sortable},
	{field: "primaryInfo.phone", kind: ofText, operators: textual, sorted: unsortable},
	{field: "primaryEmail.email", kind: ofEmail, operators: textual, sorted: sortable},
	{field: "primaryEmail.subscriptionStatus", kind: ofWord, operators: choice, sorted: unsortable, words: []string{
		"NO_SUBSCRIPTION_STATUS", "NOT_SET", "PENDING", "SUBSCRIBED", "UNSUBSCRIBED",
	}},
	{field: "primaryEmail.deliverabilityStatus", kind: ofWord, operators: choice, sorted: unsortable, words: []string{
		"NOT_SET", "VALID", "BOUNCED", "SPAM_COMPLAINT", "INACTIVE",
	}},
	{field: "primaryPhone.phone", kind: ofText, operators: textual, sorted: unsortable},
	{field: "primaryPhone.e164Phone", kind: ofText, operators: textual, sorted: unsortable},
	{field: "primaryPhone.formattedPhone", kind: ofText, operators: textual, sorted: sortable},
	{field: "primaryPhone.countryCode", kind: ofText, operators: textual, sorted: sortable},
	{field: "primaryPhone.subscriptionStatus", kind: ofWord, operators: choice, sorted: unsortable, words: []string{
		"NO_SUBSCRIPTION_STATUS", "NOT_SET", "PENDING", "SUBSCRIBED", "UNSUBSCRIBED",
	}},
	{field: "info.name.first", kind: ofText, operators: textual, sorted: sortable},
	{field: "info.name.last", kind: ofText, operators: textual, sorted: sortable},
	{field: "info.emails.email", kind: ofEmail, operators: textual, sorted: unsortable},
	{field: "info.phones.phone", kind: ofText, operators: textual, sorted: unsortable},
	{field: "info.phones.e164Phone", kind: ofText, operators: textual, sorted: unsortable},
	{field: "info.addresses.street", kind: ofText, operators: textual, sorted: unsortable},
	{field: "info.addresses.city", kind: ofText, operators: textual, sorted: unsortable},
	{field: "info.addresses.subdivision", kind: ofText, operators: equality, sorted: unsortable},
	{field: "info.addresses.country", kind: ofText, operators: equality, sorted: unsortable},
	{field: "info.company", kind: ofText, operators: textual, sorted: sortable},
	{field: "info.jobTitle", kind: ofText, operators: textual, sorted: sortable},
	{field: "info.birthdate", kind: ofDate, operators: ordered, sorted: sortable},
	{field: "info.locale", kind: ofLocale, operators: equality, sorted: unsortable},
	{field: "info.labelKeys", kind: ofKeys, operators: membership, sorted: unsortable},
	{field: "info.locations", kind: ofIDs, operators: membership, sorted: unsortable},
	{field: extended + "members.membershipStatus", kind: ofWord, operators: choice, sorted: unsortable, words: []string{
		"APPROVED", "DENIED", "PENDING", "INACTIVE",
	}},
	{field: extended + "emailSubscriptions.deliverabilityStatus", kind: ofWord, operators: choice, sorted: unsortable,
		words: []string{"VALID", "BOUNCED", "SPAM_COMPLAINT", "NOT_SET", "INACTIVE"}},
	{field: extended + "emailSubscriptions.subscriptionStatus", kind: ofWord, operators: choice, sorted: unsortable,
		words: []string{"SUBSCRIBED", "UNSUBSCRIBED", "NOT_SET", "PENDING"}},
	{field: extended + "emailSubscriptions.effectiveEmail", kind: ofEmail, operators: "$exists", sorted: sortable},
	{field: extended + "invoices.vatId", kind: ofText, operators: nothing, sorted: unsortable},
	// Fields that the table of the service does not list behave like custom fields of their type.
	{field: extended + "contacts.displayByFirstName", kind: ofText, operators: customText, sorted: sortable},
	{field: extended + "contacts.displayByLastName", kind: ofText, operators: customText, sorted: sortable},
	{field: extended + "members.mobile", kind: ofText, operators: customText, sorted: sortable},
	{field: extended + "ecom.numOfPurchases", kind: ofNumber, operators: ordered, sorted: sortable},
	{field: extended + "ecom.totalSpentAmount", kind: ofNumber, operators: ordered, sorted: sortable},
	{field: extended + "ecom.totalSpentCurrency", kind: ofText, operators: customText, sorted: sortable},
	{field: extended + "ecom.lastPurchaseDate", kind: ofDate, operators: ordered, sorted: sortable},
}

// customRow returns the row of a custom field.
func customRow(f contacts.Field) queryRow {
	row := queryRow{field: extended + f.Key, sorted: sortable}
	switch f.DataType {
	case contacts.DataText, contacts.DataURL:
		row.kind, row.operators = ofText, customText
	case contacts.DataNumber:
		row.kind, row.operators = ofNumber, ordered
	case contacts.DataDate:
		row.kind, row.operators = ofDate, ordered
	}
	return row
}

// accepts reports whether the field accepts the operator, including aliases.
func (row queryRow) accepts(operator string) bool {
	alias := map[string]string{"$begins": "$startsWith", "$hasSome": "$in"}[operator]
	operators := strings.Fields(row.operators)
	return slices.Contains(operators, operator) || alias != "" && slices.Contains(operators, alias)
}

// allOperators are the operators of the language and some unknown ones.
var allOperators = []string{
	"$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$startsWith", "$begins", "$hasSome", "$hasAll",
	"$isEmpty", "$contains", "$and", "$not", "$EQ", "$",
}

// good, wrong and impossible return values of each kind, as JSON: values that a field may have, values of another type,
// and values of its type that it cannot have.
func (row queryRow) good() []string {
	switch row.kind {
	case ofID, ofIDs:
		return []string{`"00000000-0000-4000-8000-000000000001"`, `"ABCDEF00-0000-4000-8000-0000000000fF"`}
	case ofTime:
		return []string{
			`"2026-01-02T03:04:05Z"`, `"2026-01-02T03:04:05.678Z"`, `"2026-01-02T03:04:05.678912+02:30"`,
			`"0001-01-01T00:00:00Z"`,
		}
	case ofDate:
		return []string{`"1999-12-31"`, `"2024-02-29"`}
	case ofNumber:
		return []string{`42`, `-0.5`, `1e3`, `0`}
	case ofWord:
		return []string{`"` + row.words[0] + `"`, `"` + row.words[len(row.words)-1] + `"`}
	default:
		return []string{`"ann"`, `""`, `" "`, `"Ä\u00e4\n"`, `"contacts.customers"`}
	}
}

func (row queryRow) wrong() []string {
	values := []string{`null`, `true`, `false`, `{}`, `{"$eq":1}`, `[]`, `["a"]`, `[1]`}
	if row.kind == ofNumber {
		return append(values, `"1"`)
	}
	return append(values, `1`)
}

func (row queryRow) impossible() []string {
	switch row.kind {
	case ofID, ofIDs:
		return []string{
			`""`, `"x"`, `"00000000000040008000000000000001"`, `"{00000000-0000-4000-8000-000000000001}"`,
			`"urn:uuid:00000000-0000-4000-8000-000000000001"`, `"g0000000-0000-4000-8000-000000000001"`,
			`"00000000-0000-4000-8000-00000000000"`, `" 00000000-0000-4000-8000-000000000001"`,
		}
	case ofTime:
		return []string{
			`""`, `"yesterday"`, `"2026-01-02"`, `"2026-01-02T03:04:05"`, `"2026-02-30T03:04:05Z"`, `"2026-01-02T25:04:05Z"`,
			`"2026-01-02 03:04:05Z"`, `"1767323045"`, `"2026-01-02T03:04:05Z "`, `"9999-12-31T23:59:59-01:00"`,
			`"0000-01-01T00:00:00+01:00"`, `"2026-01-02T03:04:05+0100"`, `"2026-01-02T03:04:05+24:00"`,
			`"2026-01-02T03:04:05+01:60"`,
			`"2026-01-02T3:04:05Z"`, `"2026-01-02T03:04:60Z"`, `"2026-01-02t03:04:05z"`,
		}
	case ofDate:
		return []string{
			`""`, `"2023-02-29"`, `"2023-2-1"`, `"2026-01-02T03:04:05Z"`, `"20260102"`, `" 2026-01-02"`, `"12026-01-02"`,
			`"today"`,
		}
	case ofNumber:
		return []string{`1e999`, `-1e999`}
	case ofWord:
		word := row.words[0]
		return []string{`""`, `"x"`, `"` + strings.ToLower(word) + `"`, `"` + word + ` "`, `"` + word + `\u0000"`}
	default:
		return []string{`"\u0000"`, `"ann\u0000"`}
	}
}

// tableStore opens a store with a custom field of each type. Contacts have some of the values of good.
func tableStore(t testing.TB) *contacts.Store {
	s := newStore(t)
	newField(t, s, "Motto", contacts.DataText)
	newField(t, s, "Site", contacts.DataURL)
	newField(t, s, "Shoe size", contacts.DataNumber)
	newField(t, s, "Since", contacts.DataDate)
	info := richInfo("Ann")
	create(t, s, person("ann", "ann@x.test"))
	info.LabelKeys = []string{"contacts.customers"}
	info.ExtendedFields = map[string]any{"custom.shoe-size": 42, "custom.since": "1999-12-31", "custom.motto": " "}
	create(t, s, info)
	return s
}

// customRows are the rows of the custom fields of tableStore.
var customRows = []queryRow{
	{field: extended + "custom.motto", kind: ofText, operators: "$eq $ne $in $startsWith", sorted: sortable},
	{field: extended + "custom.site", kind: ofText, operators: "$eq $ne $in $startsWith", sorted: sortable},
	{field: extended + "custom.shoe-size", kind: ofNumber, operators: "$eq $ne $gt $lt $gte $lte", sorted: sortable},
	{field: extended + "custom.since", kind: ofDate, operators: "$eq $ne $gt $lt $gte $lte", sorted: sortable},
}

// TestQueryTable tests all fields with all operators and values of all kinds.
func TestQueryTable(t *testing.T) {
	s := tableStore(t)
	sn := s.Snapshot()
	ref := referenceOf(sn)
	for _, row := range slices.Concat(queryTable, customRows) {
		t.Run("FLT-3 FLT-4 FLT-7 QRY-2 "+row.field, func(t *testing.T) {
			for _, operator := range allOperators {
				operands := row.good()
				switch {
				case isListOperator(operator):
					all := strings.Join(operands, ",")
					for i, v := range operands {
						operands[i] = "[" + v + "]"
					}
					operands = append(operands, "["+all+"]", "[]")
				case operator == "$exists":
					operands = []string{"true", "false"}
				}
				for _, operand := range operands {
					text := fmt.Sprintf(`{%q:{%q:%s}}`, row.field, operator, operand)
					if row.accepts(operator) {
						agrees(t, sn, ref, text)
					} else {
						refuses(t, sn, text, contacts.ErrFilterOperator, row.field, operator)
					}
				}
			}
			for _, v := range row.good() {
				text := fmt.Sprintf(`{%q:%s}`, row.field, v)
				if row.accepts("$eq") {
					agrees(t, sn, ref, text)
				} else {
					refuses(t, sn, text, contacts.ErrFilterOperator, row.field, "$eq")
				}
			}
			row.refusesValues(t, sn)
			_, err := sn.Find(contacts.Query{Sort: []contacts.Sort{{Field: row.field}}})
			if row.sorted {
				require.NoError(t, err)
			} else {
				require.Equal(t, refused{contacts.ErrSortField, row.field, noOperator}, refusalOf(t, err))
			}
		})
	}
}

// refusesValues requires that each operator of the row refuses values of a wrong type and impossible ones.
func (row queryRow) refusesValues(t *testing.T, sn *contacts.Snapshot) {
	refuse := func(operator, operand string, code contacts.Code) {
		refuses(t, sn, fmt.Sprintf(`{%q:{%q:%s}}`, row.field, operator, operand), code, row.field, operator)
	}
	for _, operator := range allOperators {
		switch {
		case !row.accepts(operator):
		case operator == "$exists":
			for _, v := range []string{`null`, `"true"`, `0`, `[]`, `[true]`, `{}`} {
				refuse(operator, v, contacts.ErrFilterValueType)
			}
		case isListOperator(operator):
			for _, v := range append(row.good(), `null`, `true`, `1`, `"x"`, `{}`, `{"a":[]}`) {
				refuse(operator, v, contacts.ErrFilterValueType)
			}
			for _, v := range row.wrong() {
				refuse(operator, "["+v+"]", contacts.ErrFilterValueType)
				refuse(operator, "["+row.good()[0]+","+v+"]", contacts.ErrFilterValueType)
			}
			for _, v := range row.impossible() {
				refuse(operator, "["+v+"]", contacts.ErrFilterValue)
				refuse(operator, "["+row.good()[0]+","+v+","+row.good()[1]+"]", contacts.ErrFilterValue)
				refuse(operator, "["+v+",null]", contacts.ErrFilterValue)
				refuse(operator, "[null,"+v+"]", contacts.ErrFilterValueType)
			}
		default:
			for _, v := range row.wrong() {
				refuse(operator, v, contacts.ErrFilterValueType)
			}
			for _, v := range row.impossible() {
				if !isPrefix(operator) || strings.Contains(v, `\u0000`) {
					refuse(operator, v, contacts.ErrFilterValue)
				}
			}
		}
	}
	if row.accepts("$eq") {
		for _, v := range row.wrong() {
			if !strings.HasPrefix(v, "{") { // that is not a value
				refuses(t, sn, fmt.Sprintf(`{%q:%s}`, row.field, v), contacts.ErrFilterValueType, row.field, "$eq")
			}
		}
		for _, v := range row.impossible() {
			refuses(t, sn, fmt.Sprintf(`{%q:%s}`, row.field, v), contacts.ErrFilterValue, row.field, "$eq")
		}
	}
}

// agrees requires that the package and the reference find the same contacts.
func agrees(t testing.TB, sn *contacts.Snapshot, ref *reference, text string) {
	t.Helper()
	filter, n := mustParse(t, text)
	require.Zero(t, ref.refCheck(n), text)
	views, err := sn.Find(contacts.Query{Filter: filter})
	require.NoError(t, err, text)
	require.Equal(t, idsOf(ref.find(refQuery{filter: n})), ids(views), text)
}

// refuses requires that all queries refuse a filter, whose form must be valid.
func refuses(t testing.TB, sn *contacts.Snapshot, text string, code contacts.Code, field, operator string) {
	t.Helper()
	filter, err := contacts.ParseFilter([]byte(text))
	require.NoError(t, err, text)
	want := refused{code, field, operator}
	q := contacts.Query{Filter: filter}
	_, err = sn.Find(q)
	require.Equal(t, want, refusalOf(t, err), text)
	_, err = sn.Count(q)
	require.Equal(t, want, refusalOf(t, err), text)
	_, err = sn.Explain(q)
	require.Equal(t, want, refusalOf(t, err), text)
}

// meaningStore opens a store with five contacts, a to e. The oldest is d, although it was imported fourth.
func meaningStore(t testing.TB) *contacts.Store {
	s := newStore(t)
	newField(t, s, "Motto", contacts.DataText)
	newField(t, s, "Site", contacts.DataURL)
	newField(t, s, "Shoe size", contacts.DataNumber)
	newField(t, s, "Since", contacts.DataDate)
	vip := newLabel(t, s, "VIP")
	noon := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	a := &contacts.Contact{
		ID: letterID('a'), CreatedDate: noon, UpdatedDate: noon.Add(2 * time.Hour),
		Info: contacts.Info{
			Name: contacts.Name{First: "Ann", Last: "Lee"}, Emails: person("", "Ann@X.test", "second@x.test").Emails,
			Phones: []contacts.Phone{number("US", numberUS)}, Company: "Acorn", JobTitle: "Baker", Birthdate: "1990-05-17",
			Locale: "en-US", LabelKeys: []string{"contacts.customers", vip}, Locations: []uuid.UUID{testID(1), testID(2)},
			Addresses: []contacts.Address{{
				AddressLine: "12 Harbor Street", City: "Springfield", Subdivision: "US-IL", Country: "US",
			}},
			ExtendedFields: map[string]any{
				"custom.motto": "Carpe diem", "custom.site": "x.test/a", "custom.shoe-size": 42, "custom.since": "2020-02-29",
				"invoices.vatId": "XX 123",
			},
		},
	}
	b := &contacts.Contact{
		ID: letterID('b'), CreatedDate: noon,
		Info: contacts.Info{
			Name: contacts.Name{First: "ann", Last: "LEE"}, Emails: person("", " ann@x.test ").Emails,
			Phones:  []contacts.Phone{number("", numberLoose), number("US", numberUS2)},
			Company: "acorn", Birthdate: "1985-12-01", Locale: "de", LabelKeys: []string{vip}, Locations: []uuid.UUID{testID(2)},
			Addresses: []contacts.Address{{
				StreetAddress: &contacts.StreetAddress{Number: "12", Name: "Harbor Street"}, City: "springfield", Country: "GB",
			}},
			ExtendedFields: map[string]any{"custom.shoe-size": 0, "custom.since": "2021-01-01"},
		},
		Member: &contacts.Member{MemberID: testID(70), Status: contacts.MemberActive},
	}
	c := &contacts.Contact{
		ID: letterID('c'), CreatedDate: noon.Add(500 * time.Millisecond),
		Info: contacts.Info{
			Name: contacts.Name{First: "Éva"}, Emails: person("", "eva@y.test", "third@x.test").Emails,
			Addresses: []contacts.Address{
				{StreetAddress: &contacts.StreetAddress{Name: "Elm Row", Apt: "2"}, City: "Paris", Country: "FR"},
				{AddressLine: "9 Oak Lane", City: "Springfield", Subdivision: "US-NY", Country: "US"},
			},
			LabelKeys:      []string{"contacts.customers"},
			ExtendedFields: map[string]any{"custom.motto": " ", "custom.shoe-size": -1.5},
		},
		PrimaryEmail: contacts.PrimaryEmail{SubscriptionStatus: subscribed, DeliverabilityStatus: bounced},
	}
	d := &contacts.Contact{
		ID: letterID('d'), CreatedDate: noon.Add(-time.Hour),
		Info: contacts.Info{Name: contacts.Name{First: "Dan"}, JobTitle: "baker"},
	}
	e := &contacts.Contact{
		ID: letterID('e'), CreatedDate: noon.Add(time.Hour),
		Info: contacts.Info{Phones: []contacts.Phone{number("GB", "020 7946 0018")}},
	}
	report := importAll(t, s, &contacts.ImportOptions{AllowDuplicates: true}, a, b, c, d, e)
	require.Empty(t, report.Errors)
	return s
}

func letterID(letter byte) uuid.UUID { return testID(0xabcdef00 + uint64(letter)) }

// letters names the contacts of meaningStore.
func letters(list iter.Seq[contacts.View]) string {
	var b strings.Builder
	for v := range list {
		id := v.ID()
		b.WriteByte(id[len(id)-1])
	}
	return b.String()
}

// TestQueryMeaning shows the meaning of filters by example. It lists the matching contacts in the order of creation,
// which is dabce.
func TestQueryMeaning(t *testing.T) {
	s := meaningStore(t)
	sn := s.Snapshot()
	for _, tc := range []struct{ name, filter, want string }{
		{"FLT-1 an empty filter", `{}`, "dabce"},
		{"FLT-1 and of nothing", `{"$and":[]}`, "dabce"},
		{"FLT-1 or of nothing", `{"$or":[]}`, ""},
		{"FLT-1 not of everything", `{"$not":{}}`, ""},
		{"FLT-1 empty filters in lists", `{"$and":[{},{}]}`, "dabce"},
		{"FLT-1 an empty filter among others", `{"$or":[{"info.name.first":"Ann"},{}]}`, "dabce"},
		{"FLT-1 double negation", `{"$not":{"$not":{"info.name.first":"Ann"}}}`, "a"},
		{"FLT-1 members of an object", `{"info.name.first":"ann","info.name.last":"LEE"}`, "b"},
		{"FLT-1 members that exclude each other", `{"info.name.first":"ann","info.name.last":"Lee"}`, ""},
		{"FLT-1 a logical operator beside a field", `{"info.name.last":"Lee","$or":[{"info.company":"Acorn"}]}`, "a"},
		{"FLT-1 operators of one field", `{"info.birthdate":{"$gt":"1985-12-01","$lt":"1990-05-18"}}`, "a"},
		{"FLT-1 white space", " \t\r\n{ \"info.name.first\" : \"Ann\" }\n", "a"},
		{"FLT-1 escapes", `{"info.\u006eame.first":"\u0041nn"}`, "a"},

		{"FLT-5 an ID", `{"id":"` + letterID('c').String() + `"}`, "c"},
		{"FLT-5 an ID in capitals", `{"id":"` + strings.ToUpper(letterID('c').String()) + `"}`, "c"},
		{"FLT-5 not an ID", `{"id":{"$ne":"` + letterID('c').String() + `"}}`, "dabe"},
		{"FLT-5 IDs, in the order of creation", `{"id":{"$in":["` + letterID('e').String() + `","` +
			letterID('d').String() + `","` + letterID('e').String() + `","` + missingID.String() + `"]}}`, "de"},
		{"FLT-5 hasSome of IDs", `{"id":{"$hasSome":["` + letterID('e').String() + `"]}}`, "e"},
		{"FLT-5 every contact has an ID", `{"id":{"$exists":true}}`, "dabce"},
		{"FLT-5 no contact is without an ID", `{"id":{"$exists":false}}`, ""},

		{"FLT-5 a time", `{"createdDate":"2025-06-01T12:00:00Z"}`, "ab"},
		{"FLT-5 a time in another zone", `{"createdDate":"2025-06-01T14:30:00.000+02:30"}`, "ab"},
		{"FLT-5 not a time", `{"createdDate":{"$ne":"2025-06-01T12:00:00Z"}}`, "dce"},
		{"FLT-5 later", `{"createdDate":{"$gt":"2025-06-01T12:00:00Z"}}`, "ce"},
		{"FLT-5 not earlier", `{"createdDate":{"$gte":"2025-06-01T12:00:00.500Z"}}`, "ce"},
		{"FLT-5 earlier", `{"createdDate":{"$lt":"2025-06-01T12:00:00.500Z"}}`, "dab"},
		{"FLT-5 not later", `{"createdDate":{"$lte":"2025-06-01T12:00:00.500Z"}}`, "dabc"},
		{"FLT-5 between", `{"createdDate":{"$gte":"2025-06-01T12:00:00Z","$lte":"2025-06-01T12:00:00Z"}}`, "ab"},
		{"FLT-5 finer than a millisecond", `{"createdDate":{"$lt":"2025-06-01T12:00:00.000000001Z"}}`, "dab"},
		{"FLT-5 no time is as fine as that", `{"createdDate":"2025-06-01T12:00:00.0001Z"}`, ""},
		{"FLT-5 between nothing", `{"createdDate":{"$gt":"2025-06-01T12:00:00Z","$lt":"2025-06-01T12:00:00Z"}}`, ""},
		{"FLT-5 before everything", `{"createdDate":{"$lt":"0001-01-01T00:00:00Z"}}`, ""},
		{"FLT-5 from the year 0", `{"createdDate":{"$gt":"0000-01-01T00:00:00Z"}}`, "dabce"},
		{"FLT-5 to the last year", `{"createdDate":{"$lte":"9999-12-31T23:59:59.999Z"}}`, "dabce"},
		{"FLT-5 updated", `{"updatedDate":{"$gt":"2025-06-01T13:00:00Z"}}`, "a"},
		{"FLT-5 activity", `{"lastActivity.activityDate":{"$lt":"2025-06-01T12:00:00Z"}}`, "d"},

		{"FLT-6 a primary email in any case", `{"primaryInfo.email":"aNN@x.TEST"}`, "ab"},
		{"FLT-6 an email with space", `{"primaryEmail.email":"\tann@x.test "}`, "ab"},
		{"FLT-6 not a primary email", `{"primaryInfo.email":{"$ne":"ann@x.test"}}`, "dce"},
		{"FLT-6 a second email is not primary", `{"primaryInfo.email":"second@x.test"}`, ""},
		{"FLT-6 emails", `{"primaryInfo.email":{"$in":["ANN@x.test","eva@y.test","ann@x.test"]}}`, "abc"},
		{"FLT-6 no emails", `{"primaryInfo.email":{"$in":[]}}`, ""},
		{"FLT-6 with a primary email", `{"primaryEmail.email":{"$exists":true}}`, "abc"},
		{"FLT-6 without a primary email", `{"primaryInfo.email":{"$exists":false}}`, "de"},
		{"FLT-6 start of a primary email", `{"primaryInfo.email":{"$startsWith":"ANN@"}}`, "ab"},
		{"FLT-6 start of an email is not trimmed", `{"primaryInfo.email":{"$startsWith":" ann@"}}`, ""},
		{"FLT-6 any email", `{"info.emails.email":"SECOND@x.test"}`, "a"},
		{"FLT-6 none of the emails", `{"info.emails.email":{"$ne":"third@x.test"}}`, "dabe"},
		{"FLT-6 some of the emails", `{"info.emails.email":{"$in":["third@x.test","second@x.test"]}}`, "ac"},
		{"FLT-6 hasSome of emails", `{"info.emails.email":{"$hasSome":["third@x.test"]}}`, "c"},
		{"FLT-6 start of any email", `{"info.emails.email":{"$startsWith":"s"}}`, "a"},
		{"FLT-6 start that all have", `{"info.emails.email":{"$startsWith":""}}`, "abc"},
		{"FLT-6 an empty email", `{"info.emails.email":""}`, ""},
		{"FLT-6 not an empty email", `{"info.emails.email":{"$ne":" "}}`, "dabce"},

		{"FLT-5 subscribed", `{"primaryEmail.subscriptionStatus":"SUBSCRIBED"}`, "c"},
		{"FLT-5 not subscribed", `{"primaryEmail.subscriptionStatus":{"$ne":"SUBSCRIBED"}}`, "dabe"},
		{"FLT-5 nothing set", `{"primaryEmail.subscriptionStatus":{"$in":["NOT_SET","PENDING"]}}`, "ab"},
		{"FLT-5 a missing status is in no list", `{"primaryEmail.subscriptionStatus":{"$nin":["NOT_SET"]}}`, "dce"},
		{"FLT-5 not in an empty list", `{"primaryEmail.subscriptionStatus":{"$nin":[]}}`, "dabce"},
		{"FLT-5 bounced", `{"primaryEmail.deliverabilityStatus":"BOUNCED"}`, "c"},
		{"FLT-5 subscribed, as a field", `{"info.extendedFields.emailSubscriptions.subscriptionStatus":"SUBSCRIBED"}`, "c"},
		{"FLT-5 bounced, as a field",
			`{"info.extendedFields.emailSubscriptions.deliverabilityStatus":{"$nin":["BOUNCED"]}}`, "dabe"},
		{"FLT-5 an effective email", `{"info.extendedFields.emailSubscriptions.effectiveEmail":{"$exists":true}}`, "abc"},
		{"FLT-5 status of a phone", `{"primaryPhone.subscriptionStatus":"NOT_SET"}`, "ae"},
		{"FLT-5 no status of a phone", `{"primaryPhone.subscriptionStatus":"NO_SUBSCRIPTION_STATUS"}`, "b"},
		{"FLT-5 members", `{"info.extendedFields.members.membershipStatus":"APPROVED"}`, "b"},
		{"FLT-5 not members", `{"info.extendedFields.members.membershipStatus":{"$nin":["APPROVED","DENIED"]}}`, "dace"},

		{"FLT-6 a primary phone as typed", `{"primaryInfo.phone":"201-555-0123"}`, "a"},
		{"FLT-6 a primary phone by its number", `{"primaryPhone.e164Phone":"+12015550123"}`, "a"},
		{"FLT-6 a phone as typed", `{"info.phones.phone":"(201) 555 0123"}`, "b"},
		{"FLT-6 start of a phone", `{"info.phones.phone":{"$startsWith":"(201"}}`, "b"},
		{"FLT-6 a number", `{"info.phones.e164Phone":"+12015550123"}`, "ab"},
		{"FLT-6 not a number", `{"info.phones.e164Phone":{"$ne":"+12015550123"}}`, "dce"},
		{"FLT-6 start of a number", `{"info.phones.e164Phone":{"$startsWith":"+44"}}`, "e"},
		{"FLT-6 with a number", `{"info.phones.e164Phone":{"$exists":true}}`, "abe"},
		{"FLT-6 without a primary number", `{"primaryPhone.e164Phone":{"$exists":false}}`, "dbc"},
		{"FLT-6 a formatted number", `{"primaryPhone.formattedPhone":"+44 20 7946 0018"}`, "e"},
		{"FLT-6 country of the primary phone", `{"primaryPhone.countryCode":{"$in":["US","GB"]}}`, "ae"},
		{"FLT-6 a country in another case", `{"primaryPhone.countryCode":"us"}`, ""},

		{"FLT-6 a name is compared exactly", `{"info.name.first":"ann"}`, "b"},
		{"FLT-6 names", `{"info.name.first":{"$in":["ann","Dan"]}}`, "db"},
		{"FLT-6 the first of many names", `{"info.name.first":{"$in":["ann","1","2","3","4","5","6","7","8"]}}`, "b"},
		{"FLT-6 the last of many names", `{"info.name.first":{"$in":["1","2","3","4","5","6","7","8","ann"]}}`, "b"},
		{"FLT-6 start of a name in any case", `{"info.name.first":{"$startsWith":"AN"}}`, "ab"},
		{"FLT-6 a whole name is a start", `{"info.name.first":{"$startsWith":"annn"}}`, ""},
		{"FLT-6 start beyond ASCII", `{"info.name.first":{"$begins":"éV"}}`, "c"},
		{"FLT-6 any start needs a value", `{"info.name.last":{"$startsWith":""}}`, "ab"},
		{"FLT-6 an empty name counts as absent", `{"info.name.last":""}`, ""},
		{"FLT-6 all are not an empty name", `{"info.name.last":{"$ne":""}}`, "dabce"},
		{"FLT-6 without a last name", `{"info.name.last":{"$exists":false}}`, "dce"},
		{"FLT-6 a company", `{"info.company":"acorn"}`, "b"},
		{"FLT-6 not a company", `{"info.company":{"$ne":"acorn"}}`, "dace"},
		{"FLT-6 start of a job title", `{"info.jobTitle":{"$startsWith":"b"}}`, "da"},

		{"FLT-6 an address line", `{"info.addresses.street":"12 Harbor Street"}`, "ab"},
		{"FLT-6 a street, name first", `{"info.addresses.street":"Harbor Street 12"}`, "b"},
		{"FLT-6 a street without a number", `{"info.addresses.street":"Elm Row"}`, "c"},
		{"FLT-6 a name alone does not match a street with a number", `{"info.addresses.street":"Harbor Street"}`, ""},
		{"FLT-6 start of a street", `{"info.addresses.street":{"$startsWith":"harbor"}}`, "b"},
		{"FLT-6 with a street", `{"info.addresses.street":{"$exists":true}}`, "abc"},
		{"FLT-6 none of the streets", `{"info.addresses.street":{"$ne":"9 Oak Lane"}}`, "dabe"},
		{"FLT-6 a city of any address", `{"info.addresses.city":"Springfield"}`, "ac"},
		{"FLT-6 a city in any case", `{"info.addresses.city":{"$startsWith":"SPRING"}}`, "abc"},
		{"FLT-6 each condition may hold for another address",
			`{"info.addresses.city":"Paris","info.addresses.country":"US"}`, "c"},
		{"FLT-6 a subdivision", `{"info.addresses.subdivision":{"$in":["US-NY","US-IL"]}}`, "ac"},
		{"FLT-6 without a subdivision", `{"info.addresses.subdivision":{"$exists":false}}`, "dbe"},
		{"FLT-6 not a country", `{"info.addresses.country":{"$ne":"US"}}`, "dbe"},
		{"FLT-6 countries are codes", `{"info.addresses.country":"France"}`, ""},

		{"FLT-5 born", `{"info.birthdate":"1990-05-17"}`, "a"},
		{"FLT-5 not born then", `{"info.birthdate":{"$ne":"1990-05-17"}}`, "dbce"},
		{"FLT-5 born later needs a birthdate", `{"info.birthdate":{"$gte":"0000-01-01"}}`, "ab"},
		{"FLT-5 born earlier needs a birthdate", `{"info.birthdate":{"$lte":"9999-12-31"}}`, "ab"},
		{"FLT-5 a locale in any case", `{"info.locale":"EN-us"}`, "a"},
		{"FLT-5 locales", `{"info.locale":{"$in":["De","fr"]}}`, "b"},
		{"FLT-5 not a locale", `{"info.locale":{"$ne":"DE"}}`, "dace"},

		{"FLT-5 some labels", `{"info.labelKeys":{"$hasSome":["contacts.customers","custom.vip"]}}`, "abc"},
		{"FLT-5 all labels", `{"info.labelKeys":{"$hasAll":["contacts.customers","custom.vip"]}}`, "a"},
		{"FLT-5 a label twice", `{"info.labelKeys":{"$hasAll":["custom.vip","custom.vip"]}}`, "ab"},
		{"FLT-5 a label that is not defined", `{"info.labelKeys":{"$hasSome":["custom.none","custom.vip"]}}`, "ab"},
		{"FLT-5 labels are compared exactly", `{"info.labelKeys":{"$hasSome":["custom.VIP"]}}`, ""},
		{"FLT-5 some of no labels", `{"info.labelKeys":{"$hasSome":[]}}`, ""},
		{"FLT-5 all of no labels", `{"info.labelKeys":{"$hasAll":[]}}`, "dabce"},
		{"FLT-5 a location", `{"info.locations":{"$hasSome":["` + testID(1).String() + `"]}}`, "a"},
		{"FLT-5 all locations", `{"info.locations":{"$hasAll":["` + testID(2).String() + `"]}}`, "ab"},

		{"FLT-5 a custom text", `{"info.extendedFields.custom.motto":"Carpe diem"}`, "a"},
		{"FLT-5 a custom text in another case", `{"info.extendedFields.custom.motto":"carpe diem"}`, ""},
		{"FLT-5 start of a custom text", `{"info.extendedFields.custom.motto":{"$startsWith":"carpe"}}`, "a"},
		{"FLT-5 a space is a text", `{"info.extendedFields.custom.motto":" "}`, "c"},
		{"FLT-5 a URL has its protocol", `{"info.extendedFields.custom.site":{"$in":["x.test/a","https://x.test/a"]}}`, "a"},
		{"FLT-5 a number that is 0", `{"info.extendedFields.custom.shoe-size":-0.0}`, "b"},
		{"FLT-5 a number however it is spelled", `{"info.extendedFields.custom.shoe-size":4.2e1}`, "a"},
		{"FLT-5 numbers are no texts", `{"info.extendedFields.custom.shoe-size":{"$gt":5}}`, "a"},
		{"FLT-5 a negative number", `{"info.extendedFields.custom.shoe-size":{"$lt":0}}`, "c"},
		{"FLT-5 not more", `{"info.extendedFields.custom.shoe-size":{"$lte":0}}`, "bc"},
		{"FLT-5 not a number or none", `{"info.extendedFields.custom.shoe-size":{"$ne":42}}`, "dbce"},
		{"FLT-5 a custom date", `{"info.extendedFields.custom.since":{"$lt":"2020-03-01"}}`, "a"},
		{"FLT-5 another custom date", `{"info.extendedFields.custom.since":{"$gte":"2020-03-01"}}`, "b"},
		{"FLT-5 a display name", `{"info.extendedFields.contacts.displayByLastName":"Lee Ann"}`, "a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			agrees(t, sn, referenceOf(sn), tc.filter)
			filter, _ := mustParse(t, tc.filter)
			views, err := sn.Find(contacts.Query{Filter: filter})
			require.NoError(t, err)
			require.Equal(t, tc.want, letters(views))
			negated, err := sn.Count(contacts.Query{Filter: contacts.Not(filter)})
			require.NoError(t, err)
			require.Equal(t, sn.Len()-len(tc.want), negated)
		})
	}
}

func TestQuerySearchMeaning(t *testing.T) {
	s := meaningStore(t)
	sn := s.Snapshot()
	for _, tc := range []struct{ name, search, want string }{
		{"none", "", "dabce"},
		{"a first name in any case", "ANN", "ab"},
		{"a last name", "lee", "ab"},
		{"a name beyond ASCII", "éVA", "c"},
		{"any email in any case", "Second@X.test", "a"},
		{"an email with space around it", " ANN@x.test", "ab"},
		{"a phone as typed", "(201) 555 0123", "b"},
		{"a number", "+12015550123", "ab"},
		{"a part is not the whole", "An", ""},
		{"two names match nothing", "Ann Lee", ""},
		{"a company is not searched", "Acorn", ""},
		{"a name is not trimmed", "Ann ", ""},
		{"space", " ", ""},
		{"100 characters", strings.Repeat("ä", 100), ""},
	} {
		t.Run("QRY-3 "+tc.name, func(t *testing.T) {
			q := contacts.Query{Search: tc.search}
			views, err := sn.Find(q)
			require.NoError(t, err)
			require.Equal(t, tc.want, letters(views))
			require.Equal(t, idsOf(referenceOf(sn).find(refQuery{search: tc.search})), ids(views))
			q.Filter = contacts.Eq("info.company", "acorn")
			views, err = sn.Find(q)
			require.NoError(t, err)
			want := ""
			if strings.Contains(tc.want, "b") {
				want = "b"
			}
			require.Equal(t, want, letters(views), "with a filter")
		})
	}
	for name, text := range map[string]string{"NUL": "a\x00", "broken UTF-8": "\xff"} {
		t.Run("QRY-3 "+name, func(t *testing.T) {
			for call, err := range queryCalls(t, s, contacts.Query{Search: text}) {
				require.Equal(t, oneViolation(badFormat("search", contacts.FormatText)), violations(t, err), call)
			}
		})
	}
	t.Run("QRY-3 101 characters", func(t *testing.T) {
		q := contacts.Query{Search: strings.Repeat("ä", 101)}
		want := oneViolation(contacts.Violation{Field: "search", Rule: contacts.RuleMaxLength, Threshold: 100})
		for name, err := range queryCalls(t, s, q) {
			require.Equal(t, want, violations(t, err), name)
		}
	})
}

// queryCalls returns the error of each call with a query.
func queryCalls(t testing.TB, s *contacts.Store, q contacts.Query) map[string]error {
	sn := s.Snapshot()
	_, find := sn.Find(q)
	_, count := sn.Count(q)
	_, explain := sn.Explain(q)
	_, list := s.List(t.Context(), q, nil)
	return map[string]error{"Find": find, "Count": count, "Explain": explain, "List": list}
}

func TestQuerySortMeaning(t *testing.T) {
	s := meaningStore(t)
	sn := s.Snapshot()
	for _, tc := range []struct{ field, ascending, descending string }{
		{"createdDate", "dabce", "ecbad"},
		{"lastActivity.activityDate", "dabce", "ecabd"},
		{"primaryInfo.email", "abcde", "cabde"},
		{"primaryEmail.email", "abcde", "cabde"},
		{"info.extendedFields.emailSubscriptions.effectiveEmail", "abcde", "cabde"},
		{"primaryPhone.formattedPhone", "aedbc", "eadbc"},
		{"primaryPhone.countryCode", "eadbc", "aedbc"},
		{"info.name.first", "abdce", "cdabe"},
		{"info.name.last", "abdce", "abdce"},
		{"info.company", "abdce", "abdce"},
		{"info.jobTitle", "dabce", "dabce"},
		{"info.birthdate", "badce", "abdce"},
		{"info.extendedFields.custom.motto", "cadbe", "acdbe"},
		{"info.extendedFields.custom.site", "adbce", "adbce"},
		{"info.extendedFields.custom.shoe-size", "cbade", "abcde"},
		{"info.extendedFields.custom.since", "abdce", "badce"},
		{"info.extendedFields.contacts.displayByFirstName", "abdce", "cdabe"},
		{"info.extendedFields.ecom.totalSpentAmount", "dabce", "dabce"},
	} {
		t.Run("QRY-2 "+tc.field, func(t *testing.T) {
			for order, want := range map[contacts.SortOrder]string{
				"": tc.ascending, contacts.SortAsc: tc.ascending, contacts.SortDesc: tc.descending,
			} {
				q := contacts.Query{Sort: []contacts.Sort{{Field: tc.field, Order: order}}}
				views, err := sn.Find(q)
				require.NoError(t, err)
				require.Equal(t, want, letters(views), order)
				require.Equal(t, idsOf(referenceOf(sn).find(refQuery{sort: q.Sort[0]})), ids(views))
			}
		})
	}
	for _, tc := range []struct {
		name string
		sort []contacts.Sort
		want any // a refusal or a violation
	}{
		{"none", nil, nil},
		{"an empty list", []contacts.Sort{}, nil},
		{"two", []contacts.Sort{{Field: "createdDate"}, {Field: "info.company"}},
			contacts.Violation{Field: "sort", Rule: contacts.RuleMaxSize, Threshold: 1}},
		{"three of unknown fields", []contacts.Sort{{}, {}, {}},
			contacts.Violation{Field: "sort", Rule: contacts.RuleMaxSize, Threshold: 1}},
		{"a field of 100 characters", []contacts.Sort{{Field: strings.Repeat("ä", 100)}},
			refused{contacts.ErrSortField, strings.Repeat("ä", 100), noOperator}},
		{"a field of 101 characters", []contacts.Sort{{Field: strings.Repeat("ä", 101)}},
			contacts.Violation{Field: "sort[0].fieldName", Rule: contacts.RuleMaxLength, Threshold: 100}},
		{"an unknown order", []contacts.Sort{{Field: "createdDate", Order: "UP"}},
			badFormat("sort[0].order", contacts.FormatEnum)},
		{"an order in small letters", []contacts.Sort{{Field: "info.company", Order: "desc"}},
			badFormat("sort[0].order", contacts.FormatEnum)},
		{"an unknown field", []contacts.Sort{{Field: "info.shoe"}}, refused{contacts.ErrSortField, "info.shoe", noOperator}},
		{"no field", []contacts.Sort{{}}, refused{contacts.ErrSortField, "", noOperator}},
		{"a name of the SDK", []contacts.Sort{{Field: "_createdDate"}},
			refused{contacts.ErrSortField, "_createdDate", noOperator}},
		{"a field in another case", []contacts.Sort{{Field: "CreatedDate"}},
			refused{contacts.ErrSortField, "CreatedDate", noOperator}},
		{"a custom field that is not defined", []contacts.Sort{{Field: "info.extendedFields.custom.none"}},
			refused{contacts.ErrSortField, "info.extendedFields.custom.none", noOperator}},
		{"a custom field without its prefix", []contacts.Sort{{Field: "custom.motto"}},
			refused{contacts.ErrSortField, "custom.motto", noOperator}},
	} {
		t.Run("QRY-2 "+tc.name, func(t *testing.T) {
			for name, err := range queryCalls(t, s, contacts.Query{Sort: tc.sort}) {
				switch want := tc.want.(type) {
				case nil:
					require.NoError(t, err, name)
				case contacts.Violation:
					require.Equal(t, oneViolation(want), violations(t, err), name)
				default:
					require.Equal(t, want, refusalOf(t, err), name)
				}
			}
		})
	}
}

// TestQueryMalformed tests filters that ParseFilter refuses.
func TestQueryMalformed(t *testing.T) {
	deep := func(n int, open, end string) string { return strings.Repeat(open, n) + `{}` + strings.Repeat(end, n) }
	malformed, unsupported := contacts.ErrMalformedFilter, contacts.ErrUnsupportedFilter
	for _, tc := range []struct {
		name, filter string
		code         contacts.Code
	}{
		{"nothing", ``, malformed},
		{"space", ` `, malformed},
		{"broken JSON", `{"info.company":`, malformed},
		{"something after it", `{}{}`, malformed},
		{"a comma too many", `{"info.company":"a",}`, malformed},
		{"null", `null`, malformed},
		{"an array", `[]`, malformed},
		{"a text", `"info.company"`, malformed},
		{"a number", `1`, malformed},
		{"true", `true`, malformed},
		{"broken UTF-8", "{\"info.company\":\"\xff\"}", malformed},
		{"broken UTF-8 in a name", "{\"info.\xff\":1}", malformed},
		{"half a pair", `{"info.company":"\ud800"}`, malformed},
		{"and of an object", `{"$and":{"info.company":"a"}}`, malformed},
		{"and of null", `{"$and":null}`, malformed},
		{"or of a text", `{"$or":"a"}`, malformed},
		{"or of an object in or", `{"$or":[{"$or":{}}]}`, malformed},
		{"an item that is a text", `{"$and":["info.company"]}`, malformed},
		{"an item that is null", `{"$or":[{},null]}`, malformed},
		{"an item that is an array", `{"$or":[[]]}`, malformed},
		{"not of an array", `{"$not":[{"info.company":"a"}]}`, malformed},
		{"not of null", `{"$not":null}`, malformed},
		{"not of a text", `{"$not":"a"}`, malformed},
		{"a field without operators", `{"info.company":{}}`, malformed},
		{"a field with something else", `{"info.company":{"x":1}}`, malformed},
		{"a field with something else, too", `{"info.company":{"$eq":"a","x":1}}`, malformed},
		{"a field with an empty name below it", `{"info.company":{"":"a"}}`, malformed},
		{"an unknown field without operators", `{"info.shoe":{}}`, malformed},
		{"a field twice", `{"info.company":"a","info.company":"b"}`, malformed},
		{"a field twice, spelled differently", `{"info.company":"a","info.\u0063ompany":"a"}`, malformed},
		{"an operator twice", `{"info.company":{"$eq":"a","$eq":"a"}}`, malformed},
		{"and twice", `{"$and":[],"$and":[]}`, malformed},
		{"a field twice, deeply", `{"$or":[{"$not":{"id":1,"id":2}}]}`, malformed},
		{"malformed after an unknown field", `{"info.shoe":1,"$and":{}}`, malformed},
		{"malformed before an unknown operator", `{"id":{},"$nor":[]}`, malformed},
		{"malformed after a bad value", `{"id":"x","info.company":{}}`, malformed},

		{"nor", `{"$nor":[]}`, unsupported},
		{"an operator of fields", `{"$eq":"a"}`, unsupported},
		{"an operator in capitals", `{"$AND":[]}`, unsupported},
		{"a dollar", `{"$":{}}`, unsupported},
		{"an unknown operator before malformed", `{"$nor":[],"id":{}}`, unsupported},
		{"nor, deeply", `{"$and":[{"$not":{"$nor":[]}}]}`, unsupported},
		{"FLT-8 101 levels of not", deep(100, `{"$not":`, `}`), unsupported},
		{"FLT-8 101 levels of and", deep(100, `{"$and":[`, `]}`), unsupported},
		{"FLT-8 4000 levels of or", deep(4000, `{"$or":[`, `]}`), unsupported},
		{"FLT-8 101 levels in a value", `{"info.company":` + deep(100, `[`, `]`) + `}`, unsupported},
		{"FLT-8 9998 levels of objects in a value", `{"id":"a","info.company":{"$eq":` + deep(9997, `{"a":`, `}`) + `}}`,
			unsupported},
		{"FLT-8 1001 conditions with the $or", `{"$or":[` + repeat(1000, `{"info.company":"a"}`) + `]}`, unsupported},
		{"FLT-8 1001 conditions in levels", `{"$or":[{"$and":[` + repeat(500, `{"info.company":{"$gt":1}}`) + `]},{"$and":[` +
			repeat(498, `{"id":"a"}`) + `]}]}`, unsupported},
		{"FLT-8 10001 values", `{"info.company":{"$in":[` + repeat(10001, `"a"`) + `]}}`, unsupported},
		{"FLT-8 10001 values in two lists", `{"info.company":{"$in":[` + repeat(5000, `"a"`) + `],"$hasSome":[` +
			repeat(5001, `1`) + `]}}`, unsupported},
	} {
		t.Run("FLT-2 "+tc.name, func(t *testing.T) {
			_, err := contacts.ParseFilter([]byte(tc.filter))
			require.Equal(t, tc.code, refusalOf(t, err).code)
			var f contacts.Filter
			if tc.filter == "null" {
				return // UnmarshalJSON reads it as no filter
			}
			err = f.UnmarshalJSON([]byte(tc.filter))
			require.Equal(t, tc.code, refusalOf(t, err).code)
			require.True(t, f.IsZero())
		})
	}
	t.Run("FLT-2 the operator is named", func(t *testing.T) {
		_, err := contacts.ParseFilter([]byte(`{"$and":[{"info.company":"a","$nor":[]}]}`))
		require.Equal(t, refused{unsupported, "", "$nor"}, refusalOf(t, err))
	})
	t.Run("FLT-2 the field is named", func(t *testing.T) {
		_, err := contacts.ParseFilter([]byte(`{"$and":[{"info.company":{"x":1}}]}`))
		require.Equal(t, "info.company", refusalOf(t, err).field)
	})
	t.Run("FLT-8 100 levels in a value", func(t *testing.T) {
		_, err := contacts.ParseFilter([]byte(`{"info.company":` + deep(99, `[`, `]`) + `}`))
		require.NoError(t, err)
	})
	t.Run("FLT-8 within the bounds", func(t *testing.T) {
		s := tableStore(t)
		for _, text := range []string{
			deep(99, `{"$not":`, `}`),
			deep(98, `{"$and":[`, `]}`),
			`{"$or":[` + repeat(999, `{"info.company":"a"}`) + `]}`,
			`{"info.company":{"$in":[` + repeat(10000, `"a"`) + `]}}`,
			`{"$or":[{"info.company":{"$in":[` + repeat(10000, `"a"`) + `]}},{"info.labelKeys":{"$hasAll":[]}}]}`,
		} {
			agrees(t, s.Snapshot(), referenceOf(s.Snapshot()), text)
		}
	})
}

// TestParseFilterWide parses objects with many members. That needs a moment, or minutes if each member is compared with
// all others.
func TestParseFilterWide(t *testing.T) {
	for _, filter := range []string{`{%s}`, `{"info.company":{%s}}`, `{"info.company":{"$eq":{%s}}}`} {
		var b strings.Builder
		for i := range 100_000 {
			fmt.Fprintf(&b, `,"$%d":1`, i)
		}
		t.Run("FLT-8 "+filter, func(t *testing.T) {
			_, err := contacts.ParseFilter(fmt.Appendf(nil, filter, b.String()[1:]))
			require.Equal(t, contacts.ErrUnsupportedFilter, contacts.CodeOf(err))
		})
	}
}

// repeat joins n copies of an item of a JSON array.
func repeat(n int, item string) string {
	return strings.TrimSuffix(strings.Repeat(item+",", n), ",")
}

// TestQueryUnknown tests filters with unknown fields and operators, and the order in which faults are found.
func TestQueryUnknown(t *testing.T) {
	s := tableStore(t)
	for _, field := range []string{
		"", "shoe", "info", "info.name", "info.emails", "info.phones.formattedPhone", "info.addresses.postalCode",
		"_id", "_createdDate", "_updatedDate", "revision", "source", "source.sourceType", "Id", "ID", "INFO.COMPANY",
		"info.company ", " info.company", "info.company.", ".info.company", "info..company",
		"info.name.first.x", "info.extendedFields", "info.extendedFields.", "info.extendedFields.custom",
		"info.extendedFields.custom.none", "info.extendedFields.items.custom.motto", "custom.motto",
		"info.labelKeys.items", "info.emails.items.email", "memberInfo.status", "primaryEmail", "info.picture",
		"primaryPhone.deliverabilityStatus", "info.extendedFields.Custom.motto", "info.extendedFields.custom.motto\u0000",
	} {
		t.Run("FLT-4 field "+field, func(t *testing.T) {
			name := must(json.Marshal(field))
			for _, operand := range []string{
				`"a"`, `null`, `{"$eq":1}`, `{"$exists":true}`, `{"$foo":[]}`, `{"$hasSome":["a"]}`,
			} {
				filter, err := contacts.ParseFilter(fmt.Appendf(nil, `{%s:%s}`, name, operand))
				require.NoError(t, err)
				for call, err := range queryCalls(t, s, contacts.Query{Filter: filter}) {
					found := refusalOf(t, err)
					require.Equal(t, contacts.ErrFilterField, found.code, "%s %s", call, operand)
					require.Equal(t, field, found.field, "%s %s", call, operand)
				}
			}
		})
	}
	id := `"` + testID(1).String() + `"`
	for _, tc := range []struct {
		name, filter string
		want         refused
	}{
		{"the first of two fields", `{"info.shoe":1,"info.hat":1}`, refused{contacts.ErrFilterField, "info.shoe", ""}},
		{"a value before a field", `{"id":"x","info.shoe":1}`, refused{contacts.ErrFilterValue, "id", "$eq"}},
		{"a type before an operator", `{"id":{"$eq":1,"$gt":1}}`, refused{contacts.ErrFilterValueType, "id", "$eq"}},
		{"an operator before a type", `{"id":{"$gt":1,"$eq":1}}`, refused{contacts.ErrFilterOperator, "id", "$gt"}},
		{"an operator before its value", `{"id":{"$gt":null}}`, refused{contacts.ErrFilterOperator, "id", "$gt"}},
		{"the first of the values", `{"id":{"$in":[` + id + `,"x",1]}}`, refused{contacts.ErrFilterValue, "id", "$in"}},
		{"the first type of the values", `{"id":{"$in":[` + id + `,1,"x"]}}`,
			refused{contacts.ErrFilterValueType, "id", "$in"}},
		{"deep before flat", `{"$or":[{},{"$not":{"id":{"$nin":[]}}}],"id":1}`,
			refused{contacts.ErrFilterOperator, "id", "$nin"}},
		{"flat before deep", `{"id":1,"$or":[{"info.shoe":1}]}`, refused{contacts.ErrFilterValueType, "id", "$eq"}},
		{"in a part that can match nothing", `{"$and":[{"$or":[]},{"id":1}]}`,
			refused{contacts.ErrFilterValueType, "id", "$eq"}},
		{"in a part that does not count", `{"$or":[{},{"id":1}]}`, refused{contacts.ErrFilterValueType, "id", "$eq"}},
		{"after nothing of a list", `{"info.company":{"$in":[]},"id":1}`, refused{contacts.ErrFilterValueType, "id", "$eq"}},
		{"isEmpty", `{"info.emails.email":{"$isEmpty":true}}`,
			refused{contacts.ErrFilterOperator, "info.emails.email", "$isEmpty"}},
		{"a logical operator under a field", `{"info.company":{"$not":{"$eq":"a"}}}`,
			refused{contacts.ErrFilterOperator, "info.company", "$not"}},
	} {
		t.Run("FLT-3 "+tc.name, func(t *testing.T) {
			filter, n := mustParse(t, tc.filter)
			want := tc.want
			if want.code == contacts.ErrFilterField {
				want.operator = ""
			}
			require.Equal(t, want.code, referenceOf(s.Snapshot()).refCheck(n).code)
			for call, err := range queryCalls(t, s, contacts.Query{Filter: filter}) {
				found := refusalOf(t, err)
				if found.code == contacts.ErrFilterField {
					found.operator = "" // ignored: the field was refused
				}
				require.Equal(t, want, found, call)
			}
		})
	}
	t.Run("FLT-4 a custom field belongs to a store, as long as it is defined", func(t *testing.T) {
		filter := contacts.Eq("info.extendedFields.custom.shoe-size", 42)
		sn := s.Snapshot()
		n, err := sn.Count(contacts.Query{Filter: filter})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.NoError(t, s.DeleteField(t.Context(), "custom.shoe-size"))
		_, err = s.Snapshot().Count(contacts.Query{Filter: filter})
		require.ErrorIs(t, err, contacts.ErrFilterField)
		n, err = sn.Count(contacts.Query{Filter: filter})
		require.NoError(t, err, "the snapshot is older")
		require.Equal(t, 1, n)
		_, err = newStore(t).Snapshot().Count(contacts.Query{Filter: filter})
		require.ErrorIs(t, err, contacts.ErrFilterField)
	})
}

// TestQueryChecks tests the order in which a query is checked, and that all calls refuse it for the same reason.
func TestQueryChecks(t *testing.T) {
	s := tableStore(t)
	badFilter, badField := contacts.Eq("info.shoe", 1), []contacts.Sort{{Field: "info.shoe"}}
	for _, tc := range []struct {
		name  string
		query contacts.Query
		want  contacts.Code
	}{
		{"a search before a filter", contacts.Query{Search: "\x00", Filter: badFilter}, contacts.ErrInvalid},
		{"an order before a filter", contacts.Query{
			Sort: []contacts.Sort{{Field: "createdDate", Order: "x"}}, Filter: badFilter,
		}, contacts.ErrInvalid},
		{"a filter before a field to sort by", contacts.Query{Filter: badFilter, Sort: badField}, contacts.ErrFilterField},
		{"a large filter before a field in it", contacts.Query{Filter: contacts.And(badFilter, largeFilter(1000))},
			contacts.ErrUnsupportedFilter},
		{"a field to sort by where nothing is to be sorted", contacts.Query{Filter: contacts.Or(), Sort: badField},
			contacts.ErrSortField},
		{"a large filter made of parts", contacts.Query{Filter: largeFilter(1000)}, contacts.ErrUnsupportedFilter},
		{"a filter just not too large", contacts.Query{Filter: largeFilter(999)}, ""},
	} {
		t.Run("QRY-1 "+tc.name, func(t *testing.T) {
			for call, err := range queryCalls(t, s, tc.query) {
				require.Equal(t, tc.want, contacts.CodeOf(err), call)
			}
		})
	}
	t.Run("QRY-1 search, number of fields and order at once", func(t *testing.T) {
		q := contacts.Query{Search: strings.Repeat("a", 101), Sort: []contacts.Sort{{Order: "x"}, {}}}
		for call, err := range queryCalls(t, s, q) {
			found := violations(t, err)
			require.Contains(t, found, contacts.Violation{Field: "search", Rule: contacts.RuleMaxLength, Threshold: 100}, call)
			require.Contains(t, found, contacts.Violation{Field: "sort", Rule: contacts.RuleMaxSize, Threshold: 1}, call)
		}
	})
}

// largeFilter has n conditions and one $or.
func largeFilter(n int) contacts.Filter {
	list := make([]contacts.Filter, n)
	for i := range list {
		list[i] = contacts.Eq("info.company", "a")
	}
	return contacts.Or(list...)
}

// TestExplain tests queries that an index serves, and the number of contacts that they examine.
func TestExplain(t *testing.T) {
	s := meaningStore(t)
	sn := s.Snapshot()
	id := letterID('a').String()
	for _, tc := range []struct {
		name, filter string
		want         contacts.Plan
	}{
		{"everything", `{}`, contacts.Plan{Index: "created", Rows: 5}},
		{"a name", `{"info.name.first":"Ann"}`, contacts.Plan{Index: "created", Rows: 5}},
		{"an ID", `{"id":"` + id + `"}`, contacts.Plan{Index: "id", Rows: 1, Sorted: true}},
		{"an ID and more", `{"info.name.first":"Bob","id":"` + id + `"}`, contacts.Plan{Index: "id", Rows: 1, Sorted: true}},
		{"IDs", `{"id":{"$in":["` + id + `","` + id + `","` + missingID.String() + `"]}}`,
			contacts.Plan{Index: "id", Rows: 1, Sorted: true}},
		{"any email", `{"info.emails.email":"ann@x.test"}`, contacts.Plan{Index: "email", Rows: 2}},
		{"a primary email", `{"primaryInfo.email":"SECOND@x.test"}`, contacts.Plan{Index: "email", Rows: 1}},
		{"start of an email", `{"info.emails.email":{"$startsWith":"ann@"}}`,
			contacts.Plan{Index: "email prefix", Rows: 2, Sorted: true}},
		{"a number", `{"info.phones.e164Phone":"+12015550123"}`, contacts.Plan{Index: "phone", Rows: 2}},
		{"a label", `{"info.labelKeys":{"$hasAll":["custom.vip"]}}`, contacts.Plan{Index: "label", Rows: 2}},
		{"a period", `{"createdDate":{"$gte":"2025-06-01T12:00:00.500Z"}}`,
			contacts.Plan{Index: "created", Rows: 2}},
		{"several", `{"$or":[{"id":"` + id + `"},{"info.emails.email":"eva@y.test"}]}`,
			contacts.Plan{Index: "several", Rows: 2, Sorted: true}},
	} {
		t.Run("QRY-8 "+tc.name, func(t *testing.T) {
			filter, _ := mustParse(t, tc.filter)
			plan, err := sn.Explain(contacts.Query{Filter: filter})
			require.NoError(t, err)
			require.Equal(t, tc.want, plan)
			plan, err = sn.Explain(contacts.Query{Filter: filter, Sort: []contacts.Sort{{Field: "info.company"}}})
			require.NoError(t, err)
			require.Equal(t, contacts.Plan{Index: tc.want.Index, Rows: tc.want.Rows, Sorted: true}, plan)
			byCreation := []contacts.Sort{{Field: "createdDate", Order: contacts.SortDesc}}
			plan, err = sn.Explain(contacts.Query{Filter: filter, Sort: byCreation})
			require.NoError(t, err)
			require.Equal(t, tc.want, plan)
		})
	}
}

type shoeSize int

// TestFilterFunctions builds filters in Go, with values of many types.
func TestFilterFunctions(t *testing.T) {
	s := meaningStore(t)
	sn := s.Snapshot()
	noon := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	shoe := "info.extendedFields.custom.shoe-size"
	for _, tc := range []struct {
		name   string
		filter contacts.Filter
		json   string // the output of MarshalJSON, except white space; parsed, it is the same filter
		want   string
	}{
		{"zero", contacts.Filter{}, `{}`, "dabce"},
		{"equal", contacts.Eq("info.name.first", "Ann"), `{"info.name.first":"Ann"}`, "a"},
		{"not equal", contacts.Ne("info.name.first", "Ann"), `{"info.name.first":{"$ne":"Ann"}}`, "dbce"},
		{"an ID", contacts.Eq("id", letterID('b')), `{"id":"` + letterID('b').String() + `"}`, "b"},
		{"IDs", contacts.In("id", letterID('b'), letterID('d')),
			`{"id":{"$in":["` + letterID('b').String() + `","` + letterID('d').String() + `"]}}`, "db"},
		{"a time", contacts.Gt("createdDate", noon), `{"createdDate":{"$gt":"2025-06-01T12:00:00Z"}}`, "ce"},
		{"a time in a zone", contacts.Gte("createdDate", noon.In(time.FixedZone("", 3600))),
			`{"createdDate":{"$gte":"2025-06-01T13:00:00+01:00"}}`, "abce"},
		{"a time with all digits", contacts.Lt("createdDate", noon.Add(1)),
			`{"createdDate":{"$lt":"2025-06-01T12:00:00.000000001Z"}}`, "dab"},
		{"a word", contacts.Eq("primaryEmail.subscriptionStatus", subscribed),
			`{"primaryEmail.subscriptionStatus":"SUBSCRIBED"}`, "c"},
		{"words", contacts.Nin("primaryEmail.subscriptionStatus", subscribed, notSet),
			`{"primaryEmail.subscriptionStatus":{"$nin":["SUBSCRIBED","NOT_SET"]}}`, "de"},
		{"an int", contacts.Eq(shoe, 42), `{"` + shoe + `":42}`, "a"},
		{"an int of a type", contacts.Lte(shoe, shoeSize(0)), `{"` + shoe + `":{"$lte":0}}`, "bc"},
		{"an uint8", contacts.Gte(shoe, uint8(1)), `{"` + shoe + `":{"$gte":1}}`, "a"},
		{"a float", contacts.Eq(shoe, -1.5), `{"` + shoe + `":-1.5}`, "c"},
		{"a float32", contacts.Lt(shoe, float32(-1.25)), `{"` + shoe + `":{"$lt":-1.25}}`, "c"},
		{"a JSON number", contacts.Eq(shoe, json.Number("4.2e1")), `{"` + shoe + `":4.2e1}`, "a"},
		{"labels", contacts.HasAll("info.labelKeys", "contacts.customers", "custom.vip"),
			`{"info.labelKeys":{"$hasAll":["contacts.customers","custom.vip"]}}`, "a"},
		{"no labels", contacts.HasSome[string]("info.labelKeys"), `{"info.labelKeys":{"$hasSome":[]}}`, ""},
		{"some labels", contacts.HasSome("info.labelKeys", "contacts.customers"),
			`{"info.labelKeys":{"$hasSome":["contacts.customers"]}}`, "ac"},
		{"exists", contacts.Exists("info.company", false), `{"info.company":{"$exists":false}}`, "dce"},
		{"starts with", contacts.StartsWith("info.company", "AC"), `{"info.company":{"$startsWith":"AC"}}`, "ab"},
		{"and", contacts.And(contacts.Eq("info.name.first", "ann"), contacts.Filter{}),
			`{"$and":[{"info.name.first":"ann"},{"$and":[]}]}`, "b"},
		{"and of one", contacts.And(contacts.Eq("info.name.first", "ann")), `{"$and":[{"info.name.first":"ann"}]}`, "b"},
		{"or", contacts.Or(contacts.Eq("info.name.first", "ann"), contacts.Eq("info.name.first", "Dan")),
			`{"$or":[{"info.name.first":"ann"},{"info.name.first":"Dan"}]}`, "db"},
		{"not", contacts.Not(contacts.Eq("info.name.first", "ann")), `{"$not":{"info.name.first":"ann"}}`, "dace"},
		{"not zero", contacts.Not(contacts.Filter{}), `{"$not":{"$and":[]}}`, ""},
		{"and of nothing", contacts.And(), `{"$and":[]}`, "dabce"},
		{"or of nothing", contacts.Or(), `{"$or":[]}`, ""},
		{"a field twice", contacts.And(contacts.Gt("createdDate", noon), contacts.Lt("createdDate", noon.Add(time.Minute))),
			`{"$and":[{"createdDate":{"$gt":"2025-06-01T12:00:00Z"}},{"createdDate":{"$lt":"2025-06-01T12:01:00Z"}}]}`, "c"},
	} {
		t.Run("FLT-1 "+tc.name, func(t *testing.T) {
			views, err := sn.Find(contacts.Query{Filter: tc.filter})
			require.NoError(t, err)
			require.Equal(t, tc.want, letters(views))
			text, err := json.Marshal(tc.filter)
			require.NoError(t, err)
			require.JSONEq(t, tc.json, string(text))
			agrees(t, sn, referenceOf(sn), string(text))
			var again contacts.Filter
			require.NoError(t, json.Unmarshal(text, &again))
			require.Equal(t, tc.filter, again)
		})
	}
	var never *time.Time
	for name, value := range map[string]any{
		"nil": nil, "a nil pointer": never, "a channel": make(chan int), "a function": func() {},
		"a map":    map[string]any{"$eq": 1},
		"a struct": contacts.Name{First: "Ann"}, "a list": []string{"Ann"}, "true": true, "a number": 1, "NaN": math.NaN(),
		"infinity": math.Inf(1), "no JSON number": json.Number("0x1"), "a complex number": 1i, "bytes": []byte("Ann"),
	} {
		t.Run("FLT-7 "+name, func(t *testing.T) {
			for _, filter := range []contacts.Filter{
				contacts.Eq("info.name.first", value), contacts.In("info.name.first", "Ann", value),
				contacts.Not(contacts.Ne("info.name.first", value)),
			} {
				for call, err := range queryCalls(t, s, contacts.Query{Filter: filter}) {
					require.Equal(t, contacts.ErrFilterValueType, contacts.CodeOf(err), call)
				}
			}
		})
	}
	for name, value := range map[string]string{"broken UTF-8": "a\xff", "NUL": "\x00"} {
		t.Run("FLT-7 "+name, func(t *testing.T) {
			for operator, filter := range map[string]contacts.Filter{
				"$eq": contacts.Eq("info.name.first", value), "$in": contacts.In("info.name.first", "Ann", value),
				"$startsWith": contacts.StartsWith("info.name.first", value),
			} {
				_, err := sn.Find(contacts.Query{Filter: filter})
				require.Equal(t, refused{contacts.ErrFilterValue, "info.name.first", operator}, refusalOf(t, err))
			}
		})
	}
	t.Run("FLT-1 a filter copies its arguments", func(t *testing.T) {
		names := []string{"Ann", "Dan"}
		list := []contacts.Filter{contacts.In("info.name.first", names...), contacts.Exists("id", true)}
		filter := contacts.And(list...)
		emails := contacts.In("info.emails.email", "EVA@y.test ", " Ann@x.test")
		names[0], list[1] = "ann", contacts.Or()
		for range 2 { // the second time with a used filter
			views, err := sn.Find(contacts.Query{Filter: filter})
			require.NoError(t, err)
			require.Equal(t, "da", letters(views))
			views, err = sn.Find(contacts.Query{Filter: emails})
			require.NoError(t, err)
			require.Equal(t, "abc", letters(views))
			require.JSONEq(t, `{"info.emails.email":{"$in":["EVA@y.test "," Ann@x.test"]}}`, string(must(emails.MarshalJSON())))
		}
	})
}

// TestFoldedTexts compares letters that lower case keeps apart or joins wrongly, for every way to ask for a text.
func TestFoldedTexts(t *testing.T) {
	s := newStore(t)
	// One contact per text, in the order of creation: names and emails differ only in case or look alike.
	names := []string{"ΝΙΚΟΣ", "Νικος", "νικοσ", "Kim", "\u212aim", "ſam", "Sam", "\u0130da", "Ida", "ıda", "Straẞe", "straße"}
	for _, name := range names {
		create(t, s, person(name, name+"@x.test"))
	}
	sn := s.Snapshot()
	found := func(t *testing.T, q contacts.Query) (found []string) {
		t.Helper()
		views, err := sn.Find(q)
		require.NoError(t, err)
		for v := range views {
			found = append(found, v.Name().First)
		}
		return found
	}
	sigmas, all := names[:3], []string{"Kim", "\u212aim"}
	for _, tc := range []struct {
		text          string
		names, emails []string
	}{
		{"νικος", sigmas, sigmas},
		{"ΝΙΚΟΣ", sigmas, sigmas},
		{"kim", all, []string{"Kim"}},
		{"KIM", all, []string{"Kim"}},
		{"\u212aIM", all, []string{"\u212aim"}},
		{"sAM", []string{"ſam", "Sam"}, []string{"Sam"}},
		{"ſAM", []string{"ſam", "Sam"}, []string{"ſam"}},
		{"ida", []string{"Ida"}, []string{"Ida"}},
		{"\u0130DA", []string{"\u0130da"}, []string{"\u0130da"}},
		{"ıda", []string{"ıda"}, []string{"ıda"}},
		{"STRASSE", nil, nil},
		{"STRAẞE", names[10:], names[10:]},
	} {
		t.Run("QRY-3 FLT-6 ORD-1 "+tc.text, func(t *testing.T) {
			address := tc.text + "@X.test"
			require.Equal(t, tc.names, found(t, contacts.Query{Search: tc.text}))
			for _, search := range []string{address, "\t" + address + " "} {
				require.Equal(t, tc.emails, found(t, contacts.Query{Search: search}), "%q", search)
			}
			require.Equal(t, tc.names, found(t, contacts.Query{Filter: contacts.StartsWith("info.name.first", tc.text)}))
			for _, field := range []string{"primaryInfo.email", "primaryEmail.email", "info.emails.email"} {
				require.Equal(t, tc.emails, found(t, contacts.Query{Filter: contacts.Eq(field, address)}), field)
				require.Equal(t, tc.emails, found(t, contacts.Query{Filter: contacts.In(field, address, "none")}), field)
				for _, prefix := range []string{tc.text, tc.text + "@", address} {
					f := contacts.StartsWith(field, prefix)
					require.Equal(t, tc.emails, found(t, contacts.Query{Filter: f}), field)
					require.Empty(t, found(t, contacts.Query{Filter: contacts.StartsWith(field, " "+prefix)}), field)
					f = contacts.Not(contacts.Not(f)) // without the index
					require.Equal(t, tc.emails, found(t, contacts.Query{Filter: f}), field)
				}
			}
			var byEmail []string
			for v := range sn.ByEmail(address + "\u00a0") {
				byEmail = append(byEmail, v.Name().First)
			}
			require.Equal(t, tc.emails, byEmail)
			n, err := sn.Count(contacts.Query{Filter: contacts.Eq("info.name.first", tc.text)})
			require.NoError(t, err)
			require.LessOrEqual(t, n, 1, "names are compared exactly")
		})
	}
	t.Run("QRY-2 equal without regard to case", func(t *testing.T) {
		q := contacts.Query{Sort: []contacts.Sort{{Field: "info.name.first"}}, Filter: contacts.In("info.name.first", names[:7]...)}
		require.Equal(t, []string{"Kim", "\u212aim", "ſam", "Sam", "ΝΙΚΟΣ", "Νικος", "νικοσ"}, found(t, q))
		q.Sort[0].Order = contacts.SortDesc
		require.Equal(t, sigmas, found(t, q)[:3])
	})
}
