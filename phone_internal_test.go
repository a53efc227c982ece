package contacts

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/dial"
)

func TestPhoneMemo(t *testing.T) {
	t.Run("PHN-4 repeated numbers cost next to nothing", func(t *testing.T) {
		p := newPhoneParser("US")
		for _, number := range []string{"646-567-6359", "no number at all"} {
			want := p.parse(number, "")
			allocs := testing.AllocsPerRun(100, func() {
				if p.parse(number, "") != want {
					t.Error("another answer the second time")
				}
			})
			require.LessOrEqual(t, allocs, 2.0)
		}
	})

	t.Run("PHN-4 the memo is bounded", func(t *testing.T) {
		p := newPhoneParser("US")
		for i := range phoneMemoSize + 500 {
			p.parse(strconv.Itoa(i), "")
		}
		require.Equal(t, phoneMemoSize, p.memo.Len())
		// A forgotten number is parsed again.
		want := dial.Forms{E164: "+16465676359", Formatted: "+1 646-567-6359"}
		require.Equal(t, want, p.parse("646-567-6359", ""))
		require.Equal(t, phoneMemoSize, p.memo.Len())
	})

	t.Run("PHN-4 the memo keeps no long input", func(t *testing.T) {
		p := newPhoneParser("US")
		require.Equal(t, dial.Forms{}, p.parse(strings.Repeat("1", 1<<20), ""))
		require.Equal(t, dial.Forms{}, p.parse("+1 646-567-6359"+strings.Repeat("\t", phoneMax), ""))
		require.Zero(t, p.memo.Len())
	})

	t.Run("PHN-1 VAL-2 the length of a number counts characters", func(t *testing.T) {
		p := newPhoneParser("US")
		// Full-width digits have three bytes each.
		country, rest := []rune("＋１ "), []rune("６４６５６７６３５９")
		number := string(country) + strings.Repeat(" ", phoneMax-len(country)-len(rest)) + string(rest)
		require.Len(t, []rune(number), phoneMax)
		require.Greater(t, len(number), phoneMax)
		require.Equal(t, "+16465676359", p.parse(number, "").E164)
		require.Empty(t, p.parse(number+" ", "").E164)
	})

	t.Run("PHN-4 the memo keeps countries apart", func(t *testing.T) {
		p := newPhoneParser("ZZ")
		for range 2 {
			require.Equal(t, "+4562183848", p.parse("62183848", "DK").E164)
			require.Empty(t, p.parse("62183848", "US").E164)
			require.Empty(t, p.parse("62183848", "").E164)
		}
		require.Equal(t, 3, p.memo.Len())
	})

	t.Run("PHN-4 any bytes", func(t *testing.T) {
		p := newPhoneParser("US")
		for _, number := range []string{"", "\x00", "\xff\xfe", "+\xff", "646\x00567", "\xe2\x82", "#", "\U0010FFFF"} {
			for _, country := range []string{"", "US", "XX", "\xff", "001", strings.Repeat("U", 1000)} {
				require.Empty(t, p.parse(number, country))
			}
		}
	})
}

// BenchmarkParsePhone shows what the memo saves. What it is to reach: a number seen before in under 0.5 µs.
func BenchmarkParsePhone(b *testing.B) {
	b.Run("number=seen", func(b *testing.B) {
		b.ReportAllocs()
		p := newPhoneParser("")
		for b.Loop() {
			p.parse("646-567-6359", "US")
		}
	})
	b.Run("number=new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			dial.Parse("646-567-6359", "US")
		}
	})
}
