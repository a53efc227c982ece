package proof

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
)

// json returns the filter as JSON has it.
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
		return "{" // no filter
	}
	return string(text)
}

// filter makes the filter with the functions of the library, where there is one for it, or by parsing its text.
func (c Cond) filter(parse bool) (contacts.Filter, error) {
	if parse && c.bounded() {
		return contacts.ParseFilter([]byte(c.text()))
	}
	var parts []contacts.Filter
	for _, part := range c.Parts {
		f, err := part.filter(parse)
		if err != nil {
			return f, err
		}
		parts = append(parts, f)
	}
	if c.object() {
		return contacts.ParseFilter([]byte(c.text()))
	}
	list, isList := c.Value.([]any)
	text, isText := c.Value.(string)
	truth, isTruth := c.Value.(bool)
	switch {
	case c.zero():
		return contacts.Filter{}, nil
	case c.Join == "$not" && len(parts) == 0:
		return contacts.Not(contacts.Filter{}), nil
	case c.Join == "$not":
		return contacts.Not(parts[0]), nil
	case c.Join == "$and":
		return contacts.And(parts...), nil
	case c.Join == "$or":
		return contacts.Or(parts...), nil
	case c.Operator == "$eq":
		return contacts.Eq(c.Field, c.Value), nil
	case c.Operator == "$ne":
		return contacts.Ne(c.Field, c.Value), nil
	case c.Operator == "$gt":
		return contacts.Gt(c.Field, c.Value), nil
	case c.Operator == "$gte":
		return contacts.Gte(c.Field, c.Value), nil
	case c.Operator == "$lt":
		return contacts.Lt(c.Field, c.Value), nil
	case c.Operator == "$lte":
		return contacts.Lte(c.Field, c.Value), nil
	case c.Operator == "$in" && isList:
		return contacts.In(c.Field, list...), nil
	case c.Operator == "$nin" && isList:
		return contacts.Nin(c.Field, list...), nil
	case c.Operator == "$hasSome" && isList:
		return contacts.HasSome(c.Field, list...), nil
	case c.Operator == "$hasAll" && isList:
		return contacts.HasAll(c.Field, list...), nil
	case c.Operator == "$exists" && isTruth:
		return contacts.Exists(c.Field, truth), nil
	case c.Operator == "$startsWith" && isText:
		return contacts.StartsWith(c.Field, text), nil
	}
	return contacts.ParseFilter([]byte(c.text()))
}

func (c Cond) bounded() bool {
	levels, conditions, values := c.size()
	return levels <= 100 && conditions <= 1000 && values <= 10000
}

// made is a filter for the store, which reads what it has written.
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
		return f, disagree("ParseFilter of what MarshalJSON has written: %w", err)
	}
	if more, err := json.Marshal(again); err != nil || string(more) != string(text) {
		return f, disagree("MarshalJSON writes %s, and %s when it was read", text, more)
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
	return fmt.Sprintf("contacts.Query{Filter: %s, Sort: %s, Search: %s}",
		q.Where.code(), literal(reflect.ValueOf(q.Sort)), quoted(q.Search))
}

// CursorUse says which cursor a page is asked for with: one of the page that an earlier operation got.
type CursorUse struct {
	Of       int // the operation, 0 for no cursor
	Previous bool
	Spoiled  bool
}

// pages are the cursors that an operation got.
type pages struct {
	store          int
	previous, next string
	mean           Pages
}

// newer are the operations that are not called by their names and arguments alone. Each compares what the store
// returned with what the model did, and returns it.
var newer = map[string]func(mc *machine, op *Op, p *pair, args []any) (result, error){
	"Find": (*machine).find, "List": (*machine).list, "Facets": (*machine).facets, "Duplicates": (*machine).duplicates,
	"ListLabels": (*machine).listLabels, "ListFields": (*machine).listFields,
}

func compared(got error, want error) (result, error) {
	if d := (result{got}).differsFrom(result{want}); d != "" {
		return nil, errors.New(d)
	}
	return result{got}, nil
}

// find asks a query in all ways.
func (mc *machine) find(op *Op, p *pair, args []any) (result, error) {
	q := args[0].(Query)
	want, wantErr := p.model.Find(op.Args[0].(Query))
	filter, err := q.Where.made(op)
	if err != nil {
		return compared(err, wantErr)
	}
	asked := contacts.Query{Filter: filter, Sort: q.Sort, Search: q.Search}
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

// list asks for a page.
func (mc *machine) list(op *Op, p *pair, args []any) (result, error) {
	q, use := args[0].(Query), args[2].(CursorUse)
	opts := contacts.ListOptions{}
	if given := args[1].(*contacts.ListOptions); given != nil {
		opts = *given
	}
	from, ok := mc.pages[use.Of]
	cursor := from.mean.next
	opts.Cursor = from.next
	if use.Previous {
		opts.Cursor, cursor = from.previous, from.mean.previous
	}
	if use.Spoiled {
		cursor = nil
		if opts.Cursor += "x"; !ok {
			opts.Cursor = "made up"
		}
	}
	if cursor != nil && cursor.at != nil && from.store != p.name {
		if q := p.model.find(cursor.at.id); q == nil || q.made != cursor.at.made {
			return result{error(nil)}, nil // it stands behind a contact that only the other fork has
		}
	}
	want, pagesWanted, wantErr := p.model.List(op.context(), op.Args[0].(Query), &opts, cursor)
	filter, err := q.Where.made(op)
	if err != nil {
		return compared(err, wantErr)
	}
	got, err := p.store.List(op.context(), contacts.Query{Filter: filter, Sort: q.Sort, Search: q.Search}, &opts)
	if err != nil || wantErr != nil {
		return compared(err, wantErr)
	}
	if (got.Next != "") != (pagesWanted.next != nil) || (got.Previous != "") != (pagesWanted.previous != nil) {
		return nil, disagree("cursors %q and %q, want them to be there: %t and %t",
			got.Previous, got.Next, pagesWanted.previous != nil, pagesWanted.next != nil)
	}
	mc.pages[op.N] = pages{store: p.name, previous: got.Previous, next: got.Next, mean: pagesWanted}
	got.Previous, got.Next = "", ""
	if d := difference(got, want); d != "" {
		return nil, disagree("page%s", d)
	}
	return result{got, err}, nil
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
		Filter: filter, Sort: q.Sort, LabelType: contacts.LabelType(q.Type), Namespace: q.Namespace, StartsWith: q.StartsWith,
	}, opts)
	if err != nil || wantErr != nil {
		return compared(err, wantErr)
	}
	if d := difference(Part[contacts.Label]{got.Items, got.Offset, got.Total, got.HasNext}, want); d != "" {
		return nil, disagree("page%s", d)
	}
	return result{got, err}, nil
}

func (mc *machine) listFields(op *Op, p *pair, args []any) (result, error) {
	q, opts := args[0].(Definitions), args[1].(*contacts.PageOptions)
	want, wantErr := p.model.ListFields(op.context(), op.Args[0].(Definitions), op.Args[1].(*contacts.PageOptions))
	filter, err := q.Where.made(op)
	if err != nil {
		return compared(err, wantErr)
	}
	got, err := p.store.ListFields(op.context(), contacts.FieldQuery{
		Filter: filter, Sort: q.Sort, FieldType: contacts.FieldType(q.Type), Namespace: q.Namespace, StartsWith: q.StartsWith,
	}, opts)
	if err != nil || wantErr != nil {
		return compared(err, wantErr)
	}
	for i := range got.Items {
		got.Items[i].Description = ""
	}
	if d := difference(Part[contacts.Field]{got.Items, got.Offset, got.Total, got.HasNext}, want); d != "" {
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
		if f.Count < 0 || i%4 != op.N%4 || !both.bounded() {
			continue
		}
		n, err := p.store.Snapshot().Count(contacts.Query{Filter: contacts.And(filter, f.Filter)}) // FCT-4
		if err != nil || n != f.Count {
			return nil, disagree("its filter takes %d contacts of facet %s, which counts %d: %v", n, f.Key, f.Count, err)
		}
	}
	if d := difference(part, want); d != "" {
		return nil, disagree("page%s", d)
	}
	return result{got, err}, nil
}

func (mc *machine) duplicates(op *Op, p *pair, args []any) (result, error) {
	var got []Group
	for g := range p.store.Snapshot().Duplicates() {
		group := Group{Links: g.Links}
		for _, v := range g.Contacts {
			group.Contacts = append(group.Contacts, v.ID())
		}
		got = append(got, group)
		target, sources := p.model.mergeable(group.Contacts)
		if g.Target() != target || !slices.Equal(g.Sources(), sources) {
			return nil, disagree("other target or sources of a group of %d", len(group.Contacts))
		}
	}
	if d := difference(got, p.model.Duplicates()); d != "" {
		return nil, disagree("groups%s", d)
	}
	return result{error(nil)}, nil
}

// printNewer prints an operation on s that is not called by its name and arguments alone.
func (op *Op) printNewer(s, ctx string) string {
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
		return fmt.Sprintf("for g := range %s.Snapshot().Duplicates() {\n\t\tt.Log(g)\n\t}", s)
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
