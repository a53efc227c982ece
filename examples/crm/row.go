package main

import (
	"bufio"
	"bytes"
	"io"
	"iter"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/contactsdb/contacts"
)

// row is one contact as a file gives it.
type row struct {
	line    int // where it begins in the file, counted from 1
	info    contacts.Info
	remarks []remark
}

// empty reports whether the row holds nothing at all.
func (r row) empty() bool { return len(r.remarks) == 0 && r.info.Equal(contacts.Info{}) }

// remark says what a reader did about a value that it did not take over as it stands.
type remark struct {
	column string
	what   treatment
}

type treatment string

const (
	otherSpelling treatment = "read from another spelling" // such as the name of a country for its code
	textOnly      treatment = "kept in the formatted address only"
	notImported   treatment = "not imported"
)

// lineError is an error of one line. Reading goes on after it; any other error of a reader is its last word.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return "line " + strconv.Itoa(e.line) + ": " + e.err.Error() }
func (e *lineError) Unwrap() error { return e.err }

// readRows reads JSON Lines or CSV, whatever the file's name or else its first character tells. In CSV the columns with
// the names of custom fields hold their values; in JSON these stand under their keys, as in the API.
func readRows(name string, r io.Reader, custom ...contacts.Field) iter.Seq2[row, error] {
	// Spreadsheets write a byte order mark, and UTF-16 where they call it "Unicode".
	const firstLine = 1 << 16 // long enough for the headers of Outlook and Google
	text := bufio.NewReaderSize(transform.NewReader(r, unicode.BOMOverride(encoding.Nop.NewDecoder())), firstLine)
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jsonl", ".ndjson", ".json":
		return readJSONL(text)
	case ".csv", ".tsv":
		return readCSV(text, custom...)
	}
	// An error of Peek comes back when the rows are read.
	if start, _ := text.Peek(firstLine); bytes.HasPrefix(bytes.TrimSpace(start), []byte("{")) {
		return readJSONL(text)
	}
	return readCSV(text, custom...)
}
