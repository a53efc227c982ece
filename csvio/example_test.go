package csvio_test

import (
	"context"
	"fmt"
	"strings"

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
