package contacts

import (
	"unicode/utf8"

	lru "github.com/hashicorp/golang-lru"
	"github.com/nyaruka/phonenumbers/v2"

	"github.com/contactsdb/contacts/internal/dial"
	"github.com/contactsdb/contacts/internal/form"
)

const (
	phoneMax      = form.Phone
	phoneMemoSize = 8192 // parsed numbers that a store remembers
)

// phoneParser derives the forms of phone numbers. Parsing takes 10 to 20 µs, so it remembers the numbers it used most
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
func (p *phoneParser) parse(number, country string) dial.Forms {
	region := country
	if region == "" {
		region = p.region
	}
	// Longer input is never valid; skipping it bounds the bytes in the memo, not only its entries.
	if region == "" || utf8.RuneCountInString(number) > phoneMax {
		return dial.Forms{}
	}
	key := phoneKey{region, number}
	if forms, ok := p.memo.Get(key); ok {
		return forms.(dial.Forms)
	}
	forms := dial.Parse(number, region)
	p.memo.Add(key, forms)
	return forms
}

// forget drops all numbers that the parser remembers.
func (p *phoneParser) forget() { p.memo.Purge() }

// regionUnknown is the region in which only numbers in international form are valid (PHN-2).
const regionUnknown = "ZZ"

// validRegion reports whether r is valid as Options.Region.
func validRegion(r string) bool {
	return r == "" || r == regionUnknown || phonenumbers.GetSupportedRegions()[r]
}
