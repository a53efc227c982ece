package contacts

import (
	"bufio"
	"bytes"
	"io"
	"iter"

	"github.com/contactsdb/contacts/internal/wire"
)

// Row is a contact for [Store.Import], and the line of the file that it comes from.
type Row struct {
	Line    int // counted from 1; 0 if it comes from no file
	Contact *Contact
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
// the shape of the wire or the SDK (JSON-1). An object with a member info, id or _id is a contact (IMP-9). Blank lines
// are skipped. The receiver owns the contacts.
//
// A line that cannot be read yields a [LineError] with INVALID_ARGUMENT and its violations, and reading continues with
// the next line; an error of r is the last value. After a break, another loop continues where the first one stopped. r
// is read ahead, and memory grows with the longest line. Only one goroutine may use the sequence at a time.
func ReadJSONLines(r io.Reader) iter.Seq2[Row, error] {
	lines := lineReader{r: bufio.NewReader(r)}
	return func(yield func(Row, error) bool) {
		for {
			text, err := lines.next()
			if err != nil {
				if err != io.EOF {
					yield(Row{}, err)
				}
				return
			}
			if lines.n == 1 {
				text = bytes.TrimPrefix(text, []byte("\ufeff")) // some editors write a byte order mark
			}
			if text = bytes.TrimSpace(text); len(text) == 0 {
				continue
			}
			row := Row{Line: lines.n}
			if row.Contact, err = parseRow(text); err != nil {
				err = &LineError{Line: lines.n, Err: err}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

func parseRow(text []byte) (*Contact, error) {
	if string(text) == "null" { // unmarshal would accept it and do nothing
		return nil, invalid([]Violation{{Rule: RuleFormat, Format: FormatObject}})
	}
	c := &Contact{}
	if err := unmarshal(text, "", c, readContactOrInfo); err != nil {
		return nil, err
	}
	return c, nil
}

func readContactOrInfo(v wire.Value) Contact {
	switch o := v.Object(); {
	case v.Kind() != wire.KindObject:
		return Contact{} // reported by Object
	case o.Has("info") || o.Has("id") || o.Has("_id"):
		return readContact(v)
	default:
		return Contact{Info: readInfo(v.As(o.At("info")))}
	}
}

// lineReader reads lines, without what ends them.
type lineReader struct {
	r   *bufio.Reader
	n   int    // lines read
	buf []byte // of a line that is longer than that of r
}

// next returns the next line, which holds until the next call, or io.EOF if there is none.
func (l *lineReader) next() ([]byte, error) {
	l.buf = l.buf[:0]
	for {
		text, err := l.r.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			l.buf = append(l.buf, text...)
			continue
		}
		if len(l.buf) > 0 {
			l.buf = append(l.buf, text...)
			text = l.buf
		}
		if err == io.EOF && len(text) == 0 || err != nil && err != io.EOF {
			return nil, err
		}
		l.n++
		return bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r")), nil
	}
}
