package contacts

import (
	"bytes"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestLoadedForest(t *testing.T) {
	t.Run("RED-6 EXP-2 each old ID is one step from its root", func(t *testing.T) {
		const n = 60
		next := 0
		s, err := New(&Options{NewID: func() uuid.UUID { next++; return redirectID(next - 1) }})
		require.NoError(t, err)
		for range n {
			_, err := s.Create(t.Context(), Info{Name: Name{First: "P"}}, nil)
			require.NoError(t, err)
		}
		var steps []mergeStep
		for i := range n - 2 {
			step := mergeStep{i, i + 1} // a chain
			if i > n/2 {
				step = mergeStep{i, n - 1} // and some into one
			}
			v, ok := s.Snapshot().View(redirectID(step.target))
			require.True(t, ok)
			_, err := s.Merge(t.Context(), v.ID(), v.Revision(), []uuid.UUID{redirectID(step.source)}, nil)
			require.NoError(t, err)
			steps = append(steps, step)
		}
		requireForest(t, s.Snapshot().reads(), n, steps)

		var file bytes.Buffer
		require.NoError(t, s.Snapshot().Export(&file))
		loaded, err := Load(t.Context(), &file, nil)
		require.NoError(t, err)
		r := loaded.Snapshot().reads()
		requireForest(t, r, n, steps)
		for row := range r.redirects() {
			found, _ := lookUps(r, row.id)
			require.LessOrEqual(t, found, 2)
		}
	})
}
