package contacts

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/geo"
)

// derive sets the parts of c that follow from its Info, its member and its statuses (DRV-1). The primary items of
// Info must come first. derive replaces the map c.Info.ExtendedFields and does not write to the old one, which may be
// shared.
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
	const derivedFields = 6 // set below
	values := make(map[string]any, len(c.Info.ExtendedFields)+derivedFields)
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

// fullName joins the parts of a name that show something, or returns the only such part as it is (DRV-4).
func fullName(a, b string) string { return joinVisible(" ", a, b) }

// formatAddress returns an address as text, with a line each for the street, AddressLine2, the city and the country
// (DRV-5). The line of the city is "city, subdivision postal-code" or, without a subdivision, "postal-code city".
func formatAddress(a Address) string {
	street := a.AddressLine
	if s := a.StreetAddress; s != nil {
		street = s.FormattedAddressLine
		if fold.Blank(street) {
			street = joinVisible(" ", s.Number, s.Name, s.Apt)
		}
	}
	city := joinVisible(" ", a.PostalCode, a.City)
	if name := subdivisionName(a.Subdivision); name != "" {
		city = joinVisible(", ", a.City, joinVisible(" ", name, a.PostalCode))
	}
	formatted := joinVisible("\n", street, a.AddressLine2, city, geo.CountryName(a.Country))
	if runes := []rune(formatted); len(runes) > formattedMax {
		// The parts together may exceed the limit, and the result must be valid as input.
		return string(runes[:formattedMax])
	}
	return formatted
}

// reformat reformats each address that keeps the ID of an old one and has the text that was generated from it, as
// when a client reads a contact, changes a part and sends everything back (DRV-5). Any other text is the caller's own.
func reformat(addresses, old []Address) {
	for i := range addresses {
		a := &addresses[i]
		at := slices.IndexFunc(old, func(o Address) bool { return o.ID == a.ID })
		if at >= 0 && a.FormattedAddress == formatAddress(old[at]) {
			a.FormattedAddress = formatAddress(*a)
		}
	}
}

// subdivisionName returns the name of an ISO 3166-2 code, or the part after the hyphen if the name is not known.
func subdivisionName(code string) string {
	_, part, _ := strings.Cut(code, "-")
	return cmp.Or(geo.SubdivisionName(code), part)
}

// joinVisible joins the parts that show something. It does not allocate for one.
func joinVisible(separator string, parts ...string) string {
	joined := ""
	for _, part := range parts {
		switch {
		case fold.Blank(part):
		case joined == "":
			joined = part
		default:
			joined += separator + part
		}
	}
	return joined
}

// membership returns the value of members.membershipStatus for a contact with this member, "" for nil (MEM-4).
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
