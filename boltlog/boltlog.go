// Package boltlog keeps the log of a contacts store in a directory of one machine, on bbolt: [go.etcd.io/bbolt].
//
// # Files
//
//	lock            locked while the log is open
//	00000042.log    the entries of generation 42, a bbolt file
//	00000042.snap   the snapshot that was saved when generation 42 began
//	*.new           being written; removed by the next Open
//
// Saving a snapshot begins a new generation, so that compaction deletes whole files: a bbolt file never shrinks. Files
// can be read by their owner only (modes 0600 and 0700); they contain personal data. Files of other names are ignored.
// A file system that is shared by several machines is not supported.
//
// # Damage
//
// All entries and snapshots are sealed with checksums, and Open checks the whole structure of the newest log file. Any
// damage is an error with LOG_CORRUPT and the file, and nothing is repaired: restore the directory, or the damaged
// file, from a copy. An append is atomic in bbolt, so a crash leaves no half entry behind that would have to be cut
// off.
//
// # Failure
//
// The first error of the disk while an entry is written is final for the log: it is not known what the disk has, and a
// failed sync may have dropped data that a repeated sync would not report. Every later Append fails with the same
// error. Entries can still be read, but nothing can be written until the log is closed and opened again. All
// acknowledged entries are there then. Whether the one that failed is there is only known then. An error while a
// snapshot is saved is not final, unless a new generation has begun that may not be on the disk.
package boltlog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/contactsdb/contacts"
)

// SyncPolicy says when an acknowledged entry is durable, and so what can be lost. The zero value is Always.
type SyncPolicy time.Duration

const (
	// Always makes an entry durable before Append returns. Nothing that was acknowledged is lost if the process, the
	// system or the power fails.
	Always SyncPolicy = 0

	// Never leaves writing to the disk to the operating system. Nothing is lost if the process is killed. If the system
	// or the power fails, everything since the newest snapshot but one can be lost, and the log may fail to open with
	// LOG_CORRUPT. It is meant for tests.
	Never SyncPolicy = -1
)

// Every collects entries in memory and writes them together, at most d after the first one was acknowledged, and when
// the log is closed or synced. What was acknowledged within the last d is lost if the process, the system or the power
// fails; what remains is a beginning of the log, without gaps. It panics if d is not positive.
func Every(d time.Duration) SyncPolicy {
	if d <= 0 {
		panic("boltlog: the time between two syncs must be positive")
	}
	return SyncPolicy(d)
}

// Options configure a log. The zero value of a field selects its default.
type Options struct {
	// Sync says when entries become durable, default Always.
	Sync SyncPolicy

	// LockTimeout limits the time that Open waits for another process to close the log, default one second. A negative
	// value means not to wait.
	LockTimeout time.Duration

	// ReadOnly opens the log only to read it: Append, Save and Compact fail, and nothing in the directory changes.
	// Several processes can have a log open like this at once, but none while another one has it open for writing. The
	// directory must have a log.
	ReadOnly bool

	disk disk // of tests
}

// MaxEntry is the greatest length of an entry in bytes.
const MaxEntry = 16 << 20

// errReadOnly is the error of writes to a log that was opened with Options.ReadOnly.
var errReadOnly = errors.New("the log was opened read-only")

// Log is a log in a directory. It implements [contacts.Log], [contacts.Snapshotter] and [contacts.Syncer].
type Log struct {
	dir     string
	opts    Options
	id      [16]byte
	removed []string
	lock    *os.File
	done    chan struct{} // closed with the log
	once    sync.Once

	// Locks are taken in this order.
	saving  sync.Mutex // of Save and Compact
	writing sync.Mutex // of everything that writes to the newest log file
	mu      sync.RWMutex

	// Guarded by mu. Written with writing locked as well, so that a writer can read them without mu.
	segments []segment // oldest first, without the newest if there is a writer
	writer   *writer   // nil if read-only
	last     contacts.Seq
	pending  [][]byte      // acknowledged, not yet written: the entries up to last; never changed
	failed   error         // the first error of a write
	changed  chan struct{} // closed when last grows

	timer        *time.Timer // guarded by writing: writes pending
	pendingBytes int         // guarded by writing
}

var (
	_ contacts.Log         = (*Log)(nil)
	_ contacts.Snapshotter = (*Log)(nil)
	_ contacts.Syncer      = (*Log)(nil)
)

// Open opens the log in a directory and creates both if they do not exist; the parent of the directory must exist. A
// nil opts selects the defaults. The log is locked until it is closed or the process ends.
//
// Errors: LOG_LOCKED, LOG_CORRUPT with a *contacts.CorruptError, LOG_FORMAT, errors of the file system such as
// fs.ErrPermission, and those of ctx. Then nothing has changed, except that there may be a new, empty log.
func Open(ctx context.Context, dir string, opts *Options) (*Log, error) {
	l := &Log{dir: dir, done: make(chan struct{}), changed: make(chan struct{})}
	if opts != nil {
		l.opts = *opts
	}
	if l.opts.disk == nil {
		l.opts.disk = osDisk{}
	}
	switch {
	case l.opts.LockTimeout == 0:
		l.opts.LockTimeout = time.Second
	case l.opts.LockTimeout < 0:
		l.opts.LockTimeout = 0
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("boltlog: %w", err)
	}
	if err := l.lockDir(ctx); err != nil {
		return nil, fmt.Errorf("boltlog: %w", err)
	}
	if err := l.open(); err != nil {
		if l.lock != nil {
			err = errors.Join(err, l.lock.Close())
		}
		return nil, err
	}
	return l, nil
}

func (l *Log) lockDir(ctx context.Context) (err error) {
	path := filepath.Join(l.dir, lockName)
	if !l.opts.ReadOnly {
		if err := makeDir(l.opts.disk, l.dir); err != nil {
			return err
		}
		l.lock, err = lock(ctx, path, false, l.opts.LockTimeout)
		return err
	}
	l.lock, err = lock(ctx, path, true, l.opts.LockTimeout)
	if errors.Is(err, os.ErrNotExist) { // a copy of a log: whoever wants to write to it creates the file first
		return nil
	}
	return err
}

// open reads what there is.
func (l *Log) open() error {
	files, err := list(l.dir)
	if err != nil {
		return err
	}
	if len(files.logs) == 0 {
		return l.create(files)
	}
	for i, generation := range files.logs {
		newest := i == len(files.logs)-1
		s, err := l.openSegment(generation, newest)
		if err != nil {
			return err
		}
		if err := l.follows(s); err != nil {
			return err
		}
		l.segments = append(l.segments, s)
	}
	newest := l.segments[len(l.segments)-1]
	if n := len(files.snapshots); n > 0 && files.snapshots[n-1] > newest.generation {
		return missing(files.snapshots[n-1])
	}
	l.id, l.last = newest.log, newest.last
	if l.opts.ReadOnly {
		return nil
	}
	if err := l.removeUnfinished(files); err != nil {
		return err
	}
	l.segments = l.segments[:len(l.segments)-1]
	l.writer, err = l.openWriter(newest)
	return err
}

// missing is the error for a log file that does not exist.
func missing(generation uint64) error {
	return &contacts.CorruptError{File: logName(generation), Offset: -1, Reason: "the file is missing"}
}

// openSegment reads the header of a log file, and all of it if bbolt will open it.
func (l *Log) openSegment(generation uint64, all bool) (_ segment, err error) {
	s, err := openSegment(l.dir, generation)
	if err != nil {
		return segment{}, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if all {
		for _, err := range s.entries(s.at) {
			if err != nil {
				return segment{}, err
			}
		}
	}
	return s.segment, nil
}

// follows reports whether a log file continues the one before it.
func (l *Log) follows(s segment) error {
	if len(l.segments) == 0 {
		return nil
	}
	before := l.segments[len(l.segments)-1]
	switch {
	case s.log != before.log:
		return &contacts.CorruptError{File: s.name(), Offset: -1, Reason: "the file belongs to another log"}
	case s.generation != before.generation+1:
		return missing(before.generation + 1)
	case s.at != before.last:
		return &contacts.CorruptError{
			File: s.name(), Offset: -1, Seq: before.last + 1, Reason: "the file does not continue the one before it",
		}
	}
	return nil
}

// create begins a log.
func (l *Log) create(files listing) error {
	if n := len(files.snapshots); n > 0 {
		return missing(files.snapshots[n-1])
	}
	if l.opts.ReadOnly {
		return fmt.Errorf("boltlog: no log in the directory: %w", os.ErrNotExist)
	}
	if err := l.removeUnfinished(files); err != nil {
		return err
	}
	rand.Read(l.id[:]) // never fails
	first, err := l.createSegment(header{log: l.id, generation: 1})
	if err != nil {
		return fmt.Errorf("boltlog: %w", err)
	}
	l.writer, err = l.openWriter(first)
	return err
}

// createSegment creates the log file of a generation. If it fails after the file has its name, the error is a
// placedError.
func (l *Log) createSegment(h header) (segment, error) {
	path, d := filepath.Join(l.dir, logName(h.generation)), l.opts.disk
	if err := createLogFile(d, path+newExt, h, l.opts.LockTimeout); err != nil {
		return segment{}, err
	}
	if err := d.Rename(path+newExt, path); err != nil {
		return segment{}, errors.Join(err, d.Remove(path+newExt))
	}
	if err := d.SyncDir(l.dir); err != nil {
		return segment{}, placedError{err}
	}
	return segment{header: h, path: path, last: h.at}, nil
}

// placedError is an error that came after a new log file got its name.
type placedError struct{ error }

func (e placedError) Unwrap() error { return e.error }

// openWriter opens the newest log file to write to it.
func (l *Log) openWriter(s segment) (*writer, error) {
	db, err := openBolt(s.path, l.opts.LockTimeout, l.opts.Sync < 0)
	if err != nil {
		return nil, fmt.Errorf("boltlog: file %s: %w", s.name(), err)
	}
	return &writer{header: s.header, path: s.path, db: db}, nil
}

func (l *Log) removeUnfinished(files listing) error {
	for _, name := range files.unfinished {
		if err := l.opts.disk.Remove(filepath.Join(l.dir, name)); err != nil {
			return fmt.Errorf("boltlog: %w", err)
		}
		l.removed = append(l.removed, name)
	}
	return nil
}

// Removed returns the names of the unfinished files that Open removed: what a process left behind that stopped while it
// began a generation or saved a snapshot. They had nothing that was acknowledged.
func (l *Log) Removed() []string { return slices.Clone(l.removed) }

// Err returns the error that made the log read-only, or nil.
func (l *Log) Err() error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.failed
}
