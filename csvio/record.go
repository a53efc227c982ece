package csvio

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"io"

	"github.com/contactsdb/contacts"
)

// headerMax is the number of bytes searched for the separator of cells. The headers of Outlook and Google are shorter.
const headerMax = 1 << 16

// recordReader reads CSV records. After a broken record it restarts on the next line. A csv.Reader would continue after
// all that it has read, so one unclosed quote would swallow the rest of the file.
type recordReader struct {
	src   io.Reader
	kept  []byte // read from src and not yet part of a record
	given int    // bytes of kept that csv has read
	lines int    // lines before kept
	end   error  // the error that ended src
	ended bool   // there are no more records

	csv       *csv.Reader
	comma     rune
	csvLines  int   // lines before the first that csv counts
	csvOffset int64 // csv's offset at the start of kept
}

// newRecordReader returns a reader of text with this comma; 0 detects the comma.
func newRecordReader(text *bufio.Reader, comma rune) *recordReader {
	if comma == 0 {
		comma = findComma(text)
	}
	r := &recordReader{src: text, comma: comma}
	r.restart()
	return r
}

// findComma returns the separator of the cells in the first line that is not blank. The source may be slow, so it reads
// only up to the end of that line.
func findComma(text *bufio.Reader) rune {
	counts := make(map[byte]int)
	quoted, blank := false, true
	var start []byte
	for i := 0; i < headerMax; i++ {
		if i == len(start) {
			text.Peek(i + 1) // the first read returns the error again
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

// trimsSpace reports whether spaces before a cell may be dropped. They may not if the comma itself is a space or a tab.
func trimsSpace(comma rune) bool { return comma != '\t' && comma != ' ' }

// next returns a record and its first line. The error is a *contacts.LineError, or, with ended set, io.EOF or an error
// of src. The next call overwrites the record.
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
		// The message of e would name a line by csv's own count.
		return nil, line, lineError(line, &contacts.Error{Err: e.Err})
	case *sourceError:
		r.ended = true
		return nil, 0, e.err
	default:
		r.ended = true
		return nil, 0, err
	}
}

// skipTo restarts after a line.
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

// tape is the input of the csv.Reader: first the kept bytes, then those of src, which it keeps.
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
	t.end = err // for the next csv.Reader too: src may not return it twice
	return n, err
}

// sourceError marks an error of the source, which could itself be a csv.ParseError.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
