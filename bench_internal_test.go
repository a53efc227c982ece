package contacts

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
)

// BenchmarkDeep compares passing over 1000 of 100,000 contacts with what go-memdb itself takes to walk so far: the same table
// and index, nothing but Next.
func BenchmarkDeep(b *testing.B) {
	const deep = 1000
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	sn, err := snapshotOf(&Options{}, func(t *txn) error {
		for i := range 100_000 {
			created := start.Add(time.Duration(i) * time.Second)
			t.insert(tableContacts, &record{order: t.place(created), contact: Contact{
				ID: uuid.NewSHA1(uuid.Nil, []byte(strconv.Itoa(i))), CreatedDate: created,
			}})
			t.contacts++
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("engine=memdb", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rows, err := sn.txn.Get(tableContacts, indexOrder+byPrefix, []byte(nil))
			if err != nil {
				b.Fatal(err)
			}
			for range deep {
				rows.Next()
			}
			if rows.Next() == nil {
				b.Fatal("not so many")
			}
		}
	})
	b.Run("engine=contacts", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			q, err := sn.compile(Query{})
			if err != nil {
				b.Fatal(err)
			}
			if len(q.stretch(nil, false, deep, 1)) != 1 {
				b.Fatal("not so many")
			}
		}
	})
}
