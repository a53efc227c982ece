package fold_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/fold"
)

func TestPlain(t *testing.T) {
	for given, want := range map[string]string{
		"": "", "Ada Byron": "ada byron", "Müller": "muller", "Mu\u0308ller": "muller",
		"STRAẞE Straße": "strasse strasse",
		"Łódź":          "lodz", "Smørrebrød": "smorrebrod", "Æsop ŒUVRE": "aesop oeuvre",
		"Þór Ðuro Đorđe":      "thor duro dorde",
		"İstanbul IŞIK ırmak": "istanbul isik irmak", "ΝΊΚΟΣ νίκος": "νικοσ νικοσ", "Артём Й": "артем и",
		"Ａｄａ＠ｘ":   "ada@x",
		"ﬁnn ﬀ Ǆ": "finn ff dz", "𝐁𝐲𝐫𝐨𝐧 ① ²": "byron 1 2", "٢١٢ २१": "212 21", "\u212a\u017f": "ks",
		"a\u00adb\u200dc\ufe0f":   "abc",
		"O’B O´B Oʼb O‘b O′b O＇b": "o'b o'b o'b o'b o'b o'b", "\u00a0x\u3000y": " x y", "Nguyễn": "nguyen",
		"שָׁלוֹם":  "שלום",
		"مُحَمَّد": "محمد", "か": "か", "日本語": "日本語", "C#$ -_.": "c#$ -_.", "😀": "😀",
	} {
		require.Equal(t, want, fold.Plain(given), "%+q", given)
	}
	for _, other := range [][2]string{{"が", "か"}, {"कु", "क"}, {"ดี", "ด"}, {"ü", "ue"}, {"ν", "n"}} {
		require.NotEqual(t, fold.Plain(other[1]), fold.Plain(other[0]), other[0])
	}
	require.Zero(t, testing.AllocsPerRun(100, func() { fold.Plain("ada.byron@example.com") }))
}

// TestPlainOfAll requires of each character what FuzzPlain requires of texts, except of ideographs and private ones.
func TestPlainOfAll(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if utf8.ValidRune(r) && !unicode.In(r, unicode.Unified_Ideograph, unicode.Co) && r < '\U000f0000' {
			requirePlain(t, string(r))
		}
	}
}

// TestPlainOfPairs requires that a character in the table of Plain does not depend on its neighbors.
func TestPlainOfPairs(t *testing.T) {
	for r := rune(0x80); r < '\u0530'; r++ {
		for _, other := range "aZéΆй\u0301\u0323\u0345\u0483\u0488\u00b4" {
			requirePlain(t, string([]rune{r, other, r, r, other}))
		}
	}
	requirePlain(t, "é"+strings.Repeat("\u0301", 100)+"é")
}

// BenchmarkPlain folds names. Only those beyond ASCII and the scripts of its table need a general form.
func BenchmarkPlain(b *testing.B) {
	for name, s := range map[string]string{"ascii": "Ada Byron", "latin": "Zoë Müller", "cyrillic": "Артём", "cjk": "日本語"} {
		b.Run("script="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fold.Plain(s)
			}
		})
	}
}

func requirePlain(t *testing.T, s string) {
	t.Helper()
	plain := fold.Plain(s)
	require.Equal(t, fold.PlainWithoutTable(s), plain)
	if fold.Plain(plain) != plain || !utf8.ValidString(plain) {
		require.Failf(t, "not plain", "%+q becomes %+q and then %+q", s, plain, fold.Plain(plain))
	}
	for _, r := range plain {
		if r != fold.Rune(r) || fold.Invisible(r) || r >= utf8.RuneSelf && unicode.Is(unicode.Nd, r) {
			require.Failf(t, "not plain", "%+q has %+q", plain, r)
		}
	}
}

// FuzzPlain requires that the plain form is valid, has nothing left to fold, and does not depend on case.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"Ada", "Müller", "İ\u0307ß", "O´Brien", "ﷺ", "\xff", "가각", "か\u3099", "\u0345\u1fb3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		requirePlain(t, s)
		const mark = '\u0345' // an iota as a mark, whose other case is a letter
		if utf8.ValidString(s) && !strings.ContainsRune(s, mark) {
			require.Equal(t, fold.Plain(s), fold.Plain(fold.Case(s)), "%+q", s)
		}
		if strings.Map(func(r rune) rune {
			if r >= utf8.RuneSelf {
				return -1
			}
			return r
		}, s) == s {
			require.Equal(t, strings.ToLower(s), fold.Plain(s))
		}
	})
}
