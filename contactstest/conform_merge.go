package contactstest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// merges creates a target and sources, merges them and requires the info that want makes of the target's; s has the
// infos of the sources as they are stored. Extended fields that the store derives are not compared.
func merges(k *kit, target contacts.Info, sources []contacts.Info, want func(in *contacts.Info, s []contacts.Info)) {
	k.Helper()
	t := k.create(target)
	var list []*contacts.Contact
	var stored []contacts.Info
	for _, info := range sources {
		c := k.create(info)
		list, stored = append(list, c), append(stored, c.Info.Clone())
	}
	expect := t.Info.Clone()
	want(&expect, stored)
	got := k.merge(t, list...)
	same(k, "info of the merged contact", notDerived(expect), notDerived(got.Info))
	sameContact(k, "the merged contact as read", got, k.get(t.ID))
	k.remove(t.ID)
}

// notDerived returns a copy of an info without the extended fields that the store derives.
func notDerived(in contacts.Info) contacts.Info {
	in = in.Clone()
	for _, key := range []string{keyByFirst, keyByLast, keyMembership, keyEffective, keySubscription, keyDelivery} {
		delete(in.ExtendedFields, key)
	}
	return in
}

// stays wants the info of the target as it is.
func stays(*contacts.Info, []contacts.Info) {}

func addEmails(in *contacts.Info, list ...contacts.Email) {
	for _, e := range list {
		e.Primary = false
		in.Emails = append(in.Emails, e)
	}
}

func addPhones(in *contacts.Info, list ...contacts.Phone) {
	for _, p := range list {
		p.Primary = false
		in.Phones = append(in.Phones, p)
	}
}

// preview previews a merge. It skips the case if the implementation reports only the merged contact.
func preview(k *kit, target *contacts.Contact, sources ...*contacts.Contact) *contacts.MergePlan {
	k.Helper()
	plan := of(k.api().PreviewMerge(k.ctx(), target.ID, idsOf(sources))).ok(k)
	if plan.Fingerprint == (contacts.Fingerprint{}) {
		k.Skipf("the implementation reports no %s", "MergePlan.Fingerprint")
	}
	return plan
}

// account returns the entries of a plan as text, with the numbers of the contacts, 0 for the target.
func account(plan *contacts.MergePlan, list ...*contacts.Contact) []string {
	var lines []string
	for _, e := range plan.Account {
		n := slices.Index(idsOf(list), e.From)
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d %s %s %s%s", n, e.Field, e.Outcome, e.To, e.Reason)))
	}
	return lines
}

// only returns the lines that contain a text.
func only(lines []string, text string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !strings.Contains(line, text) })
}

func infos(list ...contacts.Info) []contacts.Info { return list }

func emailsOf(list ...contacts.Email) contacts.Info { return contacts.Info{Emails: list} }

func phonesOf(list ...contacts.Phone) contacts.Info { return contacts.Info{Phones: list} }

// tagged returns an email with a tag.
func tagged(tag contacts.EmailTag, address string) contacts.Email {
	return contacts.Email{Tag: tag, Address: address}
}

// withEdit returns an info named Eve with an edit.
func withEdit(edit func(*contacts.Info)) contacts.Info {
	in := person("Eve")
	edit(&in)
	return in
}

// mergeCases are those of MRG.
var mergeCases = []conformCase{
	{"MRG-1 the list of sources", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		try := func(ids ...uuid.UUID) result[*contacts.Contact] {
			return of(k.api().Merge(k.ctx(), c.ID, 1, ids, nil))
		}
		try().invalid(k, "sourceContactIds MIN_SIZE 1")
		try(someIDs(6)...).invalid(k, "sourceContactIds MAX_SIZE 5")
		err := try(append(someIDs(1), uuid.Nil)...).fails(k, contacts.ErrInvalid)
		check(k, "the violation does not name a nil source",
			strings.HasPrefix(violationsOf(err)[0], "sourceContactIds[1] FORMAT"))
		try(someIDs(5)...).fails(k, contacts.ErrContactNotFound)
		of(k.api().PreviewMerge(k.ctx(), c.ID, nil)).invalid(k, "sourceContactIds MIN_SIZE 1")
	}},
	{"MRG-1 the order of the checks", Needs{}, func(k *kit) {
		ada, eve, old := k.create(person("Ada")), k.create(person("Eve")), k.create(person("Old"))
		k.merge(k.create(person("Bob")), old)
		plan := contacts.MergeOptions{}
		for _, step := range []struct {
			want     contacts.Code
			target   uuid.UUID
			revision int
			sources  []uuid.UUID
			about    uuid.UUID // the contact of the error
		}{
			{contacts.ErrContactNotFound, missingID(), 9, []uuid.UUID{missingID(), eve.ID, eve.ID}, missingID()},
			{contacts.ErrContactNotFound, old.ID, 9, []uuid.UUID{eve.ID, eve.ID}, old.ID},
			{contacts.ErrContactNotFound, ada.ID, 9, []uuid.UUID{ada.ID, eve.ID, old.ID, eve.ID}, uuid.Nil},
			{contacts.ErrContactNotFound, ada.ID, 9, []uuid.UUID{eve.ID, eve.ID, missingID()}, uuid.Nil},
			{contacts.ErrIllegalMerge, ada.ID, 9, []uuid.UUID{eve.ID, ada.ID}, uuid.Nil},
			{contacts.ErrIllegalMerge, ada.ID, 9, []uuid.UUID{eve.ID, eve.ID}, uuid.Nil},
			{contacts.ErrAlreadyChanged, ada.ID, 2, []uuid.UUID{eve.ID}, ada.ID},
			{contacts.ErrAlreadyChanged, ada.ID, 0, []uuid.UUID{eve.ID}, ada.ID},
		} {
			err := of(k.api().Merge(k.ctx(), step.target, step.revision, step.sources, &plan)).fails(k, step.want)
			if step.about != uuid.Nil {
				same(k, "the contact of the error", step.about, detail[*contacts.Error](k, err).ID)
			}
		}
		k.merge(ada, eve)
	}},
	{"MRG-1 a plan is checked after the revision", Needs{}, func(k *kit) {
		ada, eve := k.create(person("Ada")), k.create(person("Eve"))
		wrong := &contacts.MergeOptions{Plan: contacts.Fingerprint{1}}
		ids := []uuid.UUID{eve.ID}
		// First, because it skips the case if the implementation does not accept plans.
		of(k.api().Merge(k.ctx(), ada.ID, 1, ids, wrong)).fails(k, contacts.ErrPlanOutdated)
		of(k.api().Merge(k.ctx(), ada.ID, 2, ids, wrong)).fails(k, contacts.ErrAlreadyChanged)
	}},
	{"MRG-2 members and payers cannot be merged away", Needs{}, func(k *kit) {
		ada := k.create(person("Ada"))
		link := func(id uuid.UUID, role contacts.Role) {
			k.setMember(id, withRole(role, ""))
		}
		var blocks []contacts.MergeBlock
		var sources []*contacts.Contact
		for _, tc := range []struct {
			set  func(id uuid.UUID)
			want []contacts.MergeBlocker
		}{
			{func(id uuid.UUID) { link(id, contacts.RoleUnspecified) }, []contacts.MergeBlocker{contacts.SourceIsMember}},
			{func(id uuid.UUID) { link(id, contacts.RoleOwner) }, []contacts.MergeBlocker{contacts.SourceIsOwnerOrContributor}},
			{func(id uuid.UUID) { k.setBilling(id, true) }, []contacts.MergeBlocker{contacts.SourceHasBillingSubscription}},
		} {
			c := k.create(person("Eve"))
			tc.set(c.ID)
			k.tryMerge(ada, c).fails(k, contacts.ErrFailedPrecondition)
			of(k.api().Merge(k.ctx(), ada.ID, 9, []uuid.UUID{c.ID}, nil)).fails(k, contacts.ErrFailedPrecondition)
			for _, b := range tc.want {
				blocks = append(blocks, contacts.MergeBlock{Blocker: b, ID: c.ID})
			}
			sources = append(sources, c)
			k.merge(k.get(c.ID), k.create(person("Bob"))) // as a target it can be merged
		}
		err := k.tryMerge(ada, sources...).fails(k, contacts.ErrFailedPrecondition)
		same(k, "blocks", blocks, detail[*contacts.BlockedError](k, err).Blocks)
		k.setMember(sources[0].ID, nil)
		k.setBilling(sources[2].ID, false)
		k.merge(ada, sources[0], sources[2])
	}},
	{"MRG-2 a member who pays is blocked twice", Needs{}, func(k *kit) {
		ada, eve := k.create(person("Ada")), k.create(person("Eve"))
		k.setMember(eve.ID, withRole(contacts.RoleContributor, ""))
		k.setBilling(eve.ID, true)
		err := k.tryMerge(ada, eve).fails(k, contacts.ErrFailedPrecondition)
		same(k, "blocks", []contacts.MergeBlock{
			{Blocker: contacts.SourceIsOwnerOrContributor, ID: eve.ID},
			{Blocker: contacts.SourceHasBillingSubscription, ID: eve.ID},
		}, detail[*contacts.BlockedError](k, err).Blocks)
	}},
	{"MRG-3 the values of the target stay", Needs{}, func(k *kit) {
		merges(k, richInfo("ada"), infos(richInfo("eve")), func(in *contacts.Info, s []contacts.Info) {
			addEmails(in, s[0].Emails...)
		})
		merges(k, richInfo("ada"), repeated(5, richInfo("ada")), stays)
		merges(k, richInfo("ada"), infos(person("Eve")), stays)
		home := contacts.Address{City: "Odense"}
		merges(k, contacts.Info{
			Emails: person("", "a@example.com", "b@example.com", "A@example.com", "a@example.com").Emails,
			Phones: []contacts.Phone{
				number("US", numberUS), number("US", numberUS2), number("", numberLoose), number("", numberLoose),
			},
			Addresses: []contacts.Address{home, home}, Locations: append(someIDs(2), someIDs(2)...),
		}, infos(contacts.Info{
			Emails: person("", "b@example.com", "a@example.com").Emails,
			Phones: []contacts.Phone{number("", numberLoose), number("US", numberUS)}, Addresses: []contacts.Address{home},
			Locations: someIDs(1),
		}), stays)
	}},
	{"MRG-3 the primary items of the target stay", Needs{}, func(k *kit) {
		source := phonesOf(number("GB", "020 7946 0018"), number("", numberLoose))
		source.Emails = person("", "c@example.com", "b@example.com").Emails
		source.Emails[1].Primary, source.Phones[1].Primary = true, true
		merges(k, reachable([]string{"a@example.com", "b@example.com"}, number("US", numberUS), number("", numberLoose)),
			infos(source), func(in *contacts.Info, s []contacts.Info) {
				addEmails(in, s[0].Emails[1])
				addPhones(in, s[0].Phones[1])
			})
	}},
	{"MRG-4 the name is one unit", Needs{}, func(k *kit) {
		whole := contacts.Info{Name: contacts.Name{First: "Eve", Last: "Brook"}}
		merges(k, contacts.Info{Name: contacts.Name{First: "Ada"}}, infos(whole), stays)
		merges(k, contacts.Info{Name: contacts.Name{Last: "Byron"}}, infos(whole), stays)
		merges(k, person("", "a@example.com"), infos(contacts.Info{Name: contacts.Name{Last: "King"}}, whole),
			func(in *contacts.Info, _ []contacts.Info) { in.Name.Last = "King" })
		merges(k, person("", "a@example.com"), infos(whole, contacts.Info{Name: contacts.Name{First: "Bob"}}),
			func(in *contacts.Info, _ []contacts.Info) { in.Name = whole.Name })
		merges(k, person(" ", "a@example.com"), infos(person("\u200b", "a@example.com"), whole),
			func(in *contacts.Info, _ []contacts.Info) { in.Name = whole.Name })
	}},
	{"MRG-4 single values of the first source that has one", Needs{}, func(k *kit) {
		picture := &contacts.Picture{Image: contacts.Image{ID: "a"}}
		merges(k, person("Ada"), infos(
			withEdit(func(in *contacts.Info) { in.JobTitle, in.Locale = "Baker", "de" }),
			withEdit(func(in *contacts.Info) { in.Company, in.JobTitle, in.Picture = "Acorn", "Analyst", picture }),
			withEdit(func(in *contacts.Info) { in.Company, in.Birthdate = "Birch", "1990-02-28" }),
		), func(in *contacts.Info, _ []contacts.Info) {
			in.Company, in.JobTitle, in.Locale, in.Birthdate, in.Picture = "Acorn", "Baker", "de", "1990-02-28", picture
		})
		merges(k, richInfo("ada"), infos(withEdit(func(in *contacts.Info) {
			in.Company, in.JobTitle, in.Birthdate, in.Locale, in.Picture = "Birch", "Baker", "1990-02-28", "de", picture
		})), stays)
	}},
	{"MRG-5 emails", Needs{}, func(k *kit) {
		merges(k, emailsOf(tagged(contacts.EmailHome, "Ada@Example.com")),
			infos(emailsOf(tagged(contacts.EmailWork, " aDA@example.com\t"), tagged("", "ada@example.com"))), stays)
		merges(k, person("", "kim@example.com"), infos(person("", "\u212aim@example.com")),
			func(in *contacts.Info, s []contacts.Info) { addEmails(in, s[0].Emails[0]) })
		merges(k, person("", "a@example.com", "b@example.com"), infos(
			emailsOf(tagged(contacts.EmailWork, " C@example.com"), tagged("", "a@example.com"), tagged("", "d@example.com")),
			emailsOf(tagged(contacts.EmailHome, "e@example.com"), tagged("", "c@example.com"), tagged("", "E@example.com")),
		), func(in *contacts.Info, s []contacts.Info) {
			addEmails(in, s[0].Emails[0], s[0].Emails[2], s[1].Emails[0])
		})
	}},
	{"MRG-5 the primary items of the first source that has one", Needs{}, func(k *kit) {
		first := reachable([]string{"a@example.com", "b@example.com"})
		first.Emails[1].Primary = true
		phone := phonesOf(number("US", numberUS), number("", numberLoose))
		phone.Phones[1].Primary = true
		merges(k, person("Ada"), infos(phone, first, person("", "c@example.com", "a@example.com")),
			func(in *contacts.Info, s []contacts.Info) {
				in.Phones, in.Emails = s[0].Phones, s[1].Emails
				addEmails(in, s[2].Emails[0])
			})
		merges(k, person("Ada"), infos(phone, phonesOf(number("GB", "020 7946 0018"))),
			func(in *contacts.Info, s []contacts.Info) {
				in.Phones = s[0].Phones
				addPhones(in, s[1].Phones...)
			})
	}},
	{"MRG-5 phones", Needs{}, func(k *kit) {
		merges(k, phonesOf(number("US", numberUS)),
			infos(phonesOf(number("US", numberUS2), number("US", "+1 201 555 0123"), number("", numberUS))), stays)
		merges(k, phonesOf(number("DE", numberShared)),
			infos(phonesOf(number("NL", numberShared), number("DE", numberShared))),
			func(in *contacts.Info, s []contacts.Info) { addPhones(in, s[0].Phones[0]) })
		merges(k, phonesOf(number("US", numberUS+" x123")),
			infos(phonesOf(number("US", numberUS2+" ext. 123"), number("US", numberUS+" x124"), number("US", numberUS))),
			func(in *contacts.Info, s []contacts.Info) { addPhones(in, s[0].Phones[1:]...) })
		merges(k, phonesOf(number("", "n/a")), infos(phonesOf(number("US", "n/a"), number("", "unknown"))),
			func(in *contacts.Info, s []contacts.Info) { addPhones(in, s[0].Phones[1]) })
		merges(k, phonesOf(number("", numberUS)), infos(phonesOf(number("US", numberUS)), phonesOf(number("US", numberUS2))),
			func(in *contacts.Info, s []contacts.Info) { addPhones(in, s[0].Phones[0]) })
	}},
	{"MRG-5 addresses", Needs{}, func(k *kit) {
		list := func(list ...contacts.Address) contacts.Info {
			return contacts.Info{Name: contacts.Name{First: "Ada"}, Addresses: list}
		}
		park := richInfo("ada").Addresses[0]
		work := park.Clone()
		work.Tag = contacts.AddressWork
		merges(k, list(park), infos(list(work, park), list(work)), stays)
		for _, edit := range []func(*contacts.Address){
			func(a *contacts.Address) { a.StreetAddress.Number = "4" },
			func(a *contacts.Address) { a.StreetAddress, a.AddressLine = nil, "3 Park Ave" },
			func(a *contacts.Address) { a.AddressLine2 = "Floor 3" },
			func(a *contacts.Address) { a.City = "New York " },
			func(a *contacts.Address) { a.PostalCode = "" },
			func(a *contacts.Address) { a.Hint = "" },
			func(a *contacts.Address) { a.FormattedAddress = "at home" },
			func(a *contacts.Address) { a.Geocode.Latitude += 0.25 },
			func(a *contacts.Address) { a.Geocode = nil },
		} {
			other := park.Clone()
			edit(&other)
			merges(k, list(park), infos(list(park, other, other)), func(in *contacts.Info, s []contacts.Info) {
				in.Addresses = append(in.Addresses, s[0].Addresses[1])
			})
		}
	}},
	{"MRG-5 an item whose ID is in the list gets another", Needs{}, func(k *kit) {
		id := someIDs(9)[8]
		a, b := row(1, person("Ada", "a@example.com")), row(2, person("Eve", "b@example.com"))
		a.Info.Emails[0].ID, b.Info.Emails[0].ID = id, id
		imports(k, nil, a, b)
		c := k.merge(k.get(a.ID), k.get(b.ID))
		same(k, "the target's ID", id, c.Info.Emails[0].ID)
		distinct(k, itemIDs(c), 2)
	}},
	{"MRG-6 labels, locations and users are united", Needs{}, func(k *kit) {
		red, blue := k.newLabel("MRG Red"), k.newLabel("MRG Blue")
		with := func(labels []string, ids ...uuid.UUID) contacts.Info {
			return withEdit(func(in *contacts.Info) { in.LabelKeys, in.Locations, in.AssignedUserIDs = labels, ids, ids })
		}
		ids := someIDs(5)
		merges(k, with([]string{blue, labelCustomers}, ids[3], ids[1]), infos(
			with([]string{blue, red}, ids[2], ids[1], ids[4]),
			with([]string{labelContacted, red}, ids[0], ids[4], ids[3]),
		), func(in *contacts.Info, _ []contacts.Info) {
			in.LabelKeys = []string{blue, labelCustomers, red, labelContacted}
			in.Locations = []uuid.UUID{ids[3], ids[1], ids[2], ids[4], ids[0]}
			in.AssignedUserIDs = in.Locations
		})
		merges(k, person("Ada"), infos(with([]string{red}, ids[1], ids[1], ids[1])),
			func(in *contacts.Info, _ []contacts.Info) {
				in.LabelKeys, in.Locations, in.AssignedUserIDs = []string{red}, ids[1:2], ids[1:2]
			})
	}},
	{"MRG-7 extended fields", Needs{}, func(k *kit) {
		text, num := k.newField("MRG Text", contacts.DataText), k.newField("MRG Number", contacts.DataNumber)
		with := func(values map[string]any) contacts.Info {
			return withEdit(func(in *contacts.Info) { in.ExtendedFields = values })
		}
		merges(k, with(map[string]any{text: "a"}), infos(
			with(map[string]any{text: "b", num: 1}), with(map[string]any{num: 2, keyVATID: "XX 1"}),
		), func(in *contacts.Info, _ []contacts.Info) {
			in.ExtendedFields[num], in.ExtendedFields[keyVATID] = 1.0, "XX 1"
		})
	}},
	{"MRG-7 derived fields are recomputed", Needs{}, func(k *kit) {
		ada, eve := k.create(person("", "ada@example.com")), k.create(richInfo("eve"))
		c := k.merge(ada, eve)
		same(k, keyByFirst, any("eve Quill"), c.Info.ExtendedFields[keyByFirst])
		same(k, keyEffective, any("ada@example.com"), c.Info.ExtendedFields[keyEffective])
		same(k, "primaryPhone", "+16465676359", c.PrimaryPhone.E164)
	}},
	{"MRG-7 system fields", Needs{}, func(k *kit) {
		ada, eve := k.create(person("Ada")), k.create(person("Eve"))
		values := map[string]any{keyPurchases: 3, keyMobile: "yes"}
		k.setSystem(eve.ID, values).ok(k)
		c := k.merge(ada, eve)
		same(k, keyPurchases, any(3.0), c.Info.ExtendedFields[keyPurchases])
		same(k, keyMobile, any("yes"), c.Info.ExtendedFields[keyMobile])
	}},
	{"MRG-7 statuses of each address by itself", Needs{}, func(k *kit) {
		ada := k.create(person("", "a@example.com", "b@example.com"))
		eve := k.create(person("", "c@example.com", "B@example.com"))
		k.subscribe(ada.ID, "a@example.com", contacts.SubscriptionSubscribed)
		k.subscribe(eve.ID, "b@example.com", contacts.SubscriptionPending)
		k.subscribe(eve.ID, "c@example.com", contacts.SubscriptionUnsubscribed)
		k.tryDeliver(eve.ID, "b@example.com", contacts.EmailDeliverabilityBounced).ok(k)
		k.tryDeliver(ada.ID, "b@example.com", contacts.EmailDeliverabilityValid).ok(k)
		c := k.merge(k.get(ada.ID), k.get(eve.ID))
		for i, want := range []contacts.PrimaryEmail{
			{Email: "a@example.com", SubscriptionStatus: "SUBSCRIBED", DeliverabilityStatus: "NOT_SET"},
			{Email: "b@example.com", SubscriptionStatus: "PENDING", DeliverabilityStatus: "VALID"},
			{Email: "c@example.com", SubscriptionStatus: "UNSUBSCRIBED", DeliverabilityStatus: "NOT_SET"},
		} {
			emails := c.Clone().Info.Emails
			for j := range emails {
				emails[j].Primary = emails[j].Address == want.Email
			}
			c = k.update(c, contacts.Patch{Emails: contacts.Set(emails)})
			same(k, "primaryEmail of "+strconv.Itoa(i), want, c.PrimaryEmail)
		}
	}},
	{"MRG-8 the account", Needs{}, func(k *kit) {
		text := k.newField("MRG Text", contacts.DataText)
		target := contacts.Info{
			Name: contacts.Name{First: "Ada"}, Emails: person("", "a@example.com").Emails, Company: "Acorn",
		}
		source := contacts.Info{
			Name: contacts.Name{First: "Eve"}, Emails: person("", "b@example.com", "A@example.com").Emails,
			Phones: []contacts.Phone{number("US", numberUS)}, Addresses: []contacts.Address{{City: "Odense"}}, Company: "Birch",
			JobTitle: "Baker", LabelKeys: []string{labelCustomers}, Locations: someIDs(1),
			ExtendedFields: map[string]any{text: "x"},
		}
		ada, eve, bob := k.create(target), k.create(source), k.create(contacts.Info{
			Name: contacts.Name{First: "Bob"}, JobTitle: "Analyst", Company: "Acorn",
		})
		plan := preview(k, ada, eve, bob)
		lines := slices.DeleteFunc(account(plan, ada, eve, bob), func(line string) bool {
			return strings.Contains(line, "COMPUTED_AGAIN") || strings.Contains(line, "display") ||
				strings.Contains(line, "emailSubscriptions")
		})
		slices.Sort(lines)
		want := []string{
			"0 info.company KEPT info.company", "0 info.emails.items[0] KEPT info.emails.items[0]",
			"0 info.name KEPT info.name",
			"1 info.addresses.items[0] ADDED info.addresses.items[0]", "1 info.company DROPPED TARGET_HAS_VALUE",
			"1 info.emails.items[0] ADDED info.emails.items[1]", "1 info.emails.items[1] ALREADY_THERE info.emails.items[0]",
			"1 info.extendedFields.items." + text + " ADDED info.extendedFields.items." + text,
			"1 info.jobTitle ADDED info.jobTitle", "1 info.labelKeys.items[0] ADDED info.labelKeys.items[0]",
			"1 info.locations.items[0] ADDED info.locations.items[0]", "1 info.name DROPPED TARGET_HAS_VALUE",
			"1 info.phones.items[0] ADDED info.phones.items[0]",
			"2 info.company ALREADY_THERE info.company", "2 info.jobTitle DROPPED EARLIER_SOURCE_HAS_VALUE",
			"2 info.name DROPPED TARGET_HAS_VALUE",
		}
		same(k, "the account", strings.Join(want, "\n"), strings.Join(lines, "\n"))
		first := slices.IndexFunc(plan.Account, func(e contacts.MergeEntry) bool { return e.From != ada.ID })
		for _, e := range plan.Account[first:] {
			check(k, "the target's entries do not come first", e.From != ada.ID)
		}
	}},
	{"MRG-9 limits of lists", Needs{}, func(k *kit) {
		var errs []error
		var want []contacts.MergeBlock
		for _, l := range []struct {
			blocker contacts.MergeBlocker
			field   string
			fill    func(in *contacts.Info, from, n int)
		}{
			{contacts.TooManyEmails, "info.emails.items", func(in *contacts.Info, from, n int) {
				for i := range n {
					in.Emails = append(in.Emails, contacts.Email{Address: fmt.Sprintf("%d@example.com", from+i)})
				}
			}},
			{contacts.TooManyPhones, "info.phones.items", func(in *contacts.Info, from, n int) {
				for i := range n {
					in.Phones = append(in.Phones, number("", strconv.Itoa(1000+from+i)))
				}
			}},
			{contacts.TooManyAddresses, "info.addresses.items", func(in *contacts.Info, from, n int) {
				for i := range n {
					in.Addresses = append(in.Addresses, contacts.Address{City: strconv.Itoa(from + i)})
				}
			}},
			{contacts.TooManyLocations, "info.locations.items", func(in *contacts.Info, from, n int) {
				in.Locations = someIDs(from + n)[from:]
			}},
			{contacts.TooManyAssignedUsers, "info.assignedUserIds.items", func(in *contacts.Info, from, n int) {
				in.AssignedUserIDs = someIDs(from + n)[from:]
			}},
		} {
			filled := func(from, n int) *contacts.Contact {
				return k.create(withEdit(func(in *contacts.Info) { l.fill(in, from, n) }))
			}
			k.merge(filled(0, 1), filled(1, 48), filled(0, 50))
			target, source := filled(0, 50), filled(49, 2)
			errs = append(errs, k.tryMerge(target, source).fails(k, contacts.ErrIllegalMerge))
			v := contacts.Violation{Field: l.field, Rule: contacts.RuleMaxSize, Threshold: 50}
			want = append(want, contacts.MergeBlock{Blocker: l.blocker, ID: target.ID, Violation: v})
		}
		for i, err := range errs {
			same(k, "blocks", want[i:i+1], detail[*contacts.BlockedError](k, err).Blocks)
			same(k, "violations", []string{violationText(want[i].Violation)}, violationsOf(err))
		}
	}},
	{"MRG-9 the size of the contact", with(func(o *contacts.Options) { o.ContactSizeMax = 3000 }), func(k *kit) {
		big := func(n int) contacts.Info {
			return withEdit(func(in *contacts.Info) {
				in.Addresses = []contacts.Address{{City: strings.Repeat(strconv.Itoa(n), 700)}}
			})
		}
		err := k.tryMerge(k.create(big(1)), k.create(big(2))).fails(k, contacts.ErrIllegalMerge)
		same(k, "blocks", 1, len(detail[*contacts.BlockedError](k, err).Blocks))
		same(k, "violations", []string{"contact MAX_SIZE 3000"}, violationsOf(err))
	}},
	{"MRG-10 dates, revision, source and activity", Needs{}, func(k *kit) {
		ada := k.create(person("Ada", "same@example.com"))
		ada = k.update(ada, contacts.Patch{Company: contacts.Set("Acorn")})
		k.create(person("Bob", "same@example.com")) // duplicates are not checked
		k.tick()
		eve := k.create(person("Eve", "same@example.com"))
		k.tick()
		c := k.merge(ada, eve)
		same(k, "id", ada.ID, c.ID)
		same(k, "revision", 3, c.Revision)
		same(k, "source", ada.Source, c.Source)
		same(k, "createdDate", ada.CreatedDate, c.CreatedDate)
		check(k, "updatedDate is not later", c.UpdatedDate.After(eve.UpdatedDate))
		same(k, "lastActivity", contacts.Activity{
			ActivityType: contacts.ActivityContactMerged, ActivityDate: c.UpdatedDate,
		}, c.LastActivity)
	}},
	{"MRG-10 an activity to come does not stay", Needs{}, func(k *kit) {
		ada, eve := k.create(person("Ada")), k.create(person("Eve"))
		later := ada.CreatedDate.AddDate(1, 0, 0)
		k.tryRecord(ada.ID, contacts.ActivityMemberLogin, later).ok(k)
		c := k.merge(k.get(ada.ID), eve)
		same(k, "activityType", contacts.ActivityContactMerged, c.LastActivity.ActivityType)
		same(k, "activityDate", c.UpdatedDate, c.LastActivity.ActivityDate)
	}},
	{"MRG-11 the sources are deleted", Needs{}, func(k *kit) {
		ada, eve, bob := k.create(person("Ada", "a@example.com")), k.create(richInfo("eve")), k.create(person("Bob"))
		c := k.merge(ada, eve, bob)
		k.matches("the contact with the email of a source", contacts.Eq("info.emails.email", "eve@example.com"), c)
		for _, id := range []uuid.UUID{eve.ID, bob.ID} {
			k.matches("the source", contacts.Eq("id", id.String()))
			done(k.api().Delete(k.ctx(), id)).fails(k, contacts.ErrContactNotFound)
		}
		k.tryCreate(person("Eve", "eve@example.com")).ok(k)
	}},
	{"MRG-12 a preview changes nothing and shows the merged contact", Needs{}, func(k *kit) {
		ada, eve := k.create(person("Ada", "a@example.com")), k.create(richInfo("eve"))
		k.tick()
		plan := of(k.api().PreviewMerge(k.ctx(), ada.ID, []uuid.UUID{eve.ID})).ok(k)
		sameContact(k, "the target", ada, k.get(ada.ID))
		sameContact(k, "the source", eve, k.get(eve.ID))
		want := k.merge(ada, eve).Clone()
		want.Revision, want.UpdatedDate, want.LastActivity = ada.Revision, ada.UpdatedDate, ada.LastActivity
		sameContact(k, "the planned contact", want, plan.Contact)
	}},
	{"MRG-12 a plan has what prevents the merge", Needs{}, func(k *kit) {
		ada, eve := k.create(person("Ada")), k.create(person("Eve"))
		k.setBilling(eve.ID, true)
		plan, err := k.api().PreviewMerge(k.ctx(), ada.ID, []uuid.UUID{eve.ID})
		if err != nil { // a service reports the error of the merge
			of(plan, err).fails(k, contacts.ErrFailedPrecondition)
			k.Skipf("the implementation reports no %s", "MergePlan.Blocks")
		}
		same(k, "blocks", []contacts.MergeBlock{{Blocker: contacts.SourceHasBillingSubscription, ID: eve.ID}}, plan.Blocks)
		done(plan.Err()).fails(k, contacts.ErrFailedPrecondition)
		check(k, "a plan that cannot be carried out is safe", !plan.Safe())
	}},
	{"MRG-12 errors of a preview", Needs{}, func(k *kit) {
		ada := k.create(person("Ada"))
		of(k.api().PreviewMerge(k.ctx(), missingID(), []uuid.UUID{ada.ID})).fails(k, contacts.ErrContactNotFound)
		of(k.api().PreviewMerge(k.ctx(), ada.ID, []uuid.UUID{missingID()})).fails(k, contacts.ErrContactNotFound)
		of(k.api().PreviewMerge(k.ctx(), ada.ID, []uuid.UUID{ada.ID})).fails(k, contacts.ErrIllegalMerge)
	}},
	{"MRG-12 the judgement of a plan", Needs{}, func(k *kit) {
		at := func(first, last, email string) *contacts.Contact {
			return k.create(contacts.Info{Name: contacts.Name{First: first, Last: last}, Emails: person("", email).Emails})
		}
		ada, twin := at("Ada", "Byron", "a@example.com"), at("ada", "BYRON", "A@example.com")
		eve := at("Eve", "King", "a@example.com")
		plan := preview(k, ada, twin)
		check(k, "contacts of one person are not safe to merge", plan.Safe())
		same(k, "pairs", []contacts.DuplicatePair{{
			Older: ada.ID, Younger: twin.ID, Names: contacts.NamesEqual,
			Shared: []contacts.SharedValue{{Email: "a@example.com"}},
		}}, plan.Pairs)
		same(k, "doubts", []contacts.MergeDoubt{contacts.DoubtNamesConflicting}, preview(k, ada, eve).Doubts)
	}},
	{"MRG-12 what many contacts of the store have is common", Needs{}, func(k *kit) {
		ada := func(phone string) *contacts.Contact { return k.create(called("Ada", "Byron", "", number("US", phone))) }
		a, b := ada(numberUS+" x1"), ada(numberUS2+" x1")
		for i := range 5 {
			k.create(called("Eve", "King", "", number("US", fmt.Sprint(numberUS, " x", 2+i))))
		}
		check(k, "other extensions count", preview(k, a, b).Safe())
		for range 3 {
			k.create(called("Eve", "King", "", number("US", numberUS+" x1")))
		}
		check(k, "a phone of five contacts is common", preview(k, a, b).Safe())
		k.create(called("Bob", "King", "", number("US", numberUS+" x1")))
		plan := preview(k, a, b)
		same(k, "doubts with six", []contacts.MergeDoubt{contacts.DoubtConnection}, plan.Doubts)
		check(k, "the value is not common", plan.Pairs[0].Shared[0].Common)
	}},
	{"MRG-13 a plan that is outdated", Needs{}, func(k *kit) {
		ada, eve, bob := k.create(person("Ada")), k.create(person("Eve")), k.create(person("Bob"))
		ids := []uuid.UUID{eve.ID, bob.ID}
		opts := &contacts.MergeOptions{Plan: preview(k, ada, eve, bob).Fingerprint}
		of(k.api().Merge(k.ctx(), ada.ID, 1, []uuid.UUID{bob.ID, eve.ID}, opts)).fails(k, contacts.ErrPlanOutdated)
		of(k.api().Merge(k.ctx(), ada.ID, 1, ids[:1], opts)).fails(k, contacts.ErrPlanOutdated)
		k.update(bob, contacts.Patch{Company: contacts.Set("Acorn")})
		of(k.api().Merge(k.ctx(), ada.ID, 1, ids, opts)).fails(k, contacts.ErrPlanOutdated)
		opts.Plan = preview(k, ada, eve, bob).Fingerprint
		k.create(person("Cyd"))
		of(k.api().Merge(k.ctx(), ada.ID, 1, ids, opts)).ok(k)
	}},
	{"MRG-13 a plan sees what no revision shows", Needs{}, func(k *kit) {
		ada, eve := k.create(person("Ada", "a@example.com", "b@example.com")), k.create(person("Eve"))
		opts := &contacts.MergeOptions{Plan: preview(k, ada, eve).Fingerprint}
		ada = k.subscribe(ada.ID, "b@example.com", contacts.SubscriptionPending)
		of(k.api().Merge(k.ctx(), ada.ID, ada.Revision, []uuid.UUID{eve.ID}, opts)).fails(k, contacts.ErrPlanOutdated)
		opts.Plan = preview(k, ada, eve).Fingerprint
		of(k.api().Merge(k.ctx(), ada.ID, ada.Revision, []uuid.UUID{eve.ID}, opts)).ok(k)
	}},
	{"MRG-14 an objection is never overruled", Needs{}, func(k *kit) {
		const sub, unsub = contacts.SubscriptionSubscribed, contacts.SubscriptionUnsubscribed
		for _, tc := range []struct {
			given []contacts.SubscriptionStatus
			want  contacts.SubscriptionStatus
			lines string
		}{
			{
				[]contacts.SubscriptionStatus{sub, contacts.SubscriptionPending, unsub}, unsub,
				"0 AT DROPPED OBJECTION_WINS\n1 AT DROPPED OBJECTION_WINS\n2 AT ADDED AT",
			},
			{
				[]contacts.SubscriptionStatus{unsub, sub, unsub}, unsub,
				"0 AT KEPT AT\n1 AT DROPPED OBJECTION_WINS\n2 AT ALREADY_THERE AT",
			},
			{
				[]contacts.SubscriptionStatus{contacts.SubscriptionNotSet, contacts.SubscriptionPending, sub},
				contacts.SubscriptionPending, "1 AT ADDED AT\n2 AT DROPPED EARLIER_SOURCE_HAS_VALUE",
			},
			{
				[]contacts.SubscriptionStatus{contacts.SubscriptionNotSet, sub, unsub}, unsub,
				"1 AT DROPPED OBJECTION_WINS\n2 AT ADDED AT",
			},
		} {
			var list []*contacts.Contact
			for _, status := range tc.given {
				c := k.create(person("", "same@example.com"))
				list = append(list, k.subscribe(c.ID, "SAME@example.com", status))
			}
			plan := of(k.api().PreviewMerge(k.ctx(), list[0].ID, idsOf(list[1:]))).ok(k)
			c := k.merge(list[0], list[1:]...)
			same(k, "subscriptionStatus", tc.want, c.PrimaryEmail.SubscriptionStatus)
			if plan.Account != nil {
				lines := strings.Join(only(account(plan, list...), "].subscriptionStatus"), "\n")
				same(k, "the account", tc.lines, strings.ReplaceAll(lines, "info.emails.items[0].subscriptionStatus", "AT"))
			}
			k.remove(c.ID)
		}
	}},
	{"MRG-14 objections of phones", Needs{}, func(k *kit) {
		ada, eve := k.create(caller("", "US", numberUS+" x1")), k.create(caller("", "US", numberUS2+" x1"))
		bob := k.create(caller("", "US", numberUS+" x2"))
		ada = k.subscribe(ada.ID, "+12015550123;ext=1", contacts.SubscriptionSubscribed)
		bob = k.subscribe(bob.ID, "+12015550123;ext=2", contacts.SubscriptionUnsubscribed)
		c := k.merge(ada, bob)
		same(k, "another extension objects for itself", contacts.SubscriptionSubscribed, c.PrimaryPhone.SubscriptionStatus)
		eve = k.subscribe(eve.ID, "+12015550123;ext=1", contacts.SubscriptionUnsubscribed)
		c = k.merge(c, eve)
		same(k, "subscriptionStatus", contacts.SubscriptionUnsubscribed, c.PrimaryPhone.SubscriptionStatus)
	}},
	{"MRG-15 an amount and its currency are one value", Needs{}, func(k *kit) {
		type spent struct{ amount, currency any }
		for _, tc := range []struct {
			given []spent
			want  spent
		}{
			{[]spent{{}, {7.0, "JPY"}}, spent{7.0, "JPY"}},
			{[]spent{{10.0, nil}, {7.0, "JPY"}}, spent{10.0, nil}},
			{[]spent{{nil, "EUR"}, {7.0, "JPY"}}, spent{nil, "EUR"}},
			{[]spent{{}, {10.0, nil}, {nil, "JPY"}}, spent{10.0, nil}},
			{[]spent{{}, {}, {10.0, "EUR"}, {7.0, "JPY"}}, spent{10.0, "EUR"}},
		} {
			var list []*contacts.Contact
			for _, s := range tc.given {
				c := k.create(person("Ada"))
				list = append(list, k.setSystem(c.ID, map[string]any{
					keySpentAmount: s.amount, keySpentCurrency: s.currency,
				}).ok(k))
			}
			c := k.merge(list[0], list[1:]...)
			same(k, keySpentAmount, tc.want.amount, c.Info.ExtendedFields[keySpentAmount])
			same(k, keySpentCurrency, tc.want.currency, c.Info.ExtendedFields[keySpentCurrency])
		}
	}},
}
