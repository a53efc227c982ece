package main

import (
	"context"
	"fmt"
	"io"

	"github.com/contactsdb/contacts"
)

// customFields finds or creates a text field for each column.
func customFields(ctx context.Context, s *contacts.Store, columns []string) ([]contacts.Field, error) {
	var fields []contacts.Field
	for _, name := range columns {
		field, _, err := s.FindOrCreateField(ctx, name, contacts.DataText)
		if err != nil {
			return nil, fmt.Errorf("custom field %q: %w", name, err)
		}
		fields = append(fields, field)
	}
	return fields, nil
}

// labelPhones labels all contacts whose primary phone is not a valid number, in one write.
func labelPhones(ctx context.Context, s *contacts.Store) error {
	label, _, err := s.FindOrCreateLabel(ctx, "Check phone")
	if err != nil {
		return err
	}
	suspects := contacts.Selection{Filter: contacts.And(
		contacts.Exists("primaryPhone.phone", true),
		contacts.Exists("primaryPhone.e164Phone", false),
		contacts.Not(contacts.HasSome("info.labelKeys", label.Key)), // labelling again would add a revision
	)}
	_, err = s.BulkLabel(ctx, suspects, []string{label.Key}, nil, nil)
	return err
}

// printLabels prints how many contacts carry each label and how many have a value in each custom field.
func printLabels(w io.Writer, sn *contacts.Snapshot) error {
	fmt.Fprint(w, "\nLabels and custom fields\n")
	for label := range sn.Labels() {
		n, err := sn.Count(contacts.Query{Filter: contacts.HasSome("info.labelKeys", label.Key)})
		if err != nil {
			return err
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
	return nil
}
