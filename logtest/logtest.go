// Package logtest tests implementations of [contacts.Log]. [Run] is the contract of the interface in code: every
// implementation should pass it. [Memory] is a log for tests of programs, and [Flaky] makes any log refuse calls and
// lose replies, as a network does.
package logtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/contactsdb/contacts"
)

// Run tests whether a log keeps the contract of [contacts.Log], and those of [contacts.Syncer] and
// [contacts.Snapshotter] if it implements them.
//
// Run calls newLog for each test. It prepares the medium of a new, empty log, such as a directory, and returns a
// function that opens the log; cleaning up the medium is its own affair, with t.Cleanup. Run opens the log, closes it
// and opens it again, but never opens it while it is open.
//
// Calls that fail with LOG_UNAVAILABLE or LOG_UNKNOWN are repeated, as a store does, for half a minute.
func Run(t *testing.T, newLog func(t *testing.T) (open func() (contacts.Log, error))) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(start(t, newLog(t))) })
	}
	l := start(t, newLog(t))
	if _, ok := l.Log.(contacts.Snapshotter); ok {
		for _, test := range snapshotTests {
			t.Run("snapshots/"+test.name, func(t *testing.T) { test.run(start(t, newLog(t))) })
		}
	}
}

type test struct {
	name string
	run  func(*log)
}

// log is a log under test. Its methods report failures to t, and repeat calls that may succeed later.
type log struct {
	contacts.Log
	t    *testing.T
	open func() (contacts.Log, error)
	rnd  *rand.Rand
	raw  *rand.ChaCha8
}

func start(t *testing.T, open func() (contacts.Log, error)) *log {
	t.Helper()
	raw := rand.NewChaCha8([32]byte{1})
	l := &log{t: t, open: open, rnd: rand.New(raw), raw: raw}
	l.reopen()
	t.Cleanup(func() { l.Close() })
	return l
}

func (l *log) reopen() {
	l.t.Helper()
	if l.Log != nil {
		l.noError(l.Close())
	}
	opened, err := l.open()
	l.noError(err)
	l.Log = opened
}

func (l *log) noError(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatalf("unexpected error: %v", err)
	}
}

// fails requires an error with one of the codes.
func (l *log) fails(err error, codes ...contacts.Code) {
	l.t.Helper()
	for _, code := range codes {
		if errors.Is(err, code) {
			return
		}
	}
	l.t.Fatalf("got error %v, want one with %v", err, codes)
}

// patience is how long a log may take for a call.
var patience = 30 * time.Second

// settled repeats a call until it neither fails with LOG_UNAVAILABLE nor with LOG_UNKNOWN.
func settled(call func() error) error {
	const pause = 5 * time.Millisecond
	for n, started := 0, time.Now(); ; n++ {
		err := call()
		if !errors.Is(err, contacts.ErrLogUnavailable) && !errors.Is(err, contacts.ErrLogUnknown) ||
			time.Since(started) > patience {
			return err
		}
		if n > 20 { // not a random refusal, but perhaps an election
			time.Sleep(pause)
		}
	}
}

func (l *log) tryAppend(after contacts.Seq, data []byte) (seq contacts.Seq, err error) {
	err = settled(func() error {
		given := bytes.Clone(data)
		seq, err = l.Append(l.t.Context(), after, given)
		if !bytes.Equal(given, data) {
			return errors.New("Append changed the data")
		}
		for i := range given { // a log that kept it now holds other data
			given[i] ^= 0xff
		}
		return err
	})
	return seq, err
}

// append adds an entry and checks its place.
func (l *log) append(after contacts.Seq, data []byte) contacts.Seq {
	l.t.Helper()
	seq, err := l.tryAppend(after, data)
	l.noError(err)
	if seq <= after {
		l.t.Fatalf("Append behind %d returned the place %d", after, seq)
	}
	return seq
}

// fill adds n entries behind after and returns all of them.
func (l *log) fill(after contacts.Seq, n int) []contacts.Entry {
	l.t.Helper()
	var all []contacts.Entry
	for range n {
		data := l.random(1 + l.rnd.IntN(2000))
		after = l.append(after, data)
		all = append(all, contacts.Entry{Seq: after, Data: data})
	}
	return all
}

func (l *log) random(n int) []byte {
	data := make([]byte, n)
	l.raw.Read(data)
	return data
}

func (l *log) last() (last contacts.Seq) {
	l.t.Helper()
	l.noError(settled(func() (err error) {
		last, err = l.Last(l.t.Context())
		return err
	}))
	return last
}

// tryRead returns the entries after after, and the error that ended them.
func (l *log) tryRead(after contacts.Seq) (all []contacts.Entry, err error) {
	err = settled(func() error {
		for e, err := range l.Read(l.t.Context(), after) {
			if err != nil {
				return err
			}
			if e.Seq <= after {
				return fmt.Errorf("the entry at %d follows the one at %d", e.Seq, after)
			}
			after = e.Seq // a repeated call continues here
			all = append(all, contacts.Entry{Seq: e.Seq, Data: bytes.Clone(e.Data)})
		}
		return nil
	})
	return all, err
}

// reads requires that these are the entries after after.
func (l *log) reads(after contacts.Seq, want []contacts.Entry) {
	l.t.Helper()
	got, err := l.tryRead(after)
	l.noError(err)
	l.same(got, want)
}

func (l *log) same(got, want []contacts.Entry) {
	l.t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i].Seq != want[i].Seq {
			l.t.Fatalf("entry %d is at %d, want %d", i, got[i].Seq, want[i].Seq)
		}
		if !bytes.Equal(got[i].Data, want[i].Data) {
			l.t.Fatalf("the entry at %d has other data than what was appended", got[i].Seq)
		}
	}
	if len(got) != len(want) {
		l.t.Fatalf("got %d entries, want %d", len(got), len(want))
	}
}

// holds requires that these are all entries of the log.
func (l *log) holds(want []contacts.Entry) {
	l.t.Helper()
	l.reads(0, want)
	var end contacts.Seq
	if len(want) > 0 {
		end = want[len(want)-1].Seq
	}
	if last := l.last(); last != end {
		l.t.Fatalf("Last returned %d, want %d", last, end)
	}
}

func (l *log) snapshotter() contacts.Snapshotter { return l.Log.(contacts.Snapshotter) }

func (l *log) save(at contacts.Seq, data []byte) {
	l.t.Helper()
	l.noError(settled(func() error {
		return l.snapshotter().Save(l.t.Context(), at, func(w io.Writer) error {
			for part := range chunks(data) {
				if n, err := w.Write(part); err != nil || n != len(part) {
					return fmt.Errorf("wrote %d of %d bytes: %w", n, len(part), err)
				}
			}
			return nil
		})
	}))
}

// chunks yields data in parts of 1, 2, 4, … bytes.
func chunks(data []byte) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for n := 1; len(data) > 0; n *= 2 {
			part := data[:min(n, len(data))]
			data = data[len(part):]
			if !yield(bytes.Clone(part)) {
				return
			}
		}
	}
}

func (l *log) compact(at contacts.Seq) {
	l.t.Helper()
	l.noError(settled(func() error { return l.snapshotter().Compact(l.t.Context(), at) }))
}

// saved is a snapshot as a log returned it.
type saved struct {
	at   contacts.Seq
	data string
}

// snapshots returns what Load yields.
func (l *log) snapshots() (all []saved) {
	l.t.Helper()
	l.noError(settled(func() error {
		all = nil
		for s, err := range l.snapshotter().Load(l.t.Context()) {
			if err != nil {
				return err
			}
			data, err := readAll(s)
			if err != nil {
				return err
			}
			all = append(all, saved{s.At, string(data)})
		}
		return nil
	}))
	return all
}

func readAll(s contacts.SavedSnapshot) ([]byte, error) {
	r, err := s.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}

// keeps requires that these are the snapshots, newest first.
func (l *log) keeps(want ...saved) {
	l.t.Helper()
	got := l.snapshots()
	if len(got) != len(want) {
		l.t.Fatalf("got %d snapshots, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].at != want[i].at {
			l.t.Fatalf("snapshot %d is of %d, want %d", i, got[i].at, want[i].at)
		}
		if got[i].data != want[i].data {
			l.t.Fatalf("snapshot %d has other contents than what was saved", i)
		}
	}
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
