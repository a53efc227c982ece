package boltlog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/contactsdb/contacts"
)

// errInUse: another process, or another Log of this one, holds the lock.
var errInUse = errors.New("the directory is in use")

// lockPause is the time between two attempts.
const lockPause = 10 * time.Millisecond

// lock waits for the lock of a directory. bbolt locks its own file, too, but a log has several in turn: without a lock
// on all of them another process could open a new file before its creator has locked it.
func lock(ctx context.Context, path string, shared bool, timeout time.Duration) (*os.File, error) {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	for {
		f, err := tryLock(path, shared)
		if err == nil || !errors.Is(err, errInUse) {
			return f, err
		}
		select {
		case <-time.After(lockPause):
		case <-deadline.C:
			return nil, fmt.Errorf("%w: %w", contacts.ErrLogLocked, errInUse)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
