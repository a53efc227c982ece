package contacts

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/redact"
)

// Selection selects the contacts of a bulk job: those that match both the filter and the search, as in a [Query]. At
// least one of the two is required; a filter without a condition does not count.
type Selection struct {
	Filter Filter `json:"filter,omitzero"`
	Search string `json:"search,omitempty"` // at most 100 characters
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (s Selection) LogValue() slog.Value { return redact.Value(s) }

// BulkOptions are the options of bulk jobs. The zero value of a field is its default.
type BulkOptions struct {
	// BatchSize is the number of contacts in one commit, default 1000, at most 10,000. Other writers can write between
	// batches, and readers of Follow can catch up; a reader that falls more than Options.FeedSize changes behind loses
	// its position.
	BatchSize int

	// Progress is called after each batch, on the goroutine of the call and without locks held. The job is the callee's
	// own.
	Progress func(Job)
}

// BulkDelete deletes the selected contacts. Members and contacts that pay by subscription are not deleted and count as
// failed (BLK-7). [Store.BulkUpdate] describes the behavior that all bulk calls share.
//
// Errors, in the order they are checked: INVALID_ARGUMENT, NEITHER_FILTER_NOR_SEARCH, those of [Snapshot.Find]. Codes
// of contacts: CONTACT_NOT_FOUND, CANNOT_DELETE_MEMBER_OWNER_OR_CONTRIBUTOR, CANNOT_DELETE_SITE_MEMBERS,
// CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION.
func (s *Store) BulkDelete(ctx context.Context, sel Selection, opts *BulkOptions) (Job, error) {
	return s.bulk(ctx, sel, opts, &bulk{
		kind: JobDelete,
		decide: func(_ *txn, before *record, _ []uuid.UUID) (*record, error) {
			err := checkDelete(before)
			if CodeOf(err) == ErrDeleteMember {
				err = &Error{Code: ErrDeleteSiteMembers} // V4 uses another code in bulk jobs
			}
			return nil, err
		},
	})
}

// BulkUpdate applies a patch to the selected contacts, each as by [Store.Update] but whatever its revision.
//
// All bulk calls share this behavior. They work on the contacts that match when the call begins (BLK-2). They write in
// batches, one commit each, and other writers can write in between; each contact gets its next revision and a change in
// the feed (BLK-3). A contact that fails is counted, and the others continue (BLK-4). The call returns when all
// contacts are done. If its context is done or the store is closed before that, it returns an error: the contacts of
// earlier batches stay written, the batch that it was about to commit is dropped (BLK-6). The returned job counts the
// contacts done in either case; during the call, [Store.Job] returns the same counts (BLK-8).
//
// Errors, in the order they are checked (BLK-1): INVALID_ARGUMENT, NEITHER_FILTER_NOR_SEARCH, those of [Snapshot.Find],
// INSUFFICIENT_UPDATE_CONTACT_DATA, CANNOT_HAVE_MULTIPLE_PRIMARY_INFO, EXTENDED_FIELD_NOT_FOUND,
// INVALID_EXTENDED_FIELD_VALUE, LABEL_NOT_FOUND; then there is no job. Codes of contacts: CONTACT_NOT_FOUND,
// CANNOT_UPDATE_MEMBER_EMAIL, INSUFFICIENT_CONTACT_DATA, DUPLICATE_CONTACT_EXISTS, and those of labels and fields that
// were deleted during the call.
func (s *Store) BulkUpdate(ctx context.Context, sel Selection, patch Patch, opts *BulkOptions) (Job, error) {
	nothing := patch.IsZero()
	patch, violations := normalize(patch, s.phones)
	return s.bulk(ctx, sel, opts, &bulk{
		kind: JobUpdate, violations: violations, ids: patch.items(),
		check: func(tx *txn) error {
			if nothing {
				return &Error{Code: ErrInsufficientUpdate}
			}
			_, err := tx.checkedValues(patch)
			return err
		},
		decide: func(tx *txn, before *record, ids []uuid.UUID) (*record, error) {
			after, err := tx.decideUpdate(before, patch, ids, false)
			if err == nil && patch.items() > 0 {
				tx.waiting.add(after) // later contacts of the batch could be its duplicates
			}
			return after, err
		},
	})
}

// BulkLabel adds labels to the selected contacts and removes others, with one new revision for both. A label in both
// lists is removed (BLK-5). [Store.BulkUpdate] describes the behavior that all bulk calls share.
//
// Errors, in the order they are checked: INVALID_ARGUMENT for no keys at all or more than 100 in a list,
// NEITHER_FILTER_NOR_SEARCH, those of [Snapshot.Find], LABEL_NOT_FOUND. Codes of contacts: CONTACT_NOT_FOUND,
// INVALID_ARGUMENT for more than 2000 labels, and LABEL_NOT_FOUND if a label was deleted during the call.
func (s *Store) BulkLabel(ctx context.Context, sel Selection, add, remove []string, opts *BulkOptions) (Job, error) {
	v := &validator{}
	if len(add)+len(remove) == 0 {
		v.add(Violation{Field: "labelKeysToAdd", Rule: RuleMinSize, Threshold: 1})
	}
	v.size("labelKeysToAdd", len(add), labelCallMax)
	v.size("labelKeysToRemove", len(remove), labelCallMax)
	kind := JobAddRemoveLabels
	switch {
	case len(remove) == 0:
		kind = JobAddLabels
	case len(add) == 0:
		kind = JobRemoveLabels
	}
	add, remove = slices.Clone(add), slices.Clone(remove) // the caller's
	check := func(tx *txn) error { return checkLabels(slices.Concat(add, remove), tx.reads().hasLabel) }
	return s.bulk(ctx, sel, opts, &bulk{
		kind: kind, violations: v.violations, check: check,
		decide: func(tx *txn, before *record, _ []uuid.UUID) (*record, error) {
			if err := check(tx); err != nil {
				return nil, err
			}
			return tx.decideLabels(before, without(union(before.contact.Info.LabelKeys, add), remove))
		},
	})
}

// bulk is a bulk call.
type bulk struct {
	kind       JobType
	violations []Violation
	check      func(*txn) error // the checks that need no contact; may be nil
	ids        int              // number of IDs that each contact needs

	// decide decides the write of one contact. All contacts of a batch are decided before the first is put: tables
	// without uncommitted writes are faster to read.
	decide func(tx *txn, before *record, ids []uuid.UUID) (*record, error)

	store  *Store
	opts   BulkOptions
	job    Job
	failed map[Code]int
}

// bulk checks a bulk call and runs it.
func (s *Store) bulk(ctx context.Context, sel Selection, opts *BulkOptions, b *bulk) (Job, error) {
	if err := s.ready(ctx); err != nil {
		return Job{}, err
	}
	b.store, b.failed = s, make(map[Code]int)
	if opts != nil {
		b.opts = *opts
	}
	v := &validator{violations: b.violations}
	b.opts.BatchSize = v.batchSize(b.opts.BatchSize, bulkBatch)
	if err := invalid(v.violations); err != nil {
		return Job{}, err
	}
	if !sel.Filter.compares() && sel.Search == "" {
		return Job{}, &Error{Code: ErrNoFilterOrSearch}
	}
	ids, err := b.selected(ctx, sel)
	if err != nil {
		return Job{}, err
	}
	job, err := s.newIDs(1)
	if err != nil {
		return Job{}, err
	}
	b.job = Job{ID: job[0], Type: b.kind, Status: JobStatusRunning, StartedDate: s.moment(), TotalItems: len(ids)}
	s.jobs.add(b.job)
	err = b.run(ctx, ids)
	return b.job.clone(), err
}

const bulkBatch = 1000

// selected returns the IDs of the contacts that are selected now. It returns no records, because while others write, a
// kept snapshot keeps everything that they replace in memory.
func (b *bulk) selected(ctx context.Context, sel Selection) ([]uuid.UUID, error) {
	sn := b.store.Snapshot()
	q, err := sn.compile(Query{Filter: sel.Filter, Search: sel.Search, Sort: []Sort{{Field: "createdDate"}}})
	if err != nil {
		return nil, err
	}
	if b.check != nil {
		if err := b.check(sn.readOnly()); err != nil {
			return nil, err
		}
	}
	q.canceled = func() bool { return ctx.Err() != nil }
	var ids []uuid.UUID
	for r := range q.rows() {
		ids = append(ids, r.contact.ID)
	}
	if ctx.Err() != nil {
		return nil, cancelled(ctx) // the list is incomplete
	}
	return ids, nil
}

// run writes the contacts, batch by batch.
func (b *bulk) run(ctx context.Context, ids []uuid.UUID) error {
	defer b.finish() // also if Progress panics: no job stays RUNNING
	for batch := range slices.Chunk(ids, b.opts.BatchSize) {
		if err := b.write(ctx, batch); err != nil {
			return err
		}
		b.store.jobs.update(b.job)
		if b.opts.Progress != nil {
			b.opts.Progress(b.job.clone())
		}
	}
	return nil
}

// write writes one batch and counts it.
func (b *bulk) write(ctx context.Context, batch []uuid.UUID) error {
	if err := b.store.ready(ctx); err != nil {
		return err // before the clock and NewID are called
	}
	ids, err := b.store.newIDs(b.ids * len(batch))
	if err != nil {
		return err
	}
	job, failed := b.job, b.failed
	err = b.store.commit(ctx, b.store.opts.Now(), func(tx *txn) error {
		failed = maps.Clone(b.failed)
		before, after := make([]*record, len(batch)), make([]*record, len(batch))
		for i, id := range batch {
			if err := checkContext(ctx); err != nil {
				return err
			}
			r, err := tx.contact(id)
			if err == nil {
				after[i], err = b.decide(tx, r, ids[i*b.ids:][:b.ids])
			}
			if err == nil {
				err = checkRevision(r, after[i])
			}
			if CodeOf(err) == ErrInternal {
				return err // not the fault of the contact
			}
			if err != nil {
				failed[CodeOf(err)]++
				continue
			}
			before[i] = r
		}
		for i := range batch {
			if err := checkContext(ctx); err != nil {
				return err
			}
			if before[i] != nil {
				tx.put(before[i], after[i])
			}
		}
		job = b.job.after(len(batch), failed)
		tx.job = &job
		return nil
	})
	if err != nil {
		return err
	}
	b.job, b.failed = job, failed
	return nil
}

func (b *bulk) finish() {
	b.job.end(b.store.moment())
	b.store.jobs.update(b.job)
}

// moment returns the time for an event that writes nothing. If Options.Now gives no valid time, it returns that of the
// last write.
func (s *Store) moment() time.Time {
	last, now := s.Snapshot().time, s.opts.Now()
	if s.opts.checkNow(last, now) != nil {
		return last
	}
	return later(last, now)
}

// Job returns a bulk job of this store with its present counts. The process keeps the running jobs and the newest 100
// in memory: exports do not contain them, and a fork begins without jobs (BLK-8). The job is the caller's own.
//
// Errors: BULK_JOB_NOT_FOUND.
func (s *Store) Job(ctx context.Context, id uuid.UUID) (Job, error) {
	if err := s.ready(ctx); err != nil {
		return Job{}, err
	}
	job, ok := s.jobs.get(id)
	if !ok {
		return Job{}, &Error{Code: ErrJobNotFound}
	}
	return job, nil
}

// Jobs returns the jobs that the store keeps, the newest first; see [Store.Job]. The list is the caller's own.
func (s *Store) Jobs(ctx context.Context) ([]Job, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	return s.jobs.newest(), nil
}
