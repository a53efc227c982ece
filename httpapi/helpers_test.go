package httpapi_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// api is a store and the handler that serves it.
type api struct {
	t       testing.TB
	store   *contacts.Store
	handler http.Handler
	newID   func() uuid.UUID // the source of the store's IDs
}

// openAPI opens an empty store and serves it. The store checks itself at each write, its clock does not move, and its
// IDs count up from 1.
func openAPI(t testing.TB, opts *httpapi.Options, change ...func(*contacts.Options)) *api {
	t.Helper()
	return serveStore(t, opts, 0, contacts.New, change...)
}

// serveStore serves the store that open returns. Its IDs count up after last.
func serveStore(
	t testing.TB, opts *httpapi.Options, last uint64, open func(*contacts.Options) (*contacts.Store, error),
	change ...func(*contacts.Options),
) *api {
	t.Helper()
	var ids atomic.Uint64
	ids.Store(last)
	a := &api{t: t, newID: func() uuid.UUID { return testID(ids.Add(1)) }}
	options := contacts.Options{
		Now:       func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		NewID:     func() uuid.UUID { return a.newID() },
		SelfCheck: !testing.Short(),
	}
	for _, c := range change {
		if c != nil {
			c(&options)
		}
	}
	var err error
	a.store, err = open(&options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.store.Close()) })
	a.handler = httpapi.Handler(a.store, opts)
	return a
}

// in returns the API for a subtest: failures are reported there.
func (a *api) in(t testing.TB) *api {
	b := *a
	b.t = t
	return &b
}

// testID returns the n-th ID that a store of openAPI draws, from 1.
func testID(n uint64) uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[8:], n)
	id[6], id[8] = 0x40, id[8]|0x80
	return id
}

// publicPrefix is the prefix that the client uses on the host of the service.
const publicPrefix = "/contacts/v4"

// request returns a request, with a body of type JSON unless that is "".
func request(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// answer is a reply.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	text   string
}

// call sends a request for a path below the public prefix.
func (a *api) call(method, path, body string) answer {
	a.t.Helper()
	return a.send(request(method, publicPrefix+path, body))
}

// send sends a request, and requires the properties of every reply.
func (a *api) send(r *http.Request) answer {
	a.t.Helper()
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	require.Equal(a.t, "application/json", w.Header().Get("Content-Type"))
	require.Equal(a.t, "no-store", w.Header().Get("Cache-Control"))
	require.NotEmpty(a.t, w.Header().Get("X-Wix-Request-Id"))
	require.True(a.t, json.Valid(w.Body.Bytes()), "reply is JSON: %s", w.Body)
	return answer{a.t, w.Code, w.Header(), w.Body.String()}
}

// refused sends a request that must fail and change nothing.
func (a *api) refused(r *http.Request) answer {
	a.t.Helper()
	before := a.store.Snapshot()
	out := a.send(r)
	after := a.store.Snapshot()
	require.NotEqual(a.t, http.StatusOK, out.status, out.text)
	require.Equal(a.t, before.Digest(), after.Digest(), "a failing call changes nothing")
	require.Equal(a.t, before.Position(), after.Position(), "a failing call makes no commit")
	return out
}

// ok requires success and returns the value at a path such as "contact.info.name.first", nil if there is none.
func (r answer) ok(path ...string) any {
	r.t.Helper()
	require.Equal(r.t, http.StatusOK, r.status, r.text)
	return r.at(path...)
}

// at returns the value at a path of members.
func (r answer) at(path ...string) any {
	r.t.Helper()
	var value any
	require.NoError(r.t, json.Unmarshal([]byte(r.text), &value))
	for _, step := range path {
		for _, name := range strings.Split(step, ".") {
			members, _ := value.(map[string]any)
			value = members[name]
		}
	}
	return value
}

// members returns the names in an object, sorted.
func (r answer) members(path ...string) []string {
	r.t.Helper()
	object, ok := r.at(path...).(map[string]any)
	require.True(r.t, ok, "%v is an object: %s", path, r.text)
	var names []string
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// each returns the values at a path of the objects in a list.
func (r answer) each(list string, path ...string) []any {
	r.t.Helper()
	items, ok := r.ok(list).([]any)
	require.True(r.t, ok, "%s is an array: %s", list, r.text)
	values := []any{}
	for _, item := range items {
		for _, step := range path {
			item = item.(map[string]any)[step]
		}
		values = append(values, item)
	}
	return values
}

// is requires success with exactly this JSON.
func (r answer) is(want string) {
	r.t.Helper()
	require.Equal(r.t, http.StatusOK, r.status, r.text)
	require.JSONEq(r.t, want, r.text)
}

// fails requires an application error.
func (r answer) fails(status int, code contacts.Code) {
	r.t.Helper()
	require.Equal(r.t, status, r.status, r.text)
	require.Equal(r.t, []string{"details", "message"}, r.members())
	require.Equal(r.t, []string{"applicationError"}, r.members("details"), r.text)
	require.Equal(r.t, []string{"code", "data", "description"}, r.members("details.applicationError"))
	require.Equal(r.t, string(code), r.at("details.applicationError.code"), r.text)
	require.NotEmpty(r.t, r.at("message"))
	require.Equal(r.t, r.at("message"), r.at("details.applicationError.description"))
}

// violates requires a validation error with violations such as "info.company MAX_LENGTH 1000", in any order.
func (r answer) violates(want ...string) {
	r.t.Helper()
	require.Equal(r.t, http.StatusBadRequest, r.status, r.text)
	require.Equal(r.t, []string{"details", "message"}, r.members())
	require.Equal(r.t, []string{"validationError"}, r.members("details"), r.text)
	require.Equal(r.t, []string{"fieldViolations"}, r.members("details.validationError"))
	require.NotEmpty(r.t, r.at("message"))
	require.ElementsMatch(r.t, want, r.violations(), r.text)
}

// violations returns the violations of a validation error, each as "path RULE" with the name or data of the rule.
func (r answer) violations() []string {
	r.t.Helper()
	list, _ := r.at("details.validationError.fieldViolations").([]any)
	var got []string
	for _, item := range list {
		v := item.(map[string]any)
		require.NotEmpty(r.t, v["description"])
		text := fmt.Sprint(v["field"], " ", v["violatedRule"])
		if name, ok := v["ruleName"]; ok {
			text += fmt.Sprint(" ", name)
		}
		data, _ := v["data"].(map[string]any)
		for _, name := range []string{"type", "threshold"} {
			if value, ok := data[name]; ok {
				text += fmt.Sprint(" ", value)
				delete(data, name)
			}
		}
		require.Empty(r.t, data, r.text)
		got = append(got, text)
	}
	return got
}

// jsonOf returns a value as JSON.
func jsonOf(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}
