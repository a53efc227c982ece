package contacts_test

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Several operations in one commit; the one that fails does not keep the others from being written.
func ExampleStore_Batch() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	ada := must(s.Create(ctx, person("Ada", "ada@example.com"), nil))
	bo := must(s.Create(ctx, person("Bo", "bo@example.com"), nil))

	results := must(s.Batch(ctx, []contacts.Operation{
		contacts.UpdateOp{ID: ada.ID, Revision: ada.Revision, Patch: contacts.Patch{Company: contacts.Set("Acorn")}},
		contacts.CreateOp{Info: person("Ada", "ADA@example.com")},
		contacts.LabelOp{ID: ada.ID, Keys: []string{"contacts.customers"}},
		contacts.MergeOp{Target: ada.ID, Revision: ada.Revision + 2, Sources: []uuid.UUID{bo.ID}},
	}, nil))
	for i, r := range results {
		if r.Err != nil {
			fmt.Println(i, contacts.CodeOf(r.Err))
			continue
		}
		fmt.Println(i, "revision", r.Contact.Revision)
	}
	fmt.Println("commits:", s.Snapshot().Position())
	// Output:
	// 0 revision 2
	// 1 DUPLICATE_CONTACT_EXISTS
	// 2 revision 3
	// 3 revision 4
	// commits: 3
}

func ExampleStore_BulkLabel() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	for _, name := range []string{"Ada", "Bo", "Cy"} {
		info := person(name)
		if name != "Bo" {
			info.Company = "Acorn"
		}
		must(s.Create(ctx, info, nil))
	}

	acorn := contacts.Selection{Filter: contacts.Eq("info.company", "Acorn")}
	job := must(s.BulkLabel(ctx, acorn, []string{"contacts.customers"}, nil, nil))
	fmt.Println(job.Type, job.Status, job.SuccessTotal, "of", job.TotalItems)
	for c := range s.Snapshot().ByLabel("contacts.customers") {
		fmt.Println(c.Name().First)
	}
	// Output:
	// ADD_LABELS COMPLETED 2 of 2
	// Ada
	// Cy
}

// Contacts that cannot be deleted are counted by the reason.
func ExampleStore_BulkDelete() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	ada := must(s.Create(ctx, person("Ada", "ada@example.com"), nil))
	must(s.Create(ctx, person("Bo", "bo@example.com"), nil))
	must(s.SetMember(ctx, ada.ID, &contacts.Member{MemberID: uuid.New()}))

	job := must(s.BulkDelete(ctx, contacts.Selection{Filter: contacts.StartsWith("info.emails.email", "")}, nil))
	fmt.Println("deleted", job.SuccessTotal)
	for _, e := range job.Errors {
		fmt.Println(e.Count, e.Code+":", e.Message)
	}

	_, err := s.BulkDelete(ctx, contacts.Selection{}, nil)
	fmt.Println(contacts.CodeOf(err))
	// Output:
	// deleted 1
	// 1 CANNOT_DELETE_SITE_MEMBERS: a member of the site cannot be deleted
	// NEITHER_FILTER_NOR_SEARCH
}

// What a form sends is added to the contact that has the email, or makes a new one.
func ExampleStore_Submit() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	form := func(company string, emails ...string) contacts.Submission {
		info := person("Ada", emails...)
		info.Company = company
		return must(s.Submit(ctx, info, &contacts.SubmitOptions{
			PassThroughData: "newsletter", Activity: contacts.Activity{ActivityType: contacts.ActivityFormSubmitted},
		}))
	}

	first := form("", "ada@example.com")
	second := form("Acorn", "ADA@example.com", "ada@home.example")
	third := form("Birch", "ada@home.example")
	fmt.Println(first.NewContact, second.NewContact, third.NewContact)
	ada := must(s.Get(ctx, third.ContactID, nil))
	fmt.Println(ada.Info.Company, len(ada.Info.Emails), ada.LastActivity.ActivityType)
	// Output:
	// true false false
	// Acorn 2 FORM_SUBMITTED
}

func ExampleStore_Upsert() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	sync := func(company string) {
		info := person("Ada", "ada@example.com")
		info.Company = company
		ada, action, err := s.Upsert(ctx, info, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(action, ada.Revision, ada.Info.Company)
	}

	sync("Acorn")
	sync("Birch")
	sync("Birch")
	// Output:
	// CREATED 1 Acorn
	// UPDATED 2 Birch
	// UNCHANGED 2 Birch
}

// Groups of contacts that share emails or phones, why they do, and what a merge would make of them.
func ExampleSnapshot_Duplicates() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	phone := contacts.Phone{CountryCode: "US", Number: "201-555-0123"}
	allow := &contacts.CreateOptions{AllowDuplicates: true}
	for _, info := range []contacts.Info{
		{Emails: []contacts.Email{{Address: "ada@example.com"}}, Phones: []contacts.Phone{phone}},
		{Name: contacts.Name{First: "Bo"}},
		{Name: contacts.Name{First: "Ada"}, Emails: []contacts.Email{{Address: "Ada@example.com"}}},
		{Name: contacts.Name{Last: "Quill"}, Phones: []contacts.Phone{phone}},
	} {
		must(s.Create(ctx, info, allow))
	}

	for group := range s.Snapshot().Duplicates() {
		fmt.Println(len(group.Contacts), "contacts")
		for _, link := range group.Links {
			fmt.Println(" ", link.Email+link.Phone, len(link.Contacts))
		}
		plan := must(s.PreviewMerge(ctx, group.Target(), group.Sources()))
		fmt.Println(plan.Contact.Info.Name.First, plan.Err())
	}
	// Output:
	// 3 contacts
	//   ada@example.com 2
	//   +12015550123 2
	// Ada <nil>
}
