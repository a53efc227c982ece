package contacts

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/google/uuid"
)

// GetLabel returns the definition of a label.
//
// Errors: LABEL_NOT_FOUND.
func (sn *Snapshot) GetLabel(key string) (Label, error) {
	l := sn.reads().label(key)
	if l == nil {
		return Label{}, labelNotFound(key)
	}
	return l.value, nil
}

// GetLabel returns the current definition of a label.
//
// Errors: LABEL_NOT_FOUND.
func (s *Store) GetLabel(ctx context.Context, key string) (Label, error) {
	if err := s.ready(ctx); err != nil {
		return Label{}, err
	}
	return s.Snapshot().GetLabel(key)
}

// Labels yields the labels, the newest first, system labels last (LBL-16).
func (sn *Snapshot) Labels() iter.Seq[Label] { return newestFirst(sn.reads().labels(), systemLabels) }

// labelKind describes how labels are written.
var labelKind = &definitionKind[Label]{
	table: tableLabels, get: reader.label, count: func(tx *txn) *int { return &tx.labels },
	quota:    func(o *Options) int { return o.LabelQuota },
	notFound: ErrLabelNotFound, readOnly: ErrSystemLabel, quotaReached: ErrLabelsQuota,
	created: LabelCreated, updated: LabelUpdated, deleted: LabelDeleted,
	change: func(before, after Label) Change { return Change{label: &versions[Label]{before, after}} },
	rename: func(l Label, displayName string, at time.Time) Label {
		l.DisplayName, l.UpdatedDate = displayName, latest(at, l.CreatedDate)
		return l
	},
	outcome: func(l *Label, created bool) outcome { return outcome{label: l, created: created} },
}

// FindOrCreateLabel returns the label with this display name, which can be a system label, or creates one. Space around
// the name, invisible characters and the Unicode normal form do not count. The second result reports whether the label
// was created.
//
// Errors: INVALID_ARGUMENT, LABELS_QUOTA_REACHED with a [QuotaError] (LBL-4 to LBL-7, LBL-11).
func (s *Store) FindOrCreateLabel(ctx context.Context, displayName string) (Label, bool, error) {
	done, err := run(ctx, s, FindOrCreateLabelOp{DisplayName: displayName})
	return deref(done.label), done.created, err
}

// FindOrCreateLabelOp is the operation of [Store.FindOrCreateLabel].
type FindOrCreateLabelOp struct {
	DisplayName string

	// TempKey is a text without a dot by which later operations of the same batch can name the label, see
	// [Store.Batch].
	TempKey string
}

func (op FindOrCreateLabelOp) prepare(s *Store) (write, uuid.UUID, error) {
	v := &validator{}
	v.name("displayName", op.DisplayName, labelNameMax)
	find := func(r reader) *labelRecord { return r.labelNamed(op.DisplayName) }
	return labelKind.findOrCreate(s.opts, find, func(tx *txn) Label {
		return Label{
			Namespace: customNamespace, NamespaceDisplayName: labelNamespaceName,
			Key:         newKey(op.DisplayName, "label", tx.reads().labelKeys),
			DisplayName: op.DisplayName, LabelType: LabelUserDefined, CreatedDate: tx.now, UpdatedDate: tx.now,
		}
	}), uuid.Nil, invalid(v.violations)
}

func (op FindOrCreateLabelOp) tempName() tempName {
	return tempName{table: tableLabels, key: op.TempKey}
}

// RenameLabel changes the display name of a label. Its key stays the same (LBL-8).
//
// Errors: INVALID_ARGUMENT, LABEL_NOT_FOUND, SYSTEM_LABEL_READ_ONLY.
func (s *Store) RenameLabel(ctx context.Context, key, displayName string) (Label, error) {
	done, err := run(ctx, s, RenameLabelOp{Key: key, DisplayName: displayName})
	return deref(done.label), err
}

// RenameLabelOp is the operation of [Store.RenameLabel].
type RenameLabelOp struct {
	Key, DisplayName string
}

func (op RenameLabelOp) prepare(*Store) (write, uuid.UUID, error) {
	v := &validator{}
	v.name("label.displayName", op.DisplayName, labelNameMax)
	return labelKind.doRename(op.Key, op.DisplayName), uuid.Nil, invalid(v.violations)
}

// DeleteLabel deletes a label and removes it from every contact that has it, in one commit (LBL-9). Other writers wait
// meanwhile, about 30 µs for each of those contacts. If the context ends before the last of them, nothing is written
// (STO-1). To let other writers in, remove the label with [Store.BulkLabel] first.
//
// Errors: LABEL_NOT_FOUND, SYSTEM_LABEL_READ_ONLY.
func (s *Store) DeleteLabel(ctx context.Context, key string) error {
	_, err := run(ctx, s, DeleteLabelOp{Key: key})
	return err
}

// DeleteLabelOp is the operation of [Store.DeleteLabel].
type DeleteLabelOp struct {
	Key string
}

func (op DeleteLabelOp) prepare(*Store) (write, uuid.UUID, error) {
	return labelKind.doDelete(op.Key, reader.byLabel, func(in *Info, key string) {
		in.LabelKeys = without(in.LabelKeys, []string{key})
	}), uuid.Nil, nil
}

// Label adds labels to a contact, after those it has. Labels that it already has keep their position (LBL-13). The
// revision rises by one even if nothing changes (LBL-14).
//
// Errors: INVALID_ARGUMENT for no keys, more than 100 keys, or more than 2000 labels on the contact; CONTACT_NOT_FOUND;
// LABEL_NOT_FOUND with a [KeysError].
func (s *Store) Label(ctx context.Context, id uuid.UUID, keys ...string) (*Contact, error) {
	return do(ctx, s, LabelOp{ID: id, Keys: keys})
}

// LabelOp is the operation of [Store.Label].
type LabelOp struct {
	ID   uuid.UUID
	Keys []string
}

func (op LabelOp) prepare(*Store) (write, uuid.UUID, error) {
	return prepareRelabel(op.ID, op.Keys, union)
}

// Unlabel removes labels from a contact. Labels that it does not have are ignored if they are defined (LBL-13). The
// revision rises by one even if nothing changes (LBL-14).
//
// Errors: INVALID_ARGUMENT for no keys or more than 100, CONTACT_NOT_FOUND, LABEL_NOT_FOUND with a [KeysError].
func (s *Store) Unlabel(ctx context.Context, id uuid.UUID, keys ...string) (*Contact, error) {
	return do(ctx, s, UnlabelOp{ID: id, Keys: keys})
}

// UnlabelOp is the operation of [Store.Unlabel].
type UnlabelOp struct {
	ID   uuid.UUID
	Keys []string
}

func (op UnlabelOp) prepare(*Store) (write, uuid.UUID, error) {
	return prepareRelabel(op.ID, op.Keys, without)
}

// prepareRelabel prepares a change to the labels of a contact: combine makes the new list from the present one and the
// keys of the call.
func prepareRelabel(
	id uuid.UUID, keys []string, combine func(present, keys []string) []string,
) (write, uuid.UUID, error) {
	v := &validator{}
	if len(keys) == 0 {
		v.add(Violation{Field: "labelKeys", Rule: RuleMinSize, Threshold: 1})
	}
	v.size("labelKeys", len(keys), labelCallMax)
	keys = slices.Clone(keys) // the caller's
	shareMemory(keys)
	return decision(func(tx *txn, before *record) (*record, error) {
		keys := tx.temps.labelKeys(keys)
		if err := checkLabels(keys, tx.reads().hasLabel); err != nil {
			return nil, err
		}
		return tx.decideLabels(before, combine(before.contact.Info.LabelKeys, keys))
	}).of(id), id, invalid(v.violations)
}

// decideLabels returns the next version of a contact with exactly these labels.
func (tx *txn) decideLabels(before *record, keys []string) (*record, error) {
	after := tx.nextVersion(before)
	after.contact.Info.LabelKeys = keys
	v := &validator{}
	v.size("info.labelKeys.items", len(keys), labelsMax)
	v.violations = append(v.violations, tooLarge(before, after, tx.sizeMax)...)
	return after, invalid(v.violations)
}

// checkLabels refuses keys that are not defined, and lists each once, in the order given (LBL-2).
func checkLabels(keys []string, defined func(key string) bool) error {
	var unknown []string
	for _, key := range keys {
		if !defined(key) {
			unknown = append(unknown, key)
		}
	}
	if unknown == nil {
		return nil
	}
	return labelNotFound(distinct(unknown)...)
}

func labelNotFound(keys ...string) error {
	return &Error{Code: ErrLabelNotFound, Err: &KeysError{Keys: keys}}
}

// union returns the keys, followed by those in more that are not among them. Order is kept.
func union(keys, more []string) []string { return distinct(slices.Concat(keys, more)) }

// without returns the keys that are not in drop. Order is kept.
func without(keys, drop []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return slices.Contains(drop, key) })
}
