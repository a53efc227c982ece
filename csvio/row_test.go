package csvio_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

func TestRows(t *testing.T) {
	type info = contacts.Info
	emails := func(list ...contacts.Email) info { return info{Emails: list} }
	phones := func(list ...contacts.Phone) info { return info{Phones: list} }
	address := func(list ...contacts.Address) info { return info{Addresses: list} }
	for _, test := range []struct {
		name, text string
		want       info
		remarks    []remark
	}{
		{name: "by hand", text: "First Name,Last Name,Company,Job Title,Birthday,Locale\n" +
			"Anna,Ash,Vine,Nurse,1990-02-03,en-US\n",
			want: info{Name: contacts.Name{First: "Anna", Last: "Ash"}, Company: "Vine", JobTitle: "Nurse",
				Birthdate: "1990-02-03", Locale: "en-US"}},
		{name: "spaces around cells", text: " First Name , Email\n Anna ,\" a@example.com \"\n",
			want: info{Name: contacts.Name{First: "Anna"}, Emails: []contacts.Email{{Address: "a@example.com"}}}},
		{name: "quotes and line breaks", text: "First Name,Company\r\n\"Anna\nMaria\",\"\"\"Blue\"\" & Co\"\r\n",
			want: info{Name: contacts.Name{First: "Anna\nMaria"}, Company: `"Blue" & Co`}},
		{name: "fewer cells than columns", text: "First Name,Email,Phone\nAnna\n",
			want: info{Name: contacts.Name{First: "Anna"}}},
		{name: "blank cells beyond the columns", text: "First Name\nAnna,, \n",
			want: info{Name: contacts.Name{First: "Anna"}}},
		{name: "unknown columns are reported by name", text: "First Name, Shoe size ,Pet\nAnna,44,\n",
			want: info{Name: contacts.Name{First: "Anna"}}, remarks: []remark{{"Shoe size", csvio.NotImported}}},
		{name: "a column twice", text: "Company,Organization,Employer\nVine,Ash,Vine\n",
			want: info{Company: "Vine"}, remarks: []remark{{"Organization", csvio.NotImported}}},

		{name: "a full name alone", text: "Name\nAnna Ash\n", want: info{Name: contacts.Name{First: "Anna Ash"}}},
		{name: "a full name that adds nothing", text: "Name,Given Name,Family Name\nAnna Ash,Anna,Ash\n",
			want: info{Name: contacts.Name{First: "Anna", Last: "Ash"}}},
		{name: "a full name that equals one part", text: "Name,Given Name,Family Name\nAnna,Anna,\n",
			want: info{Name: contacts.Name{First: "Anna"}}},
		{name: "a full name in another order", text: "Display Name,Given Name,Family Name\n\"Ash, Anna\",Anna,Ash\n",
			want: info{Name: contacts.Name{First: "Anna", Last: "Ash"}}},
		{name: "a name beside a last name", text: "Name,Last Name\nAnna,Ash\n",
			want: info{Name: contacts.Name{First: "Anna", Last: "Ash"}}},
		{name: "a name beside a first name", text: "Name,Vorname\nAsh,Anna\n",
			want: info{Name: contacts.Name{First: "Anna", Last: "Ash"}}},
		{name: "a full name beside a first name", text: "Name,Vorname\nANNA ASH,Anna\n",
			want:    info{Name: contacts.Name{First: "Anna"}},
			remarks: []remark{{"Name", csvio.NotImported}}},
		{name: "Outlook's type of an email", text: "E-mail Type,E-mail Address\nSMTP,a@example.com\n",
			want:    emails(contacts.Email{Address: "a@example.com"}),
			remarks: []remark{{"E-mail Type", csvio.NotImported}}},
		{name: "a full name that adds a title", text: "Name,Given Name,Family Name\nDr. Anna Ash,Anna,Ash\n",
			want:    info{Name: contacts.Name{First: "Anna", Last: "Ash"}},
			remarks: []remark{{"Name", csvio.NotImported}}},

		{name: "emails", text: "Email,Email 2,Work Email\na@example.com,b@example.com,c@example.com\n",
			want: emails(contacts.Email{Address: "a@example.com"}, contacts.Email{Address: "b@example.com"},
				contacts.Email{Tag: contacts.EmailWork, Address: "c@example.com"})},
		{name: "several values in a cell", text: "E-mail 1 - Label,E-mail 1 - Value\n" +
			"Home,a@example.com ::: b@example.com ::: \n",
			want: emails(contacts.Email{Tag: contacts.EmailHome, Address: "a@example.com"},
				contacts.Email{Tag: contacts.EmailHome, Address: "b@example.com"})},
		{name: "invisible cells are empty", text: "First Name,Email,Phone,Birthday\nAnna,\u200b,\u2060 ,\ufeff\n",
			want: info{Name: contacts.Name{First: "Anna"}}},
		{name: "invisible cells beyond the columns", text: "First Name\nAnna,\ufeff,\u200b \n",
			want: info{Name: contacts.Name{First: "Anna"}}},
		{name: "joiners stay", text: "First Name,Last Name\nمی\u200cخواهم,👩\u200d💻\n",
			want: info{Name: contacts.Name{First: "می\u200cخواهم", Last: "👩\u200d💻"}}},
		{name: "headings with invisible characters",
			text: "\u200bFirst\u00adName\ufe0f,E\u2011mail\nAnna,a@example.com\n",
			want: info{Name: contacts.Name{First: "Anna"}, Emails: []contacts.Email{{Address: "a@example.com"}}}},
		{name: "several addresses, the first of them primary", text: "E-mail 1 - Label,E-mail 1 - Value\n" +
			"* Work,\"a@example.com; b@example.com\"\n",
			want: emails(contacts.Email{Tag: contacts.EmailWork, Address: "a@example.com", Primary: true},
				contacts.Email{Tag: contacts.EmailWork, Address: "b@example.com"}),
			remarks: []remark{{"E-mail 1 - Value", csvio.OtherSpelling}}},
		{name: "addresses among others in a cell",
			text: "Email\n\"Anna <a@example.com> ::: none, b@example.com ::: c\"\n",
			want: emails(contacts.Email{Address: "a@example.com"}, contacts.Email{Address: "b@example.com"},
				contacts.Email{Address: "c"}),
			remarks: []remark{{"Email", csvio.NotImported}}},
		{name: "a star marks the primary item",
			text: "E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,E-mail 3 - Label," +
				"E-mail 3 - Value\n,a@example.com,* Home,b@example.com ::: c@example.com,* Work,d@example.com\n",
			want: emails(contacts.Email{Address: "a@example.com"},
				contacts.Email{Tag: contacts.EmailHome, Address: "b@example.com", Primary: true},
				contacts.Email{Tag: contacts.EmailHome, Address: "c@example.com"},
				contacts.Email{Tag: contacts.EmailWork, Address: "d@example.com"})},
		{name: "only the first phone with a star is primary",
			text: "Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value,Phone 3 - Label,Phone 3 - Value\n" +
				"Home,1,* Work,2,* Mobile,3 ::: 4\n",
			want: phones(contacts.Phone{Tag: contacts.PhoneHome, Number: "1"},
				contacts.Phone{Tag: contacts.PhoneWork, Number: "2", Primary: true},
				contacts.Phone{Tag: contacts.PhoneMobile, Number: "3"},
				contacts.Phone{Tag: contacts.PhoneMobile, Number: "4"})},
		{name: "only the first email with a star is primary",
			text: "E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value\n" +
				"* Home,a@example.com,* Work,b@example.com\n",
			want: emails(contacts.Email{Tag: contacts.EmailHome, Address: "a@example.com", Primary: true},
				contacts.Email{Tag: contacts.EmailWork, Address: "b@example.com"})},
		{name: "a label that is not a tag", text: "E-mail 1 - Label,E-mail 1 - Value\nNetwork,a@example.com\n",
			want:    emails(contacts.Email{Address: "a@example.com"}),
			remarks: []remark{{"E-mail 1 - Label", csvio.NotImported}}},
		{name: "a label that is a tag only of phones",
			text:    "E-mail 1 - Label,E-mail 1 - Value\nMobile,a@example.com\n",
			want:    emails(contacts.Email{Address: "a@example.com"}),
			remarks: []remark{{"E-mail 1 - Label", csvio.NotImported}}},
		{name: "repeated headings", text: "Email Type,Email,Email Type,Email\n" +
			"Home,a@example.com,Work,b@example.com\n",
			want: emails(contacts.Email{Tag: contacts.EmailHome, Address: "a@example.com"},
				contacts.Email{Tag: contacts.EmailWork, Address: "b@example.com"})},
		{name: "numbers before or after the noun", text: "Phone Number 2,Phone 2 Type\n1,Work\n",
			want: phones(contacts.Phone{Tag: contacts.PhoneWork, Number: "1"})},

		{name: "phones have the country of the row", text: "Phone,Mobile,Country\n1,2,GB\n",
			want: phones(contacts.Phone{Number: "1", CountryCode: "GB"},
				contacts.Phone{Tag: contacts.PhoneMobile, Number: "2", CountryCode: "GB"})},
		{name: "phones have the country of their address",
			text: "Business Phone,Home Phone,Mobile Phone,Home Fax,Home Country/Region,Business Country/Region\n" +
				"1,2,3,4,DK,SE\n",
			want: info{
				Phones: []contacts.Phone{
					{Tag: contacts.PhoneWork, Number: "1", CountryCode: "SE"},
					{Tag: contacts.PhoneHome, Number: "2", CountryCode: "DK"},
					{Tag: contacts.PhoneMobile, Number: "3", CountryCode: "DK"},
					{Tag: contacts.PhoneFax, Number: "4", CountryCode: "DK"},
				},
				Addresses: []contacts.Address{{Tag: contacts.AddressHome, Country: "DK"},
					{Tag: contacts.AddressWork, Country: "SE"}},
			}},
		{name: "labels of phones", text: "Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value," +
			"Phone 3 - Label,Phone 3 - Value\n" +
			"Work Fax,1,Other,2,homeFax,3\n",
			want: phones(contacts.Phone{Tag: contacts.PhoneFax, Number: "1"},
				contacts.Phone{Tag: contacts.PhoneUntagged, Number: "2"},
				contacts.Phone{Tag: contacts.PhoneFax, Number: "3"})},
		{name: "PHN-3 a phone stays as typed", text: "Phone\n\"\u202a(0)30 \"\"1\u202c\"\n",
			want: phones(contacts.Phone{Number: "\u202a(0)30 \"1\u202c"})},

		{name: "an address", text: "Street,Street 2,PO Box,City,Region,Zip,Country\n" +
			"1 High St,Flat 2,PB 3,Albany,US-NY,12207,US\n",
			want: address(contacts.Address{AddressLine: "1 High St", AddressLine2: "Flat 2, PB 3", City: "Albany",
				Subdivision: "US-NY", PostalCode: "12207", Country: "US"})},
		{name: "a street in parts", text: "street_number,address_1,address_2,suburb,postcode\n" +
			"6,elm street,rose farm,st james,4011\n",
			want: address(contacts.Address{StreetAddress: &contacts.StreetAddress{Number: "6", Name: "elm street"},
				AddressLine2: "rose farm", City: "st james", PostalCode: "4011"})},
		{name: "an address next to its street", text: "Home Address,Home Street,Home City,Home Address PO Box\n" +
			"\"1 Elm\nLeeds\",1 Elm,Leeds,9\n",
			want: address(contacts.Address{Tag: contacts.AddressHome, AddressLine: "1 Elm", AddressLine2: "9",
				City:             "Leeds",
				FormattedAddress: "1 Elm\nLeeds"})},
		{name: "an address next to its street and its formatted text",
			text:    "Address,Street,Formatted Address\nElm House,1 Elm,\"1 Elm\nLeeds\"\n",
			want:    address(contacts.Address{AddressLine: "1 Elm", FormattedAddress: "1 Elm\nLeeds"}),
			remarks: []remark{{"Address", csvio.NotImported}}},
		{name: "addresses with the same label in Google's exports",
			text: "Address 1 - Label,Address 1 - Street,Address 1 - City," +
				"Address 1 - Country\nHome,1 Elm ::: 2 Oak,Leeds ::: ,GB ::: Germany\n",
			want: address(contacts.Address{Tag: contacts.AddressHome, AddressLine: "1 Elm", City: "Leeds",
				Country: "GB"},
				contacts.Address{Tag: contacts.AddressHome, AddressLine: "2 Oak", Country: "DE"}),
			remarks: []remark{{"Address 1 - Country", csvio.OtherSpelling}}},
		{name: "several companies", text: "Organization 1 - Name,Organization 1 - Title\nVine ::: Ash,Nurse :::\n",
			want:    info{Company: "Vine", JobTitle: "Nurse"},
			remarks: []remark{{"Organization 1 - Name", csvio.NotImported}}},

		{name: "a country alone", text: "First Name,Phone,Street,Country\nAnna,,,GB\n",
			want: info{Name: contacts.Name{First: "Anna"}, Addresses: []contacts.Address{{Country: "GB"}}}},
		{name: "a country that no other address has", text: "Country,Home City,Home Country\nGB,Bonn,DE\n",
			want: address(contacts.Address{Tag: contacts.AddressHome, City: "Bonn", Country: "DE"},
				contacts.Address{Country: "GB"})},
		{name: "an address has the country of the row", text: "Country,Home City\nGB,Leeds\n",
			want: address(contacts.Address{Tag: contacts.AddressHome, City: "Leeds", Country: "GB"})},

		{name: "other spellings are reported",
			text: "Country,City,Region,Birthday\nUnited States,Albany,New York,31.12.1999\n",
			want: info{Birthdate: "1999-12-31",
				Addresses: []contacts.Address{{City: "Albany", Subdivision: "US-NY", Country: "US"}}},
			remarks: []remark{{"Country", csvio.OtherSpelling}, {"Region", csvio.OtherSpelling},
				{"Birthday", csvio.OtherSpelling}}},
		{name: "a region that is not a code is kept in the formatted address",
			text: "House Number,Street,Zip,City,State,Country\n6,Elm,LS1,Leeds,Upper Foxshire,GB\n",
			want: address(contacts.Address{StreetAddress: &contacts.StreetAddress{Number: "6", Name: "Elm"},
				City: "Leeds", PostalCode: "LS1", Country: "GB",
				FormattedAddress: "6 Elm\nLS1 Leeds\nUpper Foxshire\nUnited Kingdom"}),
			remarks: []remark{{"State", csvio.FormattedOnly}}},
		{name: "a region that the formatted address already contains",
			text:    "State,Formatted Address\nFoxshire,\"Leeds\nFoxshire\"\n",
			want:    address(contacts.Address{FormattedAddress: "Leeds\nFoxshire"}),
			remarks: []remark{{"State", csvio.FormattedOnly}}},
		{name: "a region that no field can hold", text: "State,Formatted Address\nFoxshire,Leeds\n",
			want:    address(contacts.Address{FormattedAddress: "Leeds\nFoxshire"}),
			remarks: []remark{{"State", csvio.FormattedOnly}}},
		{name: "CSV-1 values that are not understood are left out",
			text:    "Country,City,Birthday\nNarnia,Leeds,soon\n",
			want:    info{Addresses: []contacts.Address{{City: "Leeds", FormattedAddress: "Leeds\nNarnia"}}},
			remarks: []remark{{"Country", csvio.FormattedOnly}, {"Birthday", csvio.NotImported}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			row := one(t, test.text, nil)
			require.Equal(t, &contacts.Contact{Info: test.want}, row.Contact)
			require.Equal(t, test.remarks, treatments(row))
		})
	}
}

func TestCountries(t *testing.T) {
	for text, want := range map[string]string{
		"US": "US", "us": "US", "USA": "US", "U.S.A.": "US", "uk": "GB", "Germany": "DE", "Deutschland": "DE",
		"NA": "NA", "Namibia": "NA", "España": "ES", "日本": "JP",
		"Côte d'Ivoire": "CI", "Trinidad & Tobago": "TT", "Tanzania (United Republic of)": "TZ",
		"Narnia": "", "XX": "", "840": "", "123 DE": "", "D": "", "USA (California)": "",
		"Congo (Kinshasa)": "CD",
	} {
		t.Run("CSV-5 "+text, func(t *testing.T) {
			row := one(t, "Home Country\n"+text+"\n", nil)
			a := row.Contact.Info.Addresses[0]
			require.Equal(t, want, a.Country)
			require.Equal(t, text != want, len(row.Remarks) == 1)
			if want == "" {
				require.Equal(t, contacts.Address{Tag: contacts.AddressHome, FormattedAddress: text}, a)
				require.Equal(t, []csvio.Remark{{"Home Country", csvio.FormattedOnly, csvio.UnknownCountry}},
					row.Remarks)
			}
		})
	}
}

func TestSubdivisions(t *testing.T) {
	for _, test := range []struct{ text, country, want string }{
		{"US-NY", "US", "US-NY"}, {"us-ny", "", "US-NY"}, {"NY", "US", "US-NY"}, {"ny", "US", "US-NY"},
		{"new york", "US", "US-NY"}, {"Bayern", "DE", "DE-BY"}, {"wa", "AU", "AU-WA"}, {"wa", "US", "US-WA"},
		{"US-QQ", "US", "US-QQ"}, // unknown, but it may exist one day
		{"wa", "", ""}, {"Upper Foxshire", "GB", ""}, {"wa", "Narnia", ""}, {"US-NY", "GB", ""}, {"no-go", "GB", ""},
		{"xx-1", "", ""},
		{"Barisal", "BD", ""}, // a division and a district
	} {
		t.Run(test.text+" "+test.country, func(t *testing.T) {
			row := one(t, "Home State,Home Country\n"+test.text+","+test.country+"\n", nil)
			a := row.Contact.Info.Addresses[0]
			require.Equal(t, test.want, a.Subdivision)
			if test.want == "" {
				require.Contains(t, a.FormattedAddress, test.text)
			}
		})
	}
}

func TestRecordColumns(t *testing.T) {
	const id = "6f6b35e8-2c0e-4a53-9d1a-0a3c0e3f9b11"
	at := time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	for _, test := range []struct {
		name, text string
		want       contacts.Contact
		what       csvio.Treatment
		why        csvio.Reason
	}{
		{name: "an ID", text: "ID\n" + id, want: contacts.Contact{ID: uuid.MustParse(id)}},
		{name: "an ID of the SDK, in capitals", text: "_id\n6F6B35E8-2C0E-4A53-9D1A-0A3C0E3F9B11",
			want: contacts.Contact{ID: uuid.MustParse(id)}},
		{name: "a contact ID", text: "Contact ID\n" + id, want: contacts.Contact{ID: uuid.MustParse(id)}},
		{name: "a record ID", text: "Record ID\n" + id, want: contacts.Contact{ID: uuid.MustParse(id)}},
		{name: "CSV-2 an ID that is a number", text: "ID\n17", what: csvio.NotImported, why: csvio.NotID},
		{name: "CSV-2 an ID in another form", text: "ID\nurn:uuid:" + id, what: csvio.NotImported, why: csvio.NotID},
		{name: "CSV-2 an ID of zeros", text: "ID\n" + uuid.Nil.String(), what: csvio.NotImported, why: csvio.NotID},

		{name: "STO-3 a time", text: "Created Date\n2026-01-02T03:04:05.0069Z",
			want: contacts.Contact{CreatedDate: at}},
		{name: "a time in another zone", text: "_createdDate\n2026-01-02T05:04:05.006+02:00",
			want: contacts.Contact{CreatedDate: at}},
		{name: "a bare date", text: "Created At\n2026-01-02",
			want: contacts.Contact{CreatedDate: at.Truncate(24 * time.Hour)}},
		{name: "a time in the service's exports", text: "Created At (UTC+0)\n2026-01-02 03:04",
			want: contacts.Contact{CreatedDate: at.Truncate(time.Minute)}},
		{name: "a time with seconds under UTC", text: "Created At (UTC)\n2026-01-02 03:04:05",
			want: contacts.Contact{CreatedDate: at.Truncate(time.Second)}},
		{name: "CSV-3 a time without a zone", text: "Created At\n2026-01-02 03:04:05",
			want: contacts.Contact{CreatedDate: at.Truncate(time.Second)}, what: csvio.OtherSpelling,
			why: csvio.NoZone},
		{name: "CSV-3 a time of twelve hours", text: "Created At\n13/1/2026 12:04 am",
			want: contacts.Contact{CreatedDate: time.Date(2026, 1, 13, 0, 4, 0, 0, time.UTC)},
			what: csvio.OtherSpelling,
			why:  csvio.NoZone},
		{name: "CSV-3 a time with an offset", text: "Created At\n\"Jan 2, 2026 5:04:05 PM +0200\"",
			want: contacts.Contact{CreatedDate: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)},
			what: csvio.OtherSpelling,
			why:  csvio.Rewritten},
		{name: "a heading with another zone", text: "Company,Created At (UTC+2)\nVine,",
			want: contacts.Contact{Info: contacts.Info{Company: "Vine"}}},
		{name: "CSV-3 a time of two dates", text: "Created Date\n1/2/2026", what: csvio.NotImported,
			why: csvio.TwoDates},
		{name: "STO-3 a year before 0", text: "Created Date\n0000-01-01T00:00:00+01:00", what: csvio.NotImported,
			why: csvio.NotDate},
		{name: "the time of the last update", text: "Updated Date\n2026-01-02T03:04:05.006Z",
			want: contacts.Contact{UpdatedDate: at}},
		{name: "a last update that is not a time", text: "Updated Date\nyesterday", what: csvio.NotImported,
			why: csvio.NotDate},
		{name: "no such time of day", text: "Updated Date\n2026-01-02 25:00", what: csvio.NotImported,
			why: csvio.NotDate},
	} {
		t.Run(test.name, func(t *testing.T) {
			row := one(t, test.text+"\n", nil)
			require.Equal(t, &test.want, row.Contact)
			if test.what == "" {
				require.Empty(t, row.Remarks)
				return
			}
			require.Len(t, row.Remarks, 1)
			require.Equal(t, csvio.Remark{row.Remarks[0].Column, test.what, test.why}, row.Remarks[0])
			err := newStrict(t, test.text+"\n")
			require.Equal(t, test.what == csvio.NotImported, err != nil, "CSV-1")
		})
	}
	t.Run("an ID of another program can be left out", func(t *testing.T) {
		row := one(t, "ID,Company\n17,Vine\n", &csvio.Options{Columns: map[string]string{"ID": ""}})
		require.Equal(t, &contacts.Contact{Info: contacts.Info{Company: "Vine"}}, row.Contact)
		require.Empty(t, row.Remarks)
	})
}

// TestErrorsHoldNoValues puts a value where each kind of error would quote it.
func TestErrorsHoldNoValues(t *testing.T) {
	const secret = "hush@example.com"
	for _, text := range []string{
		"ID,Created Date,Updated Date\n" + secret + "," + secret + "," + secret + "\n",
		"Email\n\"" + secret + "\"x\n", "Email\n" + secret + "," + secret + "\n",
		"Email\n" + secret + "\xff\n", secret + "\n", secret + "\"\n", "Birthday,Country,Locale\n" +
			secret + "," + secret + "," + secret + "\n", "Phone,SMS opt out\n12,yes\n", "Email\n" +
			strings.Repeat(secret, 1<<17),
	} {
		r, err := csvio.NewReader(strings.NewReader(text), &csvio.Options{Strict: true})
		if err == nil {
			_, errs := collect(r)
			require.Len(t, errs, 1)
			require.NotContains(t, errs[0], "hush")
			continue
		}
		require.NotContains(t, err.Error(), "hush")
	}
}

func TestRowsAreIndependent(t *testing.T) {
	const header = "First Name,Phone 1 - Label,Phone 1 - Value,Email,City,Country,Shoe size,Birthday\n"
	rows := []string{
		"Anna,* Work,1,a@example.com,Paris,FR,44,1990-02-03\n", "Ben,,2,,,,,\n", ",,,b@example.com,Rome,,,\n",
		",,,,,SE,,\n", "Cleo,* Home,,,,,,\n", ",,3,,,DK,,\n", ",,4,c@example.com,,,,0000-00-00\n",
	}
	for _, first := range rows {
		for _, second := range rows {
			t.Run(strings.TrimSpace(first+second), func(t *testing.T) {
				both, errs := collect(newReader(t, header+first+second, nil))
				require.Empty(t, errs)
				require.Len(t, both, 2)
				for i, text := range []string{first, second} {
					alone := one(t, header+text, nil)
					require.Equal(t, alone.Contact, both[i].Contact)
					require.Equal(t, alone.Remarks, both[i].Remarks)
				}
			})
		}
	}
}
