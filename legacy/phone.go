package legacy

import (
	"github.com/nyaruka/phonenumbers/v2"

	"github.com/contactsdb/contacts/internal/geo"
)

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
	if !geo.ValidCountry(country) {
		return "" // satellite phones and some islands have none
	}
	typed, err := phonenumbers.Parse(p.Phone, country)
	if err != nil || e164(typed) != e164(normalized) {
		return ""
	}
	return country
}

func e164(n *phonenumbers.PhoneNumber) string { return phonenumbers.Format(n, phonenumbers.E164) }
