package contactstest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

// hits calls a function n times and returns the calls that failed, counted from 1.
func hits(n int, call func() error) []int {
	var out []int
	for i := range n {
		if call() != nil {
			out = append(out, i+1)
		}
	}
	return out
}

func getter(t testing.TB, api contactstest.API, id uuid.UUID) func() error {
	return func() error {
		_, err := api.Get(t.Context(), id, nil)
		return err
	}
}

func TestFaultSelection(t *testing.T) {
	on := contactstest.On("Get")
	for name, test := range map[string]struct {
		faults []contactstest.Fault
		want   []int
	}{
		"TST-3 every call":               {[]contactstest.Fault{on}, []int{1, 2, 3, 4, 5, 6, 7, 8}},
		"TST-3 all methods":              {[]contactstest.Fault{contactstest.On().Nth(3)}, []int{2}}, // after Create
		"TST-3 reads":                    {[]contactstest.Fault{contactstest.OnReads().Nth(3)}, []int{3}},
		"TST-3 writes":                   {[]contactstest.Fault{contactstest.OnWrites().Nth(2)}, nil},
		"TST-3 another method":           {[]contactstest.Fault{contactstest.On("Update")}, nil},
		"TST-3 nth":                      {[]contactstest.Fault{on.Nth(2)}, []int{2}},
		"TST-3 every nth":                {[]contactstest.Fault{on.Every(3)}, []int{3, 6}},
		"TST-3 times":                    {[]contactstest.Fault{on.Times(2)}, []int{1, 2}},
		"TST-3 every nth, times":         {[]contactstest.Fault{on.Every(2).Times(2)}, []int{2, 4}},
		"TST-3 probability 1":            {[]contactstest.Fault{on.Probability(1).Times(1)}, []int{1}},
		"TST-3 rules count on their own": {[]contactstest.Fault{on.Nth(2), on.Nth(3)}, []int{2, 3}},
		"TST-3 one outcome a call":       {[]contactstest.Fault{on.Times(1), on.Times(1)}, []int{1, 2}},
		"TST-3 a number that has passed": {[]contactstest.Fault{on.Nth(2), on.Nth(2)}, []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			s := contactstest.New(t)
			s.Fail(test.faults...)
			c := create(t, s, "Ada")
			require.Equal(t, test.want, hits(8, getter(t, s, c.ID)))
		})
	}
	t.Run("TST-3 a contact, a predicate", func(t *testing.T) {
		s := contactstest.New(t)
		ada, bob := create(t, s, "Ada"), create(t, s, "Bob")
		s.Fail(on.Contact(bob.ID))
		require.NoError(t, getter(t, s, ada.ID)())
		require.Error(t, getter(t, s, bob.ID)())
		s.Clear()
		require.NoError(t, getter(t, s, bob.ID)())
		s.Fail(contactstest.On("Create").When(func(c contactstest.Call) bool { return c.Info.Name.First == "Dan" }))
		create(t, s, "Cyd")
		_, err := s.Create(t.Context(), info("Dan"), nil)
		require.ErrorIs(t, err, contactstest.ErrUnavailable)
	})
	t.Run("TST-3 a predicate that calls the store", func(t *testing.T) {
		s := contactstest.New(t)
		ada := create(t, s, "Ada")
		vip := func(c contactstest.Call) bool {
			found, err := s.Get(t.Context(), c.ID, nil)
			return err == nil && slices.Contains(found.Info.LabelKeys, contactstest.LabelVIP)
		}
		s.Fail(contactstest.On("Label").When(vip))
		_, err := s.Label(t.Context(), ada.ID, contactstest.LabelVIP)
		require.NoError(t, err)
		_, err = s.Label(t.Context(), ada.ID, contactstest.LabelLead)
		require.ErrorIs(t, err, contactstest.ErrUnavailable)
	})
	t.Run("TST-3 rules with their counts, and those that hit nothing", func(t *testing.T) {
		s := contactstest.New(t)
		c := create(t, s, "Ada")
		late := on.Nth(9)
		s.Fail(on.Nth(2), late)
		hits(5, getter(t, s, c.ID))
		require.Equal(t, []contactstest.FaultStatus{
			{Fault: on.Nth(2), Calls: 5, Hits: 1}, {Fault: late, Calls: 5},
		}, s.Status())
		require.Equal(t, []contactstest.Fault{late}, s.Unfired())
	})
}

func TestFaultSeed(t *testing.T) {
	half := contactstest.On("Get").Probability(0.5)
	run := func(t testing.TB, faults ...contactstest.Fault) []int {
		s := contactstest.New(t)
		c := create(t, s, "Ada")
		s.Fail(faults...)
		return hits(200, getter(t, s, c.ID))
	}
	want := run(t, half)
	require.InDelta(t, 100, len(want), 40)
	t.Run("TST-4 equal in every run, in parallel", func(t *testing.T) {
		for range 8 {
			t.Run("store", func(t *testing.T) {
				t.Parallel()
				require.Equal(t, want, run(t, half))
			})
		}
	})
	t.Run("TST-4 each rule draws on its own", func(t *testing.T) {
		require.NotEqual(t, want, run(t, contactstest.On("Update"), half))
		require.Equal(t, run(t, half.Seed(5)), run(t, contactstest.On("Update"), half.Seed(5)))
		require.NotEqual(t, run(t, half.Seed(6)), run(t, half.Seed(5)))
	})
}

func TestFaultEffect(t *testing.T) {
	patch := contacts.Patch{JobTitle: contacts.Set("Analyst")}
	t.Run("TST-5 before the effect", func(t *testing.T) {
		s := contactstest.New(t)
		c := create(t, s, "Ada")
		s.Fail(contactstest.On("Update").Nth(1), contactstest.On("Update").Nth(2).Return(contacts.ErrReadOnly),
			contactstest.On("Update").Nth(3).Return(io.EOF))
		for _, want := range []error{contactstest.ErrUnavailable, contacts.ErrReadOnly} {
			got, err := s.Update(t.Context(), c.ID, 1, patch, nil)
			require.Equal(t, &contacts.Error{Code: want.(contacts.Code), ID: c.ID}, err)
			require.Nil(t, got)
		}
		_, err := s.Update(t.Context(), c.ID, 1, patch, nil)
		require.Equal(t, io.EOF, err)
		got, err := s.Update(t.Context(), c.ID, 1, patch, nil)
		require.NoError(t, err)
		require.Equal(t, 2, got.Revision)
	})
	t.Run("TST-5 a lost reply", func(t *testing.T) {
		s := contactstest.New(t)
		c := create(t, s, "Ada")
		s.Fail(contactstest.On("Update").After())
		got, err := s.Update(t.Context(), c.ID, 1, patch, nil)
		require.Nil(t, got)
		require.ErrorIs(t, err, contacts.ErrOutcomeUnknown)
		var unknown *contacts.OutcomeError
		require.ErrorAs(t, err, &unknown)
		at, err := s.Outcome(t.Context(), unknown.Commit)
		require.NoError(t, err)
		require.Equal(t, s.Snapshot().Position(), at)
		now, err := s.Get(t.Context(), c.ID, nil)
		require.NoError(t, err)
		require.Equal(t, 2, now.Revision)

		_, err = s.Update(t.Context(), c.ID, 1, patch, nil) // fails in the store, and the reply is lost
		require.ErrorIs(t, err, contacts.ErrOutcomeUnknown)
		require.NotErrorIs(t, err, contacts.ErrAlreadyChanged)
		require.ErrorAs(t, err, &unknown)
		_, err = s.Outcome(t.Context(), unknown.Commit)
		require.ErrorIs(t, err, contacts.ErrCommitNotFound)
		last := s.CallsTo("Update")[1]
		require.ErrorIs(t, last.StoreErr, contacts.ErrAlreadyChanged)
		require.True(t, last.Reached)

		s.Fail(contactstest.On("Get").After()) // reads have no outcome
		require.ErrorIs(t, getter(t, s, c.ID)(), contactstest.ErrUnavailable)
	})
	t.Run("TST-6 a stale revision", func(t *testing.T) {
		s := contactstest.New(t)
		ada, bob := create(t, s, "Ada"), create(t, s, "Bob")
		next := s.IDs.Clone().New()
		s.Fail(contactstest.On("Update").Times(1).Stale(), contactstest.On("Merge").Times(1).Stale())
		_, err := s.Update(t.Context(), ada.ID, 1, patch, nil)
		require.ErrorIs(t, err, contacts.ErrAlreadyChanged)
		now, err := s.Get(t.Context(), ada.ID, nil)
		require.NoError(t, err)
		require.Equal(t, 2, now.Revision)
		require.Equal(t, ada.Info, now.Info)
		_, err = s.Merge(t.Context(), ada.ID, 2, []uuid.UUID{bob.ID}, nil)
		require.ErrorIs(t, err, contacts.ErrAlreadyChanged)
		require.Equal(t, next, s.IDs.Clone().New()) // the other writer draws no IDs
		_, err = s.Merge(t.Context(), ada.ID, 3, []uuid.UUID{bob.ID}, nil)
		require.NoError(t, err)

		s.Fail(contactstest.On("Update").Stale())
		_, err = s.Update(t.Context(), bob.ID, 1, patch, nil) // merged away: nothing to raise
		require.ErrorIs(t, err, contacts.ErrContactNotFound)
	})
	t.Run("TST-7 a delay on the clock", func(t *testing.T) {
		s := contactstest.New(t)
		s.Fail(contactstest.On("Create").Nth(1).Delay(30*time.Second),
			contactstest.On("Create").Nth(2).Delay(time.Minute).After())
		require.Equal(t, contactstest.Epoch.Add(30*time.Second), create(t, s, "Ada").CreatedDate)
		require.Equal(t, contactstest.Epoch.Add(30*time.Second), create(t, s, "Bob").CreatedDate)
		require.Equal(t, contactstest.Epoch.Add(90*time.Second), s.Clock.Now())
		require.Equal(t, contactstest.Epoch, s.Calls()[0].Time)
	})
	t.Run("TST-7 a hook", func(t *testing.T) {
		s := contactstest.New(t)
		ada := create(t, s, "Ada")
		var seen []contactstest.Call
		s.Fail(contactstest.On("Update").Nth(1).Do(func(ctx context.Context, c contactstest.Call) {
			_, err := s.Store.Label(ctx, c.ID, contactstest.LabelVIP)
			require.NoError(t, err)
		}), contactstest.On("Update").Nth(2).After().Do(func(ctx context.Context, c contactstest.Call) {
			seen = append(seen, c)
			require.NoError(t, s.Delete(ctx, c.ID)) // passes the rules
		}), contactstest.On("Delete").Do(func(_ context.Context, c contactstest.Call) { seen = append(seen, c) }))
		_, err := s.Update(t.Context(), ada.ID, 1, patch, nil)
		require.ErrorIs(t, err, contacts.ErrAlreadyChanged)
		got, err := s.Update(t.Context(), ada.ID, 2, patch, nil)
		require.NoError(t, err)
		require.Equal(t, 3, got.Revision)
		require.Equal(t, got, seen[0].Contact)
		require.Equal(t, contactstest.MethodDelete, seen[1].Method)
		require.ErrorIs(t, getter(t, s, ada.ID)(), contacts.ErrContactNotFound)
	})
}

func TestFaultMistakes(t *testing.T) {
	on := contactstest.On("Update")
	for name, f := range map[string]contactstest.Fault{
		`no method "Marge"`:         contactstest.On("Marge"),
		`no method ""`:              contactstest.On(""),
		"Nth must":                  on.Nth(0),
		"Every must":                on.Every(-1),
		"Times must":                on.Times(0),
		"Probability must":          on.Probability(1.5),
		"only one of Nth":           on.Nth(2).Every(3),
		"Seed needs":                on.Seed(4),
		"Contact must":              on.Contact(uuid.Nil),
		"When needs a function":     on.When(nil),
		"Do needs a function":       on.Do(nil),
		"Delay must":                on.Delay(0),
		"Return needs an error":     on.Return(nil),
		"only one of Return":        on.Return(io.EOF).Stale(),
		"not Get":                   contactstest.On("Get").Stale(),
		"Stale needs On":            contactstest.On().Stale(),
		"Stale is before":           on.Stale().After(),
		"Status must":               on.Status(200),
		"RetryAfter must":           on.Status(503).RetryAfter(time.Millisecond),
		"RetryAfter needs":          on.RetryAfter(time.Second),
		"needs a contacts.Code":     on.Status(503).Return(io.EOF),
		"for a request needs":       contactstest.OnRequest("GET", "*").Return(contacts.ErrReadOnly),
		"in capitals":               contactstest.OnRequest("get", "*"),
		"begin with a slash":        contactstest.OnRequest("GET", "contacts"),
		"pattern of path.Match":     contactstest.OnRequest("GET", "/["),
		"CutMiddle is always after": on.CutMiddle().After(),
	} {
		fake := &fakeT{TB: t}
		text := fake.run(func() {
			s := contactstest.New(fake)
			s.Fail(contactstest.On("Get"), f)
			t.Error("TST-3 not refused: ", name)
		})
		require.Contains(t, text, name, "TST-3 a mistake ends the test at once")
	}
	faults := contactstest.NewFaults(nil)
	require.ErrorContains(t, faults.Add(on, on.Delay(time.Second)), "needs a clock")
	require.ErrorContains(t, faults.Add(on.Stale()), "needs an API")
	require.Empty(t, faults.Status())
}

func TestFaultJSON(t *testing.T) {
	id := uuid.MustParse("11111111-1111-4111-8111-111111111111")
	on := contactstest.On("Merge")
	for text, f := range map[string]contactstest.Fault{
		`{}`: contactstest.On(),
		`{"on":["Merge","Update"],"nth":2,"after":true}`: contactstest.On("Merge", "Update").Nth(2).After(),
		`{"on":["Merge"],"every":10,"times":3,"error":"STORE_READ_ONLY"}`: on.Every(10).Times(3).Return(
			contacts.ErrReadOnly),
		`{"on":["Merge"],"probability":0.25,"seed":7,"stale":true}`:        on.Probability(0.25).Seed(7).Stale(),
		`{"on":["Merge"],"contact":"` + id.String() + `","delay":"1m30s"}`: on.Contact(id).Delay(90 * time.Second),
		`{"request":{"method":"POST","path":"/contacts/v4/*"},"status":429,"retryAfter":"2s"}`: contactstest.OnRequest(
			"POST", "/contacts/v4/*").Status(429).RetryAfter(2 * time.Second),
		`{"on":["Get"],"request":{},"error":"X","status":503}`: func() contactstest.Fault {
			var f contactstest.Fault
			require.NoError(t, json.Unmarshal([]byte(`{"on":["Get"],"request":{"path":""},"status":503,"error":"X"}`), &f))
			return f
		}(),
		`{"on":["Merge"],"cut":"reply"}`:  on.Cut(),
		`{"on":["Merge"],"cut":"middle"}`: on.CutMiddle(),
	} {
		got, err := json.Marshal(f)
		require.NoError(t, err)
		require.JSONEq(t, text, string(got), "TST-8 the JSON form")
		require.Equal(t, string(got), f.String())
		var back contactstest.Fault
		require.NoError(t, json.Unmarshal([]byte(text), &back), text)
		require.Equal(t, f, back)
	}
	for text, want := range map[string]string{
		`{"on":["Marge"]}`:             "no method",
		`{"nht":2}`:                    "unknown field",
		`{"nth":0}`:                    "Nth must",
		`{"times":0}`:                  "Times must",
		`{"delay":30}`:                 "",
		`{"delay":"soon"}`:             `such as "30s"`,
		`{"cut":"all"}`:                "cut must",
		`{"error":""}`:                 "must not be empty",
		`{"stale":true}`:               "Stale needs",
		`{"status":503,"cut":"reply"}`: "only one of",
		`[]`:                           "",
	} {
		f := on
		require.ErrorContains(t, json.Unmarshal([]byte(text), &f), want, "TST-8 %s", text)
		require.Equal(t, on, f)
	}
	for _, f := range []contactstest.Fault{
		on.Return(errors.New("x")), on.When(func(contactstest.Call) bool { return true }),
		on.Do(func(context.Context, contactstest.Call) {}),
	} {
		_, err := json.Marshal(f)
		require.ErrorContains(t, err, "no JSON form")
		require.Contains(t, f.String(), " with ")
	}
}
