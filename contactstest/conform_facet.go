package contactstest

import (
	"fmt"
	"strings"

	"github.com/contactsdb/contacts"
)

// facets returns a page of facets.
func (k *kit) facets(f contacts.Filter, opts *contacts.FacetOptions) contacts.Page[contacts.Facet] {
	k.Helper()
	return of(k.api().Facets(k.ctx(), f, opts)).ok(k)
}

// counts returns the facets that have contacts, as "key count", in their order.
func counts(k *kit, f contacts.Filter) string {
	k.Helper()
	var list []string
	for _, facet := range k.facets(f, nil).Items {
		if facet.Count != 0 {
			list = append(list, fmt.Sprintf("%s %d", facet.Key, facet.Count))
		}
	}
	return strings.Join(list, ", ")
}

// states creates six contacts with labels and statuses. Only the last one has no email, and the emails that are not
// primary count nowhere.
func states(k *kit) {
	k.Helper()
	k.newLabel("VIP")
	var list []*contacts.Contact
	for i := range 5 {
		info := person(fmt.Sprint("State ", i), fmt.Sprintf("a%d@example.com", i), fmt.Sprintf("b%d@example.com", i))
		if i < 2 {
			info.LabelKeys = []string{"custom.vip", labelCustomers}[i:]
		}
		list = append(list, k.create(info))
	}
	list = append(list, k.create(person("State 5")))
	k.subscribe(list[0].ID, "b0@example.com", contacts.SubscriptionSubscribed)
	k.subscribe(list[1].ID, "a1@example.com", contacts.SubscriptionSubscribed)
	k.subscribe(list[2].ID, "a2@example.com", contacts.SubscriptionUnsubscribed)
	k.subscribe(list[3].ID, "a3@example.com", contacts.SubscriptionPending)
	for i, status := range map[int]contacts.EmailDeliverability{
		1: contacts.EmailDeliverabilityValid, 2: contacts.EmailDeliverabilityBounced,
		3: contacts.EmailDeliverabilitySpamComplaint, 4: contacts.EmailDeliverabilityInactive,
	} {
		k.tryDeliver(list[i].ID, fmt.Sprintf("a%d@example.com", i), status).ok(k)
	}
	for i, status := range map[int]contacts.MemberStatus{
		0: contacts.MemberPending, 1: contacts.MemberOffline, 4: contacts.MemberBlocked, 5: contacts.MemberActive,
	} {
		k.setMember(list[i].ID, member(status))
	}
}

// allCounts are the counts of states.
const allCounts = "contacts.all 6, custom.vip 1, contacts.customers 2, emailSubscriptions.subscribed 1, " +
	"emailSubscriptions.unsubscribed 1, emailSubscriptions.pending 1, emailSubscriptions.bounced 1, " +
	"emailSubscriptions.spam 1, emailSubscriptions.inactive 1, membershipStatus.approved 1, membershipStatus.denied 1, " +
	"membershipStatus.pending 1, membershipStatus.inactive 1"

// facetCases are those of FCT.
var facetCases = []conformCase{
	{"FCT-1 all facets in their order", alone, func(k *kit) {
		k.newLabel("VIP")
		k.tick()
		k.newLabel("Owl")
		var got []string
		for _, f := range k.facets(contacts.Filter{}, nil).Items {
			got = append(got, fmt.Sprintf("%s %s %s", f.FacetType, f.Key, f.DisplayName))
		}
		const status, member = "SUBSCRIPTION_STATUS emailSubscriptions.", "MEMBERSHIP_STATUS membershipStatus."
		same(k, "the facets", []string{
			"ALL_CONTACTS contacts.all All Contacts", "LABEL custom.owl Owl", "LABEL custom.vip VIP",
			"LABEL contacts.customers Customers", "LABEL contacts.contacted-me Contacted Me",
			status + "subscribed Subscribed", status + "unsubscribed Unsubscribed", status + "pending Pending",
			status + "bounced Bounced", status + "spam Spam", status + "inactive Inactive", member + "approved Approved",
			member + "denied Blocked", member + "pending Pending", member + "inactive Inactive",
		}, got)
	}},
	{"FCT-1 labels that are renamed and deleted", alone, func(k *kit) {
		owl, vip := k.newLabel("Owl"), k.newLabel("VIP")
		of(k.api().RenameLabel(k.ctx(), owl, "Eagle")).ok(k)
		done(k.api().DeleteLabel(k.ctx(), vip)).ok(k)
		page := k.facets(contacts.Filter{}, nil)
		same(k, "the number of facets", 14, page.Total)
		f, l := page.Items[1], k.getLabel(owl)
		same(k, "the facet of a label", contacts.Facet{
			FacetType: contacts.FacetLabel, Namespace: l.Namespace, NamespaceDisplayName: l.NamespaceDisplayName,
			Key: owl, DisplayName: "Eagle", Filter: f.Filter,
		}, f)
		same(k, "legacyId", k.getLabel(labelCustomers).LegacyID, page.Items[2].LegacyID)
	}},
	{"FCT-2 counts", alone, func(k *kit) {
		same(k, "the counts of no contacts", "", counts(k, contacts.Filter{}))
		states(k)
		same(k, "the counts", allCounts, counts(k, contacts.Filter{}))
		same(k, "the counts of {}", allCounts, counts(k, parsed(k, "{}")))
		same(k, "the counts of none", "", counts(k, contacts.Or()))
		for _, id := range k.list(contacts.Query{Filter: contacts.HasAll("info.labelKeys", "custom.vip")}) {
			of(k.api().Unlabel(k.ctx(), id, "custom.vip", labelCustomers)).ok(k)
		}
		want := strings.Replace(allCounts, "custom.vip 1, contacts.customers 2", "contacts.customers 1", 1)
		same(k, "the counts after Unlabel", want, counts(k, contacts.Filter{}))
	}},
	{"FCT-3 filters", alone, func(k *kit) {
		states(k)
		for _, tc := range [][2]string{
			{`{"` + extended + keyEffective + `":{"$exists":false}}`, "contacts.all 1, membershipStatus.approved 1"},
			{`{"` + extended + keySubscription + `":"SUBSCRIBED"}`, "contacts.all 1, contacts.customers 1, " +
				"emailSubscriptions.subscribed 1, membershipStatus.inactive 1"},
			{`{"` + extended + keyDelivery + `":{"$in":["BOUNCED","INACTIVE"]}}`, "contacts.all 2, " +
				"emailSubscriptions.unsubscribed 1, emailSubscriptions.bounced 1, emailSubscriptions.inactive 1, " +
				"membershipStatus.denied 1"},
			{`{"$and":[{"` + extended + keyEffective + `":{"$exists":true}},{"$not":{"` + extended + keyDelivery +
				`":{"$nin":["SPAM_COMPLAINT"]}}}]}`, "contacts.all 1, emailSubscriptions.pending 1, emailSubscriptions.spam 1"},
			{`{"` + extended + keySubscription + `":{"$ne":"NOT_SET"}}`, "contacts.all 4, contacts.customers 1, " +
				"emailSubscriptions.subscribed 1, emailSubscriptions.unsubscribed 1, emailSubscriptions.pending 1, " +
				"emailSubscriptions.bounced 1, emailSubscriptions.spam 1, membershipStatus.approved 1, " +
				"membershipStatus.inactive 1"},
		} {
			same(k, "the counts of "+tc[0], tc[1], counts(k, parsed(k, tc[0])))
		}
	}},
	{"FCT-3 filters that are refused", Needs{}, func(k *kit) {
		for code, filters := range map[contacts.Code][]string{
			contacts.ErrFilterField: {
				`{"info.name.first":"x"}`, `{"` + extended + keyMembership + `":"APPROVED"}`,
				`{"info.labelKeys":{"$hasSome":["custom.vip"]}}`, `{"primaryEmail.subscriptionStatus":"PENDING"}`,
				`{"$or":[{"$not":{"id":"x"}}],"y":1}`,
			},
			contacts.ErrFilterOperator: {
				`{"` + extended + keyEffective + `":"x"}`, `{"` + extended + keySubscription + `":{"$exists":true}}`,
			},
			contacts.ErrFilterValue: {
				`{"` + extended + keyDelivery + `":"bounced"}`, `{"` + extended + keySubscription + `":"BOUNCED"}`,
			},
			contacts.ErrFilterValueType: {
				`{"` + extended + keySubscription + `":1}`, `{"` + extended + keyEffective + `":{"$exists":"true"}}`,
			},
		} {
			for _, text := range filters {
				of(k.api().Facets(k.ctx(), parsed(k, text), nil)).fails(k, code)
				of(k.api().Facets(k.ctx(), parsed(k, text), &contacts.FacetOptions{OmitCount: true})).fails(k, code)
			}
		}
		large := contacts.In(extended+keySubscription, make([]string, 10_001)...)
		of(k.api().Facets(k.ctx(), large, nil)).fails(k, contacts.ErrUnsupportedFilter)
	}},
	{"FCT-4 the filter of a facet", alone, func(k *kit) {
		states(k)
		with := contacts.Ne(extended+keySubscription, "PENDING")
		for _, base := range []contacts.Filter{{}, with} {
			for _, f := range k.facets(base, nil).Items {
				n := len(k.list(contacts.Query{Filter: contacts.And(base, f.Filter)}))
				same(k, "the number of contacts that match the filter of "+f.Key, f.Count, n)
				same(k, "whether the filter is zero: "+f.Key, f.FacetType == contacts.FacetAllContacts, f.Filter.IsZero())
			}
		}
	}},
	{"FCT-5 pages", alone, func(k *kit) {
		k.create(labelled("Ada", labelCustomers))
		all := k.facets(contacts.Filter{}, nil).Items
		same(k, "the number of facets", 13, len(all))
		for _, tc := range []struct{ limit, offset, from, to int }{
			{1, 0, 0, 1}, {4, 3, 3, 7}, {5, 8, 8, 13}, {12, 0, 0, 12}, {13, 0, 0, 13}, {1000, 1, 1, 13}, {0, 2, 2, 13},
			{1, 13, 13, 13}, {1, 1 << 31, 13, 13},
		} {
			page := k.facets(contacts.Filter{}, &contacts.FacetOptions{Limit: tc.limit, Offset: tc.offset})
			same(k, fmt.Sprintf("the facets from %d, at most %d", tc.offset, tc.limit), contacts.Page[contacts.Facet]{
				Items: all[tc.from:tc.to], Offset: tc.offset, Total: 13, HasNext: tc.to < 13,
			}, page)
		}
		for i, f := range k.facets(contacts.Filter{}, &contacts.FacetOptions{OmitCount: true}).Items {
			all[i].Count = -1
			same(k, "a facet without a count", all[i], f)
		}
	}},
	{"FCT-5 limits", Needs{}, func(k *kit) {
		bad := contacts.Eq("id", 5)
		of(k.api().Facets(k.ctx(), bad, &contacts.FacetOptions{Limit: 1001})).invalid(k, "paging.limit MAX 1000")
		of(k.api().Facets(k.ctx(), bad, &contacts.FacetOptions{Limit: -1, Offset: -1, OmitCount: true})).
			invalid(k, "paging.limit MIN 0", "paging.offset MIN 0")
	}},
	{"FCT-5 a page without a limit", alone, func(k *kit) {
		manyLabels(k, 1000)
		page := k.facets(contacts.Filter{}, &contacts.FacetOptions{OmitCount: true})
		same(k, "the size of a page", 1000, len(page.Items))
		same(k, "total", 1013, page.Total)
		same(k, "hasNext", true, page.HasNext)
	}},
}
