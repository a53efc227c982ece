package httpclient_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
)

// The contacts of a cast.
var (
	ada, bob, mem, own, pay, old = storetest.ID(101), storetest.ID(102), storetest.ID(103), storetest.ID(104),
		storetest.ID(105), storetest.ID(106)
	nobody = storetest.MissingID
)

// newCast returns twins whose stores have a contact of each kind: ada has a value of every kind, bob a few, mem is a
// member, own owns the site, pay pays by subscription, old was merged into ada, and nobody does not exist. Their labels
// are custom.vip and custom.old, their fields custom.age (NUMBER) and custom.note (TEXT).
func newCast(t testing.TB, edits ...func(*contacts.Options)) *twins {
	t.Helper()
	w := newTwins(t, edits...)
	ctx := t.Context()
	w.both(func(s *contacts.Store) {
		for _, name := range []string{"VIP", "Old"} {
			_, _, err := s.FindOrCreateLabel(ctx, name)
			require.NoError(t, err)
		}
		_, _, err := s.FindOrCreateField(ctx, "Age", contacts.DataNumber)
		require.NoError(t, err)
		_, _, err = s.FindOrCreateField(ctx, "Note", contacts.DataText)
		require.NoError(t, err)

		rich := storetest.RichInfo("ada")
		rich.LabelKeys = []string{"custom.vip"}
		rich.ExtendedFields = map[string]any{"custom.age": 36.0, "invoices.vatId": "XX 123"}
		rich.Emails[0].ID, rich.Emails[1].ID = storetest.ID(201), storetest.ID(202)
		rich.Phones[0].ID, rich.Phones[1].ID = storetest.ID(203), storetest.ID(204)
		rich.Addresses[0].ID, rich.Addresses[1].ID = storetest.ID(205), storetest.ID(206)
		report := storetest.Import(t, s, nil,
			&contacts.Contact{ID: ada, Revision: 1, CreatedDate: storetest.Epoch.AddDate(-1, 0, 0), Info: rich},
			&contacts.Contact{ID: bob, Info: contacts.Info{
				Name:   contacts.Name{First: "Bob", Last: "Stone"},
				Emails: []contacts.Email{{ID: storetest.ID(207), Address: "bob@example.com"}},
				Phones: []contacts.Phone{{ID: storetest.ID(208), Number: "62183848", CountryCode: "DK"}},
			}},
			&contacts.Contact{ID: mem, Info: contacts.Info{
				Name: contacts.Name{First: "Mem"}, Emails: []contacts.Email{{ID: storetest.ID(209), Address: "mem@x.test"}},
			}},
			&contacts.Contact{ID: own, Info: contacts.Info{Name: contacts.Name{First: "Own"}}},
			&contacts.Contact{ID: pay, Info: contacts.Info{Name: contacts.Name{First: "Pay"}}},
			&contacts.Contact{ID: old, Info: contacts.Info{Name: contacts.Name{First: "Old"}}},
		)
		require.Zero(t, report.Refused, "%v", report.Errors)
		_, err = s.SetMember(ctx, mem, storetest.FullMember())
		require.NoError(t, err)
		_, err = s.SetMember(ctx, own, &contacts.Member{
			MemberID: storetest.ID(7100), User: &contacts.MemberUser{UserID: storetest.ID(7101), Role: contacts.RoleOwner},
		})
		require.NoError(t, err)
		_, err = s.SetBillingSubscription(ctx, pay, true)
		require.NoError(t, err)
		_, err = s.Merge(ctx, ada, 1, []uuid.UUID{old}, nil)
		require.NoError(t, err)
	})
	return w
}

// step is a call and the code with which it fails.
type step struct {
	name string
	code contacts.Code // "" if it succeeds
	call call
}

func create(info contacts.Info, opts *contacts.CreateOptions) call {
	return func(ctx context.Context, s store) (any, error) { return any1(s.Create(ctx, info, opts)) }
}

func get(id uuid.UUID, opts *contacts.GetOptions) call {
	return func(ctx context.Context, s store) (any, error) { return any1(s.Get(ctx, id, opts)) }
}

// update updates a contact. A revision of 0 is that of the contact.
func update(id uuid.UUID, revision int, patch contacts.Patch, opts *contacts.UpdateOptions) call {
	return func(ctx context.Context, s store) (any, error) {
		if revision == 0 {
			c, err := s.Get(ctx, id, nil)
			if err != nil {
				return nil, err
			}
			revision = c.Revision
		}
		return any1(s.Update(ctx, id, revision, patch, opts))
	}
}

func remove(id uuid.UUID) call {
	return func(ctx context.Context, s store) (any, error) { return nil, s.Delete(ctx, id) }
}

func label(id uuid.UUID, keys ...string) call {
	return func(ctx context.Context, s store) (any, error) { return any1(s.Label(ctx, id, keys...)) }
}

func unlabel(id uuid.UUID, keys ...string) call {
	return func(ctx context.Context, s store) (any, error) { return any1(s.Unlabel(ctx, id, keys...)) }
}

func merge(id uuid.UUID, revision int, sources ...uuid.UUID) call {
	return func(ctx context.Context, s store) (any, error) { return any1(s.Merge(ctx, id, revision, sources, nil)) }
}

func preview(id uuid.UUID, sources ...uuid.UUID) call {
	return func(ctx context.Context, s store) (any, error) { return planOf(s.PreviewMerge(ctx, id, sources)) }
}

func list(q contacts.Query, opts *contacts.ListOptions) call {
	return func(ctx context.Context, s store) (any, error) { return pageOf(s.List(ctx, q, opts)) }
}

func facets(filter contacts.Filter, opts *contacts.FacetOptions) call {
	return func(ctx context.Context, s store) (any, error) { return pageOf(s.Facets(ctx, filter, opts)) }
}

func makeLabel(name string) call {
	return func(ctx context.Context, s store) (any, error) { return foundOf(s.FindOrCreateLabel(ctx, name)) }
}

func getLabel(key string) call {
	return func(ctx context.Context, s store) (any, error) { return any1(s.GetLabel(ctx, key)) }
}

func renameLabel(key, name string) call {
	return func(ctx context.Context, s store) (any, error) { return any1(s.RenameLabel(ctx, key, name)) }
}

func deleteLabel(key string) call {
	return func(ctx context.Context, s store) (any, error) { return nil, s.DeleteLabel(ctx, key) }
}

func listLabels(q contacts.LabelQuery, opts *contacts.PageOptions) call {
	return func(ctx context.Context, s store) (any, error) { return pageOf(s.ListLabels(ctx, q, opts)) }
}

func makeField(name string, t contacts.DataType) call {
	return func(ctx context.Context, s store) (any, error) { return foundOf(s.FindOrCreateField(ctx, name, t)) }
}

func getField(key string) call {
	return func(ctx context.Context, s store) (any, error) { return any1(s.GetField(ctx, key)) }
}

func renameField(key, name string) call {
	return func(ctx context.Context, s store) (any, error) { return any1(s.RenameField(ctx, key, name)) }
}

func deleteField(key string) call {
	return func(ctx context.Context, s store) (any, error) { return nil, s.DeleteField(ctx, key) }
}

func listFields(q contacts.FieldQuery, opts *contacts.PageOptions) call {
	return func(ctx context.Context, s store) (any, error) { return pageOf(s.ListFields(ctx, q, opts)) }
}

func bulkDelete(sel contacts.Selection) call {
	return func(ctx context.Context, s store) (any, error) { return any1(s.BulkDelete(ctx, sel, nil)) }
}

func bulkUpdate(sel contacts.Selection, patch contacts.Patch) call {
	return func(ctx context.Context, s store) (any, error) { return any1(s.BulkUpdate(ctx, sel, patch, nil)) }
}

func bulkLabel(sel contacts.Selection, add, remove []string) call {
	return func(ctx context.Context, s store) (any, error) { return any1(s.BulkLabel(ctx, sel, add, remove, nil)) }
}

func submit(info contacts.Info, opts *contacts.SubmitOptions) call {
	return func(ctx context.Context, s store) (any, error) { return any1(s.Submit(ctx, info, opts)) }
}

func jobs(ctx context.Context, s store) (any, error) {
	list, err := s.Jobs(ctx)
	return append([]contacts.Job{}, list...), err
}

func person(first string, emails ...string) contacts.Info { return storetest.Person(first, emails...) }

// steps are calls of a cast, in this order. They have every method, and every code that one can cause.
func steps() []step {
	job := func(ctx context.Context, s store) (any, error) {
		all, err := s.Jobs(ctx)
		if err != nil {
			return nil, err
		}
		return any1(s.Job(ctx, all[0].ID))
	}
	everyone := contacts.Selection{Filter: contacts.Exists("id", true)}
	byName := func(first string) contacts.Selection {
		return contacts.Selection{Filter: contacts.Eq("info.name.first", first)}
	}
	vip := []string{"custom.vip"}
	wrong := storetest.WrongInfo("mark")
	wrong.Locations, wrong.AssignedUserIDs = nil, nil // the server refuses them before anything else
	return []step{
		{"CLI-3 create", "", create(storetest.RichInfo("eve"), nil)},
		{"CLI-3 create a duplicate", contacts.ErrDuplicate, create(person("Eve", "EVE@x.test"), nil)},
		{
			"CLI-3 allow a duplicate", "",
			create(person("Eve", "EVE@x.test"), &contacts.CreateOptions{AllowDuplicates: true}),
		},
		{"CLI-3 create a duplicate by phone", contacts.ErrDuplicate, create(contacts.Info{
			Phones: []contacts.Phone{{Number: "62 18 38 48", CountryCode: "DK"}},
		}, nil)},
		{"CLI-3 every limit", contacts.ErrInvalid, create(wrong, nil)},
		{"CLI-3 IDs that are zero", contacts.ErrInvalid, create(contacts.Info{
			Name: contacts.Name{First: "A"}, Locations: []uuid.UUID{{}, ada}, AssignedUserIDs: []uuid.UUID{{}},
		}, nil)},
		{"CLI-3 create without data", contacts.ErrInsufficientData, create(contacts.Info{Company: "Acorn"}, nil)},
		{"CLI-3 create with two primaries", contacts.ErrMultiplePrimary, create(contacts.Info{
			Emails: []contacts.Email{{Address: "a@x.test", Primary: true}, {Address: "b@x.test", Primary: true}},
		}, nil)},
		{"CLI-3 unknown labels", contacts.ErrLabelNotFound, create(contacts.Info{
			Name: contacts.Name{First: "A"}, LabelKeys: []string{"custom.b", "custom.vip", "custom.a"},
		}, nil)},
		{"CLI-3 an unknown field", contacts.ErrFieldNotFound, create(contacts.Info{
			Name: contacts.Name{First: "A"}, ExtendedFields: map[string]any{"custom.none": 1},
		}, nil)},
		{"CLI-3 a wrong value", contacts.ErrInvalidFieldValue, create(contacts.Info{
			Name: contacts.Name{First: "A"}, ExtendedFields: map[string]any{"custom.age": "36", "custom.note": 5},
		}, nil)},
		{"CLI-3 values of all kinds", "", create(contacts.Info{
			Name: contacts.Name{First: "Val"}, ExtendedFields: map[string]any{"custom.age": uint8(36), "custom.note": ""},
		}, nil)},
		{"CLI-3 a time is no text", contacts.ErrInvalidFieldValue, create(contacts.Info{
			Name: contacts.Name{First: "A"}, ExtendedFields: map[string]any{"custom.note": time.Unix(0, 0)},
		}, nil)},
		{"CLI-3 bytes are no text", contacts.ErrInvalidFieldValue, create(contacts.Info{
			Name: contacts.Name{First: "A"}, ExtendedFields: map[string]any{"custom.note": []byte("x")},
		}, nil)},
		{"CLI-3 NaN", contacts.ErrInvalidFieldValue, update(bob, 0, contacts.Patch{
			ExtendedFields: contacts.Set(map[string]any{"custom.age": math.NaN()}),
		}, nil)},
		{"CLI-3 an integer that a float64 cannot hold", contacts.ErrInvalidFieldValue, create(contacts.Info{
			Name: contacts.Name{First: "A"}, ExtendedFields: map[string]any{"custom.age": 1<<53 + 1},
		}, nil)},

		{"CLI-3 get", "", get(ada, nil)},
		{"CLI-3 get a member", "", get(mem, nil)},
		{"CLI-3 get a contact that was merged away", "", get(old, nil)},
		{"CLI-3 get fields", "", get(ada, &contacts.GetOptions{
			Fields: []string{"info.name", "createdDate"}, Fieldsets: []contacts.Fieldset{contacts.FieldsetExtended},
		})},
		{"CLI-3 get wrong fields", contacts.ErrInvalid, get(ada, &contacts.GetOptions{
			Fields: []string{"info.name", "x", ""}, Fieldsets: []contacts.Fieldset{"Y"},
		})},
		{"CLI-3 get a field with a comma", contacts.ErrInvalid, get(ada, &contacts.GetOptions{
			Fields: []string{"info.name,info.emails"},
		})},
		{"CLI-3 get no contact", contacts.ErrContactNotFound, get(nobody, nil)},
		{"CLI-3 get the zero ID", contacts.ErrContactNotFound, get(uuid.Nil, nil)},

		{"CLI-3 update", "", update(bob, 0, contacts.Patch{
			LastName: contacts.Set(""), JobTitle: contacts.Set("Clerk <&>\u2028"), Birthdate: contacts.Set("1980-02-29"),
			ExtendedFields: contacts.Set(map[string]any{"custom.age": 40}),
			Addresses:      contacts.Set([]contacts.Address{{City: "Springvale"}}),
		}, nil)},
		{"CLI-3 clear", "", update(bob, 0, contacts.Patch{
			JobTitle: contacts.Set(""), ExtendedFields: contacts.Set[map[string]any](nil),
			Addresses: contacts.Set[[]contacts.Address](nil), Picture: contacts.Set[*contacts.Picture](nil),
		}, nil)},
		{"CLI-3 keep the IDs of items", "", update(ada, 0, contacts.Patch{
			Emails: contacts.Set([]contacts.Email{{ID: storetest.ID(202), Address: "ada@x.test"}}),
		}, nil)},
		{"CLI-3 update at another revision", contacts.ErrAlreadyChanged, update(bob, 1000, contacts.Patch{
			Company: contacts.Set("A"),
		}, nil)},
		{"CLI-3 update at a revision beyond the API", contacts.ErrAlreadyChanged, update(bob, 1<<40, contacts.Patch{
			Company: contacts.Set("A"),
		}, nil)},
		{"CLI-3 update nothing", contacts.ErrInsufficientUpdate, update(bob, 0, contacts.Patch{}, nil)},
		{
			"CLI-3 update nobody", contacts.ErrContactNotFound,
			update(nobody, 1, contacts.Patch{Company: contacts.Set("A")}, nil),
		},
		{"CLI-3 an update breaks limits", contacts.ErrInvalid, update(bob, 1, contacts.Patch{
			Company: contacts.Set(strings.Repeat("x", 5000)), Locale: contacts.Set("\x00"),
		}, nil)},
		{"CLI-3 an update takes an email", contacts.ErrDuplicate, update(bob, 0, contacts.Patch{
			Emails: contacts.Set([]contacts.Email{{Address: "eve@x.test"}}),
		}, nil)},
		{"CLI-3 an update may take an email", "", update(bob, 0, contacts.Patch{
			Emails: contacts.Set([]contacts.Email{{Address: "eve@x.test"}}),
		}, &contacts.UpdateOptions{AllowDuplicates: true})},
		{"CLI-3 the email of a member", contacts.ErrUpdateMemberEmail, update(mem, 0, contacts.Patch{
			Emails: contacts.Set([]contacts.Email{{Address: "new@x.test"}}),
		}, nil)},
		{"CLI-3 an update removes the name", contacts.ErrInsufficientData, update(own, 0, contacts.Patch{
			FirstName: contacts.Set(""),
		}, nil)},

		{"CLI-3 label", "", label(bob, "custom.old", "custom.vip")},
		{"CLI-3 label with an unknown key", contacts.ErrLabelNotFound, label(bob, "custom.b", "custom.a", "custom.b")},
		{"CLI-3 label nobody", contacts.ErrContactNotFound, label(nobody, vip...)},
		{"CLI-3 label with no keys", contacts.ErrInvalid, label(bob)},
		{"CLI-3 unlabel", "", unlabel(bob, "custom.old")},
		{"CLI-3 unlabel with an unknown key", contacts.ErrLabelNotFound, unlabel(bob, "custom.x&y=1+2 %", "")},
		{"CLI-3 unlabel with a comma", contacts.ErrLabelNotFound, unlabel(bob, "custom.old,custom.vip")},
		{"CLI-3 unlabel with no keys", contacts.ErrInvalid, unlabel(bob)},

		{"CLI-3 preview", "", preview(ada, bob)},
		{"CLI-3 preview with a member", contacts.ErrFailedPrecondition, preview(ada, mem)},
		{"CLI-3 preview with nobody", contacts.ErrContactNotFound, preview(ada, bob, nobody)},
		{"CLI-3 preview of nobody", contacts.ErrContactNotFound, preview(nobody, bob)},
		{"CLI-3 preview without sources", contacts.ErrInvalid, preview(ada)},
		{"CLI-3 merge with itself", contacts.ErrIllegalMerge, merge(ada, 1, ada)},
		{"CLI-3 merge a source twice", contacts.ErrIllegalMerge, merge(ada, 1, bob, bob)},
		{"CLI-3 merge an owner", contacts.ErrFailedPrecondition, merge(ada, 1, own)},
		{"CLI-3 merge what pays", contacts.ErrFailedPrecondition, merge(ada, 1, pay)},
		{"CLI-3 merge several, of which one pays", contacts.ErrFailedPrecondition, merge(ada, 1, bob, pay)},
		{"CLI-3 merge nobody", contacts.ErrContactNotFound, merge(ada, 1, nobody)},
		{"CLI-3 merge into nobody", contacts.ErrContactNotFound, merge(nobody, 1, bob)},
		{"CLI-3 merge at another revision", contacts.ErrAlreadyChanged, merge(ada, 1, bob)},
		{"CLI-3 merge at a revision beyond the API", contacts.ErrAlreadyChanged, merge(ada, math.MinInt64, bob)},
		{"CLI-3 merge without sources", contacts.ErrInvalid, merge(ada, 1)},
		{"CLI-3 merge", "", merge(ada, 3, bob)},

		{"CLI-3 list", "", list(contacts.Query{}, nil)},
		{"CLI-3 list a page", "", list(contacts.Query{}, &contacts.ListOptions{Limit: 2, Offset: 1})},
		{"CLI-3 list without the total", "", list(contacts.Query{}, &contacts.ListOptions{Limit: 2, OmitTotal: true})},
		{"CLI-3 list beyond the end", "", list(contacts.Query{}, &contacts.ListOptions{Offset: 1 << 40})},
		{"CLI-3 query", "", list(contacts.Query{
			Filter: contacts.Or(contacts.Eq("info.name.first", "Mem"), contacts.HasSome("info.labelKeys", vip...)),
			Sort:   []contacts.Sort{{Field: "info.name.first", Order: contacts.SortDesc}},
		}, &contacts.ListOptions{Fields: []string{"info.emails"}, Fieldsets: []contacts.Fieldset{contacts.FieldsetBasic}})},
		{"CLI-3 search", "", list(contacts.Query{Search: "MEM@x.test"}, nil)},
		{"CLI-3 a limit", contacts.ErrIllegalLimit, list(contacts.Query{}, &contacts.ListOptions{Limit: 1001})},
		{
			"CLI-3 a limit beyond the API", contacts.ErrIllegalLimit,
			list(contacts.Query{}, &contacts.ListOptions{Limit: 1 << 40}),
		},
		{
			"CLI-3 a negative limit", contacts.ErrIllegalLimit,
			list(contacts.Query{}, &contacts.ListOptions{Limit: math.MinInt64}),
		},
		{"CLI-3 a negative offset", contacts.ErrInvalid, list(contacts.Query{}, &contacts.ListOptions{Offset: -1})},
		{"CLI-3 wrong parts of a query", contacts.ErrInvalid, list(contacts.Query{
			Search: strings.Repeat("x", 101), Sort: []contacts.Sort{{Field: "createdDate", Order: "UP"}},
		}, nil)},
		{"CLI-3 two sorts", contacts.ErrInvalid, list(contacts.Query{
			Sort: []contacts.Sort{{Field: "createdDate"}, {Field: "info.company"}},
		}, nil)},
		{
			"CLI-3 a sort field", contacts.ErrSortField,
			list(contacts.Query{Sort: []contacts.Sort{{Field: "updatedDate"}}}, nil),
		},
		{"CLI-3 a filter field", contacts.ErrFilterField, list(contacts.Query{Filter: contacts.Eq("x", 1)}, nil)},
		{"CLI-3 an operator", contacts.ErrFilterOperator, list(contacts.Query{Filter: contacts.Gt("id", "x")}, nil)},
		{
			"CLI-3 a filter value", contacts.ErrFilterValue,
			list(contacts.Query{Filter: contacts.Eq("createdDate", "x")}, nil),
		},
		{"CLI-3 the type of a filter value", contacts.ErrFilterValueType, list(contacts.Query{
			Filter: contacts.Eq("info.company", 1),
		}, nil)},
		{"CLI-3 a filter that is too large", contacts.ErrUnsupportedFilter, list(contacts.Query{
			Filter: contacts.In("info.company", make([]string, 10_001)...),
		}, nil)},
		{"CLI-3 wrong fields in a list", contacts.ErrInvalid, list(contacts.Query{}, &contacts.ListOptions{
			Fields: []string{"x"}, Fieldsets: []contacts.Fieldset{"Y"},
		})},

		{"CLI-3 facets", "", facets(contacts.Filter{}, nil)},
		{
			"CLI-3 a page of facets", "",
			facets(contacts.Filter{}, &contacts.FacetOptions{Limit: 3, Offset: 2, OmitCount: true}),
		},
		{"CLI-3 filtered facets", "", facets(
			contacts.Exists("info.extendedFields.emailSubscriptions.effectiveEmail", true), nil,
		)},
		{
			"CLI-3 wrong facets", contacts.ErrInvalid,
			facets(contacts.Filter{}, &contacts.FacetOptions{Limit: 1001, Offset: -1}),
		},
		{"CLI-3 a filter of facets", contacts.ErrFilterField, facets(contacts.Eq("info.company", "x"), nil)},

		{"CLI-3 make a label", "", makeLabel("Größe / 5%")},
		{"CLI-3 find a label", "", makeLabel("vip")},
		{"CLI-3 a wrong name of a label", contacts.ErrInvalid, makeLabel("")},
		{"CLI-3 get a label", "", getLabel("custom.vip")},
		{"CLI-3 get a label of the system", "", getLabel("contacts.customers")},
		{"CLI-3 get no label", contacts.ErrLabelNotFound, getLabel("custom.none?x=1#y /z")},
		{"CLI-3 get a label without a key", contacts.ErrLabelNotFound, getLabel("")},
		{"CLI-3 get a label with dots for a key", contacts.ErrLabelNotFound, getLabel("..")},
		{"CLI-3 get a label with a path for a key", contacts.ErrLabelNotFound, getLabel("a/../../contacts")},
		{"CLI-3 get a label with a long key", contacts.ErrLabelNotFound, getLabel(strings.Repeat("k", 81))},
		{"CLI-3 get a label with a broken key", contacts.ErrLabelNotFound, getLabel("custom.\xff")},
		{"CLI-3 rename a label", "", renameLabel("custom.old", "Former")},
		{"CLI-3 rename a label wrongly", contacts.ErrInvalid, renameLabel("custom.old", strings.Repeat("x", 181))},
		{"CLI-3 rename no label", contacts.ErrLabelNotFound, renameLabel("custom.none", "New")},
		{"CLI-3 rename a label of the system", contacts.ErrSystemLabel, renameLabel("contacts.customers", "New")},
		{"CLI-3 list labels", "", listLabels(contacts.LabelQuery{}, nil)},
		{"CLI-3 list labels of a kind", "", listLabels(contacts.LabelQuery{
			LabelType: contacts.LabelUserDefined, Namespace: "custom", StartsWith: "V",
			Sort: []contacts.Sort{{Field: "displayName", Order: contacts.SortDesc}},
		}, &contacts.PageOptions{Limit: 1, Offset: 0})},
		{"CLI-3 query labels", "", listLabels(contacts.LabelQuery{
			Filter: contacts.Ne("namespace", "contacts"),
			Sort:   []contacts.Sort{{Field: "createdDate", Order: contacts.SortDesc}, {Field: "displayName"}},
		}, &contacts.PageOptions{Limit: 2, Offset: 1})},
		{"CLI-3 wrong labels of a kind", contacts.ErrInvalid, listLabels(contacts.LabelQuery{
			LabelType: "X", Namespace: "x", Sort: []contacts.Sort{{Field: "displayName", Order: "UP"}},
		}, &contacts.PageOptions{Limit: 2001, Offset: -1})},
		{"CLI-3 a wrong query of labels", contacts.ErrInvalid, listLabels(contacts.LabelQuery{
			Sort: []contacts.Sort{{Field: "displayName"}, {Field: strings.Repeat("x", 3001)}},
		}, &contacts.PageOptions{Limit: 1 << 40, Offset: math.MinInt64})},
		{
			"CLI-3 a filter of labels", contacts.ErrDefinitionFilterField,
			listLabels(contacts.LabelQuery{Filter: contacts.Eq("x", 1)}, nil),
		},
		{
			"CLI-3 a sort of labels", contacts.ErrDefinitionSort,
			listLabels(contacts.LabelQuery{Sort: []contacts.Sort{{Field: "key"}}}, nil),
		},
		{"CLI-3 a sort of labels of a kind", contacts.ErrDefinitionSort, listLabels(contacts.LabelQuery{
			LabelType: contacts.LabelSystem, Sort: []contacts.Sort{{}},
		}, nil)},
		{
			"CLI-3 a value in a filter of labels", contacts.ErrFilterValue,
			listLabels(contacts.LabelQuery{Filter: contacts.Eq("key", 5)}, nil),
		},
		{"CLI-3 delete a label", "", deleteLabel("custom.old")},
		{"CLI-3 delete no label", contacts.ErrLabelNotFound, deleteLabel("custom.old")},
		{"CLI-3 delete a label of the system", contacts.ErrSystemLabel, deleteLabel("contacts.customers")},

		{"CLI-3 make a field", "", makeField("Homepage", contacts.DataURL)},
		{"CLI-3 find a field", "", makeField("AGE", contacts.DataText)},
		{"CLI-3 a wrong field", contacts.ErrInvalid, makeField("", "X")},
		{"CLI-3 get a field", "", getField("custom.age")},
		{"CLI-3 get a field of the system", "", getField("invoices.vatId")},
		{"CLI-3 get no field", contacts.ErrFieldNotFound, getField("custom.none")},
		{"CLI-3 rename a field", "", renameField("custom.note", "Remark")},
		{"CLI-3 rename a field wrongly", contacts.ErrInvalid, renameField("custom.note", "\x00")},
		{"CLI-3 rename no field", contacts.ErrFieldNotFound, renameField("custom.none", "New")},
		{"CLI-3 rename a field of the system", contacts.ErrSystemField, renameField("invoices.vatId", "New")},
		{"CLI-3 list fields", "", listFields(contacts.FieldQuery{}, &contacts.PageOptions{Limit: 3})},
		{
			"CLI-3 list fields of a kind", "",
			listFields(contacts.FieldQuery{FieldType: contacts.FieldSystem, StartsWith: "D"}, nil),
		},
		{
			"CLI-3 query fields", "",
			listFields(contacts.FieldQuery{Filter: contacts.Eq("dataType", contacts.DataNumber)}, nil),
		},
		{"CLI-3 two sorts of fields", contacts.ErrInvalid, listFields(contacts.FieldQuery{
			Sort: []contacts.Sort{{Field: "displayName"}, {Field: "createdDate"}},
		}, nil)},
		{"CLI-3 delete a field", "", deleteField("custom.age")},
		{"CLI-3 delete no field", contacts.ErrFieldNotFound, deleteField("custom.age")},
		{"CLI-3 delete a field of the system", contacts.ErrSystemField, deleteField("invoices.vatId")},

		{"CLI-3 no jobs", "", jobs},
		{"CLI-3 label many", "", bulkLabel(everyone, []string{"contacts.customers"}, vip)},
		{"CLI-3 unlabel many", "", bulkLabel(byName("ada"), nil, []string{"contacts.customers"})},
		{"CLI-3 label many wrongly", contacts.ErrInvalid, bulkLabel(everyone, nil, nil)},
		{
			"CLI-3 label many with an unknown key", contacts.ErrLabelNotFound,
			bulkLabel(everyone, []string{"custom.none"}, nil),
		},
		{"CLI-3 update many", "", bulkUpdate(contacts.Selection{Search: "MEM@x.test"}, contacts.Patch{
			Company: contacts.Set("Acorn"), Emails: contacts.Set([]contacts.Email{{Address: "mem@x.test"}}),
		})},
		{"CLI-3 update many, and fail", "", bulkUpdate(everyone, contacts.Patch{
			Emails: contacts.Set([]contacts.Email{{Address: "one@x.test"}}),
		})},
		{"CLI-3 update many with nothing", contacts.ErrInsufficientUpdate, bulkUpdate(everyone, contacts.Patch{})},
		{
			"CLI-3 update many wrongly", contacts.ErrInvalid,
			bulkUpdate(everyone, contacts.Patch{Locale: contacts.Set("?")}),
		},
		{"CLI-3 select none", contacts.ErrNoFilterOrSearch, bulkDelete(contacts.Selection{})},
		{
			"CLI-3 select by a wrong filter", contacts.ErrFilterField,
			bulkDelete(contacts.Selection{Filter: contacts.Eq("x", 1)}),
		},
		{
			"CLI-3 select by a long search", contacts.ErrInvalid,
			bulkDelete(contacts.Selection{Search: strings.Repeat("x", 101)}),
		},
		{"CLI-3 delete many", "", bulkDelete(byName("Pay"))},
		{"CLI-3 jobs", "", jobs},
		{"CLI-3 a job", "", job},
		{"CLI-3 no job", contacts.ErrJobNotFound, func(ctx context.Context, s store) (any, error) {
			return any1(s.Job(ctx, nobody))
		}},

		{"CLI-3 submit", "", submit(person("Sue", "sue@x.test"), &contacts.SubmitOptions{PassThroughData: "form 7"})},
		{"CLI-3 submit again", "", submit(person("Sue", "sue@x.test", "sue@y.test"), &contacts.SubmitOptions{
			Activity: contacts.Activity{
				ActivityType: contacts.ActivityFormSubmitted, ActivityDate: storetest.Epoch.AddDate(1, 0, 0),
			},
		})},
		{"CLI-3 submit for a member", "", submit(person("Mem", "mem@x.test"), nil)},
		{
			"CLI-3 submit to a contact", "",
			submit(person("Owen"), &contacts.SubmitOptions{ContactID: ada, Override: true}),
		},
		{"CLI-3 submit to nobody", contacts.ErrContactNotFound, submit(person("Owen"), &contacts.SubmitOptions{
			ContactID: nobody, Override: true,
		})},
		{"CLI-3 submit without permission", contacts.ErrInsufficientPermission, submit(
			person("Owen"), &contacts.SubmitOptions{ContactID: ada},
		)},
		{"CLI-3 submit nothing", contacts.ErrInsufficientData, submit(contacts.Info{Company: "Acorn"}, nil)},
		{"CLI-3 submit wrongly", contacts.ErrInvalid, submit(person("Owen"), &contacts.SubmitOptions{
			PassThroughData: strings.Repeat("x", 301), Activity: contacts.Activity{ActivityType: "X"},
		})},

		{"CLI-3 delete", "", remove(ada)},
		{"CLI-3 delete nobody", contacts.ErrContactNotFound, remove(ada)},
		{"CLI-3 delete a member", contacts.ErrDeleteMember, remove(mem)},
		{"CLI-3 delete an owner", contacts.ErrDeleteOwnerOrContributor, remove(own)},
		{"CLI-3 delete what pays", contacts.ErrDeleteBillingSubscription, remove(pay)},
	}
}

// TestTwins runs the same calls on a store and through the client.
func TestTwins(t *testing.T) {
	w := newCast(t)
	for _, s := range steps() {
		t.Run(s.name, func(t *testing.T) {
			w.t = t
			_, err := w.run(s.call)
			require.Equal(t, s.code, contacts.CodeOf(err), "%v", err)
		})
	}
}
