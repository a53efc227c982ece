package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
	"path/filepath"
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

var errSaved = errors.New("this file was written by -save; open it with -load")

// readRows reads JSON Lines or CSV, depending on the file's name or else on its first character. In CSV, the values of
// a custom field are in the column with its name; in JSON they are under its key, as in the API.
func readRows(name string, r io.Reader, custom []contacts.Field) (iter.Seq2[csvio.Row, error], error) {
	text := bufio.NewReader(r)
	start, _ := text.Peek(512) // an error comes back when the rows are read
	start = bytes.TrimSpace(bytes.TrimPrefix(start, []byte("\ufeff")))
	isJSON := bytes.HasPrefix(start, []byte("{"))
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jsonl", ".ndjson", ".json":
		isJSON = true
	case ".csv", ".tsv":
		isJSON = false
	}
	switch {
	case bytes.HasPrefix(start, []byte(`{"contactsStore":`)):
		return nil, errSaved // an import would read its lines as empty contacts
	case isJSON:
		return readJSONLines(text), nil
	}
	reader, err := csvio.NewReader(text, &csvio.Options{Fields: custom})
	if err != nil {
		return nil, err
	}
	return reader.Rows(), nil
}

// readJSONLines yields the contacts of JSON Lines as rows, so that the report is the same for both formats.
func readJSONLines(r io.Reader) iter.Seq2[csvio.Row, error] {
	return func(yield func(csvio.Row, error) bool) {
		for row, err := range contacts.ReadJSONLines(r) {
			if !yield(csvio.Row{Row: row}, err) {
				return
			}
		}
	}
}
