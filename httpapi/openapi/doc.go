// Package openapi checks exchanges with the API against httpapi/openapi.json. It is in a module of its own, since it
// needs a validator of OpenAPI 3.1, which nothing else does. A run of its tests that takes a minute:
//
//	go -C httpapi/openapi test ./...
//	go -C httpapi/openapi test -run TestRun -ops 100000
//
// Command checked, below it, checks the exchanges of any client with contactsd: .ci/e2e those of the published one.
package openapi
