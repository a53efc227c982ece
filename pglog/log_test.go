package pglog_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/puddle/v2"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest/sharedtest"
	"github.com/contactsdb/contacts/logtest"
	"github.com/contactsdb/contacts/pglog"
)

func TestContract(t *testing.T) {
	t.Parallel()
	pool, schema, n := connect(t), newSchema(), 0
	logtest.Run(t, func(t *testing.T) func() (contacts.Log, error) {
		n++
		opts := &pglog.Options{Schema: schema, Log: fmt.Sprint("log", n), Create: true, AllowLoss: true}
		return func() (contacts.Log, error) { return pglog.Open(t.Context(), pool, opts) }
	})
}

// network loses what a client sends, or what it would receive.
type network struct {
	marker string // in what is sent
	mode   atomic.Int32
}

const (
	works        int32 = iota
	losesReply         // to what has the marker
	losesRequest       // that has the marker
)

func newNetwork(marker string, mode int32) *network {
	n := &network{marker: marker}
	n.mode.Store(mode)
	return n
}

// wire is a connection on a network.
type wire struct {
	net.Conn
	network *network
	lost    atomic.Bool // the next reply
}

func (w *wire) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(w.network.marker)) {
		switch w.network.mode.Load() {
		case losesReply:
			w.lost.Store(true)
		case losesRequest:
			w.lost.Store(true)
			return len(p), w.Conn.Close()
		}
	}
	return w.Conn.Write(p)
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if w.lost.Load() {
		return 0, errors.Join(io.ErrUnexpectedEOF, w.Conn.Close())
	}
	return n, err
}

// connectBy returns connections to the shared server on a network.
func connectBy(t testing.TB, n *network) *pgxpool.Pool {
	t.Helper()
	return connectWith(t, func(c *pgxpool.Config) {
		dial := c.ConnConfig.DialFunc
		c.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &wire{Conn: conn, network: n}, nil
		}
	})
}

func appended(t testing.TB, l contacts.Log, after contacts.Seq, text string) contacts.Seq {
	t.Helper()
	at, err := l.Append(t.Context(), after, []byte(text))
	require.NoError(t, err)
	return at
}

func TestLostReplies(t *testing.T) {
	for name, tc := range map[string]struct {
		mode  int32
		other string // is added by another store before the call is repeated
		want  []string
	}{
		"PGL-2 a lost reply":                              {losesReply, "", []string{"first", "second"}},
		"PGL-2 a lost reply, and another store continues": {losesReply, "third", []string{"first", "second", "third"}},
		"PGL-2 a lost request":                            {losesRequest, "", []string{"first", "second"}},
		"PGL-2 a lost request, another store adds first":  {losesRequest, "third", []string{"first", "third"}},
	} {
		t.Run(name, func(t *testing.T) {
			opts := pglog.Options{Schema: newSchema()}
			n := newNetwork("second", works)
			l := open(t, connectBy(t, n), opts)
			first := appended(t, l, 0, "first")
			n.mode.Store(tc.mode)
			_, err := l.Append(t.Context(), first, []byte("second"))
			require.ErrorIs(t, err, contacts.ErrLogUnknown)
			n.mode.Store(works)
			other := open(t, connect(t), opts)
			last, err := other.Last(t.Context())
			require.NoError(t, err)
			require.Equal(t, tc.mode == losesReply, last > first)
			if tc.other != "" {
				appended(t, other, last, tc.other)
			}
			at, err := l.Append(t.Context(), first, []byte("second"))
			switch {
			case tc.mode == losesReply:
				require.NoError(t, err)
				require.Equal(t, last, at)
			case tc.other != "":
				require.ErrorIs(t, err, contacts.ErrLogConflict)
			default:
				require.NoError(t, err)
			}
			require.Equal(t, tc.want, sharedtest.Data(t, l))
		})
	}
}

// execute executes a statement.
func execute(t testing.TB, on interface {
	Exec(context.Context, string, ...any) (pgconn.CommandTag, error)
}, format string, args ...any) {
	t.Helper()
	_, err := on.Exec(t.Context(), fmt.Sprintf(format, args...))
	require.NoError(t, err)
}

// TestRefusals: the server fails with an error of each class while it adds an entry.
func TestRefusals(t *testing.T) {
	pool, schema := connect(t), newSchema()
	l := open(t, pool, pglog.Options{Schema: schema})
	at := appended(t, l, 0, "first")
	replace := `CREATE OR REPLACE FUNCTION "%s".refuse() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN %s RETURN NEW; END $$`
	execute(t, pool, replace, schema, "")
	execute(t, pool, `CREATE TRIGGER refuse BEFORE INSERT ON "%s".entries FOR EACH ROW EXECUTE FUNCTION "%s".refuse()`,
		schema, schema)
	for name, tc := range map[string]struct {
		state string
		want  contacts.Code // "" if it is final
	}{
		"PGL-2 a conflict of transactions":   {"40001", contacts.ErrLogUnavailable},
		"PGL-2 a deadlock":                   {"40P01", contacts.ErrLogUnavailable},
		"PGL-2 a read-only server":           {"25006", contacts.ErrLogUnavailable},
		"PGL-2 too many connections":         {"53300", contacts.ErrLogUnavailable},
		"PGL-2 a lock that is not available": {"55P03", contacts.ErrLogUnavailable},
		"PGL-2 a canceled statement":         {"57014", contacts.ErrLogUnavailable},
		"PGL-2 a proxy without a server":     {"08006", contacts.ErrLogUnknown},
		"PGL-2 a full disk":                  {"53100", ""},
		"PGL-2 an error of the disk":         {"58030", ""},
		"PGL-2 no permission":                {"42501", ""},
		"PGL-2 a constraint of an operator":  {"23514", ""},
		"PGL-3 damaged tables":               {"XX001", contacts.ErrLogCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			execute(t, pool, replace, schema, "RAISE EXCEPTION USING ERRCODE = '"+tc.state+"';")
			_, err := l.Append(t.Context(), at, []byte("second"))
			require.Error(t, err)
			require.Equal(t, tc.want, contacts.CodeOf(err))
			require.Contains(t, err.Error(), tc.state)
		})
	}
	execute(t, pool, replace, schema, "")
	appended(t, l, at, "second")
	require.Equal(t, []string{"first", "second"}, sharedtest.Data(t, l))
}

// TestInterrupted: an Append waits for that of another store when something happens to it.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	const waiting = `FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%"%s".entries%%'`
	for name, tc := range map[string]struct {
		interrupt string // its connection
		want      contacts.Code
	}{
		"PGL-2 the connection is terminated":  {"pg_terminate_backend", contacts.ErrLogUnknown},
		"PGL-2 the statement is canceled":     {"pg_cancel_backend", contacts.ErrLogUnavailable},
		"PGL-2 it takes too long":             {"", contacts.ErrLogUnknown},
		"PGL-2 the context ends":              {"context", contacts.ErrLogUnknown},
		"PGL-2 the log is closed":             {"close", contacts.ErrLogUnknown},
		"PGL-2 the other store gives up":      {"rollback", ""},
		"PGL-2 the other store was the first": {"commit", contacts.ErrLogConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts, pool := pglog.Options{Schema: newSchema()}, connect(t)
			l := open(t, pool, opts)
			at := appended(t, l, 0, "first")
			if tc.interrupt == "" {
				l = hasty(t, pool, opts)
			}
			other, err := pool.Begin(t.Context())
			require.NoError(t, err)
			defer other.Rollback(context.Background())
			execute(t, other, `UPDATE "%s".logs SET last = last + 1`, opts.Schema)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan error, 1)
			go func() {
				_, err := l.Append(ctx, at, []byte("second"))
				done <- err
			}()
			if tc.interrupt != "" {
				require.Eventually(t, func() bool {
					var n int
					err := pool.QueryRow(t.Context(), fmt.Sprintf("SELECT count(*) "+waiting, opts.Schema)).Scan(&n)
					return err == nil && n == 1
				}, time.Minute, time.Millisecond)
			}
			switch tc.interrupt {
			case "":
			case "context":
				cancel()
			case "close":
				require.NoError(t, l.Close())
			case "rollback":
				require.NoError(t, other.Rollback(t.Context()))
			case "commit":
				crc := crc32.MakeTable(crc32.Castagnoli)
				places := binary.LittleEndian.AppendUint64(nil, uint64(at+1))
				places = binary.LittleEndian.AppendUint64(places, uint64(at))
				execute(t, other, `INSERT INTO "%s".entries VALUES ('store', %d, %d, %d, '')`,
					opts.Schema, at+1, at, crc32.Checksum(places, crc))
				require.NoError(t, other.Commit(t.Context()))
			default:
				execute(t, pool, "SELECT "+tc.interrupt+"(pid) "+waiting, opts.Schema)
			}
			err = <-done
			require.Equal(t, tc.want, contacts.CodeOf(err), "%v", err)
			if tc.interrupt == "context" {
				require.ErrorIs(t, err, context.Canceled)
			}
			require.NoError(t, ignoreClosed(other.Rollback(t.Context())))
			if tc.interrupt == "commit" {
				return
			}
			l = open(t, pool, opts)
			appended(t, l, at, "second")
			require.Equal(t, []string{"first", "second"}, sharedtest.Data(t, l))
		})
	}
}

// hasty opens a log that soon gives up.
func hasty(t testing.TB, pool *pgxpool.Pool, opts pglog.Options) (l *pglog.Log) {
	t.Helper()
	opts.MaxWait, opts.AllowLoss = time.Second, true
	require.Eventually(t, func() (opened bool) {
		var err error
		l, err = pglog.Open(t.Context(), pool, &opts)
		return err == nil
	}, time.Minute, time.Millisecond)
	t.Cleanup(func() { l.Close() })
	return l
}

func ignoreClosed(err error) error {
	if errors.Is(err, pgx.ErrTxClosed) {
		return nil
	}
	return err
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	pool, opts := connect(t), pglog.Options{Schema: newSchema()}
	a, b := open(t, pool, opts), open(t, pool, opts)
	at := appended(t, a, 0, "first")
	parts := func() (n int) {
		err := pool.QueryRow(t.Context(), fmt.Sprintf(`SELECT count(*) FROM "%s".snapshot_parts`, opts.Schema)).Scan(&n)
		require.NoError(t, err)
		return n
	}
	t.Run("PGL-4 of two stores that save at once the one that began first succeeds", func(t *testing.T) {
		var second error
		hasty := hasty(t, pool, opts)
		require.NoError(t, a.Save(t.Context(), at, func(w io.Writer) error {
			second = hasty.Save(t.Context(), at, sharedtest.Hello)
			return sharedtest.Hello(w)
		}))
		require.ErrorIs(t, second, contacts.ErrLogUnavailable)
		require.Equal(t, []string{"hello"}, sharedtest.Snapshots(t, b))
	})
	t.Run("PGL-4 a process that stops leaves nothing", func(t *testing.T) {
		own := connect(t)
		err := open(t, own, opts).Save(t.Context(), at, func(w io.Writer) error {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return err
			}
			execute(t, pool, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'
				AND query LIKE '%%"%s".snapshot_parts%%'`, opts.Schema)
			return nil
		})
		require.ErrorIs(t, err, contacts.ErrLogUnavailable)
		require.Equal(t, 1, parts())
		require.NoError(t, b.Save(t.Context(), at, sharedtest.Hello))
		require.Equal(t, 2, parts())
	})
	t.Run("PGL-4 older ones are deleted", func(t *testing.T) {
		long := func(w io.Writer) error {
			_, err := w.Write(make([]byte, 70<<18))
			return err
		}
		require.NoError(t, a.Save(t.Context(), at, long))
		require.Equal(t, 71, parts())
		require.NoError(t, a.Save(t.Context(), at, sharedtest.Hello))
		require.NoError(t, a.Save(t.Context(), at, sharedtest.Hello))
		require.Equal(t, 2, parts())
		require.Equal(t, []string{"hello", "hello"}, sharedtest.Snapshots(t, a))
	})
	t.Run("out of order", func(t *testing.T) {
		for _, at := range []contacts.Seq{0, at - 1, at + 1} {
			err := a.Save(t.Context(), at, sharedtest.Hello)
			require.ErrorContains(t, err, "no snapshot can be saved")
			require.Empty(t, contacts.CodeOf(err))
		}
		require.Equal(t, 2, parts())
	})
	t.Run("PGL-4 another store replaces it while it is read", func(t *testing.T) {
		sharedtest.ReplaceWhileRead(t, a, b, at)
	})
}

func TestDamagedSnapshots(t *testing.T) {
	pool := connect(t)
	const damaged = string(contacts.ErrLogCorrupt)
	for name, tc := range map[string]struct {
		damage string // of the newer one
		want   []string
	}{
		"PGL-3 other contents": {
			`UPDATE "%s".snapshot_parts SET data = 'jello' WHERE number = 2`, []string{damaged, "hello"},
		},
		"PGL-3 another part": {
			`UPDATE "%s".snapshot_parts SET part = 1 WHERE number = 2`, []string{damaged, "hello"},
		},
		"PGL-3 a missing part": {
			`DELETE FROM "%s".snapshot_parts WHERE number = 2`, []string{damaged, "hello"},
		},
		"PGL-3 a smaller size": {
			`UPDATE "%s".snapshots SET size = size - 1 WHERE number = 2`, []string{"hello" + damaged, "hello"},
		},
		"PGL-3 a larger size": {
			`UPDATE "%s".snapshots SET size = size + 1 WHERE number = 2`, []string{"hello" + damaged, "hello"},
		},
		"PGL-3 no size": {
			`UPDATE "%s".snapshots SET size = 0 WHERE number = 2`, []string{damaged, "hello"},
		},
		"PGL-3 another place": {
			`UPDATE "%s".snapshots SET at = at - 1 WHERE number = 2`, []string{"hello" + damaged, "hello"},
		},
		"PGL-3 another sum": {
			`UPDATE "%s".snapshots SET sum = '' WHERE number = 2`, []string{"hello" + damaged, "hello"},
		},
		"PGL-3 the parts of another one": {
			`UPDATE "%s".snapshot_parts SET number = 3 - number WHERE number = 1`, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			schema := newSchema()
			l := open(t, pool, pglog.Options{Schema: schema})
			at := appended(t, l, 0, "first")
			require.NoError(t, l.Save(t.Context(), at, sharedtest.Hello))
			require.NoError(t, l.Save(t.Context(), at, sharedtest.Hello))
			if tc.want == nil {
				execute(t, pool, `DELETE FROM "%s".snapshot_parts WHERE number = 2`, schema)
				tc.want = []string{damaged, damaged}
			}
			execute(t, pool, tc.damage, schema)
			require.Equal(t, tc.want, sharedtest.Snapshots(t, l))
		})
	}
}

// TestSaveReadsBack: the server keeps something else than what it was given.
func TestSaveReadsBack(t *testing.T) {
	pool, opts := connect(t), pglog.Options{Schema: newSchema()}
	l := open(t, pool, opts)
	at := appended(t, l, 0, "first")
	require.NoError(t, l.Save(t.Context(), at, sharedtest.Hello))
	for name, change := range map[string]string{
		"PGL-3 a part is changed": "NEW.data := 'jello'; RETURN NEW;",
		"PGL-3 a part is lost":    "RETURN NULL;",
	} {
		t.Run(name, func(t *testing.T) {
			execute(t, pool, `CREATE OR REPLACE FUNCTION "%s".change() RETURNS trigger LANGUAGE plpgsql AS $$
				BEGIN %s END $$`, opts.Schema, change)
			execute(t, pool, `CREATE OR REPLACE TRIGGER change BEFORE INSERT ON "%s".snapshot_parts
				FOR EACH ROW EXECUTE FUNCTION "%s".change()`, opts.Schema, opts.Schema)
			require.ErrorIs(t, l.Save(t.Context(), at, sharedtest.Hello), contacts.ErrLogCorrupt)
			require.Equal(t, []string{"hello"}, sharedtest.Snapshots(t, l))
		})
	}
}

// TestCompactedOrNew: a log whose beginning was dropped is not an empty one.
func TestCompactedOrNew(t *testing.T) {
	pool, opts := connect(t), pglog.Options{Schema: newSchema()}
	l := open(t, pool, opts)
	var places []contacts.Seq
	at := contacts.Seq(0)
	for i := range 1500 {
		at = appended(t, l, at, fmt.Sprint("entry", i))
		places = append(places, at)
	}
	for range 2 {
		require.NoError(t, l.Save(t.Context(), places[1400], sharedtest.Hello))
	}
	fresh := open(t, pool, opts)
	t.Run("PGL-4 a compaction that stopped after it began", func(t *testing.T) {
		execute(t, pool, `UPDATE "%s".logs SET dropped = %d`, opts.Schema, places[9])
		for _, err := range fresh.Read(t.Context(), places[8]) {
			require.ErrorIs(t, err, contacts.ErrLogCompacted)
		}
		_, err := fresh.Append(t.Context(), places[8], []byte("entry9"))
		require.ErrorIs(t, err, contacts.ErrLogCompacted)
	})
	t.Run("PGL-4 dropped while it is read", func(t *testing.T) {
		read := 9
		var failure error
		for _, err := range fresh.Read(t.Context(), places[read]) {
			if failure = err; err != nil {
				break
			}
			if read++; read == 10 {
				require.NoError(t, l.Compact(t.Context(), at))
			}
		}
		require.ErrorIs(t, failure, contacts.ErrLogCompacted)
		require.Less(t, read, 1400)
	})
	t.Run("PGL-4 dropped", func(t *testing.T) {
		for _, after := range []contacts.Seq{0, places[0], places[1399]} {
			for _, err := range fresh.Read(t.Context(), after) {
				require.ErrorIs(t, err, contacts.ErrLogCompacted)
			}
			_, err := fresh.Append(t.Context(), after, []byte("new"))
			require.ErrorIs(t, err, contacts.ErrLogCompacted)
		}
		var n int
		require.NoError(t, pool.QueryRow(t.Context(), fmt.Sprintf(`SELECT count(*) FROM "%s".entries`, opts.Schema)).Scan(&n))
		require.Equal(t, 99, n)
	})
	t.Run("PGL-4 all dropped", func(t *testing.T) {
		for range 2 {
			require.NoError(t, l.Save(t.Context(), at, sharedtest.Hello))
		}
		require.NoError(t, l.Compact(t.Context(), at))
		require.NoError(t, l.Compact(t.Context(), at))
		last, err := open(t, pool, opts).Last(t.Context())
		require.NoError(t, err)
		require.Equal(t, at, last)
		_, err = fresh.Append(t.Context(), 0, []byte("new"))
		require.ErrorIs(t, err, contacts.ErrLogCompacted)
		for _, err := range open(t, pool, opts).Read(t.Context(), 0) {
			require.ErrorIs(t, err, contacts.ErrLogCompacted)
		}
		appended(t, fresh, at, "next")
	})
	t.Run("PGL-4 never had any", func(t *testing.T) {
		opts.Log = "other"
		require.Empty(t, sharedtest.Data(t, open(t, pool, opts)))
	})
}

func TestDamagedEntries(t *testing.T) {
	pool := connect(t)
	firstTwo := []string{"first", "second"}
	firstOnly := firstTwo[:1]
	for name, tc := range map[string]struct {
		damage string // of three entries
		reads  []string
	}{
		"PGL-3 other data":               {`UPDATE "%s".entries SET data = 'sekond' WHERE data = 'second'`, firstOnly},
		"PGL-3 another sum":              {`UPDATE "%s".entries SET crc = 1 WHERE data = 'second'`, firstOnly},
		"PGL-3 another place":            {`UPDATE "%s".entries SET seq = seq + 1 WHERE data = 'third'`, firstTwo},
		"PGL-3 missing":                  {`DELETE FROM "%s".entries WHERE data = 'second'`, firstOnly},
		"PGL-3 the first one is missing": {`DELETE FROM "%s".entries WHERE data = 'first'`, nil},
		"PGL-3 the last one is missing":  {`DELETE FROM "%s".entries WHERE data = 'third'`, firstTwo},
		"PGL-3 all are missing":          {`DELETE FROM "%s".entries`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			opts := pglog.Options{Schema: newSchema()}
			l := open(t, pool, opts)
			second := appended(t, l, appended(t, l, 0, "first"), "second")
			appended(t, l, second, "third")
			execute(t, pool, tc.damage, opts.Schema)
			var found []string
			var failure error
			for e, err := range l.Read(t.Context(), 0) {
				if failure = err; err == nil {
					found = append(found, string(e.Data))
				}
			}
			require.Equal(t, tc.reads, found)
			require.ErrorIs(t, failure, contacts.ErrLogCorrupt)
		})
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	pool, schema := connect(t), newSchema()
	wakes := func(t *testing.T, a, b *pglog.Log) {
		at, err := b.Last(t.Context())
		require.NoError(t, err)
		for range 5 {
			done := make(chan error)
			go func() { done <- a.Wait(t.Context(), at) }()
			next := appended(t, b, at, "entry")
			require.NoError(t, <-done)
			at = next
		}
	}
	t.Run("an announcement wakes", func(t *testing.T) {
		opts := pglog.Options{Schema: schema, Poll: time.Hour}
		wakes(t, open(t, pool, opts), open(t, pool, opts))
	})
	t.Run("without announcements the server is asked", func(t *testing.T) {
		opts := pglog.Options{Schema: schema, Poll: 10 * time.Millisecond}
		a := open(t, pool, opts)
		at, err := a.Last(t.Context())
		require.NoError(t, err)
		require.NoError(t, a.Close())
		a = open(t, connectBy(t, newNetwork("LISTEN", losesRequest)), opts)
		wakes(t, a, open(t, connectBy(t, newNetwork("pg_notify", losesRequest)), opts))
		require.NoError(t, a.Wait(t.Context(), at))
	})
	// named returns connections that the server knows by a name.
	named := func(t *testing.T, name string) *pgxpool.Pool {
		return connectWith(t, func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["application_name"] = name })
	}
	t.Run("a listener that lost its connection listens again", func(t *testing.T) {
		opts := pglog.Options{Schema: newSchema(), Poll: time.Hour}
		a, b := open(t, named(t, "lost"), opts), open(t, pool, opts)
		wakes(t, a, b)
		for range 3 {
			execute(t, pool, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lost'")
			wakes(t, a, b)
		}
	})
	t.Run("a listener that hears nothing for long asks whether it is connected", func(t *testing.T) {
		l := open(t, named(t, "quiet"), pglog.Options{Schema: newSchema(), Poll: 20 * time.Millisecond})
		ctx, cancel := context.WithCancel(t.Context())
		waiting := make(chan error, 1)
		go func() { waiting <- l.Wait(ctx, 0) }()
		// next returns which process asked next.
		var before time.Time
		next := func() (pid int) {
			require.Eventually(t, func() bool {
				var at time.Time
				err := pool.QueryRow(t.Context(), `SELECT pid, query_start FROM pg_stat_activity
					WHERE application_name = 'quiet' AND query LIKE 'SELECT last%' ORDER BY query_start DESC LIMIT 1`,
				).Scan(&pid, &at)
				if err != nil || !at.After(before) {
					return false
				}
				before = at
				return true
			}, time.Minute, time.Millisecond)
			return pid
		}
		next()
		cancel()
		require.ErrorIs(t, <-waiting, context.Canceled)
		next() // may be the last request of Wait
		listener := next()
		for range 2 {
			require.Equal(t, listener, next())
		}
	})
	t.Run("another call that sees the entry wakes, too", func(t *testing.T) {
		opts := pglog.Options{Schema: newSchema(), Poll: time.Hour}
		silent := connectBy(t, newNetwork("pg_notify", losesRequest))
		a, b := open(t, pool, opts), open(t, silent, opts)
		at := appended(t, b, 0, "first")
		require.NoError(t, a.Wait(t.Context(), 0))
		waiting := make(chan error, 1)
		go func() { waiting <- a.Wait(t.Context(), at) }()
		appended(t, b, at, "second")
		_, err := a.Last(t.Context())
		require.NoError(t, err)
		require.NoError(t, <-waiting)
	})
	t.Run("announcements of others are not believed", func(t *testing.T) {
		opts := pglog.Options{Schema: newSchema(), Poll: time.Hour}
		a, b := open(t, pool, opts), open(t, pool, opts)
		at := appended(t, b, 0, "first")
		require.NoError(t, a.Wait(t.Context(), 0))
		execute(t, pool, "SELECT pg_notify('%s', '9000000000000000000'), pg_notify('%s', 'x')", a.Channel(), a.Channel())
		appended(t, b, at, "second")
		require.NoError(t, a.Wait(t.Context(), at))
		require.Equal(t, []string{"first", "second"}, sharedtest.Data(t, a))
	})
}

func TestOpenErrors(t *testing.T) {
	pool, schema := connect(t), newSchema()
	t.Run("PGL-5 options", func(t *testing.T) {
		for field, opts := range map[string]pglog.Options{
			"Schema": {Schema: `a"b`}, "Log": {Log: "a b"}, "MaxWait": {MaxWait: -1}, "Poll": {Poll: -1},
		} {
			_, err := pglog.Open(t.Context(), pool, &opts)
			require.ErrorContains(t, err, "Options.")
			require.ErrorContains(t, err, field)
		}
	})
	t.Run("PGL-5 a pool with one connection", func(t *testing.T) {
		small := connectWith(t, func(c *pgxpool.Config) { c.MaxConns = 1 })
		_, err := pglog.Open(t.Context(), small, &pglog.Options{Schema: schema, Create: true})
		require.ErrorContains(t, err, "MaxConns")
	})
	t.Run("PGL-5 no tables", func(t *testing.T) {
		_, err := pglog.Open(t.Context(), pool, &pglog.Options{Schema: schema, AllowLoss: true})
		require.ErrorContains(t, err, "42P01")
		require.Empty(t, contacts.CodeOf(err))
	})
	t.Run("PGL-5 a setting that loses entries: synchronous_commit", func(t *testing.T) {
		requireLosing(t, "synchronous_commit", connectWith(t, func(c *pgxpool.Config) {
			c.ConnConfig.RuntimeParams["synchronous_commit"] = "off"
		}))
	})
	t.Run("PGL-5 a later format", func(t *testing.T) {
		open(t, pool, pglog.Options{Schema: schema, Log: "later"})
		execute(t, pool, `UPDATE "%s".logs SET format = 2 WHERE log = 'later'`, schema)
		_, err := pglog.Open(t.Context(), pool, &pglog.Options{Schema: schema, Log: "later", AllowLoss: true})
		require.ErrorIs(t, err, contacts.ErrLogFormat)
	})
	t.Run("PGL-3 a removed log", func(t *testing.T) {
		appended(t, open(t, pool, pglog.Options{Schema: schema}), 0, "first")
		execute(t, pool, `DELETE FROM "%s".logs WHERE log = 'store'`, schema)
		_, err := pglog.Open(t.Context(), pool, &pglog.Options{Schema: schema, AllowLoss: true})
		require.ErrorIs(t, err, contacts.ErrLogCorrupt)
	})
	t.Run("PGL-5 tables that exist stay as they are", func(t *testing.T) {
		l := open(t, pool, pglog.Options{Schema: schema, Log: "kept"})
		appended(t, l, 0, "first")
		_, err := pool.Exec(t.Context(), pglog.SQL(schema), pgx.QueryExecModeSimpleProtocol)
		require.NoError(t, err)
		require.Equal(t, []string{"first"}, sharedtest.Data(t, l))
	})
	t.Run("PGL-5 several processes create the tables", func(t *testing.T) {
		schema, done := newSchema(), make(chan error)
		const n = 4
		for range n {
			go func() {
				l, err := pglog.Open(t.Context(), pool, &pglog.Options{Schema: schema, Create: true, AllowLoss: true})
				if err == nil {
					err = l.Close()
				}
				done <- err
			}()
		}
		for range n {
			require.NoError(t, <-done)
		}
	})
	t.Run("PGL-5 a role that may only read opens a replica", func(t *testing.T) {
		open(t, pool, pglog.Options{Schema: schema, Log: "read"})
		execute(t, pool, `CREATE ROLE "%s" LOGIN`, schema) // has the name of the schema
		execute(t, pool, `GRANT USAGE ON SCHEMA "%s" TO "%s"`, schema, schema)
		execute(t, pool, `GRANT SELECT ON ALL TABLES IN SCHEMA "%s" TO "%s"`, schema, schema)
		reader := connectWith(t, func(c *pgxpool.Config) { c.ConnConfig.User = schema })
		replica, err := contacts.OpenReplica(t.Context(), open(t, reader, pglog.Options{Schema: schema, Log: "read"}), nil)
		require.NoError(t, err)
		require.NoError(t, replica.Close())
	})
	t.Run("a closed pool is final", func(t *testing.T) {
		closed := connectWith(t, func(*pgxpool.Config) {})
		l := open(t, closed, pglog.Options{Schema: schema, Log: "closed", Poll: time.Millisecond})
		closed.Close()
		_, err := l.Append(t.Context(), 0, []byte("first"))
		require.ErrorIs(t, err, puddle.ErrClosedPool)
		require.Empty(t, contacts.CodeOf(err))
		require.ErrorIs(t, l.Wait(t.Context(), 0), puddle.ErrClosedPool)
		require.NoError(t, l.Close())
	})
}

// requireLosing requires that a server with a setting that loses entries is refused without Options.AllowLoss.
func requireLosing(t *testing.T, setting string, pool *pgxpool.Pool) {
	t.Helper()
	schema := newSchema()
	_, err := pglog.Open(t.Context(), pool, &pglog.Options{Schema: schema, Create: true})
	require.ErrorContains(t, err, setting+" is off")
	require.Empty(t, contacts.CodeOf(err))
	open(t, pool, pglog.Options{Schema: schema, AllowLoss: true})
}
