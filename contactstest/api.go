package contactstest

import (
	"context"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// API has the methods that a [contacts.Store], a [Store] of this package and an httpclient.Client share, with their
// rules. Code under test that asks for an API, or for the part of it that it needs, runs with each of them.
type API interface {
	Create(ctx context.Context, info contacts.Info, opts *contacts.CreateOptions) (*contacts.Contact, error)
	Get(ctx context.Context, id uuid.UUID, opts *contacts.GetOptions) (*contacts.Contact, error)
	Update(
		ctx context.Context, id uuid.UUID, revision int, patch contacts.Patch, opts *contacts.UpdateOptions,
	) (*contacts.Contact, error)
	Delete(ctx context.Context, id uuid.UUID) error
	Label(ctx context.Context, id uuid.UUID, keys ...string) (*contacts.Contact, error)
	Unlabel(ctx context.Context, id uuid.UUID, keys ...string) (*contacts.Contact, error)
	Merge(
		ctx context.Context, target uuid.UUID, revision int, sources []uuid.UUID, opts *contacts.MergeOptions,
	) (*contacts.Contact, error)
	PreviewMerge(ctx context.Context, target uuid.UUID, sources []uuid.UUID) (*contacts.MergePlan, error)
	Submit(ctx context.Context, info contacts.Info, opts *contacts.SubmitOptions) (contacts.Submission, error)

	List(ctx context.Context, q contacts.Query, opts *contacts.ListOptions) (contacts.Page[*contacts.Contact], error)
	Facets(
		ctx context.Context, filter contacts.Filter, opts *contacts.FacetOptions,
	) (contacts.Page[contacts.Facet], error)

	FindOrCreateLabel(ctx context.Context, displayName string) (contacts.Label, bool, error)
	GetLabel(ctx context.Context, key string) (contacts.Label, error)
	RenameLabel(ctx context.Context, key, displayName string) (contacts.Label, error)
	DeleteLabel(ctx context.Context, key string) error
	ListLabels(
		ctx context.Context, q contacts.LabelQuery, opts *contacts.PageOptions,
	) (contacts.Page[contacts.Label], error)

	FindOrCreateField(ctx context.Context, displayName string, t contacts.DataType) (contacts.Field, bool, error)
	GetField(ctx context.Context, key string) (contacts.Field, error)
	RenameField(ctx context.Context, key, displayName string) (contacts.Field, error)
	DeleteField(ctx context.Context, key string) error
	ListFields(
		ctx context.Context, q contacts.FieldQuery, opts *contacts.PageOptions,
	) (contacts.Page[contacts.Field], error)

	BulkDelete(ctx context.Context, sel contacts.Selection, opts *contacts.BulkOptions) (contacts.Job, error)
	BulkUpdate(
		ctx context.Context, sel contacts.Selection, patch contacts.Patch, opts *contacts.BulkOptions,
	) (contacts.Job, error)
	BulkLabel(
		ctx context.Context, sel contacts.Selection, add, remove []string, opts *contacts.BulkOptions,
	) (contacts.Job, error)
	Job(ctx context.Context, id uuid.UUID) (contacts.Job, error)
	Jobs(ctx context.Context) ([]contacts.Job, error)
}

var _ API = (*contacts.Store)(nil)
