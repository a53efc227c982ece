//go:build unix

package daemon

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is the program in a process of its own, with real signals.
type process struct {
	cmd    *exec.Cmd
	url    string
	stdout *bufio.Reader
	log    *output
}

// lifetime limits how long a launched program runs.
var lifetime = patience

// launch starts this binary as the program. Its log goes to stderr, or, if that is nil, to the output of the process.
func launch(t *testing.T, stderr io.Writer, args ...string) *process {
	t.Helper()
	// A process inherits what is ignored, as SIGHUP is below nohup. What this process handles, it does not inherit.
	handled := make(chan os.Signal, 1)
	signal.Notify(handled, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(handled) })
	p := &process{log: newOutput()}
	ctx, cancel := context.WithTimeout(t.Context(), lifetime)
	t.Cleanup(cancel)
	p.cmd = exec.CommandContext(ctx, os.Args[0], append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	p.cmd.Env = append(os.Environ(), "CONTACTSD_TEST_MAIN=1")
	p.cmd.Stderr = p.log
	if stderr != nil {
		p.cmd.Stderr = stderr
	}
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		p.cmd.Wait()
	})
	p.stdout = bufio.NewReader(stdout)
	line, err := p.stdout.ReadString('\n')
	require.NoError(t, err)
	p.url = strings.TrimSuffix(strings.TrimPrefix(line, "listening on "), "\n")
	return p
}

// ends waits for the end of the process, and requires that its output had one line.
func (p *process) ends(t *testing.T) *os.ProcessState {
	t.Helper()
	rest, err := io.ReadAll(p.stdout)
	require.NoError(t, err)
	require.Empty(t, string(rest))
	p.cmd.Wait() // its error only repeats the exit status
	return p.cmd.ProcessState
}

func TestSignals(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "saved")
			p := launch(t, nil, "-load", file, "-save", file)
			create(t, p.url, "Ada")
			require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP))
			p.log.waitFor(t, "msg=saved")
			require.Equal(t, []string{"Ada"}, names(t, file))
			create(t, p.url, "Bob")
			require.NoError(t, p.cmd.Process.Signal(sig))
			require.Zero(t, p.ends(t).ExitCode(), p.log)
			require.Equal(t, []string{"Ada", "Bob"}, names(t, file))
		})
	}
	t.Run("hangup without -save", func(t *testing.T) {
		p := launch(t, nil)
		require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP))
		status := p.ends(t).Sys().(syscall.WaitStatus)
		require.True(t, status.Signaled())
		require.Equal(t, syscall.SIGHUP, status.Signal())
	})
	t.Run("a third signal while the program hangs", func(t *testing.T) {
		// It hangs in the log record that it is stopping.
		r, w := fullPipe(t)
		p := launch(t, w)
		require.NoError(t, w.Close())
		ended := make(chan *os.ProcessState, 1)
		go func() { ended <- p.ends(t) }()
		signals := 0
		require.Eventually(t, func() bool { // one after the other, since the system merges equal pending signals
			signals++
			return errors.Is(p.cmd.Process.Signal(syscall.SIGTERM), os.ErrProcessDone)
		}, patience, time.Millisecond)
		status := (<-ended).Sys().(syscall.WaitStatus)
		require.True(t, status.Signaled())
		require.Equal(t, syscall.SIGTERM, status.Signal())
		require.GreaterOrEqual(t, signals, 3)
		require.NoError(t, r.Close())
	})
	t.Run("the reader of the log has exited", func(t *testing.T) {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), "saved")
		p := launch(t, w, "-v", "-save", file)
		require.NoError(t, w.Close())
		require.NoError(t, r.Close())
		create(t, p.url, "Ada")
		require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
		require.Zero(t, p.ends(t).ExitCode())
		require.Equal(t, []string{"Ada"}, names(t, file))
	})
}

// fullPipe returns a pipe that is full.
func fullPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	raw, err := w.SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Write(func(fd uintptr) bool {
		for err == nil {
			_, err = syscall.Write(int(fd), make([]byte, 1))
		}
		return true
	}))
	require.ErrorIs(t, err, syscall.EAGAIN)
	return r, w
}
