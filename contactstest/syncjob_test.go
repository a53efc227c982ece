package contactstest_test

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

// entry is a person in a ledger, the other side of the sync job.
type entry struct {
	email, title string
	changed      bool      // since the last run
	contact      uuid.UUID // nil before the first run
	revision     int       // of the contact, at the last run
}

// syncJob keeps a ledger and contacts in step. It is the code that sync_test.go tests. A title that has changed on both
// sides is that of the contact.
type syncJob struct {
	api    contactstest.API
	ledger map[string]*entry // by name
}

func (j *syncJob) run(ctx context.Context) error {
	for name, e := range j.ledger {
		if err := j.sync(ctx, name, e); err != nil {
			return err
		}
	}
	return nil
}

func (j *syncJob) sync(ctx context.Context, name string, e *entry) error {
	if e.contact == uuid.Nil {
		return j.create(ctx, name, e)
	}
	c, err := j.api.Get(ctx, e.contact, nil)
	if err != nil {
		return err
	}
	if !e.changed || c.Revision != e.revision || c.ID != e.contact { // nothing to push, or a conflict or a merge
		e.take(c)
		return nil
	}
	patch := contacts.Patch{JobTitle: contacts.Set(e.title)}
	c, err = j.api.Update(ctx, e.contact, e.revision, patch, nil)
	if errors.Is(err, contacts.ErrAlreadyChanged) || errors.Is(err, contacts.ErrOutcomeUnknown) {
		return j.sync(ctx, name, e) // Get shows the present state
	}
	if err == nil {
		e.take(c)
	}
	return err
}

func (j *syncJob) create(ctx context.Context, name string, e *entry) error {
	c, err := j.api.Create(ctx, contacts.Info{
		Name: contacts.Name{First: name}, Emails: []contacts.Email{{Address: e.email}}, JobTitle: e.title,
	}, nil)
	if errors.Is(err, contacts.ErrOutcomeUnknown) {
		return j.create(ctx, name, e)
	}
	if twin, ok := errors.AsType[*contacts.DuplicateError](err); ok {
		c, err = j.api.Get(ctx, twin.ID, nil)
	}
	if err == nil {
		e.take(c)
	}
	return err
}

// take copies the state of the contact to the ledger.
func (e *entry) take(c *contacts.Contact) {
	e.contact, e.revision, e.title, e.changed = c.ID, c.Revision, c.Info.JobTitle, false
}
