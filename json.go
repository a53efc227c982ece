package contacts

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/wire"
)

// This file holds the JSON shapes of the V4 API. Encoding writes member by member, in the order of the wire, which is several
// times as fast as encoding/json. Decoding is a walk over the parsed text: so every wrong type is found with its path, names
// match exactly, and the names of the JavaScript SDK are understood too.

// MarshalJSON writes the wire shape (JSON-2).
func (c Contact) MarshalJSON() ([]byte, error) { return written(&c, writeContact) }

// UnmarshalJSON reads the wire shape or the SDK's (JSON-1). Wrong types are reported as INVALID_ARGUMENT with a
// violation each; limits are not checked: captured data is taken as it is.
func (c *Contact) UnmarshalJSON(text []byte) error {
	return unmarshal(text, "", c, readContact)
}

// MarshalJSON writes the wire shape (JSON-2).
func (in Info) MarshalJSON() ([]byte, error) { return written(&in, writeInfo) }

// UnmarshalJSON reads the wire shape or the SDK's (JSON-1), as [Contact.UnmarshalJSON] does. Paths of violations begin
// with "info", as in a request.
func (in *Info) UnmarshalJSON(text []byte) error {
	return unmarshal(text, "info", in, readInfo)
}

// MarshalJSON writes the info object of an update: members that are present, cleared ones as null or empty (UPD-10). It
// fails if SetFields is used, which has no form on the wire.
func (p Patch) MarshalJSON() ([]byte, error) {
	if len(p.SetFields) > 0 {
		return nil, errors.New("contacts: Patch.SetFields has no form in JSON")
	}
	return written(&p, writePatch)
}

// UnmarshalJSON reads the info object of an update (UPD-10).
func (p *Patch) UnmarshalJSON(text []byte) error {
	return unmarshal(text, "info", p, readPatch)
}

// MarshalJSON writes the wire shape: the parts of the address stand below "address".
func (a Address) MarshalJSON() ([]byte, error) { return written(&a, writeAddress) }

// UnmarshalJSON reads one item of info.addresses.
func (a *Address) UnmarshalJSON(text []byte) error {
	return unmarshal(text, "", a, readAddress)
}

// MarshalJSON writes the wire shape.
func (a Activity) MarshalJSON() ([]byte, error) { return written(&a, writeActivity) }

// MarshalJSON writes the wire shape.
func (m Member) MarshalJSON() ([]byte, error) { return written(&m, writeMember) }

// MarshalJSON writes the wire shape.
func (p Picture) MarshalJSON() ([]byte, error) { return written(&p, writePicture) }

// MarshalJSON writes the wire shape.
func (m Image) MarshalJSON() ([]byte, error) { return written(&m, writeImage) }

// UnmarshalJSON reads one item of info.emails.
func (e *Email) UnmarshalJSON(text []byte) error { return unmarshal(text, "", e, readEmail) }

// UnmarshalJSON reads one item of info.phones.
func (p *Phone) UnmarshalJSON(text []byte) error { return unmarshal(text, "", p, readPhone) }

// Encoding.

// written returns what write makes of a value.
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

// writePatch is writeInfo with a difference between absent and empty.
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

// Decoding.

// unmarshal parses text and decodes it into dst, which keeps its value if anything is wrong.
func unmarshal[T any](text []byte, path string, dst *T, read func(wire.Value) T) error {
	if string(text) == "null" { // by the convention of encoding/json
		return nil
	}
	decoded, err := wire.Read(string(text), path, read)
	if err != nil {
		return &Error{Code: ErrInvalid, Violations: wrongTypes(err), Err: errors.Unwrap(err)}
	}
	*dst = decoded
	return nil
}

// wrongTypes puts an error of wire.Read, or none, into the words of this package.
func wrongTypes(err error) []Violation {
	wrong, ok := err.(*wire.Error)
	if !ok {
		return nil
	}
	violations := make([]Violation, len(wrong.Problems))
	for i, p := range wrong.Problems {
		violations[i] = Violation{Field: p.Path, Rule: RuleRequired}
		if p.Format != "" {
			violations[i] = Violation{Field: p.Path, Rule: RuleFormat, Format: Format(p.Format)}
		}
	}
	return violations
}

func readContact(v wire.Value) Contact {
	o := v.Object()
	return Contact{
		ID:           o.GUID("id", "_id"),
		Revision:     o.Integer("revision"),
		Source:       readSource(o.Object("source")),
		CreatedDate:  o.Time("createdDate", "_createdDate"),
		UpdatedDate:  o.Time("updatedDate", "_updatedDate"),
		LastActivity: readActivity(o.Object("lastActivity")),
		PrimaryInfo:  readPrimaryInfo(o.Object("primaryInfo")),
		Picture:      wire.Pointer(o, readImage, "picture"),
		Info:         readInfo(o.Get("info")),
		Segments:     wire.Items(o, "segments", wire.Value.GUID),
		PrimaryEmail: readPrimaryEmail(o.Object("primaryEmail")),
		PrimaryPhone: readPrimaryPhone(o.Object("primaryPhone")),
		Member:       wire.Pointer(o, readMember, "memberInfo"),
	}
}

func readSource(o wire.Object) Source {
	return Source{
		SourceType: wire.Enum[SourceType](o, "sourceType"), AppID: o.Text("appId"), WixAppID: o.Text("wixAppId"),
	}
}

func readActivity(o wire.Object) Activity {
	return Activity{
		ActivityDate: o.Time("activityDate"), ActivityType: wire.Enum[ActivityType](o, "activityType"),
		Date: o.Time("date"), Description: o.Text("description"), Icon: wire.Pointer(o, readIcon, "icon"),
	}
}

func readPrimaryInfo(o wire.Object) PrimaryInfo {
	return PrimaryInfo{Email: o.Text("email"), Phone: o.Text("phone")}
}

func readPrimaryEmail(o wire.Object) PrimaryEmail {
	return PrimaryEmail{
		Email:                o.Text("email"),
		SubscriptionStatus:   wire.Enum[SubscriptionStatus](o, "subscriptionStatus"),
		DeliverabilityStatus: wire.Enum[EmailDeliverability](o, "deliverabilityStatus"),
	}
}

func readPrimaryPhone(o wire.Object) PrimaryPhone {
	return PrimaryPhone{
		Phone: o.Text("phone"), CountryCode: o.Text("countryCode"),
		E164: o.Text("e164Phone"), Formatted: o.Text("formattedPhone"),
		SubscriptionStatus:   wire.Enum[SubscriptionStatus](o, "subscriptionStatus"),
		DeliverabilityStatus: wire.Enum[PhoneDeliverability](o, "deliverabilityStatus"),
	}
}

func readIcon(v wire.Value) Icon {
	o := v.Object()
	return Icon{Name: o.Text("name"), URL: o.Text("url")}
}

func readInfo(v wire.Value) Info {
	o := v.Object()
	name := o.Object("name")
	return Info{
		Name:            Name{First: name.Text("first"), Last: name.Text("last")},
		Emails:          wire.Items(o, "emails", readEmail),
		Phones:          wire.Items(o, "phones", readPhone),
		Addresses:       wire.Items(o, "addresses", readAddress),
		Company:         o.Text("company"),
		JobTitle:        o.Text("jobTitle"),
		Birthdate:       o.Text("birthdate"),
		Locale:          o.Text("locale"),
		LabelKeys:       wire.Items(o, "labelKeys", wire.Value.Text),
		ExtendedFields:  readValues(o),
		Picture:         pictureOf(o),
		Locations:       wire.Items(o, "locations", wire.Value.GUID),
		AssignedUserIDs: wire.Items(o, "assignedUserIds", wire.Value.GUID),
	}
}

func readPatch(v wire.Value) Patch {
	o := v.Object()
	name := o.Object("name")
	clearName := o.Has("name") && name.Len() == 0
	return Patch{
		FirstName:       Opt[string]{name.Text("first"), clearName || name.Has("first")},
		LastName:        Opt[string]{name.Text("last"), clearName || name.Has("last")},
		Emails:          Opt[[]Email]{wire.Items(o, "emails", readEmail), o.Has("emails")},
		Phones:          Opt[[]Phone]{wire.Items(o, "phones", readPhone), o.Has("phones")},
		Addresses:       Opt[[]Address]{wire.Items(o, "addresses", readAddress), o.Has("addresses")},
		Company:         Opt[string]{o.Text("company"), o.Has("company")},
		JobTitle:        Opt[string]{o.Text("jobTitle"), o.Has("jobTitle")},
		Birthdate:       Opt[string]{o.Text("birthdate"), o.Has("birthdate")},
		Locale:          Opt[string]{o.Text("locale"), o.Has("locale")},
		LabelKeys:       Opt[[]string]{wire.Items(o, "labelKeys", wire.Value.Text), o.Has("labelKeys")},
		ExtendedFields:  Opt[map[string]any]{readValues(o), o.Has("extendedFields")},
		Picture:         Opt[*Picture]{pictureOf(o), o.Has("picture")},
		Locations:       Opt[[]uuid.UUID]{wire.Items(o, "locations", wire.Value.GUID), o.Has("locations")},
		AssignedUserIDs: Opt[[]uuid.UUID]{wire.Items(o, "assignedUserIds", wire.Value.GUID), o.Has("assignedUserIds")},
	}
}

// readValues decodes the values of extended fields, which have a wrapper.
func readValues(o wire.Object) map[string]any {
	items := o.Wrapper("extendedFields").Object("items")
	if items.Len() == 0 {
		return nil
	}
	return valuesIn(wire.Value(items).Node())
}

// valuesIn returns the members of an object, as encoding/json would.
func valuesIn(n *wire.Node) map[string]any {
	values := make(map[string]any, len(n.Children))
	for i := range n.Children {
		values[strings.Clone(n.Children[i].Name)] = valueOf(&n.Children[i])
	}
	return values
}

// valueOf returns a clone of a value, as encoding/json would, but for numbers: what a float64 cannot hold stays as it is
// written, so that a write can refuse it (JSON-10).
func valueOf(n *wire.Node) any {
	switch n.Kind {
	case wire.KindFalse, wire.KindTrue:
		return n.Kind == wire.KindTrue
	case wire.KindNumber:
		number := json.Number(strings.Clone(n.Text))
		if exact, ok := exactNumber(number); ok {
			return exact
		}
		return number
	case wire.KindString:
		return strings.Clone(n.Text)
	case wire.KindArray:
		list := make([]any, len(n.Children))
		for i := range list {
			list[i] = valueOf(&n.Children[i])
		}
		return list
	case wire.KindObject:
		return valuesIn(n)
	default:
		return nil
	}
}

func readEmail(v wire.Value) Email {
	o := v.Object()
	return Email{
		ID: o.GUID("id", "_id"), Tag: wire.Enum[EmailTag](o, "tag"),
		Address: o.Text("email"), Primary: o.Bool("primary"),
	}
}

func readPhone(v wire.Value) Phone {
	o := v.Object()
	return Phone{
		ID: o.GUID("id", "_id"), Tag: wire.Enum[PhoneTag](o, "tag"),
		CountryCode: o.Text("countryCode"), Number: o.Text("phone"),
		E164: o.Text("e164Phone"), Formatted: o.Text("formattedPhone"), Primary: o.Bool("primary"),
	}
}

func readAddress(v wire.Value) Address {
	o := v.Object()
	a := o.Object("address")
	return Address{
		ID: o.GUID("id", "_id"), Tag: wire.Enum[AddressTag](o, "tag"),
		StreetAddress:    wire.Pointer(a, readStreetAddress, "streetAddress"),
		AddressLine:      a.Text("addressLine", "addressLine1"),
		AddressLine2:     a.Text("addressLine2"),
		Country:          a.Text("country"),
		Subdivision:      a.Text("subdivision"),
		City:             a.Text("city"),
		PostalCode:       a.Text("postalCode"),
		FormattedAddress: a.Text("formattedAddress", "formatted"),
		Hint:             a.Text("hint"),
		Geocode:          wire.Pointer(a, readGeocode, "geocode", "location"),
		CountryFullname:  a.Text("countryFullname"),
		Subdivisions:     wire.List(a, "subdivisions", readSubdivision),
	}
}

func readStreetAddress(v wire.Value) StreetAddress {
	o := v.Object()
	return StreetAddress{
		Number: o.Text("number"), Name: o.Text("name"), Apt: o.Text("apt"),
		FormattedAddressLine: o.Text("formattedAddressLine"),
	}
}

func readGeocode(v wire.Value) Geocode {
	o := v.Object()
	return Geocode{Latitude: o.Float("latitude"), Longitude: o.Float("longitude")}
}

func readSubdivision(v wire.Value) Subdivision {
	o := v.Object()
	return Subdivision{
		Code: o.Text("code"), Name: o.Text("name"),
		Type: wire.Enum[SubdivisionType](o, "type"), TypeInfo: o.Text("typeInfo"),
	}
}

// pictureOf decodes the member picture. An empty text, as the SDK may send it, is no picture.
func pictureOf(o wire.Object) *Picture {
	if v := o.Get("picture"); v.Kind() == wire.KindString && v.Node().Text == "" {
		return nil
	}
	return wire.Pointer(o, readPicture, "picture")
}

func readPicture(v wire.Value) Picture {
	if v.Kind() == wire.KindString {
		return Picture{Image: imageOfString(v.Text())}
	}
	o := v.Object()
	p := Picture{ImageProvider: wire.Enum[ImageProvider](o, "imageProvider")}
	if image := o.Get("image"); image.Present() {
		p.Image = readImage(image)
	}
	return p
}

func readImage(v wire.Value) Image {
	if v.Kind() == wire.KindString {
		return imageOfString(v.Text())
	}
	o := v.Object()
	return Image{
		ID: o.Text("id", "_id"), URL: o.Text("url"), Height: o.Integer("height"), Width: o.Integer("width"),
		AltText: o.Text("altText"), Filename: o.Text("filename"), URLExpirationDate: o.Time("urlExpirationDate"),
	}
}

// imageOfString reads an image as the SDK writes it: wix:image://v1/<id>/<name>#originWidth=W&originHeight=H, or a
// plain URL (JSON-8).
func imageOfString(s string) Image {
	m := Image{URL: s}
	rest, ok := strings.CutPrefix(s, imageScheme)
	if !ok {
		return m
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	id, name, _ := strings.Cut(rest, "/")
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	m.ID, m.Filename, m.AltText = id, name, name
	if size, err := url.ParseQuery(fragment); err == nil {
		m.Width, _ = wire.ParseInteger(size.Get("originWidth"))
		m.Height, _ = wire.ParseInteger(size.Get("originHeight"))
	}
	return m
}

func readMember(v wire.Value) Member {
	o := v.Object()
	return Member{
		MemberID:                  o.GUID("memberId"),
		SignupDate:                o.Time("signupDate"),
		Email:                     o.Text("email"),
		EmailVerified:             o.Bool("emailVerified"),
		EmailVerificationRequired: o.Bool("emailVerificationRequired"),
		Status:                    wire.Enum[MemberStatus](o, "status"),
		Profile:                   wire.Pointer(o, readMemberProfile, "profileInfo"),
		User:                      wire.Pointer(o, readMemberUser, "userInfo"),
		Session:                   wire.Pointer(o, readMemberSession, "sessionInfo"),
		GroupIDs:                  wire.List(o.Object("groupInfo"), "groupIds", wire.Value.GUID),
	}
}

func readMemberProfile(v wire.Value) MemberProfile {
	o := v.Object()
	return MemberProfile{
		Nickname: o.Text("nickname"), PrivacyStatus: wire.Enum[PrivacyStatus](o, "privacyStatus"),
		Reported: o.Bool("reported"), Muted: o.Bool("muted"),
		Photo: wire.Pointer(o, readImage, "photo"),
	}
}

func readMemberUser(v wire.Value) MemberUser {
	o := v.Object()
	return MemberUser{UserID: o.GUID("userId"), Role: wire.Enum[Role](o, "role")}
}

func readMemberSession(v wire.Value) MemberSession {
	o := v.Object()
	return MemberSession{
		LastWebLogin: o.Time("lastWebLogin"), LastMobileLogin: o.Time("lastMobileLogin"),
		MobileAppNames: wire.List(o, "mobileAppNames", wire.Value.Text),
	}
}
