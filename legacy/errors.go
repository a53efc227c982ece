package legacy

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/brief"
)

// A Code is one of the codes of Wix.Error. It is itself an error: errors.Is(err, legacy.ErrNotFound).
type Code string

// Error returns the text of the code.
func (c Code) Error() string { return string(c) }

// The codes that this package returns (LEG-4).
const (
	ErrNotFound      Code = "NOT_FOUND"      // no contact has this ID
	ErrBadRequest    Code = "BAD_REQUEST"    // an ID or an option is invalid; see Error.Violations
	ErrInvalidSchema Code = "INVALID_SCHEMA" // a contactInfo is invalid; see Error.Violations
	ErrForbidden     Code = "FORBIDDEN"      // Options.Permit refused the call
	ErrWix           Code = "WIX_ERROR"      // anything else: the context is done, the store is closed, …
)

// Error is the type of all errors that this package returns. Its message, its JSON and what package log/slog shows of
// it name fields, never values: contacts are personal data (LEG-5).
type Error struct {
	Code       Code
	Violations []contacts.Violation // every broken rule, with paths such as contactInfo.emails[0].tag
	Err        error                // the cause, from the store, the context or Options.Permit; may be nil
}

// Error describes the error. The text may change between releases; the code does not.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("legacy: ")
	b.WriteString(string(e.Code))
	if len(e.Violations) > 0 {
		b.WriteString(": ")
		b.WriteString(brief.List(len(e.Violations), ", ", func(i int) string { return e.Violations[i].String() }))
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// MarshalJSON writes the code, the violations and the message.
func (e Error) MarshalJSON() ([]byte, error) {
	type violation struct {
		Field     string          `json:"field"`
		Rule      contacts.Rule   `json:"rule"`
		Threshold int             `json:"threshold,omitempty"`
		Format    contacts.Format `json:"format,omitempty"`
		RuleName  string          `json:"ruleName,omitempty"`
	}
	var violations []violation
	for _, v := range e.Violations {
		violations = append(violations, violation(v))
	}
	return json.Marshal(struct {
		Code       Code        `json:"code"`
		Violations []violation `json:"violations,omitempty"`
		Message    string      `json:"message"`
	}{e.Code, violations, e.Error()})
}

// LogValue returns the message.
func (e Error) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// Unwrap returns the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

// CodeOf returns the code of err, "" if it has none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	c, _ := errors.AsType[Code](err)
	return c
}

// failure translates an error of the store to an error of this API.
func failure(err error) error {
	code := ErrWix
	switch contacts.CodeOf(err) {
	case contacts.ErrContactNotFound:
		code = ErrNotFound
	case contacts.ErrInvalid, contacts.ErrUnsupportedFilter: // the filter has too many labels
		code = ErrBadRequest
	}
	return &Error{Code: code, Err: err}
}

// refused returns an error with the violations, nil if there are none.
func refused(code Code, violations []contacts.Violation) error {
	if len(violations) == 0 {
		return nil
	}
	return &Error{Code: code, Violations: violations}
}
