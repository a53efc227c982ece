package places_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/places"
)

func TestCountry(t *testing.T) {
	for text, want := range map[string]string{
		"US": "US", "us": "US", "USA": "US", "United Kingdom": "GB", "NA": "NA", "N/A": "", "n.a.": "", "na": "", "": "",
		"001": "", "Narnia": "", "Congo (Kinshasa)": "",
	} {
		require.Equal(t, want, places.Country(text), text)
	}
	start := time.Now()
	require.Empty(t, places.Country(strings.Repeat("a", 1<<20)))
	require.Less(t, time.Since(start), 5*time.Second, "the library alone takes minutes")
}

func TestSubdivision(t *testing.T) {
	for text, want := range map[string]string{"ny": "US-NY", "NY": "US-NY", "New York": "US-NY", "Narnia": "", "": ""} {
		require.Equal(t, want, places.Subdivision("US", text), text)
	}
	require.Empty(t, places.Subdivision("XX", "NY"))
}
