//go:build unix

package httpapi_test

import (
	"fmt"
	"io"
	"net"
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

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// BenchmarkEventsReaders updates a contact while readers in another process wait for events: as fast as it can, and 100
// times a second. It reports the mean, the median and the 99th percentile of the time of an update, from the moment at
// which it is due, the CPU time of the server for it, the readers' part included, and the memory of a reader in the
// server. It needs an open file for each reader.
func BenchmarkEventsReaders(b *testing.B) {
	for _, pace := range []time.Duration{0, 10 * time.Millisecond} {
		for _, n := range []int{0, 1, 100, 1000, 10_000} {
			name := "pace=full"
			if pace > 0 {
				name = "pace=100"
			}
			b.Run(name+"/n="+strconv.Itoa(n), func(b *testing.B) { benchmarkReaders(b, n, pace) })
		}
	}
}

func benchmarkReaders(b *testing.B, n int, pace time.Duration) {
	s, err := contacts.New(nil)
	require.NoError(b, err)
	defer s.Close()
	server := httptest.NewServer(httpapi.Events(s, &httpapi.EventsOptions{Detach: b.Context()}))
	defer server.Close()
	c, err := s.Create(b.Context(), typical(), nil)
	require.NoError(b, err)
	before := memory()
	startReaders(b, server.Listener.Addr().String(), n)
	if n > 0 {
		defer b.ReportMetric(float64(memory()-before)/float64(n), "B/reader")
	}
	companies := []contacts.Opt[string]{contacts.Set("Engines"), contacts.Set("Looms")}
	var took []time.Duration
	var sum time.Duration
	begun, spent := time.Now(), cpuTime()
	for b.Loop() {
		began := time.Now()
		if pace > 0 {
			began = begun.Add(pace * time.Duration(len(took)))
			time.Sleep(time.Until(began))
		}
		_, err := s.Update(b.Context(), c.ID, c.Revision+len(took), contacts.Patch{Company: companies[len(took)%2]}, nil)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
		sum += took[len(took)-1]
	}
	spent = cpuTime() - spent
	slices.Sort(took)
	b.ReportMetric(0, "ns/op") // it has the pauses
	b.ReportMetric(float64(sum.Nanoseconds())/float64(len(took)), "mean-ns")
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
	b.ReportMetric(float64(spent.Nanoseconds())/float64(len(took)), "cpu-ns")
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
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
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
