// Package feed keeps the newest values of a stream in a linked list that each reader walks at its own pace.
//
// One writer at a time appends and drops values, and never waits for readers. A reader that pauses must not keep
// alive all later values. So dropping a value clears it in its node and links the node before it to a shared end
// node: a reader that paused there finds the end node, which has no value.
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

// Size is the size of values, or a limit on it. It has two dimensions, each with a limit of its own.
type Size struct{ Items, Bytes int }

func (s Size) exceeds(limit Size) bool { return s.Items > limit.Items || s.Bytes > limit.Bytes }

// Feed is a bounded list of values, each with a position and a size. Create it with New. Readers may use it
// concurrently with one writer, which alone calls Append, Trim, Jump and Kept.
type Feed[T any] struct {
	head    atomic.Pointer[node[T]] // the node before the oldest value
	tail    *node[T]                // the newest node, used by the writer only
	dropped *node[T]                // the end node: without a value or a next node, so it keeps nothing alive
	size    Size                    // the sum over all values, used by the writer only
	limit   Size
}

type node[T any] struct {
	position uint64
	size     Size
	value    atomic.Pointer[T] // nil after it was dropped
	next     atomic.Pointer[node[T]]
	wake     atomic.Pointer[chan struct{}] // created by the first reader that waits for next
}

// New returns an empty feed that begins after a position. It keeps the newest values whose sizes add up to at most
// limit, and always the newest value.
func New[T any](since uint64, limit Size) *Feed[T] {
	f := &Feed[T]{tail: &node[T]{position: since}, dropped: &node[T]{}, limit: limit}
	f.head.Store(f.tail)
	return f
}

// Append adds a value, and drops the oldest values beyond the limit. The position must be higher than that of the value
// before.
func (f *Feed[T]) Append(position uint64, size Size, value *T) {
	newest := &node[T]{position: position, size: size}
	newest.value.Store(value)
	last := f.tail
	f.tail = newest
	f.size.Items += size.Items
	f.size.Bytes += size.Bytes
	last.next.Store(newest)
	if wake := last.wake.Load(); wake != nil {
		close(*wake)
	}
	for f.size.exceeds(f.limit) && f.oldest() != newest {
		f.drop()
	}
}

// Trim drops all values up to a position, even the newest.
func (f *Feed[T]) Trim(position uint64) {
	for next := f.oldest(); next != nil && next.position <= position; next = f.oldest() {
		f.drop()
	}
}

// Jump drops all values and continues after a later position, as if the values up to there had been dropped. Readers
// that wait for one of them get ErrExpired.
func (f *Feed[T]) Jump(position uint64) {
	last := f.tail
	f.Trim(last.position)
	f.tail = &node[T]{position: position}
	f.head.Store(f.tail)
	last.next.Store(f.dropped)
	if wake := last.wake.Load(); wake != nil {
		close(*wake)
	}
}

// oldest returns the node of the oldest value, nil in an empty feed. Only the writer may call it.
func (f *Feed[T]) oldest() *node[T] { return f.head.Load().next.Load() }

// drop drops the oldest value.
func (f *Feed[T]) drop() {
	head, oldest := f.head.Load(), f.oldest()
	f.size.Items -= oldest.size.Items
	f.size.Bytes -= oldest.size.Bytes
	f.head.Store(oldest)
	head.next.Store(f.dropped)
	oldest.value.Store(nil)
}

// Kept returns the size of all values. Only the writer may call it.
func (f *Feed[T]) Kept() Size { return f.size }

// Oldest returns the lowest position from which a reader can start.
func (f *Feed[T]) Oldest() uint64 { return f.head.Load().position }

// Reader reads the values after a position. It is not safe for concurrent use.
type Reader[T any] struct {
	feed  *Feed[T]
	at    *node[T]
	since uint64
}

// NewReader returns a reader of the values after a position. The position may be one that the writer is about to
// append.
//
// Errors: ErrExpired if the next value has been dropped.
func (f *Feed[T]) NewReader(since uint64) (*Reader[T], error) {
	at, err := f.find(since)
	if err != nil {
		return nil, err
	}
	return &Reader[T]{feed: f, at: at, since: since}, nil
}

// find returns a node after which all values after a position follow.
func (f *Feed[T]) find(since uint64) (*node[T], error) {
	for {
		at := f.head.Load()
		if since < at.position {
			return nil, ErrExpired
		}
		for at != f.dropped && at.position < since {
			next := at.next.Load()
			if next == nil {
				return at, nil // the writer is about to append the value at that position
			}
			at = next
		}
		if at != f.dropped {
			return at, nil
		}
		// The writer dropped a node during the walk: start again.
	}
}

// Next returns the next value. If there is none yet it waits.
//
// Errors: the error of ctx, ErrExpired if the next value was dropped, ErrClosed if done is closed and all values were
// read.
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
		// The reader may have started at a node before its position, because the value at its position was not yet
		// appended. It does not need the values up to there, so it is not an error if they were dropped.
		if r.at.position >= r.since {
			return nil, ErrExpired
		}
		var err error
		if r.at, err = r.feed.find(r.since); err != nil {
			return nil, err
		}
	}
}

// wait waits until the reader's node has a next node, ctx is done, or done is closed.
func (r *Reader[T]) wait(ctx context.Context, done <-chan struct{}) error {
	changed := r.at.changed()
	if r.at.next.Load() != nil { // the writer may have set it before the channel existed
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

// changed returns a channel that is closed when the node gets a next node. The node may have one already, so the caller
// must check for it after the call.
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
