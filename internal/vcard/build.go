package vcard

import (
	"bytes"
	"strings"
)

// cardBuilder joins the lines of a card to properties.
type cardBuilder struct {
	config Config
	card   Card
	indent []byte // of all lines
	size   int
	large  bool // the card exceeds a limit: it is read to its end and dropped

	open    bool
	current rawProperty
	raw     []rawProperty // all before the current one
}

// rawProperty is a property, unfolded but not decoded.
type rawProperty struct {
	line int
	text []byte
	long bool
	head *head // nil before the text has its colon; a later line can still change it
	join int   // lines joined
	soft bool  // quoted-printable text that continues on the next line
	gap  bool  // an empty line came behind it
}

// empty reports whether the card has nothing yet.
func (b *cardBuilder) empty() bool {
	return !b.open && b.raw == nil && b.card.Problems == nil && !b.large
}

// line adds a line to the current property or begins the next one.
func (b *cardBuilder) line(l *lineReader) {
	if b.size += len(l.text); b.size > b.config.Card {
		b.drop()
	}
	if b.large {
		return
	}
	text := bytes.TrimPrefix(l.text, b.indent)
	piece, isPart := b.part(text)
	switch {
	case isPart:
		b.append(piece, l.long)
	case blank(text):
		b.current.gap = true
	default:
		b.flush()
		b.open = true
		b.current = rawProperty{line: l.n}
		b.append(text, l.long)
	}
}

// part returns what a line adds to the current property, and whether it is part of it.
func (b *cardBuilder) part(line []byte) (piece []byte, is bool) {
	c := &b.current
	empty := blank(line)
	switch {
	case !b.open:
		return nil, false
	case c.soft:
		return line, !empty && !(c.gap && startsProperty(line))
	case indented(line) && !(empty && c.inBase64()):
		return b.unfolded(line), true
	default:
		return line, !empty && !c.gap && c.inBase64() && isBase64(line)
	}
}

// drop forgets the card, which exceeds a limit.
func (b *cardBuilder) drop() {
	b.large, b.raw, b.current.text, b.card.Problems = true, nil, nil, nil
}

// foldMark marks a line that was folded before the version of its card is known. No line contains it.
const foldMark = '\n'

// unfolded returns an indented line without what folding added. In version 2.1 the space is part of the text.
func (b *cardBuilder) unfolded(line []byte) []byte {
	switch {
	case b.current.head == nil || b.addsSpace():
		return line[1:]
	case b.card.Version == "":
		return append([]byte{foldMark}, line...)
	default:
		return line
	}
}

// addsSpace reports whether folding adds the space that a line begins with.
func (b *cardBuilder) addsSpace() bool { return b.card.Version == "3.0" || b.card.Version == "4.0" }

// unmark removes what folding added from a property that came before the version of its card.
func (b *cardBuilder) unmark(c *rawProperty) {
	first := bytes.IndexByte(c.text, foldMark)
	if first < 0 {
		return
	}
	text := c.text[:first]
	for i := first; i < len(c.text); i++ {
		switch {
		case c.text[i] != foldMark:
			text = append(text, c.text[i])
		case b.addsSpace():
			i++
		}
	}
	c.text = text
	if head := parseHead(text); head != nil {
		c.head = head
	}
}

// append adds a piece to the text of the current property.
func (b *cardBuilder) append(piece []byte, long bool) {
	c := &b.current
	c.gap, c.soft = false, false
	c.join++
	if c.long = c.long || long || len(c.text)+len(piece) > b.config.Property; c.long {
		// The head alone tells which property it is.
		c.text = append(c.text, piece[:min(len(piece), max(0, headMax-len(c.text)))]...)
		c.text = c.text[:min(len(c.text), headMax)]
		return
	}
	c.text = append(c.text, piece...)
	const headLines = 20 // more would take time that grows with their square
	if c.head == nil && c.join <= headLines {
		c.head = parseHead(c.text)
	}
	if c.head == nil || !c.head.quotedPrintable() {
		return
	}
	line := bytes.TrimRight(piece, " \t")
	if end := len(c.text) - (len(piece) - len(line)) - 1; bytes.HasSuffix(line, []byte("=")) && end >= c.head.end {
		c.soft = true
		c.text = c.text[:end]
	}
}

// flush ends the current property.
func (b *cardBuilder) flush() {
	if !b.open {
		return
	}
	b.open = false
	c := b.current
	if c.head == nil || c.join > 1 && !c.long {
		c.head = parseHead(c.text) // a quoted parameter can go over several lines
	}
	problem := func(why Reason) {
		_, name := splitName(c.text)
		b.card.Problems = append(b.card.Problems, Problem{c.line, name, why})
	}
	switch {
	case c.long && startsProperty(c.text):
		problem(TooLong)
	case c.head == nil:
		b.card.Problems = append(b.card.Problems, Problem{Line: c.line, Why: NoProperty})
	case c.head.many:
		problem(ManyParams)
	case c.head.name == "VERSION":
		if b.card.Version == "" {
			b.card.Version = strings.TrimSpace(string(c.text[c.head.end:]))
		}
	default:
		b.raw = append(b.raw, c)
	}
	if len(b.raw)+len(b.card.Problems) > propertiesMax {
		b.drop()
	}
}

// beginsAgent reports whether the card that begins now is the value of a property AGENT. Then it is left out.
func (b *cardBuilder) beginsAgent() bool {
	if b.large {
		return false
	}
	b.flush()
	last := len(b.raw) - 1
	if last < 0 || !agentLine(b.raw[last].text) {
		return false
	}
	b.card.Problems = append(b.card.Problems, Problem{b.raw[last].line, "AGENT", NestedCard})
	b.raw = b.raw[:last]
	return true
}

func (b *cardBuilder) unclosed(line int) {
	if !b.large {
		b.flush()
		b.card.Problems = append(b.card.Problems, Problem{line, "END", NoEnd})
	}
}

// finish returns the card with its properties decoded.
func (b *cardBuilder) finish(wide bool) (*Card, error) {
	if !b.large {
		b.flush()
	}
	if b.large {
		return nil, &LineError{b.card.Line, ErrCardSize}
	}
	for i := range b.raw {
		b.unmark(&b.raw[i])
	}
	d := newDecoder(b.raw, wide, b.config.Encoding)
	for i := range b.raw {
		p, why := d.property(&b.raw[i])
		if why != "" {
			b.card.Problems = append(b.card.Problems, Problem{p.Line, p.Name, why})
			continue
		}
		b.card.Properties = append(b.card.Properties, p)
	}
	return &b.card, nil
}

func (c *rawProperty) inBase64() bool { return c.head != nil && c.head.base64() }

func isBase64(line []byte) bool {
	return !bytes.ContainsFunc(bytes.TrimSpace(line), func(r rune) bool {
		letter := 'a' <= r|0x20 && r|0x20 <= 'z'
		return !letter && (r < '0' || r > '9') && !strings.ContainsRune("+/=", r)
	})
}

// agentLine reports whether a card that follows the line is a part of the card that the line is in.
func agentLine(line []byte) bool {
	if len(line) > headMax {
		return false
	}
	h := parseHead(line)
	if h == nil || h.name != "AGENT" {
		return false
	}
	value := squeezed(line[h.end:])
	return value == "" || value == "BEGIN:VCARD"
}
