package test

import (
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest/sharedtest"
	"github.com/contactsdb/contacts/natslog"
)

func open(t testing.TB, js jetstream.JetStream, opts natslog.Options) *natslog.Log {
	t.Helper()
	if opts.Replicas == 0 {
		opts.Replicas = 1
	}
	opts.Create = true
	l, err := natslog.Open(t.Context(), js, &opts)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

// opener returns a function that opens a log again.
func opener(t testing.TB, js jetstream.JetStream, opts natslog.Options) func() contacts.Log {
	return func() contacts.Log { return open(t, js, opts) }
}

// openStore opens a store on the log with the default name.
func openStore(t testing.TB, js jetstream.JetStream) *contacts.Store {
	t.Helper()
	return sharedtest.OpenStore(t, open(t, js, natslog.Options{}), nil)
}

func TestConformance(t *testing.T) {
	t.Parallel()
	js := connect(t, single(t))
	n := 0
	sharedtest.Conformance(t, func(t *testing.T) func() contacts.Log {
		n++
		return opener(t, js, natslog.Options{Log: fmt.Sprint("log", n)})
	})
}

func TestSeveralStores(t *testing.T) {
	t.Parallel()
	js := connect(t, cluster(t)...)
	for _, n := range []int{2, 3} {
		t.Run(fmt.Sprintf("NTS-1 %d stores on one log", n), func(t *testing.T) {
			sharedtest.SeveralStores(t, n, opener(t, js, natslog.Options{Log: fmt.Sprint("log", n), Replicas: 3}))
		})
	}
}

func TestVoidEntries(t *testing.T) {
	sharedtest.VoidEntries(t, opener(t, connect(t, single(t)), natslog.Options{}))
}

// fragile creates a stream from which messages can be deleted one by one, and returns it.
func fragile(t testing.TB, js jetstream.JetStream) jetstream.Stream {
	t.Helper()
	config := natslog.StreamConfig("contacts", 1)
	config.DenyDelete = false
	stream, err := js.CreateStream(t.Context(), config)
	require.NoError(t, err)
	return stream
}

func remove(t testing.TB, stream jetstream.Stream, places ...contacts.Seq) {
	t.Helper()
	for _, seq := range places {
		require.NoError(t, stream.DeleteMsg(t.Context(), uint64(seq)))
	}
}

// places returns the places of all entries.
func places(t testing.TB, l contacts.Log) (all []contacts.Seq) {
	t.Helper()
	for e, err := range l.Read(t.Context(), 0) {
		require.NoError(t, err)
		all = append(all, e.Seq)
	}
	return all
}

// TestLostEntries: the engine breaks its promise. Whatever it loses, a store applies nothing that does not follow.
func TestLostEntries(t *testing.T) {
	t.Parallel()
	const middle = "NTS-3 an entry in the middle"
	for name, lose := range map[string]func(*testing.T, jetstream.JetStream, jetstream.Stream){
		middle: func(t *testing.T, js jetstream.JetStream, s jetstream.Stream) {
			remove(t, s, places(t, open(t, js, natslog.Options{}))[4])
		},
		"NTS-3 the last entries": func(t *testing.T, js jetstream.JetStream, s jetstream.Stream) {
			remove(t, s, places(t, open(t, js, natslog.Options{}))[7:]...)
		},
		"NTS-3 the last entries, and others have been appended since": func(
			t *testing.T, js jetstream.JetStream, s jetstream.Stream,
		) {
			remove(t, s, places(t, open(t, js, natslog.Options{}))[7:]...)
			other := openStore(t, js)
			for range 5 {
				sharedtest.Create(t, other, "other")
			}
		},
		"NTS-3 all entries": func(t *testing.T, js jetstream.JetStream, s jetstream.Stream) {
			remove(t, s, places(t, open(t, js, natslog.Options{}))...)
		},
		"NTS-3 the stream was created again": func(t *testing.T, js jetstream.JetStream, _ jetstream.Stream) {
			require.NoError(t, js.DeleteStream(t.Context(), "contacts"))
			open(t, js, natslog.Options{})
		},
		"NTS-3 the stream was created again, with as many entries": func(
			t *testing.T, js jetstream.JetStream, _ jetstream.Stream,
		) {
			require.NoError(t, js.DeleteStream(t.Context(), "contacts"))
			other := openStore(t, js)
			for range 10 {
				sharedtest.Create(t, other, "other")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			js := connect(t, single(t))
			stream := fragile(t, js)
			s := openStore(t, js)
			for i := range 10 {
				sharedtest.Create(t, s, fmt.Sprint(i))
			}
			want := sharedtest.Export(t, s)
			lose(t, js, stream)
			if name == middle { // the store has read it and does not read it again; others notice
				sharedtest.Create(t, s, "new")
				_, err := contacts.Open(t.Context(), open(t, js, natslog.Options{}), nil)
				require.ErrorIs(t, err, contacts.ErrLogCorrupt)
				return
			}
			sharedtest.RequireStopped(t, s, want)
		})
	}
}
