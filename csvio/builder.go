package csvio

import (
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/mailbox"
)

// builder makes a contact from the cells of a row: it collects the cells of each item, then turns each item into its
// part of the contact. It passes doubtful values on unchanged and leaves it to the store to refuse them.
type builder struct {
	*header
	labels map[string]string

	// The current row. The slices are reused from row to row, because most rows fill all of them.
	cells   []cell // see item.cells
	state   []itemState
	treated []Treatment // by column

	contact    *contacts.Contact
	country    string // of the whole row
	unused     bool   // no phone or address has the country of the row yet
	violations []contacts.Violation
}

// cell is the text of one field of an item, without surrounding spaces, and the column that it came from.
type cell struct {
	text   string
	column int
}

// itemState is the state of an item in the current row.
type itemState struct {
	item    int // its index in header.items
	tag     string
	primary bool
	filled  bool // it has a cell other than its tag
}

func newBuilder(h *header, labels map[string]string) *builder {
	return &builder{
		header: h, labels: labels,
		cells: make([]cell, h.cells), state: make([]itemState, len(h.items)),
		treated: make([]Treatment, len(h.columns)),
	}
}

func (b *builder) row(line int, cells []string) (Row, error) {
	b.reset()
	for i, text := range cells[:min(len(cells), len(b.columns))] {
		if text = trimmed(text); text == "" || b.columns[i].skip {
			continue
		}
		if b.columns[i].field != fieldUnknown && !utf8.ValidString(text) {
			err := fmt.Errorf("column %q: the text is not UTF-8", b.columns[i].name)
			return refuse(line, &contacts.Error{Err: err})
		}
		b.put(i, text)
	}
	b.record()
	b.person()
	b.addresses()
	b.emails()
	b.phones()
	if b.unused {
		only := contacts.Address{Country: b.country} // no other field can hold the country of the row
		b.contact.Info.Addresses = append(b.contact.Info.Addresses, only)
	}
	b.extendedFields()
	if b.violations != nil {
		return refuse(line, &contacts.Error{Violations: b.violations})
	}
	return Row{Row: contacts.Row{Line: line, Contact: b.contact}, Remarks: b.remarks()}, nil
}

func (b *builder) reset() {
	clear(b.cells)
	clear(b.treated)
	for i, it := range b.items {
		b.state[i] = itemState{item: i, tag: it.tag}
	}
	b.contact, b.country, b.unused, b.violations = new(contacts.Contact), "", false, nil
}

// put adds the text of a column to its item.
func (b *builder) put(col int, text string) {
	c := &b.columns[col]
	switch c.field {
	case fieldUnknown:
		if !noDate(text) {
			b.remark(col, NotImported)
		}
		return
	case fieldBirthdate:
		if noDate(text) {
			return
		}
	case fieldTag:
		b.tag(col, text)
		return
	}
	switch old := b.cell(c.item, c.field); {
	case old.text == "":
		*old = cell{text, col}
		b.state[c.item].filled = true
	case old.text == text:
	case c.field == fieldMoreLines:
		old.text += ", " + text
	default:
		b.remark(col, NotImported)
	}
}

// tag reads the tag of an item from its column.
func (b *builder) tag(col int, text string) {
	i := b.columns[col].item
	if strings.HasPrefix(text, "*") {
		b.state[i].primary = true // Google marks the default item with a star
	}
	if t := tagOf(text); validTag(b.items[i].kind, t) {
		b.state[i].tag = t
	} else {
		b.remark(col, NotImported)
	}
}

// cell returns the cell of item i for a field, which must have a column.
func (b *builder) cell(i int, f field) *cell { return &b.cells[b.items[i].cells[f]-1] }

// text returns the text of item i for a field, "" if there is none.
func (b *builder) text(i int, f field) string {
	if at := b.items[i].cells[f]; at > 0 {
		return b.cells[at-1].text
	}
	return ""
}

func (b *builder) remark(col int, treatment Treatment) {
	if treatment.exceeds(b.treated[col]) {
		b.treated[col] = treatment
	}
}

// remarkOn adds a remark on the cell of item i for a field, if there is one.
func (b *builder) remarkOn(i int, f field, treatment Treatment) {
	if b.text(i, f) != "" {
		b.remark(b.cell(i, f).column, treatment)
	}
}

func (b *builder) remarks() []Remark {
	var list []Remark
	for i, treatment := range b.treated {
		if treatment != "" {
			list = append(list, Remark{b.columns[i].name, treatment})
		}
	}
	return list
}

// adapt converts the text of a field of item i and remarks on the cell if the result differs.
func (b *builder) adapt(i int, f field, text string, convert func(string) string) string {
	if text == "" {
		return ""
	}
	adapted := convert(text)
	if adapted != text {
		b.remarkOn(i, f, OtherSpelling)
	}
	return adapted
}

// separator separates the values in one cell of Google's exports.
const separator = ":::"

// single returns the first value of a cell, for a field that can hold only one.
func (b *builder) single(i int, f field) string {
	text := b.text(i, f)
	first, rest, several := strings.Cut(text, separator)
	if !several {
		return text
	}
	if isText(strings.ReplaceAll(rest, ":", "")) {
		b.remarkOn(i, f, NotImported)
	}
	return trimmed(first)
}

// emails adds the addresses in the cells of emails. Files also have them as "Cy <cy@shop.example>", as links or as
// lists. A cell without any address is passed on unchanged.
func (b *builder) emails() {
	for text, state := range b.values(kindEmail) {
		addresses, whole := mailbox.Extract(text)
		switch {
		case addresses == nil:
			addresses = []string{text}
		case !whole:
			b.remarkOn(state.item, fieldValue, NotImported)
		case len(addresses) > 1 || addresses[0] != text:
			b.remarkOn(state.item, fieldValue, OtherSpelling)
		}
		for _, address := range addresses {
			e := contacts.Email{Tag: contacts.EmailTag(state.tag), Address: address, Primary: state.primary}
			b.contact.Info.Emails = append(b.contact.Info.Emails, e)
			state.primary = false
		}
	}
}

func (b *builder) phones() {
	for text, state := range b.values(kindPhone) {
		p := contacts.Phone{Tag: contacts.PhoneTag(state.tag), Number: text, Primary: state.primary}
		p.CountryCode = b.phoneCountry(p.Tag)
		b.contact.Info.Phones = append(b.contact.Info.Phones, p)
	}
}

// values yields the values of all items of a kind, each with the state of its item. At most one of them is primary.
func (b *builder) values(k kind) iter.Seq2[string, itemState] {
	return func(yield func(string, itemState) bool) {
		primary := false
		for i, it := range b.items {
			if it.kind != k || !b.state[i].filled {
				continue
			}
			for text := range strings.SplitSeq(b.text(i, fieldValue), separator) {
				if text = trimmed(text); text == "" {
					continue
				}
				state := b.state[i]
				state.primary = state.primary && !primary
				primary = primary || state.primary
				if !yield(text, state) {
					return
				}
			}
		}
	}
}

func (b *builder) extendedFields() {
	for i, it := range b.items {
		if it.kind != kindExtended || !b.state[i].filled {
			continue
		}
		var value any = b.text(i, fieldValue)
		switch text := b.text(i, fieldValue); it.typ {
		case contacts.DataNumber:
			if n, ok := number(text); ok {
				value = n
			}
		case contacts.DataDate:
			if noDate(text) {
				continue
			}
			value = b.adapt(i, fieldValue, text, isoDate)
		}
		if b.contact.Info.ExtendedFields == nil {
			b.contact.Info.ExtendedFields = make(map[string]any)
		}
		b.contact.Info.ExtendedFields[it.group] = value
	}
}
