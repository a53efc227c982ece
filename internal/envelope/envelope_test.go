package envelope_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/envelope"
	"github.com/contactsdb/contacts/internal/wire"
)

func TestEnvelope(t *testing.T) {
	for _, test := range []struct {
		name string
		in   envelope.Envelope
		want string
	}{
		{"HTTP-6 internal", envelope.Envelope{}, envelope.Internal},
		{"HTTP-6 code", envelope.OfCode(contacts.ErrContactNotFound, "No.", struct{}{}),
			`{"message":"No.","details":{"applicationError":{"code":"CONTACT_NOT_FOUND","description":"No.","data":{}}}}`},
		{"HTTP-7 violations", envelope.OfViolations("No.", []envelope.Violation{
			{Field: "a", Description: "b", Rule: contacts.RuleCustom, RuleName: envelope.RuleNameUnknown},
			{Field: "a", Description: "b", Rule: contacts.RuleMax, Data: map[string]any{"threshold": 1}},
		}), `{"message":"No.","details":{"validationError":{"fieldViolations":[` +
			`{"field":"a","description":"b","violatedRule":"CUSTOM","ruleName":"UNKNOWN"},` +
			`{"field":"a","description":"b","violatedRule":"MAX","data":{"threshold":1}}]}}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, err := json.Marshal(test.in)
			require.NoError(t, err)
			require.Equal(t, test.want, string(text))
		})
	}
}

func TestProblems(t *testing.T) {
	for _, test := range []struct {
		name string
		in   wire.Problem
		want contacts.Violation
	}{
		{"HTTP-7 type", wire.Problem{Path: "a", Format: wire.FormatString},
			contacts.Violation{Field: "a", Rule: contacts.RuleFormat, Format: contacts.Format("STRING")}},
		{"HTTP-7 missing", wire.Problem{Path: "a", Format: wire.Required},
			contacts.Violation{Field: "a", Rule: contacts.RuleRequired}},
		{"HTTP-7 repeated", wire.Problem{Path: "a", Format: wire.Once},
			contacts.Violation{Field: "a", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameRepeated}},
		{"HTTP-21 unknown", wire.Problem{Path: "a", Format: wire.Unknown},
			contacts.Violation{Field: "a", Rule: contacts.RuleCustom, RuleName: "UNKNOWN"}},
		{"HTTP-7 the body", wire.Problem{Format: wire.FormatJSON},
			contacts.Violation{Field: "body", Rule: contacts.RuleFormat, Format: contacts.Format("JSON")}},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, envelope.OfProblem(test.in)) })
	}
}
