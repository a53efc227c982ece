package contacts

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/wire"
)

// UnmarshalJSON reads the wire shape or that of the SDK (JSON-1). Limits of a contact are not checked, so that captured
// data decodes as it is; those of a text are (JSON-15).
//
// Errors: INVALID_ARGUMENT with a violation for each value of a wrong type, for the first member that an object has
// several times (JSON-16), or for a text with more than 20,000 values or 10,000 levels.
func (c *Contact) UnmarshalJSON(text []byte) error {
	return unmarshal(text, "", c, readContact)
}

// UnmarshalJSON reads the wire shape or that of the SDK (JSON-1), like [Contact.UnmarshalJSON]. Paths of violations
// begin with "info", as in a request.
func (in *Info) UnmarshalJSON(text []byte) error {
	return unmarshal(text, "info", in, readInfo)
}

// UnmarshalJSON reads the info object of an update (UPD-10), like [Info.UnmarshalJSON].
func (p *Patch) UnmarshalJSON(text []byte) error {
	return unmarshal(text, "info", p, readPatch)
}

// UnmarshalJSON reads one item of info.addresses, like [Contact.UnmarshalJSON].
func (a *Address) UnmarshalJSON(text []byte) error {
	return unmarshal(text, "", a, readAddress)
}

// UnmarshalJSON reads one item of info.emails, like [Contact.UnmarshalJSON].
func (e *Email) UnmarshalJSON(text []byte) error { return unmarshal(text, "", e, readEmail) }

// UnmarshalJSON reads one item of info.phones, like [Contact.UnmarshalJSON].
func (p *Phone) UnmarshalJSON(text []byte) error { return unmarshal(text, "", p, readPhone) }

// unmarshal parses text and decodes it into dst, which keeps its value on error. path is the path of the value in
// violations.
func unmarshal[T any](text []byte, path string, dst *T, read func(wire.Value) T) error {
	if string(text) == "null" { // by the convention of encoding/json
		return nil
	}
	decoded, err := wire.Read(string(text), path, read)
	if err != nil {
		return wrongJSON(err)
	}
	*dst = decoded
	return nil
}

// wrongJSON converts an error of package wire.
func wrongJSON(err error) error {
	return &Error{Code: ErrInvalid, Violations: wrongTypes(err), Err: errors.Unwrap(err)}
}

// wrongTypes converts an error of wire.Read to violations, nil to nil.
func wrongTypes(err error) []Violation {
	wrong, ok := err.(*wire.Error)
	if !ok {
		return nil
	}
	violations := make([]Violation, len(wrong.Problems))
	for i, p := range wrong.Problems {
		violations[i] = violationOf(p, wrong.Most)
	}
	return violations
}

func violationOf(p wire.Problem, valuesMax int) Violation {
	switch p.Format {
	case wire.Required:
		return Violation{Field: p.Path, Rule: RuleRequired}
	case wire.Once:
		return Violation{Field: p.Path, Rule: RuleCustom, RuleName: RuleNameRepeated}
	case wire.Values:
		return Violation{Field: p.Path, Rule: RuleMaxSize, Threshold: valuesMax}
	default:
		return Violation{Field: p.Path, Rule: RuleFormat, Format: Format(p.Format)}
	}
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
	clearName := o.Has("name") && !o.Get("name").Present() // null: {} gives no part of the name (UPD-10)
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

// readValues decodes the values of extended fields, which the wire shape wraps in an object with items.
func readValues(o wire.Object) map[string]any {
	items := o.Wrapper("extendedFields").Object("items")
	if items.Len() == 0 {
		return nil
	}
	return wire.Value(items).Node().AnyMembers(storedNumber)
}

// storedNumber returns n as a float64 if that is exact, otherwise n itself, so that a write can refuse it (JSON-10).
func storedNumber(n json.Number) any {
	if exact, ok := exactNumber(n); ok {
		return exact
	}
	return n
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

// pictureOf decodes the picture of an info object. An empty text, which the SDK may send, is no picture.
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

// imageOfString reads an image in the form of the SDK: wix:image://v1/<id>/<name>#originWidth=W&originHeight=H or a
// plain URL (JSON-8).
func imageOfString(s string) Image {
	m := Image{URL: s}
	rest, ok := strings.CutPrefix(s, form.ImageScheme)
	if !ok {
		return m
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	id, name, _ := strings.Cut(rest, "/")
	if plain, err := url.PathUnescape(name); err == nil && utf8.ValidString(plain) {
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
