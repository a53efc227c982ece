package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
	"github.com/contactsdb/contacts/vcardio"
)

var errSaved = errors.New("this file was written by -save; open it with -load")

// row is a row of a file of any format.
type row struct {
	contacts.Row
	remarks []remark
	empty   bool
}

// remark reports a value that was changed on its way from the file, or left out.
type remark struct {
	name      string // of the column or property
	treatment string
	reason    string
}

// reading says how to read a file.
type reading struct {
	fields    []contacts.Field // of CSV, each from the column with its name
	region    string           // of phones, an ISO 3166-1 alpha-2 code
	encoding  encoding.Encoding
	makeLabel func(name string) (key string, err error) // nil leaves labels out
}

// encodingOf returns the encoding with a name such as "windows-1252" or "Shift_JIS", nil for UTF-8.
func encodingOf(name string) (encoding.Encoding, error) {
	if name == "" {
		return nil, nil
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil, fmt.Errorf("-encoding %q is not known", name)
	}
	return enc, nil
}

// rows reads CSV, vCards, JSON Lines or an answer of the API. In JSON the values of a custom field are under its key,
// as in the API.
func (o *reading) rows(name string, r io.Reader) (iter.Seq2[row, error], error) {
	text := bufio.NewReader(r)
	start, _ := text.Peek(512) // an error comes back when the rows are read
	start = bytes.TrimSpace(bytes.TrimPrefix(start, []byte("\ufeff")))
	switch format := formatOf(name, start); {
	case bytes.HasPrefix(start, []byte(`{"contactsStore":`)):
		return nil, errSaved // an import would read its lines as empty contacts
	case format == formatJSON && indented(start):
		return indentedJSON(text), nil
	case format == formatJSON:
		return plainRows(contacts.ReadJSONLines(text)), nil
	case format == formatCards:
		reader, err := vcardio.NewReader(text, &vcardio.Options{IDs: true, Encoding: o.encoding, MakeLabel: o.makeLabel})
		if err != nil {
			return nil, err
		}
		return cardRows(reader), nil
	}
	reader, err := csvio.NewReader(text, &csvio.Options{
		Fields: o.fields, Region: o.region, Encoding: o.encoding, MakeLabel: o.makeLabel,
	})
	if err != nil {
		return nil, err
	}
	return csvRows(reader), nil
}

type format int

const (
	formatCSV format = iota
	formatCards
	formatJSON
)

// formatOf returns the format of a file by its name, or else by its first characters.
func formatOf(name string, start []byte) format {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jsonl", ".ndjson", ".json":
		return formatJSON
	case ".vcf", ".vcard":
		return formatCards
	case ".csv", ".tsv":
		return formatCSV
	}
	const begin = "BEGIN:VCARD"
	switch {
	case bytes.HasPrefix(start, []byte("{")):
		return formatJSON
	case len(start) >= len(begin) && strings.EqualFold(string(start[:len(begin)]), begin):
		return formatCards
	}
	return formatCSV
}

// cardRows yields a row for each vCard.
func cardRows(r *vcardio.Reader) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		for in, err := range r.Rows() {
			out := row{Row: in.Row, empty: err == nil && (in.Contact == nil || in.Empty())}
			for _, m := range in.Remarks {
				out.remarks = append(out.remarks, remark{m.Property, string(m.What), string(m.Why)})
			}
			if !yield(out, err) {
				return
			}
		}
	}
}

// csvRows yields the rows of CSV.
func csvRows(r *csvio.Reader) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		for in, err := range r.Rows() {
			out := row{Row: in.Row, empty: err == nil && in.Empty()}
			for _, m := range in.Remarks {
				out.remarks = append(out.remarks, remark{m.Column, string(m.What), string(m.Why)})
			}
			if !yield(out, err) {
				return
			}
		}
	}
}

// plainRows yields rows without remarks.
func plainRows(rows iter.Seq2[contacts.Row, error]) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		for in, err := range rows {
			out := row{Row: in, empty: err == nil && csvio.Row{Row: in}.Empty()}
			if !yield(out, err) {
				return
			}
		}
	}
}

// indented reports whether a text begins with the first line of a JSON value of several lines.
func indented(start []byte) bool {
	first, _, more := bytes.Cut(start, []byte("\n"))
	first = bytes.TrimSpace(first)
	return more && (bytes.Equal(first, []byte("{")) || bytes.Equal(first, []byte("[")))
}

// indentedJSON yields the contacts of a JSON value with line breaks, such as a saved answer of the API. All have
// line 1.
func indentedJSON(r io.Reader) iter.Seq2[row, error] {
	const sizeMax = 64 << 20
	return func(yield func(row, error) bool) {
		text, err := io.ReadAll(io.LimitReader(r, sizeMax+1))
		if err == nil && len(text) > sizeMax {
			err = errors.New("JSON with line breaks is limited to 64 MiB; JSON Lines are not")
		}
		var line bytes.Buffer
		if err == nil {
			err = json.Compact(&line, bytes.TrimPrefix(text, []byte("\ufeff")))
		}
		if err != nil {
			yield(row{}, err)
			return
		}
		if bytes.HasPrefix(line.Bytes(), []byte("[")) { // of contacts
			line = *bytes.NewBufferString(`{"contacts":` + line.String() + "}")
		}
		rows := contacts.LineLimits{Values: sizeMax}.ReadJSONLines(&line)
		plainRows(rows)(yield)
	}
}
