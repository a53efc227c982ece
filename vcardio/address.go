package vcardio

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/geo"
	"github.com/contactsdb/contacts/internal/vcard"
)

// The components of ADR. The last ones are those of RFC 9554.
const (
	adrBox = iota
	adrExtended
	adrStreet
	adrCity
	adrRegion
	adrCode
	adrCountry
	adrRoom
	adrApartment
	adrFloor
	adrNumber
	adrName
	adrCount
)

const (
	codeMax      = form.Code
	formattedMax = form.Formatted
	hintMax      = form.Hint

	hintParam = "X-HINT"   // Address.Hint, which no property has a place for
	lineParam = "X-STREET" // StreetAddress.FormattedAddressLine
)

// addresses adds the addresses of a card, also empty ones to which properties of their group may add something.
func (b *builder) addresses(found []*property) {
	grouped := make(map[string]bool)
	for _, p := range b.properties {
		if p.Group != "" && (p.Name == "LABEL" || p.Name == "GEO") {
			grouped[strings.ToLower(p.Group)] = true
		}
	}
	for _, p := range found {
		if len(b.contact.Info.Addresses) == itemsMax {
			b.remark(p, NotImported, TooMany)
			continue
		}
		if a := b.address(p); !a.Equal(contacts.Address{}) || grouped[strings.ToLower(p.Group)] {
			a.Tag = contacts.AddressTag(b.tag(p, validAddressTag))
			b.contact.Info.Addresses = append(b.contact.Info.Addresses, a)
			p.address = len(b.contact.Info.Addresses)
			b.homes = append(b.homes, p)
		}
	}
}

func (b *builder) address(p *property) contacts.Address {
	parts := b.addressParts(p)
	a := contacts.Address{
		AddressLine: parts[adrStreet], City: parts[adrCity], PostalCode: parts[adrCode],
		AddressLine2: strings.Join(slices.DeleteFunc([]string{parts[adrExtended], parts[adrBox]}, isEmpty), ", "),
		Hint:         b.ownText(p, hintParam, hintMax), Geocode: b.geocode(p, p.Param("GEO")),
		FormattedAddress: b.text(p, p.Param("LABEL"), formattedMax),
	}
	if utf8.RuneCountInString(a.AddressLine2) > textMax {
		a.AddressLine2 = parts[adrExtended]
		b.remark(p, NotImported, TooLong)
	}
	if first, more, several := strings.Cut(a.AddressLine, "\n"); several && a.AddressLine2 == "" && b.old() {
		a.AddressLine, a.AddressLine2 = fold.Trimmed(first), strings.ReplaceAll(fold.Trimmed(more), "\n", ", ")
	}
	street := contacts.StreetAddress{
		Number: parts[adrNumber], Name: parts[adrName], Apt: parts[adrApartment],
		FormattedAddressLine: b.ownText(p, lineParam, formattedMax),
	}
	if street != (contacts.StreetAddress{}) {
		a.StreetAddress, a.AddressLine = &street, ""
	}
	b.place(p, &a, parts[adrRegion], parts[adrCountry])
	return a
}

// addressParts returns the components of an address.
func (b *builder) addressParts(p *property) []string {
	parts := vcard.Split(p.Value, ';', partsMax)
	for len(parts) < adrCount {
		parts = append(parts, "")
	}
	for i, part := range parts {
		most := textMax
		if i == adrCode || i == adrNumber || i == adrApartment {
			most = codeMax
		}
		parts[i] = b.text(p, part, most)
		if noPlace := i >= adrCount || i == adrRoom || i == adrFloor; noPlace && parts[i] != "" {
			b.remark(p, NotImported, NoField)
		}
	}
	return parts
}

// ownText returns the text of a parameter that Write writes. It has no escapes.
func (b *builder) ownText(p *property, param string, most int) string {
	return b.text(p, vcard.Escape(p.Param(param)), most)
}

func isEmpty(text string) bool { return text == "" }

// old reports whether the card has version 2.1, or none.
func (b *builder) old() bool { return b.version != "3.0" && b.version != "4.0" }

// place sets the country and the subdivision of an address. What has no known code is kept in the formatted address.
func (b *builder) place(p *property, a *contacts.Address, region, country string) {
	a.Country = cmp.Or(geo.Country(country), geo.Country(p.Param("CC")), b.groupCountry(p)) // CC is of RFC 8605
	a.Subdivision = geo.Subdivision(region, a.Country)
	if a.Subdivision == "" && geo.ValidSubdivision(region) {
		a.Subdivision = region
	}
	var unknown []string
	if region != "" && a.Subdivision == "" {
		unknown = append(unknown, region)
	}
	if country != "" && a.Country == "" {
		unknown = append(unknown, country)
	}
	if unknown == nil {
		return
	}
	p.unknown = unknown
	if a.FormattedAddress == "" {
		a.FormattedAddress, p.composed = addressText(a, unknown), true
	}
	if a.FormattedAddress = withLines(a.FormattedAddress, unknown); a.FormattedAddress == "" {
		b.remark(p, NotImported, UnknownPlace)
		return
	}
	b.remark(p, FormattedOnly, UnknownPlace)
}

// withLines appends the lines that a formatted address lacks. It returns "" if that makes the text too long.
func withLines(text string, lines []string) string {
	for _, line := range lines {
		if !strings.Contains(text, line) {
			text += "\n" + line
		}
	}
	if utf8.RuneCountInString(text) > formattedMax {
		return ""
	}
	return text
}

// addressText returns the lines of an address, with the parts that have no code.
func addressText(a *contacts.Address, unknown []string) string {
	street := a.AddressLine
	if s := a.StreetAddress; s != nil {
		street = cmp.Or(s.FormattedAddressLine, joined(s.Number, s.Name, s.Apt))
	}
	lines := append([]string{street, a.AddressLine2, joined(a.PostalCode, a.City)}, unknown...)
	lines = append(lines, geo.CountryName(a.Country))
	return strings.Join(slices.DeleteFunc(lines, isEmpty), "\n")
}

// groupCountries notes the countries that Apple's X-ABADR names for the addresses of groups.
func (b *builder) groupCountries(found []*property) {
	b.countries = make(map[string]string)
	for _, p := range found {
		switch code := strings.ToUpper(fold.Trimmed(p.Value)); {
		case geo.ValidCountry(code):
			b.countries[strings.ToLower(p.Group)] = code
		case code != "":
			b.remark(p, NotImported, UnknownPlace)
		}
	}
}

// groupCountry returns the country for the group of an address.
func (b *builder) groupCountry(p *property) string {
	if p.Group == "" {
		return ""
	}
	return b.countries[strings.ToLower(p.Group)]
}

// addressLabels adds formatted addresses: each to the address of its group or types, else as an address of its own.
func (b *builder) addressLabels(found []*property) {
	for i, p := range found {
		text := b.text(p, p.Value, formattedMax)
		if text == "" {
			continue
		}
		if i >= 2*itemsMax {
			b.remark(p, NotImported, TooMany)
			continue
		}
		q := b.addressOf(p)
		if q == nil {
			if len(b.contact.Info.Addresses) == itemsMax {
				b.remark(p, NotImported, TooMany)
				continue
			}
			own := contacts.Address{Tag: contacts.AddressTag(b.tag(p, validAddressTag)), FormattedAddress: text}
			b.contact.Info.Addresses = append(b.contact.Info.Addresses, own)
			continue
		}
		a := &b.contact.Info.Addresses[q.address-1]
		if a.FormattedAddress != "" && a.FormattedAddress != text && !q.composed {
			b.remark(p, NotImported, Taken)
			continue
		}
		a.FormattedAddress = cmp.Or(withLines(text, q.unknown), text)
	}
}

// addressOf returns the ADR that a property belongs to: that of the same group, else the first of the same types that
// no property of this kind belongs to yet, else the only one with the same tag, else nil.
func (b *builder) addressOf(p *property) *property {
	var candidates []*property
	for _, q := range b.homes {
		if !q.taken[p.Name] {
			candidates = append(candidates, q)
		}
	}
	sameTag := func(q *property) bool { return b.quietTag(q) == b.quietTag(p) && b.quietTag(p) != "" }
	for i, same := range []func(q *property) bool{
		func(q *property) bool { return p.Group != "" && strings.EqualFold(p.Group, q.Group) },
		func(q *property) bool { return slices.Equal(addressTypes(p), addressTypes(q)) },
		sameTag,
	} {
		at := slices.IndexFunc(candidates, same)
		if at < 0 || i == 2 && slices.ContainsFunc(candidates[at+1:], same) {
			continue
		}
		q := candidates[at]
		if q.taken == nil {
			q.taken = make(map[string]bool)
		}
		q.taken[p.Name] = true
		return q
	}
	return nil
}

// quietTag returns the tag that the types of an address give, without remarks.
func (b *builder) quietTag(p *property) string {
	for _, entry := range tagTable {
		if slices.Contains(p.Types(), entry.typ) && validAddressTag(entry.tag) {
			return entry.tag
		}
	}
	return ""
}

func addressTypes(p *property) []string {
	types := slices.DeleteFunc(p.Types(), func(t string) bool { return t == "PREF" })
	slices.Sort(types)
	return types
}

// geocodes adds positions: to the address of the same group, or to the only one.
func (b *builder) geocodes(found []*property) {
	for i, p := range found {
		position := b.geocode(p, p.Value)
		if position == nil {
			continue
		}
		if i >= 2*itemsMax {
			b.remark(p, NotImported, TooMany)
			continue
		}
		var a *contacts.Address
		if p.Group != "" || len(addressTypes(p)) > 0 {
			if q := b.addressOf(p); q != nil {
				a = &b.contact.Info.Addresses[q.address-1]
			}
		}
		if a == nil && len(b.contact.Info.Addresses) == 1 {
			a = &b.contact.Info.Addresses[0]
		}
		switch {
		case a == nil:
			b.remark(p, NotImported, NoField)
		case a.Geocode != nil && *a.Geocode != *position:
			b.remark(p, NotImported, Taken)
		default:
			a.Geocode = position
		}
	}
}

// geocode parses geo:59.33,18.06 and 59.33;18.06. It returns nil for an empty text and, with a remark, for any other.
func (b *builder) geocode(p *property, text string) *contacts.Geocode {
	text = fold.Trimmed(vcard.Unescape(text))
	if text == "" {
		return nil
	}
	const scheme = "geo:"
	if len(text) >= len(scheme) && strings.EqualFold(text[:len(scheme)], scheme) {
		text, _, _ = strings.Cut(text[len(scheme):], ";")
	}
	numbers := strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ',' })
	if len(numbers) >= 2 {
		latitude, ok1 := degrees(numbers[0], 90)
		longitude, ok2 := degrees(numbers[1], 180)
		if ok1 && ok2 {
			return &contacts.Geocode{Latitude: latitude, Longitude: longitude}
		}
	}
	b.remark(p, NotImported, NotPosition)
	return nil
}

func degrees(text string, most float64) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return f + 0, err == nil && math.Abs(f) <= most // also false for NaN
}
