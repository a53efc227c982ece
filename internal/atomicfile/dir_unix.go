//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// directory is where a file has its name.
type directory struct{ f *os.File }

func openDir(name string) (directory, error) {
	f, err := os.Open(name)
	return directory{f}, err
}

// Sync makes the names in the directory last, where the file system can.
func (d directory) Sync() error {
	err := d.f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil // such as one on the network: it does so by itself, or nobody can
	}
	return err
}

func (d directory) Close() error { return d.f.Close() }
