package contacts

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/google/uuid"
)

const mergeSourcesMax = 5

// Outcome says what became of one piece of information in a merge.
type Outcome string

// The outcomes.
const (
	Kept         Outcome = "KEPT"          // it was the target's and still is
	Added        Outcome = "ADDED"         // it came from a source
	AlreadyThere Outcome = "ALREADY_THERE" // the contact had the same before
	Dropped      Outcome = "DROPPED"       // it is not on the merged contact; see MergeEntry.Reason
)

// DropReason says why a piece of information is not on the merged contact.
type DropReason string

// The reasons.
const (
	TargetHasValue        DropReason = "TARGET_HAS_VALUE"         // no value of the target is overwritten
	EarlierSourceHasValue DropReason = "EARLIER_SOURCE_HAS_VALUE" // sources count in the order given
	ComputedAgain         DropReason = "COMPUTED_AGAIN"           // the store derives it from the merged contact
)

// MergeEntry accounts for one piece of information of the target or of a source (MRG-8): an email, phone, address, label,
// location or assigned user, a scalar, the name as one piece, the value of an extended field, or the status that was set
// for an email or phone.
type MergeEntry struct {
	From    uuid.UUID  // the contact that held it
	Field   string     // its path there, such as info.emails.items[1]
	Outcome Outcome    // what became of it
	To      string     // the path of it, or of its equal, on the merged contact; empty if dropped
	Reason  DropReason // if dropped
}

// Blocker names what keeps contacts from being merged.
type Blocker string

// The blockers. Those of sources come before those of limits.
const (
	SourceIsOwnerOrContributor   Blocker = "SOURCE_IS_OWNER_OR_CONTRIBUTOR"
	SourceIsMember               Blocker = "SOURCE_IS_MEMBER"
	SourceHasBillingSubscription Blocker = "SOURCE_HAS_BILLING_SUBSCRIPTION"
	TooManyEmails                Blocker = "TOO_MANY_EMAILS"
	TooManyPhones                Blocker = "TOO_MANY_PHONES"
	TooManyAddresses             Blocker = "TOO_MANY_ADDRESSES"
	TooManyLabels                Blocker = "TOO_MANY_LABELS"
	TooManyLocations             Blocker = "TOO_MANY_LOCATIONS"
	TooManyAssignedUsers         Blocker = "TOO_MANY_ASSIGNED_USERS"
)

// MergeBlock is one reason why a merge fails.
type MergeBlock struct {
	Blocker   Blocker
	ID        uuid.UUID // the source that cannot be merged, or the target that would exceed a limit
	Violation Violation // the limit; zero for sources
}

// BlockedError comes with [ErrFailedPrecondition] and [ErrIllegalMerge] and lists why contacts cannot be merged.
type BlockedError struct {
	Blocks []MergeBlock
}

// Error names the first reason.
func (e *BlockedError) Error() string { return string(e.Blocks[0].Blocker) }

// Fingerprint identifies the exact state of the contacts that a plan was made from.
type Fingerprint [sha256.Size]byte

// MergePlan is what a merge would do (MRG-12).
type MergePlan struct {
	Contact     *Contact     // the target as it would be, with its present revision and dates
	Account     []MergeEntry // the target's entries, then those of each source
	Blocks      []MergeBlock // why the merge would fail; empty if it would not
	Fingerprint Fingerprint  // for MergeOptions.Plan
}

// Err returns the error that the merge would fail with, nil if it would not.
func (p *MergePlan) Err() error { return blocked(p.Blocks) }

// MergeOptions are the options of [Store.Merge].
type MergeOptions struct {
	// Plan is the fingerprint of the plan that this merge carries out. If the target or a source is not what it was then,
	// the merge fails with MERGE_PLAN_OUTDATED (MRG-13). The zero value asks for no such check.
	Plan Fingerprint
}

// Merge adds what the sources have to the target, deletes them, and lets [Store.Get] find the target by their IDs
// (RED-1). No value of the target is overwritten or removed, nothing is added twice, and sources count in the order given
// (MRG-3 to MRG-7). The revision must be the target's current one. A merge cannot be undone; see [Store.PreviewMerge].
//
// Errors, in the order they are checked (MRG-1): INVALID_ARGUMENT unless there are 1 to 5 sources, CONTACT_NOT_FOUND,
// ILLEGAL_MERGE if the target is among the sources or a source is given twice, FAILED_PRECONDITION if a source is a
// member or has a billing subscription, CONTACT_ALREADY_CHANGED, MERGE_PLAN_OUTDATED, and ILLEGAL_MERGE if the merged
// contact would exceed a limit. On an error nothing has changed.
func (s *Store) Merge(
	ctx context.Context, target uuid.UUID, revision int, sources []uuid.UUID, opts *MergeOptions,
) (*Contact, error) {
	if opts == nil {
		opts = &MergeOptions{}
	}
	sources = slices.Clone(sources) // the caller's
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	if err := invalid(checkSources(sources)); err != nil {
		return nil, about(target, err)
	}
	var after *record
	err := s.commit(ctx, s.opts.Now(), func(tx *tx) error {
		before, err := tx.contact(target)
		if err != nil {
			return err
		}
		m, err := tx.reads().merge(before, sources)
		if err != nil {
			return err
		}
		if err := m.check(revision, opts.Plan); err != nil {
			return err
		}
		after = tx.next(before)
		after.contact.Info, after.statuses = m.info, m.statuses
		after.contact.LastActivity = Activity{ActivityDate: tx.now, ActivityType: ActivityContactMerged}
		derive(&after.contact, after.statuses)

		tx.origin = originMerge
		tx.changed(Change{Kind: ContactMerged, Before: View{before}, After: View{after}, sources: sources})
		tx.put(before, after)
		for _, source := range m.sources {
			tx.remove(source)
			tx.redirect(source.contact.ID, target)
		}
		return nil
	})
	if err != nil {
		return nil, about(target, err)
	}
	return after.contact.Clone(), nil
}

// check reports why the merge cannot be done, in the order of the checks (MRG-1).
func (m *merger) check(revision int, plan Fingerprint) error {
	if err := blocked(m.blockedSources); err != nil {
		return err
	}
	if m.target.contact.Revision != revision {
		return &Error{Code: ErrAlreadyChanged}
	}
	if plan != (Fingerprint{}) {
		now, err := m.fingerprint()
		if err != nil {
			return err
		}
		if now != plan {
			return &Error{Code: ErrPlanOutdated}
		}
	}
	return blocked(m.limits)
}

// PreviewMerge returns what a merge would do, and what keeps it from being done. Nothing changes (MRG-12).
//
// Errors: INVALID_ARGUMENT, CONTACT_NOT_FOUND, and ILLEGAL_MERGE if the target is among the sources or a source is given
// twice. Everything else that [Store.Merge] would refuse stands in the plan's Blocks.
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
	m, err := reads.merge(before, sources)
	if err != nil {
		return nil, about(target, err)
	}
	print, err := m.fingerprint()
	if err != nil {
		return nil, about(target, err)
	}
	after := before.contact
	after.Info = m.info
	derive(&after, m.statuses)
	return &MergePlan{
		Contact: after.Clone(), Account: m.account, Blocks: slices.Concat(m.blockedSources, m.limits), Fingerprint: print,
	}, nil
}

// merge looks the sources up and merges them into the target, on paper.
func (r reader) merge(target *record, sources []uuid.UUID) (*merger, error) {
	records := make([]*record, len(sources))
	for i, id := range sources {
		if records[i] = r.contact(id); records[i] == nil {
			return nil, &Error{Code: ErrContactNotFound, ID: id}
		}
	}
	for i, id := range sources {
		if id == target.contact.ID || slices.Contains(sources[:i], id) {
			return nil, &Error{Code: ErrIllegalMerge, ID: id}
		}
	}
	return merge(target, records), nil
}

func checkSources(sources []uuid.UUID) []Violation {
	v := &validator{}
	if len(sources) == 0 {
		v.add(Violation{Field: "sourceContactIds", Rule: RuleMinSize, Threshold: 1})
	}
	v.guids("sourceContactIds", sources, mergeSourcesMax)
	return v.violations
}

// merger merges contacts into a target, one after the other.
type merger struct {
	target  *record
	sources []*record

	// The result. It may share memory with the target and the sources.
	info           Info
	statuses       statuses
	account        []MergeEntry
	blockedSources []MergeBlock
	limits         []MergeBlock

	from *record         // the contact whose values are being merged
	won  map[string]bool // paths of single values that a source has filled
}

// merge merges the sources, in their order, into the target. It is pure: nothing is looked up or written.
func merge(target *record, sources []*record) *merger {
	m := &merger{
		target: target, sources: sources,
		info: target.contact.Info, statuses: target.statuses, won: make(map[string]bool),
	}
	m.info.ExtendedFields = make(map[string]any, len(target.contact.Info.ExtendedFields))
	maps.Copy(m.info.ExtendedFields, target.contact.Info.ExtendedFields)
	m.add(target)
	for _, source := range sources {
		m.add(source)
		m.checkSource(source)
	}
	m.checkLimits()
	return m
}

// add merges the values of r. The target's are there from the beginning, they are only accounted for.
func (m *merger) add(r *record) {
	m.from = r
	in := &r.contact.Info
	mergeValue(m, "info.name", &m.info.Name, in.Name) // one piece: two halves might name two people
	mergeItems(m, "info.emails", &m.info.Emails, in.Emails, Email.same, Email.demoted)
	mergeStatuses(m, "info.emails", &m.statuses.emails, r.statuses.emails, in.Emails, m.info.Emails, Email.statusKey)
	mergeItems(m, "info.phones", &m.info.Phones, in.Phones, Phone.same, Phone.demoted)
	mergeStatuses(m, "info.phones", &m.statuses.phones, r.statuses.phones, in.Phones, m.info.Phones, Phone.statusKey)
	mergeItems(m, "info.addresses", &m.info.Addresses, in.Addresses, Address.sameContent, unchanged)
	mergeValue(m, "info.company", &m.info.Company, in.Company)
	mergeValue(m, "info.jobTitle", &m.info.JobTitle, in.JobTitle)
	mergeValue(m, "info.birthdate", &m.info.Birthdate, in.Birthdate)
	mergeValue(m, "info.locale", &m.info.Locale, in.Locale)
	mergeItems(m, "info.labelKeys", &m.info.LabelKeys, in.LabelKeys, equals, unchanged)
	for _, key := range slices.Sorted(maps.Keys(in.ExtendedFields)) {
		m.addField(key, in.ExtendedFields[key])
	}
	if in.Picture != nil {
		var picture Picture
		if m.info.Picture != nil {
			picture = *m.info.Picture
		}
		mergeValue(m, "info.picture", &picture, *in.Picture)
		m.info.Picture = &picture
	}
	mergeItems(m, "info.locations", &m.info.Locations, in.Locations, equals, unchanged)
	mergeItems(m, "info.assignedUserIds", &m.info.AssignedUserIDs, in.AssignedUserIDs, equals, unchanged)
}

func (m *merger) addField(key string, value any) {
	path := "info.extendedFields.items." + key
	if derivedField(key) {
		m.note(path, Dropped, "", ComputedAgain)
		return
	}
	merged := m.info.ExtendedFields[key]
	mergeValue(m, path, &merged, value)
	m.info.ExtendedFields[key] = merged
}

func (m *merger) note(field string, outcome Outcome, to string, reason DropReason) {
	m.account = append(m.account, MergeEntry{
		From: m.from.contact.ID, Field: field, Outcome: outcome, To: to, Reason: reason,
	})
}

// mergeValue merges a value of which a contact has one: the target's wins, then that of the first source that has one.
func mergeValue[T comparable](m *merger, path string, dst *T, value T) {
	var none T
	switch {
	case value == none:
	case m.from == m.target:
		m.note(path, Kept, path, "")
	case *dst == none:
		*dst = value
		m.won[path] = true
		m.note(path, Added, path, "")
	case *dst == value:
		m.note(path, AlreadyThere, path, "")
	case m.won[path]:
		m.note(path, Dropped, "", EarlierSourceHasValue)
	default:
		m.note(path, Dropped, "", TargetHasValue)
	}
}

// mergeItems appends the items that are new. The first of a list that was empty stays, or becomes, the primary one; adopt
// makes the others ordinary.
func mergeItems[T any](m *merger, path string, dst *[]T, items []T, same func(a, b T) bool, adopt func(T) T) {
	at := func(i int) string { return path + ".items[" + strconv.Itoa(i) + "]" }
	for i, item := range items {
		if m.from == m.target {
			m.note(at(i), Kept, at(i), "")
			continue
		}
		if j := slices.IndexFunc(*dst, func(other T) bool { return same(item, other) }); j >= 0 {
			m.note(at(i), AlreadyThere, at(j), "")
			continue
		}
		if len(*dst) > 0 {
			item = adopt(item)
		}
		*dst = append(slices.Clip(*dst), item) // clipped: the array may be the target's
		m.note(at(i), Added, at(len(*dst)-1), "")
	}
}

// mergeStatuses merges the statuses that were set for addresses, those of former addresses too. The account lists those
// of the addresses that the contact has; items are these, merged is the list that they went into.
func mergeStatuses[S comparable, T any](
	m *merger, path string, dst *map[string]S, set map[string]S, items, merged []T, key func(T) string,
) {
	at := func(i int) string { return path + ".items[" + strconv.Itoa(i) + "].status" }
	for i, item := range items {
		k := key(item)
		status, ok := set[k]
		if !ok {
			continue
		}
		to := slices.IndexFunc(merged, func(other T) bool { return key(other) == k })
		before, had := (*dst)[k]
		switch {
		case m.from == m.target:
			m.note(at(i), Kept, at(i), "")
		case to >= 0 && !had:
			m.note(at(i), Added, at(to), "")
		case to >= 0 && before == status:
			m.note(at(i), AlreadyThere, at(to), "")
		case m.won[path+k]:
			m.note(at(i), Dropped, "", EarlierSourceHasValue)
		default: // the target's status, or its number as typed, without a status
			m.note(at(i), Dropped, "", TargetHasValue)
		}
	}
	if m.from == m.target || len(set) == 0 {
		return
	}
	all := make(map[string]S, len(set)+len(*dst))
	maps.Copy(all, *dst)
	for k, status := range set {
		if _, had := all[k]; !had {
			all[k] = status
			m.won[path+k] = true
		}
	}
	*dst = all
}

func equals[T comparable](a, b T) bool { return a == b }

func unchanged[T any](v T) T { return v }

func (e Email) same(o Email) bool { return emailKey(e.Address) == emailKey(o.Address) }

func (e Email) demoted() Email { e.Primary = false; return e }

func (e Email) statusKey() string { return emailKey(e.Address) }

// same compares phones as duplicates are compared: by E.164, else as typed (MRG-5).
func (p Phone) same(o Phone) bool {
	if p.E164 != "" && o.E164 != "" {
		return p.E164 == o.E164
	}
	return p.Number == o.Number
}

func (p Phone) demoted() Phone { p.Primary = false; return p }

func (p Phone) statusKey() string { return p.E164 }

// sameContent compares addresses without their tags and IDs.
func (a Address) sameContent(b Address) bool {
	a.ID, a.Tag = b.ID, b.Tag
	return a.Equal(b)
}

// checkSource notes why a source cannot be deleted, and so not be merged (MRG-2).
func (m *merger) checkSource(source *record) {
	block := func(b Blocker) {
		m.blockedSources = append(m.blockedSources, MergeBlock{Blocker: b, ID: source.contact.ID})
	}
	switch member := source.contact.Member; {
	case member.ownerOrContributor():
		block(SourceIsOwnerOrContributor)
	case member != nil:
		block(SourceIsMember)
	}
	if source.billing {
		block(SourceHasBillingSubscription)
	}
}

// checkLimits notes the limits that the merged contact exceeds (MRG-9).
func (m *merger) checkLimits() {
	for _, list := range []struct {
		blocker  Blocker
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
			m.limits = append(m.limits, MergeBlock{
				Blocker: list.blocker, ID: m.target.contact.ID,
				Violation: Violation{Field: list.field, Rule: RuleMaxSize, Threshold: list.limit},
			})
		}
	}
}

// blocked returns the error for blocks, nil for none: FAILED_PRECONDITION with those of the sources if there are any, else
// ILLEGAL_MERGE with the limits as violations.
func blocked(blocks []MergeBlock) error {
	if len(blocks) == 0 {
		return nil
	}
	e := &Error{Code: ErrIllegalMerge, ID: blocks[0].ID}
	// Blocks of sources come first.
	if sources := slices.IndexFunc(blocks, MergeBlock.isLimit); sources != 0 {
		e.Code = ErrFailedPrecondition
		if sources > 0 {
			blocks = blocks[:sources]
		}
	}
	for _, b := range blocks {
		if b.isLimit() {
			e.Violations = append(e.Violations, b.Violation)
		}
	}
	e.Err = &BlockedError{Blocks: slices.Clone(blocks)}
	return e
}

func (b MergeBlock) isLimit() bool { return b.Violation != Violation{} }

// fingerprint hashes everything that the result of a merge depends on.
func (m *merger) fingerprint() (Fingerprint, error) {
	h := sha256.New()
	for _, r := range append([]*record{m.target}, m.sources...) {
		text, err := json.Marshal(r.contact)
		if err != nil {
			return Fingerprint{}, &Error{Code: ErrInternal, Err: err}
		}
		// fmt prints maps in the order of their keys.
		fmt.Fprintf(h, "%s%v%v\n", text, r.statuses, r.billing)
	}
	return Fingerprint(h.Sum(nil)), nil
}
