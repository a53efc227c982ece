package contacts

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/contactsdb/contacts/internal/match"
	"github.com/contactsdb/contacts/internal/seal"
)

// ListOptions are the options of [Store.List].
type ListOptions struct {
	Limit     int        // contacts of a page: 1 to 1000, 0 for the default of 50
	Offset    int        // contacts to pass over; not with a Cursor
	Cursor    string     // Next or Previous of another page of the same query
	OmitTotal bool       // do not count all contacts of the query
	Fields    []string   // what to return of a contact, such as info.name; with Fieldsets: the union (PRJ-1)
	Fieldsets []Fieldset // with neither: everything
}

// Page is a part of a list.
type Page[T any] struct {
	Items   []T  // the caller's own
	Offset  int  // as given
	Total   int  // items of the whole list; -1 with ListOptions.OmitTotal
	HasNext bool // whether items follow

	// Next and Previous are the cursors of the pages after and before this one, "" if there is none. Only [Store.List] has
	// cursors. A cursor is opaque and works for the same query only, at any later time. It marks a contact, not a number: in
	// the order of creation no contact is skipped or repeated, whatever is written between two pages (QRY-6). It has about
	// a hundred characters, and in another order also the text that is sorted by, which can be long.
	Next, Previous string
}

// pageOf returns the part of a list with at most limit items from an offset on.
func pageOf[T any](list []T, limit, offset int) Page[T] {
	rest := list[min(offset, len(list)):]
	n := min(limit, len(rest))
	return Page[T]{Items: rest[:n:n], Offset: offset, Total: len(list), HasNext: n < len(rest)}
}

// List returns a page of the contacts that a query takes, as they are now.
//
// It ends early when ctx is done. Counting all contacts takes as long as a [Snapshot.Count]; OmitTotal saves that. A page by offset walks over what it passes;
// a cursor seeks, if the order is that of creation.
//
// Errors: INVALID_ARGUMENT for options, ILLEGAL_LIMIT (QRY-5), then those of [Snapshot.Find], and INVALID_ARGUMENT for the
// cursor.
func (s *Store) List(ctx context.Context, q Query, opts *ListOptions) (Page[*Contact], error) {
	if err := s.ready(ctx); err != nil {
		return Page[*Contact]{}, err
	}
	if opts == nil {
		opts = &ListOptions{}
	}
	shown, err := opts.check()
	if err != nil {
		return Page[*Contact]{}, err
	}
	c, err := s.Snapshot().compile(q)
	if err != nil {
		return Page[*Contact]{}, err
	}
	start := cursor{query: c.sn.queryText(q, c.order)}
	c.canceled = func() bool { return ctx.Err() != nil }
	if opts.Cursor != "" {
		if start, err = openCursor(s.opts.cursors, opts.Cursor, start.query); err != nil {
			return Page[*Contact]{}, err
		}
	}
	rows, previous, next := c.page(start, opts.Offset, cmp.Or(opts.Limit, pageDefault))
	page := Page[*Contact]{
		Offset: opts.Offset, Total: -1, HasNext: next != nil,
		Next: next.seal(s.opts.cursors), Previous: previous.seal(s.opts.cursors),
	}
	for _, r := range rows {
		page.Items = append(page.Items, shown.clone(&r.contact))
	}
	if !opts.OmitTotal {
		page.Total = c.count()
	}
	if ctx.Err() != nil {
		return Page[*Contact]{}, cancelled(ctx) // not all were looked at
	}
	return page, nil
}

// check checks all but the cursor and returns the projection.
func (opts *ListOptions) check() (parts, error) {
	v := &validator{}
	v.offset(opts.Offset)
	if opts.Offset != 0 && opts.Cursor != "" {
		v.add(Violation{Field: "paging.cursor", Rule: RuleCustom, RuleName: RuleNameOneOf})
	}
	if err := invalid(v.violations); err != nil {
		return 0, err
	}
	shown, err := projection(opts.Fields, opts.Fieldsets)
	if err == nil && (opts.Limit < 0 || opts.Limit > pageMax) {
		err = &Error{Code: ErrIllegalLimit}
	}
	return shown, err
}

// page returns the contacts of a page, and the cursors of the pages before and after it, nil if there is none.
func (q *query) page(start cursor, skip, n int) (rows []*record, previous, next *cursor) {
	rows = q.rowsAfter(start.after, start.backwards, skip, n+1)
	more := len(rows) > n
	rows = rows[:min(n, len(rows))]
	var first, last *sortPosition // nil for an empty page: what is behind it goes to the end
	if len(rows) > 0 {
		a, b := q.order.position(rows[0]), q.order.position(rows[len(rows)-1])
		first, last = &a, &b
	}
	var back, on *cursor
	if (start.after != nil || skip > 0) && len(q.rowsAfter(first, !start.backwards, 0, 1)) > 0 {
		back = &cursor{query: start.query, after: first, backwards: !start.backwards}
	}
	if more {
		on = &cursor{query: start.query, after: last, backwards: start.backwards}
	}
	if start.backwards {
		slices.Reverse(rows)
		return rows, on, back
	}
	return rows, back, on
}

// queryText is the same for queries with the same contacts in the same order in the same store, and for no others.
func (sn *Snapshot) queryText(q Query, order ordering) []byte {
	by := "createdDate"
	if len(q.Sort) > 0 {
		by = q.Sort[0].Field
	}
	text, err := json.Marshal([]any{q.Filter, by, order.descending, q.Search, sn.origin})
	if err != nil {
		panic("contacts: a filter that was checked has no form: " + err.Error())
	}
	return text
}

// cursor says where a page of a query begins.
type cursor struct {
	query     []byte        // see Snapshot.queryText
	after     *sortPosition // behind this one; nil: at the beginning, or if it goes backwards at the end
	backwards bool
}

const (
	cursorBackwards = 1 << iota
	cursorAfter     // a spot
	cursorValued
)

const cursorSize = 1 + placeSize + numberSize // without the text

// seal returns the text of a cursor, "" for nil: equal ones have equal texts. It opens for the same query only. The text
// reveals nothing, since cursors hold values of contacts and travel in addresses of web pages and in logs.
func (c *cursor) seal(s *seal.Sealer) string {
	if c == nil {
		return ""
	}
	var flags byte
	if c.backwards {
		flags |= cursorBackwards
	}
	at := sortPosition{row: &record{}}
	if c.after != nil {
		at = *c.after
		flags |= cursorAfter
	}
	if at.valued {
		flags |= cursorValued
	}
	plain := at.row.order.appendTo([]byte{flags})
	plain = appendNumber(plain, at.key.Number)
	plain = append(plain, at.key.Text...)
	return s.Seal(plain, c.query)
}

// openCursor reads a cursor that was made for a query.
func openCursor(s *seal.Sealer, text string, query []byte) (cursor, error) {
	plain, ok := s.Open(text, query)
	if !ok || len(plain) < cursorSize {
		return cursor{}, invalid([]Violation{{Field: "paging.cursor", Rule: RuleCustom, RuleName: RuleNameCursor}})
	}
	c := cursor{query: query, backwards: plain[0]&cursorBackwards != 0}
	if plain[0]&cursorAfter != 0 {
		c.after = &sortPosition{
			valued: plain[0]&cursorValued != 0,
			row:    &record{order: placeFrom(plain[1:])},
			key:    match.SortKey{Number: numberFrom(plain[1+placeSize:]), Text: string(plain[cursorSize:])},
		}
	}
	return c, nil
}
