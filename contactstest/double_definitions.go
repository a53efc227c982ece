package contactstest

import (
	"context"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

func keepLabel(r *Result, l contacts.Label) { r.Label = l }

func keepField(r *Result, f contacts.Field) { r.Field = f }

func keepJob(r *Result, job contacts.Job) { r.Job = cloneJob(job) }

// FindOrCreateLabel is the method of [API].
func (d *Double) FindOrCreateLabel(ctx context.Context, displayName string) (contacts.Label, bool, error) {
	c := Call{Method: MethodFindOrCreateLabel, Args: Args{DisplayName: displayName}}
	return throughFind(ctx, d, c, func() (contacts.Label, bool, error) {
		return d.api.FindOrCreateLabel(ctx, displayName)
	}, keepLabel)
}

// GetLabel is the method of [API].
func (d *Double) GetLabel(ctx context.Context, key string) (contacts.Label, error) {
	c := Call{Method: MethodGetLabel, Args: Args{Keys: []string{key}}}
	return through(ctx, d, c, func() (contacts.Label, error) { return d.api.GetLabel(ctx, key) }, keepLabel)
}

// RenameLabel is the method of [API].
func (d *Double) RenameLabel(ctx context.Context, key, displayName string) (contacts.Label, error) {
	c := Call{Method: MethodRenameLabel, Args: Args{Keys: []string{key}, DisplayName: displayName}}
	return through(ctx, d, c, func() (contacts.Label, error) {
		return d.api.RenameLabel(ctx, key, displayName)
	}, keepLabel)
}

// DeleteLabel is the method of [API].
func (d *Double) DeleteLabel(ctx context.Context, key string) error {
	c := Call{Method: MethodDeleteLabel, Args: Args{Keys: []string{key}}}
	return throughError(ctx, d, c, func() error { return d.api.DeleteLabel(ctx, key) })
}

// ListLabels is the method of [API].
func (d *Double) ListLabels(
	ctx context.Context, q contacts.LabelQuery, opts *contacts.PageOptions,
) (contacts.Page[contacts.Label], error) {
	c := Call{Method: MethodListLabels, Args: Args{Labels: q, Options: optionValue(opts)}}
	return query(ctx, d, c, func(api API) (contacts.Page[contacts.Label], error) {
		return api.ListLabels(ctx, q, opts)
	}, keepKeys(func(l contacts.Label) string { return l.Key }))
}

// FindOrCreateField is the method of [API].
func (d *Double) FindOrCreateField(
	ctx context.Context, displayName string, t contacts.DataType,
) (contacts.Field, bool, error) {
	c := Call{Method: MethodFindOrCreateField, Args: Args{DisplayName: displayName, DataType: t}}
	return throughFind(ctx, d, c, func() (contacts.Field, bool, error) {
		return d.api.FindOrCreateField(ctx, displayName, t)
	}, keepField)
}

// GetField is the method of [API].
func (d *Double) GetField(ctx context.Context, key string) (contacts.Field, error) {
	c := Call{Method: MethodGetField, Args: Args{Keys: []string{key}}}
	return through(ctx, d, c, func() (contacts.Field, error) { return d.api.GetField(ctx, key) }, keepField)
}

// RenameField is the method of [API].
func (d *Double) RenameField(ctx context.Context, key, displayName string) (contacts.Field, error) {
	c := Call{Method: MethodRenameField, Args: Args{Keys: []string{key}, DisplayName: displayName}}
	return through(ctx, d, c, func() (contacts.Field, error) {
		return d.api.RenameField(ctx, key, displayName)
	}, keepField)
}

// DeleteField is the method of [API].
func (d *Double) DeleteField(ctx context.Context, key string) error {
	c := Call{Method: MethodDeleteField, Args: Args{Keys: []string{key}}}
	return throughError(ctx, d, c, func() error { return d.api.DeleteField(ctx, key) })
}

// ListFields is the method of [API].
func (d *Double) ListFields(
	ctx context.Context, q contacts.FieldQuery, opts *contacts.PageOptions,
) (contacts.Page[contacts.Field], error) {
	c := Call{Method: MethodListFields, Args: Args{Fields: q, Options: optionValue(opts)}}
	return query(ctx, d, c, func(api API) (contacts.Page[contacts.Field], error) {
		return api.ListFields(ctx, q, opts)
	}, keepKeys(func(f contacts.Field) string { return f.Key }))
}

// BulkDelete is the method of [API].
func (d *Double) BulkDelete(
	ctx context.Context, sel contacts.Selection, opts *contacts.BulkOptions,
) (contacts.Job, error) {
	c := Call{Method: MethodBulkDelete, Args: Args{Selection: sel, Options: optionValue(opts)}}
	return through(ctx, d, c, func() (contacts.Job, error) { return d.api.BulkDelete(ctx, sel, opts) }, keepJob)
}

// BulkUpdate is the method of [API].
func (d *Double) BulkUpdate(
	ctx context.Context, sel contacts.Selection, patch contacts.Patch, opts *contacts.BulkOptions,
) (contacts.Job, error) {
	c := Call{Method: MethodBulkUpdate, Args: Args{Selection: sel, Patch: patch, Options: optionValue(opts)}}
	return through(ctx, d, c, func() (contacts.Job, error) {
		return d.api.BulkUpdate(ctx, sel, patch, opts)
	}, keepJob)
}

// BulkLabel is the method of [API].
func (d *Double) BulkLabel(
	ctx context.Context, sel contacts.Selection, add, remove []string, opts *contacts.BulkOptions,
) (contacts.Job, error) {
	args := Args{Selection: sel, Keys: add, RemoveKeys: remove, Options: optionValue(opts)}
	return through(ctx, d, Call{Method: MethodBulkLabel, Args: args}, func() (contacts.Job, error) {
		return d.api.BulkLabel(ctx, sel, add, remove, opts)
	}, keepJob)
}

// Job is the method of [API].
func (d *Double) Job(ctx context.Context, id uuid.UUID) (contacts.Job, error) {
	c := Call{Method: MethodJob, Args: Args{ID: id}}
	return through(ctx, d, c, func() (contacts.Job, error) { return d.api.Job(ctx, id) }, keepJob)
}

// Jobs is the method of [API].
func (d *Double) Jobs(ctx context.Context) ([]contacts.Job, error) {
	c := Call{Method: MethodJobs}
	return through(ctx, d, c, func() ([]contacts.Job, error) {
		return d.api.Jobs(ctx)
	}, func(r *Result, jobs []contacts.Job) {
		r.Total = len(jobs)
		for _, job := range jobs {
			r.IDs = append(r.IDs, job.ID)
		}
	})
}
