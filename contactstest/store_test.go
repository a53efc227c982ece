package contactstest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

// fakeT is a test that fails without failing the test that uses it.
type fakeT struct {
	testing.TB
	failed   bool
	logs     []string
	cleanups []func()
}

func (f *fakeT) Helper()           {}
func (f *fakeT) Failed() bool      { return f.failed }
func (f *fakeT) Cleanup(fn func()) { f.cleanups = append(f.cleanups, fn) }
func (f *fakeT) Logf(format string, args ...any) {
	f.logs = append(f.logs, fmt.Sprintf(format, args...))
}

func (f *fakeT) Errorf(format string, args ...any) {
	f.failed = true
	f.Logf(format, args...)
}

func (f *fakeT) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

// run runs a test to its end and returns what it has logged.
func (f *fakeT) run(test func()) string {
	done := make(chan struct{})
	go func() {
		defer close(done)
		test()
	}()
	<-done
	for len(f.cleanups) > 0 {
		last := len(f.cleanups) - 1
		fn := f.cleanups[last]
		f.cleanups = f.cleanups[:last]
		fn()
	}
	return strings.Join(f.logs, "\n")
}

func info(first string) contacts.Info {
	return contacts.Info{
		Name: contacts.Name{First: first}, Emails: []contacts.Email{{Address: strings.ToLower(first) + "@x.test"}},
	}
}

func create(t testing.TB, api contactstest.API, first string) *contacts.Contact {
	t.Helper()
	c, err := api.Create(t.Context(), info(first), nil)
	require.NoError(t, err)
	return c
}

func export(t testing.TB, s *contactstest.Store) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, s.Snapshot().Export(&b))
	return b.String()
}

// people is a fixture with two contacts.
var people = contactstest.NewFixture(nil, func(s *contactstest.Store) error {
	for _, first := range []string{"Ada", "Bob"} {
		if _, err := s.Create(context.Background(), info(first), nil); err != nil {
			return err
		}
		s.Clock.Advance(time.Minute)
	}
	return nil
})

func TestNew(t *testing.T) {
	t.Run("TST-1 an empty store has a fixed clock, IDs, labels and fields", func(t *testing.T) {
		s := contactstest.New(t)
		require.Equal(t, contactstest.Epoch, s.Clock.Now())
		first := create(t, s, "Ada")
		require.Equal(t, contactstest.Epoch, first.CreatedDate)
		other := contactstest.New(t)
		create(t, other, "Ada")
		require.Equal(t, export(t, s), export(t, other))
		require.Equal(t, contactstest.NewIDs(1).New(), first.ID)
		for _, key := range []string{contactstest.LabelVIP, contactstest.LabelNewsletter, contactstest.LabelLead} {
			_, err := s.GetLabel(t.Context(), key)
			require.NoError(t, err, key)
		}
		for key, dataType := range map[string]contacts.DataType{
			contactstest.FieldNotes: contacts.DataText, contactstest.FieldPoints: contacts.DataNumber,
			contactstest.FieldAnniversary: contacts.DataDate, contactstest.FieldWebsite: contacts.DataURL,
		} {
			f, err := s.GetField(t.Context(), key)
			require.NoError(t, err, key)
			require.Equal(t, dataType, f.DataType)
		}
	})
	t.Run("TST-1 forks of a fixture are equal and apart, in parallel", func(t *testing.T) {
		exports := make([]string, 8)
		t.Run("group", func(t *testing.T) {
			for i := range exports {
				t.Run("test", func(t *testing.T) {
					t.Parallel()
					s := contactstest.New(t, people)
					s.Clock.Advance(time.Hour)
					create(t, s, "Cyd")
					require.Equal(t, 3, s.Snapshot().Len())
					exports[i] = export(t, s)
				})
			}
		})
		for _, text := range exports {
			require.Equal(t, exports[0], text)
		}
		s := contactstest.New(t, people)
		require.Equal(t, 2, s.Snapshot().Len())
		require.Equal(t, contactstest.Epoch.Add(2*time.Minute), s.Clock.Now())
	})
	t.Run("TST-1 all methods of a store are there", func(t *testing.T) {
		s := contactstest.New(t)
		c := create(t, s, "Ada")
		_, err := s.SetMember(t.Context(), c.ID, &contacts.Member{MemberID: uuid.MustParse(
			"11111111-1111-4111-8111-111111111111")})
		require.NoError(t, err)
		require.Len(t, s.Calls(), 1) // SetMember is not in API
		var _ contactstest.API = s
	})
	t.Run("TST-1 in bubbles of package synctest", func(t *testing.T) {
		f := contactstest.NewFixture(nil, func(s *contactstest.Store) error {
			_, err := s.Create(context.Background(), info("Ada"), nil)
			return err
		})
		for range 2 { // the fixture is built in the first bubble
			synctest.Test(t, func(t *testing.T) {
				s := contactstest.New(t, f)
				s.LagTime(time.Hour)
				create(t, s, "Bob")
				require.Equal(t, []string{"Ada"}, listed(t, s))
			})
		}
		s := contactstest.New(t, f)
		create(t, s, "Bob")
		require.Equal(t, []string{"Ada", "Bob"}, listed(t, s))
	})
	t.Run("TST-1 the store is closed with its test", func(t *testing.T) {
		var s *contactstest.Store
		t.Run("test", func(t *testing.T) { s = contactstest.New(t, people) })
		_, err := s.Get(t.Context(), uuid.New(), nil)
		require.ErrorIs(t, err, contacts.ErrClosed)
	})
}

func TestFixture(t *testing.T) {
	t.Run("TST-2 an error of build fails each test", func(t *testing.T) {
		built := 0
		for name, build := range map[string]func(*contactstest.Store) error{
			"no such people": func(*contactstest.Store) error {
				built++
				return errors.New("no such people")
			},
			"build has panicked: oh":       func(*contactstest.Store) error { panic("oh") },
			"must not use the t of a test": func(*contactstest.Store) error { runtime.Goexit(); return nil },
			"API has no method":            func(s *contactstest.Store) error { s.Fail(contactstest.On("Marge")); return nil },
			"LagTime(-1ns)":                func(s *contactstest.Store) error { s.LagTime(-1); return nil },
			"LagCommits(0)":                func(s *contactstest.Store) error { s.LagCommits(0); return nil },
		} {
			broken := contactstest.NewFixture(nil, build)
			for _, f := range []*contactstest.Fixture{broken, broken, broken.Then(nil)} {
				fake := &fakeT{TB: t}
				text := fake.run(func() { contactstest.New(fake, f) })
				require.True(t, fake.failed)
				require.Contains(t, text, "the fixture: ")
				require.Contains(t, text, name)
			}
		}
		require.Equal(t, 1, built)
	})
	t.Run("TST-2 options", func(t *testing.T) {
		start := time.Date(2030, 2, 3, 4, 5, 6, 0, time.UTC)
		f := contactstest.NewFixture(&contactstest.FixtureOptions{
			Store: contacts.Options{Region: "US"}, Start: start, Seed: 9, Bare: true,
		}, nil)
		s := contactstest.New(t, f)
		require.Equal(t, start, s.Clock.Now())
		require.Equal(t, contactstest.NewIDs(9).New(), s.IDs.Clone().New())
		_, err := s.GetLabel(t.Context(), contactstest.LabelVIP)
		require.ErrorIs(t, err, contacts.ErrLabelNotFound)
		e164, _ := s.ParsePhone("201-555-0123", "")
		require.Equal(t, "+12015550123", e164)

		fake := &fakeT{TB: t}
		text := fake.run(func() {
			contactstest.New(fake, contactstest.NewFixture(&contactstest.FixtureOptions{
				Store: contacts.Options{Now: time.Now},
			}, nil))
		})
		require.Contains(t, text, "must not be set")
	})
	t.Run("TST-2 a fixture on another, and several", func(t *testing.T) {
		built := 0
		more := func(s *contactstest.Store) error {
			built++
			_, err := s.Create(context.Background(), info("Cyd"), nil)
			return err
		}
		then := people.Then(more)
		for range 3 {
			require.Equal(t, 3, contactstest.New(t, then).Snapshot().Len())
		}
		require.Equal(t, 1, built)
		both := contactstest.New(t, people, contactstest.NewFixture(nil, more))
		require.Equal(t, export(t, contactstest.New(t, then)), export(t, both))
		require.Equal(t, 2, built)
		require.Equal(t, 2, contactstest.New(t, people).Snapshot().Len())

		fake := &fakeT{TB: t}
		text := fake.run(func() { contactstest.New(fake, people, contactstest.LoadFixture("x", nil)) })
		require.Contains(t, text, "cannot be a fixture on another")
		fake = &fakeT{TB: t}
		text = fake.run(func() { contactstest.New(fake, people, both.Fixture()) })
		require.Contains(t, text, "cannot be a fixture on another")
		fake = &fakeT{TB: t}
		text = fake.run(func() { contactstest.New(fake, people, people) })
		require.Contains(t, text, "DUPLICATE_CONTACT_EXISTS")
	})
	t.Run("TST-2 the state of a store", func(t *testing.T) {
		s := contactstest.New(t, people)
		s.Clock.Advance(time.Hour)
		create(t, s, "Cyd")
		now := s.Fixture()
		create(t, s, "Dan")
		for range 2 {
			copied := contactstest.New(t, now)
			require.Equal(t, 3, copied.Snapshot().Len())
			create(t, copied, "Dan")
			require.Equal(t, export(t, s), export(t, copied))
		}
	})
	t.Run("TST-2 a file", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "site.jsonl")
		s := contactstest.New(t, people)
		s.Clock.Advance(10 * time.Hour)
		create(t, s, "Cyd")
		require.NoError(t, os.WriteFile(name, []byte(export(t, s)), 0o600))
		f := contactstest.LoadFixture(name, nil)
		for range 2 {
			loaded := contactstest.New(t, f)
			require.Equal(t, export(t, s), export(t, loaded))
			require.Equal(t, s.Clock.Now(), loaded.Clock.Now())
			dan := create(t, loaded, "Dan")
			require.Equal(t, contactstest.NewIDsAt(1, s.Snapshot().Position()).New(), dan.ID)
		}
		fake := &fakeT{TB: t}
		text := fake.run(func() { contactstest.New(fake, contactstest.LoadFixture("no such file", nil)) })
		require.Contains(t, text, "no such file")
		require.NoError(t, os.WriteFile(name, []byte("damaged"), 0o600))
		text = fake.run(func() { contactstest.New(fake, contactstest.LoadFixture(name, nil)) })
		require.Contains(t, text, "INVALID_EXPORT")
	})
}

func TestReport(t *testing.T) {
	fake := &fakeT{TB: t}
	text := fake.run(func() {
		s := contactstest.New(fake, people)
		s.Fail(contactstest.On("Merge").After(), contactstest.On("Delete").Nth(7))
		ada := create(t, s, "Ann")
		_, err := s.Update(t.Context(), ada.ID, 1, contacts.Patch{JobTitle: contacts.Set("Analyst")}, nil)
		require.NoError(t, err)
		bob := create(t, s, "Ben")
		_, err = s.Merge(t.Context(), ada.ID, 2, []uuid.UUID{bob.ID}, nil)
		require.ErrorIs(t, err, contacts.ErrOutcomeUnknown)
		_, err = s.Get(t.Context(), uuid.MustParse("11111111-1111-4111-8111-111111111111"), nil)
		require.Error(t, err)
		fake.failed = true
	})
	t.Log(text)
	for _, want := range []string{
		"2 Update", "rev 1 -> ", `4 Merge`,
		`OUTCOME_UNKNOWN, by rule {"on":["Merge"],"after":true}, after the store had answered ok`,
		"CONTACT_NOT_FOUND", "4 commits of the test", "(info.jobTitle)", `{"on":["Delete"],"nth":7}`, "contact_merged",
	} {
		require.Contains(t, text, want, "TST-13 what a failed test shows")
	}
	require.NotContains(t, text, "Analyst")
	require.Less(t, strings.Count(text, "\n"), 20)

	fake = &fakeT{TB: t}
	text = fake.run(func() { // more commits than the feed keeps, and more calls than are shown
		s := contactstest.New(fake, contactstest.NewFixture(&contactstest.FixtureOptions{
			Store: contacts.Options{FeedSize: 3},
		}, nil))
		for range 50 {
			_, err := s.Create(t.Context(), contacts.Info{Name: contacts.Name{First: "A"}}, nil)
			require.NoError(t, err)
		}
		fake.failed = true
	})
	require.Contains(t, text, "the last 20 of 50 calls:\n  31 Create")
	require.Contains(t, text, "the last 3 of 50 commits of the test:\n  55 at")

	fake = &fakeT{TB: t}
	text = fake.run(func() { create(t, contactstest.New(fake), "Ann") })
	require.Empty(t, text)
}
