//go:build unix

package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// BenchmarkEventsReaders updates a contact while readers in another process wait for events: in the store and over HTTP,
// as fast as it can, 100 times and 10 times a second. It reports the mean, the median, the 99th percentile and the
// longest time of an update, the CPU time of the server for it, the readers' part included, and the memory of a reader
// in the server. The process of the readers needs the same machine, and an open file for each.
func BenchmarkEventsReaders(b *testing.B) {
	for _, via := range []string{"store", "http"} {
		for _, perSecond := range []int{0, 100, 10} {
			pace, name := time.Duration(0), "via="+via+"/pace=full"
			if perSecond > 0 {
				pace, name = time.Second/time.Duration(perSecond), fmt.Sprintf("via=%s/pace=%d", via, perSecond)
			}
			for _, n := range []int{0, 1, 100, 1000, 10_000} {
				b.Run(name+"/n="+strconv.Itoa(n), func(b *testing.B) { benchmarkReaders(b, via, n, pace) })
			}
		}
	}
}

func benchmarkReaders(b *testing.B, via string, n int, pace time.Duration) {
	s, err := contacts.New(nil)
	require.NoError(b, err)
	defer s.Close()
	paths := http.NewServeMux()
	paths.Handle("/", httpapi.Handler(s, nil))
	paths.Handle("/events", httpapi.Events(s, &httpapi.EventsOptions{Detach: b.Context()}))
	server := httptest.NewServer(paths)
	defer server.Close()
	c, err := s.Create(b.Context(), typical(), nil)
	require.NoError(b, err)
	update := updating(s, c.ID)
	if via == "http" {
		update = updatingOver(server, c.ID)
	}
	before := memory()
	startReaders(b, server.Listener.Addr().String(), n)
	if n > 0 {
		defer b.ReportMetric(float64(memory()-before)/float64(n), "B/reader")
	}
	var took []time.Duration
	var sum time.Duration
	begun, spent := time.Now(), cpuTime()
	for b.Loop() {
		if pace > 0 {
			time.Sleep(time.Until(begun.Add(pace * time.Duration(len(took)))))
		}
		began := time.Now()
		if err := update(b.Context(), c.Revision+len(took)); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
		sum += took[len(took)-1]
	}
	spent = cpuTime() - spent
	slices.Sort(took)
	b.ReportMetric(0, "ns/op") // it has the pauses
	b.ReportMetric(float64(sum.Nanoseconds())/float64(len(took)), "mean-ns")
	b.ReportMetric(float64(took[len(took)-1].Nanoseconds()), "max-ns")
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
	b.ReportMetric(float64(spent.Nanoseconds())/float64(len(took)), "cpu-ns")
}

// updating returns a function that updates a contact, from a revision to the next.
func updating(s *contacts.Store, id uuid.UUID) func(ctx context.Context, revision int) error {
	return func(ctx context.Context, revision int) error {
		_, err := s.Update(ctx, id, revision, contacts.Patch{Company: contacts.Set(strconv.Itoa(revision % 2))}, nil)
		return err
	}
}

// updatingOver is updating over a connection to a server.
func updatingOver(server *httptest.Server, id uuid.UUID) func(ctx context.Context, revision int) error {
	url := server.URL + publicPrefix + "/contacts/" + id.String()
	return func(ctx context.Context, revision int) error {
		body := fmt.Sprintf(`{"revision":%d,"info":{"company":"%d"}}`, revision, revision%2)
		r, err := http.NewRequestWithContext(ctx, http.MethodPatch, url, strings.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		reply, err := server.Client().Do(r)
		if err != nil {
			return err
		}
		defer reply.Body.Close()
		if reply.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", reply.StatusCode)
		}
		_, err = io.Copy(io.Discard, reply.Body) // so that the connection can be used again
		return err
	}
}

// cpuTime returns the CPU time of this process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// memory returns the bytes in use on the heap and for stacks.
func memory() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// readersEnv is set in a process of readers: to the address of the server and the number of readers.
const readersEnv = "HTTPAPI_TEST_READERS"

// TestMain lets a benchmark start this binary as the readers of its server.
func TestMain(m *testing.M) {
	if at := os.Getenv(readersEnv); at != "" {
		readEverything(at)
		return
	}
	os.Exit(m.Run())
}

// startReaders starts a process with readers of events, and returns when each has the first message.
func startReaders(b *testing.B, addr string, n int) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), readersEnv+"="+addr+" "+strconv.Itoa(n))
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(b, err)
	stdin, err := cmd.StdinPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	b.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	_, err = stdout.Read(make([]byte, 1))
	require.NoError(b, err, "the readers have ended")
}

// readEverything connects readers, writes a byte when each has the first message, and ends with the standard input.
func readEverything(at string) {
	var addr string
	var n int
	if _, err := fmt.Sscan(at, &addr, &n); err != nil {
		panic(err)
	}
	for range n {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			panic(err)
		}
		if _, err := io.WriteString(c, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			panic(err)
		}
		buffer := make([]byte, 4<<10)
		for got := ""; !strings.Contains(got, "id: "); {
			k, err := c.Read(buffer)
			if err != nil {
				panic(err)
			}
			got += string(buffer[:k])
		}
		go func() {
			for {
				if _, err := c.Read(buffer); err != nil {
					return
				}
			}
		}()
	}
	os.Stdout.WriteString("\n")
	io.Copy(io.Discard, os.Stdin)
}
