// Package vcard reads and writes the text of vCards, versions 2.1, 3.0 and 4.0, as programs write it: with any line
// ends, folding, transfer encoding and character set. It knows lines, properties and parameters, and no contacts.
package vcard

import (
	"bufio"
	"errors"
	"io"

	"golang.org/x/text/encoding"
)

// Config has the bounds of a [Reader], all positive, and the character set of text that is not UTF-8 and does not name
// its own.
type Config struct {
	Property int               // bytes of one property, unfolded
	Card     int               // bytes of one card
	File     int64             // bytes of the file
	Encoding encoding.Encoding // nil: the one that another property of the card names, else windows-1252
}

const (
	propertiesMax = 10_000 // in a card
	parametersMax = 100    // of a property
	depthMax      = 10     // levels of cards, and consecutive lines BEGIN
)

// The errors of a [Reader]. ErrOutside and ErrCardSize are of one line or card, the others end the file.
var (
	ErrOutside  = errors.New("text outside of any vCard")
	ErrCardSize = errors.New("the vCard is too large")
	ErrFileSize = errors.New("the file is too large")
	ErrDepth    = errors.New("vCards are nested too deeply")
)

// LineError is an error that concerns one card, or lines outside of any. Reading continues with the next card.
type LineError struct {
	Line int // counted from 1
	Err  error
}

func (e *LineError) Error() string { return e.Err.Error() }

// Card is one vCard. The caller owns it.
type Card struct {
	Line       int    // of its BEGIN
	Version    string // as stated, "" if it is not
	Properties []Property
	Problems   []Problem // what is not among the properties, in the order of lines
}

// Problem says why a part of a card is not among its properties.
type Problem struct {
	Line int
	Name string // of the property in upper case, "" for a line that is not a property
	Why  Reason
}

// Reason says what is wrong with a part of a card, in words that contain no text of it.
type Reason string

// The reasons.
const (
	NoProperty  Reason = "the line is not a property"
	TooLong     Reason = "it is too long"
	ManyParams  Reason = "it has too many parameters"
	BadEncoding Reason = "its base64 text is damaged"
	NestedCard  Reason = "it is a vCard of its own"
	NoEnd       Reason = "the vCard has no end"
)

// Reader reads the cards of a text, once. It must not be used by several goroutines at the same time. It reads ahead.
type Reader struct {
	lines  *lineReader
	config Config
	held   bool // the current line is to be read again
	err    error
}

// NewReader returns a reader of the cards in r. It does not read before the first call of Next.
func NewReader(r io.Reader, config Config) *Reader {
	source := bufio.NewReader(&bounded{Reader: r, left: config.File})
	return &Reader{lines: &lineReader{source: source, max: config.Property}, config: config}
}

// Next returns the next card. The error is a [*LineError], and then the next call returns the next card; or it ends the
// file, as io.EOF, [ErrFileSize], [ErrDepth] and errors of the source do, and then every later call returns it too.
func (r *Reader) Next() (*Card, error) {
	if r.err != nil {
		return nil, r.err
	}
	card, err := r.next()
	if _, ok := err.(*LineError); err != nil && !ok {
		r.err = err
	}
	return card, err
}

// Line returns the number of the line that was read last.
func (r *Reader) Line() int { return r.lines.n }

func (r *Reader) next() (*Card, error) {
	outside := 0 // the first line outside of any card
	for {
		err := r.line()
		if err == io.EOF && outside > 0 || err == nil && outside > 0 && r.starts() {
			r.held = err == nil
			return nil, &LineError{outside, ErrOutside}
		}
		switch {
		case err != nil:
			return nil, err
		case r.starts():
			return r.card()
		case outside == 0 && !blank(r.lines.text):
			outside = r.lines.n
		}
	}
}

// line reads the next line, or the held one again.
func (r *Reader) line() error {
	if r.held {
		r.held = false
		return nil
	}
	return r.lines.next()
}

// starts reports whether a card starts at the line. The line BEGIN can be missing.
func (r *Reader) starts() bool {
	switch line := squeezed(r.lines.text); line {
	case "BEGIN:VCARD":
		return true
	case "VERSION:2.1", "VERSION:3.0", "VERSION:4.0":
		r.held = true // it is the first property, too
		return true
	default:
		return false
	}
}

// card reads the card that starts at the line.
func (r *Reader) card() (*Card, error) {
	b := &cardBuilder{config: r.config, card: Card{Line: r.lines.n}, indent: indentOf(r.lines.text)}
	begins := 1 // consecutive lines BEGIN
	for {
		err := r.line()
		if err == io.EOF {
			b.unclosed(r.lines.n)
			return b.finish(r.lines.wide)
		}
		if err != nil {
			return nil, err
		}
		switch squeezed(r.lines.text) {
		case "END:VCARD":
			return b.finish(r.lines.wide)
		case "BEGIN:VCARD":
			switch nested := b.beginsAgent(); {
			case nested:
				if err := r.skipNested(); err != nil && err != io.EOF {
					return nil, err
				}
			case !b.empty():
				r.held = true
				b.unclosed(r.lines.n)
				return b.finish(r.lines.wide)
			case begins == depthMax:
				return nil, ErrDepth
			default:
				begins++
				b.card.Line = r.lines.n
			}
		default:
			b.line(r.lines)
		}
	}
}

// skipNested skips a card within a card, up to its end or up to a card that is not nested.
func (r *Reader) skipNested() error {
	nests := false // the line before is one that a nested card follows
	for depth := 1; depth > 0; {
		if err := r.line(); err != nil {
			return err
		}
		switch squeezed(r.lines.text) {
		case "END:VCARD":
			depth--
			nests = false
		case "BEGIN:VCARD":
			if !nests {
				r.held = true
				return nil
			}
			if depth++; depth > depthMax {
				return ErrDepth
			}
		default:
			nests = agentLine(r.lines.text) || nests && blank(r.lines.text)
		}
	}
	return nil
}
