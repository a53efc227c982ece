package test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// TestIdentityProperties makes random writes about a few people whose emails and phones are known to be theirs. Whatever
// the order, no write but a merge links two of them, and none raises the consent of an address.
func TestIdentityProperties(t *testing.T) {
	done := map[string]int{} // writes, by what they did
	for seed := range uint64(large(6, 60)) {
		t.Run(fmt.Sprintf("DUP-3 SBM-4 SBM-5 UPS-1 IMP-2 MRG-14 SUB-2 seed %d", seed), func(t *testing.T) {
			r := newIdentityRun(t, seed)
			for step := range 150 {
				what, err := r.step()
				if err == nil {
					err = r.check(what == "update" || what == "subscribe")
				}
				require.NoError(t, err, "seed %d, step %d, %s", seed, step, what)
				done[what]++
			}
			done["merge of consent and objection"] += r.objections
		})
	}
	for _, what := range []string{
		"create", "create a duplicate", "import", "import a duplicate", "update", "update to a duplicate", "merge",
		"submit, new", "submit, found", "upsert, new", "upsert, found", "subscribe",
		"submit of a session", "submit of a session that was merged away", "submit of no one",
		"merge of consent and objection",
	} {
		require.NotZero(t, done[what], what)
	}
}

const identityPeople = 5

// Texts that identify no one, for all people to share.
var placeholderPhones = []string{"n/a", "unknown", "0", "-", "000-000-0000", "123"}

// personOf names the person whose value it is, from 1 on. It is 0 for values of no one and -1 for unknown ones.
func personOf(value string) int {
	folded := strings.ToLower(strings.TrimSpace(value))
	if folded == "" || slices.Contains(placeholderPhones, folded) {
		return 0
	}
	for p := 1; p <= identityPeople; p++ {
		values := slices.Concat(nameParts(p), personEmails(p), personPhones(p), []string{companyOf(p), birthdateOf(p)})
		for _, own := range values {
			if strings.ToLower(strings.TrimSpace(own)) == folded {
				return p
			}
		}
	}
	return -1
}

func nameParts(p int) []string { return []string{fmt.Sprint("First", p), fmt.Sprint("Last", p)} }

func companyOf(p int) string { return fmt.Sprint("Company ", p) }

func birthdateOf(p int) string { return fmt.Sprintf("199%d-01-02", p) }

// personEmails returns the emails of a person, each in two spellings.
func personEmails(p int) []string {
	return []string{
		fmt.Sprintf("p%d@x.test", p), fmt.Sprintf(" P%d@X.test", p),
		fmt.Sprintf("home%d@x.test", p), fmt.Sprintf("HOME%d@x.test\t", p),
	}
}

// personPhones returns the phones of a person: an extension of the switchboard of all, in two spellings, and a number
// without an E.164 form.
func personPhones(p int) []string {
	return []string{
		fmt.Sprintf("%s x12%d", numberUS, p), fmt.Sprintf("%s ext. 12%d", numberUS2, p), fmt.Sprintf("555-01%d%d", p, p),
	}
}

// addressOf returns one word for all spellings of an email or phone.
func addressOf(value string) string {
	value = strings.ToLower(strings.TrimSpace(value))
	if _, extension, ok := strings.Cut(value, " ext. "); ok {
		return numberUS + " x" + extension
	}
	return value
}

// identityRun is one sequence of writes about people.
type identityRun struct {
	*lab
	t    *testing.T
	rnd  *rand.Rand
	next uint64 // ID of an import

	people map[uuid.UUID][]int // whom a contact is about: several only after a merge
	into   map[uuid.UUID]uuid.UUID
	seen   map[uuid.UUID]seenContact

	objections int // merges of addresses with UNSUBSCRIBED and SUBSCRIBED
}

// seenContact is a contact at the last check.
type seenContact struct {
	revision int
	consent  map[string]contacts.SubscriptionStatus // by addressOf
	sources  []uuid.UUID                            // merged into it since
}

func newIdentityRun(t *testing.T, seed uint64) *identityRun {
	return &identityRun{
		lab: newLab(t, func(o *contacts.Options) { o.SelfCheck = seed < 1 }), t: t,
		rnd: rand.New(rand.NewPCG(seed, 7)), next: 1 << 30, people: map[uuid.UUID][]int{},
		into: map[uuid.UUID]uuid.UUID{}, seen: map[uuid.UUID]seenContact{},
	}
}

// step makes a write. It returns what was done, and how it linked people.
func (r *identityRun) step() (string, error) {
	r.tick()
	p := 1 + r.rnd.IntN(identityPeople)
	switch n := r.rnd.IntN(20); {
	case n < 4:
		return r.create(p)
	case n < 7:
		return r.importRows()
	case n < 11:
		return r.submit(p)
	case n < 14:
		return r.upsert(p)
	case n < 15:
		return r.anonymous()
	case n < 17:
		return r.update()
	case n < 18 && r.rnd.IntN(3) > 0:
		return r.merge()
	default:
		return r.subscribe()
	}
}

// info returns some of what is known about a person.
func (r *identityRun) info(p int) contacts.Info {
	names := append(nameParts(p), "", " ")
	in := contacts.Info{
		Name:    contacts.Name{First: pick(r.rnd, names[0], names[0], names[2], names[3]), Last: pick(r.rnd, names[1:]...)},
		Company: pick(r.rnd, "", companyOf(p)), Birthdate: pick(r.rnd, "", birthdateOf(p)),
	}
	for _, address := range personEmails(p) {
		if r.rnd.IntN(6) == 0 {
			in.Emails = append(in.Emails, contacts.Email{Address: address})
		}
	}
	for _, text := range append(personPhones(p), placeholderPhones...) {
		if r.rnd.IntN(5) == 0 {
			in.Phones = append(in.Phones, number("US", text))
		}
	}
	shuffle(r.rnd, in.Phones)
	if strings.TrimSpace(in.Name.First+in.Name.Last) == "" && len(in.Emails)+len(in.Phones) == 0 {
		in.Name.First = names[0]
	}
	return in
}

// about records that a write about a person was made to a contact. A contact that was there must be about that person.
func (r *identityRun) about(id uuid.UUID, p int, isNew bool) error {
	if isNew {
		r.people[id] = []int{p}
		return nil
	}
	if !slices.Contains(r.people[id], p) {
		return fmt.Errorf("person %d was linked to %v", p, r.people[id])
	}
	return nil
}

// duplicate returns the error of a write about people that was refused, unless it is a duplicate of one of them.
func (r *identityRun) duplicate(err error, people ...int) error {
	d, ok := errors.AsType[*contacts.DuplicateError](err)
	if !ok {
		return err
	}
	if !slices.ContainsFunc(r.people[d.ID], func(p int) bool { return slices.Contains(people, p) }) {
		return fmt.Errorf("%v is a duplicate of %v", people, r.people[d.ID])
	}
	return nil
}

func (r *identityRun) create(p int) (string, error) {
	opts := &contacts.CreateOptions{AllowDuplicates: r.rnd.IntN(2) == 0}
	c, err := r.Create(r.t.Context(), r.info(p), opts)
	if err != nil {
		return "create a duplicate", r.duplicate(err, p)
	}
	return "create", r.about(c.ID, p, true)
}

func (r *identityRun) importRows() (string, error) {
	var list []*contacts.Contact
	whom := map[uuid.UUID]int{}
	for range 1 + r.rnd.IntN(4) {
		r.next++
		p, c := 1+r.rnd.IntN(identityPeople), &contacts.Contact{ID: testID(r.next)}
		c.Info = r.info(p)
		if len(c.Info.Emails) > 0 {
			c.PrimaryEmail.SubscriptionStatus = pick(r.rnd, "", subscribed, unsubscribed)
		}
		list, whom[c.ID], r.people[c.ID] = append(list, c), p, []int{p}
	}
	report, err := r.Import(r.t.Context(), rowsOf(list...), &contacts.ImportOptions{AllowDuplicates: r.rnd.IntN(2) == 0})
	for _, e := range report.Errors {
		err = errors.Join(err, r.duplicate(e.Err, whom[e.ID]))
		delete(r.people, e.ID)
	}
	if report.Refused > 0 {
		return "import a duplicate", err
	}
	return "import", err
}

func (r *identityRun) submit(p int) (string, error) {
	opts := &contacts.SubmitOptions{VisitorContactID: r.anyContact()} // of another person: it must not count
	in := r.info(p)
	if strings.TrimSpace(in.Name.First+in.Name.Last) == "" {
		in.Name.First = nameParts(p)[0]
	}
	s, err := r.Submit(r.t.Context(), in, opts)
	if err != nil {
		return "submit", err
	}
	if s.NewContact {
		return "submit, new", r.about(s.ContactID, p, true)
	}
	return "submit, found", r.about(s.ContactID, p, false)
}

func (r *identityRun) upsert(p int) (string, error) {
	c, action, err := r.Upsert(r.t.Context(), r.info(p), nil)
	if err != nil {
		return "upsert", err
	}
	if action == contacts.UpsertCreated {
		return "upsert, new", r.about(c.ID, p, true)
	}
	return "upsert, found", r.about(c.ID, p, false)
}

// anonymous submits what identifies no one, in a session that may be older than a merge.
func (r *identityRun) anonymous() (string, error) {
	opts := &contacts.SubmitOptions{}
	merged := slices.SortedFunc(maps.Keys(r.into), func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
	if opts.VisitorContactID = r.anyContact(); len(merged) > 0 && r.rnd.IntN(2) == 0 {
		opts.VisitorContactID = pick(r.rnd, merged...)
	}
	want := opts.VisitorContactID
	for target, ok := r.into[want]; ok; target, ok = r.into[want] {
		want = target
	}
	p := 1
	if whom := r.people[want]; want != uuid.Nil {
		p = whom[0]
	}
	in := contacts.Info{Company: companyOf(p), Phones: []contacts.Phone{number("", pick(r.rnd, placeholderPhones...))}}
	if r.rnd.IntN(4) == 0 {
		opts.VisitorContactID, want = uuid.Nil, uuid.Nil
	}
	s, err := r.Submit(r.t.Context(), in, opts)
	switch {
	case err != nil:
		return "submit of no one", err
	case want == uuid.Nil:
		if !s.NewContact {
			return "submit of no one", fmt.Errorf("it went to %v", r.people[s.ContactID])
		}
		return "submit of no one", r.about(s.ContactID, p, true)
	case s.NewContact || s.ContactID != want:
		return "submit of a session", fmt.Errorf("it went to %s, not to %s", s.ContactID, want)
	case want != opts.VisitorContactID:
		return "submit of a session that was merged away", nil
	default:
		return "submit of a session", nil
	}
}

// anyContact returns a contact, or the nil UUID if the store is empty.
func (r *identityRun) anyContact() uuid.UUID {
	if all := ids(r.Snapshot().All()); len(all) > 0 {
		return pick(r.rnd, all...)
	}
	return uuid.Nil
}

func (r *identityRun) update() (string, error) {
	id := r.anyContact()
	v, ok := r.Snapshot().View(id)
	if !ok {
		return "nothing", nil
	}
	in := r.info(pick(r.rnd, r.people[id]...))
	patch := contacts.Patch{Phones: contacts.Set(in.Phones)}
	if r.rnd.IntN(3) > 0 {
		patch = contacts.Patch{Emails: contacts.Set(in.Emails)}
	}
	if v.Clone().Info.Name == (contacts.Name{}) {
		patch.FirstName = contacts.Set(nameParts(r.people[id][0])[0]) // so that any list may be empty
	}
	opts := &contacts.UpdateOptions{AllowDuplicates: r.rnd.IntN(2) == 0}
	_, err := r.Update(r.t.Context(), id, v.Revision(), patch, opts)
	if contacts.CodeOf(err) == contacts.ErrInsufficientData { // a name of spaces
		return "nothing", nil
	}
	if err != nil {
		return "update to a duplicate", r.duplicate(err, r.people[id]...)
	}
	return "update", nil
}

func (r *identityRun) merge() (string, error) {
	all := ids(r.Snapshot().All())
	if len(all) < 12 { // enough contacts of one person each remain
		return "nothing", nil
	}
	shuffle(r.rnd, all)
	target := all[0]
	slices.SortStableFunc(all[1:], func(a, b uuid.UUID) int { return r.inCommon(target, b) - r.inCommon(target, a) })
	sources := all[1 : 2+r.rnd.IntN(3)]
	v, _ := r.Snapshot().View(target)
	if _, err := r.Merge(r.t.Context(), target, v.Revision(), sources, nil); err != nil {
		return "merge", err
	}
	seen := r.seen[target]
	seen.sources = sources
	r.seen[target] = seen
	for _, source := range sources {
		r.people[target] = append(r.people[target], r.people[source]...)
		r.into[source] = target
	}
	return "merge", nil
}

// inCommon counts the addresses for which both contacts had a status when they were last seen.
func (r *identityRun) inCommon(a, b uuid.UUID) int {
	n := 0
	for address, status := range r.seen[a].consent {
		if other, ok := r.seen[b].consent[address]; ok && status != notSet && other != notSet {
			n++
		}
	}
	return n
}

// subscribe sets the status of an address on each contact that has it.
func (r *identityRun) subscribe() (string, error) {
	known := slices.Sorted(maps.Keys(r.seen[r.anyContact()].consent))
	if len(known) == 0 {
		return "nothing", nil
	}
	address := pick(r.rnd, known...)
	for v := range r.Snapshot().All() {
		for _, typed := range addressesOf(v) {
			if addressOf(typed) == address {
				status := pick(r.rnd, notSet, contacts.SubscriptionPending, subscribed, unsubscribed)
				if _, err := r.SetSubscription(r.t.Context(), v.ID(), typed, status); err != nil {
					return "subscribe", err
				}
			}
		}
	}
	return "subscribe", nil
}

// addressesOf returns the emails and phones of a contact, as typed.
func addressesOf(v contacts.View) []string {
	var list []string
	for e := range v.Emails() {
		list = append(list, e.Address)
	}
	for p := range v.Phones() {
		list = append(list, p.Number)
	}
	return list
}

// check checks the contacts that have changed: their values are of the people they are about, and their consent is what
// it was, unless the write was free to change it.
func (r *identityRun) check(free bool) error {
	for v := range r.Snapshot().All() {
		before, known := r.seen[v.ID()]
		if known && before.revision == v.Revision() {
			continue
		}
		c := v.Clone()
		if err := r.checkValues(c); err != nil {
			return err
		}
		now := seenContact{revision: c.Revision, consent: r.consent(c)}
		if known && !free {
			if err := r.checkConsent(before, now.consent); err != nil {
				return err
			}
		}
		r.seen[c.ID] = now
	}
	return nil
}

func (r *identityRun) checkValues(c *contacts.Contact) error {
	values := []string{c.Info.Name.First, c.Info.Name.Last, c.Info.Company, c.Info.Birthdate}
	for _, e := range c.Info.Emails {
		values = append(values, e.Address)
	}
	for _, p := range c.Info.Phones {
		values = append(values, p.Number)
	}
	for _, value := range values {
		if p := personOf(value); p != 0 && !slices.Contains(r.people[c.ID], p) {
			return fmt.Errorf("a contact of %v has %q of person %d", r.people[c.ID], value, p)
		}
	}
	return nil
}

// checkConsent compares the consent of a contact with that before a write, and that of the contacts merged into it.
func (r *identityRun) checkConsent(before seenContact, now map[string]contacts.SubscriptionStatus) error {
	parties := []map[string]contacts.SubscriptionStatus{before.consent}
	for _, source := range before.sources {
		parties = append(parties, r.seen[source].consent)
	}
	for address, status := range now {
		var had []contacts.SubscriptionStatus
		for _, consent := range parties {
			if s, ok := consent[address]; ok {
				had = append(had, s)
			}
		}
		if slices.Contains(had, unsubscribed) && slices.Contains(had, subscribed) {
			r.objections++
		}
		switch {
		case slices.Contains(had, unsubscribed) != (status == unsubscribed):
			return fmt.Errorf("%s: %v became %s", address, had, status)
		case status == subscribed && !slices.Contains(had, subscribed):
			return fmt.Errorf("%s: %v became %s", address, had, status)
		}
	}
	for _, consent := range parties {
		for address := range consent {
			if _, ok := now[address]; !ok {
				return fmt.Errorf("%s is lost", address)
			}
		}
	}
	return nil
}

// consent returns the subscription statuses of all emails and valid phones. A contact shows only those of its primary
// ones, so copies of the store make each the primary one.
func (r *identityRun) consent(c *contacts.Contact) map[string]contacts.SubscriptionStatus {
	found := map[string]contacts.SubscriptionStatus{}
	for i := range c.Info.Emails {
		emails := slices.Clone(c.Info.Emails)
		emails[0].Primary, emails[i].Primary = false, true
		again := update(r.t, r.Fork(), c, contacts.Patch{Emails: contacts.Set(emails)})
		found[addressOf(emails[i].Address)] = again.PrimaryEmail.SubscriptionStatus
	}
	for i := range c.Info.Phones {
		phones := slices.Clone(c.Info.Phones)
		phones[0].Primary, phones[i].Primary = false, true
		if again := update(r.t, r.Fork(), c, contacts.Patch{Phones: contacts.Set(phones)}); again.PrimaryPhone.E164 != "" {
			found[addressOf(phones[i].Number)] = again.PrimaryPhone.SubscriptionStatus
		}
	}
	return found
}
