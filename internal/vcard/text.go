package vcard

import (
	"strings"
	"unicode/utf8"
)

// Split splits a value at each separator that no backslash escapes, into at most so many parts: the last one has the
// rest. The parts keep their escapes.
func Split(value string, separator byte, most int) []string {
	var parts []string
	start := 0
	for i := 0; i < len(value) && len(parts) < most-1; i++ {
		switch value[i] {
		case '\\':
			i++
		case separator:
			parts = append(parts, value[start:i])
			start = i + 1
		}
	}
	return append(parts, value[start:])
}

// Unescape undoes the escapes of a value. A backslash before another character stands for itself. The ends of lines
// become LF.
func Unescape(value string) string {
	value = newlines.Replace(value)
	if !strings.Contains(value, `\`) {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c == '\\' && i+1 < len(value) {
			switch next := value[i+1]; next {
			case 'n', 'N':
				c = '\n'
				i++
			case '\\', ';', ',', ':', '"':
				c = next
				i++
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// Escape escapes a text for versions 3.0 and 4.0. A carriage return alone becomes a line end, too.
func Escape(text string) string { return escapes.Replace(newlines.Replace(text)) }

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)

// Join escapes texts and joins them.
func Join(texts []string, separator string) string {
	escaped := make([]string, len(texts))
	for i, text := range texts {
		escaped[i] = Escape(text)
	}
	return strings.Join(escaped, separator)
}

// String returns the property as one line of version 3.0 or 4.0, not folded and without a line end. A line end in the
// value is escaped. Data is left out.
func (p *Property) String() string {
	var b strings.Builder
	if p.Group != "" {
		b.WriteString(p.Group + ".")
	}
	b.WriteString(p.Name)
	for _, param := range p.Params {
		b.WriteString(";" + param.Name)
		for i, value := range param.Values {
			b.WriteString([]string{"=", ","}[min(i, 1)] + quoteParam(value))
		}
	}
	b.WriteString(":")
	b.WriteString(oneLine(newlines.Replace(p.Value)))
	return b.String()
}

// oneLine escapes the line ends in a value that has its other escapes.
func oneLine(value string) string {
	if !strings.Contains(value, "\n") {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\\' && i+1 < len(value) && value[i+1] == '\n':
			b.WriteString(`\\`) // it stands for itself, and would escape what the line end becomes
		case c == '\\' && i+1 < len(value):
			b.WriteString(value[i : i+2])
			i++
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// quoteParam returns a value of a parameter as RFC 6868 writes it.
func quoteParam(value string) string {
	escaped := paramEscapes.Replace(newlines.Replace(value))
	if strings.ContainsAny(escaped, ":;,") {
		return `"` + escaped + `"`
	}
	return escaped
}

var paramEscapes = strings.NewReplacer("^", "^^", "\n", "^n", `"`, "^'")

const foldWidth = 75 // bytes of a line without its end

// AppendFolded appends a line with its line end, folded so that no line has more than 75 bytes without its end.
// Characters stay whole, and no line reads BEGIN:VCARD or END:VCARD.
func AppendFolded(dst []byte, line string) []byte {
	for room := foldWidth; len(line) > room; room = foldWidth - 1 {
		end := room
		for end > 1 && (!utf8.RuneStart(line[end]) || isMark(line[end:])) {
			end--
		}
		dst = append(dst, line[:end]...)
		dst = append(dst, "\r\n "...)
		line = line[end:]
	}
	dst = append(dst, line...)
	return append(dst, "\r\n"...)
}

// isMark reports whether a line is one that begins or ends a card. A [Reader] takes it for that even if it is indented.
func isMark(line string) bool {
	if len(line) > foldWidth {
		return false
	}
	mark := squeezed([]byte(line))
	return mark == "BEGIN:VCARD" || mark == "END:VCARD"
}

// Parse parses a line such as [Property.String] returns. It reports false for any other text.
func Parse(line string) (Property, bool) {
	h := parseHead([]byte(line))
	if h == nil || h.many || strings.ContainsAny(line, "\r\n") {
		return Property{}, false
	}
	return Property{Group: h.group, Name: h.name, Params: h.params, Value: line[h.end:]}, true
}
