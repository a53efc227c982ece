package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
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

// durable reports whether the program keeps each change at once, in a directory or in a shared log.
func (o *options) durable() bool { return o.data != "" || o.nats.URL != "" }

// place returns where it does, for messages: the name of a flag, and its value.
func (o *options) place() (name, value string) {
	if o.nats.URL != "" {
		return "site", o.nats.Site
	}
	return "data", o.data
}

// openData opens the store of -data or -nats, and fills a new one with the store of -load.
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
	place, name := d.place()
	switch {
	case from != nil && errors.Is(err, contacts.ErrLogConflict):
		return nil, fmt.Errorf("%s %s: there is a store already, which -load does not replace: "+
			"start without -load, or name a new one", place, name)
	case err != nil:
		return nil, fmt.Errorf("%s %s: %w", place, name, explained(err))
	}
	found := s.Recovery()
	d.log.Info("opened", append(about(s.Snapshot()),
		place, name, "snapshot", found.Snapshot, "commits", found.Commits, "took", time.Since(started))...)
	for _, err := range found.Damaged {
		d.log.Warn("a snapshot is damaged: an older one and more commits replaced it; SIGHUP or contactsd compact "+
			"writes a new one", place, name, "error", err)
	}
	if d.nats.URL != "" {
		go d.reportFailure(s) // until the store is closed
	}
	return s, nil
}

// openLogOf opens the store in the log of the flags, or, unless from is nil, a new one.
func (d *daemon) openLogOf(
	ctx context.Context, from *contacts.Snapshot, opts *contacts.Options,
) (*contacts.Store, error) {
	open := d.openDir
	if d.nats.URL != "" {
		open, opts.SharedLog = d.openSite, true
	}
	log, err := open(ctx)
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

// openDir opens the log in the directory of -data.
func (d *daemon) openDir(ctx context.Context) (storeLog, error) {
	if err := checkDir(d.data); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return d.world.openLog(ctx, d.data, &boltlog.Options{Sync: d.sync})
}

// closeData closes the store of -data or -nats, after all that it has acknowledged is durable.
func (d *daemon) closeData(s *contacts.Store) error {
	sn := s.Snapshot()
	err := s.Sync(context.Background())
	closeErr := s.Close()
	if failed := d.watched.failed.Load(); failed != nil {
		err = *failed // the others only follow from it
	} else {
		err = errors.Join(err, closeErr)
	}
	place, name := d.place()
	if err != nil {
		return fmt.Errorf("%s %s: %w", place, name, err)
	}
	d.log.Info("closed", append(about(sn), place, name)...)
	return nil
}

// compact makes the log small and forgets what was deleted.
func (d *daemon) compact(ctx context.Context, s *contacts.Store) {
	started := time.Now()
	place, name := d.place()
	if _, err := s.Erase(ctx); err == nil {
		d.log.Info("compacted", append(about(s.Snapshot()), place, name, "took", time.Since(started))...)
	} else if ctx.Err() == nil {
		d.log.Error("not compacted", place, name, "error", err)
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
	if err != nil && !slices.ContainsFunc(passing, func(c contacts.Code) bool { return errors.Is(err, c) }) {
		w.report(err)
	}
	return at, err
}

// passing are the codes of errors with which the store continues, or that it gets because it was closed.
var passing = []contacts.Code{
	contacts.ErrLogConflict, contacts.ErrLogCompacted, contacts.ErrLogUnavailable, contacts.ErrLogUnknown,
	contacts.ErrLogClosed,
}

// report reports an error that makes the store read-only, unless it has reported one.
func (w *watchedLog) report(err error) {
	if w.failed.CompareAndSwap(nil, &err) {
		w.to.Error("the store is read-only until the next start: writes fail with STORE_READ_ONLY", "error", err)
	}
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
	case errors.Is(err, contacts.ErrLogUnavailable):
		return fmt.Errorf("no server answers: %w", err)
	case errors.Is(err, contacts.ErrLogCorrupt):
		return fmt.Errorf("damaged: %w", err)
	default:
		return err
	}
}
