package csvio

import (
	"bufio"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/contactsdb/contacts"
)

// Options say how to read a file. The zero value suits files with headings that are recognized.
type Options struct {
	// Columns says what columns hold, before anything that this package would make of their headings. The key is a heading
	// of the file. The value is a heading that is recognized ("First Name", "Home Phone", "E-mail 2 - Value") or one of
	// Fields; "" leaves the column out, without a remark. Both are compared as headings are. A heading that the file does
	// not have, and a value that is not recognized, are errors.
	Columns map[string]string

	// Fields are the extended fields to read, each from the column whose heading is its display name or its key; a column
	// for each must be there. A NUMBER becomes a float64, a DATE is put into the form YYYY-MM-DD, other types are taken as
	// text. What cannot be converted stays text, for the store to refuse with INVALID_EXTENDED_FIELD_VALUE.
	Fields []contacts.Field

	// Labels says which labels stand for the words in the columns Labels, Categories and Group Membership. The key is a
	// word exactly as in the file, without the "* " that Google puts before its own; the value is the key of a label that
	// the store has; "" leaves the word out, without a remark. Other words are not imported: a file defines no labels.
	Labels map[string]string

	// Comma separates the cells. 0 stands for the one of comma, semicolon and tab that the header has most of.
	Comma rune
}

// ErrNoColumns is in the error of [NewReader] for a header with no heading that is recognized. The first line may well be
// a contact, so it is not shown.
var ErrNoColumns = errors.New("the header has no heading that is recognized; is the first line a header?")

var errWideRow = errors.New("more cells than the header has columns")

// Reader reads the rows of one CSV text, once. Only one goroutine may use it at a time. It holds one row in memory,
// which may be long where a quote is not closed, and has nothing to close: the source stays the caller's.
type Reader struct {
	records *recordReader
	width   int // columns of the header
	line    int // of the row that was yielded last
	build   *builder
	err     error // that ended the reading
}

// NewReader reads the header of r and returns a reader of the rows below it. It may read further into r than that. The
// options are copied; nil is the zero value. An empty text has no rows and is no error, whatever the options ask for.
//
// Errors: INVALID_ARGUMENT, with [ErrNoColumns] in it for a header without a heading that is recognized, with a
// [*contacts.LineError] for a header that is no CSV, and for options that are wrong in themselves or do not fit the header;
// an error of r, as it is.
func NewReader(r io.Reader, opts *Options) (*Reader, error) {
	if opts == nil {
		opts = &Options{}
	}
	rules, err := newRules(opts)
	if err != nil {
		return nil, err
	}
	// Spreadsheets write a byte order mark, and UTF-16 where they call it "Unicode".
	text := transform.NewReader(r, unicode.BOMOverride(encoding.Nop.NewDecoder()))
	records := newRecordReader(bufio.NewReaderSize(text, headerMax), opts.Comma)
	names, _, err := records.next()
	if err == io.EOF {
		return &Reader{err: io.EOF}, nil
	}
	if err != nil {
		return nil, err
	}
	h, err := rules.header(names)
	if err != nil {
		return nil, err
	}
	return &Reader{records: records, width: len(names), build: newBuilder(h, rules.labels)}, nil
}

// Rows yields the rows in the order of the file, empty ones too; lines with nothing on them are no rows.
//
// The error is a [*contacts.LineError] for a line that cannot be read, with a Row that has nothing but the line, and the
// loop goes on with the line after it. Any other error is the last value. A loop that breaks off can be taken up by
// another, of Rows or of [Reader.Contacts]. The rows are the caller's.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for r.err == nil {
			row, err := r.next()
			if r.records.ended {
				r.err = err
				break
			}
			r.line = row.Line
			if !yield(row, err) {
				return
			}
		}
		if r.err != io.EOF {
			yield(Row{}, r.err)
		}
	}
}

// Contacts yields the contacts of [Reader.Rows], without empty rows, as a store imports them; a contact is nil where there
// is an error. All that is said there holds here.
func (r *Reader) Contacts() iter.Seq2[*contacts.Contact, error] {
	return func(yield func(*contacts.Contact, error) bool) {
		for row, err := range r.Rows() {
			if err == nil && row.Empty() {
				continue
			}
			if !yield(row.Contact, err) {
				return
			}
		}
	}
}

// Line returns the line of the row that was yielded last, counted from 1, or 0 before the first one. It is for
// contacts.ImportOptions.Line, so that a report on contacts tells their lines.
func (r *Reader) Line() int { return r.line }

func (r *Reader) next() (Row, error) {
	cells, line, err := r.records.next()
	if err != nil {
		return Row{Line: line}, err
	}
	if slices.ContainsFunc(cells[min(len(cells), r.width):], isText) {
		return Row{Line: line}, lineError(line, &contacts.Error{Err: errWideRow})
	}
	return r.build.row(line, cells)
}

func isText(cell string) bool { return strings.TrimSpace(cell) != "" }

// lineError is what is wrong with a line.
func lineError(line int, err *contacts.Error) error {
	err.Code = contacts.ErrInvalid
	return &contacts.LineError{Line: line, Err: err}
}

// invalid is an error about options or the header.
func invalid(reason error) error { return &contacts.Error{Code: contacts.ErrInvalid, Err: reason} }
