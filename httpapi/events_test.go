package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// message is a server-sent event.
type message struct{ kind, id, data, comment, retry string }

// events are the messages of a stream.
type events struct {
	t     testing.TB
	lines *bufio.Scanner
	reply *http.Response
	close func()
}

// listen connects to a server of events.
func listen(t testing.TB, url string, header http.Header) *events {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	if header != nil {
		r.Header = header
	}
	reply, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { reply.Body.Close() })
	lines := bufio.NewScanner(reply.Body)
	lines.Buffer(nil, 8<<20)
	return &events{t, lines, reply, cancel}
}

// next returns the next message, false at the end.
func (e *events) next() (m message, ok bool) {
	for e.lines.Scan() {
		name, value, _ := strings.Cut(e.lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case e.lines.Text() == "":
			return m, true
		case name == "":
			m.comment += ":" + value
		case name == "event":
			m.kind = value
		case name == "id":
			m.id = value
		case name == "data":
			m.data += value
		case name == "retry":
			m.retry = value
		}
	}
	return m, false
}

// must returns the next message that is not a comment.
func (e *events) must() message {
	e.t.Helper()
	for {
		m, ok := e.next()
		require.True(e.t, ok, "the stream has ended: %v", e.lines.Err())
		if m.comment == "" {
			return m
		}
	}
}

// ends requires that nothing follows.
func (e *events) ends() {
	e.t.Helper()
	m, ok := e.next()
	require.False(e.t, ok, "%+v", m)
	require.NoError(e.t, e.lines.Err())
}

// served is a store with a server of its events.
type served struct {
	*api
	events http.Handler
	url    string
}

func serveEvents(t testing.TB, opts *httpapi.EventsOptions, change ...func(*contacts.Options)) *served {
	t.Helper()
	a := openAPI(t, nil, change...)
	handler := httpapi.Events(a.store, opts)
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return &served{a, handler, server.URL}
}

// eachWay runs a test with streams that last as long as their requests, and with detached ones.
func eachWay(t *testing.T, test func(t *testing.T, opts httpapi.EventsOptions)) {
	t.Run("attached", func(t *testing.T) { test(t, httpapi.EventsOptions{}) })
	t.Run("detached", func(t *testing.T) { test(t, httpapi.EventsOptions{Detach: t.Context()}) })
}

// create creates contacts, one a commit.
func (s *served) create(t testing.TB, n int) (made []uuid.UUID) {
	t.Helper()
	for range n {
		c, err := s.store.Create(t.Context(), contacts.Info{Name: contacts.Name{First: "Ada"}}, nil)
		require.NoError(t, err)
		made = append(made, c.ID)
	}
	return made
}

// story makes a commit of three events, 3, between others.
func (s *served) story(t testing.TB) {
	t.Helper()
	made := s.create(t, 2)
	_, err := s.store.Merge(t.Context(), made[0], 1, made[1:], nil)
	require.NoError(t, err)
	s.create(t, 1)
}

// storyIDs are the IDs of the messages about a story.
var storyIDs = []string{"1", "2", "3.1", "3.2", "3", "4"}

// wanted returns the messages about all commits of a store.
func wanted(t testing.TB, s *contacts.Store) []message {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all []message
	for c, err := range s.Follow(ctx, 0) {
		require.NoError(t, err)
		n := 0
		for e := range c.Events() {
			n++
			id := strconv.Itoa(int(c.Position))
			if n < len(c.Changes) {
				id += "." + strconv.Itoa(n)
			}
			all = append(all, message{id: id, data: `{"eventType":"` + e.Type + `","payload":` + jsonOf(t, e) + `}`})
		}
		if c.Position == s.Snapshot().Position() {
			break
		}
	}
	return all
}

func TestEvents(t *testing.T) {
	s := serveEvents(t, nil)
	s.story(t)
	want := wanted(t, s.store)
	var ids []string
	for _, m := range want {
		ids = append(ids, m.id)
	}
	require.Equal(t, storyIDs, ids)

	t.Run("EVS-1 the form of a stream", func(t *testing.T) {
		e := listen(t, s.url, http.Header{"Last-Event-Id": {"0"}})
		require.Equal(t, http.StatusOK, e.reply.StatusCode)
		require.Equal(t, "text/event-stream", e.reply.Header.Get("Content-Type"))
		require.Equal(t, "no-store", e.reply.Header.Get("Cache-Control"))
		require.Equal(t, "no", e.reply.Header.Get("X-Accel-Buffering"))
		require.NotEmpty(t, e.reply.Header.Get("X-Wix-Request-Id"))
		require.Equal(t, message{id: "0", retry: "2000"}, e.must())
		for _, m := range want {
			require.Equal(t, m, e.must())
		}
	})
	t.Run("EVS-1 a payload decodes", func(t *testing.T) {
		for _, m := range want {
			var got struct {
				EventType string
				Payload   contacts.Event
			}
			require.NoError(t, json.Unmarshal([]byte(m.data), &got))
			require.Equal(t, got.EventType, got.Payload.Type)
		}
	})
	for i, id := range append([]string{"0"}, storyIDs...) {
		for _, by := range []string{"Last-Event-ID", "after"} {
			t.Run("EVS-2 EVS-3 "+by+" "+id, func(t *testing.T) {
				url, header := s.url, http.Header{}
				if by == "after" {
					url += "?after=" + id
				} else {
					header.Set(by, id)
				}
				e := listen(t, url, header)
				require.Equal(t, id, e.must().id)
				for _, m := range want[i:] {
					require.Equal(t, m, e.must())
				}
			})
		}
	}
	t.Run("EVS-3 the header has precedence", func(t *testing.T) {
		e := listen(t, s.url+"?after=0", http.Header{"Last-Event-Id": {"3.2"}})
		e.must()
		require.Equal(t, want[4], e.must())
	})
	t.Run("EVS-3 from now on, with an ID before the first event", func(t *testing.T) {
		e := listen(t, s.url, nil)
		require.Equal(t, message{id: "4", retry: "2000"}, e.must())
		s.create(t, 1)
		m := e.must()
		require.Equal(t, "5", m.id)
		require.Contains(t, m.data, `{"eventType":"wix.contacts.v4.contact_created","payload":{`)
	})
}

func TestEventsRefused(t *testing.T) {
	a := openAPI(t, nil)
	a.call(http.MethodPost, "/contacts", `{"info":{"name":{"first":"Ada"}}}`).ok()
	a.handler = httpapi.Events(a.store, &httpapi.EventsOptions{
		Authorize: func(r *http.Request, p httpapi.Permission) error {
			require.Equal(t, httpapi.PermissionView, p)
			switch r.Header.Get("Authorization") {
			case "denied":
				return httpapi.ErrPermissionDenied
			case "unknown":
				return errors.New("unknown")
			}
			return nil
		},
	})
	for _, text := range []string{
		"", " ", "x", "-1", "+1", "01", "1.", ".1", "1.0", "1.01", "1.-1", "0.1", "1.1.1", "1e3", "0x1", "１",
		"18446744073709551616", "1.9223372036854775808", "1 ", "ada@example.com",
	} {
		t.Run("EVS-3 malformed "+strconv.Quote(text), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // of a stream, if there is one
			defer cancel()
			r := request(http.MethodGet, "/events", "").WithContext(ctx)
			r.Header["Last-Event-Id"] = []string{text}
			reply := a.in(t).refused(r)
			reply.violates("Last-Event-ID FORMAT POSITION")
			require.False(t, text != "" && strings.Contains(reply.text, "ada@"), "the value is not repeated")
			r = request(http.MethodGet, "/events", "").WithContext(ctx)
			q := r.URL.Query()
			q.Set("after", text)
			r.URL.RawQuery = q.Encode()
			a.in(t).refused(r).violates("after FORMAT POSITION")
		})
	}
	t.Run("EVS-3 repeated", func(t *testing.T) {
		a := a.in(t)
		r := request(http.MethodGet, "/events", "")
		r.Header["Last-Event-Id"] = []string{"1", "1"}
		a.refused(r).violates("Last-Event-ID MAX_SIZE 1")
		a.refused(request(http.MethodGet, "/events?after=1&after=1", "")).violates("after MAX_SIZE 1")
		a.refused(request(http.MethodGet, "/events?after=%zz", "")).violates("query FORMAT QUERY")
	})
	t.Run("EVS-1 other methods", func(t *testing.T) {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
			reply := a.in(t).refused(request(method, "/events", ""))
			reply.fails(http.StatusMethodNotAllowed, httpapi.ErrMethodNotAllowed)
			require.Equal(t, "GET, HEAD", reply.header.Get("Allow"))
		}
	})
	t.Run("EVS-1 HEAD has the header only", func(t *testing.T) {
		w := httptest.NewRecorder()
		a.handler.ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/events", nil))
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, "text/event-stream", w.Header().Get("Content-Type"))
		require.Empty(t, w.Body.String())
	})
	t.Run("EVS-7 permission", func(t *testing.T) {
		r := request(http.MethodGet, "/events", "")
		r.Header.Set("Authorization", "denied")
		a.in(t).refused(r).fails(http.StatusForbidden, httpapi.ErrPermissionDenied)
		r.Header.Set("Authorization", "unknown")
		reply := a.in(t).refused(r)
		reply.fails(http.StatusUnauthorized, httpapi.ErrUnauthenticated)
		require.Equal(t, "Bearer", reply.header.Get("WWW-Authenticate"))
	})
}

func TestEventsEnd(t *testing.T) {
	t.Run("EVS-4 too old", func(t *testing.T) {
		s := serveEvents(t, nil, func(o *contacts.Options) { o.FeedSize = 2 })
		s.create(t, 5)
		e := listen(t, s.url+"?after=1", nil)
		require.Equal(t, "1", e.must().id)
		require.Equal(t, message{
			kind: "reset", id: "5", data: `{"reason":"EXPIRED","oldest":"3","newest":"5"}`,
		}, e.must())
		e.ends()
	})
	t.Run("EVS-4 after the newest", func(t *testing.T) {
		s := serveEvents(t, nil)
		s.create(t, 2)
		for _, id := range []string{"3", "3.1", "18446744073709551615", "18446744073709551615.7"} {
			e := listen(t, s.url+"?after="+id, nil)
			require.Equal(t, message{
				kind: "reset", id: "2", retry: "2000", data: `{"reason":"UNKNOWN","oldest":"2","newest":"2"}`,
			}, e.must())
			e.ends()
		}
	})
	t.Run("EVS-4 the reader reads all contacts and continues", func(t *testing.T) {
		s := serveEvents(t, nil, func(o *contacts.Options) { o.FeedSize = 1 })
		s.create(t, 3)
		e := listen(t, s.url+"?after=0", nil)
		e.must()
		reset := e.must()
		e.ends()
		s.create(t, 1)
		e = listen(t, s.url, http.Header{"Last-Event-Id": {reset.id}})
		require.Equal(t, reset.id, e.must().id)
		require.Equal(t, "4", e.must().id)
	})
	t.Run("EVS-4 the store is closed", func(t *testing.T) {
		s := serveEvents(t, nil)
		s.create(t, 1)
		e := listen(t, s.url+"?after=0", nil)
		e.must()
		require.Equal(t, "1", e.must().id)
		require.NoError(t, s.store.Close())
		e.ends()
		e = listen(t, s.url+"?after=0", nil)
		e.must()
		require.Equal(t, "1", e.must().id)
		e.ends()
	})
	t.Run("EVS-7 too many readers", func(t *testing.T) {
		s := serveEvents(t, &httpapi.EventsOptions{MaxReaders: 1})
		e := listen(t, s.url, nil)
		e.must()
		full := listen(t, s.url, nil)
		require.Equal(t, http.StatusServiceUnavailable, full.reply.StatusCode)
		require.Equal(t, "1", full.reply.Header.Get("Retry-After"))
		text, err := io.ReadAll(full.reply.Body)
		require.NoError(t, err)
		require.Contains(t, string(text), `"UNAVAILABLE"`)
		e.close()
		require.Eventually(t, func() bool {
			r, err := http.Get(s.url + "?after=x")
			require.NoError(t, err)
			return r.Body.Close() == nil && r.StatusCode == http.StatusBadRequest
		}, 10*time.Second, time.Millisecond, "its place is free")
	})
}

// TestEventsLive lets readers come, break off anywhere and continue while a store is written to.
func TestEventsLive(t *testing.T) { eachWay(t, eventsLive) }

func eventsLive(t *testing.T, opts httpapi.EventsOptions) {
	s := serveEvents(t, &opts)
	const commits = 300
	var wg sync.WaitGroup
	for reader := range 6 {
		wg.Go(func() {
			id, sequence := "0", uint64(0)
			for patience := 1; ; patience = patience*7%50 + reader {
				e := listen(t, s.url, http.Header{"Last-Event-Id": {id}})
				e.must()
				for range patience {
					m := e.must()
					var got struct{ Payload contacts.Event }
					require.NoError(t, json.Unmarshal([]byte(m.data), &got))
					require.Equal(t, sequence+1, got.Payload.Sequence, "EVS-2 no gap and no repeat after %s", id)
					id, sequence = m.id, sequence+1
					if id == strconv.Itoa(commits) {
						return
					}
				}
				e.close()
			}
		})
	}
	for i := 0; i < commits; i += 3 {
		made := s.create(t, 2)
		_, err := s.store.Merge(t.Context(), made[0], 1, made[1:], nil)
		require.NoError(t, err)
	}
	wg.Wait()
}

func TestEventsHTTP2(t *testing.T) {
	a := openAPI(t, nil)
	streams, end := context.WithCancel(t.Context())
	defer end()
	server := httptest.NewUnstartedServer(httpapi.Events(a.store, &httpapi.EventsOptions{
		WriteTimeout: 500 * time.Millisecond, Heartbeat: 700 * time.Millisecond, Detach: streams, // without effect here
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	reply, err := server.Client().Get(server.URL)
	require.NoError(t, err)
	defer reply.Body.Close()
	require.Equal(t, 2, reply.ProtoMajor)
	lines := bufio.NewScanner(reply.Body)
	e := &events{t: t, lines: lines, reply: reply}
	require.Equal(t, "0", e.must().id)
	m, ok := e.next() // without a reset of the deadline, HTTP/2 would have ended the stream
	require.True(t, ok, "EVS-5 heartbeats over HTTP/2")
	require.Equal(t, ":", m.comment)
	(&served{api: a}).create(t, 1)
	require.Equal(t, "1", e.must().id)
	end()
	e.ends()
}

// sink is the writer of a reader, for tests with a clock of their own.
type sink struct {
	header   http.Header
	mu       sync.Mutex
	text     bytes.Buffer
	deadline time.Time
	stuck    chan struct{} // nil: the reader accepts everything
}

func (s *sink) Header() http.Header { return s.header }
func (s *sink) WriteHeader(int)     {}
func (s *sink) FlushError() error   { return nil }

func (s *sink) SetWriteDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline = t
	return nil
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stuck != nil && s.text.Len() > 0 {
		time.Sleep(time.Until(s.deadline))
		return 0, errors.New("timeout")
	}
	return s.text.Write(p)
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func TestEventsTime(t *testing.T) {
	open := func(t *testing.T, opts *httpapi.EventsOptions, out *sink) (*contacts.Store, *atomic.Bool) {
		store, err := contacts.New(nil)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		done := new(atomic.Bool)
		finished := make(chan struct{})
		go func() {
			defer close(finished)
			out.header = http.Header{}
			r := httptest.NewRequest(http.MethodGet, "/events", nil).WithContext(ctx)
			httpapi.Events(store, opts).ServeHTTP(out, r)
			done.Store(true)
		}()
		t.Cleanup(func() {
			cancel()
			<-finished
		})
		synctest.Wait()
		return store, done
	}
	write := func(t *testing.T, s *contacts.Store) {
		_, err := s.Create(t.Context(), contacts.Info{Name: contacts.Name{First: "Ada"}}, nil)
		require.NoError(t, err)
		time.Sleep(time.Millisecond)
		synctest.Wait()
	}
	synctest.Test(t, func(t *testing.T) {
		out := &sink{}
		store, _ := open(t, nil, out)
		const hello = "retry: 2000\nid: 0\n\n"
		require.Equal(t, hello, out.String(), "EVS-5")
		time.Sleep(15*time.Second - time.Nanosecond)
		synctest.Wait()
		require.Equal(t, hello, out.String())
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.Equal(t, hello+":\n\n", out.String(), "EVS-5 a heartbeat")
		time.Sleep(14 * time.Second)
		write(t, store)
		before := out.String()
		time.Sleep(14 * time.Second)
		synctest.Wait()
		require.Equal(t, before, out.String(), "EVS-5 an event replaces a heartbeat")
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, before+":\n\n", out.String())
		require.Zero(t, out.deadline, "no deadline while there is nothing to send")
	})
	synctest.Test(t, func(t *testing.T) {
		out := &sink{stuck: make(chan struct{})}
		store, ended := open(t, &httpapi.EventsOptions{WriteTimeout: time.Second, Retry: time.Minute}, out)
		write(t, store)
		require.False(t, ended.Load())
		time.Sleep(time.Second)
		synctest.Wait()
		require.True(t, ended.Load(), "EVS-6 a reader that accepts nothing is cut off")
		require.Equal(t, "retry: 60000\nid: 0\n\n", out.String())
	})
	synctest.Test(t, func(t *testing.T) {
		out := &sink{stuck: make(chan struct{})}
		_, ended := open(t, &httpapi.EventsOptions{WriteTimeout: time.Second, Heartbeat: time.Second}, out)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.True(t, ended.Load(), "EVS-6 also if it accepts no heartbeat")
	})
}

// TestEventsSlow has a reader that accepts nothing, over TCP: it costs itself, not others.
func TestEventsSlow(t *testing.T) { eachWay(t, eventsSlow) }

func eventsSlow(t *testing.T, opts httpapi.EventsOptions) {
	opts.WriteTimeout = 2 * time.Second
	s := serveEvents(t, &opts, func(o *contacts.Options) { o.SelfCheck = false })
	slow, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	require.NoError(t, err)
	defer slow.Close()
	_, err = fmt.Fprintf(slow, "GET /?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
	require.NoError(t, err)
	quick := listen(t, s.url+"?after=0", nil)
	quick.must()
	read := make(chan struct{})
	go func() {
		defer close(read)
		for {
			if m, ok := quick.next(); !ok || m.id == "80" {
				return
			}
		}
	}()
	info := contacts.Info{
		Name:           contacts.Name{First: "Ada"},
		ExtendedFields: map[string]any{},
	}
	for i := range 40 {
		f, _, err := s.store.FindOrCreateField(t.Context(), "F"+strconv.Itoa(i), contacts.DataText)
		require.NoError(t, err)
		info.ExtendedFields[f.Key] = strings.Repeat("x", 9000)
	}
	for range 40 { // some 15 MB, more than the buffers of the system
		_, err := s.store.Create(t.Context(), info, nil)
		require.NoError(t, err)
	}
	<-read
	require.NoError(t, quick.lines.Err())
	require.Eventually(t, func() bool { return httpapi.Readers(s.events) <= 1 }, time.Minute, time.Millisecond,
		"EVS-6 a slow reader is cut off")
	rest, err := io.ReadAll(slow)
	if err == nil { // otherwise the connection was reset
		require.NotContains(t, string(rest), "id: 80\n", "EVS-6 a slow reader is cut off")
	}
}

func FuzzLastEventID(f *testing.F) {
	for _, text := range append(storyIDs, "0", "", "3.3", "4.3", "5", "0.1", "18446744073709551615.1", "1\n2", "x") {
		f.Add(text)
	}
	s := serveEvents(f, nil)
	s.story(f)
	want := wanted(f, s.store)
	handler := httpapi.Events(s.store, nil)
	f.Fuzz(func(t *testing.T, text string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r := httptest.NewRequest(http.MethodGet, "/events", nil).WithContext(ctx)
		r.Header["Last-Event-Id"] = []string{text}
		out := &fuzzed{ResponseRecorder: httptest.NewRecorder(), cancel: cancel}
		handler.ServeHTTP(out, r)
		got := out.Body.String()
		if out.Code == http.StatusBadRequest {
			require.Contains(t, got, `"field":"Last-Event-ID"`)
			return
		}
		require.Equal(t, http.StatusOK, out.Code)
		if strings.Contains(got, "event: reset") {
			require.NotContains(t, storyIDs, text)
			return
		}
		require.True(t, strings.HasPrefix(got, "retry: 2000\nid: "+text+"\n\n"), got)
		require.LessOrEqual(t, strings.Count(got, "data: "), len(want))
		if rest := strings.Count(got, "data: "); rest > 0 {
			require.Contains(t, got, "data: "+want[len(want)-rest].data+"\n", "the events are the last ones")
		}
	})
}

// fuzzed ends a stream once it has sent the last event of a story, or if there is nothing to send.
type fuzzed struct {
	*httptest.ResponseRecorder
	cancel func()
}

func (f *fuzzed) Write(p []byte) (int, error) {
	n, err := f.ResponseRecorder.Write(p)
	if text := f.Body.String(); strings.Contains(text, "id: 4\n") || strings.Contains(text, "id: 4.") {
		f.cancel() // commit 4 has one change: nothing follows 4.1 either
	}
	return n, err
}

func (f *fuzzed) Unwrap() http.ResponseWriter { return f.ResponseRecorder }

// slowSink is the writer of a reader whose second message takes until a time to be sent.
type slowSink struct {
	*sink
	until  time.Time
	before string // its text at first
	after  string // and at the end
}

func (s *slowSink) Write(p []byte) (int, error) {
	if s.before == "" && s.String() != "" {
		s.before = string(p)
		time.Sleep(time.Until(s.until))
		s.after = string(p)
	}
	return s.sink.Write(p)
}

func TestEventsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		out := &slowSink{sink: &sink{header: http.Header{}}, until: time.Now().Add(time.Second)}
		var ended sync.WaitGroup
		ended.Go(func() {
			r := httptest.NewRequest(http.MethodGet, "/events", nil).WithContext(ctx)
			httpapi.Events(store, nil).ServeHTTP(out, r)
		})
		for _, first := range []string{"Ada", "Bob", "Eve"} {
			synctest.Wait()
			person(t, store, first)
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		cancel()
		ended.Wait()
		require.Contains(t, out.before, "Ada")
		require.Equal(t, out.before, out.after, "EVS-6 a text that is being sent does not change")
		require.Equal(t, 3, strings.Count(out.String(), "data: "), "EVS-2")
	})
}

// timed is the writer of a reader that notes when it last received something.
type timed struct {
	*sink
	at time.Time
}

func (s *timed) Write(p []byte) (int, error) {
	s.at = time.Now()
	return s.sink.Write(p)
}

func TestEventsGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t, nil)
		handler := httpapi.Events(store, nil)
		ctx, cancel := context.WithCancel(t.Context())
		readers := make([]timed, 250)
		var ended sync.WaitGroup
		for i := range readers {
			readers[i].sink = &sink{header: http.Header{}}
			ended.Go(func() {
				handler.ServeHTTP(&readers[i], httptest.NewRequest(http.MethodGet, "/events", nil).WithContext(ctx))
			})
		}
		for round, first := range []string{"Ada", "Bob"} {
			synctest.Wait()
			begun := time.Now()
			person(t, store, first)
			time.Sleep(time.Second)
			synctest.Wait()
			times := map[time.Time]int{}
			for i := range readers {
				require.Equal(t, round+1, strings.Count(readers[i].String(), "data: "), "EVS-2 each reader has the event")
				times[readers[i].at]++
			}
			require.Len(t, times, 3, "EVS-6 readers are woken in groups")
			for at, n := range times {
				require.LessOrEqual(t, n, 100)
				require.Less(t, at.Sub(begun), time.Millisecond)
			}
		}
		cancel()
		ended.Wait()
	})
}

// taking is a handler that notes when the handler below has returned, and what that does with its connection.
type taking struct {
	http.Handler
	returned chan struct{}
	sent     atomic.Int64
	closed   atomic.Int64
}

func (k *taking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.Handler.ServeHTTP(takenWriter{w, k}, r)
	k.returned <- struct{}{}
}

type takenWriter struct {
	http.ResponseWriter
	k *taking
}

func (w takenWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, buffers, err := http.NewResponseController(w.ResponseWriter).Hijack()
	return takenConn{c, w.k}, buffers, err
}

type takenConn struct {
	net.Conn
	k *taking
}

func (c takenConn) Write(p []byte) (int, error) {
	c.k.sent.Add(int64(len(p)))
	return c.Conn.Write(p)
}

func (c takenConn) Close() error {
	c.k.closed.Add(1)
	return c.Conn.Close()
}

func TestEventsDetached(t *testing.T) {
	streams, end := context.WithCancel(t.Context())
	defer end()
	log := &logged{}
	s := serveEvents(t, &httpapi.EventsOptions{
		Detach: streams, Logger: log.logger(), Heartbeat: time.Hour, // it must not be what finds that a client has gone
	})
	k := &taking{Handler: s.events, returned: make(chan struct{}, 8)}
	server := httptest.NewServer(k)
	defer server.Close()
	e := listen(t, server.URL, nil)
	<-k.returned
	require.Equal(t, "0", e.must().id, "EVS-8 the stream outlives its handler")
	require.Empty(t, e.reply.TransferEncoding)
	require.True(t, e.reply.Close, "EVS-8 it ends with its connection")
	s.create(t, 1)
	require.Equal(t, "1", e.must().id)
	require.NotZero(t, k.sent.Load())
	require.Equal(t, 1, httpapi.Readers(s.events), "EVS-7 it counts as long as it lasts")
	log.mu.Lock()
	require.Zero(t, log.text.Len(), "EVS-8 it is logged when it has ended")
	log.mu.Unlock()

	e.close() // by the client
	require.Eventually(t, func() bool { return k.closed.Load() == 1 }, time.Minute, time.Millisecond)
	require.Zero(t, httpapi.Readers(s.events))
	records, _ := log.take(t)
	require.Len(t, records, 1)
	require.Equal(t, "GET /events", records[0]["route"])

	reply, err := http.Post(server.URL, "text/plain", nil)
	require.NoError(t, err)
	reply.Body.Close()
	require.Equal(t, http.StatusMethodNotAllowed, reply.StatusCode)
	<-k.returned
	reply, err = http.Head(server.URL)
	require.NoError(t, err)
	reply.Body.Close()
	require.Equal(t, http.StatusOK, reply.StatusCode)
	<-k.returned

	e = listen(t, server.URL, nil)
	e.must()
	<-k.returned
	end()
	e.ends()
	require.Eventually(t, func() bool { return k.closed.Load() == 2 }, time.Minute, time.Millisecond,
		"EVS-8 Detach ends it, and the connection is closed once")
	require.Eventually(t, func() bool { return httpapi.Readers(s.events) == 0 }, time.Minute, time.Millisecond)
}

// TestEventsLarge has a commit of more events than are sent at once.
func TestEventsLarge(t *testing.T) { eachWay(t, eventsLarge) }

func eventsLarge(t *testing.T, opts httpapi.EventsOptions) {
	s := serveEvents(t, &opts, func(o *contacts.Options) { o.SelfCheck = false })
	const n = 300
	label, _, err := s.store.FindOrCreateLabel(t.Context(), "Guest")
	require.NoError(t, err)
	for range n {
		_, err := s.store.Create(t.Context(), contacts.Info{
			Name: contacts.Name{First: "Ada", Last: strings.Repeat("x", 500)}, LabelKeys: []string{label.Key},
		}, nil)
		require.NoError(t, err)
	}
	live := listen(t, s.url, nil)
	require.Equal(t, strconv.Itoa(n+1), live.must().id)
	require.NoError(t, s.store.DeleteLabel(t.Context(), label.Key))
	late := listen(t, s.url+"?after="+strconv.Itoa(n+1), nil)
	late.must()
	for _, e := range []*events{live, late} {
		for i := range n {
			require.Equal(t, fmt.Sprintf("%d.%d", n+2, i+1), e.must().id, "EVS-2")
		}
		require.Equal(t, strconv.Itoa(n+2), e.must().id)
	}
}

// TestEventsLimits has a server whose limits on requests are shorter than a stream.
func TestEventsLimits(t *testing.T) { eachWay(t, eventsLimits) }

func eventsLimits(t *testing.T, opts httpapi.EventsOptions) {
	a := openAPI(t, nil)
	opts.Heartbeat = 1500 * time.Millisecond
	server := httptest.NewUnstartedServer(httpapi.Events(a.store, &opts))
	server.Config.ReadTimeout, server.Config.WriteTimeout = time.Second, time.Second
	server.Start()
	defer server.Close()
	defer server.CloseClientConnections()
	e := listen(t, server.URL, nil)
	e.must()
	m, ok := e.next()
	require.True(t, ok, "EVS-5 a stream outlasts the limits of a request")
	require.Equal(t, ":", m.comment)
	(&served{api: a}).create(t, 1)
	require.Equal(t, "1", e.must().id)
}
