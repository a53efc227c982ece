package contacts_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// after returns the options of fixed with a clock and IDs that go on where those of few calls have not come.
func after(edits ...func(*contacts.Options)) *contacts.Options {
	var ticks, ids atomic.Uint64
	opts := &contacts.Options{
		Now:   func() time.Time { return epoch.AddDate(1, 0, 0).Add(time.Duration(ticks.Add(1)) * time.Second) },
		NewID: func() uuid.UUID { return testID(1<<20 + ids.Add(1)) },
	}
	for _, edit := range edits {
		edit(opts)
	}
	return opts
}

// load loads an export that must be fine.
func load(t testing.TB, export string, edits ...func(*contacts.Options)) *contacts.Store {
	t.Helper()
	s, err := contacts.Load(t.Context(), strings.NewReader(export), after(edits...))
	require.NoError(t, err)
	require.NoError(t, s.Snapshot().Check())
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// requireLoads requires that the export of a store loads and makes an equal store, and returns that.
func requireLoads(t testing.TB, s *contacts.Store, edits ...func(*contacts.Options)) *contacts.Store {
	t.Helper()
	text := exportOf(t, s.Snapshot())
	loaded := load(t, text, edits...)
	require.Equal(t, text, exportOf(t, loaded.Snapshot()))
	requireState(t, stateOf(s.Snapshot()), stateOf(loaded.Snapshot()))
	require.Equal(t, s.Snapshot().Digest(), loaded.Snapshot().Digest())
	return loaded
}

// richStore returns a store with all that a store can hold. It is what testdata/export-v1.jsonl was made of.
func richStore(t testing.TB) *contacts.Store {
	t.Helper()
	s := newStore(t)
	ok := func(err error) { t.Helper(); require.NoError(t, err) }

	newLabel(t, s, "Zest")
	vip := newLabel(t, s, "VIP <club> & friends")
	newLabel(t, s, "Größe")
	_, err := s.RenameLabel(t.Context(), vip, "VIP club")
	ok(err)
	newLabel(t, s, "Gone")
	ok(s.DeleteLabel(t.Context(), "custom.gone"))
	fields := map[string]any{
		newField(t, s, "Nickname", contacts.DataText):    "Tab\there \u2028 \"quoted\" <b>",
		newField(t, s, "Shoe size", contacts.DataNumber): 42.5,
		newField(t, s, "Joined", contacts.DataDate):      "2024-02-29",
		newField(t, s, "Site", contacts.DataURL):         "ann.example/?a=1&b=2",
		"invoices.vatId":                                 "XX 123",
	}
	_, err = s.RenameField(t.Context(), "custom.nickname", "Nick")
	ok(err)
	newField(t, s, "Gone", contacts.DataText)
	ok(s.DeleteField(t.Context(), "custom.gone"))

	// Ann has a value in all that callers write, a member, and what the apps of the system write.
	info := richInfo("ann")
	info.LabelKeys, info.ExtendedFields = []string{vip, "contacts.customers"}, fields
	ann := create(t, s, info).ID
	_, err = s.SetMember(t.Context(), ann, fullMember())
	ok(err)
	_, err = s.SetSystemFields(t.Context(), ann, map[string]any{
		"members.mobile": "true", "ecom.numOfPurchases": 3, "ecom.totalSpentAmount": 0.1, "ecom.totalSpentCurrency": "EUR",
		"ecom.lastPurchaseDate": "2025-12-31",
	})
	ok(err)
	for address, status := range map[string]contacts.SubscriptionStatus{
		"ann@x.test": subscribed, "ann.home@x.test": unsubscribed, numberUS: contacts.SubscriptionPending,
	} {
		_, err = s.SetSubscription(t.Context(), ann, address, status)
		ok(err)
	}
	_, err = s.SetDeliverability(t.Context(), ann, "ann.home@x.test", bounced)
	ok(err)

	// Bob pays, has two phones in other countries, and did something.
	info = person("Bob", "BOB@x.test")
	info.Phones = []contacts.Phone{number("GB", "020 7946 0018"), number("DE", "030 1234567")}
	bob := create(t, s, info).ID
	_, err = s.SetBillingSubscription(t.Context(), bob, true)
	ok(err)
	_, err = s.SetSubscription(t.Context(), bob, "+49301234567", subscribed)
	ok(err)
	_, err = s.RecordActivity(t.Context(), bob, contacts.ActivityEcomPurchase, epoch.Add(time.Hour+time.Millisecond))
	ok(err)

	// Captured contacts have what no call makes, and labels and fields of an app.
	captured := dated(row(500, richInfo("cap")), time.Date(1969, 12, 31, 23, 59, 59, 1e6, time.UTC))
	captured.Revision, captured.UpdatedDate = 17, epoch.AddDate(20, 0, 0)
	captured.Source = contacts.Source{SourceType: contacts.SourceWixForms, AppID: "app", WixAppID: "old app"}
	captured.LastActivity = contacts.Activity{
		ActivityDate: epoch, ActivityType: contacts.ActivityFormSubmitted, Date: epoch.Add(time.Millisecond),
		Description: "Asked for seeds", Icon: &contacts.Icon{Name: "leaf", URL: "https://x.test/leaf.png"},
	}
	captured.Picture = &contacts.Image{
		ID: "old", URL: "https://x.test/old.png", Height: 3, Width: 4, AltText: "Root", Filename: "old.png", URLExpirationDate: epoch,
	}
	captured.Segments = []uuid.UUID{testID(601), testID(602)}
	captured.PrimaryEmail.SubscriptionStatus = subscribed
	captured.Info.LabelKeys = []string{"app.silver", vip}
	captured.Info.ExtendedFields = map[string]any{"app.points": 7, "app.note": "x"}
	tie := dated(row(499, person("Tie")), captured.CreatedDate)
	importAll(t, s, &contacts.ImportOptions{Define: true}, captured, tie)

	// Old IDs: d was merged into e, and that into f, as were g and h; i was merged into j, which was deleted.
	var people []uuid.UUID
	for _, name := range []string{"d", "e", "f", "g", "h", "i", "j"} {
		people = append(people, create(t, s, person(name, name+"@y.test")).ID)
	}
	absorb(t, s, people[1], people[0])
	absorb(t, s, people[2], people[3], people[1], people[4])
	absorb(t, s, people[6], people[5])
	ok(s.Delete(t.Context(), people[6]))
	return s
}

func TestLoad(t *testing.T) {
	for _, tc := range []struct {
		name string
		make func(t testing.TB) *contacts.Store
	}{
		{"EXP-2 an empty store", func(t testing.TB) *contacts.Store { return newStore(t) }},
		{"EXP-2 a store that is empty again", func(t testing.TB) *contacts.Store {
			s := newStore(t)
			require.NoError(t, s.Delete(t.Context(), create(t, s, person("Ann")).ID))
			newLabel(t, s, "VIP")
			require.NoError(t, s.DeleteLabel(t.Context(), "custom.vip"))
			return s
		}},
		{"EXP-2 labels alone", func(t testing.TB) *contacts.Store {
			s := newStore(t)
			newLabel(t, s, "VIP")
			newLabel(t, s, strings.Repeat("界", 180))
			return s
		}},
		{"EXP-2 fields alone", func(t testing.TB) *contacts.Store {
			s := newStore(t)
			newField(t, s, "Age", contacts.DataNumber)
			newField(t, s, "!", contacts.DataNumber)
			return s
		}},
		{"EXP-2 old IDs alone", func(t testing.TB) *contacts.Store {
			s := newStore(t)
			ann := create(t, s, person("Ann")).ID
			absorb(t, s, ann, create(t, s, person("Bob")).ID)
			require.NoError(t, s.Delete(t.Context(), ann))
			return s
		}},
		{"EXP-2 one of each", smallStore},
		{"EXP-2 all that a store can hold", func(t testing.TB) *contacts.Store { return richStore(t) }},
		{"EXP-2 a fork", func(t testing.TB) *contacts.Store {
			f := richStore(t).Fork()
			create(t, f, person("New"))
			return f
		}},
		{"EXP-2 a loaded store", func(t testing.TB) *contacts.Store { return requireLoads(t, richStore(t)) }},
		{"EXP-2 full lists and long texts", func(t testing.TB) *contacts.Store {
			s := newStore(t)
			info := person(strings.Repeat("ä", 1000))
			info.Name.Last, info.Company, info.JobTitle = info.Name.First, info.Name.First, info.Name.First
			for i := range 50 {
				info.Emails = append(info.Emails, contacts.Email{Address: fmt.Sprint(i, strings.Repeat("x", 313), "@x.y")})
				info.Phones = append(info.Phones, number("", strings.Repeat("5", 50)))
				info.Addresses = append(info.Addresses, contacts.Address{
					City: strings.Repeat("c", 1000), AddressLine: strings.Repeat("l", 1000), Hint: strings.Repeat("h", 200),
				})
				info.Locations = append(info.Locations, testID(uint64(9000+i)))
			}
			create(t, s, info)
			return s
		}},
		{"EXP-2 equal addresses on contacts, and twice on one", func(t testing.TB) *contacts.Store {
			s := newStore(t)
			for range 3 {
				info := person("Ann", "a@x.test", "A@X.test ", "a@x.test")
				info.Phones = []contacts.Phone{number("US", numberUS), number("US", numberUS2), number("US", numberUS)}
				c := create(t, s, info)
				_, err := s.SetSubscription(t.Context(), c.ID, "a@x.test", subscribed)
				require.NoError(t, err)
				_, err = s.SetSubscription(t.Context(), c.ID, numberUS2, subscribed)
				require.NoError(t, err)
			}
			return s
		}},
		{"EXP-2 addresses that are not their own lower case", func(t testing.TB) *contacts.Store {
			s := newStore(t)
			for _, address := range []string{
				"ÄNN@X.test", " İstanbul@x.test\t", "ΣΑΣ@x.test", "ǅ@x.test", "a\u2028B@<x>&.test", "K@x.test",
			} {
				c := create(t, s, person("", address))
				_, err := s.SetSubscription(t.Context(), c.ID, address, subscribed)
				require.NoError(t, err)
			}
			return s
		}},
		{"EXP-2 the ends of time", func(t testing.TB) *contacts.Store {
			s := newStore(t)
			for i, at := range []time.Time{
				time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(0, 12, 31, 23, 59, 59, 999e6, time.UTC),
				time.Date(1, 1, 1, 0, 0, 0, 1e6, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999e6, time.UTC),
				time.UnixMilli(0), time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC),
			} {
				c := dated(row(uint64(9000+i), person("P")), at)
				c.UpdatedDate, c.LastActivity.ActivityDate = at, at
				require.Empty(t, refusals(importAll(t, s, nil, c)))
			}
			return s
		}},
		{"EXP-2 points on the map", func(t testing.TB) *contacts.Store {
			s := newStore(t)
			info := person("Ann")
			for _, at := range []contacts.Geocode{
				{}, {Latitude: -0.1, Longitude: 1e-9}, {Latitude: 91, Longitude: 1e300}, {Latitude: math.Copysign(0, -1)},
				{Latitude: math.NaN(), Longitude: math.Inf(-1)}, {Latitude: math.Float64frombits(math.Float64bits(math.NaN()) + 1)},
			} {
				info.Addresses = append(info.Addresses, contacts.Address{Geocode: &at})
			}
			create(t, s, info)
			return s
		}},
		{"EXP-2 parts that are there and hold nothing", func(t testing.TB) *contacts.Store {
			s := newStore(t)
			c := row(9000, person("Ann"))
			c.Picture = &contacts.Image{}
			c.LastActivity = contacts.Activity{ActivityDate: epoch, Icon: &contacts.Icon{}}
			c.Info.Picture = &contacts.Picture{ImageProvider: contacts.ImageProviderExternal}
			c.Info.Addresses = []contacts.Address{{}}
			c.Member = &contacts.Member{
				MemberID: testID(1), Profile: &contacts.MemberProfile{Photo: &contacts.Image{}},
				User: &contacts.MemberUser{}, Session: &contacts.MemberSession{},
			}
			require.Empty(t, refusals(importAll(t, s, nil, c)))
			return s
		}},
		{"EXP-2 a contact with 2000 labels", func(t testing.TB) *contacts.Store {
			s := openStore(t, unchecked())
			info := person("Ann")
			for i := range 2000 {
				info.LabelKeys = append(info.LabelKeys, newLabel(t, s, fmt.Sprint("L", i)))
			}
			slices.Reverse(info.LabelKeys)
			create(t, s, info)
			return s
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := tc.make(t)
			loaded := requireLoads(t, s)
			require.NoError(t, fault(loaded.Snapshot()))
			requireLoads(t, loaded)
		})
	}
}

func TestLoadedDefinitions(t *testing.T) {
	s := richStore(t)
	l := requireLoads(t, s)
	t.Run("EXP-2 labels and fields of users and of apps", func(t *testing.T) {
		silver, err := l.Snapshot().Label("app.silver")
		require.NoError(t, err)
		require.Equal(t, contacts.LabelWixAppDefined, silver.LabelType)
		require.Equal(t, "app", silver.Namespace)
		vip, err := l.Snapshot().Label("custom.vip-club-friends")
		require.NoError(t, err)
		require.Equal(t, "VIP club", vip.DisplayName)
		require.True(t, vip.UpdatedDate.After(vip.CreatedDate))
		_, err = l.Snapshot().Label("custom.gone")
		require.Equal(t, contacts.ErrLabelNotFound, contacts.CodeOf(err))
		points, err := l.Snapshot().Field("app.points")
		require.NoError(t, err)
		require.Equal(t, contacts.DataNumber, points.DataType)
		require.Equal(t, slices.Collect(s.Snapshot().Labels()), slices.Collect(l.Snapshot().Labels()))
		require.Equal(t, slices.Collect(s.Snapshot().Fields()), slices.Collect(l.Snapshot().Fields()))
	})
	t.Run("EXP-2 the system's are there, and its legacy IDs", func(t *testing.T) {
		customers, err := l.Snapshot().Label("contacts.customers")
		require.NoError(t, err)
		require.Equal(t, "contacts-customers", customers.LegacyID)
		_, _, err = l.FindOrCreateLabel(t.Context(), "Customers")
		require.NoError(t, err)
		_, err = l.RenameField(t.Context(), "invoices.vatId", "x")
		require.Equal(t, contacts.ErrSystemField, contacts.CodeOf(err))
	})
	t.Run("EXP-2 a legacy ID of an app's label", func(t *testing.T) {
		lines := exportedLines(smallExport)
		lines[1] = strings.Replace(lines[1], `"labelType":"USER_DEFINED"`, `"labelType":"WIX_APP_DEFINED"`, 1)
		lines[1] = strings.Replace(lines[1], `}}`, `,"legacyId":"old-vip"}}`, 1)
		l := load(t, sealed(lines...))
		label, err := l.Snapshot().Label("custom.vip")
		require.NoError(t, err)
		require.Equal(t, "old-vip", label.LegacyID)
		require.Equal(t, sealed(lines...), exportOf(t, l.Snapshot()))
	})
	t.Run("EXP-2 of equal display names the oldest is found", func(t *testing.T) {
		s := newLab(t)
		for _, name := range []string{"Zoo", "Ant"} { // at one time, and not in the order of their keys
			newLabel(t, s.Store, name)
			newField(t, s.Store, name, contacts.DataText)
		}
		for _, key := range []string{"custom.ant", "custom.zoo"} {
			_, err := s.RenameLabel(t.Context(), key, "Same")
			require.NoError(t, err)
			_, err = s.RenameField(t.Context(), key, "Same")
			require.NoError(t, err)
		}
		for _, store := range []*contacts.Store{s.Store, requireLoads(t, s.Store)} {
			label, made, err := store.FindOrCreateLabel(t.Context(), "Same")
			require.NoError(t, err)
			require.False(t, made)
			require.Equal(t, "custom.zoo", label.Key)
			field, made, err := store.FindOrCreateField(t.Context(), "Same", contacts.DataText)
			require.NoError(t, err)
			require.False(t, made)
			require.Equal(t, "custom.zoo", field.Key)
		}
	})
	t.Run("EXP-2 quotas are for what comes after Load", func(t *testing.T) {
		s := newStore(t)
		for i := range 3 {
			newLabel(t, s, fmt.Sprint("L", i))
			newField(t, s, fmt.Sprint("F", i), contacts.DataText)
		}
		quotas := func(n int) func(*contacts.Options) {
			return func(o *contacts.Options) { o.LabelQuota, o.FieldQuota = n, n }
		}
		for _, store := range []*contacts.Store{requireLoads(t, s, quotas(1)), requireLoads(t, s, quotas(3))} {
			_, _, err := store.FindOrCreateLabel(t.Context(), "New")
			require.Equal(t, contacts.ErrLabelsQuota, contacts.CodeOf(err))
			_, _, err = store.FindOrCreateField(t.Context(), "New", contacts.DataText)
			require.Equal(t, contacts.ErrFieldsQuota, contacts.CodeOf(err))
			var quota *contacts.QuotaError
			require.ErrorAs(t, err, &quota)
			require.Equal(t, 3, quota.Total)
		}
		l := requireLoads(t, s, quotas(4))
		newLabel(t, l, "New")
		newField(t, l, "New", contacts.DataText)
		_, _, err := l.FindOrCreateLabel(t.Context(), "Newer")
		require.Equal(t, contacts.ErrLabelsQuota, contacts.CodeOf(err))
		require.NoError(t, l.DeleteLabel(t.Context(), "custom.l0"))
		newLabel(t, l, "Newer")
	})
}

func TestLoadedContacts(t *testing.T) {
	t.Run("EXP-2 members, and what they forbid", func(t *testing.T) {
		l := requireLoads(t, richStore(t))
		ann, err := l.Get(t.Context(), testID(1), nil)
		require.NoError(t, err)
		require.Equal(t, fullMember(), ann.Member)
		require.Equal(t, "APPROVED", ann.Info.ExtendedFields["members.membershipStatus"])
		require.Equal(t, contacts.ErrDeleteMember, contacts.CodeOf(l.Delete(t.Context(), ann.ID)))
	})
	t.Run("EXP-2 the billing mark", func(t *testing.T) {
		l := requireLoads(t, richStore(t))
		for v := range l.Snapshot().ByEmail("bob@x.test") {
			require.True(t, v.BillingSubscription())
			require.Equal(t, contacts.ErrDeleteBillingSubscription, contacts.CodeOf(l.Delete(t.Context(), v.ID())))
		}
	})
	t.Run("EXP-2 statuses of primary and other addresses", func(t *testing.T) {
		l := requireLoads(t, richStore(t))
		ann, err := l.Get(t.Context(), testID(1), nil)
		require.NoError(t, err)
		require.Equal(t, subscribed, ann.PrimaryEmail.SubscriptionStatus)
		require.Equal(t, undelivered, ann.PrimaryEmail.DeliverabilityStatus)
		require.Equal(t, contacts.SubscriptionPending, ann.PrimaryPhone.SubscriptionStatus)
		require.Equal(t, "SUBSCRIBED", ann.Info.ExtendedFields["emailSubscriptions.subscriptionStatus"])
		_, err = l.SetMember(t.Context(), ann.ID, nil)
		require.NoError(t, err)
		ann.Revision++
		ann = update(t, l, ann, contacts.Patch{Emails: contacts.Set(primaryAt(0, "ANN.home@x.test", "ann@x.test"))})
		require.Equal(t, unsubscribed, ann.PrimaryEmail.SubscriptionStatus)
		require.Equal(t, bounced, ann.PrimaryEmail.DeliverabilityStatus)
		for v := range l.Snapshot().ByEmail("bob@x.test") {
			bob := v.Clone()
			require.Equal(t, notSet, bob.PrimaryPhone.SubscriptionStatus)
			bob = update(t, l, bob, contacts.Patch{Phones: contacts.Set([]contacts.Phone{number("DE", "030 1234567")})})
			require.Equal(t, subscribed, bob.PrimaryPhone.SubscriptionStatus)
		}
	})
	t.Run("EXP-2 what only captured data has", func(t *testing.T) {
		l := requireLoads(t, richStore(t))
		c, err := l.Get(t.Context(), testID(500), nil)
		require.NoError(t, err)
		require.Equal(t, []uuid.UUID{testID(601), testID(602)}, c.Segments)
		require.Equal(t, "old.png", c.Picture.Filename)
		require.Equal(t, "Asked for seeds", c.LastActivity.Description)
		require.Equal(t, "leaf", c.LastActivity.Icon.Name)
		require.Equal(t, epoch.Add(time.Millisecond), c.LastActivity.Date)
		require.Equal(t, contacts.Source{SourceType: contacts.SourceWixForms, AppID: "app", WixAppID: "old app"}, c.Source)
		require.Equal(t, 17, c.Revision)
		require.Equal(t, epoch.AddDate(20, 0, 0), c.UpdatedDate)
	})
	t.Run("EXP-4 phones keep their forms, whatever the region", func(t *testing.T) {
		opts := fixed()
		opts.Region = "US"
		s := openStore(t, opts)
		info := person("Ann")
		info.Phones = []contacts.Phone{number("", numberUS)}
		ann := create(t, s, info)
		require.Equal(t, "+12015550123", ann.Info.Phones[0].E164)
		for _, region := range []string{"", "ZZ", "GB", "US"} {
			l := requireLoads(t, s, func(o *contacts.Options) { o.Region = region })
			require.Equal(t, []uuid.UUID{ann.ID}, ids(l.Snapshot().ByPhone("+12015550123")))
			_, err := l.SetSubscription(t.Context(), ann.ID, "+12015550123", subscribed)
			require.NoError(t, err)
			c := create(t, l, info) // the region is for what is written now
			require.Equal(t, region == "US", c.PrimaryPhone.E164 == "+12015550123", region)
		}
	})
	t.Run("EXP-4 forms that another version, plan or list of countries would make", func(t *testing.T) {
		replaced := strings.NewReplacer(
			`"countryCode":"US"`, `"countryCode":"XA"`, `"+1 201-555-0123"`, `"(1) 201"`, `+12015550123`, `+999201`,
			`"first":"Cyd"}`, `"first":"Cyd"},"locale":"xq-zz","birthdate":"1990-02-28","addresses":{"items":[`+
				`{"id":"00000000-0000-4000-8000-00000000000a","tag":"HOME","address":{"addressLine":"1 Elm","country":"XA",`+
				`"subdivision":"XA-1","formattedAddress":"Elm 1, Atlantis"}}]},"picture":{"image":{"url":"ipfs:elm"}}`,
		)
		lines := exportedLines(replaced.Replace(smallExport))
		// The members of an info have their places.
		lines[4] = strings.Replace(lines[4], `,"locale":"xq-zz","birthdate":"1990-02-28"`, ``, 1)
		lines[4] = strings.Replace(lines[4], `},"picture"`, `},"birthdate":"1990-02-28","locale":"xq-zz","picture"`, 1)
		s := load(t, sealed(lines...))
		require.Equal(t, sealed(lines...), exportOf(t, s.Snapshot()))
		require.Equal(t, []uuid.UUID{testID(1)}, ids(s.Snapshot().ByPhone("+999201")))
		cyd, err := s.Get(t.Context(), testID(5), nil)
		require.NoError(t, err)
		require.Equal(t, "Elm 1, Atlantis", cyd.Info.Addresses[0].FormattedAddress)
		require.Equal(t, "xq-zz", cyd.Info.Locale)
		update(t, s, cyd, contacts.Patch{Company: contacts.Set("Acorn")})
		requireLoads(t, s)
	})
	t.Run("EXP-2 STO-5 the store is not in the memory of what was read", func(t *testing.T) {
		s := richStore(t)
		text := []byte(exportOf(t, s.Snapshot()))
		l, err := contacts.Load(t.Context(), bytes.NewReader(text), nil)
		require.NoError(t, err)
		for i := range text {
			text[i] = 'x'
		}
		requireState(t, stateOf(s.Snapshot()), stateOf(l.Snapshot()))
		require.NoError(t, l.Snapshot().Check())
		want := deepCopy(t, stateOf(l.Snapshot()))
		for v := range l.Snapshot().All() {
			scribbleView(v)
			scribble(v.Clone())
		}
		require.Equal(t, want, deepCopy(t, stateOf(l.Snapshot())))
	})
}

func TestLoadedOldIDs(t *testing.T) {
	base := newLab(t)
	var p []uuid.UUID
	for i := range 12 {
		p = append(p, create(t, base.Store, person(fmt.Sprint("P", i))).ID)
	}
	absorb(t, base.Store, p[1], p[0]) // 0 → 1 → 2 → 3
	absorb(t, base.Store, p[2], p[1])
	absorb(t, base.Store, p[3], p[2])
	absorb(t, base.Store, p[4], p[5], p[6]) // 5, 6 → 4 → 7
	absorb(t, base.Store, p[7], p[4])
	absorb(t, base.Store, p[9], p[8]) // 8 → 9, which goes
	require.NoError(t, base.Delete(t.Context(), p[9]))
	same := func(o *contacts.Options) { o.Now = func() time.Time { return *base.now } }

	for _, tc := range []struct {
		name string
		of   func(t *testing.T) *contacts.Store
	}{
		{"EXP-2 RED-4 before", func(*testing.T) *contacts.Store { return base.Fork() }},
		{"EXP-2 RED-4 loaded", func(t *testing.T) *contacts.Store { return requireLoads(t, base.Store, same) }},
		{"EXP-2 RED-4 loaded twice", func(t *testing.T) *contacts.Store {
			return requireLoads(t, requireLoads(t, base.Store), same)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := tc.of(t)
			requireLeadsTo(t, s, p[0], p[1], p[2], p[3])
			requireLeadsTo(t, s, p[1], p[2], p[3])
			requireLeadsTo(t, s, p[3])
			requireLeadsTo(t, s, p[5], p[4], p[7])
			requireLeadsTo(t, s, p[10])
			requireNowhere(t, s, p[8])
			requireNowhere(t, s, p[9])

			// No new contact gets one of them.
			for i, id := range p {
				report, err := s.Import(t.Context(), rowsOf(&contacts.Contact{ID: id, Info: person("New")}), nil)
				require.NoError(t, err)
				require.Len(t, report.Errors, 1, "%d", i)
				require.Equal(t, contacts.ErrIDExists, contacts.CodeOf(report.Errors[0]))
			}

			// And so it goes on.
			absorb(t, s, p[10], p[3], p[7])
			absorb(t, s, p[11], p[10])
			requireLeadsTo(t, s, p[0], p[1], p[2], p[3], p[10], p[11])
			requireLeadsTo(t, s, p[6], p[4], p[7], p[10], p[11])
			requireNowhere(t, s, p[9])
			require.NoError(t, s.Snapshot().Check())
			again := requireLoads(t, s)
			requireLeadsTo(t, again, p[5], p[4], p[7], p[10], p[11])
			require.NoError(t, s.Delete(t.Context(), p[11]))
			for _, id := range p {
				requireNowhere(t, s, id)
			}
			require.NoError(t, requireLoads(t, s).Snapshot().Check())
		})
	}
	t.Run("EXP-2 RED-5 an ID from Options.NewID that took part in a merge", func(t *testing.T) {
		for _, id := range []uuid.UUID{p[0], p[3], p[8], p[9]} {
			s := requireLoads(t, base.Store, func(o *contacts.Options) { o.NewID = func() uuid.UUID { return id } })
			_, err := s.Create(t.Context(), person("New"), nil)
			require.Equal(t, contacts.ErrIDExists, contacts.CodeOf(err))
		}
	})
	t.Run("EXP-2 RED-6 a long chain", func(t *testing.T) {
		const n = 500
		lines := []string{fmt.Sprintf(`{"contactsStore":{"version":1,"position":%d,"changes":%d}}`, n, 4*n)}
		for _, link := range []func(i int) (from, into int){
			func(i int) (int, int) { return i, i + 1 },       // up
			func(i int) (int, int) { return i + 1, i },       // down
			func(i int) (int, int) { return i, (i + n) / 2 }, // in halves
		} {
			redirects := map[int]string{}
			for i := range n - 1 {
				from, into := link(i)
				redirects[from] = fmt.Sprintf(`{"redirect":{"id":%q,"into":%q}}`, testID(uint64(from)), testID(uint64(into)))
			}
			text := slices.Clone(lines)
			for i := range n {
				line, ok := redirects[i]
				if !ok {
					line = fmt.Sprintf(`{"redirect":{"id":%q}}`, testID(uint64(i)))
				}
				text = append(text, line)
			}
			s := load(t, sealed(text...))
			require.Equal(t, sealed(text...), exportOf(t, s.Snapshot()))
		}
	})
}

func TestLoadedOrderAndTime(t *testing.T) {
	t.Run("EXP-2 ORD-1 the order of creation, with ties", func(t *testing.T) {
		l := newLab(t)
		var want []uuid.UUID
		for i := range 20 {
			want = append(want, create(t, l.Store, person("P", "team@x.test", fmt.Sprint(i, "@x.test"))).ID)
		}
		gone := want[7]
		require.NoError(t, l.Delete(t.Context(), gone))
		want = slices.Delete(want, 7, 8)
		loaded := requireLoads(t, l.Store, func(o *contacts.Options) { o.Now = func() time.Time { return *l.now } })
		require.Equal(t, want, ids(loaded.Snapshot().All()))
		require.Equal(t, want, ids(loaded.Snapshot().ByEmail("team@x.test")))
		// What comes now comes after those of the same time, also with the ID of one that has gone.
		old := dated(row(9999, person("Old", "team@x.test")), l.now.Add(-time.Hour))
		again := dated(&contacts.Contact{ID: gone, Info: person("New", "team@x.test")}, *l.now)
		importAll(t, loaded, &contacts.ImportOptions{AllowDuplicates: true}, again, old)
		want = append(append([]uuid.UUID{old.ID}, want...), gone)
		require.Equal(t, want, ids(loaded.Snapshot().All()))
		require.Equal(t, want, ids(loaded.Snapshot().ByEmail("team@x.test")))
		requireLoads(t, loaded)
	})
	t.Run("EXP-2 STO-3 time does not go back", func(t *testing.T) {
		s := newStore(t)
		ann := create(t, s, person("Ann"))
		last := update(t, s, ann, contacts.Patch{Company: contacts.Set("Acorn")}).UpdatedDate
		now := epoch.AddDate(-10, 0, 0)
		l := requireLoads(t, s, func(o *contacts.Options) { o.Now = func() time.Time { return now } })
		bob := create(t, l, person("Bob"))
		require.Equal(t, last, bob.CreatedDate)
		require.Equal(t, []uuid.UUID{ann.ID, bob.ID}, ids(l.Snapshot().All()))
		now = last.Add(time.Hour)
		require.Equal(t, now, create(t, l, person("Cyd")).CreatedDate)
	})
	t.Run("EXP-2 STO-8 EVT-3 the position, and a feed that begins there", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := richStore(t)
			at := s.Snapshot().Position()
			l := requireLoads(t, s)
			require.Equal(t, at, l.Snapshot().Position())
			require.Empty(t, commitsAfter(t, l, at))
			_, err := feedOf(t, l, at-1)
			requireExpired(t, at, err)
			_, err = feedOf(t, l, at+1)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			create(t, l, person("New"))
			commits := commitsAfter(t, l, at)
			require.Equal(t, []contacts.Position{at + 1}, positionsOf(commits))
			require.NoError(t, s.Close())
		})
	})
	t.Run("EXP-2 EVT-5 the sequence of events goes on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			base := newLab(t)
			absorb(t, base.Store, create(t, base.Store, person("Ann")).ID, create(t, base.Store, person("Bob")).ID)
			newLabel(t, base.Store, "VIP")
			at := base.Snapshot().Position()
			next := func(o *contacts.Options) {
				var n uint64 = 1 << 30
				o.Now = func() time.Time { return *base.now }
				o.NewID = func() uuid.UUID { n++; return testID(n) }
			}
			one := requireLoads(t, base.Store, next)
			two := requireLoads(t, base.Store, next)
			base.tick()
			var texts [][]string
			for _, s := range []*contacts.Store{one, two} {
				create(t, s, person("Cyd"))
				require.NoError(t, s.DeleteLabel(t.Context(), "custom.vip"))
				texts = append(texts, eventTexts(t, commitsAfter(t, s, at)))
			}
			require.Equal(t, texts[0], texts[1])
			require.Contains(t, texts[0][0], `"entityEventSequence":"7"`) // after 2 created, 3 of the merge, 1 label
			require.NoError(t, base.Close())
		})
	})
}

// goOn makes random calls of every kind, and returns what they gave.
func (r *randomRun) goOn(n int) (results []string) {
	l := r.lines[0]
	ctx := r.t.Context()
	some := func() uuid.UUID { return testID(1 + r.rnd.Uint64N(200)) } // live, old or of nobody
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
	seeds := uint64(30)
	if testing.Short() {
		seeds = 4
	}
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
			require.Greater(t, n, 50)
			require.Equal(t, eventTexts(t, firstOf(t, s.Follow(t.Context(), at), n)),
				eventTexts(t, firstOf(t, loaded.Follow(t.Context(), at), n)))
			requireLoads(t, s)
		})
	}
	for name, ok := range done {
		require.True(t, ok || testing.Short(), "no %s ever succeeded", name)
	}
	require.Len(t, done, len(randomWrites)-1+5)
}

// goldenExport is what version 1 of the format looks like. The file never changes: if this test fails, what this library
// writes or reads has, and files that were written before it no longer load as they did (EXP-4).
const goldenExport = "testdata/export-v1.jsonl"

var rewriteGolden = flag.Bool("update", false, "rewrite "+goldenExport)

func TestGoldenExport(t *testing.T) {
	if *rewriteGolden {
		require.NoError(t, os.WriteFile(goldenExport, []byte(exportOf(t, richStore(t).Snapshot())), 0o644))
	}
	file, err := os.ReadFile(goldenExport)
	require.NoError(t, err)
	text := string(file)
	s := load(t, text)
	sn := s.Snapshot()

	t.Run("EXP-4 it exports the bytes that it was loaded from", func(t *testing.T) {
		require.Equal(t, text, exportOf(t, sn))
	})
	t.Run("EXP-4 position and time", func(t *testing.T) {
		require.Equal(t, contacts.Position(36), sn.Position())
		f := load(t, text, func(o *contacts.Options) { o.Now = func() time.Time { return epoch } })
		require.Equal(t, time.Date(2026, 1, 2, 3, 4, 41, 0, time.UTC), create(t, f, person("New")).CreatedDate)
	})
	t.Run("EXP-4 contacts in their order", func(t *testing.T) {
		var got []string
		for v := range sn.All() {
			got = append(got, fmt.Sprint(v.Name().First, " ", v.Revision(), " ", v.CreatedDate().Format(time.DateOnly)))
		}
		require.Equal(t, []string{
			"cap 17 1969-12-31", "Tie 1 1969-12-31", "ann 7 2026-01-02", "Bob 4 2026-01-02", "f 2 2026-01-02",
		}, got)
	})
	t.Run("EXP-4 labels and fields", func(t *testing.T) {
		var got []string
		for label := range sn.Labels() {
			got = append(got, fmt.Sprint(label.Key, " ", label.DisplayName, " ", label.LabelType))
		}
		for field := range sn.Fields() {
			if field.FieldType != contacts.FieldSystem {
				got = append(got, fmt.Sprint(field.Key, " ", field.DisplayName, " ", field.DataType))
			}
		}
		require.Equal(t, []string{
			"app.silver silver WIX_APP_DEFINED", "custom.größe Größe USER_DEFINED",
			"custom.vip-club-friends VIP club USER_DEFINED", "custom.zest Zest USER_DEFINED",
			"contacts.customers Customers SYSTEM", "contacts.contacted-me Contacted Me SYSTEM",
			"app.note note TEXT", "app.points points NUMBER", "custom.site Site URL", "custom.joined Joined DATE",
			"custom.shoe-size Shoe size NUMBER", "custom.nickname Nick TEXT",
		}, got)
		require.Equal(t, []uuid.UUID{testID(500), testID(1)}, ids(sn.ByLabel("custom.vip-club-friends")))
	})
	t.Run("EXP-4 a contact with a value in every part", func(t *testing.T) {
		id := func(last byte) uuid.UUID { return uuid.UUID{6: 0x40, 8: 0x80, 15: last} }
		stored := time.Date(2026, 1, 2, 3, 4, 19, 0, time.UTC)
		ann, err := s.Get(t.Context(), id(1), nil)
		require.NoError(t, err)
		requireContact(t, &contacts.Contact{
			ID: id(1), Revision: 7, Source: contacts.Source{SourceType: contacts.SourceOther},
			CreatedDate: stored, UpdatedDate: stored.Add(6 * time.Second),
			LastActivity: contacts.Activity{ActivityDate: stored, ActivityType: contacts.ActivityContactCreated},
			PrimaryInfo:  contacts.PrimaryInfo{Email: "ann@x.test", Phone: "201-555-0123"},
			PrimaryEmail: contacts.PrimaryEmail{
				Email: "ann@x.test", SubscriptionStatus: "SUBSCRIBED", DeliverabilityStatus: "NOT_SET",
			},
			PrimaryPhone: contacts.PrimaryPhone{
				Phone: "201-555-0123", CountryCode: "US", E164: "+12015550123", Formatted: "+1 201-555-0123",
				SubscriptionStatus: "PENDING", DeliverabilityStatus: "NOT_SET",
			},
			Info: contacts.Info{
				Name: contacts.Name{First: "ann", Last: "Quill"},
				Emails: []contacts.Email{
					{ID: id(3), Tag: "WORK", Address: "ann@x.test", Primary: true},
					{ID: id(2), Tag: "HOME", Address: "ann.home@x.test"},
				},
				Phones: []contacts.Phone{
					{
						ID: id(5), Tag: "MOBILE", CountryCode: "US", Number: "201-555-0123",
						E164: "+12015550123", Formatted: "+1 201-555-0123", Primary: true,
					},
					{ID: id(4), Tag: "WORK", Number: "555-0199"},
				},
				Addresses: []contacts.Address{
					{
						ID: id(6), Tag: "HOME",
						StreetAddress: &contacts.StreetAddress{Number: "7", Name: "Elm Row", Apt: "2", FormattedAddressLine: "7 Elm Row"},
						Country:       "US", Subdivision: "US-NY", City: "Springvale", PostalCode: "10999",
						FormattedAddress: "7 Elm Row\nSpringvale, New York 10999\nUnited States", Hint: "Blue door",
						Geocode: &contacts.Geocode{Latitude: 41.5, Longitude: -73.5},
					},
					{
						ID: id(7), Tag: "WORK", AddressLine: "9 Oak Lane", AddressLine2: "Floor 3", City: "Springvale",
						FormattedAddress: "9 Oak Lane\nFloor 3\nSpringvale",
					},
				},
				Company: "Acorn", JobTitle: "Botanist", Birthdate: "1990-02-28", Locale: "en-us",
				LabelKeys: []string{"custom.vip-club-friends", "contacts.customers"},
				ExtendedFields: map[string]any{
					"contacts.displayByFirstName": "ann Quill", "contacts.displayByLastName": "Quill ann",
					"custom.joined": "2024-02-29", "custom.nickname": "Tab\there \u2028 \"quoted\" <b>",
					"custom.shoe-size": 42.5, "custom.site": "https://ann.example/?a=1&b=2",
					"ecom.lastPurchaseDate": "2025-12-31", "ecom.numOfPurchases": 3.0, "ecom.totalSpentAmount": 0.1,
					"ecom.totalSpentCurrency": "EUR", "invoices.vatId": "XX 123",
					"emailSubscriptions.deliverabilityStatus": "NOT_SET", "emailSubscriptions.effectiveEmail": "ann@x.test",
					"emailSubscriptions.subscriptionStatus": "SUBSCRIBED",
					"members.membershipStatus":              "APPROVED", "members.mobile": "true",
				},
				Picture: &contacts.Picture{
					Image: contacts.Image{
						ID: "pic", URL: "https://x.test/pic.png", Height: 10, Width: 20, AltText: "Leaf", Filename: "pic.png",
						URLExpirationDate: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
					},
					ImageProvider: "EXTERNAL",
				},
				Locations:       []uuid.UUID{{6: 0x40, 8: 0x80, 14: 0x23, 15: 0x29}, {6: 0x40, 8: 0x80, 14: 0x23, 15: 0x2a}},
				AssignedUserIDs: []uuid.UUID{{6: 0x40, 8: 0x80, 14: 0x23, 15: 0x2b}, {6: 0x40, 8: 0x80, 14: 0x23, 15: 0x2c}},
			},
			Member: &contacts.Member{
				MemberID: uuid.UUID{6: 0x40, 8: 0x80, 14: 0x1b, 15: 0x59}, SignupDate: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC),
				Email: "login@y.test", EmailVerified: true, EmailVerificationRequired: true, Status: "ACTIVE",
				Profile: &contacts.MemberProfile{
					Nickname: "Fern", PrivacyStatus: "PUBLIC", Reported: true, Muted: true,
					Photo: &contacts.Image{ID: "photo", URL: "https://x.test/photo.png", Height: 10, Width: 20},
				},
				User: &contacts.MemberUser{UserID: uuid.UUID{6: 0x40, 8: 0x80, 14: 0x1b, 15: 0x5a}, Role: "UNSPECIFIED_ROLE"},
				Session: &contacts.MemberSession{
					LastWebLogin:    time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
					LastMobileLogin: time.Date(2026, 1, 2, 4, 4, 5, 0, time.UTC), MobileAppNames: []string{"Garden", "Shop"},
				},
				GroupIDs: []uuid.UUID{{6: 0x40, 8: 0x80, 14: 0x1b, 15: 0x5b}, {6: 0x40, 8: 0x80, 14: 0x1b, 15: 0x5c}},
			},
		}, ann)
	})
	t.Run("EXP-4 what only captured contacts have", func(t *testing.T) {
		c, err := s.Get(t.Context(), testID(500), nil)
		require.NoError(t, err)
		require.Equal(t, "1969-12-31T23:59:59.001Z", c.CreatedDate.Format(time.RFC3339Nano))
		require.Equal(t, "2046-01-02T03:04:05Z", c.UpdatedDate.Format(time.RFC3339Nano))
		require.Equal(t, "old app", c.Source.WixAppID)
		require.Equal(t, contacts.Activity{
			ActivityDate: epoch, ActivityType: "FORM_SUBMITTED", Date: epoch.Add(time.Millisecond),
			Description: "Asked for seeds", Icon: &contacts.Icon{Name: "leaf", URL: "https://x.test/leaf.png"},
		}, c.LastActivity)
		require.Equal(t, &contacts.Image{
			ID: "old", URL: "https://x.test/old.png", Height: 3, Width: 4, AltText: "Root", Filename: "old.png", URLExpirationDate: epoch,
		}, c.Picture)
		require.Equal(t, []uuid.UUID{testID(601), testID(602)}, c.Segments)
		require.Equal(t, 7.0, c.Info.ExtendedFields["app.points"])
	})
	t.Run("EXP-4 old IDs", func(t *testing.T) {
		requireLeadsTo(t, s, testID(0x12), testID(0x14), testID(0x16))
		requireLeadsTo(t, s, testID(0x18), testID(0x16))
		requireNowhere(t, s, testID(0x1c))
		requireNowhere(t, s, testID(0x1e))
	})
	t.Run("EXP-4 statuses, members and marks", func(t *testing.T) {
		f := s.Fork()
		ann, err := f.SetMember(t.Context(), testID(1), nil)
		require.NoError(t, err)
		ann = update(t, f, ann, contacts.Patch{Emails: contacts.Set(primaryAt(0, "ann.home@x.test"))})
		require.Equal(t, unsubscribed, ann.PrimaryEmail.SubscriptionStatus)
		require.Equal(t, bounced, ann.PrimaryEmail.DeliverabilityStatus)
		bob, ok := f.Snapshot().View(testID(8))
		require.True(t, ok)
		require.True(t, bob.BillingSubscription())
		require.Equal(t, notSet, bob.PrimaryPhone().SubscriptionStatus)
		phones := contacts.Set([]contacts.Phone{number("DE", "030 1234567")})
		require.Equal(t, subscribed, update(t, f, bob.Clone(), contacts.Patch{Phones: phones}).PrimaryPhone.SubscriptionStatus)
	})
}

// FuzzLoad loads what it is given as it is, and with a last line that fits what it is given.
func FuzzLoad(f *testing.F) {
	golden, err := os.ReadFile(goldenExport)
	require.NoError(f, err)
	for _, text := range []string{smallExport, string(golden), "", sealed(), "{}"} {
		f.Add(text)
		if lines := exportedLines(text); len(lines) > 0 {
			f.Add(strings.Join(lines, "\n"))
			f.Add(strings.Join(lines, "\r\n"))
			for _, line := range lines[1:] {
				f.Add(lines[0] + "\n" + line)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, export := range []string{text, sealed(strings.Split(strings.TrimSuffix(text, "\n"), "\n")...)} {
			s, err := contacts.Load(t.Context(), strings.NewReader(export), nil)
			if err != nil {
				require.Nil(t, s)
				require.Equal(t, contacts.ErrInvalidExport, contacts.CodeOf(err))
				var at *contacts.LineError
				require.ErrorAs(t, err, &at)
				require.GreaterOrEqual(t, at.Line, 1)
				require.LessOrEqual(t, at.Line, strings.Count(export, "\n")+2)
				continue
			}
			require.NoError(t, s.Snapshot().Check())
			requireLoads(t, s)
		}
	})
}
