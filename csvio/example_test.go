package csvio_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

func Example() {
	const text = `First Name,Last Name,E-mail,Mobile,Country,Shoe size
Ada,Byron,ada@example.com,020 7946 0001,United Kingdom,38
"Bo
Cy,Moss,cy@example.org,,,
`
	r, err := csvio.NewReader(strings.NewReader(text), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for row, err := range r.Rows() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		info := row.Contact.Info
		fmt.Printf("line %d: %s %s, %d phone(s)\n", row.Line, info.Name.First, info.Name.Last, len(info.Phones))
		for _, remark := range row.Remarks {
			fmt.Printf("  %s: %s\n", remark.Column, remark.What)
		}
	}
	// Output:
	// line 2: Ada Byron, 1 phone(s)
	//   Country: read from another spelling
	//   Shoe size: not imported
	// line 3: contacts: INVALID_ARGUMENT: extraneous or missing " in quoted-field
	// line 4: Cy Moss, 0 phone(s)
}

// The rows carry their lines, so that the report of an import names them.
func ExampleReader_Contacts() {
	const text = `First Name,E-mail
Ada,ada@example.com

Bo,bo
`
	r, err := csvio.NewReader(strings.NewReader(text), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := contacts.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := s.Import(context.Background(), r.Contacts(), nil)
	fmt.Println(report.Imported, "imported,", err)
	for _, refused := range report.Errors {
		fmt.Printf("line %d: %v\n", refused.Line, refused.Err)
	}
	// Output:
	// 1 imported, <nil>
	// line 4: contacts: INVALID_ARGUMENT: info.emails.items[0].email must be a valid EMAIL
}

func ExampleOptions_columns() {
	const text = `Vorname;Nachname;Handy;Land;Notizen
Käthe;Möwenthal;0171 3920007;Deutschland;mag Tee
`
	r, err := csvio.NewReader(strings.NewReader(text), &csvio.Options{Columns: map[string]string{
		"Vorname":  "First Name",
		"Nachname": "Last Name",
		"Handy":    "Mobile Phone",
		"Land":     "Country",
		"Notizen":  "", // skipped
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for row, err := range r.Contacts() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		info := row.Contact.Info
		phone := info.Phones[0]
		fmt.Println(info.Name.First, info.Name.Last, phone.Tag, phone.CountryCode, phone.Number)
	}
	// Output: Käthe Möwenthal MOBILE DE 0171 3920007
}

// printRows prints the name and the birthdate of each row, and its remarks.
func printRows(text string, opts *csvio.Options) {
	r, err := csvio.NewReader(strings.NewReader(text), opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	for row, err := range r.Rows() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		info := row.Contact.Info
		shown := strings.Fields(info.Name.First + " " + info.Name.Last + " " + info.Birthdate)
		fmt.Println(strings.Join(shown, " "))
		for _, remark := range row.Remarks {
			fmt.Printf("  %s: %s: %s\n", remark.Column, remark.What, remark.Why)
		}
	}
}

func ExampleOptions_dateOrder() {
	const text = "First Name,Birthday\nAda,3/4/1999\n"
	printRows(text, nil)
	printRows(text, &csvio.Options{DateOrder: csvio.DayFirst})
	printRows(text+"Bo,3/14/1999\n", nil) // which proves that the month comes first
	// Output:
	// Ada
	//   Birthday: not imported: could be two dates
	// Ada 1999-04-03
	//   Birthday: read from another spelling: another form of the same value
	// Ada 1999-03-04
	//   Birthday: read from another spelling: another form of the same value
	// Bo 1999-03-14
	//   Birthday: read from another spelling: another form of the same value
}

func ExampleOptions_encoding() {
	const text = "First Name,Last Name\nRen\xe9,Lef\xe8vre\n"
	printRows(text, nil)
	printRows(text, &csvio.Options{Encoding: charmap.Windows1252})
	// Output:
	// contacts: INVALID_ARGUMENT: the text is not UTF-8: it looks like windows-1252; set Options.Encoding
	// René Lefèvre
}

func ExampleOptions_strict() {
	const text = "ID,First Name,Birthday\n17,Ada,soon\n"
	printRows(text, nil)
	printRows(text, &csvio.Options{Strict: true})
	// Output:
	// Ada
	//   ID: not imported: not a GUID
	//   Birthday: not imported: not a date
	// line 2: contacts: INVALID_ARGUMENT: column "ID": not a GUID; column "Birthday": not a date
}

func ExampleOptions_joinNames() {
	const text = "Prefix,First Name,Middle Name,Last Name,Suffix\nDr.,Ann,Bea,Cole,Jr.\n"
	printRows(text, &csvio.Options{JoinNames: true})
	// Output: Dr. Ann Bea Cole Jr.
}

func ExampleOptions_region() {
	const text = "First Name,Phone\nAda,020 7946 0018\nBo,+33 1 99 00 70 64\n"
	r, err := csvio.NewReader(strings.NewReader(text), &csvio.Options{Region: "GB"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for row, err := range r.Contacts() {
		fmt.Println(row.Contact.Info.Phones[0].CountryCode, err)
	}
	// Output:
	// GB <nil>
	// FR <nil>
}

func ExampleOptions_limits() {
	const text = "First Name,Notes\nAda,a very long note\nBo,short\n"
	printRows(text, &csvio.Options{Limits: csvio.Limits{CellBytes: 10}})
	// Output:
	// line 2: contacts: INVALID_ARGUMENT: a cell is too long, see Options.Limits
	// Bo
	//   Notes: not imported: a contact has no field for it
}

// Labels and fields are made in a store as they are found. Subscriptions become statuses.
func ExampleOptions_makeField() {
	const text = `First Name,Email,Tags,Shoe size,Unsubscribed
Ada,ada@example.com,"VIP, Customers",38,
Bo,bo@example.com,,44,2026-01-02
`
	ctx := context.Background()
	s, err := contacts.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	r, err := csvio.NewReader(strings.NewReader(text), &csvio.Options{
		MakeLabel: func(word string) (string, error) {
			label, _, err := s.FindOrCreateLabel(ctx, word)
			return label.Key, err
		},
		MakeField: func(name string) (string, error) {
			field, _, err := s.FindOrCreateField(ctx, name, contacts.DataText)
			if field.DataType != contacts.DataText {
				return "", err // left out
			}
			return field.Key, err
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := s.Import(ctx, r.Contacts(), nil)
	fmt.Println(report.Imported, "imported,", err)
	for v := range s.Snapshot().All() {
		size, _ := v.ExtendedField("custom.shoe-size")
		fmt.Println(v.Name().First, slices.Collect(v.LabelKeys()), size, v.PrimaryEmail().SubscriptionStatus)
	}
	// Output:
	// 2 imported, <nil>
	// Ada [custom.vip contacts.customers] 38 NOT_SET
	// Bo [] 44 UNSUBSCRIBED
}

func ExampleWrite() {
	list := []*contacts.Contact{{Info: contacts.Info{
		Name:   contacts.Name{First: "Ada", Last: "Byron"},
		Phones: []contacts.Phone{{Tag: contacts.PhoneMobile, Number: "+44 20 7946 0018", CountryCode: "GB"}},
	}}}
	// The contacts of a store: for v := range s.Snapshot().All() { … v.Clone() … }.
	if err := csvio.Write(os.Stdout, slices.Values(list), &csvio.WriteOptions{Layout: csvio.Google}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// First Name,Last Name,Organization Name,Organization Title,Birthday,Labels,Phone 1 - Label,Phone 1 - Value
	// Ada,Byron,,,,* myContacts,Mobile,'+44 20 7946 0018
}
