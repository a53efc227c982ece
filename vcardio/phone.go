package vcardio

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/dial"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/geo"
	"github.com/contactsdb/contacts/internal/mailbox"
)

// emails adds the addresses of a card, the preferred one first.
func (b *builder) emails(found []*property) {
	list, primary := preferred(found)
	info := &b.contact.Info
	for _, p := range list {
		text := b.text(p, p.Value, fieldTextMax)
		if text == "" {
			primary = primary && p != list[0]
			continue
		}
		addresses, whole := mailbox.Extract(text)
		addresses = slices.DeleteFunc(addresses, func(a string) bool { return utf8.RuneCountInString(a) > form.Email })
		switch {
		case len(addresses) == 0:
			b.remark(p, NotImported, NotEmail)
			continue
		case !whole:
			b.remark(p, NotImported, NotEmail)
		case len(addresses) > 1 || addresses[0] != text:
			b.remark(p, OtherSpelling, Rewritten)
		}
		tag := contacts.EmailTag(b.tag(p, validEmailTag))
		for _, address := range addresses {
			if len(info.Emails) == itemsMax {
				b.remark(p, NotImported, TooMany)
				break
			}
			e := contacts.Email{Tag: tag, Address: address, Primary: primary && p == list[0] && info.Emails == nil}
			info.Emails = append(info.Emails, e)
		}
	}
}

// phones adds the numbers of a card, the preferred one first.
func (b *builder) phones(found []*property) {
	list, primary := preferred(found)
	info := &b.contact.Info
	for _, p := range list {
		text := b.text(p, b.telURI(p), fieldTextMax)
		switch {
		case text == "":
			continue
		case utf8.RuneCountInString(text) > form.Phone:
			b.remark(p, NotImported, TooLong)
			continue
		case len(info.Phones) == itemsMax:
			b.remark(p, NotImported, TooMany)
			continue
		}
		phone := contacts.Phone{
			Tag: contacts.PhoneTag(b.tag(p, validPhoneTag)), Number: text, Primary: primary && p == list[0],
		}
		phone.CountryCode = phoneCountry(phone, info.Addresses)
		for _, param := range p.Params {
			if code := strings.ToUpper(p.Param(param.Name)); param.Name == countryParam {
				if code == "" || geo.ValidCountry(code) {
					phone.CountryCode = code
				}
			}
		}
		info.Phones = append(info.Phones, phone)
	}
}

// countryParam is the parameter that Write gives to a phone whose country does not follow from the rest of the card.
const countryParam = "X-COUNTRY"

// telURI returns the value of a phone, that of a tel: URI as people write it.
func (b *builder) telURI(p *property) string {
	const scheme = "tel:"
	value := strings.TrimSpace(p.Value)
	if strings.EqualFold(p.Param("VALUE"), "text") || len(value) < len(scheme) ||
		!strings.EqualFold(value[:len(scheme)], scheme) {
		return value
	}
	number, params, _ := strings.Cut(value[len(scheme):], ";")
	if decoded, err := url.PathUnescape(number); err == nil {
		number = decoded
	}
	number = strings.TrimSpace(strings.TrimPrefix(number, "//"))
	extension := ""
	for param := range strings.SplitSeq(params, ";") {
		name, text, _ := strings.Cut(param, "=")
		switch {
		case name == "":
		case strings.EqualFold(name, "ext"):
			extension = " ext. " + text
		case strings.EqualFold(name, "phone-context") && strings.HasPrefix(text, "+"):
			if !strings.HasPrefix(number, "+") {
				number = text + " " + number
			}
		default:
			b.remark(p, NotImported, NoField)
		}
	}
	return number + extension
}

// phoneCountry returns the country of a phone: that of a number in international form, else of the address with the
// same tag, else of the first address with a country.
func phoneCountry(p contacts.Phone, addresses []contacts.Address) string {
	if code := dial.Country(p.Number); geo.ValidCountry(code) {
		return code
	}
	if strings.HasPrefix(p.Number, "+") {
		return ""
	}
	code := ""
	for _, a := range addresses {
		switch {
		case a.Country == "":
		case cmp.Or(string(a.Tag), untagged) == cmp.Or(string(p.Tag), untagged):
			return a.Country
		case code == "":
			code = a.Country
		}
	}
	return code
}

const untagged = string(contacts.PhoneUntagged)
