package proof

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
	"github.com/contactsdb/contacts/logtest"
)

var histories = flag.Int("proof.histories", 60, "number of concurrent histories to check")

const (
	clients      = 8
	callsEach    = 6
	contactsMost = 17 // in one history
)

// shared are the methods that the histories call.
type shared interface {
	Create(context.Context, contacts.Info, *contacts.CreateOptions) (*contacts.Contact, error)
	Get(context.Context, uuid.UUID, *contacts.GetOptions) (*contacts.Contact, error)
	Update(context.Context, uuid.UUID, int, contacts.Patch, *contacts.UpdateOptions) (*contacts.Contact, error)
	Delete(context.Context, uuid.UUID) error
	Label(context.Context, uuid.UUID, ...string) (*contacts.Contact, error)
	Unlabel(context.Context, uuid.UUID, ...string) (*contacts.Contact, error)
	Merge(context.Context, uuid.UUID, int, []uuid.UUID, *contacts.MergeOptions) (*contacts.Contact, error)
	Snapshot() *contacts.Snapshot
}

// The sequential model. A state is small and can be compared with ==, because the checker keeps many of them.

// shown is the part of a contact that the histories compare.
type shown struct {
	id       uuid.UUID
	revision int
	company  string
	primary  string // the primary email
	emails   uint8  // a bit for each email
	label    bool
}

type slot struct {
	shown
	gone bool
	into uuid.UUID // the target of its merge
}

type state struct {
	slots    [contactsMost]slot // in the order of creation
	n        int
	position contacts.Position
}

// call is a request of a client.
type call struct {
	method   string
	id       uuid.UUID
	revision int
	sources  []uuid.UUID
	company  string
	email    string // of Create, and of Update if it sets one
}

// reply is the answer to a call.
type reply struct {
	code     contacts.Code
	contact  shown
	all      []shown // of a snapshot
	position contacts.Position
}

var historyEmails = []string{"a@x.io", "b@x.io", "c@x.io", "d@x.io"}

const historyLabel = "contacts.customers"

func (s *state) live(id uuid.UUID) *slot {
	for i := range s.slots[:s.n] {
		if s.slots[i].id == id && !s.slots[i].gone {
			return &s.slots[i]
		}
	}
	return nil
}

// resolve follows merges.
func (s *state) resolve(id uuid.UUID) *slot {
	for i := 0; i < s.n; i++ {
		if s.slots[i].id != id {
			continue
		}
		if !s.slots[i].gone {
			return &s.slots[i]
		}
		if s.slots[i].into == uuid.Nil {
			return nil
		}
		id, i = s.slots[i].into, -1
	}
	return nil
}

func bitOf(email string) uint8 {
	if email == "" {
		return 0
	}
	return 1 << slices.Index(historyEmails, email)
}

// taken reports whether another contact has the primary email (DUP-1).
func (s *state) taken(email string, self uuid.UUID) bool {
	for _, c := range s.slots[:s.n] {
		if !c.gone && c.id != self && email != "" && c.primary == email {
			return true
		}
	}
	return false
}

// step makes a call on a copy of the state, and reports whether it can give that reply.
func (s state) step(in call, out reply) (bool, state) {
	refused := func(code contacts.Code) (bool, state) { return out.code == code, s }
	wrote := func(c shown) (bool, state) {
		s.position++
		return out.code == "" && out.contact == c, s
	}
	switch in.method {
	case "snapshot":
		var all []shown
		for _, c := range s.slots[:s.n] {
			if !c.gone {
				all = append(all, c.shown)
			}
		}
		return slices.Equal(all, out.all) && s.position == out.position, s
	case "create":
		if s.taken(in.email, uuid.Nil) {
			return refused(contacts.ErrDuplicate)
		}
		c := shown{id: out.contact.id, revision: 1, company: in.company, primary: in.email, emails: bitOf(in.email)}
		if s.n == contactsMost || c.id == uuid.Nil || s.resolve(c.id) != nil {
			return false, s
		}
		s.slots[s.n] = slot{shown: c}
		s.n++
		return wrote(c)
	case "get":
		if c := s.resolve(in.id); c != nil {
			return out.code == "" && out.contact == c.shown, s
		}
		return refused(contacts.ErrContactNotFound)
	}
	c := s.live(in.id)
	if c == nil {
		return refused(contacts.ErrContactNotFound)
	}
	switch in.method {
	case "update":
		if c.revision != in.revision {
			return refused(contacts.ErrAlreadyChanged)
		}
		if in.email != "" {
			if in.email != c.primary && s.taken(in.email, c.id) {
				return refused(contacts.ErrDuplicate)
			}
			c.primary, c.emails = in.email, bitOf(in.email)
		}
		c.company = in.company
		c.revision++
		return wrote(c.shown)
	case "delete":
		c.gone = true
		return wrote(shown{})
	case "label", "unlabel":
		c.label = in.method == "label"
		c.revision++
		return wrote(c.shown)
	default: // merge
		for _, id := range in.sources {
			if s.live(id) == nil {
				return refused(contacts.ErrContactNotFound)
			}
		}
		for i, id := range in.sources {
			if id == in.id || slices.Contains(in.sources[:i], id) {
				return refused(contacts.ErrIllegalMerge)
			}
		}
		if c.revision != in.revision {
			return refused(contacts.ErrAlreadyChanged)
		}
		for _, id := range in.sources {
			source := s.live(id)
			source.gone, source.into = true, in.id
			if c.primary == "" {
				c.primary = source.primary
			}
			if c.company == "" {
				c.company = source.company
			}
			c.emails |= source.emails
			c.label = c.label || source.label
		}
		c.revision++
		return wrote(c.shown)
	}
}

var sequential = porcupine.Model{
	Init: func() any { return state{} },
	Step: func(s, in, out any) (bool, any) {
		ok, next := s.(state).step(in.(call), out.(reply))
		return ok, next
	},
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v -> %+v", in, out) },
}

func showContact(c *contacts.Contact) shown {
	out := shown{
		id: c.ID, revision: c.Revision, company: c.Info.Company, primary: c.PrimaryInfo.Email,
		label: slices.Contains(c.Info.LabelKeys, historyLabel),
	}
	for _, e := range c.Info.Emails {
		out.emails |= bitOf(e.Address)
	}
	return out
}

// snapshots is a store with its own, broken reading of a whole snapshot.
type snapshots interface {
	read() ([]shown, contacts.Position)
}

func readSnapshot(sn *contacts.Snapshot) (all []shown, at contacts.Position) {
	for v := range sn.All() {
		all = append(all, showContact(v.Clone()))
	}
	return all, sn.Position()
}

// history is a recorded history.
type history struct {
	store      *contacts.Store
	operations []porcupine.Operation
	known      []contacts.Position // of the store of each operation when that began
}

// opener opens the stores of a history. All of them have the same contents.
type opener func(*testing.T, *contacts.Options) []*contacts.Store

func openNew(t *testing.T, opts *contacts.Options) []*contacts.Store {
	s, err := contacts.New(opts)
	require.NoError(t, err)
	return []*contacts.Store{s}
}

// openOn returns an opener of a store on each of the logs.
func openOn(logs func(*testing.T) []contacts.Log) opener {
	return func(t *testing.T, opts *contacts.Options) (stores []*contacts.Store) {
		for _, log := range logs(t) {
			s, err := contacts.Open(t.Context(), log, opts)
			require.NoError(t, err)
			stores = append(stores, s)
		}
		return stores
	}
}

// record lets clients call a store concurrently and records the replies. wrap may return a broken store.
func record(t *testing.T, seed uint64, open opener, wrap func(*contacts.Store) shared) *history {
	var drawn atomic.Int64
	stores := open(t, &contacts.Options{
		Now:   func() time.Time { return start },
		NewID: func() uuid.UUID { return idOf(1, int(drawn.Add(1))) },

		SelfCheck: seed%4 == 0,
	})
	var wrapped []shared
	for _, s := range stores {
		wrapped = append(wrapped, wrap(s))
	}

	// Calls name contacts that exist or existed, few of them.
	var mu sync.Mutex
	var ids []uuid.UUID
	revisions := make(map[uuid.UUID]int)
	learn := func(c *contacts.Contact) {
		mu.Lock()
		defer mu.Unlock()
		if revisions[c.ID] == 0 {
			ids = append(ids, c.ID)
		}
		revisions[c.ID] = max(revisions[c.ID], c.Revision)
	}
	began := time.Now()
	since := func() int64 { return int64(time.Since(began)) }
	h := &history{store: stores[0]}
	do := func(client int, in call) {
		store, s := stores[client%len(stores)], wrapped[client%len(stores)]
		known := store.Snapshot().Position()
		op := porcupine.Operation{ClientId: client, Input: in, Call: since()}
		out, c := reply{}, (*contacts.Contact)(nil)
		var err error
		switch ctx := t.Context(); in.method {
		case "create":
			info := contacts.Info{Name: contacts.Name{First: "x"}, Company: in.company}
			if in.email != "" {
				info.Emails = []contacts.Email{{Address: in.email}}
			}
			c, err = s.Create(ctx, info, nil)
		case "get":
			c, err = s.Get(ctx, in.id, nil)
		case "update":
			patch := contacts.Patch{Company: contacts.Set(in.company)}
			if in.email != "" {
				patch.Emails = contacts.Set([]contacts.Email{{Address: in.email}})
			}
			c, err = s.Update(ctx, in.id, in.revision, patch, nil)
		case "delete":
			err = s.Delete(ctx, in.id)
		case "label":
			c, err = s.Label(ctx, in.id, historyLabel)
		case "unlabel":
			c, err = s.Unlabel(ctx, in.id, historyLabel)
		case "merge":
			c, err = s.Merge(ctx, in.id, in.revision, in.sources, nil)
		case "snapshot":
			if whole, ok := s.(snapshots); ok {
				out.all, out.position = whole.read()
			} else {
				out.all, out.position = readSnapshot(s.Snapshot())
			}
		}
		op.Return = since()
		if out.code = contacts.CodeOf(err); c != nil {
			out.contact = showContact(c)
			learn(c)
		}
		op.Output = out
		mu.Lock()
		h.operations, h.known = append(h.operations, op), append(h.known, known)
		mu.Unlock()
	}
	do(0, call{method: "create", company: "first", email: "a@x.io"})
	do(0, call{method: "create", company: "second"})
	do(0, call{method: "create"})

	var wg sync.WaitGroup
	begin := make(chan struct{})
	for client := range clients {
		wg.Go(func() {
			r := newSeeded(seed*clients + uint64(client))
			<-begin
			for n := range callsEach {
				mu.Lock()
				in := call{id: pick(r, ids), company: fmt.Sprint(client, ".", n)}
				in.revision = revisions[in.id]
				other := pick(r, ids)
				full := len(ids) >= contactsMost-clients
				mu.Unlock()
				in.method = pick(r, []string{
					"get", "get", "update", "update", "update", "update", "label", "unlabel", "merge", "merge",
					"delete", "create", "snapshot", "snapshot",
				})
				if oneIn(r, 8) {
					in.revision--
				}
				switch in.method {
				case "create":
					if full {
						in.method = "get"
					}
					in.email = pick(r, append([]string{""}, historyEmails...))
				case "update":
					if oneIn(r, 3) {
						in.email = pick(r, historyEmails)
					}
				case "merge":
					in.sources = []uuid.UUID{other}
				}
				do(client, in)
				if oneIn(r, 3) {
					runtime.Gosched()
				}
			}
		})
	}
	close(begin)
	wg.Wait()
	do(0, call{method: "create", company: "last"}) // now store 0 has everything
	do(0, call{method: "snapshot"})
	return h
}

// check searches for one order of the calls that explains all replies.
func (h *history) check() porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(sequential, h.operations, 30*time.Second)
}

// checkFeed checks that the order of the feed explains the replies to all writes and does not contradict real time. It
// returns the states after each position.
func (h *history) checkFeed(t *testing.T) []moment {
	type key struct {
		id       uuid.UUID
		revision int // 0: deleted
	}
	writes := make(map[key]porcupine.Operation)
	for _, op := range h.operations {
		in, out := op.Input.(call), op.Output.(reply)
		switch {
		case out.code != "" || in.method == "get" || in.method == "snapshot":
		case in.method == "delete":
			writes[key{in.id, 0}] = op
		default:
			writes[key{out.contact.id, out.contact.revision}] = op
		}
	}
	newest := h.store.Snapshot().Position()
	require.EqualValues(t, len(writes), newest, "commits")
	var s state
	var latest int64 // the latest start of a call with an earlier commit
	moments := []moment{{}}
	seen := make(map[contacts.Position][]shown)
	for c, err := range h.store.Follow(t.Context(), 0) {
		require.NoError(t, err)
		first := c.Changes[0]
		var k key
		if first.After.IsZero() {
			k = key{first.Before.ID(), 0}
		} else {
			k = key{first.After.ID(), first.After.Revision()}
		}
		op, ok := writes[k]
		require.True(t, ok, "no call made commit %d", c.Position)
		ok, s = s.step(op.Input.(call), op.Output.(reply))
		require.True(t, ok, "commit %d of the feed: %s", c.Position, sequential.DescribeOperation(op.Input, op.Output))
		require.GreaterOrEqual(t, op.Return, latest,
			"commit %d comes after a commit whose call began only after this one returned", c.Position)
		latest = max(latest, op.Call)
		moments = append(moments, moment{s, latest})
		for _, slot := range s.slots[:s.n] {
			if !slot.gone {
				seen[c.Position] = append(seen[c.Position], slot.shown)
			}
		}
		if c.Position == newest {
			break
		}
	}
	for _, op := range h.operations {
		if out := op.Output.(reply); op.Input.(call).method == "snapshot" {
			require.Equal(t, seen[out.position], out.all, "snapshot at %d", out.position)
		}
	}
	return moments
}

// moment is a state, and a time before which it did not exist.
type moment struct {
	state state
	after int64
}

// checkShared checks the replies of stores that share a log. A store may lag behind the others (DUR-7): each reply that
// writes nothing follows from a state that the store had when the call began or reached before it returned.
func (h *history) checkShared(t *testing.T, moments []moment) {
	for i, op := range h.operations {
		in, out := op.Input.(call), op.Output.(reply)
		if out.code == "" && in.method != "get" && in.method != "snapshot" {
			continue // see checkFeed
		}
		require.True(t, slices.ContainsFunc(moments[h.known[i]:], func(m moment) bool {
			ok, _ := m.state.step(in, out)
			return ok && m.after <= op.Return
		}), "%s, from position %d", sequential.DescribeOperation(op.Input, op.Output), h.known[i])
	}
}

func unbroken(s *contacts.Store) shared { return s }

// TestHistories checks that concurrent calls are linearizable, in the order of the feed.
func TestHistories(t *testing.T) { checkHistories(t, *histories, openNew) }

// TestHistoriesOnLogs does the same for stores with a log.
func TestHistoriesOnLogs(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		checkHistories(t, *histories, openOn(func(*testing.T) []contacts.Log {
			return []contacts.Log{logtest.NewMemory()}
		}))
	})
	t.Run("boltlog", func(t *testing.T) {
		checkHistories(t, *histories/4, openOn(func(t *testing.T) []contacts.Log {
			log, err := boltlog.Open(t.Context(), t.TempDir(), &boltlog.Options{Sync: boltlog.Never})
			require.NoError(t, err)
			return []contacts.Log{log}
		}))
	})
	t.Run("flaky", func(t *testing.T) {
		var n uint64
		checkHistories(t, *histories/4, openOn(func(*testing.T) []contacts.Log {
			n++
			return []contacts.Log{logtest.Flaky(logtest.NewMemory(), n)}
		}))
	})
	t.Run("shared by two stores", func(t *testing.T) { checkSharedHistories(t, false) })
	t.Run("shared and flaky", func(t *testing.T) { checkSharedHistories(t, true) })
}

func checkHistories(t *testing.T, number int, open opener) {
	first := *seed
	if first == 0 {
		first = rand.Uint64N(1 << 40)
	}
	t.Logf("%d histories, from seed %d", number, first)
	for n := range uint64(number) {
		h := record(t, first+n, open, unbroken)
		if result := h.check(); result != porcupine.Ok {
			h.print(t)
			require.Equal(t, porcupine.Ok, result, "seed %d", first+n)
		}
		h.checkFeed(t)
		require.NoError(t, h.store.Snapshot().Check())
		require.NoError(t, h.store.Close())
	}
}

func (h *history) print(t *testing.T) {
	for _, op := range h.operations {
		text := sequential.DescribeOperation(op.Input, op.Output)
		t.Logf("%d %d..%d %s", op.ClientId, op.Call, op.Return, text)
	}
}

// checkSharedHistories checks histories of two stores that write to one log (DUR-7), while a replica follows. The first
// store compacts the log, unless that is flaky: then a write could have an unknown outcome (DUR-9).
func checkSharedHistories(t *testing.T, flaky bool) {
	number, first := *histories, *seed
	if flaky {
		number /= 4
	}
	if first == 0 {
		first = rand.Uint64N(1 << 40)
	}
	t.Logf("%d histories, from seed %d", number, first)
	for n := first; n < first+uint64(number); n++ {
		log := logtest.NewMemory()
		replica, err := contacts.OpenReplica(t.Context(), log.Reopen(), nil)
		require.NoError(t, err)
		var stores []*contacts.Store
		var compacting sync.WaitGroup
		var recorded atomic.Bool
		h := record(t, n, func(t *testing.T, opts *contacts.Options) []*contacts.Store {
			logs := []contacts.Log{log.Reopen(), log.Reopen()}
			if flaky {
				logs[0], logs[1] = logtest.Flaky(logs[0], n), logtest.Flaky(logs[1], n+1)
			}
			stores = openOn(func(*testing.T) []contacts.Log { return logs })(t, opts)
			if n%2 == 0 && !flaky {
				compacting.Go(func() {
					for !recorded.Load() {
						assert.NoError(t, stores[0].Compact(t.Context()))
						runtime.Gosched()
					}
				})
			}
			return stores
		}, unbroken)
		recorded.Store(true)
		compacting.Wait()
		h.checkAllShared(t, n)
		again, err := contacts.Open(t.Context(), log.Reopen(), nil)
		require.NoError(t, err)
		want := again.Snapshot()
		require.NoError(t, want.Check())
		require.Equal(t, h.store.Snapshot().Digest(), want.Digest())
		require.Eventually(t, func() bool {
			return replica.Snapshot().Position() == want.Position()
		}, 10*time.Second, time.Millisecond)
		require.Equal(t, want.Digest(), replica.Snapshot().Digest())
		for _, s := range append(stores, again, replica) {
			require.NoError(t, s.Close())
		}
	}
}

func (h *history) checkAllShared(t *testing.T, seed uint64) {
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
			h.print(t)
		}
	}()
	h.checkShared(t, h.checkFeed(t))
}

// Broken stores that the checker must find.

// stale answers Get from the first snapshot.
type stale struct {
	*contacts.Store
	then atomic.Pointer[contacts.Snapshot]
}

func (s *stale) Get(ctx context.Context, id uuid.UUID, opts *contacts.GetOptions) (*contacts.Contact, error) {
	if s.then.Load() == nil {
		s.then.CompareAndSwap(nil, s.Store.Snapshot())
	}
	return s.then.Load().Get(id)
}

// careless ignores the revision of an update.
type careless struct{ *contacts.Store }

func (s careless) Update(
	ctx context.Context, id uuid.UUID, revision int, p contacts.Patch, opts *contacts.UpdateOptions,
) (*contacts.Contact, error) {
	for {
		if v, ok := s.Snapshot().View(id); ok {
			revision = v.Revision()
		}
		c, err := s.Store.Update(ctx, id, revision, p, opts)
		if !errors.Is(err, contacts.ErrAlreadyChanged) {
			return c, err
		}
	}
}

// forgetful labels a fork and reports success.
type forgetful struct{ *contacts.Store }

func (s forgetful) Label(ctx context.Context, id uuid.UUID, keys ...string) (*contacts.Contact, error) {
	return s.Store.Fork().Label(ctx, id, keys...)
}

// torn reads each contact of a snapshot from the then newest snapshot.
type torn struct{ *contacts.Store }

func (s torn) read() (all []shown, at contacts.Position) {
	sn := s.Snapshot()
	for v := range sn.All() {
		runtime.Gosched()
		if c, ok := s.Snapshot().View(v.ID()); ok {
			all = append(all, showContact(c.Clone()))
		}
	}
	return all, sn.Position()
}

// early reports a contact as deleted, and deletes it a little later.
type early struct{ *contacts.Store }

func (s early) Delete(ctx context.Context, id uuid.UUID) error {
	if _, ok := s.Snapshot().View(id); !ok {
		return s.Store.Delete(ctx, id)
	}
	go func() {
		time.Sleep(50 * time.Microsecond)
		_ = s.Store.Delete(context.WithoutCancel(ctx), id)
	}()
	return nil
}

// TestCheckerFindsBrokenStores shows that the check of histories can fail.
func TestCheckerFindsBrokenStores(t *testing.T) {
	for name, wrap := range map[string]func(*contacts.Store) shared{
		"Get from an old snapshot":          func(s *contacts.Store) shared { return &stale{Store: s} },
		"Update without the revision check": func(s *contacts.Store) shared { return careless{s} },
		"lost Label":                        func(s *contacts.Store) shared { return forgetful{s} },
		"torn snapshot":                     func(s *contacts.Store) shared { return torn{s} },
		"delayed Delete":                    func(s *contacts.Store) shared { return early{s} },
	} {
		t.Run(name, func(t *testing.T) {
			for n := range uint64(2000) {
				if record(t, n, openNew, wrap).check() == porcupine.Illegal {
					t.Logf("found in history %d", n+1)
					return
				}
			}
			t.Fatal("the checker accepts it")
		})
	}
}

// TestSequentialModel shows that the model of the histories does not accept everything.
func TestSequentialModel(t *testing.T) {
	require.Equal(t, 4, bits.OnesCount8(bitOf("a@x.io")|bitOf("b@x.io")|bitOf("c@x.io")|bitOf("d@x.io")))
	h := record(t, 1, openNew, unbroken)
	for i := range h.operations {
		op := &h.operations[i]
		out := op.Output.(reply)
		if in := op.Input.(call); in.method == "create" && out.code == "" {
			out.contact.revision++
			op.Output = out
			require.Equal(t, porcupine.Illegal, h.check())
			return
		}
	}
}

// Waiting.

// holding is a context that keeps the write lock for some time: a write checks its context again under the lock.
type holding struct {
	context.Context
	checks atomic.Int32
	hold   time.Duration
}

func (h *holding) Err() error {
	if h.checks.Add(1) == 3 { // after one by Create and one by the commit before the lock
		time.Sleep(h.hold)
	}
	return h.Context.Err()
}

// TestWaitingForTheLockEnds covers STO-1: a call that waits for the lock returns when its context ends, and writes
// nothing.
func TestWaitingForTheLockEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := contacts.New(nil)
		require.NoError(t, err)
		info := contacts.Info{Name: contacts.Name{First: "Ann"}}
		for checks := range int32(3) { // until the pause falls on a check under the lock
			first := &holding{Context: t.Context(), hold: time.Hour}
			first.checks.Store(checks)
			var wg sync.WaitGroup
			wg.Go(func() {
				_, err := s.Create(first, info, nil)
				require.NoError(t, err)
			})
			synctest.Wait() // until the first sleeps
			position, began := s.Snapshot().Position(), time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			_, err := s.Create(ctx, info, nil)
			cancel()
			if err == nil { // the first did not hold the lock
				wg.Wait()
				continue
			}
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Empty(t, contacts.CodeOf(err))
			require.Equal(t, time.Minute, time.Since(began))
			require.Equal(t, position, s.Snapshot().Position())
			_, err = s.Create(t.Context(), info, nil) // waits for the first
			require.NoError(t, err)
			require.Equal(t, time.Hour, time.Since(began))
			require.Equal(t, position+2, s.Snapshot().Position())
			wg.Wait()
			return
		}
		t.Fatal("no check of the context was under the lock")
	})
}

// TestFollowWaits covers EVT-2 and EVT-4: a reader waits for commits, gets each once, and ends with its context or
// store.
func TestFollowWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := contacts.New(&contacts.Options{FeedSize: 3})
		require.NoError(t, err)
		type reader struct {
			positions []contacts.Position
			err       error
			ended     time.Duration
		}
		began := time.Now()
		follow := func(ctx context.Context, since contacts.Position, pause time.Duration) *reader {
			r := &reader{}
			go func() {
				for c, err := range s.Follow(ctx, since) {
					if err != nil {
						r.err, r.ended = err, time.Since(began)
						continue
					}
					r.positions = append(r.positions, c.Position)
					time.Sleep(pause)
				}
			}()
			return r
		}
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		all := follow(t.Context(), 0, 0)
		short := follow(ctx, 0, 0)
		slow := follow(t.Context(), 0, time.Hour) // the second commit is dropped during its first pause
		for range 10 {
			time.Sleep(10 * time.Second)
			_, err := s.Create(t.Context(), contacts.Info{Name: contacts.Name{First: "Ann"}}, nil)
			require.NoError(t, err)
		}
		time.Sleep(time.Second)
		require.NoError(t, s.Close())
		time.Sleep(2 * time.Hour)
		synctest.Wait()

		require.Equal(t, []contacts.Position{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, all.positions)
		require.Equal(t, contacts.ErrClosed, contacts.CodeOf(all.err))
		require.Equal(t, 101*time.Second, all.ended)

		require.ErrorIs(t, short.err, context.DeadlineExceeded)
		require.Equal(t, 90*time.Second, short.ended)
		require.GreaterOrEqual(t, len(short.positions), 8)

		require.Equal(t, []contacts.Position{1}, slow.positions)
		expired, ok := errors.AsType[*contacts.PositionError](slow.err)
		require.True(t, ok, "%v", slow.err)
		require.EqualValues(t, 7, expired.Oldest)
	})
}
