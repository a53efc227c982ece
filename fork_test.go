package contacts_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// forking returns options whose functions count, and which give every fork a copy of the counters.
func forking() *contacts.Options {
	opts := fixed()
	var with func(o *contacts.Options, ids, minutes uint64)
	with = func(o *contacts.Options, ids, minutes uint64) {
		var lastID, lastMinute atomic.Uint64
		lastID.Store(ids)
		lastMinute.Store(minutes)
		o.NewID = func() uuid.UUID { return testID(lastID.Add(1)) }
		o.Now = func() time.Time { return epoch.Add(time.Duration(lastMinute.Add(1)) * time.Minute) }
		o.OnFork = func(fork *contacts.Options) { with(fork, lastID.Load(), lastMinute.Load()) }
	}
	with(opts, 0, 0)
	return opts
}

func TestOnFork(t *testing.T) {
	// The same calls, with contacts, emails, phones, labels and a merge.
	calls := func(t testing.TB, s *contacts.Store) {
		ann, err := s.Create(t.Context(), richInfo("Rich"), nil)
		require.NoError(t, err)
		label, _, err := s.FindOrCreateLabel(t.Context(), "VIP")
		require.NoError(t, err)
		_, err = s.Label(t.Context(), ann.ID, label.Key)
		require.NoError(t, err)
		bob := create(t, s, person("Bob", "bob@x.test"))
		_, err = s.Merge(t.Context(), ann.ID, 2, []uuid.UUID{bob.ID}, nil)
		require.NoError(t, err)
	}

	t.Run("STO-11 equal calls on forks draw equal IDs and times, in parallel and in any order", func(t *testing.T) {
		fixture := openStore(t, forking())
		create(t, fixture, person("First"))
		forks := make([]*contacts.Store, 16)
		var group sync.WaitGroup
		for i := range forks {
			group.Go(func() {
				f := fixture.Fork()
				calls(t, f.Fork()) // moves neither the IDs nor the clock of f
				calls(t, f)
				forks[i] = f.Fork()
				create(t, forks[i], person("Last"))
			})
		}
		group.Wait()
		want := exportOf(t, forks[0].Snapshot())
		for _, f := range forks {
			require.Equal(t, want, exportOf(t, f.Snapshot()))
		}
		require.Equal(t, 1, fixture.Snapshot().Len())
		calls(t, fixture) // draws what the forks drew
		create(t, fixture, person("Last"))
		require.Equal(t, want, exportOf(t, fixture.Snapshot()))
	})
	t.Run("STO-11 a dry run of an import draws no IDs of the store", func(t *testing.T) {
		s := openStore(t, forking())
		row := &contacts.Contact{Info: person("Ann", "ann@x.test")}
		_, err := s.Import(t.Context(), rowsOf(row), &contacts.ImportOptions{DryRun: true})
		require.NoError(t, err)
		require.Equal(t, testID(1), create(t, s, person("Bob")).ID)
	})
	t.Run("STO-11 only its functions count", func(t *testing.T) {
		opts := fixed()
		opts.Region, opts.LabelQuota = "US", 1
		opts.OnFork = func(o *contacts.Options) {
			require.Equal(t, "US", o.Region)
			*o = contacts.Options{Region: "DE", LabelQuota: 2}
		}
		s := openStore(t, opts)
		first := create(t, s, person("Ann"))
		f := s.Fork()
		require.NotEqual(t, first.ID, create(t, f, person("Bob")).ID, "nil keeps the function of the store")
		e164, _ := f.ParsePhone("646-567-6359", "")
		require.Equal(t, "+16465676359", e164)
		newLabel(t, f, "One")
		_, _, err := f.FindOrCreateLabel(t.Context(), "Two")
		require.ErrorIs(t, err, contacts.ErrLabelsQuota)
		f.Fork() // OnFork is not called for it
		require.NotPanics(t, func() { f.Fork() })
	})
}

func TestForkWith(t *testing.T) {
	t.Run("STO-11 options of the fork's own", func(t *testing.T) {
		s := openStore(t, forking())
		withPhone := person("Ann", "ann@x.test")
		withPhone.Phones = []contacts.Phone{{Number: "646-567-6359"}}
		ann := create(t, s, withPhone)
		before := exportOf(t, s.Snapshot())

		at := epoch.Add(time.Hour * 24)
		f, err := s.ForkWith(&contacts.Options{
			Now: func() time.Time { return at }, NewID: func() uuid.UUID { return testID(77) },
			Region: "US", LabelQuota: 1, FieldQuota: 1, NewestFirst: true, ContactSizeMax: 5000,
			DefaultSource: contacts.Source{SourceType: contacts.SourceImport}, CursorKey: [32]byte{1},
		})
		require.NoError(t, err)
		require.Equal(t, before, exportOf(t, f.Snapshot()))
		bob := create(t, f, contacts.Info{Phones: []contacts.Phone{{Number: "201-555-0123"}}})
		require.Equal(t, testID(77), bob.ID)
		require.Equal(t, at, bob.CreatedDate)
		require.Equal(t, contacts.SourceImport, bob.Source.SourceType)
		require.Equal(t, "+12015550123", bob.Info.Phones[0].E164)
		kept, err := f.Get(t.Context(), ann.ID, nil)
		require.NoError(t, err)
		require.Empty(t, kept.Info.Phones[0].E164, "forms stay until a write changes the phones")
		page, err := f.List(t.Context(), contacts.Query{}, nil)
		require.NoError(t, err)
		require.Equal(t, []uuid.UUID{bob.ID, ann.ID}, []uuid.UUID{page.Items[0].ID, page.Items[1].ID})
		newLabel(t, f, "One")
		_, _, err = f.FindOrCreateLabel(t.Context(), "Two")
		require.ErrorIs(t, err, contacts.ErrLabelsQuota)
		require.NoError(t, f.Snapshot().Check())

		require.Equal(t, before, exportOf(t, s.Snapshot()))
		page, err = s.List(t.Context(), contacts.Query{}, nil)
		require.NoError(t, err)
		require.Len(t, page.Items, 1)
		require.Equal(t, testID(4), create(t, s, person("Cyd")).ID, "after those of Ann, her email and her phone")
	})
	t.Run("STO-11 zero fields are those of a fork", func(t *testing.T) {
		opts := forking()
		opts.Region, opts.NewestFirst = "US", true
		s := openStore(t, opts)
		create(t, s, person("Ann"))
		for name, with := range map[string]*contacts.Options{"nil": nil, "zero": {}} {
			f, err := s.ForkWith(with)
			require.NoError(t, err, name)
			want := s.Fork()
			create(t, f, richInfo("Rich"))
			create(t, want, richInfo("Rich"))
			require.Equal(t, exportOf(t, want.Snapshot()), exportOf(t, f.Snapshot()), name)
			page, err := want.List(t.Context(), contacts.Query{}, &contacts.ListOptions{Limit: 1})
			require.NoError(t, err)
			_, err = f.List(t.Context(), contacts.Query{}, &contacts.ListOptions{Cursor: page.Next})
			require.NoError(t, err, "the same key of cursors")
		}
	})
	t.Run("STO-11 VAL-1 refused like the options of New", func(t *testing.T) {
		s := openStore(t, fixed())
		for name, opts := range map[string]*contacts.Options{
			"Region": {Region: "us"}, "LabelQuota": {LabelQuota: -1}, "MaxClockJump": {MaxClockJump: -1},
		} {
			f, err := s.ForkWith(opts)
			require.Nil(t, f)
			require.ErrorIs(t, err, contacts.ErrInvalid)
			require.Equal(t, name, violations(t, err)[0].Field)
		}
	})
	t.Run("STO-2 a fork of a closed store is closed", func(t *testing.T) {
		s := openStore(t, fixed())
		require.NoError(t, s.Close())
		f, err := s.ForkWith(&contacts.Options{NewestFirst: true})
		require.NoError(t, err)
		_, err = f.Create(t.Context(), person("Ann"), nil)
		require.ErrorIs(t, err, contacts.ErrClosed)
	})
}

func TestForkFromBubble(t *testing.T) {
	var s *contacts.Store
	synctest.Test(t, func(t *testing.T) {
		var err error
		s, err = contacts.New(fixed())
		require.NoError(t, err)
		create(t, s, person("Ann"))
	})
	for range 2 {
		f := s.Fork()
		create(t, f, person("Bob"))
		require.Equal(t, 2, f.Snapshot().Len(), "STO-7 a fork needs nothing of the bubble in which its parent was made")
		synctest.Test(t, func(t *testing.T) { create(t, s.Fork(), person("Cyd")) })
	}
}
