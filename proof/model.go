package proof

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Model implements the rules of a store in the simplest form: it scans slices, without indexes, without locks, and
// without the store's code. It is written from docs/rules.md, whose IDs it cites, and has the methods of
// [contacts.Store], so that both can run the same calls.
//
// Values in it, its arguments and its results are replaced and never changed. So a copy of a model needs a copy only of
// its slices and maps, and a model may keep an argument that the caller promises not to change.
type Model struct {
	Options contacts.Options // checked, with the defaults in place

	people []*person // oldest first (ORD-1)
	labels []contacts.Label
	fields []contacts.Field // both in the order of their creation, those of the system first

	into   map[uuid.UUID]uuid.UUID // from the source of a merge to its target
	merged map[uuid.UUID]bool      // every ID that took part in a merge (RED-5)

	made   int    // number of contacts ever inserted
	sealed uint64 // identifies the key of cursors together with Options.CursorKey: 0 until the store is loaded

	time     time.Time // of the last commit
	position contacts.Position
	changes  uint64
	closed   bool

	feed    []*Commit // oldest first
	since   contacts.Position
	pending []Change // of the present write
	batch   bool     // the present write is a batch, which commits at its end
	names   names    // of the batch

	jobs []contacts.Job // oldest first

	log *modelLog // nil for a store without a log
}

// person is a contact with everything else that the model knows about it.
type person struct {
	contact contacts.Contact
	emails  map[string]emailState                  // by folded address; without those that are NOT_SET in both
	phones  map[string]contacts.SubscriptionStatus // by numberOf; without those that are NOT_SET
	billing bool
	made    int // its number in the order of insertion
}

type emailState struct {
	subscription   contacts.SubscriptionStatus
	deliverability contacts.EmailDeliverability
}

// Commit is the model of a [contacts.Commit].
type Commit struct {
	Position contacts.Position
	Time     time.Time
	Origin   string
	Changes  []Change
}

// Change is the model of a [contacts.Change].
type Change struct {
	Kind          contacts.ChangeKind
	Before, After *person
	Labels        [2]contacts.Label // before and after
	Fields        [2]contacts.Field
	Sources       []uuid.UUID
	Sequence      uint64

	Origin      string            // of its event
	PassThrough string            // of a submission
	Activity    contacts.Activity // of a submission
}

// NewModel is [contacts.New], with its defaults.
func NewModel(opts contacts.Options) (*Model, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.NewID == nil {
		opts.NewID = uuid.New
	}
	k := &checks{}
	if !slices.Contains(regions, opts.Region) {
		k.format("Region", contacts.FormatCountry)
	}
	quota := func(field string, n *int, otherwise int) {
		if *n < 0 {
			k.add(contacts.Violation{Field: field, Rule: contacts.RuleMin})
		}
		if *n == 0 {
			*n = otherwise
		}
	}
	quota("LabelQuota", &opts.LabelQuota, 2000)
	quota("FieldQuota", &opts.FieldQuota, 100)
	quota("FeedSize", &opts.FeedSize, 4096)
	quota("FeedBytes", &opts.FeedBytes, 64<<20)
	quota("ContactSizeMax", &opts.ContactSizeMax, 1<<20)
	other := contacts.Source{SourceType: contacts.SourceOther}
	opts.DefaultSource = k.source("DefaultSource", opts.DefaultSource, other)
	if len(k.list) > 0 {
		return nil, k.err(uuid.Nil)
	}
	return &Model{
		Options: opts,
		labels:  slices.Clone(systemLabels), fields: slices.Clone(systemFields),
		into: make(map[uuid.UUID]uuid.UUID), merged: make(map[uuid.UUID]bool),
	}, nil
}

// systemLabels are in every store (LBL-1).
var systemLabels = []contacts.Label{
	{
		Namespace: "contacts", NamespaceDisplayName: "Labels",
		Key: "contacts.customers", DisplayName: "Customers",
		LabelType: contacts.LabelSystem, LegacyID: "contacts-customers",
	},
	{
		Namespace: "contacts", NamespaceDisplayName: "Labels",
		Key: "contacts.contacted-me", DisplayName: "Contacted Me",
		LabelType: contacts.LabelSystem, LegacyID: "contacts-contacted_me",
	},
}

// systemFields are in every store, in this order (FLD-1). Their descriptions are not compared.
var systemFields = func() []contacts.Field {
	text := contacts.DataText
	var fields []contacts.Field
	for _, f := range []struct {
		namespace, name, display string
		t                        contacts.DataType
	}{
		{"contacts", "displayByFirstName", "Display Name (start with first)", text},
		{"contacts", "displayByLastName", "Display Name (start with last)", text},
		{"invoices", "vatId", "VAT ID", text},
		{"members", "membershipStatus", "Membership Status", text},
		{"members", "mobile", "Mobile flag", text},
		{"ecom", "numOfPurchases", "# of Purchases", contacts.DataNumber},
		{"ecom", "totalSpentAmount", "Total Spent Amount", contacts.DataNumber},
		{"ecom", "totalSpentCurrency", "Total Spent Currency", text},
		{"ecom", "lastPurchaseDate", "Last Purchase Date", contacts.DataDate},
		{"emailSubscriptions", "subscriptionStatus", "Effective Subscription Status", text},
		{"emailSubscriptions", "deliverabilityStatus", "Effective Deliverability Status", text},
		{"emailSubscriptions", "effectiveEmail", "Effective Email", text},
	} {
		fields = append(fields, contacts.Field{
			Namespace: f.namespace, Key: f.namespace + "." + f.name, DisplayName: f.display,
			DataType: f.t, FieldType: contacts.FieldSystem,
		})
	}
	return fields
}()

// The fields that the store derives, and those that only SetSystemFields writes.
var (
	derivedFields = []string{
		"contacts.displayByFirstName", "contacts.displayByLastName", "members.membershipStatus",
		"emailSubscriptions.subscriptionStatus", "emailSubscriptions.deliverabilityStatus",
		"emailSubscriptions.effectiveEmail",
	}
	settableFields = []string{
		"members.mobile", "ecom.numOfPurchases", "ecom.totalSpentAmount", "ecom.totalSpentCurrency",
		"ecom.lastPurchaseDate",
	}
)

// readOnlyValues returns the values that callers cannot write (UPD-6).
func readOnlyValues(values map[string]any) map[string]any {
	kept := maps.Clone(values)
	maps.DeleteFunc(kept, func(key string, _ any) bool { return !readOnly(key) })
	return kept
}

func derived(key string) bool  { return slices.Contains(derivedFields, key) }
func settable(key string) bool { return slices.Contains(settableFields, key) }
func readOnly(key string) bool { return derived(key) || settable(key) }

// Errors.

func fail(code contacts.Code, id uuid.UUID) *contacts.Error {
	return &contacts.Error{Code: code, ID: id}
}

func failWith(code contacts.Code, id uuid.UUID, data error) *contacts.Error {
	return &contacts.Error{Code: code, ID: id, Err: data}
}

func keysError(code contacts.Code, id uuid.UUID, keys ...string) *contacts.Error {
	return failWith(code, id, &contacts.KeysError{Keys: keys})
}

// about adds the contact of a call to an error that names none.
func about(id uuid.UUID, err error) error {
	if e, ok := err.(*contacts.Error); ok && e.ID == uuid.Nil {
		e.ID = id
	}
	return err
}

func (m *Model) ready(ctx context.Context) error {
	if ctx.Err() != nil { // STO-1
		return ctx.Err()
	}
	if m.closed { // STO-2
		return fail(contacts.ErrClosed, uuid.Nil)
	}
	return nil
}

// Close is [contacts.Store.Close].
func (m *Model) Close() error {
	m.closed = true
	return nil
}

// Fork is [contacts.Store.Fork]. The feed begins at the fork (EVT-4).
func (m *Model) Fork() *Model {
	f := m.copy()
	f.feed, f.since, f.jobs, f.log = nil, f.position, nil, nil // DUR-1
	return f
}

// Reload replaces m by the result of [contacts.Load] on its export: the same without the feed (EXP-2).
func (m *Model) Reload() { m.feed, m.since, m.jobs, m.closed = nil, m.position, nil, false }

func (m *Model) copy() *Model {
	f := *m
	f.people, f.labels, f.fields = slices.Clone(m.people), slices.Clone(m.labels), slices.Clone(m.fields)
	f.into, f.merged = maps.Clone(m.into), maps.Clone(m.merged)
	f.feed, f.pending, f.jobs = slices.Clone(m.feed), slices.Clone(m.pending), slices.Clone(m.jobs)
	f.log = m.log.copy()
	return &f
}

// now returns the time of a write (STO-3).
func (m *Model) now() time.Time {
	now := millis(m.Options.Now())
	if now.Before(m.time) || m.jumped(now) {
		return m.time
	}
	return now
}

// jumped reports whether the clock is too far ahead of the last commit for a write (STO-10).
func (m *Model) jumped(now time.Time) bool {
	return !m.time.IsZero() && now.Sub(m.time) > 100*365*24*time.Hour
}

// onTime refuses a write, once it is prepared, if the clock is too far ahead.
func (m *Model) onTime(id uuid.UUID) error {
	if m.jumped(millis(m.Options.Now())) {
		return fail(contacts.ErrInternal, id)
	}
	return nil
}

// draw gets IDs from Options.NewID.
func (m *Model) draw(n int) ([]uuid.UUID, error) {
	ids := make([]uuid.UUID, n)
	for i := range ids {
		ids[i] = m.Options.NewID()
		if ids[i] == uuid.Nil { // CRT-5
			return nil, fail(contacts.ErrInternal, uuid.Nil)
		}
	}
	return ids, nil
}

// Writes: a method checks everything, then notes its changes, then commits them.

func (m *Model) note(c Change) {
	m.changes++
	c.Sequence = m.changes
	m.pending = append(m.pending, c)
}

func (m *Model) commit(now time.Time, origin string) {
	if len(m.pending) == 0 || m.batch { // EVT-1: without a change there is no commit
		return
	}
	m.position++
	m.time = now
	c := &Commit{Position: m.position, Time: now, Origin: origin, Changes: m.pending}
	m.feed = append(m.feed, c)
	if m.log != nil {
		m.log.commits = append(m.log.commits, c)
	}
	m.pending = nil
	m.limitFeed()
}

// limitFeed drops what the feed does not keep (EVT-3).
func (m *Model) limitFeed() {
	for len(m.feed) > 1 {
		kept := 0
		for _, c := range m.feed {
			kept += len(c.Changes)
		}
		if kept <= m.Options.FeedSize && m.Options.FeedBytes > 1 {
			break // bytes are estimates: sequences are too short for the default, and every commit has more than one
		}
		m.drop()
	}
}

// at returns the position that is so far ahead of the newest one, or before it.
func (m *Model) at(ahead int) contacts.Position {
	return contacts.Position(max(int(m.position)+ahead, 0))
}

// drop drops the oldest commit of the feed.
func (m *Model) drop() {
	m.since = m.feed[0].Position
	m.feed = m.feed[1:]
}

// TrimFeed is [contacts.Store.TrimFeed] (EVT-7).
func (m *Model) TrimFeed(ctx context.Context, upTo contacts.Position) error {
	if err := m.ready(ctx); err != nil {
		return err
	}
	if upTo > m.position {
		k := &checks{}
		k.add(contacts.Violation{Field: "upTo", Rule: contacts.RuleMax, Threshold: int(m.position)})
		return k.err(uuid.Nil)
	}
	for len(m.feed) > 0 && m.feed[0].Position <= upTo {
		m.drop()
	}
	return nil
}

// insert inserts a new contact after all those that are not younger (ORD-1).
func (m *Model) insert(p *person) {
	at := 0
	for i, other := range m.people {
		if !other.contact.CreatedDate.After(p.contact.CreatedDate) {
			at = i + 1
		}
	}
	m.made++
	p.made = m.made
	m.people = slices.Insert(m.people, at, p)
	m.note(Change{Kind: contacts.ContactCreated, After: p})
}

func (m *Model) replace(before, after *person) {
	for i, p := range m.people {
		if p == before {
			m.people[i] = after
		}
	}
	m.note(Change{Kind: contacts.ContactUpdated, Before: before, After: after})
}

func (m *Model) remove(before *person) {
	for i, p := range m.people {
		if p == before {
			m.people = slices.Delete(m.people, i, i+1)
			break
		}
	}
	m.note(Change{Kind: contacts.ContactDeleted, Before: before})
}

// next returns the next revision of a contact.
func (p *person) next(now time.Time) *person {
	after := *p
	after.contact.Revision++ // REV-1
	after.contact.UpdatedDate = now
	if created := p.contact.CreatedDate; created.After(now) { // STO-3
		after.contact.UpdatedDate = created
	}
	return &after
}

func (m *Model) find(id uuid.UUID) *person {
	for _, p := range m.people {
		if p.contact.ID == id {
			return p
		}
	}
	return nil
}

// change writes to one contact, whatever its revision.
func (m *Model) change(
	ctx context.Context, id uuid.UUID, k *checks, fn func(before, after *person, now time.Time) error,
) (*contacts.Contact, error) {
	if err := m.ready(ctx); err != nil {
		return nil, err
	}
	if len(k.list) > 0 {
		return nil, k.err(id)
	}
	if err := m.onTime(id); err != nil {
		return nil, err
	}
	before := m.find(id)
	if before == nil {
		return nil, fail(contacts.ErrContactNotFound, id)
	}
	now := m.now()
	after := before.next(now)
	if err := fn(before, after, now); err != nil {
		return nil, about(id, err)
	}
	m.replace(before, after)
	m.commit(now, "")
	return &after.contact, nil
}

// Create is [contacts.Store.Create].
func (m *Model) Create(
	ctx context.Context, info contacts.Info, opts *contacts.CreateOptions,
) (*contacts.Contact, error) {
	if err := m.ready(ctx); err != nil {
		return nil, err
	}
	if opts == nil {
		opts = &contacts.CreateOptions{}
	}
	k := &checks{region: m.Options.Region}
	patch := k.patch(wholeOf(info))
	source := k.source("source", opts.Source, m.Options.DefaultSource)
	if len(k.list) > 0 {
		return nil, k.err(uuid.Nil)
	}
	ids, err := m.draw(1 + itemsOf(patch))
	if err == nil {
		err = cmp.Or(m.onTime(uuid.Nil), m.named())
	}
	if err != nil {
		return nil, err
	}
	now := m.now()
	before := &person{contact: contacts.Contact{ // CRT-3
		ID: ids[0], Source: source, CreatedDate: now,
		LastActivity: contacts.Activity{ActivityDate: now, ActivityType: contacts.ActivityContactCreated},
	}}
	after, err := m.edit(before, patch, ids[1:], opts.AllowDuplicates, now)
	if err != nil {
		return nil, err
	}
	if m.taken(ids[0]) { // CRT-5, RED-5
		return nil, fail(contacts.ErrIDExists, ids[0])
	}
	if err := after.object(opts.Unsubscribe); err != nil {
		return nil, err
	}
	m.insert(after)
	m.commit(now, "")
	return &after.contact, nil
}

func (m *Model) taken(id uuid.UUID) bool {
	_, temporary := m.names.ids[id] // BAT-5
	return m.find(id) != nil || m.merged[id] || temporary
}

// Update is [contacts.Store.Update]. The order of its checks is UPD-1.
func (m *Model) Update(
	ctx context.Context, id uuid.UUID, revision int, patch contacts.Patch, opts *contacts.UpdateOptions,
) (*contacts.Contact, error) {
	if err := m.ready(ctx); err != nil {
		return nil, err
	}
	if opts == nil {
		opts = &contacts.UpdateOptions{}
	}
	nothing := emptyPatch(patch) && len(opts.Unsubscribe) == 0
	k := &checks{region: m.Options.Region}
	patch = k.patch(patch)
	if len(k.list) > 0 {
		return nil, k.err(id)
	}
	ids, err := m.draw(itemsOf(patch))
	if err == nil {
		err = m.onTime(id)
	}
	if err != nil {
		return nil, about(id, err)
	}
	before := m.find(id)
	switch {
	case before == nil:
		return nil, fail(contacts.ErrContactNotFound, id)
	case before.contact.Revision != revision: // REV-2
		return nil, fail(contacts.ErrAlreadyChanged, id)
	case nothing: // UPD-7
		return nil, fail(contacts.ErrInsufficientUpdate, id)
	}
	now := m.now()
	after, err := m.edit(before, patch, ids, opts.AllowDuplicates, now)
	if err == nil {
		err = after.object(opts.Unsubscribe)
	}
	if err != nil {
		return nil, about(id, err)
	}
	m.replace(before, after)
	m.commit(now, "")
	return &after.contact, nil
}

// edit applies a patch in its stored form after the checks that depend on the contents of the store: CRT-2 and UPD-1
// from CANNOT_HAVE_MULTIPLE_PRIMARY_INFO on.
func (m *Model) edit(
	before *person, patch contacts.Patch, ids []uuid.UUID, allowDuplicates bool, now time.Time,
) (*person, error) {
	patch, err := m.withoutTempKeys(patch)
	if err != nil {
		return nil, err
	}
	emails, emailsGiven := patch.Emails.Get()
	phones, phonesGiven := patch.Phones.Get()
	if manyPrimaries(emails, phones) {
		return nil, fail(contacts.ErrMultiplePrimary, uuid.Nil)
	}
	given := make(map[string]any)
	all, replaceFields := patch.ExtendedFields.Get()
	maps.Copy(given, all)
	maps.Copy(given, patch.SetFields)
	values, err := m.fieldValues(given)
	if err != nil {
		return nil, err
	}
	keys, _ := patch.LabelKeys.Get()
	if err := m.knownLabels(keys); err != nil {
		return nil, err
	}

	after := before.next(now)
	in := &after.contact.Info
	setSingles(in, patch)
	old := &before.contact.Info
	fresh := true
	if emailsGiven {
		ids = ownIDs(emails, old.Emails, ids, &fresh, func(e *contacts.Email) *uuid.UUID { return &e.ID })
		in.Emails = primaryEmailFirst(emails)
	}
	if phonesGiven {
		ids = ownIDs(phones, old.Phones, ids, &fresh, func(p *contacts.Phone) *uuid.UUID { return &p.ID })
		in.Phones = primaryPhoneFirst(phones)
	}
	if addresses, ok := patch.Addresses.Get(); ok {
		ownIDs(addresses, old.Addresses, ids, &fresh, func(a *contacts.Address) *uuid.UUID { return &a.ID })
		for i := range addresses { // DRV-5: sent back as it was read
			for _, was := range old.Addresses {
				if was.ID == addresses[i].ID && addresses[i].FormattedAddress == addressLines(&was) {
					addresses[i].FormattedAddress = addressLines(&addresses[i])
				}
			}
		}
		in.Addresses = addresses
	}
	if !fresh {
		return nil, fail(contacts.ErrInternal, uuid.Nil)
	}

	if replaceFields {
		in.ExtendedFields = readOnlyValues(in.ExtendedFields)
	}
	in.ExtendedFields = merged(in.ExtendedFields, values)
	after.forget()
	after.derive()

	if err := m.fits(before, after); err != nil {
		return nil, err
	}
	if isMember(before) && // MEM-1
		fold(before.contact.PrimaryInfo.Email) != fold(after.contact.PrimaryInfo.Email) {
		return nil, fail(contacts.ErrUpdateMemberEmail, uuid.Nil)
	}
	if !identified(in) {
		return nil, fail(contacts.ErrInsufficientData, uuid.Nil)
	}
	if !allowDuplicates {
		if err := m.duplicate(before, after, len(emails) > 0, len(phones) > 0); err != nil {
			return nil, err
		}
	}
	return after, nil
}

// object makes addresses of a contact UNSUBSCRIBED (SUB-8).
func (p *person) object(addresses []string) error {
	k := &checks{}
	for i, address := range addresses {
		if key, ok := hasEmail(&p.contact.Info, address); ok {
			state := p.emailState(key)
			state.subscription = contacts.SubscriptionUnsubscribed
			p.setEmailState(key, state)
		} else if at := numbersAt(&p.contact.Info, address, address, contacts.SubscriptionUnsubscribed); at != nil {
			p.setPhoneStates(at, contacts.SubscriptionUnsubscribed)
		} else {
			k.add(contacts.Violation{
				Field: "unsubscribe[" + strconv.Itoa(i) + "]", Rule: contacts.RuleCustom,
				RuleName: contacts.RuleNameNotOnContact,
			})
		}
	}
	if len(k.list) > 0 {
		return k.err(uuid.Nil)
	}
	p.derive()
	return nil
}

// fits fails if a write makes a contact too large (VAL-21).
func (m *Model) fits(before, after *person) error {
	k := &checks{}
	k.fits(&before.contact, after.contact, m.Options.ContactSizeMax)
	if len(k.list) > 0 {
		return k.err(uuid.Nil)
	}
	return nil
}

func (k *checks) fits(before *contacts.Contact, after contacts.Contact, most int) {
	size := func(c *contacts.Contact) int {
		text, _ := json.Marshal(c)
		return len(text)
	}
	if before.Revision > 0 {
		after.Revision, after.UpdatedDate = before.Revision, before.UpdatedDate
	}
	if is := size(&after); is > most && (size(before) <= most || is > size(before)) {
		k.add(contacts.Violation{Field: "contact", Rule: contacts.RuleMaxSize, Threshold: most})
	}
}

// setSingles sets the values of a patch other than items and extended fields.
func setSingles(in *contacts.Info, patch contacts.Patch) {
	set(&in.Name.First, patch.FirstName)
	set(&in.Name.Last, patch.LastName)
	set(&in.Company, patch.Company)
	set(&in.JobTitle, patch.JobTitle)
	set(&in.Birthdate, patch.Birthdate)
	set(&in.Locale, patch.Locale)
	set(&in.LabelKeys, patch.LabelKeys)
	set(&in.Picture, patch.Picture)
	set(&in.Locations, patch.Locations)
	set(&in.AssignedUserIDs, patch.AssignedUserIDs)
}

// ownIDs lets each item keep the ID of an old item, once; the others get new IDs (UPD-5, CRT-4). Every item uses up one
// of ids, whether it needs it or not. The rest of ids is returned. fresh becomes false if a new ID is that of
// an old or an earlier item.
func ownIDs[T any](list, old []T, ids []uuid.UUID, fresh *bool, id func(*T) *uuid.UUID) []uuid.UUID {
	free, used := make(map[uuid.UUID]bool), make(map[uuid.UUID]bool)
	for i := range old {
		free[*id(&old[i])], used[*id(&old[i])] = true, true
	}
	for i := range list {
		own := id(&list[i])
		if !free[*own] {
			*own = ids[0]
			*fresh = *fresh && !used[*own]
			used[*own] = true
		}
		delete(free, *own)
		ids = ids[1:]
	}
	return ids
}

func set[T any](dst *T, o contacts.Opt[T]) {
	if v, ok := o.Get(); ok {
		*dst = v
	}
}

// merged returns old with values set; nil removes a value (FLD-7).
func merged(old, values map[string]any) map[string]any {
	out := maps.Clone(old)
	if out == nil {
		out = make(map[string]any)
	}
	for key, v := range values {
		if v == nil {
			delete(out, key)
		} else {
			out[key] = v
		}
	}
	return out
}

// duplicate fails if another contact has the primary email or, if the call gives no email, the primary phone (DUP-1 to
// DUP-6). before is the contact itself, or a person that is not in the store.
func (m *Model) duplicate(before, after *person, emails, phones bool) error {
	was, is := &before.contact, &after.contact
	for _, p := range m.people { // oldest first
		other := &p.contact
		switch {
		case p == before:
		case other.ID == is.ID: // DUP-4: even if a new contact has its ID
		case emails:
			email := fold(is.PrimaryInfo.Email)
			if email != fold(was.PrimaryInfo.Email) && email == fold(other.PrimaryInfo.Email) {
				return failWith(contacts.ErrDuplicate, uuid.Nil, &contacts.DuplicateError{
					ID: other.ID, Email: other.PrimaryInfo.Email,
				})
			}
		case phones:
			if numberChanged(primary(was), primary(is)) && samePerson(primary(other), primary(is)) {
				return failWith(contacts.ErrDuplicate, uuid.Nil, &contacts.DuplicateError{
					ID: other.ID, Phone: other.PrimaryInfo.Phone,
				})
			}
		}
	}
	return nil
}

// numberChanged is DUP-4: a new country can change the number that a text denotes.
func numberChanged(was, is contacts.Phone) bool {
	return numberOf(was) != numberOf(is) || is.E164 == "" && was.Number != is.Number
}

// primary returns the primary phone of a contact, the zero Phone if it has none.
func primary(c *contacts.Contact) contacts.Phone {
	if len(c.Info.Phones) == 0 {
		return contacts.Phone{}
	}
	return c.Info.Phones[0]
}

// samePerson is DUP-3.
func samePerson(a, b contacts.Phone) bool {
	if a.E164 != "" && b.E164 != "" {
		return numberOf(a) == numberOf(b)
	}
	return a.Number == b.Number && textIdentifies(a.Number)
}

// numberOf returns the E.164 form of a phone with its extension, "" if it is not valid. The formatted number has the
// digits of both.
func numberOf(p contacts.Phone) string {
	digits := ""
	for _, r := range p.Formatted {
		if '0' <= r && r <= '9' {
			digits += string(r)
		}
	}
	if n := len(p.E164) - len("+"); n > 0 && len(digits) > n {
		return p.E164 + ";ext=" + digits[n:]
	}
	return p.E164
}

// Delete is [contacts.Store.Delete].
func (m *Model) Delete(ctx context.Context, id uuid.UUID) error {
	if err := m.ready(ctx); err != nil {
		return err
	}
	if err := m.onTime(id); err != nil {
		return err
	}
	before := m.find(id)
	if before == nil {
		return fail(contacts.ErrContactNotFound, id)
	}
	switch { // MEM-2
	case worksHere(before):
		return fail(contacts.ErrDeleteOwnerOrContributor, id)
	case isMember(before):
		return fail(contacts.ErrDeleteMember, id)
	case before.billing:
		return fail(contacts.ErrDeleteBillingSubscription, id)
	}
	now := m.now()
	m.remove(before)
	m.commit(now, "")
	return nil
}

// worksHere is MEM-7.
func worksHere(p *person) bool {
	if !isMember(p) || p.contact.Member.User == nil {
		return false
	}
	role := p.contact.Member.User.Role
	return role == contacts.RoleOwner || role == contacts.RoleContributor
}

// isMember is MEM-10.
func isMember(p *person) bool {
	return p.contact.Member != nil && p.contact.Member.Status != contacts.MemberDeleted
}

// resolve follows merges to the live contact. It returns the IDs on the path (RED-1, RED-3, RED-4).
func (m *Model) resolve(id uuid.UUID) (*person, []uuid.UUID) {
	trail := []uuid.UUID{id}
	for {
		if p := m.find(id); p != nil {
			return p, trail
		}
		next, ok := m.into[id]
		if !ok {
			return nil, nil
		}
		id = next
		trail = append(trail, id)
	}
}

// Resolve is [contacts.Store.Resolve].
func (m *Model) Resolve(ctx context.Context, id uuid.UUID) (contacts.Resolution, error) {
	if err := m.ready(ctx); err != nil {
		return contacts.Resolution{}, err
	}
	p, trail := m.resolve(id)
	if p == nil {
		return contacts.Resolution{}, fail(contacts.ErrContactNotFound, id)
	}
	return contacts.Resolution{ID: p.contact.ID, Path: trail}, nil
}

// Get is [contacts.Store.Get].
func (m *Model) Get(ctx context.Context, id uuid.UUID, opts *contacts.GetOptions) (*contacts.Contact, error) {
	if err := m.ready(ctx); err != nil {
		return nil, err
	}
	shown := []string{"*"}
	if opts != nil && len(opts.Fields)+len(opts.Fieldsets) > 0 {
		var err error
		if shown, err = projected(opts); err != nil {
			return nil, err
		}
	}
	p, _ := m.resolve(id)
	if p == nil {
		return nil, fail(contacts.ErrContactNotFound, id)
	}
	return project(&p.contact, shown), nil
}

var fieldsets = map[contacts.Fieldset][]string{ // PRJ-2
	contacts.FieldsetBasic: {"primaryInfo", "info.name"},
	contacts.FieldsetCommunicationDetails: {
		"primaryInfo", "info.name", "info.emails", "info.phones", "info.addresses",
	},
	contacts.FieldsetExtended: {"primaryInfo", "info.name", "info.extendedFields"},
	contacts.FieldsetFull:     {"*"},
}

var projectable = []string{ // PRJ-4
	"id", "revision", "source", "createdDate", "updatedDate", "lastActivity",
	"primaryInfo", "primaryEmail", "primaryPhone", "info.name", "info.emails", "info.phones", "info.addresses",
	"info.company", "info.jobTitle", "info.picture",
	"info.birthdate", "info.locale", "info.labelKeys", "info.locations", "info.extendedFields", "info.assignedUserIds",
	"_id", "_createdDate", "_updatedDate",
}

func projected(opts *contacts.GetOptions) ([]string, error) {
	k := &checks{}
	var shown []string
	for i, field := range opts.Fields[:k.size("fields", len(opts.Fields), 100)] {
		if !slices.Contains(projectable, field) {
			k.format("fields["+strconv.Itoa(i)+"]", contacts.FormatEnum)
		}
		shown = append(shown, field)
	}
	for i, fieldset := range opts.Fieldsets[:k.size("fieldsets", len(opts.Fieldsets), 10)] {
		fields, ok := fieldsets[fieldset]
		if !ok {
			k.format("fieldsets["+strconv.Itoa(i)+"]", contacts.FormatEnum)
		}
		shown = append(shown, fields...)
	}
	if len(k.list) > 0 {
		return nil, k.err(uuid.Nil)
	}
	return shown, nil
}

// project returns a contact with some of its fields (PRJ-1, PRJ-3).
func project(c *contacts.Contact, shown []string) *contacts.Contact {
	d := &contacts.Contact{ID: c.ID, Revision: c.Revision}
	for _, field := range shown {
		if field == "*" {
			return c
		}
		if show := projections[field]; show != nil {
			show(d, c)
		}
	}
	return d
}

// projections copy a field from one contact to another.
var projections = map[string]func(d, c *contacts.Contact){
	"source":       func(d, c *contacts.Contact) { d.Source = c.Source },
	"createdDate":  func(d, c *contacts.Contact) { d.CreatedDate = c.CreatedDate },
	"_createdDate": func(d, c *contacts.Contact) { d.CreatedDate = c.CreatedDate },
	"updatedDate":  func(d, c *contacts.Contact) { d.UpdatedDate = c.UpdatedDate },
	"_updatedDate": func(d, c *contacts.Contact) { d.UpdatedDate = c.UpdatedDate },
	"lastActivity": func(d, c *contacts.Contact) { d.LastActivity = c.LastActivity },
	"primaryInfo":  func(d, c *contacts.Contact) { d.PrimaryInfo = c.PrimaryInfo },
	"primaryEmail": func(d, c *contacts.Contact) { d.PrimaryEmail = c.PrimaryEmail },
	"primaryPhone": func(d, c *contacts.Contact) { d.PrimaryPhone = c.PrimaryPhone },

	"info.name":            func(d, c *contacts.Contact) { d.Info.Name = c.Info.Name },
	"info.emails":          func(d, c *contacts.Contact) { d.Info.Emails = c.Info.Emails },
	"info.phones":          func(d, c *contacts.Contact) { d.Info.Phones = c.Info.Phones },
	"info.addresses":       func(d, c *contacts.Contact) { d.Info.Addresses = c.Info.Addresses },
	"info.company":         func(d, c *contacts.Contact) { d.Info.Company = c.Info.Company },
	"info.jobTitle":        func(d, c *contacts.Contact) { d.Info.JobTitle = c.Info.JobTitle },
	"info.picture":         func(d, c *contacts.Contact) { d.Info.Picture = c.Info.Picture },
	"info.birthdate":       func(d, c *contacts.Contact) { d.Info.Birthdate = c.Info.Birthdate },
	"info.locale":          func(d, c *contacts.Contact) { d.Info.Locale = c.Info.Locale },
	"info.labelKeys":       func(d, c *contacts.Contact) { d.Info.LabelKeys = c.Info.LabelKeys },
	"info.locations":       func(d, c *contacts.Contact) { d.Info.Locations = c.Info.Locations },
	"info.extendedFields":  func(d, c *contacts.Contact) { d.Info.ExtendedFields = c.Info.ExtendedFields },
	"info.assignedUserIds": func(d, c *contacts.Contact) { d.Info.AssignedUserIDs = c.Info.AssignedUserIDs },
}

// SetMember is [contacts.Store.SetMember].
func (m *Model) SetMember(ctx context.Context, id uuid.UUID, member *contacts.Member) (*contacts.Contact, error) {
	k := &checks{}
	member = k.member("memberInfo", member)
	login := ""
	if member != nil && member.Status != contacts.MemberDeleted {
		login = member.Email
	}
	var ids []uuid.UUID
	if m.ready(ctx) == nil && len(k.list) == 0 && login != "" {
		var err error
		if ids, err = m.draw(1); err != nil {
			return nil, about(id, err)
		}
	}
	return m.change(ctx, id, k, func(before, after *person, _ time.Time) error {
		after.contact.Member = member
		if login != "" {
			emails := loggingIn(after.contact.Info.Emails, login, ids[0])
			if len(emails) > 50 {
				k := &checks{}
				k.size("info.emails.items", len(emails), 50)
				return k.err(uuid.Nil)
			}
			if repeats(emails, func(e contacts.Email) uuid.UUID { return e.ID }) { // UPD-5
				return fail(contacts.ErrInternal, uuid.Nil)
			}
			after.contact.Info.Emails = emails
		}
		after.derive()
		return m.fits(before, after)
	})
}

// loggingIn returns the emails of a member with this login email (MEM-9).
func loggingIn(emails []contacts.Email, login string, id uuid.UUID) []contacts.Email {
	first := contacts.Email{ID: id, Tag: contacts.EmailUntagged, Address: login}
	var others []contacts.Email
	found := false
	for _, e := range emails {
		if e.Primary = false; !found && fold(e.Address) == fold(login) {
			first, found = e, true
		} else {
			others = append(others, e)
		}
	}
	first.Primary = true
	return append([]contacts.Email{first}, others...)
}

// SetBillingSubscription is [contacts.Store.SetBillingSubscription].
func (m *Model) SetBillingSubscription(ctx context.Context, id uuid.UUID, active bool) (*contacts.Contact, error) {
	return m.change(ctx, id, &checks{}, func(_, after *person, _ time.Time) error {
		after.billing = active
		return nil
	})
}

// SetSubscription is [contacts.Store.SetSubscription].
func (m *Model) SetSubscription(
	ctx context.Context, id uuid.UUID, address string, status contacts.SubscriptionStatus,
) (*contacts.Contact, error) {
	k := &checks{}
	if status == contacts.SubscriptionNoStatus || !slices.Contains(subscriptionWords, status) { // SUB-3
		k.format("status", contacts.FormatEnum)
	}
	return m.change(ctx, id, k, func(_, after *person, _ time.Time) error {
		if key, ok := hasEmail(&after.contact.Info, address); ok { // SUB-5
			state := after.emailState(key)
			state.subscription = status
			after.setEmailState(key, state)
		} else if numbers := numbersAt(&after.contact.Info, address, address, status); numbers != nil {
			after.setPhoneStates(numbers, status)
		} else {
			return notOnContact("address")
		}
		after.derive()
		return nil
	})
}

// SetDeliverability is [contacts.Store.SetDeliverability].
func (m *Model) SetDeliverability(
	ctx context.Context, id uuid.UUID, email string, status contacts.EmailDeliverability,
) (*contacts.Contact, error) {
	k := &checks{}
	if !slices.Contains(emailDeliverabilityWords, status) { // SUB-4
		k.format("status", contacts.FormatEnum)
	}
	return m.change(ctx, id, k, func(_, after *person, _ time.Time) error {
		key, ok := hasEmail(&after.contact.Info, email)
		if !ok {
			return notOnContact("email")
		}
		state := after.emailState(key)
		state.deliverability = status
		after.setEmailState(key, state)
		after.derive()
		return nil
	})
}

func notOnContact(field string) error {
	k := &checks{}
	k.add(contacts.Violation{Field: field, Rule: contacts.RuleCustom, RuleName: contacts.RuleNameNotOnContact})
	return k.err(uuid.Nil)
}

// SetSystemFields is [contacts.Store.SetSystemFields] (FLD-16).
func (m *Model) SetSystemFields(
	ctx context.Context, id uuid.UUID, values map[string]any,
) (*contacts.Contact, error) {
	return m.change(ctx, id, &checks{}, func(before, after *person, _ time.Time) error {
		if len(values) == 0 {
			return fail(contacts.ErrInsufficientUpdate, uuid.Nil)
		}
		if err := m.knownFields(values); err != nil {
			return err
		}
		k := &checks{}
		for _, key := range slices.Sorted(maps.Keys(values)) {
			if !settable(key) {
				k.add(contacts.Violation{
					Field: fieldPath(key), Rule: contacts.RuleCustom, RuleName: contacts.RuleNameNotSettable,
				})
			}
		}
		if len(k.list) > 0 {
			return k.err(uuid.Nil)
		}
		checked, err := m.fieldValues(values)
		if err != nil {
			return err
		}
		after.contact.Info.ExtendedFields = merged(after.contact.Info.ExtendedFields, checked)
		return m.fits(before, after)
	})
}

// RecordActivity is [contacts.Store.RecordActivity].
func (m *Model) RecordActivity(
	ctx context.Context, id uuid.UUID, t contacts.ActivityType, at time.Time,
) (*contacts.Contact, error) {
	if t == "" { // ACT-1
		t = contacts.ActivityGeneral
	}
	k := &checks{}
	if t == contacts.ActivityContactCreated || !slices.Contains(activityWords, t) { // ACT-2
		k.format("activity.activityType", contacts.FormatEnum)
	}
	at = k.time("activity.activityDate", at)
	if p := m.find(id); p != nil && len(k.list) == 0 && m.ready(ctx) == nil && m.onTime(id) == nil {
		when := at
		if when.IsZero() {
			when = m.now()
		}
		if when.Before(p.contact.LastActivity.ActivityDate) { // ACT-3
			return &p.contact, nil
		}
	}
	return m.change(ctx, id, k, func(_, after *person, now time.Time) error {
		if at.IsZero() {
			at = now
		}
		after.contact.LastActivity = contacts.Activity{ActivityDate: at, ActivityType: t}
		return nil
	})
}
