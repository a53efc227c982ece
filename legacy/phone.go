package legacy

import (
	"github.com/nyaruka/phonenumbers/v2"

	"github.com/contactsdb/contacts/internal/geo"
)

// regionUnknown is a region in which only numbers in international form are valid.
const regionUnknown = "ZZ"

// countryOf returns the country in which the phone as typed has the normalized number, or "" if there is none (LEG-14).
// The store needs the country to derive the E.164 form.
func countryOf(p Phone) string {
	normalized, err := phonenumbers.Parse(p.NormalizedPhone, regionUnknown)
	if err != nil {
		return "" // not in international form
	}
	country := phonenumbers.GetRegionCodeForNumber(normalized)
	if !geo.ValidCountry(country) {
		return "" // satellite phones and some islands have no valid country
	}
	typed, err := phonenumbers.Parse(p.Phone, country)
	if err != nil || e164(typed) != e164(normalized) {
		return ""
	}
	return country
}

// e164 returns the E.164 form of a number.
func e164(n *phonenumbers.PhoneNumber) string { return phonenumbers.Format(n, phonenumbers.E164) }
