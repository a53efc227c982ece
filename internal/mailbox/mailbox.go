// Package mailbox knows the form of an email address, and takes addresses out of texts that hold more.
package mailbox

import (
	"iter"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/contactsdb/contacts/internal/fold"
)

// Valid reports whether s is one address and nothing else: one "@" with visible text on both sides, and neither white
// space, control or invisible characters, nor the punctuation that delimits addresses in a message: < > , ; and quotes.
// A local part in double quotes may hold all these except invisible and control characters. An unquoted local part has
// no colon, so "mailto:" begins no address. Space around the address is accepted (VAL-5).
func Valid(s string) bool {
	s = strings.TrimSpace(s)
	local, domain, ok := cut(s)
	return ok && utf8.ValidString(s) && !strings.ContainsFunc(s, hidden) && !fold.Blank(local) && !fold.Blank(domain) &&
		!strings.ContainsFunc(domain, foreignToDomain)
}

// cut splits an address into local part, without its quotes, and domain. It refuses a local part that needs quotes and
// has none.
func cut(s string) (local, domain string, ok bool) {
	if rest, quoted := strings.CutPrefix(s, `"`); quoted {
		end := closingQuote(rest)
		if end < 0 {
			return "", "", false
		}
		domain, ok = strings.CutPrefix(rest[end+1:], "@")
		return rest[:end], domain, ok
	}
	local, domain, ok = strings.Cut(s, "@")
	return local, domain, ok && !strings.ContainsFunc(local, foreignToLocal)
}

// closingQuote returns the index of the first double quote that no backslash escapes, or -1.
func closingQuote(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

func hidden(r rune) bool { return unicode.IsControl(r) || fold.Invisible(r) }

const (
	delimiters = "<>,;\"“”„‟«»"
	apostrophe = "'‘’" // part of names such as O'Brien, but of no domain
)

func foreignToLocal(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(delimiters+":", r)
}

func foreignToDomain(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(delimiters+apostrophe+"@", r)
}

// Extract returns the addresses in a text such as "Cy <cy@shop.example>", "mailto:cy@shop.example?subject=Hi",
// "cy @ shop.example" or a list of these. White space of any kind is a space, and control and invisible characters are
// left out, also within quotes. whole reports whether nothing but names, punctuation, space and the other fields of a
// mailto: link was left out. There may be no address.
func Extract(text string) (addresses []string, whole bool) {
	if Valid(text) {
		return []string{strings.TrimSpace(text)}, true
	}
	if !utf8.ValidString(text) {
		return nil, false // replacing its bytes would make an address that the text lacks
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\n':
			return '\n'
		case unicode.IsSpace(r):
			return ' '
		case hidden(r):
			return -1
		default:
			return r
		}
	}, text)
	whole = true
	name := "" // the beginning of a name, as in "Ash, Cy <cy@shop.example>"
	for part := range parts(text) {
		found := fromPart(part)
		switch {
		case found == nil && !strings.Contains(part, "@"):
			whole = whole && name == ""
			name = part
			continue
		case found == nil, name != "" && !strings.Contains(part, "<"):
			whole = false
		}
		name = ""
		addresses = append(addresses, found...)
	}
	return addresses, whole && name == ""
}

// parts yields the parts of a list, which end at line breaks, and at commas and semicolons that are not in quotes. It
// leaves out empty parts.
func parts(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.SplitSeq(text, "\n") {
			quoted, balanced := false, strings.Count(line, `"`)%2 == 0
			start := 0
			for i, c := range line + ";" {
				quoted = quoted != (c == '"' && balanced)
				if quoted || c != ',' && c != ';' {
					continue
				}
				part := strings.TrimSpace(line[start:i])
				start = i + 1
				if part != "" && !yield(part) {
					return
				}
			}
		}
	}
}

// fromPart returns the address in a part of a list, or several that only space separates.
func fromPart(part string) []string {
	if name, rest, ok := strings.Cut(part, "<"); ok {
		address, after, closed := strings.Cut(rest, ">")
		if !closed || fold.Blank(address) || strings.ContainsAny(name+after, "<>") || strings.Contains(after, "@") {
			return nil
		}
		part = strings.TrimSpace(address)
	}
	part = strings.TrimSpace(withoutComment(withoutScheme(unquoted(part))))
	if Valid(part) {
		return []string{part}
	}
	// A space beside the "@" was typed by mistake. Elsewhere it may end a name, which could be part of the address.
	if before, after, ok := strings.Cut(part, "@"); ok && !strings.Contains(after, "@") {
		if joined := strings.TrimSpace(before) + "@" + strings.TrimSpace(after); Valid(joined) {
			return []string{joined}
		}
		return nil
	}
	words := strings.Fields(part)
	for _, word := range words {
		if !Valid(word) {
			return nil
		}
	}
	return words
}

// unquoted removes quotes around a whole text.
func unquoted(part string) string {
	for _, q := range []struct{ open, end string }{{`"`, `"`}, {"'", "'"}, {"“", "”"}, {"„", "“"}, {"«", "»"}, {"‘", "’"}} {
		inside, ok := strings.CutPrefix(part, q.open)
		if inside, closed := strings.CutSuffix(inside, q.end); ok && closed {
			return strings.TrimSpace(inside)
		}
	}
	return part
}

// withoutComment removes a comment in parentheses at the end.
func withoutComment(part string) string {
	if address, comment, ok := strings.Cut(part, " ("); ok && strings.HasSuffix(comment, ")") {
		return address
	}
	return part
}

// withoutScheme returns the address of a mailto: link.
func withoutScheme(part string) string {
	const scheme = "mailto:"
	if len(part) < len(scheme) || !strings.EqualFold(part[:len(scheme)], scheme) {
		return part
	}
	part, _, _ = strings.Cut(part[len(scheme):], "?")
	if decoded, err := url.PathUnescape(part); err == nil {
		return decoded
	}
	return part
}
