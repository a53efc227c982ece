package contacts

import (
	"cmp"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/match"
	"github.com/contactsdb/contacts/internal/redact"
	"github.com/contactsdb/contacts/internal/words"
)

// Query selects contacts and orders them. The zero Query selects all contacts, in the default order.
type Query struct {
	Filter Filter

	// Sort names the field to sort by, at most one (QRY-2). Sorting ignores the case of texts. Contacts without a value
	// come last in either direction; contacts with equal values keep the order of creation. The default is createdDate,
	// ascending, or descending with Options.NewestFirst.
	Sort []Sort

	// Search matches contacts whose first name, last name, any email, or any phone number, as typed or in E.164 form,
	// equals this text. Case is ignored; "" matches every contact. At most 100 characters (QRY-3).
	Search string

	// People finds contacts by the beginnings of words, for a field in which a person types what they know of another.
	// It is not part of V4. Each word must begin a word of a name, the company, the job title, an email or a phone
	// (QRY-9); case and diacritics are ignored (QRY-10). Words of digits that follow each other can be one phone number
	// (QRY-11). Without a Sort, the best matches come first: names before companies, job titles, emails and phones,
	// whole words before beginnings (QRY-12). A text without letters and digits matches every contact. At most 100
	// characters.
	People string
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (q Query) LogValue() slog.Value { return redact.Value(q) }

const (
	searchMax    = 100 // characters
	sortFieldMax = 100
	sortsMax     = 1

	pageDefault = 50
	pageMax     = 1000
)

// query is a Query that has been checked for a snapshot.
type query struct {
	sn    *Snapshot
	match func(*record) bool // nil matches every contact on the path
	path  indexPath
	order ordering

	// found is set if a people search examines all contacts. It returns the hits, by rank if ranked is true, otherwise
	// in the order of creation. match must hold, too.
	found  func() []hit
	ranked bool

	// canceled reports whether the caller has given up. A scan calls it from time to time. nil means never.
	canceled func() bool
}

const cancelInterval = 1024 // contacts to examine between two calls of canceled

// compile checks a query (QRY-1).
func (sn *Snapshot) compile(q Query) (*query, error) {
	v := &validator{}
	v.text("search", q.Search, searchMax)
	v.text("people", q.People, searchMax)
	v.sorts(q.Sort, sortsMax, sortFieldMax)
	if err := invalid(v.violations); err != nil {
		return nil, err
	}
	reads := sn.reads()
	fields := contactColumns(reads)
	c := &query{sn: sn, order: ordering{descending: sn.newestFirst}}
	var err error
	if c.match, err = fields.match(q.Filter); err != nil {
		return nil, err
	}
	if len(q.Sort) > 0 {
		key, err := fields.sortKey(q.Sort[0])
		if err != nil {
			return nil, err
		}
		c.order = ordering{key: key, descending: q.Sort[0].Order == SortDesc}
		if q.Sort[0].Field == "createdDate" {
			c.order.key = nil
		}
	}
	c.path = reads.path(q.Filter.root)
	if len(c.path.spans) > 1 && reads.count(c.path, sn.contacts) == sn.contacts {
		c.path = fullScan // the path has as many entries as there are contacts, so it saves nothing
	}
	people := words.Parse(q.People)
	if !people.IsZero() && !c.scans() && c.hasManyRows() {
		c.path = fullScan
	}
	if c.path.exact {
		c.match = nil
	}
	if q.Search != "" {
		c.match = match.Both(c.match, searchTest(q.Search))
	}
	if !people.IsZero() {
		c.searchPeople(people, len(q.Sort) == 0)
	}
	return c, nil
}

// hasManyRows reports whether a people search of all contacts is faster than one of the contacts on the path, whose
// words have to be collected.
func (q *query) hasManyRows() bool {
	many := q.sn.contacts / 8
	return q.sn.reads().count(q.path, many) == many
}

// searchPeople adds a people search (QRY-9).
func (q *query) searchPeople(s words.Search, ranked bool) {
	if q.scans() {
		q.found = sync.OnceValue(func() []hit {
			found := q.sn.findPeople(s, q.canceled)
			if ranked {
				return byRank(found)
			}
			return slices.Concat(found...)
		})
	} else {
		q.match = match.Both(q.match, func(r *record) bool {
			_, ok := personRank(s, r)
			return ok
		})
	}
	if ranked {
		q.ranked = true
		q.order = ordering{key: func(r *record) (match.SortKey, bool) {
			rank, ok := personRank(s, r)
			return match.SortKey{Number: uint64(rank)}, ok
		}}
	}
}

// searchTest returns the test for a search (QRY-3).
func searchTest(text string) func(*record) bool {
	same := func(s string) bool { return s != "" && strings.EqualFold(s, text) }
	return func(r *record) bool {
		in := &r.contact.Info
		if same(in.Name.First) || same(in.Name.Last) {
			return true
		}
		for i := range in.Emails {
			if fold.SameEmail(in.Emails[i].Address, text) {
				return true
			}
		}
		for i := range in.Phones {
			if same(in.Phones[i].Number) || same(in.Phones[i].E164) {
				return true
			}
		}
		return false
	}
}

// matching yields the rows that match the query.
func (q *query) matching(rows iter.Seq[*record]) iter.Seq[*record] {
	if q.match == nil && q.canceled == nil {
		return rows
	}
	return func(yield func(*record) bool) {
		examined := 0
		for r := range rows {
			if examined++; examined%cancelInterval == 0 && q.canceled != nil && q.canceled() {
				return
			}
			if (q.match == nil || q.match(r)) && !yield(r) {
				return
			}
		}
	}
}

// scans reports whether the query has to examine all contacts.
func (q *query) scans() bool { return q.path.isScan() && q.path.spans[0].unbounded() }

// unordered yields the contacts of the query, each once, in any order.
func (q *query) unordered() iter.Seq[*record] {
	if q.scans() && q.found == nil {
		return q.matching(slices.Values(q.sn.records()))
	}
	return q.matching(q.walk(false, nil, 0))
}

// walk yields the contacts to examine, each once, in the order of creation or of found, or backwards, except for the
// first skip contacts. If after is not nil it yields only the contacts after that position, in the order of the walk.
func (q *query) walk(backwards bool, after *sortPosition, skip int) iter.Seq[*record] {
	if q.found == nil {
		var start *place
		if after != nil {
			start = &after.row.order
		}
		return q.sn.reads().walkPath(q.path, backwards, start, skip)
	}
	return func(yield func(*record) bool) {
		hits := q.foundAfter(after, backwards)
		for i := skip; i < len(hits); i++ {
			k := i
			if backwards {
				k = len(hits) - 1 - i
			}
			if !yield(hits[k].row) {
				return
			}
		}
	}
}

// foundAfter returns the part of found after a position, or before it if backwards, and all of it for nil.
func (q *query) foundAfter(after *sortPosition, backwards bool) []hit {
	hits := q.found()
	if after == nil {
		return hits
	}
	i, at := slices.BinarySearchFunc(hits, after, func(h hit, p *sortPosition) int {
		order := h.row.order.compare(p.row.order)
		if q.ranked {
			order = cmp.Or(cmp.Compare(uint64(h.rank), p.key.Number), order)
		}
		return order
	})
	switch {
	case backwards:
		return hits[:i]
	case at:
		return hits[i+1:]
	default:
		return hits[i:]
	}
}

// sorts reports whether the contacts that match must be sorted: neither an index nor found has them in order.
func (q *query) sorts() bool { return q.order.key != nil && (!q.ranked || q.found == nil) }

// rows yields the contacts of the query in the order of the query.
func (q *query) rows() iter.Seq[*record] {
	if !q.sorts() {
		return q.matching(q.walk(q.order.descending, nil, 0))
	}
	return func(yield func(*record) bool) {
		var positions []sortPosition
		for r := range q.unordered() {
			positions = append(positions, q.order.position(r))
		}
		slices.SortFunc(positions, q.order.compare)
		for _, p := range positions {
			if !yield(p.row) {
				return
			}
		}
	}
}

// count returns the number of contacts that match the query.
func (q *query) count() int {
	switch {
	case q.match == nil && q.found != nil:
		return len(q.found())
	case q.match == nil && q.scans():
		return q.sn.contacts
	case q.match == nil && q.path.ordered():
		return q.sn.reads().count(q.path, q.sn.contacts)
	}
	n := 0
	for range q.unordered() {
		n++
	}
	return n
}

// rowsAfter returns at most n contacts of the query, in its order or backwards. They follow a position, or begin at the
// start if it is nil, after skip more contacts.
func (q *query) rowsAfter(after *sortPosition, backwards bool, skip, n int) []*record {
	skip = min(skip, q.sn.contacts)
	if q.sorts() {
		rows := q.order.first(q.unordered(), after, backwards, skip+n)
		return rows[min(skip, len(rows)):]
	}
	walkSkip := 0 // contacts to skip on the walk: with a filter none, since the filter has to examine each
	if q.match == nil {
		walkSkip, skip = skip, 0
	}
	var rows []*record
	for r := range q.matching(q.walk(q.order.descending != backwards, after, walkSkip)) {
		if skip > 0 {
			skip--
			continue
		}
		if len(rows) == n {
			break
		}
		rows = append(rows, r)
	}
	return rows
}

// ordering is the order of a query's contacts: by key, or if key is nil the order of creation.
type ordering struct {
	key        func(*record) (match.SortKey, bool)
	descending bool
}

// sortPosition is the position of a contact in an ordering.
type sortPosition struct {
	key    match.SortKey
	valued bool    // whether the contact has a key
	row    *record // in a cursor a record with only its place
}

func (o ordering) position(r *record) sortPosition {
	p := sortPosition{row: r}
	if o.key != nil {
		p.key, p.valued = o.key(r)
	}
	return p
}

// compare orders positions by their keys, ties by the order of creation (QRY-2).
func (o ordering) compare(a, b sortPosition) int {
	return cmp.Or(match.CompareKeys(a.key, a.valued, b.key, b.valued, o.descending), a.row.order.compare(b.row.order))
}

// first returns the first n rows, in the order or backwards. If after is not nil, it only considers the rows after it.
func (o ordering) first(rows iter.Seq[*record], after *sortPosition, backwards bool, n int) []*record {
	compare := o.compare
	if backwards {
		compare = func(a, b sortPosition) int { return o.compare(b, a) }
	}
	// best has the first n rows so far, and up to n more candidates for them. cut sorts it and drops the surplus.
	var best []sortPosition
	var worst *sortPosition
	cut := func() {
		slices.SortFunc(best, compare)
		if len(best) >= n {
			best = best[:n]
			worst = &best[n-1]
		}
	}
	for r := range rows {
		p := o.position(r)
		if after != nil && compare(p, *after) <= 0 || worst != nil && compare(p, *worst) >= 0 {
			continue
		}
		if best = append(best, p); len(best) >= 2*n {
			cut()
		}
	}
	cut()
	out := make([]*record, len(best))
	for i, p := range best {
		out[i] = p.row
	}
	return out
}

// Find returns the contacts that match a query, in the order of the query. The iterator reads the snapshot, so later
// writes do not change its result, and it can be ranged over repeatedly. It does not copy the contacts.
//
// Errors, in the order they are checked (QRY-1): INVALID_ARGUMENT; UNSUPPORTED_FILTER if the filter is too large; for
// the first mistake in the filter UNSUPPORTED_FILTER_FIELD_UNKNOWN, UNSUPPORTED_FILTER_OPERATOR,
// UNSUPPORTED_FILTER_VALUE or UNSUPPORTED_FILTER_VALUE_TYPE; then UNSUPPORTED_SORT_FIELD. All except INVALID_ARGUMENT
// come with a [QueryError].
func (sn *Snapshot) Find(q Query) (iter.Seq[View], error) {
	c, err := sn.compile(q)
	if err != nil {
		return nil, err
	}
	return views(c.rows()), nil
}

// Count returns the number of contacts that match a query. It does not copy them, and ignores the order.
//
// Errors: those of [Snapshot.Find].
func (sn *Snapshot) Count(q Query) (int, error) {
	c, err := sn.compile(q)
	if err != nil {
		return 0, err
	}
	return c.count(), nil
}

// Explain describes how a query is answered. It walks over all contacts that the query would examine.
//
// Errors: those of [Snapshot.Find].
func (sn *Snapshot) Explain(q Query) (Plan, error) {
	c, err := sn.compile(q)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Index: c.path.index, Sorted: c.order.key != nil || !c.path.ordered()}
	if c.found != nil {
		plan.Index = planPeople
	}
	c.match, c.found = nil, nil
	plan.Rows = c.count()
	return plan, nil
}
