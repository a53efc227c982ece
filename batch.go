package contacts

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strconv"

	"github.com/google/uuid"
)

// BatchOptions are the options of [Store.Batch].
type BatchOptions struct {
	// AllOrNothing makes the batch write nothing if an operation fails.
	AllOrNothing bool
}

// BatchResult is the result of one operation.
type BatchResult struct {
	// Contact is the contact after the operation, the caller's own. It is nil if the operation deleted or wrote
	// nothing.
	Contact *Contact
	// Err is the error that the operation's method would have returned, nil if the operation succeeded.
	Err error
}

// LogValue returns what a log shows of the contact and the error (ERR-5).
func (r BatchResult) LogValue() slog.Value {
	if r.Err != nil {
		return slog.GroupValue(slog.String("error", r.Err.Error()))
	}
	return slog.GroupValue(slog.Any("contact", deref(r.Contact)))
}

// BatchError is the error of a batch with AllOrNothing and names the first operation that failed. [CodeOf], errors.Is
// and errors.As find the error of the operation.
type BatchError struct {
	Index int // of the operation
	Err   error
}

// Error names the operation.
func (e *BatchError) Error() string {
	return "operation " + strconv.Itoa(e.Index) + causeText(e.Err)
}

// MarshalJSON writes the index and what [Error.MarshalJSON] writes of Err.
func (e BatchError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{Index: &e.Index}) }

// LogValue returns the message.
func (e BatchError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// Unwrap returns the error of the operation.
func (e *BatchError) Unwrap() error { return e.Err }

// Batch runs operations in order, each on the result of the earlier ones, and writes all that succeed in one commit
// (BAT-1, BAT-2). It returns a result for each. An operation that fails writes nothing, and the others continue; with
// AllOrNothing the whole batch then writes nothing, and the error is a [BatchError] (BAT-3).
//
// A batch has at most 10,000 operations (BAT-4). They are prepared before the write lock is taken, but other writers
// wait while they run, some 50 µs each, and the feed keeps the commit whole. To write more contacts use [Store.Import]
// or [Store.BulkUpdate]. If the context ends before the last operation has run, nothing is written (STO-1).
//
// Errors: those of operations are in the results, with the codes of their methods, and INVALID_ARGUMENT for a nil
// Operation. Batch itself fails, without results, with INVALID_ARGUMENT for too many operations, and if its context is
// nil or done, the store is closed, or the whole commit is refused (INTERNAL).
func (s *Store) Batch(ctx context.Context, ops []Operation, opts *BatchOptions) ([]BatchResult, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	allOrNothing := deref(opts).AllOrNothing
	v := &validator{}
	v.size("operations", len(ops), writesMax)
	if err := invalid(v.violations); err != nil {
		return nil, err
	}
	steps, err := s.prepareBatch(ctx, ops)
	if err != nil {
		return nil, err
	}
	err = s.commit(ctx, s.opts.Now(), func(tx *txn) error {
		for i := range steps {
			if err := checkContext(ctx); err != nil {
				return err
			}
			steps[i].apply(tx)
		}
		if allOrNothing && slices.ContainsFunc(steps, batchStep.failed) {
			return errRefused
		}
		return nil
	})
	if err != nil && !errors.Is(err, errRefused) {
		return nil, err
	}
	results := make([]BatchResult, len(steps))
	for i, step := range steps {
		if results[i].Err = about(step.id, step.err); err == nil && step.after != nil {
			results[i].Contact = step.after.contact.Clone()
		}
	}
	if err != nil {
		first := slices.IndexFunc(steps, batchStep.failed)
		return results, &BatchError{Index: first, Err: results[first].Err}
	}
	return results, nil
}

// batchStep is one operation of a batch.
type batchStep struct {
	run   write
	id    uuid.UUID // the contact that errors are about
	after *record
	err   error
}

// prepareBatch prepares the operations, before the write lock is taken. It fails only if the caller has given up.
func (s *Store) prepareBatch(ctx context.Context, ops []Operation) ([]batchStep, error) {
	steps := make([]batchStep, len(ops))
	for i, op := range ops {
		if ctx.Err() != nil {
			return nil, cancelled(ctx)
		}
		step := &steps[i]
		if p := reflect.ValueOf(op); op == nil || p.Kind() == reflect.Pointer && p.IsNil() {
			step.err = invalid([]Violation{{Field: "operations[" + strconv.Itoa(i) + "]", Rule: RuleRequired}})
			continue
		}
		step.run, step.id, step.err = op.prepare(s)
	}
	return steps, nil
}

// apply runs the operation unless it could not be prepared.
func (step *batchStep) apply(tx *txn) {
	if step.err == nil {
		step.after, step.err = step.run(tx)
		tx.origin = "" // a merge may have set it
	}
}

func (step batchStep) failed() bool { return step.err != nil }
