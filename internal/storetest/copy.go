package storetest

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// Import imports contacts, and requires that the report agrees with itself and with the store.
func Import(
	t testing.TB, s *contacts.Store, opts *contacts.ImportOptions, rows ...*contacts.Contact,
) contacts.ImportReport {
	t.Helper()
	before := s.Snapshot().Len()
	report, err := s.Import(t.Context(), Rows(rows...), opts)
	require.NoError(t, err)
	require.Equal(t, len(rows), report.Rows)
	require.Equal(t, report.Rows, report.Imported+report.Updated+report.Unchanged+report.Refused)
	require.Len(t, report.Errors, report.Refused)
	require.Equal(t, before+report.Imported, s.Snapshot().Len())
	require.NoError(t, Fault(s.Snapshot()))
	require.NoError(t, s.Snapshot().Check())
	return report
}

// Refusals lists the refused rows: the number, the code, and the contact, the keys or the fields at fault.
func Refusals(report contacts.ImportReport) []string {
	var list []string
	for _, e := range report.Errors {
		text := fmt.Sprint(e.Row, " ", contacts.CodeOf(e))
		if other, ok := errors.AsType[*contacts.DuplicateError](e); ok {
			text += fmt.Sprint(" of ", Number(other.ID), " ", other.Email, other.Phone)
		}
		if keys, ok := errors.AsType[*contacts.KeysError](e); ok {
			text += fmt.Sprintf(" %q", keys.Keys)
		}
		if reason, ok := errors.AsType[*contacts.Error](e); ok {
			for _, v := range reason.Violations {
				text += " " + v.Field
			}
		}
		list = append(list, text)
	}
	return list
}

// Number returns the n of ID(n).
func Number(id uuid.UUID) uint64 { return binary.BigEndian.Uint64(id[8:]) &^ (1 << 63) }

// Export returns the export of a snapshot.
func Export(t testing.TB, sn *contacts.Snapshot) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, sn.Export(&b))
	return b.String()
}

// LoadOptions returns options whose clock and IDs start beyond those that a small store made by Fixed has reached.
func LoadOptions(edits ...func(*contacts.Options)) *contacts.Options {
	var ticks, ids atomic.Uint64
	opts := &contacts.Options{
		Now:   func() time.Time { return Epoch.AddDate(1, 0, 0).Add(time.Duration(ticks.Add(1)) * time.Second) },
		NewID: func() uuid.UUID { return ID(1<<20 + ids.Add(1)) },
	}
	for _, edit := range edits {
		edit(opts)
	}
	return opts
}

// Load loads and checks an export, and closes the store when the test ends.
func Load(t testing.TB, export string, edits ...func(*contacts.Options)) *contacts.Store {
	t.Helper()
	s, err := contacts.Load(t.Context(), strings.NewReader(export), LoadOptions(edits...))
	require.NoError(t, err)
	require.NoError(t, s.Snapshot().Check())
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// RequireLoads requires that the export of a store loads as an equal store, and returns it.
func RequireLoads(t testing.TB, s *contacts.Store, edits ...func(*contacts.Options)) *contacts.Store {
	t.Helper()
	text := Export(t, s.Snapshot())
	loaded := Load(t, text, edits...)
	require.Equal(t, text, Export(t, loaded.Snapshot()))
	RequireState(t, StateOf(s.Snapshot()), StateOf(loaded.Snapshot()))
	require.Equal(t, s.Snapshot().Digest(), loaded.Snapshot().Digest())
	return loaded
}

// FirstCommits returns the first n commits of a sequence and then stops the iteration.
func FirstCommits(t testing.TB, seq iter.Seq2[contacts.Commit, error], n int) []contacts.Commit {
	t.Helper()
	var commits []contacts.Commit
	for c, err := range seq {
		require.NoError(t, err)
		if commits = append(commits, c); len(commits) == n {
			break
		}
	}
	return commits
}

// EventTexts returns the events of commits as JSON.
func EventTexts(t testing.TB, commits []contacts.Commit) []string {
	t.Helper()
	var list []string
	for _, c := range commits {
		for e := range c.Events() {
			text, err := json.Marshal(e)
			require.NoError(t, err)
			list = append(list, string(text))
		}
	}
	return list
}

// Trace is everything that a store holds.
type Trace struct {
	State
	Export string
}

// TraceOf returns the trace of a store.
func TraceOf(t testing.TB, s *contacts.Store) Trace {
	t.Helper()
	return Trace{StateOf(s.Snapshot()), Export(t, s.Snapshot())}
}
