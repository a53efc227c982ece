package contacts

import (
	"context"

	"github.com/google/uuid"
)

// redirect lets source, a contact that is being merged away, and all that leads to it, lead to target.
func (tx *txn) redirect(source, target uuid.UUID) {
	from, to := tx.rootOrNew(source), tx.rootOrNew(target)
	if from.size > to.size {
		from, to = to, from
	}
	child, root := *from, *to
	child.parent = root.id
	root.live, root.size = target, root.size+child.size
	tx.insert(tableRedirects, &child)
	tx.insert(tableRedirects, &root)

	row := *tx.reads().redirect(source)
	row.into = target
	tx.insert(tableRedirects, &row)
}

func (tx *txn) rootOrNew(id uuid.UUID) *redirect {
	if root := tx.reads().root(id); root != nil {
		return root
	}
	return &redirect{id: id, parent: id, live: id, size: 1}
}

// Resolution tells where an ID leads.
type Resolution struct {
	ID   uuid.UUID   // the live contact
	Path []uuid.UUID // from the ID that was asked for, over every contact it was merged into, to the live one
}

// Resolve returns the contact that an ID leads to through merges, and the way there (RED-4). It takes a step for each
// merge on the way, where [Store.Get] takes few, however many there were.
//
// Errors: CONTACT_NOT_FOUND, also if the contact at the end was deleted.
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
