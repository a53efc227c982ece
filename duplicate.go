package contacts

import (
	"iter"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// checkDuplicate reports DUPLICATE_CONTACT_EXISTS if the patch gives the contact a primary email, or without an email a
// primary phone, that another contact has as its primary one (DUP-1 to DUP-6).
func (tx *txn) checkDuplicate(before, after *record, patch Patch) error {
	var other *record
	switch {
	case len(patch.Emails.value) > 0:
		if emailKey(before.contact.PrimaryInfo.Email) != emailKey(after.contact.PrimaryInfo.Email) {
			other = tx.oldestWithEmail(after)
		}
		if other != nil {
			return duplicate(&DuplicateError{ID: other.contact.ID, Email: other.contact.PrimaryInfo.Email})
		}
	case len(patch.Phones.value) > 0:
		if phoneChanged(before.contact.PrimaryPhone, after.contact.PrimaryPhone) {
			other = tx.oldestWithPhone(after)
		}
		if other != nil {
			return duplicate(&DuplicateError{ID: other.contact.ID, Phone: other.contact.PrimaryInfo.Phone})
		}
	}
	return nil
}

func duplicate(err *DuplicateError) error { return &Error{Code: ErrDuplicate, Err: err} }

// oldestWithEmail finds the oldest contact with the primary email of r and another ID.
func (tx *txn) oldestWithEmail(r *record) *record {
	key := emailKey(r.contact.PrimaryInfo.Email)
	for other := range tx.reads().byEmail(key) {
		if other.contact.ID != r.contact.ID && emailKey(other.contact.PrimaryInfo.Email) == key {
			return older(tx.waiting.emails[key], other)
		}
	}
	return tx.waiting.emails[key]
}

// oldestWithPhone finds the oldest contact with the primary phone of r and another ID.
func (tx *txn) oldestWithPhone(r *record) *record {
	phone := r.contact.PrimaryPhone
	var oldest *record
	consider := func(other *record) bool {
		if other.contact.ID == r.contact.ID || !samePhone(other.contact.PrimaryPhone, phone) {
			return false
		}
		oldest = older(oldest, other)
		return true
	}
	if phone.E164 != "" {
		for other := range tx.reads().byPhone(phone.E164) {
			if consider(other) {
				break
			}
		}
		oldest = older(oldest, tx.waiting.e164s[phone.E164])
	}
	for other := range tx.reads().byNumber(phone.Phone) {
		if consider(other) {
			break
		}
	}
	for _, other := range tx.waiting.phones[phone.Phone] {
		consider(other)
	}
	return oldest
}

// samePhone compares the E.164 forms, or the numbers as typed where either has no such form (DUP-3).
func samePhone(a, b PrimaryPhone) bool {
	if a.E164 != "" && b.E164 != "" {
		return a.E164 == b.E164
	}
	return a.Phone == b.Phone
}

// phoneChanged reports whether a primary phone became another number. A country can make another number of the same
// text.
func phoneChanged(before, after PrimaryPhone) bool {
	return before.E164 != after.E164 || after.E164 == "" && before.Phone != after.Phone
}

// match returns the oldest contact that has one of the emails of in, whichever it is there, else the oldest that has
// one of its phones, nil if there is none (SBM-4).
func (r reader) match(in *Info) *record {
	var oldest *record
	for _, e := range in.Emails {
		for other := range r.byEmail(emailKey(e.Address)) {
			oldest = older(oldest, other)
			break
		}
	}
	if oldest != nil {
		return oldest
	}
	for _, p := range in.Phones {
		if p.E164 != "" {
			for other := range r.byPhone(p.E164) {
				oldest = older(oldest, other)
				break
			}
		}
		for other := range r.byNumber(p.Number) {
			if other.contact.Info.hasPhone(p) {
				oldest = older(oldest, other)
				break
			}
		}
	}
	return oldest
}

// hasPhone reports whether one of the phones is the same number, in the sense of DUP-3.
func (in *Info) hasPhone(p Phone) bool {
	return slices.ContainsFunc(in.Phones, func(own Phone) bool {
		return samePhone(PrimaryPhone{Phone: own.Number, E164: own.E164}, PrimaryPhone{Phone: p.Number, E164: p.E164})
	})
}

// DuplicateGroup are contacts that seem to be the same person: each shares an email or a phone with another one of the
// group, though not all need to share the same. It is the caller's own.
type DuplicateGroup struct {
	Contacts []View          // two or more, the oldest first
	Links    []DuplicateLink // why they are together
}

// DuplicateLink is a value that several contacts of a group have, as any of their emails or phones.
type DuplicateLink struct {
	Email    string      // in the form in which emails are compared: lower case, without surrounding space; or …
	Phone    string      // … the number in E.164 form
	Contacts []uuid.UUID // two or more, the oldest first
}

// Target returns the contact to merge the others into: the oldest that cannot be merged away, because it is a member or
// pays by subscription (MRG-2), or else the oldest.
func (g DuplicateGroup) Target() uuid.UUID {
	if i := slices.IndexFunc(g.Contacts, View.stays); i >= 0 {
		return g.Contacts[i].ID()
	}
	return g.Contacts[0].ID()
}

// Sources returns the contacts that can be merged into the target, the oldest first, but no more than one merge takes,
// which is 5. With each merge a group becomes smaller, until only contacts are left that cannot be merged away; then
// there are no sources, and nothing to merge (GRP-3).
func (g DuplicateGroup) Sources() []uuid.UUID {
	target := g.Target()
	var sources []uuid.UUID
	for _, v := range g.Contacts {
		if v.ID() != target && !v.stays() && len(sources) < mergeSourcesMax {
			sources = append(sources, v.ID())
		}
	}
	return sources
}

// stays reports whether the contact cannot be the source of a merge.
func (v View) stays() bool { return len(blockedSources([]*record{v.r})) > 0 }

// Duplicates yields the groups of contacts that are connected by an email or a phone in E.164 form that they share,
// primary or not (GRP-1): if A and B share an email, and B and C a phone, the three are one group. Groups come in the
// order of their oldest contacts (GRP-2), and each can be given to [Store.PreviewMerge] as Target and Sources, if it has
// sources.
//
// Whether they are the same person is for someone to judge: families and companies share addresses, too. The links tell
// which values connect whom. It looks at all contacts before the first group, and again each time it is ranged over;
// that takes a time in proportion to the number of emails and phones, some 0.3 s for 100,000 contacts.
func (sn *Snapshot) Duplicates() iter.Seq[DuplicateGroup] {
	return func(yield func(DuplicateGroup) bool) {
		for _, g := range sn.duplicates() {
			if !yield(*g) {
				return
			}
		}
	}
}

// duplicates returns the groups, in order.
func (sn *Snapshot) duplicates() []*DuplicateGroup {
	// Contacts are numbered by age. An email holds an @ and a number in E.164 form does not: one map serves for both.
	records := sn.records()
	var together forest
	first := make(map[string]int)            // the oldest contact with a value
	links := make(map[string]*DuplicateLink) // of values that several contacts have
	for _, r := range records {
		n := together.add()
		for _, value := range sharedValues(r) {
			other, ok := first[value]
			if !ok {
				first[value] = n
				continue
			}
			together.join(other, n)
			if links[value] == nil {
				links[value] = &DuplicateLink{Contacts: []uuid.UUID{records[other].contact.ID}}
			}
			links[value].Contacts = append(links[value].Contacts, r.contact.ID)
		}
	}
	var groups []*DuplicateGroup
	of := make(map[int]*DuplicateGroup) // by the number of its oldest contact
	for n, r := range records {
		root := together.root(n)
		if !together.joined[root] {
			continue
		}
		g := of[root]
		if g == nil {
			g = &DuplicateGroup{}
			of[root] = g
			groups = append(groups, g)
		}
		g.Contacts = append(g.Contacts, View{r})
		for _, value := range sharedValues(r) {
			if l := links[value]; l != nil && l.Contacts[0] == r.contact.ID {
				if strings.Contains(value, "@") {
					l.Email = value
				} else {
					l.Phone = value
				}
				g.Links = append(g.Links, *l)
			}
		}
	}
	return groups
}

// sharedValues returns what a contact may share with others.
func sharedValues(r *record) []string { return append(emailKeys(r), phoneKeys(r)...) }

// forest puts numbers together. Those that are together form a tree, whose root is the lowest of them.
type forest struct {
	parent []int
	joined []bool // at a root: the tree has more than one number
}

// add adds the next number, by itself.
func (f *forest) add() int {
	n := len(f.parent)
	f.parent, f.joined = append(f.parent, n), append(f.joined, false)
	return n
}

// root returns the lowest of the numbers that are together with n, and shortens the way to it.
func (f *forest) root(n int) int {
	for f.parent[n] != n {
		f.parent[n] = f.parent[f.parent[n]]
		n = f.parent[n]
	}
	return n
}

func (f *forest) join(a, b int) {
	a, b = f.root(a), f.root(b)
	f.parent[max(a, b)] = min(a, b)
	f.joined[min(a, b)] = f.joined[min(a, b)] || a != b
}
