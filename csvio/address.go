package csvio

import (
	"cmp"
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/geo"
)

// addressFields are the fields of an address, without its tag.
var addressFields = []field{
	fieldWholeAddress, fieldStreetLine, fieldStreetNumber, fieldMoreLines, fieldCity, fieldRegion, fieldPostalCode,
	fieldCountry, fieldFormatted,
}

func (b *builder) addresses() {
	if plain, ok := b.byGroup[group{kindAddress, ""}]; ok && b.text(plain, fieldCountry) != "" {
		if code := b.countryOf(plain); code != "" {
			b.country, b.unused = code, true
			b.cell(plain, fieldCountry).text = ""
		}
	}
	for i, it := range b.items {
		if it.kind != kindAddress || !b.state[i].filled {
			continue
		}
		texts := b.texts(i)
		if !slices.ContainsFunc(texts[:], func(text string) bool { return strings.Contains(text, separator) }) {
			b.address(i, &texts)
			continue
		}
		// Google joins addresses that share a label: each cell holds its part of all of them.
		for more := true; more; {
			more = false
			var first [fieldCount]string
			for _, f := range addressFields {
				part, rest, several := strings.Cut(texts[f], separator)
				first[f], texts[f] = fold.Trimmed(part), rest
				more = more || several
			}
			b.address(i, &first)
		}
	}
}

// addressMax has the numbers of characters that the parts of an address can have, if not textMax.
var addressMax = [fieldCount]int{
	fieldStreetNumber: codeMax, fieldPostalCode: codeMax, fieldFormatted: formattedMax, fieldWholeAddress: formattedMax,
}

// texts returns the text of each field of an address.
func (b *builder) texts(i int) (texts [fieldCount]string) {
	for _, f := range addressFields {
		texts[f] = b.text(i, f)
	}
	return texts
}

// address adds the address with the given texts, unless they are all empty.
func (b *builder) address(i int, texts *[fieldCount]string) {
	for _, f := range addressFields {
		if tooLong(texts[f], cmp.Or(addressMax[f], textMax)) {
			b.remarkOn(i, f, NotImported, TooLong)
			texts[f] = ""
		}
	}
	if *texts == ([fieldCount]string{}) {
		return
	}
	if len(b.contact.Info.Addresses) == itemsMax {
		for _, f := range addressFields {
			b.remarkOn(i, f, NotImported, TooMany)
		}
		return
	}
	a := contacts.Address{
		Tag:              contacts.AddressTag(b.state[i].tag),
		AddressLine:      texts[fieldStreetLine],
		AddressLine2:     texts[fieldMoreLines],
		Country:          geo.Country(texts[fieldCountry]),
		City:             texts[fieldCity],
		PostalCode:       texts[fieldPostalCode],
		FormattedAddress: texts[fieldFormatted],
	}
	b.whole(i, &a, texts[fieldWholeAddress])
	if a.Country != texts[fieldCountry] && a.Country != "" && texts[fieldCountry] != "" {
		b.remarkOn(i, fieldCountry, OtherSpelling, Rewritten)
	}
	if a.Country == "" && texts[fieldCountry] == "" {
		a.Country, b.unused = b.country, false
	}
	if house := texts[fieldStreetNumber]; house != "" {
		a.StreetAddress = &contacts.StreetAddress{Number: house, Name: a.AddressLine}
		a.AddressLine = ""
	}
	b.region(i, &a, texts[fieldRegion])
	if a.Country == "" && texts[fieldCountry] != "" {
		b.keep(i, fieldCountry, &a, texts[fieldCountry], UnknownCountry)
	}
	b.contact.Info.Addresses = append(b.contact.Info.Addresses, a)
}

// whole puts the text of a column such as "Home Address" into an address. It is the whole address in Outlook, which
// also has "Home Street", only the street in Thunderbird, and has parts with wide gaps in Mailchimp.
func (b *builder) whole(i int, a *contacts.Address, text string) {
	switch {
	case text == "":
	case a.AddressLine == "" && a.City == "" && a.Country == "" && b.gapped(a, text):
		b.remarkOn(i, fieldWholeAddress, OtherSpelling, Rewritten)
	case a.AddressLine == "" && !tooLong(text, textMax):
		a.AddressLine = text
	case a.FormattedAddress == "":
		a.FormattedAddress = text
	case text != a.AddressLine && text != a.FormattedAddress:
		b.remarkOn(i, fieldWholeAddress, NotImported, Taken)
	}
}

// gapped reads an address whose parts are separated by two spaces: street, perhaps a second line, city, perhaps a
// region, postal code and country. It reports false for any other text.
func (b *builder) gapped(a *contacts.Address, text string) bool {
	const least, most = 4, 6
	var parts []string
	for part := range strings.SplitSeq(text, "  ") {
		if part = fold.Trimmed(part); part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) < least || len(parts) > most {
		return false
	}
	last := len(parts) - 1
	if !geo.ValidCountry(parts[last]) || !strings.ContainsAny(parts[last-1], "0123456789") {
		return false
	}
	a.AddressLine, a.PostalCode, a.Country = parts[0], parts[last-1], parts[last]
	middle := parts[1 : last-1]
	if n := len(middle) - 1; n > 0 && len(middle[n]) <= len("NSW") { // by its code: Bristol is a region and a city
		if a.Subdivision = geo.Subdivision(middle[n], a.Country); a.Subdivision != "" {
			middle = middle[:n]
		}
	}
	a.City = middle[len(middle)-1]
	a.AddressLine2 = strings.Join(middle[:len(middle)-1], ", ")
	return true
}

// countryOf returns the code of the country of item i, given as a code or a name, "" if there is no such country.
func (b *builder) countryOf(i int) string {
	text := b.text(i, fieldCountry)
	code := geo.Country(text)
	if code != "" && code != text {
		b.remarkOn(i, fieldCountry, OtherSpelling, Rewritten)
	}
	return code
}

// region sets the subdivision of an address. Few people write its code, but the store accepts nothing else.
func (b *builder) region(i int, a *contacts.Address, text string) {
	if text == "" {
		return
	}
	switch code := geo.Subdivision(text, a.Country); code {
	case text:
		a.Subdivision = code
	case "":
		b.keep(i, fieldRegion, a, text, UnknownRegion)
	default:
		a.Subdivision = code
		b.remarkOn(i, fieldRegion, OtherSpelling, Rewritten)
	}
}

// keep keeps a text without a code in the formatted address.
func (b *builder) keep(i int, f field, a *contacts.Address, text string, why Reason) {
	formatted := a.FormattedAddress
	switch {
	case formatted == "":
		formatted = addressText(a, text)
	case !strings.Contains(formatted, text):
		formatted += "\n" + text
	}
	if tooLong(formatted, formattedMax) {
		b.remarkOn(i, f, NotImported, why)
		return
	}
	a.FormattedAddress = formatted
	b.remarkOn(i, f, FormattedOnly, why)
}

func addressText(a *contacts.Address, region string) string {
	street := a.AddressLine
	if a.StreetAddress != nil {
		street = strings.TrimSpace(a.StreetAddress.Number + " " + a.StreetAddress.Name)
	}
	lines := []string{
		street, a.AddressLine2, strings.TrimSpace(a.PostalCode + " " + a.City), region, geo.CountryName(a.Country),
	}
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return line == "" }), "\n")
}
