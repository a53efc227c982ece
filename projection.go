package contacts

import "slices"

// parts is a set of parts of a contact. A projection returns some of them, and always ID and revision (PRJ-3).
type parts uint32

const (
	partSource parts = 1 << iota
	partCreatedDate
	partUpdatedDate
	partLastActivity
	partPrimaryInfo
	partPrimaryEmail
	partPrimaryPhone
	partName
	partEmails
	partPhones
	partAddresses
	partCompany
	partJobTitle
	partPicture
	partBirthdate
	partLocale
	partLabelKeys
	partLocations
	partExtendedFields
	partAssignedUserIDs
	partRest // member, segments, deprecated picture: only in FieldsetFull (PRJ-2)

	allParts = partRest<<1 - 1
)

// projections lists each part with the field that names it in a projection (PRJ-4) and the function that copies it.
var projections = []struct {
	part  parts
	field string
	copy  func(to, from *Contact)
}{
	{partSource, "source", func(to, from *Contact) { to.Source = from.Source }},
	{partCreatedDate, "createdDate", func(to, from *Contact) { to.CreatedDate = from.CreatedDate }},
	{partUpdatedDate, "updatedDate", func(to, from *Contact) { to.UpdatedDate = from.UpdatedDate }},
	{partLastActivity, "lastActivity", func(to, from *Contact) { to.LastActivity = from.LastActivity.clone() }},
	{partPrimaryInfo, "primaryInfo", func(to, from *Contact) { to.PrimaryInfo = from.PrimaryInfo }},
	{partPrimaryEmail, "primaryEmail", func(to, from *Contact) { to.PrimaryEmail = from.PrimaryEmail }},
	{partPrimaryPhone, "primaryPhone", func(to, from *Contact) { to.PrimaryPhone = from.PrimaryPhone }},

	{partName, "info.name", func(to, from *Contact) { to.Info.Name = from.Info.Name }},
	{partEmails, "info.emails", func(to, from *Contact) { to.Info.Emails = slices.Clone(from.Info.Emails) }},
	{partPhones, "info.phones", func(to, from *Contact) { to.Info.Phones = slices.Clone(from.Info.Phones) }},
	{partAddresses, "info.addresses", func(to, from *Contact) {
		to.Info.Addresses = cloneAddresses(from.Info.Addresses)
	}},
	{partCompany, "info.company", func(to, from *Contact) { to.Info.Company = from.Info.Company }},
	{partJobTitle, "info.jobTitle", func(to, from *Contact) { to.Info.JobTitle = from.Info.JobTitle }},
	{partPicture, "info.picture", func(to, from *Contact) { to.Info.Picture = clonePtr(from.Info.Picture) }},
	{partBirthdate, "info.birthdate", func(to, from *Contact) { to.Info.Birthdate = from.Info.Birthdate }},
	{partLocale, "info.locale", func(to, from *Contact) { to.Info.Locale = from.Info.Locale }},
	{partLabelKeys, "info.labelKeys", func(to, from *Contact) {
		to.Info.LabelKeys = slices.Clone(from.Info.LabelKeys)
	}},
	{partLocations, "info.locations", func(to, from *Contact) {
		to.Info.Locations = slices.Clone(from.Info.Locations)
	}},
	{partExtendedFields, "info.extendedFields", func(to, from *Contact) {
		to.Info.ExtendedFields = cloneValues(from.Info.ExtendedFields)
	}},
	{partAssignedUserIDs, "info.assignedUserIds", func(to, from *Contact) {
		to.Info.AssignedUserIDs = slices.Clone(from.Info.AssignedUserIDs)
	}},
}

// partOfField has the part for each field of a projection. The SDK does not rename the fields that it sends, so its own
// names are valid too.
var partOfField = func() map[string]parts {
	of := map[string]parts{
		"id": 0, "_id": 0, "revision": 0,
		"_createdDate": partCreatedDate,
		"_updatedDate": partUpdatedDate,
	}
	for _, p := range projections {
		of[p.field] = p.part
	}
	return of
}()

var partsOfFieldset = map[Fieldset]parts{
	FieldsetBasic:                partPrimaryInfo | partName,
	FieldsetCommunicationDetails: partPrimaryInfo | partName | partEmails | partPhones | partAddresses,
	FieldsetExtended:             partPrimaryInfo | partName | partExtendedFields,
	FieldsetFull:                 allParts,
}

const (
	projectionFieldsMax    = 100
	projectionFieldsetsMax = 10
)

// projection returns the union of the requested fields and fieldsets, or all parts if there are neither (PRJ-1).
//
// Errors: INVALID_ARGUMENT.
func projection(fields []string, fieldsets []Fieldset) (parts, error) {
	if len(fields) == 0 && len(fieldsets) == 0 {
		return allParts, nil
	}
	v := &validator{}
	var requested parts
	for i, field := range fields[:v.size("fields", len(fields), projectionFieldsMax)] {
		part, ok := partOfField[field]
		if !ok {
			v.format(indexed("fields", i), FormatEnum)
		}
		requested |= part
	}
	for i, fieldset := range fieldsets[:v.size("fieldsets", len(fieldsets), projectionFieldsetsMax)] {
		part, ok := partsOfFieldset[fieldset]
		if !ok {
			v.format(indexed("fieldsets", i), FormatEnum)
		}
		requested |= part
	}
	return requested, invalid(v.violations)
}

// clone returns a copy of c with only the parts in p; the others have their zero values.
func (p parts) clone(c *Contact) *Contact {
	d := &Contact{ID: c.ID, Revision: c.Revision}
	for _, projected := range projections {
		if p&projected.part != 0 {
			projected.copy(d, c)
		}
	}
	return d
}
