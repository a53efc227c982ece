package httpclient

import (
	"context"
	"errors"
	"iter"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// query is a query in the body of a request.
type query struct {
	Filter    contacts.Filter     `json:"filter,omitzero"`
	Sort      []sort              `json:"sort,omitempty"`
	Paging    paging              `json:"paging,omitzero"`
	Fields    []string            `json:"fields,omitempty"`
	Fieldsets []contacts.Fieldset `json:"fieldsets,omitempty"`
}

type sort struct {
	Field string             `json:"fieldName"`
	Order contacts.SortOrder `json:"order,omitempty"`
}

func sortsOf(sorts []contacts.Sort) []sort {
	out := make([]sort, len(sorts))
	for i, s := range sorts {
		out[i] = sort{s.Field, s.Order}
	}
	return out
}

// paging selects a page. To the API, a limit of 0 means no items; to a store, it means the default.
type paging struct {
	Limit  int `json:"limit,omitempty"`
	Offset int `json:"offset,omitempty"`
}

// pagingOf replaces numbers that the API cannot carry by others with the same result.
func pagingOf(limit, offset int) paging {
	atMost := func(n int) int {
		if n < 0 {
			return int32Of(n, math.MinInt32)
		}
		return int32Of(n, math.MaxInt32)
	}
	return paging{atMost(limit), atMost(offset)}
}

// inQuery changes the path of a violation from that in the body to that in the query of a store.
func inQuery(path string) string { return strings.TrimPrefix(path, "query.") }

// pageReader returns a function that reads a page of a list.
func pageReader[T any, P decoder[T]](name, metadata string, offset int) func(reply) contacts.Page[T] {
	return func(r reply) contacts.Page[T] {
		r.Require(metadata)
		m := r.Object.Object(metadata)
		page := contacts.Page[T]{Items: listOf[T, P](r, name), Offset: offset, Total: -1, HasNext: m.Bool("hasNext")}
		if m.Get("total").Present() {
			page.Total = m.Integer("total")
		}
		return page
	}
}

// List returns a page of contacts, like the method of contacts.Store. Pages have no cursors: Next and Previous are
// empty, and opts.Cursor must be. While others write, pages by offset can skip and repeat contacts; see [Client.Query].
func (c *Client) List(
	ctx context.Context, q contacts.Query, opts *contacts.ListOptions,
) (contacts.Page[*contacts.Contact], error) {
	var no refused
	o := deref(opts)
	no.unless(q.People == "", "people")
	no.unless(o.Cursor == "", "paging.cursor")
	if err := no.err(); err != nil {
		return contacts.Page[*contacts.Contact]{}, err
	}
	found, err := do(ctx, c, request{
		method: http.MethodPost, path: "/contacts/query", reads: true, place: inQuery,
		body: struct {
			Query     query  `json:"query"`
			Search    string `json:"search,omitempty"`
			OmitTotal bool   `json:"omitTotal,omitempty"`
		}{
			query{q.Filter, sortsOf(q.Sort), pagingOf(o.Limit, o.Offset), o.Fields, o.Fieldsets}, q.Search, o.OmitTotal,
		},
	}, pageReader[contacts.Contact]("contacts", "pagingMetadata", o.Offset))
	page := contacts.Page[*contacts.Contact]{Offset: found.Offset, Total: found.Total, HasNext: found.HasNext}
	for i := range found.Items {
		page.Items = append(page.Items, &found.Items[i])
	}
	return page, err
}

// Query yields all contacts that match a query, page by page. It ends after an error, which it yields with nil.
//
// Without q.Sort the order is that of creation, the oldest contact first, and no contact that matches all the while is
// skipped or repeated, whatever is written between two pages: not even if the loop deletes the contacts that it gets.
// Each request asks for the contacts that are not older than the last one. With q.Sort the pages are those of
// [Client.List], by offset (CLI-8).
//
// opts.Limit is the number of contacts per page, default 1000. opts.Offset and opts.Cursor must be zero.
func (c *Client) Query(
	ctx context.Context, q contacts.Query, opts *contacts.ListOptions,
) iter.Seq2[*contacts.Contact, error] {
	return func(yield func(*contacts.Contact, error) bool) {
		var no refused
		no.unless(deref(opts).Offset == 0, "paging.offset")
		if err := no.err(); err != nil {
			yield(nil, err)
			return
		}
		w := newWalk(q, deref(opts))
		for {
			page, err := c.List(ctx, w.next(), &w.opts)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, contact := range page.Items {
				if !w.pass(contact) {
					yield(nil, &contacts.Error{Code: ErrMalformedReply, Err: &ReplyError{Err: errNoProgress}})
					return
				}
				if !yield(contact, nil) {
					return
				}
			}
			if !page.HasNext || len(page.Items) == 0 {
				return
			}
		}
	}
}

const pageDefault = 1000 // contacts in a page of Query

// walk is a walk over the contacts of a query.
type walk struct {
	query   contacts.Query
	opts    contacts.ListOptions // of the next page
	created bool                 // in the order of creation
	dated   bool                 // the caller wants createdDate

	last time.Time   // createdDate of the last contact
	seen []uuid.UUID // the contacts with that date
}

func newWalk(q contacts.Query, opts contacts.ListOptions) *walk {
	w := &walk{query: q, opts: opts, created: len(q.Sort) == 0, dated: true}
	w.opts.OmitTotal = true
	if w.opts.Limit == 0 {
		w.opts.Limit = pageDefault
	}
	if !w.created {
		return w
	}
	w.query.Sort = []contacts.Sort{{Field: createdDate, Order: contacts.SortAsc}}
	projected := len(opts.Fields)+len(opts.Fieldsets) > 0
	if projected && !slices.Contains(opts.Fields, createdDate) && !slices.Contains(opts.Fields, "_"+createdDate) &&
		!slices.Contains(opts.Fieldsets, contacts.FieldsetFull) {
		w.dated, w.opts.Fields = false, append(slices.Clone(opts.Fields), createdDate)
	}
	return w
}

const createdDate = "createdDate"

// seenMax is the number of contacts with the same date that a filter excludes by their IDs. With more, contacts of this
// date are passed over by their number, and one can be skipped if another of them is deleted meanwhile.
const seenMax = 1000

// next returns the query for the next page.
func (w *walk) next() contacts.Query {
	q := w.query
	if !w.created || len(w.seen) == 0 {
		return q
	}
	filters := []contacts.Filter{q.Filter, contacts.Gte(createdDate, w.last)}
	w.opts.Offset = 0
	if len(w.seen) > seenMax {
		w.opts.Offset = len(w.seen)
	} else {
		filters = append(filters, contacts.Not(contacts.In("id", w.seen...)))
	}
	q.Filter = contacts.And(filters...)
	return q
}

// pass notes that a contact was found. It reports false if the walk has passed it before: the server does not filter.
func (w *walk) pass(contact *contacts.Contact) bool {
	if !w.created {
		w.opts.Offset++
		return true
	}
	if contact.CreatedDate.Before(w.last) || len(w.seen) <= seenMax && slices.Contains(w.seen, contact.ID) {
		return false
	}
	if contact.CreatedDate.After(w.last) {
		w.last, w.seen = contact.CreatedDate, nil
	}
	w.seen = append(w.seen, contact.ID)
	if !w.dated {
		contact.CreatedDate = time.Time{}
	}
	return true
}

var errNoProgress = errors.New("a page repeats contacts of an earlier one")
