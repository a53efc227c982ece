// Package words finds rows by the beginnings of their words, without regard to case and diacritics.
package words

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/contactsdb/contacts/internal/fold"
)

// Place is a part of a row. A row is found best by the first place.
type Place byte

// The places, best first.
const (
	Name Place = 1 + iota
	Company
	JobTitle
	Email
	Phone // digits in national form
	E164  // digits in E.164 form; ranks as Phone
)

// places is a set of places.
type places byte

func setOf(list ...Place) places {
	var s places
	for _, p := range list {
		s |= 1 << p
	}
	return s
}

func (s places) has(p Place) bool { return s&(1<<p) != 0 }

var (
	inTexts  = setOf(Name, Company, JobTitle)
	inEmails = setOf(Email)
)

// Rows holds the words of rows in plain form. The words of a row must be added in the order of places. It can be read
// concurrently.
type Rows struct {
	// text has all words, each after the byte of its Place; they have no bytes below space. A word of a text is
	// everything between white space, without its punctuation: jeanluc. An address is one word.
	text []byte
	// starts are the distances between the offsets in text where words begin, those inside of a word included: luc, and
	// the parts of an address. The first of a row counts from where the row begins. A distance of farther or more is
	// stored as one or more farther and the rest.
	starts []byte
	last   int // the offset in text where the last word or row begins

	numbers int // the offset in text behind the place of the first number of the present row, 0 without one
	// joints are the offsets in text where punctuation was left out of the word of a text.
	joints []int
	ends   []rowEnd
}

// rowEnd is the end of a row.
type rowEnd struct {
	text, starts uint32     // offsets
	begins       beginnings // of the words of the row
}

// beginnings is a set of beginnings of words, with bits for their first bytes and their first two. Different beginnings
// can have the same bit: a row that lacks a bit of a word lacks the word, but a row with all of them need not have it.
type beginnings struct{ first, pairs uint64 }

func beginningOf(word []byte) beginnings {
	c := word[0]
	b := beginnings{first: 1 << (c % 39)} // all ASCII letters and digits differ
	if len(word) > 1 {
		const odd = 2654435769 // spreads the pairs over the upper bits
		b.pairs = 1 << ((uint32(c)<<8 | uint32(word[1])) * odd >> 26)
	}
	return b
}

func (b beginnings) union(o beginnings) beginnings {
	return beginnings{b.first | o.first, b.pairs | o.pairs}
}

func (b beginnings) common(o beginnings) beginnings {
	return beginnings{b.first & o.first, b.pairs & o.pairs}
}

func (b beginnings) include(o beginnings) bool { return b.common(o) == o }

const farther = 255

// Reset removes all rows.
func (r *Rows) Reset() {
	r.text, r.starts, r.last, r.numbers = r.text[:0], r.starts[:0], 0, 0
	r.joints, r.ends = r.joints[:0], r.ends[:0]
}

// Clone returns a copy that uses no more memory than it needs, to be read only.
func (r *Rows) Clone() *Rows {
	return &Rows{
		text:   append(make([]byte, 0, len(r.text)), r.text...),
		starts: append(make([]byte, 0, len(r.starts)), r.starts...),
		joints: append([]int(nil), r.joints...),
		ends:   append(make([]rowEnd, 0, len(r.ends)), r.ends...),
	}
}

// End ends a row.
func (r *Rows) End() {
	var from rowEnd
	if n := len(r.ends); n > 0 {
		from = r.ends[n-1]
	}
	end := rowEnd{text: uint32(len(r.text)), starts: uint32(len(r.starts))}
	at := from.text
	for _, distance := range r.starts[from.starts:] {
		if at += uint32(distance); distance != farther {
			end.begins = end.begins.union(beginningOf(r.text[at:min(at+2, end.text)]))
		}
	}
	r.ends = append(r.ends, end)
	r.last, r.numbers = len(r.text), 0
}

// begin notes that a word begins at the end of text.
func (r *Rows) begin() {
	distance := len(r.text) - r.last
	for ; distance >= farther; distance -= farther {
		r.starts = append(r.starts, farther)
	}
	r.starts = append(r.starts, byte(distance))
	r.last = len(r.text)
}

// AddText adds the words of a name, a company or a job title.
func (r *Rows) AddText(p Place, s string) {
	inWord, joint := false, false
	for s = plainUnlessASCII(s); s != ""; {
		c, n := next(s)
		switch c {
		case letterClass:
			if !inWord {
				r.text = append(r.text, byte(p))
				r.begin()
			} else if joint {
				r.joints = append(r.joints, len(r.text))
				r.begin()
			}
			n = r.appendLetters(s, n)
			inWord, joint = true, false
		case spaceClass:
			inWord = false
		default:
			joint = true
		}
		s = s[n:]
	}
}

// AddAddress adds an email address, from its first letter or digit.
func (r *Rows) AddAddress(p Place, s string) {
	empty, inDomain := true, false
	begins := true // whether a word begins at the next letter
	for s = plainUnlessASCII(s); s != ""; {
		c, n := next(s)
		switch c {
		case letterClass:
			if empty {
				r.text = append(r.text, byte(p))
			}
			if begins {
				r.begin()
			}
			empty, begins = false, false
			n = r.appendLetters(s, n)
		case separatorClass:
			inDomain = inDomain || s[0] == '@'
			begins = begins || !inDomain || s[0] == '@' || s[0] == '.'
			if !empty {
				r.text = append(r.text, s[0])
			}
		}
		s = s[n:]
	}
}

// AddTyped adds the digits of a phone number as typed, up to the first letter or sign that begins an extension, unless
// the row has them in that place.
func (r *Rows) AddTyped(p Place, s string) {
	var buffer [64]byte
	digits := buffer[:0]
	for s = plainUnlessASCII(s); s != ""; {
		n := 1
		if b := s[0]; '0' <= b && b <= '9' {
			digits = append(digits, b)
		} else {
			var c class
			c, n = next(s)
			if len(digits) > 0 && (c == letterClass || b == '#' || b == ';' || b == ',') {
				break
			}
		}
		s = s[n:]
	}
	r.addDigits(p, digits)
}

// AddDigits adds a phone number of ASCII digits, unless the row has it in that place.
func (r *Rows) AddDigits(p Place, digits string) { r.addDigits(p, []byte(digits)) }

func (r *Rows) addDigits(p Place, digits []byte) {
	start := len(r.text)
	text := append(append(r.text, byte(p)), digits...)
	if len(digits) == 0 || r.hasNumber(text[start:]) {
		return
	}
	if r.numbers == 0 {
		r.numbers = start + 1
	}
	r.text = text[:start+1]
	r.begin()
	r.text = text
}

// hasNumber reports whether the present row has a number with its place.
func (r *Rows) hasNumber(number []byte) bool {
	if r.numbers == 0 {
		return false
	}
	i := bytes.Index(r.text[r.numbers-1:], number)
	end := r.numbers - 1 + i + len(number)
	return i >= 0 && (end == len(r.text) || r.text[end] < ' ')
}

// class is what a character means for words.
type class byte

const (
	letterClass     class = iota // also digits, marks, and symbols such as emoji
	spaceClass                   // also control characters
	separatorClass               // divides an email address into words
	apostropheClass              // is left out
	punctuationClass
)

// asciiClasses has the classes of ASCII characters.
var asciiClasses = func() (classes [utf8.RuneSelf]class) {
	for r := range rune(utf8.RuneSelf) {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			classes[r] = spaceClass
		case r == '\'':
			classes[r] = apostropheClass
		case strings.ContainsRune(separators, r):
			classes[r] = separatorClass
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			classes[r] = punctuationClass
		}
	}
	return classes
}()

const separators = "@.+-_"

// next returns the class of the first character of s, and its length.
func next(s string) (c class, n int) {
	if s[0] < utf8.RuneSelf {
		return asciiClasses[s[0]], 1
	}
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case unicode.IsSpace(r), unicode.IsControl(r):
		c = spaceClass
	case unicode.IsPunct(r):
		c = punctuationClass
	}
	return c, n
}

// plainUnlessASCII returns the plain form of s. It leaves ASCII to appendLetters, which does not allocate.
func plainUnlessASCII(s string) string {
	if fold.ASCII(s) {
		return s
	}
	return fold.Plain(s)
}

// appendLetters adds the character of n bytes at the beginning of s or, if it is ASCII, all ASCII letters and digits
// there. It returns how many bytes of s it added.
func (r *Rows) appendLetters(s string, n int) int {
	if s[0] >= utf8.RuneSelf {
		r.text = append(r.text, s[:n]...)
		return n
	}
	text := r.text
	for n = 0; n < len(s) && lowerCase[s[n]] != 0; n++ {
		text = append(text, lowerCase[s[n]])
	}
	r.text = text
	return n
}

// lowerCase has the lower case of ASCII letters, ASCII digits as they are, and 0 for other bytes.
var lowerCase = func() (lower [256]byte) {
	for c := range asciiClasses {
		if asciiClasses[c] == letterClass {
			lower[c] = byte(unicode.ToLower(rune(c)))
		}
	}
	return lower
}()

// endsAt reports whether a word that begins before an offset ends there, in a row that ends at to.
func (r *Rows) endsAt(at, to int, p Place) bool {
	if at == to || r.text[at] < ' ' {
		return true
	}
	switch c := r.text[at]; c {
	case '@', '.':
		return true
	case '+', '-', '_':
		return !r.inDomain(at)
	}
	if !inTexts.has(p) {
		return false
	}
	_, found := slices.BinarySearch(r.joints, at)
	return found
}

// placeOf returns the place of the word around an offset.
func (r *Rows) placeOf(at int) Place {
	for at--; r.text[at] >= ' '; at-- {
	}
	return Place(r.text[at])
}

// inDomain reports whether an offset in an address is behind its @.
func (r *Rows) inDomain(at int) bool {
	for at--; r.text[at] >= ' '; at-- {
		if r.text[at] == '@' {
			return true
		}
	}
	return false
}
