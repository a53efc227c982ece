package contactstest

import (
	"context"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Double is an [API] whose calls are recorded and can fail by rules. [Wrap] makes one; a [Store] has one. It is safe
// for concurrent use if the API is.
type Double struct {
	*Faults
	api     API
	t       TB
	queries func(context.Context) (API, error)  // nil: api
	at      func() (position contacts.Position) // of the store; nil if it is not known
}

// Wrap returns a double of any API, such as an httpclient.Client. A nil opts means defaults; without FaultsOptions.API,
// the other writers of rules with Stale write to the API itself.
func Wrap(t TB, api API, opts *FaultsOptions) *Double {
	var o FaultsOptions
	if opts != nil {
		o = *opts
	}
	if o.API == nil {
		o.API = api
	}
	return &Double{Faults: NewFaults(&o), api: api, t: t}
}

var _ API = (*Double)(nil)

// Fail adds rules. A rule with a mistake ends the test at once.
func (d *Double) Fail(faults ...Fault) {
	d.t.Helper()
	if err := d.Add(faults...); err != nil {
		d.t.Fatalf("%v", err)
	}
}

// through passes a call through the rules, and records it. keep notes the result, which belongs to the caller, so keep
// must store copies only.
func through[T any](
	ctx context.Context, d *Double, c Call, do func() (T, error), keep func(*Result, T),
) (T, error) {
	var none T
	if d.log.keeps() {
		c.Args = c.Args.clone()
	}
	e := d.begin(&c)
	if e.before(ctx, d.Faults, &c) {
		c.Err = e.end.failure(&c, uuid.Nil)
		d.log.end(&c)
		return none, c.Err
	}
	before := d.position()
	out, err := do()
	c.Reached, c.Err = true, err
	if d.log.keeps() {
		keep(&c.Result, out)
	}
	e.run(ctx, d.Faults, &c, true)
	if e.late() {
		commit := d.commitID(&c)
		if after := d.position(); after > before { // otherwise Outcome reports COMMIT_NOT_FOUND
			d.lose(commit, after)
		}
		c.lost, c.StoreErr, c.Err, c.Result = true, err, e.end.failure(&c, commit), Result{}
		out = none
	}
	d.log.end(&c)
	return out, c.Err
}

func (d *Double) position() contacts.Position {
	if d.at == nil {
		return 0
	}
	return d.at()
}

// query passes a call through the rules to the store as queries see it.
func query[T any](
	ctx context.Context, d *Double, c Call, do func(API) (T, error), keep func(*Result, T),
) (T, error) {
	return through(ctx, d, c, func() (T, error) {
		if d.queries == nil {
			return do(d.api)
		}
		api, err := d.queries(ctx)
		if err != nil {
			var none T
			return none, err
		}
		return do(api)
	}, keep)
}

func keepContact(r *Result, c *contacts.Contact) { r.Contact = c.Clone() }

// throughError is through for a method that returns only an error.
func throughError(ctx context.Context, d *Double, c Call, do func() error) error {
	_, err := through(ctx, d, c, func() (struct{}, error) { return struct{}{}, do() }, func(*Result, struct{}) {})
	return err
}

// Create is the method of [API].
func (d *Double) Create(
	ctx context.Context, info contacts.Info, opts *contacts.CreateOptions,
) (*contacts.Contact, error) {
	c := Call{Method: MethodCreate, Args: Args{Info: info, Options: optionValue(opts)}}
	return through(ctx, d, c, func() (*contacts.Contact, error) { return d.api.Create(ctx, info, opts) }, keepContact)
}

// Get is the method of [API].
func (d *Double) Get(ctx context.Context, id uuid.UUID, opts *contacts.GetOptions) (*contacts.Contact, error) {
	c := Call{Method: MethodGet, Args: Args{ID: id, Options: optionValue(opts)}}
	return through(ctx, d, c, func() (*contacts.Contact, error) { return d.api.Get(ctx, id, opts) }, keepContact)
}

// Update is the method of [API].
func (d *Double) Update(
	ctx context.Context, id uuid.UUID, revision int, patch contacts.Patch, opts *contacts.UpdateOptions,
) (*contacts.Contact, error) {
	c := Call{Method: MethodUpdate, Args: Args{ID: id, Revision: revision, Patch: patch, Options: optionValue(opts)}}
	return through(ctx, d, c, func() (*contacts.Contact, error) {
		return d.api.Update(ctx, id, revision, patch, opts)
	}, keepContact)
}

// Delete is the method of [API].
func (d *Double) Delete(ctx context.Context, id uuid.UUID) error {
	c := Call{Method: MethodDelete, Args: Args{ID: id}}
	return throughError(ctx, d, c, func() error { return d.api.Delete(ctx, id) })
}

// Label is the method of [API].
func (d *Double) Label(ctx context.Context, id uuid.UUID, keys ...string) (*contacts.Contact, error) {
	c := Call{Method: MethodLabel, Args: Args{ID: id, Keys: keys}}
	return through(ctx, d, c, func() (*contacts.Contact, error) { return d.api.Label(ctx, id, keys...) }, keepContact)
}

// Unlabel is the method of [API].
func (d *Double) Unlabel(ctx context.Context, id uuid.UUID, keys ...string) (*contacts.Contact, error) {
	c := Call{Method: MethodUnlabel, Args: Args{ID: id, Keys: keys}}
	return through(ctx, d, c, func() (*contacts.Contact, error) { return d.api.Unlabel(ctx, id, keys...) }, keepContact)
}

// Merge is the method of [API].
func (d *Double) Merge(
	ctx context.Context, target uuid.UUID, revision int, sources []uuid.UUID, opts *contacts.MergeOptions,
) (*contacts.Contact, error) {
	args := Args{ID: target, Revision: revision, Sources: sources, Options: optionValue(opts)}
	return through(ctx, d, Call{Method: MethodMerge, Args: args}, func() (*contacts.Contact, error) {
		return d.api.Merge(ctx, target, revision, sources, opts)
	}, keepContact)
}

// PreviewMerge is the method of [API].
func (d *Double) PreviewMerge(
	ctx context.Context, target uuid.UUID, sources []uuid.UUID,
) (*contacts.MergePlan, error) {
	c := Call{Method: MethodPreviewMerge, Args: Args{ID: target, Sources: sources}}
	return through(ctx, d, c, func() (*contacts.MergePlan, error) {
		return d.api.PreviewMerge(ctx, target, sources)
	}, func(r *Result, plan *contacts.MergePlan) {
		if plan != nil {
			r.Contact, r.Fingerprint = plan.Contact.Clone(), plan.Fingerprint
		}
	})
}

// Submit is the method of [API].
func (d *Double) Submit(
	ctx context.Context, info contacts.Info, opts *contacts.SubmitOptions,
) (contacts.Submission, error) {
	c := Call{Method: MethodSubmit, Args: Args{Info: info, Options: optionValue(opts)}}
	if opts != nil {
		c.ID = opts.ContactID
	}
	return through(ctx, d, c, func() (contacts.Submission, error) {
		return d.api.Submit(ctx, info, opts)
	}, func(r *Result, s contacts.Submission) { r.Submission, r.Created = s, s.NewContact })
}

// List is the method of [API].
func (d *Double) List(
	ctx context.Context, q contacts.Query, opts *contacts.ListOptions,
) (contacts.Page[*contacts.Contact], error) {
	c := Call{Method: MethodList, Args: Args{Query: q, Options: optionValue(opts)}}
	return query(ctx, d, c, func(api API) (contacts.Page[*contacts.Contact], error) {
		return api.List(ctx, q, opts)
	}, func(r *Result, page contacts.Page[*contacts.Contact]) {
		r.Total = page.Total
		for _, found := range page.Items {
			r.IDs = append(r.IDs, found.ID)
		}
	})
}

// Facets is the method of [API].
func (d *Double) Facets(
	ctx context.Context, filter contacts.Filter, opts *contacts.FacetOptions,
) (contacts.Page[contacts.Facet], error) {
	c := Call{Method: MethodFacets, Args: Args{Filter: filter, Options: optionValue(opts)}}
	return query(ctx, d, c, func(api API) (contacts.Page[contacts.Facet], error) {
		return api.Facets(ctx, filter, opts)
	}, keepKeys(func(f contacts.Facet) string { return f.Key }))
}

// keepKeys returns a function that notes the keys of the items of a page.
func keepKeys[T any](key func(T) string) func(*Result, contacts.Page[T]) {
	return func(r *Result, page contacts.Page[T]) {
		r.Total = page.Total
		for _, item := range page.Items {
			r.KeysFound = append(r.KeysFound, key(item))
		}
	}
}

// throughFind is through for FindOrCreateLabel and FindOrCreateField. keep notes the label or the field.
func throughFind[T any](
	ctx context.Context, d *Double, c Call, do func() (T, bool, error), keep func(*Result, T),
) (T, bool, error) {
	type result struct {
		found   T
		created bool
	}
	out, err := through(ctx, d, c, func() (result, error) {
		found, created, err := do()
		return result{found, created}, err
	}, func(r *Result, out result) {
		keep(r, out.found)
		r.Created = out.created
	})
	return out.found, out.created, err
}
