package csvio

import (
	"slices"
	"strings"
)

// composition collects what the parts of a heading say.
type composition struct {
	person    []word // words of fields of the person
	phones    []word // of emails and phones
	addresses []word // of parts of addresses
	wholes    int    // words for a whole address
	tags      []string
	isTag     bool // it names the kind of an item, not its value
}

// compose returns the meaning of a heading with these parts: one field, and words that qualify it.
func compose(parts []part, n numbers) (meaning, bool) {
	c := gather(parts)
	switch {
	case len(c.person) == 1 && len(c.phones)+len(c.addresses)+c.wholes == 0:
		return c.ofPerson(n)
	case len(c.person) > 0:
		return meaning{}, false
	case len(c.phones) > 0:
		return c.ofEmailOrPhone(n)
	default:
		return c.ofAddress(parts, n)
	}
}

// gather sorts the words of the parts. A word such as "Company" is a field when alone, but qualifies a phone.
func gather(parts []part) composition {
	contact := slices.ContainsFunc(parts, func(p part) bool {
		return !slices.ContainsFunc(p.names, func(name string) bool { return words[name].kind == kindPerson })
	})
	var c composition
	for _, p := range parts {
		name := p.names[0]
		for _, other := range p.names {
			if words[other].qualifies == (contact && len(parts) > 1) {
				name = other
				break
			}
		}
		switch w := words[name]; {
		case w.qualifies:
			c.isTag = c.isTag || w.field == fieldTag
		case name == wordAddress:
			c.wholes++
		case w.kind == kindAddress:
			c.addresses = append(c.addresses, w)
		case w.kind == kindPerson:
			c.person = append(c.person, w)
		default:
			c.phones = append(c.phones, w)
		}
		if tag := words[name].tag; tag != "" {
			c.tags = append(c.tags, tag)
		}
	}
	return c
}

// ofPerson returns the meaning of a field of the person. Only Google numbers these: "Organization 1 - Name".
func (c *composition) ofPerson(n numbers) (meaning, bool) {
	w := c.person[0]
	numbered := n != nil && w.field != fieldCompany && w.field != fieldJobTitle
	if numbered || c.isTag || len(c.tags) > 0 || w.field == fieldUnknown {
		return meaning{}, false
	}
	return meaning{field: w.field, consent: w.consent}, true
}

func (c *composition) ofEmailOrPhone(n numbers) (meaning, bool) {
	k := c.phones[0].kind
	for _, w := range c.phones {
		if w.kind != k {
			return meaning{}, false
		}
	}
	m := meaning{kind: k, field: fieldValue, tag: firstTag(k, c.tags)}
	m.group = strings.Join(c.tags, " ") + n.all()
	switch {
	case c.isTag:
		m.field = fieldTag
	case k == kindPhone && len(c.addresses) == 1 && c.addresses[0].field == fieldCountry:
		m.field = fieldCountry
	case len(c.addresses) > 0:
		return meaning{}, false
	}
	return m, true
}

// ofAddress returns the meaning of a part of an address. The number of "Address 2 - City" is that of the address, and
// the number of "Street 2" that of a line.
func (c *composition) ofAddress(parts []part, n numbers) (meaning, bool) {
	m := meaning{kind: kindAddress, field: fieldWholeAddress, tag: firstTag(kindAddress, c.tags)}
	switch {
	case len(c.addresses) > 1 || len(c.addresses)+c.wholes == 0 || c.isTag && len(c.addresses) > 0:
		return meaning{}, false
	case c.isTag:
		m.field = fieldTag
	case len(c.addresses) == 1:
		m.field = c.addresses[0].field
	}
	isLine := m.field == fieldStreetLine || m.field == fieldWholeAddress
	line, group := "", ""
	for i, p := range parts {
		switch digits := n.in(p); {
		case beginsAddress(p, parts[i+1:]):
			group += digits
		case isLine:
			line += digits
		case m.field != fieldMoreLines:
			group += digits
		}
	}
	m.group = m.tag + group
	if line != "" {
		m.field = lineFields[line]
	}
	return m, m.field != fieldUnknown
}

// lineFields are the fields of the lines of an address, by their numbers.
var lineFields = map[string]field{
	"1": fieldStreetLine, "2": fieldMoreLines, "3": fieldMoreLines, "4": fieldMoreLines,
}

// beginsAddress reports whether a part is the word address, and another field follows: "Address 1 - City".
func beginsAddress(p part, rest []part) bool {
	return slices.Contains(p.names, wordAddress) && slices.ContainsFunc(rest, func(later part) bool {
		return !slices.ContainsFunc(later.names, func(name string) bool { return words[name].qualifies })
	})
}

// firstTag returns the tag that comes first in tagOrder and that items of the kind can have.
func firstTag(k kind, tags []string) string {
	for _, tag := range tagOrder {
		if slices.Contains(tags, tag) && validTag(k, tag) {
			return tag
		}
	}
	return ""
}
