package dial_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/dial"
)

func TestCountry(t *testing.T) {
	for number, want := range map[string]string{
		"+49 30 555 0100": "DE", "+1 206 555 0131": "US", "+1 416 555 0131": "CA", "(+44) 20 7946 0018": "GB",
		"+44 1481 555010": "GG", "+7 701 555 01 01": "KZ", "\u202a+33 4 65 71 81 64\u202c": "FR", "+49 123": "DE",
		"+353 1 555 0101 ext. 4": "IE",
		"030 555 0100":           "", "": "", "+": "", "+999 123": "", "+800 1234 5678": "", "n/a": "", "49 30 5550100": "",
	} {
		require.Equal(t, want, dial.Country(number), number)
	}
}
