package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
)

func TestData(t *testing.T) {
	t.Run("DUR-1 the sample, and a second run continues", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "people")
		out := runOn(t, "-data", dir)
		require.True(t, strings.HasPrefix(out, "opened: 0 contacts, position 0: "+dir+"\n\nsample.csv\n"), out)
		require.Contains(t, out, "\nkept: 275 contacts, position 5: "+dir+"\n")
		require.NotContains(t, out, "saved:")
		out = runOn(t, "-data", dir)
		require.True(t, strings.HasPrefix(out, "opened: 275 contacts, position 5: "+dir+"\n\nLabels"), out)
		require.NotContains(t, out, "rows read")
		require.Contains(t, out, "\nkept: 275 contacts, position 5: "+dir+"\n", "a second run changes nothing")
	})
	t.Run("a file that is imported again, and again with more rows", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "people")
		const text = "First Name,Last Name,Email\nAnna,Ash,anna@example.com\nNora,,\nNora,,\n" +
			"Bob,Ash,b@example.com\nAnna,Ash,b@example.com\n"
		file := write(t, "a.csv", text)
		require.Contains(t, runOn(t, "-data", dir, file), "     4 contacts created\n")
		out := runOn(t, "-data", dir, file)
		require.Contains(t, out, "     0 contacts created\n     4 rows that bring nothing new\n"+
			"     1 refused: DUPLICATE_CONTACT_EXISTS\n", "IMP-12 Anna has the email of Bob")
		longer := write(t, "b.csv", strings.Replace(text, "Anna", "Zoe,,z@example.com\nNora,,\nAnna", 1))
		out = runOn(t, "-data", dir, longer)
		require.Contains(t, out, "     2 contacts created\n     4 rows that bring nothing new\n")
		require.Contains(t, out, "\nkept: 6 contacts, ")
	})
	t.Run("rows that were merged away do not come back", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "people")
		file := write(t, "a.csv", "First Name,Last Name,Email,Email 2\nAnna,Ash,a@example.com,\nAnna,Ash,b@example.com,\n")
		both := write(t, "b.csv", "First Name,Last Name,Email,Email 2\nAnna,Ash,a@example.com,b@example.com\n")
		require.Contains(t, runOn(t, "-data", dir, file), "     2 contacts created\n")
		out := runOn(t, "-data", dir, both)
		require.Contains(t, out, "     1 rows added to contacts\n")
		require.Contains(t, out, "groups merged in the store: 1 contacts are gone, 1 are left\n")
		out = runOn(t, "-data", dir, file)
		require.Contains(t, out, "     2 rows that bring nothing new\n")
		require.Contains(t, out, "\nkept: 1 contacts, ")
	})
	t.Run("refused", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "people")
		for _, args := range [][]string{{"-data", dir, "-load", "a"}, {"-data", dir, "-save", "a"}} {
			require.ErrorContains(t, run(t.Context(), args, io.Discard, io.Discard), "-data excludes -load and -save")
		}
		err := run(t.Context(), []string{"-data", ""}, io.Discard, io.Discard)
		require.ErrorContains(t, err, "a file name is empty")
		require.NoDirExists(t, dir)
	})
	t.Run("DUR-1 a directory in use", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "people")
		s, err := boltlog.OpenStore(t.Context(), dir, nil, nil)
		require.NoError(t, err)
		defer s.Close()
		stdout, stderr := fails(t, "-data", dir)
		require.Empty(t, stdout)
		require.Contains(t, stderr, "crm: "+dir+": boltlog: LOG_LOCKED")
	})
	t.Run("damage", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "people")
		runOn(t, "-data", dir, write(t, "a.csv", twoPeople))
		path := filepath.Join(dir, "00000001.log")
		require.NoError(t, os.WriteFile(path, []byte(strings.ReplaceAll(read(t, path), "Anna", "Anne")), 0o600))
		err := run(t.Context(), []string{"-data", dir}, io.Discard, io.Discard)
		require.ErrorIs(t, err, contacts.ErrLogCorrupt)
		require.NotContains(t, err.Error(), "Ann", "ERR-3")
	})
}
