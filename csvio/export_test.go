package csvio_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

// The headers of the exports that the package knows.
const (
	googleOld = "Name,Given Name,Additional Name,Family Name,Name Prefix,Birthday,Notes,Group Membership," +
		"E-mail 1 - Type,E-mail 1 - Value,E-mail 2 - Type,E-mail 2 - Value,Phone 1 - Type,Phone 1 - Value," +
		"Address 1 - Type,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - PO Box," +
		"Address 1 - Region,Address 1 - Postal Code,Address 1 - Country,Address 1 - Extended Address," +
		"Organization 1 - Type,Organization 1 - Name,Organization 1 - Title\n"
	googleNew = "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name," +
		"Name Prefix,Name Suffix,Nickname,File As,Organization Name,Organization Title,Organization Department," +
		"Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value," +
		"Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - PO Box," +
		"Address 1 - Region,Address 1 - Postal Code,Address 1 - Country,Address 1 - Extended Address," +
		"Website 1 - Label,Website 1 - Value,Event 1 - Label,Event 1 - Value\n"
	outlook = "Title,First Name,Middle Name,Last Name,Suffix,Company,Department,Job Title,Business Street," +
		"Business Street 2,Business City,Business State,Business Postal Code,Business Country/Region,Home Street," +
		"Home City,Home State,Home Postal Code,Home Country/Region,Assistant's Phone,Business Fax,Business Phone," +
		"Business Phone 2,Callback,Company Main Phone,Home Phone,Home Phone 2,Mobile Phone,Other Phone,Primary Phone," +
		"Anniversary,Birthday,Business Address PO Box,Categories,E-mail Address,E-mail Type,E-mail Display Name," +
		"E-mail 2 Address,E-mail 2 Type,E-mail 2 Display Name,Notes,Web Page\n"
	service = "First Name,Last Name,Email 1,Email 2,Phone 1,Phone 2,Address 1 - Type,Address 1 - Street," +
		"Address 1 - Street Line 2,Address 1 - City,Address 1 - State/Region,Address 1 - Zip,Address 1 - Country," +
		"Company,Labels,Created At (UTC+0),Email subscriber status,SMS subscriber status,Last Activity," +
		"Last Activity Date (UTC+0),Source,Language\n"
)

func TestExports(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       contacts.Contact
		remarks    []remark
	}{
		{name: "Google, the old form",
			text: googleOld + "Dr. Anna May Ash,Anna,May,Ash,Dr.,1990-02-03,,Walking ::: * myContacts," +
				",anna@example.com,* Work,a.ash@example.org ::: ash@example.net,workFax,020 7946 0001," +
				"Home,\"1 Elm\nPO Box 2\nLeeds\nGB\",1 Elm,Leeds,PO Box 2,,LS1 9ZZ,GB,Flat 3,,Vine,Nurse\n",
			want: contacts.Contact{Info: contacts.Info{
				Name: contacts.Name{First: "Anna", Last: "Ash"}, Birthdate: "1990-02-03", Company: "Vine",
				JobTitle: "Nurse",
				Emails: []contacts.Email{
					{Address: "anna@example.com"}, {Tag: contacts.EmailWork, Address: "a.ash@example.org",
						Primary: true},
					{Tag: contacts.EmailWork, Address: "ash@example.net"},
				},
				Phones: []contacts.Phone{{Tag: contacts.PhoneFax, Number: "020 7946 0001", CountryCode: "GB"}},
				Addresses: []contacts.Address{{
					Tag: contacts.AddressHome, AddressLine: "1 Elm", AddressLine2: "PO Box 2, Flat 3", City: "Leeds",
					PostalCode: "LS1 9ZZ", Country: "GB", FormattedAddress: "1 Elm\nPO Box 2\nLeeds\nGB",
				}},
			}},
			remarks: []remark{
				{"Name", csvio.NotImported}, {"Additional Name", csvio.NotImported}, {"Name Prefix", csvio.NotImported},
				{"Group Membership", csvio.NotImported},
			}},
		{name: "Google, the new form",
			text: googleNew + "Anna,,Ash,,,,,,,Ash Anna,Vine,Nurse,, --02-03,,,* myContacts,* Home,anna@example.com," +
				"Mobile,07700 900001,Home,\"1 Elm\nLeeds\nGB\",1 Elm,Leeds,,,,GB,,,,Anniversary,2001-01-04\n",
			want: contacts.Contact{Info: contacts.Info{
				Name: contacts.Name{First: "Anna", Last: "Ash"}, Company: "Vine", JobTitle: "Nurse",
				Emails: []contacts.Email{{Tag: contacts.EmailHome, Address: "anna@example.com", Primary: true}},
				Phones: []contacts.Phone{{Tag: contacts.PhoneMobile, Number: "07700 900001", CountryCode: "GB"}},
				Addresses: []contacts.Address{{
					Tag: contacts.AddressHome, AddressLine: "1 Elm", City: "Leeds", Country: "GB",
					FormattedAddress: "1 Elm\nLeeds\nGB",
				}},
			}},
			remarks: []remark{
				{"File As", csvio.NotImported}, {"Birthday", csvio.NotImported},
				{"Event 1 - Label", csvio.NotImported}, {"Event 1 - Value", csvio.NotImported},
			}},
		{name: "Outlook",
			text: outlook + ",Anna,,Ash,,Vine,,Nurse,2 Oak,Floor 3,Albany,NY,12207,United States," +
				"1 Elm,Leeds,,LS1 9ZZ,United Kingdom," +
				"555 0100,,555 0101,555 0102,,,0113 496 0001,,07700 900001,,,0/0/00,0/0/00,PB 4,," +
				"anna@example.com,SMTP,Anna Ash,ash@example.org,,,,\n",
			want: contacts.Contact{Info: contacts.Info{
				Name: contacts.Name{First: "Anna", Last: "Ash"}, Company: "Vine", JobTitle: "Nurse",
				Emails: []contacts.Email{{Address: "anna@example.com"}, {Address: "ash@example.org"}},
				Phones: []contacts.Phone{
					{Tag: contacts.PhoneWork, Number: "555 0101", CountryCode: "US"},
					{Tag: contacts.PhoneWork, Number: "555 0102", CountryCode: "US"},
					{Tag: contacts.PhoneHome, Number: "0113 496 0001", CountryCode: "GB"},
					{Tag: contacts.PhoneMobile, Number: "07700 900001", CountryCode: "US"},
				},
				Addresses: []contacts.Address{
					{Tag: contacts.AddressWork, AddressLine: "2 Oak", AddressLine2: "Floor 3, PB 4", City: "Albany",
						Subdivision: "US-NY", PostalCode: "12207", Country: "US"},
					{Tag: contacts.AddressHome, AddressLine: "1 Elm", City: "Leeds", PostalCode: "LS1 9ZZ",
						Country: "GB"},
				},
			}},
			remarks: []remark{
				{"Business State", csvio.OtherSpelling}, {"Business Country/Region", csvio.OtherSpelling},
				{"Home Country/Region", csvio.OtherSpelling}, {"Assistant's Phone", csvio.NotImported},
				{"E-mail Type", csvio.NotImported}, {"E-mail Display Name", csvio.NotImported},
			}},
		{name: "the service's dashboard",
			text: service + "Anna,Ash,anna@example.com,,+1 212-555-0123,,Billing,1 Elm,Flat 2,Albany,NY,12207,US," +
				"Vine,Customers;VIP,2026-01-02 03:04,Subscribed,,Form Submission,2026-01-03 03:04,Form,en\n",
			want: contacts.Contact{
				CreatedDate: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC),
				PrimaryEmail: contacts.PrimaryEmail{
					Email: "anna@example.com", SubscriptionStatus: contacts.SubscriptionSubscribed,
				},
				Info: contacts.Info{
					Locale: "en",
					Name:   contacts.Name{First: "Anna", Last: "Ash"}, Company: "Vine",
					Emails: []contacts.Email{{Address: "anna@example.com"}},
					Phones: []contacts.Phone{{Number: "+1 212-555-0123", CountryCode: "US"}},
					Addresses: []contacts.Address{{
						Tag: contacts.AddressBilling, AddressLine: "1 Elm", AddressLine2: "Flat 2", City: "Albany",
						Subdivision: "US-NY", PostalCode: "12207", Country: "US",
					}},
				},
			},
			remarks: []remark{
				{"Address 1 - State/Region", csvio.OtherSpelling}, {"Labels", csvio.NotImported},
				{"Last Activity", csvio.NotImported},
				{"Last Activity Date (UTC+0)", csvio.NotImported}, {"Source", csvio.NotImported},
			}},
		{name: "Thunderbird",
			text: "First Name,Last Name,Display Name,Primary Email,Secondary Email,Work Phone,Fax Number," +
				"Mobile Number,Work Address," +
				"Work Address 2,Work City,Work ZipCode,Organization,Birth Year,Birth Month,Birth Day,Custom 1\n" +
				"Anna,Ash,Anna Ash,anna@example.com,ash@example.org,1,2,3,1 Elm,Flat 2,Leeds,LS1 9ZZ,Vine,1990,2,3,\n",
			want: contacts.Contact{Info: contacts.Info{
				Name: contacts.Name{First: "Anna", Last: "Ash"}, Company: "Vine", Birthdate: "1990-02-03",
				Emails: []contacts.Email{{Tag: contacts.EmailMain, Address: "anna@example.com"},
					{Address: "ash@example.org"}},
				Phones: []contacts.Phone{
					{Tag: contacts.PhoneWork, Number: "1"}, {Tag: contacts.PhoneFax, Number: "2"},
					{Tag: contacts.PhoneMobile, Number: "3"},
				},
				Addresses: []contacts.Address{{
					Tag: contacts.AddressWork, AddressLine: "1 Elm", AddressLine2: "Flat 2", City: "Leeds",
					PostalCode: "LS1 9ZZ",
				}},
			}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			row := one(t, test.text, nil)
			require.Equal(t, &test.want, row.Contact)
			require.Equal(t, test.remarks, treatments(row))
			s, err := contacts.New(nil)
			require.NoError(t, err)
			defer s.Close()
			_, err = s.Create(t.Context(), row.Contact.Info, nil)
			require.NoError(t, err, "a store accepts the contact")
		})
	}
}
