package test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold/foldtest"
)

// This file answers queries in the most obvious way: it parses the text of the filter with encoding/json and examines
// all contacts one by one, as callers see them. It shares nothing with the package; its table of fields is queryTable,
// written by hand. The tests of queries require its results.

// reference is a snapshot as the reference sees it.
type reference struct {
	contacts []*contacts.Contact // in the order of creation
	rows     map[string]queryRow // fields that filters accept, by path
}

func referenceOf(sn *contacts.Snapshot) *reference {
	ref := &reference{rows: map[string]queryRow{}}
	for v := range sn.All() {
		ref.contacts = append(ref.contacts, v.Clone())
	}
	for _, row := range queryTable {
		ref.rows[row.field] = row
	}
	for field := range sn.Fields() {
		if field.FieldType == contacts.FieldUserDefined {
			row := customRow(field)
			ref.rows[row.field] = row
		}
	}
	return ref
}

// refNode is a JSON value whose object members keep their order and may repeat.
type refNode struct {
	value   any // nil, bool, string, json.Number, json.Delim('{') or json.Delim('[')
	names   []string
	members []*refNode // of an object or an array
}

func (n *refNode) isObject() bool { return n.value == json.Delim('{') }

func (n *refNode) isArray() bool { return n.value == json.Delim('[') }

// refParse parses one JSON text in valid UTF-8.
func refParse(text []byte) (*refNode, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8")
	}
	if !json.Valid(text) { // Decoder.Token accepts some invalid JSON
		return nil, errors.New("not JSON")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	n, err := refDecode(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one value")
	}
	return n, nil
}

func refDecode(d *json.Decoder) (*refNode, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	n := &refNode{value: token}
	if _, ok := token.(json.Delim); !ok {
		return n, nil
	}
	for d.More() {
		if n.isObject() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			n.names = append(n.names, name.(string))
		}
		member, err := refDecode(d)
		if err != nil {
			return nil, err
		}
		n.members = append(n.members, member)
	}
	_, err = d.Token() // the end
	return n, err
}

// refused is the reason for which a filter is refused; the zero value means that it is accepted.
type refused struct {
	code            contacts.Code
	field, operator string
}

const noOperator = ""

// refShape returns the first fault in the form of a filter, independent of any store.
func refShape(n *refNode) refused {
	malformed := refused{code: contacts.ErrMalformedFilter}
	if !n.isObject() {
		return malformed
	}
	for i, name := range n.names {
		if slices.Contains(n.names[:i], name) {
			return malformed
		}
		member := n.members[i]
		var fault refused
		switch {
		case name == "$and" || name == "$or":
			if !member.isArray() {
				return malformed
			}
			for _, item := range member.members {
				if fault = refShape(item); fault.code != "" {
					break
				}
			}
		case name == "$not":
			fault = refShape(member)
		case strings.HasPrefix(name, "$"):
			fault = refused{contacts.ErrUnsupportedFilter, "", name}
		default:
			fault = refConditions(name, member)
		}
		if fault.code != "" {
			return fault
		}
	}
	return refused{}
}

// refConditions checks the form of the conditions of a field: a value, or an object of operators.
func refConditions(field string, n *refNode) refused {
	if !n.isObject() {
		return refused{}
	}
	for i, operator := range n.names {
		if !strings.HasPrefix(operator, "$") || slices.Contains(n.names[:i], operator) {
			return refused{contacts.ErrMalformedFilter, field, noOperator}
		}
	}
	if len(n.names) == 0 {
		return refused{contacts.ErrMalformedFilter, field, noOperator}
	}
	return refused{}
}

// refCheck returns the first condition, in the order of the text, with an unknown field, an operator that the field
// does not accept, or a value that the field cannot have. The form must be valid.
func (ref *reference) refCheck(n *refNode) refused {
	for i, name := range n.names {
		member := n.members[i]
		switch name {
		case "$and", "$or":
			for _, item := range member.members {
				if found := ref.refCheck(item); found.code != "" {
					return found
				}
			}
		case "$not":
			if found := ref.refCheck(member); found.code != "" {
				return found
			}
		default:
			operators := member.names
			if !member.isObject() {
				operators = []string{"$eq"}
			}
			for k, operator := range operators {
				operand := member
				if member.isObject() {
					operand = member.members[k]
				}
				if code := ref.refCondition(name, operator, operand); code != "" {
					return refused{code, name, operator}
				}
			}
		}
	}
	return refused{}
}

func (ref *reference) refCondition(field, operator string, operand *refNode) contacts.Code {
	row, ok := ref.rows[field]
	if !ok {
		return contacts.ErrFilterField
	}
	if !row.accepts(operator) {
		return contacts.ErrFilterOperator
	}
	if operator == "$exists" {
		if _, ok := operand.value.(bool); !ok {
			return contacts.ErrFilterValueType
		}
		return ""
	}
	values := []*refNode{operand}
	if isListOperator(operator) {
		if !operand.isArray() {
			return contacts.ErrFilterValueType
		}
		values = operand.members
	}
	for _, v := range values {
		if _, code := row.operand(operator, v.value); code != "" {
			return code
		}
	}
	return ""
}

// guidForm is the form of IDs in JSON.
var guidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// timeForm is ISO 8601 with a zone.
var timeForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// operand returns a value of a filter in the compared form of the field: string, float64 or time.Time.
func (row queryRow) operand(operator string, value any) (any, contacts.Code) {
	if row.kind == ofNumber {
		number, ok := value.(json.Number)
		if !ok {
			return nil, contacts.ErrFilterValueType
		}
		f, err := number.Float64()
		if err != nil {
			return nil, contacts.ErrFilterValue
		}
		return f, ""
	}
	text, ok := value.(string)
	if !ok {
		return nil, contacts.ErrFilterValueType
	}
	bad := strings.Contains(text, "\x00")
	switch row.kind {
	case ofID, ofIDs:
		bad = !guidForm.MatchString(text)
	case ofWord:
		bad = !slices.Contains(row.words, text)
	case ofDate:
		_, err := time.Parse(time.DateOnly, text)
		bad = err != nil || len(text) != len(time.DateOnly)
	case ofTime:
		t, err := time.Parse(time.RFC3339, text)
		if err != nil || !timeForm.MatchString(text) || t.UTC().Year() < 0 || t.UTC().Year() > 9999 {
			return nil, contacts.ErrFilterValue
		}
		return t, ""
	}
	if bad {
		return nil, contacts.ErrFilterValue
	}
	if isPrefix(operator) {
		return text, ""
	}
	return row.compared(text), ""
}

// compared returns the form of a text in which the field is compared for equality.
func (row queryRow) compared(text string) string {
	switch row.kind {
	case ofEmail:
		return foldtest.EmailKey(text)
	case ofID, ofIDs:
		return strings.ToLower(text)
	case ofLocale:
		return foldtest.WithoutCase(text)
	default:
		return text
	}
}

// values returns all values that a contact has for a field, as the contact shows them. A contact may have none.
func (row queryRow) values(c *contacts.Contact) []any {
	var texts []string
	switch row.field {
	case "id":
		texts = []string{c.ID.String()}
	case "createdDate":
		return []any{c.CreatedDate}
	case "updatedDate":
		return []any{c.UpdatedDate}
	case "lastActivity.activityDate":
		return []any{c.LastActivity.ActivityDate}
	case "primaryInfo.email":
		texts = []string{c.PrimaryInfo.Email}
	case "primaryInfo.phone":
		texts = []string{c.PrimaryInfo.Phone}
	case "primaryEmail.email":
		texts = []string{c.PrimaryEmail.Email}
	case "primaryEmail.subscriptionStatus":
		texts = []string{string(c.PrimaryEmail.SubscriptionStatus)}
	case "primaryEmail.deliverabilityStatus":
		texts = []string{string(c.PrimaryEmail.DeliverabilityStatus)}
	case "primaryPhone.phone":
		texts = []string{c.PrimaryPhone.Phone}
	case "primaryPhone.e164Phone":
		texts = []string{c.PrimaryPhone.E164}
	case "primaryPhone.formattedPhone":
		texts = []string{c.PrimaryPhone.Formatted}
	case "primaryPhone.countryCode":
		texts = []string{c.PrimaryPhone.CountryCode}
	case "primaryPhone.subscriptionStatus":
		texts = []string{string(c.PrimaryPhone.SubscriptionStatus)}
	case "info.name.first":
		texts = []string{c.Info.Name.First}
	case "info.name.last":
		texts = []string{c.Info.Name.Last}
	case "info.emails.email":
		for _, e := range c.Info.Emails {
			texts = append(texts, e.Address)
		}
	case "info.phones.phone":
		for _, p := range c.Info.Phones {
			texts = append(texts, p.Number)
		}
	case "info.phones.e164Phone":
		for _, p := range c.Info.Phones {
			texts = append(texts, p.E164)
		}
	case "info.addresses.street":
		for _, a := range c.Info.Addresses {
			texts = append(texts, streetsOf(a)...)
		}
	case "info.addresses.city":
		for _, a := range c.Info.Addresses {
			texts = append(texts, a.City)
		}
	case "info.addresses.subdivision":
		for _, a := range c.Info.Addresses {
			texts = append(texts, a.Subdivision)
		}
	case "info.addresses.country":
		for _, a := range c.Info.Addresses {
			texts = append(texts, a.Country)
		}
	case "info.company":
		texts = []string{c.Info.Company}
	case "info.jobTitle":
		texts = []string{c.Info.JobTitle}
	case "info.birthdate":
		texts = []string{c.Info.Birthdate}
	case "info.locale":
		texts = []string{c.Info.Locale}
	case "info.labelKeys":
		texts = c.Info.LabelKeys
	case "info.locations":
		for _, id := range c.Info.Locations {
			texts = append(texts, id.String())
		}
	default:
		switch v := c.Info.ExtendedFields[strings.TrimPrefix(row.field, "info.extendedFields.")].(type) {
		case float64:
			return []any{v}
		case string:
			texts = []string{v}
		}
	}
	var out []any
	for _, text := range texts {
		if text != "" {
			out = append(out, row.compared(text))
		}
	}
	return out
}

// streetsOf returns the texts under which a street is found: the address line, or its parts in both orders.
func streetsOf(a contacts.Address) []string {
	switch street := a.StreetAddress; {
	case a.AddressLine != "":
		return []string{a.AddressLine}
	case street == nil:
		return nil
	case street.Number == "" || street.Name == "":
		return []string{street.Number + street.Name}
	default:
		return []string{street.Number + " " + street.Name, street.Name + " " + street.Number}
	}
}

// compareValues compares two values of one field.
func compareValues(a, b any) int {
	switch a := a.(type) {
	case float64:
		return cmp.Compare(a, b.(float64))
	case time.Time:
		return a.Compare(b.(time.Time))
	default:
		return cmp.Compare(a.(string), b.(string))
	}
}

// matches reports whether a contact matches a filter, which must be valid.
func (ref *reference) matches(c *contacts.Contact, n *refNode) bool {
	for i, name := range n.names {
		member := n.members[i]
		ok := true
		switch name {
		case "$and":
			for _, item := range member.members {
				ok = ok && ref.matches(c, item)
			}
		case "$or":
			ok = false
			for _, item := range member.members {
				ok = ok || ref.matches(c, item)
			}
		case "$not":
			ok = !ref.matches(c, member)
		default:
			row := ref.rows[name]
			if !member.isObject() {
				ok = row.meets(c, "$eq", member)
				break
			}
			for k, operator := range member.names {
				ok = ok && row.meets(c, operator, member.members[k])
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

// meets reports whether the values of a contact meet one condition.
func (row queryRow) meets(c *contacts.Contact, operator string, operand *refNode) bool {
	values := row.values(c)
	if operator == "$exists" {
		return operand.value == (len(values) > 0)
	}
	given := []*refNode{operand}
	if isListOperator(operator) {
		given = operand.members
	}
	found := 0 // the number of given values that the contact has
	for _, g := range given {
		want, _ := row.operand(operator, g.value)
		if slices.ContainsFunc(values, func(v any) bool { return row.relates(operator, v, want) }) {
			found++
		}
	}
	switch operator {
	case "$ne", "$nin":
		return found == 0
	case "$hasAll":
		return found == len(given)
	default:
		return found > 0
	}
}

// relates reports whether a value has the relation of the operator to the given one; for negative operators and those
// of lists, whether they are equal.
func (row queryRow) relates(operator string, v, given any) bool {
	if isPrefix(operator) {
		folded := foldtest.WithoutCase
		if row.kind == ofEmail {
			folded = foldtest.EmailPrefix
		}
		return strings.HasPrefix(folded(v.(string)), folded(given.(string)))
	}
	order := compareValues(v, given)
	switch operator {
	case "$gt":
		return order > 0
	case "$gte":
		return order >= 0
	case "$lt":
		return order < 0
	case "$lte":
		return order <= 0
	default:
		return order == 0
	}
}

func isPrefix(operator string) bool { return operator == "$startsWith" || operator == "$begins" }

func isListOperator(operator string) bool {
	return slices.Contains([]string{"$in", "$nin", "$hasSome", "$hasAll"}, operator)
}

// found reports whether a search finds a contact.
func found(c *contacts.Contact, search string) bool {
	if search == "" {
		return true
	}
	texts := []string{c.Info.Name.First, c.Info.Name.Last}
	for _, p := range c.Info.Phones {
		texts = append(texts, p.Number, p.E164)
	}
	for _, e := range c.Info.Emails {
		if addressKey(e.Address) == addressKey(search) {
			return true
		}
	}
	folded := foldtest.WithoutCase(search)
	return slices.ContainsFunc(texts, func(s string) bool { return foldtest.WithoutCase(s) == folded })
}

// refQuery is a query of the reference. The zero filter matches every contact.
type refQuery struct {
	filter *refNode
	sort   contacts.Sort // none without a field
	search string
}

// find returns the results of a query, which must be valid, in its order.
func (ref *reference) find(q refQuery) []*contacts.Contact {
	var out []*contacts.Contact
	for _, c := range ref.contacts {
		if (q.filter == nil || ref.matches(c, q.filter)) && found(c, q.search) {
			out = append(out, c)
		}
	}
	down := q.sort.Order == contacts.SortDesc
	switch q.sort.Field {
	case "":
	case "createdDate":
		if down {
			slices.Reverse(out)
		}
	default:
		row := ref.rows[q.sort.Field]
		slices.SortStableFunc(out, func(a, b *contacts.Contact) int {
			x, y := row.values(a), row.values(b)
			switch {
			case len(x) == 0 || len(y) == 0:
				return len(y) - len(x) // contacts without a value come last in both directions
			case down:
				return compareValues(sortKey(y[0]), sortKey(x[0]))
			default:
				return compareValues(sortKey(x[0]), sortKey(y[0]))
			}
		})
	}
	return out
}

// sortKey removes the case of a text.
func sortKey(v any) any {
	if text, ok := v.(string); ok {
		return foldtest.WithoutCase(text)
	}
	return v
}

// The functions below compare the package with the reference.

// mustParse parses a filter for both sides.
func mustParse(t testing.TB, text string) (contacts.Filter, *refNode) {
	t.Helper()
	filter, err := contacts.ParseFilter([]byte(text))
	require.NoError(t, err, text)
	n, err := refParse([]byte(text))
	require.NoError(t, err, text)
	require.Zero(t, refShape(n), text)
	return filter, n
}

// refusalOf returns the refusal of a query in an error, and requires that it has the form of all refusals.
func refusalOf(t testing.TB, err error) refused {
	t.Helper()
	if err == nil {
		return refused{}
	}
	code := contacts.CodeOf(err)
	require.NotEmpty(t, code, "%v", err)
	var e *contacts.Error
	require.ErrorAs(t, err, &e)
	if code == contacts.ErrInvalid || code == contacts.ErrIllegalLimit {
		return refused{code: code}
	}
	require.Empty(t, e.Violations)
	var q *contacts.QueryError
	require.ErrorAs(t, err, &q, "%v", err)
	return refused{code, q.Field, q.Operator}
}
