package contactstest

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// call returns an Op whose result is a contact.
func (w *workload) call(
	do func(ctx context.Context, api API) (*contacts.Contact, error), want contacts.Code, method Method, args ...any,
) Op {
	return Op{
		Method: method, Args: args, Want: want,
		call: func(ctx context.Context, api API) (func(), error) {
			c, err := do(ctx, api)
			return func() { w.learn(c.Clone()) }, err
		},
	}
}

// read returns an Op whose result the workload ignores.
func read(do func(ctx context.Context, api API) error, method Method, args ...any) Op {
	return Op{Method: method, Args: args, call: func(ctx context.Context, api API) (func(), error) {
		return nil, do(ctx, api)
	}}
}

func (w *workload) create() Op {
	info, want := w.g.Info(), Refusal{}
	if w.g.chance(w.mix.Invalid) {
		info, want = w.g.InvalidInfo()
	}
	opts := &contacts.CreateOptions{AllowDuplicates: w.g.Collisions > 0}
	return w.call(func(ctx context.Context, api API) (*contacts.Contact, error) {
		return api.Create(ctx, info, opts)
	}, want.Code, MethodCreate, info, opts)
}

// fill returns the call to make while no contact is known.
func (w *workload) fill() Op {
	if w.mix.Create > 0 {
		return w.create()
	}
	return w.list()
}

func (w *workload) get() Op {
	if id, ok := w.missing(); ok {
		return w.getID(id, contacts.ErrContactNotFound)
	}
	k := w.one()
	if k == nil {
		return w.fill()
	}
	if len(k.old) > 0 && w.g.chance(w.mix.OldIDs) {
		return w.getID(pickFrom(w.g, k.old), "")
	}
	return w.getID(k.id, "")
}

func (w *workload) getID(id uuid.UUID, want contacts.Code) Op {
	return Op{
		Method: MethodGet, Args: []any{id}, Want: want,
		call: func(ctx context.Context, api API) (func(), error) {
			c, err := api.Get(ctx, id, nil)
			return func() {
				w.learn(c.Clone())
				if k := w.byID[id]; k != nil && c.ID != id { // it was merged away by a call whose reply was lost
					w.forget(k)
				}
			}, err
		},
	}
}

func (w *workload) update() Op {
	if id, ok := w.missing(); ok {
		return w.updateID(id, 1, w.g.Patch(nil), contacts.ErrContactNotFound)
	}
	k := w.one()
	switch {
	case k == nil:
		return w.fill()
	case k.revision == 0:
		return w.getID(k.id, "")
	case w.g.chance(w.mix.Invalid):
		patch, want := w.g.InvalidPatch(k.contact)
		return w.updateID(k.id, k.revision, patch, want.Code)
	case w.g.chance(w.mix.Conflicts):
		return w.updateID(k.id, stale(k.revision), w.g.Patch(k.contact), contacts.ErrAlreadyChanged)
	}
	return w.updateID(k.id, k.revision, w.g.Patch(k.contact), "")
}

// stale returns a revision other than the current one, if possible an earlier one.
func stale(revision int) int {
	if revision > 1 {
		return revision - 1
	}
	return revision + 1
}

func (w *workload) updateID(id uuid.UUID, revision int, patch contacts.Patch, want contacts.Code) Op {
	opts := &contacts.UpdateOptions{AllowDuplicates: w.g.Collisions > 0}
	return w.call(func(ctx context.Context, api API) (*contacts.Contact, error) {
		return api.Update(ctx, id, revision, patch, opts)
	}, want, MethodUpdate, id, revision, patch, opts)
}

func (w *workload) delete() Op {
	if id, ok := w.missing(); ok {
		return w.deleteID(id, contacts.ErrContactNotFound)
	}
	k := w.one()
	switch {
	case k == nil:
		return w.fill()
	case k.contact == nil || k.contact.IsMember(): // members cannot be deleted
		return w.getID(k.id, "")
	}
	return w.deleteID(k.id, "")
}

func (w *workload) deleteID(id uuid.UUID, want contacts.Code) Op {
	return Op{
		Method: MethodDelete, Args: []any{id}, Want: want,
		call: func(ctx context.Context, api API) (func(), error) {
			return func() { w.deleted(id) }, api.Delete(ctx, id)
		},
	}
}

func (w *workload) deleted(id uuid.UUID) {
	if k := w.byID[id]; k != nil {
		w.forget(k)
		remember(&w.gone, id)
	}
}

func (w *workload) label() Op { return w.relabel(MethodLabel, API.Label) }

func (w *workload) unlabel() Op { return w.relabel(MethodUnlabel, API.Unlabel) }

// relabel returns a call of Label or Unlabel.
func (w *workload) relabel(
	method Method, do func(api API, ctx context.Context, id uuid.UUID, keys ...string) (*contacts.Contact, error),
) Op {
	keys := w.g.labels()
	id, want := w.idAndCode()
	if id == uuid.Nil || len(keys) == 0 {
		return w.fill()
	}
	return w.call(func(ctx context.Context, api API) (*contacts.Contact, error) {
		return do(api, ctx, id, keys...)
	}, want, method, id, keys)
}

// idAndCode returns the ID of a contact, or uuid.Nil if none is known, and the code that a call with it must return.
func (w *workload) idAndCode() (uuid.UUID, contacts.Code) {
	if id, ok := w.missing(); ok {
		return id, contacts.ErrContactNotFound
	}
	if k := w.one(); k != nil {
		return k.id, ""
	}
	return uuid.Nil, ""
}

// parties returns a target and sources that can be merged. If it finds none, other returns the call to make instead of
// a merge.
func (w *workload) parties() (target *known, sources []*known, other func() Op) {
	target = w.one()
	if target == nil {
		return nil, nil, w.fill
	}
	var chained *known
	if w.g.chance(w.mix.Chains) {
		chained = w.target
	}
	for range 3 {
		if target == chained || target.revision == 0 { // another may be usable
			target = w.one()
		}
	}
	for _, k := range append([]*known{chained}, w.some(3)...) {
		if k != nil && k != target && (k.revision > 0 || k == chained) && !slices.Contains(sources, k) {
			sources = append(sources, k)
		}
	}
	var sizes [5]int // of the lists that the merged contact has
	for _, k := range append([]*known{target}, sources...) {
		if k.revision == 0 || k.contact == nil {
			return nil, nil, func() Op { return w.getID(k.id, "") }
		}
		in := &k.contact.Info
		for i, n := range [...]int{
			len(in.Emails), len(in.Phones), len(in.Addresses), len(in.Locations), len(in.AssignedUserIDs),
		} {
			sizes[i] += n
		}
		if k != target && k.contact.IsMember() {
			return nil, nil, w.get
		}
	}
	if len(sources) == 0 || slices.Max(sizes[:]) > listMax {
		return nil, nil, w.get
	}
	return target, sources, nil
}

func idsOfKnown(list []*known) []uuid.UUID {
	ids := make([]uuid.UUID, len(list))
	for i, k := range list {
		ids[i] = k.id
	}
	return ids
}

func (w *workload) merge() Op {
	target, sources, other := w.parties()
	if other != nil {
		return other()
	}
	revision, want := target.revision, contacts.Code("")
	if w.g.chance(w.mix.Conflicts) {
		revision, want = stale(revision), contacts.ErrAlreadyChanged
	}
	ids := idsOfKnown(sources)
	return Op{
		Method: MethodMerge, Args: []any{target.id, revision, ids}, Want: want,
		call: func(ctx context.Context, api API) (func(), error) {
			c, err := api.Merge(ctx, target.id, revision, ids, nil)
			return func() {
				w.learn(c.Clone())
				w.target = w.byID[c.ID]
				for _, k := range sources {
					w.forget(k)
					for _, id := range append(k.old, k.id) {
						remember(&w.target.old, id)
					}
				}
			}, err
		},
	}
}

func (w *workload) previewMerge() Op {
	target, sources, other := w.parties()
	if other != nil {
		return other()
	}
	ids := idsOfKnown(sources)
	return read(func(ctx context.Context, api API) error {
		_, err := api.PreviewMerge(ctx, target.id, ids)
		return err
	}, MethodPreviewMerge, target.id, ids)
}

// submit submits a form, in half of the cases about a person whom the store knows.
func (w *workload) submit() Op {
	info := w.g.Info()
	k := w.one()
	if k != nil && k.contact != nil && k.revision > 0 && w.g.n(2) == 1 && len(k.contact.Info.Emails) > 0 &&
		len(k.contact.Info.Phones) < listMax {
		info = contacts.Info{
			Name: k.contact.Info.Name, Phones: []contacts.Phone{w.g.Phone()},
			Emails: []contacts.Email{{Address: k.contact.Info.Emails[0].Address}},
		}
	}
	return Op{Method: MethodSubmit, Args: []any{info}, call: func(ctx context.Context, api API) (func(), error) {
		s, err := api.Submit(ctx, info, nil)
		return func() { w.submitted(s) }, err
	}}
}

// submitted notes a submission, which can have changed the phones of a contact.
func (w *workload) submitted(s contacts.Submission) {
	w.changed(s.ContactID)
	w.byID[s.ContactID].contact = nil
}

func (w *workload) list() Op {
	q, opts := w.g.Query(), &contacts.ListOptions{Limit: 1 + w.g.n(50), OmitTotal: w.g.n(2) == 1}
	return Op{Method: MethodList, Args: []any{q, opts}, call: func(ctx context.Context, api API) (func(), error) {
		page, err := api.List(ctx, q, opts)
		return func() {
			for _, c := range page.Items {
				w.learn(c.Clone())
			}
		}, err
	}}
}

func (w *workload) facets() Op {
	filter := pick(w.g, contacts.Filter{},
		contacts.Exists("info.extendedFields.emailSubscriptions.effectiveEmail", true))
	return read(func(ctx context.Context, api API) error {
		_, err := api.Facets(ctx, filter, nil)
		return err
	}, MethodFacets, filter)
}

// bulk returns a call for a few contacts. If all of them were written, note is called for each.
func (w *workload) bulk(
	method Method, do func(ctx context.Context, api API, sel contacts.Selection) (contacts.Job, error),
	note func(id uuid.UUID), args ...any,
) Op {
	list := slices.DeleteFunc(w.some(8), func(k *known) bool {
		return method == MethodBulkDelete && (k.contact == nil || k.contact.IsMember())
	})
	if len(list) == 0 {
		return w.get()
	}
	ids := idsOfKnown(list)
	sel := contacts.Selection{Filter: contacts.In("id", ids...)}
	return Op{
		Method: method, Args: append([]any{sel}, args...), about: ids,
		call: func(ctx context.Context, api API) (func(), error) {
			job, err := do(ctx, api, sel)
			return func() {
				remember(&w.jobs, job.ID)
				for _, id := range ids {
					switch {
					case w.byID[id] == nil:
					case job.SuccessTotal < len(ids): // other calls have deleted some
						w.changed(id)
					default:
						note(id)
					}
				}
			}, err
		},
	}
}

func (w *workload) bulkUpdate() Op {
	patch := w.g.BulkPatch()
	return w.bulk(MethodBulkUpdate, func(ctx context.Context, api API, sel contacts.Selection) (contacts.Job, error) {
		return api.BulkUpdate(ctx, sel, patch, nil)
	}, w.changed, patch)
}

func (w *workload) bulkLabel() Op {
	add, remove := w.g.labels(), w.g.labels()
	if len(add)+len(remove) == 0 {
		return w.fill()
	}
	return w.bulk(MethodBulkLabel, func(ctx context.Context, api API, sel contacts.Selection) (contacts.Job, error) {
		return api.BulkLabel(ctx, sel, add, remove, nil)
	}, w.changed, add, remove)
}

func (w *workload) bulkDelete() Op {
	return w.bulk(MethodBulkDelete, func(ctx context.Context, api API, sel contacts.Selection) (contacts.Job, error) {
		return api.BulkDelete(ctx, sel, nil)
	}, w.deleted)
}

// getJob gets one of the newest jobs. A store keeps all of these (BLK-8).
func (w *workload) getJob() Op {
	if len(w.jobs) == 0 {
		return w.bulkLabel()
	}
	id := pickFrom(w.g, w.jobs)
	return read(func(ctx context.Context, api API) error {
		_, err := api.Job(ctx, id)
		return err
	}, MethodJob, id)
}

func (w *workload) listJobs() Op {
	return read(func(ctx context.Context, api API) error {
		_, err := api.Jobs(ctx)
		return err
	}, MethodJobs)
}

const definitionsMax = 20 // labels, and fields, that a workload defines

func (w *workload) labelName() string { return fmt.Sprintf("Label %d", 1+w.g.n(definitionsMax)) }

func (w *workload) fieldName() string { return fmt.Sprintf("Field %d", 1+w.g.n(definitionsMax)) }

func (w *workload) findLabel() Op {
	if len(w.labels) >= definitionsMax { // renamed ones make room for others with their names
		return w.deleteLabel()
	}
	name := w.labelName()
	return Op{
		Method: MethodFindOrCreateLabel, Args: []any{name},
		call: func(ctx context.Context, api API) (func(), error) {
			l, created, err := api.FindOrCreateLabel(ctx, name)
			return func() {
				if created {
					w.labels = append(w.labels, l.Key)
				}
				w.g.addLabel(l)
			}, err
		},
	}
}

func (w *workload) getLabel() Op {
	if len(w.g.Labels) == 0 {
		return w.findLabel()
	}
	key := pickFrom(w.g, w.g.Labels)
	return read(func(ctx context.Context, api API) error {
		_, err := api.GetLabel(ctx, key)
		return err
	}, MethodGetLabel, key)
}

func (w *workload) renameLabel() Op {
	if len(w.labels) == 0 {
		return w.findLabel()
	}
	key, name := pickFrom(w.g, w.labels), w.labelName()
	return read(func(ctx context.Context, api API) error {
		_, err := api.RenameLabel(ctx, key, name)
		return err
	}, MethodRenameLabel, key, name)
}

func (w *workload) deleteLabel() Op {
	if len(w.labels) == 0 {
		return w.findLabel()
	}
	key := pickFrom(w.g, w.labels)
	return w.deleteKey(MethodDeleteLabel, key, API.DeleteLabel, func(in *contacts.Info) bool {
		return slices.Contains(in.LabelKeys, key)
	})
}

// deleteKey returns the call that deletes a label or an extended field, which changes the contacts that have it.
func (w *workload) deleteKey(
	method Method, key string, do func(api API, ctx context.Context, key string) error, has func(*contacts.Info) bool,
) Op {
	return Op{Method: method, Args: []any{key}, call: func(ctx context.Context, api API) (func(), error) {
		return func() {
			w.undefine(key)
			for _, k := range w.live {
				if k.contact != nil && has(&k.contact.Info) {
					k.revision = 0
				}
			}
		}, do(api, ctx, key)
	}}
}

func (w *workload) listLabels() Op {
	return read(func(ctx context.Context, api API) error {
		_, err := api.ListLabels(ctx, contacts.LabelQuery{}, nil)
		return err
	}, MethodListLabels, contacts.LabelQuery{})
}

func (w *workload) findField() Op {
	if len(w.fields) >= definitionsMax {
		return w.deleteField()
	}
	// The name decides the type, so a field that is deleted and created again keeps its type.
	name := w.fieldName()
	kinds := []contacts.DataType{contacts.DataText, contacts.DataNumber, contacts.DataDate, contacts.DataURL}
	kind := kinds[name[len(name)-1]%4]
	return Op{
		Method: MethodFindOrCreateField, Args: []any{name, kind},
		call: func(ctx context.Context, api API) (func(), error) {
			f, created, err := api.FindOrCreateField(ctx, name, kind)
			return func() {
				if created {
					w.fields = append(w.fields, f)
				}
				w.g.addField(f)
			}, err
		},
	}
}

func (w *workload) getField() Op {
	if len(w.g.Fields) == 0 {
		return w.findField()
	}
	key := pickFrom(w.g, w.g.Fields).Key
	return read(func(ctx context.Context, api API) error {
		_, err := api.GetField(ctx, key)
		return err
	}, MethodGetField, key)
}

func (w *workload) renameField() Op {
	if len(w.fields) == 0 {
		return w.findField()
	}
	key, name := pickFrom(w.g, w.fields).Key, w.fieldName()
	return read(func(ctx context.Context, api API) error {
		_, err := api.RenameField(ctx, key, name)
		return err
	}, MethodRenameField, key, name)
}

func (w *workload) deleteField() Op {
	if len(w.fields) == 0 {
		return w.findField()
	}
	key := pickFrom(w.g, w.fields).Key
	return w.deleteKey(MethodDeleteField, key, API.DeleteField, func(in *contacts.Info) bool {
		return in.ExtendedFields[key] != nil
	})
}

func (w *workload) listFields() Op {
	return read(func(ctx context.Context, api API) error {
		_, err := api.ListFields(ctx, contacts.FieldQuery{}, nil)
		return err
	}, MethodListFields, contacts.FieldQuery{})
}
