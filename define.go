package contacts

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/google/uuid"
)

// definitionKind describes how labels, or extended fields, are written: everything in which the two differ.
type definitionKind[D defined] struct {
	table                     string
	get                       func(r reader, key string) *definitionRecord[D]
	count                     func(*txn) *int // excluding those of the system
	quota                     func(*Options) int
	notFound, readOnly        Code
	quotaReached              Code
	created, updated, deleted ChangeKind
	change                    func(before, after D) Change
	rename                    func(d D, displayName string, at time.Time) D
}

// custom returns the definition with this key, and refuses one of the system, which cannot be renamed or deleted.
func (k *definitionKind[D]) custom(r reader, key string) (*definitionRecord[D], error) {
	found := k.get(r, key)
	switch {
	case found == nil:
		return nil, &Error{Code: k.notFound, Err: &KeysError{Keys: []string{key}}}
	case found.value.definition().isSystem():
		return nil, &Error{Code: k.readOnly, Err: &KeysError{Keys: []string{key}}}
	default:
		return found, nil
	}
}

// checkQuota refuses to create more definitions than the options allow.
func (k *definitionKind[D]) checkQuota(tx *txn, opts *Options, more int) error {
	if quota, total := k.quota(opts), *k.count(tx); total+more > quota {
		return &Error{Code: k.quotaReached, Err: &QuotaError{Quota: quota, Total: total}}
	}
	return nil
}

// create puts a new definition.
func (k *definitionKind[D]) create(tx *txn, d D) {
	var none D
	*k.count(tx)++
	tx.insert(k.table, &definitionRecord[D]{value: d, order: tx.place(d.definition().created)})
	k.note(tx, k.created, none, d)
}

// update replaces a definition by another one with the same key.
func (k *definitionKind[D]) update(tx *txn, before *definitionRecord[D], after D) {
	tx.insert(k.table, &definitionRecord[D]{value: after, order: before.order})
	k.note(tx, k.updated, before.value, after)
}

// remove deletes a definition.
func (k *definitionKind[D]) remove(tx *txn, before *definitionRecord[D]) {
	var none D
	*k.count(tx)--
	tx.delete(k.table, before)
	k.note(tx, k.deleted, before.value, none)
}

func (k *definitionKind[D]) note(tx *txn, kind ChangeKind, before, after D) {
	c := k.change(before, after)
	c.Kind = kind
	tx.note(c)
}

// definitionOp is an operation on a label or an extended field.
type definitionOp[D defined] struct {
	violations []Violation
	decide     func(*txn) (D, error) // also puts the definition
	result     D
}

func (op *definitionOp[D]) prepare(*Store) (write, uuid.UUID, error) {
	return func(tx *txn) (_ *record, err error) {
		op.result, err = op.decide(tx)
		return nil, err
	}, uuid.Nil, invalid(op.violations)
}

// doDefinition runs an operation on a label or an extended field in a commit of its own.
func doDefinition[D defined](
	ctx context.Context, s *Store, violations []Violation, decide func(*txn) (D, error),
) (D, error) {
	var none D
	op := &definitionOp[D]{violations: violations, decide: decide}
	if _, err := s.run(ctx, op); err != nil {
		return none, err
	}
	return op.result, nil
}

// findOrCreate returns the definition that find finds, or else creates the one that build returns. The second result
// reports whether a definition was created.
func (k *definitionKind[D]) findOrCreate(
	ctx context.Context, s *Store, violations []Violation,
	find func(reader) *definitionRecord[D], build func(*txn) D,
) (D, bool, error) {
	var none D
	created := false
	d, err := doDefinition(ctx, s, violations, func(tx *txn) (D, error) {
		if found := find(tx.reads()); found != nil {
			return found.value, nil
		}
		if err := k.checkQuota(tx, s.opts, 1); err != nil {
			return none, err
		}
		d := build(tx)
		k.create(tx, d)
		created = true
		return d, nil
	})
	return d, created && err == nil, err
}

// doRename gives a definition another display name.
func (k *definitionKind[D]) doRename(
	ctx context.Context, s *Store, violations []Violation, key, displayName string,
) (D, error) {
	return doDefinition(ctx, s, violations, func(tx *txn) (D, error) {
		before, err := k.custom(tx.reads(), key)
		if err != nil {
			var none D
			return none, err
		}
		after := k.rename(before.value, displayName, tx.now)
		k.update(tx, before, after)
		return after, nil
	})
}

// doDelete deletes a definition after strip has removed it from each of the contacts.
func (k *definitionKind[D]) doDelete(
	ctx context.Context, s *Store, key string, holders func(reader) iter.Seq[*record], strip func(*Info),
) error {
	_, err := doDefinition(ctx, s, nil, func(tx *txn) (D, error) {
		var none D
		before, err := k.custom(tx.reads(), key)
		if err != nil {
			return none, err
		}
		for before := range holders(tx.reads()) {
			if err := checkContext(ctx); err != nil {
				return none, err
			}
			after := tx.nextVersion(before)
			strip(&after.contact.Info)
			if err := checkRevision(before, after); err != nil {
				return none, about(after.contact.ID, err)
			}
			tx.put(before, after)
		}
		k.remove(tx, before)
		return none, nil
	})
	return err
}

// newestFirst yields definitions, given in the order of their keys: the newest first, those created at the same time by
// key, those of the system last, in their own order (LBL-16, FLD-15).
func newestFirst[D defined](records iter.Seq[*definitionRecord[D]], system []D) iter.Seq[D] {
	var list []D
	for r := range records {
		list = append(list, r.value)
	}
	systemIndex := func(d definition) int { // -1 if custom
		return slices.IndexFunc(system, func(s D) bool { return s.definition().key == d.key })
	}
	slices.SortStableFunc(list, func(a, b D) int {
		x, y := a.definition(), b.definition()
		return cmp.Or(systemIndex(x)-systemIndex(y), y.created.Compare(x.created))
	})
	return slices.Values(list)
}
