package vcardio_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/vcardio"
)

func TestFields(t *testing.T) {
	for _, test := range []struct {
		name, lines string
		want        map[string]any // without the prefix "custom."
		remarks     []string
	}{
		{"nickname", "NICKNAME:Annie,Nan", map[string]any{"nickname": "Annie,Nan"}, nil},
		{"two nicknames", "NICKNAME:Annie\nX-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Nan;1;;",
			map[string]any{"nickname": "Annie, Nan"}, nil},
		{"the same twice", "NICKNAME:Annie\nX-NICKNAME:Annie", map[string]any{"nickname": "Annie"}, nil},
		{"other data of Android", "X-ANDROID-CUSTOM:vnd.x/y;1", map[string]any{"vcard": "X-ANDROID-CUSTOM:vnd.x/y;1"}, nil},
		{"notes", `NOTE:a\nb\, c` + "\nNOTE:\nNOTE:d", map[string]any{"notes": "a\nb, c\n\nd"}, nil},
		{"a note that is too long", "NOTE:" + long(10_001), nil, []string{"4 NOTE: not imported: it is too long"}},
		{"notes that are too long together", "NOTE:" + long(9999) + "\nNOTE:b", map[string]any{"notes": long(9999)},
			[]string{"5 NOTE: not imported: it is too long"}},
		{"web pages", "URL:x.test\nURL:http\\://y.test/a\nURL:x.test\nX-SOCIALPROFILE;type=blog:https://z.test",
			map[string]any{"website": "x.test", "website-2": "http://y.test/a", "website-3": "https://z.test"}, nil},
		{"web pages with labels", "a.URL:x.test\na.X-ABLabel:_$!<HomePage>!$_\nb.URL:y.test\nb.X-ABLabel:Blog",
			map[string]any{"website": "x.test", "website-2": "y.test"},
			[]string{"6 URL: not imported: its type or label is no tag"}},
		{"no web page", "URL:my page\nURL:http://", nil, []string{
			"4 URL: not imported: not a value for its extended field",
			"5 URL: not imported: not a value for its extended field"}},
		{"too many web pages", strings.TrimSpace(strings.Repeat("URL:x.test\nURL:y.test\n", 1) +
			"URL:a\nURL:b\nURL:c\nURL:d\n" +
			"URL:e\nURL:f\nURL:g\nURL:h"), map[string]any{"website": "x.test", "website-2": "y.test", "website-3": "a",
			"website-4": "b", "website-5": "c", "website-6": "d", "website-7": "e", "website-8": "f", "website-9": "g"},
			[]string{"13 URL: not imported: another property has filled the field"}},
		{"dates", "ANNIVERSARY:20110506\nX-ANNIVERSARY:2011-05-06\nDEATHDATE:2020-01-02T00:00:00",
			map[string]any{"anniversary": "2011-05-06", "date-of-death": "2020-01-02"}, nil},
		{"another spelling of a date", "ANNIVERSARY:6.5.2011", map[string]any{"anniversary": "2011-05-06"},
			[]string{"4 ANNIVERSARY: read from another spelling: another form of the same value"}},
		{"no dates", "ANNIVERSARY:--0506\nANNIVERSARY:soon", nil, []string{
			"4 ANNIVERSARY: not imported: a date without a year", "5 ANNIVERSARY: not imported: not a date"}},
		{"Apple's dates", "a.X-ABDATE:2011-05-06\na.X-ABLabel:_$!<Anniversary>!$_\nX-ABDATE:2012-05-06\n" +
			"b.X-ABDATE:2013-05-06\n" +
			"b.X-ABLabel:First kiss", map[string]any{"anniversary": "2011-05-06", "anniversary-2": "2012-05-06",
			"vcard": "X-ABDATE;TYPE=First kiss:2013-05-06"}, nil},
		{"names by sound", "X-PHONETIC-FIRST-NAME:An\nX-PHONETIC-LAST-NAME:Ash\nSORT-STRING:Ash\nSOUND;X-IRMC-N:Ash;An;;;",
			map[string]any{"phonetic-first-name": "An", "phonetic-last-name": "Ash", "sort-name": "Ash",
				"phonetic-name": "Ash An"}, nil},
		{"a recording", "SOUND;ENCODING=b:QUJD\nSOUND:https://x.test/a.wav", map[string]any{
			"vcard": "SOUND:https://x.test/a.wav"}, []string{"4 SOUND: not imported: a contact has no field for it"}},
		{"instant messaging", "IMPP:xmpp:a@x.test\nIMPP;X-SERVICE-TYPE=Skype:skype:ann.b\nX-ICQ:1\n" +
			"X-AIM;TYPE=HOME:b\nIMPP:sip:c",
			map[string]any{"jabber": "a@x.test", "skype": "ann.b", "icq": "1", "aim": "b", "sip": "c"}, nil},
		{"instant messaging, two of a kind", "X-JABBER:a\nX-JABBER:b\nIMPP:xmpp:c%20d",
			map[string]any{"jabber": "a, b, c d"}, nil},
		{"instant messaging, unknown", "IMPP;X-SERVICE-TYPE=Zap:x-apple:a\nIMPP:zap:b",
			map[string]any{"vcard": "IMPP;X-SERVICE-TYPE=Zap:x-apple:a\nIMPP:zap:b"}, nil},
		{"gender", "GENDER:F", map[string]any{"gender": "Female"}, nil},
		{"gender in words", `GENDER:O;it's complicated`, map[string]any{"gender": "it's complicated"}, nil},
		{"gender of others", "X-GENDER:male", map[string]any{"gender": "male"}, nil},
		{"gender in numbers", "X-WAB-GENDER:2", map[string]any{"gender": "Male"}, nil},
		{"related people", "RELATED;TYPE=spouse;VALUE=text:Cy\nX-SPOUSE:Cy\nRELATED;TYPE=friend,child;VALUE=text:Bo\n" +
			"RELATED;TYPE=spouse:urn:uuid:1\nRELATED;TYPE=muse;VALUE=text:Di",
			map[string]any{"spouse": "Cy", "friend": "Bo",
				"vcard": "RELATED;TYPE=spouse:urn:uuid:1\nRELATED;TYPE=muse;VALUE=text:Di"}, nil},
		{"Apple's related people", "a.X-ABRELATEDNAMES;type=pref:Cy\na.X-ABLabel:_$!<Spouse>!$_\nb.X-ABRELATEDNAMES:Di\n" +
			"b.X-ABLabel:Muse\nX-ABRELATEDNAMES:Eve", map[string]any{"spouse": "Cy",
			"vcard": "X-ABRELATEDNAMES;TYPE=Muse:Di\nX-ABRELATEDNAMES:Eve"}, nil},
		{"programs", "X-MS-MANAGER:Bo\nX-EVOLUTION-ASSISTANT:Cy\nX-KADDRESSBOOK-X-Profession:Baker",
			map[string]any{"manager": "Bo", "assistant": "Cy", "profession": "Baker"}, nil},
		{"unknown ones are kept", "X-A;TYPE=HOME;CHARSET=UTF-8:a\\,b\nitem1.TZ:-05:00\nX-B;QUOTED-PRINTABLE:a=0Ab\nX-C:\n",
			map[string]any{"vcard": "X-A;TYPE=HOME:a\\,b\nTZ:-05:00\nX-B:a\\nb"}, nil},
		{"unknown bytes are not kept", "KEY;ENCODING=b:QUJD", nil,
			[]string{"4 KEY: not imported: a contact has no field for it"}},
		{"unknown text with a zero", "X-A:a\x00", nil, []string{"4 X-A: not imported: it has characters that are no text"}},
		{"more unknown text than a field can hold", "X-A:" + long(9990) + "\nX-B:" + long(20),
			map[string]any{"vcard": "X-A:" +
				long(9990)}, []string{"5 X-B: not imported: it is too long"}},
		{"nothing of a person", "PRODID:x\nCLASS:PUBLIC\nMAILER:x\nSOURCE:x\nX-ABUID:1\nPROFILE:VCARD", nil, nil},
		{"an agent", "AGENT:BEGIN:VCARD\\nEND:VCARD", nil, []string{"4 AGENT: not imported: it is a vCard of its own"}},
		{"fields that Write writes", "X-CONTACTS-FIELD;KEY=custom.size: 38 \nX-CONTACTS-FIELD;KEY=crm.y:1\n" +
			"X-CONTACTS-FIELD:1",
			map[string]any{"size": " 38 "}, []string{
				"5 X-CONTACTS-FIELD: not imported: a contact has no field for it",
				"6 X-CONTACTS-FIELD: not imported: a contact has no field for it"}},
	} {
		t.Run("VCF-8 "+test.name, func(t *testing.T) {
			var want map[string]any
			for name, value := range test.want {
				if want == nil {
					want = make(map[string]any)
				}
				want["custom."+name] = value
			}
			row := one(t, "3.0", "FN:Ann\n"+test.lines, making())
			require.Equal(t, want, row.Contact.Info.ExtendedFields)
			require.Equal(t, test.remarks, said(row.Remarks))

			// Without fields nothing is lost silently.
			row = one(t, "3.0", "FN:Ann\n"+test.lines, nil)
			require.Empty(t, row.Contact.Info.ExtendedFields)
			if test.want != nil {
				require.NotEmpty(t, row.Remarks)
			}
		})
	}
}

func TestFieldOptions(t *testing.T) {
	field := func(key, name string, t contacts.DataType) contacts.Field {
		return contacts.Field{Key: key, DisplayName: name, DataType: t}
	}
	opts := &vcardio.Options{Fields: []contacts.Field{
		field("custom.spitzname", "nickname\u200b", contacts.DataText), field("custom.notes", "Notizen", contacts.DataText),
		field("crm.site", "Website", contacts.DataURL), field("custom.married", "Anniversary", contacts.DataDate),
		field("custom.icq", "ICQ", contacts.DataNumber), field("custom.kept", "vCard", contacts.DataText),
		field("custom.uid", "UID", contacts.DataURL), field("custom.nick", "Nickname", contacts.DataText),
		field("custom.birthday", "Birthday", contacts.DataDate),
	}}
	lines := "FN:Ann\nNICKNAME:Nan\nNOTE:x\nURL:x.test\nANNIVERSARY:20110506\nX-ICQ:123\nX-AIM:b\nUID:no url\n" +
		"X-Y:z\nBDAY:--0102"
	row := one(t, "3.0", lines, opts)
	require.Equal(t, map[string]any{
		"custom.spitzname": "Nan", "custom.notes": "x", "crm.site": "x.test", "custom.married": "2011-05-06",
		"custom.icq": 123.0, "custom.kept": "X-AIM:b\nX-Y:z",
	}, row.Contact.Info.ExtendedFields, "VCF-8 by display name or key")
	require.Equal(t, []string{"10 UID: not imported: not a value for its extended field",
		"12 BDAY: not imported: a date without a year"}, said(row.Remarks))

	row = one(t, "3.0", "FN:Ann\nX-ICQ:12a\nX-ICQ:1e400\nX-ICQ:9007199254740993\nX-ICQ:1\nX-ICQ:2", opts)
	require.Equal(t, map[string]any{"custom.icq": 1.0}, row.Contact.Info.ExtendedFields)
	require.Equal(t, []vcardio.Reason{vcardio.NotValue, vcardio.NotValue, vcardio.NotValue, vcardio.Taken}, reasons(row))

	t.Run("VCF-8 a field of the store", func(t *testing.T) {
		row := one(t, "3.0", "FN:Ann\nX-CONTACTS-FIELD;KEY=invoices.vatId:1\n"+
			"X-CONTACTS-FIELD;KEY=ecom.numOfPurchases;VALUE=float:9007199254740994\n"+
			"X-CONTACTS-FIELD;KEY=ecom.totalSpentAmount:x\nX-CONTACTS-FIELD;KEY=ecom.lastPurchaseDate:soon\n"+
			"X-CONTACTS-FIELD;KEY=custom.icq:5\nX-CONTACTS-FIELD;KEY=custom.notes:a\\nb\n"+
			"X-CONTACTS-FIELD;KEY=members.membershipStatus:x",
			opts)
		require.Equal(t, map[string]any{"invoices.vatId": "1", "ecom.numOfPurchases": 9007199254740994.0, "custom.icq": 5.0,
			"custom.notes": "a\nb"}, row.Contact.Info.ExtendedFields)
		require.Equal(t, []vcardio.Reason{vcardio.NotValue, vcardio.NotValue, vcardio.NoField}, reasons(row))
	})
	t.Run("VCF-8 each field is made once", func(t *testing.T) {
		var names []string
		r, err := vcardio.NewReader(strings.NewReader(strings.Repeat(card("3.0", "NICKNAME:a\nNOTE:b\nURL:x\nURL:y"), 3)),
			&vcardio.Options{MakeField: func(name string) (string, error) {
				if names = append(names, name); name == "Website" {
					return "", errors.New("no")
				}
				return ownKey(name)
			}})
		require.NoError(t, err)
		for row, err := range r.Rows() {
			require.NoError(t, err)
			require.Equal(t, map[string]any{"custom.nickname": "a", "custom.notes": "b", "custom.vcard": "URL:x\nURL:y"},
				row.Contact.Info.ExtendedFields)
		}
		require.Equal(t, []string{"Nickname", "Notes", "Website", "vCard"}, names)
	})
}

func reasons(row vcardio.Row) []vcardio.Reason {
	var list []vcardio.Reason
	for _, r := range row.Remarks {
		list = append(list, r.Why)
	}
	return list
}
