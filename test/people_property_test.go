package test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
)

// refWord is a text of a contact from where a word begins to where its text ends.
type refWord struct {
	place int // 0 name, 1 company, 2 job title, 3 email, 4 phone
	plus  bool
	rest  string
	ends  []int // lengths of whole words at the beginning of rest
}

// points returns 2 for each place before, and 1 more unless text is a whole word; -1 if rest does not begin with it.
func (w refWord) points(text string) int {
	switch {
	case !strings.HasPrefix(w.rest, text):
		return -1
	case slices.Contains(w.ends, len(text)):
		return 2 * w.place
	}
	return 2*w.place + 1
}

func isDivider(r rune) bool {
	return unicode.IsPunct(r) || r < 128 && unicode.IsSymbol(r)
}

func blank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// refTextWords lists the words of a name, company or job title (QRY-9).
func refTextWords(place int, text string) (list []refWord) {
	for _, chunk := range strings.FieldsFunc(fold.Plain(text), blank) {
		parts := strings.FieldsFunc(chunk, isDivider)
		for i := range parts {
			w := refWord{place: place, rest: strings.Join(parts[i:], "")}
			for n := i + 1; n <= len(parts); n++ {
				w.ends = append(w.ends, len(strings.Join(parts[i:n], "")))
			}
			list = append(list, w)
		}
	}
	return list
}

// refAddressWords lists the words of an email.
func refAddressWords(address string) (list []refWord) {
	plain := strings.Map(func(r rune) rune {
		if blank(r) || isDivider(r) && !strings.ContainsRune("@.+-_", r) {
			return -1
		}
		return r
	}, fold.Plain(address))
	local, domain, _ := strings.Cut(plain, "@")
	words := func(before, text, after, separators string) {
		parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("@.+-_", r) })
		at := 0
		for i, part := range parts {
			at += strings.Index(text[at:], part)
			gap := text[:at]
			gap = gap[len(strings.TrimRight(gap, "@.+-_")):]
			if i == 0 || strings.ContainsAny(gap, separators) {
				w := refWord{place: 3, rest: text[at:] + after}
				for n := range len(w.rest) + 1 {
					inLocal := before == "" && n <= len(text)-at
					ends := "@."
					if inLocal {
						ends = "@.+-_"
					}
					if n == len(w.rest) || strings.IndexByte(ends, w.rest[n]) >= 0 {
						w.ends = append(w.ends, n)
					}
				}
				list = append(list, w)
			}
			at += len(part)
		}
	}
	words("", local, "@"+domain, ".+-_")
	words("@", domain, "", "@.")
	return list
}

// refDigits returns the digits of a number as typed.
func refDigits(number string) string {
	digits := ""
	for _, r := range fold.Plain(number) {
		switch {
		case '0' <= r && r <= '9':
			digits += string(r)
		case digits != "" && (unicode.IsLetter(r) || strings.ContainsRune("#;,", r)):
			return digits
		}
	}
	return digits
}

// refTrunks has the calling codes and trunk prefixes of the numbers of these tests.
var refTrunks = map[string]string{"+1": "1", "+44": "0", "+49": "0", "+31": "0", "+39": ""}

// refPhoneWords lists the numbers of a phone (QRY-11).
func refPhoneWords(p contacts.Phone) (list []refWord) {
	add := func(plus bool, digits string) {
		list = append(list, refWord{place: 4, plus: plus, rest: digits, ends: []int{len(digits)}})
	}
	add(strings.HasPrefix(p.Number, "+"), refDigits(p.Number))
	if p.E164 == "" {
		return list
	}
	add(true, p.E164[1:])
	for code, trunk := range refTrunks {
		if national, ok := strings.CutPrefix(p.E164, code); ok {
			add(false, national)
			add(false, trunk+national)
		}
	}
	return list
}

func refWords(c *contacts.Contact) []refWord {
	in := &c.Info
	list := slices.Concat(
		refTextWords(0, in.Name.First), refTextWords(0, in.Name.Last), refTextWords(1, in.Company),
		refTextWords(2, in.JobTitle),
	)
	for _, e := range in.Emails {
		list = append(list, refAddressWords(strings.TrimSpace(e.Address))...)
	}
	for _, p := range in.Phones {
		list = append(list, refPhoneWords(p)...)
	}
	return list
}

// refTyped is a word of a people search.
type refTyped struct {
	letters, literal string
	number, plus     bool
}

func refPeopleQuery(text string) (typed []refTyped) {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r == '\'':
			return -1
		case isDivider(r) && !strings.ContainsRune("@.+-_", r):
			return ' '
		}
		return r
	}, fold.Plain(text))
	for _, word := range strings.FieldsFunc(plain, blank) {
		w := refTyped{literal: strings.TrimLeft(word, "@.+-_"), plus: word[0] == '+'}
		w.letters = strings.NewReplacer("@", "", ".", "", "+", "", "-", "", "_", "").Replace(word)
		w.number = strings.Trim(w.literal, "0123456789-.") == ""
		if w.letters != "" {
			typed = append(typed, w)
		}
	}
	return typed
}

// best returns the fewest points of a word, -1 if the contact does not have it.
func (w refTyped) best(list []refWord) int {
	best := -1
	for _, have := range list {
		points := -1
		switch {
		case have.place < 3:
			points = have.points(w.letters)
		case have.place == 3:
			points = have.points(w.literal)
		case w.number && (have.plus || !w.plus):
			points = have.points(w.letters)
		}
		if points >= 0 && (best < 0 || points < best) {
			best = points
		}
	}
	return best
}

// refPeople returns the worst place and the points of a contact in a people search, false if it is not found (QRY-12).
func refPeople(typed []refTyped, list []refWord) (rank [2]int, ok bool) {
	for len(typed) > 0 {
		n := 1
		for typed[0].number && n < len(typed) && typed[n].number && !typed[n].plus {
			n++
		}
		best, found := [2]int{}, true
		for _, w := range typed[:n] {
			points := w.best(list)
			if points < 0 {
				found = false
			}
			best = [2]int{max(best[0], points/2), best[1] + points}
		}
		joined := refTyped{number: true, plus: typed[0].plus, letters: ""}
		for _, w := range typed[:n] {
			joined.letters += w.letters
		}
		phones := slices.DeleteFunc(slices.Clone(list), func(w refWord) bool { return w.place < 4 })
		as := [2]int{4, joined.best(phones)}
		if n > 1 && as[1] >= 0 && (!found || slices.Compare(as[:], best[:]) < 0) {
			best, found = as, true
		}
		if !found {
			return rank, false
		}
		rank = [2]int{max(rank[0], best[0]), rank[1] + best[1]}
		typed = typed[n:]
	}
	return rank, true
}

var (
	peopleNames = []string{
		"", "Ada", "ada", "Adam", "Müller", "Muller", "O'Brien", "O’Brien", "Jean-Luc", "van der Berg", "St. John",
		"Łódź", "Strauß",
		"J.R.R.", "日本語", "İx", "A&B", "212", "ada@x.test", "B-b-B", "\u0391\u0301", "Ä-ö Ü", "😀", "-", "d'Ada-d'Ada",
	}
	peopleEmails = []string{
		"ada@x.test", "ada.byron@x.test", " ADA+b-c_d@a-b.x.test ", "o'brien@y.test", "müller@x.test", "212.555@x.test",
		"a..b@x-.y", "_ada@-x.test", "x@ada", "+49@x.test", "B@B.b", "\u00e4da@\u00fc.test",
	}
	peoplePhones = []contacts.Phone{
		number("US", "(212) 555-0101"), number("US", "212-555-0199 ext. 212"), number("", "+1 201 555 0123"),
		number("DE", "030 5551234"), number("", "+49 (0)30 5551234"), number("GB", "020 7946 0018"),
		number("", "555-0199 x2"),
		number("IT", "06 698 12345"), number("", "+999 212"), number("", "none"), number("", "٢١٢ ٥٥٥"),
	}
	peopleTexts = []string{
		"212", "555", "+1", "+49", "30", "030", "0", "(212)", "212-555", "0101", "1", "020", "7946", "+999", "2",
		"20", "@x", "x.test",
		"test", "a-b", "&", "-", "'", "b", "o'b", "ada.b", "ada@x", "ada+b", "müller@", "٢١٢", "06", "+39",
	}
)

func randomPerson(rnd *rand.Rand) contacts.Info {
	name := func() string { return pick(rnd, peopleNames...) }
	in := contacts.Info{
		Name:     contacts.Name{First: name(), Last: name() + " " + name()},
		JobTitle: name(),
	}
	if rnd.IntN(2) == 0 {
		in.Company = pick(rnd, peopleNames...)
	}
	for range rnd.IntN(3) {
		in.Emails = append(in.Emails, contacts.Email{Address: pick(rnd, peopleEmails...)})
	}
	for range rnd.IntN(3) {
		in.Phones = append(in.Phones, pick(rnd, peoplePhones...))
	}
	return in
}

// randomPeopleText makes a text of words or of beginnings of words.
func randomPeopleText(rnd *rand.Rand) string {
	text := ""
	for range 1 + rnd.IntN(3) {
		word := []rune(pick(rnd, pick(rnd, peopleNames, peopleEmails, peopleTexts, peopleTexts)...))
		if rnd.IntN(3) == 0 {
			word = word[:rnd.IntN(len(word)+1)]
		}
		text += string(word) + pick(rnd, " ", " ", "  ", "/", "-", "", "\t")
	}
	if rnd.IntN(6) == 0 {
		text = strings.ToUpper(text)
	}
	return text
}

// TestPeopleAgainstReference compares people searches with a reference that lists the words of each contact.
func TestPeopleAgainstReference(t *testing.T) {
	found, numbers := 0, 0
	seeds := large(6, 20)
	if testing.Short() {
		seeds = 2 // the reference is slow
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("QRY-9 QRY-11 QRY-12 seed ", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(uint64(seed), 15))
			s := openStore(t, unchecked())
			for range 300 {
				_, err := s.Create(t.Context(), randomPerson(rnd), &contacts.CreateOptions{AllowDuplicates: true})
				if contacts.CodeOf(err) != contacts.ErrInsufficientData {
					require.NoError(t, err)
				}
			}
			sn := s.Snapshot()
			all, list := slices.Collect(sn.All()), map[uuid.UUID][]refWord{}
			for _, v := range all {
				list[v.ID()] = refWords(v.Clone())
			}
			for range 300 {
				q := contacts.Query{People: randomPeopleText(rnd)}
				ranks := map[uuid.UUID][2]int{}
				var want []uuid.UUID
				var matches []contacts.Filter
				typed := refPeopleQuery(q.People)
				for _, v := range all {
					if rank, ok := refPeople(typed, list[v.ID()]); ok {
						ranks[v.ID()] = rank
						want = append(want, v.ID())
					}
				}
				if len(typed) == 0 {
					clear(ranks)
				}
				slices.SortStableFunc(want, func(a, b uuid.UUID) int {
					x, y := ranks[a], ranks[b]
					return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
				})
				if rnd.IntN(3) == 0 { // few contacts, by an index
					ids := []string{}
					for range 20 {
						ids = append(ids, pick(rnd, all...).ID().String())
					}
					matches = append(matches, contacts.In("id", ids...))
					others := func(id uuid.UUID) bool { return !slices.Contains(ids, id.String()) }
					want = slices.DeleteFunc(want, others)
				}
				q.Filter = contacts.And(matches...)
				views, err := sn.Find(q)
				require.NoError(t, err)
				requireSameOrder(t, sn, q, want, ids(views), ranks)
				requirePages(t, s, q, want, 1+rnd.IntN(40))
				found += len(want)
				if len(want) > 0 && strings.ContainsAny(q.People, "0123456789") {
					numbers++
				}
			}
		})
	}
	require.Greater(t, found, 1000*seeds)
	require.Greater(t, numbers, 10*seeds)
}

// requireSameOrder requires that a query finds these contacts, and shows the first difference.
func requireSameOrder(
	t *testing.T, sn *contacts.Snapshot, q contacts.Query, want, got []uuid.UUID, ranks map[uuid.UUID][2]int,
) {
	t.Helper()
	for i := range max(len(want), len(got)) {
		if i < len(want) && i < len(got) && want[i] == got[i] {
			continue
		}
		show := func(list []uuid.UUID) string {
			if i >= len(list) {
				return "nothing"
			}
			v, _ := sn.View(list[i])
			in := v.Clone().Info
			return fmt.Sprintf("%+v of rank %v", in, ranks[list[i]])
		}
		require.Failf(t, "not the same", "%+q, number %d\nwant %s\ngot %s", q.People, i, show(want), show(got))
	}
}

// requirePages requires that the pages of a query, forwards and backwards, have these contacts.
func requirePages(t *testing.T, s *contacts.Store, q contacts.Query, want []uuid.UUID, limit int) {
	t.Helper()
	var forwards, backwards []uuid.UUID
	page := pageOf(t, s, q, limit, "")
	require.Equal(t, len(want), page.Total)
	for forwards = idsOf(page.Items); page.Next != ""; forwards = append(forwards, idsOf(page.Items)...) {
		page = pageOf(t, s, q, limit, page.Next)
	}
	require.True(t, slices.Equal(want, forwards), q.People)
	for backwards = idsOf(page.Items); page.Previous != ""; {
		page = pageOf(t, s, q, limit, page.Previous)
		backwards = append(idsOf(page.Items), backwards...)
	}
	require.True(t, slices.Equal(want, backwards), q.People)
}
