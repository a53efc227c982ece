package contactstest

import (
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

func (k *kit) trySubscribe(id uuid.UUID, address string, s contacts.SubscriptionStatus) result[*contacts.Contact] {
	k.Helper()
	return of(k.admin().SetSubscription(k.ctx(), id, address, s))
}

func (k *kit) tryDeliver(id uuid.UUID, email string, s contacts.EmailDeliverability) result[*contacts.Contact] {
	k.Helper()
	return of(k.admin().SetDeliverability(k.ctx(), id, email, s))
}

// emailStatus requires the statuses of the primary email, in primaryEmail and in the extended fields.
func emailStatus(k *kit, c *contacts.Contact, s contacts.SubscriptionStatus, d contacts.EmailDeliverability) {
	k.Helper()
	got := k.get(c.ID)
	same(k, "the subscription of the primary email", s, got.PrimaryEmail.SubscriptionStatus)
	same(k, "the deliverability of the primary email", d, got.PrimaryEmail.DeliverabilityStatus)
	same[any](k, keySubscription, string(s), got.Info.ExtendedFields[keySubscription])
	same[any](k, keyDelivery, string(d), got.Info.ExtendedFields[keyDelivery])
	same[any](k, keyEffective, got.PrimaryEmail.Email, got.Info.ExtendedFields[keyEffective])
}

// phoneStatus requires the subscription of each phone of a contact, by making each of them primary. It returns the
// contact.
func phoneStatus(k *kit, c *contacts.Contact, want ...contacts.SubscriptionStatus) *contacts.Contact {
	k.Helper()
	c = k.get(c.ID)
	for i := range c.Info.Phones {
		phones := c.Clone().Info.Phones
		for j := range phones {
			phones[j].Primary = i == j
		}
		got := k.update(c, contacts.Patch{Phones: contacts.Set(phones)})
		same(k, "the subscription of the phone "+phones[i].Number, want[i], got.PrimaryPhone.SubscriptionStatus)
		c = k.update(got, contacts.Patch{Phones: contacts.Set(c.Info.Phones)})
	}
	return c
}

// withAddresses returns an info with two emails and phones with and without an E.164 form.
func withAddresses() contacts.Info {
	info := person("Ada", "ada@example.com", "b@example.com")
	info.Phones = []contacts.Phone{number("US", numberUS), number("", "n/a")}
	return info
}

const (
	notSet       = contacts.SubscriptionNotSet
	pending      = contacts.SubscriptionPending
	subscribed   = contacts.SubscriptionSubscribed
	unsubscribed = contacts.SubscriptionUnsubscribed
	noStatus     = contacts.SubscriptionNoStatus
	undelivered  = contacts.EmailDeliverabilityNotSet
)

// subscriptionCases are those of SUB and ACT.
var subscriptionCases = []conformCase{
	{"SUB-1 until a status is set", Needs{}, func(k *kit) {
		c := k.create(withAddresses())
		emailStatus(k, c, notSet, undelivered)
		same(k, "the status of a phone", notSet, c.PrimaryPhone.SubscriptionStatus)
		same(k, "its deliverability", contacts.PhoneDeliverabilityNotSet, c.PrimaryPhone.DeliverabilityStatus)
		c = k.create(caller("Eve", "", "n/a"))
		same(k, "the status of a phone that is not valid", noStatus, c.PrimaryPhone.SubscriptionStatus)
		same(k, "its deliverability", contacts.PhoneDeliverabilityNoStatus, c.PrimaryPhone.DeliverabilityStatus)
	}},
	{"SUB-1 a phone that loses its form", Needs{}, func(k *kit) {
		c := k.create(caller("Eve", "US", numberUS))
		c = k.subscribe(c.ID, "+12015550123", subscribed)
		c = k.update(c, contacts.Patch{Phones: contacts.Set(caller("", "", numberUS).Phones)})
		same(k, "the status", noStatus, c.PrimaryPhone.SubscriptionStatus)
	}},
	{"SUB-2 statuses per contact and address", Needs{}, func(k *kit) {
		c, other := k.create(withAddresses()), k.create(person("Eve", "ada@example.com"))
		k.subscribe(c.ID, "ada@example.com", subscribed)
		k.subscribe(c.ID, "b@example.com", unsubscribed)
		emailStatus(k, other, notSet, undelivered)
		c = k.update(k.get(c.ID), patchEmails("B@example.com", " ADA@example.com"))
		emailStatus(k, c, unsubscribed, undelivered)
		c = k.update(c, patchEmails("ada@example.com"))
		emailStatus(k, c, subscribed, undelivered)
		c = k.update(c, patchEmails("b@example.com"))
		emailStatus(k, c, notSet, undelivered) // removed and added again
		k.subscribe(c.ID, "b@example.com", pending)
		k.subscribe(c.ID, "b@example.com", notSet)
		emailStatus(k, c, notSet, undelivered)
	}},
	{"SUB-2 extensions", Needs{}, func(k *kit) {
		c := k.create(caller("Ada", "US", numberUS+" x1", numberUS+" x2"))
		k.subscribe(c.ID, numberUS+" x2", subscribed)
		phoneStatus(k, c, notSet, subscribed)
	}},
	{"SUB-3 SetSubscription", Needs{}, func(k *kit) {
		c := k.create(withAddresses())
		k.tryDeliver(c.ID, "ada@example.com", contacts.EmailDeliverabilityValid).ok(k)
		for _, from := range []contacts.SubscriptionStatus{notSet, pending, subscribed, unsubscribed} {
			for _, to := range []contacts.SubscriptionStatus{notSet, pending, subscribed, unsubscribed} {
				k.subscribe(c.ID, "ada@example.com", from)
				k.subscribe(c.ID, "ada@example.com", to)
				emailStatus(k, c, to, contacts.EmailDeliverabilityValid)
			}
		}
		k.see(k.get(c.ID))
		for _, bad := range []contacts.SubscriptionStatus{noStatus, "", "subscribed"} {
			k.trySubscribe(c.ID, "ada@example.com", bad).invalid(k, "status FORMAT ENUM")
		}
	}},
	{"SUB-4 SetDeliverability", Needs{}, func(k *kit) {
		c := k.create(withAddresses())
		k.subscribe(c.ID, "ada@example.com", pending)
		for _, d := range []contacts.EmailDeliverability{
			contacts.EmailDeliverabilityValid, contacts.EmailDeliverabilityBounced,
			contacts.EmailDeliverabilitySpamComplaint, contacts.EmailDeliverabilityInactive, undelivered,
		} {
			k.see(k.tryDeliver(c.ID, " ADA@example.com", d).ok(k))
			emailStatus(k, c, pending, d)
		}
		for _, bad := range []contacts.EmailDeliverability{"", "valid", "SUBSCRIBED"} {
			k.tryDeliver(c.ID, "ada@example.com", bad).invalid(k, "status FORMAT ENUM")
		}
		k.tryDeliver(c.ID, "+12015550123", contacts.EmailDeliverabilityValid).invalid(k, "email CUSTOM NOT_ON_CONTACT")
	}},
	{"SUB-5 the address", Needs{}, func(k *kit) {
		c := k.create(withAddresses())
		for _, address := range []string{
			"none@example.com", "+12015550124", "n/a", "2015550123", "", "+12015550123;ext=1", "Ada",
		} {
			k.trySubscribe(c.ID, address, subscribed).invalid(k, "address CUSTOM NOT_ON_CONTACT")
		}
		k.tryDeliver(c.ID, "none@example.com", undelivered).invalid(k, "email CUSTOM NOT_ON_CONTACT")
		k.trySubscribe(missingID(), "none@example.com", "?").invalid(k, "status FORMAT ENUM")
		k.tryDeliver(missingID(), "none@example.com", "?").invalid(k, "status FORMAT ENUM")
		k.trySubscribe(missingID(), "none@example.com", subscribed).fails(k, contacts.ErrContactNotFound)
		k.tryDeliver(missingID(), "none@example.com", undelivered).fails(k, contacts.ErrContactNotFound)
		for i, address := range []string{"+12015550123", numberUS, " " + numberUS + "\t"} {
			status := []contacts.SubscriptionStatus{pending, subscribed, unsubscribed}[i]
			got := k.subscribe(c.ID, address, status)
			same(k, "the status after "+address, status, got.PrimaryPhone.SubscriptionStatus)
		}
	}},
	{"SUB-5 extensions of a number", Needs{}, func(k *kit) {
		c := k.create(caller("Ada", "US", numberUS+" x1", numberUS, numberUS+" x2"))
		k.subscribe(c.ID, "+12015550123", pending)
		k.subscribe(c.ID, "+12015550123;ext=2", subscribed)
		c = phoneStatus(k, c, notSet, pending, subscribed)
		k.subscribe(c.ID, "+12015550123", unsubscribed)
		phoneStatus(k, c, unsubscribed, unsubscribed, unsubscribed)
		c = k.create(caller("Eve", "US", numberUS+" x1", numberUS+" x2"))
		k.subscribe(c.ID, "+12015550123", subscribed)
		phoneStatus(k, c, subscribed, notSet)
	}},
	{"SUB-6 a revision, always", Needs{}, func(k *kit) {
		c := k.create(withAddresses())
		for _, call := range []func() result[*contacts.Contact]{
			func() result[*contacts.Contact] { return k.trySubscribe(c.ID, "b@example.com", notSet) },
			func() result[*contacts.Contact] { return k.trySubscribe(c.ID, "b@example.com", subscribed) },
			func() result[*contacts.Contact] { return k.tryDeliver(c.ID, "ada@example.com", undelivered) },
		} {
			k.tick()
			got := call().ok(k)
			check(k, "updatedDate is not later", got.UpdatedDate.After(c.UpdatedDate))
			c.Revision, c.UpdatedDate = c.Revision+1, got.UpdatedDate
			sameContact(k, "the contact", c, got)
		}
	}},
	{"SUB-7 where a status shows", Needs{}, func(k *kit) {
		c := k.create(withAddresses())
		got := k.subscribe(c.ID, "ada@example.com", subscribed)
		same(k, "primaryEmail", subscribed, got.PrimaryEmail.SubscriptionStatus)
		same[any](k, keySubscription, "SUBSCRIBED", got.Info.ExtendedFields[keySubscription])
		got = k.subscribe(c.ID, numberUS, unsubscribed)
		same(k, "primaryPhone", unsubscribed, got.PrimaryPhone.SubscriptionStatus)
		same[any](k, "the field after that of a phone", "SUBSCRIBED", got.Info.ExtendedFields[keySubscription])
		got = k.update(got, patchEmails("b@example.com", "ada@example.com"))
		same(k, "primaryEmail of another primary one", notSet, got.PrimaryEmail.SubscriptionStatus)
		same[any](k, "its field", "NOT_SET", got.Info.ExtendedFields[keySubscription])
	}},
	{"SUB-8 addresses to unsubscribe", Needs{}, func(k *kit) {
		opts := &contacts.CreateOptions{Unsubscribe: []string{"ADA@example.com", "+12015550123"}}
		c := of(k.api().Create(k.ctx(), withAddresses(), opts)).ok(k)
		same(k, "revision", 1, c.Revision)
		same(k, "the status of the email", unsubscribed, c.PrimaryEmail.SubscriptionStatus)
		same(k, "the status of the phone", unsubscribed, c.PrimaryPhone.SubscriptionStatus)
		opts.Unsubscribe = []string{"ada@example.com", "none@example.com", "n/a"}
		opts.AllowDuplicates = true
		of(k.api().Create(k.ctx(), withAddresses(), opts)).
			invalid(k, "unsubscribe[1] CUSTOM NOT_ON_CONTACT", "unsubscribe[2] CUSTOM NOT_ON_CONTACT")
		update := &contacts.UpdateOptions{Unsubscribe: []string{"b@example.com"}}
		c = of(k.api().Update(k.ctx(), c.ID, 1, contacts.Patch{}, update)).ok(k)
		same(k, "revision", 2, c.Revision)
		c = k.update(c, patchEmails("b@example.com"))
		same(k, "the status of the other email", unsubscribed, c.PrimaryEmail.SubscriptionStatus)
		update.Unsubscribe = []string{"new@example.com"}
		of(k.api().Update(k.ctx(), c.ID, c.Revision, contacts.Patch{}, update)).
			invalid(k, "unsubscribe[0] CUSTOM NOT_ON_CONTACT")
		c = of(k.api().Update(k.ctx(), c.ID, c.Revision, patchEmails("new@example.com"), update)).ok(k)
		same(k, "the status of a new email", unsubscribed, c.PrimaryEmail.SubscriptionStatus)
	}},
	{"ACT-1 an activity", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		at := c.CreatedDate.Add(time.Hour)
		got := k.record(c.ID, contacts.ActivityMemberLogin, at.Add(999*time.Microsecond))
		want := contacts.Activity{ActivityDate: at, ActivityType: contacts.ActivityMemberLogin}
		same(k, "lastActivity", want, got.LastActivity)
		got = k.record(c.ID, "", at.Add(100*365*24*time.Hour).In(time.FixedZone("", 3600)))
		want = contacts.Activity{ActivityDate: at.Add(100 * 365 * 24 * time.Hour), ActivityType: contacts.ActivityGeneral}
		same(k, "lastActivity to come", want, got.LastActivity)
		for _, id := range []uuid.UUID{c.ID, missingID()} {
			k.tryRecord(id, "LOGIN", at).invalid(k, "activity.activityType FORMAT ENUM")
		}
		k.tryRecord(missingID(), "", at).fails(k, contacts.ErrContactNotFound)
	}},
	{"ACT-1 an activity without a time", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		k.tick()
		got := k.record(c.ID, contacts.ActivityMemberLogin, time.Time{})
		same(k, "the time", got.UpdatedDate, got.LastActivity.ActivityDate)
		check(k, "updatedDate is not later", got.UpdatedDate.After(c.UpdatedDate))
	}},
	{"ACT-2 CONTACT_CREATED", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		k.tryRecord(c.ID, contacts.ActivityContactCreated, time.Time{}).invalid(k, "activity.activityType FORMAT ENUM")
	}},
	{"ACT-3 an activity that is older", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		at := c.CreatedDate.Add(time.Hour)
		c = k.record(c.ID, contacts.ActivityMemberLogin, at)
		k.tick()
		sameContact(k, "the contact", c, k.record(c.ID, contacts.ActivityGeneral, at.Add(-time.Millisecond)))
		sameContact(k, "the contact as read", c, k.get(c.ID))
		got := k.record(c.ID, contacts.ActivityGeneral, at)
		same(k, "the type at the same time", contacts.ActivityGeneral, got.LastActivity.ActivityType)
	}},
	{"ACT-4 a revision for each that is kept", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		k.tick()
		got := k.record(c.ID, contacts.ActivityMemberLogin, c.CreatedDate)
		check(k, "updatedDate is not later", got.UpdatedDate.After(c.UpdatedDate))
		c.Revision, c.UpdatedDate = 2, got.UpdatedDate
		c.LastActivity.ActivityType = contacts.ActivityMemberLogin
		sameContact(k, "the contact", c, got)
	}},
	{"ACT-5 nothing else follows", Needs{}, func(k *kit) {
		c := k.setMember(k.create(withAddresses()).ID, member(contacts.MemberActive))
		for _, t := range []contacts.ActivityType{
			contacts.ActivityMemberLogin, contacts.ActivityMemberStatusChanged, contacts.ActivityFormSubmitted,
		} {
			got := k.record(c.ID, t, c.LastActivity.ActivityDate)
			c.Revision, c.UpdatedDate, c.LastActivity = got.Revision, got.UpdatedDate, got.LastActivity
			sameContact(k, "the contact after "+string(t), c, got)
		}
		k.tick()
		activity := c.LastActivity
		c = k.update(c, contacts.Patch{Company: contacts.Set("Acorn")})
		same(k, "lastActivity after an update", activity, c.LastActivity)
		same(k, "lastActivity after Label", activity, k.label(c.ID, labelCustomers).LastActivity)
		same(k, "lastActivity after SetSubscription", activity, k.subscribe(c.ID, "ada@example.com", subscribed).LastActivity)
	}},
}

// record reports an activity.
func (k *kit) record(id uuid.UUID, t contacts.ActivityType, at time.Time) *contacts.Contact {
	k.Helper()
	c := k.tryRecord(id, t, at).ok(k)
	k.see(c)
	return c
}

func (k *kit) tryRecord(id uuid.UUID, t contacts.ActivityType, at time.Time) result[*contacts.Contact] {
	k.Helper()
	return of(k.admin().RecordActivity(k.ctx(), id, t, at))
}
