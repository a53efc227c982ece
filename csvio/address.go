package csvio

import (
	"cmp"
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/geo"
)

// addressFields are the fields of an address, without its tag.
var addressFields = []field{
	fieldWholeAddress, fieldStreetLine, fieldStreetNumber, fieldMoreLines, fieldCity, fieldRegion, fieldPostalCode,
	fieldCountry, fieldFormatted,
}

func (b *builder) addresses() {
	if plain, ok := b.byGroup[group{kindAddress, ""}]; ok && b.text(plain, fieldCountry) != "" {
		b.country = b.adapt(plain, fieldCountry, b.text(plain, fieldCountry), isoCountry)
		b.unused = true
		b.cell(plain, fieldCountry).text = ""
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
				first[f], texts[f] = trimmed(part), rest
				more = more || several
			}
			b.address(i, &first)
		}
	}
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
	if *texts == ([fieldCount]string{}) {
		return
	}
	a := contacts.Address{
		Tag:              contacts.AddressTag(b.state[i].tag),
		AddressLine:      texts[fieldStreetLine],
		AddressLine2:     texts[fieldMoreLines],
		Country:          b.adapt(i, fieldCountry, texts[fieldCountry], isoCountry),
		City:             texts[fieldCity],
		PostalCode:       texts[fieldPostalCode],
		FormattedAddress: texts[fieldFormatted],
	}
	if a.Country == "" {
		a.Country, b.unused = b.country, false
	}
	// "Home Address" is the whole address in Outlook, which also has "Home Street", but only the street in Thunderbird.
	switch whole := texts[fieldWholeAddress]; {
	case a.AddressLine == "":
		a.AddressLine = whole
	case a.FormattedAddress == "":
		a.FormattedAddress = whole
	case whole != a.AddressLine && whole != a.FormattedAddress:
		b.remarkOn(i, fieldWholeAddress, NotImported)
	}
	if house := texts[fieldStreetNumber]; house != "" {
		a.StreetAddress = &contacts.StreetAddress{Number: house, Name: a.AddressLine}
		a.AddressLine = ""
	}
	b.region(i, &a, texts[fieldRegion])
	b.contact.Info.Addresses = append(b.contact.Info.Addresses, a)
}

// region sets the subdivision of an address. Few people write its code, but the store accepts nothing else, so a region
// without a known code is kept in the formatted address.
func (b *builder) region(i int, a *contacts.Address, text string) {
	if text == "" {
		return
	}
	a.Subdivision = geo.Subdivision(text, a.Country)
	switch {
	case a.Subdivision == text:
	case a.Subdivision != "":
		b.remarkOn(i, fieldRegion, OtherSpelling)
	case a.FormattedAddress == "":
		a.FormattedAddress = addressText(a, text)
		b.remarkOn(i, fieldRegion, FormattedOnly)
	case strings.Contains(a.FormattedAddress, text):
		b.remarkOn(i, fieldRegion, FormattedOnly)
	default:
		b.remarkOn(i, fieldRegion, NotImported)
	}
}

func addressText(a *contacts.Address, region string) string {
	street := a.AddressLine
	if a.StreetAddress != nil {
		street = strings.TrimSpace(a.StreetAddress.Number + " " + a.StreetAddress.Name)
	}
	lines := []string{
		street, a.AddressLine2, strings.TrimSpace(a.PostalCode + " " + a.City), region, countryName(a.Country),
	}
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return line == "" }), "\n")
}

// phoneCountry returns the country of a phone: that of the row, else of the address with the same tag, else of the
// first address with a country.
func (b *builder) phoneCountry(tag contacts.PhoneTag) string {
	if b.country != "" {
		b.unused = false
		return b.country
	}
	code := ""
	for _, a := range b.contact.Info.Addresses {
		if len(a.Country) != 2 {
			continue // not a code: the store refuses it in the address, and once is enough
		}
		if string(a.Tag) == string(tag) {
			return a.Country
		}
		code = cmp.Or(code, a.Country)
	}
	return code
}

// isoCountry returns the code of a country, given as a code or a name. It returns other text unchanged.
func isoCountry(text string) string { return cmp.Or(geo.Country(text), text) }

// countryName returns the name of a country, or the code itself if it is not valid.
func countryName(code string) string { return cmp.Or(geo.CountryName(code), code) }
