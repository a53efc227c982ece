package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/biter777/countries"

	"github.com/contactsdb/contacts"
)

// row makes a contact of cells: it sorts them by the items that their columns are about, and makes of each item its part
// of the contact. What it is not sure about it leaves as it stands: the store refuses what it cannot take.
func (h *header) row(line int, cells []string) row {
	b := &builder{header: h, row: row{line: line}}
	for _, it := range h.items {
		b.cells = append(b.cells, make(map[field]string))
		b.tags = append(b.tags, it.tag)
	}
	for i, cell := range cells[:min(len(cells), len(h.columns))] {
		if cell = strings.TrimSpace(cell); cell != "" {
			b.put(h.columns[i], cell)
		}
	}
	b.person()
	b.addresses()
	b.emailsAndPhones()
	b.customFields()
	return b.row
}

// builder makes one row.
type builder struct {
	*header
	cells   []map[field]string // by item
	tags    []string           // by item
	country string             // of the whole row
	row     row
}

func (b *builder) put(c column, cell string) {
	switch old := b.cells[c.item][c.field]; {
	case c.field == fieldLabel && tagOf(cell) != "":
		b.tags[c.item] = tagOf(cell)
	case c.field == fieldUnknown, c.field == fieldLabel:
		b.remark(c.name, notImported)
	case old == "" || old == cell:
		b.cells[c.item][c.field] = cell
	case c.field == fieldMoreLines:
		b.cells[c.item][c.field] = old + ", " + cell
	default:
		b.remark(c.name, notImported)
	}
}

func (b *builder) remark(column string, what treatment) {
	b.row.remarks = append(b.row.remarks, remark{column, what})
}

// adapt puts a cell in another form, and takes a note of it if the form differs.
func (b *builder) adapt(item int, f field, form func(string) string) string {
	old := b.cells[item][f]
	if old == "" {
		return ""
	}
	adapted := form(old)
	if adapted != old {
		b.remark(b.name(item, f), otherSpelling)
	}
	return adapted
}

// name returns the name of the column with a field of an item.
func (h *header) name(item int, f field) string {
	i := slices.IndexFunc(h.columns, func(c column) bool { return c.item == item && c.field == f })
	return h.columns[i].name
}

func (b *builder) person() {
	cells, info := b.cells[0], &b.row.info
	info.Name = contacts.Name{First: cells[fieldFirstName], Last: cells[fieldLastName]}
	switch full := cells[fieldFullName]; {
	case info.Name == (contacts.Name{}):
		info.Name.First = full // where a name falls into parts differs between cultures
	case full != "" && full != info.Name.First+" "+info.Name.Last:
		b.remark(b.name(0, fieldFullName), notImported)
	}
	info.Company, info.JobTitle, info.Locale = cells[fieldCompany], cells[fieldJobTitle], cells[fieldLocale]
	if year, month := cells[fieldBirthYear], cells[fieldBirthMonth]; year != "" || month != "" {
		info.Birthdate = isoDate(year + "-" + month + "-" + cells[fieldBirthdate])
	} else {
		info.Birthdate = b.adapt(0, fieldBirthdate, isoDate)
	}
}

func (b *builder) addresses() {
	plain := slices.IndexFunc(b.items, func(it item) bool { return it.kind == kindAddress && it.group == "" })
	if plain >= 0 {
		b.country = b.adapt(plain, fieldCountry, isoCountry)
		delete(b.cells[plain], fieldCountry)
	}
	for i, it := range b.items {
		if it.kind == kindAddress && len(b.cells[i]) > 0 {
			b.row.info.Addresses = append(b.row.info.Addresses, b.address(i))
		}
	}
}

func (b *builder) address(i int) contacts.Address {
	cells := b.cells[i]
	a := contacts.Address{
		Tag:              tag[contacts.AddressTag](b, i),
		AddressLine:      cells[fieldStreetLine],
		AddressLine2:     cells[fieldMoreLines],
		Country:          cmp.Or(b.adapt(i, fieldCountry, isoCountry), b.country),
		City:             cells[fieldCity],
		PostalCode:       cells[fieldPostalCode],
		FormattedAddress: cells[fieldFormatted],
	}
	// Outlook's "Home Address" is all of the address, beside "Home Street"; Thunderbird's is the street.
	switch whole := cells[fieldWholeAddress]; {
	case a.AddressLine == "":
		a.AddressLine = whole
	case a.FormattedAddress == "":
		a.FormattedAddress = whole
	}
	if number := cells[fieldStreetNumber]; number != "" {
		a.StreetAddress = &contacts.StreetAddress{Number: number, Name: a.AddressLine}
		a.AddressLine = ""
	}
	b.region(i, &a)
	return a
}

// region sets the subdivision of an address. Few people write its code and the store takes nothing else, so what cannot
// be told stands in the formatted address.
func (b *builder) region(i int, a *contacts.Address) {
	text := b.cells[i][fieldRegion]
	if text == "" {
		return
	}
	a.Subdivision = isoSubdivision(text, a.Country)
	switch a.Subdivision {
	case text:
	case "":
		b.remark(b.name(i, fieldRegion), textOnly)
		if a.FormattedAddress == "" {
			a.FormattedAddress = addressText(a, text)
		}
	default:
		b.remark(b.name(i, fieldRegion), otherSpelling)
	}
}

func addressText(a *contacts.Address, region string) string {
	street := a.AddressLine
	if a.StreetAddress != nil {
		street = a.StreetAddress.Number + " " + a.StreetAddress.Name
	}
	country := a.Country
	if c := countries.ByName(country); c.IsValid() {
		country = c.String()
	}
	lines := []string{street, a.AddressLine2, strings.TrimSpace(a.PostalCode + " " + a.City), region, country}
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return line == "" }), "\n")
}

func (b *builder) emailsAndPhones() {
	const separator = ":::" // between several values in one cell of Google's exports
	info := &b.row.info
	for i, it := range b.items {
		for text := range strings.SplitSeq(b.cells[i][fieldValue], separator) {
			switch text = strings.TrimSpace(text); {
			case text == "":
			case it.kind == kindEmail:
				info.Emails = append(info.Emails, contacts.Email{Tag: tag[contacts.EmailTag](b, i), Address: text})
			case it.kind == kindPhone:
				p := contacts.Phone{Tag: tag[contacts.PhoneTag](b, i), Number: text}
				p.CountryCode = b.phoneCountry(p.Tag)
				info.Phones = append(info.Phones, p)
			}
		}
	}
	if len(info.Phones) == 0 && len(info.Addresses) == 0 && b.country != "" {
		info.Addresses = []contacts.Address{{Country: b.country}} // nothing else can hold it
	}
}

// phoneCountry returns the country of a phone: that of the row, of the address with the same tag, or of the first one.
func (b *builder) phoneCountry(tag contacts.PhoneTag) string {
	if b.country != "" {
		return b.country
	}
	code := ""
	for _, a := range b.row.info.Addresses {
		if len(a.Country) != 2 {
			continue // what is no code is refused in the address, and need not be refused in each phone
		}
		if string(a.Tag) == string(tag) {
			return a.Country
		}
		code = cmp.Or(code, a.Country)
	}
	return code
}

func (b *builder) customFields() {
	for i, it := range b.items {
		if value := b.cells[i][fieldCustom]; value != "" {
			if b.row.info.ExtendedFields == nil {
				b.row.info.ExtendedFields = make(map[string]any)
			}
			b.row.info.ExtendedFields[it.group] = value
		}
	}
}

// tag returns the tag of an item, if items of its kind can have it.
func tag[T interface {
	~string
	Valid() bool
}](b *builder, i int) T {
	if t := T(b.tags[i]); t.Valid() {
		return t
	}
	return ""
}
