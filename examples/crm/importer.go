package main

import (
	"context"
	"io"
	"iter"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// importFile imports a file into a store.
func (j *job) importFile(
	ctx context.Context, s *contacts.Store, name string, file io.Reader, show *progress,
) (*report, error) {
	fields, err := customFields(ctx, s, j.columns)
	if err != nil {
		return nil, err
	}
	how := reading{fields: fields, region: j.options.Region, encoding: j.encoding}
	if j.labels {
		how.makeLabel = func(name string) (string, error) {
			label, _, err := s.FindOrCreateLabel(ctx, name)
			return label.Key, err
		}
	}
	rows, err := how.rows(name, show.reading(file))
	if err != nil {
		return nil, err
	}
	opts := contacts.ImportOptions{Progress: show.rows}
	if j.data != "" || j.load != "" {
		opts.Existing = contacts.ExistingMerge
	}
	if j.data != "" {
		rows = withSteadyIDs(rows)
	}
	defer show.done()
	return importRows(ctx, s, rows, j.options.NewID, opts)
}

// importRows imports rows as contacts labelled "Imported". It stops at an error that concerns more than one row.
func importRows(
	ctx context.Context, s *contacts.Store, rows iter.Seq2[row, error], newID func() uuid.UUID,
	opts contacts.ImportOptions,
) (*report, error) {
	imported, _, err := s.FindOrCreateLabel(ctx, "Imported")
	if err != nil {
		return nil, err
	}
	r := newReport()
	var given []row // row n of Import's report is given[n-1]
	people := func(yield func(contacts.Row, error) bool) {
		for row, err := range rows {
			if err == nil && row.empty {
				r.empty++
				r.note(row.remarks)
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
	before := s.Snapshot()
	opts.Source = contacts.Source{SourceType: contacts.SourceImport}
	done, err := s.Import(ctx, people, &opts)
	if err != nil {
		return nil, err
	}

	r.updated, r.unchanged = done.Updated, done.Unchanged
	sn, refused := s.Snapshot(), done.Errors
	r.store = sn
	for i, row := range given {
		r.note(row.remarks)
		if len(refused) > 0 && refused[0].Row == i+1 {
			r.refuse(row.Line, refused[0].Err)
			refused = refused[1:]
		} else if v, ok := sn.View(row.Contact.ID); ok && !has(before, v.ID()) {
			r.accept(row, v)
		}
	}
	return r, nil
}

func has(sn *contacts.Snapshot, id uuid.UUID) bool {
	_, ok := sn.View(id)
	return ok
}
