package contactstest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

var long = flag.Bool("long", false, "run the property tests in full")

// times returns n, many times as much in the long runs.
func times(n int) int {
	if *long {
		return 50 * n
	}
	return n
}

func openStore(t testing.TB) *contacts.Store {
	t.Helper()
	s, err := contacts.New(contactstest.Options(contactstest.NewClock(noon), contactstest.NewIDs(7)))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// generators returns one of each kind that knows the labels and fields of the store.
func generators(t testing.TB, s *contacts.Store, seed uint64) []*contactstest.Gen {
	t.Helper()
	text := make([]byte, 4000)
	for i := range text {
		text[i] = byte(rand.New(rand.NewPCG(seed, uint64(i))).Uint32())
	}
	list := []*contactstest.Gen{contactstest.NewGen(seed), contactstest.GenFrom(text), contactstest.GenFrom(nil)}
	for _, g := range list {
		require.NoError(t, g.Define(t.Context(), s))
	}
	return list
}

// TestGeneratedIsAccepted creates and updates contacts: TST-23.
func TestGeneratedIsAccepted(t *testing.T) {
	for seed := range uint64(times(4)) {
		base := openStore(t)
		for i, g := range generators(t, base, seed) {
			s := base.Fork()
			var made []*contacts.Contact
			for n := range 100 {
				info := g.Info()
				c, err := s.Create(t.Context(), info, &contacts.CreateOptions{Source: g.Source()})
				require.NoError(t, err, "TST-23 seed %d, generator %d, info %d: %+v", seed, i, n, info)
				for _, p := range info.Phones {
					require.NotEmpty(t, p.E164)
					require.True(t, slices.ContainsFunc(c.Info.Phones, func(q contacts.Phone) bool {
						return q.Number == p.Number && q.E164 == p.E164
					}), "TST-26 %s", p.Number)
				}
				if n%10 == 0 {
					c, err = s.SetMember(t.Context(), c.ID, g.Member(c))
					require.NoError(t, err, "TST-23")
				}
				made = append(made, c)
				at := n * 7 % len(made)
				given := []*contacts.Contact{made[at], nil}[n%2]
				if made[at].IsMember() {
					given = made[at]
				}
				patch := g.Patch(given)
				c, err = s.Update(t.Context(), made[at].ID, made[at].Revision, patch, nil)
				require.NoError(t, err, "TST-23 seed %d, generator %d, patch %d: %+v", seed, i, n, patch)
				activity := g.Activity()
				made[at], err = s.RecordActivity(t.Context(), c.ID, activity.ActivityType, activity.ActivityDate)
				require.NoError(t, err)
			}
		}
	}
}

// TestGeneratedQueriesCompile runs queries, selections, bulk patches and merges: TST-23.
func TestGeneratedQueriesCompile(t *testing.T) {
	found := 0
	for seed := range uint64(times(2)) {
		base := openStore(t)
		for _, g := range generators(t, base, seed) {
			s := base.Fork()
			report, err := s.Import(t.Context(), g.Rows(100), nil)
			require.NoError(t, err)
			for _, refused := range report.Errors { // which IDs from used up bytes are
				require.Equal(t, contacts.ErrIDExists, contacts.CodeOf(refused), "TST-23 %v", refused)
			}
			for range 200 {
				q := g.Query()
				n, err := s.Snapshot().Count(q)
				text, _ := json.Marshal(q)
				require.NoError(t, err, "TST-23 %s", text)
				found += min(n, 1)
			}
			for range 5 {
				job, err := s.BulkUpdate(t.Context(), g.Selection(), g.BulkPatch(), nil)
				require.NoError(t, err, "TST-23")
				require.Zero(t, job.FailedTotal)
			}
			if report.Imported < 10 {
				continue
			}
			var ids []uuid.UUID
			for v := range s.Snapshot().All() {
				ids = append(ids, v.ID())
			}
			for range 20 {
				target, sources := g.Merge(ids)
				require.NotContains(t, sources, target)
				_, err := s.PreviewMerge(t.Context(), target, sources)
				require.NoError(t, err, "TST-23")
			}
		}
	}
	require.Greater(t, found, 100, "few queries match anything")
}

// TestNearlyValidIsRefused checks that a store refuses what is invalid exactly as the generator says: TST-25.
func TestNearlyValidIsRefused(t *testing.T) {
	codes := make(map[contacts.Code]int)
	for seed := range uint64(times(4)) {
		s := openStore(t)
		for _, g := range generators(t, s, seed) {
			c, err := s.Create(t.Context(), g.Info(), &contacts.CreateOptions{AllowDuplicates: true})
			require.NoError(t, err)
			if seed%2 == 1 {
				c, err = s.SetMember(t.Context(), c.ID, g.Member(c))
				require.NoError(t, err)
			}
			before := s.Snapshot()
			for range 150 {
				info, want := g.InvalidInfo()
				_, err := s.Create(t.Context(), info, &contacts.CreateOptions{AllowDuplicates: true})
				require.Empty(t, want.Differs(err), "TST-25")
				codes[want.Code]++
				patch, want := g.InvalidPatch(c)
				_, err = s.Update(t.Context(), c.ID, c.Revision, patch, &contacts.UpdateOptions{AllowDuplicates: true})
				require.Empty(t, want.Differs(err), "TST-25")
				codes[want.Code]++
			}
			require.Same(t, before, s.Snapshot())
		}
	}
	for _, code := range []contacts.Code{
		contacts.ErrInvalid, contacts.ErrInsufficientData, contacts.ErrInsufficientUpdate, contacts.ErrMultiplePrimary,
		contacts.ErrLabelNotFound, contacts.ErrFieldNotFound, contacts.ErrInvalidFieldValue,
	} {
		require.Positive(t, codes[code], code)
	}
}

// TestGenWithoutSettings uses the parts of an info one by one, and a generator without labels and fields: TST-23.
func TestGenWithoutSettings(t *testing.T) {
	s, g := openStore(t), contactstest.NewGen(1)
	g.Labels, g.Fields = nil, nil
	for range 100 {
		_, err := s.Snapshot().Count(g.Query())
		require.NoError(t, err, "TST-23 before anything was made")
	}
	for range 300 {
		info := contacts.Info{
			Name: g.Name(), Emails: []contacts.Email{g.Email()}, Phones: []contacts.Phone{g.Phone()},
			Addresses: []contacts.Address{g.Address()}, Picture: g.Picture(),
		}
		require.NotEqual(t, contacts.Name{}, info.Name)
		c, err := s.Create(t.Context(), info, nil)
		require.NoError(t, err, "TST-23")
		_, err = s.Update(t.Context(), c.ID, c.Revision, g.Patch(c), nil)
		require.NoError(t, err, "TST-23")
		in, want := g.InvalidInfo()
		_, err = s.Create(t.Context(), in, nil)
		require.Empty(t, want.Differs(err))
	}
	for op := range take(300, g.Workload(busy)) {
		require.Equal(t, op.Want, contacts.CodeOf(op.Do(t.Context(), s)), "TST-27 %s", op)
	}
	full, err := contacts.New(&contacts.Options{LabelQuota: 1})
	require.NoError(t, err)
	require.ErrorIs(t, g.Define(t.Context(), full), contacts.ErrLabelsQuota)
}

func TestRefusalDiffers(t *testing.T) {
	r := contactstest.Refusal{Code: contacts.ErrLabelNotFound, Keys: []string{"a"}}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"TST-25 no error", nil, "no error, want LABEL_NOT_FOUND"},
		{"TST-25 code", contacts.ErrDuplicate, "want LABEL_NOT_FOUND"},
		{"TST-25 keys", &contacts.Error{
			Code: contacts.ErrLabelNotFound, Err: &contacts.KeysError{Keys: []string{"b"}},
		}, "with the keys [a]"},
		{"TST-25 equal", fmt.Errorf("wrapped: %w", &contacts.Error{
			Code: contacts.ErrLabelNotFound, Err: &contacts.KeysError{Keys: []string{"a"}},
		}), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.want == "" {
				require.Empty(t, r.Differs(test.err))
				return
			}
			require.Contains(t, r.Differs(test.err), test.want)
		})
	}
	company := contacts.Violation{Field: "info.company"}
	invalid := contactstest.Refusal{Code: contacts.ErrInvalid, Violations: []contacts.Violation{company}}
	require.Contains(t, invalid.Differs(&contacts.Error{Code: contacts.ErrInvalid}), "with the violations")
	require.NotEmpty(t, invalid.Differs(contacts.ErrInvalid))
}

// TestGenIsDeterministic compares two generators of a seed, and their stores: TST-24.
func TestGenIsDeterministic(t *testing.T) {
	export := func(seed uint64) string {
		s, g := openStore(t), contactstest.NewGen(seed)
		require.NoError(t, g.Define(t.Context(), s))
		_, err := s.Import(t.Context(), g.Rows(50), nil)
		require.NoError(t, err)
		for range 50 {
			c, err := s.Create(t.Context(), g.Info(), nil)
			require.NoError(t, err)
			_, err = s.Update(t.Context(), c.ID, c.Revision, g.Patch(c), nil)
			require.NoError(t, err)
		}
		var text bytes.Buffer
		require.NoError(t, s.Snapshot().Export(&text))
		q, err := json.Marshal(g.Query())
		require.NoError(t, err)
		return text.String() + string(q)
	}
	require.Equal(t, export(3), export(3), "TST-24")
	require.NotEqual(t, export(3), export(4))
}

// TestCollisions counts contacts with an email or phone of another: TST-26.
func TestCollisions(t *testing.T) {
	duplicates := func(rate float64) int {
		s, g := openStore(t), contactstest.NewGen(5)
		g.Collisions = rate
		n := 0
		for range 1000 {
			if _, err := s.Create(t.Context(), g.Info(), nil); err != nil {
				require.ErrorIs(t, err, contacts.ErrDuplicate)
				n++
			}
		}
		return n
	}
	require.Zero(t, duplicates(0), "TST-26")
	require.InDelta(t, 300, duplicates(0.3), 150, "TST-26")
	require.Greater(t, duplicates(1), 800, "TST-26")

	seen := make(map[string]bool)
	for seed := range uint64(40) { // generators of different seeds
		g := contactstest.NewGen(seed)
		for range 100 {
			e := strings.ToLower(g.Email().Address)
			require.False(t, seen[e], "TST-26 %s", e)
			seen[e] = true
		}
	}
	numbers, g := make(map[string]bool), contactstest.NewGen(1)
	for range times(20_000) {
		p := g.Phone()
		require.False(t, numbers[p.E164], "TST-26 %s", p.E164)
		numbers[p.E164] = true
	}
}

// TestPhonesAreValid asks a store about generated numbers, also where the store has no region: TST-26.
func TestPhonesAreValid(t *testing.T) {
	s, g := openStore(t), contactstest.NewGen(2)
	countries := make(map[string]bool)
	for range times(4000) {
		p := g.Phone()
		e164, formatted := s.ParsePhone(p.Number, p.CountryCode)
		require.Equal(t, p.E164, e164, "TST-26 %s in %s", p.Number, p.CountryCode)
		require.NotEmpty(t, formatted)
		countries[p.CountryCode] = true
	}
	require.Greater(t, len(countries), 25)
}

// TestGenReaches counts the kinds of infos: every member, every type of a field, several scripts.
func TestGenReaches(t *testing.T) {
	s, g := openStore(t), contactstest.NewGen(3)
	require.NoError(t, g.Define(t.Context(), s))
	seen := make(map[string]int)
	see := func(what string, ok bool) {
		if ok {
			seen[what]++
		}
	}
	for range 2000 {
		in := g.Info()
		see("no name", in.Name == contacts.Name{First: in.Name.First})
		see("no email", len(in.Emails) == 0)
		see("emails", len(in.Emails) > 1)
		see("phones", len(in.Phones) > 1)
		see("addresses", len(in.Addresses) > 1)
		see("picture", in.Picture != nil)
		see("birthdate", in.Birthdate != "")
		see("locale", in.Locale != "")
		see("labels", len(in.LabelKeys) > 1)
		see("50 emails", len(in.Emails) == 50)
		see("long name", len([]rune(in.Name.First)) == 1000)
		see("locations", len(in.Locations) > 0)
		see("users", len(in.AssignedUserIDs) > 0)
		for _, a := range in.Addresses {
			see("subdivision", a.Subdivision != "")
			see("street", a.StreetAddress != nil)
			see("position", a.Geocode != nil)
		}
		for key := range in.ExtendedFields {
			see(key, true)
		}
		for _, r := range in.Name.Last {
			see("greek", r >= 'Α' && r <= 'ω')
			see("hebrew", r >= 'א' && r <= 'ת')
			see("han", r >= 0x4e00 && r < 0xa000)
		}
	}
	for _, what := range []string{
		"no name", "no email", "emails", "phones", "addresses", "picture", "birthdate", "locale", "labels", "50 emails",
		"long name", "locations", "users", "subdivision", "street", "position", "greek", "hebrew", "han",
		"invoices.vatId", "custom.nickname", "custom.points", "custom.joined-on", "custom.home-page",
	} {
		require.Positive(t, seen[what], what)
	}
}

// FuzzGen creates what bytes generate.
func FuzzGen(f *testing.F) {
	f.Add([]byte("a few bytes"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, g := openStore(t), contactstest.GenFrom(data)
		require.NoError(t, g.Define(t.Context(), s))
		for range 20 {
			c, err := s.Create(t.Context(), g.Info(), nil)
			require.NoError(t, err)
			_, err = s.Update(t.Context(), c.ID, c.Revision, g.Patch(c), nil)
			require.NoError(t, err)
			_, err = s.Snapshot().Count(g.Query())
			require.NoError(t, err)
			info, want := g.InvalidInfo()
			_, err = s.Create(t.Context(), info, nil)
			require.Empty(t, want.Differs(err))
			if g.Done() {
				return
			}
		}
	})
}
