package contacts

import (
	"log/slog"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/dial"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/redact"
)

// Limits of the V4 API (VAL-2, VAL-3).
const (
	itemsMax     = form.Items  // emails, phones, addresses, locations, assigned users
	labelsMax    = form.Labels // labels of one contact
	textMax      = form.Text   // names, company, job title, street, city
	emailMax     = form.Email
	codeMax      = form.Code // postal code, subdivision, street number, apartment
	formattedMax = form.Formatted
	hintMax      = form.Hint
	revisionMax  = 1<<30 - 1 // of an imported contact: leaves room for a billion updates
	lastRevision = 1<<31 - 1 // revisions have 32 bits (REV-3)
	segmentsMax  = 60
	activityMax  = 1000 // description of an activity
	iconNameMax  = 50
)

// Limits of our own, where V4 has none (VAL-20, VAL-21).
const (
	imageTextMax   = 1000 // ID, alternative text and file name of an image
	contactSizeMax = 1 << 20
)

// Contact is a copy of one contact in the store. It belongs to the caller; changing it does not change the store.
// Callers write Info; the store maintains the other fields, some of them through methods such as [Store.SetMember].
//
// In JSON a Contact has the wire shape of the V4 API; decoding also accepts the names of the JavaScript SDK (JSON-1).
type Contact struct {
	ID           uuid.UUID    // contact ID, not the member ID
	Revision     int          // starts at 1 and grows by 1 with each update (REV-1)
	Source       Source       // where the contact came from
	CreatedDate  time.Time    // UTC, whole milliseconds
	UpdatedDate  time.Time    // UTC, whole milliseconds
	LastActivity Activity     // the most recent activity
	PrimaryInfo  PrimaryInfo  // copy of the primary email and phone
	PrimaryEmail PrimaryEmail // the primary email with its statuses
	PrimaryPhone PrimaryPhone // the primary phone with its statuses
	Info         Info         // the part that callers write
	Member       *Member      // set when the contact is a site member
	Segments     []uuid.UUID  // only in captured data: the store does not compute segments
	Picture      *Image       // deprecated copy of Info.Picture; only in captured data
}

// Source says where a contact came from.
type Source struct {
	SourceType SourceType `json:"sourceType,omitempty"`
	// AppID is the app that created the contact: a GUID, or other text in older captured data.
	AppID    string `json:"appId,omitempty"`
	WixAppID string `json:"wixAppId,omitempty"` // deprecated name of AppID; only in captured data
}

// Activity is one activity of a contact.
type Activity struct {
	ActivityDate time.Time
	ActivityType ActivityType
	Date         time.Time // second date of the V4 type; only in captured data
	Description  string    // translated text; only in captured data
	Icon         *Icon     // only in captured data
}

// Icon is the picture of an activity.
type Icon struct {
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

// PrimaryInfo mirrors the primary items of Info (PRI-5).
type PrimaryInfo struct {
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"` // as typed, not the E.164 form
}

// PrimaryEmail is the primary email with its statuses (DRV-2), zero if the contact has no email.
type PrimaryEmail struct {
	Email                string              `json:"email,omitempty"`
	SubscriptionStatus   SubscriptionStatus  `json:"subscriptionStatus,omitempty"`
	DeliverabilityStatus EmailDeliverability `json:"deliverabilityStatus,omitempty"`
}

// PrimaryPhone is the primary phone with its statuses (DRV-3), zero if the contact has no phone. E164 and Formatted are
// empty unless the number is valid.
type PrimaryPhone struct {
	Phone                string              `json:"phone,omitempty"` // as typed
	CountryCode          string              `json:"countryCode,omitempty"`
	E164                 string              `json:"e164Phone,omitempty"`
	Formatted            string              `json:"formattedPhone,omitempty"` // international format
	SubscriptionStatus   SubscriptionStatus  `json:"subscriptionStatus,omitempty"`
	DeliverabilityStatus PhoneDeliverability `json:"deliverabilityStatus,omitempty"`
}

// Info is the writable part of a contact. Lengths are counted in characters (VAL-2).
type Info struct {
	Name            Name
	Emails          []Email        // at most 50, the primary one first
	Phones          []Phone        // at most 50, the primary one first
	Addresses       []Address      // at most 50
	Company         string         // at most 1000 characters
	JobTitle        string         // at most 1000 characters
	Birthdate       string         // YYYY-MM-DD
	Locale          string         // BCP 47, stored in lower case
	LabelKeys       []string       // at most 2000 keys of labels that the store defines
	ExtendedFields  map[string]any // input: string, Go numbers, json.Number, nil; output: string or float64 (FLD-30)
	Picture         *Picture
	Locations       []uuid.UUID // at most 50
	AssignedUserIDs []uuid.UUID // at most 50
}

// Name is a person's name. Each part has at most 1000 characters.
type Name struct {
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
}

// blank reports whether the name shows nothing.
func (n Name) blank() bool { return fold.Blank(n.First) && fold.Blank(n.Last) }

// Email is one email address of a contact.
type Email struct {
	ID      uuid.UUID `json:"id,omitzero"`   // assigned by the store
	Tag     EmailTag  `json:"tag,omitempty"` // empty means EmailUntagged
	Address string    `json:"email"`         // 1 to 320 characters, one @ with text on both sides
	Primary bool      `json:"primary"`
}

// Phone is one phone number of a contact. The store derives E164 and Formatted and ignores their input; both are empty
// unless the number is valid (PHN-1).
type Phone struct {
	ID          uuid.UUID `json:"id,omitzero"`              // assigned by the store
	Tag         PhoneTag  `json:"tag,omitempty"`            // empty means PhoneUntagged
	CountryCode string    `json:"countryCode,omitempty"`    // ISO 3166-1 alpha-2; empty means Options.Region (PHN-2)
	Number      string    `json:"phone"`                    // 1 to 50 characters, as typed
	E164        string    `json:"e164Phone,omitempty"`      // such as +16465676359
	Formatted   string    `json:"formattedPhone,omitempty"` // such as +1 646-567-6359
	Primary     bool      `json:"primary"`
}

// Address is one postal address of a contact. At most one of StreetAddress and AddressLine may be set.
type Address struct {
	ID               uuid.UUID      // assigned by the store
	Tag              AddressTag     // empty means AddressUntagged
	StreetAddress    *StreetAddress // the street in parts
	AddressLine      string         // the street as one text, at most 1000 characters
	AddressLine2     string         // apartment, suite, floor; at most 1000 characters
	Country          string         // ISO 3166-1 alpha-2
	Subdivision      string         // ISO 3166-2, such as US-NY
	City             string         // at most 1000 characters
	PostalCode       string         // at most 100 characters
	FormattedAddress string         // at most 2000 characters; if empty, made from the other parts (DRV-5)
	Hint             string         // at most 200 characters
	Geocode          *Geocode
	CountryFullname  string        // only in captured data
	Subdivisions     []Subdivision // only in captured data; highest level first
}

// StreetAddress is a street in parts.
type StreetAddress struct {
	Number               string `json:"number,omitempty"`               // at most 100 characters
	Name                 string `json:"name,omitempty"`                 // at most 1000 characters
	Apt                  string `json:"apt,omitempty"`                  // at most 100 characters
	FormattedAddressLine string `json:"formattedAddressLine,omitempty"` // at most 2000 characters
}

// Geocode is a position on the map, in degrees.
type Geocode struct {
	Latitude  float64
	Longitude float64
}

// Subdivision is one level of an address in captured data.
type Subdivision struct {
	Code     string          `json:"code,omitempty"`
	Name     string          `json:"name,omitempty"`
	Type     SubdivisionType `json:"type,omitempty"`
	TypeInfo string          `json:"typeInfo,omitempty"`
}

// Picture is a contact's picture.
type Picture struct {
	Image         Image
	ImageProvider ImageProvider // deprecated
}

// Image refers to an image by its ID in the media manager, its URL, or both.
type Image struct {
	ID                string // at most 1000 characters
	URL               string // http, https or wix:image; at most 4096 characters
	Height            int    // pixels
	Width             int    // pixels
	AltText           string // at most 1000 characters
	Filename          string // at most 1000 characters
	URLExpirationDate time.Time
}

// Member describes the site member linked to a contact.
type Member struct {
	MemberID                  uuid.UUID
	SignupDate                time.Time
	Email                     string // login email
	EmailVerified             bool
	EmailVerificationRequired bool
	Status                    MemberStatus
	Profile                   *MemberProfile
	User                      *MemberUser
	Session                   *MemberSession
	GroupIDs                  []uuid.UUID // at most 1000
}

// MemberProfile is a member's profile.
type MemberProfile struct {
	Nickname      string // at most 255 characters
	PrivacyStatus PrivacyStatus
	Reported      bool
	Muted         bool
	Photo         *Image
}

// MemberUser identifies a member who owns the site or works on it.
type MemberUser struct {
	UserID uuid.UUID `json:"userId,omitzero"`
	Role   Role      `json:"role,omitempty"`
}

// MemberSession records the last logins of a member.
type MemberSession struct {
	LastWebLogin    time.Time
	LastMobileLogin time.Time
	MobileAppNames  []string // at most 50 names of at most 50 characters
}

// LogValue returns the ID, the revision, and the names of the fields of Info that are set. So package log/slog shows no
// values of a contact, nor of its parts and other types that hold such values (ERR-5). It does not ask the items of a
// list: log their IDs.
func (c Contact) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("id", c.ID), slog.Int("revision", c.Revision), redact.Fields(c.Info))
}

// LogValue returns the IDs, and the names of the other fields that are set.
func (in Info) LogValue() slog.Value { return redact.Value(in) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (n Name) LogValue() slog.Value { return redact.Value(n) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (e Email) LogValue() slog.Value { return redact.Value(e) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (p Phone) LogValue() slog.Value { return redact.Value(p) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (a Address) LogValue() slog.Value { return redact.Value(a) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (s StreetAddress) LogValue() slog.Value { return redact.Value(s) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (g Geocode) LogValue() slog.Value { return redact.Value(g) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (s Subdivision) LogValue() slog.Value { return redact.Value(s) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (p Picture) LogValue() slog.Value { return redact.Value(p) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (m Image) LogValue() slog.Value { return redact.Value(m) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (m Member) LogValue() slog.Value { return redact.Value(m) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (p MemberProfile) LogValue() slog.Value { return redact.Value(p) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (u MemberUser) LogValue() slog.Value { return redact.Value(u) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (s MemberSession) LogValue() slog.Value { return redact.Value(s) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (s Source) LogValue() slog.Value { return redact.Value(s) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (a Activity) LogValue() slog.Value { return redact.Value(a) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (i Icon) LogValue() slog.Value { return redact.Value(i) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (p PrimaryInfo) LogValue() slog.Value { return redact.Value(p) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (e PrimaryEmail) LogValue() slog.Value { return redact.Value(e) }

// LogValue returns the IDs, and the names of the other fields that are set.
func (p PrimaryPhone) LogValue() slog.Value { return redact.Value(p) }

// These declarations fail to compile when a type gains a field: add the field to document, Clone, Equal, Patch, View,
// the JSON shape and the validation.
var (
	_ = Contact(struct {
		ID                       uuid.UUID
		Revision                 int
		Source                   Source
		CreatedDate, UpdatedDate time.Time
		LastActivity             Activity
		PrimaryInfo              PrimaryInfo
		PrimaryEmail             PrimaryEmail
		PrimaryPhone             PrimaryPhone
		Info                     Info
		Member                   *Member
		Segments                 []uuid.UUID
		Picture                  *Image
	}{})
	_ = Info(struct {
		Name                                 Name
		Emails                               []Email
		Phones                               []Phone
		Addresses                            []Address
		Company, JobTitle, Birthdate, Locale string
		LabelKeys                            []string
		ExtendedFields                       map[string]any
		Picture                              *Picture
		Locations, AssignedUserIDs           []uuid.UUID
	}{})
)

// Clone returns a deep copy, which shares no mutable memory with c; nil for nil. A list or object in an extended field
// may contain itself, and then does so in the copy.
func (c *Contact) Clone() *Contact {
	if c == nil {
		return nil
	}
	d := *c
	d.detach()
	return &d
}

// detach replaces all that the contact shares with others by copies.
func (c *Contact) detach() {
	c.LastActivity = c.LastActivity.clone()
	c.Info.detach()
	c.Member = c.Member.Clone()
	c.Segments = slices.Clone(c.Segments)
	c.Picture = clonePtr(c.Picture)
}

// Clone returns a deep copy.
func (in Info) Clone() Info {
	in.detach()
	return in
}

// detach replaces all that the Info shares with others by copies.
func (in *Info) detach() {
	in.Emails = slices.Clone(in.Emails)
	in.Phones = slices.Clone(in.Phones)
	in.Addresses = cloneAddresses(in.Addresses)
	in.LabelKeys = slices.Clone(in.LabelKeys)
	in.ExtendedFields = cloneValues(in.ExtendedFields)
	in.Picture = clonePtr(in.Picture)
	in.Locations = slices.Clone(in.Locations)
	in.AssignedUserIDs = slices.Clone(in.AssignedUserIDs)
}

// Clone returns a deep copy, nil for nil.
func (m *Member) Clone() *Member {
	if m == nil {
		return nil
	}
	d := *m
	if m.Profile != nil {
		p := *m.Profile
		p.Photo = clonePtr(p.Photo)
		d.Profile = &p
	}
	d.User = clonePtr(m.User)
	if m.Session != nil {
		s := *m.Session
		s.MobileAppNames = slices.Clone(s.MobileAppNames)
		d.Session = &s
	}
	d.GroupIDs = slices.Clone(m.GroupIDs)
	return &d
}

// Clone returns a deep copy.
func (a Address) Clone() Address {
	a.StreetAddress = clonePtr(a.StreetAddress)
	a.Geocode = clonePtr(a.Geocode)
	a.Subdivisions = slices.Clone(a.Subdivisions)
	return a
}

func (a Activity) clone() Activity {
	a.Icon = clonePtr(a.Icon)
	return a
}

func cloneAddresses(list []Address) []Address {
	list = slices.Clone(list)
	for i := range list {
		list[i] = list[i].Clone()
	}
	return list
}

// clonePtr returns a pointer to a copy of *p, nil for nil. T must contain no references.
func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// Equal reports whether two contacts have the same values. Empty and nil lists are equal, and so are equal instants in
// different time zones. A nil contact equals only nil.
func (c *Contact) Equal(d *Contact) bool {
	if c == nil || d == nil {
		return c == d
	}
	return c.ID == d.ID && c.Revision == d.Revision && c.Source == d.Source &&
		c.CreatedDate.Equal(d.CreatedDate) && c.UpdatedDate.Equal(d.UpdatedDate) &&
		c.LastActivity.equal(d.LastActivity) &&
		c.PrimaryInfo == d.PrimaryInfo && c.PrimaryEmail == d.PrimaryEmail && c.PrimaryPhone == d.PrimaryPhone &&
		c.Info.Equal(d.Info) && c.Member.Equal(d.Member) &&
		slices.Equal(c.Segments, d.Segments) && equalPtrFunc(c.Picture, d.Picture, Image.equal)
}

// Equal reports whether two infos have the same values. Empty and nil lists are equal.
func (in Info) Equal(other Info) bool {
	return in.Name == other.Name &&
		slices.Equal(in.Emails, other.Emails) && slices.Equal(in.Phones, other.Phones) &&
		slices.EqualFunc(in.Addresses, other.Addresses, Address.Equal) &&
		in.Company == other.Company && in.JobTitle == other.JobTitle &&
		in.Birthdate == other.Birthdate && in.Locale == other.Locale &&
		slices.Equal(in.LabelKeys, other.LabelKeys) &&
		maps.EqualFunc(in.ExtendedFields, other.ExtendedFields, equalValue) &&
		equalPtrFunc(in.Picture, other.Picture, Picture.equal) &&
		slices.Equal(in.Locations, other.Locations) && slices.Equal(in.AssignedUserIDs, other.AssignedUserIDs)
}

// Equal reports whether two addresses have the same values. Empty and nil lists are equal.
func (a Address) Equal(b Address) bool {
	return a.ID == b.ID && a.Tag == b.Tag &&
		equalPtr(a.StreetAddress, b.StreetAddress) &&
		a.AddressLine == b.AddressLine && a.AddressLine2 == b.AddressLine2 &&
		a.Country == b.Country && a.Subdivision == b.Subdivision && a.City == b.City && a.PostalCode == b.PostalCode &&
		a.FormattedAddress == b.FormattedAddress && a.Hint == b.Hint &&
		equalPtrFunc(a.Geocode, b.Geocode, Geocode.equal) &&
		a.CountryFullname == b.CountryFullname && slices.Equal(a.Subdivisions, b.Subdivisions)
}

// Equal reports whether two members have the same values, in the sense of [Contact.Equal].
func (m *Member) Equal(o *Member) bool {
	if m == nil || o == nil {
		return m == o
	}
	return m.MemberID == o.MemberID && m.SignupDate.Equal(o.SignupDate) && m.Email == o.Email &&
		m.EmailVerified == o.EmailVerified && m.EmailVerificationRequired == o.EmailVerificationRequired &&
		m.Status == o.Status &&
		equalPtrFunc(m.Profile, o.Profile, MemberProfile.equal) && equalPtr(m.User, o.User) &&
		equalPtrFunc(m.Session, o.Session, MemberSession.equal) && slices.Equal(m.GroupIDs, o.GroupIDs)
}

func (a Activity) equal(b Activity) bool {
	return a.ActivityDate.Equal(b.ActivityDate) && a.ActivityType == b.ActivityType && a.Date.Equal(b.Date) &&
		a.Description == b.Description && equalPtr(a.Icon, b.Icon)
}

// equal compares bits, so that a NaN in captured data equals itself.
func (g Geocode) equal(o Geocode) bool {
	return math.Float64bits(g.Latitude) == math.Float64bits(o.Latitude) &&
		math.Float64bits(g.Longitude) == math.Float64bits(o.Longitude)
}

func (p Picture) equal(o Picture) bool {
	return p.ImageProvider == o.ImageProvider && p.Image.equal(o.Image)
}

func (m Image) equal(o Image) bool {
	expires := m.URLExpirationDate.Equal(o.URLExpirationDate)
	m.URLExpirationDate, o.URLExpirationDate = time.Time{}, time.Time{}
	return expires && m == o
}

func (p MemberProfile) equal(o MemberProfile) bool {
	photos := equalPtrFunc(p.Photo, o.Photo, Image.equal)
	p.Photo, o.Photo = nil, nil
	return photos && p == o
}

func (s MemberSession) equal(o MemberSession) bool {
	return s.LastWebLogin.Equal(o.LastWebLogin) && s.LastMobileLogin.Equal(o.LastMobileLogin) &&
		slices.Equal(s.MobileAppNames, o.MobileAppNames)
}

func equalPtr[T comparable](a, b *T) bool {
	return equalPtrFunc(a, b, func(x, y T) bool { return x == y })
}

func equalPtrFunc[T any](a, b *T, equal func(T, T) bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return equal(*a, *b)
}

// IsMember reports whether the contact belongs to a site member: it has a Member whose status is not DELETED (MEM-10).
func (c *Contact) IsMember() bool { return c.Member.exists() }

// exists reports whether there is a member who was not deleted. m may be nil.
func (m *Member) exists() bool { return m != nil && m.Status != MemberDeleted }

// dialed returns the phone as numbers are compared.
func (p Phone) dialed() dial.Phone { return dial.NewPhone(p.Number, p.E164, p.Formatted) }
