package contacts

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/contactsdb/contacts/internal/match"
)

// Query says which contacts are meant, and in which order. The zero Query means all in the default order.
type Query struct {
	Filter Filter

	// Sort names the field to sort by: one at most (QRY-2). Texts are sorted without regard to case, contacts without a
	// value come last in either direction, and equal ones in the order of their creation. The default is createdDate
	// ascending, or descending with Options.NewestFirst.
	Sort []Sort

	// Search takes contacts whose first name, last name, an email, a phone number as typed or its E.164 form is this text,
	// without regard to case; "": all. At most 100 characters (QRY-3).
	Search string
}

const (
	searchMax    = 100 // characters
	sortFieldMax = 100
	sortsMax     = 1

	pageDefault = 50
	pageMax     = 1000
)

// query is a Query that was checked, for a snapshot.
type query struct {
	sn    *Snapshot
	match func(*record) bool // nil: every contact on the path
	path  indexPath
	order ordering

	// over reports whether nobody waits for the answer any more. It is asked now and then; nil: somebody does.
	canceled func() bool
}

const cancelInterval = 1024 // contacts to look at between two questions whether it is over

// compile checks a query (QRY-1).
func (sn *Snapshot) compile(q Query) (*query, error) {
	v := &validator{}
	v.text("search", q.Search, searchMax)
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
		c.path = fullScan // many entries lead to the same contacts
	}
	if c.path.exact {
		c.match = nil
	}
	if q.Search != "" {
		c.match = match.Both(c.match, searchTest(q.Search))
	}
	return c, nil
}

// searched returns the test for a search (QRY-3).
func searchTest(text string) func(*record) bool {
	address := strings.TrimSpace(text)
	same := func(s string) bool { return s != "" && match.CompareFolded(s, text) == 0 }
	return func(r *record) bool {
		in := &r.contact.Info
		if same(in.Name.First) || same(in.Name.Last) {
			return true
		}
		for i := range in.Emails {
			if match.CompareFolded(strings.TrimSpace(in.Emails[i].Address), address) == 0 {
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

// matching yields those rows that the query takes.
func (q *query) matching(rows iter.Seq[*record]) iter.Seq[*record] {
	if q.match == nil && q.canceled == nil {
		return rows
	}
	return func(yield func(*record) bool) {
		looked := 0
		for r := range rows {
			if looked++; looked%cancelInterval == 0 && q.canceled != nil && q.canceled() {
				return
			}
			if (q.match == nil || q.match(r)) && !yield(r) {
				return
			}
		}
	}
}

// scans reports whether no index helps.
func (q *query) scans() bool { return q.path.isScan() && q.path.spans[0].unbounded() }

// unordered yields the contacts of the query, each once.
func (q *query) unordered() iter.Seq[*record] {
	if q.scans() {
		return q.matching(slices.Values(q.sn.records()))
	}
	return q.matching(q.sn.reads().walkPath(q.path, false, nil, 0))
}

// rows yields the contacts of the query in its order.
func (q *query) rows() iter.Seq[*record] {
	if q.order.key == nil {
		return q.matching(q.sn.reads().walkPath(q.path, q.order.descending, nil, 0))
	}
	return func(yield func(*record) bool) {
		var spots []sortPosition
		for r := range q.unordered() {
			spots = append(spots, q.order.position(r))
		}
		slices.SortFunc(spots, q.order.compare)
		for _, s := range spots {
			if !yield(s.row) {
				return
			}
		}
	}
}

// count returns how many contacts the query takes.
func (q *query) count() int {
	if q.match == nil && q.scans() {
		return q.sn.contacts
	}
	n := 0
	for range q.unordered() {
		n++
	}
	return n
}

// stretch returns at most n contacts of the query, in its order or backwards: those behind a spot, or from the beginning
// on, without the first skip ones.
func (q *query) rowsAfter(behind *sortPosition, backwards bool, skip, n int) []*record {
	skip = min(skip, q.sn.contacts)
	if q.order.key != nil {
		rows := q.order.first(q.unordered(), behind, backwards, skip+n)
		return rows[min(skip, len(rows)):]
	}
	var at *place
	if behind != nil {
		at = &behind.row.order
	}
	unseen := 0 // of those to skip: with a filter, each has to be looked at
	if q.match == nil {
		unseen, skip = skip, 0
	}
	var rows []*record
	for r := range q.matching(q.sn.reads().walkPath(q.path, q.order.descending != backwards, at, unseen)) {
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

// ordering is the order of a query's contacts: by a key, or without one that of creation.
type ordering struct {
	key        func(*record) (match.SortKey, bool)
	descending bool
}

// spot is where a contact stands in an ordering.
type sortPosition struct {
	key    match.SortKey
	valued bool
	row    *record // in a cursor one that has no more than a place
}

func (o ordering) position(r *record) sortPosition {
	s := sortPosition{row: r}
	if o.key != nil {
		s.key, s.valued = o.key(r)
	}
	return s
}

// compare orders spots by their keys, and equal ones by age (QRY-2).
func (o ordering) compare(a, b sortPosition) int {
	return cmp.Or(match.CompareKeys(a.key, a.valued, b.key, b.valued, o.descending), a.row.order.compare(b.row.order))
}

// first returns the first n rows in the order or backwards, of those behind a spot if one is given.
func (o ordering) first(rows iter.Seq[*record], behind *sortPosition, backwards bool, n int) []*record {
	compare := o.compare
	if backwards {
		compare = func(a, b sortPosition) int { return o.compare(b, a) }
	}
	// The best so far, and as many that may be better than the worst of them, which are sorted in now and then.
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
		s := o.position(r)
		if behind != nil && compare(s, *behind) <= 0 || worst != nil && compare(s, *worst) >= 0 {
			continue
		}
		if best = append(best, s); len(best) >= 2*n {
			cut()
		}
	}
	cut()
	out := make([]*record, len(best))
	for i, s := range best {
		out[i] = s.row
	}
	return out
}

// Find returns the contacts that a query takes, in its order. They are those of the snapshot, whatever happens meanwhile,
// and may be ranged over again. It copies none of them.
//
// Errors, in the order they are checked (QRY-1): INVALID_ARGUMENT, UNSUPPORTED_FILTER for one that is too large, the first
// that is wrong in the filter: UNSUPPORTED_FILTER_FIELD_UNKNOWN, UNSUPPORTED_FILTER_OPERATOR, UNSUPPORTED_FILTER_VALUE,
// UNSUPPORTED_FILTER_VALUE_TYPE; then UNSUPPORTED_SORT_FIELD. All but the first come with a [QueryError].
func (sn *Snapshot) Find(q Query) (iter.Seq[View], error) {
	c, err := sn.compile(q)
	if err != nil {
		return nil, err
	}
	return views(c.rows()), nil
}

// Count returns how many contacts a query takes. It builds none of them, and does not regard the order.
//
// Errors: those of [Snapshot.Find].
func (sn *Snapshot) Count(q Query) (int, error) {
	c, err := sn.compile(q)
	if err != nil {
		return 0, err
	}
	return c.count(), nil
}

// Explain tells how a query is answered. It looks at all contacts that the query would.
//
// Errors: those of [Snapshot.Find].
func (sn *Snapshot) Explain(q Query) (Plan, error) {
	c, err := sn.compile(q)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Index: c.path.index, Sorted: c.order.key != nil || !c.path.ordered()}
	c.match = nil
	plan.Rows = c.count()
	return plan, nil
}
