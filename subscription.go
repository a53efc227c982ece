package contacts

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/redact"
)

// unsubscribe sets the subscription of addresses of a contact that is not in the tables yet to UNSUBSCRIBED (SUB-8).
func (r *record) unsubscribe(addresses []string) error {
	if len(addresses) == 0 {
		return nil
	}
	v := &validator{}
	for i, address := range addresses {
		var ok bool
		r.statuses, ok = r.statuses.subscribe(&r.contact.Info, address, SubscriptionUnsubscribed)
		if !ok {
			v.add(notOnContact(indexed("unsubscribe", i)))
		}
	}
	return invalid(v.violations)
}

// SetSubscription sets the marketing consent for one email or phone of a contact, primary or not: NOT_SET, PENDING,
// SUBSCRIBED or UNSUBSCRIBED (SUB-3). The address is an email, or a phone number in E.164 form, with or without an
// extension as in +12015550123;ext=4, or as typed. It must belong to the contact, and a phone number must be valid.
// UNSUBSCRIBED for a number in E.164 form is for all of its extensions on the contact, any other status for one phone
// (SUB-5). [View.Subscription] returns the status.
//
// Errors: INVALID_ARGUMENT, CONTACT_NOT_FOUND.
func (s *Store) SetSubscription(
	ctx context.Context, id uuid.UUID, address string, status SubscriptionStatus,
) (*Contact, error) {
	return do(ctx, s, SetSubscriptionOp{ID: id, Address: address, Status: status})
}

// SetSubscriptionOp is the operation of [Store.SetSubscription].
type SetSubscriptionOp struct {
	ID      uuid.UUID
	Address string
	Status  SubscriptionStatus
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (op SetSubscriptionOp) LogValue() slog.Value { return redact.Value(op) }

func (op SetSubscriptionOp) prepare(*Store) (write, uuid.UUID, error) {
	v := &validator{}
	if op.Status == SubscriptionNoStatus || !op.Status.Valid() {
		v.format("status", FormatEnum)
	}
	return decision(func(tx *txn, before *record) (*record, error) {
		st, ok := before.statuses.subscribe(&before.contact.Info, op.Address, op.Status)
		if !ok {
			return nil, invalid([]Violation{notOnContact("address")})
		}
		after := tx.nextVersion(before)
		after.statuses = st
		return after, nil
	}).of(op.ID), op.ID, invalid(v.violations)
}

// SetDeliverability sets the delivery status of one email of a contact, primary or not (SUB-4). The delivery status of
// phones cannot be set.
//
// Errors: INVALID_ARGUMENT, CONTACT_NOT_FOUND.
func (s *Store) SetDeliverability(
	ctx context.Context, id uuid.UUID, email string, status EmailDeliverability,
) (*Contact, error) {
	return do(ctx, s, SetDeliverabilityOp{ID: id, Email: email, Status: status})
}

// SetDeliverabilityOp is the operation of [Store.SetDeliverability].
type SetDeliverabilityOp struct {
	ID     uuid.UUID
	Email  string
	Status EmailDeliverability
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (op SetDeliverabilityOp) LogValue() slog.Value { return redact.Value(op) }

func (op SetDeliverabilityOp) prepare(*Store) (write, uuid.UUID, error) {
	v := &validator{}
	checkEnum(v, "status", op.Status)
	return decision(func(tx *txn, before *record) (*record, error) {
		found, ok := before.contact.Info.emailOf(op.Email)
		if !ok {
			return nil, invalid([]Violation{notOnContact("email")})
		}
		st := before.statuses.email(found)
		st.deliverability = op.Status
		after := tx.nextVersion(before)
		after.statuses.emails = with(before.statuses.emails, found.statusKey(), st, emailNotSet)
		return after, nil
	}).of(op.ID), op.ID, invalid(v.violations)
}
