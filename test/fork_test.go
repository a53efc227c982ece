package test

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// forked is a fixture that the tests below fork: a store with all that a store can hold, whose clock and IDs forks
// share.
func forked(t testing.TB) *contacts.Store {
	t.Helper()
	export, err := os.ReadFile("../testdata/export-v1.jsonl")
	require.NoError(t, err)
	var last atomic.Uint64
	return load(t, string(export), func(o *contacts.Options) {
		o.NewID = func() uuid.UUID { return testID(1<<20 + last.Add(1)) }
	})
}

// leaveMark makes writes of all kinds to a fork of forked, marked by a number.
func leaveMark(t testing.TB, f *contacts.Store, n int) {
	ctx, mark := t.Context(), fmt.Sprint("mark", n)
	ok := func(err error) { t.Helper(); require.NoError(t, err) }
	label, made, err := f.FindOrCreateLabel(ctx, mark)
	ok(err)
	require.True(t, made)
	ann, err := f.Label(ctx, testID(1), label.Key)
	ok(err)
	_, err = f.Update(ctx, ann.ID, ann.Revision, contacts.Patch{Company: contacts.Set(mark)}, nil)
	ok(err)
	_, err = f.SetSubscription(ctx, testID(8), "bob@x.test", subscribed)
	ok(err)
	created, err := f.Create(ctx, person(mark, mark+"@x.test"), nil)
	ok(err)
	_, err = f.Merge(ctx, created.ID, 1, []uuid.UUID{testID(499)}, nil)
	ok(err)
	switch n % 3 {
	case 0:
		ok(f.Delete(ctx, testID(0x16)))
	case 1:
		ok(f.DeleteField(ctx, "custom.shoe-size"))
	default:
		ok(f.DeleteLabel(ctx, "custom.vip-club-friends"))
	}
}

// requireMark requires that a fork holds the mark with this number and no other.
func requireMark(t testing.TB, f *contacts.Store, n int) {
	t.Helper()
	sn, mark := f.Snapshot(), fmt.Sprint("mark", n)
	require.Equal(t, contacts.Position(36+7), sn.Position())
	var marks []string
	for label := range sn.Labels() {
		if _, err := fmt.Sscanf(label.DisplayName, "mark%d", new(int)); err == nil {
			marks = append(marks, label.DisplayName)
		}
	}
	require.Equal(t, []string{mark}, marks)
	ann, ok := sn.View(testID(1))
	require.True(t, ok)
	require.Equal(t, mark, ann.Company())
	require.Equal(t, []uuid.UUID{ann.ID()}, ids(sn.ByLabel("custom."+mark)))
	found := ids(sn.ByEmail(mark + "@x.test"))
	require.Len(t, found, 1)
	require.Empty(t, ids(sn.ByEmail(fmt.Sprint("mark", n+1, "@x.test"))))
	way, err := f.Resolve(t.Context(), testID(499))
	require.NoError(t, err)
	require.Equal(t, found[0], way.ID)
	_, err = sn.Get(testID(0x12))
	require.Equal(t, n%3 == 0, err != nil, "the target of old IDs was deleted in this fork only")
	_, err = sn.GetField("custom.shoe-size")
	require.Equal(t, n%3 == 1, err != nil)
	_, err = sn.GetLabel("custom.vip-club-friends")
	require.Equal(t, n%3 == 2, err != nil)
}

func TestForksOfFixture(t *testing.T) {
	n := large(400, 2000)
	fixture := forked(t)
	want := exportOf(t, fixture.Snapshot())
	t.Run("STO-7 thousands of parallel tests", func(t *testing.T) {
		for i := range n {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				f := fixture.Fork()
				leaveMark(t, f, i)
				requireMark(t, f, i)
				if i%100 == 0 { // a fork of a fork, independent of its parent
					g := f.Fork()
					at := exportOf(t, g.Snapshot())
					create(t, f, person("Parent"))
					require.Equal(t, at, exportOf(t, g.Snapshot()))
					create(t, g, person("Fork"))
					require.NoError(t, g.Snapshot().Check())
					require.NoError(t, f.Snapshot().Check())
				}
			})
		}
	})
	t.Run("STO-7 the fixture has not changed", func(t *testing.T) {
		require.Equal(t, want, exportOf(t, fixture.Snapshot()))
		require.NoError(t, fixture.Snapshot().Check())
		leaveMark(t, fixture.Fork(), 0)
	})
	t.Run("STO-7 forks that all live at the same time", func(t *testing.T) {
		forks := make([]*contacts.Store, n/4)
		for i := range forks {
			forks[i] = fixture.Fork()
		}
		for i, f := range forks {
			leaveMark(t, f, i)
		}
		for i, f := range forks {
			requireMark(t, f, i)
		}
		require.Equal(t, want, exportOf(t, fixture.Snapshot()))
	})
}

func TestForksOfForks(t *testing.T) {
	t.Run("STO-7 EXP-2 a chain of forks and loaded stores", func(t *testing.T) {
		stores := []*contacts.Store{forked(t)}
		exports := []string{exportOf(t, stores[0].Snapshot())}
		for i := range 20 {
			s := stores[i].Fork()
			if i%4 == 3 {
				s = load(t, exports[i], func(o *contacts.Options) {
					var last uint64
					o.NewID = func() uuid.UUID { last++; return testID(1<<30 + uint64(i)<<20 + last) }
				})
			}
			create(t, s, person(fmt.Sprint("P", i)))
			newLabel(t, s, fmt.Sprint("L", i))
			stores, exports = append(stores, s), append(exports, exportOf(t, s.Snapshot()))
		}
		for i, s := range stores {
			require.Equal(t, exports[i], exportOf(t, s.Snapshot()))
			require.NoError(t, s.Snapshot().Check())
			require.Equal(t, stores[0].Snapshot().Len()+i, s.Snapshot().Len())
		}
	})
}

// TestForksWhileParentWrites forks a store during its writes.
func TestForksWhileParentWrites(t *testing.T) {
	t.Run("STO-7 STO-8 each fork is a consistent copy, and independent", func(t *testing.T) {
		parent := forked(t)
		before := parent.Snapshot().Len()
		start := parent.Snapshot().Position()
		stop, failed := make(chan struct{}), make(chan error, 9)
		var writer, readers sync.WaitGroup
		writer.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := parent.Create(t.Context(), person(fmt.Sprint("P", i), fmt.Sprint("p", i, "@x.test")), nil); err != nil {
					failed <- err
					return
				}
			}
		})
		for g := range 8 {
			readers.Go(func() {
				for i := range 50 {
					f := parent.Fork()
					if err := forkAlone(t, f, before, start, fmt.Sprint("fork", g, "-", i)); err != nil {
						failed <- err
						return
					}
				}
			})
		}
		readers.Wait()
		close(stop)
		writer.Wait()
		require.Empty(t, failed)
		require.NoError(t, parent.Snapshot().Check())
		for v := range parent.Snapshot().All() {
			require.NotContains(t, v.Name().First, "fork")
		}
	})
}

// forkAlone writes to a fork of a store to which contacts were added one by one, and returns an error if the fork sees
// other writes.
func forkAlone(t *testing.T, f *contacts.Store, before int, start contacts.Position, name string) error {
	at := f.Snapshot()
	if added := at.Len() - before; at.Position() != start+contacts.Position(added) {
		return fmt.Errorf("position %d with %d contacts more", at.Position(), added)
	}
	for range 3 {
		c, err := f.Create(t.Context(), person(name, name+"@x.test"), &contacts.CreateOptions{AllowDuplicates: true})
		if err == nil {
			_, err = f.RecordActivity(t.Context(), c.ID, contacts.ActivityMemberLogin, time.Time{})
		}
		if err != nil {
			return err
		}
	}
	now := f.Snapshot()
	if now.Position() != at.Position()+6 || now.Len() != at.Len()+3 || len(ids(now.ByEmail(name+"@x.test"))) != 3 {
		return errors.New("the fork does not hold its own writes alone")
	}
	return nil
}
