package contactstest_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
	"github.com/contactsdb/contacts/internal/storetest"
)

func TestCalls(t *testing.T) {
	t.Run("TST-12 arguments and results, as copies", func(t *testing.T) {
		s := contactstest.New(t)
		in := info("Ada")
		opts := &contacts.CreateOptions{Unsubscribe: []string{"ada@x.test"}}
		c, err := s.Create(t.Context(), in, opts)
		require.NoError(t, err)
		want := c.Clone()
		in.Emails[0].Address, opts.Unsubscribe[0], c.Info.Emails[0].Address = "x", "x", "x"
		for range 2 {
			call := s.Calls()[0]
			require.Equal(t, 1, call.Number)
			require.Equal(t, contactstest.MethodCreate, call.Method)
			require.Equal(t, info("Ada"), call.Info)
			require.Equal(t, contacts.CreateOptions{Unsubscribe: []string{"ada@x.test"}}, call.Options)
			require.Equal(t, want, call.Contact)
			require.Equal(t, contactstest.Epoch, call.Time)
			require.True(t, call.Reached)
			call.Info.Emails[0].Address, call.Contact.Info.Emails[0].Address = "y", "y"
		}
		patch := contacts.Patch{
			Emails:    contacts.Set([]contacts.Email{{Address: "b@x.test"}}),
			SetFields: map[string]any{contactstest.FieldNotes: "n"},
		}
		_, err = s.Update(t.Context(), want.ID, 1, patch, nil)
		require.NoError(t, err)
		emails, _ := patch.Emails.Get()
		emails[0].Address, patch.SetFields[contactstest.FieldNotes] = "x", "x"
		call := s.CallsTo(contactstest.MethodUpdate)[0]
		require.Equal(t, []any{2, 1, want.ID, 1, nil},
			[]any{call.Number, call.Nth, call.ID, call.Revision, call.Options})
		emails, _ = call.Patch.Emails.Get()
		require.Equal(t, "b@x.test", emails[0].Address)
		require.Equal(t, map[string]any{contactstest.FieldNotes: "n"}, call.Patch.SetFields)
		require.True(t, call.Patch.Company.IsZero())
		require.True(t, call.Patch.LabelKeys.IsZero())
	})
	t.Run("TST-12 hooks get copies", func(t *testing.T) {
		s := contactstest.New(t)
		spoil := contactstest.On("Create").Do(func(_ context.Context, c contactstest.Call) {
			c.Info.Emails[0].Address = "x"
			if c.Contact != nil {
				c.Contact.Info.Emails[0].Address = "x"
			}
		})
		s.Fail(spoil, spoil.After())
		require.Equal(t, "ada@x.test", create(t, s, "Ada").Info.Emails[0].Address)
		call := s.Calls()[0]
		require.Equal(t, "ada@x.test", call.Info.Emails[0].Address)
		require.Equal(t, "ada@x.test", call.Contact.Info.Emails[0].Address)
	})
	t.Run("TST-12 the last calls", func(t *testing.T) {
		s := contactstest.New(t)
		for range contactstest.DefaultCalls + 10 {
			_ = getter(t, s, uuid.New())()
		}
		calls := s.Calls()
		require.Len(t, calls, contactstest.DefaultCalls)
		for i, c := range calls {
			require.Equal(t, 11+i, c.Number)
		}
		s.Record(2)
		require.Empty(t, s.Calls())
		for range 3 {
			_ = getter(t, s, uuid.New())()
		}
		require.Equal(t, []int{contactstest.DefaultCalls + 12, contactstest.DefaultCalls + 13},
			[]int{s.Calls()[0].Number, s.Calls()[1].Number})
		s.Record(0)
		_ = getter(t, s, uuid.New())()
		require.Empty(t, s.Calls())
	})
	t.Run("TST-12 from many goroutines", func(t *testing.T) {
		s := contactstest.New(t)
		c := create(t, s, "Ada")
		s.Fail(contactstest.On("Get").Every(2))
		var group sync.WaitGroup
		failed := make([]int, 4)
		for i := range failed {
			group.Go(func() { failed[i] = len(hits(25, getter(t, s, c.ID))) })
		}
		group.Wait()
		require.Equal(t, 50, failed[0]+failed[1]+failed[2]+failed[3])
		seen := map[int]bool{}
		for _, c := range s.Calls() {
			require.False(t, seen[c.Number])
			seen[c.Number] = true
		}
		require.Len(t, seen, 101)
	})
}

func TestAsserts(t *testing.T) {
	fake := &fakeT{TB: t}
	text := fake.run(func() {
		s := contactstest.New(fake)
		s.Record(0)
		s.Fail(contactstest.On("Get").Nth(1))
		_ = getter(t, s, uuid.New())()
		_ = getter(t, s, uuid.New())()
		s.AssertCalls("Get", 2)
		s.AssertCalls("Update", 0)
		s.AssertFired()
		require.False(t, fake.failed, "TST-16 asserts that hold")
		s.AssertCalls("Get", 1)
		s.Fail(contactstest.On("Merge"))
		s.AssertFired()
		s.AssertCalls("Gett", 0)
		t.Error("TST-16 an unknown method ends the test")
	})
	for _, want := range []string{"Get was called 2 times, not 1", `hit by rule {"on":["Merge"]}`, `no method "Gett"`} {
		require.Contains(t, text, want, "TST-16 asserts that do not hold")
	}
}

// results calls every method of an API with arguments of a small world, and returns the results and codes as text.
func results(t testing.TB, api contactstest.API) []string {
	t.Helper()
	var out []string
	note := func(values ...any) {
		text := ""
		for _, v := range values {
			if err, ok := v.(error); ok {
				v = contacts.CodeOf(err)
			}
			encoded, err := json.Marshal(v)
			require.NoError(t, err)
			text += string(encoded)
		}
		out = append(out, text)
	}
	one := func(v any, err error) { note(v, err) }
	ctx := t.Context()
	sel := contacts.Selection{Search: "Ada"}
	_, _, errLabel := api.FindOrCreateLabel(ctx, "Gold")
	label, created, err := api.FindOrCreateLabel(ctx, "Silver")
	note(label, created, err, errLabel)
	field, created, err := api.FindOrCreateField(ctx, "Shoe", contacts.DataNumber)
	note(field, created, err)
	one(api.GetLabel(ctx, label.Key))
	one(api.GetLabel(ctx, "custom.none"))
	one(api.RenameLabel(ctx, label.Key, "Tin"))
	one(api.ListLabels(ctx, contacts.LabelQuery{StartsWith: "T"}, &contacts.PageOptions{Limit: 5}))
	one(api.GetField(ctx, field.Key))
	one(api.RenameField(ctx, field.Key, "Hat"))
	one(api.ListFields(ctx, contacts.FieldQuery{StartsWith: "H"}, nil))
	ada := create(t, api, "Ada")
	bob, err := api.Create(ctx, storetest.RichInfo("Bob"), &contacts.CreateOptions{AllowDuplicates: true})
	note(ada, bob, err)
	one(api.Label(ctx, ada.ID, label.Key))
	one(api.Update(ctx, ada.ID, 2, contacts.Patch{JobTitle: contacts.Set("x")}, &contacts.UpdateOptions{}))
	one(api.Unlabel(ctx, ada.ID, label.Key))
	one(api.Get(ctx, ada.ID, &contacts.GetOptions{Fields: []string{"info.name"}}))
	plan, err := api.PreviewMerge(ctx, ada.ID, []uuid.UUID{bob.ID})
	note(plan.Contact, plan.Fingerprint, err)
	one(api.Merge(ctx, ada.ID, 4, []uuid.UUID{bob.ID}, &contacts.MergeOptions{Plan: plan.Fingerprint}))
	one(api.Submit(ctx, info("Cyd"), &contacts.SubmitOptions{PassThroughData: "x"}))
	one(api.List(ctx, contacts.Query{Filter: contacts.Eq("info.name.first", "Ada")}, &contacts.ListOptions{Limit: 1}))
	one(api.Facets(ctx, contacts.Filter{}, &contacts.FacetOptions{Limit: 3}))
	one(api.BulkUpdate(ctx, sel, contacts.Patch{Company: contacts.Set("y")}, nil))
	one(api.BulkLabel(ctx, sel, []string{label.Key}, nil, &contacts.BulkOptions{BatchSize: 1}))
	job, err := api.BulkDelete(ctx, sel, nil)
	note(job, err)
	one(api.Job(ctx, job.ID))
	one(api.Jobs(ctx))
	note(api.DeleteLabel(ctx, label.Key))
	note(api.DeleteField(ctx, field.Key))
	note(api.Delete(ctx, ada.ID))
	return out
}

func TestPassesOn(t *testing.T) {
	plain, double := contactstest.New(t), contactstest.New(t)
	want, got := results(t, plain.Store), results(t, double)
	for i := range want {
		require.Equal(t, want[i], got[i], "TST-12 without rules a double changes nothing")
	}
	require.Equal(t, export(t, plain), export(t, double))
	called := map[contactstest.Method]bool{}
	for _, c := range double.Calls() {
		called[c.Method] = true
		require.NotEmpty(t, c.String())
	}
	require.Len(t, called, reflect.TypeFor[contactstest.API]().NumMethod())

	t.Run("TST-5 every method can fail", func(t *testing.T) {
		for _, after := range []bool{false, true} {
			for m := range called {
				s := contactstest.New(t)
				f := contactstest.On(m).Return(errTest)
				if after {
					f = f.After()
				}
				s.Fail(f)
				in := []reflect.Value{reflect.ValueOf(t.Context())}
				method := reflect.ValueOf(s).MethodByName(string(m))
				for i := 1; i < method.Type().NumIn(); i++ {
					in = append(in, reflect.Zero(method.Type().In(i)))
				}
				call := method.Call
				if method.Type().IsVariadic() {
					call = method.CallSlice
				}
				out := call(in)
				require.Equal(t, errTest, out[len(out)-1].Interface(), m)
				for _, v := range out[:len(out)-1] {
					require.True(t, v.IsZero())
				}
				require.Equal(t, after, s.Calls()[0].Reached)
			}
		}
	})
}

var errTest = errors.New("of a test")
