package vcard

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// Property is one property of a card.
type Property struct {
	Line   int
	Group  string // as in the file
	Name   string // in upper case
	Params []Param
	Value  string // without transfer encoding, in UTF-8, still with its escapes
	Data   []byte // decoded base64, and then there is no Value
	Doubt  bool   // the character set is a guess, or some characters are not in it
}

// Param returns the first value of a parameter, "" if there is none.
func (p *Property) Param(name string) string {
	for _, param := range p.Params {
		if param.Name == name && len(param.Values) > 0 {
			return strings.TrimSpace(param.Values[0])
		}
	}
	return ""
}

// Types returns the values of all parameters TYPE in upper case.
func (p *Property) Types() []string {
	var types []string
	for _, param := range p.Params {
		if param.Name != "TYPE" {
			continue
		}
		for _, value := range param.Values {
			if value = strings.ToUpper(strings.TrimSpace(value)); value != "" {
				types = append(types, value)
			}
		}
	}
	return types
}

// decoder decodes the texts of one card.
type decoder struct {
	wide  bool              // the file names its own character set, UTF-16
	guess encoding.Encoding // for text that is not UTF-8 and does not name its character set
}

// newDecoder returns a decoder that guesses the given character set, or else the one that some property of the card
// names, or else windows-1252.
func newDecoder(raw []rawProperty, wide bool, guess encoding.Encoding) *decoder {
	d := &decoder{wide: wide, guess: guess}
	if guess != nil {
		return d
	}
	d.guess = charmap.Windows1252
	for _, c := range raw {
		if found := charset(c.head.param("CHARSET")); found != nil {
			d.guess = found
			break
		}
	}
	return d
}

// property decodes a property. The reason says why it cannot.
func (d *decoder) property(c *rawProperty) (p Property, why Reason) {
	p = Property{Line: c.line, Group: c.head.group, Name: c.head.name, Params: c.head.params}
	value := c.text[c.head.end:]
	named := c.head.param("CHARSET")
	for i := range p.Params {
		p.Params[i].Name, _ = d.text([]byte(p.Params[i].Name), "")
		for j, text := range p.Params[i].Values {
			var doubt bool
			p.Params[i].Values[j], doubt = d.text([]byte(text), "")
			p.Doubt = p.Doubt || doubt
		}
	}
	p.Group, _ = d.text([]byte(p.Group), "")
	if c.head.base64() {
		data, err := decodeBase64(value)
		if err != nil {
			return p, BadEncoding
		}
		p.Data = data
		return p, ""
	}
	if c.head.quotedPrintable() {
		value = unquote(value)
	} else if d.wide {
		named = ""
	}
	var doubt bool
	p.Value, doubt = d.text(value, named)
	p.Doubt = p.Doubt || doubt
	return p, ""
}

// text decodes a text in the named character set. doubt reports whether another one was guessed, or whether characters
// were lost.
func (d *decoder) text(text []byte, named string) (decoded string, doubt bool) {
	if from := charset(named); from != nil {
		return convert(text, from)
	}
	if utf8.Valid(text) {
		return string(text), false
	}
	if mostlyUTF8(text) {
		return strings.ToValidUTF8(string(text), string(utf8.RuneError)), true
	}
	decoded, _ = convert(text, d.guess)
	return decoded, true
}

// mostlyUTF8 reports whether a text that is not UTF-8 has fewer bytes that are wrong than characters of several bytes
// that are right, as after a cut.
func mostlyUTF8(text []byte) bool {
	balance := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			balance--
		case size > 1:
			balance++
		}
		text = text[size:]
	}
	return balance > 0
}

func convert(text []byte, from encoding.Encoding) (decoded string, doubt bool) {
	converted, err := from.NewDecoder().Bytes(text)
	doubt = err != nil || bytes.ContainsRune(converted, utf8.RuneError)
	return strings.ToValidUTF8(string(converted), string(utf8.RuneError)), doubt
}

// unquote decodes quoted-printable text. An "=" without two digits stands for itself.
func unquote(text []byte) []byte {
	decoded := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '=' && i+2 < len(text) {
			high, ok1 := hexDigit(text[i+1])
			low, ok2 := hexDigit(text[i+2])
			if ok1 && ok2 {
				decoded = append(decoded, high<<4|low)
				i += 2
				continue
			}
		}
		decoded = append(decoded, text[i])
	}
	return decoded
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	default:
		return 0, false
	}
}

// decodeBase64 decodes base64 text with or without space and padding.
func decodeBase64(text []byte) ([]byte, error) {
	packed := bytes.Map(func(r rune) rune {
		if r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, text)
	packed = bytes.TrimRight(packed, "=")
	data := make([]byte, base64.RawStdEncoding.DecodedLen(len(packed)))
	n, err := base64.RawStdEncoding.Decode(data, packed)
	return data[:n], err
}
