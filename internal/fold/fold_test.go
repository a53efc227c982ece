package fold_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/fold"
)

// TestRune compares with unicode.SimpleFold, character by character.
func TestRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		least, member := r, fold.Rune(r) == r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
			member = member || fold.Rune(r) == other
		}
		require.True(t, member, "%U folds to a stranger", r)
		require.Equal(t, fold.Rune(least), fold.Rune(r), "%U", r)
	}
}

func TestCase(t *testing.T) {
	for _, tc := range []struct{ a, b string }{
		{"ΝΙΚΟΣ", "Νικος"}, {"ΣΟΦΟΣ", "σοφος"}, {"STRASSE", "strasse"}, {"Straẞe", "straße"}, {"\u212a", "k"}, {"ſ", "S"},
	} {
		require.Equal(t, fold.Case(tc.a), fold.Case(tc.b), tc.a)
	}
	for _, tc := range []struct{ a, b string }{{"İ", "i"}, {"ı", "I"}, {"straße", "strasse"}, {"é", "e"}} {
		require.NotEqual(t, fold.Case(tc.a), fold.Case(tc.b), tc.a)
	}
	require.Equal(t, "a\xff", fold.Case("a\xff"))
	require.Zero(t, testing.AllocsPerRun(100, func() { fold.Case("ada lovelace") }))
}

func TestEmail(t *testing.T) {
	require.Equal(t, "ada@example.com", fold.Email(" ADA@Example.com\t"))
	require.Equal(t, fold.Email("ΝΙΚΟΣ@x.example"), fold.Email("νικος@x.example"))
	for _, stranger := range []string{"\u212ai", "k\u0130", "k\u0131"} {
		require.NotEqual(t, fold.Email("ki@x.example"), fold.Email(stranger+"@x.example"), "%+q", stranger)
		require.NotEqual(t, fold.Email("KI@x.example"), fold.Email(stranger+"@x.example"), "%+q", stranger)
	}
	require.NotEqual(t, fold.Email("s@x.example"), fold.Email("ſ@x.example"))
	require.Equal(t, "A\xff", fold.Email("A\xff"))
}

func TestName(t *testing.T) {
	for _, same := range []string{"Café", " Café ", "Cafe\u0301", "Ca\u200bfé", "\ufeffCafé", "Café\ufe0f\u00a0"} {
		require.Equal(t, "Café", fold.Name(same), "%+q", same)
	}
	require.NotEqual(t, fold.Name("café"), fold.Name("Café"))
	require.NotEqual(t, fold.Name("A B"), fold.Name("AB"))
}

func TestTrimmed(t *testing.T) {
	for s, want := range map[string]string{
		"": "", " a b\t": "a b", " \ufeff ": "", "\u200b": "", "\ufeffa": "\ufeffa", "a\u200b": "a\u200b",
	} {
		require.Equal(t, want, fold.Trimmed(s), "%q", s)
	}
}

func TestBlank(t *testing.T) {
	for _, s := range []string{
		"", " ", "\t\r\n", "\u00a0", "\u3000", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u202c", "\u3164",
		"\u115f", "\u1160", "\uffa0", "\ufe0f", "\U000e0100", "\u180e", "\u034f", "\u2800", "\U000e0041", "\x01",
		"\u200d\u200d", " \u200b\t\ufe0f",
	} {
		require.True(t, fold.Blank(s), "%+q", s)
	}
	for _, s := range []string{"a", "0", "-", ".", "é", "\u0301", "日", "👩\u200d💻", "می\u200cخواهم", "\uf8ff", "\ufffd"} {
		require.False(t, fold.Blank(s), "%+q", s)
	}
}

func BenchmarkCase(b *testing.B) {
	for _, s := range []string{"ada@example.com", "Ada.Lovelace@Example.com", strings.Repeat("Ж", 12)} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fold.Case(s)
			}
		})
	}
}
