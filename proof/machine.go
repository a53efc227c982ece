package proof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Setup is what a sequence of operations begins with.
type Setup struct {
	Options contacts.Options // without functions
	Every   int              // steps between two looks at everything; 1 finds a fault where it happens
}

// machine makes operations on stores and models side by side.
type machine struct {
	setup Setup
	opts  contacts.Options
	pairs []*pair
	steps int

	// What was returned, and how often: a method and a code, or no code where it succeeded.
	seen map[Seen]int

	pages map[int]pages // of lists, by the operation

	// For the functions of the options.
	op    *Op
	drawn int

	known   []uuid.UUID // every ID that a contact has had
	isKnown map[uuid.UUID]bool
}

// pair is a store and what it should be.
type pair struct {
	name  int
	store *contacts.Store
	model *Model
	last  *contacts.Snapshot // that was compared
	plan  contacts.Fingerprint
	seen  Plan // what plan stands for
	kept  *contacts.Snapshot
	was   *Model // what kept should be
}

// Seen is a method and the code that it returned.
type Seen struct {
	Method string
	Code   contacts.Code
}

// disagree says in what a store is not what its model says.
func disagree(format string, args ...any) error { return fmt.Errorf(format, args...) }

// newMachine opens a store, or says in what it differs from what the model expects.
func newMachine(setup Setup) (*machine, error) {
	mc := &machine{setup: setup, opts: setup.Options, isKnown: make(map[uuid.UUID]bool), seen: make(map[Seen]int), pages: make(map[int]pages)}
	mc.opts.Now = func() time.Time { return mc.op.Now }
	mc.opts.NewID = func() uuid.UUID {
		n := mc.drawn
		mc.drawn++
		if n < len(mc.op.IDs) {
			return mc.op.IDs[n]
		}
		return idOf(mc.op.N, n-len(mc.op.IDs))
	}
	given := mc.opts
	store, err := contacts.New(&given)
	model, want := NewModel(mc.opts)
	if want != nil {
		if d := errorDiffers(err, want); d != "" {
			return nil, disagree("New: %s", d)
		}
		return nil, nil
	}
	if err != nil {
		return nil, disagree("New: error %s, want none", describe(err))
	}
	given = contacts.Options{} // STO-5: the store has its own copy
	mc.pairs = []*pair{{store: store, model: model, last: store.Snapshot()}}
	return mc, mc.compare(mc.pairs[0], true)
}

func (mc *machine) pair(name int) *pair {
	for _, p := range mc.pairs {
		if p.name == name {
			return p
		}
	}
	return nil
}

// step makes an operation on both sides and compares what came of it. What a store does that the model does not expect, a
// panic included, is an error.
func (mc *machine) step(op *Op) (err error) {
	p := mc.pair(op.On)
	if p == nil {
		return nil // the fork was left out
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
	if err := mc.make(op, p); err != nil {
		return err
	}
	full := mc.steps%mc.setup.Every == 0
	if err := mc.compare(p, full); err != nil {
		return err
	}
	for _, other := range mc.pairs { // STO-7
		if other != p && other.store.Snapshot() != other.last {
			return disagree("store %d was changed by a call on store %d", other.name, p.name)
		}
	}
	if full && p.kept != nil { // STO-8
		if err := mc.compareSnapshot(p.kept, p.was, nil); err != nil {
			return disagree("snapshot kept: %w", err)
		}
	}
	return nil
}

// make makes an operation on both sides and compares the results.
func (mc *machine) make(op *Op, p *pair) error {
	args := op.Args
	rough := op.N%4 == 0
	if rough { // STO-5: nothing that the store was given or has handed out is its own
		args = nil
		for _, arg := range op.Args {
			args = append(args, deepCopy(arg))
		}
	}
	var got, want result
	switch mc.drawn = 0; op.Method {
	case "Fork":
		if len(mc.pairs) < 4 {
			f := &pair{name: op.N, store: p.store.Fork(), model: p.model.Fork(), plan: p.plan, seen: p.seen}
			mc.pairs = append(mc.pairs, f)
			if f.store.Snapshot().Digest() != p.store.Snapshot().Digest() {
				return disagree("the fork has another digest")
			}
			return mc.compare(f, true)
		}
		return nil
	case "Close":
		got = result{p.store.Close()}
		want = result{p.model.Close()}
	case "Keep":
		p.kept, p.was = p.store.Snapshot(), p.model.copy()
		return nil
	case "Reload":
		return mc.reload(p)
	case "Follow":
		return p.follow(op.context(), op.Args[0].(int))
	case "Merge":
		target, sources, use := args[0].(uuid.UUID), args[2].([]uuid.UUID), args[3].(PlanUse)
		revision := op.revision(p.model, args[1].(Rev))
		o, plan := &contacts.MergeOptions{}, Plan(nil)
		switch use {
		case PlanFresh:
			if preview, err := p.store.PreviewMerge(context.Background(), target, sources); err == nil {
				o.Plan = preview.Fingerprint
				_, plan, _ = p.model.PreviewMerge(context.Background(), target, sources)
			}
		case PlanSaved:
			o.Plan, plan = p.plan, p.seen
		case PlanWrong:
			o.Plan[0], plan = 1, Plan{}
		}
		c, err := p.store.Merge(op.context(), target, revision, sources, o)
		got = result{c, err}
		mc.drawn = 0
		c, err = p.model.Merge(op.context(), target, revision, op.Args[2].([]uuid.UUID), plan)
		want = result{c, err}
	case "PreviewMerge":
		target, sources := args[0].(uuid.UUID), args[1].([]uuid.UUID)
		plan, err := p.store.PreviewMerge(op.context(), target, sources)
		wanted, seen, wantErr := p.model.PreviewMerge(op.context(), target, sources)
		got, want = result{err}, result{wantErr}
		if err == nil && wantErr == nil {
			if d := planDiffers(plan, wanted, append([]uuid.UUID{target}, sources...)); d != "" {
				return errors.New(d)
			}
			p.plan, p.seen = plan.Fingerprint, seen
		}
	case "Import":
		return mc.load(op, p, args)
	default:
		if compare := newer[op.Method]; compare != nil {
			var err error
			if got, err = compare(mc, op, p, args); err != nil {
				return err
			}
			break
		}
		got = op.call(p.store, p.model, args)
		mc.drawn = 0
		want = op.call(p.model, p.model, op.Args)
	}
	if newer[op.Method] == nil {
		if d := got.differsFrom(want); d != "" {
			return errors.New(d)
		}
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

func (mc *machine) saw(op *Op, err any) {
	e, _ := err.(error)
	mc.seen[Seen{op.Method, contacts.CodeOf(e)}]++
	if _, ok := errors.AsType[*contacts.BlockedError](e); ok && contacts.CodeOf(e) == contacts.ErrIllegalMerge {
		mc.seen[Seen{"Merge over a limit", contacts.CodeOf(e)}]++
	}
}

func (mc *machine) load(op *Op, p *pair, args []any) error {
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
	if d := (result{err}).differsFrom(result{wantErr}); d != "" {
		return errors.New(d)
	}
	if d := reportDiffers(got, want); d != "" {
		return errors.New(d)
	}
	if !slices.Equal(progress[0], progress[1]) {
		return disagree("progress %v, want %v", progress[0], progress[1])
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
	return nil
}

// planDiffers compares plans, their accounts without regard to the order of the entries of one contact.
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

// reload puts Load(Export) in place of a store (EXP-2).
func (mc *machine) reload(p *pair) error {
	sn := p.store.Snapshot()
	var file, again bytes.Buffer
	if err := sn.Export(&file); err != nil {
		return disagree("export: %w", err)
	}
	text := file.Bytes()
	given := mc.opts
	loaded, err := contacts.Load(context.Background(), bytes.NewReader(text), &given)
	if err != nil {
		return disagree("load: %w", err)
	}
	if err := loaded.Snapshot().Export(&again); err != nil {
		return disagree("export of the loaded store: %w", err)
	}
	if !bytes.Equal(text, again.Bytes()) {
		return disagree("the loaded store exports other bytes")
	}
	if sn.Digest() != loaded.Snapshot().Digest() {
		return disagree("the loaded store has another digest")
	}
	p.store, p.last = loaded, nil
	p.model.Reload()
	p.model.sealed = uint64(mc.op.N) // QRY-6: a random key is another one now
	if mc.opts.CursorKey != [32]byte{} {
		hash := fnv.New64()
		hash.Write(text)
		p.model.sealed = hash.Sum64()
	}
	return mc.compare(p, true)
}

// follow reads the feed from a position that is ahead of the newest, or behind it by some (EVT-2, EVT-3).
func (p *pair) follow(ctx context.Context, ahead int) error {
	m := p.model
	if ahead < -int(m.position) {
		ahead = -int(m.position)
	}
	since := contacts.Position(int(m.position) + ahead)
	var want error
	n := 0 // commits that are there
	switch {
	case ctx.Err() != nil:
		want = ctx.Err()
	case ahead > 0:
		k := &checks{}
		k.add(contacts.Violation{Field: "since", Rule: contacts.RuleMax, Threshold: int(m.position)})
		want = k.err(uuid.Nil)
	case since < m.since:
		want = failWith(contacts.ErrPositionExpired, uuid.Nil, &contacts.PositionError{Oldest: m.since})
	default:
		n = int(m.position - since)
		want = fail(contacts.ErrClosed, uuid.Nil)
	}
	commits := m.feed[len(m.feed)-n:]
	if !m.closed && n == 0 && ctx.Err() == nil && ahead <= 0 && since >= m.since {
		return nil // it would wait
	}
	next := 0
	timeout, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for c, err := range p.store.Follow(timeout, since) {
		if next < len(commits) {
			if err != nil {
				return disagree("error %s after %d of %d commits", describe(err), next, len(commits))
			}
			if d := commits[next].differs(c, true); d != "" {
				return disagree("commit %d: %s", commits[next].Position, d)
			}
			if next++; next == len(commits) && !m.closed {
				return nil
			}
			continue
		}
		if d := errorDiffers(err, want); d != "" {
			return errors.New(d)
		}
		return nil
	}
	return disagree("it ended after %d of %d commits without an error", next, len(commits))
}

// compare compares what has changed since the last time, or everything.
func (mc *machine) compare(p *pair, full bool) error {
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
	if sn.Len() != len(m.people) {
		return disagree("%d contacts, want %d", sn.Len(), len(m.people))
	}
	changed := m.feed
	for len(changed) > 0 && changed[0].Position <= since {
		changed = changed[1:]
	}
	if len(changed) > 0 {
		if err := p.readFeed(changed); err != nil {
			return err
		}
	}
	for _, c := range changed {
		for i := range c.Changes {
			if err := mc.compareChanged(p, sn, &c.Changes[i]); err != nil {
				return err
			}
		}
	}
	i := 0
	for v := range sn.All() {
		if i == len(m.people) || v.ID() != m.people[i].contact.ID || v.Revision() != m.people[i].contact.Revision {
			return disagree("All: contact %d is %s in revision %d", i, literal(reflect.ValueOf(v.ID())), v.Revision())
		}
		i++
	}
	if i != len(m.people) {
		return disagree("All: %d contacts, want %d", i, len(m.people))
	}
	if !full {
		return nil
	}
	if err := mc.compareSnapshot(sn, m, mc.known); err != nil {
		return err
	}
	if !m.closed {
		for _, id := range mc.known {
			got, err := p.store.Resolve(context.Background(), id)
			want, wantErr := m.Resolve(context.Background(), id)
			if d := (result{got, err}).differsFrom(result{want, wantErr}); d != "" {
				return disagree("Resolve %s: %s", literal(reflect.ValueOf(id)), d)
			}
		}
	}
	if mc.steps%(4*mc.setup.Every) == 0 || mc.setup.Every == 1 {
		if err := sn.Check(); err != nil {
			return disagree("Check: %w", err)
		}
	}
	return nil
}

// readFeed reads the commits that must be there.
func (p *pair) readFeed(want []*Commit) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // a feed without them would wait
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

// differs compares a commit of the feed; full also looks again at what contacts were before.
func (c *Commit) differs(got contacts.Commit, full bool) string {
	if got.Position != c.Position || !got.Time.Equal(c.Time) || got.OriginatedFrom != c.Origin || len(got.Changes) != len(c.Changes) {
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
		return "other sources"
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

// eventDiffers is EVT-5.
func (c *Change) eventDiffers(e contacts.Event, in *Commit) string {
	fqdn, slug, _ := strings.Cut(string(c.Kind), "_")
	if e.Type != "wix.contacts.v4."+string(c.Kind) || e.EntityFQDN != "wix.contacts.v4."+strings.ReplaceAll(fqdn, "-", "_") ||
		e.Slug != slug || e.EntityID != c.entity() || !e.EventTime.Equal(in.Time) || e.OriginatedFrom != c.Origin ||
		e.Sequence != c.Sequence || e.ID == uuid.Nil {
		return fmt.Sprintf("%+v", e)
	}
	return ""
}

// differs compares what a view shows.
func (p *person) differs(v contacts.View, full bool) string {
	if p == nil || v.IsZero() {
		if p != nil || !v.IsZero() {
			return ": there is one, or there is none"
		}
		return ""
	}
	if v.ID() != p.contact.ID || v.Revision() != p.contact.Revision || v.BillingSubscription() != p.billing {
		return fmt.Sprintf(": %s in revision %d", literal(reflect.ValueOf(v.ID())), v.Revision())
	}
	if full {
		return contactDiffers(v.Clone(), &p.contact)
	}
	return ""
}

// compareChanged looks at what a change has touched: the contact, and where it is found.
func (mc *machine) compareChanged(p *pair, sn *contacts.Snapshot, c *Change) error {
	var emails, phones, labels []string
	for i, q := range []*person{c.Before, c.After} {
		if q == nil {
			continue
		}
		id := q.contact.ID
		if !mc.isKnown[id] {
			mc.isKnown[id] = true
			mc.known = append(mc.known, id)
		}
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

// compareID compares what is found by an ID, whether or not there is anything.
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

// compareLookups compares who is found under values.
func compareLookups(sn *contacts.Snapshot, m *Model, emails, phones, labels []string) error {
	check := func(what, value string, got func(func(contacts.View) bool), has func(in *contacts.Info) bool) error {
		var want []uuid.UUID
		for _, p := range m.people {
			if has(&p.contact.Info) {
				want = append(want, p.contact.ID)
			}
		}
		i := 0
		for v := range got {
			if i == len(want) || v.ID() != want[i] {
				return disagree("%s %q: yields %s as number %d", what, value, literal(reflect.ValueOf(v.ID())), i)
			}
			i++
		}
		if i < len(want) {
			return disagree("%s %q: yields %d contacts, want %d", what, value, i, len(want))
		}
		return nil
	}
	for _, email := range emails {
		folded := fold(email)
		if err := check("ByEmail", email, sn.ByEmail(email), func(in *contacts.Info) bool {
			return storable(email) && slices.ContainsFunc(in.Emails, func(e contacts.Email) bool { return fold(e.Address) == folded })
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

// compareSnapshot compares everything that a snapshot shows.
func (mc *machine) compareSnapshot(sn *contacts.Snapshot, m *Model, known []uuid.UUID) error {
	if sn.Position() != m.position || sn.Len() != len(m.people) {
		return disagree("position %d with %d contacts, want %d with %d", sn.Position(), sn.Len(), m.position, len(m.people))
	}
	i := 0
	for v := range sn.All() {
		if i == len(m.people) {
			return disagree("All yields more than %d contacts", i)
		}
		if d := m.people[i].differs(v, true); d != "" {
			return disagree("All: contact %d%s", i, d)
		}
		i++
	}
	if i < len(m.people) {
		return disagree("All yields %d contacts, want %d", i, len(m.people))
	}
	if err := compareDefinitions(sn, m); err != nil {
		return err
	}
	for _, key := range keyPool {
		l, err := sn.GetLabel(key)
		want, wantErr := contacts.Label{}, error(keysError(contacts.ErrLabelNotFound, uuid.Nil, key))
		if found := m.label(key); found != nil {
			want, wantErr = *found, nil
		}
		if d := (result{l, err}).differsFrom(result{want, wantErr}); d != "" {
			return disagree("Snapshot.Label %q: %s", key, d)
		}
		f, err := sn.GetField(key)
		wantField, wantErr := contacts.Field{}, error(keysError(contacts.ErrFieldNotFound, uuid.Nil, key))
		if found := m.field(key); found != nil {
			wantField, wantErr = *found, nil
		}
		if d := (result{f, err}).differsFrom(result{wantField, wantErr}); d != "" {
			return disagree("Snapshot.Field %q: %s", key, d)
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
