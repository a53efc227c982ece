package csvio

import (
	"errors"
	"io"
	"iter"
	"slices"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
)

var errWideRow = errors.New("more cells than the header has columns")

// Reader reads the rows of one CSV text, once. It must not be used by several goroutines at the same time. Its memory
// does not grow with the text (CSV-10). It needs no closing; the caller closes the source.
type Reader struct {
	records *recordReader
	width   int // columns of the header
	build   *builder
	titles  int   // lines before the header
	err     error // ended the reading

	queue []record // read ahead, for the order of dates
	bytes int      // of the texts in queue
}

// record is a record that was read ahead.
type record struct {
	cells []string
	line  int
	err   error
	ended bool
}

// NewReader reads the header of r and returns a reader of the rows below it. Lines before the header, such as titles,
// notes and "sep=;", are skipped. It may read beyond the header. The options are copied; nil means the zero value. An
// empty text has no rows and is not an error, whatever the options.
//
// Errors: INVALID_ARGUMENT for a header without any recognized heading ([ErrNoColumns]), for a header that is not valid
// CSV (a [*contacts.LineError]), for a text that is not UTF-8 where Options.Encoding is not set, and for options that
// are invalid or do not fit the header; an error of r is returned unchanged.
func NewReader(r io.Reader, opts *Options) (*Reader, error) {
	if opts == nil {
		opts = &Options{}
	}
	checked, err := newRules(opts)
	if err != nil {
		return nil, err
	}
	records := newRecordReader(decoded(r, checked.Encoding), checked.Limits)
	names, titles, err := checked.findHeader(records)
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
	reader := &Reader{records: records, width: len(names), build: newBuilder(h, checked), titles: titles}
	reader.build.ahead = reader.readAhead
	return reader, nil
}

// Remarks returns the remarks on the file as a whole: one if there are lines before the header.
func (r *Reader) Remarks() []Remark {
	if r.titles == 0 {
		return nil
	}
	return []Remark{{What: NotImported, Why: BeforeHeader}}
}

// Rows yields the rows in the order of the file, including rows whose cells are all empty; blank lines are skipped.
//
// For a line that cannot be read, or that Options.Strict refuses, Rows yields a [*contacts.LineError] and a Row with
// only its Line set, and continues with the next line. Any other error is yielded last: of the source, or
// INVALID_ARGUMENT for a text that is not UTF-8 or too long. After a break, another loop over Rows or [Reader.Contacts]
// resumes at the next row. The caller owns the rows.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for r.err == nil {
			row, ended, err := r.next()
			if ended {
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

// next returns the next row, or the error that ended the file.
func (r *Reader) next() (row Row, ended bool, err error) {
	rec := r.record()
	switch {
	case rec.ended:
		return Row{}, true, rec.err
	case rec.err != nil:
		return Row{Row: contacts.Row{Line: rec.line}}, false, rec.err
	case slices.ContainsFunc(rec.cells[min(len(rec.cells), r.width):], isText):
		row, err = refuse(rec.line, &contacts.Error{Err: errWideRow})
	default:
		row, err = r.build.row(rec.line, rec.cells)
	}
	return row, false, err
}

// record returns the next record, read ahead or not. Its cells hold until the next call.
func (r *Reader) record() record {
	if len(r.queue) == 0 {
		cells, line, err := r.records.next()
		rec := record{cells, line, err, r.records.ended}
		r.build.observe(rec.cells)
		return rec
	}
	rec := r.queue[0]
	r.queue[0] = record{}
	r.queue = r.queue[1:]
	r.bytes -= rec.size()
	return rec
}

// readAhead reads records into the queue, as many as it may hold, so that the order of their dates is known.
func (r *Reader) readAhead() {
	const bytesMax, recordsMax = 1 << 20, 5000
	for len(r.queue) < recordsMax && r.bytes < bytesMax && !r.records.ended {
		cells, line, err := r.records.next()
		rec := record{slices.Clone(cells), line, err, r.records.ended}
		r.build.observe(rec.cells)
		r.queue = append(r.queue, rec)
		r.bytes += rec.size()
	}
}

// size returns the bytes that a record takes, more or less.
func (r record) size() int {
	const each = 16
	n := each * len(r.cells)
	for _, text := range r.cells {
		n += len(text)
	}
	return n
}

func isText(text string) bool { return !fold.Blank(text) }

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
