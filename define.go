package contacts

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"
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
	outcome                   func(d *D, created bool) outcome
}

// custom returns the definition with this key, which can be a temporary one. It refuses one of the system, which cannot
// be renamed or deleted.
func (k *definitionKind[D]) custom(tx *txn, key string) (*definitionRecord[D], error) {
	key = tx.temps.key(k.table, key)
	found := k.get(tx.reads(), key)
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

// findOrCreate returns the write that finds the definition that find returns, or else creates the one that build
// returns.
func (k *definitionKind[D]) findOrCreate(
	opts *Options, find func(reader) *definitionRecord[D], build func(*txn) D,
) write {
	return func(_ context.Context, tx *txn) (outcome, error) {
		if found := find(tx.reads()); found != nil {
			return k.outcome(&found.value, false), nil
		}
		if err := k.checkQuota(tx, opts, 1); err != nil {
			return outcome{}, err
		}
		d := build(tx)
		k.create(tx, d)
		return k.outcome(&d, true), nil
	}
}

// doRename returns the write that gives a definition another display name.
func (k *definitionKind[D]) doRename(key, displayName string) write {
	return func(_ context.Context, tx *txn) (outcome, error) {
		before, err := k.custom(tx, key)
		if err != nil {
			return outcome{}, err
		}
		after := k.rename(before.value, displayName, tx.now)
		k.update(tx, before, after)
		return k.outcome(&after, false), nil
	}
}

// doDelete returns the write that deletes a definition after strip has removed its key from each of the contacts.
func (k *definitionKind[D]) doDelete(
	key string, holders func(r reader, key string) iter.Seq[*record], strip func(in *Info, key string),
) write {
	return func(ctx context.Context, tx *txn) (outcome, error) {
		before, err := k.custom(tx, key)
		if err != nil {
			return outcome{}, err
		}
		if err := stripAll(ctx, tx, before.value.definition().key, holders, strip); err != nil {
			return outcome{}, err
		}
		k.remove(tx, before)
		return outcome{}, nil
	}
}

// stripAll removes a key from each of the contacts that have it.
func stripAll(
	ctx context.Context, tx *txn, key string,
	holders func(r reader, key string) iter.Seq[*record], strip func(in *Info, key string),
) error {
	all := slices.Collect(holders(tx.reads(), key))
	for _, before := range all { // before the first put
		if before.contact.Revision >= lastRevision {
			return about(before.contact.ID, invalid([]Violation{noRevisionLeft}))
		}
	}
	for _, before := range all {
		if err := checkContext(ctx); err != nil {
			return err // and then nothing of the commit is written
		}
		after := tx.nextVersion(before)
		strip(&after.contact.Info, key)
		tx.put(before, after)
	}
	return nil
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
