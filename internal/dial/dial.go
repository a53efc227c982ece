// Package dial tells which number a text is and whether it identifies a person.
package dial

import (
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers/v2"
)

// E164Max is the length of the longest E.164 form.
const E164Max = len("+") + 15

// Forms are the derived forms of a phone number, both empty unless the number is valid.
type Forms struct {
	E164      string // without the extension
	Formatted string // in international format, with the extension
}

// Parse returns the forms of a number in a region.
func Parse(number, region string) Forms {
	// The library trims what follows a plain number, but not what follows the phone context of a tel: URI.
	number = strings.TrimRightFunc(number, func(r rune) bool {
		return !unicode.IsNumber(r) && !unicode.IsLetter(r) && r != '#'
	})
	n, err := phonenumbers.Parse(number, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return Forms{}
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	if len(e164) > E164Max {
		// The library's patterns for Germany and other countries accept numbers that are too long for E.164.
		return Forms{}
	}
	return Forms{E164: e164, Formatted: phonenumbers.Format(n, phonenumbers.INTERNATIONAL)}
}

// Phone is a phone number as typed, with its derived forms if it is valid.
type Phone struct {
	Number string // as typed
	Forms
}

// Key returns the form in which valid numbers are compared: the E.164 form, and the extension if there is one, as in
// +49305551234;ext=12. It is empty for a number that is not valid.
func (p Phone) Key() string {
	// The digits of the international format are those of the E.164 form, then those of the extension.
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, p.Formatted)
	extension, ok := strings.CutPrefix(digits, strings.TrimPrefix(p.E164, "+"))
	if p.E164 == "" || !ok || extension == "" {
		return p.E164
	}
	return p.E164 + ";ext=" + extension
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

// identifies reports whether a number that is not valid still identifies a person, by its text: it has at least six
// digits, not all the same, none masked, and no letters except those of an extension.
func identifies(number string) bool {
	const least = 6
	var digits []rune
	for _, r := range number {
		switch {
		case unicode.Is(unicode.Nd, r):
			digits = append(digits, r)
		case unicode.IsLetter(r):
			return false
		}
	}
	return len(digits) >= least && strings.Trim(string(digits), string(digits[:1])) != ""
}
