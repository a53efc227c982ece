// Package feed keeps the newest values of a stream as a linked list that each reader walks at its own pace.
//
// One writer at a time appends and drops; it never waits for a reader. A reader that stops must not keep alive all the
// values that come after it, so a node loses its value and its link to the next one when it is dropped: a reader that
// has stopped before it finds the end node, which has no value either.
package feed

import (
	"context"
	"errors"
	"sync/atomic"
)

// Errors of readers.
var (
	ErrExpired = errors.New("feed: the next value has been dropped")
	ErrClosed  = errors.New("feed: closed")
)

// Feed is a bounded list of values, each with a position and a size. Use New to make one.
type Feed[T any] struct {
	head    atomic.Pointer[node[T]] // the node before the oldest value
	tail    *node[T]                // the newest node; for the writer only
	dropped *node[T]                // the next node of each that was dropped; apart, so that it keeps no value alive
	size    int                     // of all values
	limit   int
}

type node[T any] struct {
	position uint64
	size     int
	value    atomic.Pointer[T] // nil once it is dropped
	next     atomic.Pointer[node[T]]
	wake     atomic.Pointer[chan struct{}] // made by the first reader that waits for next
}

// New returns an empty feed that begins after a position. It keeps values whose sizes add up to limit at most, and the
// newest value whatever its size.
func New[T any](since uint64, limit int) *Feed[T] {
	f := &Feed[T]{tail: &node[T]{position: since}, dropped: &node[T]{}, limit: limit}
	f.head.Store(f.tail)
	return f
}

// Append adds a value with a higher position than those before it, and drops the oldest beyond the limit. Calls must not
// overlap each other.
func (f *Feed[T]) Append(position uint64, size int, value *T) {
	newest := &node[T]{position: position, size: size}
	newest.value.Store(value)
	last := f.tail
	f.tail = newest
	f.size += size
	last.next.Store(newest)
	if wake := last.wake.Load(); wake != nil {
		close(*wake)
	}
	for f.size > f.limit {
		head := f.head.Load()
		oldest := head.next.Load()
		if oldest == newest {
			break
		}
		f.size -= oldest.size
		f.head.Store(oldest)
		head.next.Store(f.dropped)
		oldest.value.Store(nil)
	}
}

// Oldest returns the lowest position that a reader can still start from.
func (f *Feed[T]) Oldest() uint64 { return f.head.Load().position }

// Reader reads the values after a position. Only one goroutine may use it at a time.
type Reader[T any] struct {
	feed  *Feed[T]
	at    *node[T]
	since uint64
}

// NewReader returns a reader of the values after a position, or ErrExpired. The position may be one that the writer is
// about to append.
func (f *Feed[T]) NewReader(since uint64) (*Reader[T], error) {
	at, err := f.find(since)
	if err != nil {
		return nil, err
	}
	return &Reader[T]{feed: f, at: at, since: since}, nil
}

// find returns a node that the values after a position follow.
func (f *Feed[T]) find(since uint64) (*node[T], error) {
	for {
		at := f.head.Load()
		if since < at.position {
			return nil, ErrExpired
		}
		for at != f.dropped && at.position < since {
			next := at.next.Load()
			if next == nil {
				return at, nil // the value at that position is about to be appended
			}
			at = next
		}
		if at != f.dropped {
			return at, nil
		}
		// The writer dropped a node during the walk: start again.
	}
}

// Next returns the next value and waits for it if there is none yet. It returns ErrExpired if the value was dropped,
// ErrClosed if done is closed and all values were read, or the error of ctx.
func (r *Reader[T]) Next(ctx context.Context, done <-chan struct{}) (*T, error) {
	for {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		next := r.at.next.Load()
		if next == nil {
			if err := r.wait(ctx, done); err != nil {
				return nil, err
			}
			continue
		}
		if value := next.value.Load(); value != nil {
			r.at = next
			if next.position > r.since {
				return value, nil
			}
			continue
		}
		// A reader may have started at a node before its position, because the value there was not yet appended. It needs
		// no value up to there, so that one of those was dropped is not an error.
		if r.at.position >= r.since {
			return nil, ErrExpired
		}
		var err error
		if r.at, err = r.feed.find(r.since); err != nil {
			return nil, err
		}
	}
}

// wait returns once the reader's node has a next one, or once there is no reason to wait any longer.
func (r *Reader[T]) wait(ctx context.Context, done <-chan struct{}) error {
	changed := r.at.changed()
	if r.at.next.Load() != nil { // set before the channel was there for the writer to close
		return nil
	}
	select {
	case <-changed:
	case <-ctx.Done():
	case <-done:
		// A value may have been appended before done was closed.
		if r.at.next.Load() == nil {
			return ErrClosed
		}
	}
	return nil
}

// changed returns a channel that is closed when the node gets a next one. The caller must check for one after the call.
func (n *node[T]) changed() <-chan struct{} {
	if wake := n.wake.Load(); wake != nil {
		return *wake
	}
	wake := make(chan struct{})
	if !n.wake.CompareAndSwap(nil, &wake) {
		return *n.wake.Load()
	}
	return wake
}
