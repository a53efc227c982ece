package contacts

import (
	"iter"
	"log/slog"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/redact"
)

// DuplicatePair is the evidence that two contacts are the same person, and against it.
type DuplicatePair struct {
	Older, Younger uuid.UUID     // in the order of creation
	Shared         []SharedValue // emails, then phones, as the older contact has them (GRP-2)
	Names          NameMatch     // how the names compare (GRP-6)
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (p DuplicatePair) LogValue() slog.Value { return redact.Value(p) }

// SharedValue is an email or a phone that two contacts share, primary or not. Either Email or Phone is set.
type SharedValue struct {
	Email string // as emails are compared: case folded, without surrounding space

	// Phone is the E.164 form with the extension, such as +12015550123;ext=123. If one of the contacts has the phone
	// without an E.164 form, it is the text that both have.
	Phone string

	// Common reports that more contacts have it than DuplicateOptions.MaxHolders, so it identifies none of them
	// (GRP-5).
	Common bool
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (s SharedValue) LogValue() slog.Value { return redact.Value(s) }

// NameMatch is the result of comparing the names of two contacts (GRP-6): without regard to case, diacritics,
// punctuation and space, and to the split into first and last name.
type NameMatch string

// The results, from the best to the worst. Only the first two agree.
const (
	NamesEqual       NameMatch = "EQUAL"       // both are known in full and are the same
	NamesSwapped     NameMatch = "SWAPPED"     // the same with the last name first
	NamesAlike       NameMatch = "ALIKE"       // maybe the same: initials, a part that one lacks, only a last name
	NamesMissing     NameMatch = "MISSING"     // one or both have no name with a letter or digit
	NamesConflicting NameMatch = "CONFLICTING" // anything else
)

var nameMatches = []NameMatch{NamesEqual, NamesSwapped, NamesAlike, NamesMissing, NamesConflicting}

// worse returns the match that comes later in the list of results.
func (m NameMatch) worse(o NameMatch) NameMatch {
	return nameMatches[max(slices.Index(nameMatches, m), slices.Index(nameMatches, o))]
}

// MergeDoubt is a reason why a person has to decide whether contacts are the same person (GRP-7).
type MergeDoubt string

// The doubts, in the order in which they are listed. At most one is about names, the worst that applies to any two
// contacts.
const (
	DoubtNamesConflicting MergeDoubt = "NAMES_CONFLICTING"
	DoubtNamesMissing     MergeDoubt = "NAMES_MISSING"
	DoubtNamesAlike       MergeDoubt = "NAMES_ALIKE"
	DoubtBirthdates       MergeDoubt = "BIRTHDATES_DIFFER" // such as those of father and son
	DoubtMembers          MergeDoubt = "MEMBERS_DIFFER"    // two contacts are linked to different members
	// DoubtConnection means that emails and phones of few contacts do not connect all of them: they share only those
	// that many have, or nothing.
	DoubtConnection MergeDoubt = "NOT_CONNECTED"
)

// defaultMaxHolders is enough for a family and too low for a switchboard.
const defaultMaxHolders = 5

// identifier is an email or a phone of a contact in a form in which it can be shared.
type identifier struct {
	kind   identifierKind
	text   string
	direct bool // shared with every other holder; the text of a valid phone is shared only with those that are direct
}

type identifierKind int8

const (
	emailIdentifier  identifierKind = iota // the key of an email
	phoneIdentifier                        // the key of a valid phone: E.164 and extension
	numberIdentifier                       // the text of a phone, shared if one of the two has no E.164 form
	identifierKinds
)

// shared returns the value as two contacts share it.
func (id identifier) shared(common bool) SharedValue {
	if id.kind == emailIdentifier {
		return SharedValue{Email: id.text, Common: common}
	}
	return SharedValue{Phone: id.text, Common: common}
}

// typedNumbers returns the texts of phones that have no E.164 form but identify. Only these connect contacts by text,
// so valid phones need not offer any other.
func typedNumbers(records []*record) map[string]bool {
	typed := make(map[string]bool)
	for _, r := range records {
		for _, p := range r.contact.Info.Phones {
			if p.E164 == "" && p.dialed().Identifies() {
				typed[p.Number] = true
			}
		}
	}
	return typed
}

// identifiers appends the distinct identifiers of a contact to list, which must be empty: emails, then phones.
func (r *record) identifiers(list []identifier, typed map[string]bool) []identifier {
	add := func(id identifier) {
		for i := range list {
			if list[i].kind == id.kind && list[i].text == id.text {
				list[i].direct = list[i].direct || id.direct
				return
			}
		}
		list = append(list, id)
	}
	for _, e := range r.contact.Info.Emails {
		add(identifier{emailIdentifier, fold.Email(e.Address), true})
	}
	for _, p := range r.contact.Info.Phones {
		if key := p.dialed().Key(); key != "" {
			add(identifier{phoneIdentifier, key, true})
		}
		if typed[p.Number] {
			add(identifier{numberIdentifier, p.Number, p.E164 == ""})
		}
	}
	return list
}

// common reports whether more contacts than the default bound have the identifier. It stops at the bound.
func (r reader) common(id identifier) bool {
	n := 0
	for range r.holders(id) {
		if n++; n > defaultMaxHolders {
			return true
		}
	}
	return false
}

// holders yields the contacts that have the identifier.
func (r reader) holders(id identifier) iter.Seq[*record] {
	switch id.kind {
	case emailIdentifier:
		return r.byEmail(id.text)
	case numberIdentifier:
		return r.byNumber(id.text)
	default:
		return r.byPhoneKey(id.text)
	}
}

// judge compares each two of the contacts that a merge would make one, and returns the doubts about all of them.
func (r reader) judge(records []*record) ([]DuplicatePair, []MergeDoubt) {
	records = slices.Clone(records)
	slices.SortFunc(records, func(a, b *record) int { return a.order.compare(b.order) })
	typed := typedNumbers(records)
	parties := make([]party, len(records))
	for i, record := range records {
		parties[i] = newParty(record, typed)
	}
	var pairs []DuplicatePair
	narrow := newForest(len(parties))
	for i, a := range parties {
		for j := i + 1; j < len(parties); j++ {
			pair := a.pairWith(parties[j], r.common)
			if slices.ContainsFunc(pair.Shared, func(v SharedValue) bool { return !v.Common }) {
				narrow.join(i, j)
			}
			pairs = append(pairs, pair)
		}
	}
	return pairs, doubtsAbout(parties, narrow.connected())
}

// party is a contact that may be the same person as another.
type party struct {
	contact     *document
	identifiers []identifier
	name        nameForm
}

func newParty(r *record, typed map[string]bool) party {
	return party{&r.contact, r.identifiers(nil, typed), newNameForm(r.contact.Info.Name)}
}

// pairWith returns the evidence about the party and a younger one.
func (p party) pairWith(o party, common func(identifier) bool) DuplicatePair {
	pair := DuplicatePair{Older: p.contact.ID, Younger: o.contact.ID, Names: p.name.compare(o.name)}
	for _, id := range bothHave(p.identifiers, o.identifiers) {
		pair.Shared = append(pair.Shared, id.shared(common(id)))
	}
	return pair
}

// bothHave returns the identifiers that two contacts share, in the order of the first.
func bothHave(a, b []identifier) []identifier {
	var shared []identifier
	for _, id := range a {
		for _, other := range b {
			if id.kind == other.kind && id.text == other.text && (id.direct || other.direct) {
				shared = append(shared, id)
			}
		}
	}
	return shared
}

// doubtsAbout returns the doubts whether contacts are the same person. They are connected if emails and phones that are
// not common connect all of them.
func doubtsAbout(parties []party, connected bool) []MergeDoubt {
	var doubts []MergeDoubt
	switch worstNames(parties) {
	case NamesConflicting:
		doubts = append(doubts, DoubtNamesConflicting)
	case NamesMissing:
		doubts = append(doubts, DoubtNamesMissing)
	case NamesAlike:
		doubts = append(doubts, DoubtNamesAlike)
	}
	if differ(parties, func(p party) string { return p.contact.Info.Birthdate }) {
		doubts = append(doubts, DoubtBirthdates)
	}
	if differ(parties, func(p party) uuid.UUID {
		if !p.contact.Member.exists() {
			return uuid.Nil
		}
		return p.contact.Member.MemberID
	}) {
		doubts = append(doubts, DoubtMembers)
	}
	if !connected {
		doubts = append(doubts, DoubtConnection)
	}
	return doubts
}

// differ reports whether two contacts have different values. The zero value counts as absent.
func differ[T comparable](parties []party, of func(party) T) bool {
	var none, first T
	for _, p := range parties {
		value := of(p)
		switch {
		case value == none:
		case first == none:
			first = value
		case value != first:
			return true
		}
	}
	return false
}

// worstNames returns the worst match between the names of any two contacts. It compares distinct names, so that a group
// of many contacts takes linear time; more than distinctNamesMax names are taken to conflict.
func worstNames(parties []party) NameMatch {
	const distinctNamesMax = 64
	var forms []nameForm
	worst, seen := NamesEqual, make(map[string]bool)
	for _, p := range parties {
		form := p.name
		if key := form.key(); seen[key] {
			worst = worst.worse(form.compare(form)) // two of the same initials may be two people
		} else {
			seen[key] = true
			forms = append(forms, form)
		}
		if len(forms) > distinctNamesMax {
			return NamesConflicting
		}
	}
	for i, a := range forms {
		for _, b := range forms[i+1:] {
			worst = worst.worse(a.compare(b))
		}
	}
	return worst
}

// nameForm is a name in the form in which names are compared.
type nameForm struct {
	given, family []string // words; given is nil if there is no first name
	// readings are the orders in which the name can be read, without space: as it is, then with the last name first.
	readings []string
}

// newNameForm folds a name. The last word of a whole name in the field of the first name counts as the family name.
func newNameForm(n Name) nameForm {
	f := nameForm{given: nameWords(n.First), family: nameWords(n.Last)}
	last := len(f.given) - 1
	if len(f.family) > 0 || last < 1 {
		f.readings = []string{joined(f.given, f.family), joined(f.family, f.given)}
		return f
	}
	first, rest := f.given[:1], f.given[1:]
	f.given, f.family = f.given[:last], f.given[last:]
	f.readings = []string{joined(f.given, f.family), joined(f.family, f.given), joined(rest, first)}
	return f
}

// joined joins words without space. Initials keep a mark, so that "Ada K." is not "Adak".
func joined(lists ...[]string) string {
	var b strings.Builder
	for _, word := range slices.Concat(lists...) {
		b.WriteString(word)
		if isInitial(word) {
			b.WriteByte('.')
		}
	}
	return b.String()
}

// key differs between names that can compare differently with a third.
func (f nameForm) key() string {
	return strings.Join(f.given, " ") + "\n" + strings.Join(f.family, " ")
}

func (f nameForm) words() []string { return slices.Concat(f.given, f.family) }

// inFull reports whether the name can identify a person: it has a first name that is more than initials, and if it has
// a last name, that is more than initials, too. A last name alone may be that of any relative.
func (f nameForm) inFull() bool {
	full := func(word string) bool { return !isInitial(word) }
	return slices.ContainsFunc(f.given, full) && (len(f.family) == 0 || slices.ContainsFunc(f.family, full))
}

// agreeing returns the readings by which the name can agree with others.
func (f nameForm) agreeing() []string {
	if !f.inFull() {
		return nil
	}
	return f.readings
}

// sameGiven reports whether two names have the same first name, such as before and after a marriage.
func (f nameForm) sameGiven(o nameForm) bool {
	return len(f.given) > 0 && slices.Equal(f.given, o.given)
}

// compare compares two names (GRP-6).
func (f nameForm) compare(o nameForm) NameMatch {
	words, others := f.words(), o.words()
	if len(words) == 0 || len(others) == 0 {
		return NamesMissing
	}
	same := slices.ContainsFunc(f.readings, func(s string) bool { return slices.Contains(o.readings, s) })
	switch inFull := f.inFull() && o.inFull(); {
	case inFull && f.readings[0] == o.readings[0]:
		return NamesEqual
	case inFull && same:
		return NamesSwapped
	case same || wordsAlike(words, others):
		return NamesAlike
	default:
		return NamesConflicting
	}
}

// wordsAlike reports whether each word of the shorter name has a counterpart of its own in the longer one, in any
// order: the same word, the same in German transcription, or an initial.
func wordsAlike(a, b []string) bool {
	const wordsMax = 20 // bounds the time
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b) > wordsMax {
		return false
	}
	// A maximum matching by augmenting paths: a word that is taken by another is free if that one can move.
	taken := make(map[int]int, len(a)) // words of b, by the words of a
	var place func(word int, tried map[int]bool) bool
	place = func(word int, tried map[int]bool) bool {
		for i, other := range b {
			if tried[i] || !sameTranscribed(a[word], other) && !initialOf(a[word], other) {
				continue
			}
			tried[i] = true
			if owner, ok := taken[i]; !ok || place(owner, tried) {
				taken[i] = word
				return true
			}
		}
		return false
	}
	for word := range a {
		if !place(word, make(map[int]bool)) {
			return false
		}
	}
	return true
}

var transcriptions = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u")

// sameTranscribed reports whether words are equal if one of them writes umlauts as in Mueller.
func sameTranscribed(a, b string) bool { return transcriptions.Replace(a) == transcriptions.Replace(b) }

// initialOf reports whether one word is the initial of the other.
func initialOf(a, b string) bool {
	return isInitial(a) && strings.HasPrefix(b, a) || isInitial(b) && strings.HasPrefix(a, b)
}

// isInitial reports whether a word is one letter. In Chinese, Japanese and Korean, one letter can be a whole name.
func isInitial(word string) bool {
	r, size := utf8.DecodeRuneInString(word)
	return size == len(word) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Nd)
}

var apostrophes = strings.NewReplacer("'", "", "`", "")

// nameWords returns the words of a name without case and diacritics. Apostrophes belong to a word, all other
// punctuation separates words.
func nameWords(s string) []string {
	s = apostrophes.Replace(fold.Plain(s))
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.N, unicode.M) })
}

// forest is a union-find structure of numbers. Each set is a tree whose root is its lowest number.
type forest struct {
	parent []int
	joined []bool // at a root: the set has more than one number
}

// newForest returns n sets of one number each.
func newForest(n int) *forest {
	f := &forest{parent: make([]int, n), joined: make([]bool, n)}
	for i := range f.parent {
		f.parent[i] = i
	}
	return f
}

// connected reports whether all numbers are in one set.
func (f *forest) connected() bool {
	for n := range f.parent {
		if f.root(n) != 0 {
			return false
		}
	}
	return true
}

// root returns the lowest number of the set of n, and shortens the path to it.
func (f *forest) root(n int) int {
	for f.parent[n] != n {
		f.parent[n] = f.parent[f.parent[n]]
		n = f.parent[n]
	}
	return n
}

// join makes the sets of a and b one.
func (f *forest) join(a, b int) {
	a, b = f.root(a), f.root(b)
	f.parent[max(a, b)] = min(a, b)
	f.joined[min(a, b)] = f.joined[min(a, b)] || a != b
}
