package daemon

import (
	"bufio"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// observed returns a handler that counts the requests to another one, and logs them with -access-log. A record has the
// route in place of the path, and no address: paths have IDs of contacts, queries have their data, and both an ID and
// an address are personal data (OPS-5). A request whose connection a handler takes over ends with that connection.
func (d *daemon) observed(m *meters, route func(*http.Request) string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := observation{d: d, m: m, started: time.Now(), method: knownMethod(r.Method), route: route(r)}
		out := &observedReply{ResponseWriter: w, observation: &e}
		in := &countedBody{}
		if r.Body != nil && r.Body != http.NoBody {
			in.ReadCloser = r.Body
			copied := *r
			copied.Body = in
			r = &copied
		}
		m.inFlight.Add(1)
		completed := false
		defer func() { // also after a panic, which cuts the reply off
			if !out.taken {
				e.request, e.received = w.Header().Get(requestIDHeader), in.n
				e.end(completed)
			}
		}()
		h.ServeHTTP(out, r)
		completed = true
	})
}

const requestIDHeader = "X-Wix-Request-Id"

// observation is what is known of a request and its reply.
type observation struct {
	d                      *daemon
	m                      *meters
	started                time.Time
	method, route, request string
	status                 int   // 0 before the header
	received, sent         int64 // bytes of the bodies
}

// end counts and logs the request.
func (e *observation) end(completed bool) {
	e.m.inFlight.Add(-1)
	class, took := e.class(completed), time.Since(e.started)
	e.m.count(e.route, class, took, e.received, e.sent)
	if e.d.accessLog {
		e.d.log.Info("request", "method", e.method, "route", e.route, "status", e.status, "took", took,
			"bytes", e.sent, "request", e.request, "cut", !completed)
	}
}

// class returns the class of the status, such as 2xx, and "cut" for a reply that was cut off.
func (e *observation) class(completed bool) string {
	switch {
	case !completed:
		return "cut"
	case e.status == 0: // net/http sends it
		e.status = http.StatusOK
	}
	return strconv.Itoa(e.status/100) + "xx"
}

// knownMethod returns a method, or OTHER: a client can send any text as one.
func knownMethod(method string) string {
	if slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}, method) {
		return method
	}
	return "OTHER"
}

// observedReply notes the status and the length of a reply.
type observedReply struct {
	http.ResponseWriter
	*observation
	taken bool // by a handler: the connection
}

// Unwrap lets an http.ResponseController find the methods of the writer below.
func (o *observedReply) Unwrap() http.ResponseWriter { return o.ResponseWriter }

func (o *observedReply) WriteHeader(status int) {
	if o.status == 0 && status >= http.StatusOK { // not 100 Continue
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

func (o *observedReply) Write(p []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	n, err := o.ResponseWriter.Write(p)
	if o.method != http.MethodHead { // whose body is not sent
		o.sent += int64(n)
	}
	return n, err
}

// Hijack lets a handler take over the connection. The request ends when the handler closes it.
func (o *observedReply) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	o.d.streams.Add(1) // before the server stops waiting for the connection
	c, buffers, err := http.NewResponseController(o.ResponseWriter).Hijack()
	if err != nil {
		o.d.streams.Done()
		return nil, nil, err
	}
	o.taken = true
	o.request = o.Header().Get(requestIDHeader)
	return &observedConn{Conn: c, observation: o.observation}, buffers, nil
}

// observedConn is a connection that a handler has taken over.
type observedConn struct {
	net.Conn
	*observation
}

func (c *observedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent += int64(n)
	return n, err
}

// Close is called once.
func (c *observedConn) Close() error {
	err := c.Conn.Close()
	c.end(true)
	c.d.streams.Done()
	return err
}

// countedBody counts the bytes of a body that were read.
type countedBody struct {
	io.ReadCloser
	n int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	return n, err
}

// logHandler returns the handler of the program's log.
func (o *options) logHandler(w io.Writer) slog.Handler {
	opts := &slog.HandlerOptions{Level: o.level}
	if o.logJSON {
		return slog.NewJSONHandler(w, opts)
	}
	return slog.NewTextHandler(w, opts)
}

// serverLog returns the log for an http.Server, without the addresses of clients: a failed handshake is not worth a
// warning either, since anyone can cause one.
func serverLog(to *slog.Logger) *log.Logger { return log.New(serverLines{to}, "", 0) }

type serverLines struct{ to *slog.Logger }

func (s serverLines) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	if rest, ok := strings.CutPrefix(text, "http: TLS handshake error from "); ok {
		_, reason, _ := strings.Cut(rest, ": ")
		s.to.Debug("a TLS handshake failed", "reason", withoutAddresses(reason))
	} else {
		s.to.Warn(withoutAddresses(text))
	}
	return len(line), nil
}

// addressOf matches an address with a port.
var addressOf = regexp.MustCompile(`(\[[0-9A-Fa-f:.]+(%\w+)?\]|\b\d{1,3}(\.\d{1,3}){3}):\d+`)

func withoutAddresses(text string) string { return addressOf.ReplaceAllString(text, "ADDRESS") }
