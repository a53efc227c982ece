package csvio_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

func TestStrict(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       string // in the message
	}{
		{"an ID", "ID\n17\n", `column "ID": not a GUID`},
		{"a date", "Birthday\nsoon\n", `column "Birthday": not a date`},
		{"a date that could be two", "Birthday\n3/4/1999\n", `column "Birthday": could be two dates`},
		{"a date without a year", "Birthday\n--12-31\n", `column "Birthday": a date without a year`},
		{"a time", "Created At\nsoon\n", `column "Created At": not a date`},
		{"a country", "Country\nNarnia\n", `column "Country": not a country`},
		{"a region", "State,Country\nFoxshire,GB\n", `column "State": not a subdivision`},
		{"a language", "Locale\nEnglish\n", `column "Locale": not a language`},
		{"a label of an email", "E-mail 1 - Label,E-mail 1 - Value\nNetwork,a@example.com\n", "not a kind"},
		{"a label", "Email,Labels\na@example.com,vip\n", "not a label"},
		{"a status", "Email,Email subscriber status\na@example.com,Spring\n", "not a subscription status"},
		{"a status without a valid phone", "Phone,SMS subscriber status\n12,Unsubscribed\n", "no phone is valid"},
		{"damage", "Phone\n4.9E+11\n", "damaged by a spreadsheet"},
		{"a long company", "Company\n" + strings.Repeat("x", 1001) + "\n", "too long"},
		{"a long phone", "Phone\n" + strings.Repeat("1", 51) + "\n", "too long"},
		{"many phones", "Phone\n" + strings.Repeat("030 5550101;", 51) + "\n", "more than a contact can have"},
		{"all at once", "ID,Country,Birthday\n17,Narnia,soon\n",
			`column "ID": not a GUID; column "Country": not a country; column "Birthday": not a date`},

		{"a column that is not imported", "Company,Shoe size\nVine,44\n", ""},
		{"another spelling", "Country,Birthday\nGermany,31.12.99\n", ""},
		{"a placeholder", "First Name,Email,Birthday\nAda,n/a,0000-00-00\n", ""},
		{"no date in Outlook", "First Name,Birthday\nAda,0/0/00\n", ""},
		{"a time without a zone", "Created At\n2026-01-02 03:04\n", ""},
		{"a status without a phone", "First Name,SMS subscriber status\nAda,Unsubscribed\n", ""},
		{"a column twice", "Company,Employer\nVine,Ash\n", ""},
		{"Outlook's type of an email", "Email,Email Type\na@x,SMTP\n", ""},
	} {
		t.Run("CSV-1 "+test.name, func(t *testing.T) {
			err := newStrict(t, test.text)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "line 2: contacts: INVALID_ARGUMENT: ")
			require.ErrorContains(t, err, test.want)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			require.NotEmpty(t, one(t, test.text, nil).Remarks, "without Strict there is a remark")
		})
	}
	t.Run("CSV-1 what is kept in a field refuses nothing", func(t *testing.T) {
		key := func(name string) (string, error) { return "custom." + strings.ToLower(name), nil }
		row := one(t, "First Name,ID,Birthday\nAda,17,--12-31\n", &csvio.Options{Strict: true, MakeField: key})
		require.Equal(t, map[string]any{"custom.id": "17", "custom.birthday": "--12-31"},
			row.Contact.Info.ExtendedFields)
	})
}

// TestImported shows that a store accepts rows whose cells break its rules, except for names, emails and phones.
func TestImported(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	cells := map[string]string{
		"ID": "17", "Created At": "soon", "Updated At": "13/13/2026", "Company": long(1001), "Job Title": long(1001),
		"Birthday": "1999-02-30", "Locale": "Klingon", "Home Street": long(1001), "Home Street 2": long(1001),
		"Home City": long(1001), "Home State": "Foxshire", "Home Postal Code": long(101), "Home Country": "Narnia",
		"Home House Number": long(101), "Home Formatted Address": long(2001), "Work Country": long(3000),
		"Mobile": long(51), "Labels": "vip", "Email opt out": "1", "SMS opt out": "1", "Notes": long(20_000),
	}
	for heading, cell := range cells {
		t.Run("CSV-1 "+heading, func(t *testing.T) {
			s, err := contacts.New(nil)
			require.NoError(t, err)
			defer s.Close()
			text := "First Name," + heading + "\nAda," + cell + "\n"
			for _, opts := range []*csvio.Options{nil, making(t, s), {Region: "US", JoinNames: true}} {
				report, err := s.Import(t.Context(), newReader(t, text, opts).Contacts(),
					&contacts.ImportOptions{AllowDuplicates: true})
				require.NoError(t, err)
				require.Empty(t, report.Errors)
				require.Equal(t, 1, report.Imported)
			}
		})
	}
	t.Run("CSV-1 an address with a country that its formatted text has no room for", func(t *testing.T) {
		row := one(t, "Formatted Address,Country\n"+long(1999)+",Narnia\n", nil)
		require.Equal(t, []contacts.Address{{FormattedAddress: long(1999)}}, row.Contact.Info.Addresses)
		require.Equal(t, []csvio.Remark{{"Country", csvio.NotImported, csvio.UnknownCountry}}, row.Remarks)
	})
	t.Run("CSV-1 many items", func(t *testing.T) {
		emails := strings.TrimSuffix(strings.Repeat("a@example.com;", 60), ";")
		phones := strings.TrimSuffix(strings.Repeat("030 5550101;", 60), ";")
		cities := strings.TrimSuffix(strings.Repeat("Leeds ::: ", 60), " ::: ")
		row := one(t, "Email,Phone,City\n"+emails+","+phones+","+cities+"\n", nil)
		require.Len(t, row.Contact.Info.Emails, 50)
		require.Len(t, row.Contact.Info.Phones, 50)
		require.Len(t, row.Contact.Info.Addresses, 50)
		for _, remark := range row.Remarks {
			require.Equal(t, csvio.TooMany, remark.Why)
		}
		require.Len(t, row.Remarks, 3)
	})
	for _, text := range []string{"First Name\n" + long(1001) + "\n", "Email\nada\n"} {
		t.Run("CSV-1 what identifies is passed on", func(t *testing.T) {
			s, err := contacts.New(nil)
			require.NoError(t, err)
			defer s.Close()
			report, err := s.Import(t.Context(), newReader(t, text, nil).Contacts(), nil)
			require.NoError(t, err)
			require.Len(t, report.Errors, 1)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(report.Errors[0]))
		})
	}
}

func TestMakeField(t *testing.T) {
	calls := map[string]int{}
	opts := &csvio.Options{MakeField: func(name string) (string, error) {
		calls[name]++
		switch name {
		case "Secret":
			return "", errors.New("no")
		case "Number":
			return "", nil
		default:
			return "custom." + strings.ToLower(strings.ReplaceAll(name, " ", "-")), nil
		}
	}}
	const header = "First Name,Middle Name,Notes,Secret,Number,Empty,,Notes,Event 1 - Label,Event 1 - Value," +
		"Custom Field 1 - Type,Custom Field 1 - Value,Link - Label,Link - Value\n"
	text := header + "Ada,May,a,b,c,,d,e,Anniversary,2001-02-03,Loyalty,A-1,,x\nBo,,n/a,,,,,,Only a label,,,A-2,,\n"
	rows, errs := collect(newReader(t, text, opts))
	require.Empty(t, errs)
	require.Equal(t, map[string]any{
		"custom.middle-name": "May", "custom.notes": "a", "custom.event-anniversary": "2001-02-03",
		"custom.loyalty": "A-1",
		"custom.link":    "x",
	}, rows[0].Contact.Info.ExtendedFields, "CSV-7")
	require.Equal(t, []csvio.Remark{
		{"Secret", csvio.NotImported, csvio.NoField}, {"Number", csvio.NotImported, csvio.NoField},
		{"", csvio.NotImported, csvio.NoField}, {"Notes", csvio.NotImported, csvio.Taken},
	}, rows[0].Remarks, "CSV-7")
	require.Equal(t, map[string]any{"custom.event-1---label": "Only a label", "custom.custom-field-1": "A-2"},
		rows[1].Contact.Info.ExtendedFields, "CSV-7")
	require.Equal(t, []csvio.Remark{{"Notes", csvio.NotImported, csvio.Placeholder}}, rows[1].Remarks)
	for name, n := range calls {
		require.Equal(t, 1, n, "CSV-7 once for %s", name)
	}
	require.NotContains(t, calls, "Empty")
	t.Run("CSV-7 a text that is too long", func(t *testing.T) {
		row := one(t, "First Name,Notes\nAda,"+strings.Repeat("ä", 10_001)+"\n", opts)
		require.Equal(t, []csvio.Remark{{"Notes", csvio.NotImported, csvio.TooLong}}, row.Remarks)
	})
	t.Run("CSV-1 more texts than a contact can have", func(t *testing.T) {
		s, err := contacts.New(nil)
		require.NoError(t, err)
		defer s.Close()
		var header, cells strings.Builder
		for i := range 90 {
			fmt.Fprintf(&header, ",Note %d", i)
			cells.WriteString("," + strings.Repeat("語", 10_000))
		}
		report, err := s.Import(t.Context(),
			newReader(t, "First Name"+header.String()+"\nAda"+cells.String()+"\n", making(t, s)).Contacts(), nil)
		require.NoError(t, err)
		require.Empty(t, report.Errors)
	})
	t.Run("CSV-10 names without end", func(t *testing.T) {
		var b strings.Builder
		b.WriteString("Email,Custom Field 1 - Label,Custom Field 1 - Value\n")
		for i := range 30_000 {
			fmt.Fprintf(&b, "a@example.com,Name %d,x\n", i)
		}
		rows, errs := collect(newReader(t, b.String(), opts))
		require.Empty(t, errs)
		require.Equal(t, map[string]any{"custom.name-29999": "x"}, rows[29_999].Contact.Info.ExtendedFields)
	})
}

func TestMakeLabel(t *testing.T) {
	calls := map[string]int{}
	opts := &csvio.Options{
		Labels: map[string]string{"VIP": "custom.vip", "Old, dear friends": "custom.old", "skip": ""},
		MakeLabel: func(word string) (string, error) {
			calls[word]++
			if word == "bad" {
				return "", errors.New("no")
			}
			return "custom.made-" + word, nil
		},
	}
	for _, test := range []struct {
		name, heading, cell string
		want                []string
		remark              bool
	}{
		{name: "Google", heading: "Labels", cell: "* myContacts ::: VIP ::: Trade", want: []string{"custom.vip",
			"custom.made-Trade"}},
		{name: "Google's own", heading: "Labels", cell: "* Other Contacts"},
		{name: "a starred group of one's own", heading: "Group Membership", cell: "* Family",
			want: []string{"custom.made-Family"}},
		{name: "commas in quotes", heading: "TAGS", cell: `""vip"",""blog""`, want: []string{"custom.made-vip",
			"custom.made-blog"}},
		{name: "commas in a given word", heading: "Categories", cell: "Old, dear friends;Club",
			want: []string{"custom.old", "custom.made-Club"}},
		{name: "a word to skip", heading: "Tags", cell: "skip, Club", want: []string{"custom.made-Club"}},
		{name: "a word that makes no label", heading: "Tags", cell: "bad, Club", want: []string{"custom.made-Club"},
			remark: true},
		{name: "a placeholder", heading: "Tags", cell: "none", remark: true},
		{name: "each once", heading: "Tags", cell: "Club;Club,Club", want: []string{"custom.made-Club"}},
	} {
		t.Run("CSV-7 "+test.name, func(t *testing.T) {
			row := one(t, "Company,"+test.heading+"\nVine,\""+test.cell+"\"\n", opts)
			require.Equal(t, test.want, row.Contact.Info.LabelKeys)
			require.Equal(t, test.remark, len(row.Remarks) == 1)
		})
	}
	t.Run("CSV-7 several columns, each word once", func(t *testing.T) {
		clear(calls)
		rows, _ := collect(newReader(t, "Labels,Tags,Email\na,b,x@y\nb,a,x@y\n", opts))
		require.Equal(t, []string{"custom.made-a", "custom.made-b"}, rows[0].Contact.Info.LabelKeys)
		require.Equal(t, map[string]int{"a": 1, "b": 1}, calls)
	})
	t.Run("CSV-7 labels alone are a header", func(t *testing.T) {
		require.Equal(t, []string{"custom.made-a"}, one(t, "Labels\na\n", opts).Contact.Info.LabelKeys)
	})
}

func TestJoinNames(t *testing.T) {
	const header = "Prefix,First Name,Middle Name,Last Name,Suffix,Display Name\n"
	join := &csvio.Options{JoinNames: true}
	for text, want := range map[string]contacts.Name{
		"Dr.,Ann,Bea,Cole,Jr.,Dr. Ann Bea Cole Jr.": {First: "Dr. Ann Bea", Last: "Cole Jr."},
		",Ann,,Cole,,":              {First: "Ann", Last: "Cole"},
		",,,Cole,PhD,":              {Last: "Cole PhD"},
		"Prof.,,,Foss,,Prof. Foss":  {First: "Prof.", Last: "Foss"},
		",,,,,Dot Early":            {First: "Dot Early"},
		"n/a,Ann,-,Cole,,Ann Cole ": {First: "Ann", Last: "Cole"},
	} {
		t.Run("CSV-8 "+text, func(t *testing.T) {
			require.Equal(t, want, one(t, header+text+"\n", join).Contact.Info.Name)
		})
	}
	t.Run("CSV-8 parts are left over without the option", func(t *testing.T) {
		row := one(t, header+"Dr.,Ann,Bea,Cole,Jr.,\n", nil)
		require.Equal(t, contacts.Name{First: "Ann", Last: "Cole"}, row.Contact.Info.Name)
		require.Equal(t, []remark{{"Prefix", csvio.NotImported}, {"Middle Name", csvio.NotImported},
			{"Suffix", csvio.NotImported}}, treatments(row))
	})
	t.Run("CSV-8 a title is a prefix, and a job beside a salutation", func(t *testing.T) {
		require.Equal(t, contacts.Name{First: "Ms. Ann"}, one(t, "Title,First Name\nMs.,Ann\n", join).Contact.Info.Name)
		info := one(t, "Salutation,Title,First Name\nMs.,Nurse,Ann\n", join).Contact.Info
		require.Equal(t, contacts.Info{Name: contacts.Name{First: "Ms. Ann"}, JobTitle: "Nurse"}, info)
	})
}

func TestRegion(t *testing.T) {
	opts := &csvio.Options{Region: "GB"}
	for _, test := range []struct{ name, text, want string }{
		{"a phone of no country", "Phone\n020 7946 0018\n", "GB"},
		{"a phone in international form", "Phone\n+33 1 99 00 70 64\n", "FR"},
		{"a phone of a row with a country", "Phone,Country\n030 555 0100,DE\n", "DE"},
		{"a phone of an address with a country", "Phone,Home Country\n030 555 0100,DE\n", "DE"},
		{"a phone with a country", "Phone,Phone Country,Country\n030 555 0100,Germany,FR\n", "DE"},
		{"a phone whose own country is empty", "Phone,Phone Country,Country\n030 555 0100,,FR\n", ""},
		{"a phone whose own country is unknown", "Phone,Phone Country,Country\n030 555 0100,Narnia,FR\n", ""},
	} {
		t.Run("CSV-5 "+test.name, func(t *testing.T) {
			require.Equal(t, test.want, one(t, test.text, opts).Contact.Info.Phones[0].CountryCode)
		})
	}
	for _, bad := range []csvio.Options{{Region: "gb"}, {Region: "UK"}, {DateOrder: "DMY"}} {
		_, err := csvio.NewReader(strings.NewReader(""), &bad)
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
	}
}

func TestLocales(t *testing.T) {
	for cell, want := range map[string]string{"en-US": "en-US", "EN_US": "en-us", "de": "de",
		"zh-Hant-TW": "zh-Hant-TW",
		"English":    "", "xx-YY-zz-1": "", "root": "", "1": ""} {
		t.Run("CSV-5 "+cell, func(t *testing.T) {
			row := one(t, "Company,Language\nVine,"+cell+"\n", nil)
			require.Equal(t, want, row.Contact.Info.Locale)
			require.Equal(t, cell != want, len(row.Remarks) == 1)
		})
	}
}

func TestGappedAddress(t *testing.T) {
	address := func(a contacts.Address) []contacts.Address { return []contacts.Address{a} }
	for text, want := range map[string][]contacts.Address{
		"3 Quay Road  Flat 2  Bristol  BS1 4ZZ  GB": address(contacts.Address{AddressLine: "3 Quay Road",
			AddressLine2: "Flat 2", City: "Bristol", PostalCode: "BS1 4ZZ", Country: "GB"}),
		"12 Gull St  Oakland  CA  94601  US": address(contacts.Address{AddressLine: "12 Gull St", City: "Oakland",
			Subdivision: "US-CA", PostalCode: "94601", Country: "US"}),
		"12 Gull St  Unit 4  Oakland  CA  94601  US": address(contacts.Address{AddressLine: "12 Gull St",
			AddressLine2: "Unit 4", City: "Oakland", Subdivision: "US-CA", PostalCode: "94601", Country: "US"}),
		"3 Quay Road  Bristol  BS1 4ZZ  GB": address(contacts.Address{AddressLine: "3 Quay Road", City: "Bristol",
			PostalCode: "BS1 4ZZ", Country: "GB"}),
		"3 Quay Road, Bristol  BS1 4ZZ": address(contacts.Address{AddressLine: "3 Quay Road, Bristol  BS1 4ZZ"}),
		"a  b  c  d":                    address(contacts.Address{AddressLine: "a  b  c  d"}),
		"a  b  c  d  GB":                address(contacts.Address{AddressLine: "a  b  c  d  GB"}),
	} {
		t.Run("CSV-5 "+text, func(t *testing.T) {
			require.Equal(t, want, one(t, "Address\n\""+text+"\"\n", nil).Contact.Info.Addresses)
		})
	}
}
