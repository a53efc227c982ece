package csvio_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

func isNoColumns(err error) bool { return errors.Is(err, csvio.ErrNoColumns) }

// TestHeadings lists the recognized headings by the field that their cells fill.
func TestHeadings(t *testing.T) {
	type info = contacts.Info
	name := func(n contacts.Name) info { return info{Name: n} }
	email := func(tag contacts.EmailTag) info { return info{Emails: []contacts.Email{{Tag: tag, Address: "1"}}} }
	phone := func(tag contacts.PhoneTag) info { return info{Phones: []contacts.Phone{{Tag: tag, Number: "1"}}} }
	address := func(a contacts.Address) info { return info{Addresses: []contacts.Address{a}} }
	for _, test := range []struct {
		want     info
		headings []string
	}{
		{name(contacts.Name{First: "1"}), []string{"First Name", "FIRSTNAME", "first_name", " First-Name ",
			"Given Name", "Forename", "Name", "Full Name", "Display Name"}},
		{name(contacts.Name{Last: "1"}), []string{"Last Name", "Surname", "Family Name", "lastName"}},
		{info{Company: "1"}, []string{"Company", "Company Name", "Organization", "Organisation",
			"Organization 1 - Name", "Organization Name", "Employer"}},
		{info{JobTitle: "1"}, []string{"Job Title", "Position", "Role", "Organization 1 - Title",
			"Organization Title"}},
		{email(""), []string{"Email", "E-mail", "Mail", "E-mail Address", "Email 2", "E-mail 2 Address",
			"Email Address 2", "E-mail 1 - Value", "Secondary Email"}},
		{email(contacts.EmailWork), []string{"Work Email", "Business E-mail"}},
		{email(contacts.EmailHome), []string{"Home Email", "Personal E-mail 2"}},
		{email(contacts.EmailMain), []string{"Primary Email", "Main E-mail"}},
		{phone(""), []string{"Phone", "Tel.", "Telephone", "Phone 2", "Phone Number", "Phone Number 2",
			"Phone 1 - Value"}},
		{phone(contacts.PhoneMobile), []string{"Mobile", "Mobile Phone", "Cell", "Cell Phone", "Mobile Number",
			"Car Phone"}},
		{phone(contacts.PhoneHome), []string{"Home Phone", "Home Phone 2", "Home Tel"}},
		{phone(contacts.PhoneWork), []string{"Work Phone", "Business Phone", "Business Phone 2", "Company Main Phone",
			"Company Phone"}},
		{phone(contacts.PhoneMain), []string{"Primary Phone", "Main Phone"}},
		{phone(contacts.PhoneFax), []string{"Fax", "Fax Number", "Home Fax", "Business Fax", "Other Fax"}},
		{phone(contacts.PhoneUntagged), []string{"Other Phone"}},
		{address(contacts.Address{AddressLine: "1"}), []string{"Address", "Street", "Street Address", "Address 1",
			"Address Line 1", "Street 1", "Street Name", "Address 1 - Street", "Address 1 - Address",
			"Mailing Address"}},
		{address(contacts.Address{AddressLine2: "1"}), []string{"Street 2", "Address 2", "Address Line 2", "PO Box",
			"Street 3", "Address 1 - PO Box", "Address 1 - Extended Address", "Address 1 - Street Line 2"}},
		{address(contacts.Address{City: "1"}), []string{"City", "Town", "Locality", "Suburb", "Address 2 - City"}},
		{address(contacts.Address{PostalCode: "1"}), []string{"Zip", "Zip Code", "Postcode", "Postal Code",
			"ZIP/Postal Code", "Postal / Zip Code", "Address 1 - Zip"}},
		{address(contacts.Address{FormattedAddress: "1"}), []string{"Formatted Address", "Address 1 - Formatted"}},
		{address(contacts.Address{StreetAddress: &contacts.StreetAddress{Number: "1"}}),
			[]string{"House Number", "Street Number"}},
		{address(contacts.Address{FormattedAddress: "1"}),
			[]string{"Region", "State", "Province", "State/Region", "State / Province", "Subdivision",
				"Address 1 - State/Region"}},
		{address(contacts.Address{FormattedAddress: "1"}), []string{"Country", "Country/Region", "Country Code",
			"Address 1 - Country"}},
		{address(contacts.Address{Tag: contacts.AddressHome, City: "1"}), []string{"Home City"}},
		{address(contacts.Address{Tag: contacts.AddressWork, AddressLine: "1"}),
			[]string{"Business Street", "Work Address", "Business Address"}},
		{address(contacts.Address{Tag: contacts.AddressHome, AddressLine2: "1"}),
			[]string{"Home Address PO Box", "Home Address2", "Home Street 2"}},
		{address(contacts.Address{Tag: contacts.AddressBilling, City: "1"}), []string{"Billing City"}},
		{address(contacts.Address{Tag: contacts.AddressShipping, City: "1"}), []string{"Shipping City"}},
		{address(contacts.Address{Tag: contacts.AddressUntagged, City: "1"}), []string{"Other City"}},
	} {
		for _, heading := range test.headings {
			t.Run(heading, func(t *testing.T) {
				require.Equal(t, test.want, one(t, "\""+heading+"\"\n1\n", nil).Contact.Info)
			})
		}
	}
	for _, heading := range []string{
		"", "#", "Notes", "Title", "Middle Name", "Nickname", "Location", "Labels", "Assistant's Phone",
		"Pager", "E-mail Display Name", "Web Page", "Last Activity Date (UTC+0)", "rec_id",
		"unique_id", "Created", "Shoe Size", "Network", "Homepage", "Assistant Phone", "Assistent",
	} {
		t.Run("not "+heading, func(t *testing.T) {
			row := one(t, "Company,"+heading+"\n,1\n", nil)
			require.True(t, row.Contact.Equal(&contacts.Contact{}))
			require.Equal(t, []remark{{heading, csvio.NotImported}}, treatments(row))
		})
	}
}

func TestColumns(t *testing.T) {
	t.Run("a file in another language", func(t *testing.T) {
		const text = "Vorname;Nachname;E-Mail-Adresse;Straße (privat);Ort (privat);Land (privat);Mobiltelefon;" +
			"Geburtstag;Notizen\n" +
			"Käthe;Möwenthal;kaethe@example.com;Fliederweg 12;München;Deutschland;0171 3920007;24.12.1979;nett\n"
		row := one(t, text, &csvio.Options{Columns: map[string]string{
			"vorname": "First Name", "Nachname": "last_name", "E-Mail-Adresse": "Email",
			"Straße (privat)": "Home Street",
			"Ort (privat)":    "Home City", "Land (privat)": "Home Country", "Mobiltelefon": "Mobile",
			"Geburtstag": "Birthday",
			"NOTIZEN":    "",
		}})
		require.Equal(t, contacts.Info{
			Name:   contacts.Name{First: "Käthe", Last: "Möwenthal"},
			Emails: []contacts.Email{{Address: "kaethe@example.com"}},
			Phones: []contacts.Phone{{Tag: contacts.PhoneMobile, Number: "0171 3920007", CountryCode: "DE"}},
			Addresses: []contacts.Address{
				{Tag: contacts.AddressHome, AddressLine: "Fliederweg 12", City: "München", Country: "DE"},
			},
			Birthdate: "1979-12-24",
		}, row.Contact.Info)
		require.Equal(t, []remark{{"Land (privat)", csvio.OtherSpelling}, {"Geburtstag", csvio.OtherSpelling}},
			treatments(row))
	})
	for _, test := range []struct {
		name, text string
		columns    map[string]string
		want       contacts.Info
	}{
		{"they override recognized headings", "Name,Company\nAda,Vine\n", map[string]string{"Name": "Last Name"},
			contacts.Info{Name: contacts.Name{Last: "Ada"}, Company: "Vine"}},
		{"columns of one item", "Mail Art,Mail Text\nWork,a@example.com\n",
			map[string]string{"Mail Art": "E-mail 1 - Type", "Mail Text": "E-mail 1 - Value"},
			contacts.Info{Emails: []contacts.Email{{Tag: contacts.EmailWork, Address: "a@example.com"}}}},
		{"accents in either form", "Pre\u0301nom,Nume\u0301ro\nAda,1\n",
			map[string]string{"Prénom": "First Name", "Numéro": ""},
			contacts.Info{Name: contacts.Name{First: "Ada"}}},
		{"vowel signs are significant", "नाम,नम\nAda,1\n", map[string]string{"नाम": "First Name", "नम": ""},
			contacts.Info{Name: contacts.Name{First: "Ada"}}},
		{"headings without letters", "#,*\nAda,1\n", map[string]string{"#": "First Name", "*": ""},
			contacts.Info{Name: contacts.Name{First: "Ada"}}},
		{"a column without a heading", "Company,\nVine,1\n", map[string]string{"": ""}, contacts.Info{Company: "Vine"}},
		{"a repeated heading", "X,X\nVine,a@example.com\n", map[string]string{"x": "Email"},
			contacts.Info{Emails: []contacts.Email{{Address: "Vine"}, {Address: "a@example.com"}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			row := one(t, test.text, &csvio.Options{Columns: test.columns})
			require.Equal(t, test.want, row.Contact.Info)
			require.Empty(t, row.Remarks)
		})
	}
}

func TestFields(t *testing.T) {
	field := func(t contacts.DataType) contacts.Field {
		return contacts.Field{Key: "custom.loyalty-card", DisplayName: "Loyalty Card", DataType: t}
	}
	for _, test := range []struct {
		name, heading, cell string
		dataType            contacts.DataType
		want                any
		remarks             []remark
	}{
		{name: "by display name", heading: "Loyalty Card", cell: "1", dataType: contacts.DataText, want: "1"},
		{name: "by display name in another form", heading: "loyalty_card", cell: "1", dataType: contacts.DataText,
			want: "1"},
		{name: "by key", heading: "custom.loyalty-card", cell: "1", dataType: contacts.DataText, want: "1"},
		{name: "FLD-3 text", heading: "Loyalty Card", cell: " 007 ", dataType: contacts.DataText, want: "007"},
		{name: "an integer", heading: "Loyalty Card", cell: "42", dataType: contacts.DataNumber, want: 42.0},
		{name: "a fraction", heading: "Loyalty Card", cell: "-1.5e3", dataType: contacts.DataNumber, want: -1500.0},
		{name: "a number with leading zeros", heading: "Loyalty Card", cell: "+007", dataType: contacts.DataNumber,
			want: 7.0},
		{name: "FLD-6 an integer that a float64 holds", heading: "Loyalty Card", cell: "9007199254740994",
			dataType: contacts.DataNumber, want: 9007199254740994.0},
		{name: "FLD-6 an integer that a float64 cannot hold", heading: "Loyalty Card", cell: "9007199254740993",
			dataType: contacts.DataNumber, remarks: []remark{{"Loyalty Card", csvio.NotImported}}},
		{name: "FLD-6 a number out of range", heading: "Loyalty Card", cell: "1e400", dataType: contacts.DataNumber,
			remarks: []remark{{"Loyalty Card", csvio.NotImported}}},
		{name: "FLD-6 not a number", heading: "Loyalty Card", cell: "NaN", dataType: contacts.DataNumber,
			remarks: []remark{{"Loyalty Card", csvio.NotImported}}},
		{name: "a number with separators", heading: "Loyalty Card", cell: "1.000,50", dataType: contacts.DataNumber,
			remarks: []remark{{"Loyalty Card", csvio.NotImported}}},
		{name: "a hexadecimal number", heading: "Loyalty Card", cell: "0x10", dataType: contacts.DataNumber,
			remarks: []remark{{"Loyalty Card", csvio.NotImported}}},
		{name: "a date", heading: "Loyalty Card", cell: "2026-01-02", dataType: contacts.DataDate, want: "2026-01-02"},
		{name: "a date in another spelling", heading: "Loyalty Card", cell: "31.12.2026", dataType: contacts.DataDate,
			want: "2026-12-31", remarks: []remark{{"Loyalty Card", csvio.OtherSpelling}}},
		{name: "no date", heading: "Loyalty Card", cell: "0/0/00", dataType: contacts.DataDate},
		{name: "a URL", heading: "Loyalty Card", cell: "example.com", dataType: contacts.DataURL, want: "example.com"},
		{name: "an empty cell", heading: "Loyalty Card", cell: "", dataType: contacts.DataNumber},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := &csvio.Options{Fields: []contacts.Field{field(test.dataType)}}
			row := one(t, "Company,"+test.heading+"\nVine,\""+test.cell+"\"\n", opts)
			want := contacts.Info{Company: "Vine"}
			if test.want != nil {
				want.ExtendedFields = map[string]any{"custom.loyalty-card": test.want}
			}
			require.Equal(t, want, row.Contact.Info)
			require.Equal(t, test.remarks, treatments(row))
		})
	}
	t.Run("LBL-4 by a display name in another normal form", func(t *testing.T) {
		fields := []contacts.Field{{Key: "custom.a", DisplayName: "Pre\u0301fe\u0301re\u0301"}, {Key: "custom.b",
			DisplayName: "ΣΟΦΟΣ"}}
		row := one(t, "\u200bPréféré\u00a0,σοφος\n1,2\n", &csvio.Options{Fields: fields})
		require.Equal(t, map[string]any{"custom.a": "1", "custom.b": "2"}, row.Contact.Info.ExtendedFields)
	})
	t.Run("they override recognized headings", func(t *testing.T) {
		row := one(t, "Company,Position\nVine,3\n", &csvio.Options{
			Fields: []contacts.Field{{Key: "custom.position", DisplayName: "Position", DataType: contacts.DataNumber}},
		})
		require.Equal(t, contacts.Info{Company: "Vine", ExtendedFields: map[string]any{"custom.position": 3.0}},
			row.Contact.Info)
	})
	t.Run("Columns can name them", func(t *testing.T) {
		row := one(t, "Company,Kundenkarte\nVine,3\n", &csvio.Options{
			Columns: map[string]string{"Kundenkarte": "Loyalty Card"},
			Fields:  []contacts.Field{field(contacts.DataNumber)},
		})
		require.Equal(t, map[string]any{"custom.loyalty-card": 3.0}, row.Contact.Info.ExtendedFields)
	})
	t.Run("names that differ only in punctuation", func(t *testing.T) {
		row := one(t, "A+,A-\n1,2\n", &csvio.Options{Fields: []contacts.Field{
			{Key: "custom.a", DisplayName: "A-"}, {Key: "custom.a-1", DisplayName: "A+"},
		}})
		require.Equal(t, map[string]any{"custom.a": "2", "custom.a-1": "1"}, row.Contact.Info.ExtendedFields)
	})
	t.Run("a column twice", func(t *testing.T) {
		row := one(t, "Loyalty Card,loyalty card\n1,2\n",
			&csvio.Options{Fields: []contacts.Field{field(contacts.DataText)}})
		require.Equal(t, map[string]any{"custom.loyalty-card": "1"}, row.Contact.Info.ExtendedFields)
		require.Equal(t, []remark{{"loyalty card", csvio.NotImported}}, treatments(row))
	})
}

func TestLabels(t *testing.T) {
	labels := map[string]string{"VIP": "custom.vip", "Friends, old": "custom.friends-old", "Club": "custom.club",
		"myContacts": ""}
	for _, test := range []struct {
		name, heading, cell string
		labels              map[string]string
		want                []string
		remark              bool
	}{
		{name: "none are imported without Options.Labels", heading: "Labels", cell: "VIP", remark: true},
		{name: "Google", heading: "Labels", cell: "VIP ::: Club ::: * myContacts", labels: labels,
			want: []string{"custom.vip", "custom.club"}},
		{name: "Google, the old form", heading: "Group Membership", cell: "* myContacts", labels: labels},
		{name: "Outlook", heading: "Categories", cell: "Club;VIP", labels: labels,
			want: []string{"custom.club", "custom.vip"}},
		{name: "commas", heading: "Labels", cell: "Club, VIP", labels: labels,
			want: []string{"custom.club", "custom.vip"}},
		{name: "a comma in a name", heading: "Labels", cell: "Friends, old;VIP", labels: labels,
			want: []string{"custom.friends-old", "custom.vip"}},
		{name: "each once", heading: "Labels", cell: "VIP;VIP", labels: labels, want: []string{"custom.vip"}},
		{name: "LBL-4 another normal form and invisible characters", heading: "Labels",
			cell:   "Cafe\u0301;V\u200bIP\ufeff",
			labels: map[string]string{"Café": "custom.café", "VIP": "custom.vip"}, want: []string{"custom.café",
				"custom.vip"}},
		{name: "LBL-4 the normal form of the option", heading: "Labels", cell: "Café",
			labels: map[string]string{" Cafe\u0301": "custom.café"}, want: []string{"custom.café"}},
		{name: "LBL-4 the exact word first", heading: "Labels", cell: "Café;Cafe\u0301",
			labels: map[string]string{"Café": "custom.b", "Cafe\u0301": "custom.a"}, want: []string{"custom.b",
				"custom.a"}},
		{name: "a word that shows nothing", heading: "Labels", cell: "VIP;\u200b; ,\ufeff", labels: labels,
			want: []string{"custom.vip"}},
		{name: "other words are reported", heading: "Labels", cell: "VIP;vip", labels: labels,
			want: []string{"custom.vip"}, remark: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			row := one(t, "Company,"+test.heading+"\n,\""+test.cell+"\"\n", &csvio.Options{Labels: test.labels})
			require.Equal(t, contacts.Info{LabelKeys: test.want}, row.Contact.Info)
			require.Equal(t, test.remark, len(row.Remarks) == 1)
		})
	}
}
