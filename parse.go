package contacts

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// This file parses JSON texts. encoding/json would do, but for two things: it puts U+FFFD in place of broken text without a
// word (JSON-7), so every text would have to be read twice before it, and a tree of maps costs several times what
// everything else costs that is done with a contact. TestParseJSON and FuzzParseJSON hold the two against each other.

type nodeKind uint8

const (
	nodeNull nodeKind = iota
	nodeFalse
	nodeTrue
	nodeNumber
	nodeString
	nodeArray
	nodeObject
)

// node is a JSON value. It is gone once its parser is closed, and its texts share the memory of all that was parsed: what
// is to stay must be a clone.
type node struct {
	kind     nodeKind
	name     string // as a member of an object
	text     string // of a string its value, of a number its spelling
	children []node // of an array or an object, as they stand there
}

// member returns the member with a name, the last one if there are several, as encoding/json has it.
func (n *node) member(name string) *node {
	for i := len(n.children) - 1; i >= 0; i-- {
		if n.children[i].name == name {
			return &n.children[i]
		}
	}
	return nil
}

// item returns the i-th item of an array, nil for null.
func (n *node) item(i int) *node {
	if n.children[i].kind == nodeNull {
		return nil
	}
	return &n.children[i]
}

// depthMax is how deeply values may be nested: as deeply as encoding/json lets them.
const depthMax = 10000

var (
	errBrokenText = errors.New("text is not Unicode")
	errBrokenJSON = errors.New("not one JSON value")
)

// parser reads s from i on. After an error it stands at the end of s.
type parser struct {
	s     string
	i     int
	depth int
	root  node
	open  []node // children of the values that are being read
	kept  []node // children of those that were
	err   error
}

var parsers = sync.Pool{New: func() any { return new(parser) }}

// parseJSON parses one JSON value. The caller closes the parser when it has done with the value.
func parseJSON(text string) (*node, *parser, error) {
	p := parsers.Get().(*parser)
	p.s = text
	if !utf8.ValidString(text) {
		p.fail(errBrokenText)
	}
	p.root = p.value()
	if p.space(); p.i < len(p.s) {
		p.fail(errBrokenJSON)
	}
	return &p.root, p, p.err
}

// close makes the memory of the value that of the next one. Nothing of the text stays in it.
func (p *parser) close() {
	const most = 1 << 12 // nodes that are worth keeping
	open, kept := p.open, p.kept
	clear(open) // what an error has left
	clear(kept)
	*p = parser{}
	if cap(open)+cap(kept) <= most {
		p.open, p.kept = open[:0], kept[:0]
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

func (p *parser) value() node {
	switch p.next() {
	case '{':
		return node{kind: nodeObject, children: p.list('}')}
	case '[':
		return node{kind: nodeArray, children: p.list(']')}
	case '"':
		return node{kind: nodeString, text: p.string()}
	case 'n':
		return p.word("null", nodeNull)
	case 't':
		return p.word("true", nodeTrue)
	case 'f':
		return p.word("false", nodeFalse)
	default:
		return node{kind: nodeNumber, text: p.number()}
	}
}

func (p *parser) word(word string, kind nodeKind) node {
	if !strings.HasPrefix(p.s[p.i:], word) {
		p.fail(errBrokenJSON)
		return node{}
	}
	p.i += len(word)
	return node{kind: kind}
}

// list reads what is between the brackets of an array or an object.
func (p *parser) list(end byte) []node {
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
		child.name = name
		if p.err != nil {
			return nil
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
func (p *parser) keep(nodes []node) []node {
	if cap(p.kept)-len(p.kept) < len(nodes) {
		p.kept = make([]node, 0, max(128, 2*cap(p.kept), len(nodes))) // what is in the old one is referred to by others
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
