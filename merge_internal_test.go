package contacts

import (
	"flag"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/fold"
)

// The invariants of a merge. Each is checked on every random merge; the first breach of each is reported.
const (
	inputsStay      = "STO-5 records and their memory stay as they were"
	blocksListed    = "MRG-2 sources that cannot be merged away are listed"
	targetStays     = "MRG-3 the target's own values stay, in their places"
	singlesFilled   = "MRG-4 MRG-7 single values are the target's, else the first source's"
	nothingLost     = "MRG-5 MRG-6 every item of a source is there"
	nothingTwice    = "MRG-5 MRG-6 equal items are there once, unless the target had them twice"
	itemsOrdered    = "MRG-5 MRG-6 items are appended in the order of the sources, with IDs and tags"
	onePrimary      = "MRG-5 one email and one phone are primary, in front"
	statusesMerged  = "MRG-7 statuses are the target's, else the first source's, per address"
	accountComplete = "MRG-8 the account has one entry for each piece, target first"
	entriesTrue     = "MRG-8 an entry leads to an equal value on the merged contact"
	outcomesTrue    = "MRG-8 outcomes and reasons"
	statusEntries   = "MRG-8 entries of statuses: where they lead, outcomes and reasons"
	limitsListed    = "MRG-9 limits are listed if, and only if, they are exceeded"
)

var mergeInvariants = []string{
	inputsStay, blocksListed, targetStays, singlesFilled, nothingLost, nothingTwice, itemsOrdered, onePrimary,
	statusesMerged, accountComplete, entriesTrue, outcomesTrue, statusEntries, limitsListed,
}

// LongTests is set by the flag -long. Tests with many seeds or positions run a part of them without it.
var LongTests = flag.Bool("long", false, "run the tests with many seeds or positions in full")

// TestMergeInvariants merges random records, made of so few values that they have much in common.
func TestMergeInvariants(t *testing.T) {
	const records, merges, workers = 10, 60, 4
	seeds := uint64(60)
	if *LongTests {
		seeds = 1700 // 102 000 merges
	}
	found := make([]mergeFaults, workers)
	var group sync.WaitGroup
	for w := range workers {
		found[w] = mergeFaults{}
		group.Go(func() {
			for seed := uint64(w); seed < seeds; seed += workers {
				found[w].try(seed, records, merges)
			}
		})
	}
	group.Wait()
	for _, invariant := range mergeInvariants {
		t.Run(invariant, func(t *testing.T) {
			for _, faults := range found {
				require.Empty(t, faults[invariant])
			}
		})
	}
}

// mergeFaults holds the first breach of each invariant.
type mergeFaults map[string]string

// try merges random records.
func (f mergeFaults) try(seed uint64, records, merges int) {
	defer func() {
		if p := recover(); p != nil {
			panic(fmt.Sprintf("seed %d: %v", seed, p))
		}
	}()
	rnd := rand.New(rand.NewPCG(seed, 42))
	pool := make([]*record, records)
	pieces := make([]pieces, records)
	before := make([]record, records)
	for i := range pool {
		pool[i] = randomRecord(rnd, i)
		pieces[i] = piecesOf(pool[i])
		before[i] = photograph(pool[i])
	}
	for n := range merges {
		c := &mergeCase{faults: f, seed: seed, n: n}
		for _, k := range rnd.Perm(records)[:2+rnd.IntN(mergeSourcesMax)] {
			c.records, c.pieces = append(c.records, pool[k]), append(c.pieces, pieces[k])
		}
		c.m = merge(c.records[0], c.records[1:])
		c.check()
	}
	for i, r := range pool {
		if after := photograph(r); !reflect.DeepEqual(before[i], after) {
			f.add(inputsStay, "seed %d, record %d:\nbefore %+v\nafter  %+v", seed, i, before[i], after)
		}
	}
}

func (f mergeFaults) add(invariant, format string, args ...any) {
	if _, ok := f[invariant]; !ok {
		f[invariant] = fmt.Sprintf(format, args...)
	}
}

func oneOf[T any](rnd *rand.Rand, list ...T) T { return list[rnd.IntN(len(list))] }

func oneIn(rnd *rand.Rand, n int) bool { return rnd.IntN(n) == 0 }

// randomList returns up to most items, with spare capacity that holds an item, too: code that appends to a list that it
// does not own overwrites it.
func randomList[T any](rnd *rand.Rand, most int, item func() T) []T {
	n := rnd.IntN(most + 1)
	if n == 0 {
		return nil
	}
	list := make([]T, 0, n+2)
	for range n + 2 {
		list = append(list, item())
	}
	return list[:n]
}

var (
	mergeEmails = []string{"a@x.test", "A@X.test", " a@x.test", "b@x.test", "B@x.test", "c@x.test", "d@x.test\t"}
	// One text in several countries, several texts of one number, and invalid numbers.
	mergePhones = []Phone{
		{CountryCode: "US", Number: "201-555-0123", E164: "+12015550123", Formatted: "+1 201-555-0123"},
		{CountryCode: "US", Number: "(201) 555 0123", E164: "+12015550123", Formatted: "+1 201-555-0123"},
		{Number: "201-555-0123"},
		{CountryCode: "DE", Number: "0301234567", E164: "+49301234567", Formatted: "+49 30 1234567"},
		{CountryCode: "NL", Number: "0301234567", E164: "+31301234567", Formatted: "+31 30 123 4567"},
		{Number: "0301234567"},
		{Number: "555-0199"},
		{CountryCode: "US", Number: "555-0199"},
		{CountryCode: "US", Number: "201-555-0123 x7", E164: "+12015550123", Formatted: "+1 201-555-0123 ext. 7"},
		{CountryCode: "US", Number: "(201) 555 0123 x7", E164: "+12015550123", Formatted: "+1 201-555-0123 ext. 7"},
		{CountryCode: "US", Number: "201-555-0123 x8", E164: "+12015550123", Formatted: "+1 201-555-0123 ext. 8"},
		{Number: "n/a"},
	}
	mergeAddresses = []Address{
		{City: "Elmton"}, {City: "Elmton", Hint: "Blue door"}, {AddressLine: "7 Elm Row", City: "Elmton"},
		{StreetAddress: &StreetAddress{Number: "7", Name: "Elm Row"}, City: "Elmton"},
		{StreetAddress: &StreetAddress{Number: "7", Name: "Elm Row"}, City: "Elmton", Geocode: &Geocode{41.5, -73.5}},
	}
	mergePictures = []Picture{{Image: Image{ID: "one"}}, {Image: Image{ID: "one", URLExpirationDate: time.Unix(0, 0).UTC()}}}
	mergeStates   = []emailStatus{
		{SubscriptionSubscribed, EmailDeliverabilityNotSet}, {SubscriptionUnsubscribed, EmailDeliverabilityNotSet},
		{SubscriptionUnsubscribed, EmailDeliverabilityBounced}, {SubscriptionPending, EmailDeliverabilityValid},
	}
)

// randomRecord returns a record as the store would hold it.
func randomRecord(rnd *rand.Rand, n int) *record {
	id := func() uuid.UUID {
		return uuid.UUID{0: byte(n), 1: 1, 8: byte(rnd.IntN(256)), 9: byte(rnd.IntN(256)), 10: byte(rnd.IntN(256))}
	}
	few := func(kind byte) func() uuid.UUID {
		return func() uuid.UUID { return uuid.UUID{0: kind, 15: byte(1 + rnd.IntN(5))} }
	}
	if oneIn(rnd, 8) { // so many that limits come near
		few = func(kind byte) func() uuid.UUID {
			return func() uuid.UUID { return uuid.UUID{0: kind, 15: byte(1 + rnd.IntN(80))} }
		}
	}
	places := 4
	if oneIn(rnd, 8) {
		places = itemsMax
	}
	r := &record{contact: document{ID: uuid.UUID{0: byte(n), 1: 2}, Revision: 1 + rnd.IntN(3)}}
	in := &r.contact.Info
	in.Name = oneOf(rnd, Name{}, Name{}, Name{First: "Ann"}, Name{Last: "Adler"}, Name{"Ann", "Adler"}, Name{"Bo", "Brook"})
	in.Emails = randomList(rnd, 3, func() Email {
		return Email{ID: id(), Tag: oneOf(rnd, EmailHome, EmailWork), Address: oneOf(rnd, mergeEmails...)}
	})
	in.Phones = randomList(rnd, 3, func() Phone {
		p := oneOf(rnd, mergePhones...)
		p.ID, p.Tag = id(), oneOf(rnd, PhoneHome, PhoneFax)
		return p
	})
	if len(in.Emails) > 0 {
		in.Emails[0].Primary = true
	}
	if len(in.Phones) > 0 {
		in.Phones[0].Primary = true
	}
	in.Addresses = randomList(rnd, 3, func() Address {
		a := oneOf(rnd, mergeAddresses...).Clone()
		a.ID, a.Tag = id(), oneOf(rnd, AddressHome, AddressWork)
		return a
	})
	in.Company = oneOf(rnd, "", "Acorn", "Birch")
	in.JobTitle = oneOf(rnd, "", "", "Baker", "Botanist")
	in.Birthdate = oneOf(rnd, "", "1990-02-28", "1990-02-27")
	in.Locale = oneOf(rnd, "", "en", "de")
	in.LabelKeys = distinct(randomList(rnd, 4, func() string {
		return oneOf(rnd, "contacts.customers", "custom.red", "custom.green", "custom.blue")
	}))
	in.ExtendedFields = map[string]any{}
	for _, key := range []string{
		"custom.text", "custom.number", fieldVATID, fieldPurchases, fieldMobile, fieldSpentAmount, fieldSpentCurrency,
	} {
		if value := oneOf[any](rnd, nil, nil, "1", 0.0, 1.0); value != nil {
			in.ExtendedFields[key] = value
		}
	}
	if oneIn(rnd, 2) {
		in.Picture = new(oneOf(rnd, mergePictures...))
	}
	in.Locations = randomList(rnd, places, few(0xA))
	in.AssignedUserIDs = randomList(rnd, places, few(0xB))

	// Only the statuses of addresses that the contact has are kept.
	for range rnd.IntN(4) {
		r.statuses.emails = with(r.statuses.emails, fold.Email(oneOf(rnd, mergeEmails...)), oneOf(rnd, mergeStates...), emailNotSet)
	}
	for range rnd.IntN(4) {
		if p := oneOf(rnd, mergePhones...); p.E164 != "" {
			status := phoneStatus{oneOf(rnd, mergeStates...).subscription, PhoneDeliverabilityNotSet}
			r.statuses.phones = with(r.statuses.phones, p.statusKey(), status, phoneNotSet)
		}
	}
	if oneIn(rnd, 8) {
		r.contact.Member = &Member{MemberID: id(), User: &MemberUser{Role: oneOf(rnd, RoleUnspecified, RoleOwner)}}
	}
	r.billing = oneIn(rnd, 8)
	r.statuses = r.statuses.of(in)
	return r
}

// photograph returns a deep copy of a record, including the spare capacity of its lists.
func photograph(r *record) record {
	p := *r
	in := &p.contact.Info
	in.Emails, in.Phones, in.Addresses = whole(in.Emails), whole(in.Phones), whole(in.Addresses)
	in.LabelKeys, in.Locations, in.AssignedUserIDs = whole(in.LabelKeys), whole(in.Locations), whole(in.AssignedUserIDs)
	c := p.contact.contact()
	p.contact = documentOf(c.Clone())
	p.statuses = statuses{maps.Clone(r.statuses.emails), maps.Clone(r.statuses.phones)}
	return p
}

// whole returns a list extended to its capacity.
func whole[T any](list []T) []T { return list[:cap(list)] }

// mergeCase is a merge and its result.
type mergeCase struct {
	faults  mergeFaults
	seed    uint64
	n       int
	records []*record // the target, then the sources
	pieces  []pieces  // of each
	m       *merger
}

func (c *mergeCase) fault(invariant, format string, args ...any) {
	c.faults.add(invariant, "seed %d, merge %d: "+format, append([]any{c.seed, c.n}, args...)...)
}

func (c *mergeCase) check() {
	got := &c.m.info
	checkItems(c, "emails", func(in *Info) []Email { return in.Emails }, sameEmails, same[Email],
		func(e Email) Email { e.Primary = false; return e })
	checkItems(c, "phones", func(in *Info) []Phone { return in.Phones }, samePhones, same[Phone],
		func(p Phone) Phone { p.Primary = false; return p })
	checkItems(c, "addresses", func(in *Info) []Address { return in.Addresses }, sameAddresses,
		func(a, b Address) bool { return a.ID == b.ID && a.Tag == b.Tag && sameAddresses(a, b) }, itself[Address])
	checkItems(c, "labels", func(in *Info) []string { return in.LabelKeys }, same[string], same[string], itself[string])
	checkItems(c, "locations", func(in *Info) []uuid.UUID { return in.Locations },
		same[uuid.UUID], same[uuid.UUID], itself[uuid.UUID])
	checkItems(c, "users", func(in *Info) []uuid.UUID { return in.AssignedUserIDs },
		same[uuid.UUID], same[uuid.UUID], itself[uuid.UUID])

	checkSingle(c, "name", func(in *Info) Name { return in.Name })
	checkSingle(c, "company", func(in *Info) string { return in.Company })
	checkSingle(c, "jobTitle", func(in *Info) string { return in.JobTitle })
	checkSingle(c, "birthdate", func(in *Info) string { return in.Birthdate })
	checkSingle(c, "locale", func(in *Info) string { return in.Locale })
	checkSingle(c, "picture", func(in *Info) Picture {
		if in.Picture == nil {
			return Picture{}
		}
		return *in.Picture
	})
	for _, r := range c.records {
		for key := range r.contact.Info.ExtendedFields {
			if !slices.Contains(mergeComputed, key) && key != fieldSpentAmount && key != fieldSpentCurrency {
				checkSingle(c, key, func(in *Info) any { return in.ExtendedFields[key] })
			}
		}
	}
	checkSingle(c, "amount and currency", func(in *Info) [2]any { // MRG-15
		return [2]any{in.ExtendedFields[fieldSpentAmount], in.ExtendedFields[fieldSpentCurrency]}
	})
	for key := range got.ExtendedFields {
		if !slices.ContainsFunc(c.records, func(r *record) bool { return r.contact.Info.ExtendedFields[key] != nil }) {
			c.fault(singlesFilled, "extended field %s comes from nowhere", key)
		}
	}

	primary := func(i int, flag bool) {
		if flag != (i == 0) {
			c.fault(onePrimary, "%+v %+v", got.Emails, got.Phones)
		}
	}
	for i, e := range got.Emails {
		primary(i, e.Primary)
	}
	for i, p := range got.Phones {
		primary(i, p.Primary)
	}

	c.checkStatuses()
	c.checkBlocks()
	c.checkAccount()
}

// mergeComputed are the extended fields that the store derives.
var mergeComputed = []string{
	fieldDisplayByFirst, fieldDisplayByLast, fieldMembershipStatus, fieldSubscription, fieldDeliverability,
	fieldEffectiveEmail,
}

func same[T comparable](a, b T) bool { return a == b }

func itself[T any](v T) T { return v }

func sameEmails(a, b Email) bool {
	return strings.EqualFold(strings.TrimSpace(a.Address), strings.TrimSpace(b.Address))
}

// samePhones reports whether b makes the number a redundant: an equal text does not replace a valid number.
func samePhones(a, b Phone) bool {
	if a.E164 == "" {
		return a.Number == b.Number
	}
	return a.E164 == b.E164 && extensionOf(a) == extensionOf(b)
}

// extensionOf returns the extension of one of mergePhones.
func extensionOf(p Phone) string {
	_, extension, _ := strings.Cut(p.Number, " x")
	return extension
}

// sameAddresses compares the parts that mergeAddresses give a value.
func sameAddresses(a, b Address) bool {
	type parts struct {
		street           StreetAddress
		point            Geocode
		line, city, hint string
	}
	of := func(a Address) parts {
		p := parts{line: a.AddressLine, city: a.City, hint: a.Hint}
		if a.StreetAddress != nil {
			p.street = *a.StreetAddress
		}
		if a.Geocode != nil {
			p.point = *a.Geocode
		}
		return p
	}
	return of(a) == of(b)
}

// checkItems checks a list. Items are the same if a merge adds only one of them, and equal if no bit differs; plain
// strips an item of everything that a merge need not keep.
func checkItems[T any](
	c *mergeCase, name string, of func(*Info) []T, same, equal func(a, b T) bool, plain func(T) T,
) {
	own, got := of(&c.records[0].contact.Info), of(&c.m.info)
	if len(got) < len(own) || !slices.EqualFunc(own, got[:len(own)], equal) {
		c.fault(targetStays, "%s: %+v became %+v", name, own, got)
		return
	}
	for i := len(own); i < len(got); i++ {
		if slices.ContainsFunc(got[:i], func(other T) bool { return same(got[i], other) }) {
			c.fault(nothingTwice, "%s: item %d of %+v", name, i, got)
		}
	}
	next := len(own)
	for _, source := range c.records[1:] {
		for _, item := range of(&source.contact.Info) {
			if !slices.ContainsFunc(got, func(other T) bool { return same(item, other) }) {
				c.fault(nothingLost, "%s: %+v is not among %+v", name, item, got)
			}
			if next < len(got) && equal(plain(item), plain(got[next])) {
				next++
			}
		}
	}
	if next != len(got) {
		c.fault(itemsOrdered, "%s: item %d of %+v", name, next, got)
	}
}

// checkSingle checks a value that a contact has only once.
func checkSingle[T comparable](c *mergeCase, name string, of func(*Info) T) {
	var none T
	own, got := of(&c.records[0].contact.Info), of(&c.m.info)
	if own != none && got != own {
		c.fault(targetStays, "%s: %v became %v", name, own, got)
	}
	want := none
	for _, r := range slices.Backward(c.records) {
		if v := of(&r.contact.Info); v != none {
			want = v
		}
	}
	if got != want {
		c.fault(singlesFilled, "%s: %v, want %v", name, got, want)
	}
}

// checkStatuses checks that each status of an address is the target's, else that of the first source that has one, but
// UNSUBSCRIBED if any of them has that (MRG-14).
func (c *mergeCase) checkStatuses() {
	result := &record{contact: document{Info: c.m.info}, statuses: c.m.statuses}
	for path := range statusPaths(result) {
		var want any
		for _, r := range slices.Backward(c.records) {
			if v := r.statusAt(path, result); v != nil {
				want = v
			}
		}
		if c.objected(path, result) {
			want = SubscriptionUnsubscribed
		}
		if got := result.statusAt(path, result); got != want {
			c.fault(statusesMerged, "%s: %v, want %v", path, got, want)
		}
	}
	of := c.m.statuses.of(&c.m.info)
	if len(of.emails) != len(c.m.statuses.emails) || len(of.phones) != len(c.m.statuses.phones) {
		c.fault(statusesMerged, "statuses of addresses that are not there")
	}
}

// objected reports whether a contact has UNSUBSCRIBED for the address of the subscription status at a path of r.
func (c *mergeCase) objected(path string, r *record) bool {
	return strings.HasSuffix(path, subscriptionPath) && slices.ContainsFunc(c.records, func(o *record) bool {
		return o.statusAt(path, r) == SubscriptionUnsubscribed
	})
}

func (c *mergeCase) checkBlocks() {
	var blocked []MergeBlock
	for _, r := range c.records[1:] {
		switch m := r.contact.Member; {
		case m != nil && m.User.Role == RoleOwner:
			blocked = append(blocked, MergeBlock{Blocker: SourceIsOwnerOrContributor, ID: r.contact.ID})
		case m != nil:
			blocked = append(blocked, MergeBlock{Blocker: SourceIsMember, ID: r.contact.ID})
		}
		if r.billing {
			blocked = append(blocked, MergeBlock{Blocker: SourceHasBillingSubscription, ID: r.contact.ID})
		}
	}
	if !slices.Equal(blocked, blockedSources(c.records[1:])) {
		c.fault(blocksListed, "%v, want %v", blockedSources(c.records[1:]), blocked)
	}
	var limits []MergeBlocker
	if len(c.m.info.Locations) > itemsMax {
		limits = append(limits, TooManyLocations)
	}
	if len(c.m.info.AssignedUserIDs) > itemsMax {
		limits = append(limits, TooManyAssignedUsers)
	}
	var got []MergeBlocker
	for _, b := range c.m.fullLists() {
		got = append(got, b.Blocker)
		if b.ID != c.records[0].contact.ID || b.Violation.Rule != RuleMaxSize || b.Violation.Threshold != itemsMax {
			c.fault(limitsListed, "%+v", b)
		}
	}
	if !slices.Equal(limits, got) {
		c.fault(limitsListed, "%v, want %v", got, limits)
	}
}

// piece is a piece of information and where it is: alone at a path, or the nth item of the list at a path.
type piece struct {
	list  string // empty if it is alone
	nth   int
	value any
}

// pieces are all values for which an account must have an entry, by path.
type pieces map[string]piece

func piecesOf(r *record) pieces {
	in := &r.contact.Info
	found := make(pieces, 32)
	single := func(path string, value any, there bool) {
		if there {
			found[path] = piece{value: value}
		}
	}
	single("info.name", in.Name, in.Name != Name{})
	single("info.company", in.Company, in.Company != "")
	single("info.jobTitle", in.JobTitle, in.JobTitle != "")
	single("info.birthdate", in.Birthdate, in.Birthdate != "")
	single("info.locale", in.Locale, in.Locale != "")
	if in.Picture != nil {
		single("info.picture", *in.Picture, true)
	}
	for key, value := range r.full().Info.ExtendedFields {
		single("info.extendedFields.items."+key, value, true)
	}
	addItems(found, "info.emails", in.Emails)
	addItems(found, "info.phones", in.Phones)
	addItems(found, "info.addresses", in.Addresses)
	addItems(found, "info.labelKeys", in.LabelKeys)
	addItems(found, "info.locations", in.Locations)
	addItems(found, "info.assignedUserIds", in.AssignedUserIDs)
	for path := range statusPaths(r) {
		status := r.statusAt(path, r)
		single(path, status, status != nil)
	}
	return found
}

func addItems[T any](found pieces, list string, items []T) {
	for i, item := range items {
		found[mergePath(list, i)] = piece{list, i, item}
	}
}

func mergePath(list string, i int) string { return list + ".items[" + strconv.Itoa(i) + "]" }

// sameValue reports whether a merge considers two pieces equal.
func sameValue(a, b any) bool {
	switch a := a.(type) {
	case Email:
		b, ok := b.(Email)
		return ok && sameEmails(a, b)
	case Phone:
		b, ok := b.(Phone)
		return ok && samePhones(a, b)
	case Address:
		b, ok := b.(Address)
		return ok && sameAddresses(a, b)
	default:
		return a == b
	}
}

// checkAccount goes through the account entry by entry.
func (c *mergeCase) checkAccount() {
	merged := piecesOf(&record{contact: document{Info: c.m.info}, statuses: c.m.statuses})
	placed := map[string]int{} // items on the merged contact so far, by list
	rest := c.m.account
	for i, own := range c.pieces {
		if len(rest) < len(own) {
			c.fault(accountComplete, "%d entries left for %d pieces of contact %d", len(rest), len(own), i)
			return
		}
		seen := make(map[string]bool, len(own))
		for _, e := range rest[:len(own)] {
			p, ok := own[e.Field]
			if !ok || seen[e.Field] || e.From != c.records[i].contact.ID {
				c.fault(accountComplete, "%+v is of no piece of contact %d, or the second of one", e, i)
				return
			}
			seen[e.Field] = true
			if e.Outcome == MergeDropped {
				c.checkDropped(i, e, p, merged)
			} else {
				c.checkPlaced(i, e, p, merged, placed)
			}
		}
		rest = rest[len(own):]
	}
	if len(rest) > 0 {
		c.fault(accountComplete, "%d entries too many, such as %+v", len(rest), rest[0])
	}
}

// checkPlaced checks an entry of a piece of contact i that is on the merged contact.
func (c *mergeCase) checkPlaced(i int, e MergeEntry, p piece, merged pieces, placed map[string]int) {
	leads, outcomes := entriesTrue, outcomesTrue
	if isStatus(e.Field) {
		leads, outcomes = statusEntries, statusEntries
	}
	to, ok := merged[e.To]
	if !ok || to.list != p.list || !sameValue(p.value, to.value) {
		c.fault(leads, "%+v: %+v is not %+v (%v)", e, to.value, p.value, ok)
		return
	}
	want := MergeAdded
	switch {
	case i == 0:
		want = MergeKept
	case p.list != "" && to.nth < placed[p.list]:
		want = MergeAlreadyThere
	case p.list == "" && c.hadBefore(i, e.Field):
		want = MergeAlreadyThere
	}
	if e.Outcome != want || e.Reason != "" || i == 0 && e.To != e.Field {
		c.fault(outcomes, "%+v of contact %d, want %s", e, i, want)
	}
	if p.list != "" && to.nth >= placed[p.list] {
		placed[p.list] = to.nth + 1
	}
}

// hadBefore reports whether the target or a source before source i had a value for a single piece; of a status also
// whether source i itself has its address twice.
func (c *mergeCase) hadBefore(i int, path string) bool {
	status, source := isStatus(path), c.records[i]
	for k, r := range c.records[:i] {
		had := status && hasStatus(r, path, source)
		if c.objected(path, source) { // other statuses are as if they had not been there
			had = r.statusAt(path, source) == SubscriptionUnsubscribed
		}
		if _, ok := c.pieces[k][path]; ok && !status || had {
			return true
		}
	}
	if !status {
		return false
	}
	at, address := source.addressAt(path)
	for k := range at {
		_, other := source.addressAt(strings.Replace(path, "["+strconv.Itoa(at)+"]", "["+strconv.Itoa(k)+"]", 1))
		if other == address {
			return true
		}
	}
	return false
}

// checkDropped checks an entry of a piece of contact i that is not on the merged contact.
func (c *mergeCase) checkDropped(i int, e MergeEntry, p piece, merged pieces) {
	outcomes := outcomesTrue
	status := isStatus(e.Field)
	if status {
		outcomes = statusEntries
	}
	want := TargetHasValue
	key, extended := strings.CutPrefix(e.Field, "info.extendedFields.items.")
	switch {
	case extended && slices.Contains(mergeComputed, key):
		want = ComputedAgain
	case status && c.objected(e.Field, c.records[i]):
		if want = ObjectionWins; p.value == SubscriptionUnsubscribed {
			c.fault(outcomes, "%+v: an objection is dropped", e)
		}
	case !status && p.value != merged[e.Field].value && c.splitsPair(key):
		want = c.pairReason(i)
	case i == 0 || p.list != "" || !status && p.value == merged[e.Field].value:
		c.fault(outcomes, "%+v is dropped", e)
		return
	case status:
		if !hasStatus(c.records[0], e.Field, c.records[i]) {
			want = EarlierSourceHasValue
		}
	case !status && c.pieces[0][e.Field].value == nil:
		want = EarlierSourceHasValue
	}
	if e.To != "" || e.Reason == "" || e.Reason != want {
		c.fault(outcomes, "%+v, want %s", e, want)
	}
}

// splitsPair reports whether a half of an amount and its currency was dropped although no contact's value is in its place.
func (c *mergeCase) splitsPair(key string) bool {
	return (key == fieldSpentAmount || key == fieldSpentCurrency) && c.m.info.ExtendedFields[key] == nil
}

// pairReason returns the reason for a half of source i that was dropped.
func (c *mergeCase) pairReason(i int) MergeReason {
	for k, r := range c.records[:i] {
		if spent := r.contact.Info.ExtendedFields; spent[fieldSpentAmount] != nil || spent[fieldSpentCurrency] != nil {
			if k > 0 {
				return EarlierSourceHasValue
			}
			return TargetHasValue
		}
	}
	return ""
}

// The last parts of the paths of statuses.
const (
	subscriptionPath   = "].subscriptionStatus"
	deliverabilityPath = "].deliverabilityStatus"
)

func isStatus(path string) bool {
	return strings.HasSuffix(path, subscriptionPath) || strings.HasSuffix(path, deliverabilityPath)
}

// statusPaths yields the paths of all statuses that a contact can have.
func statusPaths(r *record) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range r.contact.Info.Emails {
			at := strings.TrimSuffix(mergePath("info.emails", i), "]")
			if !yield(at+subscriptionPath) || !yield(at+deliverabilityPath) {
				return
			}
		}
		for i := range r.contact.Info.Phones {
			if !yield(strings.TrimSuffix(mergePath("info.phones", i), "]") + subscriptionPath) {
				return
			}
		}
	}
}

// addressAt returns the email or phone of the status at a path, in its compared form, and its index.
func (r *record) addressAt(path string) (int, string) {
	at := strings.TrimSuffix(strings.TrimSuffix(path, subscriptionPath), deliverabilityPath)
	i, err := strconv.Atoi(at[strings.Index(at, "[")+1:])
	if err != nil {
		panic(path)
	}
	if strings.HasPrefix(path, "info.emails.") {
		return i, strings.ToLower(strings.TrimSpace(r.contact.Info.Emails[i].Address))
	}
	p := r.contact.Info.Phones[i]
	if extension := extensionOf(p); extension != "" {
		return i, p.E164 + ";ext=" + extension
	}
	return i, p.E164
}

// statusAt returns the status that r has for the address at a path of another contact, nil if it has none.
func (r *record) statusAt(path string, of *record) any {
	_, address := of.addressAt(path)
	var subscription SubscriptionStatus
	var deliverability EmailDeliverability
	if strings.HasPrefix(path, "info.emails.") {
		st := r.statuses.emails[address]
		subscription, deliverability = st.subscription, st.deliverability
	} else {
		subscription = r.statuses.phones[address].subscription
	}
	switch {
	case strings.HasSuffix(path, deliverabilityPath) && deliverability != "" && deliverability != EmailDeliverabilityNotSet:
		return deliverability
	case strings.HasSuffix(path, subscriptionPath) && subscription != "" && subscription != SubscriptionNotSet:
		return subscription
	default:
		return nil
	}
}

// hasStatus reports whether a contact has a status for the address at a path of another contact.
func hasStatus(r *record, path string, of *record) bool { return r.statusAt(path, of) != nil }
