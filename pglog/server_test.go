package pglog_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/pglog"
)

// server is a PostgreSQL server with a directory of its own, on a socket in it.
type server struct {
	dir   string
	bin   string
	as    []string // command that runs another one as a user whom the server accepts
	cmd   *exec.Cmd
	alive io.Closer // the server runs until it is closed, and so never longer than the test
}

// programs returns the directory of those of the server.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian has them there
	if len(found) == 0 {
		return "", errors.Join(errors.New("NOT RUN: these tests need the server of PostgreSQL"), err)
	}
	return filepath.Dir(slices.Max(found)), nil
}

// runDirectory returns the shell of a script that runs a program in a directory until standard input ends.
const untilEOF = `"$@" & server=$!; cat >/dev/null; kill -QUIT $server; wait $server`

// newServer creates the directory of a server.
func newServer() (*server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pglog") // that of a test would be too long a name for a socket
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, bin: bin}
	if os.Getuid() == 0 {
		s.as = []string{"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"}
		if out, err := exec.Command("chown", "nobody:nogroup", dir).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, out)
		}
	}
	out, err := s.command("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C").
		CombinedOutput()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s", err, out), s.remove())
	}
	return s, nil
}

func (s *server) data() string { return filepath.Join(s.dir, "data") }

func (s *server) command(program string, args ...string) *exec.Cmd {
	all := slices.Concat(s.as, []string{filepath.Join(s.bin, program)}, args)
	cmd := exec.Command(all[0], all[1:]...)
	cmd.Dir = s.dir
	return cmd
}

// start starts the server with additional arguments, and returns once it accepts connections.
func (s *server) start(args ...string) error {
	postgres := s.command("postgres", append([]string{
		"-D", s.data(), "-k", s.dir, "-h", "", "-c", "shared_buffers=32MB",
	}, args...)...)
	s.cmd = exec.Command("sh", append([]string{"-c", untilEOF, "sh"}, postgres.Args...)...)
	s.cmd.Dir = s.dir
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if s.alive, err = s.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.url())
		if err == nil {
			return conn.Close(ctx)
		}
		if ctx.Err() != nil {
			text, _ := os.ReadFile(log.Name())
			return fmt.Errorf("the server does not start: %w\n%s", err, text)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// crash stops the server as pg_ctl stop -m immediate does: its next start recovers what is in its log.
func (s *server) crash() {
	s.alive.Close()
	s.cmd.Wait() // its error is that it was stopped
}

func (s *server) remove() error {
	if s.cmd != nil {
		s.crash()
	}
	return os.RemoveAll(s.dir)
}

func (s *server) url() string { return "host=" + s.dir + " user=postgres dbname=postgres" }

// pool returns connections to the server.
func (s *server) pool(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), s.url())
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// own starts a server for one test.
func own(t testing.TB, args ...string) *server {
	t.Helper()
	requirePrograms(t)
	s, err := newServer()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.remove()) })
	require.NoError(t, s.start(args...))
	return s
}

func requirePrograms(t testing.TB) {
	t.Helper()
	if _, err := programs(); err != nil {
		t.Skip(err)
	}
}

// shared is the server of the tests that do not stop it.
var shared = sync.OnceValues(func() (*server, error) {
	s, err := newServer()
	if err != nil {
		return nil, err
	}
	return s, s.start()
})

var started atomic.Bool // the shared server

func TestMain(m *testing.M) {
	flag.Parse()
	status := m.Run()
	if started.Load() {
		if s, err := shared(); s != nil {
			if err := errors.Join(err, s.remove()); err != nil {
				fmt.Fprintln(os.Stderr, err)
				status = 1
			}
		}
	}
	os.Exit(status)
}

// connect returns connections to the shared server.
func connect(t testing.TB) *pgxpool.Pool {
	t.Helper()
	requirePrograms(t)
	started.Store(true)
	s, err := shared()
	require.NoError(t, err)
	return s.pool(t)
}

var schemas atomic.Int64

// newSchema returns the name of a schema that no other test uses.
func newSchema() string { return fmt.Sprint("contacts-", schemas.Add(1)) }

// open opens a log, and creates its tables.
func open(t testing.TB, pool *pgxpool.Pool, opts pglog.Options) *pglog.Log {
	t.Helper()
	opts.Create = true
	l, err := pglog.Open(t.Context(), pool, &opts)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}
