package contacts

import (
	"unicode/utf8"

	lru "github.com/hashicorp/golang-lru"
	"github.com/nyaruka/phonenumbers/v2"
)

const (
	phoneMax      = 50 // characters of a phone number as typed
	e164Max       = len("+") + 15
	phoneMemoSize = 8192 // numbers that a store remembers
)

// phoneForms are the derived forms of a phone number; both are empty unless the number is valid (PHN-1).
type phoneForms struct {
	e164      string
	formatted string
}

// phoneParser derives the forms of phone numbers. Parsing costs some 20 µs, so it remembers the last numbers it saw,
// within a bound. It is safe for concurrent use.
type phoneParser struct {
	region string // Options.Region
	memo   *lru.Cache
}

type phoneKey struct{ region, number string }

// newPhoneParser returns a parser. The LRU cache of golang-lru costs users no new module: go-memdb needs it anyway.
func newPhoneParser(region string) *phoneParser {
	memo, err := lru.New(phoneMemoSize)
	if err != nil { // only for a size below one
		panic(err)
	}
	return &phoneParser{region: region, memo: memo}
}

// parse returns the forms of number, read as one of country. Any input is fine; what is not a valid number has no
// forms.
func (p *phoneParser) parse(number, country string) phoneForms {
	region := country
	if region == "" {
		region = p.region
	}
	// Longer input never passes validation; refusing it here keeps the memo's bound a bound on bytes too.
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

// parsePhone derives the forms of number, read as one of region. It is slow, see [phoneParser].
func parsePhone(number, region string) phoneForms {
	n, err := phonenumbers.Parse(number, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return phoneForms{}
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	if len(e164) > e164Max {
		// The library's patterns for Germany and others let longer numbers through than E.164 has.
		return phoneForms{}
	}
	return phoneForms{e164: e164, formatted: phonenumbers.Format(n, phonenumbers.INTERNATIONAL)}
}

// regionUnknown is the region in which only numbers in international form are valid (PHN-2).
const regionUnknown = "ZZ"

// validRegion reports whether r may stand in Options.Region.
func validRegion(r string) bool {
	return r == "" || r == regionUnknown || phonenumbers.GetSupportedRegions()[r]
}
