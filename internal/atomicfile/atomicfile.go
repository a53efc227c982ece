// Package atomicfile replaces files atomically: at every moment a file has either its old or its new content, all of
// it.
package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Replace creates or replaces a file with the content that write writes. A reader sees either the old file or the new
// one, never a part of it, even if the program or the machine stops meanwhile: the new file is on the disk before it
// gets its name. Only the owner may read the new file, whatever the permissions of the old one.
//
// A program that is killed meanwhile leaves a file .NAME.saving-… in the same directory, which can be deleted.
//
// After an error the old file is still there, with one exception: the new file is in place, but syncing or closing the
// directory failed.
func Replace(name string, write func(io.Writer) error) (err error) {
	dir, err := openDir(filepath.Dir(name)) // before the rename, after which it would be too late to fail
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	f, err := create(name)
	if err != nil {
		return err
	}
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
	f, err := create(name)
	if err != nil {
		return errors.Join(err, dir.Close())
	}
	return errors.Join(f.Close(), os.Remove(f.Name()), dir.Close())
}

// create creates the temporary file. It is in the same directory, because a rename cannot move a file to another disk.
func create(name string) (*os.File, error) {
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file") // a rename would replace a link, or /dev/null
	}
	return os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".saving-*") // of mode 0600
}
