package csvio

import (
	"cmp"

	"github.com/contactsdb/contacts/internal/geo"
)

// isoCountry returns the code of a country by its name or by a code in any case. Other text it returns as it is.
func isoCountry(text string) string { return cmp.Or(geo.Country(text), text) }

// countryName returns the name of a country by its code, or the text if it is not a code.
func countryName(code string) string { return cmp.Or(geo.CountryName(code), code) }
