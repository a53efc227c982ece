package daemon

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/atomicfile"
)

// TestMain lets the tests start their own binary as the program.
func TestMain(m *testing.M) {
	if os.Getenv("CONTACTSD_TEST_MAIN") != "" {
		Main(nil)
		return
	}
	os.Exit(m.Run())
}

const patience = time.Minute // for events that should take milliseconds

// program is a program that runs inside the test.
type program struct {
	url, addr   string
	stdout, log *output
	signals     chan<- os.Signal
	reset       atomic.Bool // whether signals have their default effect again
	status      chan int
}

// testWorld returns a world without environment variables, which a test may change before it starts a program with it.
func testWorld() *world {
	return &world{
		lookupEnv: func(string) (string, bool) { return "", false },
		replace:   atomicfile.Replace,
		openLog:   openLog,
		limits:    usualLimits,
	}
}

func start(t *testing.T, args ...string) *program {
	t.Helper()
	return startIn(t, testWorld(), args...)
}

// startIn starts the program on a free port and returns when it serves. The program ends with the test.
func startIn(t *testing.T, w *world, args ...string) *program {
	t.Helper()
	p := &program{stdout: newOutput(), log: newOutput(), status: make(chan int, 1)}
	w.stdout, w.stderr = p.stdout, p.log
	w.notify = func(c chan<- os.Signal, sig ...os.Signal) { p.signals = c }
	w.reset = func(...os.Signal) { p.reset.Store(true) }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.status <- run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), w)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	p.stdout.waitFor(t, "\n")
	p.url = strings.TrimSuffix(strings.TrimPrefix(p.stdout.String(), "listening on "), "\n")
	p.addr = strings.TrimPrefix(p.url, "http://")
	return p
}

// stop ends the program as SIGTERM does and returns its exit status.
func (p *program) stop(t *testing.T) int {
	t.Helper()
	p.signals <- syscall.SIGTERM
	return p.ended(t)
}

func (p *program) ended(t *testing.T) int {
	t.Helper()
	select {
	case status := <-p.status:
		return status
	case <-time.After(patience):
		require.FailNow(t, "the program does not end", p.log.String())
		return 0
	}
}

// output collects the output of a program, and can be read meanwhile.
type output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func newOutput() *output { return &output{changed: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.changed)
	o.changed = make(chan struct{})
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// waitFor waits until the output contains a text.
func (o *output) waitFor(t *testing.T, text string) {
	t.Helper()
	timeout := time.After(patience)
	for {
		o.mu.Lock()
		found, changed := strings.Contains(o.text.String(), text), o.changed
		o.mu.Unlock()
		if found {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			require.FailNow(t, "missing: "+text, o.String())
		}
	}
}

const contactsPath = "/contacts/v4/contacts"

// person is the body of a request that creates a contact.
func person(first string) string {
	return `{"info":{"name":{"first":"` + first + `"},"emails":{"items":[{"email":"` +
		strings.ToLower(first) + `@example.com"}]}}}`
}

// client keeps no connections open, as the end of a program would wait for them.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func (p *program) send(t *testing.T, method, body string, header http.Header) (int, string) {
	t.Helper()
	return send(t, p.url, method, body, header)
}

// send sends a request for the contacts of the program at a URL, and returns the status and the body of the reply.
func send(t *testing.T, url, method, body string, header http.Header) (int, string) {
	t.Helper()
	return sendTo(t, url+contactsPath, method, body, header)
}

func sendTo(t *testing.T, url, method, body string, header http.Header) (int, string) {
	t.Helper()
	reply, text := answer(t, url, method, body, header)
	return reply.StatusCode, text
}

// answer sends a request, and returns the reply and its body. A Host in the header replaces that of the URL.
func answer(t *testing.T, url, method, body string, header http.Header) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	if header != nil {
		r.Header = header.Clone()
	}
	r.Host = cmp.Or(header.Get("Host"), r.Host)
	if body != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	reply, err := client.Do(r)
	require.NoError(t, err)
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	require.NoError(t, err)
	return reply, string(text)
}

// create creates a contact and returns its ID.
func create(t *testing.T, url, first string) string {
	t.Helper()
	status, text := send(t, url, "POST", person(first), nil)
	require.Equal(t, http.StatusOK, status, text)
	var reply struct{ Contact struct{ ID string } }
	require.NoError(t, json.Unmarshal([]byte(text), &reply))
	require.NotEmpty(t, reply.Contact.ID)
	return reply.Contact.ID
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	return c
}

// slow sends a request without its body, and returns when the server waits for the body.
func (p *program) slow(t *testing.T, body string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c := dial(t, p.addr)
	r := bufio.NewReader(c)
	request(t, c, "POST", len(body), "Content-Type: application/json\r\nExpect: 100-continue\r\n")
	line, err := r.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 100 Continue\r\n", line)
	line, err = r.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "\r\n", line)
	return c, r
}

// request writes the head of a request.
func request(t *testing.T, w io.Writer, method string, length int, header string) {
	t.Helper()
	_, err := io.WriteString(w, method+" "+contactsPath+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: "+
		strconv.Itoa(length)+"\r\n"+header+"\r\n")
	require.NoError(t, err)
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

// names lists the first names of the contacts in a saved file.
func names(t *testing.T, file string) []string {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	s, err := contacts.Load(t.Context(), f, nil)
	require.NoError(t, err)
	defer s.Close()
	var first []string
	for v := range s.Snapshot().All() {
		first = append(first, v.Name().First)
	}
	return first
}

// saved writes a store with contacts of these names to a file, and returns its path.
func saved(t *testing.T, people ...string) string {
	t.Helper()
	return written(t, "-save", filepath.Join(t.TempDir(), "saved"), people)
}

// written runs the program with a flag for a path, to create contacts of these names, and returns the path.
func written(t *testing.T, flag, path string, people []string) string {
	t.Helper()
	p := start(t, flag, path)
	for _, first := range people {
		create(t, p.url, first)
	}
	require.Zero(t, p.stop(t), p.log)
	return path
}

// fails runs a program that must end before it serves, and returns its exit status and its standard error.
func fails(t *testing.T, w *world, args ...string) (int, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	w.stdout, w.stderr = &stdout, &stderr
	w.notify, w.reset = func(chan<- os.Signal, ...os.Signal) {}, func(...os.Signal) {}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	status := run(ctx, args, w)
	require.Empty(t, stdout.String())
	return status, stderr.String()
}
