package contacts

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// statuses are the subscription and delivery states that were set for a contact's addresses. They are kept per address, so
// that a change of the primary one shows the right state, and as long as the contact has the address (SUB-2). What was set
// back to NOT_SET is not kept: it is as if it was never set. The maps belong to the store and are never changed in place.
type statuses struct {
	emails map[string]emailStatus // by emailKey
	phones map[string]phoneStatus // by E.164 number
}

type emailStatus struct {
	subscription   SubscriptionStatus
	deliverability EmailDeliverability
}

type phoneStatus struct {
	subscription   SubscriptionStatus
	deliverability PhoneDeliverability
}

// The states of addresses for which none was set (SUB-1).
var (
	emailNotSet = emailStatus{SubscriptionNotSet, EmailDeliverabilityNotSet}
	phoneNotSet = phoneStatus{SubscriptionNotSet, PhoneDeliverabilityNotSet}
)

// email returns the state of an email address, the default if none was set (SUB-1).
func (st statuses) email(e Email) emailStatus {
	if status, ok := st.emails[emailKey(e.Address)]; ok {
		return status
	}
	return emailNotSet
}

// phone returns the state of a phone number. A number that is not valid has none (SUB-1).
func (st statuses) phone(p Phone) phoneStatus {
	if p.E164 == "" {
		return phoneStatus{SubscriptionNoStatus, PhoneDeliverabilityNoStatus}
	}
	if status, ok := st.phones[p.E164]; ok {
		return status
	}
	return phoneNotSet
}

// of returns the states of the addresses that in has.
func (st statuses) of(in *Info) statuses {
	return statuses{
		emails: pick(st.emails, in.Emails, Email.statusKey),
		phones: pick(st.phones, in.Phones, Phone.statusKey),
	}
}

// pick returns the entries of m that belong to items, m itself where that is all.
func pick[S, T any](m map[string]S, items []T, key func(T) string) map[string]S {
	if len(m) == 0 {
		return nil
	}
	picked := make(map[string]S, len(m))
	for _, item := range items {
		if status, ok := m[key(item)]; ok {
			picked[key(item)] = status
		}
	}
	if len(picked) == len(m) {
		return m
	}
	return picked
}

// statusKey is what the status of an email is kept under.
func (e Email) statusKey() string { return emailKey(e.Address) }

// statusKey is what the status of a phone is kept under: its number, if it is valid.
func (p Phone) statusKey() string { return p.E164 }

// statuses takes over the statuses that a contact from elsewhere carries for its primary email and phone; in is its info as
// it will be stored (IMP-6). What cannot be kept is a violation, unless it is NOT_SET: consent is never lost silently.
func (v *validator) statuses(c *Contact, in *Info) statuses {
	var st statuses
	const notSet = "NOT_SET"
	// Captured contacts often have these words only as extended fields.
	keep := func(name, word, extended string, set func(st *emailStatus, word string) (ok bool)) {
		address, inField := c.PrimaryEmail.Email, word == ""
		if inField {
			word, _ = c.Info.ExtendedFields[extended].(string)
			address, _ = c.Info.ExtendedFields[fieldEffectiveEmail].(string)
		}
		if word == "" || word == notSet {
			return
		}
		at, addressAt := "primaryEmail."+name, "primaryEmail.email"
		if inField {
			at, addressAt = fieldPath(extended), fieldPath(fieldEffectiveEmail)
		}
		email, onContact := in.emailOf(address)
		if address == "" && len(in.Emails) > 0 {
			email, onContact = in.Emails[0], true
		}
		before := st.email(email)
		after := before
		switch {
		case !set(&after, word):
			v.format(at, FormatEnum)
		case after == before:
		case !onContact:
			if missing := notOnContact(addressAt); !slices.Contains(v.violations, missing) {
				v.add(missing)
			}
		default:
			st.emails = with(st.emails, email.statusKey(), after, emailNotSet)
		}
	}
	keep("subscriptionStatus", string(c.PrimaryEmail.SubscriptionStatus), fieldSubscription,
		func(st *emailStatus, word string) bool {
			status := SubscriptionStatus(word)
			if status != SubscriptionNoStatus {
				st.subscription = status
			}
			return status.Valid()
		})
	keep("deliverabilityStatus", string(c.PrimaryEmail.DeliverabilityStatus), fieldDeliverability,
		func(st *emailStatus, word string) bool {
			st.deliverability = EmailDeliverability(word)
			return st.deliverability.Valid()
		})

	carried := c.PrimaryPhone
	switch status := carried.SubscriptionStatus; {
	case status == "", status == SubscriptionNotSet, status == SubscriptionNoStatus:
	case !status.Valid():
		v.format("primaryPhone.subscriptionStatus", FormatEnum)
	default:
		phone, ok := in.phoneOf(cmp.Or(carried.E164, carried.Phone))
		if carried.E164 == "" && carried.Phone == "" && len(in.Phones) > 0 {
			phone, ok = in.Phones[0], in.Phones[0].E164 != ""
		}
		if !ok {
			v.add(notOnContact("primaryPhone.phone"))
			break
		}
		st.phones = with(st.phones, phone.statusKey(), phoneStatus{status, PhoneDeliverabilityNotSet}, phoneNotSet)
	}
	if status := carried.DeliverabilityStatus; status != "" {
		checkEnum(v, "primaryPhone.deliverabilityStatus", status)
	}
	return st
}

// RuleNameNotOnContact is the RuleName of a violation for an address that the contact does not have.
const RuleNameNotOnContact = "NOT_ON_CONTACT"

// SetSubscription sets the consent to marketing at one email or phone of a contact, primary or not: NOT_SET, PENDING,
// SUBSCRIBED or UNSUBSCRIBED (SUB-3). The address is an email, or a number in E.164 form or as typed; it must be one of
// the contact's, and a valid number (SUB-5).
//
// Errors: INVALID_ARGUMENT, CONTACT_NOT_FOUND.
func (s *Store) SetSubscription(
	ctx context.Context, id uuid.UUID, address string, status SubscriptionStatus,
) (*Contact, error) {
	v := &validator{}
	if status == SubscriptionNoStatus || !status.Valid() {
		v.format("status", FormatEnum)
	}
	return s.change(ctx, id, v.violations, func(tx *tx, before *record) (*record, error) {
		info := &before.contact.Info
		after := tx.next(before)
		if email, ok := info.emailOf(address); ok {
			st := before.statuses.email(email)
			st.subscription = status
			after.statuses.emails = with(before.statuses.emails, emailKey(address), st, emailNotSet)
		} else if phone, ok := info.phoneOf(address); ok {
			st := before.statuses.phone(phone)
			st.subscription = status
			after.statuses.phones = with(before.statuses.phones, phone.E164, st, phoneNotSet)
		} else {
			return nil, invalid([]Violation{notOnContact("address")})
		}
		derive(&after.contact, after.statuses)
		return after, nil
	})
}

// SetDeliverability sets the delivery state of one email of a contact, primary or not (SUB-4). Phones know no state that
// could be set.
//
// Errors: INVALID_ARGUMENT, CONTACT_NOT_FOUND.
func (s *Store) SetDeliverability(
	ctx context.Context, id uuid.UUID, email string, status EmailDeliverability,
) (*Contact, error) {
	v := &validator{}
	checkEnum(v, "status", status)
	return s.change(ctx, id, v.violations, func(tx *tx, before *record) (*record, error) {
		found, ok := before.contact.Info.emailOf(email)
		if !ok {
			return nil, invalid([]Violation{notOnContact("email")})
		}
		st := before.statuses.email(found)
		st.deliverability = status
		after := tx.next(before)
		after.statuses.emails = with(before.statuses.emails, emailKey(email), st, emailNotSet)
		derive(&after.contact, after.statuses)
		return after, nil
	})
}

// emailOf finds an email of the contact.
func (in *Info) emailOf(address string) (Email, bool) {
	key := emailKey(address)
	i := slices.IndexFunc(in.Emails, func(e Email) bool { return emailKey(e.Address) == key })
	if i < 0 {
		return Email{}, false
	}
	return in.Emails[i], true
}

// phoneOf finds a valid phone number of the contact, by its E.164 form or as typed.
func (in *Info) phoneOf(number string) (Phone, bool) {
	i := slices.IndexFunc(in.Phones, func(p Phone) bool {
		return p.E164 != "" && (p.E164 == number || strings.TrimSpace(p.Number) == strings.TrimSpace(number))
	})
	if i < 0 {
		return Phone{}, false
	}
	return in.Phones[i], true
}

func notOnContact(field string) Violation {
	return Violation{Field: field, Rule: RuleCustom, RuleName: RuleNameNotOnContact}
}

// with returns a copy of m that holds v under key, or nothing if v is none.
func with[V comparable](m map[string]V, key string, v, none V) map[string]V {
	out := make(map[string]V, len(m)+1)
	maps.Copy(out, m)
	if v == none {
		delete(out, key)
	} else {
		out[key] = v
	}
	return out
}
