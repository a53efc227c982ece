package boltlog

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/contactsdb/contacts"
)

// A writer is the log file to which entries are added, open in bbolt.
type writer struct {
	header
	path string
	db   *bbolt.DB
	buf  []byte // for sealed entries
}

// guarded calls bbolt. A page of a mapped file that cannot be read is a fault of memory, and bbolt panics when an
// assertion fails: both become errors.
func guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("bbolt panicked: %v", r)
		}
	}()
	return wrapErrno(fn())
}

// wrapErrno wraps the error of the system that an error of bbolt only has in its text: bbolt formats those that come
// when a file grows. A full disk is the one that callers most want to know.
func wrapErrno(err error) error {
	if err == nil {
		return nil
	}
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EIO, syscall.EFBIG, syscall.EROFS} {
		if strings.HasSuffix(err.Error(), ": "+errno.Error()) && !errors.Is(err, errno) {
			return errnoError{err, errno}
		}
	}
	return err
}

// errnoError is an error with the error of the system that its text ends with.
type errnoError struct {
	error
	errno syscall.Errno
}

func (e errnoError) Unwrap() []error { return []error{e.error, e.errno} }

func openBolt(path string, timeout time.Duration, noSync bool) (db *bbolt.DB, err error) {
	err = guarded(func() error {
		db, err = bbolt.Open(path, fileMode, &bbolt.Options{
			Timeout:        max(timeout, time.Millisecond), // 0 would wait forever
			NoFreelistSync: true,                           // found again by a scan: one page less in each commit
			FreelistType:   bbolt.FreelistMapType,
			NoStatistics:   true,
			NoSync:         noSync,
		})
		return err
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		err = fmt.Errorf("%w: %w", contacts.ErrLogLocked, err)
	}
	return db, err
}

// createLogFile creates a log file without entries, under a name that is not yet that of a log file.
func createLogFile(d disk, path string, h header, timeout time.Duration) (err error) {
	db, err := openBolt(path, timeout, false)
	if err == nil {
		err = guarded(func() error {
			return errors.Join(db.Update(func(tx *bbolt.Tx) error {
				b, err := tx.CreateBucket(bucketName)
				if err != nil {
					return err
				}
				return errors.Join(b.Put(keyOf(0), h.encode(logMagic)), b.SetSequence(uint64(h.at)))
			}), db.Close())
		})
	}
	if err != nil {
		if removeErr := d.Remove(path); !errors.Is(removeErr, os.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
	}
	return err
}

// append adds entries at first and the following places, all or none. After an error it is not known which.
func (w *writer) append(first contacts.Seq, entries ...[]byte) error {
	size := 0
	for _, data := range entries {
		size += sumSize + len(data)
	}
	if cap(w.buf) < size || cap(w.buf) > maxKeptBuffer {
		w.buf = make([]byte, 0, size)
	}
	return guarded(func() error {
		return w.db.Update(func(tx *bbolt.Tx) error {
			b, buf := tx.Bucket(bucketName), w.buf[:0]
			b.FillPercent = 1 // entries are only added at the end
			at := first
			for _, data := range entries {
				start := len(buf)
				buf = w.sealEntry(buf, at, data)
				if err := b.Put(keyOf(at), buf[start:len(buf):len(buf)]); err != nil {
					return err
				}
				at++
			}
			return b.SetSequence(uint64(at - 1))
		})
	})
}

// maxKeptBuffer is the size of a buffer that is not kept after a large append.
const maxKeptBuffer = 1 << 20

// read copies entries after after, up to end, until there are enough for one step of a loop: the transaction must not
// last while the loop's body runs, because a write that grows the map waits for all readers.
func (w *writer) read(after, end contacts.Seq, into *batch) error {
	name := logName(w.generation)
	into.reset()
	err := guarded(func() error {
		return w.db.View(func(tx *bbolt.Tx) error {
			c := tx.Bucket(bucketName).Cursor()
			next := after + 1
			for k, v := c.Seek(keyOf(next)); next <= end && !into.full(); k, v = c.Next() {
				if string(k) != string(keyOf(next)) {
					return &contacts.CorruptError{File: name, Offset: -1, Seq: next, Reason: "the entry is missing"}
				}
				data, ok := w.openEntry(next, v)
				if !ok {
					return &contacts.CorruptError{
						File: name, Offset: -1, Seq: next, Reason: "the entry has a wrong checksum",
					}
				}
				into.add(next, data)
				next++
			}
			return nil
		})
	})
	if err != nil && !errors.Is(err, contacts.ErrLogCorrupt) {
		return &contacts.CorruptError{File: name, Offset: -1, Seq: after + 1, Reason: err.Error()}
	}
	return err
}

func (w *writer) sync() error { return guarded(w.db.Sync) }

func (w *writer) close() error { return guarded(w.db.Close) }

// A batch are copies of entries, in one piece of memory.
type batch struct {
	first contacts.Seq
	ends  []int
	data  []byte
}

const batchEntries, batchBytes = 256, 1 << 18

func (b *batch) reset() { b.ends, b.data = b.ends[:0], b.data[:0] }

func (b *batch) full() bool { return len(b.ends) >= batchEntries || len(b.data) >= batchBytes }

func (b *batch) add(at contacts.Seq, data []byte) {
	if len(b.ends) == 0 {
		b.first = at
	}
	b.data = append(b.data, data...)
	b.ends = append(b.ends, len(b.data))
}

func (b *batch) entry(i int) contacts.Entry {
	start := 0
	if i > 0 {
		start = b.ends[i-1]
	}
	return contacts.Entry{Seq: b.first + contacts.Seq(i), Data: b.data[start:b.ends[i]:b.ends[i]]}
}
