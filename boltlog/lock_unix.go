//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package boltlog

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks the file, exclusively or shared, or returns errInUse. The lock ends when the file is closed, at the
// latest with the process.
func tryLock(path string, shared bool) (*os.File, error) {
	flag, how := os.O_RDWR|os.O_CREATE, syscall.LOCK_EX
	if shared {
		flag, how = os.O_RDONLY, syscall.LOCK_SH
	}
	f, err := os.OpenFile(path, flag, fileMode)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
		err = errInUse
	}
	return nil, errors.Join(err, f.Close())
}
