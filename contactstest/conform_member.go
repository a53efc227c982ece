package contactstest

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// member returns a member with a status.
func member(status contacts.MemberStatus) *contacts.Member {
	return &contacts.Member{MemberID: missingID(), Status: status}
}

// withRole returns a member with a role.
func withRole(role contacts.Role, status contacts.MemberStatus) *contacts.Member {
	m := member(status)
	m.User = &contacts.MemberUser{Role: role}
	return m
}

// login returns a member with a login email.
func login(email string) *contacts.Member {
	m := member(contacts.MemberActive)
	m.Email = email
	return m
}

func (k *kit) trySetMember(id uuid.UUID, m *contacts.Member) result[*contacts.Contact] {
	k.Helper()
	return of(k.admin().SetMember(k.ctx(), id, m))
}

// patchEmails returns a patch that replaces the emails.
func patchEmails(addresses ...string) contacts.Patch {
	return contacts.Patch{Emails: contacts.Set(person("", addresses...).Emails)}
}

// addressesOf returns the emails of a contact, in order.
func addressesOf(c *contacts.Contact) []string {
	var list []string
	for _, e := range c.Info.Emails {
		list = append(list, e.Address)
	}
	return list
}

// memberCases are those of MEM.
var memberCases = []conformCase{
	{"MEM-1 the primary email of a member", Needs{}, func(k *kit) {
		c := k.create(person("Mel", "mel@example.com", "other@example.com"))
		c = k.setMember(c.ID, member(contacts.MemberActive))
		for _, patch := range []contacts.Patch{
			patchEmails(), patchEmails("new@example.com"), patchEmails("other@example.com", "mel@example.com"),
			{Emails: contacts.Set([]contacts.Email{
				{Address: "mel@example.com"}, {Address: "other@example.com", Primary: true},
			})},
		} {
			k.tryUpdate(c, patch).fails(k, contacts.ErrUpdateMemberEmail)
		}
		c = k.tryUpdate(c, patchEmails(" MEL@example.com", "third@example.com")).ok(k)
		c = k.tryUpdate(c, contacts.Patch{Company: contacts.Set("Acorn")}).ok(k)
		c = k.tryUpdate(c, patchEmails("mel@example.com")).ok(k)
		c = k.setMember(c.ID, nil)
		k.tryUpdate(c, patchEmails("new@example.com")).ok(k)
	}},
	{"MEM-1 a member without an email", Needs{}, func(k *kit) {
		c := k.setMember(k.create(person("Mel")).ID, member(contacts.MemberPending))
		k.tryUpdate(c, patchEmails("mel@example.com")).fails(k, contacts.ErrUpdateMemberEmail)
		c = k.merge(c, k.create(person("Mel", "mel@example.com")))
		same(k, "the primary email", "mel@example.com", c.PrimaryEmail.Email)
		k.tryUpdate(c, patchEmails()).fails(k, contacts.ErrUpdateMemberEmail)
	}},
	{"MEM-2 contacts that cannot be deleted", Needs{}, func(k *kit) {
		c := k.create(person("Mel"))
		for _, tc := range []struct {
			member  *contacts.Member
			billing bool
			code    contacts.Code
		}{
			{member(contacts.MemberActive), false, contacts.ErrDeleteMember},
			{member(contacts.MemberBlocked), true, contacts.ErrDeleteMember},
			{withRole(contacts.RoleOwner, contacts.MemberActive), true, contacts.ErrDeleteOwnerOrContributor},
			{withRole(contacts.RoleContributor, contacts.MemberOffline), false, contacts.ErrDeleteOwnerOrContributor},
			{nil, true, contacts.ErrDeleteBillingSubscription},
		} {
			k.setMember(c.ID, tc.member)
			k.setBilling(c.ID, tc.billing)
			done(k.api().Delete(k.ctx(), c.ID)).fails(k, tc.code)
		}
		k.setBilling(c.ID, false)
		k.remove(c.ID)
	}},
	{"MEM-3 neither Create nor Update changes a member", Needs{}, func(k *kit) {
		c := k.setMember(k.create(person("Mel")).ID, member(contacts.MemberActive))
		info := valued("Mel", map[string]any{keyMembership: "DENIED"})
		check(k, "a new contact is a member", k.create(info).Member == nil)
		got := k.update(c, setFields(map[string]any{keyMembership: ""}))
		same(k, "memberInfo", c.Member, got.Member)
		same[any](k, keyMembership, "APPROVED", got.Info.ExtendedFields[keyMembership])
		k.setBilling(c.ID, true)
		k.update(k.get(c.ID), contacts.Patch{Company: contacts.Set("Acorn")})
		k.setMember(c.ID, nil)
		done(k.api().Delete(k.ctx(), c.ID)).fails(k, contacts.ErrDeleteBillingSubscription)
	}},
	{"MEM-4 the membership status", Needs{}, func(k *kit) {
		c := k.create(person("Mel"))
		for status, want := range map[contacts.MemberStatus]string{
			contacts.MemberActive: "APPROVED", contacts.MemberPending: "PENDING", "": "PENDING",
			contacts.MemberBlocked: "DENIED", contacts.MemberOffline: "INACTIVE", contacts.MemberDeleted: "INACTIVE",
		} {
			got := k.setMember(c.ID, member(status))
			same[any](k, "the membership status of "+string(status), want, got.Info.ExtendedFields[keyMembership])
		}
		_, found := k.setMember(c.ID, nil).Info.ExtendedFields[keyMembership]
		check(k, "a contact without a member has a membership status", !found)
	}},
	{"MEM-5 SetMember", Needs{}, func(k *kit) {
		c := k.create(person("Mel", "mel@example.com"))
		for _, m := range []*contacts.Member{
			member(contacts.MemberActive), member(contacts.MemberActive), {MemberID: someIDs(1)[0]}, nil, nil,
		} {
			k.tick()
			got := k.setMember(c.ID, m)
			same(k, "revision", c.Revision+1, got.Revision)
			check(k, "updatedDate is not later", got.UpdatedDate.After(c.UpdatedDate))
			same(k, "lastActivity", c.LastActivity, got.LastActivity)
			same(k, "the name", c.Info.Name, got.Info.Name)
			same(k, "whether there is a member", m != nil, got.Member != nil)
			if m != nil {
				same(k, "memberId", m.MemberID, got.Member.MemberID)
			}
			sameContact(k, "the contact as read", got, k.get(c.ID))
			c = got
		}
		k.trySetMember(missingID(), nil).fails(k, contacts.ErrContactNotFound)
	}},
	{"MEM-6 what a member can have", Needs{}, func(k *kit) {
		c := k.create(person("Mel"))
		bad := member("?")
		bad.MemberID, bad.Email = uuid.Nil, "mel"
		bad.Profile = &contacts.MemberProfile{
			Nickname: strings.Repeat("ä", 256), PrivacyStatus: "?", Photo: &contacts.Image{URL: "x"},
		}
		bad.User = &contacts.MemberUser{Role: "?"}
		bad.Session = &contacts.MemberSession{MobileAppNames: append(repeated(50, "a"), "b")}
		bad.GroupIDs = make([]uuid.UUID, 1001)
		err := k.trySetMember(c.ID, bad).fails(k, contacts.ErrInvalid)
		got := strings.Join(violationsOf(err), "\n")
		for _, want := range []string{
			".memberId", ".email", ".status", ".nickname MAX_LENGTH 255", ".privacyStatus", ".photo.url", ".role",
			"obileAppNames MAX_SIZE 50", "MAX_SIZE 1000",
		} {
			check(k, "no violation has "+want+":\n"+got, strings.Contains(got, want))
		}
		k.trySetMember(missingID(), member("?")).invalid(k, "memberInfo.status FORMAT ENUM")
		good := &contacts.Member{MemberID: missingID(), Profile: &contacts.MemberProfile{
			Nickname: strings.Repeat("ä", 255),
		}, User: &contacts.MemberUser{}}
		m := k.setMember(c.ID, good).Member
		same(k, "status", contacts.MemberPending, m.Status)
		same(k, "privacyStatus", contacts.PrivacyPrivate, m.Profile.PrivacyStatus)
		same(k, "role", contacts.RoleUnspecified, m.User.Role)
		k.setMember(k.create(person("Eve")).ID, good)
	}},
	{"MEM-7 owners and contributors", Needs{}, func(k *kit) {
		c := k.create(person("Mel"))
		for _, tc := range []struct {
			member *contacts.Member
			code   contacts.Code
		}{
			{member(contacts.MemberActive), contacts.ErrDeleteMember},
			{withRole("", contacts.MemberActive), contacts.ErrDeleteMember},
			{withRole(contacts.RoleUnspecified, contacts.MemberActive), contacts.ErrDeleteMember},
			{withRole(contacts.RoleOwner, contacts.MemberPending), contacts.ErrDeleteOwnerOrContributor},
		} {
			k.setMember(c.ID, tc.member)
			done(k.api().Delete(k.ctx(), c.ID)).fails(k, tc.code)
		}
		k.setMember(c.ID, withRole(contacts.RoleOwner, contacts.MemberDeleted))
		k.remove(c.ID)
	}},
	{"MEM-8 a billing subscription", Needs{}, func(k *kit) {
		c, target := k.create(person("Pay")), k.create(person("Target"))
		for _, active := range []bool{true, true, false, false, true} {
			k.tick()
			got := k.setBilling(c.ID, active)
			check(k, "updatedDate is not later", got.UpdatedDate.After(c.UpdatedDate))
			c.Revision, c.UpdatedDate = c.Revision+1, got.UpdatedDate
			sameContact(k, "the contact", c, got)
		}
		k.tryMerge(target, c).fails(k, contacts.ErrFailedPrecondition)
		done(k.api().Delete(k.ctx(), c.ID)).fails(k, contacts.ErrDeleteBillingSubscription)
		of(k.admin().SetBillingSubscription(k.ctx(), missingID(), true)).fails(k, contacts.ErrContactNotFound)
	}},
	{"MEM-9 the login email becomes the primary one", Needs{}, func(k *kit) {
		c := k.create(person("Mel", "a@example.com", "B@example.com", "c@example.com"))
		got := k.setMember(c.ID, login("b@example.com"))
		same(k, "the emails", []string{"B@example.com", "a@example.com", "c@example.com"}, addressesOf(got))
		same(k, "the ID of the first", c.Info.Emails[1].ID, got.Info.Emails[0].ID)
		check(k, "the first is not primary", got.Info.Emails[0].Primary && !got.Info.Emails[1].Primary)
		k.create(person("Eve", "new@example.com")) // duplicates are not checked
		got = k.setMember(c.ID, login("new@example.com"))
		same(k, "the emails with a new one",
			[]string{"new@example.com", "B@example.com", "a@example.com", "c@example.com"}, addressesOf(got))
		same(k, "the primary email", "new@example.com", got.PrimaryEmail.Email)
		for _, m := range []*contacts.Member{login("NEW@example.com"), member(contacts.MemberActive), nil} {
			same(k, "the emails that stay", got.Info.Emails, k.setMember(c.ID, m).Info.Emails)
		}
	}},
	{"MEM-9 no room for the login email", Needs{}, func(k *kit) {
		var emails []string
		for i := range 50 {
			emails = append(emails, fmt.Sprintf("mel%d@example.com", i))
		}
		c := k.create(person("Mel", emails...))
		k.trySetMember(c.ID, login("new@example.com")).invalid(k, "info.emails.items MAX_SIZE 50")
		same(k, "the primary email", emails[49], k.setMember(c.ID, login(emails[49])).PrimaryEmail.Email)
	}},
	{"MEM-9 statuses stay with their emails", Needs{}, func(k *kit) {
		c := k.create(person("Mel", "a@example.com", "b@example.com"))
		k.subscribe(c.ID, "b@example.com", contacts.SubscriptionSubscribed)
		got := k.setMember(c.ID, login("b@example.com"))
		same(k, "the status", contacts.SubscriptionSubscribed, got.PrimaryEmail.SubscriptionStatus)
	}},
	{"MEM-10 a member that was deleted", Needs{}, func(k *kit) {
		gone := withRole(contacts.RoleOwner, contacts.MemberDeleted)
		gone.Email = "login@example.com"
		c := k.setMember(k.create(person("Mel", "mel@example.com")).ID, gone)
		same(k, "the emails", []string{"mel@example.com"}, addressesOf(c))
		same(k, "the status", contacts.MemberDeleted, c.Member.Status)
		c = k.update(c, patchEmails("new@example.com"))
		info := person("", "new@example.com")
		info.Company = "Acorn"
		submitsTo(k, "a member that was deleted", info, nil, c, contacts.IdentityContact)
		same(k, "company", "Acorn", k.get(c.ID).Info.Company)
		target := k.create(person("Target"))
		k.merge(target, k.get(c.ID))
		c = k.setMember(k.create(person("Mel")).ID, gone)
		k.remove(c.ID)
	}},
	{"MEM-10 a member that was deleted is not logged in", Needs{}, func(k *kit) {
		gone := member(contacts.MemberDeleted)
		k.setMember(k.create(person("Mel")).ID, gone)
		opts := &contacts.SubmitOptions{MemberID: gone.MemberID}
		k.trySubmit(person("Eve"), opts).fails(k, contacts.ErrContactNotFound)
	}},
}
