package proof

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Cond is a filter as data. The zero Cond matches everything.
type Cond struct {
	Join  string // $and, $or, $not or ""
	Parts []Cond // $not uses the first

	Field, Operator string
	Value           any // as decoded from JSON
}

func (c Cond) zero() bool { return c.Join == "" && c.Operator == "" }

// names reports whether there is a condition on a field.
func (c Cond) names() bool { return c.Operator != "" || slices.ContainsFunc(c.Parts, Cond.names) }

// part returns the part of a $not.
func (c Cond) part() Cond {
	if len(c.Parts) == 0 {
		return Cond{}
	}
	return c.Parts[0]
}

// size counts conditions and values (FLT-8).
func (c Cond) size() (levels, conditions, values int) {
	parts := c.Parts
	if c.Join == "$not" {
		parts = []Cond{c.part()}
	}
	for _, part := range parts {
		l, n, v := part.size()
		levels, conditions, values = max(levels, l), conditions+n, values+v
	}
	if list, ok := c.Value.([]any); ok {
		values += len(list)
	} else if c.Operator != "" {
		values++
	}
	return levels + 1, conditions + 1, values
}

// Query is a [contacts.Query] as data.
type Query struct {
	Where  Cond
	Sort   []contacts.Sort
	Search string
	People string
}

// path is a field that rows can be filtered and sorted by.
type path[T any] struct {
	takes  string // operators
	kind   string // text, email, locale, guid, time, date, number or word
	words  []string
	sorted bool
	values func(row T) []any // may return empty values
}

// language is a set of fields for filters, with the codes of its errors.
type language[T any] struct {
	path                 func(name string) (path[T], bool)
	unknown, valueType   contacts.Code
	sort                 contacts.Code
	sortsMost, fieldMost int
}

// Operators of FLT-4.
const (
	equality = "$eq $ne $in $hasSome $exists"
	texts    = equality + " $startsWith $begins"
	ordered  = "$eq $ne $gt $gte $lt $lte"
	statuses = "$eq $ne $in $hasSome $nin"
	lists    = "$hasSome $hasAll"
	custom   = "$eq $ne $in $hasSome $startsWith $begins"
)

func queryError(code contacts.Code, field, operator string) error {
	return failWith(code, uuid.Nil, &contacts.QueryError{Field: field, Operator: operator})
}

// check finds the first error in a filter (FLT-3, FLT-7, FLT-8).
func (l language[T]) check(c Cond) error {
	if levels, conditions, values := c.size(); levels > 100 || conditions > 1000 || values > 10000 {
		return queryError(contacts.ErrUnsupportedFilter, "", "")
	}
	return l.checkPart(c)
}

func (l language[T]) checkPart(c Cond) error {
	for _, part := range c.Parts {
		if err := l.checkPart(part); err != nil || c.Join == "$not" {
			return err
		}
	}
	if c.Join != "" || c.zero() {
		return nil
	}
	p, ok := l.path(c.Field)
	switch {
	case !ok:
		return queryError(l.unknown, c.Field, c.Operator)
	case !slices.Contains(strings.Fields(p.takes), c.Operator):
		return queryError(contacts.ErrFilterOperator, c.Field, c.Operator)
	}
	code := p.checkValue(c)
	switch code {
	case "":
		return nil
	case contacts.ErrFilterValueType:
		code = l.valueType
	}
	return queryError(code, c.Field, c.Operator)
}

// checkValue returns the code of an error in the value of a comparison, "" if there is none.
func (p path[T]) checkValue(c Cond) contacts.Code {
	switch c.Operator {
	case "$exists":
		if _, ok := c.Value.(bool); !ok {
			return contacts.ErrFilterValueType
		}
		return ""
	case "$in", "$nin", "$hasSome", "$hasAll":
		items, ok := c.Value.([]any)
		if !ok {
			return contacts.ErrFilterValueType
		}
		for _, item := range items {
			if _, code := p.given(item); code != "" {
				return code
			}
		}
		return ""
	case "$startsWith", "$begins":
		p.kind = "text"
	}
	_, code := p.given(c.Value)
	return code
}

// given returns a value of a filter in the form in which values are compared (FLT-6, FLT-7).
func (p path[T]) given(v any) (any, contacts.Code) {
	if p.kind == "number" {
		switch v := v.(type) {
		case float64:
			return v, ""
		case json.Number:
			f, err := v.Float64()
			if err != nil {
				return nil, contacts.ErrFilterValue
			}
			return f, ""
		}
		return nil, contacts.ErrFilterValueType
	}
	s, ok := v.(string)
	if !ok {
		return nil, contacts.ErrFilterValueType
	}
	var out any = s
	ok = storable(s)
	switch p.kind {
	case "guid":
		id, err := uuid.Parse(s)
		out, ok = id.String(), err == nil && len(s) == 36
	case "time":
		t, err := time.Parse(time.RFC3339, s)
		out, ok = t, err == nil
	case "date":
		ok = isDate(s)
	case "word":
		ok = slices.Contains(p.words, s)
	case "email":
		out = fold(s)
	case "locale":
		out = foldCase(s)
	}
	if !ok {
		return nil, contacts.ErrFilterValue
	}
	return out, ""
}

// of returns the values of a row in that form, without the empty ones.
func (p path[T]) of(row T) []any {
	var out []any
	for _, v := range p.values(row) {
		switch s, isText := v.(string); {
		case v == nil || v == "" || v == (time.Time{}):
			continue
		case isText && p.kind == "email":
			v = fold(s)
		case isText && p.kind == "locale":
			v = foldCase(s)
		}
		out = append(out, v)
	}
	return out
}

// compareValues compares two values of one field.
func compareValues(a, b any) int {
	switch a := a.(type) {
	case string:
		return strings.Compare(a, b.(string))
	case float64:
		return cmp.Compare(a, b.(float64))
	}
	return a.(time.Time).Compare(b.(time.Time))
}

// holds reports whether a row matches a checked filter (FLT-1, FLT-5).
func (l language[T]) holds(c Cond, row T) bool {
	switch c.Join {
	case "$not":
		return !l.holds(c.part(), row)
	case "$or":
		return slices.ContainsFunc(c.Parts, func(part Cond) bool { return l.holds(part, row) })
	case "$and":
		return !slices.ContainsFunc(c.Parts, func(part Cond) bool { return !l.holds(part, row) })
	}
	if c.zero() {
		return true
	}
	p, _ := l.path(c.Field)
	values := p.of(row)
	is := func(given any, holds func(order int) bool) bool {
		want, _ := p.given(given)
		return slices.ContainsFunc(values, func(v any) bool { return holds(compareValues(v, want)) })
	}
	equal := func(given any) bool { return is(given, func(order int) bool { return order == 0 }) }
	list, _ := c.Value.([]any)
	switch c.Operator {
	case "$eq":
		return equal(c.Value)
	case "$ne":
		return !equal(c.Value)
	case "$in", "$hasSome":
		return slices.ContainsFunc(list, equal)
	case "$nin":
		return !slices.ContainsFunc(list, equal)
	case "$hasAll":
		return !slices.ContainsFunc(list, func(v any) bool { return !equal(v) })
	case "$exists":
		return c.Value == (len(values) > 0)
	case "$gt":
		return is(c.Value, func(order int) bool { return order > 0 })
	case "$gte":
		return is(c.Value, func(order int) bool { return order >= 0 })
	case "$lt":
		return is(c.Value, func(order int) bool { return order < 0 })
	case "$lte":
		return is(c.Value, func(order int) bool { return order <= 0 })
	}
	folded := foldCase // $startsWith
	if p.kind == "email" {
		folded = foldEmail
	}
	return slices.ContainsFunc(values, func(v any) bool {
		return strings.HasPrefix(folded(v.(string)), folded(c.Value.(string)))
	})
}

// sorts checks the sorts of a query (QRY-1, DEF-3).
func (k *checks) sorts(sorts []contacts.Sort, most, fieldMost int) {
	for i, s := range sorts[:k.size("sort", len(sorts), most)] {
		at := "sort[" + strconv.Itoa(i) + "]"
		k.text(at+".fieldName", s.Field, fieldMost)
		if s.Order != "" {
			word(k, at+".order", s.Order, []contacts.SortOrder{"ASC", "DESC"})
		}
	}
}

// sortable checks that the rows can be sorted by these fields: the last check of a query.
func (l language[T]) sortable(sorts []contacts.Sort) error {
	for _, s := range sorts {
		if p, ok := l.path(s.Field); !ok || !p.sorted {
			return queryError(l.sort, s.Field, "")
		}
	}
	return nil
}

// key returns the value by which a row is sorted, nil if it has none.
func (l language[T]) key(s contacts.Sort, row T) any {
	p, _ := l.path(s.Field)
	values := p.of(row)
	if len(values) == 0 {
		return nil
	}
	if text, ok := values[0].(string); ok {
		return foldCase(text)
	}
	return values[0]
}

// compareKeys puts rows without a value last in either direction (QRY-2).
func compareKeys(a, b any, order contacts.SortOrder) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	case order == contacts.SortDesc:
		return compareValues(b, a)
	}
	return compareValues(a, b)
}

// The fields of contacts (FLT-4).

func one(v any) []any { return []any{v} }

func each[E any](list []E, value func(E) any) []any {
	var out []any
	for _, e := range list {
		out = append(out, value(e))
	}
	return out
}

// wordsOf converts words to strings.
func wordsOf[E ~string](words []E) []string {
	var out []string
	for _, w := range words {
		out = append(out, string(w))
	}
	return out
}

var membershipWords = []string{"APPROVED", "DENIED", "PENDING", "INACTIVE"}

var peoplePaths = func() map[string]path[*person] {
	paths := make(map[string]path[*person])
	add := func(takes, kind string, sorted bool, words []string, fields map[string]func(c *contacts.Contact) []any) {
		for name, values := range fields {
			paths[name] = path[*person]{
				takes: takes, kind: kind, words: words, sorted: sorted,
				values: func(p *person) []any { return values(&p.contact) },
			}
		}
	}
	type fields = map[string]func(c *contacts.Contact) []any
	addresses := func(value func(a contacts.Address) any) func(c *contacts.Contact) []any {
		return func(c *contacts.Contact) []any { return each(c.Info.Addresses, value) }
	}
	add(equality, "guid", false, nil, fields{"id": func(c *contacts.Contact) []any { return one(c.ID.String()) }})
	add(equality, "locale", false, nil, fields{
		"info.locale": func(c *contacts.Contact) []any { return one(c.Info.Locale) },
	})
	add(equality, "text", false, nil, fields{
		"info.addresses.subdivision": addresses(func(a contacts.Address) any { return a.Subdivision }),
		"info.addresses.country":     addresses(func(a contacts.Address) any { return a.Country }),
	})
	primary := func(c *contacts.Contact) []any { return one(c.PrimaryEmail.Email) }
	add(texts, "email", true, nil, fields{"primaryInfo.email": primary, "primaryEmail.email": primary})
	add(texts, "email", false, nil, fields{"info.emails.email": func(c *contacts.Contact) []any {
		return each(c.Info.Emails, func(e contacts.Email) any { return e.Address })
	}})
	add(texts, "text", true, nil, fields{
		"primaryPhone.formattedPhone": func(c *contacts.Contact) []any { return one(c.PrimaryPhone.Formatted) },
		"primaryPhone.countryCode":    func(c *contacts.Contact) []any { return one(c.PrimaryPhone.CountryCode) },
		"info.name.first":             func(c *contacts.Contact) []any { return one(c.Info.Name.First) },
		"info.name.last":              func(c *contacts.Contact) []any { return one(c.Info.Name.Last) },
		"info.company":                func(c *contacts.Contact) []any { return one(c.Info.Company) },
		"info.jobTitle":               func(c *contacts.Contact) []any { return one(c.Info.JobTitle) },
	})
	add(texts, "text", false, nil, fields{
		"primaryInfo.phone":      func(c *contacts.Contact) []any { return one(c.PrimaryInfo.Phone) },
		"primaryPhone.phone":     func(c *contacts.Contact) []any { return one(c.PrimaryPhone.Phone) },
		"primaryPhone.e164Phone": func(c *contacts.Contact) []any { return one(c.PrimaryPhone.E164) },
		"info.phones.phone": func(c *contacts.Contact) []any {
			return each(c.Info.Phones, func(p contacts.Phone) any { return p.Number })
		},
		"info.phones.e164Phone": func(c *contacts.Contact) []any {
			return each(c.Info.Phones, func(p contacts.Phone) any { return p.E164 })
		},
		"info.addresses.city": addresses(func(a contacts.Address) any { return a.City }),
		"info.addresses.street": func(c *contacts.Contact) []any { // FLT-6
			var streets []any
			for _, a := range c.Info.Addresses {
				streets = append(streets, a.AddressLine)
				if s := a.StreetAddress; s != nil {
					streets = append(streets, join(" ", s.Number, s.Name), join(" ", s.Name, s.Number))
				}
			}
			return streets
		},
	})
	add(ordered, "time", true, nil, fields{
		"createdDate":               func(c *contacts.Contact) []any { return one(c.CreatedDate) },
		"lastActivity.activityDate": func(c *contacts.Contact) []any { return one(c.LastActivity.ActivityDate) },
	})
	add(ordered, "time", false, nil, fields{
		"updatedDate": func(c *contacts.Contact) []any { return one(c.UpdatedDate) },
	})
	add(ordered, "date", true, nil, fields{
		"info.birthdate": func(c *contacts.Contact) []any { return one(c.Info.Birthdate) },
	})
	subscription := func(c *contacts.Contact) []any { return one(string(c.PrimaryEmail.SubscriptionStatus)) }
	deliverability := func(c *contacts.Contact) []any { return one(string(c.PrimaryEmail.DeliverabilityStatus)) }
	add(statuses, "word", false, wordsOf(subscriptionWords), fields{
		"primaryEmail.subscriptionStatus": subscription,
		"primaryPhone.subscriptionStatus": func(c *contacts.Contact) []any {
			return one(string(c.PrimaryPhone.SubscriptionStatus))
		},
	})
	add(statuses, "word", false, wordsOf(subscriptionWords[1:]), fields{ // the field has no NO_SUBSCRIPTION_STATUS
		"info.extendedFields.emailSubscriptions.subscriptionStatus": subscription,
	})
	add(statuses, "word", false, wordsOf(emailDeliverabilityWords), fields{
		"primaryEmail.deliverabilityStatus":                           deliverability,
		"info.extendedFields.emailSubscriptions.deliverabilityStatus": deliverability,
	})
	add(statuses, "word", false, membershipWords, fields{
		"info.extendedFields.members.membershipStatus": func(c *contacts.Contact) []any {
			return one(c.Info.ExtendedFields["members.membershipStatus"])
		},
	})
	add(lists, "text", false, nil, fields{"info.labelKeys": func(c *contacts.Contact) []any {
		return each(c.Info.LabelKeys, func(key string) any { return key })
	}})
	add(lists, "guid", false, nil, fields{"info.locations": func(c *contacts.Contact) []any {
		return each(c.Info.Locations, func(id uuid.UUID) any { return id.String() })
	}})
	add("$exists", "email", true, nil, fields{"info.extendedFields.emailSubscriptions.effectiveEmail": primary})
	add("", "text", false, nil, fields{
		"info.extendedFields.invoices.vatId": func(*contacts.Contact) []any { return nil },
	})
	return paths
}()

const extended = "info.extendedFields."

// contactFields is the language of queries for contacts.
func (m *Model) contactFields() language[*person] {
	return language[*person]{
		unknown: contacts.ErrFilterField, valueType: contacts.ErrFilterValueType, sort: contacts.ErrSortField,
		path: func(name string) (path[*person], bool) {
			if p, ok := peoplePaths[name]; ok {
				return p, true
			}
			key, ok := strings.CutPrefix(name, extended)
			f := m.field(key)
			if !ok || f == nil {
				return path[*person]{}, false
			}
			p := path[*person]{takes: custom, kind: "text", sorted: true, values: func(p *person) []any {
				return one(p.contact.Info.ExtendedFields[key])
			}}
			switch f.DataType {
			case contacts.DataNumber:
				p.takes, p.kind = ordered, "number"
			case contacts.DataDate:
				p.takes, p.kind = ordered, "date"
			}
			return p, true
		},
	}
}

// Find returns the matches of a query, in order (QRY-1 to QRY-3).
func (m *Model) Find(q Query) ([]*person, error) {
	k := &checks{}
	k.text("search", q.Search, 100)
	k.text("people", q.People, 100)
	k.sorts(q.Sort, 1, 100)
	if len(k.list) > 0 {
		return nil, k.err(uuid.Nil)
	}
	l := m.contactFields()
	if err := l.check(q.Where); err != nil {
		return nil, err
	}
	if err := l.sortable(q.Sort); err != nil {
		return nil, err
	}
	var matching []*person
	for _, p := range m.people {
		if _, ok := p.ranked(q.People); ok && l.holds(q.Where, p) && (q.Search == "" || p.found(q.Search)) {
			matching = append(matching, p)
		}
	}
	slices.SortStableFunc(matching, func(a, b *person) int {
		return m.compareSpots(q, m.spot(q, a), m.spot(q, b))
	})
	return matching, nil
}

// found reports whether a search matches a contact (QRY-3).
func (p *person) found(search string) bool {
	equal := func(s string) bool { return s != "" && foldCase(s) == foldCase(search) }
	in := &p.contact.Info
	return equal(in.Name.First) || equal(in.Name.Last) ||
		slices.ContainsFunc(in.Emails, func(e contacts.Email) bool { return fold(e.Address) == fold(search) }) ||
		slices.ContainsFunc(in.Phones, func(t contacts.Phone) bool { return equal(t.Number) || equal(t.E164) })
}

// spot is the position of a contact in the order of a query.
type spot struct {
	id      uuid.UUID
	key     any
	created time.Time
	made    int
}

func (m *Model) spot(q Query, p *person) spot {
	s := spot{id: p.contact.ID, created: p.contact.CreatedDate, made: p.made}
	if by := m.order(q); by == byRank {
		s.key, _ = p.ranked(q.People)
	} else if by.Field != "createdDate" {
		s.key = m.contactFields().key(by, p)
	}
	return s
}

// order returns the sort of a query (QRY-2, QRY-12).
func (m *Model) order(q Query) contacts.Sort {
	by := contacts.Sort{Field: "createdDate", Order: contacts.SortAsc}
	if len(q.Sort) > 0 {
		by = q.Sort[0]
		by.Order = cmp.Or(by.Order, contacts.SortAsc)
	} else if len(searchWords(q.People)) > 0 {
		return byRank
	} else if m.Options.NewestFirst {
		by.Order = contacts.SortDesc
	}
	return by
}

func (m *Model) compareSpots(q Query, a, b spot) int {
	by := m.order(q)
	made := cmp.Or(a.created.Compare(b.created), cmp.Compare(a.made, b.made))
	switch {
	case by == byRank:
		return cmp.Or(a.key.(rank).compare(b.key.(rank)), made)
	case by.Field == "createdDate" && by.Order == contacts.SortDesc:
		return -made
	case by.Field == "createdDate":
		return made
	}
	return cmp.Or(compareKeys(a.key, b.key, by.Order), made)
}

// Cursor is the model of a cursor (QRY-6).
type Cursor struct {
	query     Query
	order     contacts.Sort
	sealed    uint64 // see Model
	at        *spot  // nil: the beginning or, backwards, the end
	backwards bool
}

func (m *Model) cursor(q Query, at *spot, backwards bool) *Cursor {
	return &Cursor{
		query: q, order: m.order(q), sealed: m.sealed, at: at, backwards: backwards,
	}
}

// Pages are the cursors of a page, nil for none.
type Pages struct{ previous, next *Cursor }

// List is [contacts.Store.List]. from is the model of the cursor in opts, nil for one that was never returned.
func (m *Model) List(
	ctx context.Context, q Query, opts *contacts.ListOptions, from *Cursor,
) (contacts.Page[*contacts.Contact], Pages, error) {
	refuse := func(err error) (contacts.Page[*contacts.Contact], Pages, error) {
		return contacts.Page[*contacts.Contact]{}, Pages{}, err
	}
	if err := m.ready(ctx); err != nil {
		return refuse(err)
	}
	if opts == nil {
		opts = &contacts.ListOptions{}
	}
	shown, err := checkedList(opts)
	if err != nil {
		return refuse(err)
	}
	rows, err := m.Find(q)
	if err != nil {
		return refuse(err)
	}
	start := Cursor{}
	if opts.Cursor != "" {
		if !m.continues(from, q) {
			k := &checks{}
			k.add(contacts.Violation{
				Field: "paging.cursor", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameCursor,
			})
			return refuse(k.err(uuid.Nil))
		}
		start = *from
	}
	first, end := m.pageOf(q, rows, start, opts)
	page := contacts.Page[*contacts.Contact]{Offset: opts.Offset, Total: len(rows), HasNext: end < len(rows)}
	if opts.OmitTotal {
		page.Total = -1
	}
	for _, p := range rows[first:end] {
		page.Items = append(page.Items, project(&p.contact, shown))
	}
	at := func(i int) *spot { // nil for an empty page
		if first == end {
			return nil
		}
		s := m.spot(q, rows[i])
		return &s
	}
	var pages Pages
	if first > 0 {
		pages.previous = m.cursor(q, at(first), true)
	}
	if end < len(rows) {
		pages.next = m.cursor(q, at(end-1), false)
	}
	return page, pages, nil
}

// checkedList checks options, except for the cursor. It returns the fields to show.
func checkedList(opts *contacts.ListOptions) ([]string, error) {
	k := &checks{}
	if opts.Offset < 0 {
		k.add(contacts.Violation{Field: "paging.offset", Rule: contacts.RuleMin})
	}
	if opts.Offset != 0 && opts.Cursor != "" {
		k.add(contacts.Violation{Field: "paging.cursor", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameOneOf})
	}
	if len(k.list) > 0 {
		return nil, k.err(uuid.Nil)
	}
	shown := []string{"*"}
	if len(opts.Fields)+len(opts.Fieldsets) > 0 {
		var err error
		if shown, err = projected(&contacts.GetOptions{Fields: opts.Fields, Fieldsets: opts.Fieldsets}); err != nil {
			return nil, err
		}
	}
	if opts.Limit < 0 || opts.Limit > 1000 {
		return nil, fail(contacts.ErrIllegalLimit, uuid.Nil)
	}
	return shown, nil
}

// continues reports whether a cursor is one of the query.
func (m *Model) continues(from *Cursor, q Query) bool {
	return from != nil && from.sealed == m.sealed && from.order == m.order(q) &&
		from.query.Search == q.Search && from.query.People == q.People && same(from.query.Where, q.Where)
}

// pageOf returns the bounds of a page: it is rows[first:end].
func (m *Model) pageOf(q Query, rows []*person, start Cursor, opts *contacts.ListOptions) (first, end int) {
	limit := cmp.Or(opts.Limit, 50)
	passed, at := 0, 0 // numbers of rows up to the cursor, and of those at the cursor
	if start.at != nil || start.backwards {
		for _, p := range rows {
			order := -1
			if start.at != nil {
				order = m.compareSpots(q, m.spot(q, p), *start.at)
			}
			if order <= 0 {
				passed++
			}
			if order == 0 {
				at++
			}
		}
	}
	if start.backwards {
		end = passed - at
		return max(0, end-limit), end
	}
	first = min(passed+opts.Offset, len(rows))
	return first, min(first+limit, len(rows))
}

// Definitions.

func dates[T any](dates func(T) (created, updated time.Time)) (created, updated path[T]) {
	created = path[T]{takes: ordered, kind: "time", sorted: true, values: func(row T) []any {
		t, _ := dates(row)
		return one(t)
	}}
	updated = created
	updated.values = func(row T) []any {
		_, t := dates(row)
		return one(t)
	}
	return created, updated
}

const named = "$eq $ne $in $hasSome"

var labelPaths = func() map[string]path[contacts.Label] {
	created, updated := dates(func(l contacts.Label) (_, _ time.Time) { return l.CreatedDate, l.UpdatedDate })
	text := func(takes string, sorted bool, get func(l contacts.Label) string) path[contacts.Label] {
		return path[contacts.Label]{
			takes: takes, kind: "text", sorted: sorted, values: func(l contacts.Label) []any { return one(get(l)) },
		}
	}
	paths := map[string]path[contacts.Label]{
		"createdDate": created, "updatedDate": updated,
		"key":         text(named, false, func(l contacts.Label) string { return l.Key }),
		"displayName": text(custom, true, func(l contacts.Label) string { return l.DisplayName }),
		"namespace":   text("$eq $ne", false, func(l contacts.Label) string { return l.Namespace }),
		"legacyId":    text(named, false, func(l contacts.Label) string { return l.LegacyID }),
	}
	p := text("$eq", false, func(l contacts.Label) string { return string(l.LabelType) })
	p.kind, p.words = "word", wordsOf(labelTypes)
	paths["labelType"] = p
	return paths
}()

var fieldPaths = func() map[string]path[contacts.Field] {
	created, updated := dates(func(f contacts.Field) (_, _ time.Time) { return f.CreatedDate, f.UpdatedDate })
	text := func(takes string, sorted bool, get func(f contacts.Field) string) path[contacts.Field] {
		return path[contacts.Field]{
			takes: takes, kind: "text", sorted: sorted, values: func(f contacts.Field) []any { return one(get(f)) },
		}
	}
	paths := map[string]path[contacts.Field]{
		"createdDate": created, "updatedDate": updated,
		"key":         text(named, false, func(f contacts.Field) string { return f.Key }),
		"displayName": text(custom, true, func(f contacts.Field) string { return f.DisplayName }),
		"namespace":   text("$eq $ne", false, func(f contacts.Field) string { return f.Namespace }),
	}
	p := text("$eq", false, func(f contacts.Field) string { return string(f.FieldType) })
	p.kind, p.words = "word", wordsOf(fieldTypes)
	paths["fieldType"] = p
	p = text("$eq $ne", false, func(f contacts.Field) string { return string(f.DataType) })
	p.kind, p.words = "word", wordsOf(dataTypes)
	paths["dataType"] = p
	return paths
}()

var (
	labelTypes = []contacts.LabelType{"SYSTEM", "USER_DEFINED", "WIX_APP_DEFINED"}
	fieldTypes = []contacts.FieldType{"SYSTEM", "USER_DEFINED"}
)

// Definitions is a query for labels or extended fields, as data.
type Definitions struct {
	Where                 Cond
	Sort                  []contacts.Sort
	Type                  string
	Namespace, StartsWith string
}

// Part is a page of a list.
type Part[T any] struct {
	Rows          []T
	Offset, Total int
	HasNext       bool
}

func partOf[T any](rows []T, limit, offset int) Part[T] {
	first := min(offset, len(rows))
	end := min(first+limit, len(rows))
	return Part[T]{Rows: rows[first:end], Offset: offset, Total: len(rows), HasNext: end < len(rows)}
}

// paging checks a limit and an offset (DEF-5, FCT-5).
func (k *checks) paging(limit, offset, most int) {
	if limit < 0 {
		k.add(contacts.Violation{Field: "paging.limit", Rule: contacts.RuleMin})
	}
	if limit > most {
		k.add(contacts.Violation{Field: "paging.limit", Rule: contacts.RuleMax, Threshold: most})
	}
	if offset < 0 {
		k.add(contacts.Violation{Field: "paging.offset", Rule: contacts.RuleMin})
	}
}

// listed is DEF-1 to DEF-6. k has checked the type; about returns the values that a query can name outside of the
// filter.
func listed[T any](
	k *checks, q Definitions, l language[T], rows []T, nameMost int, opts *contacts.PageOptions, limit, limitMost int,
	about func(T) (kind, namespace, displayName string),
) (Part[T], error) {
	if k.text("namespace", q.Namespace, 25) && q.Namespace != "" && len([]rune(q.Namespace)) < 3 {
		k.add(contacts.Violation{Field: "namespace", Rule: contacts.RuleMinLength, Threshold: 3})
	}
	k.text("startsWith", q.StartsWith, nameMost)
	k.sorts(q.Sort, l.sortsMost, l.fieldMost)
	if opts == nil {
		opts = &contacts.PageOptions{}
	}
	k.paging(opts.Limit, opts.Offset, limitMost)
	if len(k.list) > 0 {
		return Part[T]{}, k.err(uuid.Nil)
	}
	if err := l.check(q.Where); err != nil {
		return Part[T]{}, err
	}
	if err := l.sortable(q.Sort); err != nil {
		return Part[T]{}, err
	}
	var matching []T
	for _, row := range rows {
		kind, namespace, name := about(row)
		if (q.Type == "" || q.Type == kind) && (q.Namespace == "" || q.Namespace == namespace) &&
			strings.HasPrefix(name, q.StartsWith) && l.holds(q.Where, row) {
			matching = append(matching, row)
		}
	}
	slices.SortStableFunc(matching, func(a, b T) int { return l.compare(q.Sort, a, b) })
	return partOf(matching, cmp.Or(opts.Limit, limit), opts.Offset), nil
}

// compare compares two rows by all sorts.
func (l language[T]) compare(sorts []contacts.Sort, a, b T) int {
	for _, s := range sorts {
		if order := compareKeys(l.key(s, a), l.key(s, b), s.Order); order != 0 {
			return order
		}
	}
	return 0
}

// ListLabels is [contacts.Store.ListLabels].
func (m *Model) ListLabels(
	ctx context.Context, q Definitions, opts *contacts.PageOptions,
) (Part[contacts.Label], error) {
	if err := m.ready(ctx); err != nil {
		return Part[contacts.Label]{}, err
	}
	k := &checks{}
	if q.Type != "" {
		word(k, "labelType", contacts.LabelType(q.Type), labelTypes)
	}
	l := definitions(labelPaths)
	l.sortsMost, l.fieldMost = 100, 3000
	return listed(k, q, l, m.listedLabels(), 180, opts, 1000, 2000, func(l contacts.Label) (string, string, string) {
		return string(l.LabelType), l.Namespace, l.DisplayName
	})
}

// ListFields is [contacts.Store.ListFields].
func (m *Model) ListFields(
	ctx context.Context, q Definitions, opts *contacts.PageOptions,
) (Part[contacts.Field], error) {
	if err := m.ready(ctx); err != nil {
		return Part[contacts.Field]{}, err
	}
	k := &checks{}
	if q.Type != "" {
		word(k, "fieldType", contacts.FieldType(q.Type), fieldTypes)
	}
	l := definitions(fieldPaths)
	l.sortsMost, l.fieldMost = 1, 100
	return listed(k, q, l, m.listedFields(), 150, opts, 100, 1000, func(f contacts.Field) (string, string, string) {
		return string(f.FieldType), f.Namespace, f.DisplayName
	})
}

func definitions[T any](paths map[string]path[T]) language[T] {
	return language[T]{
		unknown: contacts.ErrDefinitionFilterField, valueType: contacts.ErrFilterValue,
		sort: contacts.ErrDefinitionSort,
		path: func(name string) (path[T], bool) {
			p, ok := paths[name]
			return p, ok
		},
	}
}

// Facet is the part of a [contacts.Facet] that is compared with the model.
type Facet struct {
	Type            contacts.FacetType
	Key             string
	Namespace, Name string // of a label
	LegacyID        string // of a label
	Count           int
}

// Facets is [contacts.Store.Facets] (FCT-1 to FCT-5).
func (m *Model) Facets(ctx context.Context, where Cond, opts *contacts.FacetOptions) (Part[Facet], error) {
	if err := m.ready(ctx); err != nil {
		return Part[Facet]{}, err
	}
	if opts == nil {
		opts = &contacts.FacetOptions{}
	}
	k := &checks{}
	if k.paging(opts.Limit, opts.Offset, 1000); len(k.list) > 0 {
		return Part[Facet]{}, k.err(uuid.Nil)
	}
	l := m.contactFields()
	any := l.path
	l.path = func(name string) (path[*person], bool) {
		if !strings.HasPrefix(name, extended+"emailSubscriptions.") {
			return path[*person]{}, false
		}
		return any(name)
	}
	if err := l.check(where); err != nil {
		return Part[Facet]{}, err
	}
	var facets []Facet
	add := func(f Facet, has func(c *contacts.Contact) bool) {
		for _, p := range m.people {
			if l.holds(where, p) && has(&p.contact) {
				f.Count++
			}
		}
		if opts.OmitCount {
			f.Count = -1
		}
		facets = append(facets, f)
	}
	add(Facet{Type: contacts.FacetAllContacts, Key: "contacts.all"}, func(*contacts.Contact) bool { return true })
	for _, label := range m.listedLabels() {
		add(Facet{
			Type: contacts.FacetLabel, Key: label.Key, Namespace: label.Namespace, Name: label.DisplayName,
			LegacyID: label.LegacyID,
		}, func(c *contacts.Contact) bool { return slices.Contains(c.Info.LabelKeys, label.Key) })
	}
	for _, s := range statusFacets {
		f := Facet{Type: contacts.FacetSubscriptionStatus, Key: "emailSubscriptions." + s.key}
		add(f, func(c *contacts.Contact) bool {
			email := c.PrimaryEmail
			return s.word == string(email.SubscriptionStatus) || s.word == string(email.DeliverabilityStatus)
		})
	}
	for _, status := range membershipWords {
		key := "membershipStatus." + strings.ToLower(status)
		add(Facet{Type: contacts.FacetMembershipStatus, Key: key}, func(c *contacts.Contact) bool {
			return c.Info.ExtendedFields["members.membershipStatus"] == status
		})
	}
	return partOf(facets, cmp.Or(opts.Limit, 1000), opts.Offset), nil
}

// statusFacets are the facets by a status of the primary email. No word is both a subscription and a delivery status.
var statusFacets = []struct{ key, word string }{
	{"subscribed", "SUBSCRIBED"}, {"unsubscribed", "UNSUBSCRIBED"}, {"pending", "PENDING"},
	{"bounced", "BOUNCED"}, {"spam", "SPAM_COMPLAINT"}, {"inactive", "INACTIVE"},
}

// mergeable returns the target and the sources that a group suggests (GRP-3).
func (m *Model) mergeable(group []uuid.UUID) (target uuid.UUID, sources []uuid.UUID) {
	blocked := func(id uuid.UUID) bool { return len(blockedSources([]*person{m.find(id)})) > 0 }
	target = group[max(0, slices.IndexFunc(group, blocked))]
	for _, id := range group {
		if id != target && !blocked(id) && len(sources) < 5 {
			sources = append(sources, id)
		}
	}
	return target, sources
}
