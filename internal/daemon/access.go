package daemon

import (
	"io"
	"log"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// observed returns a handler that counts the requests to another one, and logs them with -access-log. A record has the
// route in place of the path, and no address: paths have IDs of contacts, queries have their data, and both an ID and
// an address are personal data (OPS-5).
func (d *daemon) observed(m *meters, route func(*http.Request) string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		out := &observedReply{ResponseWriter: w, head: r.Method == http.MethodHead}
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
			m.inFlight.Add(-1)
			class, took, to := out.class(completed), time.Since(started), route(r)
			m.count(to, class, took, in.n, out.n)
			if d.accessLog {
				d.log.Info("request", "method", knownMethod(r.Method), "route", to, "status", out.status, "took", took,
					"bytes", out.n, "request", w.Header().Get("X-Wix-Request-Id"), "cut", !completed)
			}
		}()
		h.ServeHTTP(out, r)
		completed = true
	})
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
	head   bool // a reply to HEAD, whose body is not sent
	status int  // 0 before the header
	n      int64
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
	if !o.head {
		o.n += int64(n)
	}
	return n, err
}

// class returns the class of the status, such as 2xx, and "cut" for a reply that was cut off.
func (o *observedReply) class(completed bool) string {
	switch {
	case !completed:
		return "cut"
	case o.status == 0: // net/http sends it
		o.status = http.StatusOK
	}
	return strconv.Itoa(o.status/100) + "xx"
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
