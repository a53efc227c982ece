package wire

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// This file parses JSON texts. encoding/json would do, but for two things: it puts U+FFFD in place of broken text
// without a word (JSON-7), so every text would have to be read twice before it, and a tree of maps costs several times
// what everything else costs that is done with a contact. TestParse and FuzzParse hold the two against each other.

// Kind is a kind of JSON value.
type Kind uint8

// The kinds.
const (
	KindNull Kind = iota
	KindFalse
	KindTrue
	KindNumber
	KindString
	KindArray
	KindObject
)

// Node is a JSON value. It is gone once Read is done, and its texts share the memory of all that was parsed: what is to
// stay must be a clone.
type Node struct {
	Kind     Kind
	Name     string // as a member of an object
	Text     string // of a string its value, of all else its spelling
	Children []Node // of an array or an object, as they stand there
}

// Member returns the member with a name, the last one if there are several, as encoding/json has it; nil if there is
// none.
func (n *Node) Member(name string) *Node {
	for i := len(n.Children) - 1; i >= 0; i-- {
		if n.Children[i].Name == name {
			return &n.Children[i]
		}
	}
	return nil
}

// depthMax is how deeply values may be nested: as deeply as encoding/json lets them.
const depthMax = 10000

var (
	errBrokenText = errors.New("text is not Unicode")
	errBrokenJSON = errors.New("not one JSON value")

	// ErrTooManyValues is the cause of an error of ReadAtMost.
	ErrTooManyValues = errors.New("too many values")
)

// parser reads s from i on. After an error it stands at the end of s.
type parser struct {
	s     string
	i     int
	depth int
	root  Node
	open  []Node // children of the values that are being read
	kept  []Node // children of those that were
	room  int    // how many more of them there may be
	err   error

	places   []place
	problems []Problem
}

var parsers = sync.Pool{New: func() any { return new(parser) }}

// parse parses one JSON value, which is the root, with at most so many below it. The caller closes the parser when it
// has done with the value.
func parse(text string, most int) *parser {
	p := parsers.Get().(*parser)
	p.s, p.room = text, most
	if !utf8.ValidString(text) {
		p.fail(errBrokenText)
	}
	p.root = p.value()
	if p.space(); p.i < len(p.s) {
		p.fail(errBrokenJSON)
	}
	return p
}

// close makes the memory of the value that of the next one. Nothing of the text stays in it.
func (p *parser) close() {
	const most = 1 << 12 // nodes, and places, that are worth keeping
	open, kept, places := p.open, p.kept, p.places
	clear(open) // what an error has left
	clear(kept)
	clear(places)
	*p = parser{}
	if cap(open)+cap(kept) <= most {
		p.open, p.kept = open[:0], kept[:0]
	}
	if cap(places) <= most {
		p.places = places[:0]
	}
	parsers.Put(p)
}

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
	p.i = len(p.s)
}

func (p *parser) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

// next skips space and returns the byte that follows, 0 at the end.
func (p *parser) next() byte {
	p.space()
	if p.i == len(p.s) {
		return 0
	}
	return p.s[p.i]
}

// take takes the byte c if it follows.
func (p *parser) take(c byte) bool {
	if p.next() != c {
		return false
	}
	p.i++
	return true
}

func (p *parser) value() Node {
	c := p.next()
	start := p.i
	switch c {
	case '{':
		children := p.list('}')
		return Node{Kind: KindObject, Text: p.s[start:p.i], Children: children}
	case '[':
		children := p.list(']')
		return Node{Kind: KindArray, Text: p.s[start:p.i], Children: children}
	case '"':
		return Node{Kind: KindString, Text: p.string()}
	case 'n':
		return p.word(KindNull, "null")
	case 't':
		return p.word(KindTrue, "true")
	case 'f':
		return p.word(KindFalse, "false")
	default:
		return Node{Kind: KindNumber, Text: p.number()}
	}
}

func (p *parser) word(kind Kind, word string) Node {
	if !strings.HasPrefix(p.s[p.i:], word) {
		p.fail(errBrokenJSON)
		return Node{}
	}
	p.i += len(word)
	return Node{Kind: kind, Text: word}
}

// list reads what is between the brackets of an array or an object.
func (p *parser) list(end byte) []Node {
	if p.depth++; p.depth > depthMax {
		p.fail(errBrokenJSON)
		return nil
	}
	p.i++
	start := len(p.open)
	for more := !p.take(end); more; more = !p.take(end) {
		if len(p.open) > start && !p.take(',') {
			p.fail(errBrokenJSON)
		}
		name := ""
		if end == '}' {
			name = p.name()
		}
		child := p.value()
		child.Name = name
		if p.room--; p.room < 0 {
			p.fail(ErrTooManyValues)
		}
		if p.err != nil {
			return nil
		}
		if len(p.open) == cap(p.open) {
			p.open = slices.Grow(p.open, max(64, len(p.open))) // append would grow a long list in smaller steps
		}
		p.open = append(p.open, child)
	}
	children := p.keep(p.open[start:])
	clear(p.open[start:])
	p.open = p.open[:start]
	p.depth--
	return children
}

// name reads the name of a member and the colon behind it.
func (p *parser) name() string {
	if p.next() != '"' {
		p.fail(errBrokenJSON)
		return ""
	}
	name := p.string()
	if !p.take(':') {
		p.fail(errBrokenJSON)
	}
	return name
}

// keep returns a copy of nodes that stays until the parser is closed.
func (p *parser) keep(nodes []Node) []Node {
	if cap(p.kept)-len(p.kept) < len(nodes) {
		p.kept = make([]Node, 0, max(128, 2*cap(p.kept), len(nodes))) // what is in the old one is referred to by others
	}
	start := len(p.kept)
	p.kept = append(p.kept, nodes...)
	return p.kept[start:]
}

// string reads a string that begins at i.
func (p *parser) string() string {
	start := p.i + 1
	for i := start; i < len(p.s); i++ {
		switch c := p.s[i]; {
		case c == '"':
			p.i = i + 1
			return p.s[start:i]
		case c == '\\':
			return p.escaped(start, i)
		case c < ' ':
			p.fail(errBrokenJSON)
			return ""
		}
	}
	p.fail(errBrokenJSON)
	return ""
}

// escaped reads a string from start on, whose first escape is at i.
func (p *parser) escaped(start, i int) string {
	var b strings.Builder
	for {
		b.WriteString(p.s[start:i])
		if i == len(p.s) || p.s[i] < ' ' {
			p.fail(errBrokenJSON)
			return ""
		}
		if p.s[i] == '"' {
			p.i = i + 1
			return b.String()
		}
		r, size := p.escape(i)
		if size == 0 {
			return ""
		}
		b.WriteRune(r)
		start = i + size
		for i = start; i < len(p.s) && p.s[i] != '"' && p.s[i] != '\\' && p.s[i] >= ' '; {
			i++
		}
	}
}

// escape reads the escape at i and returns its size, 0 if it is none.
func (p *parser) escape(i int) (rune, int) {
	if i+1 < len(p.s) {
		switch c := p.s[i+1]; c {
		case '"', '\\', '/':
			return rune(c), 2
		case 'b':
			return '\b', 2
		case 'f':
			return '\f', 2
		case 'n':
			return '\n', 2
		case 'r':
			return '\r', 2
		case 't':
			return '\t', 2
		case 'u':
			r, ok := p.hex(i)
			if !ok {
				break
			}
			if !utf16.IsSurrogate(r) {
				return r, 6
			}
			// Half a character: the other half must follow.
			if low, ok := p.hex(i + 6); ok {
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					return r, 12
				}
			}
			p.fail(errBrokenText)
			return 0, 0
		}
	}
	p.fail(errBrokenJSON)
	return 0, 0
}

// hex reads \uXXXX.
func (p *parser) hex(i int) (rune, bool) {
	if i+6 > len(p.s) || p.s[i] != '\\' || p.s[i+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(p.s[i+2:i+6], 16, 16)
	return rune(n), err == nil
}

// number reads a number that begins at i.
func (p *parser) number() string {
	start := p.i
	p.sign('-')
	if p.i < len(p.s) && p.s[p.i] == '0' {
		p.i++
	} else {
		p.digits()
	}
	if p.i < len(p.s) && p.s[p.i] == '.' {
		p.i++
		p.digits()
	}
	if p.i < len(p.s) && (p.s[p.i] == 'e' || p.s[p.i] == 'E') {
		p.i++
		p.sign('+', '-')
		p.digits()
	}
	return p.s[start:p.i]
}

func (p *parser) sign(signs ...byte) {
	for _, c := range signs {
		if p.i < len(p.s) && p.s[p.i] == c {
			p.i++
			return
		}
	}
}

// digits reads digits, of which there must be one.
func (p *parser) digits() {
	start := p.i
	for p.i < len(p.s) && '0' <= p.s[p.i] && p.s[p.i] <= '9' {
		p.i++
	}
	if p.i == start {
		p.fail(errBrokenJSON)
	}
}
