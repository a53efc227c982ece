package contacts

import (
	"context"
	"iter"

	"github.com/google/uuid"
)

// redirect is what the tables know of an ID that was merged away, or that others were merged into. Two things lead
// from it: into is the contact it was merged into, for the history of merges; parent leads to the live contact
// quickly, however long that history is.
//
// The parents make a forest, one tree for each live contact and all IDs merged into it. A merge hangs the smaller tree
// under the root of the larger, so no ID is more than log2(n) steps from its root, and a merge writes at most three
// rows a source, whatever the history. A cycle cannot form: roots are linked to roots of other trees only, and an ID
// that was merged away never becomes a contact again. Rows are never changed, only replaced.
type redirect struct {
	id     uuid.UUID
	into   uuid.UUID // the target it was merged into; nil UUID while the contact lives, or after it was deleted
	parent uuid.UUID // the next ID on the way to the root; its own ID at the root
	live   uuid.UUID // at a root: the contact that all IDs of the tree lead to
	size   int       // at a root: IDs in the tree
}

func (r reader) redirect(id uuid.UUID) *redirect {
	return first[*redirect](r, tableRedirects, indexID, idKey(id))
}

// redirects yields all rows, by ID.
func (r reader) redirects() iter.Seq[*redirect] {
	return scan[*redirect](r, tableRedirects, indexID, nil)
}

// root returns the root of the tree that id is in, nil if it took part in no merge.
func (r reader) root(id uuid.UUID) *redirect {
	row := r.redirect(id)
	for row != nil && row.parent != row.id {
		row = r.redirect(row.parent)
	}
	return row
}

// resolve returns the contact with this ID, or the one that it was merged into (RED-1). nil if there is none, or if the
// contact at the end was deleted (RED-3).
func (r reader) resolve(id uuid.UUID) *record {
	if c := r.contact(id); c != nil {
		return c
	}
	if root := r.root(id); root != nil {
		return r.contact(root.live)
	}
	return nil
}

// taken reports whether an ID is a contact's, or took part in a merge (RED-5).
func (r reader) taken(id uuid.UUID) bool { return r.contact(id) != nil || r.redirect(id) != nil }

// redirect lets source, a contact that is being merged away, and all that leads to it, lead to target.
func (t *tx) redirect(source, target uuid.UUID) {
	from, to := t.rootOrNew(source), t.rootOrNew(target)
	if from.size > to.size {
		from, to = to, from
	}
	child, root := *from, *to
	child.parent = root.id
	root.live, root.size = target, root.size+child.size
	t.insert(tableRedirects, &child)
	t.insert(tableRedirects, &root)

	row := *t.reads().redirect(source)
	row.into = target
	t.insert(tableRedirects, &row)
}

func (t *tx) rootOrNew(id uuid.UUID) *redirect {
	if root := t.reads().root(id); root != nil {
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
