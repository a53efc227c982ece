package contacts_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/contactsdb/contacts"
)

func ExampleStore_ListLabels() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	defer s.Close()
	for _, name := range []string{"VIP", "At risk", "Active"} {
		_, _, err := s.FindOrCreateLabel(ctx, name)
		must(0, err)
	}

	page := must(s.ListLabels(ctx, contacts.LabelQuery{
		Filter: contacts.StartsWith("displayName", "a"),
		Sort:   []contacts.Sort{{Field: "displayName"}},
	}, nil))
	for _, l := range page.Labels {
		fmt.Println(l.Key, l.DisplayName)
	}
	fmt.Println(page.Total, page.HasNext)
	// Output:
	// custom.active Active
	// custom.at-risk At risk
	// 2 false
}

func ExampleStore_ListFields() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	defer s.Close()
	_, _, err := s.FindOrCreateField(ctx, "Shoe size", contacts.DataNumber)
	must(0, err)

	page := must(s.ListFields(ctx, contacts.FieldQuery{
		Filter: contacts.Eq("dataType", contacts.DataNumber),
	}, &contacts.PageOptions{Limit: 2}))
	for _, f := range page.Fields {
		fmt.Println(f.Key, f.FieldType)
	}
	fmt.Println(page.Total, page.HasNext)
	// Output:
	// custom.shoe-size USER_DEFINED
	// ecom.numOfPurchases SYSTEM
	// 3 true
}

func ExampleStore_Facets() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	defer s.Close()
	vip, _, err := s.FindOrCreateLabel(ctx, "VIP")
	must(0, err)
	ada := must(s.Create(ctx, contacts.Info{
		Emails: []contacts.Email{{Address: "ada@example.com"}}, LabelKeys: []string{vip.Key},
	}, nil))
	must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Bob"}}, nil))
	must(s.SetSubscription(ctx, ada.ID, "ada@example.com", contacts.SubscriptionSubscribed))

	facets := must(s.Facets(ctx, contacts.Filter{}, nil)).Facets
	for _, f := range facets {
		if f.Count > 0 {
			fmt.Println(f.DisplayName, f.Count)
		}
	}
	fmt.Println(string(must(json.Marshal(facets[1].Filter))))
	for v := range must(s.Snapshot().Find(contacts.Query{Filter: facets[1].Filter})) {
		fmt.Println(v.PrimaryEmail().Email)
	}
	// Output:
	// All Contacts 2
	// VIP 1
	// Subscribed 1
	// {"info.labelKeys":{"$hasSome":["custom.vip"]}}
	// ada@example.com
}
