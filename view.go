package contacts

import (
	"iter"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
)

// View gives read-only access to a contact of a snapshot without copying it. No accessor exposes memory of the store
// for writing. A View is cheap, never changes, stays valid as long as it is referenced, and is safe for concurrent use.
// [View.Clone] returns the contact as a [Contact]. All methods of the zero View panic, except IsZero.
type View struct{ r *record }

// LogValue returns the log form of the contact, like [Contact.LogValue].
func (v View) LogValue() slog.Value {
	if v.IsZero() {
		return slog.Value{}
	}
	return v.r.full().LogValue()
}

// IsZero reports whether the view has no contact.
func (v View) IsZero() bool { return v.r == nil }

// Clone returns a deep copy of the contact. The caller owns it.
func (v View) Clone() *Contact { return v.r.clone() }

// MarshalJSON returns the wire shape of the contact, as [Contact.MarshalJSON] does.
func (v View) MarshalJSON() ([]byte, error) { return written(v.r.full(), writeContact) }

// ID returns the contact's ID.
func (v View) ID() uuid.UUID { return v.r.contact.ID }

// Revision returns the contact's revision.
func (v View) Revision() int { return v.r.contact.Revision }

// Source returns where the contact came from.
func (v View) Source() Source { return v.r.contact.Source() }

// CreatedDate returns when the contact was created.
func (v View) CreatedDate() time.Time { return v.r.contact.CreatedDate.time() }

// UpdatedDate returns when the contact was last written.
func (v View) UpdatedDate() time.Time { return v.r.contact.UpdatedDate.time() }

// LastActivity returns the contact's last activity.
func (v View) LastActivity() Activity { return v.r.contact.lastActivity().clone() }

// PrimaryInfo returns the primary email and phone as typed.
func (v View) PrimaryInfo() PrimaryInfo {
	if v.r.read != nil {
		return v.r.read.PrimaryInfo
	}
	return v.r.contact.Info.primary()
}

// PrimaryEmail returns the primary email with its statuses.
func (v View) PrimaryEmail() PrimaryEmail { return v.r.primaryEmail() }

// Subscription returns the marketing consent for one email or phone of the contact, primary or not. The address is
// given as for [Store.SetSubscription]. The status is NO_SUBSCRIPTION_STATUS for an address that the contact does not
// have, and for a phone number that is not valid (SUB-8).
func (v View) Subscription(address string) SubscriptionStatus {
	return v.r.statuses.subscription(&v.r.contact.Info, address)
}

// PrimaryPhone returns the primary phone with its statuses.
func (v View) PrimaryPhone() PrimaryPhone { return v.r.primaryPhone() }

// Name returns the contact's name.
func (v View) Name() Name { return v.r.contact.Info.Name }

// Emails yields the email addresses, the primary one first.
func (v View) Emails() iter.Seq[Email] { return slices.Values(v.r.contact.Info.Emails) }

// Phones yields the phone numbers, the primary one first.
func (v View) Phones() iter.Seq[Phone] { return slices.Values(v.r.contact.Info.Phones) }

// Addresses yields copies of the postal addresses.
func (v View) Addresses() iter.Seq[Address] {
	return func(yield func(Address) bool) {
		for _, a := range v.r.contact.Info.Addresses {
			if !yield(a.Clone()) {
				return
			}
		}
	}
}

// Company returns the company.
func (v View) Company() string { return v.r.contact.Info.Company }

// JobTitle returns the job title.
func (v View) JobTitle() string { return v.r.contact.Info.JobTitle }

// Birthdate returns the birth date as YYYY-MM-DD, "" if it is not set.
func (v View) Birthdate() string { return v.r.contact.Info.Birthdate }

// Locale returns the locale, in lower case.
func (v View) Locale() string { return v.r.contact.Info.Locale }

// LabelKeys yields the keys of the contact's labels in the order they were added.
func (v View) LabelKeys() iter.Seq[string] { return slices.Values(v.r.contact.Info.LabelKeys) }

// HasLabel reports whether the contact has the label with this key.
func (v View) HasLabel(key string) bool { return slices.Contains(v.r.contact.Info.LabelKeys, key) }

// ExtendedField returns the value of an extended field, a string or a float64, and whether the contact has one.
func (v View) ExtendedField(key string) (any, bool) {
	value, ok := v.r.field(key)
	return cloneValue(value), ok
}

// ExtendedFields yields the keys and values of the extended fields that have a value, in no particular order.
func (v View) ExtendedFields() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for key, value := range v.r.full().Info.ExtendedFields { // of its own
			if !yield(key, value) {
				return
			}
		}
	}
}

// Picture returns the picture, and whether there is one.
func (v View) Picture() (Picture, bool) {
	if p := v.r.contact.Info.Picture; p != nil {
		return *p, true
	}
	return Picture{}, false
}

// Locations yields the location IDs.
func (v View) Locations() iter.Seq[uuid.UUID] { return slices.Values(v.r.contact.Info.Locations) }

// AssignedUserIDs yields the IDs of the users assigned to the contact.
func (v View) AssignedUserIDs() iter.Seq[uuid.UUID] {
	return slices.Values(v.r.contact.Info.AssignedUserIDs)
}

// Member returns a copy of the linked member, nil if no member is linked.
func (v View) Member() *Member { return v.r.contact.Member.Clone() }

// BillingSubscription reports whether the contact has a billing subscription.
func (v View) BillingSubscription() bool { return v.r.billing }

func views(records iter.Seq[*record]) iter.Seq[View] {
	return func(yield func(View) bool) {
		for r := range records {
			if !yield(View{r}) {
				return
			}
		}
	}
}
