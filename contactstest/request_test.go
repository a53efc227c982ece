package contactstest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/httpclient"
)

// clients are the two places where the rules of a store can be: at its server, and at its client.
var clients = map[string]func(t testing.TB, s *contactstest.Store) *httpclient.Client{
	"handler": func(t testing.TB, s *contactstest.Store) *httpclient.Client {
		return newClient(t, s.Handler(httpapi.Handler(s.Store, nil)), nil)
	},
	"transport": func(t testing.TB, s *contactstest.Store) *httpclient.Client {
		return newClient(t, httpapi.Handler(s.Store, nil), s.Transport)
	},
}

// newClient returns a client of a handler whose connections serve one request each: a Go client would repeat a GET if a
// connection that it has used before is cut.
func newClient(
	t testing.TB, handler http.Handler, wrap func(http.RoundTripper) http.RoundTripper,
) *httpclient.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	var sender http.RoundTripper = &http.Transport{DisableKeepAlives: true}
	if wrap != nil {
		sender = wrap(sender)
	}
	c, err := httpclient.New(server.URL+"/", &httpclient.Options{HTTPClient: &http.Client{Transport: sender}})
	require.NoError(t, err)
	return c
}

func TestRequests(t *testing.T) {
	on := contactstest.On("Update")
	path := contactstest.OnRequest("PATCH", "/contacts/v4/contacts/*")
	for name, test := range map[string]struct {
		fault  contactstest.Fault
		want   []contacts.Code // all of them in the chain
		effect bool
		status int // that is recorded
	}{
		"TST-9 the default": {on, []contacts.Code{"UNAVAILABLE"}, false, 503},
		"TST-9 by path":     {path, []contacts.Code{"UNAVAILABLE"}, false, 503},
		"TST-9 503":         {on.Status(503), []contacts.Code{"UNAVAILABLE"}, false, 503},
		"TST-9 429":         {path.Status(429), []contacts.Code{"RESOURCE_EXHAUSTED"}, false, 429},
		"TST-9 500":         {on.Status(500), []contacts.Code{contacts.ErrInternal}, false, 500},
		"TST-9 a code": {
			on.Status(428).Return(contacts.ErrReadOnly), []contacts.Code{contacts.ErrReadOnly}, false, 428,
		},
		"TST-9 a lost reply":          {on.After(), []contacts.Code{contacts.ErrOutcomeUnknown, "NO_REPLY"}, true, 0},
		"TST-9 cut before the effect": {path.Cut(), []contacts.Code{contacts.ErrOutcomeUnknown, "NO_REPLY"}, false, 0},
		"TST-9 cut after the effect":  {on.Cut().After(), []contacts.Code{contacts.ErrOutcomeUnknown, "NO_REPLY"}, true, 0},
		"TST-9 cut in the middle": {
			path.CutMiddle(), []contacts.Code{contacts.ErrOutcomeUnknown, "INCOMPLETE_REPLY"}, true, 200,
		},
		"TST-9 a proxy without a reply": {on.Status(502).After(), []contacts.Code{contacts.ErrOutcomeUnknown}, true, 502},
		"TST-9 503 after the effect":    {on.Status(503).After(), []contacts.Code{contacts.ErrOutcomeUnknown}, true, 503},
	} {
		for side, client := range clients {
			t.Run(name+", "+side, func(t *testing.T) {
				s := contactstest.New(t)
				ada := create(t, s, "Ada")
				s.Fail(test.fault.Times(1))
				api := client(t, s)
				patch := contacts.Patch{JobTitle: contacts.Set("Analyst")}
				_, err := api.Update(t.Context(), ada.ID, 1, patch, nil)
				require.Equal(t, test.want[0], contacts.CodeOf(err), "%v", err)
				for _, code := range test.want {
					require.ErrorIs(t, err, code)
				}
				revision := 1
				if test.effect {
					revision = 2
				}
				now, err := api.Get(t.Context(), ada.ID, nil)
				require.NoError(t, err)
				require.Equal(t, revision, now.Revision)
				calls := s.Calls()
				require.Len(t, calls, 3)
				failed := calls[1]
				require.Equal(t, contactstest.MethodUpdate, failed.Method)
				require.Equal(t, ada.ID, failed.ID)
				require.Equal(t, "PATCH /contacts/v4/contacts/"+ada.ID.String(), failed.Request)
				require.Equal(t, test.status, failed.Status)
				require.Equal(t, test.effect, failed.Reached)
				require.Equal(t, 200, calls[2].Status)
				require.Empty(t, s.Unfired())
				require.Contains(t, failed.String(), failed.Fault)
			})
		}
	}
}

func TestRequestSteps(t *testing.T) {
	patch := contacts.Patch{JobTitle: contacts.Set("Analyst")}
	for side, client := range clients {
		t.Run("TST-9 stale, "+side, func(t *testing.T) {
			s := contactstest.New(t)
			ada, bob := create(t, s, "Ada"), create(t, s, "Bob")
			s.Fail(contactstest.On("Update", "Merge").Stale())
			api := client(t, s)
			_, err := api.Update(t.Context(), ada.ID, 1, patch, nil)
			require.ErrorIs(t, err, contacts.ErrAlreadyChanged)
			_, err = api.Merge(t.Context(), ada.ID, 2, []uuid.UUID{bob.ID}, nil)
			require.ErrorIs(t, err, contacts.ErrAlreadyChanged)
		})
		t.Run("TST-9 delays and hooks, "+side, func(t *testing.T) {
			s := contactstest.New(t)
			ada := create(t, s, "Ada")
			revisions := []int{}
			see := func(_ context.Context, c contactstest.Call) {
				v, _ := s.Snapshot().View(c.ID)
				revisions = append(revisions, v.Revision())
			}
			s.Fail(contactstest.On("Update").Delay(time.Second).Do(see),
				contactstest.On("Update").After().Delay(time.Minute).Do(see))
			api := client(t, s)
			c, err := api.Update(t.Context(), ada.ID, 1, patch, nil)
			require.NoError(t, err)
			require.Equal(t, []int{1, 2}, revisions)
			require.Equal(t, contactstest.Epoch.Add(time.Second), c.UpdatedDate)
			require.Equal(t, contactstest.Epoch.Add(time.Minute+time.Second), s.Clock.Now())
		})
		t.Run("TST-9 reads, "+side, func(t *testing.T) {
			s := contactstest.New(t)
			ada := create(t, s, "Ada")
			s.Fail(contactstest.On("Get").Nth(1).Cut(), contactstest.On("Get").Nth(2).CutMiddle())
			api := client(t, s)
			require.Equal(t, httpclient.ErrNoReply, contacts.CodeOf(getter(t, api, ada.ID)()))
			require.Equal(t, httpclient.ErrIncomplete, contacts.CodeOf(getter(t, api, ada.ID)()))
			require.NoError(t, getter(t, api, ada.ID)())
		})
		t.Run("TST-9 rules for calls in Go do not match requests, "+side, func(t *testing.T) {
			s := contactstest.New(t)
			ada := create(t, s, "Ada")
			s.Fail(contactstest.On("Get").Return(io.EOF), contactstest.On("Get").Nth(1).Status(503),
				contactstest.OnRequest("DELETE", "*"), contactstest.OnRequest("", "/contacts/v4/labels"))
			require.Equal(t, io.EOF, getter(t, s, ada.ID)())
			api := client(t, s)
			require.ErrorIs(t, getter(t, api, ada.ID)(), contactstest.ErrUnavailable)
			require.NoError(t, getter(t, api, ada.ID)())
			require.Len(t, s.Unfired(), 2)
		})
	}
	t.Run("TST-9 a reply that nothing changes is passed on", func(t *testing.T) {
		s := contactstest.New(t)
		s.Fail(contactstest.On("List").After().Delay(time.Second))
		server := httptest.NewServer(s.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Test", "yes")
			require.NoError(t, http.NewResponseController(w).Flush())
			_, err := io.WriteString(w, "hello")
			require.NoError(t, err)
		})))
		defer server.Close()
		for _, path := range []string{"/contacts/v4/contacts", "/other"} {
			reply, err := http.Get(server.URL + path)
			require.NoError(t, err)
			text, err := io.ReadAll(reply.Body)
			require.NoError(t, err)
			require.Equal(t, "yes 200 hello", fmt.Sprint(reply.Header.Get("X-Test"), " ", reply.StatusCode, " ", string(text)))
		}
		calls := s.Calls()
		require.Equal(t, []contactstest.Method{"List", ""}, []contactstest.Method{calls[0].Method, calls[1].Method})
		require.Equal(t, 200, calls[1].Status)
	})
}

// inProcess is a transport that calls a handler.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

func TestRetryAfter(t *testing.T) {
	s := contactstest.New(t)
	ada := create(t, s, "Ada")
	s.Fail(contactstest.On("Get").Nth(1).Status(429).RetryAfter(7*time.Second),
		contactstest.On("Get").Nth(2).Status(503).RetryAfter(time.Second))
	handler := s.Handler(httpapi.Handler(s.Store, nil))
	synctest.Test(t, func(t *testing.T) {
		api, err := httpclient.New("http://contacts.test", &httpclient.Options{
			HTTPClient: &http.Client{Transport: inProcess{handler}}, Retries: 2,
		})
		require.NoError(t, err)
		began := time.Now()
		require.NoError(t, getter(t, api, ada.ID)())
		require.Equal(t, 8*time.Second, time.Since(began), "TST-9 a client waits for the time of Retry-After")
	})
	require.Len(t, s.CallsTo("Get"), 3)
}

// TestRoutes compares the routes that rules know with those of the server.
func TestRoutes(t *testing.T) {
	text, err := os.ReadFile("../docs/http.md")
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| `([A-Z]+) (/contacts/v4/[^`]*)` \\|[^|]*\\| `Store\\.([A-Za-z]+)`").
		FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(rows), 30)
	faults := contactstest.NewFaults(nil)
	handler := faults.Handler(http.NotFoundHandler())
	id := "11111111-1111-4111-8111-111111111111"
	for _, row := range rows {
		for _, prefix := range []string{"", "/_api", "/proxy"} {
			path := strings.NewReplacer("{id}", id, "{key}", "custom.a/b").Replace(row[2])
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(row[1], prefix+path, nil))
			calls := faults.Calls()
			last := calls[len(calls)-1]
			require.Equal(t, contactstest.Method(row[3]), last.Method, "TST-9 %s %s", row[1], path)
			require.Equal(t, strings.Contains(path, id), last.ID.String() == id)
			require.Equal(t, 404, last.Status)
		}
	}
	for _, request := range []string{
		"GET /", "PUT /contacts/v4/contacts", "GET /contacts/v4", "GET /contacts/v5/contacts",
	} {
		verb, path, _ := strings.Cut(request, " ")
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(verb, path, nil))
		calls := faults.Calls()
		require.Empty(t, calls[len(calls)-1].Method, request)
	}
}

func TestWrap(t *testing.T) {
	s := contactstest.New(t)
	remote := newClient(t, httpapi.Handler(s.Store, nil), nil)
	d := contactstest.Wrap(t, remote, nil)
	d.Fail(contactstest.On("Update").Nth(1).Stale(), contactstest.On("Update").Nth(2).After())
	ada := create(t, d, "Ada")
	patch := contacts.Patch{JobTitle: contacts.Set("Analyst")}
	_, err := d.Update(t.Context(), ada.ID, 1, patch, nil)
	require.ErrorIs(t, err, contacts.ErrAlreadyChanged, "TST-10 any API has the same rules")
	_, err = d.Update(t.Context(), ada.ID, 2, patch, nil)
	require.ErrorIs(t, err, contacts.ErrOutcomeUnknown)
	now, err := d.Get(t.Context(), ada.ID, nil)
	require.NoError(t, err)
	require.Equal(t, 3, now.Revision)
	require.Empty(t, d.Unfired())
	require.Len(t, d.Calls(), 4)
	require.Empty(t, s.Calls())

	fake := &fakeT{TB: t}
	text := fake.run(func() { contactstest.Wrap(fake, remote, nil).Fail(contactstest.On("Get").Delay(1)) })
	require.Contains(t, text, "needs a clock")
	clock := contactstest.NewClock(noon)
	d = contactstest.Wrap(t, s, &contactstest.FaultsOptions{Clock: clock, Calls: 1})
	d.Fail(contactstest.On("Get").Delay(time.Hour))
	require.NoError(t, getter(t, d, ada.ID)())
	require.NoError(t, getter(t, d, ada.ID)())
	require.Equal(t, noon.Add(2*time.Hour), clock.Now())
	require.Len(t, d.Calls(), 1)
}
