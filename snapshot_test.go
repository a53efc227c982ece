package contacts_test

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// TestLookupsInOrder looks up values that some contacts have as the primary one and others do not: look-ups and pages
// must merge these, which are apart in the indexes.
func TestLookupsInOrder(t *testing.T) {
	s := openStore(t, unchecked())
	const email, e164 = "all@x.test", "+12015550123"
	bare, loose := number("US", numberUS), number("", numberUS)
	variants := []contacts.Info{
		reachable([]string{email, "b@x.test"}, bare),
		reachable([]string{"c@x.test", email}, number("", "12"), number("US", numberUS+" ext. 7"), bare),
		reachable([]string{"d@x.test", email, "D2@x.test"}, number("US", numberUS+" ext. 8"), loose, bare),
		reachable([]string{email}, loose, number("US", numberUS2)),
		reachable([]string{"ALL@x.test", "all@X.test"}, bare, loose, number("US", numberUS+" ext. 7")),
		reachable([]string{"e@x.test", "f@x.test", email}, number("", "13"), bare, loose),
		reachable([]string{email}, number("US", numberUS+" ext. 7"), loose),
	}
	const n = 3 * 7
	all := make([]*contacts.Contact, n)
	for i := range all {
		c, err := s.Create(t.Context(), variants[i%len(variants)], &contacts.CreateOptions{AllowDuplicates: true})
		require.NoError(t, err)
		all[i] = c
	}
	verify := func(t *testing.T) {
		require.NoError(t, s.Snapshot().Check())
		want := idsOf(all)
		require.Equal(t, want, ids(s.Snapshot().ByEmail(email)))
		require.Equal(t, want, ids(s.Snapshot().ByPhone(e164)))
		require.Empty(t, ids(s.Snapshot().ByPhone(e164+";ext=7")))
		require.Empty(t, ids(s.Snapshot().ByPhone("\xff"+e164+";ext=7")))
		for _, filter := range []contacts.Filter{
			contacts.Eq("info.emails.email", email), contacts.Eq("info.phones.e164Phone", e164),
		} {
			requirePages(t, s, filter, want)
		}
		var typed []uuid.UUID
		for i, c := range all {
			if slices.ContainsFunc(c.Info.Phones, func(p contacts.Phone) bool { return p.Number == numberUS }) {
				typed = append(typed, all[i].ID)
			}
		}
		requirePages(t, s, contacts.Eq("info.phones.phone", numberUS), typed)
	}
	t.Run("ORD-1 as created", verify)
	for i, c := range all {
		patch := contacts.Patch{
			Emails: contacts.Set(variants[(i+1)%len(variants)].Emails), Phones: contacts.Set(variants[(i+3)%len(variants)].Phones),
		}
		c, err := s.Update(t.Context(), c.ID, 1, patch, &contacts.UpdateOptions{AllowDuplicates: true})
		require.NoError(t, err)
		all[i] = c
	}
	t.Run("ORD-1 after other values became primary", verify)
	for i := len(all) - 1; i > 0; i -= 4 {
		require.NoError(t, s.Delete(t.Context(), all[i].ID))
		all = slices.Delete(all, i, i+1)
	}
	t.Run("ORD-1 after deletes", verify)
}

// requirePages requires that a filter finds these contacts, whatever the pages and their order, and walks an index.
func requirePages(t *testing.T, s *contacts.Store, filter contacts.Filter, want []uuid.UUID) {
	t.Helper()
	q := contacts.Query{Filter: filter}
	plan, err := s.Snapshot().Explain(q)
	require.NoError(t, err)
	require.Equal(t, contacts.Plan{Index: plan.Index, Rows: len(want)}, plan)
	require.NotEqual(t, "created", plan.Index)
	for range 2 {
		for limit := 1; limit <= len(want); limit += 3 {
			var got []uuid.UUID
			page := pageOf(t, s, q, limit, "")
			for got = idsOf(page.Items); page.Next != ""; got = append(got, idsOf(page.Items)...) {
				page = pageOf(t, s, q, limit, page.Next)
			}
			require.Equal(t, want, got)
			for got = idsOf(page.Items); page.Previous != ""; got = append(idsOf(page.Items), got...) {
				page = pageOf(t, s, q, limit, page.Previous)
			}
			require.Equal(t, want, got)
		}
		skipped, err := s.List(t.Context(), q, &contacts.ListOptions{Offset: 5, Limit: 4})
		require.NoError(t, err)
		require.Equal(t, want[5:9], idsOf(skipped.Items))
		q.Sort, want = []contacts.Sort{{Field: "createdDate", Order: contacts.SortDesc}}, slices.Clone(want)
		slices.Reverse(want)
	}
}

func TestLookups(t *testing.T) {
	s := newStore(t)
	info := func(first, email, country, phone, label string) contacts.Info {
		info := person(first, email)
		info.Phones = []contacts.Phone{number(country, phone)}
		info.LabelKeys = []string{label}
		return info
	}
	for _, name := range []string{"Vip", "Vip Gold"} {
		_, _, err := s.FindOrCreateLabel(t.Context(), name)
		require.NoError(t, err)
	}
	ann := create(t, s, info("Ann", "ann@x.test", "US", numberUS, "custom.vip")).ID
	bob := create(t, s, info("Bob", "Ann@x.test.example", "US", numberLoose, "custom.vip-gold")).ID
	cyd := create(t, s, info("Cyd", "\tÄNN@x.test ", "GB", "020 7946 0018", "contacts.customers")).ID
	dan := create(t, s, person("Dan", "dan@x.test", "ANN@X.TEST", "ann@x.test", "\ufffd@x.test")).ID
	require.NoError(t, fault(s.Snapshot()))

	byEmail, byPhone, byLabel := lookups[0].Find, lookups[1].Find, lookups[2].Find
	huge := strings.Repeat("x", 1<<20)
	for _, tc := range []struct {
		name string
		find func(*contacts.Snapshot, string) iter.Seq[contacts.View]
		text string
		want []uuid.UUID
	}{
		{"ORD-1 email, oldest first, primary or not, each contact once", byEmail, "ann@x.test", []uuid.UUID{ann, dan}},
		{"ORD-1 email in another case", byEmail, "aNN@X.tEST", []uuid.UUID{ann, dan}},
		{"ORD-1 email with space around", byEmail, " \r\n\tann@x.test\u00a0", []uuid.UUID{ann, dan}},
		{"ORD-1 email with a letter with marks in another case", byEmail, "änn@X.test", []uuid.UUID{cyd}},
		{"ORD-1 email that begins like another", byEmail, "ann@x.test.example", []uuid.UUID{bob}},
		{"ORD-1 beginning of emails", byEmail, "ann@x.tes", nil},
		{"ORD-1 email and more", byEmail, "ann@x.test.", nil},
		{"ORD-1 space within", byEmail, "ann @x.test", nil},
		{"ORD-1 no email", byEmail, "", nil},
		{"ORD-1 an email of spaces", byEmail, "  ", nil},
		{"ORD-1 email of no contact", byEmail, "zed@x.test", nil},
		{"VAL-4 email and NUL", byEmail, "ann@x.test\x00", nil},
		{"VAL-4 email, NUL and the next byte of its key", byEmail, "ann@x.test\x00\x80", nil},
		{"VAL-4 NUL alone", byEmail, "\x00", nil},
		{"VAL-4 NUL and email", byEmail, "\x00ann@x.test", nil},
		{"ORD-1 huge email", byEmail, huge, nil},
		{"ORD-1 huge space", byEmail, strings.Repeat(" ", 1<<20) + "ann@x.test", []uuid.UUID{ann, dan}},
		{"ORD-1 email with the replacement character", byEmail, "\ufffd@x.test", []uuid.UUID{dan}},
		{"VAL-4 email that is no UTF-8", byEmail, "\xff@x.test", nil},
		{"ORD-1 phone", byPhone, "+12015550123", []uuid.UUID{ann}},
		{"ORD-1 phone of another country", byPhone, "+442079460018", []uuid.UUID{cyd}},
		{"ORD-1 phone as typed", byPhone, numberUS, nil},
		{"ORD-1 phone that has no E.164 form", byPhone, numberLoose, nil},
		{"ORD-1 beginning of a phone", byPhone, "+1201555012", nil},
		{"ORD-1 phone and more", byPhone, "+120155501234", nil},
		{"ORD-1 phone with space around", byPhone, " +12015550123", nil},
		{"ORD-1 no phone", byPhone, "", nil},
		{"VAL-4 phone and NUL", byPhone, "+12015550123\x00", nil},
		{"VAL-4 phone, NUL and the next byte of its key", byPhone, "+12015550123\x00\x80", nil},
		{"ORD-1 huge phone", byPhone, huge, nil},
		{"ORD-1 label", byLabel, "custom.vip", []uuid.UUID{ann}},
		{"ORD-1 label that begins like another", byLabel, "custom.vip-gold", []uuid.UUID{bob}},
		{"ORD-1 beginning of labels", byLabel, "custom.", nil},
		{"ORD-1 label in another case", byLabel, "CUSTOM.VIP", nil},
		{"ORD-1 label of no contact", byLabel, "contacts.contacted-me", nil},
		{"ORD-1 label that is not defined", byLabel, "custom.none", nil},
		{"ORD-1 no label", byLabel, "", nil},
		{"VAL-4 label and NUL", byLabel, "custom.vip\x00", nil},
		{"VAL-4 label, NUL and the next byte of its key", byLabel, "custom.vip\x00\x80", nil},
		{"ORD-1 huge label", byLabel, huge, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, ids(tc.find(s.Snapshot(), tc.text)))
		})
	}
}

// TestLookupsAfterChanges removes values from contacts that share them, or have them twice.
func TestLookupsAfterChanges(t *testing.T) {
	shared := func(first string) contacts.Info {
		info := person(first, "team@x.test", first+"@x.test")
		info.Phones = []contacts.Phone{number("US", numberUS), number("GB", "020 7946 0018")}
		info.LabelKeys = []string{"contacts.customers", "contacts.contacted-me"}
		return info
	}
	const phone, label = "+12015550123", "contacts.customers"
	for _, tc := range []struct {
		name string
		do   func(t *testing.T, s *contacts.Store, ann, bob *contacts.Contact)
		ann  []bool // still found by team@x.test, phone, label
		bob  []bool
	}{
		{
			"DEL-2 the older is deleted, the other stays findable",
			func(t *testing.T, s *contacts.Store, ann, _ *contacts.Contact) {
				require.NoError(t, s.Delete(t.Context(), ann.ID))
			},
			[]bool{false, false, false}, []bool{true, true, true},
		},
		{
			"DEL-2 the newer is deleted, the other stays findable",
			func(t *testing.T, s *contacts.Store, _, bob *contacts.Contact) {
				require.NoError(t, s.Delete(t.Context(), bob.ID))
			},
			[]bool{true, true, true}, []bool{false, false, false},
		},
		{
			"DEL-2 both are deleted",
			func(t *testing.T, s *contacts.Store, ann, bob *contacts.Contact) {
				require.NoError(t, s.Delete(t.Context(), ann.ID))
				require.NoError(t, s.Delete(t.Context(), bob.ID))
			},
			[]bool{false, false, false}, []bool{false, false, false},
		},
		{
			"DEL-2 one gives its values up, the other stays findable",
			func(t *testing.T, s *contacts.Store, ann, _ *contacts.Contact) {
				update(t, s, ann, contacts.Patch{
					Emails: contacts.Set[[]contacts.Email](nil), Phones: contacts.Set[[]contacts.Phone](nil),
					LabelKeys: contacts.Set[[]string](nil),
				})
			},
			[]bool{false, false, false}, []bool{true, true, true},
		},
		{
			"DEL-2 one replaces its values",
			func(t *testing.T, s *contacts.Store, _, bob *contacts.Contact) {
				update(t, s, bob, contacts.Patch{
					Emails:    contacts.Set(primaryAt(0, "new@x.test")),
					Phones:    contacts.Set([]contacts.Phone{number("US", "202-555-0147")}),
					LabelKeys: contacts.Set([]string{"contacts.contacted-me"}),
				})
			},
			[]bool{true, true, true}, []bool{false, false, false},
		},
		{
			"DEL-2 one swaps the order of its values",
			func(t *testing.T, s *contacts.Store, ann, _ *contacts.Contact) {
				update(t, s, ann, contacts.Patch{
					Emails:    contacts.Set(primaryAt(0, "new@x.test", "TEAM@x.test")),
					Phones:    contacts.Set([]contacts.Phone{number("GB", "020 7946 0018"), number("US", numberUS2)}),
					LabelKeys: contacts.Set([]string{"contacts.contacted-me", label}),
				})
			},
			[]bool{true, true, true}, []bool{true, true, true},
		},
		{
			"DEL-2 one of two equal values in a contact goes",
			func(t *testing.T, s *contacts.Store, ann, _ *contacts.Contact) {
				ann = update(t, s, ann, contacts.Patch{
					Emails: contacts.Set(primaryAt(0, "team@x.test", "TEAM@x.test", "team@x.test")),
					Phones: contacts.Set([]contacts.Phone{number("US", numberUS), number("US", numberUS2)}),
				})
				require.NoError(t, fault(s.Snapshot()))
				ann = update(t, s, ann, contacts.Patch{
					Emails: contacts.Set(primaryAt(0, "new@x.test", "Team@x.test")),
					Phones: contacts.Set([]contacts.Phone{number("US", numberUS2)}),
				})
				require.NoError(t, fault(s.Snapshot()))
				update(t, s, ann, contacts.Patch{Emails: contacts.Set(primaryAt(0, "team@x.test"))})
			},
			[]bool{true, true, true}, []bool{true, true, true},
		},
		{
			"DEL-2 one of two equal values goes, and the contact with it",
			func(t *testing.T, s *contacts.Store, ann, _ *contacts.Contact) {
				ann = update(t, s, ann, contacts.Patch{Emails: contacts.Set(primaryAt(0, "team@x.test", "TEAM@x.test"))})
				update(t, s, ann, contacts.Patch{Emails: contacts.Set(primaryAt(0, "TEAM@x.test"))})
				require.NoError(t, s.Delete(t.Context(), ann.ID))
			},
			[]bool{false, false, false}, []bool{true, true, true},
		},
		{
			"DEL-2 a change of something else leaves all findable",
			func(t *testing.T, s *contacts.Store, ann, bob *contacts.Contact) {
				update(t, s, ann, contacts.Patch{Company: contacts.Set("Birch")})
				update(t, s, bob, contacts.Patch{FirstName: contacts.Set("Rob")})
			},
			[]bool{true, true, true}, []bool{true, true, true},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			ann, bob := create(t, s, shared("ann")), create(t, s, shared("bob"))
			before := s.Snapshot()
			tc.do(t, s, ann, bob)

			sn := s.Snapshot()
			require.NoError(t, fault(sn, "team@x.test", "ann@x.test", "bob@x.test", phone, label, "contacts.contacted-me"))
			for i, text := range []string{"team@x.test", phone, label} {
				found := ids(lookups[i].Find(sn, text))
				require.Equal(t, tc.ann[i], slices.Contains(found, ann.ID), "ann by "+text)
				require.Equal(t, tc.bob[i], slices.Contains(found, bob.ID), "bob by "+text)
				require.Equal(t, []uuid.UUID{ann.ID, bob.ID}, ids(lookups[i].Find(before, text)), "before")
			}
		})
	}
}

func TestOrder(t *testing.T) {
	at := func(text string) time.Time {
		moment, err := time.Parse(time.RFC3339Nano, text)
		require.NoError(t, err)
		return moment
	}
	for _, tc := range []struct {
		name  string
		clock []string // readings of the clock, one per contact
		want  []string // createdDate of each
	}{
		{
			"ORD-1 the clock moves",
			[]string{"2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z", "2026-01-02T03:04:07Z"},
			[]string{"2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z", "2026-01-02T03:04:07Z"},
		},
		{
			"ORD-1 the clock stops",
			slices.Repeat([]string{"2026-01-02T03:04:05Z"}, 12),
			slices.Repeat([]string{"2026-01-02T03:04:05Z"}, 12),
		},
		{
			"STO-3 the clock goes back",
			[]string{"2026-01-02T03:04:05Z", "2026-01-02T03:04:04Z", "1969-01-01T00:00:00Z", "2026-01-02T03:04:05.001Z"},
			[]string{"2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.001Z"},
		},
		{
			"STO-3 times below a millisecond",
			[]string{
				"2026-01-02T03:04:05.0019Z", "2026-01-02T03:04:05.0011Z", "2026-01-02T03:04:05.001999999Z",
				"2026-01-02T03:04:05.002Z",
			},
			[]string{"2026-01-02T03:04:05.001Z", "2026-01-02T03:04:05.001Z", "2026-01-02T03:04:05.001Z", "2026-01-02T03:04:05.002Z"},
		},
		{
			"STO-3 other time zones",
			[]string{"2026-01-02T03:04:05+02:00", "2026-01-02T03:04:05+01:00", "2026-01-02T03:04:05-09:30"},
			[]string{"2026-01-02T01:04:05Z", "2026-01-02T02:04:05Z", "2026-01-02T12:34:05Z"},
		},
		{
			"ORD-1 before and after 1970",
			[]string{
				"1901-02-03T04:05:06Z", "1969-12-31T23:59:59.9985Z", "1969-12-31T23:59:59.9999Z", "1970-01-01T00:00:00Z",
				"1970-01-01T00:00:00.001Z", "2026-01-02T03:04:05Z",
			},
			[]string{
				"1901-02-03T04:05:06Z", "1969-12-31T23:59:59.998Z", "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z",
				"1970-01-01T00:00:00.001Z", "2026-01-02T03:04:05Z",
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opts := fixed()
			reading := 0
			opts.Now = func() time.Time { reading++; return at(tc.clock[reading-1]) }
			s := openStore(t, opts)
			var made []*contacts.Contact
			var created []time.Time
			for range tc.clock {
				c := create(t, s, contacts.Info{
					Emails: primaryAt(0, "team@x.test"), Phones: []contacts.Phone{number("US", numberUS)},
					LabelKeys: []string{"contacts.customers"},
				})
				made, created = append(made, c), append(created, c.CreatedDate)
			}
			var want []time.Time
			var order []uuid.UUID
			for i, text := range tc.want {
				want, order = append(want, at(text)), append(order, made[i].ID)
			}
			require.Equal(t, want, created) // also the time zone

			requireOrder := func() {
				t.Helper()
				sn := s.Snapshot()
				require.Equal(t, order, ids(sn.All()))
				require.Equal(t, order, ids(sn.ByEmail("team@x.test")))
				require.Equal(t, order, ids(sn.ByPhone("+12015550123")))
				require.Equal(t, order, ids(sn.ByLabel("contacts.customers")))
			}
			requireOrder()

			// Updates and deletes do not affect the order.
			opts.Now, reading = nil, 0 // the store has a copy
			tc.clock = slices.Repeat([]string{"1980-01-01T00:00:00Z"}, 3)
			last := want[len(want)-1]
			for _, c := range []*contacts.Contact{made[0], made[len(made)-1]} {
				after := update(t, s, c, contacts.Patch{Company: contacts.Set("Birch")})
				require.False(t, after.UpdatedDate.Before(last), "updated before the last commit")
				require.Equal(t, c.CreatedDate, after.CreatedDate)
			}
			requireOrder()
			require.NoError(t, s.Delete(t.Context(), order[1]))
			order = slices.Delete(order, 1, 2)
			requireOrder()
		})
	}
}

func TestClock(t *testing.T) {
	opts := fixed()
	now := epoch
	opts.Now = func() time.Time { return now }
	s := openStore(t, opts)
	ann := create(t, s, person("Ann", "ann@x.test"))

	t.Run("STO-3 a call that fails does not move the time of the store", func(t *testing.T) {
		now = epoch.AddDate(10, 0, 0)
		_, err := s.Create(t.Context(), person("Bob", "ann@x.test"), nil)
		require.ErrorIs(t, err, contacts.ErrDuplicate)
		require.ErrorIs(t, s.Delete(t.Context(), testID(1<<40)), contacts.ErrContactNotFound)
		now = epoch
		require.Equal(t, epoch, create(t, s, person("Bob")).CreatedDate)
	})
	t.Run("STO-3 a delete moves the time of the store", func(t *testing.T) {
		bob := create(t, s, person("Bob"))
		now = epoch.Add(time.Hour)
		require.NoError(t, s.Delete(t.Context(), bob.ID))
		now = epoch
		require.Equal(t, epoch.Add(time.Hour), create(t, s, person("Cyd")).CreatedDate)
		require.Equal(t, epoch.Add(time.Hour), update(t, s, ann, contacts.Patch{Company: contacts.Set("Birch")}).UpdatedDate)
	})
	t.Run("STO-3 a fork continues from the time of its parent", func(t *testing.T) {
		f := s.Fork()
		now = epoch
		require.Equal(t, epoch.Add(time.Hour), create(t, f, person("Dan")).CreatedDate)
		now = epoch.Add(2 * time.Hour)
		create(t, f, person("Eve"))
		now = epoch
		require.Equal(t, epoch.Add(time.Hour), create(t, s, person("Fay")).CreatedDate)
	})
}

// TestClockJump reads a clock that is wrong once.
func TestClockJump(t *testing.T) {
	const years = 365 * 24 * time.Hour
	endOfTime := time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)
	within := func(limit time.Duration) func(*contacts.Options) {
		return func(o *contacts.Options) { o.MaxClockJump = limit }
	}
	atEnd := func(o *contacts.Options) { o.Now = func() time.Time { return endOfTime } }
	for _, tc := range []struct {
		name        string
		limit, jump time.Duration // of Options, and of the clock
		ok          bool
	}{
		{"STO-10 a store that idles for years", 0, 50 * years, true},
		{"STO-10 the default, to the millisecond", 0, 100 * years, true},
		{"STO-10 a fraction of a millisecond more, which is cut off", 0, 100*years + 999_999, true},
		{"STO-10 a millisecond more", 0, 100*years + time.Millisecond, false},
		{"STO-10 the largest jump of a Duration", 0, math.MaxInt64, false},
		{"STO-10 a limit of its own", time.Hour, time.Hour, true},
		{"STO-10 more than a limit of its own", time.Hour, time.Hour + time.Second, false},
		{"STO-10 a higher limit", 200 * years, 150 * years, true},
		{"STO-10 a clock that goes back", time.Nanosecond, -50 * years, true},
		{"STO-10 a clock that stands still", time.Nanosecond, 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t, within(tc.limit))
			ann := create(t, l.Store, person("Ann"))
			before := stateOf(l.Snapshot())
			*l.now = epoch.Add(tc.jump)
			_, err := l.Update(t.Context(), ann.ID, 1, contacts.Patch{Company: contacts.Set("Oak")}, nil)
			if tc.ok {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, contacts.ErrInternal)
			require.ErrorContains(t, err, "Options.MaxClockJump")
			require.Equal(t, before, stateOf(l.Snapshot()))
			*l.now = epoch.Add(time.Second)
			ann = update(t, l.Store, ann, contacts.Patch{Company: contacts.Set("Elm")})
			require.Equal(t, *l.now, ann.UpdatedDate)
		})
	}
	t.Run("STO-10 every write", func(t *testing.T) {
		for name, call := range calls {
			made, c := callable(t)
			s := load(t, exportOf(t, made.Snapshot()), atEnd)
			err := call(t.Context(), s, c)
			require.Equal(t, made.Snapshot().Position(), s.Snapshot().Position(), name)
			if !slices.Contains(reading, name) {
				require.ErrorIs(t, err, contacts.ErrInternal, name)
			}
		}
	})
	t.Run("STO-10 the first commit may have any time, also after a load", func(t *testing.T) {
		l := newLab(t, within(time.Second))
		empty := exportOf(t, l.Snapshot())
		*l.now = endOfTime
		require.Equal(t, endOfTime, create(t, l.Store, person("Ann")).CreatedDate)
		loaded := load(t, empty, within(time.Second), atEnd)
		require.Equal(t, endOfTime, create(t, loaded, person("Ann")).CreatedDate)
	})
	t.Run("STO-10 a fork and a loaded store compare with the last commit", func(t *testing.T) {
		l := newLab(t)
		create(t, l.Store, person("Ann"))
		loaded := load(t, exportOf(t, l.Snapshot()), func(o *contacts.Options) {
			o.Now = func() time.Time { return *l.now }
		})
		for _, s := range []*contacts.Store{l.Store.Fork(), loaded} {
			*l.now = endOfTime
			_, err := s.Create(t.Context(), person("Bo"), nil)
			require.ErrorIs(t, err, contacts.ErrInternal)
			*l.now = epoch.AddDate(99, 0, 0)
			require.Equal(t, *l.now, create(t, s, person("Bo")).CreatedDate)
		}
	})
	t.Run("STO-10 a store that is from the future stays there", func(t *testing.T) {
		l := newLab(t)
		*l.now = endOfTime
		create(t, l.Store, person("Ann"))
		*l.now = epoch
		require.Equal(t, endOfTime, create(t, l.Store, person("Bo")).CreatedDate)
	})
	t.Run("STO-10 no limit", func(t *testing.T) {
		l := newLab(t, within(math.MaxInt64))
		*l.now = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
		create(t, l.Store, person("Ann"))
		*l.now = endOfTime
		require.Equal(t, endOfTime, create(t, l.Store, person("Bo")).CreatedDate)
	})
	t.Run("STO-10 dates of callers do not move the time of commits", func(t *testing.T) {
		l := newLab(t)
		c := dated(row(77, person("Ann", "ann@x.test")), endOfTime)
		c.UpdatedDate, c.LastActivity.ActivityDate = endOfTime, endOfTime
		member := &contacts.Member{MemberID: testID(1), SignupDate: endOfTime}
		c.Member = member
		ann := importOne(t, l.Store, nil, c)
		require.Equal(t, endOfTime, ann.UpdatedDate)
		bo := create(t, l.Store, person("Bo"))
		_, err := l.RecordActivity(t.Context(), bo.ID, contacts.ActivityGeneral, endOfTime)
		require.NoError(t, err)
		_, err = l.SetMember(t.Context(), bo.ID, member)
		require.NoError(t, err)
		_, err = l.Submit(t.Context(), person("Cyd", "cyd@x.test"), &contacts.SubmitOptions{
			Activity: contacts.Activity{ActivityType: contacts.ActivityGeneral, ActivityDate: endOfTime},
		})
		require.NoError(t, err)
		_, err = l.Label(t.Context(), ann.ID, "contacts.customers")
		require.NoError(t, err)
		now := l.tick()
		require.Equal(t, now, create(t, l.Store, person("Dan")).CreatedDate)
		requireLoads(t, l.Store)
	})
	t.Run("STO-10 the job of a bulk call has the time of the last commit", func(t *testing.T) {
		l := newLab(t)
		create(t, l.Store, person("Ann"))
		*l.now = endOfTime
		job, err := l.BulkDelete(t.Context(), contacts.Selection{Filter: contacts.Exists("info.name.first", true)}, nil)
		require.ErrorIs(t, err, contacts.ErrInternal)
		require.Equal(t, contacts.JobStatusUnknown, job.Status)
		require.Equal(t, []time.Time{epoch, epoch}, []time.Time{job.StartedDate, job.FinishedDate})
	})
}

func TestSnapshot(t *testing.T) {
	t.Run("GET-1 missing contact", func(t *testing.T) {
		s := newStore(t)
		ann := create(t, s, person("Ann"))
		old := s.Snapshot()
		require.NoError(t, s.Delete(t.Context(), ann.ID))
		for _, id := range []uuid.UUID{ann.ID, testID(1 << 40), uuid.Nil} {
			c, err := s.Snapshot().Get(id)
			require.Nil(t, c)
			require.ErrorIs(t, err, contacts.ErrContactNotFound)
			v, ok := s.Snapshot().View(id)
			require.False(t, ok)
			require.True(t, v.IsZero())
		}
		v, ok := old.View(ann.ID)
		require.True(t, ok)
		require.False(t, v.IsZero())
		require.Equal(t, ann, v.Clone())
	})
	t.Run("STO-8 an empty store", func(t *testing.T) {
		sn := newStore(t).Snapshot()
		require.Zero(t, sn.Len())
		require.Zero(t, sn.Position())
		require.NoError(t, fault(sn, "ann@x.test", ""))
	})
	t.Run("STO-8 a snapshot is the same after 100 writes", func(t *testing.T) {
		s := newStore(t)
		for i := range 10 {
			create(t, s, richInfo(fmt.Sprint("a", i)))
		}
		sn := s.Snapshot()
		before := stateOf(sn)
		kept := slices.Collect(sn.All())
		for i, v := range kept {
			for range 8 {
				c, err := s.Get(t.Context(), v.ID(), nil)
				require.NoError(t, err)
				update(t, s, c, contacts.Patch{
					Emails: contacts.Set(primaryAt(0, fmt.Sprint("new", i, "@x.test"))), LabelKeys: contacts.Set[[]string](nil),
					Addresses: contacts.Set[[]contacts.Address](nil), SetFields: map[string]any{"invoices.vatId": nil},
				})
			}
			require.NoError(t, s.Delete(t.Context(), v.ID()))
			create(t, s, richInfo(fmt.Sprint("b", i)))
		}
		require.Equal(t, before.Position+100, s.Snapshot().Position())
		require.Equal(t, before, stateOf(sn))
		require.NoError(t, fault(sn, "new1@x.test", "b1@x.test"))
		for i, v := range kept {
			require.Equal(t, before.Contacts[i], v.Clone())
		}
	})
	t.Run("STO-8 iterators restart, and may end early", func(t *testing.T) {
		s := newStore(t)
		for range 5 {
			create(t, s, richInfo("ann"))
		}
		sn := s.Snapshot()
		for name, seq := range map[string]iter.Seq[contacts.View]{
			"All": sn.All(), "ByEmail": sn.ByEmail("ann@x.test"), "ByPhone": sn.ByPhone("+12015550123"),
			"ByLabel": sn.ByLabel("contacts.customers"),
		} {
			want := ids(seq)
			require.Len(t, want, 5, name)
			for v := range seq {
				require.Equal(t, want[0], v.ID(), name)
				break
			}
			create(t, s, richInfo("ann"))
			require.Equal(t, want, ids(seq), name)
		}
	})
	t.Run("STO-8 the position counts the commits that wrote", func(t *testing.T) {
		s := newStore(t)
		at := func(n int) { t.Helper(); require.Equal(t, contacts.Position(n), s.Snapshot().Position()) }
		at(0)
		ann := create(t, s, person("Ann", "ann@x.test"))
		at(1)
		ann = update(t, s, ann, contacts.Patch{Company: contacts.Set("")})
		at(2)
		_, err := s.Create(t.Context(), person("Bob", "ann@x.test"), nil)
		require.Error(t, err)
		at(2)
		_, made, err := s.FindOrCreateLabel(t.Context(), "Customers")
		require.NoError(t, err)
		require.False(t, made)
		at(2)
		require.NoError(t, s.Delete(t.Context(), ann.ID))
		at(3)
	})
}

// TestSnapshotLists reads snapshots in the ways that keep lists of all contacts for later reads, before and after every
// write.
func TestSnapshotLists(t *testing.T) {
	read := func(t testing.TB, sn *contacts.Snapshot) map[string][]contacts.Contact {
		t.Helper()
		lists := make(map[string][]contacts.Contact)
		add := func(name string, v contacts.View) { lists[name] = append(lists[name], *v.Clone()) }
		for name, q := range map[string]contacts.Query{
			"sorted": {Sort: []contacts.Sort{{Field: "info.name.first"}}},
			"found":  {Search: "s", Sort: []contacts.Sort{{Field: "createdDate"}}},
		} {
			seq, err := sn.Find(q)
			require.NoError(t, err)
			for v := range seq {
				add(name, v)
			}
			n, err := sn.Count(q)
			require.NoError(t, err)
			require.Len(t, lists[name], n, name)
		}
		for g := range sn.Duplicates(nil) {
			for _, v := range g.Contacts {
				add("duplicates", v)
			}
		}
		return lists
	}
	for name, call := range calls {
		t.Run("STO-8 "+name+" changes no list of an older snapshot", func(t *testing.T) {
			s, c := callable(t)
			twin, err := s.Create(t.Context(), richInfo("ann"), &contacts.CreateOptions{AllowDuplicates: true})
			require.NoError(t, err)
			require.NotEqual(t, c.ID, twin.ID)
			old := s.Snapshot()
			before := read(t, old)
			require.Len(t, before["sorted"], 3)
			require.Len(t, before["duplicates"], 2)
			require.NoError(t, call(t.Context(), s, c))
			next := read(t, s.Snapshot())
			require.Equal(t, before, read(t, old))
			fresh := load(t, exportOf(t, s.Snapshot())) // has no older snapshot
			require.Equal(t, read(t, fresh.Snapshot()), next)
		})
	}
}

func TestView(t *testing.T) {
	t.Run("STO-8 the accessors return the parts of the contact", func(t *testing.T) {
		s := newStore(t)
		c := create(t, s, richInfo("ann"))
		c, err := s.SetMember(t.Context(), c.ID, &contacts.Member{MemberID: testID(9001), GroupIDs: []uuid.UUID{testID(9002)}})
		require.NoError(t, err)
		v, ok := s.Snapshot().View(c.ID)
		require.True(t, ok)

		fields := make(map[string]any)
		for key, value := range v.ExtendedFields() {
			fields[key] = value
			one, ok := v.ExtendedField(key)
			require.True(t, ok)
			require.Equal(t, value, one)
		}
		picture, ok := v.Picture()
		require.True(t, ok)
		require.Equal(t, c, &contacts.Contact{
			ID: v.ID(), Revision: v.Revision(), Source: v.Source(), CreatedDate: v.CreatedDate(), UpdatedDate: v.UpdatedDate(),
			LastActivity: v.LastActivity(),
			PrimaryInfo:  v.PrimaryInfo(), PrimaryEmail: v.PrimaryEmail(), PrimaryPhone: v.PrimaryPhone(),
			Info: contacts.Info{
				Name: v.Name(), Emails: slices.Collect(v.Emails()), Phones: slices.Collect(v.Phones()),
				Addresses: slices.Collect(v.Addresses()), Company: v.Company(), JobTitle: v.JobTitle(),
				Birthdate: v.Birthdate(), Locale: v.Locale(),
				LabelKeys: slices.Collect(v.LabelKeys()), ExtendedFields: fields, Picture: &picture,
				Locations: slices.Collect(v.Locations()), AssignedUserIDs: slices.Collect(v.AssignedUserIDs()),
			},
			Member: v.Member(),
		})
		require.True(t, v.HasLabel("contacts.customers"))
		require.False(t, v.HasLabel("contacts.customer"))
		require.False(t, v.BillingSubscription())
	})
	t.Run("STO-8 missing parts", func(t *testing.T) {
		s := newStore(t)
		v, ok := s.Snapshot().View(create(t, s, person("Bob")).ID)
		require.False(t, ok, "the snapshot is older than the contact")
		require.True(t, v.IsZero())
		for v = range s.Snapshot().All() {
			_, ok = v.Picture()
			require.False(t, ok)
			_, ok = v.ExtendedField("invoices.vatId")
			require.False(t, ok)
			require.Nil(t, v.Member())
			require.Empty(t, slices.Collect(v.Emails()))
			require.Empty(t, slices.Collect(v.Addresses()))
			require.False(t, v.HasLabel(""))
		}
		require.False(t, v.IsZero())
	})
	t.Run("STO-8 loops over a view may end early", func(t *testing.T) {
		s := newStore(t)
		info := richInfo("ann")
		info.Addresses = append(info.Addresses, info.Addresses...)
		id := create(t, s, info).ID
		v, ok := s.Snapshot().View(id)
		require.True(t, ok)
		n := 0
		for range v.Addresses() {
			n++
			break
		}
		for range v.ExtendedFields() {
			n++
			break
		}
		require.Equal(t, 2, n)
	})
	t.Run("MEM-8 the billing subscription is not part of the contact", func(t *testing.T) {
		s := newStore(t)
		c, err := s.SetBillingSubscription(t.Context(), create(t, s, person("Bob")).ID, true)
		require.NoError(t, err)
		v, ok := s.Snapshot().View(c.ID)
		require.True(t, ok)
		require.True(t, v.BillingSubscription())
		require.Equal(t, c, v.Clone())
	})
}

// TestLookUpAllocations bounds what look-ups of one contact allocate. Those of a text allocate less than that, except
// under the race detector, where a sync.Pool forgets.
func TestLookUpAllocations(t *testing.T) {
	s := newStore(t)
	info := person("Ann", "ann@x.test")
	info.Phones = []contacts.Phone{{Number: "201-555-0123", CountryCode: "US"}}
	ann := create(t, s, info)
	sn := s.Snapshot()
	for _, tc := range []struct {
		name string
		most float64
		find func() int
	}{
		{"View", 0, func() int { v, _ := sn.View(ann.ID); return v.Revision() }},
		{"ByEmail", 4, func() (n int) {
			for v := range sn.ByEmail("Ann@x.test") {
				n += v.Revision()
			}
			return n
		}},
		{"ByPhone", 4, func() (n int) {
			for v := range sn.ByPhone("+12015550123") {
				n += v.Revision()
			}
			return n
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, 1, tc.find())
			require.LessOrEqual(t, testing.AllocsPerRun(1000, func() { tc.find() }), tc.most)
		})
	}
}
