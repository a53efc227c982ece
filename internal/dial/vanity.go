package dial

import (
	"slices"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers/v2"
)

// parseVanity returns the number of a text whose letters stand for digits, as in 1-800-FLOWERS (PHN-7).
func (t *text) parseVanity(region string) (validNumber, bool) {
	number := t.number
	if t.extension == "" {
		number += strings.TrimRight(t.tail, " .,;:!-/)\"'\n")
	}
	if !isVanity(number) {
		return validNumber{}, false
	}
	if _, ok := t.parse(withoutLetters(number), region); ok {
		return validNumber{}, false
	}
	n, ok := t.parse(phonenumbers.ConvertAlphaCharactersInNumber(number), region)
	return n, ok && slices.Contains(businessTypes, phonenumbers.GetNumberType(n.PhoneNumber))
}

func withoutLetters(number string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return -1
		}
		return r
	}, number)
}

// businessTypes are the types of the numbers that are published in letters. Others, such as that of 650 253 home, may
// belong to a stranger.
var businessTypes = []phonenumbers.PhoneNumberType{
	phonenumbers.TOLL_FREE, phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.UAN,
}

// labels are words that more likely say which number it is than stand for its digits.
var labels = []string{
	"anexo", "cell", "ext", "extension", "extn", "fax", "home", "int", "main", "mob", "mobile", "office", "phone",
	"tel", "work", "xtn",
}

// isVanity reports whether a text has the form of a vanity number: digits, then at least three letters, not all the
// same, and between letters single digits as in 1-800-GO-4-CASH.
func isVanity(number string) bool {
	const least, separators = 3, " -.()"
	var word []byte
	single := false // the last character other than a separator is a digit behind letters
	for i := range len(number) {
		c := number[i]
		switch {
		case isLetter(c):
			word = append(word, c|0x20)
			single = false
		case isDigit(rune(c)):
			if single {
				return false
			}
			single = len(word) > 0
		case strings.IndexByte(separators, c) < 0 && (c != '+' || i > 0):
			return false
		}
	}
	if len(word) < least || !isLetter(number[len(number)-1]) || slices.Contains(labels, string(word)) {
		return false
	}
	runs := strings.FieldsFunc(number, func(r rune) bool { return !isLetter(byte(r)) })
	return !slices.ContainsFunc(append(runs, string(word)), func(run string) bool { return maskRun(run, false) })
}

// isLetter reports whether a character is an ASCII letter.
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
