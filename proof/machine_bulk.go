package proof

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// bulk runs a bulk call. The last arguments are its options and the disturbance after its first batch.
func (mc *machine) bulk(op *Op, p *pair, args []any) (result, error) {
	sel, between := args[0].(Selected), op.Args[len(args)-1].(Between)
	opts := args[len(args)-2].(*contacts.BulkOptions)
	filter, err := sel.Where.made(op)
	if err != nil { // a bulk call reports it after other errors; Find compares it
		return result{error(nil)}, nil
	}
	store := side{delete: func(id uuid.UUID) { _ = p.store.Delete(context.Background(), id) }}
	store.call = func(ctx context.Context, opts *contacts.BulkOptions) (contacts.Job, error) {
		selection := contacts.Selection{Filter: filter, Search: sel.Search}
		switch op.Method {
		case "BulkDelete":
			return p.store.BulkDelete(ctx, selection, opts)
		case "BulkUpdate":
			return p.store.BulkUpdate(ctx, selection, args[1].(contacts.Patch), opts)
		default:
			return p.store.BulkLabel(ctx, selection, args[1].([]string), args[2].([]string), opts)
		}
	}
	model := side{delete: func(id uuid.UUID) { _ = p.model.Delete(context.Background(), id) }}
	model.call = func(ctx context.Context, opts *contacts.BulkOptions) (contacts.Job, error) {
		switch op.Method {
		case "BulkDelete":
			return p.model.BulkDelete(ctx, sel, opts)
		case "BulkUpdate":
			return p.model.BulkUpdate(ctx, sel, op.Args[1].(contacts.Patch), opts)
		default:
			return p.model.BulkLabel(ctx, sel, op.Args[1].([]string), op.Args[2].([]string), opts)
		}
	}
	got, err := store.run(op.context(), opts, between)
	mc.drawn = 0
	want, wantErr := model.run(op.context(), opts, between)
	if _, err := compared(err, wantErr); err != nil {
		return nil, err
	}
	for _, e := range got.Errors {
		mc.seen[Seen{op.Method + " of one", e.Code}]++
	}
	if d := difference(quiet(got), want); d != "" {
		return nil, disagree("job%s", d)
	}
	if d := difference(quietAll(store.progress), model.progress); d != "" {
		return nil, disagree("progress%s", d)
	}
	return result{got, err}, p.compareJobs(got.ID)
}

// side is a bulk call of the store or of the model.
type side struct {
	call     func(context.Context, *contacts.BulkOptions) (contacts.Job, error)
	delete   func(uuid.UUID)
	progress []contacts.Job
}

func (s *side) run(ctx context.Context, opts *contacts.BulkOptions, between Between) (contacts.Job, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if opts == nil {
		return s.call(ctx, nil)
	}
	return s.call(ctx, &contacts.BulkOptions{BatchSize: opts.BatchSize, Progress: func(job contacts.Job) {
		if s.progress = append(s.progress, job); len(s.progress) > 1 {
			return
		}
		if between.Stop {
			stop()
		}
		if between.Delete != uuid.Nil {
			s.delete(between.Delete)
		}
	}})
}

// quiet returns a job without the messages of its errors, which the model does not have. They must hold no values
// (BLK-4).
func quiet(job contacts.Job) contacts.Job {
	job.Errors = slices.Clone(job.Errors)
	for i, e := range job.Errors {
		if job.Errors[i].Message = ""; e.Message == "" || strings.Contains(e.Message, "@") {
			job.Errors[i].Message = "bad: " + e.Message
		}
	}
	return job
}

func quietAll(jobs []contacts.Job) []contacts.Job {
	var quieted []contacts.Job
	for _, job := range jobs {
		quieted = append(quieted, quiet(job))
	}
	return quieted
}

// compareJobs compares the list of jobs, and the job with an ID (BLK-8).
func (p *pair) compareJobs(id uuid.UUID) error {
	if p.model.closed || p.store.Jobs == nil || p.store.Job == nil {
		return nil
	}
	got, err := p.store.Jobs(context.Background())
	if err != nil || len(got) != len(p.model.jobs) {
		return disagree("%d jobs, want %d: %v", len(got), len(p.model.jobs), err)
	}
	for i := range got {
		want := p.model.jobs[len(got)-1-i]
		if got[i].ID != want.ID {
			return disagree("job %d has a different ID", i)
		}
		if want.ID != id {
			continue
		}
		one, err := p.store.Job(context.Background(), id)
		if d := difference(quiet(one), want) + difference(quiet(got[i]), want); d != "" || err != nil {
			return disagree("Job%s: %v", d, err)
		}
	}
	_, err = p.store.Job(context.Background(), idOf(0, 3))
	if d := errorDiffers(err, fail(contacts.ErrJobNotFound, uuid.Nil)); d != "" {
		return errors.New(d)
	}
	return nil
}

// batch runs a batch. The model comes first: earlier steps decide which revision a step names.
func (mc *machine) batch(op *Op, p *pair, args []any) (result, error) {
	steps, opts := args[0].([]Step), args[1].(*contacts.BatchOptions)
	want, revisions, wantErr := p.model.Batch(op.context(), op.Args[0].([]Step), op.Args[1].(*contacts.BatchOptions))
	mc.drawn = 0
	var ops []contacts.Operation
	for i, s := range steps {
		ops = append(ops, s.operation(revisions[i]))
	}
	got, err := p.store.Batch(op.context(), ops, opts)
	if len(got) != len(want) {
		return nil, disagree("%d results, want %d", len(got), len(want))
	}
	for i := range got {
		if _, err := compared(got[i].Err, want[i].Err); err != nil {
			return nil, disagree("operation %d: %w", i, err)
		}
		if d := batchResultDiffers(got[i], want[i]); d != "" {
			return nil, disagree("operation %d: %s", i, d)
		}
		mc.seen[Seen{"Batch of " + steps[i].Method, contacts.CodeOf(got[i].Err)}]++
		mc.sawNames(steps, i, contacts.CodeOf(got[i].Err))
	}
	if w, ok := wantErr.(*contacts.BatchError); ok {
		g, ok := err.(*contacts.BatchError)
		if !ok || g.Index != w.Index || contacts.CodeOf(err) != contacts.CodeOf(w.Err) {
			return nil, disagree("error %s, want the error of operation %d", describe(err), w.Index)
		}
		if d := errorDiffers(g.Err, w.Err); d != "" {
			return nil, errors.New(d)
		}
	} else if _, err := compared(err, wantErr); err != nil {
		return nil, err
	}
	return result{got, err}, nil
}

// sawNames notes how a step makes use of temporary names.
func (mc *machine) sawNames(steps []Step, i int, code contacts.Code) {
	s := steps[i]
	saw := func(what string, is bool) {
		if is {
			mc.seen[Seen{"Batch, " + what, code}]++
		}
	}
	isTemporary := func(key string) bool { return slices.Contains(tempKeys, key) }
	given := slices.ContainsFunc(steps[:i], func(other Step) bool { return other.TempID == s.ID && s.ID != uuid.Nil })
	saw("temporary ID", given)
	saw("revision 0", given && s.NoRev && (s.Method == "Update" || s.Method == "Merge"))
	inPatch, _ := s.Patch.LabelKeys.Get()
	saw("temporary key in an Info", slices.ContainsFunc(s.Info.LabelKeys, isTemporary))
	saw("temporary key in a Patch", slices.ContainsFunc(inPatch, isTemporary))
	saw("temporary key of "+s.Method, slices.ContainsFunc(s.Keys, isTemporary))
}

func (s Step) operation(revision int) contacts.Operation {
	switch s.Method {
	case "Create":
		return contacts.CreateOp{
			Info: s.Info, AllowDuplicates: s.AllowDuplicates, Source: s.Source, Unsubscribe: s.Unsubscribe,
			TempID: s.TempID,
		}
	case "Upsert":
		return contacts.UpsertOp{Info: s.Info, Source: s.Source, TempID: s.TempID}
	case "Submit":
		return contacts.SubmitOp{Info: s.Info, SubmitOptions: s.Submit, TempID: s.TempID}
	case "Update":
		return contacts.UpdateOp{
			ID: s.ID, Revision: revision, Patch: s.Patch, AllowDuplicates: s.AllowDuplicates, Unsubscribe: s.Unsubscribe,
		}
	case "Delete":
		return contacts.DeleteOp{ID: s.ID}
	case "Merge":
		o := contacts.MergeOp{Target: s.ID, Revision: revision, Sources: s.Sources}
		if s.WrongPlan {
			o.Plan[0] = 1
		}
		return o
	case "":
		return nil
	}
	return s.furtherOperation()
}

func (s Step) furtherOperation() contacts.Operation {
	switch s.Method {
	case "Label":
		return contacts.LabelOp{ID: s.ID, Keys: s.Keys}
	case "Unlabel":
		return contacts.UnlabelOp{ID: s.ID, Keys: s.Keys}
	case "SetSubscription":
		return contacts.SetSubscriptionOp{ID: s.ID, Address: s.Address, Status: s.Subscription}
	case "SetDeliverability":
		return contacts.SetDeliverabilityOp{ID: s.ID, Email: s.Address, Status: s.Deliverability}
	case "RecordActivity":
		return contacts.RecordActivityOp{ID: s.ID, Type: s.Activity, At: s.At}
	case "SetMember":
		return contacts.SetMemberOp{ID: s.ID, Member: s.Member}
	case "SetBillingSubscription":
		return contacts.SetBillingSubscriptionOp{ID: s.ID, Active: s.Active}
	case "SetSystemFields":
		return contacts.SetSystemFieldsOp{ID: s.ID, Values: s.Values}
	case "FindOrCreateLabel":
		return contacts.FindOrCreateLabelOp{DisplayName: s.Name, TempKey: s.TempKey}
	case "RenameLabel":
		return contacts.RenameLabelOp{Key: s.key(), DisplayName: s.Name}
	case "DeleteLabel":
		return contacts.DeleteLabelOp{Key: s.key()}
	case "FindOrCreateField":
		return contacts.FindOrCreateFieldOp{DisplayName: s.Name, DataType: s.DataType, TempKey: s.TempKey}
	case "RenameField":
		return contacts.RenameFieldOp{Key: s.key(), DisplayName: s.Name}
	default:
		return contacts.DeleteFieldOp{Key: s.key()}
	}
}

// batchResultDiffers compares results that have the same error.
func batchResultDiffers(got, want contacts.BatchResult) string {
	if d := contactDiffers(got.Contact, want.Contact); d != "" {
		return "contact" + d
	}
	if got.Field != nil && got.Field.FieldType == contacts.FieldSystem {
		return "a system field"
	}
	got.Contact, want.Contact, got.Err, want.Err = nil, nil, nil, nil
	if d := difference(got, want); d != "" {
		return "result" + d
	}
	return ""
}

// printSteps prints a batch; m is the model before it.
func (op *Op) printSteps(m *Model) string {
	var b strings.Builder
	b.WriteString("[]contacts.Operation{")
	steps := op.Args[0].([]Step)
	for i, s := range steps {
		revision := int(s.Rev)
		if p := m.find(s.ID); p != nil && s.NoRev {
			revision = 0
		} else if p != nil {
			revision += p.contact.Revision
			for _, before := range steps[:i] { // assuming that they succeed
				if before.ID == s.ID && before.Method != "Create" && before.Method != "Delete" && before.Method != "" {
					revision++
				}
			}
		}
		b.WriteString("\n\t\t" + literal(reflect.ValueOf(s.operation(revision))) + ",")
	}
	return b.String() + "\n\t}"
}

func (op *Op) printBulk(s, ctx string) string {
	sel, args := op.Args[0].(Selected), []string{ctx}
	args = append(args, fmt.Sprintf("contacts.Selection{Filter: %s, Search: %s}", sel.Where.code(), quoted(sel.Search)))
	for _, arg := range op.Args[1 : len(op.Args)-1] {
		args = append(args, literal(reflect.ValueOf(arg)))
	}
	text := fmt.Sprintf("%s.%s(%s)", s, op.Method, strings.Join(args, ", "))
	if between := op.Args[len(op.Args)-1].(Between); between != (Between{}) {
		text += fmt.Sprintf(" // after its first batch: stop %t, delete %s",
			between.Stop, literal(reflect.ValueOf(between.Delete)))
	}
	return text
}
