package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// live shows the life of a contact: look-ups, conflicting updates, a deletion. Pass it a fork, because it changes data.
func live(ctx context.Context, w io.Writer, s *contacts.Store, id uuid.UUID) error {
	say := func(call, outcome string) { printStep(w, call, outcome) }

	sn := s.Snapshot()
	c, err := sn.Get(id)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s\n", clip("The life of "+nameOf(sn, id)+", in a fork of the store", width))
	if email := strings.ToUpper(c.PrimaryEmail.Email); email != "" {
		say("ByEmail "+email, names(sn.ByEmail(email)))
	}
	if e164 := c.PrimaryPhone.E164; e164 != "" {
		say("ByPhone "+e164, names(sn.ByPhone(e164)))
	}

	// Two colleagues edit the same contact. The second one is too late, reads the contact again, and repeats the
	// update.
	title := contacts.Patch{JobTitle: contacts.Set("Key account")}
	company := contacts.Patch{Company: contacts.Set("Moved Ltd")}
	first, err := s.Update(ctx, c.ID, c.Revision, title, nil)
	if err != nil {
		return err
	}
	say(fmt.Sprintf("Update of revision %d: job title", c.Revision), fmt.Sprintf("revision %d", first.Revision))
	_, err = s.Update(ctx, c.ID, c.Revision, company, nil)
	say(fmt.Sprintf("Update of revision %d: company", c.Revision), string(contacts.CodeOf(err)))
	if !errors.Is(err, contacts.ErrAlreadyChanged) {
		return fmt.Errorf("a stale revision was accepted: %w", err)
	}
	fresh, err := s.Get(ctx, c.ID, nil)
	if err != nil {
		return err
	}
	second, err := s.Update(ctx, c.ID, fresh.Revision, company, nil)
	if err != nil {
		return err
	}
	say(fmt.Sprintf("Get, then update of revision %d: company", fresh.Revision),
		fmt.Sprintf("revision %d: %s, %s", second.Revision, second.Info.JobTitle, second.Info.Company))

	return deleteOneOfTwo(ctx, s, say)
}

// deleteOneOfTwo deletes one of two contacts that share an email, if there are any.
func deleteOneOfTwo(ctx context.Context, s *contacts.Store, say func(call, outcome string)) error {
	before := s.Snapshot()
	for v := range before.All() {
		for email := range v.Emails() {
			for other := range before.ByEmail(email.Address) {
				if other.ID() == v.ID() {
					continue
				}
				say("ByEmail "+email.Address, names(before.ByEmail(email.Address)))
				if err := s.Delete(ctx, v.ID()); err != nil {
					return err
				}
				after := s.Snapshot()
				say("Delete of the first", fmt.Sprintf("%d contacts are left", after.Len()))
				say("ByEmail "+email.Address, names(after.ByEmail(email.Address)))
				say("ByEmail in the earlier snapshot", names(before.ByEmail(email.Address)))
				return nil
			}
		}
	}
	return nil
}

func names(views iter.Seq[contacts.View]) string {
	var list []string
	for v := range views {
		list = append(list, fullName(v))
	}
	return strings.Join(list, ", ")
}

func fullName(v contacts.View) string { return strings.TrimSpace(v.Name().First + " " + v.Name().Last) }
