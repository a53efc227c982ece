package seal

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSealer(t *testing.T) {
	s, other := New([32]byte{1}), New([32]byte{2})
	plain, context := []byte("ada@example.com"), []byte("query")
	text := s.Seal(plain, context)

	t.Run("opens in its context", func(t *testing.T) {
		got, ok := s.Open(text, context)
		require.True(t, ok)
		require.Equal(t, plain, got)
	})
	t.Run("equal arguments give equal texts", func(t *testing.T) {
		require.Equal(t, text, New([32]byte{1}).Seal(plain, context))
	})
	t.Run("reveals nothing", func(t *testing.T) {
		require.NotContains(t, text, "ada")
		require.NotEqual(t, text[:16], s.Seal(append(plain, '!'), context)[:16], "the nonce")
		require.NotEqual(t, text[:16], s.Seal(plain, append(context, '!'))[:16], "the nonce")
	})
	t.Run("the border between context and bytes counts", func(t *testing.T) {
		require.NotEqual(t, s.Seal([]byte("bc"), []byte("a"))[:16], s.Seal([]byte("c"), []byte("ab"))[:16])
	})
	for name, refused := range map[string]string{
		"empty":             "",
		"not base64":        "*" + text[1:],
		"padded":            text + "=",
		"with a line break": text[:8] + "\n" + text[8:],
		"cut":               text[:len(text)-1],
		"only a nonce":      text[:16],
		"of another key":    other.Seal(plain, context),
		"another letter":    strings.Map(func(r rune) rune { return r ^ 1 }, text[:1]) + text[1:],
	} {
		t.Run("refuses a text "+name, func(t *testing.T) {
			_, ok := s.Open(refused, context)
			require.False(t, ok)
		})
	}
	t.Run("refuses another context", func(t *testing.T) {
		_, ok := s.Open(text, []byte("queries"))
		require.False(t, ok)
	})
}

// FuzzOpen looks for a text that opens and is not the one that Seal makes.
func FuzzOpen(f *testing.F) {
	s := New([32]byte{1})
	f.Add(s.Seal(nil, nil), []byte(nil))
	f.Add(s.Seal([]byte("a"), []byte("b")), []byte("b"))
	f.Fuzz(func(t *testing.T, text string, context []byte) {
		if plain, ok := s.Open(text, context); ok {
			require.Equal(t, text, s.Seal(plain, context))
		}
		plain, ok := s.Open(s.Seal([]byte(text), context), context)
		require.True(t, ok)
		require.Equal(t, text, string(plain))
	})
}
