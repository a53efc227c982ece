package main

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/contactsdb/contacts"
)

// kind is the part of a contact that a column belongs to.
type kind int

const (
	kindPerson kind = iota
	kindEmail
	kindPhone
	kindAddress
	kindCustom
)

// field is what a column holds.
type field int

const (
	fieldUnknown field = iota
	fieldFirstName
	fieldLastName
	fieldFullName
	fieldCompany
	fieldJobTitle
	fieldBirthdate
	fieldBirthYear
	fieldBirthMonth
	fieldLocale
	fieldValue        // an email address or a phone number
	fieldLabel        // home, work, …
	fieldWholeAddress // or only the street: see builder.address
	fieldStreetLine
	fieldStreetNumber
	fieldMoreLines
	fieldCity
	fieldRegion
	fieldPostalCode
	fieldCountry
	fieldFormatted
	fieldCustom // the value of a custom field
)

// headings tells columns by their names, as squash leaves them. They cover what people write by hand and the exports of
// Google Contacts, Outlook and Thunderbird. The group, if there is one, is the item that a column is about.
var headings = []struct {
	kind    kind
	field   field
	pattern *regexp.Regexp
}{
	{kindPerson, fieldFirstName, heading(`first(name)?|givenname|forename`)},
	{kindPerson, fieldLastName, heading(`last(name)?|surname|familyname`)},
	{kindPerson, fieldFullName, heading(`(full|display)?name`)},
	{kindPerson, fieldCompany, heading(`company(name)?|employer|organi[sz]ation\d*(name)?`)},
	{kindPerson, fieldJobTitle, heading(`jobtitle|position|role|organi[sz]ation\d*title`)},
	{kindPerson, fieldBirthdate, heading(`birth(day|date)|dateofbirth|bday|dob`)}, // the day alone if there is a birth year
	{kindPerson, fieldBirthYear, heading(`birthyear`)},
	{kindPerson, fieldBirthMonth, heading(`birthmonth`)},
	{kindPerson, fieldLocale, heading(`locale`)},

	{kindEmail, fieldValue, heading(`(?P<group>` + emailWords + `\d*)(address)?\d*(value)?`)},
	{kindEmail, fieldLabel, heading(`(?P<group>` + emailWords + `\d*)(type|label)`)},
	{kindPhone, fieldValue, heading(`(?P<group>` + phoneWords + `\d*)(number)?\d*(value)?`)},
	{kindPhone, fieldLabel, heading(`(?P<group>` + phoneWords + `\d*)(type|label)`)},

	{kindAddress, fieldWholeAddress, heading(addressWords + `address`)},
	{kindAddress, fieldStreetLine, heading(addressWords + `(street(address|name)?1?|address1|addressline1?)`)},
	{kindAddress, fieldStreetNumber, heading(addressWords + `(street|house)number`)},
	{kindAddress, fieldMoreLines, heading(addressWords + `((street|address|addressline)[23]|extendedaddress|pobox)`)},
	{kindAddress, fieldCity, heading(addressWords + `(city|town|locality|suburb)`)},
	{kindAddress, fieldRegion, heading(addressWords + `(region|state|stateprovince|province|subdivision)`)},
	{kindAddress, fieldPostalCode, heading(addressWords + `((post|postal|zip)code|zip)`)},
	{kindAddress, fieldCountry, heading(addressWords + `country(code|region)?`)},
	{kindAddress, fieldFormatted, heading(addressWords + `formatted(address)?`)},
	{kindAddress, fieldLabel, heading(`(?P<group>address\d+)(type|label)`)},
}

const (
	emailWords   = `(main|primary|secondary|home|personal|work|business|other)?e?mail`
	phoneWords   = `(main|primary|home|personal|work|business|company|companymain|other|car)?` + phoneNouns
	phoneNouns   = `(mobile|cell)?(phone|telephone|tel|fax|mobile|cell)`
	addressWords = `(?P<group>(home|work|business|other|billing|shipping|mailing|postal)?(address\d*)?)`
)

func heading(words string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + words + `)$`) }

// squash makes equal what differs in case, spaces and punctuation: "E-mail 1 - Value", "email_1_value".
func squash(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// header says what the columns of a CSV file hold.
type header struct {
	columns []column
	items   []item // in the order of their columns; the first is the person
}

// column is one column of a CSV file.
type column struct {
	name  string
	item  int // index in header.items
	field field
}

// item is an email, a phone, an address or a custom field. Its columns have the same group.
type item struct {
	kind  kind
	group string // of a custom field: its key
	tag   string // what the names of its columns say about it
}

// parseHeader finds out what the columns hold. Those with the name of a custom field hold its values.
func parseHeader(names []string, custom []contacts.Field) *header {
	h := &header{items: []item{{kind: kindPerson}}}
	for _, name := range names {
		h.columns = append(h.columns, h.column(strings.TrimSpace(name), custom))
	}
	return h
}

func (h *header) column(name string, custom []contacts.Field) column {
	for _, f := range custom {
		if strings.EqualFold(name, f.DisplayName) {
			return column{name, h.item(kindCustom, fieldCustom, f.Key), fieldCustom}
		}
	}
	key := squash(name)
	for _, heading := range headings {
		if match := heading.pattern.FindStringSubmatch(key); match != nil {
			group := ""
			if i := heading.pattern.SubexpIndex("group"); i >= 0 {
				group = match[i]
			}
			return column{name, h.item(heading.kind, heading.field, group), heading.field}
		}
	}
	return column{name: name}
}

// item returns the index of the item that a column is about.
func (h *header) item(k kind, f field, group string) int {
	if k == kindAddress && !strings.ContainsFunc(group, unicode.IsDigit) {
		group = strings.TrimSuffix(group, "address") // "Home City", "Home Address PO Box"
	}
	for i, it := range h.items {
		if it.kind == k && it.group == group && !h.holds(i, f) {
			return i
		}
	}
	h.items = append(h.items, item{kind: k, group: group, tag: tagOf(group)})
	return len(h.items) - 1
}

// holds reports whether an item that has one value only has it already.
func (h *header) holds(i int, f field) bool {
	return f == fieldValue && slices.ContainsFunc(h.columns, func(c column) bool { return c.item == i && c.field == f })
}

func (h *header) known() bool {
	return slices.ContainsFunc(h.columns, func(c column) bool { return c.field != fieldUnknown })
}

// hasCustom reports whether there is a column for a custom field.
func (h *header) hasCustom(f contacts.Field) bool {
	return slices.ContainsFunc(h.items, func(it item) bool { return it.kind == kindCustom && it.group == f.Key })
}
