package dial

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/contactsdb/contacts/internal/fold"
)

// masks are the characters that hide digits even if there is only one.
const masks = "*#?_•●○◯〇◦⁎∗✱×✕✖■□█▒░▓⬤⚫⚪…‥⋯¿؟"

var dots = regexp.MustCompile(`\.\s*\.|·\s*·`)

// hasMask reports whether a text without words has characters in the place of digits.
func hasMask(s string) bool {
	return s != "" && (strings.ContainsAny(s, masks) || strings.Contains(s, "---") ||
		strings.ContainsAny(s, ".·") && dots.MatchString(s))
}

// masked reports whether digits of the number are hidden, as in 650-253-XXXX (PHN-6).
func (t *text) masked() bool {
	return t.number == "" || hasMask(t.number) || maskedBefore(t.lead) || maskedBehind(t.tail)
}

// maskedBefore reports whether the text before a number hides its first digits.
func maskedBefore(lead string) bool {
	gap := strings.TrimLeftFunc(lead, func(r rune) bool { return !unicode.IsLetter(r) })
	if gap == "" { // no words
		gap = lead
	} else {
		end := strings.LastIndexFunc(lead, unicode.IsLetter)
		_, size := utf8.DecodeRuneInString(lead[end:])
		gap = lead[end+size:]
		run := lead[:end+size]
		run = run[len(strings.TrimRightFunc(run, unicode.IsLetter)):]
		if maskRun(run, gap == "") && !strings.HasPrefix(gap, ":") {
			return true
		}
		if i := strings.IndexAny(gap, " \n"); i >= 0 {
			gap = gap[i:] // punctuation of the word, as in Tel? 030 5551234
		}
	}
	if bullet := strings.Trim(gap, " \n:."); utf8.RuneCountInString(bullet) == 1 && !strings.HasSuffix(gap, bullet) {
		return bullet == "?" || bullet == "_" // others begin an item of a list, or say "number", as # does
	}
	return hasMask(gap) || strings.HasSuffix(gap, "--")
}

// maskedBehind reports whether the text behind a number hides its last digits.
func maskedBehind(tail string) bool {
	gap := tail
	if i := strings.IndexFunc(tail, unicode.IsLetter); i >= 0 {
		run := tail[i:]
		run = run[:len(run)-len(strings.TrimLeftFunc(run, unicode.IsLetter))]
		if maskRun(run, i == 0) {
			return true
		}
		gap = tail[:i]
		if end := strings.LastIndexAny(gap, " \n"); end >= 0 {
			gap = gap[:end] // punctuation of the word, as in 030 5551234 *Fax*
		}
	} else if strings.Contains(gap, "--") {
		return true
	}
	return hasMask(gap) || strings.ContainsFunc(gap, unicode.IsNumber)
}

// maskRun reports whether letters next to a number stand for its digits: x, or a letter that is repeated. Directly at
// the digits, so do the letters that look like digits.
func maskRun(run string, direct bool) bool {
	const xs, lookalikes = "xх", "oliо" // the second ones are Cyrillic
	one, size := utf8.DecodeRuneInString(run)
	one = fold.Rune(one)
	if strings.ContainsFunc(run, func(r rune) bool { return fold.Rune(r) != one }) {
		return false
	}
	return len(run) > size || strings.ContainsRune(xs, one) || direct && strings.ContainsRune(lookalikes, one)
}
