package contactstest_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"maps"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/httpclient"
)

// take yields the first n operations.
func take(n int, seq iter.Seq[contactstest.Op]) iter.Seq[contactstest.Op] {
	return func(yield func(contactstest.Op) bool) {
		for op := range seq {
			if n--; n < 0 || !yield(op) {
				return
			}
		}
	}
}

// methodsOf returns the names of the methods of an interface.
func methodsOf[T any]() []contactstest.Method {
	var names []contactstest.Method
	for i := range reflect.TypeFor[T]().NumMethod() {
		names = append(names, contactstest.Method(reflect.TypeFor[T]().Method(i).Name))
	}
	return names
}

var busy = contactstest.Mix{
	Create: 6, Get: 6, Update: 10, Delete: 2, Label: 3, Unlabel: 3, Merge: 6, PreviewMerge: 2, Submit: 4, List: 3,
	Facets: 1, BulkUpdate: 2, BulkLabel: 2, BulkDelete: 1, Job: 1, Jobs: 1,
	FindOrCreateLabel: 3, GetLabel: 2, RenameLabel: 2, DeleteLabel: 1, ListLabels: 1,
	FindOrCreateField: 3, GetField: 1, RenameField: 2, DeleteField: 1, ListFields: 1,
	Skew: 0.8, Conflicts: 0.2, Missing: 0.1, Invalid: 0.1, OldIDs: 0.3, Chains: 0.5,
}

// TestWorkloadMeetsWhatItWants carries out calls one by one.
func TestWorkloadMeetsWhatItWants(t *testing.T) {
	longest := 0 // chain of merges
	for seed := range uint64(times(3)) {
		for name, mix := range map[string]contactstest.Mix{"busy": busy, "typical": {}} {
			s := openStore(t)
			met := make(map[contacts.Code]int)
			succeeded := make(map[contactstest.Method]int)
			var merged []uuid.UUID
			for op := range take(1500, contactstest.Workload(seed, mix)) {
				err := op.Do(t.Context(), s)
				require.Equal(t, op.Want, contacts.CodeOf(err), "TST-27 %s, seed %d: %s: %v", name, seed, op, err)
				require.Equal(t, op.Want == "", err == nil, "TST-27")
				require.True(t, op.Plausible(err))
				met[op.Want]++
				if err != nil {
					continue
				}
				if succeeded[op.Method]++; op.Method == "Merge" {
					merged = append(merged, op.Args[2].([]uuid.UUID)...)
				}
			}
			require.NoError(t, s.Snapshot().Check())
			if name != "busy" {
				continue
			}
			require.ElementsMatch(t, methodsOf[contactstest.API](), slices.Collect(maps.Keys(succeeded)), "TST-27")
			for _, code := range []contacts.Code{
				contacts.ErrAlreadyChanged, contacts.ErrContactNotFound, contacts.ErrInvalid,
			} {
				require.Positive(t, met[code], code)
			}
			for _, id := range merged {
				if path, err := s.Resolve(t.Context(), id); err == nil {
					longest = max(longest, len(path.Path))
				}
			}
		}
	}
	require.Greater(t, longest, 3)
}

// TestWorkloadIsDeterministic compares two runs: TST-24.
func TestWorkloadIsDeterministic(t *testing.T) {
	run := func(seed uint64) (string, string) {
		s := openStore(t)
		var log strings.Builder
		for op := range take(800, contactstest.Workload(seed, busy)) {
			log.WriteString(op.String() + "\n")
			_ = op.Do(t.Context(), s)
		}
		var text bytes.Buffer
		require.NoError(t, s.Snapshot().Export(&text))
		return log.String(), text.String()
	}
	log, text := run(1)
	again, textAgain := run(1)
	require.Equal(t, log, again, "TST-24")
	require.Equal(t, text, textAgain, "TST-24")
	other, _ := run(2)
	require.NotEqual(t, log, other)
}

// TestWorkloadInParallel shares one sequence among goroutines: TST-28.
func TestWorkloadInParallel(t *testing.T) {
	s, g := openStore(t), contactstest.NewGen(3)
	ops := g.Workload(busy)
	var all sync.WaitGroup
	var mu sync.Mutex
	failed := 0
	for range 4 {
		all.Go(func() {
			for op := range take(400, ops) {
				err := op.Do(context.Background(), s)
				mu.Lock()
				if !op.Plausible(err) {
					t.Errorf("TST-28 %s: want %q: %v", op, op.Want, err)
				}
				if err != nil {
					failed++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	require.NoError(t, s.Snapshot().Check())
	require.Less(t, failed, 1000)
}

// TestWorkloadOverHTTP carries out a workload through the client.
func TestWorkloadOverHTTP(t *testing.T) {
	s := openStore(t)
	server := httptest.NewServer(httpapi.Handler(s, nil))
	t.Cleanup(server.Close)
	client, err := httpclient.New(server.URL, nil)
	require.NoError(t, err)
	for op := range take(600, contactstest.Workload(4, busy)) {
		err := op.Do(t.Context(), client)
		require.Equal(t, op.Want, contacts.CodeOf(err), "TST-27 %s: %v", op, err)
	}
}

func TestWorkloadFromBytes(t *testing.T) {
	s := openStore(t)
	n := 0
	for op := range contactstest.GenFrom(bytes.Repeat([]byte("bytes of a fuzzer"), 100)).Workload(busy) {
		require.Equal(t, op.Want, contacts.CodeOf(op.Do(t.Context(), s)), "TST-27 %s", op)
		n++
	}
	require.Greater(t, n, 10)
	for range contactstest.GenFrom(nil).Workload(busy) {
		require.Fail(t, "without bytes there are no calls")
	}
}

// TestWorkloadKnowsContacts begins with the contacts of a store, or finds them: TST-27.
func TestWorkloadKnowsContacts(t *testing.T) {
	s := openStore(t)
	_, err := s.Import(t.Context(), contactstest.NewGen(1).Rows(50), nil)
	require.NoError(t, err)
	mix := contactstest.Mix{Update: 1, Delete: 1, Merge: 1, Get: 1}
	for v := range s.Snapshot().All() {
		mix.Known = append(mix.Known, v.Clone())
	}
	known := s.Fork()
	for op := range take(300, contactstest.Workload(2, mix)) {
		require.Equal(t, op.Want, contacts.CodeOf(op.Do(t.Context(), known)), "TST-27 %s", op)
	}
	require.Less(t, known.Snapshot().Len(), 50)

	mix.Known = nil
	methods := make(map[contactstest.Method]int)
	for op := range take(300, contactstest.Workload(2, mix)) {
		require.Equal(t, op.Want, contacts.CodeOf(op.Do(t.Context(), s)), "TST-27 %s", op)
		methods[op.Method]++
	}
	require.Positive(t, methods["List"])
	require.Positive(t, methods["Update"])
	require.Zero(t, methods["Create"])
}

// TestSkew counts how often contacts are chosen: TST-29.
func TestSkew(t *testing.T) {
	for _, test := range []struct {
		name        string
		skew        float64
		first, last float64 // share of calls for the first and the last of 100 contacts
	}{
		{"TST-29 uniform", 0, 0.01, 0.01},
		{"TST-29 usual", 1, 0.15, 0.002},
		{"TST-29 steep", 2, 0.5, 0.0001},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, g := openStore(t), contactstest.NewGen(1)
			mix := contactstest.Mix{Get: 1, Skew: test.skew}
			for range 100 {
				c, err := s.Create(t.Context(), g.Info(), nil)
				require.NoError(t, err)
				mix.Known = append(mix.Known, c)
			}
			count := make(map[uuid.UUID]int)
			const n = 20_000
			for op := range take(n, contactstest.Workload(1, mix)) {
				count[op.Args[0].(uuid.UUID)]++
			}
			require.InEpsilon(t, test.first*n, float64(count[mix.Known[0].ID]), 0.3)
			require.InDelta(t, test.last*n, float64(count[mix.Known[99].ID]), 0.003*n)
		})
	}
}

func TestPlausible(t *testing.T) {
	update := func(want contacts.Code) contactstest.Op { return contactstest.Op{Want: want} }
	for _, test := range []struct {
		name string
		want contacts.Code
		err  error
		is   bool
	}{
		{"TST-28 success", "", nil, true},
		{"TST-28 what is wanted", contacts.ErrInvalid, contacts.ErrInvalid, true},
		{"TST-28 no error where one is wanted", contacts.ErrInvalid, nil, false},
		{"TST-28 a revision that another call has made", contacts.ErrAlreadyChanged, nil, true},
		{"TST-28 changed by another call", "", contacts.ErrAlreadyChanged, true},
		{"TST-28 deleted by another call", contacts.ErrInvalid, contacts.ErrContactNotFound, true},
		{"TST-28 another error", "", contacts.ErrDuplicate, false},
		{"TST-28 an error without a code", "", context.Canceled, false},
		{"TST-28 any error", contacts.ErrInvalid, errors.New("broken"), false},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.is, update(test.want).Plausible(test.err)) })
	}
}

func BenchmarkWorkload(b *testing.B) {
	s := openStore(b)
	ops := take(b.N, contactstest.Workload(1, contactstest.Mix{}))
	b.ReportAllocs()
	b.ResetTimer()
	for op := range ops {
		_ = op.Do(context.Background(), s)
	}
}

// TestRates counts what is not usual, with a rate of 0 and of 1.
func TestRates(t *testing.T) {
	plain := contactstest.Mix{Create: 3, Get: 3, Update: 3, Delete: 1, Merge: 2}
	for _, test := range []struct {
		name string
		set  func(m *contactstest.Mix)
		is   func(op contactstest.Op, merged map[uuid.UUID]bool, last uuid.UUID) bool
	}{
		{"TST-30 conflicts", func(m *contactstest.Mix) { m.Conflicts = 1 },
			func(op contactstest.Op, _ map[uuid.UUID]bool, _ uuid.UUID) bool {
				return op.Want == contacts.ErrAlreadyChanged
			}},
		{"TST-30 missing", func(m *contactstest.Mix) { m.Missing = 1 },
			func(op contactstest.Op, _ map[uuid.UUID]bool, _ uuid.UUID) bool {
				return op.Want == contacts.ErrContactNotFound
			}},
		{"TST-30 invalid", func(m *contactstest.Mix) { m.Invalid = 0.5 },
			func(op contactstest.Op, _ map[uuid.UUID]bool, _ uuid.UUID) bool {
				return op.Method == "Create" && op.Want != ""
			}},
		{"TST-30 old IDs", func(m *contactstest.Mix) { m.OldIDs = 1 },
			func(op contactstest.Op, merged map[uuid.UUID]bool, _ uuid.UUID) bool {
				return op.Method == "Get" && merged[op.Args[0].(uuid.UUID)]
			}},
		{"TST-30 chains", func(m *contactstest.Mix) { m.Chains = 1 },
			func(op contactstest.Op, _ map[uuid.UUID]bool, last uuid.UUID) bool {
				return op.Method == "Merge" && slices.Contains(op.Args[2].([]uuid.UUID), last)
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			count := func(mix contactstest.Mix) (n int) {
				s, merged, last := openStore(t), make(map[uuid.UUID]bool), uuid.Nil
				for op := range take(500, contactstest.Workload(6, mix)) {
					if test.is(op, merged, last) {
						n++
					}
					require.Equal(t, op.Want, contacts.CodeOf(op.Do(t.Context(), s)), "%s", op)
					if op.Method == "Merge" && op.Want == "" {
						last = op.Args[0].(uuid.UUID)
						for _, id := range op.Args[2].([]uuid.UUID) {
							merged[id] = true
						}
					}
				}
				return n
			}
			with := plain
			test.set(&with)
			// Chance makes chains of merges, too.
			require.Greater(t, count(with), 2*count(plain)+8)
		})
	}
}

// TestWorkloadWithLostReplies loses the reply of every fifth write: TST-31.
func TestWorkloadWithLostReplies(t *testing.T) {
	const n = 2000
	for seed := range uint64(times(2)) {
		s := contactstest.New(t)
		s.Fail(contactstest.OnWrites().Every(5).After())
		lost, surprised := 0, 0
		for op := range take(n, contactstest.Workload(seed, busy)) {
			switch err := op.Do(t.Context(), s); {
			case contacts.CodeOf(err) == contacts.ErrOutcomeUnknown:
				lost++
			case !op.Plausible(err):
				t.Fatalf("TST-31 seed %d: %s: want %q: %v", seed, op, op.Want, err)
			case contacts.CodeOf(err) != op.Want:
				surprised++
			}
		}
		require.Greater(t, lost, n/10)
		require.Less(t, surprised, lost, "TST-31 calls that met what lost replies hid")
	}
}
