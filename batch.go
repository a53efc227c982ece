package contacts

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"

	"github.com/google/uuid"
)

// Operation is one write of a [Store.Batch]: a [CreateOp], [UpdateOp], [DeleteOp], [LabelOp], [UnlabelOp] or [MergeOp].
type Operation interface {
	// prepare does all that needs no look into the store. It also names the contact that the operation is about.
	prepare(*Store) (step, uuid.UUID, error)
}

// CreateOp is the operation of [Store.Create].
type CreateOp struct {
	Info            Info
	AllowDuplicates bool
	Source          Source
}

// UpdateOp is the operation of [Store.Update]. If an operation before it writes to the same contact, the revision is
// the one that it leaves.
type UpdateOp struct {
	ID              uuid.UUID
	Revision        int
	Patch           Patch
	AllowDuplicates bool
}

// DeleteOp is the operation of [Store.Delete].
type DeleteOp struct {
	ID uuid.UUID
}

// LabelOp is the operation of [Store.Label].
type LabelOp struct {
	ID   uuid.UUID
	Keys []string
}

// UnlabelOp is the operation of [Store.Unlabel].
type UnlabelOp struct {
	ID   uuid.UUID
	Keys []string
}

// MergeOp is the operation of [Store.Merge].
type MergeOp struct {
	Target   uuid.UUID
	Revision int
	Sources  []uuid.UUID
	Plan     Fingerprint
}

func (op CreateOp) prepare(s *Store) (step, uuid.UUID, error) {
	do, err := s.prepareCreate(op.Info, &CreateOptions{AllowDuplicates: op.AllowDuplicates, Source: op.Source})
	return do, uuid.Nil, err
}

func (op UpdateOp) prepare(s *Store) (step, uuid.UUID, error) {
	update, err := s.prepareUpdate(op.Revision, op.Patch, &UpdateOptions{AllowDuplicates: op.AllowDuplicates})
	return changing(op.ID, update), op.ID, err
}

func (op DeleteOp) prepare(*Store) (step, uuid.UUID, error) {
	return changing(op.ID, deleted), op.ID, nil
}

func (op LabelOp) prepare(*Store) (step, uuid.UUID, error) {
	violations, label := relabel(op.Keys, together)
	return changing(op.ID, label), op.ID, invalid(violations)
}

func (op UnlabelOp) prepare(*Store) (step, uuid.UUID, error) {
	violations, unlabel := relabel(op.Keys, without)
	return changing(op.ID, unlabel), op.ID, invalid(violations)
}

func (op MergeOp) prepare(*Store) (step, uuid.UUID, error) {
	do, err := prepareMerge(op.Target, op.Revision, op.Sources, &MergeOptions{Plan: op.Plan})
	return do, op.Target, err
}

// changing is the step that writes what is decided of a contact.
func changing(id uuid.UUID, decide decision) step {
	return func(tx *txn) (*record, error) { return tx.change(id, decide) }
}

// BatchOptions are the options of [Store.Batch].
type BatchOptions struct {
	// AllOrNothing writes nothing if an operation fails.
	AllOrNothing bool
}

// BatchResult tells what became of one operation.
type BatchResult struct {
	Contact *Contact // as the operation left it, the caller's own; nil if it was deleted, or nothing was written
	Err     error    // what the method of the operation would have returned; nil if it did not fail
}

// BatchError comes from a batch of all or nothing and names the first operation that failed. [CodeOf], errors.Is and
// errors.As look through it.
type BatchError struct {
	Index int // of the operation
	Err   error
}

// Error names the operation.
func (e *BatchError) Error() string {
	return "operation " + strconv.Itoa(e.Index) + ": " + e.Err.Error()
}

// Unwrap returns why the operation failed.
func (e *BatchError) Unwrap() error { return e.Err }

// Batch performs operations in order, each on what those before it have left, and writes all that succeed in one commit
// (BAT-1, BAT-2). It returns a result for each. An operation that fails leaves no trace, and the others go on; with
// AllOrNothing nothing at all is written then, and the error is a [BatchError] (BAT-3).
//
// The number of operations has no limit: they are prepared before the write lock is taken, but other writers wait while
// they are applied, and the feed keeps the commit whole. To write very many contacts see [Store.Import] and
// [Store.BulkUpdate].
//
// Errors: those of the operations are in the results, with the codes of their methods; INVALID_ARGUMENT there for an
// Operation that is nil. Batch itself fails, without results, if its context is done, the store is closed, or the commit
// is refused as a whole (INTERNAL).
func (s *Store) Batch(ctx context.Context, ops []Operation, opts *BatchOptions) ([]BatchResult, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	if opts == nil {
		opts = &BatchOptions{}
	}
	allOrNothing := opts.AllOrNothing
	steps := make([]step, len(ops))
	names := make([]uuid.UUID, len(ops))
	after := make([]*record, len(ops))
	results := make([]BatchResult, len(ops))
	for i, op := range ops {
		if p := reflect.ValueOf(op); op == nil || p.Kind() == reflect.Pointer && p.IsNil() {
			results[i].Err = invalid([]Violation{{Field: "operations[" + strconv.Itoa(i) + "]", Rule: RuleRequired}})
			continue
		}
		steps[i], names[i], results[i].Err = op.prepare(s)
	}
	failed := func(r BatchResult) bool { return r.Err != nil }
	err := s.commit(ctx, s.opts.Now(), func(tx *txn) error {
		for i, do := range steps {
			if results[i].Err == nil {
				after[i], results[i].Err = do(tx)
				tx.origin = "" // a merge may have set it
			}
		}
		if allOrNothing && slices.ContainsFunc(results, failed) {
			return errRefused
		}
		return nil
	})
	if err != nil && !errors.Is(err, errRefused) {
		return nil, err
	}
	for i := range results {
		r := &results[i]
		if r.Err = about(names[i], r.Err); err == nil && after[i] != nil {
			r.Contact = after[i].contact.Clone()
		}
	}
	if err != nil {
		first := slices.IndexFunc(results, failed)
		return results, &BatchError{Index: first, Err: results[first].Err}
	}
	return results, nil
}
