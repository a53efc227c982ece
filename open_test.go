package contacts_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
	"github.com/contactsdb/contacts/logtest"
)

// openLog opens a store on a log, and closes it at the end of the test.
func openLog(t testing.TB, log contacts.Log, edits ...func(*contacts.Options)) *contacts.Store {
	t.Helper()
	opts := fixed()
	for _, edit := range edits {
		edit(opts)
	}
	s, err := contacts.Open(t.Context(), log, opts)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// requireEqualStores compares contents, position, and the events since a position that both stores keep.
func requireEqualStores(t testing.TB, want, got *contacts.Store, since contacts.Position) {
	t.Helper()
	position := want.Snapshot().Position()
	require.Equal(t, position, got.Snapshot().Position())
	require.Equal(t, storetest.Export(t, want.Snapshot()), storetest.Export(t, got.Snapshot()))
	require.NoError(t, got.Snapshot().Check())
	n := int(position - since)
	events := func(s *contacts.Store) []string {
		return storetest.EventTexts(t, storetest.FirstCommits(t, s.Follow(t.Context(), since), n))
	}
	require.Equal(t, events(want), events(got))
}

// lived makes several writes of every kind.
func lived(t testing.TB, s *contacts.Store) {
	t.Helper()
	ctx := t.Context()
	vip := storetest.NewLabel(t, s, "VIP")
	ann := create(t, s, storetest.Person("Ann", "ann@x.test"))
	bob := create(t, s, storetest.Person("Bob", "bob@x.test"))
	eve := create(t, s, storetest.Person("Eve", "eve@x.test"))
	_, err := s.Label(ctx, ann.ID, vip)
	require.NoError(t, err)
	_, err = s.SetBillingSubscription(ctx, eve.ID, true)
	require.NoError(t, err)
	_, err = s.Merge(ctx, ann.ID, 2, []uuid.UUID{bob.ID}, nil)
	require.NoError(t, err)
	_, err = s.BulkLabel(ctx, contacts.Selection{Filter: contacts.Exists("info.name.first", true)}, []string{vip}, nil, nil)
	require.NoError(t, err)
}

func TestOpen(t *testing.T) {
	t.Run("DUR-1 a reopened store is the same", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log)
		lived(t, s)
		jobs, err := s.Jobs(t.Context())
		require.NoError(t, err)
		again := openLog(t, log.Reopen())
		requireEqualStores(t, s, again, 0)
		require.Equal(t, contacts.Recovery{Commits: int(s.Snapshot().Position())}, again.Recovery())
		kept, err := again.Jobs(t.Context())
		require.NoError(t, err)
		require.Len(t, kept, 1)
		require.Equal(t, jobs[0].SuccessTotal, kept[0].SuccessTotal)
		require.Equal(t, contacts.JobStatusCompleted, kept[0].Status)
	})
	t.Run("DUR-1 no reader sees what is not durable", func(t *testing.T) {
		gate := newGate(logtest.NewMemory())
		s := openLog(t, gate)
		defer gate.release()
		done := make(chan error)
		go func() {
			_, err := s.Create(t.Context(), storetest.Person("Ann", "ann@x.test"), nil)
			done <- err
		}()
		gate.await()
		require.Zero(t, s.Snapshot().Len())
		select {
		case <-done:
			t.Fatal("acknowledged before it was durable")
		default:
		}
		gate.release()
		require.NoError(t, <-done)
		require.Equal(t, 1, s.Snapshot().Len())
	})
	t.Run("DUR-1 a result waits for what it follows from", func(t *testing.T) {
		gate := newGate(logtest.NewMemory())
		s := openLog(t, gate)
		defer gate.release()
		errs := make(chan error, 2)
		add := func() {
			_, err := s.Create(t.Context(), storetest.Person("Ann", "ann@x.test"), nil)
			errs <- err
		}
		go add()
		gate.await()
		go add() // a duplicate of a contact that no reader sees yet
		time.Sleep(20 * time.Millisecond)
		require.Empty(t, errs)
		gate.release()
		codes := []contacts.Code{contacts.CodeOf(<-errs), contacts.CodeOf(<-errs)}
		require.ElementsMatch(t, []contacts.Code{"", contacts.ErrDuplicate}, codes)
	})
	t.Run("DUR-1 writers share entries", func(t *testing.T) {
		log := logtest.NewMemory()
		gate := newGate(log)
		s := openLog(t, gate)
		defer gate.release()
		var writers sync.WaitGroup
		for i := range 50 {
			writers.Go(func() { create(t, s, storetest.Person(fmt.Sprint("P", i))) })
		}
		time.Sleep(50 * time.Millisecond)
		gate.release()
		writers.Wait()
		last, err := log.Last(t.Context())
		require.NoError(t, err)
		require.Less(t, last, contacts.Seq(50))
		requireEqualStores(t, s, openLog(t, log.Reopen()), 0)
	})
	t.Run("DUR-1 large batches have several entries", func(t *testing.T) {
		log := logtest.NewMemory()
		log.LimitEntries(1 << 16)
		s := openLog(t, log)
		info := storetest.Person("Ann", "ann@x.test")
		key := storetest.NewField(t, s, "Story", contacts.DataText)
		info.ExtendedFields = map[string]any{key: strings.Repeat("long ", 1900)}
		ops := make([]contacts.Operation, 20)
		for i := range ops {
			ops[i] = contacts.CreateOp{Info: info, AllowDuplicates: true}
		}
		_, err := s.Batch(t.Context(), ops, nil)
		require.NoError(t, err)
		last, err := log.Last(t.Context())
		require.NoError(t, err)
		require.Greater(t, last, contacts.Seq(3))
		requireEqualStores(t, s, openLog(t, log.Reopen()), 0)
	})
	t.Run("DUR-1 an entry of another history", func(t *testing.T) {
		logOf := func(entries [][]byte) *logtest.Memory {
			log := logtest.NewMemory()
			for i, data := range entries {
				_, err := log.Append(t.Context(), contacts.Seq(i), data)
				require.NoError(t, err)
			}
			return log
		}
		continued := func(entries [][]byte, names ...string) [][]byte {
			log := logOf(entries)
			s := openLog(t, log, func(o *contacts.Options) { o.NewID = uuid.New })
			for _, name := range names {
				create(t, s, storetest.Person(name))
			}
			require.NoError(t, s.Close())
			var all [][]byte
			for e, err := range log.Reopen().Read(t.Context(), 0) {
				require.NoError(t, err)
				all = append(all, bytes.Clone(e.Data))
			}
			require.Len(t, all, len(entries)+len(names))
			return all
		}
		begin := continued(nil, "Ann")
		one, other := continued(begin, "Bob", "Cid"), continued(begin, "Zoe")
		require.Equal(t, contacts.Position(3), openLog(t, logOf(one)).Snapshot().Position())
		mixed := logOf(append(other, one[2])) // it would fit: it creates a contact
		_, err := contacts.Open(t.Context(), mixed, fixed())
		var damage *contacts.CorruptError
		require.ErrorAs(t, err, &damage)
		require.Equal(t, contacts.Seq(3), damage.Seq)
	})
	t.Run("DUR-1 bad input", func(t *testing.T) {
		_, err := contacts.Open(t.Context(), nil, nil)
		require.ErrorIs(t, err, contacts.ErrInvalid)
		log := logtest.NewMemory()
		var none context.Context
		_, err = contacts.Open(none, log, nil)
		require.ErrorIs(t, err, contacts.ErrInvalid)
		_, err = log.Last(t.Context())
		require.ErrorIs(t, err, contacts.ErrLogClosed, "Open must close the log that it refuses")
		_, err = contacts.Open(t.Context(), logtest.NewMemory(), &contacts.Options{CompactBytes: -1})
		require.ErrorIs(t, err, contacts.ErrInvalid)
	})
	t.Run("DUR-1 a fork has no log", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log)
		lived(t, s)
		before, err := log.Last(t.Context())
		require.NoError(t, err)
		f := s.Fork()
		create(t, f, storetest.Person("Zoe"))
		after, err := log.Last(t.Context())
		require.NoError(t, err)
		require.Equal(t, before, after)
		require.NoError(t, f.Close())
		create(t, s, storetest.Person("Zoe"))
	})
}

// gatedLog is a log whose Append waits for a channel to be closed.
type gatedLog struct {
	contacts.Log
	open    chan struct{}
	release func()

	waiting chan struct{} // closed by the first Append
	arrived func()
}

// newGate returns a log that adds no entry before release.
func newGate(log contacts.Log) *gatedLog {
	g := &gatedLog{Log: log, open: make(chan struct{}), waiting: make(chan struct{})}
	g.release = sync.OnceFunc(func() { close(g.open) })
	g.arrived = sync.OnceFunc(func() { close(g.waiting) })
	return g
}

// await returns once an Append waits.
func (g *gatedLog) await() { <-g.waiting }

func (g *gatedLog) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	g.arrived()
	<-g.open
	return g.Log.Append(ctx, after, data)
}

func TestLogFailure(t *testing.T) {
	t.Run("DUR-4 the store can only be read", func(t *testing.T) {
		log := logtest.NewMemory()
		broken := &brokenLog{Log: log}
		s := openLog(t, broken)
		lived(t, s)
		want := storetest.Export(t, s.Snapshot())
		broken.fail(errDisk)
		_, err := s.Create(t.Context(), storetest.Person("Zoe"), nil)
		require.ErrorIs(t, err, contacts.ErrOutcomeUnknown)
		require.ErrorIs(t, err, errDisk)
		outcome, ok := errors.AsType[*contacts.OutcomeError](err)
		require.True(t, ok)
		_, err = s.Create(t.Context(), storetest.Person("Zoe"), nil)
		require.ErrorIs(t, err, contacts.ErrReadOnly)
		require.ErrorIs(t, s.Compact(t.Context()), contacts.ErrReadOnly)
		_, err = s.Outcome(t.Context(), outcome.Commit)
		require.ErrorIs(t, err, contacts.ErrReadOnly)
		require.Equal(t, want, storetest.Export(t, s.Snapshot()))
		again := openLog(t, log.Reopen())
		require.Equal(t, want, storetest.Export(t, again.Snapshot()))
		_, err = again.Outcome(t.Context(), outcome.Commit)
		require.ErrorIs(t, err, contacts.ErrCommitNotFound)
	})
	t.Run("DUR-4 the outcome of a lost reply", func(t *testing.T) {
		log := logtest.NewMemory()
		broken := &brokenLog{Log: log}
		s := openLog(t, broken)
		lived(t, s)
		broken.loseReply(errDisk)
		_, err := s.Create(t.Context(), storetest.Person("Zoe"), nil)
		outcome, ok := errors.AsType[*contacts.OutcomeError](err)
		require.True(t, ok)
		again := openLog(t, log.Reopen())
		require.Equal(t, s.Snapshot().Position()+1, again.Snapshot().Position())
		at, err := again.Outcome(t.Context(), outcome.Commit)
		require.NoError(t, err)
		require.Equal(t, again.Snapshot().Position(), at)
		_, err = again.Outcome(t.Context(), uuid.New())
		require.ErrorIs(t, err, contacts.ErrCommitNotFound)
	})
	t.Run("DUR-4 a caller that gives up", func(t *testing.T) {
		log := logtest.NewMemory()
		gate := newGate(log)
		s := openLog(t, gate)
		defer gate.release()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := s.Create(ctx, storetest.Person("Ann"), nil)
		require.ErrorIs(t, err, contacts.ErrOutcomeUnknown)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		outcome, _ := errors.AsType[*contacts.OutcomeError](err)
		gate.release()
		at, err := s.Outcome(t.Context(), outcome.Commit)
		require.NoError(t, err)
		require.Equal(t, contacts.Position(1), at)
	})
	t.Run("DUR-4 a reply that is lost before the log is unavailable", func(t *testing.T) {
		log := &cutOffLog{Memory: logtest.NewMemory(), refused: make(chan struct{})}
		s := openLog(t, log)
		done := make(chan error)
		go func() {
			_, err := s.Create(t.Context(), storetest.Person("Zoe"), nil)
			done <- err
		}()
		<-log.refused
		require.NoError(t, s.Close())
		require.ErrorIs(t, <-done, contacts.ErrOutcomeUnknown)
		require.Equal(t, 1, openLog(t, log.Reopen()).Snapshot().Len())
	})
	t.Run("DUR-4 a log that refuses and loses replies", func(t *testing.T) {
		for seed := range uint64(20) {
			log := logtest.NewMemory()
			s := openLog(t, logtest.Flaky(log, seed))
			lived(t, s)
			requireEqualStores(t, s, openLog(t, log.Reopen()), 0)
			require.NoError(t, s.Close())
		}
	})
}

var errDisk = errors.New("disk failure")

// brokenLog is a log that fails for good once told.
type brokenLog struct {
	contacts.Log

	mu   sync.Mutex
	err  error
	lose bool // add the entry nevertheless
}

func (b *brokenLog) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

func (b *brokenLog) loseReply(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err, b.lose = err, true
}

func (b *brokenLog) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil && !b.lose {
		return 0, b.err
	}
	at, err := b.Log.Append(ctx, after, data)
	if b.err != nil {
		return 0, b.err
	}
	return at, err
}

// cutOffLog is a log whose first reply is lost, and which is unavailable from then on.
type cutOffLog struct {
	*logtest.Memory
	calls   int
	refused chan struct{} // closed at the second call
}

func (c *cutOffLog) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	switch c.calls++; c.calls {
	case 1:
		_, err := c.Memory.Append(ctx, after, data)
		return 0, errors.Join(contacts.ErrLogUnknown, err)
	case 2:
		close(c.refused)
	}
	return 0, contacts.ErrLogUnavailable
}

func TestSharedLog(t *testing.T) {
	t.Run("DUR-7 two stores write", func(t *testing.T) {
		log := logtest.NewMemory()
		a, b := openLog(t, log, randomIDs), openLog(t, log.Reopen(), randomIDs)
		var writers sync.WaitGroup
		for i, s := range []*contacts.Store{a, b, a, b} {
			writers.Go(func() {
				for n := range 25 {
					create(t, s, storetest.Person(fmt.Sprintf("P%d-%d", i, n)))
				}
			})
		}
		writers.Wait()
		all := openLog(t, log.Reopen())
		require.Equal(t, 100, all.Snapshot().Len())
		create(t, a, storetest.Person("last of a")) // sees what b wrote
		create(t, b, storetest.Person("last of b"))
		again := openLog(t, log.Reopen())
		require.Equal(t, 102, again.Snapshot().Len())
		requireEqualStores(t, b, again, 0)
	})
	t.Run("DUR-7 the rules see the other's writes", func(t *testing.T) {
		log := logtest.NewMemory()
		a, b := openLog(t, log, randomIDs), openLog(t, log.Reopen(), randomIDs)
		create(t, a, storetest.Person("Ann", "ann@x.test"))
		_, err := b.Create(t.Context(), storetest.Person("Ann", "ann@x.test"), nil)
		require.ErrorIs(t, err, contacts.ErrDuplicate)
		require.Equal(t, 1, b.Snapshot().Len())
	})
	t.Run("DUR-7 BAT-1 a batch that is decided again", func(t *testing.T) {
		log := logtest.NewMemory()
		a, b := openLog(t, log, randomIDs), openLog(t, log.Reopen(), randomIDs)
		ann := create(t, a, storetest.Person("Ann", "ann@x.test")) // b learns of it when it writes
		who := uuid.New()
		results, err := b.Batch(t.Context(), []contacts.Operation{
			contacts.SetBillingSubscriptionOp{ID: ann.ID, Active: true},
			contacts.CreateOp{Info: storetest.Person("Ann", "ann@x.test")},
			contacts.UpsertOp{Info: storetest.Person("Ann", "ann@x.test"), TempID: who},
			contacts.FindOrCreateLabelOp{DisplayName: "New", TempKey: "new"},
			contacts.LabelOp{ID: who, Keys: []string{"new"}},
			contacts.RecordActivityOp{ID: who, Type: contacts.ActivityContactCreated},
		}, nil)
		require.NoError(t, err)
		require.Equal(t, []contacts.Code{"", contacts.ErrDuplicate, "", "", "", contacts.ErrInvalid}, codesOf(results))
		require.Equal(t, contacts.UpsertUnchanged, results[2].UpsertAction)
		var e *contacts.Error
		require.ErrorAs(t, results[5].Err, &e)
		require.Equal(t, ann.ID, e.ID)
		require.Equal(t, []string{"custom.new"}, results[4].Contact.Info.LabelKeys)
		require.Equal(t, 1, b.Snapshot().Len())
		requireEqualStores(t, b, openLog(t, log.Reopen()), 0)
	})
	t.Run("DUR-7 an import that is decided again", func(t *testing.T) {
		log := logtest.NewMemory()
		a, b := openLog(t, log, randomIDs, inAYear), openLog(t, log.Reopen(), randomIDs)
		ann := create(t, b, storetest.Person("Ann", "ann@x.test"))
		vip := storetest.NewLabel(t, b, "VIP")
		storetest.NewLabel(t, a, "New") // a learns of both
		// b learns of none of these before it has decided once.
		require.NoError(t, a.Delete(t.Context(), ann.ID))
		require.NoError(t, a.DeleteLabel(t.Context(), vip))
		create(t, a, storetest.Person("Bob", "bob@x.test"))
		storetest.NewField(t, a, "Size", contacts.DataText)

		free, taken, labeled := &contacts.Contact{}, &contacts.Contact{}, &contacts.Contact{}
		free.Info = storetest.Person("Ann", "ann@x.test")
		taken.Info = storetest.Person("Bob", "bob@x.test")
		labeled.Info = storetest.Person("Cat")
		labeled.Info.LabelKeys = []string{vip}
		defining := &contacts.Contact{Info: storetest.Person("Dan")}
		defining.Info.LabelKeys = []string{"custom.new"}
		defining.Info.ExtendedFields = map[string]any{"custom.size": "", "custom.shoe": 42}
		mistyped := &contacts.Contact{Info: storetest.Person("Eve")}
		mistyped.Info.ExtendedFields = map[string]any{"custom.size": 42}
		report, err := b.Import(t.Context(), storetest.Rows(free, taken, labeled, defining, mistyped, nil),
			&contacts.ImportOptions{Define: true})
		require.NoError(t, err)
		require.Equal(t, contacts.ImportProgress{Rows: 6, Imported: 3, Refused: 3}, report.ImportProgress)
		require.Equal(t, []string{
			"2 DUPLICATE_CONTACT_EXISTS", "5 INVALID_EXTENDED_FIELD_VALUE", "6 INVALID_ARGUMENT",
		}, codesOfRows(report))
		require.Equal(t, []string{vip}, report.Labels)
		require.Equal(t, []string{"custom.shoe"}, report.Fields)
		commit := storetest.FirstCommits(t, b.Follow(t.Context(), b.Snapshot().Position()-1), 1)[0]
		for _, c := range commit.Changes {
			if c.Kind == contacts.ContactCreated {
				require.Equal(t, commit.Time, c.After.CreatedDate())
				require.Equal(t, commit.Time, c.After.Clone().LastActivity.ActivityDate)
				require.Equal(t, commit.Time, c.After.Clone().UpdatedDate)
			}
		}
		requireEqualStores(t, b, openLog(t, log.Reopen()), 0)
	})
	t.Run("DUR-7 an import keeps the dates of its rows", func(t *testing.T) {
		log := logtest.NewMemory()
		a, b := openLog(t, log, randomIDs, inAYear), openLog(t, log.Reopen(), randomIDs)
		storetest.NewLabel(t, a, "New")
		day := func(n int) time.Time { return storetest.Epoch.AddDate(0, 0, n) }
		created := &contacts.Contact{Info: storetest.Person("Ann"), CreatedDate: day(-1)}
		updated := &contacts.Contact{Info: storetest.Person("Bob"), UpdatedDate: day(-2)}
		active := &contacts.Contact{Info: storetest.Person("Cat"), CreatedDate: day(-3), UpdatedDate: day(-9)}
		active.LastActivity = contacts.Activity{ActivityDate: day(-4)}
		storetest.Import(t, b, nil, created, updated, active)
		var got [][3]time.Time
		for v := range b.Snapshot().All() {
			c := v.Clone()
			got = append(got, [3]time.Time{c.CreatedDate, c.UpdatedDate, c.LastActivity.ActivityDate})
		}
		require.Equal(t, [][3]time.Time{
			{day(-3), day(-3), day(-4)}, {day(-2), day(-2), day(-2)}, {day(-1), day(-1), day(-1)},
		}, got)
	})
	t.Run("DUR-7 IMP-2 a later batch of an import that is decided again", func(t *testing.T) {
		log := logtest.NewMemory()
		a, b := openLog(t, log, randomIDs), openLog(t, log.Reopen(), randomIDs)
		identified := &contacts.Contact{ID: uuid.New(), Info: storetest.Person("Ann")}
		mailed := &contacts.Contact{Info: storetest.Person("Bob", "bob@x.test")}
		called := &contacts.Contact{Info: storetest.Person("Cat")}
		called.Info.Phones = []contacts.Phone{{CountryCode: "US", Number: "650 253 0000"}}
		typed := &contacts.Contact{Info: storetest.Person("Dan")}
		typed.Info.Phones = []contacts.Phone{{Number: "123456"}}
		named := func(first string) *contacts.Contact { return &contacts.Contact{Info: storetest.Person(first)} }
		rows := func(yield func(contacts.Row, error) bool) {
			all := storetest.Rows(named("Zoe"), named("Yan"), named("Xia"), named("Wim"), identified, mailed, called, typed)
			for row, err := range all {
				if row.Contact == identified {
					// The first batch is written. b learns of this contact when it writes the second.
					create(t, a, storetest.Person("Eve"))
				}
				if !yield(row, err) {
					return
				}
			}
		}
		report, err := b.Import(t.Context(), rows, &contacts.ImportOptions{BatchSize: 4})
		require.NoError(t, err)
		require.Empty(t, report.Errors)
		require.Equal(t, contacts.ImportProgress{Rows: 8, Imported: 8}, report.ImportProgress)
		requireEqualStores(t, b, openLog(t, log.Reopen()), 0)
	})
	t.Run("DUR-7 an import of all or nothing that is decided again", func(t *testing.T) {
		log := logtest.NewMemory()
		a, b := openLog(t, log, randomIDs), openLog(t, log.Reopen(), randomIDs)
		create(t, a, storetest.Person("Ann", "ann@x.test"))
		rows := func() iter.Seq2[contacts.Row, error] {
			return storetest.Rows(
				&contacts.Contact{Info: storetest.Person("Ann", "ann@x.test")},
				&contacts.Contact{Info: storetest.Person("Bob", "bob@x.test")},
			)
		}
		report, err := b.Import(t.Context(), rows(), &contacts.ImportOptions{AllOrNothing: true})
		require.ErrorIs(t, err, contacts.ErrDuplicate)
		require.Equal(t, contacts.ImportProgress{Rows: 2, Refused: 1}, report.ImportProgress)
		require.Equal(t, 1, b.Snapshot().Len())
	})
	t.Run("DUR-7 bulk jobs that are decided again", func(t *testing.T) {
		for _, b := range bulkCalls {
			t.Run(b.method, func(t *testing.T) {
				log := logtest.NewMemory()
				rival, s := openLog(t, log, randomIDs, inAYear), openLog(t, log.Reopen(), randomIDs)
				var ids []uuid.UUID
				for n := range 8 {
					ids = append(ids, create(t, s, storetest.Person(fmt.Sprint("P", n), fmt.Sprint("p", n, "@x.test"))).ID)
				}
				opts := &contacts.BulkOptions{BatchSize: 2}
				create(t, rival, storetest.Person("Zoe")) // which now knows them
				drop := func(id uuid.UUID) { require.NoError(t, rival.Delete(t.Context(), id)) }
				drop(ids[0])
				var progress []int
				opts.Progress = func(job contacts.Job) {
					switch job.SuccessTotal + job.FailedTotal {
					case 4:
						drop(ids[5])
					case 6:
						require.NoError(t, s.Delete(t.Context(), ids[7])) // so that it fails both times
						create(t, rival, storetest.Person("Yan"))
					}
					progress = append(progress, job.SuccessTotal, job.FailedTotal)
				}
				job, err := b.call(t.Context(), s, anyEmail, opts)
				require.NoError(t, err)
				require.Equal(t, []int{1, 1, 3, 1, 4, 2, 5, 3}, progress)
				require.Equal(t, contacts.JobStatusCompleted, job.Status)
				require.Equal(t, 3, job.FailedTotal)
				require.Len(t, job.Errors, 1)
				require.Equal(t, contacts.ErrContactNotFound, job.Errors[0].Code)
				again := openLog(t, log.Reopen())
				requireEqualStores(t, s, again, 0)
				kept, err := again.Job(t.Context(), job.ID)
				require.NoError(t, err)
				require.Equal(t, job.Errors, kept.Errors)
				require.Equal(t, job.SuccessTotal, kept.SuccessTotal)
			})
		}
	})
	t.Run("DUR-6 a replica", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log)
		lived(t, s)
		replica, err := contacts.OpenReplica(t.Context(), log.Reopen(), fixed())
		require.NoError(t, err)
		t.Cleanup(func() { replica.Close() })
		requireEqualStores(t, s, replica, 0)
		_, err = replica.Create(t.Context(), storetest.Person("Zoe"), nil)
		require.ErrorIs(t, err, contacts.ErrReadOnly)
		require.ErrorIs(t, replica.Compact(t.Context()), contacts.ErrReadOnly)
		create(t, s, storetest.Person("Zoe"))
		for _, err := range replica.Follow(t.Context(), s.Snapshot().Position()-1) {
			require.NoError(t, err)
			break
		}
		requireEqualStores(t, s, replica, 0)
		require.NoError(t, replica.Close())
	})
	t.Run("DUR-6 the jobs of a replica end", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log)
		replica, err := contacts.OpenReplica(t.Context(), log.Reopen(), fixed())
		require.NoError(t, err)
		t.Cleanup(func() { replica.Close() })
		lived(t, s)
		jobs, err := caughtUp(t, replica, s).Jobs(t.Context())
		require.NoError(t, err)
		require.Len(t, jobs, 1)
		require.Equal(t, contacts.JobStatusCompleted, jobs[0].Status)
		require.Equal(t, storetest.FirstCommits(t, s.Follow(t.Context(), s.Snapshot().Position()-1), 1)[0].Time,
			jobs[0].FinishedDate)
		again, err := openLog(t, log.Reopen()).Jobs(t.Context())
		require.NoError(t, err)
		require.Equal(t, jobs, again)
	})
}

// inAYear makes the clock of a store start a year later.
func inAYear(o *contacts.Options) { o.Now = storetest.LoadOptions().Now }

// codesOfRows lists the refused rows: the number and the code.
func codesOfRows(report contacts.ImportReport) []string {
	var list []string
	for _, e := range report.Errors {
		list = append(list, fmt.Sprint(e.Row, " ", contacts.CodeOf(e)))
	}
	return list
}

// anyEmail selects the contacts that have an email.
var anyEmail = contacts.Selection{Filter: contacts.Exists("primaryInfo.email", true)}

func TestCompact(t *testing.T) {
	t.Run("DUR-2 a compacted log has the same store", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log)
		lived(t, s)
		require.NoError(t, s.Compact(t.Context()))
		half := s.Snapshot().Position()
		again := openLog(t, log.Reopen())
		require.Equal(t, contacts.Recovery{Snapshot: half}, again.Recovery())
		requireEqualStores(t, s, again, 0)
		create(t, s, storetest.Person("Zoe"))
		require.NoError(t, s.Compact(t.Context()))
		create(t, s, storetest.Person("Yan"))
		again = openLog(t, log.Reopen())
		require.Equal(t, contacts.Recovery{Snapshot: half + 1, Commits: 1}, again.Recovery())
		requireEqualStores(t, s, again, half)
		kept, err := again.Jobs(t.Context())
		require.NoError(t, err)
		require.Len(t, kept, 1)
		require.NoError(t, again.Delete(t.Context(), storetest.ID(1)))
	})
	t.Run("DUR-2 opened while another store compacts", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log)
		lived(t, s)
		moved := &movingLog{Memory: log.Reopen(), move: func() {
			for range 2 {
				require.NoError(t, s.Compact(t.Context()))
			}
		}}
		again := openLog(t, moved)
		require.Equal(t, s.Snapshot().Position(), again.Recovery().Snapshot)
		require.Equal(t, storetest.Export(t, s.Snapshot()), storetest.Export(t, again.Snapshot()))
	})
	t.Run("DUR-3 the log is compacted while it is read", func(t *testing.T) {
		moved := &movingLog{Memory: logtest.NewMemory()}
		s := openLog(t, moved, func(o *contacts.Options) { o.FeedSize = 1 })
		lived(t, s)
		require.NoError(t, s.Compact(t.Context()))
		create(t, s, storetest.Person("Zoe"))
		half := s.Snapshot().Position()
		create(t, s, storetest.Person("Yan"))
		moved.move = func() {
			moved.move = nil
			for range 2 {
				require.NoError(t, s.Compact(t.Context()))
			}
		}
		for _, err := range s.Follow(t.Context(), half-1) {
			expired, ok := errors.AsType[*contacts.PositionError](err)
			require.True(t, ok)
			require.Equal(t, half+1, expired.Oldest)
		}
	})
	t.Run("DUR-3 older commits come from the log", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log, func(o *contacts.Options) { o.FeedSize = 1 })
		lived(t, s)
		requireEqualStores(t, s, openLog(t, log.Reopen()), 0)
		require.NoError(t, s.Compact(t.Context()))
		create(t, s, storetest.Person("Zoe"))
		half := s.Snapshot().Position()
		require.NoError(t, s.Compact(t.Context()))
		create(t, s, storetest.Person("Yan"))
		require.Len(t, storetest.FirstCommits(t, s.Follow(t.Context(), half-1), 2), 2)
		for _, err := range s.Follow(t.Context(), half-2) {
			require.ErrorIs(t, err, contacts.ErrPositionExpired)
			expired, ok := errors.AsType[*contacts.PositionError](err)
			require.True(t, ok)
			require.Equal(t, half-1, expired.Oldest)
		}
	})
	t.Run("DUR-2 by itself", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log, func(o *contacts.Options) { o.CompactBytes = 2000 })
		lived(t, s)
		require.Eventually(t, func() bool {
			return openLog(t, log.Reopen()).Recovery().Snapshot > 0
		}, 10*time.Second, 10*time.Millisecond)
	})
	t.Run("DUR-5 erased data leaves the log", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log)
		secret := create(t, s, storetest.Person("Marmaduke", "marmaduke@x.test"))
		kept := create(t, s, storetest.Person("Ann", "ann@x.test"))
		require.NoError(t, s.Delete(t.Context(), secret.ID))
		require.Contains(t, contentsOf(t, log), "armaduke")
		at, err := s.Erase(t.Context())
		require.NoError(t, err)
		require.Equal(t, s.Snapshot().Position(), at)
		require.NotContains(t, strings.ToLower(contentsOf(t, log)), "marmaduke")
		again := openLog(t, log.Reopen())
		_, err = again.Get(t.Context(), kept.ID, nil)
		require.NoError(t, err)
		for _, err := range s.Follow(t.Context(), 0) {
			require.ErrorIs(t, err, contacts.ErrPositionExpired)
		}
	})
	t.Run("DUR-5 an older snapshot is damaged", func(t *testing.T) {
		log := &rottenLog{Memory: logtest.NewMemory()}
		s := openLog(t, log)
		secret := create(t, s, storetest.Person("Marmaduke", "marmaduke@x.test"))
		require.NoError(t, s.Compact(t.Context()))
		require.NoError(t, s.Delete(t.Context(), secret.ID))
		log.rotten = true
		_, err := s.Erase(t.Context())
		require.NoError(t, err, "the second of its snapshots replaces the damaged one")
		require.NotContains(t, strings.ToLower(contentsOf(t, log.Reopen())), "marmaduke")
	})
	t.Run("DUR-2 a backup can be loaded", func(t *testing.T) {
		s := openLog(t, logtest.NewMemory())
		lived(t, s)
		var text strings.Builder
		require.NoError(t, s.Backup(t.Context(), &text))
		require.Equal(t, storetest.Export(t, s.Snapshot()), text.String())
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, s.Backup(ctx, &text), context.Canceled)
	})
}

func TestBehindCompaction(t *testing.T) {
	// overtake makes the log drop everything that there was.
	overtake := func(t *testing.T, s *contacts.Store) {
		create(t, s, storetest.Person("Zoe"))
		require.NoError(t, s.Compact(t.Context()))
		create(t, s, storetest.Person("Yan"))
		require.NoError(t, s.Compact(t.Context()))
		require.NoError(t, s.Compact(t.Context()))
		create(t, s, storetest.Person("Xia"))
	}
	t.Run("DUR-9 a replica loads the newer snapshot", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log)
		lived(t, s)
		slow := &pausedLog{Memory: log.Reopen(), pause: make(chan struct{})}
		replica, err := contacts.OpenReplica(t.Context(), slow, fixed())
		require.NoError(t, err)
		t.Cleanup(func() { replica.Close() })
		since := replica.Snapshot().Position()
		job, err := s.BulkDelete(t.Context(), named("Eve"), nil)
		require.NoError(t, err)
		overtake(t, s)
		expired := make(chan error)
		go func() {
			for _, err := range replica.Follow(t.Context(), since) {
				expired <- err
			}
		}()
		close(slow.pause)
		err = <-expired
		require.ErrorIs(t, err, contacts.ErrPositionExpired)
		position, ok := errors.AsType[*contacts.PositionError](err)
		require.True(t, ok)
		require.Equal(t, s.Snapshot().Position()-1, position.Oldest)
		require.Len(t, storetest.FirstCommits(t, replica.Follow(t.Context(), position.Oldest), 1), 1)
		requireEqualStores(t, s, replica, position.Oldest)
		kept, err := replica.Job(t.Context(), job.ID)
		require.NoError(t, err)
		require.Equal(t, job, kept)
		create(t, s, storetest.Person("Wim"))
		storetest.FirstCommits(t, replica.Follow(t.Context(), position.Oldest), 2)
		requireEqualStores(t, s, replica, position.Oldest)
	})
	t.Run("DUR-9 a writer loads the newer snapshot", func(t *testing.T) {
		log := logtest.NewMemory()
		a, b := openLog(t, log, randomIDs), openLog(t, log.Reopen(), randomIDs)
		lived(t, a)
		create(t, b, storetest.Person("Bea"))
		overtake(t, a)
		_, err := b.Create(t.Context(), storetest.Person("Ann", "ann@x.test"), nil)
		require.ErrorIs(t, err, contacts.ErrDuplicate, "as the log's contacts have it")
		create(t, b, storetest.Person("Cid"))
		require.NoError(t, b.Compact(t.Context()))
		requireEqualStores(t, b, openLog(t, log.Reopen()), b.Snapshot().Position()-1)
	})
	t.Run("DUR-9 a writer with a lost reply", func(t *testing.T) {
		log := logtest.NewMemory()
		a := openLog(t, log, randomIDs)
		lost := &lostLog{Memory: log.Reopen(), appended: make(chan struct{}), lose: make(chan struct{})}
		b := openLog(t, lost, randomIDs)
		lose := sync.OnceFunc(func() { close(lost.lose) })
		defer lose() // also when the test fails: b waits for the reply
		created := make(chan error, 1)
		go func() {
			_, err := b.Create(t.Context(), storetest.Person("Bea"), nil)
			created <- err
		}()
		<-lost.appended
		lived(t, a)
		overtake(t, a)
		lose()
		require.ErrorIs(t, <-created, contacts.ErrOutcomeUnknown)
		create(t, b, storetest.Person("Cid"))
		requireEqualStores(t, b, openLog(t, log.Reopen()), b.Snapshot().Position()-1)
	})
	t.Run("DUR-9 a compaction of what a writer has read", func(t *testing.T) {
		log := logtest.NewMemory()
		a := openLog(t, log, randomIDs)
		lived(t, a)
		b := openLog(t, log.Reopen(), randomIDs)
		require.NoError(t, a.Compact(t.Context()))
		require.NoError(t, a.Compact(t.Context()))
		create(t, b, storetest.Person("Bea")) // nothing that b needs was dropped
		requireEqualStores(t, b, openLog(t, log.Reopen()), b.Snapshot().Position()-1)
	})
	t.Run("DUR-9 a replica that cannot continue", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log)
		lived(t, s)
		damaged := &damagedLog{Memory: log.Reopen()}
		replica, err := contacts.OpenReplica(t.Context(), damaged, fixed())
		require.NoError(t, err)
		t.Cleanup(func() { replica.Close() })
		since := replica.Snapshot().Position()
		ended := make(chan error)
		go func() {
			for _, err := range replica.Follow(t.Context(), since) {
				ended <- err
			}
		}()
		damaged.err.Store(&contacts.CorruptError{Offset: -1, Reason: "test"})
		create(t, s, storetest.Person("Zoe"))
		err = <-ended
		require.ErrorIs(t, err, contacts.ErrReadOnly)
		require.ErrorIs(t, err, contacts.ErrLogCorrupt)
		require.Equal(t, since, replica.Snapshot().Position(), "reads continue")
		require.Len(t, storetest.FirstCommits(t, replica.Follow(t.Context(), since-1), 1), 1)
		require.NoError(t, replica.Close())
		for _, err := range replica.Follow(t.Context(), since) {
			require.ErrorIs(t, err, contacts.ErrClosed)
		}
	})
	t.Run("DUR-9 a replica outlasts a log that is unavailable", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log)
		damaged := &damagedLog{Memory: log.Reopen()}
		replica, err := contacts.OpenReplica(t.Context(), damaged, fixed())
		require.NoError(t, err)
		t.Cleanup(func() { replica.Close() })
		damaged.waits.Store(3)
		lived(t, s)
		requireEqualStores(t, s, caughtUp(t, replica, s), 0)
	})
	t.Run("DUR-4 the outcome while the log is compacted", func(t *testing.T) {
		moved := &movingLog{Memory: logtest.NewMemory()}
		gate := newGate(moved)
		s := openLog(t, gate)
		defer gate.release()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := s.Create(ctx, storetest.Person("Ann"), nil)
		outcome, ok := errors.AsType[*contacts.OutcomeError](err)
		require.True(t, ok)
		gate.release()
		create(t, s, storetest.Person("Bob"))
		compact := func() {
			for range 2 {
				require.NoError(t, s.Compact(t.Context()))
			}
		}
		s = openLog(t, moved)
		moved.move = compact
		_, err = s.Outcome(t.Context(), outcome.Commit)
		require.ErrorIs(t, err, contacts.ErrCommitNotFound)
	})
}

// caughtUp returns a replica once it has what a store has.
func caughtUp(t *testing.T, replica, s *contacts.Store) *contacts.Store {
	t.Helper()
	position := s.Snapshot().Position()
	require.Eventually(t, func() bool { return replica.Snapshot().Position() == position }, 10*time.Second, time.Millisecond)
	return replica
}

// pausedLog is a log that hears of new entries only after a pause.
type pausedLog struct {
	*logtest.Memory
	pause chan struct{}
}

func (p *pausedLog) Wait(ctx context.Context, after contacts.Seq) error {
	<-p.pause
	return p.Memory.Wait(ctx, after)
}

// lostLog is a log that loses the reply to the first Append.
type lostLog struct {
	*logtest.Memory
	first    sync.Once
	appended chan struct{} // closed after that Append
	lose     chan struct{} // that Append returns when this is closed
}

func (l *lostLog) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	seq, err := l.Memory.Append(ctx, after, data)
	l.first.Do(func() {
		close(l.appended)
		<-l.lose
		seq, err = 0, errors.Join(contacts.ErrLogUnknown, err)
	})
	return seq, err
}

// damagedLog is a log that cannot be read once it has an error, and whose Wait is unavailable for some calls.
type damagedLog struct {
	*logtest.Memory
	err   atomic.Pointer[contacts.CorruptError]
	waits atomic.Int32
}

func (d *damagedLog) Wait(ctx context.Context, after contacts.Seq) error {
	if err := d.Memory.Wait(ctx, after); err != nil || d.waits.Add(-1) < 0 {
		return err
	}
	return contacts.ErrLogUnavailable
}

func (d *damagedLog) Read(ctx context.Context, after contacts.Seq) iter.Seq2[contacts.Entry, error] {
	if err := d.err.Load(); err != nil {
		return func(yield func(contacts.Entry, error) bool) { yield(contacts.Entry{}, err) }
	}
	return d.Memory.Read(ctx, after)
}

// contentsOf returns all bytes that a log keeps.
func contentsOf(t testing.TB, log *logtest.Memory) string {
	t.Helper()
	var all strings.Builder
	from := contacts.Seq(0)
	for saved, err := range log.Load(t.Context()) {
		require.NoError(t, err)
		from = saved.At
		r, err := saved.Open()
		require.NoError(t, err)
		_, err = io.Copy(&all, r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
	}
	for e, err := range log.Read(t.Context(), from) {
		require.NoError(t, err)
		all.Write(e.Data)
	}
	return all.String()
}

// rottenLog is a log whose older snapshot is damaged, if it is rotten, until another one replaces it.
type rottenLog struct {
	*logtest.Memory
	rotten bool
}

func (l *rottenLog) Compact(ctx context.Context, at contacts.Seq) error {
	if l.rotten {
		l.rotten = false
		return contacts.ErrLogCorrupt
	}
	return l.Memory.Compact(ctx, at)
}

// movingLog is a log in which something happens between Load and Read.
type movingLog struct {
	*logtest.Memory
	move func()
}

func (m *movingLog) Load(ctx context.Context) iter.Seq2[contacts.SavedSnapshot, error] {
	return func(yield func(contacts.SavedSnapshot, error) bool) {
		m.Memory.Load(ctx)(yield)
		if move := m.move; move != nil {
			m.move = nil
			move()
		}
	}
}

// restored returns a store that lived, its loaded backup, and a log that was filled with it.
func restored(t testing.TB) (backup *contacts.Store, log *logtest.Memory) {
	t.Helper()
	s := openLog(t, logtest.NewMemory())
	lived(t, s)
	var text strings.Builder
	require.NoError(t, s.Backup(t.Context(), &text))
	backup, err := contacts.Load(t.Context(), strings.NewReader(text.String()), fixed())
	require.NoError(t, err)
	log = logtest.NewMemory()
	filled, err := contacts.Restore(t.Context(), log, backup.Snapshot(), fixed())
	require.NoError(t, err)
	require.Equal(t, contacts.Recovery{Snapshot: backup.Snapshot().Position()}, filled.Recovery())
	require.Equal(t, text.String(), storetest.Export(t, filled.Snapshot()))
	require.NoError(t, filled.Close())
	return backup, log
}

func TestRestore(t *testing.T) {
	t.Run("DUR-8 equal, also after writes and reopening", func(t *testing.T) {
		backup, log := restored(t)
		begin := backup.Snapshot().Position()
		s := openLog(t, log.Reopen())
		for _, store := range []*contacts.Store{backup, s} {
			storetest.NewLabel(t, store, "New")
			require.NoError(t, store.Delete(t.Context(), storetest.ID(1)))
		}
		requireEqualStores(t, backup, s, begin)
		requireEqualStores(t, backup, openLog(t, log.Reopen()), begin)
		replica, err := contacts.OpenReplica(t.Context(), log.Reopen(), fixed())
		require.NoError(t, err)
		requireEqualStores(t, backup, replica, begin)
		require.NoError(t, replica.Close())
		for range 2 {
			require.NoError(t, s.Compact(t.Context()))
			require.Equal(t, exportOf(t, backup.Snapshot()), exportOf(t, openLog(t, log.Reopen()).Snapshot()))
		}
	})
	t.Run("DUR-8 a store in memory becomes durable, an empty one too", func(t *testing.T) {
		for _, writes := range []int{0, 3} {
			s, err := contacts.New(fixed())
			require.NoError(t, err)
			for i := range writes {
				create(t, s, storetest.Person("P"+strconv.Itoa(i)))
			}
			log := logtest.NewMemory()
			durable, err := contacts.Restore(t.Context(), log, s.Snapshot(), fixed())
			require.NoError(t, err)
			storetest.NewLabel(t, durable, "New")
			require.NoError(t, durable.Close())
			again := openLog(t, log.Reopen())
			require.Equal(t, writes, again.Snapshot().Len())
			require.EqualValues(t, writes+1, again.Snapshot().Position())
			require.EqualValues(t, writes, s.Snapshot().Position(), "the store in memory is another one")
		}
	})
	t.Run("DUR-3 DUR-8 the feed begins with the snapshot", func(t *testing.T) {
		backup, log := restored(t)
		s := openLog(t, log.Reopen(), func(o *contacts.Options) { o.FeedSize = 1 })
		begin := s.Snapshot().Position()
		requireExpired := func(since, oldest contacts.Position) {
			t.Helper()
			for _, err := range s.Follow(t.Context(), since) {
				expired, ok := errors.AsType[*contacts.PositionError](err)
				require.True(t, ok, "%v", err)
				require.Equal(t, oldest, expired.Oldest)
			}
		}
		requireExpired(begin-1, begin)
		for _, store := range []*contacts.Store{backup, s} {
			storetest.NewLabel(t, store, "New")
			storetest.NewLabel(t, store, "Newer")
		}
		requireExpired(begin-1, begin)
		requireEqualStores(t, backup, s, begin)
		require.NoError(t, s.Compact(t.Context()))
		requireEqualStores(t, backup, s, begin)
		requireExpired(0, begin)
	})
	t.Run("DUR-3 DUR-8 a log that drops fewer entries than it could", func(t *testing.T) {
		_, log := restored(t)
		s := openLog(t, &lazyLog{log.Reopen()}, func(o *contacts.Options) { o.FeedSize = 1 })
		begin := s.Snapshot().Position()
		storetest.NewLabel(t, s, "New")
		require.NoError(t, s.Compact(t.Context()))
		storetest.NewLabel(t, s, "Newer")
		require.NoError(t, s.Compact(t.Context()))
		for _, err := range s.Follow(t.Context(), begin-1) { // the first entry is there, what it follows is not
			expired, ok := errors.AsType[*contacts.PositionError](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, begin+1, expired.Oldest)
		}
	})
	t.Run("DUR-8 a log that is not empty", func(t *testing.T) {
		backup, filled := restored(t)
		written := logtest.NewMemory()
		create(t, openLog(t, written), storetest.Person("Ann"))
		for _, log := range []*logtest.Memory{filled, written} {
			before := contentsOf(t, log.Reopen())
			_, err := contacts.Restore(t.Context(), log.Reopen(), backup.Snapshot(), fixed())
			require.ErrorIs(t, err, contacts.ErrLogConflict)
			require.Equal(t, before, contentsOf(t, log.Reopen()))
		}
	})
	t.Run("DUR-8 the first snapshot is damaged or missing", func(t *testing.T) {
		for name, lose := range map[string]func(*logtest.Memory) contacts.Log{
			"damaged": func(m *logtest.Memory) contacts.Log { return &losingLog{m, true} },
			"missing": func(m *logtest.Memory) contacts.Log { return &losingLog{m, false} },
		} {
			_, log := restored(t)
			if name == "damaged" { // without a commit, nothing tells a log that lost it from a new one
				_, err := contacts.Open(t.Context(), lose(log.Reopen()), fixed())
				require.ErrorIs(t, err, contacts.ErrLogCorrupt, name)
				_, err = contacts.Restore(t.Context(), lose(log.Reopen()), openLog(t, log.Reopen()).Snapshot(), fixed())
				require.ErrorIs(t, err, contacts.ErrLogConflict, name)
			}
			storetest.NewLabel(t, openLog(t, log.Reopen()), "New")
			_, err := contacts.Open(t.Context(), lose(log.Reopen()), fixed())
			_, ok := errors.AsType[*contacts.CorruptError](err)
			require.True(t, ok, "%s: %v", name, err)
		}
	})
	t.Run("DUR-8 nothing to begin with", func(t *testing.T) {
		s := newStore(t)
		for name, attempt := range map[string]func() (*contacts.Store, error){
			"no log": func() (*contacts.Store, error) {
				return contacts.Restore(t.Context(), nil, s.Snapshot(), nil)
			},
			"no snapshot": func() (*contacts.Store, error) {
				return contacts.Restore(t.Context(), logtest.NewMemory(), nil, nil)
			},
			"no snapshots in the log": func() (*contacts.Store, error) {
				return contacts.Restore(t.Context(), struct{ contacts.Log }{logtest.NewMemory()}, s.Snapshot(), nil)
			},
			"options": func() (*contacts.Store, error) {
				return contacts.Restore(t.Context(), logtest.NewMemory(), s.Snapshot(), &contacts.Options{Region: "XX"})
			},
		} {
			_, err := attempt()
			require.ErrorIs(t, err, contacts.ErrInvalid, name)
		}
	})
	t.Run("STO-1 a context that is done", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		log := logtest.NewMemory()
		_, err := contacts.Restore(ctx, log, newStore(t).Snapshot(), nil)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, contentsOf(t, log.Reopen()))
	})
}

// lazyLog is a log that drops no entries.
type lazyLog struct{ *logtest.Memory }

func (*lazyLog) Compact(context.Context, contacts.Seq) error { return nil }

// losingLog is a log whose snapshots are damaged or missing.
type losingLog struct {
	*logtest.Memory
	damaged bool
}

func (l *losingLog) Load(context.Context) iter.Seq2[contacts.SavedSnapshot, error] {
	return func(yield func(contacts.SavedSnapshot, error) bool) {
		if l.damaged {
			yield(contacts.SavedSnapshot{}, &contacts.CorruptError{File: "first", Reason: "the header is damaged"})
		}
	}
}

func TestInterruptedJob(t *testing.T) {
	t.Run("DUR-1 a job that was cut off", func(t *testing.T) {
		log := logtest.NewMemory()
		s := openLog(t, log)
		vip := storetest.NewLabel(t, s, "VIP")
		for i := range 5 {
			create(t, s, storetest.Person(fmt.Sprint("P", i)))
		}
		var again *contacts.Store
		opts := &contacts.BulkOptions{BatchSize: 2, Progress: func(job contacts.Job) {
			if job.SuccessTotal == 4 {
				again = openLog(t, log.Reopen()) // as after a crash
			}
		}}
		all := contacts.Selection{Filter: contacts.Exists("info.name.first", true)}
		job, err := s.BulkLabel(t.Context(), all, []string{vip}, nil, opts)
		require.NoError(t, err)
		kept, err := again.Job(t.Context(), job.ID)
		require.NoError(t, err)
		require.Equal(t, contacts.JobStatusUnknown, kept.Status)
		require.Equal(t, 4, kept.SuccessTotal)
		require.Equal(t, 5, kept.TotalItems)
		require.False(t, kept.FinishedDate.IsZero())
	})
}
