package proof

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers/v2"
	"golang.org/x/text/unicode/norm"

	"github.com/contactsdb/contacts"
)

// beginnings has the texts that begin a word of a place, with the fewest points: 0 for a whole word, otherwise 1.
type beginnings map[string]int

func (b beginnings) add(word string, whole bool) {
	for i := range word {
		b.note(word[:i], 1)
	}
	points := 1
	if whole {
		points = 0
	}
	b.note(word, points)
}

func (b beginnings) note(text string, points int) {
	if old, ok := b[text]; !ok || points < old {
		b[text] = points
	}
}

// plainText is QRY-10 for the characters of the pools.
func plainText(s string) string {
	s = strings.NewReplacer("’", "'", "‘", "'", "\u00b4", "'", "ʼ", "'").Replace(s)
	s = strings.Map(func(r rune) rune {
		if invisible(r) || unicode.Is(unicode.Mn, r) && unicode.In(r, unicode.Inherited, unicode.Hebrew, unicode.Arabic) {
			return -1
		}
		return foldRune(asciiDigit(r))
	}, norm.NFKD.String(s))
	return strings.NewReplacer("ß", "ss", "ø", "o", "ł", "l", "æ", "ae", "ı", "i", "đ", "d").Replace(s)
}

// asciiDigit returns the ASCII form of a decimal digit: each script has ten in a row.
func asciiDigit(r rune) rune {
	if !unicode.Is(unicode.Nd, r) {
		return r
	}
	before := 0
	for unicode.Is(unicode.Nd, r-1) {
		before, r = before+1, r-1
	}
	return '0' + rune(before%10)
}

func isGap(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// isSign reports whether a character divides words, outside of emails.
func isSign(r rune) bool { return strings.ContainsRune("$^`|~<=>+", r) || unicode.IsPunct(r) }

func isSeparator(r rune) bool { return strings.ContainsRune("@.+-_", r) }

func (b beginnings) addText(s string) {
	for _, word := range strings.FieldsFunc(plainText(s), isGap) {
		parts := strings.FieldsFunc(word, isSign)
		for from := range parts {
			for to := from + 1; to <= len(parts); to++ {
				b.add(strings.Join(parts[from:to], ""), true)
			}
		}
	}
}

func (b beginnings) addEmail(s string) {
	var kept []rune
	for _, r := range plainText(s) {
		if !isGap(r) && (isSeparator(r) || !isSign(r)) {
			kept = append(kept, r)
		}
	}
	at := slices.Index(kept, '@')
	begins := true
	for i, r := range kept {
		if isSeparator(r) {
			begins = begins || i <= at || r == '.'
			continue
		}
		if begins {
			for end := i + 1; end <= len(kept); end++ {
				whole := end == len(kept) || kept[end] == '.' || kept[end] == '@' || end < at && isSeparator(kept[end])
				b.add(string(kept[i:end]), whole)
			}
		}
		begins = false
	}
}

// typedDigits are the digits of a number as typed, without those of an extension.
func typedDigits(s string) string {
	var digits strings.Builder
	for _, r := range plainText(s) {
		if '0' <= r && r <= '9' {
			digits.WriteRune(r)
		} else if digits.Len() > 0 && (strings.ContainsRune("#;,", r) || unicode.IsLetter(r)) {
			break
		}
	}
	return digits.String()
}

// searchWord is a word of a people search.
type searchWord struct {
	letters, address string
	digits, plus     bool
}

func searchWords(text string) (words []searchWord) {
	text = strings.ReplaceAll(plainText(text), "'", "")
	divides := func(r rune) bool { return isGap(r) || isSign(r) && !isSeparator(r) }
	for _, raw := range strings.FieldsFunc(text, divides) {
		w := searchWord{plus: raw[0] == '+', digits: true}
		for _, r := range strings.TrimLeftFunc(raw, isSeparator) {
			w.address += string(r)
			if !isSeparator(r) {
				w.letters += string(r)
			}
			w.digits = w.digits && strings.ContainsRune("0123456789-.", r)
		}
		if w.letters != "" {
			words = append(words, w)
		}
	}
	return words
}

// rank is the rank of a contact in a people search (QRY-12).
type rank struct{ worst, points int }

func (r rank) compare(s rank) int {
	return cmp.Or(cmp.Compare(r.worst, s.worst), cmp.Compare(r.points, s.points))
}

func (r rank) plus(s rank) rank { return rank{max(r.worst, s.worst), r.points + s.points} }

// places has the beginnings of words of a contact. e164 has the numbers that are written with a +.
type places struct {
	texts        [3]beginnings // names, company, job title
	emails       beginnings
	phones, e164 beginnings
}

func (p *person) places() places {
	in := &p.contact.Info
	pl := places{emails: beginnings{}, phones: beginnings{}, e164: beginnings{}}
	for i, texts := range [][]string{{in.Name.First, in.Name.Last}, {in.Company}, {in.JobTitle}} {
		pl.texts[i] = beginnings{}
		for _, text := range texts {
			pl.texts[i].addText(text)
		}
	}
	for _, e := range in.Emails {
		pl.emails.addEmail(e.Address)
	}
	for _, t := range in.Phones {
		typed := pl.phones
		if strings.HasPrefix(t.Number, "+") {
			typed = pl.e164
		}
		typed.add(typedDigits(t.Number), true)
		if n, err := phonenumbers.Parse(t.E164, ""); err == nil {
			national := phonenumbers.GetNationalSignificantNumber(n)
			region := phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))
			pl.phones.add(national, true)
			pl.phones.add(phonenumbers.GetNddPrefixForRegion(region, true)+national, true)
			pl.e164.add(t.E164[1:], true)
		}
	}
	return pl
}

func (pl places) number(digits string, plus bool) (rank, bool) {
	lists := []beginnings{pl.e164}
	if !plus {
		lists = append(lists, pl.phones)
	}
	return best(4, digits, lists...)
}

func best(place int, text string, lists ...beginnings) (best rank, ok bool) {
	for _, list := range lists {
		if points, found := list[text]; found && (!ok || 2*place+points < best.points) {
			best, ok = rank{place, 2*place + points}, true
		}
	}
	return best, ok
}

func (pl places) word(w searchWord) (rank, bool) {
	for place, list := range pl.texts {
		if r, ok := best(place, w.letters, list); ok {
			return r, true
		}
	}
	if r, ok := best(3, w.address, pl.emails); ok || !w.digits {
		return r, ok
	}
	return pl.number(w.letters, w.plus)
}

// ranked returns the rank of a contact, and whether the search finds it (QRY-9, QRY-11).
func (p *person) ranked(text string) (all rank, ok bool) {
	words := searchWords(text)
	if len(words) == 0 {
		return rank{}, true
	}
	pl := p.places()
	for i := 0; i < len(words); {
		run := 1
		for words[i].digits && i+run < len(words) && words[i+run].digits && !words[i+run].plus {
			run++
		}
		apart, found, digits := rank{}, true, ""
		for _, w := range words[i : i+run] {
			r, ok := pl.word(w)
			apart, found, digits = apart.plus(r), found && ok, digits+w.letters
		}
		if joined, ok := pl.number(digits, words[i].plus); ok && run > 1 && (!found || joined.compare(apart) < 0) {
			apart, found = joined, true
		}
		if !found {
			return rank{}, false
		}
		all, i = all.plus(apart), i+run
	}
	return all, true
}

// byRank is the order of a people search without a sort.
var byRank = contacts.Sort{Field: "rank of a people search"}
