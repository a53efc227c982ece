package contactstest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

// A store with a thousand people, the same ones in every run.
func ExampleNewGen() {
	s, err := contacts.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	ctx := context.Background()
	g := contactstest.NewGen(1)
	if err := g.Define(ctx, s); err != nil { // labels and extended fields
		log.Fatal(err)
	}
	for range 1000 {
		if _, err := s.Create(ctx, g.Info(), nil); err != nil {
			log.Fatal(err) // no info is refused, and none is a duplicate
		}
	}
	fmt.Println(s.Snapshot().Len(), "contacts")
	// Output: 1000 contacts
}

// A form that must show why it was refused.
func ExampleGen_InvalidInfo() {
	s, err := contacts.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	g := contactstest.NewGen(1)
	for range 100 {
		info, want := g.InvalidInfo()
		_, err := s.Create(context.Background(), info, nil)
		if d := want.Differs(err); d != "" {
			fmt.Println(d)
		}
	}
	// Output:
}

// Two ways to the same contents.
func ExampleDiff() {
	ctx := context.Background()
	a, err := contacts.New(contactstest.Options(contactstest.NewClock(noon), contactstest.NewIDs(1)))
	if err != nil {
		log.Fatal(err)
	}
	c, err := a.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil)
	if err != nil {
		log.Fatal(err)
	}
	b := a.Fork()
	if _, err := b.Update(ctx, c.ID, c.Revision, contacts.Patch{Company: contacts.Set("Acorn")}, nil); err != nil {
		log.Fatal(err)
	}
	fmt.Println(contactstest.Diff(a.Snapshot(), b.Snapshot(), "position", "changes"))
	// Output:
	// contact 46487932-ee3e-4a50-a03d-e3f4e42eddd7: info.company: none -> "Acorn"
	// contact 46487932-ee3e-4a50-a03d-e3f4e42eddd7: revision: 1 -> 2
}
