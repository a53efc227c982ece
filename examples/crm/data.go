package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
)

// openData opens the store in a directory, or makes a new one, and prints a line about it. Each write returns once it
// is on the disk, so there is nothing to save at the end.
func openData(ctx context.Context, w io.Writer, dir string, opts *contacts.Options) (*contacts.Store, error) {
	s, err := boltlog.OpenStore(ctx, dir, nil, opts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	fmt.Fprintf(w, "opened: %s: %s\n", sizeOf(s.Snapshot()), plain(dir))
	return s, nil
}

// withSteadyIDs gives each row without an ID one that follows from its contents. If a file is imported again, also with
// more rows, the store recognizes those it already has by their IDs, even if they have neither an email nor a phone, or
// were merged away. The second of two equal rows gets another ID than the first.
func withSteadyIDs(rows iter.Seq2[row, error]) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		seen := make(map[uuid.UUID]int)
		for row, err := range rows {
			if err == nil && !row.empty && row.Contact.ID == uuid.Nil {
				var text []byte
				if text, err = json.Marshal(row.Contact); err == nil {
					id := uuid.NewSHA1(uuid.NameSpaceOID, text)
					row.Contact.ID = uuid.NewSHA1(id, []byte(strconv.Itoa(seen[id])))
					seen[id]++
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}
