package contacts_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
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
	other := func(code contacts.Code, id uuid.UUID, op contacts.Operation) failing { return failing{op, code, id} }
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
		"upsert, unknown label": other(contacts.ErrLabelNotFound, uuid.Nil, contacts.UpsertOp{
			Info: contacts.Info{LabelKeys: []string{unknown}},
		}),
		"upsert, invalid": other(contacts.ErrInvalid, uuid.Nil, contacts.UpsertOp{
			Info: contacts.Info{Name: contacts.Name{First: "\xff"}},
		}),
		"submit, no data": other(contacts.ErrInsufficientData, uuid.Nil, contacts.SubmitOp{}),
		"submit, missing": other(contacts.ErrContactNotFound, missingID, contacts.SubmitOp{
			Info: person("X"), SubmitOptions: contacts.SubmitOptions{ContactID: missingID, Override: true},
		}),
		"subscription, address": other(contacts.ErrInvalid, ann, contacts.SetSubscriptionOp{
			ID: ann, Address: "none@x.test", Status: contacts.SubscriptionPending,
		}),
		"deliverability, status": other(contacts.ErrInvalid, ann, contacts.SetDeliverabilityOp{
			ID: ann, Email: "ann@x.test",
		}),
		"activity, missing": other(contacts.ErrContactNotFound, missingID, contacts.RecordActivityOp{ID: missingID}),
		"member, invalid":   other(contacts.ErrInvalid, ann, contacts.SetMemberOp{ID: ann, Member: &contacts.Member{}}),
		"billing, missing": other(contacts.ErrContactNotFound, missingID, contacts.SetBillingSubscriptionOp{
			ID: missingID,
		}),
		"system fields, none": other(contacts.ErrInsufficientUpdate, ann, contacts.SetSystemFieldsOp{ID: ann}),
		"new label, no name":  other(contacts.ErrInvalid, uuid.Nil, contacts.FindOrCreateLabelOp{}),
		"new label, temporary key": other(contacts.ErrInvalid, uuid.Nil, contacts.FindOrCreateLabelOp{
			DisplayName: "X", TempKey: "a.b",
		}),
		"rename label, system": other(contacts.ErrSystemLabel, uuid.Nil, contacts.RenameLabelOp{
			Key: customers, DisplayName: "X",
		}),
		"delete label, unknown": other(contacts.ErrLabelNotFound, uuid.Nil, contacts.DeleteLabelOp{Key: unknown}),
		"new field, type":       other(contacts.ErrInvalid, uuid.Nil, contacts.FindOrCreateFieldOp{DisplayName: "X"}),
		"rename field, unknown": other(contacts.ErrFieldNotFound, uuid.Nil, contacts.RenameFieldOp{
			Key: unknown, DisplayName: "X",
		}),
		"delete field, system": other(contacts.ErrSystemField, uuid.Nil, contacts.DeleteFieldOp{Key: "invoices.vatId"}),
		"create, temporary ID": other(contacts.ErrIDExists, ann, contacts.CreateOp{Info: person("New"), TempID: ann}),

		"nil":           {nil, contacts.ErrInvalid, uuid.Nil},
		"a nil pointer": {(*contacts.UpdateOp)(nil), contacts.ErrInvalid, uuid.Nil},
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

// opCase is an operation and the call of its method, both on a scene.
type opCase struct {
	name string // says how the operation is special
	op   func(sc scene) contacts.Operation
	call func(ctx context.Context, sc scene) contacts.BatchResult
}

// resultOf makes a result of what most methods return.
func resultOf(c *contacts.Contact, err error) contacts.BatchResult {
	return contacts.BatchResult{Contact: c, Err: err}
}

func labelResult(l contacts.Label, created bool, err error) contacts.BatchResult {
	if err != nil {
		return contacts.BatchResult{Err: err}
	}
	return contacts.BatchResult{Label: &l, Created: created}
}

func fieldResult(f contacts.Field, created bool, err error) contacts.BatchResult {
	if err != nil {
		return contacts.BatchResult{Err: err}
	}
	return contacts.BatchResult{Field: &f, Created: created}
}

// opCases have every operation that writes something, that writes nothing and that fails, where it can.
func opCases() []opCase {
	return slices.Concat(contactOpCases(), personOpCases(), definitionOpCases())
}

// contactOpCases are operations on a contact with an ID.
func contactOpCases() []opCase {
	update := func(name, who string, revision int, patch contacts.Patch) opCase {
		opts := &contacts.UpdateOptions{AllowDuplicates: true}
		return opCase{name, func(sc scene) contacts.Operation {
			return contacts.UpdateOp{ID: sc.id(who), Revision: revision, Patch: patch, AllowDuplicates: true}
		}, func(ctx context.Context, sc scene) contacts.BatchResult {
			return resultOf(sc.Update(ctx, sc.id(who), revision, patch, opts))
		}}
	}
	remove := func(name, who string) opCase {
		return opCase{name, func(sc scene) contacts.Operation { return contacts.DeleteOp{ID: sc.id(who)} },
			func(ctx context.Context, sc scene) contacts.BatchResult {
				return resultOf(nil, sc.Delete(ctx, sc.id(who)))
			}}
	}
	merge := func(name, target string, revision int, sources ...string) opCase {
		return opCase{name, func(sc scene) contacts.Operation {
			return contacts.MergeOp{Target: sc.id(target), Revision: revision, Sources: sc.idsOf(sources...)}
		}, func(ctx context.Context, sc scene) contacts.BatchResult {
			return resultOf(sc.Merge(ctx, sc.id(target), revision, sc.idsOf(sources...), nil))
		}}
	}
	label := func(name, who string, keys ...string) opCase {
		return opCase{name, func(sc scene) contacts.Operation { return contacts.LabelOp{ID: sc.id(who), Keys: keys} },
			func(ctx context.Context, sc scene) contacts.BatchResult {
				return resultOf(sc.Label(ctx, sc.id(who), keys...))
			}}
	}
	unlabel := func(name, who string, keys ...string) opCase {
		return opCase{name, func(sc scene) contacts.Operation { return contacts.UnlabelOp{ID: sc.id(who), Keys: keys} },
			func(ctx context.Context, sc scene) contacts.BatchResult {
				return resultOf(sc.Unlabel(ctx, sc.id(who), keys...))
			}}
	}
	subscription := func(name, who, address string, status contacts.SubscriptionStatus) opCase {
		return opCase{name, func(sc scene) contacts.Operation {
			return contacts.SetSubscriptionOp{ID: sc.id(who), Address: address, Status: status}
		}, func(ctx context.Context, sc scene) contacts.BatchResult {
			return resultOf(sc.SetSubscription(ctx, sc.id(who), address, status))
		}}
	}
	deliverability := func(name, who, email string, status contacts.EmailDeliverability) opCase {
		return opCase{name, func(sc scene) contacts.Operation {
			return contacts.SetDeliverabilityOp{ID: sc.id(who), Email: email, Status: status}
		}, func(ctx context.Context, sc scene) contacts.BatchResult {
			return resultOf(sc.SetDeliverability(ctx, sc.id(who), email, status))
		}}
	}
	activity := func(name, who string, t contacts.ActivityType, at time.Time) opCase {
		return opCase{name, func(sc scene) contacts.Operation {
			return contacts.RecordActivityOp{ID: sc.id(who), Type: t, At: at}
		}, func(ctx context.Context, sc scene) contacts.BatchResult {
			return resultOf(sc.RecordActivity(ctx, sc.id(who), t, at))
		}}
	}
	member := func(name, who string, m *contacts.Member) opCase {
		return opCase{name, func(sc scene) contacts.Operation { return contacts.SetMemberOp{ID: sc.id(who), Member: m} },
			func(ctx context.Context, sc scene) contacts.BatchResult {
				return resultOf(sc.SetMember(ctx, sc.id(who), m))
			}}
	}
	billing := func(name, who string, active bool) opCase {
		return opCase{name, func(sc scene) contacts.Operation {
			return contacts.SetBillingSubscriptionOp{ID: sc.id(who), Active: active}
		}, func(ctx context.Context, sc scene) contacts.BatchResult {
			return resultOf(sc.SetBillingSubscription(ctx, sc.id(who), active))
		}}
	}
	system := func(name, who string, values map[string]any) opCase {
		return opCase{name, func(sc scene) contacts.Operation {
			return contacts.SetSystemFieldsOp{ID: sc.id(who), Values: values}
		}, func(ctx context.Context, sc scene) contacts.BatchResult {
			return resultOf(sc.SetSystemFields(ctx, sc.id(who), values))
		}}
	}
	company := contacts.Patch{Company: contacts.Set("Oak")}
	return []opCase{
		update("", "cyd", 1, contacts.Patch{
			Emails: contacts.Set(richInfo("cyd").Emails), SetFields: map[string]any{oldKey: ""},
		}),
		update("revision", "cyd", 2, company), update("revision 0", "cyd", 0, company),
		update("missing", "eve", 0, company),
		remove("", "bob"), remove("missing", "eve"),
		merge("", "cyd", 1, "dan", "ann"), merge("revision 0", "cyd", 0, "dan"), merge("missing", "cyd", 1, "eve"),
		label("", "bob", oldKey, "contacts.customers"), label("present", "cyd", oldKey), label("no key", "cyd"),
		label("a key without a dot", "cyd", "old"),
		unlabel("", "cyd", oldKey), unlabel("absent", "bob", oldKey), unlabel("unknown", "cyd", "custom.none"),
		subscription("", "bob", "BOB@x.test", contacts.SubscriptionUnsubscribed),
		subscription("address", "bob", "none@x.test", contacts.SubscriptionPending),
		subscription("status", "bob", "bob@x.test", "x"),
		deliverability("", "bob", "bob@x.test", contacts.EmailDeliverabilityBounced),
		deliverability("address", "bob", "", contacts.EmailDeliverabilityBounced),
		activity("", "bob", contacts.ActivityMemberLogin, time.Time{}),
		activity("older", "bob", contacts.ActivityMemberLogin, epoch.AddDate(-1, 0, 0)),
		activity("general", "bob", "", epoch.AddDate(1, 0, 0)),
		activity("created", "bob", contacts.ActivityContactCreated, time.Time{}),
		member("", "bob", fullMember()), member("none", "bob", nil), member("invalid", "bob", &contacts.Member{}),
		billing("", "bob", true), billing("off", "bob", false), billing("missing", "eve", true),
		system("", "cyd", map[string]any{"ecom.numOfPurchases": 3, "members.mobile": "yes"}),
		system("custom", "cyd", map[string]any{oldKey: "y"}), system("empty", "cyd", nil),
		system("unknown", "cyd", map[string]any{"custom.none": 1}),
	}
}

// personOpCases are operations that create or find a contact.
func personOpCases() []opCase {
	source := contacts.Source{SourceType: contacts.SourceAdmin}
	insert := func(name string, info contacts.Info, objections ...string) opCase {
		opts := &contacts.CreateOptions{AllowDuplicates: true, Source: source, Unsubscribe: objections}
		return opCase{name, func(scene) contacts.Operation {
			return contacts.CreateOp{Info: info, AllowDuplicates: true, Source: source, Unsubscribe: objections}
		}, func(ctx context.Context, sc scene) contacts.BatchResult {
			c, err := sc.Create(ctx, info, opts)
			return contacts.BatchResult{Contact: c, Created: err == nil, Err: err}
		}}
	}
	upsert := func(name string, info contacts.Info) opCase {
		return opCase{name, func(scene) contacts.Operation { return contacts.UpsertOp{Info: info, Source: source} },
			func(ctx context.Context, sc scene) contacts.BatchResult {
				c, action, err := sc.Upsert(ctx, info, &contacts.UpsertOptions{Source: source})
				return contacts.BatchResult{
					Contact: c, UpsertAction: action, Created: action == contacts.UpsertCreated, Err: err,
				}
			}}
	}
	submit := func(name string, info contacts.Info, opts func(sc scene) contacts.SubmitOptions) opCase {
		return opCase{name, func(sc scene) contacts.Operation {
			return contacts.SubmitOp{Info: info, SubmitOptions: opts(sc)}
		}, func(ctx context.Context, sc scene) contacts.BatchResult {
			o := opts(sc)
			before := sc.Snapshot().Len()
			submission, err := sc.Submit(ctx, info, &o)
			if err != nil {
				return contacts.BatchResult{Err: err}
			}
			c, err := sc.Get(ctx, submission.ContactID, nil)
			created := sc.Snapshot().Len() > before
			return contacts.BatchResult{Contact: c, Submission: &submission, Created: created, Err: err}
		}}
	}
	none := func(scene) contacts.SubmitOptions { return contacts.SubmitOptions{} }
	known, stranger := person("Bob", "bob@x.test"), person("New", "new@x.test")
	more := person("Bob", "bob@x.test")
	more.Company, more.LabelKeys = "Oak", []string{oldKey}
	broken := person("New")
	broken.LabelKeys = []string{"custom.none"}
	return []opCase{
		insert("", richInfo("new"), "new.home@x.test"), insert("no data", contacts.Info{}), insert("label", broken),
		insert("objection", person("New"), "none@x.test"),
		upsert("new", stranger), upsert("rich", richInfo("new")), upsert("known", more), upsert("unchanged", known), upsert("label", broken),
		upsert("no data", contacts.Info{}),
		submit("new", stranger, none), submit("rich", richInfo("new"), none), submit("known", more, none), submit("unchanged", known, none),
		submit("activity", known, func(sc scene) contacts.SubmitOptions {
			return contacts.SubmitOptions{
				ContactID: sc.id("cyd"), Override: true, PassThroughData: "text", Source: source,
				Activity: contacts.Activity{ActivityType: contacts.ActivityFormSubmitted},
			}
		}),
		submit("visitor", contacts.Info{Company: "Oak"}, func(sc scene) contacts.SubmitOptions {
			return contacts.SubmitOptions{VisitorContactID: sc.id("cyd")}
		}),
		submit("permission", known, func(sc scene) contacts.SubmitOptions {
			return contacts.SubmitOptions{ContactID: sc.id("cyd")}
		}),
		submit("missing", known, func(sc scene) contacts.SubmitOptions {
			return contacts.SubmitOptions{ContactID: missingID, Override: true}
		}),
		submit("no data", contacts.Info{}, none),
	}
}

// definitionOpCases are operations on labels and fields.
func definitionOpCases() []opCase {
	findLabel := func(name, displayName string) opCase {
		return opCase{name,
			func(scene) contacts.Operation { return contacts.FindOrCreateLabelOp{DisplayName: displayName} },
			func(ctx context.Context, sc scene) contacts.BatchResult {
				return labelResult(sc.FindOrCreateLabel(ctx, displayName))
			}}
	}
	renameLabel := func(name, key, displayName string) opCase {
		return opCase{name, func(scene) contacts.Operation {
			return contacts.RenameLabelOp{Key: key, DisplayName: displayName}
		}, func(ctx context.Context, sc scene) contacts.BatchResult {
			l, err := sc.RenameLabel(ctx, key, displayName)
			return labelResult(l, false, err)
		}}
	}
	deleteLabel := func(name, key string) opCase {
		return opCase{name, func(scene) contacts.Operation { return contacts.DeleteLabelOp{Key: key} },
			func(ctx context.Context, sc scene) contacts.BatchResult {
				return resultOf(nil, sc.DeleteLabel(ctx, key))
			}}
	}
	findField := func(name, displayName string, t contacts.DataType) opCase {
		return opCase{name, func(scene) contacts.Operation {
			return contacts.FindOrCreateFieldOp{DisplayName: displayName, DataType: t}
		}, func(ctx context.Context, sc scene) contacts.BatchResult {
			return fieldResult(sc.FindOrCreateField(ctx, displayName, t))
		}}
	}
	renameField := func(name, key, displayName string) opCase {
		return opCase{name, func(scene) contacts.Operation {
			return contacts.RenameFieldOp{Key: key, DisplayName: displayName}
		}, func(ctx context.Context, sc scene) contacts.BatchResult {
			f, err := sc.RenameField(ctx, key, displayName)
			return fieldResult(f, false, err)
		}}
	}
	deleteField := func(name, key string) opCase {
		return opCase{name, func(scene) contacts.Operation { return contacts.DeleteFieldOp{Key: key} },
			func(ctx context.Context, sc scene) contacts.BatchResult {
				return resultOf(nil, sc.DeleteField(ctx, key))
			}}
	}
	return []opCase{
		findLabel("new", "New"), findLabel("known", " Old"), findLabel("other case", "old"), findLabel("empty", ""),
		findLabel("same slug", "Old!"),
		renameLabel("", oldKey, "Older"), renameLabel("system", "contacts.customers", "X"),
		renameLabel("missing", "old", "X"), renameLabel("empty", oldKey, ""),
		deleteLabel("", oldKey), deleteLabel("system", "contacts.customers"), deleteLabel("missing", "custom.none"),
		findField("new", "New", contacts.DataNumber), findField("known", "Old\u200b", contacts.DataNumber),
		findField("type", "New", "x"),
		renameField("", oldKey, "Older"), renameField("system", "ecom.numOfPurchases", "X"),
		renameField("missing", "", "X"),
		deleteField("", oldKey), deleteField("system", "invoices.vatId"), deleteField("missing", "custom.none"),
	}
}

// methodOf returns the method whose operation it is.
func methodOf(op contacts.Operation) string {
	return strings.TrimSuffix(reflect.TypeOf(op).Name(), "Op")
}

// manyCommits are the methods that write, but not in one commit.
var manyCommits = []string{"Import", "BulkDelete", "BulkUpdate", "BulkLabel", "Batch"}

func TestBatchOperations(t *testing.T) {
	t.Run("BAT-1 there is an operation for every method that writes one commit", func(t *testing.T) {
		var want, got []string
		for _, w := range feedWrites {
			if !slices.Contains(manyCommits, w.method) {
				want = append(want, w.method)
			}
		}
		for _, tc := range opCases() {
			got = append(got, methodOf(tc.op(scene{lab: newLab(t)})))
		}
		slices.Sort(want)
		slices.Sort(got)
		require.Equal(t, slices.Compact(want), slices.Compact(got))
	})
	for i, tc := range opCases() {
		bubble(t, "BAT-1 alone like its method, "+methodOf(tc.op(scene{}))+" "+tc.name, func(t *testing.T) {
			want, got := newScene(t), newScene(t)
			since := want.tick()
			got.tick()
			before := want.Snapshot()
			result := tc.call(t.Context(), want)
			results, err := got.Batch(t.Context(), []contacts.Operation{tc.op(got)}, nil)
			require.NoError(t, err)
			require.Equal(t, []contacts.BatchResult{result}, results)
			require.Equal(t, traceOf(t, want.Store), traceOf(t, got.Store))
			if want.Snapshot() == before {
				return
			}
			require.NoError(t, result.Err)
			wantCommits := commitsAfter(t, want.Store, before.Position())
			gotCommits := commitsAfter(t, got.Store, before.Position())
			require.Len(t, gotCommits, 1)
			require.Equal(t, since, gotCommits[0].Time)
			require.Equal(t, eventTexts(t, wantCommits), eventTexts(t, gotCommits))
		})
		bubble(t, "BAT-1 after another like its method, "+methodOf(tc.op(scene{}))+" "+tc.name, func(t *testing.T) {
			// The operation reads what the transaction has written to every table and to every contact.
			want, got := newScene(t), newScene(t)
			position := want.Snapshot().Position()
			var ops []contacts.Operation
			for _, name := range []string{"ann", "bob", "cyd", "dan"} {
				email := name + "@x.test"
				_, err := want.SetSubscription(t.Context(), want.id(name), email, contacts.SubscriptionSubscribed)
				require.NoError(t, err)
				ops = append(ops, contacts.SetSubscriptionOp{
					ID: got.id(name), Address: email, Status: contacts.SubscriptionSubscribed,
				})
			}
			for _, displayName := range []string{"Other", "Another"} {
				_, _, err := want.FindOrCreateLabel(t.Context(), displayName)
				require.NoError(t, err)
				_, _, err = want.FindOrCreateField(t.Context(), displayName, contacts.DataText)
				require.NoError(t, err)
				ops = append(ops, contacts.FindOrCreateLabelOp{DisplayName: displayName},
					contacts.FindOrCreateFieldOp{DisplayName: displayName, DataType: contacts.DataText})
			}
			require.NoError(t, want.Delete(t.Context(), want.id("dan")))
			ops = append(ops, contacts.DeleteOp{ID: got.id("dan")})
			result := tc.call(t.Context(), want)
			results, err := got.Batch(t.Context(), append(ops, tc.op(got)), nil)
			require.NoError(t, err)
			require.Equal(t, result, results[len(ops)])
			require.Equal(t, want.Snapshot().Digest(), got.Snapshot().Digest())
			gotCommits := commitsAfter(t, got.Store, position)
			require.Len(t, gotCommits, 1)
			require.Equal(t, eventTexts(t, commitsAfter(t, want.Store, position)), eventTexts(t, gotCommits))
		})
		t.Run("BAT-3 all or nothing, "+methodOf(tc.op(scene{}))+" "+tc.name, func(t *testing.T) {
			sc := newScene(t)
			before := sc.Snapshot()
			results, err := sc.Batch(t.Context(), []contacts.Operation{
				tc.op(sc), contacts.DeleteLabelOp{Key: "contacts.customers"},
			}, &contacts.BatchOptions{AllOrNothing: true})
			require.Error(t, err)
			require.True(t, before == sc.Snapshot())
			require.ErrorIs(t, results[1].Err, contacts.ErrSystemLabel)
			require.Equal(t, contacts.BatchResult{Err: results[0].Err}, results[0])
			succeeded := tc.call(t.Context(), newScene(t)).Err == nil
			require.Equal(t, succeeded, results[0].Err == nil)
		})
		t.Run("BAT-1 the caller keeps the operation, "+methodOf(tc.op(scene{}))+" "+tc.name, func(t *testing.T) {
			sc := newScene(t)
			op := opCases()[i].op(sc) // shares no memory with tc
			results, err := sc.Batch(t.Context(), []contacts.Operation{op}, nil)
			require.NoError(t, err)
			require.Equal(t, tc.op(sc), op)
			stored := deepCopy(t, stateOf(sc.Snapshot()))
			scribble(&results)
			scribble(&op)
			require.Equal(t, stored, deepCopy(t, stateOf(sc.Snapshot())))
		})
	}
}

// signUp returns the operations for a person who becomes a member.
func signUp(email string, who uuid.UUID) []contacts.Operation {
	return []contacts.Operation{
		contacts.FindOrCreateLabelOp{DisplayName: "Newsletter", TempKey: "newsletter"},
		contacts.FindOrCreateFieldOp{DisplayName: "Plan", DataType: contacts.DataText, TempKey: "plan"},
		contacts.UpsertOp{TempID: who, Info: contacts.Info{
			Name: contacts.Name{First: "Eve"}, Emails: primaryAt(0, email),
			ExtendedFields: map[string]any{"plan": "basic"},
		}},
		contacts.SetSubscriptionOp{ID: who, Address: email, Status: contacts.SubscriptionSubscribed},
		contacts.LabelOp{ID: who, Keys: []string{"newsletter", "contacts.contacted-me"}},
		contacts.SetMemberOp{ID: who, Member: &contacts.Member{MemberID: testID(9001), Email: email}},
		contacts.RecordActivityOp{ID: who, Type: contacts.ActivityMemberRegister},
	}
}

func TestBatchNames(t *testing.T) {
	who, other := testID(800), testID(801)
	allOrNothing := &contacts.BatchOptions{AllOrNothing: true}
	for _, tc := range []struct{ name, email string }{{"new", "eve@x.test"}, {"known", "bob@x.test"}} {
		bubble(t, "BAT-5 sign-up, "+tc.name, func(t *testing.T) {
			want, got := newScene(t), newScene(t)
			before := want.Snapshot().Position()
			results, err := got.Batch(t.Context(), signUp(tc.email, who), allOrNothing)
			require.NoError(t, err)

			// The same with methods.
			label, created, err := want.FindOrCreateLabel(t.Context(), "Newsletter")
			require.Equal(t, results[0], labelResult(label, created, err))
			field, created, err := want.FindOrCreateField(t.Context(), "Plan", contacts.DataText)
			require.Equal(t, results[1], fieldResult(field, created, err))
			c, action, err := want.Upsert(t.Context(), contacts.Info{
				Name: contacts.Name{First: "Eve"}, Emails: primaryAt(0, tc.email),
				ExtendedFields: map[string]any{field.Key: "basic"},
			}, nil)
			require.NoError(t, err)
			require.Equal(t, results[2], contacts.BatchResult{
				Contact: c, UpsertAction: action, Created: tc.name == "new",
			})
			require.Equal(t, results[3], resultOf(
				want.SetSubscription(t.Context(), c.ID, tc.email, contacts.SubscriptionSubscribed)))
			require.Equal(t, results[4], resultOf(want.Label(t.Context(), c.ID, label.Key, "contacts.contacted-me")))
			require.Equal(t, results[5], resultOf(
				want.SetMember(t.Context(), c.ID, &contacts.Member{MemberID: testID(9001), Email: tc.email})))
			require.Equal(t, results[6], resultOf(
				want.RecordActivity(t.Context(), c.ID, contacts.ActivityMemberRegister, time.Time{})))

			require.Equal(t, want.Snapshot().Digest(), got.Snapshot().Digest())
			commits := commitsAfter(t, got.Store, before)
			require.Len(t, commits, 1)
			require.Equal(t, eventTexts(t, commitsAfter(t, want.Store, before)), eventTexts(t, commits))
			require.NotContains(t, exportOf(t, got.Snapshot()), who.String())
		})
		t.Run("BAT-5 sign-up that is refused, "+tc.name, func(t *testing.T) {
			sc := newScene(t)
			before := sc.Snapshot()
			ops := signUp(tc.email, who)
			ops[5] = contacts.SetMemberOp{ID: who, Member: &contacts.Member{}}
			results, err := sc.Batch(t.Context(), ops, allOrNothing)
			require.ErrorIs(t, err, contacts.ErrInvalid)
			require.True(t, before == sc.Snapshot())
			require.Equal(t, []contacts.Code{"", "", "", "", "", contacts.ErrInvalid, ""}, codesOf(results))
			var e *contacts.Error
			require.ErrorAs(t, results[5].Err, &e)
			require.NotEqual(t, who, e.ID, "the ID of the contact is known")
		})
	}
	t.Run("BAT-5 the operation that gives a name fails", func(t *testing.T) {
		sc := newScene(t)
		ops := signUp("eve@x.test", who)
		ops[0] = contacts.FindOrCreateLabelOp{TempKey: "newsletter"}
		ops[1] = contacts.FindOrCreateFieldOp{DisplayName: "Plan", TempKey: "plan"}
		ops[2] = contacts.UpsertOp{TempID: who}
		ops = append(ops, contacts.LabelOp{ID: sc.id("bob"), Keys: []string{"newsletter"}},
			contacts.UpsertOp{Info: contacts.Info{
				Emails: primaryAt(0, "bob@x.test"), ExtendedFields: map[string]any{"plan": 1},
			}})
		before := sc.Snapshot()
		results, err := sc.Batch(t.Context(), ops, nil)
		require.NoError(t, err)
		require.True(t, before == sc.Snapshot())
		require.Equal(t, []contacts.Code{
			contacts.ErrInvalid, contacts.ErrInvalid, contacts.ErrInsufficientData, contacts.ErrContactNotFound,
			contacts.ErrContactNotFound, contacts.ErrContactNotFound, contacts.ErrContactNotFound,
			contacts.ErrLabelNotFound, contacts.ErrFieldNotFound,
		}, codesOf(results))
		var e *contacts.Error
		require.ErrorAs(t, results[3].Err, &e)
		require.Equal(t, who, e.ID)
		require.Equal(t, []string{"newsletter"}, refusedKeys(t, results[7].Err))
		require.Equal(t, []string{"plan"}, refusedKeys(t, results[8].Err))
	})
	t.Run("BAT-5 names end with the batch, and begin with their operation", func(t *testing.T) {
		sc := newScene(t)
		give := []contacts.Operation{
			contacts.CreateOp{Info: person("New"), TempID: who},
			contacts.FindOrCreateLabelOp{DisplayName: "New", TempKey: "new"},
		}
		use := []contacts.Operation{
			contacts.SetBillingSubscriptionOp{ID: who, Active: true},
			contacts.LabelOp{ID: sc.id("bob"), Keys: []string{"new"}},
		}
		missing := []contacts.Code{contacts.ErrContactNotFound, contacts.ErrLabelNotFound}
		results, err := sc.Batch(t.Context(), slices.Concat(use, give), nil)
		require.NoError(t, err)
		require.Equal(t, append(missing, "", ""), codesOf(results))
		results, err = sc.Batch(t.Context(), use, nil)
		require.NoError(t, err)
		require.Equal(t, missing, codesOf(results))
		results, err = sc.Batch(t.Context(), slices.Concat(give, use), allOrNothing)
		require.NoError(t, err, "the same names again")
		require.Equal(t, []bool{true, false, false, false}, []bool{
			results[0].Created, results[1].Created, results[2].Created, results[3].Created,
		})
	})
	t.Run("BAT-5 every operation accepts a temporary ID", func(t *testing.T) {
		sc := newScene(t)
		results, err := sc.Batch(t.Context(), []contacts.Operation{
			contacts.CreateOp{Info: person("New", "new@x.test"), TempID: who},
			contacts.SubmitOp{Info: person("Other", "other@x.test"), TempID: other},
			contacts.UpdateOp{ID: who, Revision: 1, Patch: contacts.Patch{Company: contacts.Set("Oak")}},
			contacts.LabelOp{ID: who, Keys: []string{oldKey}},
			contacts.UnlabelOp{ID: who, Keys: []string{oldKey}},
			contacts.SetSubscriptionOp{ID: who, Address: "new@x.test", Status: contacts.SubscriptionPending},
			contacts.SetDeliverabilityOp{ID: who, Email: "new@x.test", Status: contacts.EmailDeliverabilityBounced},
			contacts.RecordActivityOp{ID: who},
			contacts.SetMemberOp{ID: who},
			contacts.SetBillingSubscriptionOp{ID: who},
			contacts.SetSystemFieldsOp{ID: who, Values: map[string]any{"members.mobile": "yes"}},
			contacts.SubmitOp{SubmitOptions: contacts.SubmitOptions{ContactID: who, Override: true}},
			contacts.SubmitOp{SubmitOptions: contacts.SubmitOptions{VisitorContactID: who}},
			contacts.MergeOp{Target: sc.id("bob"), Revision: 1, Sources: []uuid.UUID{who}},
			contacts.SubmitOp{SubmitOptions: contacts.SubmitOptions{VisitorContactID: who}}, // merged away
			contacts.MergeOp{Target: other, Revision: 1, Sources: []uuid.UUID{sc.id("bob")}},
			contacts.DeleteOp{ID: other},
			contacts.DeleteOp{ID: other},
		}, nil)
		require.NoError(t, err)
		codes := codesOf(results)
		require.Equal(t, append(make([]contacts.Code, 17), contacts.ErrContactNotFound), codes)
		created, bob := results[0].Contact.ID, sc.id("bob")
		for i, r := range results[2:12] {
			require.Equal(t, created, r.Contact.ID, i+2)
		}
		require.Equal(t, created, results[12].Submission.ContactID)
		require.Equal(t, bob, results[13].Contact.ID)
		require.Equal(t, bob, results[14].Submission.ContactID)
		require.Equal(t, results[1].Submission.ContactID, results[15].Contact.ID)
		var e *contacts.Error
		require.ErrorAs(t, results[17].Err, &e)
		require.Equal(t, results[1].Submission.ContactID, e.ID)
		_, err = sc.Resolve(t.Context(), who)
		require.ErrorIs(t, err, contacts.ErrContactNotFound)
	})
	bubble(t, "BAT-5 the sources of a merge are real IDs", func(t *testing.T) {
		sc := newScene(t)
		before := sc.Snapshot().Position()
		results, err := sc.Batch(t.Context(), []contacts.Operation{
			contacts.CreateOp{Info: person("New"), TempID: who}, contacts.CreateOp{Info: person("Other"), TempID: other},
			contacts.MergeOp{Target: who, Sources: []uuid.UUID{other}},
			contacts.MergeOp{Target: who, Sources: []uuid.UUID{who}},
		}, nil)
		require.NoError(t, err)
		require.Equal(t, []contacts.Code{"", "", "", contacts.ErrIllegalMerge}, codesOf(results))
		source := results[1].Contact.ID
		merged := commitsAfter(t, sc.Store, before)[0].Changes[2]
		require.Equal(t, []uuid.UUID{source}, merged.Sources())
		resolution, err := sc.Resolve(t.Context(), source)
		require.NoError(t, err)
		require.Equal(t, []uuid.UUID{source, results[0].Contact.ID}, resolution.Path)
		_, err = sc.Get(t.Context(), other, nil)
		require.ErrorIs(t, err, contacts.ErrContactNotFound)
	})
	t.Run("BAT-5 every operation accepts a temporary key", func(t *testing.T) {
		sc := newScene(t)
		values := func(v any) map[string]any { return map[string]any{"f": v} }
		results, err := sc.Batch(t.Context(), []contacts.Operation{
			contacts.FindOrCreateLabelOp{DisplayName: "Old", TempKey: "old"},
			contacts.FindOrCreateLabelOp{DisplayName: "New", TempKey: "f"}, // a label and a field with one name
			contacts.FindOrCreateFieldOp{DisplayName: "Field", DataType: contacts.DataNumber, TempKey: "f"},
			contacts.CreateOp{TempID: who, Info: contacts.Info{
				Name: contacts.Name{First: "X"}, LabelKeys: []string{oldKey, "f", "old"}, ExtendedFields: values(1),
			}},
			contacts.UnlabelOp{ID: who, Keys: []string{"f", "old"}},
			contacts.LabelOp{ID: who, Keys: []string{"f", "custom.new"}},
			contacts.UpdateOp{ID: who, Patch: contacts.Patch{
				LabelKeys: contacts.Set([]string{"old"}), ExtendedFields: contacts.Set(values(2)),
			}},
			contacts.UpdateOp{ID: who, Patch: contacts.Patch{SetFields: values(3)}},
			contacts.SubmitOp{Info: contacts.Info{LabelKeys: []string{"f"}, ExtendedFields: values(4)},
				SubmitOptions: contacts.SubmitOptions{ContactID: who, Override: true}},
			contacts.UpsertOp{Info: contacts.Info{
				Emails: primaryAt(0, "bob@x.test"), LabelKeys: []string{"f"}, ExtendedFields: values(5),
			}},
			contacts.RenameLabelOp{Key: "f", DisplayName: "Newer"},
			contacts.RenameFieldOp{Key: "f", DisplayName: "Other"},
			contacts.DeleteFieldOp{Key: "f"},
			contacts.DeleteLabelOp{Key: "f"},
			contacts.DeleteLabelOp{Key: "f"},
		}, nil)
		require.NoError(t, err)
		require.Equal(t, append(make([]contacts.Code, 14), contacts.ErrLabelNotFound), codesOf(results))
		require.Equal(t, []string{"custom.new"}, refusedKeys(t, results[14].Err), "the real key")
		for i, want := range map[int][]string{
			3: {oldKey, "custom.new"}, 4: nil, 5: {"custom.new"}, 6: {oldKey}, 7: {oldKey}, 8: {oldKey, "custom.new"},
			9: {"custom.new"},
		} {
			require.ElementsMatch(t, want, results[i].Contact.Info.LabelKeys, i)
		}
		for i, want := range map[int]any{3: 1.0, 4: 1.0, 6: 2.0, 7: 3.0, 8: 3.0, 9: 5.0} {
			require.Equal(t, want, results[i].Contact.Info.ExtendedFields["custom.field"], i)
		}
		require.Equal(t, "Newer", results[10].Label.DisplayName)
		require.Equal(t, "Other", results[11].Field.DisplayName)
		v, ok := sc.Snapshot().View(results[3].Contact.ID)
		require.True(t, ok)
		require.Equal(t, []string{oldKey}, v.Clone().Info.LabelKeys)
		require.NotContains(t, v.Clone().Info.ExtendedFields, "custom.field")
	})
	t.Run("BAT-5 a key of a field and a temporary one for it", func(t *testing.T) {
		sc := newScene(t)
		both := map[string]any{"f": 1, oldKey: 2}
		results, err := sc.Batch(t.Context(), []contacts.Operation{
			contacts.FindOrCreateFieldOp{DisplayName: "Old", DataType: contacts.DataText, TempKey: "f"},
			contacts.UpdateOp{ID: sc.id("bob"), Revision: 1, Patch: contacts.Patch{SetFields: both}},
			contacts.UpsertOp{Info: contacts.Info{Name: contacts.Name{First: "X"}, ExtendedFields: both}},
		}, nil)
		require.NoError(t, err)
		repeated := contacts.Violation{
			Field: "info.extendedFields.items." + oldKey, Rule: contacts.RuleCustom, RuleName: contacts.RuleNameRepeated,
		}
		require.Equal(t, []contacts.Violation{repeated}, violations(t, results[1].Err))
		require.Equal(t, []contacts.Violation{repeated}, violations(t, results[2].Err))
	})
	for _, tc := range []struct {
		name string
		ops  []contacts.Operation
		want contacts.Violation // of the last operation
	}{
		{"an ID twice", []contacts.Operation{
			contacts.CreateOp{Info: person("X"), TempID: who}, contacts.UpsertOp{Info: person("Y"), TempID: who},
		}, contacts.Violation{Field: "tempId", RuleName: contacts.RuleNameRepeated}},
		{"an ID twice, the first in vain", []contacts.Operation{
			contacts.CreateOp{TempID: who}, contacts.SubmitOp{Info: person("Y"), TempID: who},
		}, contacts.Violation{Field: "tempId", RuleName: contacts.RuleNameRepeated}},
		{"a key of a label twice", []contacts.Operation{
			contacts.FindOrCreateLabelOp{DisplayName: "X", TempKey: "k"},
			contacts.FindOrCreateLabelOp{DisplayName: "X", TempKey: "k"},
		}, contacts.Violation{Field: "tempKey", RuleName: contacts.RuleNameRepeated}},
		{"a key of a field twice", []contacts.Operation{
			contacts.FindOrCreateFieldOp{DisplayName: "X", DataType: contacts.DataText, TempKey: "k"},
			&contacts.FindOrCreateFieldOp{DisplayName: "Y", DataType: contacts.DataText, TempKey: "k"},
		}, contacts.Violation{Field: "tempKey", RuleName: contacts.RuleNameRepeated}},
		{"a key with a dot", []contacts.Operation{
			contacts.FindOrCreateLabelOp{DisplayName: "X", TempKey: oldKey},
		}, contacts.Violation{Field: "tempKey", RuleName: contacts.RuleNameTempKey}},
		{"a key of a field with a dot", []contacts.Operation{
			contacts.FindOrCreateFieldOp{DisplayName: "X", DataType: contacts.DataText, TempKey: "."},
		}, contacts.Violation{Field: "tempKey", RuleName: contacts.RuleNameTempKey}},
	} {
		t.Run("BAT-5 "+tc.name, func(t *testing.T) {
			sc := newScene(t)
			results, err := sc.Batch(t.Context(), tc.ops, nil)
			require.NoError(t, err)
			tc.want.Rule = contacts.RuleCustom
			require.Equal(t, []contacts.Violation{tc.want}, violations(t, results[len(tc.ops)-1].Err))
		})
	}
	t.Run("BAT-5 temporary IDs that are IDs", func(t *testing.T) {
		sc := newScene(t)
		require.NoError(t, sc.merge(t.Context(), "cyd", "dan"))
		taken := func(op contacts.Operation, id uuid.UUID) {
			t.Helper()
			before := sc.Snapshot()
			results, err := sc.Batch(t.Context(), []contacts.Operation{op}, nil)
			require.NoError(t, err)
			require.Equal(t, []contacts.BatchResult{{Err: &contacts.Error{Code: contacts.ErrIDExists, ID: id}}}, results)
			require.True(t, before == sc.Snapshot())
		}
		for _, name := range []string{"bob", "dan"} {
			id := sc.id(name)
			taken(contacts.CreateOp{Info: person("X"), TempID: id}, id)
			taken(contacts.UpsertOp{Info: person("X", "bob@x.test"), TempID: id}, id)
			taken(contacts.SubmitOp{Info: person("X"), TempID: id}, id)
		}
		// Of contacts that this batch deletes or creates.
		next := create(t, sc.Store, person("X")).ID
		next = testID(idNumber(next) + 1) // a person without email and phone needs one ID
		results, err := sc.Batch(t.Context(), []contacts.Operation{
			contacts.DeleteOp{ID: sc.id("bob")},
			contacts.UpsertOp{Info: person("Y"), TempID: sc.id("bob")}, // free now
			contacts.CreateOp{Info: person("Z"), TempID: testID(idNumber(next) + 2)},
			contacts.CreateOp{Info: person("Z")}, // would get the ID that was just given
			contacts.CreateOp{Info: person("Z"), TempID: next},
		}, nil)
		require.NoError(t, err)
		require.Equal(t, []contacts.Code{"", "", "", contacts.ErrIDExists, contacts.ErrIDExists}, codesOf(results))
	})
}

func TestBatchRevision(t *testing.T) {
	who := testID(800)
	company := contacts.Patch{Company: contacts.Set("Oak")}
	for _, tc := range []struct {
		name     string
		revision int
		code     contacts.Code
	}{
		{"0", 0, ""}, {"present", 2, ""}, {"old", 1, contacts.ErrAlreadyChanged}, {"next", 3, contacts.ErrAlreadyChanged},
		{"negative", -1, contacts.ErrAlreadyChanged},
	} {
		t.Run("BAT-6 "+tc.name, func(t *testing.T) {
			for _, op := range []contacts.Operation{
				contacts.UpdateOp{ID: who, Revision: tc.revision, Patch: company},
				contacts.MergeOp{Target: who, Revision: tc.revision, Sources: []uuid.UUID{newScene(t).id("cyd")}},
			} {
				sc := newScene(t)
				results, err := sc.Batch(t.Context(), []contacts.Operation{
					contacts.UpsertOp{TempID: who, Info: person("bob", "bob@x.test")},
					contacts.SetBillingSubscriptionOp{ID: who, Active: true}, op,
				}, nil)
				require.NoError(t, err)
				require.Equal(t, []contacts.Code{"", "", tc.code}, codesOf(results))
				require.Equal(t, contacts.UpsertUnchanged, results[0].UpsertAction)
				if tc.code == "" {
					require.Equal(t, 3, results[2].Contact.Revision)
				}
			}
		})
	}
	t.Run("BAT-6 0 under the real ID", func(t *testing.T) {
		sc := newScene(t)
		results, err := sc.Batch(t.Context(), []contacts.Operation{
			contacts.UpsertOp{TempID: who, Info: person("bob", "bob@x.test")},
			contacts.UpdateOp{ID: sc.id("bob"), Patch: company},
			contacts.MergeOp{Target: sc.id("bob"), Sources: []uuid.UUID{sc.id("cyd")}},
		}, nil)
		require.NoError(t, err)
		require.Equal(t, []contacts.Code{"", contacts.ErrAlreadyChanged, contacts.ErrAlreadyChanged}, codesOf(results))
	})
}
