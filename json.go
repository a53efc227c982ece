package contacts

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// This file holds the JSON shapes of the V4 API. Encoding goes through private structs that mirror the wire, decoding
// through a walk over the parsed text: so every wrong type is found with its path, names match exactly, and the names of
// the JavaScript SDK are understood too.

// MarshalJSON writes the wire shape (JSON-2).
func (c Contact) MarshalJSON() ([]byte, error) { return json.Marshal(wireContactOf(&c)) }

// UnmarshalJSON reads the wire shape or the SDK's (JSON-1). Wrong types are reported as INVALID_ARGUMENT with a
// violation each; limits are not checked: captured data is taken as it is.
func (c *Contact) UnmarshalJSON(text []byte) error {
	return unmarshal(text, "", c, (*decoder).contact)
}

// MarshalJSON writes the wire shape (JSON-2).
func (in Info) MarshalJSON() ([]byte, error) { return json.Marshal(wireInfoOf(&in)) }

// UnmarshalJSON reads the wire shape or the SDK's (JSON-1), as [Contact.UnmarshalJSON] does. Paths of violations begin
// with "info", as in a request.
func (in *Info) UnmarshalJSON(text []byte) error {
	return unmarshal(text, "info", in, (*decoder).info)
}

// MarshalJSON writes the info object of an update: members that are present, cleared ones as null or empty (UPD-10). It
// fails if SetFields is used, which has no form on the wire.
func (p Patch) MarshalJSON() ([]byte, error) {
	if len(p.SetFields) > 0 {
		return nil, errors.New("contacts: Patch.SetFields has no form in JSON")
	}
	return json.Marshal(wirePatchOf(&p))
}

// UnmarshalJSON reads the info object of an update (UPD-10).
func (p *Patch) UnmarshalJSON(text []byte) error {
	return unmarshal(text, "info", p, (*decoder).patch)
}

// MarshalJSON writes the wire shape: the parts of the address stand below "address".
func (a Address) MarshalJSON() ([]byte, error) { return json.Marshal(wireAddressOf(&a)) }

// UnmarshalJSON reads one item of info.addresses.
func (a *Address) UnmarshalJSON(text []byte) error {
	return unmarshal(text, "", a, (*decoder).address)
}

// MarshalJSON writes the wire shape.
func (a Activity) MarshalJSON() ([]byte, error) { return json.Marshal(wireActivityOf(&a)) }

// MarshalJSON writes the wire shape.
func (m Member) MarshalJSON() ([]byte, error) { return json.Marshal(wireMemberOf(&m)) }

// MarshalJSON writes the wire shape.
func (p Picture) MarshalJSON() ([]byte, error) { return json.Marshal(wirePictureOf(&p)) }

// MarshalJSON writes the wire shape.
func (m Image) MarshalJSON() ([]byte, error) { return json.Marshal(wireImageOf(&m)) }

// UnmarshalJSON reads one item of info.emails.
func (e *Email) UnmarshalJSON(text []byte) error { return unmarshal(text, "", e, (*decoder).email) }

// UnmarshalJSON reads one item of info.phones.
func (p *Phone) UnmarshalJSON(text []byte) error { return unmarshal(text, "", p, (*decoder).phone) }

// Encoding.

// wireTime prints a time as the service does: UTC, always with milliseconds (JSON-3).
type wireTime struct{ time.Time }

// MarshalJSON overrides that of time.Time, which leaves out trailing zeros.
func (t wireTime) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000Z"`), nil
}

// wireFloat also prints what JSON has no number for.
type wireFloat float64

// MarshalJSON writes a number, or one of the words NaN, Infinity and -Infinity as a string.
func (f wireFloat) MarshalJSON() ([]byte, error) {
	switch v := float64(f); {
	case math.IsNaN(v):
		return []byte(`"NaN"`), nil
	case math.IsInf(v, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-Infinity"`), nil
	default:
		return json.Marshal(v)
	}
}

type wireItems[T any] struct {
	Items []T `json:"items"`
}

// wrap puts a list into its wrapper; an empty one has none.
func wrap[T any](list []T) *wireItems[T] {
	if len(list) == 0 {
		return nil
	}
	return &wireItems[T]{list}
}

func wireAll[T, W any](list []T, wire func(*T) W) []W {
	out := make([]W, len(list))
	for i := range list {
		out[i] = wire(&list[i])
	}
	return out
}

func wirePtr[T, W any](p *T, wire func(*T) W) *W {
	if p == nil {
		return nil
	}
	w := wire(p)
	return &w
}

type wireContact struct {
	ID           uuid.UUID             `json:"id,omitzero"`
	Revision     int                   `json:"revision"`
	Source       Source                `json:"source,omitzero"`
	CreatedDate  wireTime              `json:"createdDate,omitzero"`
	UpdatedDate  wireTime              `json:"updatedDate,omitzero"`
	LastActivity wireActivity          `json:"lastActivity,omitzero"`
	PrimaryInfo  PrimaryInfo           `json:"primaryInfo,omitzero"`
	Picture      *wireImage            `json:"picture,omitempty"`
	Info         wireInfo              `json:"info,omitzero"`
	Segments     *wireItems[uuid.UUID] `json:"segments,omitempty"`
	PrimaryEmail PrimaryEmail          `json:"primaryEmail,omitzero"`
	PrimaryPhone PrimaryPhone          `json:"primaryPhone,omitzero"`
	Member       *wireMember           `json:"memberInfo,omitempty"`
}

func wireContactOf(c *Contact) wireContact {
	return wireContact{
		ID: c.ID, Revision: c.Revision, Source: c.Source,
		CreatedDate: wireTime{c.CreatedDate}, UpdatedDate: wireTime{c.UpdatedDate},
		LastActivity: wireActivityOf(&c.LastActivity),
		PrimaryInfo:  c.PrimaryInfo, PrimaryEmail: c.PrimaryEmail, PrimaryPhone: c.PrimaryPhone,
		Picture: wirePtr(c.Picture, wireImageOf), Info: wireInfoOf(&c.Info),
		Segments: wrap(c.Segments), Member: wirePtr(c.Member, wireMemberOf),
	}
}

type wireActivity struct {
	ActivityDate wireTime     `json:"activityDate,omitzero"`
	ActivityType ActivityType `json:"activityType,omitempty"`
	Date         wireTime     `json:"date,omitzero"`
	Description  string       `json:"description,omitempty"`
	Icon         *Icon        `json:"icon,omitempty"`
}

func wireActivityOf(a *Activity) wireActivity {
	return wireActivity{
		ActivityDate: wireTime{a.ActivityDate}, ActivityType: a.ActivityType,
		Date: wireTime{a.Date}, Description: a.Description, Icon: a.Icon,
	}
}

type wireInfo struct {
	Name            Name                    `json:"name,omitzero"`
	Emails          *wireItems[Email]       `json:"emails,omitempty"`
	Phones          *wireItems[Phone]       `json:"phones,omitempty"`
	Addresses       *wireItems[wireAddress] `json:"addresses,omitempty"`
	Company         string                  `json:"company,omitempty"`
	JobTitle        string                  `json:"jobTitle,omitempty"`
	Birthdate       string                  `json:"birthdate,omitempty"`
	Locale          string                  `json:"locale,omitempty"`
	LabelKeys       *wireItems[string]      `json:"labelKeys,omitempty"`
	ExtendedFields  *wireFields             `json:"extendedFields,omitempty"`
	Picture         *wirePicture            `json:"picture,omitempty"`
	Locations       *wireItems[uuid.UUID]   `json:"locations,omitempty"`
	AssignedUserIDs *wireItems[uuid.UUID]   `json:"assignedUserIds,omitempty"`
}

type wireFields struct {
	Items map[string]any `json:"items"`
}

func wireInfoOf(in *Info) wireInfo {
	w := wireInfo{
		Name: in.Name, Emails: wrap(in.Emails), Phones: wrap(in.Phones),
		Addresses: wrap(wireAll(in.Addresses, wireAddressOf)),
		Company:   in.Company, JobTitle: in.JobTitle, Birthdate: in.Birthdate, Locale: in.Locale,
		LabelKeys: wrap(in.LabelKeys), Picture: wirePtr(in.Picture, wirePictureOf),
		Locations: wrap(in.Locations), AssignedUserIDs: wrap(in.AssignedUserIDs),
	}
	if len(in.ExtendedFields) > 0 {
		w.ExtendedFields = &wireFields{exactValues(in.ExtendedFields)}
	}
	return w
}

// exactValues returns values that encoding/json prints exactly. Of integers that float64 holds beyond 2^53 it prints only
// the digits that tell them from their neighbours, and zeros: another integer, which decoding would have to refuse.
func exactValues(values map[string]any) map[string]any {
	var exact map[string]any
	for key, v := range values {
		f, ok := v.(float64)
		if !ok || math.Abs(f) < 1<<53 || math.Abs(f) >= 1e21 { // beyond, it prints an exponent
			continue
		}
		if exact == nil {
			exact = maps.Clone(values)
		}
		exact[key] = json.Number(strconv.FormatFloat(f, 'f', 0, 64))
	}
	if exact == nil {
		return values
	}
	return exact
}

// wirePatch is wireInfo with a difference between absent and empty.
type wirePatch struct {
	Name            *wirePatchName          `json:"name,omitempty"`
	Emails          *wireItems[Email]       `json:"emails,omitempty"`
	Phones          *wireItems[Phone]       `json:"phones,omitempty"`
	Addresses       *wireItems[wireAddress] `json:"addresses,omitempty"`
	Company         *string                 `json:"company,omitempty"`
	JobTitle        *string                 `json:"jobTitle,omitempty"`
	Birthdate       *string                 `json:"birthdate,omitempty"`
	Locale          *string                 `json:"locale,omitempty"`
	LabelKeys       *wireItems[string]      `json:"labelKeys,omitempty"`
	ExtendedFields  *wireFields             `json:"extendedFields,omitempty"`
	Picture         **wirePicture           `json:"picture,omitempty"`
	Locations       *wireItems[uuid.UUID]   `json:"locations,omitempty"`
	AssignedUserIDs *wireItems[uuid.UUID]   `json:"assignedUserIds,omitempty"`
}

type wirePatchName struct {
	First *string `json:"first,omitempty"`
	Last  *string `json:"last,omitempty"`
}

func wirePatchOf(p *Patch) wirePatch {
	w := wirePatch{
		Emails: wirePresentItems(p.Emails), Phones: wirePresentItems(p.Phones),
		Company: wirePresent(p.Company), JobTitle: wirePresent(p.JobTitle),
		Birthdate: wirePresent(p.Birthdate), Locale: wirePresent(p.Locale),
		LabelKeys: wirePresentItems(p.LabelKeys),
		Locations: wirePresentItems(p.Locations), AssignedUserIDs: wirePresentItems(p.AssignedUserIDs),
	}
	if !p.FirstName.IsZero() || !p.LastName.IsZero() {
		w.Name = &wirePatchName{First: wirePresent(p.FirstName), Last: wirePresent(p.LastName)}
	}
	if addresses, ok := p.Addresses.Get(); ok {
		w.Addresses = &wireItems[wireAddress]{wireAll(addresses, wireAddressOf)}
	}
	if values, ok := p.ExtendedFields.Get(); ok {
		if values == nil {
			values = map[string]any{}
		}
		w.ExtendedFields = &wireFields{exactValues(values)}
	}
	if picture, ok := p.Picture.Get(); ok {
		wire := wirePtr(picture, wirePictureOf)
		w.Picture = &wire
	}
	return w
}

func wirePresent[T any](o Opt[T]) *T {
	if !o.present {
		return nil
	}
	return &o.value
}

func wirePresentItems[T any](o Opt[[]T]) *wireItems[T] {
	if !o.present {
		return nil
	}
	return &wireItems[T]{append([]T{}, o.value...)}
}

type wireAddress struct {
	ID      uuid.UUID        `json:"id,omitzero"`
	Tag     AddressTag       `json:"tag,omitempty"`
	Address wireAddressParts `json:"address,omitzero"`
}

type wireAddressParts struct {
	StreetAddress    *StreetAddress `json:"streetAddress,omitempty"`
	AddressLine      string         `json:"addressLine,omitempty"`
	AddressLine2     string         `json:"addressLine2,omitempty"`
	Country          string         `json:"country,omitempty"`
	Subdivision      string         `json:"subdivision,omitempty"`
	City             string         `json:"city,omitempty"`
	PostalCode       string         `json:"postalCode,omitempty"`
	FormattedAddress string         `json:"formattedAddress,omitempty"`
	Hint             string         `json:"hint,omitempty"`
	Geocode          *wireGeocode   `json:"geocode,omitempty"`
	CountryFullname  string         `json:"countryFullname,omitempty"`
	Subdivisions     []Subdivision  `json:"subdivisions,omitempty"`
}

type wireGeocode struct {
	Latitude  wireFloat `json:"latitude"`
	Longitude wireFloat `json:"longitude"`
}

func wireAddressOf(a *Address) wireAddress {
	return wireAddress{
		ID: a.ID, Tag: a.Tag,
		Address: wireAddressParts{
			StreetAddress: a.StreetAddress, AddressLine: a.AddressLine, AddressLine2: a.AddressLine2,
			Country: a.Country, Subdivision: a.Subdivision, City: a.City, PostalCode: a.PostalCode,
			FormattedAddress: a.FormattedAddress, Hint: a.Hint,
			Geocode: wirePtr(a.Geocode, func(g *Geocode) wireGeocode {
				return wireGeocode{wireFloat(g.Latitude), wireFloat(g.Longitude)}
			}),
			CountryFullname: a.CountryFullname, Subdivisions: a.Subdivisions,
		},
	}
}

type wirePicture struct {
	Image         wireImage     `json:"image,omitzero"`
	ImageProvider ImageProvider `json:"imageProvider,omitempty"`
}

type wireImage struct {
	ID                string   `json:"id,omitempty"`
	URL               string   `json:"url,omitempty"`
	Height            int      `json:"height,omitempty"`
	Width             int      `json:"width,omitempty"`
	AltText           string   `json:"altText,omitempty"`
	Filename          string   `json:"filename,omitempty"`
	URLExpirationDate wireTime `json:"urlExpirationDate,omitzero"`
}

func wirePictureOf(p *Picture) wirePicture {
	return wirePicture{Image: wireImageOf(&p.Image), ImageProvider: p.ImageProvider}
}

func wireImageOf(m *Image) wireImage {
	return wireImage{
		ID: m.ID, URL: m.URL, Height: m.Height, Width: m.Width, AltText: m.AltText, Filename: m.Filename,
		URLExpirationDate: wireTime{m.URLExpirationDate},
	}
}

type wireMember struct {
	MemberID                  uuid.UUID          `json:"memberId,omitzero"`
	SignupDate                wireTime           `json:"signupDate,omitzero"`
	Email                     string             `json:"email,omitempty"`
	EmailVerified             bool               `json:"emailVerified"`
	EmailVerificationRequired bool               `json:"emailVerificationRequired"`
	Status                    MemberStatus       `json:"status,omitempty"`
	Profile                   *wireMemberProfile `json:"profileInfo,omitempty"`
	User                      *MemberUser        `json:"userInfo,omitempty"`
	Session                   *wireMemberSession `json:"sessionInfo,omitempty"`
	Group                     *wireMemberGroup   `json:"groupInfo,omitempty"`
}

type wireMemberProfile struct {
	Nickname      string        `json:"nickname,omitempty"`
	PrivacyStatus PrivacyStatus `json:"privacyStatus,omitempty"`
	Reported      bool          `json:"reported"`
	Muted         bool          `json:"muted"`
	Photo         *wireImage    `json:"photo,omitempty"`
}

type wireMemberSession struct {
	LastWebLogin    wireTime `json:"lastWebLogin,omitzero"`
	LastMobileLogin wireTime `json:"lastMobileLogin,omitzero"`
	MobileAppNames  []string `json:"mobileAppNames,omitempty"`
}

type wireMemberGroup struct {
	GroupIDs []uuid.UUID `json:"groupIds"`
}

func wireMemberOf(m *Member) wireMember {
	w := wireMember{
		MemberID: m.MemberID, SignupDate: wireTime{m.SignupDate}, Email: m.Email,
		EmailVerified: m.EmailVerified, EmailVerificationRequired: m.EmailVerificationRequired, Status: m.Status,
		Profile: wirePtr(m.Profile, func(p *MemberProfile) wireMemberProfile {
			return wireMemberProfile{
				Nickname: p.Nickname, PrivacyStatus: p.PrivacyStatus, Reported: p.Reported, Muted: p.Muted,
				Photo: wirePtr(p.Photo, wireImageOf),
			}
		}),
		User: m.User,
		Session: wirePtr(m.Session, func(s *MemberSession) wireMemberSession {
			return wireMemberSession{wireTime{s.LastWebLogin}, wireTime{s.LastMobileLogin}, s.MobileAppNames}
		}),
	}
	if len(m.GroupIDs) > 0 {
		w.Group = &wireMemberGroup{m.GroupIDs}
	}
	return w
}

// Decoding.

// decoder turns parsed JSON into values and collects what is wrong with it. Its methods take a value and the path of
// that value. null counts as absent everywhere.
type decoder struct{ violations []Violation }

// unmarshal parses text and decodes it into dst, which keeps its value if anything is wrong.
func unmarshal[T any](text []byte, path string, dst *T, decode func(*decoder, *node, string) T) error {
	if string(text) == "null" { // by the convention of encoding/json
		return nil
	}
	value, p, err := parseJSON(string(text))
	defer p.close()
	if err != nil {
		v := Violation{Field: path, Rule: RuleFormat, Format: FormatJSON}
		return &Error{Code: ErrInvalid, Violations: []Violation{v}, Err: err}
	}
	d := &decoder{}
	decoded := decode(d, value, path)
	if err := invalid(d.violations); err != nil {
		return err
	}
	*dst = decoded
	return nil
}

// violationsMax bounds what one text can make of itself: millions of wrong items are reported as this many.
const violationsMax = 1000

func (d *decoder) add(v Violation) {
	if len(d.violations) < violationsMax {
		d.violations = append(d.violations, v)
	}
}

func (d *decoder) format(path string, f Format) {
	d.add(Violation{Field: path, Rule: RuleFormat, Format: f})
}

// object returns an object, one without members if it is absent.
func (d *decoder) object(v *node, path string) object {
	if v != nil && v.kind != nodeObject {
		if v.kind != nodeNull {
			d.format(path, FormatObject)
		}
		v = nil
	}
	return object{d, v, path}
}

// object is a JSON object at its path.
type object struct {
	d    *decoder
	node *node // nil if it is absent
	path string
}

// members returns the members, null ones included.
func (o object) members() []node {
	if o.node == nil {
		return nil
	}
	return o.node.children
}

// get returns the member with the first of these names that is there.
func (o object) get(names ...string) *node {
	if o.node == nil {
		return nil
	}
	for _, name := range names {
		if v := o.node.member(name); v != nil {
			if v.kind == nodeNull {
				return nil
			}
			return v
		}
	}
	return nil
}

func (o object) has(name string) bool { return o.node != nil && o.node.member(name) != nil }

func (o object) at(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

// scalar reads a member with parse and reports format if parse cannot. The first name is the one on the wire, the others
// are the SDK's.
func scalar[T any](o object, format Format, parse func(*node) (T, bool), names ...string) T {
	v := o.get(names...)
	if v == nil {
		var none T
		return none
	}
	t, ok := parse(v)
	if !ok {
		o.d.format(o.at(names[0]), format)
	}
	return t
}

func (o object) text(names ...string) string { return scalar(o, FormatString, asString, names...) }

func (o object) boolean(names ...string) bool { return scalar(o, FormatBoolean, asBool, names...) }

func (o object) integer(names ...string) int { return scalar(o, FormatInteger, asInt, names...) }

func (o object) float(names ...string) float64 { return scalar(o, FormatNumber, asFloat, names...) }

func (o object) guid(names ...string) uuid.UUID { return scalar(o, FormatGUID, asGUID, names...) }

func (o object) time(names ...string) time.Time { return scalar(o, FormatTimestamp, asTime, names...) }

func enum[E ~string](o object, name string) E { return E(o.text(name)) }

func asString(v *node) (string, bool) { return strings.Clone(v.text), v.kind == nodeString }

func asBool(v *node) (bool, bool) {
	return v.kind == nodeTrue, v.kind == nodeTrue || v.kind == nodeFalse
}

// asInt takes a number or, as protobuf does, its decimal digits in a string (JSON-9).
func asInt(v *node) (int, bool) {
	if v.kind != nodeNumber && v.kind != nodeString {
		return 0, false
	}
	return int32Of(v.text)
}

func int32Of(digits string) (int, bool) {
	n, err := strconv.ParseInt(digits, 10, 32)
	return int(n), err == nil && digits[0] != '+'
}

func asFloat(v *node) (float64, bool) {
	switch v.kind {
	case nodeNumber:
		f, err := strconv.ParseFloat(v.text, 64)
		return f, err == nil
	case nodeString:
		switch v.text {
		case "NaN":
			return math.NaN(), true
		case "Infinity":
			return math.Inf(1), true
		case "-Infinity":
			return math.Inf(-1), true
		}
	}
	return 0, false
}

// asGUID takes the 36-character form only; uuid.Parse also takes URNs, braces and bare digits. An empty text is no ID.
func asGUID(v *node) (uuid.UUID, bool) {
	if v.kind != nodeString || v.text == "" {
		return uuid.Nil, v.kind == nodeString
	}
	id, err := uuid.Parse(v.text)
	return id, err == nil && len(v.text) == 36
}

func asTime(v *node) (time.Time, bool) {
	if v.kind != nodeString {
		return time.Time{}, false
	}
	t, ok := parseTime(v.text)
	return wholeMillis(t), ok
}

// parseTime reads an ISO 8601 date and time with its zone, within the years that are printed. time.Parse also takes hours
// of one digit, and zones further away than a day (go.dev/issue/54580).
func parseTime(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || !printable(t) || text[len("2006-01-02T15")] != ':' {
		return time.Time{}, false
	}
	zone := text[len(text)-len("07:00"):]
	return t, strings.HasSuffix(text, "Z") || zone < "24" && zone[len("07:"):] < "60"
}

// list decodes a member that is an array, item by item.
func list[T any](o object, name string, item func(d *decoder, v *node, path string) T) []T {
	v := o.get(name)
	if v == nil {
		return nil
	}
	path := o.at(name)
	if v.kind != nodeArray {
		o.d.format(path, FormatArray)
		return nil
	}
	var items []T
	if n := len(v.children); n > 0 {
		items = make([]T, n)
	}
	for i := range items {
		items[i] = item(o.d, v.item(i), path+"["+strconv.Itoa(i)+"]")
	}
	return items
}

// items decodes a member that is an array in a wrapper, {"items": […]}.
func items[T any](o object, name string, item func(d *decoder, v *node, path string) T) []T {
	return list(o.wrapper(name), "items", item)
}

// wrapper returns a member that is an object with the one member items. A wrapper with anything else in its place is
// refused: it would look empty and clear what it was meant to set (JSON-6).
func (o object) wrapper(name string) object {
	w := o.object(name)
	if len(w.members()) > 0 && !w.has("items") {
		o.d.add(Violation{Field: w.at("items"), Rule: RuleRequired})
	}
	return w
}

func (o object) object(names ...string) object {
	v := o.get(names...)
	if v == nil {
		return object{d: o.d}
	}
	return o.d.object(v, o.at(names[0]))
}

// pointer decodes a member that is an object, nil if it is absent.
func pointer[T any](o object, decode func(d *decoder, v *node, path string) T, names ...string) *T {
	v := o.get(names...)
	if v == nil {
		return nil
	}
	t := decode(o.d, v, o.at(names[0]))
	return &t
}

func (d *decoder) string(v *node, path string) string {
	if v == nil || v.kind != nodeString {
		d.format(path, FormatString)
		return ""
	}
	return strings.Clone(v.text)
}

func (d *decoder) guid(v *node, path string) uuid.UUID {
	if v != nil {
		if id, ok := asGUID(v); ok && id != uuid.Nil {
			return id
		}
	}
	d.format(path, FormatGUID)
	return uuid.Nil
}

func (d *decoder) contact(v *node, path string) Contact {
	o := d.object(v, path)
	return Contact{
		ID:           o.guid("id", "_id"),
		Revision:     o.integer("revision"),
		Source:       d.source(o.object("source")),
		CreatedDate:  o.time("createdDate", "_createdDate"),
		UpdatedDate:  o.time("updatedDate", "_updatedDate"),
		LastActivity: d.activity(o.object("lastActivity")),
		PrimaryInfo:  d.primaryInfo(o.object("primaryInfo")),
		Picture:      pointer(o, (*decoder).image, "picture"),
		Info:         d.info(o.get("info"), o.at("info")),
		Segments:     items(o, "segments", (*decoder).guid),
		PrimaryEmail: d.primaryEmail(o.object("primaryEmail")),
		PrimaryPhone: d.primaryPhone(o.object("primaryPhone")),
		Member:       pointer(o, (*decoder).member, "memberInfo"),
	}
}

func (d *decoder) source(o object) Source {
	return Source{
		SourceType: enum[SourceType](o, "sourceType"), AppID: o.text("appId"), WixAppID: o.text("wixAppId"),
	}
}

func (d *decoder) activity(o object) Activity {
	return Activity{
		ActivityDate: o.time("activityDate"), ActivityType: enum[ActivityType](o, "activityType"),
		Date: o.time("date"), Description: o.text("description"), Icon: pointer(o, (*decoder).icon, "icon"),
	}
}

func (d *decoder) primaryInfo(o object) PrimaryInfo {
	return PrimaryInfo{Email: o.text("email"), Phone: o.text("phone")}
}

func (d *decoder) primaryEmail(o object) PrimaryEmail {
	return PrimaryEmail{
		Email:                o.text("email"),
		SubscriptionStatus:   enum[SubscriptionStatus](o, "subscriptionStatus"),
		DeliverabilityStatus: enum[EmailDeliverability](o, "deliverabilityStatus"),
	}
}

func (d *decoder) primaryPhone(o object) PrimaryPhone {
	return PrimaryPhone{
		Phone: o.text("phone"), CountryCode: o.text("countryCode"),
		E164: o.text("e164Phone"), Formatted: o.text("formattedPhone"),
		SubscriptionStatus:   enum[SubscriptionStatus](o, "subscriptionStatus"),
		DeliverabilityStatus: enum[PhoneDeliverability](o, "deliverabilityStatus"),
	}
}

func (d *decoder) icon(v *node, path string) Icon {
	o := d.object(v, path)
	return Icon{Name: o.text("name"), URL: o.text("url")}
}

func (d *decoder) info(v *node, path string) Info {
	o := d.object(v, path)
	name := o.object("name")
	return Info{
		Name:            Name{First: name.text("first"), Last: name.text("last")},
		Emails:          items(o, "emails", (*decoder).email),
		Phones:          items(o, "phones", (*decoder).phone),
		Addresses:       items(o, "addresses", (*decoder).address),
		Company:         o.text("company"),
		JobTitle:        o.text("jobTitle"),
		Birthdate:       o.text("birthdate"),
		Locale:          o.text("locale"),
		LabelKeys:       items(o, "labelKeys", (*decoder).string),
		ExtendedFields:  o.wrapper("extendedFields").values("items"),
		Picture:         o.picture(),
		Locations:       items(o, "locations", (*decoder).guid),
		AssignedUserIDs: items(o, "assignedUserIds", (*decoder).guid),
	}
}

func (d *decoder) patch(v *node, path string) Patch {
	o := d.object(v, path)
	name := o.object("name")
	clearName := o.has("name") && len(name.members()) == 0
	return Patch{
		FirstName:       Opt[string]{name.text("first"), clearName || name.has("first")},
		LastName:        Opt[string]{name.text("last"), clearName || name.has("last")},
		Emails:          Opt[[]Email]{items(o, "emails", (*decoder).email), o.has("emails")},
		Phones:          Opt[[]Phone]{items(o, "phones", (*decoder).phone), o.has("phones")},
		Addresses:       Opt[[]Address]{items(o, "addresses", (*decoder).address), o.has("addresses")},
		Company:         Opt[string]{o.text("company"), o.has("company")},
		JobTitle:        Opt[string]{o.text("jobTitle"), o.has("jobTitle")},
		Birthdate:       Opt[string]{o.text("birthdate"), o.has("birthdate")},
		Locale:          Opt[string]{o.text("locale"), o.has("locale")},
		LabelKeys:       Opt[[]string]{items(o, "labelKeys", (*decoder).string), o.has("labelKeys")},
		ExtendedFields:  Opt[map[string]any]{o.wrapper("extendedFields").values("items"), o.has("extendedFields")},
		Picture:         Opt[*Picture]{o.picture(), o.has("picture")},
		Locations:       Opt[[]uuid.UUID]{items(o, "locations", (*decoder).guid), o.has("locations")},
		AssignedUserIDs: Opt[[]uuid.UUID]{items(o, "assignedUserIds", (*decoder).guid), o.has("assignedUserIds")},
	}
}

// values decodes a map of extended fields.
func (o object) values(name string) map[string]any {
	v := o.object(name).node
	if v == nil || len(v.children) == 0 {
		return nil
	}
	return v.values()
}

// values returns the members of an object, as encoding/json would.
func (n *node) values() map[string]any {
	values := make(map[string]any, len(n.children))
	for i := range n.children {
		values[strings.Clone(n.children[i].name)] = n.children[i].value()
	}
	return values
}

// value returns a clone of a value, as encoding/json would, but for numbers: what a float64 cannot hold stays as it is
// written, so that a write can refuse it (JSON-10).
func (n *node) value() any {
	switch n.kind {
	case nodeFalse, nodeTrue:
		return n.kind == nodeTrue
	case nodeNumber:
		number := json.Number(strings.Clone(n.text))
		if exact, ok := exactNumber(number); ok {
			return exact
		}
		return number
	case nodeString:
		return strings.Clone(n.text)
	case nodeArray:
		list := make([]any, len(n.children))
		for i := range list {
			list[i] = n.children[i].value()
		}
		return list
	case nodeObject:
		return n.values()
	default:
		return nil
	}
}

func (d *decoder) email(v *node, path string) Email {
	o := d.object(v, path)
	return Email{
		ID: o.guid("id", "_id"), Tag: enum[EmailTag](o, "tag"),
		Address: o.text("email"), Primary: o.boolean("primary"),
	}
}

func (d *decoder) phone(v *node, path string) Phone {
	o := d.object(v, path)
	return Phone{
		ID: o.guid("id", "_id"), Tag: enum[PhoneTag](o, "tag"),
		CountryCode: o.text("countryCode"), Number: o.text("phone"),
		E164: o.text("e164Phone"), Formatted: o.text("formattedPhone"), Primary: o.boolean("primary"),
	}
}

func (d *decoder) address(v *node, path string) Address {
	o := d.object(v, path)
	a := o.object("address")
	return Address{
		ID: o.guid("id", "_id"), Tag: enum[AddressTag](o, "tag"),
		StreetAddress:    pointer(a, (*decoder).streetAddress, "streetAddress"),
		AddressLine:      a.text("addressLine", "addressLine1"),
		AddressLine2:     a.text("addressLine2"),
		Country:          a.text("country"),
		Subdivision:      a.text("subdivision"),
		City:             a.text("city"),
		PostalCode:       a.text("postalCode"),
		FormattedAddress: a.text("formattedAddress", "formatted"),
		Hint:             a.text("hint"),
		Geocode:          pointer(a, (*decoder).geocode, "geocode", "location"),
		CountryFullname:  a.text("countryFullname"),
		Subdivisions:     list(a, "subdivisions", (*decoder).subdivision),
	}
}

func (d *decoder) streetAddress(v *node, path string) StreetAddress {
	o := d.object(v, path)
	return StreetAddress{
		Number: o.text("number"), Name: o.text("name"), Apt: o.text("apt"),
		FormattedAddressLine: o.text("formattedAddressLine"),
	}
}

func (d *decoder) geocode(v *node, path string) Geocode {
	o := d.object(v, path)
	return Geocode{Latitude: o.float("latitude"), Longitude: o.float("longitude")}
}

func (d *decoder) subdivision(v *node, path string) Subdivision {
	o := d.object(v, path)
	return Subdivision{
		Code: o.text("code"), Name: o.text("name"),
		Type: enum[SubdivisionType](o, "type"), TypeInfo: o.text("typeInfo"),
	}
}

// picture decodes the member picture. An empty text, as the SDK may send it, is no picture.
func (o object) picture() *Picture {
	if v := o.get("picture"); v != nil && v.kind == nodeString && v.text == "" {
		return nil
	}
	return pointer(o, (*decoder).picture, "picture")
}

func (d *decoder) picture(v *node, path string) Picture {
	if s, ok := asString(v); ok {
		return Picture{Image: imageOfString(s)}
	}
	o := d.object(v, path)
	p := Picture{ImageProvider: enum[ImageProvider](o, "imageProvider")}
	if image := o.get("image"); image != nil {
		p.Image = d.image(image, o.at("image"))
	}
	return p
}

func (d *decoder) image(v *node, path string) Image {
	if s, ok := asString(v); ok {
		return imageOfString(s)
	}
	o := d.object(v, path)
	return Image{
		ID: o.text("id", "_id"), URL: o.text("url"), Height: o.integer("height"), Width: o.integer("width"),
		AltText: o.text("altText"), Filename: o.text("filename"), URLExpirationDate: o.time("urlExpirationDate"),
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
		m.Width, _ = int32Of(size.Get("originWidth"))
		m.Height, _ = int32Of(size.Get("originHeight"))
	}
	return m
}

func (d *decoder) member(v *node, path string) Member {
	o := d.object(v, path)
	return Member{
		MemberID:                  o.guid("memberId"),
		SignupDate:                o.time("signupDate"),
		Email:                     o.text("email"),
		EmailVerified:             o.boolean("emailVerified"),
		EmailVerificationRequired: o.boolean("emailVerificationRequired"),
		Status:                    enum[MemberStatus](o, "status"),
		Profile:                   pointer(o, (*decoder).memberProfile, "profileInfo"),
		User:                      pointer(o, (*decoder).memberUser, "userInfo"),
		Session:                   pointer(o, (*decoder).memberSession, "sessionInfo"),
		GroupIDs:                  list(o.object("groupInfo"), "groupIds", (*decoder).guid),
	}
}

func (d *decoder) memberProfile(v *node, path string) MemberProfile {
	o := d.object(v, path)
	return MemberProfile{
		Nickname: o.text("nickname"), PrivacyStatus: enum[PrivacyStatus](o, "privacyStatus"),
		Reported: o.boolean("reported"), Muted: o.boolean("muted"),
		Photo: pointer(o, (*decoder).image, "photo"),
	}
}

func (d *decoder) memberUser(v *node, path string) MemberUser {
	o := d.object(v, path)
	return MemberUser{UserID: o.guid("userId"), Role: enum[Role](o, "role")}
}

func (d *decoder) memberSession(v *node, path string) MemberSession {
	o := d.object(v, path)
	return MemberSession{
		LastWebLogin: o.time("lastWebLogin"), LastMobileLogin: o.time("lastMobileLogin"),
		MobileAppNames: list(o, "mobileAppNames", (*decoder).string),
	}
}
