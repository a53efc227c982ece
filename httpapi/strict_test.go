package httpapi_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/internal/storetest"
	"github.com/contactsdb/contacts/internal/wire"
)

var strict = &httpapi.Options{Strict: true}

// unknownFields returns the paths of the violations that report unknown names, and requires that there are no others.
func unknownFields(a answer) []string {
	a.t.Helper()
	require.Equal(a.t, http.StatusBadRequest, a.status, a.text)
	var reply struct {
		Details struct {
			ValidationError struct {
				FieldViolations []struct{ Field, ViolatedRule, RuleName string }
			}
		}
	}
	require.NoError(a.t, json.Unmarshal([]byte(a.text), &reply))
	var fields []string
	for _, v := range reply.Details.ValidationError.FieldViolations {
		require.Equal(a.t, "CUSTOM", v.ViolatedRule)
		require.Equal(a.t, httpapi.RuleNameUnknown, v.RuleName)
		fields = append(fields, v.Field)
	}
	return fields
}

func TestStrict(t *testing.T) {
	a := openAPI(t, strict)
	lenient := &api{t: t, store: a.store, handler: httpapi.Handler(a.store, nil)}
	for _, test := range []struct {
		name, method, path, body string
		want                     []string
	}{
		{"HTTP-21 members at any depth", "POST", "/contacts",
			`{"info":{"name":{"first":"A","middle":1},"emails":{"items":[{"email":"a@x.test"},{"emial":1}]},"tags":[]},` +
				`"x":null}`,
			[]string{"info.name.middle", "info.emails.items[1].emial", "info.tags", "x"}},
		{"HTTP-21 members in another case", "POST", "/contacts", `{"Info":{}}`, []string{"Info"}},
		{"HTTP-21 a wrapper", "POST", "/contacts", `{"info":{"phones":{"items":[],"total":1}}}`,
			[]string{"info.phones.total"}},
		{"HTTP-21 an address", "POST", "/contacts",
			`{"info":{"addresses":{"items":[{"address":{"geocode":{"lat":1},"subdivisions":[{"x":1}]},"city":1}]}}}`,
			[]string{
				"info.addresses.items[0].address.geocode.lat", "info.addresses.items[0].address.subdivisions[0].x",
				"info.addresses.items[0].city",
			}},
		{"HTTP-21 a filter beside the query", "POST", "/contacts/query", `{"filter":{},"query":{}}`, []string{"filter"}},
		{"HTTP-21 a sort", "POST", "/contacts/query", `{"query":{"sort":[{"field":"x"}],"page":{}}}`,
			[]string{"query.sort[0].field", "query.page"}},
		{"HTTP-21 a sort that is an object", "POST", "/labels/query", `{"query":{"sort":{"field":"x"}}}`,
			[]string{"query.sort.field"}},
		{"HTTP-21 members that the service acts on", "POST", "/bulk/contacts/delete",
			`{"search":"x","deleteMember":true}`, []string{"deleteMember"}},
		{"HTTP-21 parameters", "GET", "/contacts?limit=1&paging.limit=1&Fields=x", "", []string{"Fields", "limit"}},
		{"HTTP-21 parameters of a method without any", "GET", "/bulk/jobs?x=1", "", []string{"x"}},
		{"HTTP-21 parameters and members", "PATCH", "/contacts/" + testID(1).String() + "?x=1", `{"revision":1,"y":2}`,
			[]string{"x", "y"}},
		{"HTTP-22 names that may be data", "POST", "/contacts",
			`{"ann@example.com":1,"info":{"Ann Example":1,"name":{"+1 201":2}}}`, []string{"body", "info", "info.name"}},
		{"HTTP-22 parameters that may be data", "GET", "/contacts?ann@example.com=1", "", []string{"query"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			reply := a.in(t).refused(request(test.method, publicPrefix+test.path, test.body))
			require.Equal(t, test.want, unknownFields(reply))
			require.NotContains(t, strings.ToLower(reply.text), "ann")
			reply = lenient.in(t).call(test.method, test.path, test.body)
			require.NotContains(t, reply.text, httpapi.RuleNameUnknown, "HTTP-4")
		})
	}
	t.Run("HTTP-21 beside other violations", func(t *testing.T) {
		reply := a.in(t).call("POST", "/contacts", `{"allowDuplicates":1,"x":1}`)
		require.Contains(t, reply.text, `"field":"allowDuplicates"`)
		require.Contains(t, reply.text, `"field":"x"`)
	})
}

// TestStrictAccepts sends everything that a strict handler must know.
func TestStrictAccepts(t *testing.T) {
	a := openAPI(t, strict)
	key := storetest.NewField(t, a.store, "Ann Example's size", contacts.DataNumber)
	info := storetest.RichInfo("Ann")
	info.LabelKeys = nil
	info.ExtendedFields = map[string]any{key: 38.0}
	text, err := json.Marshal(info)
	require.NoError(t, err)
	made := a.call("POST", "/contacts", `{"info":`+string(text)+`,"allowDuplicates":true,"language":"de"}`)
	require.Equal(t, http.StatusOK, made.status, made.text)
	t.Run("HTTP-22 an info as a reply has it", func(t *testing.T) {
		var reply struct {
			Contact struct {
				ID   string
				Info json.RawMessage
			}
		}
		require.NoError(t, json.Unmarshal([]byte(made.text), &reply))
		again := a.in(t).call("PATCH", "/contacts/"+reply.Contact.ID, `{"contactId":"`+reply.Contact.ID+
			`","revision":1,"info":`+string(reply.Contact.Info)+`,"fieldMask":{"paths":["info.company"]}}`)
		require.Equal(t, http.StatusOK, again.status, again.text)
	})
	t.Run("HTTP-22 the names of the SDK", func(t *testing.T) {
		reply := a.in(t).call("POST", "/contacts", `{"info":{"name":{"first":"B"},"picture":"https://x.test/y",`+
			`"emails":{"items":[{"_id":"","email":"b@x.test"}]},"addresses":{"items":[{"_id":"","address":`+
			`{"addressLine1":"a","formatted":"b","location":{"latitude":1,"longitude":2}}}]}}}`)
		require.Equal(t, http.StatusOK, reply.status, reply.text)
	})
	t.Run("HTTP-22 a label as a reply has it", func(t *testing.T) {
		var reply struct{ Label, Field json.RawMessage }
		for path, name := range map[string]string{"/labels": "label", "/extended-fields": "field"} {
			made := a.in(t).call("POST", path, `{"displayName":"VIP","dataType":"TEXT"}`)
			if name == "label" { // which has no type of data
				require.Equal(t, []string{"dataType"}, unknownFields(made))
				made = a.in(t).call("POST", path, `{"displayName":"VIP"}`)
			}
			require.Equal(t, http.StatusOK, made.status, made.text)
			require.NoError(t, json.Unmarshal([]byte(made.text), &reply))
			sent := map[string]json.RawMessage{"label": reply.Label, "field": reply.Field}[name]
			renamed := a.in(t).call("PATCH", path+"/custom.vip", `{"`+name+`":`+string(sent)+`}`)
			require.Equal(t, http.StatusOK, renamed.status, renamed.text)
		}
	})
	t.Run("HTTP-22 every violation of a type is of a known member", func(t *testing.T) {
		for _, wrong := range wrongInfos {
			if strings.HasSuffix(wrong.want[0], "REQUIRED_FIELD") {
				continue // a wrapper with other members than items
			}
			reply := a.in(t).call("POST", "/contacts", `{"info":`+wrong.text+`}`)
			require.NotContains(t, reply.text, httpapi.RuleNameUnknown)
		}
	})
}

// leaves returns the paths of the members in a shape, without the wrappers above them. An item of an array is [].
func leaves(s *wire.Shape, path []string) [][]string {
	if s == nil || s.Members == nil && s.Items == nil {
		return [][]string{slices.Clone(path)}
	}
	if s.Members == nil {
		return leaves(s.Items, append(path, "[]"))
	}
	var all [][]string
	for name, inner := range s.Members {
		all = append(all, leaves(inner, append(slices.Clip(path), name))...)
	}
	return all
}

// inside returns a text with a value at a path of leaves.
func inside(path []string, value string) string {
	if len(path) == 0 {
		return value
	}
	if path[0] == "[]" {
		return "[" + inside(path[1:], value) + "]"
	}
	return `{"` + path[0] + `":` + inside(path[1:], value) + `}`
}

// TestStrictRoutes shows that the names which a strict handler accepts are those that its readers read: for one of some
// wrong values the reply differs from that without a value. The others are copies, and have no effect.
func TestStrictRoutes(t *testing.T) {
	noEffect := []string{"language", "id", "contactId", "targetContactId", "key"}
	a := openAPI(t, strict)
	ada := storetest.Create(t, a.store, storetest.Person("Ada", "ada@x.test"))
	storetest.NewLabel(t, a.store, "VIP")
	storetest.NewField(t, a.store, "VIP", contacts.DataText)
	ids := strings.NewReplacer("/contacts/{id}", "/contacts/"+ada.ID.String(), "{id}", uuid.NewString(),
		"{key...}", "custom.vip")
	ask := func(method, path, body string) string { // of a store that no other request has changed
		in := &api{t: t, handler: httpapi.Handler(a.store.Fork(), strict)}
		reply := in.call(method, path, body)
		require.NotContains(t, reply.text, `"`+httpapi.RuleNameUnknown+`"`)
		return reply.text
	}
	for _, route := range httpapi.Routes() {
		t.Run("HTTP-21 "+route, func(t *testing.T) {
			params, shape, ok := httpapi.Known(route)
			require.True(t, ok)
			method, path, _ := strings.Cut(route, " ")
			path = ids.Replace(path)
			plain := ask(method, path, "")
			for _, name := range params {
				read := false
				for _, value := range []string{"x", "-1"} {
					read = read || ask(method, path+"?"+name+"="+value, "") != plain
				}
				require.Equal(t, !slices.Contains(noEffect, name), read, name)
			}
			if shape == nil {
				return
			}
			for _, leaf := range leaves(shape, nil) {
				name := leaf[len(leaf)-1]
				whole := len(leaf) == 2 && (leaf[0] == "label" || leaf[0] == "field") && name != "displayName"
				bare := inside(leaf[:len(leaf)-1], "{}")
				read := false
				for _, value := range []string{`5`, `[]`, `"x"`, `[5]`} {
					reply := ask(method, path, inside(leaf, value))
					read = read || reply != plain && reply != ask(method, path, bare)
				}
				copied := len(leaf) == 1 && slices.Contains(noEffect, name) && route != "POST /contact-submit" ||
					name == "language"
				require.Equal(t, !copied && !whole, read, leaf)
			}
		})
	}
}
