// Package geo validates and names the codes of countries and their subdivisions, and finds the code for a name.
//
// The names come from the Unicode CLDR and from ISO 3166; NOTICE has their licences. Names of subdivisions and the
// index of names are built on first use.
package geo

import (
	"strings"
	"sync"
	"unicode"
)

//go:generate go run ./gen

// ValidCountry reports whether code is a country code that ISO 3166-1 currently assigns, such as US, or XK, which the
// standard reserves and numbering plans and locale data use for Kosovo.
func ValidCountry(code string) bool { return CountryName(code) != "" }

// ValidSubdivision reports whether code has the form of an ISO 3166-2 code of a valid country, such as US-NY.
// Subdivisions change too often to check against a compiled list.
func ValidSubdivision(code string) bool {
	country, part, ok := strings.Cut(code, "-")
	if !ok || len(part) < 1 || len(part) > 3 || !ValidCountry(country) {
		return false
	}
	return !strings.ContainsFunc(part, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
}

// CountryName returns the English name of a country, or "" if the code is not valid.
func CountryName(code string) string {
	if len(code) != len("US") || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' {
		return ""
	}
	return countryNames[code[0]-'A'][code[1]-'A']
}

// SubdivisionName returns the name of a subdivision as written on an envelope, or "" if it is not known. Codes that
// ISO has retired have names too. In countries that use the Latin script it is the name in ISO 3166, such as Bayern;
// in others it is the English name.
func SubdivisionName(code string) string { return subdivisionNames()[code] }

// SubdivisionText returns the name of a subdivision of a country if [Subdivision] finds its code by that, and otherwise
// the code.
func SubdivisionText(code, country string) string {
	if name := SubdivisionName(code); name != "" && Subdivision(name, country) == code {
		return name
	}
	return code
}

const nameMax = 400 // bytes; no name is that long

// Country returns the code of the country that text names, or "" if there is none. text is a code of two or three
// letters or a name in English, in German or in a language of the country. Names are compared without regard to case,
// accents, punctuation and the words "and" and "the".
func Country(text string) string {
	text = strings.TrimSpace(text)
	if ValidCountry(text) {
		return text
	}
	if len(text) > nameMax || strings.ContainsFunc(text, notInCountryNames) {
		return "" // such as 001, the world in the CLDR
	}
	key, short := nameKey(text)
	if key == "na" {
		return "" // "n.a." and "na" rarely mean Namibia
	}
	if code := countryKeys()[key]; code != "" {
		return code
	}
	return countryKeys()[short]
}

func notInCountryNames(r rune) bool {
	return !unicode.In(r, unicode.Letter, unicode.Mark, unicode.Space) && !strings.ContainsRune("&.,-–'‘’()[]", r)
}

// countryKeys maps the keys of the codes and names of each country to its code.
var countryKeys = sync.OnceValue(func() map[string]string {
	keys := make(map[string]string)
	add := func(code, name string) {
		for _, key := range keysOf(name) {
			if keys[key] == "" {
				keys[key] = code
			}
		}
	}
	for entry := range entriesOf(otherCountryNames) {
		add(entry.code, entry.code)
		add(entry.code, CountryName(entry.code))
		for _, name := range entry.others {
			add(entry.code, name)
		}
	}
	return keys
})

// Subdivision returns the code of the subdivision that text names, or "" if there is none. text is a code with or
// without the country, or a name that only one subdivision of the country has; names are compared as by [Country].
// country is a country code; if it is empty, text must be a whole code. A whole code need not be in the compiled
// list.
func Subdivision(text, country string) string {
	text = strings.TrimSpace(text)
	if len(text) > nameMax {
		return ""
	}
	code := strings.ToUpper(text)
	if ValidSubdivision(code) && (country == "" || code[:2] == country) {
		return code
	}
	if !ValidCountry(country) {
		return ""
	}
	if code = country + "-" + code; SubdivisionName(code) != "" {
		return code
	}
	name := text
	if i := strings.IndexAny(text, "(["); i > 0 {
		name = text[:i] // as in "Bicol (Region V)"
	}
	for _, key := range append(keysOf(text), keysOf(name)...) {
		if code := subdivisionKeys()[country+key]; code != "" {
			return code
		}
	}
	return ""
}

// subdivisionNames maps the code of each subdivision to its name.
var subdivisionNames = sync.OnceValue(func() map[string]string {
	names := make(map[string]string)
	for entry := range entriesOf(subdivisionList) {
		names[strings.TrimSuffix(entry.code, retired)] = entry.name
	}
	return names
})

// subdivisionKeys maps the code of a country followed by the key of a name to the code of a subdivision. A key of a
// retired code gives way to that of a current one.
var subdivisionKeys = sync.OnceValue(func() map[string]string {
	keys := make(map[string]string)
	retiredKeys := make(map[string]string)
	for entry := range entriesOf(subdivisionList) {
		code, isRetired := strings.CutSuffix(entry.code, retired)
		to := keys
		if isRetired {
			to = retiredKeys
		}
		addKeys(to, code, entry.name)
		for _, name := range entry.others {
			addKeys(to, code, name)
		}
	}
	for key, code := range retiredKeys {
		if _, ok := keys[key]; !ok {
			keys[key] = code
		}
	}
	return keys
})

// addKeys adds the keys of a name of a subdivision. A name that two subdivisions of a country share finds neither.
func addKeys(keys map[string]string, code, name string) {
	for _, key := range keysOf(name) {
		key = code[:2] + key
		if other, ok := keys[key]; ok && other != code {
			code = ""
		}
		keys[key] = code
	}
}
