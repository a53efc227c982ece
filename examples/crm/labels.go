package main

import (
	"context"
	"fmt"
	"io"

	"github.com/contactsdb/contacts"
)

// customFields defines a text field for each name.
func customFields(ctx context.Context, s *contacts.Store, names []string) ([]contacts.Field, error) {
	var fields []contacts.Field
	for _, name := range names {
		field, _, err := s.FindOrCreateField(ctx, name, contacts.DataText)
		if err != nil {
			return nil, fmt.Errorf("custom field %q: %w", name, err)
		}
		fields = append(fields, field)
	}
	return fields, nil
}

// labelPhones labels the contacts whose primary phone is not a valid number. The loop runs over a snapshot: what it
// writes does not disturb it.
func labelPhones(ctx context.Context, s *contacts.Store) error {
	label, _, err := s.FindOrCreateLabel(ctx, "Check phone")
	if err != nil {
		return err
	}
	for v := range s.Snapshot().All() {
		if phone := v.PrimaryPhone(); phone.Phone == "" || phone.E164 != "" || v.HasLabel(label.Key) {
			continue // to label it again would be one more revision
		}
		if _, err := s.Label(ctx, v.ID(), label.Key); err != nil {
			return err
		}
	}
	return nil
}

// printLabels prints how many contacts carry each label and how many have a value in each custom field.
func printLabels(w io.Writer, sn *contacts.Snapshot) {
	fmt.Fprint(w, "\nLabels and custom fields\n")
	for label := range sn.Labels() {
		n := 0
		for range sn.ByLabel(label.Key) {
			n++
		}
		if n > 0 {
			fmt.Fprintf(w, "%6d contacts have the label %s\n", n, clip(label.DisplayName, width-40))
		}
	}
	for field := range sn.Fields() {
		if field.FieldType != contacts.FieldUserDefined {
			continue
		}
		n := 0
		for v := range sn.All() {
			if _, ok := v.ExtendedField(field.Key); ok {
				n++
			}
		}
		fmt.Fprintf(w, "%6d contacts have a value of %s\n", n, clip(field.DisplayName, width-40))
	}
}
