package history

import (
	"math/bits"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// TestSequentialModel shows that the model of the histories does not accept everything.
func TestSequentialModel(t *testing.T) {
	require.Equal(t, 4, bits.OnesCount8(bitOf("a@x.io")|bitOf("b@x.io")|bitOf("c@x.io")|bitOf("d@x.io")))
	h := Setup{Open: func(t *testing.T, opts *contacts.Options) []*contacts.Store {
		s, err := contacts.New(opts)
		require.NoError(t, err)
		return []*contacts.Store{s}
	}}.Record(t, 1)
	for i := range h.operations {
		op := &h.operations[i]
		out := op.Output.(reply)
		if in := op.Input.(call); in.method == "create" && out.code == "" {
			out.contact.revision++
			op.Output = out
			require.Equal(t, porcupine.Illegal, h.Check())
			return
		}
	}
	require.Fail(t, "no contact was created")
}
