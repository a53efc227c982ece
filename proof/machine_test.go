package proof

import (
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

var (
	runs   = flag.Int("proof.runs", 20, "number of sequences of operations")
	ops    = flag.Int("proof.ops", 400, "number of operations in each sequence")
	seed   = flag.Uint64("proof.seed", 0, "seed of the first sequence; 0 draws one")
	shrink = flag.Duration("proof.shrink", 30*time.Second, "time to make a failure smaller")
)

// TestStoreIsItsModel runs sequences of operations on stores and models. It prints a failure as Go code, with the seed
// that repeats it: -proof.runs 1 -proof.seed N.
func TestStoreIsItsModel(t *testing.T) { runAll(t, runStore) }

// runStore runs operations on a contacts.Store.
func runStore(c Choices, ops int, selfCheck bool) (*Failure, map[Seen]int) {
	return Run(nil, c, &Config{Ops: ops, SelfCheck: selfCheck})
}

// runAll runs all sequences, several at a time.
func runAll(t *testing.T, run func(c Choices, ops int, selfCheck bool) (*Failure, map[Seen]int)) {
	first := *seed
	if first == 0 {
		first = rand.Uint64N(1<<48) + 1
	}
	t.Logf("%d sequences of %d operations, from seed %d", *runs, *ops, first)
	var next, total atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for !failed.Load() {
				n := next.Add(1) - 1
				if n >= int64(*runs) {
					return
				}
				s := first + uint64(n)
				f, made := run(newSeeded(s), *ops, n%16 == 15)
				for _, n := range made {
					total.Add(int64(n))
				}
				if f == nil {
					if n%500 == 499 {
						t.Logf("%d sequences begun, %d operations", n+1, total.Load())
					}
					continue
				}
				if failed.Swap(true) {
					return
				}
				n0 := len(f.Ops)
				f.Shrink(*shrink)
				t.Errorf("seed %d, %d operations, reduced to %d:\n%s", s, n0, len(f.Ops), f)
			}
		})
	}
	wg.Wait()
	t.Logf("%d operations", total.Load())
}

// TestStoreOnLogIsItsModel runs sequences of operations on stores with each kind of log: they give the same results as one
// without a log, and are the same when they are opened again (DUR-1).
func TestStoreOnLogIsItsModel(t *testing.T) { runAll(t, RunOnLogs) }

// TestGeneratorReachesEverything checks that every method succeeds and every code occurs.
func TestGeneratorReachesEverything(t *testing.T) {
	seen := make(map[Seen]int)
	for seed := range uint64(40) {
		f, made := runStore(newSeeded(seed), 600, false)
		if f != nil {
			f.Shrink(*shrink)
			t.Fatalf("seed %d:\n%s", seed, f)
		}
		for s, n := range made {
			seen[s] += n
		}
	}
	codes := make(map[contacts.Code]bool)
	var lines []string
	for s, n := range seen {
		codes[s.Code] = true
		lines = append(lines, fmt.Sprintf("%-22s %6d %s", s.Method, n, s.Code))
	}
	slices.Sort(lines)
	t.Log("\n" + strings.Join(lines, "\n"))
	for _, method := range []string{
		"Create", "Update", "Delete", "Merge", "PreviewMerge", "Get", "Resolve", "Label", "Unlabel",
		"FindOrCreateLabel", "RenameLabel", "DeleteLabel", "FindOrCreateField", "RenameField", "DeleteField",
		"SetMember", "SetBillingSubscription", "SetSubscription", "SetDeliverability", "SetSystemFields",
		"RecordActivity", "Import", "Close", "Find", "List", "ListLabels", "ListFields", "Facets", "Duplicates",
		"BulkDelete", "BulkUpdate", "BulkLabel", "Batch", "Submit", "Upsert", "TrimFeed",
	} {
		require.Positive(t, seen[Seen{Method: method}], "%s never succeeded", method)
	}
	for _, method := range batchMethods {
		require.Positive(t, seen[Seen{Method: "Batch of " + method}], "%s never succeeded in a batch", method)
	}
	for _, use := range []string{
		"temporary ID", "revision 0", "temporary key in an Info", "temporary key in a Patch", "temporary key of Label",
		"temporary key of Unlabel", "temporary key of RenameLabel", "temporary key of DeleteLabel",
		"temporary key of RenameField", "temporary key of DeleteField",
	} {
		require.Positive(t, seen[Seen{Method: "Batch, " + use}], "%s never succeeded in a batch", use)
	}
	require.Positive(t, seen[Seen{"Merge over a limit", contacts.ErrIllegalMerge}], "no merge exceeded a limit")
	for _, code := range []contacts.Code{
		contacts.ErrInvalid, contacts.ErrContactNotFound, contacts.ErrAlreadyChanged, contacts.ErrDuplicate,
		contacts.ErrIDExists, contacts.ErrInsufficientData, contacts.ErrInsufficientUpdate,
		contacts.ErrMultiplePrimary, contacts.ErrInvalidFieldValue, contacts.ErrFieldNotFound,
		contacts.ErrLabelNotFound, contacts.ErrUpdateMemberEmail, contacts.ErrDeleteMember,
		contacts.ErrDeleteBillingSubscription, contacts.ErrDeleteOwnerOrContributor, contacts.ErrIllegalMerge,
		contacts.ErrFailedPrecondition, contacts.ErrPlanOutdated, contacts.ErrSystemLabel, contacts.ErrSystemField,
		contacts.ErrLabelsQuota, contacts.ErrFieldsQuota, contacts.ErrClosed, contacts.ErrInternal,
		contacts.ErrSortField, contacts.ErrIllegalLimit, contacts.ErrUnsupportedFilter, contacts.ErrFilterField,
		contacts.ErrFilterOperator, contacts.ErrFilterValue, contacts.ErrFilterValueType, contacts.ErrDefinitionSort,
		contacts.ErrDefinitionFilterField, contacts.ErrNoFilterOrSearch, contacts.ErrInsufficientPermission,
	} {
		require.True(t, codes[code], "%s never occurred", code)
	}
}

// TestPrintedCodeParses checks that a failure prints as Go code, whatever its operations hold.
func TestPrintedCodeParses(t *testing.T) {
	c := newSeeded(1)
	mc, err := newMachine(setup(c))
	require.NoError(t, err)
	g := newGen(c, mc)
	f := &Failure{Setup: mc.setup, Err: errRows}
	for range 300 {
		op := g.op()
		f.Ops = append(f.Ops, op)
		require.NoError(t, mc.step(op))
	}
	_, body, _ := strings.Cut(f.String(), "\n")
	_, err = parser.ParseFile(token.NewFileSet(), "found_test.go", "package contacts_test\n"+body, 0)
	require.NoError(t, err, "%s", body)
}

// FuzzStore derives operations from bytes.
func FuzzStore(f *testing.F) {
	for n := range uint64(8) {
		r := newSeeded(n)
		text := make([]byte, 1500)
		for i := range text {
			text[i] = byte(r.n(256))
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		// The fuzzer reports a run of ten seconds as a deadlock, even if it only waits for the processor.
		found, _ := runStore(FromBytes(text), 250, false)
		if found != nil {
			found.Shrink(20 * time.Second)
			require.Fail(t, "the store differs from its model", "%s", found)
		}
	})
}
