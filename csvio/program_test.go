package csvio_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// now decides the century of dates in tests.
func now() time.Time { return time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC) }

// TestPrograms compares the rows and remarks of a file of each program with its golden file. A store accepts all rows.
func TestPrograms(t *testing.T) {
	files, err := filepath.Glob("testdata/*.csv")
	require.NoError(t, err)
	require.Greater(t, len(files), 30)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".csv"), func(t *testing.T) {
			got := outcome(t, file)
			golden := strings.TrimSuffix(file, ".csv") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got, "go test ./csvio -update rewrites the golden files")
		})
	}
}

// outcome reads a file with Options that lose nothing, and describes what a store has in the end.
func outcome(t *testing.T, file string) string {
	in, err := os.Open(file)
	require.NoError(t, err)
	defer in.Close()
	s, err := contacts.New(nil)
	require.NoError(t, err)
	defer s.Close()
	r, err := csvio.NewReader(in, making(t, s))
	require.NoError(t, err)
	var b strings.Builder
	for _, remark := range r.Remarks() {
		b.WriteString("file: " + string(remark.What) + ": " + string(remark.Why) + "\n")
	}
	for row, err := range r.Rows() {
		require.NoError(t, err)
		report, err := s.Import(t.Context(), func(yield func(contacts.Row, error) bool) { yield(row.Row, nil) }, nil)
		require.NoError(t, err)
		require.Empty(t, report.Errors)
		text, err := json.MarshalIndent(row.Contact, "", "\t")
		require.NoError(t, err)
		b.WriteString("line " + strconv.Itoa(row.Line) + ": " + string(text) + "\n")
		for _, remark := range row.Remarks {
			b.WriteString(remark.Column + ": " + string(remark.What) + ": " + string(remark.Why) + "\n")
		}
	}
	return b.String()
}

// making returns options that make labels and fields in a store.
func making(t *testing.T, s *contacts.Store) *csvio.Options {
	return &csvio.Options{
		Now: now,
		MakeLabel: func(word string) (string, error) {
			label, _, err := s.FindOrCreateLabel(t.Context(), word)
			return label.Key, err
		},
		MakeField: func(name string) (string, error) {
			field, _, err := s.FindOrCreateField(t.Context(), name, contacts.DataText)
			return field.Key, err
		},
	}
}

// TestOutlookLanguages reads the same person from Outlook in each language.
func TestOutlookLanguages(t *testing.T) {
	read := func(file string) contacts.Info {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		labels := &csvio.Options{MakeLabel: func(word string) (string, error) { return "custom." + word, nil }}
		return one(t, string(text), labels).Contact.Info
	}
	want := read("testdata/outlook-en.csv")
	require.Equal(t, contacts.Info{
		Name:   contacts.Name{First: "Nell", Last: "Corbett"},
		Emails: []contacts.Email{{Address: "nell@wren.example"}, {Address: "nell@home.example"}},
		Phones: []contacts.Phone{
			{Tag: contacts.PhoneFax, Number: "0113 496 0001", CountryCode: "GB"},
			{Tag: contacts.PhoneWork, Number: "0113 496 0002", CountryCode: "GB"},
			{Tag: contacts.PhoneHome, Number: "01904 555 003", CountryCode: "GB"},
			{Tag: contacts.PhoneMobile, Number: "07700 900004", CountryCode: "GB"},
		},
		Addresses: []contacts.Address{
			{Tag: contacts.AddressWork, AddressLine: "8 Lark Row", City: "Leeds", PostalCode: "LS1 9ZZ", Country: "GB"},
			{Tag: contacts.AddressHome, AddressLine: "3 Fern Close", City: "York", PostalCode: "YO1 9ZZ",
				Country: "GB"},
		},
		Company: "Wren Press", JobTitle: "Editor", Birthdate: "1984-05-21",
		LabelKeys: []string{"custom.Press", "custom.Friends"},
	}, want)
	files, err := filepath.Glob("testdata/outlook-*.csv")
	require.NoError(t, err)
	require.Len(t, files, 18)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { require.Equal(t, want, read(file)) })
	}
}
