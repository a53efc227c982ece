package vcard

import (
	"bytes"
	"strings"
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
)

// headMax is the number of bytes of a property that is too long in which its name is looked for.
const headMax = 1 << 12

// head is a property without its value.
type head struct {
	group, name string // name in upper case
	params      []Param
	encoding    string // the parameter ENCODING in upper case
	many        bool   // there are more parameters
	end         int    // where the value begins
}

// Param is a parameter of a property. A value without a name, as in TEL;HOME:, has the name that it would have in
// later versions: ENCODING, CHARSET, VALUE or TYPE.
type Param struct {
	Name   string // in upper case
	Values []string
}

// startsProperty reports whether a line begins as a property does.
func startsProperty(line []byte) bool {
	end := bytes.IndexAny(line, ";:")
	return end > 0 && validName(string(bytes.TrimSpace(line[:end])))
}

func validName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./", r)
	})
}

// parseHead parses the text of a property up to its value. It returns nil if that is no property, or not yet.
func parseHead(text []byte) *head {
	if !startsProperty(text) {
		return nil
	}
	h := &head{}
	h.group, h.name = splitName(text)
	s := &scanner{text: text, at: bytes.IndexAny(text, ";:"), head: h}
	for s.at < len(text) && text[s.at] == ';' && !h.many {
		s.at++
		s.param()
	}
	if h.many {
		h.params = nil
		s.until(":")
	}
	if h.name == "" || s.at >= len(text) {
		return nil
	}
	h.encoding = h.param("ENCODING")
	h.end = s.at + 1
	return h
}

// splitName returns the group and the name, in upper case, that the text of a property begins with.
func splitName(text []byte) (group, name string) {
	name = string(bytes.TrimSpace(text[:bytes.IndexAny(text, ";:")]))
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		group, name = name[:dot], name[dot+1:]
	}
	return group, strings.ToUpper(name)
}

// scanner reads the parameters of a head.
type scanner struct {
	text   []byte
	at     int
	head   *head
	values int // of all parameters
}

// add adds a parameter to the head.
func (s *scanner) add(name string, values ...string) {
	s.values += max(1, len(values))
	s.head.many = s.head.many || s.values > parametersMax
	s.head.params = append(s.head.params, Param{name, values})
}

// param reads one parameter. Several can result from values without a name, none from an empty one.
func (s *scanner) param() {
	if label, ok := s.customLabel(); ok {
		s.add("X-CUSTOM", label)
		return
	}
	name := strings.TrimSpace(s.until("=;:"))
	if s.at == len(s.text) || s.text[s.at] != '=' {
		s.bare(name)
		return
	}
	name = strings.ToUpper(name)
	var values []string
	for s.at < len(s.text) && (s.text[s.at] == '=' || s.text[s.at] == ',') && len(values) <= parametersMax {
		s.at++
		value := s.value()
		if name == "TYPE" {
			values = append(values, strings.SplitN(value, ",", parametersMax+1)...) // also in quotes
		} else {
			values = append(values, value)
		}
	}
	s.add(name, values...)
}

// until reads up to one of the characters.
func (s *scanner) until(stops string) string {
	start := s.at
	if n := bytes.IndexAny(s.text[s.at:], stops); n >= 0 {
		s.at += n
	} else {
		s.at = len(s.text)
	}
	return string(s.text[start:s.at])
}

// value reads one value, in quotes or not.
func (s *scanner) value() string {
	if rest := s.text[s.at:]; len(rest) > 0 && rest[0] == '"' {
		if end := bytes.IndexByte(rest[1:], '"'); end >= 0 {
			s.at += end + 2
			return carets.Replace(string(rest[1:end+1]) + s.until(",;:"))
		}
	}
	return carets.Replace(s.until(",;:"))
}

// carets undoes the escapes of RFC 6868.
var carets = strings.NewReplacer("^n", "\n", "^N", "\n", "^^", "^", "^'", `"`)

// customLabel reads the label of Android's TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=42=6F):. Its charset
// is that of the property's own text, UTF-8.
func (s *scanner) customLabel() (string, bool) {
	const start = "X-CUSTOM("
	rest := s.text[s.at:]
	if len(rest) < len(start) || !strings.EqualFold(string(rest[:len(start)]), start) {
		return "", false
	}
	end := bytes.IndexByte(rest, ')')
	if end < 0 {
		return "", false
	}
	s.at += end + 1
	s.until(";:")
	label := string(rest[len(start):end])
	quoted := false
	for {
		word, after, _ := strings.Cut(label, ",")
		name, value, ok := strings.Cut(strings.ToUpper(word), "=")
		if !ok || name != "CHARSET" && name != "ENCODING" {
			break
		}
		quoted = quoted || value == quotedPrintable
		label = after
	}
	if quoted {
		label = string(unquote([]byte(label)))
	}
	return label, true
}

const quotedPrintable = "QUOTED-PRINTABLE"

// bare adds the parameters for values without a name.
func (s *scanner) bare(text string) {
	for _, value := range strings.SplitN(text, ",", parametersMax+1) {
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch upper := strings.ToUpper(value); {
		case value == "":
		case upper == quotedPrintable, upper == "BASE64", upper == "B", upper == "8BIT", upper == "7BIT":
			s.add("ENCODING", value)
		case upper == "URL", upper == "URI", upper == "INLINE", upper == "CID", upper == "CONTENT-ID":
			s.add("VALUE", value)
		case strings.ContainsAny(value, "0123456789") && isCharset(value):
			s.add("CHARSET", value)
		default:
			s.add("TYPE", value)
		}
	}
}

// param returns the first value of a parameter in upper case, without surrounding space.
func (h *head) param(name string) string {
	for _, p := range h.params {
		if p.Name == name && len(p.Values) > 0 {
			return strings.ToUpper(strings.TrimSpace(p.Values[0]))
		}
	}
	return ""
}

func (h *head) quotedPrintable() bool { return h.encoding == quotedPrintable }

func (h *head) base64() bool { return h.encoding == "B" || h.encoding == "BASE64" }

// charset returns the encoding with this name, nil if there is none, or if text in it is best read as UTF-8.
func charset(name string) encoding.Encoding {
	found, err := htmlindex.Get(name)
	if err != nil || strings.EqualFold(strings.TrimSpace(name), "US-ASCII") {
		return nil
	}
	switch canonical, _ := htmlindex.Name(found); canonical {
	case "utf-8", "replacement", "x-user-defined", "utf-16le", "utf-16be":
		return nil
	default:
		return found
	}
}

// isCharset reports whether there is a character set with this name.
func isCharset(name string) bool {
	_, err := htmlindex.Get(name)
	return err == nil
}
