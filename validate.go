package contacts

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/language"

	"github.com/contactsdb/contacts/internal/geo"
	"github.com/contactsdb/contacts/internal/wire"
)

const (
	nicknameMax = 255
	appNamesMax = 50
	appNameMax  = 50
	groupsMax   = 1000
)

// validator checks the parts of an Info that need no look into the store, and puts them in the form that is stored. It
// collects every violation in the order of the fields (VAL-1). The copies it makes are the store's own.
type validator struct {
	phones     *phoneParser
	violations []Violation

	// stored is set for what a store has accepted before. What the world defines is then not judged again: countries,
	// languages, numbering plans and URLs change, and what was right must stay readable. Derived forms stay as they are.
	stored bool
}

func (v *validator) add(violation Violation) { v.violations = append(v.violations, violation) }

func (v *validator) format(field string, f Format) {
	v.add(Violation{Field: field, Rule: RuleFormat, Format: f})
}

// normalize checks p and returns a deep copy in the form that is stored: tags given, locale in lower case, phones parsed,
// addresses formatted. With violations the copy is of no use.
func normalize(p Patch, phones *phoneParser) (Patch, []Violation) {
	v := &validator{phones: phones}
	return v.patch(p), v.violations
}

func (v *validator) patch(p Patch) Patch {
	v.optText("info.name.first", p.FirstName)
	v.optText("info.name.last", p.LastName)
	if emails, ok := p.Emails.Get(); ok {
		p.Emails = Set(v.emails(emails))
	}
	if phones, ok := p.Phones.Get(); ok {
		p.Phones = Set(v.phoneNumbers(phones))
	}
	if addresses, ok := p.Addresses.Get(); ok {
		p.Addresses = Set(v.addresses(addresses))
	}
	v.optText("info.company", p.Company)
	v.optText("info.jobTitle", p.JobTitle)
	if s, ok := p.Birthdate.Get(); ok && s != "" {
		if !validDate(s) {
			v.format("info.birthdate", FormatLocalDate)
		}
	}
	if s, ok := p.Locale.Get(); ok && s != "" {
		p.Locale = Set(strings.ToLower(s))
		v.defined("info.locale", s, validLocale, FormatLanguageTag)
	}
	if keys, ok := p.LabelKeys.Get(); ok {
		p.LabelKeys = Set(distinct(keys[:v.size("info.labelKeys.items", len(keys), labelsMax)]))
	}
	if values, ok := p.ExtendedFields.Get(); ok {
		p.ExtendedFields = Set(writableValues(values))
	}
	p.SetFields = writableValues(p.SetFields)
	if picture, ok := p.Picture.Get(); ok {
		p.Picture = Set(v.picture("info.picture", picture))
	}
	if ids, ok := p.Locations.Get(); ok {
		p.Locations = Set(v.guids("info.locations.items", ids, itemsMax))
	}
	if ids, ok := p.AssignedUserIDs.Get(); ok {
		p.AssignedUserIDs = Set(v.guids("info.assignedUserIds.items", ids, itemsMax))
	}
	return p
}

// size checks the length of a list and returns how many of its items are worth checking.
func (v *validator) size(field string, n, limit int) int {
	if n > limit {
		v.add(Violation{Field: field, Rule: RuleMaxSize, Threshold: limit})
		return limit
	}
	return n
}

// text checks a text of at most limit characters (no limit: 0).
func (v *validator) text(field, s string, limit int) bool {
	if !wire.ValidText(s) {
		v.format(field, FormatText)
		return false
	}
	// A text has no more characters than bytes.
	if limit > 0 && len(s) > limit && utf8.RuneCountInString(s) > limit {
		v.add(Violation{Field: field, Rule: RuleMaxLength, Threshold: limit})
		return false
	}
	return true
}

func (v *validator) requiredText(field, s string, limit int) bool {
	if s == "" {
		v.add(Violation{Field: field, Rule: RuleMinLength, Threshold: 1})
		return false
	}
	return v.text(field, s, limit)
}

// checkName checks a display name by itself (LBL-5, FLD-9).
func checkName(field, name string, limit int) error {
	v := &validator{}
	v.requiredText(field, name, limit)
	return invalid(v.violations)
}

func (v *validator) optText(field string, o Opt[string]) {
	v.text(field, o.value, textMax)
}

func checkEnum[E interface {
	~string
	Valid() bool
}](v *validator, field string, e E) {
	if !e.Valid() {
		v.format(field, FormatEnum)
	}
}

func (v *validator) emails(given []Email) []Email {
	const list = "info.emails.items"
	n := v.size(list, len(given), itemsMax)
	emails := slices.Clone(given[:n])
	for i := range emails {
		e := &emails[i]
		at := list + "[" + strconv.Itoa(i) + "]"
		if e.Tag == "" {
			e.Tag = EmailUntagged
		}
		checkEnum(v, at+".tag", e.Tag)
		if v.requiredText(at+".email", e.Address, emailMax) && !validEmail(e.Address) {
			v.format(at+".email", FormatEmail)
		}
	}
	return emails
}

func (v *validator) phoneNumbers(given []Phone) []Phone {
	const list = "info.phones.items"
	n := v.size(list, len(given), itemsMax)
	phones := slices.Clone(given[:n])
	for i := range phones {
		p := &phones[i]
		at := list + "[" + strconv.Itoa(i) + "]"
		if p.Tag == "" {
			p.Tag = PhoneUntagged
		}
		checkEnum(v, at+".tag", p.Tag)
		ok := v.defined(at+".countryCode", p.CountryCode, geo.ValidCountry, FormatCountry)
		ok = v.requiredText(at+".phone", p.Number, phoneMax) && ok
		if v.stored {
			v.text(at+".e164Phone", p.E164, e164Max)
			v.text(at+".formattedPhone", p.Formatted, textMax)
			continue
		}
		p.E164, p.Formatted = "", ""
		if ok {
			forms := v.phones.parse(p.Number, p.CountryCode)
			p.E164, p.Formatted = forms.e164, forms.formatted
		}
	}
	return phones
}

func (v *validator) addresses(given []Address) []Address {
	const list = "info.addresses.items"
	n := v.size(list, len(given), itemsMax)
	addresses := cloneAddresses(given[:n])
	for i := range addresses {
		a := &addresses[i]
		item := list + "[" + strconv.Itoa(i) + "]"
		at := item + ".address"
		if a.Tag == "" {
			a.Tag = AddressUntagged
		}
		checkEnum(v, item+".tag", a.Tag)
		if a.StreetAddress != nil && *a.StreetAddress == (StreetAddress{}) {
			a.StreetAddress = nil
		}
		if s := a.StreetAddress; s != nil {
			v.text(at+".streetAddress.number", s.Number, codeMax)
			v.text(at+".streetAddress.name", s.Name, textMax)
			v.text(at+".streetAddress.apt", s.Apt, codeMax)
			v.text(at+".streetAddress.formattedAddressLine", s.FormattedAddressLine, formattedMax)
			if a.AddressLine != "" {
				v.add(Violation{Field: at + ".addressLine", Rule: RuleCustom, RuleName: RuleNameOneOf})
			}
		}
		v.text(at+".addressLine", a.AddressLine, textMax)
		v.text(at+".addressLine2", a.AddressLine2, textMax)
		v.defined(at+".country", a.Country, geo.ValidCountry, FormatCountry)
		v.defined(at+".subdivision", a.Subdivision, geo.ValidSubdivision, FormatSubdivision)
		v.text(at+".city", a.City, textMax)
		v.text(at+".postalCode", a.PostalCode, codeMax)
		v.text(at+".formattedAddress", a.FormattedAddress, formattedMax)
		v.text(at+".hint", a.Hint, hintMax)
		if a.Geocode != nil {
			a.Geocode.Latitude, a.Geocode.Longitude = canonical(a.Geocode.Latitude), canonical(a.Geocode.Longitude)
		}
		// Derived elsewhere, so ignored in input.
		a.CountryFullname, a.Subdivisions = "", nil
		if a.FormattedAddress == "" && !v.stored {
			a.FormattedAddress = formatAddress(*a)
		}
	}
	return addresses
}

// defined checks an optional text whose form is not ours to define, such as a country code.
func (v *validator) defined(field, s string, valid func(string) bool, f Format) bool {
	switch {
	case s == "":
		return true
	case v.stored:
		return v.text(field, s, 0)
	case !valid(s):
		v.format(field, f)
		return false
	default:
		return true
	}
}

// picture checks a picture; an empty one is none.
func (v *validator) picture(field string, given *Picture) *Picture {
	if given == nil || given.equal(Picture{}) {
		return nil
	}
	p := *given
	v.image(field+".image", &p.Image)
	if p.ImageProvider != "" {
		checkEnum(v, field+".imageProvider", p.ImageProvider)
	}
	return &p
}

func (v *validator) image(field string, m *Image) {
	v.text(field+".id", m.ID, 0)
	v.defined(field+".url", m.URL, validImageURL, FormatWebURL)
	v.pixels(field+".height", m.Height)
	v.pixels(field+".width", m.Width)
	v.text(field+".altText", m.AltText, 0)
	v.text(field+".filename", m.Filename, 0)
	m.URLExpirationDate = v.time(field+".urlExpirationDate", m.URLExpirationDate)
}

func (v *validator) pixels(field string, n int) {
	const most = 1<<31 - 1
	switch {
	case n < 0:
		v.add(Violation{Field: field, Rule: RuleMin, Threshold: 0})
	case n > most:
		v.add(Violation{Field: field, Rule: RuleMax, Threshold: most})
	}
}

// guids checks a list of IDs. The nil UUID stands for a missing one.
func (v *validator) guids(field string, given []uuid.UUID, limit int) []uuid.UUID {
	n := v.size(field, len(given), limit)
	for i, id := range given[:n] {
		if id == uuid.Nil {
			v.format(field+"["+strconv.Itoa(i)+"]", FormatGUID)
		}
	}
	return slices.Clone(given[:n])
}

// quota checks an optional quota.
func (v *validator) quota(field string, given, otherwise int) int {
	if given < 0 {
		v.add(Violation{Field: field, Rule: RuleMin, Threshold: 0})
	}
	return cmp.Or(given, otherwise)
}

// source checks the source of a contact; an empty one is the default.
func (v *validator) source(field string, given, otherwise Source) Source {
	if given == (Source{}) {
		return otherwise
	}
	if given.SourceType == "" {
		given.SourceType = SourceOther
	}
	checkEnum(v, field+".sourceType", given.SourceType)
	v.text(field+".appId", given.AppID, textMax)
	v.text(field+".wixAppId", given.WixAppID, textMax)
	return given
}

// revision checks the revision of a contact that comes from elsewhere; without one it is the first (IMP-1).
func (v *validator) revision(field string, n int) int {
	switch {
	case n < 0:
		v.add(Violation{Field: field, Rule: RuleMin, Threshold: 0})
	case n > revisionMax && !v.stored:
		v.add(Violation{Field: field, Rule: RuleMax, Threshold: revisionMax})
	}
	return cmp.Or(n, 1)
}

// activity checks an activity that comes from elsewhere; the zero one is none.
func (v *validator) activity(field string, a Activity) Activity {
	if a.equal(Activity{}) {
		return Activity{}
	}
	a.ActivityDate = v.time(field+".activityDate", a.ActivityDate)
	a.ActivityType = cmp.Or(a.ActivityType, ActivityGeneral)
	checkEnum(v, field+".activityType", a.ActivityType)
	a.Date = v.time(field+".date", a.Date)
	v.text(field+".description", a.Description, activityMax)
	if icon := a.Icon; icon != nil {
		v.text(field+".icon.name", icon.Name, iconNameMax)
		v.defined(field+".icon.url", icon.URL, validImageURL, FormatWebURL)
	}
	return a
}

// time checks a time and returns it as the store keeps it.
func (v *validator) time(field string, t time.Time) time.Time {
	if !wire.Printable(t) {
		v.format(field, FormatTimestamp)
	}
	return wholeMillis(t)
}

// statuses takes over the statuses that a contact from elsewhere carries for its primary email and phone; in is its info as
// it will be stored (IMP-6). What cannot be kept is a violation, unless it is NOT_SET: consent is never lost silently.
func (v *validator) statuses(c *Contact, in *Info) statuses {
	var st statuses
	const notSet = "NOT_SET"
	// Captured contacts often have these words only as extended fields.
	keep := func(name, word, extended string, set func(st *emailStatus, word string) (ok bool)) {
		address, inField := c.PrimaryEmail.Email, word == ""
		if inField {
			word, _ = c.Info.ExtendedFields[extended].(string)
			address, _ = c.Info.ExtendedFields[fieldEffectiveEmail].(string)
		}
		if word == "" || word == notSet {
			return
		}
		at, addressAt := "primaryEmail."+name, "primaryEmail.email"
		if inField {
			at, addressAt = fieldPath(extended), fieldPath(fieldEffectiveEmail)
		}
		email, onContact := in.emailOf(address)
		if address == "" && len(in.Emails) > 0 {
			email, onContact = in.Emails[0], true
		}
		before := st.email(email)
		after := before
		switch {
		case !set(&after, word):
			v.format(at, FormatEnum)
		case after == before:
		case !onContact:
			if missing := notOnContact(addressAt); !slices.Contains(v.violations, missing) {
				v.add(missing)
			}
		default:
			st.emails = with(st.emails, email.statusKey(), after, emailNotSet)
		}
	}
	keep("subscriptionStatus", string(c.PrimaryEmail.SubscriptionStatus), fieldSubscription,
		func(st *emailStatus, word string) bool {
			status := SubscriptionStatus(word)
			if status != SubscriptionNoStatus {
				st.subscription = status
			}
			return status.Valid()
		})
	keep("deliverabilityStatus", string(c.PrimaryEmail.DeliverabilityStatus), fieldDeliverability,
		func(st *emailStatus, word string) bool {
			st.deliverability = EmailDeliverability(word)
			return st.deliverability.Valid()
		})

	carried := c.PrimaryPhone
	switch status := carried.SubscriptionStatus; {
	case status == "", status == SubscriptionNotSet, status == SubscriptionNoStatus:
	case !status.Valid():
		v.format("primaryPhone.subscriptionStatus", FormatEnum)
	default:
		phone, ok := in.phoneOf(cmp.Or(carried.E164, carried.Phone))
		if carried.E164 == "" && carried.Phone == "" && len(in.Phones) > 0 {
			phone, ok = in.Phones[0], in.Phones[0].E164 != ""
		}
		if !ok {
			v.add(notOnContact("primaryPhone.phone"))
			break
		}
		st.phones = with(st.phones, phone.statusKey(), phoneStatus{status, PhoneDeliverabilityNotSet}, phoneNotSet)
	}
	if status := carried.DeliverabilityStatus; status != "" {
		checkEnum(v, "primaryPhone.deliverabilityStatus", status)
	}
	return st
}

// member checks a member and returns the store's own copy.
func (v *validator) member(field string, given *Member) *Member {
	m := given.Clone()
	if m == nil {
		return nil
	}
	if m.MemberID == uuid.Nil {
		v.format(field+".memberId", FormatGUID)
	}
	m.SignupDate = v.time(field+".signupDate", m.SignupDate)
	if m.Email != "" && v.text(field+".email", m.Email, emailMax) && !validEmail(m.Email) {
		v.format(field+".email", FormatEmail)
	}
	m.Status = cmp.Or(m.Status, MemberPending)
	checkEnum(v, field+".status", m.Status)
	if p := m.Profile; p != nil {
		at := field + ".profileInfo"
		v.text(at+".nickname", p.Nickname, nicknameMax)
		p.PrivacyStatus = cmp.Or(p.PrivacyStatus, PrivacyPrivate)
		checkEnum(v, at+".privacyStatus", p.PrivacyStatus)
		if p.Photo != nil {
			v.image(at+".photo", p.Photo)
		}
	}
	if u := m.User; u != nil {
		u.Role = cmp.Or(u.Role, RoleUnspecified)
		checkEnum(v, field+".userInfo.role", u.Role)
	}
	if s := m.Session; s != nil {
		at := field + ".sessionInfo"
		s.LastWebLogin = v.time(at+".lastWebLogin", s.LastWebLogin)
		s.LastMobileLogin = v.time(at+".lastMobileLogin", s.LastMobileLogin)
		at += ".mobileAppNames"
		for i, name := range s.MobileAppNames[:v.size(at, len(s.MobileAppNames), appNamesMax)] {
			v.requiredText(at+"["+strconv.Itoa(i)+"]", name, appNameMax)
		}
	}
	m.GroupIDs = v.guids(field+".groupInfo.groupIds", m.GroupIDs, groupsMax)
	return m
}

// key checks the key of a label or field, and that its namespace is the one in front.
func (v *validator) key(path, namespace, key string) {
	inFront, _, _ := strings.Cut(key, ".")
	v.holds(path+".key", validKey(key))
	v.holds(path+".namespace", namespace == inFront || !validKey(key))
}

// dates checks the dates of a label or field.
func (v *validator) dates(path string, created, updated time.Time) {
	v.holds(path+".createdDate", !created.IsZero())
	v.holds(path+".updatedDate", !updated.Before(created))
}

// holds adds a violation unless what a store keeps true of a field is true.
func (v *validator) holds(field string, ok bool) {
	if !ok {
		v.add(Violation{Field: field, Rule: RuleCustom, RuleName: RuleNameStored})
	}
}

// sorts checks how to sort by itself.
func (v *validator) sorts(sorts []Sort, sortsMax, fieldMax int) {
	for i, s := range sorts[:v.size("sort", len(sorts), sortsMax)] {
		at := "sort[" + strconv.Itoa(i) + "]"
		v.text(at+".fieldName", s.Field, fieldMax)
		if s.Order != "" {
			checkEnum(v, at+".order", s.Order)
		}
	}
}

// paging checks which part of a list is asked for.
func (v *validator) paging(limit, offset, limitMax int) {
	switch {
	case limit < 0:
		v.add(Violation{Field: "paging.limit", Rule: RuleMin})
	case limit > limitMax:
		v.add(Violation{Field: "paging.limit", Rule: RuleMax, Threshold: limitMax})
	}
	v.offset(offset)
}

func (v *validator) offset(offset int) {
	if offset < 0 {
		v.add(Violation{Field: "paging.offset", Rule: RuleMin})
	}
}

// reported checks an activity that a caller reports (ACT-2); the zero one is none.
func (v *validator) reported(field string, a Activity) Activity {
	a = v.activity(field, a.clone())
	if a.ActivityType == ActivityContactCreated {
		v.format(field+".activityType", FormatEnum)
	}
	return a
}

func notOnContact(field string) Violation {
	return Violation{Field: field, Rule: RuleCustom, RuleName: RuleNameNotOnContact}
}

// identified reports whether the contact has a name, an email or a phone (CRT-1). A name of spaces is none.
func (in Info) identified() bool {
	return len(in.Emails) > 0 || len(in.Phones) > 0 ||
		strings.TrimSpace(in.Name.First) != "" || strings.TrimSpace(in.Name.Last) != ""
}

// distinct returns the keys in order, each once.
func distinct[T comparable](keys []T) []T {
	seen := make(map[T]bool, len(keys))
	var out []T
	for _, key := range keys {
		if !seen[key] {
			seen[key] = true
			out = append(out, key)
		}
	}
	return out
}

// distinctIDs reports whether each item has an ID of its own.
func distinctIDs[T any](items []T, id func(*T) *uuid.UUID) bool {
	for i := range items {
		if own := id(&items[i]); *own == uuid.Nil || hasID(items[:i], *own, id) {
			return false
		}
	}
	return true
}

// validEmail asks for one @ with text on both sides: V4 publishes only a length (VAL-5).
func validEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && strings.TrimSpace(local) != "" && strings.TrimSpace(domain) != "" && !strings.Contains(domain, "@")
}

// validLocale reports whether s is a valid BCP 47 tag. The parser also takes underscores, and "root" for "und".
func validLocale(s string) bool {
	if len(s) > languageMax || strings.Contains(s, "_") || strings.EqualFold(s, "root") {
		return false
	}
	_, err := language.Parse(s)
	return err == nil
}

const imageScheme = "wix:image://v1/"

// validImageURL accepts what a browser can load and the media manager's own scheme.
func validImageURL(s string) bool {
	if !wire.ValidText(s) || strings.ContainsFunc(s, isSpace) {
		return false
	}
	if rest, ok := strings.CutPrefix(s, imageScheme); ok {
		return rest != ""
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// wholeMillis returns t as the store keeps times: UTC, whole milliseconds (STO-3).
func wholeMillis(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}
