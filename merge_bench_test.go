package contacts_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// mergeBenchSizes are the numbers of contacts in a store, and of merges in a chain.
var mergeBenchSizes = []int{1_000, 10_000}

// benchMerges runs a benchmark of calls on a target and five sources, each call on six contacts of a store of n that took
// part in none before. It also gives what the target is after the merge.
func benchMerges(
	b *testing.B, call func(s *contacts.Store, target uuid.UUID, sources []uuid.UUID, merged contacts.Info) error,
) {
	for _, n := range mergeBenchSizes {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			d, ok := benchStores[n]
			if !ok {
				d = newBenchData(b, n)
				benchStores[n] = d
			}
			const calls = 100 // so that a store keeps its size
			merged := make([]contacts.Info, calls)
			for i := range merged {
				plan, err := d.store.PreviewMerge(b.Context(), d.ids[6*i], d.ids[6*i+1:6*i+6])
				require.NoError(b, err)
				merged[i] = plan.Contact.Info
			}
			b.ReportAllocs()
			var s *contacts.Store
			for i := 0; b.Loop(); i++ {
				nth := i % calls
				if nth == 0 {
					s = d.store.Fork()
				}
				if err := call(s, d.ids[6*nth], d.ids[6*nth+1:6*nth+6], merged[nth]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMerge5 merges five contacts into one. Compare with BenchmarkFiveDeletesAndUpdate, which is what it takes by
// hand: it should need no more than 1.2 times as long.
func BenchmarkMerge5(b *testing.B) {
	ctx := context.Background()
	benchMerges(b, func(s *contacts.Store, target uuid.UUID, sources []uuid.UUID, _ contacts.Info) error {
		_, err := s.Merge(ctx, target, 1, sources, nil)
		return err
	})
}

// BenchmarkFiveDeletesAndUpdate deletes five contacts and gives what they had to another one.
func BenchmarkFiveDeletesAndUpdate(b *testing.B) {
	ctx := context.Background()
	opts := &contacts.UpdateOptions{AllowDuplicates: true}
	benchMerges(b, func(s *contacts.Store, target uuid.UUID, sources []uuid.UUID, merged contacts.Info) error {
		patch := contacts.Patch{
			Emails: contacts.Set(merged.Emails), Phones: contacts.Set(merged.Phones),
			Addresses: contacts.Set(merged.Addresses), LabelKeys: contacts.Set(merged.LabelKeys),
		}
		if _, err := s.Update(ctx, target, 1, patch, opts); err != nil {
			return err
		}
		for _, source := range sources {
			if err := s.Delete(ctx, source); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkPreviewMerge5 plans what BenchmarkMerge5 does.
func BenchmarkPreviewMerge5(b *testing.B) {
	ctx := context.Background()
	benchMerges(b, func(s *contacts.Store, target uuid.UUID, sources []uuid.UUID, _ contacts.Info) error {
		_, err := s.PreviewMerge(ctx, target, sources)
		return err
	})
}

// BenchmarkGetChain gets the first contact of a chain of n merges, each of the last target into a new contact. It should
// take less than 10 µs.
func BenchmarkGetChain(b *testing.B) {
	ctx := context.Background()
	for _, n := range mergeBenchSizes {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			opts := fixed()
			opts.NewID = benchIDs()
			s := openStore(b, opts)
			first := create(b, s, person("Ann", "ann@example.com")).ID
			last := first
			for range n {
				next := create(b, s, person("Bo")).ID
				absorb(b, s, next, last)
				last = next
			}
			b.ReportAllocs()
			for b.Loop() {
				c, err := s.Get(ctx, first, nil)
				if err != nil || c.ID != last {
					b.Fatal("not found")
				}
			}
		})
	}
}
