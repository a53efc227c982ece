package lookup_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/lookup"
)

func TestKey(t *testing.T) {
	k := lookup.NewKey()
	k.Bytes = append(k.Bytes, "ab"...)
	for _, read := range []func(...any) ([]byte, error){lookup.ByKey{}.FromArgs, lookup.ByKey{}.PrefixFromArgs} {
		key, err := read(k.Args()...)
		require.NoError(t, err)
		require.Equal(t, "ab", string(key))
		for _, args := range [][]any{nil, {"ab"}, {[]byte("ab")}, {k, k}} {
			_, err := read(args...)
			require.Error(t, err)
		}
	}
	k.Free()
	require.Empty(t, lookup.NewKey().Bytes, "a key begins empty, also in memory that was used before")
}
