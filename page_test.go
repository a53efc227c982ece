package contacts_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// badCursor is the violation of a cursor that List did not make, or not for this query.
var badCursor = contacts.Violation{Field: "paging.cursor", Rule: contacts.RuleCustom, RuleName: "INVALID_CURSOR"}

// queue opens a store with n contacts, c0 to c9 and so on, whose companies alternate.
func queue(t testing.TB, n int, edits ...func(*contacts.Options)) *contacts.Store {
	opts := unchecked()
	for _, edit := range edits {
		edit(opts)
	}
	s := openStore(t, opts)
	for i := range n {
		info := person(fmt.Sprint("c", i), fmt.Sprintf("c%d@x.test", i))
		info.Company = []string{"Acorn", "Birch", ""}[i%3]
		create(t, s, info)
	}
	return s
}

func pageOf(t testing.TB, s *contacts.Store, q contacts.Query, limit int, cursor string) contacts.Page[*contacts.Contact] {
	t.Helper()
	page, err := s.List(t.Context(), q, &contacts.ListOptions{Limit: limit, Cursor: cursor})
	require.NoError(t, err)
	return page
}

func refusesCursor(t testing.TB, s *contacts.Store, q contacts.Query, cursor string, what ...any) {
	t.Helper()
	_, err := s.List(t.Context(), q, &contacts.ListOptions{Limit: 3, Cursor: cursor})
	require.Error(t, err, what...)
	require.Equal(t, oneViolation(badCursor), violations(t, err), what...)
}

func TestListOptions(t *testing.T) {
	s := queue(t, 60)
	all := ids(s.Snapshot().All())
	list := func(opts *contacts.ListOptions) (contacts.Page[*contacts.Contact], error) {
		return s.List(t.Context(), contacts.Query{}, opts)
	}
	t.Run("QRY-4 defaults", func(t *testing.T) {
		for _, opts := range []*contacts.ListOptions{nil, {}, {Limit: 50}} {
			page, err := list(opts)
			require.NoError(t, err)
			require.Equal(t, all[:50], idsOf(page.Items))
			require.Equal(t, 60, page.Total)
			require.Zero(t, page.Offset)
			require.True(t, page.HasNext)
			require.NotEmpty(t, page.Next)
			require.Empty(t, page.Previous)
		}
	})
	t.Run("QRY-5 limits", func(t *testing.T) {
		for _, limit := range []int{-1, -1 << 62, 1001, 1 << 62} {
			_, err := list(&contacts.ListOptions{Limit: limit})
			require.ErrorIs(t, err, contacts.ErrIllegalLimit)
			require.Equal(t, contacts.ErrIllegalLimit, contacts.CodeOf(err))
		}
		for _, limit := range []int{1, 1000} {
			page, err := list(&contacts.ListOptions{Limit: limit})
			require.NoError(t, err)
			require.Len(t, page.Items, min(limit, 60))
		}
	})
	t.Run("QRY-5 offsets", func(t *testing.T) {
		for _, offset := range []int{-1, -1 << 63} {
			_, err := list(&contacts.ListOptions{Offset: offset})
			want := contacts.Violation{Field: "paging.offset", Rule: contacts.RuleMin}
			require.Equal(t, oneViolation(want), violations(t, err))
		}
		for _, sort := range [][]contacts.Sort{
			nil, {{Field: "createdDate", Order: contacts.SortDesc}}, {{Field: "info.company"}},
		} {
			for _, offset := range []int{60, 61, 1 << 40, 1<<63 - 1} {
				page, err := s.List(t.Context(), contacts.Query{Sort: sort}, &contacts.ListOptions{Offset: offset})
				require.NoError(t, err)
				require.Empty(t, page.Items)
				require.Equal(t, 60, page.Total)
				require.Equal(t, offset, page.Offset)
				require.False(t, page.HasNext)
				require.Empty(t, page.Next)
			}
		}
	})
	t.Run("QRY-6 from a page by offset on", func(t *testing.T) {
		for _, offset := range []int{1, 3, 5, 57, 60, 99} {
			for _, sort := range [][]contacts.Sort{
				nil, {{Field: "createdDate", Order: contacts.SortDesc}}, {{Field: "info.company"}},
			} {
				q := contacts.Query{Sort: sort}
				want := idsOf(pageOf(t, s, q, 1000, "").Items)
				page, err := s.List(t.Context(), q, &contacts.ListOptions{Offset: offset, Limit: 4})
				require.NoError(t, err)
				at := min(offset, 60)
				previous := pageOf(t, s, q, 4, page.Previous)
				require.Equal(t, want[max(0, at-4):at], idsOf(previous.Items))
				require.Equal(t, offset > 4, previous.Previous != "")
				if page.Next != "" {
					require.Equal(t, want[at+4:min(at+8, 60)], idsOf(pageOf(t, s, q, 4, page.Next).Items))
				}
			}
		}
	})
	t.Run("QRY-6 a cursor with an offset", func(t *testing.T) {
		cursor := pageOf(t, s, contacts.Query{}, 5, "").Next
		_, err := list(&contacts.ListOptions{Offset: 1, Cursor: cursor})
		want := contacts.Violation{Field: "paging.cursor", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameOneOf}
		require.Equal(t, oneViolation(want), violations(t, err))
	})
	t.Run("QRY-4 without a total", func(t *testing.T) {
		page, err := list(&contacts.ListOptions{OmitTotal: true, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, -1, page.Total)
		require.True(t, page.HasNext)
	})
	t.Run("QRY-4 projections", func(t *testing.T) {
		for _, get := range []contacts.GetOptions{
			{}, {Fields: []string{"info.company"}}, {Fieldsets: []contacts.Fieldset{contacts.FieldsetBasic}},
			{Fields: []string{"createdDate"}, Fieldsets: []contacts.Fieldset{contacts.FieldsetExtended}},
		} {
			page, err := list(&contacts.ListOptions{Limit: 4, Fields: get.Fields, Fieldsets: get.Fieldsets})
			require.NoError(t, err)
			require.Len(t, page.Items, 4)
			for i, c := range page.Items {
				want, err := s.Get(t.Context(), all[i], &get)
				require.NoError(t, err)
				require.Equal(t, want, c)
			}
		}
		_, err := list(&contacts.ListOptions{Fields: []string{"info"}})
		require.Equal(t, oneViolation(badFormat("fields[0]", contacts.FormatEnum)), violations(t, err))
	})
	t.Run("QRY-4 contacts are the caller's own", func(t *testing.T) {
		page := pageOf(t, s, contacts.Query{}, 1, "")
		page.Items[0].Info.Emails[0].Address = "changed@x.test"
		require.Equal(t, "c0@x.test", pageOf(t, s, contacts.Query{}, 1, "").Items[0].Info.Emails[0].Address)
	})
	t.Run("QRY-4 an empty store", func(t *testing.T) {
		page, err := newStore(t).List(t.Context(), contacts.Query{}, nil)
		require.NoError(t, err)
		require.Empty(t, page.Items)
		require.Zero(t, page.Total)
		require.False(t, page.HasNext)
		require.Empty(t, page.Next+page.Previous)
	})
	t.Run("QRY-4 a closed store", func(t *testing.T) {
		closed := newStore(t)
		require.NoError(t, closed.Close())
		_, err := closed.List(t.Context(), contacts.Query{}, nil)
		require.ErrorIs(t, err, contacts.ErrClosed)
		views, err := closed.Snapshot().Find(contacts.Query{})
		require.NoError(t, err, "snapshots stay readable")
		require.Empty(t, ids(views))
	})
}

// cursorQueries are queries with different plans.
var cursorQueries = []contacts.Query{
	{},
	{Sort: []contacts.Sort{{Field: "createdDate", Order: contacts.SortDesc}}},
	{Sort: []contacts.Sort{{Field: "info.company", Order: contacts.SortDesc}}},
	{Filter: contacts.In("info.company", "Acorn", "Birch")},
	{Filter: contacts.StartsWith("info.emails.email", "c"), Sort: []contacts.Sort{{Field: "info.name.first"}}},
	{Filter: contacts.Exists("id", true), Search: "c3"},
}

// TestCursorsForged passes List cursors that it did not make.
func TestCursorsOfSharedValues(t *testing.T) {
	for name, filter := range map[string]contacts.Filter{
		"email": contacts.Eq("info.emails.email", "all@x.test"), "phone": contacts.Eq("info.phones.e164Phone", "+12015550123"),
		"number": contacts.Eq("info.phones.phone", numberUS),
	} {
		t.Run("QRY-6 only one contact with the value is left, "+name, func(t *testing.T) {
			s := newStore(t)
			info := reachable([]string{"all@x.test"}, number("US", numberUS))
			first := create(t, s, info)
			info = reachable([]string{"b@x.test", "all@x.test"}, number("", "12"), number("US", numberUS))
			last := create(t, s, info)
			q := contacts.Query{Filter: filter}
			page := pageOf(t, s, q, 1, "")
			require.Equal(t, first.ID, page.Items[0].ID)
			next := page.Next
			page = pageOf(t, s, q, 1, next)
			require.Equal(t, last.ID, page.Items[0].ID)

			f := s.Fork()
			require.NoError(t, f.Delete(t.Context(), last.ID))
			require.Empty(t, pageOf(t, f, q, 1, next).Items)
			f = s.Fork()
			require.NoError(t, f.Delete(t.Context(), first.ID))
			require.Empty(t, pageOf(t, f, q, 1, page.Previous).Items)
			require.Equal(t, last.ID, pageOf(t, f, q, 1, next).Items[0].ID)
		})
	}
}

func TestCursorsForged(t *testing.T) {
	s := queue(t, 9)
	type made struct{ query, cursor string }
	var cursors []made
	for i, q := range cursorQueries {
		page := pageOf(t, s, q, 2, "")
		if page.Next == "" {
			continue // it matches one contact only
		}
		next := pageOf(t, s, q, 2, page.Next)
		for _, cursor := range []string{page.Next, next.Next, next.Previous} {
			require.NotEmpty(t, cursor)
			cursors = append(cursors, made{fmt.Sprint(i), cursor})
		}
	}
	queryOf := func(m made) contacts.Query { return cursorQueries[m.query[0]-'0'] }

	t.Run("QRY-6 a changed byte", func(t *testing.T) {
		m := cursors[len(cursors)-1]
		for i := range len(m.cursor) {
			for b := range 256 {
				if forged := m.cursor[:i] + string([]byte{byte(b)}) + m.cursor[i+1:]; forged != m.cursor {
					refusesCursor(t, s, queryOf(m), forged, "byte %d is %q", i, b)
				}
			}
		}
	})
	t.Run("QRY-6 a changed bit of each cursor", func(t *testing.T) {
		for _, m := range cursors {
			for i := range len(m.cursor) {
				for bit := range 8 {
					forged := []byte(m.cursor)
					forged[i] ^= 1 << bit
					refusesCursor(t, s, queryOf(m), string(forged), "byte %d, bit %d", i, bit)
				}
			}
		}
	})
	t.Run("QRY-6 longer and shorter", func(t *testing.T) {
		for _, m := range cursors {
			for i := 1; i < len(m.cursor); i++ {
				refusesCursor(t, s, queryOf(m), m.cursor[:i], "%d bytes", i)
				refusesCursor(t, s, queryOf(m), m.cursor[i:], "from byte %d", i)
				refusesCursor(t, s, queryOf(m), m.cursor[:i]+m.cursor[i-1:], "byte %d twice", i-1)
				for _, more := range []string{"\n", "\r", "=", " ", "A"} { // decoders of base64 skip some of these
					refusesCursor(t, s, queryOf(m), m.cursor[:i]+more+m.cursor[i:], "%q before byte %d", more, i)
				}
			}
			for _, more := range []string{"\n", "=", "==", " ", "A", "AAAA", m.cursor} {
				refusesCursor(t, s, queryOf(m), m.cursor+more, "%q after it", more)
			}
		}
	})
	t.Run("QRY-6 made up", func(t *testing.T) {
		for _, forged := range []string{
			" ", "0", "1", "null", "{}", "AAAA", strings.Repeat("A", 64), strings.Repeat("A", 1<<16), "\x00", "é",
			testID(3).String(),
		} {
			refusesCursor(t, s, contacts.Query{}, forged, forged)
		}
	})
	t.Run("QRY-6 of another query", func(t *testing.T) {
		for _, m := range cursors {
			for i, q := range cursorQueries {
				if fmt.Sprint(i) != m.query {
					refusesCursor(t, s, q, m.cursor, "of query %s for %d", m.query, i)
				}
			}
		}
		cursor := pageOf(t, s, contacts.Query{Filter: contacts.In("info.company", "Acorn", "Birch")}, 2, "").Next
		for _, q := range []contacts.Query{
			{Filter: contacts.In("info.company", "Acorn", "Beech")},
			{Filter: contacts.In("info.jobTitle", "Acorn", "Birch")},
			{Filter: contacts.Nin("primaryEmail.subscriptionStatus", "PENDING")},
			{Filter: contacts.Not(contacts.In("info.company", "Acorn", "Birch"))},
			{Filter: contacts.In("info.company", "Acorn", "Birch"), Search: "c0"},
			{Filter: contacts.In("info.company", "Acorn", "Birch"), Sort: []contacts.Sort{{Field: "info.company"}}},
		} {
			refusesCursor(t, s, q, cursor)
		}
		up := []contacts.Sort{{Field: "info.company"}}
		down := []contacts.Sort{{Field: "info.company", Order: contacts.SortDesc}}
		refusesCursor(t, s, contacts.Query{Sort: down}, pageOf(t, s, contacts.Query{Sort: up}, 2, "").Next)
		refusesCursor(t, s, contacts.Query{Search: "b"}, pageOf(t, s, contacts.Query{}, 2, "").Next)
	})
	t.Run("QRY-6 of the same query", func(t *testing.T) {
		for _, m := range cursors {
			text := must(queryOf(m).Filter.MarshalJSON())
			q := queryOf(m)
			q.Filter = must(contacts.ParseFilter(text))
			page, err := s.List(t.Context(), q, &contacts.ListOptions{
				Limit: 1, Cursor: m.cursor, OmitTotal: true, Fields: []string{"info.name"},
			})
			require.NoError(t, err, "other options, the same query")
			require.Len(t, page.Items, 1)
		}
	})
	t.Run("QRY-6 of the same query, written differently", func(t *testing.T) {
		for _, same := range [][2]contacts.Query{
			{{}, {Sort: []contacts.Sort{}}},
			{{Sort: []contacts.Sort{{Field: "info.company"}}},
				{Sort: []contacts.Sort{{Field: "info.company", Order: contacts.SortAsc}}}},
			{{Filter: contacts.Eq("info.company", "Acorn")},
				{Filter: must(contacts.ParseFilter([]byte(` { "info.company" : { "$eq" : "\u0041corn" } } `)))}},
		} {
			for i := range same {
				cursor := pageOf(t, s, same[i], 2, "").Next
				want := idsOf(pageOf(t, s, same[i], 2, cursor).Items)
				require.Equal(t, want, idsOf(pageOf(t, s, same[1-i], 2, cursor).Items))
			}
		}
	})
	t.Run("QRY-6 of another store", func(t *testing.T) {
		other := queue(t, 9)
		require.Equal(t, exportOf(t, s.Snapshot()), exportOf(t, other.Snapshot()))
		loaded := load(t, exportOf(t, s.Snapshot()))
		for _, m := range cursors {
			refusesCursor(t, other, queryOf(m), m.cursor)
			refusesCursor(t, loaded, queryOf(m), m.cursor)
		}
	})
	t.Run("QRY-6 of a fork, a parent and a store with the same key", func(t *testing.T) {
		key := func(o *contacts.Options) { o.CursorKey = [32]byte{31: 1} }
		parent := queue(t, 9, key)
		for name, pair := range map[string][2]*contacts.Store{
			"a fork":           {s, s.Fork()},
			"a fork of a fork": {s, s.Fork().Fork()},
			"the same key":     {parent, queue(t, 9, key)},
			"loaded twice": {
				load(t, exportOf(t, parent.Snapshot()), key), load(t, exportOf(t, parent.Snapshot()), key),
			},
		} {
			for i := range pair {
				for n, q := range cursorQueries {
					from, to := pair[i], pair[1-i]
					if cursor := pageOf(t, from, q, 2, "").Next; cursor != "" {
						require.Equal(t, idsOf(pageOf(t, from, q, 2, cursor).Items), idsOf(pageOf(t, to, q, 2, cursor).Items),
							"%s, query %d", name, n)
					}
				}
			}
		}
		// Load numbers the contacts again.
		refusesCursor(t, load(t, exportOf(t, parent.Snapshot()), key), contacts.Query{},
			pageOf(t, parent, contacts.Query{}, 2, "").Next)
		refusesCursor(t, queue(t, 9, func(o *contacts.Options) { o.CursorKey = [32]byte{31: 2} }), contacts.Query{},
			pageOf(t, parent, contacts.Query{}, 2, "").Next)
	})
	t.Run("QRY-6 the default order is a part of the query", func(t *testing.T) {
		key := func(o *contacts.Options) { o.CursorKey = [32]byte{31: 1} }
		flipped := queue(t, 9, key, func(o *contacts.Options) { o.NewestFirst = true })
		refusesCursor(t, flipped, contacts.Query{}, pageOf(t, queue(t, 9, key), contacts.Query{}, 2, "").Next)
	})
	t.Run("QRY-6 nothing of the contacts shows", func(t *testing.T) {
		for _, m := range cursors {
			text := m.cursor
			for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.RawStdEncoding} {
				decoded, err := encoding.DecodeString(m.cursor)
				if err == nil {
					text += string(decoded)
				}
			}
			for c := range s.Snapshot().All() {
				id := c.ID()
				for _, part := range []string{c.Name().First + "@", "Acorn", "acorn", string(id[:]), id.String(), string(id[8:])} {
					require.NotContains(t, text, part)
				}
			}
		}
	})
	t.Run("QRY-6 two cursors do not show their common contents", func(t *testing.T) {
		const alike = 8 // of some 50 bytes, by chance
		s := queue(t, 9, func(o *contacts.Options) { o.CursorKey = [32]byte{31: 1} })
		var texts [][]byte
		for page := pageOf(t, s, contacts.Query{}, 1, ""); page.Next != ""; page = pageOf(t, s, contacts.Query{}, 1, page.Next) {
			texts = append(texts, must(base64.RawURLEncoding.DecodeString(page.Next)))
		}
		require.Len(t, texts, 8)
		for i, a := range texts {
			for _, b := range texts[:i] {
				n := 0
				for at := range min(len(a), len(b)) {
					if a[at] == b[at] {
						n++
					}
				}
				require.Less(t, n, alike)
			}
		}
	})
}

// TestCursorOfMissing uses cursors whose contact was deleted.
func TestCursorOfMissing(t *testing.T) {
	for i, q := range cursorQueries[:5] {
		t.Run(fmt.Sprint("QRY-6 query ", i), func(t *testing.T) {
			s := queue(t, 12)
			want := idsOf(pageOf(t, s, q, 1000, "").Items)
			page := pageOf(t, s, q, 3, "")
			require.Equal(t, want[:3], idsOf(page.Items))
			for _, c := range page.Items {
				require.NoError(t, s.Delete(t.Context(), c.ID))
			}
			next := pageOf(t, s, q, 3, page.Next)
			require.Equal(t, want[3:6], idsOf(next.Items))
			require.Empty(t, next.Previous, "nothing comes before")
			for _, id := range want[6:] {
				require.NoError(t, s.Delete(t.Context(), id))
			}
			end := pageOf(t, s, q, 3, next.Next)
			require.Empty(t, end.Items)
			require.Empty(t, end.Next)
			require.False(t, end.HasNext)
			require.Equal(t, 3, end.Total)
			require.NotEmpty(t, end.Previous, "contacts precede")
			back := pageOf(t, s, q, 5, end.Previous)
			require.Equal(t, want[3:6], idsOf(back.Items))
			require.Empty(t, back.Next+back.Previous)
		})
		t.Run(fmt.Sprint("QRY-6 backwards, query ", i), func(t *testing.T) {
			s := queue(t, 12)
			want := idsOf(pageOf(t, s, q, 1000, "").Items)
			page := pageOf(t, s, q, 3, pageOf(t, s, q, 3, "").Next)
			require.Equal(t, want[3:6], idsOf(page.Items))
			for _, id := range want[:3] {
				require.NoError(t, s.Delete(t.Context(), id))
			}
			start := pageOf(t, s, q, 3, page.Previous)
			require.Empty(t, start.Items)
			require.Empty(t, start.Previous)
			require.NotEmpty(t, start.Next, "contacts follow")
			require.True(t, start.HasNext)
			again := pageOf(t, s, q, 2, start.Next)
			require.Equal(t, want[3:5], idsOf(again.Items))
			require.Empty(t, again.Previous)
		})
	}
}

// FuzzCursor requires that List accepts no cursors but its own.
func FuzzCursor(f *testing.F) {
	s := queue(f, 9, func(o *contacts.Options) { o.CursorKey = [32]byte{0: 1} })
	made := map[string]int{} // the query of each cursor
	for i, q := range cursorQueries {
		page := pageOf(f, s, q, 2, "")
		for page.Next != "" {
			made[page.Next] = i
			if page = pageOf(f, s, q, 2, page.Next); page.Previous != "" {
				made[page.Previous] = i
			}
		}
	}
	for cursor, i := range made {
		f.Add(cursor, i)
		f.Add(cursor+"\n", i)
		f.Add(cursor[:len(cursor)/2], i)
	}
	f.Add("", 0)
	f.Fuzz(func(t *testing.T, cursor string, query int) {
		if query < 0 || query >= len(cursorQueries) {
			return
		}
		q := cursorQueries[query]
		page, err := s.List(t.Context(), q, &contacts.ListOptions{Limit: 2, Cursor: cursor})
		if of, ok := made[cursor]; cursor == "" || ok && of == query {
			require.NoError(t, err)
			return
		}
		require.Empty(t, page.Items)
		require.Equal(t, oneViolation(badCursor), violations(t, err))
	})
}
