package csvio_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
	"github.com/contactsdb/contacts/internal/fold"
)

var (
	writtenFields = []contacts.Field{
		{Key: "custom.card", DisplayName: "Loyalty Card", DataType: contacts.DataText},
		{Key: "custom.score", DisplayName: "Score", DataType: contacts.DataNumber},
		{Key: "invoices.vatId", DisplayName: "VAT ID", DataType: contacts.DataText},
	}
	writtenLabels = map[string]string{"custom.vip": "VIP, gold", "custom.club": "Club",
		"contacts.customers": "Customers"}
)

func readBack(t *testing.T, text string, opts *csvio.Options) []*contacts.Contact {
	t.Helper()
	rows, errs := collect(newReader(t, text, opts))
	require.Empty(t, errs)
	var list []*contacts.Contact
	for _, row := range rows {
		for _, remark := range row.Remarks {
			require.Equal(t, csvio.OtherSpelling, remark.What, "%v in %s", remark, text)
		}
		list = append(list, row.Contact)
	}
	return list
}

func labelWords() map[string]string {
	words := make(map[string]string)
	for key, word := range writtenLabels {
		words[word] = key
	}
	return words
}

// randomContact returns a contact that the plain layout can hold.
func randomContact(r *rand.Rand) *contacts.Contact {
	words := []string{"Ada", "Böll", "白波", "O\"Hara", "a, b", "x;y", "=1+1", "-dash", "+plus", "@at", "'=q", "''0",
		"'t Hooft",
		"two\nlines", "back\\", "quote\"", "\\\"", "\"both\"", "C:\\", "tab\tin", "7", "007"}
	text := func() string {
		if r.IntN(3) == 0 {
			return ""
		}
		return words[r.IntN(len(words))]
	}
	country := func() string { return []string{"", "US", "GB", "DE"}[r.IntN(4)] }
	c := &contacts.Contact{Info: contacts.Info{
		Name: contacts.Name{First: text(), Last: text()}, Company: text(), JobTitle: text(),
		Birthdate: []string{"", "1990-02-03"}[r.IntN(2)], Locale: []string{"", "en-us"}[r.IntN(2)],
	}}
	if r.IntN(2) == 0 {
		c.ID = uuid.UUID{1, 2, 3, byte(r.IntN(256))}
		c.CreatedDate = time.Date(2020, 1, 2, 3, 4, r.IntN(60), 5e6, time.UTC)
		c.UpdatedDate = c.CreatedDate.Add(time.Hour)
	}
	in := &c.Info
	for i := range r.IntN(3) {
		tag := []contacts.EmailTag{"", contacts.EmailHome, contacts.EmailWork, contacts.EmailMain,
			contacts.EmailUntagged}
		in.Emails = append(in.Emails, contacts.Email{
			Tag: tag[r.IntN(len(tag))], Address: fmt.Sprintf("a%d@example.com", i), Primary: i == 0 && r.IntN(2) == 0,
		})
	}
	for i := range r.IntN(3) {
		tag := []contacts.PhoneTag{"", contacts.PhoneHome, contacts.PhoneMobile, contacts.PhoneFax,
			contacts.PhoneUntagged}
		in.Phones = append(in.Phones, contacts.Phone{
			Tag: tag[r.IntN(len(tag))], CountryCode: country(), Number: []string{"+49 30 5550101",
				"(206) 555-0142 x7"}[r.IntN(2)],
			Primary: i == 0 && r.IntN(2) == 0,
		})
	}
	for range r.IntN(3) {
		tag := []contacts.AddressTag{"", contacts.AddressHome, contacts.AddressBilling, contacts.AddressUntagged}
		a := contacts.Address{
			Tag: tag[r.IntN(len(tag))], AddressLine2: text(), City: text(), PostalCode: "01067", Country: country(),
			FormattedAddress: text(),
		}
		if a.Country == "US" {
			a.Subdivision = "US-NY"
		}
		if r.IntN(2) == 0 {
			a.AddressLine = text()
		} else {
			a.StreetAddress = &contacts.StreetAddress{Number: "7", Name: text()}
		}
		in.Addresses = append(in.Addresses, a)
	}
	for key := range writtenLabels {
		if r.IntN(3) == 0 {
			in.LabelKeys = append(in.LabelKeys, key)
		}
	}
	slices.Sort(in.LabelKeys)
	if r.IntN(2) == 0 {
		in.ExtendedFields = map[string]any{"custom.score": float64(r.IntN(100)) - 50.5, "custom.card": "'0" + text()}
	}
	if status := []contacts.SubscriptionStatus{"", contacts.SubscriptionUnsubscribed, contacts.SubscriptionSubscribed,
		contacts.SubscriptionPending}[r.IntN(4)]; status != "" && len(in.Emails) > 0 {
		c.PrimaryEmail = contacts.PrimaryEmail{Email: in.Emails[0].Address, SubscriptionStatus: status}
		if len(in.Phones) > 0 && in.Phones[0].Number[0] == '+' && in.Phones[0].CountryCode != "" {
			c.PrimaryPhone = contacts.PrimaryPhone{Phone: in.Phones[0].Number, SubscriptionStatus: status}
		}
	}
	return c
}

func TestWritePlain(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		list := make([]*contacts.Contact, 1+r.IntN(5))
		keys := map[string]bool{}
		for i := range list {
			list[i] = randomContact(r)
			for key := range list[i].Info.ExtendedFields {
				keys[key] = true
			}
		}
		var b bytes.Buffer
		opts := &csvio.WriteOptions{Labels: writtenLabels, Fields: writtenFields}
		require.NoError(t, csvio.Write(&b, slices.Values(list), opts))
		read := &csvio.Options{Labels: labelWords()}
		for _, f := range writtenFields {
			if keys[f.Key] {
				read.Fields = append(read.Fields, f)
			}
		}
		got := readBack(t, b.String(), read)
		require.Len(t, got, len(list))
		for i := range list {
			require.Equal(t, list[i], got[i], "CSV-9 seed %d:\n%s", seed, b.String())
		}
	}
}

func TestWriteGoogle(t *testing.T) {
	c := &contacts.Contact{Info: contacts.Info{
		Name: contacts.Name{First: "Ada", Last: "Finch"},
		Emails: []contacts.Email{{Tag: contacts.EmailWork, Address: "a@example.com", Primary: true},
			{Address: "b@example.com"}},
		Phones: []contacts.Phone{{Tag: contacts.PhoneMobile, Number: "+1 415 555 0111", CountryCode: "US"}},
		Addresses: []contacts.Address{{Tag: contacts.AddressHome, AddressLine: "12 Gull St", AddressLine2: "Unit 4",
			City: "Oakland", Subdivision: "US-CA", PostalCode: "94601", Country: "US",
			FormattedAddress: "12 Gull St\nOakland"}},
		Company: "Finch Co", JobTitle: "Cooper", Birthdate: "1990-02-03",
		LabelKeys: []string{"custom.club", "custom.vip"},
		ExtendedFields: map[string]any{"custom.card": "007", "invoices.vatId": "X1",
			"contacts.displayByFirstName": "Ada Finch"},
	}}
	var b bytes.Buffer
	opts := &csvio.WriteOptions{Layout: csvio.Google, Labels: writtenLabels, Fields: writtenFields}
	require.NoError(t, csvio.Write(&b, slices.Values([]*contacts.Contact{c, {}}), opts))
	require.Equal(t, "First Name,Last Name,Organization Name,Organization Title,Birthday,Labels,E-mail 1 - Label,"+
		"E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Label,"+
		"Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - PO Box,Address 1 - Region,"+
		"Address 1 - Postal Code,Address 1 - Country,Address 1 - Extended Address,Custom Field 1 - Label,"+
		"Custom Field 1 - Value,Custom Field 2 - Label,Custom Field 2 - Value\n"+
		"Ada,Finch,Finch Co,Cooper,1990-02-03,\"Club ::: VIP, gold ::: * myContacts\",* Work,a@example.com,,b@example.com,"+
		"Mobile,'+1 415 555 0111,Home,\"12 Gull St\nOakland\",12 Gull St,Oakland,,California,94601,US,Unit 4,"+
		"Loyalty Card,007,VAT ID,X1\n"+
		",,,,,* myContacts,,,,,,,,,,,,,,,,,,,\n", b.String(), "CSV-9")
	keys := map[string]string{"Loyalty Card": "custom.card", "VAT ID": "invoices.vatId"}
	got := readBack(t, b.String(), &csvio.Options{
		Labels:    labelWords(),
		MakeField: func(name string) (string, error) { return keys[name], nil },
	})
	delete(c.Info.ExtendedFields, "contacts.displayByFirstName")
	require.Equal(t, []*contacts.Contact{c, {}}, got, "CSV-9")
}

func TestWrite(t *testing.T) {
	t.Run("CSV-9 a store, and back", func(t *testing.T) {
		s, err := contacts.New(nil)
		require.NoError(t, err)
		defer s.Close()
		text := "First Name,Email,Phone,Country,Email opt out,Labels\nAda,ada@example.com,020 7946 0018,GB,1,Customers\n"
		report, err := s.Import(t.Context(), newReader(t, text, making(t, s)).Contacts(), nil)
		require.NoError(t, err)
		require.Empty(t, report.Errors)
		all := func(yield func(*contacts.Contact) bool) {
			for v := range s.Snapshot().All() {
				if !yield(v.Clone()) {
					return
				}
			}
		}
		var b bytes.Buffer
		require.NoError(t, csvio.Write(&b, all, nil))
		other, err := contacts.New(nil)
		require.NoError(t, err)
		defer other.Close()
		same := &csvio.Options{MakeLabel: func(key string) (string, error) { return key, nil }}
		report, err = other.Import(t.Context(), newReader(t, b.String(), same).Contacts(), nil)
		require.NoError(t, err)
		require.Empty(t, report.Errors)
		for v := range other.Snapshot().All() {
			want, err := s.Get(t.Context(), v.ID(), nil)
			require.NoError(t, err)
			require.Equal(t, want.PrimaryEmail, v.PrimaryEmail())
			require.Equal(t, want.PrimaryPhone, v.PrimaryPhone())
			require.Equal(t, want.Info.LabelKeys, v.Clone().Info.LabelKeys)
			require.Equal(t, want.CreatedDate, v.CreatedDate())
		}
	})
	t.Run("CSV-9 no contacts", func(t *testing.T) {
		var b bytes.Buffer
		require.NoError(t, csvio.Write(&b, slices.Values([]*contacts.Contact(nil)), nil))
		require.Equal(t, "ID,Created Date,Updated Date,First Name,Last Name,Company,Job Title,Birthday,Locale,"+
			"Email subscriber status,SMS subscriber status,Labels\n", b.String())
	})
	t.Run("CSV-9 formulas are guarded", func(t *testing.T) {
		for given, want := range map[string]string{
			"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "x", "'=1": "''=1", "'7": "''7",
			"7": "7", "a=1": "a=1", "'t Hooft": "'t Hooft", "": "",
		} {
			var b bytes.Buffer
			c := &contacts.Contact{Info: contacts.Info{Company: given}}
			require.NoError(t, csvio.Write(&b, slices.Values([]*contacts.Contact{c}),
				&csvio.WriteOptions{Layout: csvio.Google}))
			require.Contains(t, b.String(), "\n,,"+want+",")
		}
	})
	t.Run("CSV-9 errors", func(t *testing.T) {
		one := slices.Values([]*contacts.Contact{{}})
		require.ErrorIs(t, csvio.Write(failingWriter{}, one, nil), errFull)
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(csvio.Write(failingWriter{}, one,
			&csvio.WriteOptions{Layout: "X"})))
		none := slices.Values([]*contacts.Contact{nil})
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(csvio.Write(failingWriter{}, none, nil)))
		email := &contacts.Contact{Info: contacts.Info{Emails: []contacts.Email{{Address: "a@b"}}}}
		value := &contacts.Contact{Info: contacts.Info{ExtendedFields: map[string]any{"custom.a": "b"}}}
		for _, second := range [][]*contacts.Contact{nil, {{}, {}}, {email}, {value}, {nil}} {
			var b bytes.Buffer
			err := csvio.Write(&b, changing([]*contacts.Contact{{}}, second), nil)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			require.ErrorContains(t, err, "differ")
		}
	})
}

// changing returns a sequence that differs when it is read again.
func changing(first, second []*contacts.Contact) iter.Seq[*contacts.Contact] {
	return func(yield func(*contacts.Contact) bool) {
		list := first
		first = second
		for _, c := range list {
			if !yield(c) {
				return
			}
		}
	}
}

var errFull = errors.New("full")

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }

// FuzzWrite writes texts and reads them back.
func FuzzWrite(f *testing.F) {
	for _, text := range []string{"Ada", "=1", "'=1", "''7", `a"b`, `\"`, "a\\", "two\nlines", "a,b;c", "\"", "\t", "'",
		"x\r\ny", "\u0603"} {
		f.Add(text, "Bo")
		f.Add("Bo", text)
	}
	f.Fuzz(func(t *testing.T, first, last string) {
		c := &contacts.Contact{Info: contacts.Info{Name: contacts.Name{First: first, Last: last}}}
		var b bytes.Buffer
		if strings.Contains(first+last, `\"`) && strings.ContainsAny(first+last, "\r\n") {
			return // a line of the cell may look like the end of one with an escaped quote
		}
		if strings.ContainsAny(first+last, "\x00\ufffd") || csvio.Write(&b, slices.Values([]*contacts.Contact{c}),
			nil) != nil {
			return
		}
		r, err := csvio.NewReader(&b, nil)
		if err != nil {
			return // the texts are not UTF-8
		}
		for row, err := range r.Rows() {
			if err != nil {
				return
			}
			for _, remark := range row.Remarks {
				if remark.What == csvio.NotImported {
					return // a placeholder or damage
				}
			}
			got := row.Contact.Info.Name
			require.Equal(t, fold.Trimmed(first), fold.Trimmed(got.First))
			require.Equal(t, fold.Trimmed(last), fold.Trimmed(got.Last))
			return
		}
	})
}

func TestWriteSystemFields(t *testing.T) {
	c := &contacts.Contact{Info: contacts.Info{ExtendedFields: map[string]any{
		"members.mobile": "201", "ecom.numOfPurchases": 3.0, "contacts.displayByFirstName": "Ada",
		"members.membershipStatus": "APPROVED", "emailSubscriptions.effectiveEmail": "ada@x.test",
	}}}
	for _, layout := range []csvio.Layout{csvio.Plain, csvio.Google} {
		var b strings.Builder
		require.NoError(t, csvio.Write(&b, slices.Values([]*contacts.Contact{c}), &csvio.WriteOptions{Layout: layout}))
		for key, written := range map[string]bool{
			"members.mobile": true, "ecom.numOfPurchases": true, "contacts.displayByFirstName": false,
			"members.membershipStatus": false, "emailSubscriptions.effectiveEmail": false,
		} {
			require.Equal(t, written, strings.Contains(b.String(), key), "CSV-9 %s in %s", key, layout)
		}
	}
}
