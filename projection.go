package contacts

import (
	"slices"
	"strconv"
)

// parts is a set of the parts of a contact that a projection may ask for. ID and revision are always there (PRJ-3).
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
	partRest // member, segments, deprecated picture: only with FULL

	allParts = partRest<<1 - 1
)

// partOfField lists what a projection may name. The SDK does not rename the values that it sends, so its names are
// taken too.
var partOfField = map[string]parts{
	"id": 0, "_id": 0, "revision": 0,
	"source":       partSource,
	"createdDate":  partCreatedDate,
	"_createdDate": partCreatedDate,
	"updatedDate":  partUpdatedDate,
	"_updatedDate": partUpdatedDate,
	"lastActivity": partLastActivity,
	"primaryInfo":  partPrimaryInfo,
	"primaryEmail": partPrimaryEmail,
	"primaryPhone": partPrimaryPhone,

	"info.name":            partName,
	"info.emails":          partEmails,
	"info.phones":          partPhones,
	"info.addresses":       partAddresses,
	"info.company":         partCompany,
	"info.jobTitle":        partJobTitle,
	"info.picture":         partPicture,
	"info.birthdate":       partBirthdate,
	"info.locale":          partLocale,
	"info.labelKeys":       partLabelKeys,
	"info.locations":       partLocations,
	"info.extendedFields":  partExtendedFields,
	"info.assignedUserIds": partAssignedUserIDs,
}

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

// projection returns what a call asks for: the union of fields and fieldsets, everything if it names neither.
func projection(fields []string, fieldsets []Fieldset) (parts, error) {
	if len(fields) == 0 && len(fieldsets) == 0 {
		return allParts, nil
	}
	v := &validator{}
	var shown parts
	for i, field := range fields[:v.size("fields", len(fields), projectionFieldsMax)] {
		part, ok := partOfField[field]
		if !ok {
			v.format("fields["+strconv.Itoa(i)+"]", FormatEnum)
		}
		shown |= part
	}
	for i, fieldset := range fieldsets[:v.size("fieldsets", len(fieldsets), projectionFieldsetsMax)] {
		part, ok := partsOfFieldset[fieldset]
		if !ok {
			v.format("fieldsets["+strconv.Itoa(i)+"]", FormatEnum)
		}
		shown |= part
	}
	return shown, invalid(v.violations)
}

// clone copies the parts of c that are shown; the others are left at their zero values.
func (p parts) clone(c *Contact) *Contact {
	if p == allParts {
		return c.Clone()
	}
	d := &Contact{ID: c.ID, Revision: c.Revision}
	in := &d.Info
	if p&partSource != 0 {
		d.Source = c.Source
	}
	if p&partCreatedDate != 0 {
		d.CreatedDate = c.CreatedDate
	}
	if p&partUpdatedDate != 0 {
		d.UpdatedDate = c.UpdatedDate
	}
	if p&partLastActivity != 0 {
		d.LastActivity = c.LastActivity.clone()
	}
	if p&partPrimaryInfo != 0 {
		d.PrimaryInfo = c.PrimaryInfo
	}
	if p&partPrimaryEmail != 0 {
		d.PrimaryEmail = c.PrimaryEmail
	}
	if p&partPrimaryPhone != 0 {
		d.PrimaryPhone = c.PrimaryPhone
	}
	if p&partName != 0 {
		in.Name = c.Info.Name
	}
	if p&partEmails != 0 {
		in.Emails = slices.Clone(c.Info.Emails)
	}
	if p&partPhones != 0 {
		in.Phones = slices.Clone(c.Info.Phones)
	}
	if p&partAddresses != 0 {
		in.Addresses = cloneAddresses(c.Info.Addresses)
	}
	if p&partCompany != 0 {
		in.Company = c.Info.Company
	}
	if p&partJobTitle != 0 {
		in.JobTitle = c.Info.JobTitle
	}
	if p&partPicture != 0 {
		in.Picture = clonePtr(c.Info.Picture)
	}
	if p&partBirthdate != 0 {
		in.Birthdate = c.Info.Birthdate
	}
	if p&partLocale != 0 {
		in.Locale = c.Info.Locale
	}
	if p&partLabelKeys != 0 {
		in.LabelKeys = slices.Clone(c.Info.LabelKeys)
	}
	if p&partLocations != 0 {
		in.Locations = slices.Clone(c.Info.Locations)
	}
	if p&partExtendedFields != 0 {
		in.ExtendedFields = cloneValues(c.Info.ExtendedFields)
	}
	if p&partAssignedUserIDs != 0 {
		in.AssignedUserIDs = slices.Clone(c.Info.AssignedUserIDs)
	}
	return d
}
