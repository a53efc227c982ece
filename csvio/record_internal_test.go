package csvio

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// FuzzRecordReader compares recordReader with the csv.Reader that it is built on.
func FuzzRecordReader(f *testing.F) {
	for _, text := range []string{
		"a,b\nc,d\n", "a\n\"b\n\nc\"\r\n\r\nd", "a\nb\"c\n\"d\n\"e\"\n", "\"", "\n\"\n\"x\n", "a;b\nc\n", "\xff\n\"\r",
		"a\tb\n\t\tc\n", "\"a,\nb\";c\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		records := newRecordReader(bufio.NewReader(strings.NewReader(text)), 0)
		plain := csv.NewReader(strings.NewReader(text))
		plain.Comma, plain.FieldsPerRecord, plain.TrimLeadingSpace = records.comma, -1, trimsSpace(records.comma)
		last, same := 0, true // same: no record was broken so far
		for {
			cells, line, err := records.next()
			if same {
				want, wantErr := plain.Read()
				if same = wantErr == nil; same {
					wantLine, _ := plain.FieldPos(0)
					require.Equal(t, want, cells)
					require.Equal(t, wantLine, line)
				}
				require.Equal(t, wantErr == io.EOF, err == io.EOF)
			}
			if err == io.EOF {
				return
			}
			if broken, ok := errors.AsType[*contacts.LineError](err); ok {
				require.Equal(t, line, broken.Line)
			} else {
				require.NoError(t, err)
			}
			require.Greater(t, line, last)
			require.LessOrEqual(t, line, 1+strings.Count(text, "\n"))
			last = line
		}
	})
}
