package logtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"sync"

	"github.com/contactsdb/contacts"
)

// Flaky returns a log that behaves as l behind a bad network, within the contract of [contacts.Log]: calls are refused
// with LOG_UNAVAILABLE, replies of Append are lost (LOG_UNKNOWN) whether the entry was added or not, or will be added
// by the next call; Wait returns too early, and Read stops in the middle. The seed determines what happens to the n-th
// call. It is a [contacts.Snapshotter] if l is one.
func Flaky(l contacts.Log, seed uint64) contacts.Log {
	f := &flaky{Log: l, rnd: rand.New(rand.NewPCG(seed, 0))}
	if s, ok := l.(contacts.Snapshotter); ok {
		return &flakySnapshotter{f, s}
	}
	return f
}

type flaky struct {
	contacts.Log

	mu      sync.Mutex
	rnd     *rand.Rand
	delayed func() // an Append that is still on its way
}

type flakySnapshotter struct {
	*flaky
	snapshots contacts.Snapshotter
}

// draw returns a number below n, after whatever is still on its way has arrived.
func (f *flaky) draw(n int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.delayed != nil {
		f.delayed()
		f.delayed = nil
	}
	return f.rnd.IntN(n)
}

// refuse returns an error for one call in four.
func (f *flaky) refuse(ctx context.Context) error {
	if f.draw(4) == 0 && ctx.Err() == nil {
		return unavailable()
	}
	return nil
}

func unavailable() error { return fmt.Errorf("logtest: refused: %w", contacts.ErrLogUnavailable) }

func (f *flaky) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	lost := fmt.Errorf("logtest: reply lost: %w", contacts.ErrLogUnknown)
	outcome := f.draw(8)
	if ctx.Err() != nil {
		return f.Log.Append(ctx, after, data)
	}
	switch outcome {
	case 0:
		return 0, unavailable()
	case 1:
		return 0, lost
	case 2:
		if _, err := f.Log.Append(ctx, after, data); err != nil {
			return 0, err
		}
		return 0, lost
	case 3:
		data = bytes.Clone(data)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.delayed = func() { f.Log.Append(context.WithoutCancel(ctx), after, data) } // its reply is lost, too
		return 0, lost
	}
	return f.Log.Append(ctx, after, data)
}

func (f *flaky) Read(ctx context.Context, after contacts.Seq) iter.Seq2[contacts.Entry, error] {
	return func(yield func(contacts.Entry, error) bool) {
		if err := f.refuse(ctx); err != nil {
			yield(contacts.Entry{}, err)
			return
		}
		for e, err := range f.Log.Read(ctx, after) {
			if err == nil && f.draw(64) == 0 {
				yield(contacts.Entry{}, unavailable())
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (f *flaky) Wait(ctx context.Context, after contacts.Seq) error {
	if f.draw(4) == 0 && ctx.Err() == nil {
		return nil // too early
	}
	return f.Log.Wait(ctx, after)
}

func (f *flaky) Last(ctx context.Context) (contacts.Seq, error) {
	if err := f.refuse(ctx); err != nil {
		return 0, err
	}
	return f.Log.Last(ctx)
}

func (f *flaky) Close() error {
	f.draw(1)
	return f.Log.Close()
}

func (f *flakySnapshotter) Save(ctx context.Context, at contacts.Seq, write func(io.Writer) error) error {
	if err := f.refuse(ctx); err != nil {
		return err
	}
	return f.snapshots.Save(ctx, at, write)
}

func (f *flakySnapshotter) Load(ctx context.Context) iter.Seq2[contacts.SavedSnapshot, error] {
	return func(yield func(contacts.SavedSnapshot, error) bool) {
		if err := f.refuse(ctx); err != nil {
			yield(contacts.SavedSnapshot{}, err)
			return
		}
		f.snapshots.Load(ctx)(yield)
	}
}

func (f *flakySnapshotter) Compact(ctx context.Context, at contacts.Seq) error {
	if err := f.refuse(ctx); err != nil {
		return err
	}
	return f.snapshots.Compact(ctx, at)
}
