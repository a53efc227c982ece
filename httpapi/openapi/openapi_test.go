package openapi

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/httpclient"
)

var ops = flag.Int("ops", 3000, "the number of calls of the workload")

// open reads the document once.
var open = sync.OnceValues(func() (*Document, error) { return Read(httpapi.OpenAPI()) })

func TestDocument(t *testing.T) {
	t.Run("OAS-1 it is OpenAPI 3.1", func(t *testing.T) {
		_, err := open()
		require.NoError(t, err)
	})
	t.Run("OAS-1 its examples are valid", func(t *testing.T) {
		d, err := open()
		require.NoError(t, err)
		const every = "?language=de" // every method accepts it (HTTP-22)
		var document struct {
			Paths map[string]map[string]struct {
				RequestBody withExample
				Responses   map[string]withExample
			}
		}
		require.NoError(t, json.Unmarshal(httpapi.OpenAPI(), &document))
		n := 0
		for path, methods := range document.Paths {
			path = strings.NewReplacer("{id}", missing, "{key}", "custom.a").Replace(path)
			for method, operation := range methods {
				r := httptest.NewRequest(strings.ToUpper(method), "/contacts/v4"+path+every, nil)
				r.Header.Set("Content-Type", "application/json")
				body := operation.RequestBody.Content.JSON.Example
				require.NoError(t, d.CheckRequest(r, body), "%s %s", method, path)
				reply := operation.Responses["200"].Content.JSON.Example
				require.NotNil(t, reply, path)
				require.NoError(t, d.CheckReply(r, http.StatusOK, replyHeader(), reply), "%s %s", method, path)
				n++
			}
		}
		require.Len(t, httpapiRoutes(t), n)
	})
}

// withExample is the description of a body.
type withExample struct {
	Content struct {
		JSON struct{ Example json.RawMessage } `json:"application/json"`
	}
}

const missing = "00000000-0000-4000-8000-000000000000"

// httpapiRoutes lists the operations of the document.
func httpapiRoutes(t *testing.T) []string {
	t.Helper()
	var document struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	require.NoError(t, json.Unmarshal(httpapi.OpenAPI(), &document))
	var names []string
	for _, methods := range document.Paths {
		for _, operation := range methods {
			names = append(names, operation.OperationID)
		}
	}
	slices.Sort(names)
	return names
}

// replyHeader returns a header that every reply may have.
func replyHeader() http.Header {
	return http.Header{"Content-Type": {"application/json"}, "X-Wix-Request-Id": {"1"}}
}

// checked validates each request that a handler accepts, and each of its replies.
type checked struct {
	http.Handler
	*Checker
}

func newChecked(t *testing.T, h http.Handler) *checked {
	t.Helper()
	d, err := open()
	require.NoError(t, err)
	return &checked{h, NewChecker(d, true)}
}

func (c *checked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	out := httptest.NewRecorder()
	c.Handler.ServeHTTP(out, r)
	c.Check(r, body, out.Code, out.Header(), out.Body.Bytes())
	for name, values := range out.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(out.Code)
	_, _ = w.Write(out.Body.Bytes())
}

// serve returns a client of a store whose handler is checked.
func serve(
	t *testing.T, opts *contacts.Options, change func(http.Handler) http.Handler,
) (*checked, *httpclient.Client, *contacts.Store) {
	t.Helper()
	s, err := contacts.New(opts)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	c := newChecked(t, change(httpapi.Handler(s, &httpapi.Options{
		Authorize: func(*http.Request, httpapi.Permission) error { return nil },
	})))
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	client, err := httpclient.New(server.URL, nil)
	require.NoError(t, err)
	return c, client, s
}

func same(h http.Handler) http.Handler { return h }

// TestRun validates the requests and replies of a workload.
func TestRun(t *testing.T) {
	t.Run("OAS-3 a workload", func(t *testing.T) {
		c, client, _ := serve(t, nil, same)
		mix := contactstest.TypicalMix()
		mix.Jobs = 1
		n := 0
		for op := range contactstest.Workload(1, mix) {
			_ = op.Do(t.Context(), client) // many fail, as they should
			if n++; n == *ops {
				break
			}
		}
		require.Empty(t, c.Wrong())
		t.Log(len(c.Kinds()), "kinds of replies")
		require.Greater(t, len(c.Kinds()), 30)
	})
	t.Run("OAS-3 every case of Conformance", func(t *testing.T) {
		var all []*checked
		contactstest.Conformance(t, func(t *testing.T, n contactstest.Needs) contactstest.API {
			clock := contactstest.NewClock(contactstest.Epoch)
			opts := contactstest.Options(clock, contactstest.NewIDs(7))
			if n.Options != nil {
				n.Options(opts)
			}
			c, client, s := serve(t, opts, same)
			all = append(all, c)
			t.Cleanup(func() { require.Empty(t, c.Wrong()) })
			return remote{client, s, clock}
		})
		kinds := map[string]bool{}
		for _, c := range all {
			for kind := range c.Kinds() {
				kinds[kind] = true
			}
		}
		t.Log(len(kinds), "kinds of replies")
		require.Greater(t, len(kinds), 50)
	})
}

// remote is a store behind HTTP. What the API lacks for members and statuses is set on the store itself.
type remote struct {
	*httpclient.Client
	contactstest.Admin
	contactstest.Mover
}

// TestWrongReplies plants mistakes in replies: the schemas must notice each.
func TestWrongReplies(t *testing.T) {
	for name, change := range map[string][2]string{
		"a member by another name":       {`"revision"`, `"version"`},
		"a member that no one knows":     {`"revision"`, `"surprise":1,"revision"`},
		"a number as a text":             {`"revision":1`, `"revision":"1"`},
		"an ID of another form":          {`"id":"`, `"id":"x`},
		"a time without a zone":          {`Z","updatedDate"`, `","updatedDate"`},
		"a word that is not of its enum": {`"OTHER"`, `"ELSEWHERE"`},
		"a list without its wrapper":     {`"emails":{"items":[`, `"emails":{"list":[`},
		"null in place of an object":     {`"name":{"first":"Ada"}`, `"name":null`},
		"a missing member":               {`"id":"`, `"createdDate":"`},
		"no contact":                     {`"contact"`, `"contacts"`},
	} {
		t.Run("OAS-3 "+name, func(t *testing.T) {
			changed := false
			c, client, _ := serve(t, nil, func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					out := httptest.NewRecorder()
					h.ServeHTTP(out, r)
					text := strings.Replace(out.Body.String(), change[0], change[1], 1)
					changed = text != out.Body.String()
					for name, values := range out.Header() {
						w.Header()[name] = values
					}
					w.WriteHeader(out.Code)
					_, _ = io.WriteString(w, text)
				})
			})
			_, _ = client.Create(t.Context(), contacts.Info{
				Name: contacts.Name{First: "Ada"}, Emails: []contacts.Email{{Address: "ada@example.com"}},
			}, nil)
			require.True(t, changed, "the reply has nothing to change")
			require.Len(t, c.Wrong(), 1)
			require.Contains(t, c.Wrong()[0], "reply of POST /contacts")
		})
	}
}
