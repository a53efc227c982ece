package openapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/httpapi"
)

// TestWrongDocuments plants a mistake in the description of the API.
func TestWrongDocuments(t *testing.T) {
	const afterPaths = `"paths": {`
	for _, test := range []struct{ name, old, new, want string }{
		{"not JSON", `"openapi": "3.1.0"`, `"openapi"`, "invalid character"},
		{"another version", `"openapi": "3.1.0"`, `"openapi": "3.0.3"`, "/openapi"},
		{"a member that OpenAPI lacks", `"summary": "delete a contact"`, `"summery": "delete a contact"`, "summery"},
		{"a member of a wrong type", `"summary": "delete a contact"`, `"summary": 7`, "summary"},
		{"a missing title", `"title": "Contacts",`, ``, "title"},
		{"a place that OpenAPI lacks", `"in": "query"`, `"in": "body"`, "parameters"},
		{"a reply without a description", `"description": "done",`, ``, "description"},
		{"a reference that leads nowhere", `schemas/PagingMetadata"`, `schemas/Paging"`, "a reference leads nowhere"},
		{"a reference to a file", `"#/components/schemas/Paging`, `"other.json#/components/schemas/Paging`, "leads out"},
		{"a reference to itself", `"Error": {
    "content"`, `"Error": {"$ref": "#/components/responses/Error"},
   "E": {
    "content"`, "a reference leads nowhere"},
		{"a type that JSON Schema lacks", `"type": "integer"`, `"type": "int"`, "not valid against metaschema"},
		{"a schema that no one uses", `"schemas": {`, `"schemas": {"Unused": {"type": "int"},`, "/Unused"},
		{"a pattern that does not compile", `"^-?[0-9]+$"`, `"^-?[0-9+$"`, "regex"},
		{"a bound that is a text", `"minimum": 0`, `"minimum": "0"`, "not valid against metaschema"},
		{"no ID of an operation", `"operationId": "getJob",`, ``, "the ID is missing"},
		{"an ID of two operations", `"operationId": "getJob"`, `"operationId": "listJobs"`, "or repeated"},
		{"a parameter of the path by another name", `"/labels/{key}"`, `"/labels/{name}"`, "other parameters than the path"},
		{"a parameter of the path that is not declared", `"/bulk/jobs": {`, `"/bulk/{jobs}": {`, "other parameters"},
		{"a parameter of the path in the query only", `"in": "path"`, `"in": "query"`, "parameters"},
		{"a parameter of the path that is optional", `"in": "path",
      "name": "id",
      "required": true,`, `"in": "path", "name": "id",`, "required"},
		{"a parameter twice", `"name": "paging.offset"`, `"name": "paging.limit"`, "declared twice"},
		{"a parameter of a style that is not read", `"explode": true,`, `"style": "pipeDelimited",`, "is not supported"},
		{"a parameter in a cookie", `"in": "query"`, `"in": "cookie"`, "place"},
		{"a security scheme that does not exist", `"bearer": []`, `"barer": []`, "no such security scheme"},
		{"a security scheme of one operation", afterPaths, afterPaths + `"/a": {"get": {"operationId": "a", "security": [
			{"barer": []}], "responses": {"200": {"description": ""}}}},`, "no such security scheme"},
		{"an operation without a reply", afterPaths, afterPaths + `"/a": {"get": {"operationId": "a"}},`, "has no reply"},
		{"a body without a schema", afterPaths, afterPaths + `"/a": {"get": {"operationId": "a", "responses": {"200": {
			"description": "", "content": {"application/json": {}}}}}},`, "schema: is missing"},
		{"a body that is not read", afterPaths, afterPaths + `"/a": {"get": {"operationId": "a", "responses": {"200": {
			"description": "", "content": {"text/plain": {"schema": {}}}}}}},`, "is not supported"},
		{"parameters of a whole path", afterPaths, afterPaths + `"/a": {"parameters": []},`, "is not supported"},
		{"a path twice", afterPaths, afterPaths + `"/labels/{name}": {"get": {"operationId": "a", "parameters": [{
			"in": "path", "name": "name", "required": true, "schema": {"type": "string"}}], "responses": {"200": {
			"description": ""}}}},`, "conflicts"},
	} {
		t.Run("OAS-1 "+test.name, func(t *testing.T) {
			text := string(httpapi.OpenAPI())
			require.Contains(t, text, test.old)
			_, err := Read([]byte(strings.Replace(text, test.old, test.new, 1)))
			require.ErrorContains(t, err, test.want)
		})
	}
}

// sample describes an API that has what ours lacks: parameters that are required, replies without a body, and statuses
// that are not declared.
const sample = `{
	"openapi": "3.1.0", "info": {"title": "", "version": ""}, "servers": [{"url": "https://api.example/v1/"}],
	"paths": {"/things/{id}": {
		"get": {"operationId": "get",
			"parameters": [
				{"in": "path", "name": "id", "required": true, "schema": {"type": "integer"}},
				{"in": "query", "name": "kind", "required": true, "schema": {"$ref": "#/components/schemas/Kind"}},
				{"in": "query", "name": "deep", "schema": {"type": "boolean"}},
				{"in": "query", "name": "kinds", "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Kind"}}},
				{"in": "query", "name": "sizes", "schema": {
					"type": "array", "maxItems": 2, "items": {"$ref": "#/components/schemas/Size"}}},
				{"in": "header", "name": "X-Id", "required": true, "schema": {"type": "string", "format": "uuid"}}],
			"responses": {
				"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
					"headers": {"X-Count": {"required": true, "schema": {"type": "integer"}}}},
				"4XX": {"description": "", "content": {"application/json": {"schema": {"type": "string"}}}}}},
		"put": {"operationId": "put",
			"parameters": [{"in": "path", "name": "id", "required": true, "schema": {"type": "integer"}}],
			"requestBody": {"required": true, "content": {"application/json": {
				"schema": {"$ref": "#/components/schemas/Thing"}}}},
			"responses": {"204": {"description": ""}}}}},
	"components": {"schemas": {
		"Kind": {"type": "string", "enum": ["a", "b"]},
		"Size": {"type": "number"},
		"Thing": {"type": "object", "required": ["n"], "additionalProperties": false,
			"properties": {"n": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}}}}}`

func TestRequests(t *testing.T) {
	d, err := Read([]byte(sample))
	require.NoError(t, err)
	const id, jsonKind = "00000000-0000-4000-8000-000000000000", "application/json"
	for _, test := range []struct{ name, method, path, id, kind, body, want string }{
		{"fits", "GET", "/v1/things/7?kind=a", id, "", "", ""},
		{"fits, all parameters", "GET", "/v1/things/7?kind=a&deep=true&kinds=a,b&kinds=a&sizes=1.5,2", id, "", "", ""},
		{"fits, HEAD", "HEAD", "/v1/things/7?kind=a", id, "", "", ""},
		{"fits, with a body", "PUT", "/v1/things/7", "", jsonKind + "; charset=utf-8", `{"n": 1}`, ""},

		{"another path", "GET", "/v1/thing/7?kind=a", id, "", "", "no operation"},
		{"another prefix", "GET", "/things/7?kind=a", id, "", "", "no operation"},
		{"another method", "DELETE", "/v1/things/7?kind=a", id, "", "", "no operation"},
		{"a wrong value in the path", "GET", "/v1/things/x?kind=a", id, "", "", "id in path"},
		{"a slash in the path", "GET", "/v1/things/7/8?kind=a", id, "", "", "id in path"},
		{"a missing parameter", "GET", "/v1/things/7", id, "", "", "kind in query is missing"},
		{"a wrong word", "GET", "/v1/things/7?kind=c", id, "", "", "kind in query"},
		{"a wrong type", "GET", "/v1/things/7?kind=a&deep=1", id, "", "", "deep in query"},
		{"a number in quotes", "GET", "/v1/things/7?kind=a&sizes=%221%22", id, "", "", "sizes in query"},
		{"a wrong word in a list", "GET", "/v1/things/7?kind=a&kinds=a,c", id, "", "", "kinds in query"},
		{"a wrong type in a list", "GET", "/v1/things/7?kind=a&sizes=1&sizes=b", id, "", "", "sizes in query"},
		{"too long a list", "GET", "/v1/things/7?kind=a&sizes=1,2&sizes=3", id, "", "", "sizes in query"},
		{"a value twice", "GET", "/v1/things/7?kind=a&kind=b", id, "", "", "kind in query is repeated"},
		{"a parameter that is not declared", "GET", "/v1/things/7?kind=a&sort=n", id, "", "", "sort, which is not declared"},
		{"a query that is not one", "GET", "/v1/things/7?kind=%zz", id, "", "", "the query"},
		{"a missing header", "GET", "/v1/things/7?kind=a", "", "", "", "X-Id in header is missing"},
		{"a wrong format in a header", "GET", "/v1/things/7?kind=a", "7", "", "", "X-Id in header"},
		{"a body that is not declared", "GET", "/v1/things/7?kind=a", id, jsonKind, `{}`, "no body is declared"},

		{"a missing body", "PUT", "/v1/things/7", "", jsonKind, "", "the body"},
		{"no content type", "PUT", "/v1/things/7", "", "", `{"n": 1}`, `"" is not declared`},
		{"another content type", "PUT", "/v1/things/7", "", "text/plain", `{"n": 1}`, `"text/plain" is not declared`},
		{"not JSON", "PUT", "/v1/things/7", "", jsonKind, `{"n": 1`, "the body"},
		{"two values", "PUT", "/v1/things/7", "", jsonKind, `{"n": 1} {}`, "the body"},
		{"a missing member", "PUT", "/v1/things/7", "", jsonKind, `{}`, "'n'"},
		{"a member of a wrong type", "PUT", "/v1/things/7", "", jsonKind, `{"n": "1"}`, "'/n'"},
		{"a member that is not declared", "PUT", "/v1/things/7", "", jsonKind, `{"n": 1, "m": 1}`, "'m'"},
		{"a member of a wrong format", "PUT", "/v1/things/7", "", jsonKind, `{"n": 1, "at": "2026-02-30"}`, "'/at'"},
	} {
		t.Run("OAS-3 "+test.name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, test.path, nil)
			if test.id != "" {
				r.Header.Set("X-Id", test.id)
			}
			if test.kind != "" {
				r.Header.Set("Content-Type", test.kind)
			}
			requireMismatch(t, d.CheckRequest(r, []byte(test.body)), test.want)
		})
	}
}

func TestReplies(t *testing.T) {
	d, err := Read([]byte(sample))
	require.NoError(t, err)
	const jsonKind, thing = "application/json", `{"n": 1}`
	for _, test := range []struct {
		name, method      string
		status            int
		count, kind, body string
		want              string
	}{
		{"fits", "GET", 200, "1", jsonKind, thing, ""},
		{"fits, in UTF-8", "GET", 200, "1", jsonKind + "; charset=utf-8", thing, ""},
		{"fits, to HEAD", "HEAD", 200, "1", jsonKind, "", ""},
		{"fits, of a class", "GET", 418, "", jsonKind, `"no"`, ""},
		{"fits, without a body", "PUT", 204, "", "", "", ""},

		{"a status that is not declared", "GET", 201, "1", jsonKind, thing, "the status 201 is not declared"},
		{"a class that is not declared", "GET", 500, "", jsonKind, `"no"`, "the status 500 is not declared"},
		{"another method", "DELETE", 200, "1", jsonKind, thing, "no operation"},
		{"the body of another status", "GET", 400, "", jsonKind, thing, "the body"},
		{"a missing header", "GET", 200, "", jsonKind, thing, "X-Count in header is missing"},
		{"a missing header to HEAD", "HEAD", 200, "", jsonKind, "", "X-Count in header is missing"},
		{"a wrong header", "GET", 200, "many", jsonKind, thing, "X-Count in header"},
		{"no content type", "GET", 200, "1", "", thing, `"" is not declared`},
		{"another content type", "GET", 200, "1", "text/html", thing, `"text/html" is not declared`},
		{"another content type to HEAD", "HEAD", 200, "1", "text/html", "", `"text/html" is not declared`},
		{"a body to HEAD", "HEAD", 200, "1", jsonKind, thing, "HEAD"},
		{"no body", "GET", 200, "1", jsonKind, "", "the body"},
		{"a body that is not declared", "PUT", 204, "", jsonKind, thing, "no body is declared"},
		{"a missing member", "GET", 200, "1", jsonKind, `{}`, "'n'"},
		{"a member of a wrong type", "GET", 200, "1", jsonKind, `{"n": true}`, "'/n'"},
		{"a member that is not declared", "GET", 200, "1", jsonKind, `{"n": 1, "N": 1}`, "'N'"},
		{"a member of a wrong format", "GET", 200, "1", jsonKind, `{"n": 1, "at": "today"}`, "'/at'"},
	} {
		t.Run("OAS-3 "+test.name, func(t *testing.T) {
			header := http.Header{}
			if test.count != "" {
				header.Set("X-Count", test.count)
			}
			if test.kind != "" {
				header.Set("Content-Type", test.kind)
			}
			r := httptest.NewRequest(test.method, "/v1/things/7", nil)
			requireMismatch(t, d.CheckReply(r, test.status, header, []byte(test.body)), test.want)
		})
	}
}

// requireMismatch fails unless an error has a text, or is nil for "".
func requireMismatch(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		require.NoError(t, err)
		return
	}
	require.ErrorContains(t, err, want)
}

// TestRetryAfter checks the replies that say when to ask again.
func TestRetryAfter(t *testing.T) {
	d, err := open()
	require.NoError(t, err)
	refusal := func(code string) string {
		return `{"message": "", "details": {"applicationError": {
			"code": "` + code + `", "description": "", "data": {}}}}`
	}
	for _, test := range []struct {
		name             string
		status           int
		retryAfter, code string
		want             string
	}{
		{"OPS-6 of contactsd -rate", 429, "100", "RESOURCE_EXHAUSTED", ""},
		{"of a quota", 429, "", "LABELS_QUOTA_REACHED", ""},
		{"with a time that is not a number", 429, "soon", "RESOURCE_EXHAUSTED", "Retry-After in header"},
		{"with no time to wait", 429, "0", "RESOURCE_EXHAUSTED", "Retry-After in header"},
		{"with another code", 429, "100", "SOURCE_EXHAUSTED", "/details"},
		{"HTTP-13 beyond the limit", 503, "1", "UNAVAILABLE", ""},
		{"HTTP-8 of a closed store", 503, "1", "STORE_CLOSED", ""},
		{"TST-9 of a fault", 503, "", "UNAVAILABLE", ""},
		{"unavailable, with a time that is not a number", 503, "soon", "UNAVAILABLE", "Retry-After in header"},
		{"unavailable, with no time to wait", 503, "0", "UNAVAILABLE", "Retry-After in header"},
		{"unavailable, with another code", 503, "1", "AVAILABLE", "/details"},
	} {
		t.Run("OAS-1 "+test.name, func(t *testing.T) {
			header := replyHeader()
			if test.retryAfter != "" {
				header.Set("Retry-After", test.retryAfter)
			}
			r := httptest.NewRequest("POST", "/contacts/v4/labels", nil)
			requireMismatch(t, d.CheckReply(r, test.status, header, []byte(refusal(test.code))), test.want)
		})
	}
}
