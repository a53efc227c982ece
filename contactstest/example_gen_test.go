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

// A store under load: whatever the calls are, its invariants hold, and each call has the result that it must have.
func ExampleWorkload() {
	s, err := contacts.New(contactstest.Options(contactstest.NewClock(noon), contactstest.NewIDs(1)))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	ctx := context.Background()
	mix := contactstest.Mix{Create: 2, Get: 10, Update: 5, Merge: 1, Skew: 1, Conflicts: 0.1}
	conflicts, n := 0, 0
	for op := range contactstest.Workload(1, mix) {
		err := op.Do(ctx, s)
		if contacts.CodeOf(err) != op.Want {
			log.Fatalf("%s: %v", op, err)
		}
		if op.Want == contacts.ErrAlreadyChanged {
			conflicts++
		}
		if n++; n == 1000 {
			break
		}
	}
	fmt.Println(conflicts > 0, s.Snapshot().Check())
	// Output: true <nil>
}

// The same in a fuzz test: the bytes choose the calls.
func ExampleGen_Workload() {
	fuzz := func(data []byte) error {
		s, err := contacts.New(nil)
		if err != nil {
			return err
		}
		defer s.Close()
		for op := range contactstest.GenFrom(data).Workload(contactstest.Mix{}) {
			if err := op.Do(context.Background(), s); contacts.CodeOf(err) != op.Want {
				return fmt.Errorf("%s: want %q: %w", op, op.Want, err)
			}
		}
		return nil
	}
	fmt.Println(fuzz([]byte("In a test, f.Fuzz(func(t *testing.T, data []byte) { … }) calls it with many inputs.")))
	// Output: <nil>
}
