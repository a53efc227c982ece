package main

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/contactsdb/contacts"
)

// importRows creates a contact of each row and labels it "Imported". It stops at an error that is not about one row.
func importRows(ctx context.Context, s *contacts.Store, rows iter.Seq2[row, error], progress func(int)) (*report, error) {
	r := newReport()
	imported, _, err := s.FindOrCreateLabel(ctx, "Imported")
	if err != nil {
		return r, err
	}
	opts := &contacts.CreateOptions{Source: contacts.Source{SourceType: contacts.SourceImport}}
	for in, err := range rows {
		broken, isLine := errors.AsType[*lineError](err)
		if err != nil && !isLine {
			return r, err
		}
		r.rows++
		progress(r.rows)
		if isLine {
			r.unreadable(broken)
			continue
		}
		if in.empty() {
			r.empty++
			continue
		}
		in.info.LabelKeys = append(in.info.LabelKeys, imported.Key)
		contact, err := s.Create(ctx, in.info, opts)
		if code := contacts.CodeOf(err); err != nil && (code == "" || code == contacts.ErrInternal) {
			return r, fmt.Errorf("line %d: %w", in.line, err)
		}
		r.note(in.remarks)
		if err != nil {
			r.refuse(in.line, err)
		} else {
			r.accept(in, contact)
		}
	}
	return r, nil
}
