package contacts_test

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
	"github.com/contactsdb/contacts/logtest"
)

// randomIDs lets several stores write to one log.
func randomIDs(o *contacts.Options) { o.NewID = uuid.New }

// sharing makes a store follow its log.
func sharing(o *contacts.Options) { randomIDs(o); o.SharedLog = true }

// openReplica opens a replica that is closed at the end of the test.
func openReplica(t testing.TB, log contacts.Log) *contacts.Store {
	t.Helper()
	s, err := contacts.OpenReplica(t.Context(), log, fixed())
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// writeTimes makes n commits.
func writeTimes(t testing.TB, s *contacts.Store, n int) {
	t.Helper()
	for range n {
		create(t, s, storetest.Person("P"))
	}
}

// remoteLog is a log behind a network: it can be cut off, counts the calls, hides entries from its readers, and has an
// authority that can lag.
type remoteLog struct {
	*logtest.Memory
	cut   atomic.Bool
	calls atomic.Int64
	hides atomic.Uint64 // the place of an entry that is missing; 0: none
	lags  atomic.Int32  // how often Last is wrong
	held  chan struct{} // if not nil, Read waits for it
}

func (l *remoteLog) call() error {
	l.calls.Add(1)
	if l.cut.Load() {
		return contacts.ErrLogUnavailable
	}
	return nil
}

func (l *remoteLog) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	if err := l.call(); err != nil {
		return 0, err
	}
	return l.Memory.Append(ctx, after, data)
}

func (l *remoteLog) Wait(ctx context.Context, after contacts.Seq) error {
	if err := l.call(); err != nil {
		return err
	}
	return l.Memory.Wait(ctx, after)
}

func (l *remoteLog) Last(ctx context.Context) (contacts.Seq, error) {
	if err := l.call(); err != nil {
		return 0, err
	}
	if l.lags.Add(-1) >= 0 {
		return 0, nil
	}
	return l.Memory.Last(ctx)
}

func (l *remoteLog) Read(ctx context.Context, after contacts.Seq) iter.Seq2[contacts.Entry, error] {
	return func(yield func(contacts.Entry, error) bool) {
		if l.held != nil {
			<-l.held
		}
		if err := l.call(); err != nil {
			yield(contacts.Entry{}, err)
			return
		}
		for e, err := range l.Memory.Read(ctx, after) {
			if err == nil && uint64(e.Seq) == l.hides.Load() {
				continue
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// haltingLog is a log whose readers stop behind some entries until held is closed.
type haltingLog struct {
	*logtest.Memory
	after int
	held  chan struct{}
	hangs bool // a reader that has found entries ends with its context
}

func (l *haltingLog) Read(ctx context.Context, after contacts.Seq) iter.Seq2[contacts.Entry, error] {
	return func(yield func(contacts.Entry, error) bool) {
		n := 0
		for e, err := range l.Memory.Read(ctx, after) {
			if n++; n > l.after {
				<-l.held
			}
			if !yield(e, err) {
				return
			}
		}
		if l.hangs && n > 0 {
			<-ctx.Done()
			yield(contacts.Entry{}, ctx.Err())
		}
	}
}

// laggingSnapshots is a log that shows no snapshots for some calls.
type laggingSnapshots struct {
	*logtest.Memory
	lags atomic.Int32
}

func (l *laggingSnapshots) Load(ctx context.Context) iter.Seq2[contacts.SavedSnapshot, error] {
	if l.lags.Add(-1) >= 0 {
		return func(func(contacts.SavedSnapshot, error) bool) {}
	}
	return l.Memory.Load(ctx)
}

// waiting calls WaitFor on a goroutine.
func waiting(t testing.TB, s *contacts.Store, position contacts.Position) <-chan error {
	done := make(chan error, 1)
	go func() { done <- s.WaitFor(t.Context(), position) }()
	return done
}

func TestWaitFor(t *testing.T) {
	bubble(t, "DUR-10 a position that was reached", func(t *testing.T) {
		for _, s := range []*contacts.Store{newStore(t), openLog(t, logtest.NewMemory())} {
			writeTimes(t, s, 2)
			for p := range contacts.Position(3) {
				require.NoError(t, s.WaitFor(t.Context(), p))
			}
		}
	})
	bubble(t, "DUR-10 writes of the store itself", func(t *testing.T) {
		for _, s := range []*contacts.Store{newStore(t), openLog(t, logtest.NewMemory())} {
			done := waiting(t, s, 2)
			writeTimes(t, s, 1)
			synctest.Wait()
			require.Empty(t, done)
			writeTimes(t, s, 1)
			require.NoError(t, <-done)
		}
	})
	with := func(edits ...func(*contacts.Options)) func(testing.TB, contacts.Log) *contacts.Store {
		return func(t testing.TB, log contacts.Log) *contacts.Store { return openLog(t, log, edits...) }
	}
	for name, open := range map[string]func(testing.TB, contacts.Log) *contacts.Store{
		"a replica": openReplica, "a store that writes": with(randomIDs), "a store that follows its log": with(sharing),
		"a store that keeps few commits": with(sharing, fewCommits),
	} {
		bubble(t, "DUR-10 writes of another store: "+name, func(t *testing.T) {
			log := &remoteLog{Memory: logtest.NewMemory()}
			a, b := openLog(t, log.Reopen(), randomIDs), open(t, log)
			writeTimes(t, a, 3)
			require.NoError(t, b.WaitFor(t.Context(), a.Snapshot().Position()), "commits from before the call")
			requireEqualStores(t, a, b, 2)
			var all []<-chan error
			for range 100 {
				all = append(all, waiting(t, b, 9))
			}
			writeTimes(t, a, 5)
			synctest.Wait()
			for _, done := range all {
				require.Empty(t, done)
			}
			writeTimes(t, a, 1)
			for _, done := range all {
				require.NoError(t, <-done)
			}
			requireEqualStores(t, a, b, 8)
		})
		bubble(t, "DUR-10 no waiter asks the log: "+name, func(t *testing.T) {
			calls := func(waiters int) int64 {
				log := &remoteLog{Memory: logtest.NewMemory()}
				s := open(t, log)
				var all []<-chan error
				for range waiters {
					all = append(all, waiting(t, s, 1))
				}
				time.Sleep(62 * time.Second) // of the bubble, between two calls of a store that follows its log
				n := log.calls.Load()
				require.NoError(t, s.Close())
				for _, done := range all {
					require.ErrorIs(t, <-done, contacts.ErrClosed)
				}
				return n
			}
			require.Equal(t, calls(1), calls(50))
		})
		bubble(t, "DUR-10 a newer snapshot: "+name, func(t *testing.T) {
			log := &remoteLog{Memory: logtest.NewMemory()}
			a, b := openLog(t, log.Reopen(), randomIDs), open(t, log)
			log.held = make(chan struct{})
			done := waiting(t, b, 4)
			for range 4 {
				writeTimes(t, a, 1)
				require.NoError(t, a.Compact(t.Context()))
			}
			close(log.held)
			require.NoError(t, <-done)
			require.Equal(t, exportOf(t, a.Snapshot()), exportOf(t, b.Snapshot()))
		})
		bubble(t, "DUR-10 the log is unavailable: "+name, func(t *testing.T) {
			log := &remoteLog{Memory: logtest.NewMemory()}
			a, b := openLog(t, log.Reopen(), randomIDs), open(t, log)
			log.cut.Store(true)
			writeTimes(t, a, 1)
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			err := b.WaitFor(ctx, 1)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Empty(t, contacts.CodeOf(err))
			log.cut.Store(false)
			require.NoError(t, b.WaitFor(t.Context(), 1))
		})
		bubble(t, "DUR-10 the log fails: "+name, func(t *testing.T) {
			log := &damagedLog{Memory: logtest.NewMemory()}
			a, b := openLog(t, log.Reopen(), randomIDs), open(t, log)
			writeTimes(t, a, 1)
			require.NoError(t, b.WaitFor(t.Context(), 1))
			done := waiting(t, b, 2)
			log.err.Store(&contacts.CorruptError{Offset: -1, Reason: "test"})
			writeTimes(t, a, 1)
			for _, err := range []error{<-done, b.WaitFor(t.Context(), 2)} {
				require.Equal(t, contacts.ErrReadOnly, contacts.CodeOf(err))
				require.ErrorIs(t, err, contacts.ErrLogCorrupt)
			}
			require.NoError(t, b.WaitFor(t.Context(), 1), "it was reached")
			_, err := b.Create(t.Context(), storetest.Person("Zoe"), nil)
			require.ErrorIs(t, err, contacts.ErrReadOnly)
		})
	}
	bubble(t, "DUR-10 a write is decided on what was read", func(t *testing.T) {
		log := logtest.NewMemory()
		a := openLog(t, log.Reopen(), randomIDs)
		halting := &haltingLog{Memory: log, after: 1, held: make(chan struct{})}
		b := openLog(t, halting, randomIDs)
		writeTimes(t, a, 2)
		require.NoError(t, b.WaitFor(t.Context(), 1)) // while b still reads the second commit
		for c := range b.Snapshot().All() {
			done := make(chan error, 1)
			go func() {
				_, err := b.Update(t.Context(), c.ID(), c.Revision(), contacts.Patch{Company: contacts.Set("Acorn")}, nil)
				done <- err
			}()
			synctest.Wait()
			require.Empty(t, done)
			close(halting.held)
			require.NoError(t, <-done)
		}
	})
	bubble(t, "DUR-7 the store is closed while it reads what others wrote before", func(t *testing.T) {
		log := logtest.NewMemory()
		a := openLog(t, log.Reopen(), randomIDs)
		halting := &haltingLog{Memory: log, held: make(chan struct{}), hangs: true}
		b, err := contacts.Open(t.Context(), halting, &contacts.Options{SharedLog: true})
		require.NoError(t, err)
		writeTimes(t, a, 1)
		synctest.Wait() // b reads
		require.Zero(t, b.Snapshot().Position())
		done := make(chan error, 1)
		go func() {
			_, err := b.Create(t.Context(), storetest.Person("Bob"), nil)
			done <- err
		}()
		synctest.Wait() // decided without the commit of a
		close(halting.held)
		synctest.Wait()
		require.EqualValues(t, 1, b.Snapshot().Position())
		require.NoError(t, b.Close())
		require.Equal(t, 1, openLog(t, log.Reopen()).Snapshot().Len(), "nothing follows what it was not decided on")
		require.ErrorIs(t, <-done, contacts.ErrClosed)
	})
	bubble(t, "DUR-9 an authority that was cut off does not know the snapshot yet", func(t *testing.T) {
		log := logtest.NewMemory()
		a := openLog(t, log.Reopen(), randomIDs)
		lagging := &laggingSnapshots{Memory: log}
		b := openLog(t, lagging, randomIDs)
		for range 3 {
			writeTimes(t, a, 1)
			require.NoError(t, a.Compact(t.Context()))
		}
		lagging.lags.Store(5)
		writeTimes(t, b, 1)
		require.Negative(t, lagging.lags.Load())
		require.Equal(t, 4, b.Snapshot().Len())
	})
	bubble(t, "DUR-10 a write fails for good", func(t *testing.T) {
		broken := &brokenLog{Log: logtest.NewMemory()}
		s := openLog(t, broken)
		done := waiting(t, s, 1)
		broken.fail(errDisk)
		_, err := s.Create(t.Context(), storetest.Person("Ann"), nil)
		require.ErrorIs(t, err, errDisk)
		err = <-done
		require.Equal(t, contacts.ErrReadOnly, contacts.CodeOf(err))
		require.ErrorIs(t, err, errDisk)
	})
	bubble(t, "DUR-10 STO-1 STO-2 contexts and Close", func(t *testing.T) {
		for _, s := range []*contacts.Store{newStore(t), openLog(t, logtest.NewMemory()), openReplica(t, logtest.NewMemory())} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			err := s.WaitFor(ctx, 1)
			cancel()
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Empty(t, contacts.CodeOf(err))
			require.ErrorIs(t, s.WaitFor(ctx, 0), context.DeadlineExceeded)
			done := waiting(t, s, 1)
			synctest.Wait()
			require.NoError(t, s.Close())
			require.ErrorIs(t, <-done, contacts.ErrClosed)
			require.ErrorIs(t, s.WaitFor(t.Context(), 0), contacts.ErrClosed)
		}
	})
}

// fewCommits makes a store keep only its newest commit.
func fewCommits(o *contacts.Options) { o.FeedSize = 1 }

func TestFollowedLog(t *testing.T) {
	bubble(t, "DUR-10 a store that writes nothing follows", func(t *testing.T) {
		log := logtest.NewMemory()
		a, b := openLog(t, log, sharing), openLog(t, log.Reopen(), sharing)
		c := openLog(t, log.Reopen(), randomIDs)
		writeTimes(t, a, 3)
		synctest.Wait()
		requireEqualStores(t, a, b, 0)
		require.Zero(t, c.Snapshot().Position(), "without the option it does not")
		writeTimes(t, b, 1)
		synctest.Wait()
		requireEqualStores(t, b, a, 0)
		require.True(t, a.Stats().Log.Follows)
		require.False(t, c.Stats().Log.Follows)
	})
	t.Run("DUR-6 DUR-7 DUR-10 two stores write, others follow", func(t *testing.T) {
		const each = 200
		log := logtest.NewMemory()
		writers := []*contacts.Store{openLog(t, log.Reopen(), sharing), openLog(t, log.Reopen(), sharing)}
		followers := []*contacts.Store{openReplica(t, log.Reopen()), openReplica(t, log.Reopen())}
		var running sync.WaitGroup
		for i, s := range writers {
			running.Go(func() {
				other := writers[1-i]
				for n := range each {
					c, err := s.Create(t.Context(), storetest.Person("P"+strconv.Itoa(i)+"-"+strconv.Itoa(n)), nil)
					if err == nil {
						err = other.WaitFor(t.Context(), s.Snapshot().Position())
					}
					if err == nil {
						_, err = other.Get(t.Context(), c.ID, nil) // what was written is read there
					}
					if err != nil {
						t.Errorf("%v", err)
						return
					}
				}
			})
		}
		running.Wait()
		for _, s := range append(writers, followers...) {
			require.NoError(t, s.WaitFor(t.Context(), 2*each))
			require.Equal(t, 2*each, s.Snapshot().Len(), "each write once")
			requireEqualStores(t, writers[0], s, 0)
		}
	})
	t.Run("DUR-6 a replica is opened again to write", func(t *testing.T) {
		log := logtest.NewMemory()
		a, replica := openLog(t, log, randomIDs), openReplica(t, log.Reopen())
		writeTimes(t, a, 2)
		require.NoError(t, replica.WaitFor(t.Context(), 2))
		require.NoError(t, replica.Close())
		b := openLog(t, log.Reopen(), sharing)
		require.EqualValues(t, 2, b.Snapshot().Position())
		writeTimes(t, b, 1)
		writeTimes(t, a, 1)
		require.NoError(t, b.WaitFor(t.Context(), 4))
		requireEqualStores(t, a, b, 0)
	})
}

func TestLag(t *testing.T) {
	bubble(t, "DUR-12 entries that were not read", func(t *testing.T) {
		log := &remoteLog{Memory: logtest.NewMemory()}
		a, replica := openLog(t, log.Reopen(), randomIDs), openReplica(t, log)
		time.Sleep(time.Minute)
		require.Equal(t, contacts.LogStats{Replica: true, Follows: true}, *replica.Stats().Log)
		log.held = make(chan struct{})
		begin := time.Now()
		writeTimes(t, a, 3)
		synctest.Wait()
		got := replica.Stats().Log
		require.LessOrEqual(t, got.Lag, uint64(3))
		require.NotZero(t, got.Lag)
		require.Equal(t, begin, got.LagSince)
		time.Sleep(time.Hour)
		require.Equal(t, begin, replica.Stats().Log.LagSince, "since it was behind, not since it noticed last")
		close(log.held)
		require.NoError(t, replica.WaitFor(t.Context(), 3))
		synctest.Wait()
		got = replica.Stats().Log
		require.Zero(t, got.Lag)
		require.Zero(t, got.LagSince)
	})
	bubble(t, "DUR-12 a log that does not answer", func(t *testing.T) {
		log := &remoteLog{Memory: logtest.NewMemory()}
		s := openLog(t, log, sharing)
		writeTimes(t, s, 2)
		log.cut.Store(true)
		begin := time.Now()
		time.Sleep(time.Minute)
		got := s.Stats().Log
		require.True(t, got.Unavailable)
		require.LessOrEqual(t, got.LagSince.Sub(begin), 10*time.Second)
		require.NoError(t, got.Err)
		log.cut.Store(false)
		time.Sleep(time.Minute)
		require.Equal(t, contacts.LogStats{Queued: 2, Follows: true}, *s.Stats().Log)
	})
	bubble(t, "DUR-12 a log that never answers", func(t *testing.T) {
		log := &mutedLog{Memory: logtest.NewMemory()}
		s := openLog(t, log, sharing)
		log.muted.Store(true)
		time.Sleep(time.Minute)
		require.True(t, s.Stats().Log.Unavailable)
		log.muted.Store(false)
		time.Sleep(time.Minute)
		require.False(t, s.Stats().Log.Unavailable)
	})
	bubble(t, "DUR-12 the store's own writes are no lag", func(t *testing.T) {
		s := openLog(t, logtest.NewMemory(), sharing)
		for range 20 {
			writeTimes(t, s, 5)
			synctest.Wait()
			require.Zero(t, s.Stats().Log.Lag)
			require.Zero(t, s.Stats().Log.LagSince)
			time.Sleep(time.Second)
		}
	})
}

// mutedLog is a log whose Last can stay without an answer.
type mutedLog struct {
	*logtest.Memory
	muted atomic.Bool
}

func (l *mutedLog) Last(ctx context.Context) (contacts.Seq, error) {
	if l.muted.Load() {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	return l.Memory.Last(ctx)
}

// requireDiverged requires that a store has stopped because of its log, and that reads continue.
func requireDiverged(t testing.TB, s *contacts.Store, at contacts.Position) {
	t.Helper()
	before := exportOf(t, s.Snapshot())
	require.Equal(t, at, s.Snapshot().Position())
	require.ErrorIs(t, s.Stats().Log.Err, contacts.ErrDiverged)
	require.NotErrorIs(t, s.Stats().Log.Err, contacts.ErrLogCorrupt)
	_, err := s.Create(t.Context(), storetest.Person("Zoe"), nil)
	require.Equal(t, contacts.ErrReadOnly, contacts.CodeOf(err))
	for _, err := range []error{s.WaitFor(t.Context(), at+1), s.Compact(t.Context())} {
		require.Equal(t, contacts.ErrReadOnly, contacts.CodeOf(err))
	}
	require.NoError(t, s.WaitFor(t.Context(), at))
	require.Equal(t, before, exportOf(t, s.Snapshot()))
}

func TestDiverged(t *testing.T) {
	// open returns a writer that is not followed, a writer that is, and a replica, after three commits of the first.
	open := func(t *testing.T, log *logtest.Memory) (plain, shared, replica *contacts.Store) {
		plain = openLog(t, log.Reopen(), randomIDs)
		shared, replica = openLog(t, log.Reopen(), sharing), openReplica(t, log.Reopen())
		writeTimes(t, plain, 3)
		for _, s := range []*contacts.Store{shared, replica} {
			require.NoError(t, s.WaitFor(t.Context(), 3))
		}
		return plain, shared, replica
	}
	bubble(t, "DUR-11 the last entries are lost: by itself", func(t *testing.T) {
		log := logtest.NewMemory()
		_, shared, replica := open(t, log)
		log.Lose(1)
		time.Sleep(time.Minute)
		requireDiverged(t, shared, 3)
		requireDiverged(t, replica, 3)
		for _, err := range replica.Follow(t.Context(), 3) {
			require.ErrorIs(t, err, contacts.ErrDiverged)
		}
	})
	bubble(t, "DUR-11 the last entries are lost: at a write", func(t *testing.T) {
		log := logtest.NewMemory()
		plain, shared, _ := open(t, log)
		log.Lose(1)
		for _, s := range []*contacts.Store{plain, shared} {
			_, err := s.Create(t.Context(), storetest.Person("Zoe"), nil)
			require.Equal(t, contacts.ErrReadOnly, contacts.CodeOf(err), "it is certain that nothing was written")
			require.ErrorIs(t, err, contacts.ErrDiverged)
			requireDiverged(t, s, 3)
		}
	})
	bubble(t, "DUR-11 all entries are lost", func(t *testing.T) {
		log := logtest.NewMemory()
		plain, shared, replica := open(t, log)
		log.Lose(0)
		time.Sleep(time.Minute)
		_, err := plain.Create(t.Context(), storetest.Person("Zoe"), nil)
		require.ErrorIs(t, err, contacts.ErrDiverged)
		for _, s := range []*contacts.Store{plain, shared, replica} {
			requireDiverged(t, s, 3)
		}
	})
	for name, kept := range map[string]contacts.Seq{"of the same store": 1, "of another store": 0} {
		bubble(t, "DUR-11 others in their place: "+name, func(t *testing.T) {
			log := logtest.NewMemory()
			plain, shared, replica := open(t, log)
			log.Lose(kept)
			other := openLog(t, log.Reopen(), randomIDs)
			require.EqualValues(t, kept, other.Snapshot().Position())
			writeTimes(t, other, 5)
			synctest.Wait()
			_, err := plain.Create(t.Context(), storetest.Person("Zoe"), nil)
			require.ErrorIs(t, err, contacts.ErrReadOnly)
			for _, s := range []*contacts.Store{plain, shared, replica} {
				requireDiverged(t, s, 3)
			}
			writeTimes(t, other, 1)
			requireEqualStores(t, other, openLog(t, log.Reopen()), 0)
		})
	}
	bubble(t, "DUR-11 an entry between others is lost", func(t *testing.T) {
		log := &remoteLog{Memory: logtest.NewMemory()}
		s, replica := openLog(t, log.Reopen(), randomIDs), openReplica(t, log)
		writeTimes(t, s, 1)
		require.NoError(t, replica.WaitFor(t.Context(), 1))
		log.hides.Store(2)
		writeTimes(t, s, 2)
		synctest.Wait()
		require.EqualValues(t, 1, replica.Snapshot().Position(), "what does not follow has no effect")
		require.NoError(t, s.Close())
		again := openLog(t, log.Reopen(), randomIDs)
		writeTimes(t, again, 1)
		synctest.Wait()
		requireDiverged(t, replica, 1)
	})
	bubble(t, "DUR-11 a snapshot of another history", func(t *testing.T) {
		log := &remoteLog{Memory: logtest.NewMemory()}
		a := openLog(t, log.Reopen(), randomIDs)
		writeTimes(t, a, 3)
		replica := openReplica(t, log)
		log.held = make(chan struct{})
		log.Lose(1)
		other := openLog(t, log.Reopen(), randomIDs)
		for e, err := range log.Memory.Read(t.Context(), 0) {
			require.NoError(t, err)
			for after := contacts.Seq(1); after < 4; after++ { // these have no effect
				_, err := log.Memory.Append(t.Context(), after, e.Data)
				require.NoError(t, err)
			}
		}
		writeTimes(t, other, 1)
		require.EqualValues(t, 2, other.Snapshot().Position())
		for range 2 {
			require.NoError(t, other.Compact(t.Context()))
		}
		close(log.held)
		time.Sleep(time.Minute)
		requireDiverged(t, replica, 3)
	})
	bubble(t, "DUR-11 an authority that has just taken over", func(t *testing.T) {
		log := &remoteLog{Memory: logtest.NewMemory()}
		s := openLog(t, log, sharing)
		writeTimes(t, s, 3)
		log.lags.Store(5)
		time.Sleep(time.Minute)
		require.NoError(t, s.Stats().Log.Err)
		writeTimes(t, s, 1)
	})
	bubble(t, "DUR-8 DUR-11 the log is filled again from a copy", func(t *testing.T) {
		log := logtest.NewMemory()
		plain, shared, replica := open(t, log)
		log.Lose(1)
		time.Sleep(time.Minute)
		_, err := plain.Create(t.Context(), storetest.Person("Zoe"), nil)
		require.ErrorIs(t, err, contacts.ErrDiverged)

		_, err = contacts.Restore(t.Context(), log.Reopen(), replica.Snapshot(), fixed())
		require.ErrorIs(t, err, contacts.ErrLogConflict, "the rest of the log is kept until someone removes it")
		want := exportOf(t, replica.Snapshot())
		fresh := logtest.NewMemory()
		opts := fixed()
		sharing(opts)
		s, err := contacts.Restore(t.Context(), fresh, replica.Snapshot(), opts)
		require.NoError(t, err)
		t.Cleanup(func() { s.Close() })
		for _, old := range []*contacts.Store{plain, shared, replica} {
			require.NoError(t, old.Close())
		}
		require.Equal(t, want, exportOf(t, s.Snapshot()))
		other, copied := openLog(t, fresh.Reopen(), sharing), openReplica(t, fresh.Reopen())
		writeTimes(t, s, 1)
		require.NoError(t, other.WaitFor(t.Context(), 4), "positions continue")
		writeTimes(t, other, 1)
		for _, each := range []*contacts.Store{s, copied} {
			require.NoError(t, each.WaitFor(t.Context(), 5))
			requireEqualStores(t, other, each, 3)
		}
	})
	bubble(t, "DUR-11 to open such a log is damage", func(t *testing.T) {
		log := &remoteLog{Memory: logtest.NewMemory()}
		writeTimes(t, openLog(t, log.Reopen(), randomIDs), 3)
		log.hides.Store(1)
		_, err := contacts.Open(t.Context(), log, fixed())
		require.ErrorIs(t, err, contacts.ErrLogCorrupt)
		require.NotErrorIs(t, err, contacts.ErrDiverged)
	})
	bubble(t, "DUR-11 a log that says so itself", func(t *testing.T) {
		broken := &brokenLog{Log: logtest.NewMemory()}
		s := openLog(t, broken)
		broken.fail(errors.Join(contacts.ErrDiverged))
		_, err := s.Create(t.Context(), storetest.Person("Ann"), nil)
		require.ErrorIs(t, err, contacts.ErrDiverged)
		require.ErrorIs(t, s.Stats().Log.Err, contacts.ErrDiverged)
	})
}
