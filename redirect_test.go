package contacts_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// absorb merges the sources into the target, which must succeed.
func absorb(t testing.TB, s *contacts.Store, target uuid.UUID, sources ...uuid.UUID) {
	t.Helper()
	v, ok := s.Snapshot().View(target)
	require.True(t, ok)
	_, err := s.Merge(t.Context(), target, v.Revision(), sources, nil)
	require.NoError(t, err)
}

// requireLeadsTo requires that an ID finds the contact at the end of the path, in the store and in its snapshot.
func requireLeadsTo(t testing.TB, s *contacts.Store, path ...uuid.UUID) {
	t.Helper()
	end := path[len(path)-1]
	v, ok := s.Snapshot().View(end)
	require.True(t, ok)
	c, err := s.Get(t.Context(), path[0], nil)
	require.NoError(t, err)
	require.Equal(t, v.Clone(), c)
	c, err = s.Snapshot().Get(path[0])
	require.NoError(t, err)
	require.Equal(t, v.Clone(), c)
	way, err := s.Resolve(t.Context(), path[0])
	require.NoError(t, err)
	require.Equal(t, contacts.Resolution{ID: end, Path: path}, way)
}

// requireNowhere requires that no look-up of an ID finds a contact.
func requireNowhere(t testing.TB, s *contacts.Store, id uuid.UUID) {
	t.Helper()
	c, getErr := s.Get(t.Context(), id, nil)
	require.Nil(t, c)
	c, snapshotErr := s.Snapshot().Get(id)
	require.Nil(t, c)
	way, resolveErr := s.Resolve(t.Context(), id)
	require.Zero(t, way)
	_, ok := s.Snapshot().View(id)
	require.False(t, ok)
	for _, err := range []error{getErr, snapshotErr, resolveErr} {
		e := mergeError(t, err)
		require.Equal(t, contacts.ErrContactNotFound, e.Code)
		require.Equal(t, id, e.ID)
	}
}

func TestRedirects(t *testing.T) {
	base := newLab(t)
	var people []uuid.UUID
	for _, name := range []string{"ann", "bo", "cy", "dee", "eve", "fay"} {
		people = append(people, create(t, base.Store, richInfo(name)).ID)
	}
	a, b, c, d, e, f := people[0], people[1], people[2], people[3], people[4], people[5]

	t.Run("RED-1 RED-4 no merge", func(t *testing.T) {
		requireLeadsTo(t, base.Store, a)
		requireNowhere(t, base.Store, missingID)
		requireNowhere(t, base.Store, uuid.Nil)
	})
	t.Run("RED-1 RED-4 one merge of five", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, a, f, b, e, c, d)
		for _, id := range people[1:] {
			requireLeadsTo(t, l.Store, id, a)
		}
		requireLeadsTo(t, l.Store, a)
	})
	t.Run("RED-1 RED-4 a chain, and the contact at its end changes", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		requireLeadsTo(t, l.Store, a, b)
		absorb(t, l.Store, c, b)
		for range 2 {
			requireLeadsTo(t, l.Store, a, b, c)
			requireLeadsTo(t, l.Store, b, c)
			requireLeadsTo(t, l.Store, c)
			v, _ := l.Snapshot().View(c)
			update(t, l.Store, v.Clone(), contacts.Patch{Company: contacts.Set("New")})
		}
		got, err := l.Get(t.Context(), a, nil)
		require.NoError(t, err)
		require.Equal(t, "New", got.Info.Company)
		absorb(t, l.Store, d, c, e)
		requireLeadsTo(t, l.Store, a, b, c, d)
		requireLeadsTo(t, l.Store, e, d)
		absorb(t, l.Store, f, d)
		requireLeadsTo(t, l.Store, a, b, c, d, f)
		requireLeadsTo(t, l.Store, e, d, f)
	})
	t.Run("RED-7 old IDs", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		absorb(t, l.Store, d, c)
		absorb(t, l.Store, e, f, d, b)
		old := l.Snapshot().OldIDs(e)
		want := []uuid.UUID{a, b, c, d, f}
		slices.SortFunc(want, func(x, y uuid.UUID) int { return bytes.Compare(x[:], y[:]) })
		require.Equal(t, want, slices.Collect(old))
		for range old {
			break // as a caller may
		}
		for _, id := range []uuid.UUID{a, f, missingID, uuid.Nil} {
			require.Empty(t, slices.Collect(l.Snapshot().OldIDs(id)))
		}
		require.NoError(t, l.Delete(t.Context(), e))
		require.Empty(t, slices.Collect(l.Snapshot().OldIDs(e)))
	})
	t.Run("RED-1 RED-4 chains that meet", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		absorb(t, l.Store, d, c)
		absorb(t, l.Store, e, f, d, b)
		for _, path := range [][]uuid.UUID{{a, b, e}, {b, e}, {c, d, e}, {d, e}, {f, e}, {e}} {
			requireLeadsTo(t, l.Store, path...)
		}
	})
	t.Run("RED-1 MRG-1 a merged contact cannot be merged again", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		require.Equal(t, a, l.refusedMerge(t, contacts.ErrContactNotFound, a, []uuid.UUID{c}, nil).ID)
		require.Equal(t, a, l.refusedMerge(t, contacts.ErrContactNotFound, c, []uuid.UUID{a}, nil).ID)
		require.Equal(t, a, l.refusedMerge(t, contacts.ErrContactNotFound, a, []uuid.UUID{b}, nil).ID)
		require.Equal(t, a, l.refusedMerge(t, contacts.ErrContactNotFound, b, []uuid.UUID{a}, nil).ID)
		requireLeadsTo(t, l.Store, a, b)
	})
	t.Run("RED-1 PRJ-1 projections", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		for _, opts := range []*contacts.GetOptions{
			{Fields: []string{"info.name"}}, {Fieldsets: []contacts.Fieldset{contacts.FieldsetBasic}},
			{Fields: []string{"id"}}, {Fieldsets: []contacts.Fieldset{contacts.FieldsetFull}},
		} {
			want, err := l.Get(t.Context(), b, opts)
			require.NoError(t, err)
			got, err := l.Get(t.Context(), a, opts)
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Equal(t, b, got.ID)
		}
		_, err := l.Get(t.Context(), a, &contacts.GetOptions{Fields: []string{"x"}})
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
	})
	t.Run("RED-1 STO-8 a snapshot knows the merges before it", func(t *testing.T) {
		l := base.fork()
		before := l.Snapshot()
		absorb(t, l.Store, b, a)
		between := l.Snapshot()
		absorb(t, l.Store, c, b)
		after := l.Snapshot()
		for i, sn := range []*contacts.Snapshot{before, between, after} {
			got, err := sn.Get(a)
			require.NoError(t, err)
			require.Equal(t, []uuid.UUID{a, b, c}[i], got.ID)
		}
		require.NoError(t, l.Delete(t.Context(), c))
		got, err := after.Get(a)
		require.NoError(t, err)
		require.Equal(t, c, got.ID)
	})
	t.Run("RED-1 STO-7 forks have redirects of their own", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		fork := l.fork()
		absorb(t, l.Store, c, b)
		absorb(t, fork.Store, d, b)
		requireLeadsTo(t, l.Store, a, b, c)
		requireLeadsTo(t, fork.Store, a, b, d)
		requireLeadsTo(t, base.Store, a)
	})
	t.Run("RED-1 STO-5 the caller owns the result", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		got, err := l.Get(t.Context(), a, nil)
		require.NoError(t, err)
		scribble(got)
		way, err := l.Resolve(t.Context(), a)
		require.NoError(t, err)
		clear(way.Path)
		requireLeadsTo(t, l.Store, a, b)
		require.NoError(t, fault(l.Snapshot(), "scribbled"))
	})
	t.Run("RED-4 nothing is written", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		before := stateOf(l.Snapshot())
		requireLeadsTo(t, l.Store, a, b)
		require.Equal(t, before, stateOf(l.Snapshot()))
	})
	t.Run("RED-2 lookups do not find an old ID", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		sn := l.Snapshot()
		_, ok := sn.View(a)
		require.False(t, ok)
		for _, found := range [][]uuid.UUID{
			ids(sn.All()), ids(sn.ByEmail("ann@x.test")), ids(sn.ByPhone("+12015550123")), ids(sn.ByLabel("contacts.customers")),
		} {
			require.NotContains(t, found, a)
			require.Contains(t, found, b)
		}
		require.Equal(t, len(people)-1, sn.Len())
	})

	t.Run("RED-3 the contact at the end is deleted", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a, e)
		absorb(t, l.Store, c, b)
		require.NoError(t, l.Delete(t.Context(), c))
		for _, id := range []uuid.UUID{a, b, c, e} {
			requireNowhere(t, l.Store, id)
		}
		requireLeadsTo(t, l.Store, d)
	})
	t.Run("RED-3 one of several contacts at an end is deleted", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		absorb(t, l.Store, d, c)
		require.NoError(t, l.Delete(t.Context(), b))
		requireNowhere(t, l.Store, a)
		requireNowhere(t, l.Store, b)
		requireLeadsTo(t, l.Store, c, d)
		absorb(t, l.Store, e, d)
		requireNowhere(t, l.Store, a)
		requireLeadsTo(t, l.Store, c, d, e)
	})
	t.Run("RED-3 a contact that was deleted in a fork", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		require.NoError(t, l.fork().Delete(t.Context(), b))
		requireLeadsTo(t, l.Store, a, b)
	})
}

// oldIDCalls are the methods of the store with a contact ID as argument, each called with an old ID. A method with two
// such arguments is called with both.
var oldIDCalls = map[string][]func(ctx context.Context, s *contacts.Store, old, live uuid.UUID) error{
	"Update": {func(ctx context.Context, s *contacts.Store, old, _ uuid.UUID) error {
		_, err := s.Update(ctx, old, 1, contacts.Patch{Company: contacts.Set("New")}, nil)
		return err
	}},
	"Delete": {func(ctx context.Context, s *contacts.Store, old, _ uuid.UUID) error { return s.Delete(ctx, old) }},
	"Label": {func(ctx context.Context, s *contacts.Store, old, _ uuid.UUID) error {
		_, err := s.Label(ctx, old, "contacts.customers")
		return err
	}},
	"Unlabel": {func(ctx context.Context, s *contacts.Store, old, _ uuid.UUID) error {
		_, err := s.Unlabel(ctx, old, "contacts.customers")
		return err
	}},
	"SetMember": {func(ctx context.Context, s *contacts.Store, old, _ uuid.UUID) error {
		_, err := s.SetMember(ctx, old, nil)
		return err
	}},
	"SetBillingSubscription": {func(ctx context.Context, s *contacts.Store, old, _ uuid.UUID) error {
		_, err := s.SetBillingSubscription(ctx, old, true)
		return err
	}},
	"SetSystemFields": {func(ctx context.Context, s *contacts.Store, old, _ uuid.UUID) error {
		_, err := s.SetSystemFields(ctx, old, map[string]any{"ecom.numOfPurchases": 1})
		return err
	}},
	"SetSubscription": {func(ctx context.Context, s *contacts.Store, old, _ uuid.UUID) error {
		_, err := s.SetSubscription(ctx, old, "ann@x.test", subscribed)
		return err
	}},
	"SetDeliverability": {func(ctx context.Context, s *contacts.Store, old, _ uuid.UUID) error {
		_, err := s.SetDeliverability(ctx, old, "ann@x.test", bounced)
		return err
	}},
	"RecordActivity": {func(ctx context.Context, s *contacts.Store, old, _ uuid.UUID) error {
		_, err := s.RecordActivity(ctx, old, contacts.ActivityMemberLogin, time.Time{})
		return err
	}},
	"Merge": {
		func(ctx context.Context, s *contacts.Store, old, live uuid.UUID) error {
			_, err := s.Merge(ctx, old, 1, []uuid.UUID{live}, nil)
			return err
		},
		func(ctx context.Context, s *contacts.Store, old, live uuid.UUID) error {
			_, err := s.Merge(ctx, live, 1, []uuid.UUID{old}, nil)
			return err
		},
	},
	"PreviewMerge": {
		func(ctx context.Context, s *contacts.Store, old, live uuid.UUID) error {
			_, err := s.PreviewMerge(ctx, old, []uuid.UUID{live})
			return err
		},
		func(ctx context.Context, s *contacts.Store, old, live uuid.UUID) error {
			_, err := s.PreviewMerge(ctx, live, []uuid.UUID{old})
			return err
		},
	},
}

func TestOldIDsInOtherCalls(t *testing.T) {
	t.Run("RED-2 every method with an ID as argument is among the calls", func(t *testing.T) {
		id := reflect.TypeFor[uuid.UUID]()
		store := reflect.TypeFor[*contacts.Store]()
		for i := range store.NumMethod() {
			m := store.Method(i)
			for p := range m.Type.Ins() {
				if p == id || p == reflect.SliceOf(id) {
					require.True(t, m.Name == "Get" || m.Name == "Resolve" || m.Name == "Outcome" || oldIDCalls[m.Name] != nil, m.Name)
				}
			}
		}
	})
	base := newLab(t)
	a, b := create(t, base.Store, richInfo("ann")).ID, create(t, base.Store, richInfo("bo")).ID
	c, live := create(t, base.Store, richInfo("cy")).ID, create(t, base.Store, richInfo("dee")).ID
	absorb(t, base.Store, b, a)
	absorb(t, base.Store, c, b)
	for name, calls := range oldIDCalls {
		for i, call := range calls {
			for old, id := range map[string]uuid.UUID{"first": a, "middle": b} {
				t.Run(fmt.Sprintf("RED-2 %s of the %s ID of a chain, %d", name, old, i), func(t *testing.T) {
					l := base.fork()
					err := l.refused(t, contacts.ErrContactNotFound, func() error { return call(t.Context(), l.Store, id, live) })
					require.Equal(t, id, mergeError(t, err).ID)
					require.NoError(t, l.Delete(t.Context(), c))
					err = l.refused(t, contacts.ErrContactNotFound, func() error { return call(t.Context(), l.Store, id, live) })
					require.Equal(t, id, mergeError(t, err).ID)
				})
			}
		}
	}
	t.Run("RED-2 ByEmail and others hold the one contact", func(t *testing.T) {
		require.NoError(t, fault(base.Snapshot()))
		require.Equal(t, []uuid.UUID{c}, ids(base.Snapshot().ByEmail("ann@x.test")))
	})
}

// TestOldIDsAreNotGivenAgain creates contacts on a store whose next ID is set by the test.
func TestOldIDsAreNotGivenAgain(t *testing.T) {
	var next uuid.UUID // nil: the next free one
	base := newLab(t, func(opts *contacts.Options) {
		free := opts.NewID
		opts.NewID = func() uuid.UUID {
			if next != uuid.Nil {
				return next
			}
			return free()
		}
	})
	a, b := create(t, base.Store, person("Ann", "a@x.test")).ID, create(t, base.Store, person("Bo", "b@x.test")).ID
	c := create(t, base.Store, person("Cy", "c@x.test")).ID
	createAs := func(t *testing.T, l *lab, id uuid.UUID) (*contacts.Contact, error) {
		t.Helper()
		next = id
		defer func() { next = uuid.Nil }()
		return l.Create(t.Context(), person("New"), nil)
	}
	taken := func(t *testing.T, l *lab, id uuid.UUID) {
		t.Helper()
		err := l.refused(t, contacts.ErrIDExists, func() error { _, err := createAs(t, l, id); return err })
		require.Equal(t, id, mergeError(t, err).ID)
	}

	t.Run("RED-5 CRT-5 an ID that was merged away", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		taken(t, l, a)
		taken(t, l, b)
		requireLeadsTo(t, l.Store, a, b)
		absorb(t, l.Store, c, b)
		taken(t, l, a)
		taken(t, l, b)
		requireLeadsTo(t, l.Store, a, b, c)
	})
	t.Run("RED-5 RED-3 also when the contact at the end was deleted", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		absorb(t, l.Store, c, b)
		require.NoError(t, l.Delete(t.Context(), c))
		taken(t, l, a)
		taken(t, l, b)
		requireNowhere(t, l.Store, a)
	})
	t.Run("CRT-5 RED-5 the ID of a deleted contact that others were merged into", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		require.NoError(t, l.Delete(t.Context(), b))
		taken(t, l, b) // otherwise a would lead to the new contact
		requireNowhere(t, l.Store, a)
	})
	t.Run("CRT-5 RED-5 the ID of a contact that took part in no merge is free once it is deleted", func(t *testing.T) {
		l := base.fork()
		absorb(t, l.Store, b, a)
		require.NoError(t, l.Delete(t.Context(), c))
		got, err := createAs(t, l, c)
		require.NoError(t, err)
		require.Equal(t, c, got.ID)
		absorb(t, l.Store, c, b)
		requireLeadsTo(t, l.Store, a, b, c)
	})
	t.Run("RED-5 a failed merge reserves no ID", func(t *testing.T) {
		l := base.fork()
		_, err := l.Merge(t.Context(), b, 9, []uuid.UUID{a}, nil)
		require.Equal(t, contacts.ErrAlreadyChanged, contacts.CodeOf(err))
		requireLeadsTo(t, l.Store, a)
		require.NoError(t, l.Delete(t.Context(), a))
		_, err = createAs(t, l, a)
		require.NoError(t, err)
	})
}

// TestRedirectsAgainstModel merges, deletes and creates at random, and compares with maps.
func TestRedirectsAgainstModel(t *testing.T) {
	for seed := range uint64(large(2, 6)) {
		t.Run(fmt.Sprintf("RED-1 RED-3 RED-4 RED-7 seed %d", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, seed))
			s := newStore(t)
			into := map[uuid.UUID]uuid.UUID{}
			var all, live []uuid.UUID
			for step := range 250 {
				shuffle(rnd, live)
				switch n := rnd.IntN(10); {
				case len(live) < 7 || n < 4:
					id := create(t, s, person("P")).ID
					all, live = append(all, id), append(live, id)
				case n < 5:
					require.NoError(t, s.Delete(t.Context(), live[0]))
					live = live[1:]
				default:
					sources := live[1 : 2+rnd.IntN(5)]
					absorb(t, s, live[0], sources...)
					for _, source := range sources {
						into[source] = live[0]
					}
					live = append(live[:1], live[1+len(sources):]...)
				}
				if step%10 != 0 {
					continue
				}
				old := map[uuid.UUID][]uuid.UUID{}
				for _, id := range all {
					path := []uuid.UUID{id}
					for target, ok := into[id]; ok; target, ok = into[target] {
						path = append(path, target)
					}
					end := path[len(path)-1]
					if !slices.Contains(live, end) {
						requireNowhere(t, s, id)
						continue
					}
					requireLeadsTo(t, s, path...)
					if id != end {
						old[end] = append(old[end], id)
					}
				}
				for _, id := range all {
					require.ElementsMatch(t, old[id], slices.Collect(s.Snapshot().OldIDs(id)))
				}
			}
		})
	}
}
