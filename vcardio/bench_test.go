package vcardio_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/vcardio"
)

const benchLines = "N:Fern;Ida;Rose;;\nFN:Ida Rose Fern\nORG:Moss & Co.;Roots\nTITLE:Botanist\n" +
	"EMAIL;TYPE=INTERNET,PREF:ida@fern.test\nTEL;TYPE=CELL:415-555-0142\nTEL;TYPE=WORK:415-555-0143\n" +
	"ADR;TYPE=HOME:;;7 Elm Row;San Francisco;CA;94107;United States\nNOTE:Blue door\\, ring twice\n" +
	"CATEGORIES:Garden,Book club\nURL:https://fern.test\nREV:20240312T091400Z"

// BenchmarkRead reads a card in each iteration.
func BenchmarkRead(b *testing.B) {
	text := strings.Repeat(card("3.0", benchLines), 1000)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n%1000 != 0 {
			continue
		}
		r, err := vcardio.NewReader(strings.NewReader(text), making())
		require.NoError(b, err)
		for _, err := range r.Contacts() {
			require.NoError(b, err)
		}
	}
}

// BenchmarkWrite writes a card in each iteration.
func BenchmarkWrite(b *testing.B) {
	list := slices.Repeat([]*contacts.Contact{one(b, "3.0", benchLines, making()).Contact}, 1000)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n%1000 == 0 {
			require.NoError(b, vcardio.Write(io.Discard, seq(list...), making()))
		}
	}
}
