package csvio

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/form"
)

// leftCell is a cell that no field of a contact holds.
type leftCell struct {
	column int
	text   string
	why    Reason
}

// leftOver keeps a cell for an extended field, if the options make one, and otherwise remarks on it.
func (b *builder) leftOver(col int, text string, why Reason) {
	if b.rules.MakeField == nil || why == Taken {
		b.remark(col, NotImported, why)
		return
	}
	b.left = append(b.left, leftCell{col, text, why})
}

// leftCells puts the cells that are left over into extended fields.
func (b *builder) leftCells() {
	for _, c := range b.left {
		name := b.columns[c.column].name
		switch p := b.columns[c.column].pair; {
		case p.value > 0 && b.leftText(p.value-1) != "":
			continue // a part of the name of its value
		case p.label > 0:
			name = p.called(b.leftText(p.label-1), name)
		}
		b.leftField(c, name)
	}
}

// called returns the name of the field of a pair: "Event Anniversary", but "Loyalty" for a custom field.
func (p pair) called(label, name string) string {
	label = fold.Trimmed(strings.TrimPrefix(label, "* "))
	switch {
	case label == "":
		return strings.TrimSuffix(name, " - Value")
	case strings.EqualFold(p.name, "Custom Field"):
		return label
	default:
		return p.name + " " + label
	}
}

// leftText returns the text of a column in the current row, if it is left over.
func (b *builder) leftText(col int) string {
	for _, c := range b.left {
		if c.column == col {
			return c.text
		}
	}
	return ""
}

func (b *builder) leftField(c leftCell, name string) {
	const most = 512 << 10 // bytes: a store accepts contacts of a megabyte (VAL-21)
	key := ""
	switch {
	case tooLong(c.text, fieldTextMax):
		b.remark(c.column, NotImported, TooLong)
		return
	case b.leftBytes+len(c.text) > most:
		b.remark(c.column, NotImported, TooMany)
		return
	case fold.Trimmed(name) != "":
		key = b.made("field", name, b.rules.MakeField)
	}
	switch {
	case key == "":
		b.remark(c.column, NotImported, c.why)
	case b.contact.Info.ExtendedFields[key] != nil:
		b.remark(c.column, NotImported, Taken)
	default:
		b.setField(key, c.text)
		b.leftBytes += len(c.text)
		if c.why != NoField {
			b.remark(c.column, FieldOnly, c.why)
		}
	}
}

func (b *builder) setField(key string, value any) {
	if b.contact.Info.ExtendedFields == nil {
		b.contact.Info.ExtendedFields = make(map[string]any)
	}
	b.contact.Info.ExtendedFields[key] = value
}

// extendedFields sets the values of Options.Fields.
func (b *builder) extendedFields() {
	for i, it := range b.items {
		if it.kind != kindExtended || !b.state[i].filled {
			continue
		}
		if value := b.fieldValue(i, it.typ); value != nil {
			b.setField(it.group, value)
		}
	}
}

// fieldValue returns the value of an extended field, nil with a remark if its type cannot have the text (FLD-4).
func (b *builder) fieldValue(i int, typ contacts.DataType) any {
	text := b.fitting(i, fieldValue, fieldTextMax)
	switch {
	case text == "", typ == contacts.DataDate && noDate(text):
		return nil
	case typ == contacts.DataNumber:
		if n, ok := numberOf(text); ok {
			return n
		}
		b.remarkOn(i, fieldValue, NotImported, NotNumber)
		return nil
	case typ == contacts.DataDate:
		if date := b.date(i, fieldValue); date != "" {
			return date
		}
		return nil
	case typ == contacts.DataURL && !isURL(text):
		b.remarkOn(i, fieldValue, NotImported, NotURL)
		return nil
	default:
		return text
	}
}

// isURL reports whether a URL field can have a text (FLD-5). The store adds a missing protocol.
func isURL(text string) bool {
	const longest = 4000 // characters, without the protocol
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	return form.IsURL(text) && !tooLong(text, longest)
}

var decimal = regexp.MustCompile(`^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$`)

// numberOf parses a decimal number. It refuses an integer that a float64 cannot represent exactly: a card number must
// not change silently.
func numberOf(text string) (float64, bool) {
	if !decimal.MatchString(text) {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, false
	}
	if math.Abs(f) >= 1<<53 && !strings.ContainsAny(text, ".eE") {
		digits := strings.TrimLeft(strings.TrimLeft(text, "+-"), "0")
		return f, strconv.FormatFloat(math.Abs(f), 'f', 0, 64) == digits
	}
	return f, true
}
