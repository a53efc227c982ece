package daemon

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/atomicfile"
)

func TestServe(t *testing.T) {
	p := start(t)
	create(t, p.url, "Ada")
	status, text := p.send(t, "GET", "", nil)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, "ada@example.com")
	require.Zero(t, p.stop(t))
	require.Regexp(t, `^listening on http://127\.0\.0\.1:[1-9][0-9]*\n$`, p.stdout.String())
	_, err := net.Dial("tcp", p.addr)
	require.Error(t, err)
	require.NotContains(t, p.log.String(), "WARN")
	require.NotContains(t, p.log.String(), "DEBUG")
}

func TestLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "saved")
	p := start(t, "-v", "-save", file)
	id := create(t, p.url, "Ada")
	status, _ := p.send(t, "POST", person("Ada"), nil)
	require.NotEqual(t, http.StatusOK, status, "a duplicate")
	status, _ = p.send(t, "POST", `{"info":{"emails":{"items":[{"email":"ada.example.com"}]}}}`, nil)
	require.NotEqual(t, http.StatusOK, status, "not an address")
	require.Zero(t, p.stop(t))
	log := p.log.String()
	require.GreaterOrEqual(t, strings.Count(log, "level=DEBUG"), 3)
	for _, value := range []string{"Ada", "ada", "example.com"} {
		require.NotContains(t, log, value)
	}
	require.NotContains(t, log, id)
	require.Contains(t, log, "msg=saved contacts=1 position=1")
}

func TestListen(t *testing.T) {
	const warning = "other machines may read and change all contacts"
	t.Run("a warning, if other machines have access without a token", func(t *testing.T) {
		addrs := []string{"0.0.0.0:0"}
		if hasIPv6(t) {
			addrs = append(addrs, "[::]:0")
		}
		for _, addr := range addrs {
			p := start(t, "-addr", addr)
			require.Contains(t, p.log.String(), warning)
			require.Zero(t, p.stop(t))
			p = start(t, "-addr", addr, "-token", "s3cret")
			require.NotContains(t, p.log.String(), warning)
			require.Zero(t, p.stop(t))
		}
	})
	t.Run("0.0.0.0 is IPv4", func(t *testing.T) {
		require.True(t, strings.HasPrefix(start(t, "-addr", "0.0.0.0:0").addr, "0.0.0.0:"))
	})
	t.Run("loopback", func(t *testing.T) {
		addrs := map[string]string{":0": "127.0.0.1:", "localhost:0": "127.0.0.1:"}
		if hasIPv6(t) {
			addrs["[::1]:0"] = "[::1]:"
		}
		for addr, want := range addrs {
			p := start(t, "-addr", addr)
			require.True(t, strings.HasPrefix(p.addr, want), p.addr)
			status, _ := p.send(t, "GET", "", nil)
			require.Equal(t, http.StatusOK, status)
			require.NotContains(t, p.log.String(), warning)
		}
	})
	t.Run("a port in use", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "saved")
		status, stderr := fails(t, testWorld(), "-addr", start(t).addr, "-save", file)
		require.Equal(t, 1, status)
		require.Contains(t, stderr, "address already in use")
		require.NoFileExists(t, file, "nothing was served, and nothing is saved")
	})
	t.Run("a closed standard output", func(t *testing.T) {
		r, pipe, err := os.Pipe()
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.NoError(t, pipe.Close())
		w := testWorld()
		p := &program{log: newOutput()}
		w.stdout, w.stderr = pipe, p.log
		w.notify = func(chan<- os.Signal, ...os.Signal) {}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		require.Equal(t, 1, run(ctx, []string{"-addr", ":0"}, w))
		require.Contains(t, p.log.String(), "file already closed")
	})
}

// hasIPv6 reports whether this machine has IPv6: containers often lack it.
func hasIPv6(t *testing.T) bool {
	t.Helper()
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Log("this machine has no IPv6, so its addresses are not tested:", err)
		return false
	}
	require.NoError(t, l.Close())
	return true
}

func TestDrain(t *testing.T) {
	w := testWorld()
	w.limits.drain = patience
	file := filepath.Join(t.TempDir(), "saved")
	p := startIn(t, w, "-save", file)
	idle := dial(t, p.addr)
	request(t, idle, "GET", 0, "")
	_, err := io.ReadFull(idle, make([]byte, 1))
	require.NoError(t, err)
	slow, reply := p.slow(t, person("Ada"))

	p.signals <- os.Interrupt
	p.log.waitFor(t, "msg=stopping")
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", p.addr)
		if err == nil {
			c.Close()
		}
		return err != nil
	}, patience, time.Millisecond, "new connections are refused")
	_, err = io.Copy(io.Discard, idle)
	require.NoError(t, err, "the end does not wait for idle connections")
	require.NoFileExists(t, file)

	_, err = io.WriteString(slow, person("Ada"))
	require.NoError(t, err)
	text, err := io.ReadAll(reply)
	require.NoError(t, err)
	require.Contains(t, string(text), "HTTP/1.1 200 OK\r\n")
	require.Contains(t, string(text), "ada@example.com")
	require.Zero(t, p.ended(t))
	require.NotContains(t, p.log.String(), "cut off")
	require.False(t, p.reset.Load())
	require.Equal(t, []string{"Ada"}, names(t, file), "a confirmed write is saved")
}

func TestDrainIsBounded(t *testing.T) {
	hasty := testWorld()
	hasty.limits.drain = 10 * time.Millisecond
	patient := testWorld()
	patient.limits.drain = patience
	for name, test := range map[string]struct {
		world   *world
		signals int
	}{"by time": {hasty, 1}, "by a second signal": {patient, 2}} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "saved")
			p := startIn(t, test.world, "-save", file)
			create(t, p.url, "Ada")
			_, reply := p.slow(t, person("Bob"))
			started := time.Now()
			for range test.signals {
				p.signals <- syscall.SIGTERM
			}
			require.Zero(t, p.ended(t))
			text, _ := io.ReadAll(reply) // there may still be a reply to half a body, but not a success
			require.Less(t, time.Since(started), usualLimits.read/2)
			require.NotContains(t, string(text), "200 OK")
			require.Contains(t, p.log.String(), "requests in progress are cut off")
			require.Equal(t, test.signals > 1, p.reset.Load(), "a third signal ends the program at once")
			require.Equal(t, []string{"Ada"}, names(t, file), "the store is saved nevertheless")
		})
	}
}

func TestSlowClients(t *testing.T) {
	w := testWorld()
	w.limits.readHeader, w.limits.read, w.limits.idle = 20*time.Millisecond, 30*time.Millisecond, 20*time.Millisecond
	p := startIn(t, w)
	for name, text := range map[string]string{
		"no request":    "",
		"half a header": "GET " + contactsPath + " HTTP/1.1\r\nHost: loc",
		"half a body": "POST " + contactsPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
			"Content-Length: 1000\r\n\r\n{\"info\":",
		"no second request": "GET " + contactsPath + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, p.addr)
			_, err := io.WriteString(c, text)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, c)
			require.False(t, errors.Is(err, os.ErrDeadlineExceeded), "the server closes the connection")
		})
	}
	t.Run("a header without an end", func(t *testing.T) {
		w := testWorld()
		w.limits.headerBytes = 1000
		c := dial(t, startIn(t, w).addr)
		go io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: "+strings.Repeat("a", 1<<16))
		text, _ := io.ReadAll(c)
		require.Contains(t, string(text), "431 Request Header Fields Too Large")
	})
	t.Run("the usual limits", func(t *testing.T) {
		require.Equal(t, limits{
			readHeader: 5 * time.Second, read: 30 * time.Second, write: 2 * time.Minute, idle: 2 * time.Minute,
			piece: 30 * time.Second, headerBytes: 65536, drain: 10 * time.Second, lag: 10 * time.Second,
		}, usualLimits)
	})
}

func TestMaxBody(t *testing.T) {
	p := start(t, "-max-body", "100")
	create(t, p.url, "Ada")
	status, _ := p.send(t, "POST", strings.Repeat(" ", 100)+person("Bob"), nil)
	require.Equal(t, http.StatusRequestEntityTooLarge, status)
}

func TestMaxConcurrent(t *testing.T) {
	p := start(t, "-max-concurrent", "1")
	var slow []net.Conn
	var replies []*bufio.Reader
	for range 10 { // HTTP-13: bodies that arrive keep no one out
		c, reply := p.slow(t, person("Ada"))
		slow, replies = append(slow, c), append(replies, reply)
	}
	create(t, p.url, "Bob")
	_, err := io.WriteString(slow[0], person("Ada"))
	require.NoError(t, err)
	line, err := replies[0].ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 200 OK\r\n", line)
}

func TestMaxTotalBody(t *testing.T) {
	p := start(t, "-max-body", "10000", "-max-total-body", "1")
	var replies []*bufio.Reader
	for range 5 {
		c, reply := p.slow(t, strings.Repeat(" ", 10_000))
		_, err := io.WriteString(c, strings.Repeat(" ", 9000))
		require.NoError(t, err)
		replies = append(replies, reply)
	}
	for _, reply := range replies[:2] { // the first come to an end before the read timeout
		line, err := reply.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1 408 Request Timeout\r\n", line)
	}
}

// TestDeafClient sends requests and accepts no replies: the server gives up.
func TestDeafClient(t *testing.T) {
	w := testWorld()
	w.limits.write = 100 * time.Millisecond
	p := startIn(t, w)
	c := dial(t, p.addr)
	require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	requests := strings.Repeat("GET "+contactsPath+" HTTP/1.1\r\nHost: localhost\r\n\r\n", 1000)
	var err error
	for err == nil { // until the buffers of the system are full, and the server waits to send
		_, err = io.WriteString(c, requests)
	}
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the server closes the connection")
}

// TestNoRequest sends what net/http would answer itself.
func TestNoRequest(t *testing.T) {
	p := start(t)
	c := dial(t, p.addr)
	_, err := io.WriteString(c, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	require.NoError(t, err)
	text, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Contains(t, string(text), "HTTP/1.1 404 Not Found\r\n")
	require.Contains(t, string(text), "X-Wix-Request-Id: ")
	require.Contains(t, string(text), `"NOT_FOUND"`)
}

// TestSilentConnections has connections without a request: the end does not wait for them.
func TestSilentConnections(t *testing.T) {
	w := testWorld()
	w.limits.readHeader, w.limits.drain = patience, patience
	p := startIn(t, w)
	var silent []net.Conn
	for _, text := range []string{"", "G", "GET " + contactsPath + " HTTP/1.1\r\nHost: loc"} {
		c := dial(t, p.addr)
		_, err := io.WriteString(c, text)
		require.NoError(t, err)
		silent = append(silent, c)
	}
	half := dial(t, p.addr) // of a second request
	request(t, half, "GET", 0, "")
	_, err := io.ReadFull(half, make([]byte, 10))
	require.NoError(t, err)
	_, err = io.WriteString(half, "GET "+contactsPath+" HTTP/1.1\r\n")
	require.NoError(t, err)
	create(t, p.url, "Ada") // so that the others have been accepted
	started := time.Now()
	require.Zero(t, p.stop(t))
	require.Less(t, time.Since(started), 4*time.Second, "http.Server.Shutdown alone waits for five")
	require.NotContains(t, p.log.String(), "cut off")
	for _, c := range append(silent, half) {
		_, err := io.Copy(io.Discard, c)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	}
}

// TestSavedAfterTheLastReply finishes a request while the store is saved: it may not be confirmed any more.
func TestSavedAfterTheLastReply(t *testing.T) {
	file := filepath.Join(t.TempDir(), "saved")
	var slow net.Conn
	var reply *bufio.Reader
	var text []byte
	w := testWorld()
	w.limits.drain = 10 * time.Millisecond
	w.replace = func(name string, write func(io.Writer) error) error {
		io.WriteString(slow, person("Bob")) // fails if the connection is closed already
		text, _ = io.ReadAll(reply)
		return atomicfile.Replace(name, write)
	}
	p := startIn(t, w, "-save", file)
	create(t, p.url, "Ada")
	slow, reply = p.slow(t, person("Bob"))
	require.Zero(t, p.stop(t))
	require.NotContains(t, string(text), "200 OK")
	require.Equal(t, []string{"Ada"}, names(t, file))
}

func TestRegion(t *testing.T) {
	p := start(t, "-region", "US")
	const body = `{"info":{"phones":{"items":[{"phone":"(646) 567-6359"}]}}}`
	status, text := p.send(t, "POST", body, nil)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, "+16465676359")
	status, text = start(t).send(t, "POST", body, nil)
	require.Equal(t, http.StatusOK, status)
	require.NotContains(t, text, "+16465676359")
}
