package legacy_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/legacy"
)

// FuzzJSON decodes any bytes. A value must encode and decode to itself. A contactInfo is reconciled: it is refused with
// violations inside it, or else a second reconcile changes nothing.
func FuzzJSON(f *testing.F) {
	for _, value := range []any{full(), email("ada@example.com"), phone("(646) 567-6359", "+16465676359"),
		legacy.Reconciliation{Contact: legacy.Contact{ContactInfo: full()},
			Details: legacy.Details{RejectedData: []info{full()}}},
		legacy.GetContactsOptions{Labels: []string{"customers"}, PageSize: 5}} {
		text, err := json.Marshal(value)
		require.NoError(f, err)
		f.Add(text)
	}
	for _, text := range []string{
		``, `null`, `{"Name":{"first":"\ud83d\ude00"}}`, "{\"picture\":\"\xff\"}", `{"label":"customers","pageSize":0}`,
		`{"Contact":{"createdAt":"0001-01-01T00:00:00.0009Z","modifiedAt":"2026-01-02T03:04:05.6789+01:00"}}`,
		`{"createdAt":"9999-12-31T23:59:59-01:00","modifiedAt":"0000-01-01T00:00:00+01:00"}`,
		`{"emails":[{"id":-1,"tag":"a","email":"A@a "},{"tag":"b","email":"a@A"}],` +
			`"dates":[{"tag":"birthday","date":"0000-01-01T00:00:00Z"}]}`,
		`{"phones":[{"tag":"home","phone":"n/a","normalizedPhone":"n/a"}]}`,
		`{"phones":[{"tag":"fax","phone":"+1 (646) 567-6359x","normalizedPhone":"+16465676359"}],` +
			`"addresses":[{"tag":"home","region":"NY"}]}`,
		`{"picture":"a","picture":"b"}`, `{"emails":[` + strings.Repeat("{},", 20_000) + `{}]}`,
		`{"emails":[` + strings.Repeat("{},", 19_998) + `{}]}`,
		`{"emails":[` + strings.Repeat(`{"tag":"a","email":"a@b"},`, 100) + `{}],"x":` +
			strings.Repeat("[", 1000) + `}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		roundTrip[legacy.Contact](t, text)
		roundTrip[legacy.Reconciliation](t, text)
		roundTrip[legacy.Details](t, text)
		roundTrip[legacy.GetContactsOptions](t, text)
		in, ok := roundTrip[legacy.ContactInfo](t, text)
		if !ok {
			return
		}
		s, api := open(t, nil)
		r, err := api.ReconcileContact(t.Context(), in)
		if err != nil {
			require.ErrorIs(t, err, legacy.ErrInvalidSchema)
			require.NotEmpty(t, violations(t, err))
			for _, v := range violations(t, err) {
				require.Regexp(t, `^contactInfo(\.[a-zA-Z]+(\[\d+\])?)*$`, v.Field)
			}
			return
		}
		require.True(t, r.IsNew)
		at := s.Snapshot().Position()
		again, err := api.ReconcileContact(t.Context(), in)
		require.NoError(t, err)
		if again.IsNew { // LEG-13: without an email or a phone that identifies, no contact is found
			require.Empty(t, in.Emails)
			for v := range s.Snapshot().All() {
				for p := range v.Phones() {
					require.Empty(t, p.E164)
				}
			}
			return
		}
		require.Equal(t, r.Contact, again.Contact)
		require.Equal(t, r.Details.RejectedData, again.Details.RejectedData)
		require.Equal(t, at, s.Snapshot().Position())
		require.Equal(t, contacts.Code(""), contacts.CodeOf(s.Snapshot().Check()))
		shown, err := api.GetContactByID(t.Context(), r.Contact.ID)
		require.NoError(t, err)
		require.Equal(t, r.Contact, *shown)
		roundTrip[legacy.Reconciliation](t, marshal(t, r))
	})
}

func marshal(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return text
}

// roundTrip decodes a text, and if that succeeds, encodes and decodes the value again.
func roundTrip[T any](t *testing.T, text []byte) (T, bool) {
	t.Helper()
	var first, second T
	if err := json.Unmarshal(text, &first); err != nil {
		return first, false
	}
	encoded := marshal(t, first)
	err := json.Unmarshal(encoded, &second)
	if errors.Is(err, legacy.ErrInvalidSchema) && len(text) > 20_000 {
		return first, true // lists that the text lacks are written, and may be too many JSON values
	}
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.Equal(t, encoded, marshal(t, second))
	return first, true
}
