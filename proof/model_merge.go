package proof

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Plan is what a fingerprint stands for: exactly what the target and the sources were (MRG-13).
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

// mergeParties looks up who takes part in a merge: the first checks of MRG-1.
func (m *Model) mergeParties(target uuid.UUID, sources []uuid.UUID) (Plan, error) {
	k := &checks{}
	if len(sources) == 0 {
		k.add(contacts.Violation{Field: "sourceContactIds", Rule: contacts.RuleMinSize, Threshold: 1})
	}
	k.guids("sourceContactIds", sources, 5)
	if len(k.list) > 0 {
		return nil, k.err(target)
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
		switch {
		case worksHere(p.contact.Member):
			blocks = append(blocks, contacts.MergeBlock{Blocker: contacts.SourceIsOwnerOrContributor, ID: p.contact.ID})
		case p.contact.Member != nil:
			blocks = append(blocks, contacts.MergeBlock{Blocker: contacts.SourceIsMember, ID: p.contact.ID})
		}
		if p.billing {
			blocks = append(blocks, contacts.MergeBlock{Blocker: contacts.SourceHasBillingSubscription, ID: p.contact.ID})
		}
	}
	return blocks
}

// limits is MRG-9.
func limits(c *contacts.Contact) []contacts.MergeBlock {
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

// blockedBy is the error for blocks: those of the sources come before the limits.
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

// Merge is [contacts.Store.Merge]. plan is what the fingerprint of the call stands for: nil if there is none, empty if it
// stands for nothing that ever was.
func (m *Model) Merge(
	ctx context.Context, target uuid.UUID, revision int, sources []uuid.UUID, plan Plan,
) (*contacts.Contact, error) {
	if err := m.ready(ctx); err != nil {
		return nil, err
	}
	parties, err := m.mergeParties(target, sources)
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
	if err := blockedBy(nil, limits(&united.contact)); err != nil {
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
	parties, err := m.mergeParties(target, sources)
	if err != nil {
		return nil, nil, err
	}
	united, account := unite(parties)
	return &contacts.MergePlan{
		Contact: &united.contact, Account: account,
		Blocks: append(blockedSources(parties[1:]), limits(&united.contact)...),
	}, parties, nil
}

// union is a merge under way.
type union struct {
	*person // what becomes of the target
	from    *person
	target  bool            // whether from is the target
	won     map[string]bool // paths that a source has filled
	account []contacts.MergeEntry
}

// unite merges the others into the first (MRG-3 to MRG-8).
func unite(parties Plan) (*person, []contacts.MergeEntry) {
	out := *parties[0]
	out.emails, out.phones = maps.Clone(out.emails), maps.Clone(out.phones)
	in := &out.contact.Info
	in.ExtendedFields = maps.Clone(in.ExtendedFields)
	u := &union{person: &out, won: make(map[string]bool)}
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

// one merges a value of which there is one: the target's, else the first source's. has tells what is there, equal whether
// it is the same, and take takes it over.
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

// item merges an item of a list: at is its place there, found that of its equal on the merged contact or -1, n how many
// items that has.
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

// freshID is the ID of an item that is appended: another one as long as an item of the list has it.
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
	if in.Name != (contacts.Name{}) { // MRG-4: one piece
		u.one("info.name", "info.name", to.Name != (contacts.Name{}), to.Name == in.Name, func() { to.Name = in.Name })
	}
	u.text("info.company", &to.Company, in.Company)
	u.text("info.jobTitle", &to.JobTitle, in.JobTitle)
	u.text("info.birthdate", &to.Birthdate, in.Birthdate)
	u.text("info.locale", &to.Locale, in.Locale)
	if in.Picture != nil {
		has := to.Picture != nil
		u.one("info.picture", "info.picture", has, has && same(*to.Picture, *in.Picture), func() { to.Picture = in.Picture })
	}

	// MRG-5
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
				return o.E164 == p.E164
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

	// MRG-6
	for i, key := range in.LabelKeys {
		u.item("info.labelKeys", i, slices.Index(to.LabelKeys, key), len(to.LabelKeys), func() {
			to.LabelKeys = append(slices.Clone(to.LabelKeys), key)
		})
	}
	for i, id := range in.Locations {
		u.item("info.locations", i, slices.Index(to.Locations, id), len(to.Locations), func() {
			to.Locations = append(slices.Clone(to.Locations), id)
		})
	}
	for i, id := range in.AssignedUserIDs {
		u.item("info.assignedUserIds", i, slices.Index(to.AssignedUserIDs, id), len(to.AssignedUserIDs), func() {
			to.AssignedUserIDs = append(slices.Clone(to.AssignedUserIDs), id)
		})
	}

	// MRG-7
	for key, v := range in.ExtendedFields {
		path := fieldPath(key)
		if derived(key) {
			u.note(path, contacts.MergeDropped, "", contacts.ComputedAgain)
			continue
		}
		there, has := to.ExtendedFields[key]
		u.one(path, path, has, reflect.DeepEqual(there, v), func() { to.ExtendedFields[key] = v })
	}
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
			const name = ".subscriptionStatus"
			has := there.subscription != notSet.subscription
			u.one(at+name, on+name, has, there.subscription == s, func() { there.subscription = s })
		}
		if s := given.deliverability; s != notSet.deliverability {
			const name = ".deliverabilityStatus"
			has := there.deliverability != notSet.deliverability
			u.one(at+name, on+name, has, there.deliverability == s, func() { there.deliverability = s })
		}
		u.setEmailState(key, there)
	}
	for i, p := range in.Phones {
		given := u.from.phoneState(p.E164)
		if p.E164 == "" || given == contacts.SubscriptionNotSet {
			continue
		}
		at := "info.phones.items[" + strconv.Itoa(i) + "].subscriptionStatus"
		on := at
		if !u.target {
			j := slices.IndexFunc(to.Phones, func(o contacts.Phone) bool { return o.E164 == p.E164 })
			on = "info.phones.items[" + strconv.Itoa(j) + "].subscriptionStatus"
		}
		there := u.phoneState(p.E164)
		u.one(at, on, there != contacts.SubscriptionNotSet, there == given, func() { u.setPhoneState(p.E164, given) })
	}
}

// Import.

// ImportRow is a row for an import: a contact, which may be nil, or an error.
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
	source := k.source("Source", opts.Source, m.Options.DefaultSource)
	if len(k.list) > 0 {
		return report, k.err(uuid.Nil)
	}
	if size == 0 {
		size = 1000
	}
	var ended error
	for i, row := range rows {
		if _, isLine := row.Err.(*contacts.LineError); row.Err != nil && !isLine { // IMP-3
			rows, ended = rows[:i], row.Err
			break
		}
	}
	if opts.AllOrNothing {
		if ended != nil { // IMP-5
			return report, ended
		}
		size = len(rows)
	}
	lines := make([]int, len(rows))
	for i, row := range rows {
		lines[i] = row.Line
		if e, ok := row.Err.(*contacts.LineError); ok {
			lines[i] = e.Line
		}
	}
	first := 1
	for len(rows) > 0 {
		n := min(size, len(rows))
		err := m.importBatch(rows[:n], lines[first-1:], first, source, opts, &report)
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

func (m *Model) importBatch(
	rows []ImportRow, lines []int, first int, source contacts.Source, opts *contacts.ImportOptions, report *contacts.ImportReport,
) error {
	// All rows are checked by themselves before the first ID is drawn.
	type draft struct {
		p      *person
		values map[string]any
		err    error
	}
	drafts := make([]draft, len(rows))
	for i, row := range rows {
		d := &drafts[i]
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
	for i := range drafts {
		if d := &drafts[i]; d.err == nil {
			if err := m.drawMissing(d.p); err != nil {
				return err
			}
		}
	}
	// The batch is made on a copy, which is thrown away if nothing may come of it.
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
		e := &contacts.RowError{Row: first + i, Line: lines[i], Err: d.err}
		if c := rows[i].Contact; c != nil {
			e.ID = c.ID
		}
		refusals = append(refusals, e)
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

// imported makes a person of a row and checks it by itself (IMP-1, IMP-2).
func (m *Model) imported(c *contacts.Contact, source contacts.Source) (*person, map[string]any, error) {
	k := &checks{region: m.Options.Region}
	p := &person{}
	out := &p.contact
	out.ID, out.Revision = c.ID, c.Revision
	switch {
	case c.Revision < 0:
		k.add(contacts.Violation{Field: "revision", Rule: contacts.RuleMin})
	case c.Revision > 1<<30-1:
		k.add(contacts.Violation{Field: "revision", Rule: contacts.RuleMax, Threshold: 1<<30 - 1})
	case c.Revision == 0:
		out.Revision = 1
	}
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
	emails, _ := patch.Emails.Get()
	phones, _ := patch.Phones.Get()
	in := &out.Info
	set(&in.Name.First, patch.FirstName)
	set(&in.Name.Last, patch.LastName)
	set(&in.Addresses, patch.Addresses)
	// An ID that repeats one before it in the list as given counts as none.
	var seen [3][]uuid.UUID
	first := func(list int, id *uuid.UUID) {
		if slices.Contains(seen[list], *id) {
			*id = uuid.Nil
		}
		seen[list] = append(seen[list], *id)
	}
	for i := range emails {
		first(0, &emails[i].ID)
	}
	for i := range phones {
		first(1, &phones[i].ID)
	}
	for i := range in.Addresses {
		first(2, &in.Addresses[i].ID)
	}
	in.Emails, in.Phones = primaryEmailFirst(emails), primaryPhoneFirst(phones)
	set(&in.Company, patch.Company)
	set(&in.JobTitle, patch.JobTitle)
	set(&in.Birthdate, patch.Birthdate)
	set(&in.Locale, patch.Locale)
	set(&in.LabelKeys, patch.LabelKeys)
	set(&in.Picture, patch.Picture)
	set(&in.Locations, patch.Locations)
	set(&in.AssignedUserIDs, patch.AssignedUserIDs)
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

// activity checks an activity; the zero one is none.
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
		if a.Icon.URL != "" && !slices.Contains(goodImageURL, a.Icon.URL) {
			k.format(field+".icon.url", contacts.FormatWebURL)
		}
	}
	return a
}

// statuses is IMP-6.
func (k *checks) statuses(p *person, c *contacts.Contact) {
	in := &p.contact.Info
	words := func(name, word, extended string, known bool, apply func(state *emailState, word string)) {
		at, addressAt, address := "primaryEmail."+name, "primaryEmail.email", c.PrimaryEmail.Email
		if word == "" {
			word, _ = c.Info.ExtendedFields[extended].(string)
			address, _ = c.Info.ExtendedFields["emailSubscriptions.effectiveEmail"].(string)
			at, addressAt = fieldPath(extended), fieldPath("emailSubscriptions.effectiveEmail")
			if extended == "emailSubscriptions.subscriptionStatus" {
				known = slices.Contains(subscriptionWords, contacts.SubscriptionStatus(word))
			} else {
				known = slices.Contains(emailDeliverabilityWords, contacts.EmailDeliverability(word))
			}
		}
		if word == "" || word == "NOT_SET" {
			return
		}
		if !known {
			k.format(at, contacts.FormatEnum)
			return
		}
		if word == string(contacts.SubscriptionNoStatus) { // says nothing of an email
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
	email := c.PrimaryEmail
	words("subscriptionStatus", string(email.SubscriptionStatus), "emailSubscriptions.subscriptionStatus",
		slices.Contains(subscriptionWords, email.SubscriptionStatus),
		func(state *emailState, word string) { state.subscription = contacts.SubscriptionStatus(word) })
	words("deliverabilityStatus", string(email.DeliverabilityStatus), "emailSubscriptions.deliverabilityStatus",
		slices.Contains(emailDeliverabilityWords, email.DeliverabilityStatus),
		func(state *emailState, word string) { state.deliverability = contacts.EmailDeliverability(word) })

	phone := c.PrimaryPhone
	switch status := phone.SubscriptionStatus; {
	case status == "", status == contacts.SubscriptionNotSet, status == contacts.SubscriptionNoStatus:
	case !slices.Contains(subscriptionWords, status):
		k.format("primaryPhone.subscriptionStatus", contacts.FormatEnum)
	default:
		number := phone.E164
		if number == "" {
			number = phone.Phone
		}
		e164, ok := "", false
		if number != "" {
			e164, ok = hasPhone(in, number)
		} else if len(in.Phones) > 0 {
			e164, ok = in.Phones[0].E164, in.Phones[0].E164 != ""
		}
		if ok {
			p.setPhoneState(e164, status)
		} else {
			k.add(contacts.Violation{
				Field: "primaryPhone.phone", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameNotOnContact,
			})
		}
	}
	if status := phone.DeliverabilityStatus; status != "" {
		word(k, "primaryPhone.deliverabilityStatus", status, phoneDeliverabilityWords)
	}
}

// drawMissing gives IDs to a contact and to items that have none (IMP-1).
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
	return nil
}

// take checks a row against the store and the rows before it, and puts it in (IMP-1, IMP-2, IMP-8). m is a copy.
func (m *Model) take(
	p *person, values map[string]any, opts *contacts.ImportOptions, now time.Time,
) (labels, fields []string, err error) {
	c := &p.contact
	keys := slices.Sorted(maps.Keys(values))
	var newFields []contacts.Field
	var unknown []string
	types := make(map[string]contacts.DataType)
	for _, key := range keys {
		f := m.field(key)
		switch {
		case f != nil:
			types[key] = f.DataType
		case opts.Define && definable(key):
			types[key] = contacts.DataText
			if isNumber(values[key]) {
				types[key] = contacts.DataNumber
			}
			if v := values[key]; v != nil && v != "" {
				namespace, name := splitKey(key)
				newFields = append(newFields, contacts.Field{
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
	checked, err := checkedValues(values, func(key string) contacts.DataType { return types[key] })
	if err != nil {
		return nil, nil, err
	}
	if n := len(m.fields) - len(systemFields); len(newFields) > 0 && n+len(newFields) > m.Options.FieldQuota {
		return nil, nil, failWith(contacts.ErrFieldsQuota, uuid.Nil, &contacts.QuotaError{
			Quota: m.Options.FieldQuota, Total: n,
		})
	}
	var newLabels []contacts.Label
	for _, key := range c.Info.LabelKeys {
		switch {
		case m.label(key) != nil:
		case opts.Define && definable(key):
			namespace, name := splitKey(key)
			l := contacts.Label{
				Namespace: namespace, NamespaceDisplayName: "Labels", Key: key, DisplayName: name,
				LabelType: contacts.LabelWixAppDefined, CreatedDate: now, UpdatedDate: now,
			}
			if namespace == "custom" {
				l.LabelType = contacts.LabelUserDefined
			}
			newLabels = append(newLabels, l)
		default:
			unknown = append(unknown, key)
		}
	}
	if unknown != nil {
		return nil, nil, keysError(contacts.ErrLabelNotFound, uuid.Nil, unknown...)
	}
	if n := len(m.labels) - len(systemLabels); len(newLabels) > 0 && n+len(newLabels) > m.Options.LabelQuota {
		return nil, nil, failWith(contacts.ErrLabelsQuota, uuid.Nil, &contacts.QuotaError{
			Quota: m.Options.LabelQuota, Total: n,
		})
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
	if c.CreatedDate.IsZero() {
		c.CreatedDate = c.UpdatedDate
	}
	if c.CreatedDate.IsZero() {
		c.CreatedDate = now
	}
	if c.UpdatedDate.IsZero() {
		c.UpdatedDate = c.CreatedDate
	}
	if c.LastActivity.ActivityType == "" {
		c.LastActivity.ActivityType = contacts.ActivityContactCreated
	}
	if c.LastActivity.ActivityDate.IsZero() {
		c.LastActivity.ActivityDate = c.CreatedDate
	}
	c.Info.ExtendedFields = merged(c.Info.ExtendedFields, checked)
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
