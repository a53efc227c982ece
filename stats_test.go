package contacts_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
	"github.com/contactsdb/contacts/logtest"
)

func TestStats(t *testing.T) {
	t.Run("STO-12 a new store", func(t *testing.T) {
		require.Equal(t, contacts.Stats{}, newStore(t).Stats())
	})
	// What lived writes: two contacts and Bob, whose ID leads to Ann, and the changes of its eight commits.
	want := contacts.Stats{
		Position: 8, Changes: 11, Contacts: 2, Labels: 1, Merged: 1, Feed: contacts.FeedStats{Changes: 11},
	}
	for _, tc := range []struct {
		name   string
		change func(t *testing.T, s *contacts.Store, want *contacts.Stats) *contacts.Store
	}{
		{"STO-12 each number", func(*testing.T, *contacts.Store, *contacts.Stats) *contacts.Store { return nil }},
		{"STO-12 a fork", func(_ *testing.T, s *contacts.Store, want *contacts.Stats) *contacts.Store {
			want.Feed = contacts.FeedStats{Oldest: want.Position}
			return s.Fork()
		}},
		{"STO-12 a loaded store", func(t *testing.T, s *contacts.Store, want *contacts.Stats) *contacts.Store {
			want.Feed = contacts.FeedStats{Oldest: want.Position}
			return load(t, exportOf(t, s.Snapshot()))
		}},
		{"STO-12 a closed store", func(t *testing.T, s *contacts.Store, want *contacts.Stats) *contacts.Store {
			want.Closed = true
			require.NoError(t, s.Close())
			return nil
		}},
		{"STO-12 a trimmed feed", func(t *testing.T, s *contacts.Store, want *contacts.Stats) *contacts.Store {
			want.Feed = contacts.FeedStats{Oldest: want.Position}
			require.NoError(t, s.TrimFeed(t.Context(), want.Position))
			return nil
		}},
		{"STO-12 an extended field", func(t *testing.T, s *contacts.Store, want *contacts.Stats) *contacts.Store {
			newField(t, s, "Size", contacts.DataText)
			want.Position, want.Changes, want.Fields, want.Feed.Changes = 9, 12, 1, 12
			return nil
		}},
		{"STO-12 the target of a merge", func(t *testing.T, s *contacts.Store, want *contacts.Stats) *contacts.Store {
			all := ids(s.Snapshot().All())
			require.NoError(t, s.Delete(t.Context(), all[0]))
			want.Position, want.Changes, want.Contacts, want.Feed.Changes = 9, 12, 1, 12
			return nil
		}},
		{"STO-12 a write that fails", func(t *testing.T, s *contacts.Store, _ *contacts.Stats) *contacts.Store {
			all := ids(s.Snapshot().All())
			_, err := s.Merge(t.Context(), all[0], 1, []uuid.UUID{all[1]}, nil)
			require.Error(t, err)
			return nil
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, want := newStore(t), want
			lived(t, s)
			if other := tc.change(t, s, &want); other != nil {
				s = other
			}
			got := s.Stats()
			require.Equal(t, want.Feed.Changes > 0, got.Feed.Bytes > 0, "earlier versions of contacts")
			want.Feed.Bytes = got.Feed.Bytes
			require.Equal(t, want, got)
			require.NoError(t, s.Snapshot().Check())
		})
	}
	t.Run("STO-12 readers of the feed", func(t *testing.T) {
		s := newStore(t)
		lived(t, s)
		for range s.Follow(t.Context(), 0) {
			require.Equal(t, 1, s.Stats().Feed.Readers)
			for range s.Follow(t.Context(), 1) {
				require.Equal(t, 2, s.Stats().Feed.Readers)
				break
			}
			break
		}
		require.Zero(t, s.Stats().Feed.Readers)
	})
	t.Run("STO-12 the bytes of the feed fall", func(t *testing.T) {
		s := newStore(t)
		lived(t, s)
		before := s.Stats().Feed
		require.NoError(t, s.TrimFeed(t.Context(), 7))
		after := s.Stats().Feed
		require.Less(t, after.Bytes, before.Bytes)
		require.Equal(t, contacts.FeedStats{Changes: 2, Bytes: after.Bytes, Oldest: 7}, after)
	})
}

func TestStatsOfLog(t *testing.T) {
	t.Run("STO-12 a commit counts once it is durable", func(t *testing.T) {
		gate := newGate(logtest.NewMemory())
		s := openLog(t, gate)
		defer gate.release()
		require.Equal(t, &contacts.LogStats{}, s.Stats().Log)
		done := make(chan error)
		go func() {
			_, err := s.Create(t.Context(), person("Ann"), nil)
			done <- err
		}()
		gate.await()
		require.Equal(t, contacts.Stats{Log: &contacts.LogStats{Queued: 1}}, s.Stats())
		gate.release()
		require.NoError(t, <-done)
		got := s.Stats()
		require.Equal(t, contacts.Position(1), got.Position)
		require.Equal(t, 1, got.Contacts)
		require.Equal(t, &contacts.LogStats{Queued: 1}, got.Log)
	})
	t.Run("STO-12 a store that was opened again", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log)
		lived(t, s)
		want := s.Stats()
		require.NoError(t, s.Close())
		got := openLog(t, log.Reopen()).Stats()
		want.Feed.Bytes = got.Feed.Bytes // an estimate of what two versions of a contact share
		require.Equal(t, want, got)
	})
	t.Run("STO-12 the error of a log that has failed", func(t *testing.T) {
		broken := &brokenLog{Log: logtest.NewMemory()}
		s := openLog(t, broken)
		lived(t, s)
		broken.fail(errDisk)
		_, err := s.Create(t.Context(), person("Zoe"), nil)
		require.ErrorIs(t, err, errDisk)
		_, err = s.Create(t.Context(), person("Zoe"), nil)
		require.ErrorIs(t, err, contacts.ErrReadOnly)
		got := s.Stats()
		require.ErrorIs(t, got.Log.Err, errDisk)
		require.Equal(t, got.Position, got.Log.Queued)
		require.NoError(t, s.Close())
		require.ErrorIs(t, s.Stats().Log.Err, errDisk)
		require.Nil(t, s.Fork().Stats().Log)
	})
	t.Run("STO-12 a replica", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log)
		damaged := &damagedLog{Memory: log.Reopen()}
		replica, err := contacts.OpenReplica(t.Context(), damaged, fixed())
		require.NoError(t, err)
		t.Cleanup(func() { replica.Close() })
		lived(t, s)
		want := s.Stats()
		storetest.FirstCommits(t, replica.Follow(t.Context(), 0), int(want.Position))
		require.Eventually(t, func() bool { return replica.Stats().Log.LagSince.IsZero() }, 10*time.Second, time.Millisecond)
		got := replica.Stats()
		want.Log.Replica, want.Log.Follows, want.Feed.Bytes = true, true, got.Feed.Bytes
		require.Equal(t, want, got)

		damaged.err.Store(&contacts.CorruptError{Offset: -1, Reason: "test"})
		create(t, s, person("Zoe"))
		for _, err := range replica.Follow(t.Context(), want.Position) {
			require.ErrorIs(t, err, contacts.ErrReadOnly)
		}
		require.ErrorIs(t, replica.Stats().Log.Err, contacts.ErrLogCorrupt)
	})
}
