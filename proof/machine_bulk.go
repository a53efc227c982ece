package proof

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

func init() {
	for _, method := range []string{"BulkDelete", "BulkUpdate", "BulkLabel"} {
		newer[method] = (*machine).bulk
	}
	newer["Batch"] = (*machine).batch
}

// bulk makes a bulk call. Its arguments end with the options and what happens between its batches.
func (mc *machine) bulk(op *Op, p *pair, args []any) (result, error) {
	sel, between := args[0].(Selected), op.Args[len(args)-1].(Between)
	given := args[len(args)-2].(*contacts.BulkOptions)
	filter, err := sel.Where.made(op)
	if err != nil { // what it says of the filter comes after the rest, and the machine compares that with Find
		return result{error(nil)}, nil
	}
	var progress [2][]contacts.Job
	var jobs [2]contacts.Job
	var errs [2]error
	for i := range 2 {
		mc.drawn = 0
		ctx, stop := context.WithCancel(op.context())
		var opts *contacts.BulkOptions
		if given != nil {
			opts = &contacts.BulkOptions{BatchSize: given.BatchSize, Progress: func(job contacts.Job) {
				for j := range job.Errors { // BLK-4: a message names nobody
					if job.Errors[j].Message == "" && i == 0 || strings.Contains(job.Errors[j].Message, "@") {
						job.Errors[j].Message = "bad"
						continue
					}
					job.Errors[j].Message = ""
				}
				if progress[i] = append(progress[i], job); len(progress[i]) > 1 {
					return
				}
				if between.Stop {
					stop()
				}
				if between.Delete != uuid.Nil && i == 0 {
					_ = p.store.Delete(context.Background(), between.Delete)
				} else if between.Delete != uuid.Nil {
					_ = p.model.Delete(context.Background(), between.Delete)
				}
			}}
		}
		m, selection := p.model, contacts.Selection{Filter: filter, Search: sel.Search}
		switch op.Method + []string{" store", " model"}[i] {
		case "BulkDelete store":
			jobs[i], errs[i] = p.store.BulkDelete(ctx, selection, opts)
		case "BulkDelete model":
			jobs[i], errs[i] = m.BulkDelete(ctx, sel, opts)
		case "BulkUpdate store":
			jobs[i], errs[i] = p.store.BulkUpdate(ctx, selection, args[1].(contacts.Patch), opts)
		case "BulkUpdate model":
			jobs[i], errs[i] = m.BulkUpdate(ctx, sel, op.Args[1].(contacts.Patch), opts)
		case "BulkLabel store":
			jobs[i], errs[i] = p.store.BulkLabel(ctx, selection, args[1].([]string), args[2].([]string), opts)
		case "BulkLabel model":
			jobs[i], errs[i] = m.BulkLabel(ctx, sel, op.Args[1].([]string), op.Args[2].([]string), opts)
		}
		stop()
	}
	if _, err := compared(errs[0], errs[1]); err != nil {
		return nil, err
	}
	for _, e := range jobs[0].Errors {
		mc.seen[Seen{op.Method + " of one", e.Code}]++
	}
	if d := difference(quiet(jobs[0]), jobs[1]); d != "" {
		return nil, disagree("job%s", d)
	}
	if d := difference(progress[0], progress[1]); d != "" {
		return nil, disagree("progress%s", d)
	}
	return result{jobs[0], errs[0]}, p.compareJobs(jobs[0].ID)
}

// quiet returns a job without messages.
func quiet(job contacts.Job) contacts.Job {
	var errs []contacts.JobError
	for _, e := range job.Errors {
		errs = append(errs, contacts.JobError{Count: e.Count, Code: e.Code})
	}
	job.Errors = errs
	return job
}

// compareJobs is BLK-8.
func (p *pair) compareJobs(id uuid.UUID) error {
	if p.model.closed {
		return nil
	}
	got, err := p.store.Jobs(context.Background())
	if err != nil || len(got) != len(p.model.jobs) {
		return disagree("%d jobs, want %d: %v", len(got), len(p.model.jobs), err)
	}
	for i := range got {
		want := p.model.jobs[len(got)-1-i]
		if got[i].ID != want.ID {
			return disagree("job %d is another one", i)
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

// batch makes a batch, on the model first, since a step names a revision that the steps before it make.
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
		if d := contactDiffers(got[i].Contact, want[i].Contact); d != "" {
			return nil, disagree("operation %d: contact%s", i, d)
		}
		mc.seen[Seen{"Batch of " + steps[i].Method, contacts.CodeOf(got[i].Err)}]++
	}
	if w, ok := wantErr.(*contacts.BatchError); ok {
		g, ok := err.(*contacts.BatchError)
		if !ok || g.Index != w.Index || contacts.CodeOf(err) != contacts.CodeOf(w.Err) {
			return nil, disagree("error %s, want that of operation %d", describe(err), w.Index)
		}
		if d := errorDiffers(g.Err, w.Err); d != "" {
			return nil, errors.New(d)
		}
	} else if _, err := compared(err, wantErr); err != nil {
		return nil, err
	}
	return result{got, err}, nil
}

func (s Step) operation(revision int) contacts.Operation {
	switch s.Method {
	case "Create":
		return contacts.CreateOp{Info: s.Info, AllowDuplicates: s.AllowDuplicates, Source: s.Source}
	case "Update":
		return contacts.UpdateOp{ID: s.ID, Revision: revision, Patch: s.Patch, AllowDuplicates: s.AllowDuplicates}
	case "Delete":
		return contacts.DeleteOp{ID: s.ID}
	case "Label":
		return contacts.LabelOp{ID: s.ID, Keys: s.Keys}
	case "Unlabel":
		return contacts.UnlabelOp{ID: s.ID, Keys: s.Keys}
	case "Merge":
		o := contacts.MergeOp{Target: s.ID, Revision: revision, Sources: s.Sources}
		if s.WrongPlan {
			o.Plan[0] = 1
		}
		return o
	}
	return nil
}

// printSteps prints a batch; m is the model before it.
func (op *Op) printSteps(m *Model) string {
	var b strings.Builder
	b.WriteString("[]contacts.Operation{")
	steps := op.Args[0].([]Step)
	for i, s := range steps {
		revision := int(s.Rev)
		if p := m.find(s.ID); p != nil {
			revision += p.contact.Revision
			for _, before := range steps[:i] { // as if those before it succeed
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
		text += fmt.Sprintf(" // behind its first batch: stop %t, delete %s",
			between.Stop, literal(reflect.ValueOf(between.Delete)))
	}
	return text
}
