package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest/sharedtest"
	"github.com/contactsdb/contacts/natslog"
)

// network is a client whose replies to publishes can be lost or replaced.
type network struct {
	jetstream.JetStream
	reply func(*jetstream.PubAck, error) (*jetstream.PubAck, error) // nil: as it came
	drop  bool                                                      // the message instead of the reply
}

func (n *network) PublishMsg(
	ctx context.Context, m *nats.Msg, opts ...jetstream.PublishOpt,
) (ack *jetstream.PubAck, err error) {
	if !n.drop {
		ack, err = n.JetStream.PublishMsg(ctx, m, opts...)
	}
	if n.reply != nil {
		return n.reply(ack, err)
	}
	return ack, err
}

func lost(*jetstream.PubAck, error) (*jetstream.PubAck, error) { return nil, context.DeadlineExceeded }

// refusal is the reply of a server for which another message is the last one.
func refusal(code jetstream.ErrorCode) func(*jetstream.PubAck, error) (*jetstream.PubAck, error) {
	return func(*jetstream.PubAck, error) (*jetstream.PubAck, error) {
		return nil, &jetstream.APIError{Code: 400, ErrorCode: code, Description: "wrong last sequence"}
	}
}

func TestOutcomes(t *testing.T) {
	js := connect(t, single(t))
	n := 0
	// begin returns a log with one entry.
	begin := func(t *testing.T) (l *natslog.Log, via *network, at contacts.Seq) {
		n++
		via = &network{JetStream: js}
		l = open(t, via, natslog.Options{Log: fmt.Sprint("log", n)})
		at, err := l.Append(t.Context(), 0, []byte("first"))
		require.NoError(t, err)
		return l, via, at
	}
	for name, code := range map[string]jetstream.ErrorCode{
		"NTS-2 a refusal by a deposed leader":   jetstream.JSErrCodeStreamWrongLastSequence,
		"NTS-2 a refusal that names no message": jetstream.JSErrCodeStreamWrongLastSequenceConstant,
	} {
		t.Run(name, func(t *testing.T) {
			l, via, at := begin(t)
			via.reply = refusal(code)
			second, err := l.Append(t.Context(), at, []byte("second"))
			require.NoError(t, err, "another leader has added it")
			via.drop = true
			_, err = l.Append(t.Context(), second, []byte("third"))
			require.ErrorIs(t, err, contacts.ErrLogUnknown, "another leader may add it")
			via.drop, via.reply = false, nil
			_, err = l.Append(t.Context(), second, []byte("third"))
			require.NoError(t, err)
			require.Equal(t, []string{"first", "second", "third"}, sharedtest.Data(t, l))
		})
	}
	t.Run("NTS-2 a lost reply", func(t *testing.T) {
		l, via, at := begin(t)
		via.reply = lost
		_, err := l.Append(t.Context(), at, []byte("second"))
		require.ErrorIs(t, err, contacts.ErrLogUnknown)
		via.reply = nil
		other := open(t, js, natslog.Options{Log: fmt.Sprint("log", n)})
		last, err := other.Last(t.Context())
		require.NoError(t, err)
		_, err = other.Append(t.Context(), last, []byte("third"))
		require.NoError(t, err)
		again, err := l.Append(t.Context(), at, []byte("second"))
		require.NoError(t, err)
		require.Equal(t, last, again)
		require.Equal(t, []string{"first", "second", "third"}, sharedtest.Data(t, l))
	})
	t.Run("NTS-2 a lost message, and another store is first", func(t *testing.T) {
		l, via, at := begin(t)
		via.reply, via.drop = lost, true
		_, err := l.Append(t.Context(), at, []byte("second"))
		require.ErrorIs(t, err, contacts.ErrLogUnknown)
		_, err = open(t, js, natslog.Options{Log: fmt.Sprint("log", n)}).Append(t.Context(), at, []byte("other"))
		require.NoError(t, err)
		via.reply, via.drop = nil, false
		_, err = l.Append(t.Context(), at, []byte("second"))
		require.ErrorIs(t, err, contacts.ErrLogConflict)
		require.Equal(t, []string{"first", "other"}, sharedtest.Data(t, l))
	})
	t.Run("NTS-2 the absence of an entry needs a majority", func(t *testing.T) {
		l, via, at := begin(t)
		calls := 0
		via.reply = func(ack *jetstream.PubAck, err error) (*jetstream.PubAck, error) {
			if calls++; calls == 2 { // the barrier, after the refusal
				return lost(ack, err)
			}
			return ack, err
		}
		_, err := l.Append(t.Context(), at+1, []byte("too early"))
		require.ErrorIs(t, err, contacts.ErrLogUnknown)
		_, err = l.Append(t.Context(), at+1, []byte("too early"))
		require.ErrorIs(t, err, contacts.ErrLogConflict)
		require.Equal(t, 4, calls)
	})
	t.Run("NTS-2 the context ends", func(t *testing.T) {
		l, via, at := begin(t)
		ctx, cancel := context.WithCancel(t.Context())
		via.reply = func(*jetstream.PubAck, error) (*jetstream.PubAck, error) {
			cancel()
			return nil, context.Canceled
		}
		_, err := l.Append(ctx, at, []byte("second"))
		require.ErrorIs(t, err, contacts.ErrLogUnknown)
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("NTS-2 no room", func(t *testing.T) {
		l, via, at := begin(t)
		via.drop = true
		for code, want := range map[int]contacts.Code{503: contacts.ErrLogUnknown, 400: ""} {
			via.reply = func(*jetstream.PubAck, error) (*jetstream.PubAck, error) {
				return nil, &jetstream.APIError{Code: code, ErrorCode: 10077, Description: "no room"}
			}
			_, err := l.Append(t.Context(), at, []byte("second"))
			require.Error(t, err)
			require.Equal(t, want, contacts.CodeOf(err))
		}
	})
	t.Run("NTS-2 the index of the snapshots", func(t *testing.T) {
		l, via, at := begin(t)
		via.reply = func(ack *jetstream.PubAck, err error) (*jetstream.PubAck, error) {
			if err == nil && bytes.Contains(lastIndex(t, js, n), []byte(`"kept"`)) {
				return lost(ack, err)
			}
			return ack, err
		}
		require.NoError(t, l.Save(t.Context(), at, sharedtest.Hello))
		require.Equal(t, []string{"hello"}, sharedtest.Snapshots(t, l))
	})
}

func lastIndex(t testing.TB, js jetstream.JetStream, n int) []byte {
	t.Helper()
	stream, err := js.Stream(t.Context(), "contacts")
	require.NoError(t, err)
	m, err := stream.GetLastMsgForSubject(t.Context(), fmt.Sprint("contacts.index.log", n))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	}
	require.NoError(t, err)
	return m.Data
}

func TestUnavailable(t *testing.T) {
	srv := single(t)
	js := connect(t, srv)
	l := open(t, js, natslog.Options{MaxWait: 100 * time.Millisecond})
	at, err := l.Append(t.Context(), 0, []byte("first"))
	require.NoError(t, err)
	srv.Shutdown()
	require.Eventually(t, func() bool { return !js.Conn().IsConnected() }, time.Minute, time.Millisecond)
	t.Run("NTS-2 no server", func(t *testing.T) {
		_, err := l.Append(t.Context(), at, []byte("second"))
		require.ErrorIs(t, err, contacts.ErrLogUnavailable)
		_, err = l.Last(t.Context())
		require.ErrorIs(t, err, contacts.ErrLogUnavailable)
		require.ErrorIs(t, l.Wait(t.Context(), at), contacts.ErrLogUnavailable)
		require.ErrorIs(t, l.Save(t.Context(), at, sharedtest.Hello), contacts.ErrLogUnavailable)
		require.ErrorIs(t, l.Compact(t.Context(), at), contacts.ErrLogUnavailable)
		for _, err := range l.Read(t.Context(), 0) {
			require.ErrorIs(t, err, contacts.ErrLogUnavailable)
		}
		_, err = natslog.Open(t.Context(), js, &natslog.Options{MaxWait: 100 * time.Millisecond})
		require.ErrorIs(t, err, contacts.ErrLogUnavailable)
	})
	t.Run("a closed connection is final", func(t *testing.T) {
		js.Conn().Close()
		_, err := l.Append(t.Context(), at, []byte("second"))
		require.ErrorIs(t, err, nats.ErrConnectionClosed)
		require.Empty(t, contacts.CodeOf(err))
		require.ErrorIs(t, l.Wait(t.Context(), at), nats.ErrConnectionClosed)
		require.NoError(t, l.Close())
	})
}

func TestDamage(t *testing.T) {
	js := connect(t, single(t))
	stream := fragile(t, js)
	l := open(t, js, natslog.Options{})
	first, err := l.Append(t.Context(), 0, []byte("first"))
	require.NoError(t, err)
	second, err := l.Append(t.Context(), first, []byte("second"))
	require.NoError(t, err)
	text := func(at contacts.Seq) []byte {
		m, err := stream.GetMsg(t.Context(), uint64(at))
		require.NoError(t, err)
		return m.Data
	}
	third, err := l.Append(t.Context(), second, []byte("third"))
	require.NoError(t, err)
	whole := text(third) // fits behind the second entry
	require.NoError(t, stream.DeleteMsg(t.Context(), uint64(third)))
	later, flipped := bytes.Clone(whole), bytes.Clone(whole)
	later[3]++
	flipped[len(flipped)-1] ^= 1
	for name, tc := range map[string]struct {
		text []byte
		want contacts.Code
	}{
		"NTS-3 a message of no log":   {[]byte("hello"), contacts.ErrLogCorrupt},
		"NTS-3 a later version":       {later, contacts.ErrLogFormat},
		"NTS-3 a flipped bit":         {flipped, contacts.ErrLogCorrupt},
		"NTS-3 a second copy":         {text(second), contacts.ErrLogCorrupt},
		"NTS-3 an empty message":      {nil, contacts.ErrLogCorrupt},
		"NTS-3 a message cut in half": {whole[:18], contacts.ErrLogCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			ack, err := js.Publish(t.Context(), "contacts.log.store", tc.text)
			require.NoError(t, err)
			var found []string
			for e, err := range l.Read(t.Context(), 0) {
				if err != nil {
					require.ErrorIs(t, err, tc.want)
					found = append(found, "error")
					continue
				}
				found = append(found, string(e.Data))
			}
			require.Equal(t, []string{"first", "second", "error"}, found)
			_, err = l.Append(t.Context(), second, []byte("another"))
			require.Error(t, err)
			require.NotErrorIs(t, err, contacts.ErrLogUnknown)
			require.NoError(t, stream.DeleteMsg(t.Context(), ack.Sequence))
		})
	}
}

// TestDamagedSnapshot: a store opens from the older snapshot.
func TestDamagedSnapshot(t *testing.T) {
	js := connect(t, single(t))
	stream := fragile(t, js)
	s := openStore(t, js)
	for i := range 3 {
		sharedtest.Create(t, s, fmt.Sprint(i))
		require.NoError(t, s.Compact(t.Context()))
	}
	want := sharedtest.Export(t, s)
	info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter("contacts.snapshot.>"))
	require.NoError(t, err)
	require.Len(t, info.State.Subjects, 2, "older ones are gone")
	var newest uint64
	for subject := range info.State.Subjects {
		m, err := stream.GetLastMsgForSubject(t.Context(), subject)
		require.NoError(t, err)
		newest = max(newest, m.Sequence)
	}
	require.NoError(t, stream.DeleteMsg(t.Context(), newest))
	again := openStore(t, js)
	require.Equal(t, want, sharedtest.Export(t, again))
	require.Len(t, again.Recovery().Damaged, 1)
	require.ErrorIs(t, again.Recovery().Damaged[0], contacts.ErrLogCorrupt)
	require.Equal(t, 1, again.Recovery().Commits)
}

func TestSnapshots(t *testing.T) {
	srv := single(t)
	js := connect(t, srv)
	a, b := open(t, js, natslog.Options{}), open(t, js, natslog.Options{})
	at, err := a.Append(t.Context(), 0, []byte("first"))
	require.NoError(t, err)
	parts := func() int {
		stream, err := js.Stream(t.Context(), "contacts")
		require.NoError(t, err)
		info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter("contacts.snapshot.>"))
		require.NoError(t, err)
		return len(info.State.Subjects)
	}
	t.Run("NTS-4 of two stores that save at once the later one succeeds", func(t *testing.T) {
		err := a.Save(t.Context(), at, func(w io.Writer) error {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return err
			}
			return b.Save(t.Context(), at, sharedtest.Hello)
		})
		require.ErrorIs(t, err, contacts.ErrLogUnavailable)
		require.Equal(t, []string{"hello"}, sharedtest.Snapshots(t, a))
		require.Equal(t, 1, parts())
	})
	t.Run("NTS-4 what a killed process left is removed", func(t *testing.T) {
		own := connect(t, srv)
		err := open(t, own, natslog.Options{}).Save(t.Context(), at, func(w io.Writer) error {
			_, err := w.Write(make([]byte, 1<<20))
			own.Conn().Close()
			return err
		})
		require.ErrorIs(t, err, nats.ErrConnectionClosed)
		require.Equal(t, 2, parts())
		require.NoError(t, a.Save(t.Context(), at, sharedtest.Hello))
		require.Equal(t, 2, parts())
		require.Equal(t, []string{"hello", "hello"}, sharedtest.Snapshots(t, a))
	})
	t.Run("out of order", func(t *testing.T) {
		require.Error(t, a.Save(t.Context(), 0, sharedtest.Hello))
		require.Error(t, a.Save(t.Context(), at+1, sharedtest.Hello))
		require.Equal(t, 2, parts())
	})
	t.Run("a reader of a snapshot that another store replaces", func(t *testing.T) {
		sharedtest.ReplaceWhileRead(t, a, b, at)
	})
	t.Run("NTS-3 a damaged index", func(t *testing.T) {
		_, err := js.Publish(t.Context(), "contacts.index.store", []byte("{}"))
		require.NoError(t, err)
		require.ErrorIs(t, a.Save(t.Context(), at, sharedtest.Hello), contacts.ErrLogCorrupt)
		for _, err := range a.Load(t.Context()) {
			require.ErrorIs(t, err, contacts.ErrLogCorrupt)
		}
	})
}

// TestCompactedOrNew: a log whose beginning was dropped is not an empty one.
func TestCompactedOrNew(t *testing.T) {
	js := connect(t, single(t))
	l := open(t, js, natslog.Options{})
	var at contacts.Seq
	var err error
	for range 5 {
		at, err = l.Append(t.Context(), at, []byte("entry"))
		require.NoError(t, err)
	}
	for range 2 {
		require.NoError(t, l.Save(t.Context(), at, sharedtest.Hello))
	}
	require.NoError(t, l.Compact(t.Context(), at))
	fresh := open(t, js, natslog.Options{})
	t.Run("NTS-4 dropped", func(t *testing.T) {
		for _, err := range fresh.Read(t.Context(), 0) {
			require.ErrorIs(t, err, contacts.ErrLogCompacted)
		}
		_, err := fresh.Append(t.Context(), 0, []byte("new"))
		require.ErrorIs(t, err, contacts.ErrLogCompacted)
		last, err := fresh.Last(t.Context())
		require.NoError(t, err)
		require.Equal(t, at, last)
		_, err = fresh.Append(t.Context(), at, []byte("next"))
		require.NoError(t, err)
	})
	t.Run("NTS-4 never had any", func(t *testing.T) {
		require.Empty(t, sharedtest.Data(t, open(t, js, natslog.Options{Log: "other"})))
	})
}

func TestWait(t *testing.T) {
	js := connect(t, single(t))
	t.Run("an announcement wakes", func(t *testing.T) {
		a, b := open(t, js, natslog.Options{Poll: time.Hour}), open(t, js, natslog.Options{})
		var at contacts.Seq
		for range 3 {
			done := make(chan error)
			go func() { done <- a.Wait(t.Context(), at) }()
			next, err := b.Append(t.Context(), at, []byte("entry"))
			require.NoError(t, err)
			require.NoError(t, <-done)
			at = next
		}
	})
}

func TestOpenErrors(t *testing.T) {
	js := connect(t, single(t))
	t.Run("NTS-5 options", func(t *testing.T) {
		for field, opts := range map[string]natslog.Options{
			"Stream": {Stream: "a.b"}, "Log": {Log: "a b"}, "Replicas": {Replicas: 2}, "MaxWait": {MaxWait: -1},
			"Poll": {Poll: -1},
		} {
			_, err := natslog.Open(t.Context(), js, &opts)
			require.ErrorContains(t, err, "Options.")
			require.ErrorContains(t, err, field)
		}
	})
	t.Run("NTS-5 no stream", func(t *testing.T) {
		_, err := natslog.Open(t.Context(), js, nil)
		require.ErrorIs(t, err, jetstream.ErrStreamNotFound)
	})
	for name, tc := range map[string]struct {
		edit func(*jetstream.StreamConfig)
		want string
	}{
		"subjects":  {func(c *jetstream.StreamConfig) { c.Subjects, c.RePublish = c.Subjects[1:], nil }, ".log.*"},
		"retention": {func(c *jetstream.StreamConfig) { c.Retention = jetstream.InterestPolicy }, "retention"},
		"age":       {func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour }, "age"},
		"discard": {func(c *jetstream.StreamConfig) {
			c.Discard, c.MaxMsgs = jetstream.DiscardOld, 1000
		}, "discard"},
		"markers": {func(c *jetstream.StreamConfig) {
			c.AllowMsgTTL, c.SubjectDeleteMarkerTTL = true, time.Minute
		}, "markers"},
		"roll-ups": {func(c *jetstream.StreamConfig) { c.AllowRollup = false }, "roll-ups"},
		"messages": {func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1 << 16 }, "max_msg_size"},
	} {
		t.Run("NTS-5 a stream with other "+name, func(t *testing.T) {
			config := natslog.StreamConfig(name, 1)
			tc.edit(&config)
			_, err := js.CreateStream(t.Context(), config)
			require.NoError(t, err)
			_, err = natslog.Open(t.Context(), js, &natslog.Options{Stream: name})
			require.ErrorContains(t, err, tc.want)
		})
	}
	t.Run("NTS-5 the server accepts only short messages", func(t *testing.T) {
		opts := options(t.TempDir())
		opts.MaxPayload = 1 << 16
		srv := start(t, opts)
		require.True(t, srv.ReadyForConnections(time.Minute))
		_, err := natslog.Open(t.Context(), connect(t, srv), &natslog.Options{Create: true, Replicas: 1})
		require.ErrorContains(t, err, "max_payload")
	})
}

// TestDomain: the requests that the client does not make itself have its prefix.
func TestDomain(t *testing.T) {
	opts := options(t.TempDir())
	opts.JetStreamDomain = "hub"
	srv := start(t, opts)
	require.True(t, srv.ReadyForConnections(time.Minute))
	nc := connect(t, srv).Conn()
	domain, err := jetstream.NewWithDomain(nc, "hub")
	require.NoError(t, err)
	prefix, err := jetstream.NewWithAPIPrefix(nc, "$JS.hub.API")
	require.NoError(t, err)
	var at contacts.Seq
	for _, js := range []jetstream.JetStream{domain, prefix} {
		l := open(t, js, natslog.Options{})
		at, err = l.Append(t.Context(), at, []byte("entry"))
		require.NoError(t, err)
		require.Equal(t, at, places(t, l)[len(places(t, l))-1])
	}
}
