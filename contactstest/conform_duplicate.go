package contactstest

import "github.com/contactsdb/contacts"

// Numbers of the cases of DUP: two texts of one number, a number of both Germany and the Netherlands, and one that is
// valid nowhere without an area code.
const (
	numberUS     = "201-555-0123"
	numberUS2    = "(201) 555 0123"
	numberShared = "0301234567"
	numberLoose  = "555-0199"
)

// reachable returns an info with emails and phones but without a name.
func reachable(emails []string, phones ...contacts.Phone) contacts.Info {
	info := person("", emails...)
	info.Phones = phones
	return info
}

func number(country, text string) contacts.Phone {
	return contacts.Phone{CountryCode: country, Number: text}
}

// clashes creates one contact and requires that the other is refused as its duplicate, by this email or phone.
func clashes(k *kit, one, other contacts.Info, email, phone string) {
	k.Helper()
	c := k.create(one)
	err := k.tryCreate(other).fails(k, contacts.ErrDuplicate)
	want := contacts.DuplicateError{ID: c.ID, Email: email, Phone: phone}
	same(k, "DuplicateError", want, *detail[*contacts.DuplicateError](k, err))
	k.remove(c.ID)
}

// differ creates one contact and requires that the other is not refused as its duplicate.
func differ(k *kit, one, other contacts.Info) {
	k.Helper()
	a, b := k.create(one), k.tryCreate(other).ok(k)
	k.remove(a.ID)
	k.remove(b.ID)
}

// duplicateCases are those of DUP. Most call Create; those of DUP-4 show that Update checks in the same way.
var duplicateCases = []conformCase{
	{"DUP-1 the primary email or phone of another contact", Needs{}, func(k *kit) {
		clashes(k, person("Ada", "ada@example.com"), person("Eve", "ada@example.com"), "ada@example.com", "")
		clashes(k, caller("Ada", "US", numberUS), caller("Eve", "US", numberUS), "", numberUS)
		differ(k, person("Ada"), person("Ada"))
	}},
	{"DUP-1 duplicates that are allowed", Needs{}, func(k *kit) {
		info := person("Ada", "ada@example.com")
		k.create(info)
		allow := &contacts.CreateOptions{AllowDuplicates: true}
		c := of(k.api().Create(k.ctx(), info, allow)).ok(k)
		k.create(caller("Eve", "US", numberUS))
		of(k.api().Create(k.ctx(), caller("Eve", "US", numberUS), allow)).ok(k)
		d := k.create(person("Eve", "eve@example.com"))
		patch := contacts.Patch{Emails: contacts.Set(info.Emails)}
		k.tryUpdate(d, patch).fails(k, contacts.ErrDuplicate)
		of(k.api().Update(k.ctx(), d.ID, 1, patch, &contacts.UpdateOptions{AllowDuplicates: true})).ok(k)
		k.tryUpdate(c, contacts.Patch{Company: contacts.Set("Acorn")}).ok(k)
	}},
	{"DUP-2 emails without regard to case and surrounding space", Needs{}, func(k *kit) {
		clashes(k, person("", "Ada@Example.com"), person("", " aDA@example.COM\t"), "Ada@Example.com", "")
		clashes(k, person("", "ÄNN@example.com"), person("", "änn@example.com"), "ÄNN@example.com", "")
		clashes(k, person("", "ΝΙΚΟΣ@example.com"), person("", "νικος@example.com"), "ΝΙΚΟΣ@example.com", "")
		differ(k, person("", "\u212aim@example.com"), person("", "kim@example.com"))
		differ(k, person("", "sam@example.com"), person("", "ſam@example.com"))
		differ(k, person("", "ada@example.com.example.org"), person("", "ada@example.com"))
	}},
	{"DUP-2 only primary emails count", Needs{}, func(k *kit) {
		differ(k, person("", "eve@example.com", "ada@example.com"), person("", "ada@example.com"))
		differ(k, person("", "ada@example.com"), person("", "eve@example.com", "ada@example.com"))
		flag := person("", "eve@example.com", "ada@example.com")
		flag.Emails[1].Primary = true
		clashes(k, flag, person("", "ada@example.com"), "ada@example.com", "")
		clashes(k, person("", "ada@example.com"), flag, "ada@example.com", "")
	}},
	{"DUP-2 an email that has become the primary one", Needs{}, func(k *kit) {
		c := k.create(person("Ada", "ada@example.com", "eve@example.com"))
		c = k.update(c, patchEmails("eve@example.com", "ada@example.com"))
		k.tryCreate(person("Eve", "eve@example.com")).fails(k, contacts.ErrDuplicate)
		k.tryCreate(person("Eve", "ada@example.com")).ok(k)
		c = k.update(c, contacts.Patch{Phones: contacts.Set(caller("", "US", "646-567-6359", numberUS).Phones)})
		k.update(c, contacts.Patch{Phones: contacts.Set(caller("", "US", numberUS, "646-567-6359").Phones)})
		k.tryCreate(caller("Eve", "US", numberUS)).fails(k, contacts.ErrDuplicate)
		k.tryCreate(caller("Eve", "US", "646-567-6359")).ok(k)
	}},
	{"DUP-2 phones do not count if there are emails", Needs{}, func(k *kit) {
		differ(k, reachable([]string{"eve@example.com"}, number("US", numberUS)),
			reachable([]string{"ada@example.com"}, number("US", numberUS)))
		clashes(k, reachable([]string{"eve@example.com"}, number("US", numberUS)),
			reachable(nil, number("US", numberUS)), "", numberUS)
	}},
	{"DUP-3 phones by E.164 form and extension, else by text", Needs{}, func(k *kit) {
		clashes(k, caller("", "US", numberUS), caller("", "US", numberUS2), "", numberUS)
		clashes(k, caller("", "US", "+1 201 555 0123"), caller("", "US", numberUS), "", "+1 201 555 0123")
		differ(k, caller("", "DE", numberShared), caller("", "NL", numberShared))
		clashes(k, caller("", "", numberLoose), caller("", "US", numberLoose), "", numberLoose)
		clashes(k, caller("", "US", numberUS), caller("", "", numberUS), "", numberUS)
		clashes(k, caller("", "", numberUS), caller("", "US", numberUS), "", numberUS)
		differ(k, caller("", "US", numberUS), caller("", "", numberUS2))
		differ(k, caller("", "", "555-0199"), caller("", "", "555 0199"))
		differ(k, caller("", "US", numberUS+" x1"), caller("", "US", numberUS+" x2"))
		differ(k, caller("", "US", numberUS), caller("", "US", numberUS+" x2"))
		differ(k, caller("", "US", numberUS+" x2"), caller("", "US", numberUS))
		clashes(k, caller("", "US", numberUS+" x2"), caller("", "US", numberUS2+" ext. 2"), "", numberUS+" x2")
		differ(k, caller("", "", "n/a"), caller("", "", "n/a"))
	}},
	{"DUP-3 in one commit", Needs{}, func(k *kit) {
		codesOf(k, k.batch(
			contacts.CreateOp{Info: caller("Ada", "US", numberUS+" x2")},
			contacts.CreateOp{Info: caller("Bob", "US", numberUS+" x3")},
			contacts.CreateOp{Info: caller("Cyd", "US", numberUS2+" x3")},
		), "", "", contacts.ErrDuplicate)
	}},
	{"DUP-3 only primary phones count", Needs{}, func(k *kit) {
		differ(k, caller("", "US", "646-567-6359", numberUS), caller("", "US", numberUS))
		differ(k, caller("", "US", numberUS), caller("", "US", "646-567-6359", numberUS))
		differ(k, caller("", "", "646-567-6359", numberLoose), caller("", "", numberLoose))
	}},
	{"DUP-4 an update compares what it changes", Needs{}, func(k *kit) {
		k.create(reachable([]string{"ada@example.com"}, number("US", numberUS)))
		d := k.create(reachable([]string{"ada@example.com"}, number("US", numberUS)))
		d = k.tryUpdate(d, contacts.Patch{Company: contacts.Set("Acorn")}).ok(k)
		d = k.tryUpdate(d, patchEmails("ADA@example.com ")).ok(k)
		d = k.tryUpdate(d, patchEmails("ada@example.com", "eve@example.com")).ok(k)
		d = k.tryUpdate(d, contacts.Patch{Phones: contacts.Set(caller("", "US", numberUS2).Phones)}).ok(k)
		d = k.update(d, contacts.Patch{
			Emails: contacts.Set(person("", "eve@example.com").Emails),
			Phones: contacts.Set(caller("", "US", "646-567-6359").Phones),
		})
		k.tryUpdate(d, patchEmails("ada@example.com")).fails(k, contacts.ErrDuplicate)
		k.tryUpdate(d, contacts.Patch{
			Phones: contacts.Set(caller("", "US", numberUS).Phones),
		}).fails(k, contacts.ErrDuplicate)
		// Emails are given, so phones do not count, even if the email stays.
		k.tryUpdate(d, contacts.Patch{
			Emails: contacts.Set(person("", "eve@example.com").Emails),
			Phones: contacts.Set(caller("", "US", numberUS).Phones),
		}).ok(k)
	}},
	{"DUP-4 a phone with another extension or text is another phone", Needs{}, func(k *kit) {
		k.create(caller("Ada", "US", numberUS+" x2"))
		k.create(caller("Bob", "", numberLoose))
		c := k.create(caller("Eve", "US", numberUS+" x3"))
		for _, p := range []contacts.Phone{number("US", numberUS+" x2"), number("", numberLoose)} {
			k.tryUpdate(c, contacts.Patch{Phones: contacts.Set([]contacts.Phone{p})}).fails(k, contacts.ErrDuplicate)
		}
		c = k.update(c, contacts.Patch{Phones: contacts.Set([]contacts.Phone{number("", numberLoose)})})
		k.tryUpdate(c, contacts.Patch{Phones: contacts.Set([]contacts.Phone{number("", numberLoose)})}).ok(k)
	}},
	{"DUP-4 a contact is not its own duplicate", Needs{}, func(k *kit) {
		c := k.create(person("Ada", "ada@example.com", "eve@example.com"))
		c = k.tryUpdate(c, patchEmails("eve@example.com", "ada@example.com")).ok(k)
		k.tryUpdate(c, patchEmails("ada@example.com")).ok(k)
		c = k.create(caller("Bob", "", numberUS))
		c = k.tryUpdate(c, contacts.Patch{Phones: contacts.Set(caller("", "US", numberUS).Phones)}).ok(k)
		k.tryUpdate(c, contacts.Patch{Phones: contacts.Set(caller("", "", numberUS).Phones)}).ok(k)
	}},
	{"DUP-5 the error has the values of the other contact", Needs{}, func(k *kit) {
		other := k.create(reachable([]string{" Ada@Example.com"}, number("US", numberUS)))
		err := k.tryCreate(person("Eve", "ada@example.com")).fails(k, contacts.ErrDuplicate)
		same(k, "DuplicateError", contacts.DuplicateError{ID: other.ID, Email: " Ada@Example.com"},
			*detail[*contacts.DuplicateError](k, err))
		err = k.tryCreate(caller("Eve", "US", numberUS2)).fails(k, contacts.ErrDuplicate)
		same(k, "DuplicateError", contacts.DuplicateError{ID: other.ID, Phone: numberUS},
			*detail[*contacts.DuplicateError](k, err))
	}},
	{"DUP-6 the oldest of several", Needs{}, func(k *kit) {
		first := k.create(person("Ada", "ada@example.com"))
		second := k.create(person("Bob", "ada@example.com"))
		k.tick()
		k.create(person("Cyd", "ada@example.com"))
		k.update(first, contacts.Patch{Company: contacts.Set("Acorn")})
		err := k.tryCreate(person("Eve", "ada@example.com")).fails(k, contacts.ErrDuplicate)
		same(k, "the duplicate", first.ID, detail[*contacts.DuplicateError](k, err).ID)
		k.remove(first.ID)
		err = k.tryCreate(person("Eve", "ada@example.com")).fails(k, contacts.ErrDuplicate)
		same(k, "the duplicate after a delete", second.ID, detail[*contacts.DuplicateError](k, err).ID)
	}},
	{"DUP-6 the oldest of several with a phone", Needs{}, func(k *kit) {
		first := k.create(caller("Ada", "", numberUS))
		k.create(caller("Bob", "US", numberUS))
		err := k.tryCreate(caller("Eve", "US", numberUS)).fails(k, contacts.ErrDuplicate)
		same(k, "the duplicate", first.ID, detail[*contacts.DuplicateError](k, err).ID)
	}},
}
