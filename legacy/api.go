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
	// Permit says whether a call may go on; an error refuses it with FORBIDDEN and is kept in [Error.Err]. The default
	// permits all. In the service these methods are for the dashboard only. It must be safe for concurrent use.
	Permit func(ctx context.Context, method Method) error

	// Source is the source of the contacts that [API.ReconcileContact] creates, default that of the store.
	Source contacts.Source
}

// API is Wix.Contacts over a store. Its methods are safe for concurrent use; it starts no goroutines, and keeps
// nothing that the store does not have.
type API struct {
	store *contacts.Store
	opts  Options

	// judge is empty and stays so: its forks check a contactInfo by the rules of V4, before anything is looked up and
	// without the clock and the IDs of the store.
	judge *contacts.Store

	// reconciling is held by a reconcile from its look for a contact to its write: of two for the same new person the
	// second must find what the first has made. It is a channel, so that waiting for it can be given up.
	reconciling chan struct{}
}

// New returns the API over a store. A nil opts means defaults. Give a store one API: reconciles of the same API take
// turns (LEG-20). The store stays the caller's, who may go on using and has to close it.
//
// Errors: BAD_REQUEST if the source is not one that a contact can have.
func New(store *contacts.Store, opts *Options) (*API, error) {
	a := &API{store: store, reconciling: make(chan struct{}, 1)}
	if opts != nil {
		a.opts = *opts
	}
	var err error
	// A store checks its default source as it checks that of a contact.
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

// GetContactByID returns a contact. The ID of a contact that was merged away finds the one it was merged into: then the
// result's ID is another than the one asked for.
//
// Errors, in the order they are checked: FORBIDDEN, BAD_REQUEST if id has not the form of an ID, NOT_FOUND, WIX_ERROR.
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

// parseID reads an ID.
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
