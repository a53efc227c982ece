package test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest/sharedtest"
	"github.com/contactsdb/contacts/natslog"
	"github.com/contactsdb/contacts/natslog/test/servers"
)

// The usual sizes are small: each kill of a leader takes some ten seconds, until there is another one.
var (
	runs  = flag.Int("runs", 1, "run the tests with killed servers and partitions `n` times")
	kills = flag.Int("kills", 2, "kill or pause a server `n` times in each run")
	cuts  = flag.Int("cuts", 1, "cut the network `n` times in each run")
	every = flag.Duration("every", 3*time.Second, "least time between the beginnings of two kills or cuts")
)

func TestMain(m *testing.M) {
	servers.Main()
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil { // most of them wait for elections
		panic(err)
	}
	m.Run()
}

// openRemote opens a log on servers that may not be ready.
func openRemote(t testing.TB, js jetstream.JetStream, log string) *natslog.Log {
	t.Helper()
	var l *natslog.Log
	err := servers.Await(t.Context(), func() (err error) {
		l, err = natslog.Open(t.Context(), js, &natslog.Options{Log: log, Create: true, MaxWait: 2 * time.Second})
		return err
	})
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

// TestKilledServers: servers are killed and paused, one at a time, while two stores write. Nothing that was
// acknowledged is lost, no write takes place twice, and all stores are equal.
//
//	go test -run TestKilledServers -v -runs 10 -kills 5 -every 6s
func TestKilledServers(t *testing.T) {
	t.Parallel()
	for run := range *runs {
		t.Run(fmt.Sprint("NTS-2 run ", run), func(t *testing.T) {
			cluster, err := servers.Start(t.TempDir(), 3)
			require.NoError(t, err)
			t.Cleanup(cluster.Close)
			js := connectTo(t, cluster.URL)
			open := func() contacts.Log { return openRemote(t, connectTo(t, cluster.URL), "store") }
			sharedtest.Survive(t, open, func(acknowledged func() int) {
				harm(t, cluster, js, run, acknowledged)
			})
		})
	}
}

// harm kills or pauses servers, and lets them continue. Before and after each it waits for progress, a number.
func harm(t *testing.T, cluster *servers.Cluster, js jetstream.JetStream, run int, progress func() int) {
	rnd := rand.New(rand.NewPCG(uint64(run), 1))
	for n := range *kills {
		awaitProgress(t, progress)
		next := time.After(*every)
		victim := rnd.IntN(cluster.Len())
		if n%4 < 3 { // hurts most
			victim = leader(t, cluster, js)
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
		awaitProgress(t, progress)
		<-next
	}
}

// awaitProgress waits until a number has grown.
func awaitProgress(t *testing.T, progress func() int) {
	t.Helper()
	const enough = 10 // some began after the call: more than there are writers
	before := progress()
	require.Eventually(t, func() bool { return progress() >= before+enough }, time.Minute, time.Millisecond)
}

// leader returns the number of the server that leads the stream.
func leader(t *testing.T, cluster *servers.Cluster, js jetstream.JetStream) (n int) {
	t.Helper()
	err := servers.Await(t.Context(), func() (err error) {
		n, err = cluster.Leader(t.Context(), js, "contacts")
		return err
	})
	require.NoError(t, err)
	return n
}

// TestPartitions: the network is cut while two stores write. The servers have one client each, which reaches no other
// server. The leader of the stream is cut off from the other servers, while its client still reaches it: the others
// elect a leader and continue. Then a client is cut off from its server, and then a server that is not the leader. What
// was sent meanwhile arrives later.
//
//	go test -run TestPartitions -v -runs 10 -cuts 6 -every 15s
func TestPartitions(t *testing.T) {
	t.Parallel()
	for run := range *runs {
		t.Run(fmt.Sprint("NTS-2 run ", run), partitions)
	}
}

func partitions(t *testing.T) {
	cluster, err := servers.StartNetwork(t.TempDir(), 3)
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	var clients []*servers.Link
	for _, url := range cluster.URLs {
		link, err := servers.NewLink(strings.TrimPrefix(url, "nats://"))
		require.NoError(t, err)
		t.Cleanup(link.Close)
		clients = append(clients, link)
	}
	opened := 0
	open := func() contacts.Log { // the first one is of the replica
		link := clients[opened%len(clients)]
		opened++
		return openRemote(t, connectTo(t, "nats://"+link.Addr, nats.IgnoreDiscoveredServers()), "store")
	}
	js := connectTo(t, cluster.URL)
	sharedtest.Survive(t, open, func(acknowledged func() int) {
		for n := range *cuts {
			awaitProgress(t, acknowledged)
			next := time.After(*every)
			first := leader(t, cluster, js)
			cut, heal := func() { cluster.Cut(first) }, func() { cluster.Heal(first) }
			switch n % 3 {
			case 1:
				cut, heal = clients[1].Cut, clients[1].Heal // of a store that writes
			case 2:
				first = (first + 1) % cluster.Len()
			}
			cut()
			awaitProgress(t, acknowledged)
			<-next
			heal()
		}
	})
}
