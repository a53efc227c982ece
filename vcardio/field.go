package vcardio

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/vcard"
	"github.com/contactsdb/contacts/internal/wire"
)

// Limits of the values of extended fields (FLD-30).
const (
	fieldTextMax = form.FieldText
	numberedMax  = 9 // fields of one name, such as "Website 9"
)

// keptField is the extended field for properties that have no other place.
const keptField = "vCard"

// setField sets the extended field with this name, or keeps the property as it is. t is the type of the property.
func (b *builder) setField(p *property, name string, t contacts.DataType, text string) {
	if text == "" {
		return
	}
	field, ok := b.field(name)
	if !ok {
		b.keep(p)
		return
	}
	if t == contacts.DataDate {
		date, why := isoDate(text)
		switch why {
		case "":
		case Rewritten:
			b.remark(p, OtherSpelling, why)
		default:
			b.remark(p, NotImported, why)
			return
		}
		text = date
	}
	value, ok := fieldValue(text, t)
	if ok {
		value, ok = fieldValue(text, field.DataType)
	}
	if !ok {
		b.remark(p, NotImported, NotValue)
		return
	}
	b.addValue(p, field, t, value)
}

// addValue adds a value to an extended field, or to the first free one of the same name with a number.
func (b *builder) addValue(p *property, field contacts.Field, t contacts.DataType, value any) {
	for n := 2; n <= numberedMax+1; n++ {
		old, taken := b.contact.Info.ExtendedFields[field.Key]
		switch {
		case !taken:
			b.storeValue(field.Key, value)
			return
		case old == value:
			return
		case t == contacts.DataText && field.DataType == contacts.DataText:
			joined := fmt.Sprint(old) + separatorOf(p.Name) + fmt.Sprint(value)
			if utf8.RuneCountInString(joined) > fieldTextMax {
				b.remark(p, NotImported, TooLong)
				return
			}
			b.storeValue(field.Key, joined)
			return
		}
		next, ok := b.field(numbered(field.DisplayName, n))
		if !ok || next.DataType != field.DataType {
			break
		}
		next.DisplayName = field.DisplayName
		field = next
	}
	b.remark(p, NotImported, Taken)
}

// numbered returns the name of the nth field of a name: "Website", "Website 2", …
func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	return name + " " + strconv.Itoa(n)
}

// separatorOf returns what separates several values of a property in one field.
func separatorOf(property string) string {
	if property == "NOTE" {
		return "\n\n"
	}
	return ", "
}

func (b *builder) storeValue(key string, value any) {
	if b.contact.Info.ExtendedFields == nil {
		b.contact.Info.ExtendedFields = make(map[string]any)
	}
	b.contact.Info.ExtendedFields[key] = value
}

// fieldValue converts a text to a value of type t. It reports whether a store accepts it (FLD-5, FLD-30).
func fieldValue(text string, t contacts.DataType) (any, bool) {
	switch t {
	case contacts.DataNumber:
		n, err := strconv.ParseFloat(text, 64)
		return n, err == nil && decimal.MatchString(text) && math.Abs(n) < 1<<53
	case contacts.DataDate:
		return text, form.IsDate(text)
	case contacts.DataURL:
		whole := form.WithScheme(text)
		return text, form.IsURL(whole) && utf8.RuneCountInString(whole) <= form.URL
	default:
		return text, utf8.RuneCountInString(text) <= fieldTextMax
	}
}

var decimal = regexp.MustCompile(`^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$`)

// keep adds a property to the field of properties without a place, or remarks on it.
func (b *builder) keep(p *property) {
	field, ok := b.field(keptField)
	if !ok || field.DataType != contacts.DataText || p.Data != nil {
		b.remark(p, NotImported, NoField)
		return
	}
	line := keptLine(p.Property)
	kept, _ := b.contact.Info.ExtendedFields[field.Key].(string)
	if kept != "" {
		kept += "\n"
	}
	switch {
	case !wire.ValidText(line):
		b.remark(p, NotImported, NotText)
	case utf8.RuneCountInString(kept)+utf8.RuneCountInString(line) > fieldTextMax:
		b.remark(p, NotImported, TooLong)
	default:
		b.storeValue(field.Key, kept+line)
	}
}

// keptLine returns a property as a line without transfer encoding and group.
func keptLine(p vcard.Property) string {
	var params []vcard.Param
	for _, param := range p.Params {
		if param.Name != "ENCODING" && param.Name != "CHARSET" {
			params = append(params, param)
		}
	}
	p.Params, p.Group = params, ""
	return p.String()
}

// rest reads properties that the table does not name.
func (b *builder) rest(found []*property) {
	for _, p := range found {
		if fold.Trimmed(p.Value) != "" || p.Data != nil {
			b.keep(p)
		}
	}
}

// nothing reads properties that say nothing of a person.
func (b *builder) nothing([]*property) {}

// fieldValues reads the properties of fieldTable.
func (b *builder) fieldValues(found []*property) {
	for _, p := range found {
		for _, f := range fieldTable {
			if f.property != p.Name {
				continue
			}
			b.setField(p, f.field, f.typ, b.text(p, p.Value, fieldTextMax))
			if p.label != nil && !strings.HasPrefix(fold.Trimmed(p.label.Value), appleLabel) {
				b.remark(p, NotImported, NoTag)
			}
		}
	}
}

// ownFields reads what Write writes for extended fields without a property.
func (b *builder) ownFields(found []*property) {
	for _, p := range found {
		field, ok := b.ownField(p.Param("KEY"))
		if !ok {
			b.remark(p, NotImported, NoField)
			continue
		}
		text := vcard.Unescape(p.Value)
		if text == "" {
			continue
		}
		value, valid := fieldValue(text, field.DataType)
		if number, err := strconv.ParseFloat(text, 64); field.DataType == contacts.DataNumber && err == nil {
			value, valid = number, decimal.MatchString(text) // large integers, too
		}
		if !valid || !wire.ValidText(text) {
			b.remark(p, NotImported, NotValue)
			continue
		}
		b.storeValue(field.Key, value)
	}
}

// ownField returns the extended field with this key: one of Options.Fields, of the system, or a custom one that
// Options.MakeField makes.
func (b *builder) ownField(key string) (contacts.Field, bool) {
	if field, ok := b.fields[key]; ok {
		return field, true
	}
	if t, ok := systemFields[key]; ok {
		return contacts.Field{Key: key, DataType: t}, true
	}
	if name, custom := strings.CutPrefix(key, customNamespace); custom && form.IsNewKey(key) {
		return b.field(name)
	}
	return contacts.Field{}, false
}

// systemFields are the extended fields of every store that it does not derive (FLD-1).
var systemFields = map[string]contacts.DataType{
	"invoices.vatId": contacts.DataText, "members.mobile": contacts.DataText,
	"ecom.numOfPurchases": contacts.DataNumber, "ecom.totalSpentAmount": contacts.DataNumber,
	"ecom.totalSpentCurrency": contacts.DataText, "ecom.lastPurchaseDate": contacts.DataDate,
}

// labelledDates reads Apple's dates, whose label says what they are.
func (b *builder) labelledDates(found []*property) {
	for _, p := range found {
		if p.label == nil || strings.EqualFold(labelText(p.label), "Anniversary") {
			b.setField(p, "Anniversary", contacts.DataDate, b.text(p, p.Value, fieldTextMax))
			continue
		}
		b.keepLabelled(p)
	}
}

// labelledNames reads Apple's related people, whose label says who they are.
func (b *builder) labelledNames(found []*property) {
	for _, p := range found {
		if p.label != nil && relations[strings.ToLower(labelText(p.label))] != "" {
			field := relations[strings.ToLower(labelText(p.label))]
			b.setField(p, field, contacts.DataText, b.text(p, p.Value, fieldTextMax))
			continue
		}
		b.keepLabelled(p)
	}
}

// keepLabelled keeps a property whose label it cannot do without.
func (b *builder) keepLabelled(p *property) {
	if p.label != nil {
		p.Params = append(p.Params, vcard.Param{Name: "TYPE", Values: []string{labelText(p.label)}})
	}
	b.keep(p)
}

// related reads people who are named; references to other cards stay as they are.
func (b *builder) related(found []*property) {
	for _, p := range found {
		field := ""
		for _, t := range p.Types() {
			if field = relations[strings.ToLower(t)]; field != "" {
				break
			}
		}
		if field == "" || !strings.EqualFold(p.Param("VALUE"), "text") {
			b.keep(p)
			continue
		}
		b.setField(p, field, contacts.DataText, b.text(p, p.Value, fieldTextMax))
	}
}

// messaging reads addresses of instant messaging into a field for each service.
func (b *builder) messaging(found []*property) {
	for _, p := range found {
		text := b.text(p, p.Value, fieldTextMax)
		scheme, address, ok := strings.Cut(text, ":")
		if !ok {
			scheme, address = "", text
		}
		service := p.Param("X-SERVICE-TYPE")
		field := ""
		for _, s := range services {
			same := strings.EqualFold(s.service, service)
			if service == "" {
				same = strings.EqualFold(s.scheme, scheme)
			}
			if same {
				field = s.field
				break
			}
		}
		if field == "" {
			b.keep(p)
			continue
		}
		b.setField(p, field, contacts.DataText, fold.Trimmed(unescapedURI(address)))
	}
}

func unescapedURI(text string) string {
	if decoded, err := url.PathUnescape(text); err == nil && wire.ValidText(decoded) {
		return decoded
	}
	return text
}

// genders maps the letters of GENDER, and the numbers of X-WAB-GENDER, to words.
var genders = map[string]string{
	"M": "Male", "F": "Female", "O": "Other", "N": "Not applicable", "U": "Unknown", "1": "Female", "2": "Male",
}

func (b *builder) gender(found []*property) {
	for _, p := range found {
		parts := b.parts(p, 2, fieldTextMax)
		text := parts[1]
		if word := genders[strings.ToUpper(parts[0])]; text == "" && word != "" {
			text = word
		} else if text == "" {
			text = parts[0]
		}
		b.setField(p, "Gender", contacts.DataText, text)
	}
}

// sound reads the pronunciation of a name that Japanese phones write. Other sounds are recordings.
func (b *builder) sound(found []*property) {
	for _, p := range found {
		if !slices.Contains(p.Types(), "X-IRMC-N") {
			b.keep(p)
			continue
		}
		var names []string
		for _, part := range b.parts(p, 1, textMax) {
			if part != "" {
				names = append(names, part)
			}
		}
		b.setField(p, "Phonetic Name", contacts.DataText, strings.Join(names, " "))
	}
}

// android reads Android's own kinds of data, of which only the nickname has a text of its own.
func (b *builder) android(found []*property) {
	for _, p := range found {
		parts := b.parts(p, 2, fieldTextMax)
		if parts[0] != "vnd.android.cursor.item/nickname" {
			b.keep(p)
			continue
		}
		b.setField(p, "Nickname", contacts.DataText, parts[1])
	}
}

func (b *builder) agent(found []*property) {
	for _, p := range found {
		b.remark(p, NotImported, OwnCard)
	}
}
