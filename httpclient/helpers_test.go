package httpclient_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/httpclient"
	"github.com/contactsdb/contacts/internal/storetest"
)

// store has the methods that a *contacts.Store and a *httpclient.Client share (CLI-2).
type store interface {
	Create(context.Context, contacts.Info, *contacts.CreateOptions) (*contacts.Contact, error)
	Get(context.Context, uuid.UUID, *contacts.GetOptions) (*contacts.Contact, error)
	Update(context.Context, uuid.UUID, int, contacts.Patch, *contacts.UpdateOptions) (*contacts.Contact, error)
	Delete(context.Context, uuid.UUID) error
	Label(context.Context, uuid.UUID, ...string) (*contacts.Contact, error)
	Unlabel(context.Context, uuid.UUID, ...string) (*contacts.Contact, error)
	Merge(context.Context, uuid.UUID, int, []uuid.UUID, *contacts.MergeOptions) (*contacts.Contact, error)
	PreviewMerge(context.Context, uuid.UUID, []uuid.UUID) (*contacts.MergePlan, error)
	List(context.Context, contacts.Query, *contacts.ListOptions) (contacts.Page[*contacts.Contact], error)
	Facets(context.Context, contacts.Filter, *contacts.FacetOptions) (contacts.Page[contacts.Facet], error)

	FindOrCreateLabel(context.Context, string) (contacts.Label, bool, error)
	GetLabel(context.Context, string) (contacts.Label, error)
	RenameLabel(ctx context.Context, key, displayName string) (contacts.Label, error)
	DeleteLabel(context.Context, string) error
	ListLabels(context.Context, contacts.LabelQuery, *contacts.PageOptions) (contacts.Page[contacts.Label], error)

	FindOrCreateField(context.Context, string, contacts.DataType) (contacts.Field, bool, error)
	GetField(context.Context, string) (contacts.Field, error)
	RenameField(ctx context.Context, key, displayName string) (contacts.Field, error)
	DeleteField(context.Context, string) error
	ListFields(context.Context, contacts.FieldQuery, *contacts.PageOptions) (contacts.Page[contacts.Field], error)

	BulkDelete(context.Context, contacts.Selection, *contacts.BulkOptions) (contacts.Job, error)
	BulkUpdate(context.Context, contacts.Selection, contacts.Patch, *contacts.BulkOptions) (contacts.Job, error)
	BulkLabel(
		ctx context.Context, sel contacts.Selection, add, remove []string, opts *contacts.BulkOptions,
	) (contacts.Job, error)
	Job(context.Context, uuid.UUID) (contacts.Job, error)
	Jobs(context.Context) ([]contacts.Job, error)
	Submit(context.Context, contacts.Info, *contacts.SubmitOptions) (contacts.Submission, error)
}

var (
	_ store = (*contacts.Store)(nil)
	_ store = (*httpclient.Client)(nil)
)

// newClient returns a client of a handler.
func newClient(t testing.TB, handler http.Handler, opts *httpclient.Options) *httpclient.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := httpclient.New(server.URL, opts)
	require.NoError(t, err)
	return c
}

// twins are two equal stores, one of them behind a server.
type twins struct {
	t             testing.TB
	local, served *contacts.Store
	client        *httpclient.Client

	step  atomic.Uint64    // the number of the call
	drawn [2]atomic.Uint64 // the IDs that the call has drawn from each store
}

// call is a call of a store. Its result encodes to JSON.
type call func(context.Context, store) (any, error)

// newTwins opens two stores. Their clocks and IDs depend only on the number of the call.
func newTwins(t testing.TB, edits ...func(*contacts.Options)) *twins {
	t.Helper()
	w := &twins{t: t}
	open := func(drawn *atomic.Uint64) *contacts.Store {
		opts := &contacts.Options{
			SelfCheck: !testing.Short(),
			Now:       func() time.Time { return storetest.Epoch.Add(time.Duration(w.step.Load()) * time.Minute) },
			NewID:     func() uuid.UUID { return storetest.ID(w.step.Load()<<16 + drawn.Add(1)) },
		}
		for _, edit := range edits {
			edit(opts)
		}
		return storetest.Open(t, opts)
	}
	w.local, w.served = open(&w.drawn[0]), open(&w.drawn[1])
	handler := httpapi.Handler(w.served, &httpapi.Options{
		Authorize: func(*http.Request, httpapi.Permission) error { return nil },
	})
	w.client = newClient(t, handler, nil)
	return w
}

// next begins a call.
func (w *twins) next() {
	w.step.Add(1)
	w.drawn[0].Store(0)
	w.drawn[1].Store(0)
}

// both prepares both stores.
func (w *twins) both(fn func(*contacts.Store)) {
	w.next()
	fn(w.local)
	fn(w.served)
}

// run runs a call on the local store and through the client, and requires equal results and equal stores. It returns
// the result of the local store.
func (w *twins) run(fn call) (any, error) {
	w.t.Helper()
	ctx := w.t.Context()
	w.next()
	want, wantErr := fn(ctx, w.local)
	got, gotErr := fn(ctx, w.client)
	w.sameError(wantErr, gotErr)
	if wantErr == nil {
		require.JSONEq(w.t, jsonOf(w.t, want), jsonOf(w.t, got))
	}
	a, b := w.local.Snapshot(), w.served.Snapshot()
	require.Equal(w.t, a.Digest(), b.Digest(), "the stores differ")
	require.Equal(w.t, a.Position(), b.Position())
	return want, wantErr
}

// sameError requires an error of the client that equals one of a store, as far as the API carries it (CLI-3).
func (w *twins) sameError(want, got error) {
	t := w.t
	t.Helper()
	if want == nil {
		require.NoError(t, got)
		return
	}
	require.Error(t, got, "the store returns %v", want)
	code := contacts.CodeOf(want)
	require.Equal(t, code, contacts.CodeOf(got), "%v, of the store: %v", got, want)
	require.ErrorIs(t, got, code)
	e, ok := errors.AsType[*contacts.Error](want)
	require.True(t, ok)
	o, ok := errors.AsType[*contacts.Error](got)
	require.True(t, ok)
	if code != contacts.ErrInvalidFieldValue {
		require.ElementsMatch(t, e.Violations, o.Violations)
	}
	if e.ID != uuid.Nil && code != contacts.ErrIDExists && (code != contacts.ErrFailedPrecondition || o.ID != uuid.Nil) {
		require.Equal(t, e.ID, o.ID, "%v", got)
	}
	sameDetail[*contacts.DuplicateError](t, want, got)
	sameDetail[*contacts.FieldValueError](t, want, got)
	if code != contacts.ErrFieldNotFound || o.Err.(*httpclient.ReplyError).Err != nil {
		sameDetail[*contacts.KeysError](t, want, got)
	}
	if code != contacts.ErrFieldsQuota {
		sameDetail[*contacts.QuotaError](t, want, got)
	}
}

func sameDetail[E error](t testing.TB, want, got error) {
	t.Helper()
	detail, ok := errors.AsType[E](want)
	if found, gotten := errors.AsType[E](got); ok || gotten {
		require.Equal(t, detail, found)
	}
}

func jsonOf(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

// pageOf returns a page without its cursors, and with a list of no items in place of none.
func pageOf[T any](page contacts.Page[T], err error) (any, error) {
	page.Next, page.Previous = "", ""
	page.Items = append([]T{}, page.Items...)
	return page, err
}

// found is the result of the methods that find or create.
type found[T any] struct {
	Value   T
	Created bool
}

func foundOf[T any](value T, created bool, err error) (any, error) {
	return found[T]{value, created}, err
}

func any1[T any](value T, err error) (any, error) { return value, err }

// planOf returns the part of a plan that the API carries.
func planOf(plan *contacts.MergePlan, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return plan.Contact, plan.Err()
}
