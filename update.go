package contacts

import (
	"context"
	"log/slog"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/redact"
)

// CreateOptions are the options of [Store.Create].
type CreateOptions struct {
	// AllowDuplicates allows a primary email or phone that another contact has as its primary one (DUP-1).
	AllowDuplicates bool
	// Source is the source of the contact, default Options.DefaultSource.
	Source Source

	// Unsubscribe lists emails and phones of the contact whose owner objects to marketing: in the same write they
	// become UNSUBSCRIBED (SUB-8). They are given as for [Store.SetSubscription].
	Unsubscribe []string
}

// LogValue returns the names of the fields that are set (ERR-5).
func (o CreateOptions) LogValue() slog.Value { return redact.Value(o) }

// Create creates a contact from info, which must have a name, an email or a phone (CRT-1). The IDs of items in info are
// ignored, as are values of read-only extended fields.
//
// Errors, in the order they are checked (CRT-2): INVALID_ARGUMENT, CANNOT_HAVE_MULTIPLE_PRIMARY_INFO,
// EXTENDED_FIELD_NOT_FOUND, INVALID_EXTENDED_FIELD_VALUE, LABEL_NOT_FOUND, INSUFFICIENT_CONTACT_DATA,
// DUPLICATE_CONTACT_EXISTS, CONTACT_ID_ALREADY_EXISTS, INVALID_ARGUMENT for Unsubscribe. On an error nothing has
// changed.
func (s *Store) Create(ctx context.Context, info Info, opts *CreateOptions) (*Contact, error) {
	o := deref(opts)
	return do(ctx, s, CreateOp{
		Info: info, AllowDuplicates: o.AllowDuplicates, Source: o.Source, Unsubscribe: o.Unsubscribe,
	})
}

// CreateOp is the operation of [Store.Create].
type CreateOp struct {
	Info            Info
	AllowDuplicates bool
	Source          Source
	Unsubscribe     []string

	// TempID is an ID by which later operations of the same batch can name the contact, see [Store.Batch].
	TempID uuid.UUID
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (op CreateOp) LogValue() slog.Value { return redact.Value(op) }

func (op CreateOp) tempName() tempName { return tempName{contact: op.TempID} }

func (op CreateOp) prepare(s *Store) (write, uuid.UUID, error) {
	patch, ids, source, err := s.prepareInfo(op.Info, op.Source)
	allowDuplicates := op.AllowDuplicates // so that the write does not keep all of op
	unsubscribe := slices.Clone(op.Unsubscribe)
	return func(_ context.Context, tx *txn) (outcome, error) {
		after, err := tx.newContact(patch, ids, source, allowDuplicates)
		if err == nil {
			err = after.unsubscribe(unsubscribe)
		}
		if err != nil {
			return outcome{}, err
		}
		tx.put(nil, after)
		return outcome{contact: after, created: true}, nil
	}, uuid.Nil, err
}

// prepareInfo checks the info and the source for a contact that may be created. It draws an ID for the contact, which
// is the first, and IDs for its items.
func (s *Store) prepareInfo(info Info, source Source) (Patch, []uuid.UUID, Source, error) {
	patch, source, v := s.checkInfo(info, source)
	if err := invalid(v.violations); err != nil {
		return Patch{}, nil, Source{}, err
	}
	ids, err := s.newIDs(1 + patch.items())
	return patch, ids, source, err
}

// checkInfo returns the info as a patch and the source, both in their stored form, and a validator with their
// violations.
func (s *Store) checkInfo(info Info, source Source) (Patch, Source, *validator) {
	patch, violations := normalize(patchOf(info), s.phones)
	v := &validator{violations: violations}
	return patch, v.source("source", source, s.opts.DefaultSource), v
}

// newContact decides a new contact. The first of ids is its own, the others are for its items.
func (tx *txn) newContact(patch Patch, ids []uuid.UUID, source Source, allowDuplicates bool) (*record, error) {
	before := &record{contact: documentOf(&Contact{
		ID: ids[0], Source: source, CreatedDate: tx.now,
		LastActivity: Activity{ActivityDate: tx.now, ActivityType: ActivityContactCreated},
	})}
	after, err := tx.decideUpdate(before, patch, ids[1:], allowDuplicates)
	if err != nil {
		return nil, err
	}
	if tx.reads().taken(ids[0]) || tx.temps.hasID(ids[0]) {
		return nil, &Error{Code: ErrIDExists, ID: ids[0]}
	}
	after.order = tx.place(tx.now)
	return after, nil
}

// GetOptions are the options of [Store.Get]: the fields to return, by default all (PRJ-1).
type GetOptions struct {
	Fields    []string   // paths such as info.name
	Fieldsets []Fieldset // returned in addition to Fields
}

// Get returns a contact. The ID of a contact that was merged away finds the contact it was merged into; the returned
// contact then has a different ID (RED-1). Of the other methods of Store, only [Store.Resolve] accepts such an ID.
//
// Errors: INVALID_ARGUMENT for an unknown field or fieldset, CONTACT_NOT_FOUND.
func (s *Store) Get(ctx context.Context, id uuid.UUID, opts *GetOptions) (*Contact, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	o := deref(opts)
	shown, err := projection(o.Fields, o.Fieldsets)
	if err != nil {
		return nil, err
	}
	r := s.Snapshot().reads().resolve(id)
	if r == nil {
		return nil, &Error{Code: ErrContactNotFound, ID: id}
	}
	return r.show(shown), nil
}

// UpdateOptions are the options of [Store.Update].
type UpdateOptions struct {
	// AllowDuplicates allows a new primary email or phone that another contact has as its primary one (DUP-1).
	AllowDuplicates bool

	// Unsubscribe lists emails and phones of the updated contact whose owner objects to marketing: in the same write
	// they become UNSUBSCRIBED (SUB-8). They are given as for [Store.SetSubscription].
	Unsubscribe []string
}

// LogValue returns the names of the fields that are set (ERR-5).
func (o UpdateOptions) LogValue() slog.Value { return redact.Value(o) }

// Update applies a patch to a contact and raises the revision by one, even if the values stay the same (UPD-2). The
// revision must be the contact's current one (REV-2).
//
// Errors, in the order they are checked (UPD-1): INVALID_ARGUMENT, CONTACT_NOT_FOUND, CONTACT_ALREADY_CHANGED,
// INSUFFICIENT_UPDATE_CONTACT_DATA, CANNOT_HAVE_MULTIPLE_PRIMARY_INFO, EXTENDED_FIELD_NOT_FOUND,
// INVALID_EXTENDED_FIELD_VALUE, LABEL_NOT_FOUND, CANNOT_UPDATE_MEMBER_EMAIL, INSUFFICIENT_CONTACT_DATA,
// DUPLICATE_CONTACT_EXISTS, INVALID_ARGUMENT for Unsubscribe. On an error nothing has changed.
func (s *Store) Update(
	ctx context.Context, id uuid.UUID, revision int, patch Patch, opts *UpdateOptions,
) (*Contact, error) {
	o := deref(opts)
	return do(ctx, s, UpdateOp{
		ID: id, Revision: revision, Patch: patch, AllowDuplicates: o.AllowDuplicates, Unsubscribe: o.Unsubscribe,
	})
}

// UpdateOp is the operation of [Store.Update]. If an earlier operation of a batch writes to the same contact, Revision
// must be the revision after that operation. 0 is the present revision of a contact with a temporary ID.
type UpdateOp struct {
	ID              uuid.UUID
	Revision        int
	Patch           Patch
	AllowDuplicates bool
	Unsubscribe     []string
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (op UpdateOp) LogValue() slog.Value { return redact.Value(op) }

func (op UpdateOp) prepare(s *Store) (write, uuid.UUID, error) {
	nothing := op.Patch.IsZero() && len(op.Unsubscribe) == 0
	patch, violations := normalize(op.Patch, s.phones)
	if err := invalid(violations); err != nil {
		return nil, op.ID, err
	}
	ids, err := s.newIDs(patch.items())
	id, revision, allowDuplicates := op.ID, op.Revision, op.AllowDuplicates // so that the write does not keep all of op
	unsubscribe := slices.Clone(op.Unsubscribe)
	return decision(func(tx *txn, before *record) (*record, error) {
		if !tx.isRevision(revision, id, before) {
			return nil, &Error{Code: ErrAlreadyChanged}
		}
		if nothing {
			return nil, &Error{Code: ErrInsufficientUpdate}
		}
		after, err := tx.decideUpdate(before, patch, ids, allowDuplicates)
		if err == nil {
			err = after.unsubscribe(unsubscribe)
		}
		return after, err
	}).of(id), id, err
}

// decideUpdate applies a patch to a contact, derives what follows, and checks the result. It returns the next version.
func (tx *txn) decideUpdate(before *record, patch Patch, ids []uuid.UUID, allowDuplicates bool) (*record, error) {
	if err := tx.replaceTempKeys(&patch); err != nil {
		return nil, err
	}
	values, err := tx.checkedValues(patch)
	if err != nil {
		return nil, err
	}
	after := tx.nextVersion(before)
	patch, fresh := patch.keepIDs(before.contact.Info, ids)
	if !fresh {
		return nil, &Error{Code: ErrInternal, Err: errRepeatedID}
	}
	reformat(patch.Addresses.value, before.contact.Info.Addresses)
	after.contact.Info = patch.apply(before.contact.Info, values)
	after.statuses = before.statuses.of(&after.contact.Info)
	if err := tx.checkSize(before, after); err != nil {
		return nil, err
	}
	if err := checkMemberEmail(&before.contact, &after.contact); err != nil {
		return nil, err
	}
	if !after.contact.Info.identified() {
		return nil, &Error{Code: ErrInsufficientData}
	}
	if !allowDuplicates {
		if err := tx.checkDuplicate(before, after, patch); err != nil {
			return nil, err
		}
	}
	return after, nil
}

// checkedValues checks a patch as far as this does not depend on the contact, and returns its values of extended
// fields.
func (tx *txn) checkedValues(patch Patch) (fieldValues, error) {
	if patch.multiplePrimaries() {
		return fieldValues{}, &Error{Code: ErrMultiplePrimary}
	}
	values, err := tx.fieldValues(patch)
	if err != nil {
		return fieldValues{}, err
	}
	return values, checkLabels(patch.LabelKeys.value, tx.reads().hasLabel)
}

// replaceTempKeys puts keys of labels and fields in place of the temporary ones in a patch. It refuses two values for
// the same field (BAT-5).
func (tx *txn) replaceTempKeys(p *Patch) error {
	if len(tx.temps) == 0 {
		return nil
	}
	v := &validator{}
	p.LabelKeys.value = tx.temps.labelKeys(p.LabelKeys.value)
	p.ExtendedFields.value = tx.withFieldKeys(v, p.ExtendedFields.value)
	p.SetFields = tx.withFieldKeys(v, p.SetFields)
	return invalid(v.violations)
}

func (tx *txn) withFieldKeys(v *validator, given map[string]any) map[string]any {
	values := make(map[string]any, len(given))
	for _, name := range slices.Sorted(maps.Keys(given)) {
		key := tx.temps.key(tableFields, name)
		if _, ok := values[key]; ok {
			v.add(Violation{Field: fieldPath(key), Rule: RuleCustom, RuleName: RuleNameRepeated})
		}
		values[key] = given[name]
	}
	return values
}

// Delete deletes a contact. Members and contacts that pay by subscription cannot be deleted (MEM-2).
//
// Errors: CONTACT_NOT_FOUND, CANNOT_DELETE_MEMBER_OWNER_OR_CONTRIBUTOR, CANNOT_DELETE_MEMBER,
// CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION. On an error nothing has changed.
func (s *Store) Delete(ctx context.Context, id uuid.UUID) error {
	_, err := do(ctx, s, DeleteOp{ID: id})
	return err
}

// DeleteOp is the operation of [Store.Delete].
type DeleteOp struct {
	ID uuid.UUID
}

func (op DeleteOp) prepare(*Store) (write, uuid.UUID, error) {
	return decision(decideDelete).of(op.ID), op.ID, nil
}

func decideDelete(_ *txn, before *record) (*record, error) { return nil, checkDelete(before) }
