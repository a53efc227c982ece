package contacts

import (
	"bufio"
	"bytes"
	"io"
	"iter"

	"github.com/contactsdb/contacts/internal/wire"
)

// JSONLinesReader reads contacts for [Store.Import] from JSON Lines: an object on each line, a whole contact or only its info
// object, in the shape of the wire or the SDK (JSON-1). An object with a member info, id or _id is a contact (IMP-9). Blank
// lines are skipped. Only one goroutine may use it at a time.
type JSONLinesReader struct{ lines lineReader }

// NewJSONLinesReader returns a reader of r, which it reads ahead. Memory grows with the longest line.
func NewJSONLinesReader(r io.Reader) *JSONLinesReader {
	return &JSONLinesReader{lineReader{r: bufio.NewReader(r)}}
}

// ReadJSONLines returns the contacts of a [JSONLinesReader] of r.
func ReadJSONLines(r io.Reader) iter.Seq2[*Contact, error] { return NewJSONLinesReader(r).Contacts() }

// Line returns the line that was read last, counted from 1: that of the contact or error that was yielded last. It is for
// ImportOptions.Line.
func (r *JSONLinesReader) Line() int { return r.lines.n }

// Contacts yields the contacts, each the receiver's own. A line that is no such object yields a [LineError] with
// INVALID_ARGUMENT and its violations, and reading goes on with the next one. An error of the source is the last value. A
// loop that breaks off can be taken up by another.
func (r *JSONLinesReader) Contacts() iter.Seq2[*Contact, error] {
	return func(yield func(*Contact, error) bool) {
		for {
			text, err := r.lines.next()
			if err != nil {
				if err != io.EOF {
					yield(nil, err)
				}
				return
			}
			if r.lines.n == 1 {
				text = bytes.TrimPrefix(text, []byte("\ufeff")) // editors put it there
			}
			if text = bytes.TrimSpace(text); len(text) == 0 {
				continue
			}
			c := &Contact{}
			if string(text) == "null" { // which may stand for nothing elsewhere
				err = invalid([]Violation{{Rule: RuleFormat, Format: FormatObject}})
			} else {
				err = unmarshal(text, "", c, readContactOrInfo)
			}
			if err != nil {
				c, err = nil, &LineError{Line: r.lines.n, Err: err}
			}
			if !yield(c, err) {
				return
			}
		}
	}
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
