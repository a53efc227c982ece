package legacy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/legacy"
)

func Example() {
	ctx := context.Background()
	store, err := contacts.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	api, err := legacy.New(store, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := api.ReconcileContact(ctx, legacy.ContactInfo{
		Name:   legacy.Name{Prefix: "Lady", First: "Ada"},
		Emails: []legacy.Email{{Tag: "work", Email: "ada@example.com"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := api.GetContactByID(ctx, r.Contact.ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.IsNew, c.Name.First, c.Emails[0].Email)
	fmt.Println("rejected:", r.Details.RejectedData[0].Name.Prefix)
	// Output:
	// true Ada ada@example.com
	// rejected: Lady
}

// An app sends JSON, and gets the rejected and the existing data back.
func ExampleAPI_ReconcileContact() {
	ctx := context.Background()
	store, err := contacts.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = store.Create(ctx, contacts.Info{
		Name:   contacts.Name{First: "Ada"},
		Phones: []contacts.Phone{{Number: "646-567-6359", CountryCode: "US", Tag: contacts.PhoneMobile}},
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	api, err := legacy.New(store, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var sent legacy.ContactInfo
	err = json.Unmarshal([]byte(`{
		"Name": {"first": "Augusta", "last": "Byron"},
		"phones": [{"tag": "mobile", "phone": "(646) 567-6359", "normalizedPhone": "+16465676359"}],
		"urls": [{"tag": "blog", "url": "https://example.com/ada"}]
	}`), &sent)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := api.ReconcileContact(ctx, sent)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.IsNew, r.Contact.Name.First, r.Contact.Name.Last)
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(r.Details); err != nil {
		fmt.Println(err)
	}
	// Output:
	// false Ada Byron
	// {
	//   "rejectedData": [
	//     {
	//       "name": {
	//         "first": "Augusta"
	//       }
	//     },
	//     {
	//       "urls": [
	//         {
	//           "id": 1,
	//           "tag": "blog",
	//           "url": "https://example.com/ada"
	//         }
	//       ]
	//     }
	//   ],
	//   "existingData": [
	//     {
	//       "name": {
	//         "first": "Ada"
	//       },
	//       "phones": [
	//         {
	//           "id": 1,
	//           "tag": "mobile",
	//           "phone": "646-567-6359",
	//           "normalizedPhone": "+16465676359"
	//         }
	//       ]
	//     }
	//   ]
	// }
}

func ExampleAPI_GetContacts() {
	ctx := context.Background()
	store, err := contacts.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"Ada", "Bo", "Cy", "Di", "Ed"} {
		info := contacts.Info{Name: contacts.Name{First: name}, LabelKeys: []string{"contacts.customers"}}
		if _, err := store.Create(ctx, info, nil); err != nil {
			fmt.Println(err)
			return
		}
	}
	api, err := legacy.New(store, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	cursor, err := api.GetContacts(ctx, &legacy.GetContactsOptions{Labels: []string{"customers"}, PageSize: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cursor.Total(), "customers")
	for page := cursor.Data(); len(page) > 0; {
		fmt.Println("page:")
		for _, c := range page {
			fmt.Println(" ", c.Name.First)
		}
		if page, err = cursor.Next(ctx); err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output:
	// 5 customers
	// page:
	//   Ed
	//   Di
	// page:
	//   Cy
	//   Bo
	// page:
	//   Ada
}

// Every broken rule is reported, with its path.
func ExampleError() {
	store, err := contacts.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	api, err := legacy.New(store, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = api.ReconcileContact(context.Background(), legacy.ContactInfo{
		Emails: []legacy.Email{{Email: "ada"}},
		Dates:  []legacy.Date{{Tag: "birthday", Date: "10 December"}},
	})
	fmt.Println(errors.Is(err, legacy.ErrInvalidSchema))
	if e, ok := errors.AsType[*legacy.Error](err); ok {
		for _, v := range e.Violations {
			fmt.Println(v.Field, v.Description())
		}
	}
	// Output:
	// true
	// contactInfo.emails[0].tag is required
	// contactInfo.dates[0].date must be a valid TIMESTAMP
	// contactInfo.emails[0].email must be a valid EMAIL
}
