package contactstest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// everyCall passes a query to each call that accepts one, as far as the implementation has them.
func everyCall(k *kit, q contacts.Query, check func(error)) {
	k.Helper()
	_, err := k.api().List(k.ctx(), q, nil)
	check(err)
	s, ok := k.api().(Snapshotter)
	if !ok {
		return
	}
	sn := s.Snapshot()
	_, err = sn.Find(q)
	check(err)
	_, err = sn.Count(q)
	check(err)
	_, err = sn.Explain(q)
	check(err)
}

// refusesQuery requires that every call refuses a query with a code.
func refusesQuery(k *kit, q contacts.Query, code contacts.Code) {
	k.Helper()
	everyCall(k, q, func(err error) {
		k.Helper()
		done(err).fails(k, code)
	})
}

// invalidQuery requires that every call refuses a query with these violations.
func invalidQuery(k *kit, q contacts.Query, want ...string) {
	k.Helper()
	everyCall(k, q, func(err error) {
		k.Helper()
		done(err).invalid(k, want...)
	})
}

// page returns a page of contacts.
func (k *kit) page(q contacts.Query, opts *contacts.ListOptions) contacts.Page[*contacts.Contact] {
	k.Helper()
	return of(k.api().List(k.ctx(), q, opts)).ok(k)
}

// cursored returns a page of contacts with its cursors. It skips the case if the implementation has none.
func (k *kit) cursored(q contacts.Query, opts *contacts.ListOptions) contacts.Page[*contacts.Contact] {
	k.Helper()
	page := k.page(q, opts)
	if page.HasNext && page.Next == "" {
		k.Skipf("the implementation reports no cursors")
	}
	same(k, "whether there is a cursor of the next page", page.HasNext, page.Next != "")
	return page
}

// queue creates n contacts with emails and two companies, and returns them in the order of creation.
func queue(k *kit, n int) []*contacts.Contact {
	k.Helper()
	var list []*contacts.Contact
	for i := range n {
		info := person(fmt.Sprint("Queue ", i), fmt.Sprintf("queue%d@example.com", i))
		info.Company = []string{"Birch", "Acorn", ""}[i%3]
		info.Emails = append(info.Emails, contacts.Email{Address: "all@example.com"})
		if i%4 < 2 { // as the primary email
			slices.Reverse(info.Emails)
		}
		list = append(list, k.create(info))
	}
	return list
}

// walk returns the contacts of all pages of a query, by cursors, and calls between after each page.
func walk(k *kit, q contacts.Query, limit int, between func(page int)) []uuid.UUID {
	k.Helper()
	var ids []uuid.UUID
	opts := &contacts.ListOptions{Limit: limit}
	for n := 0; ; n++ {
		page := k.cursored(q, opts)
		ids = append(ids, idsOf(page.Items)...)
		if page.Next == "" {
			return ids
		}
		check(k, "the walk does not end", n < 1000)
		opts.Cursor = page.Next
		between(n)
	}
}

// walkBack returns the contacts of all pages before a cursor, in the order of the list.
func walkBack(k *kit, q contacts.Query, limit int, cursor string) []uuid.UUID {
	k.Helper()
	var ids []uuid.UUID
	for n := 0; cursor != ""; n++ {
		check(k, "the walk does not end", n < 1000)
		page := k.page(q, &contacts.ListOptions{Limit: limit, Cursor: cursor})
		ids = append(idsOf(page.Items), ids...)
		cursor = page.Previous
	}
	return ids
}

// queues are queries of the contacts of queue, served by different indexes.
func queues() []contacts.Query {
	some := []string{"queue1@example.com", "queue2@example.com", "queue3@example.com", "queue4@example.com"}
	return []contacts.Query{
		{}, {Sort: by("-createdDate")}, {Sort: by("info.company")}, {Sort: by("-info.company")},
		{Filter: contacts.In("info.company", "Acorn", "Birch")},
		{Filter: contacts.StartsWith("info.emails.email", "queue"), Sort: by("-info.name.first")},
		{Filter: contacts.Eq("info.emails.email", "all@example.com")},
		{Filter: contacts.Eq("info.emails.email", "all@example.com"), Sort: by("-createdDate")},
		{Filter: contacts.In("info.emails.email", some...), Sort: by("-createdDate")},
		{People: "queue"}, {People: "que"}, {People: "queue", Sort: by("createdDate")},
		{People: "queue", Sort: by("-createdDate")},
	}
}

// queryCases are those of QRY-1 to QRY-8.
var queryCases = []conformCase{
	{"QRY-1 the order of checks", Needs{}, func(k *kit) {
		badFilter, badSort := contacts.Eq("info.shoe", 1), by("info.shoe")
		long := strings.Repeat("a", 101)
		invalidQuery(k, contacts.Query{Search: "\x00", Filter: badFilter}, "search FORMAT TEXT")
		invalidQuery(k, contacts.Query{Search: long, Filter: badFilter, Sort: badSort}, "search MAX_LENGTH 100")
		up := []contacts.Sort{{Field: "createdDate", Order: "UP"}}
		invalidQuery(k, contacts.Query{Sort: up, Filter: badFilter}, "sort[0].order FORMAT ENUM")
		large := contacts.And(badFilter, contacts.In("info.company", make([]string, 10_001)...))
		refusesQuery(k, contacts.Query{Filter: large, Sort: badSort}, contacts.ErrUnsupportedFilter)
		refusesQuery(k, contacts.Query{Filter: badFilter, Sort: badSort}, contacts.ErrFilterField)
		refusesQuery(k, contacts.Query{Filter: contacts.Or(), Sort: badSort}, contacts.ErrSortField)
	}},
	{"QRY-1 search and people", Needs{}, func(k *kit) {
		invalidQuery(k, contacts.Query{Search: "a\x00", People: "\xff", Filter: contacts.Eq("info.shoe", 1)},
			"search FORMAT TEXT", "people FORMAT TEXT")
	}},
	{"QRY-2 orders", alone, ofCrowd(func(cr *crowd) {
		for _, tc := range []struct{ field, up, down string }{
			{"createdDate", "dabce", "ecbad"}, {"lastActivity.activityDate", "dabce", "ecbad"},
			{"primaryInfo.email", "abcde", "cabde"}, {"primaryEmail.email", "abcde", "cabde"},
			{extended + keyEffective, "abcde", "cabde"}, {"primaryPhone.formattedPhone", "aedbc", "eadbc"},
			{"primaryPhone.countryCode", "eadbc", "aedbc"}, {"info.name.first", "abdce", "cdabe"},
			{"info.name.last", "abdce", "abdce"}, {"info.company", "abdce", "abdce"}, {"info.jobTitle", "dabce", "dabce"},
			{"info.birthdate", "badce", "abdce"}, {extended + "custom.motto", "cadbe", "acdbe"},
			{extended + "custom.site", "adbce", "adbce"}, {extended + "custom.shoe", "cbade", "abcde"},
			{extended + "custom.since", "abdce", "badce"}, {extended + keyByFirst, "abdce", "cdabe"},
			{extended + keySpentAmount, "dabce", "dabce"},
		} {
			cr.finds(tc.field+" up", contacts.Query{Sort: by(tc.field)}, tc.up)
			asc := []contacts.Sort{{Field: tc.field, Order: contacts.SortAsc}}
			cr.finds(tc.field+" ASC", contacts.Query{Sort: asc}, tc.up)
			cr.finds(tc.field+" down", contacts.Query{Sort: by("-" + tc.field)}, tc.down)
		}
		cr.finds("the default", contacts.Query{Sort: []contacts.Sort{}}, "dabce")
	})},
	{"QRY-2 fields to sort by", alone, ofCrowd(func(cr *crowd) {
		cr.hold()
		cr.forget()
		for _, f := range filterFields {
			r := of(cr.api().List(cr.ctx(), contacts.Query{Sort: by(f.name)}, nil))
			if f.sortable {
				r.ok(cr.kit)
			} else {
				r.fails(cr.kit, contacts.ErrSortField)
			}
		}
	})},
	{"QRY-2 other fields", Needs{}, func(k *kit) {
		for _, field := range []string{
			"", "info.shoe", "_createdDate", "CreatedDate", "custom.motto", extended + "custom.missing",
			strings.Repeat("ä", 100),
		} {
			refusesQuery(k, contacts.Query{Sort: by(field)}, contacts.ErrSortField)
		}
		invalidQuery(k, contacts.Query{Sort: by("createdDate", "info.company")}, "sort MAX_SIZE 1")
		invalidQuery(k, contacts.Query{Sort: by(strings.Repeat("ä", 101))}, "sort[0].fieldName MAX_LENGTH 100")
		for _, order := range []contacts.SortOrder{"UP", "desc"} {
			sort := []contacts.Sort{{Field: "info.company", Order: order}}
			invalidQuery(k, contacts.Query{Sort: sort}, "sort[0].order FORMAT ENUM")
		}
	}},
	{"QRY-2 texts in folded form", alone, func(k *kit) {
		var list []*contacts.Contact
		for _, name := range []string{"Zoe", "adam", "Ädgar", "Adam", "_x", "éva"} {
			list = append(list, k.create(person(name)))
		}
		q := contacts.Query{Sort: by("info.name.first")}
		k.finds("first names", q, list[4], list[1], list[3], list[0], list[2], list[5])
		q = contacts.Query{Sort: by("-info.name.first")}
		k.finds("first names down", q, list[5], list[2], list[0], list[1], list[3], list[4])
	}},
	{"QRY-2 newest first", Needs{true, func(o *contacts.Options) { o.NewestFirst = true }}, func(k *kit) {
		list := queue(k, 3)
		k.finds("the default", contacts.Query{}, list[2], list[1], list[0])
		k.finds("up", contacts.Query{Sort: by("createdDate")}, list[0], list[1], list[2])
	}},
	{"QRY-2 negative numbers and letters beyond ASCII", alone, func(k *kit) {
		key := k.newField("Balance", contacts.DataNumber)
		var list []*contacts.Contact
		for i, name := range []string{"Éb", "éa", "ÉC", "Eve"} {
			list = append(list, k.create(valued(name, map[string]any{key: []float64{-2, 0, -1, -3}[i]})))
		}
		k.finds("numbers", contacts.Query{Sort: by(extended + key)}, list[3], list[0], list[2], list[1])
		k.finds("names", contacts.Query{Sort: by("info.name.first")}, list[3], list[1], list[0], list[2])
	}},
	{"QRY-3 a search", alone, ofCrowd(func(cr *crowd) {
		for _, tc := range []struct{ search, want string }{
			{"", "dabce"}, {"ANN", "ab"}, {"lee", "ab"}, {"éVA", "c"}, {"Second@Example.com", "a"}, {" ANN@example.com", "ab"},
			{"(201) 555 0123", "b"}, {"+12015550123", "ab"}, {"An", ""}, {"Ann Lee", ""}, {"Acorn", ""}, {"Ann ", ""},
			{" ", ""}, {strings.Repeat("ä", 100), ""},
		} {
			cr.finds("a search for "+tc.search, contacts.Query{Search: tc.search}, tc.want)
			both := ""
			if strings.Contains(tc.want, "b") {
				both = "b"
			}
			q := contacts.Query{Search: tc.search, Filter: contacts.Eq("info.company", "acorn")}
			cr.finds("a filter and a search for "+tc.search, q, both)
		}
		cr.create(person("", "sam@example.com"))
		cr.finds("a search for a long s", contacts.Query{Search: "\u017fam@example.com"}, "")
		invalidQuery(cr.kit, contacts.Query{Search: strings.Repeat("ä", 101)}, "search MAX_LENGTH 100")
	})},
	{"QRY-4 pages", alone, func(k *kit) {
		k.hold()
		all := idsOf(queue(k, 60))
		for _, opts := range []*contacts.ListOptions{nil, {}, {Limit: 50}} {
			page := k.page(contacts.Query{}, opts)
			same(k, "the first page", all[:50], idsOf(page.Items))
			same(k, "total", 60, page.Total)
			check(k, "the first page has no next one", page.HasNext)
		}
		for _, sort := range []string{"createdDate", "-createdDate", "info.company"} {
			q := contacts.Query{Sort: by(sort)}
			whole := k.list(q)
			page := k.page(q, &contacts.ListOptions{Limit: 7, Offset: 55})
			same(k, "a page by offset", whole[55:], idsOf(page.Items))
			same(k, "offset", 55, page.Offset)
			same(k, "total", 60, page.Total)
			check(k, "the last page has a next one", !page.HasNext)
			page = k.page(q, &contacts.ListOptions{Limit: 7, Offset: 3})
			same(k, "a page in the middle", whole[3:10], idsOf(page.Items))
		}
		q := contacts.Query{Filter: contacts.Eq("info.company", "Acorn")}
		page := k.page(q, &contacts.ListOptions{Limit: 2})
		same(k, "total of those that match", 20, page.Total)
		same(k, "total that is omitted", -1, k.page(q, &contacts.ListOptions{Limit: 2, OmitTotal: true}).Total)
	}},
	{"QRY-4 no contacts", alone, func(k *kit) {
		page := k.page(contacts.Query{}, nil)
		same(k, "the page", contacts.Page[*contacts.Contact]{}, page)
	}},
	{"QRY-4 projections", alone, func(k *kit) {
		list := queue(k, 3)
		for _, get := range []contacts.GetOptions{
			{}, {Fields: []string{"info.company"}}, {Fieldsets: []contacts.Fieldset{contacts.FieldsetBasic}},
			{Fields: []string{"createdDate"}, Fieldsets: []contacts.Fieldset{contacts.FieldsetExtended}},
		} {
			page := k.page(contacts.Query{}, &contacts.ListOptions{Fields: get.Fields, Fieldsets: get.Fieldsets})
			same(k, "the number of contacts", len(list), len(page.Items))
			for i, c := range page.Items {
				sameContact(k, "a contact", of(k.api().Get(k.ctx(), list[i].ID, &get)).ok(k), c)
			}
		}
		of(k.api().List(k.ctx(), contacts.Query{}, &contacts.ListOptions{Fields: []string{"info"}})).
			invalid(k, "fields[0] FORMAT ENUM")
	}},
	{"QRY-5 limits and offsets", alone, func(k *kit) {
		list := queue(k, 3)
		for _, limit := range []int{-1, 1001, 1 << 31} {
			of(k.api().List(k.ctx(), contacts.Query{}, &contacts.ListOptions{Limit: limit})).fails(k, contacts.ErrIllegalLimit)
		}
		of(k.api().List(k.ctx(), contacts.Query{}, &contacts.ListOptions{Offset: -1})).invalid(k, "paging.offset MIN 0")
		for _, limit := range []int{1, 2, 3, 1000} {
			page := k.page(contacts.Query{}, &contacts.ListOptions{Limit: limit})
			same(k, "the number of contacts", min(limit, len(list)), len(page.Items))
			same(k, "whether another page follows", limit < len(list), page.HasNext)
		}
		for _, offset := range []int{3, 4, 1 << 31} {
			page := k.page(contacts.Query{Sort: by("info.company")}, &contacts.ListOptions{Offset: offset})
			same(k, "the page after the last", contacts.Page[*contacts.Contact]{
				Offset: offset, Total: 3, Previous: page.Previous,
			}, page)
		}
	}},
	{"QRY-6 a walk back and forth", alone, func(k *kit) {
		k.hold()
		for range 2 { // few contacts with an email, and more
			queue(k, 6)
			for i, q := range queues() {
				want := k.list(q)
				for _, limit := range []int{1, 3, 11} {
					got := walk(k, q, limit, func(int) {})
					same(k, fmt.Sprintf("the walk of query %d by %d", i, limit), want, got)
				}
				last := k.cursored(q, &contacts.ListOptions{Limit: 2, Offset: len(want) - 2})
				check(k, "the first page has a previous one", k.page(q, &contacts.ListOptions{Limit: 2}).Previous == "")
				same(k, fmt.Sprintf("the way back of query %d", i), want[:len(want)-2], walkBack(k, q, 3, last.Previous))
			}
		}
	}},
	{"QRY-6 a walk with many", alone, func(k *kit) {
		k.hold()
		list := idsOf(queue(k, 150))
		for _, q := range []contacts.Query{{}, {Filter: contacts.Eq("info.emails.email", "all@example.com")}} {
			same(k, "the walk", list, walk(k, q, 40, func(int) {}))
			q.Sort = by("-createdDate")
			slices.Reverse(list)
			same(k, "the walk down", list, walk(k, q, 40, func(int) {}))
			slices.Reverse(list)
		}
	}},
	{"QRY-6 a walk among writes", alone, func(k *kit) {
		k.hold()
		list := queue(k, 9)
		got := walk(k, contacts.Query{}, 2, func(page int) {
			switch page {
			case 0:
				k.remove(list[0].ID) // on an earlier page
				k.remove(list[1].ID) // which the cursor marks
			case 1:
				k.remove(list[5].ID) // on a later page
				k.update(list[2], contacts.Patch{Company: contacts.Set("Zebra")})
			case 2:
				k.create(person("New"))
			}
		})
		var want []uuid.UUID
		for i, c := range list {
			if i != 5 {
				want = append(want, c.ID)
			}
		}
		same(k, "the contacts up to the new one", want, got[:len(got)-1])
		same(k, "the number of contacts", len(want)+1, len(got))
	}},
	{"QRY-6 cursors that are not valid", alone, func(k *kit) {
		k.hold()
		queue(k, 9)
		refused := func(q contacts.Query, cursor string) {
			k.Helper()
			of(k.api().List(k.ctx(), q, &contacts.ListOptions{Cursor: cursor})).
				invalid(k, "paging.cursor CUSTOM INVALID_CURSOR")
		}
		list := queues()
		for i, q := range list {
			page := k.cursored(q, &contacts.ListOptions{Limit: 2, Offset: 1})
			for _, cursor := range []string{page.Next, page.Previous} {
				for j, other := range list {
					if i != j {
						refused(other, cursor)
					}
				}
				q.Search = "b"
				refused(q, cursor)
				for at := range len(cursor) {
					forged := []byte(cursor)
					forged[at] ^= 1
					refused(list[i], string(forged))
				}
				refused(list[i], cursor[:len(cursor)-1])
				refused(list[i], cursor+"A")
			}
		}
		for _, made := range []string{" ", "0", "null", strings.Repeat("A", 64), missingID().String()} {
			refused(contacts.Query{}, made)
		}
		of(k.api().List(k.ctx(), contacts.Query{}, &contacts.ListOptions{
			Offset: 1, Cursor: k.cursored(contacts.Query{}, &contacts.ListOptions{Limit: 2}).Next,
		})).invalid(k, "paging.cursor CUSTOM ONE_OF")
	}},
	{"QRY-6 cursors of the same query in other words", alone, func(k *kit) {
		k.hold()
		queue(k, 9)
		asc := []contacts.Sort{{Field: "info.company", Order: contacts.SortAsc}}
		for _, pair := range [][2]contacts.Query{
			{{}, {Sort: []contacts.Sort{}}}, {{Sort: by("info.company")}, {Sort: asc}},
			{{Filter: contacts.Eq("info.company", "Acorn")},
				{Filter: parsed(k, ` { "info.company" : { "$eq" : "\u0041corn" } } `)}},
		} {
			for i := range pair {
				cursor := k.cursored(pair[i], &contacts.ListOptions{Limit: 2}).Next
				want := k.cursored(pair[i], &contacts.ListOptions{Limit: 2, Cursor: cursor})
				got := k.cursored(pair[1-i], &contacts.ListOptions{
					Limit: 2, Cursor: cursor, OmitTotal: true, Fields: []string{"info.name"},
				})
				same(k, "the second page", idsOf(want.Items), idsOf(got.Items))
			}
		}
	}},
	{"QRY-6 cursors tell nothing", alone, func(k *kit) {
		k.hold()
		queue(k, 4)
		q := contacts.Query{Sort: by("primaryEmail.email")}
		page := k.cursored(q, &contacts.ListOptions{Limit: 2})
		for _, text := range []string{"queue", "example", page.Items[1].ID.String()[:8]} {
			check(k, "a cursor shows a value", !strings.Contains(strings.ToLower(page.Next), text))
		}
	}},
	{"QRY-7 Find, Count and List agree", alone, ofCrowd(func(cr *crowd) {
		sn := cr.snapshot()
		for _, q := range []contacts.Query{
			{}, {Search: "ann"}, {Sort: by("-info.name.first")}, {Filter: contacts.Eq("info.emails.email", "ann@example.com")},
			{Filter: contacts.Ne("info.company", "Acorn"), Sort: by("info.birthdate")}, {Filter: contacts.Or()},
		} {
			want := cr.list(q)
			views := of(sn.Find(q)).ok(cr.kit)
			same(cr.kit, "the contacts of Find", want, idsOfViews(views))
			same(cr.kit, "the contacts of Find, ranged over again", want, idsOfViews(views))
			same(cr.kit, "the result of Count", len(want), of(sn.Count(q)).ok(cr.kit))
		}
	})},
	{"QRY-8 the choice of index changes nothing", alone, ofCrowd(func(cr *crowd) {
		for _, tc := range [][2]string{
			{`{"id":` + cr.quotedID('a') + `}`, "a"}, {`{"info.emails.email":"ann@example.com"}`, "ab"},
			{`{"info.emails.email":{"$startsWith":"ann@"}}`, "ab"}, {`{"info.phones.e164Phone":"+12015550123"}`, "ab"},
			{`{"info.labelKeys":{"$hasAll":["custom.vip"]}}`, "ab"},
			{`{"createdDate":{"$gte":` + cr.quotedTime('c') + `}}`, "ce"},
			{`{"$or":[{"id":` + cr.quotedID('a') + `},{"info.emails.email":"eva@example.net"}]}`, "ac"},
		} {
			cr.means(tc[0], tc[1])
			cr.means(`{"$not":{"$not":`+tc[0]+`}}`, tc[1])
			cr.means(`{"$and":[{"info.name.first":{"$ne":"Ann"}},`+tc[0]+`]}`, strings.ReplaceAll(tc[1], "a", ""))
		}
	})},
	{"QRY-8 Explain names the index", alone, ofCrowd(func(cr *crowd) {
		sn := cr.snapshot()
		for _, tc := range []struct {
			filter string
			want   contacts.Plan
		}{
			{`{}`, contacts.Plan{Index: "created", Rows: 5}},
			{`{"info.name.first":"Ann"}`, contacts.Plan{Index: "created", Rows: 5}},
			{`{"id":` + cr.quotedID('a') + `}`, contacts.Plan{Index: "id", Rows: 1, Sorted: true}},
			{`{"info.emails.email":"ann@example.com"}`, contacts.Plan{Index: "email", Rows: 2}},
			{`{"info.emails.email":{"$startsWith":"ann@"}}`, contacts.Plan{Index: "email prefix", Rows: 2, Sorted: true}},
			{`{"info.phones.e164Phone":"+12015550123"}`, contacts.Plan{Index: "phone", Rows: 2}},
			{`{"info.labelKeys":{"$hasAll":["custom.vip"]}}`, contacts.Plan{Index: "label", Rows: 2}},
			{`{"createdDate":{"$gte":` + cr.quotedTime('c') + `}}`, contacts.Plan{Index: "created", Rows: 2}},
			{`{"createdDate":{"$lt":` + cr.quotedTime('c') + `}}`, contacts.Plan{Index: "created", Rows: 4}},
			{`{"$or":[{"id":` + cr.quotedID('a') + `},{"info.emails.email":"eva@example.net"}]}`,
				contacts.Plan{Index: "several", Rows: 2, Sorted: true}},
		} {
			plan := of(sn.Explain(contacts.Query{Filter: parsed(cr.kit, tc.filter)})).ok(cr.kit)
			same(cr.kit, "the plan of "+tc.filter, tc.want, plan)
		}
	})},
}
