package contacts_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// The benchmarks of the store.
//
// The baseline is go-memdb used as its documentation shows, without any of the rules of this package: indexers with
// reflection, contacts like these under 5.8 index entries each (here 6.8), one transaction a call. It returns shared
// pointers and parses no phone numbers. On a virtual machine with 2 cores, Go 1.26, n=100000:
//
//	get      1.24 µs    7 allocs    256 B      (hand-written indexers: 0.92 µs)
//	email    1.82 µs    9 allocs    333 B
//	phone    1.51 µs    9 allocs    280 B
//	update   60.6 µs  414 allocs  41348 B      (over some seconds, including garbage collection: 92 µs)
//	create   38.8 µs  325 allocs  30139 B
//
// Compare View with get, since Get makes a deep copy as well. Create/phones=new and Update/change=phones parse phone
// numbers that the store has not seen, 10 to 20 µs each; the other writes compare directly.

// benchSizes are the numbers of contacts in a store.
var benchSizes = []int{1_000, 100_000}

// benchData is a store with the keys to look up, in random order. Benchmarks that write use a fork.
type benchData struct {
	store  *contacts.Store
	ids    []uuid.UUID
	emails []string // primary and other
	phones []string // E.164
	fresh  []contacts.Info
}

var benchStores = map[int]*benchData{} // by size, each built once

const (
	// Fresh infos have more phone numbers than a store remembers, so that cycling through them never hits the memo.
	benchFresh = 16384
	// A store remembers more phone numbers than so many infos have.
	benchKnown = 2048
)

// benchEach runs a benchmark for stores of each size.
func benchEach(b *testing.B, run func(*testing.B, *benchData)) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			data, ok := benchStores[n]
			if !ok {
				data = newBenchData(b, n)
				benchStores[n] = data
			}
			b.ReportAllocs()
			run(b, data)
		})
	}
}

func newBenchData(b *testing.B, n int) *benchData {
	b.Helper()
	opts := unchecked()
	opts.NewID = benchIDs()
	s, err := contacts.New(opts)
	require.NoError(b, err)
	rnd := rand.New(rand.NewPCG(42, uint64(n)))
	d := &benchData{store: s}
	for i := range n {
		c := create(b, s, benchInfo(rnd, i))
		d.ids = append(d.ids, c.ID)
		for _, e := range c.Info.Emails {
			d.emails = append(d.emails, e.Address)
		}
		for _, p := range c.Info.Phones {
			require.NotEmpty(b, p.E164)
			d.phones = append(d.phones, p.E164)
		}
	}
	for i := range benchFresh {
		d.fresh = append(d.fresh, benchInfo(rnd, n+i))
	}
	shuffle(rnd, d.ids)
	shuffle(rnd, d.emails)
	shuffle(rnd, d.phones)
	runtime.GC() // or the first benchmark pays for the garbage of building the store
	return d
}

// benchIDs makes version 4 IDs from a seed: their randomness determines the shape of the index.
func benchIDs() func() uuid.UUID {
	var mu sync.Mutex
	source := rand.NewChaCha8([32]byte{42})
	return func() uuid.UUID {
		mu.Lock()
		defer mu.Unlock()
		return uuid.Must(uuid.NewRandomFromReader(source))
	}
}

// benchInfo makes the i-th contact: 1 to 3 emails, 1 or 2 valid phones, half with an address, up to 2 labels, a quarter
// with a VAT ID. No two have an email or a phone in common.
func benchInfo(rnd *rand.Rand, i int) contacts.Info {
	first := pick(rnd, "Ada", "Bruno", "Chidi", "Dana", "Emre", "Freya", "Goran", "Hana", "Ines", "Jonas")
	last := pick(rnd, "Adler", "Brook", "Castell", "Dorn", "Ekwall", "Falk", "Gruber", "Holt", "Imhof", "Jansen")
	info := contacts.Info{
		Name:     contacts.Name{First: first, Last: last},
		Company:  pick(rnd, "", "", "Acorn Works", "Birch and Sons", "Cedar Labs"),
		JobTitle: pick(rnd, "", "Baker", "Engineer", "Teacher"),
		Locale:   pick(rnd, "", "en-us", "de"),
	}
	for k := range pick(rnd, 1, 1, 1, 1, 2, 3) {
		info.Emails = append(info.Emails, contacts.Email{
			Tag: contacts.EmailHome, Address: fmt.Sprintf("%s.%s.%d.%d@example.com", first, last, i, k),
		})
	}
	for k := range pick(rnd, 1, 1, 1, 2) {
		info.Phones = append(info.Phones, benchPhone(2*i+k))
	}
	if rnd.IntN(2) == 0 {
		info.Addresses = []contacts.Address{{
			Tag: contacts.AddressHome, AddressLine: fmt.Sprintf("%d Harbor Street", 1+rnd.IntN(200)),
			City: "Springfield", Subdivision: "US-IL", PostalCode: "62701", Country: "US",
		}}
	}
	labels := []string{"contacts.customers", "contacts.contacted-me"}
	info.LabelKeys = labels[:rnd.IntN(3)]
	if rnd.IntN(4) == 0 {
		info.ExtendedFields = map[string]any{"invoices.vatId": fmt.Sprintf("VAT-%06d", i)}
	}
	return info
}

// benchPhone makes the i-th number, in the fictional exchange 555.
func benchPhone(i int) contacts.Phone {
	areas := []int{
		201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228,
		229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302,
	}
	return contacts.Phone{
		Tag: contacts.PhoneMobile, CountryCode: "US",
		Number: fmt.Sprintf("(%d) 555-%04d", areas[i%len(areas)], i/len(areas)),
	}
}

func BenchmarkGet(b *testing.B) {
	benchEach(b, func(b *testing.B, d *benchData) {
		ctx := context.Background()
		for i := 0; b.Loop(); i++ {
			if _, err := d.store.Get(ctx, d.ids[i%len(d.ids)], nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkView(b *testing.B) {
	benchEach(b, func(b *testing.B, d *benchData) {
		for i := 0; b.Loop(); i++ {
			if _, ok := d.store.Snapshot().View(d.ids[i%len(d.ids)]); !ok {
				b.Fatal("not found")
			}
		}
	})
}

func BenchmarkByEmail(b *testing.B) {
	benchEach(b, func(b *testing.B, d *benchData) {
		for i := 0; b.Loop(); i++ {
			found := 0
			for range d.store.Snapshot().ByEmail(d.emails[i%len(d.emails)]) {
				found++
			}
			if found != 1 {
				b.Fatal("not found")
			}
		}
	})
}

func BenchmarkByPhone(b *testing.B) {
	benchEach(b, func(b *testing.B, d *benchData) {
		for i := 0; b.Loop(); i++ {
			found := 0
			for range d.store.Snapshot().ByPhone(d.phones[i%len(d.phones)]) {
				found++
			}
			if found != 1 {
				b.Fatal("not found")
			}
		}
	})
}

// BenchmarkAll iterates over all contacts and reads one value of each.
func BenchmarkAll(b *testing.B) {
	benchEach(b, func(b *testing.B, d *benchData) {
		for b.Loop() {
			found := 0
			for v := range d.store.Snapshot().All() {
				if v.Revision() > 0 {
					found++
				}
			}
			if found != len(d.ids) {
				b.Fatal("not all found")
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(d.ids)), "ns/contact")
	})
}

func BenchmarkSnapshot(b *testing.B) {
	benchEach(b, func(b *testing.B, d *benchData) {
		for b.Loop() {
			if d.store.Snapshot().Len() != len(d.ids) {
				b.Fatal("not all there")
			}
		}
	})
}

func BenchmarkFork(b *testing.B) {
	benchEach(b, func(b *testing.B, d *benchData) {
		for b.Loop() {
			if d.store.Fork().Snapshot().Len() != len(d.ids) {
				b.Fatal("not all there")
			}
		}
	})
}

func BenchmarkCreate(b *testing.B) {
	ctx := context.Background()
	benchEach(b, func(b *testing.B, d *benchData) {
		of := func(infos []contacts.Info) func(*testing.B) {
			return func(b *testing.B) {
				b.ReportAllocs()
				s := d.store.Fork()
				for _, info := range d.fresh[:benchKnown] { // fills the memo of phone numbers
					create(b, s, info)
				}
				for i := 0; b.Loop(); i++ {
					if i%(len(d.ids)/64) == 0 {
						s = d.store.Fork() // keeps the size, and makes every contact new
					}
					if _, err := s.Create(ctx, infos[i%len(infos)], nil); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
		b.Run("phones=known", of(d.fresh[:benchKnown]))
		b.Run("phones=new", of(d.fresh))
	})
}

func BenchmarkUpdate(b *testing.B) {
	ctx := context.Background()
	benchEach(b, func(b *testing.B, d *benchData) {
		of := func(patch func(contacts.Info) contacts.Patch) func(*testing.B) {
			return func(b *testing.B) {
				b.ReportAllocs()
				var s *contacts.Store
				patches := make([]contacts.Patch, len(d.fresh))
				for i, info := range d.fresh {
					patches[i] = patch(info)
				}
				for i := 0; b.Loop(); i++ {
					nth := i % len(patches)
					if nth == 0 {
						s = d.store.Fork() // so that no patch makes a duplicate of another contact
					}
					revision := 1 + nth/len(d.ids)
					if _, err := s.Update(ctx, d.ids[nth%len(d.ids)], revision, patches[nth], nil); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
		b.Run("change=jobTitle", of(func(in contacts.Info) contacts.Patch {
			return contacts.Patch{JobTitle: contacts.Set(in.JobTitle)}
		}))
		b.Run("change=emails", of(func(in contacts.Info) contacts.Patch {
			return contacts.Patch{Emails: contacts.Set(in.Emails)}
		}))
		b.Run("change=phones", of(func(in contacts.Info) contacts.Patch {
			return contacts.Patch{Phones: contacts.Set(in.Phones)}
		}))
	})
}

// BenchmarkDeleteLabel deletes a label that some or all contacts carry. The cost must be proportional to the carriers,
// not to the contacts of the store. A carrier costs more in a larger store, as any write does, see BenchmarkUpdate.
// docs/figures.md has the figures.
func BenchmarkDeleteLabel(b *testing.B) {
	ctx := context.Background()
	benchEach(b, func(b *testing.B, d *benchData) {
		for _, carriers := range []int{100, len(d.ids)} {
			b.Run(fmt.Sprintf("carriers=%d", carriers), func(b *testing.B) {
				b.ReportAllocs()
				s := d.store.Fork()
				label, _, err := s.FindOrCreateLabel(ctx, "VIP")
				require.NoError(b, err)
				for _, id := range d.ids[:carriers] {
					_, err := s.Label(ctx, id, label.Key)
					require.NoError(b, err)
				}
				for b.Loop() {
					if err := s.Fork().DeleteLabel(ctx, label.Key); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(carriers), "ns/carrier")
			})
		}
	})
}

// benchFeed is how many changes the feed of a store keeps by default.
const benchFeed = 4096

// benchFollow reads the whole feed repeatedly and calls look with the contact of each change.
func benchFollow(b *testing.B, look func(contacts.View) bool) {
	ctx := context.Background()
	benchEach(b, func(b *testing.B, d *benchData) {
		newest := d.store.Snapshot().Position()
		since := newest - min(newest, benchFeed)
		for b.Loop() {
			for c, err := range d.store.Follow(ctx, since) {
				if err != nil {
					b.Fatal(err)
				}
				for _, change := range c.Changes {
					if !look(change.After) {
						b.Fatal("not a contact")
					}
				}
				if c.Position == newest {
					break
				}
			}
		}
		changes := float64(b.N) * float64(newest-since)
		b.ReportMetric(changes/b.Elapsed().Seconds(), "changes/s")
	})
}

// BenchmarkFollowViews delivers changes from memory. Target: 3000000 changes/s.
func BenchmarkFollowViews(b *testing.B) {
	benchFollow(b, func(v contacts.View) bool { return v.Revision() > 0 })
}

// BenchmarkFollowClones copies each contact. Target: 150000 changes/s.
func BenchmarkFollowClones(b *testing.B) {
	benchFollow(b, func(v contacts.View) bool { return v.Clone().Revision > 0 })
}

// BenchmarkCreateFollowed creates contacts while followers wait for commits. ns/create is the time of the writer alone:
// the next write begins when all followers have seen the last one. Target: at most 15000 ns more with 100 followers.
func BenchmarkCreateFollowed(b *testing.B) {
	benchEach(b, func(b *testing.B, d *benchData) {
		for _, followers := range []int{0, 1, 100} {
			b.Run(fmt.Sprintf("followers=%d", followers), func(b *testing.B) { benchCreateFollowed(b, d, followers) })
		}
	})
}

func benchCreateFollowed(b *testing.B, d *benchData, followers int) {
	ctx := context.Background()
	known, memo := d.fresh[:benchKnown], d.store.Fork()
	for _, info := range known { // fills the memo of phone numbers
		create(b, memo, info)
	}
	var wg sync.WaitGroup
	var seen atomic.Int64
	begin := func() *contacts.Store {
		s := d.store.Fork()
		since := s.Snapshot().Position()
		for range followers {
			wg.Go(func() {
				for _, err := range s.Follow(ctx, since) {
					if err == nil {
						seen.Add(1)
					}
				}
			})
		}
		return s
	}
	end := func(s *contacts.Store) {
		require.NoError(b, s.Close())
		wg.Wait()
		seen.Store(0)
	}
	s, writes := begin(), 0
	var spent time.Duration
	for i := 0; b.Loop(); i++ {
		if writes == len(d.ids)/64 { // keeps the size of the store
			end(s)
			s, writes = begin(), 0
		}
		for range 4 * followers { // lets followers start to wait
			runtime.Gosched()
		}
		started := time.Now()
		if _, err := s.Create(ctx, known[i%len(known)], nil); err != nil {
			b.Fatal(err)
		}
		spent += time.Since(started)
		for writes++; seen.Load() < int64(writes*followers); {
			runtime.Gosched()
		}
	}
	end(s)
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "ns/create")
}

// mergeBenchSizes are the numbers of contacts in a store, and of merges in a chain.
var mergeBenchSizes = []int{1_000, 10_000}

// benchMerges runs a benchmark of calls on a target and five sources, each on six contacts that no call has used
// before. It also passes the target as it is after the merge.
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
			const calls = 100 // keeps the size of a store
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

// BenchmarkMerge5 merges five contacts into one. Target: at most 1.2 times BenchmarkFiveDeletesAndUpdate, which does
// the same by hand.
func BenchmarkMerge5(b *testing.B) {
	ctx := context.Background()
	benchMerges(b, func(s *contacts.Store, target uuid.UUID, sources []uuid.UUID, _ contacts.Info) error {
		_, err := s.Merge(ctx, target, 1, sources, nil)
		return err
	})
}

// BenchmarkFiveDeletesAndUpdate deletes five contacts and adds their data to another one.
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

// BenchmarkPreviewMerge5 plans the merges of BenchmarkMerge5.
func BenchmarkPreviewMerge5(b *testing.B) {
	ctx := context.Background()
	benchMerges(b, func(s *contacts.Store, target uuid.UUID, sources []uuid.UUID, _ contacts.Info) error {
		_, err := s.PreviewMerge(ctx, target, sources)
		return err
	})
}

// BenchmarkGetChain gets the first contact of a chain of n merges, each of the last target into a new contact. Target:
// less than 10 µs.
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

// benchFind compiles a query and iterates over its matches without copies, so that it measures the search alone.
func benchFind(b *testing.B, store *contacts.Store, query func(i int) contacts.Query, want int) {
	for i := 0; b.Loop(); i++ {
		found, err := store.Snapshot().Find(query(i))
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for range found {
			if n++; n == want {
				break
			}
		}
		if n != want {
			b.Fatal("found", n)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	newest := []contacts.Sort{{Field: "createdDate", Order: contacts.SortDesc}}
	b.Run("by=email", func(b *testing.B) {
		benchEach(b, func(b *testing.B, d *benchData) {
			benchFind(b, d.store, func(i int) contacts.Query {
				return contacts.Query{Filter: contacts.Eq("info.emails.email", d.emails[i%len(d.emails)])}
			}, 1)
		})
	})
	b.Run("by=phone", func(b *testing.B) {
		benchEach(b, func(b *testing.B, d *benchData) {
			benchFind(b, d.store, func(i int) contacts.Query {
				return contacts.Query{Filter: contacts.Eq("info.phones.e164Phone", d.phones[i%len(d.phones)])}
			}, 1)
		})
	})
	b.Run("by=emailPrefix", func(b *testing.B) {
		benchEach(b, func(b *testing.B, d *benchData) {
			benchFind(b, d.store, func(i int) contacts.Query {
				return contacts.Query{Filter: contacts.StartsWith("info.emails.email", d.emails[i%len(d.emails)])}
			}, 1)
		})
	})
	b.Run("by=label/first=25/newest", func(b *testing.B) {
		benchEach(b, func(b *testing.B, d *benchData) {
			benchFind(b, d.store, func(int) contacts.Query {
				return contacts.Query{Filter: contacts.HasSome("info.labelKeys", "contacts.customers"), Sort: newest}
			}, 25)
		})
	})
	b.Run("all/sort=name/first=25", func(b *testing.B) {
		benchEach(b, func(b *testing.B, d *benchData) {
			benchFind(b, d.store, func(int) contacts.Query {
				return contacts.Query{Sort: []contacts.Sort{{Field: "info.name.last"}}}
			}, 25)
		})
	})
}

// benchCount counts the matches of a filter, and reports the time per contact of the store.
func benchCount(b *testing.B, query contacts.Query) {
	benchEach(b, func(b *testing.B, d *benchData) {
		n := 0
		for b.Loop() {
			var err error
			if n, err = d.store.Snapshot().Count(query); err != nil {
				b.Fatal(err)
			}
		}
		require.NotZero(b, n)
		b.ReportMetric(float64(n), "found")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(d.ids)), "ns/contact")
	})
}

func BenchmarkCount(b *testing.B) {
	b.Run("all", func(b *testing.B) { benchCount(b, contacts.Query{}) })
	b.Run("by=label", func(b *testing.B) {
		benchCount(b, contacts.Query{Filter: contacts.HasSome("info.labelKeys", "contacts.customers")})
	})
	b.Run("scan/fields=2", func(b *testing.B) {
		benchCount(b, contacts.Query{Filter: contacts.And(
			contacts.Eq("info.company", "Acorn Works"), contacts.Eq("info.jobTitle", "Baker"))})
	})
	b.Run("scan/fields=2/first", func(b *testing.B) { // the snapshot collects its records
		query := contacts.Query{Filter: contacts.And(
			contacts.Eq("info.company", "Acorn Works"), contacts.Eq("info.jobTitle", "Baker"))}
		benchEach(b, func(b *testing.B, d *benchData) {
			for b.Loop() {
				b.StopTimer()
				f := d.store.Fork()
				_, _, err := f.FindOrCreateLabel(context.Background(), "A write, for a new snapshot")
				b.StartTimer()
				if n, countErr := f.Snapshot().Count(query); n == 0 || err != nil || countErr != nil {
					b.Fatal(n, err, countErr)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(d.ids)), "ns/contact")
		})
	})
	b.Run("search", func(b *testing.B) { benchCount(b, contacts.Query{Search: "chidi"}) })
}

// BenchmarkPeople finds people as one types, and lists the first 25 by rank. With a text the snapshot was searched
// before, with cold only the one before the last write, with first none. Targets for 100,000 contacts: 5 ms, cold 30 ms.
func BenchmarkPeople(b *testing.B) {
	list := func(b *testing.B, s *contacts.Store, text string) {
		page, err := s.List(context.Background(), contacts.Query{People: text}, &contacts.ListOptions{Limit: 25})
		if err != nil || page.Total == 0 {
			b.Fatal(page.Total, err)
		}
	}
	for _, text := range []string{"a", "ad", "ada ad", "212 555", "hana.holt", "cedar baker"} {
		b.Run("text="+strings.ReplaceAll(text, " ", "_"), func(b *testing.B) {
			benchEach(b, func(b *testing.B, d *benchData) {
				list(b, d.store, text)
				for b.Loop() {
					list(b, d.store, text)
				}
			})
		})
	}
	afterWrite := func(b *testing.B, s *contacts.Store) {
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			f := s.Fork()
			_, _, err := f.FindOrCreateLabel(context.Background(), "A write, for a new snapshot")
			require.NoError(b, err)
			b.StartTimer()
			list(b, f, "ada ad")
		}
	}
	b.Run("cold", func(b *testing.B) {
		benchEach(b, func(b *testing.B, d *benchData) {
			list(b, d.store, "ada ad")
			afterWrite(b, d.store)
		})
	})
	b.Run("first", func(b *testing.B) {
		for _, n := range benchSizes {
			var d *benchData
			b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
				if d == nil {
					d = newBenchData(b, n) // the store of the others has been searched
				}
				afterWrite(b, d.store)
			})
		}
	})
}

// benchList reads pages of 25 contacts, which are copied.
func benchList(b *testing.B, query contacts.Query, opts func(*testing.B, *benchData) contacts.ListOptions) {
	benchEach(b, func(b *testing.B, d *benchData) {
		o := opts(b, d)
		o.Limit = 25
		for b.Loop() {
			page, err := d.store.List(context.Background(), query, &o)
			if err != nil || len(page.Items) != 25 {
				b.Fatal(len(page.Items), err)
			}
		}
	})
}

func BenchmarkList(b *testing.B) {
	newest := []contacts.Sort{{Field: "createdDate", Order: contacts.SortDesc}}
	byLabel := contacts.Query{Filter: contacts.HasSome("info.labelKeys", "contacts.customers"), Sort: newest}
	plain := func(o contacts.ListOptions) func(*testing.B, *benchData) contacts.ListOptions {
		return func(*testing.B, *benchData) contacts.ListOptions { return o }
	}
	b.Run("all", func(b *testing.B) { benchList(b, contacts.Query{}, plain(contacts.ListOptions{})) })
	b.Run("by=label/newest", func(b *testing.B) {
		benchList(b, byLabel, plain(contacts.ListOptions{OmitTotal: true}))
	})
	b.Run("by=label/newest/total", func(b *testing.B) { benchList(b, byLabel, plain(contacts.ListOptions{})) })
	b.Run("offset=900", func(b *testing.B) {
		benchList(b, contacts.Query{}, plain(contacts.ListOptions{Offset: 900, OmitTotal: true}))
	})
	b.Run("cursor=900", func(b *testing.B) {
		benchList(b, contacts.Query{}, func(b *testing.B, d *benchData) contacts.ListOptions {
			page, err := d.store.List(context.Background(), contacts.Query{}, &contacts.ListOptions{Limit: 900})
			require.NoError(b, err)
			return contacts.ListOptions{Cursor: page.Next, OmitTotal: true}
		})
	})
}

// The benchmarks of whole stores. Targets for stores of 100,000 contacts: Import in at most 20 µs a contact plus the
// parsing of phones, Export of 100,000 contacts a second, Load of 40,000 a second, Fork in 1 µs, and a fork with one
// write in the time of the write.

// perContact reports the time per contact and the contacts per second.
func perContact(b *testing.B, n int) {
	ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(n)
	b.ReportMetric(ns, "ns/contact")
	b.ReportMetric(1e9/ns, "contacts/s")
}

// BenchmarkImport imports all contacts of a store into an empty one, with phones=none without their phones.
func BenchmarkImport(b *testing.B) {
	ctx := context.Background()
	benchEach(b, func(b *testing.B, d *benchData) {
		of := func(phones bool) func(*testing.B) {
			return func(b *testing.B) {
				b.ReportAllocs()
				var rows []*contacts.Contact
				for v := range d.store.Snapshot().All() {
					c := v.Clone()
					if !phones {
						c.Info.Phones = nil
					}
					rows = append(rows, c)
				}
				for b.Loop() {
					s, err := contacts.New(nil)
					require.NoError(b, err)
					report, err := s.Import(ctx, rowsOf(rows...), nil)
					require.NoError(b, err)
					require.Equal(b, len(rows), report.Imported)
				}
				perContact(b, len(rows))
			}
		}
		b.Run("phones=new", of(true))
		b.Run("phones=none", of(false))
	})
}

// BenchmarkMemory reports the heap that a loaded store takes: documents are what its contacts keep alive without it.
func BenchmarkMemory(b *testing.B) {
	heap := func() float64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	benchEach(b, func(b *testing.B, d *benchData) {
		var export bytes.Buffer
		require.NoError(b, d.store.Snapshot().Export(&export))
		n := float64(len(d.ids))
		for b.Loop() {
			before := heap()
			s, err := contacts.Load(context.Background(), bytes.NewReader(export.Bytes()), unchecked())
			require.NoError(b, err)
			total := heap() - before
			views := slices.AppendSeq(make([]contacts.View, 0, len(d.ids)), s.Snapshot().All())
			runtime.KeepAlive(s)
			s = nil
			documents := heap() - before - 8*n
			runtime.KeepAlive(views)
			b.ReportMetric(documents/n, "document-B/contact")
			b.ReportMetric((total-documents)/n, "index-B/contact")
		}
	})
}

func BenchmarkExport(b *testing.B) {
	benchEach(b, func(b *testing.B, d *benchData) {
		for b.Loop() {
			require.NoError(b, d.store.Snapshot().Export(io.Discard))
		}
		perContact(b, len(d.ids))
	})
}

func BenchmarkLoad(b *testing.B) {
	ctx := context.Background()
	benchEach(b, func(b *testing.B, d *benchData) {
		var file bytes.Buffer
		require.NoError(b, d.store.Snapshot().Export(&file))
		b.SetBytes(int64(file.Len()))
		for b.Loop() {
			s, err := contacts.Load(ctx, bytes.NewReader(file.Bytes()), nil)
			require.NoError(b, err)
			require.Equal(b, len(d.ids), s.Snapshot().Len())
		}
		perContact(b, len(d.ids))
	})
}

// BenchmarkDuplicates finds groups among n contacts. One in ten shares its email with another one.
func BenchmarkDuplicates(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			s := openStore(b, unchecked())
			var list []*contacts.Contact
			for i := range n {
				info := person("X", fmt.Sprintf("e%d@x.test", i-i%10/9), fmt.Sprintf("home%d@x.test", i))
				info.Phones = []contacts.Phone{number("US", fmt.Sprintf("201-%03d-%04d", 200+i/10_000, i%10_000))}
				list = append(list, &contacts.Contact{Info: info})
			}
			_, err := s.Import(b.Context(), rowsOf(list...), &contacts.ImportOptions{AllowDuplicates: true})
			require.NoError(b, err)
			sn := s.Snapshot()
			b.ReportAllocs()
			for b.Loop() {
				groups := 0
				for range sn.Duplicates(nil) {
					groups++
				}
				require.Equal(b, n/10, groups)
			}
		})
	}
}
