package test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
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

// reopened is a store on a log that is opened again now and then.
type reopened struct {
	*contacts.Store
	calls int
	t     *testing.T
	js    jetstream.JetStream
	clock *contactstest.Clock
	opts  *contacts.Options
	name  string
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
	s, err := contacts.Open(r.t.Context(), open(r.t, r.js, natslog.Options{Log: r.name}), r.opts)
	require.NoError(r.t, err)
	r.t.Cleanup(func() { s.Close() })
	r.Store = s
	return r
}

func TestConformance(t *testing.T) {
	js := connect(t, single(t))
	n := 0
	contactstest.Conformance(t, func(t *testing.T, needs contactstest.Needs) contactstest.API {
		n++
		clock := contactstest.NewClock(time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC))
		opts := contactstest.Options(clock, contactstest.NewIDs(7))
		opts.OnFork = nil
		if needs.Options != nil {
			needs.Options(opts)
		}
		return reopened{t: t, js: js, clock: clock, opts: opts, name: fmt.Sprint("log", n)}.Reopen()
	})
}

// TestSeveralStores: NTS-1.
func TestSeveralStores(t *testing.T) {
	js := connect(t, cluster(t)...)
	for _, n := range []int{2, 3} {
		t.Run(fmt.Sprintf("NTS-1 %d stores on one log", n), func(t *testing.T) {
			const writers, each = 3, 15
			name := natslog.Options{Log: fmt.Sprint("log", n), Replicas: 3}
			replica, err := contacts.OpenReplica(t.Context(), open(t, js, name), nil)
			require.NoError(t, err)
			t.Cleanup(func() { replica.Close() })
			var stores []*contacts.Store
			var running sync.WaitGroup
			for i := range n {
				s := openStore(t, open(t, js, name))
				stores = append(stores, s)
				for w := range writers {
					running.Go(func() {
						for k := range each {
							c, err := s.Create(t.Context(), person(fmt.Sprint(i, ".", w, ".", k)), nil)
							if err == nil {
								_, err = s.Update(t.Context(), c.ID, c.Revision, contacts.Patch{
									JobTitle: contacts.Set("Engineer"),
								}, nil)
							}
							if err != nil {
								t.Error(err)
							}
						}
					})
				}
			}
			running.Wait()
			want := openStore(t, open(t, js, name))
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
				requireEqual(t, s, openStore(t, open(t, js, name)))
			}
			requireEqual(t, stores[n-1], replica)
		})
	}
}

// requireEqual requires that a store becomes equal to another one.
func requireEqual(t testing.TB, want, got *contacts.Store) {
	t.Helper()
	require.Eventually(t, func() bool {
		return got.Snapshot().Position() == want.Snapshot().Position()
	}, time.Minute, time.Millisecond)
	require.Equal(t, export(t, want), export(t, got))
}

// TestVoidEntries: an entry that was sealed for another place changes nothing, on every store alike.
func TestVoidEntries(t *testing.T) {
	js := connect(t, single(t))
	a, raw := openStore(t, open(t, js, natslog.Options{})), open(t, js, natslog.Options{})
	for i := range 3 {
		create(t, a, fmt.Sprint("before", i))
	}
	last, err := raw.Last(t.Context())
	require.NoError(t, err)
	for e, err := range raw.Read(t.Context(), 0) {
		require.NoError(t, err)
		if e.Seq > last {
			break
		}
		last, err = raw.Append(t.Context(), last, bytes.Clone(e.Data))
		require.NoError(t, err)
	}
	b := openStore(t, open(t, js, natslog.Options{}))
	require.Equal(t, export(t, a), export(t, b))
	create(t, a, "after") // reads the void entries first
	create(t, b, "after")
	requireEqual(t, b, openStore(t, open(t, js, natslog.Options{})))
	require.Equal(t, map[string]int{"before0": 1, "before1": 1, "before2": 1, "after": 2}, names(b))
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

// places returns those of the entries of a log.
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
			other := openStore(t, open(t, js, natslog.Options{}))
			for range 5 {
				create(t, other, "other")
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
			other := openStore(t, open(t, js, natslog.Options{}))
			for range 10 {
				create(t, other, "other")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			js := connect(t, single(t))
			stream := fragile(t, js)
			s := openStore(t, open(t, js, natslog.Options{}))
			for i := range 10 {
				create(t, s, fmt.Sprint(i))
			}
			want := export(t, s)
			lose(t, js, stream)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // a store that does not notice tries forever
			defer cancel()
			_, err := s.Create(ctx, person("new"), nil)
			if name == middle { // the store has read it and does not read it again; others notice
				require.NoError(t, err)
				_, err := contacts.Open(t.Context(), open(t, js, natslog.Options{}), nil)
				require.ErrorIs(t, err, contacts.ErrLogCorrupt)
				return
			}
			require.Contains(t, []contacts.Code{contacts.ErrOutcomeUnknown, contacts.ErrReadOnly}, contacts.CodeOf(err))
			require.ErrorIs(t, err, contacts.ErrLogCorrupt)
			require.ErrorIs(t, err, contacts.Code("LOG_DIVERGED"))
			_, err = s.Create(t.Context(), person("next"), nil)
			require.ErrorIs(t, err, contacts.ErrReadOnly)
			require.Equal(t, want, export(t, s), "nothing was applied")
		})
	}
}
