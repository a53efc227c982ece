package test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestLoadLongLine(t *testing.T) {
	t.Run("EXP-5 JSON-17 a contact that is larger than the default limit of lines", func(t *testing.T) {
		opts := unchecked()
		opts.ContactSizeMax, opts.FieldQuota = 80<<20, 1<<20
		s := openStore(t, opts)
		c := &contacts.Contact{Info: person("Ann")}
		c.Info.ExtendedFields = make(map[string]any)
		for i := range 1200 {
			c.Info.ExtendedFields[fmt.Sprint("custom.a", i)] = strings.Repeat("<", 10_000) // six bytes each
		}
		report, err := s.Import(t.Context(), rowsOf(c), &contacts.ImportOptions{Define: true})
		require.NoError(t, err)
		require.Empty(t, refusals(report))
		export := exportOf(t, s.Snapshot())
		require.Greater(t, len(export), 64<<20)
		loaded, err := contacts.Load(t.Context(), strings.NewReader(export), opts)
		require.NoError(t, err)
		require.Equal(t, s.Snapshot().Digest(), loaded.Snapshot().Digest())
		_, err = contacts.Load(t.Context(), strings.NewReader(export), nil)
		require.ErrorIs(t, err, contacts.ErrInvalidExport)
	})
}
