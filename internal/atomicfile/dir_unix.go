//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// directory is an open directory.
type directory struct{ f *os.File }

func openDir(name string) (directory, error) {
	f, err := os.Open(name)
	return directory{f}, err
}

// Sync writes the names in the directory to the disk, if the file system supports it.
func (d directory) Sync() error {
	err := d.f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil // as on a network file system, which syncs by itself or not at all
	}
	return err
}

func (d directory) Close() error { return d.f.Close() }
