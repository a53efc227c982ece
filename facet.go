package contacts

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/contactsdb/contacts/internal/match"
	"github.com/contactsdb/contacts/internal/wire"
)

// Facet describes a subset of the contacts, such as those with a label, by which a user can narrow down a list.
type Facet struct {
	FacetType            FacetType
	Namespace            string // "" with FacetAllContacts
	NamespaceDisplayName string // "" with FacetAllContacts
	Key                  string // for a label its key
	DisplayName          string // in English; for a label its display name
	Count                int    // contacts in the facet; -1 with FacetOptions.OmitCount
	LegacyID             string // "" if the label has none
	Filter               Filter // matches the contacts of the facet; the zero Filter with FacetAllContacts
}

// MarshalJSON writes the wire shape (FCT-6).
func (f Facet) MarshalJSON() ([]byte, error) {
	out := struct {
		FacetType            FacetType `json:"facetType"`
		Namespace            string    `json:"namespace,omitempty"`
		NamespaceDisplayName string    `json:"namespaceDisplayName,omitempty"`
		Key                  string    `json:"facetKey"`
		DisplayName          string    `json:"facetDisplayName"`
		Count                *int      `json:"count,omitempty"`
		LegacyID             string    `json:"legacyId,omitempty"`
		QueryFilter          any       `json:"queryFilter,omitempty"`
	}{
		FacetType: f.FacetType, Namespace: f.Namespace, NamespaceDisplayName: f.NamespaceDisplayName,
		Key: f.Key, DisplayName: f.DisplayName, LegacyID: f.LegacyID,
	}
	if f.Count >= 0 {
		out.Count = &f.Count
	}
	switch c := f.Filter.root; {
	case c == nil:
	case c.Field != "":
		out.QueryFilter = map[string]any{c.Field: map[string]any{c.Operator: c.Value}} // even for $eq
	default:
		out.QueryFilter = c
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads the wire shape, like [Contact.UnmarshalJSON] (FCT-6).
//
// Errors: INVALID_ARGUMENT, and those of [ParseFilter].
func (f *Facet) UnmarshalJSON(text []byte) error {
	decoded := *f
	var wrongFilter error
	err := unmarshal(text, "", &decoded, func(v wire.Value) Facet {
		o := v.Object()
		facet := readFacet(o)
		if filter := o.Get("queryFilter"); filter.Present() {
			facet.Filter, wrongFilter = ParseFilter([]byte(filter.Source()))
		}
		return facet
	})
	if err = cmp.Or(err, wrongFilter); err == nil {
		*f = decoded
	}
	return err
}

// readFacet reads everything except the filter.
func readFacet(o wire.Object) Facet {
	f := Facet{
		FacetType: wire.Enum[FacetType](o, "facetType"),
		Namespace: o.Text("namespace"), NamespaceDisplayName: o.Text("namespaceDisplayName"),
		Key: o.Text("facetKey"), DisplayName: o.Text("facetDisplayName"), Count: -1, LegacyID: o.Text("legacyId"),
	}
	if o.Get("count").Present() {
		f.Count = o.Integer("count")
	}
	return f
}

// FacetOptions configure [Store.Facets].
type FacetOptions struct {
	Limit     int  // facets per page: 1 to 1000, 0 selects the default of 1000
	Offset    int  // facets to skip
	OmitCount bool // do not count contacts
}

// Facets returns a page of the facets of the store: one for all contacts, one for each label in the order of
// [Snapshot.Labels], and one for each status of subscription, deliverability and membership for which V4 has a facet
// (FCT-1). Facets count the contacts that match filter, all in one snapshot (FCT-2). The filter can name the fields
// effectiveEmail, subscriptionStatus and deliverabilityStatus of info.extendedFields.emailSubscriptions (FCT-3). A nil
// opts selects the defaults.
//
// In a [Query], And(filter, facet.Filter) matches as many contacts as the facet counts (FCT-4). Facets examines each
// contact once, or none with OmitCount, and stops early when ctx is done.
//
// Errors, in the order they are checked: INVALID_ARGUMENT for options (FCT-5); UNSUPPORTED_FILTER if the filter is too
// large; for the first mistake in the filter UNSUPPORTED_FILTER_FIELD_UNKNOWN, UNSUPPORTED_FILTER_OPERATOR,
// UNSUPPORTED_FILTER_VALUE or UNSUPPORTED_FILTER_VALUE_TYPE. All except INVALID_ARGUMENT come with a [QueryError].
func (s *Store) Facets(ctx context.Context, filter Filter, opts *FacetOptions) (Page[Facet], error) {
	if err := s.ready(ctx); err != nil {
		return Page[Facet]{}, err
	}
	if opts == nil {
		opts = &FacetOptions{}
	}
	v := &validator{}
	v.paging(opts.Limit, opts.Offset, facetsMax)
	if err := invalid(v.violations); err != nil {
		return Page[Facet]{}, err
	}
	matches, err := facetColumns.match(filter)
	if err != nil {
		return Page[Facet]{}, err
	}
	sn := s.Snapshot()
	p := pageOf(sn.facets(), cmp.Or(opts.Limit, facetsMax), opts.Offset)
	if !opts.OmitCount {
		q := &query{sn: sn, match: matches, canceled: func() bool { return ctx.Err() != nil }}
		counts := q.countFacets()
		if ctx.Err() != nil {
			return Page[Facet]{}, cancelled(ctx) // the counts may be incomplete
		}
		for i := range p.Items {
			p.Items[i].Count = counts[p.Items[i].value()]
		}
	}
	return p, nil
}

const facetsMax = 1000 // per page

// The fields by which facets group contacts.
const (
	pathLabelKeys      = "info.labelKeys"
	pathSubscription   = extendedFieldsPath + fieldSubscription
	pathDeliverability = extendedFieldsPath + fieldDeliverability
	pathMembership     = extendedFieldsPath + fieldMembershipStatus
)

// facetColumns are the fields that the filter of Facets can name (FCT-3).
var facetColumns = columns[*record]{
	find:  func(path string) *match.Column[*record] { return facetFields[path] },
	codes: filterCodes{unknownField: ErrFilterField, badValueType: ErrFilterValueType},
}

var facetFields = map[string]*match.Column[*record]{
	extendedFieldsPath + fieldEffectiveEmail: systemColumns[fieldEffectiveEmail],
	pathSubscription:                         systemColumns[fieldSubscription],
	pathDeliverability:                       systemColumns[fieldDeliverability],
}

// statusFacets are the facets of statuses, the same in every store (FCT-1).
var statusFacets = []Facet{
	emailFacet("subscribed", "Subscribed", pathSubscription, SubscriptionSubscribed, "subscribed"),
	emailFacet("unsubscribed", "Unsubscribed", pathSubscription, SubscriptionUnsubscribed, "unsubscribed"),
	emailFacet("pending", "Pending", pathSubscription, SubscriptionPending, "pending-subscription"),
	emailFacet("bounced", "Bounced", pathDeliverability, EmailDeliverabilityBounced, "delivery_all_non_valid"),
	emailFacet("spam", "Spam", pathDeliverability, EmailDeliverabilitySpamComplaint, "delivery_spam"),
	emailFacet("inactive", "Inactive", pathDeliverability, EmailDeliverabilityInactive, "delivery_inactive"),

	memberFacet("approved", "Approved", MembershipApproved, "approved"),
	memberFacet("denied", "Blocked", MembershipDenied, "denied"),
	memberFacet("pending", "Pending", MembershipPending, "request"),
	memberFacet("inactive", "Inactive", MembershipInactive, "inactive"),
}

func emailFacet(key, displayName, path string, status any, legacyID string) Facet {
	return Facet{
		FacetType: FacetSubscriptionStatus,
		Namespace: "emailSubscriptions", NamespaceDisplayName: "Subscription Status",
		Key: "emailSubscriptions." + key, DisplayName: displayName, Count: -1, LegacyID: "contacts-" + legacyID,
		Filter: Eq(path, status),
	}
}

func memberFacet(key, displayName string, status MembershipStatus, legacyID string) Facet {
	return Facet{
		FacetType: FacetMembershipStatus,
		Namespace: "membershipStatus", NamespaceDisplayName: "Membership Status",
		Key: "membershipStatus." + key, DisplayName: displayName, Count: -1,
		LegacyID: "contacts-site_members_" + legacyID,
		Filter:   Eq(pathMembership, status),
	}
}

// facets returns all facets, without counts.
func (sn *Snapshot) facets() []Facet {
	facets := []Facet{{
		FacetType: FacetAllContacts,
		Key:       "contacts.all", DisplayName: "All Contacts", Count: -1, LegacyID: "contacts-all",
	}}
	for l := range sn.Labels() {
		facets = append(facets, Facet{
			FacetType: FacetLabel, Namespace: l.Namespace, NamespaceDisplayName: l.NamespaceDisplayName,
			Key: l.Key, DisplayName: l.DisplayName, Count: -1, LegacyID: l.LegacyID,
			Filter: HasSome(pathLabelKeys, l.Key),
		})
	}
	return append(facets, statusFacets...)
}

// facetValue is the value of a field that the contacts of a facet share. The zero facetValue is shared by all contacts.
type facetValue struct{ field, value string }

// value returns the value that the filter of the facet matches.
func (f *Facet) value() facetValue {
	c := f.Filter.root
	if c == nil {
		return facetValue{}
	}
	return facetValue{c.Field, match.Texts(c.Value)[0]}
}

// countFacets counts the contacts of the query by facet.
func (q *query) countFacets() map[facetValue]int {
	counts := make(map[facetValue]int)
	for r := range q.matching(slices.Values(q.sn.records())) {
		counts[facetValue{}]++
		for _, key := range r.contact.Info.LabelKeys {
			counts[facetValue{pathLabelKeys, key}]++
		}
		counts[facetValue{pathSubscription, string(emailSubscription(r))}]++
		counts[facetValue{pathDeliverability, string(emailDeliverability(r))}]++
		counts[facetValue{pathMembership, string(membership(r.contact.Member))}]++
	}
	return counts
}
