package legacy

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestReadAddress(t *testing.T) {
	for _, test := range []struct{ name, country, want string }{
		{"LEG-11 a code", "US", "US"},
		{"LEG-11 a code in lower case", "us", "US"},
		{"LEG-11 a code of three letters", "USA", "US"},
		{"LEG-11 a name", "United Kingdom", "GB"},
		{"LEG-11 a name in another case", "gERMANY", "DE"},
		{"LEG-11 Kosovo", "XK", "XK"},
		{"LEG-12 an unknown country", "Narnia", ""},
		{"LEG-12 no text", "", ""},
		{"LEG-12 not available", "n.a.", ""},
		{"LEG-12 a former country", "AN", ""},
		{"LEG-12 a number", "840", ""},
		{"LEG-12 an island without an assigned code", "AC", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, readAddress(Address{Country: test.country}).Country)
		})
	}
	for _, test := range []struct{ name, region, country, want string }{
		{"LEG-11 a whole code", "US-NY", "US", "US-NY"},
		{"LEG-11 a whole code without a country", "us-ny", "", "US-NY"},
		{"LEG-11 an unknown code", "US-ZZ", "US", "US-ZZ"},
		{"LEG-11 a code without its country", "ny", "US", "US-NY"},
		{"LEG-11 the name of a region", "New York ", "US", "US-NY"},
		{"LEG-12 a code of another country", "US-NY", "GB", ""},
		{"LEG-12 a code of an unknown country", "QQ-NY", "", ""},
		{"LEG-12 a name without a country", "New York", "", ""},
		{"LEG-12 an unknown region", "Nowhere", "US", ""},
		{"LEG-12 no region", "", "US", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := readAddress(Address{Region: test.region, Country: test.country})
			require.Equal(t, test.want, a.Subdivision)
		})
	}
	t.Run("LEG-6 LEG-12 an unknown country and region, however long", func(t *testing.T) {
		long := strings.Repeat("a", 1<<20)
		start := time.Now()
		require.Empty(t, readAddress(Address{Country: long}).Country)
		require.Empty(t, readAddress(Address{Country: "US", Region: long}).Subdivision)
		require.Less(t, time.Since(start), 5*time.Second)
	})
}

func TestCountryOf(t *testing.T) {
	s, err := contacts.New(nil)
	require.NoError(t, err)
	for _, test := range []struct{ name, phone, normalized, want string }{
		{"LEG-14 national", "(646) 567-6359", "+16465676359", "US"},
		{"LEG-14 international", "+45 62 18 38 48", "+4562183848", "DK"},
		{"LEG-14 not in international form", "(646) 567-6359", "6465676359", ""},
		{"LEG-14 a different number", "(646) 567-6358", "+16465676359", ""},
		{"LEG-14 not a number", "call me", "+16465676359", ""},
		{"LEG-14 a number that was never assigned", "(722) 138-3099", "+17221383099", ""},
		{"LEG-14 words", "(646) 567-6359 (home)", "+16465676359", "US"},
		{"LEG-14 masked", "(646) 567-6359 **", "+16465676359", ""},
		{"LEG-14 a number of no country", "+870 773 111 632", "+870773111632", ""},
		{"LEG-14 no text", "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, countryOf(s, Phone{Phone: test.phone, NormalizedPhone: test.normalized}))
		})
	}
}

func TestDay(t *testing.T) {
	t.Run("LEG-6 an hour has two digits", func(t *testing.T) {
		_, ok := day("1990-02-03T1:00:00Z")
		require.False(t, ok)
		_, ok = day("1990-02-03T01:00:00Z")
		require.True(t, ok)
	})
}
