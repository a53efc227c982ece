package pglog_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest/sharedtest"
	"github.com/contactsdb/contacts/pglog"
)

// opener returns a function that opens a log again, each time with connections of its own.
func opener(t testing.TB, opts pglog.Options) func() contacts.Log {
	return func() contacts.Log { return open(t, connect(t), opts) }
}

func openStore(t testing.TB, log contacts.Log) *contacts.Store {
	t.Helper()
	return sharedtest.OpenStore(t, log, nil)
}

func TestConformance(t *testing.T) {
	t.Parallel()
	pool, schema, n := connect(t), newSchema(), 0
	sharedtest.Conformance(t, func(t *testing.T) func() contacts.Log {
		n++
		log := fmt.Sprint("log", n)
		return func() contacts.Log { return open(t, pool, pglog.Options{Schema: schema, Log: log}) }
	})
}

func TestSeveralStores(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 3} {
		t.Run(fmt.Sprintf("PGL-1 %d stores on one log", n), func(t *testing.T) {
			sharedtest.SeveralStores(t, n, opener(t, pglog.Options{Schema: newSchema()}))
		})
	}
	t.Run("PGL-1 logs side by side", func(t *testing.T) {
		pool, schema := connect(t), newSchema()
		for _, name := range []string{"one", "two"} {
			sharedtest.Create(t, openStore(t, open(t, pool, pglog.Options{Schema: schema, Log: name})), name)
		}
		two := open(t, pool, pglog.Options{Schema: schema, Log: "two"})
		last, err := two.Last(t.Context())
		require.NoError(t, err)
		require.NoError(t, two.Save(t.Context(), last, sharedtest.Hello))
		s := openStore(t, open(t, pool, pglog.Options{Schema: schema, Log: "one"}))
		for range 4 {
			sharedtest.Create(t, s, "one")
			require.NoError(t, s.Compact(t.Context()))
		}
		require.Equal(t, []string{"hello"}, sharedtest.Snapshots(t, two))
		require.Len(t, sharedtest.Data(t, two), 1)
		require.Equal(t, map[string]int{"one": 5}, sharedtest.Names(s))
	})
}

func TestVoidEntries(t *testing.T) {
	sharedtest.VoidEntries(t, opener(t, pglog.Options{Schema: newSchema()}))
}

// TestLostEntries: the database breaks its promise, as one that was restored from a backup does. Whatever it has lost,
// a store applies nothing that does not follow.
func TestLostEntries(t *testing.T) {
	t.Parallel()
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
			sharedtest.Create(t, other, "other")
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
				sharedtest.Create(t, s, fmt.Sprint(i))
			}
			replica := sharedtest.OpenReplica(t, open(t, pool, pglog.Options{Schema: schema, Poll: 10 * time.Millisecond}))
			want := sharedtest.Export(t, s)
			lose(t, pool, schema)
			sharedtest.RequireStopped(t, s, want)
			for _, err := range replica.Follow(t.Context(), replica.Snapshot().Position()) {
				require.ErrorIs(t, err, contacts.ErrReadOnly)
				require.ErrorIs(t, err, contacts.ErrDiverged)
			}
			require.Equal(t, want, sharedtest.Export(t, replica))
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
	c := sharedtest.Create(t, s, "marmaduke")
	require.NoError(t, s.Compact(t.Context()))
	require.Equal(t, 2, found())
	require.NoError(t, s.Delete(t.Context(), c.ID))
	_, err := s.Erase(t.Context())
	require.NoError(t, err)
	require.Zero(t, found())
}
