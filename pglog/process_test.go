package pglog_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest/sharedtest"
	"github.com/contactsdb/contacts/pglog"
)

var (
	runs  = flag.Int("runs", 1, "run the test with a killed server `n` times")
	kills = flag.Int("kills", 3, "kill the server or all of its connections `n` times in each run")
	every = flag.Duration("every", 1500*time.Millisecond, "time between the beginnings of two kills")
)

// TestKilledServer: connections are terminated and the server is killed while two stores write. Nothing that was
// acknowledged is lost, no write takes place twice, and all stores are equal.
//
//	go test -run TestKilledServer -v -runs 10 -kills 10 -every 3s
func TestKilledServer(t *testing.T) {
	t.Parallel()
	for run := range *runs {
		t.Run(fmt.Sprint("PGL-2 run ", run), func(t *testing.T) { killServer(t, rand.New(rand.NewPCG(uint64(run), 1))) })
	}
}

func killServer(t *testing.T, rnd *rand.Rand) {
	srv, opts := exclusive(t), pglog.Options{Schema: newSchema()}
	operator := srv.pool(t)
	sharedtest.Survive(t, func() contacts.Log { return open(t, srv.pool(t), opts) }, func(acknowledged func() int) {
		for n := range *kills {
			next := time.After(*every)
			before := acknowledged()
			switch n % 3 {
			case 0:
				srv.crash()
				<-time.After(time.Duration(rnd.Int64N(int64(*every / 4))))
				require.NoError(t, srv.start())
			default:
				execute(t, operator, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
					WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`)
			}
			<-next
			require.Eventually(t, func() bool { return acknowledged() > before }, time.Minute, time.Millisecond)
		}
	})
}

// TestServers: a server that loses entries, a standby that is missing, a server that is a standby, and no server.
func TestServers(t *testing.T) {
	t.Parallel()
	srv, opts := exclusive(t), pglog.Options{Schema: newSchema()}
	pool := srv.pool(t)
	l := open(t, pool, opts)
	first := appended(t, l, 0, "first")
	appended(t, l, first, "second")
	t.Run("PGL-5 a setting that loses entries: fsync", func(t *testing.T) {
		srv.crash()
		require.NoError(t, srv.start("-c", "fsync=off"))
		requireLosing(t, "fsync", srv.pool(t))
	})
	t.Run("PGL-2 a standby does not answer", func(t *testing.T) { withoutStandby(t, srv, pool, opts) })
	t.Run("PGL-2 a standby is not asked, until it is the primary", func(t *testing.T) { askStandby(t, srv, pool, opts) })
	t.Run("PGL-2 no server", func(t *testing.T) {
		last, err := l.Last(t.Context())
		require.NoError(t, err)
		srv.crash()
		requireUnavailable(t, pool, opts, l, last)
		require.NoError(t, srv.start())
		appended(t, l, last, "last")
	})
}

// withoutStandby: an entry that is committed but not on the standby that commits wait for is not acknowledged, although
// it can be read.
func withoutStandby(t *testing.T, srv *server, pool *pgxpool.Pool, opts pglog.Options) {
	probes := opts
	probes.Log = "probe"
	open(t, pool, probes)
	srv.crash()
	require.NoError(t, srv.start("-c", "synchronous_standby_names=absent", "-c", "fsync=on"))
	unknown := func(l *pglog.Log, after contacts.Seq) bool {
		for {
			_, err := l.Append(t.Context(), after, []byte("third"))
			if !errors.Is(err, contacts.ErrLogUnavailable) {
				return errors.Is(err, contacts.ErrLogUnknown)
			}
		}
	}
	probe := hasty(t, srv.pool(t), probes)
	require.Eventually(t, func() bool { // the server has read its configuration
		last, err := probe.Last(t.Context())
		return err == nil && unknown(probe, last)
	}, time.Minute, time.Millisecond)
	_, err := pglog.Open(t.Context(), srv.pool(t), &opts)
	require.NoError(t, err, "the settings lose nothing")
	l := hasty(t, srv.pool(t), opts)
	second, err := l.Last(t.Context())
	require.NoError(t, err)
	var found contacts.Seq
	require.Eventually(t, func() bool {
		require.True(t, unknown(l, second))
		found, err = l.Last(t.Context())
		return err == nil && found > second
	}, time.Minute, time.Millisecond)
	require.True(t, unknown(l, second))
	srv.crash()
	require.NoError(t, srv.start())
	var at contacts.Seq
	require.Eventually(t, func() bool {
		at, err = l.Append(t.Context(), second, []byte("third"))
		return err == nil
	}, time.Minute, time.Millisecond)
	require.Equal(t, found, at)
	require.Equal(t, []string{"first", "second", "third"}, sharedtest.Data(t, open(t, srv.pool(t), opts)))
}

// askStandby makes the server a standby, and the primary again.
func askStandby(t *testing.T, srv *server, pool *pgxpool.Pool, opts pglog.Options) {
	l := open(t, pool, opts)
	last, err := l.Last(t.Context())
	require.NoError(t, err)
	srv.crash()
	signal := filepath.Join(srv.data(), "standby.signal")
	require.NoError(t, os.WriteFile(signal, nil, 0o600))
	defer os.Remove(signal) // if the test fails
	require.NoError(t, srv.own(signal))
	require.NoError(t, srv.start())
	requireUnavailable(t, pool, opts, l, last)
	execute(t, pool, "SELECT pg_promote()")
	at, err := l.Append(t.Context(), last, []byte("by the new primary"))
	require.NoError(t, err)
	require.Greater(t, at, last)
}

// requireUnavailable requires that all calls can be repeated later.
func requireUnavailable(t *testing.T, pool *pgxpool.Pool, opts pglog.Options, l *pglog.Log, last contacts.Seq) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, err := l.Append(t.Context(), last, []byte("next"))
		if errors.Is(err, contacts.ErrLogUnknown) { // the pool took a connection for a living one
			return false
		}
		require.ErrorIs(t, err, contacts.ErrLogUnavailable)
		return true
	}, time.Minute, time.Millisecond)
	_, err := l.Last(t.Context())
	require.ErrorIs(t, err, contacts.ErrLogUnavailable)
	require.ErrorIs(t, l.Wait(t.Context(), last), contacts.ErrLogUnavailable)
	require.ErrorIs(t, l.Save(t.Context(), last, sharedtest.Hello), contacts.ErrLogUnavailable)
	require.ErrorIs(t, l.Compact(t.Context(), last), contacts.ErrLogUnavailable)
	err = nil
	for _, err = range l.Read(t.Context(), 0) {
	}
	require.ErrorIs(t, err, contacts.ErrLogUnavailable)
	err = nil
	for _, err = range l.Load(t.Context()) {
	}
	require.ErrorIs(t, err, contacts.ErrLogUnavailable)
	opts.AllowLoss = true
	_, err = pglog.Open(t.Context(), pool, &opts)
	require.ErrorIs(t, err, contacts.ErrLogUnavailable)
}
