package csvio

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"io"

	"github.com/contactsdb/contacts"
)

// headerMax is how many bytes are looked at to find out what separates the cells: more than the headers of Outlook and
// Google have.
const headerMax = 1 << 16

// recordReader reads CSV records. After a broken one it starts anew on the next line, where csv.Reader would go on
// after all it has seen: a quote that is never closed would take the rest of the file with it.
type recordReader struct {
	src   io.Reader
	kept  []byte // read from src and not yet part of a record
	given int    // bytes of kept that csv has
	lines int    // lines before kept
	end   error  // of src: nothing is read from it any more
	ended bool   // there are no more records

	csv       *csv.Reader
	comma     rune
	csvLines  int   // lines before those that csv counts
	csvOffset int64 // csv's offset at the start of kept
}

// newRecordReader reads text with this comma, 0 if it is to be found.
func newRecordReader(text *bufio.Reader, comma rune) *recordReader {
	if comma == 0 {
		comma = findComma(text)
	}
	r := &recordReader{src: text, comma: comma}
	r.restart()
	return r
}

// findComma returns what separates the cells of the first line with something on it. It waits for no more of the text
// than that line, which may come from a slow source.
func findComma(text *bufio.Reader) rune {
	counts := make(map[byte]int)
	quoted, blank := false, true
	var start []byte
	for i := 0; i < headerMax; i++ {
		if i == len(start) {
			text.Peek(i + 1) // an error comes back at the first read
			start, _ = text.Peek(text.Buffered())
			if i == len(start) {
				break
			}
		}
		c := start[i]
		if c == '\n' && !quoted && !blank {
			break
		}
		blank = blank && (c == '\n' || c == '\r')
		quoted = quoted != (c == '"')
		if !quoted {
			counts[c]++
		}
	}
	comma := byte(',')
	for _, c := range []byte(";\t") {
		if counts[c] > counts[comma] {
			comma = c
		}
	}
	return rune(comma)
}

func (r *recordReader) restart() {
	r.csv = csv.NewReader(tape{r})
	r.csv.Comma = r.comma
	r.csv.FieldsPerRecord = -1
	r.csv.TrimLeadingSpace = trimsSpace(r.comma)
	r.csv.ReuseRecord = true
	r.given, r.csvLines, r.csvOffset = 0, r.lines, 0
}

// trimsSpace reports whether spaces before a cell may be dropped: not if they are what separates cells, as a tab is.
func trimsSpace(comma rune) bool { return comma != '\t' && comma != ' ' }

// next returns a record and the line where it begins. Its error is a *contacts.LineError, or, if ended is set, io.EOF or
// one of src. The next call overwrites the record.
func (r *recordReader) next() (cells []string, line int, err error) {
	cells, err = r.csv.Read()
	switch e := err.(type) {
	case nil:
		line, _ = r.csv.FieldPos(0)
		line += r.csvLines
		r.forget(int(r.csv.InputOffset() - r.csvOffset))
		r.csvOffset = r.csv.InputOffset()
		return cells, line, nil
	case *csv.ParseError:
		line = r.csvLines + e.StartLine
		r.skipTo(line)
		// Without the text of e, which counts its own lines.
		return nil, line, lineError(line, &contacts.Error{Err: e.Err})
	case *sourceError:
		r.ended = true
		return nil, 0, e.err
	default:
		r.ended = true
		return nil, 0, err
	}
}

// skipTo starts anew behind a line.
func (r *recordReader) skipTo(line int) {
	for r.lines < line && len(r.kept) > 0 {
		end := bytes.IndexByte(r.kept, '\n')
		if end < 0 {
			end = len(r.kept) - 1
		}
		r.forget(end + 1)
	}
	r.restart()
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
	if t.end != nil {
		return 0, t.end
	}
	n, err := t.src.Read(p)
	t.kept = append(t.kept, p[:n]...)
	t.given += n
	if err != nil && err != io.EOF {
		err = &sourceError{err}
	}
	t.end = err // for the next csv.Reader too: src may not tell twice
	return n, err
}

// sourceError is an error of the source, which could look like one of the CSV.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
