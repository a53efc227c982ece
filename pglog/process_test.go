package pglog_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
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
	for run := range *runs {
		t.Run(fmt.Sprint("PGL-2 run ", run), func(t *testing.T) { killServer(t, rand.New(rand.NewPCG(uint64(run), 1))) })
	}
}

func killServer(t *testing.T, rnd *rand.Rand) {
	srv, opts := exclusive(t), pglog.Options{Schema: newSchema()}
	newStore := func() *contacts.Store {
		s, err := contacts.Open(t.Context(), open(t, srv.pool(t), opts), &contacts.Options{
			CompactBytes: 200_000,
		})
		require.NoError(t, err)
		t.Cleanup(func() { s.Close() })
		return s
	}
	replica, err := contacts.OpenReplica(t.Context(), open(t, srv.pool(t), opts), nil)
	require.NoError(t, err)
	t.Cleanup(func() { replica.Close() })
	load := startLoad(t, newStore(), newStore())
	operator := srv.pool(t)
	for n := range *kills {
		next := time.After(*every)
		acknowledged := load.count()
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
		require.Eventually(t, func() bool { return load.count() > acknowledged }, time.Minute, time.Millisecond)
	}
	load.end()
	load.check(t, newStore(), replica)
}

// load are writers to several stores.
type load struct {
	stores  []*contacts.Store
	stop    context.CancelFunc
	running sync.WaitGroup
	wrong   atomic.Pointer[error]

	mu           sync.Mutex
	acknowledged map[string]bool
	unknown      map[string]bool // of the outcome
	longest      time.Duration   // between two acknowledgements
	last         time.Time
}

// startLoad starts four writers to each store. Each write creates a contact.
func startLoad(t *testing.T, stores ...*contacts.Store) *load {
	ctx, stop := context.WithCancel(t.Context())
	l := &load{
		stores: stores, stop: stop, acknowledged: map[string]bool{}, unknown: map[string]bool{}, last: time.Now(),
	}
	for i, s := range stores {
		for w := range 4 {
			l.running.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					l.write(ctx, s, fmt.Sprint(i, ".", w, ".", n))
				}
			})
		}
	}
	return l
}

func (l *load) write(ctx context.Context, s *contacts.Store, name string) {
	_, err := s.Create(ctx, person(name), nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.acknowledged[name] = true
		l.longest = max(l.longest, time.Since(l.last))
		l.last = time.Now()
	case errors.Is(err, contacts.ErrOutcomeUnknown) && ctx.Err() != nil:
		l.unknown[name] = true
	case ctx.Err() == nil:
		l.wrong.Store(&err)
	}
}

// count returns the number of acknowledged writes.
func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acknowledged)
}

func (l *load) end() {
	l.stop()
	l.running.Wait()
}

// check compares all stores with what was acknowledged.
func (l *load) check(t *testing.T, fresh, replica *contacts.Store) {
	if err := l.wrong.Load(); err != nil {
		t.Error(*err)
	}
	for i, s := range l.stores {
		create(t, s, fmt.Sprint("last of ", i))
	}
	create(t, l.stores[0], "again") // reads what the others have written
	create(t, fresh, "fresh")
	lost, doubled, strange := 0, 0, 0
	found := names(fresh)
	for name := range l.acknowledged {
		if found[name] == 0 {
			lost++
		}
	}
	for name, count := range found {
		if count > 1 {
			doubled++
		}
		ours := name == "again" || name == "fresh" || strings.HasPrefix(name, "last of ")
		if !l.acknowledged[name] && !l.unknown[name] && !ours {
			strange++
		}
	}
	t.Logf("%d kills: %d acknowledged, %d lost, %d doubled, %d of unknown outcome, longest wait %v",
		*kills, len(l.acknowledged), lost, doubled, len(l.unknown), l.longest.Round(10*time.Millisecond))
	require.Zero(t, lost+doubled+strange, "%d lost, %d doubled, %d without a writer", lost, doubled, strange)
	require.NotEmpty(t, l.acknowledged)
	requireEqual(t, fresh, replica)
	for _, s := range l.stores {
		create(t, s, "equal")
		requireEqual(t, s, replica)
	}
}

// TestServers: a standby that is missing, a server that is a standby, and no server.
func TestServers(t *testing.T) {
	srv, opts := exclusive(t), pglog.Options{Schema: newSchema()}
	pool := srv.pool(t)
	l := open(t, pool, opts)
	first := appended(t, l, 0, "first")
	appended(t, l, first, "second")
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

// withoutStandby: an entry that is committed and not on the standby that commits wait for is not acknowledged, although
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
	require.Equal(t, []string{"first", "second", "third"}, data(t, open(t, srv.pool(t), opts)))
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
	require.ErrorIs(t, l.Save(t.Context(), last, hello), contacts.ErrLogUnavailable)
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
