package csvio

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// readAll returns all records of a text, the broken ones as nil.
func readAll(t testing.TB, r *recordReader, text string) (records [][]string) {
	last := 0
	for {
		cells, line, err := r.next()
		if err == io.EOF {
			return records
		}
		if broken, ok := errors.AsType[*contacts.LineError](err); ok {
			require.Equal(t, line, broken.Line)
			records = append(records, nil)
		} else {
			require.NoError(t, err)
			records = append(records, slices.Clone(cells))
		}
		require.Greater(t, line, last)
		require.LessOrEqual(t, line, 1+strings.Count(text, "\n")+strings.Count(text, "\r"))
		last = line
	}
}

func newTestRecords(text io.Reader) *recordReader {
	limits, _ := Limits{}.withDefaults()
	r := newRecordReader(text, limits)
	r.findLineEnds()
	return r
}

// FuzzRecordReader compares recordReader with csv.Reader, for texts that both read, and with itself on a slow source.
func FuzzRecordReader(f *testing.F) {
	for _, text := range []string{
		"a,b\nc,d\n", "a\n\"b\n\nc\"\r\n\r\nd", "a\nb\"c\n\"d\n\"e\"\n", "\"", "\n\"\n\"x\n", "a;b\nc\n", "\xff\n\"\r",
		"a\tb\n\t\tc\n", "\"a,\nb\";c\n", "a\rb\r\"c\rd\"\r\r", "\"a\\\"b\",\"c\\\",\"d\"\n", "\"a \"b\" c\",d\n",
		" \"a\" ,b",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := readAll(t, newTestRecords(strings.NewReader(text)), text)
		require.Equal(t, got, readAll(t, newTestRecords(iotest.OneByteReader(strings.NewReader(text))), text))
		otherSpace := func(r rune) bool { return unicode.IsSpace(r) && !strings.ContainsRune(" \t\n", r) }
		if strings.Contains(text, `\`) || strings.ContainsFunc(text, otherSpace) {
			return // they treat these differently
		}
		plain := csv.NewReader(strings.NewReader(text))
		plain.FieldsPerRecord, plain.TrimLeadingSpace = -1, true
		want, err := plain.ReadAll()
		if err != nil {
			return
		}
		trim := func(records [][]string) [][]string {
			for _, record := range records {
				for i := range record {
					record[i] = strings.TrimSpace(record[i])
				}
			}
			return records
		}
		require.Equal(t, trim(want), trim(got))
	})
}

func TestRecords(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       [][]string
	}{
		{"CSV-6 a quote in an unquoted cell", "5\" pipes,a \"b\" c\n", [][]string{{`5" pipes`, `a "b" c`}}},
		{"CSV-6 a quote in a quoted cell", "\"Ann \"Annie\" Ash\",\"x\"\n", [][]string{{`Ann "Annie" Ash`, "x"}}},
		{"CSV-6 an escaped quote", `"O\"Hara","say \"hi\", then",x` + "\n", [][]string{{`O"Hara`, `say "hi", then`,
			"x"}}},
		{"CSV-6 an escaped quote at the end", `"O\"",x` + "\n", [][]string{{`O"`, "x"}}},
		{"CSV-6 an escaped quote before the end of a line", `x,"O\""` + "\n" + `a"b,c"` + "\n",
			[][]string{{"x", `O"`}, {`a"b`, `c"`}}},
		{"CSV-6 a backslash before doubled quotes", `"\"",00"` + "\n", [][]string{{`\",00`}}},
		{"CSV-6 a backslash at the end", `"C:\","D:\"` + "\n", [][]string{{`C:\`, `D:\`}}},
		{"CSV-6 doubled quotes", `"a ""b""",""` + "\n", [][]string{{`a "b"`, ""}}},
		{"CSV-6 spaces around quotes", " \"a\" ,\t\"b\"\t\n", [][]string{{"a", "b"}}},
		{"CSV-6 a quote that never closes", "\"a,b\nc,d\n", [][]string{nil, {"c", "d"}}},
		{"CSV-6 a quote that never closes, before a quoted cell", "\"a,b\nc,\"d\"\n", [][]string{nil, {"c", "d"}}},
		{"CSV-6 a quote that never closes, before a quoted cell of the same line", "\"a,\"b\"\nc,d\n",
			[][]string{nil, {"c", "d"}}},
		{"CSV-6 a quote that closes on a later line only", "\"a\"b\nc\",d\n", [][]string{nil, {`c"`, "d"}}},
		{"CSV-6 a quote on a later line of its cell", "\"a\nb \"c\" d\",e\n", [][]string{nil, {`b "c" d"`, "e"}}},
		{"CSV-6 CR alone", "a,b\r\"c\rd\",e\r\rf\r", [][]string{{"a", "b"}, {"c\rd", "e"}, {"f"}}},
		{"CSV-6 CR in a file of LF", "a,b\nc\rd,e\n", [][]string{{"a", "b"}, {"c\rd", "e"}}},
		{"CSV-6 CR CR LF", "a\r\r\nb\r\r\n", [][]string{{"a"}, {"b"}}},
		{"CSV-6 a CR at the end", "a\r\nb\r", [][]string{{"a"}, {"b"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, readAll(t, newTestRecords(strings.NewReader(test.text)), test.text))
		})
	}
}
