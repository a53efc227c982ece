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

var errSaved = errors.New("this file was written by -save: it is for -load")

// readRows reads JSON Lines or CSV, whatever the file's name or else its first character tells. In CSV the columns with
// the names of custom fields hold their values; in JSON these stand under their keys, as in the API.
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
		return nil, errSaved // its lines are no contacts, but empty objects as far as an import can see
	case isJSON:
		return readJSONLines(text), nil
	}
	reader, err := csvio.NewReader(text, &csvio.Options{Fields: custom})
	if err != nil {
		return nil, err
	}
	return reader.Rows(), nil
}

// readJSONLines gives the contacts of JSON Lines the form of rows, for one kind of report.
func readJSONLines(r *bufio.Reader) iter.Seq2[csvio.Row, error] {
	return func(yield func(csvio.Row, error) bool) {
		lines := &lineByLine{r: r}
		for c, err := range contacts.ReadJSONLines(lines) {
			if !yield(csvio.Row{Line: lines.n, Contact: c}, err) {
				return
			}
		}
	}
}

// lineByLine gives no more than a line at a time, so that n is the line of the contact that was read last: of those that
// are fine the library does not tell it.
type lineByLine struct {
	r      *bufio.Reader
	n      int  // lines begun
	inside bool // the line goes on
}

func (l *lineByLine) Read(p []byte) (int, error) {
	if _, err := l.r.Peek(1); err != nil {
		return 0, err
	}
	text, _ := l.r.Peek(min(len(p), l.r.Buffered()))
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		text = text[:end+1]
	}
	if !l.inside {
		l.n++
	}
	l.inside = !bytes.HasSuffix(text, []byte("\n"))
	return l.r.Read(p[:len(text)])
}
