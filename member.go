package contacts

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
