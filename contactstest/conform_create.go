package contactstest

import (
	"github.com/contactsdb/contacts"
)

// createCases are those of CRT, GET and DEL.
var createCases = []conformCase{
	{"CRT-1 a name, an email or a phone is enough", Needs{}, func(k *kit) {
		k.create(contacts.Info{Name: contacts.Name{First: "Ada"}})
		k.create(contacts.Info{Name: contacts.Name{Last: "Byron"}})
		k.create(contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}})
		k.create(contacts.Info{Phones: []contacts.Phone{{Number: "n/a"}}})
		k.tryCreate(contacts.Info{Company: "Acorn", JobTitle: "Baker"}).fails(k, contacts.ErrInsufficientData)
		k.tryCreate(contacts.Info{}).fails(k, contacts.ErrInsufficientData)
	}},
	{"CRT-3 dates, activity and revision of a new contact", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		same(k, "revision", 1, c.Revision)
		check(k, "createdDate is set", !c.CreatedDate.IsZero())
		same(k, "updatedDate", c.CreatedDate, c.UpdatedDate)
		same(k, "lastActivity", contacts.Activity{
			ActivityDate: c.CreatedDate, ActivityType: contacts.ActivityContactCreated,
		}, c.LastActivity)
		sameContact(k, "the contact as read", c, k.get(c.ID))
	}},
	{"CRT-3 the date is that of the clock", Needs{}, func(k *kit) {
		now := k.clock()
		same(k, "createdDate", now, k.create(person("Ada")).CreatedDate)
	}},
	{"GET-1 an ID that no contact has, or no longer has", Needs{}, func(k *kit) {
		k.gone(missingID())
		c := k.create(person("Ada"))
		k.remove(c.ID)
		err := of(k.api().Get(k.ctx(), c.ID, nil)).fails(k, contacts.ErrContactNotFound)
		same(k, "the contact of the error", c.ID, detail[*contacts.Error](k, err).ID)
	}},
	{"DEL-1 an ID that no contact has, or no longer has", Needs{}, func(k *kit) {
		done(k.api().Delete(k.ctx(), missingID())).fails(k, contacts.ErrContactNotFound)
		c := k.create(person("Ada"))
		k.remove(c.ID)
		done(k.api().Delete(k.ctx(), c.ID)).fails(k, contacts.ErrContactNotFound)
	}},
}
