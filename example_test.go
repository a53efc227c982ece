package contacts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
		fork := fixture.Fork() // constant time, whatever the size
		fmt.Println(test(fork), fork.Snapshot().Len())
	}
	fmt.Println("fixture:", fixture.Snapshot().Len())
	// Output:
	// <nil> 0
	// <nil> 2
	// fixture: 1
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
		Region: "ZZ", // also numbers in international form
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

// A harness asks after each step whether everything still holds, and compares two stores in one call.
func ExampleSnapshot_Check() {
	ctx := context.Background()
	s := must(contacts.New(&contacts.Options{SelfCheck: true})) // or each write checks the store, and fails if it must
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
