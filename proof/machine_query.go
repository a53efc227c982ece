package proof

import (
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
)

// json returns the filter as a JSON value.
func (c Cond) json() any {
	switch {
	case c.zero():
		return map[string]any{}
	case c.Join == "$not":
		return map[string]any{"$not": c.part().json()}
	case c.Join != "":
		parts := []any{}
		for _, part := range c.Parts {
			parts = append(parts, part.json())
		}
		return map[string]any{c.Join: parts}
	case c.Operator == "$eq" && !c.object():
		return map[string]any{c.Field: c.Value}
	}
	if list, ok := c.Value.([]any); ok && list == nil {
		c.Value = []any{}
	}
	return map[string]any{c.Field: map[string]any{c.Operator: c.Value}}
}

func (c Cond) object() bool {
	_, ok := c.Value.(map[string]any)
	return ok
}

func (c Cond) text() string {
	text, err := json.Marshal(c.json())
	if err != nil {
		return "{" // not JSON
	}
	return string(text)
}

// filter builds the filter by parsing its text, or with the functions of the library where there is one for it.
func (c Cond) filter(parse bool) (contacts.Filter, error) {
	if parse && c.bounded() || c.object() {
		return contacts.ParseFilter([]byte(c.text()))
	}
	if c.Join != "" {
		return c.join(parse)
	}
	list, isList := c.Value.([]any)
	compare, combine := comparisonOf[c.Operator], combinationOf[c.Operator]
	switch {
	case c.zero():
		return contacts.Filter{}, nil
	case compare != nil:
		return compare(c.Field, c.Value), nil
	case combine != nil && isList:
		return combine(c.Field, list...), nil
	}
	switch value := c.Value.(type) {
	case bool:
		if c.Operator == "$exists" {
			return contacts.Exists(c.Field, value), nil
		}
	case string:
		if c.Operator == "$startsWith" {
			return contacts.StartsWith(c.Field, value), nil
		}
	}
	return contacts.ParseFilter([]byte(c.text()))
}

// The functions of operators with a value, and of those with a list.
var (
	comparisonOf = map[string]func(string, any) contacts.Filter{
		"$eq": contacts.Eq, "$ne": contacts.Ne, "$gt": contacts.Gt, "$gte": contacts.Gte,
		"$lt": contacts.Lt, "$lte": contacts.Lte,
	}
	combinationOf = map[string]func(string, ...any) contacts.Filter{
		"$in": contacts.In[any], "$nin": contacts.Nin[any],
		"$hasSome": contacts.HasSome[any], "$hasAll": contacts.HasAll[any],
	}
)

func (c Cond) join(parse bool) (contacts.Filter, error) {
	var parts []contacts.Filter
	for _, part := range c.Parts {
		f, err := part.filter(parse)
		if err != nil {
			return f, err
		}
		parts = append(parts, f)
	}
	switch c.Join {
	case "$and":
		return contacts.And(parts...), nil
	case "$or":
		return contacts.Or(parts...), nil
	default: // $not
		return contacts.Not(append(parts, contacts.Filter{})[0]), nil
	}
}

func (c Cond) bounded() bool {
	levels, conditions, values := c.size()
	return levels <= 100 && conditions <= 1000 && values <= 10000
}

// made builds a filter for the store, and checks that its JSON can be read back.
func (c Cond) made(op *Op) (contacts.Filter, error) {
	f, err := c.filter(op.N%2 == 0)
	if err != nil || !c.bounded() {
		return f, err
	}
	text, err := json.Marshal(f)
	if err != nil {
		return f, disagree("MarshalJSON: %w", err)
	}
	again, err := contacts.ParseFilter(text)
	if err != nil {
		return f, disagree("ParseFilter of the output of MarshalJSON: %w", err)
	}
	if more, err := json.Marshal(again); err != nil || string(more) != string(text) {
		return f, disagree("MarshalJSON writes %s, but %s after ParseFilter", text, more)
	}
	if op.N%3 == 0 {
		return again, nil
	}
	return f, nil
}

// code prints a filter as Go code.
func (c Cond) code() string {
	if c.zero() {
		return "contacts.Filter{}"
	}
	return "filter(" + quoted(c.text()) + ")"
}

func (q Query) code() string {
	return fmt.Sprintf("contacts.Query{Filter: %s, Sort: %s, Search: %s, People: %s}",
		q.Where.code(), literal(reflect.ValueOf(q.Sort)), quoted(q.Search), quoted(q.People))
}

// CursorUse is the cursor of a List operation: one that an earlier operation returned.
type CursorUse struct {
	Of       int // the number of that operation, 0 for no cursor
	Previous bool
	Spoiled  bool
}

// pages are the cursors that an operation returned.
type pages struct {
	store          int
	previous, next string
	mean           Pages // the same cursors for the model
}

func compared(got, want error) (result, error) { return agree(result{got}, result{want}) }

// find runs a query as Find, Count and Explain.
func (mc *machine) find(op *Op, p *pair, args []any) (result, error) {
	q := args[0].(Query)
	want, wantErr := p.model.Find(op.Args[0].(Query))
	filter, err := q.Where.made(op)
	if err != nil {
		return compared(err, wantErr)
	}
	asked := contacts.Query{Filter: filter, Sort: q.Sort, Search: q.Search, People: q.People}
	sn := p.store.Snapshot()
	got, err := sn.Find(asked)
	n, countErr := sn.Count(asked)
	plan, planErr := sn.Explain(asked)
	for _, err := range []error{countErr, planErr} { // QRY-1
		if _, err := compared(err, wantErr); err != nil {
			return nil, err
		}
	}
	if err != nil || wantErr != nil {
		return compared(err, wantErr)
	}
	if n != len(want) {
		return nil, disagree("Count %d, want %d", n, len(want))
	}
	if plan.Rows < n || plan.Rows > len(p.model.people) {
		return nil, disagree("Explain: %d rows for %d contacts of %d", plan.Rows, n, len(p.model.people))
	}
	for range 2 { // QRY-7
		if err := yields(got, want); err != nil {
			return nil, err
		}
	}
	return result{err}, nil
}

func yields(got iter.Seq[contacts.View], want []*person) error {
	i := 0
	for v := range got {
		if i == len(want) || v.ID() != want[i].contact.ID || v.Revision() != want[i].contact.Revision {
			return disagree("yields %s as number %d", literal(reflect.ValueOf(v.ID())), i)
		}
		i++
	}
	if i < len(want) {
		return disagree("yields %d contacts, want %d", i, len(want))
	}
	return nil
}

// list gets a page.
func (mc *machine) list(op *Op, p *pair, args []any) (result, error) {
	q, use := args[0].(Query), args[2].(CursorUse)
	opts := contacts.ListOptions{}
	if given := args[1].(*contacts.ListOptions); given != nil {
		opts = *given
	}
	given, cursor := mc.cursor(use)
	opts.Cursor = given
	if cursor != nil && cursor.at != nil && mc.pages[use.Of].store != p.name {
		if q := p.model.find(cursor.at.id); q == nil || q.made != cursor.at.made {
			return result{error(nil)}, nil // it points to a contact that only the other fork has
		}
	}
	want, pagesWanted, wantErr := p.model.List(op.context(), op.Args[0].(Query), &opts, cursor)
	filter, err := q.Where.made(op)
	if err != nil {
		return compared(err, wantErr)
	}
	got, err := p.store.List(op.context(), contacts.Query{Filter: filter, Sort: q.Sort, Search: q.Search, People: q.People}, &opts)
	if err != nil || wantErr != nil {
		return compared(err, wantErr)
	}
	if (got.Next != "") != (pagesWanted.next != nil) || (got.Previous != "") != (pagesWanted.previous != nil) {
		return nil, disagree("cursors %q and %q, want them to exist: %t and %t",
			got.Previous, got.Next, pagesWanted.previous != nil, pagesWanted.next != nil)
	}
	mc.pages[op.N] = pages{store: p.name, previous: got.Previous, next: got.Next, mean: pagesWanted}
	got.Previous, got.Next = "", ""
	if d := difference(got, want); d != "" {
		return nil, disagree("page%s", d)
	}
	return result{got, err}, nil
}

// cursor returns a cursor for the store, and the same for the model.
func (mc *machine) cursor(use CursorUse) (string, *Cursor) {
	from, ok := mc.pages[use.Of]
	text, cursor := from.next, from.mean.next
	if use.Previous {
		text, cursor = from.previous, from.mean.previous
	}
	switch {
	case use.Spoiled && !ok:
		return "made up", nil
	case use.Spoiled:
		return text + "x", nil
	default:
		return text, cursor
	}
}

func (q Definitions) code(kind string) string {
	return fmt.Sprintf("contacts.%sQuery{Filter: %s, Sort: %s, %sType: %q, Namespace: %s, StartsWith: %s}",
		kind, q.Where.code(), literal(reflect.ValueOf(q.Sort)), kind, q.Type, quoted(q.Namespace), quoted(q.StartsWith))
}

func (mc *machine) listLabels(op *Op, p *pair, args []any) (result, error) {
	q, opts := args[0].(Definitions), args[1].(*contacts.PageOptions)
	want, wantErr := p.model.ListLabels(op.context(), op.Args[0].(Definitions), op.Args[1].(*contacts.PageOptions))
	filter, err := q.Where.made(op)
	if err != nil {
		return compared(err, wantErr)
	}
	got, err := p.store.ListLabels(op.context(), contacts.LabelQuery{
		Filter: filter, Sort: q.Sort,
		LabelType: contacts.LabelType(q.Type), Namespace: q.Namespace, StartsWith: q.StartsWith,
	}, opts)
	return comparedPage(got, err, want, wantErr)
}

func (mc *machine) listFields(op *Op, p *pair, args []any) (result, error) {
	q, opts := args[0].(Definitions), args[1].(*contacts.PageOptions)
	want, wantErr := p.model.ListFields(op.context(), op.Args[0].(Definitions), op.Args[1].(*contacts.PageOptions))
	filter, err := q.Where.made(op)
	if err != nil {
		return compared(err, wantErr)
	}
	got, err := p.store.ListFields(op.context(), contacts.FieldQuery{
		Filter: filter, Sort: q.Sort,
		FieldType: contacts.FieldType(q.Type), Namespace: q.Namespace, StartsWith: q.StartsWith,
	}, opts)
	for i := range got.Items {
		got.Items[i].Description = ""
	}
	return comparedPage(got, err, want, wantErr)
}

func comparedPage[T any](got contacts.Page[T], err error, want Part[T], wantErr error) (result, error) {
	if err != nil || wantErr != nil {
		return compared(err, wantErr)
	}
	if d := difference(Part[T]{got.Items, got.Offset, got.Total, got.HasNext}, want); d != "" {
		return nil, disagree("page%s", d)
	}
	return result{got, err}, nil
}

func (mc *machine) facets(op *Op, p *pair, args []any) (result, error) {
	c, opts := args[0].(Cond), args[1].(*contacts.FacetOptions)
	want, wantErr := p.model.Facets(op.context(), op.Args[0].(Cond), op.Args[1].(*contacts.FacetOptions))
	filter, err := c.made(op)
	if err != nil {
		return compared(err, wantErr)
	}
	got, err := p.store.Facets(op.context(), filter, opts)
	if err != nil || wantErr != nil {
		return compared(err, wantErr)
	}
	part := Part[Facet]{Offset: got.Offset, Total: got.Total, HasNext: got.HasNext}
	for i, f := range got.Items {
		short := Facet{Type: f.FacetType, Key: f.Key, Count: f.Count}
		if f.FacetType == contacts.FacetLabel {
			short.Namespace, short.Name, short.LegacyID = f.Namespace, f.DisplayName, f.LegacyID
		}
		part.Rows = append(part.Rows, short)
		both := Cond{Join: "$and", Parts: []Cond{c, {Field: "id", Operator: "$exists", Value: true}}}
		if p.store.Snapshot == nil || f.Count < 0 || i%4 != op.N%4 || !both.bounded() {
			continue
		}
		n, err := p.store.Snapshot().Count(contacts.Query{Filter: contacts.And(filter, f.Filter)}) // FCT-4
		if err != nil || n != f.Count {
			return nil, disagree("facet %s counts %d contacts, its filter matches %d: %v", f.Key, f.Count, n, err)
		}
	}
	if d := difference(part, want); d != "" {
		return nil, disagree("page%s", d)
	}
	return result{got, err}, nil
}

func (mc *machine) duplicates(op *Op, p *pair, args []any) (result, error) {
	if mc.setup.Light && op.N%16 != 0 {
		return nil, nil
	}
	var got []Group
	opts := args[0].(*contacts.DuplicateOptions)
	for g := range p.store.Snapshot().Duplicates(opts) {
		group := Group{Pairs: g.Pairs, Doubts: g.Doubts}
		for _, v := range g.Contacts {
			group.Contacts = append(group.Contacts, v.ID())
		}
		got = append(got, group)
		target, sources := p.model.mergeable(group.Contacts)
		if g.Target() != target || !slices.Equal(g.Sources(), sources) {
			return nil, disagree("different target or sources for a group of %d", len(group.Contacts))
		}
	}
	if d := difference(got, p.model.Duplicates(opts)); d != "" {
		return nil, disagree("groups%s", d)
	}
	return result{error(nil)}, nil
}

// printQuery prints a query of s.
func (op *Op) printQuery(s, ctx string) string {
	arg := func(i int) string { return literal(reflect.ValueOf(op.Args[i])) }
	switch op.Method {
	case "Find":
		return fmt.Sprintf("%s.Snapshot().Find(%s)", s, arg(0))
	case "List":
		use, opts := op.Args[2].(CursorUse), arg(1)
		if cursor := use.code(); cursor != "" {
			if opts == "nil" {
				opts = "&contacts.ListOptions{}"
			}
			opts = strings.TrimSuffix(opts, "}") + ", Cursor: " + cursor + "}"
			opts = strings.Replace(opts, "{, ", "{", 1)
		}
		return fmt.Sprintf("page%d, err := %s.List(%s, %s, %s)\n\t_, _ = page%d, err", op.N, s, ctx, arg(0), opts, op.N)
	case "ListLabels":
		return fmt.Sprintf("%s.ListLabels(%s, %s, %s)", s, ctx, op.Args[0].(Definitions).code("Label"), arg(1))
	case "ListFields":
		return fmt.Sprintf("%s.ListFields(%s, %s, %s)", s, ctx, op.Args[0].(Definitions).code("Field"), arg(1))
	case "Facets":
		return fmt.Sprintf("%s.Facets(%s, %s, %s)", s, ctx, arg(0), arg(1))
	default:
		return fmt.Sprintf("for g := range %s.Snapshot().Duplicates(%s) {\n\t\tt.Log(g)\n\t}", s, arg(0))
	}
}

func (u CursorUse) code() string {
	end := ""
	if u.Spoiled {
		end = ` + "x"`
	}
	switch {
	case u.Of == 0 && u.Spoiled:
		return `"made up"`
	case u.Of == 0:
		return ""
	case u.Previous:
		return fmt.Sprintf("page%d.Previous", u.Of) + end
	}
	return fmt.Sprintf("page%d.Next", u.Of) + end
}
