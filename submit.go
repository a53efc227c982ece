package contacts

import (
	"cmp"
	"context"
	"log/slog"
	"slices"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/redact"
)

// SubmitOptions are the options of [Store.Submit]. The zero value of a field means none, or the default given.
type SubmitOptions struct {
	// MemberID is the member who is logged in. The submission then goes to the member's contact, whatever emails and
	// phones it has (SBM-2).
	MemberID uuid.UUID

	// VisitorContactID is the contact of the visitor's session: Submission.ContactID of an earlier call. It is used
	// only for a submission without name, email and a phone that identifies a person. A browser cannot know of merges,
	// so the ID of a contact that was merged away finds its target (SBM-5).
	VisitorContactID uuid.UUID

	// ContactID is the contact to submit to, in place of one found by email or phone. It requires Override (SBM-3).
	ContactID uuid.UUID

	// Override allows ContactID: the caller has V4's permission CONTACTS.SUBMIT_WITH_OVERRIDES.
	Override bool

	// PassThroughData is a text for the readers of the feed, at most 300 characters. It is stored only there.
	PassThroughData string

	// Activity becomes the contact's lastActivity, as by [Store.RecordActivity]. The zero value records none.
	Activity Activity

	// Source is the source of a new contact, default Options.DefaultSource.
	Source Source
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (o SubmitOptions) LogValue() slog.Value { return redact.Value(o) }

// Submission is the result of [Store.Submit]: the contact that the submission belongs to. It encodes to JSON in the
// wire shape.
type Submission struct {
	ContactID    uuid.UUID    `json:"contactId"`
	IdentityType IdentityType `json:"identityType"`
	NewContact   bool         `json:"newContact"`
}

const passThroughMax = 300

// Submit stores a form submission about a person: it adds the info to the person's contact or creates one, as V4's
// "append or create". The contact is opts.ContactID, else that of the logged-in member, else the oldest that has one of
// the emails, else the oldest that has one of the phones (SBM-4). A phone such as "n/a", which identifies no one, is
// passed over. If there is no such contact, a submission without a name, an email and a phone that identifies goes to
// the contact of the session; any other creates a contact.
//
// An existing contact keeps its values: empty properties are filled, new items appended, labels added (SBM-6). If that
// changes nothing, its revision stays. A contact of a member who is not logged in is found but not changed; the
// identity type is then NOT_AUTHENTICATED_MEMBER (SBM-7). The feed always gets a contact_submitted, after the change of
// the contact, if any (SBM-9). Duplicates are never reported.
//
// Errors, in the order they are checked (SBM-1): INVALID_ARGUMENT, INSUFFICIENT_PERMISSION,
// CANNOT_HAVE_MULTIPLE_PRIMARY_INFO, EXTENDED_FIELD_NOT_FOUND, INVALID_EXTENDED_FIELD_VALUE, LABEL_NOT_FOUND,
// CONTACT_NOT_FOUND, INSUFFICIENT_CONTACT_DATA, CONTACT_ID_ALREADY_EXISTS, INVALID_ARGUMENT for more than 50 items or
// 2000 labels on the contact, CANNOT_UPDATE_MEMBER_EMAIL. On an error nothing has changed.
func (s *Store) Submit(ctx context.Context, info Info, opts *SubmitOptions) (Submission, error) {
	done, err := run(ctx, s, SubmitOp{Info: info, SubmitOptions: deref(opts)})
	if err != nil {
		return Submission{}, err
	}
	return done.submission(), nil
}

// submission returns the result of a submission.
func (o outcome) submission() Submission {
	return Submission{ContactID: o.contact.contact.ID, IdentityType: o.identity, NewContact: o.created}
}

// SubmitOp is the operation of [Store.Submit].
type SubmitOp struct {
	Info Info
	SubmitOptions

	// TempID is an ID by which later operations of the same batch can name the contact, see [Store.Batch]. They can
	// write to it even if it is the contact of a member who is not logged in, to which Submit writes nothing (SBM-7).
	TempID uuid.UUID
}

func (op SubmitOp) tempName() tempName { return tempName{contact: op.TempID} }

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (op SubmitOp) LogValue() slog.Value { return redact.Value(op) }

func (op SubmitOp) prepare(s *Store) (write, uuid.UUID, error) {
	opts := op.SubmitOptions
	patch, source, v := s.checkInfo(op.Info, opts.Source)
	opts.Source = source
	v.text("passThroughData", opts.PassThroughData, passThroughMax)
	opts.Activity = v.reported("activity", opts.Activity)
	if err := invalid(v.violations); err != nil {
		return nil, opts.ContactID, err
	}
	if opts.ContactID != uuid.Nil && !opts.Override {
		return nil, uuid.Nil, &Error{Code: ErrInsufficientPermission}
	}
	ids, err := s.newIDs(1 + patch.items())
	if err != nil {
		return nil, uuid.Nil, err
	}
	submit := func(_ context.Context, tx *txn) (outcome, error) { return tx.submit(&opts, patch, ids) }
	return submit, opts.ContactID, nil
}

// submit decides a submission and puts it.
func (tx *txn) submit(opts *SubmitOptions, patch Patch, ids []uuid.UUID) (outcome, error) {
	given, err := tx.given(patch, ids[1:])
	if err != nil {
		return outcome{}, err
	}
	before, identity, err := tx.submitter(opts, &given.contact.Info)
	if err != nil {
		return outcome{}, err
	}
	after := before
	switch {
	case identity == IdentityNotAuthenticatedMember:
	case before == nil:
		after, err = tx.newContact(patch, ids, opts.Source, true)
	default:
		after, err = tx.absorb(before, given, false)
	}
	if err != nil {
		return outcome{}, err
	}
	activity := opts.Activity
	if activity.ActivityType != "" {
		activity.ActivityDate = cmp.Or(activity.ActivityDate, tx.now)
		outdated := before != nil && activity.ActivityDate.Before(activityDate(before))
		if identity != IdentityNotAuthenticatedMember && !outdated {
			if after == before {
				after = tx.nextVersion(before)
			}
			after.contact.setLastActivity(activity)
			if err := tx.checkSize(cmp.Or(before, &record{}), after); err != nil {
				return outcome{}, about(cmp.Or(before, &record{}).contact.ID, err)
			}
		}
	}
	if err := checkRevision(before, after); err != nil {
		return outcome{}, about(after.contact.ID, err)
	}
	tx.put(before, after)
	tx.note(Change{
		Kind: ContactSubmitted, Before: View{before}, After: View{after},
		submission: &submission{passThroughData: opts.PassThroughData, activity: activity},
	})
	return outcome{contact: after, created: before == nil, identity: identity}, nil
}

// submitter returns the contact that a submission belongs to, nil for a new one.
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
	if r == nil && !given.introduces() {
		r = tx.reads().resolve(tx.temps.id(o.VisitorContactID))
		if r == nil && !given.identified() {
			return nil, "", &Error{Code: ErrInsufficientData}
		}
	}
	if r != nil && r.contact.Member.exists() {
		return r, IdentityNotAuthenticatedMember, nil
	}
	return r, IdentityContact, nil
}

// introduces reports whether the info says who a person is: it has a name, an email, or a phone that identifies. That
// is more than CRT-1 requires of a contact, which may have a phone such as "n/a" only.
func (in *Info) introduces() bool {
	identifies := func(p Phone) bool { return p.dialed().Identifies() }
	return len(in.Emails) > 0 || slices.ContainsFunc(in.Phones, identifies) || !in.Name.blank()
}

// given returns the input of a submission or an upsert as a record, which need not be valid in a store.
func (tx *txn) given(patch Patch, ids []uuid.UUID) (*record, error) {
	if err := tx.replaceTempKeys(&patch); err != nil {
		return nil, err
	}
	values, err := tx.checkedValues(patch)
	if err != nil {
		return nil, err
	}
	patch, fresh := patch.keepIDs(Info{}, ids)
	if !fresh {
		return nil, &Error{Code: ErrInternal, Err: errRepeatedID}
	}
	r := &record{}
	r.contact.Info = patch.apply(Info{}, values)
	return r, nil
}

// UpsertOptions are the options of [Store.Upsert].
type UpsertOptions struct {
	// Source is the source of a new contact, default Options.DefaultSource.
	Source Source
}

// Upsert stores another system's data about a person. It updates the oldest contact that has one of the emails, else
// the oldest that has one of the phones, or creates a contact (UPS-1). It is not part of V4, and unlike [Store.Submit]
// it trusts the caller. Given single values replace present ones, with first and last name independent of each other.
// Emails, phones and addresses that the contact lacks are appended; labels, locations and assigned users are added;
// given values of extended fields are set. Nothing else is removed or replaced, and no other email or phone becomes the
// primary one (UPS-2). If the contact has all of it already, nothing is written and its revision stays (UPS-3). No
// revision is required, and duplicates are never reported. Two concurrent calls with the same email create only one
// contact.
//
// To remove values, or to match by other fields, use [Store.List] and [Store.Update].
//
// Errors, in the order they are checked (UPS-4): INVALID_ARGUMENT, CANNOT_HAVE_MULTIPLE_PRIMARY_INFO,
// EXTENDED_FIELD_NOT_FOUND, INVALID_EXTENDED_FIELD_VALUE, LABEL_NOT_FOUND; for a new contact INSUFFICIENT_CONTACT_DATA
// and CONTACT_ID_ALREADY_EXISTS; for an existing one INVALID_ARGUMENT for more than 50 items or 2000 labels on it, and
// CANNOT_UPDATE_MEMBER_EMAIL if a member without an email would get one. On an error nothing has changed.
func (s *Store) Upsert(ctx context.Context, info Info, opts *UpsertOptions) (*Contact, UpsertAction, error) {
	done, err := run(ctx, s, UpsertOp{Info: info, Source: deref(opts).Source})
	return done.clone(), done.action, err
}

// UpsertOp is the operation of [Store.Upsert].
type UpsertOp struct {
	Info   Info
	Source Source

	// TempID is an ID by which later operations of the same batch can name the contact, see [Store.Batch].
	TempID uuid.UUID
}

func (op UpsertOp) tempName() tempName { return tempName{contact: op.TempID} }

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (op UpsertOp) LogValue() slog.Value { return redact.Value(op) }

func (op UpsertOp) prepare(s *Store) (write, uuid.UUID, error) {
	patch, ids, source, err := s.prepareInfo(op.Info, op.Source)
	return func(_ context.Context, tx *txn) (outcome, error) {
		given, err := tx.given(patch, ids[1:])
		if err != nil {
			return outcome{}, err
		}
		before, action := tx.reads().match(&given.contact.Info), UpsertUpdated
		var after *record
		if before == nil {
			action = UpsertCreated
			after, err = tx.newContact(patch, ids, source, true)
		} else {
			after, err = tx.absorb(before, given, true)
		}
		if err != nil {
			return outcome{}, err
		}
		if err := checkRevision(before, after); err != nil {
			return outcome{}, about(after.contact.ID, err)
		}
		if after == before {
			action = UpsertUnchanged
		}
		tx.put(before, after)
		return outcome{contact: after, created: before == nil, action: action}, nil
	}, uuid.Nil, err
}
