package geo

import (
	"strings"
	"sync"
	"unicode"
)

// nameKey returns the letters and digits of a name by which it is compared: in lower case, without accents, Saint as
// St. The short key also leaves out the words "and" and "the".
func nameKey(name string) (key, short string) {
	var full, kept, word strings.Builder
	endWord := func() {
		switch w := word.String(); w {
		case "saint", "sankt":
			full.WriteString("st")
			kept.WriteString("st")
		case "and", "the":
			full.WriteString(w)
		default:
			full.WriteString(w)
			kept.WriteString(w)
		}
		word.Reset()
	}
	for _, r := range name {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Lm): // accents of their own, and letters that are apostrophes
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word.WriteString(plainLetter(r))
		default:
			endWord()
		}
	}
	endWord()
	return full.String(), kept.String()
}

// plainLetter returns a letter in lower case and without accents.
func plainLetter(r rune) string {
	r = unicode.ToLower(r)
	if r < unicode.MaxASCII {
		return string(r)
	}
	if plain, ok := plainLetters()[r]; ok {
		return plain
	}
	return string(r)
}

var plainLetters = sync.OnceValue(func() map[rune]string {
	letters := make(map[rune]string)
	for plain, accented := range accentedLetters {
		for _, r := range accented {
			letters[r] = plain
		}
	}
	return letters
})

// accentedLetters has the letters that Unicode decomposes into a Latin letter and accents, and those with a stroke or
// another shape that names are also written without.
var accentedLetters = map[string]string{
	"a":  "àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặəǝ",
	"b":  "ḃḅḇ",
	"c":  "çćĉċčḉ",
	"d":  "ďḋḍḏḑḓđð",
	"e":  "èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ",
	"f":  "ḟ",
	"g":  "ĝğġģǧǵḡ",
	"h":  "ĥȟḣḥḧḩḫẖħ",
	"i":  "ìíîïĩīĭįǐȉȋḭḯỉịı",
	"j":  "ĵǰ",
	"k":  "ķǩḱḳḵ",
	"l":  "ĺļľḷḹḻḽł",
	"m":  "ḿṁṃ",
	"n":  "ñńņňǹṅṇṉṋŋ",
	"o":  "òóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợø",
	"p":  "ṕṗ",
	"r":  "ŕŗřȑȓṙṛṝṟ",
	"s":  "śŝşšșṡṣṥṧṩ",
	"t":  "ţťțṫṭṯṱẗŧ",
	"u":  "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự",
	"v":  "ṽṿ",
	"w":  "ŵẁẃẅẇẉẘ",
	"x":  "ẋẍ",
	"y":  "ýÿŷȳẏẙỳỵỷỹ",
	"z":  "źżžẑẓẕ",
	"ae": "æǽǣ", "oe": "œ", "ss": "ß", "th": "þ",
}
