package csvio

import (
	"github.com/contactsdb/contacts"
)

// tagOrder lists the tags in order of precedence: a "home fax" is a fax.
var tagOrder = []string{"FAX", "MOBILE", "HOME", "WORK", "BILLING", "SHIPPING", "MAIN", "UNTAGGED"}

// tagOf returns the tag that an item of a kind gets from a text such as "* Home" or "workFax", or "" if no tag fits.
// The whole text must consist of words of headings, so "Network" is not WORK.
func tagOf(k kind, text string) string {
	letters, _ := digitsOut(squash(text))
	var tags []string
	for _, p := range segment(letters) {
		for _, name := range p.names {
			tags = append(tags, words[name].tag)
		}
	}
	return firstTag(k, tags)
}

// labelText is a text that names a tag of items of a kind.
type labelText struct {
	kind kind
	text string
}

// tagOf is the function tagOf, with a memory: files have few such texts.
func (b *builder) tagOf(k kind, text string) string {
	const kept = 1000
	at := labelText{k, text}
	tag, ok := b.tags[at]
	if !ok {
		tag = tagOf(k, text)
		if len(b.tags) < kept {
			b.tags[at] = tag
		}
	}
	return tag
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
