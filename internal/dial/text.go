package dial

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/contactsdb/contacts/internal/fold"
)

const (
	dashes     = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\ufe58\ufe63"
	lineBreaks = "\n\v\f\r\u0085\u2028\u2029"
)

// plain returns a text in the characters that the library knows: ASCII for digits of every script, for full-width forms
// and for dashes, a line feed for line breaks, a blank for other space, and nothing for invisible characters.
func plain(number string) string {
	if !strings.ContainsFunc(number, func(r rune) bool { return r < ' ' || r >= utf8.RuneSelf }) {
		return number
	}
	return strings.Map(plainRune, number)
}

func plainRune(r rune) rune {
	const toFullWidth = '！' - '!'
	switch {
	case ' ' <= r && r < utf8.RuneSelf:
		return r
	case fold.Invisible(r):
		return -1
	case unicode.Is(unicode.Nd, r):
		return fold.Digit(r)
	case '！' <= r && r <= '～':
		return r - toFullWidth
	case strings.ContainsRune(dashes, r):
		return '-'
	case strings.ContainsRune(lineBreaks, r):
		return '\n'
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// digits returns the digits of a plain text.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if isDigit(r) {
			return r
		}
		return -1
	}, s)
}

func letters(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }

const (
	phoneContext = ";phone-context=" // RFC 3966
	subaddress   = ";isub="
)

// text is a plain text in its parts.
type text struct {
	lead      string // before the number, without digits
	number    string // from the first plus sign or digit to the last digit
	mark      string // of the extension, or "" if it is marked by a number sign behind it
	extension string // its digits
	tail      string // behind the number, without digits
	context   string // the phone context of a tel: URI
}

// split takes a plain text apart. It decides what is a number, what an extension and what words around them, for all
// that read numbers.
func split(s string) text {
	var t text
	if number, context, ok := strings.Cut(s, phoneContext); ok {
		context, _, _ = strings.Cut(context, ";")
		// The library trims what follows a plain number, but not what follows the context.
		t.context = strings.TrimRightFunc(context, func(r rune) bool { return !unicode.IsLetter(r) && !isDigit(r) })
		if t.context == "" {
			t.lead = s // no number
			return t
		}
		s = number
	}
	s, _, _ = strings.Cut(s, subaddress)
	first := strings.IndexFunc(s, isDigit)
	if first < 0 {
		t.lead = s // no number
		return t
	}
	if plus := strings.LastIndexByte(s[:first], '+'); plus >= 0 && strings.Trim(s[plus:first], "+ .-/()[]~\n") == "" {
		first = len(strings.TrimRight(s[:plus], "+"))
	}
	last := strings.LastIndexFunc(s, isDigit) + 1
	t.lead, t.number, t.tail = s[:first], s[first:last], s[last:]
	t.splitExtension()
	return t
}

// extensionPattern matches the extension at the end of a number: with a mark as in ext. 12, x12, #12, доб. 12, ;ext=12
// or ,,12, perhaps with a second one as in x302/x2303, or with a number sign at the end as in - 503#. The marks are
// those of the library. The groups are: the character before a mark of letters, that mark, any other mark, the digits.
var extensionPattern = regexp.MustCompile(`(?i)(?:(\PL)(e?xt(?:ensi(?:o\x{301}?|ó))?n?|доб|anexo|int|x)|([#~,;]))` +
	`[:.=]*[\s,-]*#?\s*(\d{1,20})(?:#|(?:\s*[\\/]\s*x[:.]?\s*\d+)*)$|[-\s]+(\d{1,6})#$`)

// splitExtension moves the extension out of the number.
func (t *text) splitExtension() {
	closed := strings.HasPrefix(t.tail, "#")
	if !closed && !strings.ContainsAny(t.number, "#~,;") && !letters(t.number) {
		return
	}
	s := t.number
	if closed {
		s += "#"
	}
	m := extensionPattern.FindStringSubmatch(s)
	if m == nil {
		return
	}
	t.number = strings.TrimRight(strings.TrimSuffix(s, m[0])+m[1], " \n,;")
	t.mark, t.extension = m[2]+m[3], m[4]+m[5]
	if strings.HasPrefix(m[0], ",,") {
		t.mark = ",,"
	}
	t.tail = strings.TrimPrefix(t.tail, "#")
}
