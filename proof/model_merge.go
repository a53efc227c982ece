package proof

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Plan is the model of a fingerprint: the target and the sources at the time (MRG-13).
type Plan []*person

func (p Plan) holds(now Plan) bool {
	if len(p) != len(now) {
		return false
	}
	for i := range p {
		a, b := p[i], now[i]
		if a != b && (difference(&a.contact, &b.contact) != "" || a.billing != b.billing ||
			!maps.Equal(a.emails, b.emails) || !maps.Equal(a.phones, b.phones)) {
			return false
		}
	}
	return true
}

// mergeParties looks up the target and the sources of a merge, with the first checks of MRG-1.
func (m *Model) mergeParties(target uuid.UUID, sources []uuid.UUID, write bool) (Plan, error) {
	k := &checks{}
	if len(sources) == 0 {
		k.add(contacts.Violation{Field: "sourceContactIds", Rule: contacts.RuleMinSize, Threshold: 1})
	}
	k.guids("sourceContactIds", sources, 5)
	if len(k.list) > 0 {
		return nil, k.err(target)
	}
	if write {
		if err := m.onTime(target); err != nil {
			return nil, err
		}
	}
	var parties Plan
	for _, id := range append([]uuid.UUID{target}, sources...) {
		p := m.find(id)
		if p == nil {
			return nil, fail(contacts.ErrContactNotFound, id)
		}
		parties = append(parties, p)
	}
	for i, id := range sources {
		if id == target || slices.Contains(sources[:i], id) {
			return nil, fail(contacts.ErrIllegalMerge, id)
		}
	}
	return parties, nil
}

// blockedSources is MRG-2.
func blockedSources(sources []*person) []contacts.MergeBlock {
	var blocks []contacts.MergeBlock
	for _, p := range sources {
		block := func(b contacts.MergeBlocker) {
			blocks = append(blocks, contacts.MergeBlock{Blocker: b, ID: p.contact.ID})
		}
		switch {
		case worksHere(p):
			block(contacts.SourceIsOwnerOrContributor)
		case isMember(p):
			block(contacts.SourceIsMember)
		}
		if p.billing {
			block(contacts.SourceHasBillingSubscription)
		}
	}
	return blocks
}

// limits is MRG-9.
func (m *Model) limits(target, united *person) []contacts.MergeBlock {
	blocks := fullLists(&united.contact)
	k := &checks{}
	k.fits(&target.contact, united.contact, m.Options.ContactSizeMax)
	for _, v := range k.list {
		blocks = append(blocks, contacts.MergeBlock{Blocker: contacts.TooLarge, ID: target.contact.ID, Violation: v})
	}
	return blocks
}

func fullLists(c *contacts.Contact) []contacts.MergeBlock {
	var blocks []contacts.MergeBlock
	check := func(b contacts.MergeBlocker, list string, n, most int) {
		if n > most {
			blocks = append(blocks, contacts.MergeBlock{Blocker: b, ID: c.ID, Violation: contacts.Violation{
				Field: "info." + list + ".items", Rule: contacts.RuleMaxSize, Threshold: most,
			}})
		}
	}
	in := &c.Info
	check(contacts.TooManyEmails, "emails", len(in.Emails), 50)
	check(contacts.TooManyPhones, "phones", len(in.Phones), 50)
	check(contacts.TooManyAddresses, "addresses", len(in.Addresses), 50)
	check(contacts.TooManyLabels, "labelKeys", len(in.LabelKeys), 2000)
	check(contacts.TooManyLocations, "locations", len(in.Locations), 50)
	check(contacts.TooManyAssignedUsers, "assignedUserIds", len(in.AssignedUserIDs), 50)
	return blocks
}

// blockedBy returns the error for blocks: those of the sources come before the limits.
func blockedBy(sources, limits []contacts.MergeBlock) error {
	switch {
	case len(sources) > 0:
		return failWith(contacts.ErrFailedPrecondition, sources[0].ID, &contacts.BlockedError{Blocks: sources})
	case len(limits) > 0:
		e := failWith(contacts.ErrIllegalMerge, limits[0].ID, &contacts.BlockedError{Blocks: limits})
		for _, b := range limits {
			e.Violations = append(e.Violations, b.Violation)
		}
		return e
	}
	return nil
}

// Merge is [contacts.Store.Merge]. plan is the model of the fingerprint: nil if there is none, empty if it was never
// returned.
func (m *Model) Merge(
	ctx context.Context, target uuid.UUID, revision int, sources []uuid.UUID, plan Plan,
) (*contacts.Contact, error) {
	if err := m.ready(ctx); err != nil {
		return nil, err
	}
	parties, err := m.mergeParties(target, sources, true)
	if err != nil {
		return nil, err
	}
	if err := blockedBy(blockedSources(parties[1:]), nil); err != nil {
		return nil, err
	}
	before := parties[0]
	if before.contact.Revision != revision {
		return nil, fail(contacts.ErrAlreadyChanged, target)
	}
	if plan != nil && !plan.holds(parties) {
		return nil, fail(contacts.ErrPlanOutdated, target)
	}
	now := m.now()
	united, _ := unite(parties)
	if err := blockedBy(nil, m.limits(before, united)); err != nil {
		return nil, err
	}
	after := united.next(now) // MRG-10
	after.contact.LastActivity = contacts.Activity{ActivityDate: now, ActivityType: contacts.ActivityContactMerged}
	m.note(Change{Kind: contacts.ContactMerged, Before: before, After: after, Sources: sources})
	first := len(m.pending)
	m.replace(before, after)
	for _, source := range parties[1:] {
		m.remove(source)
		m.into[source.contact.ID] = target
		m.merged[source.contact.ID] = true
	}
	m.merged[target] = true
	for i := range m.pending[first:] { // EVT-5, BAT-4
		m.pending[first+i].Origin = "merge"
	}
	m.commit(now, "merge")
	return &after.contact, nil
}

// PreviewMerge is [contacts.Store.PreviewMerge] (MRG-12). It returns the parties in place of a fingerprint.
func (m *Model) PreviewMerge(
	ctx context.Context, target uuid.UUID, sources []uuid.UUID,
) (*contacts.MergePlan, Plan, error) {
	if err := m.ready(ctx); err != nil {
		return nil, nil, err
	}
	parties, err := m.mergeParties(target, sources, false)
	if err != nil {
		return nil, nil, err
	}
	united, account := unite(parties)
	pairs, doubts := m.judge(parties)
	return &contacts.MergePlan{
		Contact: &united.contact, Account: account, Pairs: pairs, Doubts: doubts,
		Blocks: append(blockedSources(parties[1:]), m.limits(parties[0], united)...),
	}, parties, nil
}

// union is a merge in progress.
type union struct {
	*person // the result
	from    *person
	target  bool            // from is the target
	won     map[string]bool // paths that a source has filled
	account []contacts.MergeEntry

	objected map[string]bool // addresses for which a contact has UNSUBSCRIBED
}

// unite merges the others into the first (MRG-3 to MRG-8).
func unite(parties Plan) (*person, []contacts.MergeEntry) {
	out := *parties[0]
	out.emails, out.phones = maps.Clone(out.emails), maps.Clone(out.phones)
	in := &out.contact.Info
	in.ExtendedFields = maps.Clone(in.ExtendedFields)
	u := &union{person: &out, won: make(map[string]bool), objected: objections(parties)}
	for i, p := range parties {
		u.from, u.target = p, i == 0
		u.add(&p.contact.Info, in)
	}
	out.derive()
	return &out, u.account
}

func (u *union) note(field string, outcome contacts.MergeOutcome, to string, reason contacts.MergeReason) {
	u.account = append(u.account, contacts.MergeEntry{
		From: u.from.contact.ID, Field: field, Outcome: outcome, To: to, Reason: reason,
	})
}

// one merges a single value: the target's wins, then the first source's. has reports whether the result has a value,
// and equal whether it is the same; take sets it.
func (u *union) one(field, to string, has, equal bool, take func()) {
	switch {
	case u.target:
		u.note(field, contacts.MergeKept, to, "")
	case !has:
		take()
		u.won[to] = true
		u.note(field, contacts.MergeAdded, to, "")
	case equal:
		u.note(field, contacts.MergeAlreadyThere, to, "")
	case u.won[to]:
		u.note(field, contacts.MergeDropped, "", contacts.EarlierSourceHasValue)
	default:
		u.note(field, contacts.MergeDropped, "", contacts.TargetHasValue)
	}
}

// item merges an item of a list: at is its index there, found the index of its equal in the result or -1, and n the
// number of items in the result.
func (u *union) item(list string, at, found, n int, take func()) {
	path := func(i int) string { return list + ".items[" + strconv.Itoa(i) + "]" }
	switch {
	case u.target:
		u.note(path(at), contacts.MergeKept, path(at), "")
	case found >= 0:
		u.note(path(at), contacts.MergeAlreadyThere, path(found), "")
	default:
		take()
		u.note(path(at), contacts.MergeAdded, path(n), "")
	}
}

// freshID returns the ID of an item to append: a new one if the list has an item with its ID.
func (u *union) freshID(id uuid.UUID, listed func(i int) uuid.UUID, n int) uuid.UUID {
	for i := 0; i < n; i++ {
		if listed(i) == id {
			id, i = uuid.NewSHA1(u.from.contact.ID, id[:]), -1
		}
	}
	return id
}

func (u *union) text(field string, dst *string, s string) {
	if s != "" {
		u.one(field, field, *dst != "", *dst == s, func() { *dst = s })
	}
}

func (u *union) add(in, to *contacts.Info) {
	if !blank(in.Name.First) || !blank(in.Name.Last) { // MRG-4: as one value
		has := !blank(to.Name.First) || !blank(to.Name.Last)
		u.one("info.name", "info.name", has, to.Name == in.Name, func() { to.Name = in.Name })
	}
	u.text("info.company", &to.Company, in.Company)
	u.text("info.jobTitle", &to.JobTitle, in.JobTitle)
	u.text("info.birthdate", &to.Birthdate, in.Birthdate)
	u.text("info.locale", &to.Locale, in.Locale)
	if in.Picture != nil {
		has := to.Picture != nil
		equal := has && same(*to.Picture, *in.Picture)
		u.one("info.picture", "info.picture", has, equal, func() { to.Picture = in.Picture })
	}
	u.addItems(in, to)
	list(u, "info.labelKeys", in.LabelKeys, &to.LabelKeys)
	list(u, "info.locations", in.Locations, &to.Locations)
	list(u, "info.assignedUserIds", in.AssignedUserIDs, &to.AssignedUserIDs)
	u.addExtendedFields(in, to)
	u.addEmailStates(in, to)
	u.addPhoneStates(in, to)
}

// addItems is MRG-5.
func (u *union) addItems(in, to *contacts.Info) {
	for i, e := range in.Emails {
		found := slices.IndexFunc(to.Emails, func(o contacts.Email) bool { return fold(o.Address) == fold(e.Address) })
		u.item("info.emails", i, found, len(to.Emails), func() {
			e.Primary = len(to.Emails) == 0
			e.ID = u.freshID(e.ID, func(i int) uuid.UUID { return to.Emails[i].ID }, len(to.Emails))
			to.Emails = append(slices.Clone(to.Emails), e)
		})
	}
	for i, p := range in.Phones {
		found := slices.IndexFunc(to.Phones, func(o contacts.Phone) bool {
			if p.E164 != "" {
				return numberOf(o) == numberOf(p)
			}
			return o.Number == p.Number
		})
		u.item("info.phones", i, found, len(to.Phones), func() {
			p.Primary = len(to.Phones) == 0
			p.ID = u.freshID(p.ID, func(i int) uuid.UUID { return to.Phones[i].ID }, len(to.Phones))
			to.Phones = append(slices.Clone(to.Phones), p)
		})
	}
	for i, a := range in.Addresses {
		found := slices.IndexFunc(to.Addresses, func(o contacts.Address) bool {
			o.ID, o.Tag = a.ID, a.Tag
			return same(o, a)
		})
		u.item("info.addresses", i, found, len(to.Addresses), func() {
			a.ID = u.freshID(a.ID, func(i int) uuid.UUID { return to.Addresses[i].ID }, len(to.Addresses))
			to.Addresses = append(slices.Clone(to.Addresses), a)
		})
	}
}

// list merges a list of keys or IDs (MRG-6).
func list[T comparable](u *union, field string, in []T, to *[]T) {
	for i, v := range in {
		u.item(field, i, slices.Index(*to, v), len(*to), func() { *to = append(slices.Clone(*to), v) })
	}
}

// addExtendedFields, addEmailStates and addPhoneStates are MRG-7.
func (u *union) addExtendedFields(in, to *contacts.Info) {
	const amount, currency = "ecom.totalSpentAmount", "ecom.totalSpentCurrency"
	kept := "" // MRG-15: what keeps both halves off
	for _, key := range []string{amount, currency} {
		if _, ok := to.ExtendedFields[key]; ok {
			kept = fieldPath(key)
		}
	}
	for key, v := range in.ExtendedFields {
		path := fieldPath(key)
		if derived(key) {
			u.note(path, contacts.MergeDropped, "", contacts.ComputedAgain)
			continue
		}
		there, has := to.ExtendedFields[key]
		if !has && kept != "" && (key == amount || key == currency) {
			u.one(path, kept, true, false, nil)
			continue
		}
		u.one(path, path, has, reflect.DeepEqual(there, v), func() { to.ExtendedFields[key] = v })
	}
}

func (u *union) addEmailStates(in, to *contacts.Info) {
	for i, e := range in.Emails {
		key := fold(e.Address)
		at := "info.emails.items[" + strconv.Itoa(i) + "]"
		on := at
		if !u.target {
			j := slices.IndexFunc(to.Emails, func(o contacts.Email) bool { return fold(o.Address) == key })
			on = "info.emails.items[" + strconv.Itoa(j) + "]"
		}
		given, there := u.from.emailState(key), u.emailState(key)
		if s := given.subscription; s != notSet.subscription {
			u.consent(at, on, "email "+key, there.subscription, s, func() { there.subscription = s })
		}
		if s := given.deliverability; s != notSet.deliverability {
			const name = ".deliverabilityStatus"
			has := there.deliverability != notSet.deliverability
			u.one(at+name, on+name, has, there.deliverability == s, func() { there.deliverability = s })
		}
		u.setEmailState(key, there)
	}
}

func (u *union) addPhoneStates(in, to *contacts.Info) {
	for i, p := range in.Phones {
		number := numberOf(p)
		given := u.from.phoneState(number)
		if number == "" || given == contacts.SubscriptionNotSet {
			continue
		}
		at := "info.phones.items[" + strconv.Itoa(i) + "]"
		on := at
		if !u.target {
			j := slices.IndexFunc(to.Phones, func(o contacts.Phone) bool { return numberOf(o) == number })
			on = "info.phones.items[" + strconv.Itoa(j) + "]"
		}
		u.consent(at, on, number, u.phoneState(number), given, func() { u.setPhoneState(number, given) })
	}
}

// consent merges the subscription status of an address. The objections of all contacts are known before (MRG-14).
func (u *union) consent(at, on, address string, there, given contacts.SubscriptionStatus, take func()) {
	const name = ".subscriptionStatus"
	if u.objected[address] && given != contacts.SubscriptionUnsubscribed {
		u.note(at+name, contacts.MergeDropped, "", contacts.ObjectionWins)
		return
	}
	// A status that an objection overrules counts as absent.
	has := there != contacts.SubscriptionNotSet && (!u.objected[address] || there == contacts.SubscriptionUnsubscribed)
	u.one(at+name, on+name, has, there == given, take)
}

// objections returns the addresses for which a contact has UNSUBSCRIBED.
func objections(parties Plan) map[string]bool {
	objected := make(map[string]bool)
	for _, p := range parties {
		for address, state := range p.emails {
			if state.subscription == contacts.SubscriptionUnsubscribed {
				objected["email "+address] = true
			}
		}
		for number, status := range p.phones {
			if status == contacts.SubscriptionUnsubscribed {
				objected[number] = true
			}
		}
	}
	return objected
}

// Imports.

// ImportRow is a row of an import: a contact, which may be nil, or an error.
type ImportRow struct {
	Line    int
	Contact *contacts.Contact
	Err     error
}

// Import is [contacts.Store.Import].
func (m *Model) Import(
	ctx context.Context, rows []ImportRow, opts *contacts.ImportOptions,
) (contacts.ImportReport, error) {
	var report contacts.ImportReport
	if err := m.ready(ctx); err != nil {
		return report, err
	}
	if opts == nil {
		opts = &contacts.ImportOptions{}
	}
	k := &checks{}
	size := opts.BatchSize
	if size < 0 { // IMP-4
		k.add(contacts.Violation{Field: "BatchSize", Rule: contacts.RuleMin})
	}
	if size > 10_000 {
		k.add(contacts.Violation{Field: "BatchSize", Rule: contacts.RuleMax, Threshold: 10_000})
	}
	source := k.source("Source", opts.Source, m.Options.DefaultSource)
	if len(k.list) > 0 {
		return report, k.err(uuid.Nil)
	}
	if size == 0 {
		size = 1000
	}
	rows, ended := readable(rows)
	if opts.AllOrNothing {
		if ended != nil { // IMP-5
			return report, ended
		}
		size = len(rows)
	}
	first := 1
	for len(rows) > 0 {
		n := min(size, len(rows))
		err := m.importBatch(rows[:n], first, source, opts, &report)
		if opts.Progress != nil && (err == nil || contacts.CodeOf(err) != contacts.ErrInternal) {
			opts.Progress(report.ImportProgress)
		}
		if err != nil {
			return report, err
		}
		rows, first = rows[n:], first+n
	}
	return report, ended
}

// readable returns the rows before an error of their source, and that error (IMP-3).
func readable(rows []ImportRow) ([]ImportRow, error) {
	for i, row := range rows {
		if _, isLine := row.Err.(*contacts.LineError); row.Err != nil && !isLine {
			return rows[:i], row.Err
		}
	}
	return rows, nil
}

// draft is a row of a batch.
type draft struct {
	row    ImportRow
	p      *person
	values map[string]any
	err    error
}

// refusal returns the error of the n-th row.
func (d *draft) refusal(n int) *contacts.RowError {
	e := &contacts.RowError{Row: n, Line: d.row.Line, Err: d.err}
	if line, ok := d.row.Err.(*contacts.LineError); ok {
		e.Line = line.Line
	}
	if d.row.Contact != nil {
		e.ID = d.row.Contact.ID
	}
	return e
}

// drafts checks rows on their own, and draws IDs for the good ones.
func (m *Model) drafts(rows []ImportRow, source contacts.Source) ([]draft, error) {
	drafts := make([]draft, len(rows))
	for i, row := range rows {
		d := &drafts[i]
		d.row = row
		switch {
		case row.Err != nil:
			d.err = row.Err
		case row.Contact == nil:
			k := &checks{}
			k.add(contacts.Violation{Field: "contact", Rule: contacts.RuleRequired})
			d.err = k.err(uuid.Nil)
		default:
			d.p, d.values, d.err = m.imported(row.Contact, source)
		}
	}
	for _, d := range drafts {
		if d.err == nil {
			if err := m.drawMissing(d.p); err != nil {
				return nil, err
			}
		}
	}
	return drafts, nil
}

func (m *Model) importBatch(
	rows []ImportRow, first int, source contacts.Source, opts *contacts.ImportOptions, report *contacts.ImportReport,
) error {
	drafts, err := m.drafts(rows, source)
	if err == nil {
		err = m.onTime(uuid.Nil)
	}
	if err != nil {
		return err
	}
	// The batch is written to a copy, which is dropped if all of it is refused.
	work, now := m.copy(), m.now()
	var made []*person
	var labels, fields []string
	var refusals []*contacts.RowError
	for i := range drafts {
		d := &drafts[i]
		if d.err == nil {
			var newLabels, newFields []string
			if newLabels, newFields, d.err = work.take(d.p, d.values, opts, now); d.err == nil {
				labels, fields = append(labels, newLabels...), append(fields, newFields...)
				made = append(made, d.p)
				continue
			}
		}
		refusals = append(refusals, d.refusal(first+i))
	}
	report.Rows += len(rows)
	report.Refused += len(refusals)
	report.Errors = append(report.Errors, refusals...)
	if opts.AllOrNothing && len(refusals) > 0 {
		return report.Errors[0]
	}
	report.Imported += len(made)
	report.Labels, report.Fields = append(report.Labels, labels...), append(report.Fields, fields...)

	// The commit holds the definitions first, then the contacts (IMP-4).
	m.people, m.made, m.labels, m.fields = work.people, work.made, work.labels, work.fields
	for _, c := range work.pending {
		if c.Kind != contacts.ContactCreated {
			m.note(c)
		}
	}
	for _, p := range made {
		m.note(Change{Kind: contacts.ContactCreated, After: p})
	}
	m.commit(now, "")
	return nil
}

// imported makes a person of a row and checks it on its own (IMP-1, IMP-2). It also returns the extended fields.
func (m *Model) imported(c *contacts.Contact, source contacts.Source) (*person, map[string]any, error) {
	k := &checks{region: m.Options.Region}
	p := &person{}
	out := &p.contact
	out.ID = c.ID
	out.Revision = k.revision("revision", c.Revision)
	out.Source = k.source("source", c.Source, source)
	out.CreatedDate = k.time("createdDate", c.CreatedDate)
	out.UpdatedDate = k.time("updatedDate", c.UpdatedDate)
	out.LastActivity = k.activity("lastActivity", c.LastActivity)
	if c.Picture != nil {
		picture := *c.Picture
		k.image("picture", &picture)
		out.Picture = &picture
	}
	info := c.Info
	info.ExtendedFields = nil
	patch := k.patch(wholeOf(info))
	setSingles(&out.Info, patch)
	emails, _ := patch.Emails.Get()
	phones, _ := patch.Phones.Get()
	addresses, _ := patch.Addresses.Get()
	dropRepeated(emails, func(e *contacts.Email) *uuid.UUID { return &e.ID })
	dropRepeated(phones, func(p *contacts.Phone) *uuid.UUID { return &p.ID })
	dropRepeated(addresses, func(a *contacts.Address) *uuid.UUID { return &a.ID })
	out.Info.Emails, out.Info.Phones = primaryEmailFirst(emails), primaryPhoneFirst(phones)
	out.Info.Addresses = addresses
	out.Segments = k.guids("segments.items", c.Segments, 60)
	k.statuses(p, c)
	out.Member = k.member("memberInfo", c.Member)
	if len(k.list) > 0 {
		return nil, nil, k.err(uuid.Nil)
	}
	if manyPrimaries(emails, phones) {
		return nil, nil, fail(contacts.ErrMultiplePrimary, uuid.Nil)
	}
	values := make(map[string]any)
	for key, v := range c.Info.ExtendedFields { // IMP-7
		if !derived(key) {
			values[key] = v
		}
	}
	p.derive()
	return p, values, nil
}

func (k *checks) revision(field string, revision int) int {
	const most = 1<<30 - 1
	switch {
	case revision < 0:
		k.add(contacts.Violation{Field: field, Rule: contacts.RuleMin})
	case revision > most:
		k.add(contacts.Violation{Field: field, Rule: contacts.RuleMax, Threshold: most})
	}
	return cmp.Or(revision, 1)
}

// dropRepeated clears each ID that an earlier item of the list has.
func dropRepeated[T any](list []T, id func(*T) *uuid.UUID) {
	seen := make(map[uuid.UUID]bool)
	for i := range list {
		own := id(&list[i])
		if seen[*own] {
			*own = uuid.Nil
		}
		seen[*own] = true
	}
}

// activity checks an activity, if it is not zero.
func (k *checks) activity(field string, a contacts.Activity) contacts.Activity {
	if same(a, contacts.Activity{}) {
		return contacts.Activity{}
	}
	a.ActivityDate = k.time(field+".activityDate", a.ActivityDate)
	if a.ActivityType == "" {
		a.ActivityType = contacts.ActivityGeneral
	}
	word(k, field+".activityType", a.ActivityType, activityWords)
	a.Date = k.time(field+".date", a.Date)
	k.text(field+".description", a.Description, 1000)
	if a.Icon != nil {
		k.text(field+".icon.name", a.Icon.Name, 50)
		k.imageURL(field+".icon.url", a.Icon.URL)
	}
	return a
}

// statuses sets the statuses of an imported contact (IMP-6).
func (k *checks) statuses(p *person, c *contacts.Contact) {
	email := c.PrimaryEmail
	k.emailStatus(p, c, "subscriptionStatus", string(email.SubscriptionStatus), wordsOf(subscriptionWords),
		func(state *emailState, word string) { state.subscription = contacts.SubscriptionStatus(word) })
	k.emailStatus(p, c, "deliverabilityStatus", string(email.DeliverabilityStatus), wordsOf(emailDeliverabilityWords),
		func(state *emailState, word string) { state.deliverability = contacts.EmailDeliverability(word) })
	k.phoneStatus(p, c.PrimaryPhone)
	if status := c.PrimaryPhone.DeliverabilityStatus; status != "" {
		word(k, "primaryPhone.deliverabilityStatus", status, phoneDeliverabilityWords)
	}
}

// emailStatus sets one status of an email. It comes from the contact's PrimaryEmail, or else from its extended fields.
func (k *checks) emailStatus(
	p *person, c *contacts.Contact, name, word string, known []string, apply func(state *emailState, word string),
) {
	in := &p.contact.Info
	at, addressAt, address := "primaryEmail."+name, "primaryEmail.email", c.PrimaryEmail.Email
	if word == "" {
		const namespace = "emailSubscriptions."
		word, _ = c.Info.ExtendedFields[namespace+name].(string)
		address, _ = c.Info.ExtendedFields[namespace+"effectiveEmail"].(string)
		at, addressAt = fieldPath(namespace+name), fieldPath(namespace+"effectiveEmail")
	}
	switch {
	case word == "", word == "NOT_SET":
		return
	case !slices.Contains(known, word):
		k.format(at, contacts.FormatEnum)
		return
	case word == string(contacts.SubscriptionNoStatus): // of a contact without an email
		return
	}
	key, ok := hasEmail(in, address)
	if address == "" && len(in.Emails) > 0 { // the primary one
		key, ok = fold(in.Emails[0].Address), true
	}
	if !ok {
		v := contacts.Violation{Field: addressAt, Rule: contacts.RuleCustom, RuleName: contacts.RuleNameNotOnContact}
		if !slices.Contains(k.list, v) { // once for both statuses
			k.add(v)
		}
		return
	}
	state := p.emailState(key)
	apply(&state, word)
	p.setEmailState(key, state)
}

// phoneStatus sets the subscription status of a phone.
func (k *checks) phoneStatus(p *person, phone contacts.PrimaryPhone) {
	in, status := &p.contact.Info, phone.SubscriptionStatus
	switch {
	case status == "", status == contacts.SubscriptionNotSet, status == contacts.SubscriptionNoStatus:
		return
	case !slices.Contains(subscriptionWords, status):
		k.format("primaryPhone.subscriptionStatus", contacts.FormatEnum)
		return
	}
	var numbers []string
	if address := cmp.Or(phone.E164, phone.Phone); address != "" {
		numbers = numbersAt(in, address, phone.Phone, status)
	} else if len(in.Phones) > 0 && in.Phones[0].E164 != "" {
		numbers = []string{numberOf(in.Phones[0])}
	}
	if numbers != nil {
		p.setPhoneStates(numbers, status)
		return
	}
	k.add(contacts.Violation{
		Field: "primaryPhone.phone", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameNotOnContact,
	})
}

// drawMissing gives IDs to a contact and to items that have none, which must not repeat others (IMP-1).
func (m *Model) drawMissing(p *person) error {
	in := &p.contact.Info
	var missing []*uuid.UUID
	if p.contact.ID == uuid.Nil {
		missing = append(missing, &p.contact.ID)
	}
	look := func(id *uuid.UUID) {
		if *id == uuid.Nil {
			missing = append(missing, id)
		}
	}
	for i := range in.Emails {
		look(&in.Emails[i].ID)
	}
	for i := range in.Phones {
		look(&in.Phones[i].ID)
	}
	for i := range in.Addresses {
		look(&in.Addresses[i].ID)
	}
	ids, err := m.draw(len(missing))
	if err != nil {
		return err
	}
	for i, id := range missing {
		*id = ids[i]
	}
	if repeats(in.Emails, func(e contacts.Email) uuid.UUID { return e.ID }) ||
		repeats(in.Phones, func(p contacts.Phone) uuid.UUID { return p.ID }) ||
		repeats(in.Addresses, func(a contacts.Address) uuid.UUID { return a.ID }) {
		return fail(contacts.ErrInternal, uuid.Nil)
	}
	return nil
}

// repeats reports whether two items of a list have the same ID.
func repeats[T any](list []T, id func(T) uuid.UUID) bool {
	seen := make(map[uuid.UUID]bool)
	for _, item := range list {
		seen[id(item)] = true
	}
	return len(seen) < len(list)
}

// take checks a row against the store and the rows before it, and inserts it (IMP-1, IMP-2, IMP-8). m is a copy.
func (m *Model) take(
	p *person, values map[string]any, opts *contacts.ImportOptions, now time.Time,
) (labels, fields []string, err error) {
	c := &p.contact
	checked, newFields, err := m.takeFields(values, opts.Define, now)
	if err != nil {
		return nil, nil, err
	}
	newLabels, err := m.takeLabels(c.Info.LabelKeys, opts.Define, now)
	if err != nil {
		return nil, nil, err
	}
	c.CreatedDate = firstTime(c.CreatedDate, c.UpdatedDate, now)
	if c.UpdatedDate.IsZero() || c.UpdatedDate.Before(c.CreatedDate) { // IMP-1
		c.UpdatedDate = c.CreatedDate
	}
	c.LastActivity.ActivityType = cmp.Or(c.LastActivity.ActivityType, contacts.ActivityContactCreated)
	c.LastActivity.ActivityDate = firstTime(c.LastActivity.ActivityDate, c.CreatedDate)
	c.Info.ExtendedFields = merged(c.Info.ExtendedFields, checked)
	if err := m.fits(&person{}, p); err != nil {
		return nil, nil, err
	}
	if !identified(&c.Info) {
		return nil, nil, fail(contacts.ErrInsufficientData, uuid.Nil)
	}
	if m.taken(c.ID) {
		return nil, nil, fail(contacts.ErrIDExists, c.ID)
	}
	if !opts.AllowDuplicates {
		if err := m.duplicate(&person{}, p, len(c.Info.Emails) > 0, len(c.Info.Phones) > 0); err != nil {
			return nil, nil, err
		}
	}
	for _, l := range newLabels {
		m.defineLabel(l)
		labels = append(labels, l.Key)
	}
	for _, f := range newFields {
		m.defineField(f)
		fields = append(fields, f.Key)
	}
	m.insert(p)
	return labels, fields, nil
}

// firstTime returns the first time that is not zero.
func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// takeFields checks the extended fields of a row. It returns their values in the stored form, and the fields to define.
func (m *Model) takeFields(
	values map[string]any, define bool, now time.Time,
) (checked map[string]any, fields []contacts.Field, err error) {
	var unknown []string
	types := make(map[string]contacts.DataType)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		f := m.field(key)
		switch {
		case f != nil:
			types[key] = f.DataType
		case define && definable(key):
			types[key] = contacts.DataText
			if isNumber(values[key]) {
				types[key] = contacts.DataNumber
			}
			if v := values[key]; v != nil && v != "" {
				namespace, name := splitKey(key)
				fields = append(fields, contacts.Field{
					Namespace: namespace, Key: key, DisplayName: name, DataType: types[key],
					FieldType: contacts.FieldUserDefined, CreatedDate: now, UpdatedDate: now,
				})
			}
		default:
			unknown = append(unknown, key)
		}
	}
	if unknown != nil {
		return nil, nil, keysError(contacts.ErrFieldNotFound, uuid.Nil, unknown...)
	}
	checked, err = checkedValues(values, func(key string) contacts.DataType { return types[key] })
	if err != nil {
		return nil, nil, err
	}
	if n := len(m.fields) - len(systemFields); len(fields) > 0 && n+len(fields) > m.Options.FieldQuota {
		return nil, nil, failWith(contacts.ErrFieldsQuota, uuid.Nil, &contacts.QuotaError{
			Quota: m.Options.FieldQuota, Total: n,
		})
	}
	return checked, fields, nil
}

// takeLabels checks the labels of a row, and returns those to define.
func (m *Model) takeLabels(keys []string, define bool, now time.Time) ([]contacts.Label, error) {
	var labels []contacts.Label
	var unknown []string
	for _, key := range keys {
		switch {
		case m.label(key) != nil:
		case define && definable(key):
			namespace, name := splitKey(key)
			l := contacts.Label{
				Namespace: namespace, NamespaceDisplayName: "Labels", Key: key, DisplayName: name,
				LabelType: contacts.LabelWixAppDefined, CreatedDate: now, UpdatedDate: now,
			}
			if namespace == "custom" {
				l.LabelType = contacts.LabelUserDefined
			}
			labels = append(labels, l)
		default:
			unknown = append(unknown, key)
		}
	}
	if unknown != nil {
		return nil, keysError(contacts.ErrLabelNotFound, uuid.Nil, unknown...)
	}
	if n := len(m.labels) - len(systemLabels); len(labels) > 0 && n+len(labels) > m.Options.LabelQuota {
		return nil, failWith(contacts.ErrLabelsQuota, uuid.Nil, &contacts.QuotaError{
			Quota: m.Options.LabelQuota, Total: n,
		})
	}
	return labels, nil
}
