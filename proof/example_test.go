package proof_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/proof"
)

// cache is a store of one's own that is to behave as a contacts.Store does. It has a fault.
type cache struct{ *contacts.Store }

// Unlabel removes only the first label.
func (c cache) Unlabel(ctx context.Context, id uuid.UUID, keys ...string) (*contacts.Contact, error) {
	return c.Store.Unlabel(ctx, id, keys[:min(1, len(keys))]...)
}

// The fault of an implementation, reduced to a few operations. Printing the failure gives the body of a test.
func ExampleRun() {
	open := func(opts contacts.Options) (proof.Implementation, error) {
		s, err := contacts.New(&opts)
		if err != nil {
			return nil, err
		}
		return cache{s}, nil
	}
	var failure *proof.Failure
	for seed := uint64(1); failure == nil; seed++ {
		failure, _ = proof.Run(open, proof.FromSeed(seed), &proof.Config{Ops: 500})
	}
	failure.Shrink(time.Minute) // at most
	fmt.Println(failure.Ops[len(failure.Ops)-1].Method, len(failure.Ops) <= 3)
	// Output: Unlabel true
}

// The model alone: the rules of a store in their simplest form.
func ExampleNewModel() {
	m, err := proof.NewModel(contacts.Options{})
	if err != nil {
		log.Fatal(err)
	}
	_, err = m.Create(context.Background(), contacts.Info{Company: "Acorn"}, nil)
	fmt.Println(contacts.CodeOf(err))
	// Output: INSUFFICIENT_CONTACT_DATA
}
