package legacy

import (
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/biter777/countries"
	"github.com/nyaruka/phonenumbers"
)

// isoCountry returns the code of a country, given as a code or a name, or "".
func isoCountry(text string) string {
	if len(text) > countryMax {
		return "" // the library takes a time that grows with the square of the length
	}
	// The library looks at the letters only, up to a parenthesis. But Congo (Kinshasa) is not the Congo, 001 is no
	// country, and N/A and n.a. are rarely Namibia.
	plain := plainName.Replace(text)
	none := text != "NA" && strings.EqualFold(strings.ReplaceAll(plain, ".", ""), "na")
	if none || strings.ContainsFunc(plain, notInNames) {
		return ""
	}
	code := countries.ByName(plain).Alpha2()
	if len(code) != 2 || code == "AN" || code == "YU" { // the library says Unknown, and knows two that are no more
		return ""
	}
	return code
}

const countryMax = 400 // bytes; no name is as long

var plainName = strings.NewReplacer("(", " ", ")", " ", "&", "and")

func notInNames(r rune) bool {
	return !unicode.In(r, unicode.Letter, unicode.Mark, unicode.Space) && !strings.ContainsRune(".,-'’", r)
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
	return regions()[country][strings.ToLower(text)]
}

// regions holds, by country, the codes of its parts under what people write for them in small letters: the code
// without the country, and the name unless two parts share it.
var regions = sync.OnceValue(func() map[string]map[string]string {
	all := make(map[string]map[string]string)
	for country, list := range countries.AllSubdivisionsByCountryCode() {
		parts := make(map[string]string, 2*len(list))
		for _, s := range list {
			name := strings.ToLower(s.String())
			if _, shared := parts[name]; shared {
				parts[name] = ""
			} else {
				parts[name] = string(s)
			}
		}
		for _, s := range list {
			_, part, _ := strings.Cut(string(s), "-")
			parts[strings.ToLower(part)] = string(s)
		}
		all[country.Alpha2()] = parts
	}
	return all
})

// countryOf returns the country whose numbers make the normalized form of the number as it was typed, or "". The store
// needs one to know the number's E.164 form.
func countryOf(p Phone) string {
	normalized, err := phonenumbers.Parse(p.NormalizedPhone, phonenumbers.UNKNOWN_REGION)
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
