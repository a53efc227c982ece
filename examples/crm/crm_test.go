package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"

	"github.com/contactsdb/contacts"
)

var update = flag.Bool("update", false, "rewrite testdata/sample.golden")

// TestMain lets the tests start this binary as the program itself.
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
		for line := range strings.Lines(got) {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), 100, line)
		}
		require.LessOrEqual(t, strings.Count(got, "\n"), 90)
	})
	t.Run("ERR-3 messages hold no values", func(t *testing.T) {
		s, err := contacts.New(sampleOptions())
		require.NoError(t, err)
		r, err := importRows(t.Context(), s, readRows("sample.csv", strings.NewReader(sample)), func(int) {})
		require.NoError(t, err)
		messages := r.broken
		for _, refused := range r.refused {
			for _, f := range refused {
				messages = append(messages, f.err)
			}
		}
		require.Greater(t, len(messages), 50)
		for _, err := range messages {
			require.NotContains(t, err.Error(), "@")
			require.NotContains(t, err.Error(), "555")
			require.NotContains(t, err.Error(), "Narnia")
		}
	})
}

func TestRun(t *testing.T) {
	t.Run("a missing file", func(t *testing.T) {
		missing := filepath.Join(t.TempDir(), "none.csv")
		cmd := exec.Command(os.Args[0], missing)
		cmd.Env = append(os.Environ(), "CRM_TEST_MAIN=1")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		exit, ok := errors.AsType[*exec.ExitError](cmd.Run())
		require.True(t, ok)
		require.Equal(t, 1, exit.ExitCode())
		require.Empty(t, stdout.String())
		require.Contains(t, stderr.String(), "crm: open "+missing)
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
		require.Contains(t, stderr.String(), "usage: crm [-field COLUMN]... [FILE]")
	})
	t.Run("an empty file", func(t *testing.T) {
		for _, name := range []string{"empty.csv", "empty.jsonl", "empty"} {
			require.Equal(t, "     0 rows read\n     0 contacts created\n", runOnText(t, name, ""), name)
		}
	})
	t.Run("a header alone", func(t *testing.T) {
		require.Contains(t, runOnText(t, "a.csv", "Email\n"), "     0 rows read\n")
	})
	t.Run("nothing but a phone that is not valid", func(t *testing.T) {
		require.Contains(t, runOnText(t, "a.csv", "Phone\n12\n"), "no E.164 form")
	})
	t.Run("no row that can be taken", func(t *testing.T) {
		out := runOnText(t, "a.csv", "Email,Shoe size\nnobody,44\n")
		require.Contains(t, out, "     1 refused: INVALID_ARGUMENT\n")
		require.Contains(t, out, "not imported: 1 Shoe size\n")
	})
	t.Run("a header of unknown names", func(t *testing.T) {
		err := run(t.Context(), []string{write(t, "a.csv", "anna@example.com,Anna\n")}, io.Discard, io.Discard)
		require.ErrorIs(t, err, errNoColumns)
		require.NotContains(t, err.Error(), "anna@") // it may well be a contact
	})
	t.Run("text that moves the cursor is not printed", func(t *testing.T) {
		out := runOnText(t, "a.csv", "First Name,Email,\x1b[2JNotes\n\x1b[2JAnna\a,anna@example.com,x\n")
		require.NotContains(t, out, "\x1b")
		require.NotContains(t, out, "\a")
	})
	t.Run("progress only on a terminal", func(t *testing.T) {
		var stderr bytes.Buffer
		require.NoError(t, run(t.Context(), nil, io.Discard, &stderr))
		require.Empty(t, stderr.String())

		var terminal strings.Builder
		p := progress{&terminal}
		for n := range 250 {
			p.rows(n + 1)
		}
		p.done()
		require.Equal(t, "\r100 rows\r200 rows\r\x1b[K", terminal.String())
	})
	t.Run("STO-1 a cancelled context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var stdout bytes.Buffer
		for _, args := range [][]string{nil, {write(t, "a.csv", "Email\n")}} {
			require.ErrorIs(t, run(ctx, args, &stdout, io.Discard), context.Canceled)
			require.Empty(t, stdout.String())
		}
	})
	t.Run("STO-1 cancelled on the way", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s, err := contacts.New(nil)
		require.NoError(t, err)
		_, err = importRows(ctx, s, readRows("sample.csv", strings.NewReader(sample)), func(n int) {
			if n == 5 {
				cancel()
			}
		})
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 4, s.Snapshot().Len())
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
`
	s, err := contacts.New(sampleOptions())
	require.NoError(t, err)
	r, err := importRows(t.Context(), s, readCSV(strings.NewReader(text)), func(int) {})
	require.NoError(t, err)
	refused := func(code contacts.Code) (lines []int) {
		for _, f := range r.refused[code] {
			lines = append(lines, f.line)
		}
		return lines
	}
	require.Equal(t, 6, r.rows)
	require.Len(t, r.lines, 2)
	require.Equal(t, []int{3, 4}, refused(contacts.ErrDuplicate), "DUP-2, DUP-3")
	require.Equal(t, []int{5}, refused(contacts.ErrInvalid), "VAL-5")
	require.Equal(t, []int{6}, refused(contacts.ErrInsufficientData), "CRT-1")
	require.Equal(t, tally{"US": 1}, r.e164, "PHN-2")
	for v := range s.Snapshot().All() {
		require.Equal(t, contacts.SourceImport, v.Source().SourceType, "SRC-1")
	}
}

func TestReadCSV(t *testing.T) {
	type info = contacts.Info
	emails := func(list ...contacts.Email) info { return info{Emails: list} }
	phones := func(list ...contacts.Phone) info { return info{Phones: list} }
	address := func(a contacts.Address) info { return info{Addresses: []contacts.Address{a}} }
	for _, test := range []struct {
		name, text string
		want       info
		remarks    []remark
	}{
		{name: "by hand", text: "First Name,Last Name,Company,Job Title,Birthday,Locale\nAnna,Ash,Vine,Nurse,1990-02-03,en-US\n",
			want: info{Name: contacts.Name{First: "Anna", Last: "Ash"}, Company: "Vine", JobTitle: "Nurse",
				Birthdate: "1990-02-03", Locale: "en-US"}},
		{name: "names in any case, with any punctuation", text: "FIRSTNAME,last_name,e-mail\nAnna,Ash,a@example.com\n",
			want: info{Name: contacts.Name{First: "Anna", Last: "Ash"}, Emails: []contacts.Email{{Address: "a@example.com"}}}},
		{name: "spaces around cells", text: " First Name , Email\n Anna ,\" a@example.com \"\n",
			want: info{Name: contacts.Name{First: "Anna"}, Emails: []contacts.Email{{Address: "a@example.com"}}}},
		{name: "quotes and line breaks", text: "First Name,Company\r\n\"Anna\nMaria\",\"\"\"Blue\"\" & Co\"\r\n",
			want: info{Name: contacts.Name{First: "Anna\nMaria"}, Company: `"Blue" & Co`}},
		{name: "fewer cells than columns", text: "First Name,Email,Phone\nAnna\n",
			want: info{Name: contacts.Name{First: "Anna"}}},
		{name: "blank cells beyond the columns", text: "First Name\nAnna,, \n",
			want: info{Name: contacts.Name{First: "Anna"}}},
		{name: "semicolons", text: "First Name;Email\nAnna;a,b@example.com\n",
			want: info{Name: contacts.Name{First: "Anna"}, Emails: []contacts.Email{{Address: "a,b@example.com"}}}},
		{name: "tabs", text: "First Name\tEmail\tCompany\n\t\tVine, Inc\n", want: info{Company: "Vine, Inc"}},
		{name: "unknown columns are told by name", text: "First Name,Shoe size,Pet\nAnna,44,\n",
			want: info{Name: contacts.Name{First: "Anna"}}, remarks: []remark{{"Shoe size", notImported}}},
		{name: "a column twice", text: "Company,Organization\nVine,Ash\n",
			want: info{Company: "Vine"}, remarks: []remark{{"Organization", notImported}}},
		{name: "a full name alone", text: "Name\nAnna Ash\n", want: info{Name: contacts.Name{First: "Anna Ash"}}},
		{name: "a full name that says no more", text: "Name,Given Name,Family Name\nAnna Ash,Anna,Ash\n",
			want: info{Name: contacts.Name{First: "Anna", Last: "Ash"}}},
		{name: "a full name that says more", text: "Name,Given Name,Family Name\nDr. Anna Ash,Anna,Ash\n",
			want: info{Name: contacts.Name{First: "Anna", Last: "Ash"}}, remarks: []remark{{"Name", notImported}}},

		{name: "emails", text: "Email,Email 2,Work Email\na@example.com,b@example.com,c@example.com\n",
			want: emails(contacts.Email{Address: "a@example.com"}, contacts.Email{Address: "b@example.com"},
				contacts.Email{Tag: contacts.EmailWork, Address: "c@example.com"})},
		{name: "emails of Google", text: "E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value\n" +
			"* Home,a@example.com ::: b@example.com,Boat,c@example.com\n",
			want: emails(contacts.Email{Tag: contacts.EmailHome, Address: "a@example.com"},
				contacts.Email{Tag: contacts.EmailHome, Address: "b@example.com"}, contacts.Email{Address: "c@example.com"}),
			remarks: []remark{{"E-mail 2 - Label", notImported}}},
		{name: "emails of Outlook", text: "E-mail Address,E-mail Type,E-mail 2 Address\na@example.com,SMTP,b@example.com\n",
			want:    emails(contacts.Email{Address: "a@example.com"}, contacts.Email{Address: "b@example.com"}),
			remarks: []remark{{"E-mail Type", notImported}}},

		{name: "phones have the country of the row", text: "Phone,Mobile,Country\n1,2,GB\n",
			want: phones(contacts.Phone{Number: "1", CountryCode: "GB"},
				contacts.Phone{Tag: contacts.PhoneMobile, Number: "2", CountryCode: "GB"})},
		{name: "phones of Outlook have the country of their address",
			text: "Business Phone,Home Phone,Mobile Phone,Home Fax,Home Country/Region,Business Country/Region\n1,2,3,4,DK,SE\n",
			want: info{
				Phones: []contacts.Phone{
					{Tag: contacts.PhoneWork, Number: "1", CountryCode: "SE"}, {Tag: contacts.PhoneHome, Number: "2", CountryCode: "DK"},
					{Tag: contacts.PhoneMobile, Number: "3", CountryCode: "DK"}, {Tag: contacts.PhoneFax, Number: "4", CountryCode: "DK"},
				},
				Addresses: []contacts.Address{{Tag: contacts.AddressHome, Country: "DK"}, {Tag: contacts.AddressWork, Country: "SE"}},
			}},
		{name: "phones of Google", text: "Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n" +
			"Work Fax,1,Other,2\n",
			want: phones(contacts.Phone{Tag: contacts.PhoneFax, Number: "1"},
				contacts.Phone{Tag: contacts.PhoneUntagged, Number: "2"})},
		{name: "PHN-3 a phone stays as typed", text: "Phone\n\"\u202a(0)30 \"\"1\u202c\"\n",
			want: phones(contacts.Phone{Number: "\u202a(0)30 \"1\u202c"})},

		{name: "an address", text: "Street,Street 2,PO Box,City,Region,Zip,Country\n" +
			"1 High St,Flat 2,PB 3,Albany,US-NY,12207,US\n",
			want: address(contacts.Address{AddressLine: "1 High St", AddressLine2: "Flat 2, PB 3", City: "Albany",
				Subdivision: "US-NY", PostalCode: "12207", Country: "US"})},
		{name: "a street in parts", text: "street_number,address_1,address_2,suburb,postcode\n" +
			"6,elm street,rose farm,st james,4011\n",
			want: address(contacts.Address{StreetAddress: &contacts.StreetAddress{Number: "6", Name: "elm street"},
				AddressLine2: "rose farm", City: "st james", PostalCode: "4011"})},
		{name: "an address of Google", text: "Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City," +
			"Address 1 - Country\nHome,\"1 Elm\nLeeds\",1 Elm,Leeds,GB\n",
			want: address(contacts.Address{Tag: contacts.AddressHome, AddressLine: "1 Elm", City: "Leeds", Country: "GB",
				FormattedAddress: "1 Elm\nLeeds"})},
		{name: "an address of Outlook", text: "Home Address,Home Street,Home City,Home Address PO Box\n" +
			"\"1 Elm\nLeeds\",1 Elm,Leeds,9\n",
			want: address(contacts.Address{Tag: contacts.AddressHome, AddressLine: "1 Elm", AddressLine2: "9", City: "Leeds",
				FormattedAddress: "1 Elm\nLeeds"})},
		{name: "an address of Thunderbird", text: "Work Address,Work Address2,Work City,Work ZipCode\n1 Elm,Flat 2,Leeds,LS1\n",
			want: address(contacts.Address{Tag: contacts.AddressWork, AddressLine: "1 Elm", AddressLine2: "Flat 2", City: "Leeds",
				PostalCode: "LS1"})},
		{name: "a country alone", text: "First Name,Phone,Street,Country\nAnna,,,GB\n",
			want: info{Name: contacts.Name{First: "Anna"}, Addresses: []contacts.Address{{Country: "GB"}}}},
		{name: "an address has the country of the row", text: "Country,Home City\nGB,Leeds\n",
			want: address(contacts.Address{Tag: contacts.AddressHome, City: "Leeds", Country: "GB"})},

		{name: "other spellings are told", text: "Country,City,Region,Birthday\nUnited States,Albany,New York,31.12.1999\n",
			want: info{Birthdate: "1999-12-31",
				Addresses: []contacts.Address{{City: "Albany", Subdivision: "US-NY", Country: "US"}}},
			remarks: []remark{{"Birthday", otherSpelling}, {"Country", otherSpelling}, {"Region", otherSpelling}}},
		{name: "a region that is no code stands in the formatted address",
			text: "House Number,Street,Zip,City,State,Country\n6,Elm,LS1,Leeds,Upper Foxshire,GB\n",
			want: address(contacts.Address{StreetAddress: &contacts.StreetAddress{Number: "6", Name: "Elm"}, City: "Leeds",
				PostalCode: "LS1", Country: "GB", FormattedAddress: "6 Elm\nLS1 Leeds\nUpper Foxshire\nUnited Kingdom"}),
			remarks: []remark{{"State", textOnly}}},
		{name: "what is not understood stays", text: "Country,City,Birthday\nNarnia,Leeds,soon\n",
			want: info{Birthdate: "soon", Addresses: []contacts.Address{{City: "Leeds", Country: "Narnia"}}}},
		{name: "a birthday in three columns", text: "Birth Year,Birth Month,Birth Day\n1972,1,31\n",
			want: info{Birthdate: "1972-01-31"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, errs := collect(readCSV(strings.NewReader(test.text)))
			require.Empty(t, errs)
			require.Equal(t, []row{{line: rows[0].line, info: test.want, remarks: test.remarks}}, rows)
		})
	}
}

func TestReadCSVLines(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       map[int]string // company by line
		errs       []string
	}{
		{name: "blank lines and breaks in cells count", text: "\nCompany\n\n\"a\n\nb\"\nc\n",
			want: map[int]string{4: "a\n\nb", 7: "c"}},
		{name: "CR LF", text: "Company\r\na\r\n\r\nb\r\n", want: map[int]string{2: "a", 4: "b"}},
		{name: "no line break at the end", text: "Company\na", want: map[int]string{2: "a"}},
		{name: "a row of blank cells", text: "Company,City\n , \n", want: map[int]string{2: ""}},
		{name: "a bare quote", text: "Company\na\nb \"c\" d\ne\n",
			want: map[int]string{2: "a", 4: "e"}, errs: []string{`line 3: bare " in non-quoted-field`}},
		{name: "a quote that is never closed", text: "Company,City\na,b\n\"c,d\ne,f\n\"g\ng\",h\n",
			want: map[int]string{2: "a", 4: "e", 5: "g\ng"}, errs: []string{`line 3: extraneous or missing " in quoted-field`}},
		{name: "a quote that is never closed on the last line", text: "Company\na\n\"b",
			want: map[int]string{2: "a"}, errs: []string{`line 3: extraneous or missing " in quoted-field`}},
		{name: "broken after a blank line", text: "Company\n\n\na\"b\nc\n",
			want: map[int]string{5: "c"}, errs: []string{`line 4: bare " in non-quoted-field`}},
		{name: "broken lines one after the other", text: "Company\n\"a\"b\n\"c\"d\ne\n\"f\"g\n",
			want: map[int]string{4: "e"}, errs: []string{`line 2: extraneous or missing " in quoted-field`,
				`line 3: extraneous or missing " in quoted-field`, `line 5: extraneous or missing " in quoted-field`}},
		{name: "more cells than columns", text: "Company,City\na,b,c\nd,e,\n",
			want: map[int]string{3: "d"}, errs: []string{"line 2: more cells than the header has columns"}},
		{name: "a broken header", text: "Com\"pany\na\n", want: map[int]string{},
			errs: []string{`header: line 1: bare " in non-quoted-field`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, errs := collect(readCSV(strings.NewReader(test.text)))
			got := map[int]string{}
			for _, r := range rows {
				got[r.line] = r.info.Company
			}
			require.Equal(t, test.want, got)
			require.Equal(t, test.errs, errs)
		})
	}
	t.Run("an error of the source is the last word", func(t *testing.T) {
		source := io.MultiReader(strings.NewReader("Company\na\n"), iotest.ErrReader(io.ErrClosedPipe), strings.NewReader("b\n"))
		rows, errs := collect(readCSV(source))
		require.Len(t, rows, 1)
		require.Equal(t, []string{io.ErrClosedPipe.Error()}, errs)
	})
	t.Run("a loop may break off", func(t *testing.T) {
		for r, err := range readCSV(strings.NewReader("Company\na\nb\n")) {
			require.NoError(t, err)
			require.Equal(t, "a", r.info.Company)
			break
		}
	})
	t.Run("a file longer than any buffer", func(t *testing.T) {
		line := "\"" + strings.Repeat("long\n", 20) + "\",x\n"
		text := "Company,City\n" + strings.Repeat(line, 5000) + "\"a\"b\nz,y\n"
		rows, errs := collect(readCSV(iotest.HalfReader(strings.NewReader(text))))
		require.Equal(t, []string{`line 105002: extraneous or missing " in quoted-field`}, errs)
		require.Len(t, rows, 5001)
		require.Equal(t, 105003, rows[5000].line)
	})
}

func TestReadJSONL(t *testing.T) {
	rows, errs := collect(readJSONL(strings.NewReader(`{"name": {"first": "Anna"}, "emails": {"items": [{"email": "a@b", "tag": "HOME"}]}}

not json, with a secret
{"name": {"first": 1}, "company": []}
{"company": "Vine"
42
  {"company": "Vine", "unknown": 1}  ` + "\r\n{}")))
	require.Equal(t, []string{
		"line 3: not valid JSON",
		"line 4: contacts: INVALID_ARGUMENT: info.name.first must be a valid STRING, info.company must be a valid STRING",
		"line 5: not valid JSON",
		"line 6: contacts: INVALID_ARGUMENT: info must be a valid OBJECT",
	}, errs)
	require.Len(t, rows, 3)
	require.Equal(t, 1, rows[0].line)
	require.Equal(t, "Anna", rows[0].info.Name.First)
	require.Equal(t, []contacts.Email{{Tag: contacts.EmailHome, Address: "a@b"}}, rows[0].info.Emails)
	require.Equal(t, 7, rows[1].line)
	require.Equal(t, "Vine", rows[1].info.Company)
	require.True(t, rows[2].empty())

	t.Run("an error of the source is the last word", func(t *testing.T) {
		_, errs := collect(readJSONL(iotest.ErrReader(io.ErrClosedPipe)))
		require.Equal(t, []string{io.ErrClosedPipe.Error()}, errs)
	})
	t.Run("JSON-6 wrong types are refused as a write is", func(t *testing.T) {
		out := runOnText(t, "a.jsonl", "{\"company\": 1}\n{\"company\n")
		require.Contains(t, out, "     1 refused: INVALID_ARGUMENT\n     1 lines that cannot be read\n")
		require.Contains(t, out, "info.company must be a valid STRING: lines 1\n")
		require.Contains(t, out, "line 2: not valid JSON\n")
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
			rows, errs := collect(readRows(test.file, iotest.OneByteReader(strings.NewReader(test.text))))
			require.Empty(t, errs)
			require.Equal(t, []row{{line: 2, info: contacts.Info{Company: "Väine"}}}, rows)
		})
	}
	t.Run("VAL-4 other encodings are refused", func(t *testing.T) {
		out := runOnText(t, "a.csv", "First Name\nJ\xfcrgen\n")
		require.Contains(t, out, "info.name.first must be a valid TEXT: lines 2")
	})
}

func TestSpellings(t *testing.T) {
	for text, want := range map[string]string{
		"1999-12-31": "1999-12-31", "1999-1-2": "1999-01-02", "19991231": "1999-12-31", "1999/12/31": "1999-12-31",
		"31.12.1999": "1999-12-31", "3.4.1999": "1999-04-03", // with points the day is always first
		"12/31/1999": "1999-12-31", "31/12/1999": "1999-12-31", "4/4/1999": "1999-04-04",
		"3/4/1999":  "3/4/1999", // March or April?
		"31.2.1999": "31.2.1999", "1/2/99": "1/2/99", "soon": "soon", "--12-31": "--12-31",
	} {
		require.Equal(t, want, isoDate(text), text)
	}
	for text, want := range map[string]string{
		"US": "US", "us": "US", "USA": "US", "U.S.A.": "US", "uk": "GB", "Germany": "DE", "Deutschland": "DE",
		"Narnia": "Narnia", "XX": "XX", "unknown": "unknown", "840": "840", "n/a": "n/a",
	} {
		require.Equal(t, want, isoCountry(text), text)
	}
	for _, test := range []struct{ text, country, want string }{
		{"US-NY", "US", "US-NY"}, {"us-ny", "", "US-NY"}, {"NY", "US", "US-NY"}, {"ny", "US", "US-NY"},
		{"new york", "US", "US-NY"}, {"Bayern", "DE", "DE-BY"}, {"wa", "AU", "AU-WA"}, {"wa", "US", "US-WA"},
		{"wa", "", ""}, {"Upper Foxshire", "GB", ""}, {"wa", "Narnia", ""},
	} {
		require.Equal(t, test.want, isoSubdivision(test.text, test.country), test)
	}
}

// FuzzRecordReader checks the reader of records against the one it is built on.
func FuzzRecordReader(f *testing.F) {
	for _, text := range []string{
		"a,b\nc,d\n", "a\n\"b\n\nc\"\r\n\r\nd", "a\nb\"c\n\"d\n\"e\"\n", "\"", "\n\"\n\"x\n", "a;b\nc\n", "\xff\n\"\r",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		records := newRecordReader(strings.NewReader(text))
		plain := csv.NewReader(strings.NewReader(text))
		plain.Comma, plain.FieldsPerRecord, plain.TrimLeadingSpace = records.comma, -1, records.comma != '\t'
		last, same := 0, true // same: nothing is broken so far
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
			if broken, ok := errors.AsType[*lineError](err); ok {
				line = broken.line
			} else {
				require.NoError(t, err)
			}
			require.Greater(t, line, last)
			require.LessOrEqual(t, line, 1+strings.Count(text, "\n"))
			last = line
		}
	})
}

// collect reads all rows, and the texts of the errors.
func collect(rows func(func(row, error) bool)) (good []row, errs []string) {
	for r, err := range rows {
		if err != nil {
			errs = append(errs, err.Error())
		} else {
			good = append(good, r)
		}
	}
	return good, errs
}

func runOn(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	require.NoError(t, run(t.Context(), args, &stdout, &stderr))
	require.Empty(t, stderr.String())
	return stdout.String()
}

// runOnText runs the program on a file with this text, and returns what it prints below the file's name.
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
