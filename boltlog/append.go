package boltlog

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/contactsdb/contacts"
)

// begin reports whether a call may begin.
func (l *Log) begin(ctx context.Context) error {
	select {
	case <-l.done:
		return errClosed()
	default:
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("boltlog: %w", err)
	}
	return nil
}

func errClosed() error { return fmt.Errorf("boltlog: %w", contacts.ErrLogClosed) }

// Append implements [contacts.Log]. It does not return before the entry is written even if ctx is done meanwhile: it
// never fails with LOG_UNAVAILABLE or LOG_UNKNOWN. An error of the disk, such as syscall.ENOSPC, is wrapped and final.
func (l *Log) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	if err := l.begin(ctx); err != nil {
		return 0, err
	}
	if len(data) > MaxEntry {
		return 0, fmt.Errorf("boltlog: %w", contacts.ErrLogTooLarge)
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.begin(ctx); err != nil { // Close may have come first
		return 0, err
	}
	if after != l.last {
		return l.settle(ctx, after, data)
	}
	if err := l.writable(); err != nil {
		return 0, err
	}
	if l.opts.Sync > 0 {
		return l.collect(data)
	}
	if err := l.writer.append(after+1, data); err != nil {
		return 0, l.fail(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.advance(), nil
}

// writable reports why nothing can be written.
func (l *Log) writable() error {
	switch {
	case l.opts.ReadOnly:
		return fmt.Errorf("boltlog: %w", errReadOnly)
	case l.failed != nil:
		return fmt.Errorf("boltlog: read-only since an earlier error: %w", l.failed)
	}
	return nil
}

// fail makes the log read-only.
func (l *Log) fail(err error) error {
	err = fmt.Errorf("boltlog: file %s: %w", logName(l.writer.generation), err)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = err
	}
	return err
}

// advance announces one more entry. mu is locked.
func (l *Log) advance() contacts.Seq {
	l.last++
	close(l.changed)
	l.changed = make(chan struct{})
	return l.last
}

// settle returns the outcome of an Append that is not at the end: the entry is there already, or never will be.
func (l *Log) settle(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	if after < l.last {
		for e, err := range l.Read(ctx, after) {
			if err != nil {
				return 0, err
			}
			if bytes.Equal(e.Data, data) {
				return e.Seq, nil
			}
			break
		}
	}
	return 0, fmt.Errorf("boltlog: %w", contacts.ErrLogConflict)
}

// maxPending limits the bytes that Every collects.
const maxPending = 4 << 20

// collect acknowledges an entry that will be written later.
func (l *Log) collect(data []byte) (contacts.Seq, error) {
	if l.pendingBytes += len(data); l.pendingBytes > maxPending {
		if err := l.flush(bytes.Clone(data)); err != nil {
			return 0, err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.advance(), nil
	}
	if len(l.pending) == 0 {
		l.timer = time.AfterFunc(time.Duration(l.opts.Sync), l.flushLater)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = append(l.pending, bytes.Clone(data))
	return l.advance(), nil
}

// flushLater is called by the timer.
func (l *Log) flushLater() {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.begin(context.Background()) == nil && l.failed == nil {
		l.flush() // an error is that of the next Append
	}
}

// flush writes what was collected, and more. writing is locked. After an error the entries can still be read.
func (l *Log) flush(more ...[]byte) error {
	if l.timer != nil {
		l.timer.Stop()
	}
	l.pendingBytes = 0
	all := append(l.pending[:len(l.pending):len(l.pending)], more...)
	if len(all) == 0 {
		return nil
	}
	first := l.last - contacts.Seq(len(l.pending)) + 1
	if err := l.writer.append(first, all...); err != nil {
		return l.fail(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = nil
	return nil
}

// Sync implements [contacts.Syncer]. With Always there is nothing to do.
func (l *Log) Sync(ctx context.Context) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.begin(ctx); err != nil {
		return err
	}
	if l.opts.ReadOnly || l.opts.Sync == Always {
		return nil
	}
	if err := l.writable(); err != nil {
		return err
	}
	if err := l.flush(); err != nil {
		return err
	}
	if l.opts.Sync < 0 {
		if err := l.writer.sync(); err != nil {
			return l.fail(err)
		}
	}
	return nil
}

// MaxEntry implements [contacts.Log].
func (l *Log) MaxEntry() int { return MaxEntry }

// Close implements [contacts.Log]. It waits for an Append in progress; a Save in progress fails.
//
// The error is that of writing what Every has collected, or of closing the files. The log is closed in any case.
func (l *Log) Close() (err error) {
	l.once.Do(func() {
		close(l.done)
		l.saving.Lock()
		defer l.saving.Unlock()
		l.writing.Lock()
		defer l.writing.Unlock()
		err = l.release()
	})
	return err
}

func (l *Log) release() (err error) {
	if l.writer != nil {
		if l.failed == nil {
			err = l.flush()
		} else if len(l.pending) > 0 {
			err = l.failed
		}
		l.mu.Lock() // no reader is in bbolt
		defer l.mu.Unlock()
		if closeErr := l.writer.close(); err == nil && closeErr != nil {
			err = fmt.Errorf("boltlog: %w", closeErr)
		}
	}
	if l.lock != nil {
		if closeErr := l.lock.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("boltlog: %w", closeErr)
		}
	}
	return err
}
