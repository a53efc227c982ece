// Package places reads what people write for countries and their parts. It serves the packages that take contacts from
// elsewhere, which do not know each other.
package places

import (
	"strings"
	"sync"
	"unicode"

	"github.com/biter777/countries"
)

// Country returns the ISO 3166-1 alpha-2 code of a country, given as a code in any case or as a name, or "".
func Country(text string) string {
	if len(text) > countryMax {
		return "" // the library takes a time that grows with the square of the length
	}
	// The library looks at the letters only, up to a parenthesis. But Congo (Kinshasa) is not the Congo, 001 is no
	// country, and N/A, n.a. and na are rarely Namibia.
	plain := plainName.Replace(text)
	none := text != "NA" && strings.EqualFold(strings.ReplaceAll(plain, ".", ""), "na")
	if none || strings.ContainsFunc(plain, notInNames) {
		return ""
	}
	if code := countries.ByName(plain).Alpha2(); len(code) == 2 {
		return code
	}
	return "" // the library says Unknown and None
}

const countryMax = 400 // bytes; no name is as long

var plainName = strings.NewReplacer("(", " ", ")", " ", "&", "and")

func notInNames(r rune) bool {
	return !unicode.In(r, unicode.Letter, unicode.Mark, unicode.Space) && !strings.ContainsRune(".,-'’", r)
}

// Subdivision returns the ISO 3166-2 code of a part of a country, given as the code without the country or as a name, in
// any case, unless two parts share it, or "". The country is given by its code.
func Subdivision(country, text string) string {
	return subdivisions()[country][strings.ToLower(text)]
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
