package proof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Setup is the start of a sequence of operations.
type Setup struct {
	Options contacts.Options // without functions
	Open    Open             // nil for contacts.New, or the log
	Without []string         // operations that are not made
	Log     LogKind
	Light   bool // leave out most searches for duplicates, which take longest and depend on the snapshot only
	Every   int  // how many operations until everything is compared again; 1 finds a fault where it happens
}

// machine runs operations on stores and models side by side.
type machine struct {
	setup  Setup
	opts   contacts.Options
	keeper *keeper
	pairs  []*pair
	steps  int

	seen  map[Seen]int  // how often each outcome came up
	pages map[int]pages // by the number of the List operation

	// For the functions of the options.
	op    *Op
	drawn int

	known   []uuid.UUID // every ID that a contact has had
	isKnown map[uuid.UUID]bool
}

// pair is a store with its model.
type pair struct {
	name  int
	store *subject
	model *Model
	last  *contacts.Snapshot // the last one compared, nil if there are none
	at    contacts.Position  // if there are no snapshots: what was compared last
	plan  contacts.Fingerprint
	seen  Plan               // the model of plan
	kept  *contacts.Snapshot // of the last Keep
	was   *Model             // the model of kept
}

// Seen is a method with the code of its error, "" if it succeeded.
type Seen struct {
	Method string
	Code   contacts.Code
}

// disagree reports a difference between a store and its model.
func disagree(format string, args ...any) error { return fmt.Errorf(format, args...) }

// newMachine opens a store and its model. It returns nil if both refuse the options.
func newMachine(setup Setup) (*machine, error) {
	mc := &machine{
		setup: setup, opts: setup.Options,
		isKnown: make(map[uuid.UUID]bool), seen: make(map[Seen]int), pages: make(map[int]pages),
	}
	mc.opts.Now = func() time.Time { return mc.op.Now }
	mc.opts.NewID = func() uuid.UUID {
		mc.drawn++
		return mc.idAt(mc.drawn - 1)
	}
	given := mc.opts
	var err error
	if mc.keeper, err = newKeeper(setup.Log); err != nil {
		return nil, err
	}
	store, err := mc.open(&given)
	model, want := NewModel(mc.opts)
	if want != nil {
		mc.stop()
		if d := errorDiffers(err, want); d != "" {
			return nil, disagree("New: %s", d)
		}
		return nil, nil
	}
	if err != nil {
		return nil, disagree("New: error %s, want none", describe(err))
	}
	given = contacts.Options{} // STO-5: the store has its own copy
	if setup.Log != NoLog {
		model.log = &modelLog{kind: setup.Log}
	}
	subject := newSubject(store)
	mc.pairs = []*pair{{store: subject, model: model, last: subject.snapshot()}}
	if err := mc.keeper.follow(mc.opts); err != nil {
		mc.stop()
		return nil, disagree("replica: %w", err)
	}
	return mc, mc.compare(mc.pairs[0], true)
}

// open opens the store or another implementation.
func (mc *machine) open(opts *contacts.Options) (Implementation, error) {
	if mc.setup.Open != nil {
		return mc.setup.Open(*opts)
	}
	return mc.keeper.open(opts)
}

// idAt returns the n-th result of Options.NewID for the present operation.
func (mc *machine) idAt(n int) uuid.UUID {
	if n < len(mc.op.IDs) {
		return mc.op.IDs[n]
	}
	return idOf(mc.op.N, n-len(mc.op.IDs))
}

func (mc *machine) pair(name int) *pair {
	for _, p := range mc.pairs {
		if p.name == name {
			return p
		}
	}
	return nil
}

// step runs an operation on both sides and compares the results and the state. A panic is an error, too.
func (mc *machine) step(op *Op) (err error) {
	p := mc.pair(op.On)
	if p == nil {
		return nil // shrinking dropped the fork
	}
	mc.op = op
	mc.steps++
	defer func() {
		if r := recover(); r != nil {
			err = disagree("panic: %v\n%s", r, stack())
		}
		if err != nil {
			err = disagree("%s: %w", op.Method, err)
		}
	}()
	raced := mc.race(op, p)
	if err := mc.run(op, p); err != nil {
		return err
	}
	if err := raced(); err != nil {
		return err
	}
	full := mc.steps%mc.setup.Every == 0
	if err := mc.compare(p, full); err != nil {
		return err
	}
	for _, other := range mc.pairs { // STO-7
		if other == p {
			continue
		}
		if other.store.snapshot() != other.last {
			return disagree("store %d was changed by a call on store %d", other.name, p.name)
		}
		if full && other.last == nil {
			if err := mc.compareCalls(other, true); err != nil {
				return disagree("store %d after a call on store %d: %w", other.name, p.name, err)
			}
		}
	}
	if full && p.kept != nil { // STO-8
		if err := mc.compareSnapshot(p.kept, p.was, nil); err != nil {
			return disagree("snapshot kept: %w", err)
		}
	}
	return nil
}

// run runs an operation on both sides and compares the results.
func (mc *machine) run(op *Op, p *pair) error {
	args := op.Args
	rough := op.N%4 == 0
	if rough { // STO-5: the store keeps no memory of its arguments and results
		args = nil
		for _, arg := range op.Args {
			args = append(args, deepCopy(arg))
		}
	}
	compare := comparisons[op.Method]
	if compare == nil {
		compare = (*machine).call
	}
	mc.drawn = 0
	got, err := compare(mc, op, p, args)
	if err != nil || got == nil {
		return err
	}
	mc.saw(op, got[len(got)-1])
	if rough {
		for _, v := range slices.Concat(args, got) {
			if v != nil {
				scribble(reflect.ValueOf(v))
			}
		}
	}
	return nil
}

// comparisons are the operations that are more than the same call on both sides. Each runs the operation on both and
// returns the results of the store, nil if there is nothing to record.
var comparisons = map[string]func(mc *machine, op *Op, p *pair, args []any) (result, error){
	"Fork": (*machine).fork, "Close": (*machine).close, "Keep": (*machine).keep, "Reload": (*machine).reload,
	"Follow": (*machine).follow, "TrimFeed": (*machine).trimFeed,
	"Merge": (*machine).merge, "PreviewMerge": (*machine).previewMerge,
	"Import": (*machine).load, "Find": (*machine).find, "List": (*machine).list, "Facets": (*machine).facets,
	"Duplicates": (*machine).duplicates, "ListLabels": (*machine).listLabels, "ListFields": (*machine).listFields,
	"BulkDelete": (*machine).bulk, "BulkUpdate": (*machine).bulk, "BulkLabel": (*machine).bulk,
	"Batch":   (*machine).batch,
	"Compact": (*machine).maintain, "Erase": (*machine).maintain, "Sync": (*machine).maintain,
	"Outcome": (*machine).maintain,
}

// agree returns the results of the store if they are those of the model.
func agree(got, want result) (result, error) {
	if d := got.differsFrom(want); d != "" {
		return nil, errors.New(d)
	}
	return got, nil
}

func (mc *machine) call(op *Op, p *pair, args []any) (result, error) {
	got := op.call(p.store.impl, p.model, args)
	mc.drawn = 0
	return agree(got, op.call(p.model, p.model, op.Args))
}

func (mc *machine) fork(op *Op, p *pair, _ []any) (result, error) {
	if len(mc.pairs) >= 4 {
		return nil, nil
	}
	f := &pair{name: op.N, store: p.store.fork(), model: p.model.Fork(), plan: p.plan, seen: p.seen}
	mc.pairs = append(mc.pairs, f)
	a, b := f.store.snapshot(), p.store.snapshot()
	if a != nil && b != nil && a.Digest() != b.Digest() {
		return nil, disagree("the fork has a different digest")
	}
	return nil, mc.compare(f, true)
}

func (mc *machine) close(_ *Op, p *pair, _ []any) (result, error) {
	if p.model.log != nil { // Follow could not read the log that it needs; see Reload
		return nil, nil
	}
	return agree(result{p.store.Close()}, result{p.model.Close()})
}

func (mc *machine) keep(_ *Op, p *pair, _ []any) (result, error) {
	p.kept, p.was = p.store.Snapshot(), p.model.copy()
	return nil, nil
}

func (mc *machine) merge(op *Op, p *pair, args []any) (result, error) {
	target, sources, use := args[0].(uuid.UUID), args[2].([]uuid.UUID), args[3].(PlanUse)
	revision := op.revision(p.model, args[1].(Rev))
	opts, plan := &contacts.MergeOptions{}, Plan(nil)
	switch use {
	case PlanFresh:
		if p.store.PreviewMerge == nil {
			break // the same as PlanNone
		}
		if preview, err := p.store.PreviewMerge(context.Background(), target, sources); err == nil {
			opts.Plan = preview.Fingerprint
			_, plan, _ = p.model.PreviewMerge(context.Background(), target, sources)
		}
	case PlanSaved:
		opts.Plan, plan = p.plan, p.seen
	case PlanWrong:
		opts.Plan[0], plan = 1, Plan{}
	}
	got, err := p.store.Merge(op.context(), target, revision, sources, opts)
	mc.drawn = 0
	want, wantErr := p.model.Merge(op.context(), target, revision, op.Args[2].([]uuid.UUID), plan)
	return agree(result{got, err}, result{want, wantErr})
}

func (mc *machine) previewMerge(op *Op, p *pair, args []any) (result, error) {
	target, sources := args[0].(uuid.UUID), args[1].([]uuid.UUID)
	got, err := p.store.PreviewMerge(op.context(), target, sources)
	want, seen, wantErr := p.model.PreviewMerge(op.context(), target, sources)
	if err == nil && wantErr == nil {
		if d := planDiffers(got, want, append([]uuid.UUID{target}, sources...)); d != "" {
			return nil, errors.New(d)
		}
		p.plan, p.seen = got.Fingerprint, seen
	}
	return agree(result{err}, result{wantErr})
}

func (mc *machine) saw(op *Op, err any) {
	e, _ := err.(error)
	mc.seen[Seen{op.Method, contacts.CodeOf(e)}]++
	if _, ok := errors.AsType[*contacts.BlockedError](e); ok && contacts.CodeOf(e) == contacts.ErrIllegalMerge {
		mc.seen[Seen{"Merge over a limit", contacts.CodeOf(e)}]++
	}
}

func (mc *machine) load(op *Op, p *pair, args []any) (result, error) {
	var opts [2]*contacts.ImportOptions
	var progress [2][]contacts.ImportProgress
	for i := range opts {
		if given := op.Args[1].(*contacts.ImportOptions); given != nil {
			o := *given
			o.Progress = func(now contacts.ImportProgress) { progress[i] = append(progress[i], now) }
			opts[i] = &o
		}
	}
	rows := args[0].([]ImportRow)
	got, err := p.store.Import(op.context(), rowsOf(rows), opts[0])
	mc.drawn = 0
	want, wantErr := p.model.Import(op.context(), op.Args[0].([]ImportRow), opts[1])
	if _, err := agree(result{err}, result{wantErr}); err != nil {
		return nil, err
	}
	if d := reportDiffers(got, want); d != "" {
		return nil, errors.New(d)
	}
	if !slices.Equal(progress[0], progress[1]) {
		return nil, disagree("progress %v, want %v", progress[0], progress[1])
	}
	mc.saw(op, err)
	for _, e := range got.Errors {
		mc.saw(&Op{Method: "Import row"}, e)
	}
	for _, row := range rows {
		if op.N%4 == 0 && row.Contact != nil {
			scribble(reflect.ValueOf(row.Contact))
		}
	}
	return nil, nil
}

// planDiffers compares two plans. In an account, the entries about one contact may be in any order.
func planDiffers(got, want *contacts.MergePlan, parties []uuid.UUID) string {
	if d := contactDiffers(got.Contact, want.Contact); d != "" {
		return "planned contact" + d
	}
	if d := difference(got.Blocks, want.Blocks); d != "" {
		return "blocks" + d
	}
	if d := (result{got.Err()}).differsFrom(result{want.Err()}); d != "" {
		return "plan's " + d
	}
	if d := difference(got.Pairs, want.Pairs) + difference(got.Doubts, want.Doubts); d != "" {
		return "plan's judgement" + d
	}
	order := func(entries []contacts.MergeEntry) {
		slices.SortFunc(entries, func(a, b contacts.MergeEntry) int {
			if c := slices.Index(parties, a.From) - slices.Index(parties, b.From); c != 0 {
				return c
			}
			return strings.Compare(a.Field, b.Field)
		})
	}
	if !slices.IsSortedFunc(got.Account, func(a, b contacts.MergeEntry) int {
		return slices.Index(parties, a.From) - slices.Index(parties, b.From)
	}) {
		return "account: the entries of one contact are not together"
	}
	order(got.Account)
	order(want.Account)
	if d := difference(got.Account, want.Account); d != "" {
		return "account" + d
	}
	return ""
}

// reload replaces a store by one that is loaded from its export (EXP-2), or opened again on its log.
func (mc *machine) reload(op *Op, p *pair, _ []any) (result, error) {
	if p.model.log != nil {
		return nil, mc.reopen(op, p)
	}
	if !p.store.isStore() {
		return nil, mc.reloadOther(op, p)
	}
	sn := p.store.Snapshot()
	var file, again bytes.Buffer
	if err := sn.Export(&file); err != nil {
		return nil, disagree("export: %w", err)
	}
	text := file.Bytes()
	given := mc.opts
	loaded, err := contacts.Load(context.Background(), bytes.NewReader(text), &given)
	if err != nil {
		return nil, disagree("load: %w", err)
	}
	if err := loaded.Snapshot().Export(&again); err != nil {
		return nil, disagree("export of the loaded store: %w", err)
	}
	if !bytes.Equal(text, again.Bytes()) {
		return nil, disagree("the loaded store exports different bytes")
	}
	if sn.Digest() != loaded.Snapshot().Digest() {
		return nil, disagree("the loaded store has a different digest")
	}
	p.store, p.last = newSubject(loaded), nil
	p.model.Reload()
	p.model.sealed = uint64(op.N) // QRY-6: a random key has changed
	if mc.opts.CursorKey != [32]byte{} {
		p.model.sealed = sealedBy(text)
	}
	return nil, mc.compare(p, true)
}

// follow reads the feed from a position that is ahead of the newest one, or before it (EVT-2, EVT-3).
func (mc *machine) follow(op *Op, p *pair, _ []any) (result, error) {
	m, ctx := p.model, op.context()
	since := m.at(op.Args[0].(int))
	var commits []*Commit
	var want error // after the commits
	switch {
	case ctx.Err() != nil:
		want = ctx.Err()
	case since > m.position:
		k := &checks{}
		k.add(contacts.Violation{Field: "since", Rule: contacts.RuleMax, Threshold: int(m.position)})
		want = k.err(uuid.Nil)
	default:
		if commits, want = m.after(since); want == nil && m.closed {
			want = fail(contacts.ErrClosed, uuid.Nil)
		}
	}
	if len(commits) == 0 && want == nil {
		return nil, nil // the store would wait for a commit
	}
	return nil, p.followed(ctx, since, commits, want)
}

// trimFeed trims the feed at a position that is ahead of the newest one, or before it (EVT-7).
func (mc *machine) trimFeed(op *Op, p *pair, _ []any) (result, error) {
	ctx, upTo := op.context(), p.model.at(op.Args[0].(int))
	return agree(result{p.store.TrimFeed(ctx, upTo)}, result{p.model.TrimFeed(ctx, upTo)})
}

// followed compares the feed with commits and the error after them, nil if the feed would wait for the next commit.
func (p *pair) followed(ctx context.Context, since contacts.Position, commits []*Commit, want error) error {
	next := 0
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for c, err := range p.store.Follow(ctx, since) {
		if next == len(commits) {
			if d := errorDiffers(err, want); d != "" {
				return errors.New(d)
			}
			return nil
		}
		if err != nil {
			return disagree("error %s after %d of %d commits", describe(err), next, len(commits))
		}
		if d := commits[next].differs(c, true); d != "" {
			return disagree("commit %d: %s", commits[next].Position, d)
		}
		if next++; next == len(commits) && want == nil {
			return nil
		}
	}
	return disagree("Follow ended after %d of %d commits without an error", next, len(commits))
}

// compare compares the changes since the last call, or everything.
func (mc *machine) compare(p *pair, full bool) error {
	if p.store.Snapshot == nil {
		return mc.compareCalls(p, full)
	}
	sn := p.store.Snapshot()
	m := p.model
	if sn.Position() != m.position {
		return disagree("position %d, want %d", sn.Position(), m.position)
	}
	if sn == p.last && !full {
		return nil // the very same snapshot: nothing was written (STO-4)
	}
	since := m.position
	if p.last != nil {
		since = p.last.Position()
	}
	p.last = sn
	if err := mc.compareCommits(p, sn, since); err != nil {
		return err
	}
	if err := compareRevisions(sn, m); err != nil {
		return err
	}
	if !full {
		return nil
	}
	if err := mc.compareSnapshot(sn, m, mc.known); err != nil {
		return err
	}
	if err := mc.compareResolve(p); err != nil {
		return err
	}
	if mc.steps%(4*mc.setup.Every) == 0 || mc.setup.Every == 1 {
		if err := sn.Check(); err != nil {
			return disagree("Check: %w", err)
		}
	}
	return mc.compareReplica(p, mc.setup.Every == 1)
}

// compareCommits compares the commits after a position, and everything that they changed.
func (mc *machine) compareCommits(p *pair, sn *contacts.Snapshot, since contacts.Position) error {
	commits := p.model.feed
	for len(commits) > 0 && commits[0].Position <= since {
		commits = commits[1:]
	}
	if len(commits) > 0 && p.store.Follow != nil {
		if err := p.readFeed(commits); err != nil {
			return err
		}
	}
	for _, c := range commits {
		for i := range c.Changes {
			if err := mc.compareChanged(p, sn, &c.Changes[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// compareRevisions compares the IDs and revisions of all contacts, in order.
func compareRevisions(sn *contacts.Snapshot, m *Model) error {
	if sn.Len() != len(m.people) {
		return disagree("%d contacts, want %d", sn.Len(), len(m.people))
	}
	if err := yields(sn.All(), m.people); err != nil {
		return disagree("All: %w", err)
	}
	return nil
}

func (mc *machine) compareResolve(p *pair) error {
	if p.model.closed || p.store.Resolve == nil {
		return nil
	}
	for _, id := range mc.known {
		got, err := p.store.Resolve(context.Background(), id)
		want, wantErr := p.model.Resolve(context.Background(), id)
		if d := (result{got, err}).differsFrom(result{want, wantErr}); d != "" {
			return disagree("Resolve %s: %s", literal(reflect.ValueOf(id)), d)
		}
	}
	return nil
}

// readFeed compares the feed with commits that it must hold.
func (p *pair) readFeed(want []*Commit) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // Follow waits for a missing commit
	defer cancel()
	i := 0
	for c, err := range p.store.Follow(ctx, want[0].Position-1) {
		if err != nil {
			return disagree("feed: %w", err)
		}
		if d := want[i].differs(c, false); d != "" {
			return disagree("feed: commit %d: %s", want[i].Position, d)
		}
		if i++; i == len(want) {
			break
		}
	}
	return nil
}

// differs compares a commit of the feed; with full, contacts before their changes as well.
func (c *Commit) differs(got contacts.Commit, full bool) string {
	if got.Position != c.Position || !got.Time.Equal(c.Time) || got.OriginatedFrom != c.Origin ||
		len(got.Changes) != len(c.Changes) {
		return fmt.Sprintf("%d %v %q with %d changes, want %d %v %q with %d",
			got.Position, got.Time, got.OriginatedFrom, len(got.Changes), c.Position, c.Time, c.Origin, len(c.Changes))
	}
	var events []contacts.Event
	for e := range got.Events() {
		events = append(events, e)
	}
	for i := range c.Changes {
		if d := c.Changes[i].differs(got.Changes[i], full); d != "" {
			return fmt.Sprintf("change %d, %s: %s", i, got.Changes[i].Kind, d)
		}
		if d := c.Changes[i].eventDiffers(events[i], c); d != "" {
			return fmt.Sprintf("event %d, %s: %s", i, events[i].Type, d)
		}
	}
	return ""
}

func (c *Change) differs(got contacts.Change, full bool) string {
	if got.Kind != c.Kind {
		return "want " + string(c.Kind)
	}
	if d := c.Before.differs(got.Before, full); d != "" {
		return "before" + d
	}
	if d := c.After.differs(got.After, true); d != "" {
		return "after" + d
	}
	before, after := got.Label()
	if d := difference([2]contacts.Label{before, after}, c.Labels); d != "" {
		return "label" + d
	}
	fieldBefore, fieldAfter := got.Field()
	if d := difference([2]contacts.Field{fieldBefore, fieldAfter}, c.Fields); d != "" {
		return "field" + d
	}
	if !slices.Equal(got.Sources(), c.Sources) {
		return "different sources"
	}
	text, activity := got.Submission()
	if d := difference(activity, c.Activity); d != "" || text != c.PassThrough {
		return "submission " + strconv.Quote(text) + d
	}
	if got.EntityID() != c.entity() {
		return "entity " + got.EntityID() + ", want " + c.entity()
	}
	return ""
}

func (c *Change) entity() string {
	switch {
	case c.After != nil:
		return c.After.contact.ID.String()
	case c.Before != nil:
		return c.Before.contact.ID.String()
	}
	for i := range 2 {
		if key := c.Labels[i].Key + c.Fields[i].Key; key != "" {
			return key
		}
	}
	return ""
}

// eventDiffers compares an event with the change (EVT-5).
func (c *Change) eventDiffers(e contacts.Event, in *Commit) string {
	fqdn, slug, _ := strings.Cut(string(c.Kind), "_")
	if e.Type != "wix.contacts.v4."+string(c.Kind) ||
		e.EntityFQDN != "wix.contacts.v4."+strings.ReplaceAll(fqdn, "-", "_") ||
		e.Slug != slug || e.EntityID != c.entity() || !e.EventTime.Equal(in.Time) || e.OriginatedFrom != c.Origin ||
		e.Sequence != c.Sequence || e.ID == uuid.Nil {
		return fmt.Sprintf("%+v", e)
	}
	return ""
}

// differs compares a view of a contact; with full, all of its fields.
func (p *person) differs(v contacts.View, full bool) string {
	if p == nil || v.IsZero() {
		if p != nil || !v.IsZero() {
			return ": only one of them exists"
		}
		return ""
	}
	if v.ID() != p.contact.ID || v.Revision() != p.contact.Revision || v.BillingSubscription() != p.billing {
		return fmt.Sprintf(": %s in revision %d", literal(reflect.ValueOf(v.ID())), v.Revision())
	}
	if !full {
		return ""
	}
	for _, e := range p.contact.Info.Emails { // SUB-8
		if got, want := v.Subscription(e.Address), p.emailState(fold(e.Address)).subscription; got != want {
			return fmt.Sprintf(": subscription of email %s, want %s", got, want)
		}
	}
	for _, t := range p.contact.Info.Phones {
		if got := v.Subscription(numberOf(t)); t.E164 != "" && got != p.phoneState(numberOf(t)) {
			return fmt.Sprintf(": subscription of phone %s, want %s", got, p.phoneState(numberOf(t)))
		}
	}
	return contactDiffers(v.Clone(), &p.contact)
}

// compareChanged compares the contact or definition of a change, and the look-ups that lead to the contact.
func (mc *machine) compareChanged(p *pair, sn *contacts.Snapshot, c *Change) error {
	var emails, phones, labels []string
	for i, q := range []*person{c.Before, c.After} {
		if q == nil {
			continue
		}
		id := q.contact.ID
		mc.learn(id)
		if i == 1 || c.After == nil {
			if err := compareID(sn, p.model, id); err != nil {
				return err
			}
		}
		for j, e := range q.contact.Info.Emails {
			if j < 4 {
				emails = append(emails, e.Address)
			}
		}
		for j, t := range q.contact.Info.Phones {
			if j < 4 {
				phones = append(phones, t.E164)
			}
		}
		if n := len(q.contact.Info.LabelKeys); n > 0 {
			labels = append(labels, q.contact.Info.LabelKeys[0], q.contact.Info.LabelKeys[n-1])
		}
	}
	if c.Labels != [2]contacts.Label{} || c.Fields != [2]contacts.Field{} {
		return compareDefinitions(sn, p.model)
	}
	return compareLookups(sn, p.model, emails, phones, labels)
}

// learn remembers an ID, which is compared from now on.
func (mc *machine) learn(id uuid.UUID) {
	if !mc.isKnown[id] {
		mc.isKnown[id] = true
		mc.known = append(mc.known, id)
	}
}

// compareID compares the look-ups of an ID, whether or not it exists.
func compareID(sn *contacts.Snapshot, m *Model, id uuid.UUID) error {
	name := literal(reflect.ValueOf(id))
	v, ok := sn.View(id)
	if p := m.find(id); ok != (p != nil) || ok && p.differs(v, true) != "" {
		return disagree("View %s: found %t, want %t%s", name, ok, p != nil, p.differs(v, true))
	}
	got, err := sn.Get(id)
	p, _ := m.resolve(id)
	switch {
	case p == nil:
		if d := errorDiffers(err, fail(contacts.ErrContactNotFound, id)); d != "" {
			return disagree("Snapshot.Get %s: %s", name, d)
		}
	case err != nil:
		return disagree("Snapshot.Get %s: %w", name, err)
	default:
		if d := contactDiffers(got, &p.contact); d != "" {
			return disagree("Snapshot.Get %s: %s", name, d)
		}
	}
	return nil
}

func compareDefinitions(sn *contacts.Snapshot, m *Model) error {
	if d := difference(slices.Collect(sn.Labels()), m.listedLabels()); d != "" {
		return disagree("Labels%s", d)
	}
	fields := slices.Collect(sn.Fields())
	for i := range fields {
		if fields[i].FieldType == contacts.FieldSystem {
			fields[i].Description = ""
		}
	}
	if d := difference(fields, m.listedFields()); d != "" {
		return disagree("Fields%s", d)
	}
	return nil
}

// compareLookups compares the contacts that are found by some values.
func compareLookups(sn *contacts.Snapshot, m *Model, emails, phones, labels []string) error {
	check := func(method, value string, got iter.Seq[contacts.View], has func(in *contacts.Info) bool) error {
		var want []*person
		for _, p := range m.people {
			if has(&p.contact.Info) {
				want = append(want, p)
			}
		}
		if err := yields(got, want); err != nil {
			return disagree("%s %q: %w", method, value, err)
		}
		return nil
	}
	for _, email := range emails {
		folded := fold(email)
		if err := check("ByEmail", email, sn.ByEmail(email), func(in *contacts.Info) bool {
			has := func(e contacts.Email) bool { return fold(e.Address) == folded }
			return storable(email) && slices.ContainsFunc(in.Emails, has)
		}); err != nil {
			return err
		}
	}
	for _, phone := range phones {
		if err := check("ByPhone", phone, sn.ByPhone(phone), func(in *contacts.Info) bool {
			return phone != "" && slices.ContainsFunc(in.Phones, func(t contacts.Phone) bool { return t.E164 == phone })
		}); err != nil {
			return err
		}
	}
	for _, label := range labels {
		if err := check("ByLabel", label, sn.ByLabel(label), func(in *contacts.Info) bool {
			return slices.Contains(in.LabelKeys, label)
		}); err != nil {
			return err
		}
	}
	return nil
}

// compareSnapshot compares everything that a snapshot shows, with the look-ups of the known IDs.
func (mc *machine) compareSnapshot(sn *contacts.Snapshot, m *Model, known []uuid.UUID) error {
	if sn.Position() != m.position {
		return disagree("position %d, want %d", sn.Position(), m.position)
	}
	if err := compareRevisions(sn, m); err != nil {
		return err
	}
	i := 0
	for v := range sn.All() {
		if d := m.people[i].differs(v, true); d != "" {
			return disagree("All: contact %d%s", i, d)
		}
		i++
	}
	if err := compareDefinitions(sn, m); err != nil {
		return err
	}
	for _, key := range keyPool {
		if err := compareKey(sn, m, key); err != nil {
			return err
		}
	}
	if err := compareLookups(sn, m, emailPool, e164Pool, keyPool); err != nil {
		return err
	}
	for _, id := range known {
		if err := compareID(sn, m, id); err != nil {
			return err
		}
	}
	return nil
}

// compareKey compares the label and the field with a key, whether or not they exist.
func compareKey(sn *contacts.Snapshot, m *Model, key string) error {
	l, err := sn.GetLabel(key)
	want, wantErr := contacts.Label{}, error(keysError(contacts.ErrLabelNotFound, uuid.Nil, key))
	if found := m.label(key); found != nil {
		want, wantErr = *found, nil
	}
	if d := (result{l, err}).differsFrom(result{want, wantErr}); d != "" {
		return disagree("Snapshot.GetLabel %q: %s", key, d)
	}
	f, err := sn.GetField(key)
	wantField, wantErr := contacts.Field{}, error(keysError(contacts.ErrFieldNotFound, uuid.Nil, key))
	if found := m.field(key); found != nil {
		wantField, wantErr = *found, nil
	}
	if d := (result{f, err}).differsFrom(result{wantField, wantErr}); d != "" {
		return disagree("Snapshot.GetField %q: %s", key, d)
	}
	return nil
}
