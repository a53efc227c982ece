package test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/natslog"
	"github.com/contactsdb/contacts/natslog/test/servers"
	"github.com/contactsdb/contacts/proof/history"
)

var histories = flag.Int("histories", 8, "check at least `n` concurrent histories")

// TestHistories: two stores on one log are linearizable as a whole, while servers are killed and paused. Several
// histories are recorded at a time, each on a log of its own; a call waits until the servers are available again.
//
// A store may lag behind the other (DUR-7), so not every read is linearizable. The histories have what a program does
// that hands on positions: each call, a read or a write, first waits for the newest position that any client has seen
// (Store.WaitFor). A write is then acknowledged, or refused because of what the store has then.
//
//	go test -run TestHistories -v -histories 2000 -kills 20 -every 15s -timeout 1h
func TestHistories(t *testing.T) {
	t.Parallel()
	cluster, err := servers.Start(t.TempDir(), 3)
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	openRemote(t, connectTo(t, cluster.URL), "store") // creates the stream
	first := rand.Uint64N(1 << 40)
	var recorded atomic.Int64
	var harmed atomic.Bool
	t.Run("NTS-1 all", func(t *testing.T) {
		for worker := range 3 {
			t.Run(fmt.Sprint("recorder ", worker), func(t *testing.T) {
				t.Parallel()
				for n := recorded.Add(1); n <= int64(*histories) || !harmed.Load(); n = recorded.Add(1) {
					t.Run(fmt.Sprint("history ", n), func(t *testing.T) { recordRemote(t, cluster, first+uint64(n)) })
				}
			})
		}
		t.Run("harm", func(t *testing.T) {
			t.Parallel()
			defer harmed.Store(true)
			harm(t, cluster, connectTo(t, cluster.URL), int(first), func() int { return int(recorded.Load()) })
		})
	})
	t.Logf("%d histories", recorded.Load()-3)
}

// recordRemote records a history on a log of its own, and checks it.
func recordRemote(t *testing.T, cluster *servers.Cluster, seed uint64) {
	open := func(t *testing.T, opts *contacts.Options) []*contacts.Store {
		var stores []*contacts.Store
		for range 2 {
			js := connectTo(t, cluster.URL)
			err := servers.Await(t.Context(), func() error {
				s, err := contacts.Open(t.Context(), openRemote(t, js, fmt.Sprint("history-", seed)), opts)
				if err == nil {
					t.Cleanup(func() { s.Close() })
					stores = append(stores, s)
				}
				return err
			})
			require.NoError(t, err)
		}
		return stores
	}
	h := history.Setup{Open: open, InSync: true}.Record(t, seed)
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
			h.Print(t)
		}
	}()
	require.Equal(t, porcupine.Ok, h.Check())
	h.CheckShared(t)
}

// TestCheckerFindsBrokenLogs shows that the check can fail.
func TestCheckerFindsBrokenLogs(t *testing.T) {
	t.Parallel()
	js := connect(t, single(t))
	for name, tc := range map[string]struct {
		inSync   bool
		patience time.Duration // a store can wait for what never comes
		breakIt  func(contacts.Log) contacts.Log
	}{
		"NTS-1 no compare-and-set": {true, time.Second, history.Unconditional},
		"DUR-7 a store that lags":  {false, 0, func(l contacts.Log) contacts.Log { return l }},
	} {
		t.Run(name, func(t *testing.T) {
			for n := range uint64(100) {
				open := func(t *testing.T, opts *contacts.Options) (stores []*contacts.Store) {
					for range 2 {
						log := open(t, js, natslog.Options{Log: fmt.Sprintf("log-%t-%d", tc.inSync, n), MaxWait: 10 * time.Second})
						s, err := contacts.Open(t.Context(), tc.breakIt(log), opts)
						require.NoError(t, err)
						t.Cleanup(func() { s.Close() })
						stores = append(stores, s)
					}
					return stores
				}
				setup := history.Setup{Open: open, InSync: tc.inSync, Patience: tc.patience}
				if setup.Record(t, n).Check() == porcupine.Illegal {
					t.Logf("found in history %d", n+1)
					return
				}
			}
			t.Fatal("the checker accepts it")
		})
	}
}
