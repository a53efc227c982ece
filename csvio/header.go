package csvio

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
)

// rules are a checked copy of Options.
type rules struct {
	columns map[string]override // by squashed heading
	fields  []contacts.Field
	labels  map[string]string
}

// override is one entry of Options.Columns.
type override struct {
	heading string
	meaning meaning // the zero meaning skips the column
}

func newRules(opts *Options) (*rules, error) {
	if c := opts.Comma; c != 0 && (c == '"' || c == '\r' || c == '\n' || c == utf8.RuneError || !utf8.ValidRune(c)) {
		return nil, invalid(errors.New("option Comma is a character that cannot separate cells"))
	}
	for _, f := range opts.Fields {
		if f.Key == "" {
			return nil, invalid(fmt.Errorf("field %q has no key", f.DisplayName))
		}
	}
	r := &rules{columns: make(map[string]override), fields: opts.Fields, labels: labelNames(opts.Labels)}
	for _, name := range slices.Sorted(maps.Keys(opts.Columns)) {
		o := override{heading: name}
		if target := opts.Columns[name]; target != "" {
			var ok bool
			if o.meaning, ok = r.meaning(target); !ok {
				return nil, invalid(fmt.Errorf("column %q: %q is not a recognized heading", name, target))
			}
		}
		key := squash(name)
		if other, ok := r.columns[key]; ok {
			return nil, invalid(fmt.Errorf("columns %q and %q are the same heading", other.heading, name))
		}
		r.columns[key] = o
	}
	return r, nil
}

// labelNames returns a copy of Options.Labels in which the words are also found by fold.Name.
func labelNames(given map[string]string) map[string]string {
	labels := make(map[string]string, len(given))
	for _, word := range slices.Sorted(maps.Keys(given)) {
		if _, ok := labels[fold.Name(word)]; !ok {
			labels[fold.Name(word)] = given[word]
		}
	}
	maps.Copy(labels, given)
	return labels
}

// meaning returns the meaning of a heading. The extended fields come first, by exact name and then by squashed name;
// the recognized headings follow.
func (r *rules) meaning(name string) (meaning, bool) {
	exact := fold.Name(name)
	i := slices.IndexFunc(r.fields, func(f contacts.Field) bool {
		return strings.EqualFold(exact, fold.Name(f.DisplayName)) || name == f.Key
	})
	if i < 0 {
		key := squash(name)
		i = slices.IndexFunc(r.fields, func(f contacts.Field) bool {
			return key == squash(f.DisplayName) || key == squash(f.Key)
		})
	}
	if i >= 0 && !fold.Blank(name) {
		return meaning{kind: kindExtended, field: fieldValue, group: r.fields[i].Key}, true
	}
	return recognize(name)
}

// header describes the columns of a file.
type header struct {
	columns []column
	items   []item // in the order of their columns; the first is the person
	cells   int    // in all items together
	byGroup map[group]int
}

// column is one column of a file.
type column struct {
	name  string
	skip  bool  // by Options.Columns
	field field // fieldUnknown if the column is not imported
	item  int   // index in header.items
	utc   bool
}

// item is the person, an email, a phone, an address or an extended field. All of its columns have the same group.
type item struct {
	kind  kind
	group string
	tag   string            // from the headings
	typ   contacts.DataType // of an extended field
	cells [fieldCount]int   // index into builder.cells, counted from 1; 0 if no column holds the field
}

type group struct {
	kind kind
	name string
}

// header determines the meaning of each column.
func (r *rules) header(names []string) (*header, error) {
	h := &header{items: []item{{kind: kindPerson}}, byGroup: map[group]int{{kindPerson, ""}: 0}}
	unused := maps.Clone(r.columns)
	for _, name := range names {
		name = strings.TrimSpace(name)
		key := squash(name)
		o, overridden := r.columns[key]
		delete(unused, key)
		m := o.meaning
		if !overridden {
			m, _ = r.meaning(name)
		}
		if m.field == fieldLabelNames && len(r.labels) == 0 {
			m.field = fieldUnknown
		}
		h.add(column{name: name, skip: overridden && m == meaning{}, field: m.field, utc: m.utc}, m)
	}
	if !slices.ContainsFunc(h.columns, func(c column) bool { return c.field != fieldUnknown }) {
		return nil, invalid(ErrNoColumns)
	}
	for _, key := range slices.Sorted(maps.Keys(unused)) {
		return nil, invalid(fmt.Errorf("the header has no column %q", unused[key].heading))
	}
	for _, f := range r.fields {
		i, ok := h.byGroup[group{kindExtended, f.Key}]
		if !ok {
			return nil, invalid(fmt.Errorf("the header has no column %q", f.DisplayName))
		}
		h.items[i].typ = f.DataType
	}
	return h, nil
}

func (h *header) add(c column, m meaning) {
	if c.field != fieldUnknown {
		c.item = h.item(m)
		if slot := &h.items[c.item].cells[c.field]; *slot == 0 {
			h.cells++
			*slot = h.cells
		}
	}
	h.columns = append(h.columns, c)
}

// item returns the index of the item that a column belongs to: the latest item of its group, or a new one if that item
// already has a column for its value or its tag, as with two columns "Phone".
func (h *header) item(m meaning) int {
	g := group{m.kind, m.group}
	if i, ok := h.byGroup[g]; ok {
		repeats := m.kind != kindExtended && (m.field == fieldValue || m.field == fieldTag)
		if !repeats || h.items[i].cells[m.field] == 0 {
			return i
		}
	}
	it := item{kind: m.kind, group: m.group}
	if t := tagIn(m.group); validTag(m.kind, t) {
		it.tag = t
	}
	h.items = append(h.items, it)
	h.byGroup[g] = len(h.items) - 1
	return len(h.items) - 1
}
