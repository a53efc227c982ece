package contacts

import (
	"maps"
	"slices"
	"strings"

	"github.com/contactsdb/contacts/internal/fold"
)

// statuses are the subscription and delivery states that were set for a contact's emails and phones. They are kept
// per address, so that another primary address shows its own state, and for as long as the contact has the address
// (SUB-2). A state set back to NOT_SET is removed, as if it had never been set. The maps belong to the store and
// never change in place.
type statuses struct {
	emails map[string]emailStatus // by fold.Email of the address
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

// The states of addresses without a set state (SUB-1).
var (
	emailNotSet = emailStatus{SubscriptionNotSet, EmailDeliverabilityNotSet}
	phoneNotSet = phoneStatus{SubscriptionNotSet, PhoneDeliverabilityNotSet}
)

// email returns the state of an email, by default emailNotSet (SUB-1).
func (st statuses) email(e Email) emailStatus {
	if status, ok := st.emails[fold.Email(e.Address)]; ok {
		return status
	}
	return emailNotSet
}

// phone returns the state of a phone, by default phoneNotSet. A number that is not valid has no state (SUB-1).
func (st statuses) phone(p Phone) phoneStatus {
	if p.E164 == "" {
		return phoneStatus{SubscriptionNoStatus, PhoneDeliverabilityNoStatus}
	}
	if status, ok := st.phones[p.E164]; ok {
		return status
	}
	return phoneNotSet
}

// of returns the states of the emails and phones in an Info.
func (st statuses) of(in *Info) statuses {
	return statuses{
		emails: pick(st.emails, in.Emails, Email.statusKey),
		phones: pick(st.phones, in.Phones, Phone.statusKey),
	}
}

// pick returns the entries of m that belong to items: m itself if all do.
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

// subscription returns the subscription of one of the emails and phones of an Info, SubscriptionNoStatus for any other
// address and for a number that is not valid.
func (st statuses) subscription(in *Info, address string) SubscriptionStatus {
	if email, ok := in.emailOf(address); ok {
		return st.email(email).subscription
	}
	if phone, ok := in.phoneOf(address); ok {
		return st.phone(phone).subscription
	}
	return SubscriptionNoStatus
}

// subscribe returns the states with another subscription for one of the emails and phones of an Info, and whether the
// address is among them (SUB-5).
func (st statuses) subscribe(in *Info, address string, status SubscriptionStatus) (statuses, bool) {
	if email, ok := in.emailOf(address); ok {
		state := st.email(email)
		state.subscription = status
		st.emails = with(st.emails, email.statusKey(), state, emailNotSet)
		return st, true
	}
	if phone, ok := in.phoneOf(address); ok {
		state := st.phone(phone)
		state.subscription = status
		st.phones = with(st.phones, phone.statusKey(), state, phoneNotSet)
		return st, true
	}
	return st, false
}

// statusKey returns the key of the email in statuses.
func (e Email) statusKey() string { return fold.Email(e.Address) }

// statusKey returns the key of the phone in statuses, "" if its number is not valid.
func (p Phone) statusKey() string { return p.E164 }

// emailOf finds an email by its address.
func (in *Info) emailOf(address string) (Email, bool) {
	key := fold.Email(address)
	i := slices.IndexFunc(in.Emails, func(e Email) bool { return fold.Email(e.Address) == key })
	if i < 0 {
		return Email{}, false
	}
	return in.Emails[i], true
}

// phoneOf finds a phone with a valid number, by its E.164 form or by the number as typed.
func (in *Info) phoneOf(number string) (Phone, bool) {
	i := slices.IndexFunc(in.Phones, func(p Phone) bool {
		return p.E164 != "" && (p.E164 == number || strings.TrimSpace(p.Number) == strings.TrimSpace(number))
	})
	if i < 0 {
		return Phone{}, false
	}
	return in.Phones[i], true
}

// with returns a copy of m with v at key, or without key if v equals none.
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
