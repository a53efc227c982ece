package httpapi_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// failure is a request that fails with a code.
type failure struct {
	code               contacts.Code
	status             int
	method, path, body string
	data               string // of the error; "" stands for {}

	opts   *httpapi.Options
	store  func(*contacts.Options)
	before func(*cast)         // prepares the store
	change func(*http.Request) // changes the request
}

// failures contain every code that a request can cause, and each cause that differs on the wire.
var failures = []failure{
	{code: contacts.ErrInvalid, status: 400, method: "POST", path: "/contacts", body: `{"info":5}`},
	{
		code: contacts.ErrInsufficientData, status: 400, method: "POST", path: "/contacts",
		body: `{"info":{"company":"Acorn"}}`,
	},
	{
		code: contacts.ErrInsufficientData, status: 400, method: "PATCH", path: "/contacts/{own}",
		body: `{"revision":2,"info":{"name":null}}`,
	},
	{
		code: contacts.ErrInsufficientData, status: 400, method: "POST", path: "/contact-submit",
		body: `{"info":{"company":"Acorn"}}`,
	},
	{
		code: contacts.ErrInsufficientUpdate, status: 400, method: "PATCH", path: "/contacts/{bob}",
		body: `{"revision":1,"info":{}}`,
	},
	{
		code: contacts.ErrInsufficientUpdate, status: 400, method: "POST", path: "/bulk/contacts/update",
		body: `{"search":"Bob","info":{}}`,
	},
	{
		code: contacts.ErrMultiplePrimary, status: 400, method: "POST", path: "/contacts",
		body: `{"info":{"emails":{"items":[{"email":"a@x.test","primary":true},{"email":"b@x.test","primary":true}]}}}`,
	},
	{
		code: contacts.ErrMultiplePrimary, status: 400, method: "PATCH", path: "/contacts/{bob}",
		body: `{"revision":1,"info":{"phones":{"items":[{"phone":"1","primary":true},{"phone":"2","primary":true}]}}}`,
	},
	{
		code: contacts.ErrMultiplePrimary, status: 400, method: "POST", path: "/contact-submit",
		body: `{"info":{"phones":{"items":[{"phone":"1","primary":true},{"phone":"2","primary":true}]}}}`,
	},
	{
		code: contacts.ErrInvalidFieldValue, status: 400, method: "POST", path: "/contacts",
		body: `{"info":{"name":{"first":"A"},"extendedFields":{"items":{"custom.age":"36","custom.note":5}}}}`,
		data: `{"key":"custom.age","dataType":"NUMBER"}`,
	},
	{
		code: contacts.ErrInvalidFieldValue, status: 400, method: "PATCH", path: "/contacts/{bob}",
		body: `{"revision":1,"info":{"extendedFields":{"items":{"custom.note":true}}}}`,
		data: `{"key":"custom.note","dataType":"TEXT"}`,
	},
	{
		code: contacts.ErrInvalidFieldValue, status: 400, method: "POST", path: "/bulk/contacts/update",
		body: `{"search":"Bob","info":{"extendedFields":{"items":{"custom.age":[]}}}}`,
		data: `{"key":"custom.age","dataType":"NUMBER"}`,
	},
	{
		code: contacts.ErrFieldNotFound, status: 400, method: "POST", path: "/contacts",
		body: `{"info":{"name":{"first":"A"},"extendedFields":{"items":{"custom.b":1,"custom.a":1}}}}`,
	},
	{
		code: contacts.ErrFieldNotFound, status: 400, method: "PATCH", path: "/contacts/{bob}",
		body: `{"revision":1,"info":{"extendedFields":{"items":{"custom.a":null}}}}`,
	},
	{code: contacts.ErrFieldNotFound, status: 404, method: "GET", path: "/extended-fields/custom.none"},
	{
		code: contacts.ErrFieldNotFound, status: 404, method: "PATCH", path: "/extended-fields/custom.none",
		body: `{"name":"New"}`,
	},
	{code: contacts.ErrFieldNotFound, status: 404, method: "DELETE", path: "/extended-fields/custom.none"},
	{
		code: contacts.ErrLabelNotFound, status: 400, method: "POST", path: "/contacts",
		body: `{"info":{"name":{"first":"A"},"labelKeys":{"items":["custom.b","custom.vip","custom.a"]}}}`,
		data: `{"labelKeys":["custom.b","custom.a"]}`,
	},
	{
		code: contacts.ErrLabelNotFound, status: 400, method: "PATCH", path: "/contacts/{bob}",
		body: `{"revision":1,"info":{"labelKeys":{"items":["custom.none"]}}}`, data: `{"labelKeys":["custom.none"]}`,
	},
	{
		code: contacts.ErrLabelNotFound, status: 400, method: "POST", path: "/contacts/{bob}/labels",
		body: `{"labelKeys":["custom.none"]}`, data: `{"labelKeys":["custom.none"]}`,
	},
	{
		code: contacts.ErrLabelNotFound, status: 400, method: "DELETE",
		path: "/contacts/{bob}/labels?labelKeys=custom.none", data: `{"labelKeys":["custom.none"]}`,
	},
	{
		code: contacts.ErrLabelNotFound, status: 400, method: "POST", path: "/bulk/contacts/add-remove-labels",
		body: `{"search":"Bob","labelKeysToRemove":["custom.none"]}`, data: `{"labelKeys":["custom.none"]}`,
	},
	{
		code: contacts.ErrLabelNotFound, status: 400, method: "POST", path: "/contact-submit",
		body: `{"info":{"name":{"first":"A"},"labelKeys":{"items":["custom.none"]}}}`,
		data: `{"labelKeys":["custom.none"]}`,
	},
	{
		code: contacts.ErrLabelNotFound, status: 404, method: "GET", path: "/labels/custom.none",
		data: `{"labelKeys":["custom.none"]}`,
	},
	{
		code: contacts.ErrLabelNotFound, status: 404, method: "PATCH", path: "/labels/custom.none",
		body: `{"name":"New"}`, data: `{"labelKeys":["custom.none"]}`,
	},
	{
		code: contacts.ErrLabelNotFound, status: 404, method: "DELETE", path: "/labels/custom.none",
		data: `{"labelKeys":["custom.none"]}`,
	},
	{
		code: contacts.ErrIllegalMerge, status: 400, method: "POST", path: "/contacts/{ada}/merge",
		body: `{"targetContactRevision":2,"sourceContactIds":["{ada}"]}`,
	},
	{code: contacts.ErrSortField, status: 400, method: "GET", path: "/contacts?sort.fieldName=updatedDate"},
	{
		code: contacts.ErrSortField, status: 400, method: "POST", path: "/contacts/query",
		body: `{"query":{"sort":[{"fieldName":"info.nothing","order":"ASC"}]}}`,
	},
	{code: contacts.ErrIllegalLimit, status: 400, method: "GET", path: "/contacts?paging.limit=1001"},
	{code: contacts.ErrIllegalLimit, status: 400, method: "GET", path: "/contacts?paging.limit=-1"},
	{
		code: contacts.ErrIllegalLimit, status: 400, method: "POST", path: "/contacts/query",
		body: `{"query":{"paging":{"limit":1001}}}`,
	},
	{
		code: contacts.ErrIllegalLimit, status: 400, method: "POST", path: "/contacts/query",
		body: `{"query":{"paging":{"limit":-1}}}`,
	},
	{
		code: contacts.ErrUnsupportedFilter, status: 400, method: "POST", path: "/labels/query",
		body: `{"query":{"filter":{"$nor":[]}}}`,
	},
	{
		code: contacts.ErrDefinitionSort, status: 400, method: "GET", path: "/labels?sort.fieldName=key",
	},
	{
		code: contacts.ErrDefinitionSort, status: 400, method: "POST", path: "/labels/query",
		body: `{"query":{"sort":{"fieldName":"key"}}}`,
	},
	{code: contacts.ErrDefinitionSort, status: 400, method: "GET", path: "/extended-fields?sort.fieldName=x"},
	{
		code: contacts.ErrDefinitionSort, status: 400, method: "POST", path: "/extended-fields/query",
		body: `{"query":{"sort":{"fieldName":"dataType"}}}`,
	},
	{
		code: contacts.ErrDefinitionFilterField, status: 400, method: "POST", path: "/labels/query",
		body: `{"query":{"filter":{"x":1}}}`,
	},
	{
		code: contacts.ErrDefinitionFilterField, status: 400, method: "POST", path: "/extended-fields/query",
		body: `{"query":{"filter":{"labelType":"SYSTEM"}}}`,
	},
	{
		code: contacts.ErrFilterOperator, status: 400, method: "POST", path: "/labels/query",
		body: `{"query":{"filter":{"key":{"$startsWith":"x"}}}}`,
	},
	{
		code: contacts.ErrFilterValue, status: 400, method: "POST", path: "/extended-fields/query",
		body: `{"query":{"filter":{"displayName":5}}}`,
	},
	{
		code: contacts.ErrNoFilterOrSearch, status: 400, method: "POST", path: "/bulk/contacts/delete", body: `{}`,
	},
	{
		code: httpapi.ErrIncompleteBody, status: 400, method: "POST", path: "/contacts", body: `{}`,
		change: func(r *http.Request) { r.Body = io.NopCloser(failing{io.ErrUnexpectedEOF}) },
	},
	{
		code: httpapi.ErrUnauthenticated, status: 401, method: "GET", path: "/contacts",
		opts: &httpapi.Options{Authorize: func(*http.Request, httpapi.Permission) error { return io.EOF }},
	},
	{
		code: httpapi.ErrPermissionDenied, status: 403, method: "GET", path: "/contacts",
		opts: &httpapi.Options{Authorize: func(*http.Request, httpapi.Permission) error {
			return httpapi.ErrPermissionDenied
		}},
	},
	{
		code: contacts.ErrInsufficientPermission, status: 403, method: "POST", path: "/contact-submit",
		body: `{"contactId":"{bob}"}`,
	},
	{code: contacts.ErrContactNotFound, status: 404, method: "GET", path: "/contacts/{nobody}"},
	{
		code: contacts.ErrContactNotFound, status: 404, method: "PATCH", path: "/contacts/{nobody}",
		body: `{"revision":1,"info":{"company":"A"}}`,
	},
	{code: contacts.ErrContactNotFound, status: 404, method: "DELETE", path: "/contacts/{nobody}"},
	{
		code: contacts.ErrContactNotFound, status: 404, method: "POST", path: "/contacts/{nobody}/labels",
		body: `{"labelKeys":["custom.vip"]}`,
	},
	{
		code: contacts.ErrContactNotFound, status: 404, method: "DELETE",
		path: "/contacts/{nobody}/labels?labelKeys=custom.vip",
	},
	{code: contacts.ErrJobNotFound, status: 404, method: "GET", path: "/bulk/jobs/{nobody}"},
	{code: httpapi.ErrRouteNotFound, status: 404, method: "GET", path: "/nothing"},
	{code: httpapi.ErrMethodNotAllowed, status: 405, method: "PUT", path: "/contacts"},
	{
		code: httpapi.ErrRequestTimeout, status: 408, method: "POST", path: "/contacts", body: `{}`,
		change: func(r *http.Request) { r.Body = io.NopCloser(failing{os.ErrDeadlineExceeded}) },
	},
	{
		code: contacts.ErrAlreadyChanged, status: 409, method: "PATCH", path: "/contacts/{bob}",
		body: `{"revision":2,"info":{"company":"A"}}`,
	},
	{
		code: contacts.ErrAlreadyChanged, status: 409, method: "POST", path: "/contacts/{ada}/merge",
		body: `{"targetContactRevision":3,"sourceContactIds":["{bob}"]}`,
	},
	{
		code: contacts.ErrDuplicate, status: 409, method: "POST", path: "/contacts",
		body: `{"info":{"emails":{"items":[{"email":" BOB@example.com"}]}}}`,
		data: `{"duplicateContactId":"{bob}","duplicateEmail":"bob@example.com"}`,
	},
	{
		code: contacts.ErrDuplicate, status: 409, method: "POST", path: "/contacts",
		body: `{"info":{"phones":{"items":[{"phone":"62 18 38 48","countryCode":"DK"}]}}}`,
		data: `{"duplicateContactId":"{bob}","duplicatePhone":"62183848"}`,
	},
	{
		code: contacts.ErrDuplicate, status: 409, method: "PATCH", path: "/contacts/{bob}",
		body: `{"revision":1,"info":{"emails":{"items":[{"email":"ada@example.com"}]}}}`,
		data: `{"duplicateContactId":"{ada}","duplicateEmail":"ada@example.com"}`,
	},
	{
		code: contacts.ErrIDExists, status: 409, method: "POST", path: "/contacts",
		body:   `{"info":{"name":{"first":"A"}}}`,
		before: func(c *cast) { c.newID = func() uuid.UUID { return c.id["bob"] } },
	},
	{
		code: contacts.ErrIDExists, status: 409, method: "POST", path: "/contact-submit",
		body:   `{"info":{"name":{"first":"A"}}}`,
		before: func(c *cast) { c.newID = func() uuid.UUID { return c.id["old"] } },
	},
	{
		code: httpapi.ErrBodyTooLarge, status: 413, method: "POST", path: "/contacts", body: `{"info":{}}`,
		opts: &httpapi.Options{MaxBodyBytes: 5},
	},
	{
		code: httpapi.ErrUnsupportedMediaType, status: 415, method: "POST", path: "/contacts", body: `{}`,
		change: func(r *http.Request) { r.Header.Del("Content-Type") },
	},
	{
		code: contacts.ErrUpdateMemberEmail, status: 428, method: "PATCH", path: "/contacts/{mem}",
		body: `{"revision":2,"info":{"emails":{"items":[{"email":"new@example.com"}]}}}`,
	},
	{code: contacts.ErrDeleteMember, status: 428, method: "DELETE", path: "/contacts/{mem}"},
	{code: contacts.ErrDeleteBillingSubscription, status: 428, method: "DELETE", path: "/contacts/{pay}"},
	{code: contacts.ErrDeleteOwnerOrContributor, status: 428, method: "DELETE", path: "/contacts/{own}"},
	{
		code: contacts.ErrFailedPrecondition, status: 428, method: "POST", path: "/contacts/{ada}/merge",
		body: `{"targetContactRevision":2,"sourceContactIds":["{mem}"]}`,
	},
	{
		code: contacts.ErrFailedPrecondition, status: 428, method: "POST", path: "/contacts/{ada}/preview-merge",
		body: `{"sourceContactIds":["{pay}"]}`,
	},
	{
		code: contacts.ErrSystemLabel, status: 428, method: "PATCH", path: "/labels/contacts.customers",
		body: `{"name":"New"}`,
	},
	{code: contacts.ErrSystemLabel, status: 428, method: "DELETE", path: "/labels/contacts.contacted-me"},
	{
		code: contacts.ErrSystemField, status: 428, method: "PATCH", path: "/extended-fields/invoices.vatId",
		body: `{"name":"New"}`,
	},
	{code: contacts.ErrSystemField, status: 428, method: "DELETE", path: "/extended-fields/invoices.vatId"},
	{
		code: contacts.ErrLabelsQuota, status: 429, method: "POST", path: "/labels", body: `{"displayName":"New"}`,
		store: func(o *contacts.Options) { o.LabelQuota = 2 }, data: `{"labelsQuota":"2","labelsCurrentTotal":"2"}`,
	},
	{
		code: contacts.ErrFieldsQuota, status: 429, method: "POST", path: "/extended-fields",
		body: `{"displayName":"New","dataType":"TEXT"}`, store: func(o *contacts.Options) { o.FieldQuota = 2 },
	},
	{
		code: contacts.ErrInternal, status: 500, method: "POST", path: "/contacts",
		body:   `{"info":{"name":{"first":"A"}}}`,
		before: func(c *cast) { c.newID = func() uuid.UUID { return uuid.Nil } },
	},
	{
		code: contacts.ErrClosed, status: 503, method: "GET", path: "/contacts",
		before: func(c *cast) { require.NoError(c.t, c.store.Close()) },
	},
	{
		code: httpapi.ErrUnavailable, status: 503, method: "GET", path: "/contacts", change: func(r *http.Request) {
			ctx, cancel := context.WithCancel(r.Context())
			cancel()
			*r = *r.WithContext(ctx)
		},
	},
	{
		code: httpapi.ErrDeadlineExceeded, status: 504, method: "GET", path: "/contacts",
		change: func(r *http.Request) {
			ctx, cancel := context.WithDeadline(r.Context(), time.Unix(0, 0))
			cancel()
			*r = *r.WithContext(ctx)
		},
	},
}

func init() {
	// Filters of contacts are the same in all methods with a filter.
	for _, filter := range []struct {
		code contacts.Code
		text string
	}{
		{contacts.ErrMalformedFilter, `5`},
		{contacts.ErrMalformedFilter, `"x"`},
		{contacts.ErrMalformedFilter, `"{}"`},
		{contacts.ErrMalformedFilter, `[]`},
		{contacts.ErrMalformedFilter, `true`},
		{contacts.ErrMalformedFilter, `{"$and":{}}`},
		{contacts.ErrMalformedFilter, `{"info.name.first":{}}`},
		{contacts.ErrMalformedFilter, `{"info.name.first":"A","info.name.first":"B"}`},
		{contacts.ErrUnsupportedFilter, `{"$nor":[]}`},
		{contacts.ErrFilterField, `{"info.nothing":1}`},
		{contacts.ErrFilterOperator, `{"info.name.first":{"$gt":"A"}}`},
		{contacts.ErrFilterValue, `{"createdDate":{"$gt":"yesterday"}}`},
		{contacts.ErrFilterValueType, `{"info.name.first":5}`},
	} {
		for _, call := range [][2]string{
			{"/contacts/query", `{"query":{"filter":` + filter.text + `}}`},
			{"/bulk/contacts/delete", `{"filter":` + filter.text + `}`},
			{"/bulk/contacts/update", `{"filter":` + filter.text + `,"info":{"company":"A"}}`},
			{"/bulk/contacts/add-remove-labels", `{"filter":` + filter.text + `,"labelKeysToAdd":["custom.vip"]}`},
		} {
			failures = append(failures, failure{code: filter.code, status: 400, method: "POST", path: call[0],
				body: call[1]})
		}
		if filter.code == contacts.ErrMalformedFilter || filter.code == contacts.ErrUnsupportedFilter {
			for _, call := range [][2]string{
				{"/contacts/facets/query", `{"filter":` + filter.text + `}`},
				{"/labels/query", `{"query":{"filter":` + filter.text + `}}`},
				{"/extended-fields/query", `{"query":{"filter":` + filter.text + `}}`},
			} {
				failures = append(failures,
					failure{code: filter.code, status: 400, method: "POST", path: call[0], body: call[1]})
			}
		}
	}
}

// unreachable are the codes that no request of this table can cause: they come from Go methods alone, one is in jobs
// alone, and two need a log that fails: see TestLogErrors.
var unreachable = map[contacts.Code]int{
	contacts.ErrPlanOutdated: 409, contacts.ErrDeleteSiteMembers: 428,
	contacts.ErrPositionExpired: 400, contacts.ErrInvalidExport: 400,
	contacts.ErrCommitNotFound: 404, contacts.ErrReadOnly: 503, contacts.ErrOutcomeUnknown: 503,
}

func TestCodes(t *testing.T) {
	t.Run("HTTP-8 every code has a status", func(t *testing.T) {
		known := map[contacts.Code]bool{}
		for _, f := range failures {
			known[f.code] = true
		}
		for code := range unreachable {
			require.False(t, known[code], "%s can be reached", code)
			known[code] = true
		}
		var codes []contacts.Code
		for code := range known {
			codes = append(codes, code)
		}
		require.ElementsMatch(t, append(codesOf(t, "../errors.go"), codesOf(t, "errors.go")...), codes)
	})
	shared := newCast(t, nil) // by the requests without preparation: a failure changes nothing
	for _, f := range failures {
		t.Run(fmt.Sprintf("HTTP-8 %s is %d: %s %s %s", f.code, f.status, f.method, f.path, f.body), func(t *testing.T) {
			c := shared.in(t)
			if f.opts != nil || f.store != nil || f.before != nil {
				c = newCast(t, f.opts, f.store)
			}
			if f.before != nil {
				f.before(c)
			}
			r := c.request(f.method, f.path, f.body)
			if f.change != nil {
				f.change(r)
			}
			out := c.refused(r)
			switch f.code {
			case contacts.ErrInvalid:
				require.Equal(t, f.status, out.status)
				require.Len(t, out.violations(), 1)
				return
			case contacts.ErrInternal:
				require.Equal(t, f.status, out.status)
				require.Equal(t, internal, out.text, "HTTP-12")
				return
			}
			out.fails(f.status, f.code)
			want := f.data
			if want == "" {
				want = "{}"
			}
			require.JSONEq(t, c.fill(want), jsonOf(t, out.at("details.applicationError.data")), "HTTP-6")
		})
	}
	for code, status := range unreachable {
		t.Run("HTTP-8 "+string(code), func(t *testing.T) {
			require.Equal(t, status, httpapi.StatusOf(&contacts.Error{Code: code}))
			require.Equal(t, status, httpapi.StatusOf(fmt.Errorf("more: %w", code)))
		})
	}
	t.Run("HTTP-12 an error without a code", func(t *testing.T) {
		require.Equal(t, 500, httpapi.StatusOf(io.EOF))
		require.Equal(t, 500, httpapi.StatusOf(contacts.Code("NEW")))
	})
}

// codesOf returns the codes that a file declares.
func codesOf(t *testing.T, name string) []contacts.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var codes []contacts.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Type == nil {
			return true
		}
		kind, ok := spec.Type.(*ast.Ident)
		if selector, qualified := spec.Type.(*ast.SelectorExpr); qualified {
			kind, ok = selector.Sel, true
		}
		if !ok || kind.Name != "Code" {
			return true
		}
		for _, value := range spec.Values {
			text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			require.NoError(t, err)
			codes = append(codes, contacts.Code(text))
		}
		return true
	})
	require.NotEmpty(t, codes)
	return codes
}

func TestEnvelopes(t *testing.T) {
	c := newCast(t, nil)
	t.Run("HTTP-6 unknown extended fields", func(t *testing.T) {
		c := c.in(t)
		out := c.refuse("POST", "/contacts",
			`{"info":{"name":{"first":"A"},"extendedFields":{"items":{"custom.b":1,"custom.a":1}}}}`)
		require.Equal(t, "Extended fields not found: custom.a,custom.b.", out.at("message"))
	})
	t.Run("HTTP-7 violations", func(t *testing.T) {
		c := c.in(t)
		out := c.refuse("POST", "/contacts",
			`{"info":{"birthdate":"2023-02-29","company":"`+strings.Repeat("x", 1001)+`"}}`)
		violations := out.at("details.validationError.fieldViolations").([]any)
		require.Len(t, violations, 2)
		var message []string
		for _, item := range violations {
			v := item.(map[string]any)
			message = append(message, fmt.Sprint(v["field"], " ", v["description"]))
			delete(v, "description")
		}
		require.Equal(t, []any{
			map[string]any{"field": "info.company", "violatedRule": "MAX_LENGTH",
				"data": map[string]any{"threshold": 1000.0}},
			map[string]any{"field": "info.birthdate", "violatedRule": "FORMAT",
				"data": map[string]any{"type": "LOCAL_DATE"}},
		}, violations)
		require.Equal(t, strings.Join(message, ", "), out.at("message"))
	})
	t.Run("HTTP-7 a rule with a name, and one without data", func(t *testing.T) {
		c := c.in(t)
		out := c.refuse("POST", "/contacts", `{"info":{"name":{"first":"A"},"addresses":{"items":[`+
			`{"address":{"addressLine":"x","streetAddress":{"name":"y"}}}]}}}`)
		out.violates("info.addresses.items[0].address.addressLine CUSTOM ONE_OF")
		out = c.refuse("PATCH", "/contacts/{bob}", `{"info":{}}`)
		v := out.at("details.validationError.fieldViolations").([]any)[0].(map[string]any)
		require.NotContains(t, v, "ruleName")
		require.Equal(t, []any{"revision", "REQUIRED_FIELD"}, []any{v["field"], v["violatedRule"]})
	})
	t.Run("HTTP-7 many violations", func(t *testing.T) {
		c := c.in(t)
		body := `{"info":{"labelKeys":{"items":[` + strings.Repeat("5,", 5000) + `5]}}}`
		out := c.refuse("POST", "/contacts", body)
		require.Len(t, out.violations(), 1000, "JSON-6")
		require.Less(t, len(out.at("message").(string)), 2000)
	})
}
