package contactstest

import (
	"math"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// patches updates a contact that has every value, and requires its info to change as edit changes it.
func patches(k *kit, patch contacts.Patch, edit func(*contacts.Info)) {
	k.Helper()
	before := k.create(richInfo("ada"))
	want := before.Info.Clone()
	edit(&want)
	after := k.update(before, patch)
	got := after.Info
	// The items of a list that was replaced have new IDs.
	if _, ok := patch.Emails.Get(); ok {
		got.Emails, want.Emails = withoutIDs(got).Emails, withoutIDs(want).Emails
	}
	if _, ok := patch.Phones.Get(); ok {
		got.Phones, want.Phones = withoutIDs(got).Phones, withoutIDs(want).Phones
	}
	if _, ok := patch.Addresses.Get(); ok {
		got.Addresses, want.Addresses = withoutIDs(got).Addresses, withoutIDs(want).Addresses
	}
	same(k, "info", want, got)
	sameContact(k, "the contact as read", after, k.get(after.ID))
}

func setField(in *contacts.Info, key string, value any) {
	delete(in.ExtendedFields, key)
	if value != nil {
		in.ExtendedFields[key] = value
	}
}

func setNames(in *contacts.Info, first, last string, byFirst, byLast any) {
	in.Name = contacts.Name{First: first, Last: last}
	setField(in, keyByFirst, byFirst)
	setField(in, keyByLast, byLast)
}

func setEffective(in *contacts.Info, address, status any) {
	setField(in, keyEffective, address)
	setField(in, keySubscription, status)
	setField(in, keyDelivery, status)
}

// idLists are the lists of items with IDs.
var idLists = []struct {
	patch func(ids []uuid.UUID) contacts.Patch
	ids   func(*contacts.Contact) []uuid.UUID
}{
	{
		func(ids []uuid.UUID) contacts.Patch {
			var list []contacts.Email
			for _, id := range ids {
				list = append(list, contacts.Email{ID: id, Address: "ada@example.com"})
			}
			return contacts.Patch{Emails: contacts.Set(list)}
		},
		func(c *contacts.Contact) []uuid.UUID { return itemIDs(c)[:len(c.Info.Emails)] },
	},
	{
		func(ids []uuid.UUID) contacts.Patch {
			var list []contacts.Phone
			for _, id := range ids {
				list = append(list, contacts.Phone{ID: id, Number: "12 34"})
			}
			return contacts.Patch{Phones: contacts.Set(list)}
		},
		func(c *contacts.Contact) []uuid.UUID {
			return itemIDs(c)[len(c.Info.Emails) : len(c.Info.Emails)+len(c.Info.Phones)]
		},
	},
	{
		func(ids []uuid.UUID) contacts.Patch {
			var list []contacts.Address
			for _, id := range ids {
				list = append(list, contacts.Address{ID: id, City: "Odense"})
			}
			return contacts.Patch{Addresses: contacts.Set(list)}
		},
		func(c *contacts.Contact) []uuid.UUID { return itemIDs(c)[len(c.Info.Emails)+len(c.Info.Phones):] },
	},
}

// keepsIDs updates each list of a contact that has two items in each. In give, an index stands for the item there,
// "new" for an item without an ID, and any other word for an ID that the list does not have. In want, an index stands
// for the ID of that item, and "new" for a new one.
func keepsIDs(k *kit, give, want []string) {
	k.Helper()
	for i, list := range idLists {
		c, foreign := k.create(richInfo("ada")), k.create(richInfo("eve"))
		own := list.ids(c)
		other := idLists[(i+1)%len(idLists)].ids(c)[0]
		known := map[string]uuid.UUID{
			"0": own[0], "1": own[1], "foreign": list.ids(foreign)[0], "other": other, "void": missingID(),
		}
		var ids []uuid.UUID
		for _, kind := range give {
			ids = append(ids, known[kind])
		}
		got := list.ids(k.update(c, list.patch(ids)))
		distinct(k, got, len(want))
		for j, kind := range want {
			if kind != "new" {
				same(k, "the ID of an item that was there", known[kind], got[j])
				continue
			}
			for _, id := range known {
				check(k, "an item keeps an ID that is not its own", got[j] != id)
			}
		}
	}
}

// updateCases are those of UPD and REV.
var updateCases = []conformCase{
	{"UPD-1 the order of the checks", Needs{}, func(k *kit) {
		k.create(person("Eve", "taken@example.com"))
		c := k.create(person("", "ada@example.com"))
		emails, _ := flagged("a* b*")
		id, revision := missingID(), 99
		patch := contacts.Patch{
			FirstName: contacts.Set(" "), Birthdate: contacts.Set("soon"), Emails: contacts.Set(emails),
			LabelKeys:      contacts.Set([]string{"custom.none"}),
			ExtendedFields: contacts.Set(map[string]any{"custom.none": "x", keyVATID: 5}),
		}
		for _, step := range []struct {
			want contacts.Code
			mend func()
		}{
			{contacts.ErrInvalid, func() { patch.Birthdate = contacts.Opt[string]{} }},
			{contacts.ErrContactNotFound, func() { id = c.ID }},
			{contacts.ErrAlreadyChanged, func() { revision = 1 }},
			{contacts.ErrMultiplePrimary, func() { patch.Emails = contacts.Set[[]contacts.Email](nil) }},
			{contacts.ErrFieldNotFound, func() { patch.ExtendedFields = contacts.Set(map[string]any{keyVATID: 5}) }},
			{contacts.ErrInvalidFieldValue, func() { patch.ExtendedFields = contacts.Opt[map[string]any]{} }},
			{contacts.ErrLabelNotFound, func() { patch.LabelKeys = contacts.Opt[[]string]{} }},
			{contacts.ErrInsufficientData, func() { patch.Emails = contacts.Set(person("", "taken@example.com").Emails) }},
			{contacts.ErrDuplicate, func() { patch.Emails = contacts.Set(person("", "free@example.com").Emails) }},
		} {
			of(k.api().Update(k.ctx(), id, revision, patch, nil)).fails(k, step.want)
			step.mend()
		}
		of(k.api().Update(k.ctx(), id, revision, patch, nil)).ok(k)
	}},
	{"UPD-1 an empty patch comes after contact and revision", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		of(k.api().Update(k.ctx(), missingID(), 1, contacts.Patch{}, nil)).fails(k, contacts.ErrContactNotFound)
		of(k.api().Update(k.ctx(), c.ID, 2, contacts.Patch{}, nil)).fails(k, contacts.ErrAlreadyChanged)
	}},
	{"UPD-1 the email of a member", Needs{}, func(k *kit) {
		c := k.create(person("", "ada@example.com"))
		k.create(person("", "taken@example.com"))
		c = k.setMember(c.ID, &contacts.Member{MemberID: missingID()})
		patch := contacts.Patch{Emails: contacts.Set[[]contacts.Email](nil), LabelKeys: contacts.Set([]string{"custom.none"})}
		k.tryUpdate(c, patch).fails(k, contacts.ErrLabelNotFound)
		patch.LabelKeys = contacts.Opt[[]string]{}
		k.tryUpdate(c, patch).fails(k, contacts.ErrUpdateMemberEmail)
		patch.Emails = contacts.Set(person("", "taken@example.com").Emails)
		k.tryUpdate(c, patch).fails(k, contacts.ErrUpdateMemberEmail)
	}},
	{"UPD-2 an update without a change", Needs{}, func(k *kit) {
		before := k.create(richInfo("ada"))
		k.tick()
		after := k.update(before, contacts.Patch{Company: contacts.Set("Acorn"), Locale: contacts.Set("en-US")})
		same(k, "revision", before.Revision+1, after.Revision)
		same(k, "info", before.Info, after.Info)
		again := k.update(after, contacts.Patch{Company: contacts.Set("Acorn")})
		same(k, "revision", before.Revision+2, again.Revision)
	}},
	{"UPD-3 single values are set, cleared and left alone", Needs{}, func(k *kit) {
		patches(k, contacts.Patch{Company: contacts.Set("Birch")}, func(in *contacts.Info) { in.Company = "Birch" })
		patches(k, contacts.Patch{Company: contacts.Set("")}, func(in *contacts.Info) { in.Company = "" })
		patches(k, contacts.Patch{JobTitle: contacts.Set("Baker")}, func(in *contacts.Info) { in.JobTitle = "Baker" })
		patches(k, contacts.Patch{JobTitle: contacts.Set("")}, func(in *contacts.Info) { in.JobTitle = "" })
		patches(k, contacts.Patch{Birthdate: contacts.Set("")}, func(in *contacts.Info) { in.Birthdate = "" })
		patches(k, contacts.Patch{Locale: contacts.Set("de-AT")}, func(in *contacts.Info) { in.Locale = "de-at" })
		patches(k, contacts.Patch{Locale: contacts.Set("")}, func(in *contacts.Info) { in.Locale = "" })
		patches(k, contacts.Patch{Company: contacts.Set("Birch"), JobTitle: contacts.Set("")},
			func(in *contacts.Info) { in.Company, in.JobTitle = "Birch", "" })
	}},
	{"UPD-3 first and last name are two values", Needs{}, func(k *kit) {
		patches(k, contacts.Patch{FirstName: contacts.Set("Eve")},
			func(in *contacts.Info) { setNames(in, "Eve", "Quill", "Eve Quill", "Quill Eve") })
		patches(k, contacts.Patch{LastName: contacts.Set("")},
			func(in *contacts.Info) { setNames(in, "ada", "", "ada", "ada") })
		patches(k, contacts.Patch{FirstName: contacts.Set(""), LastName: contacts.Set("")},
			func(in *contacts.Info) { setNames(in, "", "", nil, nil) })
	}},
	{"UPD-3 the picture", Needs{}, func(k *kit) {
		picture := &contacts.Picture{Image: contacts.Image{ID: "new"}}
		patches(k, contacts.Patch{Picture: contacts.Set(picture)}, func(in *contacts.Info) { in.Picture = picture })
		patches(k, contacts.Patch{Picture: contacts.Set[*contacts.Picture](nil)},
			func(in *contacts.Info) { in.Picture = nil })
		patches(k, contacts.Patch{Picture: contacts.Set(&contacts.Picture{})},
			func(in *contacts.Info) { in.Picture = nil })
	}},
	{"UPD-4 lists are replaced as a whole", Needs{}, func(k *kit) {
		patches(k, patchEmails("a@example.com", "b@example.com"),
			func(in *contacts.Info) {
				in.Emails = []contacts.Email{
					{Tag: contacts.EmailUntagged, Address: "a@example.com", Primary: true},
					{Tag: contacts.EmailUntagged, Address: "b@example.com"},
				}
				setEffective(in, "a@example.com", "NOT_SET")
			})
		patches(k, contacts.Patch{Phones: contacts.Set([]contacts.Phone{{Number: "7"}})}, func(in *contacts.Info) {
			in.Phones = []contacts.Phone{{Tag: contacts.PhoneUntagged, Number: "7", Primary: true}}
		})
		patches(k, contacts.Patch{Addresses: contacts.Set([]contacts.Address{{City: "Odense"}})}, func(in *contacts.Info) {
			in.Addresses = []contacts.Address{
				{Tag: contacts.AddressUntagged, City: "Odense", FormattedAddress: "Odense"},
			}
		})
		labels := []string{labelCustomers}
		patches(k, contacts.Patch{LabelKeys: contacts.Set(labels)}, func(in *contacts.Info) { in.LabelKeys = labels })
		ids := someIDs(3)
		patches(k, contacts.Patch{Locations: contacts.Set(ids)}, func(in *contacts.Info) { in.Locations = ids })
		patches(k, contacts.Patch{AssignedUserIDs: contacts.Set(ids)},
			func(in *contacts.Info) { in.AssignedUserIDs = ids })
	}},
	{"UPD-4 an empty list clears", Needs{}, func(k *kit) {
		noEmails := func(in *contacts.Info) {
			in.Emails = nil
			setEffective(in, nil, nil)
		}
		patches(k, contacts.Patch{Emails: contacts.Set[[]contacts.Email](nil)}, noEmails)
		patches(k, contacts.Patch{Emails: contacts.Set([]contacts.Email{})}, noEmails)
		patches(k, contacts.Patch{Phones: contacts.Set([]contacts.Phone{})}, func(in *contacts.Info) { in.Phones = nil })
		patches(k, contacts.Patch{Addresses: contacts.Set[[]contacts.Address](nil)},
			func(in *contacts.Info) { in.Addresses = nil })
		patches(k, contacts.Patch{LabelKeys: contacts.Set[[]string](nil)},
			func(in *contacts.Info) { in.LabelKeys = nil })
		patches(k, contacts.Patch{Locations: contacts.Set([]uuid.UUID{})},
			func(in *contacts.Info) { in.Locations = nil })
		patches(k, contacts.Patch{AssignedUserIDs: contacts.Set[[]uuid.UUID](nil)},
			func(in *contacts.Info) { in.AssignedUserIDs = nil })
	}},
	{"UPD-5 own items keep their IDs, others get new ones", Needs{}, func(k *kit) {
		keepsIDs(k, []string{"0", "1"}, []string{"0", "1"})
		keepsIDs(k, []string{"1", "0"}, []string{"1", "0"})
		keepsIDs(k, []string{"1"}, []string{"1"})
		keepsIDs(k, []string{"new", "0", "new"}, []string{"new", "0", "new"})
		keepsIDs(k, []string{"foreign", "1"}, []string{"new", "1"})
		keepsIDs(k, []string{"0", "other"}, []string{"0", "new"})
		keepsIDs(k, []string{"void"}, []string{"new"})
		keepsIDs(k, []string{"0", "0", "1", "0"}, []string{"0", "new", "1", "new"})
		keepsIDs(k, []string{"foreign", "foreign"}, []string{"new", "new"})
	}},
	{"UPD-5 a contact that was read can be sent back", Needs{}, func(k *kit) {
		c := k.create(richInfo("ada"))
		same(k, "info", c.Info, k.update(c, wholePatch(c.Info)).Info)
	}},
	{"UPD-5 an item that is flagged keeps its ID", Needs{}, func(k *kit) {
		c := k.create(richInfo("ada"))
		emails := c.Clone().Info.Emails
		emails[0].Primary, emails[1].Primary = false, true
		got := k.update(c, contacts.Patch{Emails: contacts.Set(emails)}).Info.Emails
		same(k, "emails", []contacts.Email{emails[1], emails[0]}, got)
	}},
	// Whether the contact or its items get their IDs first, an email gets the second of the three.
	{"UPD-5 a new ID that another item has", nextIDs(append(someIDs(3), repeated(9, someIDs(2)[1])...)...), func(k *kit) {
		c := k.create(person("Ada", "ada@example.com", "ada@example.org"))
		emails := append(c.Clone().Info.Emails, contacts.Email{Address: "eve@example.com"})
		k.tryUpdate(c, contacts.Patch{Emails: contacts.Set(emails)}).fails(k, contacts.ErrInternal)
	}},
	{"UPD-5 a new ID that an item has had", nextIDs(append(someIDs(3), repeated(9, someIDs(2)[1])...)...), func(k *kit) {
		c := k.create(person("Ada", "ada@example.com", "ada@example.org"))
		k.tryUpdate(c, patchEmails("eve@example.com")).fails(k, contacts.ErrInternal)
		sel := contacts.Selection{Filter: contacts.Exists("info.name.first", true)}
		of(k.api().BulkUpdate(k.ctx(), sel, patchEmails("eve@example.com"), nil)).fails(k, contacts.ErrInternal)
		k.trySetMember(c.ID, login("eve@example.com")).fails(k, contacts.ErrInternal)
	}},
	{"UPD-5 one new ID for two items", nextIDs(append(someIDs(1), repeated(9, someIDs(2)[1])...)...), func(k *kit) {
		c := k.create(person("Ada"))
		k.tryUpdate(c, patchEmails("ada@example.com", "eve@example.com")).fails(k, contacts.ErrInternal)
		info := withEdit(func(in *contacts.Info) { in.Addresses = []contacts.Address{{City: "Oslo"}, {City: "Rome"}} })
		k.tryImport(nil, row(5, info)).fails(k, contacts.ErrInternal)
	}},
	{"UPD-6 ExtendedFields replace all writable values", Needs{}, func(k *kit) {
		extendedFields(k, contacts.Patch{ExtendedFields: contacts.Set[map[string]any](nil)}, map[string]any{})
		extendedFields(k, contacts.Patch{ExtendedFields: contacts.Set(map[string]any{"custom.upd-a": "two"})},
			map[string]any{"custom.upd-a": "two"})
		extendedFields(k, contacts.Patch{
			ExtendedFields: contacts.Set(map[string]any{"custom.upd-a": "", "custom.upd-n": nil, keyVATID: "YY"}),
		}, map[string]any{keyVATID: "YY"})
		extendedFields(k, contacts.Patch{
			ExtendedFields: contacts.Set(map[string]any{keySpentAmount: 9, keyByFirst: "x", "custom.upd-n": 5}),
		}, map[string]any{"custom.upd-n": 5.0})
	}},
	{"UPD-6 read-only values stay", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		c = k.setSystem(c.ID, map[string]any{keyPurchases: 3}).ok(k)
		c = k.update(c, contacts.Patch{
			ExtendedFields: contacts.Set(map[string]any{keyPurchases: nil, keyVATID: "x"}),
		})
		same(k, keyPurchases, any(3.0), c.Info.ExtendedFields[keyPurchases])
		c = k.update(c, contacts.Patch{ExtendedFields: contacts.Set[map[string]any](nil)})
		same(k, keyPurchases, any(3.0), c.Info.ExtendedFields[keyPurchases])
	}},
	{"UPD-6 SetFields change single keys", Needs{}, func(k *kit) {
		extendedFields(k, contacts.Patch{SetFields: map[string]any{"custom.upd-a": "two"}},
			map[string]any{"custom.upd-a": "two", "custom.upd-n": 2.0, keyVATID: "XX 1"})
		extendedFields(k, contacts.Patch{SetFields: map[string]any{"custom.upd-a": nil, "custom.upd-n": ""}},
			map[string]any{keyVATID: "XX 1"})
		extendedFields(k, contacts.Patch{
			ExtendedFields: contacts.Set(map[string]any{"custom.upd-a": "first", "custom.upd-n": 5, keyVATID: "kept"}),
			SetFields:      map[string]any{"custom.upd-a": "second", "custom.upd-n": nil},
		}, map[string]any{"custom.upd-a": "second", keyVATID: "kept"})
		c := k.create(person("Ada"))
		err := k.tryUpdate(c, contacts.Patch{
			ExtendedFields: contacts.Set(map[string]any{"custom.none": "x"}), SetFields: map[string]any{"custom.no": "x"},
		}).fails(k, contacts.ErrFieldNotFound)
		keysOf(k, err, "custom.no", "custom.none")
	}},
	{"UPD-7 an empty patch", Needs{}, func(k *kit) {
		c := k.create(richInfo("ada"))
		for _, patch := range []contacts.Patch{
			{}, {SetFields: map[string]any{}}, contacts.Patch{Company: contacts.Set("x")}.Masked(nil),
			contacts.Patch{Company: contacts.Set("x")}.Masked([]string{"revision"}),
		} {
			k.tryUpdate(c, patch).fails(k, contacts.ErrInsufficientUpdate)
		}
		c = k.update(c, contacts.Patch{ExtendedFields: contacts.Set(map[string]any{keyByFirst: "x"})})
		k.update(c, contacts.Patch{Company: contacts.Set("Acorn")})
	}},
	{"UPD-8 field masks", Needs{}, func(k *kit) {
		whole := wholePatch(contacts.Info{Name: contacts.Name{First: "Eve"}, Company: "Birch"})
		patches(k, whole.Masked([]string{"info.company"}), func(in *contacts.Info) { in.Company = "Birch" })
		patches(k, contacts.Patch{}.Masked([]string{"info.jobTitle", "id"}),
			func(in *contacts.Info) { in.JobTitle = "" })
		patches(k, contacts.Patch{}.Masked([]string{"info.phones.items"}), func(in *contacts.Info) { in.Phones = nil })
		patches(k, whole.Masked([]string{"info.name"}), func(in *contacts.Info) { setNames(in, "Eve", "", "Eve", "Eve") })
		patches(k, contacts.Patch{}.Masked([]string{"info.name"}),
			func(in *contacts.Info) { setNames(in, "", "", nil, nil) })
	}},
	{"UPD-8 a single extended field in a mask", Needs{}, func(k *kit) {
		patch := contacts.Patch{ExtendedFields: contacts.Set(map[string]any{"custom.upd-a": "two"})}
		extendedFields(k, patch.Masked([]string{"info.extendedFields.custom.upd-a", "info.extendedFields.custom.upd-n"}),
			map[string]any{"custom.upd-a": "two", keyVATID: "XX 1"})
	}},
	{"UPD-9 dates, activity and source", Needs{}, func(k *kit) {
		c := k.create(richInfo("ada"))
		k.tick()
		d := k.update(c, contacts.Patch{Company: contacts.Set("Birch")})
		check(k, "updatedDate is not later", d.UpdatedDate.After(c.UpdatedDate))
		same(k, "createdDate", c.CreatedDate, d.CreatedDate)
		same(k, "lastActivity", c.LastActivity, d.LastActivity)
		same(k, "source", c.Source, d.Source)
	}},
	{"UPD-9 updatedDate is that of the clock", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		k.tick()
		now := k.clock()
		same(k, "updatedDate", now, k.update(c, contacts.Patch{Company: contacts.Set("Birch")}).UpdatedDate)
	}},
	{"UPD-9 a createdDate to come", Needs{}, func(k *kit) {
		c := row(1, person("Ada"))
		c.CreatedDate = k.create(person("Eve")).CreatedDate.AddDate(50, 0, 0)
		imports(k, nil, c)
		got := k.update(k.get(c.ID), contacts.Patch{Company: contacts.Set("Birch")})
		same(k, "createdDate", c.CreatedDate, got.CreatedDate)
		same(k, "updatedDate", c.CreatedDate, got.UpdatedDate)
		got = k.merge(got, k.create(person("Bob")))
		same(k, "updatedDate of a merged contact", c.CreatedDate, got.UpdatedDate)
	}},
	{"UPD-9 the member stays", Needs{}, func(k *kit) {
		c := k.create(person("Ada", "ada@example.com"))
		c = k.setMember(c.ID, &contacts.Member{MemberID: missingID(), Email: "ada@example.com"})
		d := k.update(c, contacts.Patch{Company: contacts.Set("Birch")})
		same(k, "memberInfo", c.Member, d.Member)
	}},
	{"REV-1 from 1, by one with each update", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		for want := 1; want < 5; want++ {
			same(k, "revision", want, c.Revision)
			same(k, "revision as read", want, k.get(c.ID).Revision)
			c = k.update(c, contacts.Patch{Company: contacts.Set("Acorn")})
		}
	}},
	{"REV-2 any other revision", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		c = k.update(c, contacts.Patch{Company: contacts.Set("Acorn")})
		c = k.update(c, contacts.Patch{Company: contacts.Set("Birch")})
		for _, r := range []int{2, 1, 4, 0, -1, math.MaxInt32} {
			err := of(k.api().Update(k.ctx(), c.ID, r, contacts.Patch{Company: contacts.Set("Oak")},
				&contacts.UpdateOptions{AllowDuplicates: true})).fails(k, contacts.ErrAlreadyChanged)
			same(k, "the contact of the error", c.ID, detail[*contacts.Error](k, err).ID)
		}
	}},
}

// extendedFields updates a contact with two custom fields and a VAT ID, and requires its values, apart from those that
// the store derives.
func extendedFields(k *kit, patch contacts.Patch, want map[string]any) {
	k.Helper()
	k.tryField("UPD A", contacts.DataText).ok(k)
	k.tryField("UPD N", contacts.DataNumber).ok(k)
	info := valued("Ada", map[string]any{"custom.upd-a": "one", "custom.upd-n": 2, keyVATID: "XX 1"})
	after := k.update(k.create(info), patch)
	got := after.Clone().Info.ExtendedFields
	delete(got, keyByFirst)
	delete(got, keyByLast)
	same(k, "extendedFields", want, got)
}
