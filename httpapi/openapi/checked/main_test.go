package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// passing returns the addresses of a proxy before a program that changes a text of its replies. Its control address
// answers with the main one.
func passing(t *testing.T, old, changed string) (p *proxy, url, control string) {
	t.Helper()
	s, err := contacts.New(nil)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	api := httpapi.Handler(s, nil)
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/openapi.json":
			w.Write(httpapi.OpenAPI())
			return
		case r.URL.Path == "/cut":
			panic(http.ErrAbortHandler)
		}
		out := httptest.NewRecorder()
		api.ServeHTTP(out, inStore(r).WithContext(r.Context()))
		for name, values := range out.Header() {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(out.Code)
		io.WriteString(w, strings.ReplaceAll(out.Body.String(), old, changed))
	}))
	t.Cleanup(program.Close)
	side := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"url":"%s/stores/a"}`, program.URL)
	}))
	t.Cleanup(side.Close)
	p = &proxy{strict: true}
	var out strings.Builder
	lines := "listening on " + program.URL + "\ncontrol on " + side.URL + "\nanything\n"
	require.NoError(t, p.pass(strings.NewReader(lines), &out))
	_, err = fmt.Sscanf(out.String(), "listening on %s\ncontrol on %s\nanything\n", &url, &control)
	require.NoError(t, err)
	require.NotContains(t, []string{program.URL, side.URL}, url)
	return p, url, control
}

// text returns the body of the reply to a request.
func text(t *testing.T, method, url, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	reply, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer reply.Body.Close()
	got, err := io.ReadAll(reply.Body)
	require.NoError(t, err)
	return string(got)
}

func TestProxy(t *testing.T) {
	const path, ada = "/contacts/v4/contacts", `{"info":{"name":{"first":"Ada"}}}`
	t.Run("OAS-3 exchanges that fit", func(t *testing.T) {
		p, url, _ := passing(t, "\x00", "")
		require.Contains(t, text(t, "POST", url+path, ada), `"first":"Ada"`)
		require.Contains(t, text(t, "POST", url+path, `{"info":{"name":7}}`), `"info.name"`)
		require.Contains(t, text(t, "GET", url+path+"?fields=info.name,info.phones&fields=id", ""), "pagingMetadata")
		require.Contains(t, text(t, "POST", url+path, strings.Repeat(" ", 5<<20)), "REQUEST_TOO_LARGE")
		require.Contains(t, text(t, "GET", url+"/nothing", ""), `"NOT_FOUND"`)
		_, err := http.Get(url + "/cut")
		require.Error(t, err)
		for _, key := range []string{"custom.a%20b%2Fc", "custom.a%20b/c"} {
			require.Contains(t, text(t, "GET", url+"/contacts/v4/labels/"+key, ""), "LABEL_NOT_FOUND")
		}
		require.NoError(t, p.verdict())
		require.Equal(t, map[string]int{
			"POST /contacts 200": 1, "POST /contacts 400": 1, "POST /contacts 413": 1, "GET /contacts 200": 1,
			"GET /labels/{key...} 404": 2,
		}, p.checker.Kinds())
	})
	t.Run("OAS-3 a HEAD", func(t *testing.T) {
		p, url, _ := passing(t, "\x00", "")
		require.Empty(t, text(t, "HEAD", url+path, ""))
		require.NoError(t, p.verdict())
		require.Equal(t, map[string]int{"GET /contacts 200": 1}, p.checker.Kinds())
	})
	for name, test := range map[string]struct{ store, old, new, body string }{
		"a reply":               {"", `"revision"`, `"version"`, ada},
		"a reply about a store": {"/stores/a", `"revision"`, `"version"`, ada},
		"an error":              {"", `"details"`, `"detail"`, `{}`},
		"a request":             {"", "\x00", "", `{"info":{"name":{"first":"Ada"}},"surprise":1}`},
	} {
		t.Run("OAS-3 "+name+" that does not fit", func(t *testing.T) {
			p, url, control := passing(t, test.old, test.new)
			if test.store != "" {
				require.Equal(t, `{"url":"`+url+`/stores/a"}`, text(t, "GET", control, ""))
			}
			text(t, "POST", url+test.store+path, test.body)
			require.ErrorContains(t, p.verdict(), "POST /contacts")
		})
	}
}
