package daemon

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var longTests = flag.Bool("long", false, "run the tests that need much memory and time")

const gigabyte = 1 << 30

// A process that a test has launched bounds the memory that it can write to. Unlike GOMEMLIMIT, nothing gets past that.
func init() {
	if os.Getenv("CONTACTSD_TEST_MAIN") == "" || os.Getenv("CONTACTSD_TEST_LIMIT") == "" {
		return
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: gigabyte, Max: gigabyte}); err != nil {
		panic(err)
	}
}

// kib returns a size of the process that the system reports, such as VmRSS, in KiB.
func (p *process) kib(t *testing.T, name string) int {
	t.Helper()
	text := read(t, fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	n, err := strconv.Atoi(regexp.MustCompile(name + `:\s+(\d+) kB`).FindStringSubmatch(text)[1])
	require.NoError(t, err)
	return n
}

// peak returns the most resident memory that the process has had, in MiB.
func (p *process) peak(t *testing.T) int { return p.kib(t, "VmHWM") >> 10 }

// post sends a body of JSON and drops the reply.
func (p *process) post(ctx context.Context, method, path string, body []byte) (int, error) {
	r, err := http.NewRequestWithContext(ctx, method, p.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	reply, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer reply.Body.Close()
	_, err = io.Copy(io.Discard, reply.Body)
	return reply.StatusCode, err
}

// heavy returns the body that creates a contact of about 450,000 bytes, within the limits of every value.
func heavy(n int) []byte {
	text := strings.Repeat("𝐀", 1000)
	address := `{"address":{"city":"` + text + `","addressLine2":"` + text + `"}}`
	return []byte(`{"info":{"name":{"first":"Heavy ` + strconv.Itoa(n) + `"},"addresses":{"items":[` +
		strings.TrimSuffix(strings.Repeat(address+",", 50), ",") + `]}}}`)
}

// TestMemory has the program survive in a gigabyte what once took five.
func TestMemory(t *testing.T) {
	if !*longTests {
		t.Log("only with -long")
		return
	}
	t.Setenv("CONTACTSD_TEST_LIMIT", "1")
	lifetime = 20 * time.Minute
	t.Cleanup(func() { lifetime = patience })
	t.Run("ten pages of 60 heavy contacts at once", func(t *testing.T) {
		p := launch(t, nil)
		for i := range 60 {
			status, err := p.post(t.Context(), http.MethodPost, contactsPath, heavy(i))
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, status)
		}
		t.Logf("with 60 contacts: %d MiB", p.peak(t))
		var readers sync.WaitGroup
		for range 10 {
			readers.Go(func() {
				status, err := p.post(t.Context(), http.MethodPost, contactsPath+"/query",
					[]byte(`{"query":{"paging":{"limit":60}}}`))
				if err != nil || status != http.StatusOK {
					t.Error(status, err)
				}
			})
		}
		readers.Wait()
		t.Logf("after ten pages: %d MiB", p.peak(t))
		require.Less(t, p.peak(t), 512)
	})
	t.Run("256 slow clients with four megabytes each", func(t *testing.T) {
		p := launch(t, nil)
		addr := strings.TrimPrefix(p.url, "http://")
		const size = 4 << 20
		var sent, failed atomic.Int64
		var clients sync.WaitGroup
		for range 256 {
			c := dial(t, addr)
			request(t, c, "POST", size, "Content-Type: application/json\r\n")
			clients.Go(func() {
				n, err := c.Write(bytes.Repeat([]byte(" "), size-1)) // fails if it is cut off
				sent.Add(int64(n))
				if err != nil {
					failed.Add(1)
				}
			})
		}
		clients.Wait()
		began := time.Now()
		status, err := p.post(t.Context(), http.MethodPost, contactsPath, []byte(person("Ada")))
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		t.Logf("%d MiB sent, %d cut off while they sent; a quick client took %v; %d MiB",
			sent.Load()>>20, failed.Load(), time.Since(began), p.peak(t))
		require.Less(t, time.Since(began), 5*time.Second)
		require.Less(t, p.peak(t), 512)
	})
	t.Run("a thousand updates of four megabytes, and a thousand of a heavy contact", func(t *testing.T) {
		p := launch(t, nil)
		status, text := send(t, p.url, "POST", person("Ada"), nil)
		require.Equal(t, http.StatusOK, status)
		path := contactsPath + "/" + regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(text)[1]
		huge := strings.Repeat("x", 4<<20-1000)
		for n := range 1000 {
			body := fmt.Sprintf(`{"revision":%d,"info":{"company":"%s"}}`, n+1, huge)
			status, err := p.post(t.Context(), http.MethodPatch, path, []byte(body))
			require.NoError(t, err, "update %d, log %s", n, p.log)
			require.Equal(t, http.StatusBadRequest, status) // longer than a text may be
			body = strings.Replace(string(heavy(n)), "{", `{"revision":`+strconv.Itoa(n+1)+",", 1)
			status, err = p.post(t.Context(), http.MethodPatch, path, []byte(body))
			require.NoError(t, err, "update %d, log %s", n, p.log)
			require.Equal(t, http.StatusOK, status)
		}
		t.Logf("after the updates: %d MiB", p.peak(t))
		require.Less(t, p.peak(t), 768)
	})
}
