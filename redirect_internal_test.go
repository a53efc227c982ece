package contacts

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// mergeStep merges one contact into another. Contacts are numbered from 0.
type mergeStep struct{ source, target int }

func redirectID(n int) uuid.UUID {
	id := uuid.UUID{0: 1}
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

// redirectStore returns a store with the redirects that the steps make, and no contacts.
func redirectStore(t testing.TB, steps []mergeStep) *Store {
	t.Helper()
	s, err := New(nil)
	require.NoError(t, err)
	require.NoError(t, s.commit(context.Background(), time.Unix(0, 0), func(tx *txn) error {
		for _, step := range steps {
			tx.redirect(redirectID(step.source), redirectID(step.target))
		}
		return nil
	}))
	return s
}

// lookUps follows an ID to its root. It returns the number of redirects read, and the root.
func lookUps(r reader, id uuid.UUID) (int, *redirect) {
	row := r.redirect(id)
	n := 1
	for ; row.parent != row.id; n++ {
		row = r.redirect(row.parent)
	}
	return n, row
}

// requireForest requires that n contacts lead where the steps say, in few look-ups.
func requireForest(t *testing.T, r reader, n int, steps []mergeStep) {
	t.Helper()
	into, part := make(map[int]int), make(map[int]bool)
	for _, step := range steps {
		into[step.source] = step.target
		part[step.source], part[step.target] = true, true
	}
	size := make(map[uuid.UUID]int) // of the tree of each live contact
	roots := make(map[uuid.UUID]*redirect)
	for i := range n {
		row := r.redirect(redirectID(i))
		require.Equal(t, part[i], row != nil, "contact %d", i)
		if row == nil {
			continue
		}
		next, merged := into[i]
		require.Equal(t, merged, row.into != uuid.Nil, "contact %d", i)
		live := i
		if merged {
			require.Equal(t, redirectID(next), row.into, "contact %d", i)
			for ; merged; next, merged = into[live] { // the store agrees with the model, so it has no cycle either
				live = next
			}
		}
		found, root := lookUps(r, redirectID(i))
		require.Same(t, root, r.root(redirectID(i)))
		require.Equal(t, redirectID(live), root.live, "contact %d", i)
		require.LessOrEqual(t, 1<<(found-1), root.size, "contact %d needs %d look-ups", i, found)
		size[root.live]++
		roots[root.live] = root
	}
	for live, root := range roots {
		require.Equal(t, size[live], root.size)
	}
}

func TestRedirectForest(t *testing.T) {
	const n = 1024
	shuffled := func(rnd *rand.Rand) []int { return rnd.Perm(n) }
	// The orders of merges that make the highest trees, the longest histories, or neither.
	orders := map[string]func(rnd *rand.Rand) []mergeStep{
		"a chain, each merged into the next": func(*rand.Rand) (steps []mergeStep) {
			for i := range n - 1 {
				steps = append(steps, mergeStep{i, i + 1})
			}
			return steps
		},
		"all into one": func(*rand.Rand) (steps []mergeStep) {
			for i := range n - 1 {
				steps = append(steps, mergeStep{i + 1, 0})
			}
			return steps
		},
		"in turn into a new one and into the old one": func(*rand.Rand) (steps []mergeStep) {
			live := 0
			for i := 1; i < n; i++ {
				if i%2 == 0 {
					steps = append(steps, mergeStep{i, live})
				} else {
					steps = append(steps, mergeStep{live, i})
					live = i
				}
			}
			return steps
		},
		"pairs, and pairs of pairs, into the left one": func(*rand.Rand) (steps []mergeStep) {
			for d := 1; d < n; d *= 2 {
				for i := 0; i+d < n; i += 2 * d {
					steps = append(steps, mergeStep{i + d, i})
				}
			}
			return steps
		},
		"pairs, and pairs of pairs, into the right one": func(*rand.Rand) (steps []mergeStep) {
			for d := 1; d < n; d *= 2 {
				for i := d - 1; i+d < n; i += 2 * d {
					steps = append(steps, mergeStep{i, i + d})
				}
			}
			return steps
		},
		"pairs of equal trees, in either direction": func(rnd *rand.Rand) (steps []mergeStep) {
			for live := shuffled(rnd); len(live) > 1; {
				var winners []int
				for i := 0; i < len(live); i += 2 {
					k := rnd.IntN(2)
					steps = append(steps, mergeStep{live[i+k], live[i+1-k]})
					winners = append(winners, live[i+1-k])
				}
				live = winners
			}
			return steps
		},
		"chains of ten, then a chain of their ends": func(*rand.Rand) (steps []mergeStep) {
			for i := 0; i+9 < n; i += 10 {
				for k := range 9 {
					steps = append(steps, mergeStep{i + k, i + k + 1})
				}
			}
			for i := 9; i+10 < n; i += 10 {
				steps = append(steps, mergeStep{i, i + 10})
			}
			return steps
		},
		"at random": func(rnd *rand.Rand) (steps []mergeStep) {
			for live := shuffled(rnd); len(live) > 1; live = live[:len(live)-1] {
				i := len(live) - 1
				k := rnd.IntN(i)
				steps = append(steps, mergeStep{live[i], live[k]})
				if rnd.IntN(2) == 0 {
					live[0], live[k] = live[k], live[0]
				}
			}
			return steps
		},
		"at random, into several": func(rnd *rand.Rand) (steps []mergeStep) {
			live := shuffled(rnd)
			for len(live) > n/8 {
				i := len(live) - 1
				k := rnd.IntN(i)
				steps = append(steps, mergeStep{live[i], live[k]})
				live = live[:i]
			}
			return steps
		},
	}
	seeds := uint64(1)
	if *LongTests {
		seeds = 4
	}
	for name, order := range orders {
		t.Run("RED-6 "+name, func(t *testing.T) {
			for seed := range seeds {
				steps := order(rand.New(rand.NewPCG(seed, 42)))
				requireForest(t, redirectStore(t, steps).Snapshot().reads(), n, steps)
			}
		})
	}

	t.Run("RED-6 the bound is reached, and not passed", func(t *testing.T) {
		steps := orders["pairs, and pairs of pairs, into the left one"](nil)
		r := redirectStore(t, steps).Snapshot().reads()
		most := 0
		for i := range n {
			found, _ := lookUps(r, redirectID(i))
			most = max(most, found)
		}
		require.Equal(t, 10+1, most) // n is 2 to the power of 10
	})
	t.Run("RED-6 a merge writes three rows at most, and changes none", func(t *testing.T) {
		const n = 64
		for name, order := range orders {
			s := redirectStore(t, nil)
			for _, step := range order(rand.New(rand.NewPCG(7, 42))) {
				if step.source >= n || step.target >= n {
					continue
				}
				before := s.Snapshot().reads()
				rows, copies := map[int]*redirect{}, map[int]redirect{}
				for i := range n {
					if row := before.redirect(redirectID(i)); row != nil {
						rows[i], copies[i] = row, *row
					}
				}
				if row := rows[step.source]; row != nil && row.into != uuid.Nil {
					continue // impossible because steps were left out
				}
				if row := rows[step.target]; row != nil && row.into != uuid.Nil {
					continue
				}
				require.NoError(t, s.commit(t.Context(), time.Unix(0, 0), func(tx *txn) error {
					tx.redirect(redirectID(step.source), redirectID(step.target))
					return nil
				}))
				written := 0
				for i := range n {
					if s.Snapshot().reads().redirect(redirectID(i)) != rows[i] {
						written++
					}
				}
				require.LessOrEqual(t, written, 3, name)
				require.GreaterOrEqual(t, written, 2, name)
				for i, row := range rows {
					require.Equal(t, copies[i], *row, "%s: a row was changed in place", name)
					require.Same(t, row, before.redirect(redirectID(i)), "%s: a snapshot has changed", name)
				}
			}
		}
	})
}

// TestRedirectsOfMerges makes the merges through the store, several sources at a time.
func TestRedirectsOfMerges(t *testing.T) {
	t.Run("RED-6 RED-4 several sources at a time", func(t *testing.T) {
		const n = 300
		for seed := range uint64(3) {
			rnd := rand.New(rand.NewPCG(seed, 42))
			next := 0
			s, err := New(&Options{
				Now:   func() time.Time { return time.UnixMilli(0) },
				NewID: func() uuid.UUID { next++; return redirectID(next - 1) },
			})
			require.NoError(t, err)
			live := make([]int, n)
			for i := range live {
				c, err := s.Create(t.Context(), Info{Name: Name{First: "P"}}, nil)
				require.NoError(t, err)
				require.Equal(t, redirectID(i), c.ID)
				live[i] = i
			}
			var steps []mergeStep
			for len(live) > 6 {
				rnd.Shuffle(len(live), func(i, j int) { live[i], live[j] = live[j], live[i] })
				target, some := live[0], live[1:2+rnd.IntN(mergeSourcesMax)]
				var sources []uuid.UUID
				for _, source := range some {
					sources = append(sources, redirectID(source))
					steps = append(steps, mergeStep{source, target})
				}
				v, _ := s.Snapshot().View(redirectID(target))
				_, err := s.Merge(t.Context(), redirectID(target), v.Revision(), sources, nil)
				require.NoError(t, err)
				live = append(live[:1], live[1+len(some):]...)
			}
			requireForest(t, s.Snapshot().reads(), n, steps)
			for _, i := range live {
				root := s.Snapshot().reads().root(redirectID(i))
				require.True(t, root == nil || root.live == redirectID(i))
			}
		}
	})
}

func TestCheckOfChain(t *testing.T) {
	t.Run("CHK-4 follows each link of a chain of merges once", func(t *testing.T) {
		const n = 3000
		steps := make([]mergeStep, n)
		for i := range steps {
			steps[i] = mergeStep{source: i, target: i + 1}
		}
		c := &checker{sn: &Snapshot{counts: counts{redirects: n}}, reads: redirectStore(t, steps).Snapshot().reads()}
		c.checkRedirects()
		require.Empty(t, c.faults)

		rows := make(map[uuid.UUID]*redirect)
		for r := range c.reads.redirects() {
			rows[r.id] = r
		}
		followed := 0
		ends := followLinks(rows, func(r *redirect) uuid.UUID {
			followed++
			return r.into
		})
		require.Equal(t, n+1, followed)
		for i := range n + 1 {
			require.Equal(t, redirectID(n), ends[redirectID(i)])
		}
	})
	t.Run("CHK-4 a loop at the end of a chain leads nowhere", func(t *testing.T) {
		rows := make(map[uuid.UUID]*redirect)
		for i := range 9 {
			rows[redirectID(i)] = &redirect{id: redirectID(i), into: redirectID(i + 1)}
		}
		rows[redirectID(9)] = &redirect{id: redirectID(9), into: redirectID(5)}
		rows[redirectID(10)] = &redirect{id: redirectID(10), into: redirectID(11)} // without a row
		for id, end := range followLinks(rows, func(r *redirect) uuid.UUID { return r.into }) {
			require.Equal(t, uuid.Nil, end, id)
		}
	})
}

func TestLoadedForest(t *testing.T) {
	t.Run("RED-6 EXP-2 each old ID is one step from its root", func(t *testing.T) {
		const n = 60
		next := 0
		s, err := New(&Options{NewID: func() uuid.UUID { next++; return redirectID(next - 1) }})
		require.NoError(t, err)
		for range n {
			_, err := s.Create(t.Context(), Info{Name: Name{First: "P"}}, nil)
			require.NoError(t, err)
		}
		var steps []mergeStep
		for i := range n - 2 {
			step := mergeStep{i, i + 1} // a chain
			if i > n/2 {
				step = mergeStep{i, n - 1} // and some into one
			}
			v, ok := s.Snapshot().View(redirectID(step.target))
			require.True(t, ok)
			_, err := s.Merge(t.Context(), v.ID(), v.Revision(), []uuid.UUID{redirectID(step.source)}, nil)
			require.NoError(t, err)
			steps = append(steps, step)
		}
		requireForest(t, s.Snapshot().reads(), n, steps)

		var file bytes.Buffer
		require.NoError(t, s.Snapshot().Export(&file))
		loaded, err := Load(t.Context(), &file, nil)
		require.NoError(t, err)
		r := loaded.Snapshot().reads()
		requireForest(t, r, n, steps)
		for row := range r.redirects() {
			found, _ := lookUps(r, row.id)
			require.LessOrEqual(t, found, 2)
		}
	})
}
