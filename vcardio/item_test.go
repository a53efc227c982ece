package vcardio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/vcardio"
)

func emails(list ...contacts.Email) contacts.Info { return contacts.Info{Emails: list} }

func TestEmails(t *testing.T) {
	plain := emails(contacts.Email{Address: "a@x.test"})
	home := emails(contacts.Email{Tag: contacts.EmailHome, Address: "a@x.test"})
	run(t, []test{
		{name: "VCF-5 no type", version: "2.1", lines: "EMAIL:a@x.test", want: plain},
		{name: "VCF-5 INTERNET is no tag", version: "2.1", lines: "EMAIL;INTERNET:a@x.test", want: plain},
		{name: "VCF-5 bare", version: "2.1", lines: "EMAIL;HOME:a@x.test", want: home},
		{name: "VCF-5 in a list, in lower case", version: "3.0", lines: "EMAIL;type=internet,home,work: a@x.test ",
			want: home},
		{name: "VCF-5 two parameters", version: "3.0", lines: "EMAIL;TYPE=INTERNET;TYPE=HOME:a@x.test", want: home},
		{name: "VCF-5 main", version: "3.0", lines: "EMAIL;TYPE=MAIN:a@x.test",
			want: emails(contacts.Email{Tag: contacts.EmailMain, Address: "a@x.test"})},
		{name: "VCF-5 the preferred one comes first", version: "3.0", lines: "EMAIL:b@x.test\nEMAIL;TYPE=pref,work:a@x.test",
			want: emails(contacts.Email{Tag: contacts.EmailWork, Address: "a@x.test", Primary: true},
				contacts.Email{Address: "b@x.test"})},
		{name: "VCF-5 the lowest PREF comes first", version: "4.0",
			lines: "EMAIL;PREF=50:c@x.test\nEMAIL;PREF=2:a@x.test\nEMAIL;PREF=0:b@x.test\nEMAIL;PREF=101:d@x.test",
			want: emails(contacts.Email{Address: "a@x.test", Primary: true}, contacts.Email{Address: "c@x.test"},
				contacts.Email{Address: "b@x.test"}, contacts.Email{Address: "d@x.test"})},
		{name: "VCF-5 the preferred one is not valid", version: "2.1", lines: "EMAIL;PREF:nobody\nEMAIL:a@x.test",
			want:    plain,
			remarks: []string{"3 EMAIL: not imported: not an email address"}},
		{name: "VCF-5 the preferred one is empty", version: "2.1", lines: "EMAIL;PREF:\nEMAIL:a@x.test", want: plain},
		{name: "VCF-5 X.400", version: "2.1", lines: "EMAIL;X400:/G=Ann/\nEMAIL:a@x.test", want: plain,
			remarks: []string{"3 EMAIL: not imported: not an email address"}},
		{name: "VCF-5 a link", version: "4.0", lines: "EMAIL:mailto:a@x.test", want: plain,
			remarks: []string{"3 EMAIL: read from another spelling: another form of the same value"}},
		{name: "VCF-5 a name around it", version: "3.0", lines: `EMAIL:Ann Ash <a@x.test>`, want: plain,
			remarks: []string{"3 EMAIL: read from another spelling: another form of the same value"}},
		{name: "VCF-5 two in one", version: "3.0", lines: `EMAIL;TYPE=pref:a@x.test\, b@x.test`,
			want:    emails(contacts.Email{Address: "a@x.test", Primary: true}, contacts.Email{Address: "b@x.test"}),
			remarks: []string{"3 EMAIL: read from another spelling: another form of the same value"}},
		{name: "VCF-5 another language", version: "2.1",
			lines: "EMAIL;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=A4@x.test",
			want:  emails(contacts.Email{Address: "ä@x.test"})},
		{name: "VCF-1 too long", version: "3.0", lines: "EMAIL:" + long(320) + "@x.test\nEMAIL:a@x.test", want: plain,
			remarks: []string{"3 EMAIL: not imported: not an email address"}},
		{name: "VCF-5 Apple's label", version: "3.0", lines: "item1.EMAIL:a@x.test\nitem1.X-ABLabel:_$!<Home>!$_",
			want: home},
		{name: "VCF-5 a label before the email, in another case", version: "3.0",
			lines: "ITEM1.X-ABLABEL:home\nitem1.EMAIL;TYPE=INTERNET:a@x.test", want: home},
		{name: "VCF-5 a label of their own", version: "3.0", lines: "item1.EMAIL:a@x.test\nitem1.X-ABLabel:School",
			want:    plain,
			remarks: []string{"3 EMAIL: not imported: its type or label is no tag"}},
		{name: "VCF-5 an empty label", version: "3.0", lines: "item1.EMAIL:a@x.test\nitem1.X-ABLabel:", want: plain},
		{name: "VCF-5 the label Other", version: "3.0", lines: "item1.EMAIL:a@x.test\nitem1.X-ABLabel:_$!<Other>!$_",
			want: plain},
		{name: "VCF-5 a label of another group", version: "3.0",
			lines: "item1.EMAIL:a@x.test\nitem2.X-ABLabel:Home\nX-ABLabel:x",
			want:  plain, remarks: []string{"5 X-ABLABEL: not imported: a contact has no field for it"}},
		{name: "VCF-5 an unknown type", version: "3.0", lines: "EMAIL;TYPE=school:a@x.test\nEMAIL;TYPE=school,home:a@x.test",
			want:    emails(contacts.Email{Address: "a@x.test"}, contacts.Email{Tag: contacts.EmailHome, Address: "a@x.test"}),
			remarks: []string{"3 EMAIL: not imported: its type or label is no tag"}},
		{name: "VCF-5 a type of their own", version: "3.0", lines: "EMAIL;TYPE=X-School:a@x.test", want: plain,
			remarks: []string{"3 EMAIL: not imported: its type or label is no tag"}},
	})
	t.Run("VCF-12 fifty emails", func(t *testing.T) {
		var lines strings.Builder
		for i := range 52 {
			fmt.Fprintf(&lines, "EMAIL:%d@x.test\n", i)
		}
		row := one(t, "3.0", strings.TrimSpace(lines.String()), nil)
		require.Len(t, row.Contact.Info.Emails, 50)
		require.Equal(t, []string{"53 EMAIL: not imported: more than a contact can have",
			"54 EMAIL: not imported: more than a contact can have"}, said(row.Remarks))
	})
}

func TestPhones(t *testing.T) {
	const noTag = ": not imported: its type or label is no tag"
	for _, test := range []struct {
		line, tag, number string
		remark            string
	}{
		{"TEL:1", "", "1", ""},
		{"TEL;HOME:555;2", "HOME", "555;2", ""}, // 555 is no parameter
		{"TEL;HOME;VOICE:1", "HOME", "1", ""},
		{"TEL;WORK;FAX:1", "FAX", "1", ""},
		{"TEL;HOME;CELL:1", "MOBILE", "1", ""},
		{"TEL;TYPE=WORKFAX:1", "FAX", "1", ""},
		{"TEL;TYPE=HOMEFAX:1", "FAX", "1", ""},
		{"TEL;type=IPHONE;type=HOME:1", "MOBILE", "1", ""},
		{"TEL;CAR:1", "MOBILE", "1", ""},
		{"TEL;TYPE=MAIN,WORK:1", "WORK", "1", ""},
		{"TEL;TYPE=MAIN:1", "MAIN", "1", ""},
		{`TEL;VALUE=uri;TYPE="voice,work":tel:+1`, "WORK", "+1", ""},
		{"TEL;PAGER:1", "", "1", noTag}, {"TEL;PAGER;WORK:1", "", "1", noTag}, {"TEL;ISDN:1", "", "1", noTag},
		{"TEL;TTY;HOME:1", "", "1", noTag}, {"TEL;VIDEO:1", "", "1", noTag}, {"TEL;VIDEO;CELL:1", "MOBILE", "1", ""},
		{"TEL;X-Boat:1", "", "1", noTag}, {"TEL;X-CUSTOM(Boat):1", "", "1", noTag}, {"TEL;X-CUSTOM(Work fax):1", "FAX",
			"1", ""},
		{"a.TEL:1\na.X-ABLabel:homeFax", "FAX", "1", ""}, {"a.TEL:1\na.X-ABLabel:_$!<Mobile>!$_", "MOBILE", "1", ""},
		{"a.TEL:1\na.X-ABLabel:Network", "", "1", noTag}, {"a.TEL;TYPE=HOME:1\na.X-ABLabel:Dacha", "HOME", "1", ""},
		{"TEL:tel:+1-2;ext=3", "", "+1-2 ext. 3", ""}, {"TEL:TEL:%2B1%202", "", "+1 2", ""},
		{"TEL:tel:5;phone-context=+46", "", "+46 5", ""}, {"TEL:tel:+1;phone-context=+46", "", "+1", ""},
		{"TEL:tel:5;isub=1", "", "5", ": not imported: a contact has no field for it"},
		{"TEL;VALUE=text:tel:1", "", "tel:1", ""},
		{"TEL:Handy", "", "Handy", ""}, {"TEL:+1 (2) 3-4", "", "+1 (2) 3-4", ""},
		{"TEL:" + long(50), "", long(50), ""},
	} {
		t.Run("VCF-5 "+test.line, func(t *testing.T) {
			row := one(t, "3.0", test.line, nil)
			require.Len(t, row.Contact.Info.Phones, 1)
			p := row.Contact.Info.Phones[0]
			require.Equal(t, contacts.Phone{Tag: contacts.PhoneTag(test.tag), Number: test.number,
				CountryCode: p.CountryCode}, p)
			if test.remark == "" {
				require.Empty(t, row.Remarks)
			} else {
				require.Equal(t, []string{"3 TEL" + test.remark}, said(row.Remarks))
			}
		})
	}
	phones := func(list ...contacts.Phone) contacts.Info { return contacts.Info{Phones: list} }
	run(t, []test{
		{name: "VCF-5 the preferred one comes first", version: "2.1", lines: "TEL:1\nTEL;HOME;PREF:2\nTEL;PREF:3",
			want: phones(contacts.Phone{Tag: contacts.PhoneHome, Number: "2", Primary: true}, contacts.Phone{Number: "1"},
				contacts.Phone{Number: "3"})},
		{name: "VCF-1 one that is too long, and one that is empty", version: "2.1", lines: "TEL;PREF:" + long(51) +
			"\nTEL:\nTEL:1",
			want: phones(contacts.Phone{Number: "1"}), remarks: []string{"3 TEL: not imported: it is too long"}},
		{name: "VCF-1 one with a zero", version: "2.1", lines: "TEL:1\x002\nTEL:1",
			want:    phones(contacts.Phone{Number: "1"}),
			remarks: []string{"3 TEL: not imported: it has characters that are no text"}},
	})
	t.Run("VCF-12 fifty phones", func(t *testing.T) {
		row := one(t, "2.1", strings.TrimSpace(strings.Repeat("TEL:1\n", 51)), nil)
		require.Len(t, row.Contact.Info.Phones, 50)
		require.Equal(t, []string{"53 TEL: not imported: more than a contact can have"}, said(row.Remarks))
	})
}

func TestPhoneCountries(t *testing.T) {
	const home, work = "ADR;HOME:;;;Bonn;;;Germany\n", "ADR;WORK:;;;Nice;;;France\n"
	for _, test := range []struct{ name, lines, want string }{
		{"in the number", "TEL:+46 8 5555 0151\n" + home, "SE"},
		{"in the number, unknown", "TEL:+999 5555\n" + home, ""},
		{"of the address of the same kind", "TEL;WORK:1\n" + home + work, "FR"},
		{"of the first address", "TEL;CELL:1\n" + home + work, "DE"},
		{"of the first address with a country", "TEL;CELL:1\nADR;HOME:;;;Bonn\n" + work, "FR"},
		{"by X-ABADR", "TEL:1\na.ADR:;;;Bonn\na.X-ABADR:de\n", "DE"},
		{"nowhere", "TEL:1\nADR:;;;Bonn\n", ""},
		{"by Write", "TEL;X-COUNTRY=us:1\n" + home, "US"},
		{"none, by Write", "TEL;X-COUNTRY=:1\n" + home, ""},
		{"not one", "TEL;X-COUNTRY=Mars:1\n" + home, "DE"},
	} {
		t.Run("VCF-5 "+test.name, func(t *testing.T) {
			row := one(t, "2.1", strings.TrimSpace(test.lines), nil)
			require.Equal(t, test.want, row.Contact.Info.Phones[0].CountryCode)
		})
	}
}

func TestAddresses(t *testing.T) {
	with := func(list ...contacts.Address) contacts.Info { return contacts.Info{Addresses: list} }
	const unknown = "kept in the formatted address only: not a region or country with a known code"
	vat := contacts.Address{AddressLine: "5 Vat Lane", City: "Galway", PostalCode: "H91", Country: "IE"}
	home := vat
	home.Tag = contacts.AddressHome
	labelled := func(a contacts.Address, text string) contacts.Address {
		a.FormattedAddress = text
		return a
	}
	at := func(a contacts.Address, latitude, longitude float64) contacts.Address {
		a.Geocode = &contacts.Geocode{Latitude: latitude, Longitude: longitude}
		return a
	}
	const vatLine = ":;;5 Vat Lane;Galway;;H91;Ireland"
	run(t, []test{
		{name: "VCF-6 all parts", version: "3.0",
			lines: "ADR;TYPE=work,postal,parcel:Box 7;Flat 2;1 Elm;Albany;NY;12207;USA",
			want: with(contacts.Address{Tag: contacts.AddressWork, AddressLine: "1 Elm", AddressLine2: "Flat 2, Box 7",
				City: "Albany", Subdivision: "US-NY", PostalCode: "12207", Country: "US"})},
		{name: "VCF-6 few parts", version: "2.1", lines: "ADR;HOME:;;1 Elm",
			want: with(contacts.Address{Tag: contacts.AddressHome, AddressLine: "1 Elm"})},
		{name: "VCF-6 escapes", version: "3.0", lines: `ADR:;;1 Elm\; 2 Oak\, yard\nrear;A;;;`,
			want: with(contacts.Address{AddressLine: "1 Elm; 2 Oak, yard\nrear", City: "A"})},
		{name: "VCF-6 two lines of a street in 2.1", version: "2.1",
			lines: "ADR;QUOTED-PRINTABLE:;;1 Elm=0D=0AFlat 2=0AYard;A",
			want:  with(contacts.Address{AddressLine: "1 Elm", AddressLine2: "Flat 2, Yard", City: "A"})},
		{name: "VCF-6 billing and shipping", version: "4.0",
			lines: "ADR;TYPE=billing:;;a\nADR;TYPE=delivery:;;b\nADR;TYPE=dom:;;c",
			want: with(contacts.Address{Tag: contacts.AddressBilling, AddressLine: "a"},
				contacts.Address{Tag: contacts.AddressShipping, AddressLine: "b"}, contacts.Address{AddressLine: "c"})},
		{name: "VCF-6 empty", version: "3.0", lines: "FN:Ann\nADR:;;;;;;\nADR:",
			want: contacts.Info{Name: contacts.Name{First: "Ann"}}},
		{name: "VCF-6 an unknown region", version: "3.0", lines: "ADR:;;1 Elm;Leeds;Foxshire;LS1;GB",
			want: with(contacts.Address{AddressLine: "1 Elm", City: "Leeds", PostalCode: "LS1", Country: "GB",
				FormattedAddress: "1 Elm\nLS1 Leeds\nFoxshire\nUnited Kingdom"}), remarks: []string{"3 ADR: " + unknown}},
		{name: "VCF-6 an unknown country", version: "3.0", lines: "ADR:;;1 Elm;Oz;;1;Narnia",
			want: with(contacts.Address{AddressLine: "1 Elm", City: "Oz", PostalCode: "1",
				FormattedAddress: "1 Elm\n1 Oz\nNarnia"}), remarks: []string{"3 ADR: " + unknown}},
		{name: "VCF-6 an unknown country and a label", version: "3.0", lines: "ADR:;;1 Elm;Oz;;1;Narnia\nLABEL:1 Elm\\nOz",
			want: with(contacts.Address{AddressLine: "1 Elm", City: "Oz", PostalCode: "1",
				FormattedAddress: "1 Elm\nOz\nNarnia"}), remarks: []string{"3 ADR: " + unknown}},
		{name: "VCF-6 an unknown country in the label", version: "4.0", lines: "ADR;LABEL=Oz in Narnia:;;;Oz;;1;Narnia",
			want:    with(contacts.Address{City: "Oz", PostalCode: "1", FormattedAddress: "Oz in Narnia"}),
			remarks: []string{"3 ADR: " + unknown}},
		{name: "VCF-6 Apple's country", version: "3.0", lines: "item1.ADR:;;;Oz;;1;Deutschl.\nitem1.X-ABADR:de",
			want: with(contacts.Address{City: "Oz", PostalCode: "1", Country: "DE"})},
		{
			name: "VCF-6 a country by its code", version: "4.0", lines: "ADR;CC=SE:;;;Oz;;1;Svea",
			want: with(contacts.Address{City: "Oz", PostalCode: "1", Country: "SE"}),
		},
		{name: "VCF-6 not Apple's country", version: "3.0", lines: "item1.ADR:;;;Oz\nitem1.X-ABADR:Silicon Alley",
			want:    with(contacts.Address{City: "Oz"}),
			remarks: []string{"4 X-ABADR: not imported: not a region or country with a known code"}},
		{name: "VCF-1 parts that are too long", version: "3.0", lines: "ADR:;;" + long(1001) + ";Oz;;" + long(101) + ";DE",
			want: with(contacts.Address{City: "Oz", Country: "DE"}), remarks: []string{"3 ADR: not imported: it is too long"}},
		{name: "VCF-6 a room and a landmark", version: "4.0", lines: "ADR:;;1 Elm;Oz;;;;R2;;;;;;;;;Tower",
			want:    with(contacts.Address{AddressLine: "1 Elm", City: "Oz"}),
			remarks: []string{"3 ADR: not imported: a contact has no field for it"}},
		{name: "VCF-6 a street in parts", version: "4.0", lines: "ADR:;;1 Elm;Oz;;;;;3b;;1;Elm",
			want: with(contacts.Address{StreetAddress: &contacts.StreetAddress{Number: "1", Name: "Elm", Apt: "3b"},
				City: "Oz"})},

		{name: "VCF-6 a label of the same types", version: "2.1",
			lines: "LABEL;PREF;HOME;QUOTED-PRINTABLE:a=0D=0Ab\nADR;HOME" + vatLine,
			want:  with(labelled(home, "a\nb"))},
		{name: "VCF-6 a label of its group", version: "3.0", lines: "a.LABEL;TYPE=WORK:x\na.ADR;TYPE=HOME" + vatLine,
			want: with(labelled(home, "x"))},
		{name: "VCF-6 a label of a group without an address", version: "3.0",
			lines: "a.ADR;TYPE=HOME:;;;;;;\na.LABEL:x\nb.ADR;TYPE=WORK:\nb.LABEL: \nADR" + vatLine,
			want:  with(contacts.Address{Tag: contacts.AddressHome, FormattedAddress: "x"}, vat)},
		{name: "VCF-6 labels in order", version: "3.0", lines: "ADR" + vatLine + "\nADR" + vatLine + "\nLABEL:x\nLABEL:y",
			want: with(labelled(vat, "x"), labelled(vat, "y"))},
		{name: "VCF-6 a label of the same tag", version: "2.1", lines: "ADR;HOME;POSTAL" + vatLine + "\nLABEL;HOME:x",
			want: with(labelled(home, "x"))},
		{name: "VCF-6 a label of a tag that two have", version: "2.1", lines: "ADR;HOME;POSTAL" + vatLine +
			"\nADR;HOME;PARCEL" + vatLine + "\nLABEL;HOME:x",
			want: with(home, home, contacts.Address{Tag: contacts.AddressHome, FormattedAddress: "x"})},
		{name: "VCF-6 a label alone", version: "2.1", lines: "ADR;HOME" + vatLine + "\nLABEL;WORK:x",
			want: with(home, contacts.Address{Tag: contacts.AddressWork, FormattedAddress: "x"})},
		{name: "VCF-6 a label as a parameter", version: "4.0", lines: `ADR;LABEL="a^nb\nc":;;1 Elm`,
			want: with(contacts.Address{AddressLine: "1 Elm", FormattedAddress: "a\nb\nc"})},
		{name: "VCF-6 two labels", version: "4.0", lines: "ADR;LABEL=a:;;1 Elm\nLABEL:b",
			want:    with(contacts.Address{AddressLine: "1 Elm", FormattedAddress: "a"}),
			remarks: []string{"4 LABEL: not imported: another property has filled the field"}},
		{name: "VCF-1 a label that is too long", version: "3.0", lines: "ADR" + vatLine + "\nLABEL:" + long(2001),
			want: with(vat), remarks: []string{"4 LABEL: not imported: it is too long"}},

		{name: "VCF-6 a position as a parameter", version: "4.0", lines: `ADR;GEO="geo:59.33,-18.06"` + vatLine,
			want: with(at(vat, 59.33, -18.06))},
		{name: "VCF-6 a position of the only address", version: "3.0", lines: "GEO:59.33;18.06\nADR" + vatLine,
			want: with(at(vat, 59.33, 18.06))},
		{name: "VCF-6 a position of a group", version: "3.0", lines: "ADR" + vatLine + "\na.ADR" + vatLine + "\na.GEO:1;2",
			want: with(vat, at(vat, 1, 2))},
		{name: "VCF-6 a position of a type", version: "4.0", lines: "ADR" + vatLine + "\nADR;TYPE=home" + vatLine +
			"\nGEO;TYPE=home:geo:1,2,3;u=4", want: with(vat, at(home, 1, 2))},
		{name: "VCF-6 a position of one of two", version: "3.0", lines: "ADR" + vatLine + "\nADR" + vatLine + "\nGEO:1;2",
			want: with(vat, vat), remarks: []string{"5 GEO: not imported: a contact has no field for it"}},
		{name: "VCF-6 a position without an address", version: "3.0", lines: "FN:Ann\nGEO:1;2",
			want:    contacts.Info{Name: contacts.Name{First: "Ann"}},
			remarks: []string{"4 GEO: not imported: a contact has no field for it"}},
		{name: "VCF-6 no position", version: "3.0", lines: "GEO:91;0\nGEO:0;181\nGEO:NaN;0\nGEO:1\nADR" + vatLine,
			want: with(vat),
			remarks: []string{"3 GEO: not imported: not a position", "4 GEO: not imported: not a position",
				"5 GEO: not imported: not a position", "6 GEO: not imported: not a position"}},
	})
	t.Run("VCF-12 fifty addresses", func(t *testing.T) {
		row := one(t, "2.1", strings.Repeat("ADR:;;a\n", 51)+"LABEL;WORK:x", nil)
		require.Len(t, row.Contact.Info.Addresses, 50)
		require.Equal(t, []string{"53 ADR: not imported: more than a contact can have",
			"54 LABEL: not imported: more than a contact can have"}, said(row.Remarks))
	})
	t.Run("VCF-6 all countries", func(t *testing.T) {
		for _, code := range []string{"SE", "sv", "Sverige", "Schweden", "Sweden", "SWE"} {
			row := one(t, "3.0", "ADR:;;;;;;"+code, nil)
			want := map[string]string{"sv": "SV"}[code]
			if want == "" {
				want = "SE"
			}
			require.Equal(t, want, row.Contact.Info.Addresses[0].Country, code)
		}
	})
}

func TestStrict(t *testing.T) {
	strict := &vcardio.Options{Strict: true}
	for _, lines := range []string{
		"FN:Ann\nEMAIL:none", "FN:Ann\nBDAY:soon", "FN:Ann\nBDAY:--0102", "FN:Ann\nREV:0", "FN:Ann\nADR:;;;;Foxshire;;GB",
		"FN:Ann\nGEO:x", "FN:Ann\nPHOTO:x", "FN:Ann\nLANG:??", "FN:Ann\nhello", "FN:Ann\nKEY;ENCODING=b:!",
		"FN:Ann\nTEL:" + long(51),
	} {
		t.Run("VCF-1 "+lines, func(t *testing.T) {
			row := one(t, "3.0", lines, nil)
			require.Len(t, row.Remarks, 1)
			rows, errs := collect(t, card("3.0", lines)+card("3.0", "FN:Bo"), strict)
			require.Len(t, rows, 1)
			remark := row.Remarks[0]
			name := remark.Property
			if name != "" {
				name += ": "
			}
			require.Equal(t, []string{fmt.Sprintf("line 1: contacts: INVALID_ARGUMENT: line 4: %s%s", name, remark.Why)}, errs)
		})
	}
	t.Run("VCF-1 all at once", func(t *testing.T) {
		_, errs := collect(t, card("3.0", "FN:Ann\nREV:0\nBDAY:x\nNOTE:x"), strict)
		require.Equal(t, []string{
			"line 1: contacts: INVALID_ARGUMENT: line 4: REV: not a time; line 5: BDAY: not a date"}, errs)
	})
	t.Run("VCF-1 a fault with a milder remark", func(t *testing.T) {
		lines := "a.ADR:;;;Oz;Foxshire;;GB\na.X-ABLabel:Dacha"
		require.Equal(t, []string{"3 ADR: not imported: its type or label is no tag"}, said(one(t, "3.0", lines,
			nil).Remarks))
		_, errs := collect(t, card("3.0", lines), strict)
		require.Len(t, errs, 1)
	})
	for _, lines := range []string{
		"FN:Ann\nNOTE:x", "N:a;b;c;;", "FN:Ann\nCATEGORIES:x", "FN:Zo\xeb", "TEL;PAGER:1", "FN:Ann\nORG:a\nORG:b",
		"FN:Ann\nREV:20240101T000000", "KIND:group\nFN:Board",
	} {
		t.Run("VCF-1 accepted: "+lines, func(t *testing.T) {
			require.Len(t, one(t, "3.0", lines, strict).Remarks, 1)
		})
	}
}
