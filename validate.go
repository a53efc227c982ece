package contacts

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
	"unique"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/dial"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/geo"
	"github.com/contactsdb/contacts/internal/mailbox"
	"github.com/contactsdb/contacts/internal/wire"
)

const (
	nicknameMax = 255
	appNamesMax = 50
	appNameMax  = 50
	groupsMax   = 1000
)

// validator checks values that can be checked without the store, and converts them to their stored form. It collects
// every violation in the order of the fields (VAL-1). It never changes its input unless that is owned: results are
// copies, which the store owns.
type validator struct {
	phones     *phoneParser
	violations []Violation

	// stored is set for values that a store has accepted before. They are not checked again by rules that change, on
	// countries, languages, numbering plans, URLs, emails and what text shows, so that every valid export stays
	// readable. Derived forms stay as they are.
	stored bool

	owned bool // the lists of the input belong to the store already, so results need not be copies
}

// ownCopy returns a list for the store: a copy unless it is owned.
func ownCopy[T any](v *validator, list []T) []T {
	if v.owned {
		return list
	}
	return slices.Clone(list)
}

func (v *validator) add(violation Violation) { v.violations = append(v.violations, violation) }

func (v *validator) format(field string, f Format) {
	v.add(Violation{Field: field, Rule: RuleFormat, Format: f})
}

// normalize checks p and returns a deep copy in its stored form: with tags, the locale in lower case, phones parsed and
// addresses formatted. The copy is valid only if there are no violations.
func normalize(p Patch, phones *phoneParser) (Patch, []Violation) {
	v := &validator{phones: phones}
	return v.patch(p), v.violations
}

func (v *validator) patch(p Patch) Patch {
	v.optText("info.name.first", p.FirstName)
	v.optText("info.name.last", p.LastName)
	if emails, ok := p.Emails.Get(); ok {
		p.Emails = Set(checkList(v, "info.emails.items", emails, (*validator).email))
	}
	if phones, ok := p.Phones.Get(); ok {
		p.Phones = Set(checkList(v, "info.phones.items", phones, (*validator).phone))
	}
	if addresses, ok := p.Addresses.Get(); ok {
		p.Addresses = Set(checkList(v, "info.addresses.items", addresses, (*validator).address))
	}
	v.optText("info.company", p.Company)
	v.optText("info.jobTitle", p.JobTitle)
	if s, ok := p.Birthdate.Get(); ok && s != "" && !form.IsDate(s) {
		v.format("info.birthdate", FormatLocalDate)
	}
	if s, ok := p.Locale.Get(); ok && s != "" {
		p.Locale = Set(strings.ToLower(s))
		v.external("info.locale", s, form.IsLanguage, FormatLanguageTag)
	}
	if keys, ok := p.LabelKeys.Get(); ok {
		p.LabelKeys = Set(distinct(keys[:v.size("info.labelKeys.items", len(keys), labelsMax)]))
		shareMemory(p.LabelKeys.value)
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

// size checks the length of a list and returns the number of items to check: at most limit.
func (v *validator) size(field string, n, limit int) int {
	if n > limit {
		v.add(Violation{Field: field, Rule: RuleMaxSize, Threshold: limit})
		return limit
	}
	return n
}

// text checks a text of at most limit characters, 0 for any length. It reports whether the text is valid.
func (v *validator) text(field, s string, limit int) bool {
	if !wire.ValidText(s) {
		v.format(field, FormatText)
		return false
	}
	// Short texts need no count: no text has more characters than bytes.
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

// name checks a text that must show something, such as the display name of a label.
func (v *validator) name(field, s string, limit int) {
	if v.requiredText(field, s, limit) && !v.stored && fold.Blank(s) {
		v.add(Violation{Field: field, Rule: RuleMinLength, Threshold: 1})
	}
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

// indexed returns the path of an item of a list.
func indexed(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

// checkList returns a copy of a list of an Info, each item checked and converted to its stored form. check makes copies
// of the memory that an item refers to, and names fields by their paths from the item.
func checkList[T any](v *validator, list string, given []T, check func(v *validator, item *T)) []T {
	n := v.size(list, len(given), itemsMax)
	items := ownCopy(v, given[:n])
	for i := range items {
		earlier := len(v.violations)
		check(v, &items[i])
		// Valid items, as nearly all are, cost no path.
		for j := range v.violations[earlier:] {
			violation := &v.violations[earlier+j]
			violation.Field = indexed(list, i) + violation.Field
		}
	}
	return items
}

func (v *validator) email(e *Email) {
	e.Tag = cmp.Or(e.Tag, EmailUntagged)
	checkEnum(v, ".tag", e.Tag)
	if e.Address == "" {
		v.add(Violation{Field: ".email", Rule: RuleMinLength, Threshold: 1})
	}
	v.emailAddress(".email", e.Address)
}

// emailAddress checks an optional email address (VAL-5). One that a store has accepted may be what earlier versions
// accepted: text on both sides of one "@".
func (v *validator) emailAddress(field, s string) {
	if s == "" || !v.text(field, s, emailMax) || mailbox.Valid(s) {
		return
	}
	local, domain, _ := strings.Cut(s, "@")
	if !v.stored || isSpaces(local) || isSpaces(domain) || strings.Contains(domain, "@") {
		v.format(field, FormatEmail)
	}
}

func isSpaces(s string) bool { return strings.TrimSpace(s) == "" }

func (v *validator) phone(p *Phone) {
	p.Tag = cmp.Or(p.Tag, PhoneUntagged)
	checkEnum(v, ".tag", p.Tag)
	ok := v.external(".countryCode", p.CountryCode, geo.ValidCountry, FormatCountry)
	ok = v.requiredText(".phone", p.Number, phoneMax) && ok
	if v.stored {
		v.text(".e164Phone", p.E164, dial.E164Max)
		v.text(".formattedPhone", p.Formatted, textMax)
		return
	}
	p.E164, p.Formatted = "", ""
	if ok {
		forms := v.phones.parse(p.Number, p.CountryCode)
		p.E164, p.Formatted = forms.E164, forms.Formatted
	}
}

func (v *validator) address(a *Address) {
	if !v.owned {
		*a = a.Clone()
	}
	a.Tag = cmp.Or(a.Tag, AddressUntagged)
	checkEnum(v, ".tag", a.Tag)
	if a.StreetAddress != nil && *a.StreetAddress == (StreetAddress{}) {
		a.StreetAddress = nil
	}
	if s := a.StreetAddress; s != nil {
		v.text(".address.streetAddress.number", s.Number, codeMax)
		v.text(".address.streetAddress.name", s.Name, textMax)
		v.text(".address.streetAddress.apt", s.Apt, codeMax)
		v.text(".address.streetAddress.formattedAddressLine", s.FormattedAddressLine, formattedMax)
		if a.AddressLine != "" {
			v.add(Violation{Field: ".address.addressLine", Rule: RuleCustom, RuleName: RuleNameOneOf})
		}
	}
	v.text(".address.addressLine", a.AddressLine, textMax)
	v.text(".address.addressLine2", a.AddressLine2, textMax)
	v.external(".address.country", a.Country, geo.ValidCountry, FormatCountry)
	v.external(".address.subdivision", a.Subdivision, geo.ValidSubdivision, FormatSubdivision)
	v.text(".address.city", a.City, textMax)
	v.text(".address.postalCode", a.PostalCode, codeMax)
	v.text(".address.formattedAddress", a.FormattedAddress, formattedMax)
	v.text(".address.hint", a.Hint, hintMax)
	if a.Geocode != nil {
		a.Geocode.Latitude, a.Geocode.Longitude = canonical(a.Geocode.Latitude), canonical(a.Geocode.Longitude)
	}
	// Only captured data has them, so input is ignored.
	a.CountryFullname, a.Subdivisions = "", nil
	if a.FormattedAddress == "" && !v.stored {
		a.FormattedAddress = formatAddress(*a)
	}
}

// external checks an optional text whose form is defined outside this package, such as a country code.
func (v *validator) external(field, s string, valid func(string) bool, f Format) bool {
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

// picture returns a checked copy of a picture, nil for an empty one.
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
	v.newText(field+".id", m.ID, imageTextMax)
	v.imageURL(field+".url", m.URL)
	v.pixels(field+".height", m.Height)
	v.pixels(field+".width", m.Width)
	v.newText(field+".altText", m.AltText, imageTextMax)
	v.newText(field+".filename", m.Filename, imageTextMax)
	m.URLExpirationDate = v.time(field+".urlExpirationDate", m.URLExpirationDate)
}

// newText is text for a limit that stored values need not keep: older versions of this library had none.
func (v *validator) newText(field, s string, limit int) bool {
	if v.stored {
		limit = 0
	}
	return v.text(field, s, limit)
}

func (v *validator) imageURL(field, s string) {
	if v.external(field, s, form.IsImageURL, FormatWebURL) {
		v.newText(field, s, urlMax)
	}
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

// guids returns a checked copy of a list of IDs. The nil UUID is a missing ID.
func (v *validator) guids(field string, given []uuid.UUID, limit int) []uuid.UUID {
	n := v.size(field, len(given), limit)
	for i, id := range given[:n] {
		if id == uuid.Nil {
			v.format(indexed(field, i), FormatGUID)
		}
	}
	return ownCopy(v, given[:n])
}

// quota checks a quota and returns it, or fallback if it is zero.
func (v *validator) quota(field string, given, fallback int) int {
	if given < 0 {
		v.add(Violation{Field: field, Rule: RuleMin, Threshold: 0})
	}
	return cmp.Or(given, fallback)
}

// writesMax is the largest number of operations of a batch, of rows in one commit of an import, and of contacts in one
// commit of a bulk call. It bounds how long a commit can keep other writers waiting.
const writesMax = 10_000

// batchSize checks the size of a batch and returns it, or fallback if it is zero.
func (v *validator) batchSize(given, fallback int) int {
	if given > writesMax {
		v.add(Violation{Field: "BatchSize", Rule: RuleMax, Threshold: writesMax})
	}
	return v.quota("BatchSize", given, fallback)
}

// source checks the source of a contact and returns it in its stored form, or fallback if it is empty.
func (v *validator) source(field string, given, fallback Source) Source {
	if given == (Source{}) {
		return fallback
	}
	given.SourceType = cmp.Or(given.SourceType, SourceOther)
	checkEnum(v, field+".sourceType", given.SourceType)
	v.text(field+".appId", given.AppID, textMax)
	v.text(field+".wixAppId", given.WixAppID, textMax)
	return given
}

// noRevisionLeft is the violation of a write to a contact that has its last revision.
var noRevisionLeft = Violation{Field: "revision", Rule: RuleMax, Threshold: lastRevision}

// revision checks the revision of an imported contact and returns it, or 1 if it has none (IMP-1).
func (v *validator) revision(field string, n int) int {
	most := revisionMax
	if v.stored {
		most = lastRevision
	}
	switch {
	case n < 0:
		v.add(Violation{Field: field, Rule: RuleMin, Threshold: 0})
	case n > most:
		v.add(Violation{Field: field, Rule: RuleMax, Threshold: most})
	}
	return cmp.Or(n, 1)
}

// activity checks an activity and returns it in its stored form. The zero Activity is valid and means none.
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
		v.imageURL(field+".icon.url", icon.URL)
	}
	return a
}

// time checks a time and returns it in its stored form.
func (v *validator) time(field string, t time.Time) time.Time {
	if !wire.Printable(t) {
		v.format(field, FormatTimestamp)
	}
	return wholeMillis(t)
}

// statuses returns the statuses of an imported contact, which it has for its primary email and phone (IMP-6). in is
// its Info in stored form. A status that cannot be kept is a violation unless it is NOT_SET: consent is never lost
// silently.
func (v *validator) statuses(c *Contact, in *Info) statuses {
	var st statuses
	primary := c.PrimaryEmail
	word := string(primary.SubscriptionStatus)
	v.emailStatus(&st, in, carried(c, "subscriptionStatus", word, fieldSubscription),
		func(st *emailStatus, word string) bool {
			status := SubscriptionStatus(word)
			if status != SubscriptionNoStatus {
				st.subscription = status
			}
			return status.Valid()
		})
	word = string(primary.DeliverabilityStatus)
	v.emailStatus(&st, in, carried(c, "deliverabilityStatus", word, fieldDeliverability),
		func(st *emailStatus, word string) bool {
			st.deliverability = EmailDeliverability(word)
			return st.deliverability.Valid()
		})
	v.phoneStatus(&st, in, c.PrimaryPhone)
	return st
}

// carriedStatus is a status of an imported contact and the email that it belongs to, with their paths.
type carriedStatus struct {
	word, path       string
	email, emailPath string
}

// carried returns the status in a member of PrimaryEmail or, if that is empty, in an extended field: captured contacts
// often have it only there.
func carried(c *Contact, member, word, field string) carriedStatus {
	if word != "" {
		return carriedStatus{word, "primaryEmail." + member, c.PrimaryEmail.Email, "primaryEmail.email"}
	}
	if word, _ = c.Info.ExtendedFields[field].(string); word == "" {
		return carriedStatus{}
	}
	email, _ := c.Info.ExtendedFields[fieldEffectiveEmail].(string)
	return carriedStatus{word, fieldPath(field), email, fieldPath(fieldEffectiveEmail)}
}

// emailStatus puts a carried status into st. set sets the status and reports whether the word is valid. A status
// without an email belongs to the primary email.
func (v *validator) emailStatus(
	st *statuses, in *Info, from carriedStatus, set func(st *emailStatus, word string) (valid bool),
) {
	if from.word == "" || from.word == string(SubscriptionNotSet) || from.word == string(EmailDeliverabilityNotSet) {
		return
	}
	email, onContact := in.emailOf(from.email)
	if from.email == "" && len(in.Emails) > 0 {
		email, onContact = in.Emails[0], true
	}
	before := st.email(email)
	after := before
	switch {
	case !set(&after, from.word):
		v.format(from.path, FormatEnum)
	case after == before:
	case !onContact:
		// Both statuses may name the same missing email.
		if missing := notOnContact(from.emailPath); !slices.Contains(v.violations, missing) {
			v.add(missing)
		}
	default:
		st.emails = with(st.emails, email.statusKey(), after, emailNotSet)
	}
}

// phoneStatus puts the carried status of a phone into st. A status without a number belongs to the primary phone.
func (v *validator) phoneStatus(st *statuses, in *Info, from PrimaryPhone) {
	switch status := from.SubscriptionStatus; {
	case status == "", status == SubscriptionNotSet, status == SubscriptionNoStatus:
	case !status.Valid():
		v.format("primaryPhone.subscriptionStatus", FormatEnum)
	default:
		phones := in.phonesOf(cmp.Or(from.E164, from.Phone), from.Phone, status)
		if from.E164 == "" && from.Phone == "" && len(in.Phones) > 0 && in.Phones[0].E164 != "" {
			phones = in.Phones[:1]
		}
		if phones == nil {
			v.add(notOnContact("primaryPhone.phone"))
			break
		}
		*st = st.setPhone(phones, status)
	}
	if status := from.DeliverabilityStatus; status != "" {
		checkEnum(v, "primaryPhone.deliverabilityStatus", status)
	}
}

// member returns a checked copy of a member in its stored form, nil for nil.
func (v *validator) member(field string, given *Member) *Member {
	if given == nil {
		return nil
	}
	m := given
	if !v.owned {
		m = given.Clone()
	}
	if m.MemberID == uuid.Nil {
		v.format(field+".memberId", FormatGUID)
	}
	m.SignupDate = v.time(field+".signupDate", m.SignupDate)
	v.emailAddress(field+".email", m.Email)
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
			v.requiredText(indexed(at, i), name, appNameMax)
		}
	}
	m.GroupIDs = v.guids(field+".groupInfo.groupIds", m.GroupIDs, groupsMax)
	return m
}

// key checks the key of a label or extended field, and that namespace is the part before the dot.
func (v *validator) key(path, namespace, key string) {
	prefix, _, _ := strings.Cut(key, ".")
	v.holds(path+".key", form.IsKey(key))
	v.holds(path+".namespace", namespace == prefix || !form.IsKey(key))
}

// dates checks the dates of a label or extended field.
func (v *validator) dates(path string, created, updated time.Time) {
	v.holds(path+".createdDate", !created.IsZero())
	v.holds(path+".updatedDate", !updated.Before(created))
}

// holds adds a violation unless ok is true, as it is for every value that a store has accepted.
func (v *validator) holds(field string, ok bool) {
	if !ok {
		v.add(Violation{Field: field, Rule: RuleCustom, RuleName: RuleNameStored})
	}
}

// sorts checks everything about a sort except whether its fields exist.
func (v *validator) sorts(sorts []Sort, sortsMax, fieldMax int) {
	for i, s := range sorts[:v.size("sort", len(sorts), sortsMax)] {
		at := indexed("sort", i)
		v.text(at+".fieldName", s.Field, fieldMax)
		if s.Order != "" {
			checkEnum(v, at+".order", s.Order)
		}
	}
}

// paging checks the requested page of a list.
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

// reported returns a checked copy of an activity that a caller reports (ACT-2). The zero Activity is valid and means
// none.
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

// identified reports whether the contact has a name, an email or a phone (CRT-1). A name or phone that shows nothing
// does not count.
func (in Info) identified() bool {
	return len(in.Emails) > 0 || slices.ContainsFunc(in.Phones, func(p Phone) bool { return !fold.Blank(p.Number) }) ||
		!fold.Blank(in.Name.First) || !fold.Blank(in.Name.Last)
}

// shareMemory makes texts share their memory with equal ones: many contacts have the same few label keys.
func shareMemory(texts []string) {
	for i, s := range texts {
		texts[i] = unique.Make(s).Value()
	}
}

// distinct returns the keys in order, without repetitions.
func distinct[T comparable](keys []T) []T {
	if len(keys) == 0 {
		return nil
	}
	out := make([]T, 0, len(keys))
	const few = 16 // up to this number it is faster to compare them
	if len(keys) <= few {
		for _, key := range keys {
			if !slices.Contains(out, key) {
				out = append(out, key)
			}
		}
		return out
	}
	seen := make(map[T]bool, len(keys))
	for _, key := range keys {
		if !seen[key] {
			seen[key] = true
			out = append(out, key)
		}
	}
	return out
}

// distinctIDs reports whether every item has an ID that no other item of its list has.
func (in *Info) distinctIDs() bool {
	return distinctIDs(in.Emails, (*Email).id) && distinctIDs(in.Phones, (*Phone).id) &&
		distinctIDs(in.Addresses, (*Address).id)
}

// distinctIDs reports whether every item has an ID that no other item has.
func distinctIDs[T any](items []T, id func(*T) *uuid.UUID) bool {
	for i := range items {
		if own := id(&items[i]); *own == uuid.Nil || hasID(items[:i], *own, id) {
			return false
		}
	}
	return true
}

// wholeMillis returns t in the stored form of times: UTC, whole milliseconds (STO-3).
func wholeMillis(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}
