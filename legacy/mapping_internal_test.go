package legacy

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/geo"
)

func TestPlaces(t *testing.T) {
	for _, test := range []struct{ name, text, country, want string }{
		{"LEG-11 a code", "US", "", "US"},
		{"LEG-11 a code in small letters", "us", "", "US"},
		{"LEG-11 a code of three letters", "USA", "", "US"},
		{"LEG-11 a name", "United Kingdom", "", "GB"},
		{"LEG-11 a name in another case", "gERMANY", "", "DE"},
		{"LEG-11 Kosovo", "XK", "", "XK"},
		{"LEG-12 no country", "Narnia", "", ""},
		{"LEG-12 nothing", "", "", ""},
		{"LEG-12 not available", "n.a.", "", ""},
		{"LEG-12 a country that is no more", "AN", "", ""},
		{"LEG-12 a number", "840", "", ""},
		{"LEG-12 an island of a country", "AC", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, geo.Country(test.text)) })
	}
	for _, test := range []struct{ name, text, country, want string }{
		{"LEG-11 a whole code", "US-NY", "US", "US-NY"},
		{"LEG-11 a code and no country", "us-ny", "", "US-NY"},
		{"LEG-11 a code that is not known", "US-ZZ", "US", "US-ZZ"},
		{"LEG-11 a code without its country", "ny", "US", "US-NY"},
		{"LEG-11 the name of a region", "New York ", "US", "US-NY"},
		{"LEG-12 a code of another country", "US-NY", "GB", ""},
		{"LEG-12 a code of no country", "QQ-NY", "", ""},
		{"LEG-12 a name and no country", "New York", "", ""},
		{"LEG-12 no region", "Nowhere", "US", ""},
		{"LEG-12 no text", "", "US", ""},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, geo.Subdivision(test.text, test.country)) })
	}
	for _, test := range []struct{ name, phone, normalized, want string }{
		{"LEG-14 national", "(646) 567-6359", "+16465676359", "US"},
		{"LEG-14 international", "+45 62 18 38 48", "+4562183848", "DK"},
		{"LEG-14 not in international form", "(646) 567-6359", "6465676359", ""},
		{"LEG-14 another number", "(646) 567-6358", "+16465676359", ""},
		{"LEG-14 no number", "call me", "+16465676359", ""},
		{"LEG-14 no country", "+870 773 111 632", "+870773111632", ""},
		{"LEG-14 nothing", "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, countryOf(Phone{Phone: test.phone, NormalizedPhone: test.normalized}))
		})
	}
}

func TestLongCountry(t *testing.T) {
	t.Run("LEG-6 LEG-12 a text that is no country, however long", func(t *testing.T) {
		long := strings.Repeat("a", 1<<20)
		start := time.Now()
		require.Empty(t, geo.Country(long))
		require.Empty(t, geo.Subdivision(long, "US"))
		require.Less(t, time.Since(start), 5*time.Second)
	})
	t.Run("LEG-6 an hour has two digits", func(t *testing.T) {
		_, ok := day("1990-02-03T1:00:00Z")
		require.False(t, ok)
		_, ok = day("1990-02-03T01:00:00Z")
		require.True(t, ok)
	})
}
