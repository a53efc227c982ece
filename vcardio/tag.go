package vcardio

import (
	"slices"
	"strings"
	"unicode"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
)

// tagTable maps the types of items to their tags, in order of precedence: a home fax is a fax, and a pager at work is
// none of the phones that a tag is for.
var tagTable = []struct{ typ, tag string }{
	{"FAX", "FAX"}, {"HOMEFAX", "FAX"}, {"WORKFAX", "FAX"}, {"FACSIMILE", "FAX"},
	{"PAGER", ""}, {"ISDN", ""}, {"TTY", ""}, {"TEXTPHONE", ""}, {"BBS", ""}, {"MODEM", ""}, {"TLX", ""},
	{"CELL", "MOBILE"}, {"MOBILE", "MOBILE"}, {"IPHONE", "MOBILE"}, {"CAR", "MOBILE"},
	{"BILLING", "BILLING"}, {"SHIPPING", "SHIPPING"}, {"DELIVERY", "SHIPPING"},
	{"HOME", "HOME"}, {"PERSONAL", "HOME"}, {"WORK", "WORK"}, {"BUSINESS", "WORK"}, {"COMPANY", "WORK"},
	{"MAIN", "MAIN"},
	{"VIDEO", ""},
}

// plainTypes are types that say nothing of what tags are for.
var plainTypes = []string{
	"PREF", "VOICE", "MSG", "TEXT", "MAIN", "INTERNET", "EMAIL", "OTHER", "POSTAL", "PARCEL", "DOM", "INTL", "X-INTERNET",
}

// tag returns the tag of an item by its types and the label of its group, "" if none is valid.
func (b *builder) tag(p *property, valid func(string) bool) string {
	types := p.Types()
	label := ""
	if p.label != nil {
		label = labelText(p.label)
	}
	if custom := p.Param("X-CUSTOM"); custom != "" {
		label = custom
	}
	for _, entry := range tagTable {
		switch {
		case !slices.Contains(types, entry.typ):
		case entry.tag == "":
			b.remark(p, NotImported, NoTag)
			return ""
		case valid(entry.tag):
			return entry.tag
		}
	}
	words := labelWords(label)
	for _, entry := range tagTable {
		if slices.Contains(words, entry.typ) && valid(entry.tag) {
			return entry.tag
		}
	}
	if label != "" && !slices.Contains(words, "OTHER") || slices.ContainsFunc(types, speaks) {
		b.remark(p, NotImported, NoTag)
	}
	return ""
}

// speaks reports whether a type says something that a tag could say if there were one for it.
func speaks(typ string) bool { return !slices.Contains(plainTypes, typ) }

// labelWords returns the words of a label such as "homeFax" in upper case.
func labelWords(label string) []string {
	var separated strings.Builder
	small := false
	for _, r := range label {
		if small && unicode.IsUpper(r) {
			separated.WriteByte(' ')
		}
		small = unicode.IsLower(r)
		separated.WriteRune(r)
	}
	return strings.FieldsFunc(strings.ToUpper(separated.String()), func(r rune) bool { return !unicode.IsLetter(r) })
}

// groupLabels gives each property the label of its group. The label itself needs no remark: the property has one if the
// label is lost.
func (b *builder) groupLabels(found []*property) {
	labels := make(map[string]*property)
	for _, p := range found {
		if group := strings.ToLower(p.Group); group != "" && labelText(p) != "" {
			labels[group] = p
		}
	}
	for _, p := range b.properties {
		if p.Group != "" && p.Name != "X-ABLABEL" {
			p.label = labels[strings.ToLower(p.Group)]
		}
	}
	for _, p := range found {
		if p.Group == "" && labelText(p) != "" {
			b.remark(p, NotImported, NoField)
		}
	}
}

// labelText returns a label without what Apple puts around those of its own: _$!<Home>!$_.
func labelText(label *property) string {
	text := fold.Trimmed(label.Value)
	if inner, own := strings.CutPrefix(text, appleLabel); own {
		text = strings.TrimSuffix(inner, ">!$_")
	}
	return fold.Trimmed(text)
}

// appleLabel is how the labels begin that Apple's programs know.
const appleLabel = "_$!<"

func validEmailTag(tag string) bool { return contacts.EmailTag(tag).Valid() }

func validPhoneTag(tag string) bool { return contacts.PhoneTag(tag).Valid() }

func validAddressTag(tag string) bool { return contacts.AddressTag(tag).Valid() }
