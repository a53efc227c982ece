package csvio

import (
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/dial"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/mailbox"
)

// Bounds of the store (VAL-2, VAL-3, FLD-30). What does not identify the person is left out if it exceeds them.
const (
	itemsMax     = form.Items
	textMax      = form.Text
	phoneMax     = form.Phone
	codeMax      = form.Code
	formattedMax = form.Formatted
	fieldTextMax = form.FieldText
)

// builder makes a contact from the cells of a row: it collects the cells of each item, then turns each item into its
// part of the contact.
type builder struct {
	*header
	rules  *rules
	orders []orders          // of the dates, by column
	ahead  func()            // reads ahead, for the order of dates
	keys   map[string]string // of the labels and fields that Options made, by word and by name
	tags   map[labelText]string

	// The current row. The slices are reused from row to row, because most rows fill all of them.
	cells     []cell // see item.cells
	state     []itemState
	treated   []Remark // by column
	left      []leftCell
	leftBytes int // of those that are in fields
	words     []labelCell

	contact     *contacts.Contact
	country     string // of the whole row
	unused      bool   // no phone or address has the country of the row yet
	emailStatus subscription
	phoneStatus subscription
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

func newBuilder(h *header, r *rules) *builder {
	return &builder{
		header: h, rules: r, orders: make([]orders, len(h.columns)),
		keys: make(map[string]string), tags: make(map[labelText]string),
		cells: make([]cell, h.cells), state: make([]itemState, len(h.items)),
		treated: make([]Remark, len(h.columns)),
	}
}

func (b *builder) row(line int, cells []string) (Row, error) {
	b.reset()
	for i, text := range cells[:min(len(cells), len(b.columns))] {
		if text = fold.Trimmed(text); text != "" && !b.columns[i].skip {
			b.put(i, text)
		}
	}
	b.record()
	b.person()
	b.labelKeys()
	b.addresses()
	b.emails()
	b.phones()
	if b.unused {
		only := contacts.Address{Country: b.country} // no other field can hold the country of the row
		b.contact.Info.Addresses = append(b.contact.Info.Addresses, only)
	}
	b.statuses()
	b.extendedFields()
	b.leftCells()
	remarks := b.remarks()
	if b.rules.Strict {
		if wrong := faulty(remarks); wrong != nil {
			return refuse(line, &contacts.Error{Err: strictError(wrong)})
		}
	}
	return Row{Row: contacts.Row{Line: line, Contact: b.contact}, Remarks: remarks}, nil
}

// faulty returns the remarks on cells that could not be imported as they are.
func faulty(remarks []Remark) (wrong []Remark) {
	for _, remark := range remarks {
		if remark.What != FieldOnly && slices.Contains(faults, remark.Why) {
			wrong = append(wrong, remark)
		}
	}
	return wrong
}

func (b *builder) reset() {
	clear(b.cells)
	clear(b.treated)
	for i, it := range b.items {
		b.state[i] = itemState{item: i, tag: it.tag}
	}
	b.left, b.leftBytes, b.words = b.left[:0], 0, b.words[:0]
	b.contact, b.country, b.unused = new(contacts.Contact), "", false
	b.emailStatus, b.phoneStatus = subscription{}, subscription{}
}

// put adds the text of a column to its item.
func (b *builder) put(col int, text string) {
	c := &b.columns[col]
	text, ok := b.clean(col, text)
	if !ok {
		return
	}
	switch c.field {
	case fieldUnknown:
		if !noDate(text) {
			b.leftOver(col, text, NoField)
		}
		return
	case fieldLabelNames:
		b.words = append(b.words, labelCell{col, text})
		return
	case fieldConsent:
		b.consentCell(col, text)
		return
	case fieldTag:
		b.tag(col, text)
		return
	case fieldBirthdate, fieldCreated, fieldUpdated:
		if noDate(text) {
			return
		}
	}
	switch old := b.cell(c.item, c.field); {
	case old.text == "":
		*old = cell{text, col}
		b.state[c.item].filled = true
	case old.text == text:
	case c.field == fieldMoreLines:
		old.text += ", " + text
	default:
		b.leftOver(col, text, Taken)
	}
}

// clean undoes the damage of spreadsheets. It reports whether the cell says anything.
func (b *builder) clean(col int, text string) (string, bool) {
	c := &b.columns[col]
	whole, lost := undamaged(text)
	if !lost && b.isNumber(c) && whole != "" {
		lost = shortened(whole)
		if pointZero.MatchString(whole) {
			whole = strings.TrimSuffix(whole, ".0")
		}
	}
	switch {
	case lost:
		b.remark(col, NotImported, Damaged)
		return "", false
	case whole == "":
		b.remark(col, NotImported, Placeholder)
		return "", false
	case whole != text:
		b.remark(col, OtherSpelling, Rewritten)
	}
	used := c.field != fieldUnknown || b.rules.MakeField != nil
	if used && c.field != fieldConsent && isPlaceholder(c.field, whole) {
		b.remark(col, NotImported, Placeholder)
		return "", false
	}
	return whole, true
}

// isNumber reports whether the digits of a column are a name, not a quantity: spreadsheets shorten them.
func (b *builder) isNumber(c *column) bool {
	switch c.field {
	case fieldID, fieldPostalCode:
		return true
	case fieldValue:
		return b.items[c.item].kind == kindPhone
	default:
		return false
	}
}

// tag reads the tag of an item from its column.
func (b *builder) tag(col int, text string) {
	i := b.columns[col].item
	text, starred := strings.CutPrefix(text, "*")
	if starred {
		b.state[i].primary = true // Google marks the default item with a star
		if text = fold.Trimmed(text); text == "" {
			return
		}
	}
	switch t := b.tagOf(b.items[i].kind, text); {
	case t != "":
		b.state[i].tag = t
	case text == "SMTP" || text == "EX": // the protocol, in Outlook
		b.remark(col, NotImported, NoField)
	default:
		b.remark(col, NotImported, UnknownKind)
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

// fitting returns the text of item i for a field, "" with a remark if it has more characters than the field can have.
func (b *builder) fitting(i int, f field, most int) string {
	text := b.text(i, f)
	if tooLong(text, most) {
		b.remarkOn(i, f, NotImported, TooLong)
		return ""
	}
	return text
}

func tooLong(text string, most int) bool {
	return len(text) > most && utf8.RuneCountInString(text) > most
}

func (b *builder) remark(col int, what Treatment, why Reason) {
	if what.exceeds(b.treated[col].What) {
		b.treated[col] = Remark{b.columns[col].name, what, why}
	}
}

// remarkOn adds a remark on the cell of item i for a field, if there is one.
func (b *builder) remarkOn(i int, f field, what Treatment, why Reason) {
	if b.text(i, f) != "" {
		b.remark(b.cell(i, f).column, what, why)
	}
}

func (b *builder) remarks() []Remark {
	var list []Remark
	for _, remark := range b.treated {
		if remark.What != "" {
			list = append(list, remark)
		}
	}
	return list
}

// separator separates the values in one cell of Google's exports.
const separator = ":::"

// single returns the first value of a cell, for a field that can hold only one.
func (b *builder) single(i int, f field) string {
	text := b.fitting(i, f, textMax)
	first, rest, several := strings.Cut(text, separator)
	if !several {
		return text
	}
	if isText(strings.ReplaceAll(rest, ":", "")) {
		b.remarkOn(i, f, NotImported, Taken)
	}
	return fold.Trimmed(first)
}

// emails adds the addresses in the cells of emails. Files also have them as "Cy <cy@shop.example>", as links or as
// lists. A cell without any address is passed on unchanged: the store refuses it, because an email identifies a person.
func (b *builder) emails() {
	for text, state := range b.values(kindEmail) {
		addresses, whole := mailbox.Extract(text)
		switch {
		case addresses == nil:
			addresses = []string{text}
		case !whole:
			b.remarkOn(state.item, fieldValue, NotImported, NoField)
		case len(addresses) > 1 || addresses[0] != text:
			b.remarkOn(state.item, fieldValue, OtherSpelling, Rewritten)
		}
		for _, address := range addresses {
			e := contacts.Email{Tag: contacts.EmailTag(state.tag), Address: address, Primary: state.primary}
			if len(b.contact.Info.Emails) == itemsMax {
				b.remarkOn(state.item, fieldValue, NotImported, TooMany)
				break
			}
			b.contact.Info.Emails = append(b.contact.Info.Emails, e)
			state.primary = false
		}
	}
}

func (b *builder) phones() {
	for text, state := range b.values(kindPhone) {
		numbers := phoneNumbers(text)
		if len(numbers) > 1 || numbers[0] != text {
			b.remarkOn(state.item, fieldValue, OtherSpelling, Rewritten)
		}
		for _, number := range numbers {
			switch {
			case tooLong(number, phoneMax):
				b.remarkOn(state.item, fieldValue, NotImported, TooLong)
				continue
			case shortened(number):
				b.remarkOn(state.item, fieldValue, NotImported, Damaged)
				continue
			case len(b.contact.Info.Phones) == itemsMax:
				b.remarkOn(state.item, fieldValue, NotImported, TooMany)
				continue
			}
			p := contacts.Phone{Tag: contacts.PhoneTag(state.tag), Number: number, Primary: state.primary}
			p.CountryCode = b.phoneCountry(state.item, p)
			b.contact.Info.Phones = append(b.contact.Info.Phones, p)
			state.primary = false
		}
	}
}

// phoneNumbers returns the numbers in a cell: several if each part of it has enough digits to be one.
func phoneNumbers(text string) []string {
	if rest, ok := cutFold(text, "tel:"); ok {
		text = fold.Trimmed(rest)
	}
	const separators = ",;|\n\r"
	if !strings.ContainsAny(text, separators) && !strings.Contains(text, " / ") {
		return []string{text}
	}
	parts := strings.FieldsFunc(strings.ReplaceAll(text, " / ", ";"), func(r rune) bool {
		return strings.ContainsRune(separators, r)
	})
	for i, part := range parts {
		const least = 5
		digits := 0
		for _, r := range part {
			if '0' <= r && r <= '9' {
				digits++
			}
		}
		if digits < least || strings.Contains(part, "=") {
			return []string{text}
		}
		part, _ = cutFold(fold.Trimmed(part), "tel:")
		parts[i] = fold.Trimmed(part)
	}
	if len(parts) < 2 {
		return []string{text}
	}
	return parts
}

// cutFold cuts a prefix, in any case, off a text.
func cutFold(text, prefix string) (rest string, ok bool) {
	if len(text) > len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
		return text[len(prefix):], true
	}
	return text, false
}

// phoneCountry returns the country of a phone: its own if it has a column for that, else that of the row, that of the
// address with the same tag or of the first address with a country, that of its calling code, or that of the options.
func (b *builder) phoneCountry(i int, p contacts.Phone) string {
	if b.items[i].cells[fieldCountry] > 0 {
		code := b.countryOf(i)
		if code == "" {
			b.remarkOn(i, fieldCountry, NotImported, UnknownCountry)
		}
		return code
	}
	if b.country != "" {
		b.unused = false
		return b.country
	}
	code := ""
	for _, a := range b.contact.Info.Addresses {
		if a.Country != "" && string(a.Tag) == string(p.Tag) {
			return a.Country
		}
		if code == "" {
			code = a.Country
		}
	}
	if code == "" {
		code = dial.Country(p.Number)
	}
	if code == "" {
		code = b.rules.Region
	}
	return code
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
				if text = fold.Trimmed(text); text == "" {
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
