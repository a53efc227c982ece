package words_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/words"
)

// found returns the rank of the only row, -1 if it is not found.
func found(r *words.Rows, text string) int {
	for _, rank := range words.Parse(text).Ranks(r) {
		return int(rank)
	}
	return -1
}

func TestRowsAreApart(t *testing.T) {
	var r words.Rows
	for _, texts := range [][]string{
		{}, {"Ada", "By-ron"}, {}, {}, {"Adam"}, {"Byron", "Ada"}, {"x" + strings.Repeat("y", 600), "z"}, {},
		{"w" + strings.Repeat("y", 253), "zz"},
	} {
		for _, text := range texts {
			r.AddText(words.Name, text)
		}
		r.End()
	}
	copied := r.Clone()
	for text, want := range map[string][]int{
		"": {0, 1, 2, 3, 4, 5, 6, 7, 8}, "ada": {1, 4, 5}, "adam": {4}, "by": {1, 5}, "ron": {1}, "ada b": {1, 5},
		"ron ada": {1},
		"xy":      {6}, "z": {6, 8}, "zz": {8}, "wy z": {8}, "adambyron": nil, "q": nil, "ada-m": {4},
	} {
		for _, rows := range []*words.Rows{&r, copied} {
			var got []int
			for i := range words.Parse(text).Ranks(rows) {
				got = append(got, i)
			}
			require.Equal(t, want, got, text)
		}
	}
	r.Reset()
	require.Zero(t, r.Size())
	r.AddText(words.Name, "Cy")
	r.End()
	require.Equal(t, 1, found(&r, "c"))
	require.Zero(t, found(copied, "by ron")>>9)
	for range words.Parse("ada").Ranks(copied) {
		break
	}
}

func TestDigitsOnce(t *testing.T) {
	var once, twice words.Rows
	once.AddTyped(words.Phone, "(212) 555-0101 x5")
	for _, s := range []string{"212.555.0101", "2125550101;9", "", "x", "+"} {
		twice.AddTyped(words.Phone, s)
	}
	once.End()
	twice.End()
	require.Equal(t, once.Size(), twice.Size())
	twice.Reset()
	twice.AddTyped(words.Phone, "21255")
	twice.AddTyped(words.Phone, "212")
	twice.AddTyped(words.E164, "212")
	twice.End()
	require.Equal(t, 4<<9|8, found(&twice, "212"))
	require.Equal(t, 4<<9|8, found(&twice, "+212"))
	require.Equal(t, -1, found(&twice, "+2125"))
}

// FuzzWords requires that any text is found by its own words, by their beginnings, and as a whole in each place, and
// that a search never panics.
func FuzzWords(f *testing.F) {
	for _, s := range []string{
		"Ada Byron", "O'Brien-x", "a.b+c@d-e.f", "(212) 555-0101", "+49 30", "😀 ß", "''", "a'@'b", "@.a", "1.-2",
	} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		if !utf8.ValidString(text) || !utf8.ValidString(other) {
			return
		}
		var r words.Rows
		r.AddText(words.Company, text)
		r.AddAddress(words.Email, other)
		r.AddTyped(words.Phone, text)
		r.AddTyped(words.E164, other)
		r.End()
		blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
		parts := strings.FieldsFunc(fold.Plain(text), blank)
		for _, part := range parts {
			require.NotEqual(t, -1, found(&r, part), "%+q", part)
			_, n := utf8.DecodeRuneInString(part)
			require.NotEqual(t, -1, found(&r, part[:n]), "%+q", part[:n])
		}
		slices.Reverse(parts)
		require.NotEqual(t, -1, found(&r, strings.Join(parts, " ")))
		require.Equal(t, 1, min(1, 1+found(&r, text)), "%+q", text)
		found(&r, other)
	})
}
