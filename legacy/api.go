package legacy

import (
	"context"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// A Method is one of the methods of Wix.Contacts.
type Method string

// The methods.
const (
	MethodGetContactByID   Method = "getContactById"
	MethodGetContacts      Method = "getContacts" // and the moves of its cursor
	MethodReconcileContact Method = "reconcileContact"
)

// Options are the options of an API. The zero value of a field is its default.
type Options struct {
	// Permit decides whether a call may proceed. An error refuses the call with FORBIDDEN and is kept in [Error.Err].
	// The default permits all calls; in the service only the dashboard may call these methods. Permit must be safe for
	// concurrent use.
	Permit func(ctx context.Context, method Method) error

	// Source is the source of the contacts that [API.ReconcileContact] creates. The default is that of the store.
	Source contacts.Source
}

// API is Wix.Contacts on top of a store. Its methods are safe for concurrent use. It starts no goroutines, and all
// contacts are in the store.
type API struct {
	store *contacts.Store
	opts  Options

	// judge stays empty: its forks check a contactInfo by the rules of V4, before any look-up and without using the
	// clock and the IDs of the store.
	judge *contacts.Store

	// reconciling is held by a reconcile from its look-up to its write: of two for the same new person, the second must
	// find the contact that the first creates. It is a channel so that a canceled context ends the wait.
	reconciling chan struct{}
}

// New returns the API of a store. A nil opts means defaults. Use one API per store, because only reconciles of the same
// API take turns (LEG-20). The caller may continue to use the store, and has to close it.
//
// Errors: BAD_REQUEST if the source is invalid.
func New(store *contacts.Store, opts *Options) (*API, error) {
	a := &API{store: store, reconciling: make(chan struct{}, 1)}
	if opts != nil {
		a.opts = *opts
	}
	var err error
	// A store checks its default source like that of a contact.
	if a.judge, err = contacts.New(&contacts.Options{DefaultSource: a.opts.Source}); err != nil {
		return nil, failure(err)
	}
	return a, nil
}

// permit reports FORBIDDEN if the call is not permitted.
func (a *API) permit(ctx context.Context, method Method) error {
	if a.opts.Permit == nil {
		return nil
	}
	if err := a.opts.Permit(ctx, method); err != nil {
		return &Error{Code: ErrForbidden, Err: err}
	}
	return nil
}

// GetContactByID returns a contact. The ID of a contact that was merged away finds the one that it was merged into: the
// returned contact then has a different ID.
//
// Errors, in the order of the checks: FORBIDDEN, BAD_REQUEST if id does not have the form of an ID, NOT_FOUND,
// WIX_ERROR.
func (a *API) GetContactByID(ctx context.Context, id string) (*Contact, error) {
	if err := a.permit(ctx, MethodGetContactByID); err != nil {
		return nil, err
	}
	key, violations := parseID(id)
	if err := refused(ErrBadRequest, violations); err != nil {
		return nil, err
	}
	c, err := a.store.Get(ctx, key, nil)
	if err != nil {
		return nil, failure(err)
	}
	shown := show(c)
	return &shown, nil
}

// parseID parses an ID (LEG-1).
func parseID(id string) (uuid.UUID, []contacts.Violation) {
	const field = "id"
	if id == "" {
		return uuid.Nil, []contacts.Violation{{Field: field, Rule: contacts.RuleRequired}}
	}
	key, ok := wire.ParseGUID(id)
	if !ok {
		return uuid.Nil, []contacts.Violation{{Field: field, Rule: contacts.RuleFormat, Format: contacts.FormatGUID}}
	}
	return key, nil
}
