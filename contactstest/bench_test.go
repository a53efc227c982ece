package contactstest_test

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

// crowd returns a fixture of many contacts.
func crowd(n int) *contactstest.Fixture {
	return contactstest.NewFixture(nil, func(s *contactstest.Store) error {
		rows := func(yield func(contacts.Row, error) bool) {
			for i := range n {
				if !yield(contacts.Row{Contact: &contacts.Contact{Info: info(fmt.Sprintf("P%d", i))}}, nil) {
					return
				}
			}
		}
		report, err := s.Import(context.Background(), iter.Seq2[contacts.Row, error](rows), nil)
		if err == nil && report.Imported != n {
			err = fmt.Errorf("imported %d", report.Imported)
		}
		return err
	})
}

// benchmarkNew measures New and its cleanup.
func benchmarkNew(b *testing.B, fixtures ...*contactstest.Fixture) {
	contactstest.New(b, fixtures...)
	t := &fakeT{TB: b}
	b.ReportAllocs()
	for b.Loop() {
		contactstest.New(t, fixtures...)
		t.run(func() {})
	}
}

func BenchmarkNewEmpty(b *testing.B) { benchmarkNew(b) }

func BenchmarkNewFork(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) { benchmarkNew(b, crowd(n)) })
	}
}

func BenchmarkGet(b *testing.B) {
	s := contactstest.New(b)
	c := create(b, s, "Ada")
	for name, api := range map[string]contactstest.API{"store": s.Store, "double": s} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = api.Get(b.Context(), c.ID, nil)
			}
		})
	}
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func TestSharedMemory(t *testing.T) {
	const tests, n, most = 1000, 5000, 40 << 10
	fixture := crowd(n)
	before := heap()
	contactstest.New(t, fixture)
	built := heap() - before
	stores := make([]*contactstest.Store, tests)
	before = heap()
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := worker; i < tests; i += 8 {
				stores[i] = contactstest.New(t, fixture)
				create(t, stores[i], "Ada")
			}
		})
	}
	group.Wait()
	each := (heap() - before) / tests
	t.Logf("fixture of %d contacts: %d bytes; each of %d tests that writes: %d bytes", n, built, tests, each)
	require.Less(t, each, uint64(most), "TST-15 tests share the memory of a fixture")
	require.Less(t, each, built/20)
	runtime.KeepAlive(stores)
}
