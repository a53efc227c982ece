package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

var update = flag.Bool("update", false, "rewrite testdata/sample.golden")

// TestMain lets tests run this binary as the program itself.
func TestMain(m *testing.M) {
	if os.Getenv("CRM_TEST_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestSample(t *testing.T) {
	const golden = "testdata/sample.golden"
	got := runOn(t)
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "go test ./examples/crm -update rewrites the golden file")

	t.Run("STO-6 every run is the same", func(t *testing.T) { require.Equal(t, got, runOn(t)) })
	t.Run("fits a screen of 100 columns", func(t *testing.T) {
		fits(t, got)
	})
	t.Run("ERR-3 messages hold no values", func(t *testing.T) {
		r := importText(t, newStore(t), "sample.csv", sample)
		var messages []error
		for _, refused := range append(slices.Collect(maps.Values(r.refused)), r.broken) {
			for _, f := range refused {
				messages = append(messages, f.err)
			}
		}
		require.Greater(t, len(messages), 30)
		id := regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`) // may contain 555
		for _, err := range messages {
			text := id.ReplaceAllString(err.Error(), "")
			require.NotContains(t, text, "@")
			require.NotContains(t, text, "555")
			require.NotContains(t, text, "Narnia")
		}
	})
}

func TestRun(t *testing.T) {
	t.Run("a missing file", func(t *testing.T) {
		missing := filepath.Join(t.TempDir(), "none.csv")
		stdout, stderr := fails(t, missing)
		require.Empty(t, stdout)
		require.Contains(t, stderr, "crm: open "+missing)
	})
	t.Run("a directory", func(t *testing.T) {
		dir := t.TempDir()
		require.ErrorContains(t, run(t.Context(), []string{dir}, io.Discard, io.Discard), dir)
	})
	t.Run("two files", func(t *testing.T) {
		require.Error(t, run(t.Context(), []string{"a.csv", "b.csv"}, io.Discard, io.Discard))
	})
	t.Run("help", func(t *testing.T) {
		var stderr bytes.Buffer
		require.NoError(t, run(t.Context(), []string{"-h"}, io.Discard, &stderr))
		require.Contains(t, stderr.String(), "usage: crm [-load SAVED] [-save SAVED] [-out LIST] [FILE]")
	})
	t.Run("an empty file", func(t *testing.T) {
		for _, name := range []string{"empty.csv", "empty.jsonl", "empty"} {
			require.Equal(t, "     0 rows read\n     0 contacts created\n", runOnText(t, name, ""), name)
		}
	})
	t.Run("only a header", func(t *testing.T) {
		require.Contains(t, runOnText(t, "a.csv", "Email\n"), "     0 rows read\n")
	})
	t.Run("only an invalid phone", func(t *testing.T) {
		require.Contains(t, runOnText(t, "a.csv", "Phone\n12\n"), "no E.164 form")
	})
	t.Run("no valid row", func(t *testing.T) {
		out := runOnText(t, "a.csv", "Email,Shoe size\nnobody,44\n")
		require.Contains(t, out, "     1 refused: INVALID_ARGUMENT\n")
		require.Regexp(t, `\n +1 +Shoe size +not imported +a contact has no field for it\n`, out)
	})
	t.Run("a header of unknown names", func(t *testing.T) {
		err := run(t.Context(), []string{write(t, "a.csv", "anna@example.com,Anna\n")}, io.Discard, io.Discard)
		require.ErrorIs(t, err, csvio.ErrNoColumns)
		require.NotContains(t, err.Error(), "anna@") // it may well be a contact
	})
	t.Run("columns without a heading", func(t *testing.T) {
		out := runOnText(t, "a.csv", ",Email,\n0,anna@example.com,x\n")
		require.Regexp(t, `\n +2 +without a heading +not imported`, out)
	})
	t.Run("thousands of columns", func(t *testing.T) {
		var header, cells strings.Builder
		for i := range 5000 {
			fmt.Fprintf(&header, "%d %s,", i, strings.Repeat("x", 200))
			cells.WriteString("1,")
		}
		out := runOnText(t, "a.csv", header.String()+"Email\n"+cells.String()+"anna@example.com\n")
		require.Contains(t, out, "and 4989 more\n")
		fits(t, out)
	})
	t.Run("a primary email that is not the first", func(t *testing.T) {
		out := runOnText(t, "a.jsonl",
			`{"emails": {"items": [{"email": "a@example.com"}, {"email": "b@example.com", "primary": true}]}}`)
		require.Regexp(t, `email +"b@example.com" +b@example.com\n  email +"a@example.com" +a@example.com\n`, out)
	})
	t.Run("control characters are not printed", func(t *testing.T) {
		out := runOnText(t, "a.csv", "First Name,Email,\x1b[2JNotes\n\x1b[2JAnna\a,anna@example.com,x\n")
		require.NotContains(t, out, "\x1b")
		require.NotContains(t, out, "\a")
	})
	t.Run("progress only on a terminal", func(t *testing.T) {
		var stderr bytes.Buffer
		require.NoError(t, run(t.Context(), nil, io.Discard, &stderr))
		require.Empty(t, stderr.String())

		var terminal strings.Builder
		clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		p := progress{terminal: &terminal, start: clock, now: func() time.Time {
			clock = clock.Add(2 * time.Second)
			return clock
		}}
		p.size = 3000
		p.read.Store(2000)
		opts := contacts.ImportOptions{Progress: p.rows}
		_, err := importRows(t.Context(), newStore(t), rowsOf(t, manyRows(1500)), uuid.New, opts)
		require.NoError(t, err)
		p.done()
		require.Equal(t, "\r1000 rows, 500 rows/s, 1s left\x1b[K\r1500 rows, 375 rows/s, 2s left\x1b[K\r\x1b[K",
			terminal.String())
	})
	t.Run("STO-1 a canceled context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var stdout bytes.Buffer
		for _, args := range [][]string{nil, {write(t, "a.csv", "Email\n")}} {
			require.ErrorIs(t, run(ctx, args, &stdout, io.Discard), context.Canceled)
			require.Empty(t, stdout.String())
		}
	})
	t.Run("STO-1 IMP-4 canceled during the import", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := newStore(t)
		opts := contacts.ImportOptions{Progress: func(contacts.ImportProgress) { cancel() }}
		r, err := importRows(ctx, s, rowsOf(t, manyRows(1500)), uuid.New, opts)
		require.ErrorIs(t, err, context.Canceled)
		require.Nil(t, r)
		require.Equal(t, 1000, s.Snapshot().Len(), "the rows of the first commit")
	})
}

func TestImport(t *testing.T) {
	const text = `First Name,Email,Phone,Country
Anna,anna@example.com,(212) 555-0123,US
Anna,ANNA@EXAMPLE.COM,,
,,+1 212 555 0123,US

Bob,bob,(212) 555-0124,us
,,,US
"Carol "
,
"Dan "D" Ash
`
	s := newStore(t)
	r := importText(t, s, "a.csv", text)
	refused := func(code contacts.Code) (lines []int) {
		for _, f := range r.refused[code] {
			lines = append(lines, f.line)
		}
		return lines
	}
	require.Equal(t, 8, r.rows())
	require.Equal(t, 1, r.empty)
	require.Equal(t, []refusal{{10, csv.ErrQuote}}, r.broken)
	require.Equal(t, []int{3, 4}, refused(contacts.ErrDuplicate), "DUP-2, DUP-3")
	require.Equal(t, []int{6}, refused(contacts.ErrInvalid), "VAL-5")
	require.Equal(t, []int{7}, refused(contacts.ErrInsufficientData), "CRT-1")
	require.Equal(t, tally{"US": 1}, r.e164, "PHN-2")
	require.Equal(t, map[remark]int{
		{"Country", string(csvio.OtherSpelling), string(csvio.Rewritten)}: 1,
	}, r.remarks, "also of refused rows")
	lines := map[string]int{}
	for v := range s.Snapshot().All() {
		require.Equal(t, contacts.SourceImport, v.Source().SourceType, "SRC-1")
		lines[v.Name().First] = r.lines[v.ID()]
	}
	require.Equal(t, map[string]int{"Anna": 2, "Carol": 8}, lines)
	require.Len(t, r.lines, 2)

	t.Run("IMP-1 contacts keep their IDs and dates, and are ordered by date", func(t *testing.T) {
		s := newStore(t)
		const old, young = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
		r := importText(t, s, "a.csv", "ID,Created Date,First Name\n"+
			young+",2020-01-01,Bo\n"+old+",2010-01-01,Al\n"+young+",,Cy\nx,,Di\n")
		require.Len(t, r.lines, 3)
		require.Equal(t, 2, r.lines[uuid.MustParse(young)])
		require.Equal(t, 3, r.lines[uuid.MustParse(old)])
		require.Equal(t, 4, r.refused[contacts.ErrIDExists][0].line)
		require.Equal(t, map[remark]int{
			{"ID", string(csvio.NotImported), string(csvio.NotID)}: 1,
		}, r.remarks, "CSV-2 x is no ID")
		require.Equal(t, "Al", oldest(s.Snapshot()).Name().First)
	})
}

func TestReadJSONLines(t *testing.T) {
	const text = `{"name": {"first": "Anna"}, "emails": {"items": [{"email": "a@b", "tag": "HOME"}]}}

not json, with a secret
{"name": {"first": 1}, "company": []}
{"company": "Vine"
42
  {"company": "Vine", "unknown": 1}  ` + "\r\n\r\n{}\r\n" + `{"info": {"company": "Ash"}, "revision": 3}`
	for name, source := range map[string]func(io.Reader) io.Reader{
		"whole": func(r io.Reader) io.Reader { return r }, "halves": iotest.HalfReader, "bytes": iotest.OneByteReader,
		"EOF with the data": iotest.DataErrReader,
	} {
		t.Run(name, func(t *testing.T) {
			rows, errs := collect(t, "a.jsonl", source(strings.NewReader(text)))
			require.Len(t, errs, 4)
			for _, err := range errs {
				require.NotContains(t, err, "secret")
			}
			var got []contacts.Row
			for _, row := range rows {
				require.Empty(t, row.remarks)
				got = append(got, row.Row)
			}
			require.Equal(t, []contacts.Row{
				{Line: 1, Contact: &contacts.Contact{Info: contacts.Info{
					Name:   contacts.Name{First: "Anna"},
					Emails: []contacts.Email{{Tag: contacts.EmailHome, Address: "a@b"}},
				}}},
				{Line: 7, Contact: &contacts.Contact{Info: contacts.Info{Company: "Vine"}}},
				{Line: 9, Contact: &contacts.Contact{}},
				{Line: 10, Contact: &contacts.Contact{Revision: 3, Info: contacts.Info{Company: "Ash"}}},
			}, got)
			require.True(t, rows[2].empty)
		})
	}
	t.Run("lines longer than any buffer", func(t *testing.T) {
		long := `{"company": "` + strings.Repeat("x", 1<<17) + `"}`
		rows, errs := collect(t, "a.jsonl", strings.NewReader("\n"+long+"\n\n"+long+"\n{}"))
		require.Empty(t, errs)
		require.Len(t, rows, 3)
		require.Equal(t, []int{2, 4, 5}, []int{rows[0].Line, rows[1].Line, rows[2].Line})
		require.Len(t, rows[1].Contact.Info.Company, 1<<17)
	})
	t.Run("an error of the source is the last error", func(t *testing.T) {
		source := io.MultiReader(strings.NewReader("{}\n{"), iotest.ErrReader(io.ErrClosedPipe))
		rows, errs := collect(t, "a.jsonl", source)
		require.Len(t, rows, 1)
		require.Equal(t, []string{io.ErrClosedPipe.Error()}, errs)
	})
	t.Run("JSON-6 wrong types count as refused", func(t *testing.T) {
		out := runOnText(t, "a.jsonl", "\n{\"company\": 1}\n{\"company\n{\"birthdate\": \"soon\"}\n")
		require.Contains(t, out, "     2 refused: INVALID_ARGUMENT\n     1 lines that cannot be read\n")
		require.Contains(t, out, "info.company must be a valid STRING: lines 2\n")
		require.Contains(t, out, "info.birthdate must be a valid LOCAL_DATE: lines 4\n")
		require.Contains(t, out, "line 3: not one JSON value\n")
		require.Contains(t, out, "  line 2: contacts: INVALID_ARGUMENT: info.company must be", "once")
	})
}

func TestReadRows(t *testing.T) {
	const jsonl, csvText = "\n {\"company\": \"Väine\"}\n", "Company\nVäine\n"
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(csvText)
	require.NoError(t, err)
	for _, test := range []struct{ name, file, text string }{
		{"CSV by its name", "a.CSV", csvText},
		{"CSV by its content", "a", csvText},
		{"JSON Lines by its name", "a.ndjson", jsonl},
		{"JSON Lines by its content", "a.txt", jsonl},
		{"CSV with a byte order mark", "a.csv", "\ufeff" + csvText},
		{"JSON Lines with a byte order mark", "a", "\ufeff" + jsonl},
		{"UTF-16", "a.csv", utf16},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, errs := collect(t, test.file, iotest.OneByteReader(strings.NewReader(test.text)))
			require.Empty(t, errs)
			want := &contacts.Contact{Info: contacts.Info{Company: "Väine"}}
			require.Equal(t, []row{{Row: contacts.Row{Line: 2, Contact: want}}}, rows)
		})
	}
	t.Run("VAL-4 other encodings are refused", func(t *testing.T) {
		file := write(t, "a.csv", "First Name\nJ\xfcrgen\n")
		require.ErrorContains(t, run(t.Context(), []string{file}, io.Discard, io.Discard), "windows-1252")
	})
}

// collect reads all rows and the messages of all errors.
func collect(t *testing.T, name string, r io.Reader) (good []row, errs []string) {
	t.Helper()
	rows, err := (&reading{}).rows(name, r)
	require.NoError(t, err)
	for row, err := range rows {
		if err != nil {
			errs = append(errs, err.Error())
		} else {
			good = append(good, row)
		}
	}
	return good, errs
}

func rowsOf(t *testing.T, text string) iter.Seq2[row, error] {
	t.Helper()
	rows, err := (&reading{}).rows("a.csv", strings.NewReader(text))
	require.NoError(t, err)
	return rows
}

// importText imports a file with this text into a store.
func importText(t *testing.T, s *contacts.Store, name, text string) *report {
	t.Helper()
	rows, err := (&reading{}).rows(name, strings.NewReader(text))
	require.NoError(t, err)
	r, err := importRows(t.Context(), s, rows, uuid.New, contacts.ImportOptions{})
	require.NoError(t, err)
	return r
}

func manyRows(n int) string {
	var text strings.Builder
	text.WriteString("Email\n")
	for i := range n {
		fmt.Fprintf(&text, "%d@example.com\n", i)
	}
	return text.String()
}

// fails runs the program in a separate process, which must end with exit code 1.
func fails(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "CRM_TEST_MAIN=1")
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	exit, ok := errors.AsType[*exec.ExitError](cmd.Run())
	require.True(t, ok)
	require.Equal(t, 1, exit.ExitCode())
	return out.String(), messages.String()
}

// fits requires lines of at most 100 characters, and at most 90 of them.
func fits(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), 100, line)
	}
	require.LessOrEqual(t, strings.Count(text, "\n"), 90)
}

func runOn(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	require.NoError(t, run(t.Context(), args, &stdout, &stderr))
	require.Empty(t, stderr.String())
	return stdout.String()
}

// runOnText runs the program on a file with this text, and returns the output below the file's name.
func runOnText(t *testing.T, name, text string) string {
	t.Helper()
	out := runOn(t, write(t, name, text))
	_, out, _ = strings.Cut(out, "\n")
	return out
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
