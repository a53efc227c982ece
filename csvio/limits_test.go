package csvio_test

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

// endless repeats a text for n bytes.
type endless struct {
	text string
	n    int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.n <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.n)
	for filled := 0; filled < n; {
		filled += copy(p[filled:n], e.text)
	}
	e.n -= n
	return n, nil
}

func TestLimits(t *testing.T) {
	small := csvio.Limits{FileBytes: 1000, RowBytes: 100, CellBytes: 50, Columns: 5}
	t.Run("CSV-10 a header", func(t *testing.T) {
		for _, text := range []string{
			strings.Repeat("Company ", 13) + "\n", "Email" + strings.Repeat(", ", 48) + "\n", "Email,,,,,\n", "Email," +
				strings.Repeat("x", 60),
			"\"" + strings.Repeat("x\n", 60), "Email" + strings.Repeat(" ", 100),
		} {
			_, err := csvio.NewReader(strings.NewReader(text), &csvio.Options{Limits: small})
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err), text)
		}
	})
	t.Run("CSV-10 the columns of a spreadsheet", func(t *testing.T) {
		_, err := csvio.NewReader(strings.NewReader("Email"+strings.Repeat(",", 1<<14-1)+"\n"), nil)
		require.NoError(t, err)
		_, err = csvio.NewReader(strings.NewReader("Email"+strings.Repeat(",", 1<<14)+"\n"), nil)
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
	})
	for _, test := range []struct {
		name, row string
		refused   string
	}{
		{name: "a cell", row: strings.Repeat("x", 50)},
		{name: "a cell that is too long", row: strings.Repeat("x", 51), refused: "a cell is too long"},
		{name: "a quoted cell that is too long", row: `"` + strings.Repeat("x", 60) + `"`,
			refused: "a cell is too long"},
		{name: "spaces that are too long", row: strings.Repeat(" ", 60), refused: "a cell is too long"},
		{name: "a row that is too long", row: strings.Repeat(strings.Repeat("x", 40)+",", 3),
			refused: "the row is too long"},
		{name: "cells that are too many", row: "a,,,,,", refused: "too many cells"},
		{name: "a quote that never closes", row: "\"" + strings.Repeat("x\n", 40), refused: "a cell is too long"},
	} {
		t.Run("CSV-10 "+test.name, func(t *testing.T) {
			rows, errs := collect(newReader(t, "Company,City,State\n"+test.row+"\nlast,,\n",
				&csvio.Options{Limits: small}))
			require.Equal(t, "last", rows[len(rows)-1].Contact.Info.Company)
			if test.refused == "" {
				require.Empty(t, errs)
				require.Len(t, rows, 2)
				return
			}
			require.Len(t, errs, 1)
			require.Contains(t, errs[0], "line 2: ")
			require.Contains(t, errs[0], test.refused)
		})
	}
	t.Run("CSV-10 a file", func(t *testing.T) {
		text := "Company\n" + strings.Repeat("x\n", 600)
		r, err := csvio.NewReader(strings.NewReader(text), &csvio.Options{Limits: small})
		if err == nil {
			_, errs := collect(r)
			require.Equal(t, []string{"contacts: INVALID_ARGUMENT: the file is too long, see Options.Limits"}, errs)
		}
	})
	t.Run("CSV-10 a negative limit", func(t *testing.T) {
		for _, limits := range []csvio.Limits{{FileBytes: -1}, {RowBytes: -1}, {CellBytes: -1}, {Columns: -1}} {
			_, err := csvio.NewReader(strings.NewReader(""), &csvio.Options{Limits: limits})
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
		}
	})
}

// TestHostileFiles reads much of what could fill the memory or take forever.
func TestHostileFiles(t *testing.T) {
	const size = 64 << 20
	const header = "First Name,Email,Birthday\n"
	for _, test := range []struct{ name, header, text string }{
		{"zeros", "", "\x00"},
		{"commas", "", ","},
		{"quotes", "", `"`},
		{"letters", "", "x"},
		{"headings", "", "Email,"},
		{"newlines", "", "\n"},
		{"one cell", header, "x"},
		{"one row", header, "x,"},
		{"quotes that never close", header, "\"a\n"},
		{"quotes of quotes", header, "\"a\"b"},
		{"a quoted cell", header + "\"", "x\n"},
		{"backslashes", header + "\"", `\"`},
		{"escaped quotes before commas", header + "\"", `\",`},
		{"quotes that open again", header + "\"\n", "\",x,\"y\n"},
	} {
		t.Run("CSV-10 "+test.name, func(t *testing.T) {
			runtime.GC()
			source := io.MultiReader(strings.NewReader(test.header), &endless{test.text, size})
			most := uint64(0)
			r, err := csvio.NewReader(source, nil)
			if err != nil {
				require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
				return
			}
			n := 0
			for range r.Rows() {
				if n++; n > 50_000 {
					break // the others are like these
				}
				if n%1000 == 1 {
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapInuse)
				}
			}
			require.Less(t, most, uint64(100<<20))
		})
	}
}

func TestMemoryDoesNotGrow(t *testing.T) {
	heap := func(rows int) uint64 {
		row := []byte("Ada,ada@example.com,3/4/1999\n")
		source := io.MultiReader(strings.NewReader("First Name,Email,Birthday\n"), bytes.NewReader(bytes.Repeat(row,
			rows)))
		r, err := csvio.NewReader(source, nil)
		require.NoError(t, err)
		n, most := 0, uint64(0)
		for _, err := range r.Rows() {
			require.NoError(t, err)
			if n++; n%10_000 == 0 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc-uint64(len(row)*rows))
			}
		}
		return most
	}
	require.InDelta(t, heap(20_000), heap(100_000), 4<<20, "CSV-10")
}
