package contacts

import (
	"context"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/fold"
)

// ownerOrContributor reports whether the member owns the site or works on it.
func (m *Member) ownerOrContributor() bool {
	return m != nil && m.User != nil && (m.User.Role == RoleOwner || m.User.Role == RoleContributor)
}

// checkMemberEmail refuses to change the primary email of a member (MEM-1).
func checkMemberEmail(before, after *Contact) error {
	if before.Member != nil && fold.Email(before.PrimaryInfo.Email) != fold.Email(after.PrimaryInfo.Email) {
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

// SetMember links a site member to a contact in place of any present one; nil unlinks it. Info is not changed (MEM-5).
// An empty status is stored as PENDING, the first value in V4. The method replaces V4's members service.
//
// Errors: INVALID_ARGUMENT with paths under memberInfo (MEM-6), CONTACT_NOT_FOUND.
func (s *Store) SetMember(ctx context.Context, id uuid.UUID, member *Member) (*Contact, error) {
	v := &validator{}
	member = v.member("memberInfo", member)
	return s.do(ctx, contactOp{id, v.violations, func(tx *txn, before *record) (*record, error) {
		after := tx.nextVersion(before)
		after.contact.Member = member
		derive(&after.contact, after.statuses)
		return after, nil
	}})
}

// SetBillingSubscription sets whether a contact pays by subscription; such a contact cannot be deleted (MEM-8). The
// method replaces V4's billing service. The mark is not part of a contact's JSON: see [View.BillingSubscription].
//
// Errors: CONTACT_NOT_FOUND.
func (s *Store) SetBillingSubscription(ctx context.Context, id uuid.UUID, active bool) (*Contact, error) {
	return s.do(ctx, contactOp{id, nil, func(tx *txn, before *record) (*record, error) {
		after := tx.nextVersion(before)
		after.billing = active
		return after, nil
	}})
}
