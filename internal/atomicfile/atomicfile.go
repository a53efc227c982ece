// Package atomicfile replaces files atomically: at every moment a file has either its old or its new content, all of
// it.
package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Replace creates or replaces a file with the content that write writes. A reader sees either the old file or the new
// one, never a part of it, even if the program or the machine stops meanwhile: the new file is on the disk before it
// gets its name. Only the owner may read the new file, whatever the permissions of the old one.
//
// A program that is killed meanwhile leaves a file .NAME.saving-… in the same directory: see [Leftovers].
//
// After an error the old file is still there, with one exception: the new file is in place, but syncing or closing the
// directory failed.
func Replace(name string, write func(io.Writer) error) (err error) {
	dir, err := openDir(filepath.Dir(name)) // before the rename, after which it would be too late to fail
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	f, guard, err := create(name)
	if err != nil {
		return err
	}
	defer guard.Close() // its error does not matter: it was only read
	renamed := false
	defer func() {
		if !renamed { // also if write panicked
			f.Close()
			os.Remove(f.Name())
		}
	}()
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	renamed = true
	return dir.Sync()
}

// Check reports why Replace would fail for this name, as far as that can be known in advance.
func Check(name string) error {
	dir, err := openDir(filepath.Dir(name))
	if err != nil {
		return err
	}
	f, guard, err := create(name)
	if err != nil {
		return errors.Join(err, dir.Close())
	}
	defer guard.Close()
	return errors.Join(f.Close(), os.Remove(f.Name()), dir.Close())
}

// create creates the temporary file. It is in the same directory, because a rename cannot move a file to another disk.
// Until guard is closed, Remove does not take it for a leftover.
func create(name string) (f, guard *os.File, err error) {
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, nil, errors.New("not a regular file") // a rename would replace a link, or /dev/null
	}
	for {
		f, err = os.CreateTemp(filepath.Dir(name), prefix(name)+"*") // of mode 0600
		if err != nil {
			return nil, nil, err
		}
		guard, err = lock(f.Name())
		if err == nil || !errors.Is(err, errTaken) { // a file system may have no locks
			return f, guard, nil
		}
		f.Close() // Remove has taken it for a leftover just now
	}
}

// prefix returns the beginning of the names of the temporary files for a file. Digits follow.
func prefix(name string) string { return "." + filepath.Base(name) + ".saving-" }

// Leftovers returns the paths of the temporary files for this name, sorted: what calls of [Replace] left because their
// program was killed, and what they are writing now. Other files are not among them: only regular files with names as
// Replace chooses them, that only their owner may read.
func Leftovers(name string) ([]string, error) {
	dir := filepath.Dir(name)
	entries, err := os.ReadDir(dir)
	var found []string
	for _, entry := range entries {
		digits, ok := strings.CutPrefix(entry.Name(), prefix(name))
		if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
			continue
		}
		if info, err := entry.Info(); err == nil && info.Mode() == 0o600 {
			found = append(found, filepath.Join(dir, entry.Name()))
		}
	}
	return found, err
}

// ErrInUse is the error of [Remove] for a file that may be in use.
var ErrInUse = errors.New("another program may be writing it")

// Remove removes one of the [Leftovers], unless a call of Replace is still writing it.
//
// Errors: ErrInUse, also where the system cannot tell, and those of the file system.
func Remove(path string) error {
	guard, err := lock(path)
	switch {
	case errors.Is(err, errTaken), errors.Is(err, errors.ErrUnsupported):
		return ErrInUse
	case err != nil:
		return err
	}
	defer guard.Close()
	return os.Remove(path)
}

// errTaken means that another holder has locked the file or, until a moment ago, had.
var errTaken = errors.New("the file is locked or gone")

// isAt reports whether a path names the open file itself, not a link to it.
func isAt(f *os.File, path string) bool {
	a, err1 := f.Stat()
	b, err2 := os.Lstat(path)
	return err1 == nil && err2 == nil && os.SameFile(a, b)
}
