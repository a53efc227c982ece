package daemon

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// postForm sends a form and returns the reply to it, or to the request that it leads to.
func postForm(t *testing.T, to string, form url.Values) *http.Response {
	t.Helper()
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	reply, _ := answer(t, to, "POST", form.Encode(), header)
	return reply
}

func basic(password string) http.Header {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth("anyone", password)
	return r.Header
}

func TestInspector(t *testing.T) {
	t.Run("INS-16 off by default", func(t *testing.T) {
		p := start(t)
		status, text := sendTo(t, p.url+"/_inspector/", "GET", "", nil)
		require.Equal(t, http.StatusNotFound, status)
		require.True(t, strings.HasPrefix(text, "{"))
	})
	t.Run("INS-16 read-only", func(t *testing.T) {
		p := start(t, "-inspector")
		for _, path := range []string{"/_inspector", "/_inspector/", "/_inspector/state"} {
			status, text := sendTo(t, p.url+path, "GET", "", nil)
			require.Equal(t, http.StatusOK, status)
			require.Contains(t, text, "Read-only")
		}
		require.Equal(t, http.StatusForbidden,
			postForm(t, p.url+"/_inspector/labels/create", url.Values{"name": {"x"}}).StatusCode)
		require.Equal(t, http.StatusNotFound, postForm(t, p.url+"/_inspector/state/save", nil).StatusCode)
		status, _ := sendTo(t, p.url+contactsPath, "GET", "", nil)
		require.Equal(t, http.StatusOK, status, "the API is where it was")
	})
	t.Run("INS-16 writing", func(t *testing.T) {
		p := start(t, "-inspector", "-inspector-write")
		reply := postForm(t, p.url+"/_inspector/labels/create", url.Values{"name": {"x"}})
		require.Equal(t, http.StatusOK, reply.StatusCode)
		require.Equal(t, "/_inspector/definitions", reply.Request.URL.Path)
	})
	t.Run("INS-16 the header Host", func(t *testing.T) {
		p := start(t, "-inspector")
		status, _ := sendTo(t, p.url+"/_inspector/", "GET", "", http.Header{"Host": {"evil.test"}})
		require.Equal(t, http.StatusForbidden, status)
	})
	t.Run("INS-16 the token", func(t *testing.T) {
		p := start(t, "-inspector", "-token", "secret")
		for _, tc := range []struct {
			header http.Header
			status int
		}{
			{nil, http.StatusUnauthorized},
			{basic("wrong"), http.StatusUnauthorized},
			{basic(""), http.StatusUnauthorized},
			{basic("secret"), http.StatusOK},
			{http.Header{"Authorization": {"Bearer secret"}}, http.StatusOK},
			{http.Header{"Authorization": {"secret"}}, http.StatusOK},
		} {
			reply, text := answer(t, p.url+"/_inspector/", "GET", "", tc.header)
			require.Equal(t, tc.status, reply.StatusCode)
			require.Equal(t, tc.status == http.StatusOK, strings.Contains(text, "Read-only"))
			require.Equal(t, tc.status != http.StatusOK, reply.Header.Get("WWW-Authenticate") != "")
		}
		status, _ := sendTo(t, p.url+contactsPath, "GET", "", basic("secret"))
		require.Equal(t, http.StatusUnauthorized, status, "the API accepts it in its own form alone")
	})
}

func TestInspectorOfControl(t *testing.T) {
	p := startControl(t, "-inspector")
	create(t, p.url, "Ada")
	page := func(path string) string {
		status, text := sendTo(t, p.url+path, "GET", "", nil)
		require.Equal(t, http.StatusOK, status)
		return text
	}
	form := func(path string, form url.Values) *http.Response { return postForm(t, p.url+path, form) }

	t.Run("INS-16 stores have pages of their own", func(t *testing.T) {
		reply := form("/_inspector/state/fork", url.Values{"name": {"branch"}})
		require.Equal(t, http.StatusOK, reply.StatusCode)
		require.Equal(t, "/stores/branch/_inspector/state", reply.Request.URL.Path)
		require.Contains(t, page("/stores/branch/_inspector/"), "1 contact")
		text := page("/stores/main/_inspector/state")
		require.Contains(t, text, `href="/stores/branch/_inspector/state"`)
		require.Contains(t, text, "<strong>main</strong>")
	})
	t.Run("INS-16 INS-15 states and the clock", func(t *testing.T) {
		require.Equal(t, http.StatusOK, form("/_inspector/state/save", url.Values{"name": {"one"}}).StatusCode)
		require.Equal(t, http.StatusOK, form("/_inspector/state/restore", url.Values{"name": {"start"}}).StatusCode)
		require.Contains(t, page("/_inspector/"), "No contacts yet")
		require.Equal(t, http.StatusOK, form("/_inspector/state/restore", url.Values{"name": {"one"}}).StatusCode)
		require.Contains(t, page("/_inspector/"), "1 contact")
		require.Contains(t, page("/_inspector/state"), "The clock says <time datetime=\"2026-01-01T12:00:00.000Z\"")
		require.Equal(t, http.StatusOK, form("/_inspector/state/advance", url.Values{"by": {"24h"}}).StatusCode)
		require.Contains(t, page("/_inspector/state"), "The clock says <time datetime=\"2026-01-02T12:00:00.000Z\"")
	})
	t.Run("INS-16 INS-14 what the controls refuse", func(t *testing.T) {
		for _, tc := range []struct{ path, name, value string }{
			{"save", "name", "start"}, {"save", "name", "a/b"}, {"save", "name", ""}, {"restore", "name", "none"},
			{"fork", "name", "branch"}, {"fork", "name", "a b"}, {"advance", "by", "0s"}, {"advance", "by", "999999999h"},
		} {
			require.Equal(t, http.StatusBadRequest,
				form("/_inspector/state/"+tc.path, url.Values{tc.name: {tc.value}}).StatusCode, tc)
		}
	})
	t.Run("INS-16 CTL-8 no rule hits a page", func(t *testing.T) {
		p.do(t, "POST", "/stores/main/faults", `{"rules":[{"every":1}]}`)
		require.Contains(t, page("/_inspector/"), "1 contact")
		require.Contains(t, p.do(t, "GET", "/stores/main/requests", ""), `"requests":[]`)
	})
}
