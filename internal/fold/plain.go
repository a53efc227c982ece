package fold

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Plain returns the form in which words are searched. It ignores case, diacritics, the width and style of characters,
// and characters that show nothing; ligatures become letters, digits of any script become ASCII, and apostrophes become
// '. Plain(Plain(s)) is Plain(s).
//
// Vowel signs and other marks of scripts such as Devanagari and Thai stay, as do the voicing marks of kana: without
// them a letter would be another.
func Plain(s string) string {
	if isPlain(s) {
		return s
	}
	forms := alone()
	if strings.ContainsFunc(s, func(r rune) bool { return int(r) >= len(forms) }) {
		return plain(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		b.WriteString(forms[r])
	}
	return b.String()
}

// alone returns the plain forms of the characters of Latin, Greek and Cyrillic, which do not depend on other
// characters: their marks are left out. With names of many scripts it saves half the time of the first people search of
// a store.
var alone = sync.OnceValue(func() []string {
	forms := make([]string, '\u0530')
	for r := range forms {
		forms[r] = plain(string(rune(r)))
	}
	return forms
})

// plain is Plain for all texts.
func plain(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	// Apostrophes come first because the compatibility form of U+00B4 is a space and an accent.
	for _, r := range norm.NFKD.String(strings.Map(apostrophe, s)) {
		if Invisible(r) || diacritic(r) {
			continue
		}
		r = Digit(apostrophe(Rune(r)))
		if letters, ok := undecomposed[r]; ok {
			b.WriteString(letters)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isPlain reports whether s is ASCII without capital letters.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// apostrophe returns ' for characters that are typed or set as an apostrophe, and any other character as it is.
func apostrophe(r rune) rune {
	switch {
	case r == '\u00b4', '\u02b9' <= r && r <= '\u02bf', '\u2018' <= r && r <= '\u201b', r == '\u2032', r == '\ua78c':
		return '\''
	}
	return r
}

// diacritic reports whether a mark can be left out without making a letter another.
func diacritic(r rune) bool {
	const voiced, semiVoiced = '\u3099', '\u309a' // of kana
	return r >= 0x80 && unicode.Is(unicode.Mn, r) && r != voiced && r != semiVoiced && unicode.In(r, withDiacritics...)
}

// withDiacritics are the scripts of diacritics. Those of Latin and Greek are Inherited.
var withDiacritics = []*unicode.RangeTable{
	unicode.Inherited, unicode.Common, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew, unicode.Syriac,
}

// Digit returns the ASCII form of a decimal digit, and any other character as it is.
func Digit(r rune) rune {
	if r < 0x80 || !unicode.Is(unicode.Nd, r) {
		return r
	}
	for _, set := range unicode.Nd.R16 {
		if rune(set.Lo) <= r && r <= rune(set.Hi) {
			return '0' + (r-rune(set.Lo))%10 // Unicode encodes the digits of a script in order
		}
	}
	for _, set := range unicode.Nd.R32 {
		if rune(set.Lo) <= r && r <= rune(set.Hi) {
			return '0' + (r-rune(set.Lo))%10
		}
	}
	return r
}

// undecomposed has the letters that Unicode does not decompose, in lower case, with their usual replacements.
var undecomposed = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ȷ': "j", 'ħ': "h",
	'ŧ': "t", 'ŋ': "n", 'ĸ': "k", 'ƀ': "b", 'ƃ': "b", 'ɓ': "b", 'ƈ': "c", 'ȼ': "c", 'ɖ': "d", 'ɗ': "d", 'ɇ': "e",
	'ǝ': "e", 'ə': "e", 'ɛ': "e", 'ƒ': "f", 'ǥ': "g", 'ɠ': "g", 'ɨ': "i", 'ɩ': "i", 'ɉ': "j", 'ƙ': "k", 'ƚ': "l",
	'ɫ': "l", 'ɲ': "n", 'ƞ': "n", 'ɵ': "o", 'ɔ': "o", 'ƥ': "p", 'ɍ': "r", 'ƭ': "t", 'ʈ': "t", 'ⱦ': "t", 'ʉ': "u",
	'ʋ': "v", 'ƴ': "y", 'ɏ': "y", 'ƶ': "z", 'ȥ': "z", 'ⱥ': "a", 'ⱡ': "l",
}
