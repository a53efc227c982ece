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
	as    []string // prefix of commands that runs them as a user whom the server accepts
	cmd   *exec.Cmd
	alive io.Closer // the server runs until it is closed, and so never longer than the test
}

// programs returns the directory of the programs of the server.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // of Debian
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("there is no initdb on the PATH or where Debian installs it")
	}
	return filepath.Dir(slices.Max(found)), nil
}

// untilEOF is a script that runs its arguments, a server, until standard input ends.
const untilEOF = `"$@" & server=$!; cat >/dev/null; kill -QUIT $server; wait $server`

// newServer creates the directory of a server.
func newServer() (*server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pglog") // the directory of a test is too long for the name of a socket
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, bin: bin}
	if os.Getuid() == 0 {
		s.as = []string{"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"}
	}
	if err := s.own(dir); err != nil {
		return nil, err
	}
	out, err := s.command("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C").
		CombinedOutput()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s", err, out), s.remove())
	}
	return s, nil
}

func (s *server) data() string { return filepath.Join(s.dir, "data") }

// own gives a file to the user whom the server runs as.
func (s *server) own(name string) error {
	if s.as == nil {
		return nil
	}
	if out, err := exec.Command("chown", "nobody:nogroup", name).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func (s *server) command(program string, args ...string) *exec.Cmd {
	all := slices.Concat(s.as, []string{filepath.Join(s.bin, program)}, args)
	cmd := exec.Command(all[0], all[1:]...)
	cmd.Dir = s.dir
	return cmd
}

var syncs = flag.Bool("sync", false, "run the server of the tests with fsync")

// start starts the server with additional arguments, and returns once it accepts connections. Without fsync: what a
// process has written outlives it, and many tests on a busy disk would take minutes.
func (s *server) start(args ...string) error {
	postgres := s.command("postgres", append([]string{
		"-D", s.data(), "-k", s.dir, "-h", "", "-c", "shared_buffers=32MB", "-c", "max_connections=200",
		"-c", fmt.Sprint("fsync=", *syncs),
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

// shared is the server of all tests, except of those that stop one.
var shared = sync.OnceValues(func() (*server, error) {
	s, err := newServer()
	if err != nil {
		return nil, err
	}
	stopShared = s.remove
	return s, s.start()
})

var stopShared = func() error { return nil }

const notRun = "NOT RUN: these tests need the server of PostgreSQL:"

func TestMain(m *testing.M) {
	flag.Parse()
	if _, err := programs(); err != nil { // an example cannot skip itself
		fmt.Println(notRun, err)
		if err := flag.Set("test.skip", "^Example"); err != nil {
			panic(err)
		}
	}
	if err := flag.Set("test.parallel", "8"); err != nil { // most of the time of large tests is waiting
		panic(err)
	}
	status := m.Run()
	if err := stopShared(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// running returns the shared server.
func running(t testing.TB) *server {
	t.Helper()
	needPrograms(t)
	s, err := shared()
	require.NoError(t, err)
	return s
}

func needPrograms(t testing.TB) {
	t.Helper()
	if _, err := programs(); err != nil {
		t.Skip(notRun, err)
	}
}

// exclusive returns a server of its own for a test that stops it.
func exclusive(t testing.TB) *server {
	t.Helper()
	needPrograms(t)
	s, err := newServer()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.remove()) })
	require.NoError(t, s.start())
	return s
}

// connect returns connections to the shared server.
func connect(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return running(t).pool(t)
}

// connectWith returns connections to the shared server with another configuration.
func connectWith(t testing.TB, edit func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	config := connect(t).Config()
	edit(config)
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

var schemas atomic.Int64

// newSchema returns the name of a schema that no other test uses.
func newSchema() string { return fmt.Sprint("contacts-", schemas.Add(1)) }

// open opens a log, and creates its tables. The server may be one that could lose entries.
func open(t testing.TB, pool *pgxpool.Pool, opts pglog.Options) *pglog.Log {
	t.Helper()
	opts.Create, opts.AllowLoss = true, true
	l, err := pglog.Open(t.Context(), pool, &opts)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}
