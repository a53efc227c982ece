package vcardio_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/vcardio"
)

func named(first, last string) contacts.Info {
	return contacts.Info{Name: contacts.Name{First: first, Last: last}}
}

// with returns an info with extended fields, given as pairs of key and value.
func with(info contacts.Info, fields ...string) contacts.Info {
	info.ExtendedFields = make(map[string]any)
	for i := 0; i < len(fields); i += 2 {
		info.ExtendedFields["custom."+fields[i]] = fields[i+1]
	}
	return info
}

func TestNames(t *testing.T) {
	join := &vcardio.Options{JoinNames: true}
	company := func(name string, info contacts.Info) contacts.Info {
		info.Company = name
		return info
	}
	run(t, []test{
		{name: "VCF-4 parts", version: "3.0", lines: "N:Ash;Ann;;;\nFN:Ann Ash", want: named("Ann", "Ash")},
		{name: "VCF-4 one part", version: "2.1", lines: "N:Ash", want: named("", "Ash")},
		{name: "VCF-4 more parts need fields", version: "3.0",
			lines: "N:Ash;Ann;May,Joy;Dr.;Jr.\nFN:Dr. Ann May Joy Ash Jr.",
			want:  named("Ann", "Ash"), remarks: []string{"3 N: not imported: a contact has no field for it"}},
		{name: "VCF-4 more parts in fields", version: "3.0", lines: "N:Ash;Ann;May,Joy;Dr.;Jr.", opts: making(),
			want: with(named("Ann", "Ash"), "middle-name", "May Joy", "name-prefix", "Dr.", "name-suffix", "Jr.")},
		{name: "VCF-4 more parts joined", version: "3.0", lines: "N:Ash;Ann;May,Joy;Dr.;Jr.", opts: join,
			want: named("Dr. Ann May Joy", "Ash Jr.")},
		{name: "VCF-4 commas", version: "4.0", lines: `N:Ash\, Fox;Ann,May;;;`, want: named("Ann May", "Ash, Fox")},
		{name: "VCF-4 a comma and a space", version: "4.0", lines: `N:Ash, Jr.;Ann;;;`, want: named("Ann", "Ash, Jr.")},
		{name: "VCF-4 commas are text in 2.1", version: "2.1", lines: `N:Ash,Fox;Ann\;a`, want: named("Ann;a", "Ash,Fox")},
		{name: "VCF-4 further parts", version: "4.0", lines: `N:Ash;Ann;;;;;`, want: named("Ann", "Ash")},
		{name: "VCF-4 further parts with text", version: "4.0", lines: `N:Ash;Ann;;;;Fox;`, want: named("Ann", "Ash"),
			remarks: []string{"3 N: not imported: a contact has no field for it"}},
		{name: "VCF-4 a second name", version: "4.0", lines: "N:Ash;Ann\nN:\nN:Ash;Ann\nN:Fox", want: named("Ann", "Ash"),
			remarks: []string{"6 N: not imported: another property has filled the field"}},
		{name: "VCF-4 a name to sort by", version: "4.0", lines: `N;SORT-AS="Ash,Ann":van Ash;Ann;;;`, opts: making(),
			want: with(named("Ann", "van Ash"), "sort-name", "Ash,Ann")},
		{name: "VCF-4 full name alone", version: "3.0", lines: "FN:Ann Ash", want: named("Ann Ash", "")},
		{name: "VCF-4 full name, empty parts", version: "3.0", lines: "N:;;;;\nFN: Ann Ash ", want: named("Ann Ash", "")},
		{name: "VCF-4 full name of some parts", version: "3.0", lines: "N:Ash;Ann;May;Dr.;\nFN:Dr. ASH, Ann", opts: join,
			want: named("Dr. Ann May", "Ash")},
		{name: "VCF-4 full name with another word", version: "3.0", lines: "N:Ash;Ann\nFN:Annie Ash",
			want: named("Ann", "Ash"), remarks: []string{"4 FN: not imported: another property has filled the field"}},
		{name: "VCF-4 the preferred full name", version: "4.0", lines: "FN:Annie\nFN;PREF=1:Ann",
			want: named("Ann", ""), remarks: []string{"3 FN: not imported: another property has filled the field"}},
		{name: "VCF-4 a full name that is the company", version: "3.0", lines: "N:;;;;\nFN:Vine\nORG:Vine\nEMAIL:a@x.test",
			want: contacts.Info{Company: "Vine", Emails: []contacts.Email{{Address: "a@x.test"}}}},
		{name: "VCF-4 a full name that is an email or a phone", version: "4.0", lines: "FN:a@x.test\nEMAIL:a@x.test",
			want: contacts.Info{Emails: []contacts.Email{{Address: "a@x.test"}}}},
		{name: "VCF-4 a company that nothing else identifies", version: "3.0",
			lines: "FN:Vine\nORG:Vine\nX-ABShowAs:COMPANY",
			want:  company("Vine", named("Vine", ""))},
		{name: "VCF-4 an organization", version: "4.0", lines: "KIND:org\nFN:Vine\nTEL:1",
			want: company("Vine", contacts.Info{Name: contacts.Name{First: "Vine"}, Phones: []contacts.Phone{{Number: "1"}}})},
		{name: "VCF-1 a name that is too long", version: "3.0", lines: "N:" + long(1001) + ";Ann", want: named("Ann", ""),
			remarks: []string{"3 N: not imported: it is too long"}},
		{name: "VCF-4 a joined name that is too long", version: "3.0", lines: "N:Ash;" + long(999) + ";May;;", opts: join,
			want: named("", "Ash"), remarks: []string{"3 N: not imported: it is too long"}},
		{name: "VCF-1 a name with a zero", version: "3.0", lines: "N:Ash;A\x00nn", want: named("", "Ash"),
			remarks: []string{"3 N: not imported: it has characters that are no text"}},
		{name: "VCF-4 a name of nothing to see", version: "3.0", lines: "N:\u200b;\u00a0\nFN:Ann", want: named("Ann", "")},
	})
}

func long(n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = 'a'
	}
	return string(text)
}

func TestWork(t *testing.T) {
	run(t, []test{
		{name: "VCF-4 company and unit", version: "3.0", lines: "ORG:Vine;Roots;Hair",
			want:    contacts.Info{Company: "Vine", Name: contacts.Name{First: "Vine"}},
			remarks: []string{"3 ORG: not imported: a contact has no field for it"}},
		{name: "VCF-8 the units in a field", version: "3.0", lines: "FN:Ann\nORG:Vine;Roots;;Hair", opts: making(),
			want: with(contacts.Info{Company: "Vine", Name: contacts.Name{First: "Ann"}}, "department", "Roots, Hair")},
		{name: "VCF-4 a second company", version: "3.0", lines: "FN:Ann\nORG:Vine\nORG:Moss",
			want:    contacts.Info{Company: "Vine", Name: contacts.Name{First: "Ann"}},
			remarks: []string{"5 ORG: not imported: another property has filled the field"}},
		{name: "VCF-4 title", version: "3.0", lines: "FN:Ann\nTITLE:Nurse",
			want: contacts.Info{JobTitle: "Nurse", Name: contacts.Name{First: "Ann"}}},
		{name: "VCF-4 role for want of a title", version: "3.0", lines: "FN:Ann\nTITLE:\nROLE:Nurse",
			want: contacts.Info{JobTitle: "Nurse", Name: contacts.Name{First: "Ann"}}},
		{name: "VCF-4 both", version: "3.0", lines: "FN:Ann\nROLE:Care\nTITLE:Nurse",
			want:    contacts.Info{JobTitle: "Nurse", Name: contacts.Name{First: "Ann"}},
			remarks: []string{"4 ROLE: not imported: a contact has no field for it"}},
		{name: "VCF-4 both the same", version: "3.0", lines: "FN:Ann\nROLE:Nurse\nTITLE:Nurse",
			want: contacts.Info{JobTitle: "Nurse", Name: contacts.Name{First: "Ann"}}},
		{name: "VCF-8 the role in a field", version: "3.0", lines: "FN:Ann\nROLE:Care\nTITLE:Nurse", opts: making(),
			want: with(contacts.Info{JobTitle: "Nurse", Name: contacts.Name{First: "Ann"}}, "role", "Care")},
	})
}

func TestBirthdates(t *testing.T) {
	for _, test := range []struct {
		line, want, birthday string
		reason               vcardio.Reason
	}{
		{"BDAY:19840709", "1984-07-09", "", ""},
		{"BDAY:1984-07-09", "1984-07-09", "", ""},
		{"BDAY;VALUE=date-time:1984-07-09T10:00:00Z", "1984-07-09", "", ""},
		{"BDAY:19840709T000000", "1984-07-09", "", ""},
		{"BDAY:1984-07-09 00:00:00", "1984-07-09", "", ""},
		{"BDAY:1984-7-9", "1984-07-09", "", vcardio.Rewritten},
		{"BDAY:9.7.1984", "1984-07-09", "", vcardio.Rewritten},
		{"BDAY:--0709", "", "--0709", vcardio.NoYear},
		{"BDAY:--07-09", "", "--07-09", vcardio.NoYear},
		{"BDAY:---09", "", "---09", vcardio.NoYear},
		{"BDAY;X-APPLE-OMIT-YEAR=1604:1604-07-09", "", "--07-09", vcardio.NoYear},
		{"BDAY:1604-07-09", "", "--07-09", vcardio.NoYear},
		{"BDAY:00000709", "", "--07-09", vcardio.NoYear},
		{"BDAY;X-APPLE-OMIT-YEAR=1984:1984-07-09", "", "--07-09", vcardio.NoYear},
		{"BDAY;X-APPLE-OMIT-YEAR=1604:1984-07-09", "1984-07-09", "", ""},
		{"BDAY:1984", "", "", vcardio.NotDate},
		{"BDAY:19843107", "", "", vcardio.NotDate},
		{"BDAY:1984-02-30", "", "", vcardio.NotDate},
		{"BDAY:7/9/1984", "", "", vcardio.NotDate},
		{"BDAY;VALUE=text:about 1800", "", "", vcardio.NotDate},
		{"BDAY:", "", "", ""},
		{"BDAY;ALTID=1:19840709\nBDAY;VALUE=text;ALTID=1:1984-07-09", "1984-07-09", "", ""},
	} {
		t.Run("VCF-7 "+test.line, func(t *testing.T) {
			row := one(t, "4.0", "FN:Ann\n"+test.line, nil)
			require.Equal(t, test.want, row.Contact.Info.Birthdate)
			if test.reason == "" {
				require.Empty(t, row.Remarks)
				return
			}
			what := vcardio.NotImported
			if test.want != "" {
				what = vcardio.OtherSpelling
			}
			require.Equal(t, []vcardio.Remark{{Line: 4, Property: "BDAY", What: what, Why: test.reason}}, row.Remarks)
			if test.birthday != "" {
				row = one(t, "4.0", "FN:Ann\n"+test.line, making())
				require.Equal(t, map[string]any{"custom.birthday": test.birthday}, row.Contact.Info.ExtendedFields)
				require.Empty(t, row.Remarks)
			}
		})
	}
	row := one(t, "4.0", "FN:Ann\nBDAY:19840709\nBDAY:19840710", nil)
	require.Equal(t, "1984-07-09", row.Contact.Info.Birthdate)
	require.Equal(t, []string{"5 BDAY: not imported: another property has filled the field"}, said(row.Remarks))
}

func TestTimes(t *testing.T) {
	at := time.Date(2024, 3, 12, 9, 14, 0, 0, time.UTC)
	for _, test := range []struct {
		text   string
		want   time.Time
		reason vcardio.Reason
	}{
		{"20240312T091400Z", at, ""}, {"2024-03-12T09:14:00Z", at, ""}, {"2024-03-12T10:14:00+01:00", at, ""},
		{"20240312T101400+0100", at, ""}, {"20240312T101400+01", at, ""}, {"2024-03-12t09:14:00.0z", at, ""},
		{"2024-03-12T09:14:00.1239Z", at.Add(123 * time.Millisecond), ""},
		{"20240312T091400", at, vcardio.NoZone}, {"2024-03-12 09:14:00", at, vcardio.NoZone},
		{"20240312", time.Date(2024, 3, 12, 0, 0, 0, 0, time.UTC), vcardio.NoZone},
		{"0", time.Time{}, vcardio.NotTime}, {"yesterday", time.Time{}, vcardio.NotTime},
		{"0000-01-01T00:00:00+01:00", time.Time{}, vcardio.NotTime}, {"", time.Time{}, ""},
	} {
		t.Run("VCF-7 "+test.text, func(t *testing.T) {
			row := one(t, "4.0", "FN:Ann\nREV:"+test.text, nil)
			require.Equal(t, test.want, row.Contact.UpdatedDate)
			require.Zero(t, row.Contact.CreatedDate)
			row2 := one(t, "3.0", "FN:Ann\nX-CREATED:"+test.text, nil)
			require.Equal(t, test.want, row2.Contact.CreatedDate)
			if test.reason == "" {
				require.Empty(t, row.Remarks)
				return
			}
			require.Len(t, row.Remarks, 1)
			require.Equal(t, test.reason, row.Remarks[0].Why)
		})
	}
}

func TestIDs(t *testing.T) {
	id := uuid.MustParse("7a1c6b0e-0f57-4d3c-9b1a-5d2f3e4a5b6d")
	for _, text := range []string{
		"7a1c6b0e-0f57-4d3c-9b1a-5d2f3e4a5b6d", "urn:uuid:7A1C6B0E-0F57-4D3C-9B1A-5D2F3E4A5B6D",
		"7A1C6B0E-0F57-4D3C-9B1A-5D2F3E4A5B6D:ABPerson",
	} {
		t.Run("VCF-11 "+text, func(t *testing.T) {
			row := one(t, "4.0", "FN:Ann\nUID:"+text, &vcardio.Options{IDs: true})
			require.Equal(t, id, row.Contact.ID)
			require.Empty(t, row.Remarks)
			row = one(t, "4.0", "FN:Ann\nUID:"+text, nil)
			require.Zero(t, row.Contact.ID)
			require.Equal(t, []string{"4 UID: not imported: a contact has no field for it"}, said(row.Remarks))
			row = one(t, "4.0", "FN:Ann\nUID:"+text, &vcardio.Options{MakeField: ownKey})
			require.Equal(t, map[string]any{"custom.uid": text}, row.Contact.Info.ExtendedFields)
		})
	}
	for _, text := range []string{
		"pas-id-1", "00000000-0000-0000-0000-000000000000", "{7a1c6b0e-0f57-4d3c-9b1a-5d2f3e4a5b6d}", "1234",
	} {
		t.Run("VCF-11 not an ID: "+text, func(t *testing.T) {
			row := one(t, "4.0", "FN:Ann\nUID:"+text, &vcardio.Options{IDs: true})
			require.Zero(t, row.Contact.ID)
			require.Equal(t, []string{"4 UID: not imported: a contact has no field for it"}, said(row.Remarks))
			row = one(t, "4.0", "FN:Ann\nUID:"+text, making())
			require.Equal(t, map[string]any{"custom.uid": text}, row.Contact.Info.ExtendedFields)
		})
	}
}

func TestLabels(t *testing.T) {
	labels := &vcardio.Options{Labels: map[string]string{"VIP": "custom.vip", "a, b": "custom.ab", "none": ""}}
	labelled := func(keys ...string) contacts.Info {
		return contacts.Info{Name: contacts.Name{First: "Ann"}, LabelKeys: keys}
	}
	const unknown = ": not imported: a category is not a label"
	run(t, []test{
		{name: "VCF-9 without labels", version: "3.0", lines: "FN:Ann\nCATEGORIES:VIP", want: labelled(),
			remarks: []string{"4 CATEGORIES" + unknown}},
		{name: "VCF-9 by a map", version: "3.0", lines: "FN:Ann\nCATEGORIES:vip, VIP\u200b ,none\nCATEGORIES:VIP",
			opts: labels,
			want: labelled("custom.vip"), remarks: []string{"4 CATEGORIES" + unknown}},
		{name: "VCF-9 a comma in a name", version: "3.0", lines: `FN:Ann` + "\n" + `CATEGORIES:a\, b,VIP`, opts: labels,
			want: labelled("custom.ab", "custom.vip")},
		{name: "VCF-9 names in one text", version: "3.0", lines: `FN:Ann` + "\n" + `CATEGORIES:none\, VIP`, opts: labels,
			want: labelled("custom.vip")},
		{name: "VCF-9 semicolons", version: "2.1", lines: "FN:Ann\nCATEGORIES:none;VIP", opts: labels,
			want: labelled("custom.vip")},
		{name: "VCF-9 Google's groups", version: "3.0", lines: "FN:Ann\nCATEGORIES:myContacts,starred,My Contacts,x", opts: making(),
			want: labelled("custom.x")},
		{name: "VCF-9 made", version: "3.0", lines: "FN:Ann\nCATEGORIES:Book club,A\nCATEGORIES:A", opts: making(),
			want: labelled("custom.book-club", "custom.a")},
		{name: "VCF-9 not made", version: "3.0", lines: "FN:Ann\nCATEGORIES:x,y,z", opts: &vcardio.Options{
			MakeLabel: func(name string) (string, error) {
				switch name {
				case "x":
					return "", errors.New("no")
				case "y":
					return "no key", nil
				}
				return "custom.z", nil
			}}, want: labelled("custom.z"), remarks: []string{"4 CATEGORIES" + unknown}},
		{name: "VCF-9 keys that Write writes", version: "3.0", opts: making(),
			lines: "FN:Ann\nX-CONTACTS-LABEL:contacts.customers,custom.x,crm.y\nCATEGORIES:x",
			want:  labelled("contacts.customers", "custom.x"), remarks: []string{"4 X-CONTACTS-LABEL" + unknown}},
		{name: "VCF-9 keys without labels", version: "3.0", lines: "FN:Ann\nX-CONTACTS-LABEL:contacts.customers,custom.x",
			want: labelled("contacts.customers"), remarks: []string{"4 X-CONTACTS-LABEL" + unknown}},
	})
	t.Run("VCF-9 each label is made once", func(t *testing.T) {
		calls := 0
		one(t, "3.0", "FN:Ann\nCATEGORIES:a,a\nCATEGORIES:a", &vcardio.Options{MakeLabel: func(string) (string, error) {
			calls++
			return "custom.a", nil
		}})
		require.Equal(t, 1, calls)
	})
	t.Run("VCF-9 a group", func(t *testing.T) {
		row := one(t, "4.0", "KIND:group\nFN:Board\nMEMBER:urn:uuid:7a1c6b0e-0f57-4d3c-9b1a-5d2f3e4a5b6d", making())
		require.Nil(t, row.Contact)
		require.False(t, row.Empty())
		require.Equal(t, []string{"3 KIND: not imported: a group is not a person"}, said(row.Remarks))
		row = one(t, "3.0", "FN:Board\nX-ADDRESSBOOKSERVER-KIND:group", making())
		require.Nil(t, row.Contact)
		require.NotNil(t, one(t, "4.0", "KIND:individual\nFN:Ann", nil).Contact)
	})
}

func TestLocales(t *testing.T) {
	row := one(t, "4.0", "FN:Ann\nLANG;PREF=2:en\nLANG;PREF=1:sv-SE\nLANG:x y\nLANG:de_DE", nil)
	require.Equal(t, "sv-se", row.Contact.Info.Locale)
	require.Equal(t, []string{
		"4 LANG: not imported: another property has filled the field", "6 LANG: not imported: not a language tag",
		"7 LANG: not imported: not a language tag",
	}, said(row.Remarks))
}

func TestPictures(t *testing.T) {
	const data = "QUJD"
	stored := func(mediaType string, data []byte) (string, error) {
		return "https://x.test/" + mediaType + "/" + string(data), nil
	}
	for _, test := range []struct {
		name, version, lines string
		url                  string // with bytes stored
		remark               vcardio.Reason
	}{
		{"a URL in 3.0", "3.0", "PHOTO;VALUE=uri:https://x.test/a.png", "https://x.test/a.png", ""},
		{"a URL in 4.0", "4.0", "PHOTO:https://x.test/a.png", "https://x.test/a.png", ""},
		{"a URL with escapes", "3.0", `PHOTO;VALUE=URI:http\://x.test/a\,b`, "http://x.test/a,b", ""},
		{"of the media manager", "4.0", "PHOTO:wix:image://v1/a", "wix:image://v1/a", ""},
		{"bytes", "3.0", "PHOTO;ENCODING=b;TYPE=JPEG:" + data, "https://x.test/image/jpeg/ABC", vcardio.NoStore},
		{"bytes in 2.1", "2.1", "PHOTO;PNG;BASE64:\n " + data + "\n", "https://x.test/image/png/ABC", vcardio.NoStore},
		{"bytes of an unknown type", "3.0", "PHOTO;ENCODING=b;TYPE=X:" + data, "https://x.test//ABC", vcardio.NoStore},
		{"bytes in a URI", "4.0", "PHOTO:data:image/gif;base64," + data, "https://x.test/image/gif/ABC", vcardio.NoStore},
		{"bytes in a URI, in 3.0", "3.0", `PHOTO:data:image/gif;base64\,` + data + "==", "https://x.test/image/gif/ABC",
			vcardio.NoStore},
		{"text in a URI", "4.0", "PHOTO:data:image/svg+xml,A%42C", "https://x.test/image/svg+xml/ABC", vcardio.NoStore},
		{"a logo", "4.0", "LOGO:https://x.test/a.png", "https://x.test/a.png", ""},
		{"a photo and a logo", "4.0", "LOGO:https://x.test/b.png\nPHOTO:https://x.test/a.png", "https://x.test/a.png",
			vcardio.Taken},
		{"two photos, one preferred", "4.0", "PHOTO:https://x.test/b.png\nPHOTO;PREF=1:https://x.test/a.png",
			"https://x.test/a.png", vcardio.Taken},
		{"a path", "3.0", "PHOTO;VALUE=uri:file:///a.png", "", vcardio.NotURL},
		{"no host", "3.0", "PHOTO;VALUE=uri:https:///a.png", "", vcardio.NotURL},
		{"space", "3.0", "PHOTO;VALUE=uri:https://x.test/a b", "", vcardio.NotURL},
		{"damaged", "3.0", "PHOTO;ENCODING=b:A", "", vcardio.Damaged},
		{"a damaged URI", "4.0", "PHOTO:data:image/gif;base64,A", "", vcardio.NotURL},
		{"nothing", "4.0", "PHOTO:", "", ""},
	} {
		t.Run("VCF-10 "+test.name, func(t *testing.T) {
			row := one(t, test.version, "FN:Ann\n"+test.lines, nil)
			switch test.remark {
			case "":
				require.Empty(t, row.Remarks)
			default:
				require.Len(t, row.Remarks, 1)
				require.Equal(t, test.remark, row.Remarks[0].Why)
			}
			if row = one(t, test.version, "FN:Ann\n"+test.lines, &vcardio.Options{Picture: stored}); test.url == "" {
				require.Nil(t, row.Contact.Info.Picture)
				return
			}
			require.Equal(t, &contacts.Picture{Image: contacts.Image{URL: test.url}}, row.Contact.Info.Picture)
		})
	}
	t.Run("VCF-10 a picture that is not stored", func(t *testing.T) {
		row := one(t, "3.0", "FN:Ann\nPHOTO;ENCODING=b:"+data, &vcardio.Options{
			Picture: func(string, []byte) (string, error) { return "", nil }})
		require.Equal(t, []string{"4 PHOTO: not imported: its bytes need Options.Picture"}, said(row.Remarks))
	})
	t.Run("VCF-10 an error ends the reading", func(t *testing.T) {
		full := errors.New("full")
		rows, errs := collect(t, card("3.0", "FN:Bo")+card("3.0", "FN:Ann\nPHOTO;ENCODING=b:"+data)+card("3.0", "FN:Cy"),
			&vcardio.Options{Picture: func(string, []byte) (string, error) { return "", full }})
		require.Len(t, rows, 1)
		require.Equal(t, []string{"full"}, errs)
	})
}
