package contacts

import (
	"cmp"
	"context"
	"maps"

	"github.com/google/uuid"
)

// SubmitOptions are the options of [Store.Submit]: who submits, and what besides.
type SubmitOptions struct {
	// MemberID is the member who is logged in: the submission is that of the member's contact, whatever it says
	// (SBM-2).
	MemberID uuid.UUID

	// VisitorContactID is the contact that the visitor's session is attached to: Submission.ContactID of an earlier
	// call. It counts only for a submission that names nobody (SBM-5).
	VisitorContactID uuid.UUID

	// ContactID is the contact to submit to, instead of the one that would be found. That takes a permission (SBM-3).
	ContactID uuid.UUID

	// Override says that the caller may set ContactID: V4's permission CONTACTS.SUBMIT_WITH_OVERRIDES.
	Override bool

	// PassThroughData is a text for those who follow the submissions, at most 300 characters. Only the feed
	// keeps it.
	PassThroughData string

	// Activity is what the contact did, as in [Store.RecordActivity]. The zero value reports none.
	Activity Activity

	// Source is that of a contact that is created, default Options.DefaultSource.
	Source Source
}

// Submission tells which contact a submission was attached to. It encodes to JSON in the wire shape.
type Submission struct {
	ContactID    uuid.UUID    `json:"contactId"`
	IdentityType IdentityType `json:"identityType"`
	NewContact   bool         `json:"newContact"`
}

const passThroughMax = 300

// Submit adds what a visitor has submitted to the contact that it is of, or creates one: V4's "append or create". The
// contact is ContactID, else that of the logged-in member, else the oldest with one of the emails, else with one of the
// phones (SBM-4); if there is none a new one, and for a submission without name, email and phone that of the session.
//
// A contact that is there keeps what it has: empty properties are filled, new items appended, labels added (SBM-6). If
// all is there already it gets no new revision. A member who is not logged in is found but not written to:
// NOT_AUTHENTICATED_MEMBER (SBM-7). The feed gets a contact_submitted in any case, after the change that was made
// (SBM-9). Duplicates are never reported.
//
// Errors, in the order they are checked (SBM-1): INVALID_ARGUMENT, INSUFFICIENT_PERMISSION,
// CANNOT_HAVE_MULTIPLE_PRIMARY_INFO, EXTENDED_FIELD_NOT_FOUND, INVALID_EXTENDED_FIELD_VALUE, LABEL_NOT_FOUND,
// CONTACT_NOT_FOUND, INSUFFICIENT_CONTACT_DATA, CONTACT_ID_ALREADY_EXISTS, INVALID_ARGUMENT for over 50 items or 2000
// labels on the contact, CANNOT_UPDATE_MEMBER_EMAIL. On an error nothing has changed.
func (s *Store) Submit(ctx context.Context, info Info, opts *SubmitOptions) (Submission, error) {
	op := &submitOp{info: info, opts: deref(opts)}
	if _, err := s.do(ctx, op); err != nil {
		return Submission{}, err
	}
	return op.result, nil
}

// submitOp is the operation of [Store.Submit].
type submitOp struct {
	info   Info
	opts   SubmitOptions
	result Submission
}

func (op *submitOp) prepare(s *Store) (write, uuid.UUID, error) {
	patch, ids, source, err := s.prepareInfo(op.info, op.opts.Source, func(v *validator) {
		v.text("passThroughData", op.opts.PassThroughData, passThroughMax)
		op.opts.Activity = v.reported("activity", op.opts.Activity)
	})
	if err != nil {
		return nil, op.opts.ContactID, err
	}
	op.opts.Source = source
	if op.opts.ContactID != uuid.Nil && !op.opts.Override {
		return nil, uuid.Nil, &Error{Code: ErrInsufficientPermission}
	}
	return func(tx *txn) (*record, error) { return op.write(tx, patch, ids) }, op.opts.ContactID, nil
}

// write decides what becomes of the submission and puts it.
func (op *submitOp) write(tx *txn, patch Patch, ids []uuid.UUID) (*record, error) {
	given, err := tx.given(patch, ids[1:])
	if err != nil {
		return nil, err
	}
	before, identity, err := tx.submitter(&op.opts, &given.contact.Info)
	if err != nil {
		return nil, err
	}
	after := before
	switch {
	case identity == IdentityNotAuthenticatedMember:
	case before == nil:
		after, err = tx.newContact(patch, ids, op.opts.Source, true)
	default:
		after, err = tx.absorb(before, given, false)
	}
	if err != nil {
		return nil, err
	}
	activity := op.opts.Activity
	if activity.ActivityType != "" {
		activity.ActivityDate = cmp.Or(activity.ActivityDate, tx.now)
		outdated := before != nil && activity.ActivityDate.Before(before.contact.LastActivity.ActivityDate)
		if identity != IdentityNotAuthenticatedMember && !outdated {
			if after == before {
				after = tx.nextVersion(before)
			}
			after.contact.LastActivity = activity
		}
	}
	tx.put(before, after)
	tx.note(Change{
		Kind: ContactSubmitted, Before: View{before}, After: View{after},
		submission: &submission{passThroughData: op.opts.PassThroughData, activity: activity},
	})
	op.result = Submission{ContactID: after.contact.ID, IdentityType: identity, NewContact: before == nil}
	return after, nil
}

// submitter returns the contact that a submission is of, nil for a new one.
func (tx *txn) submitter(o *SubmitOptions, given *Info) (*record, IdentityType, error) {
	if o.ContactID != uuid.Nil {
		r, err := tx.contact(o.ContactID)
		return r, IdentityContact, err
	}
	if o.MemberID != uuid.Nil {
		for r := range tx.reads().byMember(o.MemberID) {
			return r, IdentityMember, nil
		}
		return nil, "", &Error{Code: ErrContactNotFound}
	}
	r := tx.reads().match(given)
	if r == nil && !given.identified() {
		if r = tx.reads().contact(o.VisitorContactID); r == nil {
			return nil, "", &Error{Code: ErrInsufficientData}
		}
	}
	if r != nil && r.contact.Member != nil {
		return r, IdentityNotAuthenticatedMember, nil
	}
	return r, IdentityContact, nil
}

// given returns a record of what a submission or an upsert gives. It need not be one that could be stored.
func (tx *txn) given(patch Patch, ids []uuid.UUID) (*record, error) {
	values, err := tx.checkedValues(patch)
	if err != nil {
		return nil, err
	}
	r := &record{}
	r.contact.Info = patch.keepIDs(Info{}, ids).apply(Info{}, values)
	return r, nil
}

// absorb decides what becomes of a contact to which something is given: as in a merge with it, what is new is added and
// nothing is removed, but for single values that are given, if they replace those that are there. The contact itself
// comes back if that changes nothing.
func (tx *txn) absorb(before, given *record, replace bool) (*record, error) {
	m := merge(before, []*record{given})
	if in := &given.contact.Info; replace {
		m.info.replace(in)
	} else {
		m.info.Name = before.contact.Info.Name.filled(in.Name)
	}
	var violations []Violation
	for _, b := range m.limits() {
		violations = append(violations, b.Violation)
	}
	if err := invalid(violations); err != nil {
		return nil, about(before.contact.ID, err)
	}
	after := tx.nextVersion(before)
	after.contact.Info, after.statuses = m.info, m.statuses
	derive(&after.contact, after.statuses)
	if err := checkMemberEmail(&before.contact, &after.contact); err != nil {
		return nil, about(before.contact.ID, err)
	}
	if after.contact.Info.Equal(before.contact.Info) {
		return before, nil
	}
	return after, nil
}

// filled returns the name with the parts that it lacks, unless the name given is another: two people's names never mix.
func (n Name) filled(given Name) Name {
	all := Name{First: cmp.Or(n.First, given.First), Last: cmp.Or(n.Last, given.Last)}
	if all == n.replaced(given) {
		return all
	}
	return n
}

// replaced returns the name with the parts that are given in place of its own.
func (n Name) replaced(given Name) Name {
	return Name{First: cmp.Or(given.First, n.First), Last: cmp.Or(given.Last, n.Last)}
}

// UpsertOptions are the options of [Store.Upsert].
type UpsertOptions struct {
	// Source says where a contact that is created comes from, default Options.DefaultSource.
	Source Source
}

// Upsert brings what another system knows of someone into the store: it updates the contact that has one of the emails,
// else one of the phones, the oldest if there are several, or creates one (UPS-1). It goes beyond V4, and unlike
// [Store.Submit] it trusts the caller: single values that are given replace those that are there, first and last name
// each by itself; emails, phones and addresses that the contact lacks are appended; labels, locations and assigned
// users added; values of extended fields set. Nothing else is removed or replaced, and no other email or phone becomes
// the primary one (UPS-2). If the contact has all of it already, nothing is written and its revision stays (UPS-3). No
// revision is asked for, and duplicates are never reported. Two calls at once with the same email make one contact.
//
// To tell what to remove, or to match by something else, use [Store.List] and [Store.Update].
//
// Errors, in the order they are checked (UPS-4): INVALID_ARGUMENT, CANNOT_HAVE_MULTIPLE_PRIMARY_INFO,
// EXTENDED_FIELD_NOT_FOUND, INVALID_EXTENDED_FIELD_VALUE, LABEL_NOT_FOUND; for a new contact INSUFFICIENT_CONTACT_DATA
// and CONTACT_ID_ALREADY_EXISTS; for one that is there INVALID_ARGUMENT for over 50 items or 2000 labels on it, and
// CANNOT_UPDATE_MEMBER_EMAIL where a member without an email would get one. On an error nothing has changed.
func (s *Store) Upsert(ctx context.Context, info Info, opts *UpsertOptions) (*Contact, UpsertAction, error) {
	op := &upsertOp{info: info, opts: deref(opts)}
	c, err := s.do(ctx, op)
	if err != nil {
		return nil, "", err
	}
	return c, op.action, nil
}

// upsertOp is the operation of [Store.Upsert].
type upsertOp struct {
	info   Info
	opts   UpsertOptions
	action UpsertAction
}

func (op *upsertOp) prepare(s *Store) (write, uuid.UUID, error) {
	patch, ids, source, err := s.prepareInfo(op.info, op.opts.Source, nil)
	return func(tx *txn) (*record, error) {
		given, err := tx.given(patch, ids[1:])
		if err != nil {
			return nil, err
		}
		before := tx.reads().match(&given.contact.Info)
		var after *record
		if before == nil {
			op.action = UpsertCreated
			after, err = tx.newContact(patch, ids, source, true)
		} else {
			op.action = UpsertUpdated
			after, err = tx.absorb(before, given, true)
		}
		if err != nil {
			return nil, err
		}
		if after == before {
			op.action = UpsertUnchanged
		}
		tx.put(before, after)
		return after, nil
	}, uuid.Nil, err
}

// replace puts the single values that are given in place of those that are there. The map of extended fields must be
// the caller's own.
func (in *Info) replace(given *Info) {
	in.Name = in.Name.replaced(given.Name)
	in.Company = cmp.Or(given.Company, in.Company)
	in.JobTitle = cmp.Or(given.JobTitle, in.JobTitle)
	in.Birthdate = cmp.Or(given.Birthdate, in.Birthdate)
	in.Locale = cmp.Or(given.Locale, in.Locale)
	in.Picture = cmp.Or(given.Picture, in.Picture)
	maps.Copy(in.ExtendedFields, given.ExtendedFields)
}
