package dial

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers/v2"
)

// doubt reports whether the digits of a text may be those of two numbers, of a number and a word, or of a number with a
// hidden digit. Joined they could be a third number (PHN-5, PHN-6). n is the number that the library reads.
func (t *text) doubt(n validNumber, region string) bool {
	return t.parted(n, region) || t.counted(region) || t.marked(n, region)
}

// valid reports whether a part of the number is valid on its own.
func (t *text) valid(part, region string) bool {
	whole := text{context: t.context}
	_, ok := whole.parse(part, region)
	return ok
}

// second reports whether the end of the number is valid on its own and begins as numbers do, with the national prefix.
func (t *text) second(end, region string) bool {
	end = strings.TrimSpace(end)
	prefix := phonenumbers.GetNddPrefixForRegion(region, true)
	return prefix != "" && strings.HasPrefix(end, prefix) && t.valid(end, region)
}

// parted reports whether the number falls into two at a slash or another separator, as 030 5551234/35 does.
func (t *text) parted(n validNumber, region string) bool {
	const least = 4 // digits of the shortest numbers
	count := 0
	for i, r := range t.number {
		switch {
		case isDigit(r):
			count++
		case count >= least && strings.ContainsRune("/\\,;&|~\n([", r) && digits(t.number[i:]) != "":
			// 0049 (0)30 5551234 is one number.
			if t.valid(t.number[:i], region) || count > least && t.second(t.number[i+1:], region) {
				return true
			}
		}
	}
	// A spreadsheet writes 305551234.0 for 305551234.
	if whole, ok := strings.CutSuffix(t.number, ".0"); ok && t.valid(whole, region) {
		return true
	}
	return (t.mark == "," || t.mark == ";") &&
		t.valid(t.extension, phonenumbers.GetRegionCodeForNumber(n.PhoneNumber))
}

// counted reports whether the first or last group of digits belongs to a word, as in Apt 3 030 5551234 and
// 030 5551234 2nd floor.
func (t *text) counted(region string) bool {
	group, rest, ok := strings.Cut(t.number, " ")
	if ok && letters(t.lead) && len(group) <= 2 && group[0] != '+' && t.second(rest, region) {
		return true
	}
	i := strings.LastIndexAny(t.number, " \n")
	if i < 0 || t.extension != "" || !letters(t.tail) {
		return false
	}
	word, _ := utf8.DecodeRuneInString(strings.TrimPrefix(t.tail, "."))
	n := len(t.number) - i - 1
	return (n == 1 || n <= 3 && unicode.IsLetter(word)) && t.valid(t.number[:i], region)
}

// marked reports whether the mark of the extension could as well hide a digit of a longer number: in Germany,
// 030 555x1234 may be a masked number, and so may 030 5551 23#.
func (t *text) marked(n validNumber, region string) bool {
	const short = 7 // digits
	if t.extension == "" {
		return false
	}
	switch t.mark[:min(len(t.mark), 1)] {
	case "":
		return t.valid(t.number+t.extension, region)
	case "x", "X", "#":
		return len(phonenumbers.GetNationalSignificantNumber(n.PhoneNumber)) < short &&
			t.valid(t.number+"0"+t.extension, region)
	}
	return false
}
