package boltlog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"

	"github.com/contactsdb/contacts"
)

// Last implements [contacts.Log].
func (l *Log) Last(ctx context.Context) (contacts.Seq, error) {
	if err := l.begin(ctx); err != nil {
		return 0, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.last, nil
}

// Wait implements [contacts.Log]. In a log that was opened read-only no entry is ever added.
func (l *Log) Wait(ctx context.Context, after contacts.Seq) error {
	for {
		if err := l.begin(ctx); err != nil {
			return err
		}
		l.mu.RLock()
		last, changed := l.last, l.changed
		l.mu.RUnlock()
		if last > after {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-l.done:
		}
	}
}

// Read implements [contacts.Log].
func (l *Log) Read(ctx context.Context, after contacts.Seq) iter.Seq2[contacts.Entry, error] {
	return func(yield func(contacts.Entry, error) bool) {
		r := reading{log: l, ctx: ctx, after: after, yield: yield}
		end, err := l.Last(ctx)
		for err == nil && r.after < end && !r.stopped {
			err = r.some(end)
		}
		if err != nil && !r.stopped {
			yield(contacts.Entry{}, err)
		}
	}
}

// reading is a loop over entries.
type reading struct {
	log     *Log
	ctx     context.Context
	after   contacts.Seq // the last entry that was yielded
	yield   func(contacts.Entry, error) bool
	stopped bool // by the body of the loop
	batch   batch
}

// some yields at least one entry, up to end.
func (r *reading) some(end contacts.Seq) error {
	l := r.log
	if err := l.begin(r.ctx); err != nil {
		return err
	}
	l.mu.RLock()
	written := l.last - contacts.Seq(len(l.pending))
	pending := l.pending
	inWriter := l.writer != nil && l.writer.at <= r.after
	segments := l.segments
	var err error
	if inWriter && r.after < written {
		if err = l.begin(r.ctx); err == nil { // Close may have come first
			err = l.writer.read(r.after, min(end, written), &r.batch)
		}
	}
	l.mu.RUnlock()
	switch {
	case err != nil:
		return err
	case !inWriter:
		return r.segment(segments)
	case r.after < written:
		return r.each(len(r.batch.ends), r.batch.entry)
	}
	first := r.after + 1
	return r.each(int(end-r.after), func(i int) contacts.Entry {
		at := first + contacts.Seq(i)
		return contacts.Entry{Seq: at, Data: pending[at-written-1]}
	})
}

// each yields n entries.
func (r *reading) each(n int, entry func(int) contacts.Entry) error {
	for i := range n {
		if err := r.log.begin(r.ctx); err != nil {
			return err
		}
		if r.one(entry(i)); r.stopped {
			return nil
		}
	}
	return nil
}

func (r *reading) one(e contacts.Entry) {
	r.after = e.Seq
	r.stopped = !r.yield(e, nil)
}

// segment yields the entries of a segment that no one is writing.
func (r *reading) segment(segments []segment) (err error) {
	i := slices.IndexFunc(segments, func(s segment) bool { return s.at <= r.after && r.after < s.last })
	if i < 0 {
		return fmt.Errorf("boltlog: %w", contacts.ErrLogCompacted)
	}
	s, err := openSegment(r.log.dir, segments[i].generation)
	if errors.Is(err, os.ErrNotExist) {
		if r.log.dropped(segments[i]) {
			return fmt.Errorf("boltlog: %w", contacts.ErrLogCompacted)
		}
		return missing(segments[i].generation)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if s.segment != segments[i] {
		return s.bolt.corrupt(0, 0, "the file is not the one that was opened")
	}
	for e, err := range s.entries(r.after) {
		if err == nil {
			err = r.log.begin(r.ctx)
		}
		if err != nil {
			return err
		}
		if r.one(e); r.stopped {
			return nil
		}
	}
	return nil
}

// dropped reports whether a segment was compacted away.
func (l *Log) dropped(s segment) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return !slices.Contains(l.segments, s)
}
