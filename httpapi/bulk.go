package httpapi

import (
	"context"

	"github.com/contactsdb/contacts"
)

// bulkContext is the context of a bulk call, which is done before its reply, unlike in the service. It outlives the
// request, so that a caller who disconnects does not end the job halfway (HTTP-15).
func (c *call) bulkContext() context.Context { return context.WithoutCancel(c.ctx()) }

func (c *call) bulkDelete() (reply, error) {
	sel, err := readBody(c, body.selection)
	if err != nil {
		return nil, err
	}
	return jobID(c.store().BulkDelete(c.bulkContext(), sel, nil))
}

func (c *call) bulkUpdate() (reply, error) {
	type request struct {
		selection contacts.Selection
		patch     contacts.Patch
	}
	in, err := readBody(c, func(b body) request { return request{b.selection(), b.patch()} })
	if err != nil {
		return nil, err
	}
	return jobID(c.store().BulkUpdate(c.bulkContext(), in.selection, in.patch, nil))
}

func (c *call) bulkLabel() (reply, error) {
	type request struct {
		selection   contacts.Selection
		add, remove []string
	}
	in, err := readBody(c, func(b body) request {
		return request{b.selection(), b.texts("labelKeysToAdd"), b.texts("labelKeysToRemove")}
	})
	if err != nil {
		return nil, err
	}
	return jobID(c.store().BulkLabel(c.bulkContext(), in.selection, in.add, in.remove, nil))
}

// jobID returns the reply of the bulk calls.
func jobID(job contacts.Job, err error) (reply, error) {
	if err != nil {
		return nil, err
	}
	return reply{{"jobId", job.ID}}, nil
}

func (c *call) listJobs() (reply, error) {
	if err := c.checked(); err != nil {
		return nil, err
	}
	jobs, err := c.store().Jobs(c.ctx())
	if err != nil {
		return nil, err
	}
	return reply{{"jobs", array[contacts.Job](jobs)}}, nil
}

func (c *call) getJob() (reply, error) {
	id := c.id("id")
	if err := c.checked(); err != nil {
		return nil, err
	}
	job, err := c.store().Job(c.ctx(), id)
	if err != nil {
		return nil, err
	}
	return reply{{"job", job}}, nil
}
