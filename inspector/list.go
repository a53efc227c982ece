package inspector

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/contactsdb/contacts"
)

const (
	pageSize    = 50
	facetsShown = 10 // labels that are not folded away

	// countedAlways is the number of contacts up to which facets are always counted. With more, the list would wait for
	// the counts, which are a matter of a second request then.
	countedAlways = 10_000
)

// ordering is an order of the list.
type ordering struct {
	Key, Text string
	sort      []contacts.Sort
}

// orderings are the orders that the page offers. The first is that of the store, or the best match first (QRY-12).
var orderings = []ordering{
	{"", "Best match, or as created", nil},
	{"newest", "Newest first", []contacts.Sort{{Field: "createdDate", Order: contacts.SortDesc}}},
	{"active", "Last active first", []contacts.Sort{{Field: "lastActivity.activityDate", Order: contacts.SortDesc}}},
	{"first", "First name", []contacts.Sort{{Field: "info.name.first"}}},
	{"last", "Last name", []contacts.Sort{{Field: "info.name.last"}}},
	{"company", "Company", []contacts.Sort{{Field: "info.company"}}},
	{"email", "Email", []contacts.Sort{{Field: "primaryInfo.email"}}},
}

// search is a query as the form has it.
type search struct {
	People, Filter, Facet, Order, Cursor string
}

// listing is the data of the list.
type listing struct {
	search
	Orderings      []ordering
	Problem        *note
	Rows           []row
	Total          int
	Next, Previous string
	Plan           *contacts.Plan // nil for the list of all contacts
	Took           string
	Facets         []facetGroup
	Uncounted      bool   // the facets have no counts
	Picked         string // display name of the facet
	Empty          bool   // the store has no contact
}

// row is a line of the list.
type row struct {
	person
	Email, Phone string
	Chips        []chip
	Labels       []string
	More         int // labels
}

// facetGroup is a part of the facets.
type facetGroup struct {
	Name        string
	First, Rest []facetItem
}

type facetItem struct {
	Key, Name string
	Count     int
	Picked    bool
}

// list shows the contacts that match a query. Everything about the query is posted, so that no URL contains it (INS-4).
func (v *visit) list() error {
	in := search{
		People: v.posted("people"), Filter: strings.TrimSpace(v.posted("filter")), Facet: v.posted("facet"),
		Order: v.posted("order"), Cursor: v.posted("cursor"),
	}
	if picked, ok := v.r.PostForm["pick"]; ok {
		in.Facet, in.Cursor = picked[0], ""
	}
	started := time.Now()
	out := &listing{search: in, Orderings: orderings, Empty: v.store.Snapshot().Len() == 0}
	count := v.r.PostForm.Has("count")
	facets, err := v.allFacets(v.r.Context(), count)
	if err != nil {
		return err
	}
	if count {
		v.prepareSearch()
	}
	out.Facets, out.Picked = groupFacets(facets, in.Facet)
	out.Uncounted = facets[0].Count < 0
	status := http.StatusOK
	if err := v.find(out, facets); err != nil {
		if f := failureOf(err); f.Status != http.StatusBadRequest {
			return err
		}
		status, out.Problem = http.StatusBadRequest, problem("This query cannot be answered.", err)
	}
	out.Took = took(time.Since(started))
	return v.render(status, "list", "Contacts", out)
}

// took writes a duration in milliseconds.
func took(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64) + " ms"
}

// query returns the query of a search.
func (in search) query(facets []contacts.Facet) (contacts.Query, error) {
	q := contacts.Query{People: in.People}
	if in.Filter != "" {
		filter, err := contacts.ParseFilter([]byte(in.Filter))
		if err != nil {
			return q, err
		}
		q.Filter = filter
	}
	for _, f := range facets {
		if f.Key == in.Facet && f.FacetType != contacts.FacetAllContacts {
			q.Filter = contacts.And(q.Filter, f.Filter)
		}
	}
	for _, o := range orderings {
		if o.Key == in.Order {
			q.Sort = o.sort
		}
	}
	return q, nil
}

// find fills in the contacts that match.
func (v *visit) find(out *listing, facets []contacts.Facet) error {
	q, err := out.query(facets)
	if err != nil {
		return err
	}
	all := out.People == "" && q.Filter.IsZero()
	opts := &contacts.ListOptions{Limit: pageSize, Cursor: out.Cursor, OmitTotal: all}
	found, err := v.store.List(v.r.Context(), q, opts)
	if err != nil {
		return err
	}
	sn := v.store.Snapshot()
	out.Total, out.Next, out.Previous = found.Total, found.Next, found.Previous
	if all {
		out.Total = sn.Len()
	} else {
		plan, err := sn.Explain(q)
		if err != nil {
			return err
		}
		out.Plan = &plan
	}
	names := labelNames(sn)
	for _, c := range found.Items {
		out.Rows = append(out.Rows, rowOf(c, names))
	}
	return nil
}

const labelsShown = 3

func rowOf(c *contacts.Contact, names map[string]string) row {
	r := row{
		person: personOf(copied{c}), Email: c.PrimaryInfo.Email,
		Phone: cmp.Or(c.PrimaryPhone.Formatted, c.PrimaryInfo.Phone), Chips: chips(c),
	}
	keys, more := first(c.Info.LabelKeys, labelsShown)
	for _, key := range keys {
		r.Labels = append(r.Labels, names[key])
	}
	r.More = more
	return r
}

// labelNames returns the display names of the labels by their keys.
func labelNames(sn *contacts.Snapshot) map[string]string {
	names := map[string]string{}
	for l := range sn.Labels() {
		names[l.Key] = l.DisplayName
	}
	return names
}

// fieldNames returns the display names of the extended fields by their keys.
func fieldNames(sn *contacts.Snapshot) map[string]string {
	names := map[string]string{}
	for f := range sn.Fields() {
		names[f.Key] = f.DisplayName
	}
	return names
}

// countedFacets are the facets of the store at a position. To count them, every contact is read.
type countedFacets struct {
	position contacts.Position
	facets   []contacts.Facet
}

// allFacets returns the facets, with the counts of the whole store if they are cheap or asked for. The caller must not
// change them.
func (h *handler) allFacets(ctx context.Context, count bool) ([]contacts.Facet, error) {
	sn := h.store.Snapshot() // at or before the facets: they are never older than their position says
	if kept := h.facets.Load(); kept != nil && kept.position == sn.Position() {
		return kept.facets, nil
	}
	var all []contacts.Facet
	opts := &contacts.FacetOptions{OmitCount: !count && sn.Len() > countedAlways}
	for more := true; more; opts.Offset = len(all) {
		page, err := h.store.Facets(ctx, contacts.Filter{}, opts)
		if err != nil {
			return nil, err
		}
		all, more = append(all, page.Items...), page.HasNext
	}
	if !opts.OmitCount {
		h.facets.Store(&countedFacets{sn.Position(), all})
	}
	return all, nil
}

// prepareSearch lets the store collect what a people search needs, which would delay the first one of a large store.
// The script asks for the counts once the list is there, before anyone types.
func (v *visit) prepareSearch() {
	// The words of all contacts are collected whatever is found. An error means that the client has gone.
	_, _ = v.store.List(v.r.Context(), contacts.Query{People: "a"}, &contacts.ListOptions{Limit: 1, OmitTotal: true})
}

// groupFacets returns the facets by their kinds, and the name of the one that is picked.
func groupFacets(facets []contacts.Facet, picked string) (groups []facetGroup, name string) {
	kinds := []struct {
		of   contacts.FacetType
		name string
	}{
		{contacts.FacetLabel, "Labels"},
		{contacts.FacetSubscriptionStatus, "Email"},
		{contacts.FacetMembershipStatus, "Members"},
	}
	for _, kind := range kinds {
		group := facetGroup{Name: kind.name}
		var items []facetItem
		for _, f := range facets {
			if f.FacetType != kind.of {
				continue
			}
			item := facetItem{f.Key, f.DisplayName, f.Count, f.Key == picked}
			if item.Picked {
				name = f.DisplayName
			}
			items = append(items, item)
		}
		// Those that match most contacts first, and the picked one always in sight.
		slices.SortStableFunc(items, func(a, b facetItem) int { return cmp.Compare(b.rank(), a.rank()) })
		shown := min(len(items), facetsShown)
		group.First, group.Rest = items[:shown], items[shown:]
		groups = append(groups, group)
	}
	return groups, name
}

// rank is higher the earlier a facet is listed.
func (f facetItem) rank() int {
	if f.Picked {
		return math.MaxInt
	}
	return f.Count
}
