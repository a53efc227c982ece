package contacts_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/contactsdb/contacts"
)

// queryable opens a store with four people, of whom two carry a label.
func queryable(ctx context.Context) (s *contacts.Store, vip string) {
	s, err := contacts.New(nil)
	check(err)
	label, _, err := s.FindOrCreateLabel(ctx, "VIP")
	check(err)
	for _, p := range []struct {
		first, company string
		labels         []string
	}{
		{"Ada", "Acorn", []string{label.Key}},
		{"Bo", "", nil},
		{"Chidi", "Birch", []string{label.Key}},
		{"Dana", "Acorn", nil},
	} {
		_, err := s.Create(ctx, contacts.Info{
			Name: contacts.Name{First: p.first}, Company: p.company, LabelKeys: p.labels,
			Emails: []contacts.Email{{Address: p.first + "@example.com"}},
		}, nil)
		check(err)
	}
	return s, label.Key
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func ExampleSnapshot_Find() {
	s, vip := queryable(context.Background())
	found, err := s.Snapshot().Find(contacts.Query{
		Filter: contacts.Or(
			contacts.Eq("info.emails.email", "dana@EXAMPLE.com"),
			contacts.HasSome("info.labelKeys", vip),
		),
		Sort: []contacts.Sort{{Field: "info.name.first", Order: contacts.SortDesc}},
	})
	check(err)
	for v := range found {
		fmt.Println(v.Name().First, v.Company())
	}
	// Output:
	// Dana Acorn
	// Chidi Birch
	// Ada Acorn
}

// A filter may come from a client, as JSON in the query language of the service.
func ExampleParseFilter() {
	s, _ := queryable(context.Background())
	filter, err := contacts.ParseFilter([]byte(`{"info.company": "Acorn", "info.name.first": {"$ne": "Ada"}}`))
	check(err)
	n, err := s.Snapshot().Count(contacts.Query{Filter: filter})
	fmt.Println(n, err)

	filter, err = contacts.ParseFilter([]byte(`{"info.labelKeys": {"$startsWith": "custom."}}`))
	check(err) // fields and operators are checked where the filter is used
	_, err = s.Snapshot().Count(contacts.Query{Filter: filter})
	fmt.Println(contacts.CodeOf(err))
	if q, ok := errors.AsType[*contacts.QueryError](err); ok {
		fmt.Println(q.Field, q.Operator)
	}
	// Output:
	// 1 <nil>
	// UNSUPPORTED_FILTER_OPERATOR
	// info.labelKeys $startsWith
}

func ExampleFilter_MarshalJSON() {
	text, err := contacts.And(
		contacts.In("primaryEmail.subscriptionStatus", contacts.SubscriptionPending, contacts.SubscriptionSubscribed),
		contacts.Gte("createdDate", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)),
	).MarshalJSON()
	fmt.Println(string(text), err)
	// Output:
	// {"$and":[{"primaryEmail.subscriptionStatus":{"$in":["PENDING","SUBSCRIBED"]}},{"createdDate":{"$gte":"2026-01-01T00:00:00Z"}}]} <nil>
}

func ExampleSnapshot_Explain() {
	s, vip := queryable(context.Background())
	for _, f := range []contacts.Filter{
		contacts.Eq("primaryInfo.email", "ada@example.com"),
		contacts.And(contacts.Eq("info.company", "Acorn"), contacts.HasSome("info.labelKeys", vip)),
		contacts.Eq("info.company", "Acorn"),
	} {
		plan, err := s.Snapshot().Explain(contacts.Query{Filter: f})
		fmt.Println(plan.Index, plan.Rows, err)
	}
	// Output:
	// email 1 <nil>
	// label 2 <nil>
	// created 4 <nil>
}

// A cursor goes on behind the last contact of a page, whatever is written meanwhile.
func ExampleStore_List() {
	ctx := context.Background()
	s, _ := queryable(ctx)
	opts := &contacts.ListOptions{Limit: 3, Fieldsets: []contacts.Fieldset{contacts.FieldsetBasic}}
	for {
		page, err := s.List(ctx, contacts.Query{}, opts)
		check(err)
		for _, c := range page.Contacts {
			fmt.Println(c.Info.Name.First, "of", page.Total)
		}
		if !page.HasNext {
			break
		}
		check(s.Delete(ctx, page.Contacts[0].ID)) // an offset would now pass over somebody
		opts.Cursor = page.Next
	}
	// Output:
	// Ada of 4
	// Bo of 4
	// Chidi of 4
	// Dana of 3
}

func ExampleStore_ParsePhone() {
	s, err := contacts.New(nil)
	check(err)
	fmt.Println(s.ParsePhone("(646) 567-6359", "US"))
	// Output: +16465676359 +1 646-567-6359
}
