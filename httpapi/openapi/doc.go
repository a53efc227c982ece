// Package openapi has the tests of httpapi/openapi.json, in a module of its own: they need a validator of OpenAPI 3.1,
// which nothing else does. A run that takes a minute:
//
//	go -C httpapi/openapi test ./...
//	go -C httpapi/openapi test -run TestRun -ops 100000
package openapi
