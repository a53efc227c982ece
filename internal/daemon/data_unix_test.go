//go:build unix

package daemon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// writers write until the program has ended, and collect what it confirmed.
type writers struct {
	sync.WaitGroup
	ended     atomic.Bool
	mu        sync.Mutex
	confirmed []string
}

// write starts writers. They give create names that are new in each round; it returns what to collect.
func (w *writers) write(round int, create func(name string) (confirmed string, ok bool)) {
	for n := range 4 {
		w.Go(func() {
			for i := 0; !w.ended.Load(); i++ {
				if text, ok := create(fmt.Sprintf("P%dx%dx%dx", round, n, i)); ok {
					w.mu.Lock()
					w.confirmed = append(w.confirmed, text)
					w.mu.Unlock()
				}
			}
		})
	}
}

// createAt returns a function that creates a contact at a URL, for a writer that collects names.
func createAt(url string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		_, ok := try("POST", url+contactsPath, person(name))
		return name, ok
	}
}

// try sends a request to a program that may be killed, and returns the ID of the contact that it confirms.
func try(method, url, body string) (id string, ok bool) {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return "", false
	}
	r.Header.Set("Content-Type", "application/json")
	reply, err := client.Do(r)
	if err != nil {
		return "", false
	}
	defer reply.Body.Close()
	var got struct{ Contact struct{ ID string } }
	err = json.NewDecoder(reply.Body).Decode(&got)
	return got.Contact.ID, err == nil && reply.StatusCode == http.StatusOK
}

// wait returns once a number of contacts are confirmed.
func (w *writers) wait(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.confirmed) >= n
	}, patience, time.Millisecond)
}

// stop waits for the writers.
func (w *writers) stop() {
	w.ended.Store(true)
	w.Wait()
}

// kill kills the program, and stops the writers.
func (w *writers) kill(t *testing.T, p *process) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Kill())
	require.False(t, p.ends(t).Success())
	w.stop()
	require.NotContains(t, p.log.String(), "ERROR")
}

// requireKept requires that a sound directory has all contacts that were confirmed.
func (w *writers) requireKept(t *testing.T, dir string) {
	t.Helper()
	require.NotEmpty(t, w.confirmed)
	text := dumped(t, dir)
	for _, name := range w.confirmed {
		require.Contains(t, text, `"`+name+`"`, "confirmed and lost")
	}
	status, stdout, stderr := runs(t, "check", dir)
	require.Zero(t, status, stdout+stderr)
}

// TestKill kills the program while it writes, again and again, and also while it compacts.
func TestKill(t *testing.T) {
	kills := 4
	if *longTests {
		kills = 100
	}
	dir := filepath.Join(t.TempDir(), "people")
	var confirmed []string
	for round := range kills {
		p := launch(t, nil, "-data", dir)
		w := &writers{confirmed: confirmed}
		w.write(round, createAt(p.url))
		w.wait(t, len(confirmed)+1)
		time.Sleep(time.Duration(round*37%200) * time.Millisecond)
		if round%2 == 1 {
			require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP))
			time.Sleep(time.Duration(round*13%20) * time.Millisecond)
		}
		w.kill(t, p)
		confirmed = w.confirmed
	}
	(&writers{confirmed: confirmed}).requireKept(t, dir)
	t.Logf("%d kills: %d contacts confirmed, 0 lost", kills, len(confirmed))
}

// TestTermination ends the program in an orderly way while requests are in progress, under each policy.
func TestTermination(t *testing.T) {
	for _, policy := range []string{"always", "1h", "never"} {
		t.Run("DUR-1 "+policy, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "people")
			p, w := launch(t, nil, "-data", dir, "-sync", policy), &writers{}
			w.write(0, createAt(p.url))
			w.wait(t, 20)
			require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP)) // the compaction may be canceled
			require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
			require.Zero(t, p.ends(t).ExitCode(), p.log)
			w.stop()
			require.NotContains(t, p.log.String(), "ERROR")
			require.Contains(t, p.log.String(), "msg=closed")
			w.requireKept(t, dir)
		})
	}
}

// TestOneProcess starts a second program on a directory: it fails, until the first one has ended.
func TestOneProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "people")
	first := launch(t, nil, "-data", dir)
	create(t, first.url, "Ada")
	for _, args := range [][]string{
		{"-addr", "127.0.0.1:0", "-data", dir}, {"check", dir}, {"compact", dir}, {"dump", dir},
	} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
		cmd.Env = append(os.Environ(), "CONTACTSD_TEST_MAIN=1")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		require.Error(t, cmd.Run())
		require.Equal(t, 1, cmd.ProcessState.ExitCode())
		require.Empty(t, stdout.String())
		require.Regexp(t, "^contactsd: .*another process is using it: .*LOG_LOCKED.*\n$", stderr.String())
	}
	create(t, first.url, "Bob")
	require.NoError(t, first.cmd.Process.Kill())
	require.False(t, first.ends(t).Success())
	second := launch(t, nil, "-data", dir)
	second.log.waitFor(t, "msg=opened contacts=2 position=2") // the lock ended with the process
}
