package vcardio

import (
	"bufio"
	"cmp"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/geo"
	"github.com/contactsdb/contacts/internal/vcard"
)

// Write writes a vCard of Options.Version for each contact, in UTF-8 and with folded lines. nil means the zero Options.
//
// A [Reader] with the same options, and with [Options.IDs], reads contacts with the same ID, dates and Info, as far as
// a vCard can hold it (VCF-13). Extended fields without a property of their own, and labels whose keys are not made
// from their names, are in properties that begin with X-CONTACTS. Not written are the revision, the source, the last
// activity, the member, statuses and segments, values that the store derives, locations, assigned users, the IDs of
// items, and of the picture all except its URL. Space around a text and carriage returns in it are lost.
//
// Extended fields are known by Options.Fields, or by keys such as custom.nickname; categories have the names in
// Options.Labels, or the part of the key after custom.
//
// Errors: INVALID_ARGUMENT for invalid options; the first error of w.
func Write(w io.Writer, list iter.Seq[*contacts.Contact], opts *Options) error {
	checked, err := newRules(opts)
	if err != nil {
		return err
	}
	_, hasUID := checked.fields[checked.named[foldedName("UID")]]
	_, hasKey := checked.fields[customKey("UID")]
	cw := &cardWriter{rules: checked, readsUID: hasUID || hasKey || checked.MakeField != nil}
	// Properties are read back to see whether they hold a value, with the keys that a store would make.
	checked.MakeField, checked.MakeLabel, checked.Strict, checked.Picture = ownKey, ownKey, false, nil
	out := bufio.NewWriter(w)
	for c := range list {
		if c == nil {
			continue
		}
		if _, err := out.Write(cw.card(c)); err != nil {
			return err
		}
	}
	return out.Flush()
}

// ownKey makes the key that a store would make.
func ownKey(name string) (string, error) { return customKey(name), nil }

// cardWriter writes contacts as cards.
type cardWriter struct {
	*rules
	readsUID   bool // a reader reads UID into an extended field
	properties []vcard.Property
	groups     int // named so far
	text       []byte
}

// card returns the card of a contact. The next call overwrites it.
func (w *cardWriter) card(c *contacts.Contact) []byte {
	w.properties, w.groups = w.properties[:0], 0
	fields := w.writable(c.Info.ExtendedFields)
	w.uid(c, fields)
	w.person(&c.Info, fields)
	w.emails(c.Info.Emails)
	w.phones(&c.Info)
	for i := range c.Info.Addresses {
		w.address(&c.Info.Addresses[i])
	}
	w.labels(c.Info.LabelKeys)
	if picture := c.Info.Picture; picture != nil && picture.Image.URL != "" {
		w.add("PHOTO", escapedURI(picture.Image.URL), vcard.Param{Name: "VALUE", Values: []string{"uri"}})
	}
	w.add([]string{"CREATED", "X-CREATED"}[w.pick(1)], timeText(c.CreatedDate))
	w.add("REV", timeText(c.UpdatedDate))
	w.fields(c.Info.JobTitle, fields)

	w.text = vcard.AppendFolded(w.text[:0], "BEGIN:VCARD")
	w.text = vcard.AppendFolded(w.text, "VERSION:"+w.Version)
	for i := range w.properties {
		w.text = vcard.AppendFolded(w.text, w.properties[i].String())
	}
	return vcard.AppendFolded(w.text, "END:VCARD")
}

// pick returns 0 for version 4.0 and old for version 3.0.
func (w *cardWriter) pick(old int) int {
	if w.Version == version4 {
		return 0
	}
	return old
}

// add adds a property with an escaped value, unless it is empty.
func (w *cardWriter) add(name, value string, params ...vcard.Param) {
	if value != "" {
		w.properties = append(w.properties, vcard.Property{Name: name, Value: value, Params: params})
	}
}

// reads reports whether a reader makes exactly this contact of the properties, without remarks.
func (w *cardWriter) reads(properties []vcard.Property, want *contacts.Contact) bool {
	b := w.build(&vcard.Card{Version: w.Version, Properties: properties})
	remarked := slices.ContainsFunc(b.properties, func(p *property) bool { return p.remark.What != "" })
	return !b.group && !remarked && b.contact.Equal(want)
}

// writable returns a copy of the texts and numbers that a store does not derive.
func (w *cardWriter) writable(values map[string]any) map[string]any {
	values = maps.Clone(values)
	maps.DeleteFunc(values, func(key string, value any) bool {
		switch value.(type) {
		case string, float64:
			return value == "" || form.IsDerivedField(key)
		default:
			return true
		}
	})
	return values
}

// textOf returns the text in the extended field with this name, and its key.
func (w *cardWriter) textOf(values map[string]any, name string) (text, key string) {
	field, _ := w.field(name)
	text, _ = values[field.Key].(string)
	return text, field.Key
}

func (w *cardWriter) uid(c *contacts.Contact, fields map[string]any) {
	text, key := w.textOf(fields, "UID")
	p := vcard.Property{Name: "UID", Value: vcard.Escape(text)}
	switch own := map[string]any{key: text}; {
	case c.ID != uuid.Nil && w.IDs || c.ID != uuid.Nil && text == "" && !w.readsUID:
		w.add("UID", "urn:uuid:"+c.ID.String())
	case text != "" && w.reads([]vcard.Property{p}, &contacts.Contact{Info: contacts.Info{ExtendedFields: own}}):
		w.properties = append(w.properties, p)
		delete(fields, key)
	}
}

// person writes the name, with its parts in extended fields, and what else is there once.
func (w *cardWriter) person(info *contacts.Info, fields map[string]any) {
	shown := joined(info.Name.First, info.Name.Last)
	if shown == "" {
		shown = info.Company
	}
	if shown == "" && len(info.Emails) > 0 {
		shown = info.Emails[0].Address
	}
	if shown == "" && len(info.Phones) > 0 {
		shown = info.Phones[0].Number
	}
	name := []string{info.Name.Last, info.Name.First, "", "", ""}
	w.parts("N", name, map[int]string{2: "Middle Name", 3: "Name Prefix", 4: "Name Suffix"}, fields,
		contacts.Info{Name: info.Name})
	w.properties = append(w.properties, vcard.Property{Name: "FN", Value: vcard.Escape(shown)})
	company := []string{info.Company, ""}
	w.parts("ORG", company, map[int]string{1: "Department"}, fields, contacts.Info{Company: info.Company})
	birthdate := info.Birthdate
	if w.Version == version4 {
		birthdate = strings.ReplaceAll(birthdate, "-", "")
	}
	w.add("BDAY", birthdate)
	w.add("LANG", vcard.Escape(info.Locale))
}

// parts writes a property with components, some of which are in extended fields, as far as a reader gets them back.
func (w *cardWriter) parts(
	name string, parts []string, names map[int]string, fields map[string]any, want contacts.Info,
) {
	own := make(map[string]any)
	full := slices.Clone(parts)
	for i, field := range names {
		if text, key := w.textOf(fields, field); text != "" {
			full[i], own[key] = text, text
		}
	}
	if want.ExtendedFields = own; len(own) > 0 {
		p := vcard.Property{Name: name, Value: vcard.Join(full, ";")}
		if w.reads([]vcard.Property{p}, &contacts.Contact{Info: want}) {
			w.properties = append(w.properties, p)
			maps.DeleteFunc(fields, func(key string, _ any) bool { return own[key] != nil })
			return
		}
	}
	if name != "N" { // which is required, with all its parts
		for len(parts) > 0 && parts[len(parts)-1] == "" {
			parts = parts[:len(parts)-1]
		}
	}
	w.add(name, vcard.Join(parts, ";"))
}

func (w *cardWriter) emails(emails []contacts.Email) {
	for _, e := range emails {
		types := []string{"INTERNET"}[:w.pick(1)]
		w.add("EMAIL", vcard.Escape(e.Address), w.itemParams(types, string(e.Tag), e.Primary)...)
	}
}

func (w *cardWriter) phones(info *contacts.Info) {
	for _, p := range info.Phones {
		params := w.itemParams(nil, string(p.Tag), p.Primary)
		if strings.HasPrefix(strings.ToLower(p.Number), "tel:") {
			params = append(params, vcard.Param{Name: "VALUE", Values: []string{"text"}})
		}
		if phoneCountry(p, info.Addresses) != p.CountryCode {
			params = append(params, vcard.Param{Name: countryParam, Values: []string{p.CountryCode}})
		}
		w.add("TEL", vcard.Escape(p.Number), params...)
	}
}

// tagTypes maps tags to types. Other tags are types themselves.
var tagTypes = map[string]string{"MOBILE": "CELL", "SHIPPING": "DELIVERY", untagged: ""}

// itemParams returns the parameters of an email, a phone or an address.
func (w *cardWriter) itemParams(types []string, tag string, primary bool) []vcard.Param {
	if t, ok := tagTypes[tag]; ok {
		tag = t
	}
	if tag != "" {
		types = append(types, tag)
	}
	if primary && w.Version == version3 {
		types = append(types, "PREF")
	}
	var params []vcard.Param
	if len(types) > 0 {
		params = append(params, vcard.Param{Name: "TYPE", Values: types})
	}
	if primary && w.Version == version4 {
		params = append(params, vcard.Param{Name: "PREF", Values: []string{"1"}})
	}
	return params
}

func (w *cardWriter) address(a *contacts.Address) {
	parts := make([]string, adrCountry+1, adrCount)
	parts[adrStreet], parts[adrExtended] = a.AddressLine, a.AddressLine2
	parts[adrCity], parts[adrCode] = a.City, a.PostalCode
	parts[adrRegion], parts[adrCountry] = geo.SubdivisionText(a.Subdivision, a.Country), countryText(a.Country)
	tag := w.itemParams(nil, string(a.Tag), false)
	params := slices.Clip(tag)
	if s := a.StreetAddress; s != nil {
		parts = parts[:adrCount]
		parts[adrNumber], parts[adrName], parts[adrApartment] = s.Number, s.Name, s.Apt
		parts[adrStreet] = cmp.Or(s.FormattedAddressLine, joined(s.Number, s.Name, s.Apt))
		params = appendText(params, lineParam, s.FormattedAddressLine)
	}
	adr := vcard.Property{Name: "ADR", Value: vcard.Join(parts, ";"), Params: appendText(params, hintParam, a.Hint)}
	position := ""
	if g := a.Geocode; g != nil {
		position = degreesText(g.Latitude) + []string{",", ";"}[w.pick(1)] + degreesText(g.Longitude)
	}
	if w.Version == version4 {
		adr.Params = appendText(adr.Params, "LABEL", strings.ReplaceAll(a.FormattedAddress, `\`, `\\`))
		if position != "" {
			adr.Params = appendText(adr.Params, "GEO", "geo:"+position)
		}
		w.properties = append(w.properties, adr)
		return
	}
	w.addGroup(adr,
		vcard.Property{Name: "LABEL", Value: vcard.Escape(a.FormattedAddress), Params: tag},
		vcard.Property{Name: "GEO", Value: position})
}

// addGroup adds a property and those of its group that are not empty.
func (w *cardWriter) addGroup(first vcard.Property, more ...vcard.Property) {
	more = slices.DeleteFunc(more, func(p vcard.Property) bool { return p.Value == "" })
	group := ""
	if len(more) > 0 {
		w.groups++
		group = "item" + strconv.Itoa(w.groups)
	}
	for _, p := range append([]vcard.Property{first}, more...) {
		p.Group = group
		w.properties = append(w.properties, p)
	}
}

func appendText(params []vcard.Param, name, text string) []vcard.Param {
	if text == "" {
		return params
	}
	return append(params, vcard.Param{Name: name, Values: []string{text}})
}

func countryText(code string) string {
	if name := geo.CountryName(code); geo.Country(name) == code {
		return name
	}
	return code
}

func degreesText(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// labels writes categories, and keys that they do not lead back to.
func (w *cardWriter) labels(keys []string) {
	var names []string
	lost := false
	for _, key := range keys {
		name := w.words[key]
		if name == "" {
			name = key[strings.IndexByte(key, '.')+1:]
		}
		found, known := w.rules.label(name)
		lost = lost || !known || found != key || googleGroup(name)
		if !known || found == key {
			names = append(names, name)
		}
	}
	if lost {
		w.add("X-CONTACTS-LABEL", vcard.Join(keys, ","))
	}
	w.add("CATEGORIES", vcard.Join(names, ","))
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	layout := "20060102T150405Z"
	if t.Nanosecond() != 0 {
		layout = "20060102T150405.000Z"
	}
	return t.UTC().Format(layout)
}

func escapedURI(text string) string { return strings.ReplaceAll(text, `\`, `\\`) }

// fields writes the job title and the extended fields: as properties if a reader gets the same values back from them,
// else with their keys.
func (w *cardWriter) fields(title string, fields map[string]any) {
	var written []vcard.Property
	want := &contacts.Contact{Info: contacts.Info{JobTitle: title, ExtendedFields: make(map[string]any)}}
	if title != "" {
		written = append(written, vcard.Property{Name: "TITLE", Value: vcard.Escape(title)})
	}
	try := func(key string, properties ...vcard.Property) {
		want.Info.ExtendedFields[key] = fields[key]
		if len(properties) == 0 || !w.reads(append(slices.Clone(written), properties...), want) {
			delete(want.Info.ExtendedFields, key)
			return
		}
		written = append(written, properties...)
		delete(fields, key)
	}
	for _, f := range fieldNames {
		for n := 1; n <= numberedMax; n++ {
			text, key := w.textOf(fields, numbered(f.name, n))
			if text == "" {
				break
			}
			try(key, f.property(text))
		}
	}
	if text, key := w.textOf(fields, keptField); text != "" {
		try(key, keptProperties(text)...)
	}
	w.properties = append(w.properties, written...)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		params := []vcard.Param{{Name: "KEY", Values: []string{key}}}
		switch value := fields[key].(type) {
		case string:
			w.add("X-CONTACTS-FIELD", vcard.Escape(value), params...)
		case float64:
			params = append(params, vcard.Param{Name: "VALUE", Values: []string{"float"}})
			w.add("X-CONTACTS-FIELD", strconv.FormatFloat(value, 'g', -1, 64), params...)
		}
	}
}

// fieldNames lists extended fields that have a property of their own.
var fieldNames = func() []fieldName {
	list := []fieldName{
		{"Birthday", plainProperty("BDAY")}, {"Role", plainProperty("ROLE")}, {"Gender", genderProperty},
	}
	seen := make(map[string]bool)
	for _, f := range fieldTable {
		if !seen[f.field] {
			list = append(list, fieldName{f.field, plainProperty(f.property)})
		}
		seen[f.field] = true
	}
	for _, kind := range slices.Sorted(maps.Keys(relations)) {
		if field := relations[kind]; !seen[field] {
			list = append(list, fieldName{field, func(text string) vcard.Property {
				params := []vcard.Param{{Name: "TYPE", Values: []string{kind}}, {Name: "VALUE", Values: []string{"text"}}}
				return vcard.Property{Name: "RELATED", Value: vcard.Escape(text), Params: params}
			}})
		}
	}
	return list
}()

// fieldName is the name of an extended field, and makes the property for its text.
type fieldName struct {
	name     string
	property func(text string) vcard.Property
}

func plainProperty(name string) func(text string) vcard.Property {
	return func(text string) vcard.Property { return vcard.Property{Name: name, Value: vcard.Escape(text)} }
}

func genderProperty(text string) vcard.Property {
	for _, letter := range []string{"F", "M", "N", "O", "U"} {
		if genders[letter] == text {
			return vcard.Property{Name: "GENDER", Value: letter}
		}
	}
	return vcard.Property{Name: "GENDER", Value: ";" + vcard.Escape(text)}
}

// keptProperties returns the properties in the field for those without a place, nil if a line is no property.
func keptProperties(text string) []vcard.Property {
	var list []vcard.Property
	for line := range strings.SplitSeq(text, "\n") {
		p, ok := vcard.Parse(line)
		if !ok || p.Name == "BEGIN" || p.Name == "END" || p.Name == "VERSION" || p.String() != line {
			return nil
		}
		list = append(list, p)
	}
	return list
}
