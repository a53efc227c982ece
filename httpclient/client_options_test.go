package httpclient_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/httpclient"
	"github.com/contactsdb/contacts/internal/storetest"
)

func TestNew(t *testing.T) {
	for _, tc := range []struct {
		name, url string
		opts      httpclient.Options
		want      []string
	}{
		{"CLI-1 a host", "http://127.0.0.1:8080", httpclient.Options{}, nil},
		{"CLI-1 a path", "https://example.com/proxy/", httpclient.Options{Authorization: "Bearer ~ !"}, nil},
		{"CLI-1 nothing", "", httpclient.Options{}, []string{"baseURL"}},
		{"CLI-1 no scheme", "example.com", httpclient.Options{}, []string{"baseURL"}},
		{"CLI-1 another scheme", "ftp://example.com", httpclient.Options{}, []string{"baseURL"}},
		{"CLI-1 no host", "http://", httpclient.Options{}, []string{"baseURL"}},
		{"CLI-1 a port alone", "http://:80", httpclient.Options{}, []string{"baseURL"}},
		{"CLI-1 a user", "http://ada:" + mark + "@example.com", httpclient.Options{}, []string{"baseURL"}},
		{"CLI-1 a query", "http://example.com?" + mark, httpclient.Options{}, []string{"baseURL"}},
		{"CLI-1 an empty query", "http://example.com?", httpclient.Options{}, []string{"baseURL"}},
		{"CLI-1 a fragment", "http://example.com#x", httpclient.Options{}, []string{"baseURL"}},
		{"CLI-1 a control character", "http://example.com/\n", httpclient.Options{}, []string{"baseURL"}},
		{
			"CLI-1 everything", "x", httpclient.Options{
				Authorization: mark + "\n", UserAgent: "é", MaxReplyBytes: -1, Retries: -1,
			},
			[]string{"authorization", "userAgent", "maxReplyBytes", "retries", "baseURL"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := httpclient.New(tc.url, &tc.opts)
			if tc.want == nil {
				require.NoError(t, err)
				require.NotNil(t, c)
				return
			}
			require.Nil(t, c)
			e, ok := errors.AsType[*contacts.Error](err)
			require.True(t, ok)
			require.Equal(t, contacts.ErrInvalid, e.Code)
			var fields []string
			for _, v := range e.Violations {
				fields = append(fields, v.Field)
			}
			require.Equal(t, tc.want, fields)
			require.NotContains(t, err.Error(), mark)
		})
	}
}

func TestRequests(t *testing.T) {
	s := storetest.New(t)
	var last *http.Request
	mux := http.NewServeMux()
	mux.Handle("/proxy/", http.StripPrefix("/proxy", httpapi.Handler(s, nil)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last = r
		mux.ServeHTTP(w, r)
	}))
	defer server.Close()

	plain, err := httpclient.New(server.URL+"/proxy/", nil)
	require.NoError(t, err)
	_, err = plain.GetLabel(t.Context(), "contacts.customers")
	require.NoError(t, err, "CLI-1 a path before that of the API")
	require.Equal(t, "GET /proxy/contacts/v4/labels/contacts.customers", last.Method+" "+last.RequestURI)
	require.Equal(t, httpclient.DefaultUserAgent, last.UserAgent())
	require.NotContains(t, last.Header, "Authorization")
	require.NotContains(t, last.Header, "Content-Type", "there is no body")

	failure := error(nil)
	full, err := httpclient.New(server.URL+"/proxy", &httpclient.Options{
		Authorization: "Bearer " + mark, UserAgent: "crm/1.0",
		Prepare: func(r *http.Request) error {
			r.Header.Set("Wix-Site-Id", "site")
			return failure
		},
	})
	require.NoError(t, err)
	_, _, err = full.FindOrCreateLabel(t.Context(), "VIP")
	require.NoError(t, err)
	require.Equal(t, "Bearer "+mark, last.Header.Get("Authorization"))
	require.Equal(t, "crm/1.0", last.UserAgent())
	require.Equal(t, "site", last.Header.Get("Wix-Site-Id"))
	require.Equal(t, "application/json", last.Header.Get("Content-Type"))

	failure, last = io.ErrNoProgress, nil
	_, _, err = full.FindOrCreateLabel(t.Context(), "New")
	require.ErrorIs(t, err, io.ErrNoProgress)
	require.Nil(t, last, "nothing was sent")

	var logged strings.Builder
	opts := httpclient.Options{Authorization: "Bearer " + mark}
	slog.New(slog.NewTextHandler(&logged, nil)).Info("made", "client", full, "opts", opts)
	fmt.Fprintf(&logged, "%v %+v", full, full)
	require.NotContains(t, logged.String(), mark)
	require.Contains(t, logged.String(), "authorization=true")
}

// TestAuthorization works with a server that wants a token.
func TestAuthorization(t *testing.T) {
	s := storetest.New(t)
	handler := httpapi.Handler(s, &httpapi.Options{Authorize: func(r *http.Request, p httpapi.Permission) error {
		switch {
		case r.Header.Get("Authorization") != "Bearer secret":
			return errors.New("unknown")
		case p == httpapi.PermissionMerge:
			return httpapi.ErrPermissionDenied
		}
		return nil
	}})
	_, err := newClient(t, handler, nil).Jobs(t.Context())
	require.ErrorIs(t, err, httpapi.ErrUnauthenticated, "CLI-3")
	known := newClient(t, handler, &httpclient.Options{Authorization: "Bearer secret"})
	_, err = known.Jobs(t.Context())
	require.NoError(t, err)
	_, err = known.PreviewMerge(t.Context(), ada, nil)
	require.ErrorIs(t, err, httpapi.ErrPermissionDenied, "CLI-3")
}

// trips answers requests without a network.
type trips struct {
	replies []string // of the first requests, each as "STATUS RETRY-AFTER"; the later ones succeed
	at      []time.Duration
	began   time.Time
}

func (f *trips) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	n := len(f.at)
	f.at = append(f.at, time.Since(f.began))
	if n >= len(f.replies) {
		_, _ = io.WriteString(w, `{"jobs":[]}`)
		return w.Result(), nil
	}
	var status int
	var after string
	_, _ = fmt.Sscan(f.replies[n], &status, &after)
	if after != "" {
		w.Header().Set("Retry-After", after)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"message":"","details":{"applicationError":{"code":"UNAVAILABLE"}}}`)
	return w.Result(), nil
}

func TestRetries(t *testing.T) {
	second := time.Second
	for _, tc := range []struct {
		name    string
		retries int
		replies []string
		within  time.Duration // of the context
		write   bool
		want    []time.Duration // of the requests
		ok      bool
	}{
		{name: "CLI-7 not by default", replies: []string{"503 1"}, want: []time.Duration{0}},
		{name: "CLI-7 once", retries: 1, replies: []string{"503 1"}, want: []time.Duration{0, second}, ok: true},
		{name: "CLI-7 not twice", retries: 1, replies: []string{"503 1", "503 1"}, want: []time.Duration{0, second}},
		{
			name: "CLI-7 twice", retries: 3, replies: []string{"503 1", "429 60"},
			want: []time.Duration{0, second, 61 * second}, ok: true,
		},
		{name: "CLI-7 without a time", retries: 3, replies: []string{"503"}, want: []time.Duration{0}},
		{name: "CLI-7 at once", retries: 3, replies: []string{"503 0"}, want: []time.Duration{0}},
		{name: "CLI-7 too long", retries: 3, replies: []string{"503 61"}, want: []time.Duration{0}},
		{name: "CLI-7 far too long", retries: 3, replies: []string{"503 18446744073"}, want: []time.Duration{0}},
		{name: "CLI-7 negative", retries: 3, replies: []string{"503 -1"}, want: []time.Duration{0}},
		{name: "CLI-7 another status", retries: 3, replies: []string{"500 1"}, want: []time.Duration{0}},
		{name: "CLI-7 a write", retries: 3, replies: []string{"503 1"}, write: true, want: []time.Duration{0}},
		{name: "CLI-7 no time left", retries: 3, replies: []string{"503 5"}, within: 4 * second, want: []time.Duration{0}},
		{
			name: "CLI-7 time left", retries: 3, replies: []string{"503 5"}, within: 6 * second,
			want: []time.Duration{0, 5 * second}, ok: true,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tc.within > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.within)
					defer cancel()
				}
				f := &trips{replies: tc.replies, began: time.Now()}
				c, err := httpclient.New("http://x.test", &httpclient.Options{
					HTTPClient: &http.Client{Transport: f}, Retries: tc.retries,
				})
				require.NoError(t, err)
				if tc.write {
					err = c.Delete(ctx, ada)
				} else {
					_, err = c.Jobs(ctx)
				}
				require.Equal(t, tc.want, f.at)
				if tc.ok {
					require.NoError(t, err)
				} else {
					require.Equal(t, contacts.Code("UNAVAILABLE"), contacts.CodeOf(err))
				}
			})
		})
	}

	t.Run("CLI-7 canceled while it waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			f := &trips{replies: []string{"503 60"}, began: time.Now()}
			c, err := httpclient.New("http://x.test", &httpclient.Options{HTTPClient: &http.Client{Transport: f}, Retries: 1})
			require.NoError(t, err)
			time.AfterFunc(10*time.Second, cancel)
			_, err = c.Jobs(ctx)
			require.Equal(t, contacts.Code("UNAVAILABLE"), contacts.CodeOf(err))
			require.Equal(t, 10*time.Second, time.Since(f.began))
		})
	})
}

// TestConcurrency uses one client from several goroutines.
func TestConcurrency(t *testing.T) {
	s := storetest.New(t)
	c := newClient(t, httpapi.Handler(s, nil), nil)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 10 {
				made, err := c.Create(t.Context(), person(fmt.Sprint("P", g, "-", i)), nil)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := c.Get(t.Context(), made.ID, nil)
				if err != nil || !got.Equal(made) {
					t.Errorf("got another contact, %v", err)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, 40, s.Snapshot().Len())
}

// bodies counts the bodies of replies that are open.
type bodies struct {
	http.RoundTripper
	open, read int
}

func (b *bodies) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		b.open++
		answer.Body = &countedBody{answer.Body, b}
	}
	return answer, err
}

type countedBody struct {
	io.ReadCloser
	b *bodies
}

func (c *countedBody) Close() error {
	if n, _ := c.ReadCloser.Read(make([]byte, 1)); n == 0 {
		c.b.read++
	}
	c.b.open--
	return c.ReadCloser.Close()
}

// TestBodies requires that bodies are read to their end and closed, so that connections are used again.
func TestBodies(t *testing.T) {
	w := newCast(t)
	conns := map[string]bool{}
	counted := &bodies{RoundTripper: http.DefaultTransport}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		conns[r.RemoteAddr] = true
		switch {
		case strings.HasSuffix(r.URL.Path, "/labels/x.page"):
			rw.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(rw, strings.Repeat("<p>", 1000))
		case strings.HasSuffix(r.URL.Path, "/labels/x.moved"):
			http.Redirect(rw, r, "/elsewhere", http.StatusFound)
		default:
			httpapi.Handler(w.served, nil).ServeHTTP(rw, r)
		}
	}))
	defer server.Close()
	c, err := httpclient.New(server.URL, &httpclient.Options{HTTPClient: &http.Client{Transport: counted}})
	require.NoError(t, err)
	calls := 0
	for range 3 {
		for _, key := range []string{"x.page", "x.moved", "custom.none", "custom.vip"} {
			_, _ = c.GetLabel(t.Context(), key)
			_ = c.DeleteLabel(t.Context(), "contacts.customers")
			calls += 2
		}
	}
	require.Zero(t, counted.open, "CLI-4")
	require.Equal(t, calls, counted.read)
	require.Len(t, conns, 1)
}
