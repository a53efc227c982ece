package vcardio

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/vcard"
	"github.com/contactsdb/contacts/internal/wire"
)

// builder makes a contact from the properties of one card.
type builder struct {
	*rules
	version    string
	properties []*property // in the order of the card
	contact    *contacts.Contact
	group      bool              // the card is one of a group, not of a person
	homes      []*property       // ADR, those in the contact
	countries  map[string]string // by group, from X-ABADR
	company    bool              // the card is one of a company
	err        error             // of Options.Picture
}

// property is a property of the card, with what other properties of its group say of it.
type property struct {
	vcard.Property
	label  *property // X-ABLABEL of the same group
	remark Remark
	fault  Remark // the first that Options.Strict refuses

	// Of ADR:
	address  int             // its place in the addresses, counted from 1; 0 if it is not there
	unknown  []string        // region and country without a known code
	composed bool            // the formatted address is not from the card
	taken    map[string]bool // names of properties that belong to it
}

// build makes the contact of a card.
func (r *rules) build(card *vcard.Card) *builder {
	b := &builder{rules: r, version: card.Version, contact: new(contacts.Contact)}
	for _, p := range card.Problems {
		broken := &property{Property: vcard.Property{Line: p.Line, Name: p.Name}}
		b.remark(broken, NotImported, Reason(p.Why))
		broken.Name = "" // it takes part in nothing
		b.properties = append(b.properties, broken)
	}
	found := make([][]*property, len(table))
	for _, p := range card.Properties {
		p := &property{Property: p}
		b.properties = append(b.properties, p)
		i := entryOf(p.Name)
		found[i] = append(found[i], p)
		if p.Doubt {
			b.remark(p, OtherSpelling, Guessed)
		}
	}
	for i, entry := range table {
		if found[i] != nil && !b.group {
			entry.read(b, found[i])
		}
	}
	b.contact.Info.Addresses = slices.DeleteFunc(b.contact.Info.Addresses, func(a contacts.Address) bool {
		return a.Equal(contacts.Address{Tag: a.Tag})
	})
	return b
}

// finish returns the row, or with Options.Strict its refusal.
func (b *builder) finish(line int) (Row, error) {
	row := Row{Row: contacts.Row{Line: line, Contact: b.contact}}
	slices.SortStableFunc(b.properties, func(p, q *property) int { return cmp.Compare(p.Line, q.Line) })
	var refused strictError
	for _, p := range b.properties {
		if p.fault.Why != "" {
			refused = append(refused, p.fault)
		}
		if p.remark.What != "" {
			row.Remarks = append(row.Remarks, p.remark)
		}
	}
	if b.Strict && refused != nil {
		return refuse(line, &contacts.Error{Err: refused})
	}
	if b.group {
		row.Contact = nil
	}
	return row, nil
}

// identify gives a name to a contact that nothing else identifies, so that a store takes it.
func identify(info *contacts.Info) {
	if len(info.Emails) == 0 && len(info.Phones) == 0 && info.Name == (contacts.Name{}) {
		info.Name.First = info.Company
	}
}

// remark adds a remark on a property, unless it has one that is as severe.
func (b *builder) remark(p *property, what Treatment, why Reason) {
	r := Remark{p.Line, p.Name, what, why}
	if what.exceeds(p.remark.What) {
		p.remark = r
	}
	if p.fault.Why == "" && slices.Contains(faults, why) {
		p.fault = r
	}
}

const (
	itemsMax = form.Items
	textMax  = form.Text
	partsMax = 100 // of a value
)

// text returns the unescaped text of a value without surrounding space, and "" with a remark if it is too long or
// cannot be stored.
func (b *builder) text(p *property, value string, most int) string {
	text := fold.Trimmed(vcard.Unescape(value))
	switch {
	case !wire.ValidText(text):
		b.remark(p, NotImported, NotText)
		return ""
	case utf8.RuneCountInString(text) > most:
		b.remark(p, NotImported, TooLong)
		return ""
	default:
		return text
	}
}

// parts returns the texts of a value with several components, at least n of them.
func (b *builder) parts(p *property, n, most int) []string {
	split := vcard.Split(p.Value, ';', partsMax)
	texts := make([]string, max(n, len(split)))
	for i, part := range split {
		texts[i] = b.text(p, part, most)
	}
	return texts
}

// preferred returns the properties with the preferred one first, and whether one is preferred: the one with the lowest
// PREF, or the first of type PREF.
func preferred(found []*property) (list []*property, is bool) {
	best, at := prefMax+1, 0
	for i, p := range found {
		if n := preference(p); n < best {
			best, at = n, i
		}
	}
	list = append([]*property{found[at]}, found[:at]...)
	return append(list, found[at+1:]...), best <= prefMax
}

const prefMax = 100 // of RFC 6350

// preference returns the number of PREF, and prefMax+1 if there is none.
func preference(p *property) int {
	if slices.Contains(p.Types(), "PREF") {
		return 1
	}
	if n, ok := wholeNumber(p.Param("PREF")); ok && n >= 1 && n <= prefMax {
		return n
	}
	return prefMax + 1
}

// first returns the preferred property with a value, and remarks on all others with another value.
func (b *builder) first(found []*property) *property {
	list, _ := preferred(found)
	var chosen *property
	for _, p := range list {
		switch {
		case fold.Trimmed(p.Value) == "":
		case chosen == nil:
			chosen = p
		case fold.Trimmed(p.Value) != fold.Trimmed(chosen.Value):
			b.remark(p, NotImported, Taken)
		}
	}
	return chosen
}
