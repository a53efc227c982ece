package natslog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/contactsdb/contacts"
)

// Options configure a log. The zero value of a field selects its default.
type Options struct {
	// Stream is the name of the stream, default "contacts". It has ASCII letters, digits, "-" and "_".
	Stream string

	// Log is the name of the log in the stream, default "store": one for each site that shares a stream. It has ASCII
	// letters, digits, "-" and "_".
	Log string

	// Create creates the stream if it does not exist. Without it a missing stream is an error.
	Create bool

	// Replicas is the number of replicas of a stream that Open creates, default 3: 1, 3 or 5. With 1, what that server
	// loses is lost. It must not be greater than the number of servers.
	Replicas int

	// MaxWait limits the time of one request to the servers, default 5 seconds. A call may need several. It should be
	// longer than the servers need for an entry under load, and need not be as long as an election.
	MaxWait time.Duration

	// Poll is how long Wait trusts that an announcement was not lost before it asks the server, default 2 seconds.
	Poll time.Duration
}

const (
	defaultStream   = "contacts"
	defaultLog      = "store"
	defaultReplicas = 3
	defaultMaxWait  = 5 * time.Second
	defaultPoll     = 2 * time.Second

	maxEntry  = 8 << 20 // a larger message would hold up other logs
	minEntry  = 1 << 16 // see contacts.Log
	headerMax = 1 << 10 // of a message: names of subjects and expected sequence numbers
)

var validName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// withDefaults returns a copy with the defaults filled in.
func (o *Options) withDefaults() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	c.Stream = cmp.Or(c.Stream, defaultStream)
	c.Log = cmp.Or(c.Log, defaultLog)
	c.Replicas = cmp.Or(c.Replicas, defaultReplicas)
	c.MaxWait = cmp.Or(c.MaxWait, defaultMaxWait)
	c.Poll = cmp.Or(c.Poll, defaultPoll)
	switch {
	case !validName.MatchString(c.Stream):
		return c, errors.New("natslog: Options.Stream is not a name")
	case !validName.MatchString(c.Log):
		return c, errors.New("natslog: Options.Log is not a name")
	case !slices.Contains([]int{1, 3, 5}, c.Replicas):
		return c, errors.New("natslog: Options.Replicas is not 1, 3 or 5")
	case c.MaxWait < 0, c.Poll < 0:
		return c, errors.New("natslog: Options.MaxWait and Poll must not be negative")
	}
	return c, nil
}

// StreamConfig returns the configuration of a stream for logs: on files, without a limit that would drop an entry, and
// without a way to delete a single message. An operator may add limits of size, tags for placement and compression:
// when the stream is full, writes wait. Stream and replicas are as in [Options].
func StreamConfig(stream string, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        stream,
		Description: "logs of contacts stores",
		Subjects:    []string{stream + ".log.*", stream + ".snapshot.*.*", stream + ".index.*", stream + ".barrier"},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew, // a full stream refuses entries instead of dropping the oldest
		MaxMsgs:     -1, MaxBytes: -1, MaxMsgsPerSubject: -1,
		Storage:     jetstream.FileStorage,
		Replicas:    replicas,
		DenyDelete:  true,                           // only compaction drops entries, which purges a subject
		AllowRollup: true,                           // the index and the barrier replace their last message
		AllowDirect: true,                           // replicas serve entries, so that opening a store is fast
		FirstSeq:    uint64(time.Now().UnixMicro()), // see the package comment
		Duplicates:  100 * time.Millisecond,         // messages have no IDs: nothing to remember
		RePublish: &jetstream.RePublish{ // wakes those who wait, once an entry is stored
			Source: stream + ".log.*", Destination: stream + ".added.{{wildcard(1)}}", HeadersOnly: true,
		},
	}
}

// checkStream reports why a stream cannot hold logs.
func checkStream(have jetstream.StreamConfig) error {
	want := StreamConfig(have.Name, have.Replicas)
	for _, subject := range want.Subjects {
		if !slices.Contains(have.Subjects, subject) {
			return fmt.Errorf("natslog: the stream lacks the subject %s", subject)
		}
	}
	switch {
	case have.Retention != want.Retention:
		return errors.New("natslog: the stream drops entries: its retention is not limits")
	case have.Discard != want.Discard && (have.MaxMsgs > 0 || have.MaxBytes > 0):
		return errors.New("natslog: the stream drops entries when it is full: its discard policy is not new")
	case have.MaxAge > 0 || have.MaxMsgsPerSubject > 0:
		return errors.New("natslog: the stream drops entries: it limits their age or their number in a subject")
	case !have.AllowRollup || have.DenyPurge:
		return errors.New("natslog: the stream does not allow roll-ups and purges")
	case have.NoAck || have.Sealed || have.Mirror != nil:
		return errors.New("natslog: the stream accepts or acknowledges no messages")
	case len(have.Sources) > 0 || have.SubjectDeleteMarkerTTL > 0:
		return errors.New("natslog: the stream adds messages by itself: it has sources or markers of deletions")
	}
	return nil
}

// Log is a log in a stream. It implements [contacts.Log] and [contacts.Snapshotter]. It keeps no more than its options,
// so many logs can share a connection.
type Log struct {
	opts     Options
	js       jetstream.JetStream
	stream   jetstream.Stream
	subject  string // of entries
	maxEntry int
	direct   bool // the stream allows direct access

	closing context.Context // done once the log is closed
	close   context.CancelFunc
	saving  sync.Mutex // held by Save and Compact

	known atomic.Uint64 // the last place where an entry was seen

	mu      sync.Mutex
	added   chan struct{} // closed at the next announcement
	waiting *nats.Subscription
}

var (
	_ contacts.Log         = (*Log)(nil)
	_ contacts.Snapshotter = (*Log)(nil)
)

// Open opens a log; a nil opts selects the defaults. The log uses the connection of js, which stays the caller's: close
// it after the log, and let it reconnect without end (nats.MaxReconnects(-1)), so that the log is available again when
// the servers are.
//
// Errors: LOG_UNAVAILABLE if the servers do not answer; jetstream.ErrStreamNotFound without Options.Create; an error
// that names the setting if options or stream are not suitable, or if messages of the server are too short for entries
// of 65536 bytes; those of the servers and of ctx.
func Open(ctx context.Context, js jetstream.JetStream, opts *Options) (*Log, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	l := &Log{opts: o, js: js, subject: o.Stream + ".log." + o.Log, added: make(chan struct{})}
	l.closing, l.close = context.WithCancel(context.Background())
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	if l.stream, err = l.openStream(ctx); err != nil {
		return nil, l.failed(ctx, contacts.ErrLogUnavailable, err)
	}
	config := l.stream.CachedInfo().Config
	if err := checkStream(config); err != nil {
		return nil, err
	}
	l.direct = config.AllowDirect
	size := js.Conn().MaxPayload()
	if config.MaxMsgSize > 0 {
		size = min(size, int64(config.MaxMsgSize))
	}
	if l.maxEntry = int(min(maxEntry, size-headerMax-sealSize)); l.maxEntry < minEntry {
		return nil, fmt.Errorf("natslog: messages may have %d bytes, at least %d are needed: see max_payload of the "+
			"server and max_msg_size of the stream", size, minEntry+headerMax+sealSize)
	}
	return l, nil
}

// openStream returns the stream, which it may create.
func (l *Log) openStream(ctx context.Context) (jetstream.Stream, error) {
	ctx, cancel := l.bound(ctx)
	defer cancel()
	stream, err := l.js.Stream(ctx, l.opts.Stream)
	if l.opts.Create && errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = l.js.CreateStream(ctx, StreamConfig(l.opts.Stream, l.opts.Replicas))
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was first
			stream, err = l.js.Stream(ctx, l.opts.Stream)
		}
	}
	return stream, err
}

// OpenStore opens the store of a log: [Open], followed by [contacts.Open]. Closing the store closes the log, but not
// the connection. Nil options select the defaults.
//
// Errors: those of [Open] and [contacts.Open].
func OpenStore(
	ctx context.Context, js jetstream.JetStream, opts *Options, storeOpts *contacts.Options,
) (*contacts.Store, error) {
	log, err := Open(ctx, js, opts)
	if err != nil {
		return nil, err
	}
	return contacts.Open(ctx, log, storeOpts)
}

// MaxEntry implements [contacts.Log]. It is the greatest length of a message that server and stream accepted when the
// log was opened, without what the log adds, and at most 8 MiB.
func (l *Log) MaxEntry() int { return l.maxEntry }

// Close implements [contacts.Log]. Calls in progress end. The connection stays open.
func (l *Log) Close() error {
	l.close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting != nil {
		l.waiting.Unsubscribe() // fails if the connection is closed
		l.waiting = nil
	}
	return nil
}

// begin reports whether a call may begin.
func (l *Log) begin(ctx context.Context) error {
	if l.closing.Err() != nil {
		return errClosed()
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("natslog: %w", err)
	}
	return nil
}

func errClosed() error { return fmt.Errorf("natslog: %w", contacts.ErrLogClosed) }

// bound returns a context for one request: done with ctx, when the log is closed, and after Options.MaxWait.
func (l *Log) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, l.opts.MaxWait)
	stop := context.AfterFunc(l.closing, cancel)
	return ctx, func() { stop(); cancel() }
}

// note remembers that there is an entry at seq.
func (l *Log) note(seq uint64) {
	for known := l.known.Load(); seq > known && !l.known.CompareAndSwap(known, seq); known = l.known.Load() {
	}
}
