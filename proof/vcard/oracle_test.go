package vcard

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	oracle "github.com/emersion/go-vcard"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/vcardio"
)

const runs = 500 // contacts in each test

var versions = []string{"3.0", "4.0"}

// The library undoes \n, \, and \\ only, so texts have neither semicolons nor what RFC 6868 escapes.
var pieces = []string{
	"Ann", "b", " ", ",", "\\", "\\n", "\n", ":", "=", "é", "🌿", "'", ".", "BEGIN:VCARD", strings.Repeat("long ", 20),
}

type generator struct{ *rand.Rand }

func (g *generator) text() string {
	var b strings.Builder
	for range g.IntN(6) {
		b.WriteString(pieces[g.IntN(len(pieces))])
	}
	return strings.TrimSpace(b.String())
}

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

func (g *generator) contact() *contacts.Contact {
	in := contacts.Info{
		Name: contacts.Name{First: "Ann" + g.text(), Last: g.text()}, Company: g.text(), JobTitle: g.text(),
		Birthdate: pick(g, "", "1990-02-28"), LabelKeys: pick(g, nil, []string{"custom.a"}, []string{"custom.b",
			"custom.a"}),
	}
	for i := range g.IntN(4) {
		in.Emails = append(in.Emails, contacts.Email{
			Tag:     pick(g, "", contacts.EmailHome, contacts.EmailWork),
			Address: fmt.Sprintf(pick(g, "a%d@x.test", "é%d@x.test", "o'b%d@x.test"), i), Primary: i == 0,
		})
	}
	for i := range g.IntN(4) {
		in.Phones = append(in.Phones, contacts.Phone{
			Tag:    pick(g, "", contacts.PhoneHome, contacts.PhoneWork, contacts.PhoneMobile, contacts.PhoneFax),
			Number: fmt.Sprintf("+46 8 5555 01%02d", i), CountryCode: "SE", Primary: i == 0,
		})
	}
	for range g.IntN(3) {
		in.Addresses = append(in.Addresses, contacts.Address{
			Tag: pick(g, "", contacts.AddressHome, contacts.AddressWork), AddressLine: "1" + g.text(), AddressLine2: g.text(),
			City: g.text(), PostalCode: pick(g, "", "111 22"), Country: pick(g, "", "SE"),
		})
	}
	if notes := g.text(); notes != "" {
		in.ExtendedFields = map[string]any{"custom.notes": notes}
	}
	if g.IntN(2) == 0 {
		in.Picture = &contacts.Picture{Image: contacts.Image{URL: "https://x.test/a,b.png"}}
	}
	return &contacts.Contact{
		ID: uuid.UUID{6: 0x40, 8: 0x80, 15: byte(1 + g.IntN(200))}, UpdatedDate: time.Unix(g.Int64N(2e9), 0).UTC(), Info: in,
	}
}

// options let vcardio read notes and categories. Names of categories are those of keys.
func options(version string) *vcardio.Options {
	key := func(name string) (string, error) {
		return "custom." + strings.ReplaceAll(strings.ToLower(name), " ", "-"), nil
	}
	return &vcardio.Options{Version: version, IDs: true, MakeField: key, MakeLabel: key}
}

// TestWritten has the library read what vcardio writes.
func TestWritten(t *testing.T) {
	for _, version := range versions {
		g := &generator{rand.New(rand.NewPCG(1, 2))}
		for range runs {
			want := g.contact()
			var text bytes.Buffer
			require.NoError(t, vcardio.Write(&text, slices.Values([]*contacts.Contact{want}), options(version)))
			d := oracle.NewDecoder(bytes.NewReader(text.Bytes()))
			card, err := d.Decode()
			require.NoError(t, err)
			require.Equal(t, version, card.Value(oracle.FieldVersion))
			require.Equal(t, want, contactOf(t, card), text.String())
			_, err = d.Decode()
			require.Equal(t, io.EOF, err)
		}
	}
}

// TestRead has vcardio read what the library writes.
func TestRead(t *testing.T) {
	for _, version := range versions {
		g := &generator{rand.New(rand.NewPCG(3, 4))}
		for range runs {
			want := g.contact()
			var text bytes.Buffer
			require.NoError(t, oracle.NewEncoder(&text).Encode(cardOf(want, version)))
			r, err := vcardio.NewReader(&text, options(version))
			require.NoError(t, err)
			var rows []vcardio.Row
			for row, err := range r.Rows() {
				require.NoError(t, err)
				rows = append(rows, row)
			}
			require.Len(t, rows, 1)
			require.Empty(t, rows[0].Remarks)
			require.Equal(t, want, rows[0].Contact)
		}
	}
}

// contactOf returns the contact of a card that the library has read.
func contactOf(t *testing.T, card oracle.Card) *contacts.Contact {
	t.Helper()
	id, err := uuid.Parse(strings.TrimPrefix(card.Value(oracle.FieldUID), "urn:uuid:"))
	require.NoError(t, err)
	updated, err := time.Parse("20060102T150405Z", card.Value(oracle.FieldRevision))
	require.NoError(t, err)
	name := card.Name()
	in := contacts.Info{
		Name: contacts.Name{First: name.GivenName, Last: name.FamilyName}, Company: card.Value(oracle.FieldOrganization),
		JobTitle: card.Value(oracle.FieldTitle),
	}
	require.Equal(t, strings.TrimSpace(in.Name.First+" "+in.Name.Last), card.Value(oracle.FieldFormattedName))
	if day := card.Value(oracle.FieldBirthday); day != "" {
		in.Birthdate = strings.ReplaceAll(day, "-", "")
		in.Birthdate = in.Birthdate[:4] + "-" + in.Birthdate[4:6] + "-" + in.Birthdate[6:]
	}
	for _, f := range card[oracle.FieldEmail] {
		in.Emails = append(in.Emails, contacts.Email{
			Tag: contacts.EmailTag(tagOf(f)), Address: f.Value, Primary: f == card.Preferred(oracle.FieldEmail),
		})
	}
	for _, f := range card[oracle.FieldTelephone] {
		in.Phones = append(in.Phones, contacts.Phone{
			Tag: contacts.PhoneTag(tagOf(f)), Number: f.Value, CountryCode: "SE",
			Primary: f == card.Preferred(oracle.FieldTelephone),
		})
	}
	for _, a := range card.Addresses() {
		address := contacts.Address{
			Tag: contacts.AddressTag(tagOf(a.Field)), AddressLine: a.StreetAddress, AddressLine2: a.ExtendedAddress,
			City: a.Locality, PostalCode: a.PostalCode,
		}
		if a.Country == "Sweden" {
			address.Country = "SE"
		}
		in.Addresses = append(in.Addresses, address)
	}
	if words := card.Value(oracle.FieldCategories); words != "" {
		for word := range strings.SplitSeq(words, ",") {
			in.LabelKeys = append(in.LabelKeys, "custom."+word)
		}
	}
	if notes := card.Value(oracle.FieldNote); notes != "" {
		in.ExtendedFields = map[string]any{"custom.notes": notes}
	}
	if url := card.Value(oracle.FieldPhoto); url != "" {
		in.Picture = &contacts.Picture{Image: contacts.Image{URL: url}}
	}
	return &contacts.Contact{ID: id, UpdatedDate: updated, Info: in}
}

// cardOf returns a contact as a card for the library to write.
func cardOf(c *contacts.Contact, version string) oracle.Card {
	card := make(oracle.Card)
	card.SetValue(oracle.FieldVersion, version)
	card.SetValue(oracle.FieldUID, "urn:uuid:"+c.ID.String())
	card.SetValue(oracle.FieldRevision, c.UpdatedDate.Format("20060102T150405Z"))
	in := &c.Info
	// Commas separate names in a part, and the library escapes all of the value.
	card.SetName(&oracle.Name{GivenName: in.Name.First, FamilyName: in.Name.Last})
	card.SetValue(oracle.FieldFormattedName, strings.TrimSpace(in.Name.First+" "+in.Name.Last))
	card.SetValue(oracle.FieldOrganization, in.Company)
	card.SetValue(oracle.FieldTitle, in.JobTitle)
	card.SetValue(oracle.FieldBirthday, in.Birthdate)
	for _, e := range in.Emails {
		card.Add(oracle.FieldEmail, &oracle.Field{Value: e.Address, Params: params(string(e.Tag), e.Primary, version)})
	}
	for _, p := range in.Phones {
		card.Add(oracle.FieldTelephone, &oracle.Field{Value: p.Number, Params: params(string(p.Tag), p.Primary, version)})
	}
	for _, a := range in.Addresses {
		country := ""
		if a.Country != "" {
			country = "Sweden"
		}
		card.AddAddress(&oracle.Address{
			Field: &oracle.Field{Params: params(string(a.Tag), false, version)}, StreetAddress: a.AddressLine,
			ExtendedAddress: a.AddressLine2, Locality: a.City, PostalCode: a.PostalCode, Country: country,
		})
	}
	for _, key := range in.LabelKeys {
		card.AddValue(oracle.FieldCategories, strings.TrimPrefix(key, "custom."))
	}
	if notes, ok := in.ExtendedFields["custom.notes"].(string); ok {
		card.SetValue(oracle.FieldNote, notes)
	}
	if in.Picture != nil {
		card.SetValue(oracle.FieldPhoto, in.Picture.Image.URL)
	}
	return card
}

var types = map[string]string{"HOME": "home", "WORK": "work", "MOBILE": "cell", "FAX": "fax"}

func tagOf(f *oracle.Field) string {
	for tag, typ := range types {
		if f.Params.HasType(typ) {
			return tag
		}
	}
	return ""
}

func params(tag string, primary bool, version string) oracle.Params {
	p := make(oracle.Params)
	if tag != "" {
		p.Add(oracle.ParamType, types[tag])
	}
	switch {
	case primary && version == "3.0":
		p.Add(oracle.ParamType, "pref")
	case primary:
		p.Set(oracle.ParamPreferred, "1")
	}
	return p
}
