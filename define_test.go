package contacts_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// lab is a store with a clock that the test sets.
type lab struct {
	*contacts.Store
	now *time.Time
}

func newLab(t testing.TB, edits ...func(*contacts.Options)) *lab {
	t.Helper()
	opts, now := fixed(), epoch
	opts.Now = func() time.Time { return now }
	for _, edit := range edits {
		edit(opts)
	}
	return &lab{openStore(t, opts), &now}
}

// fork returns a copy on the same clock.
func (l *lab) fork() *lab { return &lab{l.Fork(), l.now} }

// tick moves the clock on and returns its time.
func (l *lab) tick() time.Time {
	*l.now = l.now.Add(time.Hour)
	return *l.now
}

// refused makes a call that must fail with this code and leave the store as it is. It returns the error.
func (l *lab) refused(t testing.TB, want contacts.Code, call func() error) error {
	t.Helper()
	before := stateOf(l.Snapshot())
	l.tick()
	err := call()
	require.Equal(t, want, contacts.CodeOf(err))
	require.Equal(t, before, stateOf(l.Snapshot()))
	return err
}

// write makes a write to the contact that must be fine, and requires that it is one commit that gives the contact its
// next revision, the time of the write and what change does, and touches nothing else. It returns the contact.
func (l *lab) write(
	t testing.TB, id uuid.UUID, call func() (*contacts.Contact, error), change func(*contacts.Contact),
) *contacts.Contact {
	t.Helper()
	want := stateOf(l.Snapshot())
	now := l.tick()
	got, err := call()
	require.NoError(t, err)
	want.Position++
	for _, c := range want.Contacts {
		if c.ID == id {
			c.Revision++
			c.UpdatedDate = now
			if change != nil {
				change(c)
			}
			requireContact(t, c, got)
		}
	}
	requireState(t, want, stateOf(l.Snapshot()))
	return got
}

// contactIn returns one of the contacts of a state, to be read or edited.
func contactIn(st state, id uuid.UUID) *contacts.Contact {
	i := slices.IndexFunc(st.Contacts, func(c *contacts.Contact) bool { return c.ID == id })
	return st.Contacts[i]
}

// requireState compares as Contact.Equal does: empty lists equal missing ones.
func requireState(t testing.TB, want, got state) {
	t.Helper()
	require.Equal(t, want.Position, got.Position)
	require.Equal(t, want.Len, got.Len)
	require.Len(t, got.Contacts, len(want.Contacts))
	for i, c := range want.Contacts {
		requireContact(t, c, got.Contacts[i])
	}
	require.Equal(t, want.Billing, got.Billing)
	require.Equal(t, want.Labels, got.Labels)
	require.Equal(t, want.Fields, got.Fields)
}

func requireContact(t testing.TB, want, got *contacts.Contact) {
	t.Helper()
	require.Truef(t, want.Equal(got), "want: %+v\ngot:  %+v", want, got)
}

// newLabel makes a label that must be new and returns its key.
func newLabel(t testing.TB, s *contacts.Store, displayName string) string {
	t.Helper()
	l, made, err := s.FindOrCreateLabel(t.Context(), displayName)
	require.NoError(t, err)
	require.True(t, made)
	return l.Key
}

// newField makes a field that must be new and returns its key.
func newField(t testing.TB, s *contacts.Store, displayName string, of contacts.DataType) string {
	t.Helper()
	f, made, err := s.FindOrCreateField(t.Context(), displayName, of)
	require.NoError(t, err)
	require.True(t, made)
	return f.Key
}

// refusedKeys returns the keys that an error lists.
func refusedKeys(t testing.TB, err error) []string {
	t.Helper()
	var e *contacts.KeysError
	require.ErrorAs(t, err, &e)
	return e.Keys
}

func labelsOf(keys ...string) func(*contacts.Contact) {
	return func(c *contacts.Contact) { c.Info.LabelKeys = keys }
}

// nameCase is a display name and the rule it breaks, none if it is fine.
type nameCase struct {
	name, displayName string
	want              func(field string) contacts.Violation
}

// nameCases are the display names of labels and of fields, which differ in their limit.
func nameCases(rule string, limit int) []nameCase {
	return []nameCase{
		{rule + " one character", "x", nil},
		{rule + " spaces only", "   ", nil},
		{rule + " the limit counts characters", strings.Repeat("ä", limit), nil},
		{rule + " empty", "", tooShort},
		{rule + " too long", strings.Repeat("x", limit+1), func(f string) contacts.Violation { return tooLong(f, limit) }},
		{rule + " too long in characters of three bytes", strings.Repeat("漢", limit+1),
			func(f string) contacts.Violation { return tooLong(f, limit) }},
		{rule + " NUL", "a\x00b", func(f string) contacts.Violation { return badFormat(f, contacts.FormatText) }},
		{rule + " invalid UTF-8", "a\xff", func(f string) contacts.Violation { return badFormat(f, contacts.FormatText) }},
	}
}

func TestFindOrCreateLabel(t *testing.T) {
	t.Run("LBL-4 a new label", func(t *testing.T) {
		l := newLab(t)
		create(t, l.Store, person("Ann"))
		want := stateOf(l.Snapshot())
		now := l.tick()
		label, made, err := l.FindOrCreateLabel(t.Context(), "VIP Customer")
		require.NoError(t, err)
		require.True(t, made)
		require.Equal(t, contacts.Label{
			Namespace: "custom", NamespaceDisplayName: "Labels", Key: "custom.vip-customer", DisplayName: "VIP Customer",
			LabelType: contacts.LabelUserDefined, CreatedDate: now, UpdatedDate: now,
		}, label)
		want.Position++
		want.Labels = slices.Insert(want.Labels, 0, label)
		requireState(t, want, stateOf(l.Snapshot()))
	})

	t.Run("LBL-4 STO-3 dates in UTC, whole milliseconds, never going back", func(t *testing.T) {
		l := newLab(t)
		*l.now = time.Date(2026, 1, 2, 5, 0, 0, 1_999_999, time.FixedZone("", 2*60*60))
		newLabel(t, l.Store, "A")
		*l.now = epoch.Add(-time.Hour)
		newLabel(t, l.Store, "B")
		for _, key := range []string{"custom.a", "custom.b"} {
			label, err := l.Snapshot().Label(key)
			require.NoError(t, err)
			require.Equal(t, time.Date(2026, 1, 2, 3, 0, 0, 1_000_000, time.UTC), label.CreatedDate)
			require.Equal(t, label.CreatedDate, label.UpdatedDate)
		}
	})

	type rename struct{ key, displayName string }
	for _, tc := range []struct {
		name    string
		labels  []string // display names, made in this order
		renames []rename
		given   string
		key     string
		made    bool
	}{
		{name: "LBL-4 the same name", labels: []string{"VIP"}, given: "VIP", key: "custom.vip"},
		{name: "LBL-4 case counts", labels: []string{"VIP"}, given: "vip", key: "custom.vip-2", made: true},
		{name: "LBL-4 spaces behind count", labels: []string{"VIP"}, given: "VIP ", key: "custom.vip-2", made: true},
		{name: "LBL-4 spaces in front count", labels: []string{"VIP"}, given: " VIP", key: "custom.vip-2", made: true},
		{name: "LBL-4 spaces within count", labels: []string{"A B"}, given: "A  B", key: "custom.a-b-2", made: true},
		{name: "LBL-4 spaces are stored", labels: []string{" VIP "}, given: " VIP ", key: "custom.vip"},
		{name: "LBL-4 accents count", labels: []string{"Cafe"}, given: "Café", key: "custom.café", made: true},
		{name: "LBL-4 a name that begins like another", labels: []string{"VIP"}, given: "VIP Customer",
			key: "custom.vip-customer", made: true},
		{name: "LBL-4 a name that another begins with", labels: []string{"VIP Customer"}, given: "VIP",
			key: "custom.vip", made: true},
		{name: "LBL-4 a system label", given: "Customers", key: "contacts.customers"},
		{name: "LBL-4 the other system label", given: "Contacted Me", key: "contacts.contacted-me"},
		{name: "LBL-4 a system label in another case", given: "customers", key: "custom.customers", made: true},
		{name: "LBL-4 a key is no name", labels: []string{"VIP"}, given: "custom.vip", key: "custom.custom-vip", made: true},
		{name: "LBL-4 the oldest of several", labels: []string{"B", "A", "C"},
			renames: []rename{{"custom.c", "X"}, {"custom.a", "X"}, {"custom.b", "X"}}, given: "X", key: "custom.b"},
		{name: "LBL-4 system labels before others", labels: []string{"A"}, renames: []rename{{"custom.a", "Customers"}},
			given: "Customers", key: "contacts.customers"},
		{name: "LBL-4 a new name", labels: []string{"A"}, renames: []rename{{"custom.a", "B"}}, given: "B", key: "custom.a"},
		{name: "LBL-4 a name of spaces", labels: []string{" ", "  "}, given: "  ", key: "custom.label-2"},
		{name: "LBL-7 a rename does not free the key", labels: []string{"My Label"},
			renames: []rename{{"custom.my-label", "Other"}}, given: "My Label", key: "custom.my-label-2", made: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			for _, name := range tc.labels {
				newLabel(t, l.Store, name) // all at the same time: the order of creation counts
			}
			for _, r := range tc.renames {
				_, err := l.RenameLabel(t.Context(), r.key, r.displayName)
				require.NoError(t, err)
			}
			before := stateOf(l.Snapshot())
			l.tick()
			label, made, err := l.FindOrCreateLabel(t.Context(), tc.given)
			require.NoError(t, err)
			require.Equal(t, tc.made, made)
			require.Equal(t, tc.key, label.Key)
			require.Equal(t, tc.given, label.DisplayName)
			if made {
				require.Equal(t, before.Position+1, l.Snapshot().Position())
				return
			}
			require.Contains(t, before.Labels, label)
			require.Equal(t, before, stateOf(l.Snapshot()))
		})
	}

	for _, tc := range nameCases("LBL-5", 180) {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			if tc.want != nil {
				err := l.refused(t, contacts.ErrInvalid, func() error {
					label, made, err := l.FindOrCreateLabel(t.Context(), tc.displayName)
					require.Zero(t, label)
					require.False(t, made)
					return err
				})
				require.Equal(t, oneViolation(tc.want("displayName")), violations(t, err))
				return
			}
			label, made, err := l.FindOrCreateLabel(t.Context(), tc.displayName)
			require.NoError(t, err)
			require.True(t, made)
			require.Equal(t, tc.displayName, label.DisplayName)
		})
	}

	for _, tc := range []struct{ name, displayName, key string }{
		{"LBL-6 words", "VIP Customer", "custom.vip-customer"},
		{"LBL-6 letters of any script, and digits", "Größe 3/4", "custom.größe-3-4"},
		{"LBL-6 nothing left", "!!!", "custom.label"},
		{"LBL-6 spaces only", "  ", "custom.label"},
		{"LBL-6 at most 80 characters", strings.Repeat("ä", 180), "custom." + strings.Repeat("ä", 73)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.key, newLabel(t, newStore(t), tc.displayName))
		})
	}

	t.Run("LBL-7 the first suffix that is free", func(t *testing.T) {
		s := newStore(t)
		require.Equal(t, "custom.vip", newLabel(t, s, "VIP"))
		require.Equal(t, "custom.vip-2", newLabel(t, s, "Vip"))
		require.Equal(t, "custom.vip-3", newLabel(t, s, "vip"))
		require.NoError(t, s.DeleteLabel(t.Context(), "custom.vip-2"))
		require.Equal(t, "custom.vip-2", newLabel(t, s, "VIP!"))
		require.Equal(t, "custom.vip-4", newLabel(t, s, "VIP?"))
		require.NoError(t, s.DeleteLabel(t.Context(), "custom.vip"))
		require.Equal(t, "custom.vip", newLabel(t, s, "VIP."))
	})

	t.Run("LBL-7 a suffix counts towards 80 characters", func(t *testing.T) {
		s := newStore(t)
		for n := 1; n <= 10; n++ {
			key, suffix := newLabel(t, s, strings.Repeat("ä", 100+n)), ""
			if n > 1 {
				suffix = fmt.Sprintf("-%d", n)
			}
			require.Equal(t, "custom."+strings.Repeat("ä", 73-len(suffix))+suffix, key)
		}
	})
}

func TestRenameLabel(t *testing.T) {
	t.Run("LBL-8 display name and updatedDate change, nothing else", func(t *testing.T) {
		l := newLab(t)
		key := newLabel(t, l.Store, "VIP")
		info := person("Ann")
		info.LabelKeys = []string{key}
		create(t, l.Store, info)
		for _, name := range []string{"Regulars", "Regulars", "VIP"} {
			want := stateOf(l.Snapshot())
			want.Position++
			want.Labels[0].DisplayName, want.Labels[0].UpdatedDate = name, l.tick()
			label, err := l.RenameLabel(t.Context(), key, name)
			require.NoError(t, err)
			require.Equal(t, want.Labels[0], label)
			requireState(t, want, stateOf(l.Snapshot()))
		}
	})

	t.Run("LBL-8 the name of another label", func(t *testing.T) {
		l := newLab(t)
		a, b := newLabel(t, l.Store, "A"), newLabel(t, l.Store, "B")
		for _, name := range []string{"A", "Customers"} {
			label, err := l.RenameLabel(t.Context(), b, name)
			require.NoError(t, err)
			require.Equal(t, b, label.Key)
			require.Equal(t, name, label.DisplayName)
		}
		label, err := l.Snapshot().Label(a)
		require.NoError(t, err)
		require.Equal(t, "A", label.DisplayName)
	})

	for _, tc := range nameCases("LBL-5 rename:", 180) {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			key := newLabel(t, l.Store, "VIP")
			if tc.want == nil {
				label, err := l.RenameLabel(t.Context(), key, tc.displayName)
				require.NoError(t, err)
				require.Equal(t, tc.displayName, label.DisplayName)
				return
			}
			err := l.refused(t, contacts.ErrInvalid, func() error {
				_, err := l.RenameLabel(t.Context(), key, tc.displayName)
				return err
			})
			require.Equal(t, oneViolation(tc.want("label.displayName")), violations(t, err))
		})
	}

	for _, tc := range []struct {
		name, key, displayName string
		code                   contacts.Code
	}{
		{"LBL-8 a bad name before a missing label", "custom.none", "", contacts.ErrInvalid},
		{"LBL-8 a bad name before a system label", "contacts.customers", "", contacts.ErrInvalid},
		{"LBL-8 no such label", "custom.none", "X", contacts.ErrLabelNotFound},
		{"LBL-8 keys are compared exactly", "custom.VIP", "X", contacts.ErrLabelNotFound},
		{"LBL-10 contacts.customers", "contacts.customers", "X", contacts.ErrSystemLabel},
		{"LBL-10 contacts.contacted-me", "contacts.contacted-me", "X", contacts.ErrSystemLabel},
		{"LBL-10 the name it has", "contacts.customers", "Customers", contacts.ErrSystemLabel},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			newLabel(t, l.Store, "VIP")
			err := l.refused(t, tc.code, func() error {
				label, err := l.RenameLabel(t.Context(), tc.key, tc.displayName)
				require.Zero(t, label)
				return err
			})
			if tc.code != contacts.ErrInvalid {
				require.Equal(t, []string{tc.key}, refusedKeys(t, err))
			}
		})
	}
}

func TestDeleteLabel(t *testing.T) {
	// The contacts: three carry the label, in different places of the list, one of them a member; two do not.
	setUp := func(t *testing.T) (l *lab, key string, carriers []uuid.UUID) {
		l = newLab(t)
		key = newLabel(t, l.Store, "VIP")
		other := newLabel(t, l.Store, "Other")
		for i, keys := range [][]string{
			{other, key, "contacts.customers"}, {other}, {key}, {}, {key, other},
		} {
			info := richInfo(fmt.Sprint("ann", i))
			info.LabelKeys = keys
			c := create(t, l.Store, info)
			if slices.Contains(keys, key) {
				carriers = append(carriers, c.ID)
			}
		}
		_, err := l.SetMember(t.Context(), carriers[1], &contacts.Member{MemberID: testID(7001)})
		require.NoError(t, err)
		return l, key, carriers
	}

	t.Run("LBL-9 the key leaves every contact in one commit", func(t *testing.T) {
		l, key, carriers := setUp(t)
		old := l.Snapshot()
		want := stateOf(l.Snapshot())
		now := l.tick()
		require.NoError(t, l.DeleteLabel(t.Context(), key))
		want.Position++
		want.Labels = slices.DeleteFunc(want.Labels, func(l contacts.Label) bool { return l.Key == key })
		for _, id := range carriers {
			c := contactIn(want, id)
			c.Revision++
			c.UpdatedDate = now
			c.Info.LabelKeys = slices.DeleteFunc(c.Info.LabelKeys, func(k string) bool { return k == key })
		}
		requireState(t, want, stateOf(l.Snapshot()))
		require.Empty(t, ids(l.Snapshot().ByLabel(key)))
		require.Len(t, ids(l.Snapshot().ByLabel("custom.other")), 3)
		require.Equal(t, carriers, ids(old.ByLabel(key)), "STO-8")
		_, err := old.Label(key)
		require.NoError(t, err)
	})

	t.Run("LBL-9 a label that nobody carries", func(t *testing.T) {
		l, _, _ := setUp(t)
		want := stateOf(l.Snapshot())
		require.NoError(t, l.DeleteLabel(t.Context(), newLabel(t, l.Store, "Unused")))
		want.Position += 2
		requireState(t, want, stateOf(l.Snapshot()))
	})

	t.Run("LBL-9 a second delete", func(t *testing.T) {
		l, key, carriers := setUp(t)
		require.NoError(t, l.DeleteLabel(t.Context(), key))
		err := l.refused(t, contacts.ErrLabelNotFound, func() error { return l.DeleteLabel(t.Context(), key) })
		require.Equal(t, []string{key}, refusedKeys(t, err))
		c, err := l.Get(t.Context(), carriers[0], nil)
		require.NoError(t, err)
		for _, call := range []func() error{
			func() error { _, err := l.Label(t.Context(), c.ID, key); return err },
			func() error { _, err := l.Unlabel(t.Context(), c.ID, key); return err },
			func() error {
				patch := contacts.Patch{LabelKeys: contacts.Set([]string{key})}
				_, err := l.Update(t.Context(), c.ID, c.Revision, patch, nil)
				return err
			},
			func() error {
				_, err := l.Create(t.Context(), contacts.Info{Name: contacts.Name{First: "Bo"}, LabelKeys: []string{key}}, nil)
				return err
			},
			func() error { _, err := l.RenameLabel(t.Context(), key, "X"); return err },
			func() error { _, err := l.Snapshot().Label(key); return err },
		} {
			require.Equal(t, []string{key}, refusedKeys(t, l.refused(t, contacts.ErrLabelNotFound, call)))
		}
	})

	t.Run("LBL-9 a label made later under the same key is on no contact", func(t *testing.T) {
		l, key, _ := setUp(t)
		require.NoError(t, l.DeleteLabel(t.Context(), key))
		require.Equal(t, key, newLabel(t, l.Store, "vip"))
		require.Empty(t, ids(l.Snapshot().ByLabel(key)))
	})

	t.Run("LBL-9 STO-7 a fork keeps its label", func(t *testing.T) {
		l, key, carriers := setUp(t)
		f := l.fork()
		want := stateOf(f.Snapshot())
		require.NoError(t, l.DeleteLabel(t.Context(), key))
		requireState(t, want, stateOf(f.Snapshot()))
		require.NoError(t, f.DeleteLabel(t.Context(), key))
		for _, id := range carriers {
			v, _ := f.Snapshot().View(id)
			require.False(t, v.HasLabel(key))
		}
	})

	for _, tc := range []struct {
		name, key string
		code      contacts.Code
	}{
		{"LBL-9 no such label", "custom.none", contacts.ErrLabelNotFound},
		{"LBL-9 keys are compared exactly", "custom.VIP", contacts.ErrLabelNotFound},
		{"LBL-9 the beginning of a key", "custom.vi", contacts.ErrLabelNotFound},
		{"LBL-9 the display name", "VIP", contacts.ErrLabelNotFound},
		{"LBL-9 a field", "invoices.vatId", contacts.ErrLabelNotFound},
		{"LBL-10 contacts.customers", "contacts.customers", contacts.ErrSystemLabel},
		{"LBL-10 contacts.contacted-me", "contacts.contacted-me", contacts.ErrSystemLabel},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l, _, _ := setUp(t)
			err := l.refused(t, tc.code, func() error { return l.DeleteLabel(t.Context(), tc.key) })
			require.Equal(t, []string{tc.key}, refusedKeys(t, err))
		})
	}
}

// A delete must not lose carriers in a store of some size, and must not make a commit for each.
func TestDeleteLabelAtScale(t *testing.T) {
	t.Run("LBL-9 20000 carriers in one commit", func(t *testing.T) {
		const carriers, others = 20_000, 1_000
		s := openStore(t, unchecked())
		key := newLabel(t, s, "VIP")
		info := person("Ann")
		for i := range carriers + others {
			info.LabelKeys = []string{key, "contacts.customers"}
			if i%(carriers/others+1) == 0 {
				info.LabelKeys = []string{"contacts.customers"}
			}
			create(t, s, info)
		}
		before := s.Snapshot()
		require.Len(t, ids(before.ByLabel(key)), carriers)
		require.NoError(t, s.DeleteLabel(t.Context(), key))
		after := s.Snapshot()
		require.Equal(t, before.Position()+1, after.Position())
		require.Equal(t, before.Len(), after.Len())
		var dates []time.Time
		for v := range before.All() {
			got, ok := after.View(v.ID())
			require.True(t, ok)
			if !v.HasLabel(key) {
				require.True(t, v.Clone().Equal(got.Clone()))
				continue
			}
			want := v.Clone()
			want.Revision++
			want.UpdatedDate = got.UpdatedDate()
			want.Info.LabelKeys = []string{"contacts.customers"}
			require.True(t, want.Equal(got.Clone()))
			dates = append(dates, got.UpdatedDate())
		}
		require.Len(t, slices.Compact(dates), 1)
		require.Empty(t, ids(after.ByLabel(key)))
		require.Equal(t, ids(after.All()), ids(after.ByLabel("contacts.customers")))
	})
}

func TestLabelQuota(t *testing.T) {
	quota := func(n int) func(*contacts.Options) { return func(o *contacts.Options) { o.LabelQuota = n } }

	t.Run("LBL-11 one more than the quota", func(t *testing.T) {
		l := newLab(t, quota(2))
		newLabel(t, l.Store, "A")
		b := newLabel(t, l.Store, "B")
		full := func() {
			t.Helper()
			err := l.refused(t, contacts.ErrLabelsQuota, func() error {
				label, made, err := l.FindOrCreateLabel(t.Context(), "C")
				require.Zero(t, label)
				require.False(t, made)
				return err
			})
			var e *contacts.QuotaError
			require.ErrorAs(t, err, &e)
			require.Equal(t, contacts.QuotaError{Quota: 2, Total: 2}, *e)
		}
		full()
		for _, name := range []string{"A", "Customers"} { // finding works
			_, made, err := l.FindOrCreateLabel(t.Context(), name)
			require.NoError(t, err)
			require.False(t, made)
		}
		_, err := l.RenameLabel(t.Context(), b, "D")
		require.NoError(t, err)
		full()
		l.refused(t, contacts.ErrInvalid, func() error { _, _, err := l.FindOrCreateLabel(t.Context(), ""); return err })
		l.refused(t, contacts.ErrSystemLabel, func() error { return l.DeleteLabel(t.Context(), "contacts.customers") })
		full()
		require.NoError(t, l.DeleteLabel(t.Context(), b))
		newLabel(t, l.Store, "C")
		l.refused(t, contacts.ErrLabelsQuota, func() error { _, _, err := l.FindOrCreateLabel(t.Context(), "E"); return err })
	})

	t.Run("LBL-11 STO-7 a fork counts its own", func(t *testing.T) {
		l := newLab(t, quota(1))
		f := l.fork()
		newLabel(t, l.Store, "A")
		a := newLabel(t, f.Store, "A")
		full := func() error { _, _, err := f.FindOrCreateLabel(t.Context(), "B"); return err }
		f.refused(t, contacts.ErrLabelsQuota, full)
		require.NoError(t, l.DeleteLabel(t.Context(), a))
		f.refused(t, contacts.ErrLabelsQuota, full)
		newLabel(t, l.Store, "B")
	})

	t.Run("LBL-11 the default is 2000", func(t *testing.T) {
		l := newLab(t, uncheck)
		for i := range 2000 {
			newLabel(t, l.Store, fmt.Sprint("Label ", i))
		}
		err := l.refused(t, contacts.ErrLabelsQuota, func() error {
			_, _, err := l.FindOrCreateLabel(t.Context(), "One more")
			return err
		})
		var e *contacts.QuotaError
		require.ErrorAs(t, err, &e)
		require.Equal(t, contacts.QuotaError{Quota: 2000, Total: 2000}, *e)
	})

	for _, tc := range []struct {
		name          string
		labels, field int
		want          []contacts.Violation
	}{
		{"LBL-11 negative", -1, 0, oneViolation(contacts.Violation{Field: "LabelQuota", Rule: contacts.RuleMin})},
		{"FLD-11 negative", 0, -1, oneViolation(contacts.Violation{Field: "FieldQuota", Rule: contacts.RuleMin})},
		{"LBL-11 FLD-11 both at once", math.MinInt, -1, []contacts.Violation{
			{Field: "LabelQuota", Rule: contacts.RuleMin}, {Field: "FieldQuota", Rule: contacts.RuleMin},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := contacts.New(&contacts.Options{LabelQuota: tc.labels, FieldQuota: tc.field})
			require.Nil(t, s)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			require.Equal(t, tc.want, violations(t, err))
		})
	}
}

func TestLabelAndUnlabel(t *testing.T) {
	base := newLab(t)
	for _, name := range []string{"A", "B", "C"} {
		newLabel(t, base.Store, name)
	}
	const a, b, c, customers = "custom.a", "custom.b", "custom.c", "contacts.customers"
	info := richInfo("ann")
	info.LabelKeys = []string{b, customers}
	ann := create(t, base.Store, info)
	create(t, base.Store, richInfo("bo")) // carries contacts.contacted-me and contacts.customers

	type method func(s *contacts.Store, ctx context.Context, id uuid.UUID, keys ...string) (*contacts.Contact, error)
	label, unlabel := method((*contacts.Store).Label), method((*contacts.Store).Unlabel)

	for _, tc := range []struct {
		name string
		call method
		keys []string
		want []string
	}{
		{"LBL-13 behind those it has", label, []string{a}, []string{b, customers, a}},
		{"LBL-13 in the order given", label, []string{c, a}, []string{b, customers, c, a}},
		{"LBL-13 each once", label, []string{c, a, c, c, a}, []string{b, customers, c, a}},
		{"LBL-13 keys it has stay in place", label, []string{customers, a, b}, []string{b, customers, a}},
		{"LBL-14 keys it has only", label, []string{customers, b}, []string{b, customers}},
		{"LBL-10 a system label put on", label, []string{"contacts.contacted-me"},
			[]string{b, customers, "contacts.contacted-me"}},
		{"LBL-13 one taken off", unlabel, []string{b}, []string{customers}},
		{"LBL-10 a system label taken off", unlabel, []string{customers}, []string{b}},
		{"LBL-13 all taken off", unlabel, []string{customers, b}, nil},
		{"LBL-13 repeated keys taken off", unlabel, []string{b, b}, []string{customers}},
		{"LBL-13 defined keys that it lacks are ignored", unlabel, []string{a, b, c}, []string{customers}},
		{"LBL-14 keys it lacks only", unlabel, []string{a, c}, []string{b, customers}},
		{"LBL-12 100 keys, repeated ones counted", label, repeated(100, a), []string{b, customers, a}},
		{"LBL-12 100 keys to take off, repeated ones counted", unlabel, repeated(100, b), []string{customers}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			keys := slices.Clone(tc.keys)
			got := l.write(t, ann.ID, func() (*contacts.Contact, error) {
				return tc.call(l.Store, t.Context(), ann.ID, keys...)
			}, labelsOf(tc.want...))
			require.Equal(t, tc.keys, keys)
			for _, key := range []string{a, b, c, customers} {
				require.Equal(t, slices.Contains(tc.want, key), slices.Contains(ids(l.Snapshot().ByLabel(key)), ann.ID))
			}
			// Nothing of the store can be reached through what was given and what came back (STO-5).
			for i := range keys {
				keys[i] = "x"
			}
			for i := range got.Info.LabelKeys {
				got.Info.LabelKeys[i] = "x"
			}
			stored, err := l.Get(t.Context(), ann.ID, nil)
			require.NoError(t, err)
			require.Empty(t, cmpLabels(tc.want, stored.Info.LabelKeys))
		})
	}

	for _, tc := range []struct {
		name    string
		id      uuid.UUID
		keys    []string
		code    contacts.Code
		broken  []contacts.Violation
		unknown []string
	}{
		{name: "LBL-12 no keys", id: ann.ID, code: contacts.ErrInvalid,
			broken: oneViolation(contacts.Violation{Field: "labelKeys", Rule: contacts.RuleMinSize, Threshold: 1})},
		{name: "LBL-12 101 keys, repeated ones counted", id: ann.ID, keys: repeated(101, a), code: contacts.ErrInvalid,
			broken: oneViolation(tooMany("labelKeys", 100))},
		{name: "LBL-12 a bad number of keys before a missing contact", id: nobody, code: contacts.ErrInvalid,
			broken: oneViolation(contacts.Violation{Field: "labelKeys", Rule: contacts.RuleMinSize, Threshold: 1})},
		{name: "LBL-12 a bad number of keys before missing labels", id: ann.ID, keys: repeated(101, "custom.none"),
			code: contacts.ErrInvalid, broken: oneViolation(tooMany("labelKeys", 100))},
		{name: "LBL-12 no such contact", id: nobody, keys: []string{a}, code: contacts.ErrContactNotFound},
		{name: "LBL-12 a missing contact before missing labels", id: nobody, keys: []string{"custom.none"},
			code: contacts.ErrContactNotFound},
		{name: "LBL-12 all missing labels, in the order given, each once", id: ann.ID,
			keys: []string{"custom.z", a, "", "custom.y", "custom.z", b, "custom.A", ""},
			code: contacts.ErrLabelNotFound, unknown: []string{"custom.z", "", "custom.y", "custom.A"}},
		{name: "LBL-13 an undefined key", id: ann.ID, keys: []string{"custom.none"},
			code: contacts.ErrLabelNotFound, unknown: []string{"custom.none"}},
		{name: "LBL-12 a key with NUL", id: ann.ID, keys: []string{"custom.a\x00"},
			code: contacts.ErrLabelNotFound, unknown: []string{"custom.a\x00"}},
	} {
		for name, call := range map[string]method{"Label": label, "Unlabel": unlabel} {
			t.Run(tc.name+", "+name, func(t *testing.T) {
				l := base.fork()
				err := l.refused(t, tc.code, func() error {
					got, err := call(l.Store, t.Context(), tc.id, tc.keys...)
					require.Nil(t, got)
					return err
				})
				require.Equal(t, tc.broken, violations(t, err))
				if tc.unknown != nil {
					require.Equal(t, tc.unknown, refusedKeys(t, err))
				}
				var e *contacts.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, tc.id, e.ID)
			})
		}
	}

	t.Run("LBL-14 no duplicates, members too", func(t *testing.T) {
		l := base.fork()
		twin := create(t, l.Store, richInfo("ann"))
		_, err := l.SetMember(t.Context(), twin.ID, &contacts.Member{MemberID: testID(7001)})
		require.NoError(t, err)
		l.write(t, twin.ID, func() (*contacts.Contact, error) { return l.Label(t.Context(), twin.ID, a) },
			labelsOf("contacts.contacted-me", customers, a))
		l.write(t, twin.ID, func() (*contacts.Contact, error) { return l.Unlabel(t.Context(), twin.ID, customers) },
			labelsOf("contacts.contacted-me", a))
	})

	t.Run("LBL-15 at most 2000 labels", func(t *testing.T) {
		l := newLab(t, uncheck)
		info := person("Ann")
		for i := range 1997 {
			info.LabelKeys = append(info.LabelKeys, newLabel(t, l.Store, fmt.Sprint("Label ", i)))
		}
		x, y := newLabel(t, l.Store, "X"), newLabel(t, l.Store, "Y")
		id := create(t, l.Store, info).ID
		full := slices.Concat(info.LabelKeys, []string{"contacts.customers", x, y})
		tooManyLabels := func(keys ...string) {
			t.Helper()
			err := l.refused(t, contacts.ErrInvalid, func() error { _, err := l.Label(t.Context(), id, keys...); return err })
			require.Equal(t, oneViolation(tooMany("info.labelKeys.items", 2000)), violations(t, err))
		}
		tooManyLabels("contacts.customers", x, y, "contacts.contacted-me")
		// Keys that it has and repeated ones do not count.
		keys := slices.Concat(info.LabelKeys[:90], []string{"contacts.customers", x, x, y})
		l.write(t, id, func() (*contacts.Contact, error) { return l.Label(t.Context(), id, keys...) }, labelsOf(full...))
		tooManyLabels("contacts.contacted-me")
		l.write(t, id, func() (*contacts.Contact, error) { return l.Label(t.Context(), id, keys...) }, labelsOf(full...))
		err := l.refused(t, contacts.ErrLabelNotFound, func() error {
			_, err := l.Label(t.Context(), id, "contacts.contacted-me", "custom.none")
			return err
		})
		require.Equal(t, []string{"custom.none"}, refusedKeys(t, err))
	})
}

// cmpLabels returns how two lists of keys differ, "" if they do not; empty and nil are equal.
func cmpLabels(want, got []string) string {
	if slices.Equal(want, got) {
		return ""
	}
	return fmt.Sprintf("want %q, got %q", want, got)
}

func TestSnapshotLabels(t *testing.T) {
	l := newLab(t)
	names := []string{"B", "C", "A"} // at the same time
	for _, name := range names {
		newLabel(t, l.Store, name)
	}
	l.tick()
	newLabel(t, l.Store, "D")
	old := l.Snapshot()
	l.tick()
	_, err := l.RenameLabel(t.Context(), "custom.a", "Z")
	require.NoError(t, err)
	keys := func(sn *contacts.Snapshot) []string {
		var out []string
		for label := range sn.Labels() {
			out = append(out, label.Key)
		}
		return out
	}

	t.Run("LBL-16 newest first, ties by key, system labels last", func(t *testing.T) {
		want := []string{"custom.d", "custom.a", "custom.b", "custom.c", "contacts.customers", "contacts.contacted-me"}
		require.Equal(t, want, keys(l.Snapshot()))
		labels := l.Snapshot().Labels()
		for range labels { // a walk that ends early does not spoil the next
			break
		}
		require.Len(t, slices.Collect(labels), len(want))
	})
	t.Run("LBL-16 one label", func(t *testing.T) {
		for want := range l.Snapshot().Labels() {
			got, err := l.Snapshot().Label(want.Key)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	})
	t.Run("LBL-16 STO-8 an old snapshot", func(t *testing.T) {
		label, err := old.Label("custom.a")
		require.NoError(t, err)
		require.Equal(t, "A", label.DisplayName)
		require.Equal(t, epoch, label.UpdatedDate)
	})
	for _, tc := range []struct{ name, key string }{
		{"LBL-16 no key", ""},
		{"LBL-16 another case", "custom.A"},
		{"LBL-16 the beginning of a key", "custom."},
		{"LBL-16 more than the key", "custom.aa"},
		{"LBL-16 NUL behind the key", "custom.a\x00"},
		{"LBL-16 the display name", "Z"},
		{"LBL-16 a field's key", "invoices.vatId"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			label, err := l.Snapshot().Label(tc.key)
			require.Zero(t, label)
			require.Equal(t, contacts.ErrLabelNotFound, contacts.CodeOf(err))
			require.Equal(t, []string{tc.key}, refusedKeys(t, err))
		})
	}
}

func TestFindOrCreateField(t *testing.T) {
	t.Run("FLD-8 a new field", func(t *testing.T) {
		for _, of := range []contacts.DataType{
			contacts.DataText, contacts.DataNumber, contacts.DataDate, contacts.DataURL,
		} {
			l := newLab(t)
			create(t, l.Store, person("Ann"))
			want := stateOf(l.Snapshot())
			now := l.tick()
			field, made, err := l.FindOrCreateField(t.Context(), "Last Contacted", of)
			require.NoError(t, err)
			require.True(t, made)
			require.Equal(t, contacts.Field{
				Namespace: "custom", Key: "custom.last-contacted", DisplayName: "Last Contacted",
				DataType: of, FieldType: contacts.FieldUserDefined, CreatedDate: now, UpdatedDate: now,
			}, field)
			want.Position++
			want.Fields = slices.Insert(want.Fields, 0, field)
			requireState(t, want, stateOf(l.Snapshot()))
		}
	})

	type rename struct{ key, displayName string }
	for _, tc := range []struct {
		name    string
		fields  []string // display names, made in this order as TEXT
		renames []rename
		given   string
		as      contacts.DataType
		key     string
		made    bool
	}{
		{name: "FLD-8 the same name", fields: []string{"Age"}, given: "Age", key: "custom.age"},
		{name: "FLD-8 another type", fields: []string{"Age"}, given: "Age", as: contacts.DataNumber, key: "custom.age"},
		{name: "FLD-8 case counts", fields: []string{"Age"}, given: "age", key: "custom.age-2", made: true},
		{name: "FLD-8 spaces count", fields: []string{"Age"}, given: " Age", key: "custom.age-2", made: true},
		{name: "FLD-8 accents count", fields: []string{"Cafe"}, given: "Café", key: "custom.café", made: true},
		{name: "FLD-8 a name that begins like another", fields: []string{"Age"}, given: "Age Group",
			key: "custom.age-group", made: true},
		{name: "FLD-8 a name that another begins with", fields: []string{"Age Group"}, given: "Age",
			key: "custom.age", made: true},
		{name: "FLD-8 system fields are not looked at", given: "VAT ID", key: "custom.vat-id", made: true},
		{name: "FLD-8 a custom field named like a system field", fields: []string{"VAT ID"}, given: "VAT ID",
			key: "custom.vat-id"},
		{name: "FLD-8 the oldest of several", fields: []string{"B", "A", "C"},
			renames: []rename{{"custom.c", "X"}, {"custom.a", "X"}, {"custom.b", "X"}}, given: "X", key: "custom.b"},
		{name: "FLD-8 a new name", fields: []string{"A"}, renames: []rename{{"custom.a", "B"}}, given: "B", key: "custom.a"},
		{name: "FLD-12 a rename does not free the key", fields: []string{"A"}, renames: []rename{{"custom.a", "B"}},
			given: "A", key: "custom.a-2", made: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			for _, name := range tc.fields {
				newField(t, l.Store, name, contacts.DataText)
			}
			for _, r := range tc.renames {
				_, err := l.RenameField(t.Context(), r.key, r.displayName)
				require.NoError(t, err)
			}
			before := stateOf(l.Snapshot())
			l.tick()
			of := tc.as
			if of == "" {
				of = contacts.DataText
			}
			field, made, err := l.FindOrCreateField(t.Context(), tc.given, of)
			require.NoError(t, err)
			require.Equal(t, tc.made, made)
			require.Equal(t, tc.key, field.Key)
			require.Equal(t, tc.given, field.DisplayName)
			require.Equal(t, contacts.DataText, field.DataType)
			if made {
				require.Equal(t, before.Position+1, l.Snapshot().Position())
				return
			}
			require.Contains(t, before.Fields, field)
			require.Equal(t, before, stateOf(l.Snapshot()))
		})
	}

	for _, tc := range nameCases("FLD-9", 150) {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			if tc.want == nil {
				newField(t, l.Store, tc.displayName, contacts.DataText)
				return
			}
			err := l.refused(t, contacts.ErrInvalid, func() error {
				field, made, err := l.FindOrCreateField(t.Context(), tc.displayName, contacts.DataText)
				require.Zero(t, field)
				require.False(t, made)
				return err
			})
			require.Equal(t, oneViolation(tc.want("displayName")), violations(t, err))
		})
	}

	for _, tc := range []struct {
		name, displayName string
		as                contacts.DataType
		want              []contacts.Violation
	}{
		{"FLD-8 no type", "New", "", oneViolation(badFormat("dataType", contacts.FormatEnum))},
		{"FLD-8 an unknown type", "New", "BOOLEAN", oneViolation(badFormat("dataType", contacts.FormatEnum))},
		{"FLD-8 a type in lower case", "New", "text", oneViolation(badFormat("dataType", contacts.FormatEnum))},
		{"FLD-8 no type for a field that is there", "Age", "", oneViolation(badFormat("dataType", contacts.FormatEnum))},
		{"FLD-8 FLD-9 both at once", "", "", []contacts.Violation{
			tooShort("displayName"), badFormat("dataType", contacts.FormatEnum),
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			newField(t, l.Store, "Age", contacts.DataNumber)
			err := l.refused(t, contacts.ErrInvalid, func() error {
				_, _, err := l.FindOrCreateField(t.Context(), tc.displayName, tc.as)
				return err
			})
			require.Equal(t, tc.want, violations(t, err))
		})
	}

	for _, tc := range []struct{ name, displayName, key string }{
		{"FLD-10 no words", "groupColor", "custom.groupcolor"},
		{"FLD-10 words", "Event we met at", "custom.event-we-met-at"},
		{"FLD-10 nothing left", "!!!", "custom.field"},
		{"FLD-10 at most 80 characters", strings.Repeat("ä", 150), "custom." + strings.Repeat("ä", 73)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.key, newField(t, newStore(t), tc.displayName, contacts.DataText))
		})
	}

	t.Run("FLD-10 the first suffix that is free", func(t *testing.T) {
		s := newStore(t)
		require.Equal(t, "custom.age", newField(t, s, "Age", contacts.DataText))
		require.Equal(t, "custom.age-2", newField(t, s, "age", contacts.DataText))
		require.Equal(t, "custom.age-3", newField(t, s, "AGE", contacts.DataText))
		require.NoError(t, s.DeleteField(t.Context(), "custom.age-2"))
		require.Equal(t, "custom.age-2", newField(t, s, "Age?", contacts.DataText))
	})

	t.Run("FLD-10 labels and fields do not collide", func(t *testing.T) {
		s := newStore(t)
		require.Equal(t, "custom.age", newLabel(t, s, "Age"))
		require.Equal(t, "custom.age", newField(t, s, "Age", contacts.DataText))
		require.Equal(t, "custom.vip", newField(t, s, "VIP", contacts.DataText))
		require.Equal(t, "custom.vip", newLabel(t, s, "VIP"))
		require.NoError(t, s.DeleteField(t.Context(), "custom.vip"))
		_, err := s.Snapshot().Label("custom.vip")
		require.NoError(t, err)
		require.NoError(t, s.DeleteLabel(t.Context(), "custom.age"))
		_, err = s.Snapshot().Field("custom.age")
		require.NoError(t, err)
	})
}

func TestGetDefinitions(t *testing.T) {
	s := newStore(t)
	newLabel(t, s, "VIP")
	newField(t, s, "Age", contacts.DataNumber)

	t.Run("LBL-1 labels of the caller and of the system", func(t *testing.T) {
		label, err := s.GetLabel(t.Context(), "custom.vip")
		require.NoError(t, err)
		require.Equal(t, "VIP", label.DisplayName)
		label, err = s.GetLabel(t.Context(), "contacts.customers")
		require.NoError(t, err)
		require.Equal(t, contacts.LabelSystem, label.LabelType)
	})
	t.Run("FLD-1 fields of the caller and of the system", func(t *testing.T) {
		field, err := s.GetField(t.Context(), "custom.age")
		require.NoError(t, err)
		require.Equal(t, contacts.DataNumber, field.DataType)
		field, err = s.GetField(t.Context(), "invoices.vatId")
		require.NoError(t, err)
		require.Equal(t, contacts.FieldSystem, field.FieldType)
	})
	for _, key := range []string{"custom.age", "VIP", ""} {
		t.Run("LBL-2 no label has the key "+key, func(t *testing.T) {
			label, err := s.GetLabel(t.Context(), key)
			require.Equal(t, contacts.ErrLabelNotFound, contacts.CodeOf(err))
			require.Zero(t, label)
		})
	}
	for _, key := range []string{"custom.vip", "Age", ""} {
		t.Run("FLD-3 no field has the key "+key, func(t *testing.T) {
			field, err := s.GetField(t.Context(), key)
			require.Equal(t, contacts.ErrFieldNotFound, contacts.CodeOf(err))
			require.Zero(t, field)
		})
	}
}

func TestFieldQuota(t *testing.T) {
	requireQuota := func(t *testing.T, l *lab, quota int) {
		t.Helper()
		err := l.refused(t, contacts.ErrFieldsQuota, func() error {
			field, made, err := l.FindOrCreateField(t.Context(), "One more", contacts.DataText)
			require.Zero(t, field)
			require.False(t, made)
			return err
		})
		var e *contacts.QuotaError
		require.ErrorAs(t, err, &e)
		require.Equal(t, contacts.QuotaError{Quota: quota, Total: quota}, *e)
	}
	t.Run("FLD-11 one more than the quota", func(t *testing.T) {
		l := newLab(t, func(o *contacts.Options) { o.FieldQuota = 2 })
		newField(t, l.Store, "A", contacts.DataText)
		b := newField(t, l.Store, "B", contacts.DataText)
		requireQuota(t, l, 2)
		_, made, err := l.FindOrCreateField(t.Context(), "A", contacts.DataURL)
		require.NoError(t, err)
		require.False(t, made)
		_, err = l.RenameField(t.Context(), b, "C")
		require.NoError(t, err)
		requireQuota(t, l, 2)
		require.NoError(t, l.DeleteField(t.Context(), b))
		newField(t, l.Store, "D", contacts.DataText)
		requireQuota(t, l, 2)
	})
	t.Run("FLD-11 the default is 100", func(t *testing.T) {
		l := newLab(t)
		for i := range 100 {
			newField(t, l.Store, fmt.Sprint("Field ", i), contacts.DataText)
		}
		requireQuota(t, l, 100)
	})
	t.Run("FLD-11 STO-7 a fork counts its own", func(t *testing.T) {
		l := newLab(t, func(o *contacts.Options) { o.FieldQuota = 1 })
		f := l.fork()
		a := newField(t, l.Store, "A", contacts.DataText)
		newField(t, f.Store, "A", contacts.DataText)
		require.NoError(t, l.DeleteField(t.Context(), a))
		requireQuota(t, f, 1)
		newField(t, l.Store, "B", contacts.DataText)
	})
	t.Run("FLD-11 labels have a quota of their own", func(t *testing.T) {
		l := newLab(t, func(o *contacts.Options) { o.LabelQuota, o.FieldQuota = 1, 1 })
		newLabel(t, l.Store, "A")
		newField(t, l.Store, "A", contacts.DataText)
		requireQuota(t, l, 1)
		require.NoError(t, l.DeleteLabel(t.Context(), "custom.a"))
		requireQuota(t, l, 1)
	})
}

func TestRenameField(t *testing.T) {
	t.Run("FLD-12 display name and updatedDate change, nothing else", func(t *testing.T) {
		l := newLab(t)
		key := newField(t, l.Store, "Age", contacts.DataNumber)
		info := person("Ann")
		info.ExtendedFields = map[string]any{key: 7}
		create(t, l.Store, info)
		for _, name := range []string{"Years", "Years", "Age", "VAT ID"} {
			want := stateOf(l.Snapshot())
			want.Position++
			want.Fields[0].DisplayName, want.Fields[0].UpdatedDate = name, l.tick()
			field, err := l.RenameField(t.Context(), key, name)
			require.NoError(t, err)
			require.Equal(t, want.Fields[0], field)
			requireState(t, want, stateOf(l.Snapshot()))
		}
	})
	t.Run("FLD-12 the name of another field", func(t *testing.T) {
		s := newStore(t)
		newField(t, s, "A", contacts.DataText)
		field, err := s.RenameField(t.Context(), newField(t, s, "B", contacts.DataText), "A")
		require.NoError(t, err)
		require.Equal(t, "custom.b", field.Key)
		require.Equal(t, "A", field.DisplayName)
	})
	for _, tc := range nameCases("FLD-9 rename:", 150) {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			key := newField(t, l.Store, "Age", contacts.DataText)
			if tc.want == nil {
				field, err := l.RenameField(t.Context(), key, tc.displayName)
				require.NoError(t, err)
				require.Equal(t, tc.displayName, field.DisplayName)
				return
			}
			err := l.refused(t, contacts.ErrInvalid, func() error {
				_, err := l.RenameField(t.Context(), key, tc.displayName)
				return err
			})
			require.Equal(t, oneViolation(tc.want("field.displayName")), violations(t, err))
		})
	}
	for _, tc := range []struct {
		name, key, displayName string
		code                   contacts.Code
	}{
		{"FLD-12 a bad name before a missing field", "custom.none", "", contacts.ErrInvalid},
		{"FLD-12 a bad name before a system field", "invoices.vatId", "", contacts.ErrInvalid},
		{"FLD-12 no such field", "custom.none", "X", contacts.ErrFieldNotFound},
		{"FLD-12 keys are compared exactly", "invoices.vatid", "X", contacts.ErrFieldNotFound},
		{"FLD-14 a derived field", "members.membershipStatus", "X", contacts.ErrSystemField},
		{"FLD-14 the VAT ID", "invoices.vatId", "X", contacts.ErrSystemField},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			err := l.refused(t, tc.code, func() error {
				field, err := l.RenameField(t.Context(), tc.key, tc.displayName)
				require.Zero(t, field)
				return err
			})
			if tc.code != contacts.ErrInvalid {
				require.Equal(t, []string{tc.key}, refusedKeys(t, err))
			}
		})
	}
}

func TestDeleteField(t *testing.T) {
	const key, other = "custom.age", "custom.shoe-size"
	setUp := func(t *testing.T) *lab {
		l := newLab(t)
		require.Equal(t, key, newField(t, l.Store, "Age", contacts.DataNumber))
		require.Equal(t, other, newField(t, l.Store, "Shoe size", contacts.DataNumber))
		for _, values := range []map[string]any{
			{key: 7}, {other: 38}, {key: 0, other: 41, "invoices.vatId": "XX 1"}, nil, {key: nil},
		} {
			info := richInfo("ann")
			info.ExtendedFields = values
			create(t, l.Store, info)
		}
		return l
	}

	t.Run("FLD-13 the values leave every contact in one commit", func(t *testing.T) {
		l := setUp(t)
		old := l.Snapshot()
		want := stateOf(l.Snapshot())
		now := l.tick()
		require.NoError(t, l.DeleteField(t.Context(), key))
		want.Position++
		want.Fields = slices.DeleteFunc(want.Fields, func(f contacts.Field) bool { return f.Key == key })
		for _, i := range []int{0, 2} {
			c := want.Contacts[i]
			c.Revision++
			c.UpdatedDate = now
			delete(c.Info.ExtendedFields, key)
		}
		requireState(t, want, stateOf(l.Snapshot()))
		v, _ := old.View(want.Contacts[0].ID)
		value, ok := v.ExtendedField(key)
		require.True(t, ok, "STO-8")
		require.Equal(t, 7.0, value)
	})

	t.Run("FLD-13 a field without values", func(t *testing.T) {
		l := setUp(t)
		want := stateOf(l.Snapshot())
		require.NoError(t, l.DeleteField(t.Context(), newField(t, l.Store, "Unused", contacts.DataText)))
		want.Position += 2
		requireState(t, want, stateOf(l.Snapshot()))
	})

	t.Run("FLD-13 a second delete", func(t *testing.T) {
		l := setUp(t)
		require.NoError(t, l.DeleteField(t.Context(), key))
		c := stateOf(l.Snapshot()).Contacts[0]
		for _, call := range []func() error{
			func() error { return l.DeleteField(t.Context(), key) },
			func() error { _, err := l.RenameField(t.Context(), key, "X"); return err },
			func() error { _, err := l.Snapshot().Field(key); return err },
			func() error {
				patch := contacts.Patch{SetFields: map[string]any{key: 8}}
				_, err := l.Update(t.Context(), c.ID, c.Revision, patch, nil)
				return err
			},
			func() error { _, err := l.SetSystemFields(t.Context(), c.ID, map[string]any{key: 8}); return err },
		} {
			require.Equal(t, []string{key}, refusedKeys(t, l.refused(t, contacts.ErrFieldNotFound, call)))
		}
	})

	t.Run("FLD-13 a field made later under the same key starts empty", func(t *testing.T) {
		l := setUp(t)
		require.NoError(t, l.DeleteField(t.Context(), key))
		require.Equal(t, key, newField(t, l.Store, "Age", contacts.DataText))
		for v := range l.Snapshot().All() {
			_, ok := v.ExtendedField(key)
			require.False(t, ok)
		}
		c := stateOf(l.Snapshot()).Contacts[0]
		c = update(t, l.Store, c, contacts.Patch{SetFields: map[string]any{key: "seven"}})
		require.Equal(t, "seven", c.Info.ExtendedFields[key])
	})

	for _, tc := range []struct {
		name, key string
		code      contacts.Code
	}{
		{"FLD-13 no such field", "custom.none", contacts.ErrFieldNotFound},
		{"FLD-13 the beginning of a key", "custom.ag", contacts.ErrFieldNotFound},
		{"FLD-13 a label", "contacts.customers", contacts.ErrFieldNotFound},
		{"FLD-14 the VAT ID", "invoices.vatId", contacts.ErrSystemField},
		{"FLD-14 a derived field", "contacts.displayByFirstName", contacts.ErrSystemField},
		{"FLD-14 a field of an app", "ecom.numOfPurchases", contacts.ErrSystemField},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := setUp(t)
			err := l.refused(t, tc.code, func() error { return l.DeleteField(t.Context(), tc.key) })
			require.Equal(t, []string{tc.key}, refusedKeys(t, err))
		})
	}

	t.Run("FLD-14 values of the VAT ID can be written", func(t *testing.T) {
		l := setUp(t)
		c := stateOf(l.Snapshot()).Contacts[0]
		c = update(t, l.Store, c, contacts.Patch{SetFields: map[string]any{"invoices.vatId": "XX 2"}})
		require.Equal(t, "XX 2", c.Info.ExtendedFields["invoices.vatId"])
	})
}

func TestSnapshotFields(t *testing.T) {
	systemKeys := []string{
		"contacts.displayByFirstName", "contacts.displayByLastName", "invoices.vatId", "members.membershipStatus",
		"members.mobile", "ecom.numOfPurchases", "ecom.totalSpentAmount", "ecom.totalSpentCurrency",
		"ecom.lastPurchaseDate", "emailSubscriptions.subscriptionStatus", "emailSubscriptions.deliverabilityStatus",
		"emailSubscriptions.effectiveEmail",
	}
	l := newLab(t)
	for _, name := range []string{"B", "C", "A"} {
		newField(t, l.Store, name, contacts.DataText)
	}
	l.tick()
	newField(t, l.Store, "D", contacts.DataText)
	l.tick()
	_, err := l.RenameField(t.Context(), "custom.a", "Z")
	require.NoError(t, err)

	t.Run("FLD-15 newest first, ties by key, system fields last", func(t *testing.T) {
		var keys []string
		for field := range l.Snapshot().Fields() {
			keys = append(keys, field.Key)
			got, err := l.Snapshot().Field(field.Key)
			require.NoError(t, err)
			require.Equal(t, field, got)
		}
		require.Equal(t, append([]string{"custom.d", "custom.a", "custom.b", "custom.c"}, systemKeys...), keys)
	})
	t.Run("FLD-15 FLD-1 the system fields", func(t *testing.T) {
		types := map[string]contacts.DataType{
			"ecom.numOfPurchases": contacts.DataNumber, "ecom.totalSpentAmount": contacts.DataNumber,
			"ecom.lastPurchaseDate": contacts.DataDate,
		}
		for field := range newStore(t).Snapshot().Fields() {
			want, ok := types[field.Key]
			if !ok {
				want = contacts.DataText
			}
			namespace, _, _ := strings.Cut(field.Key, ".")
			require.Equal(t, want, field.DataType, field.Key)
			require.Equal(t, namespace, field.Namespace)
			require.Equal(t, contacts.FieldSystem, field.FieldType)
			require.NotEmpty(t, field.DisplayName)
			require.Zero(t, field.CreatedDate)
			require.Zero(t, field.UpdatedDate)
		}
	})
	for _, tc := range []struct{ name, key string }{
		{"FLD-15 no key", ""},
		{"FLD-15 another case", "invoices.vatID"},
		{"FLD-15 the beginning of a key", "invoices."},
		{"FLD-15 NUL behind the key", "invoices.vatId\x00"},
		{"FLD-15 a label's key", "contacts.customers"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			field, err := l.Snapshot().Field(tc.key)
			require.Zero(t, field)
			require.Equal(t, contacts.ErrFieldNotFound, contacts.CodeOf(err))
			require.Equal(t, []string{tc.key}, refusedKeys(t, err))
		})
	}
}

func TestSetSystemFields(t *testing.T) {
	base := newLab(t)
	newField(t, base.Store, "Age", contacts.DataNumber)
	info := richInfo("ann")
	info.ExtendedFields["custom.age"] = 7
	ann := create(t, base.Store, info)
	create(t, base.Store, richInfo("bo"))
	first, err := base.SetSystemFields(t.Context(), ann.ID, map[string]any{
		"members.mobile": "true", "ecom.numOfPurchases": 3, "ecom.totalSpentAmount": 99.5,
		"ecom.totalSpentCurrency": "EUR", "ecom.lastPurchaseDate": "2026-01-01",
	})
	require.NoError(t, err)
	require.Equal(t, 2, first.Revision)

	for _, tc := range []struct {
		name  string
		given map[string]any
		want  map[string]any // what changes, nil: gone
	}{
		{"FLD-16 all five", map[string]any{
			"members.mobile": "false", "ecom.numOfPurchases": 4, "ecom.totalSpentAmount": 1e3,
			"ecom.totalSpentCurrency": "USD", "ecom.lastPurchaseDate": "2026-02-28",
		}, map[string]any{
			"members.mobile": "false", "ecom.numOfPurchases": 4.0, "ecom.totalSpentAmount": 1000.0,
			"ecom.totalSpentCurrency": "USD", "ecom.lastPurchaseDate": "2026-02-28",
		}},
		{"FLD-16 one, the others stay", map[string]any{"ecom.numOfPurchases": json.Number("5")},
			map[string]any{"ecom.numOfPurchases": 5.0}},
		{"FLD-16 zero is a value", map[string]any{"ecom.numOfPurchases": 0}, map[string]any{"ecom.numOfPurchases": 0.0}},
		{"FLD-16 nil clears", map[string]any{"ecom.lastPurchaseDate": nil}, map[string]any{"ecom.lastPurchaseDate": nil}},
		{"FLD-16 an empty text clears, a number too", map[string]any{"members.mobile": "", "ecom.totalSpentAmount": ""},
			map[string]any{"members.mobile": nil, "ecom.totalSpentAmount": nil}},
		{"FLD-16 the same value", map[string]any{"members.mobile": "true"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			given := maps.Clone(tc.given)
			got := l.write(t, ann.ID, func() (*contacts.Contact, error) {
				return l.SetSystemFields(t.Context(), ann.ID, given)
			}, func(c *contacts.Contact) {
				for key, value := range tc.want {
					if value == nil {
						delete(c.Info.ExtendedFields, key)
					} else {
						c.Info.ExtendedFields[key] = value
					}
				}
			})
			require.Equal(t, tc.given, given)
			// Nothing of the store can be reached through what was given and what came back (STO-5).
			want := stateOf(l.Snapshot())
			given["members.mobile"] = "x"
			got.Info.ExtendedFields["members.mobile"] = "x"
			require.Equal(t, want, stateOf(l.Snapshot()))
		})
	}

	notSettable := func(key string) contacts.Violation {
		return contacts.Violation{
			Field: "info.extendedFields.items." + key, Rule: contacts.RuleCustom, RuleName: contacts.RuleNameNotSettable,
		}
	}
	badValue := func(key string, f contacts.Format) contacts.Violation {
		return badFormat("info.extendedFields.items."+key, f)
	}
	for _, tc := range []struct {
		name   string
		id     uuid.UUID
		given  map[string]any
		code   contacts.Code
		broken []contacts.Violation
		data   error
	}{
		{name: "FLD-16 no such contact", id: nobody, given: map[string]any{"members.mobile": "true"},
			code: contacts.ErrContactNotFound},
		{name: "FLD-16 no keys", id: ann.ID, code: contacts.ErrInsufficientUpdate},
		{name: "FLD-16 no keys in a map", id: ann.ID, given: map[string]any{}, code: contacts.ErrInsufficientUpdate},
		{name: "FLD-16 undefined keys, all of them", id: ann.ID,
			given: map[string]any{"custom.z": 1, "members.mobile": "true", "custom.none": nil},
			code:  contacts.ErrFieldNotFound, data: &contacts.KeysError{Keys: []string{"custom.none", "custom.z"}}},
		{name: "FLD-16 undefined keys before others", id: ann.ID,
			given: map[string]any{"custom.none": 1, "custom.age": 8, "ecom.numOfPurchases": "many"},
			code:  contacts.ErrFieldNotFound, data: &contacts.KeysError{Keys: []string{"custom.none"}}},
		{name: "FLD-16 a custom field", id: ann.ID, given: map[string]any{"custom.age": 8},
			code: contacts.ErrInvalid, broken: oneViolation(notSettable("custom.age"))},
		{name: "FLD-16 a custom field cleared", id: ann.ID, given: map[string]any{"custom.age": nil},
			code: contacts.ErrInvalid, broken: oneViolation(notSettable("custom.age"))},
		{name: "FLD-16 a custom field with a value that it cannot have", id: ann.ID, given: map[string]any{"custom.age": "x"},
			code: contacts.ErrInvalid, broken: oneViolation(notSettable("custom.age"))},
		{name: "FLD-16 the VAT ID", id: ann.ID, given: map[string]any{"invoices.vatId": "XX 9"},
			code: contacts.ErrInvalid, broken: oneViolation(notSettable("invoices.vatId"))},
		{name: "FLD-16 derived fields, each a violation", id: ann.ID, given: map[string]any{
			"members.mobile": "true", "members.membershipStatus": "APPROVED", "emailSubscriptions.effectiveEmail": "x@x.test",
			"contacts.displayByFirstName": "X", "contacts.displayByLastName": "X",
			"emailSubscriptions.subscriptionStatus": "SUBSCRIBED", "emailSubscriptions.deliverabilityStatus": "VALID",
		}, code: contacts.ErrInvalid, broken: []contacts.Violation{
			notSettable("contacts.displayByFirstName"), notSettable("contacts.displayByLastName"),
			notSettable("emailSubscriptions.deliverabilityStatus"), notSettable("emailSubscriptions.effectiveEmail"),
			notSettable("emailSubscriptions.subscriptionStatus"), notSettable("members.membershipStatus"),
		}},
		{name: "FLD-16 a numeric text", id: ann.ID, given: map[string]any{"ecom.numOfPurchases": "3"},
			code:   contacts.ErrInvalidFieldValue,
			broken: oneViolation(badValue("ecom.numOfPurchases", contacts.FormatNumber)),
			data:   &contacts.FieldValueError{Key: "ecom.numOfPurchases", DataType: contacts.DataNumber}},
		{name: "FLD-16 bad values, each a violation", id: ann.ID, given: map[string]any{
			"members.mobile": true, "ecom.totalSpentAmount": math.NaN(), "ecom.lastPurchaseDate": "2026-02-30",
			"ecom.totalSpentCurrency": "EUR",
		}, code: contacts.ErrInvalidFieldValue, broken: []contacts.Violation{
			badValue("ecom.lastPurchaseDate", contacts.FormatLocalDate),
			badValue("ecom.totalSpentAmount", contacts.FormatNumber), badValue("members.mobile", contacts.FormatString),
		}, data: &contacts.FieldValueError{Key: "ecom.lastPurchaseDate", DataType: contacts.DataDate}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			err := l.refused(t, tc.code, func() error {
				got, err := l.SetSystemFields(t.Context(), tc.id, tc.given)
				require.Nil(t, got)
				return err
			})
			var e *contacts.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.id, e.ID)
			require.Equal(t, tc.broken, e.Violations)
			require.Equal(t, tc.data, e.Err)
		})
	}

	t.Run("FLD-16 FLD-2 Update leaves them alone", func(t *testing.T) {
		l := base.fork()
		c := update(t, l.Store, first, contacts.Patch{ExtendedFields: contacts.Set(map[string]any{
			"ecom.numOfPurchases": 77, "members.mobile": nil,
		})})
		require.Equal(t, 3.0, c.Info.ExtendedFields["ecom.numOfPurchases"])
		require.Equal(t, "true", c.Info.ExtendedFields["members.mobile"])
		require.NotContains(t, c.Info.ExtendedFields, "custom.age")
	})
}
