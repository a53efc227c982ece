package test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// TestConcurrency runs writers, readers and forks concurrently. They return failures as errors: only the goroutine of a
// test may end it.
func TestConcurrency(t *testing.T) {
	t.Run("STO-8 writers and readers of all kinds", testWritersAndReaders)
	t.Run("DUP-1 one of several concurrent writers gets the address", func(t *testing.T) {
		s := newStore(t)
		var wg sync.WaitGroup
		var made, refused atomic.Int64
		for range 8 {
			wg.Go(func() {
				switch _, err := s.Create(t.Context(), person("Ann", "ann@x.test"), nil); {
				case err == nil:
					made.Add(1)
				case errors.Is(err, contacts.ErrDuplicate):
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		require.Equal(t, []int64{1, 7}, []int64{made.Load(), refused.Load()})
		require.Equal(t, 1, s.Snapshot().Len())
	})
	t.Run("REV-2 one of several writers with the same revision succeeds", func(t *testing.T) {
		s := newStore(t)
		c := create(t, s, person("Ann"))
		var wg sync.WaitGroup
		var made, refused atomic.Int64
		for range 8 {
			wg.Go(func() {
				patch := contacts.Patch{Company: contacts.Set("Birch")}
				switch _, err := s.Update(t.Context(), c.ID, 1, patch, nil); {
				case err == nil:
					made.Add(1)
				case errors.Is(err, contacts.ErrAlreadyChanged):
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		require.Equal(t, []int64{1, 7}, []int64{made.Load(), refused.Load()})
	})
}

func testWritersAndReaders(t *testing.T) {
	const writers, readers = 4, 4
	rounds := large(10, 40)
	s := newStore(t)
	ctx := t.Context()
	var shared []uuid.UUID // contacts that all writers change
	for i := range 5 {
		shared = append(shared, create(t, s, richInfo(fmt.Sprint("c", i))).ID)
	}
	var texts []string // values to look up
	for n := range writers {
		texts = append(texts, fmt.Sprintf("w%d@x.test", n))
	}
	texts = append(texts, "team@x.test", "+12015550123", "+442079460018", "contacts.customers", "contacts.contacted-me")

	var mu sync.Mutex
	updates := make(map[uuid.UUID]int) // successful ones
	retried := 0
	change := func(id uuid.UUID, patch contacts.Patch) error {
		for {
			c, err := s.Get(ctx, id, nil)
			if err != nil {
				return err
			}
			_, err = s.Update(ctx, id, c.Revision, patch, &contacts.UpdateOptions{AllowDuplicates: true})
			mu.Lock()
			if err == nil {
				updates[id]++
			} else {
				retried++
			}
			mu.Unlock()
			if !errors.Is(err, contacts.ErrAlreadyChanged) {
				return err
			}
		}
	}
	write := func(n int) error {
		rnd := rand.New(rand.NewPCG(uint64(n), 1))
		own := fmt.Sprintf("w%d@x.test", n)
		for range rounds {
			info := person("Own", pick(rnd, own, "team@x.test"), own)
			info.LabelKeys = []string{"contacts.customers"}
			c, err := s.Create(ctx, info, &contacts.CreateOptions{AllowDuplicates: true})
			if err != nil {
				return err
			}
			for _, id := range []uuid.UUID{c.ID, pick(rnd, shared...), pick(rnd, shared...)} {
				phones := []contacts.Phone{number(pick(rnd, "US", ""), numberUS), number("GB", "020 7946 0018")}
				if err := change(id, contacts.Patch{
					Emails:    contacts.Set(person("", pick(rnd, "team@x.test", own, strings.ToUpper(own))).Emails),
					Phones:    contacts.Set(phones[rnd.IntN(2):]),
					LabelKeys: contacts.Set([]string{pick(rnd, "contacts.customers", "contacts.contacted-me")}),
				}); err != nil {
					return err
				}
			}
			if rnd.IntN(2) == 0 {
				if err := s.Delete(ctx, c.ID); err != nil {
					return err
				}
				if _, err := s.Get(ctx, c.ID, nil); !errors.Is(err, contacts.ErrContactNotFound) {
					return fmt.Errorf("a deleted contact still exists: %w", err)
				}
			}
		}
		return nil
	}
	read := func(n int) error {
		var last contacts.Position
		for i := range rounds {
			sn := s.Snapshot()
			if sn.Position() < last {
				return errors.New("a snapshot is older than the one before")
			}
			last = sn.Position()
			if err := fault(sn, texts...); err != nil {
				return err
			}
			basic := &contacts.GetOptions{Fieldsets: []contacts.Fieldset{contacts.FieldsetBasic}}
			if _, err := s.Get(ctx, shared[i%len(shared)], basic); err != nil {
				return err
			}
			for v := range sn.All() {
				scribbleView(v)
			}
			f := s.Fork()
			before := f.Snapshot().Len()
			if _, err := f.Create(ctx, person("Fork"), nil); err != nil {
				return err
			}
			if err := f.Delete(ctx, shared[n%len(shared)]); err != nil {
				return err
			}
			if got := f.Snapshot().Len(); got != before {
				return fmt.Errorf("a fork sees other writes: %d contacts, want %d", got, before)
			}
			if err := fault(f.Snapshot(), texts...); err != nil {
				return fmt.Errorf("fork: %w", err)
			}
			if err := fault(sn, texts...); err != nil {
				return fmt.Errorf("again: %w", err)
			}
		}
		return nil
	}

	var wg sync.WaitGroup
	failures := make([]error, writers+readers)
	for n := range writers {
		wg.Go(func() { failures[n] = write(n) })
	}
	for n := range readers {
		wg.Go(func() { failures[writers+n] = read(n) })
	}
	wg.Wait()
	for _, err := range failures {
		require.NoError(t, err)
	}

	sn := s.Snapshot()
	require.NoError(t, fault(sn, texts...))
	for v := range sn.All() {
		require.Equal(t, 1+updates[v.ID()], v.Revision())
	}
	for _, id := range shared {
		_, ok := sn.View(id)
		require.True(t, ok)
	}
	t.Log("updates that had to try again:", retried)
}

// TestMergeConcurrently lets goroutines merge overlapping sets of contacts into each other.
func TestMergeConcurrently(t *testing.T) {
	const people, writers = 40, 8
	setup := func(t *testing.T) (*contacts.Store, []uuid.UUID) {
		s := openStore(t, nil)
		var all []uuid.UUID
		for i := range people {
			info := person("P", fmt.Sprintf("p%d@x.test", i))
			info.LabelKeys = []string{"contacts.customers"}
			all = append(all, create(t, s, info).ID)
		}
		return s, all
	}
	// whole returns an error if a snapshot has lost a contact.
	whole := func(sn *contacts.Snapshot, all []uuid.UUID) error {
		for i, id := range all {
			if found := ids(sn.ByEmail(fmt.Sprintf("p%d@x.test", i))); len(found) != 1 {
				return fmt.Errorf("the email of contact %d is found %d times", i, len(found))
			}
			c, err := sn.Get(id)
			if err != nil {
				return fmt.Errorf("contact %d: %w", i, err)
			}
			if _, live := sn.View(c.ID); !live {
				return fmt.Errorf("contact %d leads to a missing one", i)
			}
		}
		return fault(sn)
	}

	t.Run("MRG-1 MRG-11 RED-1 nothing is lost", func(t *testing.T) {
		s, all := setup(t)
		var mu sync.Mutex
		won := map[uuid.UUID]uuid.UUID{} // target by source
		failed := map[contacts.Code]int{}
		start, done := make(chan struct{}), make(chan struct{})
		errs := make(chan error, writers+2) // t must not fail in other goroutines
		var writing, reading sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				rnd := rand.New(rand.NewPCG(uint64(w), 42))
				<-start
				for range 60 {
					some := slices.Clone(all)
					shuffle(rnd, some)
					target, sources := some[0], some[1:2+rnd.IntN(3)]
					v, ok := s.Snapshot().View(target)
					if !ok {
						continue
					}
					_, err := s.Merge(t.Context(), target, v.Revision(), sources, nil)
					mu.Lock()
					switch code := contacts.CodeOf(err); {
					case err == nil:
						for _, source := range sources {
							if other, twice := won[source]; twice {
								errs <- fmt.Errorf("%s was merged into %s and into %s", source, other, target)
							}
							won[source] = target
						}
					case code == contacts.ErrContactNotFound || code == contacts.ErrAlreadyChanged:
						failed[code]++
					default:
						errs <- err
					}
					mu.Unlock()
				}
			})
		}
		for range 2 {
			reading.Go(func() {
				for {
					if err := whole(s.Snapshot(), all); err != nil {
						errs <- err
						return
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		close(start)
		writing.Wait()
		close(done)
		reading.Wait()
		close(errs)
		for err := range errs {
			require.NoError(t, err)
		}
		require.NotEmpty(t, won)
		require.NotEmpty(t, failed)
		sn := s.Snapshot()
		require.NoError(t, whole(sn, all))
		require.Equal(t, people-len(won), sn.Len())
		for _, id := range all {
			_, live := sn.View(id)
			_, away := won[id]
			require.Equal(t, !live, away)
			want := []uuid.UUID{id}
			for target, ok := won[id]; ok; target, ok = won[target] {
				want = append(want, target)
			}
			got, err := s.Resolve(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, want, got.Path)
		}
	})

	t.Run("MRG-1 MRG-11 one of many wins each source", func(t *testing.T) {
		s, all := setup(t)
		targets, sources := all[:writers], all[writers:]
		for i := range sources {
			var group sync.WaitGroup
			start, codes := make(chan struct{}), make(chan contacts.Code, writers)
			for _, target := range targets {
				group.Go(func() {
					v, _ := s.Snapshot().View(target)
					<-start
					_, err := s.Merge(t.Context(), target, v.Revision(), sources[i:i+1], nil)
					codes <- contacts.CodeOf(err)
				})
			}
			close(start)
			group.Wait()
			close(codes)
			count := map[contacts.Code]int{}
			for code := range codes {
				count[code]++
			}
			require.Equal(t, map[contacts.Code]int{"": 1, contacts.ErrContactNotFound: writers - 1}, count)
		}
		require.Equal(t, writers, s.Snapshot().Len())
		require.NoError(t, whole(s.Snapshot(), all))
	})

	t.Run("MRG-1 MRG-11 contacts that are merged into each other in a ring", func(t *testing.T) {
		s, all := setup(t)
		ring := all[:writers]
		for range 10 {
			f := s.Fork()
			var group sync.WaitGroup
			start := make(chan struct{})
			for i := range ring {
				group.Go(func() {
					<-start
					_, _ = f.Merge(t.Context(), ring[i], 1, []uuid.UUID{ring[(i+1)%len(ring)]}, nil)
				})
			}
			close(start)
			group.Wait()
			require.NoError(t, whole(f.Snapshot(), all))
			require.Less(t, f.Snapshot().Len(), people)
			require.Greater(t, f.Snapshot().Len(), people-writers)
		}
		require.Equal(t, people, s.Snapshot().Len())
	})
}
