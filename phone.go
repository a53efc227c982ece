package contacts

import (
	"strings"
	"unicode"
	"unicode/utf8"

	lru "github.com/hashicorp/golang-lru"
	"github.com/nyaruka/phonenumbers/v2"
)

const (
	phoneMax      = 50 // characters of a phone number as typed
	e164Max       = len("+") + 15
	phoneMemoSize = 8192 // parsed numbers that a store remembers
)

// phoneForms are the derived forms of a phone number, both empty unless the number is valid (PHN-1).
type phoneForms struct {
	e164      string
	formatted string
}

// phoneParser derives the forms of phone numbers. Parsing takes about 20 µs, so it remembers the numbers it used most
// recently (PHN-4). It is safe for concurrent use.
type phoneParser struct {
	region string // Options.Region
	memo   *lru.Cache
}

type phoneKey struct{ region, number string }

// newPhoneParser returns a parser. Its LRU cache, golang-lru, adds no module to a user's build: go-memdb needs it too.
func newPhoneParser(region string) *phoneParser {
	memo, err := lru.New(phoneMemoSize)
	if err != nil { // only for a size below 1
		panic(err)
	}
	return &phoneParser{region: region, memo: memo}
}

// parse returns the forms of a number in a country, or in Options.Region if country is empty. Input that is not a valid
// number has no forms.
func (p *phoneParser) parse(number, country string) phoneForms {
	region := country
	if region == "" {
		region = p.region
	}
	// Longer input is never valid; skipping it bounds the bytes in the memo, not only its entries.
	if region == "" || utf8.RuneCountInString(number) > phoneMax {
		return phoneForms{}
	}
	key := phoneKey{region, number}
	if forms, ok := p.memo.Get(key); ok {
		return forms.(phoneForms)
	}
	forms := parsePhone(number, region)
	p.memo.Add(key, forms)
	return forms
}

// parsePhone derives the forms of a number in a region. It is slow: see [phoneParser].
func parsePhone(number, region string) phoneForms {
	// The library trims what follows a plain number, but not what follows the phone context of a tel: URI (PHN-3).
	number = strings.TrimRightFunc(number, func(r rune) bool {
		return !unicode.IsNumber(r) && !unicode.IsLetter(r) && r != '#'
	})
	n, err := phonenumbers.Parse(number, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return phoneForms{}
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	if len(e164) > e164Max {
		// The library's patterns for Germany and other countries accept numbers that are too long for E.164.
		return phoneForms{}
	}
	return phoneForms{e164: e164, formatted: phonenumbers.Format(n, phonenumbers.INTERNATIONAL)}
}

// regionUnknown is the region in which only numbers in international form are valid (PHN-2).
const regionUnknown = "ZZ"

// validRegion reports whether r is valid as Options.Region.
func validRegion(r string) bool {
	return r == "" || r == regionUnknown || phonenumbers.GetSupportedRegions()[r]
}
