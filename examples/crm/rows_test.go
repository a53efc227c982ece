package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestFormats(t *testing.T) {
	const card = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Byron;Ada;;;\r\nEMAIL:ada@example.com\r\nX-SHOE:44\r\nEND:VCARD\r\n"
	const answer = `{"contacts": [{"info": {"name": {"first": "Ada"}}}, {"info": {"name": {"first": "Bo"}}}]}`
	const wide = "{\n  \"contacts\": [\n    {\"info\": {\"name\": {\"first\": \"Ada\"}}},\n" +
		"    {\"info\": {\"name\": {\"first\": \"Bo\"}}}\n  ]\n}\n"
	list := strings.TrimSuffix(strings.TrimPrefix(wide, "{\n  \"contacts\": "), "}\n")
	for _, c := range []struct {
		name, file, text string
		created          string
	}{
		{"a card by its name", "a.VCF", card, "1"},
		{"a card by its content", "a", strings.ToLower(card[:11]) + card[11:], "1"},
		{"IMP-9 an answer of the API", "a.json", answer, "2"},
		{"an answer with line breaks", "a.json", wide, "2"},
		{"a list with line breaks", "a.json", list, "2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := runOnText(t, c.file, c.text)
			require.Contains(t, out, "     "+c.created+" contacts created\n")
		})
	}
	t.Run("VCF-1 properties that are left out", func(t *testing.T) {
		require.Regexp(t, `1  X-SHOE +not imported `, runOnText(t, "a.vcf", card))
	})
	t.Run("broken JSON with line breaks", func(t *testing.T) {
		file := write(t, "a.json", "{\n  \"contacts\": [\n")
		require.Error(t, run(t.Context(), []string{file}, io.Discard, io.Discard))
	})
	t.Run("CSV-5 an encoding", func(t *testing.T) {
		file := write(t, "a.csv", "First Name\nJ\xfcrgen\n")
		require.Contains(t, runOn(t, "-encoding", "windows-1252", file), "Jürgen")
		err := run(t.Context(), []string{"-encoding", "runes", file}, io.Discard, io.Discard)
		require.ErrorContains(t, err, `-encoding "runes" is not known`)
	})
	t.Run("PHN-2 a region", func(t *testing.T) {
		file := write(t, "a.csv", "First Name,Phone\nAda,069 90009 949\n")
		require.Contains(t, runOn(t, "-region", "DE", file), "+496990009949")
		require.NotContains(t, runOn(t, file), "+496990009949")
		err := run(t.Context(), []string{"-region", "Germany", file}, io.Discard, io.Discard)
		require.ErrorIs(t, err, contacts.ErrInvalid)
	})
}

func TestOut(t *testing.T) {
	for _, name := range []string{"list.csv", "list.vcf"} {
		t.Run(name, func(t *testing.T) {
			list := filepath.Join(t.TempDir(), name)
			file := write(t, "a.csv", "First Name,Last Name,Email\nAda,Byron,ada@example.com\nBo,Ash,bo@example.com\n")
			require.Contains(t, runOn(t, "-out", list, file), "\nwritten: 2 contacts: "+list+"\n")
			again := runOn(t, "-labels", list)
			require.Contains(t, again, "     2 contacts created\n")
			require.Contains(t, again, "     2 contacts have the label Imported\n")
			require.NotContains(t, again, "left out")
		})
	}
	t.Run("refused", func(t *testing.T) {
		file := write(t, "a.csv", "First Name\nAda\n")
		for _, args := range [][]string{{"-out", "list.txt"}, {"-out", "list"}, {"-out", ""}, {"-out", file, file}} {
			require.Error(t, run(t.Context(), args, io.Discard, io.Discard), args)
		}
	})
}
