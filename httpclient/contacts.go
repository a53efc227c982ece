package httpclient

import (
	"context"
	"encoding"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Create creates a contact, like the method of contacts.Store. Its source is the one that the server gives it.
func (c *Client) Create(
	ctx context.Context, info contacts.Info, opts *contacts.CreateOptions,
) (*contacts.Contact, error) {
	var no refused
	o := deref(opts)
	no.unless(o.Source == contacts.Source{}, "source")
	no.unless(len(o.Unsubscribe) == 0, "unsubscribe")
	if err := no.err(); err != nil {
		return nil, err
	}
	return do(ctx, c, request{method: http.MethodPost, path: "/contacts", body: struct {
		Info            contacts.Info `json:"info"`
		AllowDuplicates bool          `json:"allowDuplicates,omitempty"`
	}{sent(info), o.AllowDuplicates}}, readContact)
}

// Get returns a contact, like the method of contacts.Store.
func (c *Client) Get(ctx context.Context, id uuid.UUID, opts *contacts.GetOptions) (*contacts.Contact, error) {
	o := deref(opts)
	params := url.Values{}
	for _, field := range o.Fields {
		params.Add("fields", whole(field))
	}
	for _, fieldset := range o.Fieldsets {
		params.Add("fieldsets", whole(string(fieldset)))
	}
	q := onContact(http.MethodGet, id, "", nil)
	q.query, q.reads = params, true
	return do(ctx, c, q, readContact)
}

// whole returns a value of a list in a query, which the API would split at commas: one wrong name could become two that
// are right. Without the commas it is still wrong.
func whole(name string) string { return strings.ReplaceAll(name, ",", " ") }

// Update changes a contact, like the method of contacts.Store.
func (c *Client) Update(
	ctx context.Context, id uuid.UUID, revision int, patch contacts.Patch, opts *contacts.UpdateOptions,
) (*contacts.Contact, error) {
	var no refused
	o := deref(opts)
	no.unless(len(patch.SetFields) == 0, "setFields")
	no.unless(len(o.Unsubscribe) == 0, "unsubscribe")
	if err := no.err(); err != nil {
		return nil, err
	}
	return do(ctx, c, onContact(http.MethodPatch, id, "", struct {
		Revision        int            `json:"revision"`
		Info            contacts.Patch `json:"info"`
		AllowDuplicates bool           `json:"allowDuplicates,omitempty"`
	}{int32Of(revision, neverRevision), sentPatch(patch), o.AllowDuplicates}), readContact)
}

// neverRevision is a revision that no contact has, in place of one that the API cannot carry.
const neverRevision = -1

// Delete deletes a contact, like the method of contacts.Store.
func (c *Client) Delete(ctx context.Context, id uuid.UUID) error {
	_, err := do(ctx, c, onContact(http.MethodDelete, id, "", nil), nothing)
	return err
}

// Label adds labels to a contact, like the method of contacts.Store.
func (c *Client) Label(ctx context.Context, id uuid.UUID, keys ...string) (*contacts.Contact, error) {
	return do(ctx, c, onContact(http.MethodPost, id, "/labels", labelKeys{keys}), readContact)
}

type labelKeys struct {
	LabelKeys []string `json:"labelKeys,omitempty"`
}

// Unlabel removes labels from a contact, like the method of contacts.Store.
func (c *Client) Unlabel(ctx context.Context, id uuid.UUID, keys ...string) (*contacts.Contact, error) {
	q := onContact(http.MethodDelete, id, "/labels", nil)
	// Keys are in the query, as the published client sends them, unless the API would split one.
	if slices.ContainsFunc(keys, func(key string) bool { return strings.Contains(key, ",") }) {
		q.body = labelKeys{keys}
	} else {
		q.query = url.Values{"labelKeys": keys}
	}
	return do(ctx, c, q, readContact)
}

// Merge merges contacts, like the method of contacts.Store.
func (c *Client) Merge(
	ctx context.Context, target uuid.UUID, revision int, sources []uuid.UUID, opts *contacts.MergeOptions,
) (*contacts.Contact, error) {
	var no refused
	no.unless(deref(opts).Plan == contacts.Fingerprint{}, "plan")
	if err := no.err(); err != nil {
		return nil, err
	}
	q := onContact(http.MethodPost, target, "/merge", struct {
		Revision int         `json:"targetContactRevision"`
		Sources  []uuid.UUID `json:"sourceContactIds"`
	}{int32Of(revision, neverRevision), sources})
	q.ids = slices.Concat(q.ids, sources)
	return do(ctx, c, q, readContact)
}

// PreviewMerge returns the merged contact without writing it. Unlike the method of contacts.Store, it returns a plan
// with the contact alone, which therefore is not Safe, and the error of a merge that would fail: ILLEGAL_MERGE or
// FAILED_PRECONDITION.
func (c *Client) PreviewMerge(
	ctx context.Context, target uuid.UUID, sources []uuid.UUID,
) (*contacts.MergePlan, error) {
	q := onContact(http.MethodPost, target, "/preview-merge", struct {
		Sources []uuid.UUID `json:"sourceContactIds"`
	}{sources})
	q.ids, q.reads = slices.Concat(q.ids, sources), true
	merged, err := do(ctx, c, q, readContact)
	if err != nil {
		return nil, err
	}
	return &contacts.MergePlan{Contact: merged}, nil
}

// Facets returns a page of facets, like the method of contacts.Store.
func (c *Client) Facets(
	ctx context.Context, filter contacts.Filter, opts *contacts.FacetOptions,
) (contacts.Page[contacts.Facet], error) {
	o := deref(opts)
	return do(ctx, c, request{
		method: http.MethodPost, path: "/contacts/facets/query", reads: true,
		body: struct {
			Filter    contacts.Filter `json:"filter,omitzero"`
			Paging    paging          `json:"paging,omitzero"`
			OmitCount bool            `json:"omitCount,omitempty"`
		}{filter, pagingOf(o.Limit, o.Offset), o.OmitCount},
	}, pageReader[contacts.Facet]("facets", "pagingMetadata", o.Offset))
}

// onContact returns a request about one contact.
func onContact(method string, id uuid.UUID, rest string, body any) request {
	return request{method: method, path: "/contacts/" + id.String() + rest, body: body, ids: []uuid.UUID{id}}
}

func readContact(r reply) *contacts.Contact {
	contact := value[contacts.Contact](r, "contact")
	return &contact
}

// sent returns an info whose values of extended fields arrive as what they are.
func sent(info contacts.Info) contacts.Info {
	info.ExtendedFields = sentValues(info.ExtendedFields)
	return info
}

func sentPatch(patch contacts.Patch) contacts.Patch {
	if values, ok := patch.ExtendedFields.Get(); ok {
		patch.ExtendedFields = contacts.Set(sentValues(values))
	}
	return patch
}

// sentValues replaces values that no extended field accepts by false, which none accepts either: JSON has no form for
// some of them, and a form that a field accepts for others, such as a time or an array of bytes (FLD-6).
func sentValues(values map[string]any) map[string]any {
	if len(values) == 0 {
		return values
	}
	out := make(map[string]any, len(values))
	for key, v := range values {
		if !storable(v) {
			v = false
		}
		out[key] = v
	}
	return out
}

func storable(v any) bool {
	switch v := v.(type) {
	case nil, string:
		return true
	case json.Number:
		_, err := json.Marshal(v)
		return err == nil && v != "" // encoding/json writes "" as 0
	case json.Marshaler, encoding.TextMarshaler:
		return false
	}
	switch r := reflect.ValueOf(v); {
	case r.CanFloat():
		return !math.IsNaN(r.Float()) && !math.IsInf(r.Float(), 0)
	default:
		return r.CanInt() || r.CanUint() && r.Kind() != reflect.Uintptr
	}
}

// deref returns the options, or the zero value.
func deref[T any](opts *T) T {
	if opts == nil {
		var none T
		return none
	}
	return *opts
}
