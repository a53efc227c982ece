package contacts_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestMasked(t *testing.T) {
	full := contacts.Patch{
		FirstName: contacts.Set("Ann"), LastName: contacts.Set("Quill"), Company: contacts.Set("Acorn"),
		Emails:         contacts.Set(primaryAt(0, "ann@x.test")),
		ExtendedFields: contacts.Set(map[string]any{"custom.a": "1", "custom.b.c": "2", "custom.empty": nil}),
		SetFields:      map[string]any{"custom.z": "26"},
	}
	for _, tc := range []struct {
		name  string
		give  contacts.Patch
		paths []string
		want  contacts.Patch
	}{
		{"UPD-8 no path", full, nil, contacts.Patch{}},
		{"UPD-8 a path with a value", full, []string{"info.company"}, contacts.Patch{Company: contacts.Set("Acorn")}},
		{"UPD-8 a path without a value is cleared", full, []string{"info.jobTitle"}, contacts.Patch{JobTitle: contacts.Set("")}},
		{
			"UPD-8 a list without a value is cleared", full, []string{"info.phones"},
			contacts.Patch{Phones: contacts.Set[[]contacts.Phone](nil)},
		},
		{
			"UPD-8 a picture without a value is cleared", full, []string{"info.picture"},
			contacts.Patch{Picture: contacts.Set[*contacts.Picture](nil)},
		},
		{
			"UPD-8 the items of a list are the list", full, []string{"info.emails.items"},
			contacts.Patch{Emails: contacts.Set(primaryAt(0, "ann@x.test"))},
		},
		{
			"UPD-8 info.name means both parts", full, []string{"info.name"},
			contacts.Patch{FirstName: contacts.Set("Ann"), LastName: contacts.Set("Quill")},
		},
		{
			"UPD-8 info.name clears the part without a value", contacts.Patch{LastName: contacts.Set("Quill")}, []string{"info.name"},
			contacts.Patch{FirstName: contacts.Set(""), LastName: contacts.Set("Quill")},
		},
		{"UPD-8 one part of a name", full, []string{"info.name.last"}, contacts.Patch{LastName: contacts.Set("Quill")}},
		{
			"UPD-8 info means all members", contacts.Patch{Company: contacts.Set("Acorn")}, []string{"info"},
			contacts.Patch{
				FirstName: contacts.Set(""), LastName: contacts.Set(""),
				Emails: contacts.Set[[]contacts.Email](nil), Phones: contacts.Set[[]contacts.Phone](nil),
				Addresses: contacts.Set[[]contacts.Address](nil),
				Company:   contacts.Set("Acorn"), JobTitle: contacts.Set(""),
				Birthdate: contacts.Set(""), Locale: contacts.Set(""),
				LabelKeys: contacts.Set[[]string](nil), ExtendedFields: contacts.Set[map[string]any](nil),
				Picture:   contacts.Set[*contacts.Picture](nil),
				Locations: contacts.Set[[]uuid.UUID](nil), AssignedUserIDs: contacts.Set[[]uuid.UUID](nil),
			},
		},
		{
			"UPD-8 all extended fields", full, []string{"info.extendedFields"},
			contacts.Patch{ExtendedFields: full.ExtendedFields},
		},
		{
			"UPD-8 all extended fields, as items", full, []string{"info.extendedFields.items"},
			contacts.Patch{ExtendedFields: full.ExtendedFields},
		},
		{
			"UPD-8 one extended field", full, []string{"info.extendedFields.custom.a"},
			contacts.Patch{SetFields: map[string]any{"custom.a": "1"}},
		},
		{
			"UPD-8 one extended field, below items", full, []string{"info.extendedFields.items.custom.b.c"},
			contacts.Patch{SetFields: map[string]any{"custom.b.c": "2"}},
		},
		{
			"UPD-8 extended fields without a value are cleared, single ones keep theirs", full,
			[]string{"info.extendedFields.custom.none", "info.extendedFields.custom.empty", "info.extendedFields.custom.z"},
			contacts.Patch{SetFields: map[string]any{"custom.none": nil, "custom.empty": nil, "custom.z": "26"}},
		},
		{"UPD-8 an extended field, but no values", contacts.Patch{}, []string{"info.extendedFields.custom.a"}, contacts.Patch{
			SetFields: map[string]any{"custom.a": nil},
		}},
		{
			"UPD-8 unknown paths are ignored", full,
			[]string{
				"", "info.", ".items", "info.shoeSize", "company", "info.comp", "info.company.name", "INFO.COMPANY", "revision",
				"info.extendedFields.", "info.extendedFields.items.", "info.emails.items.email", "primaryInfo.email", "info.name.",
			},
			contacts.Patch{},
		},
		{
			"UPD-8 several paths, some twice", full, []string{"info.company", "info.name.first", "info.company", "info.name"},
			contacts.Patch{
				Company: contacts.Set("Acorn"), FirstName: contacts.Set("Ann"), LastName: contacts.Set("Quill"),
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, tc.give.Masked(tc.paths))
		})
	}
}

func TestOpt(t *testing.T) {
	t.Run("UPD-3 the zero Opt is absent", func(t *testing.T) {
		var o contacts.Opt[string]
		value, ok := o.Get()
		require.Equal(t, "", value)
		require.False(t, ok)
		require.True(t, o.IsZero())
	})
	t.Run("UPD-3 the zero value can be present", func(t *testing.T) {
		value, ok := contacts.Set("").Get()
		require.Equal(t, "", value)
		require.True(t, ok)
		require.False(t, contacts.Set("").IsZero())
	})
}

func TestPatchIsZero(t *testing.T) {
	for _, tc := range []struct {
		name string
		give contacts.Patch
		want bool
	}{
		{"UPD-7 nothing", contacts.Patch{}, true},
		{"UPD-7 no fields", contacts.Patch{SetFields: map[string]any{}}, true},
		{"UPD-7 a field cleared", contacts.Patch{SetFields: map[string]any{"custom.a": nil}}, false},
		{"UPD-7 a text cleared", contacts.Patch{LastName: contacts.Set("")}, false},
		{"UPD-7 a list cleared", contacts.Patch{AssignedUserIDs: contacts.Set[[]uuid.UUID](nil)}, false},
		{"UPD-7 a picture cleared", contacts.Patch{Picture: contacts.Set[*contacts.Picture](nil)}, false},
	} {
		t.Run(tc.name, func(t *testing.T) { require.Equal(t, tc.want, tc.give.IsZero()) })
	}
}
