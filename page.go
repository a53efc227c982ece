package contacts

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"

	"github.com/contactsdb/contacts/internal/match"
	"github.com/contactsdb/contacts/internal/seal"
)

// ListOptions configure [Store.List].
type ListOptions struct {
	Limit     int    // contacts per page: 1 to 1000, 0 selects the default of 50
	Offset    int    // contacts to skip; must be 0 with a Cursor
	Cursor    string // Next or Previous of another page of the same query
	OmitTotal bool   // do not count the contacts of the query

	// Fields, such as info.name, and Fieldsets select the parts of a contact to return: the union of both, or
	// everything if both are empty (PRJ-1).
	Fields    []string
	Fieldsets []Fieldset
}

// Page is a part of a list. The caller owns it.
type Page[T any] struct {
	Items   []T
	Offset  int  // the offset of the request
	Total   int  // items in the whole list; -1 with ListOptions.OmitTotal
	HasNext bool // whether the list has items after this page

	// Next and Previous are the cursors of the pages after and before this one, "" if there is no such page. Only
	// [Store.List] returns cursors. A cursor is opaque and valid for the same query only, without a time limit. It
	// marks a contact, not an offset: in the order of creation no contact is skipped or repeated, whatever is written
	// between two calls (QRY-6). It has about a hundred characters, and with a Sort also those of the sorted text,
	// which can be long.
	Next, Previous string
}

// LogValue returns the numbers of the page, without its items (ERR-5).
func (p Page[T]) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("items", len(p.Items)), slog.Int("offset", p.Offset), slog.Int("total", p.Total),
		slog.Bool("hasNext", p.HasNext))
}

// pageOf returns the page of a list that starts at offset and has at most limit items.
func pageOf[T any](list []T, limit, offset int) Page[T] {
	rest := list[min(offset, len(list)):]
	n := min(limit, len(rest))
	return Page[T]{Items: rest[:n:n], Offset: offset, Total: len(list), HasNext: n < len(rest)}
}

// List returns a page of the contacts that match a query, in their current state. The caller owns them.
//
// It stops early when ctx is done. The total takes as long as [Snapshot.Count]; OmitTotal avoids that. A page with an
// offset walks over the contacts that it skips; a cursor seeks its page if the order is that of creation.
//
// Errors, in the order they are checked: INVALID_ARGUMENT for options, ILLEGAL_LIMIT (QRY-5), then those of
// [Snapshot.Find], and INVALID_ARGUMENT for the cursor.
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
		page.Items = append(page.Items, r.show(shown))
	}
	if !opts.OmitTotal {
		page.Total = c.count()
	}
	if ctx.Err() != nil {
		return Page[*Contact]{}, cancelled(ctx) // the page may be incomplete
	}
	return page, nil
}

// check checks all options except the cursor, and returns the projection.
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

// page returns the contacts of a page, and the cursors of the pages before and after it, nil if there is no such page.
func (q *query) page(start cursor, skip, n int) (rows []*record, previous, next *cursor) {
	rows = q.rowsAfter(start.after, start.backwards, skip, n+1)
	more := len(rows) > n
	rows = rows[:min(n, len(rows))]
	var first, last *sortPosition // nil for an empty page: the page before it begins at the end of the list
	if len(rows) > 0 {
		a, b := q.order.position(rows[0]), q.order.position(rows[len(rows)-1])
		first, last = &a, &b
	}
	if (start.after != nil || skip > 0) && len(q.rowsAfter(first, !start.backwards, 0, 1)) > 0 {
		previous = &cursor{query: start.query, after: first, backwards: !start.backwards}
	}
	if more {
		next = &cursor{query: start.query, after: last, backwards: start.backwards}
	}
	if start.backwards {
		slices.Reverse(rows)
		previous, next = next, previous
	}
	return rows, previous, next
}

// queryText returns a text that is equal for queries with the same filter, searches and order in stores of the same
// origin, and for no others. Cursors are sealed for it.
func (sn *Snapshot) queryText(q Query, order ordering) []byte {
	by := "createdDate"
	if len(q.Sort) > 0 {
		by = q.Sort[0].Field
	}
	parts := []any{q.Filter, by, order.descending, q.Search, sn.origin}
	if q.People != "" { // without one the text is that of earlier versions, whose cursors stay valid
		parts = append(parts, q.People, len(q.Sort) > 0)
	}
	text, err := json.Marshal(parts)
	if err != nil {
		panic("contacts: a filter that was checked cannot be encoded: " + err.Error())
	}
	return text
}

// cursor is the position where a page of a query begins.
type cursor struct {
	query     []byte        // see Snapshot.queryText
	after     *sortPosition // nil: at the start of the list, or at its end if backwards
	backwards bool
}

const (
	cursorBackwards = 1 << iota
	cursorAfter     // has a position
	cursorValued
)

const cursorSize = 1 + placeSize + numberSize // without the text

// seal returns the text of a cursor, "" for nil. Equal cursors have equal texts. The text can be opened for the same
// query only. It is encrypted, because cursors contain values of contacts and end up in URLs and logs.
func (c *cursor) seal(s *seal.Sealer) string {
	if c == nil {
		return ""
	}
	var flags byte
	if c.backwards {
		flags |= cursorBackwards
	}
	after := sortPosition{row: &record{}}
	if c.after != nil {
		after = *c.after
		flags |= cursorAfter
	}
	if after.valued {
		flags |= cursorValued
	}
	plain := after.row.order.appendTo([]byte{flags})
	plain = appendNumber(plain, after.key.Number)
	plain = append(plain, after.key.Text...)
	return s.Seal(plain, c.query)
}

// openCursor decodes a cursor that was sealed for a query.
//
// Errors: INVALID_ARGUMENT.
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
