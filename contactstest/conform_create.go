package contactstest

import (
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// richInfo returns an info with a value for each member that needs no label and no extended field of a caller.
func richInfo(first string) contacts.Info {
	return contacts.Info{
		Name: contacts.Name{First: first, Last: "Quill"},
		Emails: []contacts.Email{
			{Tag: contacts.EmailWork, Address: first + "@example.com"}, {Address: first + ".home@example.com"},
		},
		Phones: []contacts.Phone{
			{Tag: contacts.PhoneMobile, CountryCode: "US", Number: "646-567-6359"}, {Number: "12 34"},
		},
		Addresses: []contacts.Address{
			{
				Tag: contacts.AddressHome, StreetAddress: &contacts.StreetAddress{Number: "3", Name: "Park Ave"},
				City: "New York", Subdivision: "US-NY", Country: "US", PostalCode: "10016", Hint: "ring twice",
				Geocode: &contacts.Geocode{Latitude: 40.5, Longitude: -73.25},
			},
			{AddressLine: "Vestergade 1", City: "Odense", Country: "DK"},
		},
		Company: "Acorn", JobTitle: "Analyst", Birthdate: "1990-05-17", Locale: "en-us",
		LabelKeys:      []string{labelContacted, labelCustomers},
		ExtendedFields: map[string]any{keyVATID: "XX 1"},
		Picture: &contacts.Picture{Image: contacts.Image{
			ID: "abc", URL: "https://example.com/a.png", Width: 3, Height: 4, AltText: "a", Filename: "a.png",
		}},
		Locations: someIDs(2), AssignedUserIDs: someIDs(1),
	}
}

// itemIDs returns the IDs of the emails, phones and addresses of a contact.
func itemIDs(c *contacts.Contact) []uuid.UUID {
	var ids []uuid.UUID
	for _, e := range c.Info.Emails {
		ids = append(ids, e.ID)
	}
	for _, p := range c.Info.Phones {
		ids = append(ids, p.ID)
	}
	for _, a := range c.Info.Addresses {
		ids = append(ids, a.ID)
	}
	return ids
}

// distinct requires n different IDs, none of them nil or among others.
func distinct(k *kit, ids []uuid.UUID, n int, others ...uuid.UUID) {
	k.Helper()
	same(k, "number of IDs", n, len(ids))
	seen := map[uuid.UUID]bool{uuid.Nil: true}
	for _, id := range others {
		seen[id] = true
	}
	for _, id := range ids {
		check(k, "an ID is nil, not new, or repeated", !seen[id])
		seen[id] = true
	}
}

// withoutIDs returns a copy of an info whose items have no IDs.
func withoutIDs(in contacts.Info) contacts.Info {
	in = in.Clone()
	for i := range in.Emails {
		in.Emails[i].ID = uuid.Nil
	}
	for i := range in.Phones {
		in.Phones[i].ID = uuid.Nil
	}
	for i := range in.Addresses {
		in.Addresses[i].ID = uuid.Nil
	}
	return in
}

// nextIDs returns needs with an option NewID that returns these IDs before others.
func nextIDs(ids ...uuid.UUID) Needs {
	return with(func(o *contacts.Options) {
		others, i := NewIDs(99), 0
		o.NewID = func() uuid.UUID {
			if i < len(ids) {
				i++
				return ids[i-1]
			}
			return others.New()
		}
	})
}

// createCases are those of CRT, GET and DEL.
var createCases = []conformCase{
	{"CRT-1 a name, an email or a phone is enough", Needs{}, func(k *kit) {
		k.create(contacts.Info{Name: contacts.Name{First: "Ada"}})
		k.create(contacts.Info{Name: contacts.Name{Last: "Byron"}})
		k.create(contacts.Info{Name: contacts.Name{First: "."}})
		k.create(contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}})
		k.create(contacts.Info{Phones: []contacts.Phone{{Number: "n/a"}}})
		k.create(person(" ", "eve@example.com"))
		k.tryCreate(contacts.Info{Company: "Acorn", JobTitle: "Baker"}).fails(k, contacts.ErrInsufficientData)
		k.tryCreate(contacts.Info{Emails: []contacts.Email{}}).fails(k, contacts.ErrInsufficientData)
		rest := richInfo("Ada")
		rest.Name, rest.Emails, rest.Phones = contacts.Name{}, nil, nil
		k.tryCreate(rest).fails(k, contacts.ErrInsufficientData)
	}},
	{"CRT-1 what shows nothing does not count", Needs{}, func(k *kit) {
		for _, s := range []string{
			" ", "\t\u00a0", "\u200b", "\u00ad", "\u2060", "\ufeff", "\u200e", "\u3164", "\ufe0f\U000e0100", "\u2800", "\x01",
		} {
			k.tryCreate(contacts.Info{Name: contacts.Name{First: s}}).fails(k, contacts.ErrInsufficientData)
			k.tryCreate(contacts.Info{Name: contacts.Name{Last: s}}).fails(k, contacts.ErrInsufficientData)
			k.tryCreate(contacts.Info{Phones: []contacts.Phone{{Number: s}}}).fails(k, contacts.ErrInsufficientData)
		}
		same(k, "a joiner in a name", "می\u200cخواهم", k.create(person("می\u200cخواهم")).Info.Name.First)
	}},
	{"CRT-1 an update leaves something that identifies the contact", Needs{}, func(k *kit) {
		all := contacts.Patch{
			FirstName: contacts.Set(""), LastName: contacts.Set(" \t"),
			Emails: contacts.Set[[]contacts.Email](nil), Phones: contacts.Set[[]contacts.Phone](nil),
		}
		k.tryUpdate(k.create(richInfo("ada")), all).fails(k, contacts.ErrInsufficientData)
		for i := range 4 {
			patch := all
			switch i {
			case 0:
				patch.FirstName = contacts.Opt[string]{}
			case 1:
				patch.LastName = contacts.Opt[string]{}
			case 2:
				patch.Emails = contacts.Opt[[]contacts.Email]{}
			case 3:
				patch.Phones = contacts.Opt[[]contacts.Phone]{}
			}
			k.update(k.create(richInfo("ada")), patch)
		}
	}},
	{"CRT-2 the order of the checks", Needs{}, func(k *kit) {
		k.create(person("Eve", "taken@example.com"))
		emails, _ := flagged("a* b*")
		info := contacts.Info{
			Birthdate: "soon", Emails: emails, LabelKeys: []string{"custom.none"},
			ExtendedFields: map[string]any{"custom.none": "x", keyVATID: 5},
		}
		for _, step := range []struct {
			want contacts.Code
			mend func()
		}{
			{contacts.ErrInvalid, func() { info.Birthdate = "" }},
			{contacts.ErrMultiplePrimary, func() { info.Emails = nil }},
			{contacts.ErrFieldNotFound, func() { delete(info.ExtendedFields, "custom.none") }},
			{contacts.ErrInvalidFieldValue, func() { info.ExtendedFields = nil }},
			{contacts.ErrLabelNotFound, func() { info.LabelKeys = nil }},
			{contacts.ErrInsufficientData, func() { info.Emails = person("", "taken@example.com").Emails }},
			{contacts.ErrDuplicate, func() { info.Emails = person("", "free@example.com").Emails }},
		} {
			k.tryCreate(info).fails(k, step.want)
			step.mend()
		}
		k.tryCreate(info).ok(k)
	}},
	{"CRT-3 dates, activity and revision of a new contact", Needs{}, func(k *kit) {
		c := k.create(richInfo("ada"))
		same(k, "revision", 1, c.Revision)
		check(k, "createdDate is not set", !c.CreatedDate.IsZero())
		same(k, "updatedDate", c.CreatedDate, c.UpdatedDate)
		same(k, "lastActivity", contacts.Activity{
			ActivityDate: c.CreatedDate, ActivityType: contacts.ActivityContactCreated,
		}, c.LastActivity)
		check(k, "a new contact has memberInfo", c.Member == nil)
		sameContact(k, "the contact as read", c, k.get(c.ID))
	}},
	{"CRT-3 all values as given", Needs{}, func(k *kit) {
		want := richInfo("ada")
		for i := range 2 {
			want.Emails[i].Primary, want.Phones[i].Primary = i == 0, i == 0
		}
		want.Emails[1].Tag, want.Phones[1].Tag, want.Addresses[1].Tag = "UNTAGGED", "UNTAGGED", "UNTAGGED"
		want.Phones[0].E164, want.Phones[0].Formatted = "+16465676359", "+1 646-567-6359"
		want.Addresses[0].FormattedAddress = "3 Park Ave\nNew York, New York 10016\nUnited States"
		want.Addresses[1].FormattedAddress = "Vestergade 1\nOdense\nDenmark"
		want.ExtendedFields[keyByFirst], want.ExtendedFields[keyByLast] = "ada Quill", "Quill ada"
		setEffective(&want, "ada@example.com", "NOT_SET")
		same(k, "info", want, withoutIDs(k.get(k.create(richInfo("ada")).ID).Info))
	}},
	{"CRT-3 the date is that of the clock", Needs{}, func(k *kit) {
		now := k.clock()
		same(k, "createdDate", now, k.create(person("Ada")).CreatedDate)
		k.tick()
		now = k.clock()
		same(k, "createdDate", now, k.create(person("Ada")).CreatedDate)
	}},
	{"CRT-4 every item gets a new ID", Needs{}, func(k *kit) {
		foreign := someIDs(1)[0]
		info := richInfo("ada")
		for i := range info.Emails {
			info.Emails[i].ID, info.Phones[i].ID, info.Addresses[i].ID = foreign, foreign, foreign
		}
		c := k.create(info)
		distinct(k, append(itemIDs(c), c.ID), 7, foreign)
		d := k.create(c.Info)
		distinct(k, itemIDs(d), 6, itemIDs(c)...)
		same(k, "the rest of the info", withoutIDs(c.Info), withoutIDs(d.Info))
	}},
	{"CRT-5 the new ID belongs to another contact", nextIDs(someIDs(2)[1], someIDs(2)[1]), func(k *kit) {
		id := someIDs(2)[1]
		same(k, "the ID of the first", id, k.create(person("Ada")).ID)
		err := k.tryCreate(person("Eve")).fails(k, contacts.ErrIDExists)
		k.create(person("Eve"))
		e := detail[*contacts.Error](k, err)
		if e.ID == uuid.Nil {
			k.Skipf("the implementation reports no %s", "ID")
		}
		same(k, "the ID of the error", id, e.ID)
	}},
	{"CRT-5 the ID of a deleted contact is free", nextIDs(someIDs(2)[1], someIDs(2)[1]), func(k *kit) {
		c := k.create(person("Ada"))
		k.remove(c.ID)
		same(k, "the ID", c.ID, k.create(person("Eve")).ID)
	}},
	{"CRT-5 the ID comes after the duplicates", nextIDs(someIDs(2)[1], someIDs(2)[1], someIDs(2)[0]), func(k *kit) {
		k.create(contacts.Info{Name: contacts.Name{First: "Ada"}, Phones: []contacts.Phone{{Number: numberLoose}}})
		k.tryCreate(contacts.Info{Phones: []contacts.Phone{{Number: numberLoose}}}).fails(k, contacts.ErrDuplicate)
	}},
	{"CRT-5 a nil ID", nextIDs(uuid.Nil), func(k *kit) {
		k.tryCreate(person("Ada")).fails(k, contacts.ErrInternal)
		k.create(person("Ada"))
	}},
	{"GET-1 an ID that no contact has, or no longer has", Needs{}, func(k *kit) {
		k.gone(missingID())
		c := k.create(person("Ada"))
		k.remove(c.ID)
		err := of(k.api().Get(k.ctx(), c.ID, nil)).fails(k, contacts.ErrContactNotFound)
		same(k, "the contact of the error", c.ID, detail[*contacts.Error](k, err).ID)
	}},
	{"DEL-1 an ID that no contact has, or no longer has", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		k.remove(c.ID)
		for _, id := range []uuid.UUID{c.ID, missingID()} {
			err := done(k.api().Delete(k.ctx(), id)).fails(k, contacts.ErrContactNotFound)
			same(k, "the contact of the error", id, detail[*contacts.Error](k, err).ID)
		}
	}},
	{"DEL-2 a deleted contact cannot be found, others can", Needs{}, func(k *kit) {
		label := k.newLabel("Deleted " + strings.Repeat("x", 3))
		info := richInfo("ada")
		info.LabelKeys = []string{label}
		a, b := k.create(info), k.create(info)
		k.remove(a.ID)
		k.gone(a.ID)
		k.matches("by ID", contacts.Eq("id", a.ID.String()))
		for _, f := range []contacts.Filter{
			contacts.Eq("primaryInfo.email", "ada@example.com"), contacts.Eq("info.emails.email", "ada.home@example.com"),
			contacts.Eq("info.phones.e164Phone", "+16465676359"), contacts.Eq("info.phones.phone", "12 34"),
			contacts.HasSome("info.labelKeys", label), contacts.Eq("info.name.last", "Quill"),
		} {
			k.matches("the other contact", f, b)
		}
		k.tryCreate(info).fails(k, contacts.ErrDuplicate)
		k.remove(b.ID)
		k.tryCreate(info).ok(k)
	}},
	{"DEL-2 a contact cannot be found by values that it gave up", Needs{}, func(k *kit) {
		label := k.newLabel("DEL")
		info := richInfo("ada")
		info.LabelKeys = []string{label}
		a, b := k.create(info), k.create(info)
		by := func(want ...*contacts.Contact) {
			k.Helper()
			for _, f := range []contacts.Filter{
				contacts.Eq("info.emails.email", "ADA@example.com"), contacts.Eq("info.emails.email", "ada.home@example.com"),
				contacts.Eq("info.phones.e164Phone", "+16465676359"), contacts.Eq("info.phones.phone", "12 34"),
				contacts.HasSome("info.labelKeys", label), contacts.Eq("info.company", "Acorn"),
			} {
				k.matches("by a value", f, want...)
			}
		}
		by(a, b)
		a = k.update(a, contacts.Patch{
			Emails: contacts.Set(person("", "other@example.com").Emails), Phones: contacts.Set[[]contacts.Phone](nil),
			LabelKeys: contacts.Set[[]string](nil), Company: contacts.Set("Birch"),
		})
		by(b)
		k.matches("by the new email", contacts.Eq("info.emails.email", "other@example.com"), a)
		b = k.update(b, patchEmails("other@example.com"))
		k.matches("by the new email", contacts.Eq("info.emails.email", "other@example.com"), a, b)
		k.tryCreate(person("Eve", "ada@example.com")).ok(k)
	}},
	{"DEL-2 a snapshot from before still has it", Needs{}, func(k *kit) {
		c := k.create(richInfo("ada"))
		before := k.snapshot()
		k.remove(c.ID)
		sameContact(k, "in the snapshot", c, of(before.Get(c.ID)).ok(k))
		of(k.snapshot().Get(c.ID)).fails(k, contacts.ErrContactNotFound)
		found := 0
		for v := range k.snapshot().ByEmail("ada@example.com") {
			check(k, "ByEmail yields a deleted contact", v.ID() != c.ID)
		}
		for v := range before.ByEmail("ada@example.com") {
			if v.ID() == c.ID {
				found++
			}
		}
		same(k, "found in the snapshot", 1, found)
	}},
}
