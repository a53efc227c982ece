package vcardio

import (
	"slices"
	"strconv"
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/vcard"
)

// Row is one card of a file and the contact made from it.
type Row struct {
	contacts.Row          // the line of BEGIN; the contact, nil for a card of a group
	Remarks      []Remark // in the order of lines, at most one a property
}

// Empty reports whether the card holds nothing at all. A card whose values were all left out with a remark is not
// empty.
func (r Row) Empty() bool {
	return len(r.Remarks) == 0 && (r.Contact == nil || r.Contact.Equal(&contacts.Contact{}))
}

// Remark reports a property that is not in the contact as it is in the card. It never holds a value.
type Remark struct {
	Line     int    // of the file
	Property string // in upper case, such as TEL; "" for a line that is no property
	What     Treatment
	Why      Reason
}

// Treatment says how a property was imported, in words fit to show to people. Compare it with the constants: the words
// may change between releases.
type Treatment string

// The treatments, from mildest to most severe. A remark reports the most severe treatment of its property.
const (
	// OtherSpelling: the value was rewritten, for example 19991231 to 1999-12-31 or "Cy <cy@shop.example>" to the
	// address.
	OtherSpelling Treatment = "read from another spelling"
	// FormattedOnly: only the formatted address contains the region or country.
	FormattedOnly Treatment = "kept in the formatted address only"
	// NotImported: the property was dropped, wholly or in part.
	NotImported Treatment = "not imported"
)

var treatments = []Treatment{"", OtherSpelling, FormattedOnly, NotImported}

// exceeds reports whether t is more severe than u.
func (t Treatment) exceeds(u Treatment) bool {
	return slices.Index(treatments, t) > slices.Index(treatments, u)
}

// Reason says why a property was treated like this, in words fit to show to people. Compare it with the constants.
type Reason string

// The reasons of properties that say nothing wrong.
const (
	Rewritten Reason = "another form of the same value"
	Guessed   Reason = "its character set is a guess"
	NoZone    Reason = "a time without a zone, read as UTC"
	NoField   Reason = "a contact has no field for it"
	NoTag     Reason = "its type or label is no tag"
	NoLabel   Reason = "a category is not a label"
	NoStore   Reason = "its bytes need Options.Picture"
	Taken     Reason = "another property has filled the field"
	NotPerson Reason = "a group is not a person"
	OwnCard   Reason = Reason(vcard.NestedCard)
)

// The reasons of properties that cannot be imported as they are. With [Options.Strict] they refuse the card.
const (
	NotProperty     Reason = Reason(vcard.NoProperty)
	NoEnd           Reason = Reason(vcard.NoEnd)
	Damaged         Reason = Reason(vcard.BadEncoding)
	TooManyParams   Reason = Reason(vcard.ManyParams)
	TooLong         Reason = Reason(vcard.TooLong)
	TooMany         Reason = "more than a contact can have"
	NotText         Reason = "it has characters that are no text"
	NotEmail        Reason = "not an email address"
	NotDate         Reason = "not a date"
	NoYear          Reason = "a date without a year"
	NotTime         Reason = "not a time"
	NotPosition     Reason = "not a position"
	NotURL          Reason = "not the URL of a picture"
	NotValue        Reason = "not a value for its extended field"
	UnknownLanguage Reason = "not a language tag"
	UnknownPlace    Reason = "not a region or country with a known code"
)

var faults = []Reason{
	NotProperty, NoEnd, Damaged, TooManyParams, TooLong, TooMany, NotText, NotEmail, NotDate, NoYear, NotTime,
	NotPosition, NotURL, NotValue, UnknownLanguage, UnknownPlace,
}

// strictError is the error of a card that Options.Strict refuses.
type strictError []Remark

func (e strictError) Error() string {
	texts := make([]string, len(e))
	for i, r := range e {
		texts[i] = "line " + strconv.Itoa(r.Line) + ": " + strings.TrimPrefix(r.Property+": ", ": ") + string(r.Why)
	}
	return strings.Join(texts, "; ")
}
