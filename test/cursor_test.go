package test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// TestCursorsAmongWrites reads pages forwards and backwards while contacts are created, deleted and changed. Contacts
// that exist all the time with the same sort value are met once and in order, and no contact is met twice.
func TestCursorsAmongWrites(t *testing.T) {
	seeds := uint64(large(4, 16))
	filters := []contacts.Filter{
		{},
		contacts.Exists("info.emails.email", true),
		contacts.HasSome("info.labelKeys", "contacts.customers", "custom.vip"),
		contacts.Gte("createdDate", epoch),
		contacts.Or(contacts.Eq("info.emails.email", "ann@x.test"), contacts.Eq("info.phones.e164Phone", "+12015550123")),
		contacts.StartsWith("info.emails.email", "a"),
	}
	sorts := []contacts.Sort{
		{}, {}, {Field: "createdDate"}, {Field: "createdDate", Order: contacts.SortDesc},
		{Field: "info.name.first"}, {Field: "info.company", Order: contacts.SortDesc}, {Field: "primaryInfo.email"},
		{Field: "info.extendedFields.custom.shoe-size", Order: contacts.SortDesc}, {Field: "lastActivity.activityDate"},
	}
	stayed := 0
	for seed := range seeds {
		t.Run(fmt.Sprint("QRY-6 seed ", seed), func(t *testing.T) {
			w := newQueryWorld(t, seed)
			rnd := rand.New(rand.NewPCG(seed, 3))
			q := contacts.Query{Filter: pick(rnd, filters...)}
			sort := pick(rnd, sorts...)
			if sort.Field != "" {
				q.Sort = []contacts.Sort{sort}
			}
			if seed%3 == 0 {
				q.People = pick(rnd, "a", "an", "x", "a x", "2", "test")
			}
			ranked := q.People != "" && sort.Field == ""
			// The position of a contact depends on its creation, which is fixed, or on its value, which may change.
			byValue := ranked || sort.Field != "" && sort.Field != "createdDate"
			matching := func() map[uuid.UUID]any {
				views, err := w.sn.Find(q)
				require.NoError(t, err)
				now := map[uuid.UUID]any{}
				for v := range views {
					now[v.ID()] = nil
					if ranked {
						now[v.ID()], _ = refPeople(refPeopleQuery(q.People), refWords(v.Clone()))
					} else if byValue {
						for _, value := range w.ref.rows[sort.Field].values(v.Clone()) {
							now[v.ID()] = sortKey(value)
						}
					}
				}
				return now
			}
			walk := func(page contacts.Page[*contacts.Contact], backwards bool) contacts.Page[*contacts.Contact] {
				start := matching()
				known := maps.Clone(start)      // as first seen
				changed := map[uuid.UUID]bool{} // of the known ones
				var met []uuid.UUID
				for {
					batch := idsOf(page.Items)
					if backwards {
						slices.Reverse(batch)
					}
					for _, id := range batch {
						require.False(t, slices.Contains(met, id) && !(byValue && changed[id]), "contact %s twice", id)
						met = append(met, id)
					}
					cursor := page.Next
					if backwards {
						cursor = page.Previous
					}
					if cursor == "" {
						break
					}
					w.write(rnd.IntN(4))
					now := matching()
					for id, value := range known {
						if after, ok := now[id]; !ok || after != value {
							changed[id] = true
						}
					}
					for id, value := range now {
						if _, ok := known[id]; !ok {
							known[id] = value
						}
					}
					page = pageOf(t, w.store, q, 1+rnd.IntN(9), cursor)
				}
				// The contacts that stayed, in order.
				views, err := w.sn.Find(q)
				require.NoError(t, err)
				var want []uuid.UUID
				for id := range views {
					if _, ok := start[id.ID()]; ok && !changed[id.ID()] {
						want = append(want, id.ID())
					}
				}
				if backwards {
					slices.Reverse(want)
				}
				stayed += len(want)
				require.Equal(t, want, slices.DeleteFunc(met, func(id uuid.UUID) bool { return !slices.Contains(want, id) }))
				return page
			}
			last := walk(pageOf(t, w.store, q, 1+rnd.IntN(9), ""), false)
			if last.Previous != "" {
				walk(lastPage(t, w.store, q), true)
			}
		})
	}
	require.Greater(t, stayed, int(10*seeds))
}

// lastPage returns the last page of a query with two contacts or more.
func lastPage(t *testing.T, s *contacts.Store, q contacts.Query) contacts.Page[*contacts.Contact] {
	n, err := s.Snapshot().Count(q)
	require.NoError(t, err)
	page, err := s.List(t.Context(), q, &contacts.ListOptions{Offset: max(0, n-2)})
	require.NoError(t, err)
	require.Empty(t, page.Next)
	return page
}
