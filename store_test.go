package contacts_test

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestNew(t *testing.T) {
	t.Run("CRT-3 defaults: the system's clock, IDs of version 4", func(t *testing.T) {
		s := openStore(t, nil)
		before := time.Now().Add(-time.Millisecond)
		c := create(t, s, person("Ann"))
		require.True(t, c.CreatedDate.After(before) && !c.CreatedDate.After(time.Now()))
		require.Equal(t, uuid.Version(4), c.ID.Version())
	})
	t.Run("SRC-1 default source", func(t *testing.T) {
		opts := fixed()
		opts.DefaultSource = contacts.Source{SourceType: contacts.SourceImport, AppID: "app"}
		s := openStore(t, opts)
		require.Equal(t, opts.DefaultSource, create(t, s, person("Ann")).Source)
		own := contacts.Source{SourceType: contacts.SourceAdmin}
		c, err := s.Create(t.Context(), person("Bob"), &contacts.CreateOptions{Source: own})
		require.NoError(t, err)
		require.Equal(t, own, c.Source)
		require.Equal(t, contacts.Source{SourceType: contacts.SourceOther}, create(t, newStore(t), person("Cyd")).Source)
	})
	t.Run("VAL-1 options that are refused, all at once", func(t *testing.T) {
		s, err := contacts.New(&contacts.Options{
			Region: "us", DefaultSource: contacts.Source{SourceType: "x"}, LabelQuota: -1, FieldQuota: -1,
			MaxClockJump: -1,
		})
		require.Nil(t, s)
		var fields []string
		for _, v := range violations(t, err) {
			fields = append(fields, v.Field)
		}
		require.ElementsMatch(t, []string{
			"Region", "DefaultSource.sourceType", "LabelQuota", "FieldQuota", "MaxClockJump",
		}, fields)
	})
	t.Run("STO-5 options are copied", func(t *testing.T) {
		opts := fixed()
		opts.Region = "US"
		s := openStore(t, opts)
		opts.Now, opts.NewID = nil, nil
		require.Equal(t, &contacts.Options{Region: "US", SelfCheck: !testing.Short()}, opts, "the store wrote its defaults into the argument")
		*opts = contacts.Options{Now: func() time.Time { panic("changed") }, NewID: func() uuid.UUID { panic("changed") }}
		create(t, s, person("Ann"))
	})
}

// calls has a call of every method of a store with a context, on the contact of callable. All of them would succeed
// and, except those in reading, write.
var calls = map[string]func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error{
	"Create": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Create(ctx, person("New"), nil)
		return err
	},
	"Get": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.Get(ctx, c.ID, nil)
		return err
	},
	"Import": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Import(ctx, rowsOf(&contacts.Contact{Info: person("New")}), nil)
		return err
	},
	"Update": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.Update(ctx, c.ID, c.Revision, contacts.Patch{Company: contacts.Set("Birch")}, nil)
		return err
	},
	"Delete": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error { return s.Delete(ctx, c.ID) },
	"SetMember": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.SetMember(ctx, c.ID, &contacts.Member{MemberID: testID(9001)})
		return err
	},
	"SetBillingSubscription": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.SetBillingSubscription(ctx, c.ID, true)
		return err
	},
	"SetSystemFields": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.SetSystemFields(ctx, c.ID, map[string]any{"ecom.numOfPurchases": 1})
		return err
	},
	"SetSubscription": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.SetSubscription(ctx, c.ID, c.PrimaryInfo.Email, contacts.SubscriptionSubscribed)
		return err
	},
	"SetDeliverability": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.SetDeliverability(ctx, c.ID, c.PrimaryInfo.Email, contacts.EmailDeliverabilityValid)
		return err
	},
	"RecordActivity": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.RecordActivity(ctx, c.ID, contacts.ActivityMemberLogin, time.Time{})
		return err
	},
	"Label": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.Label(ctx, c.ID, "custom.old")
		return err
	},
	"Unlabel": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.Unlabel(ctx, c.ID, "contacts.customers")
		return err
	},
	"Merge": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.Merge(ctx, c.ID, c.Revision, []uuid.UUID{second}, nil)
		return err
	},
	"PreviewMerge": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.PreviewMerge(ctx, c.ID, []uuid.UUID{second})
		return err
	},
	"Resolve": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.Resolve(ctx, c.ID)
		return err
	},
	"List": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.List(ctx, contacts.Query{}, nil)
		return err
	},
	"ListLabels": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.ListLabels(ctx, contacts.LabelQuery{}, nil)
		return err
	},
	"ListFields": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.ListFields(ctx, contacts.FieldQuery{}, nil)
		return err
	},
	"Facets": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Facets(ctx, contacts.Filter{}, nil)
		return err
	},
	"FindOrCreateLabel": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, _, err := s.FindOrCreateLabel(ctx, "New")
		return err
	},
	"GetLabel": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.GetLabel(ctx, "custom.old")
		return err
	},
	"GetField": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.GetField(ctx, "custom.old")
		return err
	},
	"RenameLabel": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.RenameLabel(ctx, "custom.old", "New")
		return err
	},
	"DeleteLabel": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		return s.DeleteLabel(ctx, "custom.old")
	},
	"FindOrCreateField": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, _, err := s.FindOrCreateField(ctx, "New", contacts.DataText)
		return err
	},
	"RenameField": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.RenameField(ctx, "custom.old", "New")
		return err
	},
	"DeleteField": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		return s.DeleteField(ctx, "custom.old")
	},
	"TrimFeed": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		return s.TrimFeed(ctx, s.Snapshot().Position())
	},
	"Sync": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error { return s.Sync(ctx) },
	"Backup": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		return s.Backup(ctx, io.Discard)
	},
	"Compact": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error { return s.Compact(ctx) },
	"WaitFor": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error { return s.WaitFor(ctx, 0) },
	"Erase": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Erase(ctx)
		return err
	},
	"Outcome": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Outcome(ctx, testID(1))
		if contacts.CodeOf(err) == contacts.ErrCommitNotFound {
			return nil
		}
		return err
	},
}

// reading lists the calls that do not write, and so never wait.
var reading = []string{
	"Backup", "Compact", "Erase", "Facets", "Get", "GetField", "GetLabel", "List", "ListFields", "ListLabels", "Outcome",
	"PreviewMerge", "Resolve", "Sync", "TrimFeed", "WaitFor",
}

// written returns the number of commits that a call makes.
func written(name string) contacts.Position {
	if slices.Contains(reading, name) {
		return 0
	}
	return 1
}

// second is the ID of another contact in the store of callable.
var second = testID(8)

// callable opens a store on which all calls succeed, with the contact for them.
func callable(t testing.TB) (*contacts.Store, *contacts.Contact) {
	t.Helper()
	s := newStore(t)
	_, _, err := s.FindOrCreateLabel(t.Context(), "Old")
	require.NoError(t, err)
	_, _, err = s.FindOrCreateField(t.Context(), "Old", contacts.DataText)
	require.NoError(t, err)
	c := create(t, s, richInfo("ann"))
	require.Equal(t, second, create(t, s, person("Second")).ID)
	return s, c
}

// doneAfter is a context that is done after n checks.
type doneAfter struct {
	context.Context
	asked *atomic.Int64
	n     int64
}

func (c doneAfter) Err() error {
	if c.asked.Add(1) > c.n {
		return context.Canceled
	}
	return nil
}

func TestContextWhileLooking(t *testing.T) {
	s := openStore(t, unchecked())
	for i := range 3000 {
		create(t, s, contacts.Info{Name: contacts.Name{First: "A"}, Company: "C" + strconv.Itoa(i)})
	}
	filter := contacts.Ne("info.company", "none")
	sorted := []contacts.Sort{{Field: "info.company"}}
	for name, call := range map[string]func(context.Context) error{
		"List, counting": func(ctx context.Context) error {
			page, err := s.List(ctx, contacts.Query{Filter: filter}, &contacts.ListOptions{Limit: 1})
			if err != nil {
				require.Zero(t, page)
			}
			return err
		},
		"List, passing over": func(ctx context.Context) error {
			_, err := s.List(ctx, contacts.Query{Filter: filter}, &contacts.ListOptions{Offset: 2900, OmitTotal: true})
			return err
		},
		"List, sorting": func(ctx context.Context) error {
			_, err := s.List(ctx, contacts.Query{Sort: sorted}, &contacts.ListOptions{OmitTotal: true})
			return err
		},
		"Facets": func(ctx context.Context) error {
			page, err := s.Facets(ctx, contacts.Filter{}, nil)
			if err != nil {
				require.Zero(t, page)
			}
			return err
		},
		"BulkDelete": func(ctx context.Context) error {
			job, err := s.Fork().BulkDelete(ctx, contacts.Selection{Filter: filter}, nil)
			if err != nil {
				require.Zero(t, job)
			}
			return err
		},
	} {
		t.Run("STO-1 "+name, func(t *testing.T) {
			asked := new(atomic.Int64)
			require.NoError(t, call(doneAfter{t.Context(), asked, 1 << 30}))
			require.GreaterOrEqual(t, asked.Load(), int64(3), "at the start, and each 1024 contacts")
			for n := range int64(3) {
				asked := new(atomic.Int64)
				err := call(doneAfter{t.Context(), asked, n})
				require.ErrorIs(t, err, context.Canceled)
				require.Equal(t, contacts.Code(""), contacts.CodeOf(err))
			}
		})
	}
}

// TestContextDuringWrites lets the context end at every moment of calls that write many contacts in one commit.
func TestContextDuringWrites(t *testing.T) {
	const n = 20
	s := newStore(t)
	label, field := newLabel(t, s, "VIP"), newField(t, s, "Age", contacts.DataNumber)
	rows, ops := make([]*contacts.Contact, n), make([]contacts.Operation, n)
	for i := range n {
		info := person("Ann", fmt.Sprintf("a%d@x.test", i))
		info.LabelKeys, info.ExtendedFields = []string{label}, map[string]any{field: i}
		create(t, s, info)
		info = person("Bo", fmt.Sprintf("b%d@x.test", i))
		rows[i], ops[i] = &contacts.Contact{Info: info}, contacts.CreateOp{Info: info}
	}
	importRows := func(opts *contacts.ImportOptions) func(context.Context, *contacts.Store) error {
		return func(ctx context.Context, s *contacts.Store) error {
			report, err := s.Import(ctx, rowsOf(rows...), opts)
			if err != nil {
				require.Zero(t, report)
			}
			return err
		}
	}
	all := contacts.Selection{Filter: contacts.HasSome("info.labelKeys", label)}
	bulk := func(job contacts.Job, err error) error {
		if err != nil {
			require.Zero(t, job.SuccessTotal+job.FailedTotal)
		}
		return err
	}
	// How often a call asks for each operation, row or contact.
	const reads, prepares, decides, puts = 1, 1, 1, 1
	steps := map[string]int64{
		"Batch": prepares + decides, "Batch, all or nothing": prepares + decides,
		"Import": reads + 2*prepares + decides + puts, "Import, all or nothing": reads + 2*prepares + decides + puts,
		"DeleteLabel": puts, "DeleteField": puts, "Batch that deletes a label": puts,
		"Batch that deletes a field and a label": 2 * puts,
		"BulkUpdate":                             decides + puts, "BulkLabel": decides + puts, "BulkDelete": decides + puts,
	}
	for name, call := range map[string]func(context.Context, *contacts.Store) error{
		"Batch": func(ctx context.Context, s *contacts.Store) error {
			results, err := s.Batch(ctx, ops, nil)
			require.Equal(t, err != nil, results == nil)
			return err
		},
		"Batch, all or nothing": func(ctx context.Context, s *contacts.Store) error {
			results, err := s.Batch(ctx, ops, &contacts.BatchOptions{AllOrNothing: true})
			require.Equal(t, err != nil, results == nil)
			return err
		},
		"Batch that deletes a label": func(ctx context.Context, s *contacts.Store) error {
			_, err := s.Batch(ctx, []contacts.Operation{contacts.DeleteLabelOp{Key: label}}, nil)
			return err
		},
		"Batch that deletes a field and a label": func(ctx context.Context, s *contacts.Store) error {
			_, err := s.Batch(ctx, []contacts.Operation{
				contacts.DeleteFieldOp{Key: field}, contacts.DeleteLabelOp{Key: label},
			}, nil)
			return err
		},
		"Import":                 importRows(nil),
		"Import, all or nothing": importRows(&contacts.ImportOptions{AllOrNothing: true}),
		"DeleteLabel": func(ctx context.Context, s *contacts.Store) error {
			return s.DeleteLabel(ctx, label)
		},
		"DeleteField": func(ctx context.Context, s *contacts.Store) error {
			return s.DeleteField(ctx, field)
		},
		"BulkUpdate": func(ctx context.Context, s *contacts.Store) error {
			return bulk(s.BulkUpdate(ctx, all, contacts.Patch{Company: contacts.Set("Acorn")}, nil))
		},
		"BulkLabel": func(ctx context.Context, s *contacts.Store) error {
			return bulk(s.BulkLabel(ctx, all, []string{"contacts.customers"}, nil, nil))
		},
		"BulkDelete": func(ctx context.Context, s *contacts.Store) error { return bulk(s.BulkDelete(ctx, all, nil)) },
	} {
		t.Run("STO-1 "+name, func(t *testing.T) {
			before := stateOf(s.Snapshot())
			asked := new(atomic.Int64)
			require.NoError(t, call(doneAfter{t.Context(), asked, 1 << 30}, s.Fork()))
			total := asked.Load()
			require.Greater(t, total, steps[name]*n)
			require.Less(t, total, steps[name]*n+10)
			for moment := range total {
				f := s.Fork()
				err := call(doneAfter{t.Context(), new(atomic.Int64), moment}, f)
				require.ErrorIs(t, err, context.Canceled, moment)
				require.Equal(t, contacts.Code(""), contacts.CodeOf(err))
				requireState(t, before, stateOf(f.Snapshot()))
			}
		})
	}
	t.Run("STO-1 batches before the last one stay", func(t *testing.T) {
		f := s.Fork()
		written := 0
		asked := new(atomic.Int64)
		ctx := doneAfter{t.Context(), asked, 1 << 30}
		progress := func(p contacts.ImportProgress) {
			if written = p.Imported; written == 16 {
				asked.Store(1<<30 - 10)
			}
		}
		report, err := f.Import(ctx, rowsOf(rows...), &contacts.ImportOptions{BatchSize: 8, Progress: progress})
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 16, written)
		require.Equal(t, 16, report.Imported)
		require.Equal(t, n+16, f.Snapshot().Len())
		require.NoError(t, f.Snapshot().Check())
	})
	t.Run("STO-1 the lock is free afterwards", func(t *testing.T) {
		f := s.Fork()
		require.Error(t, f.DeleteLabel(doneAfter{t.Context(), new(atomic.Int64), 10}, label))
		require.NoError(t, f.DeleteLabel(t.Context(), label))
	})
}

func TestCalls(t *testing.T) {
	t.Run("STO-1 every method with a context is among the calls", func(t *testing.T) {
		store := reflect.TypeFor[*contacts.Store]()
		for i := range store.NumMethod() {
			m := store.Method(i)
			if m.Type.NumIn() < 2 || m.Type.In(1) != reflect.TypeFor[context.Context]() {
				continue
			}
			if m.Type.Out(0).Kind() != reflect.Func { // an iterator does nothing before its loop
				require.Contains(t, calls, m.Name)
			}
		}
	})
	for name, call := range calls {
		t.Run("STO-1 the call succeeds, "+name, func(t *testing.T) {
			s, c := callable(t)
			before := s.Snapshot().Position()
			require.NoError(t, call(t.Context(), s, c))
			require.Equal(t, before+written(name), s.Snapshot().Position())
		})
	}
}

func TestContext(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), epoch.AddDate(-20, 0, 0))
	defer cancel()
	for name, call := range calls {
		for _, tc := range []struct {
			name string
			ctx  context.Context
			want error
		}{
			{"STO-1 cancelled before the call, " + name, cancelled, context.Canceled},
			{"STO-1 deadline before the call, " + name, late, context.DeadlineExceeded},
		} {
			t.Run(tc.name, func(t *testing.T) {
				s, c := callable(t)
				before := stateOf(s.Snapshot())
				err := call(tc.ctx, s, c)
				require.ErrorIs(t, err, tc.want)
				require.Equal(t, contacts.Code(""), contacts.CodeOf(err))
				require.Equal(t, before, stateOf(s.Snapshot()))
				require.Equal(t, testID(9), create(t, s, person("Bob")).ID, "an ID was drawn")
			})
		}
	}
}

// gate is a context that makes its call hold the write lock of the store: after the call of Done, with which a call
// waits for the lock, Err blocks until the gate opens.
type gate struct {
	context.Context
	asked atomic.Bool
	open  chan struct{}
}

func (g *gate) Done() <-chan struct{} {
	g.asked.Store(true)
	return g.Context.Done()
}

func (g *gate) Err() error {
	if g.asked.Load() {
		<-g.open
	}
	return g.Context.Err()
}

// hold starts a writer that holds the write lock of s. The returned function lets it finish and waits for its end. Only
// for use in a synctest bubble.
func hold(t *testing.T, s *contacts.Store) (release func()) {
	t.Helper()
	g := &gate{Context: t.Context(), open: make(chan struct{})}
	done := make(chan error, 1)
	go func() {
		_, err := s.Create(g, person("Holder"), nil)
		done <- err
	}()
	synctest.Wait()
	require.Empty(t, done, "the writer did not stop under the lock")
	return func() {
		close(g.open)
		require.NoError(t, <-done)
	}
}

func TestContextWhileWaiting(t *testing.T) {
	for name, call := range calls {
		if slices.Contains(reading, name) {
			continue
		}
		t.Run("STO-1 cancelled while waiting for the lock, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, c := callable(t)
				before := stateOf(s.Snapshot())
				release := hold(t, s)
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- call(ctx, s, c) }()
				synctest.Wait()
				require.Empty(t, done, "the call did not wait")
				cancel()
				err := <-done
				require.ErrorIs(t, err, context.Canceled)
				require.Equal(t, contacts.Code(""), contacts.CodeOf(err))
				require.Equal(t, before, stateOf(s.Snapshot()))
				release()
				require.Equal(t, before.Position+1, s.Snapshot().Position())
			})
		})
		t.Run("STO-1 deadline while waiting for the lock, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, c := callable(t)
				release := hold(t, s)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				started := time.Now()
				require.ErrorIs(t, call(ctx, s, c), context.DeadlineExceeded)
				require.Equal(t, time.Minute, time.Since(started))
				release()
			})
		})
		t.Run("STO-1 the lock comes free in time, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, c := callable(t)
				before := s.Snapshot().Position()
				release := hold(t, s)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				done := make(chan error, 1)
				go func() { done <- call(ctx, s, c) }()
				synctest.Wait()
				release()
				require.NoError(t, <-done)
				require.Equal(t, before+1+written(name), s.Snapshot().Position())
			})
		})
	}
	t.Run("STO-1 reads do not wait for writes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, c := callable(t)
			before := stateOf(s.Snapshot())
			release := hold(t, s)
			for _, name := range reading {
				require.NoError(t, calls[name](t.Context(), s, c))
			}
			require.Equal(t, before, stateOf(s.Snapshot()))
			create(t, s.Fork(), person("Bob")) // as do forks and their writes
			release()
		})
	})
}

func TestClose(t *testing.T) {
	for name, call := range calls {
		t.Run("STO-2 a closed store refuses "+name, func(t *testing.T) {
			s, c := callable(t)
			before := stateOf(s.Snapshot())
			require.NoError(t, s.Close())
			require.Equal(t, contacts.ErrClosed, contacts.CodeOf(call(t.Context(), s, c)))
			require.Equal(t, contacts.ErrClosed, contacts.CodeOf(call(t.Context(), s.Fork(), c)), "fork")
			done, cancel := context.WithCancel(t.Context())
			cancel()
			require.ErrorIs(t, call(done, s, c), context.Canceled)
			require.Equal(t, before, stateOf(s.Snapshot()))
		})
	}
	t.Run("STO-2 closing again does nothing", func(t *testing.T) {
		s, _ := callable(t)
		require.NoError(t, s.Close())
		require.NoError(t, s.Close())
		require.NoError(t, s.Fork().Close())
	})
	t.Run("STO-2 snapshots stay readable", func(t *testing.T) {
		s, c := callable(t)
		old := s.Snapshot()
		require.NoError(t, s.Close())
		for _, sn := range []*contacts.Snapshot{old, s.Snapshot()} {
			got, err := sn.Get(c.ID)
			require.NoError(t, err)
			require.Equal(t, c, got)
			require.NoError(t, fault(sn))
		}
	})
	t.Run("STO-2 forks and their parents are closed one by one", func(t *testing.T) {
		s, _ := callable(t)
		f := s.Fork()
		g := f.Fork()
		require.NoError(t, f.Close())
		create(t, s, person("Bob"))
		create(t, g, person("Bob"))
		require.NoError(t, s.Close())
		create(t, g, person("Cyd"))
	})
	t.Run("STO-2 Close waits for a running write, later ones are refused", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, c := callable(t)
			before := s.Snapshot().Position()
			release := hold(t, s)
			closed, waiting := make(chan error, 1), make(chan error, 1)
			go func() { closed <- s.Close() }()
			synctest.Wait()
			require.Empty(t, closed, "Close did not wait")
			go func() { waiting <- s.Delete(t.Context(), c.ID) }()
			synctest.Wait()
			release()
			require.NoError(t, <-closed)
			require.ErrorIs(t, <-waiting, contacts.ErrClosed)
			require.Equal(t, before+1, s.Snapshot().Position())
		})
	})
}

// cast holds the contacts for failing calls.
type cast struct{ ann, bob, member, owner, payer *contacts.Contact }

func newCast(t *testing.T) (*contacts.Store, cast) {
	t.Helper()
	s := newStore(t)
	link := func(c *contacts.Contact, m *contacts.Member) *contacts.Contact {
		c, err := s.SetMember(t.Context(), c.ID, m)
		require.NoError(t, err)
		return c
	}
	c := cast{
		ann:    create(t, s, richInfo("ann")),
		bob:    create(t, s, person("Bob", "bob@x.test")),
		member: link(create(t, s, person("Mel", "mel@x.test")), &contacts.Member{MemberID: testID(9001)}),
		owner: link(create(t, s, person("Oda")), &contacts.Member{
			MemberID: testID(9002), User: &contacts.MemberUser{UserID: testID(9003), Role: contacts.RoleOwner},
		}),
	}
	var err error
	c.payer, err = s.SetBillingSubscription(t.Context(), create(t, s, person("Pam")).ID, true)
	require.NoError(t, err)
	return s, c
}

// TestFailingCalls makes failing calls of every kind, which must leave no trace.
func TestFailingCalls(t *testing.T) {
	type call = func(ctx context.Context, s *contacts.Store, c cast) (*contacts.Contact, error)
	newWith := func(change func(*contacts.Info)) call {
		return func(ctx context.Context, s *contacts.Store, _ cast) (*contacts.Contact, error) {
			info := person("New")
			change(&info)
			return s.Create(ctx, info, nil)
		}
	}
	update := func(who func(cast) *contacts.Contact, patch contacts.Patch) call {
		return func(ctx context.Context, s *contacts.Store, c cast) (*contacts.Contact, error) {
			return s.Update(ctx, who(c).ID, who(c).Revision, patch, nil)
		}
	}
	remove := func(who func(cast) *contacts.Contact) call {
		return func(ctx context.Context, s *contacts.Store, c cast) (*contacts.Contact, error) {
			return nil, s.Delete(ctx, who(c).ID)
		}
	}
	ann := func(c cast) *contacts.Contact { return c.ann }
	bob := func(c cast) *contacts.Contact { return c.bob }
	member := func(c cast) *contacts.Contact { return c.member }
	owner := func(c cast) *contacts.Contact { return c.owner }
	payer := func(c cast) *contacts.Contact { return c.payer }
	stranger := func(cast) *contacts.Contact { return &contacts.Contact{ID: missingID, Revision: 1} }
	stale := func(c cast) *contacts.Contact { return &contacts.Contact{ID: c.ann.ID, Revision: 2} }
	company := contacts.Set("Birch") // a valid change

	for _, tc := range []struct {
		name string
		code contacts.Code
		call call
	}{
		{"STO-4 Create, invalid", contacts.ErrInvalid, newWith(func(in *contacts.Info) { in.Birthdate = "x" })},
		{"STO-4 Create, multiple primaries", contacts.ErrMultiplePrimary, newWith(func(in *contacts.Info) {
			in.Phones = []contacts.Phone{{Number: "1", Primary: true}, {Number: "2", Primary: true}}
		})},
		{"STO-4 Create, unknown field", contacts.ErrFieldNotFound, newWith(func(in *contacts.Info) {
			in.ExtendedFields = map[string]any{"custom.none": 1}
		})},
		{"STO-4 Create, wrong value", contacts.ErrInvalidFieldValue, newWith(func(in *contacts.Info) {
			in.ExtendedFields = map[string]any{"invoices.vatId": 1}
		})},
		{"STO-4 Create, unknown label", contacts.ErrLabelNotFound, newWith(func(in *contacts.Info) {
			in.LabelKeys = []string{"contacts.customers", "custom.none"}
		})},
		{"STO-4 Create, no data", contacts.ErrInsufficientData, newWith(func(in *contacts.Info) { in.Name.First = "" })},
		{"STO-4 Create, duplicate email", contacts.ErrDuplicate, newWith(func(in *contacts.Info) {
			in.Emails = primaryAt(0, "ann@x.test")
		})},
		{"STO-4 Create, duplicate phone", contacts.ErrDuplicate, newWith(func(in *contacts.Info) {
			in.Phones = []contacts.Phone{number("US", numberUS)}
		})},
		{
			"STO-4 Get, missing", contacts.ErrContactNotFound,
			func(ctx context.Context, s *contacts.Store, _ cast) (*contacts.Contact, error) {
				return s.Get(ctx, missingID, nil)
			},
		},
		{
			"STO-4 Get, unknown field", contacts.ErrInvalid,
			func(ctx context.Context, s *contacts.Store, c cast) (*contacts.Contact, error) {
				return s.Get(ctx, c.ann.ID, &contacts.GetOptions{Fields: []string{"x"}})
			},
		},
		{
			"STO-4 Update, invalid", contacts.ErrInvalid,
			update(ann, contacts.Patch{Company: company, Locale: contacts.Set("en_US")}),
		},
		{"STO-4 Update, missing", contacts.ErrContactNotFound, update(stranger, contacts.Patch{Company: company})},
		{"STO-4 Update, revision", contacts.ErrAlreadyChanged, update(stale, contacts.Patch{Company: company})},
		{"STO-4 Update, empty", contacts.ErrInsufficientUpdate, update(ann, contacts.Patch{})},
		{"STO-4 Update, multiple primaries", contacts.ErrMultiplePrimary, update(ann, contacts.Patch{
			Company: company,
			Emails:  contacts.Set([]contacts.Email{{Address: "a@x.test", Primary: true}, {Address: "b@x.test", Primary: true}}),
		})},
		{
			"STO-4 Update, unknown field", contacts.ErrFieldNotFound,
			update(ann, contacts.Patch{Company: company, SetFields: map[string]any{"custom.none": nil}}),
		},
		{
			"STO-4 Update, wrong value", contacts.ErrInvalidFieldValue,
			update(ann, contacts.Patch{Company: company, SetFields: map[string]any{"invoices.vatId": true}}),
		},
		{
			"STO-4 Update, unknown label", contacts.ErrLabelNotFound,
			update(ann, contacts.Patch{Company: company, LabelKeys: contacts.Set([]string{"custom.none"})}),
		},
		{
			"STO-4 Update, email of a member", contacts.ErrUpdateMemberEmail,
			update(member, contacts.Patch{Company: company, Emails: contacts.Set(primaryAt(0, "new@x.test"))}),
		},
		{"STO-4 Update, no data", contacts.ErrInsufficientData, update(bob, contacts.Patch{
			Company: company, FirstName: contacts.Set(""), Emails: contacts.Set[[]contacts.Email](nil),
		})},
		{
			"STO-4 Update, duplicate email", contacts.ErrDuplicate,
			update(bob, contacts.Patch{Company: company, Emails: contacts.Set(primaryAt(0, "ann@x.test"))}),
		},
		{
			"STO-4 Update, duplicate phone", contacts.ErrDuplicate,
			update(bob, contacts.Patch{Company: company, Phones: contacts.Set([]contacts.Phone{number("US", numberUS2)})}),
		},
		{"STO-4 Delete, missing", contacts.ErrContactNotFound, remove(stranger)},
		{"STO-4 Delete, member", contacts.ErrDeleteMember, remove(member)},
		{"STO-4 Delete, owner", contacts.ErrDeleteOwnerOrContributor, remove(owner)},
		{"STO-4 Delete, billing subscription", contacts.ErrDeleteBillingSubscription, remove(payer)},
		{
			"STO-4 SetMember, invalid", contacts.ErrInvalid,
			func(ctx context.Context, s *contacts.Store, c cast) (*contacts.Contact, error) {
				return s.SetMember(ctx, c.ann.ID, &contacts.Member{})
			},
		},
		{
			"STO-4 SetMember, missing", contacts.ErrContactNotFound,
			func(ctx context.Context, s *contacts.Store, _ cast) (*contacts.Contact, error) {
				return s.SetMember(ctx, missingID, nil)
			},
		},
		{
			"STO-4 SetBillingSubscription, missing", contacts.ErrContactNotFound,
			func(ctx context.Context, s *contacts.Store, _ cast) (*contacts.Contact, error) {
				return s.SetBillingSubscription(ctx, missingID, true)
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, who := newCast(t)
			before := stateOf(s.Snapshot())
			copied := deepCopy(t, before)
			c, err := tc.call(t.Context(), s, who)
			require.Nil(t, c)
			require.Equal(t, tc.code, contacts.CodeOf(err))
			after := stateOf(s.Snapshot())
			require.Equal(t, before, after)
			require.Equal(t, copied, deepCopy(t, after))
			require.NoError(t, fault(s.Snapshot(), "new@x.test"))
		})
	}
}

func TestScribble(t *testing.T) {
	member := func() *contacts.Member {
		return &contacts.Member{
			MemberID: testID(9001), SignupDate: epoch, Email: "ann@x.test",
			Profile: &contacts.MemberProfile{Nickname: "A", Photo: &contacts.Image{ID: "photo", URLExpirationDate: epoch}},
			User:    &contacts.MemberUser{UserID: testID(9002), Role: contacts.RoleUnspecified},
			Session: &contacts.MemberSession{LastWebLogin: epoch, MobileAppNames: []string{"app"}}, GroupIDs: []uuid.UUID{testID(9003)},
		}
	}
	// raw is an info that the store must change in many places before it keeps it, in slices with spare capacity.
	raw := func() contacts.Info {
		info := richInfo("ann")
		info.Locale = "en-US"
		info.LabelKeys = append(slices.Grow(info.LabelKeys, 5), info.LabelKeys...)
		info.Emails, info.Phones = slices.Grow(info.Emails, 5), slices.Grow(info.Phones, 5)
		info.Addresses, info.Locations = slices.Grow(info.Addresses, 5), slices.Grow(info.Locations, 5)
		for i := range 2 {
			info.Emails[i].Tag, info.Phones[i].Tag, info.Addresses[i].Tag = "", "", ""
			info.Emails[i].ID, info.Phones[i].E164, info.Addresses[i].CountryFullname = missingID, "+1", "Freedonia"
		}
		info.ExtendedFields["ecom.numOfPurchases"] = 7
		info.Picture.Image.URLExpirationDate = epoch.Add(time.Microsecond)
		return info
	}
	for _, tc := range []struct {
		name string
		call func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any)
	}{
		{"STO-5 Create", func(t *testing.T, s *contacts.Store, _ *contacts.Contact) (given, got any) {
			info := raw()
			kept := deepCopy(t, info)
			opts := &contacts.CreateOptions{AllowDuplicates: true, Source: contacts.Source{SourceType: contacts.SourceAdmin}}
			c, err := s.Create(t.Context(), info, opts)
			require.NoError(t, err)
			require.Equal(t, kept, info, "the store wrote to its argument")
			return []any{&info, opts}, c
		}},
		{"STO-5 Update", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			info := raw()
			fields := map[string]any{"invoices.vatId": "XX 2"}
			kept := deepCopy(t, info)
			opts := &contacts.UpdateOptions{AllowDuplicates: true}
			c, err := s.Update(t.Context(), c.ID, c.Revision, contacts.Patch{
				Emails: contacts.Set(info.Emails), Phones: contacts.Set(info.Phones), Addresses: contacts.Set(info.Addresses),
				Locale: contacts.Set(info.Locale), LabelKeys: contacts.Set(info.LabelKeys),
				ExtendedFields: contacts.Set(info.ExtendedFields), SetFields: fields,
				Picture: contacts.Set(info.Picture), Locations: contacts.Set(info.Locations),
				AssignedUserIDs: contacts.Set(info.AssignedUserIDs),
			}, opts)
			require.NoError(t, err)
			require.Equal(t, kept, info, "the store wrote to its argument")
			require.Equal(t, map[string]any{"invoices.vatId": "XX 2"}, fields)
			return []any{&info, fields, opts}, c
		}},
		{"STO-5 Update of one member", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			c, err := s.Update(t.Context(), c.ID, c.Revision, contacts.Patch{Company: contacts.Set("Birch")}, nil)
			require.NoError(t, err)
			return nil, c
		}},
		{"STO-5 SetMember", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			m := member()
			c, err := s.SetMember(t.Context(), c.ID, m)
			require.NoError(t, err)
			require.Equal(t, member(), m, "the store wrote to its argument")
			return m, c
		}},
		{"STO-5 SetBillingSubscription", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			c, err := s.SetBillingSubscription(t.Context(), c.ID, true)
			require.NoError(t, err)
			return nil, c
		}},
		{"STO-5 SetSystemFields", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			fields := map[string]any{"members.mobile": "yes"}
			c, err := s.SetSystemFields(t.Context(), c.ID, fields)
			require.NoError(t, err)
			return fields, c
		}},
		{"STO-5 RecordActivity", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			c, err := s.RecordActivity(t.Context(), c.ID, contacts.ActivityMemberLogin, time.Time{})
			require.NoError(t, err)
			return nil, c
		}},
		{"STO-5 RecordActivity that changes nothing", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			c, err := s.RecordActivity(t.Context(), c.ID, contacts.ActivityMemberLogin, epoch.AddDate(-1, 0, 0))
			require.NoError(t, err)
			return nil, c
		}},
		{"STO-5 SetSubscription", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			c, err := s.SetSubscription(t.Context(), c.ID, "ann@x.test", contacts.SubscriptionSubscribed)
			require.NoError(t, err)
			return nil, c
		}},
		{"STO-5 Label", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			keys := []string{"contacts.customers", "custom.old"}
			c, err := s.Label(t.Context(), c.ID, keys...)
			require.NoError(t, err)
			require.Equal(t, []string{"contacts.customers", "custom.old"}, keys)
			return keys, c
		}},
		{"STO-5 Unlabel", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			keys := []string{"contacts.customers"}
			c, err := s.Unlabel(t.Context(), c.ID, keys...)
			require.NoError(t, err)
			return keys, c
		}},
		{"STO-5 Merge", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			sources := []uuid.UUID{create(t, s, richInfo("bob")).ID, second}
			kept := slices.Clone(sources)
			c, err := s.Merge(t.Context(), c.ID, c.Revision, sources, nil)
			require.NoError(t, err)
			require.Equal(t, kept, sources)
			return sources, c
		}},
		{"STO-5 PreviewMerge", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			sources := []uuid.UUID{create(t, s, richInfo("bob")).ID, second}
			plan, err := s.PreviewMerge(t.Context(), c.ID, sources)
			require.NoError(t, err)
			return sources, plan
		}},
		{"STO-5 Get", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			c, err := s.Get(t.Context(), c.ID, nil)
			require.NoError(t, err)
			return nil, c
		}},
		{"STO-5 Get with a projection", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			opts := &contacts.GetOptions{
				Fields: []string{
					"source", "lastActivity", "info.picture", "info.labelKeys", "info.locations", "info.extendedFields",
					"info.assignedUserIds",
				},
				Fieldsets: []contacts.Fieldset{contacts.FieldsetCommunicationDetails},
			}
			kept := deepCopy(t, opts)
			c, err := s.Get(t.Context(), c.ID, opts)
			require.NoError(t, err)
			require.Equal(t, kept, opts)
			return opts, c
		}},
		{"STO-5 Snapshot.Get", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			c, err := s.Snapshot().Get(c.ID)
			require.NoError(t, err)
			return nil, c
		}},
		{"STO-5 errors", func(t *testing.T, s *contacts.Store, c *contacts.Contact) (given, got any) {
			keys := []string{"custom.none"}
			info := person("", "ann@x.test")
			_, duplicate := s.Create(t.Context(), info, nil)
			_, unknown := s.Label(t.Context(), c.ID, keys...)
			_, value := s.SetSystemFields(t.Context(), c.ID, map[string]any{"ecom.numOfPurchases": "x"})
			_, missing := s.Get(t.Context(), missingID, nil)
			var errs []any
			for _, err := range []error{duplicate, unknown, value, missing} {
				require.Error(t, err)
				errs = append(errs, err)
			}
			return []any{keys, &info}, errs
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, c := callable(t)
			c, err := s.SetMember(t.Context(), c.ID, member())
			require.NoError(t, err)
			old := s.Snapshot()
			first := deepCopy(t, stateOf(old))

			given, got := tc.call(t, s, c)
			want := deepCopy(t, stateOf(s.Snapshot()))
			scribble(given)
			scribble(got)
			require.Equal(t, want, deepCopy(t, stateOf(s.Snapshot())))
			require.Equal(t, first, deepCopy(t, stateOf(old)), "an older snapshot")
			require.NoError(t, fault(s.Snapshot(), "scribbled"))
		})
	}
	t.Run("STO-5 views", func(t *testing.T) {
		s, c := callable(t)
		_, err := s.SetMember(t.Context(), c.ID, member())
		require.NoError(t, err)
		create(t, s, richInfo("bob"))
		sn := s.Snapshot()
		want := deepCopy(t, stateOf(sn))
		for v := range sn.All() {
			scribbleView(v)
			scribble(v.Clone())
		}
		for v := range sn.ByEmail("ann@x.test") {
			scribbleView(v)
		}
		require.Equal(t, want, deepCopy(t, stateOf(sn)))
		require.NoError(t, fault(sn, "scribbled"))
	})
	t.Run("STO-5 a clone shares nothing with its contact", func(t *testing.T) {
		s, c := callable(t)
		c, err := s.SetMember(t.Context(), c.ID, member())
		require.NoError(t, err)
		c.Picture, c.Segments = &contacts.Image{ID: "old"}, []uuid.UUID{testID(9004)}
		c.LastActivity.Icon = &contacts.Icon{Name: "leaf"}
		c.Info.ExtendedFields["custom.captured"] = "x"
		want := deepCopy(t, c)
		scribble(c.Clone())
		require.Equal(t, want, deepCopy(t, c))
	})
}

func TestFork(t *testing.T) {
	t.Run("STO-7 forks of forks see their own writes only", func(t *testing.T) {
		s, ann := callable(t)
		before := stateOf(s.Snapshot())
		f := s.Fork()
		g := f.Fork()
		h := g.Fork()
		require.Equal(t, before, stateOf(f.Snapshot()))
		require.Equal(t, before, stateOf(g.Snapshot()))

		// Each changes the same contact differently, twice, and adds one.
		all := map[string]*contacts.Store{"s": s, "f": f, "g": g}
		for round := range 2 {
			for name, store := range all {
				c, err := store.Get(t.Context(), ann.ID, nil)
				require.NoError(t, err)
				update(t, store, c, contacts.Patch{
					Company: contacts.Set(name), Emails: contacts.Set(primaryAt(0, name+"@x.test", "ann@x.test")),
				})
				create(t, store, person(name, fmt.Sprint(name, round, "@x.test")))
				_, _, err = store.FindOrCreateLabel(t.Context(), fmt.Sprint(name, round))
				require.NoError(t, err)
			}
		}
		for name, store := range all {
			sn := store.Snapshot()
			require.NoError(t, fault(sn, "s@x.test", "f@x.test", "g@x.test", "s1@x.test", "f1@x.test", "g1@x.test"))
			require.Equal(t, before.Len+2, sn.Len())
			require.Equal(t, before.Position+6, sn.Position())
			c, err := sn.Get(ann.ID)
			require.NoError(t, err)
			require.Equal(t, 3, c.Revision)
			require.Equal(t, name, c.Info.Company)
			require.Equal(t, []uuid.UUID{ann.ID}, ids(sn.ByEmail(name+"@x.test")))
			_, err = sn.GetLabel("custom." + name + "1")
			require.NoError(t, err)
			for other := range all {
				if other != name {
					require.Empty(t, ids(sn.ByEmail(other+"@x.test")))
					_, err = sn.GetLabel("custom." + other + "1")
					require.ErrorIs(t, err, contacts.ErrLabelNotFound)
				}
			}
		}
		require.Equal(t, before, stateOf(h.Snapshot()))
	})
	t.Run("STO-7 a delete on one side only", func(t *testing.T) {
		s, ann := callable(t)
		f := s.Fork()
		require.NoError(t, f.Delete(t.Context(), ann.ID))
		require.NoError(t, fault(f.Snapshot(), "ann@x.test", "+12015550123", "contacts.customers"))
		require.Equal(t, []uuid.UUID{ann.ID}, ids(s.Snapshot().ByEmail("ann@x.test")))
		require.NoError(t, s.Delete(t.Context(), ann.ID))
	})
	t.Run("STO-7 order within parent and fork, at one time", func(t *testing.T) {
		opts := fixed()
		opts.Now = func() time.Time { return epoch }
		s := openStore(t, opts)
		var parent, fork []uuid.UUID
		parent = append(parent, create(t, s, person("Ann", "team@x.test")).ID)
		f := s.Fork()
		fork = append(fork, parent...)
		for range 5 { // alternating, so that both use the same places in the order of creation
			parent = append(parent, create(t, s, person("Bob", "team@x.test")).ID)
			fork = append(fork, create(t, f, person("Cyd", "team@x.test")).ID)
		}
		require.Equal(t, parent, ids(s.Snapshot().ByEmail("team@x.test")))
		require.Equal(t, fork, ids(f.Snapshot().ByEmail("team@x.test")))
		require.Equal(t, parent, ids(s.Snapshot().All()))
		require.Equal(t, fork, ids(f.Snapshot().All()))
	})
	t.Run("STO-7 the cost of a fork does not depend on the size", func(t *testing.T) {
		allocs := func(n int) float64 {
			s := openStore(t, unchecked())
			for range n {
				create(t, s, person("Ann", "ann@x.test"))
			}
			return testing.AllocsPerRun(100, func() { _ = s.Fork() })
		}
		small := allocs(10)
		require.Equal(t, small, allocs(10_000))
		require.Less(t, small, 20.0)
	})
}

// TestNilContext calls every method that needs a context with nil.
func TestNilContext(t *testing.T) {
	s := newStore(t)
	refused := func(t *testing.T, err error) {
		t.Helper()
		require.ErrorIs(t, err, contacts.ErrInvalid)
		require.Equal(t, []contacts.Violation{{Field: "ctx", Rule: contacts.RuleRequired}}, violations(t, err))
	}
	var none context.Context
	store := reflect.ValueOf(s)
	called := 0
	for i := range store.NumMethod() {
		method := store.Type().Method(i)
		if method.Type.NumIn() < 2 || method.Type.In(1) != reflect.TypeFor[context.Context]() || method.Name == "Follow" {
			continue
		}
		called++
		t.Run("STO-9 "+method.Name, func(t *testing.T) {
			args := []reflect.Value{}
			for n := 1; n < method.Type.NumIn(); n++ {
				if n < method.Type.NumIn()-1 || !method.Type.IsVariadic() {
					args = append(args, reflect.Zero(method.Type.In(n)))
				}
			}
			results := store.Method(i).Call(args)
			err, _ := results[len(results)-1].Interface().(error)
			refused(t, err)
		})
	}
	require.Greater(t, called, 30)
	t.Run("STO-9 Follow", func(t *testing.T) {
		for _, err := range s.Follow(none, 0) {
			refused(t, err)
		}
	})
	t.Run("STO-9 Load", func(t *testing.T) {
		_, err := contacts.Load(none, strings.NewReader(""), nil)
		refused(t, err)
	})
}
