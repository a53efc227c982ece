// Package dial tells which number a text is and whether it identifies a person.
package dial

import (
	"regexp"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
)

// E164Max is the length of the longest E.164 form.
const E164Max = len("+") + 15

// Forms are the derived forms of a phone number, both empty unless the number is valid.
type Forms struct {
	E164      string // without the extension
	Formatted string // in international format, with the extension
}

// Parse returns the forms of a number in a region (PHN-1, PHN-3, PHN-5 to PHN-7). Where a text could also mean a
// different number it returns none: no number is better than that of another subscriber.
func Parse(number, region string) Forms {
	t := split(plain(number))
	if region == "BR" {
		t.number = anyCarrier.ReplaceAllString(t.number, "0$1")
	}
	if t.masked() {
		return Forms{}
	}
	if !letters(t.number) {
		if n, ok := t.parse(t.number, region); ok {
			if t.doubt(n, region) {
				return Forms{}
			}
			return n.forms()
		}
	}
	if n, ok := t.parseVanity(region); ok {
		return n.forms()
	}
	return Forms{}
}

// anyCarrier matches the start of a Brazilian number with xx for the digits of the carrier, which callers choose.
var anyCarrier = regexp.MustCompile(`^0[ -]?[xX]{2}[ -]?(\d)`)

// validNumber is a number of the library that is valid.
type validNumber struct {
	*phonenumbers.PhoneNumber
	e164 string
}

func (n validNumber) forms() Forms {
	return Forms{E164: n.e164, Formatted: phonenumbers.Format(n.PhoneNumber, phonenumbers.INTERNATIONAL)}
}

// parse returns the number that the library reads in a text with the extension and the context of t, if it is valid.
func (t *text) parse(number, region string) (validNumber, bool) {
	number = strings.ReplaceAll(number, "\n", " ")
	if t.extension != "" {
		number += ";ext=" + t.extension
	}
	if t.context != "" {
		number += phoneContext + t.context
	}
	n, err := phonenumbers.Parse(number, region)
	if err != nil || !isValid(n, region) {
		return validNumber{}, false
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	if len(e164) > E164Max {
		// The library's patterns for Germany and other countries accept numbers that are too long for E.164.
		return validNumber{}, false
	}
	return validNumber{n, e164}, true
}

// isValid is phonenumbers.IsValidNumber, which finds the country of a number by the patterns of all countries with its
// calling code, and then tries those of the country again. Nearly all numbers are of the region, or of the main country
// of their code, so isValid tries that one first. The answer is the same, by the present metadata: see TestIsValid.
func isValid(n *phonenumbers.PhoneNumber, region string) bool {
	countries := phonenumbers.GetRegionCodesForCountryCode(int(n.GetCountryCode()))
	if len(countries) == 0 {
		return false
	}
	if !slices.Contains(countries, region) {
		region = countries[0]
	}
	return phonenumbers.IsValidNumberForRegion(n, region) || len(countries) > 1 && phonenumbers.IsValidNumber(n)
}

// Phone is a phone number as typed, with its derived forms if it is valid.
type Phone struct {
	Number string // as typed
	Forms
}

// NewPhone returns a phone with the forms that were derived for it earlier, if any.
func NewPhone(number, e164, formatted string) Phone {
	return Phone{number, Forms{E164: e164, Formatted: formatted}}
}

// Key returns the form in which valid numbers are compared: the E.164 form, and the extension if there is one, as in
// +49305551234;ext=12. It is empty for a number that is not valid.
func (p Phone) Key() string {
	if p.E164 == "" {
		return ""
	}
	// The digits of the international format are those of the E.164 form, then those of the extension. Most numbers
	// have none, and keys of indexes are made often: compare without a copy.
	rest := strings.TrimPrefix(p.E164, "+")
	for i := range len(p.Formatted) {
		switch c := p.Formatted[i]; {
		case !isDigit(rune(c)):
		case rest == "":
			return p.E164 + ";ext=" + digits(p.Formatted[i:])
		case c != rest[0]:
			return p.E164
		default:
			rest = rest[1:]
		}
	}
	return p.E164
}

// Identifies reports whether the number identifies a person: it is valid, or its text does.
func (p Phone) Identifies() bool { return p.E164 != "" || identifies(p.Number) }

// Same reports whether two phones identify the same person: they are valid and equal, extension included, or one is not
// valid and both have the same text, which identifies.
func (p Phone) Same(o Phone) bool {
	if p.E164 != "" && o.E164 != "" {
		return p.Key() == o.Key()
	}
	return p.Number == o.Number && identifies(p.Number)
}

// identifies reports whether a number that is not valid still identifies a person, by its text: without the extension
// it has at least six digits, not all the same, none masked, and no letters (PHN-8).
func identifies(number string) bool {
	const least = 6
	t := split(plain(number))
	for _, part := range []string{t.lead, t.number, t.tail} {
		if letters(part) || hasMask(part) {
			return false
		}
	}
	d := digits(t.number)
	return len(d) >= least && strings.Trim(d, d[:1]) != "" && t.context == ""
}
