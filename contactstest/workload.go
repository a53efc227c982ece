package contactstest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Mix sets the composition of a workload. The zero Mix is a typical one.
type Mix struct {
	// The weights of the calls: one with a weight of 10 is made five times as often as one with 2. If all are 0, those
	// of [TypicalMix] apply, and if all rates and Skew are also 0, its rates and its Skew as well.
	Create, Get, Update, Delete, Label, Unlabel, Merge, PreviewMerge, Submit, List, Facets int
	BulkUpdate, BulkLabel, BulkDelete, Job, Jobs                                           int
	FindOrCreateLabel, GetLabel, RenameLabel, DeleteLabel, ListLabels                      int
	FindOrCreateField, GetField, RenameField, DeleteField, ListFields                      int

	// Skew is the exponent of Zipf's law, by which calls choose contacts. With 0 all contacts are equally popular. With
	// 1, a usual value, the first one known is about twice as popular as the second and a thousand times as popular as
	// the thousandth. When a contact is deleted, another takes its rank.
	Skew float64

	// The rates of unusual calls, from 0 to 1.
	Conflicts float64 // of updates and merges: with a revision that is not the current one
	Missing   float64 // of calls for one contact: with the ID of a deleted one
	Invalid   float64 // of creates and updates: with input that is nearly valid
	OldIDs    float64 // of gets: with an ID that was merged away, if one is known
	Chains    float64 // of merges: the target of the last merge is merged away

	// Known are contacts that the store has before the workload begins. They must not have a billing subscription.
	Known []*contacts.Contact
}

// TypicalMix returns the mix of a site with many readers: two thirds of the calls read, and one in a hundred fails.
func TypicalMix() Mix {
	return Mix{
		Create: 10, Get: 40, Update: 14, Delete: 2, Label: 3, Unlabel: 2, Merge: 2, PreviewMerge: 1, Submit: 4,
		List: 16, Facets: 1, BulkUpdate: 1, BulkLabel: 1, BulkDelete: 1, Job: 1,
		FindOrCreateLabel: 2, GetLabel: 2, RenameLabel: 1, DeleteLabel: 1, ListLabels: 2,
		FindOrCreateField: 1, GetField: 1, RenameField: 1, DeleteField: 1, ListFields: 1,
		Skew: 1, Conflicts: 0.02, Missing: 0.01, Invalid: 0.02, OldIDs: 0.05, Chains: 0.3,
	}
}

// Op is one call of a workload.
type Op struct {
	Method Method
	Args   []any // its arguments, except the context; they must not change

	// Want is the code of the error that the call must return, or "" if it must succeed. It is exact if each call of
	// the workload is carried out before the next one is drawn, on a store that no one else writes to. Otherwise see
	// [Op.Plausible].
	Want contacts.Code

	work  *workload
	about []uuid.UUID // contacts that the call names, if they are not arguments
	call  func(ctx context.Context, api API) (learn func(), err error)
}

// Do carries out the call and returns its error. From its result the workload learns the IDs and revisions that later
// calls use. After an error other than Want, it no longer trusts its knowledge of the contacts, labels and fields
// concerned, so a lost reply disturbs only a few later calls. Do may be called from any goroutine, but only once, and
// only for an Op of a workload.
func (op Op) Do(ctx context.Context, api API) error {
	learn, err := op.call(ctx, api)
	op.work.mu.Lock()
	defer op.work.mu.Unlock()
	switch code := contacts.CodeOf(err); {
	case err == nil && learn != nil:
		learn()
	case err != nil && (code != op.Want || code == ""):
		op.work.doubt(op, err)
	}
	return err
}

// doubt notes that a call has failed unexpectedly.
func (w *workload) doubt(op Op, err error) {
	about := op.about
	for _, arg := range op.Args {
		switch arg := arg.(type) {
		case uuid.UUID:
			about = append(slices.Clip(about), arg)
		case []uuid.UUID:
			about = append(slices.Clip(about), arg...)
		}
	}
	for _, id := range about {
		k := w.byID[id]
		switch {
		case k == nil:
		case contacts.CodeOf(err) == contacts.ErrContactNotFound && op.Method == MethodGet:
			w.forget(k)
		default:
			k.revision = 0
		}
	}
	if e, ok := errors.AsType[*contacts.KeysError](err); ok {
		for _, key := range e.Keys {
			w.undefine(key)
		}
	}
	if e, ok := errors.AsType[*contacts.QueryError](err); ok {
		w.undefine(strings.TrimPrefix(e.Field, "info.extendedFields."))
	}
}

// undefine notes that a key is not defined.
func (w *workload) undefine(key string) {
	isKey := func(k string) bool { return k == key }
	isField := func(f contacts.Field) bool { return f.Key == key }
	w.labels, w.g.Labels = slices.DeleteFunc(w.labels, isKey), slices.DeleteFunc(w.g.Labels, isKey)
	w.fields, w.g.Fields = slices.DeleteFunc(w.fields, isField), slices.DeleteFunc(w.g.Fields, isField)
}

// String returns the call as text, long arguments shortened. It shows values of contacts.
func (op Op) String() string {
	args := make([]string, len(op.Args))
	for i, arg := range op.Args {
		args[i] = printed(arg)
	}
	return string(op.Method) + "(" + strings.Join(args, ", ") + ")"
}

func printed(arg any) string {
	switch arg := arg.(type) {
	case uuid.UUID:
		return arg.String()
	case fmt.Stringer:
		return arg.String()
	default:
		return show(arg)
	}
}

// Plausible reports whether [Op.Do] can return err if other calls of the workload run at the same time: it is the
// wanted result, or shows that another call has changed or deleted a contact, a label or a field in between. The same
// results can follow a call whose reply was lost. Errors that the test itself causes by rules are not plausible.
func (op Op) Plausible(err error) bool {
	code := contacts.CodeOf(err)
	switch code {
	case op.Want:
		return err == nil || code != ""
	case "":
		return err == nil && op.Want == contacts.ErrAlreadyChanged
	case contacts.ErrAlreadyChanged, contacts.ErrContactNotFound, contacts.ErrLabelNotFound, contacts.ErrFieldNotFound,
		contacts.ErrIllegalMerge, contacts.ErrFilterField, contacts.ErrSortField:
		return true
	default:
		return false
	}
}

// Workload yields the calls of a workload without end: Workload(seed, mix) is NewGen(seed).Workload(mix).
func Workload(seed uint64, mix Mix) iter.Seq[Op] { return NewGen(seed).Workload(mix) }

// Workload yields calls that a generator makes: without end, or with [GenFrom] until the bytes are used up. No one else
// may use the generator from then on; its Labels and Fields grow and shrink as the workload defines and deletes labels
// and extended fields. With Gen.Collisions, calls allow duplicates.
//
// The workload knows contacts only from the results of earlier calls: it yields only creates and lists until one has
// been carried out. Where a call needs a revision that the workload does not know, a Get comes first. Ranging again
// continues with the next calls.
//
// Several goroutines may range over the sequence at a time. Each call is yielded to one of them. Calls are drawn one by
// one, from the results known by then. So the sequence is the same in every run if one goroutine carries out the calls
// (TST-24); with several, the calls depend on which results come first.
func (g *Gen) Workload(mix Mix) iter.Seq[Op] {
	w := newWorkload(g, mix)
	return func(yield func(Op) bool) {
		for {
			op, ok := w.next()
			if !ok || !yield(op) {
				return
			}
		}
	}
}

// workload is a workload's knowledge of the store.
type workload struct {
	g   *Gen
	mix Mix

	mu     sync.Mutex // for everything, including the generator
	live   []*known
	byID   map[uuid.UUID]*known
	gone   []uuid.UUID // deleted
	jobs   []uuid.UUID // of the newest bulk calls
	target *known      // of the last merge
	labels []string    // that the workload has defined
	fields []contacts.Field
}

// known is a contact that a workload knows.
type known struct {
	id       uuid.UUID
	revision int               // 0 if a call has changed it
	contact  *contacts.Contact // as last seen, nil if never; its emails, phones and names are up to date
	old      []uuid.UUID       // some IDs that were merged into it
	place    int               // in live
}

func newWorkload(g *Gen, mix Mix) *workload {
	w := &workload{g: g, mix: mix, byID: make(map[uuid.UUID]*known)}
	if w.total() == 0 {
		w.mix = TypicalMix()
		if mix.Skew+mix.Conflicts+mix.Missing+mix.Invalid+mix.OldIDs+mix.Chains > 0 {
			w.mix.Skew, w.mix.Conflicts, w.mix.Missing = mix.Skew, mix.Conflicts, mix.Missing
			w.mix.Invalid, w.mix.OldIDs, w.mix.Chains = mix.Invalid, mix.OldIDs, mix.Chains
		}
	}
	for _, c := range mix.Known {
		w.learn(c.Clone())
	}
	return w
}

// opKind is a kind of call, its weight, and how one is made.
type opKind struct {
	weight func(m *Mix) int
	make   func(w *workload) Op
}

var opKinds = []opKind{
	{func(m *Mix) int { return m.Create }, (*workload).create},
	{func(m *Mix) int { return m.Get }, (*workload).get},
	{func(m *Mix) int { return m.Update }, (*workload).update},
	{func(m *Mix) int { return m.Delete }, (*workload).delete},
	{func(m *Mix) int { return m.Label }, (*workload).label},
	{func(m *Mix) int { return m.Unlabel }, (*workload).unlabel},
	{func(m *Mix) int { return m.Merge }, (*workload).merge},
	{func(m *Mix) int { return m.PreviewMerge }, (*workload).previewMerge},
	{func(m *Mix) int { return m.Submit }, (*workload).submit},
	{func(m *Mix) int { return m.List }, (*workload).list},
	{func(m *Mix) int { return m.Facets }, (*workload).facets},
	{func(m *Mix) int { return m.BulkUpdate }, (*workload).bulkUpdate},
	{func(m *Mix) int { return m.BulkLabel }, (*workload).bulkLabel},
	{func(m *Mix) int { return m.BulkDelete }, (*workload).bulkDelete},
	{func(m *Mix) int { return m.Job }, (*workload).getJob},
	{func(m *Mix) int { return m.Jobs }, (*workload).listJobs},
	{func(m *Mix) int { return m.FindOrCreateLabel }, (*workload).findLabel},
	{func(m *Mix) int { return m.GetLabel }, (*workload).getLabel},
	{func(m *Mix) int { return m.RenameLabel }, (*workload).renameLabel},
	{func(m *Mix) int { return m.DeleteLabel }, (*workload).deleteLabel},
	{func(m *Mix) int { return m.ListLabels }, (*workload).listLabels},
	{func(m *Mix) int { return m.FindOrCreateField }, (*workload).findField},
	{func(m *Mix) int { return m.GetField }, (*workload).getField},
	{func(m *Mix) int { return m.RenameField }, (*workload).renameField},
	{func(m *Mix) int { return m.DeleteField }, (*workload).deleteField},
	{func(m *Mix) int { return m.ListFields }, (*workload).listFields},
}

func (w *workload) total() int {
	n := 0
	for _, k := range opKinds {
		n += k.weight(&w.mix)
	}
	return n
}

// next draws a call. It returns false at the end of the workload.
func (w *workload) next() (Op, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.g.Done() {
		return Op{}, false
	}
	n := w.g.n(w.total())
	for _, k := range opKinds {
		if n -= k.weight(&w.mix); n < 0 {
			op := k.make(w)
			op.work = w
			return op, true
		}
	}
	return Op{}, false // not reached
}

// learn keeps a contact from a result. The contact is the workload's own.
func (w *workload) learn(c *contacts.Contact) {
	k := w.byID[c.ID]
	switch {
	case k == nil:
		k = w.add(c.ID)
	case k.contact != nil && c.Revision < k.contact.Revision:
		return // a result that came late
	}
	k.revision, k.contact = c.Revision, c
}

// add adds a contact with an unknown revision.
func (w *workload) add(id uuid.UUID) *known {
	k := &known{id: id, place: len(w.live)}
	w.byID[id] = k
	w.live = append(w.live, k)
	return k
}

// changed notes that a call has changed a contact in a way that its result does not show.
func (w *workload) changed(id uuid.UUID) {
	k := w.byID[id]
	if k == nil {
		k = w.add(id)
	}
	k.revision = 0
}

// forget removes a contact that no longer exists.
func (w *workload) forget(k *known) {
	if w.byID[k.id] != k {
		return // forgotten already
	}
	delete(w.byID, k.id)
	last := w.live[len(w.live)-1]
	w.live[k.place], last.place = last, k.place
	w.live = w.live[:len(w.live)-1]
	if w.target == k {
		w.target = nil
	}
}

// one draws a contact by popularity. It returns nil if no contact is known.
func (w *workload) one() *known {
	if len(w.live) == 0 {
		return nil
	}
	return w.live[zipf(w.g.source.float(), len(w.live), w.mix.Skew)]
}

// zipf returns a number from 0 to n-1 whose probability falls with the power s of the number, from u in [0, 1). It
// inverts the integral of the continuous law, which differs little, needs no table, and works for any n and s.
func zipf(u float64, n int, s float64) int {
	var x float64
	if e := 1 - s; math.Abs(e) < 1e-9 {
		x = math.Pow(float64(n)+1, u)
	} else {
		x = math.Pow(u*(math.Pow(float64(n)+1, e)-1)+1, 1/e)
	}
	return max(0, min(n-1, int(x)-1))
}

// some returns a few different contacts.
func (w *workload) some(most int) []*known {
	var list []*known
	for range 1 + w.g.n(most) {
		if k := w.one(); k != nil && !slices.Contains(list, k) {
			list = append(list, k)
		}
	}
	return list
}

// missing draws whether a call gets the ID of a deleted contact, and returns that ID.
func (w *workload) missing() (uuid.UUID, bool) {
	if len(w.gone) == 0 || !w.g.chance(w.mix.Missing) {
		return uuid.Nil, false
	}
	return pickFrom(w.g, w.gone), true
}
