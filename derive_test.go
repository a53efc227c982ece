package contacts_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestPrimaryItems(t *testing.T) {
	// Items are written as their names, the flagged ones with a star.
	for _, tc := range []struct {
		name  string
		given []string
		want  []string // the first is the primary one
	}{
		{"PRI-2 one item without a flag", []string{"a"}, []string{"a"}},
		{"PRI-2 none flagged", []string{"a", "b", "c"}, []string{"a", "b", "c"}},
		{"PRI-4 no other is primary", []string{"a", "a", "a"}, []string{"a", "a", "a"}},
		{"PRI-3 the first flagged", []string{"a*", "b", "c"}, []string{"a", "b", "c"}},
		{"PRI-3 the second flagged", []string{"a", "b*", "c"}, []string{"b", "a", "c"}},
		{"PRI-3 the last flagged", []string{"a", "b", "c", "d*"}, []string{"d", "a", "b", "c"}},
		{"PRI-3 equal items", []string{"a", "a*", "b", "a"}, []string{"a", "a", "b", "a"}},
		{
			"PRI-3 the last of fifty", append(repeated(49, "a"), "b*"), append([]string{"b"}, repeated(49, "a")...),
		},
	} {
		var emails []contacts.Email
		var phones []contacts.Phone
		for _, item := range tc.given {
			name, starred := strings.CutSuffix(item, "*")
			emails = append(emails, contacts.Email{Address: name + "@mail.test", Primary: starred})
			phones = append(phones, contacts.Phone{Number: name, Primary: starred})
		}
		check := func(t *testing.T, c *contacts.Contact) {
			t.Helper()
			require.Len(t, c.Info.Emails, len(tc.want))
			require.Len(t, c.Info.Phones, len(tc.want))
			for i, name := range tc.want {
				require.Equal(t, name+"@mail.test", c.Info.Emails[i].Address)
				require.Equal(t, name, c.Info.Phones[i].Number)
				require.Equal(t, i == 0, c.Info.Emails[i].Primary)
				require.Equal(t, i == 0, c.Info.Phones[i].Primary)
			}
			require.Equal(t, contacts.PrimaryInfo{Email: tc.want[0] + "@mail.test", Phone: tc.want[0]}, c.PrimaryInfo)
			require.Equal(t, tc.want[0]+"@mail.test", c.PrimaryEmail.Email)
			require.Equal(t, tc.want[0], c.PrimaryPhone.Phone)
		}
		t.Run(tc.name+", create", func(t *testing.T) {
			check(t, create(t, newStore(t), contacts.Info{Emails: emails, Phones: phones}))
		})
		t.Run(tc.name+", update", func(t *testing.T) {
			s := newStore(t)
			old := person("Ann", "old@mail.test", "older@mail.test")
			old.Phones = []contacts.Phone{{Number: "1"}, {Number: "2", Primary: true}}
			c, err := s.Update(t.Context(), create(t, s, old).ID, 1, contacts.Patch{
				Emails: contacts.Set(emails), Phones: contacts.Set(phones),
			}, nil)
			require.NoError(t, err)
			check(t, c)
		})
	}
}

func TestMultiplePrimaries(t *testing.T) {
	email := func(primary bool) contacts.Email { return contacts.Email{Address: "a@mail.test", Primary: primary} }
	phone := func(primary bool) contacts.Phone { return contacts.Phone{Number: "5", Primary: primary} }
	for _, tc := range []struct {
		name   string
		emails []contacts.Email
		phones []contacts.Phone
		want   contacts.Code
	}{
		{"PRI-1 two emails", []contacts.Email{email(true), email(true)}, nil, contacts.ErrMultiplePrimary},
		{"PRI-1 two phones", nil, []contacts.Phone{phone(true), phone(true)}, contacts.ErrMultiplePrimary},
		{
			"PRI-1 two of three emails", []contacts.Email{email(true), email(false), email(true)}, nil,
			contacts.ErrMultiplePrimary,
		},
		{"PRI-1 fifty phones", nil, repeated(50, phone(true)), contacts.ErrMultiplePrimary},
		{
			"PRI-1 fine emails, two phones", []contacts.Email{email(true)},
			[]contacts.Phone{phone(true), phone(true)}, contacts.ErrMultiplePrimary,
		},
		{"PRI-1 one of each is fine", []contacts.Email{email(true)}, []contacts.Phone{phone(true)}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			_, err := s.Create(t.Context(), contacts.Info{Emails: tc.emails, Phones: tc.phones}, nil)
			require.Equal(t, tc.want, contacts.CodeOf(err))

			s = newStore(t)
			c := create(t, s, person("Ann"))
			_, err = s.Update(t.Context(), c.ID, 1, contacts.Patch{
				Emails: contacts.Set(tc.emails), Phones: contacts.Set(tc.phones),
			}, nil)
			require.Equal(t, tc.want, contacts.CodeOf(err))
		})
	}

	t.Run("PRI-1 another primary than before is not a second one", func(t *testing.T) {
		s := newStore(t)
		c := create(t, s, person("Ann", "a@mail.test"))
		c, err := s.Update(t.Context(), c.ID, 1, contacts.Patch{Emails: contacts.Set([]contacts.Email{
			{Address: "a@mail.test"}, {Address: "b@mail.test", Primary: true},
		})}, nil)
		require.NoError(t, err)
		require.Equal(t, "b@mail.test", c.PrimaryInfo.Email)
	})
}

func TestPrimaryInfo(t *testing.T) {
	t.Run("PRI-5 the phone as typed", func(t *testing.T) {
		c := create(t, newStore(t), contacts.Info{Phones: []contacts.Phone{{Number: "(646) 567-6359\t", CountryCode: "US"}}})
		require.Equal(t, contacts.PrimaryInfo{Phone: "(646) 567-6359\t"}, c.PrimaryInfo)
	})
	t.Run("PRI-5 the email as typed", func(t *testing.T) {
		c := create(t, newStore(t), person("", " Ann@Mail.TEST "))
		require.Equal(t, contacts.PrimaryInfo{Email: " Ann@Mail.TEST "}, c.PrimaryInfo)
	})
	t.Run("PRI-5 a name only", func(t *testing.T) {
		require.Zero(t, create(t, newStore(t), person("Ann")).PrimaryInfo)
	})
	t.Run("PRI-5 cleared with the lists", func(t *testing.T) {
		s := newStore(t)
		info := person("Ann", "a@mail.test")
		info.Phones = []contacts.Phone{{Number: "5"}}
		c, err := s.Update(t.Context(), create(t, s, info).ID, 1, contacts.Patch{
			Emails: contacts.Set[[]contacts.Email](nil), Phones: contacts.Set([]contacts.Phone{}),
		}, nil)
		require.NoError(t, err)
		require.Zero(t, c.PrimaryInfo)
		require.Zero(t, c.PrimaryEmail)
		require.Zero(t, c.PrimaryPhone)
	})
}

func TestPrimaryStatuses(t *testing.T) {
	notSet := contacts.PrimaryEmail{
		Email:                "a@mail.test",
		SubscriptionStatus:   "NOT_SET",
		DeliverabilityStatus: "NOT_SET",
	}
	t.Run("DRV-2 an email", func(t *testing.T) {
		require.Equal(t, notSet, create(t, newStore(t), person("", "a@mail.test", "b@mail.test")).PrimaryEmail)
	})
	t.Run("DRV-2 no email", func(t *testing.T) {
		require.Zero(t, create(t, newStore(t), person("Ann")).PrimaryEmail)
	})
	for _, tc := range []struct {
		name  string
		phone contacts.Phone
		want  contacts.PrimaryPhone
	}{
		{
			"DRV-3 a valid number", contacts.Phone{Number: "646-567-6359", CountryCode: "US", Tag: contacts.PhoneWork},
			contacts.PrimaryPhone{
				Phone: "646-567-6359", CountryCode: "US", E164: "+16465676359", Formatted: "+1 646-567-6359",
				SubscriptionStatus: "NOT_SET", DeliverabilityStatus: "NOT_SET",
			},
		},
		{
			"DRV-3 not a valid number", contacts.Phone{Number: "(722)-138-3099", CountryCode: "US"},
			contacts.PrimaryPhone{
				Phone: "(722)-138-3099", CountryCode: "US",
				SubscriptionStatus: "NO_SUBSCRIPTION_STATUS", DeliverabilityStatus: "NO_PHONE_DELIVERABILITY_STATUS",
			},
		},
		{
			"DRV-3 no country", contacts.Phone{Number: "+1 646-567-6359"},
			contacts.PrimaryPhone{
				Phone:              "+1 646-567-6359",
				SubscriptionStatus: "NO_SUBSCRIPTION_STATUS", DeliverabilityStatus: "NO_PHONE_DELIVERABILITY_STATUS",
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := create(t, newStore(t), contacts.Info{Phones: []contacts.Phone{{Number: "5"}, primaryPhone(tc.phone)}})
			require.Equal(t, tc.want, c.PrimaryPhone)
		})
	}
	t.Run("DRV-3 no phone", func(t *testing.T) {
		require.Zero(t, create(t, newStore(t), person("Ann")).PrimaryPhone)
	})
}

func primaryPhone(p contacts.Phone) contacts.Phone {
	p.Primary = true
	return p
}

// Keys of derived extended fields.
const (
	keyDisplayFirst   = "contacts.displayByFirstName"
	keyDisplayLast    = "contacts.displayByLastName"
	keyEffectiveEmail = "emailSubscriptions.effectiveEmail"
	keySubscription   = "emailSubscriptions.subscriptionStatus"
	keyDelivery       = "emailSubscriptions.deliverabilityStatus"
)

func TestDerivedFields(t *testing.T) {
	for _, tc := range []struct {
		name string
		info contacts.Info
		want map[string]any
	}{
		{
			"DRV-4 both parts", contacts.Info{Name: contacts.Name{First: "Ann", Last: "Lee"}},
			map[string]any{keyDisplayFirst: "Ann Lee", keyDisplayLast: "Lee Ann"},
		},
		{
			"DRV-4 a first name", contacts.Info{Name: contacts.Name{First: "Ann"}},
			map[string]any{keyDisplayFirst: "Ann", keyDisplayLast: "Ann"},
		},
		{
			"DRV-4 a last name", contacts.Info{Name: contacts.Name{Last: "Lee"}},
			map[string]any{keyDisplayFirst: "Lee", keyDisplayLast: "Lee"},
		},
		{
			"DRV-4 parts of several words", contacts.Info{Name: contacts.Name{First: "Ann Mary", Last: "van der Lee"}},
			map[string]any{keyDisplayFirst: "Ann Mary van der Lee", keyDisplayLast: "van der Lee Ann Mary"},
		},
		{
			"DRV-4 a part that shows nothing", contacts.Info{Name: contacts.Name{First: "\u200b", Last: "Lee"}},
			map[string]any{keyDisplayFirst: "Lee", keyDisplayLast: "Lee"},
		},
		{
			"DRV-4 a part of spaces", contacts.Info{Name: contacts.Name{First: "Ann", Last: " \ufeff"}},
			map[string]any{keyDisplayFirst: "Ann", keyDisplayLast: "Ann"},
		},
		{
			"DRV-4 parts as stored", contacts.Info{Name: contacts.Name{First: " می\u200cخواهم", Last: "Lee\u200b"}},
			map[string]any{
				keyDisplayFirst: " می\u200cخواهم Lee\u200b", keyDisplayLast: "Lee\u200b  می\u200cخواهم",
			},
		},
		{
			"DRV-4 parts that show nothing", contacts.Info{
				Name: contacts.Name{First: "\u2060", Last: "\u3164"}, Phones: []contacts.Phone{{Number: "5"}},
			},
			map[string]any{},
		},
		{"DRV-4 no name", contacts.Info{Phones: []contacts.Phone{{Number: "5"}}}, map[string]any{}},
		{
			"DRV-6 the primary email",
			contacts.Info{Emails: []contacts.Email{{Address: "a@mail.test"}, {Address: "B@mail.test", Primary: true}}},
			map[string]any{keyEffectiveEmail: "B@mail.test", keySubscription: "NOT_SET", keyDelivery: "NOT_SET"},
		},
		{
			"DRV-6 no email", contacts.Info{Name: contacts.Name{First: "Ann"}, Phones: []contacts.Phone{{Number: "5"}}},
			map[string]any{keyDisplayFirst: "Ann", keyDisplayLast: "Ann"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := create(t, newStore(t), tc.info)
			require.Equal(t, tc.want, nonNil(c.Info.ExtendedFields))
		})
	}
}

func nonNil(values map[string]any) map[string]any {
	if values == nil {
		return map[string]any{}
	}
	return values
}

func TestDerivedAnew(t *testing.T) {
	s := newStore(t)
	c := create(t, s, contacts.Info{
		Name:   contacts.Name{First: "Ann", Last: "Lee"},
		Emails: []contacts.Email{{Address: "a@mail.test"}},
		Phones: []contacts.Phone{{Number: "646-567-6359", CountryCode: "US"}},
	})
	for _, tc := range []struct {
		name  string
		patch contacts.Patch
		check func(t *testing.T, c *contacts.Contact)
	}{
		{
			"DRV-1 a new last name", contacts.Patch{LastName: contacts.Set("Fox")},
			func(t *testing.T, c *contacts.Contact) {
				require.Equal(t, "Ann Fox", c.Info.ExtendedFields[keyDisplayFirst])
				require.Equal(t, "Fox Ann", c.Info.ExtendedFields[keyDisplayLast])
				require.Equal(t, "a@mail.test", c.Info.ExtendedFields[keyEffectiveEmail])
			},
		},
		{
			"DRV-1 something else changes nothing derived", contacts.Patch{Company: contacts.Set("Acme")},
			func(t *testing.T, c *contacts.Contact) {
				require.Equal(t, "Ann Fox", c.Info.ExtendedFields[keyDisplayFirst])
				require.Equal(t, "+16465676359", c.Info.Phones[0].E164)
				require.Equal(t, "+16465676359", c.PrimaryPhone.E164)
				require.Equal(t, contacts.PrimaryInfo{Email: "a@mail.test", Phone: "646-567-6359"}, c.PrimaryInfo)
			},
		},
		{
			"DRV-1 another phone", contacts.Patch{Phones: contacts.Set([]contacts.Phone{
				{Number: "62183848", CountryCode: "DK", E164: "+16465676359", Formatted: "+1 646-567-6359"},
			})},
			func(t *testing.T, c *contacts.Contact) {
				require.Equal(t, "+4562183848", c.Info.Phones[0].E164)
				require.Equal(t, "+4562183848", c.PrimaryPhone.E164)
				require.Equal(t, "+45 62 18 38 48", c.PrimaryPhone.Formatted)
			},
		},
		{
			"DRV-1 the phone loses its country", contacts.Patch{Phones: contacts.Set([]contacts.Phone{
				{Number: "62183848", E164: "+4562183848", Formatted: "+45 62 18 38 48"},
			})},
			func(t *testing.T, c *contacts.Contact) {
				require.Empty(t, c.Info.Phones[0].E164)
				require.Equal(t, contacts.SubscriptionNoStatus, c.PrimaryPhone.SubscriptionStatus)
			},
		},
		{
			"DRV-1 another primary email", contacts.Patch{Emails: contacts.Set([]contacts.Email{
				{Address: "a@mail.test"}, {Address: "b@mail.test", Primary: true},
			})},
			func(t *testing.T, c *contacts.Contact) {
				require.Equal(t, "b@mail.test", c.Info.ExtendedFields[keyEffectiveEmail])
				require.Equal(t, "b@mail.test", c.PrimaryEmail.Email)
			},
		},
		{
			"DRV-1 no email any more", contacts.Patch{Emails: contacts.Set([]contacts.Email{})},
			func(t *testing.T, c *contacts.Contact) {
				for _, key := range []string{keyEffectiveEmail, keySubscription, keyDelivery} {
					require.NotContains(t, c.Info.ExtendedFields, key)
				}
			},
		},
		{
			"DRV-1 no name any more", contacts.Patch{FirstName: contacts.Set(""), LastName: contacts.Set("")},
			func(t *testing.T, c *contacts.Contact) {
				require.NotContains(t, c.Info.ExtendedFields, keyDisplayFirst)
				require.NotContains(t, c.Info.ExtendedFields, keyDisplayLast)
			},
		},
	} {
		ok := t.Run(tc.name, func(t *testing.T) {
			var err error
			c, err = s.Update(t.Context(), c.ID, c.Revision, tc.patch, nil)
			require.NoError(t, err)
			tc.check(t, c)
			stored, err := s.Get(t.Context(), c.ID, nil)
			require.NoError(t, err)
			require.True(t, c.Equal(stored))
		})
		require.True(t, ok, "each case builds on the one before")
	}
}

func TestAddressSentBack(t *testing.T) {
	park := contacts.Address{
		Tag: contacts.AddressHome, AddressLine: "3 Park Ave", City: "NY", Subdivision: "US-NY", PostalCode: "10010",
		Country: "US",
	}
	source := contacts.Address{AddressLine: "9278 Source Street", City: "København S", PostalCode: "31562", Country: "DK"}
	custom := contacts.Address{City: "Odense", Country: "DK", FormattedAddress: "Behind the elm"}
	long := contacts.Address{
		AddressLine: strings.Repeat("l", 1000), AddressLine2: strings.Repeat("m", 1000), City: "NY",
	}
	for _, tc := range []struct {
		name string
		edit func(list []contacts.Address) []contacts.Address // of what was read: park, source, custom, long
		want map[int]string                                   // texts that differ from what was read, by position
	}{
		{"nothing changed", func(list []contacts.Address) []contacts.Address { return list }, nil},
		{"the city", func(list []contacts.Address) []contacts.Address {
			list[0].City = "Troy"
			return list
		}, map[int]string{0: "3 Park Ave\nTroy, New York 10010\nUnited States"}},
		{"only the country", func(list []contacts.Address) []contacts.Address {
			list[1].Country = "SE"
			return list
		}, map[int]string{1: "9278 Source Street\n31562 København S\nSweden"}},
		{"a subdivision with a name", func(list []contacts.Address) []contacts.Address {
			list[0].Subdivision = "US-NJ"
			return list
		}, map[int]string{0: "3 Park Ave\nNY, New Jersey 10010\nUnited States"}},
		{"no subdivision any more", func(list []contacts.Address) []contacts.Address {
			list[0].Subdivision = ""
			return list
		}, map[int]string{0: "3 Park Ave\n10010 NY\nUnited States"}},
		{"a street in parts in place of a line", func(list []contacts.Address) []contacts.Address {
			list[0].AddressLine, list[0].StreetAddress = "", &contacts.StreetAddress{Number: "4", Name: "Elm Row"}
			return list
		}, map[int]string{0: "4 Elm Row\nNY, New York 10010\nUnited States"}},
		{"all of them, in another order", func(list []contacts.Address) []contacts.Address {
			list[0].PostalCode, list[1].City, list[2].City, list[3].City = "10011", "Aarhus", "Troy", "Troy"
			list[0], list[1] = list[1], list[0]
			return list
		}, map[int]string{
			0: "9278 Source Street\n31562 Aarhus\nDenmark", 1: "3 Park Ave\nNY, New York 10011\nUnited States",
		}},
		{"every part gone", func(list []contacts.Address) []contacts.Address {
			list[0] = contacts.Address{ID: list[0].ID, FormattedAddress: list[0].FormattedAddress}
			return list
		}, map[int]string{0: ""}},
		{"a part that is not in the text", func(list []contacts.Address) []contacts.Address {
			list[0].Hint, list[0].Tag = "Blue door", contacts.AddressWork
			return list
		}, nil},
		{"text that the caller typed before", func(list []contacts.Address) []contacts.Address {
			list[2].City = "Troy"
			return list
		}, nil},
		{"text that the caller types now", func(list []contacts.Address) []contacts.Address {
			list[0].City, list[0].FormattedAddress = "Troy", "3 Park Ave, Troy"
			return list
		}, map[int]string{0: "3 Park Ave, Troy"}},
		{"text that differs in a space", func(list []contacts.Address) []contacts.Address {
			list[0].City, list[0].FormattedAddress = "Troy", list[0].FormattedAddress+" "
			return list
		}, map[int]string{0: "3 Park Ave\nNY, New York 10010\nUnited States "}},
		{"text of the new parts", func(list []contacts.Address) []contacts.Address {
			list[0].City, list[0].FormattedAddress = "Troy", "3 Park Ave\nTroy, New York 10010\nUnited States"
			return list
		}, map[int]string{0: "3 Park Ave\nTroy, New York 10010\nUnited States"}},
		{"no text", func(list []contacts.Address) []contacts.Address {
			list[0].City, list[0].FormattedAddress = "Troy", ""
			return list
		}, map[int]string{0: "3 Park Ave\nTroy, New York 10010\nUnited States"}},
		{"no ID", func(list []contacts.Address) []contacts.Address {
			list[0].City, list[0].ID = "Troy", uuid.Nil
			return list
		}, nil},
		{"an unknown ID", func(list []contacts.Address) []contacts.Address {
			list[0].City, list[0].ID = "Troy", missingID
			return list
		}, nil},
		{"the IDs of two addresses, swapped", func(list []contacts.Address) []contacts.Address {
			list[0].City, list[1].City = "Troy", "Aarhus"
			list[0].ID, list[1].ID = list[1].ID, list[0].ID
			return list
		}, nil},
		{"the same ID twice: the second is a new address", func(list []contacts.Address) []contacts.Address {
			list[0].City = "Troy"
			return append(list, list[0])
		}, map[int]string{
			0: "3 Park Ave\nTroy, New York 10010\nUnited States", 4: "3 Park Ave\nNY, New York 10010\nUnited States",
		}},
		{"a part beyond the 2000 characters of the text", func(list []contacts.Address) []contacts.Address {
			list[3].City = "Troy"
			return list
		}, nil},
		{"a part within the 2000 characters of the text", func(list []contacts.Address) []contacts.Address {
			list[3].AddressLine = "1"
			return list
		}, map[int]string{3: "1\n" + strings.Repeat("m", 1000) + "\nNY"}},
	} {
		for way, write := range map[string]func(s *contacts.Store, c *contacts.Contact, list []contacts.Address) error{
			"Update": func(s *contacts.Store, c *contacts.Contact, list []contacts.Address) error {
				_, err := s.Update(t.Context(), c.ID, c.Revision, contacts.Patch{Addresses: contacts.Set(list)}, nil)
				return err
			},
			"Batch": func(s *contacts.Store, c *contacts.Contact, list []contacts.Address) error {
				op := contacts.UpdateOp{ID: c.ID, Revision: c.Revision, Patch: contacts.Patch{Addresses: contacts.Set(list)}}
				_, err := s.Batch(t.Context(), []contacts.Operation{op}, &contacts.BatchOptions{AllOrNothing: true})
				return err
			},
			"BulkUpdate": func(s *contacts.Store, c *contacts.Contact, list []contacts.Address) error {
				_, err := s.BulkUpdate(t.Context(), contacts.Selection{Filter: contacts.Eq("id", c.ID.String())},
					contacts.Patch{Addresses: contacts.Set(list)}, nil)
				return err
			},
			"a masked patch": func(s *contacts.Store, c *contacts.Contact, list []contacts.Address) error {
				patch := contacts.Patch{Addresses: contacts.Set(list), Company: contacts.Set("ignored")}
				_, err := s.Update(t.Context(), c.ID, c.Revision, patch.Masked([]string{"info.addresses.items"}), nil)
				return err
			},
			"JSON": func(s *contacts.Store, c *contacts.Contact, list []contacts.Address) error {
				text, err := json.Marshal(contacts.Patch{Addresses: contacts.Set(list)})
				require.NoError(t, err)
				text = []byte(strings.ReplaceAll(string(text), `"formattedAddress":`, `"formatted":`)) // as the SDK does
				var patch contacts.Patch
				require.NoError(t, json.Unmarshal(text, &patch))
				_, err = s.Update(t.Context(), c.ID, c.Revision, patch, nil)
				return err
			},
		} {
			t.Run("DRV-5 sent back by "+way+", "+tc.name, func(t *testing.T) {
				s := newStore(t)
				info := person("Ann")
				info.Addresses = []contacts.Address{park, source, custom, long}
				ann := create(t, s, info)
				list := tc.edit(ann.Clone().Info.Addresses)
				var want []string
				for i, a := range list {
					text, differs := tc.want[i]
					if !differs {
						text = a.FormattedAddress
					}
					want = append(want, text)
				}
				require.NoError(t, write(s, ann, list))
				got, err := s.Get(t.Context(), ann.ID, nil)
				require.NoError(t, err)
				var texts []string
				for _, a := range got.Info.Addresses {
					texts = append(texts, a.FormattedAddress)
				}
				require.Equal(t, want, texts)
				old, err := s.Snapshot().Get(ann.ID)
				require.NoError(t, err)
				requireContact(t, got, old)
				requireLoads(t, s)
			})
		}
	}
	t.Run("DRV-5 STO-5 the patch of the caller does not change", func(t *testing.T) {
		s := newStore(t)
		info := person("Ann")
		info.Addresses = []contacts.Address{park}
		ann := create(t, s, info)
		list := ann.Clone().Info.Addresses
		list[0].City = "Troy"
		patch := contacts.Patch{Addresses: contacts.Set(list)}
		c := update(t, s, ann, patch)
		require.Equal(t, ann.Info.Addresses[0].FormattedAddress, list[0].FormattedAddress)
		require.NotEqual(t, c.Info.Addresses[0].FormattedAddress, list[0].FormattedAddress)
	})
	t.Run("DRV-5 only the contact with the ID, by BulkUpdate", func(t *testing.T) {
		s := newStore(t)
		info := person("Ann")
		info.Addresses = []contacts.Address{park}
		ann := create(t, s, info)
		bo := create(t, s, info)
		list := ann.Clone().Info.Addresses
		list[0].City = "Troy"
		_, err := s.BulkUpdate(t.Context(), contacts.Selection{Search: "Ann"},
			contacts.Patch{Addresses: contacts.Set(list)}, nil)
		require.NoError(t, err)
		for id, want := range map[uuid.UUID]string{
			ann.ID: "3 Park Ave\nTroy, New York 10010\nUnited States", bo.ID: ann.Info.Addresses[0].FormattedAddress,
		} {
			c, err := s.Get(t.Context(), id, nil)
			require.NoError(t, err)
			require.Equal(t, want, c.Info.Addresses[0].FormattedAddress)
		}
	})
}

func TestFormattedAddress(t *testing.T) {
	long := strings.Repeat("\U0001D11E", 1000)
	for _, tc := range []struct {
		name    string
		address contacts.Address
		want    string
	}{
		{
			"DRV-5 with a subdivision",
			contacts.Address{
				AddressLine: "3 Park Ave", City: "NY", Subdivision: "US-NY", PostalCode: "10010", Country: "US",
			},
			"3 Park Ave\nNY, New York 10010\nUnited States",
		},
		{
			"DRV-5 without a subdivision",
			contacts.Address{AddressLine: "9278 Source Street", City: "København S", PostalCode: "31562", Country: "DK"},
			"9278 Source Street\n31562 København S\nDenmark",
		},
		{"DRV-5 only a city", contacts.Address{City: "NY"}, "NY"},
		{
			"DRV-5 street, city and country", contacts.Address{AddressLine: "12 Park Ave", City: "Haifa", Country: "IL"},
			"12 Park Ave\nHaifa\nIsrael",
		},
		{
			"DRV-5 a street in parts",
			contacts.Address{
				StreetAddress: &contacts.StreetAddress{Number: "3", Name: "Park Ave"}, City: "NY", Country: "US",
			},
			"3 Park Ave\nNY\nUnited States",
		},
		{
			"DRV-5 a street with a line of its own",
			contacts.Address{StreetAddress: &contacts.StreetAddress{
				Number: "3", Name: "Park Ave", Apt: "4 B", FormattedAddressLine: "Park Avenue 3",
			}},
			"Park Avenue 3",
		},
		{
			"DRV-5 an apartment and a second line",
			contacts.Address{
				StreetAddress: &contacts.StreetAddress{Number: "3", Name: "Park Ave", Apt: "4 B"},
				AddressLine2:  "left door", City: "Troy",
			},
			"3 Park Ave 4 B\nleft door\nTroy",
		},
		{
			"DRV-5 parts that show nothing", contacts.Address{
				AddressLine: "\u200b", AddressLine2: " ", City: "Odense", PostalCode: "\ufeff", Country: "DK",
			},
			"Odense\nDenmark",
		},
		{"DRV-5 only a country", contacts.Address{Country: "DK"}, "Denmark"},
		{"DRV-5 only a postal code", contacts.Address{PostalCode: "31562"}, "31562"},
		{"DRV-5 only a subdivision", contacts.Address{Subdivision: "US-NY"}, "New York"},
		{"DRV-5 city and subdivision", contacts.Address{City: "Troy", Subdivision: "US-NY"}, "Troy, New York"},
		{
			"DRV-5 subdivision and postal code", contacts.Address{Subdivision: "US-NY", PostalCode: "12180"},
			"New York 12180",
		},
		{
			"DRV-5 the name of a subdivision is not known",
			contacts.Address{City: "Troy", Subdivision: "US-ZZ", PostalCode: "12180", Country: "US"},
			"Troy, ZZ 12180\nUnited States",
		},
		{"DRV-5 a hint is no address", contacts.Address{Hint: "ring twice"}, ""},
		{
			"DRV-5 sent", contacts.Address{City: "Odense", Country: "DK", FormattedAddress: " over\nthere "},
			" over\nthere ",
		},
		{
			"DRV-5 longer than an address may be",
			contacts.Address{AddressLine: long, AddressLine2: long, City: long},
			long + "\n" + strings.Repeat("\U0001D11E", 999),
		},
		{
			"DRV-5 as long as an address may be",
			contacts.Address{AddressLine: long, City: strings.Repeat("\U0001D11E", 999)},
			long + "\n" + strings.Repeat("\U0001D11E", 999),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			info := person("Ann")
			info.Addresses = []contacts.Address{{City: "Aarhus"}, tc.address}
			c := create(t, s, info)
			require.Equal(t, "Aarhus", c.Info.Addresses[0].FormattedAddress)
			require.Equal(t, tc.want, c.Info.Addresses[1].FormattedAddress)
			require.LessOrEqual(t, utf8.RuneCountInString(c.Info.Addresses[1].FormattedAddress), 2000)

			// The store accepts its own result.
			again, err := s.Update(t.Context(), c.ID, 1, contacts.Patch{Addresses: contacts.Set(c.Info.Addresses)}, nil)
			require.NoError(t, err)
			require.Equal(t, c.Info.Addresses, again.Info.Addresses)

			// Once cleared, it is recomputed.
			if tc.address.FormattedAddress == "" {
				again.Info.Addresses[1].FormattedAddress = ""
				again, err = s.Update(t.Context(), c.ID, 2, contacts.Patch{
					Addresses: contacts.Set(again.Info.Addresses),
				}, nil)
				require.NoError(t, err)
				require.Equal(t, tc.want, again.Info.Addresses[1].FormattedAddress)
			}
		})
	}

	t.Run("DRV-5 every country has a name", func(t *testing.T) {
		s := newLab(t, checkLarge)
		codes := make(map[string]string)
		for code := range strings.FieldsSeq(isoCountries + " XK") {
			info := person("Ann")
			info.Addresses = []contacts.Address{{Country: code}}
			name := create(t, s.Store, info).Info.Addresses[0].FormattedAddress
			require.Greater(t, len(name), 3, code)
			require.NotContains(t, strings.ToLower(name), "unknown", code)
			require.NotContains(t, codes, name, code)
			codes[name] = code
		}
	})
}

func TestSource(t *testing.T) {
	wix := contacts.Source{SourceType: contacts.SourceWixApp, AppID: "manual"}
	imported := contacts.Source{SourceType: contacts.SourceImport}
	other := contacts.Source{SourceType: contacts.SourceOther}
	for _, tc := range []struct {
		name        string
		byDefault   contacts.Source
		given, want contacts.Source
	}{
		{"SRC-1 neither", contacts.Source{}, contacts.Source{}, other},
		{"SRC-1 of the options", wix, contacts.Source{}, wix},
		{"SRC-1 of the call", contacts.Source{}, imported, imported},
		{"SRC-1 the call wins", wix, imported, imported},
		{"SRC-1 the call wins with OTHER", wix, other, other},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opts := fixed()
			opts.DefaultSource = tc.byDefault
			s := openStore(t, opts)
			c, err := s.Create(t.Context(), person("Ann"), &contacts.CreateOptions{Source: tc.given})
			require.NoError(t, err)
			require.Equal(t, tc.want, c.Source)
			c, err = s.Update(t.Context(), c.ID, 1, contacts.Patch{Company: contacts.Set("Acme")}, nil)
			require.NoError(t, err)
			require.Equal(t, tc.want, c.Source)
		})
	}
	t.Run("SRC-1 an app without a type is OTHER", func(t *testing.T) {
		opts := fixed()
		opts.DefaultSource = wix
		c, err := openStore(t, opts).Create(t.Context(), person("Ann"), &contacts.CreateOptions{
			Source: contacts.Source{AppID: "v4.createContact"},
		})
		require.NoError(t, err)
		require.Equal(t, contacts.Source{SourceType: contacts.SourceOther, AppID: "v4.createContact"}, c.Source)
	})
	t.Run("SRC-1 without options", func(t *testing.T) {
		c, err := newStore(t).Create(t.Context(), person("Ann"), nil)
		require.NoError(t, err)
		require.Equal(t, other, c.Source)
	})
	t.Run("SRC-1 a default that is no source", func(t *testing.T) {
		_, err := contacts.New(&contacts.Options{DefaultSource: contacts.Source{SourceType: "other", AppID: "\x00"}})
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
		require.Equal(t, []contacts.Violation{
			badFormat("DefaultSource.sourceType", contacts.FormatEnum),
			badFormat("DefaultSource.appId", contacts.FormatText),
		}, violations(t, err))
	})
}
