package logtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"

	"github.com/contactsdb/contacts"
)

// Memory is a log in memory, for tests. It keeps the contract of [contacts.Log] and [contacts.Snapshotter].
type Memory struct {
	medium *medium
	done   chan struct{} // closed with the log
	once   sync.Once
}

// medium is what outlives a closed log.
type medium struct {
	mu        sync.Mutex
	maxEntry  int
	first     contacts.Seq // of entries
	entries   [][]byte     // never changed
	snapshots []snapshot   // oldest first, at most two
	changed   chan struct{}
}

type snapshot struct {
	at   contacts.Seq
	data []byte
}

// DefaultMaxEntry is the greatest length of an entry of a [Memory], in bytes.
const DefaultMaxEntry = 1 << 20

// NewMemory returns an empty log.
func NewMemory() *Memory {
	return open(&medium{maxEntry: DefaultMaxEntry, first: 1, changed: make(chan struct{})})
}

func open(m *medium) *Memory { return &Memory{medium: m, done: make(chan struct{})} }

// Reopen returns another log on the same entries and snapshots, as another process would open them. The log itself may
// be closed or stay open: then both are one shared log.
func (m *Memory) Reopen() *Memory { return open(m.medium) }

// begin locks the medium unless the log is closed or ctx is done.
func (m *Memory) begin(ctx context.Context) error {
	select {
	case <-m.done:
		return closed()
	default:
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("logtest: %w", err)
	}
	m.medium.mu.Lock()
	return nil
}

func closed() error { return fmt.Errorf("logtest: %w", contacts.ErrLogClosed) }

func (md *medium) last() contacts.Seq { return md.first + contacts.Seq(len(md.entries)) - 1 }

// Append implements [contacts.Log].
func (m *Memory) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	if err := m.begin(ctx); err != nil {
		return 0, err
	}
	md := m.medium
	defer md.mu.Unlock()
	switch last := md.last(); {
	case len(data) > md.maxEntry:
		return 0, fmt.Errorf("logtest: %w", contacts.ErrLogTooLarge)
	case after == last:
		md.entries = append(md.entries, bytes.Clone(data))
		close(md.changed)
		md.changed = make(chan struct{})
		return after + 1, nil
	case after+1 < md.first:
		return 0, fmt.Errorf("logtest: %w", contacts.ErrLogCompacted)
	case after < last && bytes.Equal(data, md.entries[after+1-md.first]):
		return after + 1, nil
	}
	return 0, fmt.Errorf("logtest: %w", contacts.ErrLogConflict)
}

// Read implements [contacts.Log].
func (m *Memory) Read(ctx context.Context, after contacts.Seq) iter.Seq2[contacts.Entry, error] {
	return func(yield func(contacts.Entry, error) bool) {
		end, err := m.Last(ctx)
		for at := after + 1; at <= end && err == nil; at++ {
			var data []byte
			if data, err = m.get(ctx, at); err == nil && !yield(contacts.Entry{Seq: at, Data: data}, nil) {
				return
			}
		}
		if err != nil {
			yield(contacts.Entry{}, err)
		}
	}
}

// get returns a copy of an entry up to the last one.
func (m *Memory) get(ctx context.Context, at contacts.Seq) ([]byte, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.medium.mu.Unlock()
	if at < m.medium.first {
		return nil, fmt.Errorf("logtest: %w", contacts.ErrLogCompacted)
	}
	return bytes.Clone(m.medium.entries[at-m.medium.first]), nil
}

// Wait implements [contacts.Log].
func (m *Memory) Wait(ctx context.Context, after contacts.Seq) error {
	for {
		if err := m.begin(ctx); err != nil {
			return err
		}
		last, changed := m.medium.last(), m.medium.changed
		m.medium.mu.Unlock()
		if last > after {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-m.done:
		}
	}
}

// Last implements [contacts.Log].
func (m *Memory) Last(ctx context.Context) (contacts.Seq, error) {
	if err := m.begin(ctx); err != nil {
		return 0, err
	}
	defer m.medium.mu.Unlock()
	return m.medium.last(), nil
}

// MaxEntry implements [contacts.Log].
func (m *Memory) MaxEntry() int { return m.medium.maxEntry }

// LimitEntries sets the greatest length of an entry, so that tests need no large batches to reach it. It must be called
// before the log is used.
func (m *Memory) LimitEntries(maxEntry int) { m.medium.maxEntry = maxEntry }

// Lose removes the entries after a place, as a medium that breaks its promise does, so that tests can see how a store
// reacts (DUR-11).
func (m *Memory) Lose(after contacts.Seq) {
	md := m.medium
	md.mu.Lock()
	defer md.mu.Unlock()
	if after < md.last() {
		md.entries = md.entries[:max(after+1, md.first)-md.first]
	}
}

// Close implements [contacts.Log].
func (m *Memory) Close() error {
	m.once.Do(func() { close(m.done) })
	return nil
}

// Save implements [contacts.Snapshotter].
func (m *Memory) Save(ctx context.Context, at contacts.Seq, write func(io.Writer) error) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	m.medium.mu.Unlock() // while write runs
	var data bytes.Buffer
	if err := write(&data); err != nil {
		return err
	}
	if err := m.begin(ctx); err != nil {
		return err
	}
	md := m.medium
	defer md.mu.Unlock()
	kept := md.snapshots
	if at > md.last() || len(kept) > 0 && at < kept[len(kept)-1].at {
		return fmt.Errorf("logtest: no snapshot can be saved at %d", at)
	}
	md.snapshots = append(kept[max(0, len(kept)-1):len(kept):len(kept)], snapshot{at, data.Bytes()})
	return nil
}

// Load implements [contacts.Snapshotter].
func (m *Memory) Load(ctx context.Context) iter.Seq2[contacts.SavedSnapshot, error] {
	return func(yield func(contacts.SavedSnapshot, error) bool) {
		if err := m.begin(ctx); err != nil {
			yield(contacts.SavedSnapshot{}, err)
			return
		}
		kept := m.medium.snapshots
		m.medium.mu.Unlock()
		for _, s := range slices.Backward(kept) {
			saved := contacts.SavedSnapshot{At: s.at, Open: func() (io.ReadCloser, error) {
				return io.NopCloser(bytes.NewReader(s.data)), nil
			}}
			if !yield(saved, nil) {
				return
			}
		}
	}
}

// Compact implements [contacts.Snapshotter].
func (m *Memory) Compact(ctx context.Context, at contacts.Seq) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	md := m.medium
	defer md.mu.Unlock()
	if len(md.snapshots) < 2 {
		return nil
	}
	if at = min(at, md.snapshots[0].at); at >= md.first {
		md.entries = slices.Clone(md.entries[at+1-md.first:])
		md.first = at + 1
	}
	return nil
}
