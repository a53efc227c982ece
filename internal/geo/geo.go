// Package geo knows the countries and their subdivisions: which codes are valid, what they are called, and which of
// them a text means.
//
// Names come from the Unicode CLDR and from ISO 3166; see NOTICE for their licences. They cost nothing before they are
// first used.
package geo

import (
	"strings"
	"sync"
	"unicode"
)

//go:generate go run ./gen

// ValidCountry reports whether code is a country code that ISO 3166-1 assigns today, or that of Kosovo: US. Kosovo has
// no code in the standard; the reserved XK is what numbering plans and locale data call it.
func ValidCountry(code string) bool { return CountryName(code) != "" }

// ValidSubdivision reports whether code has the form of an ISO 3166-2 code of a valid country: US-NY. Which
// subdivisions a country has changes too often for a list that is compiled in.
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

// SubdivisionName returns the name of a subdivision as it is written on an envelope, also of one that ISO has retired,
// or "" if it is not known. In countries that write in Latin letters it is that of ISO 3166, such as Bayern, and else
// the English one.
func SubdivisionName(code string) string { return subdivisionNames()[code] }

const nameMax = 400 // bytes; no name is as long

// Country returns the code of the country that a text means, or "": by its code of two or three letters or a name of
// it, in English or German. Names are compared without regard to case, accents, punctuation and the words "and" and
// "the".
func Country(text string) string {
	text = strings.TrimSpace(text)
	if ValidCountry(text) {
		return text
	}
	if len(text) > nameMax || strings.ContainsFunc(text, notInCountryNames) {
		return "" // 001 is not a country
	}
	key, short := nameKey(text)
	if key == "na" {
		return "" // n.a. and na are rarely Namibia
	}
	if code := countryKeys()[key]; code != "" {
		return code
	}
	return countryKeys()[short]
}

func notInCountryNames(r rune) bool {
	return !unicode.In(r, unicode.Letter, unicode.Mark, unicode.Space) && !strings.ContainsRune("&.,-–'‘’()[]", r)
}

// countryKeys has the code of each country under the keys of its code and its names.
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

// Subdivision returns the code of the part of a country that a text means, or "": by its code, by its code without the
// country or by a name of it, as Country compares names, unless two parts share the name. The country is given by its
// code; without one only a whole code is accepted. A whole code need not be known: codes come and go.
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
		name = text[:i] // Bicol (Region V)
	}
	for _, key := range append(keysOf(text), keysOf(name)...) {
		if code := subdivisionKeys()[country+key]; code != "" {
			return code
		}
	}
	return ""
}

// subdivisionNames has the name of each subdivision under its code.
var subdivisionNames = sync.OnceValue(func() map[string]string {
	names := make(map[string]string)
	for entry := range entriesOf(subdivisionList) {
		names[strings.TrimSuffix(entry.code, retired)] = entry.name
	}
	return names
})

// subdivisionKeys has the codes of subdivisions under the code of the country and the key of a name.
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

// addKeys adds the keys of a name of a subdivision. A name that two parts of a country share means neither.
func addKeys(keys map[string]string, code, name string) {
	for _, key := range keysOf(name) {
		key = code[:2] + key
		if other, ok := keys[key]; ok && other != code {
			code = ""
		}
		keys[key] = code
	}
}
