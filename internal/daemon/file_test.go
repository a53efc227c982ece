package daemon

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/atomicfile"
)

func TestSaveAndLoad(t *testing.T) {
	first := saved(t, "Ada", "Bob")
	info, err := os.Stat(first)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode())

	t.Run("EXP-2 loaded and saved again", func(t *testing.T) {
		second := filepath.Join(t.TempDir(), "saved")
		p := start(t, "-load", first, "-save", second)
		require.Contains(t, p.log.String(), "msg=loaded contacts=2 position=2")
		_, text := p.send(t, "GET", "", nil)
		require.Contains(t, text, "ada@example.com")
		require.Contains(t, text, "bob@example.com")
		require.Zero(t, p.stop(t))
		require.Equal(t, read(t, first), read(t, second))
	})
	t.Run("loaded and not saved", func(t *testing.T) {
		before := read(t, first)
		p := start(t, "-load", first)
		create(t, p.url, "Carol")
		require.Zero(t, p.stop(t))
		require.Equal(t, before, read(t, first))
		require.NotContains(t, p.log.String(), "msg=saved")
	})
	t.Run("one file, which does not exist at first", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "saved")
		again := filepath.Dir(file) + "/./saved"
		p := start(t, "-load", file, "-save", again)
		require.Contains(t, p.log.String(), "starting empty")
		create(t, p.url, "Ada")
		require.Zero(t, p.stop(t))
		p = start(t, "-load", file, "-save", again)
		require.NotContains(t, p.log.String(), "starting empty")
		require.NotContains(t, p.log.String(), "WARN")
		create(t, p.url, "Bob")
		require.Zero(t, p.stop(t))
		require.Equal(t, []string{"Ada", "Bob"}, names(t, file))
		alone(t, file)
	})
	t.Run("over another file", func(t *testing.T) {
		file := saved(t, "Old")
		for _, args := range [][]string{{"-save", file}, {"-load", first, "-save", file}} {
			status, stderr := fails(t, testWorld(), append(args, "-addr", ":0")...)
			require.Equal(t, 1, status)
			require.Contains(t, stderr, "save "+file)
			require.Contains(t, stderr, "name it with -load as well")
			require.Equal(t, []string{"Old"}, names(t, file))
		}
	})
}

func TestLoadRefuses(t *testing.T) {
	file := saved(t, "Ada")
	text := read(t, file)
	for _, test := range []struct{ name, text, want string }{
		{"damaged", strings.Replace(text, "ada@", "adb@", 1), "INVALID_EXPORT: line 3: the checksum"},
		{"not valid", strings.ReplaceAll(text, "@", "."),
			"INVALID_EXPORT: line 2: contacts: INVALID_ARGUMENT: info.emails"},
		{"cut off", text[:strings.LastIndex(text[:len(text)-1], "\n")+1], "INVALID_EXPORT: line 3"},
		{"empty", "", "INVALID_EXPORT: line 1"},
		{"another kind of file", "Ada,ada@example.com\n", "INVALID_EXPORT: line 1: not an export"},
	} {
		t.Run("EXP-3 "+test.name, func(t *testing.T) {
			broken := filepath.Join(t.TempDir(), "saved")
			require.NoError(t, os.WriteFile(broken, []byte(test.text), 0o600))
			status, stderr := fails(t, testWorld(), "-addr", ":0", "-load", broken, "-save", broken)
			require.Equal(t, 1, status)
			require.Contains(t, stderr, broken)
			require.Contains(t, stderr, test.want)
			for _, value := range []string{"example.com", "Ada"} {
				require.NotContains(t, stderr, value, "ERR-3")
			}
			require.Equal(t, test.text, read(t, broken), "the file is not overwritten")
			alone(t, broken)
		})
	}
	t.Run("a missing file", func(t *testing.T) {
		none := file + ".none"
		for _, args := range [][]string{{"-load", none}, {"-load", none, "-save", file + ".new"}} {
			status, stderr := fails(t, testWorld(), append(args, "-addr", ":0")...)
			require.Equal(t, 1, status)
			require.Contains(t, stderr, none)
			require.Contains(t, stderr, "no such file")
		}
		require.Equal(t, text, read(t, file))
	})
	t.Run("a directory", func(t *testing.T) {
		status, stderr := fails(t, testWorld(), "-addr", ":0", "-load", filepath.Dir(file))
		require.Equal(t, 1, status)
		require.Contains(t, stderr, "is a directory")
	})
	t.Run("STO-1 a signal during the load", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w := testWorld()
		w.stdout, w.stderr = io.Discard, newOutput()
		w.notify = func(chan<- os.Signal, ...os.Signal) {}
		require.Equal(t, 1, run(ctx, []string{"-addr", ":0", "-load", file, "-save", file}, w))
		require.Equal(t, text, read(t, file))
	})
}

func TestSaveRefused(t *testing.T) {
	t.Run("a file that cannot be saved is reported at the start", func(t *testing.T) {
		dir := t.TempDir()
		link := filepath.Join(dir, "link")
		require.NoError(t, os.Symlink(filepath.Join(dir, "none"), link))
		for file, want := range map[string]string{
			dir:                                 "not a regular file",
			link:                                "not a regular file",
			filepath.Join(dir, "none", "saved"): "no such file",
		} {
			for _, args := range [][]string{{"-save", file}, {"-load", file, "-save", file}} {
				status, stderr := fails(t, testWorld(), append(args, "-addr", ":0")...)
				require.Equal(t, 1, status)
				require.Contains(t, stderr, "save "+file)
				require.Contains(t, stderr, want)
			}
		}
	})
	t.Run("a directory that is missing at the end", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "dir", "saved")
		require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
		p := start(t, "-save", file)
		create(t, p.url, "Ada")
		require.NoError(t, os.Remove(filepath.Dir(file)))
		p.signals <- syscall.SIGHUP
		p.log.waitFor(t, "not saved")
		create(t, p.url, "Bob")
		require.Equal(t, 1, p.stop(t))
		require.Contains(t, p.log.String(), "level=ERROR msg=failed error=\"save "+file)
	})
	t.Run("a full disk, which later has space again", func(t *testing.T) {
		full := atomic.Bool{}
		full.Store(true)
		w := testWorld()
		w.replace = func(name string, write func(io.Writer) error) error {
			return atomicfile.Replace(name, func(f io.Writer) error {
				if full.Load() {
					return errors.New("disk full")
				}
				return write(f)
			})
		}
		file := saved(t, "Old")
		p := startIn(t, w, "-load", file, "-save", file)
		create(t, p.url, "Ada")
		p.signals <- syscall.SIGHUP
		p.log.waitFor(t, "disk full")
		require.Equal(t, []string{"Old"}, names(t, file))
		full.Store(false)
		p.signals <- syscall.SIGHUP
		p.log.waitFor(t, "msg=saved")
		require.Equal(t, []string{"Old", "Ada"}, names(t, file))
		full.Store(true)
		create(t, p.url, "Bob")
		require.Equal(t, 1, p.stop(t))
		require.Equal(t, []string{"Old", "Ada"}, names(t, file))
		alone(t, file)
	})
}

// TestSavesOneByOne requests many saves during one save.
func TestSavesOneByOne(t *testing.T) {
	var saves, now, most atomic.Int32
	begun, release := make(chan struct{}, 100), make(chan struct{})
	w := testWorld()
	w.replace = func(name string, write func(io.Writer) error) error {
		saves.Add(1)
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		begun <- struct{}{}
		<-release
		return atomicfile.Replace(name, write)
	}
	file := filepath.Join(t.TempDir(), "saved")
	p := startIn(t, w, "-save", file)
	create(t, p.url, "Ada")
	for range 10 {
		p.signals <- syscall.SIGHUP
	}
	<-begun
	create(t, p.url, "Bob") // it does not wait for the save, and is not in the first file
	for range 10 {
		p.signals <- syscall.SIGHUP
	}
	p.signals <- syscall.SIGTERM
	p.log.waitFor(t, "msg=stopping")
	close(release)
	require.Zero(t, p.ended(t))
	require.EqualValues(t, 1, most.Load())
	require.LessOrEqual(t, saves.Load(), int32(3), "the first, one for all signals during it, and one at the end")
	require.GreaterOrEqual(t, saves.Load(), int32(2))
	require.Equal(t, []string{"Ada", "Bob"}, names(t, file))
}

// TestLeftovers starts the program after a kill during a save, which leaves a file with contacts.
func TestLeftovers(t *testing.T) {
	const removed, found = "removed an unfinished save", "there is an unfinished save"
	leave := func(t *testing.T, file string) string {
		path := filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".saving-1234567890")
		require.NoError(t, os.WriteFile(path, []byte("ada@example.com"), 0o600))
		return path
	}
	t.Run("of the file of -save", func(t *testing.T) {
		file := saved(t, "Ada")
		path := leave(t, file)
		p := start(t, "-load", file, "-save", file)
		require.NoFileExists(t, path)
		require.Contains(t, p.log.String(), removed)
		require.Contains(t, p.log.String(), path)
		require.NotContains(t, p.log.String(), "WARN")
		require.Zero(t, p.stop(t))
		alone(t, file)
	})
	t.Run("of the file of -load alone", func(t *testing.T) {
		file := saved(t, "Ada")
		path := leave(t, file)
		for _, args := range [][]string{nil, {"-save", filepath.Join(t.TempDir(), "other")}} {
			p := start(t, append(args, "-load", file)...)
			require.FileExists(t, path)
			require.Contains(t, p.log.String(), found)
			require.Contains(t, p.log.String(), path)
			require.Zero(t, p.stop(t))
		}
	})
	t.Run("a store that cannot be loaded", func(t *testing.T) {
		file := saved(t, "Ada")
		require.NoError(t, os.WriteFile(file, []byte("damaged"), 0o600))
		path := leave(t, file)
		status, _ := fails(t, testWorld(), "-addr", ":0", "-load", file, "-save", file)
		require.Equal(t, 1, status)
		require.FileExists(t, path, "it may be all that is left")
	})
	t.Run("another program is saving", func(t *testing.T) {
		file := saved(t, "Ada")
		require.NoError(t, atomicfile.Replace(file, func(w io.Writer) error {
			p := start(t, "-load", file)
			require.Contains(t, p.log.String(), found)
			require.Zero(t, p.stop(t))
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			_, err = w.Write(text)
			return err
		}))
		require.Equal(t, []string{"Ada"}, names(t, file))
	})
}

// TestFuture loads stores that were written by a clock that was ahead.
func TestFuture(t *testing.T) {
	const warning = "the store is ahead of the clock"
	file := filepath.Join(t.TempDir(), "saved")
	p := start(t, "-save", file, "-now", "2100-01-02T03:04:05Z")
	create(t, p.url, "Ada")
	require.NotContains(t, p.log.String(), warning)
	require.Zero(t, p.stop(t))
	for _, row := range []struct {
		now  string // "" for the clock
		want bool
	}{
		{"", true}, {"2100-01-02T03:03:00Z", true}, {"2100-01-02T03:03:05Z", false}, {"2100-01-02T03:04:05Z", false},
		{"2200-01-01T00:00:00Z", false},
	} {
		args := []string{"-load", file}
		if row.now != "" {
			args = append(args, "-now", row.now)
		}
		p := start(t, args...)
		require.Equal(t, row.want, strings.Contains(p.log.String(), warning), row.now)
		require.Equal(t, row.want, strings.Contains(p.log.String(), "until=2100-01-02T03:04:05.000Z contacts=1"))
		require.NotContains(t, p.log.String(), "Ada")
		require.Zero(t, p.stop(t))
	}
	t.Run("the last commit alone", func(t *testing.T) {
		emptied := filepath.Join(t.TempDir(), "saved")
		p := start(t, "-load", file, "-save", emptied, "-now", "2100-01-02T03:04:05Z")
		_, text := p.send(t, "GET", "", nil)
		id := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(text)[1]
		r, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, p.url+contactsPath+"/"+id, nil)
		require.NoError(t, err)
		reply, err := client.Do(r)
		require.NoError(t, err)
		require.NoError(t, reply.Body.Close())
		require.Zero(t, p.stop(t))
		require.Contains(t, start(t, "-load", emptied).log.String(), warning)
	})
	t.Run("the repair in docs/limits.md", func(t *testing.T) {
		// In shell: sed, and the checksum of all lines except the last.
		text := strings.ReplaceAll(read(t, file), `"2100-01-02T03:04:05.000Z"`, `"2026-11-29T00:00:00.000Z"`)
		last := strings.LastIndex(text[:len(text)-1], "\n") + 1
		sum := sha256.Sum256([]byte(text[:last]))
		end := regexp.MustCompile(`"sha256":"[0-9a-f]*"`).
			ReplaceAllString(text[last:], fmt.Sprintf(`"sha256":"%x"`, sum))
		fixed := filepath.Join(t.TempDir(), "saved")
		require.NoError(t, os.WriteFile(fixed, []byte(text[:last]+end), 0o600))
		p := start(t, "-load", fixed)
		require.NotContains(t, p.log.String(), "WARN")
		require.NotContains(t, read(t, fixed), "2100")
		require.Equal(t, []string{"Ada"}, names(t, fixed))
	})
}

// alone requires that a file is the only one in its directory.
func alone(t *testing.T, name string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(name))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}
