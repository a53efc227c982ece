package httpclient_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpclient"
)

// TestUselessReplies has replies of success that do not say what a method returns.
func TestUselessReplies(t *testing.T) {
	kind := func(text string) http.Header { return http.Header{"Content-Type": {text}} }
	contact := `{"contact":{"id":"00000000-0000-4000-8000-000000000001","revision":1,"info":{"name":{"first":"A"}}}}`
	for _, tc := range []struct {
		name   string
		header http.Header
		body   string
		want   contacts.Code
	}{
		{"CLI-4 nothing", nil, "", httpclient.ErrMalformedReply},
		{"CLI-4 a page", kind("text/html; charset=utf-8"), "<html>" + mark, httpclient.ErrMalformedReply},
		{"CLI-4 JSON announced as text", kind("text/plain"), contact, httpclient.ErrMalformedReply},
		{"CLI-4 another charset", kind("application/json; charset=latin1"), contact, httpclient.ErrMalformedReply},
		{"CLI-4 a broken type", kind("application/json; ="), contact, httpclient.ErrMalformedReply},
		{"CLI-4 no type", http.Header{"Content-Type": nil}, "", httpclient.ErrMalformedReply},
		{"CLI-4 text announced as JSON", nil, mark, httpclient.ErrMalformedReply},
		{"CLI-4 half of JSON", nil, contact[:50], httpclient.ErrMalformedReply},
		{"CLI-4 two objects", nil, contact + contact, httpclient.ErrMalformedReply},
		{"CLI-4 broken UTF-8", nil, strings.Replace(contact, `"A"`, "\"\xff\"", 1), httpclient.ErrMalformedReply},
		{"CLI-4 null", nil, "null", httpclient.ErrMalformedReply},
		{"CLI-4 an array", nil, "[" + contact + "]", httpclient.ErrMalformedReply},
		{"CLI-4 no contact", nil, "{}", httpclient.ErrMalformedReply},
		{"CLI-4 null for a contact", nil, `{"contact":null}`, httpclient.ErrMalformedReply},
		{"CLI-4 a text for a contact", nil, fmt.Sprintf(`{"contact":%q}`, mark), httpclient.ErrMalformedReply},
		{"CLI-4 two contacts", nil, `{"contact":{},` + contact[1:], httpclient.ErrMalformedReply},
		{
			"CLI-4 a wrong value", nil, fmt.Sprintf(`{"contact":{"id":%[1]q,"info":{%[1]q:7,"emails":%[1]q}}}`, mark),
			httpclient.ErrMalformedReply,
		},
		{
			"CLI-4 a repeated member", nil, fmt.Sprintf(`{"contact":{"info":{%[1]q:1,%[1]q:2}}}`, mark),
			httpclient.ErrMalformedReply,
		},
		{"CLI-4 too deep", nil, `{"contact":` + strings.Repeat("[", 10_001), httpclient.ErrMalformedReply},
		{
			"CLI-4 too many values", nil, `{"x":[` + strings.Repeat("0,", 40_000) + `0],` + contact[1:],
			httpclient.ErrMalformedReply,
		},
		{
			"CLI-4 too many bytes", nil, strings.Replace(contact, `"A"`, `"`+strings.Repeat(mark, 9_000)+`"`, 1),
			httpclient.ErrReplyTooLarge,
		},
		{
			"CLI-4 a space too many", nil, contact + strings.Repeat(" ", 150_001-len(contact)),
			httpclient.ErrReplyTooLarge,
		},
		{"CLI-4 as many bytes as allowed", nil, contact + strings.Repeat(" ", 150_000-len(contact)), ""},
		{"CLI-4 unknown members", nil, `{"x":{"y":[]},` + contact[1:], ""},
		{"CLI-4 a charset", kind("application/json; charset=UTF-8"), contact, ""},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprint(tc.name, ", chunked ", chunked), func(t *testing.T) {
				c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header()["Content-Type"] = []string{"application/json"}
					for name, values := range tc.header {
						w.Header()[name] = values
					}
					if chunked {
						require.NoError(t, http.NewResponseController(w).Flush())
					}
					_, _ = io.WriteString(w, tc.body)
				}), &httpclient.Options{MaxReplyBytes: 150_000})
				_, err := c.Get(t.Context(), ada, nil)
				require.Equal(t, tc.want, contacts.CodeOf(err), "%v", err)
				_, writeErr := c.Create(t.Context(), person("Ann"), nil)
				if tc.want == "" {
					require.NoError(t, writeErr)
					return
				}
				require.Equal(t, contacts.ErrOutcomeUnknown, contacts.CodeOf(writeErr), "CLI-5 %v", writeErr)
				require.ErrorIs(t, writeErr, tc.want)
				for _, err := range []error{err, writeErr} {
					require.NotErrorIs(t, err, contacts.ErrInvalid, "the caller's input is not to blame")
					requireSafe(t, err)
				}
			})
		}
	}
}

// TestUselessRepliesOfMethods requires that every method refuses a reply without its result, except those without one.
func TestUselessRepliesOfMethods(t *testing.T) {
	for _, body := range []string{
		`{}`, `{"pagingMetadata":{},"metadata":{}}`, `{"contacts":[],"labels":[],"fields":[],"facets":[]}`,
		`{"contacts":[null],"labels":[7],"fields":[null],"facets":["x"],"jobs":[null],"pagingMetadata":{},"metadata":{}}`,
	} {
		c := answering(t, 200, nil, body)
		for _, s := range steps() {
			result, err := s.call(t.Context(), c)
			if result == nil && err == nil {
				continue // a method without a result
			}
			require.Error(t, err, "CLI-4 %s: %s", s.name, body)
		}
	}
}

// TestUselessRepliesWithoutResult has the methods without a result: their reply must be an object.
func TestUselessRepliesWithoutResult(t *testing.T) {
	for body, want := range map[string]contacts.Code{
		"null": contacts.ErrOutcomeUnknown, "[]": contacts.ErrOutcomeUnknown, "": contacts.ErrOutcomeUnknown,
		"{}": "", `{"x":1}`: "",
	} {
		c := answering(t, 200, nil, body)
		require.Equal(t, want, contacts.CodeOf(c.Delete(t.Context(), ada)), "CLI-4 %s", body)
		require.Equal(t, want, contacts.CodeOf(c.DeleteLabel(t.Context(), "custom.vip")), "CLI-4 %s", body)
	}
}

// TestCutReplies has servers that end a reply early, or give none.
func TestCutReplies(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       contacts.Code
	}{
		{"CLI-4 no reply", "", httpclient.ErrNoReply},
		{"CLI-4 no HTTP", mark + "\r\n\r\n", httpclient.ErrNoReply},
		{"CLI-4 a broken status", "HTTP/1.1 " + mark + "\r\n\r\n", httpclient.ErrNoReply},
		{"CLI-4 a broken header", "HTTP/1.1 200 OK\r\n" + mark + "\r\n\r\n", httpclient.ErrNoReply},
		{"CLI-4 a broken length", "HTTP/1.1 200 OK\r\nContent-Length: " + mark + "\r\n\r\n", httpclient.ErrNoReply},
		{
			"CLI-4 fewer bytes than announced",
			"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{}", httpclient.ErrIncomplete,
		},
		{
			"CLI-4 no last chunk",
			"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
			httpclient.ErrIncomplete,
		},
		{
			"CLI-4 a broken chunk",
			"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + mark + "\r\n",
			httpclient.ErrIncomplete,
		},
		{
			"CLI-4 text announced as gzip",
			"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" + mark,
			httpclient.ErrIncomplete,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base := serveText(t, tc.text)
			c, err := httpclient.New(base, nil)
			require.NoError(t, err)
			_, err = c.Get(t.Context(), ada, nil)
			require.Equal(t, tc.want, contacts.CodeOf(err), "%v", err)
			requireSafe(t, err)
			err = c.Delete(t.Context(), ada)
			require.Equal(t, contacts.ErrOutcomeUnknown, contacts.CodeOf(err), "CLI-5 %v", err)
			require.ErrorIs(t, err, tc.want)
			requireSafe(t, err)
		})
	}

	t.Run("CLI-5 no server", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		c, err := httpclient.New("http://"+l.Addr().String(), nil)
		require.NoError(t, err)
		_, err = c.Get(t.Context(), ada, nil)
		require.Equal(t, httpclient.ErrNoReply, contacts.CodeOf(err))
		err = c.Delete(t.Context(), ada)
		require.Equal(t, httpclient.ErrNoReply, contacts.CodeOf(err), "nothing was sent, so nothing has changed")
		op, ok := errors.AsType[*net.OpError](err)
		require.True(t, ok)
		require.Contains(t, err.Error(), op.Error(), "the message says why")
	})
	t.Run("CLI-4 a bomb", func(t *testing.T) {
		var bomb bytes.Buffer
		zip := gzip.NewWriter(&bomb)
		_, err := zip.Write(bytes.Repeat([]byte(" "), 10<<20))
		require.NoError(t, err)
		require.NoError(t, zip.Close())
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		}))
		defer server.Close()
		c, err := httpclient.New(server.URL, &httpclient.Options{MaxReplyBytes: 1 << 20})
		require.NoError(t, err)
		_, err = c.Jobs(t.Context())
		require.Equal(t, httpclient.ErrReplyTooLarge, contacts.CodeOf(err))
	})
}

// answerText answers a request with a text, and ends the connection.
func answerText(conn *net.TCPConn, text string) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	r, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	_, _ = io.WriteString(conn, text)
	_ = conn.CloseWrite()
	_, _ = io.Copy(io.Discard, in) // until the client has seen the end: a reset could overtake the text
}

// serveText answers every request with a text, and returns the base URL.
func serveText(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var done sync.WaitGroup
	done.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			answerText(conn.(*net.TCPConn), text)
		}
	})
	t.Cleanup(func() {
		require.NoError(t, l.Close())
		done.Wait()
	})
	return "http://" + l.Addr().String()
}

// TestContexts has calls whose context ends.
func TestContexts(t *testing.T) {
	arrived := make(chan struct{}, 10)
	c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the server notices that the client is gone
		if strings.HasSuffix(r.URL.Path, "/jobs") {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"jobs":[`)
			_ = http.NewResponseController(w).Flush()
		}
		arrived <- struct{}{}
		<-r.Context().Done()
	}), nil)
	during := func() context.Context {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-arrived
			cancel()
		}()
		return ctx
	}

	t.Run("CLI-5 before a call", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := c.Delete(ctx, ada)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, contacts.CodeOf(err), "nothing was sent")
		require.Empty(t, arrived)
	})
	t.Run("CLI-5 during a read", func(t *testing.T) {
		_, err := c.Get(during(), ada, nil)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, contacts.CodeOf(err))
	})
	t.Run("CLI-5 during a reply", func(t *testing.T) {
		_, err := c.Jobs(during())
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, contacts.CodeOf(err))
	})
	t.Run("CLI-5 during a write", func(t *testing.T) {
		err := c.Delete(during(), ada)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, contacts.ErrOutcomeUnknown, contacts.CodeOf(err))
	})
}

// TestTimeout has a client whose HTTPClient has a timeout.
func TestTimeout(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer server.Close()
	c, err := httpclient.New(server.URL, &httpclient.Options{HTTPClient: &http.Client{Timeout: 20 * time.Millisecond}})
	require.NoError(t, err)
	_, err = c.Get(t.Context(), ada, nil)
	require.Equal(t, httpclient.ErrNoReply, contacts.CodeOf(err), "CLI-4")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	err = c.Delete(t.Context(), ada)
	require.Equal(t, contacts.ErrOutcomeUnknown, contacts.CodeOf(err), "CLI-5")
	require.ErrorIs(t, err, httpclient.ErrNoReply)
}

// TestRedirects requires that no redirect is followed.
func TestRedirects(t *testing.T) {
	var others atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { others.Add(1) }))
	defer other.Close()
	for _, status := range []int{300, 301, 302, 303, 304, 307, 308} {
		for _, target := range []string{other.URL + "/contacts/v4/x?" + mark, "/contacts/v4/" + mark, ""} {
			t.Run(fmt.Sprint("CLI-6 ", status, " ", target != "", " ", strings.HasPrefix(target, "/")), func(t *testing.T) {
				var asked atomic.Int32
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					asked.Add(1)
					require.Equal(t, "Bearer secret", r.Header.Get("Authorization"))
					if target != "" {
						w.Header().Set("Location", target)
					}
					w.WriteHeader(status)
				}))
				defer server.Close()
				followed := false
				c, err := httpclient.New(server.URL, &httpclient.Options{
					Authorization: "Bearer secret",
					HTTPClient: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
						followed = true
						return nil
					}},
				})
				require.NoError(t, err)
				_, err = c.Get(t.Context(), ada, nil)
				require.Equal(t, httpclient.ErrRedirected, contacts.CodeOf(err))
				requireSafe(t, err)
				_, err = c.Create(t.Context(), person("Ann"), nil)
				require.Equal(t, httpclient.ErrRedirected, contacts.CodeOf(err))
				require.Equal(t, int32(2), asked.Load())
				require.False(t, followed)
			})
		}
	}
	require.Zero(t, others.Load())
}

// cutting serves a request, and cuts off the connection in place of the reply.
type cutting struct{ http.Handler }

func (c cutting) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	c.Handler.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}
