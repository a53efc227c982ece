package contacts_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/contactsdb/contacts"
)

// Save a store and open it again. A file is best written under another name and renamed when it is complete.
func ExampleSnapshot_Export() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	ada := must(s.Create(ctx, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}}, nil))
	must(s.SetSubscription(ctx, ada.ID, "ada@example.com", contacts.SubscriptionSubscribed))

	var file bytes.Buffer
	if err := s.Snapshot().Export(&file); err != nil {
		panic(err)
	}
	again := must(contacts.Load(ctx, &file, nil))
	ada = must(again.Get(ctx, ada.ID, nil))
	fmt.Println(ada.Revision, ada.PrimaryEmail.SubscriptionStatus, again.Snapshot().Position())
	// Output: 2 SUBSCRIBED 2
}

// What is damaged is refused, with the line where it was found.
func ExampleLoad() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))
	var file strings.Builder
	if err := s.Snapshot().Export(&file); err != nil {
		panic(err)
	}

	for _, text := range []string{
		file.String(), strings.Replace(file.String(), "Ada", "Eve", 1), "Name,Email\nAda,ada@example.com\n",
	} {
		_, err := contacts.Load(ctx, strings.NewReader(text), nil)
		if line, ok := errors.AsType[*contacts.LineError](err); ok {
			fmt.Println(contacts.CodeOf(err), "at line", line.Line)
		} else {
			fmt.Println("loaded:", err == nil)
		}
	}
	// Output:
	// loaded: true
	// INVALID_EXPORT at line 3
	// INVALID_EXPORT at line 1
}
