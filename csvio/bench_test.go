package csvio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func BenchmarkRows(b *testing.B) {
	for _, bench := range []struct{ name, header, row string }{
		{"simple", "First Name,Last Name,Email,Phone,Company,Birthday\n",
			"Anna,Ash,anna@example.com,020 7946 0001,Vine,1990-02-03\n"},
		{"google", googleOld, "Anna Ash,Anna,,Ash,,1990-02-03,,* myContacts,* Work,a.ash@example.org,,,Mobile," +
			"07700 900001,Home,\"1 Elm\nLeeds\",1 Elm,Leeds,,,LS1 9ZZ,GB,,,Vine,Nurse\n"},
		{"outlook", outlook, ",Anna,,Ash,,Vine,,Nurse,2 Oak,Floor 3,Albany,New York,12207,United States,,,,,,,," +
			"555 0101,,,,,,,,,0/0/00,12/31/1990,,,anna@example.com,SMTP,Anna Ash,,,,,\n"},
	} {
		b.Run("file="+bench.name, func(b *testing.B) {
			const rows = 1000
			text := bench.header + strings.Repeat(bench.row, rows)
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, err := range newReader(b, text, nil).Rows() {
					require.NoError(b, err)
					n++
				}
				require.Equal(b, rows, n)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}

// BenchmarkImport reads 100,000 people without phones, and imports them into an empty store.
func BenchmarkImport(b *testing.B) {
	const rows = 100_000
	var text strings.Builder
	text.WriteString("First Name,Last Name,Email,Company,Job Title,City,Country,Birthday\n")
	for i := range rows {
		fmt.Fprintf(&text, "Anna,Ash,anna%d@example.com,Vine,Nurse,Leeds,United Kingdom,1990-02-03\n", i)
	}
	b.ReportAllocs()
	for b.Loop() {
		s, err := contacts.New(nil)
		require.NoError(b, err)
		report, err := s.Import(b.Context(), newReader(b, text.String(), nil).Contacts(), nil)
		require.NoError(b, err)
		require.Equal(b, rows, report.Imported)
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
}
