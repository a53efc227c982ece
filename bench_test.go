package contacts_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// The benchmarks of the store.
//
// What to beat is go-memdb used as its documentation shows, without any of the rules of this package: indexers with
// reflection, contacts like these under 5.8 index entries each (here 6.8), one transaction a call. It hands out shared
// pointers and parses no phone numbers. On a virtual machine with 2 cores, Go 1.26, n=100000:
//
//	get      1.24 µs    7 allocs    256 B      (hand-written indexers: 0.92 µs)
//	email    1.82 µs    9 allocs    333 B
//	phone    1.51 µs    9 allocs    280 B
//	update   60.6 µs  414 allocs  41348 B      (over some seconds, with the collector at work: 92 µs)
//	create   38.8 µs  325 allocs  30139 B
//
// Compare View with get, since Get pays for a deep copy on top. Create/phones=new and Update/change=phones parse phone
// numbers that the store has not seen, some 20 µs each; the other writes compare as they are.

// benchSizes are the numbers of contacts in a store.
var benchSizes = []int{1_000, 100_000}

// benchData is a store and what to ask it for, in random order. Benchmarks that write do so in a fork.
type benchData struct {
	store  *contacts.Store
	ids    []uuid.UUID
	emails []string // primary and other
	phones []string // E.164
	fresh  []contacts.Info
}

var benchStores = map[int]*benchData{} // by size, each built once

const (
	// With more phone numbers in fresh infos than a store remembers, walking over them in circles never hits the memo.
	benchFresh = 16384
	// So many are remembered.
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
	runtime.GC() // the first benchmark of the store must not pay for the garbage of making it
	return d
}

func shuffle[T any](rnd *rand.Rand, list []T) {
	rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// benchIDs makes version 4 IDs from a seed: how random they are matters to the shape of the index.
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

func pick[T any](rnd *rand.Rand, list ...T) T { return list[rnd.IntN(len(list))] }

// benchPhone makes the i-th number, of the exchange 555 as in films.
func benchPhone(i int) contacts.Phone {
	areas := []int{
		201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228,
		229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302,
	}
	return contacts.Phone{
		Tag: contacts.PhoneMobile, CountryCode: "US", Number: fmt.Sprintf("(%d) 555-%04d", areas[i%len(areas)], i/len(areas)),
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

// BenchmarkAll walks over all contacts and looks at one value of each.
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
				for _, info := range d.fresh[:benchKnown] { // the memo of phone numbers fills
					create(b, s, info)
				}
				for i := 0; b.Loop(); i++ {
					if i%(len(d.ids)/64) == 0 {
						s = d.store.Fork() // so that it keeps its size, and every contact is a new one
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
