package proof

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"runtime"
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
	"github.com/contactsdb/contacts/proof/history"
)

var histories = flag.Int("proof.histories", 60, "number of concurrent histories to check")

func openNew(t *testing.T, opts *contacts.Options) []*contacts.Store {
	s, err := contacts.New(opts)
	require.NoError(t, err)
	return []*contacts.Store{s}
}

// openOn returns a function that opens a store on each of the logs.
func openOn(logs func(*testing.T) []contacts.Log) func(*testing.T, *contacts.Options) []*contacts.Store {
	return func(t *testing.T, opts *contacts.Options) (stores []*contacts.Store) {
		for _, log := range logs(t) {
			s, err := contacts.Open(t.Context(), log, opts)
			require.NoError(t, err)
			stores = append(stores, s)
		}
		return stores
	}
}

// TestHistories checks that concurrent calls are linearizable, in the order of the feed.
func TestHistories(t *testing.T) {
	checkHistories(t, *histories, history.Setup{Open: openNew})
}

// TestHistoriesOnLogs does the same for stores with a log.
func TestHistoriesOnLogs(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		checkHistories(t, *histories, history.Setup{Open: openOn(func(*testing.T) []contacts.Log {
			return []contacts.Log{logtest.NewMemory()}
		})})
	})
	t.Run("boltlog", func(t *testing.T) {
		checkHistories(t, *histories/4, history.Setup{Open: openOn(func(t *testing.T) []contacts.Log {
			log, err := boltlog.Open(t.Context(), t.TempDir(), &boltlog.Options{Sync: boltlog.Never})
			require.NoError(t, err)
			return []contacts.Log{log}
		})})
	})
	t.Run("flaky", func(t *testing.T) {
		var n uint64
		checkHistories(t, *histories/4, history.Setup{Open: openOn(func(*testing.T) []contacts.Log {
			n++
			return []contacts.Log{logtest.Flaky(logtest.NewMemory(), n)}
		})})
	})
	t.Run("shared by two stores", func(t *testing.T) { checkSharedHistories(t, false) })
	t.Run("shared and flaky", func(t *testing.T) { checkSharedHistories(t, true) })
}

func checkHistories(t *testing.T, number int, setup history.Setup) {
	first := *seed
	if first == 0 {
		first = rand.Uint64N(1 << 40)
	}
	t.Logf("%d histories, from seed %d", number, first)
	for n := range uint64(number) {
		h := setup.Record(t, first+n)
		if result := h.Check(); result != porcupine.Ok {
			h.Print(t)
			require.Equal(t, porcupine.Ok, result, "seed %d", first+n)
		}
		h.CheckFeed(t)
		require.NoError(t, h.Store.Snapshot().Check())
		require.NoError(t, h.Store.Close())
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
		open := func(t *testing.T, opts *contacts.Options) []*contacts.Store {
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
		}
		setup := history.Setup{Open: open, InSync: n/2%2 == 0}
		h := setup.Record(t, n)
		recorded.Store(true)
		compacting.Wait()
		checkShared(t, h, n, setup.InSync)
		again, err := contacts.Open(t.Context(), log.Reopen(), nil)
		require.NoError(t, err)
		want := again.Snapshot()
		require.NoError(t, want.Check())
		require.Equal(t, h.Store.Snapshot().Digest(), want.Digest())
		require.Eventually(t, func() bool {
			return replica.Snapshot().Position() == want.Position()
		}, 10*time.Second, time.Millisecond)
		require.Equal(t, want.Digest(), replica.Snapshot().Digest())
		for _, s := range append(stores, again, replica) {
			require.NoError(t, s.Close())
		}
	}
}

// checkShared checks a history of stores that share a log. In sync they are as linearizable as one store.
func checkShared(t *testing.T, h *history.History, seed uint64, inSync bool) {
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
			h.Print(t)
		}
	}()
	h.CheckShared(t)
	if inSync {
		require.Equal(t, porcupine.Ok, h.Check())
	}
}

// Broken stores that the checker must find.

var openShared = openOn(func(*testing.T) []contacts.Log {
	log := logtest.NewMemory()
	return []contacts.Log{log, log.Reopen()}
})

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

func (s torn) Read() (all []history.Contact, at contacts.Position) {
	sn := s.Snapshot()
	for v := range sn.All() {
		runtime.Gosched()
		if c, ok := s.Snapshot().View(v.ID()); ok {
			all = append(all, history.Show(c.Clone()))
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
	for name, wrap := range map[string]func(*contacts.Store) history.Store{
		"Get from an old snapshot":          func(s *contacts.Store) history.Store { return &stale{Store: s} },
		"Update without the revision check": func(s *contacts.Store) history.Store { return careless{s} },
		"lost Label":                        func(s *contacts.Store) history.Store { return forgetful{s} },
		"torn snapshot":                     func(s *contacts.Store) history.Store { return torn{s} },
		"delayed Delete":                    func(s *contacts.Store) history.Store { return early{s} },
	} {
		t.Run(name, func(t *testing.T) {
			for n := range uint64(2000) {
				if (history.Setup{Open: openNew, Wrap: wrap}).Record(t, n).Check() == porcupine.Illegal {
					t.Logf("found in history %d", n+1)
					return
				}
			}
			t.Fatal("the checker accepts it")
		})
	}
}

// TestCheckerFindsBrokenLogs shows that the check of stores that share a log can fail.
func TestCheckerFindsBrokenLogs(t *testing.T) {
	for name, setup := range map[string]history.Setup{
		"reads of a store that lags": {Open: openShared},
		"no compare-and-set": {InSync: true, Patience: time.Second, Open: openOn(func(*testing.T) []contacts.Log {
			log := logtest.NewMemory()
			return []contacts.Log{history.Unconditional(log), history.Unconditional(log.Reopen())}
		})},
	} {
		t.Run(name, func(t *testing.T) {
			for n := range uint64(2000) {
				if setup.Record(t, n).Check() == porcupine.Illegal {
					t.Logf("found in history %d", n+1)
					return
				}
			}
			t.Fatal("the checker accepts it")
		})
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
