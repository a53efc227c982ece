package contacts_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// reported returns the change that a report makes to a contact.
func reported(of contacts.ActivityType, at time.Time) func(*contacts.Contact) {
	return func(c *contacts.Contact) { c.LastActivity = contacts.Activity{ActivityDate: at, ActivityType: of} }
}

// record reports an activity that the store must keep, and requires that nothing but lastActivity changes.
func (l *lab) record(t testing.TB, id uuid.UUID, of contacts.ActivityType, at time.Time, want func(*contacts.Contact)) {
	t.Helper()
	l.write(t, id, func() (*contacts.Contact, error) { return l.RecordActivity(t.Context(), id, of, at) }, want)
}

func TestRecordActivity(t *testing.T) {
	base := newLab(t)
	ann := create(t, base.Store, richInfo("ann")).ID
	create(t, base.Store, richInfo("bo"))
	later := epoch.Add(24 * time.Hour)

	t.Run("ACT-1 a report replaces the one before", func(t *testing.T) {
		l := base.fork()
		l.record(t, ann, contacts.ActivityFormSubmitted, later, reported(contacts.ActivityFormSubmitted, later))
		l.record(t, ann, contacts.ActivityEcomPurchase, later.Add(1e9),
			reported(contacts.ActivityEcomPurchase, later.Add(1e9)))
	})
	t.Run("ACT-1 the zero time is now", func(t *testing.T) {
		l := base.fork()
		now := l.now.Add(time.Hour) // the time of the write
		l.record(t, ann, contacts.ActivityMemberLogin, time.Time{}, reported(contacts.ActivityMemberLogin, now))
	})
	t.Run("ACT-1 STO-3 now never goes back", func(t *testing.T) {
		l := base.fork()
		now := l.tick()
		create(t, l.Store, person("Cyd"))
		*l.now = epoch
		c, err := l.RecordActivity(t.Context(), ann, contacts.ActivityMemberLogin, time.Time{})
		require.NoError(t, err)
		require.Equal(t, contacts.Activity{ActivityDate: now, ActivityType: contacts.ActivityMemberLogin}, c.LastActivity)
		require.Equal(t, now, c.UpdatedDate)
	})
	t.Run("ACT-1 no type is GENERAL", func(t *testing.T) {
		l := base.fork()
		l.record(t, ann, "", later, reported(contacts.ActivityGeneral, later))
	})
	t.Run("ACT-1 times in UTC and whole milliseconds", func(t *testing.T) {
		l := base.fork()
		given := time.Date(2026, 6, 1, 12, 0, 0, 1_999_999, time.FixedZone("", 2*60*60))
		want := time.Date(2026, 6, 1, 10, 0, 0, 1_000_000, time.UTC)
		l.record(t, ann, contacts.ActivityEventsRSVP, given, reported(contacts.ActivityEventsRSVP, want))
		c, err := l.Get(t.Context(), ann, nil)
		require.NoError(t, err)
		require.Equal(t, want, c.LastActivity.ActivityDate)
	})
	t.Run("ACT-1 a time to come", func(t *testing.T) {
		l := base.fork()
		years := epoch.AddDate(10, 0, 0)
		l.record(t, ann, contacts.ActivityBookingsAppointment, years, reported(contacts.ActivityBookingsAppointment, years))
	})

	for _, of := range activityTypes {
		t.Run("ACT-2 "+string(of), func(t *testing.T) {
			l := base.fork()
			if of != contacts.ActivityContactCreated {
				l.record(t, ann, of, later, reported(of, later))
				return
			}
			for _, at := range []time.Time{{}, later, epoch.AddDate(-1, 0, 0)} {
				err := l.refused(t, contacts.ErrInvalid, func() error {
					_, err := l.RecordActivity(t.Context(), ann, of, at)
					return err
				})
				require.Equal(t, oneViolation(badFormat("activity.activityType", contacts.FormatEnum)), violations(t, err))
			}
		})
	}

	for _, tc := range []struct {
		name string
		id   uuid.UUID
		of   contacts.ActivityType
		at   time.Time
		code contacts.Code
	}{
		{"ACT-1 an unknown type", ann, "GARDENING", later, contacts.ErrInvalid},
		{"ACT-1 a type in lower case", ann, "general", later, contacts.ErrInvalid},
		{"ACT-1 an unknown type before a missing contact", missingID, "GARDENING", later, contacts.ErrInvalid},
		{"ACT-1 an unknown type long ago", ann, "GARDENING", epoch.AddDate(-1, 0, 0), contacts.ErrInvalid},
		{"ACT-1 no such contact", missingID, contacts.ActivityGeneral, later, contacts.ErrContactNotFound},
		{"ACT-3 no such contact, long ago", missingID, contacts.ActivityGeneral, epoch.AddDate(-1, 0, 0),
			contacts.ErrContactNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			err := l.refused(t, tc.code, func() error {
				c, err := l.RecordActivity(t.Context(), tc.id, tc.of, tc.at)
				require.Nil(t, c)
				return err
			})
			var e *contacts.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.id, e.ID)
			if tc.code == contacts.ErrInvalid {
				require.Equal(t, oneViolation(badFormat("activity.activityType", contacts.FormatEnum)), e.Violations)
			}
		})
	}

	for _, tc := range []struct {
		name string
		at   time.Time // the stored activity is at epoch
		kept bool
	}{
		{"ACT-3 a millisecond before", epoch.Add(-time.Millisecond), false},
		{"ACT-3 a nanosecond before is a millisecond before", epoch.Add(-1), false},
		{"ACT-3 a year before", epoch.AddDate(-1, 0, 0), false},
		{"ACT-3 before 1970", time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), false},
		{"ACT-3 before, in another zone", epoch.Add(-time.Minute).In(time.FixedZone("", 10*60*60)), false},
		{"ACT-3 the same time", epoch, true},
		{"ACT-3 the same time to the millisecond", epoch.Add(time.Millisecond - 1), true},
		{"ACT-3 a millisecond after", epoch.Add(time.Millisecond), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			if tc.kept {
				l.record(t, ann, contacts.ActivityVideoRent, tc.at,
					reported(contacts.ActivityVideoRent, tc.at.Truncate(time.Millisecond)))
				return
			}
			want := stateOf(l.Snapshot())
			l.tick()
			c, err := l.RecordActivity(t.Context(), ann, contacts.ActivityVideoRent, tc.at)
			require.NoError(t, err)
			requireContact(t, contactIn(want, ann), c)
			require.Equal(t, want, stateOf(l.Snapshot()))
			c.Info.Emails[0].Address = "x" // the caller's copy
			require.Equal(t, want, stateOf(l.Snapshot()))
		})
	}

	t.Run("ACT-3 against the activity, not against the last write", func(t *testing.T) {
		l := base.fork()
		l.tick()
		c := update(t, l.Store, stateOf(l.Snapshot()).Contacts[0], contacts.Patch{Company: contacts.Set("Birch")})
		at := epoch.Add(time.Minute)
		require.True(t, at.Before(c.UpdatedDate))
		l.record(t, ann, contacts.ActivityGeneral, at, reported(contacts.ActivityGeneral, at))
	})

	t.Run("ACT-4 the revision that an editor holds is outdated", func(t *testing.T) {
		l := base.fork()
		held := stateOf(l.Snapshot()).Contacts[0]
		l.record(t, ann, contacts.ActivityGeneral, later, reported(contacts.ActivityGeneral, later))
		l.refused(t, contacts.ErrAlreadyChanged, func() error {
			_, err := l.Update(t.Context(), ann, held.Revision, contacts.Patch{Company: contacts.Set("Birch")}, nil)
			return err
		})
	})

	t.Run("ACT-5 nothing but reports changes lastActivity", func(t *testing.T) {
		l := base.fork()
		label, field := newLabel(t, l.Store, "VIP"), newField(t, l.Store, "Age", contacts.DataNumber)
		want := contacts.Activity{ActivityDate: epoch, ActivityType: contacts.ActivityContactCreated}
		for _, write := range []func() (*contacts.Contact, error){
			func() (*contacts.Contact, error) {
				patch := contacts.Patch{SetFields: map[string]any{field: 7}}
				return l.Update(t.Context(), ann, 1, patch, nil)
			},
			func() (*contacts.Contact, error) { return l.Label(t.Context(), ann, label) },
			func() (*contacts.Contact, error) { return l.Unlabel(t.Context(), ann, "contacts.customers") },
			func() (*contacts.Contact, error) { return nil, l.DeleteLabel(t.Context(), label) },
			func() (*contacts.Contact, error) { return nil, l.DeleteField(t.Context(), field) },
			func() (*contacts.Contact, error) { return l.SetMember(t.Context(), ann, fullMember()) },
			func() (*contacts.Contact, error) { return l.SetBillingSubscription(t.Context(), ann, true) },
			func() (*contacts.Contact, error) {
				return l.SetSubscription(t.Context(), ann, "ann@x.test", contacts.SubscriptionUnsubscribed)
			},
			func() (*contacts.Contact, error) {
				return l.SetDeliverability(t.Context(), ann, "ann@x.test", contacts.EmailDeliverabilityBounced)
			},
			func() (*contacts.Contact, error) {
				return l.SetSystemFields(t.Context(), ann, map[string]any{"ecom.numOfPurchases": 1})
			},
		} {
			l.tick()
			_, err := write()
			require.NoError(t, err)
			v, _ := l.Snapshot().View(ann)
			require.Equal(t, want, v.LastActivity())
			require.Equal(t, *l.now, v.UpdatedDate())
		}
	})

	t.Run("ACT-5 nothing follows from a report", func(t *testing.T) {
		l := base.fork()
		_, err := l.SetMember(t.Context(), ann, fullMember())
		require.NoError(t, err)
		for i, of := range []contacts.ActivityType{
			contacts.ActivityEcomPurchase, contacts.ActivityMemberLogin, contacts.ActivityMemberStatusChanged,
			contacts.ActivityNewsletterSubscriptionSubscribe, contacts.ActivityNewsletterSubscriptionUnsubscribe,
			contacts.ActivityPhoneSubscriptionUnsubscribe, contacts.ActivityContactMerged,
		} {
			at := later.Add(time.Duration(i) * time.Hour)
			l.record(t, ann, of, at, reported(of, at))
		}
	})
}

// activityTypes are the words of the enum.
var activityTypes = []contacts.ActivityType{
	"GENERAL", "CONTACT_CREATED", "MEMBER_LOGIN", "MEMBER_REGISTER", "MEMBER_STATUS_CHANGED", "FORM_SUBMITTED",
	"INBOX_FORM_SUBMITTED", "INBOX_PAYMENT_REQUEST_PAID", "INBOX_MESSAGE_TO_CUSTOMER", "INBOX_MESSAGE_FROM_CUSTOMER",
	"NEWSLETTER_SUBSCRIPTION_FORM_SUBMITTED", "NEWSLETTER_SUBSCRIPTION_UNSUBSCRIBE", "ECOM_PURCHASE",
	"ECOM_CART_ABANDON", "ECOM_CHECKOUT_BUYER", "BOOKINGS_APPOINTMENT", "HOTELS_RESERVATION", "HOTELS_PURCHASE",
	"HOTELS_CONFIRMATION", "HOTELS_CANCEL", "VIDEO_PURCHASE", "VIDEO_RENT", "CASHIER_BUTTON_PURCHASE",
	"ARENA_NEW_LEAD", "EVENTS_RSVP", "INVOICE_PAY", "INVOICE_OVERDUE", "PRICE_QUOTE_ACCEPT", "PRICE_QUOTE_EXPIRE",
	"RESTAURANTS_ORDER", "RESTAURANTS_RESERVATION", "SHOUTOUT_OPEN", "SHOUTOUT_CLICK", "CONTACT_MERGED",
	"NEWSLETTER_SUBSCRIPTION_SUBSCRIBE", "NEWSLETTER_SUBSCRIPTION_PENDING", "NEWSLETTER_SUBSCRIPTION_NOT_SET",
	"PHONE_SUBSCRIPTION_SUBSCRIBE", "PHONE_SUBSCRIPTION_PENDING", "PHONE_SUBSCRIPTION_NOT_SET",
	"PHONE_SUBSCRIPTION_UNSUBSCRIBE",
}
