package contacts_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"

	"github.com/contactsdb/contacts"
)

func ExampleStore_Import() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	rows := func(yield func(*contacts.Contact, error) bool) {
		for _, info := range []contacts.Info{
			{Name: contacts.Name{First: "Ada"}, Emails: []contacts.Email{{Address: "ada@example.com"}}},
			{Name: contacts.Name{First: "Bo"}, Emails: []contacts.Email{{Address: "bo"}}, Birthdate: "1990-02-30"},
			{Name: contacts.Name{First: "Cy"}, LabelKeys: []string{"custom.vip"}},
			{Name: contacts.Name{First: "Ada"}, Emails: []contacts.Email{{Address: "Ada@example.com"}}},
		} {
			if !yield(&contacts.Contact{Info: info}, nil) {
				return
			}
		}
	}

	report := must(s.Import(ctx, rows, nil))
	fmt.Println("imported", report.Imported, "of", report.Rows)
	for _, refused := range report.Errors {
		fmt.Println("row", refused.Row, contacts.CodeOf(refused))
		if e, ok := errors.AsType[*contacts.Error](refused); ok {
			for _, v := range e.Violations {
				fmt.Println(" ", v.Field, v.Rule, v.Format)
			}
		}
	}
	// Output:
	// imported 1 of 4
	// row 2 INVALID_ARGUMENT
	//   info.emails.items[0].email FORMAT EMAIL
	//   info.birthdate FORMAT LOCAL_DATE
	// row 3 LABEL_NOT_FOUND
	// row 4 DUPLICATE_CONTACT_EXISTS
}

// All rows, or none: here the second row has an ID that the first one took.
func ExampleStore_Import_allOrNothing() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	const lines = `
		{"id": "5f0c6a52-9d2f-4a53-8d07-3c1f0b6f7a10", "info": {"name": {"first": "Ada"}}}
		{"id": "5f0c6a52-9d2f-4a53-8d07-3c1f0b6f7a10", "info": {"name": {"first": "Bo"}}}`
	rows := contacts.ReadJSONLines(strings.NewReader(lines))

	_, err := s.Import(ctx, rows, &contacts.ImportOptions{AllOrNothing: true})
	if refused, ok := errors.AsType[*contacts.RowError](err); ok {
		fmt.Println("row", refused.Row, contacts.CodeOf(err))
	}
	fmt.Println(s.Snapshot().Len(), "contacts")
	// Output:
	// row 2 CONTACT_ID_ALREADY_EXISTS
	// 0 contacts
}

// The contacts of one store in another one, which has none of the labels and fields that they carry.
func ExampleStore_Import_copy() {
	ctx := context.Background()
	from, to := must(contacts.New(nil)), must(contacts.New(nil))
	vip, _, _ := from.FindOrCreateLabel(ctx, "VIP")
	ada := must(from.Create(ctx, contacts.Info{
		Name: contacts.Name{First: "Ada"}, Emails: []contacts.Email{{Address: "ada@example.com"}},
		LabelKeys: []string{vip.Key},
	}, nil))
	must(from.SetSubscription(ctx, ada.ID, "ada@example.com", contacts.SubscriptionSubscribed))

	var rows iter.Seq2[*contacts.Contact, error] = func(yield func(*contacts.Contact, error) bool) {
		for v := range from.Snapshot().All() {
			if !yield(v.Clone(), nil) {
				return
			}
		}
	}
	report := must(to.Import(ctx, rows, &contacts.ImportOptions{
		AllowDuplicates: true, Define: true,
		Progress: func(p contacts.ImportProgress) { fmt.Println(p.Imported, "contacts") },
	}))
	fmt.Println("labels", report.Labels)

	got := must(to.Get(ctx, ada.ID, nil))
	fmt.Println(got.Equal(must(from.Get(ctx, ada.ID, nil))), got.Revision, got.PrimaryEmail.SubscriptionStatus)
	// Output:
	// 1 contacts
	// labels [custom.vip]
	// true 2 SUBSCRIBED
}

func ExampleReadJSONLines() {
	// Whole contacts and info objects, as files of the service or of other programs have them.
	lines := strings.NewReader(`{"revision": 3, "info": {"name": {"first": "Ada"}, "company": "Engines"}}
{"name": {"first": "Bo"}, "emails": {"items": [{"email": "bo@example.com"}]}}
{"name": {"first": "Cy"}, "company": 5}
Dee,dee@example.com
`)
	for c, err := range contacts.ReadJSONLines(lines) {
		switch line, ok := errors.AsType[*contacts.LineError](err); {
		case ok:
			fmt.Println("line", line.Line, contacts.CodeOf(err))
		case err != nil:
			fmt.Fprintln(os.Stderr, err) // of the reader
		default:
			fmt.Println(c.Info.Name.First, c.Revision, len(c.Info.Emails))
		}
	}
	// Output:
	// Ada 3 0
	// Bo 0 1
	// line 3 INVALID_ARGUMENT
	// line 4 INVALID_ARGUMENT
}
