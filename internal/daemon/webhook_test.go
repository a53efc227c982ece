package daemon

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// keyOf writes a private key to a file and returns its path.
func keyOf(t *testing.T, kind string, text []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: text}), 0o600))
	return file
}

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// keyFile returns the path of a key.
func keyFile(t *testing.T) string {
	t.Helper()
	return keyOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(testKey()))
}

// hook is a receiver of events, which answers with a status.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	status func(contacts.Event) int // nil: 200
	got    []contacts.Event
}

func startHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body strings.Builder
		if _, err := bufio.NewReader(r.Body).WriteTo(&body); err != nil { // the sender was killed
			return
		}
		e, err := eventOf(body.String())
		h.mu.Lock()
		defer h.mu.Unlock()
		if err != nil || e.ID.String() != r.Header.Get("webhook-id") {
			t.Errorf("not an event: %v", err)
		}
		status := http.StatusOK
		if h.status != nil {
			status = h.status(e)
		}
		if status == http.StatusOK {
			h.got = append(h.got, e)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(h.Close)
	return h
}

// eventOf decodes the body of a request. The tests of httpapi check signatures.
func eventOf(body string) (e contacts.Event, err error) {
	parts := strings.Split(body, ".")
	text, err := base64.RawURLEncoding.DecodeString(parts[min(1, len(parts)-1)])
	if err != nil {
		return e, err
	}
	var claims, data struct{ Data string }
	if err := json.Unmarshal(text, &claims); err != nil {
		return e, err
	}
	if err := json.Unmarshal([]byte(claims.Data), &data); err != nil {
		return e, err
	}
	return e, json.Unmarshal([]byte(data.Data), &e)
}

// all returns the events that were received.
func (h *hook) all() []contacts.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]contacts.Event(nil), h.got...)
}

// waits waits for a number of events.
func (h *hook) waits(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return len(h.all()) >= n }, patience, time.Millisecond)
}

// deliveries returns the state of deliveries of a program once it has a text.
func deliveries(t *testing.T, url, has string) string {
	t.Helper()
	var text string
	require.Eventually(t, func() bool {
		var status int
		status, text = sendTo(t, url+"/webhook", "GET", "", nil)
		return status == http.StatusOK && strings.Contains(text, has)
	}, patience, 10*time.Millisecond)
	return text
}

func TestWebhook(t *testing.T) {
	t.Run("WHK-8 in memory", func(t *testing.T) {
		h := startHook(t)
		p := start(t, "-webhook", h.URL, "-webhook-key", keyFile(t), "-load", saved(t, "Zoe"))
		require.Equal(t, `{"after":"1","deadLetters":[]}`, deliveries(t, p.url, "after"))
		create(t, p.url, "Ada")
		h.waits(t, 1)
		require.Equal(t, uint64(2), h.all()[0].Sequence)
		deliveries(t, p.url, `"after":"2"`)
		require.Zero(t, p.stop(t), p.log)
		require.NotContains(t, p.log.String(), "ERROR")
	})
	t.Run("WHK-8 in the directory", func(t *testing.T) {
		h, dir := startHook(t), filepath.Join(t.TempDir(), "people")
		args := []string{"-data", dir, "-webhook", h.URL, "-webhook-key", keyFile(t)}
		p := start(t, args...)
		create(t, p.url, "Ada")
		deliveries(t, p.url, `"after":"1"`)
		require.Zero(t, p.stop(t), p.log)
		require.Equal(t, `{"after":"1","deadLetters":[]}`+"\n", read(t, filepath.Join(dir, "webhook.json")))
		info, err := os.Stat(filepath.Join(dir, "webhook.json"))
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077)

		without := start(t, "-data", dir)
		create(t, without.url, "Bob")
		require.Zero(t, without.stop(t))
		p = start(t, args...)
		h.waits(t, 2)
		require.Equal(t, uint64(2), h.all()[1].Sequence, "what happened without -webhook")
		deliveries(t, p.url, `"after":"2"`)
		require.Zero(t, p.stop(t), p.log)
		status, stdout, _ := runs(t, "check", dir)
		require.Zero(t, status, stdout)

		require.NoError(t, os.WriteFile(filepath.Join(dir, "webhook.json"), []byte("{"), 0o600))
		status, stderr := fails(t, testWorld(), args...)
		require.Equal(t, 1, status)
		require.Contains(t, stderr, "webhook.json")
	})
	t.Run("WHK-8 410 ends deliveries, not the program", func(t *testing.T) {
		h := startHook(t)
		h.status = func(contacts.Event) int { return http.StatusGone }
		p := start(t, "-webhook", h.URL, "-webhook-key", keyFile(t))
		create(t, p.url, "Ada")
		p.log.waitFor(t, "no more events are sent to the webhook")
		create(t, p.url, "Bob")
		require.NotContains(t, p.log.String(), h.URL)
		require.Zero(t, p.stop(t))
	})
	t.Run("WHK-8 callers", func(t *testing.T) {
		p := start(t, "-webhook", startHook(t).URL, "-webhook-key", keyFile(t), "-token", "s3cret")
		status, text := sendTo(t, p.url+"/webhook", "GET", "", nil)
		require.Equal(t, http.StatusUnauthorized, status, text)
		granted := http.Header{"Authorization": {"s3cret"}}
		status, _ = sendTo(t, p.url+"/webhook", "GET", "", granted)
		require.Equal(t, http.StatusOK, status)
		reply, text := answer(t, p.url+"/webhook", "POST", "", granted)
		require.Equal(t, http.StatusMethodNotAllowed, reply.StatusCode, text)
		require.Equal(t, "GET, HEAD", reply.Header.Get("Allow"))
		p = start(t)
		status, _ = sendTo(t, p.url+"/webhook", "GET", "", nil)
		require.Equal(t, http.StatusNotFound, status, "without -webhook")
	})
	t.Run("WHK-8 with -control", func(t *testing.T) {
		h := startHook(t)
		p := startControl(t, "-webhook", h.URL, "-webhook-key", keyFile(t))
		create(t, p.fork(t, `{"name":"other"}`), "Zoe")
		create(t, p.url, "Ada")
		h.waits(t, 1)
		deliveries(t, p.url, `"after":"1"`)
		p.do(t, "POST", "/reset", "")
		require.Equal(t, `{"after":"0","deadLetters":[]}`, deliveries(t, p.url, "after"))
		create(t, p.url, "Bob")
		h.waits(t, 2)
		for i, first := range []string{"Ada", "Bob"} {
			require.Equal(t, first, h.all()[i].Change().After.Name().First)
		}
		require.Zero(t, p.program.stop(t), p.log)
	})
}

func TestWebhookFlags(t *testing.T) {
	good := keyFile(t)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(testKey())
	require.NoError(t, err)
	for name, file := range map[string]string{"PKCS #1": good, "PKCS #8": keyOf(t, "PRIVATE KEY", pkcs8)} {
		t.Run("WHK-1 "+name, func(t *testing.T) {
			key, err := readKey(file)
			require.NoError(t, err)
			require.True(t, testKey().Equal(key))
		})
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	wrong, err := x509.MarshalPKCS8PrivateKey(other)
	require.NoError(t, err)
	text := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(text, []byte("secret"), 0o600))
	const url = "https://receiver.example/secret"
	for name, test := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"no URL":         {[]string{"-webhook", "", "-webhook-key", good}, 2, "-webhook is empty"},
		"no key":         {[]string{"-webhook", url}, 2, "-webhook needs -webhook-key"},
		"an empty key":   {[]string{"-webhook", url, "-webhook-key="}, 2, "-webhook-key is empty"},
		"only a key":     {[]string{"-webhook-key", good}, 2, "need -webhook"},
		"only an ID":     {[]string{"-webhook-instance", "a"}, 2, "need -webhook"},
		"another scheme": {[]string{"-webhook", "ftp://secret", "-webhook-key", good}, 2, "-webhook must be a URL"},
		"no file":        {[]string{"-webhook", url, "-webhook-key", text + "x"}, 1, "webhook-key"},
		"no PEM":         {[]string{"-webhook", url, "-webhook-key", text}, 1, "not in PEM"},
		"no RSA":         {[]string{"-webhook", url, "-webhook-key", keyOf(t, "PRIVATE KEY", wrong)}, 1, "not an RSA"},
		"no key in it": {[]string{
			"-webhook", url, "-webhook-key", keyOf(t, "PRIVATE KEY", []byte("x")),
		}, 1, "not an RSA"},
		"a small key": {[]string{
			"-webhook", url, "-webhook-key", keyOf(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small)),
		}, 1, "less than 2048 bits"},
	} {
		t.Run("WHK-1 "+name, func(t *testing.T) {
			status, stderr := fails(t, testWorld(), append([]string{"-addr", "127.0.0.1:0"}, test.args...)...)
			require.Equal(t, test.status, status, stderr)
			require.Contains(t, stderr, test.want)
			require.NotContains(t, stderr, "secret")
		})
	}
	t.Run("WHK-3 a bad secret", func(t *testing.T) {
		w := testWorld()
		w.lookupEnv = func(name string) (string, bool) { return "s3cret", name == "CONTACTSD_WEBHOOK_SECRET" }
		status, stderr := fails(t, w, "-webhook", url, "-webhook-key", good)
		require.Equal(t, 2, status)
		require.Contains(t, stderr, "CONTACTSD_WEBHOOK_SECRET must be whsec_")
		require.NotContains(t, stderr, "s3cret")
	})
}

// follow reads the stream of events of a store until it has a line.
func follow(t *testing.T, url string, header http.Header) (*http.Response, func(want string)) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	require.NoError(t, err)
	r.Header = header
	reply, err := client.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { reply.Body.Close() })
	lines := bufio.NewScanner(reply.Body)
	lines.Buffer(nil, 1<<20)
	return reply, func(want string) {
		t.Helper()
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), want) {
				return
			}
		}
		require.Equal(t, "the end", want, "the stream has ended: %v", lines.Err())
		require.NoError(t, lines.Err())
	}
}

func TestEvents(t *testing.T) {
	t.Run("EVS-1 EVS-4 a stream outlasts the limits of a request, and ends with the program", func(t *testing.T) {
		w := testWorld()
		w.limits.read, w.limits.write = 500*time.Millisecond, 500*time.Millisecond
		p := startIn(t, w)
		_, read := follow(t, p.url+"/events", nil)
		read("id: 0")
		time.Sleep(time.Second) // the limits are the condition
		create(t, p.url, "Ada")
		read("id: 1")
		require.Zero(t, p.stop(t))
		read("the end")
		require.NotContains(t, p.log.String(), "cut off")
	})
	t.Run("EVS-8 OPS-2 OPS-5 a stream is counted and logged when it has ended", func(t *testing.T) {
		p := start(t, "-access-log", "-cors", "https://crm.example")
		reply, read := follow(t, p.url+"/events", http.Header{"Origin": {"https://crm.example"}})
		require.Equal(t, "https://crm.example", reply.Header.Get("Access-Control-Allow-Origin"))
		read("id: 0")
		create(t, p.url, "Ada")
		read("id: 1")
		read("data:")
		_, numbers := sendTo(t, p.url+"/metrics", "GET", "", nil)
		require.Contains(t, numbers, "contactsd_http_requests_in_flight 2\n")
		require.NotContains(t, numbers, `route="/events"`)
		require.NotContains(t, p.log.String(), "route=/events")
		require.Zero(t, p.stop(t))
		read("the end")
		require.Regexp(t, `route=/events status=200 took=\S+ bytes=[1-9]\d\d+ request=`+
			reply.Header.Get("X-Wix-Request-Id")+` cut=false`, p.log.String())
	})
	t.Run("EVS-2 a stream continues after a restart", func(t *testing.T) {
		dir := kept(t, "Ada", "Bob")
		p := start(t, "-data", dir)
		_, read := follow(t, p.url+"/events", http.Header{"Last-Event-Id": {"1"}})
		read("id: 1")
		read("id: 2")
		create(t, p.url, "Carol")
		read("id: 3")
	})
	t.Run("EVS-7 callers", func(t *testing.T) {
		p := start(t, "-token", "s3cret")
		status, text := sendTo(t, p.url+"/events", "GET", "", nil)
		require.Equal(t, http.StatusUnauthorized, status, text)
		_, read := follow(t, p.url+"/events", http.Header{"Authorization": {"Bearer s3cret"}})
		read("id: 0")
		p = start(t)
		status, _ = sendTo(t, p.url+"/events", "GET", "", http.Header{"Host": {"attacker.example"}})
		require.Equal(t, http.StatusForbidden, status)
	})
	t.Run("EVS-4 each store of -control has its own stream", func(t *testing.T) {
		p := startControl(t)
		create(t, p.url, "Ada")
		fork := p.fork(t, `{"name":"a"}`)
		_, main := follow(t, p.url+"/events", nil)
		_, other := follow(t, fork+"/events", nil)
		main("id: 1")
		other("id: 1")
		create(t, fork, "Bob")
		other("id: 2")
		p.do(t, "POST", "/stores/main/restore", "")
		main("the end")
		_, main = follow(t, p.url+"/events", http.Header{"Last-Event-Id": {"1"}})
		main(`data: {"reason":"UNKNOWN"`)
		main("the end")
		p.do(t, "DELETE", "/stores/a", "")
		other("the end")
		require.Zero(t, p.program.stop(t))
	})
}

func TestEventsAtTheEnd(t *testing.T) {
	log := newOutput()
	d := &daemon{options: &options{}, world: testWorld(), log: slog.New(slog.NewTextHandler(log, nil))}
	taken := make(chan net.Conn, 1)
	m := newMeters(func() storeNumbers { return storeNumbers{} })
	server := httptest.NewServer(d.observed(m, func(*http.Request) string { return "r" }, http.HandlerFunc(
		func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			assert.NoError(t, err)
			taken <- c
		})))
	defer server.Close()
	_, err := io.WriteString(dial(t, server.Listener.Addr().String()), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	require.NoError(t, err)
	c := <-taken
	hurry, hurryNow := context.WithCancel(t.Context())
	hurryNow()
	d.stop(&orders{hurry: hurry}, []*http.Server{server.Config})
	require.Equal(t, 1, strings.Count(log.String(), "cut off"), "EVS-8 one is open")
	require.NoError(t, c.Close())
	d.stop(&orders{hurry: t.Context()}, []*http.Server{server.Config})
	require.Equal(t, 1, strings.Count(log.String(), "cut off"), "EVS-8 it has ended")
}

// TestWebhookSignal ends the program while a receiver does not answer.
func TestWebhookSignal(t *testing.T) {
	arrived, release := make(chan struct{}, 1), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-release
	}))
	defer server.Close()
	defer close(release)
	p := start(t, "-webhook", server.URL, "-webhook-key", keyFile(t))
	create(t, p.url, "Ada")
	<-arrived
	began := time.Now()
	p.signals <- syscall.SIGTERM
	require.Zero(t, p.ended(t), "WHK-7")
	require.Less(t, time.Since(began), 10*time.Second)
}
