package vcardio

import (
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/vcard"
	"github.com/contactsdb/contacts/internal/wire"
)

// kind reads what a card is of.
func (b *builder) kind(found []*property) {
	for _, p := range found {
		switch strings.ToLower(fold.Trimmed(p.Value)) {
		case "group":
			b.group = true
			b.remark(p, NotImported, NotPerson)
		case "org", "organization":
			b.company = true
		}
	}
}

// organization sets the company and its department.
func (b *builder) organization(found []*property) {
	chosen := b.first(found)
	if chosen == nil {
		return
	}
	parts := b.parts(chosen, 1, textMax)
	b.contact.Info.Company = parts[0]
	units := slices.DeleteFunc(parts[1:], func(unit string) bool { return unit == "" })
	b.setPart(chosen, "Department", strings.Join(units, ", "))
}

// setPart sets the extended field for a part of a property whose other parts are in the contact.
func (b *builder) setPart(p *property, name, text string) {
	if text == "" {
		return
	}
	if _, ok := b.field(name); !ok {
		b.remark(p, NotImported, NoField)
		return
	}
	b.setField(p, name, contacts.DataText, text)
}

func (b *builder) title(found []*property) {
	if p := b.first(found); p != nil {
		b.contact.Info.JobTitle = b.text(p, p.Value, textMax)
	}
}

// role fills the job title if there is none.
func (b *builder) role(found []*property) {
	p := b.first(found)
	switch {
	case p == nil:
	case b.contact.Info.JobTitle == "":
		b.contact.Info.JobTitle = b.text(p, p.Value, textMax)
	case b.text(p, p.Value, textMax) != b.contact.Info.JobTitle:
		b.setField(p, "Role", contacts.DataText, b.text(p, p.Value, textMax))
	}
}

// name reads the parts of a name.
func (b *builder) name(found []*property) {
	p := b.first(found)
	if p == nil {
		return
	}
	const family, given, additional, prefix, suffix, count = 0, 1, 2, 3, 4, 5
	part := make([]string, count)
	for i, text := range vcard.Split(p.Value, ';', partsMax) {
		switch {
		case i < count:
			part[i] = b.text(p, b.nameList(text), textMax)
		case fold.Trimmed(text) != "":
			b.remark(p, NotImported, NoField)
		}
	}
	name := contacts.Name{First: part[given], Last: part[family]}
	if b.JoinNames {
		name.First = joined(part[prefix], part[given], part[additional])
		name.Last = joined(part[family], part[suffix])
	} else {
		b.setPart(p, "Name Prefix", part[prefix])
		b.setPart(p, "Middle Name", part[additional])
		b.setPart(p, "Name Suffix", part[suffix])
	}
	if sortAs := p.Param("SORT-AS"); sortAs != "" {
		b.setSortName(p, sortAs)
	}
	b.contact.Info.Name = contacts.Name{First: b.limited(p, name.First), Last: b.limited(p, name.Last)}
}

// setSortName sets the field for the order of names. It is no part of a name, so its absence needs no remark.
func (b *builder) setSortName(p *property, text string) {
	if _, ok := b.field("Sort Name"); ok {
		b.setField(p, "Sort Name", contacts.DataText, b.text(p, text, textMax))
	}
}

// limited returns a text, "" with a remark if it is too long for a name.
func (b *builder) limited(p *property, text string) string {
	return b.text(p, vcard.Escape(text), textMax)
}

// nameList returns a part of a name with a space for each comma between several names. Version 2.1 has no such lists.
func (b *builder) nameList(text string) string {
	if b.version != "3.0" && b.version != "4.0" {
		return text
	}
	names := vcard.Split(text, ',', partsMax)
	for i := range names[1:] {
		if strings.HasPrefix(names[i+1], " ") {
			return text // "Smith, Jr." is one name
		}
	}
	return strings.Join(names, " ")
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), " ")
}

// fullName reads the name as it is shown. It makes the name of a card that has no other, except where programs fill it
// with the company or an address for want of a name.
func (b *builder) fullName(found []*property) {
	p := b.first(found)
	if p == nil {
		return
	}
	info := &b.contact.Info
	text := b.text(p, p.Value, textMax)
	if b.company && info.Company == "" {
		info.Company = text
	}
	switch {
	case text == "" || b.standIn(text) && !b.company:
	case info.Name == (contacts.Name{}):
		info.Name.First = text // not split: the order of names differs between cultures
	case !b.named(text):
		b.remark(p, NotImported, Taken)
	}
}

// standIn reports whether a card has a text in place of a name.
func (b *builder) standIn(text string) bool {
	info := &b.contact.Info
	if info.Name != (contacts.Name{}) {
		return false
	}
	return text == info.Company ||
		slices.ContainsFunc(info.Emails, func(e contacts.Email) bool { return e.Address == text }) ||
		slices.ContainsFunc(info.Phones, func(p contacts.Phone) bool { return p.Number == text })
}

// named reports whether every word of a name is in one of the properties N of the card.
func (b *builder) named(text string) bool {
	parts := make(map[string]bool)
	for _, p := range b.properties {
		if p.Name == "N" {
			for word := range words(strings.ReplaceAll(vcard.Unescape(p.Value), ";", " ")) {
				parts[word] = true
			}
		}
	}
	for word := range words(text) {
		if !parts[word] {
			return false
		}
	}
	return true
}

func words(text string) func(yield func(string) bool) {
	return strings.FieldsFuncSeq(fold.Case(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// locale takes the first language that is one.
func (b *builder) locale(found []*property) {
	slices.SortStableFunc(found, func(p, q *property) int { return preference(p) - preference(q) })
	for _, p := range found {
		switch tag := b.text(p, p.Value, form.Language); {
		case tag == "":
		case !form.IsLanguage(tag):
			b.remark(p, NotImported, UnknownLanguage)
		case b.contact.Info.Locale == "":
			b.contact.Info.Locale = strings.ToLower(tag)
		default:
			b.remark(p, NotImported, Taken)
		}
	}
}

// uid sets the ID of the contact, if the caller asks for it and the UID is one.
func (b *builder) uid(found []*property) {
	p := b.first(found)
	if p == nil {
		return
	}
	text := b.text(p, p.Value, textMax)
	if id, ok := guid(text); ok && b.IDs {
		b.contact.ID = id
		return
	}
	b.setField(p, "UID", contacts.DataText, text)
}

// guid parses an ID other than the zero one, also as a URN or with Apple's ending.
func guid(text string) (uuid.UUID, bool) {
	const urn = "urn:uuid:"
	if len(text) > len(urn) && strings.EqualFold(text[:len(urn)], urn) {
		text = text[len(urn):]
	}
	id, ok := wire.ParseGUID(strings.TrimSuffix(text, ":ABPerson"))
	return id, ok && id != uuid.Nil
}

// ownLabels reads what Write writes for labels whose keys are not made from a category.
func (b *builder) ownLabels(found []*property) {
	for _, p := range found {
		for _, part := range vcard.Split(p.Value, ',', labelsMax) {
			key := vcard.Unescape(part)
			if name, custom := strings.CutPrefix(key, customNamespace); custom && b.words[key] == "" {
				key, _ = b.rules.label(name)
			} else if !slices.Contains(systemLabels, key) && b.words[key] == "" {
				key = ""
			}
			if key == "" {
				b.remark(p, NotImported, NoLabel)
			}
			b.addLabel(p, key)
		}
	}
}

// systemLabels are the labels of every store (LBL-1).
var systemLabels = []string{"contacts.customers", "contacts.contacted-me"}

const labelsMax = form.Labels

func (b *builder) addLabel(p *property, key string) {
	switch keys := b.contact.Info.LabelKeys; {
	case key == "" || slices.Contains(keys, key):
	case len(keys) == labelsMax:
		b.remark(p, NotImported, TooMany)
	default:
		b.contact.Info.LabelKeys = append(keys, key)
	}
}

// categories reads labels. A comma separates them, but it can also be a part of one.
func (b *builder) categories(found []*property) {
	for _, p := range found {
		for _, part := range vcard.Split(p.Value, ',', labelsMax) {
			for _, part := range vcard.Split(part, ';', labelsMax) {
				b.category(p, b.text(p, part, textMax))
			}
		}
	}
}

func (b *builder) category(p *property, name string) {
	if name == "" || googleGroup(name) {
		return
	}
	if key, ok := b.rules.label(name); ok {
		b.addLabel(p, key)
		return
	}
	if strings.Contains(name, ",") {
		for word := range strings.SplitSeq(name, ",") {
			b.category(p, fold.Trimmed(word))
		}
		return
	}
	b.remark(p, NotImported, NoLabel)
}

// googleGroup reports whether a category is one that Google gives to all contacts, or to those with a star.
func googleGroup(name string) bool {
	return name == "myContacts" || name == "My Contacts" || name == "starred" || name == "Starred in Android"
}

// picture takes the first picture that has a URL, or gets one from Options.Picture.
func (b *builder) picture(found []*property) {
	list, _ := preferred(found)
	for _, p := range list {
		if b.contact.Info.Picture != nil {
			b.remark(p, NotImported, Taken)
			continue
		}
		address := b.text(p, p.Value, form.URL)
		data, mediaType := p.Data, strings.ToLower(p.Param("MEDIATYPE"))
		if data == nil {
			data, mediaType = dataURI(p.Value)
		} else if mediaType == "" {
			mediaType = mediaTypeOf(p.Types())
		}
		if data != nil {
			address = b.stored(p, mediaType, data)
		}
		switch {
		case address == "":
		case !form.IsImageURL(address):
			b.remark(p, NotImported, NotURL)
		default:
			b.contact.Info.Picture = &contacts.Picture{Image: contacts.Image{URL: address}}
		}
	}
}

// stored returns the URL of a picture that Options.Picture stores.
func (b *builder) stored(p *property, mediaType string, data []byte) string {
	address := ""
	if b.Picture != nil && b.err == nil {
		address, b.err = b.Picture(mediaType, data)
	}
	if address == "" {
		b.remark(p, NotImported, NoStore)
	}
	return address
}
