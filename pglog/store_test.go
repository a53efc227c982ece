package pglog_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
	"github.com/contactsdb/contacts/pglog"
)

// openStore opens a store with random IDs, as several stores on one log need them.
func openStore(t testing.TB, log contacts.Log) *contacts.Store {
	t.Helper()
	s, err := contacts.Open(t.Context(), log, nil)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func person(name string) contacts.Info { return contacts.Info{Name: contacts.Name{First: name}} }

func create(t testing.TB, s *contacts.Store, name string) *contacts.Contact {
	t.Helper()
	c, err := s.Create(t.Context(), person(name), nil)
	require.NoError(t, err)
	return c
}

func export(t testing.TB, s *contacts.Store) string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, s.Snapshot().Check())
	require.NoError(t, s.Snapshot().Export(&text))
	return text.String()
}

// names returns how often each first name is in a store.
func names(s *contacts.Store) map[string]int {
	found := map[string]int{}
	for c := range s.Snapshot().All() {
		found[c.Name().First]++
	}
	return found
}

// requireEqual requires that a store becomes equal to another one.
func requireEqual(t testing.TB, want, got *contacts.Store) {
	t.Helper()
	require.Eventually(t, func() bool {
		return got.Snapshot().Position() == want.Snapshot().Position()
	}, time.Minute, time.Millisecond)
	require.Equal(t, export(t, want), export(t, got))
}

// reopened is a store on a log that is opened again now and then.
type reopened struct {
	*contacts.Store
	calls int
	t     *testing.T
	pool  *pgxpool.Pool
	clock *contactstest.Clock
	opts  *contacts.Options
	log   pglog.Options
}

func (reopened) KeepsCommits() {}

func (r reopened) Advance(by time.Duration) time.Time { return r.clock.Advance(by) }

func (r reopened) Reopen() contactstest.API {
	r.t.Helper()
	const every = 8 // before each call takes too long
	if r.calls++; r.calls%every != 1 {
		return r
	}
	if r.Store != nil {
		require.NoError(r.t, r.Close())
	}
	s, err := contacts.Open(r.t.Context(), open(r.t, r.pool, r.log), r.opts)
	require.NoError(r.t, err)
	r.t.Cleanup(func() { s.Close() })
	r.Store = s
	return r
}

func TestConformance(t *testing.T) {
	pool, schema, n := connect(t), newSchema(), 0
	contactstest.Conformance(t, func(t *testing.T, needs contactstest.Needs) contactstest.API {
		n++
		clock := contactstest.NewClock(time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC))
		opts := contactstest.Options(clock, contactstest.NewIDs(7))
		opts.OnFork = nil
		if needs.Options != nil {
			needs.Options(opts)
		}
		log := pglog.Options{Schema: schema, Log: fmt.Sprint("log", n)}
		return reopened{t: t, pool: pool, clock: clock, opts: opts, log: log}.Reopen()
	})
}

func TestSeveralStores(t *testing.T) {
	for _, n := range []int{2, 3} {
		t.Run(fmt.Sprintf("PGL-1 %d stores on one log", n), func(t *testing.T) {
			const writers, each = 3, 15
			opts := pglog.Options{Schema: newSchema()}
			replica, err := contacts.OpenReplica(t.Context(), open(t, connect(t), opts), nil)
			require.NoError(t, err)
			t.Cleanup(func() { replica.Close() })
			var stores []*contacts.Store
			var running sync.WaitGroup
			for i := range n {
				s := openStore(t, open(t, connect(t), opts))
				stores = append(stores, s)
				for w := range writers {
					running.Go(func() {
						for k := range each {
							c, err := s.Create(t.Context(), person(fmt.Sprint(i, ".", w, ".", k)), nil)
							if err == nil {
								patch := contacts.Patch{JobTitle: contacts.Set("Engineer")}
								_, err = s.Update(t.Context(), c.ID, c.Revision, patch, nil)
							}
							if err != nil {
								t.Error(err)
							}
						}
					})
				}
			}
			running.Wait()
			want := openStore(t, open(t, connect(t), opts))
			found := names(want)
			require.Len(t, found, n*writers*each)
			for name, count := range found {
				require.Equal(t, 1, count, name)
			}
			for i, s := range stores { // each learns of the others' writes when it writes
				create(t, s, fmt.Sprint("last of ", i))
			}
			requireEqual(t, stores[n-1], replica)
			for _, s := range stores {
				create(t, s, "again")
				requireEqual(t, s, openStore(t, open(t, connect(t), opts)))
			}
			requireEqual(t, stores[n-1], replica)
		})
	}
	t.Run("PGL-1 logs side by side", func(t *testing.T) {
		pool, schema := connect(t), newSchema()
		for _, name := range []string{"one", "two"} {
			create(t, openStore(t, open(t, pool, pglog.Options{Schema: schema, Log: name})), name)
		}
		two := open(t, pool, pglog.Options{Schema: schema, Log: "two"})
		last, err := two.Last(t.Context())
		require.NoError(t, err)
		require.NoError(t, two.Save(t.Context(), last, hello))
		s := openStore(t, open(t, pool, pglog.Options{Schema: schema, Log: "one"}))
		for range 4 {
			create(t, s, "one")
			require.NoError(t, s.Compact(t.Context()))
		}
		require.Equal(t, []string{"hello"}, snapshots(t, two))
		require.Len(t, data(t, two), 1)
		require.Equal(t, map[string]int{"one": 5}, names(s))
	})
}

// TestVoidEntries: an entry that was sealed for another place changes nothing, on every store alike.
func TestVoidEntries(t *testing.T) {
	pool, opts := connect(t), pglog.Options{Schema: newSchema()}
	a, raw := openStore(t, open(t, pool, opts)), open(t, pool, opts)
	for i := range 3 {
		create(t, a, fmt.Sprint("before", i))
	}
	last, err := raw.Last(t.Context())
	require.NoError(t, err)
	for e, err := range raw.Read(t.Context(), 0) {
		require.NoError(t, err)
		last = appended(t, raw, last, string(e.Data))
	}
	b := openStore(t, open(t, pool, opts))
	require.Equal(t, export(t, a), export(t, b))
	create(t, a, "after") // reads the void entries first
	create(t, b, "after")
	requireEqual(t, b, openStore(t, open(t, pool, opts)))
	require.Equal(t, map[string]int{"before0": 1, "before1": 1, "before2": 1, "after": 2}, names(b))
}

// TestLostEntries: the database breaks its promise, as one that was restored from a backup does. Whatever it has lost,
// a store applies nothing that does not follow.
func TestLostEntries(t *testing.T) {
	const keep = `DELETE FROM "%s".entries WHERE seq NOT IN (SELECT seq FROM "%s".entries ORDER BY seq LIMIT %d)`
	// restored leaves the first n entries, and a row of the log that fits.
	restored := func(n int) func(*testing.T, *pgxpool.Pool, string) {
		return func(t *testing.T, pool *pgxpool.Pool, schema string) {
			execute(t, pool, keep, schema, schema, n)
			execute(t, pool, `UPDATE "%s".logs SET last = COALESCE((SELECT max(seq) FROM "%s".entries), 0)`, schema, schema)
		}
	}
	removed := func(t *testing.T, pool *pgxpool.Pool, schema string) {
		execute(t, pool, `TRUNCATE "%s".logs, "%s".entries`, schema, schema)
	}
	others := func(t *testing.T, pool *pgxpool.Pool, schema string, n int) {
		other := openStore(t, open(t, pool, pglog.Options{Schema: schema}))
		for range n {
			create(t, other, "other")
		}
	}
	for name, lose := range map[string]func(*testing.T, *pgxpool.Pool, string){
		"PGL-3 the last entries": restored(7),
		"PGL-3 all entries":      restored(0),
		"PGL-3 the last entries, and others have been appended since": func(t *testing.T, p *pgxpool.Pool, schema string) {
			restored(7)(t, p, schema)
			others(t, p, schema, 5)
		},
		"PGL-3 the last entries, and as many have been appended since": func(t *testing.T, p *pgxpool.Pool, schema string) {
			restored(7)(t, p, schema)
			others(t, p, schema, 3)
		},
		"PGL-3 the log was created again": func(t *testing.T, p *pgxpool.Pool, schema string) {
			removed(t, p, schema)
			open(t, p, pglog.Options{Schema: schema})
		},
		"PGL-3 the log was created again, with as many entries": func(t *testing.T, p *pgxpool.Pool, schema string) {
			removed(t, p, schema)
			others(t, p, schema, 10)
		},
		"PGL-3 the row of the log": func(t *testing.T, p *pgxpool.Pool, schema string) {
			execute(t, p, `DELETE FROM "%s".logs`, schema)
		},
	} {
		t.Run(name, func(t *testing.T) {
			pool, schema := connect(t), newSchema()
			s := openStore(t, open(t, pool, pglog.Options{Schema: schema}))
			for i := range 10 {
				create(t, s, fmt.Sprint(i))
			}
			replica, err := contacts.OpenReplica(t.Context(), open(t, pool, pglog.Options{
				Schema: schema, Poll: 10 * time.Millisecond,
			}), nil)
			require.NoError(t, err)
			t.Cleanup(func() { replica.Close() })
			want := export(t, s)
			lose(t, pool, schema)
			_, err = s.Create(t.Context(), person("new"), nil)
			require.Contains(t, []contacts.Code{contacts.ErrOutcomeUnknown, contacts.ErrReadOnly}, contacts.CodeOf(err))
			require.ErrorIs(t, err, contacts.ErrLogCorrupt)
			require.ErrorIs(t, err, contacts.ErrDiverged)
			_, err = s.Create(t.Context(), person("next"), nil)
			require.ErrorIs(t, err, contacts.ErrReadOnly)
			require.Equal(t, want, export(t, s), "nothing was applied")
			for _, err := range replica.Follow(t.Context(), replica.Snapshot().Position()) {
				require.ErrorIs(t, err, contacts.ErrReadOnly)
				require.ErrorIs(t, err, contacts.ErrDiverged)
			}
			require.Equal(t, want, export(t, replica))
		})
	}
}

// TestErased: after Erase the tables have no row with erased data.
func TestErased(t *testing.T) {
	pool, opts := connect(t), pglog.Options{Schema: newSchema()}
	s := openStore(t, open(t, pool, opts))
	found := func() (n int) {
		err := pool.QueryRow(t.Context(), fmt.Sprintf(`SELECT count(*) FROM (SELECT data FROM "%s".entries
			UNION ALL SELECT data FROM "%s".snapshot_parts) AS d WHERE position('marmaduke'::bytea IN data) > 0`,
			opts.Schema, opts.Schema)).Scan(&n)
		require.NoError(t, err)
		return n
	}
	c := create(t, s, "marmaduke")
	require.NoError(t, s.Compact(t.Context()))
	require.Equal(t, 2, found())
	require.NoError(t, s.Delete(t.Context(), c.ID))
	_, err := s.Erase(t.Context())
	require.NoError(t, err)
	require.Zero(t, found())
}
