package csvio

import (
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/biter777/countries"
)

// isoCountry returns the code of a country by its name or by a code in any case. Other text it returns as it is.
func isoCountry(text string) string {
	if len(text) > countryMax {
		return text // the library takes a time that grows with the square of the length
	}
	// The library looks at the letters only, up to a parenthesis. But Congo (Kinshasa) is not the Congo, and N/A, n.a. and
	// na are rarely Namibia.
	plain := plainName.Replace(text)
	none := text != "NA" && strings.EqualFold(strings.ReplaceAll(plain, ".", ""), "na")
	if none || strings.ContainsFunc(plain, notInNames) {
		return text
	}
	if code := countries.ByName(plain).Alpha2(); len(code) == 2 {
		return code
	}
	return text // the library says Unknown and None
}

const countryMax = 400 // bytes; no name is as long

var plainName = strings.NewReplacer("(", " ", ")", " ", "&", "and")

func notInNames(r rune) bool {
	return !unicode.In(r, unicode.Letter, unicode.Mark, unicode.Space) && !strings.ContainsRune(".,-'’", r)
}

// countryName returns the name of a country by its code, or the text that is no code.
func countryName(code string) string {
	if len(code) == len("US") {
		if c := countries.ByName(code); c.IsValid() {
			return c.String()
		}
	}
	return code
}

// subdivisions holds, by country, the codes of its parts under what people write for them in small letters: the code
// without the country, and the name unless two parts share it.
var subdivisions = sync.OnceValue(func() map[string]map[string]string {
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
	return subdivisions()[country][strings.ToLower(text)]
}
