package contactstest

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// batch runs a batch that must succeed as a whole and have a result for each operation.
func (k *kit) batch(ops ...contacts.Operation) []contacts.BatchResult {
	k.Helper()
	k.forget()
	results := of(k.batcher().Batch(k.ctx(), ops, nil)).ok(k)
	same(k, "the number of results", len(ops), len(results))
	return results
}

// codesOf requires the codes of the results, "" for success.
func codesOf(k *kit, results []contacts.BatchResult, want ...contacts.Code) {
	k.Helper()
	var got []contacts.Code
	for _, r := range results {
		got = append(got, contacts.CodeOf(r.Err))
		if r.Err != nil {
			same(k, "what is in the result of a failure", contacts.BatchResult{},
				contacts.BatchResult{Contact: r.Contact, Label: r.Label, Field: r.Field, Submission: r.Submission})
		}
	}
	same(k, "the codes of the results", want, got)
}

// tempID returns an ID for a temporary name.
func tempID(n byte) uuid.UUID { return uuid.UUID{6: 0x40, 8: 0x80, 14: 0xee, 15: n} }

// batchCases are those of BAT.
var batchCases = []conformCase{
	{"BAT-1 operations in order, each on the state left by those before it", Needs{}, func(k *kit) {
		a, b := k.create(person("Ada", "ada@example.com")), k.create(person("Bob", "bob@example.com"))
		k.tick()
		r := k.batch(
			contacts.CreateOp{Info: person("Eve", "eve@example.com")},
			contacts.CreateOp{Info: person("Eve", "EVE@example.com")},
			contacts.LabelOp{ID: a.ID, Keys: []string{labelCustomers}},
			contacts.UpdateOp{ID: a.ID, Revision: 2, Patch: patchEmails("moved@example.com")},
			contacts.CreateOp{Info: person("Ann", "ada@example.com")},
			contacts.UpdateOp{ID: a.ID, Revision: 2, Patch: patchEmails("again@example.com")},
			contacts.UnlabelOp{ID: a.ID, Keys: []string{labelCustomers}},
			contacts.MergeOp{Target: a.ID, Revision: 4, Sources: []uuid.UUID{b.ID}},
			contacts.DeleteOp{ID: b.ID},
		)
		codesOf(k, r, "", contacts.ErrDuplicate, "", "", "", contacts.ErrAlreadyChanged, "", "", contacts.ErrContactNotFound)
		check(k, "Created is wrong", r[0].Created && !r[2].Created && r[4].Created)
		for i, revision := range map[int]int{0: 1, 2: 2, 3: 3, 6: 4, 7: 5} {
			same(k, "the revision of a result", revision, r[i].Contact.Revision)
			same(k, "the time of a result", r[0].Contact.CreatedDate, r[i].Contact.UpdatedDate)
		}
		same(k, "labelKeys of a result", []string{labelCustomers}, r[3].Contact.Info.LabelKeys)
		sameContact(k, "the merged contact", r[7].Contact, k.get(a.ID))
		same(k, "the contact of the old ID", a.ID, k.get(b.ID).ID)
	}},
	{"BAT-1 every kind of operation", Needs{}, func(k *kit) {
		c := k.create(person("Ada", "ada@example.com"))
		r := k.batch(
			contacts.FindOrCreateLabelOp{DisplayName: "Owl"}, contacts.RenameLabelOp{Key: "custom.owl", DisplayName: "Eagle"},
			contacts.FindOrCreateLabelOp{DisplayName: "Eagle"},
			contacts.FindOrCreateFieldOp{DisplayName: "Owls", DataType: contacts.DataNumber},
			contacts.RenameFieldOp{Key: "custom.owls", DisplayName: "Eagles"}, contacts.DeleteFieldOp{Key: "custom.owls"},
			contacts.DeleteLabelOp{Key: "custom.owl"},
			contacts.SubmitOp{Info: contacts.Info{Emails: person("", "ada@example.com").Emails, Company: "Acorn"}},
			contacts.UpsertOp{Info: contacts.Info{Emails: person("", "ada@example.com").Emails, Company: "Birch"}},
			contacts.SetMemberOp{ID: c.ID, Member: member(contacts.MemberActive)},
			contacts.SetBillingSubscriptionOp{ID: c.ID, Active: true},
			contacts.SetSubscriptionOp{ID: c.ID, Address: "ada@example.com", Status: subscribed},
			contacts.SetDeliverabilityOp{ID: c.ID, Email: "ada@example.com", Status: contacts.EmailDeliverabilityValid},
			contacts.SetSystemFieldsOp{ID: c.ID, Values: map[string]any{keyPurchases: 3}},
			contacts.RecordActivityOp{ID: c.ID, Type: contacts.ActivityMemberLogin},
			contacts.DeleteOp{ID: c.ID},
		)
		codesOf(k, r, append(make([]contacts.Code, 15), contacts.ErrDeleteMember)...)
		same(k, "the label that is found", "custom.owl", r[2].Label.Key)
		check(k, "Created of labels is wrong", r[0].Created && !r[2].Created)
		same(k, "the name of the field", "Eagles", r[4].Field.DisplayName)
		same(k, "the submission", contacts.Submission{ContactID: c.ID, IdentityType: contacts.IdentityContact},
			*r[7].Submission)
		same(k, "the company of the submission's contact", "Acorn", r[7].Contact.Info.Company)
		same(k, "the action of the upsert", contacts.UpsertUpdated, r[8].UpsertAction)
		got := k.get(c.ID)
		sameContact(k, "the contact", r[14].Contact, got)
		same(k, "revision", 9, got.Revision)
		emailStatus(k, c, subscribed, contacts.EmailDeliverabilityValid)
	}},
	{"BAT-1 one commit, or none", Needs{}, func(k *kit) {
		k.hold()
		c := k.create(person("Ada"))
		since := position(k)
		k.batch()
		k.batch(contacts.DeleteOp{ID: missingID()})
		same(k, "the position after nothing", since, position(k))
		k.batch(
			contacts.LabelOp{ID: c.ID, Keys: []string{labelCustomers}}, contacts.DeleteOp{ID: missingID()},
			contacts.CreateOp{Info: person("Eve")}, contacts.DeleteOp{ID: c.ID},
		)
		same(k, "the position", since+1, position(k))
		var kinds []contacts.ChangeKind
		for _, change := range following(k, since, 1)[0].Changes {
			kinds = append(kinds, change.Kind)
		}
		same(k, "the changes", []contacts.ChangeKind{
			contacts.ContactUpdated, contacts.ContactCreated, contacts.ContactDeleted,
		}, kinds)
	}},
	{"BAT-2 an operation that fails", Needs{}, func(k *kit) {
		c := k.create(person("Ada", "ada@example.com"))
		r := k.batch(
			contacts.UpdateOp{ID: c.ID, Revision: 1, Patch: contacts.Patch{Birthdate: contacts.Set("soon")}}, nil,
			contacts.UpdateOp{ID: c.ID, Revision: 7, Patch: contacts.Patch{Company: contacts.Set("Acorn")}},
			contacts.LabelOp{ID: c.ID, Keys: []string{labelCustomers, "custom.missing"}},
			contacts.UpdateOp{ID: c.ID, Revision: 1, Patch: contacts.Patch{JobTitle: contacts.Set("Baker")}},
		)
		codesOf(k, r, contacts.ErrInvalid, contacts.ErrInvalid, contacts.ErrAlreadyChanged, contacts.ErrLabelNotFound, "")
		same(k, "the violations", []string{"info.birthdate FORMAT LOCAL_DATE"}, violationsOf(r[0].Err))
		same(k, "the violations of a nil operation", []string{"operations[1] REQUIRED_FIELD"}, violationsOf(r[1].Err))
		c.Info.JobTitle, c.Revision, c.UpdatedDate = "Baker", 2, r[4].Contact.UpdatedDate
		sameContact(k, "the contact", c, k.get(c.ID))
	}},
	{"BAT-3 all or nothing", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		ops := []contacts.Operation{
			contacts.LabelOp{ID: c.ID, Keys: []string{labelCustomers}}, contacts.DeleteOp{ID: missingID()},
			contacts.UpdateOp{ID: c.ID, Revision: 2, Patch: contacts.Patch{Company: contacts.Set("Acorn")}},
			contacts.LabelOp{ID: c.ID, Keys: []string{"custom.missing"}},
		}
		all := &contacts.BatchOptions{AllOrNothing: true}
		results, err := k.batcher().Batch(k.ctx(), ops, all)
		err = done(err).fails(k, contacts.ErrContactNotFound)
		codesOf(k, results, "", contacts.ErrContactNotFound, "", contacts.ErrLabelNotFound)
		for _, r := range results {
			check(k, "a result of a batch that failed has a contact", r.Contact == nil)
		}
		ops = slices.Delete(slices.Delete(ops, 3, 4), 1, 2)
		codesOf(k, of(k.batcher().Batch(k.ctx(), ops, all)).ok(k), "", "")
		same(k, "revision", 3, k.get(c.ID).Revision)
		same(k, "the index of the failure", 1, detail[*contacts.BatchError](k, err).Index)
	}},
	{"BAT-4 the number of operations", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		ops := repeated[contacts.Operation](10_001, contacts.LabelOp{ID: c.ID, Keys: []string{labelCustomers}})
		of(k.batcher().Batch(k.ctx(), ops, nil)).invalid(k, "operations MAX_SIZE 10000")
		same(k, "revision", 1001, k.batch(ops[:1000]...)[999].Contact.Revision)
	}},
	{"BAT-4 events of a merge", Needs{}, func(k *kit) {
		k.hold()
		a, b := k.create(person("Ada")), k.create(person("Bob"))
		since := position(k)
		k.batch(
			contacts.LabelOp{ID: a.ID, Keys: []string{labelCustomers}},
			contacts.MergeOp{Target: a.ID, Revision: 2, Sources: []uuid.UUID{b.ID}},
		)
		commit := following(k, since, 1)[0]
		same(k, "the origin of the commit", "", commit.OriginatedFrom)
		var got []string
		for e := range commit.Events() {
			got = append(got, e.Slug+" "+e.OriginatedFrom)
		}
		same(k, "the events", []string{"updated ", "merged ", "updated merge", "deleted merge"}, got)
	}},
	{"BAT-5 temporary names", Needs{}, func(k *kit) {
		r := k.batch(
			contacts.FindOrCreateLabelOp{DisplayName: "Owl", TempKey: "l"},
			contacts.FindOrCreateFieldOp{DisplayName: "Owls", DataType: contacts.DataNumber, TempKey: "l"},
			contacts.CreateOp{Info: contacts.Info{
				Name: contacts.Name{First: "Ada"}, LabelKeys: []string{"l"}, ExtendedFields: map[string]any{"l": 5},
			}, TempID: tempID(1)},
			contacts.LabelOp{ID: tempID(1), Keys: []string{labelCustomers, "l"}},
			contacts.UpdateOp{ID: tempID(1), Revision: 2, Patch: contacts.Patch{SetFields: map[string]any{"l": 7}}},
			contacts.LabelOp{ID: tempID(2), Keys: []string{"l"}}, contacts.LabelOp{ID: tempID(1), Keys: []string{"m"}},
		)
		codesOf(k, r, "", "", "", "", "", contacts.ErrContactNotFound, contacts.ErrLabelNotFound)
		c := k.get(r[2].Contact.ID)
		check(k, "a contact has its temporary ID", c.ID != tempID(1))
		same(k, "labelKeys", []string{"custom.owl", labelCustomers}, c.Info.LabelKeys)
		same[any](k, "the value of the field", 7.0, c.Info.ExtendedFields["custom.owls"])
		k.gone(tempID(1))
		codesOf(k, k.batch(contacts.LabelOp{ID: tempID(1), Keys: []string{labelCustomers}}), contacts.ErrContactNotFound)
	}},
	{"BAT-5 temporary names that are refused", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		r := k.batch(
			contacts.FindOrCreateLabelOp{DisplayName: "Owl", TempKey: "a.b"},
			contacts.CreateOp{Info: contacts.Info{Company: "Acorn"}, TempID: tempID(1)},
			contacts.CreateOp{Info: person("Eve"), TempID: tempID(1)},
			contacts.CreateOp{Info: person("Eve"), TempID: c.ID},
			contacts.FindOrCreateFieldOp{DisplayName: "Owls", DataType: contacts.DataText, TempKey: "f"},
			contacts.CreateOp{Info: valued("Eve", map[string]any{"f": "x", "custom.owls": "y"})},
		)
		codesOf(k, r, contacts.ErrInvalid, contacts.ErrInsufficientData, contacts.ErrInvalid, contacts.ErrIDExists, "",
			contacts.ErrInvalid)
		for i, name := range map[int]string{
			0: contacts.RuleNameTempKey, 2: contacts.RuleNameRepeated, 5: contacts.RuleNameRepeated,
		} {
			list := violationsOf(r[i].Err)
			check(k, "the violation is not "+name, len(list) == 1 && strings.HasSuffix(list[0], " CUSTOM "+name))
		}
	}},
	{"BAT-5 each operation accepts temporary names", Needs{}, func(k *kit) {
		k.hold()
		since := position(k)
		values := map[string]any{"f": 5}
		r := k.batch(
			contacts.FindOrCreateLabelOp{DisplayName: "Owl", TempKey: "l"},
			contacts.FindOrCreateFieldOp{DisplayName: "Owls", DataType: contacts.DataNumber, TempKey: "f"},
			contacts.CreateOp{Info: labelled("Ada", "l", "custom.owl"), TempID: tempID(1)},
			contacts.CreateOp{Info: person("Bob", "bob@example.com"), TempID: tempID(2)},
			contacts.UpsertOp{Info: contacts.Info{
				Name: contacts.Name{First: "Eve"}, LabelKeys: []string{"l"}, ExtendedFields: values,
			}},
			contacts.UpsertOp{Info: contacts.Info{
				Emails: person("", "bob@example.com").Emails, LabelKeys: []string{"l"}, ExtendedFields: values,
			}},
			contacts.SubmitOp{Info: contacts.Info{Company: "Acorn"}, SubmitOptions: contacts.SubmitOptions{
				VisitorContactID: tempID(1),
			}},
			contacts.MergeOp{Target: tempID(1), Sources: []uuid.UUID{tempID(2)}},
			contacts.SetMemberOp{ID: tempID(1), Member: &contacts.Member{}},
			contacts.DeleteLabelOp{Key: "l"},
		)
		codesOf(k, r, "", "", "", "", "", "", "", "", contacts.ErrInvalid, "")
		same(k, "labelKeys", []string{"custom.owl"}, r[2].Contact.Info.LabelKeys)
		same[any](k, "the value of a new contact", 5.0, r[4].Contact.Info.ExtendedFields["custom.owls"])
		same[any](k, "the value of another", 5.0, r[5].Contact.Info.ExtendedFields["custom.owls"])
		c := k.get(r[2].Contact.ID)
		same(k, "the contact of the visitor", c.ID, r[6].Submission.ContactID)
		same(k, "company", "Acorn", c.Info.Company)
		for _, id := range []uuid.UUID{c.ID, r[4].Contact.ID} {
			same(k, "labelKeys without the label that was deleted", 0, len(k.get(id).Info.LabelKeys))
		}
		for _, change := range following(k, since, 1)[0].Changes {
			if change.Kind == contacts.ContactMerged {
				same(k, "the sources of the merge", []uuid.UUID{r[3].Contact.ID}, change.Sources())
			}
		}
		same(k, "the ID in an error", c.ID, detail[*contacts.Error](k, r[8].Err).ID)
	}},
	{"BAT-5 temporary IDs that are IDs", with(func(o *contacts.Options) {
		n := byte(100)
		o.NewID = func() uuid.UUID { n++; return tempID(n) }
	}), func(k *kit) {
		k.hold()
		c, old := k.create(person("Ada")), k.create(person("Old"))
		k.merge(c, old)
		codesOf(k, k.batch(
			contacts.CreateOp{Info: person("Eve"), TempID: c.ID}, contacts.CreateOp{Info: person("Eve"), TempID: old.ID},
		), contacts.ErrIDExists, contacts.ErrIDExists)
		last := k.create(person("Bob")).ID[15]
		codesOf(k, k.batch(
			contacts.CreateOp{Info: person("Eve"), TempID: tempID(last + 2)}, contacts.CreateOp{Info: person("Eve")},
		), "", contacts.ErrIDExists) // the second would get the ID that names the first
	}},
	{"BAT-6 the revision of a temporary ID", Needs{}, func(k *kit) {
		patch := contacts.Patch{Company: contacts.Set("Acorn")}
		c := k.create(person("Bob"))
		r := k.batch(
			contacts.CreateOp{Info: person("Ada"), TempID: tempID(1)},
			contacts.UpdateOp{ID: tempID(1), Patch: patch}, contacts.UpdateOp{ID: tempID(1), Revision: 1, Patch: patch},
			contacts.UpdateOp{ID: tempID(1), Revision: 2, Patch: patch},
			contacts.MergeOp{Target: tempID(1), Sources: []uuid.UUID{c.ID}}, contacts.UpdateOp{ID: c.ID, Patch: patch},
		)
		codesOf(k, r, "", "", contacts.ErrAlreadyChanged, "", "", contacts.ErrContactNotFound)
		same(k, "revision", 4, r[4].Contact.Revision)
		d := k.create(person("Eve"))
		codesOf(k, k.batch(contacts.UpdateOp{ID: d.ID, Patch: patch}), contacts.ErrAlreadyChanged)
	}},
}
