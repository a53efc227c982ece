package legacy

import (
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers/v2"

	"github.com/contactsdb/contacts/internal/places"
)

// isoCountry returns the code of a country, given as a code or a name, or "".
func isoCountry(text string) string {
	code := places.Country(text)
	if code == "AN" || code == "YU" { // two that are no more
		return ""
	}
	return code
}

var regionForm = regexp.MustCompile(`^[A-Za-z]{2}-[A-Za-z0-9]{1,3}$`)

// isoRegion returns the code of a part of a country, given as a code, as a code without the country, or as a name:
// us-ny, NY, New York. It returns "" if there is none.
func isoRegion(text, country string) string {
	text = strings.TrimSpace(text)
	if regionForm.MatchString(text) {
		code := strings.ToUpper(text)
		// Codes come and go: one that the library does not know may well exist (VAL-7).
		if in := code[:2]; in == country || country == "" && isoCountry(in) == in {
			return code
		}
	}
	return places.Subdivision(country, text)
}

// regionUnknown is the region in which only numbers in international form are valid.
const regionUnknown = "ZZ"

// countryOf returns the country whose numbers make the normalized form of the number as it was typed, or "". The store
// needs one to know the number's E.164 form.
func countryOf(p Phone) string {
	normalized, err := phonenumbers.Parse(p.NormalizedPhone, regionUnknown)
	if err != nil {
		return "" // not in international form
	}
	country := phonenumbers.GetRegionCodeForNumber(normalized)
	if isoCountry(country) != country {
		return "" // satellite phones and some islands have none
	}
	typed, err := phonenumbers.Parse(p.Phone, country)
	if err != nil || e164(typed) != e164(normalized) {
		return ""
	}
	return country
}

func e164(n *phonenumbers.PhoneNumber) string { return phonenumbers.Format(n, phonenumbers.E164) }
