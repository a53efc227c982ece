package contactstest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// apiPath is the beginning of the paths of the API. A prefix such as /_api, or the path of a proxy, is ignored.
const apiPath = "/contacts/v4"

// routes are the requests of the API. TestRoutes compares them with docs/http.md.
var routes = []struct {
	pattern string // below apiPath
	method  Method
}{
	{"POST /contacts", MethodCreate},
	{"GET /contacts", MethodList},
	{"POST /contacts/query", MethodList},
	{"GET /contacts/facets", MethodFacets},
	{"POST /contacts/facets/query", MethodFacets},
	{"GET /contacts/{id}", MethodGet},
	{"PATCH /contacts/{id}", MethodUpdate},
	{"DELETE /contacts/{id}", MethodDelete},
	{"POST /contacts/{id}/labels", MethodLabel},
	{"DELETE /contacts/{id}/labels", MethodUnlabel},
	{"POST /contacts/{id}/merge", MethodMerge},
	{"POST /contacts/{id}/preview-merge", MethodPreviewMerge},
	{"POST /bulk/contacts/delete", MethodBulkDelete},
	{"POST /bulk/contacts/update", MethodBulkUpdate},
	{"POST /bulk/contacts/add-remove-labels", MethodBulkLabel},
	{"GET /bulk/jobs", MethodJobs},
	{"GET /bulk/jobs/{id}", MethodJob},
	{"GET /bulk/contact/jobs", MethodJobs},
	{"GET /bulk/contact/jobs/{id}", MethodJob},
	{"POST /contact-submit", MethodSubmit},
	{"POST /labels", MethodFindOrCreateLabel},
	{"GET /labels", MethodListLabels},
	{"POST /labels/query", MethodListLabels},
	{"GET /labels/{key...}", MethodGetLabel},
	{"PATCH /labels/{key...}", MethodRenameLabel},
	{"DELETE /labels/{key...}", MethodDeleteLabel},
	{"POST /extended-fields", MethodFindOrCreateField},
	{"GET /extended-fields", MethodListFields},
	{"POST /extended-fields/query", MethodListFields},
	{"GET /extended-fields/{key...}", MethodGetField},
	{"PATCH /extended-fields/{key...}", MethodRenameField},
	{"DELETE /extended-fields/{key...}", MethodDeleteField},
}

// routed is the handler of a route in the table of routes. It is never called.
type routed Method

func (routed) ServeHTTP(http.ResponseWriter, *http.Request) {}

var routeTable = sync.OnceValue(func() *http.ServeMux {
	mux := http.NewServeMux()
	for _, r := range routes {
		verb, below, _ := strings.Cut(r.pattern, " ")
		mux.Handle(verb+" "+apiPath+below, routed(r.method))
	}
	return mux
})

// callOf returns the call of a request.
func callOf(r *http.Request) Call {
	c := Call{Request: r.Method + " " + r.URL.Path}
	url := *r.URL
	url.Path, url.RawPath = belowPrefix(url.Path), belowPrefix(url.RawPath)
	h, _ := routeTable().Handler(&http.Request{Method: r.Method, URL: &url, Host: r.Host})
	if m, ok := h.(routed); ok {
		c.Method = Method(m)
	}
	for segment := range strings.SplitSeq(url.Path, "/") {
		if id, err := uuid.Parse(segment); err == nil && len(segment) == 36 {
			c.ID = id
			break
		}
	}
	return c
}

// belowPrefix returns a path without the prefix before apiPath.
func belowPrefix(p string) string {
	if i := strings.Index(p, apiPath); i > 0 {
		return p[i:]
	}
	return p
}

// matchesRequest reports whether the rule is about a request such as "GET /contacts/v4/labels".
func (f *Fault) matchesRequest(request string) bool {
	verb, target, _ := strings.Cut(request, " ")
	if f.verb != "" && f.verb != verb {
		return false
	}
	if f.path == "" {
		return true
	}
	whole, _ := path.Match(f.path, target) // the pattern has been checked
	below, _ := path.Match(f.path, belowPrefix(target))
	return whole || below
}

// statusCodes are the codes of replies whose rule has none, spelled as the server does.
var statusCodes = map[int]contacts.Code{
	http.StatusUnauthorized:          "UNAUTHENTICATED",
	http.StatusForbidden:             "PERMISSION_DENIED",
	http.StatusNotFound:              "NOT_FOUND",
	http.StatusMethodNotAllowed:      "METHOD_NOT_ALLOWED",
	http.StatusRequestTimeout:        "REQUEST_TIMEOUT",
	http.StatusRequestEntityTooLarge: "REQUEST_TOO_LARGE",
	http.StatusUnsupportedMediaType:  "UNSUPPORTED_MEDIA_TYPE",
	http.StatusTooManyRequests:       "RESOURCE_EXHAUSTED",
	http.StatusServiceUnavailable:    ErrUnavailable,
	http.StatusGatewayTimeout:        "DEADLINE_EXCEEDED",
}

// reply returns the reply of the rule to a request, or nil if the rule cuts the connection.
func (f *Fault) reply(c *Call) *heldReply {
	status := f.status
	if f.outcome == outcomeDefault && !f.after {
		status = http.StatusServiceUnavailable
	}
	if status == 0 {
		return nil
	}
	out := &heldReply{header: http.Header{}, status: status}
	out.header.Set("Cache-Control", "no-store")
	if f.retryAfter > 0 {
		out.header.Set("Retry-After", strconv.Itoa(int(f.retryAfter/time.Second)))
	}
	if f.after {
		out.header.Set("Content-Type", "text/plain; charset=utf-8")
		out.body.WriteString(http.StatusText(status) + "\n")
		return out
	}
	out.header.Set("Content-Type", "application/json")
	out.header.Set("X-Wix-Request-Id", "fault-"+strconv.Itoa(c.Number))
	code, ok := f.err.(contacts.Code)
	if !ok {
		code = statusCodes[status]
	}
	type applicationError struct {
		Code        contacts.Code `json:"code"`
		Description string        `json:"description"`
		Data        struct{}      `json:"data"`
	}
	var envelope struct {
		Message string `json:"message"`
		Details struct {
			Application *applicationError `json:"applicationError,omitempty"`
		} `json:"details"`
	}
	if code != "" {
		envelope.Message = "A rule of the test has failed the request."
		envelope.Details.Application = &applicationError{Code: code, Description: envelope.Message}
	}
	text, err := json.Marshal(envelope)
	if err != nil {
		panic("contactstest: an envelope cannot be encoded: " + err.Error())
	}
	out.body.Write(text)
	return out
}

// Handler returns a handler that passes requests through the rules, and records them. If next serves the contacts.Store
// of a Store of this package, the rules hold for Go calls and for requests, which they count together:
//
//	server := httptest.NewServer(s.Handler(httpapi.Handler(s.Store, nil)))
//
// A reply that a rule delays, or that is cut, is kept in memory until it is sent. A connection is cut by a panic with
// http.ErrAbortHandler, which no handler around this one must stop. Go clients repeat a GET on their own if a
// connection that they have used before is cut.
func (s *Faults) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r)
		e := s.begin(&c)
		defer s.log.end(&c) // also after a panic
		if e.before(r.Context(), s, &c) {
			e.end.answer(w, &c)
			return
		}
		c.Reached = true
		if !e.holds() {
			seen := &seenWriter{ResponseWriter: w, status: &c.Status}
			next.ServeHTTP(seen, r)
			return
		}
		held := &heldReply{header: http.Header{}}
		next.ServeHTTP(held, r)
		e.run(r.Context(), s, &c, true)
		switch {
		case !e.late():
			c.Status = held.send(w)
		case e.end.outcome == outcomeCutMiddle:
			c.lost = true
			c.Status = held.begin(w)
			held.sendHalf(w)
		default:
			c.lost = true
			e.end.answer(w, &c)
		}
	})
}

// holds reports whether the reply must not be sent at once.
func (e *effects) holds() bool {
	return e.late() || slices.ContainsFunc(e.steps, func(f *Fault) bool { return f.after })
}

// answer sends the reply of the rule, or cuts the connection.
func (f *Fault) answer(w http.ResponseWriter, c *Call) {
	reply := f.reply(c)
	if reply == nil {
		panic(http.ErrAbortHandler)
	}
	c.Status = reply.send(w)
}

// seenWriter notes the status of a reply.
type seenWriter struct {
	http.ResponseWriter
	status *int
}

func (w *seenWriter) WriteHeader(status int) {
	if *w.status == 0 && status >= 200 {
		*w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *seenWriter) Write(p []byte) (int, error) {
	if *w.status == 0 {
		*w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *seenWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// heldReply is a reply in memory.
type heldReply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *heldReply) Header() http.Header { return h.header }

func (h *heldReply) WriteHeader(status int) {
	if h.status == 0 && status >= 200 {
		h.status = status
	}
}

func (h *heldReply) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(p)
}

// Flush does nothing: the reply is sent later, as a whole.
func (h *heldReply) Flush() {}

// SetWriteDeadline does nothing: a write to memory does not wait.
func (h *heldReply) SetWriteDeadline(time.Time) error { return nil }

// send sends the reply, and returns its status.
func (h *heldReply) send(w http.ResponseWriter) int {
	status := h.begin(w)
	_, _ = w.Write(h.body.Bytes()) // the server closes a connection that fails
	return status
}

// begin sends the status and the header of the reply, and returns the status.
func (h *heldReply) begin(w http.ResponseWriter) int {
	h.WriteHeader(http.StatusOK) // the default
	maps.Copy(w.Header(), h.header)
	w.Header().Set("Content-Length", strconv.Itoa(h.body.Len()))
	w.WriteHeader(h.status)
	return h.status
}

// sendHalf sends half of the body of a reply that has begun, and cuts the connection.
func (h *heldReply) sendHalf(w http.ResponseWriter) {
	_, err := w.Write(h.body.Bytes()[:h.body.Len()/2])
	if err == nil {
		_ = http.NewResponseController(w).Flush() // without it the client may get less
	}
	panic(http.ErrAbortHandler)
}

// Transport returns a transport for an http.Client that passes requests through the rules, and records them. A nil next
// means http.DefaultTransport. The client sees the same as if Handler had applied the rules on the server.
func (s *Faults) Transport(next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return &transport{s, next}
}

type transport struct {
	faults *Faults
	next   http.RoundTripper
}

// errCut is the error of a client whose connection a rule has cut.
var errCut = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("a rule of the test has cut the connection")}

// RoundTrip is the method of http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	s, c := t.faults, callOf(r)
	e := s.begin(&c)
	defer s.log.end(&c)
	if e.before(r.Context(), s, &c) {
		if r.Body != nil {
			_ = r.Body.Close() // as RoundTripper demands; nothing was sent
		}
		return e.end.response(r, &c)
	}
	c.Reached = true
	reply, err := t.next.RoundTrip(r)
	e.run(r.Context(), s, &c, true)
	if !e.late() {
		if err == nil {
			c.Status = reply.StatusCode
		}
		c.Err = err
		return reply, err
	}
	c.lost, c.StoreErr = true, err
	if err != nil {
		return e.end.response(r, &c)
	}
	body, err := io.ReadAll(reply.Body)
	_ = reply.Body.Close()
	if e.end.outcome != outcomeCutMiddle || err != nil {
		return e.end.response(r, &c)
	}
	c.Status = reply.StatusCode
	reply.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:len(body)/2]), brokenReader{}))
	return reply, nil
}

// brokenReader is the end of a body that was cut.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// response returns the reply of the rule to a client, or the error of a connection that was cut.
func (f *Fault) response(r *http.Request, c *Call) (*http.Response, error) {
	reply := f.reply(c)
	if reply == nil {
		c.Err = errCut
		return nil, errCut
	}
	c.Status = reply.status
	return &http.Response{
		Status: strconv.Itoa(reply.status) + " " + http.StatusText(reply.status), StatusCode: reply.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: reply.header, Request: r,
		Body: io.NopCloser(&reply.body), ContentLength: int64(reply.body.Len()),
	}, nil
}
