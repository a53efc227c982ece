package contactstest

import (
	"iter"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Patch returns a patch that sets a few members and is valid for c in its present state: lists keep some items with
// their IDs, drop others and gain new ones, and the contact keeps a name, an email or a phone. A nil c stands for any
// contact that is not a member; then lists have new items only. If c is a member, its emails stay (MEM-1). With
// Gen.Collisions the primary email or phone can become that of another contact.
func (g *Gen) Patch(c *contacts.Contact) contacts.Patch {
	var p contacts.Patch
	for range 1 + g.n(4) {
		g.change(&p, c, g.n(13))
	}
	g.keepIdentity(&p, c)
	return p
}

// BulkPatch returns a patch that is valid for any number of contacts, including members: it sets no emails, phones and
// names.
func (g *Gen) BulkPatch() contacts.Patch {
	var p contacts.Patch
	for range 1 + g.n(3) {
		g.change(&p, nil, g.n(9))
	}
	return p
}

// change sets one member of a patch.
func (g *Gen) change(p *contacts.Patch, c *contacts.Contact, member int) {
	var in contacts.Info
	if c != nil {
		in = c.Info
	}
	of := pickFrom(g, cultures)
	switch member {
	case 0:
		p.Company = contacts.Set(g.orNone(g.company()))
	case 1:
		p.JobTitle = contacts.Set(g.orNone("Analyst " + of.mail[0]))
	case 2:
		p.Birthdate = contacts.Set(g.orNone(g.date()))
	case 3:
		p.Locale = contacts.Set(g.orNone(of.locale))
	case 4:
		p.LabelKeys = contacts.Set(g.labels())
	case 5:
		values := g.values()
		for _, f := range g.Fields {
			if g.n(16) == 15 {
				values[f.Key] = pick[any](g, nil, "") // clears it
			}
		}
		p.ExtendedFields = contacts.Set(values)
	case 6:
		p.Picture = contacts.Set(pick(g, g.Picture(), nil))
	case 7:
		p.Locations = contacts.Set(g.sublist(in.Locations))
	case 8:
		p.Addresses = contacts.Set(g.addresses(in.Addresses, of))
	case 9:
		p.FirstName = contacts.Set(g.orNone(pickFrom(g, of.first)))
	case 10:
		p.LastName = contacts.Set(g.orNone(pickFrom(g, of.last)))
	case 11:
		p.Phones = contacts.Set(changeList(g, in.Phones, func() contacts.Phone { return g.phoneIn(of.country) },
			func(p *contacts.Phone, primary bool) { p.Primary = primary }))
	default:
		if c != nil && c.IsMember() {
			p.Company = contacts.Set(g.company())
			return
		}
		p.Emails = contacts.Set(changeList(g, in.Emails, func() contacts.Email { return g.emailOf(of) },
			func(e *contacts.Email, primary bool) { e.Primary = primary }))
	}
}

// orNone returns s, or "" to clear it.
func (g *Gen) orNone(s string) string {
	if g.n(6) == 5 {
		return ""
	}
	return s
}

func (g *Gen) sublist(ids []uuid.UUID) []uuid.UUID {
	ids = slices.Clone(ids)
	if len(ids) > 0 && g.n(2) == 1 {
		ids = slices.Delete(ids, 0, 1)
	}
	if len(ids) < listMax {
		ids = append(ids, remember(&g.ids, g.id()))
	}
	return ids
}

const listMax = 50 // items of a list (VAL-3)

// changeList returns a list with some of the old items and some new ones, at most one of them primary.
func changeList[T any](g *Gen, old []T, made func() T, flag func(item *T, primary bool)) []T {
	var list []T
	for _, item := range old {
		if g.n(4) < 3 {
			flag(&item, false)
			list = append(list, item)
		}
	}
	for range g.amount(1, 2) {
		if len(list) < listMax {
			list = slices.Insert(list, g.n(len(list)+1), made())
		}
	}
	if len(list) > 0 && g.n(2) == 1 {
		flag(&list[g.n(len(list))], true)
	}
	return list
}

func (g *Gen) addresses(old []contacts.Address, of *culture) []contacts.Address {
	return changeList(g, old, func() contacts.Address { return g.addressIn(of) }, func(*contacts.Address, bool) {})
}

// keepIdentity gives the contact a name if the patch would leave it without a name, an email or a phone.
func (g *Gen) keepIdentity(p *contacts.Patch, c *contacts.Contact) {
	emails, setsEmails := p.Emails.Get()
	phones, setsPhones := p.Phones.Get()
	first, setsFirst := p.FirstName.Get()
	last, setsLast := p.LastName.Get()
	if !setsEmails && !setsPhones && !setsFirst && !setsLast {
		return
	}
	if c != nil {
		if !setsEmails {
			emails = c.Info.Emails
		}
		if !setsPhones {
			phones = slices.DeleteFunc(slices.Clone(c.Info.Phones), func(p contacts.Phone) bool { return p.E164 == "" })
		}
		if !setsFirst {
			first = c.Info.Name.First
		}
		if !setsLast {
			last = c.Info.Name.Last
		}
	}
	if len(emails) == 0 && len(phones) == 0 && !strings.ContainsFunc(first+last, isWritten) {
		p.LastName = contacts.Set(pickFrom(g, pickFrom(g, cultures).last))
	}
}

// isWritten reports whether a character is certainly visible. Others can be, too: then keepIdentity sets a name without
// need.
func isWritten(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// Merge returns a target and 1 to 5 sources among at least two contacts. Whether a store merges them depends on the
// contacts: members cannot be sources (MRG-2), and the limits apply (MRG-9).
func (g *Gen) Merge(of []uuid.UUID) (target uuid.UUID, sources []uuid.UUID) {
	of = slices.Clone(of)
	draw := func() uuid.UUID {
		i := g.n(len(of))
		id := of[i]
		of = slices.Delete(of, i, i+1)
		return id
	}
	target = draw()
	for range 1 + min(g.n(5), max(0, g.n(9)-4)) { // mostly one
		if len(of) > 0 {
			sources = append(sources, draw())
		}
	}
	return target, sources
}

// Member returns a site member who neither owns the site nor works on it. The login email is the primary email of c, if
// c is not nil and has one.
func (g *Gen) Member(c *contacts.Contact) *contacts.Member {
	m := &contacts.Member{
		MemberID: g.id(), SignupDate: g.time(), EmailVerified: g.n(2) == 1,
		Status: pick(g, contacts.MemberActive, contacts.MemberPending, contacts.MemberBlocked, contacts.MemberOffline),
	}
	if c != nil && len(c.Info.Emails) > 0 {
		m.Email = c.Info.Emails[0].Address
	}
	if g.n(2) == 1 {
		m.Profile = &contacts.MemberProfile{Nickname: "Fern 🌿", PrivacyStatus: contacts.PrivacyPublic}
	}
	if g.n(4) == 3 {
		m.User = &contacts.MemberUser{UserID: g.id(), Role: contacts.RoleUnspecified}
	}
	if g.n(4) == 3 {
		m.Session = &contacts.MemberSession{LastWebLogin: g.time(), MobileAppNames: []string{"Garden"}}
	}
	for range g.amount(0, 2) {
		m.GroupIDs = append(m.GroupIDs, g.id())
	}
	return m
}

// Contact returns a whole contact for [contacts.Store.Import]: an info whose items have IDs, an ID, a revision, dates,
// a source, an activity and, for some, a member and statuses.
func (g *Gen) Contact() *contacts.Contact {
	c := &contacts.Contact{
		ID: g.id(), Revision: 1 + g.n(20), Source: g.Source(), CreatedDate: g.time(), Info: g.Info(),
	}
	c.UpdatedDate = c.CreatedDate.AddDate(0, 0, g.n(1000))
	c.LastActivity = g.Activity()
	primary := 0
	for i := range c.Info.Emails {
		c.Info.Emails[i].ID = g.id()
		if c.Info.Emails[i].Primary {
			primary = i
		}
	}
	for i := range c.Info.Phones {
		c.Info.Phones[i].ID = g.id()
	}
	for i := range c.Info.Addresses {
		c.Info.Addresses[i].ID = g.id()
	}
	if len(c.Info.Emails) > 0 && g.n(2) == 1 {
		c.PrimaryEmail = contacts.PrimaryEmail{
			Email: c.Info.Emails[primary].Address,
			SubscriptionStatus: pick(g, contacts.SubscriptionSubscribed, contacts.SubscriptionUnsubscribed,
				contacts.SubscriptionPending, contacts.SubscriptionNotSet),
			DeliverabilityStatus: pick(g, contacts.EmailDeliverabilityValid, contacts.EmailDeliverabilityBounced,
				contacts.EmailDeliverabilityInactive, contacts.EmailDeliverabilityNotSet),
		}
	}
	if g.n(8) == 7 {
		c.Member = g.Member(nil)
		if len(c.Info.Emails) > 0 {
			c.Member.Email = c.Info.Emails[primary].Address
		}
	}
	return c
}

// Rows yields n whole contacts, see [Gen.Contact], as Import accepts them.
func (g *Gen) Rows(n int) iter.Seq2[contacts.Row, error] {
	return contacts.Rows(func(yield func(*contacts.Contact) bool) {
		for range n {
			if !yield(g.Contact()) {
				return
			}
		}
	})
}
