package main

import (
	"context"
	"io"
	"iter"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

// importFile imports a file into a store.
func (j *job) importFile(
	ctx context.Context, s *contacts.Store, name string, file io.Reader, show progress,
) (*report, error) {
	fields, err := customFields(ctx, s, j.columns)
	if err != nil {
		return nil, err
	}
	rows, err := readRows(name, file, fields)
	if err != nil {
		return nil, err
	}
	if j.data != "" {
		rows = withSteadyIDs(rows)
	}
	defer show.done()
	return importRows(ctx, s, rows, j.options.NewID, show.rows)
}

// importRows imports rows as contacts labelled "Imported". It stops at an error that concerns more than one row.
func importRows(
	ctx context.Context, s *contacts.Store, rows iter.Seq2[csvio.Row, error], newID func() uuid.UUID,
	onProgress func(contacts.ImportProgress),
) (*report, error) {
	imported, _, err := s.FindOrCreateLabel(ctx, "Imported")
	if err != nil {
		return nil, err
	}
	r := newReport()
	var given []csvio.Row // row n of Import's report is given[n-1]
	people := func(yield func(contacts.Row, error) bool) {
		for row, err := range rows {
			if err == nil && row.Empty() {
				r.empty++
				continue
			}
			if c := row.Contact; err == nil {
				c.Info.LabelKeys = append(c.Info.LabelKeys, imported.Key)
				if c.ID == uuid.Nil {
					c.ID = newID() // an ID given by the store would be unknown here
				}
			}
			given = append(given, row)
			if !yield(row.Row, err) {
				return
			}
		}
	}
	done, err := s.Import(ctx, people, &contacts.ImportOptions{
		Source:   contacts.Source{SourceType: contacts.SourceImport},
		Progress: onProgress,
	})
	if err != nil {
		return nil, err
	}

	sn, refused := s.Snapshot(), done.Errors
	for i, row := range given {
		r.note(row.Remarks)
		if len(refused) > 0 && refused[0].Row == i+1 {
			r.refuse(row.Line, refused[0].Err)
			refused = refused[1:]
		} else if v, ok := sn.View(row.Contact.ID); ok {
			r.accept(row, v)
		}
	}
	return r, nil
}
