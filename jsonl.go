package contacts

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
	"log/slog"

	"github.com/contactsdb/contacts/internal/wire"
)

// LineLimits bound what one line of a text may hold, and so the memory that reading it takes: less than ten times its
// bytes, or less than 20 MiB for a short line (JSON-17). The zero value of a field selects its default.
type LineLimits struct {
	Bytes  int // without the line ending, default 64 MiB
	Values int // JSON values, default 20,000; a contact that a store accepts has fewer than 16,000
}

const lineBytesMax = 64 << 20

// checked returns the limits with the defaults filled in. path is the beginning of the paths of violations.
func (l LineLimits) checked(v *validator, path string) LineLimits {
	l.Bytes = v.quota(path+"Bytes", l.Bytes, lineBytesMax)
	l.Values = v.quota(path+"Values", l.Values, wire.ValuesMax)
	return l
}

// Row is a contact for [Store.Import], and the line of the file that it comes from.
type Row struct {
	Line    int // counted from 1; 0 if it comes from no file
	Contact *Contact
}

// LogValue returns the line and the log form of the contact (ERR-5).
func (r Row) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("line", r.Line), slog.Any("contact", deref(r.Contact)))
}

// Rows yields the contacts as rows of an import, without lines and errors.
func Rows(list iter.Seq[*Contact]) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for c := range list {
			if !yield(Row{Contact: c}, nil) {
				return
			}
		}
	}
}

// ReadJSONLines yields contacts from JSON Lines: an object on each line, a whole contact or only its info object, in
// the shape of the wire or the SDK (JSON-1). An object with a member info, id or _id is a contact; an answer of the
// API, with a list contacts or items or an object contact, yields each of its contacts as a row (IMP-9). Blank lines
// are skipped. The receiver owns the contacts.
//
// A line that cannot be read, or exceeds the default [LineLimits], yields a [LineError] with INVALID_ARGUMENT and its
// violations, and reading continues with the next line; an error of r is the last value. After a break, another loop
// continues where the first one stopped. r is read ahead. Only one goroutine may use the sequence at a time.
func ReadJSONLines(r io.Reader) iter.Seq2[Row, error] { return LineLimits{}.ReadJSONLines(r) }

// ReadJSONLines is the function [ReadJSONLines] with these limits. If one is negative, the sequence yields
// INVALID_ARGUMENT and ends.
func (l LineLimits) ReadJSONLines(r io.Reader) iter.Seq2[Row, error] {
	v := &validator{}
	l = l.checked(v, "")
	lines := lineReader{r: bufio.NewReader(r), max: l.Bytes}
	return func(yield func(Row, error) bool) {
		if err := invalid(v.violations); err != nil {
			yield(Row{}, err)
			return
		}
		for {
			text, err := lines.next()
			if err != nil && err != errLongLine {
				if err != io.EOF {
					yield(Row{}, err)
				}
				return
			}
			if lines.n == 1 {
				text = bytes.TrimPrefix(text, []byte("\ufeff")) // some editors write a byte order mark
			}
			if text = bytes.TrimSpace(text); err == nil && len(text) == 0 {
				continue
			}
			var list []Contact
			if err != nil {
				long := Violation{Rule: RuleMaxLength, Threshold: l.Bytes}
				err = &Error{Code: ErrInvalid, Violations: []Violation{long}, Err: err}
			} else {
				list, err = parseRows(text, l.Values)
			}
			if err != nil {
				if !yield(Row{Line: lines.n}, &LineError{Line: lines.n, Err: err}) {
					return
				}
				continue
			}
			for i := range list {
				if !yield(Row{Line: lines.n, Contact: &list[i]}, nil) {
					return
				}
			}
		}
	}
}

// answers are the members that hold the contacts of an answer of the API, or of the SDK.
var answers = []string{"contacts", "items", "contact"}

// parseRows returns the contacts of a line.
func parseRows(text []byte, valuesMax int) ([]Contact, error) {
	list, err := wire.ReadAtMost(valuesMax, string(text), "", readRow)
	if err != nil {
		return nil, wrongJSON(err)
	}
	return list, nil
}

// readRow reads the contacts of an answer, a contact, or an info object.
func readRow(v wire.Value) []Contact {
	o := v.Object()
	switch {
	case v.Kind() != wire.KindObject:
		if !v.Present() { // Object accepts null
			v.Refuse(wire.FormatObject)
		}
		return nil
	case o.Has("info") || o.Has("id") || o.Has("_id"):
		return []Contact{readContact(v)}
	}
	for _, name := range answers {
		switch list := o.Get(name); list.Kind() {
		case wire.KindArray:
			return wire.List(o, name, readContact)
		case wire.KindObject:
			return []Contact{readContact(list)}
		}
	}
	return []Contact{{Info: readInfo(v.As(o.At("info")))}}
}

// lineReader reads lines, without their endings.
type lineReader struct {
	r    *bufio.Reader
	max  int    // bytes of a line
	n    int    // lines read
	buf  []byte // of a line that is longer than that of r
	long bool   // the rest of the line is to be skipped
}

var errLongLine = errors.New("the line is too long, see LineLimits")

// next returns the next line, which holds until the next call, or io.EOF if there is none. For a line that is too long
// it returns errLongLine, and the next call skips the rest of it.
func (l *lineReader) next() ([]byte, error) {
	const kept = 1 << 20 // a larger buffer is not worth keeping
	if l.buf = l.buf[:0]; cap(l.buf) > kept {
		l.buf = nil
	}
	if err := l.skip(); err != nil {
		return nil, err
	}
	for {
		text, err := l.r.ReadSlice('\n')
		if err == bufio.ErrBufferFull && len(l.buf)+len(text) <= l.max+len("\r\n") {
			l.buf = append(l.buf, text...)
			continue
		}
		if err == bufio.ErrBufferFull {
			l.n, l.long = l.n+1, true
			return nil, errLongLine
		}
		if len(l.buf) > 0 {
			l.buf = append(l.buf, text...)
			text = l.buf
		}
		if err == io.EOF && len(text) == 0 || err != nil && err != io.EOF {
			return nil, err
		}
		l.n++
		text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
		if len(text) > l.max {
			return nil, errLongLine
		}
		return text, nil
	}
}

// skip reads up to the end of a line that is too long.
func (l *lineReader) skip() error {
	for l.long {
		_, err := l.r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
		l.long = err != nil
	}
	return nil
}
