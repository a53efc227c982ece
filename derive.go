package contacts

import (
	"cmp"
	"maps"
	"strings"

	"github.com/contactsdb/contacts/internal/geo"
)

// derive sets everything about c that follows from its Info, its member and its statuses. The items of Info must be in
// order, the primary one first. It replaces c.Info.ExtendedFields, never writes to it.
func derive(c *Contact, st statuses) {
	c.PrimaryInfo, c.PrimaryEmail, c.PrimaryPhone = PrimaryInfo{}, PrimaryEmail{}, PrimaryPhone{}
	if len(c.Info.Emails) > 0 {
		primary := c.Info.Emails[0]
		status := st.email(primary)
		c.PrimaryInfo.Email = primary.Address
		c.PrimaryEmail = PrimaryEmail{
			Email:                primary.Address,
			SubscriptionStatus:   status.subscription,
			DeliverabilityStatus: status.deliverability,
		}
	}
	if len(c.Info.Phones) > 0 {
		primary := c.Info.Phones[0]
		status := st.phone(primary)
		c.PrimaryInfo.Phone = primary.Number
		c.PrimaryPhone = PrimaryPhone{
			Phone:                primary.Number,
			CountryCode:          primary.CountryCode,
			E164:                 primary.E164,
			Formatted:            primary.Formatted,
			SubscriptionStatus:   status.subscription,
			DeliverabilityStatus: status.deliverability,
		}
	}
	const most = 6 // fields below
	values := make(map[string]any, len(c.Info.ExtendedFields)+most)
	maps.Copy(values, c.Info.ExtendedFields)
	set := func(key, value string) {
		if value == "" {
			delete(values, key)
		} else {
			values[key] = value
		}
	}
	name := c.Info.Name
	set(fieldDisplayByFirst, fullName(name.First, name.Last))
	set(fieldDisplayByLast, fullName(name.Last, name.First))
	set(fieldMembershipStatus, string(membership(c.Member)))
	set(fieldEffectiveEmail, c.PrimaryEmail.Email)
	set(fieldSubscription, string(c.PrimaryEmail.SubscriptionStatus))
	set(fieldDeliverability, string(c.PrimaryEmail.DeliverabilityStatus))
	c.Info.ExtendedFields = values
}

// displayName joins two parts of a name, or returns the one there is (DRV-4).
func fullName(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}

// formatAddress makes a readable address: the street, the place, the country, a line each (DRV-5). With a subdivision
// the place is "city, subdivision postal-code", without one "postal-code city".
func formatAddress(a Address) string {
	street := a.AddressLine
	if s := a.StreetAddress; s != nil {
		street = s.FormattedAddressLine
		if street == "" {
			street = joinNonEmpty(" ", s.Number, s.Name, s.Apt)
		}
	}
	place := joinNonEmpty(" ", a.PostalCode, a.City)
	if name := subdivisionName(a.Subdivision); name != "" {
		place = joinNonEmpty(", ", a.City, joinNonEmpty(" ", name, a.PostalCode))
	}
	formatted := joinNonEmpty("\n", street, a.AddressLine2, place, geo.CountryName(a.Country))
	if runes := []rune(formatted); len(runes) > formattedMax {
		// The parts may be longer than the whole may be; what the store made must pass when it is sent back.
		return string(runes[:formattedMax])
	}
	return formatted
}

// subdivisionName returns the name of an ISO 3166-2 code, or its last part where the name is not known.
func subdivisionName(code string) string {
	_, part, _ := strings.Cut(code, "-")
	return cmp.Or(geo.SubdivisionName(code), part)
}

func joinNonEmpty(separator string, parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		if part == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(separator)
		}
		b.WriteString(part)
	}
	return b.String()
}

// membership returns the value of members.membershipStatus for a contact with this member, "" without one (MEM-4).
func membership(m *Member) MembershipStatus {
	if m == nil {
		return ""
	}
	switch m.Status {
	case MemberActive:
		return MembershipApproved
	case MemberBlocked:
		return MembershipDenied
	case MemberPending:
		return MembershipPending
	default:
		return MembershipInactive
	}
}
