//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package boltlog

import (
	"errors"
	"os"
)

func tryLock(string, bool) (*os.File, error) { return nil, errors.ErrUnsupported }
