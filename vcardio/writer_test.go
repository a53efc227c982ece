package vcardio_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/geo"
	"github.com/contactsdb/contacts/internal/storetest"
	"github.com/contactsdb/contacts/vcardio"
)

func seq(list ...*contacts.Contact) iter.Seq[*contacts.Contact] { return slices.Values(list) }

// written returns the cards of contacts.
func written(t testing.TB, opts *vcardio.Options, list ...*contacts.Contact) string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, vcardio.Write(&text, seq(list...), opts))
	return text.String()
}

// version returns the options for another version.
func version(opts *vcardio.Options, v string) *vcardio.Options {
	o := *opts
	o.Version = v
	return &o
}

func TestWrite(t *testing.T) {
	c := &contacts.Contact{
		ID:          uuid.MustParse("7a1c6b0e-0f57-4d3c-9b1a-5d2f3e4a5b6d"),
		CreatedDate: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), UpdatedDate: time.Date(2025, 1, 2, 3, 4, 5, 6e6, time.UTC),
		Info: contacts.Info{
			Name: contacts.Name{First: "Ann; May", Last: "Ash, Fox"}, Company: "Vine", JobTitle: "Nurse",
			Emails: []contacts.Email{{Tag: contacts.EmailWork, Address: "a@x.test", Primary: true}, {Address: "b@x.test"}},
			Phones: []contacts.Phone{{Tag: contacts.PhoneMobile, Number: "+46 8 5555 0150", CountryCode: "SE", Primary: true},
				{Tag: contacts.PhoneUntagged, Number: "020", CountryCode: "FR"}},
			Addresses: []contacts.Address{{
				Tag: contacts.AddressShipping, Country: "US", Subdivision: "US-NY", City: "Albany", PostalCode: "12207",
				StreetAddress: &contacts.StreetAddress{Number: "1", Name: "Elm"}, FormattedAddress: "1 Elm\nAlbany",
				Geocode: &contacts.Geocode{Latitude: 42.5, Longitude: -73.75}, Hint: `the "blue" door`,
			}, {City: "Oz"}},
			Birthdate: "1990-02-28", Locale: "en-us", LabelKeys: []string{"custom.vip"},
			ExtendedFields: map[string]any{"custom.notes": "a\n" + strings.Repeat("long ", 20) + "end",
				"custom.middle-name": "Joy",
				"custom.department":  "Roots", "custom.shoe-size": 38.0, "custom.vcard": "X-A;TYPE=b:c\\,d",
				"custom.gender": "Female", "custom.child": "Bo", "contacts.displayByFirstName": "derived"},
			Picture: &contacts.Picture{Image: contacts.Image{URL: "https://x.test/a.png"}},
		},
	}
	const three = `BEGIN:VCARD
VERSION:3.0
UID:urn:uuid:7a1c6b0e-0f57-4d3c-9b1a-5d2f3e4a5b6d
N:Ash\, Fox;Ann\; May;Joy;;
FN:Ann\; May Ash\, Fox
ORG:Vine;Roots
BDAY:1990-02-28
LANG:en-us
EMAIL;TYPE=INTERNET,WORK,PREF:a@x.test
EMAIL;TYPE=INTERNET:b@x.test
TEL;TYPE=CELL,PREF:+46 8 5555 0150
TEL;X-COUNTRY=FR:020
item1.ADR;TYPE=DELIVERY;X-HINT=the ^'blue^' door:;;1 Elm;Albany;New York;12
 207;United States;;;;1;Elm
item1.LABEL;TYPE=DELIVERY:1 Elm\nAlbany
item1.GEO:42.5;-73.75
ADR:;;;Oz;;;
CATEGORIES:vip
PHOTO;VALUE=uri:https://x.test/a.png
X-CREATED:20240102T030405Z
REV:20250102T030405.006Z
TITLE:Nurse
GENDER:F
NOTE:a\nlong long long long long long long long long long long long long lo
 ng long long long long long long end
RELATED;TYPE=child;VALUE=text:Bo
X-A;TYPE=b:c\,d
X-CONTACTS-FIELD;KEY=custom.shoe-size;VALUE=float:38
END:VCARD
`
	require.Equal(t, three, strings.ReplaceAll(written(t, nil, c), "\r\n", "\n"), "VCF-13")
	four := strings.NewReplacer(
		"VERSION:3.0", "VERSION:4.0", "BDAY:1990-02-28", "BDAY:19900228", "X-CREATED", "CREATED",
		"EMAIL;TYPE=INTERNET,WORK,PREF", "EMAIL;TYPE=WORK;PREF=1", "EMAIL;TYPE=INTERNET", "EMAIL",
		"TYPE=CELL,PREF", "TYPE=CELL;PREF=1",
		`item1.ADR;TYPE=DELIVERY;X-HINT=the ^'blue^' door:;;1 Elm;Albany;New York;12
 207;United States;;;;1;Elm
item1.LABEL;TYPE=DELIVERY:1 Elm\nAlbany
item1.GEO:42.5;-73.75
`, `ADR;TYPE=DELIVERY;X-HINT=the ^'blue^' door;LABEL=1 Elm^nAlbany;GEO="geo:42.
 5,-73.75":;;1 Elm;Albany;New York;12207;United States;;;;1;Elm
`).Replace(three)
	require.Equal(t, four, strings.ReplaceAll(written(t, &vcardio.Options{Version: "4.0"}, c), "\r\n", "\n"), "VCF-13")

	t.Run("VCF-13 nothing in a contact", func(t *testing.T) {
		require.Equal(t, "BEGIN:VCARD\r\nVERSION:3.0\r\nN:;;;;\r\nFN:\r\nEND:VCARD\r\n", written(t, nil,
			&contacts.Contact{}, nil))
		require.Empty(t, written(t, nil))
	})
	t.Run("VCF-13 something in place of a name", func(t *testing.T) {
		info := contacts.Info{Phones: []contacts.Phone{{Number: "1"}}}
		require.Contains(t, written(t, nil, &contacts.Contact{Info: info}), "\r\nFN:1\r\n")
		info.Emails = []contacts.Email{{Address: "a@x.test"}}
		require.Contains(t, written(t, nil, &contacts.Contact{Info: info}), "\r\nFN:a@x.test\r\n")
		info.Company = "Vine"
		require.Contains(t, written(t, nil, &contacts.Contact{Info: info}), "\r\nFN:Vine\r\n")
	})
	t.Run("VCF-13 the kept field cannot forge properties", func(t *testing.T) {
		for _, kept := range []string{
			"X-A:b\nEMAIL:evil@x.test", "END:VCARD", "X-A:b\nBEGIN:VCARD", "X-A:b\r\nEND:VCARD", "VERSION:4.0", "hello",
			"X-A:b\n",
			"X-A", "FN:Eve", "UID:1", "X-CONTACTS-FIELD;KEY=custom.x:1", "NICKNAME:Eve", "X-A:b;\nX-B;", "x-a:b", "i.X-A:b",
		} {
			c := &contacts.Contact{Info: contacts.Info{
				Name: contacts.Name{First: "Ann"}, ExtendedFields: map[string]any{"custom.vcard": kept}}}
			text := written(t, nil, c)
			require.Equal(t, 1, strings.Count(text, "X-CONTACTS-FIELD;KEY=custom.vcard:"), text)
			require.Len(t, strings.Split(text, "\r\n"), 7, text)
		}
	})
	t.Run("VCF-13 values that no one can write", func(t *testing.T) {
		text := written(t, nil, &contacts.Contact{Info: contacts.Info{
			Name: contacts.Name{First: "Ann"}, ExtendedFields: map[string]any{"custom.a": true, "custom.b": nil,
				"custom.c": ""}}})
		require.NotContains(t, text, "custom")
	})
	t.Run("the first error of the writer", func(t *testing.T) {
		full := errors.New("full")
		many := make([]*contacts.Contact, 1000)
		for i := range many {
			many[i] = c
		}
		require.Equal(t, full, vcardio.Write(failing{full}, seq(many...), nil))
		require.Equal(t, full, vcardio.Write(failing{full}, seq(c), nil))
		require.NoError(t, iotest.TestReader(strings.NewReader(written(t, nil, c)), []byte(written(t, nil, c))))
	})
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// roundTrip writes contacts in both versions and requires that a reader with the same options reads the same.
func roundTrip(t testing.TB, opts *vcardio.Options, list ...*contacts.Contact) {
	t.Helper()
	for _, v := range []string{"3.0", "4.0"} {
		opts := version(opts, v)
		text := written(t, opts, list...)
		rows, errs := collect(t, text, opts)
		require.Empty(t, errs, text)
		require.Len(t, rows, len(list))
		for i, row := range rows {
			require.Empty(t, said(row.Remarks), text)
			if !row.Contact.Equal(list[i]) {
				require.Equal(t, list[i], row.Contact, text) // shows how they differ
			}
		}
		require.Equal(t, text, written(t, opts, list...))
	}
}

// A contact of a store, with everything that a vCard can hold.
func TestRoundTripOfStore(t *testing.T) {
	c := storetest.WholeContact(1, "ann")
	s := storetest.New(t)
	storetest.NewLabel(t, s, "VIP")
	storetest.NewField(t, s, "Nickname", contacts.DataText)
	c.Info.LabelKeys = append(c.Info.LabelKeys, "custom.vip")
	c.Info.ExtendedFields["custom.nickname"] = "Nan"
	storetest.Import(t, s, nil, c)
	stored, err := s.Snapshot().Get(c.ID)
	require.NoError(t, err)
	opts := &vcardio.Options{IDs: true, Fields: slices.Collect(s.Snapshot().Fields()), Labels: map[string]string{}}
	for l := range s.Snapshot().Labels() {
		opts.Labels[l.DisplayName] = l.Key
	}
	for _, v := range []string{"3.0", "4.0"} {
		rows, errs := collect(t, written(t, version(opts, v), stored), version(opts, v))
		require.Empty(t, errs)
		require.Empty(t, rows[0].Remarks)
		again := storetest.New(t)
		storetest.NewLabel(t, again, "VIP")
		storetest.NewField(t, again, "Nickname", contacts.DataText)
		storetest.Import(t, again, nil, rows[0].Contact)
		got, err := again.Snapshot().Get(c.ID)
		require.NoError(t, err)
		require.True(t, plain(got).Equal(plain(stored)), "VCF-13\n%+v\n%+v", plain(stored), plain(got))
	}
}

// plain returns what of a contact a vCard can hold.
func plain(c *contacts.Contact) *contacts.Contact {
	p := &contacts.Contact{ID: c.ID, CreatedDate: c.CreatedDate, UpdatedDate: c.UpdatedDate, Info: c.Info.Clone()}
	for i := range p.Info.Emails {
		p.Info.Emails[i].ID = uuid.Nil
	}
	for i := range p.Info.Phones {
		p.Info.Phones[i].ID = uuid.Nil
	}
	for i := range p.Info.Addresses {
		p.Info.Addresses[i].ID = uuid.Nil
	}
	p.Info.Locations, p.Info.AssignedUserIDs = nil, nil
	p.Info.Picture = &contacts.Picture{Image: contacts.Image{URL: c.Info.Picture.Image.URL}}
	for _, key := range []string{"members.membershipStatus", "emailSubscriptions.subscriptionStatus",
		"emailSubscriptions.deliverabilityStatus", "emailSubscriptions.effectiveEmail"} {
		delete(p.Info.ExtendedFields, key)
	}
	return p
}

// All codes of countries and subdivisions survive.
func TestRoundTripOfPlaces(t *testing.T) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var codes []contacts.Address
	for _, a := range letters {
		for _, b := range letters {
			if country := string(a) + string(b); geo.ValidCountry(country) {
				codes = append(codes, contacts.Address{City: "Oz", Country: country})
			}
		}
	}
	for _, country := range []string{"US", "GB", "DE", "FR", "ES", "IT", "PH", "RU", "JP", "SI"} {
		for _, part := range subdivisions(country) {
			codes = append(codes, contacts.Address{City: "Oz", Country: country, Subdivision: part})
		}
	}
	require.Greater(t, len(codes), 1000)
	var list []*contacts.Contact
	for some := range slices.Chunk(codes, 50) {
		list = append(list, &contacts.Contact{Info: contacts.Info{Name: contacts.Name{First: "Ann"}, Addresses: some}})
	}
	roundTrip(t, making(), list...)
	roundTrip(t, making(), &contacts.Contact{Info: contacts.Info{Name: contacts.Name{First: "Ann"},
		Addresses: []contacts.Address{
			{Subdivision: "US-NY"}, {Country: "GB", Subdivision: "US-NY"}, {Country: "GB", Subdivision: "GB-9"},
		}}})
}

// subdivisions returns the codes of a country that have a name.
func subdivisions(country string) []string {
	const signs = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var codes []string
	for _, a := range signs[1:] {
		for _, b := range signs {
			for _, c := range signs {
				code := country + "-" + strings.TrimRight(string([]rune{a, b, c}), " ")
				if (b != ' ' || c == ' ') && geo.SubdivisionName(code) != "" {
					codes = append(codes, code)
				}
			}
		}
	}
	return codes
}

// Contacts of random texts survive, whatever characters they have.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(300) {
		g := &generator{rand.New(rand.NewPCG(seed, 1))}
		var list []*contacts.Contact
		for range 3 {
			list = append(list, g.contact())
		}
		roundTrip(t, g.options(), list...)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// generator makes contacts as a reader could read them.
type generator struct{ *rand.Rand }

func (g *generator) options() *vcardio.Options {
	opts := making()
	opts.Fields = []contacts.Field{
		{Key: "custom.size", DisplayName: "Size", DataType: contacts.DataNumber},
		{Key: "custom.icq", DisplayName: "ICQ", DataType: contacts.DataNumber},
		{Key: "custom.Site_1", DisplayName: "Website", DataType: contacts.DataURL},
		{Key: "custom.married", DisplayName: "Anniversary", DataType: contacts.DataDate},
	}
	opts.Labels = map[string]string{"Kunden, Café": "custom.customer", "": "custom.empty", "none": ""}
	return opts
}

var pieces = []string{
	"Ann", "a", " ", ",", ";", ":", "\\", "\\n", "\n", `"`, "^", "^n", "=", "=3D", "é", "🌿", "ß", "\t", "-", ".", "1",
	"(x)", "<b>",
	"BEGIN:VCARD", "END:VCARD", "\u200b", "\ufeff", "'", "geo:", "tel:", "urn:uuid:", strings.Repeat("long ", 20),
}

// text returns a text of at most this many characters without space around it, "" now and then.
func (g *generator) text(most int) string {
	var b strings.Builder
	for range g.IntN(8) {
		b.WriteString(pieces[g.IntN(len(pieces))])
	}
	text := []rune(strings.TrimSpace(b.String()))
	text = text[:min(len(text), most)]
	if strings.Trim(string(text), " \t\n\u200b\ufeff") == "" {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

func (g *generator) contact() *contacts.Contact {
	in := contacts.Info{
		Name: contacts.Name{First: g.text(1000), Last: g.text(1000)}, Company: g.text(1000), JobTitle: g.text(1000),
		Birthdate: pick(g, "", "1990-02-28", "2024-02-29"), Locale: pick(g, "", "en", "sv-se"),
	}
	for i := range g.IntN(4) {
		in.Emails = append(in.Emails, contacts.Email{
			Tag:     pick(g, "", contacts.EmailHome, contacts.EmailWork, contacts.EmailMain),
			Address: fmt.Sprintf(pick(g, "a%d@x.test", "é%d@x.test", "o'b%d@x.test", "=41%d@x.test", `"a;, %d"@x.test`), i),
			Primary: i == 0 && g.IntN(2) == 0,
		})
	}
	for i := range g.IntN(4) {
		p := contacts.Phone{
			Tag: pick(g, "", contacts.PhoneHome, contacts.PhoneWork, contacts.PhoneMobile, contacts.PhoneFax,
				contacts.PhoneMain),
			Number:      pick(g, "+46 8 5555 0150", "020 1", "Handy; x", "tel:1", "+999", "1 ext. 2"),
			Primary:     i == 0 && g.IntN(2) == 0,
			CountryCode: pick(g, "", "SE", "US", "FR"),
		}
		in.Phones = append(in.Phones, p)
	}
	for range g.IntN(4) {
		if a := g.address(); !a.Equal(contacts.Address{Tag: a.Tag}) {
			in.Addresses = append(in.Addresses, a)
		}
	}
	if in.Name == (contacts.Name{}) && len(in.Emails)+len(in.Phones) == 0 {
		in.Name.First = "Ann"
	}
	in.LabelKeys = distinct(g, "custom.vip", "custom.customer", "contacts.customers", "custom.book-club",
		"custom.starred")
	in.ExtendedFields = g.fields()
	if g.IntN(2) == 0 {
		in.Picture = &contacts.Picture{Image: contacts.Image{URL: pick(g, "https://x.test/a,b;c", `https://x.test/?a=1&b`,
			"wix:image://v1/a~b.png#c")}}
	}
	c := &contacts.Contact{Info: in}
	if g.IntN(2) == 0 {
		c.ID = storetest.ID(g.Uint64N(1000) + 1)
		c.UpdatedDate = time.UnixMilli(g.Int64N(2e12)).UTC()
		c.CreatedDate = pick(g, time.Time{}, c.UpdatedDate.Truncate(time.Second))
	}
	return c
}

func distinct(g *generator, list ...string) []string {
	var some []string
	for _, i := range g.Perm(len(list))[:g.IntN(len(list))] {
		some = append(some, list[i])
	}
	return some
}

func (g *generator) address() contacts.Address {
	a := contacts.Address{
		Tag: pick(g, "", contacts.AddressHome, contacts.AddressWork, contacts.AddressBilling,
			contacts.AddressShipping),
		AddressLine2: g.text(1000), City: g.text(1000), PostalCode: g.text(100), Hint: g.text(200),
		FormattedAddress: g.text(2000),
		Country:          pick(g, "", "US", "SE"),
	}
	switch g.IntN(3) {
	case 0:
		a.AddressLine = g.text(1000)
	case 1:
		s := contacts.StreetAddress{Number: g.text(100), Name: g.text(1000), Apt: g.text(100),
			FormattedAddressLine: g.text(2000)}
		if s != (contacts.StreetAddress{}) {
			a.StreetAddress = &s
		}
	}
	if a.Country == "US" {
		a.Subdivision = pick(g, "", "US-NY", "US-9Z")
	}
	if g.IntN(3) == 0 {
		a.Geocode = &contacts.Geocode{Latitude: g.Float64()*180 - 90, Longitude: g.Float64()*360 - 180}
	}
	return a
}

func (g *generator) fields() map[string]any {
	all := map[string]any{
		"custom.size": pick(g, 0, 38, -1.5, 1e300, 1<<60), "custom.icq": pick(g, 1.0, 1e20), "custom.married": "2011-05-06",
		"custom.Site_1": pick(g, "x.test", "https://x.test/a,b;c"), "custom.website-2": pick(g, "x.test", "y.test"),
		"custom.website-3": "z.test", "custom.birthday": pick(g, "--0102", "soon"), "custom.gender": pick(g, "Female",
			"F", "x;y"),
		"invoices.vatId": "1", "ecom.numOfPurchases": 3.0, "ecom.lastPurchaseDate": "2025-12-24",
		"custom.vcard": pick(g, "X-A;TYPE=b:c\\,d\nX-B:", "X-A:b\nX-C;X=\"a:b\":c", "EMAIL:evil@x.test",
			"NICKNAME:x\nTZ:1", "TZ:+1"),
	}
	for _, key := range []string{
		"notes", "nickname", "middle-name", "name-prefix", "name-suffix", "department", "role", "uid", "spouse", "child",
		"skype",
		"sort-name", "phonetic-name", "instant-messaging", "shoe-color", "date-of-death", "anniversary-2",
	} {
		if text := g.text(10_000); text != "" {
			all["custom."+key] = text
		}
	}
	fields := make(map[string]any)
	for key, value := range all {
		if g.IntN(3) == 0 {
			fields[key] = value
		}
	}
	return fields
}
