// Package envelope has the JSON of errors in replies (HTTP-6, HTTP-7), for each handler that answers in the form of the
// API.
package envelope

import (
	"cmp"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// Envelope is the JSON of an error. The zero Envelope is that of an internal error.
type Envelope struct {
	Message string  `json:"message"`
	Details details `json:"details"`
}

// Internal is the text of the zero Envelope.
const Internal = `{"message":"","details":{}}`

type details struct {
	Application *applicationError `json:"applicationError,omitempty"`
	Validation  *validationError  `json:"validationError,omitempty"`
}

type applicationError struct {
	Code        contacts.Code `json:"code"`
	Description string        `json:"description"`
	Data        any           `json:"data"`
}

type validationError struct {
	Violations []Violation `json:"fieldViolations"`
}

// Violation is a value that breaks a type, a limit or a format.
type Violation struct {
	Field       string         `json:"field"`
	Description string         `json:"description"`
	Rule        contacts.Rule  `json:"violatedRule"`
	RuleName    string         `json:"ruleName,omitempty"`
	Data        map[string]any `json:"data,omitempty"`
}

// OfCode returns the envelope of an error with a code. The data must encode as an object.
func OfCode(code contacts.Code, text string, data any) Envelope {
	return Envelope{text, details{Application: &applicationError{code, text, data}}}
}

// OfViolations returns the envelope of an invalid request. The list must not be nil.
func OfViolations(text string, list []Violation) Envelope {
	return Envelope{text, details{Validation: &validationError{list}}}
}

// ViolationOf returns a violation without its data.
func ViolationOf(v contacts.Violation) Violation {
	return Violation{Field: v.Field, Description: v.Description(), Rule: v.Rule, RuleName: v.RuleName}
}

// RuleNameUnknown is the RuleName of a violation about a name that no reader knows (HTTP-21).
const RuleNameUnknown = "UNKNOWN"

// OfProblem returns the violation for a problem in the body of a request. A problem of the whole body has no path.
func OfProblem(p wire.Problem) contacts.Violation {
	field := cmp.Or(p.Path, "body")
	switch p.Format {
	case wire.Required:
		return contacts.Violation{Field: field, Rule: contacts.RuleRequired}
	case wire.Once:
		return contacts.Violation{Field: field, Rule: contacts.RuleCustom, RuleName: contacts.RuleNameRepeated}
	case wire.Unknown:
		return contacts.Violation{Field: field, Rule: contacts.RuleCustom, RuleName: RuleNameUnknown}
	default:
		return contacts.Violation{Field: field, Rule: contacts.RuleFormat, Format: contacts.Format(p.Format)}
	}
}
