// Package history records concurrent calls of stores and checks that they are linearizable: one order of the calls,
// which does not contradict real time, explains all replies. The checker is porcupine. The tests of proof use it, and
// those of logs that stores share.
package history

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Setup describes the stores of histories.
type Setup struct {
	// Open opens the stores of a history, which have the same contents. Several stores share a log. The clients take
	// turns to choose a store, and keep it.
	Open func(*testing.T, *contacts.Options) []*contacts.Store

	// Wrap returns the store that the clients call, which may be a broken one. Nil: each store itself.
	Wrap func(*contacts.Store) Store

	// InSync makes several stores linearizable as a whole. A store on a shared log may lag behind the others, so a
	// reply that writes nothing can be older than a reply that another client already has. In sync, all clients share
	// the newest position that a reply has shown. Each call waits for it first with Store.WaitFor, as part of the call.
	InSync bool

	// Patience limits a call, which then counts as refused with the code INTERNAL. 0 is no limit. Broken stores can
	// wait for what never comes.
	Patience time.Duration
}

// History is a recorded history.
type History struct {
	Store      *contacts.Store // the first one, which has all commits
	operations []porcupine.Operation
	known      []contacts.Position // of the store of each operation when that began
}

// Torn is a store with its own, broken reading of a whole snapshot.
type Torn interface {
	Read() ([]Contact, contacts.Position)
}

func readSnapshot(sn *contacts.Snapshot) (all []Contact, at contacts.Position) {
	for v := range sn.All() {
		all = append(all, Show(v.Clone()))
	}
	return all, sn.Position()
}

// recorder records a history.
type recorder struct {
	t      *testing.T
	stores []*contacts.Store
	called []Store // the same, wrapped
	began  time.Time
	setup  Setup

	mu        sync.Mutex
	history   *History
	newest    contacts.Position // that a reply has shown
	ids       []uuid.UUID       // of contacts that exist or existed
	revisions map[uuid.UUID]int
}

// Record lets clients call the stores concurrently and records the replies. The calls depend on the seed and on earlier
// replies.
func (s Setup) Record(t *testing.T, seed uint64) *History {
	var drawn atomic.Uint64
	r := &recorder{t: t, setup: s, began: time.Now(), revisions: make(map[uuid.UUID]int)}
	r.stores = s.Open(t, &contacts.Options{
		Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		NewID: func() uuid.UUID {
			id := uuid.UUID{6: 0x40, 8: 0x80}
			binary.BigEndian.PutUint32(id[12:], uint32(drawn.Add(1)))
			return id
		},
		SelfCheck: seed%4 == 0,
	})
	for _, store := range r.stores {
		if s.Wrap != nil {
			r.called = append(r.called, s.Wrap(store))
		} else {
			r.called = append(r.called, store)
		}
	}
	r.history = &History{Store: r.stores[0]}
	r.do(0, call{method: "create", company: "first", email: "a@x.io"})
	r.do(0, call{method: "create", company: "second"})
	r.do(0, call{method: "create"})

	var wg sync.WaitGroup
	begin := make(chan struct{})
	for client := range clients {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(seed*clients+uint64(client), 0x9e3779b97f4a7c15))
			<-begin
			for n := range callsEach {
				r.do(client, r.draw(rnd, fmt.Sprint(client, ".", n)))
				if rnd.IntN(3) == 2 {
					runtime.Gosched()
				}
			}
		})
	}
	close(begin)
	wg.Wait()
	r.do(0, call{method: "create", company: "last"}) // now store 0 has everything
	r.do(0, call{method: "snapshot"})
	return r.history
}

func pick[T any](rnd *rand.Rand, list []T) T { return list[rnd.IntN(len(list))] }

// draw returns the next call of a client. It names contacts that exist or existed, few of them.
func (r *recorder) draw(rnd *rand.Rand, company string) call {
	r.mu.Lock()
	in := call{id: pick(rnd, r.ids), company: company}
	in.revision = r.revisions[in.id]
	other := pick(rnd, r.ids)
	full := len(r.ids) >= contactsMost-clients
	r.mu.Unlock()
	in.method = pick(rnd, []string{
		"get", "get", "update", "update", "update", "update", "label", "unlabel", "merge", "merge", "delete", "create",
		"snapshot", "snapshot",
	})
	if rnd.IntN(8) == 7 {
		in.revision--
	}
	switch in.method {
	case "create":
		if full {
			in.method = "get"
		}
		in.email = pick(rnd, append([]string{""}, historyEmails...))
	case "update":
		if rnd.IntN(3) == 2 {
			in.email = pick(rnd, historyEmails)
		}
	case "merge":
		in.sources = []uuid.UUID{other}
	}
	return in
}

// do makes a call and records it.
func (r *recorder) do(client int, in call) {
	store, called := r.stores[client%len(r.stores)], r.called[client%len(r.stores)]
	known := store.Snapshot().Position()
	op := porcupine.Operation{ClientId: client, Input: in, Call: int64(time.Since(r.began))}
	ctx := r.t.Context()
	if r.setup.Patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.setup.Patience)
		defer cancel()
	}
	var out reply
	var c *contacts.Contact
	err := r.sync(ctx, store)
	if err == nil {
		c, err = in.make(ctx, called, &out)
	}
	r.show(store)
	op.Return = int64(time.Since(r.began))
	if err != nil { // the model expects no error without a code
		out.code = cmp.Or(contacts.CodeOf(err), contacts.ErrInternal)
	}
	if c != nil {
		out.contact = Show(c)
	}
	op.Output = out
	r.mu.Lock()
	defer r.mu.Unlock()
	if c != nil {
		if r.revisions[c.ID] == 0 {
			r.ids = append(r.ids, c.ID)
		}
		r.revisions[c.ID] = max(r.revisions[c.ID], c.Revision)
	}
	r.history.operations, r.history.known = append(r.history.operations, op), append(r.history.known, known)
}

// sync waits until a store has the newest position that a reply has shown.
func (r *recorder) sync(ctx context.Context, store *contacts.Store) error {
	if !r.setup.InSync {
		return nil
	}
	r.mu.Lock()
	newest := r.newest
	r.mu.Unlock()
	return store.WaitFor(ctx, newest)
}

// show notes the position of a store, before the reply to a call is recorded as returned.
func (r *recorder) show(store *contacts.Store) {
	at := store.Snapshot().Position()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.newest = max(r.newest, at)
}

// make makes the call of a store. It sets the parts of the reply that are not of a contact.
func (in call) make(ctx context.Context, s Store, out *reply) (*contacts.Contact, error) {
	switch in.method {
	case "create":
		info := contacts.Info{Name: contacts.Name{First: "x"}, Company: in.company}
		if in.email != "" {
			info.Emails = []contacts.Email{{Address: in.email}}
		}
		return s.Create(ctx, info, nil)
	case "get":
		return s.Get(ctx, in.id, nil)
	case "update":
		patch := contacts.Patch{Company: contacts.Set(in.company)}
		if in.email != "" {
			patch.Emails = contacts.Set([]contacts.Email{{Address: in.email}})
		}
		return s.Update(ctx, in.id, in.revision, patch, nil)
	case "delete":
		return nil, s.Delete(ctx, in.id)
	case "label":
		return s.Label(ctx, in.id, historyLabel)
	case "unlabel":
		return s.Unlabel(ctx, in.id, historyLabel)
	case "merge":
		return s.Merge(ctx, in.id, in.revision, in.sources, nil)
	}
	if torn, ok := s.(Torn); ok {
		out.all, out.position = torn.Read()
	} else {
		out.all, out.position = readSnapshot(s.Snapshot())
	}
	return nil, nil
}
