package contacts

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/redact"
	"github.com/contactsdb/contacts/internal/wire"
)

const mergeSourcesMax = 5

// MergeOutcome is the outcome of a merge for one piece of information.
type MergeOutcome string

// The outcomes.
const (
	MergeKept         MergeOutcome = "KEPT"          // the target had it and keeps it
	MergeAdded        MergeOutcome = "ADDED"         // a source brought it
	MergeAlreadyThere MergeOutcome = "ALREADY_THERE" // the merged contact already had an equal one
	MergeDropped      MergeOutcome = "DROPPED"       // the merged contact does not have it; see MergeEntry.Reason
)

// MergeReason is the reason why the merged contact does not have a piece of information.
type MergeReason string

// The reasons.
const (
	TargetHasValue        MergeReason = "TARGET_HAS_VALUE"         // the target's value is never overwritten
	EarlierSourceHasValue MergeReason = "EARLIER_SOURCE_HAS_VALUE" // the first source in the given order wins
	ComputedAgain         MergeReason = "COMPUTED_AGAIN"           // the store derives it from the merged contact
	ObjectionWins         MergeReason = "OBJECTION_WINS"           // a contact has UNSUBSCRIBED for the address
)

// MergeEntry accounts for one piece of information of the target or of a source (MRG-8): an email, phone, address,
// label, location or assigned user, a scalar, the name as one piece, the value of an extended field, or the status that
// was set for an email or phone.
type MergeEntry struct {
	From    uuid.UUID    // the contact that had it
	Field   string       // its path there, such as info.emails.items[1]
	Outcome MergeOutcome // kept, added, already there or dropped
	To      string       // its path on the merged contact, or that of an equal one; empty if dropped
	Reason  MergeReason  // why it was dropped; empty otherwise
}

// MergeBlocker is a kind of reason why contacts cannot be merged: a source that must not be deleted, or a limit that
// the merged contact would exceed.
type MergeBlocker string

// The blockers. In lists, those of sources come before those of limits.
const (
	SourceIsOwnerOrContributor   MergeBlocker = "SOURCE_IS_OWNER_OR_CONTRIBUTOR"
	SourceIsMember               MergeBlocker = "SOURCE_IS_MEMBER"
	SourceHasBillingSubscription MergeBlocker = "SOURCE_HAS_BILLING_SUBSCRIPTION"
	TooManyEmails                MergeBlocker = "TOO_MANY_EMAILS"
	TooManyPhones                MergeBlocker = "TOO_MANY_PHONES"
	TooManyAddresses             MergeBlocker = "TOO_MANY_ADDRESSES"
	TooManyLabels                MergeBlocker = "TOO_MANY_LABELS"
	TooManyLocations             MergeBlocker = "TOO_MANY_LOCATIONS"
	TooManyAssignedUsers         MergeBlocker = "TOO_MANY_ASSIGNED_USERS"
	TooLarge                     MergeBlocker = "TOO_LARGE"          // Options.ContactSizeMax (VAL-21), or FLD-31
	TooManyRevisions             MergeBlocker = "TOO_MANY_REVISIONS" // the target has its last one (REV-3)
)

// ofSource reports whether the blocker is about a source, not about a limit.
func (b MergeBlocker) ofSource() bool {
	return b == SourceIsOwnerOrContributor || b == SourceIsMember || b == SourceHasBillingSubscription
}

// MergeBlock is one reason why a merge fails.
type MergeBlock struct {
	Blocker   MergeBlocker
	ID        uuid.UUID // the source that cannot be merged, or the target that would exceed a limit
	Violation Violation // the exceeded limit; zero for blockers of sources
}

// BlockedError comes with [ErrFailedPrecondition] and [ErrIllegalMerge] and lists the reasons why contacts cannot be
// merged.
type BlockedError struct {
	Blocks []MergeBlock
}

// Error lists the blockers.
func (e *BlockedError) Error() string {
	var names []string
	for _, b := range e.Blocks {
		names = append(names, string(b.Blocker))
	}
	return strings.Join(names, ", ")
}

// MarshalJSON writes the message (ERR-4).
func (e BlockedError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{}) }

// LogValue returns the message.
func (e BlockedError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// Fingerprint identifies the exact state of the contacts that a plan was made from.
type Fingerprint [sha256.Size]byte

// MergePlan is a preview of a merge (MRG-12).
type MergePlan struct {
	Contact     *Contact        // the merged contact, with the target's present revision and dates
	Account     []MergeEntry    // the target's entries, then those of each source
	Blocks      []MergeBlock    // why the merge would fail; empty if it would succeed
	Pairs       []DuplicatePair // the evidence about every two of the contacts, also those that share nothing
	Doubts      []MergeDoubt    // why a person has to decide whether the contacts are the same person (GRP-7)
	Fingerprint Fingerprint     // for MergeOptions.Plan
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (p MergePlan) LogValue() slog.Value { return redact.Value(p) }

// Safe reports whether the contacts of the merge can be merged without asking a person, as [DuplicateGroup.Safe] does
// for a group, with the default of DuplicateOptions. It is about the people: [MergePlan.Err] says whether the store
// would carry out the merge.
func (p *MergePlan) Safe() bool { return len(p.Pairs) > 0 && len(p.Doubts) == 0 }

// Err returns the error that Blocks would make the merge fail with, nil if there are none.
func (p *MergePlan) Err() error { return blocked(p.Blocks) }

// MergeOptions are the options of [Store.Merge].
type MergeOptions struct {
	// Plan is the fingerprint of the plan that this merge carries out. If the target or a source has changed since, the
	// merge fails with MERGE_PLAN_OUTDATED (MRG-13). The zero value means no check.
	Plan Fingerprint
}

// Merge adds the information of the sources to the target and deletes the sources; [Store.Get] then finds the target by
// their IDs (RED-1). No value of the target is overwritten or removed, nothing is added twice, and earlier sources win
// over later ones (MRG-3 to MRG-7). There is one exception: UNSUBSCRIBED of any of the contacts wins for its address
// (MRG-14). The revision must be the target's current one. A merge cannot be undone: [Store.PreviewMerge] shows the
// result without writing it.
//
// Errors, in the order they are checked (MRG-1): INVALID_ARGUMENT unless there are 1 to 5 sources, CONTACT_NOT_FOUND,
// ILLEGAL_MERGE if the target is among the sources or a source is given twice, FAILED_PRECONDITION if a source is a
// member or has a billing subscription, CONTACT_ALREADY_CHANGED, MERGE_PLAN_OUTDATED, and ILLEGAL_MERGE if the merged
// contact would exceed a limit. On an error nothing has changed.
func (s *Store) Merge(
	ctx context.Context, target uuid.UUID, revision int, sources []uuid.UUID, opts *MergeOptions,
) (*Contact, error) {
	return do(ctx, s, MergeOp{Target: target, Revision: revision, Sources: sources, Plan: deref(opts).Plan})
}

// MergeOp is the operation of [Store.Merge]. Revision 0 is the present revision of a target with a temporary ID.
type MergeOp struct {
	Target   uuid.UUID
	Revision int
	Sources  []uuid.UUID
	Plan     Fingerprint
}

func (op MergeOp) prepare(*Store) (write, uuid.UUID, error) {
	op.Sources = slices.Clone(op.Sources) // the caller's
	return op.write, op.Target, invalid(checkSources(op.Sources))
}

// write is the prepared operation.
func (op MergeOp) write(_ context.Context, tx *txn) (outcome, error) {
	before, err := tx.contact(op.Target)
	if err != nil {
		return outcome{}, err
	}
	sources := tx.temps.idsOf(op.Sources)
	records, err := tx.reads().sources(before, sources)
	if err != nil {
		return outcome{}, err
	}
	if err := blocked(blockedSources(records)); err != nil {
		return outcome{}, err
	}
	if !tx.isRevision(op.Revision, op.Target, before) {
		return outcome{}, &Error{Code: ErrAlreadyChanged}
	}
	if err := checkPlan(op.Plan, before, records); err != nil {
		return outcome{}, err
	}
	m := mergeWithoutAccount(before, records)
	after := tx.nextVersion(before)
	after.contact.Info, after.statuses = m.info, m.statuses
	after.contact.setLastActivity(Activity{ActivityDate: tx.now, ActivityType: ActivityContactMerged})
	if err := blocked(m.limits(*after, tx.sizeMax)); err != nil {
		return outcome{}, err
	}

	tx.origin = originMerge
	tx.note(Change{Kind: ContactMerged, Before: View{before}, After: View{after}, sources: sources})
	tx.put(before, after)
	for _, source := range records {
		tx.put(source, nil)
		tx.redirect(source.contact.ID, before.contact.ID)
	}
	return outcome{contact: after}, nil
}

// PreviewMerge returns the result of a merge, the reasons why it would fail, and whether the contacts seem to be the
// same person, without writing anything (MRG-12). The plan is the caller's own.
//
// Errors: INVALID_ARGUMENT, CONTACT_NOT_FOUND, and ILLEGAL_MERGE if the target is among the sources or a source is
// given twice. All other reasons why [Store.Merge] would refuse these contacts are in the plan's Blocks.
func (s *Store) PreviewMerge(ctx context.Context, target uuid.UUID, sources []uuid.UUID) (*MergePlan, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	if err := invalid(checkSources(sources)); err != nil {
		return nil, about(target, err)
	}
	reads := s.Snapshot().reads()
	before := reads.contact(target)
	if before == nil {
		return nil, &Error{Code: ErrContactNotFound, ID: target}
	}
	records, err := reads.sources(before, sources)
	if err != nil {
		return nil, about(target, err)
	}
	seen, err := fingerprint(before, records)
	if err != nil {
		return nil, about(target, err)
	}
	m := merge(before, records)
	after := *before
	after.contact.Info, after.statuses = m.info, m.statuses
	pairs, doubts := reads.judge(append([]*record{before}, records...))
	return &MergePlan{
		Contact: after.clone(), Account: m.account,
		Blocks: slices.Concat(blockedSources(records), m.limits(after, s.opts.ContactSizeMax)),
		Pairs:  pairs, Doubts: doubts,
		Fingerprint: seen,
	}, nil
}

// sources looks up the sources of a merge.
func (r reader) sources(target *record, ids []uuid.UUID) ([]*record, error) {
	records := make([]*record, len(ids))
	for i, id := range ids {
		if records[i] = r.contact(id); records[i] == nil {
			return nil, &Error{Code: ErrContactNotFound, ID: id}
		}
	}
	for i, id := range ids {
		if id == target.contact.ID || slices.Contains(ids[:i], id) {
			return nil, &Error{Code: ErrIllegalMerge, ID: id}
		}
	}
	return records, nil
}

func checkSources(sources []uuid.UUID) []Violation {
	v := &validator{}
	if len(sources) == 0 {
		v.add(Violation{Field: "sourceContactIds", Rule: RuleMinSize, Threshold: 1})
	}
	v.guids("sourceContactIds", sources, mergeSourcesMax)
	return v.violations
}

// merger merges contacts into a target one by one.
type merger struct {
	target *record

	// The result. It may share memory with the target and the sources.
	info     Info
	statuses statuses
	account  []MergeEntry

	accounts bool             // whether it keeps the account
	from     *record          // the contact whose values are being merged
	won      map[string]bool  // paths of single values that come from a source
	consent  map[string][]int // of account: the entries for the subscription status of the item at a path
}

// merge merges the sources, in their order, into the target. It is pure: it neither looks up nor writes anything.
func merge(target *record, sources []*record) *merger {
	m := &merger{accounts: true, consent: make(map[string][]int)}
	m.run(target, sources)
	return m
}

// mergeWithoutAccount is merge in less memory: a merge that is carried out shows no account.
func mergeWithoutAccount(target *record, sources []*record) *merger {
	m := &merger{}
	m.run(target, sources)
	return m
}

func (m *merger) run(target *record, sources []*record) {
	m.target, m.info, m.statuses = target, target.contact.Info, target.statuses
	m.won = make(map[string]bool)
	m.info.ExtendedFields = make(map[string]any, len(target.contact.Info.ExtendedFields))
	maps.Copy(m.info.ExtendedFields, target.contact.Info.ExtendedFields)
	m.add(target)
	for _, source := range sources {
		m.add(source)
	}
}

// add merges the values of r. Those of the target are in the result already, and only get entries in the account.
func (m *merger) add(r *record) {
	m.from = r
	in, to := &r.contact.Info, &m.info
	mergeValue(m, "info.name", &to.Name, in.Name, Name.same) // as one piece: the parts could be of two people
	mergeItems(m, "info.emails", &to.Emails, in.Emails, Email.same, Email.demoted, (*Email).id)
	m.addEmailStatuses(r)
	mergeItems(m, "info.phones", &to.Phones, in.Phones, Phone.same, Phone.demoted, (*Phone).id)
	m.addPhoneStatuses(r)
	mergeItems(m, "info.addresses", &to.Addresses, in.Addresses, Address.sameContent, unchanged, (*Address).id)
	mergeValue(m, "info.company", &to.Company, in.Company, equals)
	mergeValue(m, "info.jobTitle", &to.JobTitle, in.JobTitle, equals)
	mergeValue(m, "info.birthdate", &to.Birthdate, in.Birthdate, equals)
	mergeValue(m, "info.locale", &to.Locale, in.Locale, equals)
	mergeSet(m, "info.labelKeys", &to.LabelKeys, in.LabelKeys)
	m.addFields(r)
	mergeValue(m, "info.picture", &to.Picture, in.Picture, equalPictures)
	mergeSet(m, "info.locations", &to.Locations, in.Locations)
	mergeSet(m, "info.assignedUserIds", &to.AssignedUserIDs, in.AssignedUserIDs)
}

// addFields merges the values of extended fields. Of spentFields, a half is filled only if the other half is not that
// of another contact.
func (m *merger) addFields(r *record) {
	values := r.contact.Info.ExtendedFields
	keys := slices.Collect(maps.Keys(values))
	r.eachDerived(func(key, _ string) { keys = append(keys, key) })
	slices.Sort(keys)
	spent := "" // the path of a half that the merged contact already has
	for _, key := range spentFields {
		if m.info.ExtendedFields[key] != nil {
			spent = fieldPath(key)
		}
	}
	for _, key := range keys {
		path, merged := fieldPath(key), m.info.ExtendedFields[key]
		switch {
		case derivedField(key):
			m.note(path, MergeDropped, "", ComputedAgain)
		case spent != "" && merged == nil && slices.Contains(spentFields[:], key):
			m.drop(path, spent)
		default:
			mergeValue(m, path, &merged, values[key], equalValue)
			m.info.ExtendedFields[key] = merged
		}
	}
}

// addEmailStatuses merges the statuses that were set for emails. An email has two, merged independently.
func (m *merger) addEmailStatuses(r *record) {
	for i, e := range r.contact.Info.Emails {
		key := e.statusKey()
		given, ok := r.statuses.emails[key]
		if !ok {
			continue
		}
		j := slices.IndexFunc(m.info.Emails, func(o Email) bool { return o.statusKey() == key })
		before := m.statuses.email(m.info.Emails[j])
		after := before
		from, to := itemPath("info.emails", i), itemPath("info.emails", j)
		m.mergeSubscription(from, to, &after.subscription, given.subscription)
		mergeStatus(m, from, to, ".deliverabilityStatus",
			&after.deliverability, given.deliverability, EmailDeliverabilityNotSet)
		if after != before { // otherwise the map need not be copied
			m.statuses.emails = with(m.statuses.emails, key, after, emailNotSet)
		}
	}
}

// addPhoneStatuses merges the subscription status of each phone; the delivery status of phones cannot be set.
func (m *merger) addPhoneStatuses(r *record) {
	if len(r.statuses.phones) == 0 {
		return // without the keys of all phones
	}
	for i, p := range r.contact.Info.Phones {
		key := p.statusKey()
		given, ok := r.statuses.phones[key]
		if !ok {
			continue
		}
		j := slices.IndexFunc(m.info.Phones, func(o Phone) bool { return o.statusKey() == key })
		before := m.statuses.phone(m.info.Phones[j])
		after := before
		from, to := itemPath("info.phones", i), itemPath("info.phones", j)
		m.mergeSubscription(from, to, &after.subscription, given.subscription)
		if after != before {
			m.statuses.phones = with(m.statuses.phones, key, after, phoneNotSet)
		}
	}
}

// mergeSubscription is mergeStatus for subscriptions. A merge must not undo an objection, so UNSUBSCRIBED wins over any
// other status, whichever contact has it (MRG-14).
func (m *merger) mergeSubscription(from, to string, dst *SubscriptionStatus, status SubscriptionStatus) {
	const name = ".subscriptionStatus"
	switch {
	case status == SubscriptionNotSet:
		return
	case status == SubscriptionUnsubscribed && *dst != status:
		for _, i := range m.consent[to] {
			e := &m.account[i]
			e.Outcome, e.To, e.Reason = MergeDropped, "", ObjectionWins
		}
		delete(m.consent, to)
		*dst = SubscriptionNotSet
	case status != SubscriptionUnsubscribed && *dst == SubscriptionUnsubscribed:
		m.note(from+name, MergeDropped, "", ObjectionWins)
		return
	}
	mergeStatus(m, from, to, name, dst, status, SubscriptionNotSet)
	if m.accounts {
		m.consent[to] = append(m.consent[to], len(m.account)-1)
	}
}

// mergeStatus merges the status called name of the item at path from into that of the item at path to. A status that is
// not set counts as absent.
func mergeStatus[S comparable](m *merger, from, to, name string, dst *S, status, notSet S) {
	if status == notSet {
		return
	}
	from, to = from+name, to+name
	switch {
	case m.from == m.target:
		m.note(from, MergeKept, from, "")
	case *dst == notSet:
		*dst = status
		m.won[to] = true
		m.note(from, MergeAdded, to, "")
	case *dst == status:
		m.note(from, MergeAlreadyThere, to, "")
	default:
		m.drop(from, to)
	}
}

func (m *merger) note(field string, outcome MergeOutcome, to string, reason MergeReason) {
	if !m.accounts {
		return
	}
	m.account = append(m.account, MergeEntry{
		From: m.from.contact.ID, Field: field, Outcome: outcome, To: to, Reason: reason,
	})
}

// drop notes that a value was dropped in favor of the one at path to.
func (m *merger) drop(field, to string) {
	reason := TargetHasValue
	if m.won[to] {
		reason = EarlierSourceHasValue
	}
	m.note(field, MergeDropped, "", reason)
}

// mergeValue merges a single value: the target's wins, then that of the first source that has one.
func mergeValue[T any](m *merger, path string, dst *T, value T, same func(a, b T) bool) {
	var none T
	switch {
	case same(value, none):
	case m.from == m.target:
		m.note(path, MergeKept, path, "")
	case same(*dst, none):
		*dst = value
		m.won[path] = true
		m.note(path, MergeAdded, path, "")
	case same(*dst, value):
		m.note(path, MergeAlreadyThere, path, "")
	default:
		m.drop(path, path)
	}
}

// mergeItems appends the items that are new. If the list was empty, the first one stays or becomes the primary one;
// adopt makes all others non-primary.
func mergeItems[T any](
	m *merger, path string, dst *[]T, items []T, same func(item, other T) bool, adopt func(T) T, id func(*T) *uuid.UUID,
) {
	if m.from != m.target {
		*dst = slices.Grow(slices.Clip(*dst), len(items)) // clipped: the array may be the target's
	}
	for i, item := range items {
		at := itemPath(path, i)
		if m.from == m.target {
			m.note(at, MergeKept, at, "")
			continue
		}
		if j := slices.IndexFunc(*dst, func(other T) bool { return same(item, other) }); j >= 0 {
			m.note(at, MergeAlreadyThere, itemPath(path, j), "")
			continue
		}
		if len(*dst) > 0 {
			item = adopt(item)
		}
		for own := id(&item); hasID(*dst, *own, id); {
			// An import can create two contacts from one, with the same item IDs. The new ID is computed, not random,
			// so that the preview shows the same one.
			*own = uuid.NewSHA1(m.from.contact.ID, own[:])
		}
		*dst = append(*dst, item)
		m.note(at, MergeAdded, itemPath(path, len(*dst)-1), "")
	}
}

// mergeSet is mergeItems for plain values. There can be many, so it finds equal ones by a map.
func mergeSet[T comparable](m *merger, path string, dst *[]T, items []T) {
	index := make(map[T]int, len(*dst)+len(items))
	for i, item := range slices.Backward(*dst) {
		index[item] = i
	}
	if m.from != m.target {
		*dst = slices.Grow(slices.Clip(*dst), len(items))
	}
	for i, item := range items {
		at := itemPath(path, i)
		if m.from == m.target {
			m.note(at, MergeKept, at, "")
		} else if j, ok := index[item]; ok {
			m.note(at, MergeAlreadyThere, itemPath(path, j), "")
		} else {
			index[item] = len(*dst)
			m.note(at, MergeAdded, itemPath(path, len(*dst)), "")
			*dst = append(*dst, item)
		}
	}
}

func itemPath(list string, i int) string { return list + ".items[" + strconv.Itoa(i) + "]" }

func equals[T comparable](a, b T) bool { return a == b }

func equalPictures(a, b *Picture) bool { return equalPtrFunc(a, b, Picture.equal) }

func unchanged[T any](v T) T { return v }

// same reports whether two names are equal. All that show nothing are.
func (n Name) same(o Name) bool { return n == o || n.blank() && o.blank() }

func (e Email) same(o Email) bool { return fold.SameEmail(e.Address, o.Address) }

func (e Email) demoted() Email { e.Primary = false; return e }

// same reports whether p adds no number to o: they have the same E.164 form and extension or, if p has no such form,
// the same text, even one that identifies no one (MRG-5).
func (p Phone) same(o Phone) bool {
	if p.E164 == "" {
		return p.Number == o.Number
	}
	return p.E164 == o.E164 && p.dialed().Key() == o.dialed().Key()
}

func (p Phone) demoted() Phone { p.Primary = false; return p }

// sameContent compares addresses except for their tags and IDs.
func (a Address) sameContent(b Address) bool {
	a.ID, a.Tag = b.ID, b.Tag
	return a.Equal(b)
}

// blockedSources lists the reasons why sources cannot be deleted and therefore cannot be merged (MRG-2).
func blockedSources(sources []*record) []MergeBlock {
	var blocks []MergeBlock
	for _, source := range sources {
		block := func(b MergeBlocker) { blocks = append(blocks, MergeBlock{Blocker: b, ID: source.contact.ID}) }
		switch c := &source.contact; {
		case c.Member.ownerOrContributor():
			block(SourceIsOwnerOrContributor)
		case c.Member.exists():
			block(SourceIsMember)
		}
		if source.billing {
			block(SourceHasBillingSubscription)
		}
	}
	return blocks
}

// limits lists the limits that the merged contact exceeds (MRG-9). Its size is that with the target's last activity, so
// that a preview lists the same.
func (m *merger) limits(merged record, sizeMax int) []MergeBlock {
	merged.contact.setLastActivity(m.target.contact.lastActivity())
	id := merged.contact.ID
	blocks := m.fullLists()
	for _, v := range tooLarge(m.target, &merged, sizeMax) {
		blocks = append(blocks, MergeBlock{Blocker: TooLarge, ID: id, Violation: v})
	}
	if m.target.contact.Revision >= lastRevision {
		blocks = append(blocks, MergeBlock{Blocker: TooManyRevisions, ID: id, Violation: noRevisionLeft})
	}
	return blocks
}

// fullLists lists the lists that would have too many items.
func (m *merger) fullLists() []MergeBlock {
	var blocks []MergeBlock
	for _, list := range []struct {
		blocker  MergeBlocker
		field    string
		n, limit int
	}{
		{TooManyEmails, "info.emails.items", len(m.info.Emails), itemsMax},
		{TooManyPhones, "info.phones.items", len(m.info.Phones), itemsMax},
		{TooManyAddresses, "info.addresses.items", len(m.info.Addresses), itemsMax},
		{TooManyLabels, "info.labelKeys.items", len(m.info.LabelKeys), labelsMax},
		{TooManyLocations, "info.locations.items", len(m.info.Locations), itemsMax},
		{TooManyAssignedUsers, "info.assignedUserIds.items", len(m.info.AssignedUserIDs), itemsMax},
	} {
		if list.n > list.limit {
			blocks = append(blocks, MergeBlock{
				Blocker: list.blocker, ID: m.target.contact.ID,
				Violation: Violation{Field: list.field, Rule: RuleMaxSize, Threshold: list.limit},
			})
		}
	}
	return blocks
}

// blocked returns the error for blocks, nil if there are none: FAILED_PRECONDITION with the blocks of sources if there
// are any, else ILLEGAL_MERGE with the limits as violations.
func blocked(blocks []MergeBlock) error {
	if len(blocks) == 0 {
		return nil
	}
	var sources, limits []MergeBlock
	var violations []Violation
	for _, b := range blocks {
		if b.Blocker.ofSource() {
			sources = append(sources, b)
		} else {
			limits = append(limits, b)
			violations = append(violations, b.Violation)
		}
	}
	if sources != nil {
		return &Error{Code: ErrFailedPrecondition, ID: sources[0].ID, Err: &BlockedError{Blocks: sources}}
	}
	return &Error{Code: ErrIllegalMerge, ID: limits[0].ID, Violations: violations, Err: &BlockedError{Blocks: limits}}
}

// checkPlan refuses a merge if a contact has changed since the merge was planned (MRG-13).
func checkPlan(plan Fingerprint, target *record, sources []*record) error {
	if plan == (Fingerprint{}) {
		return nil
	}
	now, err := fingerprint(target, sources)
	if err == nil && now != plan {
		err = &Error{Code: ErrPlanOutdated}
	}
	return err
}

// fingerprint hashes everything that determines the result of a merge.
func fingerprint(target *record, sources []*record) (Fingerprint, error) {
	text, err := wire.Write(func(w *wire.Writer) {
		writeRow(w, target)
		for _, source := range sources {
			w.EndLine()
			writeRow(w, source)
		}
	})
	if err != nil {
		return Fingerprint{}, &Error{Code: ErrInternal, Err: err}
	}
	return sha256.Sum256(text), nil
}
