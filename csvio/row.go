package csvio

import (
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
)

// Row is one row of a file and the contact made from it.
type Row struct {
	contacts.Row          // the first line of the row; the contact, not yet checked against the rules of a store
	Remarks      []Remark // in column order, at most one per column
}

// Empty reports whether the row holds nothing at all. A row whose cells were all dropped with a remark is not empty.
func (r Row) Empty() bool {
	return len(r.Remarks) == 0 && (r.Contact == nil || r.Contact.Equal(&contacts.Contact{}))
}

// Remark reports a cell that the reader did not copy unchanged, not counting spaces around its text. It never holds a
// value (CSV-1).
type Remark struct {
	Column string // the heading as in the file, without surrounding spaces; "" for a column without a heading
	What   Treatment
	Why    Reason
}

// Treatment says how a cell was imported, in words fit to show to people. Compare it with the constants: the words may
// change between releases.
type Treatment string

// The treatments, from mildest to most severe. A remark reports the most severe treatment of its cell.
const (
	// OtherSpelling: the value was rewritten, for example the name of a country to its code, 31.12.1999 to 1999-12-31
	// or "Cy <cy@shop.example>" to the address.
	OtherSpelling Treatment = "read from another spelling"
	// FormattedOnly: only the formatted address contains the region or country.
	FormattedOnly Treatment = "kept in the formatted address only"
	// FieldOnly: only the extended field that Options.MakeField has made contains the cell.
	FieldOnly Treatment = "kept in an extended field only"
	// NotImported: the cell was dropped, wholly or in part.
	NotImported Treatment = "not imported"
)

var treatments = []Treatment{"", OtherSpelling, FormattedOnly, FieldOnly, NotImported}

// exceeds reports whether t is more severe than u.
func (t Treatment) exceeds(u Treatment) bool {
	return slices.Index(treatments, t) > slices.Index(treatments, u)
}

// Reason says why a cell was treated like this, in words fit to show to people. Compare it with the constants.
type Reason string

// The reasons of cells that say nothing wrong.
const (
	Rewritten    Reason = "another form of the same value"
	NoField      Reason = "a contact has no field for it"
	Taken        Reason = "another cell has filled the field"
	Placeholder  Reason = "it stands for no value"
	NoZone       Reason = "a time without a zone, read as UTC"
	ShortYear    Reason = "two digits of a year: the last one that has passed"
	DayNumber    Reason = "the number of a day in a spreadsheet"
	BeforeHeader Reason = "a line before the header"
)

// The reasons of cells that cannot be imported as they are. With [Options.Strict] they refuse the row.
const (
	NotID           Reason = "not a GUID"
	NotDate         Reason = "not a date"
	NotNumber       Reason = "not a number"
	NotURL          Reason = "not a URL"
	TwoDates        Reason = "could be two dates"
	NoYear          Reason = "a date without a year"
	UnknownCountry  Reason = "not a country"
	UnknownRegion   Reason = "not a subdivision of the country"
	UnknownLanguage Reason = "not a language tag"
	UnknownKind     Reason = "not a kind of email, phone or address"
	UnknownLabel    Reason = "not a label"
	UnknownStatus   Reason = "not a subscription status"
	NoValidPhone    Reason = "no phone is valid, and only a valid one can have the status"
	Damaged         Reason = "damaged by a spreadsheet"
	TooLong         Reason = "too long for the field"
	TooMany         Reason = "more than a contact can have"
)

var faults = []Reason{
	NotID, NotDate, NotNumber, NotURL, TwoDates, NoYear, UnknownCountry, UnknownRegion, UnknownLanguage, UnknownKind,
	UnknownLabel,
	UnknownStatus, NoValidPhone, Damaged, TooLong, TooMany,
}

// strictError is the error of a row that Options.Strict refuses.
type strictError []Remark

func (e strictError) Error() string {
	texts := make([]string, len(e))
	for i, r := range e {
		texts[i] = "column " + quoted(r.Column) + ": " + string(r.Why)
	}
	return strings.Join(texts, "; ")
}
