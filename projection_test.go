package contacts_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// shown lists the parts of a contact that are not zero, members of Info one by one.
func shown(c *contacts.Contact) []string {
	var parts []string
	add := func(prefix string, v reflect.Value) {
		for i := range v.NumField() {
			if name := prefix + v.Type().Field(i).Name; name != "Info" && !v.Field(i).IsZero() {
				parts = append(parts, name)
			}
		}
	}
	add("", reflect.ValueOf(*c))
	add("Info.", reflect.ValueOf(c.Info))
	return parts
}

// part returns the part of a contact that shown lists under this name.
func part(c *contacts.Contact, name string) any {
	v := reflect.ValueOf(*c)
	for step := range strings.SplitSeq(name, ".") {
		v = v.FieldByName(step)
	}
	return v.Interface()
}

func TestProjections(t *testing.T) {
	s := newStore(t)
	id := create(t, s, richInfo("ann")).ID
	full, err := s.Get(t.Context(), id, nil)
	require.NoError(t, err)
	everything := []string{
		"ID", "Revision", "Source", "CreatedDate", "UpdatedDate", "LastActivity", "PrimaryInfo", "PrimaryEmail", "PrimaryPhone",
		"Info.Name", "Info.Emails", "Info.Phones", "Info.Addresses", "Info.Company", "Info.JobTitle", "Info.Birthdate",
		"Info.Locale", "Info.LabelKeys", "Info.ExtendedFields", "Info.Picture", "Info.Locations", "Info.AssignedUserIDs",
	}
	require.Equal(t, everything, shown(full))

	type fieldsets = []contacts.Fieldset
	for _, tc := range []struct {
		name      string
		fields    []string
		fieldsets fieldsets
		want      []string // in addition to ID and Revision
	}{
		{"PRJ-1 neither", nil, nil, everything[2:]},
		{"PRJ-1 both empty", []string{}, fieldsets{}, everything[2:]},
		{"PRJ-1 fields only", []string{"info.company"}, nil, []string{"Info.Company"}},
		{
			"PRJ-1 union", []string{"info.company", "primaryInfo"}, fieldsets{contacts.FieldsetBasic},
			[]string{"PrimaryInfo", "Info.Name", "Info.Company"},
		},
		{
			"PRJ-1 union of fieldsets", nil, fieldsets{contacts.FieldsetExtended, contacts.FieldsetCommunicationDetails},
			[]string{"PrimaryInfo", "Info.Name", "Info.Emails", "Info.Phones", "Info.Addresses", "Info.ExtendedFields"},
		},
		{"PRJ-1 the same twice", []string{"source", "source"}, nil, []string{"Source"}},
		{"PRJ-1 full and a field", []string{"source"}, fieldsets{contacts.FieldsetFull}, everything[2:]},
		{"PRJ-2 basic", nil, fieldsets{contacts.FieldsetBasic}, []string{"PrimaryInfo", "Info.Name"}},
		{
			"PRJ-2 communication details", nil, fieldsets{contacts.FieldsetCommunicationDetails},
			[]string{"PrimaryInfo", "Info.Name", "Info.Emails", "Info.Phones", "Info.Addresses"},
		},
		{
			"PRJ-2 extended", nil, fieldsets{contacts.FieldsetExtended},
			[]string{"PrimaryInfo", "Info.Name", "Info.ExtendedFields"},
		},
		{"PRJ-2 full", nil, fieldsets{contacts.FieldsetFull}, everything[2:]},
		{"PRJ-3 id", []string{"id"}, nil, nil},
		{"PRJ-3 revision", []string{"revision"}, nil, nil},
		{"PRJ-4 source", []string{"source"}, nil, []string{"Source"}},
		{"PRJ-4 createdDate", []string{"createdDate"}, nil, []string{"CreatedDate"}},
		{"PRJ-4 updatedDate", []string{"updatedDate"}, nil, []string{"UpdatedDate"}},
		{"PRJ-4 lastActivity", []string{"lastActivity"}, nil, []string{"LastActivity"}},
		{"PRJ-4 primaryInfo", []string{"primaryInfo"}, nil, []string{"PrimaryInfo"}},
		{"PRJ-4 primaryEmail", []string{"primaryEmail"}, nil, []string{"PrimaryEmail"}},
		{"PRJ-4 primaryPhone", []string{"primaryPhone"}, nil, []string{"PrimaryPhone"}},
		{"PRJ-4 info.name", []string{"info.name"}, nil, []string{"Info.Name"}},
		{"PRJ-4 info.emails", []string{"info.emails"}, nil, []string{"Info.Emails"}},
		{"PRJ-4 info.phones", []string{"info.phones"}, nil, []string{"Info.Phones"}},
		{"PRJ-4 info.addresses", []string{"info.addresses"}, nil, []string{"Info.Addresses"}},
		{"PRJ-4 info.company", []string{"info.company"}, nil, []string{"Info.Company"}},
		{"PRJ-4 info.jobTitle", []string{"info.jobTitle"}, nil, []string{"Info.JobTitle"}},
		{"PRJ-4 info.picture", []string{"info.picture"}, nil, []string{"Info.Picture"}},
		{"PRJ-4 info.birthdate", []string{"info.birthdate"}, nil, []string{"Info.Birthdate"}},
		{"PRJ-4 info.locale", []string{"info.locale"}, nil, []string{"Info.Locale"}},
		{"PRJ-4 info.labelKeys", []string{"info.labelKeys"}, nil, []string{"Info.LabelKeys"}},
		{"PRJ-4 info.locations", []string{"info.locations"}, nil, []string{"Info.Locations"}},
		{"PRJ-4 info.extendedFields", []string{"info.extendedFields"}, nil, []string{"Info.ExtendedFields"}},
		{"PRJ-4 info.assignedUserIds", []string{"info.assignedUserIds"}, nil, []string{"Info.AssignedUserIDs"}},
		{"PRJ-4 alias _id", []string{"_id"}, nil, nil},
		{"PRJ-4 alias _createdDate", []string{"_createdDate"}, nil, []string{"CreatedDate"}},
		{"PRJ-4 alias _updatedDate", []string{"_updatedDate"}, nil, []string{"UpdatedDate"}},
		{"PRJ-4 100 fields", slices.Repeat([]string{"source"}, 100), nil, []string{"Source"}},
		{
			"PRJ-4 10 fieldsets", nil, slices.Repeat(fieldsets{contacts.FieldsetBasic}, 10),
			[]string{"PrimaryInfo", "Info.Name"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := s.Get(t.Context(), id, &contacts.GetOptions{Fields: tc.fields, Fieldsets: tc.fieldsets})
			require.NoError(t, err)
			require.Equal(t, append([]string{"ID", "Revision"}, tc.want...), shown(c))
			for _, name := range shown(c) {
				require.Equal(t, part(full, name), part(c, name), name)
			}
		})
	}
}

func TestProjectionsRefused(t *testing.T) {
	s := newStore(t)
	id := create(t, s, richInfo("ann")).ID
	word := func(field string) contacts.Violation {
		return contacts.Violation{Field: field, Rule: contacts.RuleFormat, Format: contacts.FormatEnum}
	}
	size := func(field string, most int) contacts.Violation {
		return contacts.Violation{Field: field, Rule: contacts.RuleMaxSize, Threshold: most}
	}
	for _, tc := range []struct {
		name string
		opts contacts.GetOptions
		want []contacts.Violation
	}{
		{"PRJ-4 unknown field", contacts.GetOptions{Fields: []string{"info.shoeSize"}}, []contacts.Violation{word("fields[0]")}},
		{"PRJ-4 empty field", contacts.GetOptions{Fields: []string{""}}, []contacts.Violation{word("fields[0]")}},
		{"PRJ-4 info alone", contacts.GetOptions{Fields: []string{"info"}}, []contacts.Violation{word("fields[0]")}},
		{"PRJ-4 part of a name", contacts.GetOptions{Fields: []string{"info.name.first"}}, []contacts.Violation{word("fields[0]")}},
		{"PRJ-4 other case", contacts.GetOptions{Fields: []string{"Source"}}, []contacts.Violation{word("fields[0]")}},
		{
			"PRJ-4 a field of 101 characters",
			contacts.GetOptions{Fields: []string{strings.Repeat("x", 101)}}, []contacts.Violation{word("fields[0]")},
		},
		{
			"PRJ-4 unknown fieldset",
			contacts.GetOptions{Fieldsets: []contacts.Fieldset{"HUGE"}}, []contacts.Violation{word("fieldsets[0]")},
		},
		{
			"PRJ-4 all at once, even with known ones",
			contacts.GetOptions{
				Fields:    []string{"source", "x", "id", "y"},
				Fieldsets: []contacts.Fieldset{contacts.FieldsetFull, "basic"},
			},
			[]contacts.Violation{word("fields[1]"), word("fields[3]"), word("fieldsets[1]")},
		},
		{
			"PRJ-4 101 fields",
			contacts.GetOptions{Fields: slices.Repeat([]string{"source"}, 101)}, []contacts.Violation{size("fields", 100)},
		},
		{
			"PRJ-4 11 fieldsets",
			contacts.GetOptions{Fieldsets: slices.Repeat([]contacts.Fieldset{contacts.FieldsetBasic}, 11)},
			[]contacts.Violation{size("fieldsets", 10)},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := s.Get(t.Context(), id, &tc.opts)
			require.Nil(t, c)
			require.ErrorIs(t, err, contacts.ErrInvalid)
			require.Equal(t, tc.want, violations(t, err))
		})
	}
}
