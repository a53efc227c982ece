package daemon

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// bearer is the header of a request with the token of tests.
var bearer = http.Header{"Authorization": {"Bearer s3cret"}}

func TestProbes(t *testing.T) {
	t.Run("OPS-1 anyone may ask", func(t *testing.T) {
		p := start(t, "-token", "s3cret")
		for _, path := range []string{"/healthz", "/readyz"} {
			reply, text := answer(t, p.url+path, "GET", "", nil)
			require.Equal(t, http.StatusOK, reply.StatusCode)
			require.Equal(t, "ok\n", text)
			require.Equal(t, "no-store", reply.Header.Get("Cache-Control"))
			reply, text = answer(t, p.url+path, "HEAD", "", nil)
			require.Equal(t, http.StatusOK, reply.StatusCode)
			require.Empty(t, text)
			reply, text = answer(t, p.url+path, "POST", "{}", nil)
			require.Equal(t, http.StatusMethodNotAllowed, reply.StatusCode)
			require.Equal(t, "GET, HEAD", reply.Header.Get("Allow"))
			require.Contains(t, text, "METHOD_NOT_ALLOWED")
			status, _ := sendTo(t, p.url+path+"/", "GET", "", bearer)
			require.Equal(t, http.StatusNotFound, status)
		}
	})
	t.Run("OPS-1 a log that has failed", func(t *testing.T) {
		w := testWorld()
		full := fillable(w)
		p := startIn(t, w, "-data", filepath.Join(t.TempDir(), "data"))
		create(t, p.url, "Ada")
		full.Store(true)
		status, _ := p.send(t, "POST", person("Bob"), nil)
		require.Equal(t, http.StatusServiceUnavailable, status)
		status, text := sendTo(t, p.url+"/readyz", "GET", "", nil)
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Equal(t, "read-only: the log has failed\n", text)
		status, _ = sendTo(t, p.url+"/healthz", "GET", "", nil)
		require.Equal(t, http.StatusOK, status)
		_, text = sendTo(t, p.url+"/metrics", "GET", "", nil)
		require.Contains(t, text, "\ncontactsd_log_failed 1\n")
		require.Contains(t, text, "\ncontactsd_ready 0\n")
	})
	t.Run("OPS-1 a closed store", func(t *testing.T) {
		s, err := contacts.New(nil)
		require.NoError(t, err)
		d := &daemon{options: &options{}}
		require.Empty(t, d.unready(s.Stats()))
		require.NoError(t, s.Close())
		require.Equal(t, "closed", d.unready(s.Stats()))
	})
}

func TestDescription(t *testing.T) {
	t.Run("OAS-1 anyone may read it", func(t *testing.T) {
		p := start(t, "-token", "s3cret")
		reply, text := answer(t, p.url+"/openapi.json", "GET", "", nil)
		require.Equal(t, http.StatusOK, reply.StatusCode)
		require.Equal(t, "application/json", reply.Header.Get("Content-Type"))
		require.Equal(t, string(httpapi.OpenAPI()), text)
		status, _ := sendTo(t, p.url+"/openapi.json", "POST", "{}", nil)
		require.Equal(t, http.StatusMethodNotAllowed, status)
	})
}

func TestMetrics(t *testing.T) {
	t.Run("OPS-2 requests and the store", func(t *testing.T) {
		p := start(t)
		id := create(t, p.url, "Ada")
		for range 2 {
			status, _ := sendTo(t, p.url+contactsPath+"/"+id, "GET", "", nil)
			require.Equal(t, http.StatusOK, status)
		}
		sendTo(t, p.url+contactsPath+"/"+id, "PATCH", "{}", nil)
		sendTo(t, p.url+"/nothing/"+id, "GET", "", nil)
		reply, text := answer(t, p.url+"/metrics", "GET", "", nil)
		require.Equal(t, "text/plain; version=0.0.4; charset=utf-8", reply.Header.Get("Content-Type"))
		for _, line := range []string{
			`contactsd_http_requests_total{route="POST /contacts",status="2xx"} 1`,
			`contactsd_http_requests_total{route="GET /contacts/{id}",status="2xx"} 2`,
			`contactsd_http_requests_total{route="PATCH /contacts/{id}",status="4xx"} 1`,
			`contactsd_http_requests_total{route="none",status="4xx"} 1`,
			`contactsd_http_request_duration_seconds_bucket{route="GET /contacts/{id}",le="+Inf"} 2`,
			`contactsd_http_request_duration_seconds_count{route="GET /contacts/{id}"} 2`,
			"# TYPE contactsd_http_requests_total counter",
			"# TYPE contactsd_http_request_duration_seconds histogram",
			"contactsd_http_requests_in_flight 1",
			fmt.Sprintf("contactsd_http_request_body_bytes_total %d", len(person("Ada")+"{}")),
			"contactsd_ready 1", "contactsd_contacts 1", "contactsd_labels 0", "contactsd_extended_fields 0",
			"contactsd_merged_ids 0", "contactsd_commits_total 1", "contactsd_changes_total 1",
			"contactsd_feed_changes 1", "contactsd_feed_readers 0", "contactsd_feed_oldest_position 0",
		} {
			require.Contains(t, "\n"+text, "\n"+line+"\n")
		}
		require.Regexp(t, `\ncontactsd_http_reply_body_bytes_total [1-9][0-9]+\n`, text)
		require.Regexp(t, `\ngo_goroutines [1-9]`, text)
		require.NotContains(t, text, "contactsd_log_")
		require.NotContains(t, text, id)
		require.NotContains(t, text, "nothing")
		requireExposition(t, text)
	})
	t.Run("OPS-2 the log of -data", func(t *testing.T) {
		p := start(t, "-data", filepath.Join(t.TempDir(), "data"))
		_, text := sendTo(t, p.url+"/metrics", "GET", "", nil)
		require.Contains(t, text, "\ncontactsd_log_queued_commits 0\n")
		require.Contains(t, text, "\ncontactsd_log_failed 0\n")
	})
	t.Run("OPS-2 the token", func(t *testing.T) {
		p := start(t, "-token", "s3cret")
		reply, text := answer(t, p.url+"/metrics", "GET", "", nil)
		require.Equal(t, http.StatusUnauthorized, reply.StatusCode)
		require.Equal(t, "Bearer", reply.Header.Get("WWW-Authenticate"))
		require.Contains(t, text, `"UNAUTHENTICATED"`)
		status, text := sendTo(t, p.url+"/metrics", "GET", "", bearer)
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, text, "contactsd_ready 1")
	})
	t.Run("OPS-2 the Host", func(t *testing.T) {
		p := start(t)
		require.Equal(t, http.StatusForbidden, withHostHeader(t, p, "/metrics", "evil.example"))
		require.Equal(t, http.StatusOK, withHostHeader(t, p, "/metrics", "localhost"))
		require.Equal(t, http.StatusOK, withHostHeader(t, p, "/healthz", "evil.example"))
	})
	t.Run("OPS-2 a reply that is cut off", func(t *testing.T) {
		d := &daemon{options: &options{}}
		m := newMeters(func() storeNumbers { return storeNumbers{} })
		h := d.observed(m, func(*http.Request) string { return "r" }, http.HandlerFunc(
			func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "half")
				panic(http.ErrAbortHandler)
			}))
		require.Panics(t, func() { h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)) })
		var b bytes.Buffer
		m.set.WritePrometheus(&b)
		require.Contains(t, b.String(), `contactsd_http_requests_total{route="r",status="cut"} 1`)
		require.Zero(t, m.inFlight.Load())
	})
}

// requireExposition requires the text format of Prometheus: lines of a name, labels and a number, each name with a type
// before it.
func requireExposition(t *testing.T, text string) {
	t.Helper()
	sample := regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*="[^"]*"\})? \S+$`)
	types := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if words := strings.Fields(line); len(words) > 2 && words[0] == "#" {
			types[words[2]] = true
			continue
		}
		m := sample.FindStringSubmatch(line)
		require.NotNil(t, m, line)
		_, err := strconv.ParseFloat(line[strings.LastIndex(line, " ")+1:], 64)
		require.NoError(t, err, line)
		if strings.HasPrefix(m[1], "contactsd_") {
			family := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(m[1], "")
			require.True(t, types[family] || types[m[1]], line)
		}
	}
}

// withHostHeader returns the status of a GET that names a host.
func withHostHeader(t *testing.T, p *program, path, host string) int {
	t.Helper()
	status, _ := sendTo(t, p.url+path, "GET", "", http.Header{"Host": {host}, "Origin": {"https://crm.example"}})
	return status
}

func TestCORS(t *testing.T) {
	preflight := func(origin string) http.Header {
		return http.Header{
			"Origin": {origin}, "Access-Control-Request-Method": {"PATCH"},
			"Access-Control-Request-Headers": {"authorization,content-type"},
		}
	}
	p := start(t, "-token", "s3cret", "-cors", "https://crm.example,http://localhost:3000", "-cors", "https://b.example")
	for _, origin := range []string{"https://crm.example", "http://localhost:3000", "https://b.example"} {
		t.Run("OPS-3 "+origin, func(t *testing.T) {
			reply, text := answer(t, p.url+contactsPath+"/x", "OPTIONS", "", preflight(origin))
			require.Equal(t, http.StatusNoContent, reply.StatusCode)
			require.Empty(t, text)
			require.Equal(t, origin, reply.Header.Get("Access-Control-Allow-Origin"))
			require.Equal(t, "PATCH", reply.Header.Get("Access-Control-Allow-Methods"))
			require.Equal(t, "authorization,content-type", reply.Header.Get("Access-Control-Allow-Headers"))
			require.Empty(t, reply.Header.Get("Access-Control-Allow-Credentials"))
			require.Contains(t, reply.Header.Get("Vary"), "Origin")

			reply, _ = answer(t, p.url+contactsPath, "GET", "", http.Header{"Origin": {origin}})
			require.Equal(t, http.StatusUnauthorized, reply.StatusCode, "the token is needed")
			require.Equal(t, origin, reply.Header.Get("Access-Control-Allow-Origin"), "the page can read why")
			reply, text = answer(t, p.url+contactsPath, "GET", "", http.Header{
				"Origin": {origin}, "Authorization": {"Bearer s3cret"},
			})
			require.Equal(t, http.StatusOK, reply.StatusCode)
			require.Contains(t, text, "pagingMetadata")
			require.Equal(t, origin, reply.Header.Get("Access-Control-Allow-Origin"))
			require.Equal(t, "X-Wix-Request-Id, Retry-After", reply.Header.Get("Access-Control-Expose-Headers"))
		})
	}
	for _, origin := range []string{
		"https://evil.example", "http://crm.example", "https://crm.example:8443", "https://crm.example.evil.example",
		"https://a.crm.example", "null",
	} {
		t.Run("OPS-3 not "+origin, func(t *testing.T) {
			for method, header := range map[string]http.Header{
				"OPTIONS": preflight(origin), "GET": {"Origin": {origin}, "Authorization": {"Bearer s3cret"}},
			} {
				reply, _ := answer(t, p.url+contactsPath, method, "", header)
				for name := range reply.Header {
					require.NotContains(t, name, "Access-Control", method)
				}
			}
		})
	}
	t.Run("OPS-3 without the flag", func(t *testing.T) {
		reply, _ := answer(t, start(t).url+contactsPath, "OPTIONS", "", preflight("https://crm.example"))
		require.Equal(t, http.StatusMethodNotAllowed, reply.StatusCode)
		require.Empty(t, reply.Header.Get("Access-Control-Allow-Origin"))
	})
	t.Run("OPS-3 the Host still counts", func(t *testing.T) {
		p := start(t, "-cors", "https://crm.example")
		require.Equal(t, http.StatusForbidden, withHostHeader(t, p, contactsPath, "evil.example"))
		require.Equal(t, http.StatusOK, withHostHeader(t, p, contactsPath, "127.0.0.1"))
	})
}

// certify writes a certificate for 127.0.0.1 and its key to two files, and returns the certificate.
func certify(t *testing.T, cert, key string, serial int64) *x509.Certificate {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{{127, 0, 0, 1}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	text, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: text},
	} {
		require.NoError(t, os.WriteFile(name, pem.EncodeToMemory(block), 0o600))
	}
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return parsed
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	first := certify(t, cert, key, 1)
	roots := x509.NewCertPool()
	roots.AddCert(first)
	get := func(t *testing.T, p *program, h2 bool, config *tls.Config) (*http.Response, error) {
		t.Helper()
		over := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: h2}
		defer over.CloseIdleConnections()
		r, err := http.NewRequestWithContext(t.Context(), "GET", p.url+contactsPath, nil)
		require.NoError(t, err)
		reply, err := (&http.Client{Transport: over}).Do(r)
		if err == nil {
			_, err = io.Copy(io.Discard, reply.Body)
			require.NoError(t, errors.Join(err, reply.Body.Close()))
		}
		return reply, err
	}
	t.Run("OPS-4 HTTP/1.1 and HTTP/2", func(t *testing.T) {
		p := start(t, "-tls-cert", cert, "-tls-key", key)
		require.Regexp(t, `^listening on https://127\.0\.0\.1:[1-9][0-9]*\n$`, p.stdout.String())
		for h2, proto := range map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"} {
			reply, err := get(t, p, h2, &tls.Config{RootCAs: roots})
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, reply.StatusCode)
			require.Equal(t, proto, reply.Proto)
		}
		require.Zero(t, p.stop(t))
	})
	t.Run("OPS-4 nothing older, nothing else", func(t *testing.T) {
		p := start(t, "-v", "-tls-cert", cert, "-tls-key", key)
		_, err := get(t, p, false, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
		require.ErrorContains(t, err, "protocol version")
		p.log.waitFor(t, "TLS handshake failed")
		status, _ := sendTo(t, "http"+strings.TrimPrefix(p.url, "https"), "GET", "", nil)
		require.Equal(t, http.StatusBadRequest, status)
		require.NotContains(t, p.log.String(), "127.0.0.1:", "no address of a client")
	})
	t.Run("OPS-4 no certificate", func(t *testing.T) {
		status, stderr := fails(t, testWorld(), "-addr", ":0", "-tls-cert", filepath.Join(dir, "none"), "-tls-key", key)
		require.Equal(t, 1, status)
		require.Contains(t, stderr, "-tls-cert, -tls-key: ")
		status, stderr = fails(t, testWorld(), "-addr", ":0", "-tls-cert", key, "-tls-key", cert)
		require.Equal(t, 1, status)
		require.Contains(t, stderr, "-tls-cert, -tls-key: ")
	})
	t.Run("OPS-4 a renewed certificate", func(t *testing.T) {
		log, now := newOutput(), time.Now()
		c := &certificate{
			cert: cert, key: key, log: slog.New(slog.NewTextHandler(log, nil)), now: func() time.Time { return now },
		}
		require.NoError(t, c.load())
		serial := func() int64 {
			pair, err := c.get(nil)
			require.NoError(t, err)
			return pair.Leaf.SerialNumber.Int64()
		}
		later := func(name string) { // file systems count time in steps
			at := now.Add(time.Hour)
			require.NoError(t, os.Chtimes(name, at, at))
			now = now.Add(certCheck)
		}
		require.EqualValues(t, 1, serial())
		certify(t, cert, key, 2)
		later(cert)
		require.EqualValues(t, 2, serial())
		require.Contains(t, log.String(), "is renewed")

		require.NoError(t, os.WriteFile(cert, []byte("half"), 0o600))
		later(key)
		require.EqualValues(t, 2, serial())
		now = now.Add(certCheck)
		require.EqualValues(t, 2, serial())
		require.Equal(t, 1, strings.Count(log.String(), "cannot be renewed"), "one warning")
		certify(t, cert, key, 3)
		require.EqualValues(t, 2, serial(), "files are not read at every handshake")
		later(cert)
		require.EqualValues(t, 3, serial())
	})
}

// requests ends the program, and returns the requests in its log.
func (p *controlled) requests(t *testing.T) []string {
	t.Helper()
	require.Zero(t, p.program.stop(t))
	record := regexp.MustCompile(`msg=request method=(\S+) route=("[^"]*"|\S+) status=(\d+) .*(cut=\S+)`)
	var found []string
	for _, m := range record.FindAllStringSubmatch(p.program.log.String(), -1) {
		found = append(found, strings.Join(m[1:], " "))
	}
	return found
}

func TestAccessLog(t *testing.T) {
	t.Run("OPS-5 records", func(t *testing.T) {
		p := start(t, "-access-log", "-log-format", "json", "-token", "s3cret")
		path := contactsPath + "/contact-of-Ada?fields=Secret"
		reply, text := answer(t, p.url+path, "GET", "", http.Header{
			"Authorization": {"Bearer s3cret"}, "User-Agent": {"Ada's browser"},
		})
		answer(t, p.url+"/Ada", "ADA", "", nil)
		answer(t, p.url+"/healthz", "HEAD", "", nil)
		require.Zero(t, p.stop(t))
		var records []map[string]any
		for line := range strings.Lines(p.log.String()) {
			record := map[string]any{}
			require.NoError(t, json.Unmarshal([]byte(line), &record), line)
			if record["msg"] == "request" {
				delete(record, "time")
				require.Positive(t, record["took"])
				delete(record, "took")
				records = append(records, record)
			}
		}
		require.Len(t, records, 3)
		require.Equal(t, map[string]any{
			"level": "INFO", "msg": "request", "method": "GET", "route": "GET /contacts/{id}", "status": 400.,
			"bytes": float64(len(text)), "request": reply.Header.Get("X-Wix-Request-Id"), "cut": false,
		}, records[0])
		require.Equal(t, "OTHER", records[1]["method"])
		require.Equal(t, "none", records[1]["route"])
		require.Equal(t, "/healthz", records[2]["route"])
		require.Zero(t, records[2]["bytes"])
		for _, value := range []string{"Ada", "ADA", "Secret", "s3cret", "127.0.0.1"} {
			require.NotContains(t, strings.Join(strings.Split(p.log.String(), "\n")[1:], "\n"), value)
		}
	})
	t.Run("OPS-5 with -control: pages, and requests that a rule fails", func(t *testing.T) {
		p := startControl(t, "-access-log", "-inspector")
		p.do(t, "POST", "/stores/main/faults", `{"rules":[{"on":["List"],"nth":1,"status":429},{"nth":2,"cut":"reply"}]}`)
		status, _ := send(t, p.url, "GET", "", nil)
		require.Equal(t, http.StatusTooManyRequests, status)
		_, err := client.Get(p.url + contactsPath)
		require.Error(t, err)
		fork := p.fork(t, `{"name":"a"}`)
		for _, path := range []string{"/_inspector/", "/_inspector/definitions"} {
			status, _ = sendTo(t, fork+path, "GET", "", nil)
			require.Equal(t, http.StatusOK, status)
		}
		_, numbers := sendTo(t, fork+"/metrics", "GET", "", nil)
		require.Contains(t, numbers, `contactsd_http_requests_total{route="/_inspector/",status="2xx"} 2`, "OPS-2")
		require.Equal(t, []string{
			`POST "control /stores/{store}/faults" 200 cut=false`,
			`GET "GET /contacts" 429 cut=false`, `GET "GET /contacts" 0 cut=true`, "POST \"control /stores\" 200 cut=false",
			"GET /_inspector/ 200 cut=false", "GET /_inspector/ 200 cut=false", "GET /metrics 200 cut=false",
		}, p.requests(t))
	})
	t.Run("OPS-5 with -control: a store that does not exist", func(t *testing.T) {
		p := startControl(t, "-access-log", "-cors", "https://crm.example")
		p.do(t, "POST", "/stores/main/faults", `{"rules":[{"every":1,"status":500}]}`)
		for _, path := range []string{"/stores/Ada", "/stores/Ada/healthz", "/stores/", "/stores/m%61in/contacts/v4/contacts"} {
			reply, text := answer(t, p.url+path, "GET", "", http.Header{"Origin": {"https://crm.example"}})
			require.Equal(t, http.StatusNotFound, reply.StatusCode, path)
			require.Contains(t, text, "STORE_NOT_FOUND")
			require.NotEmpty(t, reply.Header.Get("Access-Control-Allow-Origin"), "OPS-3")
		}
		status, _ := sendTo(t, p.url+"/stores/Ada", "GET", "", http.Header{"Host": {"attacker.example"}})
		require.Equal(t, http.StatusForbidden, status, "names are not for callers who are refused")
		require.Contains(t, p.do(t, "GET", "/stores/main/faults", ""), `"calls":0`, "CTL-8")
		p.do(t, "DELETE", "/stores/main/faults", "")
		_, numbers := sendTo(t, p.url+"/metrics", "GET", "", nil)
		require.Contains(t, numbers, `contactsd_http_requests_total{route="/stores/",status="4xx"} 5`, "OPS-2")
		found := p.requests(t)
		require.NotContains(t, p.program.log.String(), "Ada")
		require.Equal(t, append(slices.Repeat([]string{"GET /stores/ 404 cut=false"}, 4), "GET /stores/ 403 cut=false"),
			found[1:6])
	})
	t.Run("OPS-5 the address of -control", func(t *testing.T) {
		p := startControl(t, "-access-log")
		p.do(t, "PUT", "/states/Ada", "")
		for _, path := range []string{"/states/Ada", "/Ada", "/"} {
			sendTo(t, p.control+path, "ADA", "", nil)
		}
		found := p.requests(t)
		require.NotContains(t, p.program.log.String(), "Ada")
		require.Equal(t, []string{
			`PUT "control /states/{state}" 200 cut=false`, `OTHER "control /states/{state}" 415 cut=false`,
			`OTHER "control none" 415 cut=false`, `OTHER "control /" 415 cut=false`,
		}, found)
	})
	t.Run("OPS-5 without the flag", func(t *testing.T) {
		p := start(t)
		create(t, p.url, "Ada")
		require.NotContains(t, p.log.String(), "msg=request")
	})
	t.Run("OPS-5 no addresses in the log of the server", func(t *testing.T) {
		log := newOutput()
		server := serverLog(slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		server.Print("http: TLS handshake error from 192.0.2.7:4711: read tcp 192.0.2.1:443->192.0.2.7:4711: EOF")
		server.Print("http: panic serving 192.0.2.7:4711: boom")
		server.Print("http: superfluous from [2001:db8::7]:80")
		require.NotContains(t, log.String(), "192.0.2.7")
		require.NotContains(t, log.String(), "2001:")
		require.Contains(t, log.String(), `level=WARN msg="http: panic serving ADDRESS: boom"`)
		require.Contains(t, log.String(), `level=DEBUG msg="a TLS handshake failed"`)
	})
}

func TestRate(t *testing.T) {
	t.Run("OPS-6 a burst", func(t *testing.T) {
		p := start(t, "-rate", "0.01", "-rate-burst", "3", "-cors", "https://crm.example")
		for range 3 {
			status, _ := p.send(t, "GET", "", nil)
			require.Equal(t, http.StatusOK, status)
		}
		for range 2 {
			reply, text := answer(t, p.url+contactsPath, "POST", person("Ada"), http.Header{"Origin": {"https://crm.example"}})
			require.Equal(t, http.StatusTooManyRequests, reply.StatusCode)
			seconds, err := strconv.Atoi(reply.Header.Get("Retry-After"))
			require.NoError(t, err)
			require.InDelta(t, 100, seconds, 10)
			require.NotEmpty(t, reply.Header.Get("X-Wix-Request-Id"))
			require.NotEmpty(t, reply.Header.Get("Access-Control-Allow-Origin"), "a page can read why")
			require.JSONEq(t, `{"message": "The client has sent too many requests.", "details": {"applicationError": {
				"code": "RESOURCE_EXHAUSTED", "description": "The client has sent too many requests.", "data": {}}}}`, text)
			require.Contains(t, string(httpapi.OpenAPI()), `"RESOURCE_EXHAUSTED"`, "OAS-1")
		}
		for _, path := range []string{"/healthz", "/readyz"} {
			status, _ := sendTo(t, p.url+path, "GET", "", nil)
			require.Equal(t, http.StatusOK, status)
		}
	})
	t.Run("OPS-6 all stores of -control together", func(t *testing.T) {
		p := startControl(t, "-rate", "0.01", "-rate-burst", "2")
		fork := p.fork(t, `{"name":"a"}`)
		for _, url := range []string{p.url, fork} {
			status, _ := send(t, url, "GET", "", nil)
			require.Equal(t, http.StatusOK, status)
		}
		p.do(t, "POST", "/stores/a/restore", "")
		for _, url := range []string{p.url, fork} {
			status, _ := send(t, url, "GET", "", nil)
			require.Equal(t, http.StatusTooManyRequests, status)
		}
	})
	t.Run("OPS-6 a store that does not exist", func(t *testing.T) {
		p := startControl(t, "-rate", "0.01", "-rate-burst", "2")
		for _, want := range []int{http.StatusNotFound, http.StatusNotFound, http.StatusTooManyRequests} {
			status, _ := sendTo(t, p.url+"/stores/b/healthz", "GET", "", nil)
			require.Equal(t, want, status)
		}
		status, _ := send(t, p.url, "GET", "", nil)
		require.Equal(t, http.StatusTooManyRequests, status)
		for range 3 {
			p.do(t, "POST", "/reset", "")
		}
	})
	t.Run("OPS-6 CTL-8 pages count, and a refused request meets no rule", func(t *testing.T) {
		p := startControl(t, "-rate", "0.01", "-rate-burst", "2", "-inspector")
		p.do(t, "POST", "/stores/main/faults", `{"rules":[{"every":1}]}`)
		for _, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
			status, _ := sendTo(t, p.url+"/_inspector/", "GET", "", nil)
			require.Equal(t, want, status)
		}
		status, _ := send(t, p.url, "GET", "", nil)
		require.Equal(t, http.StatusTooManyRequests, status)
		require.Contains(t, p.do(t, "GET", "/stores/main/faults", ""), `"calls":0`)
		require.Contains(t, p.do(t, "GET", "/stores/main/requests", ""), `"requests":[]`)
	})
	t.Run("OPS-6 the rate", func(t *testing.T) {
		c := newClients(2, 0, clientsMax)
		at, ada, bob := time.Now(), clientOf("192.0.2.1:1"), clientOf("192.0.2.2:1")
		require.Zero(t, c.wait(ada, at))
		require.Zero(t, c.wait(ada, at), "a burst of a second")
		for range 10 {
			require.Equal(t, 500*time.Millisecond, c.wait(ada, at), "a refused request does not count")
		}
		require.Zero(t, c.wait(bob, at), "each client has its own")
		at = at.Add(500 * time.Millisecond)
		require.Zero(t, c.wait(ada, at))
		require.NotZero(t, c.wait(ada, at))
	})
	t.Run("OPS-6 clients", func(t *testing.T) {
		for remote, want := range map[string]string{
			"192.0.2.1:80": "192.0.2.1", "[::ffff:192.0.2.1]:80": "192.0.2.1", "127.0.0.1:1": "127.0.0.1",
			"[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::", "[2001:db8:1:2::9]:81": "2001:db8:1:2::",
			"[fe80::1%eth0]:80": "fe80::", "[::1]:80": "::",
		} {
			require.Equal(t, netip.MustParseAddr(want), clientOf(remote), remote)
		}
		require.Equal(t, unknownClient, clientOf("@"))
	})
	t.Run("OPS-6 only so many clients are remembered", func(t *testing.T) {
		c := newClients(1, 1, 2)
		at := time.Now()
		wait := func(n byte) time.Duration { return c.wait(netip.AddrFrom4([4]byte{192, 0, 2, n}), at) }
		require.Zero(t, wait(1))
		require.Zero(t, wait(2))
		require.NotZero(t, wait(1))
		require.Zero(t, wait(3))
		require.NotZero(t, wait(1))
		require.Zero(t, wait(2), "it was quiet longest")
		require.Equal(t, 2, c.known.Len())
	})
}

func TestDrainWait(t *testing.T) {
	ready := func(t *testing.T, p *program) int {
		t.Helper()
		status, _ := sendTo(t, p.url+"/readyz", "GET", "", nil)
		return status
	}
	t.Run("OPS-7 not ready, and it serves", func(t *testing.T) {
		p := start(t, "-drain-wait", "1h")
		require.Equal(t, http.StatusOK, ready(t, p))
		p.signals <- os.Interrupt
		defer func() { p.signals <- os.Interrupt }() // also after a failure: a second one ends the wait
		p.log.waitFor(t, "msg=draining")
		require.Equal(t, http.StatusServiceUnavailable, ready(t, p))
		create(t, p.url, "Ada")
		p.signals <- os.Interrupt
		require.Zero(t, p.ended(t))
	})
	t.Run("OPS-7 the wait ends", func(t *testing.T) {
		p := start(t, "-drain-wait", "50ms")
		started := time.Now()
		require.Zero(t, p.stop(t))
		require.GreaterOrEqual(t, time.Since(started), 50*time.Millisecond)
		require.Contains(t, p.log.String(), "wait=50ms")
	})
	t.Run("OPS-7 without the flag", func(t *testing.T) {
		d := &daemon{options: &options{}}
		d.drain(&orders{})
		s, err := contacts.New(nil)
		require.NoError(t, err)
		require.Equal(t, "draining", d.unready(s.Stats()))
	})
}

func TestVersion(t *testing.T) {
	t.Run("OPS-8 one line", func(t *testing.T) {
		var stdout bytes.Buffer
		w := testWorld()
		w.stdout, w.stderr = &stdout, io.Discard
		require.Zero(t, run(t.Context(), []string{"-version", "-data", "/nowhere"}, w))
		require.Regexp(t, `^contactsd \S+( [0-9a-f]+)? go1\S+ \w+/\w+\n$`, stdout.String())
	})
	t.Run("OPS-8 the version of a release", func(t *testing.T) {
		version = "v1.2.3"
		defer func() { version = "" }()
		require.True(t, strings.HasPrefix(versionText(), "contactsd v1.2.3 "))
	})
}

func TestHealthcheck(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certify(t, cert, key, 1)
	secure := start(t, "-tls-cert", cert, "-tls-key", key)
	plain := start(t)
	gone := start(t)
	require.Zero(t, gone.stop(t))
	redirect := httptest.NewServer(http.RedirectHandler(plain.url+"/healthz", http.StatusFound))
	defer redirect.Close()
	draining := start(t, "-drain-wait", "1h")
	draining.signals <- os.Interrupt
	defer func() { draining.signals <- os.Interrupt }() // a second one ends the wait
	draining.log.waitFor(t, "msg=draining")
	for name, test := range map[string]struct {
		url  string
		want int
	}{
		"healthy":       {plain.url + "/healthz", 0},
		"ready":         {plain.url + "/readyz", 0},
		"HTTPS":         {secure.url + "/healthz", 0},
		"not ready":     {draining.url + "/readyz", 1},
		"another path":  {plain.url + "/nothing", 1},
		"a redirection": {redirect.URL, 1},
		"no one":        {gone.url + "/healthz", 1},
	} {
		t.Run("OPS-8 "+name, func(t *testing.T) {
			status, stderr := fails(t, testWorld(), "-healthcheck", test.url)
			require.Equal(t, test.want, status, stderr)
			require.Equal(t, test.want == 1, strings.HasPrefix(stderr, "contactsd: not healthy: "))
		})
	}
}
