package proof

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// The fields that filters name: mostly those that distinguish contacts.
var (
	tellingPaths = []string{
		"id", "primaryInfo.email", "info.emails.email", "info.phones.e164Phone", "primaryPhone.phone", "info.labelKeys",
		"info.labelKeys", "info.name.first", "info.name.last", "info.company",
		"createdDate", "createdDate", "updatedDate",
		"primaryEmail.subscriptionStatus", extended + "members.membershipStatus", "info.birthdate",
	}
	allPaths    = slices.Sorted(maps.Keys(peoplePaths))
	facetPaths  = []string{"subscriptionStatus", "deliverabilityStatus", "effectiveEmail", "nope"}
	badPaths    = []string{"", "info", "info.emails", "info.name", "Info.name.first", "nope\x00", extended, "revision"}
	sortedPaths = func() []string {
		var sorted []string
		for _, name := range allPaths {
			if peoplePaths[name].sorted {
				sorted = append(sorted, name)
			}
		}
		return sorted
	}()

	allOperators = []string{
		"$eq", "$ne", "$in", "$nin", "$gt", "$gte", "$lt", "$lte", "$exists", "$startsWith", "$begins",
		"$hasSome", "$hasAll", "$isEmpty", "$nope", "$EQ", "$",
	}
	oddValues = []any{
		nil, true, false, 1.5, "", "x", "a\x00", json.Number("1e999"), json.Number("-0"), []any{}, []any{1.0, "x"},
		[]any{nil}, map[string]any{"a": 1.0}, map[string]any{}, "2024-02-29", "2023-02-29",
		"2026-01-02T03:04:05Z", "2026-01-02T03:04:05", "SUBSCRIBED", "subscribed", "{" + idOf(0, 1).String() + "}",
	}
	searches = []string{
		"ann", "ANN", "bob", "ωMEGA", " ", " Ann@x.io", "É@x.io", "+16465676359", "646-567-6359", "hello", "HELLO",
		"νικοσ", "KIM", "\u212aim@X.io",
		"x", strings.Repeat("ä", 100),
	}
)

// The words of people searches. Each is a word of a contact of the pools, or nearly.
var peopleWords = []string{
	"ann", "AN", "a", "b", "bob", "é", "E", "x.io", "ann@x", "ann@", "io", "@x.io", "o", "ω", "hello", "646",
	"646-567", "567",
	"6359", "1646", "+1", "+49", "30", "030", "90", "+4930", "(646)", "12", "123", "0", "38", "-", "&", "'", "+", "ß",
	"ss", "x",
}

func (g *gen) people(m *Model) string {
	text := ""
	for range pick(g, []int{1, 1, 1, 2, 2, 3}) {
		word := pick(g, peopleWords)
		if len(m.people) > 0 && oneIn(g, 2) {
			in := &pick(g, m.people).contact.Info
			words := []string{in.Name.First, in.Name.Last, in.Company, in.JobTitle}
			if len(in.Emails) > 0 {
				words = append(words, pick(g, in.Emails).Address)
			}
			if len(in.Phones) > 0 {
				p := pick(g, in.Phones)
				words = append(words, p.Number, p.E164, p.Formatted)
			}
			if of := []rune(pick(g, words)); len(of) > 0 && len(of) < 30 {
				word = string(of[:1+g.n(len(of))])
			}
		}
		text += word + pick(g, []string{" ", " ", "  ", "/", "\t"})
	}
	return text
}

// cond makes a filter. Its fields come from names.
func cond[T any](g *gen, l language[T], rows []T, names func() string, depth int) Cond {
	n := g.n(12)
	if depth == 0 || n < 8 {
		return comparison(g, l, rows, names())
	}
	c := Cond{Join: pick(g, []string{"$and", "$and", "$or", "$or", "$not"})}
	for range pick(g, []int{0, 1, 2, 2, 3}) {
		c.Parts = append(c.Parts, cond(g, l, rows, names, depth-1))
	}
	if c.Join == "$not" {
		c.Parts = c.Parts[:min(1, len(c.Parts))]
	}
	return c
}

func comparison[T any](g *gen, l language[T], rows []T, name string) Cond {
	if oneIn(g, 60) {
		name = pick(g, badPaths)
	}
	c := Cond{Field: name}
	p, _ := l.path(name)
	operators := strings.Fields(p.takes)
	if len(operators) == 0 || oneIn(g, 60) {
		operators = allOperators
	}
	c.Operator = pick(g, operators)
	switch c.Operator {
	case "$exists":
		c.Value = oneIn(g, 2)
	case "$in", "$nin", "$hasSome", "$hasAll":
		list := []any{}
		for range g.n(4) {
			list = append(list, valueOf(g, p, rows))
		}
		c.Value = list
	default:
		c.Value = valueOf(g, p, rows)
		prefix := c.Operator == "$startsWith" || c.Operator == "$begins"
		if s, ok := c.Value.(string); ok && prefix && len(s) > 1 && oneIn(g, 2) {
			c.Value = string([]rune(s)[:1+g.n(2)%len([]rune(s))])
		}
	}
	if oneIn(g, 40) {
		c.Value = pick(g, oddValues)
	}
	return c
}

// valueOf returns a value to compare a field with, mostly that of a row.
func valueOf[T any](g *gen, p path[T], rows []T) any {
	if p.values != nil && len(rows) > 0 && !oneIn(g, 5) {
		if values := p.values(pick(g, rows)); len(values) > 0 {
			return plain(g, pick(g, values))
		}
	}
	return g.valueOfKind(p.kind, p.words)
}

// plain returns a value of a contact in the form of a filter, perhaps in another case.
func plain(g *gen, v any) any {
	switch v := v.(type) {
	case time.Time:
		if oneIn(g, 8) {
			v = v.Add(pick(g, []time.Duration{time.Millisecond, -time.Millisecond, time.Hour}))
		}
		return v.Format(time.RFC3339Nano)
	case string:
		switch g.n(10) {
		case 0:
			return strings.ToUpper(v)
		case 1:
			return strings.ToLower(v)
		}
	case nil:
		return ""
	}
	return v
}

func (g *gen) valueOfKind(kind string, words []string) any {
	switch kind {
	case "guid":
		return pick(g, []string{idOf(0, 1).String(), idOf(0, 200+g.n(6)).String(), uuid.Nil.String()})
	case "time":
		return g.now.Add(time.Duration(g.n(100)-50) * time.Second).Format(time.RFC3339Nano)
	case "date":
		return pick(g, []string{"2024-02-29", "1970-01-01", "1999-12-31", "2000-01-01"})
	case "number":
		return pick(g, []any{0.0, 1.0, 2.5, 12.0, -1.0, json.Number("1e3")})
	case "word":
		return pick(g, words)
	case "email":
		return pick(g, emailPool)
	}
	return pick(g, []string{"Ann", "Bob", "x", "US", "DE", "+16465676359", "custom.vip", "contacts.customers", "", " "})
}

// path names a field of contacts.
func (g *gen) path(m *Model) string {
	switch g.n(6) {
	case 0:
		return pick(g, allPaths)
	case 1:
		return extended + strings.ToValidUTF8(g.fieldKey(m), "")
	}
	return pick(g, tellingPaths)
}

func (g *gen) where(m *Model) Cond {
	c := cond(g, m.contactFields(), m.people, func() string { return g.path(m) }, 2)
	if oneIn(g, 150) { // FLT-8
		switch g.n(3) {
		case 0:
			part := Cond{Field: "id", Operator: "$exists", Value: true}
			c = Cond{Join: "$or", Parts: slices.Repeat([]Cond{part}, 999+g.n(2))}
		case 1:
			list := slices.Repeat([]any{idOf(0, 1).String()}, 10000+g.n(2))
			c = Cond{Field: "id", Operator: "$in", Value: list}
		case 2:
			for range 99 + g.n(2) {
				c = Cond{Join: "$not", Parts: []Cond{c}}
			}
		}
	}
	return c
}

func (g *gen) sort(m *Model) []contacts.Sort {
	s := contacts.Sort{Field: pick(g, sortedPaths), Order: pick(g, []contacts.SortOrder{"", "ASC", "DESC"})}
	switch g.n(12) {
	case 0, 1, 2, 3:
		return nil
	case 4:
		s.Field = extended + strings.ToValidUTF8(g.fieldKey(m), "")
	case 5:
		s.Field = "createdDate"
	case 6:
		if oneIn(g, 3) {
			s.Field = pick(g, slices.Concat([]string{"a\x00", strings.Repeat("a", 101)}, badPaths, allPaths))
		}
	case 7:
		if oneIn(g, 4) {
			s.Order = "asc"
		}
	case 8:
		if oneIn(g, 4) {
			return []contacts.Sort{s, s}
		}
	}
	return []contacts.Sort{s}
}

func (g *gen) query(m *Model) Query {
	q := Query{Sort: g.sort(m)}
	if !oneIn(g, 4) {
		q.Where = g.where(m)
	}
	if oneIn(g, 8) {
		q.Search = pick(g, searches)
		if oneIn(g, 20) {
			q.Search = pick(g, []string{strings.Repeat("ä", 101), "\x00"})
		}
	}
	if oneIn(g, 6) {
		q.People = g.people(m)
		if oneIn(g, 30) {
			q.People = pick(g, []string{strings.Repeat("ä", 101), "\x00", "\xff"})
		}
		if !oneIn(g, 3) {
			q.Sort = nil
		}
	}
	return q
}

func (g *gen) find(op *Op, m *Model) { op.Method, op.Args = "Find", []any{g.query(m)} }

func (g *gen) limit(most int) int {
	if oneIn(g, 40) {
		return pick(g, []int{-1, most, most + 1})
	}
	return pick(g, []int{0, 1, 2, 3, 5})
}

func (g *gen) offset() int {
	if oneIn(g, 40) {
		return -1
	}
	return pick(g, []int{0, 0, 0, 1, 2, 7, 1 << 40})
}

// asked is a List operation that a later one can continue.
type asked struct {
	n     int
	query Query
}

func (g *gen) list(op *Op, m *Model) {
	q, use := g.query(m), CursorUse{}
	opts := &contacts.ListOptions{Limit: g.limit(1000), OmitTotal: oneIn(g, 4)}
	if oneIn(g, 3) {
		q.Where = Cond{}
	}
	switch {
	case len(g.lists) > 0 && !oneIn(g, 3): // continue an earlier page, mostly with the same query
		from := pick(g, g.lists)
		use = CursorUse{Of: from.n, Previous: oneIn(g, 2), Spoiled: oneIn(g, 40)}
		if !oneIn(g, 20) {
			q = from.query
		}
		if oneIn(g, 40) {
			opts.Offset = 1
		}
	case oneIn(g, 12):
		use.Spoiled = true
	default:
		opts.Offset = g.offset()
	}
	if oneIn(g, 4) {
		opts.Fields = []string{pick(g, projectable)}
		if oneIn(g, 12) {
			opts.Fieldsets = []contacts.Fieldset{"BASIC", "basic"}
		}
	}
	if g.lists = append(g.lists, asked{op.N, q}); len(g.lists) > 6 {
		g.lists = g.lists[1:]
	}
	op.Method, op.Args = "List", []any{q, opts, use}
}

func (g *gen) definitions(op *Op, m *Model) {
	if oneIn(g, 2) {
		op.Method = "ListLabels"
		op.Args = []any{definitionQuery(g, labelPaths, m.labels, wordsOf(labelTypes)), g.page(2000)}
		return
	}
	op.Method = "ListFields"
	op.Args = []any{definitionQuery(g, fieldPaths, m.fields, wordsOf(fieldTypes)), g.page(1000)}
}

func (g *gen) page(most int) *contacts.PageOptions {
	if oneIn(g, 3) {
		return nil
	}
	return &contacts.PageOptions{Limit: g.limit(most), Offset: g.offset()}
}

func definitionQuery[T any](g *gen, paths map[string]path[T], rows []T, types []string) Definitions {
	var q Definitions
	names := append(slices.Sorted(maps.Keys(paths)), "key", "displayName")
	if oneIn(g, 2) {
		q.Where = cond(g, definitions(paths), rows, func() string {
			if oneIn(g, 30) {
				return "color" // no field
			}
			return pick(g, names)
		}, 1)
	}
	for range pick(g, []int{0, 0, 1, 1, 1, 1, 2}) {
		s := contacts.Sort{
			Field: pick(g, []string{"displayName", "createdDate", "updatedDate"}),
			Order: pick(g, []contacts.SortOrder{"", "ASC", "DESC"}),
		}
		if oneIn(g, 30) {
			s.Field = pick(g, append([]string{strings.Repeat("a", 101), strings.Repeat("a", 3001)}, names...))
		}
		q.Sort = append(q.Sort, s)
	}
	if oneIn(g, 100) {
		q.Sort = slices.Repeat([]contacts.Sort{{Field: "displayName"}}, 100+g.n(2))
	}
	if oneIn(g, 4) {
		q.Type = pick(g, types)
		if oneIn(g, 12) {
			q.Type = "nonsense"
		}
	}
	if oneIn(g, 4) {
		q.Namespace = pick(g, []string{"custom", "contacts", "app", "ecom"})
		if oneIn(g, 8) {
			q.Namespace = pick(g, []string{"a", "äö", strings.Repeat("ä", 25), strings.Repeat("ä", 26), "\x00"})
		}
	}
	if oneIn(g, 4) {
		q.StartsWith = pick(g, []string{"V", "v", "A", "Age", "x", "!", "İ"})
		if oneIn(g, 8) {
			q.StartsWith = strings.Repeat("ä", pick(g, []int{150, 151, 180, 181}))
		}
	}
	return q
}

func (g *gen) facets(op *Op, m *Model) {
	var c Cond
	if oneIn(g, 2) {
		name := func() string { return extended + "emailSubscriptions." + pick(g, facetPaths[:3+g.n(20)/19]) }
		c = cond(g, m.contactFields(), m.people, name, 1)
	}
	if oneIn(g, 20) {
		c = g.where(m)
	}
	var opts *contacts.FacetOptions
	if oneIn(g, 2) {
		opts = &contacts.FacetOptions{Limit: g.limit(1000), Offset: g.offset(), OmitCount: oneIn(g, 4)}
	}
	op.Method, op.Args = "Facets", []any{c, opts}
}

func (g *gen) duplicates(op *Op, m *Model) {
	var opts *contacts.DuplicateOptions
	if oneIn(g, 2) {
		opts = &contacts.DuplicateOptions{MaxHolders: g.n(5) - 1}
	}
	op.Method, op.Args = "Duplicates", []any{opts}
}
