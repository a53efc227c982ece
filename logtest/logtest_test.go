package logtest_test

import (
	"bytes"
	"context"
	"io"
	"iter"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/logtest"
)

func TestMemory(t *testing.T) {
	logtest.Run(t, func(t *testing.T) func() (contacts.Log, error) { return memory(logtest.NewMemory()) })
}

func memory(m *logtest.Memory) func() (contacts.Log, error) {
	return func() (contacts.Log, error) { return m.Reopen(), nil }
}

func TestFlaky(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3, 4, 5} {
		logtest.Run(t, func(t *testing.T) func() (contacts.Log, error) {
			m := logtest.NewMemory()
			return func() (contacts.Log, error) {
				seed += 100
				return logtest.Flaky(m.Reopen(), seed), nil
			}
		})
	}
	t.Run("without snapshots", func(t *testing.T) {
		_, ok := logtest.Flaky(struct{ contacts.Log }{logtest.NewMemory()}, 1).(contacts.Snapshotter)
		require.False(t, ok)
	})
	t.Run("every outcome", func(t *testing.T) {
		m := logtest.NewMemory()
		l := logtest.Flaky(m, 1)
		outcomes := map[string]int{}
		for range 1000 {
			before, err := m.Last(t.Context())
			require.NoError(t, err)
			_, appendErr := l.Append(t.Context(), before, []byte("data"))
			now, err := m.Last(t.Context())
			require.NoError(t, err)
			what := string(contacts.CodeOf(appendErr))
			if now > before {
				what += " added"
			}
			outcomes[what]++
			if appendErr == nil {
				require.Greater(t, now, before)
			}
		}
		for _, what := range []string{" added", "LOG_UNAVAILABLE", "LOG_UNKNOWN", "LOG_UNKNOWN added"} {
			require.Greater(t, outcomes[what], 10, what)
		}
	})
}

func TestSharedMemory(t *testing.T) {
	a := logtest.NewMemory()
	b := a.Reopen()
	at, err := a.Append(t.Context(), 0, []byte("A"))
	require.NoError(t, err)
	_, err = b.Append(t.Context(), 0, []byte("B"))
	require.ErrorIs(t, err, contacts.ErrLogConflict)
	_, err = b.Append(t.Context(), at, []byte("B"))
	require.NoError(t, err)
	require.NoError(t, a.Close())
	require.NoError(t, b.Wait(t.Context(), at))
}

const none = "none"

// faulty is a log that breaks the contract in one way.
type faulty struct {
	*logtest.Memory
	fault string

	mu   sync.Mutex
	kept []byte
}

// faults are the ways in which logs are wrong. Run must fail for each, and pass without one.
var faults = []string{
	none,
	"changes data", "forgets", "reorders", "no conflict", "adds twice", "conflict for the same bytes", "no limit",
	"ends early", "never wakes", "ignores contexts", "works when closed", "loses on reopen", "yields too early places",
	"keeps one snapshot", "keeps all", "partial snapshot", "compacts too much", "compacts silently", "oldest first",
	"empty snapshots",
}

// TestRunFindsFaults runs this test binary again with a faulty log.
func TestRunFindsFaults(t *testing.T) {
	if fault := os.Getenv("LOGTEST_FAULT"); fault != "" {
		logtest.SetPatience(time.Second)
		logtest.Run(t, func(t *testing.T) func() (contacts.Log, error) {
			m := logtest.NewMemory()
			return func() (contacts.Log, error) {
				if fault == "loses on reopen" {
					m = logtest.NewMemory()
				}
				return &faulty{Memory: m.Reopen(), fault: fault}, nil
			}
		})
		return
	}
	for _, fault := range faults {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestRunFindsFaults$", "-test.failfast")
			cmd.Env = append(os.Environ(), "LOGTEST_FAULT="+fault)
			out, err := cmd.CombinedOutput()
			if fault == none {
				require.NoError(t, err, "%s", out)
				return
			}
			require.Error(t, err, "the fault was not found:\n%s", out)
			require.Contains(t, string(out), "FAIL")
		})
	}
}

func (f *faulty) is(fault string) bool { return f.fault == fault }

func (f *faulty) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	last, err := f.Last(context.Background())
	switch {
	case err != nil:
		return 0, err
	case f.is("changes data") && len(data) > 0:
		data[0]++
	case f.is("forgets") && after == 20:
		return after + 1, nil
	case f.is("no conflict") && after < last:
		after = last
	case f.is("conflict for the same bytes") && after < last:
		return 0, contacts.ErrLogConflict
	case f.is("adds twice") && after == last && after > 0:
		if f.Read(ctx, after-1)(func(e contacts.Entry, _ error) bool {
			f.kept = bytes.Clone(e.Data)
			return false
		}); bytes.Equal(f.kept, data) {
			return after, nil
		}
	case f.is("no limit") && len(data) > f.MaxEntry():
		data = data[:10]
	case f.is("ignores contexts"):
		ctx = context.Background()
	}
	return f.Memory.Append(ctx, after, data)
}

func (f *faulty) Read(ctx context.Context, after contacts.Seq) iter.Seq2[contacts.Entry, error] {
	return func(yield func(contacts.Entry, error) bool) {
		n := 0
		var shared []byte
		for e, err := range f.Memory.Read(ctx, after) {
			n++
			switch {
			case f.is("ends early") && n > 30:
				return
			case f.is("reorders") && err == nil:
				f.mu.Lock()
				shared = append(shared[:0], e.Data...)
				if n == 7 {
					shared[0]++
				}
				f.mu.Unlock()
				e.Data = shared
			case f.is("yields too early places") && n == 3:
				e.Seq--
			case f.is("compacts silently") && err != nil:
				return
			case f.is("works when closed") && err != nil:
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (f *faulty) Wait(ctx context.Context, after contacts.Seq) error {
	if f.is("never wakes") {
		<-ctx.Done()
		return ctx.Err()
	}
	return f.Memory.Wait(ctx, after)
}

func (f *faulty) Save(ctx context.Context, at contacts.Seq, write func(io.Writer) error) error {
	switch {
	case f.is("partial snapshot"):
		var failure error
		err := f.Memory.Save(ctx, at, func(w io.Writer) error {
			failure = write(w)
			return nil
		})
		if err != nil {
			return err
		}
		return failure
	case f.is("empty snapshots"):
		return f.Memory.Save(ctx, at, func(w io.Writer) error { return write(io.Discard) })
	case f.is("compacts too much"):
		if err := f.Memory.Save(ctx, at, write); err != nil {
			return err
		}
	case f.is("keeps all"):
		for range f.Load(ctx) {
			f.kept = append(f.kept, 0)
		}
		if len(f.kept) > 0 {
			return nil
		}
	}
	return f.Memory.Save(ctx, at, write)
}

func (f *faulty) Load(ctx context.Context) iter.Seq2[contacts.SavedSnapshot, error] {
	return func(yield func(contacts.SavedSnapshot, error) bool) {
		var all []contacts.SavedSnapshot
		for s, err := range f.Memory.Load(ctx) {
			if err != nil {
				yield(s, err)
				return
			}
			all = append(all, s)
		}
		if f.is("keeps one snapshot") {
			all = all[:min(1, len(all))]
		}
		if f.is("oldest first") && len(all) == 2 {
			all[0], all[1] = all[1], all[0]
		}
		for _, s := range all {
			if !yield(s, nil) {
				return
			}
		}
	}
}
