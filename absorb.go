package contacts

import (
	"cmp"
	"maps"

	"github.com/contactsdb/contacts/internal/fold"
)

// absorb adds the given values to a contact. As in a merge, new items are added and nothing is removed; with replace,
// given single values replace present ones. It returns before itself if that changes nothing, else the next version.
func (tx *txn) absorb(before, given *record, replace bool) (*record, error) {
	m := mergeWithoutAccount(before, []*record{given})
	m.info.Name = before.contact.Info.Name // a merge fills a name only as a whole
	if in := &given.contact.Info; replace {
		m.info.replace(in)
	} else {
		m.info.Name = m.info.Name.filled(in.Name)
	}
	var violations []Violation
	for _, b := range m.fullLists() {
		violations = append(violations, b.Violation)
	}
	if err := invalid(violations); err != nil {
		return nil, about(before.contact.ID, err)
	}
	after := tx.nextVersion(before)
	after.contact.Info, after.statuses = m.info, m.statuses
	if err := tx.checkSize(before, after); err != nil {
		return nil, about(before.contact.ID, err)
	}
	if err := checkMemberEmail(&before.contact, &after.contact); err != nil {
		return nil, about(before.contact.ID, err)
	}
	if after.contact.Info.Equal(before.contact.Info) && after.statuses.equal(before.statuses) {
		return before, nil
	}
	return after, nil
}

// filled returns the name with its empty parts filled from the given name, unless the two differ in a part: that avoids
// mixing the names of two people. A part that shows nothing counts as empty.
func (n Name) filled(given Name) Name {
	all := n.replaced(given)
	if (fold.Blank(n.First) || n.First == all.First) && (fold.Blank(n.Last) || n.Last == all.Last) {
		return all
	}
	return n
}

// replaced returns the name with the parts of the given name that show something in place of its own.
func (n Name) replaced(given Name) Name {
	if !fold.Blank(given.First) {
		n.First = given.First
	}
	if !fold.Blank(given.Last) {
		n.Last = given.Last
	}
	return n
}

// replace sets the given single values in place of the present ones. The map of extended fields must not be shared.
func (in *Info) replace(given *Info) {
	in.Name = in.Name.replaced(given.Name)
	in.Company = cmp.Or(given.Company, in.Company)
	in.JobTitle = cmp.Or(given.JobTitle, in.JobTitle)
	in.Birthdate = cmp.Or(given.Birthdate, in.Birthdate)
	in.Locale = cmp.Or(given.Locale, in.Locale)
	in.Picture = cmp.Or(given.Picture, in.Picture)
	maps.Copy(in.ExtendedFields, given.ExtendedFields)
}
