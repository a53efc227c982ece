package contacts

import (
	"cmp"
	"iter"
	"log/slog"
	"slices"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/dial"
	"github.com/contactsdb/contacts/internal/fold"
)

// checkDuplicate returns DUPLICATE_CONTACT_EXISTS if the patch gives the contact a primary email, or, if it has no
// emails, a primary phone that is also the primary one of another contact (DUP-1 to DUP-6).
func (tx *txn) checkDuplicate(before, after *record, patch Patch) error {
	var other *record
	switch {
	case len(patch.Emails.value) > 0:
		if !fold.SameEmail(primaryEmail(before), primaryEmail(after)) {
			other = tx.oldestWithEmail(after)
		}
		if other != nil {
			return duplicateOf(&DuplicateError{ID: other.contact.ID, Email: primaryEmail(other)})
		}
	case len(patch.Phones.value) > 0:
		if phoneChanged(before.contact.Info.primaryPhone(), after.contact.Info.primaryPhone()) {
			other = tx.oldestWithPhone(after)
		}
		if other != nil {
			return duplicateOf(&DuplicateError{ID: other.contact.ID, Phone: primaryPhoneNumber(other)})
		}
	}
	return nil
}

func duplicateOf(err *DuplicateError) error { return &Error{Code: ErrDuplicate, Err: err} }

// oldestWithEmail returns the oldest other contact with the primary email of r, nil if there is none.
func (tx *txn) oldestWithEmail(r *record) *record {
	key := primaryEmailKey(r)
	return older(tx.reads().first(primaryEmailSpan(key), r), tx.waiting.emails[key])
}

// oldestWithPhone returns the oldest other contact with the primary phone of r, or nil.
func (tx *txn) oldestWithPhone(r *record) *record {
	found := tx.reads().firstWithPhone(r.contact.Info.primaryPhone().dialed(), r, true)
	return older(found, tx.waiting.oldestWithPhone(r))
}

// firstWithPhone returns the oldest contact other than except, which can be nil, with the same phone (DUP-3), or with
// the same primary phone. It reads a few entries, however many contacts have the number, any of its extensions or the
// same text (DUP-7).
func (r reader) firstWithPhone(phone dial.Phone, except *record, primary bool) *record {
	var oldest *record
	for _, s := range phoneSpans(make([]span, 0, 2), phone, primary) {
		oldest = older(oldest, r.first(s, except))
	}
	return oldest
}

// withPhone yields the contacts with the same phone (DUP-3), each once.
func (r reader) withPhone(phone dial.Phone) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		var seen []uuid.UUID
		for _, s := range phoneSpans(nil, phone, false) {
			for other := range r.inOrder(s) {
				if slices.Contains(seen, other.contact.ID) {
					continue
				}
				seen = append(seen, other.contact.ID)
				if !yield(other) {
					return
				}
			}
		}
	}
}

// phoneSpans appends the spans of the contacts with the same phone, or with the same primary phone. A phone that
// identifies no one has none: a text such as "n/a" can be on any number of contacts.
func phoneSpans(spans []span, phone dial.Phone, primary bool) []span {
	switch {
	case phone.E164 == "":
	case primary:
		spans = append(spans, primaryPhoneKeySpan(phone.Key()))
	default:
		spans = append(spans, phoneKeySpan(phone.Key()))
	}
	if text := (dial.Phone{Number: phone.Number}); text.Identifies() {
		spans = append(spans, sameTextSpan(phone, primary))
	}
	return spans
}

// phoneChanged reports whether the primary phone became another number or extension. A new country can do so without a
// change of the text.
func phoneChanged(before, after Phone) bool {
	return before.E164 != after.E164 || after.E164 == "" && before.Number != after.Number ||
		before.dialed().Key() != after.dialed().Key()
}

// match returns the oldest contact that has one of the emails of in, primary or not, else the oldest that has one of
// its phones, nil if there is none (SBM-4).
func (r reader) match(in *Info) *record {
	return in.oldest(
		func(e Email) *record {
			for c := range r.byEmail(fold.Email(e.Address)) {
				return c
			}
			return nil
		},
		func(p Phone) *record { return r.firstWithPhone(p.dialed(), nil, false) },
	)
}

// oldest returns the oldest contact that is found by one of the emails, else the oldest that is found by one of the
// phones, nil if none is.
func (in *Info) oldest(byEmail func(Email) *record, byPhone func(Phone) *record) *record {
	var found *record
	for _, e := range in.Emails {
		found = older(found, byEmail(e))
	}
	if found != nil {
		return found
	}
	for _, p := range in.Phones {
		found = older(found, byPhone(p))
	}
	return found
}

// DuplicateOptions are the options of [Snapshot.Duplicates].
type DuplicateOptions struct {
	// MaxHolders is how many contacts can have an email or phone before it connects none of them by itself, such as the
	// number of a switchboard or the address of an office (GRP-5). Values below 2 mean 5. Each value has up to
	// MaxHolders²/2 pairs.
	MaxHolders int
}

// DuplicateGroup is a group of contacts that may be the same person: each shares an email or a phone with another one
// of the group, but not all need to share the same value. It is the caller's own.
type DuplicateGroup struct {
	Contacts []View          // two or more, the oldest first
	Pairs    []DuplicatePair // what connects them: by the older contact, then by the younger (GRP-2)
	Doubts   []MergeDoubt    // why a person has to decide; none if the group is safe to merge (GRP-7)
}

// LogValue returns the IDs of the contacts (ERR-5).
func (g DuplicateGroup) LogValue() slog.Value {
	ids := make([]uuid.UUID, len(g.Contacts))
	for i, v := range g.Contacts {
		ids[i] = v.ID()
	}
	return slog.GroupValue(slog.Any("ids", ids))
}

// Safe reports whether the contacts can be merged without asking a person: there is no doubt that all of them, whether
// a pair connects them or not, are one (GRP-7). Every two agree in their names, known in full. Emails and phones of few
// contacts connect all of them. No two have different birthdates or members.
//
// A group of more contacts than one merge accepts is merged step by step; Safe is about all of them.
func (g DuplicateGroup) Safe() bool { return len(g.Pairs) > 0 && len(g.Doubts) == 0 }

// Target returns the contact to merge the others into: the oldest that cannot be merged away because it is a member or
// pays by subscription (MRG-2), else the oldest.
func (g DuplicateGroup) Target() uuid.UUID {
	if i := slices.IndexFunc(g.Contacts, View.unmergeable); i >= 0 {
		return g.Contacts[i].ID()
	}
	return g.Contacts[0].ID()
}

// Sources returns the contacts to merge into the target: the oldest first, at most 5, the limit of one merge. Each
// merge makes the group smaller until only contacts remain that cannot be merged away; then there are no sources
// (GRP-3).
func (g DuplicateGroup) Sources() []uuid.UUID {
	target := g.Target()
	var sources []uuid.UUID
	for _, v := range g.Contacts {
		if v.ID() != target && !v.unmergeable() && len(sources) < mergeSourcesMax {
			sources = append(sources, v.ID())
		}
	}
	return sources
}

// unmergeable reports whether the contact cannot be the source of a merge.
func (v View) unmergeable() bool { return len(blockedSources([]*record{v.r})) > 0 }

// Duplicates yields the groups of contacts that are connected by shared emails and phones, primary or not (GRP-1): if A
// and B share an email, and B and C a phone, all three are one group. Phones are compared with their extensions, and by
// their text where one contact has no E.164 form (GRP-4). An email or phone of many contacts connects only those of the
// same name (GRP-5). Groups are in the order of their oldest contacts (GRP-2).
//
// Families and companies share emails and phones, so the contacts of a group need not be the same person. Pairs show
// which contacts share which values and how their names compare. Only groups that are [DuplicateGroup.Safe] should be
// merged without asking a person, because a merge cannot be undone. Target and Sources of a group are arguments for
// [Store.PreviewMerge], unless there are no sources.
//
// Each range over the sequence reads all contacts before it yields the first group. The time is proportional to the
// number of emails and phones, about 0.3 s for 100,000 contacts.
func (sn *Snapshot) Duplicates(opts *DuplicateOptions) iter.Seq[DuplicateGroup] {
	maxHolders := deref(opts).MaxHolders
	if maxHolders < 2 {
		maxHolders = defaultMaxHolders
	}
	return func(yield func(DuplicateGroup) bool) {
		sh := newSharing(sn.records(), maxHolders)
		for _, g := range sh.groups(sh.pairs()) {
			if !yield(sh.present(g)) {
				return
			}
		}
	}
}

// sharing is which contacts have which identifiers. Contacts are numbered by age, identifiers by their first holder.
type sharing struct {
	records    []*record
	typed      map[string]bool // see typedNumbers
	maxHolders int
	numbers    [identifierKinds]map[string]int // of the identifiers, by their texts
	holders    []int                           // of an identifier: how many contacts have it
	held       []holding                       // by all contacts, one after the other
}

// holding is an identifier of a contact.
type holding struct {
	identifier, contact int
	direct              bool // see identifier
}

// newSharing numbers the identifiers of all contacts.
func newSharing(records []*record, maxHolders int) *sharing {
	sh := &sharing{
		records: records, typed: typedNumbers(records), maxHolders: maxHolders,
		held: make([]holding, 0, 2*len(records)),
	}
	for kind := range sh.numbers {
		sh.numbers[kind] = make(map[string]int)
	}
	var list []identifier
	for contact, r := range records {
		list = r.identifiers(list[:0], sh.typed)
		for _, id := range list {
			numbers := sh.numbers[id.kind]
			n, ok := numbers[id.text]
			if !ok {
				n = len(sh.holders)
				numbers[id.text] = n
				sh.holders = append(sh.holders, 0)
			}
			sh.holders[n]++
			sh.held = append(sh.held, holding{n, contact, id.direct})
		}
	}
	return sh
}

func (sh *sharing) common(id identifier) bool {
	return sh.holders[sh.numbers[id.kind][id.text]] > sh.maxHolders
}

// holdings yields the holdings of each identifier that several contacts have, the oldest contact first.
func (sh *sharing) holdings() iter.Seq[[]holding] {
	return func(yield func([]holding) bool) {
		ends := make([]int, len(sh.holders)) // of an identifier: where its next holding goes
		total := 0
		for n, holders := range sh.holders {
			if ends[n] = total; holders > 1 {
				total += holders
			}
		}
		sorted := make([]holding, total)
		for _, h := range sh.held {
			if sh.holders[h.identifier] > 1 {
				sorted[ends[h.identifier]] = h
				ends[h.identifier]++
			}
		}
		for n, holders := range sh.holders {
			if holders > 1 && !yield(sorted[ends[n]-holders:ends[n]]) {
				return
			}
		}
	}
}

// numberedPair is a pair by the numbers of its contacts. It is narrow if they share an identifier that is not common.
type numberedPair struct {
	older, younger int
	narrow         bool
}

// pairs returns all pairs, in order.
func (sh *sharing) pairs() []numberedPair {
	var pairs []numberedPair
	forms := make(map[int]nameForm)
	for list := range sh.holdings() {
		if len(list) > sh.maxHolders {
			pairs = sh.appendNamesakes(pairs, list, forms)
			continue
		}
		for i, a := range list {
			for _, b := range list[i+1:] {
				if a.direct || b.direct {
					pairs = append(pairs, numberedPair{a.contact, b.contact, true})
				}
			}
		}
	}
	slices.SortFunc(pairs, func(a, b numberedPair) int {
		switch order := cmp.Or(a.older-b.older, a.younger-b.younger); {
		case order != 0 || a.narrow == b.narrow:
			return order
		case a.narrow: // the one to keep
			return -1
		default:
			return 1
		}
	})
	return slices.CompactFunc(pairs, func(a, b numberedPair) bool {
		return a.older == b.older && a.younger == b.younger
	})
}

// appendNamesakes appends the pairs of contacts that have a common identifier and names that agree: for each reading of
// a name, the oldest contact with all others (GRP-5). All pairs could be too many.
func (sh *sharing) appendNamesakes(pairs []numberedPair, list []holding, forms map[int]nameForm) []numberedPair {
	for _, h := range list {
		if _, ok := forms[h.contact]; !ok {
			forms[h.contact] = newNameForm(sh.records[h.contact].contact.Info.Name)
		}
	}
	oldest := make(map[string]int) // by reading
	for _, h := range list {
		for _, reading := range forms[h.contact].agreeing() {
			if _, ok := oldest[reading]; !ok && h.direct {
				oldest[reading] = h.contact
			}
		}
	}
	for _, h := range list {
		for _, reading := range forms[h.contact].agreeing() {
			if hub, ok := oldest[reading]; ok && hub != h.contact {
				pairs = append(pairs, numberedPair{min(hub, h.contact), max(hub, h.contact), false})
			}
		}
	}
	return pairs
}

// numberedGroup is a group by the numbers of its contacts.
type numberedGroup struct {
	contacts []int
	pairs    []numberedPair
}

// groups returns the groups that the pairs connect, in order.
func (sh *sharing) groups(pairs []numberedPair) []*numberedGroup {
	connected := newForest(len(sh.records))
	for _, p := range pairs {
		connected.join(p.older, p.younger)
	}
	var groups []*numberedGroup
	byOldest := make(map[int]*numberedGroup) // by the number of its oldest contact
	for contact := range sh.records {
		root := connected.root(contact)
		if !connected.joined[root] {
			continue
		}
		g := byOldest[root]
		if g == nil {
			g = &numberedGroup{}
			byOldest[root] = g
			groups = append(groups, g)
		}
		g.contacts = append(g.contacts, contact)
	}
	for _, p := range pairs {
		g := byOldest[connected.root(p.older)]
		g.pairs = append(g.pairs, p)
	}
	return groups
}

// present compares the contacts of a group.
func (sh *sharing) present(g *numberedGroup) DuplicateGroup {
	out := DuplicateGroup{Contacts: make([]View, len(g.contacts)), Pairs: make([]DuplicatePair, len(g.pairs))}
	parties := make([]party, len(g.contacts))
	for i, contact := range g.contacts {
		r := sh.records[contact]
		out.Contacts[i], parties[i] = View{r}, newParty(r, sh.typed)
	}
	narrow := newForest(len(parties))
	for i, p := range g.pairs {
		older, _ := slices.BinarySearch(g.contacts, p.older)
		younger, _ := slices.BinarySearch(g.contacts, p.younger)
		out.Pairs[i] = parties[older].pairWith(parties[younger], sh.common)
		if p.narrow {
			narrow.join(older, younger)
		}
	}
	out.Doubts = doubtsAbout(parties, narrow.connected())
	return out
}
