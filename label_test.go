package contacts_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestSystemLabels(t *testing.T) {
	for _, want := range []contacts.Label{
		{
			Namespace: "contacts", NamespaceDisplayName: "Labels", Key: "contacts.customers", DisplayName: "Customers",
			LabelType: "SYSTEM", LegacyID: "contacts-customers",
		},
		{
			Namespace: "contacts", NamespaceDisplayName: "Labels", Key: "contacts.contacted-me", DisplayName: "Contacted Me",
			LabelType: "SYSTEM", LegacyID: "contacts-contacted_me",
		},
	} {
		t.Run("LBL-1 "+want.Key, func(t *testing.T) {
			got, err := newStore(t).Snapshot().GetLabel(want.Key)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	t.Run("LBL-1 no other", func(t *testing.T) {
		require.Len(t, slices.Collect(newStore(t).Snapshot().Labels()), 2)
	})
}

func TestLabelKeys(t *testing.T) {
	const customers, contacted = "contacts.customers", "contacts.contacted-me"
	for _, tc := range []struct {
		name    string
		given   []string
		stored  []string
		unknown []string
	}{
		{name: "LBL-1 customers", given: []string{customers}, stored: []string{customers}},
		{name: "LBL-1 contacted me", given: []string{contacted}, stored: []string{contacted}},
		{name: "LBL-2 one unknown key", given: []string{"custom.vip"}, unknown: []string{"custom.vip"}},
		{
			name:    "LBL-2 all unknown keys, in the order given",
			given:   []string{"custom.z", customers, "custom.a", contacted, "custom.m"},
			unknown: []string{"custom.z", "custom.a", "custom.m"},
		},
		{
			name:    "LBL-2 unknown keys, each once",
			given:   []string{"custom.z", "custom.a", "custom.z", customers, "custom.a"},
			unknown: []string{"custom.z", "custom.a"},
		},
		{
			name:    "LBL-2 a key that is not quite defined",
			given:   []string{"contacts.Customers", "customers", "Customers", "contacts.customer", "contacts.customers ", ""},
			unknown: []string{"contacts.Customers", "customers", "Customers", "contacts.customer", "contacts.customers ", ""},
		},
		{
			name:   "LBL-3 each key once, in the order of the first",
			given:  []string{contacted, customers, contacted, contacted, customers},
			stored: []string{contacted, customers},
		},
		{name: "LBL-3 order kept", given: []string{customers, contacted}, stored: []string{customers, contacted}},
		{name: "LBL-3 none", given: []string{}},
		{
			name:  "LBL-3 as many as a contact may have",
			given: append(repeated(1999, contacted), customers), stored: []string{contacted, customers},
		},
	} {
		check := func(t *testing.T, s *contacts.Store, c *contacts.Contact, err error) {
			t.Helper()
			if tc.unknown != nil {
				require.Equal(t, contacts.ErrLabelNotFound, contacts.CodeOf(err))
				var keys *contacts.KeysError
				require.ErrorAs(t, err, &keys)
				require.Equal(t, tc.unknown, keys.Keys)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.stored, c.Info.LabelKeys)
			for _, key := range tc.stored {
				require.Len(t, ids(s.Snapshot().ByLabel(key)), 1)
			}
		}
		t.Run(tc.name+", create", func(t *testing.T) {
			s := newStore(t)
			info := person("Ann")
			info.LabelKeys = tc.given
			c, err := s.Create(t.Context(), info, nil)
			check(t, s, c, err)
		})
		t.Run(tc.name+", update", func(t *testing.T) {
			s := newStore(t)
			info := person("Ann")
			info.LabelKeys = []string{customers}
			c := create(t, s, info)
			c, err := s.Update(t.Context(), c.ID, 1, contacts.Patch{LabelKeys: contacts.Set(tc.given)}, nil)
			check(t, s, c, err)
		})
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
			label, err := l.Snapshot().GetLabel(key)
			require.NoError(t, err)
			require.Equal(t, time.Date(2026, 1, 2, 3, 0, 0, 1_000_000, time.UTC), label.CreatedDate)
			require.Equal(t, label.CreatedDate, label.UpdatedDate)
		}
	})

	type rename struct{ key, displayName string }
	for _, tc := range []struct {
		name    string
		labels  []string // display names, in the order of creation
		renames []rename
		given   string
		key     string
		made    bool
	}{
		{name: "LBL-4 the same name", labels: []string{"VIP"}, given: "VIP", key: "custom.vip"},
		{name: "LBL-4 case counts", labels: []string{"VIP"}, given: "vip", key: "custom.vip-2", made: true},
		{name: "LBL-4 trailing spaces do not count", labels: []string{"VIP"}, given: "VIP \u00a0", key: "custom.vip"},
		{name: "LBL-4 spaces in front do not count", labels: []string{"\tVIP"}, given: " VIP", key: "custom.vip"},
		{name: "LBL-4 spaces do not count where they are stored", labels: []string{" VIP "}, given: "VIP", key: "custom.vip"},
		{name: "LBL-4 invisible characters do not count", labels: []string{"VIP"}, given: "\ufeffV\u200bI\u00adP\ufe0f",
			key: "custom.vip"},
		{name: "LBL-4 the normal form does not count", labels: []string{"Café"}, given: "Cafe\u0301", key: "custom.café"},
		{name: "LBL-4 the normal form of the first", labels: []string{"Cafe\u0301"}, given: "Café", key: "custom.cafe\u0301"},
		{name: "LBL-4 compatible characters count", labels: []string{"VIP"}, given: "ＶＩＰ", key: "custom.ｖｉｐ", made: true},
		{name: "LBL-4 a system label with space and joiners", given: " Customers\u200d", key: "contacts.customers"},
		{name: "LBL-4 a new name in another form", labels: []string{"A"}, renames: []rename{{"custom.a", "e\u0301 "}},
			given: "é", key: "custom.a"},
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
		{name: "LBL-7 a rename does not free the key", labels: []string{"My Label"},
			renames: []rename{{"custom.my-label", "Other"}}, given: "My Label", key: "custom.my-label-2", made: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			for _, name := range tc.labels {
				newLabel(t, l.Store, name) // created at one time: the order of creation counts
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
			if made {
				require.Equal(t, tc.given, label.DisplayName)
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
		{"LBL-6 a mark alone", "\u0301", "custom.label"},
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
		label, err := l.Snapshot().GetLabel(a)
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
		_, err := old.GetLabel(key)
		require.NoError(t, err)
	})

	t.Run("LBL-9 a label that no contact carries", func(t *testing.T) {
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
			func() error { _, err := l.Snapshot().GetLabel(key); return err },
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

// A delete must reach all carriers in a large store, in one commit.
func TestDeleteLabelAtScale(t *testing.T) {
	t.Run("LBL-9 thousands of carriers in one commit", func(t *testing.T) {
		carriers := large(2_000, 20_000)
		others := carriers / 20
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
		for _, name := range []string{"A", "Customers"} { // finding still works
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
		{"LBL-13 after existing ones", label, []string{a}, []string{b, customers, a}},
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
		{"LBL-12 100 keys to remove, repeated ones counted", unlabel, repeated(100, b), []string{customers}},
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
			// Neither the arguments nor the results share memory with the store (STO-5).
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
		{name: "LBL-12 a bad number of keys before a missing contact", id: missingID, code: contacts.ErrInvalid,
			broken: oneViolation(contacts.Violation{Field: "labelKeys", Rule: contacts.RuleMinSize, Threshold: 1})},
		{name: "LBL-12 a bad number of keys before missing labels", id: ann.ID, keys: repeated(101, "custom.none"),
			code: contacts.ErrInvalid, broken: oneViolation(tooMany("labelKeys", 100))},
		{name: "LBL-12 no such contact", id: missingID, keys: []string{a}, code: contacts.ErrContactNotFound},
		{name: "LBL-12 a missing contact before missing labels", id: missingID, keys: []string{"custom.none"},
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
		// Keys that it carries and repeated ones do not count.
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

// cmpLabels returns the difference of two lists of keys, "" if there is none; empty and nil are equal.
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
		for range labels { // an iteration that ends early does not affect the next
			break
		}
		require.Len(t, slices.Collect(labels), len(want))
	})
	t.Run("LBL-16 one label", func(t *testing.T) {
		for want := range l.Snapshot().Labels() {
			got, err := l.Snapshot().GetLabel(want.Key)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	})
	t.Run("LBL-16 STO-8 an old snapshot", func(t *testing.T) {
		label, err := old.GetLabel("custom.a")
		require.NoError(t, err)
		require.Equal(t, "A", label.DisplayName)
		require.Equal(t, epoch, label.UpdatedDate)
	})
	for _, tc := range []struct{ name, key string }{
		{"LBL-16 no key", ""},
		{"LBL-16 another case", "custom.A"},
		{"LBL-16 the beginning of a key", "custom."},
		{"LBL-16 more than the key", "custom.aa"},
		{"LBL-16 NUL after the key", "custom.a\x00"},
		{"LBL-16 the display name", "Z"},
		{"LBL-16 a field's key", "invoices.vatId"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			label, err := l.Snapshot().GetLabel(tc.key)
			require.Zero(t, label)
			require.Equal(t, contacts.ErrLabelNotFound, contacts.CodeOf(err))
			require.Equal(t, []string{tc.key}, refusedKeys(t, err))
		})
	}
}
