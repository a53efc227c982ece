package boltlog_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
	"github.com/contactsdb/contacts/logtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]boltlog.SyncPolicy{
		"always": boltlog.Always, "never": boltlog.Never, "every hour": boltlog.Every(time.Hour),
		"every millisecond": boltlog.Every(time.Millisecond),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			logtest.Run(t, func(t *testing.T) func() (contacts.Log, error) {
				dir := filepath.Join(t.TempDir(), "log")
				return func() (contacts.Log, error) {
					return boltlog.Open(t.Context(), dir, &boltlog.Options{Sync: policy})
				}
			})
		})
	}
}

func open(t *testing.T, dir string, opts *boltlog.Options) *boltlog.Log {
	t.Helper()
	l, err := boltlog.Open(t.Context(), dir, opts)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

func newDir(t *testing.T) string { return filepath.Join(t.TempDir(), "log") }

func TestLocked(t *testing.T) {
	dir := newDir(t)
	writer := open(t, dir, nil)
	for name, opts := range map[string]*boltlog.Options{
		"a second writer": {LockTimeout: 30 * time.Millisecond},
		"at once":         {LockTimeout: -1},
		"a reader":        {LockTimeout: -1, ReadOnly: true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := boltlog.Open(t.Context(), dir, opts)
			require.ErrorIs(t, err, contacts.ErrLogLocked)
		})
	}
	t.Run("until the context ends", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		_, err := boltlog.Open(ctx, dir, &boltlog.Options{LockTimeout: time.Hour})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		cancel()
		_, err = boltlog.Open(ctx, dir, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("until it is closed", func(t *testing.T) {
		opened := make(chan error)
		go func() {
			l, err := boltlog.Open(t.Context(), dir, &boltlog.Options{LockTimeout: time.Hour})
			if err == nil {
				err = l.Close()
			}
			opened <- err
		}()
		require.NoError(t, writer.Close())
		require.NoError(t, <-opened)
	})
	t.Run("readers", func(t *testing.T) {
		readers := []*boltlog.Log{
			open(t, dir, &boltlog.Options{ReadOnly: true}), open(t, dir, &boltlog.Options{ReadOnly: true}),
		}
		_, err := boltlog.Open(t.Context(), dir, &boltlog.Options{LockTimeout: -1})
		require.ErrorIs(t, err, contacts.ErrLogLocked)
		for _, r := range readers {
			require.NoError(t, r.Close())
		}
		open(t, dir, nil)
	})
	t.Run("by another program in bbolt", func(t *testing.T) {
		dir := newDir(t)
		require.NoError(t, open(t, dir, nil).Close())
		db, err := bbolt.Open(filepath.Join(dir, "00000001.log"), 0o600, nil)
		require.NoError(t, err)
		_, err = boltlog.Open(t.Context(), dir, &boltlog.Options{LockTimeout: 30 * time.Millisecond})
		require.ErrorIs(t, err, contacts.ErrLogLocked)
		require.NoError(t, db.Close())
		open(t, dir, nil)
	})
}

func TestReadOnly(t *testing.T) {
	dir, want := written(t, 20)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "00000003.snap.new"), []byte("unfinished"), 0o600))
	before := files(t, dir)
	for _, name := range []string{"with a lock file", "without one"} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, want.readable(t, dir, boltlog.Options{ReadOnly: true}))
			l := open(t, dir, &boltlog.Options{ReadOnly: true})
			last, err := l.Last(t.Context())
			require.NoError(t, err)
			_, err = l.Append(t.Context(), last, []byte("more"))
			require.Error(t, err)
			at, err := l.Append(t.Context(), last-1, want.entries[last-1].Data)
			require.NoError(t, err, "it is there already")
			require.Equal(t, last, at)
			require.Error(t, l.Save(t.Context(), last, func(io.Writer) error { return nil }))
			require.Error(t, l.Compact(t.Context(), last))
			require.NoError(t, l.Sync(t.Context()))
			require.Empty(t, l.Removed())
			require.NoError(t, l.Close())
			require.Equal(t, before, files(t, dir), "nothing has changed")
			os.Remove(filepath.Join(dir, "lock")) // for the second round
			delete(before, "lock")
		})
	}
	t.Run("no log", func(t *testing.T) {
		empty := t.TempDir()
		for _, dir := range []string{empty, filepath.Join(empty, "missing")} {
			_, err := boltlog.Open(t.Context(), dir, &boltlog.Options{ReadOnly: true})
			require.ErrorIs(t, err, fs.ErrNotExist)
		}
		require.Empty(t, files(t, empty))
	})
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	t.Run("is for its owner only", func(t *testing.T) {
		dir, _ := written(t, 3)
		info, err := os.Stat(dir)
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o700), info.Mode().Perm())
		for name := range files(t, dir) {
			info, err := os.Stat(filepath.Join(dir, name))
			require.NoError(t, err)
			require.Equal(t, fs.FileMode(0o600), info.Mode(), name)
		}
	})
	t.Run("has no parent", func(t *testing.T) {
		_, err := boltlog.Open(t.Context(), filepath.Join(t.TempDir(), "missing", "log"), nil)
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("is a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		_, err := boltlog.Open(t.Context(), path, nil)
		require.ErrorIs(t, err, fs.ErrExist)
	})
	t.Run("cannot be written", func(t *testing.T) {
		_, err := boltlog.Open(t.Context(), newDir(t), boltlog.Options{}.OnDisk(deniedDisk{}))
		require.ErrorIs(t, err, fs.ErrPermission)
	})
	t.Run("has other files", func(t *testing.T) {
		dir, want := written(t, 3)
		others := []string{"notes.log", "1.log", "00000001.log~", "000000001.log", "00000009.log.old", "x.snap"}
		for _, name := range others {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("other"), 0o600))
		}
		require.NoError(t, want.readable(t, dir, boltlog.Options{}))
		require.Len(t, files(t, dir), 4+len(others))
	})
	t.Run("has unfinished files", func(t *testing.T) {
		dir, want := written(t, 3)
		unfinished := []string{"00000003.log.new", "00000003.snap.new"}
		for _, name := range unfinished {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("unfinished"), 0o600))
		}
		l := open(t, dir, nil)
		require.Equal(t, unfinished, l.Removed())
		require.NoError(t, l.Close())
		require.Len(t, files(t, dir), 4)
		require.NoError(t, want.readable(t, dir, boltlog.Options{}))
	})
}

type deniedDisk struct{ boltlog.OSDisk }

func (deniedDisk) MakeDir(string) error { return &fs.PathError{Op: "mkdir", Err: fs.ErrPermission} }

// TestErasure: what is no longer in the newest two snapshots is gone from the disk after compaction.
func TestErasure(t *testing.T) {
	dir := newDir(t)
	l := open(t, dir, nil)
	const secret = "a name that must go"
	var c content
	c.fill(t, l, 10, 20)
	at, err := l.Append(t.Context(), 2, []byte(secret))
	require.NoError(t, err)
	c.save(t, l, secret)
	c.fill(t, l, 30)
	_, err = l.Append(t.Context(), at, []byte(secret))
	require.ErrorIs(t, err, contacts.ErrLogConflict)
	present := func() bool {
		for _, data := range files(t, dir) {
			if bytes.Contains(data, []byte(secret)) {
				return true
			}
		}
		return false
	}
	require.True(t, present())
	c.save(t, l, "without it")
	c.save(t, l, "without it")
	require.True(t, present())
	require.NoError(t, l.Compact(t.Context(), 4))
	require.False(t, present())
	require.Len(t, files(t, dir), 4, "lock, log, two snapshots")
}

// TestLaterFormats: a file of a later version is not taken for a damaged one.
func TestLaterFormats(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"00000001.log", "00000002.log", "00000002.snap"} {
		t.Run(name, func(t *testing.T) {
			dir, _ := written(t, 3)
			path := filepath.Join(dir, name)
			data := files(t, dir)[name]
			require.NoError(t, os.WriteFile(path, boltlog.WithVersion(data, 2), 0o600))
			l, err := boltlog.Open(t.Context(), dir, nil)
			if err == nil {
				defer l.Close()
				for _, err = range l.Load(t.Context()) {
				}
			}
			require.ErrorIs(t, err, contacts.ErrLogFormat)
			require.ErrorContains(t, err, name)
		})
	}
}

// TestLargeFiles: trees of several levels, pages of several pages, and reading from every part.
func TestLargeFiles(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	l := open(t, dir, &boltlog.Options{Sync: boltlog.Never})
	var c content
	for i := range 6000 {
		size := 1 + i%50
		if i%500 == 0 {
			size = 50_000
		}
		c.fill(t, l, size)
	}
	check := func() {
		for _, after := range []int{0, 1, 499, 500, 501, 3000, 5998, 5999, 6000} {
			n := after
			for e, err := range l.Read(t.Context(), contacts.Seq(after)) {
				require.NoError(t, err)
				require.True(t, bytes.Equal(c.entries[n].Data, e.Data), n)
				n++
			}
			require.Equal(t, 6000, n)
		}
	}
	check()
	c.save(t, l, "rotated")
	check()
	require.NoError(t, l.Close())
	for _, opts := range []boltlog.Options{{}, {ReadOnly: true}} {
		l = open(t, dir, &opts)
		check()
		require.NoError(t, l.Close())
	}
}

// TestEvery: entries are written when the time has passed, when there are many, at Sync and at Close.
func TestEvery(t *testing.T) {
	const d = time.Minute
	durable := func(t *testing.T, dir string) int { // what another process would find after a kill
		copied := t.TempDir()
		for name, data := range files(t, dir) {
			require.NoError(t, os.WriteFile(filepath.Join(copied, name), data, 0o600))
		}
		l := open(t, copied, &boltlog.Options{ReadOnly: true})
		defer l.Close()
		last, err := l.Last(t.Context())
		require.NoError(t, err)
		return int(last)
	}
	for name, test := range map[string]func(t *testing.T, c *content, l *boltlog.Log, dir string){
		"the time": func(t *testing.T, c *content, l *boltlog.Log, dir string) {
			time.Sleep(d / 2)
			c.fill(t, l, 100)
			require.Zero(t, durable(t, dir))
			time.Sleep(d/2 + 1)
			synctest.Wait()
			require.Equal(t, 4, durable(t, dir))
			c.fill(t, l, 100)
			time.Sleep(d + 1)
			synctest.Wait()
			require.Equal(t, 5, durable(t, dir))
		},
		"many bytes": func(t *testing.T, c *content, l *boltlog.Log, dir string) {
			c.fill(t, l, 3<<20)
			require.Zero(t, durable(t, dir))
			c.fill(t, l, 2<<20)
			require.Equal(t, 5, durable(t, dir))
			c.fill(t, l, 1)
			require.Equal(t, 5, durable(t, dir))
		},
		"Sync": func(t *testing.T, _ *content, l *boltlog.Log, dir string) {
			require.NoError(t, l.Sync(t.Context()))
			require.Equal(t, 3, durable(t, dir))
		},
		"Save": func(t *testing.T, c *content, l *boltlog.Log, dir string) {
			c.save(t, l, "snapshot")
			require.Equal(t, 3, durable(t, dir))
		},
		"Close": func(t *testing.T, _ *content, l *boltlog.Log, dir string) {
			require.NoError(t, l.Close())
			require.Equal(t, 3, durable(t, dir))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := newDir(t)
				l := open(t, dir, &boltlog.Options{Sync: boltlog.Every(d)})
				var c content
				c.fill(t, l, 1, 2, 3)
				require.Zero(t, durable(t, dir))
				test(t, &c, l, dir)
				l.Close()
				require.NoError(t, c.readable(t, dir, boltlog.Options{}))
			})
		})
	}
	require.Panics(t, func() { boltlog.Every(0) })
}

// TestSaves: places that a snapshot cannot have, and contexts and logs that end meanwhile.
func TestSaves(t *testing.T) {
	dir := newDir(t)
	l := open(t, dir, nil)
	var c content
	c.fill(t, l, 1, 2, 3)
	c.save(t, l, "three entries")
	nothing := func(io.Writer) error { return nil }
	require.Error(t, l.Save(t.Context(), 4, nothing), "no entry is there")
	require.Error(t, l.Save(t.Context(), 2, nothing), "a later one exists")
	ctx, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, l.Save(ctx, 3, func(w io.Writer) error {
		cancel()
		_, err := w.Write(make([]byte, 1<<20))
		return err
	}), context.Canceled)
	require.PanicsWithValue(t, "write", func() {
		l.Save(t.Context(), 3, func(io.Writer) error { panic("write") })
	})
	closed := make(chan error)
	require.ErrorIs(t, l.Save(t.Context(), 3, func(w io.Writer) error {
		go func() { closed <- l.Close() }()
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return err
			}
		}
	}), contacts.ErrLogClosed)
	require.NoError(t, <-closed)
	require.NoError(t, c.readable(t, dir, boltlog.Options{}))
}

// TestSaveVerifies requires that a snapshot is not saved if the disk has changed its bytes, and that the previous one
// stays.
func TestSaveVerifies(t *testing.T) {
	dir := newDir(t)
	disk := &changingDisk{}
	l := open(t, dir, boltlog.Options{}.OnDisk(disk))
	var c content
	c.fill(t, l, 1, 2, 3)
	c.save(t, l, "three entries")
	for _, at := range []int{0, 20, 50, 100, 70_000} {
		disk.change = at + 1
		err := l.Save(t.Context(), 3, func(w io.Writer) error {
			_, err := w.Write(make([]byte, 150_000))
			return err
		})
		require.ErrorIs(t, err, contacts.ErrLogCorrupt, at)
		require.NoError(t, c.loadable(t, l, at))
	}
	disk.change = 0
	c.save(t, l, "again")
	require.NoError(t, l.Close())
	require.NoError(t, c.readable(t, dir, boltlog.Options{}))
}

// changingDisk changes a byte of each file.
type changingDisk struct {
	boltlog.OSDisk
	change int // counted from 1; 0: none
}

func (d *changingDisk) Create(path string) (boltlog.File, error) {
	f, err := d.OSDisk.Create(path)
	return &changingFile{File: f, at: d.change - 1}, err
}

type changingFile struct {
	boltlog.File
	at int // from here
}

func (f *changingFile) Write(p []byte) (int, error) {
	written := bytes.Clone(p)
	if 0 <= f.at && f.at < len(p) {
		written[f.at] ^= 1
	}
	f.at -= len(p)
	return f.File.Write(written)
}

// TestGolden opens a copy of what each version of this package wrote. The files were written once, by bbolt on a
// machine with little-endian integers.
func TestGolden(t *testing.T) {
	t.Run("version 1", func(t *testing.T) {
		const kept = "testdata/v1"
		if _, err := os.Stat(kept); errors.Is(err, fs.ErrNotExist) && *writeGolden {
			dir, _ := written(t, 5)
			require.NoError(t, os.Remove(filepath.Join(dir, "lock")))
			require.NoError(t, os.CopyFS(kept, os.DirFS(dir)))
		}
		dir := newDir(t)
		require.NoError(t, os.CopyFS(dir, os.DirFS(kept)))
		_, want := written(t, 5)
		require.NoError(t, want.readable(t, dir, boltlog.Options{ReadOnly: true}))
		require.NoError(t, want.readable(t, dir, boltlog.Options{}))
	})
}

var writeGolden = flag.Bool("write-golden", false, "write the golden files of new versions that do not exist yet")
