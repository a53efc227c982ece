package contacts

import (
	"context"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/fold"
)

// SetSubscription sets the marketing consent for one email or phone of a contact, primary or not: NOT_SET, PENDING,
// SUBSCRIBED or UNSUBSCRIBED (SUB-3). The address is an email, or a phone number in E.164 form or as typed. It must
// belong to the contact, and a phone number must be valid (SUB-5).
//
// Errors: INVALID_ARGUMENT, CONTACT_NOT_FOUND.
func (s *Store) SetSubscription(
	ctx context.Context, id uuid.UUID, address string, status SubscriptionStatus,
) (*Contact, error) {
	v := &validator{}
	if status == SubscriptionNoStatus || !status.Valid() {
		v.format("status", FormatEnum)
	}
	return s.do(ctx, contactOp{id, v.violations, func(tx *txn, before *record) (*record, error) {
		info := &before.contact.Info
		after := tx.nextVersion(before)
		if email, ok := info.emailOf(address); ok {
			st := before.statuses.email(email)
			st.subscription = status
			after.statuses.emails = with(before.statuses.emails, fold.Email(address), st, emailNotSet)
		} else if phone, ok := info.phoneOf(address); ok {
			st := before.statuses.phone(phone)
			st.subscription = status
			after.statuses.phones = with(before.statuses.phones, phone.E164, st, phoneNotSet)
		} else {
			return nil, invalid([]Violation{notOnContact("address")})
		}
		derive(&after.contact, after.statuses)
		return after, nil
	}})
}

// SetDeliverability sets the delivery status of one email of a contact, primary or not (SUB-4). The delivery status of
// phones cannot be set.
//
// Errors: INVALID_ARGUMENT, CONTACT_NOT_FOUND.
func (s *Store) SetDeliverability(
	ctx context.Context, id uuid.UUID, email string, status EmailDeliverability,
) (*Contact, error) {
	v := &validator{}
	checkEnum(v, "status", status)
	return s.do(ctx, contactOp{id, v.violations, func(tx *txn, before *record) (*record, error) {
		found, ok := before.contact.Info.emailOf(email)
		if !ok {
			return nil, invalid([]Violation{notOnContact("email")})
		}
		st := before.statuses.email(found)
		st.deliverability = status
		after := tx.nextVersion(before)
		after.statuses.emails = with(before.statuses.emails, fold.Email(email), st, emailNotSet)
		derive(&after.contact, after.statuses)
		return after, nil
	}})
}
