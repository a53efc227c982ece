package httpclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/httpclient"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A server with a store, as contactsd is one.
func ExampleNew() {
	server := httptest.NewServer(httpapi.Handler(must(contacts.New(nil)), nil))
	defer server.Close()
	ctx := context.Background()

	c := must(httpclient.New(server.URL, nil))
	ada := must(c.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada", Last: "Byron"}}, nil))
	ada = must(c.Update(ctx, ada.ID, ada.Revision, contacts.Patch{JobTitle: contacts.Set("Analyst")}, nil))
	fmt.Println(ada.Info.Name.First, ada.Info.JobTitle, ada.Revision)

	_, err := c.Update(ctx, ada.ID, 1, contacts.Patch{JobTitle: contacts.Set("Poet")}, nil)
	fmt.Println(errors.Is(err, contacts.ErrAlreadyChanged))
	// Output:
	// Ada Analyst 2
	// true
}

// A function that works on a store in its own process and on a server alike declares the methods that it needs.
func Example_interface() {
	type creator interface {
		Create(context.Context, contacts.Info, *contacts.CreateOptions) (*contacts.Contact, error)
	}
	welcome := func(ctx context.Context, c creator, email string) string {
		_, err := c.Create(ctx, contacts.Info{Emails: []contacts.Email{{Address: email}}}, nil)
		if other, ok := errors.AsType[*contacts.DuplicateError](err); ok {
			return "known as " + other.Email
		}
		return "new"
	}

	store := must(contacts.New(nil))
	server := httptest.NewServer(httpapi.Handler(store, nil))
	defer server.Close()
	ctx := context.Background()
	fmt.Println(welcome(ctx, store, "ada@example.com"))
	fmt.Println(welcome(ctx, must(httpclient.New(server.URL, nil)), "ADA@example.com"))
	// Output:
	// new
	// known as ada@example.com
}

// The loop may delete the contacts that it gets: none is skipped.
func ExampleClient_Query() {
	store := must(contacts.New(nil))
	server := httptest.NewServer(httpapi.Handler(store, nil))
	defer server.Close()
	ctx := context.Background()
	c := must(httpclient.New(server.URL, nil))
	for _, first := range []string{"Ada", "Bob", "Cyd", "Dan", "Eve"} {
		must(c.Create(ctx, contacts.Info{Name: contacts.Name{First: first}}, nil))
	}

	notBob := contacts.Query{Filter: contacts.Ne("info.name.first", "Bob")}
	for contact, err := range c.Query(ctx, notBob, &contacts.ListOptions{Limit: 2}) {
		if err != nil {
			panic(err)
		}
		if err := c.Delete(ctx, contact.ID); err != nil {
			panic(err)
		}
	}
	fmt.Println(must(c.List(ctx, contacts.Query{}, nil)).Total)
	// Output: 1
}

// A write without a reply may have taken place. Here, the server cuts off the reply.
func ExampleErrNoReply() {
	store := must(contacts.New(nil))
	server := httptest.NewServer(cutting{httpapi.Handler(store, nil)})
	defer server.Close()
	c := must(httpclient.New(server.URL, nil))

	_, err := c.Create(context.Background(), contacts.Info{Name: contacts.Name{First: "Ada"}}, nil)
	fmt.Println(contacts.CodeOf(err))
	fmt.Println(errors.Is(err, httpclient.ErrNoReply))
	fmt.Println(store.Snapshot().Len())
	// Output:
	// OUTCOME_UNKNOWN
	// true
	// 1
}
