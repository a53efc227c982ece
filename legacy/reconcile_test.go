package legacy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/nyaruka/phonenumbers/v2"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/legacy"
)

type (
	info = legacy.ContactInfo
	name = legacy.Name
)

// full returns a contactInfo with every member, including those that V4 has no place for.
func full() info {
	return info{
		Name:    name{Prefix: "Dr.", First: "Ada", Middle: "K.", Last: "Byron", Suffix: "III"},
		Picture: "https://example.com/ada.png",
		Company: legacy.Company{Role: "Analyst", Name: "Engines"},
		Emails: []legacy.Email{
			{ID: 7, Tag: "Work", Email: "ada@example.com", EmailStatus: legacy.EmailRecurring},
			{Tag: "skype", Email: "ada@example.org", DeliveryStatus: legacy.DeliveryValid},
		},
		Phones: []legacy.Phone{
			{Tag: "mobile", Phone: "(646) 567-6359", NormalizedPhone: "+16465676359"},
			{Tag: "home", Phone: "12-3456", NormalizedPhone: "123456"},
			{Tag: "home", Phone: "56-78", NormalizedPhone: "+99 5678"},
		},
		Addresses: []legacy.Address{
			{Tag: "Home", Address: "3 Park Ave", Neighborhood: "Murray Hill", City: "New York", Region: "new york",
				Country: "United States", PostalCode: "10016"},
			{Tag: "billing", City: "Nowhere", Region: "North", Country: "Narnia"},
			{Tag: "home", Neighborhood: "The Woods"},
		},
		URLs: []legacy.URL{{ID: 3, Tag: "blog", URL: "https://example.com/blog"}},
		Dates: []legacy.Date{
			{Tag: "anniversary", Date: "2001-02-03T00:00:00Z"}, {Tag: "Birthday", Date: "1990-12-10T23:30:00-05:00"},
		},
	}
}

func TestReconcileNew(t *testing.T) {
	s, api := open(t, nil)
	r := reconcile(t, api, full())
	c, err := s.Get(t.Context(), uuid.MustParse(r.Contact.ID), nil)
	require.NoError(t, err)

	t.Run("LEG-11 the store keeps these members", func(t *testing.T) {
		require.True(t, r.IsNew)
		require.Equal(t, 1, c.Revision)
		require.Equal(t, contacts.Name{First: "Ada", Last: "Byron"}, c.Info.Name)
		require.Equal(t, "Engines", c.Info.Company)
		require.Equal(t, "Analyst", c.Info.JobTitle)
		require.Equal(t, "https://example.com/ada.png", c.Info.Picture.Image.URL)
		require.Len(t, c.Info.Emails, 2)
		require.Equal(t, contacts.EmailWork, c.Info.Emails[0].Tag)
		require.Equal(t, contacts.EmailUntagged, c.Info.Emails[1].Tag)
		require.Len(t, c.Info.Addresses, 2)
		a := c.Info.Addresses[0]
		require.Equal(t, contacts.AddressHome, a.Tag)
		require.Equal(t, []string{"3 Park Ave", "New York", "US-NY", "US", "10016"},
			[]string{a.AddressLine, a.City, a.Subdivision, a.Country, a.PostalCode})
	})
	t.Run("LEG-14 the normalized number determines the country", func(t *testing.T) {
		require.Equal(t, contacts.PhoneMobile, c.Info.Phones[0].Tag)
		require.Equal(t, "(646) 567-6359", c.Info.Phones[0].Number)
		require.Equal(t, "US", c.Info.Phones[0].CountryCode)
		require.Equal(t, "+16465676359", c.Info.Phones[0].E164)
		require.Empty(t, c.Info.Phones[1].CountryCode)
	})
	t.Run("LEG-16 the day of birth as written", func(t *testing.T) {
		require.Equal(t, "1990-12-10", c.Info.Birthdate)
	})
	t.Run("LEG-2 LEG-3 the contact shown", func(t *testing.T) {
		want := legacy.Contact{
			ID: c.ID.String(), CreatedAt: c.CreatedDate, ModifiedAt: c.UpdatedDate,
			ContactInfo: info{
				Name: name{First: "Ada", Last: "Byron"}, Picture: "https://example.com/ada.png",
				Company: legacy.Company{Role: "Analyst", Name: "Engines"},
				Emails: []legacy.Email{
					{ID: 1, Tag: "work", Email: "ada@example.com", EmailStatus: legacy.EmailTransactional},
					{ID: 2, Tag: "untagged", Email: "ada@example.org"},
				},
				Phones: []legacy.Phone{
					{ID: 1, Tag: "mobile", Phone: "(646) 567-6359", NormalizedPhone: "+16465676359"},
					{ID: 2, Tag: "home", Phone: "12-3456", NormalizedPhone: "123456"},
					{ID: 3, Tag: "home", Phone: "56-78", NormalizedPhone: "5678"},
				},
				Addresses: []legacy.Address{
					{ID: 1, Tag: "home", Address: "3 Park Ave", City: "New York", Region: "US-NY", Country: "US",
						PostalCode: "10016"},
					{ID: 2, Tag: "billing", City: "Nowhere"},
				},
				Dates: []legacy.Date{{ID: 1, Tag: "birthday", Date: "1990-12-10T00:00:00.000Z"}},
			},
		}
		require.Equal(t, want, r.Contact)
		got, err := api.GetContactByID(t.Context(), r.Contact.ID)
		require.NoError(t, err)
		require.Equal(t, &want, got)
	})
	rejected := []info{
		{Name: name{Prefix: "Dr.", Middle: "K.", Suffix: "III"}},
		{Emails: []legacy.Email{{ID: 1, EmailStatus: legacy.EmailRecurring}}},
		{Emails: []legacy.Email{{ID: 2, Tag: "skype", DeliveryStatus: legacy.DeliveryValid}}},
		{Phones: []legacy.Phone{{ID: 3, NormalizedPhone: "+99 5678"}}},
		{Addresses: []legacy.Address{{ID: 1, Neighborhood: "Murray Hill"}}},
		{Addresses: []legacy.Address{{ID: 2, Region: "North", Country: "Narnia"}}},
		{Addresses: []legacy.Address{{ID: 3, Tag: "home", Neighborhood: "The Woods"}}},
		{URLs: []legacy.URL{{ID: 1, Tag: "blog", URL: "https://example.com/blog"}}},
		{Dates: []legacy.Date{{ID: 1, Tag: "anniversary", Date: "2001-02-03T00:00:00Z"}}},
	}
	t.Run("LEG-12 LEG-18 the rest is rejected, piece by piece", func(t *testing.T) {
		require.Equal(t, rejected, r.Details.RejectedData)
		require.Equal(t, []info{}, r.Details.ExistingData)
	})
	t.Run("LEG-19 the same again writes nothing", func(t *testing.T) {
		at := s.Snapshot().Position()
		again := reconcile(t, api, full())
		require.False(t, again.IsNew)
		require.Equal(t, r.Contact, again.Contact)
		require.Equal(t, rejected, again.Details.RejectedData)
		require.Equal(t, []info{r.Contact.ContactInfo}, again.Details.ExistingData)
		require.Equal(t, at, s.Snapshot().Position())
	})
	t.Run("LEG-18 nothing of the contact shown is rejected", func(t *testing.T) {
		at := s.Snapshot().Position()
		again := reconcile(t, api, r.Contact.ContactInfo)
		require.Equal(t, []info{}, again.Details.RejectedData)
		require.Equal(t, at, s.Snapshot().Position())
	})
	t.Run("the input is not modified", func(t *testing.T) {
		in := full()
		reconcile(t, api, in)
		require.Equal(t, full(), in)
	})
}

func TestReconcileMatch(t *testing.T) {
	e := func(list ...string) contacts.Info {
		var in contacts.Info
		for _, address := range list {
			in.Emails = append(in.Emails, contacts.Email{Address: address})
		}
		return in
	}
	p := func(list ...contacts.Phone) contacts.Info { return contacts.Info{Phones: list} }
	both := func(in info, more info) info { in.Phones = more.Phones; return in }
	us := func(number string) contacts.Phone { return contacts.Phone{Number: number, CountryCode: "US"} }
	for _, test := range []struct {
		name  string
		store []contacts.Info
		in    info
		want  int // index in store, -1 for a new contact
	}{
		{"LEG-13 an email in another case, with spaces",
			[]contacts.Info{e("Ada@Example.com")}, email(" ADA@example.COM "), 0},
		{"LEG-13 an email that is not primary",
			[]contacts.Info{e("x@example.com", "ada@example.com")}, email("ada@example.com"), 0},
		{"LEG-13 any of the emails given",
			[]contacts.Info{e("ada@example.com")}, email("x@example.com", "ada@example.com"), 0},
		{"LEG-13 the oldest of several",
			[]contacts.Info{e("x@example.com"), e("b@example.com"), e("a@example.com"), e("b@example.com")},
			email("a@example.com", "b@example.com"), 1},
		{"LEG-13 no match",
			[]contacts.Info{e("x@example.com"), p(us("6465676359"))}, email("ada@example.com"), -1},
		{"LEG-13 a phone by its E.164 form",
			[]contacts.Info{p(us("646 567 6359"))}, phone("(646) 567-6359", "+16465676359"), 0},
		{"LEG-13 a phone that is not primary",
			[]contacts.Info{p(us("7044541233"), us("646 567 6359"))}, phone("(646) 567-6359", "+1 646 567 6359"), 0},
		{"LEG-13 a phone by its text",
			[]contacts.Info{p(contacts.Phone{Number: "12-3456"})}, phone("12-3456", "123456"), 0},
		{"LEG-13 a phone by its text where one has no E.164 form",
			[]contacts.Info{p(us("6465676359"))}, phone("6465676359", "x"), 0},
		{"LEG-13 a phone by its text where the normalized one is a different number",
			[]contacts.Info{p(contacts.Phone{Number: "55-334-3434", CountryCode: "IL"})},
			phone("55-334-3434", "+525533434340"), 0},
		{"LEG-13 a different text",
			[]contacts.Info{p(contacts.Phone{Number: "12-3456"})}, phone("12 3456", "123456"), -1},
		{"LEG-13 an extension of a colleague",
			[]contacts.Info{p(us("6465676359 x123"))}, phone("6465676359 x124", "+16465676359"), -1},
		{"LEG-13 an extension",
			[]contacts.Info{p(us("6465676359")), p(us("646 567 6359 ext. 124"))},
			phone("6465676359 x124", "+16465676359"), 1},
		{"LEG-13 a phone that identifies no one",
			[]contacts.Info{p(contacts.Phone{Number: "n/a"})}, phone("n/a", "n/a"), -1},
		{"LEG-13 a phone that identifies no one is passed over",
			[]contacts.Info{p(contacts.Phone{Number: "n/a"}), p(us("6465676359"))},
			info{Phones: append(phone("n/a", "n/a").Phones, phone("6465676359", "+16465676359").Phones...)}, 1},
		{"LEG-13 the oldest with a phone",
			[]contacts.Info{p(us("7044541233")), p(contacts.Phone{Number: "6465676359"}), p(us("646 567 6359"))},
			phone("6465676359", "+16465676359"), 1},
		{"LEG-13 emails before phones",
			[]contacts.Info{p(us("6465676359")), e("ada@example.com")},
			both(email("ada@example.com"), phone("6465676359", "+16465676359")), 1},
		{"LEG-13 phones where no email matches",
			[]contacts.Info{p(us("6465676359")), e("x@example.com")},
			both(email("ada@example.com"), phone("6465676359", "+16465676359")), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, api := open(t, nil)
			want := ""
			for i, in := range test.store {
				if c := create(t, s, in); i == test.want {
					want = c.ID.String()
				}
			}
			r := reconcile(t, api, test.in)
			require.Equal(t, test.want < 0, r.IsNew)
			if !r.IsNew {
				require.Equal(t, want, r.Contact.ID)
			}
		})
	}
	t.Run("LEG-13 the same text is a different number in a different country", func(t *testing.T) {
		s, api := open(t, nil)
		// 2025550143 is a number in Washington, or in Essen when read in Germany.
		create(t, s, p(us("2025550143")))
		r := reconcile(t, api, phone("2025550143", "+492025550143"))
		require.True(t, r.IsNew)
		require.Equal(t, "+492025550143", r.Contact.Phones[0].NormalizedPhone)
		older := create(t, s, p(contacts.Phone{Number: "030 1234567", CountryCode: "DE"}))
		require.Equal(t, older.ID.String(), reconcile(t, api, phone("030/1234567", "+49301234567")).Contact.ID)
	})
	t.Run("LEG-13 the region of the store applies", func(t *testing.T) {
		opts := fixed()
		opts.Region = "US"
		s, api := open(t, opts)
		c := create(t, s, p(contacts.Phone{Number: "646 567 6359"}))
		require.Equal(t, c.ID.String(), reconcile(t, api, phone("(646) 567-6359", "6465676359")).Contact.ID)
	})
	t.Run("LEG-14 all countries", func(t *testing.T) {
		opts := fixed()
		opts.SelfCheck = false
		_, api := open(t, opts)
		for region := range phonenumbers.GetSupportedRegions() {
			n := phonenumbers.GetExampleNumber(region)
			e164 := phonenumbers.Format(n, phonenumbers.E164)
			reconcile(t, api, phone(phonenumbers.Format(n, phonenumbers.NATIONAL), e164))
		}
		for code := range phonenumbers.GetSupportedGlobalNetworkCallingCodes() {
			e164 := phonenumbers.Format(phonenumbers.GetExampleNumberForNonGeoEntity(code), phonenumbers.E164)
			reconcile(t, api, phone(e164, e164))
		}
	})
}

func TestReconcileKnown(t *testing.T) {
	type data = []info
	known := contacts.Info{
		Emails: []contacts.Email{{Address: "ada@example.com"}, {Address: "b@example.com", Tag: contacts.EmailHome}},
	}
	for _, test := range []struct {
		name  string
		store contacts.Info
		in    info
		want  info // the resulting contact
		no    data // rejected
	}{
		{
			name:  "LEG-15 empty members are filled in",
			store: known,
			in: info{Emails: email("ada@example.com").Emails, Name: name{First: "Ada", Last: "Byron"},
				Picture: "https://example.com/a",
				Company: legacy.Company{Role: "Analyst", Name: "Engines"},
				Dates:   []legacy.Date{{Tag: " BIRTHDAY ", Date: "1990-12-10T00:00:00.000Z"}}},
			want: info{Name: name{First: "Ada", Last: "Byron"}, Picture: "https://example.com/a",
				Company: legacy.Company{Role: "Analyst", Name: "Engines"},
				Emails: []legacy.Email{
					{ID: 1, Tag: "untagged", Email: "ada@example.com", EmailStatus: "transactional"},
					{ID: 2, Tag: "home", Email: "b@example.com"},
				},
				Dates: []legacy.Date{{ID: 1, Tag: "birthday", Date: "1990-12-10T00:00:00.000Z"}}},
			no: data{},
		},
		{
			name: "LEG-15 conflicting data is rejected",
			store: contacts.Info{Name: contacts.Name{First: "Ada"}, Company: "Engines", JobTitle: "Analyst",
				Birthdate: "1990-12-10",
				Picture:   &contacts.Picture{Image: contacts.Image{URL: "https://example.com/a"}},
				Emails:    []contacts.Email{{Address: "ada@example.com", Tag: contacts.EmailHome}}},
			in: info{
				Emails:  []legacy.Email{{Tag: "work", Email: "ADA@example.com"}},
				Name:    name{First: "ada", Last: "Byron"},
				Picture: "https://example.com/b", Company: legacy.Company{Role: "Analyst", Name: "Looms"},
				Dates: []legacy.Date{
					{Tag: "birthday", Date: "1990-12-11T00:00:00Z"}, {Tag: "birthday", Date: "1990-12-10T00:00:00Z"},
				}},
			want: info{Name: name{First: "Ada", Last: "Byron"}, Picture: "https://example.com/a",
				Company: legacy.Company{Role: "Analyst", Name: "Engines"},
				Emails:  []legacy.Email{{ID: 1, Tag: "home", Email: "ada@example.com", EmailStatus: "transactional"}},
				Dates:   []legacy.Date{{ID: 1, Tag: "birthday", Date: "1990-12-10T00:00:00.000Z"}}},
			no: data{
				{Name: name{First: "ada"}}, {Picture: "https://example.com/b"},
				{Company: legacy.Company{Name: "Looms"}},
				{Emails: []legacy.Email{{ID: 1, Tag: "work"}}},
				{Dates: []legacy.Date{{ID: 1, Tag: "birthday", Date: "1990-12-11T00:00:00Z"}}},
			},
		},
		{
			name: "LEG-15 items are appended and the primary ones stay",
			store: contacts.Info{
				Emails: known.Emails, Phones: []contacts.Phone{{Number: "555-0199", Tag: contacts.PhoneFax}},
			},
			in: info{
				Emails: email("c@example.com", "B@example.com", "C@example.com").Emails,
				Phones: []legacy.Phone{{Tag: "home", Phone: "34", NormalizedPhone: "34"}},
			},
			want: info{
				Emails: []legacy.Email{
					{ID: 1, Tag: "untagged", Email: "ada@example.com", EmailStatus: "transactional"},
					{ID: 2, Tag: "home", Email: "b@example.com"},
					{ID: 3, Tag: "untagged", Email: "c@example.com"},
				},
				Phones: []legacy.Phone{
					{ID: 1, Tag: "fax", Phone: "555-0199", NormalizedPhone: "5550199"},
					{ID: 2, Tag: "home", Phone: "34", NormalizedPhone: "34"},
				},
			},
			no: data{{Emails: []legacy.Email{{ID: 2, Tag: "untagged"}}}},
		},
		{
			name: "LEG-15 empty tags are filled in",
			store: contacts.Info{Emails: known.Emails[:1], Phones: []contacts.Phone{{Number: "555-0199"}},
				Addresses: []contacts.Address{{City: "Bath"}}},
			in: info{
				Emails:    []legacy.Email{{Tag: "Main", Email: "ada@example.com"}},
				Phones:    []legacy.Phone{{Tag: "FAX", Phone: "555-0199", NormalizedPhone: "5550199"}},
				Addresses: []legacy.Address{{Tag: " shipping", City: "BATH"}},
			},
			want: info{
				Emails:    []legacy.Email{{ID: 1, Tag: "main", Email: "ada@example.com", EmailStatus: "transactional"}},
				Phones:    []legacy.Phone{{ID: 1, Tag: "fax", Phone: "555-0199", NormalizedPhone: "5550199"}},
				Addresses: []legacy.Address{{ID: 1, Tag: "shipping", City: "Bath"}},
			},
			no: data{},
		},
		{
			name:  "LEG-15 a phone gets its country",
			store: contacts.Info{Phones: []contacts.Phone{{Number: "6465676359"}}},
			in:    phone("6465676359", "+1-646-567-6359"),
			want:  phone("6465676359", "+16465676359"),
			no:    data{{Phones: []legacy.Phone{{ID: 1, NormalizedPhone: "+1-646-567-6359"}}}},
		},
		{
			name:  "LEG-14 a phone in another spelling is the same",
			store: contacts.Info{Phones: []contacts.Phone{{Number: "6465676359", CountryCode: "US"}}},
			in:    phone("(646) 567-6359", "+16465676359"),
			want:  phone("6465676359", "+16465676359"),
			no:    data{},
		},
		{
			name: "LEG-2 an address in parts is one line, and equals that line",
			store: contacts.Info{Emails: known.Emails[:1], Addresses: []contacts.Address{
				{StreetAddress: &contacts.StreetAddress{Number: "6", Name: "Elm St", Apt: "4B"}, AddressLine2: "Rear",
					Country: "US"},
				{FormattedAddress: "6 Elm St\nUnited States"},
			}},
			in: info{Emails: email("ada@example.com").Emails, Addresses: []legacy.Address{
				{Tag: "untagged", Address: "6 elm st, 4b, rear ", Country: "usa"},
				{Tag: "untagged", Address: "6 Elm St\nUnited States"},
				{Tag: "untagged", Address: "6 Elm St", Country: "US"},
			}},
			want: info{
				Emails: []legacy.Email{
					{ID: 1, Tag: "untagged", Email: "ada@example.com", EmailStatus: "transactional"},
				},
				Addresses: []legacy.Address{
					{ID: 1, Tag: "untagged", Address: "6 Elm St, 4B, Rear", Country: "US"},
					{ID: 2, Tag: "untagged", Address: "6 Elm St\nUnited States"},
					{ID: 3, Tag: "untagged", Address: "6 Elm St", Country: "US"},
				},
			},
			no: data{},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, api := open(t, nil)
			before := create(t, s, test.store)
			shown, err := api.GetContactByID(t.Context(), before.ID.String())
			require.NoError(t, err)
			r := reconcile(t, api, test.in)
			require.False(t, r.IsNew)
			require.Equal(t, before.ID.String(), r.Contact.ID)
			for i := range test.want.Phones {
				test.want.Phones[i].ID = i + 1
			}
			require.Equal(t, test.want, r.Contact.ContactInfo)
			require.Equal(t, test.no, r.Details.RejectedData)
			require.Equal(t, data{shown.ContactInfo}, r.Details.ExistingData)
			after, err := s.Get(t.Context(), before.ID, nil)
			require.NoError(t, err)
			require.LessOrEqual(t, after.Revision, before.Revision+1, "one write")
			for i, e := range before.Info.Emails {
				require.Equal(t, e.ID, after.Info.Emails[i].ID)
			}
			for i, a := range before.Info.Addresses {
				require.Equal(t, a.ID, after.Info.Addresses[i].ID)
			}
			require.Equal(t, before.PrimaryInfo, after.PrimaryInfo)
			// A second time there is nothing left to add.
			again := reconcile(t, api, test.in)
			require.Equal(t, r.Contact, again.Contact)
			require.Equal(t, test.no, again.Details.RejectedData)
		})
	}
	t.Run("LEG-15 the rest of the contact stays", func(t *testing.T) {
		s, api := open(t, nil)
		field, _, err := s.FindOrCreateField(t.Context(), "Score", contacts.DataNumber)
		require.NoError(t, err)
		before := create(t, s, contacts.Info{
			Emails: []contacts.Email{{Address: "ada@example.com"}}, Locale: "en-us",
			LabelKeys:      []string{"contacts.customers"},
			ExtendedFields: map[string]any{field.Key: 5.0}, Locations: []uuid.UUID{testID(900)},
		})
		_, err = s.SetSubscription(t.Context(), before.ID, "ada@example.com", contacts.SubscriptionSubscribed)
		require.NoError(t, err)
		in := phone("555-0199", "5550199")
		in.Emails = email("ada@example.com", "b@example.com").Emails
		r := reconcile(t, api, in)
		require.Equal(t, legacy.EmailRecurring, r.Contact.Emails[0].EmailStatus)
		after, err := s.Get(t.Context(), before.ID, nil)
		require.NoError(t, err)
		require.Equal(t, before.Info.LabelKeys, after.Info.LabelKeys)
		require.Equal(t, before.Info.Locale, after.Info.Locale)
		require.Equal(t, before.Info.Locations, after.Info.Locations)
		require.Equal(t, 5.0, after.Info.ExtendedFields[field.Key])
		require.Equal(t, contacts.SubscriptionSubscribed, after.PrimaryEmail.SubscriptionStatus)
	})
	t.Run("LEG-15 at most 50 of a kind", func(t *testing.T) {
		s, api := open(t, nil)
		var in contacts.Info
		for i := range 49 {
			in.Emails = append(in.Emails, contacts.Email{Address: fmt.Sprintf("%d@example.com", i)})
		}
		create(t, s, in)
		r := reconcile(t, api, email("x@example.com", "0@example.com", "y@example.com"))
		require.Len(t, r.Contact.Emails, 50)
		require.Equal(t, "x@example.com", r.Contact.Emails[49].Email)
		require.Equal(t, data{{Emails: []legacy.Email{{ID: 3, Tag: "untagged", Email: "y@example.com"}}}},
			r.Details.RejectedData)
	})
	t.Run("LEG-15 a member without an email gets none", func(t *testing.T) {
		s, api := open(t, nil)
		c := create(t, s, contacts.Info{Phones: []contacts.Phone{{Number: "555-0199"}}})
		_, err := s.SetMember(t.Context(), c.ID, &contacts.Member{MemberID: testID(900)})
		require.NoError(t, err)
		in := phone("555-0199", "5550199")
		in.Emails, in.Name.First = email("ada@example.com").Emails, "Ada"
		r := reconcile(t, api, in)
		require.Equal(t, c.ID.String(), r.Contact.ID)
		require.Equal(t, "Ada", r.Contact.Name.First)
		require.Empty(t, r.Contact.Emails)
		require.Equal(t, data{{Emails: []legacy.Email{{ID: 1, Tag: "untagged", Email: "ada@example.com"}}}},
			r.Details.RejectedData)
	})
	t.Run("LEG-15 MEM-10 the contact of a deleted member without an email gets one", func(t *testing.T) {
		s, api := open(t, nil)
		c := create(t, s, contacts.Info{Phones: []contacts.Phone{{Number: "555-0199"}}})
		_, err := s.SetMember(t.Context(), c.ID, &contacts.Member{
			MemberID: testID(900), Email: "login@example.com", Status: contacts.MemberDeleted,
		})
		require.NoError(t, err)
		in := phone("555-0199", "5550199")
		in.Emails = email("ada@example.com").Emails
		r := reconcile(t, api, in)
		require.Equal(t, c.ID.String(), r.Contact.ID)
		require.Equal(t, "ada@example.com", r.Contact.Emails[0].Email)
		require.Empty(t, r.Details.RejectedData)
	})
	t.Run("LEG-15 a member with an email gets more", func(t *testing.T) {
		s, api := open(t, nil)
		c := create(t, s, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}})
		_, err := s.SetMember(t.Context(), c.ID, &contacts.Member{MemberID: testID(900)})
		require.NoError(t, err)
		require.Len(t, reconcile(t, api, email("b@example.com", "ada@example.com")).Contact.Emails, 2)
	})
	t.Run("LEG-15 a phone that another contact has too", func(t *testing.T) {
		s, api := open(t, nil)
		create(t, s, contacts.Info{Phones: []contacts.Phone{{Number: "555-0199"}}})
		c := create(t, s, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}})
		in := phone("555-0199", "5550199")
		in.Emails = email("ada@example.com").Emails
		r := reconcile(t, api, in)
		require.Equal(t, c.ID.String(), r.Contact.ID)
		require.Len(t, r.Contact.Phones, 1)
		require.Equal(t, 2, s.Snapshot().Len())
	})
	t.Run("LEG-16 the first birthday counts", func(t *testing.T) {
		_, api := open(t, nil)
		in := email("ada@example.com")
		in.Dates = []legacy.Date{
			{Tag: "wedding", Date: "1990-12-10T00:00:00Z"}, {Tag: "birthday", Date: "1990-12-10T00:00:00Z"},
			{Tag: "BIRTHDAY", Date: "1990-12-10T22:00:00Z"}, {Tag: "birthday", Date: "1990-12-11T00:00:00Z"},
		}
		r := reconcile(t, api, in)
		require.Equal(t, []legacy.Date{{ID: 1, Tag: "birthday", Date: "1990-12-10T00:00:00.000Z"}}, r.Contact.Dates)
		require.Equal(t, data{
			{Dates: []legacy.Date{{ID: 1, Tag: "wedding", Date: "1990-12-10T00:00:00Z"}}},
			{Dates: []legacy.Date{{ID: 4, Tag: "birthday", Date: "1990-12-11T00:00:00Z"}}},
		}, r.Details.RejectedData)
	})
	t.Run("LEG-12 blank addresses do not affect the others", func(t *testing.T) {
		_, api := open(t, nil)
		in := email("ada@example.com")
		in.Addresses = []legacy.Address{
			{Tag: "home", Country: "Narnia"}, {Tag: "home", City: "Bath"}, {Tag: "work", City: "York", Country: "gb",
				Region: "lnd"},
		}
		r := reconcile(t, api, in)
		require.Equal(t, []legacy.Address{
			{ID: 1, Tag: "home", City: "Bath"}, {ID: 2, Tag: "work", City: "York", Country: "GB", Region: "GB-LND"},
		}, r.Contact.Addresses)
		require.Equal(t, data{{Addresses: []legacy.Address{{ID: 1, Tag: "home", Country: "Narnia"}}}},
			r.Details.RejectedData)
	})
	t.Run("LEG-15 the same item twice in the input", func(t *testing.T) {
		_, api := open(t, nil)
		in := email("ada@example.com", " ADA@example.com")
		in.Emails[1].Tag = "home"
		r := reconcile(t, api, in)
		require.True(t, r.IsNew)
		require.Equal(t, []legacy.Email{{ID: 1, Tag: "home", Email: "ada@example.com", EmailStatus: "transactional"}},
			r.Contact.Emails)
		require.Equal(t, data{{Emails: []legacy.Email{{ID: 1, Tag: "untagged"}}}}, r.Details.RejectedData)
	})
}

func TestStatuses(t *testing.T) {
	for subscription, want := range map[contacts.SubscriptionStatus]legacy.EmailStatus{
		contacts.SubscriptionNotSet: legacy.EmailTransactional, contacts.SubscriptionPending: legacy.EmailTransactional,
		contacts.SubscriptionSubscribed: legacy.EmailRecurring, contacts.SubscriptionUnsubscribed: legacy.EmailOptOut,
	} {
		t.Run("LEG-17 "+string(subscription), func(t *testing.T) {
			s, api := open(t, nil)
			c := create(t, s, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}})
			_, err := s.SetSubscription(t.Context(), c.ID, "ada@example.com", subscription)
			require.NoError(t, err)
			for _, given := range []legacy.EmailStatus{legacy.EmailRecurring, legacy.EmailTransactional} {
				in := email("ada@example.com")
				in.Emails[0].EmailStatus = given
				r := reconcile(t, api, in)
				require.Equal(t, want, r.Contact.Emails[0].EmailStatus)
				rejected := []info{}
				if given != want {
					rejected = []info{{Emails: []legacy.Email{{ID: 1, EmailStatus: given}}}}
				}
				require.Equal(t, rejected, r.Details.RejectedData)
			}
		})
	}
	for delivery, want := range map[contacts.EmailDeliverability]legacy.DeliveryStatus{
		contacts.EmailDeliverabilityNotSet: "", contacts.EmailDeliverabilityInactive: "",
		contacts.EmailDeliverabilityValid:         legacy.DeliveryValid,
		contacts.EmailDeliverabilityBounced:       legacy.DeliveryBounce,
		contacts.EmailDeliverabilitySpamComplaint: legacy.DeliveryComplaint,
	} {
		t.Run("LEG-17 "+string(delivery), func(t *testing.T) {
			s, api := open(t, nil)
			c := create(t, s, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}})
			_, err := s.SetDeliverability(t.Context(), c.ID, "ada@example.com", delivery)
			require.NoError(t, err)
			in := email("ada@example.com")
			in.Emails[0].DeliveryStatus = want
			r := reconcile(t, api, in)
			require.Equal(t, want, r.Contact.Emails[0].DeliveryStatus)
			require.Empty(t, r.Details.RejectedData)
		})
	}
}

func TestOptOut(t *testing.T) {
	const ada, home = "ada@example.com", "home@example.com"
	optedOut := func(addresses ...string) info {
		in := email(addresses...)
		for i := range in.Emails {
			in.Emails[i].EmailStatus = legacy.EmailOptOut
		}
		return in
	}
	consent := func(t *testing.T, s *contacts.Store, id, address string) contacts.SubscriptionStatus {
		t.Helper()
		v, ok := s.Snapshot().View(uuid.MustParse(id))
		require.True(t, ok)
		return v.Subscription(address)
	}

	t.Run("LEG-17 LEG-19 a new contact, in one change", func(t *testing.T) {
		s, api := open(t, nil)
		since := s.Snapshot().Position()
		r := reconcile(t, api, optedOut(ada))
		require.True(t, r.IsNew)
		require.Equal(t, legacy.EmailOptOut, r.Contact.Emails[0].EmailStatus)
		require.Empty(t, r.Details.RejectedData)
		shown, err := api.GetContactByID(t.Context(), r.Contact.ID)
		require.NoError(t, err)
		require.Equal(t, r.Contact, *shown)
		c, err := s.Get(t.Context(), uuid.MustParse(r.Contact.ID), nil)
		require.NoError(t, err)
		require.Equal(t, 1, c.Revision)
		require.Equal(t, contacts.SubscriptionUnsubscribed, c.PrimaryEmail.SubscriptionStatus)
		require.Equal(t, since+1, s.Snapshot().Position())
		for commit, err := range s.Follow(t.Context(), since) {
			require.NoError(t, err)
			require.Len(t, commit.Changes, 1)
			require.Equal(t, contacts.SubscriptionUnsubscribed, commit.Changes[0].After.Subscription(ada))
			break
		}
	})
	t.Run("LEG-17 a new contact, emails that are not primary", func(t *testing.T) {
		s, api := open(t, nil)
		in := optedOut("a@example.com", home, "c@example.com")
		in.Emails[0].EmailStatus = ""
		r := reconcile(t, api, in)
		require.Equal(t, legacy.EmailTransactional, r.Contact.Emails[0].EmailStatus)
		require.Empty(t, r.Contact.Emails[1].EmailStatus, "only the primary email shows it")
		require.Empty(t, r.Details.RejectedData)
		require.Equal(t, contacts.SubscriptionNotSet, consent(t, s, r.Contact.ID, "a@example.com"))
		require.Equal(t, contacts.SubscriptionUnsubscribed, consent(t, s, r.Contact.ID, home))
		require.Equal(t, contacts.SubscriptionUnsubscribed, consent(t, s, r.Contact.ID, "c@example.com"))
		at := s.Snapshot().Position()
		again := reconcile(t, api, in)
		require.Equal(t, at, s.Snapshot().Position(), "LEG-19")
		require.Empty(t, again.Details.RejectedData)
	})
	t.Run("LEG-17 the same email twice, the objection wins", func(t *testing.T) {
		for _, order := range [][]legacy.EmailStatus{
			{legacy.EmailOptOut, legacy.EmailRecurring}, {legacy.EmailRecurring, legacy.EmailOptOut},
			{legacy.EmailTransactional, legacy.EmailOptOut}, {"", legacy.EmailOptOut},
		} {
			s, api := open(t, nil)
			in := email(ada, " ADA@example.com")
			in.Emails[0].EmailStatus, in.Emails[1].EmailStatus = order[0], order[1]
			r := reconcile(t, api, in)
			require.Equal(t, legacy.EmailOptOut, r.Contact.Emails[0].EmailStatus)
			require.Equal(t, contacts.SubscriptionUnsubscribed, consent(t, s, r.Contact.ID, ada))
			rejected := []info{}
			for i, status := range order {
				if status != legacy.EmailOptOut && status != "" {
					rejected = append(rejected, info{Emails: []legacy.Email{{ID: i + 1, EmailStatus: status}}})
				}
			}
			require.Equal(t, rejected, r.Details.RejectedData)
		}
	})

	for _, status := range []contacts.SubscriptionStatus{
		contacts.SubscriptionNotSet, contacts.SubscriptionPending, contacts.SubscriptionSubscribed,
		contacts.SubscriptionUnsubscribed,
	} {
		for _, address := range []string{ada, home} {
			t.Run("LEG-15 LEG-17 an existing contact, "+string(status)+", "+address, func(t *testing.T) {
				s, api := open(t, nil)
				c := create(t, s, contacts.Info{Emails: []contacts.Email{{Address: ada}, {Address: home}}})
				_, err := s.SetSubscription(t.Context(), c.ID, address, status)
				require.NoError(t, err)
				_, err = s.SetDeliverability(t.Context(), c.ID, ada, contacts.EmailDeliverabilityBounced)
				require.NoError(t, err)
				before := s.Snapshot()
				r := reconcile(t, api, optedOut(strings.ToUpper(address)))
				require.Equal(t, c.ID.String(), r.Contact.ID)
				require.Empty(t, r.Details.RejectedData)
				require.Equal(t, contacts.SubscriptionUnsubscribed, consent(t, s, r.Contact.ID, address))
				require.Equal(t, legacy.DeliveryBounce, r.Contact.Emails[0].DeliveryStatus)
				wrote := 1
				if status == contacts.SubscriptionUnsubscribed {
					wrote = 0
				}
				require.Equal(t, before.Position()+contacts.Position(wrote), s.Snapshot().Position(), "LEG-19")
				again := reconcile(t, api, optedOut(address))
				require.Equal(t, before.Position()+contacts.Position(wrote), s.Snapshot().Position(), "LEG-19")
				require.Empty(t, again.Details.RejectedData)
				for _, raised := range []legacy.EmailStatus{legacy.EmailRecurring, legacy.EmailTransactional} {
					in := email(address)
					in.Emails[0].EmailStatus = raised
					r := reconcile(t, api, in)
					require.Equal(t, []info{{Emails: []legacy.Email{{ID: 1, EmailStatus: raised}}}}, r.Details.RejectedData)
					require.Equal(t, contacts.SubscriptionUnsubscribed, consent(t, s, r.Contact.ID, address))
				}
			})
		}
	}
	t.Run("LEG-15 LEG-17 a further email of an existing contact, with other data, in one change", func(t *testing.T) {
		s, api := open(t, nil)
		c := create(t, s, contacts.Info{Emails: []contacts.Email{{Address: ada}}})
		in := optedOut(ada, "new@example.com")
		in.Emails[0].EmailStatus, in.Company.Name = "", "Engines"
		r := reconcile(t, api, in)
		require.Empty(t, r.Details.RejectedData)
		got, err := s.Get(t.Context(), c.ID, nil)
		require.NoError(t, err)
		require.Equal(t, 2, got.Revision)
		require.Equal(t, "Engines", got.Info.Company)
		require.Equal(t, contacts.SubscriptionNotSet, got.PrimaryEmail.SubscriptionStatus)
		require.Equal(t, contacts.SubscriptionUnsubscribed, consent(t, s, r.Contact.ID, "new@example.com"))
		got, err = s.Update(t.Context(), c.ID, 2, contacts.Patch{
			Emails: contacts.Set([]contacts.Email{{Address: "new@example.com"}}),
		}, nil)
		require.NoError(t, err)
		require.Equal(t, contacts.SubscriptionUnsubscribed, got.PrimaryEmail.SubscriptionStatus)
	})
	t.Run("LEG-17 emails that the contact cannot have are rejected with their status", func(t *testing.T) {
		s, api := open(t, nil)
		var full contacts.Info
		for i := range 50 {
			full.Emails = append(full.Emails, contacts.Email{Address: fmt.Sprintf("%d@example.com", i)})
		}
		create(t, s, full)
		in := optedOut("0@example.com", "new@example.com")
		r := reconcile(t, api, in)
		require.Equal(t, []info{{Emails: []legacy.Email{
			{ID: 2, Tag: "untagged", Email: "new@example.com", EmailStatus: legacy.EmailOptOut},
		}}}, r.Details.RejectedData)
		require.Equal(t, contacts.SubscriptionUnsubscribed, consent(t, s, r.Contact.ID, "0@example.com"))

		c := create(t, s, contacts.Info{Phones: []contacts.Phone{{Number: "201-555-0123"}}})
		_, err := s.SetMember(t.Context(), c.ID, &contacts.Member{MemberID: testID(900)})
		require.NoError(t, err)
		in = optedOut("member@example.com")
		in.Phones = phone("201-555-0123", "2015550123").Phones
		r = reconcile(t, api, in)
		require.Equal(t, c.ID.String(), r.Contact.ID)
		require.Equal(t, []info{{Emails: []legacy.Email{
			{ID: 1, Tag: "untagged", Email: "member@example.com", EmailStatus: legacy.EmailOptOut},
		}}}, r.Details.RejectedData)
	})
	t.Run("LEG-17 a contact found by its phone", func(t *testing.T) {
		s, api := open(t, nil)
		c := create(t, s, contacts.Info{Phones: []contacts.Phone{{Number: "201-555-0123"}}})
		in := optedOut(ada)
		in.Phones = phone("201-555-0123", "2015550123").Phones
		r := reconcile(t, api, in)
		require.Equal(t, c.ID.String(), r.Contact.ID)
		require.Equal(t, legacy.EmailOptOut, r.Contact.Emails[0].EmailStatus)
		require.Empty(t, r.Details.RejectedData)
	})
	t.Run("LEG-17 LEG-19 a writer that comes between", func(t *testing.T) {
		opts := fixed()
		now := opts.Now
		var between func()
		opts.Now = func() time.Time {
			if f := between; f != nil {
				between = nil
				f()
			}
			return now()
		}
		s, api := open(t, opts)
		c := create(t, s, contacts.Info{Emails: []contacts.Email{{Address: ada}}})
		between = func() {
			_, err := s.SetSubscription(t.Context(), c.ID, ada, contacts.SubscriptionSubscribed)
			require.NoError(t, err)
		}
		r := reconcile(t, api, optedOut(ada))
		require.Equal(t, legacy.EmailOptOut, r.Contact.Emails[0].EmailStatus)
	})
}

func TestReconcileRefused(t *testing.T) {
	type v = contacts.Violation
	long := func(n int) string { return strings.Repeat("é", n) }
	required := func(field string) v { return v{Field: field, Rule: contacts.RuleRequired} }
	tooLong := func(field string, n int) v { return v{Field: field, Rule: contacts.RuleMaxLength, Threshold: n} }
	format := func(field string, f contacts.Format) v { return v{Field: field, Rule: contacts.RuleFormat, Format: f} }
	for _, test := range []struct {
		name string
		in   info
		want []v
	}{
		{"LEG-6 neither email nor phone", info{Name: name{First: "Ada"}},
			[]v{{Field: "contactInfo", Rule: contacts.RuleCustom, RuleName: legacy.RuleNameEmailOrPhone}}},
		{"LEG-6 an empty contactInfo", info{},
			[]v{{Field: "contactInfo", Rule: contacts.RuleCustom, RuleName: legacy.RuleNameEmailOrPhone}}},
		{"LEG-6 required members", info{
			Emails: make([]legacy.Email, 1), Phones: make([]legacy.Phone, 1), Addresses: make([]legacy.Address, 1),
			URLs: make([]legacy.URL, 1), Dates: make([]legacy.Date, 1),
		}, []v{
			required("contactInfo.emails[0].tag"), required("contactInfo.emails[0].email"),
			required("contactInfo.phones[0].tag"), required("contactInfo.phones[0].phone"),
			required("contactInfo.phones[0].normalizedPhone"), required("contactInfo.addresses[0].tag"),
			required("contactInfo.urls[0].tag"), required("contactInfo.urls[0].url"),
			required("contactInfo.dates[0].tag"), required("contactInfo.dates[0].date"),
		}},
		{"LEG-6 required members that show nothing", info{
			Emails: []legacy.Email{{Tag: "\u200b", Email: " \ufeff"}},
			Phones: []legacy.Phone{{Tag: "home", Phone: "\u200e", NormalizedPhone: "\u00ad"}},
		}, []v{
			required("contactInfo.emails[0].tag"), required("contactInfo.emails[0].email"),
			required("contactInfo.phones[0].phone"), required("contactInfo.phones[0].normalizedPhone"),
		}},
		{"LEG-6 VAL-5 texts around an email", info{
			Emails: []legacy.Email{
				{Tag: "home", Email: "Ada <ada@example.com>"}, {Tag: "home", Email: "ada@example.com"},
				{Tag: "home", Email: "mailto:ada@example.com"}, {Tag: "home", Email: "ada @example.com"},
			},
		}, []v{
			format("contactInfo.emails[0].email", contacts.FormatEmail),
			format("contactInfo.emails[2].email", contacts.FormatEmail),
			format("contactInfo.emails[3].email", contacts.FormatEmail),
		}},
		{"LEG-6 limits", info{
			Name:    name{Prefix: long(101), First: long(101), Middle: long(101), Last: long(101), Suffix: long(101)},
			Company: legacy.Company{Role: long(101), Name: long(101)},
			Emails:  []legacy.Email{{Tag: long(101), Email: long(239) + "@example.com"}},
			Phones:  []legacy.Phone{{Tag: long(101), Phone: strings.Repeat("1", 31), NormalizedPhone: long(500)}},
			Addresses: []legacy.Address{{1, long(101), long(251), long(101), long(101), long(101), long(101),
				long(21)}},
			URLs:  []legacy.URL{{Tag: long(101), URL: long(5000)}},
			Dates: []legacy.Date{{Tag: long(101), Date: "2001-02-03T00:00:00Z"}},
		}, []v{
			tooLong("contactInfo.name.prefix", 100), tooLong("contactInfo.name.first", 100),
			tooLong("contactInfo.name.middle", 100), tooLong("contactInfo.name.last", 100),
			tooLong("contactInfo.name.suffix", 100), tooLong("contactInfo.company.role", 100),
			tooLong("contactInfo.company.name", 100), tooLong("contactInfo.emails[0].tag", 100),
			tooLong("contactInfo.emails[0].email", 250), tooLong("contactInfo.phones[0].tag", 100),
			tooLong("contactInfo.phones[0].phone", 30), tooLong("contactInfo.addresses[0].tag", 100),
			tooLong("contactInfo.addresses[0].address", 250), tooLong("contactInfo.addresses[0].neighborhood", 100),
			tooLong("contactInfo.addresses[0].city", 100), tooLong("contactInfo.addresses[0].region", 100),
			tooLong("contactInfo.addresses[0].country", 100), tooLong("contactInfo.addresses[0].postalCode", 20),
			tooLong("contactInfo.urls[0].tag", 100), tooLong("contactInfo.dates[0].tag", 100),
		}},
		{"LEG-6 words and dates", info{
			Emails: []legacy.Email{
				{Tag: "home", Email: "ada@example.com", EmailStatus: "OPTOUT", DeliveryStatus: "valid"},
			},
			Dates: []legacy.Date{
				{Tag: "birthday", Date: "1990-12"}, {Tag: "x", Date: "1990-02-30T00:00:00Z"},
				{Tag: "x", Date: "1990-12-10T25:00:00"}, {Tag: "x", Date: "10 Dec 1990"},
				{Tag: "x", Date: "1990-12-10T00:00:00.123456789+14:00"},
			},
		}, []v{
			format("contactInfo.emails[0].emailStatus", contacts.FormatEnum),
			format("contactInfo.emails[0].deliveryStatus", contacts.FormatEnum),
			format("contactInfo.dates[0].date", contacts.FormatTimestamp),
			format("contactInfo.dates[1].date", contacts.FormatTimestamp),
			format("contactInfo.dates[2].date", contacts.FormatTimestamp),
			format("contactInfo.dates[3].date", contacts.FormatTimestamp),
		}},
		{"LEG-6 invalid text", info{
			Name: name{Prefix: "\xff", First: "a\x00"}, Picture: "\xff",
			Emails: []legacy.Email{{Tag: "a\xff", Email: "a\x00@example.com"}},
			Phones: []legacy.Phone{{Tag: "home", Phone: "1\xff", NormalizedPhone: "\x00"}},
			URLs:   []legacy.URL{{Tag: "a", URL: "\xff"}},
		}, []v{
			format("contactInfo.name.prefix", contacts.FormatText),
			format("contactInfo.name.first", contacts.FormatText),
			format("contactInfo.picture", contacts.FormatText),
			format("contactInfo.emails[0].tag", contacts.FormatText),
			format("contactInfo.emails[0].email", contacts.FormatText),
			format("contactInfo.phones[0].phone", contacts.FormatText),
			format("contactInfo.phones[0].normalizedPhone", contacts.FormatText),
			format("contactInfo.urls[0].url", contacts.FormatText),
		}},
		{"LEG-6 violations of V4 alone", info{
			Name: name{Suffix: long(101)}, Picture: "ftp://example.com/a",
			Emails: []legacy.Email{
				{Tag: "a", Email: "ada@example.com"}, {Tag: "a", Email: "ada"}, {Tag: "a", Email: "a@b@c"},
			},
		}, []v{
			tooLong("contactInfo.name.suffix", 100),
			format("contactInfo.emails[1].email", contacts.FormatEmail),
			format("contactInfo.emails[2].email", contacts.FormatEmail),
			format("contactInfo.picture", contacts.FormatWebURL),
		}},
		{"LEG-6 too many items", info{
			Emails:    many(51, legacy.Email{Tag: "a", Email: "a@example.com"}),
			Phones:    many(51, legacy.Phone{Tag: "a", Phone: "1", NormalizedPhone: "1"}),
			Addresses: many(51, legacy.Address{Tag: "a"}), URLs: many(51, legacy.URL{Tag: "a", URL: "a"}),
		}, []v{
			{Field: "contactInfo.emails", Rule: contacts.RuleMaxSize, Threshold: 50},
			{Field: "contactInfo.phones", Rule: contacts.RuleMaxSize, Threshold: 50},
			{Field: "contactInfo.addresses", Rule: contacts.RuleMaxSize, Threshold: 50},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, api := open(t, nil)
			// The input is refused even where it would add nothing.
			create(t, s, contacts.Info{
				Emails:  []contacts.Email{{Address: "ada@example.com"}},
				Picture: &contacts.Picture{Image: contacts.Image{URL: "https://example.com/a"}},
			})
			at := s.Snapshot().Position()
			_, err := api.ReconcileContact(t.Context(), test.in)
			require.ErrorIs(t, err, legacy.ErrInvalidSchema)
			require.Equal(t, test.want, violations(t, err))
			require.Equal(t, at, s.Snapshot().Position())
		})
	}
	t.Run("LEG-6 at the limits", func(t *testing.T) {
		_, api := open(t, nil)
		r := reconcile(t, api, info{
			Name:    name{long(100), long(100), long(100), long(100), long(100)},
			Company: legacy.Company{Role: long(100), Name: long(100)},
			Emails:  []legacy.Email{{Tag: long(100), Email: long(238) + "@example.com"}},
			Phones:  []legacy.Phone{{Tag: long(100), Phone: strings.Repeat("1", 30), NormalizedPhone: "1"}},
			Addresses: []legacy.Address{{1, long(100), long(250), long(100), long(100), long(100), long(100),
				long(20)}},
		})
		require.True(t, r.IsNew)
	})
}

func many[T any](n int, item T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = item
	}
	return list
}

func TestReconcileErrors(t *testing.T) {
	t.Run("LEG-4 a closed store", func(t *testing.T) {
		s, api := open(t, nil)
		reconcile(t, api, email("ada@example.com"))
		require.NoError(t, s.Close())
		for _, address := range []string{"ada@example.com", "b@example.com"} { // adds nothing, adds something
			_, err := api.ReconcileContact(t.Context(), email(address))
			require.ErrorIs(t, err, legacy.ErrWix)
			require.ErrorIs(t, err, contacts.ErrClosed)
		}
		_, err := api.GetContactByID(t.Context(), testID(1).String())
		require.ErrorIs(t, err, contacts.ErrClosed)
	})
	t.Run("LEG-4 a canceled context", func(t *testing.T) {
		s, api := open(t, nil)
		reconcile(t, api, email("ada@example.com"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		at := s.Snapshot().Position()
		for _, address := range []string{"ada@example.com", "b@example.com"} {
			_, err := api.ReconcileContact(ctx, email(address))
			require.ErrorIs(t, err, legacy.ErrWix)
			require.ErrorIs(t, err, context.Canceled)
		}
		require.Equal(t, at, s.Snapshot().Position())
	})
	t.Run("LEG-5 messages hold no values", func(t *testing.T) {
		_, api := open(t, nil)
		const secret = "secret"
		_, err := api.ReconcileContact(t.Context(), info{
			Name: name{First: strings.Repeat(secret, 20)}, Picture: secret,
			Dates:  []legacy.Date{{Tag: secret, Date: secret}},
			Emails: []legacy.Email{{Tag: strings.Repeat(secret, 20), Email: secret, EmailStatus: secret}},
		})
		require.ErrorIs(t, err, legacy.ErrInvalidSchema)
		printsNo(t, secret, err)
		_, err = api.GetContactByID(t.Context(), secret)
		printsNo(t, secret, err)
		_, err = api.GetContacts(t.Context(), &legacy.GetContactsOptions{Labels: []string{secret + "\x00"}})
		printsNo(t, secret, err)
		var in info
		err = json.Unmarshal([]byte(`{"name": "secret", "emails": [{"tag": ["secret"]}], "secret": 1}`), &in)
		require.Error(t, err)
		printsNo(t, secret, err)
		duplicate := &contacts.Error{Code: contacts.ErrDuplicate, Err: &contacts.DuplicateError{Email: secret}}
		printsNo(t, secret, &legacy.Error{Code: legacy.ErrWix, Err: duplicate})
		printsNo(t, secret, legacy.Error{Code: legacy.ErrWix, Err: duplicate})
	})
	t.Run("LEG-5 the JSON of an error", func(t *testing.T) {
		text, err := json.Marshal(&legacy.Error{Code: legacy.ErrBadRequest, Violations: []contacts.Violation{
			{Field: "options.pageSize", Rule: contacts.RuleMin, Threshold: 1},
		}})
		require.NoError(t, err)
		require.JSONEq(t, `{
			"code": "BAD_REQUEST",
			"violations": [{"field": "options.pageSize", "rule": "MIN", "threshold": 1}],
			"message": "legacy: BAD_REQUEST: options.pageSize must be at least 1"
		}`, string(text))
	})
}

// logs returns the records in which package slog shows a value.
func logs(v any) string {
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("shown", "it", v)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("shown", "it", v)
	return b.String()
}

// printsNo requires that an error prints no secret in any form.
func printsNo(t *testing.T, secret string, err any) {
	t.Helper()
	text, failed := json.Marshal(err)
	require.NoError(t, failed)
	require.NotContains(t, string(text), secret)
	require.NotContains(t, logs(err), secret)
	if err, ok := err.(error); ok {
		require.NotContains(t, fmt.Sprintf("%v %+v", err, err), secret)
	}
}

func TestLogs(t *testing.T) {
	const secret = "Zecret"
	c := legacy.Contact{ID: "7", ContactInfo: info{
		Name: name{First: secret}, Picture: secret, Company: legacy.Company{Role: secret},
		Emails: []legacy.Email{{Email: secret}}, Phones: []legacy.Phone{{Phone: secret}},
		Addresses: []legacy.Address{{City: secret}}, URLs: []legacy.URL{{URL: secret}},
		Dates: []legacy.Date{{Date: secret}},
	}}
	r := legacy.Reconciliation{Contact: c, Details: legacy.Details{RejectedData: []info{c.ContactInfo}}}
	for _, v := range []any{
		c, &c, c.ContactInfo, &c.ContactInfo, c.Name, c.Company, c.Emails[0], c.Phones[0], c.Addresses[0], c.URLs[0],
		c.Dates[0], r, &r, r.Details,
	} {
		t.Run(fmt.Sprintf("LEG-24 %T", v), func(t *testing.T) { require.NotContains(t, logs(v), secret) })
	}
	t.Run("LEG-24 the ID and the fields", func(t *testing.T) {
		require.Contains(t, logs(r), `it.id=7 it.fields="[Name Picture Company Emails Phones Addresses URLs Dates]"`)
	})
}

func TestNew(t *testing.T) {
	s, _ := open(t, nil)
	t.Run("the source of new contacts", func(t *testing.T) {
		source := contacts.Source{SourceType: contacts.SourceWixApp, AppID: "app"}
		api, err := legacy.New(s, &legacy.Options{Source: source})
		require.NoError(t, err)
		r := reconcile(t, api, email("ada@example.com"))
		c, err := s.Get(t.Context(), uuid.MustParse(r.Contact.ID), nil)
		require.NoError(t, err)
		require.Equal(t, source, c.Source)
	})
	t.Run("LEG-4 an unknown source", func(t *testing.T) {
		_, err := legacy.New(s, &legacy.Options{Source: contacts.Source{SourceType: "ELSEWHERE"}})
		require.ErrorIs(t, err, legacy.ErrBadRequest)
		require.ErrorIs(t, err, contacts.ErrInvalid)
	})
}

func TestGetContactByID(t *testing.T) {
	s, api := open(t, nil)
	ada := create(t, s, contacts.Info{Name: contacts.Name{First: "Ada"}})
	bo := create(t, s, contacts.Info{Name: contacts.Name{First: "Bo"}})
	_, err := s.Merge(t.Context(), ada.ID, ada.Revision, []uuid.UUID{bo.ID}, nil)
	require.NoError(t, err)
	for _, test := range []struct {
		name, id string
		code     legacy.Code
		rule     contacts.Rule
	}{
		{name: "LEG-1 a contact", id: ada.ID.String()},
		{name: "LEG-1 in capitals", id: strings.ToUpper(ada.ID.String())},
		{name: "LEG-1 a contact that was merged away", id: bo.ID.String()},
		{name: "LEG-1 no such contact", id: testID(900).String(), code: legacy.ErrNotFound},
		{name: "LEG-1 no ID", id: "", code: legacy.ErrBadRequest, rule: contacts.RuleRequired},
		{name: "LEG-1 undefined", id: "undefined", code: legacy.ErrBadRequest, rule: contacts.RuleFormat},
		{name: "LEG-1 in another form", id: strings.ReplaceAll(ada.ID.String(), "-", ""), code: legacy.ErrBadRequest,
			rule: contacts.RuleFormat},
		{name: "LEG-1 with a space", id: ada.ID.String() + " ", code: legacy.ErrBadRequest, rule: contacts.RuleFormat},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := api.GetContactByID(t.Context(), test.id)
			require.Equal(t, test.code, legacy.CodeOf(err))
			if test.code == "" {
				require.Equal(t, ada.ID.String(), c.ID)
				require.Equal(t, "Ada", c.Name.First)
				return
			}
			require.Nil(t, c)
			if test.rule != "" {
				require.Equal(t, "id", violations(t, err)[0].Field)
				require.Equal(t, test.rule, violations(t, err)[0].Rule)
			}
		})
	}
}

// TestReconcileTurns runs many reconciles concurrently.
func TestReconcileTurns(t *testing.T) {
	unchecked := func() *contacts.Options { return &contacts.Options{} }
	t.Run("LEG-20 concurrent ones for a new person create one contact", func(t *testing.T) {
		s, api := open(t, unchecked())
		var group sync.WaitGroup
		for i := range 16 {
			group.Go(func() {
				in := phone("555-0199", "5550199")
				in.Emails = email("ada@example.com", fmt.Sprintf("%d@example.com", i)).Emails
				_, err := api.ReconcileContact(t.Context(), in)
				require.NoError(t, err)
			})
		}
		group.Wait()
		require.Equal(t, 1, s.Snapshot().Len())
		c, err := api.GetContacts(t.Context(), nil)
		require.NoError(t, err)
		require.Len(t, c.Data()[0].Emails, 17)
	})
	t.Run("LEG-19 LEG-20 no write of another is lost", func(t *testing.T) {
		s, api := open(t, unchecked())
		apis := []*legacy.API{api}
		for range 3 { // as in other programs
			another, err := legacy.New(s, nil)
			require.NoError(t, err)
			apis = append(apis, another)
		}
		c := create(t, s, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}})
		var group sync.WaitGroup
		for n, api := range apis {
			group.Go(func() {
				for i := range 10 {
					_, err := api.ReconcileContact(t.Context(), email("ada@example.com",
						fmt.Sprintf("%d-%d@example.com", n, i)))
					require.NoError(t, err)
				}
			})
		}
		group.Go(func() {
			for range 30 {
				_, err := s.Label(t.Context(), c.ID, "contacts.customers")
				require.NoError(t, err)
			}
		})
		group.Wait()
		require.Equal(t, 1, s.Snapshot().Len())
		after, err := s.Get(t.Context(), c.ID, nil)
		require.NoError(t, err)
		require.Len(t, after.Info.Emails, 41)
		require.Equal(t, []string{"contacts.customers"}, after.Info.LabelKeys)
	})
}

// TestReconcileOvertaken writes between the look-up of a contact and the write: the reconcile calls NewID there.
func TestReconcileOvertaken(t *testing.T) {
	setup := func(t *testing.T) (s *contacts.Store, api *legacy.API, meanwhile *func()) {
		meanwhile = new(func())
		opts := &contacts.Options{}
		busy := false
		opts.NewID = func() uuid.UUID {
			if *meanwhile != nil && !busy {
				busy = true
				(*meanwhile)()
				busy = false
			}
			return uuid.New()
		}
		s, api = open(t, opts)
		return s, api, meanwhile
	}
	change := func(t *testing.T, s *contacts.Store, id uuid.UUID, p contacts.Patch) {
		c, err := s.Get(t.Context(), id, nil)
		require.NoError(t, err)
		_, err = s.Update(t.Context(), id, c.Revision, p, nil)
		require.NoError(t, err)
	}
	in := info{Name: name{First: "Ada"}, Emails: email("ada@example.com", "b@example.com").Emails}

	t.Run("LEG-19 the contact changes", func(t *testing.T) {
		s, api, meanwhile := setup(t)
		c := create(t, s, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}})
		*meanwhile = func() {
			*meanwhile = nil
			change(t, s, c.ID, contacts.Patch{FirstName: contacts.Set("Bo"), Company: contacts.Set("Engines")})
		}
		r := reconcile(t, api, in)
		require.Equal(t, "Bo", r.Contact.Name.First)
		require.Equal(t, "Engines", r.Contact.Company.Name)
		require.Equal(t, "Engines", r.Details.ExistingData[0].Company.Name)
		require.Equal(t, []info{{Name: name{First: "Ada"}}}, r.Details.RejectedData)
		require.Len(t, r.Contact.Emails, 2)
	})
	t.Run("LEG-19 the contact is deleted", func(t *testing.T) {
		s, api, meanwhile := setup(t)
		c := create(t, s, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}})
		*meanwhile = func() { *meanwhile = nil; require.NoError(t, s.Delete(t.Context(), c.ID)) }
		r := reconcile(t, api, in)
		require.True(t, r.IsNew)
		require.NotEqual(t, c.ID.String(), r.Contact.ID)
	})
	t.Run("LEG-20 the contact is created", func(t *testing.T) {
		s, api, meanwhile := setup(t)
		var c *contacts.Contact
		*meanwhile = func() {
			*meanwhile = nil
			c = create(t, s, contacts.Info{Emails: []contacts.Email{{Address: "ADA@example.com"}}})
		}
		r := reconcile(t, api, in)
		require.False(t, r.IsNew)
		require.Equal(t, c.ID.String(), r.Contact.ID)
		require.Equal(t, 1, s.Snapshot().Len())
	})
	t.Run("LEG-19 at most 64 attempts", func(t *testing.T) {
		s, api, meanwhile := setup(t)
		c := create(t, s, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}})
		times := 0
		*meanwhile = func() { times++; change(t, s, c.ID, contacts.Patch{LastName: contacts.Set("Byron")}) }
		_, err := api.ReconcileContact(t.Context(), in)
		require.Equal(t, legacy.ErrWix, legacy.CodeOf(err))
		require.ErrorIs(t, err, contacts.ErrAlreadyChanged)
		require.Equal(t, 64*2, times) // one ID for each of the two emails
		*meanwhile = nil
		require.Len(t, reconcile(t, api, in).Contact.Emails, 2) // the turn is free again
	})
	t.Run("LEG-19 no attempt after the context is canceled", func(t *testing.T) {
		s, api, meanwhile := setup(t)
		c := create(t, s, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}})
		ctx, cancel := context.WithCancel(t.Context())
		*meanwhile = func() { change(t, s, c.ID, contacts.Patch{LastName: contacts.Set("Byron")}); cancel() }
		_, err := api.ReconcileContact(ctx, in)
		require.ErrorIs(t, err, legacy.ErrWix)
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("LEG-20 a canceled wait for a turn", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, api, meanwhile := setup(t)
			ctx, cancel := context.WithCancel(t.Context())
			*meanwhile = func() {
				*meanwhile = nil
				waiting := make(chan error)
				go func() {
					_, err := api.ReconcileContact(ctx, email("b@example.com"))
					waiting <- err
				}()
				synctest.Wait()
				cancel()
				err := <-waiting
				require.ErrorIs(t, err, legacy.ErrWix)
				require.ErrorIs(t, err, context.Canceled)
			}
			require.True(t, reconcile(t, api, in).IsNew)
			require.Equal(t, 1, s.Snapshot().Len())
		})
	})
}
