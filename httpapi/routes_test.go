package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/httpapi"
)

// endpoint is a method of the API with a valid request. Where the published client has the method, the request is the
// client's, with copies of the IDs in the query or the body.
type endpoint struct {
	route        string // without the prefix
	path         string // with IDs and parameters
	body         string
	permission   httpapi.Permission
	reply        []string // the members of the reply
	withoutReply bool     // {}
}

func (e endpoint) method() string {
	method, _, _ := strings.Cut(e.route, " ")
	return method
}

const (
	view         = httpapi.PermissionView
	modify       = httpapi.PermissionModify
	merge        = httpapi.PermissionMerge
	submit       = httpapi.PermissionSubmit
	labelsView   = httpapi.PermissionLabelsView
	labelsModify = httpapi.PermissionLabelsModify
	fieldsView   = httpapi.PermissionFieldsView
	fieldsModify = httpapi.PermissionFieldsModify
)

// endpoints has each method once.
var endpoints = []endpoint{
	{
		route: "POST /contacts", path: "/contacts", body: `{"info":{"name":{"first":"Zoe"}},"allowDuplicates":true}`,
		permission: modify, reply: []string{"contact"},
	},
	{
		route: "GET /contacts", permission: view, reply: []string{"contacts", "pagingMetadata"},
		path: "/contacts?sort.fieldName=createdDate&sort.order=DESC&paging.limit=2&paging.offset=4" +
			"&fields=source&fields=info.name&fieldsets=BASIC&fieldsets=EXTENDED",
	},
	{
		route: "POST /contacts/query", path: "/contacts/query",
		body:       `{"query":{"filter":{},"paging":{"offset":0,"limit":50}}}`,
		permission: view, reply: []string{"contacts", "pagingMetadata"},
	},
	{
		route: "GET /contacts/facets", path: "/contacts/facets?paging.limit=3&language=en",
		permission: view, reply: []string{"facets", "pagingMetadata"},
	},
	{
		route: "POST /contacts/facets/query", path: "/contacts/facets/query",
		body:       `{"filter":{"info.extendedFields.emailSubscriptions.effectiveEmail":{"$exists":true}}}`,
		permission: view, reply: []string{"facets", "pagingMetadata"},
	},
	{
		route:      "GET /contacts/{id}",
		path:       "/contacts/{ada}?id={ada}&fields=createdDate&fields=info.emails&fieldsets=BASIC",
		permission: view, reply: []string{"contact", "responseType"},
	},
	{
		route: "PATCH /contacts/{id}", path: "/contacts/{bob}",
		body:       `{"contactId":"{bob}","info":{"company":"Acorn"},"revision":1}`,
		permission: modify, reply: []string{"contact"},
	},
	{
		route: "DELETE /contacts/{id}", path: "/contacts/{bob}?contactId={bob}",
		permission: modify, withoutReply: true,
	},
	{
		route: "POST /contacts/{id}/labels", path: "/contacts/{bob}/labels",
		body:       `{"contactId":"{bob}","labelKeys":["custom.vip","custom.old"]}`,
		permission: modify, reply: []string{"contact"},
	},
	{
		route:      "DELETE /contacts/{id}/labels",
		path:       "/contacts/{ada}/labels?contactId={ada}&labelKeys=custom.vip&labelKeys=custom.old",
		permission: modify, reply: []string{"contact"},
	},
	{
		route: "POST /contacts/{id}/merge", path: "/contacts/{ada}/merge",
		body:       `{"targetContactId":"{ada}","targetContactRevision":2,"sourceContactIds":["{bob}"]}`,
		permission: merge, reply: []string{"contact"},
	},
	{
		route: "POST /contacts/{id}/preview-merge", path: "/contacts/{ada}/preview-merge",
		body:       `{"targetContactId":"{ada}","sourceContactIds":["{bob}"]}`,
		permission: merge, reply: []string{"contact"},
	},
	{
		route: "POST /bulk/contacts/delete", path: "/bulk/contacts/delete",
		body:       `{"filter":{"info.name.last":"Stone"},"search":"Bob"}`,
		permission: modify, reply: []string{"jobId"},
	},
	{
		route: "POST /bulk/contacts/update", path: "/bulk/contacts/update",
		body:       `{"filter":{"info.name.last":"Stone"},"info":{"company":"Acorn"}}`,
		permission: modify, reply: []string{"jobId"},
	},
	{
		route: "POST /bulk/contacts/add-remove-labels", path: "/bulk/contacts/add-remove-labels",
		body:       `{"search":"Bob","labelKeysToAdd":["custom.vip"],"labelKeysToRemove":["custom.old"]}`,
		permission: modify, reply: []string{"jobId"},
	},
	{route: "GET /bulk/jobs", path: "/bulk/jobs", permission: view, reply: []string{"jobs"}},
	{route: "GET /bulk/jobs/{id}", path: "/bulk/jobs/{job}", permission: view, reply: []string{"job"}},
	{route: "GET /bulk/contact/jobs", path: "/bulk/contact/jobs", permission: view, reply: []string{"jobs"}},
	{route: "GET /bulk/contact/jobs/{id}", path: "/bulk/contact/jobs/{job}", permission: view, reply: []string{"job"}},
	{
		route: "POST /contact-submit", path: "/contact-submit",
		body:       `{"info":{"name":{"first":"Zoe"}},"passThroughData":"p"}`,
		permission: submit, reply: []string{"contactId", "identityType", "newContact"},
	},
	{
		route: "POST /labels", path: "/labels", body: `{"displayName":"My Label","language":"en"}`,
		permission: labelsModify, reply: []string{"label", "newLabel"},
	},
	{
		route: "GET /labels", permission: labelsView, reply: []string{"labels", "metadata"},
		path: "/labels?labelType=USER_DEFINED&namespace=custom&startsWith=A&sort.fieldName=displayName&sort.order=ASC" +
			"&paging.limit=10&paging.offset=1",
	},
	{
		route: "POST /labels/query", path: "/labels/query",
		body: `{"query":{"filter":{"displayName":{"$startsWith":"V"}},"paging":{"limit":50,"offset":0},` +
			`"sort":[{"fieldName":"displayName","order":"ASC"}]}}`,
		permission: labelsView, reply: []string{"labels", "pagingMetadata"},
	},
	{
		route: "GET /labels/{key...}", path: "/labels/custom.vip?key=custom.vip",
		permission: labelsView, reply: []string{"label"},
	},
	{
		route: "PATCH /labels/{key...}", path: "/labels/custom.vip",
		body:       `{"label":{"displayName":"New","key":"custom.vip"}}`,
		permission: labelsModify, reply: []string{"label"},
	},
	{
		route: "DELETE /labels/{key...}", path: "/labels/custom.vip?key=custom.vip",
		permission: labelsModify, withoutReply: true,
	},
	{
		route: "POST /extended-fields", path: "/extended-fields", body: `{"displayName":"My Field","dataType":"TEXT"}`,
		permission: fieldsModify, reply: []string{"field", "newField"},
	},
	{
		route: "GET /extended-fields", path: "/extended-fields?fieldType=SYSTEM&paging.limit=10",
		permission: fieldsView, reply: []string{"fields", "metadata"},
	},
	{
		route: "POST /extended-fields/query", path: "/extended-fields/query", body: `{"query":{}}`,
		permission: fieldsView, reply: []string{"fields", "pagingMetadata"},
	},
	{
		route: "GET /extended-fields/{key...}", path: "/extended-fields/custom.age?key=custom.age",
		permission: fieldsView, reply: []string{"field"},
	},
	{
		route: "PATCH /extended-fields/{key...}", path: "/extended-fields/custom.age",
		body:       `{"field":{"displayName":"N","key":"custom.age"}}`,
		permission: fieldsModify, reply: []string{"field"},
	},
	{
		route: "DELETE /extended-fields/{key...}", path: "/extended-fields/custom.age?key=custom.age",
		permission: fieldsModify, withoutReply: true,
	},
}

// writes reports whether the endpoint changes contacts or definitions.
func (e endpoint) writes() bool {
	return e.permission != view && e.permission != labelsView && e.permission != fieldsView &&
		!strings.HasSuffix(e.route, "/preview-merge")
}

func TestEndpoints(t *testing.T) {
	t.Run("HTTP-1 every method has an endpoint", func(t *testing.T) {
		var names []string
		for _, e := range endpoints {
			names = append(names, e.route)
		}
		require.ElementsMatch(t, httpapi.Routes(), names)
	})
	for _, e := range endpoints {
		for _, prefix := range []string{"/contacts/v4", "/_api/contacts/v4"} {
			t.Run("HTTP-1 "+e.method()+" "+prefix+e.path, func(t *testing.T) {
				c := newCast(t, nil)
				before := c.store.Snapshot()
				out := c.send(request(e.method(), c.fill(prefix+e.path), c.fill(e.body)))
				out.ok()
				if e.withoutReply {
					require.Equal(t, "{}", out.text, "HTTP-2")
				} else {
					require.ElementsMatch(t, e.reply, out.members(), out.text)
				}
				after := c.store.Snapshot()
				require.Equal(t, e.writes(), before.Digest() != after.Digest())
				require.NoError(t, after.Check())
			})
		}
	}
}

func TestPaths(t *testing.T) {
	c := newCast(t, nil)
	for _, path := range []string{
		"/", "/contacts", "/contacts/v4", "/contacts/v4/", "/_api", "/_api/contacts/v4", "/api/contacts/v4/contacts",
		"/contacts/v4/contacts/", "/contacts/v4/contacts/query/", "/contacts/v4/contacts/{ada}/",
		"/contacts/v5/contacts",
		"/contacts/v4/contacts/{ada}/nothing", "/contacts/v4/contacts/{ada}/labels/custom.vip",
		"/contacts/v4/bulk", "/contacts/v4/bulk/contacts", "/contacts/v4/bulk/jobs/{job}/items",
		"/contacts/v4/Contacts",
		"/contacts/v4/contact-submit/", "/contacts/v4/attachments/{ada}", "/contacts/v4//contacts",
		"//contacts/v4/contacts",
		"/contacts/v4/./contacts", "/contacts/v4/labels/../contacts", "/contacts/v4/bulk/contacts/upsert", "*",
	} {
		t.Run("HTTP-1 no such path: "+path, func(t *testing.T) {
			c := c.in(t)
			for _, method := range []string{"GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS"} {
				if path == "*" && method != "OPTIONS" {
					continue
				}
				out := c.refused(request(method, c.fill(path), ""))
				out.fails(http.StatusNotFound, httpapi.ErrRouteNotFound)
				require.Empty(t, out.header.Get("Location"), "nothing is redirected")
			}
		})
	}

	for path, allowed := range map[string]string{
		"/contacts":                         "GET, HEAD, POST",
		"/contacts/query":                   "POST",
		"/contacts/facets":                  "GET, HEAD",
		"/contacts/facets/query":            "POST",
		"/contacts/{ada}":                   "DELETE, GET, HEAD, PATCH",
		"/contacts/{ada}/labels":            "DELETE, POST",
		"/contacts/{ada}/merge":             "POST",
		"/contacts/{ada}/preview-merge":     "POST",
		"/bulk/contacts/delete":             "POST",
		"/bulk/contacts/update":             "POST",
		"/bulk/contacts/add-remove-labels":  "POST",
		"/bulk/jobs":                        "GET, HEAD",
		"/bulk/jobs/{job}":                  "GET, HEAD",
		"/bulk/contact/jobs":                "GET, HEAD",
		"/bulk/contact/jobs/{job}":          "GET, HEAD",
		"/contact-submit":                   "POST",
		"/labels":                           "GET, HEAD, POST",
		"/labels/query":                     "POST",
		"/labels/custom.vip":                "DELETE, GET, HEAD, PATCH",
		"/extended-fields":                  "GET, HEAD, POST",
		"/extended-fields/query":            "POST",
		"/extended-fields/custom.age":       "DELETE, GET, HEAD, PATCH",
		"/contacts/facets?id={ada}":         "GET, HEAD",
		"/labels/custom.vip/and/more?key=k": "DELETE, GET, HEAD, PATCH",
	} {
		t.Run("HTTP-1 methods of "+path, func(t *testing.T) {
			c := c.in(t)
			list := strings.Split(allowed, ", ")
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get",
				"X"} {
				if slices.Contains(list, method) {
					continue
				}
				out := c.refuse(method, path, "")
				out.fails(http.StatusMethodNotAllowed, httpapi.ErrMethodNotAllowed)
				require.ElementsMatch(t, list, strings.Split(out.header.Get("Allow"), ", "))
			}
		})
	}
}

func TestHead(t *testing.T) {
	c := newCast(t, nil)
	for _, e := range endpoints {
		if e.method() != http.MethodGet {
			continue
		}
		t.Run("HTTP-1 HEAD "+e.path, func(t *testing.T) {
			c := c.in(t)
			get, head := c.do("GET", e.path, ""), c.do("HEAD", e.path, "")
			require.Equal(t, http.StatusOK, head.status)
			require.Equal(t, get.header.Get("Content-Length"), head.header.Get("Content-Length"))
		})
	}
	t.Run("HTTP-1 HEAD of an unknown contact", func(t *testing.T) {
		c := c.in(t)
		c.do("HEAD", "/contacts/{nobody}", "").fails(http.StatusNotFound, "CONTACT_NOT_FOUND")
	})
}

// TestCopiesOfIDs requires that the ID in the path decides, whatever copies of it the client sends.
func TestCopiesOfIDs(t *testing.T) {
	for _, tc := range []struct {
		name, method, path, body string
		at                       string
		want                     any
	}{
		{"get", "GET", "/contacts/{bob}?id={ada}", "", "contact.id", "{bob}"},
		{"get, no GUID", "GET", "/contacts/{bob}?id=x&contactId=y", "", "contact.id", "{bob}"},
		{
			"update", "PATCH", "/contacts/{bob}", `{"contactId":"{ada}","id":"x","revision":1,"info":{"company":"A"}}`,
			"contact.id", "{bob}",
		},
		{
			"update, wrong type", "PATCH", "/contacts/{bob}", `{"contactId":5,"revision":1,"info":{"company":"A"}}`,
			"contact.id", "{bob}",
		},
		{"label", "POST", "/contacts/{bob}/labels", `{"contactId":[],"labelKeys":["custom.vip"]}`, "contact.id",
			"{bob}"},
		{"unlabel", "DELETE", "/contacts/{bob}/labels?contactId={ada}&labelKeys=custom.vip", "", "contact.id", "{bob}"},
		{
			"merge", "POST", "/contacts/{ada}/merge",
			`{"targetContactId":"{nobody}","targetContactRevision":2,"sourceContactIds":["{bob}"]}`, "contact.id",
			"{ada}",
		},
		{
			"preview", "POST", "/contacts/{ada}/preview-merge", `{"targetContactId":{},"sourceContactIds":["{bob}"]}`,
			"contact.id", "{ada}",
		},
		{"job", "GET", "/bulk/jobs/{job}?id={ada}", "", "job.id", "{job}"},
		{"get label", "GET", "/labels/custom.vip?key=custom.old", "", "label.key", "custom.vip"},
		{
			"rename label", "PATCH", "/labels/custom.vip", `{"label":{"key":"custom.old","displayName":"New"}}`,
			"label.key", "custom.vip",
		},
		{
			"rename label, wrong type", "PATCH", "/labels/custom.vip", `{"label":{"key":5,"displayName":"New"}}`,
			"label.key", "custom.vip",
		},
		{"get field", "GET", "/extended-fields/custom.age?key=x", "", "field.key", "custom.age"},
		{
			"rename field", "PATCH", "/extended-fields/custom.age",
			`{"field":{"key":"custom.note","displayName":"New"}}`,
			"field.key", "custom.age",
		},
		{"delete", "DELETE", "/contacts/{bob}?contactId={ada}&contactId=%zz", "", "contact", nil},
		{"delete label", "DELETE", "/labels/custom.vip?key=custom.old", "", "label", nil},
		{"delete field", "DELETE", "/extended-fields/custom.age?key=custom.note", "", "field", nil},
	} {
		t.Run("HTTP-5 "+tc.name, func(t *testing.T) {
			c := newCast(t, nil)
			got := c.do(tc.method, tc.path, tc.body).ok(tc.at)
			if want, ok := tc.want.(string); ok {
				require.Equal(t, c.fill(want), got)
				return
			}
			require.Nil(t, got)
			c.do("GET", "/contacts/{ada}", "").ok()
			c.do("GET", "/labels/custom.old", "").ok()
			c.do("GET", "/extended-fields/custom.note", "").ok()
			// The object in the path is deleted.
			path, _, _ := strings.Cut(tc.path, "?")
			require.Equal(t, http.StatusNotFound, c.do("GET", path, "").status)
		})
	}

	t.Run("HTTP-5 an ID in capitals", func(t *testing.T) {
		a := openAPI(t, nil)
		a.newID = func() uuid.UUID { return uuid.MustParse("abcdef01-2345-4678-9abc-def012345678") }
		id := a.call("POST", "/contacts", `{"info":{"name":{"first":"Ada"}}}`).ok("contact.id").(string)
		require.Equal(t, id, a.call("GET", "/contacts/"+strings.ToUpper(id), "").ok("contact.id"))
	})
}

func TestRoute(t *testing.T) {
	id := "/" + uuid.NewString()
	for target, want := range map[string]string{
		"GET /contacts/v4/contacts" + id:            "GET /contacts/{id}",
		"HEAD /contacts/v4/contacts" + id:           "GET /contacts/{id}",
		"GET /_api/contacts/v4/contacts" + id:       "GET /contacts/{id}",
		"GET /contacts/v4/contacts/facets":          "GET /contacts/facets",
		"DELETE /contacts/v4/labels/custom.a%2Fb/c": "DELETE /labels/{key...}",
		"PUT /contacts/v4/contacts" + id:            "",
		"GET /contacts/v4/contacts/" + id:           "",
		"GET /contacts/v5/contacts" + id:            "",
		"GET /":                                     "",
	} {
		method, path, _ := strings.Cut(target, " ")
		t.Run("OPS-2 "+strings.TrimSuffix(target, id), func(t *testing.T) {
			r := httptest.NewRequest(method, path, nil)
			require.Equal(t, want, httpapi.Route(r))
			require.Empty(t, r.Pattern, "it does not change the request")
		})
	}
}
