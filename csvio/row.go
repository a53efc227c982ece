package csvio

import (
	"slices"

	"github.com/contactsdb/contacts"
)

// Row is one row of a file and the contact made of it.
type Row struct {
	Line    int               // where it begins in the file, counted from 1
	Contact *contacts.Contact // not checked against any rule of a store
	Remarks []Remark          // in the order of the columns, at most one for each
}

// Empty reports whether the row holds nothing at all. A row whose cells were all left out with a remark is not empty.
func (r Row) Empty() bool {
	return len(r.Remarks) == 0 && (r.Contact == nil || r.Contact.Equal(&contacts.Contact{}))
}

// Remark says what the reader did about a cell that it did not take over as it stands. Spaces around the text of a cell do
// not count.
type Remark struct {
	Column string // the heading as in the file, without spaces around it; "" for a column without one
	What   Treatment
}

// Treatment is what became of a cell, in words that can be shown to people. Compare it with the constants: the words may
// change between releases.
type Treatment string

// The treatments, the lesser before the greater: if several things happened to a cell, the greatest counts.
const (
	// OtherSpelling: the code of a country for its name, 1999-12-31 for 31.12.1999.
	OtherSpelling Treatment = "read from another spelling"
	// FormattedOnly: a region whose code cannot be told.
	FormattedOnly Treatment = "kept in the formatted address only"
	// NotImported: all of the cell, or a part of it. A contact has no place for it, or another cell has taken that.
	NotImported Treatment = "not imported"
)

var treatments = []Treatment{"", OtherSpelling, FormattedOnly, NotImported}

// exceeds reports whether t says more than u.
func (t Treatment) exceeds(u Treatment) bool {
	return slices.Index(treatments, t) > slices.Index(treatments, u)
}
