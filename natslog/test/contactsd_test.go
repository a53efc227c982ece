package test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// contactsd is a running program.
type contactsd struct {
	url  string
	log  *bytes.Buffer // only after stop
	stop func() error
}

// startContactsd starts the program on a site, and stops it at the end of the test.
func startContactsd(t *testing.T, program, servers string) *contactsd {
	t.Helper()
	p := &contactsd{log: &bytes.Buffer{}}
	cmd := exec.Command(program, "-nats", servers, "-site", "people", "-nats-replicas", "1", "-addr", "127.0.0.1:0")
	cmd.Stderr = p.log
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	ended := false
	p.stop = func() error {
		if ended {
			return nil
		}
		ended = true
		cmd.Process.Signal(os.Interrupt)
		return cmd.Wait()
	}
	t.Cleanup(func() { p.stop() })
	if err != nil {
		p.stop()
		require.FailNow(t, "it does not start", p.log)
	}
	p.url = strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	return p
}

// ask sends a request, and returns the status and the body of the reply.
func (p *contactsd) ask(t require.TestingT, method, path, body string) (int, string) {
	r, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // the end of a program waits for others
	reply, err := client.Do(r)
	require.NoError(t, err)
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	require.NoError(t, err)
	return reply.StatusCode, string(text)
}

// create creates a contact and returns its path.
func (p *contactsd) create(t *testing.T, name string) string {
	t.Helper()
	status, text := p.ask(t, "POST", "/contacts/v4/contacts", `{"info":{"name":{"first":"`+name+`"}}}`)
	require.Equal(t, http.StatusOK, status, text)
	var reply struct{ Contact struct{ ID string } }
	require.NoError(t, json.Unmarshal([]byte(text), &reply))
	return "/contacts/v4/contacts/" + reply.Contact.ID
}

// awaits waits until a path has a status.
func (p *contactsd) awaits(t *testing.T, path string, want int) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		status, text := p.ask(c, "GET", path, "")
		assert.Equal(c, want, status, text)
	}, time.Minute, 20*time.Millisecond)
}

// buildContactsd builds the program and returns its path.
func buildContactsd(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "contactsd.exe")
	out, err := exec.Command("go", "build", "-C", "../contactsd", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

func TestContactsd(t *testing.T) {
	t.Parallel()
	program := buildContactsd(t)
	t.Run("OPS-9 one store for several programs", func(t *testing.T) { serveTogether(t, program) })
	t.Run("no error shows the password of a URL", func(t *testing.T) { hidePassword(t, program) })
}

func hidePassword(t *testing.T, program string) {
	for _, url := range []string{
		"nats://user:secret%zz@127.0.0.1", "nats://user:secret@127.0.0.1:x", "nats://user:secret/1@127.0.0.1:1",
		"nats://user:secret@127.0.0.1:1", "nats://127.0.0.1:1,nats://user:secret@a b",
	} {
		out, err := exec.Command(program, "-nats", url, "-site", "people", "-addr", "127.0.0.1:0").CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(out), "connect", url)
		require.NotContains(t, string(out), "secret", url)
	}
}

func serveTogether(t *testing.T, program string) {
	opts := options(t.TempDir())
	s := start(t, opts)
	require.True(t, s.ReadyForConnections(30*time.Second))
	opts.Port = s.Addr().(*net.TCPAddr).Port // the same after a restart
	a, b := startContactsd(t, program, s.ClientURL()), startContactsd(t, program, s.ClientURL())

	// OPS-9: each may write, and the other shows it.
	b.awaits(t, a.create(t, "Ada"), http.StatusOK)
	kept := b.create(t, "Bob")
	a.awaits(t, kept, http.StatusOK)
	for _, p := range []*contactsd{a, b} {
		p.awaits(t, "/readyz", http.StatusOK)
	}

	// OPS-1: without the server they are not ready, but serve reads.
	s.Shutdown()
	s.WaitForShutdown()
	a.awaits(t, "/readyz", http.StatusServiceUnavailable)
	a.awaits(t, kept, http.StatusOK)
	again := start(t, opts.Clone())
	require.True(t, again.ReadyForConnections(30*time.Second))
	for _, p := range []*contactsd{a, b} {
		p.awaits(t, "/readyz", http.StatusOK)
	}
	b.awaits(t, a.create(t, "Cid"), http.StatusOK)

	require.NoError(t, a.stop(), a.log)
	late := startContactsd(t, program, again.ClientURL())
	late.awaits(t, kept, http.StatusOK)
	for _, p := range []*contactsd{b, late} {
		require.NoError(t, p.stop(), p.log)
	}
	require.NotContains(t, b.log.String(), "nats://", "a URL can have a password")
}
