package contacts_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// benchFind compiles a query and walks over what it takes: without copies, so that one match costs what finding it does.
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

// benchCount counts what a filter takes, and reports the time for each contact of the store.
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
	b.Run("scan/fields=2/first", func(b *testing.B) { // of a snapshot, which then makes its list
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

// benchList makes pages of 25 contacts, which are copied.
func benchList(b *testing.B, query contacts.Query, opts func(*testing.B, *benchData) contacts.ListOptions) {
	benchEach(b, func(b *testing.B, d *benchData) {
		o := opts(b, d)
		o.Limit = 25
		for b.Loop() {
			page, err := d.store.List(context.Background(), query, &o)
			if err != nil || len(page.Contacts) != 25 {
				b.Fatal(len(page.Contacts), err)
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
