package csvio

import (
	"slices"
	"strings"
	"unicode"

	"github.com/contactsdb/contacts"
)

// tagWords are the words that stand for tags, the stronger before the weaker: a "home fax" is a fax.
var tagWords = []struct{ word, tag string }{
	{"fax", "FAX"},
	{"mobile", "MOBILE"}, {"cell", "MOBILE"}, {"car", "MOBILE"},
	{"home", "HOME"}, {"personal", "HOME"},
	{"work", "WORK"}, {"business", "WORK"}, {"company", "WORK"},
	{"billing", "BILLING"}, {"shipping", "SHIPPING"},
	{"main", "MAIN"}, {"primary", "MAIN"},
	{"other", "UNTAGGED"},
}

// tagIn finds the tag in the group of a heading, whose words stand without spaces: "homephone2".
func tagIn(group string) string {
	for _, t := range tagWords {
		if strings.Contains(group, t.word) {
			return t.tag
		}
	}
	return ""
}

// tagOf finds the tag that a text such as "* Home" or "workFax" stands for, "" if none. It looks at whole words:
// "Network" is nobody's work.
func tagOf(text string) string {
	words := strings.FieldsFunc(separateWords(text), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, t := range tagWords {
		if slices.ContainsFunc(words, func(word string) bool { return strings.EqualFold(word, t.word) }) {
			return t.tag
		}
	}
	return ""
}

// separateWords puts a space before each capital that follows a small letter: "work Fax".
func separateWords(text string) string {
	var b strings.Builder
	small := false
	for _, r := range text {
		if small && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		small = unicode.IsLower(r)
		b.WriteRune(r)
	}
	return b.String()
}

// validTag reports whether items of this kind can have the tag.
func validTag(k kind, tag string) bool {
	switch k {
	case kindEmail:
		return contacts.EmailTag(tag).Valid()
	case kindPhone:
		return contacts.PhoneTag(tag).Valid()
	case kindAddress:
		return contacts.AddressTag(tag).Valid()
	default:
		return false
	}
}
