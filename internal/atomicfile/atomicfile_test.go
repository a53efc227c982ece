package atomicfile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/atomicfile"
)

func TestReplace(t *testing.T) {
	t.Run("a new file", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "new")
		require.NoError(t, atomicfile.Replace(name, text("all of it")))
		holds(t, name, "all of it")
	})
	t.Run("an old file that others may read", func(t *testing.T) {
		name := old(t)
		require.NoError(t, os.Chmod(name, 0o644))
		require.NoError(t, atomicfile.Replace(name, text("new")))
		holds(t, name, "new")
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode())
	})
	t.Run("the old file is there while the new one is written", func(t *testing.T) {
		name := old(t)
		require.NoError(t, atomicfile.Replace(name, func(w io.Writer) error {
			require.NoError(t, text("new")(w))
			now, err := os.ReadFile(name)
			require.NoError(t, err)
			require.Equal(t, "old", string(now))
			entries, err := os.ReadDir(filepath.Dir(name))
			require.NoError(t, err)
			require.Len(t, entries, 2, "the new file is in the same directory")
			for _, entry := range entries {
				info, err := entry.Info()
				require.NoError(t, err)
				require.True(t, entry.Name() == "old" || info.Mode() == 0o600, "only the owner may ever read it")
			}
			return nil
		}))
		holds(t, name, "new")
	})
	t.Run("an open old file stays readable", func(t *testing.T) {
		name := old(t)
		f, err := os.Open(name)
		require.NoError(t, err)
		defer f.Close()
		require.NoError(t, atomicfile.Replace(name, text("new")))
		got, err := io.ReadAll(f)
		require.NoError(t, err)
		require.Equal(t, "old", string(got))
	})
	t.Run("an error while writing leaves the old file", func(t *testing.T) {
		name := old(t)
		full := errors.New("disk full")
		err := atomicfile.Replace(name, func(w io.Writer) error {
			return errors.Join(text("the first half")(w), full)
		})
		require.ErrorIs(t, err, full)
		holds(t, name, "old")
	})
	t.Run("a panic while writing leaves the old file", func(t *testing.T) {
		name := old(t)
		require.Panics(t, func() {
			atomicfile.Replace(name, func(w io.Writer) error { panic(text("the first half")(w)) })
		})
		holds(t, name, "old")
	})
	t.Run("a file that cannot be closed leaves the old file", func(t *testing.T) {
		name := old(t)
		err := atomicfile.Replace(name, func(w io.Writer) error { return w.(*os.File).Close() })
		require.ErrorIs(t, err, os.ErrClosed)
		holds(t, name, "old")
	})
	t.Run("a directory of the same name created meanwhile", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "new")
		err := atomicfile.Replace(name, func(io.Writer) error { return os.Mkdir(name, 0o700) })
		require.Error(t, err)
		entries, err := os.ReadDir(filepath.Dir(name))
		require.NoError(t, err)
		require.Len(t, entries, 1, "nothing is left behind")
	})
}

// TestRefused tests names that both Replace and Check refuse, without changing anything.
func TestRefused(t *testing.T) {
	for _, test := range []struct {
		name string
		path func(t *testing.T, old string) string
		want string
	}{
		{"a directory", func(t *testing.T, old string) string { return filepath.Dir(old) }, "not a regular file"},
		{"a link", func(t *testing.T, old string) string { return link(t, old) }, "not a regular file"},
		{"a broken link", func(t *testing.T, old string) string { return link(t, old+".none") }, "not a regular file"},
		{"a missing directory", func(t *testing.T, old string) string {
			return filepath.Join(filepath.Dir(old), "none", "file")
		}, "none"},
		{"a file instead of the directory", func(t *testing.T, old string) string {
			return filepath.Join(old, "file")
		}, "old"},
	} {
		t.Run(test.name, func(t *testing.T) {
			first := old(t)
			path := test.path(t, first)
			err := atomicfile.Replace(path, func(io.Writer) error {
				t.Error("write must not be called")
				return nil
			})
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, atomicfile.Check(path), test.want)
			holds(t, first, "old")
		})
	}
}

func TestCheck(t *testing.T) {
	name := old(t)
	require.NoError(t, atomicfile.Check(name))
	holds(t, name, "old")

	none := filepath.Join(t.TempDir(), "none")
	require.NoError(t, atomicfile.Check(none))
	entries, err := os.ReadDir(filepath.Dir(none))
	require.NoError(t, err)
	require.Empty(t, entries, "nothing is left behind")
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// old returns the name of an existing file, alone in its directory.
func old(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "old")
	require.NoError(t, os.WriteFile(name, []byte("old"), 0o600))
	return name
}

func link(t *testing.T, to string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(to, name))
	return name
}

// holds requires that a file has the content want and is alone in its directory.
func holds(t *testing.T, name, want string) {
	t.Helper()
	got, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
	entries, err := os.ReadDir(filepath.Dir(name))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestLeftovers(t *testing.T) {
	name := old(t)
	dir := filepath.Dir(name)
	none := func(t *testing.T) {
		t.Helper()
		found, err := atomicfile.Leftovers(name)
		require.NoError(t, err)
		require.Empty(t, found)
	}
	none(t)
	put := func(base string, mode fs.FileMode) string {
		path := filepath.Join(dir, base)
		require.NoError(t, os.WriteFile(path, []byte("contacts"), mode))
		return path
	}
	others := []string{
		put(".old.saving-12a", 0o600), put(".old.saving-", 0o600), put("old.saving-12", 0o600),
		put(".older.saving-12", 0o600), put("..old.saving-12", 0o600), put(".old.saving-12.bak", 0o600),
		put(".old.saving-3", 0o644),
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, ".old.saving-4"), 0o700))
	require.NoError(t, os.Symlink(name, filepath.Join(dir, ".old.saving-5")))
	none(t)
	want := []string{put(".old.saving-0", 0o600), put(".old.saving-4294967295", 0o600)}
	found, err := atomicfile.Leftovers(name)
	require.NoError(t, err)
	require.Equal(t, want, found)
	for _, path := range want {
		require.NoError(t, atomicfile.Remove(path))
		require.NoFileExists(t, path)
	}
	none(t)
	for _, path := range append(others, name) {
		require.FileExists(t, path)
	}

	t.Run("of a missing directory", func(t *testing.T) {
		_, err := atomicfile.Leftovers(filepath.Join(dir, "none", "file"))
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("what is written now", func(t *testing.T) {
		name := old(t)
		require.NoError(t, atomicfile.Replace(name, func(w io.Writer) error {
			found, err := atomicfile.Leftovers(name)
			require.NoError(t, err)
			require.Equal(t, []string{w.(*os.File).Name()}, found)
			require.ErrorIs(t, atomicfile.Remove(found[0]), atomicfile.ErrInUse)
			return text("new")(w)
		}))
		holds(t, name, "new")
	})
	t.Run("while others save", func(t *testing.T) {
		name := old(t)
		stop := make(chan struct{})
		var remover sync.WaitGroup
		remover.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				found, _ := atomicfile.Leftovers(name)
				for _, path := range found {
					_ = atomicfile.Remove(path)
				}
			}
		})
		for range 200 {
			require.NoError(t, atomicfile.Replace(name, text("new")))
		}
		close(stop)
		remover.Wait()
		holds(t, name, "new")
	})
}
