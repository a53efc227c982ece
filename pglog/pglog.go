package pglog

import (
	"cmp"
	"context"
	_ "embed" // for the tables
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/contactsdb/contacts"
)

// Options configure a log. The zero value of a field selects its default.
type Options struct {
	// Schema is the name of the schema with the tables, default "contacts". It has ASCII letters, digits, "-" and "_".
	Schema string

	// Log is the name of the log in the tables, default "store": one for each site. It has ASCII letters, digits, "-"
	// and "_".
	Log string

	// Create creates the schema and its tables if they do not exist, see [SQL]. Without it missing tables are an error.
	Create bool

	// AllowLoss opens a log on a server whose settings can lose acknowledged entries: fsync off, or synchronous_commit
	// off for the connections of the pool. Without it Open refuses such a server.
	AllowLoss bool

	// MaxWait limits the time of one request to the server, default 5 seconds. A call may need several. It must be
	// longer than an entry takes under load, including the standbys that a commit waits for.
	MaxWait time.Duration

	// Poll is how long Wait trusts that a notification was not lost before it asks the server, default 2 seconds.
	Poll time.Duration
}

const (
	defaultSchema  = "contacts"
	defaultLog     = "store"
	defaultMaxWait = 5 * time.Second
	defaultPoll    = 2 * time.Second

	maxEntry = 2 << 20 // a batch of a store fits, and a page of entries stays small
	minConns = 2       // Save holds a connection while others append
	format   = 1
)

var validName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,63}$`)

// withDefaults returns a copy with the defaults filled in.
func (o *Options) withDefaults() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	c.Schema = cmp.Or(c.Schema, defaultSchema)
	c.Log = cmp.Or(c.Log, defaultLog)
	c.MaxWait = cmp.Or(c.MaxWait, defaultMaxWait)
	c.Poll = cmp.Or(c.Poll, defaultPoll)
	switch {
	case !validName.MatchString(c.Schema):
		return c, errors.New("pglog: Options.Schema is not a name")
	case !validName.MatchString(c.Log):
		return c, errors.New("pglog: Options.Log is not a name")
	case c.MaxWait < 0, c.Poll < 0:
		return c, errors.New("pglog: Options.MaxWait and Poll must not be negative")
	}
	return c, nil
}

//go:embed schema.sql
var schemaSQL string

// SQL returns the statements that create the tables in a schema, for operators who create them themselves: as one
// transaction, and again if they like. The name of the schema is as in [Options]; "" selects its default.
func SQL(schema string) string {
	schema = cmp.Or(schema, defaultSchema)
	return strings.ReplaceAll(schemaSQL, pgx.Identifier{defaultSchema}.Sanitize(), pgx.Identifier{schema}.Sanitize())
}

// Log is a log in a database. It implements [contacts.Log] and [contacts.Snapshotter]. Many logs can share a pool; one
// that waits has a connection of its own beside it.
type Log struct {
	opts    Options
	pool    *pgxpool.Pool
	queries queries
	channel string // of notifications

	closing context.Context // done once the log is closed
	close   context.CancelFunc
	running sync.WaitGroup
	saving  sync.Mutex // held by Save and Compact

	known atomic.Uint64 // the last place where an entry was seen

	mu          sync.Mutex
	grown       chan struct{} // closed when there is another entry
	listening   bool
	announcing  bool
	unannounced bool // an entry was added that has not been announced
}

var (
	_ contacts.Log         = (*Log)(nil)
	_ contacts.Snapshotter = (*Log)(nil)
)

// Open opens a log; a nil opts selects the defaults. The pool stays the caller's: close it after the log. It needs at
// least two connections. If its configuration names several servers, it should have target_session_attrs=read-write.
//
// Errors: LOG_UNAVAILABLE if the server does not answer or is a standby; LOG_FORMAT if a later version of this library
// wrote the log; an error that names the setting if options, pool or server are not suitable; errors of ctx, and of the
// server, such as a missing table without Options.Create.
func Open(ctx context.Context, pool *pgxpool.Pool, opts *Options) (*Log, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	if n := pool.Config().MaxConns; n < minConns {
		return nil, fmt.Errorf("pglog: the pool has at most %d connections, %d are needed: see MaxConns", n, minConns)
	}
	name := fnv.New64a()
	name.Write([]byte(o.Schema + "." + o.Log)) // never fails
	l := &Log{
		opts: o, pool: pool, queries: queriesOf(o.Schema), grown: make(chan struct{}),
		channel: fmt.Sprintf("contacts_%016x", name.Sum64()),
	}
	l.closing, l.close = context.WithCancel(context.Background())
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	if err := l.request(ctx, contacts.ErrLogUnavailable, l.prepare); err != nil {
		return nil, err
	}
	return l, nil
}

// prepare checks the server, and creates what is missing.
func (l *Log) prepare(ctx context.Context, conn *pgx.Conn) error {
	var standby, tables bool
	var fsync, commit string
	err := conn.QueryRow(ctx, l.queries.server).Scan(&standby, &fsync, &commit, &tables)
	switch {
	case err != nil:
		return err
	case standby:
		return errStandby
	case commit == "off" && !l.opts.AllowLoss:
		return final("the server can lose entries: synchronous_commit is off, see Options.AllowLoss")
	case fsync != "on" && !l.opts.AllowLoss:
		return final("the server can lose entries: fsync is off, see Options.AllowLoss")
	}
	if l.opts.Create && !tables {
		if _, err := conn.PgConn().Exec(ctx, SQL(l.opts.Schema)).ReadAll(); err != nil {
			return err
		}
	}
	found, err := l.readFormat(ctx, conn)
	if errors.Is(err, pgx.ErrNoRows) {
		if _, err := conn.Exec(ctx, l.queries.createLog, l.opts.Log, format); err != nil {
			return err
		}
		found, err = l.readFormat(ctx, conn)
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return corrupt(0, "there are entries of the log, and its row is missing")
	case err == nil && found > format:
		return contacts.ErrLogFormat
	}
	return err
}

func (l *Log) readFormat(ctx context.Context, conn *pgx.Conn) (found int, err error) {
	err = conn.QueryRow(ctx, l.queries.format, l.opts.Log).Scan(&found)
	return found, err
}

// OpenStore opens the store of a log: [Open], followed by [contacts.Open]. Closing the store closes the log, but not
// the pool. Nil options select the defaults.
//
// Errors: those of [Open] and [contacts.Open].
func OpenStore(
	ctx context.Context, pool *pgxpool.Pool, opts *Options, storeOpts *contacts.Options,
) (*contacts.Store, error) {
	log, err := Open(ctx, pool, opts)
	if err != nil {
		return nil, err
	}
	return contacts.Open(ctx, log, storeOpts)
}

// MaxEntry implements [contacts.Log]. It is 2 MiB.
func (l *Log) MaxEntry() int { return maxEntry }

// Close implements [contacts.Log]. Calls in progress end. It waits up to a second until others know of the last entry.
// The pool stays open.
func (l *Log) Close() error {
	l.mu.Lock()
	l.close()
	l.mu.Unlock()
	l.running.Wait()
	return nil
}

// run runs f in a goroutine that Close waits for, unless the log is closed. The caller holds mu.
func (l *Log) run(f func()) bool {
	if l.closing.Err() != nil {
		return false
	}
	l.running.Go(f)
	return true
}

// begin reports whether a call may begin.
func (l *Log) begin(ctx context.Context) error {
	if l.closing.Err() != nil {
		return errClosed()
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("pglog: %w", err)
	}
	return nil
}

func errClosed() error { return fmt.Errorf("pglog: %w", contacts.ErrLogClosed) }

// bound returns a context for one request: done with ctx, when the log is closed, and after Options.MaxWait.
func (l *Log) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, l.opts.MaxWait)
	stop := context.AfterFunc(l.closing, cancel)
	return ctx, func() { stop(); cancel() }
}

// note remembers that there is an entry at seq, and wakes the calls that wait for it.
func (l *Log) note(seq contacts.Seq) {
	for known := l.known.Load(); uint64(seq) > known; known = l.known.Load() {
		if l.known.CompareAndSwap(known, uint64(seq)) {
			l.wake()
			return
		}
	}
}
