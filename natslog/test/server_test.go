package test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/logtest"
	"github.com/contactsdb/contacts/natslog"
	"github.com/contactsdb/contacts/natslog/test/servers"
)

// options returns those of an embedded server with a free port.
func options(dir string) *server.Options {
	return &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: dir,
	}
}

// start starts an embedded server, and stops it at the end of the test.
func start(t testing.TB, opts *server.Options) *server.Server {
	t.Helper()
	s, err := server.NewServer(opts)
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s
}

// single starts one server.
func single(t testing.TB) *server.Server {
	t.Helper()
	s := start(t, options(t.TempDir()))
	require.True(t, s.ReadyForConnections(30*time.Second))
	return s
}

// connect returns a client of servers.
func connect(t testing.TB, to ...*server.Server) jetstream.JetStream {
	t.Helper()
	var urls string
	for _, s := range to {
		urls += s.ClientURL() + ","
	}
	return connectTo(t, urls)
}

func connectTo(t testing.TB, urls string, opts ...nats.Option) jetstream.JetStream {
	t.Helper()
	js, err := servers.Connect(t.Context(), urls, opts...)
	require.NoError(t, err)
	t.Cleanup(js.Conn().Close)
	return js
}

// cluster starts three servers that form a cluster.
func cluster(t testing.TB, edits ...func(*server.Options)) []*server.Server {
	t.Helper()
	ports, err := servers.FreePorts(3)
	require.NoError(t, err)
	var routes string
	for _, port := range ports {
		routes += fmt.Sprintf("nats://127.0.0.1:%d,", port)
	}
	var all []*server.Server
	dir := t.TempDir()
	for i, port := range ports {
		opts := options(filepath.Join(dir, fmt.Sprint(i)))
		opts.ServerName = fmt.Sprint("n", i)
		opts.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port}
		opts.Routes = server.RoutesFromStr(strings.TrimSuffix(routes, ","))
		for _, edit := range edits {
			edit(opts)
		}
		all = append(all, start(t, opts))
	}
	for _, s := range all {
		require.True(t, s.ReadyForConnections(time.Minute))
	}
	require.Eventually(t, func() bool {
		for _, s := range all {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == 3 {
				return true
			}
		}
		return false
	}, time.Minute, 10*time.Millisecond)
	return all
}

// logs returns, for each test, a function that opens a new log in one stream.
func logs(js jetstream.JetStream, opts natslog.Options) func(t *testing.T) func() (contacts.Log, error) {
	n := 0
	return func(t *testing.T) func() (contacts.Log, error) {
		n++
		opts := opts
		opts.Log, opts.Create = fmt.Sprint("log", n), true
		return func() (contacts.Log, error) { return natslog.Open(t.Context(), js, &opts) }
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	t.Run("one server", func(t *testing.T) {
		logtest.Run(t, logs(connect(t, single(t)), natslog.Options{Replicas: 1}))
	})
	t.Run("one server, without direct access", func(t *testing.T) {
		js := connect(t, single(t))
		config := natslog.StreamConfig("contacts", 1)
		config.AllowDirect, config.RePublish = false, nil
		_, err := js.CreateStream(t.Context(), config)
		require.NoError(t, err)
		logtest.Run(t, logs(js, natslog.Options{Poll: 2 * time.Millisecond}))
	})
	t.Run("three servers", func(t *testing.T) {
		logtest.Run(t, logs(connect(t, cluster(t)...), natslog.Options{}))
	})
}
