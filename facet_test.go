package contacts_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

const (
	ofSubscriptions = "info.extendedFields.emailSubscriptions."
	ofMembership    = "info.extendedFields.members.membershipStatus"
)

// facetsOf returns all facets of the contacts that match a filter, and requires that they agree with Find.
func facetsOf(t testing.TB, s *contacts.Store, filter contacts.Filter) []contacts.Facet {
	t.Helper()
	page, err := s.Facets(t.Context(), filter, nil)
	require.NoError(t, err)
	require.Len(t, page.Items, page.Total)
	for _, f := range page.Items {
		text, err := json.Marshal(f)
		require.NoError(t, err)
		var wire struct {
			QueryFilter contacts.Filter `json:"queryFilter"`
		}
		require.NoError(t, json.Unmarshal(text, &wire))
		require.Equal(t, f.Filter, wire.QueryFilter, f.Key)
		n, err := s.Snapshot().Count(contacts.Query{Filter: contacts.And(filter, f.Filter)})
		require.NoError(t, err)
		require.Equal(t, n, f.Count, f.Key)
		if filter.IsZero() {
			views, err := s.Snapshot().Find(contacts.Query{Filter: f.Filter})
			require.NoError(t, err)
			require.Len(t, ids(views), f.Count, f.Key)
		}
	}
	return page.Items
}

// countsOf returns the counts that are not 0, by key.
func countsOf(facets []contacts.Facet) map[string]int {
	counts := map[string]int{}
	for _, f := range facets {
		if f.Count != 0 {
			counts[f.Key] = f.Count
		}
	}
	return counts
}

func TestFacets(t *testing.T) {
	l := newLab(t)
	vip := newLabel(t, l.Store, "VIP <3")
	l.tick()
	other := newLabel(t, l.Store, "Other")
	l.tick()
	defineOfApp(t, l.Store, "shop.Gold")
	label := func(namespace, key, name, legacyID string) contacts.Facet {
		return contacts.Facet{
			FacetType: contacts.FacetLabel, Namespace: namespace, NamespaceDisplayName: "Labels",
			Key: key, DisplayName: name, LegacyID: legacyID, Filter: contacts.HasSome("info.labelKeys", key),
		}
	}
	subscription := func(key, name, field, status, legacyID string) contacts.Facet {
		return contacts.Facet{
			FacetType: contacts.FacetSubscriptionStatus,
			Namespace: "emailSubscriptions", NamespaceDisplayName: "Subscription Status",
			Key: "emailSubscriptions." + key, DisplayName: name, LegacyID: "contacts-" + legacyID,
			Filter: contacts.Eq(ofSubscriptions+field, status),
		}
	}
	membership := func(key, name, status, legacyID string) contacts.Facet {
		return contacts.Facet{
			FacetType: contacts.FacetMembershipStatus,
			Namespace: "membershipStatus", NamespaceDisplayName: "Membership Status",
			Key: "membershipStatus." + key, DisplayName: name, LegacyID: "contacts-site_members_" + legacyID,
			Filter: contacts.Eq(ofMembership, status),
		}
	}
	want := []contacts.Facet{
		{FacetType: contacts.FacetAllContacts, Key: "contacts.all", DisplayName: "All Contacts", LegacyID: "contacts-all"},
		label("shop", "shop.Gold", "Gold", ""),
		label("custom", other, "Other", ""),
		label("custom", vip, "VIP <3", ""),
		label("contacts", "contacts.customers", "Customers", "contacts-customers"),
		label("contacts", "contacts.contacted-me", "Contacted Me", "contacts-contacted_me"),
		subscription("subscribed", "Subscribed", "subscriptionStatus", "SUBSCRIBED", "subscribed"),
		subscription("unsubscribed", "Unsubscribed", "subscriptionStatus", "UNSUBSCRIBED", "unsubscribed"),
		subscription("pending", "Pending", "subscriptionStatus", "PENDING", "pending-subscription"),
		subscription("bounced", "Bounced", "deliverabilityStatus", "BOUNCED", "delivery_all_non_valid"),
		subscription("spam", "Spam", "deliverabilityStatus", "SPAM_COMPLAINT", "delivery_spam"),
		subscription("inactive", "Inactive", "deliverabilityStatus", "INACTIVE", "delivery_inactive"),
		membership("approved", "Approved", "APPROVED", "approved"),
		membership("denied", "Blocked", "DENIED", "denied"),
		membership("pending", "Pending", "PENDING", "request"),
		membership("inactive", "Inactive", "INACTIVE", "inactive"),
	}
	t.Run("FCT-1 all of them in order", func(t *testing.T) {
		got := facetsOf(t, l.Store, contacts.Filter{})
		for i := range want {
			want[i].Count = 0
		}
		want[0].Count, want[1].Count = 1, 1 // the contact with the label of an app
		require.Equal(t, want, got)
	})
	t.Run("FCT-5 without counts", func(t *testing.T) {
		page, err := l.Facets(t.Context(), contacts.Filter{}, &contacts.FacetOptions{OmitCount: true})
		require.NoError(t, err)
		for i := range want {
			want[i].Count = -1
		}
		require.Equal(t, contacts.Page[contacts.Facet]{Items: want, Total: len(want)}, page)
	})
	t.Run("FCT-5 the filter is checked without counts, too", func(t *testing.T) {
		_, err := l.Facets(t.Context(), contacts.Eq("id", 5), &contacts.FacetOptions{OmitCount: true})
		require.Equal(t, contacts.ErrFilterField, contacts.CodeOf(err))
	})
	t.Run("FCT-1 STO-5 the caller owns the result", func(t *testing.T) {
		page, err := l.Facets(t.Context(), contacts.Filter{}, nil)
		require.NoError(t, err)
		for i := range page.Items {
			page.Items[i] = contacts.Facet{Key: "scribbled"}
		}
		require.Len(t, countsOf(facetsOf(t, l.Store, contacts.Filter{})), 2)
	})
	t.Run("FCT-1 a label that is renamed, and one that is deleted", func(t *testing.T) {
		l := l.fork()
		_, err := l.RenameLabel(t.Context(), vip, "Best")
		require.NoError(t, err)
		require.NoError(t, l.DeleteLabel(t.Context(), "shop.Gold"))
		facets := facetsOf(t, l.Store, contacts.Filter{})
		require.Len(t, facets, len(want)-1)
		require.Equal(t, "Best", facets[2].DisplayName)
		require.Equal(t, map[string]int{"contacts.all": 1}, countsOf(facets))
	})
}

func TestFacetJSON(t *testing.T) {
	l := newLab(t)
	vip := newLabel(t, l.Store, "VIP")
	in := person("Ann", "ann@x.test")
	in.LabelKeys = []string{vip}
	create(t, l.Store, in)
	page, err := l.Facets(t.Context(), contacts.Filter{}, nil)
	require.NoError(t, err)
	bare, err := l.Facets(t.Context(), contacts.Filter{}, &contacts.FacetOptions{OmitCount: true, Limit: 1})
	require.NoError(t, err)
	for _, tc := range []struct {
		name  string
		facet contacts.Facet
		want  string
	}{
		{"FCT-6 all contacts", page.Items[0],
			`{"facetType":"ALL_CONTACTS","facetKey":"contacts.all","facetDisplayName":"All Contacts","count":1,` +
				`"legacyId":"contacts-all"}`},
		{"FCT-6 a label", page.Items[1],
			`{"facetType":"LABEL","namespace":"custom","namespaceDisplayName":"Labels","facetKey":"custom.vip",` +
				`"facetDisplayName":"VIP","count":1,"queryFilter":{"info.labelKeys":{"$hasSome":["custom.vip"]}}}`},
		{"FCT-6 a label of the system", page.Items[3],
			`{"facetType":"LABEL","namespace":"contacts","namespaceDisplayName":"Labels",` +
				`"facetKey":"contacts.contacted-me","facetDisplayName":"Contacted Me","count":0,` +
				`"legacyId":"contacts-contacted_me",` +
				`"queryFilter":{"info.labelKeys":{"$hasSome":["contacts.contacted-me"]}}}`},
		{"FCT-6 a status", page.Items[8],
			`{"facetType":"SUBSCRIPTION_STATUS","namespace":"emailSubscriptions",` +
				`"namespaceDisplayName":"Subscription Status","facetKey":"emailSubscriptions.spam",` +
				`"facetDisplayName":"Spam","count":0,"legacyId":"contacts-delivery_spam",` +
				`"queryFilter":{"info.extendedFields.emailSubscriptions.deliverabilityStatus":{"$eq":"SPAM_COMPLAINT"}}}`},
		{"FCT-6 a membership", page.Items[11],
			`{"facetType":"MEMBERSHIP_STATUS","namespace":"membershipStatus",` +
				`"namespaceDisplayName":"Membership Status","facetKey":"membershipStatus.denied",` +
				`"facetDisplayName":"Blocked","count":0,"legacyId":"contacts-site_members_denied",` +
				`"queryFilter":{"info.extendedFields.members.membershipStatus":{"$eq":"DENIED"}}}`},
		{"FCT-6 without a count", bare.Items[0],
			`{"facetType":"ALL_CONTACTS","facetKey":"contacts.all","facetDisplayName":"All Contacts",` +
				`"legacyId":"contacts-all"}`},
		{"FCT-6 a filter of one's own", contacts.Facet{Filter: contacts.Or(contacts.Eq("id", "x"))},
			`{"facetType":"","facetKey":"","facetDisplayName":"","count":0,"queryFilter":{"$or":[{"id":"x"}]}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := json.Marshal(tc.facet)
			require.NoError(t, err)
			require.Equal(t, tc.want, string(got))

			decoded := contacts.Facet{Count: 7, LegacyID: "old", Filter: contacts.Eq("id", "old")}
			require.NoError(t, json.Unmarshal(got, &decoded))
			again, err := json.Marshal(decoded)
			require.NoError(t, err)
			require.Equal(t, tc.want, string(again))
			require.Equal(t, tc.facet.Count, decoded.Count)
		})
	}

	for _, tc := range []struct {
		name, text, field string
		code              contacts.Code
	}{
		{"FCT-6 wrong types", `{"facetKey":1,"count":"x"}`, "facetKey,count", contacts.ErrInvalid},
		{"FCT-6 no object", `[]`, "", contacts.ErrInvalid},
		{"FCT-6 a malformed filter", `{"facetKey":"a","queryFilter":[]}`, "", contacts.ErrMalformedFilter},
		{"FCT-6 an unknown operator", `{"facetKey":"a","queryFilter":{"$nor":[]}}`, "", contacts.ErrUnsupportedFilter},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := contacts.Facet{Key: "kept", Count: 3}
			got := before
			err := json.Unmarshal([]byte(tc.text), &got)
			require.Equal(t, tc.code, contacts.CodeOf(err))
			require.Equal(t, before, got)
			var fields []string
			wrong, ok := errors.AsType[*contacts.Error](err)
			require.True(t, ok)
			for _, v := range wrong.Violations {
				fields = append(fields, v.Field)
			}
			require.Equal(t, tc.field, strings.Join(fields, ","))
		})
	}
}

// newCrowd returns a store with contacts of all kinds: a and b with labels, c subscribed, d unsubscribed and bounced,
// e pending and spam, f inactive and a blocked member, g an approved member without email, h with nothing.
func newCrowd(t testing.TB) *lab {
	l := newLab(t)
	for _, name := range []string{"VIP", "Old"} {
		newLabel(t, l.Store, name)
	}
	ids := map[string]uuid.UUID{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		in := person(name)
		if name < "g" {
			in = person(name, name+"@x.test", "second."+name+"@x.test")
		}
		switch name {
		case "a":
			in.LabelKeys = []string{"custom.vip"}
		case "b":
			in.LabelKeys = []string{"contacts.customers", "custom.old", "custom.vip"}
		}
		ids[name] = create(t, l.Store, in).ID
	}
	subscribe := func(name, address string, status contacts.SubscriptionStatus) {
		_, err := l.SetSubscription(t.Context(), ids[name], address, status)
		require.NoError(t, err)
	}
	deliver := func(name, address string, status contacts.EmailDeliverability) {
		_, err := l.SetDeliverability(t.Context(), ids[name], address, status)
		require.NoError(t, err)
	}
	join := func(name string, status contacts.MemberStatus) {
		_, err := l.SetMember(t.Context(), ids[name], &contacts.Member{MemberID: testID(900), Status: status})
		require.NoError(t, err)
	}
	subscribe("b", "second.b@x.test", contacts.SubscriptionSubscribed) // not primary: counts nowhere
	subscribe("c", "c@x.test", contacts.SubscriptionSubscribed)
	subscribe("d", "d@x.test", contacts.SubscriptionUnsubscribed)
	subscribe("e", "e@x.test", contacts.SubscriptionPending)
	deliver("c", "c@x.test", contacts.EmailDeliverabilityValid)
	deliver("d", "d@x.test", contacts.EmailDeliverabilityBounced)
	deliver("e", "e@x.test", contacts.EmailDeliverabilitySpamComplaint)
	deliver("f", "f@x.test", contacts.EmailDeliverabilityInactive)
	join("f", contacts.MemberBlocked)
	join("g", contacts.MemberActive)
	join("a", contacts.MemberPending)
	join("b", contacts.MemberOffline)
	return l
}

func TestFacetCounts(t *testing.T) {
	l := newCrowd(t)
	all := map[string]int{
		"contacts.all": 8, "custom.vip": 2, "custom.old": 1, "contacts.customers": 1,
		"emailSubscriptions.subscribed": 1, "emailSubscriptions.unsubscribed": 1, "emailSubscriptions.pending": 1,
		"emailSubscriptions.bounced": 1, "emailSubscriptions.spam": 1, "emailSubscriptions.inactive": 1,
		"membershipStatus.approved": 1, "membershipStatus.denied": 1, "membershipStatus.pending": 1,
		"membershipStatus.inactive": 1,
	}
	of := func(field, op, value string) string {
		return fmt.Sprintf(`{"%s%s": {%q: %s}}`, ofSubscriptions, field, op, value)
	}
	for _, tc := range []struct {
		name   string
		filter string
		want   map[string]int
	}{
		{"FCT-2 FCT-4 all contacts", ``, all},
		{"FCT-2 FCT-4 the empty filter", `{}`, all},
		{"FCT-3 FCT-4 with an email", of("effectiveEmail", "$exists", "true"), map[string]int{
			"contacts.all": 6, "custom.vip": 2, "custom.old": 1, "contacts.customers": 1,
			"emailSubscriptions.subscribed": 1, "emailSubscriptions.unsubscribed": 1, "emailSubscriptions.pending": 1,
			"emailSubscriptions.bounced": 1, "emailSubscriptions.spam": 1, "emailSubscriptions.inactive": 1,
			"membershipStatus.denied": 1, "membershipStatus.pending": 1, "membershipStatus.inactive": 1,
		}},
		{"FCT-3 FCT-4 without an email", of("effectiveEmail", "$exists", "false"), map[string]int{
			"contacts.all": 2, "membershipStatus.approved": 1,
		}},
		{"FCT-3 FCT-4 subscribed", of("subscriptionStatus", "$eq", `"SUBSCRIBED"`), map[string]int{
			"contacts.all": 1, "emailSubscriptions.subscribed": 1,
		}},
		{"FCT-3 FCT-4 not NOT_SET, contacts without emails included", of("subscriptionStatus", "$ne", `"NOT_SET"`),
			map[string]int{
				"contacts.all": 5, "emailSubscriptions.subscribed": 1, "emailSubscriptions.unsubscribed": 1,
				"emailSubscriptions.pending": 1, "emailSubscriptions.bounced": 1, "emailSubscriptions.spam": 1,
				"membershipStatus.approved": 1,
			}},
		{"FCT-3 FCT-4 two states", of("deliverabilityStatus", "$in", `["BOUNCED", "INACTIVE"]`), map[string]int{
			"contacts.all": 2, "emailSubscriptions.unsubscribed": 1, "emailSubscriptions.bounced": 1,
			"emailSubscriptions.inactive": 1, "membershipStatus.denied": 1,
		}},
		{"FCT-3 FCT-4 not two states", of("deliverabilityStatus", "$nin", `["NOT_SET", "INACTIVE"]`), map[string]int{
			"contacts.all": 5, "emailSubscriptions.subscribed": 1, "emailSubscriptions.unsubscribed": 1,
			"emailSubscriptions.pending": 1, "emailSubscriptions.bounced": 1, "emailSubscriptions.spam": 1,
			"membershipStatus.approved": 1,
		}},
		{"FCT-3 FCT-4 both", fmt.Sprintf(`{"$and": [%s, {"$not": %s}]}`, of("effectiveEmail", "$exists", "true"),
			of("deliverabilityStatus", "$eq", `"NOT_SET"`)), map[string]int{
			"contacts.all": 4, "emailSubscriptions.subscribed": 1, "emailSubscriptions.unsubscribed": 1,
			"emailSubscriptions.pending": 1, "emailSubscriptions.bounced": 1, "emailSubscriptions.spam": 1,
			"emailSubscriptions.inactive": 1, "membershipStatus.denied": 1,
		}},
		{"FCT-3 FCT-4 none", `{"$or": []}`, map[string]int{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, countsOf(facetsOf(t, l.Store, parseFilter(t, tc.filter))))
		})
	}
	t.Run("FCT-2 they follow each write", func(t *testing.T) {
		l := l.fork()
		for v := range l.Snapshot().ByLabel("custom.old") {
			_, err := l.Unlabel(t.Context(), v.ID(), "custom.old", "custom.vip")
			require.NoError(t, err)
		}
		for v := range l.Snapshot().ByEmail("c@x.test") {
			require.NoError(t, l.Delete(t.Context(), v.ID()))
		}
		want := map[string]int{}
		for key, n := range all {
			want[key] = n
		}
		want["contacts.all"], want["custom.vip"] = 7, 1
		delete(want, "custom.old")
		delete(want, "emailSubscriptions.subscribed")
		require.Equal(t, want, countsOf(facetsOf(t, l.Store, contacts.Filter{})))
	})
}

func TestFacetsRefused(t *testing.T) {
	l := newCrowd(t)
	for _, tc := range []struct {
		name   string
		filter contacts.Filter
		code   contacts.Code
		field  string
		op     string
	}{
		{"FCT-3 another field", contacts.Eq("info.name.first", "a"), contacts.ErrFilterField, "info.name.first", "$eq"},
		{"FCT-3 the membership", contacts.Eq(ofMembership, "APPROVED"), contacts.ErrFilterField, ofMembership, "$eq"},
		{"FCT-3 labels", contacts.HasSome("info.labelKeys", "custom.vip"), contacts.ErrFilterField, "info.labelKeys",
			"$hasSome"},
		{"FCT-3 the same status elsewhere", contacts.Eq("primaryEmail.subscriptionStatus", "PENDING"),
			contacts.ErrFilterField, "primaryEmail.subscriptionStatus", "$eq"},
		{"FCT-3 the key alone", contacts.Eq("emailSubscriptions.subscriptionStatus", "PENDING"), contacts.ErrFilterField,
			"emailSubscriptions.subscriptionStatus", "$eq"},
		{"FCT-3 the email", contacts.Eq(ofSubscriptions+"effectiveEmail", "a@x.test"), contacts.ErrFilterOperator,
			ofSubscriptions + "effectiveEmail", "$eq"},
		{"FCT-3 $exists of a status", contacts.Exists(ofSubscriptions+"subscriptionStatus", true),
			contacts.ErrFilterOperator, ofSubscriptions + "subscriptionStatus", "$exists"},
		{"FCT-3 an unknown word", contacts.Eq(ofSubscriptions+"deliverabilityStatus", "bounced"),
			contacts.ErrFilterValue, ofSubscriptions + "deliverabilityStatus", "$eq"},
		{"FCT-3 a word of the other status", contacts.Eq(ofSubscriptions+"subscriptionStatus", "BOUNCED"),
			contacts.ErrFilterValue, ofSubscriptions + "subscriptionStatus", "$eq"},
		{"FCT-3 another type", contacts.Eq(ofSubscriptions+"subscriptionStatus", 1), contacts.ErrFilterValueType,
			ofSubscriptions + "subscriptionStatus", "$eq"},
		{"FCT-3 no boolean", parseFilter(t, `{"`+ofSubscriptions+`effectiveEmail": {"$exists": "true"}}`),
			contacts.ErrFilterValueType, ofSubscriptions + "effectiveEmail", "$exists"},
		{"FCT-3 the first one that is wrong", contacts.And(contacts.Or(contacts.Not(contacts.Eq("id", "x"))),
			contacts.Eq("y", 1)), contacts.ErrFilterField, "id", "$eq"},
		{"FCT-3 too large", contacts.In(ofSubscriptions+"subscriptionStatus", make([]string, 10001)...),
			contacts.ErrUnsupportedFilter, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			page, err := l.Facets(t.Context(), tc.filter, nil)
			require.Equal(t, tc.code, contacts.CodeOf(err))
			var e *contacts.QueryError
			require.ErrorAs(t, err, &e)
			require.Equal(t, contacts.QueryError{Field: tc.field, Operator: tc.op}, *e)
			require.Zero(t, page)
		})
	}
	for _, tc := range []struct {
		name string
		opts contacts.FacetOptions
		want []contacts.Violation
	}{
		{"FCT-5 over the limit", contacts.FacetOptions{Limit: 1001},
			[]contacts.Violation{{Field: "paging.limit", Rule: contacts.RuleMax, Threshold: 1000}}},
		{"FCT-5 under both, before the filter", contacts.FacetOptions{Limit: -1, Offset: -1, OmitCount: true},
			[]contacts.Violation{
				{Field: "paging.limit", Rule: contacts.RuleMin}, {Field: "paging.offset", Rule: contacts.RuleMin},
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			page, err := l.Facets(t.Context(), contacts.Eq("id", 5), &tc.opts)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			require.Equal(t, tc.want, violations(t, err))
			require.Zero(t, page)
		})
	}
}

func TestFacetPaging(t *testing.T) {
	l := newCrowd(t)
	all := facetsOf(t, l.Store, contacts.Filter{})
	require.Len(t, all, 15)
	for _, tc := range []struct {
		name          string
		limit, offset int
		from, to      int
	}{
		{"FCT-5 the first", 1, 0, 0, 1},
		{"FCT-5 in the middle", 4, 3, 3, 7},
		{"FCT-5 up to the last", 5, 10, 10, 15},
		{"FCT-5 all but the last", 14, 0, 0, 14},
		{"FCT-5 just all", 15, 0, 0, 15},
		{"FCT-5 the most", 1000, 1, 1, 15},
		{"FCT-5 the default", 0, 2, 2, 15},
		{"FCT-5 after the last", 1, 15, 15, 15},
		{"FCT-5 far after the last", 1000, 1<<63 - 1, 15, 15},
	} {
		t.Run(tc.name, func(t *testing.T) {
			page, err := l.Facets(t.Context(), contacts.Filter{}, &contacts.FacetOptions{Limit: tc.limit, Offset: tc.offset})
			require.NoError(t, err)
			require.Equal(t, contacts.Page[contacts.Facet]{
				Items: all[tc.from:tc.to], Offset: tc.offset, Total: 15, HasNext: tc.to < 15,
			}, page)
		})
	}
	t.Run("FCT-5 the size of a page without a limit", func(t *testing.T) {
		s := openStore(t, unchecked())
		for i := range 1000 {
			newLabel(t, s, fmt.Sprint("N", i))
		}
		page, err := s.Facets(t.Context(), contacts.Filter{}, nil)
		require.NoError(t, err)
		require.Len(t, page.Items, 1000)
		require.Equal(t, 1013, page.Total)
		require.True(t, page.HasNext)
	})
}

// TestFacetsRandom compares the facets of random contacts with a plain count of their wire forms.
func TestFacetsRandom(t *testing.T) {
	for seed := range large(4, 40) {
		t.Run(fmt.Sprintf("FCT-2 FCT-3 FCT-4 seed %d", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(uint64(seed), 8))
			s := randomCrowd(t, rnd, seed < checkedSeeds)
			rows := plainContacts(t, s.Snapshot())
			for range 10 {
				filter := randomFilter(rnd, 3, func() map[string]any { return randomFacetCondition(rnd) })
				text := string(must(json.Marshal(filter)))
				for _, f := range facetsOf(t, s, parseFilter(t, text)) {
					want := 0
					for _, get := range rows {
						if plainMatch(filter, get) && plainInFacet(f, get) {
							want++
						}
					}
					require.Equal(t, want, f.Count, "%s of %s", f.Key, text)
				}
			}
		})
	}
}

func randomCrowd(t testing.TB, rnd *rand.Rand, checked bool) *contacts.Store {
	l := newLab(t, func(opts *contacts.Options) { opts.SelfCheck = checked })
	labels := []string{"contacts.customers", "contacts.contacted-me"}
	for i := range rnd.IntN(5) {
		*l.now = l.now.Add(time.Duration(rnd.IntN(2)) * time.Second)
		labels = append(labels, newLabel(t, l.Store, fmt.Sprint("L", i)))
	}
	for i := range rnd.IntN(60) {
		in := person(fmt.Sprint("P", i))
		for j := range rnd.IntN(3) {
			in.Emails = append(in.Emails, contacts.Email{Address: fmt.Sprintf("p%d.%d@x.test", i, j)})
		}
		for range rnd.IntN(4) {
			in.LabelKeys = append(in.LabelKeys, pick(rnd, labels...))
		}
		id := create(t, l.Store, in).ID
		for _, e := range in.Emails {
			_, err := l.SetSubscription(t.Context(), id, e.Address, pick(rnd,
				contacts.SubscriptionNotSet, contacts.SubscriptionPending, contacts.SubscriptionSubscribed,
				contacts.SubscriptionUnsubscribed))
			require.NoError(t, err)
			_, err = l.SetDeliverability(t.Context(), id, e.Address, pick(rnd,
				contacts.EmailDeliverabilityNotSet, contacts.EmailDeliverabilityValid, contacts.EmailDeliverabilityBounced,
				contacts.EmailDeliverabilitySpamComplaint, contacts.EmailDeliverabilityInactive))
			require.NoError(t, err)
		}
		if rnd.IntN(2) == 0 {
			_, err := l.SetMember(t.Context(), id, &contacts.Member{MemberID: testID(uint64(1000 + i)), Status: pick(rnd,
				contacts.MemberActive, contacts.MemberBlocked, contacts.MemberPending, contacts.MemberOffline,
				contacts.MemberDeleted)})
			require.NoError(t, err)
		}
	}
	if rnd.IntN(2) == 0 && len(labels) > 2 {
		require.NoError(t, l.DeleteLabel(t.Context(), labels[2]))
	}
	return l.Store
}

// plainContacts returns the contacts as they are on the wire: functions from the path of a field to its value.
func plainContacts(t testing.TB, sn *contacts.Snapshot) (rows []func(path string) any) {
	for v := range sn.All() {
		var wire struct {
			Info struct {
				LabelKeys, ExtendedFields struct{ Items json.RawMessage }
			}
		}
		require.NoError(t, json.Unmarshal(must(json.Marshal(v)), &wire))
		var labels []any
		values := map[string]any{}
		require.NoError(t, json.Unmarshal([]byte(cmp.Or(string(wire.Info.LabelKeys.Items), "[]")), &labels))
		require.NoError(t, json.Unmarshal([]byte(cmp.Or(string(wire.Info.ExtendedFields.Items), "{}")), &values))
		rows = append(rows, func(path string) any {
			if path == "info.labelKeys" {
				return labels
			}
			return values[strings.TrimPrefix(path, "info.extendedFields.")]
		})
	}
	return rows
}

// plainInFacet reports whether a contact is in a facet, by its key.
func plainInFacet(f contacts.Facet, get func(path string) any) bool {
	words := map[string]string{"denied": "DENIED", "spam": "SPAM_COMPLAINT"}
	_, name, _ := strings.Cut(f.Key, ".")
	word := cmp.Or(words[name], strings.ToUpper(name))
	switch f.FacetType {
	case contacts.FacetAllContacts:
		return true
	case contacts.FacetLabel:
		return slices.Contains(get("info.labelKeys").([]any), any(f.Key))
	case contacts.FacetMembershipStatus:
		return get(ofMembership) == word
	default:
		return get(ofSubscriptions+"subscriptionStatus") == word || get(ofSubscriptions+"deliverabilityStatus") == word
	}
}

func randomFacetCondition(rnd *rand.Rand) map[string]any {
	if rnd.IntN(4) == 0 {
		return map[string]any{ofSubscriptions + "effectiveEmail": map[string]any{"$exists": rnd.IntN(2) == 0}}
	}
	field, words := "subscriptionStatus", []any{"NOT_SET", "PENDING", "SUBSCRIBED", "UNSUBSCRIBED"}
	if rnd.IntN(2) == 0 {
		field, words = "deliverabilityStatus", []any{"NOT_SET", "VALID", "BOUNCED", "SPAM_COMPLAINT", "INACTIVE"}
	}
	op := pick(rnd, "$eq", "$ne", "$in", "$nin", "$hasSome")
	value := pick(rnd, words...)
	if op == "$in" || op == "$nin" || op == "$hasSome" {
		list := make([]any, rnd.IntN(4))
		for i := range list {
			list[i] = pick(rnd, words...)
		}
		value = list
	}
	return map[string]any{ofSubscriptions + field: map[string]any{op: value}}
}
