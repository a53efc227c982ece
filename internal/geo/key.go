package geo

import (
	"strings"
	"sync"
	"unicode"
)

// nameKey returns the keys by which a name is compared: its letters and digits in lower case without accents, with
// Saint as St. The short key also omits the words "and" and "the".
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
		case unicode.In(r, unicode.Mn, unicode.Lm): // combining accents, and letters that serve as apostrophes
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word.WriteString(plainLetter(r))
		default:
			endWord()
		}
	}
	endWord()
	return full.String(), kept.String()
}

// plainLetter returns r in lower case without accents.
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

// accentedLetters maps a Latin letter to the letters that Unicode decomposes into it and accents, and to those, such as
// letters with a stroke, that names are often written without.
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
