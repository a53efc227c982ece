package proof

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Selected is a [contacts.Selection] as data.
type Selected struct {
	Where  Cond
	Search string
}

// Between is a disturbance after the first batch of a bulk job, when other writes can happen.
type Between struct {
	Stop   bool      // the context of the call ends
	Delete uuid.UUID // this contact is deleted
}

// bulk is a bulk call.
type bulk struct {
	kind   contacts.JobType
	checks *checks
	ready  func() error // reports errors that do not depend on the contact
	items  int          // IDs to draw for each contact
	one    func(p *person, ids []uuid.UUID, now time.Time) error
}

// bulk runs a bulk call (BLK-1 to BLK-6). Its jobs have no messages.
func (m *Model) bulk(ctx context.Context, sel Selected, opts *contacts.BulkOptions, b bulk) (contacts.Job, error) {
	if err := m.ready(ctx); err != nil {
		return contacts.Job{}, err
	}
	if opts == nil {
		opts = &contacts.BulkOptions{}
	}
	if opts.BatchSize < 0 {
		b.checks.add(contacts.Violation{Field: "BatchSize", Rule: contacts.RuleMin})
	}
	if opts.BatchSize > 10_000 {
		b.checks.add(contacts.Violation{Field: "BatchSize", Rule: contacts.RuleMax, Threshold: 10_000})
	}
	if len(b.checks.list) > 0 {
		return contacts.Job{}, b.checks.err(uuid.Nil)
	}
	if !sel.Where.names() && sel.Search == "" {
		return contacts.Job{}, fail(contacts.ErrNoFilterOrSearch, uuid.Nil)
	}
	selected, err := m.Find(Query{Where: sel.Where, Search: sel.Search, Sort: []contacts.Sort{{Field: "createdDate"}}})
	if err == nil {
		err = b.ready()
	}
	if err != nil {
		return contacts.Job{}, err
	}
	id, err := m.draw(1)
	if err != nil {
		return contacts.Job{}, err
	}
	job := contacts.Job{
		ID: id[0], Type: b.kind, Status: contacts.JobStatusRunning, StartedDate: m.now(), TotalItems: len(selected),
	}
	for batch := range slices.Chunk(selected, cmp.Or(opts.BatchSize, 1000)) {
		if err = m.bulkBatch(ctx, batch, &b, &job); err != nil {
			break
		}
		if opts.Progress != nil {
			opts.Progress(job)
		}
	}
	job.FinishedDate = m.now()
	job.Status = contacts.JobStatusCompleted
	if err != nil {
		job.Status = contacts.JobStatusUnknown
	}
	m.jobs = append(m.jobs, job)
	m.jobs = m.jobs[max(0, len(m.jobs)-100):] // BLK-8
	return job, err
}

func (m *Model) bulkBatch(ctx context.Context, batch []*person, b *bulk, job *contacts.Job) error {
	if err := m.ready(ctx); err != nil {
		return err
	}
	ids, err := m.draw(b.items * len(batch))
	if err == nil {
		err = m.onTime(uuid.Nil)
	}
	if err != nil {
		return err
	}
	now, undone, counts, before := m.now(), m.copy(), *job, m.position
	for i, p := range batch {
		err := error(fail(contacts.ErrContactNotFound, uuid.Nil))
		if p = m.find(p.contact.ID); p != nil {
			err = b.one(p, ids[i*b.items:(i+1)*b.items], now)
		}
		if contacts.CodeOf(err) == contacts.ErrInternal { // BLK-6
			*m, *job = *undone, counts
			return err
		}
		if err != nil {
			job.FailedTotal++
			job.Errors = counted(job.Errors, contacts.CodeOf(err))
		} else {
			job.SuccessTotal++
		}
	}
	if m.commit(now, ""); m.position > before {
		m.logJob(*job)
	}
	return nil
}

// counted counts a code, in a list that is sorted by code (BLK-4).
func counted(list []contacts.JobError, code contacts.Code) []contacts.JobError {
	list = slices.Clone(list)
	i, ok := slices.BinarySearchFunc(list, code, func(e contacts.JobError, code contacts.Code) int {
		return cmp.Compare(e.Code, code)
	})
	if !ok {
		list = slices.Insert(list, i, contacts.JobError{Code: code})
	}
	list[i].Count++
	return list
}

// BulkDelete is [contacts.Store.BulkDelete].
func (m *Model) BulkDelete(ctx context.Context, sel Selected, opts *contacts.BulkOptions) (contacts.Job, error) {
	return m.bulk(ctx, sel, opts, bulk{
		kind: contacts.JobDelete, checks: &checks{}, ready: func() error { return nil },
		one: func(p *person, _ []uuid.UUID, _ time.Time) error {
			switch { // BLK-7
			case worksHere(p):
				return fail(contacts.ErrDeleteOwnerOrContributor, uuid.Nil)
			case isMember(p):
				return fail(contacts.ErrDeleteSiteMembers, uuid.Nil)
			case p.billing:
				return fail(contacts.ErrDeleteBillingSubscription, uuid.Nil)
			}
			m.remove(p)
			return nil
		},
	})
}

// BulkUpdate is [contacts.Store.BulkUpdate].
func (m *Model) BulkUpdate(
	ctx context.Context, sel Selected, patch contacts.Patch, opts *contacts.BulkOptions,
) (contacts.Job, error) {
	nothing := emptyPatch(patch)
	k := &checks{region: m.Options.Region}
	given := k.patch(patch)
	return m.bulk(ctx, sel, opts, bulk{
		kind: contacts.JobUpdate, checks: k, items: itemsOf(given),
		ready: func() error {
			if nothing {
				return fail(contacts.ErrInsufficientUpdate, uuid.Nil)
			}
			return m.checkPatch(given)
		},
		one: func(p *person, ids []uuid.UUID, now time.Time) error {
			own := (&checks{region: m.Options.Region}).patch(patch) // a copy, because edit writes IDs into its lists
			after, err := m.edit(p, own, ids, false, now)
			if err == nil {
				m.replace(p, after)
			}
			return err
		},
	})
}

// checkPatch makes the checks of a patch that do not depend on a contact.
func (m *Model) checkPatch(patch contacts.Patch) error {
	emails, _ := patch.Emails.Get()
	phones, _ := patch.Phones.Get()
	if manyPrimaries(emails, phones) {
		return fail(contacts.ErrMultiplePrimary, uuid.Nil)
	}
	values := make(map[string]any)
	all, _ := patch.ExtendedFields.Get()
	maps.Copy(values, all)
	maps.Copy(values, patch.SetFields)
	if _, err := m.fieldValues(values); err != nil {
		return err
	}
	keys, _ := patch.LabelKeys.Get()
	return m.knownLabels(keys)
}

// BulkLabel is [contacts.Store.BulkLabel] (BLK-5).
func (m *Model) BulkLabel(
	ctx context.Context, sel Selected, add, remove []string, opts *contacts.BulkOptions,
) (contacts.Job, error) {
	k := &checks{}
	if len(add)+len(remove) == 0 {
		k.add(contacts.Violation{Field: "labelKeysToAdd", Rule: contacts.RuleMinSize, Threshold: 1})
	}
	k.size("labelKeysToAdd", len(add), 100)
	k.size("labelKeysToRemove", len(remove), 100)
	kind := contacts.JobAddRemoveLabels
	if len(remove) == 0 {
		kind = contacts.JobAddLabels
	} else if len(add) == 0 {
		kind = contacts.JobRemoveLabels
	}
	known := func() error { return m.knownLabels(slices.Concat(add, remove)) }
	return m.bulk(ctx, sel, opts, bulk{
		kind: kind, checks: k, ready: known,
		one: func(p *person, _ []uuid.UUID, now time.Time) error {
			if err := known(); err != nil {
				return err
			}
			after := p.next(now)
			after.contact.Info.LabelKeys = without(once(slices.Concat(p.contact.Info.LabelKeys, add)), remove...)
			if len(after.contact.Info.LabelKeys) > 2000 { // LBL-15
				return fail(contacts.ErrInvalid, uuid.Nil)
			}
			if err := m.fits(p, after); err != nil {
				return err
			}
			m.replace(p, after)
			return nil
		},
	})
}

// Step is an operation of a batch.
type Step struct {
	Method          string // of Store; "" for a nil operation
	ID              uuid.UUID
	Rev             Rev  // of the contact after the operations before it
	NoRev           bool // the revision is 0
	Info            contacts.Info
	Patch           contacts.Patch
	Keys            []string // labels; the key of a definition
	Sources         []uuid.UUID
	WrongPlan       bool
	AllowDuplicates bool
	Source          contacts.Source
	Unsubscribe     []string
	Submit          contacts.SubmitOptions
	Address         string
	Subscription    contacts.SubscriptionStatus
	Deliverability  contacts.EmailDeliverability
	Activity        contacts.ActivityType
	At              time.Time
	Member          *contacts.Member
	Active          bool
	Values          map[string]any
	Name            string // of a definition
	DataType        contacts.DataType
	TempID          uuid.UUID
	TempKey         string
}

// key is the first key.
func (s Step) key() string {
	if len(s.Keys) == 0 {
		return ""
	}
	return s.Keys[0]
}

// names are the temporary names of a batch.
type names struct {
	ids            map[uuid.UUID]uuid.UUID
	labels, fields map[string]string
	given          map[any]bool // all that steps so far give, in vain or not

	id       uuid.UUID // that the present step gives
	key      string
	repeated bool
}

// Batch is [contacts.Store.Batch]. It also returns the revisions that its steps name.
func (m *Model) Batch(
	ctx context.Context, steps []Step, opts *contacts.BatchOptions,
) (results []contacts.BatchResult, revisions []int, err error) {
	if err := m.ready(ctx); err != nil {
		return nil, make([]int, len(steps)), err
	}
	if len(steps) > 10_000 { // BAT-4
		k := &checks{}
		k.add(contacts.Violation{Field: "operations", Rule: contacts.RuleMaxSize, Threshold: 10_000})
		return nil, make([]int, len(steps)), k.err(uuid.Nil)
	}
	if err := m.onTime(uuid.Nil); err != nil {
		return nil, make([]int, len(steps)), err
	}
	before, now := m.copy(), m.now()
	m.batch = true
	m.names = names{
		ids: make(map[uuid.UUID]uuid.UUID), labels: make(map[string]string), fields: make(map[string]string),
		given: make(map[any]bool),
	}
	failed := -1
	for i, s := range steps {
		r, revision := m.step(ctx, i, s)
		if r.Err != nil && failed < 0 {
			failed = i
		}
		results, revisions = append(results, r), append(revisions, revision)
	}
	m.batch, m.names = false, names{}
	if opts != nil && opts.AllOrNothing && failed >= 0 { // BAT-3
		*m = *before
		for i := range results {
			results[i] = contacts.BatchResult{Err: results[i].Err}
		}
		return results, revisions, &contacts.BatchError{Index: failed, Err: results[failed].Err}
	}
	m.commit(now, "")
	return results, revisions, nil
}

// step runs the i-th operation of a batch, and gives its name to what it returns (BAT-5). It also returns the revision
// that the operation names.
func (m *Model) step(ctx context.Context, i int, s Step) (contacts.BatchResult, int) {
	_, temporary := m.names.ids[s.ID]
	s = m.withoutNames(s)
	named, p := int(s.Rev), m.find(s.ID)
	switch {
	case s.NoRev:
		named = 0
	case p != nil:
		named += p.contact.Revision
	}
	revision := named
	if named == 0 && temporary && p != nil { // BAT-6
		revision = p.contact.Revision
	}
	m.give(s)
	r := m.stepOnPerson(ctx, i, s, revision)
	if r.Err != nil {
		return contacts.BatchResult{Err: r.Err}, named
	}
	switch {
	case r.Contact != nil && m.names.id != uuid.Nil:
		m.names.ids[m.names.id] = r.Contact.ID
	case r.Label != nil && m.names.key != "":
		m.names.labels[m.names.key] = r.Label.Key
	case r.Field != nil && m.names.key != "":
		m.names.fields[m.names.key] = r.Field.Key
	}
	return r, named
}

// give notes the name that a step gives.
func (m *Model) give(s Step) {
	m.names.id, m.names.key, m.names.repeated = uuid.Nil, "", false
	note := func(name any) {
		m.names.repeated = m.names.given[name]
		m.names.given[name] = true
	}
	switch s.Method {
	case "Create", "Submit", "Upsert":
		if m.names.id = s.TempID; s.TempID != uuid.Nil {
			note(s.TempID)
		}
	case "FindOrCreateLabel", "FindOrCreateField":
		if m.names.key = s.TempKey; s.TempKey != "" {
			note(s.Method + s.TempKey)
		}
	}
}

// named refuses the name that the present step gives. It is checked after the arguments.
func (m *Model) named() error {
	k, field := &checks{}, "tempId"
	if m.names.key != "" {
		field = "tempKey"
	}
	if m.names.repeated {
		k.add(contacts.Violation{Field: field, Rule: contacts.RuleCustom, RuleName: contacts.RuleNameRepeated})
	}
	if strings.Contains(m.names.key, ".") {
		k.add(contacts.Violation{Field: field, Rule: contacts.RuleCustom, RuleName: contacts.RuleNameTempKey})
	}
	if len(k.list) > 0 {
		return k.err(uuid.Nil)
	}
	if m.names.id != uuid.Nil && m.taken(m.names.id) {
		return fail(contacts.ErrIDExists, m.names.id)
	}
	return nil
}

// realID returns the ID behind a temporary one.
func (m *Model) realID(id uuid.UUID) uuid.UUID {
	if behind, ok := m.names.ids[id]; ok {
		return behind
	}
	return id
}

// withoutNames returns a step with real IDs and keys in place of temporary ones, except in Info and Patch.
func (m *Model) withoutNames(s Step) Step {
	s.ID = m.realID(s.ID)
	s.Sources = slices.Clone(s.Sources)
	for i, id := range s.Sources {
		s.Sources[i] = m.realID(id)
	}
	s.Submit.ContactID = m.realID(s.Submit.ContactID)
	s.Submit.VisitorContactID = m.realID(s.Submit.VisitorContactID)
	behind := m.names.labels
	if strings.HasSuffix(s.Method, "Field") {
		behind = m.names.fields
	}
	s.Keys = slices.Clone(s.Keys)
	for i, key := range s.Keys {
		s.Keys[i] = cmp.Or(behind[key], key)
	}
	return s
}

// withoutTempKeys returns a patch with real keys in place of temporary ones.
func (m *Model) withoutTempKeys(patch contacts.Patch) (contacts.Patch, error) {
	if !m.batch {
		return patch, nil
	}
	if keys, ok := patch.LabelKeys.Get(); ok {
		keys = slices.Clone(keys)
		for i, key := range keys {
			keys[i] = cmp.Or(m.names.labels[key], key)
		}
		patch.LabelKeys = contacts.Set(once(keys))
	}
	k := &checks{}
	renamed := func(values map[string]any) map[string]any {
		out := make(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(values)) {
			behind := cmp.Or(m.names.fields[key], key)
			if _, repeated := out[behind]; repeated {
				k.add(contacts.Violation{
					Field: fieldPath(behind), Rule: contacts.RuleCustom, RuleName: contacts.RuleNameRepeated,
				})
			}
			out[behind] = values[key]
		}
		return out
	}
	if values, ok := patch.ExtendedFields.Get(); ok {
		patch.ExtendedFields = contacts.Set(renamed(values))
	}
	patch.SetFields = renamed(patch.SetFields)
	if len(k.list) > 0 {
		return patch, k.err(uuid.Nil)
	}
	return patch, nil
}

// stepOnPerson runs a step that may create, find or delete a contact.
func (m *Model) stepOnPerson(ctx context.Context, i int, s Step, revision int) (r contacts.BatchResult) {
	switch s.Method {
	case "Create":
		r.Contact, r.Err = m.Create(ctx, s.Info, &contacts.CreateOptions{
			AllowDuplicates: s.AllowDuplicates, Source: s.Source, Unsubscribe: s.Unsubscribe,
		})
		r.Created = r.Err == nil
	case "Upsert":
		r.Contact, r.UpsertAction, r.Err = m.Upsert(ctx, s.Info, &contacts.UpsertOptions{Source: s.Source})
		r.Created = r.UpsertAction == contacts.UpsertCreated
	case "Submit":
		var submission contacts.Submission
		if submission, r.Err = m.Submit(ctx, s.Info, &s.Submit); r.Err == nil {
			r.Submission, r.Created = &submission, submission.NewContact
			r.Contact = &m.find(submission.ContactID).contact
		}
	case "Update":
		r.Contact, r.Err = m.Update(ctx, s.ID, revision, s.Patch, &contacts.UpdateOptions{
			AllowDuplicates: s.AllowDuplicates, Unsubscribe: s.Unsubscribe,
		})
	case "Delete":
		r.Err = m.Delete(ctx, s.ID)
	case "Merge":
		var plan Plan
		if s.WrongPlan {
			plan = Plan{}
		}
		r.Contact, r.Err = m.Merge(ctx, s.ID, revision, s.Sources, plan)
	case "": // BAT-2
		k := &checks{}
		k.add(contacts.Violation{Field: "operations[" + strconv.Itoa(i) + "]", Rule: contacts.RuleRequired})
		r.Err = k.err(uuid.Nil)
	default:
		return m.stepOnDefinition(ctx, s)
	}
	return r
}

func (m *Model) stepOnDefinition(ctx context.Context, s Step) (r contacts.BatchResult) {
	var l contacts.Label
	var f contacts.Field
	switch s.Method {
	case "FindOrCreateLabel":
		l, r.Created, r.Err = m.FindOrCreateLabel(ctx, s.Name)
	case "RenameLabel":
		l, r.Err = m.RenameLabel(ctx, s.key(), s.Name)
	case "DeleteLabel":
		r.Err = m.DeleteLabel(ctx, s.key())
	case "FindOrCreateField":
		f, r.Created, r.Err = m.FindOrCreateField(ctx, s.Name, s.DataType)
	case "RenameField":
		f, r.Err = m.RenameField(ctx, s.key(), s.Name)
	case "DeleteField":
		r.Err = m.DeleteField(ctx, s.key())
	default:
		return m.stepOnStatus(ctx, s)
	}
	if l != (contacts.Label{}) {
		r.Label = &l
	}
	if f != (contacts.Field{}) {
		r.Field = &f
	}
	return r
}

func (m *Model) stepOnStatus(ctx context.Context, s Step) (r contacts.BatchResult) {
	switch s.Method {
	case "Label":
		r.Contact, r.Err = m.Label(ctx, s.ID, s.Keys...)
	case "Unlabel":
		r.Contact, r.Err = m.Unlabel(ctx, s.ID, s.Keys...)
	case "SetSubscription":
		r.Contact, r.Err = m.SetSubscription(ctx, s.ID, s.Address, s.Subscription)
	case "SetDeliverability":
		r.Contact, r.Err = m.SetDeliverability(ctx, s.ID, s.Address, s.Deliverability)
	case "RecordActivity":
		r.Contact, r.Err = m.RecordActivity(ctx, s.ID, s.Activity, s.At)
	case "SetMember":
		r.Contact, r.Err = m.SetMember(ctx, s.ID, s.Member)
	case "SetBillingSubscription":
		r.Contact, r.Err = m.SetBillingSubscription(ctx, s.ID, s.Active)
	case "SetSystemFields":
		r.Contact, r.Err = m.SetSystemFields(ctx, s.ID, s.Values)
	default:
		panic("no operation " + s.Method)
	}
	return r
}

// Submit and Upsert.

// match finds the contact that an info belongs to (SBM-4).
func (m *Model) match(in *contacts.Info) *person {
	for _, p := range m.people {
		for _, own := range p.contact.Info.Emails {
			equal := func(e contacts.Email) bool { return fold(e.Address) == fold(own.Address) }
			if slices.ContainsFunc(in.Emails, equal) {
				return p
			}
		}
	}
	for _, p := range m.people {
		for _, own := range p.contact.Info.Phones {
			equal := func(t contacts.Phone) bool { return samePerson(t, own) }
			if slices.ContainsFunc(in.Phones, equal) {
				return p
			}
		}
	}
	return nil
}

// given returns a person made of the info of a call of Submit or Upsert. patch sets that info.
func (m *Model) given(patch contacts.Patch, ids []uuid.UUID, now time.Time) (*person, error) {
	patch, err := m.withoutTempKeys(patch)
	if err != nil {
		return nil, err
	}
	if err := m.checkPatch(patch); err != nil {
		return nil, err
	}
	none := &person{}
	name := patch.LastName
	patch.LastName = contacts.Set("a name, so that edit accepts it")
	roomy := *m
	roomy.Options.ContactSizeMax = math.MaxInt // what counts is the size of the contact that gets the info
	p, err := roomy.edit(none, patch, ids, true, now)
	if err != nil {
		return nil, err
	}
	set(&p.contact.Info.Name.Last, name)
	return p, nil
}

// absorb adds the values of given to a contact; with replacing, its single values win over those of the contact (SBM-6,
// UPS-2). It returns the contact itself if nothing is new.
func (m *Model) absorb(before, given *person, replacing bool, now time.Time) (*person, error) {
	united, _ := unite(Plan{before, given})
	in, own, add := &united.contact.Info, &before.contact.Info, &given.contact.Info
	if replacing {
		in.Name = own.Name
		if !blank(add.Name.First) {
			in.Name.First = add.Name.First
		}
		if !blank(add.Name.Last) {
			in.Name.Last = add.Name.Last
		}
		in.Company = cmp.Or(add.Company, own.Company)
		in.JobTitle = cmp.Or(add.JobTitle, own.JobTitle)
		in.Birthdate = cmp.Or(add.Birthdate, own.Birthdate)
		in.Locale = cmp.Or(add.Locale, own.Locale)
		in.Picture = cmp.Or(add.Picture, own.Picture)
		for key, v := range add.ExtendedFields {
			if !derived(key) {
				in.ExtendedFields[key] = v
			}
		}
	} else {
		contradicts := func(a, b string) bool { return !blank(a) && !blank(b) && a != b }
		fill := func(part *string, given string) {
			if blank(*part) && !blank(given) {
				*part = given
			}
		}
		in.Name = own.Name
		if !contradicts(own.Name.First, add.Name.First) && !contradicts(own.Name.Last, add.Name.Last) {
			fill(&in.Name.First, add.Name.First)
			fill(&in.Name.Last, add.Name.Last)
		}
	}
	k := &checks{}
	for _, b := range fullLists(&united.contact) {
		k.add(b.Violation)
	}
	if len(k.list) > 0 {
		return nil, k.err(before.contact.ID)
	}
	united.derive()
	if err := m.fits(before, united); err != nil {
		return nil, about(before.contact.ID, err)
	}
	emailChanged := fold(before.contact.PrimaryInfo.Email) != fold(united.contact.PrimaryInfo.Email)
	if isMember(before) && emailChanged {
		return nil, fail(contacts.ErrUpdateMemberEmail, before.contact.ID)
	}
	if same(*in, *own) {
		return before, nil
	}
	after := united.next(now)
	return after, nil
}

// newcomer returns a contact that Submit or Upsert creates.
func (m *Model) newcomer(
	patch contacts.Patch, ids []uuid.UUID, source contacts.Source, now time.Time,
) (*person, error) {
	before := &person{contact: contacts.Contact{
		ID: ids[0], Source: source, CreatedDate: now,
		LastActivity: contacts.Activity{ActivityDate: now, ActivityType: contacts.ActivityContactCreated},
	}}
	after, err := m.edit(before, patch, ids[1:], true, now)
	if err != nil {
		return nil, err
	}
	if m.taken(ids[0]) {
		return nil, fail(contacts.ErrIDExists, ids[0])
	}
	return after, nil
}

// write inserts a contact if before is nil, and replaces it otherwise.
func (m *Model) write(before, after *person) {
	switch {
	case before == nil:
		m.insert(after)
	case after != before:
		m.replace(before, after)
	}
}

// Upsert is [contacts.Store.Upsert].
func (m *Model) Upsert(
	ctx context.Context, info contacts.Info, opts *contacts.UpsertOptions,
) (*contacts.Contact, contacts.UpsertAction, error) {
	if err := m.ready(ctx); err != nil {
		return nil, "", err
	}
	if opts == nil {
		opts = &contacts.UpsertOptions{}
	}
	k := &checks{region: m.Options.Region}
	patch := k.patch(wholeOf(info))
	source := k.source("source", opts.Source, m.Options.DefaultSource)
	if len(k.list) > 0 {
		return nil, "", k.err(uuid.Nil)
	}
	ids, err := m.draw(1 + itemsOf(patch))
	if err == nil {
		err = cmp.Or(m.onTime(uuid.Nil), m.named())
	}
	if err != nil {
		return nil, "", err
	}
	now := m.now()
	given, err := m.given(k.patch(wholeOf(info)), ids[1:], now)
	if err != nil {
		return nil, "", err
	}
	before, action := m.match(&given.contact.Info), contacts.UpsertUpdated
	var after *person
	if before == nil {
		action = contacts.UpsertCreated
		after, err = m.newcomer(patch, ids, source, now)
	} else if after, err = m.absorb(before, given, true, now); after == before {
		action = contacts.UpsertUnchanged
	}
	if err != nil {
		return nil, "", err
	}
	m.write(before, after)
	m.commit(now, "")
	return &after.contact, action, nil
}

// Submit is [contacts.Store.Submit].
func (m *Model) Submit(
	ctx context.Context, info contacts.Info, opts *contacts.SubmitOptions,
) (contacts.Submission, error) {
	if err := m.ready(ctx); err != nil {
		return contacts.Submission{}, err
	}
	if opts == nil {
		opts = &contacts.SubmitOptions{}
	}
	refuse := func(err error) (contacts.Submission, error) {
		return contacts.Submission{}, about(opts.ContactID, err)
	}
	k := &checks{region: m.Options.Region}
	patch := k.patch(wholeOf(info))
	source := k.source("source", opts.Source, m.Options.DefaultSource)
	k.text("passThroughData", opts.PassThroughData, 300)
	activity := k.reported("activity", opts.Activity)
	if len(k.list) > 0 {
		return refuse(k.err(uuid.Nil))
	}
	if opts.ContactID != uuid.Nil && !opts.Override { // SBM-3
		return contacts.Submission{}, fail(contacts.ErrInsufficientPermission, uuid.Nil)
	}
	ids, err := m.draw(1 + itemsOf(patch))
	if err != nil {
		return contacts.Submission{}, err
	}
	if err := cmp.Or(m.onTime(uuid.Nil), m.named()); err != nil {
		return refuse(err)
	}
	now := m.now()
	given, err := m.given(k.patch(wholeOf(info)), ids[1:], now)
	if err != nil {
		return refuse(err)
	}
	before, identity, err := m.submitter(opts, &given.contact.Info)
	if err != nil {
		return refuse(err)
	}
	after := before
	switch {
	case before == nil:
		after, err = m.newcomer(patch, ids, source, now)
	case identity != contacts.IdentityNotAuthenticatedMember:
		after, err = m.absorb(before, given, false, now)
	}
	if err != nil {
		return refuse(err)
	}
	if activity.ActivityType != "" && activity.ActivityDate.IsZero() {
		activity.ActivityDate = now
	}
	if identity != contacts.IdentityNotAuthenticatedMember {
		if with := active(before, after, activity, now); with != nil {
			after = with
		}
		if err := m.fits(cmp.Or(before, &person{}), after); err != nil {
			return refuse(about(cmp.Or(before, &person{}).contact.ID, err))
		}
	}
	m.write(before, after)
	m.note(Change{ // SBM-9
		Kind: contacts.ContactSubmitted, Before: before, After: after,
		PassThrough: opts.PassThroughData, Activity: activity,
	})
	m.commit(now, "")
	return contacts.Submission{ContactID: after.contact.ID, IdentityType: identity, NewContact: before == nil}, nil
}

// reported checks an activity that a caller reports.
func (k *checks) reported(field string, a contacts.Activity) contacts.Activity {
	a = k.activity(field, a)
	if a.ActivityType == contacts.ActivityContactCreated { // ACT-2
		k.format(field+".activityType", contacts.FormatEnum)
	}
	return a
}

// active returns after with the activity of a submission, if it is not older than the last one (SBM-10).
func active(before, after *person, activity contacts.Activity, now time.Time) *person {
	if activity.ActivityType == "" ||
		before != nil && activity.ActivityDate.Before(after.contact.LastActivity.ActivityDate) {
		return after
	}
	if after == before {
		after = before.next(now)
	}
	after.contact.LastActivity = activity
	return after
}

// submitter returns the contact of a submission, nil for a new one, and its identity.
func (m *Model) submitter(opts *contacts.SubmitOptions, in *contacts.Info) (*person, contacts.IdentityType, error) {
	switch {
	case opts.ContactID != uuid.Nil:
		p := m.find(opts.ContactID)
		if p == nil {
			return nil, "", fail(contacts.ErrContactNotFound, uuid.Nil)
		}
		return p, contacts.IdentityContact, nil
	case opts.MemberID != uuid.Nil: // SBM-2
		i := slices.IndexFunc(m.people, func(p *person) bool {
			return isMember(p) && p.contact.Member.MemberID == opts.MemberID
		})
		if i < 0 {
			return nil, "", fail(contacts.ErrContactNotFound, uuid.Nil)
		}
		return m.people[i], contacts.IdentityMember, nil
	}
	p := m.match(in)
	anonymous := len(in.Emails) == 0 && blank(in.Name.First) && blank(in.Name.Last) &&
		!slices.ContainsFunc(in.Phones, func(t contacts.Phone) bool { return t.E164 != "" || textIdentifies(t.Number) })
	if anonymous { // SBM-5
		if p, _ = m.resolve(opts.VisitorContactID); p == nil && !identified(in) {
			return nil, "", fail(contacts.ErrInsufficientData, uuid.Nil)
		}
	}
	if p != nil && isMember(p) { // SBM-7
		return p, contacts.IdentityNotAuthenticatedMember, nil
	}
	return p, contacts.IdentityContact, nil
}
