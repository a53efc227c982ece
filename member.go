package contacts

import (
	"context"
	"log/slog"
	"slices"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/redact"
)

// ownerOrContributor reports whether there is a member who owns the site or works on it (MEM-7). m may be nil.
func (m *Member) ownerOrContributor() bool {
	return m.exists() && m.User != nil && (m.User.Role == RoleOwner || m.User.Role == RoleContributor)
}

// checkMemberEmail refuses to change the primary email of a member (MEM-1).
func checkMemberEmail(before, after *document) error {
	if before.Member.exists() && !fold.SameEmail(before.Info.primaryAddress(), after.Info.primaryAddress()) {
		return &Error{Code: ErrUpdateMemberEmail}
	}
	return nil
}

// checkDelete refuses to delete members and contacts that pay by subscription (MEM-2).
func checkDelete(r *record) error {
	switch {
	case r.contact.Member.ownerOrContributor():
		return &Error{Code: ErrDeleteOwnerOrContributor}
	case r.contact.Member.exists():
		return &Error{Code: ErrDeleteMember}
	case r.billing:
		return &Error{Code: ErrDeleteBillingSubscription}
	default:
		return nil
	}
}

// withLogin returns the emails with the login email of a member as the primary one (MEM-9): the item that has it moves
// to the front, or a new item with this ID is added there. The others keep their order. It returns emails itself if
// the email is the primary one already, and does not change it otherwise.
//
// Errors: INVALID_ARGUMENT if there is no room for another email, INTERNAL if another item has the new ID.
func withLogin(emails []Email, login string, id uuid.UUID) ([]Email, error) {
	at := slices.IndexFunc(emails, func(e Email) bool { return fold.SameEmail(e.Address, login) })
	primary := Email{ID: id, Tag: EmailUntagged, Address: login}
	switch {
	case at == 0:
		return emails, nil
	case at > 0:
		primary = emails[at]
	case len(emails) >= itemsMax:
		return nil, invalid([]Violation{{Field: "info.emails.items", Rule: RuleMaxSize, Threshold: itemsMax}})
	case hasID(emails, id, (*Email).id):
		return nil, &Error{Code: ErrInternal, Err: errRepeatedID}
	}
	primary.Primary = true
	result := append(make([]Email, 0, len(emails)+1), primary)
	for i, e := range emails {
		if i != at {
			e.Primary = false
			result = append(result, e)
		}
	}
	return result, nil
}

// SetMember links a site member to a contact in place of any present one; nil unlinks it (MEM-5). The member's login
// email becomes the contact's primary email, and the present one stays as a further one (MEM-9). An empty status is
// stored as PENDING, the first value in V4; a member whose status is DELETED counts as none (MEM-10). The method
// replaces V4's members service.
//
// Errors: INVALID_ARGUMENT with paths under memberInfo (MEM-6), CONTACT_NOT_FOUND, INVALID_ARGUMENT at
// info.emails.items if the login email would be the 51st of the contact. On an error nothing has changed.
func (s *Store) SetMember(ctx context.Context, id uuid.UUID, member *Member) (*Contact, error) {
	return do(ctx, s, SetMemberOp{ID: id, Member: member})
}

// SetMemberOp is the operation of [Store.SetMember].
type SetMemberOp struct {
	ID     uuid.UUID
	Member *Member // nil unlinks the member
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (op SetMemberOp) LogValue() slog.Value { return redact.Value(op) }

func (op SetMemberOp) prepare(s *Store) (write, uuid.UUID, error) {
	v := &validator{}
	linked := v.member("memberInfo", op.Member)
	if err := invalid(v.violations); err != nil {
		return nil, op.ID, err
	}
	hasLogin := linked.exists() && linked.Email != ""
	ids := make([]uuid.UUID, 1)
	if hasLogin { // which may need a new item
		var err error
		if ids, err = s.newIDs(1); err != nil {
			return nil, op.ID, err
		}
	}
	return decision(func(tx *txn, before *record) (*record, error) {
		after := tx.nextVersion(before)
		after.contact.Member = linked
		if hasLogin {
			emails, err := withLogin(before.contact.Info.Emails, linked.Email, ids[0])
			if err != nil {
				return nil, err
			}
			after.contact.Info.Emails = emails
		}
		return after, tx.checkSize(before, after)
	}).of(op.ID), op.ID, nil
}

// SetBillingSubscription sets whether a contact pays by subscription; such a contact cannot be deleted (MEM-8). The
// method replaces V4's billing service. The mark is not part of a contact's JSON: see [View.BillingSubscription].
//
// Errors: CONTACT_NOT_FOUND.
func (s *Store) SetBillingSubscription(ctx context.Context, id uuid.UUID, active bool) (*Contact, error) {
	return do(ctx, s, SetBillingSubscriptionOp{ID: id, Active: active})
}

// SetBillingSubscriptionOp is the operation of [Store.SetBillingSubscription].
type SetBillingSubscriptionOp struct {
	ID     uuid.UUID
	Active bool
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (op SetBillingSubscriptionOp) LogValue() slog.Value { return redact.Value(op) }

func (op SetBillingSubscriptionOp) prepare(*Store) (write, uuid.UUID, error) {
	return decision(func(tx *txn, before *record) (*record, error) {
		after := tx.nextVersion(before)
		after.billing = op.Active
		return after, nil
	}).of(op.ID), op.ID, nil
}
