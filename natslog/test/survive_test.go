package test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/natslog"
	"github.com/contactsdb/contacts/natslog/test/servers"
)

var (
	runs  = flag.Int("runs", 1, "run the test with killed servers `n` times")
	kills = flag.Int("kills", 3, "kill or pause a server `n` times in each run")
	every = flag.Duration("every", 5*time.Second, "time between the beginnings of two kills")
)

func TestMain(m *testing.M) {
	servers.Main()
	m.Run()
}

// openRemote opens a log on servers that may not be ready.
func openRemote(t testing.TB, urls string) *natslog.Log {
	t.Helper()
	js := connectTo(t, urls)
	var l *natslog.Log
	require.Eventually(t, func() bool {
		var err error
		l, err = natslog.Open(t.Context(), js, &natslog.Options{Create: true, MaxWait: 2 * time.Second})
		return err == nil
	}, time.Minute, 50*time.Millisecond)
	t.Cleanup(func() { l.Close() })
	return l
}

// TestKilledServers: servers are killed and paused, one at a time, while two stores write. Nothing that was
// acknowledged is lost, no write takes place twice, and all stores are equal.
//
//	go test -run TestKilledServers -v -runs 10 -kills 5 -every 6s
func TestKilledServers(t *testing.T) {
	for run := range *runs {
		t.Run(fmt.Sprint("NTS-2 run ", run), func(t *testing.T) { killServers(t, rand.New(rand.NewPCG(uint64(run), 1))) })
	}
}

func killServers(t *testing.T, rnd *rand.Rand) {
	cluster, err := servers.Start(t.TempDir(), 3)
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	load := startLoad(t, openStoreOf(t, cluster.URL), openStoreOf(t, cluster.URL))
	replica, err := contacts.OpenReplica(t.Context(), openRemote(t, cluster.URL), nil)
	require.NoError(t, err)
	t.Cleanup(func() { replica.Close() })
	js := connectTo(t, cluster.URL)
	for n := range *kills {
		next := time.After(*every)
		victim := rnd.IntN(cluster.Len())
		if n%4 < 3 { // hurts most
			require.Eventually(t, func() bool {
				victim, err = cluster.Leader(t.Context(), js, "contacts")
				return err == nil
			}, time.Minute, 50*time.Millisecond)
		}
		switch n % 3 {
		case 1:
			require.NoError(t, cluster.Pause(victim))
			<-time.After(*every * 3 / 4)
			require.NoError(t, cluster.Resume(victim))
		default:
			cluster.Kill(victim)
			<-time.After(*every / 4)
			require.NoError(t, cluster.Restart(victim))
		}
		<-next
	}
	load.end()
	load.check(t, cluster.URL, replica)
}

func openStoreOf(t testing.TB, urls string) *contacts.Store {
	t.Helper()
	s, err := contacts.Open(t.Context(), openRemote(t, urls), &contacts.Options{CompactBytes: 200_000})
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
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

func (l *load) end() {
	l.stop()
	l.running.Wait()
}

// check compares all stores with what was acknowledged.
func (l *load) check(t *testing.T, urls string, replica *contacts.Store) {
	if err := l.wrong.Load(); err != nil {
		t.Error(*err)
	}
	for i, s := range l.stores {
		create(t, s, fmt.Sprint("last of ", i))
	}
	create(t, l.stores[0], "again") // reads what the others have written
	fresh := openStoreOf(t, urls)
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
		if !l.acknowledged[name] && !l.unknown[name] && !strings.HasPrefix(name, "last of ") && name != "again" {
			strange++
		}
	}
	t.Logf("%d kills and pauses: %d acknowledged, %d lost, %d doubled, %d of unknown outcome, longest wait %v",
		*kills, len(l.acknowledged), lost, doubled, len(l.unknown), l.longest.Round(10*time.Millisecond))
	require.Zero(t, lost+doubled+strange, "%d lost, %d doubled, %d without a writer", lost, doubled, strange)
	require.NotEmpty(t, l.acknowledged)
	requireEqual(t, l.stores[0], fresh)
	requireEqual(t, fresh, replica)
	create(t, l.stores[1], "equal")
	create(t, fresh, "equal")
	requireEqual(t, fresh, replica)
}
