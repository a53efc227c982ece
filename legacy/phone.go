package legacy

import (
	"github.com/nyaruka/phonenumbers/v2"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/geo"
)

// regionUnknown is a region in which only numbers in international form are valid.
const regionUnknown = "ZZ"

// countryOf returns the country in which the phone as typed has the normalized number, or "" if there is none (LEG-14).
// The store needs the country to derive the E.164 form.
func countryOf(s *contacts.Store, p Phone) string {
	normalized, _ := s.ParsePhone(p.NormalizedPhone, regionUnknown)
	n, err := phonenumbers.Parse(normalized, regionUnknown)
	if err != nil {
		return "" // not valid in international form
	}
	country := phonenumbers.GetRegionCodeForNumber(n)
	if !geo.ValidCountry(country) {
		return "" // satellite phones and some islands have no valid country
	}
	if typed, _ := s.ParsePhone(p.Phone, country); typed != normalized {
		return ""
	}
	return country
}
