package contacts

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"

	"github.com/google/uuid"
)

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
// Operation that is nil. Batch itself fails, without results, if its context is done, the store is closed, or the
// commit is refused as a whole (INTERNAL).
func (s *Store) Batch(ctx context.Context, ops []Operation, opts *BatchOptions) ([]BatchResult, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	allOrNothing := deref(opts).AllOrNothing
	writes := make([]write, len(ops))
	names := make([]uuid.UUID, len(ops))
	after := make([]*record, len(ops))
	results := make([]BatchResult, len(ops))
	for i, op := range ops {
		if p := reflect.ValueOf(op); op == nil || p.Kind() == reflect.Pointer && p.IsNil() {
			results[i].Err = invalid([]Violation{{Field: "operations[" + strconv.Itoa(i) + "]", Rule: RuleRequired}})
			continue
		}
		writes[i], names[i], results[i].Err = op.prepare(s)
	}
	failed := func(r BatchResult) bool { return r.Err != nil }
	err := s.commit(ctx, s.opts.Now(), func(tx *txn) error {
		for i, run := range writes {
			if results[i].Err == nil {
				after[i], results[i].Err = run(tx)
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
