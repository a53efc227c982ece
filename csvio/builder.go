package csvio

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/contactsdb/contacts"
)

// builder makes rows of cells: it sorts these by the items that their columns are about, and makes of each item its part
// of the contact. What it is not sure about it leaves as it stands: the store refuses what it cannot take.
type builder struct {
	*header
	labels map[string]string

	// Of the row that is made. They are kept from row to row, because most rows need all of them.
	cells   []cell // see item.cells
	state   []itemState
	treated []Treatment // by column

	contact    *contacts.Contact
	country    string // of the whole row
	homeless   bool   // nothing has the country of the row yet
	violations []contacts.Violation
}

// cell is the text that an item has in one field, without spaces around it, and the column that it came from.
type cell struct {
	text   string
	column int
}

// itemState is what a row says about an item.
type itemState struct {
	tag     string
	primary bool
	filled  bool // it has a cell that is not its tag
}

func newBuilder(h *header, labels map[string]string) *builder {
	return &builder{
		header: h, labels: labels,
		cells: make([]cell, h.cells), state: make([]itemState, len(h.items)), treated: make([]Treatment, len(h.columns)),
	}
}

func (b *builder) row(line int, cells []string) (Row, error) {
	b.reset()
	for i, text := range cells[:min(len(cells), len(b.columns))] {
		if text = strings.TrimSpace(text); text == "" || b.columns[i].skip {
			continue
		}
		if b.columns[i].field != fieldUnknown && !utf8.ValidString(text) {
			err := fmt.Errorf("column %q: the text is not UTF-8", b.columns[i].name)
			return Row{Line: line}, lineError(line, &contacts.Error{Err: err})
		}
		b.put(i, text)
	}
	b.record()
	b.person()
	b.addresses()
	b.emailsAndPhones()
	b.extendedFields()
	if b.violations != nil {
		return Row{Line: line}, lineError(line, &contacts.Error{Violations: b.violations})
	}
	return Row{Line: line, Contact: b.contact, Remarks: b.remarks()}, nil
}

func (b *builder) reset() {
	clear(b.cells)
	clear(b.treated)
	for i, it := range b.items {
		b.state[i] = itemState{tag: it.tag}
	}
	b.contact, b.country, b.homeless, b.violations = new(contacts.Contact), "", false, nil
}

// put gives a cell to its item.
func (b *builder) put(column int, text string) {
	c := &b.columns[column]
	switch c.field {
	case fieldUnknown:
		if !noDate(text) {
			b.remark(column, NotImported)
		}
		return
	case fieldBirthdate:
		if noDate(text) {
			return
		}
	case fieldTag:
		b.tag(column, text)
		return
	}
	switch old := b.cell(c.item, c.field); {
	case old.text == "":
		*old = cell{text, column}
		b.state[c.item].filled = true
	case old.text == text:
	case c.field == fieldMoreLines:
		old.text += ", " + text
	default:
		b.remark(column, NotImported)
	}
}

// tag reads the column with the tag of an item.
func (b *builder) tag(column int, text string) {
	i := b.columns[column].item
	if strings.HasPrefix(text, "*") {
		b.state[i].primary = true // so Google marks the default one
	}
	if t := tagOf(text); validTag(b.items[i].kind, t) {
		b.state[i].tag = t
	} else {
		b.remark(column, NotImported)
	}
}

// cell returns where an item has its cell in a field that a column holds.
func (b *builder) cell(item int, f field) *cell { return &b.cells[b.items[item].cells[f]-1] }

// text returns what an item has in a field, "" if nothing.
func (b *builder) text(item int, f field) string {
	if at := b.items[item].cells[f]; at > 0 {
		return b.cells[at-1].text
	}
	return ""
}

func (b *builder) remark(column int, what Treatment) {
	if what.exceeds(b.treated[column]) {
		b.treated[column] = what
	}
}

// remarkOn remarks on the cell that an item has in a field, if it has one.
func (b *builder) remarkOn(item int, f field, what Treatment) {
	if b.text(item, f) != "" {
		b.remark(b.cell(item, f).column, what)
	}
}

func (b *builder) remarks() []Remark {
	var list []Remark
	for i, what := range b.treated {
		if what != "" {
			list = append(list, Remark{b.columns[i].name, what})
		}
	}
	return list
}

// adapt puts text, from a field of an item, in another form and takes a note of it if the form differs.
func (b *builder) adapt(item int, f field, text string, form func(string) string) string {
	if text == "" {
		return ""
	}
	adapted := form(text)
	if adapted != text {
		b.remarkOn(item, f, OtherSpelling)
	}
	return adapted
}

// separator stands between several values in one cell of Google's exports.
const separator = ":::"

// single returns the first value of a cell where a contact can hold no more.
func (b *builder) single(item int, f field) string {
	text := b.text(item, f)
	first, rest, several := strings.Cut(text, separator)
	if !several {
		return text
	}
	if strings.Trim(rest, ": ") != "" {
		b.remarkOn(item, f, NotImported)
	}
	return strings.TrimSpace(first)
}

func (b *builder) emailsAndPhones() {
	info := &b.contact.Info
	primaryEmail, primaryPhone := false, false // only one of each can be
	for i, it := range b.items {
		state := b.state[i]
		if it.kind != kindEmail && it.kind != kindPhone || !state.filled {
			continue
		}
		for text := range strings.SplitSeq(b.text(i, fieldValue), separator) {
			switch text = strings.TrimSpace(text); {
			case text == "":
				continue
			case it.kind == kindEmail:
				e := contacts.Email{Tag: contacts.EmailTag(state.tag), Address: text}
				e.Primary = state.primary && !primaryEmail
				primaryEmail = primaryEmail || e.Primary
				info.Emails = append(info.Emails, e)
			case it.kind == kindPhone:
				p := contacts.Phone{Tag: contacts.PhoneTag(state.tag), Number: text}
				p.CountryCode = b.phoneCountry(p.Tag)
				p.Primary = state.primary && !primaryPhone
				primaryPhone = primaryPhone || p.Primary
				info.Phones = append(info.Phones, p)
			}
		}
	}
	if b.homeless {
		info.Addresses = append(info.Addresses, contacts.Address{Country: b.country}) // nothing else can hold it
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
