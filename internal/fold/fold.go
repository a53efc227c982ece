// Package fold reduces texts to the forms in which they are compared: without regard to case, as email addresses, as
// names of definitions, or as words to search for. It also tells whether a text shows anything at all.
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Case returns s in the form in which texts are compared without regard to case: two texts have the same form if and
// only if strings.EqualFold reports that they are equal. ASCII letters become lower case.
func Case(s string) string { return folded(s, Rune) }

// Rune returns the representative of all characters that are equal to r without regard to case.
func Rune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	if unicode.SimpleFold(r) == r {
		return r // such as U+0130, whose lower case is another letter
	}
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	// Some letters, such as U+0390 and U+1FD3, are equal without being the upper or lower case of each other.
	return unicode.ToLower(unicode.ToUpper(least))
}

// Email returns the form in which email addresses are compared: without surrounding space and regard to case. A letter
// outside ASCII never equals one inside: the Kelvin sign is not a k, or one person could act for another's mailbox.
func Email(address string) string { return folded(strings.TrimSpace(address), EmailRune) }

// SameEmail reports whether two email addresses have the same form, without making it for most that differ.
func SameEmail(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) && Email(a) == Email(b)
}

// EmailRune returns the representative of all characters that are equal to r in an email address.
func EmailRune(r rune) rune {
	if f := Rune(r); r < utf8.RuneSelf || f >= utf8.RuneSelf {
		return f
	}
	return r
}

// Name returns the form in which the display names of labels and fields are compared: in Unicode normal form C, without
// surrounding space and characters that show nothing. Case counts.
func Name(s string) string {
	return norm.NFC.String(strings.TrimSpace(mapped(s, func(r rune) rune {
		if Invisible(r) {
			return -1
		}
		return r
	})))
}

// Blank reports whether a text shows nothing: it is empty or consists of space, control and invisible characters.
func Blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.IsControl(r) && !Invisible(r)
	})
}

// Trimmed returns s without surrounding space, "" if it shows nothing.
func Trimmed(s string) string {
	if Blank(s) {
		return ""
	}
	return strings.TrimSpace(s)
}

// Invisible reports whether a character other than space shows nothing by itself: format characters such as joiners and
// marks of direction, variation selectors, fillers and the empty Braille pattern.
func Invisible(r rune) bool {
	const brailleBlank = '\u2800'
	return r >= utf8.RuneSelf && (r == brailleBlank ||
		unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector))
}

// folded returns s with each character replaced by its representative, that of an ASCII letter in lower case.
func folded(s string, representative func(rune) rune) string {
	if !ASCII(s) {
		return mapped(s, representative)
	}
	return strings.ToLower(s) // does not allocate if nothing changes
}

// ASCII reports whether a text has only ASCII characters.
func ASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// mapped is strings.Map, except that it leaves a text that is not valid UTF-8 as it is: replacing its bytes could make
// it equal to another text.
func mapped(s string, f func(rune) rune) string {
	if !utf8.ValidString(s) {
		return s
	}
	return strings.Map(f, s)
}
