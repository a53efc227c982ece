package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// first returns the first names of the contacts in a reply, joined.
func (r answer) first() string {
	r.t.Helper()
	var names []string
	for _, name := range r.each("contacts", "info", "name", "first") {
		names = append(names, fmt.Sprint(name))
	}
	return strings.Join(names, " ")
}

func TestQueryContacts(t *testing.T) {
	c := newCast(t, nil)
	for _, tc := range []struct{ name, body, want string }{
		{"no body", ``, "Ada Bob Mem Own Pay"},
		{"{}", `{}`, "Ada Bob Mem Own Pay"},
		{"null", `{"query":null,"search":null,"omitTotal":null,"language":null}`, "Ada Bob Mem Own Pay"},
		{"null members", `{"query":{"filter":null,"sort":null,"paging":null,"fields":null}}`, "Ada Bob Mem Own Pay"},
		{"null in members", `{"query":{"sort":[{"fieldName":"info.name.first","order":null}],"paging":{"limit":null}}}`,
			"Ada Bob Mem Own Pay"},
		{"as the client sends it by default", `{"query":{"filter":{},"paging":{"offset":0,"limit":50}}}`,
			"Ada Bob Mem Own Pay"},
		{"as the client sends it with everything", `{"query":{"filter":{"$and":[{"info.name.last":"Byron"},` +
			`{"primaryInfo.email":{"$startsWith":"a"}}]},"paging":{"limit":1,"offset":0},` +
			`"sort":[{"fieldName":"createdDate","order":"DESC"}]}}`, "Ada"},
		{"equality", `{"query":{"filter":{"info.name.first":"Bob"}}}`, "Bob"},
		{"an item of a list", `{"query":{"filter":{"info.emails.email":"BYRON@example.org"}}}`, "Ada"},
		{"an extended field", `{"query":{"filter":{"info.extendedFields.custom.age":{"$gt":35}}}}`, "Ada"},
		{"a label", `{"query":{"filter":{"info.labelKeys":{"$hasSome":["custom.vip","custom.old"]}}}}`, "Ada"},
		{"a date", `{"query":{"filter":{"createdDate":{"$lte":"2026-01-02T03:04:05.000Z"}}}}`, "Ada Bob Mem Own Pay"},
		{"or", `{"query":{"filter":{"$or":[{"info.name.first":"Pay"},{"info.name.first":"Own"}]}}}`, "Own Pay"},
		{"an alias", `{"query":{"filter":{"info.name.first":{"$begins":"b"}}}}`, "Bob"},
		{"search", `{"search":"bob@EXAMPLE.com"}`, "Bob"},
		{"search and filter", `{"query":{"filter":{"info.name.first":"Ada"}},"search":"Bob"}`, ""},
		{"sort as an object", `{"query":{"sort":{"fieldName":"info.name.first","order":"DESC"}}}`,
			"Pay Own Mem Bob Ada"},
		{"sort as an array", `{"query":{"sort":[{"fieldName":"info.name.first","order":"DESC"}]}}`,
			"Pay Own Mem Bob Ada"},
		{"an empty sort", `{"query":{"sort":[]}}`, "Ada Bob Mem Own Pay"},
		{"ascending by default", `{"query":{"sort":{"fieldName":"info.name.first"}}}`, "Ada Bob Mem Own Pay"},
		{"contacts without a value come last", `{"query":{"sort":{"fieldName":"info.name.last","order":"DESC"}}}`,
			"Bob Ada Mem Own Pay"},
		{"a page", `{"query":{"paging":{"limit":2,"offset":"1"}}}`, "Bob Mem"},
		{"the language", `{"language":5,"query":{"filter":{"info.name.first":"Bob"},"language":[]}}`, "Bob"},
		{"unknown members", `{"x":5,"query":{"filter":{"info.name.first":"Bob"},"Sort":5,"cursorPaging":5}}`, "Bob"},
		{"parameters", `{}`, "Ada Bob Mem Own Pay"},
	} {
		t.Run("HTTP-4 query: "+tc.name, func(t *testing.T) {
			c := c.in(t)
			require.Equal(t, tc.want, c.do("POST", "/contacts/query?paging.limit=1&query=%zz", tc.body).first())
		})
	}
	for _, tc := range []struct{ name, query, want string }{
		{"no parameters", ``, "Ada Bob Mem Own Pay"},
		{"sort", `?sort.fieldName=info.name.first&sort.order=DESC`, "Pay Own Mem Bob Ada"},
		{"sort, ascending by default", `?sort.fieldName=info.name.first`, "Ada Bob Mem Own Pay"},
		{"a page", `?paging.limit=2&paging.offset=1`, "Bob Mem"},
		{"a page of a sorted list", `?sort.fieldName=createdDate&sort.order=DESC&paging.limit=2&paging.offset=4`,
			"Ada"},
		{"unknown parameters", `?limit=1&paging.Limit=x&filter=x&search=Bob&language=xx&language=yy`,
			"Ada Bob Mem Own Pay"},
	} {
		t.Run("HTTP-4 list: "+tc.name, func(t *testing.T) {
			c := c.in(t)
			require.Equal(t, tc.want, c.do("GET", "/contacts"+tc.query, "").first())
		})
	}

	t.Run("QRY-2 two sorts", func(t *testing.T) {
		c := c.in(t)
		two := `{"query":{"sort":[{"fieldName":"createdDate"},{"fieldName":"info.company"}]}}`
		c.refuse("POST", "/contacts/query", two).violates("query.sort MAX_SIZE 1")
		c.refuse("POST", "/extended-fields/query", two).violates("query.sort MAX_SIZE 1")
		two = `{"query":{"sort":[{"fieldName":"createdDate"},{"fieldName":"displayName","order":"DESC"}]}}`
		require.Equal(t, []any{"VIP", "Old", "Customers", "Contacted Me"},
			c.do("POST", "/labels/query", two).each("labels", "displayName"), "DEF-3")
	})
	t.Run("QRY-2 NewestFirst", func(t *testing.T) {
		c := newCast(t, nil, func(o *contacts.Options) { o.NewestFirst = true })
		require.Equal(t, "Pay Own Mem Bob Ada", c.do("GET", "/contacts", "").first())
		require.Equal(t, "Pay Own Mem Bob Ada", c.do("POST", "/contacts/query", "").first())
	})
	t.Run("PRJ-3 an item of a list", func(t *testing.T) {
		c := c.in(t)
		out := c.do("POST", "/contacts/query", `{"query":{"filter":{"info.name.first":"Bob"},"fieldsets":["BASIC"]}}`)
		out.is(c.fill(`{"contacts":[{"id":"{bob}","revision":1,"info":{"name":{"first":"Bob","last":"Stone"}},` +
			`"primaryInfo":{"email":"bob@example.com","phone":"62183848"}}],` +
			`"pagingMetadata":{"count":1,"offset":0,"total":1,"tooManyToCount":false,"hasNext":false}}`))
	})
	t.Run("HTTP-10 an empty list", func(t *testing.T) {
		a := openAPI(t, nil)
		for _, out := range []answer{a.call("GET", "/contacts", ""), a.call("POST", "/contacts/query", "")} {
			out.is(`{"contacts":[],"pagingMetadata":{"count":0,"offset":0,"total":0,"tooManyToCount":false,` +
				`"hasNext":false}}`)
		}
	})
}

// lists are the methods that return lists with paging.
var lists = []struct {
	method, path string
	items        string // the member with the list
	metadata     string
	body         string // with %s for the member paging; "" if the query has it
	total        int
}{
	{"GET", "/contacts", "contacts", "pagingMetadata", "", 5},
	{"POST", "/contacts/query", "contacts", "pagingMetadata", `{"query":{%s}}`, 5},
	{"GET", "/contacts/facets", "facets", "pagingMetadata", "", 1 + 4 + 6 + 4},
	{"POST", "/contacts/facets/query", "facets", "pagingMetadata", `{%s}`, 1 + 4 + 6 + 4},
	{"GET", "/labels", "labels", "metadata", "", 4},
	{"POST", "/labels/query", "labels", "pagingMetadata", `{"query":{%s}}`, 4},
	{"GET", "/extended-fields", "fields", "metadata", "", 14},
	{"POST", "/extended-fields/query", "fields", "pagingMetadata", `{"query":{%s}}`, 14},
}

func TestPaging(t *testing.T) {
	c := newCast(t, nil)
	for _, l := range lists {
		// page requests a part of the list; nil leaves a number out.
		page := func(limit, offset any) answer {
			var query, members []string
			for name, n := range map[string]any{"limit": limit, "offset": offset} {
				if n != nil {
					query = append(query, fmt.Sprintf("paging.%s=%v", name, n))
					members = append(members, fmt.Sprintf("%q:%v", name, n))
				}
			}
			if l.body == "" {
				return c.do(l.method, l.path+"?"+strings.Join(query, "&"), "")
			}
			return c.do(l.method, l.path, fmt.Sprintf(l.body, `"paging":{`+strings.Join(members, ",")+`}`))
		}
		name := "HTTP-10 " + l.method + " " + l.path
		whole := page(nil, nil)
		items := whole.each(l.items)
		t.Run(name+" all", func(t *testing.T) {
			require.Len(t, items, l.total)
			require.Equal(t, []string{l.items, l.metadata}, whole.members())
		})
		for _, tc := range []struct {
			limit, offset any
			count, at     int
			hasNext       bool
		}{
			{nil, nil, l.total, 0, false},
			{nil, 1, l.total - 1, 1, false},
			{2, nil, 2, 0, true},
			{2, 1, 2, 1, true},
			{1, l.total - 1, 1, l.total - 1, false},
			{2, l.total - 1, 1, l.total - 1, false},
			{l.total, 0, l.total, 0, false},
			{l.total - 1, 0, l.total - 1, 0, true},
			{1000, 0, l.total, 0, false},
			{2, l.total, 0, l.total, false},
			{2, 2147483647, 0, 2147483647, false},
			{0, nil, 0, 0, true},
			{0, 1, 0, 1, true},
			{0, l.total, 0, l.total, false},
		} {
			t.Run(fmt.Sprintf("%s limit %v offset %v", name, tc.limit, tc.offset), func(t *testing.T) {
				out := page(tc.limit, tc.offset)
				require.Equal(t, map[string]any{
					"count": float64(tc.count), "offset": float64(tc.at), "total": float64(l.total),
					"tooManyToCount": false, "hasNext": tc.hasNext,
				}, out.ok(l.metadata))
				want := []any{}
				if tc.count > 0 {
					want = items[tc.at : tc.at+tc.count]
				}
				require.Equal(t, want, out.each(l.items))
			})
		}
	}
	t.Run("HTTP-10 omitTotal", func(t *testing.T) {
		c := c.in(t)
		for _, limit := range []string{"0", "2", "50"} {
			out := c.do("POST", "/contacts/query", `{"query":{"paging":{"limit":`+limit+`}},"omitTotal":true}`)
			require.Equal(t, []string{"count", "hasNext", "offset", "tooManyToCount"}, out.members("pagingMetadata"))
			require.Equal(t, limit != "50", out.at("pagingMetadata.hasNext"))
		}
		out := c.do("POST", "/contacts/query", `{"omitTotal":false}`)
		require.Equal(t, 5.0, out.ok("pagingMetadata.total"))
	})
	t.Run("HTTP-10 a limit of 0, with a filter", func(t *testing.T) {
		c := c.in(t)
		out := c.do("POST", "/contacts/query", `{"query":{"paging":{"limit":0},"filter":{"info.name.first":"Bob"}}}`)
		out.is(`{"contacts":[],"pagingMetadata":{"count":0,"offset":0,"total":1,"tooManyToCount":false,` +
			`"hasNext":true}}`)
	})
	t.Run("QRY-4 by default 50 contacts", func(t *testing.T) {
		a := openAPI(t, nil, func(o *contacts.Options) { o.SelfCheck = false })
		for range 51 {
			a.call("POST", "/contacts", `{"info":{"name":{"first":"Zoe"}}}`).ok()
		}
		for _, out := range []answer{a.call("GET", "/contacts", ""), a.call("POST", "/contacts/query", "")} {
			require.Equal(t, 50.0, out.ok("pagingMetadata.count"))
			require.Equal(t, true, out.ok("pagingMetadata.hasNext"))
		}
	})
}

func TestFacetsOnTheWire(t *testing.T) {
	const status = "info.extendedFields.emailSubscriptions."
	t.Run("FCT-6 facets", func(t *testing.T) {
		c := newCast(t, nil)
		out := c.do("GET", "/contacts/facets?language=es", "")
		want := []string{
			`{"facetType":"ALL_CONTACTS","facetKey":"contacts.all","facetDisplayName":"All Contacts","count":5,` +
				`"legacyId":"contacts-all"}`,
			`{"facetType":"LABEL","namespace":"custom","namespaceDisplayName":"Labels","facetKey":"custom.old",` +
				`"facetDisplayName":"Old","count":0,"queryFilter":{"info.labelKeys":{"$hasSome":["custom.old"]}}}`,
			`{"facetType":"LABEL","namespace":"custom","namespaceDisplayName":"Labels","facetKey":"custom.vip",` +
				`"facetDisplayName":"VIP","count":1,"queryFilter":{"info.labelKeys":{"$hasSome":["custom.vip"]}}}`,
			`{"facetType":"LABEL","namespace":"contacts","namespaceDisplayName":"Labels",` +
				`"facetKey":"contacts.customers",` +
				`"facetDisplayName":"Customers","count":0,"legacyId":"contacts-customers",` +
				`"queryFilter":{"info.labelKeys":{"$hasSome":["contacts.customers"]}}}`,
		}
		facets := out.each("facets")
		require.Equal(t, []any{
			"contacts.all", "custom.old", "custom.vip", "contacts.customers", "contacts.contacted-me",
			"emailSubscriptions.subscribed", "emailSubscriptions.unsubscribed", "emailSubscriptions.pending",
			"emailSubscriptions.bounced", "emailSubscriptions.spam", "emailSubscriptions.inactive",
			"membershipStatus.approved", "membershipStatus.denied", "membershipStatus.pending",
			"membershipStatus.inactive",
		}, out.each("facets", "facetKey"))
		for i, text := range want {
			require.JSONEq(t, text, jsonOf(t, facets[i]))
		}
		require.JSONEq(t, `{"facetType":"SUBSCRIPTION_STATUS","namespace":"emailSubscriptions",`+
			`"namespaceDisplayName":"Subscription Status","facetKey":"emailSubscriptions.spam",`+
			`"facetDisplayName":"Spam",`+
			`"count":0,"legacyId":"contacts-delivery_spam","queryFilter":`+
			`{"info.extendedFields.emailSubscriptions.deliverabilityStatus":{"$eq":"SPAM_COMPLAINT"}}}`,
			jsonOf(t, facets[9]))
		require.JSONEq(t, `{"facetType":"MEMBERSHIP_STATUS","namespace":"membershipStatus",`+
			`"namespaceDisplayName":"Membership Status","facetKey":"membershipStatus.denied",`+
			`"facetDisplayName":"Blocked",`+
			`"count":0,"legacyId":"contacts-site_members_denied","queryFilter":`+
			`{"info.extendedFields.members.membershipStatus":{"$eq":"DENIED"}}}`, jsonOf(t, facets[12]))
	})
	t.Run("FCT-4 the filter of each facet finds the contacts that it counts", func(t *testing.T) {
		c := newCast(t, nil)
		for _, item := range c.do("GET", "/contacts/facets", "").each("facets") {
			facet := item.(map[string]any)
			filter, ok := facet["queryFilter"]
			if !ok {
				filter = map[string]any{}
			}
			out := c.do("POST", "/contacts/query", `{"query":{"filter":`+jsonOf(t, filter)+`,"paging":{"limit":0}}}`)
			require.Equal(t, facet["count"], out.ok("pagingMetadata.total"), facet["facetKey"])
		}
	})
	for _, name := range []string{"filter", "queryFilter"} {
		t.Run("HTTP-4 "+name+" of facets", func(t *testing.T) {
			c := newCast(t, nil)
			out := c.do("POST", "/contacts/facets/query", `{"`+name+`":{"`+status+`effectiveEmail":{"$exists":true}}}`)
			require.Equal(t, 3.0, out.each("facets", "count")[0])
			require.Equal(t, 15.0, out.at("pagingMetadata.total"))
			out = c.do("POST", "/contacts/facets/query",
				`{"`+name+`":{"`+status+`subscriptionStatus":{"$nin":["NOT_SET"]}}}`)
			require.Equal(t, 2.0, out.each("facets", "count")[0])
			c.refuse("POST", "/contacts/facets/query", `{"`+name+`":{"info.name.first":"Ada"}}`).
				fails(400, contacts.ErrFilterField)
			c.refuse("POST", "/contacts/facets/query", `{"`+name+`":[]}`).fails(400, contacts.ErrMalformedFilter)
		})
	}
	t.Run("FCT-5 omitCount", func(t *testing.T) {
		c := newCast(t, nil)
		for _, out := range []answer{
			c.do("GET", "/contacts/facets?omitCount=true", ""),
			c.do("POST", "/contacts/facets/query", `{"omitCount":true}`),
		} {
			require.Len(t, out.each("facets"), 15)
			for _, facet := range out.each("facets") {
				require.NotContains(t, facet, "count")
			}
			require.Equal(t, 15.0, out.at("pagingMetadata.total"))
		}
		for _, out := range []answer{
			c.do("GET", "/contacts/facets?omitCount=false", ""),
			c.do("POST", "/contacts/facets/query", `{"omitCount":false}`),
		} {
			require.Contains(t, out.each("facets")[0], "count")
		}
	})
}
