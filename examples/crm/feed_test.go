package main

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestReplay(t *testing.T) {
	replayed := func(t *testing.T, s *contacts.Store, since contacts.Position) string {
		t.Helper()
		var out strings.Builder
		require.NoError(t, replay(t.Context(), &out, s, since))
		return out.String()
	}
	s := newStore(t)
	create(t, s, withEmail("a@example.com"))
	create(t, s, withEmail("a@example.com"))
	since := s.Snapshot().Position()
	t.Run("EVT-2 no changes", func(t *testing.T) {
		require.Equal(t, "\nFollow from position 2: 0 commits with 0 changes\n", replayed(t, s, since))
	})
	t.Run("EVT-1 a merge is one commit", func(t *testing.T) {
		require.NoError(t, mergeDuplicates(t.Context(), new(strings.Builder), s))
		require.Equal(t, "\nFollow from position 2: 1 commits with 3 changes\n", replayed(t, s, since))
		require.Equal(t, "\nFollow from position 0: 3 commits with 5 changes\n", replayed(t, s, 0))
	})
	t.Run("EVT-3 a position that is no longer kept", func(t *testing.T) {
		opts := sampleOptions()
		opts.FeedSize = 1
		s, err := contacts.New(opts)
		require.NoError(t, err)
		create(t, s, withEmail("a@example.com"))
		create(t, s, withEmail("b@example.com"))
		require.Equal(t, "\nFollow from position 0: POSITION_EXPIRED, oldest position kept is 1\n", replayed(t, s, 0))
	})
	t.Run("STO-1 a canceled context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, replay(ctx, new(strings.Builder), s, since), context.Canceled)
	})
}
