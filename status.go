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
	phones map[string]phoneStatus // by E.164 form and extension: colleagues on one switchboard consent separately
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
	if len(st.emails) > 0 {
		if status, ok := st.emails[e.statusKey()]; ok {
			return status
		}
	}
	return emailNotSet
}

// phone returns the state of a phone, by default phoneNotSet. A number that is not valid has no state (SUB-1).
func (st statuses) phone(p Phone) phoneStatus {
	if p.E164 == "" {
		return phoneStatus{SubscriptionNoStatus, PhoneDeliverabilityNoStatus}
	}
	if len(st.phones) > 0 {
		if status, ok := st.phones[p.statusKey()]; ok {
			return status
		}
	}
	return phoneNotSet
}

// equal reports whether the same states are set.
func (st statuses) equal(o statuses) bool {
	return maps.Equal(st.emails, o.emails) && maps.Equal(st.phones, o.phones)
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
	if phones := in.phonesOf(address, address, ""); phones != nil {
		return st.phone(phones[0]).subscription
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
	phones := in.phonesOf(address, address, status)
	return st.setPhone(phones, status), phones != nil
}

// statusKey returns the key of the email in statuses.
func (e Email) statusKey() string { return fold.Email(e.Address) }

// statusKey returns the key of the phone in statuses, "" if its number is not valid.
func (p Phone) statusKey() string { return p.dialed().Key() }

// emailOf finds an email by its address.
func (in *Info) emailOf(address string) (Email, bool) {
	i := slices.IndexFunc(in.Emails, func(e Email) bool { return fold.SameEmail(e.Address, address) })
	if i < 0 {
		return Email{}, false
	}
	return in.Emails[i], true
}

// phonesOf finds the phones with valid numbers that a status of an address is for. The address is in E.164 form, with
// or without an extension, or as typed. Without an extension, UNSUBSCRIBED is for all extensions of the number. Any
// other status is for one phone only: that with the typed text, that without an extension, or the first (SUB-5).
func (in *Info) phonesOf(address, typed string, status SubscriptionStatus) []Phone {
	valid := func(match func(Phone) bool) (found []Phone) {
		for _, p := range in.Phones {
			if p.E164 != "" && match(p) {
				found = append(found, p)
			}
		}
		return found
	}
	number := valid(func(p Phone) bool { return p.E164 == address })
	if status == SubscriptionUnsubscribed && number != nil {
		return number
	}
	for _, found := range [][]Phone{
		valid(func(p Phone) bool { return p.E164 == address && p.typed(typed) }),
		valid(func(p Phone) bool { return p.statusKey() == address }),
		number,
		valid(func(p Phone) bool { return p.typed(address) }),
	} {
		if found != nil {
			return found[:1]
		}
	}
	return nil
}

// typed reports whether the number as typed is text, without regard to surrounding space.
func (p Phone) typed(text string) bool { return strings.TrimSpace(p.Number) == strings.TrimSpace(text) }

// setPhone returns the statuses with a subscription status for the phones.
func (st statuses) setPhone(phones []Phone, status SubscriptionStatus) statuses {
	for _, p := range phones {
		own := st.phone(p)
		own.subscription = status
		st.phones = with(st.phones, p.statusKey(), own, phoneNotSet)
	}
	return st
}

// withExtensions returns the statuses of an export. Earlier versions kept the status of a number for all of its
// extensions together; it becomes that of each extension, unless the export names that extension, too. NOT_SET for an
// extension, which only exports have, means that it has no status (EXP-4).
func (st statuses) withExtensions(phones []Phone) statuses {
	if len(st.phones) == 0 {
		return st
	}
	own := maps.Clone(st.phones)
	bare := make(map[string]bool) // numbers that the contact has without an extension
	for _, p := range phones {
		key := p.statusKey()
		number, ok := st.phones[p.E164]
		switch named, isNamed := st.phones[key]; {
		case key == p.E164:
			bare[key] = true
		case !ok:
		case !isNamed:
			own[key] = number
		case named == phoneNotSet:
			delete(own, key)
		}
	}
	for _, p := range phones {
		if !bare[p.E164] {
			delete(own, p.E164)
		}
	}
	st.phones = own
	return st
}

// exported returns the statuses of phones for an export, in the form that withExtensions reads.
func (st statuses) exported(phones []Phone) map[string]phoneStatus {
	out := st.phones
	if len(out) == 0 {
		return nil
	}
	for _, p := range phones {
		key := p.statusKey()
		if _, ok := st.phones[key]; ok || key == p.E164 {
			continue
		}
		if _, ok := st.phones[p.E164]; ok {
			out = maps.Clone(out)
			out[key] = phoneNotSet
		}
	}
	return out
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
