package wire

import (
	"errors"
	"hash/maphash"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// This file parses JSON. There are two reasons not to use encoding/json. It silently replaces broken text by U+FFFD
// (JSON-7), so every text would first have to be checked separately. And its trees of maps cost several times as much
// as all other work on a contact. TestParse and FuzzParse compare the two parsers.

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

// Node is a JSON value. It is valid until Read returns, and its strings share the memory of the whole text: clone those
// that you keep.
type Node struct {
	Kind      Kind
	repeated  bool   // an earlier member of the object has the same name
	delegated bool   // its source was handed out, see Value.Source
	Name      string // as a member of an object
	Text      string // the value of a string; the source text of any other kind
	Children  []Node // of an array or an object, in the order of the text
}

// Member returns the last member with this name, or nil. Read refuses an object that has several.
func (n *Node) Member(name string) *Node {
	for i := len(n.Children) - 1; i >= 0; i-- {
		if n.Children[i].Name == name {
			return &n.Children[i]
		}
	}
	return nil
}

// DepthMax is the deepest nesting of values, the same as in encoding/json (JSON-15).
const DepthMax = 10000

var (
	errBrokenText = errors.New("text is not Unicode")
	errBrokenJSON = errors.New("not one JSON value")

	// ErrTooManyValues and ErrTooDeep are wrapped by the error of Read and ReadAtMost for a text with too many values
	// or levels.
	ErrTooManyValues = errors.New("too many JSON values")
	ErrTooDeep       = errors.New("too many levels of JSON values")
)

// parser reads s from i on. An error moves i to the end of s.
type parser struct {
	s     string
	i     int
	depth int
	root  Node
	open  []Node // children of unfinished values
	kept  []Node // children of finished values
	room  int    // number of further nodes allowed
	names names  // of the object that was read last
	twice bool   // an object has a member twice
	err   error

	locations []location
	problems  []Problem
}

var parsers = sync.Pool{New: func() any { return new(parser) }}

// parse parses one JSON value, the root, with at most most values below it. The caller closes the parser after the last
// use of the value.
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

// close returns the memory to the pool for the next text. It clears everything that refers to this one.
func (p *parser) close() {
	const most = 1 << 12 // larger slices are not worth keeping
	open, kept, locations, slots := p.open, p.kept, p.locations, p.names.slots
	clear(open) // not empty after an error
	clear(kept)
	clear(locations)
	*p = parser{}
	if cap(open)+cap(kept) <= most {
		p.open, p.kept = open[:0], kept[:0]
	}
	if cap(locations) <= most {
		p.locations = locations[:0]
	}
	if cap(slots) <= most {
		p.names.slots = slots
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

// accept skips space and the byte c, and reports whether c was there.
func (p *parser) accept(c byte) bool {
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

// list reads the items of an array or the members of an object, including its brackets.
func (p *parser) list(end byte) []Node {
	if p.depth++; p.depth > DepthMax {
		p.fail(ErrTooDeep)
		return nil
	}
	p.i++
	start := len(p.open)
	for more := !p.accept(end); more; more = !p.accept(end) {
		if len(p.open) > start && !p.accept(',') {
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
			p.open = slices.Grow(p.open, max(64, len(p.open))) // append grows a long list in smaller steps
		}
		p.open = append(p.open, child)
	}
	if end == '}' && p.names.mark(p.open[start:]) {
		p.twice = true
	}
	children := p.keep(p.open[start:])
	clear(p.open[start:])
	p.open = p.open[:start]
	p.depth--
	return children
}

// names finds the members of an object whose names repeat, in linear time whatever the names are.
type names struct {
	seed  maphash.Seed
	slots []int32 // hash table of indexes, each plus one
}

// mark marks each member whose name an earlier one has, and reports whether there are any.
func (t *names) mark(members []Node) bool {
	const few = 32 // up to this number it is faster to compare names
	if len(members) > few {
		return t.markMany(members)
	}
	found := false
	var seen uint64 // a bit for the length and the last byte of each name
	for i := range members {
		m := &members[i]
		n := len(m.Name)
		key := uint(n)
		if n > 0 {
			key += 7 * uint(m.Name[n-1])
		}
		bit := uint64(1) << (key % 64)
		if seen&bit != 0 {
			m.repeated = hasName(members[:i], m.Name)
			found = found || m.repeated
		}
		seen |= bit
	}
	return found
}

func hasName(members []Node, name string) bool {
	for i := range members { // by index: a Node is large
		if members[i].Name == name {
			return true
		}
	}
	return false
}

func (t *names) markMany(members []Node) bool {
	if t.seed == (maphash.Seed{}) {
		t.seed = maphash.MakeSeed()
	}
	size := 1 << bits.Len(uint(2*len(members)))
	if size > cap(t.slots) {
		t.slots = make([]int32, size)
	}
	slots := t.slots[:size]
	clear(slots)
	found := false
	for i := range members {
		m := &members[i]
		at := maphash.String(t.seed, m.Name) % uint64(size)
		for slots[at] != 0 && members[slots[at]-1].Name != m.Name {
			at = (at + 1) % uint64(size)
		}
		m.repeated = slots[at] != 0
		found = found || m.repeated
		slots[at] = int32(i + 1)
	}
	return found
}

// name reads the name of a member and the colon after it.
func (p *parser) name() string {
	if p.next() != '"' {
		p.fail(errBrokenJSON)
		return ""
	}
	name := p.string()
	if !p.accept(':') {
		p.fail(errBrokenJSON)
	}
	return name
}

// keep returns a copy of the nodes that is valid until the parser is closed.
func (p *parser) keep(nodes []Node) []Node {
	if cap(p.kept)-len(p.kept) < len(nodes) {
		// The old array must stay where it is: other nodes point into it.
		p.kept = make([]Node, 0, max(128, 2*cap(p.kept), len(nodes)))
	}
	start := len(p.kept)
	p.kept = append(p.kept, nodes...)
	return p.kept[start:]
}

// string reads the string at i.
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

// escaped reads the rest of a string, from start on, with its first escape at i.
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

// escape reads the escape at i and returns its size, 0 if it is invalid.
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
			// The other half of the surrogate pair must follow.
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

// hex reads \uXXXX at i.
func (p *parser) hex(i int) (rune, bool) {
	if i+6 > len(p.s) || p.s[i] != '\\' || p.s[i+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(p.s[i+2:i+6], 16, 16)
	return rune(n), err == nil
}

// number reads the number at i.
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

// digits reads one or more digits.
func (p *parser) digits() {
	start := p.i
	for p.i < len(p.s) && '0' <= p.s[p.i] && p.s[p.i] <= '9' {
		p.i++
	}
	if p.i == start {
		p.fail(errBrokenJSON)
	}
}
