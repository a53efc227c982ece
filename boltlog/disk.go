package boltlog

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// Personal data is for its owner only.
const (
	fileMode = 0o600
	dirMode  = 0o700
)

// disk is what this package asks of the file system to change it, apart from what bbolt writes. Tests replace it.
type disk interface {
	MakeDir(path string) error
	Create(path string) (file, error) // it must not exist
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(path string) error // makes the names in the directory durable
}

type file interface {
	io.WriteCloser
	Sync() error
}

type osDisk struct{}

func (osDisk) MakeDir(path string) error { return os.Mkdir(path, dirMode) }

func (osDisk) Create(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
}

func (osDisk) Rename(from, to string) error { return os.Rename(from, to) }

func (osDisk) Remove(path string) error { return os.Remove(path) }

func (osDisk) SyncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there; a rename is in the journal of NTFS
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// makeDir creates a directory, whose parent must exist, unless it exists.
func makeDir(d disk, path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	if err := d.MakeDir(path); err != nil {
		return err
	}
	return d.SyncDir(filepath.Dir(path))
}
