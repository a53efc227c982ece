package contacts

import (
	"cmp"
	"context"
	"strconv"

	"github.com/google/uuid"
)

// membership returns the value of members.membershipStatus for a contact with this member, "" without one (MEM-4).
func membership(m *Member) MembershipStatus {
	if m == nil {
		return ""
	}
	switch m.Status {
	case MemberActive:
		return MembershipApproved
	case MemberBlocked:
		return MembershipDenied
	case MemberPending:
		return MembershipPending
	default:
		return MembershipInactive
	}
}

// ownerOrContributor reports whether the member owns the site or works on it.
func (m *Member) ownerOrContributor() bool {
	return m != nil && m.User != nil && (m.User.Role == RoleOwner || m.User.Role == RoleContributor)
}

// checkMemberEmail refuses to change the primary email of a member (MEM-1).
func checkMemberEmail(before, after *Contact) error {
	if before.Member != nil && emailKey(before.PrimaryInfo.Email) != emailKey(after.PrimaryInfo.Email) {
		return &Error{Code: ErrUpdateMemberEmail}
	}
	return nil
}

// checkDelete refuses to delete members and contacts that pay by subscription (MEM-2).
func checkDelete(r *record) error {
	switch {
	case r.contact.Member.ownerOrContributor():
		return &Error{Code: ErrDeleteOwnerOrContributor}
	case r.contact.Member != nil:
		return &Error{Code: ErrDeleteMember}
	case r.billing:
		return &Error{Code: ErrDeleteBillingSubscription}
	default:
		return nil
	}
}

const (
	nicknameMax = 255
	appNamesMax = 50
	appNameMax  = 50
	groupsMax   = 1000
)

// SetMember links a site member to a contact, replaces the one there is, or unlinks it: nil. Info stays as it is
// (MEM-5). An empty status is stored as PENDING, V4's first value. It stands for the members service.
//
// Errors: INVALID_ARGUMENT with paths under memberInfo (MEM-6), CONTACT_NOT_FOUND.
func (s *Store) SetMember(ctx context.Context, id uuid.UUID, member *Member) (*Contact, error) {
	v := &validator{}
	member = v.member("memberInfo", member)
	return s.change(ctx, id, v.violations, func(tx *tx, before *record) (*record, error) {
		after := tx.next(before)
		after.contact.Member = member
		derive(&after.contact, after.statuses)
		return after, nil
	})
}

// SetBillingSubscription says whether a contact pays by subscription, which keeps it from being deleted (MEM-8). It
// stands for the billing service; the mark has no place in JSON, see [View.BillingSubscription].
//
// Errors: CONTACT_NOT_FOUND.
func (s *Store) SetBillingSubscription(ctx context.Context, id uuid.UUID, active bool) (*Contact, error) {
	return s.change(ctx, id, nil, func(tx *tx, before *record) (*record, error) {
		after := tx.next(before)
		after.billing = active
		return after, nil
	})
}

// member checks a member and returns the store's own copy.
func (v *validator) member(field string, given *Member) *Member {
	m := given.Clone()
	if m == nil {
		return nil
	}
	if m.MemberID == uuid.Nil {
		v.format(field+".memberId", FormatGUID)
	}
	m.SignupDate = v.time(field+".signupDate", m.SignupDate)
	if m.Email != "" && v.text(field+".email", m.Email, emailMax) && !validEmail(m.Email) {
		v.format(field+".email", FormatEmail)
	}
	m.Status = cmp.Or(m.Status, MemberPending)
	checkEnum(v, field+".status", m.Status)
	if p := m.Profile; p != nil {
		at := field + ".profileInfo"
		v.text(at+".nickname", p.Nickname, nicknameMax)
		p.PrivacyStatus = cmp.Or(p.PrivacyStatus, PrivacyPrivate)
		checkEnum(v, at+".privacyStatus", p.PrivacyStatus)
		if p.Photo != nil {
			v.image(at+".photo", p.Photo)
		}
	}
	if u := m.User; u != nil {
		u.Role = cmp.Or(u.Role, RoleUnspecified)
		checkEnum(v, field+".userInfo.role", u.Role)
	}
	if s := m.Session; s != nil {
		at := field + ".sessionInfo"
		s.LastWebLogin = v.time(at+".lastWebLogin", s.LastWebLogin)
		s.LastMobileLogin = v.time(at+".lastMobileLogin", s.LastMobileLogin)
		at += ".mobileAppNames"
		for i, name := range s.MobileAppNames[:v.size(at, len(s.MobileAppNames), appNamesMax)] {
			v.requiredText(at+"["+strconv.Itoa(i)+"]", name, appNameMax)
		}
	}
	m.GroupIDs = v.guids(field+".groupInfo.groupIds", m.GroupIDs, groupsMax)
	return m
}
