package contacts_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func init() {
	calls["Upsert"] = func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, _, err := s.Upsert(ctx, person("New"), nil)
		return err
	}
	feedWrites = append(feedWrites, feedWrite{
		method: "Upsert", want: []told{{kind: contacts.ContactUpdated, of: "bob"}},
		call: func(ctx context.Context, sc scene) error {
			_, _, err := sc.Upsert(ctx, person("Robert", "bob@x.test"), nil)
			return err
		},
	})
}

// upsert makes an upsert that must be fine.
func upsert(t testing.TB, s *contacts.Store, info contacts.Info) (*contacts.Contact, contacts.UpsertAction) {
	t.Helper()
	c, action, err := s.Upsert(t.Context(), info, nil)
	require.NoError(t, err)
	stored, err := s.Get(t.Context(), c.ID, nil)
	require.NoError(t, err)
	require.Equal(t, stored, c)
	return c, action
}

func TestUpsert(t *testing.T) {
	t.Run("UPS-1 whom it finds", func(t *testing.T) {
		s := newStore(t)
		ann := create(t, s, person("Ann", "ann@x.test", "home@x.test"))
		bob := create(t, s, contacts.Info{
			Name: contacts.Name{First: "Bob"}, Emails: primaryAt(0, "bob@x.test"),
			Phones: []contacts.Phone{number("", "1"), number("US", numberUS), number("", "555-0")},
		})
		create(t, s, contacts.Info{Emails: primaryAt(0, "ann@x.test"), Phones: []contacts.Phone{number("US", numberUS)}})
		for _, tc := range []struct {
			name string
			info contacts.Info
			want *contacts.Contact
		}{
			{"any email, the oldest contact", person("", "none@x.test", " HOME@x.test"), ann},
			{"an email before a phone", contacts.Info{
				Emails: primaryAt(0, "home@x.test"), Phones: []contacts.Phone{number("", "1")},
			}, ann},
			{"a valid phone, the oldest contact", withPhones(number("US", numberUS2)), bob},
			{"a phone as typed", withPhones(number("", "555-0")), bob},
			{"a name finds nobody", person("Ann"), nil},
		} {
			f := s.Fork()
			n := f.Snapshot().Len()
			c, action := upsert(t, f, tc.info)
			if tc.want != nil {
				require.Equal(t, tc.want.ID, c.ID, tc.name)
				require.NotEqual(t, contacts.UpsertCreated, action, tc.name)
				require.Equal(t, n, f.Snapshot().Len(), tc.name)
			} else {
				require.Equal(t, contacts.UpsertCreated, action, tc.name)
				require.Equal(t, n+1, f.Snapshot().Len(), tc.name)
			}
		}
	})
	t.Run("UPS-1 a new contact is as by Create", func(t *testing.T) {
		s := newStore(t)
		source := contacts.Source{SourceType: contacts.SourceImport}
		c, action, err := s.Upsert(t.Context(), richInfo("ann"), &contacts.UpsertOptions{Source: source})
		require.NoError(t, err)
		require.Equal(t, contacts.UpsertCreated, action)
		want, err := newStore(t).Create(t.Context(), richInfo("ann"), &contacts.CreateOptions{Source: source})
		require.NoError(t, err)
		require.Equal(t, want, c)
	})
	t.Run("UPS-2 single values are replaced, the rest is added", func(t *testing.T) {
		s := newStore(t)
		old := create(t, s, richInfo("ann"))
		given := contacts.Info{
			Name: contacts.Name{First: "Bea"}, Emails: primaryAt(0, "new@x.test", "ANN@x.test"),
			Phones:    []contacts.Phone{number("US", numberUS2), number("US", "202-555-0147")},
			Addresses: []contacts.Address{{City: "Elsewhere"}, richInfo("ann").Addresses[1]},
			Company:   "Birch", JobTitle: "Cook", Birthdate: "2000-01-01", Locale: "DA",
			LabelKeys: []string{customers}, ExtendedFields: map[string]any{"invoices.vatId": "YY"},
			Picture:   &contacts.Picture{Image: contacts.Image{URL: "https://x.test/other.png"}},
			Locations: []uuid.UUID{testID(9001), testID(9009)}, AssignedUserIDs: []uuid.UUID{testID(9008)},
		}
		c, action := upsert(t, s, given)
		require.Equal(t, contacts.UpsertUpdated, action)
		require.Equal(t, old.Revision+1, c.Revision)
		want := old.Info.Clone()
		want.Name.First = "Bea"
		want.Company, want.JobTitle, want.Birthdate, want.Locale = "Birch", "Cook", "2000-01-01", "da"
		want.Picture = given.Picture
		require.Len(t, c.Info.Emails, 3)
		require.Equal(t, []string{"ann@x.test", "ann.home@x.test", "new@x.test"}, addressesOf(c))
		require.Equal(t, []string{"201-555-0123", "555-0199", "202-555-0147"}, numbersOf(c))
		require.Len(t, c.Info.Addresses, 3)
		want.Emails = append(want.Emails, c.Info.Emails[2])
		want.Phones = append(want.Phones, c.Info.Phones[2])
		want.Addresses = append(want.Addresses, c.Info.Addresses[2])
		want.Locations = append(want.Locations, testID(9009))
		want.AssignedUserIDs = append(want.AssignedUserIDs, testID(9008))
		want.ExtendedFields["invoices.vatId"] = "YY"
		want.ExtendedFields["contacts.displayByFirstName"] = "Bea Quill"
		want.ExtendedFields["contacts.displayByLastName"] = "Quill Bea"
		require.Equal(t, want, c.Info)
		require.False(t, c.Info.Emails[2].Primary || c.Info.Phones[2].Primary)
		require.Equal(t, old.LastActivity, c.LastActivity)
		require.Equal(t, old.Source, c.Source)
	})
	t.Run("UPS-2 what is not given stays", func(t *testing.T) {
		s := newStore(t)
		old := create(t, s, richInfo("ann"))
		info := person("", "ann@x.test")
		info.Name.Last = "Other"
		info.ExtendedFields = map[string]any{"invoices.vatId": ""}
		c, _ := upsert(t, s, info)
		want := old.Info.Clone()
		want.Name.Last = "Other"
		want.ExtendedFields["contacts.displayByFirstName"] = "ann Other"
		want.ExtendedFields["contacts.displayByLastName"] = "Other ann"
		require.Equal(t, want, c.Info)
	})
	t.Run("UPS-2 the first email of a contact becomes its primary one", func(t *testing.T) {
		s := newStore(t)
		create(t, s, withPhones(number("", "1")))
		info := withPhones(number("", "1"))
		info.Emails = primaryAt(1, "a@x.test", "b@x.test")
		c, _ := upsert(t, s, info)
		require.Equal(t, "b@x.test", c.PrimaryInfo.Email)
		require.Equal(t, []string{"b@x.test", "a@x.test"}, addressesOf(c))
	})
	t.Run("UPS-3 nothing new, nothing written", func(t *testing.T) {
		s := newStore(t)
		old := create(t, s, richInfo("ann"))
		for _, info := range []contacts.Info{richInfo("ann"), person("", "ANN@x.test"), person("ann", "ann.home@x.test")} {
			before := stateOf(s.Snapshot())
			c, action := upsert(t, s, info)
			require.Equal(t, contacts.UpsertUnchanged, action)
			require.Equal(t, old, c)
			require.Equal(t, before, stateOf(s.Snapshot()))
		}
	})
	t.Run("UPS-2 what is given is copied", func(t *testing.T) {
		s := newStore(t)
		other := func() contacts.Info {
			info := richInfo("ann")
			info.Company, info.Addresses[0].City, info.Picture.Image.ID = "Birch", "Elsewhere", "other"
			return info
		}
		for i, given := range []func() contacts.Info{func() contacts.Info { return richInfo("ann") }, other, other} {
			info := given()
			c, action := upsert(t, s, info)
			require.Equal(t, []contacts.UpsertAction{
				contacts.UpsertCreated, contacts.UpsertUpdated, contacts.UpsertUnchanged,
			}[i], action)
			require.Equal(t, given(), info)
			before := deepCopy(t, stateOf(s.Snapshot()))
			scribble(&info)
			scribble(c)
			require.Equal(t, before, deepCopy(t, stateOf(s.Snapshot())))
		}
	})
}

func TestUpsertOrderOfChecks(t *testing.T) {
	bad := contacts.Info{Birthdate: "x"}
	multiple := contacts.Info{Emails: append(primaryAt(0, "a@x.test"), primaryAt(0, "b@x.test")...)}
	multiple.ExtendedFields = map[string]any{"custom.none": 1}
	full := person("")
	for i := range 50 {
		full.Emails = append(full.Emails, contacts.Email{Address: fmt.Sprintf("full%d@x.test", i)})
	}
	for _, tc := range []struct {
		name   string
		info   contacts.Info
		source contacts.Source
		code   contacts.Code
		at     []string
	}{
		{
			"violations, all at once", bad, contacts.Source{SourceType: "x"}, contacts.ErrInvalid,
			[]string{"info.birthdate", "source.sourceType"},
		},
		{"primaries", multiple, contacts.Source{}, contacts.ErrMultiplePrimary, nil},
		{
			"unknown field", contacts.Info{ExtendedFields: map[string]any{"custom.none": 1, "invoices.vatId": 1}},
			contacts.Source{}, contacts.ErrFieldNotFound, nil,
		},
		{
			"value", contacts.Info{ExtendedFields: map[string]any{"invoices.vatId": 1}, LabelKeys: []string{"custom.none"}},
			contacts.Source{}, contacts.ErrInvalidFieldValue, []string{"info.extendedFields.items.invoices.vatId"},
		},
		{"label", contacts.Info{LabelKeys: []string{"custom.none"}}, contacts.Source{}, contacts.ErrLabelNotFound, nil},
		{"nobody", contacts.Info{Company: "Acorn"}, contacts.Source{}, contacts.ErrInsufficientData, nil},
		{
			"email of a member", contacts.Info{Emails: primaryAt(0, "mel@x.test"), Phones: []contacts.Phone{number("", "1")}},
			contacts.Source{}, contacts.ErrUpdateMemberEmail, nil,
		},
		{
			"more emails than there may be", person("", "full3@x.test", "more@x.test"), contacts.Source{},
			contacts.ErrInvalid, []string{"info.emails.items"},
		},
	} {
		t.Run("UPS-4 "+tc.name, func(t *testing.T) {
			s := newStore(t)
			mel := create(t, s, withPhones(number("", "1")))
			require.NoError(t, setMember(t, s, mel.ID, nil))
			create(t, s, full)
			before := stateOf(s.Snapshot())
			c, action, err := s.Upsert(t.Context(), tc.info, &contacts.UpsertOptions{Source: tc.source})
			require.Equal(t, tc.code, contacts.CodeOf(err))
			require.Nil(t, c)
			require.Empty(t, action)
			var at []string
			for _, v := range violations(t, err) {
				at = append(at, v.Field)
			}
			require.Equal(t, tc.at, at)
			require.Equal(t, before, stateOf(s.Snapshot()))
		})
	}
	t.Run("UPS-4 a member keeps the primary email, all else changes", func(t *testing.T) {
		s := newStore(t)
		mel := create(t, s, person("Mel", "mel@x.test"))
		require.NoError(t, setMember(t, s, mel.ID, nil))
		c, action := upsert(t, s, contacts.Info{Emails: primaryAt(0, "new@x.test", "mel@x.test"), Company: "Acorn"})
		require.Equal(t, contacts.UpsertUpdated, action)
		require.Equal(t, []string{"mel@x.test", "new@x.test"}, addressesOf(c))
		require.Equal(t, "Acorn", c.Info.Company)
	})
}
