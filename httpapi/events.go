package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/contactsdb/contacts"
)

// EventsOptions are the options of [Events]. The zero value of a field is its default. The functions must be safe for
// concurrent use.
type EventsOptions struct {
	// Authorize returns an error unless the sender of a request may read contacts: see Options.Authorize. It is called
	// once for each stream, with PermissionView. By default every caller may.
	Authorize func(r *http.Request, p Permission) error

	// Logger receives a record of each stream when it has ended: see Options.Logger.
	Logger *slog.Logger

	// MaxReaders limits the streams at a time, by default to DefaultMaxReaders. More are refused with status 503
	// (EVS-7).
	MaxReaders int

	// WriteTimeout limits the time in which a reader must accept what is sent at once, some 64 KiB or one larger event.
	// A slower one is cut off, and continues later where it was (EVS-6). The default is DefaultWriteTimeout.
	WriteTimeout time.Duration

	// Heartbeat is the time after which a comment is sent if there are no events, so that neither side nor a proxy
	// takes the connection for a dead one (EVS-5). The default is DefaultHeartbeat.
	Heartbeat time.Duration

	// Retry is the time after which a reader should connect again, by default DefaultRetry (EVS-5). It has a precision
	// of a millisecond.
	Retry time.Duration

	// Detach, unless it is nil, takes the connections of streams from the server, whose buffers and goroutine are then
	// free: an idle reader needs 12 KB of memory rather than 29 (EVS-8). This works over HTTP/1, if the writer of the
	// reply lets an [http.ResponseController] hijack. The handler returns, and the stream continues until it ends or
	// Detach is done, whatever happens to the context of the request. Its connection ends with it. Detach ends all other
	// streams, too.
	//
	// [http.Server.Shutdown] does not wait for such a connection. A program that logs requests, or waits for them at its
	// end, wraps the connection in the method Hijack of its ResponseWriter: the handler writes to it, also on other
	// goroutines, and at the end of the stream calls Close once. By default, a stream lasts as long as its request.
	Detach context.Context

	// NewRequestID returns a new ID for a request: see Options.NewRequestID.
	NewRequestID func() string
}

// Defaults of [EventsOptions], which also replace numbers below 1.
const (
	DefaultMaxReaders = 10_000
	DefaultHeartbeat  = 15 * time.Second
	DefaultRetry      = 2 * time.Second
)

// Events returns a handler that sends the events of a store as server-sent events, for EventSource in a browser and its
// likes elsewhere (EVS-1). A nil opts means defaults. Mount it at any path.
//
// A message has the ID of a place in the sequence of events, and as data a JSON object with the eventType and, as
// payload, the envelope of [contacts.Event]. A reader begins with the event after the header Last-Event-ID or, without
// that header, after the parameter after; without both, with the next event. The stream has every event from there on
// once, in order (EVS-2, EVS-3).
//
// If the store does not have the events that would follow, or a reader falls so far behind, the stream ends with a
// message of the type reset (EVS-4): the reader must read all contacts again. It also ends when the store is closed,
// or the context of the request is done: let the context end before [http.Server.Shutdown], which waits for streams.
// With EventsOptions.Detach, streams outlive their requests.
//
// The package starts one goroutine for a handler while it has readers, and two for each detached stream. Readers do not
// wait for each other, and writers of the store do not wait for them.
func Events(store *contacts.Store, opts *EventsOptions) http.Handler {
	o := EventsOptions{}
	if opts != nil {
		o = *opts
	}
	setDefault(&o.MaxReaders, DefaultMaxReaders)
	setDefault(&o.WriteTimeout, DefaultWriteTimeout)
	setDefault(&o.Heartbeat, DefaultHeartbeat)
	setDefault(&o.Retry, DefaultRetry)
	h := newHandler(store, &Options{
		Authorize: o.Authorize, Logger: o.Logger, MaxConcurrent: o.MaxReaders, NewRequestID: o.NewRequestID,
	})
	events := &events{
		store: store, opts: o, live: live{store: store}, catching: catching{slots: make(chan struct{}, catchingMost)},
	}
	return endpoint{h, methods{http.MethodGet: {
		method: http.MethodGet, path: "/events", permission: PermissionView, answer: events.answer,
	}}}
}

// events sends the events of a store.
type events struct {
	store    *contacts.Store
	opts     EventsOptions
	live     live
	catching catching
}

const (
	lastEventID = "Last-Event-ID" // the header
	afterParam  = "after"

	// formatPosition is the format of the ID of a message.
	formatPosition contacts.Format = "POSITION"
)

// start reads the place after which a request wants events (EVS-3).
func (e *events) start(c *call) (cursor, error) {
	name, texts := lastEventID, c.r.Header.Values(lastEventID)
	if texts == nil {
		name, texts = afterParam, c.values(afterParam)
	}
	at := cursor{position: e.store.Snapshot().Position()}
	switch len(texts) {
	case 0:
	case 1:
		var ok bool
		if at, ok = parseCursor(texts[0]); !ok {
			c.format(name, formatPosition)
		}
	default:
		c.violate(contacts.Violation{Field: name, Rule: contacts.RuleMaxSize, Threshold: 1})
	}
	return at, c.checked()
}

// answer is the answer of the route. It returns when the stream has ended, or is detached.
func (e *events) answer(c *call) (reply, error) {
	at, err := e.start(c)
	if err != nil {
		return nil, err
	}
	header := c.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no") // nginx would collect the events
	detach := e.opts.Detach != nil && c.r.ProtoMajor == 1 && c.r.ContentLength == 0
	if detach {
		header.Set("Transfer-Encoding", "identity") // net/http sends no chunks: the connection ends the stream
	}
	c.begin(http.StatusOK)
	if c.r.Method == http.MethodHead {
		return nil, nil
	}
	out := http.NewResponseController(c.w)
	if detach {
		if conn, _, err := out.Hijack(); err == nil {
			go e.detached(c.detach(), conn, at)
			return nil, nil
		}
	}
	ctx, cancel := context.WithCancel(c.ctx())
	defer cancel()
	if e.opts.Detach != nil {
		defer context.AfterFunc(e.opts.Detach, cancel)()
	}
	c.err = (&stream{events: e, out: response{c.w, out}, cancel: cancel}).run(ctx, at)
	return nil, nil
}

// detached sends a stream over a connection that was taken from the server.
func (e *events) detached(c *call, conn net.Conn, at cursor) {
	defer conn.Close()
	defer c.end()
	ctx, cancel := context.WithCancel(e.opts.Detach)
	defer cancel()
	go func() { // until the client, or the end of the stream, closes the connection
		defer cancel()
		for ignored := make([]byte, 16); ; {
			if _, err := conn.Read(ignored); err != nil {
				return
			}
		}
	}()
	c.err = (&stream{events: e, out: connection{conn}, cancel: cancel}).run(ctx, at)
}

// outlet is where a stream writes.
type outlet interface {
	// send sends a text at once, within a time.
	send(text []byte, within time.Duration) error
}

// response is the outlet of a stream that lasts as long as its request.
type response struct {
	http.ResponseWriter
	out *http.ResponseController
}

func (r response) send(text []byte, within time.Duration) error {
	_ = r.out.SetWriteDeadline(time.Now().Add(within)) // not every writer supports it
	if _, err := r.Write(text); err != nil {
		return err
	}
	if err := r.out.Flush(); err != nil {
		return err
	}
	// HTTP/2 would end the stream at the deadline even if there was nothing to write.
	_ = r.out.SetWriteDeadline(time.Time{})
	return nil
}

// connection is the outlet of a detached stream.
type connection struct{ net.Conn }

func (c connection) send(text []byte, within time.Duration) error {
	if err := c.SetWriteDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	_, err := c.Write(text)
	return err
}

// stream is one reader.
type stream struct {
	*events
	out    outlet
	cancel func()

	mu    sync.Mutex // of a write, and of ended
	beat  *time.Timer
	ended bool
}

// piece is about the number of bytes that are sent at once.
const piece = 64 << 10

// run sends events until the stream ends, and returns the reason.
func (s *stream) run(ctx context.Context, at cursor) error {
	defer s.end()
	hello := "retry: " + strconv.FormatInt(s.opts.Retry.Milliseconds(), 10) + "\n"
	newest := s.store.Snapshot().Position()
	if !at.reached(newest) {
		return s.send(resetMessage([]byte(hello), reasonUnknown, newest, newest))
	}
	// A message without data is no event, but its ID is kept: a reader that connects again misses nothing, even if it
	// has not received an event yet.
	if err := s.send([]byte(hello + "id: " + at.String() + "\n\n")); err != nil {
		return err
	}
	reader := s.live.join()
	defer s.live.leave()
	for {
		latest, err := s.live.wait(ctx, reader, at.position)
		if err != nil {
			return err
		}
		if text := latest.text.Load(); text != nil && at == (cursor{position: latest.from}) {
			err = s.send(*text)
			at.position = latest.to
		} else {
			at, err = s.catchUp(ctx, at, latest.to)
		}
		if e, ok := errors.AsType[*contacts.PositionError](err); ok {
			return s.send(resetMessage(nil, reasonExpired, e.Oldest, s.store.Snapshot().Position()))
		} else if err != nil {
			return err
		}
	}
}

// catchUp sends the events up to a position that the store has.
func (s *stream) catchUp(ctx context.Context, at cursor, to contacts.Position) (cursor, error) {
	if err := s.catching.enter(ctx); err != nil {
		return at, err
	}
	defer s.rest(ctx, time.Now())
	var text []byte
	for commit, err := range s.store.Follow(ctx, at.position) {
		if err != nil {
			return at, err
		}
		for next, event := range at.rest(&commit) {
			at = next
			if text, err = appendMessage(text, event, at); err != nil {
				return at, err
			}
			if len(text) < piece {
				continue
			}
			if err := s.catching.send(s, text); err != nil {
				return at, err
			}
			text = text[:0]
		}
		at = cursor{position: commit.Position}
		if commit.Position >= to {
			break
		}
	}
	if len(text) == 0 {
		return at, nil
	}
	return at, s.catching.send(s, text)
}

// rest keeps the slot of a reader that has caught up for some time, if there are many readers: together they are not to
// slow down writers.
func (s *stream) rest(ctx context.Context, begun time.Time) {
	if s.live.count() > manyReaders {
		pause(ctx, min(catchingRest*time.Since(begun), time.Second))
	}
	s.catching.leave()
}

// appendMessage appends the message of an event. The JSON of an event contains no line ends.
func appendMessage(to []byte, e contacts.Event, id cursor) ([]byte, error) {
	text, err := e.MarshalJSON()
	if err != nil {
		return to, err
	}
	to = append(to, "id: "...)
	to = append(to, id.String()...)
	to = append(to, "\ndata: {\"eventType\":\""...)
	to = append(to, e.Type...)
	to = append(to, "\",\"payload\":"...)
	to = append(to, text...)
	return append(to, "}\n\n"...), nil
}

// Reasons of a reset.
const (
	reasonExpired = "EXPIRED" // the store no longer has the events
	reasonUnknown = "UNKNOWN" // the store has not had them: it is another one, or has lost them
)

// resetMessage appends the message that ends a stream (EVS-4). Its ID is the present position: the reader reads all
// contacts, which are those of this position or a later one, and connects again from there.
func resetMessage(to []byte, reason string, oldest, newest contacts.Position) []byte {
	position := func(p contacts.Position) string { return strconv.FormatUint(uint64(p), 10) }
	return append(to, "event: reset\nid: "+position(newest)+"\ndata: {\"reason\":\""+reason+"\",\"oldest\":\""+
		position(oldest)+"\",\"newest\":\""+position(newest)+"\"}\n\n"...)
}

// errEnded is the error of a send after the end.
var errEnded = errors.New("httpapi: the stream has ended")

// send sends a text at once.
func (s *stream) send(text []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return errEnded
	}
	if err := s.out.send(text, s.opts.WriteTimeout); err != nil {
		return err
	}
	if s.beat == nil {
		s.beat = time.AfterFunc(s.opts.Heartbeat, s.heartbeat)
	} else {
		s.beat.Reset(s.opts.Heartbeat)
	}
	return nil
}

// heartbeat sends a comment.
func (s *stream) heartbeat() {
	if s.send([]byte(":\n\n")) != nil {
		s.cancel()
	}
}

// end keeps heartbeats from writing after the handler has returned.
func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	if s.beat != nil {
		s.beat.Stop()
	}
}
