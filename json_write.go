package contacts

import (
	"errors"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/wire"
)

// The JSON shapes of the V4 API are in this file and in json_read.go. Encoding writes member by member in the order
// of the wire, several times as fast as encoding/json. Decoding walks the parsed text, which finds every wrong type
// with its path, matches names exactly and also accepts the names of the JavaScript SDK.

// MarshalJSON writes the wire shape (JSON-2).
func (c Contact) MarshalJSON() ([]byte, error) { return written(&c, writeContact) }

// MarshalJSON writes the wire shape (JSON-2).
func (in Info) MarshalJSON() ([]byte, error) { return written(&in, writeInfo) }

// MarshalJSON writes the info object of an update: the present members, cleared ones as null or empty (UPD-10). It
// fails if SetFields has an entry, because that has no form on the wire.
func (p Patch) MarshalJSON() ([]byte, error) {
	if len(p.SetFields) > 0 {
		return nil, errors.New("contacts: Patch.SetFields has no form in JSON")
	}
	return written(&p, writePatch)
}

// MarshalJSON writes the wire shape, in which the parts of the address are members of "address".
func (a Address) MarshalJSON() ([]byte, error) { return written(&a, writeAddress) }

// MarshalJSON writes the wire shape.
func (a Activity) MarshalJSON() ([]byte, error) { return written(&a, writeActivity) }

// MarshalJSON writes the wire shape.
func (m Member) MarshalJSON() ([]byte, error) { return written(&m, writeMember) }

// MarshalJSON writes the wire shape.
func (p Picture) MarshalJSON() ([]byte, error) { return written(&p, writePicture) }

// MarshalJSON writes the wire shape.
func (m Image) MarshalJSON() ([]byte, error) { return written(&m, writeImage) }

// written returns the JSON that write writes for v.
func written[T any](v *T, write func(*wire.Writer, *T)) ([]byte, error) {
	return wire.Write(func(w *wire.Writer) { write(w, v) })
}

func writeContact(w *wire.Writer, c *Contact) {
	w.Begin('{')
	writeContactMembers(w, c)
	w.End('}')
}

func writeContactMembers(w *wire.Writer, c *Contact) {
	w.MemberUUID("id", c.ID)
	w.Name("revision")
	w.Int(c.Revision)
	wire.Member(w, "source", &c.Source, writeSource)
	w.MemberTime("createdDate", c.CreatedDate)
	w.MemberTime("updatedDate", c.UpdatedDate)
	wire.Member(w, "lastActivity", &c.LastActivity, writeActivity)
	wire.Member(w, "primaryInfo", &c.PrimaryInfo, writePrimaryInfo)
	wire.MemberPointer(w, "picture", c.Picture, writeImage)
	wire.Member(w, "info", &c.Info, writeInfo)
	wire.MemberItems(w, "segments", c.Segments, writeID)
	wire.Member(w, "primaryEmail", &c.PrimaryEmail, writePrimaryEmail)
	wire.Member(w, "primaryPhone", &c.PrimaryPhone, writePrimaryPhone)
	wire.MemberPointer(w, "memberInfo", c.Member, writeMember)
}

func writeID(w *wire.Writer, id *uuid.UUID) { w.UUID(*id) }

func writeText(w *wire.Writer, s *string) { w.String(*s) }

func writeSource(w *wire.Writer, s *Source) {
	w.Begin('{')
	w.MemberString("sourceType", string(s.SourceType))
	w.MemberString("appId", s.AppID)
	w.MemberString("wixAppId", s.WixAppID)
	w.End('}')
}

func writeActivity(w *wire.Writer, a *Activity) {
	w.Begin('{')
	w.MemberTime("activityDate", a.ActivityDate)
	w.MemberString("activityType", string(a.ActivityType))
	w.MemberTime("date", a.Date)
	w.MemberString("description", a.Description)
	wire.MemberPointer(w, "icon", a.Icon, writeIcon)
	w.End('}')
}

func writeIcon(w *wire.Writer, i *Icon) {
	w.Begin('{')
	w.MemberString("name", i.Name)
	w.MemberString("url", i.URL)
	w.End('}')
}

func writePrimaryInfo(w *wire.Writer, p *PrimaryInfo) {
	w.Begin('{')
	w.MemberString("email", p.Email)
	w.MemberString("phone", p.Phone)
	w.End('}')
}

func writePrimaryEmail(w *wire.Writer, p *PrimaryEmail) {
	w.Begin('{')
	w.MemberString("email", p.Email)
	w.MemberString("subscriptionStatus", string(p.SubscriptionStatus))
	w.MemberString("deliverabilityStatus", string(p.DeliverabilityStatus))
	w.End('}')
}

func writePrimaryPhone(w *wire.Writer, p *PrimaryPhone) {
	w.Begin('{')
	w.MemberString("phone", p.Phone)
	w.MemberString("countryCode", p.CountryCode)
	w.MemberString("e164Phone", p.E164)
	w.MemberString("formattedPhone", p.Formatted)
	w.MemberString("subscriptionStatus", string(p.SubscriptionStatus))
	w.MemberString("deliverabilityStatus", string(p.DeliverabilityStatus))
	w.End('}')
}

func writeInfo(w *wire.Writer, in *Info) {
	w.Begin('{')
	wire.Member(w, "name", &in.Name, writeName)
	wire.MemberItems(w, "emails", in.Emails, writeEmail)
	wire.MemberItems(w, "phones", in.Phones, writePhone)
	wire.MemberItems(w, "addresses", in.Addresses, writeAddress)
	w.MemberString("company", in.Company)
	w.MemberString("jobTitle", in.JobTitle)
	w.MemberString("birthdate", in.Birthdate)
	w.MemberString("locale", in.Locale)
	wire.MemberItems(w, "labelKeys", in.LabelKeys, writeText)
	if len(in.ExtendedFields) > 0 {
		w.Name("extendedFields")
		writeFields(w, in.ExtendedFields)
	}
	wire.MemberPointer(w, "picture", in.Picture, writePicture)
	wire.MemberItems(w, "locations", in.Locations, writeID)
	wire.MemberItems(w, "assignedUserIds", in.AssignedUserIDs, writeID)
	w.End('}')
}

func writeName(w *wire.Writer, n *Name) {
	w.Begin('{')
	w.MemberString("first", n.First)
	w.MemberString("last", n.Last)
	w.End('}')
}

func writeFields(w *wire.Writer, values map[string]any) {
	w.Begin('{')
	w.Name("items")
	wire.WriteMap(w, values, (*wire.Writer).Value)
	w.End('}')
}

// writePatch writes an Info in which absent members differ from empty ones.
func writePatch(w *wire.Writer, p *Patch) {
	w.Begin('{')
	if !p.FirstName.IsZero() || !p.LastName.IsZero() {
		w.Name("name")
		w.Begin('{')
		writeOpt(w, "first", p.FirstName, writeText)
		writeOpt(w, "last", p.LastName, writeText)
		w.End('}')
	}
	writeOpt(w, "emails", p.Emails, itemsOf(writeEmail))
	writeOpt(w, "phones", p.Phones, itemsOf(writePhone))
	writeOpt(w, "addresses", p.Addresses, itemsOf(writeAddress))
	writeOpt(w, "company", p.Company, writeText)
	writeOpt(w, "jobTitle", p.JobTitle, writeText)
	writeOpt(w, "birthdate", p.Birthdate, writeText)
	writeOpt(w, "locale", p.Locale, writeText)
	writeOpt(w, "labelKeys", p.LabelKeys, itemsOf(writeText))
	writeOpt(w, "extendedFields", p.ExtendedFields, func(w *wire.Writer, values *map[string]any) {
		writeFields(w, *values)
	})
	writeOpt(w, "picture", p.Picture, func(w *wire.Writer, picture **Picture) {
		if *picture == nil {
			w.Value(nil)
			return
		}
		writePicture(w, *picture)
	})
	writeOpt(w, "locations", p.Locations, itemsOf(writeID))
	writeOpt(w, "assignedUserIds", p.AssignedUserIDs, itemsOf(writeID))
	w.End('}')
}

func writeOpt[T any](w *wire.Writer, name string, o Opt[T], write func(*wire.Writer, *T)) {
	if o.present {
		w.Name(name)
		write(w, &o.value)
	}
}

func itemsOf[T any](write func(*wire.Writer, *T)) func(*wire.Writer, *[]T) {
	return func(w *wire.Writer, list *[]T) { wire.WriteItems(w, *list, write) }
}

func writeEmail(w *wire.Writer, e *Email) {
	w.Begin('{')
	w.MemberUUID("id", e.ID)
	w.MemberString("tag", string(e.Tag))
	w.Name("email")
	w.String(e.Address)
	w.Name("primary")
	w.Bool(e.Primary)
	w.End('}')
}

func writePhone(w *wire.Writer, p *Phone) {
	w.Begin('{')
	w.MemberUUID("id", p.ID)
	w.MemberString("tag", string(p.Tag))
	w.MemberString("countryCode", p.CountryCode)
	w.Name("phone")
	w.String(p.Number)
	w.MemberString("e164Phone", p.E164)
	w.MemberString("formattedPhone", p.Formatted)
	w.Name("primary")
	w.Bool(p.Primary)
	w.End('}')
}

func writeAddress(w *wire.Writer, a *Address) {
	w.Begin('{')
	w.MemberUUID("id", a.ID)
	w.MemberString("tag", string(a.Tag))
	wire.Member(w, "address", a, writeAddressParts)
	w.End('}')
}

func writeAddressParts(w *wire.Writer, a *Address) {
	w.Begin('{')
	wire.MemberPointer(w, "streetAddress", a.StreetAddress, writeStreetAddress)
	w.MemberString("addressLine", a.AddressLine)
	w.MemberString("addressLine2", a.AddressLine2)
	w.MemberString("country", a.Country)
	w.MemberString("subdivision", a.Subdivision)
	w.MemberString("city", a.City)
	w.MemberString("postalCode", a.PostalCode)
	w.MemberString("formattedAddress", a.FormattedAddress)
	w.MemberString("hint", a.Hint)
	wire.MemberPointer(w, "geocode", a.Geocode, writeGeocode)
	w.MemberString("countryFullname", a.CountryFullname)
	if len(a.Subdivisions) > 0 {
		w.Name("subdivisions")
		wire.WriteList(w, a.Subdivisions, writeSubdivision)
	}
	w.End('}')
}

func writeStreetAddress(w *wire.Writer, s *StreetAddress) {
	w.Begin('{')
	w.MemberString("number", s.Number)
	w.MemberString("name", s.Name)
	w.MemberString("apt", s.Apt)
	w.MemberString("formattedAddressLine", s.FormattedAddressLine)
	w.End('}')
}

func writeGeocode(w *wire.Writer, g *Geocode) {
	w.Begin('{')
	w.Name("latitude")
	w.Float(g.Latitude)
	w.Name("longitude")
	w.Float(g.Longitude)
	w.End('}')
}

func writeSubdivision(w *wire.Writer, s *Subdivision) {
	w.Begin('{')
	w.MemberString("code", s.Code)
	w.MemberString("name", s.Name)
	w.MemberString("type", string(s.Type))
	w.MemberString("typeInfo", s.TypeInfo)
	w.End('}')
}

func writePicture(w *wire.Writer, p *Picture) {
	w.Begin('{')
	wire.Member(w, "image", &p.Image, writeImage)
	w.MemberString("imageProvider", string(p.ImageProvider))
	w.End('}')
}

func writeImage(w *wire.Writer, m *Image) {
	w.Begin('{')
	w.MemberString("id", m.ID)
	w.MemberString("url", m.URL)
	w.MemberInt("height", m.Height)
	w.MemberInt("width", m.Width)
	w.MemberString("altText", m.AltText)
	w.MemberString("filename", m.Filename)
	w.MemberTime("urlExpirationDate", m.URLExpirationDate)
	w.End('}')
}

func writeMember(w *wire.Writer, m *Member) {
	w.Begin('{')
	w.MemberUUID("memberId", m.MemberID)
	w.MemberTime("signupDate", m.SignupDate)
	w.MemberString("email", m.Email)
	w.Name("emailVerified")
	w.Bool(m.EmailVerified)
	w.Name("emailVerificationRequired")
	w.Bool(m.EmailVerificationRequired)
	w.MemberString("status", string(m.Status))
	wire.MemberPointer(w, "profileInfo", m.Profile, writeMemberProfile)
	wire.MemberPointer(w, "userInfo", m.User, writeMemberUser)
	wire.MemberPointer(w, "sessionInfo", m.Session, writeMemberSession)
	if len(m.GroupIDs) > 0 {
		w.Name("groupInfo")
		w.Begin('{')
		w.Name("groupIds")
		wire.WriteList(w, m.GroupIDs, writeID)
		w.End('}')
	}
	w.End('}')
}

func writeMemberProfile(w *wire.Writer, p *MemberProfile) {
	w.Begin('{')
	w.MemberString("nickname", p.Nickname)
	w.MemberString("privacyStatus", string(p.PrivacyStatus))
	w.Name("reported")
	w.Bool(p.Reported)
	w.Name("muted")
	w.Bool(p.Muted)
	wire.MemberPointer(w, "photo", p.Photo, writeImage)
	w.End('}')
}

func writeMemberUser(w *wire.Writer, u *MemberUser) {
	w.Begin('{')
	w.MemberUUID("userId", u.UserID)
	w.MemberString("role", string(u.Role))
	w.End('}')
}

func writeMemberSession(w *wire.Writer, s *MemberSession) {
	w.Begin('{')
	w.MemberTime("lastWebLogin", s.LastWebLogin)
	w.MemberTime("lastMobileLogin", s.LastMobileLogin)
	if len(s.MobileAppNames) > 0 {
		w.Name("mobileAppNames")
		wire.WriteList(w, s.MobileAppNames, writeText)
	}
	w.End('}')
}

// weight bounds the size of a contact in JSON without encoding it: it has at least texts bytes, and at most
// jsonBytesMax*texts+frame.
type weight struct {
	texts int // bytes of keys and texts of callers
	frame int // bytes of everything else, at most
}

const jsonBytesMax = 6 // of one byte of text: \u003c

func (w *weight) add(frame int, texts ...string) {
	w.frame += frame
	for _, s := range texts {
		w.texts += len(s)
	}
}

func (w *weight) image(m *Image) {
	if m != nil {
		w.add(200, m.ID, m.URL, m.AltText, m.Filename)
	}
}

// weigh returns the weight of a contact that is valid in a store, without its derived values.
func weigh(c *document) weight {
	const idFrame = 40 // an ID in a list
	var w weight
	in, source, last, rare := &c.Info, c.Source(), c.lastActivity(), deref(c.captured)
	w.add(2000, source.AppID, source.WixAppID, last.Description,
		in.Name.First, in.Name.Last, in.Company, in.JobTitle, in.Locale)
	w.add(idFrame * (len(in.Locations) + len(in.AssignedUserIDs) + len(rare.segments)))
	if last.Icon != nil {
		w.add(40, last.Icon.Name, last.Icon.URL)
	}
	for i := range in.Emails {
		w.add(120, in.Emails[i].Address)
	}
	for i := range in.Phones {
		p := &in.Phones[i]
		w.add(180, p.CountryCode, p.Number, p.E164, p.Formatted)
	}
	for i := range in.Addresses {
		w.address(&in.Addresses[i])
	}
	for _, key := range in.LabelKeys {
		w.add(3, key)
	}
	for key, v := range in.ExtendedFields {
		text, _ := v.(string)
		w.add(30, key, text)
	}
	w.image(rare.picture)
	if in.Picture != nil {
		w.image(&in.Picture.Image)
	}
	w.member(c.Member, idFrame)
	return w
}

func (w *weight) address(a *Address) {
	w.add(500, a.AddressLine, a.AddressLine2, a.Country, a.Subdivision, a.City, a.PostalCode)
	w.add(0, a.FormattedAddress, a.Hint)
	if s := a.StreetAddress; s != nil {
		w.add(0, s.Number, s.Name, s.Apt, s.FormattedAddressLine)
	}
}

func (w *weight) member(m *Member, idFrame int) {
	if m == nil {
		return
	}
	w.add(500+idFrame*len(m.GroupIDs), m.Email)
	if m.Profile != nil {
		w.add(100, m.Profile.Nickname)
		w.image(m.Profile.Photo)
	}
	if m.Session != nil {
		for _, name := range m.Session.MobileAppNames {
			w.add(3, name)
		}
	}
}
