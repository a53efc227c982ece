package contacts

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// RecordActivity records an activity of a contact. An empty type means GENERAL, the zero time means now. The activity
// becomes the contact's lastActivity; if that is newer, nothing is written and the contact is returned unchanged
// (ACT-3). Every type is accepted except CONTACT_CREATED, which only Create sets (ACT-2).
//
// Errors: INVALID_ARGUMENT, CONTACT_NOT_FOUND.
func (s *Store) RecordActivity(ctx context.Context, id uuid.UUID, t ActivityType, at time.Time) (*Contact, error) {
	v := &validator{}
	if t == "" {
		t = ActivityGeneral
	}
	if t == ActivityContactCreated || !t.Valid() {
		v.format("activity.activityType", FormatEnum)
	}
	at = v.time("activity.activityDate", at)
	return s.do(ctx, contactOp{id, v.violations, func(tx *txn, before *record) (*record, error) {
		activity := Activity{ActivityDate: at, ActivityType: t}
		if at.IsZero() {
			activity.ActivityDate = tx.now
		}
		if activity.ActivityDate.Before(before.contact.LastActivity.ActivityDate) {
			return before, nil
		}
		after := tx.nextVersion(before)
		after.contact.LastActivity = activity
		return after, nil
	}})
}
