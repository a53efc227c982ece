package contacts_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// inputCase is an edit of a valid info and the violations that it must cause, if any.
type inputCase struct {
	name string
	edit func(*contacts.Info)
	want []contacts.Violation
}

// checkInputs sends each case through Create and, as a patch of all members, through Update.
func checkInputs(t *testing.T, cases []inputCase) {
	t.Helper()
	base := newStore(t)
	old := create(t, base, person("Ann"))
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			s := base.Fork()
			info := person("Ann")
			tc.edit(&info)
			_, err := s.Create(t.Context(), info, &contacts.CreateOptions{AllowDuplicates: true})
			checkViolations(t, "Create", err, tc.want)
			_, err = s.Update(t.Context(), old.ID, old.Revision, wholePatch(info),
				&contacts.UpdateOptions{AllowDuplicates: true})
			checkViolations(t, "Update", err, tc.want)
		})
	}
}

func checkViolations(t *testing.T, call string, err error, want []contacts.Violation) {
	t.Helper()
	if want == nil {
		require.NoError(t, err, call)
		return
	}
	require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err), call)
	require.Equal(t, want, violations(t, err), call)
}

// wholePatch returns a patch that sets every member of in.
func wholePatch(in contacts.Info) contacts.Patch {
	return contacts.Patch{
		FirstName: contacts.Set(in.Name.First), LastName: contacts.Set(in.Name.Last),
		Emails: contacts.Set(in.Emails), Phones: contacts.Set(in.Phones), Addresses: contacts.Set(in.Addresses),
		Company: contacts.Set(in.Company), JobTitle: contacts.Set(in.JobTitle),
		Birthdate: contacts.Set(in.Birthdate), Locale: contacts.Set(in.Locale),
		LabelKeys: contacts.Set(in.LabelKeys), ExtendedFields: contacts.Set(in.ExtendedFields),
		Picture:   contacts.Set(in.Picture),
		Locations: contacts.Set(in.Locations), AssignedUserIDs: contacts.Set(in.AssignedUserIDs),
	}
}

func badFormat(field string, f contacts.Format) contacts.Violation {
	return contacts.Violation{Field: field, Rule: contacts.RuleFormat, Format: f}
}

func tooLong(field string, limit int) contacts.Violation {
	return contacts.Violation{Field: field, Rule: contacts.RuleMaxLength, Threshold: limit}
}

func tooShort(field string) contacts.Violation {
	return contacts.Violation{Field: field, Rule: contacts.RuleMinLength, Threshold: 1}
}

func tooMany(field string, limit int) contacts.Violation {
	return contacts.Violation{Field: field, Rule: contacts.RuleMaxSize, Threshold: limit}
}

func oneViolation(v contacts.Violation) []contacts.Violation { return []contacts.Violation{v} }

// repeated returns n copies of v.
func repeated[T any](n int, v T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = v
	}
	return list
}

func withAddress(a contacts.Address) func(*contacts.Info) {
	return func(in *contacts.Info) { in.Addresses = []contacts.Address{a} }
}

func withStreet(st contacts.StreetAddress) func(*contacts.Info) {
	return withAddress(contacts.Address{StreetAddress: &st})
}

func withImage(m contacts.Image) func(*contacts.Info) {
	return func(in *contacts.Info) { in.Picture = &contacts.Picture{Image: m} }
}

func withEmail(e contacts.Email) func(*contacts.Info) {
	return func(in *contacts.Info) { in.Emails = []contacts.Email{e} }
}

func withPhone(p contacts.Phone) func(*contacts.Info) {
	return func(in *contacts.Info) { in.Phones = []contacts.Phone{p} }
}

func withBirthdate(s string) func(*contacts.Info) {
	return func(in *contacts.Info) { in.Birthdate = s }
}

func withLocale(s string) func(*contacts.Info) {
	return func(in *contacts.Info) { in.Locale = s }
}

// textField is a text in an info, with its wire path.
type textField struct {
	path   string
	limit  int             // characters; 0: none published
	format contacts.Format // violated by a text that cannot be stored
	with   func(s string) func(*contacts.Info)
}

const addressPath = "info.addresses.items[0].address."

var textFields = []textField{
	{"info.name.first", 1000, contacts.FormatText, func(s string) func(*contacts.Info) {
		return func(in *contacts.Info) { in.Name.First = s }
	}},
	{"info.name.last", 1000, contacts.FormatText, func(s string) func(*contacts.Info) {
		return func(in *contacts.Info) { in.Name.Last = s }
	}},
	{"info.emails.items[0].tag", 0, contacts.FormatEnum, func(s string) func(*contacts.Info) {
		return withEmail(contacts.Email{Tag: contacts.EmailTag(s), Address: "ann@mail.test"})
	}},
	{"info.emails.items[0].email", 320, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withEmail(contacts.Email{Address: s})
	}},
	{"info.phones.items[0].tag", 0, contacts.FormatEnum, func(s string) func(*contacts.Info) {
		return withPhone(contacts.Phone{Tag: contacts.PhoneTag(s), Number: "5"})
	}},
	{"info.phones.items[0].countryCode", 0, contacts.FormatCountry, func(s string) func(*contacts.Info) {
		return withPhone(contacts.Phone{CountryCode: s, Number: "5"})
	}},
	{"info.phones.items[0].phone", 50, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withPhone(contacts.Phone{Number: s})
	}},
	{"info.addresses.items[0].tag", 0, contacts.FormatEnum, func(s string) func(*contacts.Info) {
		return withAddress(contacts.Address{Tag: contacts.AddressTag(s), City: "Odense"})
	}},
	{addressPath + "streetAddress.number", 100, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withStreet(contacts.StreetAddress{Number: s})
	}},
	{addressPath + "streetAddress.name", 1000, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withStreet(contacts.StreetAddress{Name: s})
	}},
	{addressPath + "streetAddress.apt", 100, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withStreet(contacts.StreetAddress{Apt: s})
	}},
	{addressPath + "streetAddress.formattedAddressLine", 0, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withStreet(contacts.StreetAddress{FormattedAddressLine: s})
	}},
	{addressPath + "addressLine", 1000, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withAddress(contacts.Address{AddressLine: s})
	}},
	{addressPath + "addressLine2", 1000, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withAddress(contacts.Address{AddressLine2: s})
	}},
	{addressPath + "country", 0, contacts.FormatCountry, func(s string) func(*contacts.Info) {
		return withAddress(contacts.Address{Country: s})
	}},
	{addressPath + "subdivision", 0, contacts.FormatSubdivision, func(s string) func(*contacts.Info) {
		return withAddress(contacts.Address{Subdivision: s})
	}},
	{addressPath + "city", 1000, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withAddress(contacts.Address{City: s})
	}},
	{addressPath + "postalCode", 100, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withAddress(contacts.Address{PostalCode: s})
	}},
	{addressPath + "formattedAddress", 2000, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withAddress(contacts.Address{FormattedAddress: s})
	}},
	{addressPath + "hint", 200, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withAddress(contacts.Address{Hint: s})
	}},
	{"info.company", 1000, contacts.FormatText, func(s string) func(*contacts.Info) {
		return func(in *contacts.Info) { in.Company = s }
	}},
	{"info.jobTitle", 1000, contacts.FormatText, func(s string) func(*contacts.Info) {
		return func(in *contacts.Info) { in.JobTitle = s }
	}},
	{"info.birthdate", 0, contacts.FormatLocalDate, withBirthdate},
	{"info.locale", 0, contacts.FormatLanguageTag, withLocale},
	{"info.picture.image.id", 0, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withImage(contacts.Image{ID: s})
	}},
	{"info.picture.image.url", 0, contacts.FormatWebURL, func(s string) func(*contacts.Info) {
		return withImage(contacts.Image{URL: "https://img.test/" + s})
	}},
	{"info.picture.image.altText", 0, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withImage(contacts.Image{AltText: s})
	}},
	{"info.picture.image.filename", 0, contacts.FormatText, func(s string) func(*contacts.Info) {
		return withImage(contacts.Image{Filename: s})
	}},
	{"info.picture.imageProvider", 0, contacts.FormatEnum, func(s string) func(*contacts.Info) {
		return func(in *contacts.Info) {
			in.Picture = &contacts.Picture{ImageProvider: contacts.ImageProvider(s)}
		}
	}},
}

func TestViolationsOfACall(t *testing.T) {
	long := strings.Repeat("x", 2001)
	info := contacts.Info{
		Name: contacts.Name{First: long, Last: "a\x00"},
		Emails: []contacts.Email{
			{Address: "ann@mail.test"},
			{Tag: "HOMER", Address: "nobody"},
			{Address: ""},
			{Address: long},
		},
		Phones: []contacts.Phone{
			{Tag: "CELL", CountryCode: "UK", Number: ""},
			{Number: strings.Repeat("1", 51)},
		},
		Addresses: []contacts.Address{
			{City: "Odense"},
			{
				Tag: "OFFICE",
				StreetAddress: &contacts.StreetAddress{
					Number: long, Name: long, Apt: long, FormattedAddressLine: "\xff",
				},
				AddressLine: long, AddressLine2: long, Country: "dk", Subdivision: "NY", City: long, PostalCode: long,
				FormattedAddress: long, Hint: long,
			},
		},
		Company: long, JobTitle: long, Birthdate: "2023-02-29", Locale: "en_US",
		LabelKeys: repeated(2001, "contacts.customers"),
		Picture: &contacts.Picture{
			Image: contacts.Image{
				ID: "\x00", URL: "ftp://img.test/a", Height: -1, Width: 1 << 31, AltText: "\x00", Filename: "\xff",
			},
			ImageProvider: "FLICKR",
		},
		Locations:       []uuid.UUID{testID(1), {}},
		AssignedUserIDs: []uuid.UUID{{}, testID(1), {}},
	}
	const street = "info.addresses.items[1].address.streetAddress."
	const address = "info.addresses.items[1].address."
	want := []contacts.Violation{
		tooLong("info.name.first", 1000),
		badFormat("info.name.last", contacts.FormatText),
		badFormat("info.emails.items[1].tag", contacts.FormatEnum),
		badFormat("info.emails.items[1].email", contacts.FormatEmail),
		tooShort("info.emails.items[2].email"),
		tooLong("info.emails.items[3].email", 320),
		badFormat("info.phones.items[0].tag", contacts.FormatEnum),
		badFormat("info.phones.items[0].countryCode", contacts.FormatCountry),
		tooShort("info.phones.items[0].phone"),
		tooLong("info.phones.items[1].phone", 50),
		badFormat("info.addresses.items[1].tag", contacts.FormatEnum),
		tooLong(street+"number", 100),
		tooLong(street+"name", 1000),
		tooLong(street+"apt", 100),
		badFormat(street+"formattedAddressLine", contacts.FormatText),
		{Field: address + "addressLine", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameOneOf},
		tooLong(address+"addressLine", 1000),
		tooLong(address+"addressLine2", 1000),
		badFormat(address+"country", contacts.FormatCountry),
		badFormat(address+"subdivision", contacts.FormatSubdivision),
		tooLong(address+"city", 1000),
		tooLong(address+"postalCode", 100),
		tooLong(address+"formattedAddress", 2000),
		tooLong(address+"hint", 200),
		tooLong("info.company", 1000),
		tooLong("info.jobTitle", 1000),
		badFormat("info.birthdate", contacts.FormatLocalDate),
		badFormat("info.locale", contacts.FormatLanguageTag),
		tooMany("info.labelKeys.items", 2000),
		badFormat("info.picture.image.id", contacts.FormatText),
		badFormat("info.picture.image.url", contacts.FormatWebURL),
		{Field: "info.picture.image.height", Rule: contacts.RuleMin, Threshold: 0},
		{Field: "info.picture.image.width", Rule: contacts.RuleMax, Threshold: 1<<31 - 1},
		badFormat("info.picture.image.altText", contacts.FormatText),
		badFormat("info.picture.image.filename", contacts.FormatText),
		badFormat("info.picture.imageProvider", contacts.FormatEnum),
		badFormat("info.locations.items[1]", contacts.FormatGUID),
		badFormat("info.assignedUserIds.items[0]", contacts.FormatGUID),
		badFormat("info.assignedUserIds.items[2]", contacts.FormatGUID),
	}
	checkInputs(t, []inputCase{
		{"VAL-1 every member is wrong", func(in *contacts.Info) { *in = info }, want},
	})

	t.Run("VAL-1 the source comes after the info", func(t *testing.T) {
		_, err := newStore(t).Create(t.Context(), contacts.Info{Company: long}, &contacts.CreateOptions{
			Source: contacts.Source{SourceType: "FAX", AppID: long, WixAppID: "\x00"},
		})
		require.Equal(t, []contacts.Violation{
			tooLong("info.company", 1000),
			badFormat("source.sourceType", contacts.FormatEnum),
			tooLong("source.appId", 1000),
			badFormat("source.wixAppId", contacts.FormatText),
		}, violations(t, err))
	})

	t.Run("VAL-1 too long a list and wrong items in it", func(t *testing.T) {
		list := repeated(51, contacts.Phone{Number: "5"})
		list[0].CountryCode, list[49].Number = "UK", ""
		_, err := newStore(t).Create(t.Context(), contacts.Info{Phones: list}, nil)
		require.Equal(t, []contacts.Violation{
			tooMany("info.phones.items", 50),
			badFormat("info.phones.items[0].countryCode", contacts.FormatCountry),
			tooShort("info.phones.items[49].phone"),
		}, violations(t, err))
	})

	t.Run("VAL-1 an update checks the members of the patch", func(t *testing.T) {
		s := newStore(t)
		c := create(t, s, person("Ann"))
		_, err := s.Update(t.Context(), c.ID, 1, contacts.Patch{
			LastName: contacts.Set(long), Birthdate: contacts.Set("soon"),
		}, nil)
		require.Equal(t, []contacts.Violation{
			tooLong("info.name.last", 1000),
			badFormat("info.birthdate", contacts.FormatLocalDate),
		}, violations(t, err))
	})
}

func TestTextLengths(t *testing.T) {
	// Four bytes each: a limit that counts bytes would refuse a quarter of this.
	const clef = "\U0001D11E"
	var cases []inputCase
	for _, f := range textFields {
		if f.limit == 0 {
			continue
		}
		text := func(n int) string { return strings.Repeat(clef, n) }
		if f.path == "info.emails.items[0].email" {
			text = func(n int) string { return strings.Repeat(clef, n-2) + "@" + clef }
		}
		require.Equal(t, f.limit, utf8.RuneCountInString(text(f.limit)))
		cases = append(cases,
			inputCase{"VAL-2 " + f.path + " at its limit", f.with(text(f.limit)), nil},
			inputCase{"VAL-2 " + f.path + " over its limit", f.with(text(f.limit + 1)), oneViolation(tooLong(f.path, f.limit))},
			inputCase{
				"VAL-2 " + f.path + " of a megabyte", f.with(strings.Repeat("x", 1<<20)), oneViolation(tooLong(f.path, f.limit)),
			},
		)
	}
	cases = append(cases,
		inputCase{
			"VAL-2 email empty", withEmail(contacts.Email{}), oneViolation(tooShort("info.emails.items[0].email")),
		},
		inputCase{
			"VAL-2 phone empty", withPhone(contacts.Phone{}), oneViolation(tooShort("info.phones.items[0].phone")),
		},
		inputCase{"VAL-2 phone of one character", withPhone(contacts.Phone{Number: "7"}), nil},
		inputCase{"VAL-2 email of three characters", withEmail(contacts.Email{Address: "a@b"}), nil},
	)
	checkInputs(t, cases)
}

func TestListSizes(t *testing.T) {
	ids := func(n int) []uuid.UUID {
		list := make([]uuid.UUID, n)
		for i := range list {
			list[i] = testID(uint64(i + 1))
		}
		return list
	}
	var cases []inputCase
	for _, list := range []struct {
		path  string
		limit int
		with  func(in *contacts.Info, n int)
	}{
		{"info.emails.items", 50, func(in *contacts.Info, n int) {
			in.Emails = repeated(n, contacts.Email{Address: "ann@mail.test"})
		}},
		{"info.phones.items", 50, func(in *contacts.Info, n int) {
			in.Phones = repeated(n, contacts.Phone{Number: "5"})
		}},
		{"info.addresses.items", 50, func(in *contacts.Info, n int) {
			in.Addresses = repeated(n, contacts.Address{City: "Odense"})
		}},
		{"info.locations.items", 50, func(in *contacts.Info, n int) { in.Locations = ids(n) }},
		{"info.assignedUserIds.items", 50, func(in *contacts.Info, n int) { in.AssignedUserIDs = ids(n) }},
		{"info.labelKeys.items", 2000, func(in *contacts.Info, n int) {
			in.LabelKeys = repeated(n, "contacts.customers")
		}},
	} {
		over := oneViolation(tooMany(list.path, list.limit))
		at := func(n int) func(*contacts.Info) { return func(in *contacts.Info) { list.with(in, n) } }
		cases = append(cases,
			inputCase{"VAL-3 " + list.path + " at the limit", at(list.limit), nil},
			inputCase{"VAL-3 " + list.path + " over the limit", at(list.limit + 1), over},
			inputCase{"VAL-3 " + list.path + " far over it", at(50 * list.limit), over},
			inputCase{"VAL-3 " + list.path + " empty", at(0), nil},
		)
	}
	checkInputs(t, cases)
}

func TestUnstorableText(t *testing.T) {
	bad := []struct{ what, text string }{
		{"a NUL inside", "a\x00@b"},
		{"a NUL at the end", "a@b\x00"},
		{"an invalid byte", "a@b\xff"},
		{"a cut rune", "a@b\xe2\x82"},
		{"a surrogate", "a@b\xed\xa0\x80"},
		{"an overlong NUL", "a@b\xc0\x80"},
	}
	var cases []inputCase
	for _, f := range textFields {
		for _, b := range bad {
			cases = append(cases, inputCase{
				"VAL-4 " + f.path + " with " + b.what, f.with(b.text), oneViolation(badFormat(f.path, f.format)),
			})
		}
		if f.format == contacts.FormatText && f.path != "info.emails.items[0].email" { // see TestEmailFormat
			cases = append(cases, inputCase{
				"VAL-4 " + f.path + " with other control characters", f.with("a@b\x01\x1b\r\n\t\x7f\u202e\ufffd"), nil,
			})
		}
	}
	checkInputs(t, cases)

	for _, b := range bad {
		t.Run("VAL-4 source with "+b.what, func(t *testing.T) {
			_, err := newStore(t).Create(t.Context(), person("Ann"), &contacts.CreateOptions{
				Source: contacts.Source{AppID: b.text, WixAppID: b.text},
			})
			require.Equal(t, []contacts.Violation{
				badFormat("source.appId", contacts.FormatText), badFormat("source.wixAppId", contacts.FormatText),
			}, violations(t, err))
		})
		t.Run("VAL-4 extended field with "+b.what, func(t *testing.T) {
			info := person("Ann")
			info.ExtendedFields = map[string]any{"invoices.vatId": b.text}
			_, err := newStore(t).Create(t.Context(), info, nil)
			require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
		})
		// Keys are looked up, not stored: a key that cannot be stored is not defined.
		t.Run("VAL-4 label key with "+b.what, func(t *testing.T) {
			info := person("Ann")
			info.LabelKeys = []string{"contacts.customers" + b.text}
			_, err := newStore(t).Create(t.Context(), info, nil)
			require.Error(t, err)
			require.NotEqual(t, contacts.ErrInternal, contacts.CodeOf(err))
		})
		t.Run("VAL-4 extended field key with "+b.what, func(t *testing.T) {
			info := person("Ann")
			info.ExtendedFields = map[string]any{"invoices.vatId" + b.text: "X"}
			_, err := newStore(t).Create(t.Context(), info, nil)
			require.Error(t, err)
			require.NotEqual(t, contacts.ErrInternal, contacts.CodeOf(err))
		})
	}
}

func TestEmailFormat(t *testing.T) {
	var cases []inputCase
	for _, s := range []string{
		"a@b", "ann.lee+tag@mail.test", "ANN@MAIL.TEST", "ann@[192.0.2.1]", "ann@[IPv6:2001:db8::1]", "søren@øl.test",
		" ann@mail.test ", "ann@localhost", "ann@mail.test\t", "\r\nann@mail.test\u00a0", "o'brien@mail.test",
		"o’brien@mail.test", "!#$%&*+-/=?^_`{|}~@mail.test", "用户@例子.测试", "\u0938\u0939@\u092d.test", "😀@mail.test",
		`"ann lee"@mail.test`, `"a@b"@mail.test`, `"a,b;c<d>:e"@mail.test`, `"a\"b\\"@mail.test`, "ann@mail.test.",
		"mailto@mail.test", "ann(home)@mail.test",
	} {
		cases = append(cases, inputCase{"VAL-5 accepts " + strconv.Quote(s), withEmail(contacts.Email{Address: s}), nil})
	}
	for _, s := range []string{
		"ann", "@", "ann@", "@mail.test", "ann@@mail.test", "ann@mail@test", "@ann@mail.test", "ann@mail.test@",
		" @mail.test", "ann@ ", " @ ", " ", "\t", "ann＠mail.test", "\u200b", "\u200b@mail.test", "ann@\u200b",
		"\u3164@mail.test", "ann@\ufe0f", "ann@\u2800", `""@mail.test`, `" "@mail.test`,

		// A name, a link, a list or another text around the address.
		"Ann <ann@mail.test>", "<ann@mail.test>", "ann@mail.test <ann@mail.test>", `"Lee, Ann" <ann@mail.test>`,
		"mailto:ann@mail.test", "MAILTO:ann@mail.test", "mailto:ann@mail.test?subject=Hi", "smtp:ann@mail.test",
		"E-Mail: ann@mail.test", "mailto:", "; ann@mail.test", ";ann@mail.test", "ann@mail.test;", "ann@mail.test,",
		"ann@mail.test, bob@mail.test", "ann@mail.test;bob@mail.test", "ann@mail.test bob@mail.test", "ann,lee@mail.test",
		"ann@mail,test", "ann@mail.test (home)", "'ann@mail.test'", `"ann@mail.test"`, "“ann@mail.test”", "«ann@mail.test»",

		// Space and characters that do not show.
		"ann @mail.test", "ann@ mail.test", "ann lee@mail.test", "ann@mail .test", "ann\t@mail.test", "ann@mail\n.test",
		"ann\u00a0lee@mail.test", "ann@mail\u3000.test", "ann\u200b@mail.test", "\ufeffann@mail.test", "ann@mail.test\u200e",
		"an\u00adn@mail.test", "a\u200dnn@mail.test", "ann@mail\u2060.test", "ann\x01@mail.test", "ann@mail.test\x7f",
		"ann\u0085lee@mail.test", "ann\u202e@mail.test",

		// Quotes that hold no whole local part.
		`"ann@mail.test`, `ann"@mail.test`, `"ann"lee@mail.test`, `ann"lee"@mail.test`, `"ann\"@mail.test`,
		`ann@"mail.test"`, "\"ann\u200b\"@mail.test", "\"ann\nlee\"@mail.test",
		`"ann lee" @mail.test`, `"ann lee"@mail test`, `"ann lee"@mail@test`,
	} {
		cases = append(cases, inputCase{
			"VAL-5 refuses " + strconv.Quote(s), withEmail(contacts.Email{Address: s}),
			oneViolation(badFormat("info.emails.items[0].email", contacts.FormatEmail)),
		})
	}
	checkInputs(t, cases)
}

// isoCountries are the 249 codes of ISO 3166-1 alpha-2.
const isoCountries = `
	AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
	CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
	GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT
	JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY
	MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM
	PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
	SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
	UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`

func TestCountries(t *testing.T) {
	// Kosovo has no code in the standard; numbering plans and locale data use the reserved XK.
	want := map[string]bool{"XK": true}
	for code := range strings.FieldsSeq(isoCountries) {
		want[code] = true
	}
	require.Len(t, want, 249+1)

	t.Run("VAL-6 the countries among AA to ZZ", func(t *testing.T) {
		s := newLab(t, checkLarge)
		for a := 'A'; a <= 'Z'; a++ {
			for b := 'A'; b <= 'Z'; b++ {
				code := string(a) + string(b)
				_, err := s.Create(t.Context(), contacts.Info{
					Phones:    []contacts.Phone{{CountryCode: code, Number: "5"}},
					Addresses: []contacts.Address{{Country: code}},
				}, &contacts.CreateOptions{AllowDuplicates: true})
				if want[code] {
					require.NoError(t, err, code)
					continue
				}
				require.Error(t, err, code)
				require.Equal(t, []contacts.Violation{
					badFormat("info.phones.items[0].countryCode", contacts.FormatCountry),
					badFormat("info.addresses.items[0].address.country", contacts.FormatCountry),
				}, violations(t, err), code)
			}
		}
	})

	var cases []inputCase
	for _, s := range []string{
		"UK", "AN", "SU", "UN", "YU", "EU", "ZZ", "AA", "USA", "840", "001", "84", "us", "Us", "uS", "U", "US ", " US", "U S",
		"US\n", "Denmark", "DENMARK", "+1", "ＵＳ", "É", "--", "*",
	} {
		cases = append(cases,
			inputCase{
				"VAL-6 address refuses " + strconv.Quote(s), withAddress(contacts.Address{Country: s}),
				oneViolation(badFormat("info.addresses.items[0].address.country", contacts.FormatCountry)),
			},
			inputCase{
				"VAL-6 phone refuses " + strconv.Quote(s), withPhone(contacts.Phone{Number: "5", CountryCode: s}),
				oneViolation(badFormat("info.phones.items[0].countryCode", contacts.FormatCountry)),
			},
		)
	}
	checkInputs(t, cases)
}

func TestSubdivisions(t *testing.T) {
	var cases []inputCase
	for _, s := range []string{"US-NY", "GB-ENG", "DK-84", "FR-2A", "UA-30", "JP-13", "AD-02", "US-ZZ", "FR-20R"} {
		cases = append(cases, inputCase{"VAL-7 accepts " + s, withAddress(contacts.Address{Subdivision: s}), nil})
	}
	for _, s := range []string{
		"NY", "US", "US-", "-NY", "-", "us-NY", "US-ny", "Us-NY", "US_NY", "USNY", "US NY", "US-NYNY", "US--NY", "US-N-Y",
		"US-N Y", "US-NY ", " US-NY", "US-N\n", "UK-ENG", "AN-1", "ZZ-1", "USA-NY", "840-NY", "US-É", "New York",
	} {
		cases = append(cases, inputCase{
			"VAL-7 refuses " + strconv.Quote(s), withAddress(contacts.Address{Subdivision: s}),
			oneViolation(badFormat("info.addresses.items[0].address.subdivision", contacts.FormatSubdivision)),
		})
	}
	cases = append(cases, inputCase{
		"VAL-7 refuses 101 characters", withAddress(contacts.Address{Subdivision: "US-" + strings.Repeat("N", 98)}),
		oneViolation(badFormat("info.addresses.items[0].address.subdivision", contacts.FormatSubdivision)),
	})
	checkInputs(t, cases)
}

func TestEnumsOfInput(t *testing.T) {
	with := make(map[string]func(string) func(*contacts.Info))
	for _, f := range textFields {
		with[f.path] = f.with
	}
	var cases []inputCase
	for _, e := range []struct {
		path          string
		words, others []string // others are words of the other enums
	}{
		{"info.emails.items[0].tag", []string{"", "UNTAGGED", "MAIN", "HOME", "WORK"}, []string{"MOBILE", "BILLING"}},
		{
			"info.phones.items[0].tag", []string{"", "UNTAGGED", "MAIN", "HOME", "MOBILE", "WORK", "FAX"},
			[]string{"BILLING", "SHIPPING"},
		},
		{
			"info.addresses.items[0].tag", []string{"", "UNTAGGED", "HOME", "WORK", "BILLING", "SHIPPING"},
			[]string{"MAIN", "MOBILE"},
		},
		{"info.picture.imageProvider", []string{"", "UNKNOWN", "EXTERNAL", "WIX_MEDIA"}, []string{"HOME", "WIX"}},
	} {
		for _, word := range e.words {
			cases = append(cases, inputCase{"VAL-8 " + e.path + " " + strconv.Quote(word), with[e.path](word), nil})
		}
		for _, word := range append(e.others, "home", "Home", " HOME", "HOME ", "HOMER", "0", "?") {
			cases = append(cases, inputCase{
				"VAL-8 " + e.path + " refuses " + strconv.Quote(word), with[e.path](word),
				oneViolation(badFormat(e.path, contacts.FormatEnum)),
			})
		}
	}
	checkInputs(t, cases)

	t.Run("VAL-8 tags default to UNTAGGED", func(t *testing.T) {
		info := contacts.Info{
			Emails:    []contacts.Email{{Address: "ann@mail.test"}, {Address: "lee@mail.test", Tag: contacts.EmailWork}},
			Phones:    []contacts.Phone{{Number: "5"}, {Number: "6", Tag: contacts.PhoneFax}},
			Addresses: []contacts.Address{{City: "Odense"}, {City: "Aarhus", Tag: contacts.AddressBilling}},
		}
		c := create(t, newStore(t), info)
		require.Equal(t, contacts.EmailUntagged, c.Info.Emails[0].Tag)
		require.Equal(t, contacts.EmailWork, c.Info.Emails[1].Tag)
		require.Equal(t, contacts.PhoneUntagged, c.Info.Phones[0].Tag)
		require.Equal(t, contacts.PhoneFax, c.Info.Phones[1].Tag)
		require.Equal(t, contacts.AddressUntagged, c.Info.Addresses[0].Tag)
		require.Equal(t, contacts.AddressBilling, c.Info.Addresses[1].Tag)
	})
}

func TestBirthdates(t *testing.T) {
	var cases []inputCase
	for _, s := range []string{"", "2024-02-29", "2000-02-29", "1999-12-31", "0001-01-01", "9999-12-31", "2026-01-02"} {
		cases = append(cases, inputCase{"VAL-9 accepts " + strconv.Quote(s), withBirthdate(s), nil})
	}
	for _, s := range []string{
		"2023-02-29", "1900-02-29", "2024-02-30", "2024-04-31", "0000-00-00", "2024-00-10", "2024-13-01", "2024-01-00",
		"2024-01-32", "2024-2-9", "2024-02-9", "2024-2-09", "24-02-09", "2024-02-09 ", " 2024-02-09", "2024-02-09\n",
		"2024/02/09", "20240209", "2024-02", "2024", "2024-02-09T00:00:00Z", "09-02-2024", "+2024-02-09", "-001-02-09",
		"12024-02-09", "２０２４-02-09", "----------", "2024-Feb-09", "0", " ",
	} {
		cases = append(cases, inputCase{
			"VAL-9 refuses " + strconv.Quote(s), withBirthdate(s),
			oneViolation(badFormat("info.birthdate", contacts.FormatLocalDate)),
		})
	}
	checkInputs(t, cases)

	t.Run("VAL-9 an empty date clears", func(t *testing.T) {
		s := newStore(t)
		info := person("Ann")
		info.Birthdate = "1990-05-17"
		c := create(t, s, info)
		require.Equal(t, "1990-05-17", c.Info.Birthdate)
		c, err := s.Update(t.Context(), c.ID, 1, contacts.Patch{Birthdate: contacts.Set("")}, nil)
		require.NoError(t, err)
		require.Empty(t, c.Info.Birthdate)
	})
}

func TestLocales(t *testing.T) {
	for _, tc := range []struct{ given, stored string }{
		{"en", "en"},
		{"en-US", "en-us"},
		{"EN-us", "en-us"},
		{"da-DK", "da-dk"},
		{"zh-Hant-TW", "zh-hant-tw"},
		{"SR-LATN-rs", "sr-latn-rs"},
		{"es-419", "es-419"},
		{"de-1901", "de-1901"},
		{"en-u-ca-buddhist", "en-u-ca-buddhist"},
		{"x-private", "x-private"},
		{"en-X-Twain", "en-x-twain"},
		{"i-klingon", "i-klingon"},
		{"und", "und"},
		{"iw", "iw"}, // kept unchanged, not replaced by the newer he
		{"", ""},
	} {
		t.Run("VAL-10 accepts "+strconv.Quote(tc.given), func(t *testing.T) {
			s := newStore(t)
			info := person("Ann")
			info.Locale = tc.given
			c := create(t, s, info)
			require.Equal(t, tc.stored, c.Info.Locale)
			c, err := s.Update(t.Context(), c.ID, 1, contacts.Patch{Locale: contacts.Set(tc.given)}, nil)
			require.NoError(t, err)
			require.Equal(t, tc.stored, c.Info.Locale)
		})
	}
	var cases []inputCase
	for _, s := range []string{
		"en_US", "en_", "_", "english", "English", "root", "ROOT", "Root", "root-US", "e", "en-", "-en", "en--US", "en US",
		" en", "en ", "en\n", "en-US.UTF-8", "C", "POSIX", "x", "x-", "xyz", "en-12345", "english-US", "ſl", "日本",
		"123", "-", " ",
	} {
		cases = append(cases, inputCase{
			"VAL-10 refuses " + strconv.Quote(s), withLocale(s),
			oneViolation(badFormat("info.locale", contacts.FormatLanguageTag)),
		})
	}
	for name, s := range map[string]string{
		"300 bytes of one subtag":      strings.Repeat("e", 300),
		"300 bytes of private use":     "x-" + strings.Repeat("abcdefgh-", 33) + "a",
		"a megabyte of extensions":     "en" + strings.Repeat("-a-bb", 1<<20/5),
		"a megabyte of one long text":  strings.Repeat("en-us", 1<<20/5),
		"a megabyte of hyphens":        strings.Repeat("-", 1<<20),
		"a megabyte of private subtag": "x-" + strings.Repeat("a-", 1<<19),
	} {
		cases = append(cases, inputCase{
			"VAL-10 refuses " + name, withLocale(s), oneViolation(badFormat("info.locale", contacts.FormatLanguageTag)),
		})
	}
	checkInputs(t, cases)

	t.Run("VAL-10 an empty locale clears", func(t *testing.T) {
		s := newStore(t)
		info := person("Ann")
		info.Locale = "en-US"
		c := create(t, s, info)
		c, err := s.Update(t.Context(), c.ID, 1, contacts.Patch{Locale: contacts.Set("")}, nil)
		require.NoError(t, err)
		require.Empty(t, c.Info.Locale)
	})
}

func TestPictures(t *testing.T) {
	const most = 1<<31 - 1
	const image = "info.picture.image."
	var cases []inputCase
	for _, s := range []string{
		"", "https://img.test/a.png", "http://img.test", "HTTPS://IMG.TEST/a", "https://img.test:8443/a?b=c#d",
		"https://192.0.2.1/a", "https://[2001:db8::1]/a", "https://img.test/%C3%B8", "https://img.test/ø",
		"wix:image://v1/abc_123~mv2.png/a.png#originWidth=10&originHeight=20", "wix:image://v1/abc",
	} {
		cases = append(cases, inputCase{
			"VAL-11 accepts " + strconv.Quote(s), withImage(contacts.Image{ID: "abc", URL: s}), nil,
		})
	}
	for _, s := range []string{
		"img.test/a.png", "//img.test/a", "/a.png", "a", "ftp://img.test/a", "file:///etc/hosts", "javascript:alert(1)",
		"data:image/png;base64,AA==", "https://", "https:///a", "https:img.test", "https://:8443/a", "http://?a",
		"https://img.test/a b", " https://img.test/a", "https://img.test/a ", "https://img.test/a\n", "https://img.test/%zz",
		"https://[2001:db8::1/a", "wix:image://v1/", "wix:image://v2/abc", "wix:image:", "wix:image://v1/a b", "://", " ",
	} {
		cases = append(cases, inputCase{
			"VAL-11 refuses " + strconv.Quote(s), withImage(contacts.Image{URL: s}),
			oneViolation(badFormat(image+"url", contacts.FormatWebURL)),
		})
	}
	cases = append(cases,
		inputCase{"VAL-11 sizes at their limits", withImage(contacts.Image{ID: "abc", Height: 0, Width: most}), nil},
		inputCase{"VAL-11 height at its limit", withImage(contacts.Image{ID: "abc", Height: most}), nil},
		inputCase{
			"VAL-11 height under its limit", withImage(contacts.Image{ID: "abc", Height: -1}),
			oneViolation(contacts.Violation{Field: image + "height", Rule: contacts.RuleMin, Threshold: 0}),
		},
		inputCase{
			"VAL-11 width under its limit", withImage(contacts.Image{ID: "abc", Width: -most - 1}),
			oneViolation(contacts.Violation{Field: image + "width", Rule: contacts.RuleMin, Threshold: 0}),
		},
		inputCase{
			"VAL-11 sizes over their limits", withImage(contacts.Image{ID: "abc", Height: most + 1, Width: 1 << 40}),
			[]contacts.Violation{
				{Field: image + "height", Rule: contacts.RuleMax, Threshold: most},
				{Field: image + "width", Rule: contacts.RuleMax, Threshold: most},
			},
		},
	)
	checkInputs(t, cases)

	t.Run("VAL-11 an empty picture counts as absent", func(t *testing.T) {
		s := newStore(t)
		info := person("Ann")
		info.Picture = &contacts.Picture{}
		c := create(t, s, info)
		require.Nil(t, c.Info.Picture)
		c, err := s.Update(t.Context(), c.ID, 1, contacts.Patch{
			Picture: contacts.Set(&contacts.Picture{Image: contacts.Image{URL: "https://img.test/a.png", Width: 3}}),
		}, nil)
		require.NoError(t, err)
		require.Equal(t, &contacts.Picture{Image: contacts.Image{URL: "https://img.test/a.png", Width: 3}}, c.Info.Picture)
		c, err = s.Update(t.Context(), c.ID, 2, contacts.Patch{Picture: contacts.Set(&contacts.Picture{})}, nil)
		require.NoError(t, err)
		require.Nil(t, c.Info.Picture)
	})
}

func TestIDLists(t *testing.T) {
	checkInputs(t, []inputCase{
		{"VAL-12 locations", func(in *contacts.Info) { in.Locations = []uuid.UUID{testID(7), testID(8)} }, nil},
		{"VAL-12 a location twice", func(in *contacts.Info) { in.Locations = repeated(2, testID(7)) }, nil},
		{"VAL-12 assigned users", func(in *contacts.Info) { in.AssignedUserIDs = []uuid.UUID{testID(7)} }, nil},
		{
			"VAL-12 a location that is the nil UUID",
			func(in *contacts.Info) { in.Locations = []uuid.UUID{testID(7), {}, testID(8)} },
			oneViolation(badFormat("info.locations.items[1]", contacts.FormatGUID)),
		},
		{
			"VAL-12 an assigned user that is the nil UUID",
			func(in *contacts.Info) { in.AssignedUserIDs = []uuid.UUID{{}} },
			oneViolation(badFormat("info.assignedUserIds.items[0]", contacts.FormatGUID)),
		},
	})
}

func TestStreetOrAddressLine(t *testing.T) {
	street := contacts.StreetAddress{Number: "3", Name: "Park Ave"}
	checkInputs(t, []inputCase{
		{"VAL-13 street in parts", withAddress(contacts.Address{StreetAddress: &street}), nil},
		{"VAL-13 street as text", withAddress(contacts.Address{AddressLine: "3 Park Ave"}), nil},
		{"VAL-13 second line with parts", withAddress(contacts.Address{StreetAddress: &street, AddressLine2: "4 B"}), nil},
		{"VAL-13 a street without parts counts as absent", withAddress(contacts.Address{
			StreetAddress: &contacts.StreetAddress{}, AddressLine: "3 Park Ave",
		}), nil},
		{"VAL-13 neither", withAddress(contacts.Address{City: "Odense"}), nil},
		{
			"VAL-13 both",
			withAddress(contacts.Address{StreetAddress: &street, AddressLine: "3 Park Ave"}),
			oneViolation(contacts.Violation{
				Field: addressPath + "addressLine", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameOneOf,
			}),
		},
	})
}

func TestReadOnlyMembersOfInput(t *testing.T) {
	foreign := uuid.MustParse("0b8c7a52-7d3f-4b0e-9d51-0a5c3a1f9e11")
	info := contacts.Info{
		Name:   contacts.Name{First: "Ann"},
		Emails: []contacts.Email{{ID: foreign, Address: "ann@mail.test"}},
		Phones: []contacts.Phone{
			{ID: foreign, CountryCode: "US", Number: "646-567-6359", E164: "+4562183848", Formatted: "\xff"},
			{ID: foreign, Number: "12", E164: "+4562183848", Formatted: "\x00"},
		},
		Addresses: []contacts.Address{{
			ID: foreign, City: "Odense", Country: "DK", CountryFullname: "\xff",
			Subdivisions: []contacts.Subdivision{{Code: "\x00", Type: "PLANET"}},
		}},
		ExtendedFields: map[string]any{"contacts.displayByFirstName": 7, "emailSubscriptions.effectiveEmail": "no@mail.test"},
	}
	s := newStore(t)
	check := func(t *testing.T, c *contacts.Contact) {
		t.Helper()
		for _, id := range []uuid.UUID{
			c.Info.Emails[0].ID, c.Info.Phones[0].ID, c.Info.Phones[1].ID, c.Info.Addresses[0].ID,
		} {
			require.NotEqual(t, foreign, id)
			require.NotEqual(t, uuid.Nil, id)
		}
		require.Equal(t, "+16465676359", c.Info.Phones[0].E164)
		require.Equal(t, "+1 646-567-6359", c.Info.Phones[0].Formatted)
		require.Empty(t, c.Info.Phones[1].E164)
		require.Empty(t, c.Info.Phones[1].Formatted)
		require.Empty(t, c.Info.Addresses[0].CountryFullname)
		require.Empty(t, c.Info.Addresses[0].Subdivisions)
		require.Equal(t, "Ann", c.Info.ExtendedFields["contacts.displayByFirstName"])
		require.Equal(t, "ann@mail.test", c.Info.ExtendedFields["emailSubscriptions.effectiveEmail"])
	}
	var c *contacts.Contact
	t.Run("VAL-14 on create", func(t *testing.T) {
		c = create(t, s, info)
		check(t, c)
	})
	t.Run("VAL-14 on update", func(t *testing.T) {
		c, err := s.Update(t.Context(), c.ID, 1, wholePatch(info), nil)
		require.NoError(t, err)
		check(t, c)
	})
}

func TestTimesOutsideISO(t *testing.T) {
	s := newStore(t)
	c := create(t, s, person("Ada"))
	late := time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, field string
		call        func() error
	}{
		{"STO-3 of an activity", "activity.activityDate", func() error {
			_, err := s.RecordActivity(t.Context(), c.ID, contacts.ActivityGeneral, late)
			return err
		}},
		{"STO-3 of a member", "memberInfo.signupDate", func() error {
			_, err := s.SetMember(t.Context(), c.ID, &contacts.Member{MemberID: c.ID, SignupDate: late})
			return err
		}},
		{"STO-3 of a picture", "info.picture.image.urlExpirationDate", func() error {
			in := person("Ada")
			in.Picture = &contacts.Picture{Image: contacts.Image{ID: "a", URLExpirationDate: late}}
			_, err := s.Create(t.Context(), in, nil)
			return err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := []contacts.Violation{{Field: tt.field, Rule: contacts.RuleFormat, Format: contacts.FormatTimestamp}}
			require.Equal(t, want, violations(t, tt.call()))
		})
	}
}

func TestTextsOfPictures(t *testing.T) {
	const at = "info.picture.image."
	url := func(n int) string { return "https://x.test/" + strings.Repeat("ä", n-len("https://x.test/")) }
	checkInputs(t, []inputCase{
		{"VAL-20 texts at their limits", withImage(contacts.Image{
			ID: strings.Repeat("ä", 1000), URL: url(4096), AltText: strings.Repeat("漢", 1000),
			Filename: strings.Repeat("x", 1000),
		}), nil},
		{"VAL-20 texts over their limits", withImage(contacts.Image{
			ID: strings.Repeat("ä", 1001), URL: url(4097), AltText: strings.Repeat("漢", 1001),
			Filename: strings.Repeat("x", 1001),
		}), []contacts.Violation{
			tooLong(at+"id", 1000), tooLong(at+"url", 4096), tooLong(at+"altText", 1000), tooLong(at+"filename", 1000),
		}},
		{"VAL-20 VAL-11 a long text that is no URL", withImage(contacts.Image{URL: strings.Repeat("x", 5000)}),
			oneViolation(badFormat(at+"url", contacts.FormatWebURL))},
	})
	s := newStore(t)
	long := contacts.Image{ID: strings.Repeat("x", 1001), URL: url(4097)}
	want := func(at string) []contacts.Violation {
		return []contacts.Violation{tooLong(at+".id", 1000), tooLong(at+".url", 4096)}
	}
	t.Run("VAL-20 the photo of a member", func(t *testing.T) {
		c := create(t, s, person("Ann"))
		member := fullMember()
		member.Profile = &contacts.MemberProfile{Photo: &long}
		_, err := s.SetMember(t.Context(), c.ID, member)
		require.Equal(t, want("memberInfo.profileInfo.photo"), violations(t, err))
	})
	t.Run("VAL-20 the deprecated picture and the icon of an imported contact", func(t *testing.T) {
		c := row(1, person("Ann"))
		c.Picture = &long
		c.LastActivity.Icon = &contacts.Icon{URL: url(4097)}
		err := importRefused(t, s, nil, c)
		icon := oneViolation(tooLong("lastActivity.icon.url", 4096))
		require.Equal(t, append(icon, want("picture")...), violations(t, err))
	})
}

// sizeOf returns the bytes of a contact in JSON.
func sizeOf(t testing.TB, c *contacts.Contact) int {
	text, err := json.Marshal(c)
	require.NoError(t, err)
	return len(text)
}

// sizedInfo returns a person whose contact has about this many bytes in JSON.
func sizedInfo(first string, size int) contacts.Info {
	info := person(first)
	for i := 0; size > 0; i++ {
		n := min(size, 2000)
		text := strings.Repeat(string(rune('a'+i)), n)
		info.Addresses = append(info.Addresses, contacts.Address{FormattedAddress: text})
		size -= n + 150
	}
	return info
}

func TestContactSize(t *testing.T) {
	const limit = 8000
	tooLarge := contacts.Violation{Field: "contact", Rule: contacts.RuleMaxSize, Threshold: limit}
	open := func(t *testing.T) *lab {
		return newLab(t, func(o *contacts.Options) { o.ContactSizeMax = limit })
	}
	addresses := func(n int) contacts.Opt[[]contacts.Address] { return contacts.Set(sizedInfo("", n).Addresses) }
	for _, tc := range []struct {
		name  string
		write func(ctx context.Context, l *lab, id uuid.UUID, n int) error // makes a contact of about n bytes
	}{
		{"Create", func(ctx context.Context, l *lab, _ uuid.UUID, n int) error {
			_, err := l.Create(ctx, sizedInfo("Bob", n), nil)
			return err
		}},
		{"Update", func(ctx context.Context, l *lab, id uuid.UUID, n int) error {
			_, err := l.Update(ctx, id, 1, contacts.Patch{Addresses: addresses(n)}, nil)
			return err
		}},
		{"Batch", func(ctx context.Context, l *lab, id uuid.UUID, n int) error {
			results, err := l.Batch(ctx, []contacts.Operation{
				contacts.UpdateOp{ID: id, Revision: 1, Patch: contacts.Patch{Addresses: addresses(n)}},
			}, nil)
			if err != nil {
				return err
			}
			return results[0].Err
		}},
		{"Submit to a new contact", func(ctx context.Context, l *lab, _ uuid.UUID, n int) error {
			_, err := l.Submit(ctx, sizedInfo("Bob", n), nil)
			return err
		}},
		{"Submit", func(ctx context.Context, l *lab, id uuid.UUID, n int) error {
			_, err := l.Submit(ctx, sizedInfo("", n), &contacts.SubmitOptions{ContactID: id, Override: true})
			return err
		}},
		{"Submit with an activity", func(ctx context.Context, l *lab, id uuid.UUID, n int) error {
			activity := contacts.Activity{Description: strings.Repeat("x", max(1, n-7000)%1001)}
			_, err := l.Submit(ctx, sizedInfo("", min(n, 7000)), &contacts.SubmitOptions{
				ContactID: id, Override: true, Activity: activity,
			})
			return err
		}},
		{"Upsert", func(ctx context.Context, l *lab, _ uuid.UUID, n int) error {
			info := sizedInfo("Ann", n)
			info.Emails = []contacts.Email{{Address: "ann@x.test"}}
			_, _, err := l.Upsert(ctx, info, nil)
			return err
		}},
		{"SetMember", func(ctx context.Context, l *lab, id uuid.UUID, n int) error {
			_, err := l.SetMember(ctx, id, &contacts.Member{
				MemberID: testID(9), GroupIDs: repeated(n/39, testID(1)),
			})
			return err
		}},
		{"SetSystemFields", func(ctx context.Context, l *lab, id uuid.UUID, n int) error {
			_, err := l.SetSystemFields(ctx, id, map[string]any{"members.mobile": strings.Repeat("x", n)})
			return err
		}},
		{"Label", func(ctx context.Context, l *lab, id uuid.UUID, n int) error {
			var keys []string
			for i := range n / 79 {
				keys = append(keys, newLabel(t, l.Store, fmt.Sprint(i, strings.Repeat("x", 75))))
			}
			_, err := l.Label(ctx, id, keys...)
			return err
		}},
		{"Import", func(ctx context.Context, l *lab, _ uuid.UUID, n int) error {
			report, err := l.Import(ctx, rowsOf(row(7, sizedInfo("Bob", n))), nil)
			if err == nil && report.Errors != nil {
				err = report.Errors[0].Err
			}
			return err
		}},
	} {
		t.Run("VAL-21 "+tc.name, func(t *testing.T) {
			l := open(t)
			ann := create(t, l.Store, person("Ann", "ann@x.test"))
			require.NoError(t, tc.write(t.Context(), &lab{l.Fork(), l.now}, ann.ID, 4000))
			before := l.Snapshot().Digest()
			err := tc.write(t.Context(), l, ann.ID, 7900)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			require.Equal(t, oneViolation(tooLarge), violations(t, err))
			require.ErrorContains(t, err, "contact must have at most 8000 bytes in JSON")
			if tc.name != "Label" {
				require.Equal(t, before, l.Snapshot().Digest())
			}
		})
	}
	t.Run("VAL-21 exactly", func(t *testing.T) {
		for _, filler := range []string{"x", "<", "\x01", "ä", "\u2028", `"`, "漢", "😀"} {
			info := func(n int) contacts.Info {
				return contacts.Info{Name: contacts.Name{First: "A"}, Company: strings.Repeat(filler, n)}
			}
			s := openStore(t, unchecked())
			size := sizeOf(t, create(t, s, info(700)))
			for most, ok := range map[int]bool{size - 1: false, size: true, size + 1: true} {
				opts := fixed()
				opts.ContactSizeMax = most
				_, err := openStore(t, opts).Create(t.Context(), info(700), nil)
				require.Equal(t, ok, err == nil, "%q", filler)
			}
		}
	})
	t.Run("VAL-21 a contact of 1 MiB by default", func(t *testing.T) {
		s := openStore(t, unchecked())
		var keys []string
		for i := range 100 {
			keys = append(keys, newField(t, s, fmt.Sprint("Field ", i), contacts.DataText))
		}
		info := person("Ann")
		info.ExtendedFields = make(map[string]any)
		for _, key := range keys {
			info.ExtendedFields[key] = strings.Repeat("x", 10_000)
		}
		c := create(t, s, info)
		require.Greater(t, sizeOf(t, c), 1_000_000)
		for _, key := range keys {
			info.ExtendedFields[key] = strings.Repeat("ä", 10_000)
		}
		_, err := s.Create(t.Context(), info, nil)
		require.Equal(t, oneViolation(contacts.Violation{
			Field: "contact", Rule: contacts.RuleMaxSize, Threshold: 1 << 20,
		}), violations(t, err))
		requireLoads(t, s)
	})
	t.Run("VAL-21 bulk updates count such contacts as failed", func(t *testing.T) {
		l := open(t)
		create(t, l.Store, sizedInfo("Ann", 3000))
		create(t, l.Store, sizedInfo("Bob", 6000))
		long := contacts.Set(strings.Repeat("x", 1000))
		job, err := l.BulkUpdate(t.Context(), contacts.Selection{Filter: contacts.Exists("info.name.first", true)},
			contacts.Patch{Company: long, JobTitle: long}, nil)
		require.NoError(t, err)
		require.Equal(t, 1, job.SuccessTotal)
		require.Equal(t, contacts.ErrInvalid, job.Errors[0].Code)
	})
	t.Run("VAL-21 MRG-9 a merge", func(t *testing.T) {
		l := open(t)
		target, source := create(t, l.Store, sizedInfo("Ann", 4500)), create(t, l.Store, sizedInfo("Bob", 1000))
		info := person("Cyd")
		info.Company, info.JobTitle = strings.Repeat("x", 1000), strings.Repeat("x", 1000)
		info.Addresses = []contacts.Address{{FormattedAddress: strings.Repeat("y", 1900)}}
		other := create(t, l.Store, info)
		want := []contacts.MergeBlock{{Blocker: contacts.TooLarge, ID: target.ID, Violation: tooLarge}}
		plan, err := l.PreviewMerge(t.Context(), target.ID, []uuid.UUID{other.ID})
		require.NoError(t, err)
		require.Equal(t, want, plan.Blocks)
		err = l.refused(t, contacts.ErrIllegalMerge, func() error {
			_, err := l.Merge(t.Context(), target.ID, 1, []uuid.UUID{other.ID}, nil)
			return err
		})
		require.Equal(t, want, blocksOf(t, err))
		require.Equal(t, oneViolation(tooLarge), violations(t, err))
		_, err = l.Merge(t.Context(), target.ID, 1, []uuid.UUID{source.ID}, nil)
		require.NoError(t, err)
	})
	t.Run("VAL-21 a contact that is too large may stay as it is and shrink", func(t *testing.T) {
		large := openStore(t, unchecked())
		ann := create(t, large, sizedInfo("Ann", 9000))
		var export strings.Builder
		require.NoError(t, large.Snapshot().Export(&export))
		opts := fixed()
		opts.ContactSizeMax = limit
		s, err := contacts.Load(t.Context(), strings.NewReader(export.String()), opts)
		require.NoError(t, err)
		_, err = s.Update(t.Context(), ann.ID, 1, contacts.Patch{Company: contacts.Set("x")}, nil)
		require.Equal(t, oneViolation(tooLarge), violations(t, err))
		c, err := s.Unlabel(t.Context(), ann.ID, "contacts.customers")
		require.NoError(t, err)
		patch := contacts.Patch{Addresses: contacts.Set(c.Info.Addresses[1:])}
		c, err = s.Update(t.Context(), ann.ID, c.Revision, patch, nil)
		require.NoError(t, err)
		require.NoError(t, s.Snapshot().Check())
		require.Len(t, c.Info.Addresses, len(ann.Info.Addresses)-1)
	})
	t.Run("VAL-21 a contact under the limit does not grow by characters that JSON escapes", func(t *testing.T) {
		l := open(t)
		c := create(t, l.Store, sizedInfo("Ann", 7000))
		addresses := c.Clone().Info.Addresses
		for i := range addresses {
			addresses[i].FormattedAddress = strings.Repeat("<", len(addresses[i].FormattedAddress))
		}
		_, err := l.Update(t.Context(), c.ID, 1, contacts.Patch{Addresses: contacts.Set(addresses)}, nil)
		require.Equal(t, oneViolation(tooLarge), violations(t, err))
	})
	t.Run("FLD-31 at most 10,000 values of extended fields", func(t *testing.T) {
		opts := fixed()
		opts.SelfCheck, opts.FieldQuota = false, 20_000
		s := openStore(t, opts)
		c := row(1, person("Ann"))
		c.Info.ExtendedFields = make(map[string]any)
		for i := range 10_000 - 2 { // and two display names
			c.Info.ExtendedFields[fmt.Sprint("custom.a", i)] = float64(i)
		}
		importOne(t, s, &contacts.ImportOptions{Define: true}, c)
		requireLoads(t, s)
		more := row(2, person("Bob"))
		more.Info.ExtendedFields = maps.Clone(c.Info.ExtendedFields)
		more.Info.ExtendedFields["custom.b"] = 1.0
		err := importRefused(t, s, &contacts.ImportOptions{Define: true}, more)
		require.Equal(t, oneViolation(tooMany("info.extendedFields.items", 10_000)), violations(t, err))
	})
}
