package contacts

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// contactFields are the fields by which contacts can be filtered and sorted, but for extended fields (FLT-4).
var contactFields = map[string]*column[*record]{
	"id": guids(takesEquality, func(r *record, is func(uuid.UUID) bool) bool { return is(r.contact.ID) }),

	"createdDate": moment(takesOrder, createdDate).byTime(createdDate),
	"updatedDate": moment(takesOrder, func(r *record) time.Time { return r.contact.UpdatedDate }),

	"lastActivity.activityDate": moment(takesOrder, activityDate).byTime(activityDate),

	"primaryInfo.email":                 normalText(takesText, emailKey, primaryEmail).byText(primaryEmailKey),
	"primaryInfo.phone":                 text(takesText, func(r *record) string { return r.contact.PrimaryInfo.Phone }),
	"primaryEmail.email":                normalText(takesText, emailKey, primaryEmail).byText(primaryEmailKey),
	"primaryEmail.subscriptionStatus":   word(takesStatus, emailSubscription),
	"primaryEmail.deliverabilityStatus": word(takesStatus, emailDeliverability),
	"primaryPhone.phone":                text(takesText, func(r *record) string { return r.contact.PrimaryPhone.Phone }),
	"primaryPhone.e164Phone":            text(takesText, func(r *record) string { return r.contact.PrimaryPhone.E164 }),
	"primaryPhone.formattedPhone":       sortedText(takesText, func(r *record) string { return r.contact.PrimaryPhone.Formatted }),
	"primaryPhone.countryCode":          sortedText(takesText, func(r *record) string { return r.contact.PrimaryPhone.CountryCode }),
	"primaryPhone.subscriptionStatus": word(takesStatus, func(r *record) SubscriptionStatus {
		return r.contact.PrimaryPhone.SubscriptionStatus
	}),

	"info.name.first": sortedText(takesText, func(r *record) string { return r.contact.Info.Name.First }),
	"info.name.last":  sortedText(takesText, func(r *record) string { return r.contact.Info.Name.Last }),
	"info.emails.email": texts(takesText, emailKey, func(r *record, is func(string) bool) bool {
		for i := range r.contact.Info.Emails {
			if is(emailKey(r.contact.Info.Emails[i].Address)) {
				return true
			}
		}
		return false
	}),
	"info.phones.phone": texts(takesText, exact, func(r *record, is func(string) bool) bool {
		for i := range r.contact.Info.Phones {
			if is(r.contact.Info.Phones[i].Number) {
				return true
			}
		}
		return false
	}),
	"info.phones.e164Phone": texts(takesText, exact, func(r *record, is func(string) bool) bool {
		for i := range r.contact.Info.Phones {
			if e164 := r.contact.Info.Phones[i].E164; e164 != "" && is(e164) {
				return true
			}
		}
		return false
	}),
	"info.addresses.street":      addressTexts(takesText, streets),
	"info.addresses.city":        addressText(takesText, func(a *Address) string { return a.City }),
	"info.addresses.subdivision": addressText(takesEquality, func(a *Address) string { return a.Subdivision }),
	"info.addresses.country":     addressText(takesEquality, func(a *Address) string { return a.Country }),
	"info.company":               sortedText(takesText, func(r *record) string { return r.contact.Info.Company }),
	"info.jobTitle":              sortedText(takesText, func(r *record) string { return r.contact.Info.JobTitle }),
	"info.birthdate":             date(takesOrder, birthdate).byText(birthdate),
	"info.locale":                normalText(takesEquality, strings.ToLower, func(r *record) string { return r.contact.Info.Locale }),
	"info.labelKeys": texts(takesList, exact, func(r *record, is func(string) bool) bool {
		return slices.ContainsFunc(r.contact.Info.LabelKeys, is)
	}),
	"info.locations": guids(takesList, func(r *record, is func(uuid.UUID) bool) bool {
		return slices.ContainsFunc(r.contact.Info.Locations, is)
	}),
}

const extendedFieldsPath = "info.extendedFields."

// systemColumns are the extended fields that are not queried as their data types are.
var systemColumns = map[string]*column[*record]{
	fieldMembershipStatus: word(takesStatus, func(r *record) MembershipStatus { return membership(r.contact.Member) }),
	fieldSubscription: words(takesStatus, emailSubscription, func(s SubscriptionStatus) bool {
		return s.Valid() && s != SubscriptionNoStatus // the field has no such word
	}),
	fieldDeliverability: word(takesStatus, emailDeliverability),
	fieldEffectiveEmail: normalText(opExists, emailKey, primaryEmail).byText(primaryEmailKey),
	fieldVATID:          byNothing[*record](),
}

// contactColumns are the fields of contacts where the extended fields of a store are defined.
func contactColumns(reads reader) columns[*record] {
	return columns[*record]{
		find: func(path string) *column[*record] {
			if key, ok := strings.CutPrefix(path, extendedFieldsPath); ok {
				return extendedColumn(reads, key)
			}
			return contactFields[path]
		},
		unknown: ErrFilterField, valueType: ErrFilterValueType, sort: ErrSortField,
	}
}

// extendedColumn returns the column of an extended field, nil if it is not defined.
func extendedColumn(reads reader, key string) *column[*record] {
	if c := systemColumns[key]; c != nil {
		return c
	}
	definition := reads.field(key)
	if definition == nil {
		return nil
	}
	textOf := func(r *record) string {
		s, _ := r.contact.Info.ExtendedFields[key].(string)
		return s
	}
	numberOf := func(r *record) (float64, bool) {
		f, ok := r.contact.Info.ExtendedFields[key].(float64)
		return f, ok
	}
	switch definition.field.DataType {
	case DataNumber:
		return number(takesOrder, numberOf).byNumber(numberOf)
	case DataDate:
		return date(takesOrder, textOf).byText(textOf)
	default:
		return sortedText(takesCustom, textOf)
	}
}

func createdDate(r *record) time.Time { return r.contact.CreatedDate }

func activityDate(r *record) time.Time { return r.contact.LastActivity.ActivityDate }

func primaryEmail(r *record) string { return r.contact.PrimaryEmail.Email }

func primaryEmailKey(r *record) string { return emailKey(r.contact.PrimaryEmail.Email) }

func emailSubscription(r *record) SubscriptionStatus {
	return r.contact.PrimaryEmail.SubscriptionStatus
}

func emailDeliverability(r *record) EmailDeliverability {
	return r.contact.PrimaryEmail.DeliverabilityStatus
}

func birthdate(r *record) string { return r.contact.Info.Birthdate }

// addressTexts is a column of the texts that each address has there.
func addressTexts(takes operators, anyOf func(a *Address, is func(string) bool) bool) *column[*record] {
	return texts(takes, exact, func(r *record, is func(string) bool) bool {
		for i := range r.contact.Info.Addresses {
			if anyOf(&r.contact.Info.Addresses[i], is) {
				return true
			}
		}
		return false
	})
}

// addressText is a column of one text of each address.
func addressText(takes operators, get func(*Address) string) *column[*record] {
	return addressTexts(takes, func(a *Address, is func(string) bool) bool {
		v := get(a)
		return v != "" && is(v)
	})
}

// streets looks at the ways in which the street of an address may be written (FLT-6).
func streets(a *Address, is func(string) bool) bool {
	if a.AddressLine != "" && is(a.AddressLine) {
		return true
	}
	s := a.StreetAddress
	if s == nil || s.Number == "" && s.Name == "" {
		return false
	}
	return is(joinNonEmpty(" ", s.Number, s.Name)) || is(joinNonEmpty(" ", s.Name, s.Number))
}
