package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
)

var (
	errNoColumns = errors.New("the header names no column that is known; is the first line a header?")
	errWideRow   = errors.New("more cells than the header has columns")
)

// readCSV reads CSV with a header; cells are separated by commas, semicolons or tabs. Columns are found by their names,
// see [parseHeader]; each custom field needs one.
func readCSV(r io.Reader, custom ...contacts.Field) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		records := newRecordReader(r)
		names, _, err := records.next()
		if err == io.EOF {
			return
		}
		if err != nil {
			yield(row{}, fmt.Errorf("header: %w", err))
			return
		}
		h := parseHeader(names, custom)
		if !h.known() {
			yield(row{}, errNoColumns)
			return
		}
		for _, f := range custom {
			if !h.hasCustom(f) {
				yield(row{}, fmt.Errorf("the header has no column %q", f.DisplayName))
				return
			}
		}
		for {
			cells, line, err := records.next()
			if err == io.EOF {
				return
			}
			if err == nil && slices.ContainsFunc(cells[min(len(cells), len(names)):], isText) {
				err = &lineError{line, errWideRow}
			}
			if err != nil {
				_, goesOn := errors.AsType[*lineError](err)
				if !yield(row{}, err) || !goesOn {
					return
				}
				continue
			}
			if !yield(h.row(line, cells), nil) {
				return
			}
		}
	}
}

func isText(cell string) bool { return strings.TrimSpace(cell) != "" }

// recordReader reads CSV records. After a broken one it starts anew on the next line, where csv.Reader would go on
// after all it has seen: a quote that is never closed would take the rest of the file with it.
type recordReader struct {
	src   io.Reader
	kept  []byte // read from src and not yet part of a record
	given int    // bytes of kept that csv has
	lines int    // lines before kept

	csv       *csv.Reader
	comma     rune
	csvLines  int   // lines before those that csv counts
	csvOffset int64 // csv's offset at the start of kept
}

func newRecordReader(r io.Reader) *recordReader {
	const firstLine = 1 << 16
	text := bufio.NewReaderSize(r, firstLine)
	start, _ := text.Peek(firstLine) // an error comes back at the first read
	header, _, _ := bytes.Cut(start, []byte("\n"))
	records := &recordReader{src: text, comma: ','}
	for _, c := range ";\t" {
		if bytes.Count(header, []byte(string(c))) > bytes.Count(header, []byte(string(records.comma))) {
			records.comma = c
		}
	}
	records.restart()
	return records
}

func (r *recordReader) restart() {
	r.csv = csv.NewReader(tape{r})
	r.csv.Comma = r.comma
	r.csv.FieldsPerRecord = -1
	r.csv.TrimLeadingSpace = r.comma != '\t' // a tab is a space as well
	r.csv.ReuseRecord = true
	r.given, r.csvLines, r.csvOffset = 0, r.lines, 0
}

// next returns a record and the line where it begins. Its error is io.EOF, a *lineError, or one that ends the reading.
// The next call overwrites the record.
func (r *recordReader) next() (cells []string, line int, err error) {
	cells, err = r.csv.Read()
	if broken, ok := errors.AsType[*csv.ParseError](err); ok {
		line = r.csvLines + broken.StartLine
		for r.lines < line {
			end := bytes.IndexByte(r.kept, '\n')
			if end < 0 {
				end = len(r.kept) - 1
			}
			r.forget(end + 1)
			if len(r.kept) == 0 {
				break
			}
		}
		r.restart()
		return nil, 0, &lineError{line, broken.Err} // without the text of broken, which counts its own lines
	}
	if err != nil {
		return nil, 0, err
	}
	line, _ = r.csv.FieldPos(0)
	line += r.csvLines
	r.forget(int(r.csv.InputOffset() - r.csvOffset))
	r.csvOffset = r.csv.InputOffset()
	return cells, line, nil
}

// forget drops the first n kept bytes.
func (r *recordReader) forget(n int) {
	r.lines += bytes.Count(r.kept[:n], []byte("\n"))
	r.kept = r.kept[n:]
	r.given -= n
}

// tape is what the csv.Reader reads from: the kept bytes first, then src, whose bytes are kept.
type tape struct{ *recordReader }

func (t tape) Read(p []byte) (int, error) {
	if t.given < len(t.kept) {
		n := copy(p, t.kept[t.given:])
		t.given += n
		return n, nil
	}
	n, err := t.src.Read(p)
	t.kept = append(t.kept, p[:n]...)
	t.given += n
	return n, err
}
