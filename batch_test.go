package contacts_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func init() {
	calls["Batch"] = func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
		_, err := s.Batch(ctx, []contacts.Operation{contacts.LabelOp{ID: c.ID, Keys: []string{oldKey}}}, nil)
		return err
	}
	feedWrites = append(feedWrites, feedWrite{
		method: "Batch", name: " of three operations, one failing",
		want: []wantChange{{kind: contacts.ContactUpdated, of: "bob"}, {kind: contacts.ContactDeleted, of: "dan"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.Batch(ctx, []contacts.Operation{
				contacts.LabelOp{ID: sc.id("bob"), Keys: []string{oldKey}}, contacts.DeleteOp{ID: missingID},
				contacts.DeleteOp{ID: sc.id("dan")},
			}, nil)
			return err
		},
	})
}

// codesOf lists the codes of results, "" for success.
func codesOf(results []contacts.BatchResult) []contacts.Code {
	var codes []contacts.Code
	for _, r := range results {
		codes = append(codes, contacts.CodeOf(r.Err))
	}
	return codes
}

func TestBatch(t *testing.T) {
	bubble(t, "BAT-1 all kinds of operations, in order and in one commit", func(t *testing.T) {
		s, c := callable(t)
		bob := create(t, s, person("Bob", "bob@x.test"))
		before := s.Snapshot().Position()
		results, err := s.Batch(t.Context(), []contacts.Operation{
			contacts.CreateOp{Info: person("Eve", "eve@x.test"), Source: contacts.Source{SourceType: contacts.SourceAdmin}},
			contacts.UpdateOp{ID: c.ID, Revision: 1, Patch: contacts.Patch{Company: contacts.Set("Birch")}},
			contacts.LabelOp{ID: c.ID, Keys: []string{oldKey}},
			contacts.UpdateOp{ID: c.ID, Revision: 3, Patch: contacts.Patch{JobTitle: contacts.Set("")}},
			contacts.UnlabelOp{ID: c.ID, Keys: []string{"contacts.customers"}},
			contacts.MergeOp{Target: c.ID, Revision: 5, Sources: []uuid.UUID{bob.ID}},
			contacts.DeleteOp{ID: second},
		}, nil)
		require.NoError(t, err)
		require.Len(t, results, 7)
		for i, r := range results {
			require.NoError(t, r.Err)
			require.Equal(t, i == 6, r.Contact == nil)
		}
		for i, revision := range map[int]int{0: 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6} {
			require.Equal(t, revision, results[i].Contact.Revision, "result %d is of its operation", i)
		}
		require.Equal(t, contacts.SourceAdmin, results[0].Contact.Source.SourceType)
		require.Equal(t, "Birch", results[1].Contact.Info.Company)
		require.Equal(t, "Botanist", results[2].Contact.Info.JobTitle)
		require.Contains(t, results[2].Contact.Info.LabelKeys, oldKey)
		require.NotContains(t, results[4].Contact.Info.LabelKeys, "contacts.customers")

		commits := commitsAfter(t, s, before)
		require.Len(t, commits, 1)
		var kinds []contacts.ChangeKind
		for _, change := range commits[0].Changes {
			kinds = append(kinds, change.Kind)
		}
		require.Equal(t, []contacts.ChangeKind{
			contacts.ContactCreated, contacts.ContactUpdated, contacts.ContactUpdated, contacts.ContactUpdated,
			contacts.ContactUpdated, contacts.ContactMerged, contacts.ContactUpdated, contacts.ContactDeleted,
			contacts.ContactDeleted,
		}, kinds)
		for i, r := range results[:6] {
			require.Equal(t, commits[0].Time, r.Contact.UpdatedDate, i)
		}
		stored, err := s.Get(t.Context(), c.ID, nil)
		require.NoError(t, err)
		require.Equal(t, results[5].Contact, stored)
		moved, err := s.Get(t.Context(), bob.ID, nil)
		require.NoError(t, err)
		require.Equal(t, c.ID, moved.ID)
		_, err = s.Get(t.Context(), second, nil)
		require.ErrorIs(t, err, contacts.ErrContactNotFound)
	})
	t.Run("BAT-1 later operations see earlier ones", func(t *testing.T) {
		s := newStore(t)
		ann, bob := create(t, s, person("Ann", "ann@x.test")), create(t, s, person("Bob", "bob@x.test"))
		emails := func(address string) contacts.Patch {
			return contacts.Patch{Emails: contacts.Set(primaryAt(0, address))}
		}
		results, err := s.Batch(t.Context(), []contacts.Operation{
			contacts.CreateOp{Info: person("New", "new@x.test")},
			contacts.CreateOp{Info: person("New", "NEW@x.test")}, // created in the same batch
			contacts.CreateOp{Info: person("Ann", "ann@x.test")}, // created before
			contacts.UpdateOp{ID: ann.ID, Revision: 1, Patch: emails("moved@x.test")},
			contacts.CreateOp{Info: person("Ann", "ann@x.test")}, // the address is free now
			contacts.UpdateOp{ID: ann.ID, Revision: 1, Patch: emails("again@x.test")},
			contacts.DeleteOp{ID: bob.ID},
			contacts.LabelOp{ID: bob.ID, Keys: []string{"contacts.customers"}},
			contacts.CreateOp{Info: person("Bob", "bob@x.test")},
			contacts.UpdateOp{ID: ann.ID, Revision: 2, Patch: emails("bob@x.test"), AllowDuplicates: true},
			contacts.CreateOp{Info: person("Bob", "bob@x.test"), AllowDuplicates: true},
		}, nil)
		require.NoError(t, err)
		require.Equal(t, []contacts.Code{
			"", contacts.ErrDuplicate, contacts.ErrDuplicate, "", "", contacts.ErrAlreadyChanged, "",
			contacts.ErrContactNotFound, "", "", "",
		}, codesOf(results))
		var duplicate *contacts.DuplicateError
		require.ErrorAs(t, results[1].Err, &duplicate)
		require.Equal(t, results[0].Contact.ID, duplicate.ID)
		require.NoError(t, fault(s.Snapshot()))
	})
	t.Run("BAT-1 no operations", func(t *testing.T) {
		s, _ := callable(t)
		before := s.Snapshot().Position()
		for _, opts := range []*contacts.BatchOptions{nil, {AllOrNothing: true}} {
			results, err := s.Batch(t.Context(), nil, opts)
			require.NoError(t, err)
			require.Empty(t, results)
		}
		require.Equal(t, before, s.Snapshot().Position())
	})
	t.Run("BAT-1 no results without a commit", func(t *testing.T) {
		opts := fixed()
		opts.Now = func() time.Time { return time.Time{} }
		s := openStore(t, opts)
		results, err := s.Batch(t.Context(), []contacts.Operation{contacts.CreateOp{Info: person("New")}}, nil)
		require.ErrorIs(t, err, contacts.ErrInternal)
		require.Nil(t, results)
	})
	t.Run("BAT-1 the caller owns the results and keeps the operations", func(t *testing.T) {
		s, c := callable(t)
		info, keys, sources := richInfo("new"), []string{oldKey}, []uuid.UUID{second}
		patch := contacts.Patch{Emails: contacts.Set(richInfo("upd").Emails)}
		results, err := s.Batch(t.Context(), []contacts.Operation{
			contacts.CreateOp{Info: info, AllowDuplicates: true}, contacts.LabelOp{ID: c.ID, Keys: keys},
			contacts.UpdateOp{ID: c.ID, Revision: 2, Patch: patch},
			contacts.MergeOp{Target: c.ID, Revision: 3, Sources: sources},
		}, nil)
		require.NoError(t, err)
		require.Equal(t, []contacts.Code{"", "", "", ""}, codesOf(results))
		require.Equal(t, richInfo("new"), info)
		before := deepCopy(t, stateOf(s.Snapshot()))
		scribble(&info)
		scribble(&keys)
		scribble(&sources)
		scribble(&results)
		require.Equal(t, before, deepCopy(t, stateOf(s.Snapshot())))
	})
}

// failingOps are operations that fail on the store of newCast.
func failingOps(c cast) map[string]struct {
	op   contacts.Operation
	code contacts.Code
	id   uuid.UUID // named by the error
} {
	type failing = struct {
		op   contacts.Operation
		code contacts.Code
		id   uuid.UUID
	}
	create := func(code contacts.Code, change func(*contacts.CreateOp)) failing {
		op := contacts.CreateOp{Info: person("New")}
		change(&op)
		return failing{op, code, uuid.Nil}
	}
	update := func(code contacts.Code, id uuid.UUID, revision int, patch contacts.Patch) failing {
		return failing{contacts.UpdateOp{ID: id, Revision: revision, Patch: patch}, code, id}
	}
	remove := func(code contacts.Code, id uuid.UUID) failing { return failing{contacts.DeleteOp{ID: id}, code, id} }
	label := func(code contacts.Code, id uuid.UUID, keys ...string) failing {
		return failing{contacts.LabelOp{ID: id, Keys: keys}, code, id}
	}
	unlabel := func(code contacts.Code, id uuid.UUID, keys ...string) failing {
		return failing{contacts.UnlabelOp{ID: id, Keys: keys}, code, id}
	}
	merge := func(code contacts.Code, id uuid.UUID, revision int, sources ...uuid.UUID) failing {
		return failing{contacts.MergeOp{Target: c.ann.ID, Revision: revision, Sources: sources}, code, id}
	}
	const customers, unknown = "contacts.customers", "custom.none"
	ann := c.ann.ID
	company := contacts.Patch{Company: contacts.Set("Birch")}
	outdated := merge(contacts.ErrPlanOutdated, ann, 1)
	outdated.op = contacts.MergeOp{
		Target: ann, Revision: 1, Sources: []uuid.UUID{c.bob.ID}, Plan: contacts.Fingerprint{1},
	}
	return map[string]failing{
		"create, invalid": create(contacts.ErrInvalid, func(op *contacts.CreateOp) { op.Info.Birthdate = "x" }),
		"create, bad source": create(contacts.ErrInvalid, func(op *contacts.CreateOp) {
			op.Source = contacts.Source{SourceType: "x"}
		}),
		"create, two primaries": create(contacts.ErrMultiplePrimary, func(op *contacts.CreateOp) {
			op.Info.Emails = append(primaryAt(0, "a@x.test"), primaryAt(0, "b@x.test")...)
		}),
		"create, no data": create(contacts.ErrInsufficientData, func(op *contacts.CreateOp) { op.Info = contacts.Info{} }),
		"create, duplicate": create(contacts.ErrDuplicate, func(op *contacts.CreateOp) {
			op.Info.Emails = primaryAt(0, "bob@x.test")
		}),
		"update, invalid":  update(contacts.ErrInvalid, ann, 1, contacts.Patch{Locale: contacts.Set("en_US")}),
		"update, missing":  update(contacts.ErrContactNotFound, missingID, 1, company),
		"update, revision": update(contacts.ErrAlreadyChanged, ann, 7, company),
		"update, empty":    update(contacts.ErrInsufficientUpdate, ann, 1, contacts.Patch{}),
		"update, email of a member": update(contacts.ErrUpdateMemberEmail, c.member.ID, 2, contacts.Patch{
			Emails: contacts.Set([]contacts.Email{}),
		}),
		"delete, missing":        remove(contacts.ErrContactNotFound, missingID),
		"delete, member":         remove(contacts.ErrDeleteMember, c.member.ID),
		"delete, owner":          remove(contacts.ErrDeleteOwnerOrContributor, c.owner.ID),
		"delete, payer":          remove(contacts.ErrDeleteBillingSubscription, c.payer.ID),
		"label, no keys":         label(contacts.ErrInvalid, ann),
		"label, unknown key":     label(contacts.ErrLabelNotFound, ann, unknown),
		"label, missing":         label(contacts.ErrContactNotFound, missingID, customers),
		"unlabel, too many keys": unlabel(contacts.ErrInvalid, ann, repeated(101, customers)...),
		"unlabel, unknown key":   unlabel(contacts.ErrLabelNotFound, ann, unknown),
		"merge, no sources":      merge(contacts.ErrInvalid, ann, 1),
		"merge, missing source":  merge(contacts.ErrContactNotFound, missingID, 1, missingID),
		"merge, itself":          merge(contacts.ErrIllegalMerge, ann, 1, ann),
		"merge, member":          merge(contacts.ErrFailedPrecondition, c.member.ID, 1, c.member.ID),
		"merge, revision":        merge(contacts.ErrAlreadyChanged, ann, 9, c.bob.ID),
		"merge, outdated plan":   outdated,
		"nil":                    {nil, contacts.ErrInvalid, uuid.Nil},
		"a nil pointer":          {(*contacts.UpdateOp)(nil), contacts.ErrInvalid, uuid.Nil},
	}
}

func TestBatchFailures(t *testing.T) {
	_, names := newCast(t)
	for name := range failingOps(names) {
		t.Run("BAT-2 a failed operation leaves no trace, "+name, func(t *testing.T) {
			s, who := newCast(t)
			plain := s.Fork() // runs the other operations only
			fails := failingOps(who)[name]
			first := contacts.UpdateOp{ID: who.bob.ID, Revision: 1, Patch: contacts.Patch{JobTitle: contacts.Set("Cook")}}
			last := contacts.LabelOp{ID: who.ann.ID, Keys: []string{"contacts.customers"}}

			results, err := s.Batch(t.Context(), []contacts.Operation{first, fails.op, last}, nil)
			require.NoError(t, err)
			require.Equal(t, []contacts.Code{"", fails.code, ""}, codesOf(results))
			require.Nil(t, results[1].Contact)
			var e *contacts.Error
			require.ErrorAs(t, results[1].Err, &e)
			require.Equal(t, fails.id, e.ID)

			others, err := plain.Batch(t.Context(), []contacts.Operation{first, last}, nil)
			require.NoError(t, err)
			require.Equal(t, others[0].Contact.Info, results[0].Contact.Info)
			got, want := stateOf(s.Snapshot()), stateOf(plain.Snapshot())
			for i := range got.Contacts { // their clocks differ
				require.Equal(t, want.Contacts[i].Info, got.Contacts[i].Info)
				require.Equal(t, want.Contacts[i].Revision, got.Contacts[i].Revision)
			}
			require.Len(t, want.Contacts, len(got.Contacts))
		})
		for _, opts := range []*contacts.BatchOptions{nil, {AllOrNothing: true}} {
			t.Run("BAT-2 nothing is written if all fail, "+name, func(t *testing.T) {
				s, who := newCast(t)
				before := stateOf(s.Snapshot())
				results, err := s.Batch(t.Context(), []contacts.Operation{failingOps(who)[name].op}, opts)
				require.Equal(t, opts != nil, err != nil)
				require.Equal(t, []contacts.Code{failingOps(who)[name].code}, codesOf(results))
				require.Equal(t, before, stateOf(s.Snapshot()))
			})
		}
		t.Run("BAT-3 all or nothing, "+name, func(t *testing.T) {
			s, who := newCast(t)
			before := stateOf(s.Snapshot())
			fails := failingOps(who)[name]
			results, err := s.Batch(t.Context(), []contacts.Operation{
				contacts.CreateOp{Info: person("Fine")}, fails.op, contacts.DeleteOp{ID: who.bob.ID},
			}, &contacts.BatchOptions{AllOrNothing: true})
			require.Equal(t, []contacts.Code{"", fails.code, ""}, codesOf(results))
			for _, r := range results {
				require.Nil(t, r.Contact, "of a contact that is not there")
			}
			failed, ok := errors.AsType[*contacts.BatchError](err)
			require.True(t, ok)
			require.Equal(t, 1, failed.Index)
			require.Equal(t, results[1].Err, failed.Err)
			require.Equal(t, fails.code, contacts.CodeOf(err))
			require.NotContains(t, err.Error(), "@")
			require.Equal(t, before, stateOf(s.Snapshot()))
		})
	}
	t.Run("BAT-3 all failures are reported, and the first is the error", func(t *testing.T) {
		s, who := newCast(t)
		results, err := s.Batch(t.Context(), []contacts.Operation{
			contacts.DeleteOp{ID: who.bob.ID}, contacts.DeleteOp{ID: who.member.ID}, contacts.DeleteOp{ID: who.bob.ID},
		}, &contacts.BatchOptions{AllOrNothing: true})
		require.Equal(t, []contacts.Code{"", contacts.ErrDeleteMember, contacts.ErrContactNotFound}, codesOf(results))
		require.ErrorIs(t, err, contacts.ErrDeleteMember)
	})
	t.Run("BAT-3 all or nothing, where nothing fails", func(t *testing.T) {
		s, who := newCast(t)
		before := s.Snapshot().Position()
		results, err := s.Batch(t.Context(), []contacts.Operation{
			contacts.CreateOp{Info: person("Fine")}, contacts.DeleteOp{ID: who.bob.ID},
		}, &contacts.BatchOptions{AllOrNothing: true})
		require.NoError(t, err)
		require.Equal(t, "Fine", results[0].Contact.Info.Name.First)
		require.Equal(t, before+1, s.Snapshot().Position())
	})
}

func TestBatchOrigin(t *testing.T) {
	bubble(t, "BAT-4 only the changes of a merge originate from it", func(t *testing.T) {
		s := newStore(t)
		ann, bob, cyd := create(t, s, person("Ann")), create(t, s, person("Bob")), create(t, s, person("Cyd"))
		before := s.Snapshot().Position()
		_, err := s.Batch(t.Context(), []contacts.Operation{
			contacts.LabelOp{ID: ann.ID, Keys: []string{"contacts.customers"}},
			contacts.MergeOp{Target: ann.ID, Revision: 2, Sources: []uuid.UUID{bob.ID}},
			contacts.DeleteOp{ID: cyd.ID},
		}, nil)
		require.NoError(t, err)
		commits := commitsAfter(t, s, before)
		require.Len(t, commits, 1)
		require.Empty(t, commits[0].OriginatedFrom)
		var origins []string
		for e := range commits[0].Events() {
			text, err := json.Marshal(e)
			require.NoError(t, err)
			var envelope struct{ Slug, OriginatedFrom string }
			require.NoError(t, json.Unmarshal(text, &envelope))
			require.Equal(t, e.OriginatedFrom, envelope.OriginatedFrom)
			origins = append(origins, envelope.Slug+" "+e.OriginatedFrom)
		}
		require.Equal(t, []string{"updated ", "merged ", "updated merge", "deleted merge", "deleted "}, origins)
	})
	t.Run("BAT-4 at most 10000 operations", func(t *testing.T) {
		const most = 10_000
		s := openStore(t, unchecked())
		ops := make([]contacts.Operation, most+1)
		for i := range ops {
			ops[i] = contacts.DeleteOp{ID: missingID}
		}
		ops[0] = contacts.CreateOp{Info: person("X")}
		for _, opts := range []*contacts.BatchOptions{nil, {AllOrNothing: true}} {
			results, err := s.Batch(t.Context(), ops, opts)
			require.Nil(t, results)
			require.Equal(t, oneViolation(contacts.Violation{
				Field: "operations", Rule: contacts.RuleMaxSize, Threshold: most,
			}), violations(t, err))
			require.Zero(t, s.Snapshot().Position())
		}
		results, err := s.Batch(t.Context(), ops[:most], nil)
		require.NoError(t, err)
		require.Len(t, results, most)
		require.Equal(t, 1, s.Snapshot().Len())
	})
}
