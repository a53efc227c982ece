package contactstest

import (
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// queryKind is how values of a field are compared.
type queryKind int

const (
	filterText queryKind = iota
	filterCustom
	filterEquality // text without $startsWith
	filterTime
	filterDate
	filterNumber
	filterSubscription
	filterDeliverability
	filterMembership
	filterLabels
	filterIDs
	filterID
	filterExists
)

// queryField is a field by which contacts are filtered.
type queryField struct {
	path   string
	kind   queryKind
	values func(g *Gen) string // for the kinds of text
}

// queryFields are the fields of every store, except extended fields whose operators differ from those of their type.
var queryFields = []queryField{
	{path: "id", kind: filterID},
	{path: "createdDate", kind: filterTime},
	{path: "updatedDate", kind: filterTime},
	{path: "lastActivity.activityDate", kind: filterTime},
	{"primaryInfo.email", filterText, (*Gen).knownEmail},
	{"primaryInfo.phone", filterText, (*Gen).knownNumber},
	{"primaryEmail.email", filterText, (*Gen).knownEmail},
	{path: "primaryEmail.subscriptionStatus", kind: filterSubscription},
	{path: "primaryEmail.deliverabilityStatus", kind: filterDeliverability},
	{"primaryPhone.phone", filterText, (*Gen).knownNumber},
	{"primaryPhone.e164Phone", filterText, (*Gen).knownE164},
	{"primaryPhone.formattedPhone", filterText, (*Gen).knownE164},
	{"primaryPhone.countryCode", filterText, (*Gen).country},
	{path: "primaryPhone.subscriptionStatus", kind: filterSubscription},
	{"info.name.first", filterText, func(g *Gen) string { return g.knownName().First }},
	{"info.name.last", filterText, func(g *Gen) string { return g.knownName().Last }},
	{"info.emails.email", filterText, (*Gen).knownEmail},
	{"info.phones.phone", filterText, (*Gen).knownNumber},
	{"info.phones.e164Phone", filterText, (*Gen).knownE164},
	{"info.addresses.street", filterText, func(g *Gen) string { return pickFrom(g, pickFrom(g, cultures).streets) }},
	{"info.addresses.city", filterText, func(g *Gen) string { return pickFrom(g, pickFrom(g, cultures).cities) }},
	{"info.addresses.subdivision", filterEquality, func(g *Gen) string { return pick(g, "US-NY", "FR-2A", "JP-13") }},
	{"info.addresses.country", filterEquality, (*Gen).country},
	{"info.company", filterText, (*Gen).knownCompany},
	{"info.jobTitle", filterText, func(g *Gen) string { return pick(g, "Analyst", "Botanist") }},
	{path: "info.birthdate", kind: filterDate},
	{"info.locale", filterEquality, func(g *Gen) string { return pickFrom(g, cultures).locale }},
	{path: "info.labelKeys", kind: filterLabels},
	{path: "info.locations", kind: filterIDs},
	{path: "info.extendedFields.members.membershipStatus", kind: filterMembership},
	{path: "info.extendedFields.emailSubscriptions.subscriptionStatus", kind: filterSubscription},
	{path: "info.extendedFields.emailSubscriptions.deliverabilityStatus", kind: filterDeliverability},
	{path: "info.extendedFields.emailSubscriptions.effectiveEmail", kind: filterExists},
	{"info.extendedFields.contacts.displayByFirstName", filterCustom, func(g *Gen) string {
		return g.knownName().First
	}},
	{path: "info.extendedFields.ecom.numOfPurchases", kind: filterNumber},
}

// sortFields are the fields by which every store sorts contacts.
var sortFields = []string{
	"createdDate", "lastActivity.activityDate", "primaryInfo.email", "primaryEmail.email",
	"primaryPhone.formattedPhone", "primaryPhone.countryCode", "info.name.first", "info.name.last", "info.company",
	"info.jobTitle", "info.birthdate", "info.extendedFields.contacts.displayByLastName",
	"info.extendedFields.ecom.totalSpentAmount",
}

// Filter returns a filter of contacts that compiles where Gen.Fields are defined. It uses every field and operator, and
// mostly values that the generator has made before.
func (g *Gen) Filter() contacts.Filter { return g.filter(2) }

func (g *Gen) filter(depth int) contacts.Filter {
	n := g.n(8)
	if depth == 0 || n < 5 {
		return g.condition()
	}
	if n == 7 {
		return contacts.Not(g.filter(depth - 1))
	}
	parts := []contacts.Filter{g.filter(depth - 1), g.filter(depth - 1)}
	for range g.n(2) {
		parts = append(parts, g.filter(depth-1))
	}
	if n == 5 {
		return contacts.And(parts...)
	}
	return contacts.Or(parts...)
}

// condition returns a filter with one condition on a field.
func (g *Gen) condition() contacts.Filter {
	i := g.n(len(queryFields) + len(g.Fields))
	if i < len(queryFields) {
		return queryFields[i].filter(g)
	}
	field := g.Fields[i-len(queryFields)]
	f := queryField{path: "info.extendedFields." + field.Key}
	switch {
	case field.Key == "invoices.vatId": // it has no operators
		return contacts.Eq("info.company", g.knownCompany())
	case field.DataType == contacts.DataNumber:
		f.kind = filterNumber
	case field.DataType == contacts.DataDate:
		f.kind = filterDate
	default:
		f.kind, f.values = filterCustom, func(g *Gen) string {
			text, _ := g.value(field.DataType).(string)
			return text
		}
	}
	return f.filter(g)
}

func (f queryField) filter(g *Gen) contacts.Filter {
	switch f.kind {
	case filterText:
		return pick(g, f.equality, f.prefix, f.exists)(g)
	case filterCustom:
		return pick(g, f.equality, f.prefix)(g)
	case filterEquality:
		return pick(g, f.equality, f.exists)(g)
	case filterTime:
		return f.order(g, g.time())
	case filterDate:
		return f.order(g, g.date())
	case filterNumber:
		return f.order(g, pick[any](g, g.n(1000), float64(g.n(1000))/8, -1))
	case filterSubscription:
		return words(g, f.path, contacts.SubscriptionNotSet, contacts.SubscriptionPending,
			contacts.SubscriptionSubscribed, contacts.SubscriptionUnsubscribed)
	case filterDeliverability:
		return words(g, f.path, contacts.EmailDeliverabilityNotSet, contacts.EmailDeliverabilityValid,
			contacts.EmailDeliverabilityBounced, contacts.EmailDeliverabilityInactive)
	case filterMembership:
		return words(g, f.path, contacts.MembershipApproved, contacts.MembershipDenied, contacts.MembershipPending)
	case filterLabels:
		keys := append(g.labels(), "contacts.customers")
		return pick(g, contacts.HasSome[string], contacts.HasAll[string])(f.path, keys...)
	case filterIDs:
		return pick(g, contacts.HasSome[uuid.UUID], contacts.HasAll[uuid.UUID])(f.path, g.knownID())
	case filterID:
		f.values = func(g *Gen) string { return g.knownID().String() }
		return pick(g, f.equality, f.exists)(g)
	default:
		return f.exists(g)
	}
}

func (f queryField) equality(g *Gen) contacts.Filter {
	switch g.n(4) {
	case 0:
		return contacts.Eq(f.path, f.values(g))
	case 1:
		return contacts.Ne(f.path, f.values(g))
	default:
		return contacts.In(f.path, f.values(g), f.values(g))
	}
}

func (f queryField) exists(g *Gen) contacts.Filter { return contacts.Exists(f.path, g.n(4) < 3) }

func (f queryField) prefix(g *Gen) contacts.Filter {
	text := []rune(f.values(g))
	if len(text) > 0 {
		text = text[:1+g.n(len(text))]
	}
	return contacts.StartsWith(f.path, string(text))
}

func (f queryField) order(g *Gen, value any) contacts.Filter {
	return pick(g, contacts.Gte, contacts.Lt, contacts.Gt, contacts.Lte, contacts.Ne, contacts.Eq)(f.path, value)
}

func words[T any](g *Gen, path string, of ...T) contacts.Filter {
	some := []T{pickFrom(g, of), pickFrom(g, of)}
	switch g.n(4) {
	case 0:
		return contacts.Eq(path, some[0])
	case 1:
		return contacts.Ne(path, some[0])
	case 2:
		return contacts.In(path, some...)
	default:
		return contacts.Nin(path, some...)
	}
}

// Query returns a query of contacts that compiles where Gen.Fields are defined: mostly a filter, a sort or a search. It
// has no People, which the API of the service lacks.
func (g *Gen) Query() contacts.Query {
	var q contacts.Query
	if g.n(8) < 6 {
		q.Filter = g.Filter()
	}
	if g.n(2) == 1 {
		q.Sort = []contacts.Sort{{
			Field: g.sortField(), Order: pick(g, "", contacts.SortAsc, contacts.SortDesc),
		}}
	}
	if g.n(8) == 7 {
		q.Search = g.search()
	}
	return q
}

func (g *Gen) sortField() string {
	i := g.n(len(sortFields) + len(g.Fields))
	if i < len(sortFields) {
		return sortFields[i]
	}
	if key := g.Fields[i-len(sortFields)].Key; key != "invoices.vatId" {
		return "info.extendedFields." + key
	}
	return "info.company"
}

// search returns a text of at most 100 characters.
func (g *Gen) search() string {
	text := pick(g, g.knownEmail(), g.knownName().First, g.knownName().Last, g.knownNumber(), g.knownE164())
	return string([]rune(text)[:min(100, len([]rune(text)))])
}

// Selection returns a selection for a bulk call: a filter, a search, or both.
func (g *Gen) Selection() contacts.Selection {
	var sel contacts.Selection
	if g.n(4) == 3 {
		sel.Search = g.search()
	}
	if sel.Search == "" || g.n(2) == 1 {
		sel.Filter = g.Filter()
	}
	return sel
}

func (g *Gen) knownEmail() string {
	if len(g.emails) == 0 {
		return "ada@example.com"
	}
	return pickFrom(g, g.emails)
}

func (g *Gen) knownNumber() string {
	if len(g.phones) == 0 {
		return "212 555 0100"
	}
	return pickFrom(g, g.phones).Number
}

func (g *Gen) knownE164() string {
	if len(g.phones) == 0 {
		return "+12125550100"
	}
	return pickFrom(g, g.phones).E164
}

func (g *Gen) knownName() contacts.Name {
	if len(g.names) == 0 {
		return contacts.Name{First: "Ada", Last: "Quill"}
	}
	return pickFrom(g, g.names)
}

func (g *Gen) knownCompany() string {
	if len(g.companies) == 0 {
		return "Acorn"
	}
	return strings.TrimSpace(pickFrom(g, g.companies))
}

func (g *Gen) knownID() uuid.UUID {
	if len(g.ids) == 0 {
		return g.id()
	}
	return pickFrom(g, g.ids)
}

func (g *Gen) country() string { return pickFrom(g, cultures).country }
