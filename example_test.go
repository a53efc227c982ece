package contacts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

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

func ExampleStore_Fork() {
	ctx := context.Background()
	fixture := must(contacts.New(nil))
	ada := must(fixture.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))

	test := fixture.Fork() // constant time, whatever the size
	if err := test.Delete(ctx, ada.ID); err != nil {
		panic(err)
	}
	fmt.Println(fixture.Snapshot().Len(), test.Snapshot().Len())
	// Output: 1 0
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
