package contacts

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/redact"
)

// BatchOptions are the options of [Store.Batch].
type BatchOptions struct {
	// AllOrNothing makes the batch write nothing if an operation fails.
	AllOrNothing bool
}

// BatchResult is the result of one operation, the caller's own. If the operation failed, or the batch wrote nothing
// because another one did, only Err can be set.
type BatchResult struct {
	Contact      *Contact     // the contact after the operation; nil for DeleteOp and for labels and fields
	Label        *Label       // of FindOrCreateLabelOp and RenameLabelOp
	Field        *Field       // of FindOrCreateFieldOp and RenameFieldOp
	Submission   *Submission  // of SubmitOp
	UpsertAction UpsertAction // of UpsertOp
	Created      bool         // whether the operation created the contact, label or field

	// Err is the error that the operation's method would have returned, nil if the operation succeeded.
	Err error
}

// LogValue returns the log form of the contact or the error, and the names of the fields that are set (ERR-5).
func (r BatchResult) LogValue() slog.Value {
	if r.Err != nil {
		return slog.GroupValue(slog.String("error", r.Err.Error()))
	}
	var attrs []slog.Attr
	if r.Contact != nil {
		attrs = append(attrs, slog.Any("contact", *r.Contact))
	}
	return slog.GroupValue(append(attrs, redact.Fields(r))...)
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

// MarshalJSON writes the index and the members of Err, see [Error.MarshalJSON].
func (e BatchError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{Index: &e.Index}) }

// LogValue returns the message.
func (e BatchError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// Unwrap returns the error of the operation.
func (e *BatchError) Unwrap() error { return e.Err }

// Batch runs operations in order, each on the result of the earlier ones, and writes all that succeed in one commit
// (BAT-1, BAT-2). It returns a result for each. An operation that fails writes nothing, and the others continue; with
// AllOrNothing the whole batch then writes nothing, and the error is a [BatchError] (BAT-3).
//
// There is an operation for every method that writes in one commit: [CreateOp], [UpdateOp], [DeleteOp], [MergeOp],
// [SubmitOp], [UpsertOp], [LabelOp], [UnlabelOp], [SetSubscriptionOp], [SetDeliverabilityOp], [RecordActivityOp],
// [SetMemberOp], [SetBillingSubscriptionOp], [SetSystemFieldsOp], [FindOrCreateLabelOp], [RenameLabelOp],
// [DeleteLabelOp], [FindOrCreateFieldOp], [RenameFieldOp] and [DeleteFieldOp]. Import and the bulk calls write in many
// commits and have none.
//
// The caller cannot know the ID of a contact that an operation of the batch creates or finds. That operation gives it a
// TempID, such as a new UUID, which later operations of the batch use in place of the ID. In the same way they use the
// TempKey of a label or field in place of its key, also in an Info or a Patch (BAT-5). The revision of a contact with a
// temporary ID can be given as 0, for the present one (BAT-6). If the operation that gives a temporary name fails,
// those that use it fail with CONTACT_NOT_FOUND, LABEL_NOT_FOUND or EXTENDED_FIELD_NOT_FOUND. Temporary names are not
// stored.
//
// A batch has at most 10,000 operations (BAT-4). They are prepared before the write lock is taken, but other writers
// wait while they run, some 50 µs each, and [DeleteLabelOp] and [DeleteFieldOp] as long as their methods; the feed
// keeps the commit whole. To write more contacts use [Store.Import] or [Store.BulkUpdate]. If the context ends before
// the last operation has run, nothing is written (STO-1).
//
// Errors: those of operations are in the results, with the codes of their methods, INVALID_ARGUMENT for a nil
// Operation, for a temporary name that an earlier operation gives and for a TempKey with a dot, and
// CONTACT_ID_ALREADY_EXISTS for a TempID that is an ID. Batch itself fails, without results, with INVALID_ARGUMENT for
// too many operations, and if its context is nil or done, the store is closed, or the whole commit is refused
// (INTERNAL).
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
		if err := applyAll(ctx, tx, steps); err != nil {
			return err
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
		if err == nil {
			results[i] = step.done.result()
		}
		results[i].Err = about(step.id, step.err)
	}
	if err != nil {
		first := slices.IndexFunc(steps, batchStep.failed)
		return results, &BatchError{Index: first, Err: results[first].Err}
	}
	return results, nil
}

// batchStep is one operation of a batch.
type batchStep struct {
	run     write
	refused error     // of the preparation
	given   uuid.UUID // the contact that errors are about, maybe with its temporary ID
	name    tempName  // that the operation gives

	// The results. A commit to a log can be decided several times; then apply sets them again.
	id   uuid.UUID // the contact that errors are about
	done outcome
	err  error
}

// result returns the result of an operation that succeeded.
func (o outcome) result() BatchResult {
	r := BatchResult{
		Contact: o.clone(), Label: clonePtr(o.label), Field: clonePtr(o.field),
		UpsertAction: o.action, Created: o.created,
	}
	if o.identity != "" {
		submission := o.submission()
		r.Submission = &submission
	}
	return r
}

// prepareBatch prepares the operations, before the write lock is taken. It fails only if the caller has given up.
func (s *Store) prepareBatch(ctx context.Context, ops []Operation) ([]batchStep, error) {
	steps := make([]batchStep, len(ops))
	given := make(map[tempName]bool)
	for i, op := range ops {
		if ctx.Err() != nil {
			return nil, cancelled(ctx)
		}
		step := &steps[i]
		if p := reflect.ValueOf(op); op == nil || p.Kind() == reflect.Pointer && p.IsNil() {
			step.refused = invalid([]Violation{{Field: "operations[" + strconv.Itoa(i) + "]", Rule: RuleRequired}})
			continue
		}
		step.run, step.given, step.refused = op.prepare(s)
		if named, ok := op.(interface{ tempName() tempName }); ok {
			step.name = named.tempName()
			step.refused = cmp.Or(step.refused, step.name.check(given))
		}
	}
	return steps, nil
}

// applyAll runs the operations. It fails only if the caller has given up.
func applyAll(ctx context.Context, tx *txn, steps []batchStep) error {
	tx.temps = make(tempNames)
	for i := range steps {
		if err := checkContext(ctx); err != nil {
			return err
		}
		steps[i].apply(ctx, tx)
		if steps[i].err != nil && ctx.Err() != nil {
			return cancelled(ctx) // the operation may have written a part
		}
	}
	return nil
}

// isZero reports whether an operation gives no name.
func (n tempName) isZero() bool { return n.contact == uuid.Nil && n.key == "" }

// check refuses a name that an earlier operation gives, and a temporary key that could be a real one. It adds the name
// to those given.
func (n tempName) check(given map[tempName]bool) error {
	if n.isZero() {
		return nil
	}
	field := "tempKey"
	if n.contact != uuid.Nil {
		field = "tempId"
	}
	v := &validator{}
	if given[n] {
		v.add(Violation{Field: field, Rule: RuleCustom, RuleName: RuleNameRepeated})
	}
	if strings.Contains(n.key, ".") {
		v.add(Violation{Field: field, Rule: RuleCustom, RuleName: RuleNameTempKey})
	}
	given[n] = true
	return invalid(v.violations)
}

// apply runs the operation unless it could not be prepared.
func (step *batchStep) apply(ctx context.Context, tx *txn) {
	step.id, step.done, step.err = tx.temps.id(step.given), outcome{}, step.refused
	if step.err != nil {
		return
	}
	if id := step.name.contact; id != uuid.Nil && tx.reads().taken(id) {
		step.err = &Error{Code: ErrIDExists, ID: id}
		return
	}
	step.done, step.err = step.run(ctx, tx)
	tx.origin = "" // a merge may have set it
	if step.err == nil && !step.name.isZero() {
		tx.temps[step.name] = step.done.nameBehind(step.name)
	}
}

// nameBehind returns the ID or key that a temporary name leads to.
func (o outcome) nameBehind(n tempName) tempName {
	switch {
	case o.contact != nil:
		n.contact = o.contact.contact.ID
	case o.label != nil:
		n.key = o.label.Key
	case o.field != nil:
		n.key = o.field.Key
	}
	return n
}

func (step batchStep) failed() bool { return step.err != nil }
