package proof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
	"github.com/contactsdb/contacts/logtest"
)

// LogKind is the kind of log that store 0 has. Its forks have none.
type LogKind string

// The kinds of logs.
const (
	NoLog     LogKind = ""
	MemoryLog LogKind = "memory"  // shared with a replica, and with a rival that writes at the worst moment
	FlakyLog  LogKind = "flaky"   // shared with a replica; refuses calls and loses replies
	BoltLog   LogKind = "boltlog" // in a temporary directory
)

var logKinds = []LogKind{NoLog, MemoryLog, FlakyLog, BoltLog}

// keeper has the log of store 0.
type keeper struct {
	kind    LogKind
	memory  *logtest.Memory
	dir     string
	opened  uint64 // how often
	replica *contacts.Store
	asked   atomic.Int32 // how often the replica called functions of the options

	// For the goroutine that appends, while a call of the store is in progress.
	rival    func() // writes before the next entry is appended
	appended int
	first    []byte // the first entry
}

func newKeeper(kind LogKind) (k *keeper, err error) {
	k = &keeper{kind: kind}
	switch kind {
	case MemoryLog, FlakyLog:
		k.memory = logtest.NewMemory()
	case BoltLog:
		k.dir, err = os.MkdirTemp("", "proof")
	}
	return k, err
}

// open opens the store.
func (k *keeper) open(opts *contacts.Options) (*contacts.Store, error) {
	ctx := context.Background()
	k.opened++
	switch k.kind {
	case MemoryLog:
		return contacts.Open(ctx, &rivalLog{k.memory.Reopen(), k}, opts)
	case FlakyLog:
		saver := k.memory.Reopen()
		log := logtest.Flaky(struct{ contacts.Log }{saver}, k.opened)
		return contacts.Open(ctx, struct {
			contacts.Log
			contacts.Snapshotter // does not refuse: the model knows what was saved
		}{log, saver}, opts)
	case BoltLog:
		return boltlog.OpenStore(ctx, k.dir, &boltlog.Options{Sync: boltlog.Never}, opts)
	default:
		return contacts.New(opts)
	}
}

// follow opens the replica if the log can have one.
func (k *keeper) follow(opts contacts.Options) (err error) {
	if k.memory == nil {
		return nil
	}
	opts.Now = func() time.Time { k.asked.Add(1); return time.Time{} }
	opts.NewID = func() uuid.UUID { k.asked.Add(1); return uuid.Nil }
	k.replica, err = contacts.OpenReplica(context.Background(), k.memory.Reopen(), &opts)
	return err
}

// stop ends everything that the machine has started.
func (mc *machine) stop() {
	if mc == nil {
		return
	}
	for _, p := range mc.pairs {
		if p.store.Close != nil {
			p.store.Close()
		}
	}
	if mc.keeper.replica != nil {
		mc.keeper.replica.Close()
	}
	if mc.keeper.dir != "" {
		os.RemoveAll(mc.keeper.dir)
	}
}

// rivalLog is a log in which others write first.
type rivalLog struct {
	*logtest.Memory
	keeper *keeper
}

// Append makes the store decide again, on another state or on the same one: then the other entry has no effect.
func (l *rivalLog) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	k := l.keeper
	if k.appended++; k.first == nil {
		k.first = bytes.Clone(data)
	} else if k.rival == nil && k.appended%4 == 0 {
		if _, err := l.Memory.Append(ctx, after, k.first); err != nil {
			return 0, err
		}
	}
	if rival := k.rival; rival != nil {
		k.rival = nil
		rival()
	}
	return l.Memory.Append(ctx, after, data)
}

// race lets a rival write between the decision of an operation and its append, for some operations. The model makes the
// write of the rival first (DUR-7). It returns a function that checks the rival after the operation.
func (mc *machine) race(op *Op, p *pair) (check func() error) {
	check = func() error { return nil }
	k := mc.keeper
	often := op.Method == "Import" || op.N%6 == 0 // opening a rival takes time
	if k.kind != MemoryLog || p.name != 0 || !often || p.model.closed || !op.single() {
		return check
	}
	probe, after := p.model.copy(), p.model.copy()
	mc.drawn = 0
	if op.Method == "Import" {
		_, _ = probe.Import(op.context(), op.Args[0].([]ImportRow), op.Args[1].(*contacts.ImportOptions))
	} else {
		op.call(probe, p.model, op.Args)
	}
	if probe.position == p.model.position { // it would not write
		return check
	}
	const firstID = 1000
	mc.drawn = firstID
	write := op.rivalWrite(p.model)
	later := *op
	later.Now = op.Now.Add(time.Second)
	mc.op = &later
	want := write(after)
	mc.op = op
	for _, arg := range op.Args {
		if r, ok := arg.(Rev); ok && op.revision(p.model, r) != op.revision(after, r) {
			return check // the operation would name another revision
		}
	}
	*p.model = *after
	opts, drawn := mc.opts, firstID
	opts.Now = func() time.Time { return later.Now }
	opts.NewID = func() uuid.UUID { drawn++; return mc.idAt(drawn - 1) }
	var got error
	k.rival = func() {
		rival, err := contacts.Open(context.Background(), k.memory.Reopen(), &opts)
		if err != nil {
			got = err
			return
		}
		defer rival.Close()
		got = write(rival)
	}
	return func() error {
		mc.seen[Seen{Method: "rival of " + op.Method}]++
		if k.rival != nil {
			return disagree("the write never reached the log")
		}
		if d := errorDiffers(got, want); want != nil && d != "" {
			return disagree("rival: %s", d)
		} else if want == nil && got != nil {
			return disagree("rival: error %s", describe(got))
		}
		return nil
	}
}

// single reports whether the operation makes at most one commit, of which the arguments determine all but the revision.
func (op *Op) single() bool {
	if op.Method == "Import" {
		opts, _ := op.Args[1].(*contacts.ImportOptions)
		return opts == nil || opts.BatchSize == 0 || opts.BatchSize > len(op.Args[0].([]ImportRow))
	}
	return comparisons[op.Method] == nil
}

// writer are the methods of stores and models that rivals call.
type writer interface {
	Create(context.Context, contacts.Info, *contacts.CreateOptions) (*contacts.Contact, error)
	Delete(context.Context, uuid.UUID) error
	DeleteLabel(context.Context, string) error
	FindOrCreateLabel(context.Context, string) (contacts.Label, bool, error)
}

// rivalWrite returns a write that can make a difference to the operation: to a contact, an email or a label that its
// arguments name, if there is one.
func (op *Op) rivalWrite(m *Model) func(writer) error {
	var text strings.Builder
	for _, arg := range op.Args {
		text.WriteString(literal(reflect.ValueOf(arg)))
	}
	named := func(value string) bool { return value != "" && strings.Contains(text.String(), quoted(value)) }
	n := int(op.N) / 6
	victim, key, email := uuid.Nil, keyPool[n%len(keyPool)], emailPool[n%len(emailPool)]
	if len(m.people) > 0 {
		victim = m.people[n%len(m.people)].contact.ID
	}
	for _, p := range m.people {
		if e := p.contact.PrimaryInfo.Email; named(e) {
			victim = p.contact.ID
		}
	}
	if i := slices.IndexFunc(keyPool, named); i >= 0 {
		key = keyPool[i]
	}
	if i := slices.IndexFunc(emailPool, named); i >= 0 {
		email = emailPool[i]
	}
	ctx := context.Background()
	return func(w writer) error {
		switch n % 4 {
		case 0:
			info := contacts.Info{Name: contacts.Name{First: "Rival"}, Emails: []contacts.Email{{Address: email}}}
			_, err := w.Create(ctx, info, nil)
			return err
		case 1:
			_, _, err := w.FindOrCreateLabel(ctx, labelNames[n%len(labelNames)])
			return err
		case 2:
			return w.DeleteLabel(ctx, key)
		default:
			return w.Delete(ctx, victim)
		}
	}
}

// maintain calls a method that reads or writes the log, again while that refuses.
func (mc *machine) maintain(op *Op, p *pair, args []any) (result, error) {
	got := op.call(p.store.impl, p.model, args)
	for errors.Is(errorIn(got), contacts.ErrLogUnavailable) {
		got = op.call(p.store.impl, p.model, args)
	}
	return agree(got, op.call(p.model, p.model, op.Args))
}

func errorIn(r result) error {
	err, _ := r[len(r)-1].(error)
	return err
}

// reopen closes the store and opens it again: that changes nothing (DUR-1).
func (mc *machine) reopen(op *Op, p *pair) error {
	before := p.store.Snapshot()
	var text, again bytes.Buffer
	if err := before.Export(&text); err != nil {
		return disagree("export: %w", err)
	}
	if err := p.store.Close(); err != nil {
		return disagree("close: %w", err)
	}
	given, drawn := mc.opts, mc.drawn
	opened, err := mc.keeper.open(&given)
	if err != nil {
		return disagree("open: %w", err)
	}
	p.store, p.last = newSubject(opened), nil
	sn := opened.Snapshot()
	if err := sn.Export(&again); err != nil {
		return disagree("export of the reopened store: %w", err)
	}
	if !bytes.Equal(text.Bytes(), again.Bytes()) || before.Digest() != sn.Digest() {
		return disagree("the reopened store exports different bytes")
	}
	if mc.drawn != drawn {
		return disagree("Open drew an ID")
	}
	m := p.model
	newest := m.log.newest().position
	want := contacts.Recovery{Snapshot: newest, Commits: int(m.position - newest)}
	if got := opened.Recovery(); !reflect.DeepEqual(got, want) {
		return disagree("recovery %+v, want %+v", got, want)
	}
	m.Reopen()
	if mc.opts.CursorKey == [32]byte{} {
		m.sealed = uint64(op.N)
	}
	if err := p.compareAllJobs(); err != nil {
		return err
	}
	if err := p.followFromLog(opened, op.N); err != nil {
		return err
	}
	return mc.compare(p, true)
}

// compareAllJobs compares all jobs (DUR-1).
func (p *pair) compareAllJobs() error {
	got, err := p.store.Jobs(context.Background())
	slices.Reverse(got)
	if d := difference(quietAll(got), p.model.jobs); len(got)+len(p.model.jobs) > 0 && d != "" || err != nil {
		return disagree("jobs%s: %v", d, err)
	}
	return nil
}

// followFromLog follows a store with the log of p from one of the positions that it has (DUR-3).
func (p *pair) followFromLog(s *contacts.Store, n int) error {
	m, oldest := p.model, p.model.log.since()
	if m.position == oldest {
		return nil
	}
	since := oldest + contacts.Position(n)%(m.position-oldest)
	from := slices.IndexFunc(m.log.commits, func(c *Commit) bool { return c.Position > since })
	other := &pair{store: newSubject(s), model: m}
	return other.followed(context.Background(), since, m.log.commits[from:], nil)
}

// compareReplica compares the replica with the store once it has caught up (DUR-6).
func (mc *machine) compareReplica(p *pair, full bool) error {
	replica := mc.keeper.replica
	if replica == nil || p.name != 0 {
		return nil
	}
	const patience = 10 * time.Second
	for began := time.Now(); replica.Snapshot().Position() != p.model.position; {
		if time.Since(began) > patience {
			return disagree("the replica stays at %d of %d", replica.Snapshot().Position(), p.model.position)
		}
		time.Sleep(20 * time.Microsecond)
	}
	if replica.Snapshot().Digest() != p.store.Snapshot().Digest() {
		return disagree("the replica has another digest")
	}
	if n := mc.keeper.asked.Load(); n > 0 {
		return disagree("the replica has called functions of the options %d times", n)
	}
	if !full {
		return nil
	}
	if err := mc.compareSnapshot(replica.Snapshot(), p.model, mc.known); err != nil {
		return disagree("replica: %w", err)
	}
	if err := p.followFromLog(replica, mc.steps); err != nil {
		return disagree("replica: %w", err)
	}
	return nil
}

// endOfLog compares the replica, and the store once it was opened again.
func (mc *machine) endOfLog() error {
	p := mc.pairs[0]
	if p.model.log == nil {
		return nil
	}
	if err := mc.compareReplica(p, true); err != nil {
		return err
	}
	if mc.op == nil {
		return nil
	}
	return mc.reopen(&Op{N: mc.op.N + 1, Now: mc.op.Now}, p)
}

// sealedBy returns what a store that was loaded from an export seals its cursors with (QRY-6).
func sealedBy(export []byte) uint64 {
	hash := fnv.New64()
	hash.Write(export)
	return hash.Sum64()
}

// printOpen prints how store 0 is opened, the first time or again.
func (k LogKind) printOpen(again bool) string {
	switch {
	case k == NoLog:
		return "s0, err := contacts.New(opts)"
	case k == BoltLog && again:
		return "s0.Close()\n\ts0, err = boltlog.OpenStore(ctx, dir, &boltlog.Options{Sync: boltlog.Never}, opts)"
	case k == BoltLog:
		return "dir := t.TempDir()\n\ts0, err := boltlog.OpenStore(ctx, dir, &boltlog.Options{Sync: boltlog.Never}, opts)"
	case again:
		return "s0.Close()\n\ts0, err = contacts.Open(ctx, log.Reopen(), opts)"
	default:
		return fmt.Sprintf("log := logtest.NewMemory() // %s: rivals write, see machine_log.go\n\ts0, err := contacts.Open(ctx, log.Reopen(), opts)", k)
	}
}
