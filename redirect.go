package contacts

import (
	"context"
	"iter"

	"github.com/google/uuid"
)

// Resolution is the path from an ID to the contact that it leads to.
type Resolution struct {
	ID   uuid.UUID   // the live contact
	Path []uuid.UUID // from the requested ID through every contact it was merged into to the live one
}

// Resolve returns the ID of the contact that an ID leads to through merges, and the path there (RED-4). It takes one
// step for each merge on the path; [Store.Get] takes only a few steps, however long the path is.
//
// Errors: CONTACT_NOT_FOUND, also if the contact at the end of the path was deleted.
func (s *Store) Resolve(ctx context.Context, id uuid.UUID) (Resolution, error) {
	if err := s.ready(ctx); err != nil {
		return Resolution{}, err
	}
	reads := s.Snapshot().reads()
	if reads.resolve(id) == nil {
		return Resolution{}, &Error{Code: ErrContactNotFound, ID: id}
	}
	path := []uuid.UUID{id}
	for row := reads.redirect(id); row != nil && row.into != uuid.Nil; row = reads.redirect(id) {
		id = row.into
		path = append(path, id)
	}
	return Resolution{ID: id, Path: path}, nil
}

// OldIDs yields the IDs of the contacts that were merged into a contact, directly or through others, sorted: those
// that [Snapshot.Get] finds it by, in addition to its own (RED-7). It yields none for an ID that is not that of a live
// contact. Each range reads all IDs that took part in a merge, some microseconds each.
func (sn *Snapshot) OldIDs(id uuid.UUID) iter.Seq[uuid.UUID] {
	return func(yield func(uuid.UUID) bool) {
		reads := sn.reads()
		root := reads.root(id)
		if root == nil || reads.contact(id) == nil {
			return
		}
		for row := range reads.redirects() {
			if row.id != id && reads.root(row.id).id == root.id && !yield(row.id) {
				return
			}
		}
	}
}
