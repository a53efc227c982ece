package main

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func newStore(t *testing.T) *contacts.Store {
	t.Helper()
	s, err := contacts.New(sampleOptions())
	require.NoError(t, err)
	return s
}

func TestLabels(t *testing.T) {
	const text = "First Name,Phone,Country\nAnna,(212) 555-0123,US\nBob,12,US\nCarol,,US\nDan,(212) 555-0124,\n"
	s := newStore(t)
	importText(t, s, "a.csv", text)
	require.NoError(t, labelPhones(t.Context(), s))
	labels := map[string][]string{}
	for v := range s.Snapshot().All() {
		labels[v.Name().First] = slices.Collect(v.LabelKeys())
	}
	const imported, check = "custom.imported", "custom.check-phone"
	require.Equal(t, map[string][]string{
		"Anna": {imported}, "Bob": {imported, check}, "Carol": {imported}, "Dan": {imported, check},
	}, labels, "LBL-2, PHN-1, PHN-2")

	var out strings.Builder
	require.NoError(t, printLabels(&out, s.Snapshot()))
	require.Contains(t, out.String(), "     4 contacts have the label Imported\n")
	require.Contains(t, out.String(), "     2 contacts have the label Check phone\n")
	require.NotContains(t, out.String(), "Customers", "a label that no contact carries")

	t.Run("LBL-4 a label is created once", func(t *testing.T) {
		importText(t, s, "a.csv", "First Name\nEve\n")
		before := s.Snapshot().Position()
		require.NoError(t, labelPhones(t.Context(), s))
		require.Equal(t, before, s.Snapshot().Position())
		var names []string
		for label := range s.Snapshot().Labels() {
			if label.LabelType == contacts.LabelUserDefined {
				names = append(names, label.DisplayName)
			}
		}
		require.Equal(t, []string{"Check phone", "Imported"}, names)
	})
	t.Run("LBL-3 a label of the row stays", func(t *testing.T) {
		out := runOnText(t, "a.jsonl", `{"name": {"first": "Anna"}, "labelKeys": {"items": ["contacts.customers"]}}`)
		require.Contains(t, out, "     1 contacts have the label Customers\n")
		require.Contains(t, out, "     1 contacts have the label Imported\n")
	})
}

func TestCustomFields(t *testing.T) {
	const text = "First Name,Shoe Size,Pet,Company\nAnna,44,Cat,Vine\nBob,,Dog,Vine\n"
	t.Run("other columns are reported", func(t *testing.T) {
		out := runOnText(t, "a.csv", text)
		require.Regexp(t, `2  Pet +not imported .*\n +1  Shoe Size +not imported `, out)
		require.NotContains(t, out, "have a value of")
	})
	t.Run("given columns", func(t *testing.T) {
		out := runOn(t, "-field", "shoe size", "-field", " Pet ", write(t, "a.csv", text))
		require.Contains(t, out, "     1 contacts have a value of shoe size\n")
		require.Contains(t, out, "     2 contacts have a value of Pet\n")
		require.NotContains(t, out, "not imported")
	})
	t.Run("a column with a recognized heading", func(t *testing.T) {
		out := runOn(t, "-field", "Company", write(t, "a.csv", text))
		require.Contains(t, out, "     2 contacts have a value of Company\n")
	})
	t.Run("the sample with another column", func(t *testing.T) {
		out := runOn(t, "-field", "Notes")
		require.Contains(t, out, " contacts have a value of Notes\n")
		require.Regexp(t, `55  Loyalty Card +not imported .*\n +6  Birthday +not imported `, out)
	})
	t.Run("the sample's column in another file", func(t *testing.T) {
		out := runOnText(t, "a.csv", "First Name,Loyalty Card\nAnna,1\n")
		require.Regexp(t, `1  Loyalty Card +not imported `, out)
	})
	t.Run("a missing column", func(t *testing.T) {
		args := []string{"-field", "Hat Size", write(t, "a.csv", text)}
		require.ErrorContains(t, run(t.Context(), args, io.Discard, io.Discard), `the header has no column "Hat Size"`)
	})
	t.Run("FLD-8 a name that is invalid for a field", func(t *testing.T) {
		for _, name := range []string{"", strings.Repeat("x", 151)} {
			args := []string{"-field", name, write(t, "a.csv", text)}
			require.ErrorIs(t, run(t.Context(), args, io.Discard, io.Discard), contacts.ErrInvalid)
		}
	})
	t.Run("FLD-3 in JSON Lines a value is under its key", func(t *testing.T) {
		file := write(t, "a.jsonl",
			`{"name": {"first": "Anna"}, "extendedFields": {"items": {"custom.shoe-size": "44"}}}`)
		require.Contains(t, runOn(t, "-field", "Shoe Size", file), "     1 contacts have a value of Shoe Size\n")
		require.Contains(t, runOn(t, file), "     1 refused: EXTENDED_FIELD_NOT_FOUND\n")
	})
}

func TestLabelsOfFiles(t *testing.T) {
	file := write(t, "a.csv", "First Name,Labels\nAnna,Friends;Book club\nBob,Friends\n")
	t.Run("left out by default", func(t *testing.T) {
		require.Regexp(t, `2  Labels +not imported `, runOn(t, file))
	})
	t.Run("CSV-7 made as found", func(t *testing.T) {
		out := runOn(t, "-labels", file)
		require.Contains(t, out, "     2 contacts have the label Friends\n")
		require.Contains(t, out, "     1 contacts have the label Book club\n")
	})
}
