package contactstest_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

// trial is a test whose subtests may fail: it notes what they report.
type trial struct {
	t                *testing.T
	name             string
	failed           *bool
	failures, skips  *[]string
	cases, cleanedUp *int
	cleanups         *[]func()
}

func newTrial(t *testing.T) trial {
	return trial{t, "", new(bool), new([]string), new([]string), new(int), new(int), new([]func())}
}

func (tr trial) Run(name string, fn func(trial)) bool {
	sub := tr
	sub.name, sub.failed, sub.cleanups = strings.TrimPrefix(tr.name+"/"+name, "/"), new(bool), new([]func())
	var wg sync.WaitGroup
	wg.Go(func() {
		defer func() {
			for _, f := range *sub.cleanups {
				f()
				*tr.cleanedUp++
			}
		}()
		fn(sub)
	})
	wg.Wait()
	if strings.Contains(sub.name, "/") {
		*tr.cases++
	}
	return !*sub.failed
}

func (tr trial) Name() string             { return tr.name }
func (tr trial) Context() context.Context { return tr.t.Context() }
func (tr trial) Cleanup(f func())         { *tr.cleanups = append(*tr.cleanups, f) }
func (tr trial) Helper()                  {}
func (tr trial) Failed() bool             { return *tr.failed }

func (tr trial) Logf(format string, args ...any) { tr.t.Logf(format, args...) }

func (tr trial) Errorf(format string, args ...any) {
	*tr.failures = append(*tr.failures, tr.name+": "+fmt.Sprintf(format, args...))
	*tr.failed = true
}

func (tr trial) FailNow() {
	*tr.failed = true
	runtime.Goexit()
}

func (tr trial) Fatalf(format string, args ...any) {
	tr.Errorf(format, args...)
	tr.FailNow()
}

func (tr trial) Skipf(format string, args ...any) {
	*tr.skips = append(*tr.skips, tr.name+": "+fmt.Sprintf(format, args...))
	runtime.Goexit()
}

// bare hides all methods of a store that are not in API.
type bare struct{ contactstest.API }

// lazy is an implementation whose Delete does nothing.
type lazy struct{ contactstest.API }

func (lazy) Delete(context.Context, uuid.UUID) error { return nil }

func TestConformanceItself(t *testing.T) {
	run := func(wrap func(contactstest.API) contactstest.API) (trial, int) {
		tr, opened := newTrial(t), 0
		contactstest.Conformance(tr, func(tr trial, n contactstest.Needs) contactstest.API {
			opened++
			opts := &contacts.Options{}
			if n.Options != nil {
				n.Options(opts)
			}
			s, err := contacts.New(opts)
			require.NoError(t, err)
			tr.Cleanup(func() { s.Close() })
			return wrap(s)
		})
		return tr, opened
	}
	t.Run("TST-36 what is missing skips a case", func(t *testing.T) {
		tr, _ := run(func(a contactstest.API) contactstest.API { return bare{a} })
		require.Empty(t, *tr.failures)
		require.NotEmpty(t, *tr.skips)
		for _, text := range *tr.skips {
			require.Regexp(t, `^[A-Z]{3}-\d+/.+: the implementation is no [A-Z][a-z]+$`, text)
		}
	})
	t.Run("TST-37 each case opens its own, without a clock that moves", func(t *testing.T) {
		tr, opened := run(func(a contactstest.API) contactstest.API { return a })
		require.Empty(t, *tr.failures)
		require.Equal(t, *tr.cases, opened)
		require.Equal(t, *tr.cases, *tr.cleanedUp)
		for _, text := range *tr.skips {
			require.Contains(t, text, "the implementation is no Mover")
		}
	})
	t.Run("TST-37 others may have contacts, labels and fields in it, unless a case needs it to be empty", func(t *testing.T) {
		tr := newTrial(t)
		contactstest.Conformance(tr, func(tr trial, n contactstest.Needs) contactstest.API {
			clock := contactstest.NewClock(noon)
			s, err := contacts.New(optionsOf(n, clock))
			require.NoError(t, err)
			if !n.Empty && n.Options == nil {
				bystander(t, s)
			}
			return subject{s, clock}
		})
		require.Empty(t, *tr.failures)
		require.Empty(t, *tr.skips)
	})
	t.Run("a wrong implementation fails the cases of its rule", func(t *testing.T) {
		tr, _ := run(func(a contactstest.API) contactstest.API { return lazy{a} })
		require.NotEmpty(t, *tr.failures)
		require.Contains(t, strings.Join(*tr.failures, "\n"), "DEL-1/")
	})
}

// bystander creates a contact with a value in most fields, a label and an extended field.
func bystander(t *testing.T, s *contacts.Store) {
	t.Helper()
	label, _, err := s.FindOrCreateLabel(t.Context(), "Bystander")
	require.NoError(t, err)
	field, _, err := s.FindOrCreateField(t.Context(), "Bystander", contacts.DataText)
	require.NoError(t, err)
	_, err = s.Create(t.Context(), contacts.Info{
		Name:      contacts.Name{First: "Xerxes", Last: "Xu"},
		Emails:    []contacts.Email{{Address: "xerxes@elsewhere.test"}},
		Phones:    []contacts.Phone{{CountryCode: "AU", Number: "0412 345 678"}},
		Addresses: []contacts.Address{{City: "Perth", Country: "AU"}}, Company: "Xylem", JobTitle: "Xylographer",
		Birthdate: "1970-01-01", Locale: "en-au", LabelKeys: []string{label.Key},
		ExtendedFields: map[string]any{field.Key: "x"},
	}, nil)
	require.NoError(t, err)
}
