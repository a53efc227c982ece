package contacts_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// richStore returns a store with everything that a store can hold, the source of testdata/export-v1.jsonl.
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

	// Ann has a value in every member that callers write, a member, and the fields that system apps write.
	info := richInfo("ann")
	info.LabelKeys, info.ExtendedFields = []string{vip, "contacts.customers"}, fields
	ann := create(t, s, info).ID
	member := fullMember()
	member.Email = "Ann@x.test"
	_, err = s.SetMember(t.Context(), ann, member)
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

	// Bob has a subscription, two phones in other countries, and an activity.
	info = person("Bob", "BOB@x.test")
	info.Phones = []contacts.Phone{number("GB", "020 7946 0018"), number("DE", "030 1234567")}
	bob := create(t, s, info).ID
	_, err = s.SetBillingSubscription(t.Context(), bob, true)
	ok(err)
	_, err = s.SetSubscription(t.Context(), bob, "+49301234567", subscribed)
	ok(err)
	_, err = s.RecordActivity(t.Context(), bob, contacts.ActivityEcomPurchase, epoch.Add(time.Hour+time.Millisecond))
	ok(err)

	// Captured contacts have values that no call creates, and labels and fields of an app.
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
				"ÄNN@X.test", " İstanbul@x.test\t", "ΣΑΣ@x.test", "ǅ@x.test", "\"a B\"@x&.test", "K@x.test",
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
		silver, err := l.Snapshot().GetLabel("app.silver")
		require.NoError(t, err)
		require.Equal(t, contacts.LabelWixAppDefined, silver.LabelType)
		require.Equal(t, "app", silver.Namespace)
		vip, err := l.Snapshot().GetLabel("custom.vip-club-friends")
		require.NoError(t, err)
		require.Equal(t, "VIP club", vip.DisplayName)
		require.True(t, vip.UpdatedDate.After(vip.CreatedDate))
		_, err = l.Snapshot().GetLabel("custom.gone")
		require.Equal(t, contacts.ErrLabelNotFound, contacts.CodeOf(err))
		points, err := l.Snapshot().GetField("app.points")
		require.NoError(t, err)
		require.Equal(t, contacts.DataNumber, points.DataType)
		require.Equal(t, slices.Collect(s.Snapshot().Labels()), slices.Collect(l.Snapshot().Labels()))
		require.Equal(t, slices.Collect(s.Snapshot().Fields()), slices.Collect(l.Snapshot().Fields()))
	})
	t.Run("EXP-2 the system's are there, and its legacy IDs", func(t *testing.T) {
		customers, err := l.Snapshot().GetLabel("contacts.customers")
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
		label, err := l.Snapshot().GetLabel("custom.vip")
		require.NoError(t, err)
		require.Equal(t, "old-vip", label.LegacyID)
		require.Equal(t, sealed(lines...), exportOf(t, l.Snapshot()))
	})
	t.Run("EXP-2 of equal display names the oldest is found", func(t *testing.T) {
		s := newLab(t)
		for _, name := range []string{"Zoo", "Ant"} { // at one time, not in the order of their keys
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
	t.Run("EXP-2 quotas apply after Load", func(t *testing.T) {
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
	t.Run("EXP-2 members, and the calls that they forbid", func(t *testing.T) {
		l := requireLoads(t, richStore(t))
		ann, err := l.Get(t.Context(), testID(1), nil)
		require.NoError(t, err)
		want := fullMember()
		want.Email = "Ann@x.test"
		require.Equal(t, want, ann.Member)
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
	t.Run("EXP-2 values that only captured data has", func(t *testing.T) {
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
	t.Run("EXP-4 phones keep their forms in every region", func(t *testing.T) {
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
			c := create(t, l, info) // the region applies to new writes
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
		// The members of an info keep their places.
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
	t.Run("EXP-4 STO-3 a contact that an earlier version updated before its creation", func(t *testing.T) {
		text := strings.Replace(smallExport, `"updatedDate":"2026-01-02T03:04:13.000Z"`,
			`"updatedDate":"2026-01-02T03:04:07.000Z"`, 1)
		lines := exportedLines(text)
		s := load(t, sealed(lines...))
		require.NoError(t, s.Snapshot().Check())
		require.Equal(t, sealed(lines...), exportOf(t, s.Snapshot()))
		ann, err := s.Get(t.Context(), testID(1), nil)
		require.NoError(t, err)
		require.True(t, ann.UpdatedDate.Before(ann.CreatedDate))
		ann = update(t, s, ann, contacts.Patch{Company: contacts.Set("Acorn")})
		require.False(t, ann.UpdatedDate.Before(ann.CreatedDate), "a write mends it")
	})
	t.Run("EXP-2 STO-5 the store does not share memory with the export", func(t *testing.T) {
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
	absorb(t, base.Store, p[9], p[8]) // 8 → 9, which is deleted
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

			// No new contact gets one of these IDs.
			for i, id := range p {
				report, err := s.Import(t.Context(), rowsOf(&contacts.Contact{ID: id, Info: person("New")}), nil)
				require.NoError(t, err)
				require.Len(t, report.Errors, 1, "%d", i)
				require.Equal(t, contacts.ErrIDExists, contacts.CodeOf(report.Errors[0]))
			}

			// The loaded store behaves alike.
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
		// New contacts follow older ones of the same time, even with the ID of a deleted one.
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
	t.Run("EXP-2 EVT-5 the sequence of events continues", func(t *testing.T) {
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

// goldenExport is an export in version 1 of the format. The file never changes: if this test fails, the library writes
// or reads another format, and older files no longer load as before (EXP-4).
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
	t.Run("EXP-4 values that only captured contacts have", func(t *testing.T) {
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

// FuzzLoad loads each text unchanged, and with a last line that matches it.
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
	for _, text := range hardTexts() {
		f.Add(exportedLines(smallExport)[0] + "\n" + `{"contact":` + text + "}\n")
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

// refusedExport requires that a text is refused at this line, with violations of these fields, if any. The message must
// not contain values of contacts (ERR-3).
func refusedExport(t testing.TB, text string, line int, fields ...string) {
	t.Helper()
	s, err := contacts.Load(t.Context(), strings.NewReader(text), nil)
	require.Nil(t, s)
	got, violated := reasonOf(t, err)
	require.Equal(t, line, got, "%v", err)
	require.Equal(t, fields, violated)
}

// secrets occur in the contacts that the tests below spoil, or in the values that they insert.
var secrets = regexp.MustCompile(`(?i)ann|cyd|x\.test|201.?555|secret|42\.5|unsubscribed|elm`)

// reasonOf returns the line at which an export was refused, and the fields of the violations.
func reasonOf(t testing.TB, err error) (line int, fields []string) {
	t.Helper()
	require.Equal(t, contacts.ErrInvalidExport, contacts.CodeOf(err), "%v", err)
	require.ErrorIs(t, err, contacts.ErrInvalidExport)
	var at *contacts.LineError
	require.ErrorAs(t, err, &at)
	require.Error(t, at.Err)
	if e, ok := errors.AsType[*contacts.Error](at.Err); ok {
		require.Equal(t, contacts.ErrInvalid, e.Code)
		require.NotEmpty(t, e.Violations)
		for _, v := range e.Violations {
			fields = append(fields, v.Field)
		}
	}
	require.NotRegexp(t, secrets, err.Error())
	return at.Line, fields
}

func TestLoadRefusesOtherTexts(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	for name, text := range map[string]string{
		"nothing": "", "a line end": "\n", "white space": " \t\n\n", "NUL": "\x00", "a CSV file": "Name,Email\nAnn,ann@x.test\n",
		"JSON":         `{"id":"00000000-0000-4000-8000-000000000001","info":{"name":{"first":"Ann"}}}` + "\n",
		"a JSON array": "[" + smallExport + "]", "a vCard": "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann\r\nEND:VCARD\r\n",
		"a binary file": "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff", "no Unicode": "\xff\xfe{\x00", "one long line": big,
		"a byte order mark": "\ufeff" + smallExport, "a line end before it": "\n" + smallExport,
		"spaces before it": "  " + smallExport, "a number": "1", "null": "null\n", "an empty object": "{}\n",
		"the last line alone":   sealed(),
		"without its first":     strings.Join(exportedLines(smallExport)[1:], "\n"),
		"a beginning":           `{"contactsStore":`,
		"a broken first line":   `{"contactsStore":{"version":1,"position":9` + big,
		"a first line and more": `{"contactsStore":{"version":1,"position":0,"changes":0}} ` + big,
		"two things in a line":  `{"contactsStore":{"version":1,"position":0,"changes":0},"label":{}}` + "\n",
		"two stores in a line":  `{"contactsStore":{"version":1,"position":0,"changes":0},"contactsStore":{"version":1}}` + "\n",
	} {
		t.Run("EXP-3 "+name, func(t *testing.T) { refusedExport(t, text, 1) })
	}
	t.Run("EXP-3 a line that may be gigabytes long is not read", func(t *testing.T) {
		r := &countingReader{r: strings.NewReader(strings.Repeat("x", 1<<22))}
		_, err := contacts.Load(t.Context(), r, nil)
		require.Equal(t, contacts.ErrInvalidExport, contacts.CodeOf(err))
		require.LessOrEqual(t, r.n, 1<<16)
	})
	t.Run("EXP-3 options that are refused", func(t *testing.T) {
		r := &countingReader{r: strings.NewReader(smallExport)}
		s, err := contacts.Load(t.Context(), r, &contacts.Options{Region: "us", LabelQuota: -1})
		require.Nil(t, s)
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
		require.Len(t, violations(t, err), 2)
		require.Zero(t, r.n)
	})
}

type countingReader struct {
	r io.Reader
	n int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// TestLoadRefusesDamage damages an export at every position. Load either names a line or returns the same store.
func TestLoadRefusesDamage(t *testing.T) {
	want := exportOf(t, smallStore(t).Snapshot())
	lines := strings.SplitAfter(strings.TrimSuffix(want, "\n"), "\n")
	last := len(lines)
	damaged := func(t *testing.T, text, how string) (refused bool) {
		t.Helper()
		s, err := contacts.Load(t.Context(), strings.NewReader(text), nil)
		if err == nil {
			require.Equal(t, want, exportOf(t, s.Snapshot()), how)
			return false
		}
		require.Nil(t, s)
		line, _ := reasonOf(t, err)
		require.GreaterOrEqual(t, line, 1)
		require.LessOrEqual(t, line, strings.Count(strings.TrimSuffix(text, "\n"), "\n")+2, how) // the missing one
		return true
	}
	t.Run("EXP-3 truncated at every byte", func(t *testing.T) {
		for n := 0; n < len(want); n += large(5, 1) {
			// The last line is complete without its line end.
			require.Equal(t, n != len(want)-1, damaged(t, want[:n], fmt.Sprint("at ", n)), n)
		}
	})
	t.Run("EXP-3 every byte lost, doubled, or another one", func(t *testing.T) {
		for i := 0; i < len(want); i += large(5, 1) { // 5 has no factor in common with 8 and 7 below
			for _, instead := range []string{
				"", want[i:i+1] + want[i:i+1], string([]byte{want[i] ^ 1<<(i%8)}), string(" \n\"0\x00{\\"[i%7]),
			} {
				text := want[:i] + instead + want[i+1:]
				same := text == want || text == want[:len(want)-1]
				require.NotEqual(t, same, damaged(t, text, fmt.Sprintf("%q at %d", instead, i)), "%q at %d", instead, i)
			}
		}
	})
	t.Run("EXP-3 every line lost", func(t *testing.T) {
		for i := range lines {
			require.True(t, damaged(t, strings.Join(slices.Delete(slices.Clone(lines), i, i+1), ""), fmt.Sprint("line ", i+1)))
		}
	})
	t.Run("EXP-3 every line twice", func(t *testing.T) {
		for i := range lines {
			require.True(t, damaged(t, strings.Join(slices.Insert(slices.Clone(lines), i, lines[i]), ""), fmt.Sprint("line ", i+1)))
		}
	})
	t.Run("EXP-3 every line in the place of each other", func(t *testing.T) {
		for i := range lines {
			for j := range i {
				swapped := slices.Clone(lines)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				require.True(t, damaged(t, strings.Join(swapped, ""), fmt.Sprint("lines ", j+1, " and ", i+1)))
			}
		}
	})
	t.Run("EXP-3 every line of another export", func(t *testing.T) {
		other := strings.SplitAfter(strings.NewReplacer(
			"Ann", "Ann2", "VIP", "VOP", "custom.shoe-size\"", "custom.shoes\"", "Cyd", "Cyd2",
			`-000000000004","into`, `-000000000006","into`, `"position":9`, `"position":8`, "42a298", "52a298",
		).Replace(want), "\n")
		for i := range lines {
			if lines[i] == other[i] {
				continue
			}
			mixed := slices.Clone(lines)
			mixed[i] = other[i]
			require.True(t, damaged(t, strings.Join(mixed, ""), fmt.Sprint("line ", i+1)))
		}
	})
	t.Run("EXP-3 trailing text", func(t *testing.T) {
		for _, text := range []string{"\n", " ", "x", "{}\n", "\x00", "\n\n", lines[last-1], lines[last-2]} {
			refusedExport(t, want+text, last+1)
		}
		refusedExport(t, strings.TrimSuffix(want, "\n")+"\r\r\n", last)
	})
	t.Run("EXP-3 two exports", func(t *testing.T) {
		refusedExport(t, want+want, last+1)
		refusedExport(t, strings.Join(lines[:last-1], "")+want, last)
	})
	t.Run("EXP-3 line ends of Windows, in all lines or in some", func(t *testing.T) {
		require.False(t, damaged(t, strings.ReplaceAll(want, "\n", "\r\n"), "all"))
		for i := range lines {
			mixed := slices.Clone(lines)
			mixed[i] = strings.TrimSuffix(mixed[i], "\n") + "\r\n"
			require.False(t, damaged(t, strings.Join(mixed, ""), fmt.Sprint("line ", i+1)))
		}
		require.True(t, damaged(t, strings.ReplaceAll(want, "\n", "\r"), "of old Macs"))
	})
}

// line numbers of smallExport
const (
	storeLine = 1 + iota
	labelLine
	fieldLine
	annLine
	cydLine
	rootLine
	sourceLine
	lastLine
)

// TestLoadRefusesLines spoils one line and recomputes the last one, so that the line itself must be refused.
func TestLoadRefusesLines(t *testing.T) {
	long := strings.Repeat("secret", 2000)
	const annID, bobID, cydID = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000004",
		"00000000-0000-4000-8000-000000000005"
	for _, tc := range []struct {
		name     string
		line     int
		old, new string // in the line; an empty old means the whole line
		fields   []string
	}{
		{"no version", storeLine, `"version":1,`, ``, []string{"contactsStore.version"}},
		{"version 0", storeLine, `"version":1`, `"version":0`, []string{"contactsStore.version"}},
		{"version -1", storeLine, `"version":1`, `"version":-1`, []string{"contactsStore.version"}},
		{"version in words", storeLine, `"version":1`, `"version":"one"`,
			[]string{"contactsStore.version", "contactsStore.version"}},
		{"a later version", storeLine, `"version":1`, `"version":2`, nil},
		{"a later version, in another form", storeLine, "", `{"contactsStore":{"version":3,"position":"secret"}}`, nil},
		{"the largest version", storeLine, `"version":1`, `"version":2147483647`, nil},
		{"no position", storeLine, `"position":9,`, ``, []string{"contactsStore.changes"}},
		{"no changes", storeLine, `"changes":11`, `"changes":0`, []string{"contactsStore.changes"}},
		{"fewer changes than commits", storeLine, `"changes":11`, `"changes":8`, []string{"contactsStore.changes"}},
		{"a position under 0", storeLine, `"position":9`, `"position":-9`,
			[]string{"contactsStore.position", "contactsStore.changes"}},
		{"a position with a fraction", storeLine, `"position":9`, `"position":9.0`,
			[]string{"contactsStore.position", "contactsStore.changes"}},
		{"a position in quotes", storeLine, `"position":9`, `"position":"9"`, []string{"contactsStore.position"}},
		{"a position that cannot grow", storeLine, `"position":9`, `"position":18446744073709551615`,
			[]string{"contactsStore.position", "contactsStore.changes"}},
		{"a time without zone", storeLine, `.000Z`, `.000`, []string{"contactsStore.time"}},
		{"no time at all", storeLine, `"2026-01-02T03:04:14.000Z"`, `"secret"`, []string{"contactsStore.time"}},

		{"a label of no key", labelLine, `"key":"custom.vip",`, ``, []string{"label.key"}},
		{"a label's key without namespace", labelLine, `"custom.vip"`, `"secret"`, []string{"label.key"}},
		{"a label's key with a space", labelLine, `"custom.vip"`, `"custom.v ip"`, []string{"label.key"}},
		{"a label's key that is too long", labelLine, `"custom.vip"`, `"custom.` + long[:75] + `"`, []string{"label.key"}},
		{"a label's key with NUL", labelLine, `"custom.vip"`, `"custom.v\u0000ip"`, []string{"label.key"}},
		{"a label without name", labelLine, `"displayName":"VIP"`, `"displayName":""`, []string{"label.displayName"}},
		{"a label's name that is too long", labelLine, `:"VIP"`, `:"` + long[:181] + `"`, []string{"label.displayName"}},
		{"a label's name with NUL", labelLine, `:"VIP"`, `:"VIP\u0000"`, []string{"label.displayName"}},
		{"a label's name that is a number", labelLine, `:"VIP"`, `:7`, []string{"label.displayName"}},
		{"a label's name with half a character", labelLine, `:"VIP"`, `:"VIP\ud83d"`, nil},
		{"a label of the system", labelLine, `"USER_DEFINED"`, `"SYSTEM"`, []string{"label.labelType"}},
		{"a label of an unknown type", labelLine, `"USER_DEFINED"`, `"SECRET"`, []string{"label.labelType"}},
		{"a label without date", labelLine, `"createdDate":"2026-01-02T03:04:06.000Z",`, ``, []string{"label.createdDate"}},
		{"a label of a bad date", labelLine, `"createdDate":"2026-01`, `"createdDate":"2026-13`,
			[]string{"label.createdDate", "label.createdDate"}},
		{"a label that is in every store", labelLine, `"custom","namespaceDisplayName":"Labels","key":"custom.vip"`,
			`"contacts","namespaceDisplayName":"Labels","key":"contacts.customers"`, nil},
		{"a label that is null", labelLine, ``, `{"label":null}`,
			[]string{"label.key", "label.displayName", "label.labelType", "label.createdDate"}},
		{"a label that is a list", labelLine, ``, `{"label":[]}`, []string{
			"label", "label.key", "label.displayName", "label.labelType", "label.createdDate",
		}},

		{"a field of a bad key", fieldLine, `"custom.shoe-size"`, `"custom."`, []string{"field.key"}},
		{"a field without name", fieldLine, `:"Shoe size"`, `:""`, []string{"field.displayName"}},
		{"a field's name that is too long", fieldLine, `:"Shoe size"`, `:"` + long[:151] + `"`, []string{"field.displayName"}},
		{"a field of the system", fieldLine, `"USER_DEFINED"`, `"SYSTEM"`, []string{"field.fieldType"}},
		{"a field of no type", fieldLine, `"dataType":"NUMBER",`, ``, []string{"field.dataType"}},
		{"a field of an unknown type", fieldLine, `"NUMBER"`, `"SECRET"`, []string{"field.dataType"}},
		{"a field without date", fieldLine, `"createdDate":"2026-01-02T03:04:07.000Z",`, ``, []string{"field.createdDate"}},
		{"a field that is in every store", fieldLine, `"custom","key":"custom.shoe-size"`,
			`"invoices","key":"invoices.vatId"`, nil},

		{"a contact without ID", annLine, `"id":"` + annID + `",`, ``, []string{"id"}},
		{"a contact of a bad ID", annLine, annID, annID[1:], []string{"id", "id"}},
		{"a contact of the nil ID", annLine, annID, "00000000-0000-0000-0000-000000000000", []string{"id"}},
		{"a revision of 0", annLine, `"revision":5`, `"revision":0`, []string{"revision"}},
		{"a revision under 0", annLine, `"revision":5`, `"revision":-5`, []string{"revision"}},
		{"a revision with a fraction", annLine, `"revision":5`, `"revision":5.5`, []string{"revision", "revision"}},
		{"no source", annLine, `"source":{"sourceType":"OTHER"},`, ``, []string{"source.sourceType"}},
		{"an unknown source", annLine, `"OTHER"`, `"SECRET"`, []string{"source.sourceType"}},
		{"no createdDate", annLine, `"createdDate":"2026-01-02T03:04:08.000Z",`, ``, []string{"createdDate"}},
		{"no updatedDate", annLine, `"updatedDate":"2026-01-02T03:04:13.000Z",`, ``, []string{"updatedDate"}},
		{"no activity", cydLine, `"lastActivity":{"activityDate":"2026-01-02T03:04:14.000Z","activityType":"CONTACT_CREATED"},`,
			``,
			[]string{"lastActivity"}},
		{"an unknown activity", cydLine, `"CONTACT_CREATED"`, `"SECRET"`, []string{"lastActivity.activityType"}},
		{"no name, email or phone", cydLine, `"first":"Cyd"`, `"first":" "`, []string{"info"}},
		{"a name that is too long", cydLine, `"Cyd"`, `"` + long[:1001] + `"`, []string{"info.name.first"}},
		{"a name with NUL", cydLine, `"Cyd"`, `"C\u0000yd"`, []string{"info.name.first"}},
		{"a name that is no text", cydLine, `"Cyd"`, `["secret"]`, []string{"info.name.first", "info"}},
		{"a company that is too long", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"company":"` + long[:1001] + `"`,
			[]string{"info.company"}},
		{"a locale that is not in lower case", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"locale":"en-US"`,
			[]string{"info"}},
		{"a birthdate that is no date", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"birthdate":"2023-02-29"`,
			[]string{"info.birthdate"}},
		{"an email without @", annLine, `"email":"Ann@x.test"`, `"email":"Ann"`,
			[]string{"info.emails.items[0].email", "emailStatuses"}},
		{"an email that is too long", annLine, `"email":"Ann@`, `"email":"` + long[:320] + `@`,
			[]string{"info.emails.items[0].email", "emailStatuses"}},
		{"an email without tag", annLine, `"tag":"UNTAGGED","email"`, `"email"`, []string{"info"}},
		{"an email of an unknown tag", annLine, `"tag":"UNTAGGED","email"`, `"tag":"SECRET","email"`,
			[]string{"info.emails.items[0].tag"}},
		{"an email without ID", annLine, `"id":"00000000-0000-4000-8000-000000000002",`, ``, []string{"info.emails.items"}},
		{"two emails of one ID", annLine, `"email":"Ann@x.test","primary":true}`,
			`"email":"Ann@x.test","primary":true},` +
				`{"id":"00000000-0000-4000-8000-000000000002","tag":"HOME","email":"b@x.test","primary":false}`,
			[]string{"info.emails.items"}},
		{"no primary email", annLine, `"Ann@x.test","primary":true`, `"Ann@x.test","primary":false`, []string{"info"}},
		{"two primary emails", annLine, `"email":"Ann@x.test","primary":true}`,
			`"email":"Ann@x.test","primary":true},` +
				`{"id":"00000000-0000-4000-8000-000000000009","tag":"HOME","email":"b@x.test","primary":true}`,
			[]string{"info"}},
		{"a primary email that is not the first", annLine, `[{"id":"00000000-0000-4000-8000-000000000002"`,
			`[{"id":"00000000-0000-4000-8000-000000000009","tag":"HOME","email":"b@x.test","primary":false},` +
				`{"id":"00000000-0000-4000-8000-000000000002"`,
			[]string{"info"}},
		{"two primary phones", annLine, `"formattedPhone":"+1 201-555-0123","primary":true}`,
			`"primary":true},{"id":"00000000-0000-4000-8000-000000000009","tag":"HOME","phone":"1","primary":true}`, []string{"info"}},
		{"a phone that is too long", annLine, `"phone":"201-555-0123"`, `"phone":"` + long[:51] + `"`,
			[]string{"info.phones.items[0].phone"}},
		{"a phone without number", annLine, `"phone":"201-555-0123"`, `"phone":""`, []string{"info.phones.items[0].phone"}},
		{"a form of a phone with NUL", annLine, `"+12015550123","f`, `"+1\u0000","f`,
			[]string{"info.phones.items[0].e164Phone", "phoneStatuses"}},
		{"a form of a phone that is too long", annLine, `"+1 201-555-0123"`, `"` + long[:1001] + `"`,
			[]string{"info.phones.items[0].formattedPhone"}},
		{"51 emails", annLine, `"email":"Ann@x.test","primary":true}`, `"email":"Ann@x.test","primary":true}` + func() (list string) {
			for i := range 50 {
				list += fmt.Sprintf(`,{"id":%q,"tag":"HOME","email":"b@x.test","primary":false}`, testID(uint64(100+i)))
			}
			return list
		}(), []string{"info.emails.items"}},
		{"a street and an address line", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"addresses":{"items":[{"id":"` + bobID +
			`","tag":"HOME","address":{"streetAddress":{"name":"Elm"},"addressLine":"Elm"}}]}`,
			[]string{"info.addresses.items[0].address.addressLine"}},
		{"an address with values that are only captured", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"addresses":{"items":[{"id":"` + bobID +
			`","tag":"HOME","address":{"city":"Elm","countryFullname":"Secret"}}]}`, []string{"info"}},
		{"a picture of nothing", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"picture":{}`, []string{"info"}},
		{"a picture under 0", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"picture":{"image":{"height":-1}}`,
			[]string{"info.picture.image.height"}},
		{"a label that is not defined", annLine, `"custom.vip"`, `"custom.vop"`, []string{"info.labelKeys.items"}},
		{"a label twice", annLine, `["custom.vip"]`, `["custom.vip","custom.vip"]`, []string{"info"}},
		{"a label that is no text", annLine, `["custom.vip"]`, `[7]`,
			[]string{"info.labelKeys.items[0]", "info.labelKeys.items"}},
		{"a field that is not defined", annLine, `"custom.shoe-size":42.5`, `"custom.none":42.5`,
			[]string{"info.extendedFields.items.custom.none"}},
		{"a field with an invalid key", annLine, `"custom.shoe-size":42.5`, `"ann secret@x.test":42.5`,
			[]string{"info.extendedFields.items."}}, // the rest of the path is not reported
		{"a number that is a text", annLine, `:42.5`, `:"42.5"`, []string{"info.extendedFields.items.custom.shoe-size"}},
		{"a number that is null", annLine, `:42.5`, `:null`, []string{"info.extendedFields.items.custom.shoe-size"}},
		{"a number that is a list", annLine, `:42.5`, `:[42.5]`, []string{"info.extendedFields.items.custom.shoe-size"}},
		{"a number that is too large", annLine, `:42.5`, `:1e999`, []string{"info.extendedFields.items.custom.shoe-size"}},
		{"a number with too many digits", annLine, `:42.5`, `:9007199254740993`,
			[]string{"info.extendedFields.items.custom.shoe-size"}},
		{"a text that is a number", annLine, `"custom.shoe-size"`, `"invoices.vatId"`,
			[]string{"info.extendedFields.items.invoices.vatId"}},
		{"an empty text in a field", annLine, `"custom.shoe-size":42.5`, `"invoices.vatId":""`,
			[]string{"info.extendedFields.items.invoices.vatId"}},
		{"a text with NUL in a field", annLine, `"custom.shoe-size":42.5`, `"invoices.vatId":"\u0000"`,
			[]string{"info.extendedFields.items.invoices.vatId"}},
		{"an invalid date", annLine, `"custom.shoe-size":42.5`, `"ecom.lastPurchaseDate":"2023-02-29"`,
			[]string{"info.extendedFields.items.ecom.lastPurchaseDate"}},
		{"a field that is derived, and right", annLine, `"custom.shoe-size":42.5`, `"contacts.displayByFirstName":"Ann"`,
			[]string{"info.extendedFields.items.contacts.displayByFirstName"}},
		{"a field that is derived, and wrong", annLine, `"custom.shoe-size":42.5`,
			`"emailSubscriptions.effectiveEmail":"secret"`,
			[]string{"info.extendedFields.items.emailSubscriptions.effectiveEmail"}},
		{"fields that are derived, by key", annLine, `"custom.shoe-size":42.5`,
			`"emailSubscriptions.effectiveEmail":"a","contacts.displayByLastName":"b","contacts.displayByFirstName":"c"`,
			[]string{
				"info.extendedFields.items.contacts.displayByFirstName", "info.extendedFields.items.contacts.displayByLastName",
				"info.extendedFields.items.emailSubscriptions.effectiveEmail",
			}},
		{"segments that are no IDs", cydLine, `"info"`, `"segments":{"items":["secret"]},"info"`,
			[]string{"segments.items[0]", "segments.items[0]"}},
		{"61 segments", cydLine, `"info"`, `"segments":{"items":["` + annID + strings.Repeat(`","`+annID, 60) + `"]},"info"`,
			[]string{"segments.items"}},
		{"a wrapper that holds something else", cydLine, `"info":{`, `"info":{"emails":{"item":[]},`,
			[]string{"info.emails.items"}},
		{"a member without ID", cydLine, `"info"`, `"memberInfo":{"status":"ACTIVE"},"info"`, []string{"memberInfo.memberId"}},
		{"a member without status", cydLine, `"info"`, `"memberInfo":{"memberId":"` + annID + `"},"info"`,
			[]string{"memberInfo"}},
		{"a member of an unknown status", cydLine, `"info"`,
			`"memberInfo":{"memberId":"` + annID + `","status":"SECRET"},"info"`,
			[]string{"memberInfo.status"}},

		{"a status of an email that is not there", annLine, `"ann@x.test":{`, `"secret@x.test":{`, []string{"emailStatuses"}},
		{"a status of an email as typed", annLine, `"ann@x.test":{`, `"Ann@x.test":{`, []string{"emailStatuses"}},
		{"a status of one email more", annLine, `"emailStatuses":{`,
			`"emailStatuses":{"secret@x.test":{"subscriptionStatus":"PENDING","deliverabilityStatus":"VALID"},`,
			[]string{"emailStatuses"}},
		{"an unknown status", annLine, `"SUBSCRIBED"`, `"NOT_SET"`, []string{"emailStatuses"}},
		{"an unknown subscription", annLine, `"SUBSCRIBED"`, `"SECRET"`, []string{"emailStatuses"}},
		{"an unknown deliverability", annLine, `"deliverabilityStatus":"NOT_SET"`, `"deliverabilityStatus":"SECRET"`,
			[]string{"emailStatuses"}},
		{"no deliverability", annLine, `,"deliverabilityStatus":"NOT_SET"`, ``, []string{"emailStatuses"}},
		{"a subscription that is a number", annLine, `"SUBSCRIBED"`, `7`,
			[]string{"emailStatuses.subscriptionStatus", "emailStatuses"}},
		{"a status that is a word", annLine, `{"subscriptionStatus":"SUBSCRIBED","deliverabilityStatus":"NOT_SET"}`,
			`"SUBSCRIBED"`,
			[]string{"emailStatuses", "emailStatuses"}},
		{"statuses that are a list", annLine, `{"ann@x.test":{"subscriptionStatus":"SUBSCRIBED","deliverabilityStatus":"NOT_SET"}}`,
			`["secret"]`,
			[]string{"emailStatuses"}},
		{"a status of a phone that is not there", annLine, `"+12015550123":{`, `"+12015550124":{`, []string{"phoneStatuses"}},
		{"a status of a phone as typed", annLine, `"+12015550123":{`, `"201-555-0123":{`, []string{"phoneStatuses"}},
		{"an unknown status of a phone", annLine, `"UNSUBSCRIBED"`, `"NOT_SET"`, []string{"phoneStatuses"}},
		{"an unknown status of a phone", annLine, `"UNSUBSCRIBED"`, `"SECRET"`, []string{"phoneStatuses"}},
		{"a billing mark that is a word", annLine, `"billingSubscription":true`, `"billingSubscription":"true"`,
			[]string{"billingSubscription"}},
		{"a contact that is null", cydLine, ``, `{"contact":null}`, []string{
			"id", "revision", "source.sourceType", "createdDate", "updatedDate", "lastActivity", "info",
		}},
		{"a contact that is a text", cydLine, ``, `{"contact":"secret"}`, []string{
			"contact", "id", "revision", "source.sourceType", "createdDate", "updatedDate", "lastActivity", "info",
		}},
		{"an ID for the second time", cydLine, cydID, annID, nil},
		{"dates that are not in order", cydLine, `"createdDate":"2026-01-02T03:04:14.000Z"`, `"createdDate":"2026-01-02T03:04:07.999Z"`, nil},

		{"a redirect without ID", rootLine, `"id":"` + annID + `"`, ``, []string{"redirect.id"}},
		{"a redirect of a bad ID", sourceLine, bobID, "secret", []string{"redirect.id", "redirect.id"}},
		{"a redirect into a bad ID", sourceLine, `"into":"` + annID, `"into":"secret`, []string{"redirect.into"}},
		{"a redirect for the second time", sourceLine, bobID, annID, nil},
		{"redirects that are not in order", sourceLine, bobID, "00000000-0000-4000-8000-000000000000", nil},
		{"a redirect into a missing contact", sourceLine, `"into":"` + annID, `"into":"00000000-0000-4000-8000-0000000000ff`, nil},
		{"a redirect into a contact that is no root", sourceLine, `"into":"` + annID, `"into":"` + cydID, nil},
		{"a redirect into itself", sourceLine, `"into":"` + annID, `"into":"` + bobID, nil},
		{"a redirect of a contact that is there, in a circle", rootLine, `"id":"` + annID + `"`, `"id":"` + annID + `","into":"` + bobID + `"`, nil},
		{"a redirect that leads nowhere", sourceLine, `,"into":"` + annID + `"`, ``, nil},
		{"a redirect that is null", sourceLine, ``, `{"redirect":null}`, []string{"redirect.id"}},

		{"an unknown thing", cydLine, ``, `{"secret":{}}`, nil},
		{"a thing in capitals", cydLine, `"contact"`, `"Contact"`, nil},
		{"two things", cydLine, `{"contact":`, `{"label":{},"contact":`, nil},
		{"an additional unknown member", cydLine, `{"contact":`, `{"secret":1,"contact":`, nil},
		{"a contact twice in a line", cydLine, `{"contact":`, `{"contact":null,"contact":`, nil},
		{"nothing", cydLine, ``, `{}`, nil},
		{"an empty line", cydLine, ``, ``, nil},
		{"an array", cydLine, ``, `[]`, nil},
		{"a text", cydLine, ``, `"secret"`, nil},
		{"null", cydLine, ``, `null`, nil},
		{"text after a line", cydLine, `}}}}`, `}}}}x`, nil},
		{"a bracket too few", cydLine, `}}}}`, `}}}`, nil},
		{"a bracket too many", cydLine, `}}}}`, `}}}}}`, nil},
		{"a carriage return in a line", cydLine, `"Cyd"`, "\"C\ryd\"", nil},
		{"no Unicode", cydLine, `Cyd`, "C\xffyd", nil},
		{"the first line again", cydLine, ``, exportedLines(smallExport)[0], nil},
		{"a label after contacts", cydLine, ``, strings.ReplaceAll(exportedLines(smallExport)[labelLine-1], "vip", "vop"), nil},
		{"a field after contacts", cydLine, ``, strings.ReplaceAll(exportedLines(smallExport)[fieldLine-1], "shoe", "hat"), nil},
		{"a label after fields", fieldLine, ``, exportedLines(smallExport)[fieldLine-1] + "\n" +
			strings.ReplaceAll(exportedLines(smallExport)[labelLine-1], "vip", "vop"), nil},
	} {
		t.Run("EXP-3 "+tc.name, func(t *testing.T) {
			lines := exportedLines(smallExport)
			if tc.old == "" {
				lines[tc.line-1] = tc.new
			} else {
				require.Equal(t, 1, strings.Count(lines[tc.line-1], tc.old), "%s in %s", tc.old, lines[tc.line-1])
				lines[tc.line-1] = strings.Replace(lines[tc.line-1], tc.old, tc.new, 1)
			}
			at := tc.line
			switch tc.name {
			case "a redirect into a missing contact", "a redirect into a contact that is no root", "a redirect into itself",
				"a redirect of a contact that is there, in a circle", "a redirect that leads nowhere":
				at = lastLine // where all redirects are known
			case "a label after fields":
				at = fieldLine + 1
			}
			refusedExport(t, sealed(lines...), at, tc.fields...)
		})
	}
	t.Run("EXP-3 more things than changes", func(t *testing.T) {
		lines := exportedLines(smallExport)
		lines[0] = strings.Replace(lines[0], `"position":9,"changes":11`, `"position":3,"changes":3`, 1)
		refusedExport(t, sealed(lines...), lastLine)
		lines[0] = strings.Replace(lines[0], `"changes":3`, `"changes":4`, 1)
		require.Equal(t, sealed(lines...), exportOf(t, load(t, sealed(lines...)).Snapshot()))
	})
	t.Run("EXP-3 every line twice", func(t *testing.T) {
		for at := storeLine; at < lastLine; at++ {
			lines := exportedLines(smallExport)
			refusedExport(t, sealed(slices.Insert(lines, at, lines[at-1])...), at+1)
		}
	})
	t.Run("EXP-3 dates of labels and fields that are not in order", func(t *testing.T) {
		for _, at := range []int{labelLine, fieldLine} {
			lines := exportedLines(smallExport)
			older := strings.NewReplacer("vip", "vop", "shoe", "hat", "03:04:0", "03:03:0").Replace(lines[at-1])
			refusedExport(t, sealed(slices.Insert(lines, at, older)...), at+1)
		}
	})
	t.Run("EXP-3 a redirect of a contact that is there, into another one", func(t *testing.T) {
		lines := append(exportedLines(smallExport), fmt.Sprintf(`{"redirect":{"id":%q,"into":%q}}`, cydID, annID))
		refusedExport(t, sealed(lines...), len(lines)+1)
		lines[len(lines)-1] = fmt.Sprintf(`{"redirect":{"id":%q,"into":%q}}`, cydID[:len(cydID)-1]+"6", annID)
		load(t, sealed(lines...))
	})
	t.Run("EXP-3 circles of redirects", func(t *testing.T) {
		for n := 2; n < 6; n++ {
			for tail := range 3 {
				lines := exportedLines(smallExport)
				for i := range n + tail {
					into := i - 1 // the tail leads into the circle
					if i < n {
						into = (i + 1) % n
					}
					lines = append(lines, fmt.Sprintf(`{"redirect":{"id":%q,"into":%q}}`, testID(uint64(100+i)), testID(uint64(100+into))))
				}
				refusedExport(t, sealed(lines...), len(lines)+1)
			}
		}
	})
	t.Run("EXP-3 the last line", func(t *testing.T) {
		end := smallExport[strings.Index(smallExport, `{"end":`):]
		before := strings.TrimSuffix(smallExport, end)
		for _, change := range [][2]string{
			{`"labels":1`, `"labels":0`}, {`"fields":1`, `"fields":2`}, {`"contacts":2`, `"contacts":1`}, {`"redirects":2`, `"redirects":3`},
			{`"labels":1,`, ``}, {`"contacts":2`, `"contacts":18446744073709551618`}, {`"contacts":2`, `"contacts":"2"`},
			{smallSum, strings.ToUpper(smallSum)}, {smallSum, strings.Repeat("0", 64)}, {smallSum, ""}, {smallSum, smallSum + "0"},
			{`,"sha256":"` + smallSum + `"`, ``}, {smallSum, smallSum[1:]}, {`"` + smallSum + `"`, `["secret"]`},
			{`{"end":`, `{"END":`}, {`{"end":`, `{ "end":`}, {`}}`, `},"contact":{}}`}, {end, `{"end":null}`}, {end, `{"end":{}}`},
		} {
			require.Contains(t, end, change[0])
			s, err := contacts.Load(t.Context(), strings.NewReader(before+strings.Replace(end, change[0], change[1], 1)), nil)
			require.Nil(t, s)
			line, _ := reasonOf(t, err)
			require.Equal(t, lastLine, line, change)
		}
	})
	t.Run("EXP-3 only the last line is the last", func(t *testing.T) {
		lines := exportedLines(smallExport)
		for n := 1; n < len(lines); n++ {
			text := sealed(lines[:n]...)
			whole := text + strings.Join(lines[n:], "\n")
			if n == annLine || n == fieldLine || n == labelLine || n == storeLine || n == cydLine {
				load(t, text)
				refusedExport(t, whole, n+2)
			} else {
				refusedExport(t, whole, n+1) // half of the redirects lead nowhere
			}
		}
	})
}

func TestLoadReaders(t *testing.T) {
	s := richStore(t)
	text := exportOf(t, s.Snapshot())
	broken := errors.New("the disk is broken")
	t.Run("EXP-2 readers of all kinds", func(t *testing.T) {
		for name, kind := range map[string]func(io.Reader) io.Reader{
			"one byte": iotest.OneByteReader, "half": iotest.HalfReader, "data with the error": iotest.DataErrReader,
			"nothing at times": func(r io.Reader) io.Reader { return &lazyReader{r: r} },
		} {
			l, err := contacts.Load(t.Context(), kind(strings.NewReader(text)), nil)
			require.NoError(t, err, name)
			require.Equal(t, text, exportOf(t, l.Snapshot()), name)
		}
	})
	t.Run("EXP-3 a reader that fails at once", func(t *testing.T) {
		l, err := contacts.Load(t.Context(), iotest.ErrReader(broken), nil)
		require.Nil(t, l)
		require.ErrorIs(t, err, broken)
		require.Empty(t, contacts.CodeOf(err))
	})
	t.Run("EXP-3 a reader that never reads anything", func(t *testing.T) {
		_, err := contacts.Load(t.Context(), &lazyReader{r: strings.NewReader(text), always: true}, nil)
		require.ErrorIs(t, err, io.ErrNoProgress)
	})
	// The reader fails once after each byte. Asked again, it continues as if nothing had happened.
	t.Run("EXP-3 a reader that fails at any byte, for good or once", func(t *testing.T) {
		for _, once := range []bool{false, true} {
			for n := 0; n <= len(smallExport); n += large(5, 1) {
				r := &brokenReader{text: smallExport, n: n, err: broken, once: once}
				l, err := contacts.Load(t.Context(), r, nil)
				require.Nil(t, l, n)
				require.ErrorIs(t, err, broken, "at %d", n)
				require.Empty(t, contacts.CodeOf(err))
				var at *contacts.LineError
				require.ErrorAs(t, err, &at)
				require.Equal(t, 1+strings.Count(smallExport[:n], "\n"), at.Line, "at %d", n)
			}
		}
	})
	t.Run("EXP-3 a reader that fails once, in a long export", func(t *testing.T) {
		l := openStore(t, unchecked())
		for i := range 3000 {
			create(t, l, person(fmt.Sprint("P", i)))
		}
		long := exportOf(t, l.Snapshot())
		for _, n := range []int{1 << 16, 1<<17 + 1, len(long) / 2, len(long) - 500, len(long) - 1, len(long)} {
			_, err := contacts.Load(t.Context(), &brokenReader{text: long, n: n, err: broken, once: true}, nil)
			require.ErrorIs(t, err, broken, "at %d", n)
		}
		_, err := contacts.Load(t.Context(), iotest.TimeoutReader(strings.NewReader(long)), nil)
		require.ErrorIs(t, err, iotest.ErrTimeout)
	})
	t.Run("EXP-3 a line that is wrong before the reader fails", func(t *testing.T) {
		wrong := strings.Replace(smallExport, `"Ann@x.test"`, `"secret"`, 1)
		_, err := contacts.Load(t.Context(), &brokenReader{text: wrong, n: len(wrong) - 400, err: broken}, nil)
		line, _ := reasonOf(t, err)
		require.Equal(t, annLine, line)
	})
	t.Run("EXP-3 STO-1 a context that is done before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r := &countingReader{r: strings.NewReader(text)}
		l, err := contacts.Load(ctx, r, nil)
		require.Nil(t, l)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, contacts.CodeOf(err))
		require.Zero(t, r.n)
	})
	t.Run("EXP-3 STO-1 a context that ends during Load, and no goroutine that stays", func(t *testing.T) {
		l := openStore(t, unchecked())
		for i := range 50 {
			newLabel(t, l, fmt.Sprint("L", i))
		}
		for i := range 2000 {
			create(t, l, person(fmt.Sprint("P", i)))
		}
		long := exportOf(t, l.Snapshot())
		for n := 0; n < len(long); n += len(long) / large(10, 40) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				r := &cancellingReader{text: long, n: n, cancel: cancel}
				l, err := contacts.Load(ctx, r, nil)
				require.Nil(t, l)
				require.ErrorIs(t, err, context.Canceled, "at %d", n)
				require.Empty(t, contacts.CodeOf(err))
				require.LessOrEqual(t, r.after, 500, "it read beyond the end of the line")
			})
		}
	})
	t.Run("EXP-3 no goroutine stays after a refusal", func(t *testing.T) {
		for i := range 8 {
			synctest.Test(t, func(t *testing.T) {
				_, err := contacts.Load(t.Context(), strings.NewReader(text[:len(text)*i/8]), nil)
				require.Equal(t, contacts.ErrInvalidExport, contacts.CodeOf(err))
			})
		}
	})
	t.Run("EXP-2 several at a time", func(t *testing.T) {
		for i := range 8 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				for range 10 {
					l, err := contacts.Load(t.Context(), strings.NewReader(text), nil)
					require.NoError(t, err)
					var b bytes.Buffer
					require.NoError(t, l.Snapshot().Export(&b))
					require.Equal(t, text, b.String())
				}
			})
		}
	})
}

// lazyReader returns no bytes at every second call.
type lazyReader struct {
	r      io.Reader
	turn   int
	always bool
}

func (l *lazyReader) Read(p []byte) (int, error) {
	if l.turn++; l.turn%2 == 0 || l.always {
		return 0, nil
	}
	return l.r.Read(p[:min(len(p), 100)])
}

// brokenReader fails after n bytes, and continues if it fails only once.
type brokenReader struct {
	text string
	n    int
	err  error
	once bool
	did  bool
}

func (b *brokenReader) Read(p []byte) (int, error) {
	if b.n == 0 && !(b.once && b.did) {
		b.did = true
		return 0, b.err
	}
	if !b.did {
		p = p[:min(len(p), b.n)]
	}
	n := copy(p, b.text)
	b.text = b.text[n:]
	if !b.did {
		b.n -= n
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// cancellingReader cancels after n bytes, and continues, a few bytes at a time.
type cancellingReader struct {
	text     string
	n, after int
	cancel   func()
}

func (c *cancellingReader) Read(p []byte) (int, error) {
	n := copy(p[:min(len(p), 100)], c.text)
	if c.text = c.text[n:]; n == 0 {
		return 0, io.EOF
	}
	if c.n < 0 {
		c.after += n
	}
	if c.n -= n; c.n <= 0 {
		c.cancel()
		c.n = -1
	}
	return n, nil
}

func TestClockOutsideOfTime(t *testing.T) {
	for name, now := range map[string]time.Time{
		"the zero time": {}, "the year 10000": time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		"a year before 0":                     time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC),
		"a time that is cut to the zero time": time.Time{}.Add(time.Microsecond),
	} {
		t.Run("STO-3 "+name+" is no time to write at", func(t *testing.T) {
			opts := fixed()
			opts.Now = func() time.Time { return now }
			s := openStore(t, opts)
			_, err := s.Create(t.Context(), person("Ann"), nil)
			require.ErrorIs(t, err, contacts.ErrInternal)
			_, err = s.Import(t.Context(), rowsOf(&contacts.Contact{Info: person("Ann")}), nil)
			require.ErrorIs(t, err, contacts.ErrInternal)
			require.Zero(t, s.Snapshot().Position())
		})
	}
}

func TestClockInTheYear0(t *testing.T) {
	t.Run("STO-3 a first write before the zero time has its own time", func(t *testing.T) {
		now := time.Date(0, 5, 6, 7, 8, 9, 0, time.UTC)
		opts := fixed()
		opts.Now = func() time.Time { return now }
		s := openStore(t, opts)
		require.Equal(t, now, create(t, s, person("Ann")).CreatedDate)
		now = now.Add(-time.Hour)
		require.Equal(t, now.Add(time.Hour), create(t, s, person("Bo")).CreatedDate)
	})
}

func TestLoadRefusesDefinitions(t *testing.T) {
	for name, change := range map[string][2]string{
		"NUL in a label's namespace":        {`"label":{"namespace":"custom"`, `"label":{"namespace":"a\u0000"`},
		"a namespace that is not the key's": {`"label":{"namespace":"custom"`, `"label":{"namespace":"other"`},
		"NUL in the namespace's name":       {`"namespaceDisplayName":"Labels"`, `"namespaceDisplayName":"\u0000"`},
		"a field of another namespace":      {`"field":{"namespace":"custom"`, `"field":{"namespace":"other"`},
		"a field with a description":        {`"fieldType":"USER_DEFINED"`, `"fieldType":"USER_DEFINED","description":"x"`},
		"updated before it was created": {
			`"updatedDate":"2026-01-02T03:04:06.000Z"}}`, `"updatedDate":"2025-01-02T03:04:06.000Z"}}`,
		},
		"a key that could be anything": {`"custom.shoe-size":42.5`, `"ann secret@x.test 0123":42.5`},
	} {
		t.Run("EXP-3 ERR-3 "+name, func(t *testing.T) {
			require.Contains(t, smallExport, change[0])
			lines := exportedLines(strings.Replace(smallExport, change[0], change[1], 1))
			_, err := contacts.Load(t.Context(), strings.NewReader(sealed(lines...)), nil)
			require.Equal(t, contacts.ErrInvalidExport, contacts.CodeOf(err))
			require.NotRegexp(t, secrets, err.Error())
		})
	}
}

func TestNumbersOfWhichThereAreTwo(t *testing.T) {
	t.Run("EXP-2 points on the map", func(t *testing.T) {
		exports := map[string]bool{}
		for _, zero := range []float64{0, math.Copysign(0, -1)} {
			for _, nan := range []float64{math.NaN(), math.Float64frombits(0x7ff8000000000123)} {
				s := newStore(t)
				info := person("Ann")
				info.Addresses = []contacts.Address{{City: "Oslo", Geocode: &contacts.Geocode{Latitude: nan, Longitude: zero}}}
				create(t, s, info)
				exports[exportOf(t, s.Snapshot())] = true
				loaded, err := contacts.Load(t.Context(), strings.NewReader(exportOf(t, s.Snapshot())), nil)
				require.NoError(t, err)
				require.NoError(t, loaded.Snapshot().Check())
			}
		}
		require.Len(t, exports, 1)
	})
}

// TestLoadEarlierTexts loads what earlier versions accepted, or exported under another form of an address.
func TestLoadEarlierTexts(t *testing.T) {
	for _, tc := range []struct {
		name    string
		replace []string // old and new texts in smallExport
		check   func(t *testing.T, s *contacts.Store, ann *contacts.Contact)
	}{
		{"VAL-5 a name around an email", []string{
			`"email":"Ann@x.test"`, `"email":"Ann <Ann@x.test>"`, `"ann@x.test":{`, `"ann <ann@x.test>":{`},
			func(t *testing.T, s *contacts.Store, ann *contacts.Contact) {
				require.Equal(t, subscribed, ann.PrimaryEmail.SubscriptionStatus)
				_, err := s.Update(t.Context(), ann.ID, ann.Revision, contacts.Patch{Company: contacts.Set("Acorn")}, nil)
				require.NoError(t, err, "what is not in the patch is not checked")
				_, err = s.Update(t.Context(), ann.ID, ann.Revision+1, contacts.Patch{Emails: contacts.Set(ann.Info.Emails)}, nil)
				require.Equal(t, oneViolation(badFormat("info.emails.items[0].email", contacts.FormatEmail)), violations(t, err))
			}},
		{"SUB-2 a final sigma in the address of a status", []string{
			`"email":"Ann@x.test"`, `"email":"ΝΙΚΟς@x.test"`, `"ann@x.test":{`, `"νικος@x.test":{`},
			func(t *testing.T, s *contacts.Store, ann *contacts.Contact) {
				require.Equal(t, subscribed, ann.PrimaryEmail.SubscriptionStatus)
				require.Contains(t, exportOf(t, s.Snapshot()), `"emailStatuses":{"νικοσ@x.test":{`)
			}},
		{"SUB-2 a Kelvin sign in the address of a status", []string{
			`"email":"Ann@x.test"`, `"email":"` + "\u212a" + `im@x.test"`, `"ann@x.test":{`, `"kim@x.test":{`},
			func(t *testing.T, s *contacts.Store, ann *contacts.Contact) {
				require.Equal(t, subscribed, ann.PrimaryEmail.SubscriptionStatus)
				require.Empty(t, ids(s.Snapshot().ByEmail("kim@x.test")))
			}},
		{"SUB-2 an objection wins among two statuses", []string{
			`"email":"Ann@x.test","primary":true}`, `"email":"ΝΙΚΟΣ@x.test","primary":true},` +
				`{"id":"00000000-0000-4000-8000-000000000099","tag":"UNTAGGED","email":"νικος@x.test","primary":false}`,
			`"ann@x.test":{"subscriptionStatus":"SUBSCRIBED","deliverabilityStatus":"NOT_SET"}`,
			`"νικος@x.test":{"subscriptionStatus":"UNSUBSCRIBED","deliverabilityStatus":"NOT_SET"},` +
				`"νικοσ@x.test":{"subscriptionStatus":"SUBSCRIBED","deliverabilityStatus":"NOT_SET"}`,
		}, func(t *testing.T, _ *contacts.Store, ann *contacts.Contact) {
			require.Equal(t, unsubscribed, ann.PrimaryEmail.SubscriptionStatus)
		}},
		{"SUB-2 an objection wins, whatever the form of the other status", []string{
			`"email":"Ann@x.test","primary":true}`, `"email":"ΝΙΚΟΣ@x.test","primary":true},` +
				`{"id":"00000000-0000-4000-8000-000000000099","tag":"UNTAGGED","email":"νικος@x.test","primary":false}`,
			`"ann@x.test":{"subscriptionStatus":"SUBSCRIBED","deliverabilityStatus":"NOT_SET"}`,
			`"νικος@x.test":{"subscriptionStatus":"SUBSCRIBED","deliverabilityStatus":"NOT_SET"},` +
				`"νικοσ@x.test":{"subscriptionStatus":"UNSUBSCRIBED","deliverabilityStatus":"NOT_SET"}`,
		}, func(t *testing.T, _ *contacts.Store, ann *contacts.Contact) {
			require.Equal(t, unsubscribed, ann.PrimaryEmail.SubscriptionStatus)
		}},
		{"CRT-1 DRV-4 a name that shows nothing", []string{`"first":"Cyd"`, `"first":"` + "\u200b" + `"`},
			func(t *testing.T, s *contacts.Store, _ *contacts.Contact) {
				require.Contains(t, exportOf(t, s.Snapshot()), `"first":"`+"\u200b"+`"`)
			}},
		{"VAL-20 FLD-30 EXP-4 long texts of a picture and an extended field", []string{
			`{"first":"Cyd"}`, `{"first":"Cyd"},"extendedFields":{"items":{"invoices.vatId":"` +
				strings.Repeat("x", 20_000) + `"}},"picture":{"image":{"id":"` + strings.Repeat("y", 2000) + `","url":"https://x.test/` +
				strings.Repeat("z", 5000) + `"}}`},
			func(t *testing.T, s *contacts.Store, _ *contacts.Contact) {
				require.Contains(t, exportOf(t, s.Snapshot()), strings.Repeat("y", 2000))
				require.NoError(t, s.Snapshot().Check())
			}},
		{"LBL-5 FLD-9 names that show nothing", []string{
			`"displayName":"VIP"`, `"displayName":" "`, `"displayName":"Shoe size"`, `"displayName":"` + "\ufeff" + `"`},
			func(t *testing.T, s *contacts.Store, _ *contacts.Contact) {
				label, err := s.RenameLabel(t.Context(), "custom.vip", "VIP")
				require.NoError(t, err)
				found, made, err := s.FindOrCreateLabel(t.Context(), " VIP")
				require.NoError(t, err)
				require.False(t, made)
				require.Equal(t, label, found)
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := strings.NewReplacer(tc.replace...).Replace(smallExport)
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			s := load(t, sealed(lines[:len(lines)-1]...))
			ann, err := s.Get(t.Context(), testID(1), nil)
			require.NoError(t, err)
			again := exportOf(t, s.Snapshot())
			require.Equal(t, again, exportOf(t, load(t, again).Snapshot()))
			tc.check(t, s, ann)
		})
	}
}

func TestLoadBounds(t *testing.T) {
	lines := exportedLines(smallExport)
	t.Run("JSON-17 a line that is too long", func(t *testing.T) {
		longest := 0
		for _, line := range lines {
			longest = max(longest, len(line))
		}
		load := func(limits contacts.LineLimits) error {
			_, err := contacts.Load(t.Context(), strings.NewReader(smallExport), &contacts.Options{LineLimits: limits})
			return err
		}
		require.NoError(t, load(contacts.LineLimits{Bytes: longest}))
		at, fields := reasonOf(t, load(contacts.LineLimits{Bytes: longest - 1}))
		require.Equal(t, slices.IndexFunc(lines, func(line string) bool { return len(line) == longest })+1, at)
		require.Empty(t, fields)
	})
	t.Run("JSON-17 a line with too many values", func(t *testing.T) {
		_, err := contacts.Load(t.Context(), strings.NewReader(smallExport),
			&contacts.Options{LineLimits: contacts.LineLimits{Values: 30}})
		at, fields := reasonOf(t, err)
		require.Equal(t, annLine, at)
		require.Equal(t, []string{""}, fields)
	})
	t.Run("JSON-17 negative limits", func(t *testing.T) {
		_, err := contacts.New(&contacts.Options{
			ContactSizeMax: -1, LineLimits: contacts.LineLimits{Bytes: -1, Values: -1},
		})
		require.Equal(t, []contacts.Violation{
			{Field: "ContactSizeMax", Rule: contacts.RuleMin}, {Field: "LineLimits.Bytes", Rule: contacts.RuleMin},
			{Field: "LineLimits.Values", Rule: contacts.RuleMin},
		}, violations(t, err))
	})
	t.Run("JSON-16 a repeated member", func(t *testing.T) {
		line := strings.Replace(lines[cydLine-1], `"revision":`, `"revision":1,"revision":`, 1)
		require.NotEqual(t, lines[cydLine-1], line)
		changed := slices.Clone(lines)
		changed[cydLine-1] = line
		refusedExport(t, strings.Join(changed, "\n"), cydLine, "contact.revision")
	})
	t.Run("JSON-17 memory", func(t *testing.T) {
		size := large(2<<20, 50<<20)
		for name, dense := range denseTexts(size) {
			text := lines[0] + "\n" + `{"contact":` + dense + "}\n"
			peak := peakOf(func() { refusedLine(t, text, 2) })
			require.Less(t, peak, uint64(10*len(text)+20<<20), name)
		}
	})
	t.Run("JSON-17 memory of many dense lines", func(t *testing.T) {
		line := `{"contact":{"info":{"addresses":{"items":` + tiny("{}", 57_000) + "}}}}\n"
		text := strings.Join(lines[:cydLine], "\n") + "\n" + strings.Repeat(line, large(100, 600))
		peak := peakOf(func() { refusedLine(t, text, cydLine+1) })
		require.Less(t, peak, uint64(10*len(text)+100<<20))
	})
}

// refusedLine requires that Load refuses a text because of this line.
func refusedLine(t *testing.T, text string, line int) {
	t.Helper()
	_, err := contacts.Load(t.Context(), strings.NewReader(text), nil)
	require.Equal(t, contacts.ErrInvalidExport, contacts.CodeOf(err))
	require.ErrorContains(t, err, fmt.Sprintf("line %d: ", line))
	require.Less(t, len(err.Error()), 5000)
}

// TestCountsAtTheirEnd writes to stores that have made nearly as many commits and changes as they can count.
func TestCountsAtTheirEnd(t *testing.T) {
	const most = 1<<63 - 1
	open := func(t testing.TB, changes uint64) *lab {
		t.Helper()
		lines := exportedLines(smallExport)
		counts := fmt.Sprintf(`"position":%d,"changes":%d`, changes, changes)
		lines[0] = strings.Replace(lines[0], `"position":9,"changes":11`, counts, 1)
		require.Contains(t, lines[0], counts)
		now := epoch.AddDate(1, 0, 0)
		s := load(t, sealed(lines...), func(o *contacts.Options) { o.Now = func() time.Time { return now } })
		return &lab{s, &now}
	}
	t.Run("EXP-5 the last change", func(t *testing.T) {
		l := open(t, most-1)
		ann := create(t, l.Store, person("Ann"))
		require.EqualValues(t, most, l.Snapshot().Position())
		requireLoads(t, l.Store)
		err := l.refused(t, contacts.ErrInternal, func() error { return l.Delete(t.Context(), ann.ID) })
		require.ErrorContains(t, err, "changes")
		requireLoads(t, l.Store)
	})
	t.Run("EXP-5 a commit of more changes than are left", func(t *testing.T) {
		l := open(t, most-2)
		three := rowsOf(row(900, person("Ann")), row(901, person("Bo")), row(902, person("Cyd")))
		l.refused(t, contacts.ErrInternal, func() error {
			report, err := l.Import(t.Context(), three, nil)
			require.Zero(t, report.Imported)
			return err
		})
		importOne(t, l.Store, nil, row(900, person("Ann")))
		requireLoads(t, l.Store)
	})
	t.Run("EXP-5 reads and calls that change nothing succeed", func(t *testing.T) {
		l := open(t, most)
		_, created, err := l.FindOrCreateLabel(t.Context(), "Customers")
		require.NoError(t, err)
		require.False(t, created)
		for _, err := range l.Follow(t.Context(), most-1) {
			require.ErrorIs(t, err, contacts.ErrPositionExpired)
			break
		}
	})
}

func TestLoadWhatOptionsAllow(t *testing.T) {
	t.Run("EXP-5 a limit of contacts without a number above it", func(t *testing.T) {
		opts := fixed()
		opts.ContactSizeMax = math.MaxInt
		s := openStore(t, opts)
		create(t, s, person("Ann"))
		_, err := contacts.Load(t.Context(), strings.NewReader(exportOf(t, s.Snapshot())), opts)
		require.NoError(t, err)
	})
	t.Run("EXP-5 LBL-8 FLD-12 definitions from the future are renamed", func(t *testing.T) {
		future := epoch.AddDate(20, 0, 0)
		made := newLab(t)
		*made.now = future
		label, field := newLabel(t, made.Store, "Red"), newField(t, made.Store, "Size", contacts.DataNumber)
		lines := exportedLines(exportOf(t, made.Snapshot()))
		lines[0] = strings.Replace(lines[0], "2046", "2026", 1) // the store alone was repaired
		s := load(t, sealed(lines...), func(o *contacts.Options) { o.Now = func() time.Time { return epoch } })
		l, err := s.RenameLabel(t.Context(), label, "Green")
		require.NoError(t, err)
		require.Equal(t, future, l.UpdatedDate)
		f, err := s.RenameField(t.Context(), field, "Shoe size")
		require.NoError(t, err)
		require.Equal(t, future, f.UpdatedDate)
		requireLoads(t, s)
	})
}
