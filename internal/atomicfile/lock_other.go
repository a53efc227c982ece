//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package atomicfile

import (
	"errors"
	"os"
)

// lock would lock a file, which this system cannot.
func lock(string) (*os.File, error) { return nil, errors.ErrUnsupported }
