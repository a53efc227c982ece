package proof

import (
	"context"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Implementation is a store that is compared with a [Model]. It has methods of [contacts.Store], with their names,
// parameters, results and rules; Get is the only one that it must have. Operations that it lacks are not made. Its
// state is compared through Snapshot, if it has that, and otherwise by Get, List, ListLabels and ListFields.
//
// Two of its methods differ from those of contacts.Store: Fork may return any Implementation, and Reload, if it has
// that, is the one of [Reloader].
//
// An implementation takes its times from Options.Now, one for each write, and its IDs from Options.NewID, as many as
// the input may need and in this order: that of the contact, then those of its emails, phones and addresses. A
// *contacts.Store is an Implementation.
type Implementation interface {
	Get(ctx context.Context, id uuid.UUID, opts *contacts.GetOptions) (*contacts.Contact, error)
}

// Open opens an empty implementation. It refuses the options that [contacts.New] refuses, with the same errors.
type Open func(opts contacts.Options) (Implementation, error)

// Reloader is an implementation that can be saved and loaded.
type Reloader interface {
	// Reload returns an implementation with the same contents and position, as by [contacts.Snapshot.Export] and
	// [contacts.Load]: its feed begins at the position, and it has no jobs.
	Reload(opts contacts.Options) (Implementation, error)
}

// subject calls an implementation. Each of its functions is the method of the same name, nil if the implementation has
// none with this type.
type subject struct {
	impl Implementation

	Snapshot func() *contacts.Snapshot
	Close    func() error
	Recovery func() contacts.Recovery

	Merge func(
		context.Context, uuid.UUID, int, []uuid.UUID, *contacts.MergeOptions,
	) (*contacts.Contact, error)
	PreviewMerge func(context.Context, uuid.UUID, []uuid.UUID) (*contacts.MergePlan, error)
	Delete       func(context.Context, uuid.UUID) error
	Resolve      func(context.Context, uuid.UUID) (contacts.Resolution, error)
	Import       func(
		context.Context, iter.Seq2[contacts.Row, error], *contacts.ImportOptions,
	) (contacts.ImportReport, error)

	List       func(context.Context, contacts.Query, *contacts.ListOptions) (contacts.Page[*contacts.Contact], error)
	ListLabels func(context.Context, contacts.LabelQuery, *contacts.PageOptions) (contacts.Page[contacts.Label], error)
	ListFields func(context.Context, contacts.FieldQuery, *contacts.PageOptions) (contacts.Page[contacts.Field], error)
	Facets     func(context.Context, contacts.Filter, *contacts.FacetOptions) (contacts.Page[contacts.Facet], error)

	BulkDelete func(context.Context, contacts.Selection, *contacts.BulkOptions) (contacts.Job, error)
	BulkUpdate func(context.Context, contacts.Selection, contacts.Patch, *contacts.BulkOptions) (contacts.Job, error)
	BulkLabel  func(
		context.Context, contacts.Selection, []string, []string, *contacts.BulkOptions,
	) (contacts.Job, error)
	Job   func(context.Context, uuid.UUID) (contacts.Job, error)
	Jobs  func(context.Context) ([]contacts.Job, error)
	Batch func(context.Context, []contacts.Operation, *contacts.BatchOptions) ([]contacts.BatchResult, error)

	Follow   func(context.Context, contacts.Position) iter.Seq2[contacts.Commit, error]
	TrimFeed func(context.Context, contacts.Position) error
}

func newSubject(impl Implementation) *subject {
	s := &subject{impl: impl}
	to, from := reflect.ValueOf(s).Elem(), reflect.ValueOf(impl)
	for i := range to.NumField() {
		if f := to.Field(i); f.Kind() == reflect.Func {
			if method := from.MethodByName(to.Type().Field(i).Name); method.IsValid() && method.Type() == f.Type() {
				f.Set(method)
			}
		}
	}
	return s
}

// snapshot returns the present snapshot, nil if the implementation has none.
func (s *subject) snapshot() *contacts.Snapshot {
	if s.Snapshot == nil {
		return nil
	}
	return s.Snapshot()
}

var implementationType = reflect.TypeFor[Implementation]()

// can reports whether the implementation can carry out an operation.
func (s *subject) can(operation string) bool {
	switch operation {
	case "Find", "Duplicates", "Keep":
		return s.Snapshot != nil
	case "Fork":
		fork := reflect.ValueOf(s.impl).MethodByName("Fork")
		return fork.IsValid() && fork.Type().NumIn() == 0 && fork.Type().NumOut() == 1 &&
			fork.Type().Out(0).Implements(implementationType)
	case "Reload":
		_, ok := s.impl.(Reloader)
		return ok || s.isStore()
	case "BulkDelete", "BulkUpdate", "BulkLabel":
		return s.has(operation) && s.Delete != nil
	default:
		return s.has(operation)
	}
}

// has reports whether the implementation has a method of contacts.Store.
func (s *subject) has(method string) bool {
	of := reflect.ValueOf((*contacts.Store)(nil)).MethodByName(method)
	own := reflect.ValueOf(s.impl).MethodByName(method)
	return of.IsValid() && own.IsValid() && own.Type() == of.Type()
}

func (s *subject) isStore() bool {
	_, ok := s.impl.(*contacts.Store)
	return ok
}

func (s *subject) fork() *subject {
	out := reflect.ValueOf(s.impl).MethodByName("Fork").Call(nil)
	return newSubject(out[0].Interface().(Implementation))
}

// can reports whether an operation is made for a pair.
func (mc *machine) can(p *pair, operation string) bool {
	return !slices.Contains(mc.setup.Without, operation) && p.store.can(operation)
}

// reloadOther replaces an implementation by the same one, saved and loaded.
func (mc *machine) reloadOther(op *Op, p *pair) error {
	r, ok := p.store.impl.(Reloader)
	if !ok || p.model.closed {
		return nil
	}
	reloaded, err := r.Reload(mc.opts)
	if err != nil {
		return disagree("error %s, want none", describe(err))
	}
	p.store, p.last = newSubject(reloaded), nil
	p.model.Reload()
	p.model.sealed = uint64(op.N) // QRY-6
	for n, at := range mc.pages { // it depends on the implementation whether it accepts their cursors
		if at.store == p.name {
			delete(mc.pages, n)
		}
	}
	return mc.compare(p, true)
}

// compareCalls compares an implementation without snapshots: the contacts that have changed since the last call, or
// everything that calls show.
func (mc *machine) compareCalls(p *pair, full bool) error {
	m := p.model
	if m.closed || m.position == p.at && !full {
		return nil
	}
	full = full || m.since > p.at
	var changed []uuid.UUID
	for _, c := range m.feed {
		for i := range c.Changes {
			for _, q := range []*person{c.Changes[i].Before, c.Changes[i].After} {
				if q != nil && c.Position > p.at {
					changed = append(changed, q.contact.ID)
				}
			}
		}
	}
	if p.at = m.position; full {
		for _, q := range m.people {
			changed = append(changed, q.contact.ID)
		}
	}
	for _, id := range changed {
		mc.learn(id)
	}
	if full {
		changed = mc.known
	}
	ctx := context.Background()
	for _, id := range changed {
		got, err := p.store.impl.Get(ctx, id, nil)
		want, wantErr := m.Get(ctx, id, nil)
		if d := (result{got, err}).differsFrom(result{want, wantErr}); d != "" {
			return disagree("Get %s: %s", literal(reflect.ValueOf(id)), d)
		}
	}
	if !full {
		return nil
	}
	if err := mc.compareResolve(p); err != nil {
		return err
	}
	return p.compareLists(ctx)
}

// compareLists compares the lists of contacts, labels and fields.
func (p *pair) compareLists(ctx context.Context) error {
	m := p.model
	if p.store.List != nil {
		opts := &contacts.ListOptions{Limit: 1000}
		got, err := p.store.List(ctx, contacts.Query{}, opts)
		want, _, wantErr := m.List(ctx, Query{}, opts, nil)
		got.Next, got.Previous = "", ""
		if d := (result{got, err}).differsFrom(result{want, wantErr}); d != "" {
			return disagree("List of all: %s", d)
		}
	}
	if p.store.ListLabels != nil {
		opts := &contacts.PageOptions{Limit: 1000}
		got, err := p.store.ListLabels(ctx, contacts.LabelQuery{}, opts)
		want, wantErr := m.ListLabels(ctx, Definitions{}, opts)
		if _, err := comparedPage(got, err, want, wantErr); err != nil {
			return disagree("ListLabels of all: %w", err)
		}
	}
	if p.store.ListFields != nil {
		opts := &contacts.PageOptions{Limit: 1000}
		got, err := p.store.ListFields(ctx, contacts.FieldQuery{}, opts)
		want, wantErr := m.ListFields(ctx, Definitions{}, opts)
		for i := range got.Items {
			got.Items[i].Description = ""
		}
		if _, err := comparedPage(got, err, want, wantErr); err != nil {
			return disagree("ListFields of all: %w", err)
		}
	}
	return nil
}

// Lacks lists the operations that an implementation lacks, so that they are not made. Before a long run, check that it
// lists only what is meant: a method with a wrong parameter does not count.
func Lacks(impl Implementation) []string {
	s := newSubject(impl)
	var lacks []string
	for _, name := range operations {
		if !s.can(name) {
			lacks = append(lacks, name)
		}
	}
	return lacks
}

// operations are the names of all operations.
var operations = strings.Fields(`
	Create Update Delete Merge PreviewMerge Get Resolve Label Unlabel FindOrCreateLabel RenameLabel DeleteLabel
	FindOrCreateField RenameField DeleteField SetMember SetBillingSubscription SetSubscription SetDeliverability
	SetSystemFields RecordActivity Import Close Fork Keep Reload Follow TrimFeed Find List ListLabels ListFields
	Facets Duplicates BulkDelete BulkUpdate BulkLabel Batch Submit Upsert Compact Erase Sync Outcome`)
