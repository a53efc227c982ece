package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
)

// storeLog is what the program needs of a log: all that boltlog.Log has for a store.
type storeLog interface {
	contacts.Log
	contacts.Snapshotter
	contacts.Syncer
}

// openLog opens the log in a directory.
func openLog(ctx context.Context, dir string, opts *boltlog.Options) (storeLog, error) {
	log, err := boltlog.Open(ctx, dir, opts)
	if err != nil {
		return nil, err // not a nil *boltlog.Log in an interface
	}
	return log, nil
}

// openData opens the store in the directory of -data, and fills a new one with the store of -load.
func (d *daemon) openData(ctx context.Context, opts *contacts.Options) (*contacts.Store, error) {
	started := time.Now()
	var from *contacts.Snapshot
	if d.load != "" { // first: a file that cannot be loaded leaves no directory behind
		loaded, _, err := d.loadFile(ctx, opts)
		if err != nil {
			return nil, err
		}
		from = loaded.Snapshot()
	}
	s, err := d.openLogOf(ctx, from, opts)
	switch {
	case from != nil && errors.Is(err, contacts.ErrLogConflict):
		return nil, fmt.Errorf("data %s: there is a store already, which -load does not replace: "+
			"start without -load, or name a new directory", d.data)
	case err != nil:
		return nil, fmt.Errorf("data %s: %w", d.data, explained(err))
	}
	found := s.Recovery()
	d.log.Info("opened", append(about(s.Snapshot()),
		"data", d.data, "snapshot", found.Snapshot, "commits", found.Commits, "took", time.Since(started))...)
	for _, err := range found.Damaged {
		d.log.Warn("a snapshot is damaged: an older one and more commits replaced it; SIGHUP or contactsd compact "+
			"writes a new one", "data", d.data, "error", err)
	}
	return s, nil
}

// openLogOf opens the store in the directory, or, unless from is nil, a new one.
func (d *daemon) openLogOf(
	ctx context.Context, from *contacts.Snapshot, opts *contacts.Options,
) (*contacts.Store, error) {
	if err := checkDir(d.data); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	log, err := d.world.openLog(ctx, d.data, &boltlog.Options{Sync: d.sync})
	if err != nil {
		return nil, err
	}
	if l, ok := log.(interface{ Removed() []string }); ok && len(l.Removed()) > 0 {
		d.log.Info("removed unfinished files of a program that was killed", "data", d.data, "files", l.Removed())
	}
	d.watched = &watchedLog{storeLog: log, to: d.log}
	if from != nil {
		return contacts.Restore(ctx, d.watched, from, opts)
	}
	return contacts.Open(ctx, d.watched, opts)
}

// closeData closes the store in the directory, after all that it has acknowledged is on the disk.
func (d *daemon) closeData(s *contacts.Store) error {
	sn := s.Snapshot()
	err := s.Sync(context.Background())
	closeErr := s.Close()
	if failed := d.watched.failed.Load(); failed != nil {
		err = *failed // the others only follow from it
	} else {
		err = errors.Join(err, closeErr)
	}
	if err != nil {
		return fmt.Errorf("data %s: %w", d.data, err)
	}
	d.log.Info("closed", append(about(sn), "data", d.data)...)
	return nil
}

// compact makes the directory small and forgets what was deleted.
func (d *daemon) compact(ctx context.Context, s *contacts.Store) {
	started := time.Now()
	if _, err := s.Erase(ctx); err == nil {
		d.log.Info("compacted", append(about(s.Snapshot()), "data", d.data, "took", time.Since(started))...)
	} else if ctx.Err() == nil {
		d.log.Error("not compacted", "data", d.data, "error", err)
	}
}

// watchedLog reports when the log fails: the store itself shows it only to those who write.
type watchedLog struct {
	storeLog
	to     *slog.Logger
	failed atomic.Pointer[error] // the first error that made the store read-only
}

// Append reports the error that makes the store read-only, once.
func (w *watchedLog) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	at, err := w.storeLog.Append(ctx, after, data)
	if err != nil && !errors.Is(err, contacts.ErrLogConflict) && !errors.Is(err, contacts.ErrLogClosed) &&
		w.failed.CompareAndSwap(nil, &err) {
		w.to.Error("the store is read-only until the next start: writes fail with STORE_READ_ONLY", "error", err)
	}
	return at, err
}

// checkDir reports whether a path is a directory.
func checkDir(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = errors.New("not a directory")
	}
	return err
}

// explained adds an explanation to an error of a log, for someone who starts the program.
func explained(err error) error {
	switch {
	case errors.Is(err, contacts.ErrLogLocked):
		return fmt.Errorf("another process is using it: %w", err)
	case errors.Is(err, contacts.ErrLogFormat):
		return fmt.Errorf("a later version of this program has written to it: %w", err)
	case errors.Is(err, contacts.ErrLogCorrupt):
		return fmt.Errorf("damaged: %w", err)
	default:
		return err
	}
}
