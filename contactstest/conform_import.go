package contactstest

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// imports imports contacts. The call itself must succeed.
func imports(k *kit, opts *contacts.ImportOptions, rows ...*contacts.Contact) contacts.ImportReport {
	k.Helper()
	k.forget()
	return k.tryImport(opts, rows...).ok(k)
}

func (k *kit) tryImport(opts *contacts.ImportOptions, rows ...*contacts.Contact) result[contacts.ImportReport] {
	k.Helper()
	return of(k.importer().Import(k.ctx(), contacts.Rows(slices.Values(rows)), opts))
}

// importCounts returns the numbers of imported, updated, unchanged and refused rows of a report.
func importCounts(r contacts.ImportReport) string {
	return fmt.Sprintf("%d %d %d %d of %d", r.Imported, r.Updated, r.Unchanged, r.Refused, r.Rows)
}

// refusals returns the numbers and codes of the rows that were refused.
func refusals(r contacts.ImportReport) []string {
	var list []string
	for _, e := range r.Errors {
		text := fmt.Sprintf("%d %s", e.Row, contacts.CodeOf(e))
		if v := violationsOf(e); v != nil {
			text += ": " + strings.Join(v, ", ")
		}
		list = append(list, text)
	}
	return list
}

// refusesRow requires that an import of one contact refuses it.
func refusesRow(k *kit, opts *contacts.ImportOptions, c *contacts.Contact, want string) {
	k.Helper()
	same(k, "refusals", []string{"1 " + want}, refusals(imports(k, opts, c)))
	if c != nil && c.ID != uuid.Nil {
		k.gone(c.ID)
	}
}

// row returns a contact with the n-th ID.
func row(n int, info contacts.Info) *contacts.Contact {
	return &contacts.Contact{ID: someIDs(n + 1)[n], Info: info}
}

// one returns the only contact that matches a filter.
func one(k *kit, f contacts.Filter) *contacts.Contact {
	k.Helper()
	page := k.page(contacts.Query{Filter: f}, nil)
	same(k, "number of contacts that match", 1, len(page.Items))
	return page.Items[0]
}

// importCases are those of IMP, apart from IMP-9, which is about a reader of rows.
var importCases = []conformCase{
	{"IMP-1 a whole contact", Needs{}, func(k *kit) {
		c := row(1, richInfo("ada"))
		base := k.create(person("Eve")).CreatedDate
		c.Revision, c.Source = 7, contacts.Source{SourceType: contacts.SourceImport, AppID: "app"}
		c.CreatedDate, c.UpdatedDate = base.AddDate(-2, 0, 0), base.AddDate(-1, 0, 0)
		c.LastActivity = contacts.Activity{ActivityType: contacts.ActivityMemberLogin, ActivityDate: base.AddDate(-1, 0, 1)}
		c.Segments, c.Picture = someIDs(1), &contacts.Image{ID: "old"}
		c.Member = member(contacts.MemberActive)
		for i := range 2 {
			c.Info.Emails[i].ID = someIDs(20)[10+i]
			c.Info.Phones[i].ID = someIDs(20)[12+i]
			c.Info.Addresses[i].ID = someIDs(20)[14+i]
		}
		same(k, "counts", "1 0 0 0 of 1", importCounts(imports(k, nil, c)))
		got := k.get(c.ID)
		same(k, "item IDs", itemIDs(c), itemIDs(got))
		same(k, "revision", 7, got.Revision)
		same(k, "source", c.Source, got.Source)
		same(k, "createdDate", c.CreatedDate, got.CreatedDate)
		same(k, "updatedDate", c.UpdatedDate, got.UpdatedDate)
		same(k, "lastActivity", c.LastActivity, got.LastActivity)
		same(k, "segments", c.Segments, got.Segments)
		same(k, "the deprecated picture", c.Picture, got.Picture)
		same(k, "memberId", c.Member.MemberID, got.Member.MemberID)
		want := k.create(richInfo("ada"))
		same(k, "info", notDerived(withoutIDs(want.Info)), notDerived(withoutIDs(got.Info)))
	}},
	{"IMP-1 what is missing is filled in", Needs{}, func(k *kit) {
		base := k.create(person("Eve")).CreatedDate
		bare, updated, late := row(1, person("Ada")), row(2, person("Ada")), row(3, person("Ada"))
		updated.UpdatedDate = base.AddDate(-1, 0, 0)
		late.CreatedDate, late.UpdatedDate = base.AddDate(0, -1, 0), base.AddDate(0, -2, 0)
		late.LastActivity = contacts.Activity{ActivityDate: base.AddDate(0, -3, 0)}
		same(k, "counts", "3 0 0 0 of 3", importCounts(imports(k, nil, bare, updated, late)))
		got := k.get(bare.ID)
		same(k, "revision", 1, got.Revision)
		same(k, "source", contacts.SourceOther, got.Source.SourceType)
		same(k, "updatedDate", got.CreatedDate, got.UpdatedDate)
		same(k, "lastActivity", contacts.Activity{
			ActivityType: contacts.ActivityContactCreated, ActivityDate: got.CreatedDate,
		}, got.LastActivity)
		same(k, "createdDate", updated.UpdatedDate, k.get(updated.ID).CreatedDate)
		got = k.get(late.ID)
		same(k, "updatedDate before createdDate", late.CreatedDate, got.UpdatedDate)
		same(k, "activityType", contacts.ActivityGeneral, got.LastActivity.ActivityType)
	}},
	{"IMP-1 an item that repeats an ID gets another", Needs{}, func(k *kit) {
		c := row(1, person("Ada", "a@example.com", "b@example.com"))
		id := someIDs(9)[8]
		c.Info.Emails[0].ID, c.Info.Emails[1].ID = id, id
		imports(k, nil, c)
		got := k.get(c.ID)
		same(k, "the first", id, got.Info.Emails[0].ID)
		distinct(k, itemIDs(got)[1:], 1, id)
	}},
	{"IMP-1 revisions", Needs{}, func(k *kit) {
		c := row(1, person("Ada"))
		c.Revision = 1 << 30
		refusesRow(k, nil, c, "INVALID_ARGUMENT: revision MAX 1073741823")
		c.Revision = -1
		refusesRow(k, nil, c, "INVALID_ARGUMENT: revision MIN 0")
		c.Revision = 1<<30 - 1
		imports(k, nil, c)
		same(k, "the next revision", 1<<30, k.update(k.get(c.ID), contacts.Patch{Company: contacts.Set("x")}).Revision)
	}},
	{"IMP-1 rows may change once another is asked for", Needs{}, func(k *kit) {
		c := row(1, richInfo("ada"))
		want := c.Info.Clone()
		k.forget()
		of(k.importer().Import(k.ctx(), func(yield func(contacts.Row, error) bool) {
			if yield(contacts.Row{Contact: c}, nil) {
				scribble(reflect.ValueOf(&c.Info))
				yield(contacts.Row{Contact: row(2, person("Eve"))}, nil)
			}
		}, nil)).ok(k)
		got := k.get(row(1, want).ID).Info
		same(k, "the name", want.Name, got.Name)
		same(k, "the emails", want.Emails[0].Address, got.Emails[0].Address)
		same(k, "the city", want.Addresses[0].City, got.Addresses[0].City)
		same(k, "labelKeys", want.LabelKeys, got.LabelKeys)
	}},
	{"IMP-2 a row is checked as Create checks", Needs{}, func(k *kit) {
		k.create(person("Eve", "taken@example.com"))
		emails, _ := flagged("a* b*")
		c := row(1, contacts.Info{
			Emails: emails, LabelKeys: []string{"custom.none"}, ExtendedFields: map[string]any{"custom.none": "x", keyVATID: 5},
			Locale: "en_US",
		})
		c.Source.SourceType = "FAX"
		taken := k.create(person("Bob")).ID
		for _, step := range []struct {
			want string
			mend func()
		}{
			{"INVALID_ARGUMENT: source.sourceType FORMAT ENUM, info.locale FORMAT LANGUAGE_TAG", func() {
				c.Source.SourceType, c.Info.Locale = "", ""
			}},
			{"CANNOT_HAVE_MULTIPLE_PRIMARY_INFO", func() { c.Info.Emails = nil }},
			{"EXTENDED_FIELD_NOT_FOUND", func() { delete(c.Info.ExtendedFields, "custom.none") }},
			{"INVALID_EXTENDED_FIELD_VALUE", func() { c.Info.ExtendedFields = nil }},
			{"LABEL_NOT_FOUND", func() { c.Info.LabelKeys = nil }},
			{"INSUFFICIENT_CONTACT_DATA", func() { c.Info.Emails = person("", "taken@example.com").Emails }},
			{"DUPLICATE_CONTACT_EXISTS", func() { c.Info.Emails = person("", "free@example.com").Emails }},
		} {
			got := strings.Join(refusals(imports(k, nil, c)), "\n")
			if !strings.HasPrefix(got, "1 "+step.want) {
				k.Fatalf("the refusal differs\nwant: 1 %s\ngot:  %s", step.want, got)
			}
			step.mend()
		}
		same(k, "counts", "1 0 0 0 of 1", importCounts(imports(k, nil, c)))
		same(k, "the same again", []string{"1 CONTACT_ID_ALREADY_EXISTS"}, refusals(imports(k, nil, c)))
		c.ID, c.Info = taken, person("Cyd", "taken@example.com")
		same(k, "the ID comes before duplicates", []string{"1 CONTACT_ID_ALREADY_EXISTS"}, refusals(imports(k, nil, c)))
	}},
	{"IMP-2 IDs that took part in a merge", Needs{}, func(k *kit) {
		eve := k.create(person("Eve"))
		ada := k.merge(k.create(person("Ada")), eve)
		k.remove(ada.ID)
		for _, id := range []uuid.UUID{eve.ID, ada.ID} {
			c := &contacts.Contact{ID: id, Info: person("Bob")}
			same(k, "refusals", []string{"1 CONTACT_ID_ALREADY_EXISTS"}, refusals(imports(k, nil, c)))
		}
	}},
	{"IMP-2 duplicates among the rows", Needs{}, func(k *kit) {
		rows := []*contacts.Contact{
			row(1, person("Ada", "ada@example.com")), row(2, person("Eve", "ADA@example.com")),
			row(3, caller("Ada", "US", numberUS+" x1")), row(4, caller("Eve", "US", numberUS+" x2")),
			row(5, caller("Bob", "US", numberUS2+" x1")), row(3, person("Cyd")),
		}
		for _, size := range []int{0, 1, 2} {
			report := imports(k, &contacts.ImportOptions{BatchSize: size}, rows...)
			same(k, "refusals", []string{
				"2 DUPLICATE_CONTACT_EXISTS", "5 DUPLICATE_CONTACT_EXISTS", "6 CONTACT_ID_ALREADY_EXISTS",
			}, refusals(report))
			for _, n := range []int{0, 2, 3} {
				k.remove(rows[n].ID)
			}
		}
		report := imports(k, &contacts.ImportOptions{AllowDuplicates: true}, rows[:5]...)
		same(k, "counts of allowed duplicates", "5 0 0 0 of 5", importCounts(report))
	}},
	{"IMP-3 the others continue", Needs{}, func(k *kit) {
		broken := errors.New("broken")
		line := &contacts.LineError{Line: 12, Err: &contacts.Error{Code: contacts.ErrInvalid}}
		rows := func(yield func(contacts.Row, error) bool) {
			_ = yield(contacts.Row{Contact: row(1, person("Ada")), Line: 3}, nil) &&
				yield(contacts.Row{Contact: row(2, contacts.Info{}), Line: 5}, nil) &&
				yield(contacts.Row{}, line) &&
				yield(contacts.Row{}, nil) &&
				yield(contacts.Row{Contact: row(3, person("Eve"))}, nil) &&
				yield(contacts.Row{}, broken) &&
				yield(contacts.Row{Contact: row(4, person("Bob"))}, nil)
		}
		report, err := k.importer().Import(k.ctx(), iter.Seq2[contacts.Row, error](rows), nil)
		check(k, "the error of the source is not returned", errors.Is(err, broken))
		same(k, "counts", "2 0 0 3 of 5", importCounts(report))
		same(k, "refusals", []string{
			"2 INSUFFICIENT_CONTACT_DATA", "3 INVALID_ARGUMENT", "4 INVALID_ARGUMENT: contact REQUIRED_FIELD",
		}, refusals(report))
		same(k, "the line of the first", 5, report.Errors[0].Line)
		same(k, "the ID of the first", someIDs(3)[2], report.Errors[0].ID)
		same(k, "the line of the second", 12, report.Errors[1].Line)
		k.get(someIDs(4)[3])
		k.gone(someIDs(5)[4])
	}},
	{"IMP-4 batches", Needs{}, func(k *kit) {
		var progress []string
		opts := &contacts.ImportOptions{BatchSize: 2, Progress: func(p contacts.ImportProgress) {
			progress = append(progress, fmt.Sprint(p.Imported, " of ", p.Rows))
		}}
		rows := []*contacts.Contact{row(1, person("Ada")), row(2, person("Eve")), row(3, person("Bob"))}
		same(k, "counts", "3 0 0 0 of 3", importCounts(imports(k, opts, rows...)))
		same(k, "progress", []string{"2 of 2", "3 of 3"}, progress)
		for size, want := range map[int]string{-1: "BatchSize MIN 0", 10_001: "BatchSize MAX 10000"} {
			k.tryImport(&contacts.ImportOptions{BatchSize: size}, rows...).invalid(k, want)
		}
	}},
	{"IMP-5 all or nothing", Needs{}, func(k *kit) {
		all := &contacts.ImportOptions{AllOrNothing: true, BatchSize: 1}
		rows := []*contacts.Contact{
			row(1, person("Ada")), row(2, contacts.Info{}), row(3, person("Eve")), row(4, contacts.Info{}),
		}
		r := k.tryImport(all, rows...)
		r.fails(k, contacts.ErrInsufficientData)
		same(k, "refusals", []string{"2 INSUFFICIENT_CONTACT_DATA", "4 INSUFFICIENT_CONTACT_DATA"}, refusals(r.value))
		same(k, "imported", 0, r.value.Imported)
		k.gone(rows[0].ID)
		same(k, "counts", "2 0 0 0 of 2", importCounts(imports(k, all, rows[0], rows[2])))
	}},
	{"IMP-6 statuses", Needs{}, func(k *kit) {
		c := row(1, person("Ada", "a@example.com", "b@example.com"))
		c.Info.Phones = []contacts.Phone{number("US", numberUS)}
		c.PrimaryEmail = contacts.PrimaryEmail{
			Email: "B@example.com", SubscriptionStatus: "SUBSCRIBED", DeliverabilityStatus: "BOUNCED",
		}
		c.PrimaryPhone = contacts.PrimaryPhone{E164: "+12015550123", SubscriptionStatus: "UNSUBSCRIBED"}
		imports(k, nil, c)
		got := k.get(c.ID)
		same(k, "primaryEmail", contacts.PrimaryEmail{
			Email: "a@example.com", SubscriptionStatus: "NOT_SET", DeliverabilityStatus: "NOT_SET",
		}, got.PrimaryEmail)
		same(k, "subscriptionStatus of the phone", contacts.SubscriptionUnsubscribed, got.PrimaryPhone.SubscriptionStatus)
		emails := got.Clone().Info.Emails
		got = k.update(got, contacts.Patch{Emails: contacts.Set(emails[1:])})
		same(k, "the other email", contacts.PrimaryEmail{
			Email: "b@example.com", SubscriptionStatus: "SUBSCRIBED", DeliverabilityStatus: "BOUNCED",
		}, got.PrimaryEmail)
		c = row(2, person("Eve", "eve@example.com"))
		c.PrimaryEmail = contacts.PrimaryEmail{Email: "none@example.com", SubscriptionStatus: "SUBSCRIBED"}
		refusesRow(k, nil, c, "INVALID_ARGUMENT: primaryEmail.email CUSTOM NOT_ON_CONTACT")
		c.PrimaryEmail = contacts.PrimaryEmail{SubscriptionStatus: "YES"}
		refusesRow(k, nil, c, "INVALID_ARGUMENT: primaryEmail.subscriptionStatus FORMAT ENUM")
	}},
	{"IMP-6 statuses in extended fields", Needs{}, func(k *kit) {
		c := row(1, person("Ada", "a@example.com"))
		c.Info.ExtendedFields = map[string]any{keySubscription: "PENDING", keyEffective: "A@example.com", keyByFirst: "x"}
		imports(k, nil, c)
		got := k.get(c.ID)
		same(k, "subscriptionStatus", contacts.SubscriptionPending, got.PrimaryEmail.SubscriptionStatus)
		same(k, keyByFirst, any("Ada"), got.Info.ExtendedFields[keyByFirst])
	}},
	{"IMP-7 system fields", Needs{}, func(k *kit) {
		c := row(1, person("Ada"))
		c.Info.ExtendedFields = map[string]any{
			keyPurchases: 3, keyMobile: "yes", keyMembership: "APPROVED", keyByLast: "x",
		}
		imports(k, nil, c)
		same(k, "extendedFields", map[string]any{
			keyPurchases: 3.0, keyMobile: "yes", keyByFirst: "Ada", keyByLast: "Ada",
		}, k.get(c.ID).Info.ExtendedFields)
	}},
	{"IMP-8 labels and fields that are not defined", Needs{}, func(k *kit) {
		c := row(1, person("Ada"))
		c.Info.LabelKeys = []string{"custom.imp", "app.imp"}
		c.Info.ExtendedFields = map[string]any{"custom.imp-text": "x", "custom.imp-number": 5, "custom.imp-empty": ""}
		refusesRow(k, nil, c, "EXTENDED_FIELD_NOT_FOUND")
		bad := row(2, contacts.Info{LabelKeys: []string{"custom.imp-other"}})
		report := imports(k, &contacts.ImportOptions{Define: true}, bad, c)
		same(k, "counts", "1 0 0 1 of 2", importCounts(report))
		same(k, "labels", []string{"custom.imp", "app.imp"}, report.Labels)
		slices.Sort(report.Fields)
		same(k, "fields", []string{"custom.imp-number", "custom.imp-text"}, report.Fields)
		l := of(k.api().GetLabel(k.ctx(), "app.imp")).ok(k)
		same(k, "the label", "app imp WIX_APP_DEFINED", fmt.Sprint(l.Namespace, " ", l.DisplayName, " ", l.LabelType))
		f := of(k.api().GetField(k.ctx(), "custom.imp-number")).ok(k)
		same(k, "dataType", contacts.DataNumber, f.DataType)
		of(k.api().GetLabel(k.ctx(), "custom.imp-other")).fails(k, contacts.ErrLabelNotFound)
		c = row(3, person("Eve"))
		c.Info.LabelKeys = []string{"no key"}
		same(k, "refusals", []string{"1 LABEL_NOT_FOUND"}, refusals(imports(k, &contacts.ImportOptions{Define: true}, c)))
	}},
	{"IMP-8 quotas", with(func(o *contacts.Options) { o.LabelQuota, o.FieldQuota = 1, 1 }), func(k *kit) {
		a, b := row(1, person("Ada")), row(2, person("Ada"))
		a.Info.LabelKeys = []string{"custom.a", "custom.b"}
		b.Info.ExtendedFields = map[string]any{"custom.a": "x", "custom.b": "x"}
		same(k, "refusals", []string{"1 LABELS_QUOTA_REACHED", "2 FIELDS_QUOTA_EXCEEDED"},
			refusals(imports(k, &contacts.ImportOptions{Define: true}, a, b)))
	}},
	{"IMP-10 rows about contacts that are there", Needs{}, func(k *kit) {
		info := person("Ada", "ada@example.com")
		info.Company = "Acorn"
		k.create(info)
		richer := person("Ada", "ada@example.com", "more@example.com")
		richer.Company, richer.JobTitle = "Birch", "Baker"
		at := contacts.Eq("primaryInfo.email", "ada@example.com")
		for _, step := range []struct {
			existing contacts.Existing
			counts   string
			want     string // company, job title, number of emails, revision
		}{
			{"", "0 0 0 1 of 1", "Acorn  1 1"},
			{contacts.ExistingRefuse, "0 0 0 1 of 1", "Acorn  1 1"},
			{contacts.ExistingSkip, "0 0 1 0 of 1", "Acorn  1 1"},
			{contacts.ExistingMerge, "0 1 0 0 of 1", "Acorn Baker 2 2"},
			{contacts.ExistingMerge, "0 0 1 0 of 1", "Acorn Baker 2 2"},
			{contacts.ExistingUpdate, "0 1 0 0 of 1", "Birch Baker 2 3"},
			{contacts.ExistingUpdate, "0 0 1 0 of 1", "Birch Baker 2 3"},
		} {
			report := imports(k, &contacts.ImportOptions{Existing: step.existing}, &contacts.Contact{Info: richer})
			same(k, "counts with "+string(step.existing), step.counts, importCounts(report))
			c := one(k, at)
			got := fmt.Sprint(c.Info.Company, " ", c.Info.JobTitle, " ", len(c.Info.Emails), " ", c.Revision)
			same(k, "the contact with "+string(step.existing), step.want, got)
		}
		k.tryImport(&contacts.ImportOptions{Existing: "KEEP"}).invalid(k, "Existing FORMAT ENUM")
	}},
	{"IMP-10 rows about earlier rows, objections and duplicates", Needs{}, func(k *kit) {
		sub := func(n int, status contacts.SubscriptionStatus) *contacts.Contact {
			c := &contacts.Contact{Info: person("Ada", "ada@example.com")}
			c.PrimaryEmail = contacts.PrimaryEmail{Email: "ada@example.com", SubscriptionStatus: status}
			return c
		}
		merge := &contacts.ImportOptions{Existing: contacts.ExistingMerge}
		report := imports(k, merge, sub(1, contacts.SubscriptionSubscribed), sub(2, contacts.SubscriptionUnsubscribed))
		same(k, "counts", "1 1 0 0 of 2", importCounts(report))
		at := contacts.Eq("primaryInfo.email", "ada@example.com")
		same(k, "the objection wins", contacts.SubscriptionUnsubscribed, one(k, at).PrimaryEmail.SubscriptionStatus)
		imports(k, merge, sub(3, contacts.SubscriptionSubscribed))
		same(k, "the objection stays", contacts.SubscriptionUnsubscribed, one(k, at).PrimaryEmail.SubscriptionStatus)
		bob := k.create(contacts.Info{Name: contacts.Name{First: "Bob"}})
		c := &contacts.Contact{ID: bob.ID, Info: person("Bob", "ada@example.com")}
		same(k, "refusals", []string{"1 DUPLICATE_CONTACT_EXISTS"}, refusals(imports(k, merge, c)))
	}},
	{"IMP-11 a field with the ID of another system", Needs{}, func(k *kit) {
		uid := k.newField("IMP UID", contacts.DataText)
		with := func(first, uidValue string, emails ...string) *contacts.Contact {
			info := person(first, emails...)
			info.ExtendedFields = map[string]any{uid: uidValue}
			return &contacts.Contact{Info: info}
		}
		opts := &contacts.ImportOptions{UIDField: uid, Existing: contacts.ExistingUpdate}
		ada, eve := with("Ada", "1", "a@example.com"), with("Eve", "2", "e@example.com")
		same(k, "counts", "2 0 0 0 of 2", importCounts(imports(k, opts, ada, eve)))
		same(k, "counts", "0 1 0 0 of 1", importCounts(imports(k, opts, with("Eva", "2", "a@example.com"))))
		same(k, "the name", "Eva", one(k, contacts.Eq("info.extendedFields."+uid, "2")).Info.Name.First)
		first, again := with("Bob", "3"), with("Bob", "4")
		first.ID, again.ID = someIDs(8)[7], someIDs(8)[7]
		counts := importCounts(imports(k, opts, first, again, with("Cyd", "3")))
		same(k, "counts after a row has replaced the value", "2 1 0 0 of 3", counts)
		k.hold() // Progress calls the same implementation as Import
		opts.BatchSize = 1
		opts.Progress = func(p contacts.ImportProgress) {
			if p.Rows == 1 {
				k.create(with("Dan", "6").Info)
			}
		}
		report := imports(k, opts, with("Fay", "5"), with("Danny", "6"), with("Faye", "5"))
		same(k, "counts beside another writer", "1 2 0 0 of 3", importCounts(report))
		k.release()
		opts.Existing, opts.Progress = "", nil
		same(k, "refusals", []string{"1 CONTACT_ID_ALREADY_EXISTS"}, refusals(imports(k, opts, with("Eve", "2"))))
		k.tryImport(&contacts.ImportOptions{UIDField: keyByFirst}).invalid(k, "UIDField CUSTOM NOT_SETTABLE")
	}},
	{"IMP-12 which contact a row is about", Needs{}, func(k *kit) {
		named := func(first, last string, emails ...string) contacts.Info {
			info := person(first, emails...)
			info.Name.Last = last
			return info
		}
		ada := k.create(named("Ada", "Byron", "first@example.com", "ada@example.com"))
		eve, bob := k.create(named("Eve", "Day", "office@example.com")), k.create(named("Bob", "Day", "office@example.com"))
		phone := k.create(caller("Cyd", "US", numberUS))
		old := k.create(person("Old"))
		ada = k.merge(ada, old)
		update := &contacts.ImportOptions{Existing: contacts.ExistingUpdate, AllowDuplicates: true}
		about := func(what string, want *contacts.Contact, c *contacts.Contact) {
			k.Helper()
			c.Info.JobTitle = what
			report := imports(k, update, c)
			if want == nil {
				same(k, what, "1 0 0 0 of 1", importCounts(report))
				k.remove(one(k, contacts.Eq("info.jobTitle", what)).ID)
				return
			}
			same(k, what, "0 1 0 0 of 1", importCounts(report))
			same(k, what, want.ID, one(k, contacts.Eq("info.jobTitle", what)).ID)
		}
		about("by ID", eve, &contacts.Contact{ID: eve.ID, Info: named("Ada", "Byron", "ada@example.com")})
		about("by an ID that was merged away", ada, &contacts.Contact{ID: old.ID, Info: person("Ada")})
		about("by an email", ada, &contacts.Contact{Info: named("Ada", "Byron", "ADA@example.com")})
		about("by the email of someone else", nil, &contacts.Contact{Info: named("Zoe", "Fox", "ada@example.com")})
		gus := k.create(named("Gus", "Lee", "gus@example.com"))
		about("by a lone email", gus, &contacts.Contact{Info: named("Gus", "Day", "gus@example.com")})
		about("by the email of a relative", nil, &contacts.Contact{Info: named("Ida", "Lee", "gus@example.com")})
		about("by a lone email of someone else", nil, &contacts.Contact{Info: named("Ida", "Day", "gus@example.com")})
		for range 6 {
			k.create(caller("Hal", "US", "646-567-6359"))
		}
		about("by a phone that six have", nil, &contacts.Contact{Info: caller("Hal", "US", "646-567-6359")})
		about("by the email of two", bob, &contacts.Contact{Info: named("Bob", "Day", "office@example.com")})
		about("by the email of two without a name", nil, &contacts.Contact{Info: person("", "office@example.com")})
		about("by a phone", phone, &contacts.Contact{Info: caller("Cyd", "US", numberUS2)})
		about("by the phone of someone else", nil, &contacts.Contact{Info: caller("Zoe", "US", numberUS2)})
	}},
	{"IMP-13 a dry run", Needs{}, func(k *kit) {
		k.create(person("Ada", "ada@example.com"))
		rows := []*contacts.Contact{row(1, person("Eve")), row(2, contacts.Info{}), row(3, person("Ada", "ada@example.com"))}
		rows[0].Info.LabelKeys = []string{"custom.imp-dry"}
		opts := &contacts.ImportOptions{Define: true, Existing: contacts.ExistingMerge, DryRun: true}
		report := imports(k, opts, rows...)
		same(k, "counts", "1 0 1 1 of 3", importCounts(report))
		k.gone(rows[0].ID)
		of(k.api().GetLabel(k.ctx(), "custom.imp-dry")).fails(k, contacts.ErrLabelNotFound)
		opts.DryRun = false
		same(k, "counts of the real import", importCounts(report), importCounts(imports(k, opts, rows...)))
	}},
}
