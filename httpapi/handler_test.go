package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// secret is in every value that must not be revealed.
const secret = "s3cret"

// internal is the reply to a request that the server failed to answer.
const internal = `{"message":"","details":{}}`

func TestBody(t *testing.T) {
	const body = `{"info":{"name":{"first":"Zoe"}}}`
	for _, tc := range []struct {
		name   string
		header map[string]string
		status int
	}{
		{"application/json", map[string]string{"Content-Type": "application/json"}, 200},
		{"capitals", map[string]string{"Content-Type": "Application/JSON"}, 200},
		{"charset", map[string]string{"Content-Type": "application/json; charset=utf-8"}, 200},
		{"charset in capitals", map[string]string{"Content-Type": `application/json;charset="UTF-8"`}, 200},
		{"another parameter", map[string]string{"Content-Type": "application/json; v=1"}, 200},
		{"no type", nil, 415},
		{"empty type", map[string]string{"Content-Type": ""}, 415},
		{"broken type", map[string]string{"Content-Type": "application/json; charset"}, 415},
		{"text", map[string]string{"Content-Type": "text/plain"}, 415},
		{"form", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415},
		{"JSON of another kind", map[string]string{"Content-Type": "application/merge-patch+json"}, 415},
		{"another charset", map[string]string{"Content-Type": "application/json; charset=utf-16"}, 415},
		{"gzip", map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415},
		{"identity", map[string]string{"Content-Type": "application/json", "Content-Encoding": "identity"}, 415},
	} {
		t.Run("HTTP-3 "+tc.name, func(t *testing.T) {
			c := newCast(t, nil)
			r := httptest.NewRequest("POST", publicPrefix+"/contacts", strings.NewReader(body))
			for name, value := range tc.header {
				r.Header.Set(name, value)
			}
			if tc.status == 200 {
				c.send(r).ok()
				return
			}
			c.refused(r).fails(tc.status, httpapi.ErrUnsupportedMediaType)
		})
	}

	for _, e := range endpoints {
		if e.body == "" {
			continue
		}
		t.Run("HTTP-3 body as text of "+e.route, func(t *testing.T) {
			c := newCast(t, nil)
			r := c.request(e.method(), e.path, e.body)
			r.Header.Set("Content-Type", "text/plain")
			c.refused(r).fails(415, httpapi.ErrUnsupportedMediaType)
		})
	}

	t.Run("HTTP-3 no body means an object without members", func(t *testing.T) {
		c := newCast(t, nil)
		c.refuse("POST", "/contacts", "").fails(400, contacts.ErrInsufficientData)
		require.Equal(t, c.do("POST", "/contacts/query", `{}`).text, c.do("POST", "/contacts/query", "").text)
		require.Equal(t, c.do("POST", "/labels/query", `{}`).text, c.do("POST", "/labels/query", "").text)
		c.refuse("PATCH", "/contacts/{bob}", "").violates("revision REQUIRED_FIELD")
	})
	t.Run("HTTP-3 no body, in chunks", func(t *testing.T) {
		c := newCast(t, nil)
		r := c.request("POST", "/contacts/query", "")
		r.Header.Set("Content-Type", "application/json")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader("")), -1
		c.send(r).ok()
	})
	t.Run("HTTP-3 a body as long as allowed", func(t *testing.T) {
		for _, known := range []bool{true, false} {
			c := newCast(t, &httpapi.Options{MaxBodyBytes: int64(len(body))})
			sized := func(text string) *http.Request {
				r := c.request("POST", "/contacts", text)
				if !known {
					r.ContentLength = -1
				}
				return r
			}
			c.send(sized(body)).ok()
			c.refused(sized(body+" ")).fails(413, httpapi.ErrBodyTooLarge)
		}
	})
	t.Run("HTTP-3 by default 4 MiB", func(t *testing.T) {
		a := openAPI(t, nil)
		text := body + strings.Repeat(" ", 4<<20-len(body))
		a.call("POST", "/contacts", text).ok()
		a.refused(request("POST", publicPrefix+"/contacts", text+" ")).fails(413, httpapi.ErrBodyTooLarge)
	})
	for name, tc := range map[string]struct {
		err    error
		status int
		code   contacts.Code
	}{
		"ends early":              {io.ErrUnexpectedEOF, 400, httpapi.ErrIncompleteBody},
		"does not arrive":         {errors.New(secret), 400, httpapi.ErrIncompleteBody},
		"does not arrive in time": {os.ErrDeadlineExceeded, 408, httpapi.ErrRequestTimeout},
	} {
		t.Run("HTTP-3 a body that "+name, func(t *testing.T) {
			c := newCast(t, nil)
			r := c.request("POST", "/contacts", body)
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), failing{tc.err}))
			out := c.refused(r)
			out.fails(tc.status, tc.code)
			require.NotContains(t, out.text, secret)
		})
	}
	readers := map[string]func(io.Reader) error{
		"all":  func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err },
		"some": func(r io.Reader) error { _, err := io.ReadFull(r, make([]byte, 2)); return err },
	}
	for much, read := range readers {
		t.Run("HTTP-3 a body that was read before, "+much, func(t *testing.T) {
			c := newCast(t, nil)
			inner := c.handler
			outside, inAuthorize := c.in(t), c.in(t)
			outside.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				require.NoError(t, read(r.Body))
				inner.ServeHTTP(w, r)
			})
			inAuthorize.handler = httpapi.Handler(c.store, &httpapi.Options{
				Authorize: func(r *http.Request, _ httpapi.Permission) error { return read(r.Body) },
			})
			for _, e := range endpoints {
				if e.body != "" {
					outside.refuse(e.method(), e.path, e.body).fails(400, httpapi.ErrIncompleteBody)
					inAuthorize.refuse(e.method(), e.path, e.body).fails(400, httpapi.ErrIncompleteBody)
				}
			}
		})
	}
	t.Run("HTTP-3 the body of a GET is not read", func(t *testing.T) {
		c := newCast(t, nil)
		for _, e := range endpoints {
			if e.method() == http.MethodGet {
				r := c.request("GET", e.path, "{")
				r.Header.Del("Content-Type")
				r.Body = unread{t}
				c.send(r).ok()
			}
		}
	})

	c := newCast(t, nil)
	for name, text := range map[string]string{
		"broken JSON":      `{"info"`,
		"two values":       `{} {}`,
		"an extra comma":   `{"info":{},}`,
		"words":            `info`,
		"spaces":           ` `,
		"invalid UTF-8":    "{\"info\":{\"name\":{\"first\":\"\xff\"}}}",
		"half a surrogate": `{"info":{"name":{"first":"\ud83d"}}}`,
		"too deep":         strings.Repeat("[", 20000) + strings.Repeat("]", 20000),
	} {
		t.Run("HTTP-4 body of "+name, func(t *testing.T) {
			c := c.in(t)
			for _, e := range endpoints {
				if e.body != "" {
					c.refuse(e.method(), e.path, text).violates("body FORMAT JSON")
				}
			}
		})
	}
	for _, text := range []string{`[]`, `5`, `"{}"`, `true`} {
		t.Run("HTTP-4 a body that is not an object: "+text, func(t *testing.T) {
			c := c.in(t)
			for _, e := range endpoints {
				if e.body != "" {
					got := c.refuse(e.method(), e.path, text).violations()
					require.Contains(t, got, "body FORMAT OBJECT", e.route)
				}
			}
		})
	}
}

// failing is a body that ends with an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func (u unread) Close() error { return nil }

func TestRequestIDs(t *testing.T) {
	t.Run("HTTP-9 a new ID for each request", func(t *testing.T) {
		seen := map[string]bool{}
		for range 2 { // handlers
			c := newCast(t, nil)
			for _, path := range []string{"/contacts", "/contacts", "/contacts/{nobody}", "/contacts/x", "/nothing"} {
				id := c.do("GET", path, "").header.Get("X-Wix-Request-Id")
				require.False(t, seen[id])
				seen[id] = true
			}
			seen[c.do("PUT", "/contacts", "").header.Get("X-Wix-Request-Id")] = true
		}
		require.Len(t, seen, 12)
	})
	t.Run("HTTP-9 the ID in a request is ignored", func(t *testing.T) {
		c := newCast(t, nil)
		r := c.request("GET", "/contacts", "")
		r.Header.Set("X-Wix-Request-Id", secret)
		require.NotContains(t, c.send(r).header.Get("X-Wix-Request-Id"), secret)
	})
	t.Run("HTTP-9 Options.NewRequestID", func(t *testing.T) {
		n := 0
		c := newCast(t, &httpapi.Options{NewRequestID: func() string { n++; return fmt.Sprint("r", n) }})
		for i, path := range []string{"/contacts", "/contacts/{nobody}", "/nothing"} {
			require.Equal(t, fmt.Sprint("r", i+1), c.do("GET", path, "").header.Get("X-Wix-Request-Id"))
		}
	})
}

func TestAuthorize(t *testing.T) {
	for _, e := range endpoints {
		t.Run("HTTP-11 "+e.route, func(t *testing.T) {
			var asked []httpapi.Permission
			var refusal error
			opts := &httpapi.Options{Authorize: func(r *http.Request, p httpapi.Permission) error {
				require.Equal(t, e.method(), r.Method)
				asked = append(asked, p)
				return refusal
			}}
			c := newCast(t, opts)
			for _, tc := range []struct {
				err    error
				status int
				code   contacts.Code
			}{
				{httpapi.ErrPermissionDenied, 403, httpapi.ErrPermissionDenied},
				{fmt.Errorf("%s: %w", secret, httpapi.ErrPermissionDenied), 403, httpapi.ErrPermissionDenied},
				{errors.New(secret), 401, httpapi.ErrUnauthenticated},
				{httpapi.ErrUnauthenticated, 401, httpapi.ErrUnauthenticated},
				{contacts.ErrContactNotFound, 401, httpapi.ErrUnauthenticated},
			} {
				asked, refusal = nil, tc.err
				r := c.request(e.method(), e.path, e.body)
				r.Body = unread{t}
				out := c.refused(r)
				out.fails(tc.status, tc.code)
				require.Equal(t, []httpapi.Permission{e.permission}, asked)
				require.NotContains(t, out.text, secret)
				require.Equal(t, map[string]any{}, out.at("details.applicationError.data"))
				require.Equal(t, tc.status == 401, out.header.Get("WWW-Authenticate") != "")
			}
			asked, refusal = nil, nil
			c.do(e.method(), e.path, e.body).ok()
			require.Equal(t, []httpapi.Permission{e.permission}, asked)
		})
	}

	t.Run("HTTP-11 HEAD needs the permission of GET", func(t *testing.T) {
		c := newCast(t, &httpapi.Options{Authorize: func(_ *http.Request, p httpapi.Permission) error {
			require.Equal(t, httpapi.PermissionView, p)
			return httpapi.ErrPermissionDenied
		}})
		c.do("HEAD", "/contacts", "").fails(403, httpapi.ErrPermissionDenied)
	})
	t.Run("HTTP-11 by a header of the request", func(t *testing.T) {
		c := newCast(t, &httpapi.Options{Authorize: func(r *http.Request, _ httpapi.Permission) error {
			if r.Header.Get("Authorization") != secret {
				return errors.New("who is it?")
			}
			return nil
		}})
		r := c.request("GET", "/contacts", "")
		c.refused(r).fails(401, httpapi.ErrUnauthenticated)
		r.Header.Set("Authorization", secret)
		c.send(r).ok()
	})
	t.Run("HTTP-11 path values of an outer mux", func(t *testing.T) {
		var seen []string
		see := func(name string, r *http.Request) {
			seen = append(seen, strings.Join([]string{name, r.PathValue("tenant"), r.Pattern, r.URL.Path}, " "))
		}
		c := newCast(t, &httpapi.Options{
			Authorize: func(r *http.Request, p httpapi.Permission) error { see(string(p), r); return nil },
			Identify:  func(r *http.Request) httpapi.Identity { see("who", r); return httpapi.Identity{} },
		})
		inner, mux := c.handler, http.NewServeMux()
		mux.HandleFunc("/t/{tenant}/", func(w http.ResponseWriter, r *http.Request) {
			http.StripPrefix("/t/"+r.PathValue("tenant"), inner).ServeHTTP(w, r)
			see("after", r)
		})
		c.handler = mux
		send := func(method, path, body string) answer {
			t.Helper()
			seen = nil
			return c.send(request(method, c.fill("/t/acme/contacts/v4"+path), c.fill(body)))
		}
		row := func(name, path string) string { return name + " acme /t/{tenant}/ " + path }
		got := send("GET", "/contacts/{bob}", "")
		require.Equal(t, c.id["bob"].String(), got.ok("contact.id"), "the handler has path values of its own")
		path := c.fill("/contacts/v4/contacts/{bob}")
		require.Equal(t, []string{row("CONTACTS.VIEW", path), row("after", "/t/acme"+path)}, seen)
		send("POST", "/contacts", `{"info":{"name":{"first":"Zoe"}}}`).ok()
		path = "/contacts/v4/contacts"
		require.Equal(t, []string{
			row("CONTACTS.MODIFY", path), row("who", path), row("after", "/t/acme"+path),
		}, seen)
		send("POST", "/contact-submit", `{"contactId":"{bob}","info":{"name":{"first":"Bob"}}}`).ok()
		path = "/contacts/v4/contact-submit"
		require.Equal(t, []string{
			row("CONTACTS.SUBMIT", path), row("who", path), row("CONTACTS.SUBMIT_WITH_OVERRIDES", path),
			row("after", "/t/acme"+path),
		}, seen)
	})
	t.Run("HTTP-11 by default no caller is refused", func(t *testing.T) {
		c := newCast(t, nil)
		r := c.request("GET", "/contacts", "")
		r.Header.Set("Authorization", "Bearer nonsense")
		c.send(r).ok()
	})
}

// logged is the output of a logger for all levels.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.Level(-100)}))
}

// take returns the records since the last call, and their text.
func (l *logged) take(t *testing.T) (records []map[string]any, text string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	text = l.text.String()
	l.text.Reset()
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record), line)
		records = append(records, record)
	}
	return records, text
}

func TestLogger(t *testing.T) {
	t.Run("HTTP-12 a record of each request", func(t *testing.T) {
		for _, e := range endpoints {
			var log logged
			c := newCast(t, &httpapi.Options{Logger: log.logger()})
			out := c.do(e.method(), e.path, e.body)
			out.ok()
			records, _ := log.take(t)
			require.Len(t, records, 1, e.route)
			require.Equal(t, "DEBUG", records[0]["level"])
			require.Equal(t, e.route, records[0]["route"])
			require.Equal(t, 200.0, records[0]["status"])
			require.Equal(t, out.header.Get("X-Wix-Request-Id"), records[0]["request"])
		}
	})
	t.Run("HTTP-12 a record of each failure", func(t *testing.T) {
		var log logged
		c := newCast(t, &httpapi.Options{Logger: log.logger()})
		for _, tc := range []struct {
			method, path string
			status       int
		}{
			{"GET", "/contacts/{nobody}", 404}, {"GET", "/contacts/x", 400}, {"GET", "/nothing", 404},
			{"PUT", "/contacts", 405},
		} {
			require.Equal(t, tc.status, c.do(tc.method, tc.path, "").status)
			records, _ := log.take(t)
			require.Len(t, records, 1)
			require.Equal(t, "DEBUG", records[0]["level"])
			require.Equal(t, float64(tc.status), records[0]["status"])
		}
	})
	t.Run("HTTP-12 nothing of a request except its route", func(t *testing.T) {
		var log logged
		c := newCast(t, &httpapi.Options{Logger: log.logger(), Identify: func(*http.Request) httpapi.Identity {
			return httpapi.Identity{Source: contacts.Source{AppID: secret}}
		}})
		text := `"` + secret + `"`
		for _, tc := range [][3]string{
			{"POST", "/contacts", `{"info":{"name":{"first":` + text + `}}}`},
			{"POST", "/contacts", `{"info":{"name":{"first":` + text + `}}`},
			{"POST", "/contacts", `{"info":{"birthdate":` + text + `}}`},
			{"POST", "/contacts", `{"info":{"name":{"first":"A"},"extendedFields":{"items":{"custom.age":` + text +
				`}}}}`},
			{"POST", "/contacts", `{"info":{"name":{"first":"A"},"extendedFields":{"items":{"custom.` + secret +
				`":1}}}}`},
			{"POST", "/contacts", `{` + text + `:` + text + `,"info":{` + text + `:` + text + `}}`},
			{"POST", "/contacts/query", `{"query":{"filter":{"info.` + secret + `":` + text + `}}}`},
			{"POST", "/contacts/query", `{"query":{"filter":{"createdDate":` + text + `}}}`},
			{"POST", "/contacts/query", `{"search":` + text + `}`},
			{"GET", "/contacts?sort.fieldName=" + secret, ""},
			{"GET", "/contacts?fields=" + secret + "&x=%zz" + secret, ""},
			{"GET", "/contacts/" + secret, ""},
			{"GET", "/contacts/{bob}", ""},
			{"GET", "/contacts/{nobody}", ""},
			{"GET", "/labels/custom." + secret, ""},
			{"PATCH", "/labels/custom." + secret, `{"name":` + text + `}`},
			{"DELETE", "/extended-fields/custom." + secret, ""},
			{"GET", "/" + secret, ""},
			{"X" + secret, "/contacts", ""},
			{"POST", "/labels", `{"displayName":` + text + `}`},
			{"POST", "/contact-submit", `{"info":{"name":{"first":` + text + `}},"passThroughData":` + text + `}`},
		} {
			r := c.request(tc[0], tc[1], tc[2])
			r.Header.Set("Authorization", secret)
			r.Header.Set("User-Agent", secret)
			c.send(r)
			records, text := log.take(t)
			require.Len(t, records, 1)
			require.NotContains(t, text, secret, "%s %s", tc[0], tc[1])
			require.NotContains(t, text, c.id["bob"].String())
			require.NotContains(t, text, c.id["nobody"].String())
		}
	})
}

func TestInternalErrors(t *testing.T) {
	t.Run("HTTP-12 INTERNAL is logged", func(t *testing.T) {
		var log logged
		c := newCast(t, &httpapi.Options{Logger: log.logger()})
		c.newID = func() uuid.UUID { return uuid.Nil }
		out := c.refuse("POST", "/contacts", `{"info":{"name":{"first":"s3cret"}}}`)
		require.Equal(t, []any{500, internal}, []any{out.status, out.text})
		records, text := log.take(t)
		require.Len(t, records, 1)
		require.Equal(t, []any{"ERROR", 500.0, "POST /contacts", out.header.Get("X-Wix-Request-Id")},
			[]any{records[0]["level"], records[0]["status"], records[0]["route"], records[0]["request"]})
		require.NotContains(t, text, secret)
	})
}

// broken returns options with a function that panics if *value is not nil.
func broken(function string, value *any, log *logged) (*httpapi.Options, func(*contacts.Options)) {
	fail := func() {
		if *value != nil {
			panic(*value)
		}
	}
	opts := &httpapi.Options{Logger: log.logger()}
	change := func(*contacts.Options) {}
	switch function {
	case "Authorize":
		opts.Authorize = func(*http.Request, httpapi.Permission) error { fail(); return nil }
	case "Identify":
		opts.Identify = func(*http.Request) httpapi.Identity { fail(); return httpapi.Identity{} }
	case "NewRequestID":
		opts.NewRequestID = func() string { fail(); return "r1" }
	case "Now":
		change = func(o *contacts.Options) {
			now := o.Now
			o.Now = func() time.Time { fail(); return now() }
		}
	case "NewID":
		change = func(o *contacts.Options) {
			newID := o.NewID
			o.NewID = func() uuid.UUID { fail(); return newID() }
		}
	}
	return opts, change
}

func TestPanics(t *testing.T) {
	const body = `{"info":{"name":{"first":"Zoe"}}}`
	var none map[string]int
	values := map[string]any{
		"a text": secret, "an error": errors.New(secret), "a struct": struct{ Name string }{secret},
		"a wrapped runtime error": fmt.Errorf("%s: %w", secret, runtimeError(func() { none[secret] = 1 })),
		"a runtime error":         runtimeError(func() { _ = []int{}[len(none)] }),
		"an abort, wrapped":       fmt.Errorf("%s: %w", secret, http.ErrAbortHandler),
	}
	for _, function := range []string{"Authorize", "Identify", "NewRequestID", "Now", "NewID"} {
		for name, value := range values {
			t.Run("HTTP-12 "+function+" panics with "+name, func(t *testing.T) {
				var now any
				var log logged
				opts, change := broken(function, &now, &log)
				opts.MaxConcurrent = 1
				c := newCast(t, opts, change)
				now = value
				out := c.refuse("POST", "/contacts", body)
				require.Equal(t, 500, out.status)
				require.Equal(t, internal, out.text)
				records, text := log.take(t)
				require.NotContains(t, text, secret)
				require.Len(t, records, 1)
				require.Equal(t, []any{"ERROR", 500.0, out.header.Get("X-Wix-Request-Id")},
					[]any{records[0]["level"], records[0]["status"], records[0]["request"]})
				require.Contains(t, records[0]["stack"], "httpapi")
				require.NotEmpty(t, records[0]["panic"])

				now = nil
				c.do("POST", "/contacts", body).ok() // and the next request is answered
			})
		}
		t.Run("HTTP-12 "+function+" aborts the request", func(t *testing.T) {
			var now any
			var log logged
			opts, change := broken(function, &now, &log)
			opts.MaxConcurrent = 1
			c := newCast(t, opts, change)
			now = http.ErrAbortHandler
			require.PanicsWithValue(t, http.ErrAbortHandler, func() {
				c.handler.ServeHTTP(httptest.NewRecorder(), c.request("POST", "/contacts", body))
			})
			now = nil
			c.do("POST", "/contacts", body).ok()
		})
	}
}

// runtimeError returns the runtime error that f panics with.
func runtimeError(f func()) (err error) {
	defer func() { err = recover().(error) }()
	f()
	return nil
}

func TestContexts(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for _, e := range endpoints {
		if strings.HasPrefix(e.route, "POST /bulk") {
			continue
		}
		t.Run("HTTP-8 "+e.route, func(t *testing.T) {
			c := newCast(t, nil)
			r := c.request(e.method(), e.path, e.body)
			c.refused(r.WithContext(gone)).fails(503, httpapi.ErrUnavailable)
			r = c.request(e.method(), e.path, e.body)
			c.refused(r.WithContext(late)).fails(504, httpapi.ErrDeadlineExceeded)
		})
	}
	for _, e := range endpoints {
		if !strings.HasPrefix(e.route, "POST /bulk") {
			continue
		}
		t.Run("HTTP-15 the caller of "+e.route+" disconnects", func(t *testing.T) {
			c := newCast(t, nil)
			before := c.store.Snapshot().Digest()
			out := c.send(c.request(e.method(), e.path, e.body).WithContext(gone))
			job := c.do("GET", "/bulk/jobs/"+out.ok("jobId").(string), "")
			require.Equal(t, "COMPLETED", job.ok("job.status"))
			require.Equal(t, 1.0, job.ok("job.successTotal"))
			require.NotEqual(t, before, c.store.Snapshot().Digest())
		})
	}
}

func TestClosed(t *testing.T) {
	for _, e := range endpoints {
		t.Run("HTTP-8 store closed: "+e.route, func(t *testing.T) {
			c := newCast(t, nil)
			require.NoError(t, c.store.Close())
			out := c.refuse(e.method(), e.path, e.body)
			out.fails(503, contacts.ErrClosed)
			require.NotEmpty(t, out.header.Get("Retry-After"))
		})
	}
}

func TestServed(t *testing.T) {
	c := newCast(t, nil)
	t.Run("HTTP-2 over a network", func(t *testing.T) {
		c := c.in(t)
		server := httptest.NewServer(c.handler)
		defer server.Close()
		client := server.Client()
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return errors.New("redirected") }
		for path, want := range map[string]string{
			"/contacts/v4/contacts/{bob}": `"id":"{bob}"`, "/contacts/v4//contacts": "NOT_FOUND", "/": "NOT_FOUND",
			"/contacts/v4/contacts/": "NOT_FOUND",
		} {
			reply, err := client.Get(server.URL + c.fill(path))
			require.NoError(t, err)
			text, err := io.ReadAll(reply.Body)
			require.NoError(t, err)
			require.NoError(t, reply.Body.Close())
			require.Contains(t, string(text), c.fill(want))
			require.Equal(t, []string{"application/json"}, reply.Header["Content-Type"])
			require.Equal(t, int64(len(text)), reply.ContentLength)

			reply, err = client.Head(server.URL + c.fill(path))
			require.NoError(t, err)
			require.NoError(t, reply.Body.Close())
			require.Equal(t, int64(len(text)), reply.ContentLength, "HTTP-1 HEAD is answered as GET")
		}
	})
}

// TestHTTP2 has requests refused before their bodies are read: the other streams of the connection must not notice.
func TestHTTP2(t *testing.T) {
	const limit = 1000
	c := newCast(t, &httpapi.Options{
		MaxBodyBytes: limit,
		Authorize: func(r *http.Request, _ httpapi.Permission) error {
			switch r.Header.Get("Authorization") {
			case "none":
				return errors.New("unknown")
			case "low":
				return httpapi.ErrPermissionDenied
			}
			return nil
		},
	})
	server := httptest.NewUnstartedServer(c.handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	var reused []bool
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { reused = append(reused, info.Reused) },
	})
	send := func(t *testing.T, method, path string, header http.Header, body string) answer {
		t.Helper()
		r, err := http.NewRequestWithContext(ctx, method, server.URL+publicPrefix+path, strings.NewReader(body))
		require.NoError(t, err)
		r.Header = header.Clone()
		reply, err := server.Client().Do(r)
		require.NoError(t, err)
		defer reply.Body.Close()
		text, err := io.ReadAll(reply.Body)
		require.NoError(t, err)
		require.Equal(t, 2, reply.ProtoMajor)
		return answer{t, reply.StatusCode, reply.Header, string(text)}
	}
	json := http.Header{"Content-Type": {"application/json"}}
	send(t, "POST", "/contacts/query", json, "{}").ok("contacts") // which opens the connection
	for _, tc := range []struct {
		name, method, path string
		header             http.Header
		body               string
		status             int
		code               contacts.Code
	}{
		{"no such path", "POST", "/nothing", json, "{}", 404, httpapi.ErrRouteNotFound},
		{"no such method", "PUT", "/contacts", json, "{}", 405, httpapi.ErrMethodNotAllowed},
		{"text", "POST", "/contacts", http.Header{"Content-Type": {"text/plain"}}, "{}", 415,
			httpapi.ErrUnsupportedMediaType},
		{"not known", "POST", "/contacts", http.Header{"Authorization": {"none"}}, "{}", 401,
			httpapi.ErrUnauthenticated},
		{"not allowed", "POST", "/contacts", http.Header{"Authorization": {"low"}}, "{}", 403,
			httpapi.ErrPermissionDenied},
		{"too long", "POST", "/contacts", json, strings.Repeat(" ", limit+1), 413, httpapi.ErrBodyTooLarge},
		{"much too long", "POST", "/contacts", json, strings.Repeat(" ", 1<<20), 413, httpapi.ErrBodyTooLarge},
	} {
		t.Run("HTTP-2 "+tc.name, func(t *testing.T) {
			reused = nil
			for range 2 {
				send(t, tc.method, tc.path, tc.header, tc.body).fails(tc.status, tc.code)
			}
			send(t, "POST", "/contacts/query", json, "{}").ok("contacts")
			require.Equal(t, []bool{true, true, true}, reused, "the connection is reused")
		})
	}
}
