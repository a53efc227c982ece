// Package atomicfile writes files that are whole at every moment.
package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Replace puts a new file in the place of another, or of none. Who opens it finds the old one or the new one, and never
// a part, whatever happens on the way: the new one gets its name when it is on the disk. Only its owner may read it,
// whoever might read the old one.
//
// A program that is killed meanwhile leaves a file .NAME.saving-… beside it, which can be deleted.
//
// At an error the old file is still there, but for one: if it is only that the new name could not be made to last.
func Replace(name string, write func(io.Writer) error) (err error) {
	dir, err := openDir(filepath.Dir(name)) // first, as later is too late to find that it cannot be opened
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
		if !renamed { // write may also have panicked
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

// Check reports why Replace could not put a file there, as far as that can be told before it is to be done.
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

// create makes the file that is going to have the name: beside it, as a file does not change its disk by a new name.
func create(name string) (*os.File, error) {
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file") // the new one would take the place of a link, or of /dev/null
	}
	return os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".saving-*") // of mode 0600
}
