package csvio

import (
	"slices"

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

// Remark reports a cell that the reader did not copy unchanged, not counting spaces around its text.
type Remark struct {
	Column string // the heading as in the file, without surrounding spaces; "" for a column without a heading
	What   Treatment
}

// Treatment says how a cell was imported, in words fit to show to people. Compare it with the constants: the words may
// change between releases.
type Treatment string

// The treatments, from mildest to most severe. A remark reports the most severe treatment of its cell.
const (
	// OtherSpelling: the value was rewritten, for example the name of a country to its code, 31.12.1999 to 1999-12-31 or
	// "Cy <cy@shop.example>" to the address.
	OtherSpelling Treatment = "read from another spelling"
	// FormattedOnly: the region has no code that is known, so only the formatted address contains it.
	FormattedOnly Treatment = "kept in the formatted address only"
	// NotImported: the cell was dropped, wholly or in part, because a contact has no field for it or because another
	// cell already filled that field.
	NotImported Treatment = "not imported"
)

var treatments = []Treatment{"", OtherSpelling, FormattedOnly, NotImported}

// exceeds reports whether t is more severe than u.
func (t Treatment) exceeds(u Treatment) bool {
	return slices.Index(treatments, t) > slices.Index(treatments, u)
}
