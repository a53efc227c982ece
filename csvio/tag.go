package csvio

import (
	"slices"
	"strings"
	"unicode"

	"github.com/contactsdb/contacts"
)

// tagWords maps words to tags, in order of precedence: a "home fax" is a fax.
var tagWords = []struct{ word, tag string }{
	{"fax", "FAX"},
	{"mobile", "MOBILE"}, {"cell", "MOBILE"}, {"car", "MOBILE"},
	{"home", "HOME"}, {"personal", "HOME"},
	{"work", "WORK"}, {"business", "WORK"}, {"company", "WORK"},
	{"billing", "BILLING"}, {"shipping", "SHIPPING"},
	{"main", "MAIN"}, {"primary", "MAIN"},
	{"other", "UNTAGGED"},
}

// tagIn returns the tag in the group of a heading, whose words have no spaces between them: "homephone2".
func tagIn(groupName string) string {
	for _, t := range tagWords {
		if strings.Contains(groupName, t.word) {
			return t.tag
		}
	}
	return ""
}

// tagOf returns the tag named by a text such as "* Home" or "workFax", "" if there is none. It compares whole words, so
// "Network" is not WORK.
func tagOf(text string) string {
	words := strings.FieldsFunc(separateWords(text), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, t := range tagWords {
		if slices.ContainsFunc(words, func(word string) bool { return strings.EqualFold(word, t.word) }) {
			return t.tag
		}
	}
	return ""
}

// separateWords inserts a space before each capital that follows a lower-case letter: "work Fax".
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
