package httpapi_test

import (
	"bytes"
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
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// requireIdle requires that soon no request occupies anything.
func requireIdle(t testing.TB, h http.Handler) {
	t.Helper()
	require.Eventually(t, func() bool {
		slots, bytes := httpapi.Occupied(h)
		return slots == 0 && bytes == 0
	}, attackPatience, time.Millisecond)
}

// requireArriving requires that soon all requests wait for their bodies.
func requireArriving(t testing.TB, h http.Handler) {
	t.Helper()
	require.Eventually(t, func() bool {
		slots, bytes := httpapi.Occupied(h)
		return slots == 0 && bytes > 0
	}, attackPatience, time.Millisecond)
}

// pieceBytes is the size of a piece, by rule HTTP-18.
const pieceBytes = 256 << 10

// heavy returns a contact of about 450,000 bytes within the limits of each value.
func heavy(n int) contacts.Info {
	text := func(i int) string { return strings.Repeat(string(rune(0x1D400+i%26)), 1000) } // of four bytes each
	in := contacts.Info{Name: contacts.Name{First: "Heavy " + strconv.Itoa(n)}}
	for i := range 50 {
		in.Addresses = append(in.Addresses, contacts.Address{City: text(i), AddressLine2: text(i + 1)})
	}
	return in
}

// heavies creates n heavy contacts in one commit, so that the store checks itself once, and returns the bytes of the
// first one.
func (a *api) heavies(n int) int {
	a.t.Helper()
	ops := make([]contacts.Operation, n)
	for i := range ops {
		ops[i] = contacts.CreateOp{Info: heavy(i)}
	}
	made, err := a.store.Batch(a.t.Context(), ops, nil)
	require.NoError(a.t, err)
	size := len(jsonOf(a.t, made[0].Contact))
	require.Greater(a.t, size, pieceBytes)
	return size
}

// pieces is a reply writer with the methods of that of a server. It records the sizes of the pieces.
type pieces struct {
	*httptest.ResponseRecorder
	sizes     []int
	deadlines []time.Time
	fail      int // at this piece, counted from 1
}

func (p *pieces) Write(text []byte) (int, error) {
	p.sizes = append(p.sizes, len(text))
	if len(p.sizes) == p.fail {
		return 0, errors.New("the client has disconnected")
	}
	return p.ResponseRecorder.Write(text)
}

func (p *pieces) SetWriteDeadline(at time.Time) error {
	p.deadlines = append(p.deadlines, at)
	return nil
}

// inPieces sends a request and returns the reply with its pieces.
func (a *api) inPieces(r *http.Request) (answer, *pieces) {
	a.t.Helper()
	p := &pieces{ResponseRecorder: httptest.NewRecorder()}
	a.handler.ServeHTTP(p, r)
	require.True(a.t, json.Valid(p.Body.Bytes()))
	requireIdle(a.t, a.handler)
	return answer{a.t, p.Code, p.Header(), p.Body.String()}, p
}

func TestLongReplies(t *testing.T) {
	a := openAPI(t, nil, func(o *contacts.Options) { o.SelfCheck = false })
	const people = 12
	size := a.heavies(people)
	for i := range 2000 {
		_, _, err := a.store.FindOrCreateLabel(t.Context(), strings.Repeat("𝐀", 40)+strconv.Itoa(i))
		require.NoError(t, err)
	}
	for _, row := range []struct{ name, method, path, body, list string }{
		{"a page", "GET", "/contacts?paging.limit=1000", "", "contacts"},
		{"a sorted page", "GET", "/contacts?paging.limit=1000&sort.fieldName=info.name.first", "", "contacts"},
		{"a query", "POST", "/contacts/query", `{"query":{"paging":{"offset":2}}}`, "contacts"},
		{"labels", "GET", "/labels?paging.limit=2000", "", "labels"},
		{"a query of labels", "POST", "/labels/query", `{"query":{"paging":{"limit":1900}}}`, "labels"},
		{"facets", "GET", "/contacts/facets?paging.limit=1000", "", "facets"},
	} {
		t.Run("HTTP-18 "+row.name, func(t *testing.T) {
			a := a.in(t)
			got, p := a.inPieces(request(row.method, publicPrefix+row.path, row.body))
			items := got.each(row.list)
			require.NotEmpty(t, items)
			metadata := "pagingMetadata"
			if row.method == "GET" && row.list == "labels" {
				metadata = "metadata"
			}
			require.EqualValues(t, len(items), got.ok(metadata+".count"))
			if len(got.text) <= pieceBytes {
				require.Equal(t, strconv.Itoa(len(got.text)), got.header.Get("Content-Length"))
				require.Len(t, p.sizes, 1)
				require.Empty(t, p.deadlines)
				return
			}
			require.Greater(t, len(p.sizes), 1)
			require.Empty(t, got.header.Get("Content-Length"))
			for _, n := range p.sizes {
				require.LessOrEqual(t, n, pieceBytes+size+1, "a piece ends after the item that fills it")
			}
			require.Len(t, p.deadlines, len(p.sizes)+1, "one for each piece, and its end")
			require.Zero(t, p.deadlines[len(p.sizes)])
		})
	}
	t.Run("HTTP-18 all of a moment, in the order of the store", func(t *testing.T) {
		a := a.in(t)
		got, _ := a.inPieces(request("GET", publicPrefix+"/contacts?paging.limit=1000&paging.offset=1", ""))
		page, err := a.store.List(t.Context(), contacts.Query{}, &contacts.ListOptions{Limit: 1000, Offset: 1})
		require.NoError(t, err)
		require.JSONEq(t, jsonOf(t, map[string]any{
			"contacts": page.Items,
			"pagingMetadata": map[string]any{
				"count": people - 1, "offset": 1, "total": people, "tooManyToCount": false, "hasNext": false,
			},
		}), got.text)
	})
	t.Run("HTTP-18 one heavy contact is one piece", func(t *testing.T) {
		a := a.in(t)
		got, p := a.inPieces(request("GET", publicPrefix+"/contacts/"+testIDOf(t, a.store).String(), ""))
		require.Len(t, p.sizes, 1)
		require.Equal(t, strconv.Itoa(len(got.text)), got.header.Get("Content-Length"))
	})
	t.Run("HTTP-18 HEAD", func(t *testing.T) {
		p := &pieces{ResponseRecorder: httptest.NewRecorder()}
		a.handler.ServeHTTP(p, request("HEAD", publicPrefix+"/contacts", ""))
		require.Equal(t, http.StatusOK, p.Code)
		require.Empty(t, p.sizes)
		requireIdle(t, a.handler)
	})
	t.Run("HTTP-18 a client that disconnects", func(t *testing.T) {
		for n := range 4 {
			p := &pieces{ResponseRecorder: httptest.NewRecorder(), fail: n + 1}
			require.PanicsWithValue(t, http.ErrAbortHandler, func() {
				a.handler.ServeHTTP(p, request("GET", publicPrefix+"/contacts", ""))
			})
			require.Len(t, p.sizes, n+1, "nothing more is encoded")
			requireIdle(t, a.handler)
		}
	})
	t.Run("HTTP-18 after the reply the timeout of the server counts", func(t *testing.T) {
		for _, timeout := range []time.Duration{0, time.Hour} {
			p := &deadlines{}
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				p.ResponseWriter = w
				a.handler.ServeHTTP(p, r)
			}))
			server.Config.WriteTimeout = timeout
			server.Start()
			reply, err := server.Client().Get(server.URL + publicPrefix + "/contacts")
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, reply.Body)
			require.NoError(t, err)
			require.NoError(t, reply.Body.Close())
			server.Close()
			last := p.at[len(p.at)-1]
			require.Equal(t, timeout == 0, last.IsZero())
			if timeout > 0 {
				require.Greater(t, time.Until(last), httpapi.DefaultWriteTimeout)
			}
			for _, at := range p.at[:len(p.at)-1] {
				require.LessOrEqual(t, time.Until(at), httpapi.DefaultWriteTimeout)
			}
		}
	})
	for _, version := range []int{1, 2} {
		t.Run("HTTP-18 over HTTP/"+strconv.Itoa(version), func(t *testing.T) {
			server := httptest.NewUnstartedServer(a.handler)
			server.EnableHTTP2 = version == 2
			server.StartTLS()
			defer server.Close()
			for range 2 {
				reply, err := server.Client().Get(server.URL + publicPrefix + "/contacts")
				require.NoError(t, err)
				require.Equal(t, version, reply.ProtoMajor)
				require.Equal(t, []string{"application/json"}, reply.Header["Content-Type"])
				text, err := io.ReadAll(reply.Body)
				require.NoError(t, err)
				require.NoError(t, reply.Body.Close())
				require.Len(t, answer{t, 200, reply.Header, string(text)}.each("contacts"), people)
			}
		})
	}
}

// testIDOf returns the ID of the first contact.
func testIDOf(t *testing.T, s *contacts.Store) uuid.UUID {
	t.Helper()
	for v := range s.Snapshot().All() {
		return v.ID()
	}
	require.FailNow(t, "the store is empty")
	return uuid.Nil
}

// deadlines is a reply writer that records the deadlines that a handler sets.
type deadlines struct {
	http.ResponseWriter
	at []time.Time
}

func (d *deadlines) Unwrap() http.ResponseWriter { return d.ResponseWriter }

func (d *deadlines) SetWriteDeadline(at time.Time) error {
	d.at = append(d.at, at)
	return http.NewResponseController(d.ResponseWriter).SetWriteDeadline(at)
}

// deaf sends a request for a long reply, and accepts only as much as the buffers of the system hold.
func (s *attacked) deaf() *attackerConn {
	s.t.Helper()
	c := s.dial()
	c.send("GET /contacts/v4/contacts HTTP/1.1\r\nHost: x.test\r\n\r\n")
	return c
}

// complete reports whether the reply has its end.
func (c *attackerConn) complete() bool {
	c.t.Helper()
	require.NoError(c.t, c.SetDeadline(time.Now().Add(attackPatience))) // the one of dial may be near
	r, err := http.ReadResponse(c.reader, nil)
	require.NoError(c.t, err)
	defer r.Body.Close()
	require.Equal(c.t, http.StatusOK, r.StatusCode)
	_, err = io.Copy(io.Discard, r.Body)
	var timeout net.Error
	require.False(c.t, errors.As(err, &timeout) && timeout.Timeout(), "the connection stays open")
	return err == nil
}

func TestDeafClients(t *testing.T) {
	t.Parallel()
	t.Run("HTTP-18 a client that accepts nothing", func(t *testing.T) {
		t.Parallel()
		s := attack(t, &httpapi.Options{WriteTimeout: 50 * time.Millisecond}, nil)
		s.heavies(50)
		c := s.deaf()
		require.Equal(t, attackedBy{"GET /contacts", 200}, s.answered())
		require.False(t, c.complete())
		requireIdle(t, s.handler)
	})
	t.Run("HTTP-13 it loses its slot to the next request", func(t *testing.T) {
		t.Parallel()
		const slots = 3
		s := attack(t, &httpapi.Options{MaxConcurrent: slots}, nil)
		s.heavies(50)
		var all []*attackerConn
		for range slots {
			all = append(all, s.deaf())
		}
		require.Eventually(t, func() bool {
			taken, _ := httpapi.Occupied(s.handler)
			return taken == slots
		}, attackPatience, time.Millisecond)
		began := time.Now()
		require.Eventually(t, func() bool {
			r := s.say("GET", "/labels", "")
			if r.status != http.StatusOK {
				require.Equal(t, string(httpapi.ErrUnavailable), r.code())
			}
			return r.status == http.StatusOK
		}, attackPatience, 10*time.Millisecond)
		require.Less(t, time.Since(began), httpapi.DefaultWriteTimeout/2)
		complete := 0
		for _, c := range all {
			if c.complete() {
				complete++
			}
		}
		require.Equal(t, slots-1, complete, "one has lost its slot")
		requireIdle(t, s.handler)
	})
}

// upload sends the head of a request and a part of its body, and waits until the server has read it.
func (s *attacked) upload(bytes, of int) *attackerConn {
	s.t.Helper()
	c, before := s.dial(), s.read.Load()
	head := post("/labels", jsonType, "Content-Length: "+strconv.Itoa(of))
	c.send(head + strings.Repeat(" ", bytes))
	require.Eventually(s.t, func() bool { return s.read.Load() >= before+int64(len(head)+bytes) },
		attackPatience, time.Millisecond)
	return c
}

// label sends the rest of a body, which defines a label.
func (c *attackerConn) label(name string, rest int) {
	c.t.Helper()
	body := `{"displayName":"` + name + `"}`
	c.send(strings.Repeat(" ", rest-len(body)) + body)
}

func TestBodiesThatArrive(t *testing.T) {
	t.Parallel()
	const size, most, part = 100_000, 350_000, 90_000 // three bodies, and not four
	t.Run("HTTP-13 they hold no slot", func(t *testing.T) {
		t.Parallel()
		s := attack(t, &httpapi.Options{MaxConcurrent: 1}, nil)
		var slow []*attackerConn
		for range 20 {
			slow = append(slow, s.upload(5, 100))
			requireArriving(t, s.handler)
		}
		s.call("GET", "/contacts", "").ok("contacts")
		require.Equal(t, http.StatusOK, s.say("POST", "/labels", `{"displayName":"Quick"}`).status)
		for i, c := range slow {
			c.label(fmt.Sprint("Slow ", i), 95)
			c.reply().ok("label.key")
		}
		requireIdle(t, s.handler)
	})
	t.Run("HTTP-13 a body that has arrived needs a slot", func(t *testing.T) {
		t.Parallel()
		entered, release := make(chan struct{}), make(chan struct{})
		s := attack(t, &httpapi.Options{
			MaxConcurrent: 1,
			Authorize: func(r *http.Request, _ httpapi.Permission) error {
				if r.Method == http.MethodGet {
					close(entered)
					<-release
				}
				return nil
			},
		}, nil)
		letGo := sync.OnceFunc(func() { close(release) })
		t.Cleanup(letGo)
		c := s.upload(5, 100)
		requireArriving(t, s.handler)
		go s.say("GET", "/labels", "")
		<-entered
		c.label("Late", 95)
		got := c.reply()
		got.fails(http.StatusServiceUnavailable, httpapi.ErrUnavailable)
		require.Equal(t, "1", got.header.Get("Retry-After"))
		letGo()
		requireIdle(t, s.handler)
	})
	t.Run("HTTP-19 the oldest is cut off", func(t *testing.T) {
		t.Parallel()
		s := attack(t, &httpapi.Options{MaxBodyBytes: size, MaxTotalBodyBytes: most}, nil)
		var slow []*attackerConn
		for range 3 {
			slow = append(slow, s.upload(part, size))
		}
		slow = append(slow, s.upload(5, size)) // which is little, until it grows
		for range 2 {
			slow = append(slow, s.upload(part, size))
		}
		for _, c := range slow[:2] {
			c.reply().fails(http.StatusRequestTimeout, httpapi.ErrRequestTimeout)
			c.closed()
			require.Equal(t, attackedBy{"POST /labels", 408}, s.answered())
		}
		for i, c := range slow[4:] {
			c.label(fmt.Sprint("In time ", i), size-part)
			c.reply().ok("label.key")
		}
		slow[2].label("In time, too", size-part)
		slow[2].reply().ok("label.key")
		slow[3].label("Small at first", size-5)
		slow[3].reply().ok("label.key")
		requireIdle(t, s.handler)
	})
	t.Run("HTTP-19 bodies in chunks count, too", func(t *testing.T) {
		t.Parallel()
		s := attack(t, &httpapi.Options{MaxBodyBytes: size, MaxTotalBodyBytes: most}, nil)
		var slow []*attackerConn
		for range 4 {
			c, before := s.dial(), s.read.Load()
			c.send(post("/labels", jsonType, "Transfer-Encoding: chunked") + "15f90\r\n" + strings.Repeat(" ", part))
			require.Eventually(t, func() bool { return s.read.Load() > before+part }, attackPatience,
				time.Millisecond)
			slow = append(slow, c)
		}
		slow[0].reply().fails(http.StatusRequestTimeout, httpapi.ErrRequestTimeout)
		slow[3].send("\r\n17\r\n{\"displayName\":\"Three\"}\r\n0\r\n\r\n")
		slow[3].reply().ok("label.key")
		for _, c := range slow[1:3] {
			require.NoError(t, c.Close())
		}
		requireIdle(t, s.handler)
	})
	t.Run("HTTP-19 bodies that are answered are not cut off", func(t *testing.T) {
		t.Parallel()
		var requests atomic.Int64
		entered, release := make(chan struct{}), make(chan struct{})
		s := attack(t, &httpapi.Options{
			MaxBodyBytes: size, MaxTotalBodyBytes: 1, // which is too little, so that it is two bodies
			Identify: func(*http.Request) httpapi.Identity {
				if requests.Add(1) <= 2 {
					entered <- struct{}{}
					<-release
				}
				return httpapi.Identity{}
			},
		}, nil)
		letGo := sync.OnceFunc(func() { close(release) })
		t.Cleanup(letGo)
		person := func(name string) string {
			body := `{"info":{"name":{"first":"` + name + `"}}}`
			return strings.Repeat(" ", size-len(body)) + body
		}
		var clients sync.WaitGroup
		for _, name := range []string{"Ada", "Bo"} {
			clients.Go(func() {
				if got := s.say("POST", "/contacts", person(name)).status; got != http.StatusOK {
					t.Error(got)
				}
			})
			<-entered
		}
		s.unchanged(func() {
			got := s.call("POST", "/contacts", person("Cy"))
			got.fails(http.StatusServiceUnavailable, httpapi.ErrUnavailable)
			require.Equal(t, "1", got.header.Get("Retry-After"))
		})
		letGo()
		clients.Wait()
		require.Equal(t, 2, s.store.Snapshot().Len())
		s.call("POST", "/contacts", person("Cy")).ok()
		requireIdle(t, s.handler)
	})
	t.Run("HTTP-19 nothing is kept of a request that fails", func(t *testing.T) {
		t.Parallel()
		a := openAPI(t, &httpapi.Options{MaxBodyBytes: size, Identify: func(r *http.Request) httpapi.Identity {
			if r.Header.Get("X-Panic") != "" {
				panic("now")
			}
			return httpapi.Identity{}
		}})
		for i := range 100 {
			r := request("POST", publicPrefix+"/contacts", strings.Repeat("{", i*(size/50)))
			if i%3 == 0 {
				r = request("POST", publicPrefix+"/contacts", `{"info":{}}`)
				r.Header.Set("X-Panic", "1")
			}
			a.refused(r)
			slots, bytes := httpapi.Occupied(a.handler)
			require.Zero(t, slots)
			require.Zero(t, bytes)
		}
	})
	t.Run("HTTP-19 the whole of a body, whatever its size", func(t *testing.T) {
		t.Parallel()
		a := openAPI(t, nil)
		for _, n := range []int{22, 4094, 4095, 4096, 4097, 8191, 8192, 8193, 65536, 1 << 20} {
			for _, known := range []bool{true, false} {
				body := `{"displayName":"A"}`
				r := request("POST", publicPrefix+"/labels", body+strings.Repeat(" ", n-len(body)))
				if !known {
					r.ContentLength = -1
				}
				a.send(r).ok("label")
			}
		}
	})
}

// TestNoPath sends what no path can match, over a network and as the server passes it on.
func TestNoPath(t *testing.T) {
	s := attack(t, nil, func(c *http.Server) { c.DisableGeneralOptionsHandler = true })
	for _, head := range []string{
		"OPTIONS * HTTP/1.1", "GET * HTTP/1.1", "CONNECT contacts.test:80 HTTP/1.1", "PRI * HTTP/2.0",
		"OPTIONS http://x.test HTTP/1.1", "OPTIONS / HTTP/1.1",
	} {
		t.Run("HTTP-20 "+head, func(t *testing.T) {
			s := s.in(t)
			s.unchanged(func() {
				c := s.dial()
				c.send(head + "\r\nHost: x.test\r\n\r\n")
				got := c.reply()
				got.fails(http.StatusNotFound, httpapi.ErrRouteNotFound)
				require.NotEmpty(t, got.header.Get("X-Wix-Request-Id"))
				require.Equal(t, attackedBy{"none", 404}, s.answered())
			})
		})
	}
	var log bytes.Buffer // what the server answers itself is documented in docs/http.md
	for head, want := range map[string]string{
		"nonsense":                           "400 Bad Request",
		"GET /contacts/v4/contacts HTTP/1.1": "400 Bad Request: missing required Host header",
		"GET /contacts/v4/contacts HTTP/1.1\r\nHost: x.test\r\nA b":          "400 Bad Request",
		"GET /contacts/v4/%zz HTTP/1.1\r\nHost: x.test":                      "400 Bad Request",
		"GET / HTTP/3.0\r\nHost: x.test":                                     "505 HTTP Version Not Supported",
		"GET / HTTP/1.1\r\nHost: x.test\r\nTransfer-Encoding: gzip":          "501 Not Implemented",
		"GET / HTTP/1.1\r\nHost: x.test\r\nExpect: nothing":                  "417 Expectation Failed",
		"GET / HTTP/1.1\r\nHost: x.test\r\nA: " + strings.Repeat("a", 2<<20): "431 Request Header Fields Too Large",
	} {
		t.Run("HTTP-20 not passed on: "+want, func(t *testing.T) {
			s := s.in(t)
			c := s.dial()
			go io.WriteString(c, head+"\r\n\r\n")
			line, err := c.reader.ReadString('\n')
			require.NoError(t, err)
			require.Contains(t, line, want[:3])
			require.NotContains(t, line, "200")
			log.WriteString(line)
		})
	}
	require.NotContains(t, log.String(), "json")
}
