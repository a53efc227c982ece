package contacts

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/redact"
)

// RecordActivity records an activity of a contact. An empty type means GENERAL, the zero time means now. The activity
// becomes the contact's lastActivity; if that is newer, nothing is written and the contact is returned unchanged
// (ACT-3). Every type is accepted except CONTACT_CREATED, which only Create sets (ACT-2).
//
// Errors: INVALID_ARGUMENT, CONTACT_NOT_FOUND.
func (s *Store) RecordActivity(ctx context.Context, id uuid.UUID, t ActivityType, at time.Time) (*Contact, error) {
	return do(ctx, s, RecordActivityOp{ID: id, Type: t, At: at})
}

// RecordActivityOp is the operation of [Store.RecordActivity].
type RecordActivityOp struct {
	ID   uuid.UUID
	Type ActivityType
	At   time.Time
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (op RecordActivityOp) LogValue() slog.Value { return redact.Value(op) }

func (op RecordActivityOp) prepare(*Store) (write, uuid.UUID, error) {
	v := &validator{}
	t := cmp.Or(op.Type, ActivityGeneral)
	if t == ActivityContactCreated || !t.Valid() {
		v.format("activity.activityType", FormatEnum)
	}
	at := v.time("activity.activityDate", op.At)
	return decision(func(tx *txn, before *record) (*record, error) {
		activity := Activity{ActivityDate: at, ActivityType: t}
		if at.IsZero() {
			activity.ActivityDate = tx.now
		}
		if activity.ActivityDate.Before(activityDate(before)) {
			return before, nil
		}
		after := tx.nextVersion(before)
		after.contact.setLastActivity(activity)
		return after, nil
	}).of(op.ID), op.ID, invalid(v.violations)
}
