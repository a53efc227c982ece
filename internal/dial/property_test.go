package dial

import (
	"strings"
	"testing"
	"unicode"

	"github.com/nyaruka/phonenumbers/v2"
	"github.com/stretchr/testify/require"
)

// examples calls f with a valid number of each country and type, in the library's formats.
func examples(f func(number, region string)) {
	for region := range phonenumbers.GetSupportedRegions() {
		for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
			n := phonenumbers.GetExampleNumberForTypeInRegion(region, kind)
			if n == nil {
				continue
			}
			for _, format := range []phonenumbers.PhoneNumberFormat{
				phonenumbers.E164, phonenumbers.INTERNATIONAL, phonenumbers.NATIONAL, phonenumbers.RFC3966,
			} {
				f(phonenumbers.Format(n, format), region)
			}
		}
	}
}

// library returns what the library makes of a text.
func library(number, region string) Forms {
	n, err := phonenumbers.Parse(number, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return Forms{}
	}
	return Forms{
		E164:      phonenumbers.Format(n, phonenumbers.E164),
		Formatted: phonenumbers.Format(n, phonenumbers.INTERNATIONAL),
	}
}

// TestIsValid compares isValid with the library, for numbers of all countries and for others near them, asked in each
// country of their calling code.
func TestIsValid(t *testing.T) {
	counts := map[bool]int{}
	examples(func(number, region string) {
		n, err := phonenumbers.Parse(number, region)
		require.NoError(t, err)
		national := n.GetNationalNumber()
		for _, near := range []uint64{
			national, national / 10, national * 10, national + 1, national ^ 1<<20, national % 1e7, national + 1e9,
			3e9 - national,
		} {
			n.NationalNumber = &near
			want := phonenumbers.IsValidNumber(n)
			for _, asked := range phonenumbers.GetRegionCodesForCountryCode(int(n.GetCountryCode())) {
				require.Equal(t, want, isValid(n, asked), "%s %d in %s", region, near, asked)
			}
			require.Equal(t, want, isValid(n, "ZZ"), "%s %d", region, near)
			counts[want]++
		}
	})
	require.Greater(t, min(counts[true], counts[false]), 10_000)
}

// TestAround changes what is around and between the digits of valid numbers.
func TestAround(t *testing.T) {
	const samples = 8 // of the many, so that the test takes a second
	before := []string{"Tel. ", "(home) ", "тел.: ", "電話", "Büro – ", "work: ", "\u202aFax\t", "Handy\u00a0"}
	behind := []string{" Fax", " (home)", ", Büro", " / моб.", "\u3000自宅", " ext.", " - work", "\r\n(private)\u202c"}
	n := 0
	examples(func(number, region string) {
		n++
		want := library(number, region)
		require.Equal(t, want, Parse(number, region), "PHN-1 %s %q", region, number)
		if n%samples != 0 || want == (Forms{}) {
			return
		}
		for i := range before {
			require.Equal(t, want, Parse(before[i]+number, region), "PHN-5 %s %q", region, before[i]+number)
			require.Equal(t, want, Parse(number+behind[i], region), "PHN-5 %s %q", region, number+behind[i])
		}
		for _, invisible := range []string{"\u200e", "\u200b", "\u00ad", "\ufe0f", "\ufeff", "\u3164"} {
			text := invisible + strings.Join(strings.Split(number, ""), invisible) + invisible
			require.Equal(t, want, Parse(text, region), "PHN-3 %s %q", region, text)
		}
		for _, space := range []string{"\t", "\u202f", "\u2009", "\u3000", "\u1680"} {
			text := strings.ReplaceAll(number, " ", space)
			require.Equal(t, want, Parse(text, region), "PHN-3 %s %q", region, text)
		}
		for _, zero := range "٠۰०০๐၀០０𝟬" {
			text := strings.Map(func(r rune) rune {
				if '0' <= r && r <= '9' {
					return zero + r - '0'
				}
				return r
			}, number)
			require.Equal(t, want, Parse(text, region), "PHN-1 %s %q", region, text)
		}
	})
	require.Greater(t, n, 4000)
}

// FuzzParse asserts that a number comes from digits without words in between, and that invisible characters make no
// difference (PHN-1, PHN-3, PHN-5).
func FuzzParse(f *testing.F) {
	for _, seed := range [][2]string{
		{"030 5551234 Fax", "DE"}, {"030 5551234 oder 0171 5551234", "DE"}, {"1-800-FLOWERS", "US"}, {"x", "US"},
		{"650 253 0000 x123/x124", "US"}, {"tel:646-567-6359;phone-context=+1;ext=1", "DE"}, {"011 15-2345-6789", "AR"},
		{"030 5551234/35", "DE"}, {"***-***-0000", "US"}, {"1-800-GO-4-CASH", "US"}, {"६५०\u200e २५३ ००००", "US"},
		{"650-253-0000 - 123#", "US"}, {"\xff1", "AT"}, {"+", ""}, {"02 3661 8300 casa", "IT"}, {"457 1234", "AG"},
		{"886377", "SM"}, {"571234", "GG"},
	} {
		f.Add(seed[0], seed[1], byte(3))
	}
	f.Fuzz(func(t *testing.T, number, region string, at byte) {
		forms := Parse(number, region)
		require.Equal(t, forms.E164 == "", forms.Formatted == "")
		i := int(at) % (len(number) + 1)
		if valid := strings.ToValidUTF8(number, ""); valid == number {
			for ; i < len(number) && number[i]&0xC0 == 0x80; i++ { // to the next character
			}
			require.Equal(t, forms, Parse(number[:i]+"\u200d"+number[i:], region), "PHN-3")
		}
		p := Phone{Number: number, Forms: forms}
		require.True(t, forms.E164 == "" || p.Identifies())
		if forms.E164 == "" || strings.Contains(number, ";phone-context=") {
			return
		}
		again := Parse(forms.Formatted, "ZZ")
		require.Equal(t, p.Key(), Phone{Forms: again}.Key(), "PHN-1")
		ok := fromOneRun(number, forms.E164) || fromLetters(number, forms.E164)
		require.True(t, ok, "PHN-5 %q %s", number, forms.E164)
	})
}

// fromOneRun reports whether digits of the text without a letter in between end the number, except for a country code
// and what the plan of the country adds to it.
func fromOneRun(number, e164 string) bool {
	const added = len("+3780549") // San Marino has the longest
	for _, run := range strings.FieldsFunc(number, unicode.IsLetter) {
		run = phonenumbers.NormalizeDigitsOnly(run)
		for i := 1; i <= added && i < len(e164); i++ {
			if strings.Contains(run, e164[i:]) {
				return true
			}
		}
	}
	return strings.HasPrefix(e164, "+54") // Argentina's mobile numbers lose 15 and gain 9
}

// fromLetters reports whether letters of the text may stand for digits of the number.
func fromLetters(number, e164 string) bool {
	letters := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) {
			return -1
		}
		return r
	}, plain(number))
	n, err := phonenumbers.Parse(e164, "ZZ")
	if err != nil || len(letters) < 3 {
		return false
	}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.TOLL_FREE, phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.UAN:
		return true
	}
	return false
}
