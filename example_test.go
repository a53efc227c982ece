package contacts_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func Example() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	defer s.Close()

	c := must(s.Create(ctx, contacts.Info{
		Name:   contacts.Name{First: "Ada", Last: "Byron"},
		Emails: []contacts.Email{{Address: "ada@example.com"}},
		Phones: []contacts.Phone{{Number: "(646) 567-6359", CountryCode: "US"}},
	}, nil))
	c = must(s.Update(ctx, c.ID, c.Revision, contacts.Patch{JobTitle: contacts.Set("Analyst")}, nil))

	for v := range s.Snapshot().ByPhone("+16465676359") {
		fmt.Println(v.Name().First, v.JobTitle(), v.PrimaryPhone().Formatted, v.Revision())
	}
	// Output: Ada Analyst +1 646-567-6359 2
}

func ExampleStore_Create_violations() {
	s := must(contacts.New(nil))
	_, err := s.Create(context.Background(), contacts.Info{
		Emails:    []contacts.Email{{Address: "ada@example.com"}, {Address: "not an address"}},
		Birthdate: "2023-02-29",
	}, nil)

	e, _ := errors.AsType[*contacts.Error](err)
	fmt.Println(e.Code)
	for _, v := range e.Violations {
		fmt.Println(v.Field, v.Rule, v.Format)
	}
	// Output:
	// INVALID_ARGUMENT
	// info.emails.items[1].email FORMAT EMAIL
	// info.birthdate FORMAT LOCAL_DATE
}

func ExampleStore_Create_duplicate() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	ada := contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}}
	first := must(s.Create(ctx, ada, nil))

	_, err := s.Create(ctx, ada, nil)
	if d, ok := errors.AsType[*contacts.DuplicateError](err); ok {
		fmt.Println(contacts.CodeOf(err), d.ID == first.ID)
	}
	_, err = s.Create(ctx, ada, &contacts.CreateOptions{AllowDuplicates: true})
	fmt.Println(err)
	// Output:
	// DUPLICATE_CONTACT_EXISTS true
	// <nil>
}

func ExampleStore_Update_conflict() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	c := must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))
	must(s.Update(ctx, c.ID, c.Revision, contacts.Patch{Company: contacts.Set("Engines")}, nil)) // someone else

	patch := contacts.Patch{JobTitle: contacts.Set("Analyst")}
	_, err := s.Update(ctx, c.ID, c.Revision, patch, nil)
	for errors.Is(err, contacts.ErrAlreadyChanged) {
		fmt.Println(contacts.CodeOf(err))
		c = must(s.Get(ctx, c.ID, nil))
		c, err = s.Update(ctx, c.ID, c.Revision, patch, nil)
	}
	fmt.Println(c.Info.Company, c.Info.JobTitle, c.Revision)
	// Output:
	// CONTACT_ALREADY_CHANGED
	// Engines Analyst 3
}

func ExampleStore_Get_projection() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	c := must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}, Company: "Engines", Locale: "en-GB"}, nil))

	c = must(s.Get(ctx, c.ID, &contacts.GetOptions{
		Fields:    []string{"info.locale"},
		Fieldsets: []contacts.Fieldset{contacts.FieldsetBasic},
	}))
	fmt.Printf("%q %q %q\n", c.Info.Name.First, c.Info.Locale, c.Info.Company)
	// Output: "Ada" "en-gb" ""
}

// A fixture shared by parallel tests: it is made once, and each test writes to a fork of its own.
func ExampleStore_Fork() {
	ctx := context.Background()
	fixture := must(contacts.New(nil))
	ada := must(fixture.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))

	tests := []func(s *contacts.Store) error{ // each would call t.Parallel
		func(s *contacts.Store) error { return s.Delete(ctx, ada.ID) },
		func(s *contacts.Store) error {
			_, err := s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Bob"}}, nil)
			return err
		},
	}
	for _, test := range tests {
		fork := fixture.Fork() // constant time, independent of the size
		fmt.Println(test(fork), fork.Snapshot().Len())
	}
	fmt.Println("fixture:", fixture.Snapshot().Len())
	// Output:
	// <nil> 0
	// <nil> 2
	// fixture: 1
}

// OnFork gives each fork a copy of a counter, so that all tests see the same IDs. Package contactstest does this, too.
func ExampleStore_Fork_equalIDs() {
	ctx := context.Background()
	var counting func(last uint64) *contacts.Options
	counting = func(last uint64) *contacts.Options {
		var n atomic.Uint64
		n.Store(last)
		return &contacts.Options{
			NewID:  func() uuid.UUID { return uuid.MustParse(fmt.Sprintf("00000000-0000-4000-8000-%012x", n.Add(1))) },
			OnFork: func(fork *contacts.Options) { *fork = *counting(n.Load()) },
		}
	}
	fixture := must(contacts.New(counting(0)))
	for range 2 {
		ada := must(fixture.Fork().Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))
		fmt.Println(ada.ID)
	}
	// Output:
	// 00000000-0000-4000-8000-000000000001
	// 00000000-0000-4000-8000-000000000001
}

func ExampleStore_Snapshot() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	before := s.Snapshot()
	must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))

	fmt.Println(before.Len(), s.Snapshot().Len())
	for v := range s.Snapshot().All() {
		fmt.Println(v.Name().First)
	}
	// Output:
	// 0 1
	// Ada
}

func ExampleStore_Label() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	c := must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))

	vip, made, err := s.FindOrCreateLabel(ctx, "VIP Customer")
	fmt.Println(vip.Key, made, err)
	c = must(s.Label(ctx, c.ID, vip.Key, "contacts.customers"))
	fmt.Println(c.Info.LabelKeys, c.Revision)

	if err := s.DeleteLabel(ctx, vip.Key); err != nil {
		panic(err)
	}
	c = must(s.Get(ctx, c.ID, nil))
	fmt.Println(c.Info.LabelKeys, c.Revision)
	// Output:
	// custom.vip-customer true <nil>
	// [custom.vip-customer contacts.customers] 2
	// [contacts.customers] 3
}

func ExampleStore_Unlabel() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	c := must(s.Create(ctx, contacts.Info{
		Name: contacts.Name{First: "Ada"}, LabelKeys: []string{"contacts.customers", "contacts.contacted-me"},
	}, nil))
	c = must(s.Unlabel(ctx, c.ID, "contacts.customers"))
	fmt.Println(c.Info.LabelKeys)
	_, err := s.Unlabel(ctx, c.ID, "custom.unknown")
	fmt.Println(contacts.CodeOf(err))
	// Output:
	// [contacts.contacted-me]
	// LABEL_NOT_FOUND
}

func ExampleStore_FindOrCreateField() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	age, _, err := s.FindOrCreateField(ctx, "Age", contacts.DataNumber)
	if err != nil {
		panic(err)
	}
	c := must(s.Create(ctx, contacts.Info{
		Name:           contacts.Name{First: "Ada"},
		ExtendedFields: map[string]any{age.Key: 36},
	}, nil))
	fmt.Println(age.Key, c.Info.ExtendedFields[age.Key])

	_, err = s.Update(ctx, c.ID, c.Revision, contacts.Patch{SetFields: map[string]any{age.Key: "old"}}, nil)
	fmt.Println(contacts.CodeOf(err))
	// Output:
	// custom.age 36
	// INVALID_EXTENDED_FIELD_VALUE
}

func ExampleStore_SetMember() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	c := must(s.Create(ctx, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}}, nil))
	c = must(s.SetMember(ctx, c.ID, &contacts.Member{MemberID: c.ID, Status: contacts.MemberActive}))
	fmt.Println(c.Info.ExtendedFields["members.membershipStatus"])

	_, err := s.Update(ctx, c.ID, c.Revision, contacts.Patch{
		Emails: contacts.Set([]contacts.Email{{Address: "byron@example.com"}}),
	}, nil)
	fmt.Println(contacts.CodeOf(err))
	fmt.Println(contacts.CodeOf(s.Delete(ctx, c.ID)))
	// Output:
	// APPROVED
	// CANNOT_UPDATE_MEMBER_EMAIL
	// CANNOT_DELETE_MEMBER
}

func ExampleStore_SetSubscription() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	c := must(s.Create(ctx, contacts.Info{
		Emails: []contacts.Email{{Address: "ada@example.com"}, {Address: "work@example.com"}},
	}, nil))
	c = must(s.SetSubscription(ctx, c.ID, "work@example.com", contacts.SubscriptionUnsubscribed))
	fmt.Println(c.PrimaryEmail.SubscriptionStatus)

	emails := c.Info.Emails
	emails[0].Primary, emails[1].Primary = false, true
	c = must(s.Update(ctx, c.ID, c.Revision, contacts.Patch{Emails: contacts.Set(emails)}, nil))
	fmt.Println(c.PrimaryEmail.Email, c.PrimaryEmail.SubscriptionStatus)
	// Output:
	// NOT_SET
	// work@example.com UNSUBSCRIBED
}

func ExampleStore_RecordActivity() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	c := must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))
	c = must(s.RecordActivity(ctx, c.ID, contacts.ActivityFormSubmitted, time.Time{}))
	fmt.Println(c.LastActivity.ActivityType)
	// Output: FORM_SUBMITTED
}

func ExampleOptions() {
	opts := &contacts.Options{
		Now:    func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		Region: "ZZ", // recognises numbers in international form
	}
	s := must(contacts.New(opts))
	c := must(s.Create(context.Background(), contacts.Info{Phones: []contacts.Phone{{Number: "+44 20 7946 0018"}}}, nil))
	fmt.Println(c.CreatedDate, c.PrimaryPhone.E164)
	// Output: 2026-01-02 03:04:05 +0000 UTC +442079460018
}

func ExampleInfo_json() {
	var info contacts.Info
	err := json.Unmarshal([]byte(`{
		"name": {"first": "Ada"},
		"phones": {"items": [{"phone": "646-567-6359", "countryCode": "US"}]}
	}`), &info)
	fmt.Println(info.Name.First, info.Phones[0].Number, err)

	err = json.Unmarshal([]byte(`{"phones": {"items": [{"phone": 6465676359}]}}`), &info)
	e, _ := errors.AsType[*contacts.Error](err)
	fmt.Println(e.Violations[0].Field, e.Violations[0].Format)
	// Output:
	// Ada 646-567-6359 <nil>
	// info.phones.items[0].phone STRING
}

func ExampleStore_Merge() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	ada := must(s.Create(ctx, contacts.Info{
		Name: contacts.Name{First: "Ada"}, Emails: []contacts.Email{{Address: "ada@example.com"}}, Company: "Engines",
	}, nil))
	twin := must(s.Create(ctx, contacts.Info{
		Emails:  []contacts.Email{{Address: "ada.byron@example.org"}, {Address: "ADA@example.com"}},
		Company: "Looms", JobTitle: "Analyst",
	}, nil))

	c := must(s.Merge(ctx, ada.ID, ada.Revision, []uuid.UUID{twin.ID}, nil))
	for _, e := range c.Info.Emails {
		fmt.Println(e.Address, e.Primary)
	}
	fmt.Println(c.Info.Company, c.Info.JobTitle)

	c = must(s.Get(ctx, twin.ID, nil)) // the old ID
	fmt.Println(c.ID == ada.ID)
	_, err := s.Update(ctx, twin.ID, c.Revision, contacts.Patch{Company: contacts.Set("")}, nil)
	fmt.Println(contacts.CodeOf(err))
	// Output:
	// ada@example.com true
	// ada.byron@example.org false
	// Engines Analyst
	// true
	// CONTACT_NOT_FOUND
}

func ExampleStore_PreviewMerge() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	ada := must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}, Company: "Engines"}, nil))
	twin := must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}, Company: "Looms", JobTitle: "Analyst"}, nil))

	plan := must(s.PreviewMerge(ctx, ada.ID, []uuid.UUID{twin.ID}))
	for _, e := range plan.Account {
		if e.From == twin.ID && e.Reason != contacts.ComputedAgain {
			fmt.Printf("%s %s %q\n", e.Field, e.Outcome, e.Reason)
		}
	}
	fmt.Println(plan.Err())

	must(s.RecordActivity(ctx, twin.ID, contacts.ActivityMemberLogin, time.Time{})) // the world moves on
	_, err := s.Merge(ctx, ada.ID, ada.Revision, []uuid.UUID{twin.ID}, &contacts.MergeOptions{Plan: plan.Fingerprint})
	fmt.Println(contacts.CodeOf(err))
	// Output:
	// info.name ALREADY_THERE ""
	// info.company DROPPED "TARGET_HAS_VALUE"
	// info.jobTitle ADDED ""
	// <nil>
	// MERGE_PLAN_OUTDATED
}

func ExampleStore_Resolve() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	var ids []uuid.UUID
	for _, name := range []string{"A", "B", "C"} {
		ids = append(ids, must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: name}}, nil)).ID)
	}
	must(s.Merge(ctx, ids[1], 1, ids[:1], nil))  // A into B
	must(s.Merge(ctx, ids[2], 1, ids[1:2], nil)) // B into C

	r := must(s.Resolve(ctx, ids[0]))
	fmt.Println(r.ID == ids[2], len(r.Path))
	// Output: true 3
}

func ExampleStore_Follow() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := must(contacts.New(nil))
	c := must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))
	start := s.Snapshot()
	must(s.Update(ctx, c.ID, 1, contacts.Patch{Company: contacts.Set("Engines")}, nil))
	if err := s.Delete(ctx, c.ID); err != nil {
		panic(err)
	}

	for commit, err := range s.Follow(ctx, start.Position()) {
		if err != nil {
			fmt.Println(err)
			break
		}
		for _, change := range commit.Changes {
			fmt.Println(commit.Position, change.Kind, change.Before.Name().First)
			if change.Kind == contacts.ContactDeleted {
				cancel()
			}
		}
	}
	// Output:
	// 2 contact_updated Ada
	// 3 contact_deleted Ada
	// contacts: context canceled
}

func ExampleCommit_Events() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	if _, _, err := s.FindOrCreateLabel(ctx, "VIP"); err != nil {
		panic(err)
	}
	for commit := range s.Follow(ctx, 0) {
		for e := range commit.Events() {
			fmt.Println(e.Type, e.EntityID, e.Sequence)
		}
		break
	}
	// Output: wix.contacts.v4.label_created custom.vip 1
}

func ExampleStore_RenameLabel() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	vip, _, err := s.FindOrCreateLabel(ctx, "VIP")
	if err != nil {
		panic(err)
	}
	vip = must(s.RenameLabel(ctx, vip.Key, "Very Important"))
	fmt.Println(vip.Key, vip.DisplayName)
	_, err = s.RenameLabel(ctx, "contacts.customers", "Clients")
	fmt.Println(contacts.CodeOf(err))
	for l := range s.Snapshot().Labels() {
		fmt.Println(l.Key)
	}
	// Output:
	// custom.vip Very Important
	// SYSTEM_LABEL_READ_ONLY
	// custom.vip
	// contacts.customers
	// contacts.contacted-me
}

func ExampleStore_DeleteField() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	shoe, _, err := s.FindOrCreateField(ctx, "Shoe size", contacts.DataNumber)
	if err != nil {
		panic(err)
	}
	c := must(s.Create(ctx, contacts.Info{
		Name: contacts.Name{First: "Ada"}, ExtendedFields: map[string]any{shoe.Key: 38},
	}, nil))
	shoe = must(s.RenameField(ctx, shoe.Key, "EU shoe size"))
	if err := s.DeleteField(ctx, shoe.Key); err != nil {
		panic(err)
	}
	c = must(s.Get(ctx, c.ID, nil))
	fmt.Println(c.Info.ExtendedFields[shoe.Key], c.Revision)
	// Output: <nil> 2
}

func ExampleStore_SetDeliverability() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	c := must(s.Create(ctx, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}}, nil))
	c = must(s.SetDeliverability(ctx, c.ID, "ada@example.com", contacts.EmailDeliverabilityBounced))
	fmt.Println(c.PrimaryEmail.DeliverabilityStatus, c.Info.ExtendedFields["emailSubscriptions.deliverabilityStatus"])
	// Output: BOUNCED BOUNCED
}

func ExampleStore_SetSystemFields() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	c := must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))
	c = must(s.SetSystemFields(ctx, c.ID, map[string]any{"ecom.numOfPurchases": 3}))
	c = must(s.Update(ctx, c.ID, c.Revision, contacts.Patch{
		ExtendedFields: contacts.Set(map[string]any{"ecom.numOfPurchases": 99}), // ignored: callers cannot write it
	}, nil))
	fmt.Println(c.Info.ExtendedFields["ecom.numOfPurchases"])
	// Output: 3
}

func ExampleStore_SetBillingSubscription() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	c := must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))
	c = must(s.SetBillingSubscription(ctx, c.ID, true))
	fmt.Println(contacts.CodeOf(s.Delete(ctx, c.ID)))
	// Output: CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION
}

func ExamplePatch_Masked() {
	patch := contacts.Patch{Company: contacts.Set("Engines"), JobTitle: contacts.Set("Analyst")}
	masked := patch.Masked([]string{"info.company", "info.locale"})
	text, err := json.Marshal(masked)
	fmt.Println(string(text), err)
	// Output: {"company":"Engines","locale":""} <nil>
}

// A harness checks after each step that everything still holds, and compares two stores in one call.
func ExampleSnapshot_Check() {
	ctx := context.Background()
	s := must(contacts.New(&contacts.Options{SelfCheck: true})) // alternatively, each write checks the store and fails at a fault
	must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))
	fmt.Println("check:", s.Snapshot().Check())

	other := s.Fork()
	fmt.Println("same contents:", s.Snapshot().Digest() == other.Snapshot().Digest())
	must(other.Create(ctx, contacts.Info{Name: contacts.Name{First: "Bob"}}, nil))
	fmt.Println("same contents:", s.Snapshot().Digest() == other.Snapshot().Digest())
	// Output:
	// check: <nil>
	// same contents: true
	// same contents: false
}

// queryable opens a store with four people, two with a label.
func queryable(ctx context.Context) (s *contacts.Store, vip string) {
	s, err := contacts.New(nil)
	check(err)
	label, _, err := s.FindOrCreateLabel(ctx, "VIP")
	check(err)
	for _, p := range []struct {
		first, company string
		labels         []string
	}{
		{"Ada", "Acorn", []string{label.Key}},
		{"Bo", "", nil},
		{"Chidi", "Birch", []string{label.Key}},
		{"Dana", "Acorn", nil},
	} {
		_, err := s.Create(ctx, contacts.Info{
			Name: contacts.Name{First: p.first}, Company: p.company, LabelKeys: p.labels,
			Emails: []contacts.Email{{Address: p.first + "@example.com"}},
		}, nil)
		check(err)
	}
	return s, label.Key
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func ExampleSnapshot_Find() {
	s, vip := queryable(context.Background())
	found, err := s.Snapshot().Find(contacts.Query{
		Filter: contacts.Or(
			contacts.Eq("info.emails.email", "dana@EXAMPLE.com"),
			contacts.HasSome("info.labelKeys", vip),
		),
		Sort: []contacts.Sort{{Field: "info.name.first", Order: contacts.SortDesc}},
	})
	check(err)
	for v := range found {
		fmt.Println(v.Name().First, v.Company())
	}
	// Output:
	// Dana Acorn
	// Chidi Birch
	// Ada Acorn
}

// People finds contacts while a user types. The best matches come first.
func ExampleQuery_people() {
	ctx := context.Background()
	s, err := contacts.New(&contacts.Options{Region: "US"})
	check(err)
	for _, info := range []contacts.Info{
		{Name: contacts.Name{First: "Jonas"}, Emails: []contacts.Email{{Address: "jonas@mueller.example"}}},
		{Name: contacts.Name{First: "Ines"}, Company: "Müller & Söhne", Phones: []contacts.Phone{{Number: "(212) 555-0101"}}},
		{Name: contacts.Name{First: "Jean-Luc", Last: "Müllerson"}},
		{Name: contacts.Name{First: "Greta", Last: "MÜLLER"}},
	} {
		_, err := s.Create(ctx, info, nil)
		check(err)
	}
	for _, text := range []string{"muller", "luc mü", "sohne ines", "212 555", "jonas@mu", "mueller"} {
		found, err := s.Snapshot().Find(contacts.Query{People: text})
		check(err)
		fmt.Print(text, ":")
		for v := range found {
			fmt.Print(" ", v.Name().First)
		}
		fmt.Println()
	}
	// Output:
	// muller: Greta Jean-Luc Ines
	// luc mü: Jean-Luc
	// sohne ines: Ines
	// 212 555: Ines
	// jonas@mu: Jonas
	// mueller: Jonas
}

// A filter may come from a client, as JSON in the query language of the service.
func ExampleParseFilter() {
	s, _ := queryable(context.Background())
	filter, err := contacts.ParseFilter([]byte(`{"info.company": "Acorn", "info.name.first": {"$ne": "Ada"}}`))
	check(err)
	n, err := s.Snapshot().Count(contacts.Query{Filter: filter})
	fmt.Println(n, err)

	filter, err = contacts.ParseFilter([]byte(`{"info.labelKeys": {"$startsWith": "custom."}}`))
	check(err) // fields and operators are checked where the filter is used
	_, err = s.Snapshot().Count(contacts.Query{Filter: filter})
	fmt.Println(contacts.CodeOf(err))
	if q, ok := errors.AsType[*contacts.QueryError](err); ok {
		fmt.Println(q.Field, q.Operator)
	}
	// Output:
	// 1 <nil>
	// UNSUPPORTED_FILTER_OPERATOR
	// info.labelKeys $startsWith
}

func ExampleFilter_MarshalJSON() {
	text, err := contacts.And(
		contacts.In("primaryEmail.subscriptionStatus", contacts.SubscriptionPending, contacts.SubscriptionSubscribed),
		contacts.Gte("createdDate", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)),
	).MarshalJSON()
	fmt.Println(string(text), err)
	// Output:
	// {"$and":[{"primaryEmail.subscriptionStatus":{"$in":["PENDING","SUBSCRIBED"]}},{"createdDate":{"$gte":"2026-01-01T00:00:00Z"}}]} <nil>
}

func ExampleSnapshot_Explain() {
	s, vip := queryable(context.Background())
	for _, f := range []contacts.Filter{
		contacts.Eq("primaryInfo.email", "ada@example.com"),
		contacts.And(contacts.Eq("info.company", "Acorn"), contacts.HasSome("info.labelKeys", vip)),
		contacts.Eq("info.company", "Acorn"),
	} {
		plan, err := s.Snapshot().Explain(contacts.Query{Filter: f})
		fmt.Println(plan.Index, plan.Rows, err)
	}
	// Output:
	// email 1 <nil>
	// label 2 <nil>
	// created 4 <nil>
}

// A cursor continues after the last contact of a page, even if the store has changed since.
func ExampleStore_List() {
	ctx := context.Background()
	s, _ := queryable(ctx)
	opts := &contacts.ListOptions{Limit: 3, Fieldsets: []contacts.Fieldset{contacts.FieldsetBasic}}
	for {
		page, err := s.List(ctx, contacts.Query{}, opts)
		check(err)
		for _, c := range page.Items {
			fmt.Println(c.Info.Name.First, "of", page.Total)
		}
		if !page.HasNext {
			break
		}
		check(s.Delete(ctx, page.Items[0].ID)) // an offset would now skip a contact
		opts.Cursor = page.Next
	}
	// Output:
	// Ada of 4
	// Bo of 4
	// Chidi of 4
	// Dana of 3
}

func ExampleStore_ParsePhone() {
	s, err := contacts.New(nil)
	check(err)
	fmt.Println(s.ParsePhone("(646) 567-6359", "US"))
	// Output: +16465676359 +1 646-567-6359
}

func ExampleStore_ListLabels() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	defer s.Close()
	for _, name := range []string{"VIP", "At risk", "Active"} {
		_, _, err := s.FindOrCreateLabel(ctx, name)
		must(0, err)
	}

	page := must(s.ListLabels(ctx, contacts.LabelQuery{
		Filter: contacts.StartsWith("displayName", "a"),
		Sort:   []contacts.Sort{{Field: "displayName"}},
	}, nil))
	for _, l := range page.Items {
		fmt.Println(l.Key, l.DisplayName)
	}
	fmt.Println(page.Total, page.HasNext)
	// Output:
	// custom.active Active
	// custom.at-risk At risk
	// 2 false
}

func ExampleStore_ListFields() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	defer s.Close()
	_, _, err := s.FindOrCreateField(ctx, "Shoe size", contacts.DataNumber)
	must(0, err)

	page := must(s.ListFields(ctx, contacts.FieldQuery{
		Filter: contacts.Eq("dataType", contacts.DataNumber),
	}, &contacts.PageOptions{Limit: 2}))
	for _, f := range page.Items {
		fmt.Println(f.Key, f.FieldType)
	}
	fmt.Println(page.Total, page.HasNext)
	// Output:
	// custom.shoe-size USER_DEFINED
	// ecom.numOfPurchases SYSTEM
	// 3 true
}

func ExampleStore_Facets() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	defer s.Close()
	vip, _, err := s.FindOrCreateLabel(ctx, "VIP")
	must(0, err)
	ada := must(s.Create(ctx, contacts.Info{
		Emails: []contacts.Email{{Address: "ada@example.com"}}, LabelKeys: []string{vip.Key},
	}, nil))
	must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Bob"}}, nil))
	must(s.SetSubscription(ctx, ada.ID, "ada@example.com", contacts.SubscriptionSubscribed))

	facets := must(s.Facets(ctx, contacts.Filter{}, nil)).Items
	for _, f := range facets {
		if f.Count > 0 {
			fmt.Println(f.DisplayName, f.Count)
		}
	}
	fmt.Println(string(must(json.Marshal(facets[1].Filter))))
	for v := range must(s.Snapshot().Find(contacts.Query{Filter: facets[1].Filter})) {
		fmt.Println(v.PrimaryEmail().Email)
	}
	// Output:
	// All Contacts 2
	// VIP 1
	// Subscribed 1
	// {"info.labelKeys":{"$hasSome":["custom.vip"]}}
	// ada@example.com
}

func ExampleStore_Import() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	var people []*contacts.Contact
	for _, info := range []contacts.Info{
		{Name: contacts.Name{First: "Ada"}, Emails: []contacts.Email{{Address: "ada@example.com"}}},
		{Name: contacts.Name{First: "Bo"}, Emails: []contacts.Email{{Address: "bo"}}, Birthdate: "1990-02-30"},
		{Name: contacts.Name{First: "Cy"}, LabelKeys: []string{"custom.vip"}},
		{Name: contacts.Name{First: "Ada"}, Emails: []contacts.Email{{Address: "Ada@example.com"}}},
	} {
		people = append(people, &contacts.Contact{Info: info})
	}

	report := must(s.Import(ctx, contacts.Rows(slices.Values(people)), nil))
	fmt.Println("imported", report.Imported, "of", report.Rows)
	for _, refused := range report.Errors {
		fmt.Println("row", refused.Row, contacts.CodeOf(refused))
		if e, ok := errors.AsType[*contacts.Error](refused); ok {
			for _, v := range e.Violations {
				fmt.Println(" ", v.Field, v.Rule, v.Format)
			}
		}
	}
	// Output:
	// imported 1 of 4
	// row 2 INVALID_ARGUMENT
	//   info.emails.items[0].email FORMAT EMAIL
	//   info.birthdate FORMAT LOCAL_DATE
	// row 3 LABEL_NOT_FOUND
	// row 4 DUPLICATE_CONTACT_EXISTS
}

// A list that comes again changes only what has changed. A dry run tells beforehand what it would do.
func ExampleStore_Import_existing() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	list := func(title string) iter.Seq2[contacts.Row, error] {
		return contacts.Rows(slices.Values([]*contacts.Contact{
			{Info: contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}, JobTitle: title}},
			{Info: contacts.Info{Emails: []contacts.Email{{Address: "bo@example.com"}}}},
		}))
	}
	must(s.Import(ctx, list("Engineer"), nil))

	opts := &contacts.ImportOptions{Existing: contacts.ExistingUpdate, DryRun: true}
	report := must(s.Import(ctx, list("Manager"), opts))
	fmt.Println("would change", report.Updated)
	opts.DryRun = false
	report = must(s.Import(ctx, list("Manager"), opts))
	fmt.Println(report.Imported, "new,", report.Updated, "changed,", report.Unchanged, "unchanged")
	// Output:
	// would change 1
	// 0 new, 1 changed, 1 unchanged
}

// All rows, or none: here the second row repeats the ID of the first one.
func ExampleStore_Import_allOrNothing() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	const lines = `
		{"id": "5f0c6a52-9d2f-4a53-8d07-3c1f0b6f7a10", "info": {"name": {"first": "Ada"}}}
		{"id": "5f0c6a52-9d2f-4a53-8d07-3c1f0b6f7a10", "info": {"name": {"first": "Bo"}}}`
	rows := contacts.ReadJSONLines(strings.NewReader(lines))

	_, err := s.Import(ctx, rows, &contacts.ImportOptions{AllOrNothing: true})
	if refused, ok := errors.AsType[*contacts.RowError](err); ok {
		fmt.Println("row", refused.Row, contacts.CodeOf(err))
	}
	fmt.Println(s.Snapshot().Len(), "contacts")
	// Output:
	// row 2 CONTACT_ID_ALREADY_EXISTS
	// 0 contacts
}

// The contacts of one store in another one, which has none of the labels and fields that they carry.
func ExampleStore_Import_copy() {
	ctx := context.Background()
	from, to := must(contacts.New(nil)), must(contacts.New(nil))
	vip, _, _ := from.FindOrCreateLabel(ctx, "VIP")
	ada := must(from.Create(ctx, contacts.Info{
		Name: contacts.Name{First: "Ada"}, Emails: []contacts.Email{{Address: "ada@example.com"}},
		LabelKeys: []string{vip.Key},
	}, nil))
	must(from.SetSubscription(ctx, ada.ID, "ada@example.com", contacts.SubscriptionSubscribed))

	people := func(yield func(*contacts.Contact) bool) {
		for v := range from.Snapshot().All() {
			if !yield(v.Clone()) {
				return
			}
		}
	}
	report := must(to.Import(ctx, contacts.Rows(people), &contacts.ImportOptions{
		AllowDuplicates: true, Define: true,
		Progress: func(p contacts.ImportProgress) { fmt.Println(p.Imported, "contacts") },
	}))
	fmt.Println("labels", report.Labels)

	got := must(to.Get(ctx, ada.ID, nil))
	fmt.Println(got.Equal(must(from.Get(ctx, ada.ID, nil))), got.Revision, got.PrimaryEmail.SubscriptionStatus)
	// Output:
	// 1 contacts
	// labels [custom.vip]
	// true 2 SUBSCRIBED
}

func ExampleReadJSONLines() {
	// Whole contacts and info objects, as files of the service or of other programs have them.
	lines := strings.NewReader(`{"revision": 3, "info": {"name": {"first": "Ada"}, "company": "Engines"}}
{"name": {"first": "Bo"}, "emails": {"items": [{"email": "bo@example.com"}]}}
{"name": {"first": "Cy"}, "company": 5}
Dee,dee@example.com
`)
	for row, err := range contacts.ReadJSONLines(lines) {
		switch line, ok := errors.AsType[*contacts.LineError](err); {
		case ok:
			fmt.Println("line", line.Line, contacts.CodeOf(err))
		case err != nil:
			fmt.Fprintln(os.Stderr, err) // of the reader
		default:
			fmt.Println(row.Contact.Info.Name.First, row.Contact.Revision, len(row.Contact.Info.Emails))
		}
	}
	// Output:
	// Ada 3 0
	// Bo 0 1
	// line 3 INVALID_ARGUMENT
	// line 4 INVALID_ARGUMENT
}

// Save a store and open it again. A file is best written under another name and renamed when it is complete.
func ExampleSnapshot_Export() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	ada := must(s.Create(ctx, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}}, nil))
	must(s.SetSubscription(ctx, ada.ID, "ada@example.com", contacts.SubscriptionSubscribed))

	var file bytes.Buffer
	if err := s.Snapshot().Export(&file); err != nil {
		panic(err)
	}
	again := must(contacts.Load(ctx, &file, nil))
	ada = must(again.Get(ctx, ada.ID, nil))
	fmt.Println(ada.Revision, ada.PrimaryEmail.SubscriptionStatus, again.Snapshot().Position())
	// Output: 2 SUBSCRIBED 2
}

// A damaged export is refused, with the number of the damaged line.
func ExampleLoad() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	must(s.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))
	var file strings.Builder
	if err := s.Snapshot().Export(&file); err != nil {
		panic(err)
	}

	for _, text := range []string{
		file.String(), strings.Replace(file.String(), "Ada", "Eve", 1), "Name,Email\nAda,ada@example.com\n",
	} {
		_, err := contacts.Load(ctx, strings.NewReader(text), nil)
		if line, ok := errors.AsType[*contacts.LineError](err); ok {
			fmt.Println(contacts.CodeOf(err), "at line", line.Line)
		} else {
			fmt.Println("loaded:", err == nil)
		}
	}
	// Output:
	// loaded: true
	// INVALID_EXPORT at line 3
	// INVALID_EXPORT at line 1
}

// Several operations in one commit; the one that fails does not keep the others from being written.
func ExampleStore_Batch() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	ada := must(s.Create(ctx, person("Ada", "ada@example.com"), nil))
	bo := must(s.Create(ctx, person("Bo", "bo@example.com"), nil))

	results := must(s.Batch(ctx, []contacts.Operation{
		contacts.UpdateOp{ID: ada.ID, Revision: ada.Revision, Patch: contacts.Patch{Company: contacts.Set("Acorn")}},
		contacts.CreateOp{Info: person("Ada", "ADA@example.com")},
		contacts.LabelOp{ID: ada.ID, Keys: []string{"contacts.customers"}},
		contacts.MergeOp{Target: ada.ID, Revision: ada.Revision + 2, Sources: []uuid.UUID{bo.ID}},
	}, nil))
	for i, r := range results {
		if r.Err != nil {
			fmt.Println(i, contacts.CodeOf(r.Err))
			continue
		}
		fmt.Println(i, "revision", r.Contact.Revision)
	}
	fmt.Println("commits:", s.Snapshot().Position())
	// Output:
	// 0 revision 2
	// 1 DUPLICATE_CONTACT_EXISTS
	// 2 revision 3
	// 3 revision 4
	// commits: 3
}

// A sign-up is written as a whole or not at all. The ID and the key, which the operations before find or create, are
// not known yet, so they have temporary names.
func ExampleStore_Batch_signUp() {
	ctx := context.Background()
	s := must(contacts.New(nil))

	const email = "ada@example.com"
	ada := uuid.New()
	results := must(s.Batch(ctx, []contacts.Operation{
		contacts.UpsertOp{Info: person("Ada", email), TempID: ada},
		contacts.SetSubscriptionOp{ID: ada, Address: email, Status: contacts.SubscriptionSubscribed},
		contacts.FindOrCreateLabelOp{DisplayName: "Newsletter", TempKey: "newsletter"},
		contacts.LabelOp{ID: ada, Keys: []string{"newsletter"}},
		contacts.SetMemberOp{ID: ada, Member: &contacts.Member{MemberID: uuid.New(), Email: email}},
		contacts.RecordActivityOp{ID: ada, Type: contacts.ActivityMemberRegister},
	}, &contacts.BatchOptions{AllOrNothing: true}))

	fmt.Println(results[0].UpsertAction, results[2].Label.Key, results[2].Created)
	c := must(s.Get(ctx, results[0].Contact.ID, nil))
	fmt.Println(c.PrimaryEmail.SubscriptionStatus, c.Info.LabelKeys, c.IsMember(), c.LastActivity.ActivityType)
	fmt.Println("commits:", s.Snapshot().Position())
	// Output:
	// CREATED custom.newsletter true
	// SUBSCRIBED [custom.newsletter] true MEMBER_REGISTER
	// commits: 1
}

func ExampleStore_BulkLabel() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	for _, name := range []string{"Ada", "Bo", "Cy"} {
		info := person(name)
		if name != "Bo" {
			info.Company = "Acorn"
		}
		must(s.Create(ctx, info, nil))
	}

	acorn := contacts.Selection{Filter: contacts.Eq("info.company", "Acorn")}
	job := must(s.BulkLabel(ctx, acorn, []string{"contacts.customers"}, nil, nil))
	fmt.Println(job.Type, job.Status, job.SuccessTotal, "of", job.TotalItems)
	for c := range s.Snapshot().ByLabel("contacts.customers") {
		fmt.Println(c.Name().First)
	}
	// Output:
	// ADD_LABELS COMPLETED 2 of 2
	// Ada
	// Cy
}

// Contacts that cannot be deleted are counted by the reason.
func ExampleStore_BulkDelete() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	ada := must(s.Create(ctx, person("Ada", "ada@example.com"), nil))
	must(s.Create(ctx, person("Bo", "bo@example.com"), nil))
	must(s.SetMember(ctx, ada.ID, &contacts.Member{MemberID: uuid.New()}))

	job := must(s.BulkDelete(ctx, contacts.Selection{Filter: contacts.StartsWith("info.emails.email", "")}, nil))
	fmt.Println("deleted", job.SuccessTotal)
	for _, e := range job.Errors {
		fmt.Println(e.Count, e.Code+":", e.Message)
	}

	_, err := s.BulkDelete(ctx, contacts.Selection{}, nil)
	fmt.Println(contacts.CodeOf(err))
	// Output:
	// deleted 1
	// 1 CANNOT_DELETE_SITE_MEMBERS: a member of the site cannot be deleted
	// NEITHER_FILTER_NOR_SEARCH
}

// A form submission is added to the contact that has the email, or creates a contact.
func ExampleStore_Submit() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	form := func(company string, emails ...string) contacts.Submission {
		info := person("Ada", emails...)
		info.Company = company
		return must(s.Submit(ctx, info, &contacts.SubmitOptions{
			PassThroughData: "newsletter", Activity: contacts.Activity{ActivityType: contacts.ActivityFormSubmitted},
		}))
	}

	first := form("", "ada@example.com")
	second := form("Acorn", "ADA@example.com", "ada@home.example")
	third := form("Birch", "ada@home.example")
	fmt.Println(first.NewContact, second.NewContact, third.NewContact)
	ada := must(s.Get(ctx, third.ContactID, nil))
	fmt.Println(ada.Info.Company, len(ada.Info.Emails), ada.LastActivity.ActivityType)
	// Output:
	// true false false
	// Acorn 2 FORM_SUBMITTED
}

func ExampleStore_Upsert() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	sync := func(company string) {
		info := person("Ada", "ada@example.com")
		info.Company = company
		ada, action, err := s.Upsert(ctx, info, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(action, ada.Revision, ada.Info.Company)
	}

	sync("Acorn")
	sync("Birch")
	sync("Birch")
	// Output:
	// CREATED 1 Acorn
	// UPDATED 2 Birch
	// UNCHANGED 2 Birch
}

// Groups of contacts that share emails or phones. Only safe groups are merged; a person decides on the others.
func ExampleSnapshot_Duplicates() {
	ctx := context.Background()
	s := must(contacts.New(nil))
	desk := []contacts.Phone{{CountryCode: "US", Number: "201-555-0123"}}
	allow := &contacts.CreateOptions{AllowDuplicates: true}
	for _, info := range []contacts.Info{
		{Name: contacts.Name{First: "Ada", Last: "Byron"}, Emails: []contacts.Email{{Address: "ada@example.com"}}},
		{Name: contacts.Name{First: "Bo"}, Phones: desk},
		{Name: contacts.Name{First: "BYRON, Ada"}, Emails: []contacts.Email{{Address: "Ada@example.com"}}},
		{Name: contacts.Name{First: "Cy"}, Phones: desk},
	} {
		must(s.Create(ctx, info, allow))
	}

	for group := range s.Snapshot().Duplicates(nil) {
		for _, pair := range group.Pairs {
			for _, value := range pair.Shared {
				fmt.Println(value.Email+value.Phone, pair.Names)
			}
		}
		if !group.Safe() {
			fmt.Println("  ask a person:", group.Doubts)
			continue
		}
		plan := must(s.PreviewMerge(ctx, group.Target(), group.Sources()))
		fmt.Println("  merge:", plan.Contact.Info.Name.First, plan.Safe(), plan.Err())
	}
	// Output:
	// ada@example.com SWAPPED
	//   merge: Ada true <nil>
	// +12015550123 CONFLICTING
	//   ask a person: [NAMES_CONFLICTING]
}
