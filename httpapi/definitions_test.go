package httpapi_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

const definedDates = `"createdDate":"2026-01-02T03:04:05.000Z","updatedDate":"2026-01-02T03:04:05.000Z"`

func TestLabelsOnTheWire(t *testing.T) {
	const mine = `{"namespace":"custom","namespaceDisplayName":"Labels","key":"custom.my-label",` +
		`"displayName":"My Label","labelType":"USER_DEFINED",` + definedDates + `}`
	const customers = `{"namespace":"contacts","namespaceDisplayName":"Labels","key":"contacts.customers",` +
		`"displayName":"Customers","labelType":"SYSTEM","legacyId":"contacts-customers"}`
	a := openAPI(t, nil)
	t.Run("LBL-4 create and find", func(t *testing.T) {
		a := a.in(t)
		a.call("POST", "/labels", `{"displayName":"My Label","language":"en"}`).
			is(`{"label":` + mine + `,"newLabel":true}`)
		a.call("POST", "/labels", `{"displayName":"My Label","key":5}`).is(`{"label":` + mine + `,"newLabel":false}`)
		a.call("POST", "/labels", `{"displayName":"Customers"}`).is(`{"label":` + customers + `,"newLabel":false}`)
	})
	t.Run("LBL-16 get", func(t *testing.T) {
		a := a.in(t)
		a.call("GET", "/labels/custom.my-label?key=custom.my-label&language=es", "").is(`{"label":` + mine + `}`)
		a.call("GET", "/labels/contacts.customers", "").is(`{"label":` + customers + `}`)
	})
	t.Run("HTTP-10 list and query", func(t *testing.T) {
		a := a.in(t)
		const paging = `{"count":1,"offset":0,"total":1,"tooManyToCount":false,"hasNext":false}`
		a.call("GET", "/labels?labelType=USER_DEFINED", "").is(`{"labels":[` + mine + `],"metadata":` + paging + `}`)
		a.call("POST", "/labels/query", `{"query":{"filter":{"labelType":"USER_DEFINED"}}}`).
			is(`{"labels":[` + mine + `],"pagingMetadata":` + paging + `}`)
	})
	t.Run("LBL-8 rename", func(t *testing.T) {
		a := a.in(t)
		a.call("PATCH", "/labels/custom.my-label", `{"label":{"displayName":"My Label","key":"custom.my-label"}}`).
			is(`{"label":` + mine + `}`)
	})
	t.Run("LBL-9 delete", func(t *testing.T) {
		a := a.in(t)
		a.call("DELETE", "/labels/custom.my-label?key=custom.my-label", "").is(`{}`)
		a.call("GET", "/labels/custom.my-label", "").fails(404, contacts.ErrLabelNotFound)
		c := newCast(t, nil)
		c.do("DELETE", "/labels/custom.vip", "").ok()
		require.Empty(t, c.get("ada").Info.LabelKeys)
		require.Equal(t, 3, c.get("ada").Revision)
	})
}

func TestFieldsOnTheWire(t *testing.T) {
	const mine = `{"namespace":"custom","key":"custom.my-field","displayName":"My Field","dataType":"TEXT",` +
		`"fieldType":"USER_DEFINED",` + definedDates + `}`
	a := openAPI(t, nil)
	t.Run("FLD-8 create and find", func(t *testing.T) {
		a := a.in(t)
		a.call("POST", "/extended-fields", `{"displayName":"My Field","dataType":"TEXT"}`).
			is(`{"field":` + mine + `,"newField":true}`)
		a.call("POST", "/extended-fields", `{"displayName":"My Field","dataType":"NUMBER"}`).
			is(`{"field":` + mine + `,"newField":false}`)
		for _, kind := range []string{"TEXT", "NUMBER", "DATE", "URL"} {
			out := a.call("POST", "/extended-fields", `{"displayName":"A `+kind+`","dataType":"`+kind+`"}`)
			require.Equal(t, kind, out.ok("field.dataType"))
		}
	})
	t.Run("FLD-15 get", func(t *testing.T) {
		a := a.in(t)
		a.call("GET", "/extended-fields/custom.my-field?key=custom.my-field", "").is(`{"field":` + mine + `}`)
		out := a.call("GET", "/extended-fields/invoices.vatId", "")
		require.Equal(t, map[string]any{
			"namespace": "invoices", "key": "invoices.vatId", "displayName": "VAT ID", "dataType": "TEXT",
			"fieldType":   "SYSTEM",
			"description": out.at("field.description"),
		}, out.ok("field"))
		require.NotEmpty(t, out.at("field.description"))
	})
	t.Run("HTTP-10 list and query", func(t *testing.T) {
		a := a.in(t)
		const paging = `{"count":1,"offset":0,"total":1,"tooManyToCount":false,"hasNext":false}`
		a.call("GET", "/extended-fields?startsWith=My", "").is(`{"fields":[` + mine + `],"metadata":` + paging + `}`)
		a.call("POST", "/extended-fields/query", `{"query":{"filter":{"key":"custom.my-field"}}}`).
			is(`{"fields":[` + mine + `],"pagingMetadata":` + paging + `}`)
	})
	t.Run("FLD-12 rename", func(t *testing.T) {
		a := a.in(t)
		a.call("PATCH", "/extended-fields/custom.my-field", `{"field":{"displayName":"My Field","dataType":"NUMBER"}}`).
			is(`{"field":` + mine + `}`)
	})
	t.Run("FLD-13 delete", func(t *testing.T) {
		a := a.in(t)
		a.call("DELETE", "/extended-fields/custom.my-field?key=custom.my-field", "").is(`{}`)
		a.call("GET", "/extended-fields/custom.my-field", "").fails(404, contacts.ErrFieldNotFound)
		c := newCast(t, nil)
		c.do("DELETE", "/extended-fields/custom.age", "").ok()
		require.NotContains(t, c.get("ada").Info.ExtendedFields, "custom.age")
	})
}

// definitions are labels and extended fields, which differ only in names.
var definitions = []struct {
	path, wrapper, list  string
	key, system, unknown string // keys
	notFound, readOnly   contacts.Code
	max                  string // characters of a display name
}{
	{
		"/labels", "label", "labels", "custom.vip", "contacts.customers", "custom.none",
		contacts.ErrLabelNotFound, contacts.ErrSystemLabel, "180",
	},
	{
		"/extended-fields", "field", "fields", "custom.age", "invoices.vatId", "custom.none",
		contacts.ErrFieldNotFound, contacts.ErrSystemField, "150",
	},
}

func TestRenameForms(t *testing.T) {
	for _, d := range definitions {
		for _, body := range []string{
			`{"` + d.wrapper + `":{"displayName":"New","key":"` + d.key + `"}}`,
			`{"` + d.wrapper + `":{"displayName":"New"},"language":"en"}`,
			`{"` + d.wrapper + `":{"displayName":"New"},"displayName":"Other","name":"Third"}`,
			`{"displayName":"New"}`,
			`{"displayName":"New","` + d.wrapper + `":null}`,
			`{"displayName":"New","name":"Other"}`,
			`{"name":"New"}`,
			`{"name":"New","displayName":null}`,
		} {
			t.Run("HTTP-4 "+d.wrapper+" "+body, func(t *testing.T) {
				c := newCast(t, nil)
				out := c.do("PATCH", d.path+"/"+d.key, body)
				require.Equal(t, "New", out.ok(d.wrapper+".displayName"))
				require.Equal(t, d.key, out.at(d.wrapper+".key"))
				require.Equal(t, []string{d.wrapper}, out.members())
				require.Equal(t, out.text, c.do("GET", d.path+"/"+d.key, "").text)
			})
		}
		long := strings.Repeat("é", 181)
		c := newCast(t, nil)
		for body, want := range map[string]string{
			``:                     d.wrapper + ".displayName MIN_LENGTH 1",
			`{}`:                   d.wrapper + ".displayName MIN_LENGTH 1",
			`{"displayName":null}`: d.wrapper + ".displayName MIN_LENGTH 1",
			`{"` + d.wrapper + `":{"displayName":""}}`:               d.wrapper + ".displayName MIN_LENGTH 1",
			`{"` + d.wrapper + `":{}}`:                               d.wrapper + ".displayName MIN_LENGTH 1",
			`{"` + d.wrapper + `":{"displayName":"` + long + `"}}`:   d.wrapper + ".displayName MAX_LENGTH " + d.max,
			`{"` + d.wrapper + `":{"displayName":5}}`:                d.wrapper + ".displayName FORMAT STRING",
			`{"` + d.wrapper + `":"New"}`:                            d.wrapper + " FORMAT OBJECT",
			`{"` + d.wrapper + `":[{}]}`:                             d.wrapper + " FORMAT OBJECT",
			`{"displayName":""}`:                                     "displayName MIN_LENGTH 1",
			`{"displayName":"` + long + `"}`:                         "displayName MAX_LENGTH " + d.max,
			`{"displayName":5}`:                                      "displayName FORMAT STRING",
			`{"name":""}`:                                            "name MIN_LENGTH 1",
			`{"name":"` + long + `"}`:                                "name MAX_LENGTH " + d.max,
			`{"name":{}}`:                                            "name FORMAT STRING",
			`{"` + d.wrapper + `":{"displayName":"a\u0000b"}}`:       d.wrapper + ".displayName FORMAT TEXT",
			`{"` + d.wrapper + `":{"displayName":"` + "\xff" + `"}}`: "body FORMAT JSON",
		} {
			t.Run("HTTP-7 rename "+d.wrapper+" "+body, func(t *testing.T) {
				c.in(t).refuse("PATCH", d.path+"/"+d.key, body).violates(want)
			})
		}
	}
}

func TestKeysInPaths(t *testing.T) {
	for _, d := range definitions {
		long := strings.Repeat("ö", 81)
		for _, tc := range []struct{ name, path string }{
			{"unknown", "/" + d.unknown},
			{"in another case", "/" + strings.ToUpper(d.key)},
			{"with blanks, slashes and question marks, as the client sends it",
				"/custom.a%20b/c?d?key=custom.a+b%2Fc%3Fd"},
			{"escaped slash", "/custom.a%2Fb"},
			{"80 characters", "/" + url.PathEscape(strings.Repeat("ö", 80))},
			{"slash at the end", "/" + d.key + "/"},
		} {
			t.Run("HTTP-8 "+d.wrapper+", key "+tc.name, func(t *testing.T) {
				c := newCast(t, nil)
				c.refuse("GET", d.path+tc.path, "").fails(404, d.notFound)
				c.refuse("PATCH", d.path+tc.path, `{"name":"New"}`).fails(404, d.notFound)
				c.refuse("DELETE", d.path+tc.path, "").fails(404, d.notFound)
			})
		}
		t.Run("HTTP-5 "+d.wrapper+", key too long", func(t *testing.T) {
			c := newCast(t, nil)
			path := d.path + "/" + url.PathEscape(long)
			c.refuse("GET", path, "").violates("key MAX_LENGTH 80")
			c.refuse("DELETE", path, "").violates("key MAX_LENGTH 80")
			c.refuse("PATCH", path, `{"name":"New"}`).violates(d.wrapper + ".key MAX_LENGTH 80")
			c.refuse("PATCH", path, `{"name":5}`).violates(d.wrapper+".key MAX_LENGTH 80", "name FORMAT STRING")
		})
		t.Run("HTTP-5 "+d.wrapper+", no key", func(t *testing.T) {
			c := newCast(t, nil)
			c.refuse("GET", d.path+"/?key="+d.key, "").violates("key MIN_LENGTH 1")
			c.refuse("DELETE", d.path+"/", "").violates("key MIN_LENGTH 1")
			c.refuse("PATCH", d.path+"/", `{"name":"New"}`).violates(d.wrapper + ".key MIN_LENGTH 1")
		})
		t.Run("LBL-10 FLD-14 "+d.wrapper+", of the system", func(t *testing.T) {
			c := newCast(t, nil)
			for method, body := range map[string]string{"PATCH": `{"name":"New"}`, "DELETE": ""} {
				out := c.refuse(method, d.path+"/"+d.system, body)
				out.fails(428, d.readOnly)
				require.Regexp(t, `^System \w+ cannot be renamed or deleted: `+d.system+`\.$`, out.at("message"))
			}
			c.do("GET", d.path+"/"+d.system, "").ok()
		})
	}
	t.Run("HTTP-5 a key in another script, escaped", func(t *testing.T) {
		a := openAPI(t, nil)
		key := a.call("POST", "/labels", `{"displayName":"Größe 3/4"}`).ok("label.key").(string)
		require.Equal(t, "custom.größe-3-4", key)
		require.Equal(t, key, a.call("GET", "/labels/"+url.PathEscape(key), "").ok("label.key"))
	})
}

func TestListDefinitionsOnTheWire(t *testing.T) {
	c := newCast(t, nil)
	for _, tc := range []struct{ path, body, want string }{
		{"/labels", "", "custom.old custom.vip contacts.customers contacts.contacted-me"},
		{"/labels?labelType=SYSTEM", "", "contacts.customers contacts.contacted-me"},
		{"/labels?labelType=", "", "custom.old custom.vip contacts.customers contacts.contacted-me"},
		{"/labels?namespace=custom", "", "custom.old custom.vip"},
		{"/labels?startsWith=V", "", "custom.vip"},
		{"/labels?startsWith=v", "", ""},
		{"/labels?startsWith=C&sort.fieldName=displayName&sort.order=ASC&paging.limit=1&paging.offset=1", "",
			"contacts.customers"},
		{"/labels?sort.fieldName=displayName&sort.order=DESC", "",
			"custom.vip custom.old contacts.customers contacts.contacted-me"},
		{"/labels?namespace=custom&language=es&filter=x&query=y", "", "custom.old custom.vip"},
		{"/labels/query", `{}`, "custom.old custom.vip contacts.customers contacts.contacted-me"},
		{"/labels/query", `{"query":{"filter":{"displayName":{"$startsWith":"v"}},"sort":[],"paging":{}},"language":5}`,
			"custom.vip"},
		{"/labels/query", `{"query":{"sort":{"fieldName":"displayName"},"fields":5},"search":5,"namespace":5}`,
			"contacts.contacted-me contacts.customers custom.old custom.vip"},
		{"/extended-fields?fieldType=USER_DEFINED&sort.fieldName=displayName", "", "custom.age custom.note"},
		{"/extended-fields?namespace=members", "", "members.membershipStatus members.mobile"},
		{"/extended-fields?startsWith=VAT", "", "invoices.vatId"},
		{"/extended-fields/query", `{"query":{"filter":{"dataType":"DATE"}}}`, "ecom.lastPurchaseDate"},
		{"/extended-fields/query",
			`{"query":{"filter":{"fieldType":"USER_DEFINED"},"sort":{"fieldName":"displayName","order":"DESC"}}}`,
			"custom.note custom.age"},
	} {
		t.Run("DEF-1 "+tc.path+" "+tc.body, func(t *testing.T) {
			c := c.in(t)
			method, list := "GET", "labels"
			if tc.body != "" {
				method = "POST"
			}
			if strings.HasPrefix(tc.path, "/extended") {
				list = "fields"
			}
			keys := []string{}
			for _, key := range c.do(method, tc.path, tc.body).each(list, "key") {
				keys = append(keys, key.(string))
			}
			require.Equal(t, strings.Fields(tc.want), keys)
		})
	}
}
