package geo

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
)

func TestNameKey(t *testing.T) {
	for _, test := range []struct{ name, key, short string }{
		{"", "", ""},
		{"Côte d’Ivoire", "cotedivoire", "cotedivoire"},
		{"Co\u0302te d'Ivoire", "cotedivoire", "cotedivoire"},
		{"The Turks & Caicos", "theturkscaicos", "turkscaicos"},
		{"Turks and Caicos Islands (the)", "turksandcaicosislandsthe", "turkscaicosislands"},
		{"Saint Lucia", "stlucia", "stlucia"},
		{"ST. LUCIA", "stlucia", "stlucia"},
		{"ʻEua", "eua", "eua"},
		{"Łódź", "lodz", "lodz"},
		{"Praha 10", "praha10", "praha10"},
		{"AND", "and", ""},
		{"İzmir", "izmir", "izmir"},
		{"Косово", "косово", "косово"},
	} {
		key, short := nameKey(test.name)
		require.Equal(t, test.key, key, test.name)
		require.Equal(t, test.short, short, test.name)
	}
}

// TestAccentedLetters compares the table with Unicode: each letter that decomposes into a Latin one and marks is there.
func TestAccentedLetters(t *testing.T) {
	for r := rune(unicode.MaxASCII + 1); r <= 0x1FFF; r++ {
		base := strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) {
				return -1
			}
			return unicode.ToLower(r)
		}, norm.NFD.String(string(r)))
		if unicode.IsLetter(r) && len(base) == 1 {
			require.Equal(t, base, plainLetter(r), "%c", r)
		}
	}
}

// TestKeysAreUnique asserts that no two countries share a name, so that the order of the list does not matter.
func TestKeysAreUnique(t *testing.T) {
	keys := make(map[string]string)
	for entry := range entriesOf(otherCountryNames) {
		for _, name := range append([]string{entry.code, CountryName(entry.code)}, entry.others...) {
			for _, key := range keysOf(name) {
				require.Contains(t, []string{"", entry.code}, keys[key], name)
				keys[key] = entry.code
			}
		}
	}
}

func TestNamesAreShort(t *testing.T) {
	for _, list := range []string{otherCountryNames, subdivisionList} {
		for line := range strings.Lines(list) {
			require.Less(t, len(line), nameMax)
		}
	}
}

// TestNothingBeforeFirstUse keeps the start of a program free of this package's tables.
func TestNothingBeforeFirstUse(t *testing.T) {
	allocs := testing.AllocsPerRun(10, func() {
		ValidCountry("US")
		ValidSubdivision("US-NY")
		CountryName("US")
	})
	require.Zero(t, allocs)
}
