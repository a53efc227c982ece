package csvio

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/biter777/countries"

	"github.com/contactsdb/contacts/internal/places"
)

// isoCountry returns the code of a country by its name or by a code in any case. Other text it returns as it is.
func isoCountry(text string) string { return cmp.Or(places.Country(text), text) }

// countryName returns the name of a country by its code, or the text that is no code.
func countryName(code string) string {
	if len(code) == len("US") {
		if c := countries.ByName(code); c.IsValid() {
			return c.String()
		}
	}
	return code
}

var subdivisionForm = regexp.MustCompile(`^[A-Za-z]{2}-[A-Za-z0-9]{1,3}$`)

// isoSubdivision returns the code of a part of a country, given as a code in any case, as a code without the country, or
// as a name: us-ny, NY, New York. It returns "" if there is none.
func isoSubdivision(text, country string) string {
	if subdivisionForm.MatchString(text) {
		code := strings.ToUpper(text)
		// Codes come and go: one that the library does not know may well exist (VAL-7).
		if in := code[:2]; in == country || country == "" && countries.ByName(in).Alpha2() == in {
			return code
		}
	}
	return places.Subdivision(country, text)
}
