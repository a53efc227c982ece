package contactstest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Refusal is how a store refuses input.
type Refusal struct {
	Code contacts.Code

	// Violations are those of INVALID_ARGUMENT and INVALID_EXTENDED_FIELD_VALUE: one for each rule that the input
	// breaks, in the order in which a store reports them.
	Violations []contacts.Violation

	// Keys are the undefined keys of LABEL_NOT_FOUND and EXTENDED_FIELD_NOT_FOUND.
	Keys []string
}

// Differs describes how an error differs from the refusal, or returns "" if it does not. It shows no values of the
// input.
func (r Refusal) Differs(err error) string {
	if err == nil {
		return fmt.Sprintf("no error, want %s", r.Code)
	}
	if code := contacts.CodeOf(err); code != r.Code {
		return fmt.Sprintf("error %q, want %s", err, r.Code)
	}
	if len(r.Violations) > 0 {
		e, _ := errors.AsType[*contacts.Error](err)
		if e == nil || !slices.Equal(e.Violations, r.Violations) {
			return fmt.Sprintf("error %q, want %s with the violations %v", err, r.Code, r.Violations)
		}
	}
	if len(r.Keys) > 0 {
		e, _ := errors.AsType[*contacts.KeysError](err)
		if e == nil || !slices.Equal(e.Keys, r.Keys) {
			return fmt.Sprintf("error %q, want %s with the keys %v", err, r.Code, r.Keys)
		}
	}
	return ""
}

// flaw makes one member of an info invalid, and returns the violation.
type flaw func(g *Gen, in *contacts.Info) contacts.Violation

// flaws are the ways in which each member can be invalid. The members are in the order in which violations are
// reported (VAL-1).
var flaws = [][]flaw{
	{wrongText("info.name.first", 1000, func(in *contacts.Info) *string { return &in.Name.First })},
	{wrongText("info.name.last", 1000, func(in *contacts.Info) *string { return &in.Name.Last })},
	emailFlaws, phoneFlaws, addressFlaws,
	{wrongText("info.company", 1000, func(in *contacts.Info) *string { return &in.Company })},
	{wrongText("info.jobTitle", 1000, func(in *contacts.Info) *string { return &in.JobTitle })},
	{func(g *Gen, in *contacts.Info) contacts.Violation {
		in.Birthdate = pick(g, "2023-02-29", "2023-2-1", "01.02.2003", "2023-01-01T00:00:00Z")
		return format("info.birthdate", contacts.FormatLocalDate)
	}},
	{func(g *Gen, in *contacts.Info) contacts.Violation {
		in.Locale = pick(g, "en_US", "english", "xx-wrong-", "-")
		return format("info.locale", contacts.FormatLanguageTag)
	}},
	{func(g *Gen, in *contacts.Info) contacts.Violation {
		in.LabelKeys = slices.Repeat([]string{"contacts.customers"}, 2001)
		return maxSize("info.labelKeys.items", 2000)
	}},
	pictureFlaws,
	{wrongIDs("info.locations.items", func(in *contacts.Info) *[]uuid.UUID { return &in.Locations })},
	{wrongIDs("info.assignedUserIds.items", func(in *contacts.Info) *[]uuid.UUID { return &in.AssignedUserIDs })},
}

var emailFlaws = []flaw{
	func(g *Gen, in *contacts.Info) contacts.Violation {
		i := oneOf(g, &in.Emails, (*Gen).Email)
		in.Emails[i].Tag = "PRIVATE"
		return format(at("info.emails.items", i)+".tag", contacts.FormatEnum)
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		i := oneOf(g, &in.Emails, (*Gen).Email)
		in.Emails[i].Address = pick(g, "ada", "ada@", "@example.com", "a b@example.com", "Ada <ada@example.com>",
			"ada@example.com, bob@example.com", "mailto:ada@example.com")
		return format(at("info.emails.items", i)+".email", contacts.FormatEmail)
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		i := oneOf(g, &in.Emails, (*Gen).Email)
		in.Emails[i].Address = ""
		return empty(at("info.emails.items", i) + ".email")
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		i := oneOf(g, &in.Emails, (*Gen).Email)
		return g.spoil(at("info.emails.items", i)+".email", 320, &in.Emails[i].Address)
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		fill(g, &in.Emails, listMax+1, (*Gen).Email)
		return maxSize("info.emails.items", listMax)
	},
}

var phoneFlaws = []flaw{
	func(g *Gen, in *contacts.Info) contacts.Violation {
		i := oneOf(g, &in.Phones, (*Gen).Phone)
		in.Phones[i].Tag = "mobile"
		return format(at("info.phones.items", i)+".tag", contacts.FormatEnum)
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		i := oneOf(g, &in.Phones, (*Gen).Phone)
		in.Phones[i].CountryCode = pick(g, "UK", "us", "USA", "840", "AN")
		return format(at("info.phones.items", i)+".countryCode", contacts.FormatCountry)
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		i := oneOf(g, &in.Phones, (*Gen).Phone)
		in.Phones[i].Number = ""
		return empty(at("info.phones.items", i) + ".phone")
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		i := oneOf(g, &in.Phones, (*Gen).Phone)
		return g.spoil(at("info.phones.items", i)+".phone", 50, &in.Phones[i].Number)
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		fill(g, &in.Phones, listMax+1, (*Gen).Phone)
		return maxSize("info.phones.items", listMax)
	},
}

var addressFlaws = []flaw{
	func(g *Gen, in *contacts.Info) contacts.Violation {
		i := oneOf(g, &in.Addresses, (*Gen).Address)
		in.Addresses[i].Tag = "OFFICE"
		return format(at("info.addresses.items", i)+".tag", contacts.FormatEnum)
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		i := oneOf(g, &in.Addresses, (*Gen).Address)
		a := &in.Addresses[i]
		a.StreetAddress, a.AddressLine = &contacts.StreetAddress{Number: "7", Name: "Elm Row"}, "7 Elm Row"
		return contacts.Violation{
			Field: at("info.addresses.items", i) + ".address.addressLine", Rule: contacts.RuleCustom,
			RuleName: contacts.RuleNameOneOf,
		}
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		i := oneOf(g, &in.Addresses, (*Gen).Address)
		in.Addresses[i].Country = pick(g, "UK", "fr", "DEU", "ZZ")
		return format(at("info.addresses.items", i)+".address.country", contacts.FormatCountry)
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		i := oneOf(g, &in.Addresses, (*Gen).Address)
		in.Addresses[i].Subdivision = pick(g, "NY", "us-ny", "US-LONG", "UK-ENG")
		return format(at("info.addresses.items", i)+".address.subdivision", contacts.FormatSubdivision)
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		i := oneOf(g, &in.Addresses, (*Gen).Address)
		a := &in.Addresses[i]
		list := []struct {
			name string
			max  int
			text *string
		}{
			{"addressLine2", 1000, &a.AddressLine2}, {"city", 1000, &a.City}, {"postalCode", 100, &a.PostalCode},
			{"formattedAddress", 2000, &a.FormattedAddress}, {"hint", 200, &a.Hint},
		}
		one := pickFrom(g, list)
		return g.spoil(at("info.addresses.items", i)+".address."+one.name, one.max, one.text)
	},
}

var pictureFlaws = []flaw{
	func(g *Gen, in *contacts.Info) contacts.Violation {
		in.Picture = g.Picture()
		in.Picture.Image.URL = pick(g, "ftp://images.example/a.png", "http://", "images.example/a.png", "https://a b")
		return format("info.picture.image.url", contacts.FormatWebURL)
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		in.Picture = g.Picture()
		in.Picture.Image.Height = -1
		return contacts.Violation{Field: "info.picture.image.height", Rule: contacts.RuleMin}
	},
	func(g *Gen, in *contacts.Info) contacts.Violation {
		in.Picture = g.Picture()
		in.Picture.ImageProvider = "CAMERA"
		return format("info.picture.imageProvider", contacts.FormatEnum)
	},
}

// InvalidInfo returns an info that is nearly valid: it mostly breaks one rule, or two or three with INVALID_ARGUMENT.
// Every store refuses it with the returned Refusal (TST-25).
func (g *Gen) InvalidInfo() (contacts.Info, Refusal) {
	in := g.Info()
	switch g.n(10) {
	case 4:
		in.Name, in.Emails, in.Phones = contacts.Name{}, nil, nil
		if g.n(2) == 1 {
			in.Name.First = "\u200b "
		}
		return in, Refusal{Code: contacts.ErrInsufficientData}
	case 5:
		g.flagTwo(&in)
		return in, Refusal{Code: contacts.ErrMultiplePrimary}
	case 6:
		key := pick(g, "custom.no-such-label", "no-such-label", "contacts.Customers", "")
		in.LabelKeys = append(in.LabelKeys, key)
		return in, Refusal{Code: contacts.ErrLabelNotFound, Keys: []string{key}}
	case 7:
		key := pick(g, "custom.no-such-field", "no-such-field", "")
		in.ExtendedFields = map[string]any{key: "Ada"}
		return in, Refusal{Code: contacts.ErrFieldNotFound, Keys: []string{key}}
	case 8, 9:
		if len(g.Fields) > 0 {
			return in, g.wrongValue(&in)
		}
	}
	return in, g.spoilMembers(&in)
}

// spoilMembers breaks rules of some members.
func (g *Gen) spoilMembers(in *contacts.Info) Refusal {
	r := Refusal{Code: contacts.ErrInvalid}
	members := make([]int, 0, 3)
	for range 1 + max(0, g.n(5)-2) {
		if m := g.n(len(flaws)); !slices.Contains(members, m) {
			members = append(members, m)
		}
	}
	slices.SortFunc(members, cmp.Compare[int])
	for _, m := range members {
		r.Violations = append(r.Violations, pickFrom(g, flaws[m])(g, in))
	}
	return r
}

// flagTwo makes two emails or two phones primary.
func (g *Gen) flagTwo(in *contacts.Info) {
	if g.n(2) == 1 {
		in.Phones = []contacts.Phone{g.Phone(), g.Phone()}
		in.Phones[0].Primary, in.Phones[1].Primary = true, true
		return
	}
	in.Emails = []contacts.Email{g.Email(), g.Email()}
	in.Emails[0].Primary, in.Emails[1].Primary = true, true
}

// wrongValue gives an extended field a value that it cannot have.
func (g *Gen) wrongValue(in *contacts.Info) Refusal {
	f := pickFrom(g, g.Fields)
	var value any
	wrong := format("info.extendedFields.items."+f.Key, contacts.FormatString)
	switch f.DataType {
	case contacts.DataNumber:
		value, wrong.Format = pick[any](g, "7", true), contacts.FormatNumber
	case contacts.DataDate:
		value, wrong.Format = pick[any](g, "2023-02-29", 5, "today"), contacts.FormatLocalDate
	case contacts.DataURL:
		value, wrong.Format = pick[any](g, "a b", 5, "https://"), contacts.FormatWebURL
	default:
		value = pick[any](g, 5, true, "NUL \x00")
		if g.n(4) == 3 {
			value = strings.Repeat("é", 10001)
			wrong = contacts.Violation{Field: wrong.Field, Rule: contacts.RuleMaxLength, Threshold: 10000}
		}
	}
	in.ExtendedFields = map[string]any{f.Key: value}
	return Refusal{Code: contacts.ErrInvalidFieldValue, Violations: []contacts.Violation{wrong}}
}

// InvalidPatch returns a patch that is nearly valid, and how a store refuses to update c in its present revision with
// it. A nil c stands for any contact that is not a member.
func (g *Gen) InvalidPatch(c *contacts.Contact) (contacts.Patch, Refusal) {
	if g.n(12) == 11 {
		return contacts.Patch{}, Refusal{Code: contacts.ErrInsufficientUpdate}
	}
	in, r := g.InvalidInfo()
	if r.Code == contacts.ErrInsufficientData && c != nil && c.IsMember() { // whose email could not be removed either
		in, r = g.Info(), Refusal{Code: contacts.ErrMultiplePrimary}
		g.flagTwo(&in)
	}
	return wholePatch(in), r
}

// oneOf returns the index of one of the items. If the list is empty, it adds one first.
func oneOf[T any](g *Gen, list *[]T, made func(*Gen) T) int {
	fill(g, list, 1, made)
	return g.n(len(*list))
}

func wrongText(path string, most int, text func(in *contacts.Info) *string) flaw {
	return func(g *Gen, in *contacts.Info) contacts.Violation { return g.spoil(path, most, text(in)) }
}

// spoil makes a text too long, or gives it a NUL.
func (g *Gen) spoil(path string, most int, text *string) contacts.Violation {
	if g.n(2) == 1 {
		*text = "a\x00b"
		return format(path, contacts.FormatText)
	}
	*text = strings.Repeat(pick(g, "a", "é", "字"), most+1)
	return contacts.Violation{Field: path, Rule: contacts.RuleMaxLength, Threshold: most}
}

func wrongIDs(path string, list func(in *contacts.Info) *[]uuid.UUID) flaw {
	return func(g *Gen, in *contacts.Info) contacts.Violation {
		ids := list(in)
		if g.n(2) == 1 {
			fill(g, ids, listMax+1, (*Gen).id)
			return maxSize(path, listMax)
		}
		if len(*ids) == listMax {
			*ids = (*ids)[1:]
		}
		*ids = append(*ids, uuid.Nil)
		return format(at(path, len(*ids)-1), contacts.FormatGUID)
	}
}

func format(path string, f contacts.Format) contacts.Violation {
	return contacts.Violation{Field: path, Rule: contacts.RuleFormat, Format: f}
}

func empty(path string) contacts.Violation {
	return contacts.Violation{Field: path, Rule: contacts.RuleMinLength, Threshold: 1}
}

func maxSize(path string, most int) contacts.Violation {
	return contacts.Violation{Field: path, Rule: contacts.RuleMaxSize, Threshold: most}
}
