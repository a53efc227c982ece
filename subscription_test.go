package contacts_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

const (
	notSet       = contacts.SubscriptionNotSet
	subscribed   = contacts.SubscriptionSubscribed
	unsubscribed = contacts.SubscriptionUnsubscribed
	bounced      = contacts.EmailDeliverabilityBounced
	undelivered  = contacts.EmailDeliverabilityNotSet
)

// Emails and phones of the contacts under test.
var (
	phoneUS    = number("US", numberUS) // +12015550123
	phoneGB    = number("GB", "020 7946 0018")
	phoneLoose = number("", numberLoose) // without an E.164 form
)

// reachableAt returns a patch that replaces all emails, the first as primary, and all phones.
func reachableAt(emails []string, phones ...contacts.Phone) contacts.Patch {
	info := reachable(emails, phones...)
	return contacts.Patch{Emails: contacts.Set(info.Emails), Phones: contacts.Set(info.Phones)}
}

// emailState returns the change to a contact whose primary email gets these statuses: the extended fields follow
// (SUB-7).
func emailState(sub contacts.SubscriptionStatus, delivery contacts.EmailDeliverability) func(*contacts.Contact) {
	return func(c *contacts.Contact) {
		c.PrimaryEmail.SubscriptionStatus, c.PrimaryEmail.DeliverabilityStatus = sub, delivery
		c.Info.ExtendedFields["emailSubscriptions.subscriptionStatus"] = string(sub)
		c.Info.ExtendedFields["emailSubscriptions.deliverabilityStatus"] = string(delivery)
	}
}

// phoneState returns the change to a contact whose primary phone gets this status, which no extended field mirrors
// (SUB-7).
func phoneState(sub contacts.SubscriptionStatus) func(*contacts.Contact) {
	return func(c *contacts.Contact) { c.PrimaryPhone.SubscriptionStatus = sub }
}

// subscribe sets a subscription status and requires exactly the change to the contact.
func (l *lab) subscribe(
	t testing.TB, id uuid.UUID, address string, status contacts.SubscriptionStatus, change func(*contacts.Contact),
) *contacts.Contact {
	t.Helper()
	return l.write(t, id, func() (*contacts.Contact, error) {
		return l.SetSubscription(t.Context(), id, address, status)
	}, change)
}

// deliver sets a delivery status and requires exactly the change to the contact.
func (l *lab) deliver(
	t testing.TB, id uuid.UUID, email string, status contacts.EmailDeliverability, change func(*contacts.Contact),
) *contacts.Contact {
	t.Helper()
	return l.write(t, id, func() (*contacts.Contact, error) {
		return l.SetDeliverability(t.Context(), id, email, status)
	}, change)
}

// requireEmailState requires the statuses that a contact shows for its primary email.
func requireEmailState(
	t testing.TB, c *contacts.Contact, email string, sub contacts.SubscriptionStatus, delivery contacts.EmailDeliverability,
) {
	t.Helper()
	require.Equal(t, contacts.PrimaryEmail{
		Email: email, SubscriptionStatus: sub, DeliverabilityStatus: delivery,
	}, c.PrimaryEmail)
	require.Equal(t, email, c.Info.ExtendedFields["emailSubscriptions.effectiveEmail"])
	require.Equal(t, string(sub), c.Info.ExtendedFields["emailSubscriptions.subscriptionStatus"])
	require.Equal(t, string(delivery), c.Info.ExtendedFields["emailSubscriptions.deliverabilityStatus"])
}

func TestStatusDefaults(t *testing.T) {
	for _, tc := range []struct {
		name   string
		emails []string
		phones []contacts.Phone
		email  contacts.PrimaryEmail
		phone  contacts.PrimaryPhone
	}{
		{
			name: "SUB-1 an email", emails: []string{"ann@x.test"},
			email: contacts.PrimaryEmail{
				Email: "ann@x.test", SubscriptionStatus: "NOT_SET", DeliverabilityStatus: "NOT_SET",
			},
		},
		{
			name: "SUB-1 a valid phone", phones: []contacts.Phone{phoneUS},
			phone: contacts.PrimaryPhone{
				Phone: numberUS, CountryCode: "US", E164: "+12015550123", Formatted: "+1 201-555-0123",
				SubscriptionStatus: "NOT_SET", DeliverabilityStatus: "NOT_SET",
			},
		},
		{
			name: "SUB-1 a phone without an E.164 form", phones: []contacts.Phone{phoneLoose},
			phone: contacts.PrimaryPhone{
				Phone:              numberLoose,
				SubscriptionStatus: "NO_SUBSCRIPTION_STATUS", DeliverabilityStatus: "NO_PHONE_DELIVERABILITY_STATUS",
			},
		},
		{name: "SUB-1 neither"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			info := reachable(tc.emails, tc.phones...)
			info.Name.First = "Ann"
			c := create(t, newStore(t), info)
			require.Equal(t, tc.email, c.PrimaryEmail)
			require.Equal(t, tc.phone, c.PrimaryPhone)
			for key, want := range map[string]string{
				"emailSubscriptions.effectiveEmail":       tc.email.Email,
				"emailSubscriptions.subscriptionStatus":   string(tc.email.SubscriptionStatus),
				"emailSubscriptions.deliverabilityStatus": string(tc.email.DeliverabilityStatus),
			} {
				got, ok := c.Info.ExtendedFields[key]
				require.Equal(t, want != "", ok, key)
				if ok {
					require.Equal(t, want, got, key)
				}
			}
		})
	}
}

func TestSetSubscription(t *testing.T) {
	base := newLab(t)
	ann := create(t, base.Store, reachable([]string{"Ann@x.test", "ann@y.test"}, phoneUS, phoneGB, phoneLoose)).ID
	create(t, base.Store, reachable([]string{"Ann@x.test", "ann@y.test"}, phoneUS, phoneGB)) // a twin: must not change

	t.Run("SUB-3 any status may follow any other", func(t *testing.T) {
		l := base.fork()
		all := []contacts.SubscriptionStatus{"NOT_SET", "PENDING", "SUBSCRIBED", "UNSUBSCRIBED"}
		for _, from := range all {
			for _, to := range all {
				l.subscribe(t, ann, "Ann@x.test", from, emailState(from, undelivered))
				l.subscribe(t, ann, "Ann@x.test", to, emailState(to, undelivered))
				l.subscribe(t, ann, "+12015550123", from, phoneState(from))
				l.subscribe(t, ann, "+12015550123", to, phoneState(to))
			}
		}
	})
	t.Run("SUB-3 the deliverability stays", func(t *testing.T) {
		l := base.fork()
		l.deliver(t, ann, "Ann@x.test", bounced, emailState(notSet, bounced))
		l.subscribe(t, ann, "Ann@x.test", subscribed, emailState(subscribed, bounced))
	})

	for _, tc := range []struct {
		name, address string
		change        func(*contacts.Contact)
	}{
		{"SUB-5 an email as stored", "Ann@x.test", emailState(subscribed, undelivered)},
		{"SUB-5 an email in another case", "aNN@X.TEST", emailState(subscribed, undelivered)},
		{"SUB-5 an email with space around", "\t ann@x.test\u00a0", emailState(subscribed, undelivered)},
		{"SUB-6 an email that is not primary", "ann@y.test", nil},
		{"SUB-5 a phone in E.164 form", "+12015550123", phoneState(subscribed)},
		{"SUB-5 a phone as typed", numberUS, phoneState(subscribed)},
		{"SUB-6 a phone that is not primary", "+442079460018", nil},
		{"SUB-6 a phone that is not primary, as typed", "020 7946 0018", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			l.subscribe(t, ann, tc.address, subscribed, tc.change)
			l.subscribe(t, ann, tc.address, subscribed, nil) // again: only the revision changes
		})
	}

	word := func(field string) []contacts.Violation { return oneViolation(badFormat(field, contacts.FormatEnum)) }
	absent := func(field string) []contacts.Violation {
		return oneViolation(contacts.Violation{
			Field: field, Rule: contacts.RuleCustom, RuleName: contacts.RuleNameNotOnContact,
		})
	}
	for _, tc := range []struct {
		name    string
		id      uuid.UUID
		address string
		status  contacts.SubscriptionStatus
		code    contacts.Code
		broken  []contacts.Violation
	}{
		{"SUB-3 no status of an email", ann, "Ann@x.test", "NO_SUBSCRIPTION_STATUS", contacts.ErrInvalid, word("status")},
		{"SUB-3 no status of a phone", ann, "+12015550123", "NO_SUBSCRIPTION_STATUS", contacts.ErrInvalid, word("status")},
		{"SUB-3 an unknown word", ann, "Ann@x.test", "OPTED_IN", contacts.ErrInvalid, word("status")},
		{"SUB-3 a word in lower case", ann, "Ann@x.test", "subscribed", contacts.ErrInvalid, word("status")},
		{"SUB-3 no word", ann, "Ann@x.test", "", contacts.ErrInvalid, word("status")},
		{"SUB-5 the word before a missing contact", missingID, "Ann@x.test", "", contacts.ErrInvalid, word("status")},
		{"SUB-5 the word before the address", ann, "zed@x.test", "", contacts.ErrInvalid, word("status")},
		{"SUB-5 no such contact", missingID, "zed@x.test", subscribed, contacts.ErrContactNotFound, nil},
		{"SUB-5 another email", ann, "zed@x.test", subscribed, contacts.ErrInvalid, absent("address")},
		{"SUB-5 an email that begins like one", ann, "Ann@x.tes", subscribed, contacts.ErrInvalid, absent("address")},
		{"SUB-5 another phone", ann, "+12025550147", subscribed, contacts.ErrInvalid, absent("address")},
		{"SUB-5 a phone in a form that is neither", ann, "(201) 555 0123", subscribed, contacts.ErrInvalid,
			absent("address")},
		{"SUB-5 a phone without an E.164 form", ann, numberLoose, subscribed, contacts.ErrInvalid, absent("address")},
		{"SUB-5 no address", ann, "", subscribed, contacts.ErrInvalid, absent("address")},
		{"SUB-5 space", ann, "  ", subscribed, contacts.ErrInvalid, absent("address")},
		{"SUB-5 NUL", ann, "Ann@x.test\x00", subscribed, contacts.ErrInvalid, absent("address")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			err := l.refused(t, tc.code, func() error {
				c, err := l.SetSubscription(t.Context(), tc.id, tc.address, tc.status)
				require.Nil(t, c)
				return err
			})
			var e *contacts.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.id, e.ID)
			require.Equal(t, tc.broken, e.Violations)
			if tc.address != "" {
				require.NotContains(t, err.Error(), tc.address, "ERR-3")
			}
		})
	}

	for _, status := range []contacts.EmailDeliverability{
		"NOT_SET", "VALID", "BOUNCED", "SPAM_COMPLAINT", "INACTIVE",
	} {
		t.Run("SUB-4 "+string(status), func(t *testing.T) {
			l := base.fork()
			l.deliver(t, ann, " aNN@X.test ", bounced, emailState(notSet, bounced))
			l.subscribe(t, ann, "Ann@x.test", unsubscribed, emailState(unsubscribed, bounced))
			l.deliver(t, ann, "Ann@x.test", status, emailState(unsubscribed, status)) // the subscription stays
			l.deliver(t, ann, "Ann@x.test", status, nil)
			l.deliver(t, ann, "ann@y.test", bounced, nil) // not primary
		})
	}
	for _, tc := range []struct {
		name   string
		id     uuid.UUID
		email  string
		status contacts.EmailDeliverability
		code   contacts.Code
		broken []contacts.Violation
	}{
		{"SUB-4 an unknown word", ann, "Ann@x.test", "LOST", contacts.ErrInvalid, word("status")},
		{"SUB-4 no word", ann, "Ann@x.test", "", contacts.ErrInvalid, word("status")},
		{"SUB-4 the word of a phone", ann, "Ann@x.test", "NO_PHONE_DELIVERABILITY_STATUS", contacts.ErrInvalid,
			word("status")},
		{"SUB-4 a phone", ann, "+12015550123", "NOT_SET", contacts.ErrInvalid, absent("email")},
		{"SUB-4 a phone as typed", ann, numberUS, "VALID", contacts.ErrInvalid, absent("email")},
		{"SUB-5 delivery: the word before a missing contact", missingID, "Ann@x.test", "", contacts.ErrInvalid, word("status")},
		{"SUB-5 delivery: the word before the address", ann, "zed@x.test", "", contacts.ErrInvalid, word("status")},
		{"SUB-5 delivery: no such contact", missingID, "zed@x.test", "VALID", contacts.ErrContactNotFound, nil},
		{"SUB-5 delivery: another email", ann, "zed@x.test", "VALID", contacts.ErrInvalid, absent("email")},
		{"SUB-5 delivery: no email", ann, "", "VALID", contacts.ErrInvalid, absent("email")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			err := l.refused(t, tc.code, func() error {
				c, err := l.SetDeliverability(t.Context(), tc.id, tc.email, tc.status)
				require.Nil(t, c)
				return err
			})
			var e *contacts.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.id, e.ID)
			require.Equal(t, tc.broken, e.Violations)
			if tc.email != "" {
				require.NotContains(t, err.Error(), tc.email, "ERR-3")
			}
		})
	}

	t.Run("SUB-6 members too, and no duplicates", func(t *testing.T) {
		l := base.fork()
		_, err := l.SetMember(t.Context(), ann, &contacts.Member{MemberID: testID(7001), Email: "ann@x.test"})
		require.NoError(t, err)
		l.subscribe(t, ann, "Ann@x.test", subscribed, emailState(subscribed, undelivered))
		l.deliver(t, ann, "Ann@x.test", bounced, emailState(subscribed, bounced))
	})
}

func TestStatusesOfAddresses(t *testing.T) {
	// All addresses of the contact have their own statuses.
	setUp := func(t *testing.T) (*lab, *contacts.Contact) {
		l := newLab(t)
		id := create(t, l.Store, reachable([]string{"ann@x.test", "ann@y.test"}, phoneUS, phoneGB)).ID
		l.subscribe(t, id, "ann@x.test", subscribed, emailState(subscribed, undelivered))
		l.deliver(t, id, "ann@x.test", bounced, emailState(subscribed, bounced))
		l.subscribe(t, id, "ann@y.test", unsubscribed, nil)
		l.subscribe(t, id, "+12015550123", contacts.SubscriptionPending, phoneState(contacts.SubscriptionPending))
		return l, l.subscribe(t, id, "+442079460018", subscribed, nil)
	}

	t.Run("SUB-7 a new primary shows its status in the same commit", func(t *testing.T) {
		l, c := setUp(t)
		before := l.Snapshot().Position()
		c = update(t, l.Store, c, reachableAt([]string{"ann@y.test", "ann@x.test"}, phoneGB, phoneUS))
		require.Equal(t, before+1, l.Snapshot().Position())
		requireEmailState(t, c, "ann@y.test", unsubscribed, undelivered)
		require.Equal(t, subscribed, c.PrimaryPhone.SubscriptionStatus)
		c = update(t, l.Store, c, contacts.Patch{Emails: contacts.Set(primaryAt(1, "ann@y.test", "ann@x.test"))})
		requireEmailState(t, c, "ann@x.test", subscribed, bounced)
		require.Equal(t, subscribed, c.PrimaryPhone.SubscriptionStatus)
	})
	t.Run("SUB-2 an address that is new has none", func(t *testing.T) {
		l, c := setUp(t)
		c = update(t, l.Store, c, reachableAt([]string{"new@x.test"}, number("US", "202-555-0147")))
		requireEmailState(t, c, "new@x.test", notSet, undelivered)
		require.Equal(t, notSet, c.PrimaryPhone.SubscriptionStatus)
	})
	t.Run("SUB-2 case and surrounding space do not count", func(t *testing.T) {
		l, c := setUp(t)
		c = update(t, l.Store, c, reachableAt([]string{"\tANN@X.test "}))
		requireEmailState(t, c, "\tANN@X.test ", subscribed, bounced)
	})
	t.Run("SUB-2 a Kelvin sign is no k, and a final sigma is a sigma", func(t *testing.T) {
		s := newStore(t)
		c := create(t, s, person("", "kim.νικος@x.test", "\u212aim.νικος@x.test"))
		c, err := s.SetSubscription(t.Context(), c.ID, "KIM.ΝΙΚΟΣ@x.test", subscribed)
		require.NoError(t, err)
		require.Equal(t, subscribed, c.PrimaryEmail.SubscriptionStatus)
		c = update(t, s, c, contacts.Patch{Emails: contacts.Set(c.Info.Emails[1:])})
		require.Equal(t, notSet, c.PrimaryEmail.SubscriptionStatus)
	})
	t.Run("SUB-2 phones by their E.164 form", func(t *testing.T) {
		l, c := setUp(t)
		c = update(t, l.Store, c, reachableAt(nil, number("US", numberUS2)))
		require.Equal(t, contacts.PrimaryPhone{
			Phone: numberUS2, CountryCode: "US", E164: "+12015550123", Formatted: "+1 201-555-0123",
			SubscriptionStatus: contacts.SubscriptionPending, DeliverabilityStatus: "NOT_SET",
		}, c.PrimaryPhone)
		c = update(t, l.Store, c, reachableAt(nil, number("GB", "+1 201 555 0123")))
		require.Equal(t, "+12015550123", c.PrimaryPhone.E164)
		require.Equal(t, contacts.SubscriptionPending, c.PrimaryPhone.SubscriptionStatus)
	})
	t.Run("SUB-2 a number that lost its country has no status, and a new one with it", func(t *testing.T) {
		l, c := setUp(t)
		c = update(t, l.Store, c, reachableAt(nil, number("", numberUS)))
		require.Equal(t, contacts.SubscriptionNoStatus, c.PrimaryPhone.SubscriptionStatus)
		require.Equal(t, contacts.PhoneDeliverabilityNoStatus, c.PrimaryPhone.DeliverabilityStatus)
		c = update(t, l.Store, c, reachableAt(nil, phoneUS))
		require.Equal(t, notSet, c.PrimaryPhone.SubscriptionStatus)
	})
	t.Run("SUB-2 statuses go with their address", func(t *testing.T) {
		l, c := setUp(t)
		patch := reachableAt(nil)
		patch.FirstName = contacts.Set("Ann")
		c = update(t, l.Store, c, patch)
		require.Zero(t, c.PrimaryEmail)
		require.Zero(t, c.PrimaryPhone)
		require.NotContains(t, c.Info.ExtendedFields, "emailSubscriptions.subscriptionStatus")
		l.refused(t, contacts.ErrInvalid, func() error {
			_, err := l.SetSubscription(t.Context(), c.ID, "ann@x.test", unsubscribed)
			return err
		})
		l.refused(t, contacts.ErrInvalid, func() error {
			_, err := l.SetSubscription(t.Context(), c.ID, "+12015550123", unsubscribed)
			return err
		})
		c = update(t, l.Store, c, reachableAt([]string{"ann@x.test"}, phoneUS))
		requireEmailState(t, c, "ann@x.test", notSet, undelivered)
		require.Equal(t, notSet, c.PrimaryPhone.SubscriptionStatus)
	})
	t.Run("SUB-2 two contacts with one address", func(t *testing.T) {
		l, ann := setUp(t)
		bo := create(t, l.Store, reachable([]string{"ann@x.test"}, phoneUS))
		requireEmailState(t, bo, "ann@x.test", notSet, undelivered)
		require.Equal(t, notSet, bo.PrimaryPhone.SubscriptionStatus)
		l.subscribe(t, bo.ID, "ann@x.test", unsubscribed, emailState(unsubscribed, undelivered)) // ann does not change
		require.NoError(t, l.Delete(t.Context(), ann.ID))
		cyd := create(t, l.Store, reachable([]string{"ann@x.test"}, phoneUS))
		requireEmailState(t, cyd, "ann@x.test", notSet, undelivered)
	})
	t.Run("SUB-2 STO-7 parent and child have statuses of their own", func(t *testing.T) {
		l, c := setUp(t)
		f := l.fork()
		f.subscribe(t, c.ID, "ann@x.test", unsubscribed, emailState(unsubscribed, bounced))
		f.subscribe(t, c.ID, "ann@y.test", subscribed, nil)
		f.subscribe(t, c.ID, "+442079460018", unsubscribed, nil)
		swap := reachableAt([]string{"ann@y.test", "ann@x.test"}, phoneGB, phoneUS)
		c = update(t, l.Store, c, swap)
		requireEmailState(t, c, "ann@y.test", unsubscribed, undelivered)
		require.Equal(t, subscribed, c.PrimaryPhone.SubscriptionStatus)
	})
	t.Run("SUB-7 STO-8 an old snapshot shows the old status", func(t *testing.T) {
		l, c := setUp(t)
		old := l.Snapshot()
		l.subscribe(t, c.ID, "ann@x.test", unsubscribed, emailState(unsubscribed, bounced))
		got, err := old.Get(c.ID)
		require.NoError(t, err)
		requireContact(t, c, got)
	})
	t.Run("SUB-7 written values do not stick", func(t *testing.T) {
		l, c := setUp(t)
		c = update(t, l.Store, c, contacts.Patch{ExtendedFields: contacts.Set(map[string]any{
			"emailSubscriptions.subscriptionStatus": "PENDING", "emailSubscriptions.effectiveEmail": "zed@x.test",
		})})
		requireEmailState(t, c, "ann@x.test", subscribed, bounced)
	})
	t.Run("SUB-7 other writes keep the statuses of primaryEmail", func(t *testing.T) {
		l, c := setUp(t)
		for _, write := range []func() (*contacts.Contact, error){
			func() (*contacts.Contact, error) {
				return l.SetMember(t.Context(), c.ID, &contacts.Member{MemberID: testID(7001), Email: "ann@x.test"})
			},
			func() (*contacts.Contact, error) { return l.SetMember(t.Context(), c.ID, nil) },
			func() (*contacts.Contact, error) { return l.Label(t.Context(), c.ID, "contacts.customers") },
			func() (*contacts.Contact, error) { return l.SetBillingSubscription(t.Context(), c.ID, true) },
			func() (*contacts.Contact, error) {
				return l.SetSystemFields(t.Context(), c.ID, map[string]any{"ecom.numOfPurchases": 1})
			},
		} {
			got, err := write()
			require.NoError(t, err)
			requireEmailState(t, got, "ann@x.test", subscribed, bounced)
			require.Equal(t, c.PrimaryPhone, got.PrimaryPhone)
		}
		c, err := l.Get(t.Context(), c.ID, nil)
		require.NoError(t, err)
		c = update(t, l.Store, c, reachableAt([]string{"ann@y.test"}))
		requireEmailState(t, c, "ann@y.test", unsubscribed, undelivered)
	})
}

func TestUnsubscribe(t *testing.T) {
	violationAt := func(i int) contacts.Violation {
		return contacts.Violation{
			Field: fmt.Sprintf("unsubscribe[%d]", i), Rule: contacts.RuleCustom, RuleName: contacts.RuleNameNotOnContact,
		}
	}
	info := func() contacts.Info {
		in := person("Ann", "ann@x.test", "ann.home@x.test")
		in.Phones = []contacts.Phone{number("US", numberUS), number("", "555-0199")}
		return in
	}
	statuses := func(t *testing.T, s *contacts.Store, id uuid.UUID) (list []contacts.SubscriptionStatus) {
		t.Helper()
		v, ok := s.Snapshot().View(id)
		require.True(t, ok)
		for _, address := range []string{"ann@x.test", "ann.home@x.test", numberUS} {
			list = append(list, v.Subscription(address))
		}
		return list
	}
	for _, tc := range []struct {
		name      string
		addresses []string
		want      []contacts.SubscriptionStatus // of ann@x.test, ann.home@x.test, numberUS
		wrong     []contacts.Violation
	}{
		{"none", nil, []contacts.SubscriptionStatus{notSet, notSet, notSet}, nil},
		{"the primary email, in another case", []string{" ANN@x.test "},
			[]contacts.SubscriptionStatus{unsubscribed, notSet, notSet}, nil},
		{"another email", []string{"ann.home@x.test"}, []contacts.SubscriptionStatus{notSet, unsubscribed, notSet}, nil},
		{"a phone as typed", []string{numberUS}, []contacts.SubscriptionStatus{notSet, notSet, unsubscribed}, nil},
		{"a phone in E.164 form", []string{"+12015550123"},
			[]contacts.SubscriptionStatus{notSet, notSet, unsubscribed}, nil},
		{"all, some twice", []string{numberUS, "ann@x.test", "ANN@x.test", "ann.home@x.test"},
			[]contacts.SubscriptionStatus{unsubscribed, unsubscribed, unsubscribed}, nil},
		{"an email of no one", []string{"ann@x.test", "none@x.test"}, nil, []contacts.Violation{violationAt(1)}},
		{"several that the contact does not have", []string{"", "ann@x.test", "x"}, nil,
			[]contacts.Violation{violationAt(0), violationAt(2)}},
		{"a phone that is not valid", []string{"555-0199"}, nil, []contacts.Violation{violationAt(0)}},
	} {
		bubble(t, "SUB-8 Create, "+tc.name, func(t *testing.T) {
			l := newLab(t)
			since := l.Snapshot().Position()
			opts := &contacts.CreateOptions{Unsubscribe: tc.addresses}
			if tc.wrong != nil {
				err := l.refused(t, contacts.ErrInvalid, func() error {
					_, err := l.Create(t.Context(), info(), opts)
					return err
				})
				require.Equal(t, tc.wrong, violations(t, err))
				return
			}
			c, err := l.Create(t.Context(), info(), opts)
			require.NoError(t, err)
			require.Equal(t, 1, c.Revision)
			require.Equal(t, tc.want[0], c.PrimaryEmail.SubscriptionStatus)
			require.Equal(t, tc.want[2], c.PrimaryPhone.SubscriptionStatus)
			require.Equal(t, string(tc.want[0]), c.Info.ExtendedFields["emailSubscriptions.subscriptionStatus"])
			require.Equal(t, tc.want, statuses(t, l.Store, c.ID))
			commits := commitsAfter(t, l.Store, since)
			require.Len(t, commits, 1)
			require.Len(t, commits[0].Changes, 1)
			requireContact(t, c, commits[0].Changes[0].After.Clone())
			requireLoads(t, l.Store)
		})
		t.Run("SUB-8 Update, "+tc.name, func(t *testing.T) {
			l := newLab(t)
			ann := create(t, l.Store, person("Ann", "ann@x.test"))
			_, err := l.SetSubscription(t.Context(), ann.ID, "ann@x.test", subscribed)
			require.NoError(t, err)
			ann, err = l.SetDeliverability(t.Context(), ann.ID, "ann@x.test", bounced)
			require.NoError(t, err)
			patch := contacts.Patch{Emails: contacts.Set(info().Emails), Phones: contacts.Set(info().Phones)}
			opts := &contacts.UpdateOptions{Unsubscribe: tc.addresses}
			if tc.wrong != nil {
				err := l.refused(t, contacts.ErrInvalid, func() error {
					_, err := l.Update(t.Context(), ann.ID, ann.Revision, patch, opts)
					return err
				})
				require.Equal(t, tc.wrong, violations(t, err))
				return
			}
			c, err := l.Update(t.Context(), ann.ID, ann.Revision, patch, opts)
			require.NoError(t, err)
			require.Equal(t, ann.Revision+1, c.Revision)
			want := slices.Clone(tc.want)
			if want[0] == notSet {
				want[0] = subscribed
			}
			require.Equal(t, want, statuses(t, l.Store, c.ID))
			requireEmailState(t, c, "ann@x.test", want[0], bounced)
		})
	}
	t.Run("SUB-8 UPD-7 an update of nothing else", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, info())
		opts := &contacts.UpdateOptions{Unsubscribe: []string{"ann@x.test"}}
		c := l.write(t, ann.ID, func() (*contacts.Contact, error) {
			return l.Update(t.Context(), ann.ID, 1, contacts.Patch{}, opts)
		}, emailState(unsubscribed, undelivered))
		l.refused(t, contacts.ErrAlreadyChanged, func() error {
			_, err := l.Update(t.Context(), ann.ID, 1, contacts.Patch{}, opts)
			return err
		})
		l.refused(t, contacts.ErrInsufficientUpdate, func() error {
			_, err := l.Update(t.Context(), ann.ID, c.Revision, contacts.Patch{}, &contacts.UpdateOptions{Unsubscribe: []string{}})
			return err
		})
	})
	t.Run("SUB-8 an address that the same update removes", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, info())
		l.refused(t, contacts.ErrInvalid, func() error {
			_, err := l.Update(t.Context(), ann.ID, 1, contacts.Patch{Emails: contacts.Set(primaryAt(0, "ann@x.test"))},
				&contacts.UpdateOptions{Unsubscribe: []string{"ann.home@x.test"}})
			return err
		})
	})
	t.Run("SUB-8 the other checks come first", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, info())
		opts := &contacts.CreateOptions{Unsubscribe: []string{"x"}}
		l.refused(t, contacts.ErrDuplicate, func() error {
			_, err := l.Create(t.Context(), info(), opts)
			return err
		})
		l.refused(t, contacts.ErrInsufficientData, func() error {
			_, err := l.Update(t.Context(), ann.ID, 1, contacts.Patch{
				FirstName: contacts.Set(""), Emails: contacts.Set[[]contacts.Email](nil), Phones: contacts.Set[[]contacts.Phone](nil),
			}, &contacts.UpdateOptions{Unsubscribe: opts.Unsubscribe})
			return err
		})
	})
	t.Run("SUB-8 BAT-1 STO-5 in a batch, from a list of the caller's own", func(t *testing.T) {
		l := newLab(t)
		addresses := []string{"ann@x.test"}
		results, err := l.Batch(t.Context(), []contacts.Operation{
			contacts.CreateOp{Info: info(), Unsubscribe: addresses},
			contacts.UpdateOp{ID: testID(1), Revision: 1, Unsubscribe: []string{"none@x.test"}},
			contacts.UpdateOp{ID: testID(1), Revision: 1, Unsubscribe: []string{"ann.home@x.test"}},
		}, nil)
		addresses[0] = "x"
		require.NoError(t, err)
		require.NoError(t, results[0].Err)
		require.Equal(t, []contacts.Violation{violationAt(0)}, violations(t, results[1].Err))
		require.NoError(t, results[2].Err)
		require.Equal(t, []contacts.SubscriptionStatus{unsubscribed, unsubscribed, notSet}, statuses(t, l.Store, testID(1)))
	})
	t.Run("SUB-8 View.Subscription", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, info())
		_, err := l.SetSubscription(t.Context(), ann.ID, numberUS, contacts.SubscriptionPending)
		require.NoError(t, err)
		v, _ := l.Snapshot().View(ann.ID)
		for address, want := range map[string]contacts.SubscriptionStatus{
			"ann@x.test": notSet, " ANN.home@X.test": notSet, numberUS: contacts.SubscriptionPending,
			"+12015550123": contacts.SubscriptionPending, "555-0199": contacts.SubscriptionNoStatus,
			"none@x.test": contacts.SubscriptionNoStatus, "": contacts.SubscriptionNoStatus,
		} {
			require.Equal(t, want, v.Subscription(address), address)
		}
	})
}

func TestStatusesOfExtensions(t *testing.T) {
	const pending = contacts.SubscriptionPending
	desk, lab := number("US", numberUS+" x123"), number("US", numberUS+" x124")
	// statusesOf returns the status of each phone, which it makes the primary one.
	statusesOf := func(t *testing.T, s *contacts.Store, c *contacts.Contact) []contacts.SubscriptionStatus {
		t.Helper()
		var list []contacts.SubscriptionStatus
		for i := range c.Info.Phones {
			f := s.Fork()
			phones := slices.Clone(c.Info.Phones)
			phones[0].Primary = false
			phones[i].Primary = true
			list = append(list, update(t, f, mustView(t, f, c.ID).Clone(), contacts.Patch{Phones: contacts.Set(phones)}).
				PrimaryPhone.SubscriptionStatus)
		}
		return list
	}
	type list = []contacts.SubscriptionStatus
	for _, tc := range []struct {
		name    string
		phones  []contacts.Phone
		address string
		status  contacts.SubscriptionStatus
		want    list
	}{
		{"as typed", []contacts.Phone{desk, lab, phoneUS}, numberUS + " x124", subscribed, list{notSet, subscribed, notSet}},
		{"as typed, an objection", []contacts.Phone{desk, lab, phoneUS}, numberUS + " x124", unsubscribed,
			list{notSet, unsubscribed, notSet}},
		{"by number and extension", []contacts.Phone{desk, lab}, "+12015550123;ext=124", subscribed, list{notSet, subscribed}},
		{"by number: the phone without an extension", []contacts.Phone{desk, lab, phoneUS}, "+12015550123", subscribed,
			list{notSet, notSet, subscribed}},
		{"by number: the first", []contacts.Phone{desk, lab}, "+12015550123", pending, list{pending, notSet}},
		{"by number, an objection: all", []contacts.Phone{desk, phoneGB, lab, phoneUS}, "+12015550123", unsubscribed,
			list{unsubscribed, notSet, unsubscribed, unsubscribed}},
	} {
		t.Run("SUB-5 "+tc.name, func(t *testing.T) {
			s := newStore(t)
			c := create(t, s, reachable(nil, tc.phones...))
			_, err := s.SetSubscription(t.Context(), c.ID, tc.address, tc.status)
			require.NoError(t, err)
			require.Equal(t, tc.want, statusesOf(t, s, c))
			var file bytes.Buffer
			require.NoError(t, s.Snapshot().Export(&file))
			text := file.String()
			again, err := contacts.Load(t.Context(), strings.NewReader(text), fixed())
			require.NoError(t, err)
			require.Equal(t, tc.want, statusesOf(t, again, c))
			file.Reset()
			require.NoError(t, again.Snapshot().Export(&file))
			require.Equal(t, text, file.String(), "EXP-2")
		})
	}
	t.Run("SUB-5 an extension that is not there", func(t *testing.T) {
		s := newStore(t)
		c := create(t, s, reachable(nil, desk))
		_, err := s.SetSubscription(t.Context(), c.ID, "+12015550123;ext=124", unsubscribed)
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
	})
	t.Run("SUB-2 a new extension starts without a status", func(t *testing.T) {
		s := newStore(t)
		info := person("Ann", "ann@x.test")
		info.Phones = []contacts.Phone{desk}
		c := create(t, s, info)
		_, err := s.SetSubscription(t.Context(), c.ID, "+12015550123", subscribed)
		require.NoError(t, err)
		info.Phones = []contacts.Phone{lab}
		c, _ = upsert(t, s, info)
		require.Equal(t, list{subscribed, notSet}, statusesOf(t, s, c))
	})
	t.Run("IMP-6 the status of the primary phone", func(t *testing.T) {
		for _, tc := range []struct {
			status contacts.SubscriptionStatus
			text   string
			want   list
		}{
			{subscribed, lab.Number, list{notSet, subscribed}},
			{subscribed, "", list{subscribed, notSet}},
			{unsubscribed, lab.Number, list{unsubscribed, unsubscribed}},
		} {
			s := newStore(t)
			c := &contacts.Contact{Info: reachable(nil, desk, lab)}
			c.PrimaryPhone = contacts.PrimaryPhone{Phone: tc.text, E164: "+12015550123", SubscriptionStatus: tc.status}
			_, err := s.Import(t.Context(), contacts.Rows(slices.Values([]*contacts.Contact{c})), nil)
			require.NoError(t, err)
			for v := range s.Snapshot().All() {
				require.Equal(t, tc.want, statusesOf(t, s, v.Clone()))
			}
		}
	})
	t.Run("EXP-4 an export that keeps one status for all extensions", func(t *testing.T) {
		for _, phones := range [][]contacts.Phone{{desk, lab}, {desk, phoneUS, lab}} {
			s := newStore(t)
			c := create(t, s, reachable(nil, phones...))
			_, err := s.SetSubscription(t.Context(), c.ID, "+12015550123", unsubscribed)
			require.NoError(t, err)
			var file bytes.Buffer
			require.NoError(t, s.Snapshot().Export(&file))
			text := sealed(exportedLines(regexp.MustCompile(`"phoneStatuses":\{.*?\}\}`).ReplaceAllString(file.String(),
				`"phoneStatuses":{"+12015550123":{"subscriptionStatus":"UNSUBSCRIBED"}}`))...)
			old, err := contacts.Load(t.Context(), strings.NewReader(text), fixed())
			require.NoError(t, err)
			require.Equal(t, slices.Repeat(list{unsubscribed}, len(phones)), statusesOf(t, old, c))
		}
	})
}
