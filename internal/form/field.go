package form

import "slices"

// Extended fields of the system that a store computes from the rest of a contact (DRV-4, DRV-6, MEM-4).
const (
	FieldDisplayByFirst   = "contacts.displayByFirstName"
	FieldDisplayByLast    = "contacts.displayByLastName"
	FieldMembershipStatus = "members.membershipStatus"
	FieldEffectiveEmail   = "emailSubscriptions.effectiveEmail"
	FieldSubscription     = "emailSubscriptions.subscriptionStatus"
	FieldDeliverability   = "emailSubscriptions.deliverabilityStatus"
)

// DerivedFields are these fields.
var DerivedFields = [...]string{
	FieldDisplayByFirst, FieldDisplayByLast, FieldMembershipStatus, FieldEffectiveEmail, FieldSubscription,
	FieldDeliverability,
}

// IsDerivedField reports whether a store computes the extended field with this key.
func IsDerivedField(key string) bool { return slices.Contains(DerivedFields[:], key) }
