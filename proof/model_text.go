package proof

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Texts: when two are equal, and whether one shows anything.

// foldCase returns a text in which letters that differ only in case are one letter (FLT-6).
func foldCase(s string) string { return strings.Map(foldRune, s) }

func foldRune(r rune) rune {
	if unicode.SimpleFold(r) == r { // alone, such as the dotless ı
		return r
	}
	for unicode.SimpleFold(r) > r { // up to the last, which the first follows
		r = unicode.SimpleFold(r)
	}
	return unicode.ToLower(unicode.ToUpper(unicode.SimpleFold(r)))
}

// fold returns the form in which emails are compared (DUP-2).
func fold(email string) string { return foldEmail(strings.TrimSpace(email)) }

// foldEmail returns fold of an email, or of its beginning, that has no space around it.
func foldEmail(s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII && foldRune(r) <= unicode.MaxASCII {
			return r // the Kelvin sign, the long s
		}
		return foldRune(r)
	}, s)
}

// nameKey returns the form in which display names of definitions are compared (LBL-4).
func nameKey(name string) string {
	var seen strings.Builder
	for _, r := range name {
		if !invisible(r) {
			seen.WriteRune(r)
		}
	}
	return norm.NFC.String(strings.TrimSpace(seen.String()))
}

// blank reports whether a text shows nothing (CRT-1).
func blank(s string) bool {
	for _, r := range s {
		if !unicode.IsSpace(r) && !unicode.IsControl(r) && !invisible(r) {
			return false
		}
	}
	return true
}

func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		unicode.Is(unicode.Variation_Selector, r) || r == '\u2800'
}

// An address is a local part, in quotes or without what needs them, and a domain.
var address = regexp.MustCompile(`(?s)^(?:"((?:[^"\\]|\\.)*)"|([^\s\pZ<>,;:"“”„‟«»@]+))@([^\s\pZ<>,;"“”„‟«»@'‘’]+)$`)

// isEmail reports whether an email is valid (VAL-5).
func isEmail(s string) bool {
	s = strings.TrimSpace(s)
	parts := address.FindStringSubmatch(s)
	return parts != nil && !blank(parts[1]+parts[2]) && !blank(parts[3]) &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || invisible(r) })
}
