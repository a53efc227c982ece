package contactstest

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// submit stores a submission, which must succeed.
func (k *kit) submit(info contacts.Info, opts *contacts.SubmitOptions) contacts.Submission {
	k.Helper()
	s := k.trySubmit(info, opts).ok(k)
	k.see(k.get(s.ContactID))
	return s
}

func (k *kit) trySubmit(info contacts.Info, opts *contacts.SubmitOptions) result[contacts.Submission] {
	k.Helper()
	return of(k.api().Submit(k.ctx(), info, opts))
}

// submitsTo requires that a submission belongs to a contact, or to a new one if it is nil. A new one is deleted again.
func submitsTo(
	k *kit, what string, info contacts.Info, opts *contacts.SubmitOptions, c *contacts.Contact,
	identity contacts.IdentityType,
) {
	k.Helper()
	s := k.submit(info, opts)
	same(k, "newContact of "+what, c == nil, s.NewContact)
	same(k, "identityType of "+what, identity, s.IdentityType)
	if c != nil {
		same(k, "the contact of "+what, c.ID, s.ContactID)
		return
	}
	k.remove(s.ContactID)
}

// override are options that name the contact.
func override(id uuid.UUID) *contacts.SubmitOptions {
	return &contacts.SubmitOptions{ContactID: id, Override: true}
}

// sayings creates contacts that submissions find: the oldest first.
func sayings(k *kit) (first, second, third *contacts.Contact) {
	k.Helper()
	first = k.create(person("First", "first@example.com", "shared@example.com"))
	k.tick()
	second = k.create(person("Second", "second@example.com", "Shared@example.com"))
	k.tick()
	info := person("Third", "third@example.com")
	info.Phones = []contacts.Phone{number("", numberLoose), number("US", numberUS)}
	return first, second, k.create(info)
}

// submitCases are those of SBM and UPS.
var submitCases = []conformCase{
	{"SBM-1 the order of checks", Needs{}, func(k *kit) {
		full := func(steps int) contacts.Info {
			info := contacts.Info{Company: strings.Repeat("x", 1001)}
			if steps > 0 {
				info.Company = "Acorn"
			}
			if steps <= 1 {
				info.Emails = []contacts.Email{{Address: "a@b", Primary: true}, {Address: "b@b", Primary: true}}
			}
			if steps <= 2 {
				info.ExtendedFields = map[string]any{"custom.missing": 1, keyVATID: 1}
			}
			if steps == 3 {
				info.ExtendedFields = map[string]any{keyVATID: 1}
			}
			if steps <= 4 {
				info.LabelKeys = []string{"custom.missing"}
			}
			return info
		}
		opts := &contacts.SubmitOptions{ContactID: missingID()}
		bad := &contacts.SubmitOptions{PassThroughData: strings.Repeat("x", 301)}
		bad.Activity.ActivityType = "?"
		k.trySubmit(full(0), bad).invalid(k,
			"info.company MAX_LENGTH 1000", "passThroughData MAX_LENGTH 300", "activity.activityType FORMAT ENUM")
		k.trySubmit(full(1), opts).fails(k, contacts.ErrInsufficientPermission)
		opts.Override = true
		k.trySubmit(full(1), opts).fails(k, contacts.ErrMultiplePrimary)
		k.trySubmit(full(2), opts).fails(k, contacts.ErrFieldNotFound)
		k.trySubmit(full(3), opts).fails(k, contacts.ErrInvalidFieldValue)
		k.trySubmit(full(4), opts).fails(k, contacts.ErrLabelNotFound)
		k.trySubmit(full(5), opts).fails(k, contacts.ErrContactNotFound)
		k.trySubmit(full(5), nil).fails(k, contacts.ErrInsufficientData)
	}},
	{"SBM-1 more items than a contact can have", Needs{}, func(k *kit) {
		var emails []string
		for i := range 50 {
			emails = append(emails, strings.Repeat("x", i+1)+"@example.com")
		}
		k.create(person("Ada", emails...))
		k.trySubmit(person("", emails[3], "new@example.com"), nil).invalid(k, "info.emails.items MAX_SIZE 50")
		k.submit(person("", emails[3]), nil)
	}},
	{"SBM-1 IDs that were merged away", Needs{}, func(k *kit) {
		a, b := k.create(person("Ada")), k.create(person("Bob"))
		k.merge(a, b)
		k.trySubmit(person("Eve"), override(b.ID)).fails(k, contacts.ErrContactNotFound)
	}},
	{"SBM-2 the member who is logged in", Needs{}, func(k *kit) {
		oldest, again := k.create(person("Mel", "mel@example.com")), k.create(person("Mel"))
		k.create(person("Ada", "ada@example.com"))
		k.setMember(again.ID, &contacts.Member{MemberID: missingID()})
		k.setMember(oldest.ID, &contacts.Member{MemberID: missingID()})
		opts := &contacts.SubmitOptions{MemberID: missingID()}
		submitsTo(k, "a member", person("", "ada@example.com"), opts, oldest, contacts.IdentityMember)
		submitsTo(k, "a member who says nothing", contacts.Info{}, opts, oldest, contacts.IdentityMember)
		k.trySubmit(person("Eve"), &contacts.SubmitOptions{MemberID: someIDs(1)[0]}).fails(k, contacts.ErrContactNotFound)
	}},
	{"SBM-3 the contact that is named", Needs{}, func(k *kit) {
		_, second, third := sayings(k)
		opts := override(third.ID)
		opts.VisitorContactID = second.ID
		submitsTo(k, "a name", person("", "first@example.com"), opts, third, contacts.IdentityContact)
		submitsTo(k, "nothing", contacts.Info{}, opts, third, contacts.IdentityContact)
		opts.Override = false
		k.trySubmit(person("Eve"), opts).fails(k, contacts.ErrInsufficientPermission)
	}},
	{"SBM-3 a member that is named", Needs{}, func(k *kit) {
		c := k.create(person("Mel"))
		k.setMember(c.ID, &contacts.Member{MemberID: missingID()})
		info := contacts.Info{Company: "Acorn"}
		submitsTo(k, "a member", info, override(c.ID), c, contacts.IdentityContact)
		same(k, "company", "Acorn", k.get(c.ID).Info.Company)
	}},
	{"SBM-4 the oldest with an email", Needs{}, func(k *kit) {
		first, _, third := sayings(k)
		for _, tc := range []struct {
			emails []string
			want   *contacts.Contact
		}{
			{[]string{"first@example.com"}, first}, {[]string{" SHARED@Example.com "}, first},
			{[]string{"none@example.com"}, nil}, {[]string{"fir\u017ft@example.com"}, nil},
			{[]string{"none2@example.com", "third@example.com"}, third},
			{[]string{"third@example.com", "shared@example.com"}, first}, // which then has both
		} {
			submitsTo(k, tc.emails[0], person("", tc.emails...), nil, tc.want, contacts.IdentityContact)
		}
		submitsTo(k, "a name", person("Third"), nil, nil, contacts.IdentityContact)
	}},
	{"SBM-4 the oldest with a phone", Needs{}, func(k *kit) {
		first, _, third := sayings(k)
		k.create(caller("Fourth", "US", numberUS))
		submitsTo(k, "a number", caller("", "US", numberUS2), nil, third, contacts.IdentityContact)
		submitsTo(k, "a text", caller("", "", numberLoose), nil, third, contacts.IdentityContact)
		submitsTo(k, "an extension", caller("", "US", numberUS+" x1"), nil, nil, contacts.IdentityContact)
		info := caller("", "US", numberUS)
		info.Emails = person("", "none@example.com").Emails
		submitsTo(k, "an unknown email and a phone", info, nil, third, contacts.IdentityContact)
		info.Emails[0].Address = "first@example.com"
		submitsTo(k, "an email and a phone", info, nil, first, contacts.IdentityContact)
		later := k.create(person("Later", "later@example.com"))
		info.Emails[0].Address = "later@example.com"
		submitsTo(k, "an email and a phone of an older contact", info, nil, later, contacts.IdentityContact)
		k.create(caller("Germany", "DE", numberShared))
		submitsTo(k, "the text of another number", caller("", "NL", numberShared), nil, nil, contacts.IdentityContact)
		both := phonesOf(number("DE", numberShared), number("", numberShared))
		c := k.create(both)
		submitsTo(k, "the text of two phones", caller("", "NL", numberShared), nil, c, contacts.IdentityContact)
		k.remove(c.ID)
		c = k.create(phonesOf(append([]contacts.Phone{number("US", "646-567-6359")}, both.Phones...)...))
		submitsTo(k, "the text of two further phones", caller("", "NL", numberShared), nil, c, contacts.IdentityContact)
		k.create(caller("Fifth", "", "n/a"))
		submitsTo(k, "a phone that identifies no one", caller("Eve", "", "n/a"), nil, nil, contacts.IdentityContact)
	}},
	{"SBM-5 the session of a visitor", Needs{}, func(k *kit) {
		first, second, _ := sayings(k)
		visitor := &contacts.SubmitOptions{VisitorContactID: second.ID}
		for _, info := range []contacts.Info{{Company: "Acorn"}, {}, person(" "), caller("", "", "n/a")} {
			submitsTo(k, "one who says nothing", info, visitor, second, contacts.IdentityContact)
		}
		submitsTo(k, "another name", person("Other"), visitor, nil, contacts.IdentityContact)
		submitsTo(k, "an email", person("", "first@example.com"), visitor, first, contacts.IdentityContact)
		k.merge(k.get(first.ID), k.get(second.ID))
		submitsTo(k, "a merged session", contacts.Info{Company: "Acorn"}, visitor, first, contacts.IdentityContact)
		k.remove(first.ID)
		k.trySubmit(contacts.Info{Company: "Acorn"}, visitor).fails(k, contacts.ErrInsufficientData)
		submitsTo(k, "a session that is gone", caller("", "", "n/a"), visitor, nil, contacts.IdentityContact)
	}},
	{"SBM-6 what a contact lacks is added", Needs{}, func(k *kit) {
		c := k.create(person("Ada", "ada@example.com"))
		info := person("Ada", "ada@example.com", "new@example.com")
		info.Name.Last, info.Company, info.LabelKeys = "Byron", "Acorn", []string{labelCustomers}
		info.Phones = []contacts.Phone{number("US", numberUS)}
		info.ExtendedFields = map[string]any{keyVATID: "DK 1"}
		k.tick()
		s := k.submit(info, nil)
		got := k.get(s.ContactID)
		same(k, "the contact", c.ID, got.ID)
		same(k, "revision", 2, got.Revision)
		check(k, "updatedDate is not later", got.UpdatedDate.After(c.UpdatedDate))
		same(k, "lastActivity", c.LastActivity, got.LastActivity)
		same(k, "the name", contacts.Name{First: "Ada", Last: "Byron"}, got.Info.Name)
		same(k, "company", "Acorn", got.Info.Company)
		same(k, "labelKeys", info.LabelKeys, got.Info.LabelKeys)
		same(k, "the number of emails", 2, len(got.Info.Emails))
		same(k, "the first email", c.Info.Emails[0], got.Info.Emails[0])
		same(k, "the number of phones", 1, len(got.Info.Phones))
		same[any](k, keyVATID, "DK 1", got.Info.ExtendedFields[keyVATID])
		k.submit(info, nil)
		sameContact(k, "the contact after the same submission", got, k.get(c.ID))
	}},
	{"SBM-6 nothing is replaced", Needs{}, func(k *kit) {
		info := person("Ada", "ada@example.com")
		info.Company, info.ExtendedFields = "Acorn", map[string]any{keyVATID: "DK 1"}
		c := k.create(info)
		info = named("Eve", "Smith")
		info.Emails = person("", "ADA@example.com").Emails
		info.Company, info.ExtendedFields = "Birch", map[string]any{keyVATID: "DK 2"}
		k.submit(info, nil)
		sameContact(k, "the contact", c, k.get(c.ID))
	}},
	{"SBM-6 a name in the place of a space", Needs{}, func(k *kit) {
		info := named(" ", "Quill")
		info.Emails = person("", "ada@example.com").Emails
		c := k.create(info)
		k.submit(person("Ada", "ada@example.com"), nil)
		same(k, "the name", contacts.Name{First: "Ada", Last: "Quill"}, k.get(c.ID).Info.Name)
	}},
	{"SBM-6 a member without an email gets none", Needs{}, func(k *kit) {
		c := k.create(person("Mel"))
		k.setMember(c.ID, &contacts.Member{MemberID: missingID()})
		k.trySubmit(person("", "mel@example.com"), override(c.ID)).fails(k, contacts.ErrUpdateMemberEmail)
	}},
	{"SBM-7 a member who is not logged in", Needs{}, func(k *kit) {
		c := k.create(person("Mel", "mel@example.com"))
		c = k.setMember(c.ID, member(contacts.MemberBlocked))
		info := person("", "mel@example.com")
		info.Company = "Acorn"
		submitsTo(k, "an email", info, nil, c, contacts.IdentityNotAuthenticatedMember)
		visitor := &contacts.SubmitOptions{VisitorContactID: c.ID}
		submitsTo(k, "a session", contacts.Info{Company: "Acorn"}, visitor, c, contacts.IdentityNotAuthenticatedMember)
		active := &contacts.SubmitOptions{Activity: contacts.Activity{ActivityType: contacts.ActivityFormSubmitted}}
		submitsTo(k, "an activity", info, active, c, contacts.IdentityNotAuthenticatedMember)
		sameContact(k, "the contact", c, k.get(c.ID))
	}},
	{"SBM-8 a new contact", Needs{}, func(k *kit) {
		k.create(person("Eve", "ada@example.com", "second@example.com"))
		s := k.submit(person("Ada", "new@example.com"), &contacts.SubmitOptions{
			Source: contacts.Source{SourceType: contacts.SourceWixForms},
		})
		check(k, "newContact is false", s.NewContact)
		c := k.get(s.ContactID)
		same(k, "source", contacts.Source{SourceType: contacts.SourceWixForms}, c.Source)
		same(k, "lastActivity", contacts.Activity{
			ActivityDate: c.CreatedDate, ActivityType: contacts.ActivityContactCreated,
		}, c.LastActivity)
		same(k, "revision", 1, c.Revision)
	}},
	{"SBM-9 a submission is always reported", Needs{}, func(k *kit) {
		k.hold()
		c := k.create(person("Ada", "ada@example.com"))
		since := position(k)
		k.submit(person("", "ada@example.com"), &contacts.SubmitOptions{PassThroughData: "Hi"})
		k.submit(person("", "ada@example.com", "b@example.com"), nil)
		for i, want := range [][]contacts.ChangeKind{
			{contacts.ContactSubmitted}, {contacts.ContactUpdated, contacts.ContactSubmitted},
		} {
			commit := following(k, since+contacts.Position(i), 1)[0]
			var kinds []contacts.ChangeKind
			for _, change := range commit.Changes {
				kinds = append(kinds, change.Kind)
				same(k, "the contact", c.ID, change.After.ID())
			}
			same(k, "the changes", want, kinds)
			text, _ := commit.Changes[len(commit.Changes)-1].Submission()
			same(k, "passThroughData", []string{"Hi", ""}[i], text)
		}
	}},
	{"SBM-10 an activity", Needs{}, func(k *kit) {
		c := k.create(person("Ada", "ada@example.com"))
		info := person("", "ada@example.com")
		at := c.LastActivity.ActivityDate.Add(time.Hour)
		report := func(info contacts.Info, t contacts.ActivityType, at time.Time) *contacts.Contact {
			opts := &contacts.SubmitOptions{Activity: contacts.Activity{ActivityType: t, ActivityDate: at}}
			return k.get(k.submit(info, opts).ContactID)
		}
		got := report(info, contacts.ActivityFormSubmitted, at)
		want := contacts.Activity{ActivityType: contacts.ActivityFormSubmitted, ActivityDate: at}
		same(k, "lastActivity", want, got.LastActivity)
		same(k, "revision", 2, got.Revision)
		got = report(info, contacts.ActivityGeneral, at.Add(-time.Minute))
		same(k, "the activity after an older one", at, got.LastActivity.ActivityDate)
		same(k, "the revision after an older one", 2, got.Revision)
		info.Company = "Acorn"
		got = report(info, contacts.ActivityGeneral, at.Add(time.Minute))
		same(k, "one revision for both", 3, got.Revision)
		same(k, "company", "Acorn", got.Info.Company)
		got = report(person("Bob"), contacts.ActivityFormSubmitted, at.Add(-24*time.Hour))
		same(k, "the activity of a new contact", contacts.ActivityFormSubmitted, got.LastActivity.ActivityType)
		same(k, "the revision of a new contact", 1, got.Revision)
		opts := &contacts.SubmitOptions{Activity: contacts.Activity{ActivityType: contacts.ActivityContactCreated}}
		k.trySubmit(info, opts).invalid(k, "activity.activityType FORMAT ENUM")
	}},
	{"UPS-1 the contact of an upsert", Needs{}, func(k *kit) {
		first, _, third := sayings(k)
		for _, tc := range []struct {
			info contacts.Info
			want *contacts.Contact
		}{
			{person("", "SHARED@example.com"), first}, {caller("", "US", numberUS2), third}, {caller("X", "", "n/a"), nil},
			{person("Third"), nil}, {person("", "new@example.com"), nil},
		} {
			k.forget()
			u := upsertedOf(k.upserter().Upsert(k.ctx(), tc.info, nil)).ok(k)
			if tc.want == nil {
				same(k, "the action", contacts.UpsertCreated, u.action)
				continue
			}
			same(k, "the contact", tc.want.ID, u.contact.ID)
		}
		source := contacts.Source{SourceType: contacts.SourceImport}
		u := upsertedOf(k.upserter().Upsert(k.ctx(), person("Eve"), &contacts.UpsertOptions{Source: source})).ok(k)
		same(k, "source", source, u.contact.Source)
	}},
	{"UPS-2 what is given replaces single values", Needs{}, func(k *kit) {
		info := named("Ada", "Byron")
		info.Emails = person("", "ada@example.com", "b@example.com").Emails
		info.Company, info.JobTitle, info.ExtendedFields = "Acorn", "Baker", map[string]any{keyVATID: "DK 1"}
		info.LabelKeys = []string{labelCustomers}
		c := k.create(info)
		info = named("Eve", " ")
		info.Emails = person("", "new@example.com", "B@example.com").Emails
		info.Emails[0].Primary = true
		info.Company, info.ExtendedFields = "Birch", map[string]any{keyVATID: "DK 2"}
		info.LabelKeys = []string{labelContacted}
		k.tick()
		u := upsertedOf(k.upserter().Upsert(k.ctx(), info, nil)).ok(k)
		same(k, "the action", contacts.UpsertUpdated, u.action)
		got := u.contact
		same(k, "the name", contacts.Name{First: "Eve", Last: "Byron"}, got.Info.Name)
		same(k, "company", "Birch", got.Info.Company)
		same(k, "jobTitle", "Baker", got.Info.JobTitle)
		same(k, "labelKeys", []string{labelCustomers, labelContacted}, got.Info.LabelKeys)
		same[any](k, keyVATID, "DK 2", got.Info.ExtendedFields[keyVATID])
		same(k, "the number of emails", 3, len(got.Info.Emails))
		same(k, "the first emails", c.Info.Emails, got.Info.Emails[:2])
		same(k, "revision", 2, got.Revision)
		sameContact(k, "the contact as read", got, k.get(c.ID))
	}},
	{"UPS-3 nothing new", Needs{}, func(k *kit) {
		info := person("Ada", "ada@example.com")
		info.Company = "Acorn"
		u := upsertedOf(k.upserter().Upsert(k.ctx(), info, nil)).ok(k)
		same(k, "the action", contacts.UpsertCreated, u.action)
		k.tick()
		again := upsertedOf(k.upserter().Upsert(k.ctx(), info, nil)).ok(k)
		same(k, "the action", contacts.UpsertUnchanged, again.action)
		sameContact(k, "the contact", u.contact, again.contact)
		sameContact(k, "the contact as read", u.contact, k.get(u.contact.ID))
	}},
	{"UPS-4 the order of checks", Needs{}, func(k *kit) {
		try := func(info contacts.Info) result[upserted] {
			k.Helper()
			return upsertedOf(k.upserter().Upsert(k.ctx(), info, nil))
		}
		c := k.create(person("Ada", "ada@example.com"))
		info := contacts.Info{Birthdate: "soon", LabelKeys: []string{"custom.missing"}}
		info.ExtendedFields = map[string]any{"custom.missing": 1, keyVATID: 1}
		info.Emails = []contacts.Email{{Address: "ada@example.com", Primary: true}, {Address: "b@b", Primary: true}}
		try(info).invalid(k, "info.birthdate FORMAT LOCAL_DATE")
		info.Birthdate = ""
		try(info).fails(k, contacts.ErrMultiplePrimary)
		info.Emails = info.Emails[:1]
		try(info).fails(k, contacts.ErrFieldNotFound)
		delete(info.ExtendedFields, "custom.missing")
		try(info).fails(k, contacts.ErrInvalidFieldValue)
		info.ExtendedFields = nil
		try(info).fails(k, contacts.ErrLabelNotFound)
		try(contacts.Info{Company: "Acorn"}).fails(k, contacts.ErrInsufficientData)
		info = person("", "ada@example.com")
		for i := range 50 {
			info.Addresses = append(info.Addresses, contacts.Address{City: strings.Repeat("x", i+1)})
		}
		k.update(c, contacts.Patch{Addresses: contacts.Set([]contacts.Address{{City: "Odense"}})})
		try(info).invalid(k, "info.addresses.items MAX_SIZE 50")
		m := k.create(caller("Mel", "US", numberUS))
		k.setMember(m.ID, &contacts.Member{MemberID: missingID()})
		info = caller("", "US", numberUS)
		info.Emails = person("", "mel@example.com").Emails
		try(info).fails(k, contacts.ErrUpdateMemberEmail)
	}},
}
