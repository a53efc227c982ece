package contacts_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestLoad(t *testing.T) {
	s, c := callable(t)
	_, err := s.SetMember(t.Context(), c.ID, fullMember())
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, s.Snapshot().Export(&file))
	lines := strings.SplitAfter(file.String(), "\n")

	t.Run("EXP-1 EXP-2 EXP-4 what is loaded exports the same", func(t *testing.T) {
		loaded, err := contacts.Load(t.Context(), bytes.NewReader(file.Bytes()), &contacts.Options{Region: "ZZ"})
		require.NoError(t, err)
		require.NoError(t, loaded.Snapshot().Check())
		var again bytes.Buffer
		require.NoError(t, loaded.Snapshot().Export(&again))
		require.Equal(t, file.String(), again.String())
	})
	t.Run("EXP-3 a file without one of its lines", func(t *testing.T) {
		for i := range lines[:len(lines)-1] {
			damaged := strings.Join(lines[:i], "") + strings.Join(lines[i+1:], "")
			_, err := contacts.Load(t.Context(), strings.NewReader(damaged), nil)
			require.ErrorIs(t, err, contacts.ErrInvalidExport, "line %d", i+1)
		}
	})
}
