package contacts

import (
	"cmp"
	"context"
	"maps"
)

// UpsertUnchanged is the action of an upsert of what the contact has already: nothing was written. V4 has no such word.
const UpsertUnchanged UpsertAction = "UNCHANGED"

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
	if err := s.ready(ctx); err != nil {
		return nil, "", err
	}
	if opts == nil {
		opts = &UpsertOptions{}
	}
	patch, violations := normalize(patchOf(info), s.phones)
	v := &validator{violations: violations}
	source := v.source("source", opts.Source, s.opts.DefaultSource)
	if err := invalid(v.violations); err != nil {
		return nil, "", err
	}
	ids, err := s.newIDs(1 + patch.items())
	if err != nil {
		return nil, "", err
	}
	action := UpsertUpdated
	c, err := s.perform(ctx, func(tx *tx) (*record, error) {
		given, err := tx.given(patch, ids[1:])
		if err != nil {
			return nil, err
		}
		before := tx.reads().match(&given.contact.Info)
		var after *record
		if before == nil {
			action = UpsertCreated
			after, err = tx.newContact(patch, ids, source, true)
		} else {
			after, err = tx.absorb(before, given, true)
		}
		if err != nil {
			return nil, err
		}
		if after == before {
			action = UpsertUnchanged
			return after, nil
		}
		tx.put(before, after)
		return after, nil
	})
	if err != nil {
		return nil, "", err
	}
	return c, action, nil
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
