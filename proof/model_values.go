package proof

import (
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/nyaruka/phonenumbers/v2"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/geo"
)

// The words of the enums, from section 1.13 of the contract (VAL-8).
var (
	emailTags      = []contacts.EmailTag{"UNTAGGED", "MAIN", "HOME", "WORK"}
	phoneTags      = []contacts.PhoneTag{"UNTAGGED", "MAIN", "HOME", "MOBILE", "WORK", "FAX"}
	addressTags    = []contacts.AddressTag{"UNTAGGED", "HOME", "WORK", "BILLING", "SHIPPING"}
	imageProviders = []contacts.ImageProvider{"UNKNOWN", "EXTERNAL", "WIX_MEDIA"}
	sourceTypes    = []contacts.SourceType{
		"OTHER", "ADMIN", "WIX_APP", "IMPORT", "THIRD_PARTY", "WIX_BOOKINGS", "WIX_CHAT", "WIX_EMAIL_MARKETING",
		"WIX_EVENTS", "WIX_FORMS", "WIX_GROUPS", "WIX_HOTELS", "WIX_MARKET_PLACE", "WIX_MUSIC", "WIX_RESTAURANTS",
		"WIX_SITE_MEMBERS", "WIX_STORES", "WIX_CODE", "HOPP",
	}
	memberStatuses  = []contacts.MemberStatus{"PENDING", "ACTIVE", "DELETED", "BLOCKED", "OFFLINE"}
	privacyStatuses = []contacts.PrivacyStatus{"PRIVATE", "PUBLIC"}
	roles           = []contacts.Role{"UNSPECIFIED_ROLE", "OWNER", "CONTRIBUTOR"}
	dataTypes       = []contacts.DataType{"TEXT", "NUMBER", "DATE", "URL"}

	subscriptionWords = []contacts.SubscriptionStatus{
		"NO_SUBSCRIPTION_STATUS", "NOT_SET", "PENDING", "SUBSCRIBED", "UNSUBSCRIBED",
	}
	emailDeliverabilityWords = []contacts.EmailDeliverability{
		"NOT_SET", "VALID", "BOUNCED", "SPAM_COMPLAINT", "INACTIVE",
	}
	phoneDeliverabilityWords = []contacts.PhoneDeliverability{"NO_PHONE_DELIVERABILITY_STATUS", "NOT_SET"}
	activityWords            = []contacts.ActivityType{
		"GENERAL", "CONTACT_CREATED", "MEMBER_LOGIN", "MEMBER_REGISTER", "MEMBER_STATUS_CHANGED", "FORM_SUBMITTED",
		"INBOX_FORM_SUBMITTED", "INBOX_PAYMENT_REQUEST_PAID", "INBOX_MESSAGE_TO_CUSTOMER",
		"INBOX_MESSAGE_FROM_CUSTOMER", "NEWSLETTER_SUBSCRIPTION_FORM_SUBMITTED",
		"NEWSLETTER_SUBSCRIPTION_UNSUBSCRIBE", "ECOM_PURCHASE", "ECOM_CART_ABANDON", "ECOM_CHECKOUT_BUYER",
		"BOOKINGS_APPOINTMENT", "HOTELS_RESERVATION", "HOTELS_PURCHASE", "HOTELS_CONFIRMATION", "HOTELS_CANCEL",
		"VIDEO_PURCHASE", "VIDEO_RENT", "CASHIER_BUTTON_PURCHASE", "ARENA_NEW_LEAD", "EVENTS_RSVP", "INVOICE_PAY",
		"INVOICE_OVERDUE", "PRICE_QUOTE_ACCEPT", "PRICE_QUOTE_EXPIRE", "RESTAURANTS_ORDER", "RESTAURANTS_RESERVATION",
		"SHOUTOUT_OPEN", "SHOUTOUT_CLICK", "CONTACT_MERGED", "NEWSLETTER_SUBSCRIPTION_SUBSCRIBE",
		"NEWSLETTER_SUBSCRIPTION_PENDING", "NEWSLETTER_SUBSCRIPTION_NOT_SET", "PHONE_SUBSCRIPTION_SUBSCRIBE",
		"PHONE_SUBSCRIPTION_PENDING", "PHONE_SUBSCRIPTION_NOT_SET", "PHONE_SUBSCRIPTION_UNSUBSCRIBE",
	}
)

// The valid values in the pools of the generator. The model needs to know no others.
var (
	regions      = []string{"", "ZZ", "US", "DE"}
	goodLocales  = []string{"en", "en-US", "de-DE", "pt-BR", "zh-Hant-TW"}
	goodImageURL = []string{
		"https://example.com/p.png", "http://example.com", "HTTPS://example.com:8080/x?y#z", "https://x.io/i",
		"wix:image://v1/a/b.png", "wix:image://v1/x",
	}
)

// longImageURL has one character too many.
var longImageURL = "https://x.io/" + strings.Repeat("ä", 4097-len("https://x.io/"))

// checks collects violations in the order of the fields (VAL-1) and converts values to the stored form.
type checks struct {
	list   []contacts.Violation
	region string
}

func (k *checks) add(v contacts.Violation) { k.list = append(k.list, v) }

func (k *checks) format(field string, f contacts.Format) {
	k.add(contacts.Violation{Field: field, Rule: contacts.RuleFormat, Format: f})
}

func (k *checks) err(id uuid.UUID) error {
	return &contacts.Error{Code: contacts.ErrInvalid, ID: id, Violations: k.list}
}

// size checks the size of a list. It returns the number of items to check.
func (k *checks) size(field string, n, most int) int {
	if n > most {
		k.add(contacts.Violation{Field: field, Rule: contacts.RuleMaxSize, Threshold: most})
		return most
	}
	return n
}

func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) } // VAL-4

func (k *checks) text(field, s string, most int) bool {
	switch {
	case !storable(s):
		k.format(field, contacts.FormatText)
	case most > 0 && utf8.RuneCountInString(s) > most: // VAL-2
		k.add(contacts.Violation{Field: field, Rule: contacts.RuleMaxLength, Threshold: most})
	default:
		return true
	}
	return false
}

func (k *checks) required(field, s string, most int) bool {
	if s == "" {
		k.add(contacts.Violation{Field: field, Rule: contacts.RuleMinLength, Threshold: 1})
		return false
	}
	return k.text(field, s, most)
}

func word[E ~string](k *checks, field string, e E, words []E) {
	if !slices.Contains(words, e) {
		k.format(field, contacts.FormatEnum)
	}
}

func (k *checks) time(field string, t time.Time) time.Time {
	if year := t.UTC().Year(); year < 0 || year > 9999 { // STO-3
		k.format(field, contacts.FormatTimestamp)
	}
	return millis(t)
}

func millis(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond()/1e6*1e6, time.UTC)
}

func (k *checks) guids(field string, ids []uuid.UUID, most int) []uuid.UUID {
	n := k.size(field, len(ids), most)
	for i, id := range ids[:n] {
		if id == uuid.Nil { // VAL-12
			k.format(field+"["+strconv.Itoa(i)+"]", contacts.FormatGUID)
		}
	}
	return slices.Clone(ids[:n])
}

// wholeOf returns the patch that sets all of an info.
func wholeOf(in contacts.Info) contacts.Patch {
	return contacts.Patch{
		FirstName: contacts.Set(in.Name.First), LastName: contacts.Set(in.Name.Last),
		Emails: contacts.Set(in.Emails), Phones: contacts.Set(in.Phones), Addresses: contacts.Set(in.Addresses),
		Company: contacts.Set(in.Company), JobTitle: contacts.Set(in.JobTitle), Birthdate: contacts.Set(in.Birthdate),
		Locale: contacts.Set(in.Locale), LabelKeys: contacts.Set(in.LabelKeys), Picture: contacts.Set(in.Picture),
		ExtendedFields: contacts.Set(in.ExtendedFields),
		Locations:      contacts.Set(in.Locations), AssignedUserIDs: contacts.Set(in.AssignedUserIDs),
	}
}

func given[T any](o contacts.Opt[T]) bool { _, ok := o.Get(); return ok }

func emptyPatch(p contacts.Patch) bool {
	return !given(p.FirstName) && !given(p.LastName) && !given(p.Emails) && !given(p.Phones) && !given(p.Addresses) &&
		!given(p.Company) && !given(p.JobTitle) && !given(p.Birthdate) && !given(p.Locale) && !given(p.LabelKeys) &&
		!given(p.ExtendedFields) && !given(p.Picture) && !given(p.Locations) && !given(p.AssignedUserIDs) &&
		len(p.SetFields) == 0
}

func itemsOf(p contacts.Patch) int {
	emails, _ := p.Emails.Get()
	phones, _ := p.Phones.Get()
	addresses, _ := p.Addresses.Get()
	return len(emails) + len(phones) + len(addresses)
}

// patch makes the checks that do not depend on the contents of the store (VAL-1). It returns a copy in the stored form.
func (k *checks) patch(p contacts.Patch) contacts.Patch {
	plain := func(field string, o contacts.Opt[string]) {
		s, _ := o.Get()
		k.text(field, s, 1000)
	}
	plain("info.name.first", p.FirstName)
	plain("info.name.last", p.LastName)
	if list, ok := p.Emails.Get(); ok {
		p.Emails = contacts.Set(k.emails(list))
	}
	if list, ok := p.Phones.Get(); ok {
		p.Phones = contacts.Set(k.phones(list))
	}
	if list, ok := p.Addresses.Get(); ok {
		p.Addresses = contacts.Set(k.addresses(list))
	}
	plain("info.company", p.Company)
	plain("info.jobTitle", p.JobTitle)
	if s, _ := p.Birthdate.Get(); s != "" && !isDate(s) {
		k.format("info.birthdate", contacts.FormatLocalDate)
	}
	if s, ok := p.Locale.Get(); ok && s != "" { // VAL-10
		if !slices.ContainsFunc(goodLocales, func(good string) bool { return strings.EqualFold(good, s) }) {
			k.format("info.locale", contacts.FormatLanguageTag)
		}
		p.Locale = contacts.Set(strings.ToLower(s))
	}
	if keys, ok := p.LabelKeys.Get(); ok {
		p.LabelKeys = contacts.Set(once(keys[:k.size("info.labelKeys.items", len(keys), 2000)]))
	}
	if values, ok := p.ExtendedFields.Get(); ok {
		p.ExtendedFields = contacts.Set(writable(values))
	}
	p.SetFields = writable(p.SetFields)
	if picture, ok := p.Picture.Get(); ok {
		p.Picture = contacts.Set(k.picture(picture))
	}
	if ids, ok := p.Locations.Get(); ok {
		p.Locations = contacts.Set(k.guids("info.locations.items", ids, 50))
	}
	if ids, ok := p.AssignedUserIDs.Get(); ok {
		p.AssignedUserIDs = contacts.Set(k.guids("info.assignedUserIds.items", ids, 50))
	}
	return p
}

// once drops repeated keys (LBL-3).
func once(keys []string) []string {
	var out []string
	for _, key := range keys {
		if !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	return out
}

// writable drops the values that callers cannot write (FLD-2).
func writable(values map[string]any) map[string]any {
	out := make(map[string]any)
	for key, v := range values {
		if !readOnly(key) {
			out[key] = v
		}
	}
	return out
}

func (k *checks) emails(list []contacts.Email) []contacts.Email {
	list = slices.Clone(list[:k.size("info.emails.items", len(list), 50)])
	for i := range list {
		e := &list[i]
		at := "info.emails.items[" + strconv.Itoa(i) + "]"
		if e.Tag == "" {
			e.Tag = contacts.EmailUntagged
		}
		word(k, at+".tag", e.Tag, emailTags)
		if k.required(at+".email", e.Address, 320) && !isEmail(e.Address) {
			k.format(at+".email", contacts.FormatEmail)
		}
	}
	return list
}

func (k *checks) phones(list []contacts.Phone) []contacts.Phone {
	list = slices.Clone(list[:k.size("info.phones.items", len(list), 50)])
	for i := range list {
		p := &list[i]
		at := "info.phones.items[" + strconv.Itoa(i) + "]"
		if p.Tag == "" {
			p.Tag = contacts.PhoneUntagged
		}
		word(k, at+".tag", p.Tag, phoneTags)
		good := p.CountryCode == "" || isCountry(p.CountryCode)
		if !good {
			k.format(at+".countryCode", contacts.FormatCountry)
		}
		p.E164, p.Formatted = "", "" // VAL-14
		if k.required(at+".phone", p.Number, 50) && good {
			p.E164, p.Formatted = phoneForms(p.Number, p.CountryCode, k.region)
		}
	}
	return list
}

var phoneMemo sync.Map

// phoneForms returns the forms of a phone number (PHN-1 to PHN-7).
func phoneForms(number, country, otherwise string) (e164, formatted string) {
	region := country
	if region == "" {
		region = otherwise
	}
	if region == "" {
		return "", ""
	}
	type key struct{ number, region string }
	if forms, ok := phoneMemo.Load(key{number, region}); ok {
		f := forms.([2]string)
		return f[0], f[1]
	}
	if n := numberIn(number, region); n != nil {
		e164 = phonenumbers.Format(n, phonenumbers.E164)
		formatted = phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
	}
	phoneMemo.Store(key{number, region}, [2]string{e164, formatted})
	return e164, formatted
}

// countryCodes are those of VAL-6.
var countryCodes = func() map[string]bool {
	codes := make(map[string]bool)
	for code := range strings.FieldsSeq(isoCountries + " XK") {
		codes[code] = true
	}
	return codes
}()

const isoCountries = `
	AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
	CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
	GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT
	JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY
	MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM
	PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
	SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
	UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`

func isCountry(s string) bool { return countryCodes[s] }

// isSubdivision reports whether a text has the form of the code of a subdivision (VAL-7).
func isSubdivision(s string) bool {
	if len(s) < len("US-N") || len(s) > len("US-NYC") || s[2] != '-' || !isCountry(s[:2]) {
		return false
	}
	for _, c := range s[3:] {
		if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", c) {
			return false
		}
	}
	return true
}

// isDate reports whether a text is a date (VAL-9).
func isDate(s string) bool {
	t, err := time.Parse("2006-01-02", s)
	return err == nil && t.Format("2006-01-02") == s
}

func (k *checks) addresses(list []contacts.Address) []contacts.Address {
	list = slices.Clone(list[:k.size("info.addresses.items", len(list), 50)])
	for i := range list {
		a := &list[i]
		at := "info.addresses.items[" + strconv.Itoa(i) + "]"
		if a.Tag == "" {
			a.Tag = contacts.AddressUntagged
		}
		word(k, at+".tag", a.Tag, addressTags)
		at += ".address"
		if a.StreetAddress != nil && *a.StreetAddress == (contacts.StreetAddress{}) { // VAL-13
			a.StreetAddress = nil
		}
		if s := a.StreetAddress; s != nil {
			k.text(at+".streetAddress.number", s.Number, 100)
			k.text(at+".streetAddress.name", s.Name, 1000)
			k.text(at+".streetAddress.apt", s.Apt, 100)
			k.text(at+".streetAddress.formattedAddressLine", s.FormattedAddressLine, 2000)
			if a.AddressLine != "" {
				k.add(contacts.Violation{
					Field: at + ".addressLine", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameOneOf,
				})
			}
		}
		k.text(at+".addressLine", a.AddressLine, 1000)
		k.text(at+".addressLine2", a.AddressLine2, 1000)
		if a.Country != "" && !isCountry(a.Country) {
			k.format(at+".country", contacts.FormatCountry)
		}
		if a.Subdivision != "" && !isSubdivision(a.Subdivision) {
			k.format(at+".subdivision", contacts.FormatSubdivision)
		}
		k.text(at+".city", a.City, 1000)
		k.text(at+".postalCode", a.PostalCode, 100)
		k.text(at+".formattedAddress", a.FormattedAddress, 2000)
		k.text(at+".hint", a.Hint, 200)
		a.CountryFullname, a.Subdivisions = "", nil // VAL-14
		if a.FormattedAddress == "" && len(k.list) == 0 {
			a.FormattedAddress = addressLines(a)
		}
	}
	return list
}

// addressLines formats an address (DRV-5).
func addressLines(a *contacts.Address) string {
	street := a.AddressLine
	if s := a.StreetAddress; s != nil {
		street = s.FormattedAddressLine
		if blank(street) {
			street = join(" ", s.Number, s.Name, s.Apt)
		}
	}
	place := join(" ", a.PostalCode, a.City)
	if a.Subdivision != "" {
		name := a.Subdivision[3:]
		if known := geo.SubdivisionName(a.Subdivision); known != "" {
			name = known
		}
		place = join(", ", a.City, join(" ", name, a.PostalCode))
	}
	lines := []rune(join("\n", street, a.AddressLine2, place, geo.CountryName(a.Country)))
	if len(lines) > 2000 {
		lines = lines[:2000]
	}
	return string(lines)
}

func join(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, blank), separator)
}

// picture checks a picture. An empty one becomes nil (VAL-11).
func (k *checks) picture(given *contacts.Picture) *contacts.Picture {
	if given == nil || same(*given, contacts.Picture{}) {
		return nil
	}
	p := *given
	k.image("info.picture.image", &p.Image)
	if p.ImageProvider != "" {
		word(k, "info.picture.imageProvider", p.ImageProvider, imageProviders)
	}
	return &p
}

func (k *checks) imageURL(field, url string) {
	switch {
	case url == "", slices.Contains(goodImageURL, url):
	case url == longImageURL:
		k.text(field, url, 4096)
	default:
		k.format(field, contacts.FormatWebURL)
	}
}

func (k *checks) image(field string, m *contacts.Image) {
	k.text(field+".id", m.ID, 1000) // VAL-20
	k.imageURL(field+".url", m.URL)
	for _, side := range []struct {
		name string
		n    int
	}{{".height", m.Height}, {".width", m.Width}} {
		if side.n < 0 {
			k.add(contacts.Violation{Field: field + side.name, Rule: contacts.RuleMin})
		}
		if side.n > math.MaxInt32 {
			k.add(contacts.Violation{Field: field + side.name, Rule: contacts.RuleMax, Threshold: math.MaxInt32})
		}
	}
	k.text(field+".altText", m.AltText, 1000)
	k.text(field+".filename", m.Filename, 1000)
	m.URLExpirationDate = k.time(field+".urlExpirationDate", m.URLExpirationDate)
}

// source checks a source and completes it (SRC-1).
func (k *checks) source(field string, given, otherwise contacts.Source) contacts.Source {
	if given == (contacts.Source{}) {
		return otherwise
	}
	if given.SourceType == "" {
		given.SourceType = contacts.SourceOther
	}
	word(k, field+".sourceType", given.SourceType, sourceTypes)
	k.text(field+".appId", given.AppID, 1000)
	k.text(field+".wixAppId", given.WixAppID, 1000)
	return given
}

// member checks member data (MEM-6).
func (k *checks) member(field string, given *contacts.Member) *contacts.Member {
	if given == nil {
		return nil
	}
	m := *given
	if m.MemberID == uuid.Nil {
		k.format(field+".memberId", contacts.FormatGUID)
	}
	m.SignupDate = k.time(field+".signupDate", m.SignupDate)
	if m.Email != "" && k.text(field+".email", m.Email, 320) && !isEmail(m.Email) {
		k.format(field+".email", contacts.FormatEmail)
	}
	if m.Status == "" {
		m.Status = contacts.MemberPending
	}
	word(k, field+".status", m.Status, memberStatuses)
	if m.Profile != nil {
		p := *m.Profile
		m.Profile = &p
		k.text(field+".profileInfo.nickname", p.Nickname, 255)
		if p.PrivacyStatus == "" {
			p.PrivacyStatus = contacts.PrivacyPrivate
		}
		word(k, field+".profileInfo.privacyStatus", p.PrivacyStatus, privacyStatuses)
		if p.Photo != nil {
			photo := *p.Photo
			p.Photo = &photo
			k.image(field+".profileInfo.photo", &photo)
		}
	}
	if m.User != nil {
		u := *m.User
		m.User = &u
		if u.Role == "" {
			u.Role = contacts.RoleUnspecified
		}
		word(k, field+".userInfo.role", u.Role, roles)
	}
	if m.Session != nil {
		s := *m.Session
		m.Session = &s
		s.LastWebLogin = k.time(field+".sessionInfo.lastWebLogin", s.LastWebLogin)
		s.LastMobileLogin = k.time(field+".sessionInfo.lastMobileLogin", s.LastMobileLogin)
		names := field + ".sessionInfo.mobileAppNames"
		for i, name := range s.MobileAppNames[:k.size(names, len(s.MobileAppNames), 50)] {
			k.required(names+"["+strconv.Itoa(i)+"]", name, 50)
		}
	}
	m.GroupIDs = k.guids(field+".groupInfo.groupIds", m.GroupIDs, 1000)
	return &m
}

// Primary items.

// manyPrimaries reports whether several emails or several phones are primary (PRI-1).
func manyPrimaries(emails []contacts.Email, phones []contacts.Phone) bool {
	a, b := 0, 0
	for _, e := range emails {
		if e.Primary {
			a++
		}
	}
	for _, p := range phones {
		if p.Primary {
			b++
		}
	}
	return a > 1 || b > 1
}

func primaryEmailFirst(list []contacts.Email) []contacts.Email {
	return primaryFirst(list, func(e *contacts.Email) *bool { return &e.Primary })
}

func primaryPhoneFirst(list []contacts.Phone) []contacts.Phone {
	return primaryFirst(list, func(p *contacts.Phone) *bool { return &p.Primary })
}

// primaryFirst returns a list with the primary item in front. Without one, the first becomes primary (PRI-2, PRI-3).
func primaryFirst[T any](list []T, primary func(*T) *bool) []T {
	at := max(0, slices.IndexFunc(list, func(item T) bool { return *primary(&item) }))
	var out []T
	for i, item := range list {
		if i != at {
			out = append(out, item)
			continue
		}
		*primary(&item) = true
		out = slices.Insert(out, 0, item)
	}
	return out
}

// identified reports whether a contact has a name, an email or a phone (CRT-1).
func identified(in *contacts.Info) bool {
	shown := func(p contacts.Phone) bool { return !blank(p.Number) }
	return len(in.Emails) > 0 || slices.ContainsFunc(in.Phones, shown) || !blank(in.Name.First+in.Name.Last)
}

// hasEmail finds an email of the contact and returns its folded form.
func hasEmail(in *contacts.Info, address string) (string, bool) {
	for _, e := range in.Emails {
		if fold(e.Address) == fold(address) && (storable(address) || e.Address == address) {
			return fold(address), true
		}
	}
	return "", false
}

// numbersAt returns the numbers, with extensions, of the phones at an address that a status is for (SUB-5). If several
// phones are at the address, the typed text tells which one is meant.
func numbersAt(in *contacts.Info, address, typed string, status contacts.SubscriptionStatus) []string {
	var best, all []string
	rank := 0
	for _, p := range in.Phones {
		text := strings.TrimSpace(p.Number)
		own := 0
		switch {
		case p.E164 == "":
		case p.E164 == address && text == strings.TrimSpace(typed):
			own = 4
		case numberOf(p) == address:
			own = 3
		case p.E164 == address:
			own = 2
		case text == strings.TrimSpace(address):
			own = 1
		}
		if own > 1 && p.E164 == address {
			all = append(all, numberOf(p))
		}
		if own > rank {
			rank, best = own, []string{numberOf(p)}
		}
	}
	if status == contacts.SubscriptionUnsubscribed && all != nil {
		return all
	}
	return best
}

// Statuses (SUB-1, SUB-2).

var notSet = emailState{contacts.SubscriptionNotSet, contacts.EmailDeliverabilityNotSet}

func (p *person) emailState(key string) emailState {
	if state, ok := p.emails[key]; ok {
		return state
	}
	return notSet
}

func (p *person) setEmailState(key string, state emailState) {
	states := map[string]emailState{}
	for other, s := range p.emails {
		states[other] = s
	}
	if states[key] = state; state == notSet {
		delete(states, key)
	}
	p.emails = states
}

func (p *person) setPhoneStates(numbers []string, state contacts.SubscriptionStatus) {
	for _, number := range numbers {
		p.setPhoneState(number, state)
	}
}

func (p *person) phoneState(number string) contacts.SubscriptionStatus {
	if state, ok := p.phones[number]; ok {
		return state
	}
	return contacts.SubscriptionNotSet
}

func (p *person) setPhoneState(number string, state contacts.SubscriptionStatus) {
	states := map[string]contacts.SubscriptionStatus{}
	for other, s := range p.phones {
		states[other] = s
	}
	if states[number] = state; state == contacts.SubscriptionNotSet {
		delete(states, number)
	}
	p.phones = states
}

// forget drops the statuses of addresses that the contact no longer has.
func (p *person) forget() {
	emails, phones := map[string]emailState{}, map[string]contacts.SubscriptionStatus{}
	for _, e := range p.contact.Info.Emails {
		if state, ok := p.emails[fold(e.Address)]; ok {
			emails[fold(e.Address)] = state
		}
	}
	for _, t := range p.contact.Info.Phones {
		if state, ok := p.phones[numberOf(t)]; ok {
			phones[numberOf(t)] = state
		}
	}
	p.emails, p.phones = emails, phones
}

// derive computes all derived values (DRV-1 to DRV-6, PRI-5, MEM-4).
func (p *person) derive() {
	c := &p.contact
	c.PrimaryInfo, c.PrimaryEmail = contacts.PrimaryInfo{}, contacts.PrimaryEmail{}
	c.PrimaryPhone = contacts.PrimaryPhone{}
	values := make(map[string]any)
	for key, v := range c.Info.ExtendedFields {
		if !derived(key) {
			values[key] = v
		}
	}
	if len(c.Info.Emails) > 0 {
		e := c.Info.Emails[0]
		state := p.emailState(fold(e.Address))
		c.PrimaryInfo.Email = e.Address
		c.PrimaryEmail = contacts.PrimaryEmail{
			Email: e.Address, SubscriptionStatus: state.subscription, DeliverabilityStatus: state.deliverability,
		}
		values["emailSubscriptions.effectiveEmail"] = e.Address
		values["emailSubscriptions.subscriptionStatus"] = string(state.subscription)
		values["emailSubscriptions.deliverabilityStatus"] = string(state.deliverability)
	}
	if len(c.Info.Phones) > 0 {
		t := c.Info.Phones[0]
		c.PrimaryInfo.Phone = t.Number
		c.PrimaryPhone = contacts.PrimaryPhone{
			Phone: t.Number, CountryCode: t.CountryCode, E164: t.E164, Formatted: t.Formatted,
			SubscriptionStatus:   contacts.SubscriptionNoStatus,
			DeliverabilityStatus: contacts.PhoneDeliverabilityNoStatus,
		}
		if t.E164 != "" {
			c.PrimaryPhone.SubscriptionStatus = p.phoneState(numberOf(t))
			c.PrimaryPhone.DeliverabilityStatus = contacts.PhoneDeliverabilityNotSet
		}
	}
	if first, last := c.Info.Name.First, c.Info.Name.Last; !blank(first + last) {
		values["contacts.displayByFirstName"] = join(" ", first, last)
		values["contacts.displayByLastName"] = join(" ", last, first)
	}
	if c.Member != nil {
		status := contacts.MembershipInactive
		switch c.Member.Status {
		case contacts.MemberActive:
			status = contacts.MembershipApproved
		case contacts.MemberPending:
			status = contacts.MembershipPending
		case contacts.MemberBlocked:
			status = contacts.MembershipDenied
		}
		values["members.membershipStatus"] = string(status)
	}
	c.Info.ExtendedFields = values
}

// Values of extended fields.

func fieldPath(key string) string { return "info.extendedFields.items." + key }

var formatOf = map[contacts.DataType]contacts.Format{
	contacts.DataText: contacts.FormatString, contacts.DataNumber: contacts.FormatNumber,
	contacts.DataDate: contacts.FormatLocalDate, contacts.DataURL: contacts.FormatWebURL,
}

// fieldValue converts a value to the stored form, nil for no value (FLD-5 to FLD-7). It reports whether the value is
// valid.
func fieldValue(v any, t contacts.DataType) (any, bool) {
	if v == nil || v == "" {
		return nil, true
	}
	s, isText := v.(string)
	if isText && !storable(s) {
		return nil, false
	}
	switch t {
	case contacts.DataText:
		return s, isText
	case contacts.DataDate:
		return s, isText && isDate(s)
	case contacts.DataURL:
		s, ok := fieldURL(s)
		return s, isText && ok
	}
	return number(v)
}

// isNumber reports whether a value makes a new field NUMBER (IMP-8). The value itself may still be refused.
func isNumber(v any) bool {
	switch v.(type) {
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64, json.Number:
		return true
	}
	return false
}

// number converts a number to float64 if that is exact (FLD-6).
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return whole(big.NewInt(int64(v)))
	case int64:
		return whole(big.NewInt(v))
	case uint64:
		return whole(new(big.Int).SetUint64(v))
	case uint8:
		return float64(v), true
	case float32:
		return number(float64(v))
	case float64:
		return v + 0, v == v && v <= math.MaxFloat64 && v >= -math.MaxFloat64 // + 0: -0 is stored as 0
	case json.Number:
		if i, ok := new(big.Int).SetString(string(v), 10); ok && json.Valid([]byte(v)) {
			return whole(i)
		}
		f, err := strconv.ParseFloat(string(v), 64)
		return f + 0, err == nil && json.Valid([]byte(v))
	}
	return 0, false
}

func whole(i *big.Int) (float64, bool) {
	f, accuracy := new(big.Float).SetInt(i).Float64()
	return f, accuracy == big.Exact
}

// fieldURL converts the value of a URL field (FLD-5).
func fieldURL(s string) (string, bool) {
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return "", false
		}
	}
	scheme, rest, ok := strings.Cut(s, "://")
	for i, r := range scheme {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+.-", r)) {
			ok = false
		}
	}
	if !ok || scheme == "" {
		s, rest = "https://"+s, s
	}
	host := rest
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	host, _, _ = strings.Cut(host, ":")
	return s, host != ""
}
