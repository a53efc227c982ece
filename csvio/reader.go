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
	"github.com/contactsdb/contacts/internal/fold"
)

// Options configure a [Reader]. The zero value suits files whose headings are all recognized.
type Options struct {
	// Columns overrides the meaning of headings. The key is a heading of the file. The value is a recognized heading
	// ("First Name", "Home Phone", "E-mail 2 - Value") or the name of one of Fields; "" skips the column without a
	// remark. Keys and values ignore case, spaces and punctuation, as headings do. A key that is missing from the file
	// is an error, and so is a value that is not recognized.
	Columns map[string]string

	// Fields are the extended fields to read, each from the column headed with its display name or its key. Every field
	// must have a column. A NUMBER becomes a float64, a DATE is rewritten as YYYY-MM-DD, and other types are read as
	// text. A value that cannot be converted stays text, and the store refuses it with INVALID_EXTENDED_FIELD_VALUE.
	Fields []contacts.Field

	// Labels maps the words in the columns Labels, Categories and Group Membership to labels. The key is a word as in
	// the file, without the "* " that Google puts before its own labels; space around it, invisible characters and the
	// Unicode normal form do not count. The value is the key of a label in the store; "" skips the word without a
	// remark. Other words are not imported: a file cannot define labels.
	Labels map[string]string

	// Comma separates the cells. 0 selects the most frequent of comma, semicolon and tab in the header.
	Comma rune
}

// ErrNoColumns is wrapped by the error of [NewReader] for a header without any recognized heading. The message does not
// quote the line, which may well be a contact.
var ErrNoColumns = errors.New("no heading in the header is recognized; is the first line a header?")

var errWideRow = errors.New("more cells than the header has columns")

// Reader reads the rows of one CSV text, once. It must not be used by several goroutines at the same time. It holds one
// row in memory, which an unclosed quote can make long. It needs no closing; the caller closes the source.
type Reader struct {
	records *recordReader
	width   int // columns of the header
	build   *builder
	err     error // ended the reading
}

// NewReader reads the header of r and returns a reader of the rows below it. It may read beyond the header. The options
// are copied; nil means the zero value. An empty text has no rows and is not an error, whatever the options.
//
// Errors: INVALID_ARGUMENT for a header without any recognized heading ([ErrNoColumns]), for a header that is not valid
// CSV (a [*contacts.LineError]), and for options that are invalid or do not fit the header; an error of r is returned
// unchanged.
func NewReader(r io.Reader, opts *Options) (*Reader, error) {
	if opts == nil {
		opts = &Options{}
	}
	checked, err := newRules(opts)
	if err != nil {
		return nil, err
	}
	// Spreadsheets write a byte order mark, and UTF-16 under the name "Unicode".
	text := transform.NewReader(r, unicode.BOMOverride(encoding.Nop.NewDecoder()))
	records := newRecordReader(bufio.NewReaderSize(text, headerMax), opts.Comma)
	names, _, err := records.next()
	if err == io.EOF {
		return &Reader{err: io.EOF}, nil
	}
	if err != nil {
		return nil, err
	}
	h, err := checked.header(names)
	if err != nil {
		return nil, err
	}
	return &Reader{records: records, width: len(names), build: newBuilder(h, checked.labels)}, nil
}

// Rows yields the rows in the order of the file, including rows whose cells are all empty; blank lines are skipped.
//
// For a line that cannot be read, Rows yields a [*contacts.LineError] and a Row with only its Line set, and continues
// with the next line. Any other error is yielded last. After a break, another loop over Rows or [Reader.Contacts]
// resumes at the next row. The caller owns the rows.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for r.err == nil {
			row, err := r.next()
			if r.records.ended {
				r.err = err
				break
			}
			if !yield(row, err) {
				return
			}
		}
		if r.err != io.EOF {
			yield(Row{}, r.err)
		}
	}
}

// Contacts yields the rows of [Reader.Rows] that are not empty, ready for contacts.Store.Import. Errors, breaks and
// ownership are as with Rows.
func (r *Reader) Contacts() iter.Seq2[contacts.Row, error] {
	return func(yield func(contacts.Row, error) bool) {
		for row, err := range r.Rows() {
			if err == nil && row.Empty() {
				continue
			}
			if !yield(row.Row, err) {
				return
			}
		}
	}
}

func (r *Reader) next() (Row, error) {
	cells, line, err := r.records.next()
	if err != nil {
		return Row{Row: contacts.Row{Line: line}}, err
	}
	if slices.ContainsFunc(cells[min(len(cells), r.width):], isText) {
		return refuse(line, &contacts.Error{Err: errWideRow})
	}
	return r.build.row(line, cells)
}

func isText(text string) bool { return !fold.Blank(text) }

// trimmed returns a text without surrounding space, "" if it shows nothing.
func trimmed(text string) string {
	if fold.Blank(text) {
		return ""
	}
	return strings.TrimSpace(text)
}

// refuse returns the row and the error for a line that cannot be imported.
func refuse(line int, err *contacts.Error) (Row, error) {
	return Row{Row: contacts.Row{Line: line}}, lineError(line, err)
}

// lineError returns err as the error of a line.
func lineError(line int, err *contacts.Error) error {
	err.Code = contacts.ErrInvalid
	return &contacts.LineError{Line: line, Err: err}
}

// invalid returns the error for bad options or a bad header.
func invalid(reason error) error { return &contacts.Error{Code: contacts.ErrInvalid, Err: reason} }
