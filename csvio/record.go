package csvio

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/contactsdb/contacts"
)

// recordReader reads records as programs write them. It ends lines at LF, CRLF or, if the first line does, at CR alone.
// A quote in an unquoted cell is text, and so is one in a quoted cell of one line that has no comma beside it; \" in a
// quoted cell is a quote, unless only the end of the cell makes sense there. After a broken record it restarts on the
// next line: one unclosed quote must not swallow the rest of the file.
type recordReader struct {
	src    io.Reader
	limits Limits
	comma  string
	cr     bool // a CR alone ends a line
	padded bool // spaces before a quote do not count

	data  []byte // read from src
	off   int    // what is before has been returned
	lines int    // lines before off
	total int64  // bytes read from src
	end   error  // the error that ended src
	short bool   // a place after the end was read
	ended bool   // there are no more records

	text  []byte // the cells of the current record, one after the other
	ends  []int  // where they end
	cells []string
	quote int // a quote in data before this place closes no cell
}

const chunk = 1 << 16

var (
	errLongRow   = errors.New("the row is too long, see Options.Limits")
	errLongCell  = errors.New("a cell is too long, see Options.Limits")
	errManyCells = errors.New("the row has too many cells, see Options.Limits")
	errLongFile  = errors.New("the file is too long, see Options.Limits")
)

func newRecordReader(text io.Reader, limits Limits) *recordReader {
	r := &recordReader{src: text, limits: limits}
	r.setComma(',')
	return r
}

func (r *recordReader) setComma(comma rune) {
	r.comma = string(comma)
	r.padded = comma != '\t' && comma != ' '
}

// at returns the byte at index i of data, reading more of src if needed. It reports false at the end of src.
func (r *recordReader) at(i int) (byte, bool) {
	for i >= len(r.data) {
		if !r.fill() {
			r.short = true
			return 0, false
		}
	}
	return r.data[i], true
}

// fill reads more of src into data. It reports false at the end.
func (r *recordReader) fill() bool {
	for tries := 0; r.end == nil; tries++ {
		n := len(r.data)
		if cap(r.data)-n < chunk {
			grown := make([]byte, n, 2*cap(r.data)+chunk)
			copy(grown, r.data)
			r.data = grown
		}
		more, err := r.src.Read(r.data[n : n+chunk])
		r.data = r.data[:n+more]
		r.total += int64(more)
		r.end = err
		if r.total > r.limits.FileBytes {
			r.end = invalid(errLongFile)
		}
		if more > 0 {
			return true
		}
		if tries > 100 && r.end == nil {
			r.end = io.ErrNoProgress
		}
	}
	return false
}

// next returns a record and its first line. The error is a *contacts.LineError, or, with ended set, io.EOF or an error
// of the file. The next call overwrites the record.
func (r *recordReader) next() (cells []string, line int, err error) {
	if !r.begin() {
		r.ended = true
		return nil, 0, r.end
	}
	line = r.lines + 1
	end, err := r.scan()
	switch {
	case r.short && r.end != io.EOF: // the record may be cut off
		r.ended = true
		return nil, 0, r.end
	case err != nil:
		r.skipLine()
		return nil, line, lineError(line, &contacts.Error{Err: err})
	}
	r.forget(end - r.off)
	return r.split(), line, nil
}

// begin moves to the next record. It reports false at the end of src.
func (r *recordReader) begin() bool {
	for {
		r.compact()
		for r.off < len(r.data) && r.data[r.off] == '\n' {
			r.off, r.lines = r.off+1, r.lines+1
		}
		n := r.lineEnd(r.off)
		if n == 0 {
			break
		}
		r.forget(n)
	}
	_, ok := r.at(r.off)
	r.short = false
	return ok
}

// split returns the cells of the current record.
func (r *recordReader) split() []string {
	all, start := string(r.text), 0
	r.cells = r.cells[:0]
	for _, end := range r.ends {
		r.cells = append(r.cells, all[start:end])
		start = end
	}
	return r.cells
}

// compact drops what has been returned from data, once it is worth the copy.
func (r *recordReader) compact() {
	const worth = 4 * chunk
	if r.off == len(r.data) || r.off > worth {
		r.data = r.data[:copy(r.data, r.data[r.off:])]
		r.off, r.quote = 0, 0
	}
}

// forget drops n bytes of data.
func (r *recordReader) forget(n int) {
	dropped := r.data[r.off : r.off+n]
	r.lines += bytes.Count(dropped, []byte("\n"))
	if r.cr {
		r.lines += bytes.Count(dropped, []byte("\r")) - bytes.Count(dropped, []byte("\r\n"))
	}
	r.off += n
}

// skipLine drops the rest of a line, however long.
func (r *recordReader) skipLine() {
	for {
		for i := r.off; i < len(r.data); i++ {
			if next := bytes.IndexByte(r.data[i:], '\n'); !r.cr && next >= 0 {
				i += next
			} else if !r.cr {
				break
			}
			if n := r.lineEnd(i); n > 0 {
				r.forget(i + n - r.off)
				return
			}
		}
		r.off = len(r.data)
		r.compact()
		if !r.fill() {
			r.lines++
			return
		}
	}
}

// lineEnd returns the length of the line end at index i, or 0 if no line ends there.
func (r *recordReader) lineEnd(i int) int {
	c, ok := r.at(i)
	switch {
	case ok && c == '\n':
		return 1
	case !ok || c != '\r':
		return 0
	}
	next, ok := r.at(i + 1)
	switch {
	case ok && next == '\n':
		return 2
	case r.cr || !ok:
		return 1
	default:
		return 0
	}
}

// isComma reports whether a cell ends at a place with a comma.
func (r *recordReader) isComma(i int) bool {
	c, ok := r.at(i)
	if !ok || c != r.comma[0] {
		return false
	}
	if len(r.comma) == 1 {
		return true
	}
	r.at(i + len(r.comma) - 1)
	return bytes.HasPrefix(r.data[i:], []byte(r.comma))
}

// scan reads the record at off into text and ends. It returns the place after the record.
func (r *recordReader) scan() (end int, err error) {
	r.text, r.ends = r.text[:0], r.ends[:0]
	i := r.off
	for {
		if len(r.ends) >= r.limits.Columns {
			return 0, errManyCells
		}
		if i, err = r.cell(i); err != nil {
			return 0, err
		}
		r.ends = append(r.ends, len(r.text))
		if r.isComma(i) {
			i += len(r.comma)
			continue
		}
		return i + r.lineEnd(i), nil
	}
}

// cell reads the cell at a place. It returns the place after the cell: that of a comma, a line end or the end.
func (r *recordReader) cell(i int) (int, error) {
	start := i
	i = r.spaces(i)
	if c, ok := r.at(i); ok && c == '"' {
		return r.quoted(i + 1)
	}
	for {
		c, ok := r.at(i)
		if !ok || r.isComma(i) || (c == '\n' || c == '\r') && r.lineEnd(i) > 0 {
			return i, nil
		}
		r.text = append(r.text, c)
		i++
		if err := r.bounded(start, i); err != nil {
			return 0, err
		}
	}
}

// spaces returns the place after spaces that do not count.
func (r *recordReader) spaces(i int) int {
	for start := i; r.padded && i-start <= r.limits.CellBytes; i++ {
		if c, ok := r.at(i); !ok || c != ' ' && c != '\t' || r.isComma(i) {
			break
		}
	}
	return i
}

// bounded checks the length of a cell, and of the record up to its end.
func (r *recordReader) bounded(start, end int) error {
	switch {
	case end-start > r.limits.CellBytes:
		return errLongCell
	case end-r.off > r.limits.RowBytes:
		return errLongRow
	default:
		return nil
	}
}

// quoted reads a cell after its opening quote.
func (r *recordReader) quoted(i int) (int, error) {
	start, oneLine := i, true
	for {
		c, ok := r.at(i)
		if !ok {
			return 0, csv.ErrQuote
		}
		if err := r.bounded(start, i); err != nil {
			return 0, err
		}
		switch {
		case c == '\\' && r.escapes(i), c == '"' && r.doubled(i):
			r.text = append(r.text, '"')
			i += len(`""`)
			continue
		case c == '"':
			if end, closes := r.closes(i); closes {
				return end, nil
			}
			if !oneLine || bytes.HasSuffix(r.data[r.off:i], []byte(r.comma)) || !r.closesLater(i) {
				return 0, csv.ErrQuote
			}
		case c == '\n' || c == '\r':
			oneLine = false
		}
		r.text = append(r.text, c)
		i++
	}
}

// doubled reports whether another quote follows the one at a place.
func (r *recordReader) doubled(i int) bool {
	next, ok := r.at(i + 1)
	return ok && next == '"'
}

// closes reports whether the quote at a place ends its cell, and where the cell ends.
func (r *recordReader) closes(i int) (end int, ok bool) {
	i = r.spaces(i + 1)
	if _, more := r.at(i); !more || r.isComma(i) || r.lineEnd(i) > 0 {
		return i, true
	}
	return 0, false
}

// closesLater reports whether a quote after the one at a place ends the cell on the same line.
func (r *recordReader) closesLater(i int) bool {
	if i < r.quote {
		return true
	}
	for i++; i-r.off <= r.limits.RowBytes; i++ {
		c, ok := r.at(i)
		if !ok || r.lineEnd(i) > 0 {
			return false
		}
		if c == '"' {
			if _, closes := r.closes(i); closes {
				r.quote = i
				return true
			}
		}
	}
	return false
}

// escapes reports whether the backslash at a place makes the quote after it a part of the cell. If a quote could end
// the cell, it does if the next quote opens one, as in "C:\","D:\", and not in "say \"hi\", then".
func (r *recordReader) escapes(i int) bool {
	if next, ok := r.at(i + 1); !ok || next != '"' {
		return false
	}
	if next, ok := r.at(i + 2); ok && next == '"' { // "a\"", unless that is a\ and a doubled quote
		end, closes := r.closes(i + 2)
		return closes && !r.insideQuotes(end)
	}
	end, closes := r.closes(i + 1)
	return !closes || r.insideQuotes(end)
}

// insideQuotes reports whether the next quote on the line, after the comma at a place, opens no cell: then it ends one.
func (r *recordReader) insideQuotes(i int) bool {
	if !r.isComma(i) {
		return false
	}
	opens := true // a quote here would open a cell
	for i += len(r.comma); i-r.off <= r.limits.RowBytes; i++ {
		c, ok := r.at(i)
		switch {
		case !ok || r.lineEnd(i) > 0:
			return false
		case c == '"':
			return !opens
		case r.isComma(i):
			opens = true
		case c != ' ':
			opens = false
		}
	}
	return false
}

// separator returns the character that a line such as "sep=;" names as the comma, and drops the line.
func (r *recordReader) separator() (comma rune, ok bool) {
	var line []byte
	for i := r.off; len(line) < len(`"sep=€"`); i++ {
		c, more := r.at(i)
		if !more || r.lineEnd(i) > 0 {
			break
		}
		line = append(line, c)
	}
	text := strings.ToLower(strings.Trim(string(line), `"`))
	rest, ok := strings.CutPrefix(text, "sep=")
	comma, size := utf8.DecodeRuneInString(rest)
	if !ok || size == 0 || size != len(rest) || comma == utf8.RuneError || comma == '"' {
		return 0, false
	}
	r.skipLine()
	return comma, true
}

// findLineEnds finds out whether lines end at CR alone, from the first line that is not blank.
func (r *recordReader) findLineEnds() {
	quoted := false
	for i := r.off; i-r.off <= r.limits.RowBytes; i++ {
		c, ok := r.at(i)
		switch {
		case !ok || c == '\n' && !quoted:
			return
		case c == '"':
			quoted = !quoted
		case c == '\r' && !quoted:
			next, ok := r.at(i + 1)
			r.cr = ok && next != '\n'
			return
		}
	}
}

// quoted returns a heading for a message.
func quoted(heading string) string { return fmt.Sprintf("%q", heading) }
