package httpclient

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/form"
)

// FindOrCreateLabel finds a label by its display name or creates it, like the method of contacts.Store.
func (c *Client) FindOrCreateLabel(ctx context.Context, displayName string) (contacts.Label, bool, error) {
	return findOrCreate[contacts.Label](ctx, c, labels, map[string]string{"displayName": displayName})
}

// FindOrCreateField finds an extended field by its display name or creates it, like the method of contacts.Store.
func (c *Client) FindOrCreateField(
	ctx context.Context, displayName string, t contacts.DataType,
) (contacts.Field, bool, error) {
	return findOrCreate[contacts.Field](ctx, c, fields, map[string]string{
		"displayName": displayName, "dataType": string(t),
	})
}

// GetLabel returns a label, like the method of contacts.Store.
func (c *Client) GetLabel(ctx context.Context, key string) (contacts.Label, error) {
	return getDefinition[contacts.Label](ctx, c, labels, key)
}

// GetField returns an extended field, like the method of contacts.Store.
func (c *Client) GetField(ctx context.Context, key string) (contacts.Field, error) {
	return getDefinition[contacts.Field](ctx, c, fields, key)
}

// RenameLabel changes the display name of a label, like the method of contacts.Store.
func (c *Client) RenameLabel(ctx context.Context, key, displayName string) (contacts.Label, error) {
	return renameDefinition[contacts.Label](ctx, c, labels, key, displayName)
}

// RenameField changes the display name of an extended field, like the method of contacts.Store.
func (c *Client) RenameField(ctx context.Context, key, displayName string) (contacts.Field, error) {
	return renameDefinition[contacts.Field](ctx, c, fields, key, displayName)
}

// DeleteLabel deletes a label, like the method of contacts.Store.
func (c *Client) DeleteLabel(ctx context.Context, key string) error {
	return deleteDefinition(ctx, c, labels, key)
}

// DeleteField deletes an extended field, like the method of contacts.Store.
func (c *Client) DeleteField(ctx context.Context, key string) error {
	return deleteDefinition(ctx, c, fields, key)
}

// ListLabels returns a page of labels, like the method of contacts.Store. A Filter, or more than one Sort, cannot be
// combined with LabelType, Namespace and StartsWith.
func (c *Client) ListLabels(
	ctx context.Context, q contacts.LabelQuery, opts *contacts.PageOptions,
) (contacts.Page[contacts.Label], error) {
	return listDefinitions[contacts.Label](ctx, c, labels, definitionQuery{
		q.Filter, q.Sort, string(q.LabelType), q.Namespace, q.StartsWith,
	}, deref(opts))
}

// ListFields returns a page of extended fields, like the method of contacts.Store. A Filter, or more than one Sort,
// cannot be combined with FieldType, Namespace and StartsWith.
func (c *Client) ListFields(
	ctx context.Context, q contacts.FieldQuery, opts *contacts.PageOptions,
) (contacts.Page[contacts.Field], error) {
	return listDefinitions[contacts.Field](ctx, c, fields, definitionQuery{
		q.Filter, q.Sort, string(q.FieldType), q.Namespace, q.StartsWith,
	}, deref(opts))
}

// Labels and extended fields have the same methods.

// definitions is a kind of definitions in the API.
type definitions struct {
	path     string
	name     string // of a member with one definition; that with several has an "s" more
	newName  string // of the member that reports a new one
	kind     string // of the parameter for their type
	notFound contacts.Code
}

var (
	labels = definitions{"/labels", "label", "newLabel", "labelType", contacts.ErrLabelNotFound}
	fields = definitions{"/extended-fields", "field", "newField", "fieldType", contacts.ErrFieldNotFound}
)

func findOrCreate[T any, P decoder[T]](ctx context.Context, c *Client, d definitions, body any) (T, bool, error) {
	type found struct {
		definition T
		created    bool
	}
	out, err := do(ctx, c, request{method: http.MethodPost, path: d.path, body: body}, func(r reply) found {
		return found{value[T, P](r, d.name), r.Bool(d.newName)}
	})
	return out.definition, out.created, err
}

func getDefinition[T any, P decoder[T]](ctx context.Context, c *Client, d definitions, key string) (T, error) {
	q := request{method: http.MethodGet, reads: true}
	return onDefinition(ctx, c, d, key, q, func(r reply) T { return value[T, P](r, d.name) })
}

func renameDefinition[T any, P decoder[T]](
	ctx context.Context, c *Client, d definitions, key, displayName string,
) (T, error) {
	q := request{
		method: http.MethodPatch,
		body:   map[string]map[string]string{d.name: {"key": key, "displayName": displayName}},
	}
	return onDefinition(ctx, c, d, key, q, func(r reply) T { return value[T, P](r, d.name) })
}

func deleteDefinition(ctx context.Context, c *Client, d definitions, key string) error {
	_, err := onDefinition(ctx, c, d, key, request{method: http.MethodDelete}, nothing)
	return err
}

// isKey reports whether a text can be the key in a path.
func isKey(key string) bool {
	n := utf8.RuneCountInString(key)
	return n > 0 && n <= form.Key && path.Clean("/"+key) == "/"+key && utf8.ValidString(key)
}

// onDefinition sends a request about the definition with a key. A text that is no key has no place in a path: nothing
// is sent for it.
func onDefinition[T any](
	ctx context.Context, c *Client, d definitions, key string, q request, read func(reply) T,
) (T, error) {
	var none T
	if err := checkContext(ctx); err != nil {
		return none, err
	}
	if !isKey(key) {
		return none, &contacts.Error{Code: d.notFound, Err: &contacts.KeysError{Keys: []string{key}}}
	}
	q.path, q.key = d.path+"/"+url.PathEscape(key), key
	return do(ctx, c, q, read)
}

// definitionQuery is a LabelQuery or a FieldQuery.
type definitionQuery struct {
	filter                      contacts.Filter
	sort                        []contacts.Sort
	kind, namespace, startsWith string
}

// listDefinitions returns a page of definitions. The API has two methods for it: one with the type, the namespace and
// the prefix, the other with a filter and several sorts.
func listDefinitions[T any, P decoder[T]](
	ctx context.Context, c *Client, d definitions, q definitionQuery, opts contacts.PageOptions,
) (contacts.Page[T], error) {
	in := pagingOf(opts.Limit, opts.Offset)
	if q.kind == "" && q.namespace == "" && q.startsWith == "" {
		return do(ctx, c, request{
			method: http.MethodPost, path: d.path + "/query", reads: true, place: inQuery,
			body: map[string]query{"query": {Filter: q.filter, Sort: sortsOf(q.sort), Paging: in}},
		}, pageReader[T, P](d.name+"s", "pagingMetadata", opts.Offset))
	}
	var no refused
	no.unless(q.filter.IsZero(), "filter")
	no.unless(len(q.sort) <= 1, "sort")
	if err := no.err(); err != nil {
		return contacts.Page[T]{}, err
	}
	params := url.Values{}
	set := func(name, text string) {
		if text != "" {
			params.Set(name, text)
		}
	}
	number := func(name string, n int) {
		if n != 0 {
			params.Set(name, strconv.Itoa(n))
		}
	}
	set(d.kind, q.kind)
	set("namespace", q.namespace)
	set("startsWith", q.startsWith)
	number("paging.limit", in.Limit)
	number("paging.offset", in.Offset)
	for _, s := range q.sort {
		params.Set("sort.fieldName", s.Field)
		set("sort.order", string(s.Order))
	}
	return do(ctx, c, request{
		method: http.MethodGet, path: d.path, query: params, reads: true, place: inList,
	}, pageReader[T, P](d.name+"s", "metadata", opts.Offset))
}

// inList changes the path of a violation from that of a parameter to that in the query of a store.
func inList(path string) string {
	if rest, ok := strings.CutPrefix(path, "sort."); ok {
		return "sort[0]." + rest
	}
	return path
}
