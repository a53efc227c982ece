package boltlog

import (
	"errors"
	"os"
	"syscall"
)

// tryLock opens the file so that no other process can open it, or with shared only to read it, or returns errInUse. The
// lock ends when the file is closed, at the latest with the process.
func tryLock(path string, shared bool) (*os.File, error) {
	const sharingViolation syscall.Errno = 32
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	access, share, create := uint32(syscall.GENERIC_READ|syscall.GENERIC_WRITE), uint32(0), uint32(syscall.OPEN_ALWAYS)
	if shared {
		access, share, create = syscall.GENERIC_READ, syscall.FILE_SHARE_READ, syscall.OPEN_EXISTING
	}
	h, err := syscall.CreateFile(name, access, share, nil, create, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, sharingViolation) {
		return nil, errInUse
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}
