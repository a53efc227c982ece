package httpapi

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/contactsdb/contacts"
)

// This file lets any number of readers of events wait for commits without slowing writers. If all of them followed the
// store, each commit would have to wake them, and each of them would encode it. So one goroutine follows the store,
// encodes the events once, and wakes the readers, not more often than the machine can serve them.

// latest is the newest part of the sequence of events that readers know of. Only its text changes and, while readers
// join, its groups.
type latest struct {
	from, to contacts.Position
	text     atomic.Pointer[[]byte] // the messages of the commits after from; nil: a reader reads them from the store
	err      error                  // nothing follows
	groups   []chan struct{}        // of readers that wait; each is closed after this is no longer the latest
}

const (
	// groupSize is the number of readers that are woken together. All of them at once would keep the machine busy for
	// a tenth of a second and more, and writers would wait for the processor.
	groupSize = 100

	// groupPause is the time between two groups for each reader, in which writers proceed: together 5 ms with 1,000
	// readers, half a second with 10,000.
	groupPause = 500 * time.Nanosecond
)

// grow makes groups for a number of readers.
func (l *latest) grow(readers int) {
	for len(l.groups)*groupSize < readers {
		l.groups = append(l.groups, make(chan struct{}))
	}
}

// live follows a store while there are readers.
type live struct {
	store *contacts.Store

	mu      sync.Mutex
	readers int
	joined  int                // all readers so far
	stop    context.CancelFunc // of the goroutine of these readers
	latest  *latest
}

// join registers a reader, and returns its number, from 0.
func (l *live) join() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	number := l.joined
	l.joined++
	if l.readers++; l.readers == 1 {
		var ctx context.Context
		ctx, l.stop = context.WithCancel(context.Background())
		newest := l.store.Snapshot().Position()
		l.latest = &latest{from: newest, to: newest}
		go l.follow(ctx, newest)
	}
	l.latest.grow(l.readers)
	return number
}

// leave removes a reader.
func (l *live) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.readers--; l.readers == 0 {
		l.stop()
	}
}

// count returns the number of readers.
func (l *live) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.readers
}

// wait lets a reader wait until there are commits after a position.
func (l *live) wait(ctx context.Context, reader int, at contacts.Position) (*latest, error) {
	for {
		l.mu.Lock()
		newest := l.latest
		replaced := newest.groups[reader/groupSize%len(newest.groups)]
		l.mu.Unlock()
		switch {
		case newest.to > at:
			return newest, nil
		case newest.err != nil:
			return nil, newest.err
		}
		select {
		case <-replaced:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// publish replaces the latest part and wakes the readers, unless those of ctx have left. It returns their number.
func (l *live) publish(ctx context.Context, part *latest) int {
	l.mu.Lock()
	if ctx.Err() != nil {
		l.mu.Unlock()
		return 0
	}
	before, readers := l.latest, l.readers
	part.grow(readers)
	l.latest = part
	l.mu.Unlock()
	for i, group := range before.groups {
		if i > 0 {
			pause(ctx, time.Duration(readers)*groupPause)
		}
		close(group)
	}
	return readers
}

const (
	// readerCost and byteCost are about the time in which the machine serves a reader, with a margin: readers together
	// are to occupy less than a tenth of it.
	readerCost = 100 * time.Microsecond
	byteCost   = 5 * time.Nanosecond

	// pauseLeast lets commits that follow each other quickly be sent together.
	pauseLeast = time.Millisecond

	// lagMost is the number of commits after which the goroutine skips to the newest, and readers read from the store.
	lagMost = 512
)

// errSkipped ends a Follow that is too far behind.
var errSkipped = errors.New("httpapi: too far behind")

// follow publishes the commits after a position until ctx is done or the store has no more.
func (l *live) follow(ctx context.Context, at contacts.Position) {
	for ctx.Err() == nil {
		err := l.followFrom(ctx, at)
		newest := l.store.Snapshot().Position()
		part := &latest{from: at, to: newest}
		if err != errSkipped && contacts.CodeOf(err) != contacts.ErrPositionExpired {
			part.err = err
		}
		l.publish(ctx, part)
		if part.err != nil {
			return
		}
		at = newest
	}
}

// followFrom publishes the commits after a position until there is an error.
func (l *live) followFrom(ctx context.Context, at contacts.Position) error {
	var text []byte
	for commit, err := range l.store.Follow(ctx, at) {
		if err != nil {
			return err
		}
		var complete bool
		text, complete = appendCommit(text, &commit)
		newest := l.store.Snapshot().Position()
		if newest > commit.Position+lagMost {
			return errSkipped
		}
		if complete && newest > commit.Position && len(text) < piece {
			continue
		}
		part := &latest{from: at, to: commit.Position}
		if sent := text; complete {
			part.text.Store(&sent)
		}
		at = commit.Position
		readers := l.publish(ctx, part)
		pause(ctx, max(pauseLeast, time.Duration(readers)*(readerCost+time.Duration(len(text))*byteCost)))
		part.text.Store(nil) // it has personal data
		text = nil           // readers may still send it
	}
	return nil
}

// pause waits, at most until ctx is done.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// appendCommit appends the messages of a commit. It stops after a piece, and reports whether these are all.
func appendCommit(text []byte, c *contacts.Commit) ([]byte, bool) {
	for at, event := range (cursor{}).rest(c) {
		if len(text) >= piece {
			return text, false
		}
		var err error
		if text, err = appendMessage(text, event, at); err != nil {
			return text, false
		}
	}
	return text, true
}

const (
	// catchingMost is the number of readers that read from the store at a time. One that reads from a log takes the
	// memory of a second store.
	catchingMost = 2

	// If there are more readers than manyReaders, one that has read from the store rests catchingRest times as long.
	manyReaders  = 64
	catchingRest = 10
)

// catching limits the readers that read from the store.
type catching struct {
	slots   chan struct{}
	waiting atomic.Int64 // for a slot
}

func (c *catching) enter(ctx context.Context) error {
	c.waiting.Add(1)
	defer c.waiting.Add(-1)
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *catching) leave() { <-c.slots }

// errSlow ends the stream of a slow reader that others wait for.
var errSlow = errors.New("httpapi: a slow reader made room for others")

// send sends a text to a reader that has a slot. A slow one loses its connection if others need the slot.
func (c *catching) send(s *stream, text []byte) error {
	begun := time.Now()
	err := s.send(text)
	if err == nil && c.waiting.Load() > 0 && time.Since(begun) > stalledAfter {
		return errSlow
	}
	return err
}
