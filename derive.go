package contacts

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/geo"
)

// derive sets what follows from the other parts of c and from its statuses (DRV-1). The primary items of Info must come
// first. derive replaces the map c.Info.ExtendedFields and does not write to the old one, which may be shared.
func derive(c *Contact, st statuses) {
	c.PrimaryInfo, c.PrimaryEmail, c.PrimaryPhone = c.Info.primary(), st.primaryEmail(&c.Info), st.primaryPhone(&c.Info)
	values := make(map[string]any, len(c.Info.ExtendedFields)+len(form.DerivedFields))
	maps.Copy(values, c.Info.ExtendedFields)
	eachDerived(c.Info.Name, &c.PrimaryEmail, c.Member, func(key, text string) {
		if text == statusNotSet { // as nearly all statuses are; a constant takes no memory
			values[key] = statusNotSet
		} else {
			values[key] = text
		}
	})
	c.Info.ExtendedFields = values
}

const statusNotSet = string(SubscriptionNotSet)

// eachDerived passes the derived extended fields of a contact that have a value to set (DRV-4, DRV-6, MEM-4).
func eachDerived(name Name, email *PrimaryEmail, m *Member, set func(key, text string)) {
	byFirst, byLast := displayNames(name)
	for _, field := range [...]struct{ key, text string }{
		{fieldDisplayByFirst, byFirst},
		{fieldDisplayByLast, byLast},
		{fieldMembershipStatus, string(membership(m))},
		{fieldEffectiveEmail, email.Email},
		{fieldSubscription, string(email.SubscriptionStatus)},
		{fieldDeliverability, string(email.DeliverabilityStatus)},
	} {
		if field.text != "" {
			set(field.key, field.text)
		}
	}
}

// displayNames returns a name with the first part first and with the last part first (DRV-4). The texts share memory.
func displayNames(n Name) (byFirst, byLast string) {
	if fold.Blank(n.First) || fold.Blank(n.Last) {
		only := joinVisible(" ", n.First, n.Last)
		return only, only
	}
	text := n.First + " " + n.Last + " " + n.First
	return text[:len(n.First)+1+len(n.Last)], text[len(n.First)+1:]
}

// derivedFrame and derivedTexts bound what follows from an Info in JSON: it has at most so many bytes, and at most so
// many bytes of callers' texts.
const derivedFrame = 1000

func derivedTexts(in *Info) int {
	p := in.primaryPhone()
	return 3*len(in.primaryAddress()) + 2*len(p.Number) + len(p.CountryCode) + len(p.E164) + len(p.Formatted) +
		2*(len(in.Name.First)+len(in.Name.Last))
}

// primary returns the primary items.
func (in *Info) primary() PrimaryInfo {
	return PrimaryInfo{Email: in.primaryAddress(), Phone: in.primaryPhone().Number}
}

// primaryAddress returns the address of the primary email, or "" without emails.
func (in *Info) primaryAddress() string {
	if len(in.Emails) == 0 {
		return ""
	}
	return in.Emails[0].Address
}

// primaryPhone returns the primary phone, or the zero Phone without phones.
func (in *Info) primaryPhone() Phone {
	if len(in.Phones) == 0 {
		return Phone{}
	}
	return in.Phones[0]
}

// primaryEmail returns the primary email of an Info with its statuses (DRV-2).
func (st statuses) primaryEmail(in *Info) PrimaryEmail {
	if len(in.Emails) == 0 {
		return PrimaryEmail{}
	}
	status := st.email(in.Emails[0])
	return PrimaryEmail{
		Email:                in.Emails[0].Address,
		SubscriptionStatus:   status.subscription,
		DeliverabilityStatus: status.deliverability,
	}
}

// primaryPhone returns the primary phone of an Info with its statuses (DRV-3).
func (st statuses) primaryPhone(in *Info) PrimaryPhone {
	if len(in.Phones) == 0 {
		return PrimaryPhone{}
	}
	primary := &in.Phones[0]
	status := st.phone(*primary)
	return PrimaryPhone{
		Phone:                primary.Number,
		CountryCode:          primary.CountryCode,
		E164:                 primary.E164,
		Formatted:            primary.Formatted,
		SubscriptionStatus:   status.subscription,
		DeliverabilityStatus: status.deliverability,
	}
}

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
