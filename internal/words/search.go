package words

import (
	"bytes"
	"iter"
	"strings"

	"github.com/contactsdb/contacts/internal/fold"
)

// Search is a text to search for. The zero Search has no words and finds every row.
type Search struct{ terms []term }

// term is a word, or several words that can be parts of one number.
type term struct {
	words  []word
	number needle // the digits of the parts, joined
}

// word is a word in the forms in which it is compared.
type word []needle

// needle is a text with which words in some places can begin.
type needle struct {
	text   []byte
	in     places
	begins beginnings // of text
}

func newNeedle(text string, in places) needle {
	n := needle{text: []byte(text), in: in}
	if text != "" {
		n.begins = beginningOf(n.text)
	}
	return n
}

// Parse splits a text into words, at white space and punctuation. It ignores words without letters and digits.
func Parse(text string) Search {
	var s Search
	inNumber := false // whether the last word can be continued by the next part of a number
	for _, raw := range strings.FieldsFunc(fold.Plain(text), divides) {
		w, digits, international := parseWord(raw)
		switch {
		case w == nil:
			continue
		case inNumber && digits != "" && !international:
			t := &s.terms[len(s.terms)-1]
			t.words = append(t.words, w)
			t.number = newNeedle(string(t.number.text)+digits, t.number.in)
		default:
			s.terms = append(s.terms, term{[]word{w}, newNeedle(digits, phonesOf(international))})
		}
		inNumber = digits != ""
	}
	return s
}

// divides reports whether a character divides the text of a search into words.
func divides(r rune) bool {
	c, _ := next(string(r))
	return c == spaceClass || c == punctuationClass
}

// parseWord returns the forms of a word, nil without letters and digits. If the word can be part of a phone number, it
// also returns its digits and whether it begins with +.
func parseWord(raw string) (w word, digits string, international bool) {
	literal := strings.ReplaceAll(raw, "'", "")
	international = strings.HasPrefix(literal, "+")
	literal = strings.TrimLeft(literal, separators)
	letters := strings.Map(func(r rune) rune {
		if strings.ContainsRune(separators, r) {
			return -1
		}
		return r
	}, literal)
	if letters == "" {
		return nil, "", false
	}
	in := inTexts
	if strings.Trim(literal, "0123456789.-") == "" {
		digits = letters
		in |= phonesOf(international)
	}
	if literal == letters {
		return word{newNeedle(letters, in|inEmails)}, digits, international
	}
	return word{newNeedle(letters, in), newNeedle(literal, inEmails)}, digits, international
}

// phonesOf returns the places of phone numbers, only those of numbers with + if international is true.
func phonesOf(international bool) places {
	if international {
		return setOf(E164)
	}
	return setOf(Phone, E164)
}

// IsZero reports whether the search has no words.
func (s Search) IsZero() bool { return len(s.terms) == 0 }

// RankLimit is greater than every rank.
const RankLimit = uint32(Phone-Name+1) << pointBits

const pointBits = 9 // enough for the words of 100 characters; more points count as the highest

// Ranks yields the numbers of the rows in which all words of the search are found, in order, and how well: a lower
// rank is better. Ranks are first by the worst place of a word, then by the sum of the words' points: twice the number
// of the place, counted from 0, and one more unless the word is a whole word there. Parts of a number that are found
// joined count as one word.
func (s Search) Ranks(r *Rows) iter.Seq2[int, uint32] {
	return func(yield func(int, uint32) bool) {
		required := s.required()
		var from rowEnd
		for i, to := range r.ends {
			if to.begins.include(required) {
				if rank, ok := s.rank(r, from, to); ok && !yield(i, rank) {
					return
				}
			}
			from = to
		}
	}
}

// required returns beginnings that are in every row that the search finds.
func (s Search) required() (all beginnings) {
	for _, t := range s.terms {
		first := t.words[0]
		some := first[0].begins
		for _, n := range first[1:] {
			some = some.common(n.begins)
		}
		if len(t.words) > 1 {
			some = some.common(t.number.begins)
		}
		all = all.union(some)
	}
	return all
}

func (s Search) rank(r *Rows, from, to rowEnd) (rank uint32, ok bool) {
	var all score
	for i := range s.terms {
		found, ok := s.terms[i].find(r, from, to)
		if !ok {
			return 0, false
		}
		all = all.plus(found)
	}
	return all.rank(), true
}

// score is how well words are found.
type score struct{ worst, points uint32 }

// worst returns the place in a score.
func (p Place) worst() uint32 { return uint32(min(p, Phone) - Name) }

func (s score) plus(t score) score { return score{max(s.worst, t.worst), s.points + t.points} }

func (s score) rank() uint32 { return s.worst<<pointBits | min(s.points, 1<<pointBits-1) }

func (t *term) find(r *Rows, from, to rowEnd) (best score, ok bool) {
	if len(t.words) > 1 {
		best, ok = t.number.find(r, from, to)
	}
	var apart score
	for _, w := range t.words {
		found, okWord := w.find(r, from, to)
		if !okWord {
			return best, ok
		}
		apart = apart.plus(found)
	}
	if !ok || apart.rank() < best.rank() {
		best = apart
	}
	return best, true
}

func (w word) find(r *Rows, from, to rowEnd) (best score, ok bool) {
	for _, n := range w {
		if found, okForm := n.find(r, from, to); okForm && (!ok || found.points < best.points) {
			best, ok = found, true
		}
	}
	return best, ok
}

// find returns the best word of a row that begins with the needle.
func (n needle) find(r *Rows, from, to rowEnd) (best score, ok bool) {
	if !to.begins.include(n.begins) {
		return best, false // in most rows
	}
	text := r.text[:to.text]
	at, first := int(from.text), n.text[0]
	for _, distance := range r.starts[from.starts:to.starts] {
		at += int(distance)
		if ok && text[at-1] < ' ' && Place(text[at-1]).worst() > best.worst {
			break // the places that follow are worse
		}
		if text[at] != first || distance == farther || !bytes.HasPrefix(text[at:], n.text) {
			continue
		}
		p := r.placeOf(at)
		if !n.in.has(p) {
			continue
		}
		worst := p.worst()
		if r.endsAt(at+len(n.text), len(text), p) {
			return score{worst, 2 * worst}, true
		}
		best, ok = score{worst, 2*worst + 1}, true
	}
	return best, ok
}
