package httpapi

import (
	_ "embed" // the document
	"slices"
)

// openAPI is generated from routes, the members that a strict handler knows, and the enums of package contacts.
//
//go:generate go test . -run TestOpenAPI$ -update
//go:embed openapi.json
var openAPI []byte

// OpenAPI returns the description of the API in OpenAPI 3.1, as JSON: every path with its parameters, bodies, replies,
// errors and examples (OAS-1). Its schemas know the members that Options.Strict accepts; without that option others are
// ignored. The result is the caller's own.
func OpenAPI() []byte { return slices.Clone(openAPI) }
