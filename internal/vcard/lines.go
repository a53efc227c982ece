package vcard

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/contactsdb/contacts/internal/fold"
)

// lineReader reads lines that end with LF, CR LF, CR CR LF or CR. Text in UTF-16 becomes UTF-8.
type lineReader struct {
	source *bufio.Reader
	opened bool
	max    int // bytes of a line to keep

	n    int    // lines read
	text []byte // the line without its end; the next call overwrites it
	long bool   // only the beginning of the line is in text
	wide bool   // the source is in UTF-16
}

// next reads the next line. It returns io.EOF after the last one.
func (l *lineReader) next() error {
	l.open()
	l.text, l.long = l.text[:0], false
	const kept = 1 << 20 // a larger buffer is not worth keeping
	if cap(l.text) > kept {
		l.text = nil
	}
	for started := false; ; started = true {
		_, err := l.source.Peek(1)
		if err == io.EOF && started {
			break
		}
		if err != nil {
			return err
		}
		chunk, _ := l.source.Peek(l.source.Buffered())
		end := bytes.IndexAny(chunk, "\r\n")
		if end < 0 {
			l.keep(chunk)
			continue
		}
		l.keep(chunk[:end])
		l.source.Discard(l.lineEnd())
		break
	}
	l.n++
	l.text = bytes.TrimPrefix(l.text, []byte("\ufeff")) // files that were joined have it inside, too
	return nil
}

// keep moves a piece of the source to the line.
func (l *lineReader) keep(piece []byte) {
	n := min(len(piece), l.max-len(l.text))
	l.text = append(l.text, piece[:n]...)
	l.long = l.long || n < len(piece)
	l.source.Discard(len(piece))
}

// lineEnd returns the length of the line end that the source begins with. One program doubles the CR of CR LF.
func (l *lineReader) lineEnd() int {
	start, _ := l.source.Peek(len("\r\r\n"))
	for _, end := range []string{"\r\n", "\r\r\n"} {
		if strings.HasPrefix(string(start), end) {
			return len(end)
		}
	}
	return 1
}

// open finds out whether the source is in UTF-16. Without a byte order mark, the zero in the first character tells.
func (l *lineReader) open() {
	if l.opened {
		return
	}
	l.opened = true
	start, _ := l.source.Peek(2)
	order := unicode.LittleEndian
	switch {
	case len(start) < 2:
		return
	case bytes.Equal(start, []byte("\xff\xfe")), start[0] != 0 && start[1] == 0:
	case bytes.Equal(start, []byte("\xfe\xff")), start[0] == 0 && start[1] != 0:
		order = unicode.BigEndian
	default:
		return
	}
	l.wide = true
	l.source = bufio.NewReader(transform.NewReader(l.source, unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder()))
}

// bounded is a source that fails after some number of bytes. It returns an error again and again, because a buffer
// forgets it after a look ahead.
type bounded struct {
	io.Reader
	left int64
	err  error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	p = p[:min(int64(len(p)), b.left+1)] // one more tells whether the file ends in time
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		n, err = n-1, ErrFileSize
	}
	b.err = err
	return n, err
}

// squeezed returns a line that can be a BEGIN, an END or a VERSION in upper case, without spaces and invisible
// characters, and "" for any other line.
func squeezed(line []byte) string {
	const enough = 64 // for BEGIN:VCARD and some space
	if line = bytes.TrimSpace(line); len(line) > enough || len(line) == 0 {
		return ""
	}
	if first := line[0]; first > ' ' && first < utf8.RuneSelf && bytes.IndexByte([]byte("BEVbev"), first) < 0 {
		return "" // most lines, at once
	}
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r <= ' ' || fold.Invisible(r) {
			return -1
		}
		return r
	}, string(line)))
}

func blank(line []byte) bool {
	const enough = 64 // the tail of a file can be zeros, but a longer line is hardly all space
	return len(bytes.TrimSpace(line)) == 0 || len(line) <= enough && fold.Blank(string(line))
}

// indentOf returns a copy of the space that a line begins with.
func indentOf(line []byte) []byte {
	return bytes.Clone(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

func indented(line []byte) bool { return len(line) > 0 && (line[0] == ' ' || line[0] == '\t') }
