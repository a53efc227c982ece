package legacy

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
)

// RuleNameEmailOrPhone is the RuleName of the violation for a contactInfo with neither an email nor a phone.
const RuleNameEmailOrPhone = "EMAIL_OR_PHONE"

// infoPath is the root of all paths in a ContactInfo.
const infoPath = "contactInfo"

const (
	textMax       = 100 // characters of names, tags, cities, …
	emailMax      = 250
	phoneMax      = 30
	streetMax     = 250
	postalCodeMax = 20
)

// validator collects violations.
type validator struct{ violations []contacts.Violation }

func (v *validator) add(violation contacts.Violation) { v.violations = append(v.violations, violation) }

func (v *validator) format(field string, f contacts.Format) {
	v.add(contacts.Violation{Field: field, Rule: contacts.RuleFormat, Format: f})
}

// text checks an optional text; a limit of 0 means no limit.
func (v *validator) text(field, s string, limit int) {
	switch {
	case !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0:
		v.format(field, contacts.FormatText)
	case limit > 0 && utf8.RuneCountInString(s) > limit:
		v.add(contacts.Violation{Field: field, Rule: contacts.RuleMaxLength, Threshold: limit})
	}
}

// required checks a text that must show something.
func (v *validator) required(field, s string, limit int) {
	if fold.Blank(s) && strings.IndexByte(s, 0) < 0 {
		v.add(contacts.Violation{Field: field, Rule: contacts.RuleRequired})
		return
	}
	v.text(field, s, limit)
}

func checkEnum[T interface {
	~string
	Valid() bool
}](v *validator, field string, word T) {
	if word != "" && !word.Valid() {
		v.format(field, contacts.FormatEnum)
	}
}

// info checks a contactInfo by the limits of this API, in the order of its members (LEG-6).
func (v *validator) info(in ContactInfo) {
	at := func(list string, i int) string { return infoPath + "." + list + "[" + strconv.Itoa(i) + "]." }
	v.text(infoPath+".name.prefix", in.Name.Prefix, textMax)
	v.text(infoPath+".name.first", in.Name.First, textMax)
	v.text(infoPath+".name.middle", in.Name.Middle, textMax)
	v.text(infoPath+".name.last", in.Name.Last, textMax)
	v.text(infoPath+".name.suffix", in.Name.Suffix, textMax)
	v.text(infoPath+".picture", in.Picture, 0)
	v.text(infoPath+".company.role", in.Company.Role, textMax)
	v.text(infoPath+".company.name", in.Company.Name, textMax)
	if len(in.Emails)+len(in.Phones) == 0 {
		v.add(contacts.Violation{Field: infoPath, Rule: contacts.RuleCustom, RuleName: RuleNameEmailOrPhone})
	}
	for i, e := range in.Emails {
		item := at("emails", i)
		v.required(item+"tag", e.Tag, textMax)
		v.required(item+"email", e.Email, emailMax)
		checkEnum(v, item+"emailStatus", e.EmailStatus)
		checkEnum(v, item+"deliveryStatus", e.DeliveryStatus)
	}
	for i, p := range in.Phones {
		item := at("phones", i)
		v.required(item+"tag", p.Tag, textMax)
		v.required(item+"phone", p.Phone, phoneMax)
		v.required(item+"normalizedPhone", p.NormalizedPhone, 0)
	}
	for i, a := range in.Addresses {
		item := at("addresses", i)
		v.required(item+"tag", a.Tag, textMax)
		v.text(item+"address", a.Address, streetMax)
		v.text(item+"neighborhood", a.Neighborhood, textMax)
		v.text(item+"city", a.City, textMax)
		v.text(item+"region", a.Region, textMax)
		v.text(item+"country", a.Country, textMax)
		v.text(item+"postalCode", a.PostalCode, postalCodeMax)
	}
	for i, u := range in.URLs {
		item := at("urls", i)
		v.required(item+"tag", u.Tag, textMax)
		v.required(item+"url", u.URL, 0)
	}
	for i, d := range in.Dates {
		item := at("dates", i)
		v.required(item+"tag", d.Tag, textMax)
		v.required(item+"date", d.Date, 0)
		if _, ok := day(d.Date); !ok && d.Date != "" {
			v.format(item+"date", contacts.FormatTimestamp)
		}
	}
}

// store adds the violations that a store found in the same contactInfo, under the paths of this API. A path that
// already has a violation gets no other.
func (v *validator) store(violations []contacts.Violation) {
	found := make(map[string]bool)
	for _, violation := range v.violations {
		found[violation.Field] = true
	}
	for _, violation := range violations {
		path := pathOf.Replace(violation.Field)
		if path == "contact" { // as a whole
			path = infoPath
		}
		if violation.Field = path; !found[violation.Field] {
			v.add(violation)
		}
	}
}

// pathOf translates paths of V4 to paths of a contactInfo.
var pathOf = strings.NewReplacer(
	"info.company", infoPath+".company.name",
	"info.jobTitle", infoPath+".company.role",
	"info.picture.image.url", infoPath+".picture",
	"info.", infoPath+".",
	".items", "",
	".address.addressLine", ".address",
	".address.", ".",
)
