package contacts_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// phoneStore opens a store with Options.Region.
func phoneStore(t testing.TB, region string) *contacts.Store {
	t.Helper()
	opts := fixed()
	opts.Region = region
	return openStore(t, opts)
}

// phoneOf returns the stored form of a phone with this number and country.
func phoneOf(t testing.TB, s *contacts.Store, number, country string) contacts.Phone {
	t.Helper()
	info := person("Ann") // a number may show nothing
	info.Phones = []contacts.Phone{{Number: number, CountryCode: country}}
	c := create(t, s, info)
	require.Len(t, c.Info.Phones, 1)
	return c.Info.Phones[0]
}

type phoneCase struct{ rule, country, number, e164, formatted string }

func checkPhones(t *testing.T, region string, cases []phoneCase) {
	t.Helper()
	s := phoneStore(t, region)
	for _, tc := range cases {
		t.Run(tc.rule+" region "+strconv.Quote(region)+" "+tc.country+" "+strconv.Quote(tc.number), func(t *testing.T) {
			p := phoneOf(t, s, tc.number, tc.country)
			require.Equal(t, tc.e164, p.E164)
			require.Equal(t, tc.formatted, p.Formatted)
			require.Equal(t, tc.number, p.Number)
			require.Equal(t, tc.country, p.CountryCode)
		})
	}
}

func TestPhoneForms(t *testing.T) {
	checkPhones(t, "", []phoneCase{
		{"PHN-1", "IL", "097495550", "+97297495550", "+972 9-749-5550"},
		{"PHN-1", "UA", "0443955571", "+380443955571", "+380 44 395 5571"},
		{"PHN-1", "US", "646-567-6359", "+16465676359", "+1 646-567-6359"},
		{"PHN-1", "US", "646-446-4789", "+16464464789", "+1 646-446-4789"},
		{"PHN-1", "US", "(704)-454-1233", "+17044541233", "+1 704-454-1233"},
		{"PHN-1", "IL", "55-334-3434", "+972553343434", "+972 55-334-3434"},
		{"PHN-1", "DK", "62183848", "+4562183848", "+45 62 18 38 48"},
		{"PHN-1", "IT", "02 3661 8300", "+390236618300", "+39 02 3661 8300"},
		{"PHN-1", "AR", "011 15-2345-6789", "+5491123456789", "+54 9 11 2345-6789"},
		{"PHN-1", "XK", "044 123 456", "+38344123456", "+383 44 123 456"},
		{"PHN-1", "US", "٦٤٦٥٦٧٦٣٥٩", "+16465676359", "+1 646-567-6359"},
		{"PHN-1", "US", "６４６５６７６３５９", "+16465676359", "+1 646-567-6359"},
		{"PHN-1", "US", "1-800-FLOWERS", "+18003569377", "+1 800-356-9377"},
		{"PHN-1", "US", "646-567-6359 x12", "+16465676359", "+1 646-567-6359 ext. 12"},

		// The right shape, but no number of the plan.
		{"PHN-1", "US", "(722)-138-3099", "", ""},
		{"PHN-1", "US", "2421642341", "", ""},
		{"PHN-1", "US", "567-6359", "", ""},
		{"PHN-1", "US", "911", "", ""},
		{"PHN-1", "US", "6465676359646567635964656763596465676359", "", ""},
		{"PHN-1", "US", "call me", "", ""},
		{"PHN-1", "US", "+", "", ""},
		{"PHN-1", "US", "+1", "", ""},
		{"PHN-1", "US", " ", "", ""},
		{"PHN-1", "US", "---", "", ""},
		{"PHN-1", "US", "7", "", ""},
		{"PHN-1", "AQ", "6465676359", "", ""}, // a country without numbers of its own
		// Germany's plan has room for 17 digits with the country code, E.164 for 15.
		{"PHN-1", "DE", "0585215478336367", "", ""},

		// "Valid" means valid anywhere: a prefix outweighs the country.
		{"PHN-1", "US", "+45 62183848", "+4562183848", "+45 62 18 38 48"},
		{"PHN-1", "DK", "+972 55-334-3434", "+972553343434", "+972 55-334-3434"},
		{"PHN-1", "DK", "+1 646 567 6359", "+16465676359", "+1 646-567-6359"},
		{"PHN-1", "AQ", "+1 646 567 6359", "+16465676359", "+1 646-567-6359"},
		{"PHN-1", "US", "+800 1234 5678", "+80012345678", "+800 1234 5678"},
		{"PHN-1", "US", "416-555-0134", "+14165550134", "+1 416-555-0134"},     // Canada
		{"PHN-1", "DK", "+44 1534 456789", "+441534456789", "+44 1534 456789"}, // Jersey
		{"PHN-1", "DK", "+1 722 138 3099", "", ""},
		{"PHN-1", "DK", "+999 1234567", "", ""},

		// The country decides what a national number means.
		{"PHN-1", "US", "62183848", "", ""},
		{"PHN-1", "DK", "646-567-6359", "", ""},
		{"PHN-1", "IL", "646-567-6359", "", ""},
	})
}

func TestPhoneRegion(t *testing.T) {
	checkPhones(t, "", []phoneCase{
		{"PHN-2", "", "646-567-6359", "", ""},
		{"PHN-2", "", "+1 646-567-6359", "", ""},
		{"PHN-2", "", "+4562183848", "", ""},
		{"PHN-2", "", "+800 1234 5678", "", ""},
		{"PHN-2", "US", "646-567-6359", "+16465676359", "+1 646-567-6359"},
	})
	checkPhones(t, "ZZ", []phoneCase{
		{"PHN-2", "", "646-567-6359", "", ""},
		{"PHN-2", "", "1 646-567-6359", "", ""},
		{"PHN-2", "", "62183848", "", ""},
		{"PHN-2", "", "+1 646-567-6359", "+16465676359", "+1 646-567-6359"},
		{"PHN-2", "", "＋45 62183848", "+4562183848", "+45 62 18 38 48"},
		{"PHN-2", "", "+1 722 138 3099", "", ""},
		{"PHN-2", "US", "646-567-6359", "+16465676359", "+1 646-567-6359"},
		{"PHN-2", "DK", "646-567-6359", "", ""},
	})
	checkPhones(t, "US", []phoneCase{
		{"PHN-2", "", "646-567-6359", "+16465676359", "+1 646-567-6359"},
		{"PHN-2", "", "+45 62183848", "+4562183848", "+45 62 18 38 48"},
		{"PHN-2", "", "011 45 62183848", "+4562183848", "+45 62 18 38 48"},
		{"PHN-2", "", "62183848", "", ""},
		{"PHN-2", "DK", "62183848", "+4562183848", "+45 62 18 38 48"},
		{"PHN-2", "DK", "646-567-6359", "", ""},
		{"PHN-2", "IL", "55-334-3434", "+972553343434", "+972 55-334-3434"},
	})

	for _, region := range []string{"UK", "us", "USA", "001", "840", "+1", " ", "ZZZ", "US\x00", "United States"} {
		t.Run("PHN-2 no store with region "+strconv.Quote(region), func(t *testing.T) {
			s, err := contacts.New(&contacts.Options{Region: region})
			require.Nil(t, s)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			require.Equal(t, oneViolation(badFormat("Region", contacts.FormatCountry)), violations(t, err))
		})
	}
}

func TestPhoneJunk(t *testing.T) {
	const e164, formatted = "+16465676359", "+1 646-567-6359"
	var cases []phoneCase
	for _, junk := range []string{
		"\t", "\r\n", "\n", " ", "   ", "\"", "'", "\u202c", "\u202a", "\u200e", "\u00a0", "\ufeff", ".", ",",
		";", "-", ")", "/", "+", "!", "\U0001F4DE", "\u202c\"\r\n\t ",
	} {
		cases = append(cases, phoneCase{"PHN-3", "US", "646-567-6359" + junk, e164, formatted})
	}
	cases = append(cases,
		phoneCase{"PHN-3", "US", "\u202a+1 646-567-6359\u202c", e164, formatted},
		phoneCase{"PHN-3", "US", "(646) 567-6359)", e164, formatted},
		phoneCase{"PHN-3", "US", "646\u202f567\u20096359", e164, formatted},
		phoneCase{"PHN-3", "US", "646\t567\u200e63\u200b59", e164, formatted},
		phoneCase{"PHN-3", "US", "６४६ ５６７ ৬৩৫৯", e164, formatted},
		// What says something is not junk, and what hides digits neither.
		phoneCase{"PHN-6", "US", "646-567-6359*", "", ""},
		phoneCase{"PHN-6", "US", "646-567-6359…", "", ""},
		phoneCase{"PHN-3", "US", "646-567-6359#", "", ""},
		phoneCase{"PHN-3", "US", "646-567-6359#\t", "", ""},
		phoneCase{"PHN-3", "US", "646-567-6359#12", e164, formatted + " ext. 12"},
		phoneCase{"PHN-3", "US", "646-567-63591", "", ""},
		phoneCase{"PHN-3", "US", "#", "", ""},
		phoneCase{"PHN-3", "US", "\u202c\"\r\n\t ", "", ""},
	)
	checkPhones(t, "", cases)
}

func TestPhoneWords(t *testing.T) {
	const e164, formatted = "+49305551234", "+49 30 5551234"
	checkPhones(t, "", []phoneCase{
		{"PHN-5", "DE", "030 5551234 Fax", e164, formatted},
		{"PHN-5", "DE", "(home) 030 5551234", e164, formatted},
		{"PHN-5", "DE", "тел. 030 5551234, моб.", e164, formatted},
		{"PHN-5", "DE", "030 5551234 oder 0171 5551234", "", ""},
		{"PHN-5", "DE", "030 5551234/35", "", ""},
		{"PHN-5", "US", "+1 646-567-6359 ext.", "+16465676359", "+1 646-567-6359"},
		{"PHN-5", "US", "1st floor 646-567-6359", "", ""},
		{"PHN-6", "US", "646-567-XXXX", "", ""},
		{"PHN-6", "US", "***-***-6359", "", ""},
		{"PHN-6", "DE", "030 5551 ..", "", ""},
		{"PHN-7", "US", "1-800-GO-4-CASH", "+18004642274", "+1 800-464-2274"},
		{"PHN-7", "AU", "13 CATS", "+61132287", "+61 132287"},
		{"PHN-7", "US", "650 253 home", "", ""},
		{"PHN-7", "US", "1-800-XXXXXXX", "", ""},
	})
}

func TestPhoneAnyInput(t *testing.T) {
	s := newStore(t)
	for _, tc := range []struct{ name, number string }{
		{"digits", strings.Repeat("6", 1<<20)},
		{"pluses", strings.Repeat("+", 1<<20)},
		{"brackets", strings.Repeat("(", 1<<20)},
		{"junk at the end", "646-567-6359" + strings.Repeat("\t", 1<<20)},
		{"extensions", "646-567-6359" + strings.Repeat(" ext. 1", 1<<17)},
		{"letters", strings.Repeat("x", 1<<20)},
	} {
		t.Run("PHN-4 a megabyte of "+tc.name, func(t *testing.T) {
			start := time.Now()
			_, err := s.Create(t.Context(), contacts.Info{
				Phones: []contacts.Phone{{Number: tc.number, CountryCode: "US"}},
			}, nil)
			require.Equal(t, oneViolation(tooLong("info.phones.items[0].phone", 50)), violations(t, err))
			require.Less(t, time.Since(start), 5*time.Second)
		})
	}
	for _, tc := range []struct{ name, number string }{
		{"digits", strings.Repeat("6", 50)},
		{"pluses", strings.Repeat("+", 50)},
		{"brackets", strings.Repeat("(", 50)},
		{"nested brackets", strings.Repeat("(6", 25)},
		{"extensions", strings.Repeat("6x", 25)},
		{"phone-context", "646;phone-context=" + strings.Repeat("a.", 16)},
		{"spaces", "6" + strings.Repeat(" ", 48) + "6"},
		{"four-byte digits", strings.Repeat("\U0001D7EC", 50)},
		{"combining marks", strings.Repeat("\u0301", 50)},
		{"extension marks", "646-567-6359" + strings.Repeat(" x", 19)},
		{"slashes", strings.Repeat("1/", 25)},
	} {
		t.Run("PHN-4 fifty characters of "+tc.name, func(t *testing.T) {
			require.Equal(t, tc.number, phoneOf(t, s, tc.number, "US").Number)
		})
	}
	t.Run("PHN-4 the same number again, in other countries", func(t *testing.T) {
		const number = "2070313000"
		for range 2 {
			require.Empty(t, phoneOf(t, s, number, "US").E164)
			require.Equal(t, "+442070313000", phoneOf(t, s, number, "GB").E164)
			require.Empty(t, phoneOf(t, s, number, "").E164)
		}
	})
}

var e164Form = regexp.MustCompile(`^\+[0-9]{5,15}$`)

// FuzzPhone asserts that any phone is either refused for its form or taken as typed, and that an E.164 number names
// itself (PHN-1, PHN-3, PHN-4).
func FuzzPhone(f *testing.F) {
	for _, seed := range [][2]string{
		{"646-567-6359", "US"}, {"(722)-138-3099", "US"}, {"097495550", "IL"}, {"+45 62183848\u202c", "US"},
		{"02 3661 8300", "IT"}, {"011 15-2345-6789", "AR"}, {"0549 886377", "SM"}, {"+800 1234 5678", ""},
		{"tel:646-567-6359;phone-context=+1", "DK"}, {"646-567-6359 ext. 7#", "US"}, {"1-800-FLOWERS\r\n", "US"},
		{"\x00", "US"}, {"\xff", "\xff"}, {"", ""}, {"+", "ZZ"}, {"６４６５６７６３５９", "US"}, {strings.Repeat("1", 51), "US"},
		{"0585215478336367", "DE"}, {"7906", "NU"}, {"9626", "IR"},
		{"030 5551234 Fax", "DE"}, {"***-***-6359", "US"}, {"1-800-GO-4-CASH", "US"}, {"030 5551234/35 x7", "DE"},
	} {
		f.Add(seed[0], seed[1])
	}
	typed, international := newStore(f), phoneStore(f, "ZZ")
	f.Fuzz(func(t *testing.T, number, country string) {
		start := time.Now()
		// Forks, so that the stores do not grow.
		c, err := typed.Fork().Create(t.Context(), contacts.Info{
			Name:   contacts.Name{First: "Ann"}, // a phone that shows nothing is no contact (CRT-1)
			Phones: []contacts.Phone{{Number: number, CountryCode: country}},
		}, nil)
		require.Less(t, time.Since(start), 10*time.Second)
		if err != nil {
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			require.NotEmpty(t, violations(t, err))
			return
		}
		require.True(t, utf8.ValidString(number))
		require.LessOrEqual(t, utf8.RuneCountInString(number), 50)
		p := c.Info.Phones[0]
		require.Equal(t, number, p.Number)
		require.Equal(t, p.E164 == "", p.Formatted == "")
		require.Equal(t, p.E164, c.PrimaryPhone.E164)
		if p.E164 == "" {
			return
		}
		require.NotEmpty(t, country)
		require.Regexp(t, e164Form, p.E164)
		again := phoneOf(t, international.Fork(), p.E164, "")
		require.Equal(t, p.E164, again.E164)
	})
}

// TestPhoneContextEnd ends a number in the form of RFC 3966 with junk, which the library trims from plain numbers only.
func TestPhoneContextEnd(t *testing.T) {
	s, err := contacts.New(nil)
	require.NoError(t, err)
	for _, junk := range []string{"", " ", "\t", "\r\n", "\"", "\u202c"} {
		e164, _ := s.ParsePhone("tel:646-567-6359;phone-context=+1"+junk, "US")
		require.Equal(t, "+16465676359", e164, "PHN-3 %q", junk)
	}
}
