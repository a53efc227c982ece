package csvio

import (
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/wire"
)

// record sets the ID and the dates of the contact. Only a GUID is an ID: those of other programs are left over.
func (b *builder) record() {
	if text := b.text(0, fieldID); text != "" {
		if id, ok := guid(text); ok {
			b.contact.ID = id
		} else {
			b.leftOver(b.cell(0, fieldID).column, text, NotID)
		}
	}
	if b.text(0, fieldCreated) != "" {
		b.contact.CreatedDate = b.timestamp(0, fieldCreated)
	}
	if b.text(0, fieldUpdated) != "" {
		b.contact.UpdatedDate = b.timestamp(0, fieldUpdated)
	}
}

// guid parses an ID other than the zero one.
func guid(text string) (uuid.UUID, bool) {
	id, ok := wire.ParseGUID(text)
	return id, ok && id != uuid.Nil
}

func (b *builder) person() {
	info := &b.contact.Info
	info.Name = b.name()
	full, first, last := b.text(0, fieldFullName), info.Name.First, info.Name.Last
	switch full {
	case "", strings.TrimSpace(first + " " + last), strings.TrimSpace(last + " " + first), last + ", " + first:
	default:
		switch cells := b.items[0].cells; {
		case info.Name == (contacts.Name{}):
			info.Name.First = full // not split: the order of names differs between cultures
		case first == "" && cells[fieldFirstName] == 0 && !contains(full, last):
			info.Name.First = full // "Name" beside "Last Name"
		case last == "" && cells[fieldLastName] == 0 && !contains(full, first):
			info.Name.Last = full // "Name" beside "Vorname"
		default:
			b.remarkOn(0, fieldFullName, NotImported, Taken)
		}
	}
	info.Company, info.JobTitle = b.single(0, fieldCompany), b.single(0, fieldJobTitle)
	info.Locale = b.locale()
	info.Birthdate = b.birthdate()
}

// contains reports whether a text contains another in any case.
func contains(text, part string) bool { return strings.Contains(fold.Case(text), fold.Case(part)) }

// name returns the name of the person, with all of its parts if Options.JoinNames says so.
func (b *builder) name() contacts.Name {
	return contacts.Name{
		First: b.joined(fieldPrefix, fieldFirstName, fieldMiddleName), Last: b.joined(fieldLastName, fieldSuffix),
	}
}

func (b *builder) joined(fields ...field) string {
	joined := ""
	for _, f := range fields {
		if text := b.text(0, f); text != "" && joined != "" {
			joined += " " + text
		} else {
			joined += text
		}
	}
	return joined
}

// locale returns the language of the person as a BCP 47 tag: EN_US is en-us.
func (b *builder) locale() string {
	text := b.text(0, fieldLocale)
	if text == "" {
		return ""
	}
	tag := strings.ReplaceAll(text, "_", "-")
	if !form.IsLanguage(tag) {
		b.leftOver(b.cell(0, fieldLocale).column, text, UnknownLanguage)
		return ""
	}
	if tag != text {
		tag = strings.ToLower(tag)
		b.remarkOn(0, fieldLocale, OtherSpelling, Rewritten)
	}
	return tag
}
