package pglog_test

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/pglog"
)

// Two stores, which could be on two machines, are one.
func Example() {
	ctx := context.Background()
	s, err := shared() // a server for the tests
	if err != nil {
		panic(err)
	}
	pool, err := pgxpool.New(ctx, s.url()) // elsewhere: "postgres://a,b/crm?target_session_attrs=read-write"
	if err != nil {
		panic(err)
	}
	defer pool.Close()

	opts := &pglog.Options{Log: "site-1", Create: true, AllowLoss: true} // of this server
	first, err := pglog.OpenStore(ctx, pool, opts, nil)
	if err != nil {
		panic(err)
	}
	defer first.Close()
	second, err := pglog.OpenStore(ctx, pool, opts, nil)
	if err != nil {
		panic(err)
	}
	defer second.Close()

	ada := contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}}
	if _, err := first.Create(ctx, ada, nil); err != nil {
		panic(err)
	}
	_, err = second.Create(ctx, ada, nil)
	fmt.Println(contacts.CodeOf(err))
	// Output: DUPLICATE_CONTACT_EXISTS
}
