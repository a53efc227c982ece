package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// goOn makes random calls of every kind, and returns their results.
func (r *randomRun) goOn(n int) (results []string) {
	l := r.lines[0]
	ctx := r.t.Context()
	some := func() uuid.UUID { return testID(1 + r.rnd.Uint64N(200)) } // live, old or unknown
	more := map[string]func() (any, error){
		"Get":     func() (any, error) { return l.store.Get(ctx, some(), nil) },
		"Resolve": func() (any, error) { return l.store.Resolve(ctx, some()) },
		"Merge": func() (any, error) {
			target := r.contact(l)
			var sources []uuid.UUID
			for range 1 + r.rnd.IntN(2) {
				sources = append(sources, pick(r.rnd, r.contact(l).ID, r.contact(l).ID, some()))
			}
			return l.store.Merge(ctx, target.ID, target.Revision, sources, nil)
		},
		"PreviewMerge": func() (any, error) {
			return l.store.PreviewMerge(ctx, r.contact(l).ID, []uuid.UUID{r.contact(l).ID})
		},
		"Import": func() (any, error) {
			var rows []*contacts.Contact
			for range 1 + r.rnd.IntN(3) {
				c := &contacts.Contact{ID: pick(r.rnd, some(), uuid.Nil), Info: r.info(l), Revision: r.rnd.IntN(3)}
				c.CreatedDate = pick(r.rnd, time.Time{}, epoch, epoch.AddDate(-50, 0, 0))
				c.PrimaryEmail.SubscriptionStatus = pick(r.rnd, "", subscribed, unsubscribed)
				if r.oneIn(2) {
					c.Info.LabelKeys = append(c.Info.LabelKeys, pick(r.rnd, "app.new", "custom.new", "!"))
				}
				if r.oneIn(2) {
					c.Info.ExtendedFields["app."+pick(r.rnd, "a", "b", "c")] = pick[any](r.rnd, 1, "x")
				}
				rows = append(rows, c)
			}
			return l.store.Import(ctx, rowsOf(rows...), &contacts.ImportOptions{
				AllowDuplicates: r.oneIn(2), Define: r.oneIn(2), AllOrNothing: r.oneIn(3), BatchSize: 2,
			})
		},
	}
	names := slices.Sorted(maps.Keys(more))
	for range n {
		r.now = r.now.Add(pick(r.rnd, 0, time.Microsecond, time.Millisecond, time.Second, -5*time.Second))
		var name string
		var result any
		var err error
		w := pick(r.rnd, randomWrites...)
		switch {
		case r.oneIn(3):
			name = pick(r.rnd, names...)
			result, err = more[name]()
		case w.name == "Fork":
			continue
		default:
			name, err = w.name, w.do(r, l)
		}
		text, jsonErr := json.Marshal(result)
		require.NoError(r.t, jsonErr)
		results = append(results, fmt.Sprint(name, " ", string(text), " ", err))
		l.last = l.store.Snapshot()
	}
	return results
}

// TestLoadedStoreGoesOn makes the same random calls on a store and on one that was loaded from its export.
func TestLoadedStoreGoesOn(t *testing.T) {
	seeds := uint64(large(4, 30))
	done := map[string]bool{} // calls that succeeded
	for seed := range seeds {
		t.Run(fmt.Sprint("EXP-2 STO-6 equal results, errors, events and exports, seed ", seed), func(t *testing.T) {
			run := func(now time.Time, next uint64, stage uint64) (*randomRun, *contacts.Options, *uint64) {
				r := &randomRun{t: t, rnd: rand.New(rand.NewPCG(seed, stage)), now: now}
				return r, &contacts.Options{
					Now:        func() time.Time { return r.now },
					NewID:      func() uuid.UUID { next++; return testID(next) },
					LabelQuota: labelQuota, FieldQuota: fieldQuota,
				}, &next
			}
			use := func(r *randomRun, s *contacts.Store, keys []string) {
				t.Cleanup(func() { require.NoError(t, s.Close()) })
				r.keys = slices.Clone(keys)
				r.lines = []*line{{
					store: s, last: s.Snapshot(),
					versions: map[version]*contacts.Contact{}, statuses: map[uuid.UUID]map[string]statuses{},
				}}
			}

			one, opts, next := run(epoch, 0, 1)
			s, err := contacts.New(opts)
			require.NoError(t, err)
			use(one, s, nil)
			one.goOn(200)
			text := exportOf(t, s.Snapshot())

			two, opts, _ := run(one.now, *next, 2)
			loaded, err := contacts.Load(t.Context(), strings.NewReader(text), opts)
			require.NoError(t, err)
			require.Equal(t, text, exportOf(t, loaded.Snapshot()))
			require.NoError(t, loaded.Snapshot().Check())
			use(two, loaded, one.keys)

			one.rnd = rand.New(rand.NewPCG(seed, 2))
			at := s.Snapshot().Position()
			for range 20 {
				results := one.goOn(10)
				require.Equal(t, results, two.goOn(10))
				for _, result := range results {
					name, rest, _ := strings.Cut(result, " ")
					done[name] = done[name] || strings.HasSuffix(rest, "<nil>")
				}
				require.Equal(t, exportOf(t, s.Snapshot()), exportOf(t, loaded.Snapshot()))
			}
			require.NoError(t, s.Snapshot().Check())
			require.NoError(t, loaded.Snapshot().Check())
			n := int(s.Snapshot().Position() - at)
			require.Greater(t, n, 40)
			require.Equal(t, eventTexts(t, firstOf(t, s.Follow(t.Context(), at), n)),
				eventTexts(t, firstOf(t, loaded.Follow(t.Context(), at), n)))
			requireLoads(t, s)
		})
	}
	for name, ok := range done {
		require.True(t, ok || !*longTests, "no %s ever succeeded", name)
	}
	require.Len(t, done, len(randomWrites)-1+5)
}
