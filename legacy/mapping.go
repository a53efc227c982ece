package legacy

import (
	"cmp"
	"strings"
	"unicode"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/dial"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/geo"
)

const birthday = "birthday" // tag of the only date in V4

// show returns a contact of the store in the form of this API.
func show(c *contacts.Contact) Contact {
	info := &c.Info
	shown := Contact{ID: c.ID.String(), CreatedAt: c.CreatedDate, ModifiedAt: c.UpdatedDate}
	shown.Name = Name{First: info.Name.First, Last: info.Name.Last}
	shown.Company = Company{Role: info.JobTitle, Name: info.Company}
	if info.Picture != nil {
		shown.Picture = info.Picture.Image.URL
	}
	for i, e := range info.Emails {
		item := Email{ID: i + 1, Tag: showTag(e.Tag), Email: e.Address}
		if e.Primary { // a contact has statuses only for its primary email
			item.EmailStatus = emailStatuses[c.PrimaryEmail.SubscriptionStatus]
			item.DeliveryStatus = deliveryStatuses[c.PrimaryEmail.DeliverabilityStatus]
		}
		shown.Emails = append(shown.Emails, item)
	}
	for i, p := range info.Phones {
		shown.Phones = append(shown.Phones, Phone{
			ID: i + 1, Tag: showTag(p.Tag), Phone: p.Number, NormalizedPhone: cmp.Or(p.E164, digitsOf(p.Number)),
		})
	}
	for i, a := range info.Addresses {
		item := showAddress(&a)
		item.ID, item.Tag = i+1, showTag(a.Tag)
		shown.Addresses = append(shown.Addresses, item)
	}
	if info.Birthdate != "" {
		shown.Dates = []Date{{ID: 1, Tag: birthday, Date: info.Birthdate + "T00:00:00.000Z"}}
	}
	return shown
}

var emailStatuses = map[contacts.SubscriptionStatus]EmailStatus{
	contacts.SubscriptionNotSet:       EmailTransactional,
	contacts.SubscriptionPending:      EmailTransactional,
	contacts.SubscriptionSubscribed:   EmailRecurring,
	contacts.SubscriptionUnsubscribed: EmailOptOut,
}

var deliveryStatuses = map[contacts.EmailDeliverability]DeliveryStatus{
	contacts.EmailDeliverabilityValid:         DeliveryValid,
	contacts.EmailDeliverabilityBounced:       DeliveryBounce,
	contacts.EmailDeliverabilitySpamComplaint: DeliveryComplaint,
}

func showTag[T ~string](tag T) string { return strings.ToLower(string(tag)) }

// digitsOf returns the digits of a phone number with a leading plus sign, or the number unchanged if it has no digits.
func digitsOf(number string) string {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, number)
	if digits != "" && strings.HasPrefix(strings.TrimSpace(number), "+") {
		digits = "+" + digits
	}
	return cmp.Or(digits, number)
}

// showAddress returns the parts of an address, or its formatted text if it has no parts.
func showAddress(a *contacts.Address) Address {
	street := a.AddressLine
	apt := ""
	if s := a.StreetAddress; s != nil {
		street = cmp.Or(join(" ", s.Number, s.Name), s.FormattedAddressLine)
		apt = s.Apt
	}
	shown := Address{
		Address: join(", ", street, apt, a.AddressLine2),
		City:    a.City, Region: a.Subdivision, Country: a.Country, PostalCode: a.PostalCode,
	}
	if shown == (Address{}) {
		shown.Address = a.FormattedAddress
	}
	return shown
}

// join joins the texts that are not empty.
func join(separator string, texts ...string) string {
	out := ""
	for _, text := range texts {
		if out != "" && text != "" {
			out += separator
		}
		out += text
	}
	return out
}

// given is the caller's contactInfo together with its translation to V4. Emails, phones and addresses have the same
// order in both.
type given struct {
	in   ContactInfo
	info contacts.Info
}

// read translates a contactInfo to V4 (LEG-11). Phones get the forms that the store would derive.
func (a *API) read(in ContactInfo) given {
	g := given{in: in}
	g.info.Name = contacts.Name{First: in.Name.First, Last: in.Name.Last}
	g.info.Company, g.info.JobTitle = in.Company.Name, in.Company.Role
	if in.Picture != "" {
		g.info.Picture = &contacts.Picture{Image: contacts.Image{URL: in.Picture}}
	}
	for _, e := range in.Emails {
		g.info.Emails = append(g.info.Emails, contacts.Email{Tag: readTag[contacts.EmailTag](e.Tag), Address: e.Email})
	}
	for _, p := range in.Phones {
		phone := contacts.Phone{Tag: readTag[contacts.PhoneTag](p.Tag), Number: p.Phone}
		if len(in.Phones) <= itemsMax { // more are refused, and parsing is slow
			phone.CountryCode = countryOf(a.store, p)
			phone.E164, phone.Formatted = a.store.ParsePhone(phone.Number, phone.CountryCode)
		}
		g.info.Phones = append(g.info.Phones, phone)
	}
	for _, address := range in.Addresses {
		g.info.Addresses = append(g.info.Addresses, readAddress(address))
	}
	for _, d := range in.Dates {
		if isBirthday(d) && g.info.Birthdate == "" {
			g.info.Birthdate, _ = day(d.Date)
		}
	}
	return g
}

func isBirthday(d Date) bool { return strings.EqualFold(strings.TrimSpace(d.Tag), birthday) }

// readTag returns the V4 tag of this name in any case; all other texts are untagged.
func readTag[T interface {
	~string
	Valid() bool
}](text string) T {
	if tag := T(strings.ToUpper(fold.Case(strings.TrimSpace(text)))); tag.Valid() {
		return tag
	}
	return "UNTAGGED"
}

// readAddress translates an address to V4, without the neighborhood and without unknown countries and regions (LEG-12).
func readAddress(a Address) contacts.Address {
	country := geo.Country(a.Country)
	return contacts.Address{
		Tag: readTag[contacts.AddressTag](a.Tag), AddressLine: a.Address, City: a.City, PostalCode: a.PostalCode,
		Country: country, Subdivision: geo.Subdivision(a.Region, country),
	}
}

func sameEmail(a, b *contacts.Email) bool { return fold.SameEmail(a.Address, b.Address) }

// samePhone compares phones of one person: their E.164 forms and extensions, or the numbers as typed where either has
// no such form, even if that identifies no one. So a contact gets "n/a" only once.
func samePhone(a, b *contacts.Phone) bool {
	if a.E164 == "" || b.E164 == "" {
		return a.Number == b.Number
	}
	return dialed(a).Key() == dialed(b).Key()
}

// dialed returns the phone as the store compares those of two contacts (DUP-3).
func dialed(p *contacts.Phone) dial.Phone { return dial.NewPhone(p.Number, p.E164, p.Formatted) }

// sameAddress compares two addresses by the parts that this API shows.
func sameAddress(a, b *contacts.Address) bool { return addressKey(a) == addressKey(b) }

func addressKey(a *contacts.Address) Address {
	shown := showAddress(a)
	for _, part := range []*string{&shown.Address, &shown.City, &shown.Region, &shown.Country, &shown.PostalCode} {
		*part = fold.Case(strings.TrimSpace(*part))
	}
	return shown
}
