// Package openapi checks exchanges with the API against httpapi/openapi.json. It is in a module of its own, since it
// needs a validator of JSON Schema, which nothing else does. A run of its tests that takes a minute:
//
//	go -C httpapi/openapi test ./...
//	go -C httpapi/openapi test -run TestRun -ops 100000
//
// Command checked, below it, checks the exchanges of any client with contactsd: .ci/e2e those of the published one.
//
// [Read] checks the description itself. It supports what the description of the API has, and fails for anything else:
// references to components, operations with their parameters, bodies of application/json, parameters in the path, the
// query or the header with a schema and the usual style. Not checked are:
//
//   - keywords of schemas that JSON Schema does not know, which it ignores by design, such as a misspelled one;
//   - whether a request has the credentials that the description names, since the API may need none;
//   - headers that are not declared, callbacks, links, and the encoding of parts.
//
// The last parameter of a path may have slashes, and a list in the query may be repeated or separated by commas. The
// API accepts both, and OpenAPI can describe only one of the forms.
package openapi
