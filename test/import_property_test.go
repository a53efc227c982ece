package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
)

// TestImportConcurrency imports into one store from several goroutines while others write and read.
func TestImportConcurrency(t *testing.T) {
	const importers, rowsEach, readers = 8, 24, 2
	s := newStore(t)
	label := newLabel(t, s, "Team")
	var wg, reading sync.WaitGroup
	done := make(chan struct{})
	failures := make([]error, importers+readers)
	reports := make([]contacts.ImportReport, importers)
	for n := range importers {
		wg.Go(func() {
			var rows []*contacts.Contact
			for i := range uint64(rowsEach) {
				c := wholeContact(uint64(1000*(n+1))+10*i, fmt.Sprint("w", n, "i", i))
				c.Info.LabelKeys = append(c.Info.LabelKeys, label, fmt.Sprint("app.l", i%7))
				c.Info.ExtendedFields[fmt.Sprint("app.f", i%5)] = float64(n)
				if i%6 == 5 { // only one contact may have each of these addresses
					c.Info.Emails = primaryAt(0, fmt.Sprint("team", i, "@x.test"))
					c.PrimaryEmail = contacts.PrimaryEmail{}
				}
				rows = append(rows, c)
			}
			calls := 0
			reports[n], failures[n] = s.Import(t.Context(), rowsOf(rows...), &contacts.ImportOptions{
				Define: true, BatchSize: 1 + 3*n, Progress: func(contacts.ImportProgress) {
					if calls++; calls == 1 {
						_, err := s.Create(t.Context(), person("Other"), nil)
						if err != nil {
							panic(err)
						}
					}
				},
			})
		})
	}
	for n := range readers {
		reading.Go(func() {
			for range 15 {
				select {
				case <-done:
					return
				default:
				}
				sn := s.Snapshot()
				if err := fault(sn, "team5@x.test", "+12015550123", label); err != nil {
					failures[importers+n] = err
					return
				}
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	close(done)
	reading.Wait()
	for _, err := range failures {
		require.NoError(t, err)
	}
	imported := 0
	var labels, fields []string
	for _, r := range reports {
		imported += r.Imported
		require.Equal(t, rowsEach, r.Rows)
		labels, fields = append(labels, r.Labels...), append(fields, r.Fields...)
		for _, e := range r.Errors {
			require.ErrorIs(t, e, contacts.ErrDuplicate)
		}
	}
	t.Run("IMP-2 one of the rows with the same email gets it", func(t *testing.T) {
		require.Equal(t, importers*(rowsEach-4)+4, imported)
		require.Equal(t, imported+importers, s.Snapshot().Len())
		for i := 5; i < rowsEach; i += 6 {
			require.Len(t, ids(s.Snapshot().ByEmail(fmt.Sprint("team", i, "@x.test"))), 1)
		}
	})
	t.Run("IMP-8 each key is defined once", func(t *testing.T) {
		require.Len(t, labels, 7)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(labels))), 7)
		require.Len(t, fields, 5)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(fields))), 5)
	})
	require.NoError(t, fault(s.Snapshot(), "team5@x.test"))
}

func TestImportDeterminism(t *testing.T) {
	rows := func(seed uint64) []*contacts.Contact {
		r := rand.New(rand.NewPCG(seed, 1))
		var list []*contacts.Contact
		for range 200 {
			list = append(list, randomRow(r))
		}
		return list
	}
	define := &contacts.ImportOptions{Define: true, BatchSize: 70}
	t.Run("STO-6 equal imports make equal stores, on however many cores", func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
		var want trace
		var wantReport []string
		for i, procs := range []int{1, 2, 8, 1} {
			runtime.GOMAXPROCS(procs)
			s := newStore(t)
			report := importAll(t, s, define, rows(1)...)
			if i == 0 {
				want, wantReport = traceOf(t, s), refusals(report)
				require.NotEmpty(t, wantReport)
				continue
			}
			require.Equal(t, wantReport, refusals(report))
			require.Equal(t, want, traceOf(t, s))
		}
	})
	t.Run("IMP-4 the results do not depend on the batches", func(t *testing.T) {
		seen := map[contacts.Code]int{}
		for seed := range uint64(4) {
			var want state
			var wantReport contacts.ImportReport
			for i, size := range []int{0, 1, 7} {
				l := newLab(t, checkLarge)
				report := importAll(t, l.Store, &contacts.ImportOptions{Define: true, BatchSize: size}, rows(seed)...)
				got := stateOf(l.Snapshot())
				got.Position = 0
				if i == 0 {
					want, wantReport = got, report
					for _, e := range report.Errors {
						seen[contacts.CodeOf(e)]++
					}
					continue
				}
				require.Equal(t, refusals(wantReport), refusals(report), "seed %d, batches of %d", seed, size)
				require.Equal(t, wantReport.Labels, report.Labels)
				require.Equal(t, wantReport.Fields, report.Fields)
				require.Equal(t, want, got, "seed %d, batches of %d", seed, size)
			}
		}
		for _, code := range []contacts.Code{
			contacts.ErrInvalid, contacts.ErrMultiplePrimary, contacts.ErrFieldNotFound, contacts.ErrInvalidFieldValue,
			contacts.ErrLabelNotFound, contacts.ErrInsufficientData, contacts.ErrDuplicate, contacts.ErrIDExists,
		} {
			require.NotZero(t, seen[code], "no row is refused with %s", code)
		}
	})
}

// randomRow returns a contact of so few possible values that many rows are refused, for all reasons.
func randomRow(r *rand.Rand) *contacts.Contact {
	oneIn := func(n int) bool { return r.IntN(n) == 0 }
	c := &contacts.Contact{}
	if !oneIn(3) {
		c.ID = testID(1000 + r.Uint64N(2000))
	}
	c.Revision = r.IntN(4)
	c.CreatedDate = pick(r, time.Time{}, epoch, epoch.AddDate(0, 0, r.IntN(20)-10))
	in := &c.Info
	in.Name.First = pick(r, "", "Ann", "Bob")
	for range r.IntN(3) {
		in.Emails = append(in.Emails, contacts.Email{
			Address: fmt.Sprint(pick(r, "a", "A", " b"), r.IntN(60), "@x.test"), Primary: oneIn(6),
		})
	}
	for range r.IntN(3) {
		in.Phones = append(in.Phones, pick(r, number("US", fmt.Sprintf("201-555-01%02d", r.IntN(60))),
			number("US", fmt.Sprintf("(201) 555 01%02d", r.IntN(60))), number("", fmt.Sprintf("555-01%02d", r.IntN(60))),
			number("", fmt.Sprintf("201-555-01%02d", r.IntN(60)))))
	}
	for range r.IntN(3) {
		in.LabelKeys = append(in.LabelKeys, pick(r, "contacts.customers", fmt.Sprint("app.l", r.IntN(9))))
	}
	in.ExtendedFields = map[string]any{
		"app.f" + fmt.Sprint(r.IntN(9)): pick[any](r, "", "x", 5, 5, nil), "ecom.numOfPurchases": 5, "contacts.displayByFirstName": "x",
	}
	switch {
	case oneIn(20):
		in.LabelKeys = append(in.LabelKeys, "no key")
	case oneIn(20):
		in.ExtendedFields["no key"] = "x"
	case oneIn(20):
		in.Birthdate = "1990-02-30"
	case oneIn(20):
		c.Revision = -1
	}
	if len(in.Emails) > 0 && oneIn(3) {
		c.PrimaryEmail = contacts.PrimaryEmail{SubscriptionStatus: subscribed}
	}
	return c
}

// TestImportAndCreate passes infos to both: they must refuse an info for the same reason or create equal contacts.
func TestImportAndCreate(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	seen := map[contacts.Code]int{}
	lab := newLab(t, checkLarge)
	for n := range 9 {
		newLabel(t, lab.Store, fmt.Sprint("l", n))
		newField(t, lab.Store, fmt.Sprint("f", n), pick(r, contacts.DataText, contacts.DataNumber))
	}
	for n := range 400 {
		info := randomRow(r).Info
		for i, key := range info.LabelKeys {
			info.LabelKeys[i] = strings.Replace(key, "app.l", "custom.l", 1)
		}
		for key, v := range maps.Clone(info.ExtendedFields) {
			if strings.HasPrefix(key, "app.") {
				delete(info.ExtendedFields, key)
				info.ExtendedFields["custom."+key[len("app."):]] = v
			}
		}
		delete(info.ExtendedFields, "ecom.numOfPurchases")
		if n%50 == 0 {
			info = storetest.WrongInfo("wrong")
		}
		other := lab.fork()
		created, createErr := lab.Create(t.Context(), info, nil)
		report, err := other.Import(t.Context(), rowsOf(&contacts.Contact{Info: info}), nil)
		require.NoError(t, err)
		seen[contacts.CodeOf(createErr)]++
		if createErr != nil {
			require.Len(t, report.Errors, 1)
			require.Equal(t, createErr, report.Errors[0].Err)
			continue
		}
		require.Empty(t, refusals(report))
		var imported *contacts.Contact
		for v := range other.Snapshot().All() {
			imported = v.Clone() // ends with the newest
		}
		for _, c := range []*contacts.Contact{created, imported} { // IDs are drawn in another order
			c.ID = uuid.Nil
			for i := range c.Info.Emails {
				c.Info.Emails[i].ID = uuid.Nil
			}
			for i := range c.Info.Phones {
				c.Info.Phones[i].ID = uuid.Nil
			}
		}
		requireContact(t, created, imported)
	}
	for code := range seen {
		t.Run(fmt.Sprint("IMP-2 as Create: ", code), func(t *testing.T) { require.NotZero(t, seen[code]) })
	}
	require.Len(t, seen, 8, "some reasons never occurred")
}

// TestImportRoundTrip copies the contacts of stores with a varied history into other stores.
func TestImportRoundTrip(t *testing.T) {
	for seed := range uint64(large(2, 4)) {
		t.Run(fmt.Sprint("IMP-1 IMP-6 IMP-7 a store's contacts are the same in another one, seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 99))
			from, to := mergeLab(t), mergeLab(t)
			var rows []*contacts.Contact
			for n := range uint64(30) {
				randomContact(t, r, from)
				rows = append(rows, randomWhole(r, 1000+100*n))
			}
			allow := &contacts.ImportOptions{AllowDuplicates: true}
			require.Empty(t, refusals(importAll(t, from.Store, allow, rows...)))
			for range 20 { // changes that only a store can make
				all := ids(from.Snapshot().All())
				c, err := from.Get(t.Context(), pick(r, all...), nil)
				require.NoError(t, err)
				switch r.IntN(4) {
				case 0:
					from.tick()
					update(t, from.Store, c, contacts.Patch{Company: contacts.Set("Cedar")})
				case 1:
					_, err = from.RecordActivity(t.Context(), c.ID, contacts.ActivityMemberLogin, time.Time{})
				case 2:
					_, err = from.SetMember(t.Context(), c.ID, fullMember())
				default:
					_, _ = from.Merge(t.Context(), c.ID, c.Revision, []uuid.UUID{pick(r, all...)}, nil) // may fail
				}
				require.NoError(t, err)
			}

			want := stateOf(from.Snapshot())
			to.tick()
			importAll(t, to.Store, &contacts.ImportOptions{AllowDuplicates: true, BatchSize: 1 + r.IntN(70)}, want.Contacts...)
			got := stateOf(to.Snapshot())
			require.Equal(t, want.Len, got.Len)
			require.NoError(t, fault(to.Snapshot()))
			for i, c := range want.Contacts {
				requireContact(t, c, got.Contacts[i])
			}
			for i, c := range got.Contacts { // their JSON is equal, too
				text, err := json.Marshal(c)
				require.NoError(t, err)
				wantText, err := json.Marshal(want.Contacts[i])
				require.NoError(t, err)
				require.JSONEq(t, string(wantText), string(text))
			}
		})
	}
}

// randomWhole returns a random contact that is valid with the labels and fields of mergeLab. Its IDs follow n.
func randomWhole(r *rand.Rand, n uint64) *contacts.Contact {
	c := wholeContact(n, fmt.Sprint("p", r.IntN(20)))
	some := func(do func()) {
		if r.IntN(3) == 0 {
			do()
		}
	}
	at := func() time.Time { return epoch.AddDate(r.IntN(80)-60, 0, r.IntN(300)).Add(time.Duration(r.IntN(1e9))) }
	in := &c.Info
	in.LabelKeys = in.LabelKeys[:r.IntN(3)]
	some(func() { in.LabelKeys = append(in.LabelKeys, "custom.red", "custom.green", "custom.red") })
	some(func() { in.ExtendedFields["custom.text"], in.ExtendedFields["custom.number"] = "x", r.IntN(100) })
	some(func() { in.ExtendedFields = nil })
	some(func() { in.Emails, c.PrimaryEmail = in.Emails[:1], contacts.PrimaryEmail{} })
	some(func() { in.Emails[0].ID, in.Emails[0].Tag = uuid.Nil, "" })
	some(func() { in.Phones, c.PrimaryPhone = in.Phones[:r.IntN(2)], contacts.PrimaryPhone{} })
	some(func() { in.Addresses[1].ID = in.Addresses[0].ID })
	some(func() { in.Addresses[0].FormattedAddress = "Behind the elm" })
	some(func() { in.Addresses = nil })
	some(func() { in.Picture = &contacts.Picture{Image: contacts.Image{URL: "wix:image://v1/a/b#x"}} })
	some(func() { in.Picture = nil })
	some(func() { in.Locations, in.AssignedUserIDs = in.Locations[:1], nil })
	some(func() { in.Company, in.JobTitle, in.Birthdate, in.Locale = "", "", "", "zh-Hant-TW" })
	some(func() {
		c.Member = &contacts.Member{MemberID: testID(n), Status: contacts.MemberDeleted, SignupDate: at()}
	})
	some(func() { c.Member = nil })
	some(func() { c.Segments = nil })
	some(func() { c.Picture = nil })
	some(func() { c.LastActivity = contacts.Activity{ActivityDate: at()} })
	some(func() { c.LastActivity.Icon, c.LastActivity.Date = nil, time.Time{} })
	some(func() { c.CreatedDate = at() })
	some(func() { c.UpdatedDate = at() })
	some(func() { c.Revision = 1 + r.IntN(revisionMax) })
	some(func() { c.Source = contacts.Source{} })
	if len(in.Emails) == 2 {
		c.PrimaryEmail.SubscriptionStatus = pick(r, "", notSet, contacts.SubscriptionPending, subscribed, unsubscribed)
		c.PrimaryEmail.DeliverabilityStatus = pick(r, "", undelivered, bounced, contacts.EmailDeliverabilityInactive)
	}
	return c
}
