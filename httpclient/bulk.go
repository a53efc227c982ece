package httpclient

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// BulkDelete deletes the selected contacts, like the method of contacts.Store. All bulk calls return the job as it is
// after the reply: complete if the server is httpapi, perhaps RUNNING in the service. If only the job cannot be read,
// they return a Job with its ID and type, and the error.
func (c *Client) BulkDelete(
	ctx context.Context, sel contacts.Selection, opts *contacts.BulkOptions,
) (contacts.Job, error) {
	return c.bulk(ctx, "delete", contacts.JobDelete, opts, sel)
}

// BulkUpdate changes the selected contacts, like the method of contacts.Store; see [Client.BulkDelete].
func (c *Client) BulkUpdate(
	ctx context.Context, sel contacts.Selection, patch contacts.Patch, opts *contacts.BulkOptions,
) (contacts.Job, error) {
	var no refused
	no.unless(len(patch.SetFields) == 0, "setFields")
	if err := no.err(); err != nil {
		return contacts.Job{}, err
	}
	return c.bulk(ctx, "update", contacts.JobUpdate, opts, struct {
		contacts.Selection
		Info contacts.Patch `json:"info"`
	}{sel, sentPatch(patch)})
}

// BulkLabel adds labels to the selected contacts and removes others, like the method of contacts.Store; see
// [Client.BulkDelete].
func (c *Client) BulkLabel(
	ctx context.Context, sel contacts.Selection, add, remove []string, opts *contacts.BulkOptions,
) (contacts.Job, error) {
	kind := contacts.JobAddRemoveLabels
	switch {
	case len(remove) == 0:
		kind = contacts.JobAddLabels
	case len(add) == 0:
		kind = contacts.JobRemoveLabels
	}
	return c.bulk(ctx, "add-remove-labels", kind, opts, struct {
		contacts.Selection
		Add    []string `json:"labelKeysToAdd,omitempty"`
		Remove []string `json:"labelKeysToRemove,omitempty"`
	}{sel, add, remove})
}

// bulk sends a bulk call and reads its job.
func (c *Client) bulk(
	ctx context.Context, name string, kind contacts.JobType, opts *contacts.BulkOptions, body any,
) (contacts.Job, error) {
	var no refused
	o := deref(opts)
	no.unless(o.BatchSize == 0, "batchSize")
	no.unless(o.Progress == nil, "progress")
	if err := no.err(); err != nil {
		return contacts.Job{}, err
	}
	q := request{method: http.MethodPost, path: "/bulk/contacts/" + name, body: body}
	id, err := do(ctx, c, q, func(r reply) uuid.UUID { return r.Get("jobId").GUID() })
	if err != nil {
		return contacts.Job{}, err
	}
	job, err := c.Job(ctx, id)
	if err != nil {
		return contacts.Job{ID: id, Type: kind}, err
	}
	return job, nil
}

// Job returns a bulk job, like the method of contacts.Store.
func (c *Client) Job(ctx context.Context, id uuid.UUID) (contacts.Job, error) {
	return do(ctx, c, request{method: http.MethodGet, path: "/bulk/jobs/" + id.String(), reads: true},
		func(r reply) contacts.Job { return value[contacts.Job](r, "job") })
}

// Jobs returns the bulk jobs that the server keeps, the newest first, like the method of contacts.Store.
func (c *Client) Jobs(ctx context.Context) ([]contacts.Job, error) {
	return do(ctx, c, request{method: http.MethodGet, path: "/bulk/jobs", reads: true},
		func(r reply) []contacts.Job { return listOf[contacts.Job](r, "jobs") })
}

// Submit adds an info to the contact of a person or creates one, like the method of contacts.Store, as "append or
// create" in the API. The server decides whether the caller may name opts.ContactID; without opts.Override nothing is
// sent.
func (c *Client) Submit(
	ctx context.Context, info contacts.Info, opts *contacts.SubmitOptions,
) (contacts.Submission, error) {
	var no refused
	o := deref(opts)
	no.unless(o.MemberID == uuid.Nil, "memberId")
	no.unless(o.VisitorContactID == uuid.Nil, "visitorContactId")
	no.unless(o.Source == contacts.Source{}, "source")
	no.unless(o.Activity.Date.IsZero(), "activity.date")
	no.unless(o.Activity.Description == "", "activity.description")
	no.unless(o.Activity.Icon == nil, "activity.icon")
	if err := no.err(); err != nil {
		return contacts.Submission{}, err
	}
	if o.ContactID != uuid.Nil && !o.Override {
		return contacts.Submission{}, &contacts.Error{Code: contacts.ErrInsufficientPermission}
	}
	q := request{method: http.MethodPost, path: "/contact-submit", body: struct {
		Info            contacts.Info     `json:"info"`
		ContactID       uuid.UUID         `json:"contactId,omitzero"`
		PassThroughData string            `json:"passThroughData,omitempty"`
		Activity        contacts.Activity `json:"activity,omitzero"`
	}{sent(info), o.ContactID, o.PassThroughData, o.Activity}}
	if o.ContactID != uuid.Nil {
		q.ids = []uuid.UUID{o.ContactID}
	}
	return do(ctx, c, q, func(r reply) contacts.Submission {
		return contacts.Submission{
			ContactID:    r.Get("contactId").GUID(),
			IdentityType: wire.Enum[contacts.IdentityType](r.Object, "identityType"),
			NewContact:   r.Bool("newContact"),
		}
	})
}
