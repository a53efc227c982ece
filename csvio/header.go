package csvio

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
)

// header describes the columns of a file.
type header struct {
	columns []column
	items   []item // in the order of their columns; the first is the person
	cells   int    // in all items together
	byGroup map[group]int
}

// column is one column of a file.
type column struct {
	name    string
	skip    bool  // by Options.Columns
	field   field // fieldUnknown if the column is left over
	item    int   // index in header.items
	utc     bool
	consent consent
	isDate  bool
	pair    pair // for a column that is left over
}

// pair relates the columns of Google's pairs, such as "Event 1 - Label" and "Event 1 - Value".
type pair struct {
	name  string // "Event"
	label int    // of the column with the value, that of the label, counted from 1
	value int    // of the column with the label, that of the value, counted from 1
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

// titlesMax bounds the lines before the header.
const titlesMax = 20

// findHeader reads the header, and the lines before it: "sep=;", titles and notes. titles is the number of those that
// hold words. If other lines come before it, a header has several recognized headings. A line with an email is neither
// a title nor a header: it may well be a contact.
func (r *rules) findHeader(records *recordReader) (names []string, titles int, err error) {
	records.findLineEnds()
	comma := r.Comma
	if records.begin() {
		if said, ok := records.separator(); ok && comma == 0 {
			comma = said
		}
	}
	for lines := 0; lines <= titlesMax; lines++ {
		names, known, err := r.candidate(records, comma)
		if err != nil {
			if err == io.EOF && lines > 0 {
				break
			}
			return nil, 0, err
		}
		switch text := strings.Join(names, ""); {
		case strings.IndexByte(text, 0) >= 0:
			return nil, 0, invalid(notText([]byte(text)))
		case known > 1 || known > 0 && titles == 0:
			return names, titles, nil
		case strings.Contains(text, "@"):
			return nil, 0, invalid(ErrNoColumns)
		case isText(text):
			titles++
		}
	}
	return nil, 0, invalid(ErrNoColumns)
}

// candidate reads a line that may be the header, with the comma that finds the most headings, and counts them.
func (r *rules) candidate(records *recordReader, comma rune) (names []string, known int, err error) {
	if !records.begin() {
		return nil, 0, records.end
	}
	commas := []rune{',', ';', '\t', '|'}
	if comma != 0 {
		commas = []rune{comma}
	}
	best, cells := commas[0], 0
	for _, c := range commas {
		records.setComma(c)
		switch _, err := records.scan(); {
		case err == csv.ErrQuote, err == errLongCell: // perhaps because it is another comma
			continue
		case err != nil:
			return nil, 0, invalid(err)
		}
		split := records.split()
		if n := r.known(split); n > known || n == known && len(split) > cells {
			best, known, cells = c, n, len(split)
		}
	}
	records.setComma(best)
	names, _, err = records.next()
	return names, known, err
}

// known returns the number of columns that can be imported.
func (r *rules) known(names []string) int {
	if len(names) == 1 && len(names[0]) > r.Limits.CellBytes {
		return 0
	}
	n := 0
	present := presentIn(names)
	for _, name := range names {
		if m, skip := r.column(strings.TrimSpace(name), present); !skip && r.imports(m.field) {
			n++
		}
	}
	return n
}

// imports reports whether columns of a field are imported.
func (r *rules) imports(f field) bool {
	return f != fieldUnknown && (f != fieldLabelNames || len(r.labels) > 0 || r.MakeLabel != nil)
}

func presentIn(names []string) map[string]bool {
	present := make(map[string]bool, len(names))
	for _, name := range names {
		present[squash(name)] = true
	}
	return present
}

// column returns the meaning of a column, and whether Options.Columns skips it.
func (r *rules) column(name string, present map[string]bool) (m meaning, skip bool) {
	o, overridden := r.columns[squash(name)]
	if overridden {
		m = o.meaning
	} else {
		m, _ = r.meaning(name, present)
	}
	switch m.field {
	case fieldMiddleName, fieldPrefix, fieldSuffix:
		if !r.JoinNames {
			m.field = fieldUnknown
		}
	}
	return m, overridden && o.meaning == meaning{}
}

// header determines the meaning of each column.
func (r *rules) header(names []string) (*header, error) {
	h := &header{items: []item{{kind: kindPerson}}, byGroup: map[group]int{{kindPerson, ""}: 0}}
	unused := maps.Clone(r.columns)
	present := presentIn(names)
	for _, name := range names {
		name = strings.TrimSpace(name)
		delete(unused, squash(name))
		m, skip := r.column(name, present)
		h.add(column{name: name, skip: skip, field: m.field, utc: m.utc, consent: m.consent}, m)
	}
	if !slices.ContainsFunc(h.columns, func(c column) bool { return !c.skip && r.imports(c.field) }) {
		return nil, invalid(ErrNoColumns)
	}
	for _, key := range slices.Sorted(maps.Keys(unused)) {
		return nil, invalid(fmt.Errorf("the header has no column %q", unused[key].heading))
	}
	for _, f := range r.Fields {
		i, ok := h.byGroup[group{kindExtended, f.Key}]
		if !ok {
			return nil, invalid(fmt.Errorf("the header has no column %q", f.DisplayName))
		}
		h.items[i].typ = f.DataType
	}
	h.findDates()
	h.findPairs()
	return h, nil
}

// ErrNoColumns is wrapped by the error of [NewReader] for a header without any recognized heading. The message does not
// quote the line, which may well be a contact.
var ErrNoColumns = errors.New("no heading in the header is recognized; is the first line a header?")

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
	h.items = append(h.items, item{kind: m.kind, group: m.group, tag: m.tag})
	h.byGroup[g] = len(h.items) - 1
	return len(h.items) - 1
}

// findDates marks the columns whose dates may tell their order.
func (h *header) findDates() {
	for i := range h.columns {
		c := &h.columns[i]
		switch c.field {
		case fieldBirthdate, fieldCreated, fieldUpdated:
			c.isDate = true
		case fieldValue:
			c.isDate = h.items[c.item].typ == contacts.DataDate
		}
	}
}

// findPairs relates the columns of pairs that are left over.
func (h *header) findPairs() {
	values := make(map[string]int)
	for i, c := range h.columns {
		if name, ok := strings.CutSuffix(c.name, " - Value"); ok && c.field == fieldUnknown {
			values[name] = i + 1
		}
	}
	for i := range h.columns {
		label := &h.columns[i]
		name, ok := strings.CutSuffix(label.name, " - Label")
		if !ok {
			name, ok = strings.CutSuffix(label.name, " - Type")
		}
		if at := values[name]; ok && at > 0 && label.field == fieldUnknown {
			label.pair.value = at
			h.columns[at-1].pair = pair{name: strings.TrimRight(name, " 0123456789"), label: i + 1}
		}
	}
}
