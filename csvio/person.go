package csvio

import (
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
)

// record sets the ID and the dates of the contact.
func (b *builder) record() {
	if text := b.text(0, fieldID); text != "" {
		id, ok := guid(text)
		b.contact.ID = id
		b.check(ok, "id", contacts.FormatGUID)
	}
	if text := b.text(0, fieldCreated); text != "" {
		t, ok := timestamp(text, b.columns[b.cell(0, fieldCreated).column].utc)
		b.contact.CreatedDate = t
		b.check(ok, "createdDate", contacts.FormatTimestamp)
	}
	if text := b.text(0, fieldUpdated); text != "" {
		t, ok := timestamp(text, b.columns[b.cell(0, fieldUpdated).column].utc)
		b.contact.UpdatedDate = t
		b.check(ok, "updatedDate", contacts.FormatTimestamp)
	}
}

func (b *builder) check(ok bool, path string, format contacts.Format) {
	if !ok {
		b.violations = append(b.violations, contacts.Violation{Field: path, Rule: contacts.RuleFormat, Format: format})
	}
}

func (b *builder) person() {
	info := &b.contact.Info
	first, last, full := b.text(0, fieldFirstName), b.text(0, fieldLastName), b.text(0, fieldFullName)
	info.Name = contacts.Name{First: first, Last: last}
	switch full {
	case "", strings.TrimSpace(first + " " + last), strings.TrimSpace(last + " " + first), last + ", " + first:
	default:
		if info.Name == (contacts.Name{}) {
			info.Name.First = full // not split: the order of names differs between cultures
		} else {
			b.remarkOn(0, fieldFullName, NotImported)
		}
	}
	info.Company, info.JobTitle = b.single(0, fieldCompany), b.single(0, fieldJobTitle)
	info.Locale = b.text(0, fieldLocale)
	info.Birthdate = b.birthdate()
	b.labelKeys()
}

// birthdate reads a date from one column or three. A date without a year is dropped with a remark: a contact cannot
// hold it, but that is no reason to refuse the whole row.
func (b *builder) birthdate() string {
	year, month, day := b.text(0, fieldBirthYear), b.text(0, fieldBirthMonth), b.text(0, fieldBirthdate)
	switch {
	case yearless.MatchString(day):
		b.remarkOn(0, fieldBirthdate, NotImported)
		return ""
	case year == "" && month == "", isDate(isoDate(day)):
		return b.adapt(0, fieldBirthdate, day, isoDate)
	case year != "" && month != "" && day != "":
		return isoDate(year + "-" + month + "-" + day)
	default:
		for _, f := range []field{fieldBirthYear, fieldBirthMonth, fieldBirthdate} {
			b.remarkOn(0, f, NotImported)
		}
		return ""
	}
}

// labelKeys translates the words in the label columns to keys.
func (b *builder) labelKeys() {
	add := func(word string) bool {
		key, ok := b.labels[word]
		if !ok {
			key, ok = b.labels[fold.Name(word)]
		}
		if ok && key != "" && !slices.Contains(b.contact.Info.LabelKeys, key) {
			b.contact.Info.LabelKeys = append(b.contact.Info.LabelKeys, key)
		}
		return ok
	}
	// Google separates words with " ::: ", Outlook and the service with ";".
	for part := range strings.SplitSeq(strings.ReplaceAll(b.text(0, fieldLabelNames), separator, ";"), ";") {
		part = labelName(part)
		if part == "" || add(part) {
			continue
		}
		// Other programs separate them with commas, which may also be part of a name.
		for word := range strings.SplitSeq(part, ",") {
			if word = labelName(word); word != "" && !add(word) {
				b.remarkOn(0, fieldLabelNames, NotImported)
			}
		}
	}
}

func labelName(text string) string {
	return trimmed(strings.TrimPrefix(strings.TrimSpace(text), "* "))
}
