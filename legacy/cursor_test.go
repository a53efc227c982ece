package legacy_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/legacy"
)

// people creates contacts with the names a, b, c, …
func people(t testing.TB, s *contacts.Store, n int) []*contacts.Contact {
	var list []*contacts.Contact
	for i := range n {
		list = append(list, create(t, s, contacts.Info{Name: contacts.Name{First: string(rune('a' + i))}}))
	}
	return list
}

func cursorOf(t testing.TB, api *legacy.API, opts *legacy.GetContactsOptions) *legacy.Cursor {
	t.Helper()
	c, err := api.GetContacts(t.Context(), opts)
	require.NoError(t, err)
	return c
}

func next(t testing.TB, c *legacy.Cursor) []string {
	t.Helper()
	data, err := c.Next(t.Context())
	require.NoError(t, err)
	require.NotNil(t, data)
	return names(data)
}

func previous(t testing.TB, c *legacy.Cursor) []string {
	t.Helper()
	data, err := c.Previous(t.Context())
	require.NoError(t, err)
	require.NotNil(t, data)
	return names(data)
}

func TestGetContacts(t *testing.T) {
	t.Run("LEG-7 newest first, page by page", func(t *testing.T) {
		s, api := open(t, nil)
		people(t, s, 5)
		c := cursorOf(t, api, &legacy.GetContactsOptions{PageSize: 2})
		require.Equal(t, []string{"e", "d"}, names(c.Data()))
		require.Equal(t, 2, c.PageSize())
		require.Equal(t, 5, c.Total())
		require.True(t, c.HasNext())
		require.False(t, c.HasPrevious())
		require.Equal(t, []string{"c", "b"}, next(t, c))
		require.Equal(t, []string{"c", "b"}, names(c.Data()))
		require.True(t, c.HasNext())
		require.True(t, c.HasPrevious())
		require.Equal(t, []string{"a"}, next(t, c))
		require.False(t, c.HasNext())
		require.True(t, c.HasPrevious())
		require.Equal(t, []string{"c", "b"}, previous(t, c))
		require.Equal(t, []string{"e", "d"}, previous(t, c))
		require.False(t, c.HasPrevious())
	})
	t.Run("LEG-7 newest first, whatever the order of the store, even within a millisecond", func(t *testing.T) {
		opts := fixed()
		opts.NewestFirst = true
		now := epoch
		opts.Now = func() time.Time { return now }
		s, api := open(t, opts)
		people(t, s, 3)
		require.Equal(t, []string{"c", "b", "a"}, names(cursorOf(t, api, nil).Data()))
	})
	t.Run("LEG-7 25 per page by default", func(t *testing.T) {
		opts := fixed()
		opts.SelfCheck = false
		s, api := open(t, opts)
		people(t, s, 26)
		c := cursorOf(t, api, nil)
		require.Len(t, c.Data(), 25)
		require.Equal(t, 25, c.PageSize())
		require.Equal(t, []string{"a"}, next(t, c))
	})
	t.Run("LEG-9 a cursor stays at either end", func(t *testing.T) {
		s, api := open(t, nil)
		people(t, s, 3)
		c := cursorOf(t, api, &legacy.GetContactsOptions{PageSize: 2})
		require.Empty(t, previous(t, c))
		require.Equal(t, []string{"c", "b"}, names(c.Data()))
		require.Equal(t, []string{"a"}, next(t, c))
		require.Empty(t, next(t, c))
		require.Empty(t, next(t, c))
		require.Equal(t, []string{"a"}, names(c.Data()))
		require.Equal(t, []string{"c", "b"}, previous(t, c))
	})
	t.Run("LEG-9 an empty list", func(t *testing.T) {
		_, api := open(t, nil)
		c := cursorOf(t, api, nil)
		require.NotNil(t, c.Data())
		require.Empty(t, c.Data())
		require.Zero(t, c.Total())
		require.False(t, c.HasNext() || c.HasPrevious())
		require.Empty(t, next(t, c))
		require.Empty(t, previous(t, c))
	})
	t.Run("LEG-9 all following contacts are gone", func(t *testing.T) {
		s, api := open(t, nil)
		list := people(t, s, 3)
		c := cursorOf(t, api, &legacy.GetContactsOptions{PageSize: 2})
		require.NoError(t, s.Delete(t.Context(), list[0].ID))
		require.Empty(t, next(t, c))
		require.False(t, c.HasNext())
		require.Equal(t, 2, c.Total())
		require.Equal(t, []string{"c", "b"}, names(c.Data()))
	})
	t.Run("the caller owns the data", func(t *testing.T) {
		s, api := open(t, nil)
		create(t, s, contacts.Info{Emails: []contacts.Email{{Address: "a@example.com"}}})
		c := cursorOf(t, api, nil)
		c.Data()[0].Emails[0].Email = "other"
		require.Equal(t, "a@example.com", c.Data()[0].Emails[0].Email)
	})
}

func TestGetContactsLabels(t *testing.T) {
	s, api := open(t, nil)
	vip, _, err := s.FindOrCreateLabel(t.Context(), "VIP guest")
	require.NoError(t, err)
	other, _, err := s.FindOrCreateLabel(t.Context(), "vip GUEST")
	require.NoError(t, err)
	require.NotEqual(t, vip.Key, other.Key)
	for name, keys := range map[string][]string{
		"none": nil, "customer": {"contacts.customers"}, "vip": {vip.Key}, "other": {other.Key},
		"both": {"contacts.customers", vip.Key},
	} {
		create(t, s, contacts.Info{Name: contacts.Name{First: name}, LabelKeys: keys})
	}
	for _, test := range []struct {
		name   string
		labels []string
		want   []string
	}{
		{"LEG-8 no label", nil, []string{"both", "customer", "none", "other", "vip"}},
		{"LEG-8 the name in another case", []string{"customers"}, []string{"both", "customer"}},
		{"LEG-8 a key", []string{"contacts.customers"}, []string{"both", "customer"}},
		{"LEG-8 a legacy ID", []string{"contacts-customers"}, []string{"both", "customer"}},
		{"LEG-8 a name shared by two labels", []string{"VIP GUEST"}, []string{"both", "other", "vip"}},
		{"LEG-8 a name with space and invisible characters", []string{" \ufeffCustomers\u200b"}, []string{"both", "customer"}},
		{"LEG-8 a name with a long s", []string{"cu\u017ftomers"}, []string{"both", "customer"}},
		{"LEG-8 a key of one of them", []string{vip.Key}, []string{"both", "vip"}},
		{"LEG-8 any of several", []string{"Customers", "customers", other.Key}, []string{"both", "customer", "other"}},
		{"LEG-8 no label that exists", []string{"strangers"}, []string{}},
		{"LEG-8 one label that exists", []string{"strangers", "customers"}, []string{"both", "customer"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := cursorOf(t, api, &legacy.GetContactsOptions{Labels: test.labels})
			got := names(c.Data())
			slices.Sort(got)
			require.Equal(t, test.want, got)
			require.Equal(t, len(test.want), c.Total())
		})
	}
}

func TestGetContactsManyLabels(t *testing.T) {
	s, api := open(t, &contacts.Options{LabelQuota: 20_000})
	labels := make([]string, 10_001)
	for i := range labels {
		label, _, err := s.FindOrCreateLabel(t.Context(), fmt.Sprint("label ", i))
		require.NoError(t, err)
		labels[i] = label.Key
	}
	t.Run("LEG-8 as many as a filter accepts", func(t *testing.T) {
		require.Empty(t, cursorOf(t, api, &legacy.GetContactsOptions{Labels: labels[1:]}).Data())
	})
	t.Run("LEG-8 more than a filter accepts", func(t *testing.T) {
		_, err := api.GetContacts(t.Context(), &legacy.GetContactsOptions{Labels: labels})
		require.ErrorIs(t, err, legacy.ErrBadRequest)
		require.ErrorIs(t, err, contacts.ErrUnsupportedFilter)
	})
}

func TestGetContactsRefused(t *testing.T) {
	_, api := open(t, nil)
	for _, test := range []struct {
		name string
		opts legacy.GetContactsOptions
		want []contacts.Violation
	}{
		{"LEG-7 fewer than one", legacy.GetContactsOptions{PageSize: -1},
			[]contacts.Violation{{Field: "options.pageSize", Rule: contacts.RuleMin, Threshold: 1}}},
		{"LEG-7 more than 500", legacy.GetContactsOptions{PageSize: 501},
			[]contacts.Violation{{Field: "options.pageSize", Rule: contacts.RuleMax, Threshold: 500}}},
		{"LEG-8 invalid labels", legacy.GetContactsOptions{Labels: []string{"a", "", "\xff", "b\x00"}, PageSize: 501},
			[]contacts.Violation{
				{Field: "options.label[1]", Rule: contacts.RuleRequired},
				{Field: "options.label[2]", Rule: contacts.RuleFormat, Format: contacts.FormatText},
				{Field: "options.label[3]", Rule: contacts.RuleFormat, Format: contacts.FormatText},
				{Field: "options.pageSize", Rule: contacts.RuleMax, Threshold: 500},
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := api.GetContacts(t.Context(), &test.opts)
			require.ErrorIs(t, err, legacy.ErrBadRequest)
			require.Equal(t, test.want, violations(t, err))
		})
	}
	for _, size := range []int{1, 500} {
		cursorOf(t, api, &legacy.GetContactsOptions{PageSize: size})
	}
}

// TestCursorUnderWrites walks during writes: a contact that exists throughout is yielded exactly once.
func TestCursorUnderWrites(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("LEG-10 seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			opts := fixed()
			opts.SelfCheck = false
			if seed%2 == 0 { // many in the same millisecond
				ticks := 0
				opts.Now = func() time.Time { ticks++; return epoch.Add(time.Duration(ticks/7) * time.Millisecond) }
			}
			s, api := open(t, opts)
			const label = "contacts.customers"
			add := func() *contacts.Contact {
				return create(t, s, contacts.Info{
					Name: contacts.Name{First: "a"}, LabelKeys: []string{label},
					Emails: []contacts.Email{{Address: fmt.Sprintf("%d@example.com", random.Uint64())}},
				})
			}
			there := map[uuid.UUID]bool{} // since the start
			for range 20 + random.IntN(30) {
				there[add().ID] = true
			}
			staying := func() map[string]bool {
				stay := map[string]bool{}
				for id := range there {
					stay[id.String()] = true
				}
				return stay
			}
			write := func() {
				byText := func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) }
				ids := slices.SortedFunc(maps.Keys(there), byText)
				id := ids[random.IntN(len(ids))]
				var err error
				switch random.IntN(5) {
				case 0:
					add()
				case 1:
					err = s.Delete(t.Context(), id)
					delete(there, id)
				case 2:
					_, err = s.Unlabel(t.Context(), id, label)
					delete(there, id)
				case 3:
					_, err = api.ReconcileContact(t.Context(), email(fmt.Sprintf("%d@example.com", random.Uint64())))
				default:
					var c *contacts.Contact
					if c, err = s.Get(t.Context(), id, nil); err == nil {
						_, err = s.Update(t.Context(), id, c.Revision, contacts.Patch{LastName: contacts.Set("b")}, nil)
					}
				}
				require.NoError(t, err)
			}
			c := cursorOf(t, api, &legacy.GetContactsOptions{Labels: []string{label}, PageSize: 1 + random.IntN(6)})
			seen := map[string]int{}
			see := func(list []legacy.Contact) {
				for _, c := range list {
					seen[c.ID]++
				}
			}
			for data := c.Data(); len(data) > 0; {
				see(data)
				for range random.IntN(3) {
					write()
				}
				var err error
				data, err = c.Next(t.Context())
				require.NoError(t, err)
			}
			for id := range staying() {
				require.Equal(t, 1, seen[id], id)
			}
			for id, times := range seen {
				require.Equal(t, 1, times, id)
			}

			clear(seen)
			for data := c.Data(); len(data) > 0; {
				see(data)
				for range random.IntN(3) {
					write()
				}
				var err error
				data, err = c.Previous(t.Context())
				require.NoError(t, err)
			}
			for id := range staying() {
				require.LessOrEqual(t, seen[id], 1, id)
			}
		})
	}
}

func TestCursorErrors(t *testing.T) {
	t.Run("LEG-4 with a canceled context the cursor stays", func(t *testing.T) {
		s, api := open(t, nil)
		people(t, s, 3)
		ctx, cancel := context.WithCancel(t.Context())
		c := cursorOf(t, api, &legacy.GetContactsOptions{PageSize: 2})
		cancel()
		_, err := c.Next(ctx)
		require.ErrorIs(t, err, legacy.ErrWix)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, []string{"a"}, next(t, c))
		_, err = api.GetContacts(ctx, nil)
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("LEG-23 a call that is not permitted", func(t *testing.T) {
		s, _ := open(t, nil)
		people(t, s, 3)
		visitor := errors.New("not the dashboard")
		var asked []legacy.Method
		permitted := 0
		api, err := legacy.New(s, &legacy.Options{Permit: func(_ context.Context, m legacy.Method) error {
			if asked = append(asked, m); len(asked) <= permitted {
				return nil
			}
			return visitor
		}})
		require.NoError(t, err)
		check := func(err error) {
			t.Helper()
			require.ErrorIs(t, err, legacy.ErrForbidden)
			require.ErrorIs(t, err, visitor)
		}
		_, err = api.GetContactByID(t.Context(), "")
		check(err)
		_, err = api.GetContacts(t.Context(), &legacy.GetContactsOptions{PageSize: -1})
		check(err)
		_, err = api.ReconcileContact(t.Context(), legacy.ContactInfo{})
		check(err)
		require.Equal(t, []legacy.Method{"getContactById", "getContacts", "reconcileContact"}, asked)
		permitted = 4
		c := cursorOf(t, api, &legacy.GetContactsOptions{PageSize: 2})
		_, err = c.Next(t.Context())
		check(err)
		_, err = c.Previous(t.Context()) // even on the first page
		check(err)
		require.Equal(t, []string{"c", "b"}, names(c.Data()))
	})
}
