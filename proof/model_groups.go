package proof

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Group is a group of duplicates.
type Group struct {
	Contacts []uuid.UUID
	Pairs    []contacts.DuplicatePair
	Doubts   []contacts.MergeDoubt
}

// Duplicates is GRP-1, GRP-2 and GRP-5.
func (m *Model) Duplicates(opts *contacts.DuplicateOptions) []Group {
	most := 5
	if opts != nil && opts.MaxHolders >= 2 {
		most = opts.MaxHolders
	}
	in := make([]int, len(m.people)) // the number of each contact's group
	for i := range in {
		in[i] = i
	}
	type link struct{ i, j int }
	var links []link
	for i, a := range m.people {
		for j := i + 1; j < len(m.people); j++ {
			if m.linked(a, m.people[j], most) {
				links = append(links, link{i, j})
				from, to := max(in[i], in[j]), min(in[i], in[j])
				for k := range in {
					if in[k] == from {
						in[k] = to
					}
				}
			}
		}
	}
	var groups []Group
	for number := range in {
		var g Group
		var people []*person
		for i, p := range m.people {
			if in[i] == number {
				people = append(people, p)
				g.Contacts = append(g.Contacts, p.contact.ID)
			}
		}
		if len(people) < 2 {
			continue
		}
		for _, l := range links {
			if in[l.i] == number {
				g.Pairs = append(g.Pairs, m.evidence(m.people[l.i], m.people[l.j], most))
			}
		}
		g.Doubts = m.doubts(people, most)
		groups = append(groups, g)
	}
	return groups
}

// linked reports whether two contacts are connected directly.
func (m *Model) linked(a, b *person, most int) bool {
	values := sharedBy(a, b)
	if slices.ContainsFunc(values, func(v contacts.SharedValue) bool { return !m.common(v, most) }) {
		return true
	}
	if !namesAgree(compareNames(a.contact.Info.Name, b.contact.Info.Name)) {
		return false
	}
	for _, v := range values {
		for _, order := range orders(a.contact.Info.Name) {
			if !slices.Contains(orders(b.contact.Info.Name), order) {
				continue
			}
			oldest := m.people[slices.IndexFunc(m.people, func(p *person) bool {
				name := p.contact.Info.Name
				return holdsAlone(p, v) && inFull(name) && slices.Contains(orders(name), order)
			})]
			if oldest == a || oldest == b {
				return true
			}
		}
	}
	return false
}

// evidence compares two contacts, the older first.
func (m *Model) evidence(a, b *person, most int) contacts.DuplicatePair {
	pair := contacts.DuplicatePair{
		Older: a.contact.ID, Younger: b.contact.ID, Names: compareNames(a.contact.Info.Name, b.contact.Info.Name),
	}
	for _, v := range sharedBy(a, b) {
		v.Common = m.common(v, most)
		pair.Shared = append(pair.Shared, v)
	}
	return pair
}

// judge is the judgement of a merge plan (MRG-12).
func (m *Model) judge(parties []*person) ([]contacts.DuplicatePair, []contacts.MergeDoubt) {
	var people []*person
	for _, p := range m.people {
		if slices.ContainsFunc(parties, func(o *person) bool { return o.contact.ID == p.contact.ID }) {
			people = append(people, p)
		}
	}
	var pairs []contacts.DuplicatePair
	for i, a := range people {
		for _, b := range people[i+1:] {
			pairs = append(pairs, m.evidence(a, b, 5))
		}
	}
	return pairs, m.doubts(people, 5)
}

// doubts is GRP-7.
func (m *Model) doubts(people []*person, most int) []contacts.MergeDoubt {
	found := make(map[contacts.MergeDoubt]bool)
	reached := people[:1:1] // by values of few, from the first
	for range people {
		for _, p := range people {
			near := slices.ContainsFunc(reached, func(o *person) bool {
				return slices.ContainsFunc(sharedBy(o, p), func(v contacts.SharedValue) bool {
					return !m.common(v, most)
				})
			})
			if near && !slices.Contains(reached, p) {
				reached = append(reached, p)
			}
		}
	}
	found["NOT_CONNECTED"] = len(reached) < len(people)
	for i, a := range people {
		for _, b := range people[:i] {
			names := compareNames(a.contact.Info.Name, b.contact.Info.Name)
			if !namesAgree(names) {
				found["NAMES_"+contacts.MergeDoubt(names)] = true
			}
			one, other := a.contact.Info.Birthdate, b.contact.Info.Birthdate
			if one != "" && other != "" && one != other {
				found["BIRTHDATES_DIFFER"] = true
			}
			if isMember(a) && isMember(b) && a.contact.Member.MemberID != b.contact.Member.MemberID {
				found["MEMBERS_DIFFER"] = true
			}
		}
	}
	if found["NAMES_CONFLICTING"] {
		found["NAMES_MISSING"] = false
	}
	if found["NAMES_CONFLICTING"] || found["NAMES_MISSING"] {
		found["NAMES_ALIKE"] = false
	}
	var doubts []contacts.MergeDoubt
	for _, d := range []contacts.MergeDoubt{
		"NAMES_CONFLICTING", "NAMES_MISSING", "NAMES_ALIKE", "BIRTHDATES_DIFFER", "MEMBERS_DIFFER", "NOT_CONNECTED",
	} {
		if found[d] {
			doubts = append(doubts, d)
		}
	}
	return doubts
}

// sharedBy lists what two contacts share, as a has it (GRP-1, GRP-4).
func sharedBy(a, b *person) []contacts.SharedValue {
	var values []contacts.SharedValue
	add := func(v contacts.SharedValue) {
		if !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	for _, e := range a.contact.Info.Emails {
		for _, o := range b.contact.Info.Emails {
			if fold(e.Address) == fold(o.Address) {
				add(contacts.SharedValue{Email: fold(e.Address)})
			}
		}
	}
	for _, t := range a.contact.Info.Phones {
		for _, o := range b.contact.Info.Phones {
			if t.E164 != "" && numberOf(t) == numberOf(o) {
				add(contacts.SharedValue{Phone: numberOf(t)})
			}
		}
		text := contacts.SharedValue{Phone: t.Number}
		if textIdentifies(t.Number) && holds(b, text) && (holdsAlone(a, text) || holdsAlone(b, text)) {
			add(text)
		}
	}
	return values
}

// holds reports whether a contact has a value, be it as the text of a valid number.
func holds(p *person, v contacts.SharedValue) bool {
	same := func(e contacts.Email) bool { return fold(e.Address) == v.Email }
	return slices.ContainsFunc(p.contact.Info.Emails, same) ||
		slices.ContainsFunc(p.contact.Info.Phones, func(t contacts.Phone) bool {
			return v.Phone != "" && (numberOf(t) == v.Phone || t.Number == v.Phone)
		})
}

// holdsAlone reports whether a contact has a value and shares it with every other who has it.
func holdsAlone(p *person, v contacts.SharedValue) bool {
	return v.Email != "" && holds(p, v) || slices.ContainsFunc(p.contact.Info.Phones, func(t contacts.Phone) bool {
		return v.Phone != "" && (numberOf(t) == v.Phone || t.E164 == "" && t.Number == v.Phone)
	})
}

// common is GRP-5.
func (m *Model) common(v contacts.SharedValue, most int) bool {
	n := 0
	for _, p := range m.people {
		if holds(p, v) {
			n++
		}
	}
	return n > most
}

func namesAgree(names contacts.NameMatch) bool { return names == "EQUAL" || names == "SWAPPED" }

// compareNames is GRP-6, for names of the generator.
func compareNames(a, b contacts.Name) contacts.NameMatch {
	first, second := slices.Concat(parts(a)...), slices.Concat(parts(b)...)
	one, other := orders(a), orders(b)
	same := slices.ContainsFunc(one, func(s string) bool { return slices.Contains(other, s) })
	full := inFull(a) && inFull(b)
	switch {
	case len(first) == 0 || len(second) == 0:
		return "MISSING"
	case full && one[0] == other[0]:
		return "EQUAL"
	case full && same:
		return "SWAPPED"
	case same, len(first) <= len(second) && within(first, second), len(second) <= len(first) && within(second, first):
		return "ALIKE"
	default:
		return "CONFLICTING"
	}
}

var unaccented = strings.NewReplacer("ä", "a", ".", " ", ",", " ", "-", " ")

// nameWords returns the words of a name without regard to case, accents, punctuation and what shows nothing.
func nameWords(name string) []string {
	return strings.Fields(unaccented.Replace(foldCase(nameKey(name))))
}

// parts returns the words of the first name and those of the last name.
func parts(n contacts.Name) [][]string {
	given, family := nameWords(n.First), nameWords(n.Last)
	if last := len(given) - 1; len(family) == 0 && last > 0 {
		return [][]string{given[:last], given[last:]}
	}
	return [][]string{given, family}
}

// orders lists in which orders a name can be read.
func orders(n contacts.Name) []string {
	p := parts(n)
	write := func(words ...string) string {
		text := ""
		for _, w := range words {
			if text += w; utf8.RuneCountInString(w) == 1 {
				text += "."
			}
		}
		return text
	}
	list := []string{write(slices.Concat(p[0], p[1])...), write(slices.Concat(p[1], p[0])...)}
	if len(nameWords(n.Last)) == 0 && len(p[0]) > 0 {
		all := slices.Concat(p[0], p[1])
		list = append(list, write(slices.Concat(all[1:], all[:1])...))
	}
	return list
}

// inFull reports whether a name is more than initials or a last name.
func inFull(n contacts.Name) bool {
	p := parts(n)
	whole := func(w string) bool { return utf8.RuneCountInString(w) > 1 }
	return slices.ContainsFunc(p[0], whole) && (len(p[1]) == 0 || slices.ContainsFunc(p[1], whole))
}

// within reports whether each word of a has a counterpart of its own in b.
func within(a, b []string) bool {
	if len(a) == 0 {
		return true
	}
	umlauts := strings.NewReplacer("ae", "a", "oe", "o", "ue", "u")
	for i, w := range b {
		short, long := a[0], w
		if utf8.RuneCountInString(long) == 1 {
			short, long = long, short
		}
		initial := utf8.RuneCountInString(short) == 1 && strings.HasPrefix(long, short)
		if initial || umlauts.Replace(a[0]) == umlauts.Replace(w) {
			if within(a[1:], slices.Delete(slices.Clone(b), i, i+1)) {
				return true
			}
		}
	}
	return false
}
