package contactstest

import (
	"strings"

	"github.com/contactsdb/contacts"
)

// Keys of extended fields of the system.
const (
	keyByFirst       = "contacts.displayByFirstName"
	keyByLast        = "contacts.displayByLastName"
	keyVATID         = "invoices.vatId"
	keyMembership    = "members.membershipStatus"
	keyEffective     = "emailSubscriptions.effectiveEmail"
	keySubscription  = "emailSubscriptions.subscriptionStatus"
	keyDelivery      = "emailSubscriptions.deliverabilityStatus"
	keySpentAmount   = "ecom.totalSpentAmount"
	keySpentCurrency = "ecom.totalSpentCurrency"
)

// flagged returns emails and phones of these names; a star flags one as primary.
func flagged(names string) ([]contacts.Email, []contacts.Phone) {
	var emails []contacts.Email
	var phones []contacts.Phone
	for name := range strings.FieldsSeq(names) {
		name, star := strings.CutSuffix(name, "*")
		emails = append(emails, contacts.Email{Address: name + "@example.com", Primary: star})
		phones = append(phones, contacts.Phone{Number: name, Primary: star})
	}
	return emails, phones
}

// primaryFirst requires emails and phones of these names, in this order, with only the first of each primary.
func primaryFirst(k *kit, c *contacts.Contact, names string) {
	k.Helper()
	var gotEmails, gotPhones []string
	for i, e := range c.Info.Emails {
		gotEmails = append(gotEmails, strings.TrimSuffix(e.Address, "@example.com"))
		same(k, "primary of an email of "+names, i == 0, e.Primary)
	}
	for i, p := range c.Info.Phones {
		gotPhones = append(gotPhones, p.Number)
		same(k, "primary of a phone of "+names, i == 0, p.Primary)
	}
	same(k, "emails", names, strings.Join(gotEmails, " "))
	same(k, "phones", names, strings.Join(gotPhones, " "))
	first, _, _ := strings.Cut(names, " ")
	same(k, "primaryInfo", contacts.PrimaryInfo{Email: first + "@example.com", Phone: first}, c.PrimaryInfo)
	same(k, "primaryEmail", first+"@example.com", c.PrimaryEmail.Email)
	same(k, "primaryPhone", first, c.PrimaryPhone.Phone)
}

// orders gives emails and phones to Create and Update and requires them in this order.
func orders(k *kit, given, want string) {
	k.Helper()
	emails, phones := flagged(given)
	primaryFirst(k, k.create(contacts.Info{Emails: emails, Phones: phones}), want)
	oldEmails, oldPhones := flagged("x y*")
	c := k.create(contacts.Info{Emails: oldEmails, Phones: oldPhones})
	primaryFirst(k, k.update(c, contacts.Patch{Emails: contacts.Set(emails), Phones: contacts.Set(phones)}), want)
}

// derivedCases are those of PRI, DRV and SRC.
var derivedCases = []conformCase{
	{"PRI-1 two primary items of one list", Needs{}, func(k *kit) {
		emails, phones := flagged("a* b c*")
		fine := []contacts.Email{{Address: "d@example.com", Primary: true}}
		for _, info := range []contacts.Info{{Emails: emails}, {Phones: phones}, {Emails: fine, Phones: phones}} {
			k.tryCreate(info).fails(k, contacts.ErrMultiplePrimary)
			c := k.create(person("Ada"))
			k.tryUpdate(c, contacts.Patch{
				Emails: contacts.Set(info.Emails), Phones: contacts.Set(info.Phones),
			}).fails(k, contacts.ErrMultiplePrimary)
		}
		one, other := flagged("d*")
		k.create(contacts.Info{Emails: one, Phones: other})
	}},
	{"PRI-1 another primary item than before is not a second one", Needs{}, func(k *kit) {
		c := k.create(person("Ada", "a@example.com"))
		emails := append(c.Info.Emails, contacts.Email{Address: "b@example.com", Primary: true})
		emails[0].Primary = false
		c = k.update(c, contacts.Patch{Emails: contacts.Set(emails)})
		same(k, "primary email", "b@example.com", c.PrimaryInfo.Email)
	}},
	{"PRI-2 the first item is primary if none is flagged", Needs{}, func(k *kit) {
		orders(k, "1", "1")
		orders(k, "1 2 3", "1 2 3")
	}},
	{"PRI-3 the primary item comes first", Needs{}, func(k *kit) {
		orders(k, "1* 2 3", "1 2 3")
		orders(k, "1 2* 3", "2 1 3")
		orders(k, "1 2 3 4*", "4 1 2 3")
	}},
	{"PRI-4 no other item is primary", Needs{}, func(k *kit) {
		orders(k, "1 1 1", "1 1 1")
		orders(k, "1 1* 2 1", "1 1 2 1")
	}},
	{"PRI-5 primaryInfo as typed", Needs{}, func(k *kit) {
		info := caller("", "US", "(646) 567-6359\t")
		info.Emails = []contacts.Email{{Address: " Ada@Example.COM "}}
		c := k.create(info)
		want := contacts.PrimaryInfo{Email: " Ada@Example.COM ", Phone: "(646) 567-6359\t"}
		same(k, "primaryInfo", want, c.PrimaryInfo)
		c = k.update(c, contacts.Patch{
			FirstName: contacts.Set("Ada"), Emails: contacts.Set[[]contacts.Email](nil),
			Phones: contacts.Set([]contacts.Phone{}),
		})
		same(k, "primaryInfo without emails and phones", contacts.PrimaryInfo{}, c.PrimaryInfo)
		same(k, "primaryEmail", contacts.PrimaryEmail{}, c.PrimaryEmail)
		same(k, "primaryPhone", contacts.PrimaryPhone{}, c.PrimaryPhone)
	}},
	{"DRV-1 derived values follow from the present ones", Needs{}, func(k *kit) {
		info := caller("Ada", "US", "646-567-6359")
		info.Name.Last, info.Emails = "Byron", []contacts.Email{{Address: "a@example.com"}}
		info.ExtendedFields = map[string]any{keyByFirst: 7, keyEffective: "x@example.com"}
		c := k.create(info)
		same(k, keyByFirst, any("Ada Byron"), c.Info.ExtendedFields[keyByFirst])
		same(k, keyEffective, any("a@example.com"), c.Info.ExtendedFields[keyEffective])
		c = k.update(c, contacts.Patch{LastName: contacts.Set("King")})
		same(k, keyByFirst, any("Ada King"), c.Info.ExtendedFields[keyByFirst])
		same(k, keyByLast, any("King Ada"), c.Info.ExtendedFields[keyByLast])
		same(k, keyEffective, any("a@example.com"), c.Info.ExtendedFields[keyEffective])
		c = k.update(c, contacts.Patch{Phones: contacts.Set([]contacts.Phone{
			{Number: "62183848", CountryCode: "DK", E164: "+16465676359", Formatted: "+1 646-567-6359"},
		})})
		same(k, "e164Phone", "+4562183848", c.Info.Phones[0].E164)
		same(k, "primaryPhone", "+45 62 18 38 48", c.PrimaryPhone.Formatted)
		c = k.update(c, contacts.Patch{Phones: contacts.Set([]contacts.Phone{{Number: "62183848", E164: "+4562183848"}})})
		same(k, "e164Phone without a country", "", c.Info.Phones[0].E164)
		same(k, "status without a country", contacts.SubscriptionNoStatus, c.PrimaryPhone.SubscriptionStatus)
		c = k.update(c, contacts.Patch{Emails: contacts.Set([]contacts.Email{
			{Address: "a@example.com"}, {Address: "b@example.com", Primary: true},
		})})
		same(k, keyEffective, any("b@example.com"), c.Info.ExtendedFields[keyEffective])
		same(k, "the contact as read", c, k.get(c.ID))
	}},
	{"DRV-2 the primary email and its statuses", Needs{}, func(k *kit) {
		c := k.create(person("", "a@example.com", "b@example.com"))
		same(k, "primaryEmail", contacts.PrimaryEmail{
			Email: "a@example.com", SubscriptionStatus: "NOT_SET", DeliverabilityStatus: "NOT_SET",
		}, c.PrimaryEmail)
		same(k, "primaryEmail without an email", contacts.PrimaryEmail{}, k.create(person("Ada")).PrimaryEmail)
	}},
	{"DRV-3 the primary phone and its statuses", Needs{}, func(k *kit) {
		c := k.create(caller("", "US", "646-567-6359"))
		same(k, "primaryPhone of a valid number", contacts.PrimaryPhone{
			Phone: "646-567-6359", CountryCode: "US", E164: "+16465676359", Formatted: "+1 646-567-6359",
			SubscriptionStatus: "NOT_SET", DeliverabilityStatus: "NOT_SET",
		}, c.PrimaryPhone)
		c = k.create(caller("", "US", "(722)-138-3099"))
		same(k, "primaryPhone of another number", contacts.PrimaryPhone{
			Phone: "(722)-138-3099", CountryCode: "US",
			SubscriptionStatus: "NO_SUBSCRIPTION_STATUS", DeliverabilityStatus: "NO_PHONE_DELIVERABILITY_STATUS",
		}, c.PrimaryPhone)
		same(k, "primaryPhone without a phone", contacts.PrimaryPhone{}, k.create(person("Ada")).PrimaryPhone)
	}},
	{"DRV-4 display names", Needs{}, func(k *kit) {
		for _, tc := range []struct {
			name            contacts.Name
			byFirst, byLast any
		}{
			{contacts.Name{First: "Ada", Last: "Byron"}, "Ada Byron", "Byron Ada"},
			{contacts.Name{First: "Ada"}, "Ada", "Ada"},
			{contacts.Name{Last: "Byron"}, "Byron", "Byron"},
			{contacts.Name{First: "\u200b", Last: "Byron"}, "Byron", "Byron"},
			{contacts.Name{First: "Ada", Last: " \ufeff"}, "Ada", "Ada"},
			{contacts.Name{First: " Ada", Last: "Byron\u200b"}, " Ada Byron\u200b", "Byron\u200b  Ada"},
			{contacts.Name{First: "\u2060", Last: "\u3164"}, nil, nil},
			{contacts.Name{}, nil, nil},
		} {
			c := k.create(contacts.Info{Name: tc.name, Phones: []contacts.Phone{{Number: "5"}}})
			same(k, keyByFirst, tc.byFirst, c.Info.ExtendedFields[keyByFirst])
			same(k, keyByLast, tc.byLast, c.Info.ExtendedFields[keyByLast])
		}
	}},
	{"DRV-5 formatted addresses", Needs{}, func(k *kit) {
		park := &contacts.StreetAddress{Number: "3", Name: "Park Ave", Apt: "4"}
		for _, tc := range []struct {
			give contacts.Address
			want string
		}{
			{contacts.Address{City: "Odense"}, "Odense"},
			{contacts.Address{FormattedAddress: "at home", City: "Odense"}, "at home"},
			{
				contacts.Address{
					AddressLine: "Vestergade 1", AddressLine2: "2nd floor", City: "Odense", PostalCode: "5000", Country: "DK",
				},
				"Vestergade 1\n2nd floor\n5000 Odense\nDenmark",
			},
			{
				contacts.Address{
					StreetAddress: park, City: "New York", Subdivision: "US-NY", PostalCode: "10016", Country: "US",
				},
				"3 Park Ave 4\nNew York, New York 10016\nUnited States",
			},
			{contacts.Address{City: "Odense", Subdivision: "DK-ZZ"}, "Odense, ZZ"},
			{contacts.Address{AddressLine: " \u200b", City: "Odense"}, "Odense"},
		} {
			same(k, "formattedAddress", tc.want, k.accepts(address(tc.give)).Info.Addresses[0].FormattedAddress)
		}
	}},
	{"DRV-5 an address that is sent back", Needs{}, func(k *kit) {
		c := k.create(contacts.Info{Name: contacts.Name{First: "Ada"}, Addresses: []contacts.Address{
			{City: "Odense"}, {City: "Odense", FormattedAddress: "at home"},
		}})
		list := c.Info.Addresses
		list[0].City, list[1].City = "Aarhus", "Aarhus"
		c = k.update(c, contacts.Patch{Addresses: contacts.Set(list)})
		same(k, "a text that was composed", "Aarhus", c.Info.Addresses[0].FormattedAddress)
		same(k, "a text that was written", "at home", c.Info.Addresses[1].FormattedAddress)
	}},
	{"DRV-6 extended fields of the primary email", Needs{}, func(k *kit) {
		emails, _ := flagged("a B*")
		c := k.create(contacts.Info{Emails: emails})
		same(k, "extendedFields", map[string]any{
			keyEffective: "B@example.com", keySubscription: "NOT_SET", keyDelivery: "NOT_SET",
		}, c.Info.ExtendedFields)
		c = k.create(person("Ada"))
		same(k, "extendedFields without an email", map[string]any{keyByFirst: "Ada", keyByLast: "Ada"}, c.Info.ExtendedFields)
	}},
	{"SRC-1 the default is OTHER", Needs{}, func(k *kit) {
		same(k, "source", contacts.Source{SourceType: contacts.SourceOther}, k.create(person("Ada")).Source)
	}},
	{"SRC-1 the default of the options", with(func(o *contacts.Options) {
		o.DefaultSource = contacts.Source{SourceType: contacts.SourceWixApp, AppID: "app"}
	}), func(k *kit) {
		c := k.create(person("Ada"))
		same(k, "source", contacts.Source{SourceType: contacts.SourceWixApp, AppID: "app"}, c.Source)
	}},
	{"SRC-1 the source of the call", with(func(o *contacts.Options) {
		o.DefaultSource = contacts.Source{SourceType: contacts.SourceWixApp, AppID: "app"}
	}), func(k *kit) {
		for give, want := range map[contacts.Source]contacts.Source{
			{SourceType: contacts.SourceImport}: {SourceType: contacts.SourceImport},
			{SourceType: contacts.SourceOther}:  {SourceType: contacts.SourceOther},
			{AppID: "any text"}:                 {SourceType: contacts.SourceOther, AppID: "any text"},
		} {
			c := of(k.api().Create(k.ctx(), person("Ada"), &contacts.CreateOptions{Source: give})).ok(k)
			same(k, "source", want, c.Source)
			c = k.update(c, contacts.Patch{Company: contacts.Set("Acorn")})
			same(k, "source after an update", want, c.Source)
		}
	}},
}
