package httpapi_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// attackPatience is how long a test waits for something that should happen at once.
const attackPatience = 20 * time.Second

// attacked is a server, with the bytes that it has read and the requests that it has answered.
type attacked struct {
	*api
	address string
	client  *http.Client
	url     string
	read    *atomic.Int64   // bytes, over all connections
	done    chan attackedBy // one for each answered request
}

type attackedBy struct {
	route  string
	status int
}

// attack serves a store over the network. Options.Logger is its own.
func attack(t *testing.T, opts *httpapi.Options, configure func(*http.Server)) *attacked {
	t.Helper()
	s := &attacked{read: new(atomic.Int64), done: make(chan attackedBy, 1000)}
	if opts == nil {
		opts = &httpapi.Options{}
	}
	opts.Logger = slog.New(attackLog{t, s.done})
	s.api = openAPI(t, opts)
	server := httptest.NewUnstartedServer(s.handler)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.Listener = attackListener{server.Listener, s.read}
	if configure != nil {
		configure(server.Config)
	}
	server.Start()
	t.Cleanup(server.Close)
	s.address, s.client, s.url = server.Listener.Addr().String(), server.Client(), server.URL+"/contacts/v4"
	s.client.Timeout = attackPatience
	return s
}

// in returns the server for a subtest: failures are reported there.
func (s *attacked) in(t *testing.T) *attacked {
	sub := *s
	sub.api = s.api.in(t)
	return &sub
}

// attackLog sends each answered request to done, and fails the test for a record of level error.
type attackLog struct {
	t    *testing.T
	done chan<- attackedBy
}

func (l attackLog) Enabled(context.Context, slog.Level) bool { return true }
func (l attackLog) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l attackLog) WithGroup(string) slog.Handler            { return l }

func (l attackLog) Handle(_ context.Context, r slog.Record) error {
	var by attackedBy
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "route":
			by.route = a.Value.String()
		case "status":
			by.status = int(a.Value.Int64())
		}
		return true
	})
	if r.Level >= slog.LevelError {
		l.t.Errorf("%s: %s", r.Message, by.route)
	}
	select {
	case l.done <- by:
	default: // no test waits for it
	}
	return nil
}

// attackListener counts the bytes that its connections read.
type attackListener struct {
	net.Listener
	read *atomic.Int64
}

func (l attackListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return attackConn{c, l.read}, err
}

type attackConn struct {
	net.Conn
	read *atomic.Int64
}

func (c attackConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	return n, err
}

// answered waits until a request is answered, and returns its route and status.
func (s *attacked) answered() attackedBy {
	s.t.Helper()
	select {
	case by := <-s.done:
		return by
	case <-time.After(attackPatience):
		s.t.Fatal("no request was answered")
		return attackedBy{}
	}
}

// dial connects to the server.
func (s *attacked) dial() *attackerConn {
	s.t.Helper()
	c, err := net.Dial("tcp", s.address)
	require.NoError(s.t, err)
	require.NoError(s.t, c.SetDeadline(time.Now().Add(attackPatience)))
	s.t.Cleanup(func() { c.Close() })
	return &attackerConn{s.t, c.(*net.TCPConn), bufio.NewReader(c)}
}

// attackerConn is the client's end of a connection.
type attackerConn struct {
	t testing.TB
	*net.TCPConn
	reader *bufio.Reader
}

func (c *attackerConn) send(text string) {
	c.t.Helper()
	_, err := io.WriteString(c, text)
	require.NoError(c.t, err)
}

// reply reads a reply.
func (c *attackerConn) reply() answer {
	c.t.Helper()
	r, err := http.ReadResponse(c.reader, nil)
	require.NoError(c.t, err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	require.NoError(c.t, err)
	return answer{c.t, r.StatusCode, r.Header, string(text)}
}

// closed requires that the server closes the connection.
func (c *attackerConn) closed() {
	c.t.Helper()
	_, err := io.Copy(io.Discard, c.reader)
	var timeout net.Error
	require.False(c.t, errors.As(err, &timeout) && timeout.Timeout(), "the connection stays open")
}

// post returns the head of a POST.
func post(path string, headers ...string) string {
	return "POST /contacts/v4" + path + " HTTP/1.1\r\nHost: x.test\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n"
}

const jsonType = "Content-Type: application/json"

// unchanged requires that fn writes nothing.
func (a *api) unchanged(fn func()) {
	a.t.Helper()
	before := a.store.Snapshot()
	digest := before.Digest()
	fn()
	after := a.store.Snapshot()
	require.Equal(a.t, before.Position(), after.Position())
	require.Equal(a.t, digest, after.Digest())
}

// person creates a contact and returns its ID.
func (a *api) person(first string) string {
	a.t.Helper()
	body := fmt.Sprintf(`{"info":{"name":{"first":%q}},"allowDuplicates":true}`, first)
	return a.call("POST", "/contacts", body).ok("contact.id").(string)
}

func TestAttackEncodings(t *testing.T) {
	a := openAPI(t, nil)
	good := `{"info":{"company":"A","name":{"first":"Ann"}}}`
	var zipped bytes.Buffer
	zip := gzip.NewWriter(&zipped)
	zip.Write([]byte(good))
	zip.Close()
	utf16 := func(order ...int) string {
		var b strings.Builder
		for _, c := range []byte(good) {
			b.WriteByte([]byte{0, c}[order[0]])
			b.WriteByte([]byte{0, c}[order[1]])
		}
		return b.String()
	}
	json, unsupported := "application/json", []string{"415 UNSUPPORTED_MEDIA_TYPE"}
	for _, row := range []struct {
		name, body string
		header     http.Header
		want       []string
	}{
		{"JSON-7 UTF-16, big-endian", utf16(0, 1), http.Header{"Content-Type": {json}}, []string{"body FORMAT JSON"}},
		{"JSON-7 UTF-16, little-endian", utf16(1, 0), http.Header{"Content-Type": {json}},
			[]string{"body FORMAT JSON"}},
		{"JSON-7 UTF-16 with a byte order mark", "\xff\xfe" + utf16(1, 0), http.Header{"Content-Type": {json}},
			[]string{"body FORMAT JSON"}},
		{"JSON-7 UTF-8 with a byte order mark", "\ufeff" + good, http.Header{"Content-Type": {json}},
			[]string{"body FORMAT JSON"}},
		{"JSON-7 invalid UTF-8", `{"info":{"company":"` + "\xc3\x28" + `"}}`, http.Header{"Content-Type": {json}},
			[]string{"body FORMAT JSON"}},
		{"JSON-7 overlong UTF-8", `{"info":{"company":"` + "\xc0\x80" + `"}}`, http.Header{"Content-Type": {json}},
			[]string{"body FORMAT JSON"}},
		{"JSON-7 a surrogate in UTF-8", `{"info":{"company":"` + "\xed\xa0\x80" + `"}}`,
			http.Header{"Content-Type": {json}}, []string{"body FORMAT JSON"}},
		{"JSON-7 half a surrogate pair", `{"info":{"company":"\ud83d"}}`, http.Header{"Content-Type": {json}},
			[]string{"body FORMAT JSON"}},
		{"JSON-7 half a surrogate pair in an unknown name",
			`{"\ude00":1,"info":{"company":"A","name":{"first":"A"}}}`, http.Header{"Content-Type": {json}},
			[]string{"body FORMAT JSON"}},
		{"JSON-7 a surrogate pair in the wrong order", `{"info":{"company":"\ude00\ud83d"}}`,
			http.Header{"Content-Type": {json}}, []string{"body FORMAT JSON"}},
		{"HTTP-3 gzip, announced", zipped.String(), http.Header{"Content-Type": {json},
			"Content-Encoding": {"gzip"}}, unsupported},
		{"JSON-7 gzip, not announced", zipped.String(), http.Header{"Content-Type": {json}},
			[]string{"body FORMAT JSON"}},
		{"HTTP-3 JSON announced as gzip", good, http.Header{"Content-Type": {json}, "Content-Encoding": {"gzip"}},
			unsupported},
		{"HTTP-3 no type", good, http.Header{}, unsupported},
		{"HTTP-3 text", good, http.Header{"Content-Type": {"text/plain"}}, unsupported},
		{"HTTP-3 a form", good, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, unsupported},
		{"HTTP-3 multipart", good, http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}, unsupported},
		{"HTTP-3 a type that starts like JSON", good, http.Header{"Content-Type": {"application/json5"}}, unsupported},
		{"HTTP-3 a list of types", good, http.Header{"Content-Type": {"text/plain, application/json"}}, unsupported},
		{"HTTP-3 a list of types, JSON first", good, http.Header{"Content-Type": {"application/json, text/plain"}},
			unsupported},
		{"HTTP-3 JSON as a parameter", good, http.Header{"Content-Type": {"text/plain; a=application/json"}},
			unsupported},
		{"HTTP-3 another charset", good, http.Header{"Content-Type": {"application/json; charset=iso-8859-1"}},
			unsupported},
		{"HTTP-3 UTF-16, announced", utf16(0, 1),
			http.Header{"Content-Type": {"application/json; charset=utf-16"}}, unsupported},
		{"HTTP-3 an empty charset", good, http.Header{"Content-Type": {`application/json; charset=""`}}, unsupported},
		{"HTTP-3 two charsets", good, http.Header{"Content-Type": {"application/json; charset=utf-8; " +
			"charset=utf-16"}}, unsupported},
		{"HTTP-3 a second type", good, http.Header{"Content-Type": {"text/plain", json}}, unsupported},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &api{t: t, store: a.store, handler: a.handler}
			a.unchanged(func() {
				r := httptest.NewRequest("POST", "/contacts/v4/contacts", strings.NewReader(row.body))
				r.Header = row.header
				if got := a.send(r); row.want[0] == unsupported[0] {
					got.fails(http.StatusUnsupportedMediaType, httpapi.ErrUnsupportedMediaType)
				} else {
					got.violates(row.want...)
				}
			})
		})
	}
	for _, kind := range []string{"application/json", "Application/JSON;CHARSET=UTF-8",
		`application/json; charset="utf-8"; a=b`} {
		r := httptest.NewRequest("POST", "/contacts/v4/contacts", strings.NewReader(good))
		r.Header.Set("Content-Type", kind)
		a.send(r).ok()
	}
}

func TestAttackTexts(t *testing.T) {
	a := openAPI(t, nil)
	id := a.person("Ann")
	a.unchanged(func() {
		for _, body := range []string{
			" ", "\x00", "{", "}", "[", "nul", "nullnull", "{}{}", "{},", "{}//", "/**/{}", `{"a"}`, `{"a":}`,
			`{"a":1,}`, `{,}`,
			`{a:1}`, `{'a':1}`, `{"a":01}`, `{"a":+1}`, `{"a":.1}`, `{"a":1.}`, `{"a":1e}`, `{"a":0x1}`,
			`{"a":NaN}`, `{"a":-}`,
			`{"a":Infinity}`, `{"a":"` + "\n" + `"}`, `{"a":"\x41"}`, `{"a":"\u12"}`, `{"a":"`, `{"a":[1 2]}`,
			`{"a" 1}`, `{"a"::1}`,
			`{"a":True}`, `)]}',{}`, `{"a":1}` + "\x00", "\v{}", "\u00a0{}", "{}\u2028", "---\na: 1", "<a/>", "a=b",
			"\x1f\x8b",
		} {
			for _, method := range []string{"POST /contacts", "PATCH /contacts/" + id, "DELETE /contacts/" + id +
				"/labels", "POST /labels/query"} {
				verb, path, _ := strings.Cut(method, " ")
				a.call(verb, path, body).violates("body FORMAT JSON")
			}
		}
		for _, body := range []string{`[]`, `[{}]`, `"{}"`, `""`, `0`, `true`, `false`} {
			a.call("POST", "/contacts", body).violates("body FORMAT OBJECT")
		}
	})
	// A member that an object has several times is refused, at any depth, whatever it contains (JSON-16).
	a.unchanged(func() {
		a.call("POST", "/contacts", `{"info":{"company":"A"},"info":{"name":{"first":"X"}}}`).
			violates("info CUSTOM REPEATED")
		a.call("POST", "/contacts", `{"info":{"name":{"first":"X","first":"Y"}}}`).
			violates("info.name.first CUSTOM REPEATED")
		a.call("POST", "/contacts", `{"info":{"name":{"first":"X"}},"allowDuplicates":true,"allowDuplicates":false}`).
			violates("allowDuplicates CUSTOM REPEATED")
		a.call("POST", "/contacts", `{"info":{"name":{"first":"X"}},"unknown":{"a":[{"b":1,"b":1}]}}`).
			violates("unknown.a[0].b CUSTOM REPEATED")
		a.call("PATCH", "/contacts/"+id, `{"revision":1,"revision":1,"info":{"company":"A"}}`).violates("revision " +
			"CUSTOM REPEATED")
		a.call("POST", "/bulk/contacts/delete", `{"filter":{"info.company":"A"},"filter":{"info.company":"B"}}`).
			violates("filter CUSTOM REPEATED")
		a.call("POST", "/contacts/query", `{"query":{"paging":{"limit":1,"limit":2}}}`).
			violates("query.paging.limit CUSTOM REPEATED")
		a.call("POST", "/bulk/contacts/delete", `{"filter":{"id":"`+id+`","id":"`+id+`"}}`).fails(400,
			contacts.ErrMalformedFilter)
	})
}

func TestAttackNumbers(t *testing.T) {
	a := openAPI(t, nil)
	id := a.person("Ann")
	long := strings.Repeat("9", 100_000)
	a.call("POST", "/extended-fields", `{"displayName":"Size","dataType":"NUMBER"}`).ok()
	a.unchanged(func() {
		for _, n := range []string{
			"2147483648", "-2147483649", "1.0", "1e0", "1E400", "-0.0", long, "-" + long, "0." + long, "1e" + long,
			`"1e0"`, `"+1"`, `" 1"`,
			`"1 "`, `""`, `"0x1"`, `"1_000"`, `"` + long + `"`, `"١"`, "true", "[1]", `{"a":1}`,
		} {
			a.call("PATCH", "/contacts/"+id, `{"info":{"company":"A"},"revision":`+n+`}`).
				violates("revision FORMAT INTEGER")
			a.call("POST", "/contacts/query", `{"query":{"paging":{"limit":`+n+`}}}`).violates("query.paging.limit " +
				"FORMAT INTEGER")
		}
		for _, n := range []string{"0", "-1", "2", "2147483647", `"2"`, `"-2147483648"`, "-0"} {
			got := a.call("PATCH", "/contacts/"+id, `{"info":{"company":"A"},"revision":`+n+`}`)
			require.Contains(t, []int{400, 409}, got.status, got.text)
		}
		for _, n := range []string{"1e999", "-1e999", long, "1e" + long, "12345678901234567890123", `"` + long + `"`} {
			got := a.call("PATCH", "/contacts/"+id,
				`{"info":{"extendedFields":{"items":{"custom.size":`+n+`}}},"revision":1}`)
			require.Equal(t, http.StatusBadRequest, got.status, got.text)
			require.Less(t, len(got.text), 1000, "the reply does not repeat the number")
			got = a.call("POST", "/contacts/query",
				`{"query":{"filter":{"info.extendedFields.custom.size":{"$gte":`+n+`}}}}`)
			require.Contains(t, []int{200, 400}, got.status, got.text)
			require.Less(t, len(got.text), 1000, "the reply does not repeat the number")
		}
		got := a.call("GET", "/contacts?paging.limit="+long[:1000], "")
		got.violates("paging.limit FORMAT INTEGER")
	})
}

// nested returns middle between n times left and n times right.
func nested(n int, left, middle, right string) string {
	return strings.Repeat(left, n) + middle + strings.Repeat(right, n)
}

func TestAttackNesting(t *testing.T) {
	a := openAPI(t, &httpapi.Options{MaxBodyBytes: 32 << 20})
	id := a.person("Ann")
	for _, n := range []int{10_001, 1_000_000} {
		if n > 10_001 && testing.Short() {
			break
		}
		list, object := nested(n, "[", "", "]"), nested(n, `{"a":`, "1", "}")
		for _, deep := range []string{list, object, nested(n, `[{"info":`, "1", "}]"), strings.Repeat("[", n),
			strings.Repeat(`{"a":`, n)} {
			for _, row := range []struct{ method, path, body string }{
				{"POST", "/contacts", deep},
				{"POST", "/contacts", `{"info":` + deep + `}`},
				{"POST", "/contacts", `{"unknown":` + deep + `}`},
				{"PATCH", "/contacts/" + id, `{"revision":1,"info":{"extendedFields":{"items":{"custom.a":` + deep +
					`}}}}`},
				{"PATCH", "/contacts/" + id, `{"revision":1,"info":{"company":"A"},"fieldMask":` + deep + `}`},
				{"POST", "/contacts/query", `{"query":{"filter":` + deep + `}}`},
				{"POST", "/contacts/query", `{"query":{"sort":` + deep + `}}`},
				{"POST", "/contacts/query", `{"query":` + deep + `}`},
				{"POST", "/labels/query", `{"query":{"filter":{"key":{"$in":` + deep + `}}}}`},
				{"POST", "/bulk/contacts/delete", `{"filter":` + deep + `}`},
			} {
				a.unchanged(func() {
					a.call(row.method, row.path, row.body).violates("body FORMAT JSON")
				})
			}
		}
	}
	// As deep as JSON may be. Filters have a limit of their own (FLT-8).
	for _, filter := range []string{
		nested(9990, `{"$not":`, `{"info.company":"A"}`, "}"), nested(4990, `{"$and":[`, `{"info.company":"A"}`, "]}"),
		`{"info.company":` + nested(9990, "[", "", "]") + `}`, `{"info.company":{"$in":` + nested(9980, `{"a":`,
			"1", "}") + `}}`,
		nested(50, `{"$or":[`, nested(9800, `{"$not":`, `{}`, "}"), "]}"),
	} {
		for _, row := range []struct{ path, body string }{
			{"/contacts/query", `{"query":{"filter":` + filter + `}}`}, {"/contacts/facets/query", `{"filter":` +
				filter + `}`},
			{"/bulk/contacts/delete", `{"filter":` + filter + `}`}, {"/labels/query", `{"query":{"filter":` +
				filter + `}}`},
		} {
			a.unchanged(func() {
				got := a.call("POST", row.path, row.body)
				require.Equal(t, http.StatusBadRequest, got.status, row.path)
				require.NotNil(t, got.at("details.applicationError"), got.text)
			})
		}
	}
	a.call("POST", "/contacts/query", `{"unknown":`+nested(9999, "[", "", "]")+`}`).ok()
	a.call("POST", "/contacts/query", `{"unknown":`+nested(10_000, "[", "", "]")+`}`).violates("body FORMAT JSON")
}

// TestAttackLists requires that a reply about millions of wrong items is short (JSON-6).
func TestAttackLists(t *testing.T) {
	a := openAPI(t, nil)
	id := a.person("Ann")
	a.call("POST", "/labels", `{"displayName":"VIP"}`).ok()
	n := 100_000
	if testing.Short() {
		n = 10_500 // one limit is 10,000
	}
	list := func(item string) string { return "[" + strings.Repeat(item+",", n) + item + "]" }
	numbered := func(format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format+",", i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	for _, row := range []struct{ name, method, path, body string }{
		{"LBL-12 keys", "POST", "/contacts/{id}/labels", `{"labelKeys":` + list(`"custom.vip"`) + `}`},
		{"LBL-12 unknown keys", "POST", "/contacts/{id}/labels", `{"labelKeys":[` + numbered(`"custom.%d"`) + `]}`},
		{"JSON-6 keys of the wrong type", "POST", "/contacts/{id}/labels", `{"labelKeys":` + list(`0`) + `}`},
		{"LBL-12 keys to remove", "DELETE", "/contacts/{id}/labels", `{"labelKeys":` + list(`""`) + `}`},
		{"MRG-1 sources", "POST", "/contacts/{id}/merge", `{"targetContactRevision":1,"sourceContactIds":` +
			list(`"0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"`) + `}`},
		{"JSON-5 sources without an ID", "POST", "/contacts/{id}/merge",
			`{"targetContactRevision":1,"sourceContactIds":` + list(`""`) + `}`},
		{"VAL-1 emails", "PATCH", "/contacts/{id}", `{"revision":1,"info":{"emails":{"items":` + list(`{}`) + `}}}`},
		{"VAL-1 emails of the wrong type", "PATCH", "/contacts/{id}", `{"revision":1,"info":{"emails":{"items":` +
			list(`{"email":"a","tag":"b","id":"c"}`) + `}}}`},
		{"VAL-1 phones", "PATCH", "/contacts/{id}", `{"revision":1,"info":{"phones":{"items":` +
			list(`{"phone":"","countryCode":"x"}`) + `}}}`},
		{"VAL-1 addresses", "PATCH", "/contacts/{id}", `{"revision":1,"info":{"addresses":{"items":` +
			list(`{"address":{"country":"x"}}`) + `}}}`},
		{"VAL-1 labels", "PATCH", "/contacts/{id}", `{"revision":1,"info":{"labelKeys":{"items":[` +
			numbered(`"%d"`) + `]}}}`},
		{"VAL-1 fields", "PATCH", "/contacts/{id}", `{"revision":1,"info":{"extendedFields":{"items":{` +
			numbered(`"%d":[]`) + `}}}}`},
		{"FLD-5 unknown fields", "PATCH", "/contacts/{id}",
			`{"revision":1,"info":{"extendedFields":{"items":{` + numbered(`"custom.some-field-%d":"x"`) + `}}}}`},
		{"VAL-1 locations", "PATCH", "/contacts/{id}", `{"revision":1,"info":{"locations":{"items":` +
			list(`"0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"`) + `}}}`},
		{"UPD-8 a mask of anything", "PATCH", "/contacts/{id}",
			`{"revision":9,"info":{"company":"A"},"fieldMask":` + list(`"info.name.first"`) + `}`},
		{"QRY-2 sorts", "POST", "/contacts/query", `{"query":{"sort":` + list(`{}`) + `}}`},
		{"DEF-3 sorts of labels", "POST", "/labels/query", `{"query":{"sort":` +
			list(`{"fieldName":"displayName"}`) + `}}`},
		{"DEF-3 sorts of fields", "POST", "/extended-fields/query", `{"query":{"sort":` +
			list(`{"fieldName":"x","order":"y"}`) + `}}`},
		{"PRJ-1 fields to show", "POST", "/contacts/query", `{"query":{"fields":` + list(`"x"`) + `}}`},
		{"PRJ-1 fieldsets", "POST", "/contacts/query", `{"query":{"fieldsets":` + list(`"x"`) + `}}`},
		{"FLT-8 values", "POST", "/contacts/query", `{"query":{"filter":{"info.company":{"$in":` + list(`"x"`) +
			`}}}}`},
		{"FLT-8 conditions", "POST", "/contacts/query", `{"query":{"filter":{` + numbered(`"x%d":0`) + `}}}`},
		{"FLT-8 operators", "POST", "/contacts/facets/query", `{"filter":{"x":{` + numbered(`"$%d":0`) + `}}}`},
		{"FLT-8 parts", "POST", "/bulk/contacts/delete", `{"filter":{"$or":` + list(`{}`) + `}}`},
		{"BLK-5 keys", "POST", "/bulk/contacts/add-remove-labels", `{"search":"Ann","labelKeysToAdd":` +
			list(`"custom.vip"`) + `,"labelKeysToRemove":` + list(`7`) + `}`},
		{"SBM-1 a form with many emails", "POST", "/contact-submit", `{"info":{"emails":{"items":` +
			list(`{"email":"a"}`) + `}}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			big := httpapi.Handler(a.store, &httpapi.Options{MaxBodyBytes: 32 << 20})
			a := &api{t: t, store: a.store, handler: big}
			a.unchanged(func() {
				got := a.call(row.method, strings.Replace(row.path, "{id}", id, 1), row.body)
				require.GreaterOrEqual(t, got.status, 400)
				require.Less(t, got.status, 500)
				require.Less(t, len(got.text), 200_000, "%d violations", strings.Count(got.text, `"field"`))
			})
		})
	}
}

func TestAttackPaths(t *testing.T) {
	s := attack(t, nil, nil)
	id := s.person("Ann")
	s.call("POST", "/labels", `{"displayName":"VIP"}`).ok()
	c := s.dial()
	get := func(target string) answer {
		c.send("GET " + target + " HTTP/1.1\r\nHost: x.test\r\n\r\n")
		return c.reply()
	}
	get("/contacts/v4/contacts").ok()
	s.unchanged(func() {
		for _, target := range []string{
			"/", "//", "///", "/.", "/..", "/contacts", "/contacts/", "/contacts/v4", "/contacts/v4/",
			"/contacts/v4/contacts/", "//contacts/v4/contacts",
			"/contacts//v4/contacts", "/contacts/v4//contacts", "/contacts/v4/contacts//",
			"/contacts/v4/./contacts", "/contacts/v4/contacts/.",
			"/contacts/v4/x/../contacts", "/contacts/v4/%2e/contacts", "/contacts/v4/x/%2e%2e/contacts",
			"/contacts/v4/x/.%2E/contacts",
			"/contacts/v4/contacts/..", "/contacts/v4/contacts/%2e%2e", "/contacts/v4/labels/%2e%2e/contacts",
			"/contacts/v4/labels/x/../custom.vip",
			"/contacts/v4/contacts/..%2f..", "/contacts/v4%2Fcontacts", "/contacts%2Fv4%2Fcontacts",
			"/%2fcontacts/v4/contacts", "/contacts/v4/%2fcontacts",
			"/Contacts/v4/contacts", "/CONTACTS/V4/CONTACTS", "/contacts/V4/contacts", "/contacts/v4/Contacts",
			"/_API/contacts/v4/contacts",
			"/_api/_api/contacts/v4/contacts", "/_api/contacts/v4/_api/contacts/v4/contacts",
			"/contacts/v4/contacts/v4/contacts", "/api/contacts/v4/contacts",
			"/contacts/v3/contacts", "/contacts/v4/contacts%00", "/contacts/v4/contacts%20",
			"/contacts/v4/contacts;a=b", "/contacts/v4/contacts%3Fid=1",
			"/contacts/v4/contacts%0d%0aX-A:%20b", "/contacts/v4/" + strings.Repeat("a/", 10_000), "/contacts/v4/" +
				strings.Repeat("a", 100_000),
			"/contacts/v4/contacts/" + id + "/labels/x", "/contacts/v4/contacts/" + id + "/",
			"/contacts/v4/contacts/" + id + "/merge/", "/contacts/v4/bulk", "/contacts/v4/bulk/jobs/",
			"/contacts/v4/c%6fntacts/%2e/" + id, "http://y.test//contacts/v4/contacts", "http://y.test",
			"/\\contacts\\v4", "/contacts\\v4\\contacts",
		} {
			got := get(target)
			require.Equal(t, "application/json", got.header.Get("Content-Type"), target[:min(100, len(target))])
			require.Empty(t, got.header.Get("Location"), target)
			got.fails(http.StatusNotFound, httpapi.ErrRouteNotFound)
		}
		// A segment in the place of an ID is an ID or invalid, whatever it decodes to.
		for _, place := range []string{
			"%00", "x", "%2F", id + "%2Flabels", id + "%00", id + "%20", "%20" + id, "%7B" + id + "%7D", "{" + id +
				"}", "urn:uuid:" + id, id[:35], id + "0",
			strings.ReplaceAll(id, "-", ""), strings.Repeat("0", 36), "%ff%fe", "%E2%80%8B" + id,
			strings.Repeat("a", 100_000), "*", "...", "query%2F", "..%2Fcontacts", "%252e%252e",
			strings.Replace(id, "0", "%EF%BC%90", 1), "Query", "FACETS", "null", "undefined",
		} {
			got := get("/contacts/v4/contacts/" + place)
			if got.status != http.StatusNotFound { // it decodes to a path with ..
				got.violates("id FORMAT GUID")
			}
			require.Less(t, len(got.text), 500)
		}
		for _, key := range []string{
			"%00", "custom.vip%00", "custom.VIP", "custom.vip%20", "custom.vip/x", "custom.vip%2Fx",
			"x%2F..%2Fcustom.vip", "%ff", "custom%2Evip%2F", "Query", "%C3%9F", "*",
			"custom.vip?", strings.Repeat("%C3%9F", 80),
		} {
			got := get("/contacts/v4/labels/" + key)
			if key == "custom.vip?" { // an empty query
				got.ok("label")
				continue
			}
			require.Equal(t, http.StatusNotFound, got.status, "%s: %s", key, got.text)
		}
		get("/contacts/v4/labels/" + strings.Repeat("a", 81)).violates("key MAX_LENGTH 80")
		get("/contacts/v4/labels/" + strings.Repeat("%C3%9F", 81)).violates("key MAX_LENGTH 80")
		get("/contacts/v4/labels/").violates("key MIN_LENGTH 1")
	})
	// Other spellings of the same resource.
	for _, target := range []string{
		"/contacts/v4/contacts/" + strings.ToUpper(id), "/contacts/v4/c%6fntacts/" + id,
		"/%63ontacts/v4/contacts/" + strings.Replace(id, "-", "%2D", 1),
		"http://y.test:99/_api/contacts/v4/contacts/" + id, "/contacts/v4/contacts/" + id + "?",
		"/contacts/v4/contacts/" + id + "?id=/../",
	} {
		require.Equal(t, id, get(target).ok("contact.id"), target)
	}
}

// TestAttackCopies sends two IDs: the one in the path decides (HTTP-5).
func TestAttackCopies(t *testing.T) {
	type pair struct {
		*api
		path, copied string // IDs
	}
	open := func(t *testing.T) pair {
		a := openAPI(t, nil)
		for _, name := range []string{"VIP", "Other"} {
			a.call("POST", "/labels", `{"displayName":"`+name+`"}`).ok()
			a.call("POST", "/extended-fields", `{"displayName":"`+name+`","dataType":"TEXT"}`).ok()
		}
		return pair{a, a.person("Ann"), a.person("Ben")}
	}
	for _, row := range []struct {
		name, method, path, body string
		want                     string // a member of the reply and its value, which depends on the ID
	}{
		{"get", "GET", "/contacts/{id}?id={copy}", "", "contact.id={id}"},
		{"get, many copies", "GET", "/contacts/{id}?id={copy}&id={copy}&contactId={copy}&_id={copy}", "",
			"contact.id={id}"},
		{"get, a bad copy", "GET", "/contacts/{id}?id=%00&contactId=x", "", "contact.id={id}"},
		{"update", "PATCH", "/contacts/{id}?contactId={copy}",
			`{"contactId":"{copy}","id":"{copy}","revision":1,"info":{"id":"{copy}","company":"A"}}`,
			"contact.id={id}"},
		{"update, a bad copy", "PATCH", "/contacts/{id}",
			`{"contactId":7,"id":[],"revision":1,"info":{"company":"A"}}`, "contact.id={id}"},
		{"label", "POST", "/contacts/{id}/labels", `{"contactId":"{copy}","labelKeys":["custom.vip"]}`,
			"contact.id={id}"},
		{"unlabel", "DELETE", "/contacts/{id}/labels?contactId={copy}&labelKeys=custom.vip",
			`{"contactId":"{copy}"}`, "contact.id={id}"},
		{"merge", "POST", "/contacts/{id}/merge", `{"targetContactId":"{copy}","targetContactRevision":1,` +
			`"sourceContactIds":["{copy}"]}`, "contact.id={id}"},
		{"preview", "POST", "/contacts/{id}/preview-merge",
			`{"targetContactId":"{copy}","sourceContactIds":["{copy}"]}`, "contact.id={id}"},
		{"get a label", "GET", "/labels/custom.vip?key=custom.other", "", "label.key=custom.vip"},
		{"rename a label", "PATCH", "/labels/custom.vip?key=custom.other&label.key=custom.other",
			`{"label":{"key":"custom.other","displayName":"New"},"key":"custom.other"}`, "label.key=custom.vip"},
		{"get a field", "GET", "/extended-fields/custom.vip?key=custom.other", "", "field.key=custom.vip"},
		{"rename a field", "PATCH", "/extended-fields/custom.vip?key=custom.other",
			`{"field":{"key":"custom.other","displayName":"New"}}`, "field.key=custom.vip"},
	} {
		t.Run("HTTP-5 "+row.name, func(t *testing.T) {
			a := open(t)
			fill := strings.NewReplacer("{id}", a.path, "{copy}", a.copied)
			member, want, _ := strings.Cut(fill.Replace(row.want), "=")
			require.Equal(t, want, a.call(row.method, fill.Replace(row.path), fill.Replace(row.body)).ok(member))
			if row.name != "merge" {
				require.EqualValues(t, 1, a.call("GET", "/contacts/"+a.copied, "").ok("contact.revision"))
			}
			for _, kind := range []string{"/labels", "/extended-fields"} {
				wrapper := map[string]string{"/labels": "label", "/extended-fields": "field"}[kind]
				require.Equal(t, "Other", a.call("GET", kind+"/custom.other", "").ok(wrapper+".displayName"))
			}
		})
	}
	for _, row := range []struct{ name, path, gone, stays string }{
		{"delete", "/contacts/{id}?contactId={copy}&id={copy}", "/contacts/{id}", "/contacts/{copy}"},
		{"delete a label", "/labels/custom.vip?key=custom.other", "/labels/custom.vip", "/labels/custom.other"},
		{"delete a field", "/extended-fields/custom.vip?key=custom.other", "/extended-fields/custom.vip",
			"/extended-fields/custom.other"},
	} {
		t.Run("HTTP-5 "+row.name, func(t *testing.T) {
			a := open(t)
			fill := strings.NewReplacer("{id}", a.path, "{copy}", a.copied)
			a.call("DELETE", fill.Replace(row.path), `{"contactId":"`+a.copied+`","key":"custom.other"}`).ok()
			require.Equal(t, http.StatusNotFound, a.call("GET", fill.Replace(row.gone), "").status)
			a.call("GET", fill.Replace(row.stays), "").ok()
		})
	}
}

func TestAttackQueries(t *testing.T) {
	a := openAPI(t, nil)
	id := a.person("Ann")
	a.call("POST", "/labels", `{"displayName":"VIP"}`).ok()
	for _, path := range []string{"/contacts", "/contacts/facets", "/contacts/" + id, "/labels", "/extended-fields"} {
		for _, query := range []string{"%", "%zz", "a=%z1", "a=%e", "paging.limit=%", "a;b",
			"paging.limit=1;paging.offset=1", "%=1", "a=1&%gg=2&b=3"} {
			r := httptest.NewRequest("GET", "/contacts/v4/x", nil) // NewRequest refuses some of these queries
			r.URL.Path, r.URL.RawQuery = "/contacts/v4"+path, query
			a.send(r).violates("query FORMAT QUERY")
		}
		// Parameters that are unknown or empty.
		for _, query := range []string{"&", "&&=&", "=", "a", "a=b=c", "PAGING.LIMIT=x", "paging[limit]=x",
			"paging=x", "%00=%00", "_method=DELETE", "id[]=1", "__proto__=1", "a=%ff%fe", "language=%0d%0a"} {
			a.call("GET", path+"?"+query, "").ok()
		}
		many := strings.Repeat("a=b&", 9000)
		a.call("GET", path+"?"+many, "").ok()
		a.call("GET", path+"?"+strings.Repeat("a&", 100_000), "").violates("query FORMAT QUERY")
	}
	for _, name := range []string{"paging.limit", "paging.offset", "sort.fieldName", "sort.order"} {
		for _, path := range []string{"/contacts", "/labels", "/extended-fields"} {
			got := a.call("GET", path+"?"+name+"=1&"+name+"=1", "")
			require.Contains(t, got.text, `"violatedRule":"MAX_SIZE"`, path+" "+name)
			require.Equal(t, http.StatusBadRequest, got.status)
		}
	}
	for _, limit := range []string{"", "%2B1", "+1", "1.0", "1e1", "0x1", "%201", "1%00", "2147483648",
		"-9999999999", "%D9%A1", "NaN", "true", "1,2"} {
		a.call("GET", "/contacts?paging.limit="+limit, "").violates("paging.limit FORMAT INTEGER")
		a.call("GET", "/labels?paging.offset="+limit, "").violates("paging.offset FORMAT INTEGER")
	}
	for _, flag := range []string{"", "TRUE", "1", "yes", "True", "null", "true%00"} {
		a.call("GET", "/contacts/facets?omitCount="+flag, "").violates("omitCount FORMAT BOOLEAN")
	}
	long := strings.Repeat("x,", 50_000)
	for _, query := range []string{"fields=" + long, "fieldsets=" + long, "fields=" + strings.Repeat("x", 100_000),
		"fields=" + strings.Repeat("%2C", 10_000)} {
		got := a.call("GET", "/contacts/"+id+"?"+query, "")
		require.Equal(t, http.StatusBadRequest, got.status)
		require.Less(t, len(got.text), 1<<18)
	}
	a.unchanged(func() {
		got := a.call("DELETE", "/contacts/"+id+"/labels?labelKeys="+long, "")
		require.Equal(t, http.StatusBadRequest, got.status)
		require.Less(t, len(got.text), 1<<18)
		a.call("DELETE", "/contacts/"+id+"/labels?labelKeys=custom.vip&%zz", "").violates("query FORMAT QUERY")
		a.call("DELETE", "/contacts/"+id+"/labels?labelKeys=custom.vip;labelKeys=b",
			`{"labelKeys":["custom.vip"]}`).violates("query FORMAT QUERY")
	})
}

// TestAttackHeaders sends line ends to inject headers: nothing from a request is ever in a header of its reply.
func TestAttackHeaders(t *testing.T) {
	s := attack(t, nil, nil)
	id := s.person("Ann")
	evil := `a\r\nX-Evil: 1\r\n\r\n<b>`
	c := s.dial()
	check := func(got answer) answer {
		t.Helper()
		for name, values := range got.header {
			require.Contains(t, []string{
				"Allow", "Cache-Control", "Connection", "Content-Length", "Content-Type", "Date",
				"X-Content-Type-Options", "X-Wix-Request-Id",
			}, name)
			require.NotContains(t, strings.ToLower(strings.Join(values, " ")), "evil")
		}
		return got
	}
	sent := func(method, path, body string, headers ...string) answer {
		t.Helper()
		headers = append(headers, jsonType, "Content-Length: "+strconv.Itoa(len(body)))
		c.send(method + " /contacts/v4" + path + " HTTP/1.1\r\nHost: x.test\r\n" + strings.Join(headers, "\r\n") +
			"\r\n\r\n" + body)
		return check(c.reply())
	}
	for _, name := range []string{evil, `evil\u0000`, `evil\u2028\u0085`, `\u0085evil`} {
		sent("POST", "/labels", `{"displayName":"`+name+`"}`)
		sent("POST", "/extended-fields", `{"displayName":"`+name+`","dataType":"`+name+`"}`)
		sent("PATCH", "/contacts/"+id, `{"revision":9,"info":{"company":"`+name+`"}}`)
		sent("POST", "/contacts", `{"info":{"emails":{"items":[{"email":"`+name+`","id":"`+name+`"}]},`+
			`"extendedFields":{"items":{"`+name+`":"`+name+`"}}}}`)
		sent("POST", "/contacts", `{"info":{"name":{"first":"A"},`+
			`"extendedFields":{"items":{"custom.`+name+`":"`+name+`"}}}}`)
		sent("POST", "/contacts/"+id+"/labels", `{"labelKeys":["`+name+`","custom.evil"]}`)
		sent("POST", "/contacts/query", `{"query":{"filter":{"`+name+`":{"$`+name+`":"`+name+`"}},`+
			`"sort":{"fieldName":"`+name+`","order":"`+name+`"}}}`)
		sent("POST", "/contact-submit", `{"contactId":"`+name+`","passThroughData":"`+name+`"}`)
	}
	for _, path := range []string{
		"/labels/a%0d%0aX-Evil:%201", "/extended-fields/evil%00", "/contacts/evil%0a", "/evil%0d%0a%0d%0a",
		"/contacts?fields=evil%0d%0a&evil%0d%0a=1", "/bulk/jobs/evil",
		"/evil", "/%65vil%0d%0aX-Evil:1", "/labels/" + strings.Repeat("evil%0d%0a", 100),
	} {
		sent("GET", path, "")
		sent("EVIL", path, "")
	}
	// Headers of the request.
	got := sent("GET", "/contacts/"+id, "", "X-Wix-Request-Id: evil", "X-Request-Id: evil",
		"Origin: http://evil.test", "Accept: text/evil", "Accept-Encoding: gzip, evil",
		"Cookie: evil=1", "Authorization: Bearer evil", "If-None-Match: evil",
		"If-Modified-Since: Fri, 02 Jan 2099 00:00:00 GMT", "Range: bytes=0-1", "Referer: evil",
		"X-Forwarded-Host: evil.test",
		"X-Forwarded-Prefix: /evil", "Forwarded: host=evil.test", "X-Original-Url: /evil", "X-Rewrite-Url: /evil",
		"Access-Control-Request-Method: PUT", "X-Wix-Consistent: evil")
	require.Equal(t, id, got.ok("contact.id"))
	seen := map[string]bool{}
	for range 10 {
		seen[sent("GET", "/contacts", "").header.Get("X-Wix-Request-Id")] = true
	}
	require.Len(t, seen, 10)
}

// TestAttackRequestIDs has Options.NewRequestID return IDs that a header must not contain.
func TestAttackRequestIDs(t *testing.T) {
	for _, made := range []string{"", "a\r\nX-Evil: 1", "a\r\n\r\nHTTP/1.1 200 OK", "\x00", "\n",
		strings.Repeat("a", 10_000), "ü\u2028", "\xff"} {
		s := attack(t, &httpapi.Options{NewRequestID: func() string { return made }}, nil)
		c := s.dial()
		for range 2 {
			c.send("GET /contacts/v4/contacts HTTP/1.1\r\nHost: x\r\n\r\n")
			got := c.reply()
			got.ok("contacts")
			require.Empty(t, got.header.Get("X-Evil"))
		}
	}
}

func TestAttackMethods(t *testing.T) {
	s := attack(t, nil, nil)
	id := s.person("Ann")
	c := s.dial()
	call := func(line string, headers ...string) answer {
		c.send(line + " HTTP/1.1\r\nHost: x.test\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n")
		got := c.reply()
		if strings.HasPrefix(line, "CONNECT ") { // Go 1.27 closes the connection after it
			c = s.dial()
		}
		return got
	}
	path := "/contacts/v4/contacts/" + id
	s.unchanged(func() {
		for _, method := range []string{"PUT", "TRACE", "CONNECT", "OPTIONS", "get", "delete", "Delete", "PATCHX",
			"DELETE%20", "PROPFIND", "PRI", "*", "M-SEARCH", "GET|DELETE", strings.Repeat("A", 10_000)} {
			got := call(method + " " + path)
			got.fails(http.StatusMethodNotAllowed, httpapi.ErrMethodNotAllowed)
			require.Equal(t, "DELETE, GET, HEAD, PATCH", got.header.Get("Allow"))
		}
		call("POST "+path).fails(http.StatusMethodNotAllowed, httpapi.ErrMethodNotAllowed)
		for _, header := range []string{"X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE",
			"X-Method-Override: DELETE", "_method: DELETE"} {
			require.Equal(t, id, call("GET "+path+"?_method=DELETE&X-HTTP-Method-Override=DELETE",
				header).ok("contact.id"))
		}
		for _, line := range []string{"OPTIONS /contacts/v4/contacts", "DELETE /contacts/v4/contacts",
			"PATCH /contacts/v4/contacts", "DELETE /contacts/v4/contacts/query", "PATCH /contacts/v4/contacts/facets",
			"GET /contacts/v4/contacts/query", "DELETE /contacts/v4/labels",
			"GET /contacts/v4/bulk/contacts/delete", "GET /contacts/v4/contact-submit",
			"GET /contacts/v4/contacts/" + id + "/merge",
			"DELETE /contacts/v4/labels/query", "DELETE /contacts/v4/bulk/jobs/" + id,
			"CONNECT /contacts/v4/bulk/contacts/delete"} {
			got := call(line)
			got.fails(http.StatusMethodNotAllowed, httpapi.ErrMethodNotAllowed)
			require.NotEmpty(t, got.header.Get("Allow"))
		}
		call("TRACE /contacts/v4/nothing", "Cookie: secret").fails(http.StatusNotFound, httpapi.ErrRouteNotFound)
		require.NotContains(t, call("TRACE "+path, "Cookie: secret").text, "secret")
		call("GET *").fails(http.StatusNotFound, httpapi.ErrRouteNotFound)
	})
	for _, line := range []string{"CONNECT x.test:443", "CONNECT contacts:4", "CONNECT /"} {
		s.unchanged(func() { call(line).fails(http.StatusNotFound, httpapi.ErrRouteNotFound) })
	}
	c = s.dial()
	c.send("HEAD " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	text, err := io.ReadAll(c.reader)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "HTTP/1.1 200 OK\r\n"), string(text))
	require.True(t, strings.HasSuffix(string(text), "\r\n\r\n"), "a reply to HEAD has no body")
	require.Contains(t, string(text), "X-Wix-Request-Id: ")
}

// TestAttackSmuggling sends requests whose end is ambiguous, and requests with several hosts or none. The label in the
// text that may be a body or a second request is never created.
func TestAttackSmuggling(t *testing.T) {
	s := attack(t, nil, nil)
	body := `{"displayName":"Evil"}`
	length := "Content-Length: " + strconv.Itoa(len(body))
	hidden := post("/labels", jsonType, length) + body
	chunked := "Transfer-Encoding: chunked"
	chunks := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	for _, text := range []string{
		post("/labels", jsonType, "Content-Length: 5", length) + body,
		post("/labels", jsonType, "Content-Length: -1") + body,
		post("/labels", jsonType, "Content-Length: +22") + body,
		post("/labels", jsonType, "Content-Length: 0x16") + body,
		post("/labels", jsonType, "Content-Length: 22, 23") + body,
		post("/labels", jsonType, "Content-Length: 99999999999999999999") + body,
		post("/labels", jsonType, "Content-Length : 22") + body,
		post("/labels", jsonType, "Transfer-Encoding: gzip, chunked") + chunks,
		post("/labels", jsonType, "Transfer-Encoding: identity", length) + body,
		post("/labels", jsonType, "Transfer-Encoding: xchunked", length) + body,
		post("/labels", jsonType, "Transfer-Encoding : chunked") + chunks,
		post("/labels", jsonType, chunked, chunked) + chunks,
		post("/labels", jsonType, chunked) + "zz\r\n" + body,
		post("/labels", jsonType, chunked) + "-1\r\n" + body,
		post("/labels", jsonType, chunked) + "ffffffffffffffffff\r\n" + body,
		post("/labels", jsonType, chunked) + fmt.Sprintf("%x\r\n%s0\r\n\r\n", len(body), body),
		// no line end after the chunk
		post("/labels", jsonType, chunked) + "2\r\n{}\r\n",               // no last chunk
		"GET /contacts/v4/contacts HTTP/1.1\r\n" + jsonType + "\r\n\r\n", // no host
		"GET /contacts/v4/contacts HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + hidden,
		"GET /contacts/v4/contacts HTTP/1.1\r\nHost: a b\r\n\r\n" + hidden,
		"GET /contacts/v4/contacts HTTP/1.1\r\nHost: x\r\n a: b\r\n\r\n" + "GET /",
		"GET /contacts/v4/contacts HTTP/1.1\r\n: x\r\n\r\n" + hidden,
		"GET /contacts/v4/contacts HTTP/1.1\r\nHost: x\r\nA\x00: b\r\n\r\n" + hidden,
		"GET /contacts/v4/contacts HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n" + hidden,
		"GET /contacts/v4/contacts HTTP/9.9\r\nHost: x\r\n\r\n" + hidden,
		"GET  /contacts/v4/contacts HTTP/1.1\r\nHost: x\r\n\r\n" + hidden,
		"GET /contacts/v4/contacts\r\n\r\n" + hidden,
		"GET /contacts/v4/ contacts HTTP/1.1\r\nHost: x\r\n\r\n" + hidden,
		"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n" + hidden,
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + hidden,
		// A request inside a body stays part of the body.
		"GET /contacts/v4/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: " + strconv.Itoa(len(hidden)) +
			"\r\n\r\n" + hidden,
		"DELETE /contacts/v4/labels/none HTTP/1.1\r\nHost: x\r\nContent-Length: " + strconv.Itoa(len(hidden)) +
			"\r\n\r\n" + hidden,
		post("/nothing", "Content-Length: "+strconv.Itoa(len(hidden))) + hidden,
		post("/labels", "Content-Type: text/plain", "Content-Length: "+strconv.Itoa(len(hidden))) + hidden,
		post("/contacts/query", jsonType, chunked) + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(hidden), hidden),
		post("/labels", jsonType, chunked) + "2\r\n{}\r\n0\r\nContent-Type: text/plain\r\n\r\n", // with a trailer
	} {
		s.unchanged(func() {
			c := s.dial()
			c.send(text)
			require.NoError(t, c.CloseWrite())
			c.closed()
		})
	}
	// With both headers, net/http reads chunks: the text after them is the next request.
	c := s.dial()
	s.unchanged(func() {
		c.send(post("/labels/query", jsonType, chunked, "Content-Length: 4") + "2\r\n{}\r\n0\r\n\r\n")
		c.reply().ok("labels")
	})

	for _, host := range []string{"", "evil.test", "x.test:99", "[::1]:80", "contacts", "x.test.", "127.0.0.1",
		strings.Repeat("a", 5000)} {
		c := s.dial()
		c.send("GET /contacts/v4/contacts HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
		got := c.reply()
		got.ok("contacts")
		require.NotContains(t, fmt.Sprint(got.header), "evil")
	}
}

// TestAttackLengths sends bodies of another length than announced.
func TestAttackLengths(t *testing.T) {
	t.Parallel()
	s := attack(t, nil, nil)
	body := `{"displayName":"Evil"}`
	s.unchanged(func() {
		// All of the JSON arrives, but more bytes were announced.
		for _, head := range []string{post("/labels", jsonType, "Content-Length: 23"), post("/labels", jsonType,
			"Content-Length: 4000000")} {
			c := s.dial()
			c.send(head + body)
			require.NoError(t, c.CloseWrite())
			c.reply().fails(http.StatusBadRequest, httpapi.ErrIncompleteBody)
			c.closed()
			require.Equal(t, attackedBy{"POST /labels", 400}, s.answered())
		}
		c := s.dial()
		c.send(post("/labels", jsonType, "Transfer-Encoding: chunked") + fmt.Sprintf("%x\r\n%s\r\n", len(body), body))
		require.NoError(t, c.CloseWrite())
		c.reply().fails(http.StatusBadRequest, httpapi.ErrIncompleteBody)
		require.Equal(t, attackedBy{"POST /labels", 400}, s.answered())

		// The client disconnects before it has sent all of its body.
		c = s.dial()
		c.send(post("/labels", jsonType, "Content-Length: 23") + body)
		require.NoError(t, c.SetLinger(0))
		require.NoError(t, c.Close())
		require.Equal(t, attackedBy{"POST /labels", 400}, s.answered())

		// Fewer bytes are announced than sent: the body is not JSON, and the rest is not a request.
		c = s.dial()
		c.send(post("/labels", jsonType, "Content-Length: 21") + body)
		require.NoError(t, c.CloseWrite())
		c.reply().violates("body FORMAT JSON")
		c.closed()
	})
	// An empty body.
	for _, header := range []string{"Content-Length: 0", "Transfer-Encoding: chunked"} {
		c := s.dial()
		c.send(post("/contacts/query", header) + map[bool]string{true: "0\r\n\r\n"}[strings.HasPrefix(header, "T")])
		if got := c.reply(); strings.HasPrefix(header, "C") {
			got.ok("contacts")
		} else {
			got.fails(http.StatusUnsupportedMediaType, httpapi.ErrUnsupportedMediaType)
		}
	}
	// A client that expects 100 Continue gets the refusal before it sends its body.
	c := s.dial()
	c.send(post("/labels", "Content-Type: text/plain", "Content-Length: 1000000", "Expect: 100-continue"))
	c.reply().fails(http.StatusUnsupportedMediaType, httpapi.ErrUnsupportedMediaType)
	c = s.dial()
	c.send(post("/labels", jsonType, "Content-Length: 22", "Expect: 100-continue"))
	line, err := c.reader.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 100 Continue\r\n", line)
	_, err = c.reader.ReadString('\n')
	require.NoError(t, err)
	c.send(body)
	require.Equal(t, "custom.evil", c.reply().ok("label.key"))
}

// TestAttackTooLarge sends a body without end: the server answers and stops reading.
func TestAttackTooLarge(t *testing.T) {
	t.Parallel()
	const limit = 100_000
	s := attack(t, &httpapi.Options{MaxBodyBytes: limit}, nil)
	body := `{"displayName":"` + strings.Repeat("x", limit) + `"}`
	s.unchanged(func() {
		// The server neither requests nor waits for a body that is announced as too long.
		for _, header := range []string{"Expect: 100-continue", "X-A: b"} {
			for _, length := range []int{limit + 1, 50_000_000} {
				got := s.early(post("/labels", jsonType, "Content-Length: "+strconv.Itoa(length), header))
				got.fails(http.StatusRequestEntityTooLarge, httpapi.ErrBodyTooLarge)
			}
		}
		for _, head := range []string{
			post("/labels", jsonType, "Content-Length: 99999999999"), post("/labels", jsonType,
				"Transfer-Encoding: chunked"),
			post("/labels", jsonType, "Content-Length: "+strconv.Itoa(limit+1)),
		} {
			c := s.dial()
			before := s.read.Load()
			c.send(head)
			ended := make(chan struct{})
			go func() { // until the server closes the connection
				defer close(ended)
				text := strings.Repeat("x", 1<<16)
				if strings.Contains(head, "chunked") {
					text = "10000\r\n" + text + "\r\n"
				}
				for {
					if _, err := io.WriteString(c, text); err != nil {
						return
					}
				}
			}()
			got := c.reply()
			got.fails(http.StatusRequestEntityTooLarge, httpapi.ErrBodyTooLarge)
			c.closed()
			<-ended
			require.Less(t, s.read.Load()-before, int64(limit+512<<10), "the server stops reading")
		}
		s.call("POST", "/labels", body).fails(http.StatusRequestEntityTooLarge, httpapi.ErrBodyTooLarge)
		s.call("POST", "/labels", strings.Repeat(" ", limit-1)+"{}").fails(http.StatusRequestEntityTooLarge,
			httpapi.ErrBodyTooLarge)
	})
	s.call("POST", "/contacts/query", strings.Repeat(" ", limit-2)+"{}").ok()
}

// TestAttackSlow sends part of a request and waits: the server gives up and frees the slot of the request.
func TestAttackSlow(t *testing.T) {
	t.Parallel()
	const timeout = 250 * time.Millisecond
	s := attack(t, &httpapi.Options{MaxConcurrent: 1}, func(c *http.Server) { c.ReadTimeout = timeout })
	s.unchanged(func() {
		var unseen []*attackerConn // they never reach the handler
		for _, text := range []string{
			"", "POST /contacts/v4/labels HT", "POST /contacts/v4/labels HTTP/1.1\r\nHost: x\r\nA: b",
		} {
			c := s.dial()
			c.send(text)
			unseen = append(unseen, c)
		}
		for _, text := range []string{
			post("/labels", jsonType, "Content-Length: 22") + `{"displayName":"Evil"`,
			post("/labels", jsonType, "Transfer-Encoding: chunked") + "5\r\n{\"a\":", post("/labels", jsonType,
				"Transfer-Encoding: chunked"),
		} {
			c := s.dial()
			c.send(text)
			c.reply().fails(http.StatusRequestTimeout, httpapi.ErrRequestTimeout)
			c.closed()
			require.Equal(t, attackedBy{"POST /labels", 408}, s.answered())
			s.call("GET", "/contacts", "").ok("contacts")
			require.Equal(t, 200, s.answered().status)
		}
		for _, c := range unseen {
			c.closed()
		}
	})
}

// early sends the head of a request, and returns the reply that arrives before any body.
func (s *attacked) early(head string) answer {
	s.t.Helper()
	c := s.dial()
	require.NoError(s.t, c.SetDeadline(time.Now().Add(5*time.Second)))
	c.send(head)
	return c.reply()
}

// TestAttackEarlyReplies announces bodies and never sends them, where the server refuses the request without its body.
func TestAttackEarlyReplies(t *testing.T) {
	t.Parallel()
	s := attack(t, &httpapi.Options{Authorize: func(r *http.Request, _ httpapi.Permission) error {
		switch r.Header.Get("Authorization") {
		case "none":
			return errors.New("unknown")
		case "low":
			return httpapi.ErrPermissionDenied
		}
		return nil
	}}, nil)
	for _, length := range []string{"Content-Length: 22", "Content-Length: 999999999", "Transfer-Encoding: chunked"} {
		s.early(post("/nothing", jsonType, length)).fails(http.StatusNotFound, httpapi.ErrRouteNotFound)
		s.early(post("/contacts/x", jsonType, length)).fails(http.StatusMethodNotAllowed, httpapi.ErrMethodNotAllowed)
		s.early(post("/labels", "Authorization: none", length)).fails(http.StatusUnauthorized,
			httpapi.ErrUnauthenticated)
		s.early(post("/labels", "Authorization: low", length)).fails(http.StatusForbidden, httpapi.ErrPermissionDenied)
		s.early(post("/labels", "Content-Type: text/plain", length)).fails(http.StatusUnsupportedMediaType,
			httpapi.ErrUnsupportedMediaType)
	}
}

// attackGate blocks its goroutine until it is opened.
type attackGate struct{ reached, open chan struct{} }

func newAttackGate() *attackGate { return &attackGate{make(chan struct{}), make(chan struct{})} }

func (g *attackGate) pass() {
	close(g.reached)
	<-g.open
}

// TestAttackHangUp has clients disconnect while the server handles their requests.
func TestAttackHangUp(t *testing.T) {
	var gate atomic.Pointer[attackGate]
	store, err := contacts.New(&contacts.Options{SelfCheck: true, NewID: func() uuid.UUID {
		if g := gate.Swap(nil); g != nil {
			g.pass()
		}
		return uuid.New()
	}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	done := make(chan attackedBy, 100)
	contexts := make(chan context.Context, 100)
	handler := httpapi.Handler(store, &httpapi.Options{Logger: slog.New(attackLog{t, done})})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		contexts <- r.Context()
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s := &attacked{api: &api{t: t, store: store, handler: handler}, address: server.Listener.Addr().String(),
		done: done}
	for range 20 {
		s.person("Ann")
		s.answered()
	}

	// hangUp sends a request, and disconnects while the store draws its first ID.
	hangUp := func(path, body string) attackedBy {
		t.Helper()
		g := newAttackGate()
		gate.Store(g)
		c := s.dial()
		c.send(post(path, jsonType, "Content-Length: "+strconv.Itoa(len(body))) + body)
		<-g.reached
		require.NoError(t, c.Close())
		<-(<-contexts).Done()
		close(g.open)
		return s.answered()
	}
	t.Run("STO-1 a write that has not begun never begins", func(t *testing.T) {
		s.unchanged(func() {
			require.Equal(t, attackedBy{"POST /contacts", 503}, hangUp("/contacts",
				`{"info":{"name":{"first":"Ben"}}}`))
			require.Equal(t, attackedBy{"POST /contact-submit", 503}, hangUp("/contact-submit",
				`{"info":{"name":{"first":"Ben"},"emails":{"items":[{"email":"b@x.test"}]}}}`))
		})
	})
	t.Run("HTTP-15 a bulk job continues", func(t *testing.T) {
		require.Equal(t, attackedBy{"POST /bulk/contacts/update", 200}, hangUp("/bulk/contacts/update",
			`{"search":"Ann","info":{"company":"New"}}`))
		n, err := store.Snapshot().Count(contacts.Query{Filter: contacts.Eq("info.company", "New")})
		require.NoError(t, err)
		require.Equal(t, 20, n)
		require.EqualValues(t, 20, s.call("GET", "/bulk/jobs",
			"").ok("jobs").([]any)[0].(map[string]any)["successTotal"])
	})
}

// TestAttackHangUpAnywhere has clients disconnect at many places in a body: all of a contact is written, or nothing.
func TestAttackHangUpAnywhere(t *testing.T) {
	s := attack(t, nil, nil)
	people := 0
	body := `{"info":{"name":{"first":"Ann"},"emails":{"items":[{"email":"a@x.test"},{"email":"b@x.test"}]},` +
		`"company":"ABC"},"allowDuplicates":true}`
	head := post("/contacts", jsonType, "Content-Length: "+strconv.Itoa(len(body)))
	for cut := 0; cut <= len(body); cut += 5 { // the length of the body is a multiple of 5
		c := s.dial()
		c.send(head + body[:cut])
		require.NoError(t, c.Close())
		switch by := s.answered(); by.status {
		case http.StatusOK:
			require.Equal(t, len(body), cut)
			people++
		case http.StatusServiceUnavailable: // the server saw the client disconnect before it wrote
			require.Equal(t, len(body), cut)
		default:
			require.Equal(t, http.StatusBadRequest, by.status)
			require.Less(t, cut, len(body))
		}
		require.Equal(t, people, s.store.Snapshot().Len())
	}
	require.Zero(t, len(body)%5, "one client sends the whole body")
	for v := range s.store.Snapshot().All() {
		require.Equal(t, "ABC", v.Company())
		require.Len(t, v.Clone().Info.Emails, 2)
	}
}

// TestAttackMounted serves below a path: the rest of a path may be empty.
func TestAttackMounted(t *testing.T) {
	a := openAPI(t, nil)
	a.handler = http.StripPrefix("/crm", a.handler)
	for path, status := range map[string]int{
		"/crm": 404, "/crm/": 404, "/crmx": 404, "/crm//contacts/v4/contacts": 404,
		"/crm/contacts/v4/contacts": 200, "/crm/contacts/v4/contacts/": 404,
		"/crm/../contacts/v4/contacts": 404, "/crm/_api/contacts/v4/labels/contacts.customers": 200,
		"/crmcontacts/v4/contacts": 404,
	} {
		require.Equal(t, status, a.send(httptest.NewRequest("GET", path, nil)).status, path)
	}
}

func TestAttackValues(t *testing.T) {
	a := openAPI(t, nil)
	id := a.person("Ann")
	values := func(n int) string { return `{"displayName":"VIP","a":[0` + strings.Repeat(",0", n-3) + `]}` }
	t.Run("HTTP-3 as many values as allowed", func(t *testing.T) {
		a.call("POST", "/labels", values(20_000)).ok("label")
	})
	t.Run("HTTP-3 one value too many", func(t *testing.T) {
		a.unchanged(func() { a.call("POST", "/labels", values(20_001)).fails(413, httpapi.ErrBodyTooLarge) })
	})
	mask := func(n int) string {
		return `{"revision":1,"info":{"company":"A"},"fieldMask":"info.company` + strings.Repeat(",a", n-1) + `"}`
	}
	t.Run("HTTP-4 one path too many in a mask", func(t *testing.T) {
		a.unchanged(func() { a.call("PATCH", "/contacts/"+id, mask(1001)).violates("fieldMask MAX_SIZE 1000") })
	})
	t.Run("HTTP-4 as many paths as allowed", func(t *testing.T) {
		a.call("PATCH", "/contacts/"+id, mask(1000)).ok("contact")
	})
}

// TestAttackMemory limits the cost of a body: memory in proportion to its length, and little time (HTTP-3).
func TestAttackMemory(t *testing.T) {
	size := 4<<20 - 100
	if testing.Short() {
		size /= 64
	}
	a := openAPI(t, nil)
	id := a.person("Ann")
	digest := a.store.Snapshot().Digest()
	fill := func(before, unit, after string) string {
		n := (size - len(before) - len(after)) / len(unit)
		return before + strings.TrimSuffix(strings.Repeat(unit, n), ",") + after
	}
	for _, row := range []struct {
		name, method, path, body string
	}{
		{"open arrays", "POST", "/contacts", fill("", "[", "")},
		{"open objects", "POST", "/contacts", fill("", `{"a":`, "")},
		{"many deep arrays", "POST", "/contacts", fill("["+nested(9998, "[", "", "]"), ","+nested(9998, "[", "",
			"]"), "]")},
		{"numbers", "POST", "/contacts", fill(`{"a":[`, "0,", "]}")},
		{"numbers in info", "POST", "/contacts", fill(`{"info":{"a":[`, "0,", "]}}")},
		{"numbers for emails", "POST", "/contacts", fill(`{"info":{"emails":{"items":[`, "0,", "]}}}")},
		{"emails", "POST", "/contacts", fill(`{"info":{"emails":{"items":[`, "{},", "]}}}")},
		{"addresses", "POST", "/contacts", fill(`{"info":{"addresses":{"items":[`, "{},", "]}}}")},
		{"labels", "POST", "/contacts", fill(`{"info":{"labelKeys":{"items":[`, `"",`, "]}}}")},
		{"a field's value", "POST", "/contacts", fill(`{"info":{"extendedFields":{"items":{"custom.a":[`, "0,",
			"]}}}}")},
		{"empty names", "POST", "/contacts", fill(`{"info":{`, `"":0,`, "}}")},
		{"emails of an update", "PATCH", "/contacts/" + id, fill(`{"revision":1,"info":{"emails":{"items":[`, "{},",
			"]}}}")},
		{"mask", "PATCH", "/contacts/" + id, fill(`{"revision":9,"info":{"company":"A"},"fieldMask":[`, `"",`, "]}")},
		{"mask as a string", "PATCH", "/contacts/" + id, fill(`{"revision":9,"info":{"company":"A"},"fieldMask":"`,
			`,`, `"}`)},
		{"values of a filter", "POST", "/contacts/query", fill(`{"query":{"filter":{"info.company":{"$in":[`, "0,",
			"]}}}}")},
		{"parts of a filter", "POST", "/bulk/contacts/delete", fill(`{"filter":{"$or":[`, "{},", "]}}")},
		{"sorts", "POST", "/contacts/query", fill(`{"query":{"sort":[`, "{},", "]}}")},
		{"label keys", "POST", "/contacts/" + id + "/labels", fill(`{"labelKeys":[`, `"",`, "]}")},
		{"sources", "POST", "/contacts/" + id + "/merge", fill(`{"targetContactRevision":1,"sourceContactIds":[`,
			`"",`, "]}")},
		{"escapes", "POST", "/labels", fill(`{"displayName":"`, `\n`, `"}`)},
		{"a long name", "POST", "/labels", fill(`{"displayName":"`, `a`, `"}`)},
		{"spaces", "POST", "/labels", fill(`{`, ` `, `}`)},
		{"digits", "PATCH", "/contacts/" + id, fill(`{"revision":`, `1`, `}`)},
	} {
		t.Run("HTTP-3 "+row.name, func(t *testing.T) {
			r := httptest.NewRequest(row.method, "/contacts/v4"+row.path, strings.NewReader(row.body))
			r.Header.Set("Content-Type", "application/json")
			w := &discarded{header: http.Header{}}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			started := time.Now()
			a.handler.ServeHTTP(w, r)
			took := time.Since(started)
			runtime.ReadMemStats(&after)
			factor := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(row.body))
			t.Logf("%.1f bytes allocated for each byte, %v", factor, took)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(10*len(row.body)+32<<20))
			require.Less(t, took, 5*time.Second) // a tenth of that on an idle machine
			length, err := strconv.Atoi(w.header.Get("Content-Length"))
			require.NoError(t, err)
			require.Less(t, length, 1<<18)
		})
	}
	require.Equal(t, digest, a.store.Snapshot().Digest(), "none of them writes")
}
