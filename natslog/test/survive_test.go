package test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest/sharedtest"
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
	js := connectTo(t, cluster.URL)
	open := func() contacts.Log { return openRemote(t, cluster.URL) }
	sharedtest.Survive(t, open, func(func() int) {
		for n := range *kills {
			harm(t, cluster, js, n, rnd)
		}
	})
}

// harm kills or pauses a server, and lets it continue.
func harm(t *testing.T, cluster *servers.Cluster, js jetstream.JetStream, n int, rnd *rand.Rand) {
	next := time.After(*every)
	victim := rnd.IntN(cluster.Len())
	if n%4 < 3 { // hurts most
		require.Eventually(t, func() bool {
			var err error
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
