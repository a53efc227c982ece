package boltlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/contactsdb/contacts"
)

// keptSnapshots is the number of snapshots that stay.
const keptSnapshots = 2

// Save implements [contacts.Snapshotter]. It begins a new generation, then writes the snapshot, while entries can be
// appended, and reads it back. write must not call Save, Compact or Close.
func (l *Log) Save(ctx context.Context, at contacts.Seq, write func(io.Writer) error) error {
	files, err := l.beginSave(ctx)
	if err != nil {
		return err
	}
	defer l.saving.Unlock()
	if err := l.checkPlace(files, at); err != nil {
		return err
	}
	generation, err := l.rotate(files)
	if err != nil {
		return err
	}
	h := header{log: l.id, generation: generation, at: at}
	if err := l.writeSnapshot(ctx, h, write); err != nil {
		return err
	}
	for _, old := range files.snapshots[:max(0, len(files.snapshots)+1-keptSnapshots)] {
		if err := l.opts.disk.Remove(filepath.Join(l.dir, snapshotName(old))); err != nil {
			return fmt.Errorf("boltlog: %w", err)
		}
	}
	if err := l.opts.disk.SyncDir(l.dir); err != nil {
		return fmt.Errorf("boltlog: %w", err)
	}
	return nil
}

// beginSave locks saving, and lists the files.
func (l *Log) beginSave(ctx context.Context) (files listing, err error) {
	if err := l.begin(ctx); err != nil {
		return listing{}, err
	}
	l.saving.Lock()
	err = l.begin(ctx) // Close may have come first
	if err == nil && l.opts.ReadOnly {
		err = fmt.Errorf("boltlog: %w", errReadOnly)
	}
	if err == nil {
		files, err = list(l.dir)
	}
	if err != nil {
		l.saving.Unlock()
	}
	return files, err
}

// checkPlace reports whether a snapshot can be saved at at.
func (l *Log) checkPlace(files listing, at contacts.Seq) error {
	last, err := l.Last(context.Background())
	if err != nil {
		return err
	}
	if at > last {
		return fmt.Errorf("boltlog: no snapshot can be saved at %d, the last entry is at %d", at, last)
	}
	if n := len(files.snapshots); n > 0 {
		h, err := l.snapshotHeader(files.snapshots[n-1])
		if err == nil && at < h.at {
			return fmt.Errorf("boltlog: no snapshot can be saved at %d, there is one at %d", at, h.at)
		}
	}
	return nil
}

// rotate begins a new generation and returns it. A generation that has neither entries nor a snapshot is used again:
// saving its snapshot failed.
func (l *Log) rotate(files listing) (uint64, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.begin(context.Background()); err != nil {
		return 0, err
	}
	if err := l.writable(); err != nil {
		return 0, err
	}
	current := l.writer
	if l.last == current.at && !slices.Contains(files.snapshots, current.generation) {
		return current.generation, nil
	}
	if err := l.flush(); err != nil {
		return 0, err
	}
	s, err := l.createSegment(header{log: l.id, generation: current.generation + 1, at: l.last})
	if _, placed := errors.AsType[placedError](err); err != nil && !placed {
		return 0, fmt.Errorf("boltlog: %w", err) // there is no new generation
	}
	var next *writer
	if err == nil {
		next, err = l.openWriter(s)
	}
	if err != nil { // an entry in the old file would not be before the new file
		return 0, l.fail(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.segments = append(slices.Clone(l.segments), segment{header: current.header, path: current.path, last: l.last})
	l.writer = next
	if err := current.close(); err != nil {
		return 0, fmt.Errorf("boltlog: %w", err)
	}
	return next.generation, nil
}

// writeSnapshot writes and verifies a snapshot file.
func (l *Log) writeSnapshot(ctx context.Context, h header, write func(io.Writer) error) (err error) {
	name, d := snapshotName(h.generation), l.opts.disk
	path := filepath.Join(l.dir, name)
	f, err := d.Create(path + newExt)
	if err != nil {
		return fmt.Errorf("boltlog: %w", err)
	}
	open, renamed := true, false
	defer func() {
		if open { // also if write panicked
			f.Close()
		}
		if !renamed {
			d.Remove(path + newExt) // else the next Open does
		}
	}()
	c := newChunkWriter(stoppable{f, func() error { return l.begin(ctx) }}, h)
	if err := write(c); err != nil {
		return err
	}
	open = false
	if err := errors.Join(c.finish(), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("boltlog: %w", err)
	}
	if err := verifySnapshot(path+newExt, name, h); err != nil {
		return err
	}
	if err := d.Rename(path+newExt, path); err != nil {
		return fmt.Errorf("boltlog: %w", err)
	}
	renamed = true
	if err := d.SyncDir(l.dir); err != nil {
		return fmt.Errorf("boltlog: %w", err)
	}
	return nil
}

// stoppable is a writer that fails once check does.
type stoppable struct {
	w     io.Writer
	check func() error
}

func (s stoppable) Write(p []byte) (int, error) {
	if err := s.check(); err != nil {
		return 0, err
	}
	return s.w.Write(p)
}

func (l *Log) snapshotHeader(generation uint64) (header, error) {
	s, err := l.openSnapshot(generation)
	if err != nil {
		return header{}, err
	}
	return s.h, s.Close()
}

// openSnapshot opens a snapshot of this log.
func (l *Log) openSnapshot(generation uint64) (*snapshotReader, error) {
	name := snapshotName(generation)
	s, err := openSnapshot(filepath.Join(l.dir, name), name)
	if err == nil && s.h.log != l.id {
		err = errors.Join(s.corrupt("the file belongs to another log"), s.Close())
	}
	return s, err
}

// Load implements [contacts.Snapshotter].
func (l *Log) Load(ctx context.Context) iter.Seq2[contacts.SavedSnapshot, error] {
	return func(yield func(contacts.SavedSnapshot, error) bool) {
		err := l.begin(ctx)
		var files listing
		if err == nil {
			files, err = list(l.dir)
		}
		if err != nil {
			yield(contacts.SavedSnapshot{}, err)
			return
		}
		for _, generation := range slices.Backward(files.snapshots) {
			if !l.loadOne(generation, yield) {
				return
			}
		}
	}
}

// loadOne yields a snapshot and reports whether the next one should follow.
func (l *Log) loadOne(generation uint64, yield func(contacts.SavedSnapshot, error) bool) bool {
	h, err := l.snapshotHeader(generation)
	switch {
	case errors.Is(err, os.ErrNotExist): // a Save meanwhile
		return true
	case err != nil:
		return yield(contacts.SavedSnapshot{}, err) && contacts.CodeOf(err) != ""
	}
	return yield(contacts.SavedSnapshot{At: h.at, Open: func() (io.ReadCloser, error) {
		return l.openSnapshot(generation)
	}}, nil)
}

// Compact implements [contacts.Snapshotter]. It deletes the log files all of whose entries it may drop, and nothing if
// the header of a snapshot cannot be read.
func (l *Log) Compact(ctx context.Context, at contacts.Seq) error {
	files, err := l.beginSave(ctx)
	if err != nil {
		return err
	}
	defer l.saving.Unlock()
	if len(files.snapshots) < keptSnapshots {
		return nil
	}
	for _, generation := range files.snapshots[len(files.snapshots)-keptSnapshots:] {
		h, err := l.snapshotHeader(generation)
		if err != nil {
			return err
		}
		at = min(at, h.at)
	}
	return l.drop(at)
}

// drop deletes the log files without entries after at, the oldest first, and makes that durable before the next one: a
// file system may carry out what was not synced in any order, and those that stay must be consecutive.
func (l *Log) drop(at contacts.Seq) error {
	for {
		if err := l.opts.disk.SyncDir(l.dir); err != nil { // the first time for what failed here before
			return fmt.Errorf("boltlog: %w", err)
		}
		l.mu.Lock()
		if len(l.segments) == 0 || l.segments[0].last > at {
			l.mu.Unlock()
			return nil
		}
		oldest := l.segments[0]
		l.segments = l.segments[1:]
		l.mu.Unlock()
		if err := l.opts.disk.Remove(oldest.path); err != nil {
			l.mu.Lock()
			l.segments = slices.Insert(slices.Clone(l.segments), 0, oldest)
			l.mu.Unlock()
			return fmt.Errorf("boltlog: %w", err)
		}
	}
}
