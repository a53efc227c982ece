package contacts

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/match"
)

// columns are the fields by which rows of one kind can be filtered and sorted, with the codes of their errors.
type columns[T any] struct {
	find  match.Columns[T]
	codes filterCodes
}

// match checks a filter and returns its test, nil for the zero Filter (FLT-5 to FLT-8).
func (cs columns[T]) match(f Filter) (func(T) bool, error) {
	test, err := cs.find.Compile(f.root)
	return test, cs.codes.translate(err)
}

// sortKey returns the function that computes the sort key of a row.
func (cs columns[T]) sortKey(s Sort) (func(T) (match.SortKey, bool), error) {
	key, err := cs.find.Key(s.Field)
	return key, cs.codes.translate(err)
}

// Sets of operators that fields support (FLT-4).
const (
	supportsEquality = match.OpEq | match.OpNe | match.OpIn | match.OpExists
	supportsText     = supportsEquality | match.OpStartsWith
	supportsCustom   = match.OpEq | match.OpNe | match.OpIn | match.OpStartsWith
	supportsOrder    = match.OpEq | match.OpNe | match.OpGt | match.OpGte | match.OpLt | match.OpLte
	supportsStatus   = match.OpEq | match.OpNe | match.OpIn | match.OpNin
	supportsList     = match.OpHasSome | match.OpHasAll
)

// emailForm is the form in which emails are compared, and in which their index has them.
var emailForm = match.Form{Text: fold.Email, Rune: fold.EmailRune}

// contactFields are the fields, other than extended fields, by which contacts can be filtered and sorted (FLT-4).
var contactFields = map[string]*match.Column[*record]{
	"id": match.GUIDs(supportsEquality, func(r *record, is func(uuid.UUID) bool) bool { return is(r.contact.ID) }),

	"createdDate": match.Time(supportsOrder, createdDate).ByTime(createdDate),
	"updatedDate": match.Time(supportsOrder, func(r *record) time.Time { return r.contact.UpdatedDate.time() }),

	"lastActivity.activityDate": match.Time(supportsOrder, activityDate).ByTime(activityDate),

	"primaryInfo.email":                 match.FormText(supportsText, emailForm, primaryEmail).ByText(primaryEmailKey),
	"primaryInfo.phone":                 match.Text(supportsText, primaryPhoneNumber),
	"primaryEmail.email":                match.FormText(supportsText, emailForm, primaryEmail).ByText(primaryEmailKey),
	"primaryEmail.subscriptionStatus":   match.Enum(supportsStatus, emailSubscription),
	"primaryEmail.deliverabilityStatus": match.Enum(supportsStatus, emailDeliverability),
	"primaryPhone.phone":                match.Text(supportsText, primaryPhoneNumber),
	"primaryPhone.e164Phone":            match.Text(supportsText, primaryPhoneE164),
	"primaryPhone.formattedPhone":       match.SortedText(supportsText, primaryPhoneFormatted),
	"primaryPhone.countryCode":          match.SortedText(supportsText, primaryPhoneCountry),
	"primaryPhone.subscriptionStatus":   match.Enum(supportsStatus, primaryPhoneSubscription),

	"info.name.first": match.SortedText(supportsText, func(r *record) string { return r.contact.Info.Name.First }),
	"info.name.last":  match.SortedText(supportsText, func(r *record) string { return r.contact.Info.Name.Last }),
	"info.emails.email": match.TextList(supportsText, emailForm, func(r *record, is func(string) bool) bool {
		for i := range r.contact.Info.Emails {
			if is(fold.Email(r.contact.Info.Emails[i].Address)) {
				return true
			}
		}
		return false
	}),
	"info.phones.phone": match.TextList(supportsText, match.Exact, func(r *record, is func(string) bool) bool {
		for i := range r.contact.Info.Phones {
			if is(r.contact.Info.Phones[i].Number) {
				return true
			}
		}
		return false
	}),
	"info.phones.e164Phone": match.TextList(supportsText, match.Exact, func(r *record, is func(string) bool) bool {
		for i := range r.contact.Info.Phones {
			if e164 := r.contact.Info.Phones[i].E164; e164 != "" && is(e164) {
				return true
			}
		}
		return false
	}),
	"info.addresses.street":      addressTexts(supportsText, streets),
	"info.addresses.city":        addressText(supportsText, func(a *Address) string { return a.City }),
	"info.addresses.subdivision": addressText(supportsEquality, func(a *Address) string { return a.Subdivision }),
	"info.addresses.country":     addressText(supportsEquality, func(a *Address) string { return a.Country }),
	"info.company":               match.SortedText(supportsText, infoCompany),
	"info.jobTitle":              match.SortedText(supportsText, infoJobTitle),
	"info.birthdate":             dateColumn(supportsOrder, birthdate),
	"info.locale":                match.FormText(supportsEquality, match.Folded, infoLocale),
	"info.labelKeys": match.TextList(supportsList, match.Exact, func(r *record, is func(string) bool) bool {
		return slices.ContainsFunc(r.contact.Info.LabelKeys, is)
	}),
	"info.locations": match.GUIDs(supportsList, func(r *record, is func(uuid.UUID) bool) bool {
		return slices.ContainsFunc(r.contact.Info.Locations, is)
	}),
}

const extendedFieldsPath = "info.extendedFields."

// systemColumns are the extended fields that are not queried according to their data type.
var systemColumns = map[string]*match.Column[*record]{
	fieldMembershipStatus: match.Enum(supportsStatus, membershipStatus),
	fieldSubscription: match.Word(supportsStatus, emailSubscription, func(s SubscriptionStatus) bool {
		return s.Valid() && s != SubscriptionNoStatus // not a value of this field
	}),
	fieldDeliverability: match.Enum(supportsStatus, emailDeliverability),
	fieldEffectiveEmail: match.FormText(match.OpExists, emailForm, primaryEmail).ByText(primaryEmailKey),
	fieldVATID:          match.Unusable[*record](),
}

// contactColumns returns the fields of contacts, including the extended fields that are defined in the store.
func contactColumns(reads reader) columns[*record] {
	return columns[*record]{
		find: func(path string) *match.Column[*record] {
			if key, ok := strings.CutPrefix(path, extendedFieldsPath); ok {
				return extendedColumn(reads, key)
			}
			return contactFields[path]
		},
		codes: filterCodes{ErrFilterField, ErrFilterValueType, ErrSortField},
	}
}

// extendedColumn returns the column of an extended field, nil if the field is not defined.
func extendedColumn(reads reader, key string) *match.Column[*record] {
	if c := systemColumns[key]; c != nil {
		return c
	}
	definition := reads.field(key)
	if definition == nil {
		return nil
	}
	textOf := func(r *record) string {
		v, _ := r.field(key)
		s, _ := v.(string)
		return s
	}
	numberOf := func(r *record) (float64, bool) {
		f, ok := r.contact.Info.ExtendedFields[key].(float64)
		return f, ok
	}
	switch definition.value.DataType {
	case DataNumber:
		return match.Number(supportsOrder, numberOf).ByNumber(numberOf)
	case DataDate:
		return dateColumn(supportsOrder, textOf)
	default:
		return match.SortedText(supportsCustom, textOf)
	}
}

// dateColumn returns a column with one date, as YYYY-MM-DD.
func dateColumn(supported match.Operators, get func(*record) string) *match.Column[*record] {
	return match.Word(supported, get, form.IsDate).ByText(get)
}

func createdDate(r *record) time.Time { return r.contact.CreatedDate.time() }

func activityDate(r *record) time.Time { return r.contact.activityDate.time() }

func primaryEmail(r *record) string { return r.contact.Info.primaryAddress() }

func primaryEmailKey(r *record) string { return fold.Email(primaryEmail(r)) }

func emailSubscription(r *record) SubscriptionStatus { return r.primaryEmail().SubscriptionStatus }

func emailDeliverability(r *record) EmailDeliverability { return r.primaryEmail().DeliverabilityStatus }

func primaryPhoneNumber(r *record) string { return r.contact.Info.primaryPhone().Number }

func primaryPhoneE164(r *record) string { return r.contact.Info.primaryPhone().E164 }

func primaryPhoneFormatted(r *record) string { return r.contact.Info.primaryPhone().Formatted }

func primaryPhoneCountry(r *record) string { return r.contact.Info.primaryPhone().CountryCode }

func primaryPhoneSubscription(r *record) SubscriptionStatus {
	return r.primaryPhone().SubscriptionStatus
}

func membershipStatus(r *record) MembershipStatus { return membership(r.contact.Member) }

func infoCompany(r *record) string { return r.contact.Info.Company }

func infoJobTitle(r *record) string { return r.contact.Info.JobTitle }

func infoLocale(r *record) string { return r.contact.Info.Locale }

func birthdate(r *record) string { return r.contact.Info.Birthdate }

// addressTexts returns a column with any number of texts of each address.
func addressTexts(
	supported match.Operators, anyOf func(a *Address, is func(string) bool) bool,
) *match.Column[*record] {
	return match.TextList(supported, match.Exact, func(r *record, is func(string) bool) bool {
		for i := range r.contact.Info.Addresses {
			if anyOf(&r.contact.Info.Addresses[i], is) {
				return true
			}
		}
		return false
	})
}

// addressText returns a column with one text of each address, "" for none.
func addressText(supported match.Operators, get func(*Address) string) *match.Column[*record] {
	return addressTexts(supported, func(a *Address, is func(string) bool) bool {
		v := get(a)
		return v != "" && is(v)
	})
}

// streets reports whether is holds for any spelling of the street of an address (FLT-6).
func streets(a *Address, is func(string) bool) bool {
	if a.AddressLine != "" && is(a.AddressLine) {
		return true
	}
	s := a.StreetAddress
	if s == nil || s.Number == "" && s.Name == "" {
		return false
	}
	return is(joinVisible(" ", s.Number, s.Name)) || is(joinVisible(" ", s.Name, s.Number))
}
