package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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

// alone requires that a file is the only one in its directory.
func alone(t *testing.T, name string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(name))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}
